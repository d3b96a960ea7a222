/* Files that are what their names say: a picture is a picture, a PDF a PDF. Their words are set by a form of the pack. */
#include "replay/inner.h"

static bool as_png(const struct paper *paper, double dpi, str *ret)
{
    return paper_png(paper, 0, dpi, ret);
}

static bool as_pdf(const struct paper *paper, [[maybe_unused]] double dpi, str *ret)
{
    return paper_pdf(paper, ret);
}

static const struct kind {
    str ending, form;
    double dpi;
    bool (*make)(const struct paper *paper, double dpi, str *ret);
} kinds[] = {{SC(".png"), SC("演示照片"), 130, as_png}, {SC(".pdf"), SC("演示文件"), 0, as_pdf}};
static const struct kind signature = {SC(""), SC("签名"), 96, as_png};

/* The fonts are read once, and live as long as the caller's operation: a story, a day end before it. */
static bool fonts_ready(struct play *p)
{
    struct paper_rules *rules;
    struct paper_fonts *fonts;
    if (p->fonts)
        return true;
    int faults = p->chance->fault_count;
    if (paper_open(p->chance, p->options->packs, &rules, &fonts)) {
        p->fonts = fonts;
        return true;
    }
    faults_copy(p->op, p->chance);
    op_forgive(p->chance, faults);
    return false;
}

static bool draw(struct play *p, const struct kind *kind, str words, str *ret)
{
    struct json *form;
    struct paper *paper;
    str text;
    struct json word = {.kind = JSON_STRING, .key = S("字"), .text = words};
    struct json values = {.kind = JSON_OBJECT, .first = &word, .count = 1};
    str path = op_text(p->op, "%.*s/documents/forms/%.*s.json", PS(p->options->packs), PS(kind->form));
    return fonts_ready(p) && file_read(p->op, path, 1 << 20, &text) && json_parse(p->op, text, &form) &&
           paper_form(p->op, p->fonts, form, &values, NULL, &paper) && kind->make(paper, kind->dpi, ret);
}

bool draw_file(struct play *p, str words, str name, str *ret_bytes)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_ends(name, kinds[i].ending))
            return draw(p, &kinds[i], words, ret_bytes);
    *ret_bytes = words;
    return true;
}

bool draw_signature(struct play *p, str name, str *ret_bytes)
{
    return draw(p, &signature, name, ret_bytes);
}
