/* Pages a second: one line "what pages seconds bytes" for each output. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "paper/paper.h"

static double cpu(void)
{
    struct timespec t;
    must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static str document(struct op *op, int paragraphs)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, "发文机关：青石镇人民政府\n发文字号：青政发〔2021〕12号\n标题：青石镇人民政府关于做好2021年冬春救助工作的通知\n"
                 "主送：各村民委员会，镇属各单位\n署名：青石镇人民政府\n成文日期：2021-12-06\n抄送：县应急管理局\n"
                 "印发机关：青石镇党政综合办公室\n印发日期：2021-12-07\n\n");
    for (int i = 0; i < paragraphs; i++)
        buf_text(&b, "一、总体要求\n坚持“以人为本、突出重点、公开公正、专款专用”的原则，对因灾造成口粮、饮水、衣被、取暖、医疗等"
                     "方面存在困难的群众给予救助，确保受灾群众有饭吃、有衣穿、有房住、有干净水喝、有病能及时医治。全镇共有%d个村组、"
                     "212户、531人列入救助范围，占应救助人数的98.5%%。\n（一）民主评议。由村民委员会组织召开村民代表会议进行民主"
                     "评议，参会人数不得少于应到人数的三分之二。评议结果在村务公开栏公示不少于7日。\n", i);
    return buf_str(&b);
}

static str roll(struct op *op, int rows)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, "{\"标题\": \"冬春救助资金发放花名册\", \"名单\": [");
    for (int i = 0; i < rows; i++)
        buf_text(&b, "%s{\"村组\": \"东沟村%d组\", \"姓名\": \"张建国\", \"身份证号\": \"150123198001010011\", \"家庭类型\": \"低保户\","
                     " \"家庭人口\": 4, \"救助人口\": 3, \"救助类型\": \"口粮\", \"金额\": \"1,800.00\"}", i ? "," : "", i % 9 + 1);
    buf_text(&b, "]}");
    return buf_str(&b);
}

struct work {
    const char *name;
    bool form;
    bool (*out)(const struct paper *paper, str *ret);
};

static bool svg(const struct paper *paper, str *ret)
{
    return paper_svg(paper, 0, paper->page_count, ret);
}

int main(int argc, char **argv)
{
    static const struct work works[] = {{"document, laid out", false, NULL}, {"document to PDF", false, paper_pdf},
                                        {"document to OFD", false, paper_ofd}, {"document to SVG", false, svg},
                                        {"roll, laid out", true, NULL},        {"roll to PDF", true, paper_pdf}};
    struct op op;
    op_init(&op, 1638752400000, 1);
    struct paper_rules *rules;
    struct paper_fonts *fonts;
    struct json *form, *values;
    str text, form_text, doc_text = document(&op, argc > 1 ? atoi(argv[1]) : 200), roll_text = roll(&op, 3000);
    double start = cpu();
    must(file_read(&op, S("packs/documents/gb9704.json"), 1 << 20, &text) && paper_rules_read(&op, text, &rules) &&
         paper_fonts_open(&op, rules, &fonts));
    printf("fonts found\t0\t%.4f\t0\n", cpu() - start);
    must(file_read(&op, S("packs/documents/forms/花名册.json"), 1 << 20, &form_text) && json_parse(&op, form_text, &form) &&
         json_parse(&op, roll_text, &values));
    for (size_t i = 0; i < COUNT(works); i++) {
        struct paper_official doc;
        struct paper *paper;
        str out = {0};
        start = cpu();
        must(works[i].form ? paper_form(&op, fonts, form, values, NULL, &paper)
                           : paper_official_read(&op, doc_text, &doc) && paper_official(&op, fonts, rules, &doc, &paper));
        must(!works[i].out || works[i].out(paper, &out));
        printf("%s\t%zu\t%.4f\t%zu\n", works[i].name, paper->page_count, cpu() - start, out.n);
    }
    op_done(&op);
    return 0;
}
