/* Titles read in pieces say what FEEL says. */
#include "ledger/test_town.h"

static const id somebody = {{1, 2, 3}};

/* A row with something in two of three columns. */
static struct row *row_filled(struct tx *tx, const struct plan *p, unsigned *chance)
{
    static const str texts[] = {SC("甲"), SC("巴图·孟和"), SC("152527196001011014")};
    struct row *row = op_new(tx->op, struct row);
    row_init(row, tx, p);
    row->record = somebody;
    row->head.state = S("在册");
    for (size_t i = 0; i < p->table.count; i++) {
        *chance = *chance * 1103515245 + 12345;
        int64_t n = *chance >> 16 & 0x3fff;
        const struct arg of_type[COLUMN_TYPES] = {
            [COLUMN_TEXT] = TEXT(texts[n % 3]), [COLUMN_INT] = INT(n - 100), [COLUMN_DAY] = INT(n),
            [COLUMN_TIME] = INT(n * 86400000), [COLUMN_BOOL] = INT(n & 1),   [COLUMN_ID] = ID(somebody),
            [COLUMN_JSON] = TEXT(S("[\"木工\"]"))};
        row->cells[i] = n % 3 ? of_type[p->table.columns[i].type] : NUL;
    }
    return row;
}

static struct row *row_among_others(struct tx *tx, const struct plan *p, unsigned *chance)
{
    struct row *row = row_filled(tx, p, chance);
    row->referred = op_array(tx->op, struct row *, p->def.field_count + 1);
    for (size_t i = 0; i < p->def.field_count; i++)
        if (p->def.fields[i].type == F_REF)
            row->referred[i] = row_filled(tx, plan_of(town_ledger(p->town, p->def.fields[i].target)), chance);
    row->referred[p->def.field_count] = row_filled(tx, p->town->groups, chance);
    return row;
}

TEST("the titles of all shipped ledgers, written in pieces, are what their expressions give, whatever is missing or covered")
{
    str folder;
    struct store *store;
    struct tx *tx;
    struct town *town;
    size_t in_pieces = 0;
    unsigned chance = 2021;
    test_dir_make(op, &folder);
    must(store_open(op, folder, &(struct store_options){.town = S("152527201")}, &store));
    op_defer(op, test_store_close, store);
    must(store_begin(store, op, TX_BULK, &tx) && town_load(tx, S("packs"), &town));
    for (size_t i = 0; i < town->count; i++) {
        struct plan *p = town->plans[i];
        const struct feel_piece *pieces = p->title_pieces;
        bool *masked = op_array(op, bool, p->def.field_count);
        for (size_t k = 0; k < p->def.field_count; k++)
            masked[k] = p->def.fields[k].sensitive;
        in_pieces += pieces != NULL;
        for (int round = 0; round < 40; round++) {
            struct row *row = row_among_others(tx, p, &chance);
            p->title_column = -1; /* made, not read */
            row->masked = round % 2 ? masked : NULL;
            str quick = row_title(row);
            p->title_pieces = NULL;
            str slow = row_title(row);
            p->title_pieces = pieces;
            check_str(quick, slow);
        }
    }
    check(in_pieces * 10 > town->count * 9); /* else pages are slow */
}
