/* Changes as they happen, for the pages that are open: which record has changed, and never what. A page reads it again
 * with its own rights. */
#include <stdlib.h>

#include "api/call.h"

enum { NEWS_MAX = 200 }; /* of one look; a page that misses one reads again by itself after a minute */

static void live_free(struct live *l)
{
    http_events_close(l->events);
    op_done(&l->op);
    free(l);
}

bool live_open(struct call *c)
{
    int64_t now;
    if (!store_fact_count(c->tx, &now))
        return false;
    struct live *l = calloc(1, sizeof *l);
    must(l);
    op_init(&l->op, c->op->now, op_random(c->op));
    l->who = who_copy(&l->op, c->who);
    c->answered = true;
    l->events = http_events_open(c->reply);
    pthread_mutex_lock(&c->api->lock);
    if (!c->api->live) /* nobody has listened: what came before is no news */
        c->api->followed = now;
    l->next = c->api->live;
    c->api->live = l;
    pthread_mutex_unlock(&c->api->lock);
    return true;
}

static bool listened(struct api *api)
{
    pthread_mutex_lock(&api->lock);
    bool yes = api->live != NULL;
    pthread_mutex_unlock(&api->lock);
    return yes;
}

/* That there is a letter which they may not see is no news for them. What was theirs and is no more they notice when their
 * page reads again by itself. */
static bool is_news(struct tx *tx, struct api *api, const struct who *who, const struct ledger *l, id record)
{
    struct right right;
    struct op *op = tx->op;
    bool within = false;
    int faults = op->fault_count;
    if (!right_for(op, api->config.town, who, l, ACT_READ, &right) ||
        (!right.all && !id_none(record) && !record_within(tx, api->config.town, who, l, ACT_READ, record, &within))) {
        op_forgive(op, faults);
        return false;
    }
    return right.all || id_none(record) || within;
}

/* Says only that a record of a ledger has changed; who listens reads it again with their own rights. */
void live_tell(struct api *api, time_ms moment, const struct ledger *l, id record, int64_t version, int64_t fact_no)
{
    struct op op;
    struct tx *tx;
    if (!listened(api))
        return;
    op_init(&op, moment, 1);
    if (!store_begin(api->config.store, &op, TX_READ, &tx)) {
        op_done(&op); /* an open page reads again after a minute */
        return;
    }
    struct buf b;
    buf_init(&b, &op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    json_put_text(&w, S("ledger"), l->name);
    json_put_text(&w, S("record"), id_text(&op, record));
    json_put_int(&w, S("version"), version);
    json_put_int(&w, S("no"), fact_no);
    json_close(&w, '}');
    pthread_mutex_lock(&api->lock);
    for (struct live **at = &api->live; *at;) {
        struct live *one = *at;
        bool news = is_news(tx, api, &one->who, l, record);
        if (http_events_alive(one->events) && (!news || http_events_send(one->events, S("fact"), S(""), buf_str(&b)))) {
            at = &one->next;
            continue;
        }
        *at = one->next;
        live_free(one);
    }
    pthread_mutex_unlock(&api->lock);
    store_abandon(tx);
    op_done(&op);
}

void lives_close(struct api *api)
{
    while (api->live) {
        struct live *l = api->live;
        api->live = l->next;
        live_free(l);
    }
}

/* ---- cases ------------------------------------------------------------------------------------------------- */

/* A case moves without its record being changed, and often by what happens elsewhere: a change of another record counts
 * a public notice anew, the clock passes, a case above ends it. So all that has moved since the last look is told. */
void live_follow(struct api *api, struct op *op, id told)
{
    struct flow_moved moved[NEWS_MAX];
    size_t count = 0;
    struct tx *tx = NULL;
    int64_t now = 0;
    int faults = op->fault_count;
    pthread_mutex_lock(&api->lock);
    int64_t since = api->followed;
    pthread_mutex_unlock(&api->lock);
    if (!listened(api) || !store_begin(api->config.store, op, TX_READ, &tx) || !store_fact_count(tx, &now) ||
        !flow_moved(tx, api->config.flow, since, moved, COUNT(moved), &count))
        op_forgive(op, faults); /* what was asked for is done; the news of it is not worth a refusal */
    if (tx)
        store_abandon(tx);
    pthread_mutex_lock(&api->lock);
    if (api->followed < now)
        api->followed = now;
    pthread_mutex_unlock(&api->lock);
    for (size_t i = 0; i < count; i++)
        if (!id_eq(moved[i].record, told))
            live_tell(api, op->now, moved[i].ledger, moved[i].record, 0, now);
}

void api_follow(struct api *api, struct op *op)
{
    live_follow(api, op, (id){0});
}
