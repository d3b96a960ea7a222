/* Each 催办 of this step becomes a record of the ledger of that name, where a town has one: of what, whom, by whom, when. A field
 * of that ledger that refers to the ledger of what travels is set to it, so that it can be counted there. */
#include "flow/inner.h"

enum { TEXT_CHARS_MAX = 30 };       /* 主单 */

static const str ledger_name = SC("催办");

/* 督办事项 20210012: numbers of different ledgers may be the same. */
[[nodiscard]] static bool what_of(struct flow_tx *f, str *ret)
{
    const struct ledger *l = f->procedure->ledger;
    str called = l->key_count == 1 ? json_str(f->values, l->keys[0]) : S("");
    id reference;
    if (!called.n || id_parse(called, &reference)) {
        struct record *r;
        if (!record_get(f->tx, f->town, &f->doer, l, f->record, &r))
            return false;
        called = r->title;
    }
    str text = op_text(f->op, "%.*s %.*s", PS(l->name), PS(called));
    *ret = str_part(text, 0, utf8_skip(text, TEXT_CHARS_MAX));
    return true;
}

static void reference_put(struct flow_tx *f, const struct ledger *nudges, struct json_out *w)
{
    for (size_t i = 0; i < nudges->field_count; i++)
        if (nudges->fields[i].type == F_REF && str_eq(nudges->fields[i].target, f->procedure->ledger->name))
            json_put_text(w, nudges->fields[i].name, id_text(f->op, f->record));
}

[[nodiscard]] static bool nudge_keep(struct flow_tx *f, const struct ledger *nudges, const struct bpmn_command *c)
{
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    const struct bpmn_seat *seat = &f->run.state.seats.p[c->number];
    time_ms due = f->run.state.works.p[seat->work].due;
    str what, to, by;
    int64_t before;
    if (!what_of(f, &what) || !flow_staff_of(f, seat->who, &to) || !flow_staff_of(f, f->actor, &by) ||
        !list_count(f->tx, f->town, &system, nudges, op_text(f->op, "主单 = %.*s", PS(feel_literal(f->op, feel_of_text(what)))), &before))
        return false;
    struct buf b;
    buf_init(&b, f->op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    json_put_text(&w, S("主单"), what);
    json_put_int(&w, S("序"), before + 1);
    json_put_bool(&w, S("自动"), str_eq(f->actor, SYSTEM_ACTOR));
    if (by.n)
        json_put_text(&w, S("催办人"), by);
    if (to.n)
        json_put_text(&w, S("对象"), to);
    json_put_text(&w, S("渠道"), S("站内"));
    json_put_text(&w, S("时间"), time_text(f->op, f->op->now));
    json_put_text(&w, S("内容"), op_text(f->op, "%.*s%s", PS(bpmn_node_name(f->run.model, c->node)), due && f->op->now >= due ? "，已到期" : ""));
    reference_put(f, nudges, &w);
    json_close(&w, '}');
    struct json *values;
    struct record *r;
    struct warning *warnings;
    return json_parse(f->op, buf_str(&b), &values) && record_add(f->tx, f->town, &f->doer, nudges, values, &warnings, &r);
}

bool nudges_keep(struct flow_tx *f)
{
    const struct ledger *nudges = town_ledger(f->town, ledger_name);
    for (const struct bpmn_command *c = nudges ? f->run.commands : NULL; c; c = c->next)
        if (c->kind == BPMN_NOTICE && str_eq(c->name, ledger_name) && !nudge_keep(f, nudges, c))
            return false;
    return true;
}
