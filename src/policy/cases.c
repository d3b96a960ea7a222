/* Cases (用例): rows of text, the first names the columns; kept as CSV, brought and taken as a worksheet. */
#include "policy/inner.h"
#include "xlsx/xlsx.h"

static const str outcome_head = SC("核对"), wanted_head = SC("应得");

struct case_rows {
    struct csv_row *p;
    size_t n, cap;
};

[[nodiscard]] static bool rows_of_book(struct op *op, str path, struct case_rows *ret)
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    if (!xlsx_open_path(op, path, &book) || !xlsx_rows_open(book, 0, &rows))
        return false;
    while (xlsx_row_next(rows, &row, &found)) {
        if (!found)
            return true;
        size_t width = row.count ? row.cells[row.count - 1].column : 0;
        if (width > POLICY_INPUTS_MAX * 2 || ret->n > POLICY_CASES_MAX)
            return op_fail(op, FAULT_INPUT, path, "用例超过%d行或%d列", POLICY_CASES_MAX, POLICY_INPUTS_MAX * 2);
        struct csv_row kept = {.fields = op_array(op, str, width + 1), .count = width};
        for (size_t i = 0; i < row.count; i++)
            kept.fields[row.cells[i].column - 1] = op_copy(op, row.cells[i].text);
        *list_add(op, ret) = kept;
    }
    return false;
}

bool policy_case_rows(struct op *op, const struct policy_version *v, struct csv_row **ret, size_t *ret_count)
{
    struct case_rows rows = {0};
    str text = v->cases_text;
    if (text.n == 0 && str_ends(v->cases_file, S(".xlsx"))) {
        if (!rows_of_book(op, v->cases_file, &rows))
            return false;
    } else if (text.n || v->cases_file.n) {
        if ((text.n == 0 && !file_read(op, v->cases_file, POLICY_FILE_BYTES_MAX, &text)) ||
            !csv_parse(op, text, &rows.p, &rows.n))
            return false;
    }
    *ret = rows.p;
    *ret_count = rows.n;
    return rows.n <= POLICY_CASES_MAX || op_fail(op, FAULT_INPUT, v->cases_file, "用例超过%d行", POLICY_CASES_MAX);
}

static void csv_field(struct buf *b, str text)
{
    buf_byte(b, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_byte(b, '"');
        buf_byte(b, text.p[i]);
    }
    buf_byte(b, '"');
}

bool policy_cases_csv(struct op *op, const struct csv_row *rows, size_t count, str *ret)
{
    struct buf b;
    buf_init(&b, op, POLICY_EDITION_BYTES_MAX);
    if (count == 0 || count > POLICY_CASES_MAX)
        return op_fail(op, FAULT_INPUT, S("cases"), "用例须有表头，最多%d行", POLICY_CASES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].count > POLICY_INPUTS_MAX * 2)
            return op_fail(op, FAULT_INPUT, S("cases"), "每行用例最多%d格", POLICY_INPUTS_MAX * 2);
        for (size_t k = 0; k < rows[i].count; k++) {
            csv_field(&b, rows[i].fields[k]);
            buf_byte(&b, k + 1 < rows[i].count ? ',' : '\n');
        }
        if (rows[i].count == 0)
            buf_byte(&b, '\n');
    }
    *ret = buf_str(&b);
    return !b.full || op_fail(op, FAULT_INPUT, S("cases"), "用例太多，最多%d KB", POLICY_EDITION_BYTES_MAX >> 10);
}

/* ---- as a worksheet -------------------------------------------------------------------------------------------- */

static void cases_sheet(struct op *op, struct xlsx_out *out, const struct csv_row *rows, size_t count,
                        const struct policy_cases *sum)
{
    size_t columns = rows[0].count + 1;
    struct xlsx_column *widths = op_array(op, struct xlsx_column, columns);
    for (size_t i = 0; i < columns; i++)
        widths[i] = (struct xlsx_column){.width = i == 0 || i + 1 == columns ? 36 : 18, .style = XLSX_ID};
    xlsx_sheet(out, &(struct xlsx_page){
                        .name = S("用例"), .columns = widths, .column_count = columns, .freeze_rows = 1, .print = true});
    for (size_t i = 0; i < count && xlsx_row(out, 0); i++) {
        for (size_t k = 0; k + 1 < columns; k++) {
            str text = k < rows[i].count ? rows[i].fields[k] : S("");
            xlsx_text(out, i == 0 ? str_starts(text, wanted_head) ? XLSX_REQUIRED : XLSX_HEADING : XLSX_ID, text);
        }
        xlsx_text(out, i == 0 ? XLSX_HEADING : XLSX_ID,
                  i == 0 ? outcome_head : sum->ends[i - 1].n ? sum->ends[i - 1] : S("相符"));
    }
}

static void coverage_sheet(struct xlsx_out *out, const struct policy_version *v, const struct policy_cases *sum)
{
    static const struct xlsx_column widths[] = {{.width = 8}, {.width = 10}, {.width = 60}};
    static const str heads[] = {SC("规则号"), SC("用例数"), SC("依据")};
    xlsx_sheet(out, &(struct xlsx_page){.name = S("规则覆盖"),
                                        .columns = widths,
                                        .column_count = COUNT(widths),
                                        .freeze_rows = 1,
                                        .print = true});
    xlsx_row(out, 0);
    for (size_t i = 0; i < COUNT(heads); i++)
        xlsx_text(out, XLSX_HEADING, heads[i]);
    for (size_t r = 0; r < sum->rules && xlsx_row(out, 0); r++) {
        xlsx_int(out, XLSX_INTEGER, (int64_t)r + 1);
        xlsx_int(out, XLSX_INTEGER, sum->by_rule[r]);
        xlsx_text(out, XLSX_PARAGRAPH, dmn_rule_label(v->decision, r));
    }
}

/* What a sheet without cases begins with: every input, every output. */
static struct csv_row blank_heading(struct op *op, const struct policy_version *v)
{
    const struct dmn_element *const *inputs;
    struct dmn_layout t = {.outputs = 0};
    size_t count, n = 0;
    dmn_inputs(v->model, &inputs, &count);
    if (!dmn_layout(v->decision, &t))
        t.outputs = 0;
    str *heads = op_array(op, str, count + t.outputs + 3);
    heads[n++] = S("说明");
    for (size_t i = 0; i < count; i++)
        heads[n++] = dmn_element_name(inputs[i]);
    for (size_t i = 0; i < t.outputs; i++) {
        str name = dmn_column_text(v->decision, true, i);
        heads[n++] = op_text(op, "应得%s%.*s", name.n ? " " : "", PS(name));
    }
    if (t.outputs == 0)
        heads[n++] = wanted_head;
    return (struct csv_row){.fields = heads, .count = n};
}

bool policy_cases_write(struct op *op, const struct policy_version *v, str path)
{
    struct csv_row *rows, blank;
    struct policy_trouble *troubles;
    struct policy_cases sum;
    struct xlsx_out *out;
    size_t count;
    if (!policy_case_rows(op, v, &rows, &count) || !policy_check(op, v, &troubles, &sum) ||
        !xlsx_create(op, path, &out))
        return false;
    if (count == 0) {
        blank = blank_heading(op, v);
        rows = &blank;
        count = 1;
    }
    cases_sheet(op, out, rows, count, &sum);
    coverage_sheet(out, v, &sum);
    return xlsx_end(out);
}

/* ---- and back -------------------------------------------------------------------------------------------------- */

static bool is_input(const struct policy_version *v, str name)
{
    const struct dmn_element *const *inputs;
    size_t count;
    dmn_inputs(v->model, &inputs, &count);
    for (size_t i = 0; i < count; i++)
        if (str_eq(dmn_element_name(inputs[i]), name))
            return true;
    return false;
}

/* The first column may say what the case is about; how it came out is written anew each time. */
[[nodiscard]] static bool heading_fits(struct op *op, const struct policy_version *v, const struct csv_row *head,
                                       bool *drop)
{
    bool asks = false, wants = false;
    for (size_t i = 0; i < head->count; i++) {
        str name = head->fields[i] = str_trim(head->fields[i]);
        bool input = is_input(v, name), wanted = str_starts(name, wanted_head);
        drop[i] = str_eq(name, outcome_head);
        asks |= input;
        wants |= wanted;
        if (!input && !wanted && !drop[i] && i > 0)
            return op_fail(op, FAULT_INPUT, S("文件"),
                           "用例第1行的“%.*s”不是条件，也不是“应得 …”；请对照导出的用例表改列名，或删去这一列", PS(name));
    }
    if (!asks || !wants)
        return op_fail(op, FAULT_INPUT, S("文件"), "用例第1行须有条件的名称和“应得 …”；请从导出的用例表改起");
    return true;
}

bool policy_cases_read(struct op *op, const struct policy_version *v, str path, str *ret_csv)
{
    struct case_rows rows = {0};
    if (!rows_of_book(op, path, &rows))
        return false;
    if (rows.n < 2)
        return op_fail(op, FAULT_INPUT, S("文件"), "表里没有用例：第1行是列名，从第2行起每行一条");
    bool drop[POLICY_INPUTS_MAX * 2 + 1] = {0};
    if (!heading_fits(op, v, &rows.p[0], drop))
        return false;
    size_t kept = 1, width = rows.p[0].count;
    for (size_t i = 0; i < rows.n; i++) {
        size_t n = 0;
        bool blank = true;
        for (size_t k = 0; k < rows.p[i].count && k < width; k++) {
            blank &= str_trim(rows.p[i].fields[k]).n == 0;
            if (!drop[k])
                rows.p[i].fields[n++] = rows.p[i].fields[k];
        }
        rows.p[i].count = n;
        if (i > 0 && !blank)
            rows.p[kept++] = rows.p[i];
    }
    return policy_cases_csv(op, rows.p, kept, ret_csv);
}
