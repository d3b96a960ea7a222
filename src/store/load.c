/* Many new records at once: while they are written the indexes that only make reading quick are away, and are made in
 * one go from sorted entries at the end; that is half the work. Dropping and making belong to the transaction like
 * everything else. */
#include "store/inside.h"

enum {
    LOAD_ROWS_MIN = 2000,
    LOAD_READS_MAX = 256, /* each may have to look through a whole table; who asks so much gets the indexes back */
};

[[nodiscard]] static bool few(struct tx *tx, const char *count_sql, int64_t rows, bool *ret)
{
    int64_t present = 0;
    bool found;
    if (!store_int(tx, count_sql, ARGS(), &present, &found))
        return false;
    *ret = present <= rows;
    return true;
}

bool store_load_begin(struct tx *tx, const struct table *const *tables, size_t count, int64_t rows)
{
    struct load *load = &tx->inside->load;
    struct op *op = tx->op;
    bool drop;
    must(tx->kind == TX_BULK && !load->on && count <= LOAD_TABLES_MAX);
    if (rows < LOAD_ROWS_MIN)
        return true;
    *load = (struct load){0};
    for (size_t i = 0; i < count; i++) {
        str sql =
            op_text(op, "select count(*) from %.*s", PS(store_name(op, op_text(op, "now_%.*s", PS(tables[i]->name)))));
        if (!few(tx, sql.p, rows, &drop) || (drop && !table_lookups_drop(tx, tables[i])))
            return false;
        if (drop)
            load->tables[load->count++] = tables[i];
    }
    if (!few(tx, "select coalesce(max(no), 0) from fact", rows, &load->facts) ||
        (load->facts && !fact_indexes_drop(tx)))
        return false;
    load->part = tx->inside->parts;
    load->on = true;
    return true;
}

bool store_load_end(struct tx *tx)
{
    struct load *load = &tx->inside->load;
    if (!load->on)
        return true;
    load->on = false;
    for (size_t i = 0; i < load->count; i++)
        if (!table_indexes_make(tx, load->tables[i]))
            return false;
    return !load->facts || fact_indexes_make(tx);
}

bool load_reading(struct tx *tx)
{
    struct load *load = &tx->inside->load;
    return !load->on || ++load->reads < LOAD_READS_MAX || store_load_end(tx);
}
