/* What the words of a superior's headings mean: names and synonyms of fields and indicators, choices made before. */
#include "ledger/excel.h"
#include "report/form.h"

static void word_put(struct meanings *m, str words, enum form_use use, enum form_sure sure, const struct field *f,
                     const struct indicator *i)
{
    str plain = excel_heading(m->op, words);
    if (!plain.n || map_get(&m->words, plain))
        return;
    struct form_column *c = op_new(m->op, struct form_column);
    *c = (struct form_column){.use = use, .sure = sure, .field = f, .indicator = i};
    map_put(&m->words, plain, c);
    *list_add(m->op, &m->list) = (struct meaning){plain, c};
}

/* 户.住址, chosen by somebody. */
static void chosen_reach_put(struct meanings *m, str heading, str meaning)
{
    struct reach *reach = op_new(m->op, struct reach);
    str why, plain = excel_heading(m->op, heading);
    if (!reach_find(m->op, plan_of(m->ledger), op_copy(m->op, meaning), reach, &why) || map_get(&m->words, plain))
        return;
    word_put(m, heading, FORM_FIELD, SURE_CHOSEN, reach->end, NULL);
    struct form_column *c = map_get(&m->words, plain);
    if (c) {
        c->reach = reach;
        c->distant = true;
    }
}

/* 岗：司机 */
bool spread_choice(const struct ledger *l, str meaning, str *ret)
{
    str by, mark = S("：");
    size_t at;
    if (!l || !l->spread.by || !str_find(meaning, mark, &at))
        return false;
    by = str_part(meaning, 0, at);
    *ret = str_part(meaning, at + mark.n, meaning.n);
    return str_eq(by, l->spread.by->name) && ret->n > 0;
}

static void chosen_choice_put(struct meanings *m, str heading, str choice)
{
    const struct spread *s = &m->ledger->spread;
    str plain = excel_heading(m->op, heading);
    word_put(m, heading, FORM_FIELD, SURE_CHOSEN, s->shown ? s->shown->end : s->cell, NULL);
    struct form_column *c = map_get(&m->words, plain);
    if (c) {
        c->reach = s->shown;
        c->choice = op_copy(m->op, choice);
    }
}

[[nodiscard]] static bool chosen_read(struct tx *tx, struct meanings *m)
{
    struct rows *rows;
    bool found;
    str of = m->ledger ? m->ledger->english : S("");
    if (!store_query(tx, "select heading, meaning from report_heading where town = $1 and ledger = $2",
                     ARGS(TEXT(store_town(tx)), TEXT(of)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        str heading = rows_text(rows, 0), meaning = rows_text(rows, 1), choice;
        const struct field *f = m->ledger ? ledger_field(m->ledger, meaning) : NULL;
        const struct indicator *i = m->ledger ? NULL : indicator_find(m->all, meaning);
        if (spread_choice(m->ledger, meaning, &choice))
            chosen_choice_put(m, heading, choice);
        else if (f || i)
            word_put(m, heading, f ? FORM_FIELD : FORM_INDICATOR, SURE_CHOSEN, f, i);
        else if (m->ledger)
            chosen_reach_put(m, heading, meaning);
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

/* Columns of other ledgers that the ledger's own sheet has, by the names they have there. */
static void reaches_put(struct meanings *m)
{
    const struct sheet *s = &m->ledger->sheet;
    for (size_t i = 0; i < s->column_count; i++) {
        const struct reach *reach = s->columns[i].reach;
        str plain = excel_heading(m->op, s->columns[i].heading);
        if (!reach || map_get(&m->words, plain))
            continue;
        word_put(m, s->columns[i].heading, FORM_FIELD, SURE_SAME, reach->end, NULL);
        ((struct form_column *)map_get(&m->words, plain))->reach = reach;
    }
}

/* 来电时 and 销号 are on one superior's form 来电时间, on another's 销号日期. */
size_t date_words(struct op *op, const struct field *f, str ret[DATE_WORDS])
{
    static const str tails[] = {SC("时间"), SC("日期"), SC("时"), SC("日")}, ends[DATE_WORDS] = {SC("时间"), SC("日期")};
    str stem = f->name;
    if (f->value != F_DAY && f->value != F_TIME)
        return 0;
    for (size_t i = 0; i < COUNT(tails); i++)
        if (str_ends(stem, tails[i])) {
            stem = str_part(stem, 0, stem.n - tails[i].n);
            break;
        }
    if (utf8_count(stem) < 2)
        return 0;
    for (size_t i = 0; i < DATE_WORDS; i++)
        ret[i] = op_text(op, "%.*s%.*s", PS(stem), PS(ends[i]));
    return DATE_WORDS;
}

static void fields_put(struct meanings *m, bool reaches)
{
    for (size_t i = 0; i < m->ledger->field_count; i++) {
        const struct field *f = &m->ledger->fields[i];
        if (excel_carries(f))
            word_put(m, f->name, FORM_FIELD, SURE_SAME, f, NULL);
    }
    if (reaches)
        reaches_put(m);
    for (size_t i = 0; i < m->ledger->field_count; i++) {
        const struct field *f = &m->ledger->fields[i];
        for (size_t k = 0; excel_carries(f) && k < f->alias_count; k++)
            word_put(m, f->aliases[k], FORM_FIELD, SURE_ALIAS, f, NULL);
    }
    for (size_t i = 0; i < m->ledger->field_count; i++) {
        const struct field *f = &m->ledger->fields[i];
        str said[DATE_WORDS];
        for (size_t k = date_words(m->op, f, said); k-- > 0;)
            word_put(m, said[k], FORM_FIELD, SURE_ALIAS, f, NULL);
    }
}

/* 横表: what heads a column of it. */
[[nodiscard]] static bool spread_put(struct tx *tx, struct meanings *m)
{
    const struct spread *s = &m->ledger->spread;
    struct spread_word *words;
    size_t count;
    if (!spread_words(tx, m->ledger, &words, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        str plain = excel_heading(m->op, words[i].word);
        if (map_get(&m->words, plain))
            continue;
        word_put(m, words[i].word, FORM_FIELD, str_eq(words[i].word, words[i].choice) ? SURE_SAME : SURE_ALIAS,
                 s->shown ? s->shown->end : s->cell, NULL);
        struct form_column *c = map_get(&m->words, plain);
        if (c) {
            c->reach = s->shown;
            c->choice = words[i].choice;
        }
    }
    return true;
}

static void indicators_put(struct meanings *m)
{
    for (size_t i = 0; i < indicators_count(m->all); i++) {
        const struct indicator *x = indicators_at(m->all, i);
        if (x->by_unit)
            word_put(m, x->name, FORM_INDICATOR, SURE_SAME, NULL, x);
    }
    for (size_t i = 0; i < indicators_count(m->all); i++) {
        const struct indicator *x = indicators_at(m->all, i);
        for (size_t k = 0; x->by_unit && k < x->alias_count; k++)
            word_put(m, x->aliases[k], FORM_INDICATOR, SURE_ALIAS, NULL, x);
    }
}

void meanings_whole(struct meanings *m)
{
    for (size_t i = 0; i < indicators_count(m->all); i++) {
        const struct indicator *x = indicators_at(m->all, i);
        word_put(m, x->name, FORM_INDICATOR, SURE_SAME, NULL, x);
        for (size_t k = 0; k < x->alias_count; k++)
            word_put(m, x->aliases[k], FORM_INDICATOR, SURE_ALIAS, NULL, x);
    }
}

/* The village group: of a row of a table, or of each record of a roll that has no field of that name. */
static void units_put(struct meanings *m)
{
    static const str units[] = {
        SC("村组"),         SC("村组名称"),   SC("嘎查村"), SC("嘎查（社区）"), SC("嘎查（村）"), SC("嘎查名称"),   SC("村名"), SC("行政村"),
        SC("村（嘎查）"),   SC("嘎查"),       SC("村"),             SC("所在嘎查"),       SC("所属嘎查"), SC("嘎查/村"), SC("单位"),       SC("填报单位"),         SC("嘎查村名称"), SC("单位名称"),   SC("村别"), SC("村（社区）"),
        SC("嘎查（村）名称"), SC("所在嘎查村"), SC("所属嘎查村"),       SC("所在村"),     SC("所属村"),     SC("村（居）")};
    for (size_t i = 0; i < COUNT(units); i++)
        word_put(m, units[i], FORM_UNIT, SURE_ALIAS, NULL, NULL);
}

bool meanings_make(struct tx *tx, const struct indicators *all, const struct ledger *l,
                   bool reaches, struct meanings *m)
{
    static const str serials[] = {SC("序号"), SC("序"), SC("No.")};
    *m = (struct meanings){.op = tx->op, .all = all, .ledger = l};
    map_init(&m->words, tx->op);
    if (!chosen_read(tx, m))
        return false;
    if (l)
        fields_put(m, reaches);
    if (l && !spread_put(tx, m))
        return false;
    if (l)
        m->spread = l->spread.by != NULL;
    else
        indicators_put(m);
    if (!l || plan_of(l)->group_via_count)
        units_put(m);
    for (size_t i = 0; i < COUNT(serials); i++)
        word_put(m, serials[i], FORM_SERIAL, SURE_SAME, NULL, NULL);
    return true;
}

/* 人口数/人, 金额，万元: the unit behind a stroke. */
static str without_unit(str plain)
{
    static const str units[] = {SC("人"), SC("户"), SC("元"), SC("万元"), SC("个"),
                                SC("次"), SC("件"), SC("亩"), SC("名"),   SC("%")};
    for (size_t i = plain.n; i-- > 0;) {
        if (plain.p[i] != '/')
            continue;
        for (size_t k = 0; k < COUNT(units); k++)
            if (str_eq(str_part(plain, i + 1, plain.n), units[k]))
                return str_part(plain, 0, i);
        return plain;
    }
    return plain;
}

const struct form_column *word_find(const struct meanings *m, str words)
{
    str plain = excel_heading(m->op, words);
    const struct form_column *c = map_get(&m->words, plain);
    if (!c)
        c = map_get(&m->words, excel_unbracketed(m->op, plain));
    return c ? c : map_get(&m->words, without_unit(plain));
}

/* Words that every list has; counted things last. */
static const str general_words[] = {
    SC("姓名"), SC("性别"), SC("年龄"), SC("民族"), SC("身份证号"), SC("身份证号码"), SC("证件号"), SC("证件号码"), SC("公民身份号码"),
    SC("出生日期"), SC("出生年月"), SC("联系电话"), SC("电话"), SC("手机"), SC("手机号"), SC("手机号码"), SC("联系方式"), SC("电话号码"),
    SC("住址"), SC("地址"), SC("现住址"), SC("家庭住址"), SC("单位"), SC("工作单位"), SC("职务"), SC("名称"), SC("编号"), SC("类型"), SC("类别"),
    SC("级别"), SC("等级"), SC("日期"), SC("时间"), SC("内容"), SC("备注"), SC("说明"), SC("来源"), SC("结果"), SC("状态"), SC("用途"), SC("面积"),
    SC("数量"), SC("起"), SC("止"), SC("合计"), SC("小计"), SC("总数"), SC("人"), SC("户")};
static const str count_words[] = {SC("户数"),     SC("人数"),     SC("人口"),     SC("人口数"), SC("金额"), SC("资金"), SC("件数"),
                                  SC("次数"),     SC("个数"),     SC("总人数"),   SC("总户数"), SC("总金额"), SC("起数"), SC("家数")};

static bool one_of(str word, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(words[i], word))
            return true;
    return false;
}

/* 督办单位 is not the 单位 of the record, nor 诉求类别 its 类别: the words in front say of what. */
static bool says_other(str plain, str known)
{
    return plain.n > known.n && str_ends(plain, known) && one_of(known, general_words, COUNT(general_words));
}

const struct form_column *word_like(const struct meanings *m, str words, bool wider)
{
    str plain = excel_unbracketed(m->op, excel_heading(m->op, words));
    const struct form_column *only = NULL;
    size_t at;
    if (utf8_count(plain) < 2)
        return NULL;
    for (size_t i = 0; i < m->list.n; i++) {
        str known = m->list.p[i].plain;
        const struct form_column *c = m->list.p[i].means;
        bool within = str_find(known, plain, &at) || (!wider && str_find(plain, known, &at));
        if (utf8_count(known) < 2 || !within || ((c->reach || c->use == FORM_UNIT) && says_other(plain, known)))
            continue;
        if (only && (only->field != c->field || only->reach != c->reach || only->indicator != c->indicator || !str_eq(only->choice, c->choice)))
            return NULL;
        only = c;
    }
    return only;
}

/* ---- headings of several levels ---------------------------------------------------------------------------------- */

static bool says_of_whom_not(const struct meanings *m, str word)
{
    str plain = excel_unbracketed(m->op, excel_heading(m->op, word));
    return one_of(plain, general_words, COUNT(general_words)) || one_of(plain, count_words, COUNT(count_words));
}

/* 户主情况: without the words that only say it is a heading. */
static str heading_stem(str above)
{
    static const str tails[] = {SC("基本情况"), SC("基本信息"), SC("情况"), SC("信息"), SC("资料")};
    for (size_t i = 0; i < COUNT(tails); i++)
        if (str_ends(above, tails[i]))
            return str_trim(str_part(above, 0, above.n - tails[i].n));
    return above;
}

/* A stroke within brackets is of the words: 隐患类别（一般/重大）. */
static str levels_split(str heading, str *ret_last)
{
    static const str opens[] = {SC("（"), SC("("), SC("【")}, closes[] = {SC("）"), SC(")"), SC("】")};
    size_t from = 0, above = 0;
    int depth = 0;
    for (size_t i = 0; i < heading.n; i++) {
        str rest = str_part(heading, i, heading.n);
        for (size_t k = 0; k < COUNT(opens); k++)
            depth += str_starts(rest, opens[k]) - (depth > 0 && str_starts(rest, closes[k]));
        if (heading.p[i] == '/' && depth == 0) {
            above = from;
            from = i + 1;
        }
    }
    *ret_last = str_part(heading, from, heading.n);
    return from ? str_part(heading, above, from - 1) : S("");
}

str heading_joined(struct op *op, str heading, str *ret_last)
{
    str above = heading_stem(levels_split(heading, ret_last));
    return above.n ? op_text(op, "%.*s%.*s", PS(above), PS(*ret_last)) : S("");
}

bool heading_elsewhere(const struct meanings *m, str heading)
{
    static const str everybody[] = {SC("基本"), SC("个人"), SC("本人"),   SC("人员"), SC("家庭"), SC("家庭成员"), SC("成员"),
                                    SC("农户"), SC("牧户"), SC("农牧户"), SC("住户"), SC("对象"), SC("人口"),     SC("身份")};
    str last, stem = heading_stem(levels_split(heading, &last));
    size_t at;
    if (!stem.n || !says_of_whom_not(m, last) || one_of(excel_heading(m->op, stem), everybody, COUNT(everybody)))
        return false;
    if (!m->ledger)
        return true;
    return !str_eq(stem, m->ledger->name) && !(utf8_count(stem) > 1 && str_find(m->titles, stem, &at));
}

bool heading_hints(const struct meanings *m, str heading)
{
    str plain = excel_unbracketed(m->op, excel_heading(m->op, heading));
    return heading_elsewhere(m, heading) || (!m->ledger && one_of(plain, count_words, COUNT(count_words)));
}

const struct form_column *heading_means(const struct meanings *m, str heading)
{
    static const str wholes[] = {SC("合计"), SC("小计"), SC("总计"), SC("总数"), SC("计")};
    str last, above = levels_split(heading, &last), joined = heading_joined(m->op, heading, &last);
    const struct form_column *post = m->spread && above.n ? word_find(m, above) : NULL;
    if (post && post->choice.n) { /* 带班领导/姓名, 带班领导/电话 */
        const struct form_column *own = word_find(m, last);
        return own && own->field == m->ledger->spread.cell ? post : own;
    }
    const struct form_column *c = word_find(m, heading);
    if (!c && above.n)
        c = word_find(m, op_text(m->op, "%.*s%.*s", PS(above), PS(last)));
    if (!c && joined.n)
        c = word_find(m, joined);
    if (!c && above.n && one_of(excel_heading(m->op, last), wholes, COUNT(wholes)))
        c = word_find(m, above); /* 户籍人口/合计 above 男 and 女 */
    return c || heading_elsewhere(m, heading) ? c : word_find(m, last);
}

/* ---- what is counted ---------------------------------------------------------------------------------------------- */

/* The only one by village group that ends with the word and whose beginning the title has: 冬春救助户数 of 户数. */
static const struct indicator *count_titled(const struct indicators *all, str title, str word)
{
    const struct indicator *only = NULL;
    size_t at;
    for (size_t i = 0; i < indicators_count(all); i++) {
        const struct indicator *x = indicators_at(all, i);
        if (!x->by_unit || !str_ends(x->name, word))
            continue;
        str of = str_part(x->name, 0, x->name.n - word.n);
        if (utf8_count(of) < 2 || !str_find(title, str_part(of, 0, utf8_skip(of, 2)), &at))
            continue;
        if (only)
            return NULL;
        only = x;
    }
    return only;
}

const struct indicator *count_below(const struct meanings *m, str heading)
{
    str last, stem = heading_stem(levels_split(heading, &last)), plain = excel_unbracketed(m->op, excel_heading(m->op, last));
    for (size_t i = 0; i < COUNT(count_words) && stem.n; i++)
        if (plain.n > count_words[i].n && str_ends(plain, count_words[i]))
            return count_titled(m->all, stem, count_words[i]);
    return NULL;
}

static bool is_about_everybody(str title)
{
    static const str words[] = {SC("人口"), SC("户籍"), SC("基本情况"), SC("概况"), SC("村情"), SC("摸底")};
    size_t at;
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_find(title, words[i], &at))
            return true;
    return !title.n;
}

void counts_by_title(struct op *op, const struct indicators *all, struct form *f)
{
    struct form_column *columns = (struct form_column *)f->columns;
    for (size_t i = 0; i < f->column_count; i++) {
        struct form_column *c = &columns[i];
        str word = excel_unbracketed(op, excel_heading(op, c->heading));
        if (c->sure == SURE_CHOSEN || is_about_everybody(f->title) || !one_of(word, count_words, COUNT(count_words)))
            continue;
        const struct indicator *x = count_titled(all, f->title, word);
        for (size_t k = 0; x && k < f->column_count; k++)
            if (columns[k].indicator == x)
                x = NULL;
        if (x)
            c->use = FORM_INDICATOR;
        c->indicator = x ? x : c->indicator;
        c->sure = c->indicator ? SURE_LIKE : c->sure;
    }
}
