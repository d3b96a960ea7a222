/* Populations kept between requests. Reading one takes a hundred times as long as deciding over it, and who moves a
 * threshold asks ten times a minute. Before use each follows the facts: what was written since is read again, and only
 * that; those nobody uses make room, oldest first. */
#include "api/call.h"

#include <stdlib.h>

enum {
    CROWDS_MAX = 4
}; /* two people comparing two days each; a county's is some hundred megabytes */

struct crowd {
    struct crowd *next;
    struct api *api;
    struct op op; /* owns the population */
    const struct population *people;
    int64_t facts; /* it is true as of so many */
    int users; /* under api->lock, as all but what people points to */
    bool gone; /* out of the list: its last user ends it */
};

static void crowd_free(struct crowd *crowd)
{
    op_done(&crowd->op);
    free(crowd);
}

static void crowd_leave(void *context)
{
    struct crowd *crowd = context;
    pthread_mutex_lock(&crowd->api->lock);
    bool last = --crowd->users == 0 && crowd->gone;
    pthread_mutex_unlock(&crowd->api->lock);
    if (last)
        crowd_free(crowd);
}

/* With api->lock held: takes it out of the list. */
static struct crowd *crowd_out(struct crowd **at)
{
    struct crowd *crowd = *at;
    *at = crowd->next;
    crowd->gone = true;
    return crowd->users ? NULL : crowd;
}

static struct crowd *crowd_find(struct call *c, const struct policy *p, day on)
{
    struct crowd *found = NULL;
    pthread_mutex_lock(&c->api->lock);
    for (struct crowd *crowd = c->api->crowds; crowd && !found; crowd = crowd->next)
        if (crowd->people->policy == p && crowd->people->on == on)
            found = crowd;
    if (found)
        found->users++;
    pthread_mutex_unlock(&c->api->lock);
    if (found)
        op_defer(c->op, crowd_leave, found);
    return found;
}

/* The new one takes the place of what it replaces, and of the oldest when there are many. */
static void crowd_put(struct api *api, struct crowd *crowd)
{
    struct crowd *free_them[CROWDS_MAX + 1];
    int n = 0, kept = 1;
    pthread_mutex_lock(&api->lock);
    for (struct crowd **at = &api->crowds; *at;) {
        bool same = (*at)->people->policy == crowd->people->policy && (*at)->people->on == crowd->people->on;
        if (!same && kept < CROWDS_MAX) {
            kept++;
            at = &(*at)->next;
            continue;
        }
        struct crowd *out = crowd_out(at);
        if (out)
            free_them[n++] = out;
    }
    crowd->next = api->crowds;
    api->crowds = crowd;
    pthread_mutex_unlock(&api->lock);
    for (int i = 0; i < n; i++)
        crowd_free(free_them[i]);
}

[[nodiscard]] static bool crowd_read(struct call *c, const struct policy *p, day on, struct crowd *ret)
{
    struct population *people;
    if (!population_load(c->tx, &ret->op, c->town, p, on, &people))
        return false;
    ret->people = people;
    ret->facts = people->facts;
    return true;
}

/* What is known as the facts are now; the same when nothing that concerns it was written. */
[[nodiscard]] static bool crowd_follow(struct call *c, struct crowd *known, struct crowd *ret)
{
    pthread_mutex_lock(&c->api->lock);
    ret->facts = known->facts;
    pthread_mutex_unlock(&c->api->lock);
    if (!population_follow(c->tx, &ret->op, known->people, &ret->facts, &ret->people))
        return false;
    pthread_mutex_lock(&c->api->lock);
    if (ret->people == known->people && ret->facts > known->facts)
        known->facts = ret->facts;
    pthread_mutex_unlock(&c->api->lock);
    return true;
}

bool crowd_take(struct call *c, const struct policy *p, day on, const struct population **ret)
{
    struct crowd *known = crowd_find(c, p, on);
    struct crowd *crowd = calloc(1, sizeof *crowd);
    must(crowd);
    op_init(&crowd->op, c->op->now, op_random(c->op));
    crowd->api = c->api;
    bool done = known ? crowd_follow(c, known, crowd) : crowd_read(c, p, on, crowd);
    if (!done || (known && crowd->people == known->people)) {
        *ret = crowd->people;
        crowd_free(crowd);
        return done;
    }
    crowd->users = 1;
    op_defer(c->op, crowd_leave, crowd);
    crowd_put(c->api, crowd);
    *ret = crowd->people;
    return true;
}

void crowds_close(struct api *api)
{
    while (api->crowds) {
        struct crowd *crowd = crowd_out(&api->crowds);
        if (crowd)
            crowd_free(crowd);
    }
}
