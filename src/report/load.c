/* Indicators from their files, and the checks that stand before their use. */
#include "report/inner.h"

const str adding_up_names[UPS] = {
    [UP_COUNT] = SC("计数"),    [UP_UNITS] = SC("村组数"), [UP_SUM] = SC("求和"),  [UP_AVERAGE] = SC("平均"),
    [UP_MIDDLE] = SC("中位"),   [UP_DISTINCT] = SC("去重"), [UP_LIST] = SC("列举"), [UP_RATIO] = SC("比率"),
    [UP_BALANCE] = SC("结余"),
};
const str part_sign_names[SIGNS] = {
    [SIGN_PLUS] = SC("加"), [SIGN_MINUS] = SC("减"), [SIGN_OVER] = SC("分子"), [SIGN_UNDER] = SC("分母")};

/* Parts are looked up when all files are read. */
struct part {
    struct indicator *of;
    enum part_sign sign;
    str name;
    int line;
};

struct reader {
    struct op *op;
    const struct town *town;
    str file, pack;
    struct indicators *all;
    struct {
        struct part *p;
        size_t n, cap;
    } parts;
};

[[nodiscard]] static bool refuse_at(struct op *op, str file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static bool refuse_at(struct op *op, str file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(op, format, args);
    va_end(args);
    return op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(file), line), "%.*s", PS(text));
}
#define refuse(r, line, ...) refuse_at((r)->op, (r)->file, line, __VA_ARGS__)

[[nodiscard]] static bool only(struct reader *r, const struct json *object, const char *names)
{
    if (object->kind != JSON_OBJECT)
        return refuse(r, object->line, "须是花括号括起的一项");
    for (const struct json *m = object->first; m; m = m->next) {
        size_t at;
        if (!str_find(str_z(names), op_text(r->op, " %.*s ", PS(m->key)), &at))
            return refuse(r, m->line, "没有“%.*s”这一项，可写的有：%s", PS(m->key), names);
    }
    return true;
}

[[nodiscard]] static bool texts_read(struct reader *r, const struct json *j, int line, str what, const str **ret,
                                     size_t *ret_count)
{
    *ret_count = 0;
    if (!j)
        return true;
    str *list = op_array(r->op, str, j->count + 1);
    for (const struct json *e = j->kind == JSON_ARRAY ? j->first : NULL; e; e = e->next) {
        if (e->kind != JSON_STRING)
            return refuse(r, e->line, "“%.*s”里的每一项须是文字", PS(what));
        list[(*ret_count)++] = e->text;
    }
    *ret = list;
    return j->kind == JSON_ARRAY || refuse(r, line, "“%.*s”须是方括号括起的一列文字", PS(what));
}

[[nodiscard]] static bool field_named(struct reader *r, const struct ledger *l, str name, int line,
                                      const struct field **ret)
{
    *ret = ledger_field(l, name);
    if (*ret)
        return true;
    struct buf known;
    buf_init(&known, r->op, 2000);
    for (size_t k = 0; k < l->field_count; k++)
        buf_text(&known, k ? "、%.*s" : "%.*s", PS(l->fields[k].name));
    return refuse(r, line, "台账“%.*s”没有字段“%.*s”；有：%.*s", PS(l->name), PS(name), PS(buf_str(&known)));
}

/* The field that a member names; absent: NULL. */
[[nodiscard]] static bool field_of(struct reader *r, const struct indicator *i, str name, int line,
                                   const struct field **ret)
{
    *ret = NULL;
    return !name.n || field_named(r, i->ledger, name, line, ret);
}

static bool is_moment(const struct field *f)
{
    return f->value == F_DAY || f->value == F_TIME || f->value == F_YEAR || f->value == F_MONTH;
}

/* Its own field, or one of a record that it refers to. */
[[nodiscard]] static bool moment_of(struct reader *r, const struct indicator *i, str name, int line, struct moment *ret)
{
    const struct ledger *l = i->ledger;
    str first, rest = name;
    const struct field *f;
    *ret = (struct moment){0};
    if (!name.n)
        return true;
    if (str_split(name, '.', &first, &rest)) {
        if (!field_named(r, l, first, line, &f))
            return false;
        l = f->type == F_REF ? town_ledger(r->town, f->target) : NULL;
        if (!l)
            return refuse(r, line, "“%.*s”不引用别的台账，后面不能再有“.%.*s”", PS(first), PS(rest));
    } else {
        rest = name;
    }
    if (!field_named(r, l, rest, line, &f))
        return false;
    *ret = (struct moment){name, f};
    return is_moment(f) || refuse(r, line, "“%.*s”不是日、时、年或月，不能用来分期", PS(name));
}

static const struct {
    str name;
    enum when_kind when;
} spans[] = {{SC("期间字段"), WHEN_OVERLAPS}, {SC("时点字段"), WHEN_HOLDS}};

[[nodiscard]] static bool when_read(struct reader *r, const struct json *j, struct indicator *i)
{
    if (!moment_of(r, i, json_str(j, S("日期字段")), j->line, &i->at))
        return false;
    i->when = i->at.field ? WHEN_IN : WHEN_ALWAYS;
    for (size_t k = 0; k < COUNT(spans); k++) {
        const struct json *m = json_get(j, spans[k].name);
        const str *ends;
        size_t count;
        if (!m)
            continue;
        if (i->when != WHEN_ALWAYS)
            return refuse(r, m->line, "日期字段、期间字段、时点字段只能写一个");
        if (!texts_read(r, m, m->line, spans[k].name, &ends, &count))
            return false;
        if (count != 2 && (count != 1 || spans[k].when != WHEN_HOLDS))
            return refuse(r, m->line, "“%.*s”须写起、止两个字段", PS(spans[k].name));
        if (!moment_of(r, i, ends[0], m->line, &i->at) ||
            !moment_of(r, i, count == 2 ? ends[1] : S(""), m->line, &i->until))
            return false;
        i->when = spans[k].when;
    }
    return true;
}

[[nodiscard]] static bool groups_read(struct reader *r, const struct json *j, struct indicator *i)
{
    const str *names;
    size_t count;
    if (!texts_read(r, json_get(j, S("分组")), j->line, S("分组"), &names, &count))
        return false;
    for (size_t k = 0; k < count; k++) {
        const struct field *f = NULL;
        if (str_eq(names[k], GROUP_LEDGER)) {
            if (!plan_of(i->ledger)->group_via_count && !plan_of(i->ledger)->is_group)
                return refuse(r, j->line, "台账“%.*s”的记录不归村组，不能按村组分", PS(i->ledger->name));
            i->by_unit = true;
            continue;
        }
        if (!field_of(r, i, names[k], j->line, &f))
            return false;
        if (f->value != F_ENUM && f->value != F_BOOL && f->type != F_REF)
            return refuse(r, j->line, "只能按村组、有选项的字段或引用分组，“%.*s”不是", PS(names[k]));
        if (i->by_count == INDICATOR_BY_MAX)
            return refuse(r, j->line, "最多按 %d 个字段分组", INDICATOR_BY_MAX);
        i->by[i->by_count++] = f;
    }
    return true;
}

[[nodiscard]] static bool of_check(struct reader *r, const struct json *j, const struct indicator *i)
{
    bool needs = i->up != UP_COUNT && i->up != UP_UNITS;
    if (i->up == UP_UNITS && !i->by_unit)
        return refuse(r, j->line, "“村组数”须在“分组”里写“村组”");
    if (needs != (i->of != NULL))
        return refuse(r, j->line, needs ? "“%.*s”须写“字段”" : "“%.*s”不要“字段”", PS(adding_up_names[i->up]));
    if (!i->of || i->up == UP_DISTINCT || i->up == UP_LIST)
        return true;
    return field_feel_types[i->of->value] == &feel_number ||
           refuse(r, j->line, "“%.*s”不是数，不能%.*s", PS(i->of->name), PS(adding_up_names[i->up]));
}

/* The condition as it will be asked, so that a mistake is told when packs are checked and not in December. */
[[nodiscard]] static bool where_check(struct reader *r, const struct json *j, const struct indicator *i)
{
    struct op *op = r->op;
    const struct json *at = json_get(j, S("条件"));
    struct indicator_ask asked = {.from = day_of(2021, 1, 1), .to = day_of(2021, 12, 31)};
    struct feel_note *notes = NULL;
    struct feel *tree;
    int faults = op->fault_count;
    str where;
    int line = at ? at->line : j->line;
    if (!indicator_where(op, i, &asked, &where))
        return false;
    if (!where.n)
        return true;
    if (!feel_parse(op, where, reach_scope(op, plan_of(i->ledger), where), &tree)) {
        str why = op_copy(op, fault_last(op)->text);
        op_forgive(op, faults);
        return refuse(r, line, "条件“%.*s”读不懂：%.*s", PS(i->where), PS(why));
    }
    feel_check(op, tree, &notes);
    return !notes || refuse(r, line, "条件“%.*s”：%.*s", PS(i->where), PS(notes->text));
}

[[nodiscard]] static bool counted_read(struct reader *r, const struct json *j, struct indicator *i)
{
    str ledger = json_str(j, S("台账"));
    i->ledger = town_ledger(r->town, ledger);
    if (!i->ledger)
        return refuse(r, j->line, "没有台账“%.*s”，请核对名称", PS(ledger));
    i->where = str_trim(json_str(j, S("条件")));
    if (!field_of(r, i, json_str(j, S("字段")), j->line, &i->of) ||
        !field_of(r, i, json_str(j, S("人员字段")), j->line, &i->person))
        return false;
    if (i->person && i->person->type != F_REF && i->person->type != F_REFS)
        return refuse(r, j->line, "人员字段“%.*s”须引用人员的台账", PS(i->person->name));
    return when_read(r, j, i) && groups_read(r, j, i) && of_check(r, j, i) && where_check(r, j, i);
}

/* The names of its parts. */
[[nodiscard]] static bool parts_read(struct reader *r, const struct json *j, struct indicator *i)
{
    size_t wanted[SIGNS] = {0};
    i->parts = op_array(r->op, struct indicator_part, INDICATOR_PARTS_MAX);
    for (enum part_sign sign = 0; sign < SIGNS; sign++) {
        const struct json *m = json_get(j, part_sign_names[sign]);
        bool ratio = sign == SIGN_OVER || sign == SIGN_UNDER;
        if (!m)
            continue;
        const str *names = &m->text;
        size_t count = 1;
        if (ratio != (i->up == UP_RATIO))
            return refuse(r, m->line, "“%.*s”不要“%.*s”", PS(adding_up_names[i->up]), PS(part_sign_names[sign]));
        if (ratio ? m->kind != JSON_STRING : !texts_read(r, m, m->line, part_sign_names[sign], &names, &count))
            return ratio && refuse(r, m->line, "“%.*s”须写一个指标的名称", PS(part_sign_names[sign]));
        for (size_t k = 0; k < count; k++)
            *list_add(r->op, &r->parts) = (struct part){i, sign, names[k], m->line};
        wanted[sign] = count;
    }
    if (i->up == UP_RATIO)
        return (wanted[SIGN_OVER] && wanted[SIGN_UNDER]) || refuse(r, j->line, "比率须写“分子”“分母”");
    size_t count = wanted[SIGN_PLUS] + wanted[SIGN_MINUS];
    if (!wanted[SIGN_PLUS] || count < 2)
        return refuse(r, j->line, "结余须在“加”“减”里至少写两个指标，“加”不能空着");
    return count <= INDICATOR_PARTS_MAX || refuse(r, j->line, "结余最多由 %d 个指标加减", INDICATOR_PARTS_MAX);
}

/* Under another heading it is the same figure. */
static bool aliases_lawful(struct reader *r, const struct json *j, const struct indicator *i)
{
    str basis;
    for (size_t k = 0; k < i->alias_count; k++)
        if (!ledger_name_lawful(r->op, i->aliases[k], &basis))
            return refuse(r, j->line, "不得统计“%.*s”：%.*s；请删去", PS(i->aliases[k]), PS(basis));
    return true;
}

[[nodiscard]] static bool indicator_read(struct reader *r, const struct json *j)
{
    struct indicator *i = op_new(r->op, struct indicator);
    if (!only(r, j, " 名 英文名 别名 台账 条件 聚合 字段 日期字段 期间字段 时点字段 人员字段 分组 单位 口径 出处 分子 分母 加 减 "))
        return false;
    *i = (struct indicator){.name = json_str(j, S("名")),
                            .english = json_str(j, S("英文名")),
                            .pack = r->pack,
                            .file = r->file,
                            .line = j->line,
                            .unit = json_str(j, S("单位")),
                            .meaning = json_str(j, S("口径"))};
    str up = json_str(j, S("聚合")), basis;
    while (i->up < UPS && !str_eq(adding_up_names[i->up], up))
        i->up++;
    if (i->up == UPS)
        return refuse(r, j->line, "“聚合”须是计数、村组数、求和、平均、中位、去重、列举、比率、结余之一");
    if (!i->name.n || !i->english.n || !i->meaning.n)
        return refuse(r, j->line, "每个指标须写“名”“英文名”和“口径”");
    if (!feel_name_valid(i->name))
        return refuse(r, j->line, "“%.*s”不能在报告里引用：名称只能用汉字、字母和数字", PS(i->name));
    if (!ledger_name_lawful(r->op, i->name, &basis) || !ledger_name_lawful(r->op, i->english, &basis))
        return refuse(r, j->line, "不得统计“%.*s”：%.*s；请删去", PS(i->name), PS(basis));
    for (size_t k = 0; k < WORDS; k++)
        if (str_eq(words_names[k], i->name))
            return refuse(r, j->line, "“%.*s”在报告模板里另有所指，请换一个名称", PS(i->name));
    if (indicator_find(r->all, i->name) || indicator_find(r->all, i->english))
        return refuse(r, j->line, "已有同名的指标“%.*s”", PS(i->name));
    if (!texts_read(r, json_get(j, S("出处")), j->line, S("出处"), &i->sources, &i->source_count) ||
        !texts_read(r, json_get(j, S("别名")), j->line, S("别名"), &i->aliases, &i->alias_count) || !aliases_lawful(r, j, i))
        return false;
    if (i->up == UP_RATIO || i->up == UP_BALANCE ? !parts_read(r, j, i) : !counted_read(r, j, i))
        return false;
    if (r->all->n == INDICATORS_MAX)
        return refuse(r, j->line, "指标最多 %d 个", INDICATORS_MAX);
    *list_add(r->op, r->all) = i;
    return true;
}

[[nodiscard]] static bool uncounted_read(struct reader *r, const struct json *j)
{
    struct uncounted u = {.reason = json_str(j, S("原因")), .file = r->file};
    if (!only(r, j, " 出处 原因 ") || !texts_read(r, json_get(j, S("出处")), j->line, S("出处"), &u.sources, &u.source_count))
        return false;
    if (!u.source_count || !u.reason.n)
        return refuse(r, j->line, "“不列”须写“出处”和“原因”");
    *list_add(r->op, &r->all->uncounted) = u;
    return true;
}

[[nodiscard]] static bool file_indicators(struct reader *r)
{
    struct json *json;
    bool good = true;
    if (!json_file(r->op, r->file, r->file, INDICATOR_FILE_BYTES_MAX, &json) ||
        !only(r, json, " $schema 说明 指标 不列 "))
        return false;
    const struct json *list = json_get(json, S("指标")), *not = json_get(json, S("不列"));
    for (const struct json *j = list ? list->first : NULL; j; j = j->next)
        good = indicator_read(r, j) && good; /* the others are still read, so that all faults are told at once */
    for (const struct json *j = not ? not->first : NULL; j; j = j->next)
        good = uncounted_read(r, j) && good;
    return good;
}

/* ---- made of parts ----------------------------------------------------------------------------------------------- */

/* Grouped as all its parts can be. */
static void groups_common(struct indicator *i)
{
    const struct indicator *first = i->parts[0].of;
    i->by_unit = true;
    for (size_t k = 0; k < i->part_count; k++)
        i->by_unit = i->by_unit && i->parts[k].of->by_unit;
    for (size_t n = 0; n < first->by_count; n++) {
        size_t having = 0;
        for (size_t k = 0; k < i->part_count; k++)
            for (size_t m = 0; m < i->parts[k].of->by_count; m++)
                having += i->parts[k].of->by[m] == first->by[n];
        if (having == i->part_count)
            i->by[i->by_count++] = first->by[n];
    }
}

/* Yuan are not taken from heads: what is added and subtracted has one unit, which is that of the result. */
[[nodiscard]] static bool part_check(struct reader *r, const struct part *p, const struct indicator *of)
{
    const struct indicator *i = p->of;
    if (!of)
        return refuse_at(r->op, i->file, p->line, "%.*s“%.*s”用到的指标“%.*s”没有，请核对%.*s的名称",
                         PS(adding_up_names[i->up]), PS(i->name), PS(p->name), PS(part_sign_names[p->sign]));
    if (of->up == UP_LIST)
        return refuse_at(r->op, i->file, p->line, "“%.*s”用到的“%.*s”是列举，不是数", PS(i->name), PS(of->name));
    if (i->up == UP_BALANCE && !str_eq(i->unit, of->unit))
        return refuse_at(r->op, i->file, p->line, "“%.*s”的单位是“%.*s”，“%.*s”的是“%.*s”，不能相加减", PS(i->name), PS(i->unit),
                         PS(of->name), PS(of->unit));
    for (size_t k = 0; k < i->part_count; k++)
        if (i->up == UP_BALANCE && i->parts[k].of == of)
            return refuse_at(r->op, i->file, p->line, "“%.*s”里“%.*s”写了两次", PS(i->name), PS(of->name));
    return true;
}

[[nodiscard]] static bool parts_link(struct reader *r)
{
    bool good = true;
    for (size_t k = 0; k < r->parts.n; k++) {
        struct part *p = &r->parts.p[k];
        const struct indicator *of = indicator_find(r->all, p->name);
        if (part_check(r, p, of))
            p->of->parts[p->of->part_count++] = (struct indicator_part){p->sign, of};
        else
            good = false;
    }
    return good;
}

/* Walks down; `chain` holds the names above, `known` those found good. */
[[nodiscard]] static bool circle_find(struct reader *r, struct indicator *i, struct indicator **chain, size_t depth,
                                      struct map *known)
{
    for (size_t k = 0; k < depth; k++) {
        struct buf b;
        if (chain[k] != i)
            continue;
        buf_init(&b, r->op, 0);
        for (size_t n = k; n < depth; n++)
            buf_text(&b, "%.*s → ", PS(chain[n]->name));
        return refuse_at(r->op, i->file, i->line, "指标互相引用成了圈：%.*s%.*s；请断开其中一处", PS(buf_str(&b)), PS(i->name));
    }
    i->leaves = i->part_count ? i->leaves : 1;
    if (!i->part_count || map_get(known, i->name))
        return true;
    chain[depth] = i;
    for (size_t k = 0; k < i->part_count; k++) {
        struct indicator *of = (struct indicator *)i->parts[k].of;
        if (!circle_find(r, of, chain, depth + 1, known))
            return false;
        i->depth = of->depth >= i->depth ? of->depth + 1 : i->depth;
        i->leaves += of->leaves;
    }
    groups_common(i);
    map_put(known, i->name, i);
    if (i->depth > INDICATOR_DEPTH_MAX)
        return refuse_at(r->op, i->file, i->line, "%.*s“%.*s”套了 %d 层，最多 %d 层", PS(adding_up_names[i->up]), PS(i->name),
                         i->depth, INDICATOR_DEPTH_MAX);
    return i->leaves <= INDICATOR_LEAVES_MAX ||
           refuse_at(r->op, i->file, i->line, "“%.*s”一共要数 %d 个指标，最多 %d 个", PS(i->name), i->leaves, INDICATOR_LEAVES_MAX);
}

[[nodiscard]] static bool circles_check(struct reader *r)
{
    struct indicator **chain = op_array(r->op, struct indicator *, r->all->n + 2);
    struct map known;
    map_init(&known, r->op);
    for (size_t k = 0; k < r->parts.n; k++)
        if (!circle_find(r, r->parts.p[k].of, chain, 0, &known))
            return false;
    return true;
}

/* ---- all packs --------------------------------------------------------------------------------------------------- */

bool indicators_load(struct op *op, const struct town *town, str packs_folder, struct indicators **ret)
{
    struct reader r = {.op = op, .town = town, .all = op_new(op, struct indicators)};
    struct pack_file *files;
    size_t count;
    bool good = true;
    if (!pack_files(op, packs_folder, S("indicators"), S(".json"), &files, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        r.pack = files[i].pack;
        r.file = files[i].path;
        good = file_indicators(&r) && good;
    }
    if (!good || !parts_link(&r) || !circles_check(&r))
        return false;
    *ret = r.all;
    return true;
}

size_t indicators_count(const struct indicators *all)
{
    return all->n;
}

const struct indicator *indicators_at(const struct indicators *all, size_t i)
{
    must(i < all->n);
    return all->p[i];
}

const struct indicator *indicator_find(const struct indicators *all, str name)
{
    for (size_t i = 0; i < all->n; i++)
        if (str_eq(all->p[i]->name, name) || str_eq(all->p[i]->english, name))
            return all->p[i];
    return NULL;
}

const struct uncounted *indicators_uncounted(const struct indicators *all, size_t *ret_count)
{
    *ret_count = all->uncounted.n;
    return all->uncounted.p;
}
