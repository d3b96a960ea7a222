/* What is unlucky, odd or hostile in a document. */
#include "paper/test_paper.h"

/* ---- characters ------------------------------------------------------------------------------------------------- */

static int notes_with(const struct paper *paper, str code, str what)
{
    int found = 0;
    size_t at;
    for (size_t i = 0; i < paper->note_count; i++)
        found += str_find(paper->notes[i].text, code, &at) && str_find(paper->notes[i].text, what, &at);
    return found;
}

TEST("a character that no font has is flagged to the author, once, with its code")
{
    struct desk d = desk_new(op);
    /* of plane 3, to which no character is given yet */
    struct paper *paper = made(&d, with_body(op, S("联系人：王\xF0\xBF\xBF\xB0，王\xF0\xBF\xBF\xB0。")));
    check_int(notes_with(paper, S("U+3FFF0"), S("没有任何")), 1);
}

TEST("a character of one office's own making is flagged, whether or not a font here has something in its place")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, with_body(op, S("联系人：王\xEE\x84\xA3，王\xEE\x84\xA3。")));
    check_int(notes_with(paper, S("U+E123"), S("")), 1);
}

TEST("names of ten rare characters are set without a note, each with a glyph")
{
    struct desk d = desk_new(op);
    struct paper *paper = made(&d, with_body(op, S("镕旸垚喆堃昇囧㛃䶮翀")));
    check_int((long long)paper->note_count, 0);
    const struct paper_item *run = item_at(paper, 0, S("正文"), 0);
    for (size_t i = 0; i < run->glyph_count; i++)
        check(run->glyphs[i].id != 0 && run->glyphs[i].bytes == 3);
}

TEST("a type for which only a stand-in is installed is named to the author")
{
    str text;
    struct desk d = desk_new(op);
    check(file_read(op, S("packs/documents/gb9704.json"), 1 << 20, &text));
    size_t from, to;
    check(str_find(text, S("\"字体\""), &from) && str_find(text, S("\"基本\""), &to));
    text = op_text(op, "%.*s\"字体\": {\"仿宋\": [\"没有这种字体\", \"~Noto Serif CJK SC\"]},%.*s",
                   PS(str_part(text, 0, from)), PS(str_part(text, to, text.n)));
    check(paper_rules_read(op, text, &d.rules) && paper_fonts_open(op, d.rules, &d.fonts));
    struct paper *paper = made(&d, S("标题：通知\n\n正文"));
    bool told = false;
    for (size_t i = 0; i < paper->note_count; i++)
        told |= str_eq(paper->notes[i].text, S("没有安装“没有这种字体”，以 Noto Serif CJK SC 代替"));
    check(told);
}

static bool told_of(const struct paper *paper, const char *words)
{
    for (size_t i = 0; i < paper->note_count; i++)
        if (str_find(paper->notes[i].text, str_z(words), &(size_t){0}))
            return true;
    return false;
}

TEST("a report that asks for approval, and a request that goes to two organs, is told to its author and set all the same; "
     "the words and kinds are data")
{
    struct desk d = desk_new(op);
    check(told_of(made(&d, S("标题：关于防汛工作的报告\n主送：县人民政府\n\n一、情况\n需增拨经费十万元，妥否，请批示。")), "报告不得夹带请示事项"));
    check(!told_of(made(&d, S("标题：关于防汛工作的报告\n主送：县人民政府\n\n特此报告。")), "请示"));
    check(!told_of(made(&d, S("标题：关于防汛经费的请示\n主送：县人民政府\n\n妥否，请批示。")), "请示"));
    check(told_of(made(&d, S("标题：关于防汛经费的请示\n主送：县人民政府，县财政局\n\n妥否，请批示。")), "一个主送机关"));
    check(told_of(made(&d, S("标题：关于防汛经费的请示\n主送：县人民政府\n抄送：各村民委员会\n\n妥否，请批示。")), "抄送下级"));
    struct paper_rules *rules;
    str text;
    size_t from, to;
    check(file_read(op, S("packs/documents/gb9704.json"), 1 << 20, &text) && str_find(text, S("\"用语提示\""), &from) &&
          str_find(text, S("\"字体\""), &to));
    str head = str_part(text, 0, from), rest = str_part(text, to, text.n);
    check(!paper_rules_read(op, op_text(op, "%.*s\"用语提示\": [{\"文种\": \"报告\", \"在\": \"心情\", \"提示\": \"x\"}],%.*s", PS(head), PS(rest)), &rules));
    check(str_find(op->faults->text, S("公文要素的名称"), &from));
    op_forgive(op, 0);
}

/* ---- hostile input ---------------------------------------------------------------------------------------------- */

static void refused(struct op *op, struct desk *d, str text, const char *words)
{
    struct paper_official doc;
    struct paper *paper;
    int before = op->fault_count;
    size_t at;
    if (paper_official_read(op, text, &doc) && paper_official(op, d->fonts, d->rules, &doc, &paper))
        test_failed(__FILE__, __LINE__, "accepted: %.*s", PS(str_part(text, 0, 100)));
    else if (op->fault_count != before + 1 || !str_find(op->faults->text, str_z(words), &at))
        test_failed(__FILE__, __LINE__, "«%s» not said, but %.*s", words, PS(op->faults->text));
    op_forgive(op, 0);
}

TEST("what cannot be a document is refused with one sentence: a million lines, huge texts, wrong bytes, unknown "
     "elements, broken JSON")
{
    struct desk d = desk_new(op);
    struct mark mark = op_mark(op);
    refused(op, &d, op_text(op, "标题：通知\n\n%.*s", PS(many(op, S("镇\n"), 1000000))), "1000 页");
    op_reset(op, mark);
    refused(op, &d, op_text(op, "标题：通知\n\n%.*s", PS(many(op, S("镇"), 1300000))), "1000 页");
    op_reset(op, mark);
    refused(op, &d, op_text(op, "标题：通知\n\n%.*s", PS(many(op, S("镇"), 1500000))), "MB");
    op_reset(op, mark);
    refused(op, &d, S("标题：通知\n\n\xFF\xFE"), "UTF-8");
    refused(op, &d, S("没有冒号\n\n正文"), "标题：");
    refused(op, &d, S("标题：通知\n颜色：红\n\n正文"), "没有“颜色”");
    refused(op, &d, S("格式：诗\n标题：通知\n\n正文"), "没有“诗”");
    refused(op, &d, S("{\"标题\": \"通知\","), "JSON");
    refused(op, &d, S("{\"标题\": {\"a\": 1}}"), "须是文字");
    refused(op, &d, S("{\"颜色\": \"红\"}"), "没有这一项");
    refused(op, &d, S("{\"附件\": [{\"正文\": \"x\"}]}"), "附件须有标题");
    refused(op, &d, op_text(op, "标题：%.*s\n\n正文", PS(many(op, S("长"), 400))), "300 字");
    refused(op, &d, op_text(op, "标题：%.*s\n\n正文", PS(many(op, S("长"), 299))), "占满了首页");
    refused(op, &d, S("标题：通知\n印章：章.png\n署名：镇\n\n正文"), "没有印章图片");
    refused(op, &d, op_text(op, "发文字号：%.*s\n\n正文", PS(many(op, S("长"), 400))), "太长");
}

TEST("odd but harmless: empty text, only spaces, controls, one endless word, marks without letters, text right to left")
{
    struct desk d = desk_new(op);
    static const char *bodies[] = {"",        "   \n　　\n",        "a\x01\x02\x7F\tb", "\xCC\x81\xCC\x81",
                                   "العربية", "👨‍👩‍👧", "{}<>&\"'",         "\xE2\x80\x8B"};
    for (size_t i = 0; i < COUNT(bodies); i++) {
        str out;
        struct paper *paper = made(&d, with_body(op, str_z(bodies[i])));
        check(paper->page_count >= 1 && paper_pdf(paper, &out) && paper_ofd(paper, &out) &&
              paper_svg(paper, 0, 9, &out));
    }
    struct paper *paper = made(&d, with_body(op, many(op, S("x"), 5000)));
    for (size_t page = 0; page < paper->page_count; page++) {
        struct rows_text r = rows_of(op, paper, page, S("正文"));
        for (size_t i = 0; i < r.n; i++)
            check(r.row[i].end <= right + 0.3);
    }
}

TEST("a picture is refused when it is no PNG, too large, or broken, before it is unpacked")
{
    struct paper_image *image;
    char lie[40] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF";
    check(!paper_image_read(op, S("GIF89a"), &image));
    check(!paper_image_read(op, (str){lie, sizeof lie}, &image));
    memcpy(lie + 16, "\0\0\0\2\0\0\0\2", 8);
    check(!paper_image_read(op, (str){lie, sizeof lie}, &image));
    check_int(op->fault_count, 3);
}

TEST("rules with a wrong name, a wrong kind or a 版心 outside the paper are refused with line and name")
{
    struct paper_rules *rules;
    check(!paper_rules_read(op, S("{}"), &rules));
    check(!paper_rules_read(op, S("{\"基本\": {\"颜色\": 1}, \"格式\": {\"文件\": {}}}"), &rules));
    check_str(op->faults->next->field, S("颜色"));
    check(!paper_rules_read(op, S("{\"基本\": {\"纸宽\": \"宽\"}, \"格式\": {\"文件\": {}}}"), &rules));
    check(!paper_rules_read(op, S("{\"基本\": {\"纸宽\": 1e99}, \"格式\": {\"文件\": {}}}"), &rules));
    check(!paper_rules_read(op, S("{\"基本\": {\"标志后缀\": 1}, \"格式\": {\"文件\": {}}}"), &rules));
    str text;
    size_t at;
    check(file_read(op, S("packs/documents/gb9704.json"), 1 << 20, &text) && str_find(text, S("\"版心宽\": 156"), &at));
    text = op_text(op, "%.*s\"版心宽\": 190%.*s", PS(str_part(text, 0, at)),
                   PS(str_part(text, at + strlen("\"版心宽\": 156"), text.n)));
    check(!paper_rules_read(op, text, &rules));
    check(op->fault_count == 6);
}

TEST("the same document at the same moment is the same bytes in every output")
{
    struct desk d = desk_new(op);
    str one[3], two[3];
    for (int i = 0; i < 2; i++) {
        struct paper *paper = made(&d, with_body(op, S("一、要求\n全镇531人，98.5%。王堃。")));
        str *to = i ? two : one;
        check(paper_pdf(paper, &to[0]) && paper_ofd(paper, &to[1]) && paper_svg(paper, 0, 1, &to[2]));
    }
    for (int i = 0; i < 3; i++)
        check(str_eq(one[i], two[i]) && one[i].n > 1000);
    check(str_starts(one[0], S("%PDF-1.")));
}
