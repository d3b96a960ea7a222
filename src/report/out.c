/* A report as a file: laid out as an official document, as a Word document, or as plain text. */

#include "paper/paper.h"
#include "report/inner.h"
#include "xlsx/zip.h"

static str runs_text(struct op *op, const struct report_block *b)
{
    struct buf buf;
    buf_init(&buf, op, 0);
    for (size_t i = 0; i < b->run_count; i++)
        buf_add(&buf, b->runs[i].text);
    return str_trim(buf_str(&buf));
}

/* |村组|冬春救助户数（户）|: as paper reads a table within the text. */
static void table_lines(struct buf *b, const struct report_block *t)
{
    for (size_t row = 0; row < t->rows; row++) {
        for (size_t c = 0; c < t->columns; c++) {
            str cell = t->cells[row * t->columns + c];
            buf_byte(b, '|');
            for (size_t i = 0; i < cell.n; i++) /* a stroke of the cell's own would be a border */
                buf_byte(b, cell.p[i] == '|' || cell.p[i] == '\n' ? ' ' : cell.p[i]);
            if (!cell.n && !t->bars) /* nothing to see of a bar is no bar */
                buf_add(b, S("—"));
        }
        buf_add(b, S("|\n"));
    }
}

static str body_text(struct op *op, const struct report *r)
{
    struct buf b;
    buf_init(&b, op, PAPER_TEXT_MAX);
    for (size_t i = 0; i < r->block_count; i++) {
        if (r->blocks[i].cells)
            table_lines(&b, &r->blocks[i]);
        else
            buf_text(&b, "%.*s\n", PS(runs_text(op, &r->blocks[i])));
    }
    return buf_str(&b);
}

static str signers_of(struct op *op, const struct report *r)
{
    return str_eq(r->of->signers, S("本人")) ? op_copy(op, r->ask.person_name) : r->of->signers;
}

[[nodiscard]] static bool laid_out(struct op *op, const struct report *r, str packs_folder, struct paper **ret)
{
    struct paper_rules *rules;
    struct paper_fonts *fonts;
    struct paper_official doc = {.format = S("材料"),
                                 .title = r->title,
                                 .to = r->of->to,
                                 .body = body_text(op, r),
                                 .signers = signers_of(op, r),
                                 .date = day_shown(op, day_at(op->now))};
    return paper_open(op, packs_folder, &rules, &fonts) && paper_official(op, fonts, rules, &doc, ret);
}

/* ---- the ways out ------------------------------------------------------------------------------------------------ */

static bool out_pdf(struct op *op, const struct report *r, str packs_folder, str path)
{
    struct paper *paper;
    str bytes;
    return laid_out(op, r, packs_folder, &paper) && paper_pdf(paper, &bytes) && file_make(op, path, bytes);
}

static bool out_ofd(struct op *op, const struct report *r, str packs_folder, str path)
{
    struct paper *paper;
    str bytes;
    return laid_out(op, r, packs_folder, &paper) && paper_ofd(paper, &bytes) && file_make(op, path, bytes);
}

static bool out_docx(struct op *op, const struct report *r, [[maybe_unused]] str packs_folder, str path)
{
    return report_docx(op, r, path);
}

/* The text, and below it where each figure comes from: for reading, and for comparing two reports line by line. */
static bool out_text(struct op *op, const struct report *r, [[maybe_unused]] str packs_folder, str path)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, "%.*s\n\n%.*s", PS(r->title), PS(body_text(op, r)));
    for (size_t i = 0; i < r->figure_count; i++) {
        const struct indicator_value *v = &r->figures[i];
        buf_text(&b, "%s%.*s\t%.*s\t%lld\t%.*s\t%.*s\n", i ? "" : "\n数字\t值\t记录数\t台账\t条件\n",
                 PS(v->indicator->name), PS(v->text), (long long)v->rows, PS(v->ledger ? v->ledger->name : S("")),
                 PS(v->where));
    }
    return file_make(op, path, buf_str(&b));
}

static const struct {
    str ending;
    bool (*write)(struct op *op, const struct report *r, str packs_folder, str path);
} outs[] = {{SC(".pdf"), out_pdf}, {SC(".ofd"), out_ofd}, {SC(".docx"), out_docx}, {SC(".txt"), out_text}};

bool report_write(struct op *op, const struct report *r, str packs_folder, str path)
{
    for (size_t i = 0; i < COUNT(outs); i++)
        if (str_ends(path, outs[i].ending))
            return outs[i].write(op, r, packs_folder, path);
    return op_fail(op, FAULT_INPUT, path, "输出须是 .pdf .ofd .docx 或 .txt 文件");
}
