/* Policies: the library, one table, its checks and cases, editions. */
#include "api/call.h"

/* ---- what is asked ------------------------------------------------------------------------------------------- */

bool policy_known(struct call *c, str name, const struct policy **ret)
{
    *ret = policy_find(c->api->config.policies, name);
    return *ret || op_fail(c->op, FAULT_MISSING, S("政策"), "没有名为“%.*s”的政策", PS(name));
}

/* Of the pack: its first day. Of the office: the edition's id. */
str version_key(struct op *op, const struct policy_version *v)
{
    return id_none(v->edition) ? day_text(op, v->from) : id_text(op, v->edition);
}

[[nodiscard]] static bool version_named(struct call *c, const struct shelf *s, str key, day on,
                                        const struct policy_version **ret)
{
    for (size_t i = 0; key.n && i < s->now.version_count; i++)
        if (str_eq(version_key(c->op, &s->now.versions[i]), key)) {
            *ret = &s->now.versions[i];
            return true;
        }
    for (size_t i = 0; key.n && i < s->draft_count; i++)
        if (str_eq(version_key(c->op, &s->drafts[i]), key)) {
            *ret = &s->drafts[i];
            return true;
        }
    *ret = key.n ? NULL : policy_version_on(&s->now, on);
    if (*ret)
        return true;
    return key.n ? op_fail(c->op, FAULT_MISSING, S("version"), "没有这个版本，请从政策页重新打开")
                 : op_fail(c->op, FAULT_MISSING, S("on"), "%.*s没有生效的版本", PS(day_text(c->op, on)));
}

/* [{"from": 2, "cells": ["false", "-", …, "第三条"]}, …]; from counts from 0, null is a new rule. */
[[nodiscard]] static bool rules_take(struct call *c, const struct json *rules, const struct policy_version **v,
                                     size_t *ret_changes)
{
    struct op *op = c->op;
    if (rules->kind != JSON_ARRAY || rules->count > DMN_RULES_MAX)
        return op_fail(op, FAULT_INPUT, S("rules"), "规则须是一列，最多%d条", DMN_RULES_MAX);
    struct rule_row *rows = op_array(op, struct rule_row, rules->count + 1);
    size_t n = 0;
    for (const struct json *j = rules->first; j; j = j->next) {
        const struct json *cells = json_get(j, S("cells")), *from = json_get(j, S("from"));
        int64_t number = -1;
        if (!cells || cells->kind != JSON_ARRAY ||
            (from && from->kind == JSON_NUMBER && (!json_int(from, &number) || number < 0 || number > DMN_RULES_MAX)))
            return op_fail(op, FAULT_INPUT, S("rules"), "第%zu条规则不成样子", n + 1);
        str *texts = op_array(op, str, cells->count + 1);
        size_t k = 0;
        for (const struct json *cell = cells->first; cell; cell = cell->next)
            texts[k++] = cell->kind == JSON_STRING ? cell->text : S("");
        rows[n++] = (struct rule_row){(int)number, texts, k};
    }
    struct policy_version *changed;
    if (!policy_rules_apply(op, *v, rows, n, &changed, ret_changes))
        return false;
    *v = changed;
    return true;
}

/* [["说明", "家庭类型", …], ["低保户", …]] as CSV, the form in which packs keep them. */
[[nodiscard]] static bool cases_take(struct call *c, const struct json *list, const struct policy_version **v)
{
    struct op *op = c->op;
    if (list->kind != JSON_ARRAY || list->count > POLICY_CASES_MAX)
        return op_fail(op, FAULT_INPUT, S("cases"), "用例须有表头，最多%d行", POLICY_CASES_MAX);
    struct csv_row *rows = op_array(op, struct csv_row, list->count + 1);
    size_t n = 0;
    for (const struct json *row = list->first; row; row = row->next, n++) {
        if (row->kind != JSON_ARRAY)
            return op_fail(op, FAULT_INPUT, S("cases"), "每行用例须是一列格子");
        rows[n].fields = op_array(op, str, row->count + 1);
        for (const struct json *cell = row->first; cell; cell = cell->next)
            rows[n].fields[rows[n].count++] = cell->kind == JSON_STRING ? cell->text : S("");
    }
    struct policy_version *changed = op_new(op, struct policy_version);
    *changed = **v;
    if (!policy_cases_csv(op, rows, n, &changed->cases_text))
        return false;
    changed->cases_file = S("用例");
    *v = changed;
    return true;
}

bool policy_asked(struct call *c, enum policy_act act, const struct json *from, struct asked *ret)
{
    struct asked a = {.on = day_at(c->op->now)};
    str on = json_str(from, S("on"));
    const struct json *rules = json_get(from, S("rules")), *cases = json_get(from, S("cases"));
    if (!policy_known(c, c->word, &a.policy) || !policy_may(c->op, c->town, c->who, a.policy, act) ||
        !policy_shelf(c->tx, a.policy, &a.shelf))
        return false;
    if (on.n && !day_parse(on, &a.on))
        return op_fail(c->op, FAULT_INPUT, S("on"), "日期须写成 2021-12-31 的样子");
    if (!version_named(c, &a.shelf, json_str(from, S("version")), a.on, &a.version) ||
        (rules && rules->kind != JSON_NULL && !rules_take(c, rules, &a.version, &a.changes)) ||
        (cases && cases->kind != JSON_NULL && !cases_take(c, cases, &a.version)))
        return false;
    *ret = a;
    return true;
}

/* A question asked in the address. */
[[nodiscard]] static bool asked_by_query(struct call *c, enum policy_act act, struct asked *ret)
{
    struct json *question;
    struct buf b;
    struct json_out q = {.b = &b};
    buf_init(&b, c->op, 0);
    json_open(&q, '{');
    json_put_text(&q, S("on"), http_query(c->request, S("on")));
    json_put_text(&q, S("version"), http_query(c->request, S("version")));
    json_close(&q, '}');
    return json_parse(c->op, buf_str(&b), &question) && policy_asked(c, act, question, ret);
}

/* ---- the library --------------------------------------------------------------------------------------------- */

static bool may(struct call *c, const struct policy *p, enum policy_act act)
{
    int faults = c->op->fault_count;
    bool yes = policy_may(c->op, c->town, c->who, p, act);
    op_forgive(c->op, faults);
    return yes;
}

static void write_acts(struct call *c, const struct policy *p)
{
    static const str names[POLICY_ACTS] = {
        [POLICY_SEE] = SC("see"),       [POLICY_SCREEN] = SC("screen"),   [POLICY_DECIDE] = SC("decide"),
        [POLICY_CLEAR] = SC("clear"),   [POLICY_EXPORT] = SC("export"),   [POLICY_UNCOVER] = SC("uncover"),
        [POLICY_EDIT] = SC("edit"),     [POLICY_FORCE] = SC("force")};
    json_put_open(&c->out, S("acts"), '[');
    for (int act = 0; act < POLICY_ACTS; act++)
        if (may(c, p, (enum policy_act)act))
            json_text(&c->out, names[act]);
    json_close(&c->out, ']');
}

/* `on`: the day of which it is asked whether the version holds it. */
static void write_version(struct call *c, const struct policy_version *v, day on)
{
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_text(w, S("key"), version_key(c->op, v));
    write_day(w, S("from"), v->from);
    write_day(w, S("until"), v->until);
    json_put_bool(w, S("draft"), v->draft);
    json_put_bool(w, S("edition"), !id_none(v->edition));
    json_put_bool(w, S("current"), !v->draft && v->from <= on && on <= v->until);
    json_put_text(w, S("by"), v->by);
    json_put_text(w, S("reason"), v->reason);
    json_put_int(w, S("rules"), (int64_t)dmn_rule_count(v->decision));
    json_close(w, '}');
}

static void write_versions(struct call *c, const struct shelf *s, day on)
{
    json_put_open(&c->out, S("versions"), '[');
    for (size_t i = 0; i < s->now.version_count; i++)
        write_version(c, &s->now.versions[i], on);
    for (size_t i = 0; i < s->draft_count; i++)
        write_version(c, &s->drafts[i], on);
    json_close(&c->out, ']');
}

static void write_head(struct call *c, const struct policy *p)
{
    struct json_out *w = &c->out;
    json_put_text(w, S("name"), p->name);
    json_put_text(w, S("english"), p->english);
    json_put_text(w, S("pack"), p->pack);
    json_put_text(w, S("note"), p->note);
    json_put_text(w, S("ledger"), p->ledger->name);
    json_put_text(w, S("where"), p->where);
    json_put_text(w, S("group"), p->group);
    json_put_text(w, S("cleared_by"), p->cleared_by);
    write_acts(c, p);
}

bool policies_list(struct call *c)
{
    struct json_out *w = &c->out;
    str text = http_query(c->request, S("on"));
    day on = day_at(c->op->now);
    if (text.n && !day_parse(text, &on))
        return op_fail(c->op, FAULT_INPUT, S("on"), "日期须写成 2021-12-31 的样子");
    if (!policy_may(c->op, c->town, c->who, NULL, POLICY_SEE))
        return false;
    json_open(w, '{');
    json_put_text(w, S("on"), day_text(c->op, on));
    json_put_open(w, S("items"), '[');
    for (size_t i = 0; i < policies_count(c->api->config.policies); i++) {
        const struct policy *p = policies_at(c->api->config.policies, i);
        struct shelf shelf;
        if (!policy_shelf(c->tx, p, &shelf))
            return false;
        json_open(w, '{');
        write_head(c, p);
        write_versions(c, &shelf, on);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* ---- one table ----------------------------------------------------------------------------------------------- */

/* What may stand in a column: as the model says, or, where the input is a field of the ledger, as the ledger says. */
static void write_column(struct call *c, const struct policy_version *v, bool output, size_t column)
{
    struct json_out *w = &c->out;
    str text = dmn_column_text(v->decision, output, column), from = text;
    json_open(w, '{');
    json_put_text(w, S("name"), text);
    json_put_text(w, S("label"), dmn_column_label(v->decision, output, column));
    json_put_text(w, S("type"), dmn_column_type(v->decision, output, column));
    json_put_text(w, S("allowed"), dmn_column_allowed(v->decision, output, column));
    for (size_t i = 0; !output && i < v->policy->input_count; i++)
        if (str_eq(v->policy->inputs[i].name, text))
            from = v->policy->inputs[i].from;
    const struct field *f = output ? NULL : ledger_field(v->policy->ledger, from);
    if (!output)
        json_put_text(w, S("source"), from);
    json_put_open(w, S("choices"), '[');
    for (size_t i = 0; f && i < f->choice_count; i++)
        json_text(w, f->choices[i]);
    json_close(w, ']');
    json_close(w, '}');
}

static void write_table(struct call *c, const struct policy_version *v)
{
    struct json_out *w = &c->out;
    struct dmn_layout t;
    json_key(w, S("table"));
    if (!dmn_layout(v->decision, &t)) {
        json_null(w);
        return;
    }
    json_open(w, '{');
    json_put_text(w, S("decision"), dmn_element_name(v->decision));
    json_put_text(w, S("hit_policy"), t.hit_policy.n ? t.hit_policy : S("UNIQUE"));
    json_put_text(w, S("aggregation"), t.aggregation);
    for (int output = 0; output < 2; output++) {
        json_put_open(w, output ? S("outputs") : S("inputs"), '[');
        for (size_t i = 0; i < (output ? t.outputs : t.inputs); i++)
            write_column(c, v, output, i);
        json_close(w, ']');
    }
    json_put_open(w, S("rules"), '[');
    for (size_t r = 0; r < t.rules; r++) {
        json_open(w, '{');
        json_put_int(w, S("from"), (int64_t)r);
        json_put_open(w, S("cells"), '[');
        for (size_t i = 0; i < t.inputs; i++)
            json_text(w, dmn_part_text(v->decision, DMN_INPUT_CELL, r, i));
        for (size_t i = 0; i < t.outputs; i++)
            json_text(w, dmn_part_text(v->decision, DMN_OUTPUT_CELL, r, i));
        json_text(w, dmn_part_text(v->decision, DMN_RULE_NOTE, r, 0));
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

/* Without the file, which a page has no use for, and the line of the model; of a case the line is its row. */
static str trouble_where(const struct policy_version *v, const struct policy_trouble *t, bool of_case)
{
    if (of_case)
        return str_trim(str_part(t->where, v->cases_file.n, t->where.n));
    str where =
        str_starts(t->where, v->model_file) ? str_trim(str_part(t->where, v->model_file.n, t->where.n)) : t->where;
    str line, rest;
    return str_starts(where, S("第")) && str_split(where, ' ', &line, &rest) ? rest : where;
}

[[nodiscard]] static bool write_check(struct call *c, const struct policy_version *v)
{
    struct json_out *w = &c->out;
    struct policy_trouble *troubles;
    struct policy_cases sum;
    bool good = true;
    if (!policy_check(c->op, v, &troubles, &sum))
        return false;
    json_put_open(w, S("troubles"), '[');
    for (const struct policy_trouble *t = troubles; t; t = t->next) {
        bool of_case = v->cases_file.n && str_starts(t->where, v->cases_file);
        json_open(w, '{');
        json_put_text(w, S("where"), trouble_where(v, t, of_case));
        json_put_text(w, S("text"), t->text);
        json_put_text(w, S("example"), t->example);
        json_put_bool(w, S("blocks"), t->blocks);
        json_put_bool(w, S("case"), of_case);
        json_put_int(w, S("rule"), t->rule);
        json_put_int(w, S("column"), t->column);
        json_close(w, '}');
        good = good && !t->blocks;
    }
    json_close(w, ']');
    json_put_bool(w, S("good"), good);
    json_put_int(w, S("case_count"), sum.cases);
    json_put_int(w, S("case_passed"), sum.passed);
    json_put_int(w, S("rule_count"), (int64_t)sum.rules);
    json_put_int(w, S("rule_covered"), (int64_t)sum.covered);
    json_put_open(w, S("cases_by_rule"), '[');
    for (size_t i = 0; i < sum.rules; i++)
        json_int_out(w, sum.by_rule[i]);
    json_close(w, ']');
    return true;
}

[[nodiscard]] static bool write_cases(struct call *c, const struct policy_version *v)
{
    struct json_out *w = &c->out;
    struct csv_row *rows;
    size_t count;
    if (!policy_case_rows(c->op, v, &rows, &count))
        return false;
    json_put_open(w, S("cases"), '[');
    for (size_t i = 0; i < count; i++) {
        json_open(w, '[');
        for (size_t k = 0; k < rows[i].count; k++)
            json_text(w, rows[i].fields[k]);
        json_close(w, ']');
    }
    json_close(w, ']');
    return true;
}

bool policy_show(struct call *c)
{
    struct json_out *w = &c->out;
    struct asked a;
    if (!asked_by_query(c, POLICY_SEE, &a))
        return false;
    json_open(w, '{');
    write_head(c, a.policy);
    write_versions(c, &a.shelf, a.on);
    json_key(w, S("version"));
    write_version(c, a.version, a.on);
    json_put_open(w, S("inputs"), '[');
    for (size_t i = 0; i < a.policy->input_count; i++) {
        json_open(w, '{');
        json_put_text(w, S("name"), a.policy->inputs[i].name);
        json_put_text(w, S("from"), a.policy->inputs[i].from);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_put_text(w, S("amount"), a.version->amount);
    write_table(c, a.version);
    if (!write_check(c, a.version) || !write_cases(c, a.version))
        return false;
    json_close(w, '}');
    return true;
}

/* ---- editing ------------------------------------------------------------------------------------------------- */

bool policy_try(struct call *c)
{
    struct asked a;
    if (!policy_asked(c, POLICY_SEE, c->body, &a))
        return false;
    json_open(&c->out, '{');
    json_put_int(&c->out, S("changes"), (int64_t)a.changes);
    if (!write_check(c, a.version))
        return false;
    json_close(&c->out, '}');
    return true;
}

[[nodiscard]] static bool edition_days(struct call *c, str from, str until, struct edition_new *e)
{
    e->until = INT32_MAX;
    if (!day_parse(from, &e->from))
        return op_fail(c->op, FAULT_INPUT, S("from"), "请写明从哪天起生效，如 2022-01-01");
    return until.n == 0 || day_parse(until, &e->until) ||
           op_fail(c->op, FAULT_INPUT, S("until"), "“止”须写成 2022-12-31 的样子");
}

/* An edition carries its cases with it: the pack's may change under it. */
[[nodiscard]] static bool cases_of(struct call *c, const struct policy_version *v, str *ret)
{
    struct csv_row *rows;
    size_t count;
    *ret = v->cases_text;
    if (ret->n)
        return true;
    return policy_case_rows(c->op, v, &rows, &count) && (count == 0 || policy_cases_csv(c->op, rows, count, ret));
}

void policy_told(struct call *c, id record)
{
    c->told = (struct told){.ledger = town_ledger(c->town, S("政策表")), .record = record};
}

static void answer_edition(struct call *c, id edition)
{
    policy_told(c, edition);
    c->reply->status = 201;
    json_open(&c->out, '{');
    json_put_text(&c->out, S("version"), id_text(c->op, edition));
    json_close(&c->out, '}');
}

bool policy_save(struct call *c)
{
    struct asked a;
    struct edition_new e = {0};
    id edition;
    if (!policy_asked(c, POLICY_EDIT, c->body, &a) ||
        !edition_days(c, json_str(c->body, S("from")), json_str(c->body, S("until")), &e))
        return false;
    e.model_text = a.version->model_text;
    e.reason = json_str(c->body, S("reason"));
    if (!cases_of(c, a.version, &e.cases_text) || !edition_keep(c->tx, c->who, a.version, &e, &edition))
        return false;
    answer_edition(c, edition);
    return true;
}

bool policy_force(struct call *c)
{
    const struct policy *p;
    if (!policy_known(c, c->word, &p) || !policy_may(c->op, c->town, c->who, p, POLICY_FORCE) ||
        !edition_force(c->tx, c->who, p, c->id, json_str(c->body, S("reason"))))
        return false;
    policy_told(c, c->id);
    return true;
}

/* ---- Excel --------------------------------------------------------------------------------------------------- */

static bool send_book_of(struct call *c, const char *what,
                         bool write(struct op *op, const struct policy_version *v, str path))
{
    struct asked a;
    str path = made_path(c, ".xlsx");
    return asked_by_query(c, POLICY_SEE, &a) && write(c->op, a.version, path) &&
           send_workbook(c, path,
                         op_text(c->op, "%.*s%s（%.*s起）.xlsx", PS(a.policy->name), what,
                                 PS(day_text(c->op, a.version->from))));
}

bool policy_table_get(struct call *c)
{
    return send_book_of(c, "决策表", policy_table_write);
}

bool policy_table_put(struct call *c)
{
    struct asked a;
    struct edition_new e = {0};
    size_t changes;
    str path;
    id edition;
    if (!asked_by_query(c, POLICY_EDIT, &a) || !edition_days(c, http_query(c->request, S("from")), S(""), &e))
        return false;
    if (!uploaded_path(c, &path) || !policy_table_read(c->op, a.version, path, &e.model_text, &changes))
        return false;
    if (changes == 0)
        return op_fail(c->op, FAULT_INPUT, S("文件"), "表里没有改动");
    e.reason = op_text(c->op, "由 Excel 改回：%.*s", PS(upload_name(c)));
    if (!cases_of(c, a.version, &e.cases_text) || !edition_keep(c->tx, c->who, a.version, &e, &edition))
        return false;
    answer_edition(c, edition);
    return true;
}

bool policy_cases_get(struct call *c)
{
    return send_book_of(c, "用例", policy_cases_write);
}

/* The same table with the cases of the workbook, as a draft; what they come to is told with it. */
bool policy_cases_put(struct call *c)
{
    struct asked a;
    struct edition_new e = {0};
    str path;
    id edition;
    if (!asked_by_query(c, POLICY_EDIT, &a) || !edition_days(c, http_query(c->request, S("from")), S(""), &e) ||
        !uploaded_path(c, &path) || !policy_cases_read(c->op, a.version, path, &e.cases_text))
        return false;
    struct policy_version changed = *a.version;
    changed.cases_text = e.cases_text;
    changed.cases_file = S("用例");
    e.model_text = a.version->model_text;
    e.reason = op_text(c->op, "用例由 Excel 收回：%.*s", PS(upload_name(c)));
    if (!edition_keep(c->tx, c->who, a.version, &e, &edition))
        return false;
    c->reply->status = 201;
    json_open(&c->out, '{');
    json_put_text(&c->out, S("version"), id_text(c->op, edition));
    if (!write_check(c, &changed))
        return false;
    json_close(&c->out, '}');
    return true;
}

/* ---- other editors ------------------------------------------------------------------------------------------- */

/* As DMN 1.3, which dmn-js opens. */
bool policy_model_get(struct call *c)
{
    struct asked a;
    str text;
    if (!asked_by_query(c, POLICY_SEE, &a) || !dmn_write_for_editors(c->op, a.version->model, &text))
        return false;
    http_attachment(c->reply,
                    op_text(c->op, "%.*s（%.*s起）.dmn", PS(a.policy->name), PS(day_text(c->op, a.version->from))));
    c->answered = true;
    c->reply->type = S("application/xml; charset=utf-8");
    c->reply->body = text;
    return true;
}

/* And back: a draft like any other. */
bool policy_model_put(struct call *c)
{
    struct asked a;
    struct policy_version *changed;
    struct edition_new e = {0};
    str path, text;
    id edition;
    if (!asked_by_query(c, POLICY_EDIT, &a) || !edition_days(c, http_query(c->request, S("from")), S(""), &e) ||
        !uploaded_path(c, &path) || !file_read(c->op, path, POLICY_EDITION_BYTES_MAX, &text) ||
        !policy_model_apply(c->op, a.version, text, &changed))
        return false;
    e.model_text = changed->model_text;
    e.reason = op_text(c->op, "由别的编辑器改回：%.*s", PS(upload_name(c)));
    if (!cases_of(c, a.version, &e.cases_text) || !edition_keep(c->tx, c->who, changed, &e, &edition))
        return false;
    answer_edition(c, edition);
    return true;
}
