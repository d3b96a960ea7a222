/* Paragraphs: characters become glyphs on cells, and rows are cut by the rules of Chinese setting (避头尾). */
#include <stdio.h>

#include "paper/inner.h"

/* ---- characters ------------------------------------------------------------------------------------------------- */

/* What takes a whole cell, as Han does. Everything else is shaped in words with the advances of its font. */
static bool takes_cell(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0x2014, 0x201D}, {0x2026, 0x2026}, {0x203B, 0x203B}, {0x2100, 0x2BFF}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7AF},
        {0xF900, 0xFAFF}, {0xFE30, 0xFE4F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F000, 0x3FFFF},
    };
    if (c < 0x2014)
        return c == 0xB7 || c == 0xD7 || c == 0xF7;
    for (size_t i = 0; i < COUNT(ranges); i++)
        if (c >= ranges[i].from && c <= ranges[i].to)
            return true;
    return false;
}

static bool is_in(uint32_t c, str set)
{
    while (set.n)
        if (utf8_next(&set) == c)
            return true;
    return false;
}

static bool digit_code(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(uint32_t c)
{
    return c == ' ' || c == 0xA0;
}

/* May a row begin with `c` after `p`, which follows `q`? */
static bool may_break(uint32_t q, uint32_t p, uint32_t c)
{
    if (is_in(c, S("，。、；：？！）》」』】〕〉”’…—·％%‰℃,.;:?!)]}々ー〞﹂﹄")))
        return false;
    if (is_in(p, S("（《「『【〔〈“‘([{￥¥〝﹁﹃")) || is_space(c))
        return false;
    if (is_space(p))
        return true;
    if (!takes_cell(p) && !takes_cell(c)) /* inside a word or a number */
        return false;
    if (digit_code(p) && is_in(c, S("年月日号时分秒岁人户名个只项条件万亿千百元亩吨度届次批级头台套辆米公平周倍")))
        return false;
    if (digit_code(c) && (is_in(p, S("第〕")) || (digit_code(q) && is_in(p, S("年月")))))
        return false;
    return true;
}

/* ---- glyphs ----------------------------------------------------------------------------------------------------- */

void text_init(struct text *t, struct paper *paper, str part)
{
    *t = (struct text){.paper = paper, .part = part};
    buf_init(&t->bytes, paper->op, 0);
}

void text_clear(struct text *t)
{
    t->count = 0;
    t->bytes.n = 0;
}

static struct unit *unit_add(struct text *t)
{
    struct {
        struct unit *p;
        size_t n, cap;
    } list = {t->units, t->count, t->cap};
    struct unit *u = list_add(t->paper->op, &list);
    t->units = list.p;
    t->count = list.n;
    t->cap = list.cap;
    *u = (struct unit){0};
    return u;
}

static const struct paper_face *face_in(const struct paper_face *const *faces, int count, uint32_t code)
{
    hb_codepoint_t glyph;
    for (int i = 0; i < count; i++)
        if (hb_font_get_nominal_glyph(faces[i]->font, code, &glyph))
            return faces[i];
    return NULL;
}

/* Unicode gives these to nobody (private use): what a font shows there is its maker's own, such as a name's character that
 * was drawn for one office. */
static bool is_private(uint32_t code)
{
    return (code >= 0xE000 && code <= 0xF8FF) || code >= 0xF0000;
}

/* The author is told when a character cannot be set in the type that the standard asks for. */
static const struct paper_face *face_for(struct text *t, enum paper_type type, uint32_t code)
{
    const struct paper_fonts *fonts = t->paper->fonts;
    const struct paper_face *face = face_in(fonts->chains[type].faces, fonts->chains[type].count, code);
    const struct paper_face *usual = fonts->chains[type].count ? fonts->chains[type].faces[0] : fonts->any[0];
    if (!face)
        face = face_in(fonts->any, fonts->any_count, code);
    char c[5] = {0};
    utf8_put(c, code);
    if (!face)
        paper_note(t->paper, t->part, "「%s」（U+%04X）没有任何已安装的字体能显示，请安装含此字的字体", c, code);
    else if (fonts->chains[type].stands_in || fonts->chains[type].count == 0)
        paper_note(t->paper, S("字体"), "没有安装“%.*s”，以 %.*s 代替", PS(fonts->chains[type].wanted),
                   PS(usual->family));
    if (face && is_private(code))
        paper_note(t->paper, t->part, "「%s」（U+%04X）是造字区的字，换一台电脑就可能是别的字，请改用它的标准编码", c, code);
    else if (face && face != usual && !is_space(code))
        paper_note(t->paper, t->part, "「%s」（U+%04X）不在 %.*s 中，已用 %.*s 代替，字形可能不一致", c, code,
                   PS(usual->family), PS(face->family));
    return face ? face : usual;
}

static void cell_add(struct text *t, const struct paper_face *face, uint32_t code, size_t at, size_t bytes)
{
    hb_codepoint_t glyph = 0;
    hb_font_get_nominal_glyph(face->font, code, &glyph);
    struct unit *u = unit_add(t);
    u->face = face;
    u->glyph = glyph;
    u->at = (uint32_t)at;
    u->bytes = (uint32_t)bytes;
    u->natural = (float)(hb_font_get_glyph_h_advance(face->font, glyph) / face->em);
    /* The dot inside names takes half a character (GB/T 15834-2011, 4.13). */
    u->advance = code == 0xB7 && u->natural <= 0.5F ? 0.5F : 1;
}

/* A word or number: half-width forms where the font has them, so that figures fall on half cells. */
static void word_add(struct text *t, const struct paper_face *face, str word, size_t at)
{
    static const hb_feature_t features[] = {
        {HB_TAG('h', 'w', 'i', 'd'), 1, HB_FEATURE_GLOBAL_START, HB_FEATURE_GLOBAL_END},
        {HB_TAG('l', 'i', 'g', 'a'), 0, HB_FEATURE_GLOBAL_START, HB_FEATURE_GLOBAL_END},
    };
    hb_buffer_t *buffer = hb_buffer_create();
    hb_buffer_add_utf8(buffer, word.p, (int)word.n, 0, (int)word.n);
    hb_buffer_guess_segment_properties(buffer);
    hb_buffer_set_direction(buffer, HB_DIRECTION_LTR);
    hb_shape(face->font, buffer, features, COUNT(features));
    unsigned count;
    const hb_glyph_info_t *info = hb_buffer_get_glyph_infos(buffer, &count);
    const hb_glyph_position_t *place = hb_buffer_get_glyph_positions(buffer, &count);
    for (unsigned i = 0; i < count; i++) {
        struct unit *u = unit_add(t);
        unsigned next = i + 1;
        while (next < count && info[next].cluster == info[i].cluster)
            next++;
        u->face = face;
        u->glyph = info[i].codepoint;
        u->at = (uint32_t)(at + info[i].cluster);
        if (i == 0 || info[i].cluster != info[i - 1].cluster)
            u->bytes = (uint32_t)((next < count ? info[next].cluster : word.n) - info[i].cluster);
        u->natural = u->advance = (float)(place[i].x_advance / face->em);
        u->dx = (float)(place[i].x_offset / face->em);
        u->dy = (float)(place[i].y_offset / face->em);
        /* Half a cell for every figure, also in a font without half-width forms. */
        if (u->bytes == 1 && digit_code((uint8_t)word.p[info[i].cluster]) && u->natural > 0.4F && u->natural < 0.65F)
            u->advance = 0.5F;
    }
    hb_buffer_destroy(buffer);
}

static void breaks_set(struct text *t, size_t from)
{
    str bytes = buf_str(&t->bytes);
    uint32_t q = 0, p = 0;
    /* The rules look two characters back, into what was added before. */
    size_t start = from;
    for (int back = 0; start > 0 && back < 2; back++)
        do
            start--;
        while (start > 0 && t->units[start].bytes == 0);
    for (size_t i = start; i < t->count; i++) {
        struct unit *u = &t->units[i];
        if (u->bytes == 0)
            continue;
        str rest = str_part(bytes, u->at, u->at + u->bytes);
        uint32_t c = utf8_next(&rest);
        if (i >= from && i > 0) {
            u->breaks = may_break(q, p, c);
            u->spreads = (takes_cell(p) || takes_cell(c) || is_space(p)) && !(p == c && (c == 0x2014 || c == 0x2026));
        }
        u->space = is_space(c);
        q = p;
        p = c;
    }
}

void text_add(struct text *t, enum paper_type type, str s)
{
    size_t from = t->count;
    while (s.n) {
        str rest = s;
        uint32_t code = utf8_next(&rest);
        if (code < 0x20 || code == 0x7F || code == 0xFEFF || (code >= 0x200B && code <= 0x200F)) {
            s = rest; /* what has no form */
            continue;
        }
        size_t at = t->bytes.n;
        const struct paper_face *face = face_for(t, type, code);
        if (takes_cell(code)) {
            buf_add(&t->bytes, str_part(s, 0, s.n - rest.n));
            cell_add(t, face, code, at, s.n - rest.n);
            s = rest;
            continue;
        }
        str word = s;
        while (rest.n) { /* as far as this face goes; a mark stays with its letter */
            str after = rest;
            uint32_t next = utf8_next(&after);
            bool mark = hb_unicode_general_category(hb_unicode_funcs_get_default(), next) ==
                        HB_UNICODE_GENERAL_CATEGORY_NON_SPACING_MARK;
            if (next < 0x20 || takes_cell(next) || (!mark && face_for(t, type, next) != face))
                break;
            rest = after;
        }
        word.n -= rest.n;
        buf_add(&t->bytes, word);
        word_add(t, face, word, at);
        s = rest;
    }
    breaks_set(t, from);
}

void text_add_lines(struct text *t, enum paper_type type, str s)
{
    str head, tail;
    while (s.n) {
        str_split(s, '\n', &head, &tail);
        s = tail;
        size_t from = t->count;
        text_add(t, type, head.n == 0 ? S(" ") : head);
        if (from > 0 && from < t->count)
            t->units[from].begins = true;
    }
}

double text_width(const struct text *t, size_t from, size_t to)
{
    double w = 0;
    for (size_t i = from; i < to; i++)
        w += t->units[i].advance;
    return w;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

/* One cell more than fits may be pressed into a row of 28 or 26: then nothing forbidden begins the next one. Narrow
 * rows give less. */
static double pressed_room(double room)
{
    return room + (room < 25 ? room / 28 : 1);
}

static size_t row_end(const struct text *t, size_t from, double room)
{
    const double slack = 1e-4;
    double w = 0;
    size_t best = from;
    for (size_t i = from; i < t->count; i++) {
        const struct unit *u = &t->units[i];
        if (i > from && u->begins)
            return i;
        if (i > from && u->breaks)
            best = i;
        if (w + u->advance <= room + slack || u->space) {
            w += u->advance;
            continue;
        }
        if (i > from && u->breaks)
            return i;
        double pressed = w;
        for (size_t k = i; pressed + t->units[k].advance <= pressed_room(room) + slack;) {
            pressed += t->units[k++].advance;
            if (k == t->count || t->units[k].breaks || t->units[k].begins)
                return k;
        }
        if (best > from)
            return best;
        while (i > from && t->units[i].bytes == 0) /* a word longer than the row: cut it, but not a cluster */
            i--;
        for (i = i > from ? i : from + 1; i < t->count && t->units[i].bytes == 0; i++)
            ;
        return i;
    }
    return t->count;
}

bool text_rows(struct text *t, double width, double first, double rest, size_t max, struct rows *rows)
{
    for (size_t from = 0; from < t->count;) {
        double indent = from == 0 || t->units[from].begins ? first : rest;
        size_t to = row_end(t, from, width - indent);
        if (max-- == 0)
            return false;
        size_t ink = to;
        while (ink > from && t->units[ink - 1].space)
            ink--;
        *list_add(t->paper->op, rows) = (struct row){.from = from,
                                                     .to = to,
                                                     .indent = indent,
                                                     .natural = text_width(t, from, ink),
                                                     .last = to == t->count || t->units[to].begins};
        from = to;
    }
    return true;
}
