/* Many new records at once. What only makes reading quick is not written with them: their tables lose their lookups, and
 * search does not learn of them. Both are made after the commit, in one go from what is there, which is half the work
 * and none of the waiting; until then store_due says so, and whoever opens the store next finishes it. Dropping, and
 * the row of store_due, belong to the transaction like everything else. */
#include "store/inside.h"

enum {
    LOAD_ROWS_MIN = 2000,
    LOAD_READS_MAX = 256, /* each may have to look through a whole table; who asks so much gets the indexes back */
};

bool load_setup(struct tx *tx)
{
    static const char *const steps[] = {
        "create table store_due (town text not null, name text not null, after integer not null,"
        " primary key (town, name))",
    };
    return store_schema(tx, S("load"), steps, COUNT(steps));
}

/* One that is due already stays due from where it was. */
[[nodiscard]] static bool due_keep(struct tx *tx, str name)
{
    int64_t after;
    return store_fact_count(tx, &after) &&
           store_run(tx, "insert into store_due (town, name, after) values ($1, $2, $3) on conflict do nothing",
                     ARGS(TEXT(store_town(tx)), TEXT(name), INT(after)), NULL);
}

bool store_load_begin(struct tx *tx, const struct table *const *tables, size_t count, int64_t rows)
{
    struct load *load = &tx->inside->load;
    struct op *op = tx->op;
    must(tx->kind == TX_BULK && !load->on && count <= LOAD_TABLES_MAX);
    if (rows < LOAD_ROWS_MIN)
        return true;
    *load = (struct load){0};
    for (size_t i = 0; i < count; i++) {
        int64_t present = 0;
        bool found;
        str sql =
            op_text(op, "select count(*) from %.*s", PS(store_name(op, op_text(op, "now_%.*s", PS(tables[i]->name)))));
        if (!store_int(tx, sql.p, ARGS(), &present, &found))
            return false;
        if (present > rows)
            continue;
        if (!table_lookups_drop(tx, tables[i]) || !due_keep(tx, tables[i]->name))
            return false;
        load->tables[load->count++] = tables[i];
    }
    load->part = tx->inside->parts;
    load->on = true;
    return true;
}

bool store_loading(const struct tx *tx, const struct table *t)
{
    const struct load *load = &tx->inside->load;
    for (size_t i = 0; load->on && i < load->count; i++)
        if (load->tables[i] == t)
            return true;
    return false;
}

void store_load_found(struct tx *tx, const struct table *t)
{
    if (store_loading(tx, t))
        tx->inside->load.reads--;
}

void store_load_end(struct tx *tx)
{
    tx->inside->load.on = false;
}

bool load_reading(struct tx *tx, const char *sql)
{
    struct load *load = &tx->inside->load;
    bool named = false; /* one of them, or one whose name contains its */
    size_t at;
    for (size_t i = 0; load->on && i < load->count; i++)
        named = named || str_find(str_z(sql), load->tables[i]->name, &at);
    if (!named || ++load->reads < LOAD_READS_MAX)
        return true;
    load->on = false;
    for (size_t i = 0; i < load->count; i++)
        if (!table_indexes_make(tx, load->tables[i]))
            return false;
    return true;
}

/* ---- afterwards -------------------------------------------------------------------------------------------- */

bool store_due(struct tx *tx, struct due_table *ret, bool *ret_found)
{
    struct rows *rows;
    if (!store_query(tx, "select name, after from store_due where town = $1 order by name limit 1",
                     ARGS(TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, ret_found))
        return false;
    if (*ret_found)
        *ret = (struct due_table){rows_text(rows, 0), rows_int(rows, 1)};
    rows_close(rows);
    return true;
}

bool store_due_done(struct tx *tx, str name)
{
    return store_run(tx, "delete from store_due where town = $1 and name = $2",
                     ARGS(TEXT(store_town(tx)), TEXT(name)), NULL);
}
