/* Rules of rows that are alike. In a roll most rows have the same values as the one before in the few fields that a rule looks
 * at, nearly always none at all: then the rule says the same again, and is not evaluated. */
#include "ledger/save.h"

enum {
    FIELDS_ALIKE = 4,  /* a rule of more fields is evaluated each time */
    BYTES_ALIKE = 64,  /* so is one over longer texts */
};

/* What a rule said last, and of which values. */
struct said {
    bool able;         /* it looks at nothing but so few columns of the record itself, and the time */
    bool known, holds;
    time_ms when;
    size_t count;
    int columns[FIELDS_ALIKE];
    struct arg cells[FIELDS_ALIKE]; /* texts stand in `bytes` */
    char bytes[FIELDS_ALIKE][BYTES_ALIKE];
};

struct alike {
    struct said *said; /* [rule_count] */
};

static void said_begin(struct op *op, const struct plan *p, const struct feel *tree, struct said *ret)
{
    const int *names;
    size_t count;
    feel_names(op, tree, &names, &count);
    ret->able = count <= FIELDS_ALIKE;
    ret->count = count;
    for (size_t i = 0; i < count && ret->able; i++) {
        const struct source *s = source_of(tree, names[i]);
        ret->able = s->kind == SOURCE_FIELD && p->def.fields[s->field].column >= 0;
        if (ret->able)
            ret->columns[i] = p->def.fields[s->field].column;
    }
}

struct alike *alike_new(struct op *op, const struct plan *p)
{
    struct alike *a = op_new(op, struct alike);
    a->said = op_array(op, struct said, p->def.rule_count);
    for (size_t i = 0; i < p->def.rule_count; i++)
        said_begin(op, p, p->def.rules[i].tree, &a->said[i]);
    return a;
}

static bool said_of(const struct said *said, const struct row *row)
{
    bool same = said->known && said->when == row->tx->op->now;
    for (size_t i = 0; i < said->count && same; i++)
        same = cell_eq(said->cells[i], row->cells[said->columns[i]]);
    return same;
}

static void said_keep(struct said *said, const struct row *row, bool holds)
{
    said->known = true;
    said->holds = holds;
    said->when = row->tx->op->now;
    for (size_t i = 0; i < said->count && said->known; i++) {
        struct arg *cell = &said->cells[i];
        *cell = row->cells[said->columns[i]];
        if (cell->kind != ARG_TEXT && cell->kind != ARG_BLOB)
            continue;
        said->known = cell->text.n <= BYTES_ALIKE;
        if (said->known && cell->text.n)
            memcpy(said->bytes[i], cell->text.p, cell->text.n);
        cell->text.p = said->bytes[i];
    }
}

bool rule_holds(struct alike *a, struct row *row, size_t rule)
{
    struct said *said = a && a->said[rule].able && !row->hide ? &a->said[rule] : NULL;
    if (said && said_of(said, row))
        return said->holds;
    feel_value v = row_eval(row, row->plan->def.rules[rule].tree);
    bool holds = v.kind != FEEL_BOOL || v.truth;
    if (said)
        said_keep(said, row, holds);
    return holds;
}
