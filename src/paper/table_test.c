/* Tables within the text of a document. */
#include <math.h>

#include "base/test.h"
#include "paper/inner.h"

/* T = 37 mm, L = 28 mm, 156 x 225 mm, 22 rows. */
static const double left = 28, right = 184, bottom = 262, row_h = 225 / 22.0;

static struct paper *made(struct op *op, str body)
{
    struct paper_rules *rules;
    struct paper_fonts *fonts;
    struct paper *paper = NULL;
    str json;
    struct paper_official doc = {.format = S("材料"), .title = S("统计情况"), .body = body};
    bool good = file_read(op, S("packs/documents/gb9704.json"), 1 << 20, &json) && paper_rules_read(op, json, &rules) &&
                paper_fonts_open(op, rules, &fonts) && paper_official(op, fonts, rules, &doc, &paper);
    for (const struct fault *f = op->faults; f; f = f->next)
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(f->field), PS(f->text));
    must(good);
    return paper;
}

static str table_of(struct op *op, int rows)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S("各村组情况如下：\n|村组|户数|人数|\n"));
    for (int i = 1; i <= rows; i++)
        buf_text(&b, "|第%d村|%d|%d|\n", i, i, 2 * i);
    buf_add(&b, S("以上是全部村组。\n"));
    return buf_str(&b);
}

static size_t runs_of(const struct paper *paper, size_t page, str text)
{
    size_t n = 0;
    for (size_t i = 0; i < paper->pages[page].count; i++)
        n += paper->pages[page].items[i].kind == PAPER_RUN && str_eq(paper->pages[page].items[i].text, text);
    return n;
}

TEST("a table stands on the rows of the 版心, as wide as it, and the text goes on below it")
{
    struct paper *paper = made(op, table_of(op, 5));
    double last = 0, after = 0;
    check_int((int64_t)paper->page_count, 1);
    check_int((int64_t)runs_of(paper, 0, S("第5村")), 1);
    check_int((int64_t)runs_of(paper, 0, S("10")), 1);
    for (size_t i = 0; i < paper->pages[0].count; i++) {
        const struct paper_item *item = &paper->pages[0].items[i];
        if (str_eq(item->part, S("表线"))) {
            check(item->x >= left - 0.2 && item->x + item->w <= right + 0.2 && item->y + item->h <= bottom + 0.2);
            last = fmax(last, item->y + item->h);
            if (item->w > 100)
                check(fabs(item->w - (right - left)) < 0.01);
            else
                check(fabs(item->h - row_h) < 0.01);
        }
        if (item->kind == PAPER_RUN && str_starts(item->text, S("以上")))
            after = item->y;
    }
    check(last > 0 && after > last && after < last + row_h);
}

TEST("a table that goes on on the next page has its heading there again, and none of its rows is lost or torn")
{
    enum { ROWS = 70 };
    struct paper *paper = made(op, table_of(op, ROWS));
    int rows = 0;
    check(paper->page_count > 2);
    for (size_t page = 0; page < paper->page_count; page++) {
        bool has_rows = false;
        for (int i = 1; i <= ROWS; i++) {
            size_t found = runs_of(paper, page, op_text(op, "第%d村", i));
            rows += (int)found;
            has_rows |= found > 0;
        }
        check(runs_of(paper, page, S("户数")) == (has_rows ? 1 : 0));
    }
    check_int(rows, ROWS);
}

TEST("the sentence before a table is on its page, whatever the length of the text above")
{
    for (int above = 1; above < 24; above++) {
        struct mark mark = op_mark(op);
        struct buf b;
        buf_init(&b, op, 0);
        for (int i = 0; i < above; i++)
            buf_add(&b, S("这是一行。\n"));
        buf_add(&b, S("各村组情况如下：\n|村组|户数|\n|甲村|1|\n|乙村|2|\n"));
        struct paper *paper = made(op, buf_str(&b));
        for (size_t page = 0; page < paper->page_count; page++)
            check(runs_of(paper, page, S("各村组情况如下：")) == runs_of(paper, page, S("甲村")));
        op_reset(op, mark);
    }
}

TEST("long cells wrap within their column, missing cells are empty, and strokes without a table's end are a table")
{
    struct paper *paper = made(op, S("|事项|说明|\n|甲|一个很长很长的说明需要在自己的一栏里折成好几行才能放得下而不伸到栏外去所以要分行排|\n|乙|\n|丙|短"));
    for (size_t i = 0; i < paper->pages[0].count; i++) {
        const struct paper_item *item = &paper->pages[0].items[i];
        check(item->x >= left - 0.2 && item->x + item->w <= right + 0.2);
    }
    check_int((int64_t)runs_of(paper, 0, S("短")), 1);
}

TEST("a bar of a table is drawn as long as its share of the column, in black, within its cell")
{
    struct paper *paper = made(op, S("如下图：\n|村组|户数|户|\n|甲|▇1|40|\n|乙|▇0.5|20|\n|丙||0|\n"));
    double widths[2] = {0}, x = 0;
    size_t n = 0;
    for (size_t i = 0; i < paper->pages[0].count; i++) {
        const struct paper_item *item = &paper->pages[0].items[i];
        if (!str_eq(item->part, S("图")))
            continue;
        check(n < 2 && item->kind == PAPER_RULE && item->color == PAPER_BLACK && item->h > 2 && item->h < row_h);
        check(item->x > left && item->x + item->w < right && (n == 0 || fabs(item->x - x) < 0.01));
        widths[n++ % 2] = item->w;
        x = item->x;
    }
    check_int((int64_t)n, 2);
    check(widths[0] > 40 && fabs(widths[1] - widths[0] / 2) < 0.01);
    check_int((int64_t)runs_of(paper, 0, S("40")), 1);
}

TEST("a chart stands on one page, with the line that leads to it, when it would break over two")
{
    struct buf b;
    buf_init(&b, op, 0);
    for (int i = 0; i < 14; i++)
        buf_text(&b, "第%d段。\n", i);
    buf_add(&b, S("如下图：\n|月|件数|件|\n"));
    for (int i = 1; i <= 6; i++)
        buf_text(&b, "|%d月|▇1|%d|\n", i, 100 + i);
    buf_add(&b, S("完了。\n"));
    struct paper *paper = made(op, buf_str(&b));
    check_int((int64_t)paper->page_count, 2);
    for (int i = 1; i <= 6; i++)
        check_int((int64_t)runs_of(paper, 1, op_text(op, "%d", 100 + i)), 1);
    check_int((int64_t)runs_of(paper, 0, S("如下图：")), 0);
    check_int((int64_t)runs_of(paper, 1, S("月")), 1); /* its heading once */
}
