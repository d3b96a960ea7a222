/* Writes the queries that the figures of the half year ask of a store, with their values in them, for the peers to ask too:
 * one line a query: figure, tab, SQL. An empty town gives the same questions as a full one. */
#include <sqlite3.h>
#include <stdio.h>
#include <time.h>

#include "report/report.h"
#include "store/inside.h"

struct told {
    const char *figure;
    int count;
};

static int query_told(unsigned kind, void *context, void *statement, [[maybe_unused]] void *unused)
{
    struct told *told = context;
    char *sql = kind == SQLITE_TRACE_STMT ? sqlite3_expanded_sql(statement) : NULL;
    if (sql && strncmp(sql, "select ", 7) == 0 && strstr(sql, "\"now_") && !strchr(sql, '\n')) {
        printf("%s\t%s\n", told->figure, sql);
        told->count++;
    }
    sqlite3_free(sql);
    return 0;
}

int main(int argc, char **argv)
{
    struct op op;
    struct store *store;
    struct tx *tx;
    struct town *town;
    struct indicators *all;
    struct indicator_value v;
    struct who system = {.system = true};
    struct indicator_ask half = {.from = day_of(2021, 7, 1), .to = day_of(2021, 12, 31)};
    must(argc == 3);
    op_init(&op, (time_ms)time(NULL) * 1000, 1);
    bool good = store_open(&op, str_z(argv[1]), &(struct store_options){.town = S("152524199")}, &store) &&
                store_begin(store, &op, TX_BULK, &tx) && town_load(tx, str_z(argv[2]), &town) &&
                indicators_load(&op, town, str_z(argv[2]), &all);
    struct told told = {0};
    if (good)
        sqlite3_trace_v2(*(sqlite3 **)store_connection(tx), SQLITE_TRACE_STMT, query_told, &told);
    for (size_t i = 0; good && i < indicators_count(all); i++) {
        const struct indicator *x = indicators_at(all, i);
        told.figure = x->name.p;
        good = indicator_value(tx, town, &system, x, &half, &v);
    }
    for (const struct fault *f = op.faults; f; f = f->next)
        fprintf(stderr, "%.*s %.*s\n", PS(f->field), PS(f->text));
    return good ? 0 : 1;
}
