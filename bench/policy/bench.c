/* A town's policies from its database: everybody read into columns and decided, beside a bare scan of the same columns.
 *   bench FOLDER PACKS CASES    prints a line for each policy; FOLDER is a town's data, see zhenwu demo. PACKS has the reference table
 *                               beside the town's packs (bench/policy/reference); so many CASES are written for it first. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/record_bulk.h"
#include "policy/policy.h"

enum { ROUNDS = 15 };

/* Of this thread, so that what else the machine does does not count. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void give_up(struct op *op)
{
    for (const struct fault *f = op->faults; f; f = f->next)
        fprintf(stderr, "%.*s %.*s\n", PS(f->field), PS(f->text));
    exit(1);
}

/* What whoever only wants the values would do: each statement's columns taken out and added up. */
static int64_t scan(struct store *store, struct op *outer, const char *const *statements, size_t count)
{
    struct op op;
    struct tx *tx;
    int64_t sum = 0;
    op_init(&op, outer->now, 1);
    if (!store_begin(store, &op, TX_READ, &tx))
        give_up(&op);
    for (size_t q = 0; q < count && statements[q]; q++) {
        struct rows *rows;
        bool more;
        if (!store_query(tx, statements[q], strstr(statements[q], "$1") ? ARGS(INT(day_at(op.now))) : ARGS(), &rows) || !rows_next(rows, &more))
            give_up(&op);
        for (int columns = more ? rows_count(rows) : 0; more;) {
            struct arg cells[16];
            must(columns <= (int)COUNT(cells));
            rows_cells(rows, 0, columns, cells);
            for (int i = 0; i < columns; i++)
                sum += cells[i].kind == ARG_INT ? cells[i].i : cells[i].kind == ARG_NULL ? 0 : (int64_t)cells[i].text.n;
            if (!rows_next(rows, &more))
                give_up(&op);
        }
    }
    store_abandon(tx);
    op_done(&op);
    return sum;
}

/* The columns that each policy reads, as its definition names them; +removed: in the order in which the rows lie, which
 * is the fastest. $1: today. */
static const struct {
    const char *policy;
    const char *sql[4];
} rows[] = {
    {"service_duty",
     {"select record, 登记性别, 证件类型, 证件号, 性别, 出生日期, 文化程度, 兵役状况, 健康状况, 缓征情形, 户 from now_person where +removed = 0 and state = '在册'",
      "select record, 村组 from now_household where +removed = 0",
      "select record, 标签, 主体人 from now_tag where +removed = 0 and 标签 = '退役军人' and 起 <= $1 and (止 is null or 止 >= $1) and +主体人 is not null"}},
    {"elector",
     {"select record, 出生日期, 户籍类别, 居住状态, 户 from now_person where +removed = 0 and state = '在册'",
      "select record, 村组 from now_household where +removed = 0", 
      "select record, 除名原因, 人 from now_elector x where +removed = 0 and (select e.选举日 from now_constituency c join now_election e on e.record = c.选举"
      " where c.record = x.选区) > $1 - 365",
      "select record, 标签, 主体人 from now_tag where +removed = 0 and 起 <= $1 and (止 is null or 止 >= $1) and +主体人 is not null"}},
    {"sanitation_fee",
     {"select h.record, (select count(*) from now_person x where x.removed = 0 and x.户 = h.record and case when x.state = '在册' and x.居住状态 = '常住'"
      " then 1 else 0 end = 1), 规模养殖, 村组"
      " from now_household h where +removed = 0 and state = '在册'",
      "select record, 标签, 主体户 from now_tag where +removed = 0 and 起 <= $1 and (止 is null or 止 >= $1) and +主体户 is not null"}},
    {"winter_relief",
     {"select record, (select count(*) from now_person x where x.removed = 0 and x.户 = h.record and case when x.state = '在册' and x.户籍类别 = '本镇' then 1 else 0 end = 1),"
      " (select count(*) from now_person x where x.removed = 0 and x.户 = h.record and case when x.state = '在册' and x.居住状态 = '常住' then 1 else 0 end = 1), 村组"
      " from now_household h where +removed = 0 and state = '在册'",
      "select record, 标签, 主体户 from now_tag where +removed = 0 and 起 <= $1 and (止 is null or 止 >= $1) and +主体户 is not null",
      "select record, 自救能力, 需救助人口, 已享补助, 户 from now_relief_beneficiary x where +removed = 0 and state != '剔除' and (select 类型 from"
      " now_relief_batch b where b.record = x.批次) = '冬春救助' and 申请日 > $1 - 304",
      "select record, 项, 数量, 户 from now_damage x where +removed = 0 and (select b.类型 from now_relief_beneficiary r join now_relief_batch b"
      " on b.record = r.批次 where r.record = x.对象 and r.state != '剔除' and r.申请日 > $1 - 304) = '冬春救助'"}},
    {"housing_six",
     {"select record, 村组 from now_household where +removed = 0 and state = '在册'",
      "select record, 标签, 主体户 from now_tag where +removed = 0 and 起 <= $1 and (止 is null or 止 >= $1) and +主体户 is not null",
      "select record, 现鉴定等级, 权利户 from now_dwelling where +removed = 0",
      "select record, 主要排除项, 户 from now_housing_case where +removed = 0 and state != '终止'"}},
    {"reference_table", {"select record, 本地, 类别, 岁数, 残疾, 收入, 等级 from now_reference_case where +removed = 0"}},
};

/* People as bench/dmn makes them, for the reference table. */
static void cases_write(struct store *store, const struct town *town, struct op *outer, int count)
{
    enum { AT_ONCE = 20000 };
    static const char *const categories[] = {"destitute", "low", "edge", "none"};
    struct who system = {.name = S("系统"), .system = true};
    for (int i = 0; i < count;) {
        struct op op;
        struct tx *tx;
        struct bulk *bulk;
        op_init(&op, outer->now + i, (uint64_t)i + 7); /* each batch later, as work is */
        if (!store_begin(store, &op, TX_BULK, &tx) ||
            !bulk_begin(tx, town, &system, town_ledger(town, S("参考申请")), ACT_ADD, &bulk))
            give_up(&op);
        for (int end = i + AT_ONCE; i < end && i < count; i++) {
            struct mark mark = op_mark(&op);
            struct json *values;
            struct bulk_done done;
            uint64_t r = op_random(&op);
            int income = (int)(r >> 8 & 0xfffff) + 100000;
            if (!json_parse(&op, op_text(&op, "{\"号\": %d, \"本地\": %s, \"类别\": \"%s\", \"岁数\": %d, \"残疾\": %s,"
                                              " \"收入\": %d.%02d, \"等级\": \"%c\"}",
                                         i + 1, r >> 32 & 7 ? "true" : "false",
                                         categories[r >> 36 & 15 ? 2 + (r >> 40 & 1) : r >> 41 & 1], (int)(r % 100),
                                         r >> 48 & 15 ? "false" : "true", income / 100, income % 100,
                                         "ABCD"[r >> 52 & 3]), &values) ||
                !bulk_add(bulk, values, &done))
                give_up(&op);
            op_reset(&op, mark);
        }
        if (!store_commit(tx))
            give_up(&op);
        op_done(&op);
    }
}

static double screened(struct store *store, const struct town *town, const struct policy *p, struct op *outer, bool decide, size_t *ret_count)
{
    struct op op;
    struct tx *tx;
    struct population *people;
    struct screening *s;
    op_init(&op, outer->now, 1);
    double start = now();
    if (!store_begin(store, &op, TX_READ, &tx) || !population_load(tx, &op, town, p, day_at(op.now), &people))
        give_up(&op);
    if (decide && !screening_run(&op, policy_version_on(p, day_at(op.now)), people, NULL, 0, 1, &s))
        give_up(&op);
    double took = now() - start;
    *ret_count = people->count;
    store_abandon(tx);
    op_done(&op);
    return took;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(double *ratios)
{
    qsort(ratios, ROUNDS, sizeof *ratios, by_size);
    return ratios[ROUNDS / 2];
}

/* One household is corrected; the population that is kept follows, or is read again. */
static void follow(struct store *store, const struct town *town, const struct policy *p, struct op *op)
{
    struct tx *tx;
    struct population *people, *again;
    const struct population *now_people;
    struct json *patch;
    struct record *r;
    struct warning *warnings;
    struct who system = {.name = S("系统"), .system = true};
    double best = 1e9, read = 1e9;
    if (!store_begin(store, op, TX_READ, &tx) || !population_load(tx, op, town, p, day_at(op->now), &people))
        give_up(op);
    store_abandon(tx);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t facts = people->facts;
        if (!json_parse(op, op_text(op, "{\"住址\": \"%lld号\"}", (long long)op->now + i), &patch) || !store_begin(store, op, TX_WRITE, &tx) ||
            !record_change(tx, town, &system, p->ledger, people->ids[100 + i], 0, patch, S("核实"), &warnings, &r) || !store_commit(tx) ||
            !store_begin(store, op, TX_READ, &tx))
            give_up(op);
        double start = now();
        if (!population_follow(tx, op, people, &facts, &now_people) || now_people == people)
            give_up(op);
        double took = now() - start;
        best = took < best ? took : best;
        start = now();
        if (!population_load(tx, op, town, p, day_at(op->now), &again))
            give_up(op);
        took = now() - start;
        read = took < read ? took : read;
        store_abandon(tx);
    }
    printf("follow %zu %.2f %.2f\n", people->count, best * 1e3, read * 1e3);
}

int main(int argc, char **argv)
{
    struct op op;
    struct store *store;
    struct town *town;
    struct policies *policies;
    struct tx *tx;
    if (argc != 4)
        return 2;
    mallopt(M_TRIM_THRESHOLD, 64 << 20); /* as in the server, where these screenings run (http/server.c) */
    mallopt(M_TOP_PAD, 1 << 20);
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    op_init(&op, (time_ms)t.tv_sec * 1000, 1);
    if (!store_open(&op, str_z(argv[1]), &(struct store_options){.town = S("")}, &store) || !store_begin(store, &op, TX_BULK, &tx) ||
        !town_load(tx, str_z(argv[2]), &town) || !store_commit(tx) || !policies_load(&op, town, str_z(argv[2]), &policies))
        give_up(&op);
    cases_write(store, town, &op, atoi(argv[3]));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct policy *p = policy_find(policies, str_z(rows[i].policy));
        double bare = 1e9, read = 1e9, whole = 1e9;
        volatile int64_t sum = 0;
        size_t count = 0;
        double of_read[ROUNDS], of_whole[ROUNDS];
        for (int k = 0; k < ROUNDS; k++) { /* side by side, and compared so: the machine is shared */
            double start = now(), took, beside;
            sum += scan(store, &op, rows[i].sql, COUNT(rows[i].sql));
            beside = now() - start;
            bare = beside < bare ? beside : bare;
            took = screened(store, town, p, &op, false, &count);
            read = took < read ? took : read;
            of_read[k] = took / beside;
            took = screened(store, town, p, &op, true, &count);
            whole = took < whole ? took : whole;
            of_whole[k] = took / beside;
        }
        printf("%s %zu %.1f %.1f %.1f %.2f %.2f\n", rows[i].policy, count, bare * 1e3, read * 1e3, whole * 1e3, middle(of_read),
               middle(of_whole));
        fflush(stdout);
    }
    follow(store, town, policy_find(policies, S("housing_six")), &op);
    store_close(store);
    op_done(&op);
    return 0;
}
