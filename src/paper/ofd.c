/* The page model as OFD, GB/T 33190-2016: a zip of XML. Fonts are embedded with only the glyphs used and a character
 * map of our own, so that plain text codes find exactly the glyphs that were laid out; only what is not one glyph for
 * one character needs a transform. */
#include "base/xml.h"
#include "paper/inner.h"
#include "xlsx/zip.h"

#define OFD_NS   "xmlns:ofd=\"http://www.ofdspec.org/2016\""
#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

struct used {
    const struct paper_face *face; /* NULL: not used in this document */
    int id;
    hb_set_t *glyphs;
    hb_map_t *codes;         /* character to glyph, before subsetting */
    hb_set_t *sorted;        /* the characters: maps have no order */
    const hb_map_t *renamed; /* glyph to glyph of the subset */
    hb_subset_plan_t *plan;
    str font;
};

struct ofd {
    const struct paper *paper;
    struct op *op;
    struct used faces[FACES_MAX + 1];
    const struct paper_image **images;
    size_t image_count;
    int last_id; /* MaxUnitID */
    int first_image_id;
    struct zip_out *zip;
};

/* ---- embedded fonts --------------------------------------------------------------------------------------------- */

static void used_close(void *p)
{
    struct used *u = p;
    hb_set_destroy(u->glyphs);
    hb_map_destroy(u->codes);
    hb_set_destroy(u->sorted);
    hb_subset_plan_destroy(u->plan);
}

static struct used *used_of(struct ofd *ofd, const struct paper_face *face)
{
    struct used *u = &ofd->faces[face->id];
    if (u->face)
        return u;
    u->face = face;
    u->id = ++ofd->last_id;
    u->glyphs = hb_set_create();
    u->codes = hb_map_create();
    u->sorted = hb_set_create();
    op_defer(ofd->op, used_close, u);
    return u;
}

/* Does each glyph stand for exactly one character? Then text codes and the font's map say everything. */
static bool is_plain(const struct paper_item *run)
{
    str text = run->text;
    for (size_t i = 0; i < run->glyph_count; i++) {
        if (run->glyphs[i].bytes == 0 || run->glyphs[i].y != 0)
            return false;
        str one = str_part(text, 0, run->glyphs[i].bytes);
        text = str_part(text, run->glyphs[i].bytes, text.n);
        utf8_next(&one);
        if (one.n)
            return false;
    }
    return true;
}

static void use(struct ofd *ofd, const struct paper_item *run)
{
    struct used *u = used_of(ofd, run->face);
    bool plain = is_plain(run);
    str text = run->text;
    for (size_t i = 0; i < run->glyph_count; i++) {
        hb_set_add(u->glyphs, run->glyphs[i].id);
        if (!plain)
            continue;
        uint32_t code = utf8_next(&text);
        hb_set_add(u->sorted, code);
        if (!hb_map_has(u->codes, code))
            hb_map_set(u->codes, code, run->glyphs[i].id);
    }
}

static void big16(struct buf *b, uint32_t v)
{
    buf_byte(b, (char)(v >> 8));
    buf_byte(b, (char)v);
}

static void big32(struct buf *b, uint32_t v)
{
    big16(b, v >> 16);
    big16(b, v & 0xFFFF);
}

struct code_glyph {
    uint32_t code, glyph;
};

/* Format 4 for the basic plane, as every reader knows; one segment for each character. */
static void cmap_short(struct buf *b, const struct code_glyph *codes, size_t count)
{
    size_t n = 0;
    while (n < count && codes[n].code < 0xFFFF)
        n++;
    uint32_t segments = (uint32_t)n + 1, power = 1, log = 0;
    while (power * 2 <= segments) {
        power *= 2;
        log++;
    }
    big16(b, 4);
    big16(b, 16 + segments * 8);
    big16(b, 0);
    big16(b, segments * 2);
    big16(b, power * 2);
    big16(b, log);
    big16(b, (segments - power) * 2);
    for (size_t i = 0; i < n; i++)
        big16(b, codes[i].code);
    big16(b, 0xFFFF);
    big16(b, 0);
    for (size_t i = 0; i < n; i++)
        big16(b, codes[i].code);
    big16(b, 0xFFFF);
    for (size_t i = 0; i < n; i++)
        big16(b, codes[i].glyph - codes[i].code);
    big16(b, 1);
    for (uint32_t i = 0; i < segments; i++)
        big16(b, 0);
}

static void cmap_long(struct buf *b, const struct code_glyph *codes, size_t count)
{
    big16(b, 12);
    big16(b, 0);
    big32(b, (uint32_t)(16 + count * 12));
    big32(b, 0);
    big32(b, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        big32(b, codes[i].code);
        big32(b, codes[i].code);
        big32(b, codes[i].glyph);
    }
}

static str cmap_make(struct op *op, const struct used *u)
{
    struct code_glyph *codes = op_array(op, struct code_glyph, hb_map_get_population(u->codes) + 1);
    size_t count = 0;
    for (hb_codepoint_t code = HB_SET_VALUE_INVALID; hb_set_next(u->sorted, &code);)
        codes[count++] = (struct code_glyph){code, hb_map_get(u->renamed, hb_map_get(u->codes, code))};
    struct buf b;
    buf_init(&b, op, 0);
    bool small = count < 8000; /* format 4 counts its bytes in 16 bits */
    big16(&b, 0);
    big16(&b, small ? 2 : 1);
    uint32_t at = small ? 20 : 12;
    if (small) {
        size_t n = 0;
        while (n < count && codes[n].code < 0xFFFF)
            n++;
        big16(&b, 3);
        big16(&b, 1);
        big32(&b, at);
        at += 16 + ((uint32_t)n + 1) * 8;
    }
    big16(&b, 3);
    big16(&b, 10);
    big32(&b, at);
    if (small)
        cmap_short(&b, codes, count);
    cmap_long(&b, codes, count);
    return buf_str(&b);
}

[[nodiscard]] static bool font_make(struct ofd *ofd, struct used *u)
{
    struct op *op = ofd->op;
    hb_face_t *subset = face_cut(u->face, u->glyphs, false, &u->plan);
    if (!subset)
        return op_fail(op, FAULT_SYSTEM, S("字体"), "%.*s 不能嵌入 OFD，请换用别的字体", PS(u->face->family));
    u->renamed = hb_subset_plan_old_to_new_glyph_mapping(u->plan);
    str cmap = cmap_make(op, u);
    hb_face_t *whole = hb_face_builder_create();
    hb_tag_t tags[64];
    unsigned count = COUNT(tags);
    hb_face_get_table_tags(subset, 0, &count, tags);
    for (unsigned i = 0; i < count; i++) {
        hb_blob_t *table = hb_face_reference_table(subset, tags[i]);
        if (tags[i] != HB_TAG('c', 'm', 'a', 'p'))
            hb_face_builder_add_table(whole, tags[i], table);
        hb_blob_destroy(table);
    }
    hb_blob_t *map = hb_blob_create(cmap.p, (unsigned)cmap.n, HB_MEMORY_MODE_READONLY, NULL, NULL);
    hb_face_builder_add_table(whole, HB_TAG('c', 'm', 'a', 'p'), map);
    hb_blob_destroy(map);
    hb_blob_t *blob = hb_face_reference_blob(whole);
    unsigned n;
    const char *bytes = hb_blob_get_data(blob, &n);
    u->font = op_copy(op, (str){bytes, n});
    hb_blob_destroy(blob);
    hb_face_destroy(whole);
    hb_face_destroy(subset);
    return true;
}

/* ---- pages ------------------------------------------------------------------------------------------------------ */

static const char *color_text(enum paper_color color)
{
    static const char *const texts[PAPER_COLORS] = {[PAPER_BLACK] = "0 0 0", [PAPER_RED] = "255 0 0"};
    return texts[color];
}

/* Advances between characters; equal ones are folded: g 27 5.571. */
static void deltas_write(struct buf *b, const struct paper_glyph *glyphs, size_t count)
{
    buf_text(b, " DeltaX=\"");
    for (size_t i = 1; i < count;) {
        long step = (long)((glyphs[i].x - glyphs[i - 1].x) * 1000 + 0.5F);
        size_t same = 1;
        while (i + same < count && (long)((glyphs[i + same].x - glyphs[i + same - 1].x) * 1000 + 0.5F) == step)
            same++;
        if (same > 2)
            buf_text(b, "%sg %zu %.3f", i > 1 ? " " : "", same, (double)step / 1000);
        else
            buf_text(b, "%s%.3f", i > 1 ? " " : "", (double)step / 1000);
        i += same > 2 ? same : 1;
    }
    buf_text(b, "\"");
}

/* Glyphs [from, to) of a run as one object; `transform` when they are not one glyph for one character. */
static void text_write(struct ofd *ofd, struct buf *b, const struct paper_item *run, size_t from, size_t to, str text,
                       bool transform)
{
    const struct used *u = &ofd->faces[run->face->id];
    const struct paper_glyph *g = run->glyphs + from;
    double around = run->h * 0.2; /* an object clips to its boundary */
    double x = run->x + g->x - around, y = run->y + g->y - run->h - around;
    double w = run->glyphs[to - 1].x - g->x + run->h * 1.5 + 2 * around, h = run->h * 1.4 + 2 * around;
    buf_text(b, "<ofd:TextObject ID=\"%d\" Boundary=\"%.3f %.3f %.3f %.3f\" Font=\"%d\" Size=\"%.3f\"", ++ofd->last_id,
             x, y, w, h, u->id, run->h);
    if (run->stretch < 1)
        buf_text(b, " HScale=\"%.4f\"", run->stretch);
    buf_text(b, "><ofd:FillColor Value=\"%s\"/>", color_text(run->color));
    if (transform) {
        buf_text(b, "<ofd:CGTransform CodePosition=\"0\" CodeCount=\"%zu\" GlyphCount=\"%zu\"><ofd:Glyphs>",
                 utf8_count(text), to - from);
        for (size_t i = from; i < to; i++)
            buf_text(b, "%s%u", i > from ? " " : "", hb_map_get(u->renamed, run->glyphs[i].id));
        buf_text(b, "</ofd:Glyphs></ofd:CGTransform>");
    }
    buf_text(b, "<ofd:TextCode X=\"%.3f\" Y=\"%.3f\"", around, run->h + around);
    if (!transform && to - from > 1)
        deltas_write(b, g, to - from);
    buf_text(b, ">");
    xtree_escape(b, text);
    buf_text(b, "</ofd:TextCode></ofd:TextObject>\n");
}

static void run_write(struct ofd *ofd, struct buf *b, const struct paper_item *run)
{
    if (run->glyph_count == 0)
        return;
    if (is_plain(run)) {
        text_write(ofd, b, run, 0, run->glyph_count, run->text, false);
        return;
    }
    size_t at = 0;
    for (size_t i = 0; i < run->glyph_count;) {
        size_t end = i + 1;
        while (end < run->glyph_count && run->glyphs[end].bytes == 0)
            end++;
        size_t bytes = run->glyphs[i].bytes;
        text_write(ofd, b, run, i, end, str_part(run->text, at, at + bytes), true);
        at += bytes;
        i = end;
    }
}

static int image_id(struct ofd *ofd, const struct paper_image *image)
{
    for (size_t i = 0; i < ofd->image_count; i++)
        if (ofd->images[i] == image)
            return ofd->first_image_id + (int)i;
    must(!"every image was listed");
    return 0;
}

static str page_xml(struct ofd *ofd, const struct paper_page *page)
{
    struct buf b;
    buf_init(&b, ofd->op, 0);
    buf_text(&b, XML_HEAD "<ofd:Page " OFD_NS "><ofd:Area><ofd:PhysicalBox>0 0 %.3f %.3f</ofd:PhysicalBox></ofd:Area>",
             page->w, page->h);
    buf_text(&b, "<ofd:Content><ofd:Layer ID=\"%d\" Type=\"Body\">\n", ++ofd->last_id);
    for (size_t i = 0; i < page->count; i++) { /* pictures lie under the text, as in draw.c */
        const struct paper_item *item = &page->items[i];
        if (item->kind == PAPER_IMAGE)
            buf_text(&b,
                     "<ofd:ImageObject ID=\"%d\" Boundary=\"%.3f %.3f %.3f %.3f\" CTM=\"%.3f 0 0 %.3f 0 0\" "
                     "ResourceID=\"%d\"/>\n",
                     ++ofd->last_id, item->x, item->y, item->w, item->h, item->w, item->h, image_id(ofd, item->image));
    }
    for (size_t i = 0; i < page->count; i++) {
        const struct paper_item *item = &page->items[i];
        switch (item->kind) {
        case PAPER_RUN:
            run_write(ofd, &b, item);
            break;
        case PAPER_RULE: /* a filled rectangle: no reader can change its width */
            buf_text(
                &b,
                "<ofd:PathObject ID=\"%d\" Boundary=\"%.3f %.3f %.3f %.3f\" Stroke=\"false\" Fill=\"true\">"
                "<ofd:FillColor Value=\"%s\"/>"
                "<ofd:AbbreviatedData>M 0 0 L %.3f 0 L %.3f %.3f L 0 %.3f C</ofd:AbbreviatedData></ofd:PathObject>\n",
                ++ofd->last_id, item->x, item->y, item->w, item->h, color_text(item->color), item->w, item->w, item->h,
                item->h);
            break;
        case PAPER_IMAGE:
            break;
        }
    }
    buf_text(&b, "</ofd:Layer></ofd:Content></ofd:Page>\n");
    return buf_str(&b);
}

/* ---- the package ------------------------------------------------------------------------------------------------ */

static void part_write(struct ofd *ofd, str name, str bytes)
{
    zip_out_part(ofd->zip, name);
    zip_out_add(ofd->zip, bytes);
}

static void resources_write(struct ofd *ofd)
{
    struct op *op = ofd->op;
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, XML_HEAD "<ofd:Res " OFD_NS " BaseLoc=\"Res\"><ofd:Fonts>");
    for (int i = 1; i <= FACES_MAX; i++) {
        const struct used *u = &ofd->faces[i];
        if (!u->face)
            continue;
        buf_text(&b, "<ofd:Font ID=\"%d\" FontName=\"", u->id);
        xtree_escape(&b, u->face->family);
        buf_text(&b, "\" FamilyName=\"");
        xtree_escape(&b, u->face->family);
        buf_text(&b, "\"><ofd:FontFile>font_%d.otf</ofd:FontFile></ofd:Font>", u->id);
        part_write(ofd, op_text(op, "Doc_0/Res/font_%d.otf", u->id), u->font);
    }
    buf_text(&b, "</ofd:Fonts></ofd:Res>\n");
    part_write(ofd, S("Doc_0/PublicRes.xml"), buf_str(&b));
    if (ofd->image_count == 0)
        return;
    struct buf d;
    buf_init(&d, op, 0);
    buf_text(&d, XML_HEAD "<ofd:Res " OFD_NS " BaseLoc=\"Res\"><ofd:MultiMedias>");
    for (size_t i = 0; i < ofd->image_count; i++) {
        int number = ofd->first_image_id + (int)i;
        buf_text(&d,
                 "<ofd:MultiMedia ID=\"%d\" Type=\"Image\" Format=\"PNG\"><ofd:MediaFile>image_%d.png</ofd:MediaFile>"
                 "</ofd:MultiMedia>",
                 number, number);
        part_write(ofd, op_text(op, "Doc_0/Res/image_%d.png", number), ofd->images[i]->png);
    }
    buf_text(&d, "</ofd:MultiMedias></ofd:Res>\n");
    part_write(ofd, S("Doc_0/DocumentRes.xml"), buf_str(&d));
}

static void document_write(struct ofd *ofd, const int *page_ids)
{
    const struct paper *paper = ofd->paper;
    struct buf b;
    buf_init(&b, ofd->op, 0);
    buf_text(&b, XML_HEAD "<ofd:Document " OFD_NS "><ofd:CommonData><ofd:MaxUnitID>%d</ofd:MaxUnitID>", ofd->last_id);
    buf_text(&b, "<ofd:PageArea><ofd:PhysicalBox>0 0 %.3f %.3f</ofd:PhysicalBox></ofd:PageArea>", paper->pages[0].w,
             paper->pages[0].h);
    buf_text(&b, "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>%s</ofd:CommonData><ofd:Pages>",
             ofd->image_count ? "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>" : "");
    for (size_t i = 0; i < paper->page_count; i++)
        buf_text(&b, "<ofd:Page ID=\"%d\" BaseLoc=\"Pages/Page_%zu/Content.xml\"/>", page_ids[i], i);
    buf_text(&b, "</ofd:Pages></ofd:Document>\n");
    part_write(ofd, S("Doc_0/Document.xml"), buf_str(&b));
}

static void entry_write(struct ofd *ofd, uint64_t sum[2])
{
    struct op *op = ofd->op;
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, XML_HEAD "<ofd:OFD " OFD_NS " Version=\"1.0\" DocType=\"OFD\"><ofd:DocBody><ofd:DocInfo>");
    buf_text(&b, "<ofd:DocID>%016llx%016llx</ofd:DocID>", (unsigned long long)sum[0], (unsigned long long)sum[1]);
    if (ofd->paper->title.n) {
        buf_text(&b, "<ofd:Title>");
        xtree_escape(&b, ofd->paper->title);
        buf_text(&b, "</ofd:Title>");
    }
    str today = day_text(op, day_at(op->now));
    buf_text(&b, "<ofd:CreationDate>%.*s</ofd:CreationDate><ofd:Creator>镇务</ofd:Creator></ofd:DocInfo>", PS(today));
    buf_text(&b, "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>\n");
    part_write(ofd, S("OFD.xml"), buf_str(&b));
}

static void collect(struct ofd *ofd)
{
    struct {
        const struct paper_image **p;
        size_t n, cap;
    } images = {0};
    for (size_t p = 0; p < ofd->paper->page_count; p++)
        for (size_t i = 0; i < ofd->paper->pages[p].count; i++) {
            const struct paper_item *item = &ofd->paper->pages[p].items[i];
            bool known = item->kind != PAPER_IMAGE;
            if (item->kind == PAPER_RUN && item->glyph_count)
                use(ofd, item);
            for (size_t k = 0; k < images.n && !known; k++)
                known = images.p[k] == item->image;
            if (!known)
                *list_add(ofd->op, &images) = item->image;
        }
    ofd->images = images.p;
    ofd->image_count = images.n;
    ofd->first_image_id = ofd->last_id + 1;
    ofd->last_id += (int)images.n;
}

static bool sink_write(void *to, str bytes)
{
    buf_add(to, bytes);
    return true;
}

bool paper_ofd(const struct paper *paper, str *ret)
{
    must(paper->page_count > 0);
    struct op *op = paper->op;
    struct ofd *ofd = op_new(op, struct ofd);
    ofd->paper = paper;
    ofd->op = op;
    struct buf out;
    buf_init(&out, op, 0);
    collect(ofd);
    for (int i = 1; i <= FACES_MAX; i++)
        if (ofd->faces[i].face && !font_make(ofd, &ofd->faces[i]))
            return false;
    ofd->zip = zip_out_new(op, (struct xlsx_sink){sink_write, &out}, 6);
    int *page_ids = op_array(op, int, paper->page_count);
    uint64_t sum[2] = {str_hash(paper->title), str_hash(S("镇务"))};
    for (size_t i = 0; i < paper->page_count; i++) {
        page_ids[i] = ++ofd->last_id;
        str xml = page_xml(ofd, &paper->pages[i]);
        sum[0] = sum[0] * 1099511628211U ^ str_hash(xml);
        sum[1] = (sum[1] ^ str_hash(xml)) * 6364136223846793005U + 1442695040888963407U;
        part_write(ofd, op_text(op, "Doc_0/Pages/Page_%zu/Content.xml", i), xml);
    }
    resources_write(ofd);
    document_write(ofd, page_ids);
    entry_write(ofd, sum);
    if (!zip_out_end(ofd->zip))
        return false;
    *ret = buf_str(&out);
    return true;
}
