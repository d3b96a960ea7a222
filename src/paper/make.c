/* From file to file: what the command does. */
#include <stdio.h>

#include "paper/paper.h"

static str folder_of(str path)
{
    while (path.n && path.p[path.n - 1] != '/')
        path.n--;
    return path;
}

[[nodiscard]] static bool image_read(struct op *op, str beside, str name, const struct paper_image **ret)
{
    str path = str_starts(name, S("/")) ? name : op_text(op, "%.*s%.*s", PS(folder_of(beside)), PS(name)), bytes;
    struct paper_image *image;
    if (!file_read(op, path, PAPER_IMAGE_BYTES_MAX, &bytes) || !paper_image_read(op, bytes, &image))
        return false;
    *ret = image;
    return true;
}

bool paper_open(struct op *op, str packs, struct paper_rules **ret_rules, struct paper_fonts **ret_fonts)
{
    str text;
    return file_read(op, op_text(op, "%.*s/documents/gb9704.json", PS(packs)), 1 << 20, &text) &&
           paper_rules_read(op, text, ret_rules) && paper_fonts_open(op, *ret_rules, ret_fonts);
}

/* A form in the file itself, or the name of one of the pack and its values: {"表单": "批办单", "值": {…}}. */
[[nodiscard]] static bool form_make(struct op *op, const struct paper_job *job, const struct paper_fonts *fonts,
                                    const struct json *json, struct paper **ret)
{
    const struct json *form = json, *values = json_get(json, S("值"));
    struct json *read;
    str text;
    if (!json_get(json, S("块"))) {
        str name = json_str(json, S("表单"));
        size_t at;
        if (name.n == 0 || name.n > 90 || str_find(name, S("/"), &at))
            return op_fail(op, FAULT_INPUT, S("表单"), "须写明表单的名称");
        if (!file_read(op, op_text(op, "%.*s/documents/forms/%.*s.json", PS(job->packs), PS(name)), 1 << 20, &text) ||
            !json_parse(op, text, &read))
            return false;
        form = read;
    }
    if (job->values.n) {
        if (!file_read(op, job->values, PAPER_TEXT_MAX * 4, &text) || !json_parse(op, text, &read))
            return false;
        values = read;
    }
    return paper_form(op, fonts, form, values, NULL, ret);
}

[[nodiscard]] static bool official_make(struct op *op, const struct paper_job *job, const struct paper_fonts *fonts,
                                        const struct paper_rules *rules, str text, struct paper **ret)
{
    struct paper_official doc;
    if (!paper_official_read(op, text, &doc))
        return false;
    if (doc.seal_kind.n && !str_eq(doc.seal_kind, S("留")) && !image_read(op, job->in, doc.seal_kind, &doc.seal))
        return false;
    if (doc.stamp_file.n && !image_read(op, job->in, doc.stamp_file, &doc.stamp))
        return false;
    return paper_official(op, fonts, rules, &doc, ret);
}

static bool out_pdf(const struct paper *paper, [[maybe_unused]] const struct paper_job *job, str *ret)
{
    return paper_pdf(paper, ret);
}

static bool out_ofd(const struct paper *paper, [[maybe_unused]] const struct paper_job *job, str *ret)
{
    return paper_ofd(paper, ret);
}

static bool out_svg(const struct paper *paper, const struct paper_job *job, str *ret)
{
    return paper_svg(paper, job->page ? job->page - 1 : 0, job->page ? 1 : paper->page_count, ret);
}

static bool out_png(const struct paper *paper, const struct paper_job *job, str *ret)
{
    return paper_png(paper, job->page ? job->page - 1 : 0, 150, ret);
}

static const struct {
    str ending;
    bool (*make)(const struct paper *paper, const struct paper_job *job, str *ret);
} outs[] = {{SC(".pdf"), out_pdf}, {SC(".ofd"), out_ofd}, {SC(".svg"), out_svg}, {SC(".png"), out_png}};

bool paper_make(struct op *op, const struct paper_job *job, struct paper **ret)
{
    size_t out = 0;
    while (out < COUNT(outs) && !str_ends(job->out, outs[out].ending))
        out++;
    if (out == COUNT(outs))
        return op_fail(op, FAULT_INPUT, job->out, "输出须是 .pdf .ofd .svg 或 .png 文件");
    struct paper_rules *rules;
    struct paper_fonts *fonts;
    struct json *json = NULL;
    struct paper *paper;
    str text, bytes;
    if (!file_read(op, job->in, PAPER_TEXT_MAX * 4, &text) || !paper_open(op, job->packs, &rules, &fonts))
        return false;
    if (str_starts(str_trim(text), S("{")) && !json_parse(op, text, &json))
        return false;
    bool is_form = json && (json_get(json, S("块")) || json_get(json, S("表单")));
    if (is_form ? !form_make(op, job, fonts, json, &paper) : !official_make(op, job, fonts, rules, text, &paper))
        return false;
    if (!outs[out].make(paper, job, &bytes) || !file_make(op, job->out, bytes))
        return false;
    *ret = paper;
    return true;
}
