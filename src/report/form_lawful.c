/* 表号 制定机关 批准文号 有效期: what the law wants of a statistical form, and which of it is lacking. */
#include "report/form.h"

/* 表　　号：X, the label drawn out with spaces: what stands behind the colon. */
static bool label_spaced(struct op *op, str text, str label, str *ret)
{
    struct buf tight;
    size_t colon, n = strlen("：");
    if (!str_find(text, S("："), &colon)) {
        if (!str_find(text, S(":"), &colon))
            return false;
        n = 1;
    }
    buf_init(&tight, op, 0);
    for (size_t i = 0; i < colon; i++) {
        bool wide = str_starts(str_part(text, i, colon), S("　"));
        if (!wide && text.p[i] != ' ')
            buf_byte(&tight, text.p[i]);
        i += wide ? strlen("　") - 1 : 0;
    }
    *ret = str_part(text, colon + n, text.n);
    return str_eq(buf_str(&tight), label);
}

/* The text behind a label, in its cell or in the next one of the row. */
static str labelled(const struct grid *g, const struct form *f, const str *labels, size_t count)
{
    for (size_t i = 0; i < g->rows.n; i++) {
        const struct grid_row *r = &g->rows.p[i];
        if (f->heading_first && r->number >= f->heading_first && r->number <= f->heading_last)
            continue;
        for (size_t k = 0; k < r->cells.n; k++)
            for (size_t n = 0; n < count; n++) {
                str text = r->cells.p[k].text;
                size_t at;
                if (str_find(text, labels[n], &at))
                    text = str_part(text, at + labels[n].n, text.n);
                else if (!label_spaced(g->op, text, labels[n], &text))
                    continue;
                text = str_trim(text);
                if (str_starts(text, S("：")) || str_starts(text, S(":")))
                    text = str_trim(str_part(text, str_starts(text, S(":")) ? 1 : strlen("："), text.n));
                if (!text.n && k + 1 < r->cells.n)
                    text = r->cells.p[k + 1].text;
                for (size_t end = 0; end + 1 < text.n; end++) /* 表号：X　　制定机关：Y in one cell */
                    if (str_starts(str_part(text, end, text.n), S("　")) ||
                        str_starts(str_part(text, end, text.n), S("  ")))
                        text = str_part(text, 0, end);
                return text;
            }
    }
    return S("");
}

/* 2022年6月 is the last day of June. */
static bool until_parse(str text, day *ret)
{
    static const str fillers[] = {SC("至"), SC("到")};
    for (size_t i = 0; i < COUNT(fillers); i++)
        if (str_starts(text, fillers[i]))
            text = str_trim(str_part(text, fillers[i].n, text.n));
    if (day_parse(text, ret))
        return true;
    int year = 0, month = 0;
    size_t i = 0;
    for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && year < 10000; i++)
        year = year * 10 + (text.p[i] - '0');
    while (i < text.n && (text.p[i] < '0' || text.p[i] > '9'))
        i++;
    for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && month < 100; i++)
        month = month * 10 + (text.p[i] - '0');
    if (year < 1990 || year > 2100 || month < 1 || month > 12)
        return false;
    *ret = month_end(year, month);
    return true;
}

void lawful_read(struct op *op, const struct grid *g, struct form *f)
{
    static const str numbers[] = {SC("表号")},
                     organs[] = {SC("制定机关"), SC("制表机关"), SC("制定单位")},
                     approvals[] = {SC("批准文号"), SC("备案文号"), SC("批准机关文号"), SC("文号")},
                     untils[] = {SC("有效期至"), SC("有效期限"), SC("有效期")};
    struct buf b;
    f->number = labelled(g, f, numbers, COUNT(numbers));
    f->organ = labelled(g, f, organs, COUNT(organs));
    f->approval = labelled(g, f, approvals, COUNT(approvals));
    f->until_text = labelled(g, f, untils, COUNT(untils));
    bool dated = f->until_text.n && until_parse(f->until_text, &f->until);
    const struct {
        str what, value;
    } wanted[] = {{S("表号"), f->number},
                  {S("制定机关"), f->organ},
                  {S("批准或备案文号"), f->approval},
                  {S("有效期限"), dated ? f->until_text : S("")}};
    buf_init(&b, op, 1000);
    for (size_t i = 0; i < COUNT(wanted); i++)
        if (!wanted[i].value.n)
            buf_text(&b, "%s%.*s", b.n ? "、" : "缺", PS(wanted[i].what));
    if (dated && f->until < day_at(op->now))
        buf_text(&b, "%s有效期已过（%.*s）", b.n ? "，" : "", PS(f->until_text));
    f->refusable = b.n > 0;
    f->refusal = b.n ? op_text(op, "%.*s；依统计法可以拒绝填报", (int)b.n, b.p) : S("");
}
