/* Sessions in memory. Who somebody is follows from their account, posts and rights, which change rarely; reading them
 * anew for every request would cost more than most requests. A known session holds while nothing that it follows from
 * has changed: every request that may change such a thing forgets them all (known_forget), and so does midnight,
 * because posts begin and end with a day. */
#include "api/call.h"

#include <stdlib.h>

enum { KNOWN_SESSIONS = 256 }; /* a county's people at work at one time; one more takes the place of another */

struct known {
    struct op op;                 /* owns all below */
    str token;                    /* empty: a free place */
    struct session session;
    uint64_t generation;
    day day;
};

struct known_table {
    struct known places[KNOWN_SESSIONS];
};

static struct session session_copy(struct op *op, const struct session *s)
{
    struct session copy = *s;
    copy.who = who_copy(op, &s->who);
    copy.login = op_copy(op, s->login);
    copy.csrf = op_copy(op, s->csrf);
    copy.token = (str){0};
    copy.posts = op_array(op, struct post, s->post_count);
    for (size_t i = 0; i < s->post_count; i++) {
        copy.posts[i] = s->posts[i];
        copy.posts[i].name = op_copy(op, s->posts[i].name);
        copy.posts[i].role = op_copy(op, s->posts[i].role);
        copy.posts[i].group_name = op_copy(op, s->posts[i].group_name);
        if (id_eq(copy.posts[i].id, s->post.id))
            copy.post = copy.posts[i];
    }
    return copy;
}

void known_open(struct api *api)
{
    api->known = calloc(1, sizeof *api->known);
    must(api->known);
}

void known_close(struct api *api)
{
    for (size_t i = 0; i < KNOWN_SESSIONS; i++)
        if (api->known->places[i].token.n)
            op_done(&api->known->places[i].op);
    free(api->known);
}

uint64_t known_generation(struct api *api)
{
    return atomic_load(&api->generation);
}

void known_forget(struct api *api)
{
    atomic_fetch_add(&api->generation, 1);
}

bool known_take(struct call *c, str token)
{
    struct known *k = &c->api->known->places[str_hash(token) % KNOWN_SESSIONS];
    bool holds = false;
    pthread_mutex_lock(&c->api->lock);
    if (str_eq(k->token, token) && k->generation == known_generation(c->api) && k->day == day_at(c->op->now) &&
        c->op->now < k->session.expires) {
        c->session = op_new(c->op, struct session);
        *c->session = session_copy(c->op, &k->session);
        holds = true;
    }
    pthread_mutex_unlock(&c->api->lock);
    return holds;
}

/* `generation` is what it was before the session was read: what changed meanwhile makes it unknown at once. */
void known_keep(struct call *c, str token, uint64_t generation)
{
    struct known *k = &c->api->known->places[str_hash(token) % KNOWN_SESSIONS];
    pthread_mutex_lock(&c->api->lock);
    if (k->token.n)
        op_done(&k->op);
    op_init(&k->op, c->op->now, 1);
    k->token = op_copy(&k->op, token);
    k->session = session_copy(&k->op, c->session);
    k->generation = generation;
    k->day = day_at(c->op->now);
    pthread_mutex_unlock(&c->api->lock);
}
