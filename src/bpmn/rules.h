/* The inside of the rules: what rules.c, rules_event.c and rules_data.c share. */
#pragma once
#include "bpmn/model.h"

bool rule_named(const struct xtree *e, const char *names); /* names: each followed by a space */
bool rule_executable(const struct xtree *e);
const struct node *rule_node(const struct bpmn *m, const struct xtree *e); /* NULL: no node */
bool rule_has_event(const struct bpmn *m, const struct node *n, enum event_kind kind);

/* One row per rule: the elements it is about, each followed by a space, and what it checks. */
struct rule_row {
    const char *elements;
    void (*check)(struct bpmn *m, const struct xtree *e);
};
extern const struct rule_row bpmn_rules_events[], bpmn_rules_data[];
void bpmn_rules_schema(struct bpmn *m);
extern const size_t bpmn_rules_events_count, bpmn_rules_data_count;
