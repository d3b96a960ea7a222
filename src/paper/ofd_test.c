/* The package by our own reading of GB/T 33190-2016: parts, required children, ids, and that text and places are those
 * of the pages. */
#include <math.h>
#include <stdlib.h>

#include "base/test.h"
#include "base/xml.h"
#include "paper/inner.h"
#include "xlsx/zip.h"

#define NS "http://www.ofdspec.org/2016"

static struct paper *document(struct op *op, bool seal)
{
    static const uint8_t png[] = {0x89, 'P',  'N',  'G',  13,   10,  26,  10,  0,   0,    0,    13,   'I',  'H',
                                  'D',  'R',  0,    0,    0,    1,   0,   0,   0,   1,    8,    2,    0,    0,
                                  0,    0x90, 0x77, 0x53, 0xDE, 0,   0,   0,   12,  'I',  'D',  'A',  'T',  8,
                                  0xD7, 0x63, 0xF8, 0xCF, 0xC0, 0,   0,   3,   1,   1,    0,    0x18, 0xDD, 0x8D,
                                  0xB0, 0,    0,    0,    0,    'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
    struct paper_rules *rules;
    struct paper_fonts *fonts;
    struct paper_official doc;
    struct paper_image *image;
    struct paper *paper = NULL;
    str text;
    check(
        file_read(op, S("packs/documents/gb9704.json"), 1 << 20, &text) && paper_rules_read(op, text, &rules) &&
        paper_fonts_open(op, rules, &fonts) &&
        paper_official_read(
            op,
            S("发文机关：青石镇人民政府\n发文字号：青政发〔2021〕12号\n标题：关于“救助”<试行>的通知\n主送：各村\n署名：青石镇人民政府\n"
              "成文日期：2021-12-06\n抄送：县民政局\n印发机关：办公室\n印发日期：2021-12-7\n\n"
              "一、范围\n全镇531人 & GB 2312，王堃、e\xCC\x81t\xCC\x82\xCC\x81，98.5%。\n附件1\n名册\n文字"),
            &doc) &&
        paper_image_read(op, (str){(const char *)png, sizeof png}, &image));
    if (seal) {
        doc.seal_kind = S("章");
        doc.seal = image;
    }
    check(paper_official(op, fonts, rules, &doc, &paper));
    return paper;
}

struct package {
    struct op *op;
    struct zip *zip;
    str ids[20000];
    size_t id_count;
};

static struct package *opened(struct op *op, const struct paper *paper)
{
    struct package *p = op_new(op, struct package);
    str bytes;
    p->op = op;
    check(paper_ofd(paper, &bytes));
    check(zip_open(op, (struct zip_source){.bytes = bytes, .fd = -1, .size = bytes.n}, &p->zip));
    return p;
}

/* Every XML part is well formed and its root is in the namespace. */
static const struct xtree *part(struct package *p, const char *name, const char *root)
{
    str text;
    struct xtree *tree;
    const struct zip_entry *e = zip_find(p->zip, str_z(name));
    if (!e || !zip_whole(p->zip, e, 32 << 20, &text) || !xtree_parse(p->op, text, str_z(name), &tree)) {
        test_failed(__FILE__, __LINE__, "%s is missing or broken", name);
        return NULL;
    }
    check_str(tree->name, str_z(root));
    check_str(tree->ns, S(NS));
    return tree;
}

static void id_take(struct package *p, str number, long max)
{
    long n = strtol(op_z(p->op, number), NULL, 10);
    check(n > 0 && n <= max);
    for (size_t i = 0; i < p->id_count; i++)
        check(!str_eq(p->ids[i], number));
    must(p->id_count < COUNT(p->ids));
    p->ids[p->id_count++] = number;
}

static int numbers(struct op *op, str s, double *to, int max)
{
    char *at = op_z(op, s), *end;
    int n = 0;
    for (; n < max; n++, at = end) {
        to[n] = strtod(at, &end);
        if (end == at)
            break;
    }
    return n;
}

TEST("OFD: the required parts are there, every part is well-formed XML in the namespace of 2016, ids are unique "
     "and not above MaxUnitID")
{
    struct paper *paper = document(op, true);
    struct package *p = opened(op, paper);
    const struct xtree *ofd = part(p, "OFD.xml", "OFD"), *body = xtree_first(ofd, "DocBody");
    check_str(xtree_attr(ofd, "DocType"), S("OFD"));
    check_str(xtree_text(body, "DocRoot"), S("Doc_0/Document.xml"));
    const struct xtree *info = xtree_first(body, "DocInfo");
    check_int((long long)xtree_text(info, "DocID").n, 32);
    check_str(xtree_text(info, "CreationDate"), S("2021-12-06"));
    check_str(xtree_text(info, "Title"), S("关于“救助”<试行>的通知"));
    const struct xtree *doc = part(p, "Doc_0/Document.xml", "Document"), *common = xtree_first(doc, "CommonData");
    long max = strtol(op_z(op, xtree_text(common, "MaxUnitID")), NULL, 10);
    check_str(xtree_text(xtree_first(common, "PageArea"), "PhysicalBox"), S("0 0 210.000 297.000"));
    const struct xtree *res = part(p, "Doc_0/PublicRes.xml", "Res");
    for (const struct xtree *f = xtree_first(xtree_first(res, "Fonts"), "Font"); f; f = xtree_next(f, "Font")) {
        str name = op_text(op, "Doc_0/Res/%.*s", PS(xtree_text(f, "FontFile"))), font;
        id_take(p, xtree_attr(f, "ID"), max);
        check(xtree_attr(f, "FontName").n > 0);
        check(zip_find(p->zip, name) && zip_whole(p->zip, zip_find(p->zip, name), 32 << 20, &font));
        check(str_starts(font, S("OTTO")) || str_starts(font, (str){"\0\1\0\0", 4}));
    }
    const struct xtree *media = part(p, "Doc_0/DocumentRes.xml", "Res");
    const struct xtree *image = xtree_first(xtree_first(media, "MultiMedias"), "MultiMedia");
    id_take(p, xtree_attr(image, "ID"), max);
    check(zip_find(p->zip, op_text(op, "Doc_0/Res/%.*s", PS(xtree_text(image, "MediaFile")))));
    size_t pages = 0;
    for (const struct xtree *e = xtree_first(xtree_first(doc, "Pages"), "Page"); e;
         e = xtree_next(e, "Page"), pages++) {
        str at = op_text(op, "Doc_0/%.*s", PS(xtree_attr(e, "BaseLoc")));
        const struct xtree *page = part(p, at.p, "Page");
        id_take(p, xtree_attr(e, "ID"), max);
        const struct xtree *layer = xtree_first(xtree_first(page, "Content"), "Layer");
        id_take(p, xtree_attr(layer, "ID"), max);
        for (const struct xtree *o = xtree_first(layer, NULL); o; o = xtree_next(o, NULL)) {
            id_take(p, xtree_attr(o, "ID"), max);
            if (xtree_is(o, "ImageObject"))
                check_str(xtree_attr(o, "ResourceID"), xtree_attr(image, "ID"));
        }
    }
    check_int((long long)pages, (long long)paper->page_count);
}

TEST("OFD: text, places and advances are those of the page model, inside boundaries that do not clip them")
{
    struct paper *paper = document(op, false);
    struct package *p = opened(op, paper);
    for (size_t page = 0; page < paper->page_count; page++) {
        const struct xtree *root = part(p, op_text(op, "Doc_0/Pages/Page_%zu/Content.xml", page).p, "Page");
        const struct xtree *o = xtree_first(xtree_first(xtree_first(root, "Content"), "Layer"), NULL);
        struct buf ours, theirs;
        buf_init(&ours, op, 0);
        buf_init(&theirs, op, 0);
        for (size_t i = 0; i < paper->pages[page].count; i++) {
            const struct paper_item *item = &paper->pages[page].items[i];
            if (item->kind == PAPER_RULE) {
                double box[4] = {0};
                check(xtree_is(o, "PathObject") && numbers(op, xtree_attr(o, "Boundary"), box, 4) == 4);
                check(fabs(box[0] - item->x) < 0.001 && fabs(box[1] - item->y) < 0.001 &&
                      fabs(box[2] - item->w) < 0.001);
                o = xtree_next(o, NULL);
                continue;
            }
            buf_add(&ours, item->text);
            size_t taken = 0;
            while (o && xtree_is(o, "TextObject") && taken < item->text.n) {
                const struct xtree *code = xtree_first(o, "TextCode");
                double box[4] = {0}, x[1] = {0}, y[1] = {0}, steps[2] = {0};
                check(numbers(op, xtree_attr(o, "Boundary"), box, 4) == 4 &&
                      numbers(op, xtree_attr(code, "X"), x, 1) == 1 && numbers(op, xtree_attr(code, "Y"), y, 1) == 1);
                if (taken == 0) {
                    check(fabs(box[0] + x[0] - item->x - item->glyphs[0].x) < 0.01);
                    check(fabs(box[1] + y[0] - item->y) < 0.01);
                }
                double size = strtod(op_z(op, xtree_attr(o, "Size")), NULL);
                check(fabs(size - item->h) < 0.001);
                check(x[0] >= 0 && y[0] >= size * 0.9 && box[3] >= y[0] + size * 0.2);
                str delta = xtree_attr(code, "DeltaX");
                double sum = 0;
                if (str_starts(delta, S("g "))) {
                    check(numbers(op, str_part(delta, 2, delta.n), steps, 2) == 2);
                    sum = steps[0] * steps[1];
                }
                check(sum <= box[2]);
                taken += code->text.n;
                buf_add(&theirs, code->text);
                o = xtree_next(o, NULL);
            }
        }
        check_str(buf_str(&theirs), buf_str(&ours));
    }
}

TEST("OFD: an embedded font maps every character to a glyph; what is not one glyph for one character carries a "
     "transform")
{
    struct paper *paper = document(op, false);
    struct package *p = opened(op, paper);
    const struct xtree *res = part(p, "Doc_0/PublicRes.xml", "Res");
    size_t transforms = 0, characters = 0;
    for (const struct xtree *f = xtree_first(xtree_first(res, "Fonts"), "Font"); f; f = xtree_next(f, "Font")) {
        str bytes;
        const struct zip_entry *e = zip_find(p->zip, op_text(op, "Doc_0/Res/%.*s", PS(xtree_text(f, "FontFile"))));
        check(e && zip_whole(p->zip, e, 32 << 20, &bytes));
        hb_blob_t *blob = hb_blob_create(bytes.p, (unsigned)bytes.n, HB_MEMORY_MODE_READONLY, NULL, NULL);
        hb_face_t *face = hb_face_create(blob, 0);
        hb_font_t *font = hb_font_create(face);
        for (size_t page = 0; page < paper->page_count; page++) {
            const struct xtree *root = part(p, op_text(op, "Doc_0/Pages/Page_%zu/Content.xml", page).p, "Page");
            const struct xtree *layer = xtree_first(xtree_first(root, "Content"), "Layer");
            for (const struct xtree *o = xtree_first(layer, "TextObject"); o; o = xtree_next(o, "TextObject")) {
                if (!str_eq(xtree_attr(o, "Font"), xtree_attr(f, "ID")))
                    continue;
                const struct xtree *transform = xtree_first(o, "CGTransform");
                transforms += transform != NULL;
                str text = xtree_first(o, "TextCode")->text;
                while (text.n && !transform) {
                    hb_codepoint_t glyph = 0;
                    check(hb_font_get_nominal_glyph(font, utf8_next(&text), &glyph) && glyph != 0);
                    check(glyph < hb_face_get_glyph_count(face));
                    characters++;
                }
            }
        }
        hb_font_destroy(font);
        hb_face_destroy(face);
        hb_blob_destroy(blob);
    }
    check(transforms > 0 && characters > 100);
}
