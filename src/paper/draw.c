/* The page model through cairo: PDF for printing, SVG and PNG for looking. */
#include <cairo-ft.h>
#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>

#include "paper/inner.h"

/* ---- images ----------------------------------------------------------------------------------------------------- */

struct bytes_left {
    str s;
};

static cairo_status_t bytes_read(void *context, unsigned char *to, unsigned n)
{
    struct bytes_left *left = context;
    if (left->s.n < n)
        return CAIRO_STATUS_READ_ERROR;
    memcpy(to, left->s.p, n);
    left->s = str_part(left->s, n, left->s.n);
    return CAIRO_STATUS_SUCCESS;
}

static void surface_close(void *surface)
{
    cairo_surface_destroy(surface);
}

static uint32_t big32(const char *p)
{
    const uint8_t *b = (const uint8_t *)p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

bool paper_image_read(struct op *op, str png, struct paper_image **ret)
{
    if (png.n > PAPER_IMAGE_BYTES_MAX)
        return op_fail(op, FAULT_INPUT, S("图片"), "超过 %d MB，请缩小后再用", PAPER_IMAGE_BYTES_MAX >> 20);
    /* Size first: a small file may claim a sheet of any size. */
    if (png.n < 24 || memcmp(png.p, "\x89PNG\r\n\x1a\n", 8) != 0)
        return op_fail(op, FAULT_INPUT, S("图片"), "不是 PNG 图片，请另存为 PNG");
    uint32_t w = big32(png.p + 16), h = big32(png.p + 20);
    if (w == 0 || h == 0 || w > PAPER_IMAGE_SIDE_MAX || h > PAPER_IMAGE_SIDE_MAX)
        return op_fail(op, FAULT_INPUT, S("图片"), "宽和高须在 1 到 %d 像素之间，请缩小后再用", PAPER_IMAGE_SIDE_MAX);
    struct bytes_left left = {png};
    cairo_surface_t *surface = cairo_image_surface_create_from_png_stream(bytes_read, &left);
    op_defer(op, surface_close, surface);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
        return op_fail(op, FAULT_INPUT, S("图片"), "图片已损坏，请重新扫描或另存");
    struct paper_image *image = op_new(op, struct paper_image);
    image->png = png;
    image->w = (int)w;
    image->h = (int)h;
    image->surface = surface;
    *ret = image;
    return true;
}

/* ---- fonts cut for one document --------------------------------------------------------------------------------- */

/* Cairo embeds what all glyphs of a font share; cut first, a Chinese font weighs a tenth. By face id; NULL: the whole
 * font serves. */
struct cut_faces {
    hb_set_t *glyphs[FACES_MAX + 1];
    cairo_font_face_t *faces[FACES_MAX + 1];
};

static void cut_close(void *p)
{
    struct cut_faces *cut = p;
    for (int i = 0; i <= FACES_MAX; i++) {
        hb_set_destroy(cut->glyphs[i]);
        cairo_font_face_destroy(cut->faces[i]);
    }
}

static void blob_finish(void *object)
{
    hb_blob_destroy(((FT_Face)object)->generic.data);
}

static void ft_close(void *p)
{
    FT_Face face = p;
    FT_Library library = face->glyph->library;
    FT_Done_Face(face);
    FT_Done_FreeType(library);
}

/* Cairo keeps faces for a while after their last use, so this one owns all that it needs: its library and its bytes. */
static cairo_font_face_t *face_of_bytes(hb_blob_t *blob)
{
    static const cairo_user_data_key_t key;
    FT_Library library;
    FT_Face face;
    unsigned n;
    const char *bytes = hb_blob_get_data(blob, &n);
    if (FT_Init_FreeType(&library) != 0)
        return NULL;
    if (FT_New_Memory_Face(library, (const FT_Byte *)bytes, n, 0, &face) != 0) {
        FT_Done_FreeType(library);
        return NULL;
    }
    face->generic.data = hb_blob_reference(blob);
    face->generic.finalizer = blob_finish;
    cairo_font_face_t *made = cairo_ft_font_face_create_for_ft_face(face, FT_LOAD_NO_HINTING);
    if (cairo_font_face_set_user_data(made, &key, face, ft_close) != CAIRO_STATUS_SUCCESS) {
        cairo_font_face_destroy(made);
        ft_close(face);
        return NULL;
    }
    return made;
}

static struct cut_faces *faces_cut(const struct paper *paper)
{
    struct cut_faces *cut = op_new(paper->op, struct cut_faces);
    op_defer(paper->op, cut_close, cut);
    for (size_t p = 0; p < paper->page_count; p++)
        for (size_t i = 0; i < paper->pages[p].count; i++) {
            const struct paper_item *item = &paper->pages[p].items[i];
            if (item->kind != PAPER_RUN)
                continue;
            if (!cut->glyphs[item->face->id])
                cut->glyphs[item->face->id] = hb_set_create();
            for (size_t k = 0; k < item->glyph_count; k++)
                hb_set_add(cut->glyphs[item->face->id], item->glyphs[k].id);
        }
    for (int i = 0; i < paper->fonts->face_count; i++) {
        const struct paper_face *face = paper->fonts->faces[i];
        hb_subset_plan_t *plan;
        hb_face_t *made = cut->glyphs[face->id] ? face_cut(face, cut->glyphs[face->id], true, &plan) : NULL;
        if (!made)
            continue;
        hb_blob_t *blob = hb_face_reference_blob(made);
        cut->faces[face->id] = face_of_bytes(blob);
        hb_blob_destroy(blob);
        hb_face_destroy(made);
        hb_subset_plan_destroy(plan);
    }
    return cut;
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

static void run_draw(struct op *op, cairo_t *cr, const struct cut_faces *cut, const struct paper_item *run)
{
    struct mark mark = op_mark(op);
    cairo_glyph_t *glyphs = op_array(op, cairo_glyph_t, run->glyph_count + 1);
    cairo_text_cluster_t *clusters = op_array(op, cairo_text_cluster_t, run->glyph_count + 1);
    int count = 0;
    for (size_t i = 0; i < run->glyph_count; i++) {
        const struct paper_glyph *g = &run->glyphs[i];
        glyphs[i] = (cairo_glyph_t){g->id, run->x + g->x, run->y + g->y};
        if (g->bytes || count == 0)
            clusters[count++] = (cairo_text_cluster_t){(int)g->bytes, 1};
        else
            clusters[count - 1].num_glyphs++;
    }
    cairo_matrix_t size;
    cairo_matrix_init_scale(&size, run->h * run->stretch, run->h);
    cairo_font_face_t *face = cut ? cut->faces[run->face->id] : NULL;
    cairo_set_font_face(cr, face ? face : run->face->cairo);
    cairo_set_font_matrix(cr, &size);
    cairo_show_text_glyphs(cr, run->text.p, (int)run->text.n, glyphs, (int)run->glyph_count, clusters, count, 0);
    op_reset(op, mark);
}

static void image_draw(cairo_t *cr, const struct paper_item *item)
{
    cairo_save(cr);
    cairo_translate(cr, item->x, item->y);
    cairo_scale(cr, item->w / item->image->w, item->h / item->image->h);
    cairo_set_source_surface(cr, item->image->surface, 0, 0);
    cairo_paint(cr);
    cairo_restore(cr);
}

static void page_draw(struct op *op, cairo_t *cr, const struct cut_faces *cut, const struct paper_page *page)
{
    static const double colors[PAPER_COLORS][3] = {[PAPER_BLACK] = {0, 0, 0}, [PAPER_RED] = {1, 0, 0}};
    /* A seal is pressed on names that stay readable: its picture lies under the text. */
    for (size_t i = 0; i < page->count; i++)
        if (page->items[i].kind == PAPER_IMAGE)
            image_draw(cr, &page->items[i]);
    for (size_t i = 0; i < page->count; i++) {
        const struct paper_item *item = &page->items[i];
        cairo_set_source_rgb(cr, colors[item->color][0], colors[item->color][1], colors[item->color][2]);
        switch (item->kind) {
        case PAPER_RUN:
            if (item->glyph_count)
                run_draw(op, cr, cut, item);
            break;
        case PAPER_RULE:
            cairo_rectangle(cr, item->x, item->y, item->w, item->h);
            cairo_fill(cr);
            break;
        case PAPER_IMAGE:
            break;
        }
    }
}

/* Outlines as designed: no hinting, so that the same glyph is the same at every place and size. */
static cairo_t *drawing_new(cairo_surface_t *surface, double scale)
{
    cairo_t *cr = cairo_create(surface);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(cr, options);
    cairo_font_options_destroy(options);
    cairo_scale(cr, scale, scale);
    return cr;
}

static cairo_status_t buf_write(void *context, const unsigned char *bytes, unsigned n)
{
    buf_add(context, (str){(const char *)bytes, n});
    return CAIRO_STATUS_SUCCESS;
}

[[nodiscard]] static bool drawing_end(const struct paper *paper, cairo_t *cr, cairo_surface_t *surface)
{
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS)
        return op_fail(paper->op, FAULT_SYSTEM, S("版面"), "生成失败：%s", cairo_status_to_string(status));
    return true;
}

bool paper_pdf(const struct paper *paper, str *ret)
{
    must(paper->page_count > 0);
    const struct cut_faces *cut = faces_cut(paper);
    struct buf out;
    buf_init(&out, paper->op, 0);
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(buf_write, &out, paper->pages[0].w / PT, paper->pages[0].h / PT);
    /* The moment is the operation's, so that the same document is the same bytes. */
    str now = time_text(paper->op, paper->op->now);
    str moment = op_text(paper->op, "%.*s+08:00", PS(str_part(now, 0, 19)));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, moment.p);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, moment.p);
    if (paper->title.n)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, op_z(paper->op, paper->title));
    cairo_t *cr = drawing_new(surface, 1 / PT);
    for (size_t i = 0; i < paper->page_count; i++) {
        cairo_pdf_surface_set_size(surface, paper->pages[i].w / PT, paper->pages[i].h / PT);
        page_draw(paper->op, cr, cut, &paper->pages[i]);
        cairo_show_page(cr);
    }
    if (!drawing_end(paper, cr, surface))
        return false;
    *ret = buf_str(&out);
    return true;
}

static void page_white(cairo_t *cr, const struct paper_page *page)
{
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_rectangle(cr, 0, 0, page->w, page->h);
    cairo_fill(cr);
}

/* Cairo numbers its surfaces through the life of the program; here they count from 1 in order of appearance, so that
 * the same document is the same bytes. */
static str surfaces_renumber(struct op *op, str svg)
{
    struct {
        str *p;
        size_t n, cap;
    } seen = {0};
    struct buf b;
    buf_init(&b, op, 0);
    size_t at;
    while (str_find(svg, S("surface"), &at)) {
        size_t from = at + strlen("surface"), to = from, k = 0;
        while (to < svg.n && svg.p[to] >= '0' && svg.p[to] <= '9')
            to++;
        str number = str_part(svg, from, to);
        while (k < seen.n && !str_eq(seen.p[k], number))
            k++;
        if (k == seen.n)
            *list_add(op, &seen) = number;
        buf_add(&b, str_part(svg, 0, from));
        if (number.n)
            buf_int(&b, (int64_t)k + 1);
        svg = str_part(svg, to, svg.n);
    }
    buf_add(&b, svg);
    return buf_str(&b);
}

bool paper_svg(const struct paper *paper, size_t first, size_t count, str *ret)
{
    const double between = 8; /* mm between pages */
    if (first >= paper->page_count || count == 0)
        return op_fail(paper->op, FAULT_INPUT, S("页"), "没有第 %zu 页，共 %zu 页", first + 1, paper->page_count);
    if (count > paper->page_count - first)
        count = paper->page_count - first;
    double w = 0, h = -between;
    for (size_t i = first; i < first + count; i++) {
        w = fmax(w, paper->pages[i].w);
        h += paper->pages[i].h + between;
    }
    struct buf out;
    buf_init(&out, paper->op, 0);
    cairo_surface_t *surface = cairo_svg_surface_create_for_stream(buf_write, &out, w / PT, h / PT);
    cairo_t *cr = drawing_new(surface, 1 / PT);
    for (size_t i = first; i < first + count; i++) {
        page_white(cr, &paper->pages[i]);
        page_draw(paper->op, cr, NULL, &paper->pages[i]);
        cairo_translate(cr, 0, paper->pages[i].h + between);
    }
    if (!drawing_end(paper, cr, surface))
        return false;
    *ret = surfaces_renumber(paper->op, buf_str(&out));
    return true;
}

bool paper_png(const struct paper *paper, size_t page, double dpi, str *ret)
{
    if (page >= paper->page_count)
        return op_fail(paper->op, FAULT_INPUT, S("页"), "没有第 %zu 页，共 %zu 页", page + 1, paper->page_count);
    if (!(dpi >= 10 && dpi <= 600))
        return op_fail(paper->op, FAULT_INPUT, S("分辨率"), "须在 10 到 600 之间");
    const struct paper_page *p = &paper->pages[page];
    struct buf out;
    buf_init(&out, paper->op, 0);
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)lround(p->w * dpi / 25.4), (int)lround(p->h * dpi / 25.4));
    cairo_t *cr = drawing_new(surface, dpi / 25.4);
    page_white(cr, p);
    page_draw(paper->op, cr, NULL, p);
    if (cairo_status(cr) == CAIRO_STATUS_SUCCESS)
        (void)cairo_surface_write_to_png_stream(surface, buf_write, &out);
    if (!drawing_end(paper, cr, surface))
        return false;
    *ret = buf_str(&out);
    return true;
}
