/* The first hour: five short tasks for a post, declared in packs (入门). Each is done when a fact of one's own says so;
 * nobody ticks a box. */
#include "api/call.h"

enum { GUIDE_LOOKED_MAX = 1000 }; /* of one's newest facts: after more than that nobody needs the first hour */

/* What somebody has done since they first signed in: what was entered for them before is not theirs. */
struct doings {
    struct fact *facts;
    size_t count;
};

[[nodiscard]] static bool doings_read(struct call *c, struct doings *ret)
{
    struct fact_query q = {.account = c->who->account, .limit = GUIDE_LOOKED_MAX};
    if (!fact_list(c->tx, &q, &ret->facts, &ret->count))
        return false;
    for (size_t i = ret->count; i > 0; i--) /* newest first */
        if (ret->facts[i - 1].act == FACT_SIGN_IN) {
            ret->count = i;
            return true;
        }
    return true;
}

static bool done(struct call *c, const struct doings *d, const struct guide_task *task)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct fact *f = &d->facts[i];
        const struct ledger *l = town_ledger(c->town, f->ledger);
        bool own = str_eq(f->account_name, c->who->name); /* not what a clock did in their name */
        if (own && str_eq(fact_act_name(f->act), task->act) && (!task->ledger || l == task->ledger))
            return true;
    }
    return false;
}

bool write_guide(struct call *c)
{
    struct json_out *w = &c->out;
    struct doings d;
    size_t count;
    const struct guide_task *tasks = town_guide(c->town, &count);
    if (!doings_read(c, &d))
        return false;
    json_put_open(w, S("guide"), '[');
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(tasks[i].role, c->session->post.role))
            continue;
        json_open(w, '{');
        json_put_text(w, S("name"), tasks[i].name);
        json_put_text(w, S("how"), tasks[i].how);
        json_put_text(w, S("name_english"), tasks[i].name_english);
        json_put_text(w, S("how_english"), tasks[i].how_english);
        json_put_text(w, S("where"), tasks[i].where);
        json_put_bool(w, S("done"), done(c, &d, &tasks[i]));
        json_close(w, '}');
    }
    json_close(w, ']');
    return true;
}
