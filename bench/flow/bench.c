/* Procedures that last, beside SQLite alone writing the same rows; what a waiting case takes; how long a workbench takes to open.
 * Usage: bench PACKS FOLDER CASES. Prints a table; ratios are within one run. Without CASES: opens the folder, tells how many seconds
 * that took and how many MiB are then resident. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "flow/flow.h"

enum { PEOPLE = 50, DONE = 2000, TURN = 200, GROUP = 100, LISTS = 1000, BEGUN_MAX = 20000,
       STRIDE = 7919 /* a prime that divides no number of cases anybody gives */ };

struct bench {
    struct op op;                   /* what lasts: definitions */
    struct store *store;
    struct town *town;
    struct flow *flow;
    const struct procedure *procedure;
    struct who who[PEOPLE];
    id *cases;      /* those that the program has begun */
    int begun, count;
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

static void limited(const char *what, double ours, const char *unit, double limit)
{
    printf("%-52s ours %12.2f %s  limit <= %.0f  %s\n", what, ours, unit, limit, ours <= limit ? "met" : "MISSED");
}

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
    limited("a waiting case on disk (fact, rows, indexes)", (double)(after - before) / count, "bytes", 600);
    free(records);
}

/* The id of a case that stands for another: a kind that nobody else makes. */
static id copied(id x, int copy)
{
    if (copy > 0) {
        x.b[6] = (uint8_t)(0xf0 | copy >> 8);
        x.b[7] = (uint8_t)copy;
    }
    return x;
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
        id tail = copied((id){0}, k);
        must(sqlite3_exec(db, "begin immediate", NULL, NULL, NULL) == SQLITE_OK);
        for (size_t i = 0; i < COUNT(steps); i++) {
            sqlite3_bind_blob(step[i], 1, tail.b + 6, 2, SQLITE_TRANSIENT);
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

/* The act that many after the first, anywhere among all that wait. */
static void act_once(struct bench *b, struct tx *tx, int number)
{
    int at = (int)((int64_t)number * STRIDE % b->count), copy = at / b->begun, of = at % b->begun;
    struct flow_act act = {.command = id_new(tx->op), .op = DO_AGREE, .case_id = copied(b->cases[of], copy), .seat = 0, .seat_rev = -1,
                           .work = -1, .other = -1, .target = -1, .opinion = S("同意，请抓紧办理")};
    struct flow_done done;
    DO(tx->op, flow_do(tx, b->flow, &b->who[of % PEOPLE], &act, &done));
}

/* Returns the seconds. */
static double acts_run(struct bench *b, int first, int count, int per_commit)
{
    struct op op;
    struct tx *tx;
    double start = seconds();
    for (int i = 0; i < count;) {
        op_init(&op, b->op.now + 1000000 + i, (uint64_t)(first + i) + 99);
        DO(&op, store_begin(b->store, &op, per_commit > 1 ? TX_BULK : TX_WRITE, &tx));
        for (int k = 0; k < per_commit && i < count; k++, i++)
            act_once(b, tx, first + i);
        DO(&op, store_commit(tx));
        op_done(&op);
    }
    return seconds() - start;
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

/* The folder's database page by page, before anything is done that is compared; nothing looks after its rows any more. Its log has its
 * size beforehand and is emptied between the turns, as the program empties its own beside the work. */
static sqlite3 *bare_open(struct bench *b, const char *path)
{
    sqlite3 *from, *db;
    sqlite3_stmt *list;
    char text[4096];
    remove(path);
    snprintf(text, sizeof text, "%.*s/zhenwu.db", PS(b->folder));
    must(sqlite3_open_v2(text, &from, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK && sqlite3_open(path, &db) == SQLITE_OK);
    sqlite3_backup *copy = sqlite3_backup_init(db, "main", from, "main");
    must(copy && sqlite3_backup_step(copy, -1) == SQLITE_DONE && sqlite3_backup_finish(copy) == SQLITE_OK);
    sqlite3_close(from);
    sql(db, "pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16384; pragma secure_delete = on;"
            "pragma temp_store = memory; pragma wal_autocheckpoint = 0");
    list = prepared(db, "select 'drop trigger \"' || name || '\"' from sqlite_master where type = 'trigger'");
    struct { char text[200]; } drops[200];
    size_t count = 0;
    while (sqlite3_step(list) == SQLITE_ROW && count < COUNT(drops))
        snprintf(drops[count++].text, sizeof drops->text, "%s", (const char *)sqlite3_column_text(list, 0));
    sqlite3_finalize(list);
    for (size_t i = 0; i < count; i++)
        sql(db, drops[i].text);
    snprintf(text, sizeof text, "create table room (bytes blob); insert into room values (zeroblob(%d)); drop table room", STORE_LOG_BYTES);
    sql(db, text);
    snprintf(text, sizeof text, "attach '%.*s/zhenwu.db' as old", PS(b->folder));
    sql(db, text);
    return db;
}

/* The facts of the last acts and the rows that follow from them, as they are in the folder now, written again by SQLite alone. Returns
 * the seconds that took. */
static double bare_run(sqlite3 *db, int64_t first_fact, int count, int per_commit)
{
    static const char *const steps[] = {
        "insert into main.fact select * from temp.facts where no = ?1",
        "update main.flow_case set rev = n.rev, due = n.due, warn = n.warn, next = n.next, place = n.place, ended = n.ended, version = n.version"
        " from temp.cases n where flow_case.no = n.no and n.fact_no = ?1",
        "delete from main.flow_seat where case_no = (select case_no from temp.commands where fact_no = ?1)",
        "insert into main.flow_seat select * from temp.seats where case_no = (select case_no from temp.commands where fact_no = ?1)",
        "insert into main.flow_hand select * from temp.hands where case_no = (select case_no from temp.commands where fact_no = ?1)",
        "insert into main.flow_command select * from temp.commands where fact_no = ?1",
        "update main.fact_head set no = ?1, hash = (select hash from temp.facts where no = ?1)",
    };
    static const char *const copies[] = {
        "create temp table facts as select * from old.fact where no >= %lld",
        "create temp table commands as select * from old.flow_command where fact_no >= %lld",
        "create temp table cases as select c.*, m.fact_no from temp.commands m cross join old.flow_case c on c.no = m.case_no",
        "create temp table seats as select s.* from temp.commands m cross join old.flow_seat s on s.case_no = m.case_no",
        "create temp table hands as select h.* from temp.commands m cross join old.flow_hand h on h.case_no = m.case_no",
        "create index temp.facts_no on facts (no)", "create index temp.commands_fact on commands (fact_no)",
        "create index temp.cases_fact on cases (fact_no)", "create index temp.seats_case on seats (case_no)",
        "create index temp.hands_case on hands (case_no)",
    };
    static const char *const tables[] = {"facts", "commands", "cases", "seats", "hands"};
    sqlite3_stmt *step[COUNT(steps)];
    char text[1024];
    for (size_t i = 0; i < COUNT(tables); i++) {
        snprintf(text, sizeof text, "drop table if exists temp.%s", tables[i]);
        sql(db, text);
    }
    for (size_t i = 0; i < COUNT(copies); i++) {
        snprintf(text, sizeof text, copies[i], (long long)first_fact);
        sql(db, text);
    }
    for (size_t i = 0; i < COUNT(steps); i++)
        step[i] = prepared(db, steps[i]);
    sql(db, "pragma main.wal_checkpoint(restart)");
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
    double took = seconds() - start;
    for (size_t i = 0; i < COUNT(steps); i++)
        sqlite3_finalize(step[i]);
    return took;
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

/* By turns, a few hundred each: what else the machine does meets both. */
static void compare(struct bench *b, sqlite3 *bare, const char *title, int first, int per_commit, double goal)
{
    double ours = 0, alone = 0;
    for (int i = 0; i < DONE; i += TURN) {
        int64_t before = facts_now(b);
        ours += acts_run(b, first + i, TURN, per_commit);
        alone += bare_run(bare, before + 1, TURN, per_commit);
    }
    printf("%-52s SQLite alone %8.0f /s  ours %8.0f /s  ratio %.2f  goal >= %.2f  %s\n", title, DONE / alone, DONE / ours, alone / ours,
           goal, alone / ours >= goal ? "met" : "MISSED");
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
    printf("%-52s p50 %.2f ms, processor %.2f and %.2f ms\n", title, took[LISTS / 2], worked[LISTS / 2], worked[LISTS * 99 / 100]);
    limited("  p99", took[LISTS * 99 / 100], "ms", 20);
}

/* A program that starts on a folder that is there: seconds until it can answer, and what it then holds. */
static int start_only(struct bench *b, str packs)
{
    double start = seconds();
    opened(b, packs, access(op_text(&b->op, "%.*s/zhenwu.db", PS(b->folder)).p, F_OK) != 0);
    printf("%.3f %.1f\n", seconds() - start, resident());
    store_close(b->store);
    op_done(&b->op);
    return 0;
}

int main(int argc, char **argv)
{
    static struct bench b;
    must(argc == 3 || argc == 4);
    op_init(&b.op, 1638752400000, 1949);
    b.folder = str_z(argv[2]);
    if (argc == 3)
        return start_only(&b, str_z(argv[1]));
    b.count = atoi(argv[3]);
    b.begun = b.count < BEGUN_MAX ? b.count : BEGUN_MAX;
    b.count -= b.count % b.begun;
    must(b.count >= 4 * DONE && b.count % STRIDE != 0);
    opened(&b, str_z(argv[1]), true);
    cases_begin(&b, b.begun);
    if (b.count > b.begun) {
        store_close(b.store);
        cases_multiply(&b, b.begun, b.count);
        opened(&b, str_z(argv[1]), false);
    }
    printf("%-52s %12d\n", "waiting cases", b.count);
    workbench(&b, FLOW_TODO);
    workbench(&b, FLOW_SENT);
    char path[4096];
    snprintf(path, sizeof path, "%s/bare.db", argv[2]);
    sqlite3 *bare = bare_open(&b, path);
    compare(&b, bare, "an act, one per commit", 0, 1, 0.6);
    compare(&b, bare, "an act, 100 per commit", DONE, GROUP, 0.3);
    sqlite3_close(bare);
    remove(path);
    workbench(&b, FLOW_DONE);
    store_close(b.store);
    op_done(&b.op);
    return 0;
}
