/* Reading definitions: what the reader of files and the linker of ledgers share. */
#pragma once

#include "ledger/inner.h"

struct reader {
    struct op *op;
    struct town *town;
    str packs;
    str file;       /* base/ledgers/person.json */
    struct map code_lists; /* name -> what choice.c read */
    bool ok;
};

/* Records a fault at a line of r->file; always false. */
bool wrong(struct reader *r, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
int line_of(const struct json *object, str key); /* of a member; of the object when it has none of that name */

/* The members an object may have, with the kind of JSON that each is. */
struct member {
    str name;
    enum json_kind kind; /* JSON_TRUE: true or false */
    bool required;
};
bool members_check(struct reader *r, const struct json *object, const struct member *members, size_t count,
                   const char *what);

/* A name that the law forbids is refused where it stands; of_thing: of a ledger, a choice, a state. */
bool allowed_check(struct reader *r, int line, str name, bool of_thing);

bool       text_in(str s, const str *list, size_t count);
const str *texts(struct reader *r, const struct json *object, str key, size_t *ret_count); /* of a list; none: empty */

/* 选项, 代码表, 可扩, 同义 of a field whose type is known: choice.c. */
bool choices_read(struct reader *r, const struct json *j, struct field *f);

static inline struct plan *plan_named(const struct town *town, str name)
{
    return map_get(&town->by_name, name);
}

/* 所指: says.c. */
bool says_read(struct reader *r, const struct json *j, struct field *f);
bool says_link(struct reader *r, const struct plan *p);
/* Whether what the field says can be; ret: why not, and the cure. */
bool says_sound(struct op *op, const struct town *town, const struct field *f, str value, str ledger, str *ret);
bool says_start(struct op *op, const struct town *town, const struct ledger *l, str place, const struct json *values);

/* Rules over several records: across.c. */
bool across_read(struct reader *r, struct plan *p, const struct json *list);
bool across_link(struct reader *r, struct plan *p);

/* The sheet: sheet.c. Read with the file, linked when all ledgers are known. */
bool sheet_read(struct reader *r, struct plan *p, const struct json *root);
bool sheet_link(struct reader *r, struct plan *p);
bool children_link(struct reader *r, struct plan *p);
/* 选自: choose.c. */
bool choose_link(struct reader *r, struct plan *p);
/* 横表: spread.c; the same. */
bool spread_read(struct reader *r, struct ledger *l, const struct json *root);
bool spread_link(struct reader *r, struct plan *p);

/* What a public ledger may not tell by another name: open.c. Last of all, when every expression is known. */
bool open_check(struct reader *r, const struct plan *p);

/* The passes, in this order over all ledgers: each needs what the one before has made of the others. */
bool targets_link(struct reader *r, struct plan *p);
bool group_link(struct reader *r, struct plan *p);
void heads_link(struct reader *r, struct plan *p); /* 户主: head.c */
bool group_ends(const struct plan *p, int depth);
void scope_make(struct reader *r, struct plan *p);
bool expressions_link(struct reader *r, struct plan *p);
void table_plan(struct reader *r, struct plan *p);
/* A formula that leads over references back to itself would never end. Once all expressions have been linked. */
bool formulas_end(struct reader *r, const struct plan *p);
bool tally_link(struct reader *r, struct plan *p, int i);
void picks_link(struct reader *r); /* all of the town at once */
bool home_link(struct reader *r, const struct json *pack); /* 到期, 矩阵, 入门 */
/* 默认 that a form begins with: begin.c; check: when all fields are known, link: when all ledgers are */
bool begins_read(struct reader *r, const struct json *j, struct field *f);
void begins_check(struct reader *r, const struct plan *p);
void begins_link(struct reader *r, const struct plan *p);
/* Parses an expression of the definition; `want` is what it must give. */
bool expression(struct reader *r, const struct plan *p, int line, const char *what, str text,
                const struct feel_type *want, struct feel **ret);
bool expression_over(struct reader *r, const struct feel_scope *scope, int line, const char *what, str text,
                     const struct feel_type *want, struct feel **ret);
