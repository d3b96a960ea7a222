/* A decision table as a worksheet and back. The sheet carries the rules' numbers out of sight, so that what comes back
 * is compared with the model: only changed cells are changed, new rows become rules, rows taken out are rules taken
 * out. Hit policy, names, ids, links and drawings are never in the sheet and cannot be lost by it. */
#include "policy/inner.h"
#include "xlsx/xlsx.h"

enum { HEAD_ROWS = 2 };

/* ---- 是, 否 and 空 --------------------------------------------------------------------------------------------- */

/* A cell stays FEEL; in the sheet, as on the page (web/src/lib/policy.ts), people read and write true, false and null by
 * their words. Yes and no only where a column holds nothing else: 否 may be a choice of others. */
static const str feel_words[][2] = {{SC("null"), SC("空")}, {SC("true"), SC("是")}, {SC("false"), SC("否")}};

static bool in_name(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c >= 0x3400 && c <= 0x9fff);
}

static str word_for(str name, bool truth, bool as_feel)
{
    for (size_t i = 0; i < (truth ? COUNT(feel_words) : 1); i++)
        if (str_eq(name, feel_words[i][as_feel]))
            return feel_words[i][!as_feel];
    return name;
}

/* Whole names outside quotes; what is quoted, and names that hold such a word (是否), stay. */
static str words_exchange(struct op *op, str text, bool truth, bool as_feel)
{
    struct buf b;
    str rest = text, name = {text.p, 0};
    bool quoted = false;
    buf_init(&b, op, 0);
    while (rest.n) {
        str at = rest;
        uint32_t c = utf8_next(&rest);
        if (!quoted && in_name(c)) {
            name.n = (size_t)(rest.p - name.p);
            continue;
        }
        buf_add(&b, word_for(name, truth, as_feel));
        buf_add(&b, str_part(at, 0, at.n - rest.n));
        quoted ^= c == '"' && !(quoted && at.p > text.p && at.p[-1] == '\\');
        name = (str){rest.p, 0};
    }
    buf_add(&b, word_for(name, truth, as_feel));
    return op_copy(op, buf_str(&b));
}

static bool column_truth(const struct policy_version *v, const struct dmn_layout *t, size_t column)
{
    bool output = column >= t->inputs;
    return str_eq(dmn_column_type(v->decision, output, output ? column - t->inputs : column), S("boolean"));
}

/* One that would not come back the same from its words stays as it is. */
static str cell_words(struct op *op, const struct policy_version *v, const struct dmn_layout *t, size_t column,
                      str cell)
{
    bool truth = column_truth(v, t, column);
    str said = words_exchange(op, cell, truth, false);
    return str_eq(words_exchange(op, said, truth, true), cell) ? said : cell;
}

static str cell_feel(struct op *op, const struct policy_version *v, const struct dmn_layout *t, size_t column, str said)
{
    return words_exchange(op, said, column_truth(v, t, column), true);
}

/* ---- out and back ----------------------------------------------------------------------------------------------- */

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
            xlsx_text(out, XLSX_ID, cell_words(op, v, &t, i, dmn_part_text(v->decision, DMN_INPUT_CELL, r, i)));
        for (size_t i = 0; i < t.outputs; i++)
            xlsx_text(out, XLSX_ID,
                      cell_words(op, v, &t, t.inputs + i, dmn_part_text(v->decision, DMN_OUTPUT_CELL, r, i)));
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
        for (size_t i = 0; i < width; i++)
            cells[i] = cell_feel(op, v, t, i, cells[i]);
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
        str was = dmn_part_text(v->decision, part, (size_t)r - 1, column), now = cells[i];
        if (i < width && str_eq(now, cell_words(op, v, t, i, was)))
            continue;
        now = i < width ? cell_feel(op, v, t, i, now) : now;
        if (!str_eq(now, was))
            *list_add(op, edits) = (struct dmn_edit){decision, (size_t)r - 1, column, part, now, NULL, 0};
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
