/* Deadlines: rows of 时限规则 with effective dates, counted on the town's calendar (duties §8). No number of days stands
 * here. */
#include "flow/inner.h"

enum { RATIO_MAX = 1000 };
#define FIELD_HEAD S("字段:")

/* Hours count from the moment, all others end with a day; 0: the rule is of no use here. */
static time_ms rule_due(const struct flow_tx *f, const struct deadline *r, time_ms start)
{
    time_ms span;
    day due;
    if (deadline_hours(r, &span))
        return start + span;
    return deadline_day(f->tx, f->town, r, day_at(start), &due) ? day_end(due) : 0;
}

/* "50 80 100" of the time between. */
static void wake_fill(struct wake *w, str ratios, time_ms start)
{
    str word;
    while (ratios.n && w->count < WAKES_MAX) {
        str_split(ratios, ' ', &word, &ratios);
        struct json number = {.kind = JSON_NUMBER, .text = word};
        int64_t ratio;
        if (!json_int(&number, &ratio) || ratio < 1 || ratio > RATIO_MAX)
            continue;
        w->at[w->count++] = ratio == 100 ? w->due : start + (time_ms)((double)(w->due - start) * (double)ratio / 100);
    }
}

/* A moment, or the end of a day, that the record itself names. */
static time_ms field_due(const struct flow_tx *f, str name)
{
    const struct field *field = ledger_field(f->procedure->ledger, name);
    str text = field ? json_str(f->values, field->name) : S("");
    time_ms at;
    day d;
    if (field && field->value == F_DAY)
        return day_parse(text, &d) ? day_end(d) : 0;
    return time_parse(text, &at) ? at : 0;
}

bool flow_due_valid(const struct ledger *l, str words)
{
    if (!str_starts(words, FIELD_HEAD))
        return true;
    const struct field *f = ledger_field(l, str_trim(str_part(words, FIELD_HEAD.n, words.n)));
    return f && (f->value == F_DAY || f->value == F_TIME); /* also one that the ledger works out */
}

bool flow_due(struct flow_tx *f, str words, time_ms start, struct due *ret)
{
    struct deadline rule = {.ratios = S("80 100")};
    bool found;
    *ret = (struct due){.wake = {.work = -1}};
    if (words.n == 0)
        return true;
    if (str_starts(words, FIELD_HEAD)) {
        ret->at = field_due(f, str_trim(str_part(words, FIELD_HEAD.n, words.n)));
    } else {
        if (!deadline_rule(f->tx, f->town, words, day_at(start), &rule, &found))
            return false;
        ret->at = found ? rule_due(f, &rule, start) : 0;
    }
    for (const struct json *a = rule.actions ? rule.actions->first : NULL; a && ret->action_count < COUNT(ret->actions);
         a = a->next)
        ret->actions[ret->action_count++] = op_copy(f->op, a->text);
    ret->wake.due = ret->at;
    if (ret->at)
        wake_fill(&ret->wake, rule.ratios.n ? rule.ratios : S("100"), start);
    return true;
}

bool flow_due_shift(struct flow_tx *f, str words, time_ms due, time_ms from, time_ms to, time_ms *ret)
{
    struct deadline rule = {0};
    bool found = false, guessed;
    if (!str_starts(words, FIELD_HEAD) && !deadline_rule(f->tx, f->town, words, day_at(from), &rule, &found))
        return false;
    *ret = due;
    if (!found && str_starts(words, FIELD_HEAD))
        return true; /* the record names the moment, and a pause does not move it */
    if (!found || !str_eq(rule.unit, S("工作日"))) {
        *ret = due + (to - from);
        return true;
    }
    const struct work_calendar *calendar = town_days(f->tx, f->town);
    int days = 0;
    for (day d = day_at(from); d < day_at(to); d++)
        days += work_calendar_is(calendar, d);
    if (days > 0)
        *ret = day_end(work_calendar_after(calendar, day_at(due), days, &guessed));
    return true;
}

/* Reminders of works that have opened, without those of works that are open no more; a deadline that was moved moves
 * them. */
bool flow_wakes(struct flow_tx *f)
{
    const struct bpmn_state *s = &f->run.state;
    size_t kept = 0;
    for (size_t i = 0; i < f->wakes.n; i++) {
        struct wake w = f->wakes.p[i];
        const struct bpmn_work *work = (size_t)w.work < s->works.n ? &s->works.p[w.work] : NULL;
        if (!work || work->state != WORK_OPEN || s->end != BPMN_RUNNING)
            continue;
        for (int k = 0; k < w.count; k++)
            w.at[k] += work->due - w.due;
        w.due = work->due;
        f->wakes.p[kept++] = w;
    }
    f->wakes.n = kept;
    for (size_t i = 0; i < s->works.n && s->end == BPMN_RUNNING; i++) {
        const struct bpmn_work *work = &s->works.p[i];
        bool known = work->state != WORK_OPEN || work->due == 0;
        for (size_t k = 0; k < kept && !known; k++)
            known = f->wakes.p[k].work == (int32_t)i;
        if (known)
            continue;
        struct due due;
        if (!flow_due(f, bpmn_node_people(f->run.model, work->node)->due, work->opened_at, &due))
            return false;
        due.wake.work = (int32_t)i;
        due.wake.due = work->due;
        *list_add(f->op, &f->wakes) = due.wake;
    }
    return true;
}

/* ---- timers of the model, in days of the town ---------------------------------------------------------------- */

bool flow_clock_valid(const struct town *town, struct procedure_clock *clock)
{
    str ledger, field;
    if (!clock->watch.n)
        return true;
    if (!str_split(clock->watch, '.', &ledger, &field))
        return false;
    clock->watched = town_ledger(town, ledger);
    clock->by = clock->watched ? ledger_field(clock->watched, field) : NULL;
    return clock->by && clock->by->type == F_REF;
}

/* When the last of the watched records was added, changed or withdrawn; 0: there is none. */
[[nodiscard]] static bool watched_changed(struct flow_tx *f, const struct procedure_clock *clock, time_ms *ret)
{
    bool found;
    *ret = 0;
    if (!clock->watched)
        return true;
    str sql = op_text(f->op, "select coalesce(max(changed), 0) from now_%.*s where %.*s = $1",
                      PS(clock->watched->table->name), PS(store_name(f->op, clock->by->name)));
    return store_int(f->tx, sql.p, ARGS(ID(f->record)), ret, &found);
}

static bool set_now(const struct flow_tx *f, int32_t clock)
{
    for (const struct bpmn_command *c = f->run.commands; c; c = c->next)
        if (c->kind == BPMN_CLOCK && c->number == clock)
            return true;
    return false;
}

static const struct procedure_clock *clock_of(const struct flow_tx *f, int node)
{
    for (size_t i = 0; i < f->procedure->clock_count; i++)
        if (f->procedure->clocks[i].node == node)
            return &f->procedure->clocks[i];
    return NULL;
}

bool flow_clocks(struct flow_tx *f)
{
    int node;
    time_ms due, changed;
    for (int32_t c = -1; f->procedure->clock_count && (c = bpmn_clock_next(&f->run, c, &node, &due)) >= 0;) {
        const struct procedure_clock *clock = clock_of(f, node);
        struct due counted;
        if (!clock)
            continue;
        if (set_now(f, c)) {
            if (!flow_due(f, clock->due, f->op->now, &counted))
                return false;
            if (counted.at)
                bpmn_clock_move(&f->run, c, counted.at);
            continue;
        }
        if (!watched_changed(f, clock, &changed) || (changed && !flow_due(f, clock->due, changed, &counted)))
            return false;
        if (changed && counted.at > due) {
            bpmn_clock_move(&f->run, c, counted.at);
            f->restarted++;
        }
    }
    return true;
}

enum flow_light flow_light_of(time_ms now, time_ms warn, time_ms due, time_ms ended)
{
    if (due == 0 || ended)
        return FLOW_NO_LIGHT;
    return now > due ? FLOW_RED : warn && now >= warn ? FLOW_YELLOW : FLOW_GREEN;
}
