#include "paper/test_paper.h"

TEST("a full page has 22 rows of 28 Han inside the 156 x 225 mm of the 版心")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, with_body(op, many(op, S("镇"), 28 * 60)));
    struct rows_text r = rows_of(op, paper, 1, S("正文"));
    check_int((long long)r.n, 22);
    near(paper->pages[0].w, 210, 0);
    near(paper->pages[0].h, 297, 0);
    for (size_t i = 0; i < r.n; i++) {
        check_int((long long)utf8_count(r.row[i].text), 28);
        near(r.row[i].x, left, 0.1);
        near(r.row[i].end, right, 0.3);
        near(r.row[i].y, top + (double)i * row_h + (row_h - 16 * PT) / 2 + 0.88 * 16 * PT, 0.01);
    }
    check(r.row[21].y < bottom);
    const struct paper_item *run = item_at(paper, 1, S("正文"), 0);
    near(run->h, 16 * PT, 0.001); /* the type stays 16 pt although the cell is 15.79 */
    for (size_t i = 1; i < run->glyph_count; i++)
        near(run->glyphs[i].x - run->glyphs[i - 1].x, cell, 0.01);
}

TEST("figures and letters of the half-width kind take half a cell, so that rows stay on the grid")
{
    struct desk d = desk_new(op);
    struct paper *paper =
        made(&d, with_body(op, op_text(op, "%.*s2021年%.*s", PS(many(op, S("镇"), 10)), PS(many(op, S("镇"), 30)))));
    struct rows_text r = rows_of(op, paper, 0, S("正文"));
    near(r.row[0].end, right, 0.01);
    check_int((long long)utf8_count(r.row[0].text), 26 + 2);
}

/* ---- head ------------------------------------------------------------------------------------------------------- */

TEST("版头: the mark's upper edge is at 72 mm, the number two rows under it, the red rule 4 mm under the number, "
     "156 mm wide")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, with_body(op, S("正文一段。")));
    const struct paper_item *mark = item_at(paper, 0, S("发文机关标志"), 0),
                            *number = item_at(paper, 0, S("发文字号"), 0);
    const struct paper_item *rule = item_at(paper, 0, S("版头分隔线"), 0);
    double high, low;
    paper_ink(mark, &high, &low);
    check_str(mark->text, S("青石镇人民政府文件"));
    check_int(mark->color, PAPER_RED);
    near(mark->y - high, 72, 0.05);
    near(mark->x + mark->w / 2, 105, 0.5);
    near(type_top(number), mark->y - low + 2 * row_h + (row_h - number->h) / 2, 0.05);
    struct rows_text r = rows_of(op, paper, 0, S("发文字号"));
    near((r.row[0].x + r.row[0].end) / 2, 106, 0.1);
    check_int(rule->color, PAPER_RED);
    near(rule->x, left, 0.01);
    near(end_of(rule), right, 0.01);
    near(rule->y - (type_top(number) + number->h), 4, 0.05);
}

TEST("版头: 份号 密级 紧急程度 stand flush left from row 1, and missing ones close up")
{
    struct desk d = desk_new(op);
    struct paper *paper =
        made(&d, op_text(op, "份号：000012\n密级：机密★1年\n紧急程度：特急\n%.*s", PS(with_body(op, S("正文")))));
    const char *parts[] = {"份号", "密级", "紧急程度"};
    for (size_t i = 0; i < 3; i++) {
        const struct paper_item *item = item_at(paper, 0, str_z(parts[i]), 0);
        near(item->x, left, 0.1);
        near(type_top(item), top + (double)i * row_h + (row_h - item->h) / 2, 0.05);
    }
    check_str(paper_face_name(item_at(paper, 0, S("密级"), 0)->face), S("Noto Sans CJK SC"));
    paper = made(&d, op_text(op, "紧急程度：加急\n%.*s", PS(with_body(op, S("正文")))));
    near(type_top(item_at(paper, 0, S("紧急程度"), 0)), top + (row_h - 16 * PT) / 2, 0.05);
}

TEST("上行文: the number begins one cell from the left on the row of the last 签发人, whose names are 楷体 and end one "
     "cell from the right")
{
    struct desk d = desk_new(op);
    struct paper *paper =
        made(&d, op_text(op, "签发人：张建国\n签发人：李国强\n签发人：王晓梅\n%.*s", PS(with_body(op, S("正文")))));
    struct rows_text r = rows_of(op, paper, 0, S("签发人"));
    const struct paper_item *number = item_at(paper, 0, S("发文字号"), 0);
    near(number->x, left + cell, 0.1);
    double first_x = 0, first_end = 0, last_y = 0, end = 0;
    for (size_t i = 0; i < items_of(paper, 0, S("签发人")); i++) {
        const struct paper_item *item = item_at(paper, 0, S("签发人"), i);
        end = fmax(end, end_of(item));
        last_y = fmax(last_y, item->y);
        if (str_eq(item->text, S("张建国")))
            first_x = item->x, first_end = end_of(item);
        if (str_eq(item->text, S("李国强")))
            check(item->x > first_end);
        if (str_eq(item->text, S("王晓梅")))
            near(item->x, first_x, 0.05);
        check_str(paper_face_name(item->face),
                  str_eq(item->text, S("签发人：")) ? S("Noto Serif CJK JP") : S("Noto Sans Mono CJK SC"));
    }
    check_str(r.row[0].text, S("签发人：张建国李国强"));
    near(end, right - cell, 0.1);
    near(number->y, last_y, 0.01);
    check(item_at(paper, 0, S("版头分隔线"), 0)->y > last_y);
}

TEST("joint documents: organs stand above each other, equally wide, and 文件 to their right")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, S("发文机关：中共青石镇委员会\n发文机关：青石镇人民政府\n标题：通知\n\n正文"));
    const struct paper_item *a = item_at(paper, 0, S("发文机关标志"), 0), *b = item_at(paper, 0, S("发文机关标志"), 1);
    const struct paper_item *word = item_at(paper, 0, S("发文机关标志"), 2);
    check_str(word->text, S("文件"));
    near(a->x, b->x, 0.01);
    near(end_of(a), end_of(b), 0.01);
    check(b->y > a->y && word->y > a->y && word->y < b->y + 1 && word->x > end_of(a));
    double high, low;
    paper_ink(a, &high, &low);
    near(a->y - high, 72, 0.05);
}

TEST("a title breaks between words into a trapezoid or a diamond of at most 20 characters a line")
{
    struct desk d = desk_new(op);
    static const struct {
        const char *title;
        const char *whole[5]; /* what no line may split */
    } cases[] = {
        {"关于做好冬春期间受灾困难群众生活救助工作的通知", {"受灾", "困难", "群众", "救助", "的通知"}},
        {"青石镇人民政府关于印发《青石镇农村危房改造实施方案》的通知",
         {"《青石镇农村危房改造实施方案》", "的通知", "人民政府", "关于"}},
        {"青石镇人民政府关于进一步加强今冬明春森林草原防火工作切实保障人民群众生命财产安全的紧急通知",
         {"森林", "草原", "防火", "的紧急"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct paper *paper = made(&d, op_text(op, "标题：%s\n\n正文", cases[i].title));
        struct rows_text r = rows_of(op, paper, 0, S("标题"));
        str all = S("");
        bool falls = true, grows = true, diamond = r.n > 2;
        for (size_t k = 0; k < r.n; k++) {
            size_t n = utf8_count(r.row[k].text);
            check(n <= 20);
            near((r.row[k].x + r.row[k].end) / 2, 106, 0.1);
            all = op_text(op, "%.*s%.*s", PS(all), PS(r.row[k].text));
            if (k > 0) {
                size_t before = utf8_count(r.row[k - 1].text);
                falls &= n <= before;
                grows &= n >= before;
                diamond &= k <= r.n / 2 ? n >= before : n <= before;
            }
        }
        check_str(all, str_z(cases[i].title));
        check(falls || grows || diamond);
        for (size_t k = 0; k < 4 && cases[i].whole[k]; k++) {
            bool found = false;
            size_t at;
            for (size_t n = 0; n < r.n; n++)
                found |= str_find(r.row[n].text, str_z(cases[i].whole[k]), &at);
            if (!found)
                test_failed(__FILE__, __LINE__, "«%s» is split", cases[i].whole[k]);
        }
    }
}

TEST("the title of two organs breaks between them and within neither; a year keeps its half and its quarter")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, S("标题：中共青石镇委员会办公室 "
                                     "青石镇人民政府办公室关于2021年第四季度值班值守情况的通报\n\n正文"));
    struct rows_text r = rows_of(op, paper, 0, S("标题"));
    check_int((long long)r.n, 3);
    check_str(str_trim(r.row[0].text), S("中共青石镇委员会办公室"));
    check_str(r.row[1].text, S("青石镇人民政府办公室"));
    check_str(r.row[2].text, S("关于2021年第四季度值班值守情况的通报"));
    near(r.row[0].x, 106 - 11 * 22 * PT / 2, 0.1); /* the blank at its end does not move it */
    paper = made(&d, S("标题：青石镇人民政府关于2021年下半年安全生产工作情况的报告\n\n正文"));
    r = rows_of(op, paper, 0, S("标题"));
    size_t at;
    for (size_t i = 0; i < r.n; i++)
        check(!str_find(r.row[i].text, S("2021年"), &at) || str_find(r.row[i].text, S("2021年下半年"), &at));
}

TEST("a title's line ends made by hand are kept")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, S("标题：青石镇人民政府\n标题：关于冬春救助的通知\n\n正文"));
    struct rows_text r = rows_of(op, paper, 0, S("标题"));
    check_int((long long)r.n, 2);
    check_str(r.row[0].text, S("青石镇人民政府"));
    check_str(paper->title, S("青石镇人民政府关于冬春救助的通知"));
}

/* ---- body ------------------------------------------------------------------------------------------------------- */

TEST("主送 is flush left and ends with a colon; paragraphs begin two cells in; page 1 shows text of the body")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, with_body(op, many(op, S("镇"), 60)));
    struct rows_text to = rows_of(op, paper, 0, S("主送")), body = rows_of(op, paper, 0, S("正文"));
    check_str(to.row[0].text, S("各村民委员会："));
    near(to.row[0].x, left, 0.05);
    near(body.row[0].x, left + 2 * cell, 0.05);
    near(body.row[1].x, left, 0.05);
    near(body.row[0].y - to.row[0].y, row_h, 0.01);
    near(fmod(body.row[0].y - (row_h - 16 * PT) / 2 - 0.88 * 16 * PT - top + 1e-6, row_h), 0, 0.01);
}

TEST("recipients that would push the text off page 1 move to the 版记")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(
        &d,
        op_text(op, "发文机关：青石镇人民政府\n标题：通知\n主送：%.*s\n印发机关：办公室\n印发日期：2021-12-7\n\n正文",
                PS(many(op, S("东沟村民委员会，"), 60))));
    check_int((long long)items_of(paper, 0, S("主送")), 0);
    check(items_of(paper, 0, S("正文")) > 0);
    check(str_starts(item_at(paper, paper->page_count - 1, S("版记"), 0)->text, S("主送：东沟村")));
}

TEST(
    "levels: 一、 is 黑体, （一） is 楷体, 1. and （1） are 仿宋; only the first sentence of a heading with text is set so")
{
    struct desk d = desk_new(op);
    static const struct {
        const char *text, *face;
        size_t runs;
    } cases[] = {
        {"一、总体要求", "Noto Sans CJK SC", 1},
        {"十二、总体要求", "Noto Sans CJK SC", 1},
        {"一、提高认识。各村要重视。", "Noto Sans CJK SC", 2},
        {"（一）民主评议", "Noto Sans Mono CJK SC", 1},
        {"（十一）民主评议。由村组织。", "Noto Sans Mono CJK SC", 2},
        {"1.公示内容", "Noto Serif CJK JP", 1},
        {"（1）异议成立的", "Noto Serif CJK JP", 1},
        {"一是抓落实", "Noto Serif CJK JP", 1},
        {"（此件公开）", "Noto Serif CJK JP", 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct paper *paper = made(&d, op_text(op, "标题：通知\n\n%s", cases[i].text));
        check_str(paper_face_name(item_at(paper, 0, S("正文"), 0)->face), str_z(cases[i].face));
        check_int((long long)items_of(paper, 0, S("正文")), (long long)cases[i].runs);
        near(item_at(paper, 0, S("正文"), 0)->x, left + 2 * cell, 0.05);
    }
}

TEST("no row begins with what may not begin one, none ends with what may not end one, none leaves the 版心, nothing "
     "is lost")
{
    struct desk d = desk_new(op);
    static const char *pieces[] = {"镇",         "，",
                                   "。",         "“",
                                   "”",          "（",
                                   "）",         "《救助》",
                                   "、",         "2021年12月6日",
                                   "98.5%",      "〔2021〕35号",
                                   "……",         "——",
                                   "：",         "村民",
                                   "委员会",     "GB 2312",
                                   "1,800.00元", "；",
                                   "？",         "！"};
    for (int round = 0; round < 60; round++) {
        struct mark mark = op_mark(op);
        struct buf b;
        buf_init(&b, op, 0);
        buf_add(&b, S("镇"));
        for (int i = 0; i < 300; i++) {
            size_t at = op_random(op) % (COUNT(pieces) * 3);
            buf_add(&b, str_z(at < COUNT(pieces) ? pieces[at] : "民"));
        }
        struct paper *paper = made(&d, op_text(op, "标题：通知\n\n%.*s", PS(buf_str(&b))));
        str all = S("");
        for (size_t page = 0; page < paper->page_count; page++) {
            struct rows_text r = rows_of(op, paper, page, S("正文"));
            for (size_t i = 0; i < r.n; i++) {
                str row = r.row[i].text;
                static const str starts[] = {SC("，"), SC("。"), SC("、"), SC("：")};
                for (size_t k = 0; k < COUNT(starts);
                     k++) /* runs of them longer than a row can press are cut all the same */
                    check(!str_starts(row, starts[k]) || i == 0 || utf8_count(r.row[i - 1].text) <= 29);
                bool ends = i + 1 == r.n && page + 1 == paper->page_count;
                check(ends || (!str_ends(row, S("（")) && !str_ends(row, S("《")) && !str_ends(row, S("“"))));
                check(r.row[i].end <= right + 0.3);
                all = op_text(op, "%.*s%.*s", PS(all), PS(row));
            }
        }
        struct buf plain, shown; /* spaces at row ends are not set */
        buf_init(&plain, op, 0);
        buf_init(&shown, op, 0);
        for (size_t i = 0; i < b.n; i++)
            if (b.p[i] != ' ')
                buf_byte(&plain, b.p[i]);
        for (size_t i = 0; i < all.n; i++)
            if (all.p[i] != ' ')
                buf_byte(&shown, all.p[i]);
        check_str(buf_str(&shown), buf_str(&plain));
        op_reset(op, mark);
    }
}

TEST("a comma that would begin a row is pressed into the row before; dates, numbers and 〔2021〕35号 are not broken")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, op_text(op, "标题：通知\n\n%.*s，后面", PS(many(op, S("镇"), 26))));
    struct rows_text r = rows_of(op, paper, 0, S("正文"));
    check(str_ends(r.row[0].text, S("镇，")));
    near(r.row[0].end, right, 0.05);
    static const char *whole[] = {"2021年12月6日", "35号", "98.5%", "531人", "318600元", "——", "……", "第12"};
    for (size_t i = 0; i < COUNT(whole); i++)
        for (size_t before = 18; before < 27; before++) {
            paper = made(&d, op_text(op, "标题：通知\n\n%.*s%s后面", PS(many(op, S("镇"), before)), whole[i]));
            r = rows_of(op, paper, 0, S("正文"));
            size_t at, found = 0;
            for (size_t k = 0; k < r.n; k++)
                found += str_find(r.row[k].text, str_z(whole[i]), &at);
            if (found != 1)
                test_failed(__FILE__, __LINE__, "%s is broken after %zu", whole[i], before);
        }
}

TEST("a heading is never the last row of a page")
{
    struct desk d = desk_new(op);
    for (size_t rows = 1; rows < 30; rows++) {
        struct paper *paper = made(&d, op_text(op, "标题：通知\n\n%.*s\n一、标题在此\n%.*s",
                                               PS(many(op, S("镇"), rows * 28 - 2)), PS(many(op, S("村"), 400))));
        for (size_t page = 0; page < paper->page_count; page++) {
            struct rows_text r = rows_of(op, paper, page, S("正文"));
            check(r.n > 0 && !str_eq(r.row[r.n - 1].text, S("一、标题在此")));
        }
    }
}

/* ---- sign-off --------------------------------------------------------------------------------------------------- */

/* One pixel of red, as small as a PNG can be. */
static const struct paper_image *red_dot(struct op *op)
{
    static const uint8_t png[] = {0x89, 'P',  'N',  'G',  13,   10,  26,  10,  0,   0,    0,    13,   'I',  'H',
                                  'D',  'R',  0,    0,    0,    1,   0,   0,   0,   1,    8,    2,    0,    0,
                                  0,    0x90, 0x77, 0x53, 0xDE, 0,   0,   0,   12,  'I',  'D',  'A',  'T',  8,
                                  0xD7, 0x63, 0xF8, 0xCF, 0xC0, 0,   0,   3,   1,   1,    0,    0x18, 0xDD, 0x8D,
                                  0xB0, 0,    0,    0,    0,    'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
    struct paper_image *image = NULL;
    check(paper_image_read(op, (str){(const char *)png, sizeof png}, &image));
    return image;
}

static double text_end(struct op *op, const struct paper *paper, size_t page)
{
    struct rows_text r = rows_of(op, paper, page, S("正文"));
    return r.row[r.n - 1].y - 0.88 * 16 * PT - (row_h - 16 * PT) / 2 + row_h;
}

TEST("sealed: the date ends four cells from the right, the name is centred on it one row above, the seal covers "
     "both and its top is within "
     "one row of the text")
{
    struct desk d = desk_new(op);
    static const char *sizes[] = {"", "42", "45", "30", "38"};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct paper_official doc;
        check(paper_official_read(op, with_body(op, S("正文一段。")), &doc));
        doc.seal_kind = S("章.png");
        doc.seal = red_dot(op);
        doc.seal_size = str_z(sizes[i]);
        struct paper *paper = made_of(&d, &doc);
        struct rows_text name = rows_of(op, paper, 0, S("署名")), date = rows_of(op, paper, 0, S("成文日期"));
        const struct paper_item *seal = item_at(paper, 0, S("印章"), 0);
        near(date.row[0].end, right - 4 * cell, 0.1);
        near((name.row[0].x + name.row[0].end) / 2, (date.row[0].x + date.row[0].end) / 2, 0.05);
        near(date.row[0].y - name.row[0].y, row_h, 0.05);
        near(seal->x + seal->w / 2, (date.row[0].x + date.row[0].end) / 2, 0.05);
        check(seal->y <= name.row[0].y && seal->y + seal->h > date.row[0].y - 5);
        double off = seal->y - text_end(op, paper, 0);
        check(off >= 0 && off <= row_h);
        check(end_of(seal) <= right);
    }
}

TEST("unsealed: one blank row, the name ends two cells from the right, the date begins two cells right of it; a "
     "longer date moves the name")
{
    struct desk d = desk_new(op);
    struct paper *paper =
        made(&d, S("标题：通知\n署名：青石镇人民政府党政综合办公室\n成文日期：2021-12-06\n\n正文一段。"));
    struct rows_text name = rows_of(op, paper, 0, S("署名")), date = rows_of(op, paper, 0, S("成文日期"));
    check_str(date.row[0].text, S("2021年12月6日"));
    near(name.row[0].end, right - 2 * cell, 0.1);
    near(date.row[0].x, name.row[0].x + 2 * cell, 0.1);
    near(name.row[0].y - 0.88 * 16 * PT - (row_h - 16 * PT) / 2, text_end(op, paper, 0) + row_h, 0.05);
    paper = made(&d, S("标题：通知\n署名：青石镇\n成文日期：2021-12-06\n\n正文一段。"));
    name = rows_of(op, paper, 0, S("署名"));
    date = rows_of(op, paper, 0, S("成文日期"));
    near(date.row[0].end, right - 2 * cell, 0.1);
    near(name.row[0].x, date.row[0].x - 2 * cell, 0.1);
}

TEST("joint and sealed: seals stand in rows without touching, inside the 版心, the first within one row of the text")
{
    struct desk d = desk_new(op);
    struct paper_official doc;
    check(paper_official_read(
        op,
        S("标题：通知\n署名：青石镇党委\n署名：青石镇人民政府\n署名：青石镇人大\n署名：青石镇武装部\n成文日期：2021-12-06\n\n正文"),
        &doc));
    doc.seal_kind = S("章.png");
    doc.seal = red_dot(op);
    struct paper *paper = made_of(&d, &doc);
    size_t page = paper->page_count - 1, n = items_of(paper, page, S("印章"));
    check_int((long long)n, 4);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            const struct paper_item *a = item_at(paper, page, S("印章"), i), *b = item_at(paper, page, S("印章"), k);
            check(a->x >= left && end_of(a) <= right);
            check(i == k || hypot(a->x - b->x, a->y - b->y) > a->w);
        }
    double off = item_at(paper, page, S("印章"), 0)->y - text_end(op, paper, page);
    check(off >= 0 && off <= row_h);
}

TEST("joint and sealed: names too long for a third of the row stand two in a row, and none touches another")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, S("标题：意见\n署名：中共巴彦敖包镇委员会\n署名：巴彦敖包镇人民政府\n署名：巴彦敖包镇人民代表大会主席团\n"
                                     "成文日期：2021-12-06\n印章：留\n\n正文"));
    size_t page = paper->page_count - 1, n = items_of(paper, page, S("署名"));
    check_int((long long)n, 3);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            const struct paper_item *a = item_at(paper, page, S("署名"), i), *b = item_at(paper, page, S("署名"), k);
            check(a->x >= left - 0.1 && end_of(a) <= right + 0.1);
            check(i == k || fabs(a->y - b->y) > row_h || end_of(a) + cell <= b->x || end_of(b) + cell <= a->x);
        }
}

TEST("签名章 ends four cells from the right, the office two cells to its left, the date under it")
{
    struct desk d = desk_new(op);
    struct paper_official doc;
    check(paper_official_read(
        op, S("格式：命令\n发文机关：青石镇人民政府\n发文字号：第3号\n职务：镇长\n成文日期：2021-12-06\n\n正文"),
        &doc));
    doc.stamp = red_dot(op);
    struct paper *paper = made_of(&d, &doc);
    const struct paper_item *stamp = item_at(paper, 0, S("签名章"), 0), *office = item_at(paper, 0, S("职务"), 0);
    near(end_of(stamp), right - 4 * cell, 0.1);
    near(end_of(office), stamp->x - 2 * cell, 0.1);
    near(stamp->y, text_end(op, paper, 0) + 2 * row_h, 0.05);
    struct rows_text date = rows_of(op, paper, 0, S("成文日期"));
    near(date.row[0].end, right - 4 * cell, 0.1);
    near(date.row[0].y - 0.88 * 16 * PT - (row_h - 16 * PT) / 2, stamp->y + 3 * row_h, 0.05);
}

TEST("a signature never stands on a page without text, whatever the length, and page 1 always has some")
{
    struct desk d = desk_new(op);
    for (size_t rows = 1; rows < 60; rows++) {
        struct paper *paper = made(
            &d, op_text(op, "印章：留\n附注：此件公开发布\n%.*s", PS(with_body(op, many(op, S("镇"), rows * 28 - 2)))));
        size_t sign = SIZE_MAX;
        double end = 0;
        for (size_t page = 0; page < paper->page_count; page++)
            if (items_of(paper, page, S("署名")))
                sign = page;
        check(sign != SIZE_MAX);
        check(items_of(paper, 0, S("正文")) > 0);
        check(items_of(paper, sign, S("正文")) > 0 || rows < 2);
        for (size_t i = 0; i < paper->pages[sign].count; i++)
            if (!str_eq(paper->pages[sign].items[i].part, S("页码")))
                end = fmax(end, paper->pages[sign].items[i].y);
        check(end <= bottom);
    }
}

/* ---- attachments, 版记, numbers --------------------------------------------------------------------------------- */

TEST("附件说明 stands one blank row under the body, names without closing punctuation align; 附件 begin new pages "
     "before the 版记")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(
        &d,
        op_text(
            op,
            "附件说明：救助花名册。\n附件说明：%.*s\n抄送：县应急管理局\n印发机关：办公室\n印发日期：2021-12-7\n%.*s\n附件1\n救助花名册\n说明文字\n附件2\n"
            "标准\n文字",
            PS(many(op, S("长名"), 20)), PS(with_body(op, S("正文一段。")))));
    struct rows_text r = rows_of(op, paper, 0, S("附件说明"));
    check_str(r.row[0].text, S("附件：1.救助花名册"));
    near(r.row[0].x, left + 2 * cell, 0.05);
    near(r.row[0].y - rows_of(op, paper, 0, S("正文")).row[0].y, 2 * row_h, 0.05);
    near(r.row[1].x, left + 5 * cell, 0.05);
    near(r.row[2].x, left + 6 * cell, 0.05);
    const struct paper_item *label = item_at(paper, 1, S("附件"), 0);
    near(label->x, left, 0.05);
    near(type_top(label), top + (row_h - label->h) / 2, 0.05);
    struct rows_text title = rows_of(op, paper, 1, S("附件标题"));
    near((title.row[0].x + title.row[0].end) / 2, 106, 0.1);
    near(title.row[0].y, top + 2 * row_h + (row_h - 22 * PT) / 2 + 0.88 * 22 * PT, 0.05);
    check(items_of(paper, 2, S("附件标题")) == 1 && items_of(paper, 0, S("版记")) == 0);
    check(items_of(paper, paper->page_count - 1, S("版记")) > 0);
}

TEST("附件：1.… 2.… typed under the text is 附件说明: one blank row, two characters in, names under each other, nothing closes a name")
{
    static const struct { const char *typed, *rows[4]; double x[4]; } cases[] = {
        {"附件：1.救助花名册；\n2.发放标准。", {"附件：1.救助花名册", "2.发放标准"}, {2, 5}},
        {"附件: 1．救助花名册\n\n　　　2、发放标准", {"附件：1.救助花名册", "2.发放标准"}, {2, 5}},
        {"附件：\n1.救助花名册\n2.发放标准", {"附件：1.救助花名册", "2.发放标准"}, {2, 5}},
        {"附件：2021年冬春救助花名册", {"附件：2021年冬春救助花名册"}, {2}},
        {"附件：1.救助花名册", {"附件：救助花名册"}, {2}},
        {"附件：1.2021年度花名册\n2.12月份报表", {"附件：1.2021年度花名册", "2.12月份报表"}, {2, 5}},
        {"附件：1.关于冬春救助对象、救助标准和发放时间有关事项的情况说明和花名册\n2.标准", {"附件：1.关于冬春救助对象、救助标准和发放时间有关事项", "的情况说明和花名册", "2.标准"}, {2, 6, 5}},
    };
    struct desk d = desk_new(op);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct paper *paper = made(&d, with_body(op, op_text(op, "正文一段。\n%s\n附件1\n救助花名册\n说明文字", cases[i].typed)));
        struct rows_text r = rows_of(op, paper, 0, S("附件说明")), body = rows_of(op, paper, 0, S("正文"));
        check_int((long long)body.n, 1);
        near(r.row[0].y - body.row[0].y, 2 * row_h, 0.05);
        for (size_t k = 0; k < r.n; k++) {
            check(k < 4 && cases[i].rows[k]);
            check_str(r.row[k].text, str_z(cases[i].rows[k]));
            near(r.row[k].x, left + cases[i].x[k] * cell, 0.05);
            near(r.row[k].y - r.row[0].y, (double)k * row_h, 0.05);
        }
        check(r.n == 4 || !cases[i].rows[r.n]);
    }
    struct paper *apart = made(&d, op_text(op, "附件说明：1.2021年度花名册\n附件说明：2.标准\n%.*s", PS(with_body(op, S("正文一段。")))));
    check_str(rows_of(op, apart, 0, S("附件说明")).row[0].text, S("附件：1.2021年度花名册"));
    check_str(rows_of(op, apart, 0, S("附件说明")).row[1].text, S("2.标准"));
    static const char *const text[] = {"附件：1.救助花名册\n请各村组于十日前上报。", "附件：见下\n一、要求\n抓紧。"};
    for (size_t i = 0; i < COUNT(text); i++) /* something follows: lines of the text */
        check_int((long long)rows_of(op, made(&d, with_body(op, str_z(text[i]))), 0, S("附件说明")).n, 0);
}

TEST("附件说明 that does not say what is attached is told: another name, another number; one that does is not")
{
    static const struct {
        const char *typed, *told;
    } cases[] = {
        {"附件：1.救助花名册\n2.发放标准\n附件1\n救助花名册\n文字\n附件2\n发放标准\n文字", ""},
        {"附件：救助花名册；\n附件\n救助花名册\n文字", ""},
        {"附件：救助花名册", ""}, /* goes along as a paper of its own */
        {"附件：1.救助花名册\n2.发放标准\n附件1\n救助花名册\n文字", "附件说明列了2个，后面附了1个"},
        {"附件：1.救助花名册\n2.发放标准\n附件1\n救助花名册\n文字\n附件2\n发放办法\n文字", "第2个附件说明里是“发放标准”，附件的标题是“发放办法”"},
    };
    struct desk d = desk_new(op);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct paper *paper = made(&d, with_body(op, op_text(op, "正文一段。\n%s", cases[i].typed)));
        str told = {0};
        for (size_t k = 0; k < paper->note_count; k++)
            if (str_eq(paper->notes[k].part, S("附件说明")))
                told = paper->notes[k].text;
        check(str_starts(told, str_z(cases[i].told)) && (told.n > 0) == (cases[i].told[0] != '\0'));
    }
}

TEST("版记: the last rule lies on the lower edge of the 版心, outer rules 0.35 mm, inner 0.25 mm, one character free "
     "on both sides")
{
    struct desk d = desk_new(op);
    struct paper *paper =
        made(&d, op_text(op, "抄送：县应急管理局，县民政局\n印发机关：青石镇党政综合办公室\n印发日期：2021-12-07\n%.*s",
                         PS(with_body(op, S("正文")))));
    size_t page = paper->page_count - 1;
    check_int((long long)paper->page_count, 2); /* on an even page */
    check_int((long long)items_of(paper, page, S("版记线")), 3);
    const struct paper_item *first = item_at(paper, page, S("版记线"), 0),
                            *inner = item_at(paper, page, S("版记线"), 1);
    const struct paper_item *last = item_at(paper, page, S("版记线"), 2);
    near(last->y + last->h / 2, bottom, 0.05);
    near(first->h, 0.35, 0.001);
    near(inner->h, 0.25, 0.001);
    near(last->h, 0.35, 0.001);
    near(first->x, left, 0.01);
    near(end_of(first), right, 0.01);
    struct rows_text r = rows_of(op, paper, page, S("版记"));
    check_str(r.row[0].text, S("抄送：县应急管理局，县民政局。"));
    near(r.row[0].x, left + 14 * PT, 0.1);
    check_str(r.row[1].text, S("青石镇党政综合办公室2021年12月7日印发"));
    near(r.row[1].end, right - 14 * PT, 0.1);
}

TEST("页码: the dash is 7 mm under the 版心; odd pages end one character from the right, even ones begin one from the "
     "left; a blank page "
     "before the 版记 and the 版记 have none")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, with_body(op, many(op, S("镇"), 28 * 60)));
    for (size_t page = 0; page < paper->page_count; page++) {
        struct rows_text r = rows_of(op, paper, page, S("页码"));
        const struct paper_item *item = item_at(paper, page, S("页码"), 0);
        struct paper_item dash = *item;
        double high, low;
        dash.glyph_count = 1;
        paper_ink(&dash, &high, &low);
        check_str(r.row[0].text, op_text(op, "— %zu —", page + 1));
        near(item->y - high, 269, 0.05);
        near(item->h, 14 * PT, 0.001);
        if (page % 2 == 0)
            near(r.row[0].end, right - 14 * PT, 0.1);
        else
            near(r.row[0].x, left + 14 * PT, 0.1);
    }
    bool seen = false;
    for (size_t rows = 20; rows < 40 && !seen; rows++) {
        paper = made(&d, op_text(op, "抄送：%.*s\n印发机关：办公室\n印发日期：2021-12-7\n%.*s",
                                 PS(many(op, S("县应急管理局，"), 30)),
                                 PS(with_body(op, many(op, S("镇"), rows * 28 - 2)))));
        size_t n = paper->page_count;
        check(n % 2 == 0);
        if (paper->pages[n - 2].count)
            continue;
        seen = true;
        check_int((long long)n, 4);
        check_int((long long)(items_of(paper, n - 1, S("页码")) + items_of(paper, n - 2, S("页码"))), 0);
        check(items_of(paper, n - 3, S("页码")) > 0);
    }
    check(seen);
}

/* ---- other formats ---------------------------------------------------------------------------------------------- */

TEST("信函: mark 30 mm from the edge, double rules 170 mm long, number on the right under the first, no number on "
     "page 1, plain 版记")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, op_text(op, "格式：信函\n紧急程度：加急\n抄送：县民政局\n印发机关：办公室\n%.*s",
                                           PS(with_body(op, S("正文")))));
    const struct paper_item *mark = item_at(paper, 0, S("发文机关标志"), 0);
    double high, low;
    paper_ink(mark, &high, &low);
    check_str(mark->text, S("青石镇人民政府"));
    near(mark->y - high, 30, 0.05);
    const struct paper_item *thick = item_at(paper, 0, S("版头分隔线"), 0),
                            *thin = item_at(paper, 0, S("版头分隔线"), 1);
    near(thick->y, mark->y - low + 4, 0.05);
    near(thick->w, 170, 0.01);
    near(thick->x, 20, 0.01);
    check(thick->h > thin->h && thick->y < thin->y);
    const struct paper_item *upper = item_at(paper, 0, S("下分隔线"), 0), *lower = item_at(paper, 0, S("下分隔线"), 1);
    check(upper->h < lower->h);
    near(lower->y + lower->h, 297 - 20, 0.05);
    struct rows_text number = rows_of(op, paper, 0, S("发文字号"));
    near(number.row[0].end, right, 0.1);
    near(number.row[0].y - 0.88 * 16 * PT, thin->y + thin->h + 7.0 / 8 * 16 * PT, 0.05);
    near(item_at(paper, 0, S("紧急程度"), 0)->y, number.row[0].y, 0.01);
    check_int((long long)items_of(paper, 0, S("页码")), 0);
    check_int((long long)paper->page_count, 1);
    check_int((long long)items_of(paper, 0, S("版记线")), 0);
    check_int((long long)rows_of(op, paper, 0, S("版记")).n, 1);
}

TEST("命令: mark 20 mm under the edge of the 版心, number two rows under it, no rule, body two rows under the number")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(
        &d,
        S("格式：命令\n发文机关：青石镇人民政府\n发文字号：第3号\n职务：镇长\n署名：李国强\n成文日期：2021-12-06\n\n正文"));
    const struct paper_item *mark = item_at(paper, 0, S("发文机关标志"), 0);
    double high, low;
    paper_ink(mark, &high, &low);
    check_str(mark->text, S("青石镇人民政府令"));
    near(mark->y - high, 57, 0.05);
    check_int((long long)items_of(paper, 0, S("版头分隔线")), 0);
    double gap = item_at(paper, 0, S("正文"), 0)->y - item_at(paper, 0, S("发文字号"), 0)->y;
    check(gap >= 3 * row_h - 0.01 && gap < 4 * row_h);
    check_str(item_at(paper, 0, S("署名"), 0)->text, S("李国强"));
}

TEST(
    "纪要: mark ends in 纪要, the lists of people stand under the body with labels in 黑体 and wrap under the first name")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(
        &d,
        op_text(
            op,
            "格式：纪要\n发文机关：青石镇人民政府会议\n发文字号：第5期\n标题：会议纪要\n出席：%.*s\n请假：王五\n\n正文",
            PS(many(op, S("张三　李四　"), 8))));
    check_str(item_at(paper, 0, S("发文机关标志"), 0)->text, S("青石镇人民政府会议纪要"));
    struct rows_text r = rows_of(op, paper, 0, S("出席"));
    near(r.row[0].x, left + 2 * cell, 0.05);
    near(r.row[1].x, left + 5 * cell, 0.05);
    check(str_starts(r.row[r.n - 1].text, S("请假：王五")));
    check_str(paper_face_name(item_at(paper, 0, S("出席"), 0)->face), S("Noto Sans CJK SC"));
}

TEST("纪要 as it is typed: lines that begin 出席 请假 列席 are its lists of people; who gets it stands in the 版记")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, S("格式：纪要\n发文机关标志：青石镇人民政府会议纪要\n发文字号：〔2021〕5号\n主送：各村民委员会\n抄送：县政府办\n"
                                     "印发机关：青石镇党政综合办公室\n印发日期：2021-12-07\n\n会议决定：出席率纳入考核。\n出席：张三　李四\n列席：赵六"));
    check_int((long long)rows_of(op, paper, 0, S("正文")).n, 1);
    struct rows_text r = rows_of(op, paper, 0, S("出席"));
    check_int((long long)r.n, 2);
    check_str(r.row[0].text, S("出席：张三　李四"));
    check_str(r.row[1].text, S("列席：赵六"));
    check_int((long long)items_of(paper, 0, S("主送")), 0);
    r = rows_of(op, paper, paper->page_count - 1, S("版记"));
    check_str(r.row[0].text, S("分送：各村民委员会。"));
    check_str(r.row[1].text, S("抄送：县政府办。"));
    check_int((long long)paper->note_count, 0);
}
