/* The store against its own one-commit-per-save and the disk's flush; loading, searching as one types, verifying.
 * Usage: bench saves FOLDER [SAVES] | load FOLDER PEOPLE. Prints a table; ratios are within one run. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"

enum { CLIENTS = 64 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const struct column columns[] = {
    {SC("姓名"), COLUMN_TEXT, true, false},    {SC("性别"), COLUMN_TEXT, false, false}, {SC("民族"), COLUMN_TEXT, false, false},
    {SC("证件号"), COLUMN_TEXT, false, true},  {SC("出生日期"), COLUMN_DAY, true, false}, {SC("电话"), COLUMN_TEXT, false, false},
    {SC("村组"), COLUMN_ID, true, false},      {SC("户"), COLUMN_ID, true, false},      {SC("与户主关系"), COLUMN_TEXT, false, false},
    {SC("户籍类别"), COLUMN_TEXT, false, false}, {SC("年收入"), COLUMN_INT, false, false}, {SC("备注"), COLUMN_TEXT, false, false},
};
static struct table person = {SC("person"), columns, COUNT(columns)};

static const struct {
    str character, pinyin;
} family[] = {{SC("张"), SC("zhang")}, {SC("王"), SC("wang")}, {SC("李"), SC("li")},   {SC("赵"), SC("zhao")}, {SC("刘"), SC("liu")},
              {SC("陈"), SC("chen")},  {SC("杨"), SC("yang")}, {SC("黄"), SC("huang")}, {SC("周"), SC("zhou")}, {SC("吴"), SC("wu")}},
  given[] = {{SC("伟"), SC("wei")},   {SC("芳"), SC("fang")}, {SC("娜"), SC("na")},    {SC("秀"), SC("xiu")},  {SC("敏"), SC("min")},
             {SC("静"), SC("jing")},  {SC("丽"), SC("li")},   {SC("强"), SC("qiang")}, {SC("磊"), SC("lei")},  {SC("军"), SC("jun")},
             {SC("洋"), SC("yang")},  {SC("勇"), SC("yong")}, {SC("艳"), SC("yan")},   {SC("杰"), SC("jie")},  {SC("涛"), SC("tao")},
             {SC("明"), SC("ming")},  {SC("超"), SC("chao")}, {SC("霞"), SC("xia")},   {SC("平"), SC("ping")}, {SC("刚"), SC("gang")}};

struct made {
    str name, pinyin, initials, number, phone;
};

static struct made person_make(struct op *op, int64_t n)
{
    uint64_t r = op_random(op);
    size_t a = r % COUNT(family), b = r / 16 % COUNT(given), c = r / 1024 % COUNT(given);
    return (struct made){
        .name = op_text(op, "%.*s%.*s%.*s", PS(family[a].character), PS(given[b].character), PS(given[c].character)),
        .pinyin = op_text(op, "%.*s%.*s%.*s", PS(family[a].pinyin), PS(given[b].pinyin), PS(given[c].pinyin)),
        .initials = op_text(op, "%c%c%c", family[a].pinyin.p[0], given[b].pinyin.p[0], given[c].pinyin.p[0]),
        .number = op_text(op, "%lld", 152524190001010000LL + (long long)n),
        .phone = op_text(op, "138%08d", (int)(r >> 33) % 100000000),
    };
}

[[nodiscard]] static bool person_keep(struct tx *tx, int64_t n, double *parts)
{
    struct op *op = tx->op;
    struct made p = person_make(op, n);
    id group = {{2, [15] = (uint8_t)(n % 12)}}, house = {{3, [14] = (uint8_t)(n >> 10), (uint8_t)(n >> 2)}};
    struct fact f = {.account = group, .account_name = S("王芳"), .act = FACT_ADD, .ledger = person.name, .record = id_new(op), .version = 1};
    f.body = op_text(op,
                     "{\"值\":{\"姓名\":\"%.*s\",\"性别\":\"男\",\"民族\":\"汉族\",\"证件号\":\"%.*s\",\"出生日期\":\"1987-03-05\",\"电话\":\"%.*s\","
                     "\"村组\":\"019316b0-0000-7000-8000-000000000001\",\"户\":\"019316b0-0000-7000-8000-000000000002\",\"与户主关系\":\"户主\","
                     "\"户籍类别\":\"本镇\",\"年收入\":\"12500.00\"}}",
                     PS(p.name), PS(p.number), PS(p.phone));
    struct row_head head = {.version = 1, .state = S(""), .added = op->now, .changed = op->now};
    double t0 = parts ? seconds() : 0;
    if (!fact_keep(tx, &f, &head.fact_no))
        return false;
    double t1 = parts ? seconds() : 0;
    if (!table_add(tx, &person, f.record, &head,
                   ARGS(TEXT(p.name), TEXT(S("男")), TEXT(S("汉族")), TEXT(p.number), INT(6272 + n % 20000), TEXT(p.phone), ID(group), ID(house),
                        TEXT(S("户主")), TEXT(S("本镇")), INT(1250000), NUL).p))
        return false;
    double t2 = parts ? seconds() : 0;
    const struct search_term terms[] = {{SEARCH_TEXT, p.name}, {SEARCH_WORD, p.pinyin}, {SEARCH_WORD, p.initials}, {SEARCH_TAIL, p.number}, {SEARCH_TAIL, p.phone}};
    bool done = search_add(tx, person.name, f.record, group, p.name, terms, COUNT(terms));
    if (parts) {
        parts[0] += t1 - t0;
        parts[1] += t2 - t1;
        parts[2] += seconds() - t2;
    }
    return done;
}

struct client {
    struct store *store;
    pthread_t thread;
    enum tx_kind kind;
    int64_t first, count;
    double worst;
};

static void *client_run(void *context)
{
    struct client *c = context;
    for (int64_t i = 0; i < c->count; i++) {
        struct op op;
        struct tx *tx;
        double start = seconds();
        op_init(&op, 1638752400000 + c->first + i * CLIENTS, (uint64_t)(c->first + i)); /* ids grow, as they do */
        must(store_begin(c->store, &op, c->kind, &tx) && person_keep(tx, c->first + i, NULL) && store_commit(tx));
        op_done(&op);
        double took = seconds() - start;
        c->worst = took > c->worst ? took : c->worst;
    }
    return NULL;
}

static double saves(struct store *store, enum tx_kind kind, int clients, int64_t count, int64_t first)
{
    static struct client all[CLIENTS];
    double start = seconds(), worst = 0;
    for (int i = 0; i < clients; i++) {
        all[i] = (struct client){.store = store, .kind = kind, .first = first + i * (count / clients), .count = count / clients};
        must(pthread_create(&all[i].thread, NULL, client_run, &all[i]) == 0);
    }
    for (int i = 0; i < clients; i++) {
        pthread_join(all[i].thread, NULL);
        worst = all[i].worst > worst ? all[i].worst : worst;
    }
    double rate = (double)(count / clients * clients) / (seconds() - start);
    printf("%-34s %9.0f saves/s   worst %.1f ms\n", kind == TX_BULK ? "64 clients, a commit per save" : clients == 1 ? "1 client, grouped" : "64 clients, grouped", rate,
           worst * 1e3);
    return rate;
}

static double flushes(struct op *op, str folder)
{
    enum { COUNT_MAX = 2000 };
    static char page[4096];
    str path = op_text(op, "%.*s/flush", PS(folder));
    int fd = open(path.p, O_RDWR | O_CREAT, 0600);
    must(fd >= 0);
    for (int i = 0; i < 256; i++)
        must(pwrite(fd, page, sizeof page, i * 4096) == sizeof page);
    must(fsync(fd) == 0);
    double start = seconds();
    for (int i = 0; i < COUNT_MAX; i++)
        must(pwrite(fd, page, sizeof page, i % 256 * 4096) == sizeof page && fdatasync(fd) == 0);
    double rate = COUNT_MAX / (seconds() - start);
    close(fd);
    unlink(path.p);
    printf("%-34s %9.0f flushes/s\n", "4 KB overwritten and flushed", rate);
    return rate;
}

static struct store *open_at(struct op *op, str folder)
{
    struct store *store;
    struct tx *tx;
    if (!store_open(op, folder, &(struct store_options){.log_bytes = STORE_LOG_BYTES}, &store)) {
        fprintf(stderr, "%.*s\n", PS(op->faults->text));
        exit(1);
    }
    must(store_begin(store, op, TX_WRITE, &tx) && table_make(tx, &person) && store_commit(tx));
    return store;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A disk that others use is fast and slow by turns: what stands side by side is compared, and the middle of five is told. */
static void bench_saves(struct op *op, str folder, int64_t count)
{
    enum { ROUNDS = 5 };
    struct store *store = open_at(op, folder);
    double limit = flushes(op, folder), ratios[ROUNDS], most = 0;
    saves(store, TX_WRITE, 1, count / 16, 1 << 20);
    for (int round = 0; round < ROUNDS; round++) {
        double single = saves(store, TX_BULK, CLIENTS, count / 16, (4 + round) << 20);
        double grouped = saves(store, TX_WRITE, CLIENTS, count, (12 + round) << 20);
        ratios[round] = grouped / single;
        most = grouped > most ? grouped : most;
    }
    qsort(ratios, ROUNDS, sizeof *ratios, by_size);
    printf("ratio %.1f (from %.1f to %.1f; goal 10); saves per flush the disk can do %.1f\n", ratios[ROUNDS / 2], ratios[0], ratios[ROUNDS - 1],
           most / limit);
    store_close(store);
}

static void keystrokes(struct op *op, struct store *store)
{
    enum { ROUNDS = 3000 };
    static double took[ROUNDS * 8];
    const struct search_scope whole = {.ledger = person.name, .whole_town = true};
    id group = {{2, [15] = 3}};
    const struct search_scope own = {.ledger = person.name, .groups = &group, .group_count = 1};
    int count = 0;
    for (int round = 0; round < ROUNDS / 4; round++) {
        struct mark outer = op_mark(op);
        struct made p = person_make(op, round);
        const str words[] = {p.name, p.pinyin, p.initials, str_part(p.phone, 7, 11)};
        for (size_t w = 0; w < COUNT(words); w++)
            for (size_t codes = 1; codes <= utf8_count(words[w]) && codes <= 6; codes++) {
                struct mark mark = op_mark(op);
                struct tx *tx;
                struct search_hit *hits;
                size_t found;
                str typed = str_part(words[w], 0, utf8_skip(words[w], codes));
                double start = seconds();
                must(store_begin(store, op, TX_READ, &tx) &&
                     search_find(tx, &(struct search_query){.typed = typed, .scopes = round % 2 ? &own : &whole, .scope_count = 1}, &hits, &found) &&
                     store_commit(tx));
                if (count < (int)COUNT(took))
                    took[count++] = seconds() - start;
                op_reset(op, mark);
            }
        op_reset(op, outer);
    }
    qsort(took, (size_t)count, sizeof *took, by_size);
    printf("%-34s p50 %.2f ms   p99 %.2f ms   worst %.2f ms\n", "keystroke", took[count / 2] * 1e3, took[count * 99 / 100] * 1e3, took[count - 1] * 1e3);
}

static void bench_load(struct op *op, str folder, int64_t people)
{
    struct store *store = open_at(op, folder);
    struct tx *tx;
    struct rusage use;
    double parts[3] = {0}, start = seconds();
    must(store_begin(store, op, TX_BULK, &tx));
    must(table_indexes_drop(tx, &person));
    for (int64_t i = 0; i < people; i++) {
        struct mark mark = op_mark(op);
        must(person_keep(tx, i, parts));
        op_reset(op, mark);
    }
    double indexes = seconds();
    must(table_indexes_make(tx, &person));
    double commit = seconds();
    must(store_commit(tx));
    double end = seconds();
    printf("%-34s %9.0f people/s   facts %.2f s, rows %.2f s, search %.2f s, indexes %.2f s, commit %.2f s\n", "loaded, durable", (double)people / (end - start),
           parts[0], parts[1], parts[2], commit - indexes, end - commit);
    struct audit_report report;
    start = seconds();
    must(store_begin(store, op, TX_READ, &tx) && audit_verify(tx, NULL, NULL, &report) && store_commit(tx) && report.ok);
    printf("%-34s %9.0f facts/s\n", "verified", (double)report.facts / (seconds() - start));
    keystrokes(op, store);
    getrusage(RUSAGE_SELF, &use);
    printf("%-34s %9ld KB\n", "peak memory", use.ru_maxrss);
    store_close(store);
}

int main(int argc, char **argv)
{
    struct op op;
    op_init(&op, 1638752400000, 1);
    table_ready(&op, &person);
    if (argc < 3)
        return 2;
    int64_t count = argc > 3 ? atoll(argv[3]) : 0;
    if (str_eq(str_z(argv[1]), S("saves")))
        bench_saves(&op, str_z(argv[2]), count ? count : 16000);
    else
        bench_load(&op, str_z(argv[2]), count ? count : 100000);
    op_done(&op);
    return 0;
}
