/* One official document from what was typed to finished pages. */
#include "paper/place.h"

/* 2021年12月6日: Arabic figures, no leading zeros. What is no date stays as it was typed, and the author is told. */
static str date_words(struct place *p, str part, str typed)
{
    day d;
    if (typed.n == 0)
        return typed;
    if (!day_parse(typed, &d)) {
        paper_note(p->paper, part, "“%.*s”不是完整的年月日，请核对", PS(str_part(typed, 0, 60)));
        return typed;
    }
    return day_shown(p->op, d);
}

[[nodiscard]] static bool lengths_check(struct op *op, const struct paper_official *doc)
{
    const struct {
        str part, value;
        size_t max;
    } values[] = {
        {S("份号"), doc->copy_number, 60},      {S("密级"), doc->secrecy, 60},  {S("紧急程度"), doc->urgency, 60},
        {S("发文字号"), doc->number, 90},       {S("成文日期"), doc->date, 60}, {S("职务"), doc->office, 60},
        {S("署名"), doc->signers, 900},         {S("附注"), doc->remark, 900},  {S("印发机关"), doc->printer, 90},
        {S("印发日期"), doc->print_date, 60},   {S("抄送"), doc->copies, 9000}, {S("主送"), doc->to, 9000},
        {S("正文"), doc->body, PAPER_TEXT_MAX},
    };
    for (size_t i = 0; i < COUNT(values); i++) {
        if (values[i].value.n > values[i].max)
            return op_fail(op, FAULT_INPUT, values[i].part, "太长（超过 %zu 字），请缩短", values[i].max / 3);
        if (!utf8_valid(values[i].value))
            return op_fail(op, FAULT_INPUT, values[i].part, "含有不是 UTF-8 的字节，请重新输入");
    }
    if (doc->attachment_count > 64)
        return op_fail(op, FAULT_INPUT, S("附件"), "最多 64 个附件");
    if (doc->seal_kind.n && !str_eq(doc->seal_kind, S("留")) && !doc->seal)
        return op_fail(op, FAULT_INPUT, S("印章"), "没有印章图片；盖在纸上的写“印章：留”");
    return true;
}

bool paper_official(struct op *op, const struct paper_fonts *fonts, const struct paper_rules *rules,
                    const struct paper_official *doc, struct paper **ret)
{
    const struct paper_style *style = rules_style(rules, doc->format.n ? doc->format : S("文件"));
    if (!style)
        return op_fail(op, FAULT_INPUT, S("格式"), "没有“%.*s”这种格式，请核对", PS(str_part(doc->format, 0, 60)));
    if (!lengths_check(op, doc))
        return false;
    struct paper_official told = *doc;
    if (style->lists_people) {
        official_lists(op, &told);
        doc = &told;
    }
    struct place p = {.op = op, .paper = paper_new(op, fonts), .rules = rules, .style = style, .doc = doc};
    str rest = doc->title, first = list_take(&rest), pieces[8] = {first};
    size_t n = 1;
    for (str one = list_take(&rest); one.n && n < COUNT(pieces); one = list_take(&rest))
        pieces[n++] = one;
    p.paper->title = op_join(op, pieces, n, S(""));
    p.size = style->size * PT;
    p.cell = style->width / style->cells;
    p.right = style->left + style->width;
    p.bottom = style->top + style->height;
    p.unnumbered = op_array(op, bool, PAPER_PAGES_MAX);
    p.approved_on = date_words(&p, S("成文日期"), doc->date);
    p.printed_on = date_words(&p, S("印发日期"), doc->print_date);
    if (!page_add(p.paper, style->page_w, style->page_h) || !head_place(&p) || !body_place(&p) ||
        !attachments_place(&p) || !imprint_place(&p))
        return false;
    numbers_place(&p);
    usages_tell(p.paper, rules, doc);
    *ret = p.paper;
    return true;
}
