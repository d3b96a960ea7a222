/* Any bytes as a document and as a form, and sound ones with some bytes changed: pages or one fault, never both.
 * What is laid out stays on the paper, the bytes of glyphs add up to the text, and every output can be written. */
#include <math.h>

#include "paper/paper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What cairo and fontconfig lose of their own; see base/test_main.c. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libcairo\nleak:libfontconfig\n";
}

static const char document[] =
    "格式：信函\n份号：000012\n紧急程度：特急\n发文机关：青石镇人民政府\n发文字号：青政发〔2021〕12号\n"
    "标题：关于《救助》的通知\n主送：各村\n署名：青石镇\n成文日期：2021-12-06\n印章：留\n附注：公开\n抄送：县民政局\n"
    "印发日期：2021-12-7\n\n一、范围\n全镇531人，98.5%。\n（一）要求。GB 2312\n附件1\n名册\n文字\n";
static const char table[] =
    "{\"边距\": [20, 20, 20, 20], \"页码\": true, \"值\": {\"表\": [{\"a\": 1}, {\"a\": \"长文字\"}]}, \"块\": ["
    "{\"段\": \"标题{a}\", \"体\": \"小标宋\", \"齐\": \"中\"}, {\"列\": [1, 2, 3], \"行\": [{\"表头\": true, \"格\": "
    "[{\"字\": \"甲\", \"跨行\": 2}, \"乙\", \"丙\"]}, {\"表头\": true, \"格\": [{\"跨列\": 2}]}, {\"重复\": \"表\","
    " \"至少\": 3, \"高\": 9, \"格\": [\"{a}\", \"{序号}\", {\"字\": \"{a}\", \"底\": \"签\"}]}]}]}";

static void model_check(const struct paper *paper)
{
    for (size_t p = 0; p < paper->page_count; p++)
        for (size_t i = 0; i < paper->pages[p].count; i++) {
            const struct paper_item *item = &paper->pages[p].items[i];
            size_t bytes = 0;
            for (size_t k = 0; k < item->glyph_count; k++)
                bytes += item->glyphs[k].bytes;
            must(bytes == item->text.n);
            must(isfinite(item->x) && isfinite(item->y) && isfinite(item->w) && isfinite(item->h));
            must(item->kind != PAPER_RULE || (item->w > 0 && item->h > 0));
        }
}

static void outputs_check(struct op *op, const struct paper *paper)
{
    str out;
    model_check(paper);
    if (paper->page_count < 4 && op_random(op) % 100 == 0)
        must(paper_pdf(paper, &out) && paper_ofd(paper, &out));
}

static void document_try(struct op *op, const struct paper_fonts *fonts, const struct paper_rules *rules, str text)
{
    struct paper_official doc;
    struct paper *paper;
    if (paper_official_read(op, text, &doc) && paper_official(op, fonts, rules, &doc, &paper)) {
        must(op->fault_count == 0);
        outputs_check(op, paper);
    } else {
        must(op->fault_count == 1);
    }
    op_forgive(op, 0);
}

static void form_try(struct op *op, const struct paper_fonts *fonts, str text)
{
    struct json *form;
    struct paper *paper;
    if (json_parse(op, text, &form) && paper_form(op, fonts, form, json_get(form, S("值")), NULL, &paper)) {
        must(op->fault_count == 0);
        outputs_check(op, paper);
    } else {
        must(op->fault_count == 1);
    }
    op_forgive(op, 0);
}

static str changed(struct op *op, str sound, const uint8_t *data, size_t size)
{
    char *p = op_z(op, sound);
    for (size_t i = 0; i + 2 < size; i += 3)
        p[((size_t)data[i] << 8 | data[i + 1]) % sound.n] = (char)data[i + 2];
    return (str){p, sound.n};
}

/* Fonts are looked for once: this is the only state, and nothing changes it. */
static const struct paper_fonts *fonts_once(const struct paper_rules **ret_rules)
{
    static struct op op;
    static struct paper_fonts *fonts;
    static struct paper_rules *rules;
    str text;
    if (!fonts) {
        op_init(&op, 1638752400000, 7);
        must(file_read(&op, S("packs/documents/gb9704.json"), 1 << 20, &text) && paper_rules_read(&op, text, &rules) &&
             paper_fonts_open(&op, rules, &fonts));
    }
    *ret_rules = rules;
    return fonts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct paper_rules *rules;
    const struct paper_fonts *fonts = fonts_once(&rules);
    struct op op;
    op_init(&op, 1638752400000, size);
    document_try(&op, fonts, rules, (str){(const char *)data, size});
    form_try(&op, fonts, (str){(const char *)data, size});
    document_try(&op, fonts, rules, changed(&op, str_z(document), data, size));
    form_try(&op, fonts, changed(&op, str_z(table), data, size));
    op_done(&op);
    return 0;
}
