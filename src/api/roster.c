/* Kept screenings: their doubts, what people decide about each member, the roster. */
#include "api/call.h"

/* {id}, its policy, and whether this person may. */
[[nodiscard]] static bool screening_asked(struct call *c, enum policy_act act, struct kept_screening *k,
                                          const struct policy **p)
{
    return screening_kept(c->tx, c->id, k) && policy_known(c, k->policy, p) &&
           policy_may(c->op, c->town, c->who, *p, act);
}

static void write_kept(struct json_out *w, struct op *op, const struct kept_screening *k, const struct policy *p)
{
    json_put_text(w, S("id"), id_text(op, k->id));
    json_put_text(w, S("policy"), p->name);
    json_put_text(w, S("english"), p->english);
    json_put_text(w, S("ledger"), p->ledger->name);
    json_put_text(w, S("on"), day_text(op, k->on));
    json_put_text(w, S("at"), time_text(op, k->at));
    json_put_text(w, S("by"), k->by);
    json_put_text(w, S("digest"), k->digest);
    json_put_int(w, S("count"), k->count);
    json_put_int(w, S("included"), k->included);
    json_put_int(w, S("doubts"), k->doubts);
    write_amount(w, S("amount"), k->total_fen);
    json_put_bool(w, S("frozen"), k->frozen);
    json_put_text(w, S("roster_digest"), k->roster_digest);
}

bool screenings_all(struct call *c)
{
    struct kept_screening *list;
    size_t count;
    str name = http_query(c->request, S("policy"));
    const struct policy *p = NULL;
    if ((name.n && !policy_known(c, name, &p)) || !policy_may(c->op, c->town, c->who, NULL, POLICY_SEE) ||
        !screenings_list(c->tx, p ? p->english : S(""), &list, &count))
        return false;
    json_open(&c->out, '{');
    json_put_open(&c->out, S("items"), '[');
    for (size_t i = 0; i < count; i++) {
        int faults = c->op->fault_count;
        bool mine = policy_known(c, list[i].policy, &p) && policy_may(c->op, c->town, c->who, p, POLICY_SCREEN);
        op_forgive(c->op, faults);
        if (!mine)
            continue;
        json_open(&c->out, '{');
        write_kept(&c->out, c->op, &list[i], p);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    return true;
}

bool screening_show(struct call *c)
{
    struct json_out *w = &c->out;
    struct kept_screening k;
    const struct policy *p;
    struct roster_sum *sums;
    size_t count;
    if (!screening_asked(c, POLICY_SCREEN, &k, &p) || !roster_sums(c->tx, c->id, &sums, &count))
        return false;
    json_open(w, '{');
    write_kept(w, c->op, &k, p);
    int faults = c->op->fault_count;
    json_put_text(w, S("cleared_by"), p->cleared_by);
    json_put_bool(w, S("may_decide"), policy_may(c->op, c->town, c->who, p, POLICY_DECIDE));
    json_put_bool(w, S("may_clear"), policy_may(c->op, c->town, c->who, p, POLICY_CLEAR));
    json_put_bool(w, S("may_export"), policy_may(c->op, c->town, c->who, p, POLICY_EXPORT));
    json_put_bool(w, S("may_uncover"), policy_may(c->op, c->town, c->who, p, POLICY_UNCOVER));
    op_forgive(c->op, faults);
    json_put_open(w, S("groups"), '[');
    for (size_t i = 0; i < count; i++) {
        json_open(w, '{');
        json_put_text(w, S("name"), sums[i].village);
        json_put_int(w, S("included"), sums[i].included);
        json_put_int(w, S("doubts"), sums[i].doubts);
        json_put_int(w, S("open"), sums[i].open);
        json_put_int(w, S("decided"), sums[i].decided);
        write_amount(w, S("amount"), sums[i].total_fen);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* Neighbours in a list wait for the same post. */
struct clearing {
    const struct policy_clearer *of;
    bool known, may;
};

static bool may_clear(struct call *c, const struct policy *p, str doubt, struct clearing *last)
{
    const struct policy_clearer *of = policy_clearer(p, doubt, day_at(c->op->now));
    int faults = c->op->fault_count;
    if (!last->known || last->of != of)
        *last = (struct clearing){of, true, policy_may_clear(c->tx, c->town, c->who, p, doubt)};
    op_forgive(c->op, faults);
    return last->may;
}

[[nodiscard]] static bool write_member(struct call *c, const struct kept_member *m, const struct policy *p, bool masked,
                                       struct clearing *last)
{
    struct json_out *w = &c->out;
    str title;
    if (!policy_title(c->tx, c->town, c->who, p->ledger, m->record, m->title, &title))
        return false;
    json_open(w, '{');
    json_put_text(w, S("record"), id_text(c->op, m->record));
    json_put_text(w, S("title"), masked ? first_name_masked(c->op, title) : title);
    json_put_text(w, S("group"), m->village);
    json_put_int(w, S("rule"), m->rule);
    json_put_bool(w, S("proposed"), m->proposed);
    write_amount(w, S("proposed_amount"), m->proposed_fen);
    json_put_text(w, S("doubt"), m->doubt);
    json_put_text(w, S("waits_for"),
               m->doubt.n ? policy_clearer_name(c->op, p, m->doubt, day_at(c->op->now)) : S(""));
    json_put_bool(w, S("may_clear"), m->doubt.n == 0 || may_clear(c, p, m->doubt, last));
    json_key(w, S("decision"));
    if (m->is_decided) {
        json_open(w, '{');
        json_put_bool(w, S("included"), m->decided);
        write_amount(w, S("amount"), m->decided_fen);
        json_put_text(w, S("reason"), m->reason);
        json_put_text(w, S("by"), m->decided_by);
        json_put_text(w, S("at"), time_text(c->op, m->decided_at));
        json_close(w, '}');
    } else {
        json_null(w);
    }
    json_close(w, '}');
    return true;
}

bool screening_list(struct call *c)
{
    static const str kinds[MEMBER_KINDS] = {SC("all"), SC("doubts"), SC("open"), SC("in"), SC("decided")};
    struct kept_screening k;
    const struct policy *p;
    struct kept_member *m;
    size_t count;
    int64_t limit = 50;
    struct member_query q = {.screening = c->id, .village = http_query(c->request, S("group"))};
    str kind = http_query(c->request, S("kind")), cursor = http_query(c->request, S("cursor")),
        text = http_query(c->request, S("limit"));
    struct json number = {.kind = JSON_NUMBER, .text = text};
    while (kind.n && q.kind < MEMBER_KINDS && !str_eq(kind, kinds[q.kind]))
        q.kind++;
    if (q.kind == MEMBER_KINDS)
        return op_fail(c->op, FAULT_INPUT, S("kind"), "须是 all、doubts、open、in、decided 之一");
    if (cursor.n && !id_parse(cursor, &q.after))
        return op_fail(c->op, FAULT_INPUT, S("cursor"), "翻页标记不成样子，请从头查起");
    if (text.n && (!json_int(&number, &limit) || limit < 1 || limit > 1000))
        return op_fail(c->op, FAULT_INPUT, S("limit"), "须是 1 到 1000 的整数");
    q.limit = (int)limit;
    if (!screening_asked(c, POLICY_SCREEN, &k, &p) || !screening_members(c->tx, &q, &m, &count))
        return false;
    bool masked = http_query(c->request, S("masked")).n > 0;
    struct clearing last = {0};
    json_open(&c->out, '{');
    json_put_open(&c->out, S("items"), '[');
    for (size_t i = 0; i < count; i++)
        if (!write_member(c, &m[i], p, masked, &last))
            return false;
    json_close(&c->out, ']');
    json_key(&c->out, S("next"));
    if (count == (size_t)q.limit)
        json_text(&c->out, id_text(c->op, m[count - 1].record));
    else
        json_null(&c->out);
    json_close(&c->out, '}');
    return true;
}

/* Yuan as a number, with at most two decimals. */
[[nodiscard]] static bool amount_take(struct call *c, int64_t *ret_fen)
{
    const struct json *j = json_get(c->body, S("amount"));
    dec yuan;
    *ret_fen = 0;
    return !j || j->kind == JSON_NULL ||
           (j->kind == JSON_NUMBER && dec_parse(j->text, &yuan) && dec_scaled(yuan, 2, ret_fen)) ||
           op_fail(c->op, FAULT_INPUT, S("amount"), "金额须是元，最多两位小数");
}

bool screening_settle(struct call *c)
{
    struct kept_screening k;
    const struct policy *p;
    const struct json *included = json_get(c->body, S("included"));
    struct screen_decision d = {.reason = json_str(c->body, S("reason")),
                                .included = json_true(c->body, S("included"))};
    if (!screening_asked(c, POLICY_DECIDE, &k, &p))
        return false;
    if (!included || (included->kind != JSON_TRUE && included->kind != JSON_FALSE))
        return op_fail(c->op, FAULT_INPUT, S("included"), "须说明纳入还是不纳入");
    if (!id_parse(json_str(c->body, S("record")), &d.record))
        return op_fail(c->op, FAULT_INPUT, S("record"), "记录编号不成样子");
    if (!amount_take(c, &d.amount_fen) || !screening_decide(c->tx, c->town, c->who, p, c->id, &d))
        return false;
    policy_told(c, c->id);
    return true;
}

/* The last step types how many are in and how many are left out: nobody is left out by a machine alone (duties §9). */
bool screening_freeze(struct call *c)
{
    struct kept_screening k;
    const struct policy *p;
    struct roster_sum *sums;
    size_t count;
    int64_t in, out;
    if (!screening_asked(c, POLICY_DECIDE, &k, &p) || !roster_sums(c->tx, c->id, &sums, &count))
        return false;
    const struct json *typed_in = json_get(c->body, S("included")), *typed_out = json_get(c->body, S("left_out"));
    int64_t is_in = sums[count - 1].included, is_out = k.count - is_in;
    if (!typed_in || !json_int(typed_in, &in) || in != is_in)
        return op_fail(c->op, FAULT_INPUT, S("included"), "请核对后填写纳入的个数，现为 %lld", (long long)is_in);
    if (!typed_out || !json_int(typed_out, &out) || out != is_out)
        return op_fail(c->op, FAULT_INPUT, S("left_out"), "请核对后填写未纳入的个数，现为 %lld", (long long)is_out);
    if (!roster_freeze(c->tx, c->who, c->id, &k))
        return false;
    policy_told(c, c->id);
    json_open(&c->out, '{');
    json_put_text(&c->out, S("roster_digest"), k.roster_digest);
    json_close(&c->out, '}');
    return true;
}

[[nodiscard]] static bool roster_send(struct call *c, const struct kept_screening *k, const struct policy *p,
                                      const struct who *seen_by)
{
    str path = made_path(c, ".xlsx");
    return roster_book(c->tx, c->town, seen_by, p, c->id, path) &&
           send_workbook(c, path, op_text(c->op, "%.*s名单（%.*s）.xlsx", PS(p->name), PS(day_text(c->op, k->on))));
}

bool screening_export(struct call *c)
{
    struct kept_screening k;
    const struct policy *p;
    return screening_asked(c, POLICY_EXPORT, &k, &p) &&
           taken_keep(c, p->ledger->english,
                      op_text(c->op, "《%.*s》%.*s的名单 Excel", PS(p->name), PS(day_text(c->op, k.on)))) &&
           roster_send(c, &k, p, c->who);
}

/* With the true names, for those who pay: a fact says who took it and why. */
bool screening_uncovered(struct call *c)
{
    struct kept_screening k;
    const struct policy *p;
    struct who all = {.name = c->who->name, .system = true};
    return screening_asked(c, POLICY_EXPORT, &k, &p) &&
           policy_uncover(c->tx, c->town, c->who, p, c->id, (id){0}, json_str(c->body, S("reason"))) &&
           taken_out(c->tx, c->who, p->ledger->english,
                     op_text(c->op, "《%.*s》%.*s的名单 Excel，不遮盖", PS(p->name), PS(day_text(c->op, k.on)))) &&
           roster_send(c, &k, p, &all);
}

/* Why a member ended so in this screening, from what was kept; with a reason what is masked is opened, and that is a
 * fact. */
bool screening_because(struct call *c)
{
    struct kept_screening k;
    const struct policy *p;
    struct why why;
    id record;
    str title, reason = json_str(c->body, S("reason"));
    bool *hidden = NULL;
    if (!screening_asked(c, POLICY_SCREEN, &k, &p))
        return false;
    if (!id_parse(json_str(c->body, S("record")), &record))
        return op_fail(c->op, FAULT_INPUT, S("record"), "记录编号不成样子");
    struct who all = {.name = c->who->name, .system = true};
    const struct who *seen_by = reason.n ? &all : c->who;
    if (reason.n && !policy_uncover(c->tx, c->town, c->who, p, c->id, record, reason))
        return false;
    if (!reason.n)
        policy_hidden(c->op, c->town, c->who, p, &hidden);
    if (!policy_title(c->tx, c->town, seen_by, p->ledger, record, S(""), &title) ||
        !kept_why(c->tx, p, c->id, record, title, hidden, &why))
        return false;
    json_open(&c->out, '{');
    json_put_text(&c->out, S("record"), id_text(c->op, record));
    json_put_text(&c->out, S("title"), title);
    json_put_text(&c->out, S("policy"), p->name);
    json_put_text(&c->out, S("ledger"), p->ledger->name);
    json_put_text(&c->out, S("on"), day_text(c->op, k.on));
    int faults = c->op->fault_count;
    json_put_bool(&c->out, S("may_uncover"), policy_may(c->op, c->town, c->who, p, POLICY_UNCOVER));
    op_forgive(c->op, faults);
    write_why(c, &why);
    json_close(&c->out, '}');
    return true;
}
