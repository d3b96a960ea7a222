/* Changes as they happen, for the pages that are open: which record has changed, and never what. A page reads it again
 * with its own rights.
 *
 * Who saves only lays the news down. One thread, the teller, takes what lies there, says it to those whom it concerns,
 * and rests before it looks again: one save is told at once, many are told together. Most who listen see the same of a
 * ledger (the cadres of one village), so whose a record is is decided once for all of them: their sight. Who somebody is
 * may change while they listen (a post ends, an account is stopped, a session is over): the teller asks anew. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "api/call.h"

enum {
    NEWS_MAX = 256,       /* of one telling; a page that misses one reads again by itself after a minute */
    REST_MS = 500,       /* twice a second costs a few hundred listeners a fiftieth of a processor */
    SIGHTS_MS = 60000,    /* a right may name today, and sessions end */
    DOUBT_MS = 5000,      /* a request may have changed who somebody is; acts on cases are taken for such */
};

/* What some of those who listen see of a ledger. */
struct sight {
    bool may;
    struct right right;
    int64_t telling;      /* that `shows` is of */
    bool shows[NEWS_MAX];
};

struct live {
    struct live *next;
    struct http_events *events;
    str token;
    struct who who;
    struct op op;         /* owns the token, and after `begun` what `who` points to */
    struct mark begun;
    bool over;            /* the session has ended */
    struct map sights;    /* English name of a ledger -> struct sight */
};

struct lives {
    struct api *api;
    pthread_t teller;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool ending;
    struct live *fresh;   /* since the last telling */
    size_t listening;     /* these, and whom the teller has */
    struct told news[NEWS_MAX];
    size_t news_count;
    bool look;            /* cases may have moved */
    time_ms moment;       /* of the last of the news */
    int64_t followed;     /* as far as moved cases have been told: the number of a fact */

    /* The teller's. */
    struct live *live;
    int64_t telling;
    uint64_t generation;  /* of the sessions (known_generation), when those who listen were last asked who they are */
    struct op op;         /* owns the sights, which are made anew after a while */
    struct map sights;    /* ledger and right -> struct sight */
};

/* One look at what lies there. */
struct telling {
    struct tx *tx;
    struct told news[NEWS_MAX];
    str texts[NEWS_MAX];
    size_t count;
    bool look;
    int64_t followed;
};

/* ---- whose a record is --------------------------------------------------------------------------------------- */

static void sights_forget(struct lives *v, time_ms moment)
{
    op_done(&v->op);
    op_init(&v->op, moment, 1);
    map_init(&v->sights, &v->op);
    for (struct live *one = v->live; one; one = one->next)
        map_init(&one->sights, &v->op);
}

/* Who listens is asked anew who they are. One whose session cannot be read hears no more; an open page then signs in again. */
static void listeners_ask(struct lives *v, struct tx *tx)
{
    struct op *op = tx->op;
    v->generation = known_generation(v->api);
    for (struct live *one = v->live; one; one = one->next) {
        struct mark mark = op_mark(op);
        struct session *s;
        bool found = false;
        int faults = op->fault_count;
        one->over = !org_session(tx, v->api->config.town, one->token, &s, &found) || !found;
        op_reset(&one->op, one->begun);
        one->who = one->over ? (struct who){0} : who_copy(&one->op, &s->who);
        op_forgive(op, faults);
        op_reset(op, mark);
    }
}

static struct sight *sight_of(struct lives *v, struct live *one, const struct ledger *l)
{
    struct op *op = &v->op;
    struct right right = {0};
    struct sight *sight = map_get(&one->sights, l->english);
    if (sight)
        return sight;
    int faults = op->fault_count;
    bool may = right_for(op, v->api->config.town, &one->who, l, ACT_READ, &right);
    op_forgive(op, faults);
    str key = op_text(op, "%.*s\x1f%d%.*s", PS(l->english), may, PS(right_key(op, &right)));
    sight = map_get(&v->sights, key);
    if (!sight) {
        sight = op_new(op, struct sight);
        sight->may = may;
        sight->right = right;
        map_put(&v->sights, key, sight);
    }
    map_put(&one->sights, l->english, sight);
    return sight;
}

/* That there is a letter which they may not see is no news for them. What was theirs and is no more they notice when their
 * page reads again by itself. */
static void sight_decide(struct telling *t, const struct ledger *l, struct sight *sight)
{
    struct op *op = t->tx->op;
    id records[NEWS_MAX];
    bool holds[NEWS_MAX];
    size_t count = 0, at = 0;
    int faults = op->fault_count;
    for (size_t i = 0; i < t->count; i++)
        if (t->news[i].ledger == l && !id_none(t->news[i].record))
            records[count++] = t->news[i].record;
    bool known = sight->may && right_holds_each(t->tx, l, &sight->right, records, count, holds);
    op_forgive(op, faults);
    for (size_t i = 0; i < t->count; i++)
        if (t->news[i].ledger == l)
            sight->shows[i] = known && (id_none(t->news[i].record) || holds[at++]);
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

static bool live_say(struct lives *v, struct telling *t, struct live *one)
{
    struct op *op = t->tx->op;
    struct buf text;
    const struct ledger *l = NULL;
    struct sight *sight = NULL;
    struct mark mark = op_mark(op);
    buf_init(&text, op, 0);
    for (size_t i = 0; i < t->count && !one->over; i++) {
        if (t->news[i].ledger != l) {
            l = t->news[i].ledger;
            sight = sight_of(v, one, l);
        }
        if (sight->telling != v->telling)
            sight_decide(t, l, sight);
        sight->telling = v->telling;
        if (sight->shows[i])
            buf_add(&text, t->texts[i]);
    }
    bool there = !one->over && http_events_alive(one->events) && (text.n == 0 || http_events_put(one->events, buf_str(&text)));
    op_reset(op, mark);
    return there;
}

static void live_free(struct live *l)
{
    http_events_close(l->events);
    op_done(&l->op);
    free(l);
}

static void all_say(struct lives *v, struct telling *t)
{
    size_t gone = 0;
    for (struct live **at = &v->live; *at;) {
        struct live *one = *at;
        if (live_say(v, t, one)) {
            at = &one->next;
            continue;
        }
        *at = one->next;
        live_free(one);
        gone++;
    }
    pthread_mutex_lock(&v->lock);
    v->listening -= gone;
    pthread_mutex_unlock(&v->lock);
}

static str event_of(struct op *op, const struct told *news)
{
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    json_put_text(&w, S("ledger"), news->ledger->name);
    json_put_text(&w, S("record"), id_text(op, news->record));
    json_put_int(&w, S("version"), news->version);
    json_put_int(&w, S("no"), news->fact_no);
    json_close(&w, '}');
    return http_event_text(op, S("fact"), S(""), buf_str(&b));
}

/* False: there is no room for it. What is there already is only brought up to date. */
static bool news_add(struct told *news, size_t *count, const struct told *one)
{
    for (size_t i = *count; i-- > 0;)
        if (news[i].ledger == one->ledger && id_eq(news[i].record, one->record)) {
            if (one->version)
                news[i] = *one;
            return true;
        }
    if (*count == NEWS_MAX)
        return false;
    news[(*count)++] = *one;
    return true;
}

/* A case moves without its record being changed, and often by what happens elsewhere: a change of another record counts
 * a public notice anew, the clock passes, a case above ends it. So all that has moved since the last look is told. */
static void cases_look(struct lives *v, struct telling *t)
{
    struct op *op = t->tx->op;
    struct flow_moved moved[NEWS_MAX];
    size_t count = 0;
    int64_t now;
    int faults = op->fault_count;
    const struct flow *flow;
    if (!store_fact_count(t->tx, &now) || !flow_now(t->tx, v->api->config.flow, &flow) ||
        !flow_moved(t->tx, flow, t->followed, moved, COUNT(moved), &count)) {
        op_forgive(op, faults);
        return;
    }
    for (size_t i = 0; i < count; i++)
        news_add(t->news, &t->count, &(struct told){moved[i].ledger, moved[i].record, 0, now});
    pthread_mutex_lock(&v->lock);
    v->followed = now;
    pthread_mutex_unlock(&v->lock);
}

static void tell(struct lives *v, struct telling *t, time_ms moment)
{
    struct op op;
    op_init(&op, moment, 1);
    v->telling++;
    time_ms age = moment - v->op.now;
    bool asks = age > SIGHTS_MS || age < 0 || (age > DOUBT_MS && v->generation != known_generation(v->api));
    if (asks)
        sights_forget(v, moment);
    if (store_begin(v->api->config.store, &op, TX_READ, &t->tx)) { /* else an open page reads again after a minute */
        if (asks)
            listeners_ask(v, t->tx);
        if (t->look)
            cases_look(v, t);
        for (size_t i = 0; i < t->count; i++)
            t->texts[i] = event_of(&op, &t->news[i]);
        all_say(v, t);
        store_abandon(t->tx);
    }
    op_done(&op);
}

/* Under the lock: what lies there, and who has come. */
static void take(struct lives *v, struct telling *t)
{
    memcpy(t->news, v->news, v->news_count * sizeof *t->news);
    t->count = v->news_count;
    t->look = v->look;
    t->followed = v->followed;
    v->news_count = 0;
    v->look = false;
    for (struct live *one; (one = v->fresh);) {
        v->fresh = one->next;
        map_init(&one->sights, &v->op);
        one->next = v->live;
        v->live = one;
    }
}

static void *teller_run(void *lives)
{
    struct lives *v = lives;
    struct telling *t = malloc(sizeof *t);
    must(t);
    pthread_mutex_lock(&v->lock);
    while (!v->ending) {
        if (!v->news_count && !v->look) {
            pthread_cond_wait(&v->wake, &v->lock);
            continue;
        }
        take(v, t);
        time_ms moment = v->moment;
        pthread_mutex_unlock(&v->lock);
        tell(v, t, moment);
        struct timespec until;
        must(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
        timespec_add(&until, REST_MS);
        pthread_mutex_lock(&v->lock);
        while (!v->ending && v->news_count < NEWS_MAX / 2 &&
               pthread_cond_timedwait(&v->wake, &v->lock, &until) != ETIMEDOUT)
            ;
    }
    pthread_mutex_unlock(&v->lock);
    free(t);
    return NULL;
}

/* ---- what others ask --------------------------------------------------------------------------------------------- */

bool live_open(struct call *c)
{
    struct lives *v = c->api->lives;
    int64_t now;
    if (!store_fact_count(c->tx, &now))
        return false;
    struct live *l = calloc(1, sizeof *l);
    must(l);
    op_init(&l->op, c->op->now, op_random(c->op));
    l->token = op_copy(&l->op, http_cookie(c->request, S("zhenwu")));
    l->begun = op_mark(&l->op);
    l->who = who_copy(&l->op, c->who);
    c->answered = true;
    l->events = http_events_open(c->reply);
    pthread_mutex_lock(&v->lock);
    if (!v->listening++) /* nobody has listened: what came before is no news */
        v->followed = now;
    l->next = v->fresh;
    v->fresh = l;
    pthread_mutex_unlock(&v->lock);
    return true;
}

void live_tell(struct api *api, time_ms moment, const struct told *news, bool look)
{
    struct lives *v = api->lives;
    pthread_mutex_lock(&v->lock);
    if (v->listening) {
        if (news->ledger)
            news_add(v->news, &v->news_count, news);
        v->look = v->look || look;
        v->moment = moment;
        pthread_cond_signal(&v->wake);
    }
    pthread_mutex_unlock(&v->lock);
}

void api_follow(struct api *api, struct op *op)
{
    live_tell(api, op->now, &(struct told){0}, true);
}

void lives_open(struct api *api)
{
    struct lives *v = calloc(1, sizeof *v);
    pthread_condattr_t monotonic;
    must(v && pthread_condattr_init(&monotonic) == 0 && pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    v->api = api;
    must(pthread_mutex_init(&v->lock, NULL) == 0 && pthread_cond_init(&v->wake, &monotonic) == 0);
    pthread_condattr_destroy(&monotonic);
    op_init(&v->op, 0, 1);
    map_init(&v->sights, &v->op);
    sigset_t all, before; /* signals are for the thread that serves */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    must(pthread_create(&v->teller, NULL, teller_run, v) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    api->lives = v;
}

void lives_close(struct api *api)
{
    struct lives *v = api->lives;
    pthread_mutex_lock(&v->lock);
    v->ending = true;
    pthread_cond_signal(&v->wake);
    pthread_mutex_unlock(&v->lock);
    pthread_join(v->teller, NULL);
    struct telling none;
    take(v, &none);
    for (struct live *one; (one = v->live);) {
        v->live = one->next;
        live_free(one);
    }
    op_done(&v->op);
    pthread_cond_destroy(&v->wake);
    pthread_mutex_destroy(&v->lock);
    free(v);
}
