/* A decision table as a worksheet and back. The sheet carries the rules' numbers out of sight, so that what comes back
 * is compared with the model: only changed cells are changed, new rows become rules, rows taken out are rules taken
 * out. Hit policy, names, ids, links and drawings are never in the sheet and cannot be lost by it. */
#include "policy/inner.h"
#include "xlsx/xlsx.h"

enum { HEAD_ROWS = 2 };

bool policy_table_write(struct op *op, const struct policy_version *v, str path)
{
    struct dmn_layout t;
    struct xlsx_out *out;
    if (!dmn_layout(v->decision, &t))
        return op_fail(op, FAULT_INPUT, dmn_element_name(v->decision), "不是决策表，不能导出成 Excel");
    size_t columns = 1 + t.inputs + t.outputs + 1;
    struct xlsx_column *widths = op_array(op, struct xlsx_column, columns);
    for (size_t i = 0; i < columns; i++)
        widths[i] = (struct xlsx_column){.width = i == 0 ? 6 : i + 1 == columns ? 60 : 22, .style = XLSX_PARAGRAPH};
    if (!xlsx_create(op, path, &out))
        return false;
    xlsx_set_property(out, S("zhenwu-policy"), v->policy->english);
    xlsx_set_property(out, S("zhenwu-model"), store_digest_text(op, v->model_text));
    xlsx_sheet(
        out,
        &(struct xlsx_page){
            .name = S("决策表"), .columns = widths, .column_count = columns, .freeze_rows = HEAD_ROWS, .print = true});
    xlsx_row(out, 0);
    xlsx_text(out, XLSX_NOTE, op_text(op, "%.*s（%.*s起）：左起是条件，后是结果，末列是依据条款。只改格子、加行、删行；规则号不要改，新行留空。",
                                      PS(v->policy->name), PS(day_text(op, v->from))));
    xlsx_row(out, 0);
    xlsx_text(out, XLSX_HEADING, S("规则号"));
    for (size_t i = 0; i < t.inputs; i++)
        xlsx_text(out, XLSX_HEADING, dmn_column_text(v->decision, false, i));
    for (size_t i = 0; i < t.outputs; i++)
        xlsx_text(out, XLSX_REQUIRED, dmn_column_text(v->decision, true, i));
    xlsx_text(out, XLSX_HEADING, S("依据"));
    for (size_t r = 0; r < t.rules && xlsx_row(out, 0); r++) {
        xlsx_int(out, XLSX_INTEGER, (int64_t)r + 1);
        for (size_t i = 0; i < t.inputs; i++)
            xlsx_text(out, XLSX_ID, dmn_part_text(v->decision, DMN_INPUT_CELL, r, i));
        for (size_t i = 0; i < t.outputs; i++)
            xlsx_text(out, XLSX_ID, dmn_part_text(v->decision, DMN_OUTPUT_CELL, r, i));
        xlsx_text(out, XLSX_PARAGRAPH, dmn_part_text(v->decision, DMN_RULE_NOTE, r, 0));
    }
    return xlsx_end(out);
}

struct edits {
    struct dmn_edit *p;
    size_t n, cap;
};

static str cell_text(const struct xlsx_row *row, size_t column)
{
    const struct xlsx_cell *c = xlsx_row_cell(row, (uint32_t)column + 1);
    return c ? str_trim(c->text) : S("");
}

/* One row: a rule that is known, or a new one. */
[[nodiscard]] static bool take_row(struct op *op, const struct policy_version *v, const struct dmn_layout *t,
                                   const struct xlsx_row *row, bool *seen, struct edits *edits)
{
    str decision = dmn_element_name(v->decision), number = cell_text(row, 0);
    size_t width = t->inputs + t->outputs;
    str *cells = op_array(op, str, width + 1);
    bool blank = true;
    for (size_t i = 0; i <= width; i++) {
        cells[i] = op_copy(op, cell_text(row, 1 + i));
        blank &= cells[i].n == 0;
    }
    if (blank)
        return true;
    if (number.n == 0) {
        *list_add(op, edits) =
            (struct dmn_edit){.decision = decision, .part = DMN_RULE_NEW, .cells = cells, .cell_count = width + 1};
        return true;
    }
    struct json j = {.kind = JSON_NUMBER, .text = number};
    int64_t r;
    if (!json_int(&j, &r) || r < 1 || (size_t)r > t->rules || seen[r - 1])
        return op_fail(op, FAULT_INPUT, op_text(op, "第%u行", row->number),
                       "规则号「%.*s」不是导出时的号，或用了两次；新规则请把规则号留空", PS(number));
    seen[r - 1] = true;
    for (size_t i = 0; i <= width; i++) {
        enum dmn_part part = i < t->inputs ? DMN_INPUT_CELL : i < width ? DMN_OUTPUT_CELL : DMN_RULE_NOTE;
        size_t column = i < t->inputs ? i : i < width ? i - t->inputs : 0;
        if (!str_eq(cells[i], dmn_part_text(v->decision, part, (size_t)r - 1, column)))
            *list_add(op, edits) = (struct dmn_edit){decision, (size_t)r - 1, column, part, cells[i], NULL, 0};
    }
    return true;
}

static bool headings_match(const struct policy_version *v, const struct dmn_layout *t, const struct xlsx_row *row)
{
    for (size_t i = 0; i < t->inputs + t->outputs; i++) {
        bool output = i >= t->inputs;
        if (!str_eq(cell_text(row, 1 + i), dmn_column_text(v->decision, output, output ? i - t->inputs : i)))
            return false;
    }
    return true;
}

bool policy_table_read(struct op *op, const struct policy_version *v, str path, str *ret_model, size_t *ret_changes)
{
    struct dmn_layout t;
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    struct edits edits = {0};
    bool found;
    if (!dmn_layout(v->decision, &t))
        return op_fail(op, FAULT_INPUT, dmn_element_name(v->decision), "不是决策表");
    if (!xlsx_open_path(op, path, &book))
        return false;
    /* Some programs drop what is out of sight; then the headings must do. */
    str made_from = xlsx_property(book, S("zhenwu-model"));
    if (made_from.n && !str_eq(made_from, store_digest_text(op, v->model_text)))
        return op_fail(op, FAULT_CONFLICT, path, "这张表不是由「%.*s」现在的版本导出的；请重新导出后再改", PS(v->policy->name));
    if (!xlsx_rows_open(book, 0, &rows))
        return false;
    bool *seen = op_array(op, bool, t.rules + 1);
    for (;;) {
        if (!xlsx_row_next(rows, &row, &found))
            return false;
        if (!found)
            break;
        if (row.number == HEAD_ROWS && !headings_match(v, &t, &row))
            return op_fail(op, FAULT_INPUT, path, "第%d行的列名与决策表不符；请用导出的表来改", HEAD_ROWS);
        if (row.number > HEAD_ROWS && !take_row(op, v, &t, &row, seen, &edits))
            return false;
    }
    for (size_t r = 0; r < t.rules; r++)
        if (!seen[r])
            *list_add(op, &edits) =
                (struct dmn_edit){.decision = dmn_element_name(v->decision), .rule = r, .part = DMN_RULE_GONE};
    *ret_changes = edits.n;
    return dmn_write(op, v->model, edits.p, edits.n, ret_model);
}
