/* Works: what the packs bind to the algorithms of the room work. One door for all kinds; who may do what is asked by
 * the ledgers. */
#include "api/call.h"

[[nodiscard]] static bool work_asked(struct call *c, const struct work **ret)
{
    *ret = c->api->config.works ? work_find(c->api->config.works, c->word) : NULL;
    if (!*ret || !may_read(c, work_ledger(*ret)))
        return op_fail(c->op, FAULT_MISSING, S("专项"), "没有名为“%.*s”的专项，或者您的岗位不能查看", PS(c->word));
    return true;
}

/* Whoever may not read one of its ledgers would be told so by its page: it is not offered. */
static bool work_offered(struct call *c, const struct work *work)
{
    const struct ledger *l;
    for (size_t i = 0; (l = work_ledger_at(work, i)); i++)
        if (!may_read(c, l))
            return false;
    return true;
}

bool works_list(struct call *c)
{
    const struct works *all = c->api->config.works;
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_open(w, S("items"), '[');
    for (size_t i = 0; all && i < works_count(all); i++) {
        const struct work *work = works_at(all, i);
        if (!work_offered(c, work))
            continue;
        json_open(w, '{');
        json_put_text(w, S("name"), work_name(work));
        json_put_text(w, S("english"), work_english(work));
        json_put_text(w, S("kind"), work_kind_names[work_kind_of(work)]);
        json_put_text(w, S("note"), work_note(work));
        json_put_text(w, S("policy"), work_policy(work));
        json_put_text(w, S("line"), work_ledger(work)->line_of_work);
        json_put_open(w, S("acts"), '[');
        for (size_t k = 0; k < work_act_count; k++)
            if (work_acts[k].kind == work_kind_of(work))
                json_text(w, work_acts[k].name);
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* The query as the object that keepers read. */
static struct json *query_object(struct call *c)
{
    static const str names[] = {SC("of"), SC("from"), SC("to")};
    struct json *object = op_new(c->op, struct json), **end = &object->first;
    object->kind = JSON_OBJECT;
    for (size_t i = 0; i < COUNT(names); i++) {
        str value = http_query(c->request, names[i]);
        if (!value.n)
            continue;
        *end = op_new(c->op, struct json);
        **end = (struct json){.kind = JSON_STRING, .key = names[i], .text = value};
        end = &(*end)->next;
        object->count++;
    }
    return object;
}

bool work_state(struct call *c)
{
    const struct work *work;
    return work_asked(c, &work) && work_show(c->tx, c->town, c->who, work, query_object(c), &c->out);
}

bool work_try(struct call *c)
{
    const struct work *work;
    return work_asked(c, &work) &&
           work_do(c->tx, c->town, c->who, work, json_str(c->body, S("act")), c->body, false, &c->out);
}

bool work_done(struct call *c)
{
    const struct work *work;
    return work_asked(c, &work) &&
           work_do(c->tx, c->town, c->who, work, json_str(c->body, S("act")), c->body, true, &c->out);
}
