/* Policies from their files: definition, models, and the checks that stand before force. */
#include "base/xml.h"
#include "policy/inner.h"

struct reader {
    struct op *op;
    const struct town *town;
    str folder, file, pack; /* packs/<pack>/policies, the file shown in faults */
};

[[nodiscard]] static bool refuse(struct reader *r, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool refuse(struct reader *r, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(r->op, format, args);
    va_end(args);
    return op_fail(r->op, FAULT_INPUT, op_text(r->op, "%.*s 第%d行", PS(r->file), line), "%.*s", PS(text));
}

/* Every member is one of these names. */
[[nodiscard]] static bool only(struct reader *r, const struct json *object, const char *names)
{
    for (const struct json *m = object->first; m; m = m->next) {
        size_t at;
        str wanted = op_text(r->op, " %.*s ", PS(m->key));
        if (!str_find(str_z(names), wanted, &at))
            return refuse(r, m->line, "没有「%.*s」这一项，可写的有：%s", PS(m->key), names);
    }
    return true;
}

[[nodiscard]] static bool ledger_of(struct reader *r, const struct json *object, const struct ledger **ret)
{
    str name = json_str(object, S("台账"));
    *ret = town_ledger(r->town, name);
    return *ret || refuse(r, object->line, "没有台账「%.*s」，请核对名称", PS(name));
}

/* 条件 of the whole or of members. */
[[nodiscard]] static bool condition_read(struct reader *r, const struct ledger *l, str where, int line)
{
    str trouble;
    return where.n == 0 || ledger_condition(r->op, l, where, &trouble) ||
           refuse(r, line, "“条件”写得不对：%.*s", PS(trouble));
}

[[nodiscard]] static bool members_read(struct reader *r, const struct json *list, struct policy *p)
{
    struct policy_members *members = op_array(r->op, struct policy_members, (list ? list->count : 0) + 1);
    for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
        struct policy_members *m = &members[p->member_count++];
        const struct json *fields = json_get(j, S("项"));
        *m = (struct policy_members){
            .name = json_str(j, S("名")), .by = json_str(j, S("按")), .where = json_str(j, S("条件")), .line = j->line};
        if (!only(r, j, " 名 台账 按 条件 项 ") || !ledger_of(r, j, &m->ledger))
            return false;
        const struct field *by = ledger_field(m->ledger, m->by);
        if (!feel_name_valid(m->name) || !by || by->type != F_REF || !str_eq(by->target, p->ledger->name))
            return refuse(r, j->line, "成员须有名，“按”须是台账「%.*s」里引用「%.*s」的字段", PS(m->ledger->name), PS(p->ledger->name));
        if (!condition_read(r, m->ledger, m->where, j->line))
            return false;
        m->fields = op_array(r->op, const struct field *, (fields ? fields->count : 0) + 1);
        for (const struct json *f = fields ? fields->first : NULL; f; f = f->next) {
            m->fields[m->field_count] = ledger_field(m->ledger, f->text);
            if (!m->fields[m->field_count++])
                return refuse(r, f->line, "台账「%.*s」没有字段「%.*s」", PS(m->ledger->name), PS(f->text));
        }
    }
    p->members = members;
    return true;
}

[[nodiscard]] static bool inputs_read(struct reader *r, const struct json *list, struct policy *p)
{
    if (!list || list->count == 0 || list->count > POLICY_INPUTS_MAX)
        return refuse(r, list ? list->line : 1, "“输入”须有1到%d项", POLICY_INPUTS_MAX);
    struct policy_input *inputs = op_array(r->op, struct policy_input, list->count);
    for (const struct json *j = list->first; j; j = j->next) {
        if (!only(r, j, " 名 取 "))
            return false;
        inputs[p->input_count++] = (struct policy_input){json_str(j, S("名")), json_str(j, S("取")), j->line};
        if (inputs[p->input_count - 1].name.n == 0 || inputs[p->input_count - 1].from.n == 0)
            return refuse(r, j->line, "每项输入须写“名”和“取”");
        if (!input_parses(r->op, p, &inputs[p->input_count - 1]))
            return refuse(r, j->line, "输入「%.*s」的“取”读不懂，请改正", PS(inputs[p->input_count - 1].name));
    }
    p->inputs = inputs;
    return true;
}

[[nodiscard]] static bool day_read(struct reader *r, const struct json *object, str name, day usual, day *ret)
{
    str text = json_str(object, name);
    *ret = usual;
    return text.n == 0 || day_parse(text, ret) || refuse(r, object->line, "“%.*s”须是日期，如 2021-10-01", PS(name));
}

[[nodiscard]] static bool version_read(struct reader *r, const struct json *j, struct policy *p,
                                       struct policy_version *v)
{
    *v = (struct policy_version){.policy = p,
                                 .amount = json_str(j, S("金额")),
                                 .included = json_str(j, S("纳入")),
                                 .doubtful = json_str(j, S("待核")),
                                 .line = j->line,
                                 .model_file = op_text(r->op, "%.*s/%.*s", PS(r->folder), PS(json_str(j, S("模型"))))};
    str cases = json_str(j, S("用例"));
    v->cases_file = cases.n ? op_text(r->op, "%.*s/%.*s", PS(r->folder), PS(cases)) : S("");
    if (!only(r, j, " 生效 止 模型 决策 金额 纳入 待核 用例 说明 ") || !day_read(r, j, S("生效"), INT32_MIN, &v->from) ||
        !day_read(r, j, S("止"), INT32_MAX, &v->until))
        return false;
    if (v->from == INT32_MIN || v->until < v->from)
        return refuse(r, j->line, "版本须写“生效”日期，“止”不能早于它");
    struct dmn_doc doc = {.where = v->model_file};
    if (!file_read(r->op, v->model_file, POLICY_FILE_BYTES_MAX, &doc.text) ||
        !xml_text(r->op, doc.text, v->model_file, &doc.text) || !dmn_load(r->op, &doc, 1, &v->model))
        return false;
    v->model_text = doc.text;
    v->decision = dmn_decision(v->model, json_str(j, S("决策")));
    if (!v->decision)
        return refuse(r, j->line, "模型里没有决策「%.*s」", PS(json_str(j, S("决策"))));
    const struct dmn_element *const *inputs;
    size_t count;
    dmn_inputs(v->model, &inputs, &count);
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < p->input_count && !str_eq(p->inputs[k].name, dmn_element_name(inputs[i])))
            k++;
        if (k == p->input_count)
            return refuse(r, j->line, "模型的输入「%.*s」在“输入”里没有写从哪里取", PS(dmn_element_name(inputs[i])));
    }
    return true;
}

[[nodiscard]] static bool versions_read(struct reader *r, const struct json *list, struct policy *p)
{
    if (!list || list->count == 0)
        return refuse(r, 1, "“版本”至少要有一个");
    struct policy_version *versions = op_array(r->op, struct policy_version, list->count);
    for (const struct json *j = list->first; j; j = j->next) {
        struct policy_version *v = &versions[p->version_count++];
        if (!version_read(r, j, p, v))
            return false;
        if (p->version_count > 1 && v[-1].until >= v->from)
            return refuse(r, j->line, "版本须按生效日期先后写，且前一版的“止”要早于后一版的“生效”");
    }
    p->versions = versions;
    return true;
}

/* Nobody could clear the doubts of a line that has no ledger. */
[[nodiscard]] static bool clearing_read(struct reader *r, const struct json *json, struct policy *p)
{
    const struct json *line = json_get(json, S("核定"));
    p->cleared_by = line ? line->text : p->ledger->line_of_work;
    for (size_t i = 0; i < town_ledger_count(r->town); i++)
        if (str_eq(town_ledger_at(r->town, i)->line_of_work, p->cleared_by))
            return true;
    return refuse(r, line ? line->line : 1, "“核定”须是业务条线的名称，没有「%.*s」这个条线", PS(p->cleared_by));
}

[[nodiscard]] static bool clearer_condition(struct reader *r, const struct json *j, const char *ledger, str *ret)
{
    const struct ledger *l = town_ledger(r->town, str_z(ledger));
    str trouble;
    *ret = json_str(j, str_z(ledger));
    if (ret->n == 0)
        return true;
    if (!l)
        return refuse(r, j->line, "镇里没有台账“%s”，“核定岗”不能按它写条件", ledger);
    return ledger_condition(r->op, l, *ret, &trouble) ||
           refuse(r, j->line, "“核定岗”的“%s”写得不对：%.*s", ledger, PS(trouble));
}

[[nodiscard]] static bool clearers_read(struct reader *r, const struct json *list, struct policy *p)
{
    struct policy_clearer *c = op_array(r->op, struct policy_clearer, (list ? list->count : 0) + 1);
    p->clearers = c;
    for (const struct json *j = list ? list->first : NULL; j; j = j->next, c++) {
        *c = (struct policy_clearer){.doubt = json_str(j, S("疑点")), .by = json_str(j, S("由"))};
        if (!only(r, j, " 疑点 由 岗位 干部 生效 止 ") || !day_read(r, j, S("生效"), INT32_MIN, &c->from) ||
            !day_read(r, j, S("止"), INT32_MAX, &c->until) || !clearer_condition(r, j, "岗位", &c->post) ||
            !clearer_condition(r, j, "干部", &c->staff))
            return false;
        if (c->by.n == 0 || c->from == INT32_MIN || c->until < c->from || (c->post.n == 0 && c->staff.n == 0))
            return refuse(r, j->line, "“核定岗”每项须写“由”、“生效”，和“岗位”或“干部”的条件；“止”不能早于“生效”");
        p->clearer_count++;
    }
    return true;
}

[[nodiscard]] static bool policy_read(struct reader *r, struct policies *all)
{
    struct policy *p = op_new(r->op, struct policy);
    struct json *json;
    if (!json_file(r->op, r->file, r->file, POLICY_FILE_BYTES_MAX, &json))
        return false;
    if (json->kind != JSON_OBJECT || !only(r, json, " $schema 政策 英文名 说明 核定 核定岗 总体 成员 输入 版本 "))
        return json->kind == JSON_OBJECT ? false : refuse(r, 1, "须是一个对象");
    const struct json *whole = json_get(json, S("总体"));
    *p = (struct policy){.name = json_str(json, S("政策")),
                         .english = json_str(json, S("英文名")),
                         .pack = r->pack,
                         .file = r->file,
                         .note = json_str(json, S("说明"))};
    if (p->name.n == 0 || p->english.n == 0 || !whole)
        return refuse(r, 1, "须写“政策”“英文名”“总体”");
    str basis;
    if (!ledger_thing_lawful(r->op, p->name, &basis))
        return refuse(r, 1, "不得设立政策“%.*s”：%.*s；请删去", PS(p->name), PS(basis));
    if (!only(r, whole, " 台账 条件 分组 ") || !ledger_of(r, whole, &p->ledger) || !clearing_read(r, json, p))
        return false;
    p->where = json_str(whole, S("条件"));
    if (!condition_read(r, p->ledger, p->where, whole->line))
        return false;
    p->group = json_str(whole, S("分组"));
    const struct ledger *grouped = p->ledger;
    str group = p->group;
    if (str_split(group, '.', &p->group_via, &p->group)) {
        const struct field *via = ledger_field(p->ledger, p->group_via);
        grouped = via && via->type == F_REF ? town_ledger(r->town, via->target) : NULL;
    } else {
        p->group_via = S("");
        p->group = group;
    }
    if (group.n && (!grouped || !ledger_field(grouped, p->group)))
        return refuse(r, whole->line, "台账「%.*s」没有可以分组的「%.*s」", PS(p->ledger->name), PS(group));
    if (!clearers_read(r, json_get(json, S("核定岗")), p) || !members_read(r, json_get(json, S("成员")), p) ||
        !inputs_read(r, json_get(json, S("输入")), p) || !versions_read(r, json_get(json, S("版本")), p) ||
        !policy_lawful(r->op, r->town, p))
        return false;
    if (policy_find(all, p->name) || policy_find(all, p->english))
        return refuse(r, 1, "已有同名的政策「%.*s」", PS(p->name));
    *list_add(r->op, all) = p;
    return true;
}

bool policies_load(struct op *op, const struct town *town, str packs_folder, struct policies **ret)
{
    struct policies *all = op_new(op, struct policies);
    struct pack_file *files;
    size_t count;
    bool good = true;
    if (!pack_files(op, packs_folder, S("policies"), S(".json"), &files, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct reader r = {
            .op = op, .town = town, .pack = files[i].pack, .folder = files[i].folder, .file = files[i].path};
        good = policy_read(&r, all) && good; /* the others are still read, so that all faults are told at once */
    }
    *ret = all;
    return good;
}

size_t policies_count(const struct policies *p)
{
    return p->n;
}

const struct policy *policies_at(const struct policies *p, size_t i)
{
    must(i < p->n);
    return p->p[i];
}

const struct policy *policy_find(const struct policies *p, str name)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->p[i]->name, name) || str_eq(p->p[i]->english, name))
            return p->p[i];
    return NULL;
}

const struct policy_version *policy_version_on(const struct policy *p, day on)
{
    for (size_t i = 0; i < p->version_count; i++)
        if (p->versions[i].from <= on && on <= p->versions[i].until)
            return &p->versions[i];
    return NULL;
}

bool version_sound(struct op *op, const struct policy_version *v)
{
    struct policy_trouble *troubles;
    struct policy_cases cases;
    if (!policy_check(op, v, &troubles, &cases))
        return false;
    bool good = true;
    for (const struct policy_trouble *t = troubles; t; t = t->next)
        if (t->blocks)
            good = op_fail(op, FAULT_CONFLICT, t->where, "%.*s%s%.*s", PS(t->text), t->example.n ? "；例如 " : "",
                           PS(t->example));
    return good;
}

bool policy_in_force(struct op *op, const struct policy *p, day on, const struct policy_version **ret)
{
    const struct policy_version *v = policy_version_on(p, on);
    if (!v)
        return op_fail(op, FAULT_MISSING, p->name, "%.*s没有生效的版本", PS(day_text(op, on)));
    if (!version_sound(op, v))
        return false;
    *ret = v;
    return true;
}
