/* Definitions: pack files into plans. Two passes: every file into its ledger, then the references between ledgers and
 * the expressions, which need all of them. Everything wrong is reported in one go, with file, line and cure. */
#include "ledger/define.h"

#include <stdlib.h>

/* ---- field types: one row each ---------------------------------------------------------------------------------- */

enum tail { TAIL_NONE, TAIL_NUMBER, TAIL_TARGET }; /* what may follow the notation */

const str field_type_names[F_TYPES] = {
    [F_TEXT] = SC("文"),         [F_LONG] = SC("长文"),       [F_INT] = SC("整"),        [F_DECIMAL] = SC("数"),
    [F_MONEY] = SC("元"),        [F_RATIO] = SC("率"),        [F_DAY] = SC("日"),        [F_TIME] = SC("时"),
    [F_MONTH] = SC("月"),        [F_YEAR] = SC("年"),         [F_PERIOD] = SC("期"),     [F_BOOL] = SC("否"),
    [F_ENUM] = SC("枚"),         [F_ENUMS] = SC("多枚"),      [F_REF] = SC("引"),        [F_REFS] = SC("多引"),
    [F_CHILDREN] = SC("子"),     [F_PHOTOS] = SC("图"),       [F_FILES] = SC("附"),      [F_SIGNATURE] = SC("签"),
    [F_PLACE] = SC("坐"),        [F_SERIAL] = SC("号"),       [F_COMPUTED] = SC("算"),   [F_CITIZEN_ID] = SC("证"),
    [F_CREDIT_CODE] = SC("信"),  [F_PHONE] = SC("电"),        [F_BANK_CARD] = SC("卡"),  [F_CODE] = SC("码"),
};

static const enum tail tails[F_TYPES] = {
    [F_TEXT] = TAIL_NUMBER,  [F_DECIMAL] = TAIL_NUMBER, [F_PHOTOS] = TAIL_NUMBER,   [F_FILES] = TAIL_NUMBER,
    [F_REF] = TAIL_TARGET,   [F_REFS] = TAIL_TARGET,    [F_CHILDREN] = TAIL_TARGET,
};

const enum column_type field_columns[F_TYPES] = {
    [F_TEXT] = COLUMN_TEXT,        [F_LONG] = COLUMN_TEXT,   [F_INT] = COLUMN_INT,        [F_DECIMAL] = COLUMN_INT,
    [F_MONEY] = COLUMN_INT,        [F_RATIO] = COLUMN_INT,   [F_DAY] = COLUMN_DAY,        [F_TIME] = COLUMN_TIME,
    [F_MONTH] = COLUMN_TEXT,       [F_YEAR] = COLUMN_INT,    [F_PERIOD] = COLUMN_TEXT,    [F_BOOL] = COLUMN_BOOL,
    [F_ENUM] = COLUMN_TEXT,        [F_ENUMS] = COLUMN_JSON,  [F_REF] = COLUMN_ID,         [F_REFS] = COLUMN_JSON,
    [F_CHILDREN] = COLUMN_JSON,    [F_PHOTOS] = COLUMN_JSON, [F_FILES] = COLUMN_JSON,     [F_SIGNATURE] = COLUMN_JSON,
    [F_PLACE] = COLUMN_JSON,       [F_SERIAL] = COLUMN_TEXT, [F_COMPUTED] = COLUMN_TEXT,  [F_CITIZEN_ID] = COLUMN_TEXT,
    [F_CREDIT_CODE] = COLUMN_TEXT, [F_PHONE] = COLUMN_TEXT,  [F_BANK_CARD] = COLUMN_TEXT, [F_CODE] = COLUMN_TEXT,
};

static const struct feel_field place_entries[] = {{SC("经度"), &feel_number}, {SC("纬度"), &feel_number}};
static const struct feel_type place_type = {
    .kind = FEEL_CONTEXT, .fields = place_entries, .field_count = COUNT(place_entries)};

const struct feel_type *const field_feel_types[F_TYPES] = {
    [F_TEXT] = &feel_text,         [F_LONG] = &feel_text,
    [F_INT] = &feel_number,        [F_DECIMAL] = &feel_number,
    [F_MONEY] = &feel_number,      [F_RATIO] = &feel_number,
    [F_DAY] = &feel_date,          [F_TIME] = &feel_date_time,
    [F_MONTH] = &feel_text,        [F_YEAR] = &feel_number,
    [F_PERIOD] = &feel_text,       [F_BOOL] = &feel_bool,
    [F_ENUM] = &feel_text,         [F_ENUMS] = &feel_list_text,
    [F_REF] = &feel_text,          [F_REFS] = &feel_list_text,
    [F_CHILDREN] = &feel_list_any, [F_PHOTOS] = &feel_list_any,
    [F_FILES] = &feel_list_any,    [F_SIGNATURE] = &feel_context_any,
    [F_PLACE] = &place_type,       [F_SERIAL] = &feel_text,
    [F_COMPUTED] = &feel_any,      [F_CITIZEN_ID] = &feel_text,
    [F_CREDIT_CODE] = &feel_text,  [F_PHONE] = &feel_text,
    [F_BANK_CARD] = &feel_text,    [F_CODE] = &feel_text,
};

int field_scale(const struct field *f)
{
    return f->value == F_DECIMAL ? f->size : f->value == F_MONEY ? 2 : f->value == F_RATIO ? RATIO_DECIMALS : 0;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

bool wrong(struct reader *r, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(r->op, format, args);
    va_end(args);
    r->ok = false;
    return op_fail(r->op, FAULT_INPUT, op_text(r->op, "%.*s 第%d行", PS(r->file), line), "%.*s", PS(text));
}

static const char *const kind_names[] = {"空值", "true 或 false", "true 或 false", "整数", "文字（加引号）", "列表（方括号）", "对象（花括号）"};

static bool of_objects(str key)
{
    static const str lists[] = {SC("字段"), SC("流转"), SC("规则"), SC("跨记录"), SC("工作台"),
                                SC("疑点"), SC("到期"), SC("矩阵"), SC("应有"),   SC("入门"), SC("表头"), SC("题目")};
    for (size_t i = 0; i < COUNT(lists); i++)
        if (str_eq(lists[i], key))
            return true;
    return false;
}

bool members_check(struct reader *r, const struct json *object, const struct member *members, size_t count,
                   const char *what)
{
    bool ok = true;
    if (object->kind != JSON_OBJECT)
        return wrong(r, object->line, "%s须写成对象（花括号）", what);
    for (const struct json *m = object->first; m; m = m->next) {
        size_t i = 0;
        while (i < count && !str_eq(members[i].name, m->key))
            i++;
        if (i == count) {
            ok = wrong(r, m->line, "%s没有“%.*s”这一项；请对照 packs/ledger.schema.json 改名或删去", what, PS(m->key));
        } else if (members[i].kind != m->kind && !(members[i].kind == JSON_TRUE && m->kind == JSON_FALSE)) {
            ok = wrong(r, m->line, "“%.*s”须是%s", PS(m->key), kind_names[members[i].kind]);
        } else if (m->kind == JSON_ARRAY && !of_objects(m->key)) {
            for (const struct json *e = m->first; e; e = e->next)
                if (e->kind != JSON_STRING || e->text.n == 0)
                    ok = wrong(r, e->line, "“%.*s”的每一项须是文字（加引号），不能为空", PS(m->key));
        }
    }
    for (size_t i = 0; i < count; i++)
        if (members[i].required && !json_get(object, members[i].name))
            ok = wrong(r, object->line, "%s缺少“%.*s”", what, PS(members[i].name));
    return ok;
}

const str *texts(struct reader *r, const struct json *object, str key, size_t *ret_count)
{
    const struct json *list = json_get(object, key);
    str *p = op_array(r->op, str, list ? list->count : 0);
    size_t n = 0;
    for (const struct json *e = list ? list->first : NULL; e; e = e->next)
        p[n++] = e->text;
    *ret_count = n;
    return p;
}

int line_of(const struct json *object, str key)
{
    const struct json *m = json_get(object, key);
    return m ? m->line : object->line;
}

static bool english_valid(str s)
{
    if (s.n == 0 || s.n > 60 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_'))
            return false;
    return true;
}

bool text_in(str s, const str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(s, list[i]))
            return true;
    return false;
}

/* FEEL takes full-width punctuation for letters; in a name it would be mistaken for what it looks like. */
static bool name_valid(str s)
{
    static const str marks[] = {SC("，"), SC("。"), SC("、"), SC("；"), SC("："), SC("（"), SC("）"),
                                SC("“"),  SC("”"),  SC("！"), SC("？"), SC("《"), SC("》")};
    size_t at;
    for (size_t i = 0; i < COUNT(marks); i++)
        if (str_find(s, marks[i], &at))
            return false;
    return s.n > 0 && feel_name_valid(s);
}

bool allowed_check(struct reader *r, int line, str name, bool of_ledger)
{
    str basis;
    return (of_ledger ? ledger_thing_lawful : ledger_name_lawful)(r->op, name, &basis) ||
           wrong(r, line, "不得设立“%.*s”：%.*s；请删去", PS(name), PS(basis));
}

/* Neither under another heading, nor as a thing that somebody is chosen to be. */
static bool words_check(struct reader *r, const struct field *f)
{
    for (size_t i = 0; i < f->alias_count; i++)
        if (!allowed_check(r, f->line, f->aliases[i], false))
            return false;
    for (size_t i = 0; i < f->choice_count; i++)
        if (!allowed_check(r, f->line, f->choices[i], true))
            return false;
    for (size_t i = 0; i < f->word_count; i++)
        if (!allowed_check(r, f->line, f->words[i].word, true))
            return false;
    return allowed_check(r, f->line, f->english, false);
}

/* 文30 -> F_TEXT, 30; 引→村组 -> F_REF, 村组. The longest notation wins: 多引 before 引. */
static bool type_read(str text, enum field_type *ret_type, int *ret_size, str *ret_target)
{
    int best = -1;
    for (int t = 0; t < F_TYPES; t++)
        if (str_starts(text, field_type_names[t]) && (best < 0 || field_type_names[t].n > field_type_names[best].n))
            best = t;
    if (best < 0)
        return false;
    str rest = str_part(text, field_type_names[best].n, text.n);
    *ret_type = (enum field_type)best;
    *ret_size = 0;
    *ret_target = S("");
    switch (tails[best]) {
    case TAIL_NONE:
        return rest.n == 0;
    case TAIL_TARGET:
        if (!str_starts(rest, S("→")))
            return false;
        *ret_target = str_part(rest, S("→").n, rest.n);
        return ret_target->n > 0;
    case TAIL_NUMBER:
        if (rest.n > 5)
            return false;
        for (size_t i = 0; i < rest.n; i++) {
            if (rest.p[i] < '0' || rest.p[i] > '9')
                return false;
            *ret_size = *ret_size * 10 + (rest.p[i] - '0');
        }
        return best != F_DECIMAL || (rest.n == 1 && *ret_size >= 1);
    }
    return false;
}

static const struct member field_members[] = {
    {SC("名"), JSON_STRING, true},    {SC("英文名"), JSON_STRING, false}, {SC("原名"), JSON_ARRAY, false},
    {SC("类型"), JSON_STRING, true},  {SC("必填"), JSON_TRUE, false},     {SC("唯一"), JSON_TRUE, false},
    {SC("敏感"), JSON_TRUE, false},   {SC("快照"), JSON_TRUE, false},     {SC("索引"), JSON_TRUE, false},
    {SC("选项"), JSON_ARRAY, false},  {SC("可扩"), JSON_TRUE, false},     {SC("代码表"), JSON_STRING, false},
    {SC("默认"), JSON_STRING, false}, {SC("号"), JSON_STRING, false},     {SC("别名"), JSON_ARRAY, false},
    {SC("注"), JSON_STRING, false},   {SC("分组"), JSON_STRING, false},   {SC("值类型"), JSON_STRING, false},
    {SC("算"), JSON_STRING, false},   {SC("计"), JSON_OBJECT, false},     {SC("核验"), JSON_OBJECT, false},
    {SC("同义"), JSON_OBJECT, false}, {SC("所指"), JSON_STRING, false},   {SC("不复用"), JSON_TRUE, false}, {SC("后填"), JSON_TRUE, false}, {SC("整日"), JSON_TRUE, false},
    {SC("写"), JSON_STRING, false},   {SC("条件"), JSON_STRING, false},   {SC("问"), JSON_ARRAY, false},   {SC("选自"), JSON_OBJECT, false},
};
static const struct member paper_members[] = {{SC("字段"), JSON_STRING, true}, {SC("值"), JSON_ARRAY, true}};
static const struct member tally_members[] = {{SC("台账"), JSON_STRING, true},
                                              {SC("按"), JSON_STRING, true},
                                              {SC("条件"), JSON_STRING, false},
                                              {SC("求"), JSON_STRING, false}};

/* Names that expressions and tables use for every record. */
static const str reserved[] = {SC("id"),     SC("组"),     SC("新增时间"), SC("修改时间"), SC("_key"),
                               SC("_title"), SC("record"), SC("town"),     SC("fact_no"),  SC("version"),
                               SC("state"),  SC("added"),  SC("changed"),  SC("removed"),  SC("归属")};

static bool papers_read(struct reader *r, const struct json *j, struct field *f)
{
    const struct json *papers = json_get(j, S("核验"));
    if (!papers)
        return true;
    if (f->type != F_CITIZEN_ID)
        return wrong(r, papers->line, "只有类型为“证”的字段才能有“核验”；字段“%.*s”不是", PS(f->name));
    f->paper = json_str(papers, S("字段"));
    f->papers = texts(r, papers, S("值"), &f->paper_count);
    return members_check(r, papers, paper_members, COUNT(paper_members), "核验");
}

/* When all fields are known. */
static void papers_check(struct reader *r, const struct plan *p)
{
    for (size_t i = 0; i < p->def.field_count; i++) {
        const struct field *f = &p->def.fields[i], *paper = f->paper.n ? ledger_field(&p->def, f->paper) : NULL;
        if (f->paper.n && (!paper || paper->type != F_ENUM))
            wrong(r, f->line, "字段“%.*s”的“核验”里的“%.*s”须是本台账一个“枚”字段的名字", PS(f->name), PS(f->paper));
        for (size_t k = 0; paper && paper->type == F_ENUM && k < f->paper_count; k++)
            if (!text_in(f->papers[k], paper->choices, paper->choice_count))
                wrong(r, f->line, "字段“%.*s”的“核验”里的“%.*s”不是“%.*s”的选项", PS(f->name), PS(f->papers[k]), PS(paper->name));
    }
}

static bool field_read(struct reader *r, struct plan *p, const struct json *j, struct field *f)
{
    if (!members_check(r, j, field_members, COUNT(field_members), "字段"))
        return false;
    *f = (struct field){.name = json_str(j, S("名")),
                        .english = json_str(j, S("英文名")),
                        .required = json_true(j, S("必填")),
                        .unique = json_true(j, S("唯一")),
                        .spent = json_true(j, S("不复用")),
                        .later = json_true(j, S("后填")),
                        .whole_day = json_true(j, S("整日")),
                        .sensitive = json_true(j, S("敏感")),
                        .snapshot = json_true(j, S("快照")),
                        .indexed = json_true(j, S("索引")),
                        .open_choices = json_true(j, S("可扩")),
                        .code_list = json_str(j, S("代码表")),
                        .serial = json_str(j, S("号")),
                        .initial = json_str(j, S("默认")),
                        .formula = json_str(j, S("算")),
                        .note = json_str(j, S("注")),
                        .group = json_str(j, S("分组")),
                        .column = -1,
                        .line = j->line};
    f->aliases = texts(r, j, S("别名"), &f->alias_count);
    str type = json_str(j, S("类型"));
    if (!type_read(type, &f->type, &f->size, &f->target))
        return wrong(r, line_of(j, S("类型")),
                     "字段“%.*s”的类型“%.*s”不认识；例：文30 长文 整 数2 元 率 日 时 月 年 期 否 枚 多枚 引→人 多引→人 "
                     "子→证照 图1 附1 "
                     "签 坐 号 算 证 信 电 卡 码",
                     PS(f->name), PS(type));
    f->value = f->type;
    if (!name_valid(f->name) || text_in(f->name, reserved, COUNT(reserved)))
        return wrong(r, f->line, "字段名“%.*s”不能用；请换用汉字、字母开头且不含标点的名字", PS(f->name));
    if (f->english.n && !english_valid(f->english))
        return wrong(r, line_of(j, S("英文名")), "英文名“%.*s”只能用小写字母开头的字母、数字和下划线", PS(f->english));
    if (!choices_read(r, j, f) || !allowed_check(r, f->line, f->name, false) || !words_check(r, f) || !begins_read(r, j, f))
        return false;
    if (f->type == F_COMPUTED) {
        enum field_type value;
        str target;
        if (!type_read(json_str(j, S("值类型")), &value, &f->size, &target) || target.n || value == F_COMPUTED ||
            value == F_SERIAL || field_columns[value] == COLUMN_JSON)
            return wrong(r, f->line, "算出来的字段“%.*s”须写明“值类型”，如 整、数2、元、日、文10、否", PS(f->name));
        f->value = value;
        const struct json *tally = json_get(j, S("计"));
        if ((f->formula.n > 0) == (tally != NULL))
            return wrong(r, f->line, "字段“%.*s”须有“算”或“计”之一", PS(f->name));
        if (tally) {
            if (!members_check(r, tally, tally_members, COUNT(tally_members), "计"))
                return false;
            struct tally *t = op_new(r->op, struct tally);
            *t = (struct tally){json_str(tally, S("台账")), json_str(tally, S("按")), json_str(tally, S("条件")),
                                json_str(tally, S("求"))};
            f->tally = t;
        }
        if (f->required || f->unique || f->initial.n || f->serial.n || f->snapshot)
            return wrong(r, f->line, "算出来的字段“%.*s”不由人填写，不能有 必填、唯一、默认、号、快照", PS(f->name));
    } else if (f->formula.n || json_get(j, S("计")) || json_get(j, S("值类型"))) {
        return wrong(r, f->line, "只有类型为“算”的字段才能有 算、计、值类型；字段“%.*s”的类型是 %.*s", PS(f->name), PS(type));
    }
    if (!papers_read(r, j, f) || !says_read(r, j, f))
        return false;
    if (f->type == F_SERIAL && !f->serial.n)
        return wrong(r, f->line, "类型为“号”的字段“%.*s”须写明编号规则“号”，如 \"{年}{3}\"", PS(f->name));
    if (f->type != F_SERIAL && f->serial.n)
        return wrong(r, f->line, "字段“%.*s”有编号规则，类型须是“号”", PS(f->name));
    if (f->value == F_TEXT && f->size > CHECK_TEXT_MAX * 100)
        return wrong(r, f->line, "字段“%.*s”太长；长文字请用“长文”", PS(f->name));
    if (f->unique && field_columns[f->type] == COLUMN_JSON)
        return wrong(r, f->line, "字段“%.*s”是%.*s类型，不能设为唯一", PS(f->name), PS(field_type_names[f->type]));
    f->said = j;
    f->asked = texts(r, j, S("问"), &f->asked_count);
    if (f->type != F_CHILDREN && (json_get(j, S("写")) || json_get(j, S("条件")) || f->asked_count))
        return wrong(r, f->line, "只有“子”字段能有“写”“条件”“问”；字段“%.*s”不是", PS(f->name));
    if (f->asked_count && !json_get(j, S("写")))
        return wrong(r, f->line, "字段“%.*s”的“问”须和“写”一起用", PS(f->name));
    if (f->spent && !f->unique)
        return wrong(r, f->line, "字段“%.*s”不是唯一的，谈不上“不复用”", PS(f->name));
    if (f->whole_day && f->type != F_TIME)
        return wrong(r, f->line, "字段“%.*s”的“整日”只用于类型为“时”的时限", PS(f->name));
    if (f->later && f->required)
        return wrong(r, f->line, "字段“%.*s”登记时就必填，谈不上“后填”", PS(f->name));
    if (f->type == F_CHILDREN && (f->required || f->initial.n || f->indexed))
        return wrong(r, f->line, "“子”字段“%.*s”由下级台账的记录组成，不能有 必填、默认、索引", PS(f->name));
    const struct json *olds = json_get(j, S("原名"));
    for (const struct json *e = olds ? olds->first : NULL; e; e = e->next) {
        struct rename *renames = op_array(r->op, struct rename, p->rename_count + 1);
        if (p->rename_count)
            memcpy(renames, p->renames, p->rename_count * sizeof *renames);
        renames[p->rename_count++] = (struct rename){e->text, f->name};
        p->renames = renames;
    }
    return true;
}

static const struct member rule_members[] = {{SC("名"), JSON_STRING, true},
                                             {SC("条件"), JSON_STRING, true},
                                             {SC("提示"), JSON_STRING, true},
                                             {SC("字段"), JSON_STRING, false},
                                             {SC("级别"), JSON_STRING, false}};

static bool rule_read(struct reader *r, const struct json *j, struct rule *rule)
{
    if (!members_check(r, j, rule_members, COUNT(rule_members), "规则"))
        return false;
    str level = json_str(j, S("级别"));
    if (level.n && !str_eq(level, S("错误")) && !str_eq(level, S("提醒")))
        return wrong(r, line_of(j, S("级别")), "规则的级别只有“错误”和“提醒”");
    *rule = (struct rule){.name = json_str(j, S("名")),
                          .condition = json_str(j, S("条件")),
                          .message = json_str(j, S("提示")),
                          .field = json_str(j, S("字段")),
                          .warns = str_eq(level, S("提醒")),
                          .line = line_of(j, S("条件"))};
    return true;
}

static const struct member move_members[] = {
    {SC("从"), JSON_STRING, true}, {SC("到"), JSON_STRING, true}, {SC("退回"), JSON_TRUE, false}};

static const struct member ledger_members[] = {
    {SC("$schema"), JSON_STRING, false}, {SC("台账"), JSON_STRING, true},     {SC("英文名"), JSON_STRING, true},
    {SC("说明"), JSON_STRING, false},    {SC("业务条线"), JSON_STRING, true}, {SC("次序"), JSON_NUMBER, false},
    {SC("键"), JSON_ARRAY, true},        {SC("密级"), JSON_STRING, true},     {SC("保管期限"), JSON_STRING, true},
    {SC("标题"), JSON_STRING, false},    {SC("归属"), JSON_STRING, false},    {SC("检索"), JSON_ARRAY, false},
    {SC("列表"), JSON_ARRAY, false},     {SC("字段"), JSON_ARRAY, true},      {SC("状态"), JSON_ARRAY, false},
    {SC("流转"), JSON_ARRAY, false},     {SC("规则"), JSON_ARRAY, false},     {SC("表头"), JSON_ARRAY, false},
    {SC("跨记录"), JSON_ARRAY, false},   {SC("表"), JSON_OBJECT, false},      {SC("横表"), JSON_OBJECT, false},     {SC("先填"), JSON_ARRAY, false},
    {SC("检索次序"), JSON_NUMBER, false}, {SC("标记"), JSON_OBJECT, false}, {SC("题目"), JSON_ARRAY, false},
};
static const str secrecies[] = {SC("公开"), SC("内部"), SC("敏感"), SC("仅目录")};
static const str classified[] = {SC("绝密"), SC("机密"), SC("秘密")};
static const str retentions[] = {SC("永久"), SC("30年"), SC("10年"), SC("短期"), SC("随事件销毁")};

static bool names_exist(struct reader *r, const struct plan *p, const struct json *root, str member)
{
    const struct json *list = json_get(root, member);
    bool ok = true;
    for (const struct json *e = list ? list->first : NULL; e; e = e->next) {
        const struct field *f = ledger_field(&p->def, e->text);
        if (!f)
            ok = wrong(r, e->line, "“%.*s”里的“%.*s”不是本台账的字段；请改正名字", PS(member), PS(e->text));
        else if (f->type == F_CHILDREN || f->tally)
            ok = wrong(r, e->line, "“%.*s”里的“%.*s”不是存着的字段，不能用在这里", PS(member), PS(e->text));
    }
    return ok;
}

static const struct field *mark_field(struct reader *r, const struct ledger *l, const struct json *j, str member, enum field_type type)
{
    const struct field *f = ledger_field(l, json_str(j, member));
    if (!f || f->type != type)
        wrong(r, line_of(j, member), "“标记”的“%.*s”须是本台账的%.*s字段；请改正名字", PS(member), PS(field_type_names[type]));
    return f;
}

static void mark_read(struct reader *r, struct ledger *l, const struct json *j)
{
    static const struct member members[] = {{SC("名"), JSON_STRING, true}, {SC("起"), JSON_STRING, true}, {SC("止"), JSON_STRING, true}};
    if (!j || !members_check(r, j, members, COUNT(members), "标记"))
        return;
    l->mark = mark_field(r, l, j, S("名"), F_ENUM);
    l->mark_from = mark_field(r, l, j, S("起"), F_DAY);
    l->mark_to = mark_field(r, l, j, S("止"), F_DAY);
}

/* Who fills in the short form can save it. */
static void first_check(struct reader *r, const struct ledger *l, int line)
{
    for (size_t i = 0; l->first_count && i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        bool asked = !f->required || f->type == F_SERIAL || f->initial.n || f->begins.n;
        for (size_t k = 0; k < l->first_count && !asked; k++)
            asked = str_eq(l->first_fields[k], f->name);
        if (!asked)
            wrong(r, line, "“先填”里少了必填的“%.*s”；请加上，否则简表存不了", PS(f->name));
    }
}

static void head_check(struct reader *r, const struct json *root, const struct ledger *l)
{
    if (!english_valid(l->english))
        wrong(r, line_of(root, S("英文名")), "英文名“%.*s”只能用小写字母开头的字母、数字和下划线", PS(l->english));
    if (!name_valid(l->name))
        wrong(r, line_of(root, S("台账")), "台账名“%.*s”不能用；请用汉字、不含标点的名字", PS(l->name));
    allowed_check(r, line_of(root, S("台账")), l->name, true);
    if (text_in(l->secrecy, classified, COUNT(classified)))
        wrong(r, line_of(root, S("密级")), "密级“%.*s”的内容不得进入本系统（保守国家秘密法）；只登编号与存放处的，请用“仅目录”", PS(l->secrecy));
    else if (!text_in(l->secrecy, secrecies, COUNT(secrecies)))
        wrong(r, line_of(root, S("密级")), "密级须是 公开、内部、敏感、仅目录 之一");
    if (!text_in(l->retention, retentions, COUNT(retentions)))
        wrong(r, line_of(root, S("保管期限")), "保管期限须是 永久、30年、10年、短期、随事件销毁 之一");
}

[[nodiscard]] static bool fields_read(struct reader *r, const struct json *root, struct plan *p)
{
    struct op *op = r->op;
    struct ledger *l = &p->def;
    const struct json *fields = json_get(root, S("字段"));
    if (fields->count == 0 || fields->count > FIELDS_MAX)
        return wrong(r, fields->line, "台账须有 1 到 %d 个字段", FIELDS_MAX);
    struct field *list = op_array(op, struct field, fields->count);
    l->fields = list;
    for (const struct json *j = fields->first; j; j = j->next) {
        struct field *f = &list[l->field_count];
        if (!field_read(r, p, j, f))
            continue;
        if (map_get(&p->by_name, f->name) || (f->english.n && map_get(&p->by_name, f->english))) {
            wrong(r, j->line, "字段“%.*s”重复；请改名", PS(f->name));
            continue;
        }
        if (l->state_count && str_eq(f->name, S("状态")))
            wrong(r, j->line, "台账有“状态”流转，字段不能再叫“状态”；请换一个名字");
        /* duties §9, X6: what is public must not carry a full number of a person or an account. */
        if (str_eq(l->secrecy, S("公开")) && !f->sensitive && (f->type == F_CITIZEN_ID || f->type == F_BANK_CARD))
            wrong(r, j->line, "公开台账里的“%.*s”须标为敏感：完整的证件号和账号不得公开（个人信息保护法第28条）", PS(f->name));
        map_put(&p->by_name, f->name, f);
        if (f->english.n)
            map_put(&p->by_name, f->english, f);
        l->field_count++;
    }
    papers_check(r, p);
    begins_check(r, p);
    says_link(r, p);
    for (size_t i = 0; i < p->rename_count; i++) {
        if (map_get(&p->by_name, p->renames[i].from))
            wrong(r, root->line, "原名“%.*s”仍是一个字段的名字；请删去其一", PS(p->renames[i].from));
        else
            map_put(&p->by_name, p->renames[i].from, map_get(&p->by_name, p->renames[i].to));
    }
    return true;
}

static void rules_read(struct reader *r, const struct json *root, struct ledger *l)
{
    const struct json *rules = json_get(root, S("规则"));
    struct rule *rule_list = op_array(r->op, struct rule, rules ? rules->count : 0);
    for (const struct json *j = rules ? rules->first : NULL; j; j = j->next)
        if (rule_read(r, j, &rule_list[l->rule_count]))
            l->rule_count++;
    l->rules = rule_list;
}

static void moves_read(struct reader *r, const struct json *root, struct ledger *l)
{
    const struct json *moves = json_get(root, S("流转"));
    struct state_move *move_list = op_array(r->op, struct state_move, moves ? moves->count : 0);
    for (const struct json *j = moves ? moves->first : NULL; j; j = j->next) {
        if (!members_check(r, j, move_members, COUNT(move_members), "流转"))
            continue;
        struct state_move m = {json_str(j, S("从")), json_str(j, S("到")), json_true(j, S("退回"))};
        if (!text_in(m.from, l->states, l->state_count) || !text_in(m.to, l->states, l->state_count))
            wrong(r, j->line, "流转“%.*s→%.*s”里有“状态”中没有的名字；请改正", PS(m.from), PS(m.to));
        move_list[l->move_count++] = m;
    }
    l->moves = move_list;
}

static bool ledger_read(struct reader *r, str pack, int pack_order, const struct json *root)
{
    struct op *op = r->op;
    if (!members_check(r, root, ledger_members, COUNT(ledger_members), "台账"))
        return false;
    struct plan *p = op_new(op, struct plan);
    struct ledger *l = &p->def;
    int64_t order = 0, found_order = SEARCH_ORDERS;
    const struct json *found_json = json_get(root, S("检索次序"));
    if (found_json && (!json_int(found_json, &found_order) || found_order < 1 || found_order > SEARCH_ORDERS))
        wrong(r, found_json->line, "“检索次序”须是 1 到 %d 的整数", SEARCH_ORDERS);
    const struct json *order_json = json_get(root, S("次序"));
    if (order_json && (!json_int(order_json, &order) || order < 0 || order > 100000))
        wrong(r, order_json->line, "“次序”须是 0 到 100000 的整数");
    *l = (struct ledger){.name = json_str(root, S("台账")),
                         .english = json_str(root, S("英文名")),
                         .pack = pack,
                         .file = r->file,
                         .line_of_work = json_str(root, S("业务条线")),
                         .title = json_str(root, S("标题")),
                         .secrecy = json_str(root, S("密级")),
                         .retention = json_str(root, S("保管期限")),
                         .note = json_str(root, S("说明")),
                         .group_path = json_str(root, S("归属")),
                         .order = (int)order,
                         .found_order = (int)found_order - 1,
                         .table = &p->table};
    p->town = r->town;
    p->navigation = pack_order * 1000000 + (int)order;
    map_init(&p->by_name, op);
    l->keys = texts(r, root, S("键"), &l->key_count);
    l->states = texts(r, root, S("状态"), &l->state_count);
    for (size_t i = 0; i < l->state_count; i++)
        (void)allowed_check(r, line_of(root, S("状态")), l->states[i], false);
    l->list_fields = texts(r, root, S("列表"), &l->list_count);
    l->search_fields = texts(r, root, S("检索"), &l->search_count);
    l->first_fields = texts(r, root, S("先填"), &l->first_count);

    head_check(r, root, l);
    if (map_get(&r->town->by_name, l->name) || map_get(&r->town->by_name, l->english))
        return wrong(r, root->line, "台账“%.*s”（%.*s）在别的文件里已经有了；请改名或删去一个", PS(l->name), PS(l->english));

    if (!fields_read(r, root, p))
        return false;
    rules_read(r, root, l);
    across_read(r, p, json_get(root, S("跨记录")));
    moves_read(r, root, l);
    if (l->key_count == 0)
        wrong(r, line_of(root, S("键")), "“键”须写明哪些字段合起来能认出一条记录");
    names_exist(r, p, root, S("键"));
    names_exist(r, p, root, S("检索"));
    names_exist(r, p, root, S("先填"));
    first_check(r, l, line_of(root, S("先填")));
    mark_read(r, l, json_get(root, S("标记")));
    sheet_read(r, p, root);
    for (size_t i = 0; i < l->rule_count; i++)
        if (l->rules[i].field.n && !ledger_field(l, l->rules[i].field))
            wrong(r, l->rules[i].line, "规则“%.*s”指的字段“%.*s”不存在；请改正名字", PS(l->rules[i].name), PS(l->rules[i].field));

    struct town *town = r->town;
    if (town->count == LEDGERS_MAX)
        return wrong(r, 1, "台账超过 %d 个", LEDGERS_MAX);
    town->plans[town->count++] = p;
    map_put(&town->by_name, l->name, p);
    map_put(&town->by_name, l->english, p);
    return true;
}

/* ---- packs ------------------------------------------------------------------------------------------------------ */

static const struct member figure_members[] = {
    {SC("名"), JSON_STRING, true}, {SC("台账"), JSON_STRING, true}, {SC("条件"), JSON_STRING, false}};
static const struct member pack_members[] = {
    {SC("$schema"), JSON_STRING, false}, {SC("业务包"), JSON_STRING, true}, {SC("英文名"), JSON_STRING, true},
    {SC("次序"), JSON_NUMBER, true},     {SC("说明"), JSON_STRING, false},  {SC("工作台"), JSON_ARRAY, false},
    {SC("疑点"), JSON_ARRAY, false},     {SC("专授"), JSON_TRUE, false},    {SC("到期"), JSON_ARRAY, false},
    {SC("矩阵"), JSON_ARRAY, false},     {SC("入门"), JSON_ARRAY, false},
};

struct pack {
    str folder, file;
    const struct json *root;
};

static bool figures_link(struct reader *r, const struct pack *pack)
{
    static const str members[] = {SC("工作台"), SC("疑点")};
    struct town *town = r->town;
    bool ok = true;
    r->file = pack->file;
    for (size_t i = 0; i < COUNT(members); i++) {
        const struct json *list = json_get(pack->root, members[i]);
        for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
            struct feel *tree;
            if (!members_check(r, j, figure_members, COUNT(figure_members), "工作台的数字")) {
                ok = false;
                continue;
            }
            ok = allowed_check(r, line_of(j, S("名")), json_str(j, S("名")), false) && ok;
            const struct plan *p = plan_named(town, json_str(j, S("台账")));
            str where = json_str(j, S("条件"));
            if (!p) {
                ok = wrong(r, j->line, "台账“%.*s”不存在；请改正名字", PS(json_str(j, S("台账"))));
                continue;
            }
            str asked = who_condition(r->op, &(struct who){0}, p, where); /* 本人 will be whoever looks */
            if (where.n && !expression(r, p, line_of(j, S("条件")), "条件", asked, &feel_bool, &tree)) {
                ok = false;
                continue;
            }
            struct figure *figures = op_array(r->op, struct figure, town->figure_count + 1);
            if (town->figure_count)
                memcpy(figures, town->figures, town->figure_count * sizeof *figures);
            figures[town->figure_count++] = (struct figure){json_str(j, S("名")), where, &p->def, i == 1};
            town->figures = figures;
        }
    }
    return ok;
}

/* False: not a pack folder (codes, or a stray file). */
static bool is_pack(struct op *op, str packs, str name)
{
    str *files;
    size_t count;
    int faults = op->fault_count;
    if (!folder_list(op, op_text(op, "%.*s/%.*s", PS(packs), PS(name)), &files, &count)) {
        op_forgive(op, faults);
        return false;
    }
    return text_in(S("pack.json"), files, count);
}

/* What derived rows follow from: the file itself, and those of the ledgers that expressions and 归属 read. The file says
 * it all; the number before it counts how often the program has learnt to derive more, such as terms to be found by. */
static str digest_of(struct op *op, str file_text)
{
    return op_text(op, "2:%016llx%zu", (unsigned long long)str_hash(file_text), file_text.n);
}

static bool pack_read(struct reader *r, str name, struct pack *ret)
{
    struct json *root;
    str *files;
    size_t count;
    int64_t order = 0;
    r->file = op_text(r->op, "%.*s/pack.json", PS(name));
    *ret = (struct pack){.folder = name, .file = r->file};
    str path = op_text(r->op, "%.*s/%.*s", PS(r->packs), PS(r->file));
    if (!json_file(r->op, path, r->file, DEFINITION_BYTES_MAX, &root))
        return r->ok = false;
    if (!members_check(r, root, pack_members, COUNT(pack_members), "业务包"))
        return false;
    ret->root = root;
    bool named_only = json_true(root, S("专授"));
    if (!json_int(json_get(root, S("次序")), &order) || order < 0 || order > 1000)
        return wrong(r, line_of(root, S("次序")), "“次序”须是 0 到 1000 的整数");
    str folder = op_text(r->op, "%.*s/%.*s/ledgers", PS(r->packs), PS(name));
    folder_files(r->op, folder, S(".json"), &files, &count);
    for (size_t i = 0; i < count; i++) {
        str text;
        path = op_text(r->op, "%.*s/%.*s", PS(folder), PS(files[i]));
        r->file = op_text(r->op, "%.*s/ledgers/%.*s", PS(name), PS(files[i]));
        if (!json_file(r->op, path, r->file, DEFINITION_BYTES_MAX, &root)) {
            r->ok = false; /* the others are still read, so that all faults are told at once */
            continue;
        }
        if (!ledger_read(r, name, (int)order, root))
            continue;
        struct plan *p = r->town->plans[r->town->count - 1];
        p->def.named_only = named_only;
        if (!str_eq(str_part(files[i], 0, files[i].n - S(".json").n), p->def.english))
            wrong(r, 1, "文件名须是英文名加 .json：%.*s.json", PS(p->def.english));
        if (!file_read(r->op, path, DEFINITION_BYTES_MAX, &text))
            return false;
        p->digest = digest_of(r->op, text);
    }
    return count == 0 || r->ok; /* a pack may have no ledgers of its own */
}

static bool calendar_read(struct reader *r)
{
    str text, path = op_text(r->op, "%.*s/codes/work-calendar.csv", PS(r->packs));
    struct csv_row *rows;
    size_t count;
    int faults = r->op->fault_count;
    r->town->calendar = work_calendar_new(r->op);
    if (!file_read(r->op, path, CODE_LIST_BYTES_MAX, &text)) {
        op_forgive(r->op, faults); /* without the notices weekdays decide */
        return true;
    }
    if (!csv_parse(r->op, text, &rows, &count))
        return false;
    for (size_t i = 1; i < count; i++) {
        day d;
        bool works = rows[i].count > 1 && str_eq(rows[i].fields[1], S("work"));
        if (rows[i].count < 2 || !day_parse(rows[i].fields[0], &d) ||
            (!works && !str_eq(rows[i].fields[1], S("off")))) {
            r->file = S("codes/work-calendar.csv");
            return wrong(r, (int)i + 1, "每行须是 日期,off 或 日期,work");
        }
        work_calendar_add(r->town->calendar, d, works);
    }
    return true;
}

static int navigation_cmp(const void *a, const void *b)
{
    const struct plan *x = *(struct plan *const *)a, *y = *(struct plan *const *)b;
    return x->navigation != y->navigation ? (x->navigation < y->navigation ? -1 : 1)
                                          : str_cmp(x->def.name, y->def.name);
}

bool town_parse(struct op *op, str packs_folder, struct town **ret)
{
    struct town *town = op_new(op, struct town);
    struct reader r = {.op = op, .town = town, .packs = op_copy(op, packs_folder), .ok = true};
    str *names;
    size_t count, pack_count = 0;
    town->op = op;
    town->plans = op_array(op, struct plan *, LEDGERS_MAX);
    map_init(&town->by_name, op);
    map_init(&r.code_lists, op);
    if (!folder_list(op, packs_folder, &names, &count))
        return false;
    struct pack *packs = op_array(op, struct pack, count);
    for (size_t i = 0; i < count; i++)
        if (is_pack(op, packs_folder, names[i]))
            pack_read(&r, names[i], &packs[pack_count++]);
    town->pinyin_order = pinyin_order(op);
    if (!calendar_read(&r) || !pinyin_load(op, op_text(op, "%.*s/codes/pinyin.csv", PS(packs_folder)), &town->pinyin) ||
        !r.ok)
        return false;
    if (town->count == 0)
        return op_fail(op, FAULT_INPUT, op_copy(op, packs_folder), "文件夹里没有业务包；每个业务包是一个含 pack.json 的文件夹");

    qsort(town->plans, town->count, sizeof *town->plans, navigation_cmp);
    town->groups = plan_named(town, GROUP_LEDGER);
    static bool (*const passes[])(struct reader *, struct plan *) = {targets_link, group_link};
    for (size_t pass = 0; pass < COUNT(passes); pass++) {
        for (size_t i = 0; i < town->count; i++) {
            r.file = town->plans[i]->def.file;
            passes[pass](&r, town->plans[i]);
        }
        if (!r.ok)
            return false;
    }
    for (size_t i = 0; i < town->count; i++) {
        struct plan *p = town->plans[i];
        r.file = p->def.file;
        if (!group_ends(p, 0))
            return wrong(&r, 1, "归属绕成了圈；请改正");
        heads_link(&r, p);
        scope_make(&r, p);
    }
    for (size_t i = 0; i < town->count; i++) {
        r.file = town->plans[i]->def.file;
        if (expressions_link(&r, town->plans[i]))
            table_plan(&r, town->plans[i]);
    }
    for (size_t i = 0; r.ok && i < town->count; i++) {
        r.file = town->plans[i]->def.file;
        (void)formulas_end(&r, town->plans[i]);
    }
    for (size_t i = 0; r.ok && i < town->count; i++) {
        r.file = town->plans[i]->def.file;
        for (size_t f = 0; f < town->plans[i]->def.field_count; f++)
            if (town->plans[i]->def.fields[f].tally)
                tally_link(&r, town->plans[i], (int)f);
        across_link(&r, town->plans[i]);
        sheet_link(&r, town->plans[i]);
        spread_link(&r, town->plans[i]);
        choose_link(&r, town->plans[i]);
        begins_link(&r, town->plans[i]);
        children_link(&r, town->plans[i]);
    }
    for (size_t i = 0; r.ok && i < town->count; i++) {
        r.file = town->plans[i]->def.file;
        (void)open_check(&r, town->plans[i]);
    }
    if (r.ok)
        picks_link(&r);
    for (size_t i = 0; r.ok && i < pack_count; i++)
        r.ok = figures_link(&r, &packs[i]) && home_link(&r, packs[i].root) && r.ok;
    if (!r.ok || !starts_read(op, town, packs_folder))
        return false;
    *ret = town;
    return true;
}
