/* One row: cells to checked values, references to the records they mean, and what is to be reported of it. */
#include "ledger/check_kinds.h"
#include "ledger/import.h"

enum {
    NOTED_MAX = 1000, /* errors and warnings that a report lists */
    KNOWN_MAX = 5000, /* references remembered */
};

/* ---- the report ------------------------------------------------------------------------------------------------ */

struct json *report_add(struct import *im, struct json *parent, str key, enum json_kind kind, str text)
{
    struct json *j = op_new(im->side, struct json), **end = &parent->first;
    *j = (struct json){.kind = kind, .key = key, .text = op_copy(im->side, text)};
    while (*end)
        end = &(*end)->next;
    *end = j;
    parent->count++;
    return j;
}

/* A thousand are listed; `last` spares looking for the end. */
static void note(struct import *im, struct json *list, struct json **last, const struct column_in *c, str value,
                 str text)
{
    if (list->count >= NOTED_MAX)
        return;
    struct json *e = op_new(im->side, struct json);
    e->kind = JSON_OBJECT;
    *(*last ? &(*last)->next : &list->first) = e;
    *last = e;
    list->count++;
    report_add(im, e, S("工作表"), JSON_STRING, im->sheet_name);
    report_add(im, e, S("行"), JSON_NUMBER, op_text(im->op, "%u", im->row));
    report_add(im, e, S("列"), JSON_STRING, c ? xlsx_ref(im->op, 0, c->column) : (str){0});
    str name = c && c->use == USE_REACH ? c->reach->name : c && c->field ? c->field->name : c ? c->heading : (str){0};
    report_add(im, e, S("字段"), JSON_STRING, name);
    report_add(im, e, S("值"), JSON_STRING, str_part(value, 0, utf8_skip(value, 60)));
    report_add(im, e, S("说明"), JSON_STRING, text);
}

void import_warn(struct import *im, const struct column_in *c, str value, str text)
{
    note(im, im->report->warnings, &im->last_warning, c, value, text);
}

/* The row is bad; its cell will be red. Without a column of its own, the first one is marked. */
void import_wrong(struct import *im, const struct column_in *c, str value, str text)
{
    im->bad = true;
    note(im, im->report->errors, &im->last_error, c, value, text);
    if (!c)
        for (size_t i = 0; i < im->columns.n && !c; i++)
            c = im->columns.p[i].use == USE_FIELD || im->columns.p[i].use == USE_REACH ? &im->columns.p[i] : NULL;
    if (im->marks.n < XLSX_MARKS_MAX)
        *list_add(im->side, &im->marks) =
            (struct xlsx_mark){im->sheet, im->row, c ? c->column : 1, op_copy(im->side, text)};
}

/* ---- references ------------------------------------------------------------------------------------------------ */

bool import_known(struct import *im, str sql, struct args args, struct known *ret)
{
    struct rows *rows;
    bool found;
    *ret = (struct known){0};
    if (!store_query(im->tx, op_z(im->op, sql), args, &rows) || !rows_next(rows, &found))
        return false;
    while (found) {
        if (ret->count++ == 0)
            ret->id = rows_id(rows, 0);
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

/* What remains of a title when it has been through a cell: spaces between Han characters are no part of a name that people
 * type, and so not of 朱改花 党委副书记 either. */
static str title_core(struct op *op, str title)
{
    return tidy(op, name_tidy(op, title), TIDY_NO_SPACE);
}

bool import_titled(struct op *op, str title, str text)
{
    return str_eq(title, text) || str_eq(title_core(op, title), title_core(op, text));
}

/* Titles are not indexed, so what they were found to mean is remembered. */
static bool title_find(struct import *im, const struct plan *p, str text, struct known *ret)
{
    struct op *op = im->op;
    text = title_core(op, text);
    str memo = op_text(op, "%.*s\x01%.*s", PS(p->def.english), PS(text));
    struct known *known = map_get(&im->known, memo);
    if (known) {
        *ret = *known;
        return true;
    }
    str sql = op_text(op, "select record from %.*s where town = $1 and removed = 0 and replace(_title, ' ', '') = $2 limit 3",
                      PS(store_name(op, op_text(op, "now_%.*s", PS(p->def.english)))));
    if (!import_known(im, sql, ARGS(TEXT(store_town(im->tx)), TEXT(text)), ret))
        return false;
    if (ret->count == 1 && im->known.count < KNOWN_MAX) {
        known = op_new(im->side, struct known);
        *known = *ret;
        map_put(&im->known, op_copy(im->side, memo), known);
    }
    return true;
}

/* The record a text means: its key, else a field it is searched by, else its title. */
static bool reference_find(struct import *im, const struct plan *p, str text, struct known *ret)
{
    const struct ledger *l = &p->def;
    id direct;
    *ret = (struct known){0};
    if (p->is_group && (import_group_named(im, text, &ret->id) || import_group_mentioned(im, text, &ret->id))) {
        ret->count = 1;
        return true;
    }
    if (text.n == 36 && id_parse(text, &direct)) {
        struct row row;
        bool found;
        row_init(&row, im->tx, p);
        if (!row_load(&row, direct, &found))
            return false;
        *ret = (struct known){direct, found && !row.head.removed};
        return true;
    }
    for (int round = 0; round < 2; round++) {
        const str *names = round ? l->search_fields : l->keys;
        size_t count = round ? l->search_count : l->key_count == 1;
        for (size_t i = 0; i < count; i++) {
            const struct field *f = ledger_field(l, names[i]);
            struct checked c;
            if (!f || f->column < 0 || field_columns[f->value] != COLUMN_TEXT || !check_text(im->op, f, text, &c) ||
                c.kind != CHECKED_TEXT)
                continue;
            if (!bulk_find(im->bulk, l, f, c.text, &ret->id, &ret->count))
                return false;
            if (ret->count)
                return true;
        }
    }
    return p->title_column < 0 || title_find(im, p, text, ret);
}

const struct plan *import_target(const struct import *im, const struct field *f)
{
    return plan_of(town_ledger(im->town, f->target));
}

bool import_meant(struct import *im, const struct field *f, str text, int64_t *ret)
{
    struct checked c;
    struct known known;
    *ret = 0;
    if (!check_text(im->op, f, text, &c) || c.kind != CHECKED_TEXT)
        return true;
    if (!reference_find(im, import_target(im, f), c.text, &known))
        return false;
    *ret = known.count;
    return true;
}

/* How a cell that refers is shown: the title, or the titles with 、 between them. */
static bool reference_shown(struct import *im, const struct plan *p, struct arg cell, str *ret)
{
    struct op *op = im->op;
    struct buf b;
    buf_init(&b, op, 0);
    struct json one = {.text = cell.kind == ARG_ID ? id_text(op, cell.id) : (str){0}};
    const struct json *list = cell.kind == ARG_TEXT ? cell_list(op, cell.text) : NULL;
    for (const struct json *e = cell.kind == ARG_ID ? &one : list ? list->first : NULL; e; e = e->next) {
        struct row row;
        bool found;
        id record;
        row_init(&row, im->tx, p);
        if (!id_parse(e->text, &record) || !row_load(&row, record, &found))
            return false;
        buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(found ? row_title(&row) : S("")));
        if (row.broken)
            return false;
    }
    *ret = buf_str(&b);
    return true;
}

bool import_shown_as(struct import *im, const struct field *f, struct arg cell, str text, bool *ret)
{
    str shown;
    if (!reference_shown(im, import_target(im, f), cell, &shown))
        return false;
    struct checked c;
    *ret = shown.n && check_text(im->op, f, shown, &c) && str_eq(c.text, text);
    return true;
}

/* Of texts that a list was divided into, the record that the next one means; a title may hold the mark that divides
 * (朱改花 党委副书记、镇长), so with those after it if need be. */
static bool next_find(struct import *im, const struct plan *target, const str *texts, size_t count, size_t *ret_taken,
                      struct known *ret)
{
    enum { JOINED_MAX = 4 };
    str text = {0};
    *ret_taken = 1;
    for (size_t n = 0; n < count && n < JOINED_MAX; n++) {
        struct known known;
        text = n ? op_text(im->op, "%.*s、%.*s", PS(text), PS(texts[n])) : texts[0];
        if (!reference_find(im, target, text, &known))
            return false;
        if (n == 0)
            *ret = known;
        if (known.count == 0)
            continue;
        *ret = known;
        *ret_taken = n + 1;
        return true;
    }
    return true;
}

/* What is said of a text that means no record, or none alone. */
static void reference_refuse(struct import *im, const struct column_in *column, const struct plan *target, str text,
                             int64_t count)
{
    import_wrong(im, column, text,
                 count == 0 ? op_text(im->op, "“%.*s”里没有“%.*s”，请核对写法，或先在那里登记", PS(target->def.name), PS(text))
                            : op_text(im->op, "“%.*s”里不止一个“%.*s”，请改填%.*s", PS(target->def.name), PS(text),
                                      PS(target->def.keys[0])));
}

/* What a cell refers to already, as if it had been said. */
static struct checked reference_kept(struct import *im, const struct field *f, struct arg cell)
{
    if (cell.kind == ARG_ID)
        return checked_id(im, cell.id);
    struct json *list = cell_list(im->op, cell.text);
    str *ids = op_array(im->op, str, list->count);
    size_t n = 0;
    for (const struct json *e = list->first; e; e = e->next)
        ids[n++] = e->text;
    must(f->type == F_REFS);
    return (struct checked){.kind = CHECKED_LIST, .text = op_join(im->op, ids, n, S("、")), .list = ids, .count = n};
}

/* The text of a reference becomes the id of the record it means. `now`: the record's cell as it is; exports write titles,
 * of which several may be equal. */
bool import_reference(struct import *im, const struct column_in *column, const struct field *f,
                              struct checked *c, struct arg now)
{
    const struct plan *target = import_target(im, f);
    str *texts = c->kind == CHECKED_LIST ? (str *)c->list : &c->text;
    size_t count = c->kind == CHECKED_LIST ? c->count : 1, taken, kept = 0;
    bool same;
    if (!import_shown_as(im, f, now, c->text, &same))
        return false;
    if (same) {
        *c = reference_kept(im, f, now);
        return true;
    }
    for (size_t i = 0; i < count; i += taken) {
        struct known known;
        if (!next_find(im, target, texts + i, count - i, &taken, &known))
            return false;
        str text = texts[i], whole = known.count || !target->is_group ? (str){0} : import_group_begun(im, text, &known.id);
        if (whole.n) {
            known.count = 1;
            import_warn(im, column, text, op_text(im->op, "“%.*s”按“%.*s”登记", PS(text), PS(whole)));
        }
        if (known.count == 1)
            texts[kept++] = id_text(im->op, known.id);
        else
            reference_refuse(im, column, target, text, known.count);
    }
    if (c->kind == CHECKED_LIST)
        c->count = kept;
    return true;
}

/* ---- one row: cells to checked values -------------------------------------------------------------------------- */

bool import_loses_digits(const struct field *f)
{
    return f->value != F_INT && f->value != F_DECIMAL && f->value != F_MONEY && f->value != F_RATIO &&
           f->value != F_DAY && f->value != F_TIME;
}

/* A roll says the month of a birth, 1990.3, where the number says the day: it is compared as far as it goes. */
static bool month_of_day(struct op *op, const struct field *as, str typed, struct checked *ret)
{
    struct field month = *as;
    struct checked c;
    month.type = F_MONTH;
    if (as->type != F_DAY || !check_text(op, &month, typed, &c))
        return false;
    *ret = c;
    return true;
}

str import_dated(struct import *im, const struct column_in *c, const struct field *as, str typed)
{
    if (!im->years.count || c->field->type == F_COMPUTED || !check_yearless(im->op, as->type, typed))
        return typed;
    if (im->years.count > 1) {
        import_wrong(im, c, typed, op_text(im->op, "“%.*s”没有写年份，表题里的年份又不止一个，请把年份写全", PS(str_trim(typed))));
        return (str){0};
    }
    if (!im->year_told[c->column])
        import_warn(im, c, typed, op_text(im->op, "“%.*s”没有写年份，这一栏没有年份的都按表题记为%d年，请核对", PS(str_trim(typed)),
                                          im->years.first));
    im->year_told[c->column] = true;
    return op_text(im->op, "%d年%.*s", im->years.first, PS(str_trim(typed)));
}

bool import_covered(const struct import *im, const struct field *f)
{
    return im->covered && im->covered[f - im->plan->def.fields];
}

static void cell_take(struct import *im, const struct column_in *c, const struct xlsx_cell *cell)
{
    struct field other;
    const struct field *as = c->field; /* copied only where it is read otherwise: a roll has millions of cells */
    if (as->type != as->value) { /* computed fields are compared, so they are read as what they give */
        other = *as;
        other.type = other.value;
        as = &other;
    }
    bool home = c->use == USE_HOME;
    size_t i = (size_t)(c->field - (home ? im->home.plan : im->plan)->def.fields);
    struct checked *v = home ? &im->home_values[i] : &im->values[i];
    str typed = cell->text;
    if (cell->kind == XLSX_ERROR_CELL) {
        import_wrong(im, c, typed, op_text(im->op, "单元格里是公式错误%.*s，请改正公式或直接填数", PS(typed)));
        return;
    }
    if (cell->lost_digits && import_loses_digits(as)) {
        (void)!check_lost_digits(im->op, as, cell->raw.n ? cell->raw : typed, v);
        import_wrong(im, c, typed, v->trouble);
        return;
    }
    if (c->field == im->document && im->document_kind) {
        other = field_on_paper(as, im->values[im->document_kind - im->plan->def.fields].text);
        as = &other;
    }
    bool refers = as->type == F_REF || as->type == F_REFS;
    if ((home || im->round_trip) && (refers ? contains(typed, REACH_UNSEEN) : str_eq(str_trim(typed), REACH_UNSEEN)))
        return;
    /* Somebody whose rights mask a field sends back the mask: nothing was changed. */
    bool covered = c->field->sensitive || (!home && import_covered(im, c->field));
    if (im->round_trip && contains(typed, S("*")) && (covered || refers || contains(typed, S("***"))))
        return;
    str dated = import_dated(im, c, as, typed);
    if (typed.n && !dated.n)
        return;
    if (!check_text(im->op, as, dated, v) && !(c->field->type == F_COMPUTED && month_of_day(im->op, as, typed, v))) {
        import_wrong(im, c, typed, v->trouble);
        return;
    }
    (home ? im->home_given : im->given)[i] = v->kind != CHECKED_EMPTY || im->key_text.n;
    if (v->warning.n && c->field->type != F_COMPUTED) /* what is computed is not kept */
        import_warn(im, c, typed, v->warning);
}

/* ---- which row became which fact ---------------------------------------------------------------------------------- */

/* A town has some bits of facts; most sheets that change nothing are in the order in which they were taken in. */
static void met_keep(struct import *im)
{
    struct met_run *last = im->met_runs.n ? &im->met_runs.p[im->met_runs.n - 1] : NULL;
    if (!im->met)
        im->met = op_array(im->side, uint8_t, (size_t)(im->fact_before / 8 + 1));
    im->met[im->met_no / 8] |= (uint8_t)(1 << im->met_no % 8);
    if (last && last->sheet == im->sheet && last->row + last->count == im->row && last->fact_no + last->count == im->met_no)
        last->count++;
    else
        *list_add(im->side, &im->met_runs) = (struct met_run){im->met_no, im->row, 1, im->sheet};
}

static str row_said(const struct import *im, size_t sheet, long long row)
{
    return sheet == im->sheet ? op_text(im->op, "第%lld行", row)
                              : op_text(im->op, "工作表“%.*s”第%lld行", PS(xlsx_sheet_info(im->book, sheet)->name), row);
}

static str met_row_of(const struct import *im, int64_t fact_no)
{
    if (!im->met || !(im->met[fact_no / 8] & 1 << fact_no % 8))
        return S("");
    for (size_t i = 0; i < im->met_runs.n; i++) {
        const struct met_run *run = &im->met_runs.p[i];
        if (fact_no >= run->fact_no && fact_no < run->fact_no + run->count)
            return row_said(im, run->sheet, run->row + (fact_no - run->fact_no));
    }
    return S("");
}

void import_kept(struct import *im)
{
    if (im->met_no)
        met_keep(im);
    if (!im->fact_no)
        return;
    const struct kept_run *last = im->runs.n ? &im->runs.p[im->runs.n - 1] : NULL;
    if (!last || last->sheet != im->sheet || im->fact_no - last->fact_no != (int64_t)im->row - (int64_t)last->row)
        *list_add(im->side, &im->runs) = (struct kept_run){im->fact_no, im->row, im->sheet};
}

str import_row_of(struct import *im, int64_t fact_no)
{
    if (fact_no <= im->fact_before)
        return met_row_of(im, fact_no);
    size_t low = 0, high = im->runs.n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (im->runs.p[middle].fact_no <= fact_no)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return S("本表前面的行");
    const struct kept_run *run = &im->runs.p[low - 1];
    return row_said(im, run->sheet, (long long)run->row + (long long)(fact_no - run->fact_no));
}

/* A cell of another record of the same row. */
static bool is_others(const struct import *im, const struct column_in *c)
{
    const struct column_in *own = im->spread.column;
    return own && (c->choice.n || (c->owner && c->owner != own->column));
}

/* 横表: the cell of this record, what heads its column, and which of several in the cell it is. */
static void spread_take(struct import *im)
{
    const struct spread *s = &im->plan->def.spread;
    const struct column_in *c = im->spread.column;
    const struct xlsx_cell cell = {.column = c->column, .kind = XLSX_TEXT_CELL, .text = im->spread.text};
    size_t by = (size_t)(s->by - im->plan->def.fields);
    cell_take(im, c, &cell);
    im->values[by] = (struct checked){.kind = CHECKED_TEXT, .text = c->choice};
    im->given[by] = true;
    if (im->spread.nth > 1)
        import_say(im, s->next, op_text(im->op, "%d", im->spread.nth));
}

void import_cells(struct import *im, const struct xlsx_row *row)
{
    const struct ledger *l = &im->plan->def;
    im->values = op_array(im->op, struct checked, l->field_count);
    im->given = op_array(im->op, bool, l->field_count);
    if (im->home.field) {
        im->home_values = op_array(im->op, struct checked, im->home.plan->def.field_count);
        im->home_given = op_array(im->op, bool, im->home.plan->def.field_count);
    }
    im->reach_labels = NULL;
    im->reach_values = op_array(im->op, struct checked, im->reaching.n ? im->columns.n : 0);
    im->reach_given = op_array(im->op, bool, im->reaching.n ? im->columns.n : 0);
    im->reached_before = false;
    im->row_group = im->group;
    im->key_text = (str){0};
    /* Two rounds: the key and the kind of document say how the others are read. */
    for (size_t i = 0; i < row->count; i++) {
        const struct column_in *c = import_column_at(im, row->cells[i].column);
        if (c && c->use == USE_KEY)
            im->key_text = str_trim(row->cells[i].text);
        if (c && c->use == USE_FIELD && c->field == im->document_kind)
            cell_take(im, c, &row->cells[i]);
    }
    for (size_t i = 0; i < row->count; i++) {
        const struct column_in *c = import_column_at(im, row->cells[i].column);
        if (c && is_others(im, c))
            continue;
        if (c && (c->use == USE_FIELD || c->use == USE_HOME) && c->field != im->document_kind)
            cell_take(im, c, &row->cells[i]);
        if (c && c->reach && !(c->use == USE_FIELD && im->bad)) /* said already */
            reach_take(im, c, &row->cells[i]);
        if (c && c->use == USE_GROUP)
            (void)import_group_named(im, str_trim(row->cells[i].text), &im->row_group);
    }
    if (im->spread.column)
        spread_take(im);
    /* In a list of ours that came back, an emptied cell empties the field. Cells that were never written are not
     * sent. */
    for (size_t i = 0; i < im->columns.n && im->key_text.n; i++) {
        const struct column_in *c = &im->columns.p[i];
        if (c->use == USE_FIELD && !xlsx_row_cell(row, c->column))
            im->given[c->field - l->fields] = true;
    }
}

void import_say(struct import *im, const struct field *f, str text)
{
    const struct column_in column = {.column = im->columns.p[0].column, .heading = f->name, .use = USE_FIELD, .field = f};
    cell_take(im, &column, &(struct xlsx_cell){.column = column.column, .kind = XLSX_TEXT_CELL, .text = text});
}

bool import_says_same(const struct field *f, struct arg said, struct arg is)
{
    enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS };
    if (cell_eq(said, is) || f->value != F_TIME || said.kind != ARG_INT || is.kind != ARG_INT)
        return cell_eq(said, is);
    int64_t later = is.i - said.i;
    return said.i % SECOND_MS == 0 && later > -SECOND_MS && later < (said.i % MINUTE_MS ? SECOND_MS : MINUTE_MS);
}

/* ---- keeping ---------------------------------------------------------------------------------------------------- */

const struct column_in *import_column(const struct import *im, const struct field *f)
{
    if (im->spread.column && f == im->plan->def.spread.by)
        return im->spread.column;
    for (size_t i = 0; i < im->columns.n; i++) {
        const struct column_in *c = &im->columns.p[i];
        bool found = (c->field == f && c->use != USE_REACH) || (c->choice.n && f == im->plan->def.spread.by);
        if (found && (c == im->spread.column || !is_others(im, c)))
            return c;
    }
    for (size_t i = 0; i < im->columns.n; i++) /* else a column of what it refers to */
        if (im->columns.p[i].use == USE_REACH && &im->plan->def.fields[im->columns.p[i].reach->steps[0]] == f)
            return &im->columns.p[i];
    return NULL;
}

/* What the ledger said of a record becomes the row's; false: the trouble is not the row's. */
bool import_faults(struct import *im, int before, const struct ledger *l)
{
    if (op_has_fault(im->op, FAULT_SYSTEM))
        return false;
    const struct fault *f = im->op->faults;
    for (int i = 0; i < before && f; i++)
        f = f->next;
    for (; f; f = f->next) {
        const struct field *field = f->field.n ? ledger_field(l, f->field) : NULL;
        import_wrong(im, field ? import_column(im, field) : NULL, (str){0},
                     f->field.n && !import_column(im, field) ? op_text(im->op, "%.*s：%.*s", PS(f->field), PS(f->text))
                                                          : f->text);
    }
    op_forgive(im->op, before);
    return true;
}

void import_warnings(struct import *im, const struct ledger *l, const struct warning *w)
{
    for (; w; w = w->next) {
        const struct field *field = w->field.n ? ledger_field(l, w->field) : NULL;
        import_warn(im, field ? import_column(im, field) : NULL, (str){0}, w->text);
    }
}

void import_give(struct import *im, struct givens *values, const struct field *f, struct checked c)
{
    struct checked *kept = op_new(im->op, struct checked);
    *kept = c;
    *list_add(im->op, values) = (struct given){f, kept};
}

struct checked checked_id(struct import *im, id x)
{
    return (struct checked){.kind = CHECKED_TEXT, .text = id_text(im->op, x)};
}
