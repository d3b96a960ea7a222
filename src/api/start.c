/* What newer packs say of rows that the town began with, beside what the town has: an administrator decides, row by row. */
#include "api/call.h"

/* Rights among them: whoever may give rights. */
static bool decider(struct call *c)
{
    const struct ledger *rights = town_ledger(c->town, S("权限"));
    struct right right;
    return rights ? right_for(c->op, c->town, c->who, rights, ACT_CHANGE, &right)
                  : op_fail(c->op, FAULT_DENIED, S(""), "业务包没有权限台账");
}

static void write_difference(struct call *c, const struct ledger *l, const struct right *right, const struct start_difference *d)
{
    struct json_out *w = &c->out;
    bool masked = right->masked && right->masked[d->field - l->fields];
    json_open(w, '{');
    json_put_text(w, S("field"), d->field->name);
    json_put_bool(w, S("masked"), masked);
    json_put_text(w, S("ours"), masked ? S("") : d->ours);
    json_put_text(w, S("theirs"), masked ? S("") : d->theirs);
    json_close(w, '}');
}

static bool write_news(struct call *c, const struct start_news *news)
{
    struct json_out *w = &c->out;
    const struct ledger *l = news->start->ledger;
    struct right right = {0};
    struct record *r = NULL;
    if (!right_for(c->op, c->town, c->who, l, ACT_READ, &right) ||
        (!id_none(news->record) && !record_get(c->tx, c->town, c->who, l, news->record, &r)))
        return false;
    json_open(w, '{');
    json_put_text(w, S("ledger"), l->name);
    json_put_text(w, S("key"), news->start->key);
    if (r) {
        json_put_text(w, S("record"), id_text(c->op, news->record));
        json_put_text(w, S("title"), r->title);
        json_put_int(w, S("version"), news->version);
    }
    json_put_text(w, S("text"), news->trouble);
    json_put_open(w, S("differences"), '[');
    for (size_t i = 0; i < news->difference_count; i++)
        write_difference(c, l, &right, &news->differences[i]);
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* Of ledgers that they may not read nothing is said. */
static bool write_list(struct call *c, str key, const struct start_news *news, size_t count)
{
    json_put_open(&c->out, key, '[');
    for (size_t i = 0; i < count; i++)
        if (ledger_readable(c, news[i].start->ledger) && !write_news(c, &news[i]))
            return false;
    json_close(&c->out, ']');
    return true;
}

/* What does not go together with the town's own is tried again; what does by now is given at the next opening, or when
 * something is decided. */
static bool answer(struct call *c)
{
    struct starts_report report;
    if (!town_begin(c->tx, c->town, &report))
        return false;
    json_open(&c->out, '{');
    bool done = write_list(c, S("differing"), report.differing, report.differing_count) &&
                write_list(c, S("refused"), report.refused, report.refused_count);
    json_close(&c->out, '}');
    return done;
}

bool starts_show(struct call *c)
{
    return decider(c) && answer(c);
}

/* The row that is decided on, as it was looked at. */
static bool news_find(struct call *c, const struct starts_report *report, const struct json *item, const struct start_news **ret)
{
    str ledger = json_str(item, S("ledger")), key = json_str(item, S("key"));
    int64_t seen;
    *ret = NULL;
    for (size_t i = 0; i < report->differing_count; i++)
        if (str_eq(report->differing[i].start->ledger->name, ledger) && str_eq(report->differing[i].start->key, key))
            *ret = &report->differing[i];
    if (!*ret)
        return op_fail(c->op, FAULT_CONFLICT, key, "“%.*s %.*s”已经决定过，或与业务包的已经一样；请刷新", PS(ledger), PS(key));
    if (!json_int(json_get(item, S("version")), &seen))
        return op_fail(c->op, FAULT_INPUT, S("version"), "须写明看到的是第几版");
    return seen == (*ret)->version ||
           op_fail(c->op, FAULT_CONFLICT, key, "“%.*s %.*s”刚被改动过，请看过现在的再决定", PS(ledger), PS(key));
}

bool starts_decide(struct call *c)
{
    const struct json *items = json_get(c->body, S("items")), *take = json_get(c->body, S("take"));
    struct starts_report report;
    const struct start_news *news;
    if (!decider(c))
        return false;
    if (!items || items->kind != JSON_ARRAY || items->count == 0)
        return op_fail(c->op, FAULT_INPUT, S("items"), "须写明是哪几条");
    if (!take || (take->kind != JSON_TRUE && take->kind != JSON_FALSE))
        return op_fail(c->op, FAULT_INPUT, S("take"), "须写明用业务包的，还是仍用本镇的");
    if (!town_begin(c->tx, c->town, &report))
        return false;
    for (const struct json *item = items->first; item; item = item->next)
        if (!news_find(c, &report, item, &news) ||
            !start_decide(c->tx, c->town, c->who, news, take->kind == JSON_TRUE, json_str(c->body, S("reason"))))
            return false;
    return answer(c);
}
