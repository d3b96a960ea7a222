/* Procedures that last, beside SQLite alone writing the same rows; what a waiting case takes; how long a workbench takes to open.
 * Usage: bench PACKS FOLDER CASES. Prints a table; ratios are within one run. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "flow/flow.h"

enum { PEOPLE = 50, DONE = 2000, GROUP = 100, LISTS = 1000, BEGUN_MAX = 20000 };

struct bench {
    struct op op;                   /* what lasts: definitions */
    struct store *store;
    struct town *town;
    struct flow *flow;
    const struct procedure *procedure;
    struct who who[PEOPLE];
    id *cases;
    str folder;
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void stop(const struct op *op, const char *what)
{
    for (const struct fault *f = op->faults; f; f = f->next)
        fprintf(stderr, "%s: %.*s %.*s\n", what, PS(f->field), PS(f->text));
    exit(1);
}
#define DO(op, x) ((x) ? (void)0 : stop(op, #x))

static struct json *values_of(struct op *op, const char *text)
{
    struct json *j;
    DO(op, json_parse(op, str_z(text), &j));
    return j;
}

static id added(struct bench *b, struct tx *tx, const char *ledger, const char *values)
{
    struct who system = {.name = S("系统"), .system = true};
    struct record *r;
    struct warning *w;
    DO(tx->op, record_add(tx, b->town, &system, town_ledger(b->town, str_z(ledger)), values_of(tx->op, values), &w, &r));
    return r->id;
}

static void people_add(struct bench *b, struct tx *tx)
{
    static const struct grant reads[] = {{.ledger = SC("*"), .acts = 1u << ACT_READ, .whole_town = true}};
    for (int i = 0; i < PEOPLE; i++) {
        str name = op_text(&b->op, "经办%d", i);
        b->who[i] = (struct who){.name = name, .grants = reads, .grant_count = COUNT(reads)};
        b->who[i].account = added(b, tx, "账号", op_text(tx->op, "{\"登录名\":\"user%d\",\"姓名\":\"%.*s\"}", i, PS(name)).p);
        added(b, tx, "岗位", op_text(tx->op, "{\"账号\":\"%.*s\",\"名称\":\"经办\",\"角色\":\"经办%d\",\"起\":\"2020-01-01\"}",
                                     PS(id_text(tx->op, b->who[i].account)), i).p);
    }
}

static void opened(struct bench *b, str packs, bool first)
{
    struct tx *tx;
    DO(&b->op, store_open(&b->op, b->folder, &(struct store_options){.town = S("152524101"), .log_bytes = STORE_LOG_BYTES}, &b->store));
    DO(&b->op, store_begin(b->store, &b->op, TX_BULK, &tx));
    DO(&b->op, town_load(tx, packs, &b->town));
    DO(&b->op, flow_load(tx, b->town, packs, &b->flow));
    b->procedure = flow_procedure(b->flow, S("bench"), 0);
    must(b->procedure != NULL);
    if (first)
        people_add(b, tx);
    DO(&b->op, store_commit(tx));
}

/* Pages of the facts and of the rows that follow from cases, with their indexes. */
static int64_t bytes_now(struct bench *b)
{
    sqlite3 *db;
    sqlite3_stmt *sum;
    char path[4096];
    snprintf(path, sizeof path, "%.*s/zhenwu.db", PS(b->folder));
    must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    must(sqlite3_prepare_v2(db, "select sum(pgsize) from dbstat where name in (select name from sqlite_master where tbl_name = 'fact' or tbl_name like 'flow_%')",
                            -1, &sum, NULL) == SQLITE_OK &&
         sqlite3_step(sum) == SQLITE_ROW);
    int64_t bytes = sqlite3_column_int64(sum, 0);
    sqlite3_finalize(sum);
    sqlite3_close(db);
    return bytes;
}

/* ---- waiting ------------------------------------------------------------------------------------------------- */

static void cases_begin(struct bench *b, int count)
{
    id *records = calloc((size_t)count, sizeof *records);
    struct tx *tx;
    struct op op;
    b->cases = calloc((size_t)count, sizeof *b->cases);
    for (int i = 0; i < count;) {
        op_init(&op, b->op.now + i, (uint64_t)i + 1);
        DO(&op, store_begin(b->store, &op, TX_BULK, &tx));
        for (int k = 0; k < 1000 && i < count; k++, i++)
            records[i] = added(b, tx, "工作计划", op_text(&op, "{\"主体\":\"个人\",\"归属对象\":\"第%d号\",\"期\":\"2021\"}", i).p);
        DO(&op, store_commit(tx));
        op_done(&op);
    }
    int64_t before = bytes_now(b);
    double start = seconds();
    for (int i = 0; i < count;) {
        op_init(&op, b->op.now + i, (uint64_t)i + 7);
        DO(&op, store_begin(b->store, &op, TX_BULK, &tx));
        for (int k = 0; k < 1000 && i < count; k++, i++) {
            struct flow_done done;
            struct mark mark = op_mark(&op);
            op.now++; /* nobody begins a thousand at one moment */
            DO(&op, flow_start(tx, b->flow, &b->who[i % PEOPLE], b->procedure, records[i], (id){0}, &done));
            b->cases[i] = done.case_id;
            op_reset(&op, mark);
        }
        DO(&op, store_commit(tx));
        op_done(&op);
    }
    double took = seconds() - start;
    int64_t after = bytes_now(b);
    printf("%-52s %12.0f /s\n", "begin a case, 1000 per commit", count / took);
    printf("%-52s %12.0f bytes\n", "a waiting case on disk (fact, rows, indexes)", (double)(after - before) / count);
    free(records);
}

/* Up to a million waiting cases: those that the program has begun, again and again under other ids, each with its fact, its case
 * and its seat in all their indexes. What is measured after that does not know the difference. The store is closed. */
static void cases_multiply(struct bench *b, int begun, int count)
{
    static const char *const steps[] = {
        "insert into fact select no + ?2 * ?3, town, at, account, account_name, post, act, ledger, cast(substr(record, 1, 6) || ?1 || substr(record, 9) as blob), version,"
        " state, salt, body, commitment, hash from fact where no >= ?4 and no < ?4 + ?3",
        "insert into flow_case select no + ?2 * ?3, cast(substr(id, 1, 6) || ?1 || substr(id, 9) as blob), town, procedure, version, record, drafter, started, ended,"
        " rev, due, warn, next, place, parent, parent_tok from flow_case where no >= ?4 and no < ?4 + ?3",
        "insert into flow_seat select case_no + ?2 * ?3, seat, account, node, opened, due, warn, nudges, town from flow_seat where case_no >= ?4 and case_no < ?4 + ?3",
    };
    sqlite3 *db;
    sqlite3_stmt *step[COUNT(steps)], *first;
    char path[4096], error[200];
    snprintf(path, sizeof path, "%.*s/zhenwu.db", PS(b->folder));
    must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    must(sqlite3_exec(db, "pragma synchronous = off; pragma cache_size = -500000", NULL, NULL, NULL) == SQLITE_OK);
    must(sqlite3_prepare_v2(db, "select min(no) from flow_case", -1, &first, NULL) == SQLITE_OK && sqlite3_step(first) == SQLITE_ROW);
    int64_t from = sqlite3_column_int64(first, 0);
    sqlite3_finalize(first);
    for (size_t i = 0; i < COUNT(steps); i++)
        must(sqlite3_prepare_v2(db, steps[i], -1, &step[i], NULL) == SQLITE_OK);
    for (int k = 1; k < count / begun; k++) {
        unsigned char tail[2] = {(unsigned char)(0xf0 | k >> 8), (unsigned char)k}; /* a kind of id that nobody else makes */
        must(sqlite3_exec(db, "begin immediate", NULL, NULL, NULL) == SQLITE_OK);
        for (size_t i = 0; i < COUNT(steps); i++) {
            sqlite3_bind_blob(step[i], 1, tail, sizeof tail, SQLITE_TRANSIENT);
            sqlite3_bind_int64(step[i], 2, k);
            sqlite3_bind_int64(step[i], 3, begun);
            sqlite3_bind_int64(step[i], 4, from);
            if (sqlite3_step(step[i]) != SQLITE_DONE) {
                snprintf(error, sizeof error, "%s", sqlite3_errmsg(db));
                fprintf(stderr, "%s: %s\n", steps[i], error);
                exit(1);
            }
            sqlite3_reset(step[i]);
        }
        must(sqlite3_exec(db, "commit", NULL, NULL, NULL) == SQLITE_OK);
    }
    must(sqlite3_exec(db, "update fact_head set no = (select max(no) from fact)", NULL, NULL, NULL) == SQLITE_OK);
    for (size_t i = 0; i < COUNT(steps); i++)
        sqlite3_finalize(step[i]);
    sqlite3_exec(db, "pragma wal_checkpoint(truncate)", NULL, NULL, NULL);
    sqlite3_close(db);
    printf("%-52s %12d\n", "waiting cases", count / begun * begun);
}

/* What the program holds in memory, in MiB: cases are not among it. */
static double resident(void)
{
    char line[256];
    double kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmRSS: %lf", &kib) == 1)
            break;
    if (f)
        fclose(f);
    return kib / 1024;
}

/* ---- acts ------------------------------------------------------------------------------------------------------ */

static void act_once(struct bench *b, struct tx *tx, int number, int seat)
{
    struct flow_act act = {.command = id_new(tx->op), .op = DO_AGREE, .case_id = b->cases[number], .seat = seat, .seat_rev = -1, .work = -1,
                           .other = -1, .target = -1, .opinion = S("同意，请抓紧办理")};
    struct flow_done done;
    DO(tx->op, flow_do(tx, b->flow, &b->who[number % PEOPLE], &act, &done));
}

static double acts_run(struct bench *b, int first, int count, int per_commit)
{
    struct op op;
    struct tx *tx;
    double start = seconds();
    for (int i = 0; i < count;) {
        op_init(&op, b->op.now + 1000000 + i, (uint64_t)(first + i) + 99);
        DO(&op, store_begin(b->store, &op, per_commit > 1 ? TX_BULK : TX_WRITE, &tx));
        for (int k = 0; k < per_commit && i < count; k++, i++)
            act_once(b, tx, first + i, 0);
        DO(&op, store_commit(tx));
        op_done(&op);
    }
    return count / (seconds() - start);
}

/* ---- SQLite alone ---------------------------------------------------------------------------------------------- */

static void sql(sqlite3 *db, const char *text)
{
    char *error = NULL;
    if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", text, error);
        exit(1);
    }
}

static sqlite3_stmt *prepared(sqlite3 *db, const char *text)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(db, text, -1, &s, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", text, sqlite3_errmsg(db));
        exit(1);
    }
    return s;
}

/* The facts of the acts and the rows that follow from them, as they are in the folder, written again by SQLite alone: into a database with the
 * same tables, the same indexes and the same rows before. */
static double bare_run(struct bench *b, const char *path, int64_t first_fact, int count, int per_commit)
{
    static const char *const tables = "'fact','flow_case','flow_seat','flow_hand','flow_command','fact_head'";
    static const char *const steps[] = {
        "insert into fact select * from temp.facts where no = ?1",
        "update flow_case set rev = 2, due = 70368744177664, warn = 0, next = 0, place = '复核', ended = 0, version = 1"
        " where no = (select case_no from temp.commands where fact_no = ?1)",
        "delete from flow_seat where case_no = (select case_no from temp.commands where fact_no = ?1)",
        "insert into flow_seat select * from temp.seats where case_no = (select case_no from temp.commands where fact_no = ?1)",
        "insert into flow_hand select * from temp.hands where case_no = (select case_no from temp.commands where fact_no = ?1)",
        "insert into flow_command select * from temp.commands where fact_no = ?1",
        "update fact_head set no = ?1, hash = (select hash from temp.facts where no = ?1)",
    };
    static const char *const copies[] = {
        "pragma temp_store = memory", "create temp table facts as select * from old.fact where no >= %lld", "create index temp.facts_no on facts (no)",
        "create temp table commands as select * from old.flow_command where fact_no >= %lld", "create index temp.commands_fact on commands (fact_no)",
        "create temp table seats as select * from old.flow_seat where case_no in (select case_no from temp.commands)",
        "create index temp.seats_case on seats (case_no)",
        "create temp table hands as select * from old.flow_hand where case_no in (select case_no from temp.commands)",
        "create index temp.hands_case on hands (case_no)",
    };
    sqlite3 *db;
    sqlite3_stmt *list, *step[COUNT(steps)];
    char text[8192];
    remove(path);
    must(sqlite3_open(path, &db) == SQLITE_OK);
    sql(db, "pragma journal_mode = wal");
    sql(db, "pragma synchronous = full");
    snprintf(text, sizeof text, "attach '%.*s/zhenwu.db' as old", PS(b->folder));
    sql(db, text);
    snprintf(text, sizeof text, "select sql from old.sqlite_master where tbl_name in (%s) and sql is not null and type <> 'trigger' order by type desc", tables);
    list = prepared(db, text);
    while (sqlite3_step(list) == SQLITE_ROW)
        sql(db, (const char *)sqlite3_column_text(list, 0));
    sqlite3_finalize(list);
    snprintf(text, sizeof text, "insert into fact select * from old.fact where no < %lld", (long long)first_fact);
    sql(db, text);
    sql(db, "insert into fact_head select * from old.fact_head");
    sql(db, "insert into flow_case select * from old.flow_case");
    for (size_t i = 0; i < COUNT(copies); i++) {
        snprintf(text, sizeof text, copies[i], (long long)first_fact);
        sql(db, text);
    }
    sql(db, "insert into flow_hand select * from old.flow_hand where case_no not in (select case_no from temp.commands)");
    snprintf(text, sizeof text, "insert into flow_seat select case_no, 0, account, node, opened, due, warn, nudges, town from old.flow_seat");
    sql(db, text);
    sql(db, "pragma wal_checkpoint(truncate)");
    for (size_t i = 0; i < COUNT(steps); i++)
        step[i] = prepared(db, steps[i]);
    double start = seconds();
    for (int i = 0; i < count;) {
        sql(db, "begin immediate");
        for (int k = 0; k < per_commit && i < count; k++, i++)
            for (size_t n = 0; n < COUNT(steps); n++) {
                sqlite3_bind_int64(step[n], 1, first_fact + i);
                if (sqlite3_step(step[n]) != SQLITE_DONE) {
                    fprintf(stderr, "%s: %s\n", steps[n], sqlite3_errmsg(db));
                    exit(1);
                }
                sqlite3_reset(step[n]);
            }
        sql(db, "commit");
    }
    double rate = count / (seconds() - start);
    for (size_t i = 0; i < COUNT(steps); i++)
        sqlite3_finalize(step[i]);
    sqlite3_close(db);
    return rate;
}

static int64_t facts_now(struct bench *b)
{
    struct op op;
    struct tx *tx;
    int64_t n;
    op_init(&op, b->op.now, 5);
    DO(&op, store_begin(b->store, &op, TX_READ, &tx));
    DO(&op, store_fact_count(tx, &n));
    store_abandon(tx);
    op_done(&op);
    return n;
}

static void compare(struct bench *b, bool beside, const char *title, const char *path, int first, int per_commit)
{
    int64_t before = facts_now(b);
    double ours = acts_run(b, first, DONE, per_commit);
    if (!beside) { /* a copy of a million rows for the comparison is not worth its time */
        printf("%-52s %12.0f /s\n", title, ours);
        return;
    }
    bytes_now(b);
    double bare = bare_run(b, path, before + 1, DONE, per_commit);
    printf("%-52s %12.0f /s\n%-52s %12.0f /s    %.0f %%\n", title, ours, "  SQLite alone, the same rows", bare, 100 * ours / bare);
}

/* ---- the workbench ------------------------------------------------------------------------------------------------ */

static int later(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Also in processor time: a busy machine lengthens the wait, not the work. */
static void workbench(struct bench *b, enum flow_box box)
{
    static double took[LISTS], worked[LISTS];
    for (int i = 0; i < LISTS; i++) {
        struct op op;
        struct tx *tx;
        struct flow_page page;
        struct flow_counts counts;
        op_init(&op, b->op.now + 2000000, (uint64_t)i);
        double start = seconds(), cpu = cpu_seconds();
        DO(&op, store_begin(b->store, &op, TX_READ, &tx));
        DO(&op, flow_list(tx, b->flow, &b->who[i % PEOPLE], &(struct flow_query){.box = box, .limit = 50}, &page));
        DO(&op, flow_count(tx, b->flow, &b->who[i % PEOPLE], &counts));
        store_abandon(tx);
        took[i] = (seconds() - start) * 1000;
        worked[i] = (cpu_seconds() - cpu) * 1000;
        must(page.count > 0);
        op_done(&op);
    }
    qsort(took, LISTS, sizeof *took, later);
    qsort(worked, LISTS, sizeof *worked, later);
    char title[64];
    snprintf(title, sizeof title, "open the workbench, %.*s, 50 rows", PS(flow_box_names[box]));
    printf("%-52s %9.2f ms p50 %6.2f ms p99 (processor %.2f, %.2f)\n", title, took[LISTS / 2], took[LISTS * 99 / 100],
           worked[LISTS / 2], worked[LISTS * 99 / 100]);
}

int main(int argc, char **argv)
{
    static struct bench b;
    must(argc == 4);
    int count = atoi(argv[3]);
    must(count >= 4 * DONE);
    op_init(&b.op, 1638752400000, 1949);
    b.folder = str_z(argv[2]);
    opened(&b, str_z(argv[1]), true);
    int begun = count < BEGUN_MAX ? count : BEGUN_MAX;
    cases_begin(&b, begun);
    if (count > begun) {
        store_close(b.store);
        cases_multiply(&b, begun, count);
        double again = seconds(), cpu = cpu_seconds();
        opened(&b, str_z(argv[1]), false);
        printf("%-52s %12.2f s (processor %.2f), %.0f MiB resident\n", "open the folder with all of them waiting", seconds() - again,
               cpu_seconds() - cpu, resident());
    }
    char bare[4096];
    snprintf(bare, sizeof bare, "%s/bare.db", argv[2]);
    compare(&b, begun == count, "an act, one per commit", bare, 0, 1);
    compare(&b, begun == count, "an act, 100 per commit", bare, DONE, GROUP);
    workbench(&b, FLOW_TODO);
    workbench(&b, FLOW_SENT);
    workbench(&b, FLOW_DONE);
    store_close(b.store);
    double start = seconds();
    opened(&b, str_z(argv[1]), false);
    printf("%-52s %12.2f s\n", "open the folder again, all definitions and models", seconds() - start);
    store_close(b.store);
    op_done(&b.op);
    return 0;
}
