/* The prints of the packs (packs/<pack>/prints): read once, and refused by file where they name what is not there. */
#include "flow/print.h"

enum { FORM_BYTES_MAX = 256 << 10, PRINT_BYTES_MAX = 64 << 10 };

/* Words that are no field: of the town, of the question, of the case. */
static const str plain_words[] = {SC("镇"), SC("今天"), SC("起"), SC("止"), SC("件数"), SC("办结"), SC("村组反馈"), SC("归属"), SC("本人"), SC("本人电话")};
static const str node_words[] = {SC("意见:"), SC("人:"), SC("时:"), SC("日:"), SC("签:"), SC("钟:"), SC("天数:")};

bool print_step(str source, str *ret_head, str *ret_step)
{
    for (size_t i = 0; i < COUNT(node_words); i++)
        if (str_starts(source, node_words[i])) {
            *ret_head = node_words[i];
            *ret_step = str_part(source, node_words[i].n, source.n);
            return true;
        }
    return false;
}

bool print_capital(str source, str *ret_field)
{
    const str head = S("大写:");
    *ret_field = str_part(source, head.n, source.n);
    return str_starts(source, head);
}

static bool source_known(const struct ledger *l, str source)
{
    str head, rest;
    if (print_capital(source, &rest)) {
        const struct field *f = ledger_field(l, rest);
        return f && f->value == F_MONEY;
    }
    bool known = print_is_quoted(source) || print_is_written(source) || ledger_field(l, source) || print_step(source, &head, &rest);
    for (size_t i = 0; i < COUNT(plain_words) && !known; i++)
        known = str_eq(plain_words[i], source);
    return known;
}

const struct ledger *print_rows(const struct town *town, const struct ledger *own, str taken, const struct field **ret_by)
{
    str name, by;
    *ret_by = NULL;
    if (str_eq(taken, S("本台账")) || str_eq(taken, S("本记录")))
        return own;
    if (!str_split(taken, '.', &name, &by))
        return NULL;
    bool named = str_eq(name, S("本记录"));
    const struct ledger *l = named ? own : town_ledger(town, name);
    const struct field *f = l ? ledger_field(l, by) : NULL;
    if (!f || f->type != (named ? F_REFS : F_REF))
        return NULL;
    *ret_by = f;
    return named ? town_ledger(town, f->target) : l;
}

static bool is_words(str taken)
{
    return str_eq(taken, S("传阅")) || str_starts(taken, S("意见:"));
}

/* 意见:批示 and the like: some procedure of the ledger has a step of that name or id. The packs are checked for it; a town goes on
 * with a print whose step is no more, for the cases that still have it. */
[[nodiscard]] static bool step_check(struct op *op, const struct flow *flow, const struct print *p, str source)
{
    str head, step;
    bool known = !print_step(source, &head, &step);
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
            return op_fail(op, FAULT_INPUT, p->file, "%s“%.*s”不知从哪里取；可写台账“%.*s”的字段、镇、今天、意见:环节、人:环节、时:环节、大写:金额字段、=算式或引号里的字",
                           what, PS(value->key), PS(l->name));
        if (!print_is_written(s->text) || ledger_reach(l, s->text)) /* =复文号: a column of the ledger's own sheet */
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
        const struct ledger *l = print_rows(town, p->ledger, taken, &by);
        if (!l && !is_words(taken))
            ok = op_fail(op, FAULT_INPUT, p->file, "行“%.*s”的“取”须是 意见:环节、传阅、本记录、本台账、台账.字段 或 本记录.字段", PS(r->key));
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

static bool of_case(str source)
{
    str head, step;
    return print_step(source, &head, &step) || is_words(source) || str_eq(source, S("办结")) || str_eq(source, S("村组反馈"));
}

static bool values_of_case(const struct json *values)
{
    for (const struct json *v = values ? values->first : NULL; v; v = v->next)
        for (SOURCES(s, v))
            if (of_case(s->text))
                return true;
    return false;
}

/* What lists the ledger's own records is of the ledger; what says nothing of a case is of a record, whether it has one or not. */
static enum flow_print_kind kind_of(const struct print *p)
{
    const struct json *rows = json_get(p->json, S("行"));
    bool cased = values_of_case(json_get(p->json, S("值")));
    for (const struct json *r = rows ? rows->first : NULL; r; r = r->next) {
        str taken = json_str(r, S("取"));
        if (str_eq(taken, S("本台账")))
            return PRINT_LEDGER;
        cased = cased || of_case(taken) || values_of_case(json_get(r, S("值")));
    }
    return cased ? PRINT_CASE : PRINT_RECORD;
}

/* Of a case also what is printed of its record. */
static bool is_asked(const struct print *p, const struct ledger *l, enum flow_print_kind kind)
{
    return p->ledger == l && (p->kind == kind || (kind == PRINT_CASE && p->kind == PRINT_RECORD));
}

size_t flow_prints(const struct flow *flow, const struct ledger *l, enum flow_print_kind kind, str *ret, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < flow->prints.n && n < most; i++)
        if (is_asked(flow->prints.p[i], l, kind))
            ret[n++] = flow->prints.p[i]->name;
    return n;
}

const struct print *print_find(const struct flow *flow, const struct ledger *l, enum flow_print_kind kind, str name)
{
    for (size_t i = 0; i < flow->prints.n; i++)
        if (is_asked(flow->prints.p[i], l, kind) && (!name.n || str_eq(flow->prints.p[i]->name, name)))
            return flow->prints.p[i];
    return NULL;
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
        p->kind = kind_of(p);
        ok = print_check(op, flow->town, p) && ok;
        *list_add(op, &flow->prints) = p;
    }
    return ok;
}
