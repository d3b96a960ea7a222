/* 选自: the records below one are chosen from a list instead of being typed, all of them in one transaction. */
#include "api/call.h"

enum { CHOSEN_MOST = 200 }; /* a household has no more people */

static bool choosing_write(struct call *c, const struct choosing *x)
{
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_text(w, S("ledger"), x->ledger->name);
    json_key(w, S("count"));
    if (x->count)
        json_text(w, x->count->name);
    else
        json_null(w);
    json_key(w, S("wanted"));
    if (x->wanted >= 0)
        json_int_out(w, x->wanted);
    else
        json_null(w);
    json_put_int(w, S("have"), x->have);
    json_put_open(w, S("candidates"), '[');
    for (size_t i = 0; i < x->candidate_count; i++) {
        const struct choosable *one = &x->candidates[i];
        json_open(w, '{');
        json_put_text(w, S("id"), id_text(c->op, one->record));
        json_put_text(w, S("title"), one->title);
        json_put_text(w, S("note"), one->note);
        json_put_bool(w, S("taken"), one->taken);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

bool choose_show(struct call *c)
{
    struct choosing x;
    return choose_read(c->tx, c->town, c->who, c->ledger, c->id, http_query(c->request, S("field")), &x) && choosing_write(c, &x);
}

bool choose_take(struct call *c)
{
    const struct json *list = json_get(c->body, S("chosen"));
    struct choosing x;
    if (!list || list->kind != JSON_ARRAY || list->count == 0 || list->count > CHOSEN_MOST)
        return op_fail(c->op, FAULT_INPUT, S("chosen"), "请选 1 到 %d 个", CHOSEN_MOST);
    id *ids = op_array(c->op, id, list->count);
    size_t count = 0;
    for (const struct json *e = list->first; e; e = e->next)
        if (e->kind != JSON_STRING || !id_parse(e->text, &ids[count++]))
            return op_fail(c->op, FAULT_INPUT, S("chosen"), "记录编号不成样子");
    return choose_keep(c->tx, c->town, c->who, c->ledger, c->id, json_str(c->body, S("field")), ids, count, &x) && choosing_write(c, &x);
}
