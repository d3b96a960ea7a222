/* Procedures as the office changes them: the catalogue, versions, drafts, what would change, putting in force. */
#include "api/call.h"
#include "flow/flow.h"

static bool may(struct call *c, enum flow_design act)
{
    int faults = c->op->fault_count;
    bool yes = flow_may_design(c->op, c->town, c->who, act);
    op_forgive(c->op, faults);
    return yes;
}

static void write_acts(struct call *c)
{
    static const str names[FLOW_DESIGNS] = {[FLOW_SEE] = SC("see"), [FLOW_EDIT] = SC("edit"), [FLOW_FORCE] = SC("force")};
    json_put_open(&c->out, S("acts"), '[');
    for (int act = 0; act < FLOW_DESIGNS; act++)
        if (may(c, (enum flow_design)act))
            json_text(&c->out, names[act]);
    json_close(&c->out, ']');
}

[[nodiscard]] static bool write_drafts(struct call *c, str key)
{
    struct flow_draft *all;
    size_t count;
    if (!flow_drafts(c->tx, key, &all, &count))
        return false;
    json_put_open(&c->out, S("drafts"), '[');
    for (size_t i = 0; i < count; i++) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("draft"), id_text(c->op, all[i].id));
        json_put_text(&c->out, S("key"), all[i].key);
        json_put_text(&c->out, S("name"), all[i].name);
        json_put_text(&c->out, S("by"), all[i].by);
        json_put_text(&c->out, S("reason"), all[i].reason);
        json_put_int(&c->out, S("base"), all[i].base);
        write_moment(c, S("at"), all[i].at);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}

bool procedures_list(struct call *c)
{
    const struct procedure *const *all;
    size_t count = flow_procedures(c->flow, &all);
    json_open(&c->out, '{');
    json_put_open(&c->out, S("items"), '[');
    for (size_t i = 0; i < count; i++)
        write_procedure(c, all[i]);
    json_close(&c->out, ']');
    write_acts(c);
    if (may(c, FLOW_SEE) && !write_drafts(c, S("")))
        return false;
    json_close(&c->out, '}');
    return true;
}

[[nodiscard]] static bool draft_named(struct call *c, str text, id *ret)
{
    *ret = (id){0};
    return !text.n || id_parse(text, ret) || op_fail(c->op, FAULT_INPUT, S("draft"), "草稿须写它的编号");
}

bool procedure_model(struct call *c)
{
    struct flow_model m = {.key = c->word};
    const struct procedure *p = NULL;
    if (!count_param(c, S("version"), INT32_MAX, &m.version) || !draft_named(c, http_query(c->request, S("draft")), &m.draft))
        return false;
    if (id_none(m.draft))
        p = flow_procedure(c->flow, c->word, m.version);
    else if (!flow_may_design(c->op, c->town, c->who, FLOW_SEE))
        return false;
    str text = p ? p->text : S("");
    if (!p && !flow_model_text(c->tx, c->flow, &m, &text))
        return false;
    c->answered = true;
    c->reply->type = S("application/xml; charset=utf-8");
    c->reply->body = text;
    return true;
}

static bool write_findings(struct call *c, const struct bpmn_finding *f)
{
    static const str kinds[] = {
        [BPMN_REFUSED] = SC("refused"), [BPMN_STRUCTURE] = SC("structure"), [BPMN_HINT] = SC("hint")};
    bool refused = false;
    json_put_open(&c->out, S("findings"), '[');
    for (; f; f = f->next) {
        refused |= f->kind == BPMN_REFUSED;
        json_open(&c->out, '{');
        json_put_text(&c->out, S("kind"), kinds[f->kind]);
        json_put_int(&c->out, S("line"), f->line);
        json_put_int(&c->out, S("column"), f->column);
        json_put_text(&c->out, S("where"), f->where);
        json_put_text(&c->out, S("rule"), f->rule);
        json_put_text(&c->out, S("text"), f->text);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return refused;
}

/* Models can be large, and checking one follows every way through it: not for everybody. */
bool procedure_check(struct call *c)
{
    const struct bpmn_finding *f;
    str xml = json_str(c->body, S("xml"));
    if (!flow_may_design(c->op, c->town, c->who, FLOW_EDIT))
        return false;
    if (!xml.n)
        return op_fail(c->op, FAULT_INPUT, S("xml"), "没有模型；请把 BPMN 写在 xml 里");
    if (!flow_check(c->tx, c->flow, json_str(c->body, S("key")), xml, &f))
        return false;
    json_open(&c->out, '{');
    write_findings(c, f);
    json_close(&c->out, '}');
    return true;
}

bool procedure_versions(struct call *c)
{
    struct flow_version *all;
    size_t count;
    const struct procedure *p = flow_procedure(c->flow, c->word, 0);
    if (!flow_may_design(c->op, c->town, c->who, FLOW_SEE) || !flow_versions(c->tx, c->flow, c->word, &all, &count))
        return false;
    json_open(&c->out, '{');
    json_put_text(&c->out, S("key"), c->word);
    json_put_text(&c->out, S("name"), p ? p->name : S(""));
    json_put_text(&c->out, S("ledger"), p ? p->ledger->name : S(""));
    json_put_text(&c->out, S("pack"), p ? p->pack : S(""));
    write_acts(c);
    json_put_open(&c->out, S("versions"), '[');
    for (size_t i = 0; i < count; i++) {
        json_open(&c->out, '{');
        json_put_int(&c->out, S("version"), all[i].version);
        json_put_text(&c->out, S("by"), all[i].by);
        json_put_text(&c->out, S("reason"), all[i].reason);
        write_moment(c, S("since"), all[i].since);
        json_put_bool(&c->out, S("in_force"), all[i].in_force);
        json_put_text(&c->out, S("refused"), all[i].refused);
        json_put_int(&c->out, S("cases"), all[i].cases);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    if (!write_drafts(c, c->word))
        return false;
    json_close(&c->out, '}');
    return true;
}

/* {"xml": …} or {"draft": …} or {"version": 3}. */
[[nodiscard]] static bool model_meant(struct call *c, struct flow_model *ret)
{
    const struct json *version = json_get(c->body, S("version"));
    *ret = (struct flow_model){.key = c->word, .text = json_str(c->body, S("xml"))};
    if (!draft_named(c, json_str(c->body, S("draft")), &ret->draft))
        return false;
    if (version && version->kind != JSON_NULL && (!json_int(version, &ret->version) || ret->version < 1 || ret->version > INT32_MAX))
        return op_fail(c->op, FAULT_INPUT, S("version"), "版本须是从 1 起的整数");
    return ret->text.n || ret->version || !id_none(ret->draft) ||
           op_fail(c->op, FAULT_INPUT, S("xml"), "请写明是哪个流程模型：xml、draft 或 version");
}

bool procedure_changes(struct call *c)
{
    struct flow_model m;
    const struct procedure *from;
    struct flow_move_step *steps;
    const struct bpmn_finding *f;
    size_t count = 0;
    str text;
    if (!flow_may_design(c->op, c->town, c->who, FLOW_SEE) || !model_meant(c, &m) ||
        !flow_model_text(c->tx, c->flow, &m, &text) || !flow_check(c->tx, c->flow, c->word, text, &f) ||
        !flow_changes(c->tx, c->flow, &m, &from, &steps, &count))
        return false;
    json_open(&c->out, '{');
    if (from) {
        write_case_version(c, S("in_force"), from);
    } else {
        json_key(&c->out, S("in_force"));
        json_null(&c->out);
    }
    bool refused = write_findings(c, f);
    json_put_bool(&c->out, S("refused"), refused);
    json_put_open(&c->out, S("steps"), '[');
    for (size_t i = 0; i < count; i++)
        write_move_step(c, &steps[i]);
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    return true;
}

bool draft_keep(struct call *c)
{
    struct flow_model m;
    id draft;
    if (!model_meant(c, &m) || !flow_draft_keep(c->tx, c->flow, c->who, &m, json_str(c->body, S("reason")), &draft))
        return false;
    c->reply->status = 201;
    json_open(&c->out, '{');
    json_put_text(&c->out, S("draft"), id_text(c->op, draft));
    json_close(&c->out, '}');
    return true;
}

bool draft_drop(struct call *c)
{
    return flow_draft_drop(c->tx, c->flow, c->who, c->word, c->id, S(""));
}

bool procedure_force(struct call *c)
{
    struct flow_model m;
    int64_t seen, version;
    if (!model_meant(c, &m))
        return false;
    if (!json_int(json_get(c->body, S("seen")), &seen))
        return op_fail(c->op, FAULT_INPUT, S("seen"), "须写明看变化时现行的是第几版；没有的写 0");
    if (!flow_force(c->tx, c->flow, c->who, &m, json_str(c->body, S("reason")), seen, &version))
        return false;
    json_open(&c->out, '{');
    json_put_int(&c->out, S("version"), version);
    json_close(&c->out, '}');
    return true;
}
