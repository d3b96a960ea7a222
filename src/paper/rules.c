/* The rules as data: formats and font chains from packs/documents/gb9704.json. */
#include <stdlib.h>

#include "paper/inner.h"

enum rule_kind { RULE_NUMBER, RULE_BOOL, RULE_TEXT };

#define FIELD(kind_, name_, member, low_, high_) {SC(name_), kind_, offsetof(struct paper_style, member), low_, high_}
static const struct rule_field {
    str name;
    enum rule_kind kind;
    size_t offset;
    double low, high;
} fields[] = {
    FIELD(RULE_NUMBER, "纸宽", page_w, 50, 1200),
    FIELD(RULE_NUMBER, "纸高", page_h, 50, 1200),
    FIELD(RULE_NUMBER, "天头", top, 0, 200),
    FIELD(RULE_NUMBER, "订口", left, 0, 200),
    FIELD(RULE_NUMBER, "版心宽", width, 40, 1200),
    FIELD(RULE_NUMBER, "版心高", height, 40, 1200),
    FIELD(RULE_NUMBER, "行数", rows, 5, 100),
    FIELD(RULE_NUMBER, "每行字数", cells, 5, 100),
    FIELD(RULE_NUMBER, "行距", pitch, 0, 50),
    FIELD(RULE_NUMBER, "正文字号", size, 5, 72),
    FIELD(RULE_NUMBER, "标题字号", title_size, 5, 72),
    FIELD(RULE_NUMBER, "标题行距", title_pitch, 5, 100),
    FIELD(RULE_NUMBER, "表格字号", table_size, 0, 72),
    FIELD(RULE_NUMBER, "版记字号", imprint_size, 5, 72),
    FIELD(RULE_NUMBER, "页码字号", number_size, 5, 72),
    FIELD(RULE_NUMBER, "标志上边", mark_top, 0, 300),
    FIELD(RULE_NUMBER, "标志字号", mark_size, 10, 100),
    FIELD(RULE_NUMBER, "标志最宽", mark_width, 20, 300),
    FIELD(RULE_NUMBER, "标志最窄比例", mark_stretch_min, 0.3, 1),
    FIELD(RULE_TEXT, "标志后缀", mark_word, 0, 0),
    FIELD(RULE_NUMBER, "发文字号空行", number_gap, 0, 10),
    FIELD(RULE_BOOL, "发文字号居右", number_right, 0, 0),
    FIELD(RULE_BOOL, "版头分隔线", has_rule, 0, 0),
    FIELD(RULE_NUMBER, "分隔线距", number_rule_gap, 0, 50),
    FIELD(RULE_NUMBER, "分隔线长", rule_w, 20, 300),
    FIELD(RULE_NUMBER, "分隔线粗", rule_thick, 0.05, 5),
    FIELD(RULE_NUMBER, "分隔线细", rule_thin, 0, 5),
    FIELD(RULE_NUMBER, "双线间距", rule_between, 0, 10),
    FIELD(RULE_NUMBER, "下线距页底", foot_rule_bottom, 0, 100),
    FIELD(RULE_NUMBER, "标题空行", title_gap, 0, 10),
    FIELD(RULE_NUMBER, "主送空行", to_gap, 0, 10),
    FIELD(RULE_NUMBER, "正文空行", body_gap, 0, 10),
    FIELD(RULE_NUMBER, "印章直径", seal_size, 10, 80),
    FIELD(RULE_NUMBER, "印章上移", seal_lift, 0, 20),
    FIELD(RULE_NUMBER, "最小行距比例", pitch_min, 0.5, 1),
    FIELD(RULE_TEXT, "主送在版记", to_label, 0, 0),
    FIELD(RULE_BOOL, "正文列出席", lists_people, 0, 0),
    FIELD(RULE_BOOL, "版记分隔线", imprint_rules, 0, 0),
    FIELD(RULE_NUMBER, "版记粗线", imprint_thick, 0.05, 2),
    FIELD(RULE_NUMBER, "版记细线", imprint_thin, 0.05, 2),
    FIELD(RULE_BOOL, "版记在双数页", imprint_even, 0, 0),
    FIELD(RULE_NUMBER, "页码距版心", page_number_gap, 0, 30),
    FIELD(RULE_BOOL, "首页页码", first_number, 0, 0),
};

static const str type_names[PAPER_TYPES] = {SC("宋体"), SC("仿宋"), SC("楷体"), SC("黑体"), SC("小标宋")};

[[nodiscard]] static bool field_read(struct op *op, const struct rule_field *f, const struct json *from,
                                     struct paper_style *to)
{
    char *place = (char *)to + f->offset;
    switch (f->kind) {
    case RULE_NUMBER: {
        double value = from->kind == JSON_NUMBER ? strtod(from->text.p, NULL) : f->low - 1;
        if (!(value >= f->low && value <= f->high))
            return op_fail(op, FAULT_INPUT, from->key, "第%d行：须是 %g 到 %g 的数", from->line, f->low, f->high);
        *(double *)place = value;
        return true;
    }
    case RULE_BOOL:
        if (from->kind != JSON_TRUE && from->kind != JSON_FALSE)
            return op_fail(op, FAULT_INPUT, from->key, "第%d行：须是 true 或 false", from->line);
        *(bool *)place = from->kind == JSON_TRUE;
        return true;
    case RULE_TEXT:
        if (from->kind != JSON_STRING)
            return op_fail(op, FAULT_INPUT, from->key, "第%d行：须是文字", from->line);
        *(str *)place = from->text;
        return true;
    }
    must(!"a kind of rule");
    return false;
}

[[nodiscard]] static bool style_read(struct op *op, const struct json *from, struct paper_style *to)
{
    if (from->kind != JSON_OBJECT)
        return op_fail(op, FAULT_INPUT, from->key, "第%d行：须是 {…}", from->line);
    for (const struct json *j = from->first; j; j = j->next) {
        const struct rule_field *found = NULL;
        for (size_t i = 0; i < COUNT(fields) && !found; i++)
            if (str_eq(fields[i].name, j->key))
                found = &fields[i];
        if (!found && !str_eq(j->key, S("说明")))
            return op_fail(op, FAULT_INPUT, j->key, "第%d行：没有这项格式规则，请核对名称", j->line);
        if (found && !field_read(op, found, j, to))
            return false;
    }
    return true;
}

[[nodiscard]] static bool chains_read(struct op *op, const struct json *from, struct paper_rules *rules)
{
    for (const struct json *j = from ? from->first : NULL; j; j = j->next) {
        int type = 0;
        while (type < PAPER_TYPES && !str_eq(type_names[type], j->key))
            type++;
        if (type == PAPER_TYPES || j->kind != JSON_ARRAY || j->count == 0 || j->count > CHAIN_MAX)
            return op_fail(op, FAULT_INPUT, j->key,
                           "第%d行：字体须是 宋体 仿宋 楷体 黑体 小标宋 之一，每种列 1 到 %d 个字体名", j->line,
                           CHAIN_MAX);
        for (const struct json *name = j->first; name; name = name->next) {
            if (name->kind != JSON_STRING || name->text.n == 0 || name->text.n > 200)
                return op_fail(op, FAULT_INPUT, j->key, "第%d行：字体名须是文字", name->line);
            rules->chains[type][rules->chain_counts[type]++] = name->text;
        }
    }
    return true;
}

[[nodiscard]] static bool words_read(struct op *op, const struct json *from, struct paper_rules *rules)
{
    if (!from)
        return true;
    if (from->kind != JSON_ARRAY || from->count > 2000)
        return op_fail(op, FAULT_INPUT, from->key, "第%d行：须是不多于 2000 个词的 […]", from->line);
    rules->words = op_array(op, str, from->count + 1);
    for (const struct json *j = from->first; j; j = j->next) {
        if (j->kind != JSON_STRING || j->text.n == 0 || j->text.n > 60)
            return op_fail(op, FAULT_INPUT, from->key, "第%d行：词须是 1 到 20 个字", j->line);
        rules->words[rules->word_count++] = j->text;
    }
    return true;
}

/* {"文种": "报告", "在": "正文", "有": ["请批示"], "提示": "……"}: the regulation's rules of use, and a town's own. */
[[nodiscard]] static bool usage_read(struct op *op, const struct json *from, struct usage *u)
{
    static const struct paper_official any = {0};
    const struct json *words = json_get(from, S("有"));
    str ignored;
    *u = (struct usage){json_str(from, S("文种")), json_str(from, S("在")), json_str(from, S("提示")), NULL, 0};
    if (u->kind.n == 0 || u->text.n == 0 || !official_part(&any, u->part, &ignored) ||
        (words && (words->kind != JSON_ARRAY || words->count > 200)))
        return op_fail(op, FAULT_INPUT, S("用语提示"), "第%d行：须写文种、在（公文要素的名称）、有（一列词）和提示", from->line);
    u->words = op_array(op, str, words ? words->count + 1 : 1);
    for (const struct json *j = words ? words->first : NULL; j; j = j->next) {
        if (j->kind != JSON_STRING || j->text.n == 0)
            return op_fail(op, FAULT_INPUT, S("用语提示"), "第%d行：“有”里须是词", j->line);
        u->words[u->word_count++] = j->text;
    }
    return true;
}

[[nodiscard]] static bool usages_read(struct op *op, const struct json *from, struct paper_rules *rules)
{
    if (!from)
        return true;
    if (from->kind != JSON_ARRAY || from->count > 200)
        return op_fail(op, FAULT_INPUT, from->key, "第%d行：须是不多于 200 条的 […]", from->line);
    rules->usages = op_array(op, struct usage, from->count + 1);
    for (const struct json *j = from->first; j; j = j->next)
        if (!usage_read(op, j, &rules->usages[rules->usage_count++]))
            return false;
    return true;
}

void usages_tell(struct paper *paper, const struct paper_rules *rules, const struct paper_official *doc)
{
    for (size_t i = 0; i < rules->usage_count; i++) {
        const struct usage *u = &rules->usages[i];
        str part, word = S("");
        size_t at;
        if (!str_ends(paper->title, u->kind) || !official_part(doc, u->part, &part) || part.n == 0)
            continue;
        for (size_t k = 0; k < u->word_count && !word.n; k++)
            word = str_find(part, u->words[k], &at) ? u->words[k] : word;
        if (word.n)
            paper_note(paper, u->part, "“%.*s”：%.*s", PS(word), PS(u->text));
        else if (u->word_count == 0)
            paper_note(paper, u->part, "%.*s", PS(u->text));
    }
}

bool paper_rules_read(struct op *op, str text, struct paper_rules **ret)
{
    struct json *json;
    if (!json_parse(op, text, &json))
        return false;
    struct paper_rules *rules = op_new(op, struct paper_rules);
    const struct json *base = json_get(json, S("基本")), *formats = json_get(json, S("格式"));
    if (!base || !formats || formats->kind != JSON_OBJECT || formats->count == 0)
        return op_fail(op, FAULT_INPUT, S("基本"), "公文格式须有“基本”和“格式”两部分");
    struct paper_style usual = {0};
    if (!words_read(op, json_get(json, S("不拆词")), rules) || !usages_read(op, json_get(json, S("用语提示")), rules) ||
        !chains_read(op, json_get(json, S("字体")), rules) || !style_read(op, base, &usual))
        return false;
    if (usual.page_w == 0 || usual.page_h == 0 || usual.width == 0 || usual.height == 0 || usual.rows == 0 ||
        usual.cells == 0 || usual.size == 0 || usual.title_size == 0 || usual.imprint_size == 0 ||
        usual.number_size == 0 || usual.mark_size == 0)
        return op_fail(op, FAULT_INPUT, S("基本"), "须写明纸、版心、行数、每行字数和各字号");
    rules->styles = op_array(op, struct paper_style, formats->count);
    for (const struct json *j = formats->first; j; j = j->next) {
        struct paper_style *style = &rules->styles[rules->style_count++];
        *style = usual;
        style->name = j->key;
        if (!style_read(op, j, style))
            return false;
        if (style->pitch == 0)
            style->pitch = style->height / style->rows;
        if (style->left + style->width > style->page_w || style->top + style->height > style->page_h)
            return op_fail(op, FAULT_INPUT, j->key, "第%d行：版心伸出纸外，请核对", j->line);
    }
    *ret = rules;
    return true;
}

const struct paper_style *rules_style(const struct paper_rules *rules, str name)
{
    for (size_t i = 0; i < rules->style_count; i++)
        if (str_eq(rules->styles[i].name, name))
            return &rules->styles[i];
    return NULL;
}
