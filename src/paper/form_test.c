#include <math.h>

#include "base/test.h"
#include "paper/inner.h"

static const struct paper_fonts *fonts_of(struct op *op)
{
    struct paper_rules *rules;
    struct paper_fonts *fonts = NULL;
    str text;
    check(file_read(op, S("packs/documents/gb9704.json"), 1 << 20, &text) && paper_rules_read(op, text, &rules) &&
          paper_fonts_open(op, rules, &fonts));
    return fonts;
}

static bool form_try(struct op *op, const struct paper_fonts *fonts, str form, str values, struct paper **ret)
{
    struct json *f, *v;
    return json_parse(op, form, &f) && json_parse(op, values, &v) && paper_form(op, fonts, f, v, NULL, ret);
}

static struct paper *form_made(struct op *op, str form, str values)
{
    struct paper *paper = NULL;
    if (!form_try(op, fonts_of(op), form, values, &paper))
        test_failed(__FILE__, __LINE__, "not made: %.*s", PS(op->faults ? op->faults->text : S("")));
    return paper;
}

static str page_text(struct op *op, const struct paper *paper, size_t page)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < paper->pages[page].count; i++)
        buf_add(&b, paper->pages[page].items[i].text);
    return buf_str(&b);
}

static size_t times(str s, str part)
{
    size_t n = 0, at;
    while (str_find(s, part, &at)) {
        n++;
        s = str_part(s, at + part.n, s.n);
    }
    return n;
}

static str many(struct op *op, str s, size_t n)
{
    struct buf b;
    buf_init(&b, op, 0);
    while (n--)
        buf_add(&b, s);
    return buf_str(&b);
}

static void all_inside(const struct paper *paper, double l, double t, double r, double b)
{
    for (size_t page = 0; page < paper->page_count; page++)
        for (size_t i = 0; i < paper->pages[page].count; i++) {
            const struct paper_item *item = &paper->pages[page].items[i];
            if (str_eq(item->part, S("页码")))
                continue;
            double upper = item->kind == PAPER_RUN ? item->y - 0.88 * item->h : item->y,
                   lower = item->kind == PAPER_RUN ? item->y : upper + item->h;
            if (item->x < l - 0.3 || item->x + item->w > r + 0.5 || upper < t - 0.3 || lower > b + 0.3)
                test_failed(__FILE__, __LINE__, "page %zu: «%.*s» %.*s at %.1f %.1f leaves the margins", page + 1,
                            PS(item->part), PS(item->text), item->x, item->y);
        }
}

TEST("every shipped form lays out empty and with a full page of values, inside its margins, in all outputs")
{
    str *names, values = S("{}");
    size_t count;
    check(folder_list(op, S("packs/documents/forms"), &names, &count) && count >= 5);
    const struct paper_fonts *fonts = fonts_of(op);
    for (size_t i = 0; i < count; i++) {
        str text, out;
        struct paper *paper;
        check(file_read(op, op_text(op, "packs/documents/forms/%.*s", PS(names[i])), 1 << 20, &text));
        if (!form_try(op, fonts, text, values, &paper)) {
            test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(names[i]), PS(op->faults->text));
            continue;
        }
        all_inside(paper, 10, 10, paper->pages[0].w - 10, paper->pages[0].h - 10);
        check(paper_pdf(paper, &out) && paper_ofd(paper, &out) && paper_svg(paper, 0, 1, &out) &&
              paper_png(paper, 0, 40, &out));
    }
}

TEST("the slip of an ordinary paper is one page")
{
    str text;
    check(file_read(op, S("packs/documents/forms/批办单.json"), 1 << 20, &text));
    struct paper *paper = form_made(
        op, text,
        S("{\"收文号\": \"县2021-0312\", \"文件标题\": \"关于做好冬春救助工作的通知\", \"传阅范围\": \"镇领导\","
          "\"批示\": [{\"领导\": \"李国强\", \"内容\": \"同意。\"}], \"拟办人\": \"王晓梅\"}"));
    check_int((long long)paper->page_count, 1);
    str all = page_text(op, paper, 0);
    size_t at;
    check(str_find(all, S("县2021-0312"), &at) && str_find(all, S("同意。"), &at) &&
          str_find(all, S("拟办人：王晓梅"), &at));
    check(!str_find(all, S("{"), &at));
}

TEST("a list over many pages repeats its heading on each, loses no row and ends with the total")
{
    str text;
    check(file_read(op, S("packs/documents/forms/花名册.json"), 1 << 20, &text));
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, "{\"金额合计\": \"36,000.00\", \"名单\": [");
    for (int i = 0; i < 200; i++)
        buf_text(&b, "%s{\"姓名\": \"户%03d\", \"金额\": \"1,800.00\"}", i ? "," : "", i);
    buf_text(&b, "]}");
    struct paper *paper = form_made(op, text, buf_str(&b));
    check(paper->page_count > 5);
    size_t rows = 0;
    for (size_t page = 0; page < paper->page_count; page++) {
        str all = page_text(op, paper, page);
        check_int((long long)times(all, S("身份证号")), 1);
        check_int((long long)times(all, op_text(op, "第 %zu 页 共 %zu 页", page + 1, paper->page_count)), 1);
        rows += times(all, S("1,800.00"));
        check_int((long long)times(all, S("36,000.00")), page + 1 == paper->page_count);
    }
    check_int((long long)rows, 200);
    all_inside(paper, 15, 20, 297 - 15, 210 - 16);
}

static const char grid[] = "{\"边距\": [20, 20, 20, 20], \"块\": [{\"列\": [1, 1, 2], \"行\": [%s]}]}";

TEST("each page of a list ends with what stands on it, added up exactly, and the last one with the total too")
{
    struct buf b;
    buf_init(&b, op, 0);
    for (int i = 0; i < 60; i++)
        buf_text(&b, "%s{\"姓名\":\"户%02d\",\"元\":\"%s\"}", i ? "," : "", i, i == 7 ? "***" : i % 2 ? "0.10" : "1000000.05");
    struct paper *paper = form_made(
        op,
        S("{\"边距\":[20,20,20,20],\"块\":[{\"列\":[1,1],\"行\":[{\"表头\":true,\"格\":[\"姓名\",\"元\"]},"
          "{\"重复\":\"名单\",\"高\":9,\"格\":[{\"字\":\"{姓名}\"},{\"字\":\"{元}\"}]},"
          "{\"页尾\":true,\"高\":9,\"格\":[\"本页{本页:序号}户\",{\"字\":\"小计{本页:元}\"}]},"
          "{\"高\":9,\"格\":[\"共{合计:序号}户\",{\"字\":\"合计{合计:元}\"}]}]}, {\"段\":\"总额{合计:元}元\"}]}"),
        op_text(op, "{\"名单\":[%.*s]}", PS(buf_str(&b))));
    size_t rows = 0, before = 0;
    for (size_t page = 0; page < paper->page_count; page++) {
        str text = page_text(op, paper, page);
        size_t here = times(text, S("户")) - times(text, S("本页")) - times(text, S("共60户"));
        check_int((long long)times(text, S("小计")), 1);
        check_int((long long)times(text, op_text(op, "本页%zu户", here)), 1);
        size_t odd = 0; /* 0.10 each; the seventh is covered */
        for (size_t i = before; i < before + here; i++)
            odd += i % 2 && i != 7;
        size_t even = (before + here + 1) / 2 - (before + 1) / 2;
        size_t fen = even * 100000005 + odd * 10;
        check_int((long long)times(text, op_text(op, "小计%zu.%02zu", fen / 100, fen % 100)), 1);
        before += here;
        rows += here;
        double low = 0;
        for (size_t i = 0; i < paper->pages[page].count; i++)
            low = fmax(low, paper->pages[page].items[i].y);
        check(low <= 277);
    }
    check(paper->page_count > 1);
    check_int((long long)rows, 60);
    str last = page_text(op, paper, paper->page_count - 1);
    check_int((long long)times(last, S("合计30000004.40")), 1);
    check_int((long long)times(last, S("总额30000004.40元")), 1);
}

TEST("what follows a row taller than a page stands right below its end, and several sheets say what they are of")
{
    const str form = S("{\"页码\":\"收文号 {号}\",\"块\":[{\"列\":[1],\"行\":[{\"重复\":\"名单\",\"格\":[{\"字\":\"{姓名}\"}]}]}]}");
    struct paper *paper = form_made(
        op, form, op_text(op, "{\"号\":\"县12\",\"名单\":[{\"姓名\":\"%.*s\"},{\"姓名\":\"末一行\"}]}", PS(many(op, S("长"), 3000))));
    size_t last = paper->page_count - 1;
    str text = page_text(op, paper, last);
    check(paper->page_count > 1);
    check(times(text, S("长")) > 0 && times(text, S("末一行")) == 1);
    for (size_t page = 0; page <= last; page++)
        check_int((long long)times(page_text(op, paper, page), op_text(op, "收文号县12第%zu页", page + 1)) +
                      (long long)times(page_text(op, paper, page), op_text(op, "收文号 县12　第 %zu 页", page + 1)),
                  1);
    paper = form_made(op, form, S("{\"号\":\"县12\",\"名单\":[{\"姓名\":\"短\"}]}"));
    check_int((long long)times(page_text(op, paper, 0), S("县12")), 0);
}

TEST("a row taller than a page, and an empty list, leave the subtotal where it belongs")
{
    const str form = S("{\"块\":[{\"列\":[1,1],\"行\":[{\"重复\":\"名单\",\"格\":[{\"字\":\"{姓名}\"},{\"字\":\"{元}\"}]},"
                       "{\"页尾\":true,\"格\":[\"小计\",{\"字\":\"得{本页:元}\"}]}]}]}");
    struct paper *paper = form_made(op, form, op_text(op, "{\"名单\":[{\"姓名\":\"%.*s\",\"元\":\"3.50\"}]}", PS(many(op, S("长"), 3000))));
    size_t said = 0;
    for (size_t page = 0; page < paper->page_count; page++) {
        check_int((long long)times(page_text(op, paper, page), S("小计")), 1);
        said += times(page_text(op, paper, page), S("得3.50"));
    }
    check_int((long long)said, 1);
    paper = form_made(op, form, S("{}"));
    check_int((long long)paper->page_count, 1);
    check_int((long long)times(page_text(op, paper, 0), S("小计得")), 1);
}

TEST("what closes a form under its table is never alone on a page: the table's last row goes with it, under the heading")
{
    str text;
    bool crossed = false;
    check(file_read(op, S("packs/documents/forms/公示.json"), 1 << 20, &text));
    for (int n = 10; n < 24; n++) {
        struct buf b;
        buf_init(&b, op, 0);
        buf_text(&b, "{\"单位\": \"甲镇人民政府\", \"日期\": \"2021年11月15日\", \"名单\": [");
        for (int i = 0; i < n; i++)
            buf_text(&b, "%s{\"姓名\": \"户%03d\"}", i ? "," : "", i + 1);
        buf_text(&b, "]}");
        struct paper *paper = form_made(op, text, buf_str(&b));
        str last = page_text(op, paper, paper->page_count - 1);
        check_int((long long)times(last, S("甲镇人民政府")), 1);
        check_int((long long)times(last, op_text(op, "户%03d", n)), 1);
        check_int((long long)times(last, S("村组")), 1);
        crossed = crossed || paper->page_count == 2;
    }
    check(crossed);
}

TEST("merged cells: one frame around what they cover, and text in its middle")
{
    struct paper *paper =
        form_made(op,
                  op_text(op, grid,
                          "{\"高\": 10, \"格\": [{\"字\": \"甲\", \"跨行\": 2, \"齐\": \"中\"}, \"乙\", \"丙\"]},"
                          "{\"高\": 10, \"格\": [{\"字\": \"丁\", \"跨列\": 2}]}"),
                  S("{}"));
    for (size_t i = 0; i < paper->pages[0].count; i++) {
        const struct paper_item *item = &paper->pages[0].items[i];
        if (str_eq(item->text, S("甲"))) {
            check(fabs(item->x + item->w / 2 - (20 + 170 / 8.0)) < 0.1);
            check(fabs(item->y - 0.88 * item->h + item->h / 2 - 30) < 0.1);
        }
        if (item->kind == PAPER_RULE && item->w > item->h && fabs(item->y + item->h / 2 - 30) < 0.01)
            check(item->x > 20 + 170 / 4.0 - 1); /* no line through 甲 */
    }
}

TEST("a cell's text longer than a page goes on over the next ones, whole")
{
    str text = many(op, S("字"), 5000);
    struct paper *paper =
        form_made(op, op_text(op, grid, "{\"格\": [\"意见\", {\"字\": \"{意见}\", \"跨列\": 2, \"底\": \"签名：\"}]}"),
                  op_text(op, "{\"意见\": \"%.*s\"}", PS(text)));
    size_t found = 0, signs = 0;
    check(paper->page_count > 2);
    for (size_t page = 0; page < paper->page_count; page++) {
        found += times(page_text(op, paper, page), S("字"));
        signs += times(page_text(op, paper, page), S("签名："));
    }
    check_int((long long)found, 5000);
    check_int((long long)signs, 1);
    all_inside(paper, 20, 20, 190, 277);
}

TEST("values stand where their names are, also figures, truths and the number of a repeated row; what is missing "
     "stays blank")
{
    struct paper *paper =
        form_made(op,
                  op_text(op, grid,
                          "{\"格\": [\"{甲}-{ 乙 }-{丙}-{无}。\", \"\", \"\"]},"
                          "{\"重复\": \"表\", \"至少\": 2, \"格\": [\"{序号}/{名}/{甲}\", \"\", \"\"]}"),
                  S("{\"甲\": \"文\", \"乙\": 12.50, \"丙\": true, \"表\": [{\"名\": \"一\"}]}"));
    str all = page_text(op, paper, 0);
    size_t at;
    check(str_find(all, S("文-12.50-是-。"), &at));
    check(str_find(all, S("1/一/文"), &at));
    check(str_find(all, S("2//文"), &at));
}

static bool fill_value(void *context, const struct json *row, str placeholder, str *ret)
{
    struct op *op = context;
    if (str_eq(placeholder, S("坏")))
        return op_fail(op, FAULT_INPUT, placeholder, "算不出来");
    *ret = op_text(op, "[%.*s%s]", PS(placeholder), row ? "+" : "");
    return true;
}

TEST("a caller may compute placeholders; its refusal stops the form")
{
    struct json *form, *values;
    struct paper *paper;
    struct paper_fill fill = {.value = fill_value, .context = op};
    const struct paper_fonts *fonts = fonts_of(op);
    check(
        json_parse(
            op,
            S("{\"块\": [{\"段\": \"共{count(人)}人\"}, {\"列\": [1], \"行\": [{\"重复\": \"表\", \"格\": [\"{a + 1}\"]}]}]}"),
            &form) &&
        json_parse(op, S("{\"表\": [{}]}"), &values));
    check(paper_form(op, fonts, form, values, &fill, &paper));
    check_str(page_text(op, paper, 0), S("共[count(人)]人[a + 1+]"));
    check(json_parse(op, S("{\"块\": [{\"段\": \"{坏}\"}]}"), &form) &&
          !paper_form(op, fonts, form, values, &fill, &paper));
    check_int(op->fault_count, 1);
}

static const struct paper_image *fill_image(void *context, str name)
{
    static const uint8_t png[] = {0x89, 'P',  'N',  'G',  13,   10,  26,  10,  0,   0,    0,    13,   'I',  'H',
                                  'D',  'R',  0,    0,    0,    1,   0,   0,   0,   1,    8,    2,    0,    0,
                                  0,    0x90, 0x77, 0x53, 0xDE, 0,   0,   0,   12,  'I',  'D',  'A',  'T',  8,
                                  0xD7, 0x63, 0xF8, 0xCF, 0xC0, 0,   0,   3,   1,   1,    0,    0x18, 0xDD, 0x8D,
                                  0xB0, 0,    0,    0,    0,    'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
    struct paper_image *image;
    struct op *op = context;
    check(paper_image_read(op, (str){(const char *)png, sizeof png}, &image));
    return str_eq(name, S("手迹")) ? image : NULL;
}

TEST("a picture stands at the right above the foot of its cell, within its frame; where there is none the cell stays "
        "as it was")
{
    struct json *form, *values;
    struct paper *with = NULL, *without = NULL;
    struct paper_fill fill = {.image = fill_image, .context = op};
    const struct paper_fonts *fonts = fonts_of(op);
    check(json_parse(op,
        S("{\"块\": [{\"列\": [1, 3], \"行\": [{\"高\": 9, \"格\": [\"批示\", {\"字\": \"同意\", \"图\": \"{签}\", "
                           "\"底\": \"{人}\"}]}]}]}"), &form));
    check(json_parse(op, S("{\"签\": \"手迹\", \"人\": \"李国强\"}"), &values) && paper_form(op, fonts, form, values, &fill,
        &with));
    check(json_parse(op, S("{\"签\": \"\", \"人\": \"李国强\"}"), &values) && paper_form(op, fonts, form, values, &fill,
        &without));
    const struct paper_item *picture = NULL;
    for (size_t i = 0; i < with->pages[0].count; i++)
        if (with->pages[0].items[i].kind == PAPER_IMAGE)
            picture = &with->pages[0].items[i];
    check(picture && fabs(picture->w - 12) < 0.01 && fabs(picture->h - 12) < 0.01);
    check(picture->x + picture->w < with->pages[0].w - 20 && picture->y > 25);
    check_str(page_text(op, with, 0), page_text(op, without, 0));
    for (size_t i = 0; i < without->pages[0].count; i++)
        check(without->pages[0].items[i].kind != PAPER_IMAGE);
}

TEST("a definition that is no form is refused with its line: unknown items, overlapping or overflowing cells, "
     "wrong sizes")
{
    static const struct {
        const char *form, *words;
    } cases[] = {
        {"[]", "块"},
        {"{\"块\": []}", "块"},
        {"{\"块\": [{}]}", "段"},
        {"{\"颜色\": 1, \"块\": [{\"段\": \"a\"}]}", "没有这一项"},
        {"{\"纸\": \"B9\", \"块\": [{\"段\": \"a\"}]}", "A4"},
        {"{\"边距\": [1], \"块\": [{\"段\": \"a\"}]}", "上, 右, 下, 左"},
        {"{\"块\": [{\"段\": \"a\", \"字号\": 1000}]}", "5 到 72"},
        {"{\"块\": [{\"段\": \"a\", \"齐\": \"斜\"}]}", "没有这种写法"},
        {"{\"块\": [{\"段\": \"{a\"}]}", "没有配对"},
        {"{\"块\": [{\"列\": [], \"行\": [{\"格\": []}]}]}", "列"},
        {"{\"块\": [{\"列\": [0], \"行\": [{\"格\": [\"a\"]}]}]}", "大于 0"},
        {"{\"块\": [{\"列\": [1], \"行\": []}]}", "行"},
        {"{\"块\": [{\"列\": [1], \"行\": [{\"格\": []}]}]}", "格比列少"},
        {"{\"块\": [{\"列\": [1], \"行\": [{\"格\": [\"a\", \"b\"]}]}]}", "格比列多"},
        {"{\"块\": [{\"列\": [1], \"行\": [{\"格\": [{\"跨列\": 2}]}]}]}", "合并超出"},
        {"{\"块\": [{\"列\": [1], \"行\": [{\"格\": [{\"跨行\": 2}]}]}]}", "最后一行"},
        {"{\"块\": [{\"列\": [1, 1], \"行\": [{\"格\": [\"a\", {\"跨行\": 2}]}, {\"格\": [{\"跨列\": 2}]}]}]}", "重叠"},
        {"{\"块\": [{\"列\": [1], \"行\": [{\"格\": [{\"高度\": 2}]}]}]}", "没有这一项"},
        {"{\"块\": [{\"列\": [1], \"行\": [{\"高度\": 5, \"格\": [\"a\"]}]}]}", "没有这一项"},
        {"{\"块\": [{\"列\": [1], \"宽\": 1, \"行\": [{\"格\": [\"a\"]}]}]}", "没有这一项"},
        {"{\"块\": [{\"段\": \"a\", \"段間\": 1}]}", "没有这一项"},
        {"{\"块\": [{\"列\": [1], \"行\": [{\"高\": 5000, \"格\": [\"a\"]}]}]}", "高"},
        {"{\"块\": [{\"列\": [1], \"行\": [{\"高\": 900, \"格\": [\"a\"], \"表头\": true}, {\"格\": [\"a\"]}]}]}",
         "半页"},
        {"{\"块\": [{\"列\": [1, 1], \"行\": [{\"高\": 200, \"格\": [{\"跨行\": 2}, \"\"]}, {\"高\": 200, \"格\": [\"\"]}]}]}",
         "超过一页"},
    };
    const struct paper_fonts *fonts = fonts_of(op);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct paper *paper;
        size_t at;
        bool made = form_try(op, fonts, str_z(cases[i].form), S("{}"), &paper);
        if (made || op->fault_count != 1)
            test_failed(__FILE__, __LINE__, "%s: made %d, %d faults", cases[i].form, made, op->fault_count);
        else if (!str_find(op_text(op, "%.*s%.*s", PS(op->faults->field), PS(op->faults->text)), str_z(cases[i].words),
                           &at))
            test_failed(__FILE__, __LINE__, "%s: %.*s", cases[i].form, PS(op->faults->text));
        op_forgive(op, 0);
    }
}

TEST("a hundred thousand rows end in a sentence after a thousand pages, not in a full memory")
{
    struct paper *paper;
    str rows = many(op, S("{\"a\":1},"), 100000);
    check(!form_try(op, fonts_of(op), op_text(op, grid, "{\"重复\": \"表\", \"格\": [\"{a}\", \"\", \"\"]}"),
                    op_text(op, "{\"表\": [%.*s{}]}", PS(rows)), &paper));
    check_int(op->fault_count, 1);
    check(op->bytes < (size_t)600 << 20);
}
