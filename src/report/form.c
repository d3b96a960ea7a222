/* The blank form filled: a roll from the records of a ledger, or a table of indicators by village group. */
#include "ledger/excel.h"
#include "report/form.h"

struct roll_column {
    int64_t empty, hidden; /* records without a value; those whose value was not for these eyes */
    bool adds;
    dec sum;
};

void fill_gap(struct filling *f, str where, str what)
{
    *list_add(f->op, &f->gaps) = (struct form_gap){where, what};
}

/* In the unit of the heading: 万元. */
static str in_unit(struct op *op, const struct form_column *c, str value, str *source)
{
    dec amount, shown;
    if (c->per <= 1 || !dec_parse(value, &amount) || !dec_div(amount, dec_of(c->per), &shown))
        return value;
    *source = op_text(op, "%.*s（折成%.*s）", PS(*source), PS(yuan_name(c->per)));
    return dec_text(op, shown);
}

/* The word that is printed where something would be filled in; empty: none. Below the last empty row everything may have moved. */
static str printed_at(const struct form *form, uint32_t row, uint32_t column)
{
    const struct grid_row *r = form->bounded && row >= form->data_first + form->data_rows ? NULL : grid_row(form->grid, row);
    dec number;
    for (size_t k = 0; r && k < r->cells.n; k++)
        if (r->cells.p[k].column == column && !dec_parse(r->cells.p[k].text, &number))
            return r->cells.p[k].text;
    return S("");
}

void fill_put(struct filling *f, uint32_t row, const struct form_column *c, str value, bool number, str source)
{
    const struct form *form = f->form;
    str printed = printed_at(form, row, c->column);
    if (!value.n || c->formula)
        return;
    if (printed.n) {
        fill_gap(f, fill_place(f->op, c), op_text(f->op, "第%u行已印着“%.*s”，没有盖掉，请核对这一栏该填在哪里", row, PS(printed)));
        return;
    }
    value = in_unit(f->op, c, value, &source);
    *list_add(f->op, &f->fills) = (struct xlsx_fill){.sheet = form->sheet,
                                                     .row = row,
                                                     .column = c->column,
                                                     .number = number,
                                                     .text = value,
                                                     .like_row = c->row ? c->row : form->data_first};
    *list_add(f->op, &f->cells) = (struct form_cell){row, c->column, value, source, c->sure};
}

str fill_place(struct op *op, const struct form_column *c)
{
    if (c->row)
        return op_text(op, "%.*s格“%.*s”", PS(xlsx_ref(op, c->row, c->column)), PS(c->heading));
    return op_text(op, "%.*s列“%.*s”", PS(xlsx_ref(op, 0, c->column)), PS(c->heading));
}

/* ---- a roll ------------------------------------------------------------------------------------------------------ */

str form_column_said(struct op *op, const struct form *form, const struct form_column *c)
{
    if (c->choice.n)
        return op_text(op, "%.*s：%.*s", PS(form->ledger->spread.by->name), PS(c->choice));
    return form_column_name(c);
}

str form_column_name(const struct form_column *c)
{
    return c->reach ? c->reach->name : c->field ? c->field->name : c->indicator ? c->indicator->name : S("");
}

/* 出生年月 of a day, 来电日期 of a moment. */
static str month_of(const struct form_column *c, str text)
{
    const size_t month = strlen("1987-10"), whole = strlen("1987-10-03");
    bool of_day = c->field && c->field->value == F_DAY, of_time = c->field && c->field->value == F_TIME;
    if (str_ends(c->heading, S("年月")) && of_day && text.n > month)
        return str_part(text, 0, month);
    return str_ends(c->heading, S("日期")) && of_time && text.n > whole ? str_part(text, 0, whole) : text;
}

bool fill_cell(struct filling *f, const struct record *r, size_t column, str *ret, bool *ret_number)
{
    const struct form_column *c = &f->form->columns[column];
    str name = form_column_name(c);
    const struct json *v = json_get(r->values, name);
    *ret = S("");
    *ret_number = v && v->kind == JSON_NUMBER;
    if (c->reach ? r->reached[f->reached[column]] >= REACH_COVERED
                 : r->masked && r->masked[field_index(plan_of(f->form->ledger), c->field)] && v && v->kind != JSON_NULL)
        return false;
    if (v && v->kind != JSON_NULL)
        *ret = month_of(c, excel_text(f->op, c->field, v, json_get(r->labels, name)));
    return true;
}

/* Where the total stands when rows have been added above it. */
static uint32_t total_at(const struct filling *f)
{
    const struct form *form = f->form;
    return form->total_row > form->data_first ? form->total_row + f->added : form->total_row;
}

static const struct form_column *unit_column(const struct form *form)
{
    for (size_t i = 0; i < form->column_count; i++)
        if (form->columns[i].use == FORM_UNIT)
            return &form->columns[i];
    return NULL;
}

/* The groups of today: a roll says where people belong now. */
[[nodiscard]] static bool roll_units(struct filling *f)
{
    const struct form_column *c = unit_column(f->form);
    struct units *units;
    int faults = f->op->fault_count;
    if (!c)
        return true;
    day today = day_at(f->op->now);
    if (units_read(f->tx, f->town, f->who, today, today, &units)) {
        f->units = units;
        return true;
    }
    if (fault_last(f->op)->kind != FAULT_DENIED)
        return false;
    op_forgive(f->op, faults);
    fill_gap(f, fill_place(f->op, c), S("无权查看村组，没有填"));
    return true;
}

[[nodiscard]] static bool unit_put(struct filling *f, const struct record *r, uint32_t row)
{
    const struct form_column *c = unit_column(f->form);
    id group;
    if (!c || !f->units)
        return true;
    if (!record_group(f->tx, f->form->ledger, r->id, &group))
        return false;
    const struct unit *unit = unit_find(f->units, group);
    if (unit)
        fill_put(f, c->row ? c->row : row, c, unit->name, false, op_text(f->op, "%.*s所属的村组", PS(f->form->ledger->name)));
    return true;
}

/* The columns whose values a total adds up: money, and what the ledger's own sheet adds up. */
static bool column_adds(const struct form *form, const struct form_column *c)
{
    const struct sheet *sheet = &form->ledger->sheet;
    if (c->use != FORM_FIELD)
        return false;
    for (size_t i = 0; i < sheet->column_count; i++) {
        const struct sheet_column *own = &sheet->columns[i];
        if (own->adds && (c->reach ? own->reach && str_eq(own->reach->name, c->reach->name) : own->field == c->field))
            return true;
    }
    return c->field->value == F_MONEY;
}

static void record_put(struct filling *f, const struct record *r, struct roll_column *sums)
{
    const struct form *form = f->form;
    uint32_t first = form->data_first + (uint32_t)f->rows++;
    for (size_t i = 0; i < form->column_count; i++) {
        const struct form_column *c = &form->columns[i];
        uint32_t row = c->row ? c->row : first;
        bool number;
        dec value;
        str text;
        if (c->use == FORM_SERIAL) {
            fill_put(f, row, c, op_text(f->op, "%lld", (long long)f->rows), true, S("序号"));
            continue;
        }
        if (c->use != FORM_FIELD)
            continue;
        if (!fill_cell(f, r, i, &text, &number)) {
            sums[i].hidden++;
            continue;
        }
        sums[i].empty += !text.n;
        if (sums[i].adds && dec_parse(text, &value) && !dec_add(sums[i].sum, value, &sums[i].sum))
            sums[i].adds = false;
        fill_put(f, row, c, text, number, op_text(f->op, "%.*s.%.*s", PS(form->ledger->name), PS(form_column_name(c))));
    }
}

/* What was added up, and what the columns lack. */
static void roll_end(struct filling *f, const struct roll_column *sums)
{
    const struct form *form = f->form;
    bool summed = false;
    for (size_t i = 0; i < form->column_count; i++) {
        const struct form_column *c = &form->columns[i];
        str name = form_column_name(c);
        if (form->total_row && sums[i].adds && !sums[i].hidden) {
            fill_put(f, total_at(f), c, dec_text(f->op, sums[i].sum), true,
                op_text(f->op, "以上 %lld 行的“%.*s”相加", (long long)f->rows, PS(name)));
            summed = true;
        }
        if (sums[i].hidden)
            fill_gap(f, fill_place(f->op, c),
                    op_text(f->op, "有 %lld 条记录的“%.*s”无权导出，没有填", (long long)sums[i].hidden, PS(name)));
        if (sums[i].empty)
            fill_gap(f, fill_place(f->op, c), op_text(f->op, "有 %lld 条记录没有填“%.*s”", (long long)sums[i].empty, PS(name)));
    }
    for (size_t i = 0; i < form->grid->formulas.n; i++)
        summed |= form->grid->formulas.p[i].row == form->total_row; /* the form adds up by itself */
    if (form->total_row && !summed)
        fill_gap(f, op_text(f->op, "第%u行合计", total_at(f)), S("没有可以相加的栏，须手填"));
}

bool fill_room(struct filling *f, int64_t wanted)
{
    const struct form *form = f->form;
    if (!form->bounded || wanted <= form->data_rows)
        return true;
    if (!form->data_rows)
        return op_fail(f->op, FAULT_INPUT, form->sheet_name,
                       "表头（第 %u 行）下面没有留空行，不知道往哪里填；请留出一行空行，一人一张的登记卡请做成带 {{…}} 的模板",
                       form->heading_last);
    uint32_t last = form->data_first + form->data_rows - 1;
    str part = form->ledger ? op_text(f->op, "；只要台账“%.*s”的一部分，就加上条件再填", PS(form->ledger->name)) : S("");
    f->added = (uint32_t)(wanted - form->data_rows);
    fill_gap(f, op_text(f->op, "第%u行", last),
            op_text(f->op, "表里只留了 %u 行，要填 %lld 行，照这一行加了 %u 行%.*s", form->data_rows, (long long)wanted, f->added,
                    PS(part)));
    return true;
}

[[nodiscard]] static bool roll_fill(struct filling *f)
{
    const struct form *form = f->form;
    struct { const struct reach **p; size_t n, cap; } reaches = {0};
    struct roll_column *columns = op_array(f->op, struct roll_column, form->column_count + 1);
    struct list_page page;
    struct right right;
    if (!right_for(f->op, f->town, f->who, form->ledger, ACT_EXPORT,
                   &right) || /* what leaves the house in a file is exported */
        !roll_units(f))
        return false;
    f->reached = op_array(f->op, size_t, form->column_count + 1);
    for (size_t i = 0; i < form->column_count; i++) {
        columns[i].adds = !form->columns[i].formula && column_adds(form, &form->columns[i]);
        f->reached[i] = reaches.n;
        if (form->columns[i].reach)
            *list_add(f->op, &reaches) = form->columns[i].reach;
    }
    struct list_query q = {.where = f->how->where, .limit = LIST_LIMIT_MAX, .count = true, .takes = true,
                           .reaches = reaches.p, .reach_count = reaches.n};
    if (form->spread)
        return spread_fill(f, &q);
    do {
        if (!list_read(f->tx, f->town, f->who, form->ledger, &q, &page))
            return false;
        if (!q.cursor.n && page.count > FORM_ROWS_MAX)
            return op_fail(f->op, FAULT_INPUT, form->ledger->name,
                           "符合的记录有 %lld 条，一张表最多填 %d 条；请加上条件", (long long)page.count,
                           FORM_ROWS_MAX);
        if (form->card && page.count != 1)
            return op_fail(f->op, FAULT_INPUT, form->ledger->name,
                           page.count ? "这是一个人（一户、一件）一张的表，符合的记录有 %lld 条；请加上条件，只选出要填的那一条"
                                      : "没有符合的记录（%lld 条）；请改条件，选出要填的那一条",
                           (long long)page.count);
        if (!q.cursor.n && !fill_room(f, page.count))
            return false;
        for (size_t i = 0; i < page.record_count; i++) {
            if (!unit_put(f, &page.records[i], form->data_first + (uint32_t)f->rows))
                return false;
            record_put(f, &page.records[i], columns);
        }
        q.cursor = page.next;
        q.count = false;
    } while (page.next.n);
    roll_end(f, columns);
    return true;
}

/* ---- a table by village group ------------------------------------------------------------------------------------ */

/* As a person reads it: what is counted, and of which village group; `unit` empty: of all. */
static str value_source(struct op *op, const struct indicator_value *v, str unit)
{
    const struct indicator *i = v->indicator;
    if (v->parts)
        return op_text(op, "指标 %.*s：%.*s%s%.*s", PS(i->name), PS(indicator_parts_said(op, v)), unit.n ? "；" : "",
                       PS(unit));
    return op_text(op, "指标 %.*s：%.*s%s%.*s%s%.*s", PS(i->name), PS(v->ledger ? v->ledger->name : S("")),
                   i->where.n ? "，" : "", PS(i->where), unit.n ? "；" : "", PS(unit));
}

[[nodiscard]] static bool row_of_unit(const struct filling *f, const struct xlsx_row *row,
                                      const struct form_column *units, const struct indicator_row *rows, size_t count,
                                      size_t *ret)
{
    const struct xlsx_cell *cell = xlsx_row_cell(row, units->column);
    str plain = cell ? excel_heading(f->op, cell->text) : S("");
    for (size_t k = 0; plain.n && k < count; k++) {
        str name = excel_heading(f->op, rows[k].name);
        if (str_eq(name, plain) || str_starts(plain, name) || str_starts(name, plain)) {
            *ret = k;
            return true;
        }
    }
    return false;
}

/* The rows of the form: row number of each unit, from the names printed there, or from the top when there are none. */
[[nodiscard]] static bool unit_rows(struct filling *f, const struct indicator_row *units, size_t count, uint32_t *rows)
{
    const struct form *form = f->form;
    const struct form_column *column = unit_column(form);
    struct xlsx_rows *all;
    struct xlsx_row row;
    bool found, printed = false;
    size_t k;
    if (!xlsx_rows_open(form->book, form->sheet, &all))
        return false;
    for (;;) {
        if (!xlsx_row_next(all, &row, &found))
            return false;
        if (!found || (form->total_row >= form->data_first && row.number >= form->total_row) ||
            row.number > form->data_first + FORM_ROWS_MAX)
            break;
        if (row.number < form->data_first || !column || !xlsx_row_cell(&row, column->column) ||
            !xlsx_row_cell(&row, column->column)->text.n)
            continue;
        printed = true;
        if (row_of_unit(f, &row, column, units, count, &k) && !rows[k])
            rows[k] = row.number;
        else
            fill_gap(f, op_text(f->op, "第%u行", row.number),
                    op_text(f->op, "没有叫“%.*s”的村组", PS(xlsx_row_cell(&row, column->column)->text)));
    }
    if (!printed && !fill_room(f, (int64_t)count))
        return false;
    for (k = 0; k < count; k++) {
        if (!printed)
            rows[k] = form->data_first + (uint32_t)k;
        else if (!rows[k])
            fill_gap(f, units[k].name, S("表里没有这个村组的行"));
        if (!printed && column)
            fill_put(f, rows[k], column, units[k].name, false, S("村组"));
    }
    f->rows = (int64_t)count;
    return true;
}

[[nodiscard]] static bool column_fill(struct filling *f, const struct form_column *c, uint32_t **rows,
                                      struct indicator_ask *asked)
{
    struct indicator_row *values;
    size_t count;
    str note;
    if (!indicator_by(f->tx, f->town, f->who, c->indicator, asked, GROUP_LEDGER, &values, &count, &note))
        return false;
    if (note.n)
        fill_gap(f, fill_place(f->op, c), note);
    count--; /* the whole comes last */
    size_t units = 0;
    while (units < count && !values[units].unit->rest)
        units++;
    if (!*rows) {
        *rows = op_array(f->op, uint32_t, count + 1);
        if (!unit_rows(f, values, units, *rows))
            return false;
    }
    for (size_t k = 0; k < units; k++) {
        const struct indicator_value *v = &values[k].value;
        if ((*rows)[k] && v->known)
            fill_put(f, (*rows)[k], c, v->text, v->indicator->up != UP_LIST, value_source(f->op, v, values[k].name));
        else if ((*rows)[k])
            fill_gap(f, fill_place(f->op, c),
                    op_text(f->op, "“%.*s”%s", PS(values[k].name), v->denied ? "无权查看" : "没有可算的数"));
    }
    if (units < count)
        fill_gap(f, fill_place(f->op, c), op_text(f->op, "有 %.*s 不属于任何一个村组，没有列入各行", PS(values[units].value.text)));
    const struct indicator_value *whole = &values[count].value;
    if (f->form->total_row && whole->known)
        fill_put(f, total_at(f), c, whole->text, true, value_source(f->op, whole, S("")));
    return true;
}

[[nodiscard]] static bool table_fill(struct filling *f)
{
    const struct form *form = f->form;
    struct indicator_ask asked = {.from = f->how->from, .to = f->how->to};
    uint32_t *rows = NULL;
    struct units *units;
    if (asked.to < asked.from)
        return op_fail(f->op, FAULT_INPUT, S("to"), "期止不能早于期起");
    if (!units_read(f->tx, f->town, f->who, asked.from, asked.to, &units))
        return false;
    asked.units = units;
    for (size_t i = 0; i < form->column_count; i++)
        if (form->columns[i].use == FORM_INDICATOR && !column_fill(f, &form->columns[i], &rows, &asked))
            return false;
    for (size_t i = 0; i < form->column_count; i++)
        for (int64_t k = 0; form->columns[i].use == FORM_SERIAL && k < f->rows; k++)
            if (rows[k])
                fill_put(f, rows[k], &form->columns[i], op_text(f->op, "%u", rows[k] - form->data_first + 1), true, S("序号"));
    return true;
}

/* A card of figures: each of the whole town, beside its word. */
[[nodiscard]] static bool figures_fill(struct filling *f)
{
    struct indicator_ask asked = {.from = f->how->from, .to = f->how->to};
    if (asked.to < asked.from)
        return op_fail(f->op, FAULT_INPUT, S("to"), "期止不能早于期起");
    for (size_t i = 0; i < f->form->column_count; i++) {
        const struct form_column *c = &f->form->columns[i];
        struct indicator_value v;
        if (c->use != FORM_INDICATOR)
            continue;
        if (!indicator_value(f->tx, f->town, f->who, c->indicator, &asked, &v))
            return false;
        if (v.known)
            fill_put(f, c->row, c, v.text, c->indicator->up != UP_LIST, value_source(f->op, &v, S("")));
        else
            fill_gap(f, fill_place(f->op, c), v.denied ? S("无权查看") : S("没有可算的数"));
    }
    f->rows = 1;
    return true;
}

static str years_said(struct op *op, const struct form *form)
{
    return form->year == form->year_last ? op_text(op, "%d", form->year)
                                         : op_text(op, "%d—%d", form->year, form->year_last);
}

/* The workbook with the rows that were added. */
[[nodiscard]] static bool room_written(const struct filling *f, struct xlsx_book **ret)
{
    const struct form *form = f->form;
    uint32_t last = form->data_first + form->data_rows - 1;
    struct buf *bytes = op_new(f->op, struct buf);
    const struct xlsx_repeat repeat = {form->sheet, last, last, f->added + 1};
    *ret = form->book;
    if (!f->added)
        return true;
    buf_init(bytes, f->op, XLSX_FILE_BYTES_MAX);
    return xlsx_repeat_book(form->book, (struct xlsx_sink){bytes_keep, bytes}, &repeat, 1, NULL, 0) &&
           xlsx_open(f->op, buf_str(bytes), ret);
}

bool form_fill(struct tx *tx, const struct town *town, const struct who *who, const struct form *form,
               const struct form_how *how, str out_path, struct form_filled *ret)
{
    struct form_how meant = *how;
    struct form_scope scope = {0};
    if (!how->where.n && !form_scope_find(tx, town, who, form, &scope))
        return false;
    if (scope.word.n) /* which ones cannot be said: then nobody, rather than everybody's numbers under a title that never asked for them */
        meant.where = scope.where.n ? scope.where : S("false");
    struct filling f = {.tx = tx, .op = tx->op, .town = town, .who = who, .form = form, .how = &meant};
    if (form->ledger ? !roll_fill(&f) : form->card ? !figures_fill(&f) : !table_fill(&f))
        return false;
    for (size_t i = 0; i < form->column_count; i++) {
        const struct form_column *c = &form->columns[i];
        if (c->formula)
            continue;
        if (c->use == FORM_NOTHING)
            fill_gap(&f, fill_place(f.op, c), S("没有对应的字段或指标，须手填，或选定它的含义"));
        else if (c->sure == SURE_LIKE)
            fill_gap(&f, fill_place(f.op, c),
                    op_text(f.op, "按相近的“%.*s”填的，请核对",
                            PS(form_column_name(c).n ? form_column_name(c) : S("村组"))));
    }
    if (!form->ledger && form->year && (date_of(how->to).year < form->year || date_of(how->from).year > form->year_last))
        fill_gap(&f, S("题目"),
                op_text(f.op, "写的是%.*s年，数字却是从%.*s到%.*s的；不对请改期起、期止再填", PS(years_said(f.op, form)), PS(day_text(f.op, how->from)),
                        PS(day_text(f.op, how->to))));
    if (scope.word.n)
        fill_gap(&f, S("题目"), scope.where.n ? op_text(f.op, "说的是“%.*s”，只填了符合条件的：%.*s；要别的请写条件，要全部请把条件写成 true", PS(scope.word), PS(scope.said))
                                           : op_text(f.op, "说的是“%.*s”，%.*s，所以一条也没有填；请写条件再填，要全部请把条件写成 true", PS(scope.word), PS(scope.untold)));
    if (form->meant)
        fill_gap(&f, S("题目"), op_text(f.op, "像是要“%.*s”，栏名却更像“%.*s”，按栏名填了；如要前者，请指明台账再填", PS(form->meant->name),
                                     PS(form->ledger ? form->ledger->name : S("指标表"))));
    if (form->other_row)
        fill_gap(&f, op_text(f.op, "第%u行", form->other_row),
                S("同一张工作表里另有一张表，这次没有填；请把它移到单独的工作表，再填一次"));
    for (size_t i = 0; i < form->other_count; i++)
        fill_gap(&f, form->others[i], S("这张工作表也是要填的表，这次没有填；存下填好的这份，再选这张工作表填一次"));
    struct xlsx_book *book;
    int64_t kept;
    if (!room_written(&f, &book) || !xlsx_fill(book, out_path, f.fills.p, f.fills.n, &kept))
        return false;
    *ret = (struct form_filled){f.cells.p, f.cells.n, f.gaps.p, f.gaps.n, f.rows, kept};
    return true;
}
