/* The sheet that an office sends up, as its pack declares it:
 *
 *     "表头": ["序号", {"头": "户主姓名", "栏": "户.户主"}, {"头": "身份证号", "栏": "户.户主.证件号"},
 *              {"头": "金额（元）", "栏": "核定金额", "合计": true}, {"头": "领取人签字"}],
 *     "表": {"名": "冬春救助资金发放花名册", "计量": "户、人、元", "期间": "批次", "落款": ["单位负责人", "制表人"]}
 *
 * One list of columns for exports, blank forms, imports and pages. */
#include "ledger/define.h"
#include "ledger/excel.h"

enum { SHEET_COLUMNS_MAX = 200, SIGNS_MAX = 8, LISTED_MAX = 50 };

static const struct member column_members[] = {{SC("头"), JSON_STRING, true},
                                               {SC("栏"), JSON_STRING, false},
                                               {SC("算"), JSON_STRING, false},
                                               {SC("列"), JSON_OBJECT, false},
                                               {SC("寻"), JSON_STRING, false},
                                               {SC("组"), JSON_STRING, false},
                                               {SC("合计"), JSON_TRUE, false}};
static const struct member list_members[] = {{SC("台账"), JSON_STRING, true},
                                             {SC("按"), JSON_STRING, true},
                                             {SC("写"), JSON_STRING, true},
                                             {SC("条件"), JSON_STRING, false},
                                             {SC("取"), JSON_NUMBER, false}};
static const struct member sheet_members[] = {{SC("名"), JSON_STRING, false},
                                              {SC("计量"), JSON_STRING, false},
                                              {SC("期间"), JSON_STRING, false},
                                              {SC("落款"), JSON_ARRAY, false}};

/* Of a column heading written where it is not said which field it is. */
static bool is_serial(str heading)
{
    return str_eq(heading, EXCEL_SERIAL) || str_eq(heading, S("*"));
}

static bool period_fits(const struct field *f)
{
    return f->column >= 0 && (f->type == F_DAY || f->type == F_TIME || f->type == F_MONTH || f->type == F_YEAR ||
                              f->type == F_PERIOD || f->type == F_REF);
}

static void scopes_read(struct reader *r, struct ledger *l, const struct json *list)
{
    static const struct member members[] = {{SC("词"), JSON_ARRAY, true}, {SC("条件"), JSON_STRING, true}};
    struct title_scope *scopes = op_array(r->op, struct title_scope, list ? list->count : 0);
    for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
        struct title_scope *s = &scopes[l->scope_count];
        if (!members_check(r, j, members, COUNT(members), "题目"))
            continue;
        *s = (struct title_scope){.where = json_str(j, S("条件")), .line = j->line};
        s->words = texts(r, j, S("词"), &s->word_count);
        l->scope_count++;
    }
    l->scopes = scopes;
}

bool sheet_read(struct reader *r, struct plan *p, const struct json *root)
{
    struct ledger *l = &p->def;
    const struct json *list = json_get(root, S("表头")), *sheet = json_get(root, S("表"));
    bool ok = true;
    scopes_read(r, l, json_get(root, S("题目")));
    p->sheet_json = list;
    p->list_json = json_get(root, S("列表"));
    if (list && list->count > SHEET_COLUMNS_MAX)
        return wrong(r, list->line, "表头最多 %d 栏", SHEET_COLUMNS_MAX);
    for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
        if (j->kind == JSON_STRING && j->text.n)
            continue;
        if (j->kind != JSON_OBJECT)
            ok = wrong(r, j->line, "“表头”的每一项须是栏名（加引号），或写明“头”和“栏”的对象");
        else
            ok = members_check(r, j, column_members, COUNT(column_members), "表头的一栏") && ok;
    }
    ok = spread_read(r, l, root) && ok;
    if (!sheet)
        return ok;
    if (!members_check(r, sheet, sheet_members, COUNT(sheet_members), "表"))
        return false;
    l->sheet.name = json_str(sheet, S("名"));
    ok = allowed_check(r, line_of(sheet, S("名")), l->sheet.name, true) && ok;
    l->sheet.counted_in = json_str(sheet, S("计量"));
    const struct json *signs = json_get(sheet, S("落款"));
    str *words = op_array(r->op, str, SIGNS_MAX);
    for (const struct json *j = signs ? signs->first : NULL; j; j = j->next) {
        if (l->sheet.sign_count == SIGNS_MAX)
            return wrong(r, j->line, "落款最多 %d 项", SIGNS_MAX);
        /* A sheet that comes back must not take this line for a record. */
        if (l->sheet.sign_count == 0 && !excel_is_ending(r->op, op_text(r->op, "%.*s：", PS(j->text))))
            ok = wrong(r, j->line, "落款的第一项“%.*s”认不出来；请用 单位负责人、统计负责人、填表人、制表人、审核人、经办人 之一开头", PS(j->text));
        words[l->sheet.sign_count++] = j->text;
    }
    l->sheet.signs = words;
    str period = json_str(sheet, S("期间"));
    if (period.n) {
        l->sheet.period = ledger_field(l, period);
        if (!l->sheet.period)
            return wrong(r, line_of(sheet, S("期间")), "“期间”的“%.*s”不是本台账的字段；请改正名字", PS(period));
    }
    return ok;
}

/* ---- linking ----------------------------------------------------------------------------------------------------- */

struct reaches {
    const struct reach **p;
    size_t n, cap;
};

static const struct field *field_or_alias(const struct ledger *l, str heading)
{
    const struct field *f = ledger_field(l, heading);
    for (size_t i = 0; !f && i < l->field_count; i++)
        for (size_t k = 0; k < l->fields[i].alias_count && !f; k++)
            if (str_eq(l->fields[i].aliases[k], heading))
                f = &l->fields[i];
    return f;
}

static const struct reach *reach_keep(struct op *op, struct reaches *list, const struct reach *reach)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->p[i]->name, reach->name))
            return list->p[i];
    struct reach *kept = op_new(op, struct reach);
    *kept = *reach;
    *list_add(op, list) = kept;
    return kept;
}

/* duties §9, X6: what is public must not carry a full number of a person or an account of another ledger either. */
static bool reach_allowed(struct reader *r, const struct plan *p, int line, const struct reach *reach)
{
    if (str_eq(p->def.secrecy, S("公开")) && reach->end->sensitive)
        return wrong(r, line, "公开台账的表里不能有“%.*s”：它在“%.*s”里是敏感字段", PS(reach->name), PS(reach->of->name));
    if (!excel_carries(reach->end))
        return wrong(r, line, "“%.*s”是%.*s，放不进一格；请换一个字段", PS(reach->name), PS(field_type_names[reach->end->type]));
    return true;
}

static bool reach_named(struct reader *r, struct plan *p, int line, str name, struct reaches *list,
                        const struct reach **ret)
{
    struct reach reach;
    str why;
    if (!reach_find(r->op, p, name, &reach, &why))
        return wrong(r, line, "“%.*s”：%.*s", PS(name), PS(why));
    *ret = reach_keep(r->op, list, &reach);
    return reach_allowed(r, p, line, &reach);
}

/* No field is called so. */
static str made_name(struct op *op, str heading)
{
    return op_text(op, "=%.*s", PS(heading));
}

/* What a reach shows that is an expression: its kind decides how it stands in a cell. NULL: it gives nothing that stands in one. */
static const struct field *formula_field(struct op *op, const struct feel *tree, str name, int line)
{
    static const struct {
        enum feel_kind kind;
        enum field_type value;
        int size;
    } kinds[] = {{FEEL_TEXT, F_TEXT, CHECK_TEXT_MAX}, {FEEL_NUMBER, F_DECIMAL, 2}, {FEEL_DATE, F_DAY, 0}, {FEEL_BOOL, F_BOOL, 0}};
    struct feel_note *notes = NULL;
    const struct feel_type *type = feel_check(op, tree, &notes);
    for (size_t i = 0; type && i < COUNT(kinds); i++)
        if (type->kind == kinds[i].kind) {
            struct field *f = op_new(op, struct field);
            *f = (struct field){.name = name, .type = F_COMPUTED, .value = kinds[i].value, .size = kinds[i].size, .column = -1, .line = line};
            return f;
        }
    return NULL;
}

/* 算: shown on the sheet only. */
static bool formula_link(struct reader *r, struct plan *p, const struct json *j, struct reaches *list,
                         const struct reach **ret)
{
    struct feel *tree;
    str heading = json_str(j, S("头"));
    int line = line_of(j, S("算"));
    if (!expression(r, p, line, "表头的算式", json_str(j, S("算")), NULL, &tree))
        return false;
    const struct field *f = formula_field(r->op, tree, heading, line);
    if (!f)
        return wrong(r, line, "表头的算式“%.*s”须得出文字、数、日期或是否", PS(json_str(j, S("算"))));
    *ret = reach_keep(r->op, list, &(struct reach){.name = made_name(r->op, heading), .end = f, .formula = tree});
    return true;
}

bool ledger_expression(struct op *op, const struct ledger *l, str text, const struct reach **ret)
{
    const struct plan *p = plan_of(l);
    struct feel_note *notes = NULL;
    struct feel *tree;
    if (!feel_parse(op, text, reach_scope(op, p, text), &tree))
        return false;
    (void)feel_check(op, tree, &notes);
    const struct field *f = notes ? NULL : formula_field(op, tree, text, 0);
    if (!f)
        return op_fail(op, FAULT_INPUT, l->name, "算式“%.*s”%.*s", PS(text), PS(notes ? notes->text : S("须得出文字、数、日期或是否")));
    struct reach *made = op_new(op, struct reach);
    *made = (struct reach){.name = made_name(op, text), .end = f, .formula = tree};
    *ret = made;
    return true;
}

/* Those of `from` that refer by `by`, each as 写 says, of those that 条件 holds for. */
static bool listed_make(struct reader *r, const struct plan *from, const struct field *by, const struct json *said, int most, str heading,
                        struct reach **ret)
{
    struct feel *text, *condition = NULL;
    struct sql trial;
    str reason, where = json_str(said, S("条件"));
    if (!expression(r, from, line_of(said, S("写")), "“列”的写法", json_str(said, S("写")), &feel_text, &text) ||
        (where.n && !expression(r, from, line_of(said, S("条件")), "“列”的条件", where, &feel_bool, &condition)))
        return false;
    sql_init(&trial, r->op);
    if (condition && !sql_condition(&trial, from, condition, S("t"), &reason))
        return wrong(r, line_of(said, S("条件")), "“列”的条件“%.*s”不能在数据库里计算：%.*s", PS(where), PS(reason));
    struct reach_list *listed = op_new(r->op, struct reach_list);
    *listed = (struct reach_list){.from = &from->def, .by = by, .where = condition, .most = most};
    struct field *f = op_new(r->op, struct field);
    *f = (struct field){.name = heading, .type = F_COMPUTED, .value = F_LONG, .column = -1, .line = said->line};
    *ret = op_new(r->op, struct reach);
    **ret = (struct reach){.name = made_name(r->op, heading), .end = f, .formula = text, .list = listed};
    return true;
}

/* 写 of a 子 field: by the field of the other ledger that refers to this one. */
bool children_link(struct reader *r, struct plan *p)
{
    bool ok = true;
    for (size_t i = 0; i < p->def.field_count; i++) {
        struct field *f = (struct field *)&p->def.fields[i];
        const struct plan *from = f->type == F_CHILDREN && json_get(f->said, S("写")) ? plan_named(r->town, f->target) : NULL;
        const struct field *by = NULL, *choice = from ? ledger_field(&from->def, json_str(f->said, S("写"))) : NULL;
        struct reach *made;
        if (!from)
            continue;
        for (size_t k = from->def.field_count; k-- > 0;)
            if (from->def.fields[k].type == F_REF && plan_named(r->town, from->def.fields[k].target) == p)
                by = &from->def.fields[k];
        if (!listed_make(r, from, by, f->said, LISTED_MAX, f->name, &made))
            return false;
        f->written = made;
        for (size_t k = 0; k < f->asked_count; k++)
            if (!choice || choice->type != F_ENUM || !text_in(f->asked[k], choice->choices, choice->choice_count))
                ok = wrong(r, f->line, "字段“%.*s”问的“%.*s”须是“写”的那个“枚”字段的选项", PS(f->name), PS(f->asked[k]));
    }
    return ok;
}

/* 列: what refers to the record, each in its words, in one cell. */
static bool list_link(struct reader *r, struct plan *p, const struct json *j, struct reaches *list,
                      const struct reach **ret)
{
    const struct json *said = json_get(j, S("列"));
    str heading = json_str(j, S("头"));
    int64_t most = LISTED_MAX;
    if (!members_check(r, said, list_members, COUNT(list_members), "列"))
        return false;
    const struct plan *from = plan_named(r->town, json_str(said, S("台账")));
    const struct field *by = from ? ledger_field(&from->def, json_str(said, S("按"))) : NULL;
    if (!from || !by || by->type != F_REF || plan_named(r->town, by->target) != p)
        return wrong(r, said->line, "“列”的“按”须是那本台账里引用“%.*s”的字段；请核对“台账”和“按”", PS(p->def.name));
    if (json_get(said, S("取")) && (!json_int(json_get(said, S("取")), &most) || most < 1 || most > LISTED_MAX))
        return wrong(r, line_of(said, S("取")), "“取”须是 1 到 %d", LISTED_MAX);
    struct reach *made;
    if (!listed_make(r, from, by, said, (int)most, heading, &made))
        return false;
    *ret = reach_keep(r->op, list, made);
    return true;
}

/* 寻: the own field keeps what was written; what it means is found by it too. */
static bool finds_link(struct reader *r, struct plan *p, const struct json *j, struct reaches *list,
                       struct sheet_column *c)
{
    int line = line_of(j, S("寻"));
    if (!c->field)
        return wrong(r, line, "“寻”只用在本台账自己的栏上；别的台账的栏本来就用来寻找");
    if (!reach_named(r, p, line, json_str(j, S("寻")), list, &c->finds))
        return false;
    if (c->finds->step_count == 0 || c->finds->steps[0] < 0)
        return wrong(r, line, "“寻”须从一个引用字段走起；例：户.户主.证件号");
    return c->finds->end->value == c->field->value || wrong(r, line, "“%.*s”和“%.*s”不是同一类型", PS(c->finds->name), PS(c->field->name));
}

/* 户号 in the heading of a roll of people is their household's: 归属 says through which field. */
static str home_path(struct op *op, const struct plan *p, str heading)
{
    str first, rest;
    str_split(p->def.group_path, '|', &first, &rest);
    str_split(first, '.', &first, &rest);
    const struct field *f = first.n ? ledger_field(&p->def, first) : NULL;
    const struct plan *home = f ? plan_of(town_ledger(p->town, f->target)) : NULL;
    return home && ledger_field(&home->def, heading) ? op_text(op, "%.*s.%.*s", PS(first), PS(heading)) : (str){0};
}

static bool column_link(struct reader *r, struct plan *p, const struct json *j, struct reaches *list,
                        struct sheet_column *c)
{
    bool object = j->kind == JSON_OBJECT;
    str heading = object ? json_str(j, S("头")) : j->text, name = object ? json_str(j, S("栏")) : j->text;
    *c = (struct sheet_column){.heading = heading, .above = object ? json_str(j, S("组")) : S(""),
                               .adds = object && json_true(j, S("合计"))};
    if (!allowed_check(r, j->line, heading, false) || !allowed_check(r, j->line, c->above, false))
        return false;
    bool computed = object && json_get(j, S("算")), listed = object && json_get(j, S("列"));
    if ((name.n > 0) + computed + listed > 1)
        return wrong(r, j->line, "“%.*s”只能写“栏”“算”“列”之一", PS(heading));
    if (computed || listed) {
        if (!(computed ? formula_link : list_link)(r, p, j, list, &c->reach))
            return false;
    } else if (name.n) {
        size_t at;
        c->field = field_or_alias(&p->def, name);
        if (c->field && !excel_carries(c->field))
            return wrong(r, j->line, "“%.*s”是%.*s，放不进一格；请换一个字段，或只写“头”留给人填", PS(name),
                         PS(field_type_names[c->field->type]));
        str home = c->field || str_find(name, S("."), &at) ? S("") : home_path(r->op, p, name);
        if (!c->field && !reach_named(r, p, j->line, home.n ? home : name, list, &c->reach))
            return false;
        if (!object && !c->field && str_find(name, S("."), &at))
            c->heading = c->reach->end->name;
    }
    if (object && json_get(j, S("寻")) && !finds_link(r, p, j, list, c))
        return false;
    const struct field *f = c->field ? c->field : c->reach ? c->reach->end : NULL;
    if (c->adds && (!f || (f->value != F_INT && f->value != F_DECIMAL && f->value != F_MONEY)))
        return wrong(r, j->line, "“%.*s”不是能相加的数，不能合计", PS(heading));
    return true;
}

/* What the sheet that comes back is read by: each heading says one thing. */
static bool headings_differ(struct reader *r, const struct plan *p, const struct sheet_column *columns, size_t count)
{
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        const struct sheet_column *c = &columns[i];
        for (size_t k = 0; k < i; k++)
            if (str_eq(c->heading, columns[k].heading) && str_eq(c->above, columns[k].above))
                ok = wrong(r, p->sheet_json->line, "表头里有两栏“%.*s”，交回来时分不清；请改名，或用“组”分开", PS(c->heading));
        const struct field *same = ledger_field(&p->def, c->heading);
        if (same && excel_carries(same) && c->field != same && !c->above.n)
            ok = wrong(r, p->sheet_json->line, "表头的“%.*s”和本台账的同名字段不是一回事，交回来时分不清；请改名", PS(c->heading));
    }
    return ok;
}

bool sheet_link(struct reader *r, struct plan *p)
{
    struct ledger *l = &p->def;
    struct reaches reaches = {0};
    bool ok = true;
    struct sheet_column *columns = op_array(r->op, struct sheet_column, p->sheet_json ? p->sheet_json->count : 0);
    size_t n = 0;
    for (const struct json *j = p->sheet_json ? p->sheet_json->first : NULL; j; j = j->next) {
        if (j->kind == JSON_STRING && is_serial(j->text))
            continue;
        if (!column_link(r, p, j, &reaches, &columns[n])) {
            ok = false;
            continue;
        }
        n++;
    }
    for (const struct json *j = p->list_json ? p->list_json->first : NULL; j; j = j->next) {
        const struct reach *reach;
        if (!ledger_field(l, j->text))
            ok = reach_named(r, p, j->line, j->text, &reaches, &reach) && ok;
    }
    if (l->sheet.period && !period_fits(l->sheet.period))
        ok = wrong(r, l->sheet.period->line, "“期间”的“%.*s”须是存着的 日、时、月、年、期 或 引 字段", PS(l->sheet.period->name));
    l->sheet.columns = columns;
    l->sheet.column_count = n;
    l->reaches = reaches.p;
    l->reach_count = reaches.n;
    return (!p->sheet_json || headings_differ(r, p, columns, n)) && ok;
}

const struct reach *ledger_reach(const struct ledger *l, str name)
{
    for (size_t i = 0; i < l->reach_count; i++)
        if (str_eq(l->reaches[i]->name, name))
            return l->reaches[i];
    return NULL;
}
