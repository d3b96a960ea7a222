/* Workbooks as people really have them, into records.
 *
 *     open -> find a sheet and its heading -> row by row: sort out, check, find the record, keep or say why not -> report
 *
 * Everything happens inside one part of the transaction, which is undone for a dry run, a cancelled or a refused
 * import. Memory: a row's is reset after it; what lasts (columns, errors, the workbook) is in the side op. */
#include "base/encoding.h"
#include "ledger/import.h"
#include "ledger/save.h"

enum {
    IMPORT_TELL_EVERY = 500,
    CSV_BYTES_MAX = 32 << 20, /* held whole, unlike a workbook: a register of 100 000 people is 20 MB */
    CSV_ROWS_MAX = 200000,
    MARK_BYTES = 4096, /* in which the mark between fields shows */
};

/* ---- one record -------------------------------------------------------------------------------------------------- */

/* The record that a row means: by the hidden row key, or by the ledger's key. */
static bool existing_find(struct import *im, struct row *row, int64_t *ret_version, bool *ret_found)
{
    const struct ledger *l = &im->plan->def;
    id record;
    *ret_found = false;
    row_init(row, im->tx, im->plan);
    if (im->key_text.n) {
        if (!excel_key_parse(im->key_text, &record, ret_version)) {
            import_wrong(im, NULL, im->key_text,
                         S("隐藏的系统行号被改动，认不出是哪条记录；请清空这一格按新行导入，或重新导出"));
            return true;
        }
        if (!row_load(row, record, ret_found))
            return false;
        if (!*ret_found || row->head.removed) {
            *ret_found = false;
            import_wrong(im, NULL, im->key_text, S("这条记录在导出以后已作废，请删去此行或重新导出"));
        }
        return true;
    }
    const struct field *key = l->key_count == 1 ? ledger_field(l, l->keys[0]) : NULL;
    if (key && field_columns[key->value] == COLUMN_TEXT) {
        int64_t count = 0;
        const struct checked *c = &im->values[key - l->fields];
        if (key->type == F_COMPUTED || c->kind != CHECKED_TEXT)
            return true;
        if (!bulk_find(im->bulk, l, key, c->text, &record, &count))
            return false;
        return count == 0 || row_load(row, record, ret_found);
    }
    if (!im->find_sql)
        return true;
    struct arg args[1 + KEYS_MAX] = {TEXT(store_town(im->tx))};
    for (size_t i = 0; i < l->key_count; i++) {
        const struct field *f = ledger_field(l, l->keys[i]);
        bool maybe;
        args[i + 1] = checked_cell(im->op, f, &im->values[f - l->fields]);
        if (!nearby_maybe(im->tx, im->plan, f->column, args[i + 1], &maybe) || !maybe)
            return !maybe;
    }
    struct rows *rows;
    if (!store_query(im->tx, im->find_sql, store_args(args, l->key_count + 1), &rows) || !rows_next(rows, ret_found))
        return false;
    if (!*ret_found)
        return true;
    record = rows_id(rows, 0);
    rows_close(rows);
    return row_load(row, record, ret_found);
}

/* A month agrees with each of its days; so does the first of a month under a heading that asks for months, as a
 * spreadsheet writes 1990-03, and 1990.1, from which it has dropped a nought, with October. */
static bool computed_agrees(struct import *im, const struct field *f, struct arg right, const struct checked *given)
{
    if (f->value != F_DAY)
        return cell_eq(right, checked_cell(im->op, f, given));
    struct date is = date_of((day)right.i), said = date_of((day)given->number);
    if (given->text.n == S("1990-03").n)
        return str_eq(given->text, month_text(im->op, is.year, is.month)) ||
               (given->warning.n && is.month == 10 && str_eq(given->text, month_text(im->op, is.year, 1)));
    if (given->number == right.i)
        return true;
    const struct column_in *column = import_column(im, f);
    return column && str_ends(column->heading, S("年月")) && said.day == 1 && said.year == is.year && said.month == is.month;
}

/* The row as it will be: what is there, and what the sheet says of it; of a new one what saving begins with, the kind of
 * document for one. */
static bool row_foresee(struct import *im, const struct row *is, struct row *ret)
{
    const struct ledger *l = &im->plan->def;
    row_init(ret, im->tx, im->plan);
    if (is) {
        ret->record = is->record;
        memcpy(ret->cells, is->cells, im->plan->table.count * sizeof *is->cells);
    }
    for (size_t i = 0; i < l->field_count; i++)
        if (writable(&l->fields[i]) && l->fields[i].column >= 0 && im->given[i])
            ret->cells[l->fields[i].column] = checked_cell(im->op, &l->fields[i], &im->values[i]);
    for (size_t i = 0; i < l->field_count && !is; i++)
        if (im->plan->initial[i] && !im->given[i] && l->fields[i].column >= 0)
            ret->cells[l->fields[i].column] = value_cell(im->op, &l->fields[i], row_eval(ret, im->plan->initial[i]));
    return row_derive(ret);
}

/* The row lacks what records are known by (a child has no number yet), and says of something that finds it quickly, of its
 * household, where it belongs. Serial numbers are given: without one a row is a new record. */
static bool lacks_key(const struct import *im)
{
    const struct ledger *l = &im->plan->def;
    const struct field *key = l->key_count == 1 ? ledger_field(l, l->keys[0]) : NULL;
    bool quick = false;
    for (size_t i = 0; i < l->field_count; i++)
        quick = quick || (l->fields[i].indexed && im->given[i] && im->values[i].kind != CHECKED_EMPTY);
    return quick && key && key->column >= 0 && writable(key) && key->type != F_SERIAL && !im->home.made &&
           im->values[key - l->fields].kind == CHECKED_EMPTY && !store_loading(im->tx, &im->plan->table);
}

/* A row without a key that says only what a record without one has already: the sheet came again. */
static bool again_find(struct import *im, struct row *row, bool *ret_found)
{
    const struct ledger *l = &im->plan->def;
    struct op *op = im->op;
    struct arg args[STORE_ARGS_MAX] = {TEXT(store_town(im->tx))};
    size_t count = 1;
    struct known known;
    struct buf sql;
    *ret_found = false;
    if (!lacks_key(im))
        return true;
    buf_init(&sql, op, 0);
    buf_text(&sql, "select record from %.*s where town = $1 and removed = 0 and %.*s is null", PS(sql_table(op, im->plan)),
             PS(store_name(op, l->keys[0])));
    for (size_t i = 0; i < l->field_count && count < STORE_ARGS_MAX; i++) {
        const struct field *f = &l->fields[i];
        if (!im->given[i] || !writable(f) || f->column < 0 || im->values[i].kind == CHECKED_EMPTY)
            continue;
        buf_text(&sql, " and %.*s = $%zu", PS(store_name(op, f->name)), count + 1);
        args[count++] = checked_cell(op, f, &im->values[i]);
    }
    if (!import_known(im, buf_str(&sql), (struct args){args, count}, &known))
        return false;
    if (!known.count)
        return true;
    row_init(row, im->tx, im->plan);
    if (!row_load(row, known.id, ret_found))
        return false;
    *ret_found = *ret_found && row->head.fact_no <= im->fact_before; /* two of the same sheet are two */
    return true;
}

/* Numbers people carry along (性别 出生日期) are compared with what the document number says; where they may not be seen,
 * they are not: the answer would tell them. is: the record that the row means; NULL: a new one. */
static bool computed_compare(struct import *im, const struct row *is)
{
    const struct ledger *l = &im->plan->def;
    struct row row;
    bool foreseen = false;
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        if (f->type != F_COMPUTED || f->column < 0 || !im->given[i] || im->values[i].kind == CHECKED_EMPTY ||
            !im->document || !contains(f->formula, im->document->name) || import_covered(im, f))
            continue;
        if (!foreseen && !row_foresee(im, is, &row))
            return false;
        foreseen = true;
        struct arg right = row.cells[f->column];
        if (right.kind == ARG_NULL)
            import_warn(im, import_column(im, f), im->values[i].text,
                        op_text(im->op, "%.*s由%.*s算出，这一行算不出来，表里写的没有登记", PS(f->name), PS(im->document->name)));
        else if (!computed_agrees(im, f, right, &im->values[i]))
            import_wrong(im, import_column(im, f), im->values[i].text,
                         op_text(im->op, "%.*s与%.*s不符，按号码应为%.*s，请核对", PS(f->name), PS(im->document->name),
                                 PS(cell_text(im->op, f, right))));
    }
    return true;
}

/* Fields that differ from what the person had seen go into the patch; one that others changed meanwhile is a
 * conflict. */
static bool patch_make(struct import *im, const struct row *row, int64_t seen, struct givens *patch)
{
    const struct ledger *l = &im->plan->def;
    struct row base = *row;
    if (im->key_text.n && seen != row->head.version) {
        struct fact *facts;
        size_t count;
        if (!fact_history(im->tx, l->english, row->record, &facts, &count))
            return false;
        for (size_t i = 0; i < count; i++)
            if (facts[i].version == seen && !facts[i].destroyed) {
                row_init(&base, im->tx, im->plan);
                base.record = row->record;
                if (!row_from_fact(&base, &facts[i]))
                    return false;
                break;
            }
    }
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        if (!im->given[i] || !writable(f) || f->column < 0)
            continue;
        struct arg cell = checked_cell(im->op, f, &im->values[i]), was = base.cells[f->column],
                   is = row->cells[f->column];
        bool shown_there;
        if (import_says_same(f, cell, was) || import_says_same(f, cell, is))
            continue;
        if (!import_shown_there(im, f, row, &shown_there))
            return false;
        if (shown_there)
            continue;
        str now = cell_text(im->op, f, import_covered(im, f) ? cell_masked(im->op, f, is) : is);
        if (!cell_eq(was, is))
            import_wrong(im, import_column(im, f), im->values[i].text,
                         op_text(im->op, "导出以后“%.*s”已改为“%.*s”，与表中不同，请核对后再填", PS(f->name), PS(now)));
        else
            import_give(im, patch, f, im->values[i]);
    }
    return true;
}

/* From here on the row may be taken back. */
[[nodiscard]] static bool part_begin(struct import *im)
{
    if (im->part)
        return true;
    im->part = store_part_begin(im->tx);
    return im->part;
}

/* The record is there already: what differs is changed. It may be moving into a home made for it, and become its
 * head: what is kept of the other side must go with it when the row is refused. */
static bool record_correct(struct import *im, const struct row *row, int64_t seen)
{
    struct givens values = {0};
    struct bulk_done done = {0};
    int before = im->op->fault_count;
    bool head = false;
    if (!patch_make(im, row, seen, &values))
        return false;
    if (im->bad)
        return true;
    if (values.n == 0 && !home_lacks_head(im, &head))
        return false;
    if (head) /* said again, the home hears it: see head.c */
        import_give(im, &values, im->home.relation, im->values[im->home.relation - im->plan->def.fields]);
    if ((im->home.field && values.n && !part_begin(im)) || (im->home.made && (!part_begin(im) || !home_keep(im))))
        return false;
    if (values.n == 0)
        im->report->unchanged++;
    else if (bulk_correct(im->bulk, row->record, row->head.version, values.p, values.n, S("导入"), &done))
        im->report->changed++;
    else
        return import_faults(im, before, &im->plan->def);
    im->fact_no = done.changed ? done.fact_no : 0;
    im->met_no = done.changed ? 0 : row->head.fact_no;
    import_warnings(im, &im->plan->def, done.warnings);
    return true;
}

/* It and the home made for it: both are sound before either is kept. */
static bool record_add_new(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    struct givens values = {0};
    struct bulk_new *record;
    struct bulk_done done;
    bool head;
    int before = im->op->fault_count;
    for (size_t i = 0; i < l->field_count; i++)
        if (im->given[i] && writable(&l->fields[i]) && im->values[i].kind != CHECKED_EMPTY)
            import_give(im, &values, &l->fields[i], im->values[i]);
    if (!bulk_check(im->bulk, im->record, values.p, values.n, &record))
        return import_faults(im, before, l);
    if (!home_lacks_head(im, &head) || (head && !part_begin(im)) || (im->home.made && !home_keep(im)))
        return false;
    if (!bulk_keep(record, &done))
        return head && import_faults(im, before, l);
    im->report->added++;
    im->fact_no = done.fact_no;
    import_warnings(im, l, done.warnings);
    return true;
}

static bool record_keep(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    struct row row;
    bool found;
    int64_t seen = 0;
    const struct arg none = NUL;
    const struct field *period = im->period.kind == CHECKED_EMPTY || im->key_text.n ? NULL : l->sheet.period;
    if (period) {
        im->values[period - l->fields] = im->period;
        im->given[period - l->fields] = true;
    }
    /* References of the key first: they are needed to find the record. */
    for (size_t i = 0; i < l->key_count && !im->key_text.n; i++) {
        const struct field *f = ledger_field(l, l->keys[i]);
        if (f->type == F_REF && im->given[f - l->fields] &&
            !import_reference(im, import_column(im, f), f, &im->values[f - l->fields], none))
            return false;
    }
    if (!im->bad && !im->key_text.n && !reaches_find(im, NULL, true))
        return false;
    if (im->bad || !existing_find(im, &row, &seen, &found) || im->bad)
        return im->bad;
    str above = found ? import_row_of(im, row.head.fact_no) : S("");
    if (above.n) {
        const struct field *key = ledger_field(l, l->keys[0]);
        import_wrong(im, import_column(im, key), im->values[key - l->fields].text,
                     op_text(im->op, "与%.*s是同一条记录（%.*s相同），请合并成一行", PS(above), PS(l->keys[0])));
        return true;
    }
    if (im->group_field && !found && !id_none(im->group) &&
        im->values[im->group_field - l->fields].kind == CHECKED_EMPTY) {
        im->values[im->group_field - l->fields] = checked_id(im, im->group);
        im->given[im->group_field - l->fields] = true;
    }
    for (size_t k = 0; k < im->o->said_count && !found; k++) {
        const struct field *f = ledger_field(l, im->o->said[k].field);
        if (im->values[f - l->fields].kind == CHECKED_EMPTY)
            import_say(im, f, im->o->said[k].text);
    }
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        id already;
        if ((f->type != F_REF && f->type != F_REFS) || !im->given[i] || im->values[i].kind == CHECKED_EMPTY ||
            f->column < 0 ||
            (im->values[i].kind == CHECKED_TEXT && im->values[i].text.n == 36 &&
             id_parse(im->values[i].text, &already)))
            continue;
        if (!import_reference(im, import_column(im, f), f, &im->values[i], found ? row.cells[f->column] : none))
            return false;
    }
    if (!im->bad && !reaches_find(im, found ? &row : NULL, false))
        return false;
    if (im->home.field && !home_find(im, found ? &row : NULL))
        return false;
    if (im->bad || !computed_compare(im, found ? &row : NULL) || im->bad)
        return im->bad;

    if (!found && !im->key_text.n && !again_find(im, &row, &found))
        return false;
    return found ? record_correct(im, &row, seen) : record_add_new(im);
}

/* A record that a row is, or one of those. */
static bool record_import(struct import *im, const struct xlsx_row *row)
{
    im->bad = false;
    im->report->rows++;
    import_cells(im, row);
    struct import_report was = *im->report;
    im->part = false;
    im->home.made = NULL;
    im->fact_no = im->met_no = 0;
    im->record = id_new(im->op);
    bulk_rest(im->bulk);
    if (!im->bad && !record_keep(im))
        return false;
    if (im->part && !(im->bad ? store_part_undo : store_part_keep)(im->tx))
        return false;
    if (im->bad) { /* what the undone part had counted */
        im->report->added = was.added;
        im->report->changed = was.changed;
        im->report->unchanged = was.unchanged;
        im->report->made_other = was.made_other;
        im->report->bad++;
        if (im->home.made)
            home_forget(im);
    } else {
        import_kept(im);
    }
    return true;
}

static bool row_import(struct import *im, const struct xlsx_row *row)
{
    im->row = row->number;
    im->bad = false;
    if (import_between(im, row)) {
        im->report->skipped++;
        return true;
    }
    return im->spread.on ? spread_row(im, row, record_import) : record_import(im, row);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void documents_learn(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    for (size_t i = 0; i < l->field_count; i++)
        if (l->fields[i].type == F_CITIZEN_ID && !im->document)
            im->document = &l->fields[i];
    im->document_kind = im->document && im->document->paper.n ? ledger_field(l, im->document->paper) : NULL;
}

static void find_sql_make(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    struct buf b;
    buf_init(&b, im->side, 0);
    buf_text(&b, "select record from %.*s where town = $1 and removed = 0",
             PS(store_name(im->side, op_text(im->side, "now_%.*s", PS(l->english)))));
    for (size_t i = 0; i < l->key_count; i++) {
        const struct field *f = ledger_field(l, l->keys[i]);
        if (f->column < 0 || !writable(f) || l->key_count > KEYS_MAX)
            return;
        buf_text(&b, " and %.*s is $%d", PS(store_name(im->side, f->name)), (int)i + 2);
    }
    im->find_sql = op_z(im->side, buf_str(&b));
}

static void column_report(struct import *im, const struct column_in *c)
{
    struct json *e = report_add(im, im->report->columns, (str){0}, JSON_OBJECT, (str){0});
    report_add(im, e, S("列"), JSON_STRING, xlsx_ref(im->op, 0, c->column));
    report_add(im, e, S("表头"), JSON_STRING, c->heading);
    str name = c->use == USE_REACH   ? c->reach->name
               : c->field            ? c->field->name
               : c->use == USE_GROUP ? GROUP_LEDGER
                                     : (str){0};
    if (c->choice.n) /* 人（岗：司机） */
        name = op_text(im->op, "%.*s（%.*s：%.*s）", PS(name), PS(im->plan->def.spread.by->name), PS(c->choice));
    report_add(im, e, S("字段"), name.n ? JSON_STRING : JSON_NULL, name);
}

static bool is_said(const struct import *im, const struct field *f)
{
    for (size_t k = 0; k < im->o->said_count; k++)
        if (str_eq(im->o->said[k].field, f->name))
            return true;
    return false;
}

/* What every new record needs and no column, default or word of the person gives. The person is asked: guessing would
 * put into the register what no paper says. */
static void lacks_report(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        if (f->required && !f->initial.n && f->type != F_SERIAL && writable(f) && excel_carries(f) &&
            f != im->group_field && f != im->home.field && f != l->sheet.period && !is_said(im, f) &&
            !import_column(im, f))
            report_add(im, im->report->lacks, (str){0}, JSON_STRING, f->name);
    }
}

[[nodiscard]] static bool said_check(const struct import *im)
{
    const struct ledger *l = &im->plan->def;
    for (size_t k = 0; k < im->o->said_count; k++) {
        const struct field *f = ledger_field(l, im->o->said[k].field);
        if (!f || !writable(f) || !excel_carries(f))
            return op_fail(im->op, FAULT_INPUT, im->o->said[k].field, "“%.*s”没有“%.*s”这一栏，或不能填，请核对",
                           PS(l->name), PS(im->o->said[k].field));
    }
    return true;
}

/* People mix them. */
static str said_take(str *rest)
{
    static const str marks[] = {SC(";"), SC("；")};
    return str_before(rest, marks, COUNT(marks));
}

bool import_said_read(struct op *op, str text, const struct import_said **ret, size_t *ret_count)
{
    struct import_said *list = op_array(op, struct import_said, IMPORT_SAID_MAX);
    size_t n = 0;
    for (str rest = text; rest.n;) {
        str one = said_take(&rest), field, value;
        if (!one.n)
            continue;
        bool split = str_split(one, '=', &field, &value);
        if (!split || !str_trim(field).n || !str_trim(value).n || n == IMPORT_SAID_MAX)
            return op_fail(op, FAULT_INPUT, S("fill"), "统一填的须写成 方式=公文交换；签收人=姓名 的样子，最多 %d 项", IMPORT_SAID_MAX);
        list[n++] = (struct import_said){str_trim(field), str_trim(value)};
    }
    *ret = list;
    *ret_count = n;
    return true;
}

/* Those of the first sheet are told; of all, which of them are not used. */
static void columns_report(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    for (size_t i = 0; i < im->columns.n; i++)
        if (im->columns.p[i].column > im->last_column)
            im->last_column = im->columns.p[i].column;
    im->by_column = op_array(im->side, struct column_in *, im->last_column + 1);
    im->year_told = op_array(im->side, bool, im->last_column + 1);
    for (size_t i = 0; i < im->columns.n; i++) {
        struct column_in *c = &im->columns.p[i];
        im->by_column[c->column] = c;
        if (c->use == USE_KEY || c->use == USE_SERIAL)
            continue;
        if (im->sheets == 1)
            column_report(im, c);
        if (c->use == USE_NOTHING) {
            im->row = im->heading_last;
            import_warn(im, c, c->heading,
                        op_text(im->op, "“%.*s”不是“%.*s”的栏目，这一列没有导入", PS(c->heading), PS(l->name)));
        }
    }
}

static bool rows_tell(const struct import *im, int64_t done, int64_t total)
{
    struct progress p = im->o->progress;
    return !p.tell || p.tell(p.context, S("导入"), done, total) ||
           op_fail(im->op, FAULT_INPUT, (str){0}, "导入已取消，没有留下任何内容");
}

static bool rows_take(struct import *im, struct ahead *ahead, bool *ret_stopped)
{
    struct xlsx_row row;
    int64_t before = im->heading_last, at = before;
    for (int64_t done = 0;;) {
        bool found;
        if (!ahead_next(im, ahead, &row, &found))
            return false;
        if (!found)
            return rows_tell(im, at - before, at - before);
        if (row.number <= im->heading_last)
            continue;
        at = row.number;
        if (done++ % IMPORT_TELL_EVERY == 0 && !rows_tell(im, at - before - 1, ahead_about(ahead) - before))
            return false;
        struct mark mark = op_mark(im->op);
        bool good = row_import(im, &row);
        op_reset(im->op, mark);
        if (!good)
            return false;
        if (im->report->bad >= XLSX_MARKS_MAX) {
            *ret_stopped = true;
            import_warn(im, NULL, (str){0}, S("有错的行太多，已停在这一行；请核对是否选对了台账和工作表"));
            return true;
        }
    }
}

static bool rows_import(struct import *im, bool *ret_stopped)
{
    struct ahead *ahead;
    if (!ahead_open(im, &ahead))
        return false;
    bool good = rows_take(im, ahead, ret_stopped);
    ahead_end(ahead);
    return good;
}

static bool import_fact(struct import *im)
{
    const struct import_report *r = im->report;
    struct buf b;
    buf_init(&b, im->op, 0);
    struct json_out w = {.b = &b};
    const struct {
        str key;
        int64_t value;
    } counts[] = {{S("新增"), r->added},
                  {S("修改"), r->changed},
                  {S("不变"), r->unchanged},
                  {S("有错"), r->bad},
                  {S("连带新建"), r->made_other}};
    json_open(&w, '{');
    json_put_text(&w, S("文件"), im->o->file_name);
    json_put_text(&w, S("工作表"), r->sheet);
    for (size_t i = 0; i < COUNT(counts); i++)
        json_put_int(&w, counts[i].key, counts[i].value);
    json_close(&w, '}');
    int64_t no;
    struct fact fact = {.account = im->who->account,
                        .post = im->who->post,
                        .account_name = im->who->name,
                        .act = FACT_IMPORT,
                        .ledger = im->plan->def.english,
                        .body = buf_str(&b)};
    return fact_keep(im->tx, &fact, &no);
}

static struct json *list_new(struct import *im)
{
    struct json *list = op_new(im->side, struct json);
    list->kind = JSON_ARRAY;
    return list;
}

static bool template_fits(struct import *im)
{
    str english = xlsx_property(im->book, EXCEL_LEDGER);
    im->round_trip = english.n > 0;
    if (english.n == 0 || str_eq(english, im->plan->def.english))
        return true;
    const struct ledger *other = town_ledger(im->town, english);
    return op_fail(im->op, FAULT_INPUT, (str){0}, "这是“%.*s”的表，不能导入到“%.*s”", PS(other ? other->name : english),
                   PS(im->plan->def.name));
}

static bool memory_put(void *to, str bytes)
{
    buf_add(to, bytes);
    return true;
}

static bool is_text_file(const struct import_options *o)
{
    static const str endings[] = {SC(".csv"), SC(".CSV"), SC(".txt"), SC(".TXT")};
    str name = o->file_name.n ? o->file_name : o->path;
    for (size_t i = 0; i < COUNT(endings); i++)
        if (str_ends(name, endings[i]))
            return true;
    return false;
}

/* Excel's 文本文件 has tabulators between fields; a title has neither. */
static char field_mark(str text)
{
    size_t tabs = 0, commas = 0;
    for (size_t i = 0; i < text.n && i < MARK_BYTES; i++) {
        tabs += text.p[i] == '\t';
        commas += text.p[i] == ',';
    }
    return tabs > commas ? '\t' : ',';
}

/* A text file becomes the workbook that it would have been: everything after this, the marked copy too, is one way. */
static bool text_open(struct import *im)
{
    struct op *op = im->book_op;
    struct csv_row *rows;
    size_t count;
    str bytes, text;
    struct xlsx_out *out;
    struct buf book;
    if (!file_read(op, im->o->path, CSV_BYTES_MAX, &bytes))
        return false;
    if (str_starts(bytes, S("PK"))) /* a workbook that somebody has renamed */
        return xlsx_open(op, bytes, &im->book);
    if (!encoding_read(op, bytes, &text))
        return false;
    if (!csv_parse_by(op, text, field_mark(text), &rows, &count))
        return false;
    if (count > CSV_ROWS_MAX)
        return op_fail(op, FAULT_INPUT, S("文件"), "这个文本文件超过%d行，请分成几个，或另存为 .xlsx 再导入", CSV_ROWS_MAX);
    buf_init(&book, op, 0);
    if (!xlsx_begin(op, (struct xlsx_sink){memory_put, &book}, &out))
        return false;
    xlsx_sheet(out, &(struct xlsx_page){.name = S("文本")});
    for (size_t i = 0; i < count && xlsx_row(out, 0); i++)
        for (size_t k = 0; k < rows[i].count && k < XLSX_COLUMNS_MAX; k++)
            xlsx_text(out, XLSX_DEFAULT, rows[i].fields[k]);
    return xlsx_end(out) && xlsx_open(op, buf_str(&book), &im->book);
}

static bool marked_write(struct import *im)
{
    struct op *op = im->op;
    struct buf b;
    if (!is_text_file(im->o))
        return xlsx_mark(op, im->o->path, im->o->errors_path, im->marks.p, im->marks.n);
    buf_init(&b, im->side, 0);
    if (!xlsx_mark_book(im->book, (struct xlsx_sink){memory_put, &b}, im->marks.p, im->marks.n))
        return side_failed(op, im->book_op);
    return file_make(op, im->o->errors_path, buf_str(&b));
}

static bool load_begin(struct import *im)
{
    const struct table *const tables[] = {&im->plan->table, im->home.field ? &im->home.plan->table : NULL};
    return store_load_begin(im->tx, tables, im->home.field ? 2 : 1, (int64_t)im->last_row - im->heading_last);
}

bool import_workbook(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                     const struct import_options *o, struct import_report *ret)
{
    struct op *op = tx->op;
    struct right right;
    struct import_report report = {0};
    if (!right_for(op, town, who, l, ACT_IMPORT, &right))
        return false;
    struct import *im = op_new(op, struct import);
    *im = (struct import){.op = op,
                          .side = side_op(op),
                          .book_op = side_op(op),
                          .tx = tx,
                          .town = town,
                          .who = who,
                          .plan = plan_of(l),
                          .covered = fields_covered(op, who, plan_of(l)),
                          .o = o,
                          .report = &report};
    map_init(&im->known, im->side);
    report.columns = list_new(im);
    report.errors = list_new(im);
    report.warnings = list_new(im);
    report.lacks = list_new(im);
    home_learn(im);
    documents_learn(im);
    find_sql_make(im);
    size_t next = 0;
    bool found, stopped = false;
    struct spread_word *words;
    if (!spread_words(tx, l, &words, &im->spread.count))
        return false;
    im->spread.words = words;
    if (!said_check(im) || !store_fact_count(tx, &im->fact_before) || !import_groups(im) ||
        !bulk_begin(tx, town, who, l, ACT_IMPORT, &im->bulk) || !homes_begin(im))
        return false;
    if (!(is_text_file(o) ? text_open(im) : xlsx_open_path(im->book_op, o->path, &im->book)))
        return side_failed(op, im->book_op);
    if (!template_fits(im) || !import_sheet(im, &next, &found) || !store_part_begin(tx))
        return false;
    bool good = load_begin(im);
    while (good && found && !stopped) {
        columns_report(im);
        if (im->sheets == 1)
            lacks_report(im);
        reaches_learn(im);
        good = rows_import(im, &stopped) && (stopped || import_sheet(im, &next, &found));
    }
    if (!good) {
        bool undone = !tx->failed && store_part_undo(tx);
        (void)undone;
        return false;
    }
    store_load_end(tx);
    report.kept = !stopped && !o->dry_run && (report.bad == 0 || o->good_rows);
    if (!(report.kept ? import_fact(im) && store_part_keep(tx) : store_part_undo(tx)))
        return false;
    if (o->errors_path.n && im->marks.n) {
        if (!marked_write(im))
            return false;
        report.errors_written = true;
    }
    *ret = report;
    return true;
}
