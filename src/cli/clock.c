/* The thread that lets time pass for cases: reminders, timers, what is overdue. What was due while the program was
 * off is done in batches. And files: of destroyed records, when a backup under way kept them from going, and, once a day,
 * those that were sent and never attached. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "cli/cli.h"

enum {
    LOOK_MS = 2000,                 /* a reminder two seconds late is not late; looking costs one read of an index */
    LOOK_TEST_MS = 100,             /* who moves the time looks at what comes of it */
};

struct clock {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    struct store *store;
    const struct town *town;
    const struct flow *flow;
    struct api *api;
    struct test_clock *test;
    day uploads_on; /* the day on which what was sent in vain has been looked for */
};

/* 时限规则: how many days a file may wait for a record that names it. Without the rule it stays. */
#define UPLOAD_RULE S("FJ-LG")

static bool uploads_turn(struct clock *c, struct op *op)
{
    struct tx *tx;
    struct deadline rule;
    bool found, done = true;
    day today = day_at(op->now);
    if (c->uploads_on == today)
        return true;
    if (!store_begin(c->store, op, TX_READ, &tx) || !deadline_rule(tx, c->town, UPLOAD_RULE, today, &rule, &found) ||
        !store_commit(tx))
        return false;
    if (found && str_eq(rule.unit, S("日")) &&
        !store_uploads_settle(c->store, op, day_end(today - 1 - (day)rule.count), &done))
        return false;
    if (done)
        c->uploads_on = today;
    return true;
}

/* True: at once again, there is more. */
static bool clock_turn(struct clock *c)
{
    struct op op;
    int done = 0;
    op_init(&op, cli_now(c->test), cli_seed(NULL));
    bool turned = flow_tick(&op, c->store, c->flow, &done) && store_files_settle(c->store, &op) &&
                  uploads_turn(c, &op);
    if (done > 0 && c->api)
        api_follow(c->api, &op);
    if (op.faults)
        cli_faults(&op);
    op_done(&op);
    return turned && done >= FLOW_TICK_MAX;
}

static void *clock_run(void *context)
{
    struct clock *c = context;
    pthread_mutex_lock(&c->lock);
    while (!c->stop) {
        pthread_mutex_unlock(&c->lock);
        bool more = clock_turn(c);
        pthread_mutex_lock(&c->lock);
        struct timespec until;
        must(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
        timespec_add(&until, c->test ? LOOK_TEST_MS : LOOK_MS);
        if (!more && !c->stop)
            pthread_cond_timedwait(&c->wake, &c->lock, &until);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

bool clock_start(struct op *op, struct store *store, const struct town *town, const struct flow *flow, struct api *api,
                 struct test_clock *test, struct clock **ret)
{
    struct clock *c = calloc(1, sizeof *c);
    pthread_condattr_t monotonic;
    must(c);
    c->store = store;
    c->town = town;
    c->flow = flow;
    c->api = api;
    c->test = test;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&c->thread, NULL, clock_run, c) != 0) {
        pthread_cond_destroy(&c->wake);
        pthread_mutex_destroy(&c->lock);
        free(c);
        return op_fail(op, FAULT_SYSTEM, S(""), "定时线程起不来，请检查系统的线程数限制");
    }
    *ret = c;
    return true;
}

void clock_stop(struct clock *c)
{
    pthread_mutex_lock(&c->lock);
    c->stop = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
