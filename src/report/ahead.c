/* Figures that will be asked for, asked together: those that count one ledger are answered in one reading of its table. A town
 * of a million people takes a fifth of a second to read, and some figures of each report count people. */
#include <stdlib.h>

#include "report/make.h"

/* Counted ones, those that others are made of among them, in the order of their ledgers. */
struct counted {
    const struct indicator **p;
    size_t n, cap;
};

static void counted_add(struct op *op, struct counted *list, const struct indicator *i)
{
    for (size_t k = 0; k < i->part_count; k++)
        counted_add(op, list, i->parts[k].of);
    for (size_t k = 0; k < list->n; k++)
        if (list->p[k] == i)
            return;
    if (!i->part_count)
        *list_add(op, list) = i;
}

static int by_ledger(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t)(*(const struct indicator *const *)a)->ledger;
    uintptr_t y = (uintptr_t)(*(const struct indicator *const *)b)->ledger;
    return (x > y) - (x < y);
}

static bool counted_ahead(struct tx *tx, const struct town *town, const struct who *who, struct counted *list,
                          const struct indicator_ask *asked)
{
    if (list->n)
        qsort(list->p, list->n, sizeof *list->p, by_ledger);
    for (size_t from = 0, to; from < list->n; from = to) {
        const struct ledger *l = list->p[from]->ledger;
        struct total_query *queries = op_array(tx->op, struct total_query, list->n - from);
        for (to = from; to < list->n && list->p[to]->ledger == l; to++)
            if (!indicator_query(tx->op, list->p[to], asked, &queries[to - from]))
                return false;
        if (to - from > 1 && !list_totals_ahead(tx, town, who, l, queries, to - from))
            return false;
    }
    return true;
}

bool indicators_ahead(struct tx *tx, const struct town *town, const struct who *who, const struct indicator *const *some,
                      size_t count, const struct indicator_ask *asked)
{
    struct counted list = {0};
    for (size_t i = 0; i < count; i++)
        counted_add(tx->op, &list, some[i]);
    return counted_ahead(tx, town, who, &list, asked);
}

/* ---- those of a template ------------------------------------------------------------------------------------------- */

static void parts_counted(const struct making *m, const struct template_part *p, struct counted *list)
{
    const int *names;
    size_t count;
    for (; p; p = p->next) {
        for (size_t i = 0; i < p->column_count; i++)
            counted_add(m->op, list, p->columns[i]);
        if (p->feel) {
            feel_names(m->op, p->feel, &names, &count);
            for (size_t i = 0; i < count; i++)
                if (p->scope->sources[names[i]].kind == NAME_INDICATOR)
                    counted_add(m->op, list, m->all->p[p->scope->sources[names[i]].index]);
        }
        parts_counted(m, p->inside, list);
        parts_counted(m, p->otherwise, list);
    }
}

bool making_ahead(const struct making *m, const struct template_part *parts, const struct indicator_ask *asked)
{
    struct counted list = {0};
    parts_counted(m, parts, &list);
    return counted_ahead(m->tx, m->town, m->who, &list, asked);
}
