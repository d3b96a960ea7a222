/* Printed papers of a case or a ledger: 批办单, 公示, 整改通知书, 收文登记簿, and an outgoing document itself (公文). A form is a
 * layout of the paper room, a document is laid out as GB/T 9704 says; a print (packs/<pack>/prints) says where the values come
 * from; page preview and PDF are one layout. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/inner.h"

enum { FORM_BYTES_MAX = 256 << 10, PRINT_BYTES_MAX = 64 << 10 };

struct printing {
    struct flow_tx *f;              /* of a case; NULL: of a ledger */
    struct tx *tx;
    struct op *op;
    const struct flow *flow;
    const struct who *who;
    const struct print *print;
    const struct flow_print *ask;
    struct names names;
    const struct record *record;    /* NULL: of a ledger */
    int64_t rows;                   /* of 本台账 */
};

/* ---- prints of the packs ------------------------------------------------------------------------------------- */

/* Words that are no field: of the town, of the question, of the case. */
static const str plain_words[] = {SC("镇"), SC("今天"), SC("起"), SC("止"), SC("件数"), SC("办结"), SC("村组反馈"), SC("归属"), SC("本人"), SC("本人电话")};
static const str node_words[] = {SC("意见:"), SC("人:"), SC("时:"), SC("日:"), SC("签:"), SC("钟:"), SC("天数:")};

static bool is_quoted(str s)
{
    return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
}

static bool is_written(str source)
{
    return str_starts(source, S("="));
}

static bool source_known(const struct ledger *l, str source)
{
    bool known = is_quoted(source) || is_written(source) || ledger_field(l, source);
    for (size_t i = 0; i < COUNT(plain_words) && !known; i++)
        known = str_eq(plain_words[i], source);
    for (size_t i = 0; i < COUNT(node_words) && !known; i++)
        known = str_starts(source, node_words[i]);
    return known;
}

/* A value has one source, or several: the first that says something is printed. */
static const struct json *source_first(const struct json *value)
{
    return value->kind == JSON_ARRAY ? value->first : value;
}

static const struct json *source_next(const struct json *value, const struct json *source)
{
    return value->kind == JSON_ARRAY ? source->next : NULL;
}

#define SOURCES(s, value) const struct json *s = source_first(value); s; s = source_next(value, s)

/* 救助对象.批次: the ledger and the field by which its records refer to this one. */
static const struct ledger *rows_ledger(const struct town *town, const struct ledger *own, str taken,
                                        const struct field **ret_by)
{
    str name, by;
    *ret_by = NULL;
    if (str_eq(taken, S("本台账")) || str_eq(taken, S("本记录")))
        return own;
    if (!str_split(taken, '.', &name, &by))
        return NULL;
    const struct ledger *l = town_ledger(town, name);
    *ret_by = l ? ledger_field(l, by) : NULL;
    return *ret_by && (*ret_by)->type == F_REF ? l : NULL;
}

static bool is_words(str taken)
{
    return str_eq(taken, S("传阅")) || str_starts(taken, S("意见:"));
}

/* 意见:批示 and the like: some procedure of the ledger has a step of that name or id. The packs are checked for it; a town goes on
 * with a print whose step is no more, for the cases that still have it. */
[[nodiscard]] static bool step_check(struct op *op, const struct flow *flow, const struct print *p, str source)
{
    str step = S("");
    for (size_t i = 0; i < COUNT(node_words) && !step.n; i++)
        if (str_starts(source, node_words[i]))
            step = str_part(source, node_words[i].n, source.n);
    bool known = step.n == 0;
    for (size_t i = 0; i < flow->all.n && !known; i++)
        known = flow->all.p[i]->ledger == p->ledger &&
                (bpmn_named(flow->all.p[i]->model, step) || bpmn_node(flow->all.p[i]->model, step) >= 0);
    return known || op_fail(op, FAULT_INPUT, p->file, "“%.*s”：台账“%.*s”的流程里没有这个环节；请改成它现在的名称或编号", PS(source),
                            PS(p->ledger->name));
}

bool prints_check(struct op *op, const struct flow *flow)
{
    bool ok = true;
    for (size_t i = 0; i < flow->prints.n; i++) {
        const struct print *p = flow->prints.p[i];
        const struct json *values = json_get(p->json, S("值")), *rows = json_get(p->json, S("行"));
        for (const struct json *v = values ? values->first : NULL; v; v = v->next)
            for (SOURCES(source, v))
                ok = step_check(op, flow, p, source->text) && ok;
        for (const struct json *r = rows ? rows->first : NULL; r; r = r->next)
            ok = step_check(op, flow, p, json_str(r, S("取"))) && ok;
    }
    return ok;
}

/* What another room found wrong, with the print's file. */
static bool refuse_print(struct op *op, const struct print *p, int faults, str what)
{
    str why = op_copy(op, op->faults->text);
    op_forgive(op, faults);
    return op_fail(op, FAULT_INPUT, p->file, "%.*s：%.*s", PS(what), PS(why));
}

/* Whether there are such sources; what is an expression is read here, once. */
[[nodiscard]] static bool sources_check(struct op *op, struct print *p, const struct ledger *l, const struct json *value, const char *what)
{
    bool ok = true;
    for (SOURCES(s, value)) {
        if (s->kind != JSON_STRING || !source_known(l, s->text))
            return op_fail(op, FAULT_INPUT, p->file, "%s“%.*s”不知从哪里取；可写台账“%.*s”的字段、镇、今天、意见:环节、人:环节、时:环节、=算式或引号里的字",
                           what, PS(value->key), PS(l->name));
        if (!is_written(s->text))
            continue;
        const struct reach *reach;
        int faults = op->fault_count;
        if (ledger_expression(op, l, str_part(s->text, 1, s->text.n), &reach))
            *list_add(op, &p->written) = (struct print_reach){l, reach};
        else
            ok = refuse_print(op, p, faults, op_text(op, "%s“%.*s”", what, PS(value->key)));
    }
    return ok;
}

/* Every part of an official document that it names is one. */
[[nodiscard]] static bool official_check(struct op *op, const struct print *p)
{
    struct paper_official doc;
    int faults = op->fault_count;
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    const struct json *values = json_get(p->json, S("值"));
    str named = S("");
    json_open(&w, '{');
    for (const struct json *v = values ? values->first : NULL; v; v = v->next) {
        json_put_text(&w, v->key, S(""));
        named = op_text(op, "%.*s%s%.*s", PS(named), named.n ? "、" : "", PS(v->key));
    }
    json_close(&w, '}');
    return paper_official_read(op, buf_str(&b), &doc) || refuse_print(op, p, faults, op_text(op, "值（%.*s）", PS(named)));
}

[[nodiscard]] static bool print_check(struct op *op, const struct town *town, struct print *p)
{
    bool ok = p->form || official_check(op, p);
    const struct json *values = json_get(p->json, S("值")), *rows = json_get(p->json, S("行"));
    for (const struct json *v = values ? values->first : NULL; v; v = v->next)
        ok = sources_check(op, p, p->ledger, v, "值") && ok;
    for (const struct json *r = rows ? rows->first : NULL; r; r = r->next) {
        str taken = json_str(r, S("取")), period = json_str(r, S("期")), only = json_str(r, S("条件")), trouble;
        const struct field *by;
        const struct ledger *l = rows_ledger(town, p->ledger, taken, &by);
        if (!l && !is_words(taken))
            ok = op_fail(op, FAULT_INPUT, p->file, "行“%.*s”的“取”须是 意见:环节、传阅、本记录、本台账 或 台账.字段", PS(r->key));
        if (l && period.n && !ledger_field(l, period))
            ok = op_fail(op, FAULT_INPUT, p->file, "行“%.*s”的“期”不是台账“%.*s”的字段", PS(r->key), PS(l->name));
        if (l && only.n && !ledger_condition(op, l, only, &trouble))
            ok = op_fail(op, FAULT_INPUT, p->file, "行“%.*s”的“条件”：%.*s", PS(r->key), PS(trouble));
        const struct json *columns = json_get(r, S("值"));
        for (const struct json *v = l && columns ? columns->first : NULL; v; v = v->next)
            ok = sources_check(op, p, l, v, "行的") && ok;
    }
    return ok;
}

bool prints_load(struct op *op, struct flow *flow, str packs_folder)
{
    struct pack_file *files;
    size_t count;
    bool ok = true;
    if (!pack_files(op, packs_folder, S("prints"), S(".json"), &files, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct print *p = op_new(op, struct print);
        struct json *json, *form;
        *p = (struct print){.file = files[i].said};
        if (!json_file(op, files[i].path, p->file, PRINT_BYTES_MAX, &json))
            return false;
        p->json = json;
        p->name = json_str(json, S("印件"));
        p->ledger = town_ledger(flow->town, json_str(json, S("台账")));
        if (!p->name.n || !p->ledger)
            return op_fail(op, FAULT_INPUT, p->file, "印件须写“印件”（名称）和已有的“台账”");
        str laid = json_str(json, S("表单")), path = op_text(op, "%.*s/documents/forms/%.*s.json", PS(packs_folder), PS(laid));
        bool official = str_eq(laid, S("公文"));
        if (!official && !json_file(op, path, path, FORM_BYTES_MAX, &form))
            return op_fail(op, FAULT_INPUT, p->file, "没有表单“%.*s”，或它不是 JSON", PS(laid));
        p->form = official ? NULL : form;
        ok = print_check(op, flow->town, p) && ok;
        *list_add(op, &flow->prints) = p;
    }
    return ok;
}

/* What lists the ledger's own records is of the ledger. */
static bool is_register(const struct print *p)
{
    const struct json *rows = json_get(p->json, S("行"));
    for (const struct json *r = rows ? rows->first : NULL; r; r = r->next)
        if (str_eq(json_str(r, S("取")), S("本台账")))
            return true;
    return false;
}

size_t flow_prints(const struct flow *flow, const struct ledger *l, bool of_ledger, str *ret, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < flow->prints.n && n < most; i++)
        if (flow->prints.p[i]->ledger == l && is_register(flow->prints.p[i]) == of_ledger)
            ret[n++] = flow->prints.p[i]->name;
    return n;
}

/* ---- values as they stand on paper ----------------------------------------------------------------------------- */

static str day_shown(struct op *op, day at)
{
    struct date d = date_of(at);
    return op_text(op, "%d年%d月%d日", d.year, d.month, d.day);
}

/* On a paper as an office writes it; the narrow columns of a register take it as it stands in the ledger. */
static str moment_shown(const struct printing *p, time_ms at)
{
    str said = at ? time_said(p->op, at) : S("");
    return at && p->f ? op_text(p->op, "%.*s %.*s", PS(day_shown(p->op, day_at(at))), PS(str_part(said, said.n - strlen("10:00"), said.n))) : said;
}

static str list_shown(struct op *op, const struct json *list)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (const struct json *e = list->first; e; e = e->next)
        buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(e->text));
    return buf_str(&b);
}

/* Somebody on paper is called by their name alone: the office they hold is not said after every signature. */
[[nodiscard]] static bool person_called(struct printing *p, const struct ledger *people, str record, str label, str *ret)
{
    struct record *r;
    bool within;
    id who;
    *ret = label;
    if (!id_parse(record, &who))
        return true;
    if (!record_within(p->tx, p->flow->town, p->who, people, ACT_READ, who, &within) ||
        (within && !record_get(p->tx, p->flow->town, p->who, people, who, &r)))
        return false;
    str name = within ? json_str(r->values, S("姓名")) : S("");
    *ret = name.n ? name : label;
    return true;
}

[[nodiscard]] static bool people_shown(struct printing *p, const struct ledger *people, const struct json *ids, const struct json *labels,
                                       str *ret)
{
    struct buf b;
    str name;
    bool many = ids->kind == JSON_ARRAY;
    const struct json *label = !labels ? NULL : many ? labels->first : labels;
    buf_init(&b, p->op, 0);
    for (SOURCES(one, ids)) {
        if (!person_called(p, people, one->text, label ? label->text : S(""), &name))
            return false;
        buf_text(&b, "%s%.*s", b.n && name.n ? "、" : "", PS(name));
        label = label && many ? label->next : NULL;
    }
    *ret = buf_str(&b);
    return true;
}

static str value_shown(struct printing *p, enum field_type kind, const struct json *v)
{
    time_ms at;
    day d;
    if (!v || v->kind == JSON_NULL)
        return S("");
    if (v->kind == JSON_TRUE || v->kind == JSON_FALSE)
        return v->kind == JSON_TRUE ? S("是") : S("否");
    if (v->kind == JSON_ARRAY)
        return list_shown(p->op, v);
    if (kind == F_TIME && time_parse(v->text, &at))
        return moment_shown(p, at);
    return kind == F_DAY && p->f && day_parse(v->text, &d) ? day_shown(p->op, d) : v->text;
}

[[nodiscard]] static bool field_shown(struct printing *p, const struct record *r, const struct field *f, str *ret)
{
    const struct json *label = json_get(r->labels, f->name), *v = json_get(r->values, f->name);
    const struct ledger *target = f->target.n ? town_ledger(p->flow->town, f->target) : NULL;
    if (v && v->kind != JSON_NULL && target && str_eq(target->name, S("干部")))
        return people_shown(p, target, v, label, ret);
    *ret = value_shown(p, f->value, label && (label->kind == JSON_STRING || label->kind == JSON_ARRAY) ? label : v);
    return true;
}

[[nodiscard]] static bool town_called(struct printing *p, str *ret)
{
    const struct ledger *groups = town_ledger(p->flow->town, S("村组"));
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    struct list_query q = {.where = S("上级 = null"), .limit = 1};
    struct list_page page;
    *ret = S("");
    if (!groups || !ledger_field(groups, S("上级")))
        return true;
    if (!list_read(p->tx, p->flow->town, &system, groups, &q, &page))
        return false;
    *ret = page.record_count ? page.records[0].title : S("");
    return true;
}

[[nodiscard]] static bool group_called(struct printing *p, const struct ledger *l, id record, str *ret)
{
    const struct ledger *groups = town_ledger(p->flow->town, S("村组"));
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    id group;
    *ret = S("");
    return !groups || (record_group(p->tx, l, record, &group) &&
                       (id_none(group) || record_title(p->tx, p->flow->town, &system, groups, group, ret)));
}

/* ---- of the case ----------------------------------------------------------------------------------------------- */

/* The step that a print means (意见:批示): of that name in the version the case runs on; else the one that another version of the
 * procedure called so, so that a step keeps its place on the slip when it is given another name; else of that id. */
static bool step_meant(const struct printing *p, int node, str word)
{
    const struct bpmn *m = p->f->run.model;
    const struct flow *flow = p->flow;
    str element = bpmn_node_id(m, node);
    if (bpmn_named(m, word))
        return str_eq(bpmn_node_name(m, node), word);
    bool called = str_eq(element, word);
    for (size_t i = 0; i < flow->all.n && !called; i++) {
        const struct procedure *other = flow->all.p[i];
        int same = str_eq(other->key, p->f->procedure->key) ? bpmn_node(other->model, element) : -1;
        called = same >= 0 && str_eq(bpmn_node_name(other->model, same), word);
    }
    return called;
}

/* The last word that counts, said at that step; -1: none. What was struck is not printed as said. */
static int32_t word_at(const struct printing *p, str node, int32_t after)
{
    const struct bpmn_state *s = &p->f->run.state;
    for (size_t i = (size_t)(after + 1); i < s->acts.n; i++) {
        const struct bpmn_act_row *a = &s->acts.p[i];
        bool spoken = a->op <= DO_READ || a->op == DO_AFTER;
        if (spoken && !a->struck && a->work >= 0 && (size_t)a->work < s->works.n &&
            step_meant(p, s->works.p[a->work].node, node))
            return (int32_t)i;
    }
    return -1;
}

/* The next 补正 of that word, or of what has mended it; -1: no more. */
static int32_t mended_at(const struct printing *p, int32_t word, int32_t after)
{
    const struct bpmn_state *s = &p->f->run.state;
    for (size_t i = (size_t)(after + 1); i < s->acts.n; i++) {
        int32_t about = (int32_t)i;
        for (size_t step = 0; step < s->acts.n && about >= 0 && s->acts.p[about].op == DO_CORRECT; step++)
            about = s->acts.p[about].other;
        if (s->acts.p[i].op == DO_CORRECT && !s->acts.p[i].struck && about == word)
            return (int32_t)i;
    }
    return -1;
}

static int32_t last_word(const struct printing *p, str node)
{
    int32_t last = -1;
    for (int32_t at = word_at(p, node, -1); at >= 0; at = word_at(p, node, at))
        last = at;
    return last;
}

static str said(const struct printing *p, const struct bpmn_act_row *a)
{
    if (a->op == DO_CORRECT)
        return op_text(p->op, "补正：%.*s", PS(a->opinion));
    return a->opinion.n                                             ? a->opinion
           : a->op == DO_READ                                       ? S("已阅")
           : act_filled(p->f->run.model, &p->f->run.state, a)       ? S("办好")
                                                                    : flow_op(a->op).name;
}

/* Who said it; a deputy, or who wrote it down for somebody, beside whose word it is. */
static str speaker(struct printing *p, const struct bpmn_act_row *a)
{
    str actor = names_of(&p->names, a->actor);
    const struct proof *proof = case_proof(p->f, (int32_t)(a - p->f->run.state.acts.p));
    return a->for_whom.n && !str_eq(a->for_whom, a->actor)
               ? op_text(p->op, "%.*s（%.*s%s）", PS(names_of(&p->names, a->for_whom)), PS(actor),
                         proof && proof->recorded ? "代录" : "代")
               : actor;
}

/* The picture of their handwriting, by its digest. */
static str signed_with(struct printing *p, const struct bpmn_act_row *a)
{
    const struct proof *proof = case_proof(p->f, (int32_t)(a - p->f->run.state.acts.p));
    return proof ? proof->signature : S("");
}

/* The word as it was said, and after it what its speaker has mended, with name and time, as a hand would write it there. */
static str said_whole(struct printing *p, int32_t at)
{
    const struct bpmn_state *s = &p->f->run.state;
    struct buf b;
    buf_init(&b, p->op, 0);
    buf_add(&b, said(p, &s->acts.p[at]));
    for (int32_t more = mended_at(p, at, at); more >= 0; more = mended_at(p, at, more))
        buf_text(&b, "（%.*s　%.*s　%.*s）", PS(said(p, &s->acts.p[more])), PS(speaker(p, &s->acts.p[more])),
                 PS(moment_shown(p, s->acts.p[more].at)));
    return buf_str(&b);
}

/* When the clock of a timer ends, or would end if it began now. */
[[nodiscard]] static bool clock_end(struct printing *p, str name, time_ms *ret)
{
    int node;
    time_ms due;
    *ret = 0;
    for (int32_t c = -1; (c = bpmn_clock_next(&p->f->run, c, &node, &due)) >= 0;)
        if (step_meant(p, node, name))
            *ret = due;
    for (size_t i = 0; i < p->f->procedure->clock_count && !*ret; i++) {
        struct due counted;
        if (!step_meant(p, p->f->procedure->clocks[i].node, name))
            continue;
        if (!flow_due(p->f, p->f->procedure->clocks[i].due, p->op->now, &counted))
            return false;
        *ret = counted.at;
    }
    return true;
}

[[nodiscard]] static bool answers_below(struct printing *p, str *ret)
{
    struct flow_kin *kin;
    size_t count;
    struct buf b;
    buf_init(&b, p->op, 0);
    if (!flow_path(p->tx, p->flow, p->who, p->f->case_id, &kin, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (kin[i].up >= 0 && id_eq(kin[kin[i].up].case_id, p->f->case_id))
            buf_text(&b, "%s%.*s：%.*s", b.n ? "；" : "", PS(kin[i].group),
                     PS(kin[i].feedback.n ? kin[i].feedback : kin[i].place.n ? kin[i].place : S("未反馈")));
    *ret = buf_str(&b);
    return true;
}

[[nodiscard]] static bool node_value(struct printing *p, str head, str node, str *ret)
{
    const struct bpmn_state *s = &p->f->run.state;
    time_ms end = 0;
    *ret = S("");
    if (str_eq(head, S("钟:")) || str_eq(head, S("天数:"))) {
        if (!clock_end(p, node, &end))
            return false;
        *ret = !end                     ? S("")
               : str_eq(head, S("钟:")) ? day_shown(p->op, day_at(end))
                                        : op_text(p->op, "%d天", (int)(day_at(end) - day_at(p->op->now)));
        return true;
    }
    int32_t at = last_word(p, node);
    if (at < 0)
        return true;
    const struct bpmn_act_row *a = &s->acts.p[at];
    *ret = str_eq(head, S("意见:")) ? said_whole(p, at)
           : str_eq(head, S("人:")) ? speaker(p, a)
           : str_eq(head, S("签:")) ? signed_with(p, a)
           : str_eq(head, S("日:")) ? day_shown(p->op, day_at(a->at))
                                    : moment_shown(p, a->at);
    return true;
}

/* Words of a print in which {镇} stands for the town's name. */
[[nodiscard]] static bool words_shown(struct printing *p, str words, str *ret)
{
    const str mark = S("{镇}");
    str town;
    size_t at;
    *ret = words;
    if (!str_find(words, mark, &at))
        return true;
    if (!town_called(p, &town))
        return false;
    struct buf b;
    buf_init(&b, p->op, 0);
    for (; str_find(words, mark, &at); words = str_part(words, at + mark.n, words.n)) {
        buf_add(&b, str_part(words, 0, at));
        buf_add(&b, town);
    }
    buf_add(&b, words);
    *ret = buf_str(&b);
    return true;
}

/* 本人, 本人电话: who prints it, whom people may ask. */
[[nodiscard]] static bool self_called(struct printing *p, bool phone, str *ret)
{
    const struct ledger *people = town_ledger(p->flow->town, S("干部"));
    struct record *r;
    bool within;
    *ret = phone ? S("") : p->who->name;
    if (!phone || !people || id_none(p->who->staff))
        return true;
    if (!record_within(p->tx, p->flow->town, p->who, people, ACT_READ, p->who->staff, &within) ||
        (within && !record_get(p->tx, p->flow->town, p->who, people, p->who->staff, &r)))
        return false;
    str duty = within ? json_str(r->values, S("值班电话")) : S("");
    *ret = duty.n || !within ? duty : json_str(r->values, S("手机"));
    return true;
}

static enum field_type written_kind(const struct printing *p, const struct ledger *l, str source)
{
    for (size_t i = 0; i < p->print->written.n; i++)
        if (p->print->written.p[i].of == l && str_eq(p->print->written.p[i].reach->name, source))
            return p->print->written.p[i].reach->end->value;
    return F_TEXT;
}

[[nodiscard]] static bool source_value(struct printing *p, const struct ledger *l, const struct record *r, str source, str *ret)
{
    const struct field *field = ledger_field(l, source);
    *ret = S("");
    if (is_quoted(source))
        return words_shown(p, str_part(source, 1, source.n - 1), ret);
    if (is_written(source))
        return !r || words_shown(p, value_shown(p, written_kind(p, l, source), json_get(r->values, source)), ret);
    if (field)
        return !r || field_shown(p, r, field, ret);
    if (str_eq(source, S("镇")))
        return town_called(p, ret);
    if (str_starts(source, S("本人")))
        return self_called(p, !str_eq(source, S("本人")), ret);
    if (str_eq(source, S("今天")))
        *ret = day_shown(p->op, day_at(p->op->now));
    else if (str_eq(source, S("起")) || str_eq(source, S("止")))
        *ret = str_eq(source, S("起")) ? p->ask->from : p->ask->to;
    else if (str_eq(source, S("件数")))
        *ret = op_text(p->op, "%lld", (long long)p->rows);
    else if (str_eq(source, S("归属")))
        return !r || group_called(p, l, r->id, ret);
    else if (!p->f)
        return true;
    else if (str_eq(source, S("村组反馈")))
        return answers_below(p, ret);
    else if (str_eq(source, S("办结"))) /* an unfinished paper never looks finished */
        *ret = p->f->run.state.end == BPMN_RUNNING ? S("未办结") : moment_shown(p, p->f->run.state.ended_at);
    for (size_t i = 0; i < COUNT(node_words) && p->f; i++)
        if (str_starts(source, node_words[i]))
            return node_value(p, node_words[i], str_part(source, node_words[i].n, source.n), ret);
    return true;
}

[[nodiscard]] static bool value_of(struct printing *p, const struct ledger *l, const struct record *r, const struct json *value, str *ret)
{
    *ret = S("");
    for (SOURCES(s, value))
        if (!ret->n && !source_value(p, l, r, s->text, ret))
            return false;
    return true;
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static void word_row(struct printing *p, const struct json *ask, int32_t at, struct json_out *w)
{
    const struct bpmn_act_row *a = &p->f->run.state.acts.p[at];
    json_open(w, '{');
    for (const struct json *v = json_get(ask, S("值"))->first; v; v = v->next)
        json_put_text(w, v->key, str_eq(v->text, S("内容"))  ? said(p, a)
                            : str_eq(v->text, S("人")) ? speaker(p, a)
                            : str_eq(v->text, S("签")) ? signed_with(p, a)
                                                       : moment_shown(p, a->at));
    json_close(w, '}');
}

/* What mends a word stands right below it, with its own name and time; the word stays as it was. */
static void words_rows(struct printing *p, const struct json *ask, struct json_out *w)
{
    str node = str_part(json_str(ask, S("取")), S("意见:").n, json_str(ask, S("取")).n);
    for (int32_t at = word_at(p, node, -1); at >= 0; at = word_at(p, node, at)) {
        word_row(p, ask, at, w);
        for (int32_t more = mended_at(p, at, at); more >= 0; more = mended_at(p, at, more))
            word_row(p, ask, more, w);
    }
}

static void reader_rows(struct printing *p, const struct json *ask, struct json_out *w)
{
    const struct bpmn_state *s = &p->f->run.state;
    for (size_t i = 0; i < s->copies.n; i++) {
        const struct bpmn_copy *c = &s->copies.p[i];
        if (c->recalled)
            continue;
        json_open(w, '{');
        for (const struct json *v = json_get(ask, S("值"))->first; v; v = v->next)
            json_put_text(w, v->key, str_eq(v->text, S("人"))     ? names_of(&p->names, c->who)
                                : str_eq(v->text, S("送出")) ? moment_shown(p, c->sent)
                                : str_eq(v->text, S("阅毕")) ? moment_shown(p, c->read_at)
                                                             : c->note);
        json_close(w, '}');
    }
}

[[nodiscard]] static bool record_row(struct printing *p, const struct ledger *l, const struct record *r,
                                     const struct json *ask, struct json_out *w)
{
    json_open(w, '{');
    for (const struct json *v = json_get(ask, S("值"))->first; v; v = v->next) {
        str text;
        if (!value_of(p, l, r, v, &text))
            return false;
        json_put_text(w, v->key, text);
    }
    json_close(w, '}');
    return true;
}

/* The further reaches that a print asks of a ledger. */
static size_t reaches_of(const struct printing *p, const struct ledger *l, const struct reach *const **ret)
{
    const struct reach **list = op_array(p->op, const struct reach *, p->print->written.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < p->print->written.n; i++)
        if (p->print->written.p[i].of == l)
            list[n++] = p->print->written.p[i].reach;
    *ret = list;
    return n;
}

struct listed {
    struct record *p;
    size_t n, cap;
};

[[nodiscard]] static bool list_keep(struct printing *p, struct listed *all, const struct ledger *l, const struct list_page *page, bool grouped)
{
    for (size_t i = 0; i < page->record_count; i++) {
        struct record *r = list_add(p->op, all);
        *r = page->records[i];
        if (grouped && !record_group(p->tx, l, r->id, &r->group))
            return false;
    }
    return true;
}

/* Each village group's rows together, in the order in which they stood: a list is posted village by village. */
static int by_group(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    int order = memcmp(&x->group, &y->group, sizeof x->group);
    return order ? order : memcmp(&x->id, &y->id, sizeof x->id);
}

/* Names to be covered (遮) are covered by the same masks that pages use, whoever prints it: it goes on a wall. */
[[nodiscard]] static bool list_rows(struct printing *p, const struct ledger *l, const struct field *by,
                                    const struct json *ask, struct json_out *w)
{
    struct { str *p; size_t n, cap; } covered = {0};
    const struct json *cover = json_get(ask, S("遮"));
    for (const struct json *e = cover ? cover->first : NULL; e; e = e->next)
        *list_add(p->op, &covered) = e->text;
    struct grant grant = {.ledger = l->name, .acts = 1u << ACT_READ, .whole_town = true, .masks = true,
                          .masked = covered.p, .masked_count = covered.n};
    struct who reader = {.name = p->who->name, .account = p->who->account, .grants = &grant, .grant_count = 1};
    str period = json_str(ask, S("期")), sort = json_str(ask, S("排")), only = json_str(ask, S("条件"));
    bool grouped = str_eq(sort, S("归属"));
    str where = by ? op_text(p->op, "%.*s = \"%.*s\"", PS(by->name), PS(id_text(p->op, p->f->record))) : S("");
    if (period.n)
        where = op_text(p->op, "%.*s >= date(\"%.*s\") and %.*s <= date(\"%.*s\")", PS(period), PS(p->ask->from),
                        PS(period), PS(p->ask->to));
    if (only.n)
        where = where.n ? op_text(p->op, "%.*s and (%.*s)", PS(where), PS(only)) : only;
    struct list_query q = {.where = where, .limit = LIST_LIMIT_MAX, .sort = &sort, .sort_count = sort.n > 0 && !grouped};
    q.reach_count = reaches_of(p, l, &q.reaches);
    struct list_page page;
    struct listed all = {0};
    do {
        if (!list_read(p->tx, p->flow->town, by ? &reader : p->who, l, &q, &page) || !list_keep(p, &all, l, &page, grouped))
            return false;
        q.cursor = page.next;
    } while (page.next.n && all.n < FLOW_PRINT_ROWS_MAX);
    if (page.next.n)
        return op_fail(p->op, FAULT_INPUT, S("起"), "一次最多印 %d 行，请缩短起止日期", FLOW_PRINT_ROWS_MAX);
    if (grouped && all.n)
        qsort(all.p, all.n, sizeof *all.p, by_group);
    for (size_t i = 0; i < all.n; i++)
        if (!record_row(p, l, &all.p[i], ask, w))
            return false;
    p->rows += (int64_t)all.n;
    return true;
}

[[nodiscard]] static bool rows_write(struct printing *p, const struct json *ask, struct json_out *w)
{
    str taken = json_str(ask, S("取"));
    const struct field *by;
    const struct ledger *l = rows_ledger(p->flow->town, p->print->ledger, taken, &by);
    bool done = true;
    json_open(w, '[');
    if (str_eq(taken, S("本台账")))
        done = list_rows(p, l, NULL, ask, w);
    else if (p->f && str_eq(taken, S("传阅")))
        reader_rows(p, ask, w);
    else if (p->f && str_starts(taken, S("意见:")))
        words_rows(p, ask, w);
    else if (p->f && str_eq(taken, S("本记录")))
        done = record_row(p, l, p->record, ask, w);
    else if (p->f && l)
        done = list_rows(p, l, by, ask, w);
    json_close(w, ']');
    return done;
}

/* ---- pictures -------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool picture_read(struct printing *p, str digest, const struct paper_image **ret)
{
    int fd;
    int64_t size, done = 0;
    struct paper_image *image;
    if (!store_file_open(p->tx, digest, &fd, &size) || size > PAPER_IMAGE_BYTES_MAX)
        return false;
    char *bytes = op_alloc(p->op, (size_t)size + 1);
    while (done < size) {
        ssize_t n = pread(fd, bytes + done, (size_t)(size - done), done);
        if (n <= 0)
            return false;
        done += n;
    }
    if (!paper_image_read(p->op, (str){bytes, (size_t)size}, &image))
        return false;
    *ret = image;
    return true;
}

/* What is no picture that can be drawn leaves its place empty: the slip prints all the same. */
static const struct paper_image *picture_of(void *context, str digest)
{
    struct printing *p = context;
    const struct paper_image *image = NULL;
    int faults = p->op->fault_count;
    if (!picture_read(p, digest, &image) && !op_has_fault(p->op, FAULT_SYSTEM))
        op_forgive(p->op, faults);
    return image;
}

/* ---- the page -------------------------------------------------------------------------------------------------- */

/* What stands on it, before it is laid out. */
[[nodiscard]] static bool values_make(struct printing *p, str *ret)
{
    struct op *op = p->op;
    struct buf b;
    str text;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    const struct json *rows = json_get(p->print->json, S("行")), *plain = json_get(p->print->json, S("值"));
    json_open(&w, '{');
    for (const struct json *r = rows ? rows->first : NULL; r; r = r->next) {
        json_key(&w, r->key);
        if (!json_get(r, S("值")) || !rows_write(p, r, &w))
            return json_get(r, S("值")) ? false : op_fail(op, FAULT_INPUT, p->print->file, "行“%.*s”没有“值”", PS(r->key));
    }
    for (const struct json *v = plain ? plain->first : NULL; v; v = v->next) {
        if (!value_of(p, p->print->ledger, p->record, v, &text))
            return false;
        json_put_text(&w, v->key, text);
    }
    json_close(&w, '}');
    *ret = buf_str(&b);
    return !p->names.failed && !(p->f && p->f->failed);
}

[[nodiscard]] static bool paper_lay(struct printing *p, struct paper **ret)
{
    struct op *op = p->op;
    struct paper_rules *rules;
    struct paper_fonts *fonts;
    struct json *values;
    struct paper_official doc;
    str text;
    if (!values_make(p, &text) || !paper_open(op, p->flow->packs, &rules, &fonts))
        return false;
    if (!p->print->form)
        return paper_official_read(op, text, &doc) && paper_official(op, fonts, rules, &doc, ret);
    return json_parse(op, text, &values) &&
           paper_form(op, fonts, p->print->form, values, &(struct paper_fill){.image = picture_of, .context = p}, ret);
}

static const struct print *print_find(const struct flow *flow, str name, const struct ledger *l)
{
    for (size_t i = 0; i < flow->prints.n; i++)
        if (flow->prints.p[i]->ledger == l && (!name.n || str_eq(flow->prints.p[i]->name, name)))
            return flow->prints.p[i];
    return NULL;
}

/* Fills p, which lasts as long as *f. */
[[nodiscard]] static bool printing_begin(struct printing *p, struct flow_tx *f, struct tx *tx, const struct flow *flow,
                                         const struct who *who, const struct flow_print *ask)
{
    struct record *r;
    bool within = false;
    day d;
    *p = (struct printing){.tx = tx, .op = tx->op, .flow = flow, .who = who, .ask = ask};
    names_init(&p->names, tx, flow);
    if (!id_none(ask->case_id)) {
        case_init(f, tx, flow, who);
        if (!case_load(f, ask->case_id) || !case_reader(f) || !case_record(f) ||
            !record_within(tx, flow->town, who, f->procedure->ledger, ACT_READ, f->record, &within))
            return false;
        p->f = f;
    }
    const struct ledger *l = p->f ? f->procedure->ledger : ask->ledger;
    p->print = print_find(flow, ask->form, l);
    if (!p->print)
        return op_fail(tx->op, FAULT_MISSING, S("form"), "台账“%.*s”没有印件“%.*s”", PS(l->name), PS(ask->form));
    if (p->f) {
        const struct reach *const *reaches;
        size_t count = reaches_of(p, l, &reaches);
        struct who reader = within ? *who : case_reader_who(f);
        if (!record_reached(tx, flow->town, &reader, l, f->record, reaches, count, &r))
            return false;
        p->record = r;
    }
    return p->f || (day_parse(ask->from, &d) && day_parse(ask->to, &d)) ||
           op_fail(tx->op, FAULT_INPUT, S("from"), "请写起止日期，如 2021-07-01");
}

bool print_values(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_print *ask, str *ret)
{
    struct flow_tx f;
    struct printing p;
    return printing_begin(&p, &f, tx, flow, who, ask) && values_make(&p, ret);
}

bool flow_print(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_print *ask,
                struct paper **ret)
{
    struct flow_tx f;
    struct printing p;
    return printing_begin(&p, &f, tx, flow, who, ask) && paper_lay(&p, ret);
}
