/* Finding the installed fonts. A chain names fonts best first; a character is taken from the first that has it. */
#include <cairo-ft.h>
#include <fontconfig/fontconfig.h>
#include <hb-ot.h>
#include <strings.h>

#include "paper/inner.h"

static void face_close(void *p)
{
    struct paper_face *face = p;
    cairo_font_face_destroy(face->cairo);
    hb_font_destroy(face->font);
    hb_face_destroy(face->hb);
}

/* NULL: fontconfig knows it, but it cannot be read or there are too many. */
static const struct paper_face *face_load(struct paper_fonts *fonts, FcPattern *found)
{
    struct op *op = fonts->op;
    FcChar8 *file, *family;
    int index = 0;
    if (FcPatternGetString(found, FC_FILE, 0, &file) != FcResultMatch ||
        FcPatternGetString(found, FC_FAMILY, 0, &family) != FcResultMatch)
        return NULL;
    FcPatternGetInteger(found, FC_INDEX, 0, &index);
    if (index >> 16) /* a named instance of a variable font: cairo and HarfBuzz would have to agree on its axes */
        return NULL;
    for (int i = 0; i < fonts->face_count; i++)
        if (fonts->faces[i]->index == index && str_eq(fonts->faces[i]->file, str_z((const char *)file)))
            return fonts->faces[i];
    if (fonts->face_count == FACES_MAX)
        return NULL;
    hb_blob_t *blob = hb_blob_create_from_file_or_fail((const char *)file);
    if (!blob)
        return NULL;
    struct paper_face *face = op_new(op, struct paper_face);
    face->hb = hb_face_create(blob, (unsigned)index);
    hb_blob_destroy(blob);
    if (hb_face_get_glyph_count(face->hb) == 0) {
        hb_face_destroy(face->hb);
        return NULL;
    }
    face->em = hb_face_get_upem(face->hb);
    face->font = hb_font_create(face->hb);
    hb_ot_font_set_funcs(face->font);
    hb_face_make_immutable(face->hb);
    hb_font_make_immutable(face->font);
    FcPattern *exact = FcPatternBuild(NULL, FC_FILE, FcTypeString, file, FC_INDEX, FcTypeInteger, index, (char *)NULL);
    must(exact);
    face->cairo = cairo_ft_font_face_create_for_pattern(exact);
    FcPatternDestroy(exact);
    op_defer(op, face_close, face);
    face->file = op_copy(op, str_z((const char *)file));
    face->family = op_copy(op, str_z((const char *)family));
    face->index = index;
    fonts->faces[fonts->face_count++] = face;
    face->id = fonts->face_count;
    return face;
}

/* Fontconfig always answers with something; only a font that really bears the name counts. */
static bool is_named(FcPattern *found, FcPattern *wanted)
{
    FcChar8 *name, *other;
    if (FcPatternGetString(wanted, FC_FAMILY, 0, &name) != FcResultMatch)
        return false;
    for (int i = 0; FcPatternGetString(found, FC_FAMILY, i, &other) == FcResultMatch; i++)
        if (strcasecmp((const char *)name, (const char *)other) == 0)
            return true;
    return false;
}

static const struct paper_face *face_named(struct paper_fonts *fonts, str name)
{
    FcPattern *wanted = FcNameParse((const FcChar8 *)op_z(fonts->op, name));
    if (!wanted)
        return NULL;
    FcPattern *query = FcPatternDuplicate(wanted);
    FcConfigSubstitute(NULL, query, FcMatchPattern);
    FcDefaultSubstitute(query);
    FcResult result;
    FcPattern *found = FcFontMatch(NULL, query, &result);
    const struct paper_face *face = found && is_named(found, wanted) ? face_load(fonts, found) : NULL;
    if (found)
        FcPatternDestroy(found);
    FcPatternDestroy(query);
    FcPatternDestroy(wanted);
    return face;
}

/* Every font that adds characters, Chinese ones first. */
static void any_load(struct paper_fonts *fonts)
{
    FcPattern *query = FcNameParse((const FcChar8 *)"serif:lang=zh-cn");
    FcConfigSubstitute(NULL, query, FcMatchPattern);
    FcDefaultSubstitute(query);
    FcResult result;
    FcFontSet *set = FcFontSort(NULL, query, FcTrue, NULL, &result);
    for (int i = 0; set && i < set->nfont && fonts->any_count < FACES_MAX; i++) {
        FcBool scalable = FcFalse, colored = FcFalse;
        FcPatternGetBool(set->fonts[i], FC_SCALABLE, 0, &scalable);
        FcPatternGetBool(set->fonts[i], FC_COLOR, 0, &colored);
        const struct paper_face *face = scalable && !colored ? face_load(fonts, set->fonts[i]) : NULL;
        if (face)
            fonts->any[fonts->any_count++] = face;
    }
    if (set)
        FcFontSetDestroy(set);
    FcPatternDestroy(query);
}

bool paper_fonts_open(struct op *op, const struct paper_rules *rules, struct paper_fonts **ret)
{
    struct paper_fonts *fonts = op_new(op, struct paper_fonts);
    fonts->op = op;
    fonts->rules = rules;
    for (int type = 0; type < PAPER_TYPES; type++) {
        for (int i = 0; i < rules->chain_counts[type]; i++) {
            str name = rules->chains[type][i];
            bool stands_in = str_starts(name, S("~"));
            const struct paper_face *face = face_named(fonts, str_part(name, stands_in, name.n));
            if (!face)
                continue;
            if (fonts->chains[type].count == 0)
                fonts->chains[type].stands_in = stands_in;
            fonts->chains[type].faces[fonts->chains[type].count++] = face;
        }
        if (rules->chain_counts[type])
            fonts->chains[type].wanted = op_copy(op, rules->chains[type][0]);
    }
    any_load(fonts);
    if (fonts->any_count == 0)
        return op_fail(op, FAULT_SYSTEM, S("字体"), "系统里没有可用的中文字体，请安装 fonts-noto-cjk 后再试");
    *ret = fonts;
    return true;
}

str paper_face_name(const struct paper_face *face)
{
    return face->family;
}

void paper_ink(const struct paper_item *run, double *ret_top, double *ret_bottom)
{
    double top = 0, bottom = 0;
    bool any = false;
    for (size_t i = 0; i < run->glyph_count; i++) {
        hb_glyph_extents_t e;
        if (!hb_font_get_glyph_extents(run->face->font, run->glyphs[i].id, &e) || e.height == 0)
            continue;
        double scale = run->h / run->face->em;
        double high = e.y_bearing * scale - run->glyphs[i].y, low = (e.y_bearing + e.height) * scale - run->glyphs[i].y;
        top = any && top > high ? top : high;
        bottom = any && bottom < low ? bottom : low;
        any = true;
    }
    *ret_top = top;
    *ret_bottom = bottom;
}
