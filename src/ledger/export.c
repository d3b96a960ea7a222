/* Lists as workbooks and CSV. Rows stream: memory does not grow with their number. */
#include "ledger/check.h"
#include "ledger/excel.h"
#include "xlsx/xlsx.h"

enum { HEADING_ROW = 3, CHOICE_ROWS = 5000, CSV_FLUSH_BYTES = 64 << 10, TELL_EVERY = 500 };

bool excel_carries(const struct field *f)
{
    return f->type != F_CHILDREN && f->type != F_PHOTOS && f->type != F_FILES && f->type != F_SIGNATURE;
}

str excel_key(struct op *op, id record, int64_t version)
{
    str text = id_text(op, record);
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '-')
            buf_byte(&b, text.p[i]);
    buf_text(&b, "-%lld", (long long)version);
    return buf_str(&b);
}

bool excel_key_parse(str s, id *ret_record, int64_t *ret_version)
{
    struct json version = {.kind = JSON_NUMBER, .text = str_part(s, 33, s.n)};
    return s.n > 33 && s.n < 52 && s.p[32] == '-' && s.p[33] != '-' && id_parse(str_part(s, 0, 32), ret_record) &&
           json_int(&version, ret_version);
}

static void side_done(void *side)
{
    op_done(side);
}

struct op *side_op(struct op *op)
{
    struct op *side = op_new(op, struct op);
    op_init(side, op->now, op_random(op));
    op_defer(op, side_done, side);
    return side;
}

bool side_failed(struct op *op, struct op *side)
{
    for (const struct fault *f = side->faults; f; f = f->next)
        if (op_fail(op, f->kind, f->field, "%.*s", PS(f->text)))
            break;
    return false;
}

/* How a field stands in a sheet. */
static const struct look {
    enum xlsx_style style;
    double width;
} looks[F_TYPES] = {
    [F_TEXT] = {XLSX_PARAGRAPH, 16},   [F_LONG] = {XLSX_PARAGRAPH, 40},  [F_INT] = {XLSX_INTEGER, 10},
    [F_DECIMAL] = {XLSX_DECIMAL2, 12}, [F_MONEY] = {XLSX_MONEY, 14},     [F_RATIO] = {XLSX_PERCENT2, 10},
    [F_DAY] = {XLSX_DATE, 12},         [F_TIME] = {XLSX_DATE_TIME, 18},  [F_MONTH] = {XLSX_ID, 10},
    [F_YEAR] = {XLSX_INTEGER, 8},      [F_PERIOD] = {XLSX_ID, 12},       [F_BOOL] = {XLSX_CENTRED, 8},
    [F_ENUM] = {XLSX_CENTRED, 12},     [F_ENUMS] = {XLSX_PARAGRAPH, 18}, [F_REF] = {XLSX_PARAGRAPH, 18},
    [F_REFS] = {XLSX_PARAGRAPH, 24},   [F_PLACE] = {XLSX_ID, 22},        [F_SERIAL] = {XLSX_ID, 16},
    [F_CODE] = {XLSX_ID, 14},          [F_CITIZEN_ID] = {XLSX_ID, 21},   [F_CREDIT_CODE] = {XLSX_ID, 21},
    [F_PHONE] = {XLSX_ID, 15},         [F_BANK_CARD] = {XLSX_ID, 23},    [F_COMPUTED] = {XLSX_PARAGRAPH, 12},
};

struct column_out {
    const struct field *field;
    str heading;
    enum xlsx_style style;
};

struct export
{
    struct op *op;   /* resets by row */
    struct op *side; /* of the workbook */
    const struct ledger *ledger;
    const struct export_options *options;
    struct {
        struct column_out *p;
        size_t n, cap;
    } columns;
    struct xlsx_out *out;
    struct buf csv;
    int64_t rows, total;
    bool cancelled;
};

/* 户主姓名 of the office's heading is the field 户主 when that is its name or alias. */
static const struct field *field_of_heading(const struct ledger *l, str heading)
{
    const struct field *f = ledger_field(l, heading);
    for (size_t i = 0; !f && i < l->field_count; i++)
        for (size_t k = 0; k < l->fields[i].alias_count && !f; k++)
            if (str_eq(l->fields[i].aliases[k], heading))
                f = &l->fields[i];
    return f;
}

static bool wanted(const struct export *e, const struct field *f)
{
    const struct list_query *q = &e->options->query;
    bool listed = q->field_count == 0;
    for (size_t i = 0; i < q->field_count && !listed; i++)
        listed = ledger_field(e->ledger, q->fields[i]) == f;
    for (size_t i = 0; i < e->columns.n && listed; i++)
        listed = e->columns.p[i].field != f;
    return listed && excel_carries(f);
}

static void column_put(struct export *e, const struct field *f, str heading)
{
    if (!f || !wanted(e, f))
        return;
    enum xlsx_style style = looks[f->value].style;
    if (f->value == F_DECIMAL && f->size > 2)
        style = XLSX_CENTRED; /* a format of two decimals would hide digits */
    *list_add(e->side, &e->columns) = (struct column_out){f, heading, style};
}

/* The office's own order first, then what else the ledger has. */
static void columns_choose(struct export *e)
{
    const struct ledger *l = e->ledger;
    for (size_t i = 0; i < l->heading_count; i++)
        column_put(e, field_of_heading(l, l->headings[i]), l->headings[i]);
    for (size_t i = 0; i < l->field_count; i++)
        column_put(e, &l->fields[i], l->fields[i].name);
}

/* ---- cells ------------------------------------------------------------------------------------------------- */

static str joined(struct op *op, const struct json *v)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (const struct json *e = v->kind == JSON_ARRAY ? v->first : v; e; e = v->kind == JSON_ARRAY ? e->next : NULL) {
        if (b.n)
            buf_add(&b, S("、"));
        buf_add(&b, e->text);
    }
    return buf_str(&b);
}

/* A value as a person reads it in a cell. */
static str value_text(struct op *op, const struct field *f, const struct json *v, const struct json *label)
{
    if (label && label->kind != JSON_NULL)
        return joined(op, label);
    switch (v->kind) {
    case JSON_NULL:
        return (str){0};
    case JSON_TRUE:
        return S("是");
    case JSON_FALSE:
        return S("否");
    case JSON_NUMBER:
    case JSON_STRING:
        break;
    case JSON_ARRAY:
        return joined(op, v);
    case JSON_OBJECT: { /* 坐 */
        const struct json *east = json_get(v, S("经度")), *north = json_get(v, S("纬度"));
        return east && north ? op_text(op, "%.*s,%.*s", PS(east->text), PS(north->text)) : (str){0};
    }
    }
    if (f->value == F_TIME && v->text.n >= 16) /* 2021-12-03T09:00:… */
        return op_text(op, "%.10s %.5s", v->text.p, v->text.p + 11);
    return v->text;
}

static size_t digits_in(str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] >= '0' && s.p[i] <= '9';
    return n;
}

static void cell_put(struct export *e, const struct column_out *c, const struct json *v, const struct json *label,
                     bool masked)
{
    day d;
    time_ms t;
    if (!v || v->kind == JSON_NULL) {
        xlsx_blank(e->out, c->style);
        return;
    }
    str text = value_text(e->op, c->field, v, label);
    bool number = v->kind == JSON_NUMBER && !masked && digits_in(text) <= CHECK_DIGITS_MAX;
    switch (c->field->value) {
    case F_INT:
    case F_DECIMAL:
    case F_MONEY:
    case F_RATIO:
    case F_YEAR:
        if (number)
            xlsx_number(e->out, c->style, text);
        else
            xlsx_text(e->out, XLSX_CENTRED, text);
        return;
    case F_DAY:
        if (!masked && day_parse(text, &d))
            xlsx_day(e->out, c->style, d);
        else
            xlsx_text(e->out, XLSX_CENTRED, text);
        return;
    case F_TIME:
        if (!masked && time_parse(v->text, &t))
            xlsx_time(e->out, c->style, t);
        else
            xlsx_text(e->out, XLSX_CENTRED, text);
        return;
    case F_TEXT:
    case F_LONG:
    case F_MONTH:
    case F_PERIOD:
    case F_BOOL:
    case F_ENUM:
    case F_ENUMS:
    case F_REF:
    case F_REFS:
    case F_PLACE:
    case F_SERIAL:
    case F_CODE:
    case F_CITIZEN_ID:
    case F_CREDIT_CODE:
    case F_PHONE:
    case F_BANK_CARD:
    case F_COMPUTED:
    case F_CHILDREN:
    case F_PHOTOS:
    case F_FILES:
    case F_SIGNATURE:
    case F_TYPES:
        xlsx_text(e->out, c->style, text);
        return;
    }
}

static void csv_put(struct export *e, const struct column_out *c, const struct json *v, const struct json *label,
                    bool masked)
{
    str text = v ? value_text(e->op, c->field, v, label) : (str){0};
    if (v && v->kind == JSON_NUMBER && !masked)
        csv_number(&e->csv, text);
    else
        csv_text(&e->csv, text);
}

static bool csv_flush(struct export *e)
{
    if (e->csv.n && !e->options->write(e->options->context, buf_str(&e->csv)))
        return op_fail(e->op, FAULT_INPUT, (str){0}, "接收方已断开，导出停止");
    e->csv.n = 0;
    return true;
}

static bool row_put(void *context, const struct record *r)
{
    struct export *e = context;
    struct progress p = e->options->progress;
    if (p.tell && e->rows % TELL_EVERY == 0 && !p.tell(p.context, S("导出"), e->rows, e->total)) {
        e->cancelled = true;
        return op_fail(e->op, FAULT_INPUT, (str){0}, "导出已取消");
    }
    e->rows++;
    if (e->out && !xlsx_row(e->out, 0))
        return side_failed(e->op, e->side);
    if (e->out)
        xlsx_int(e->out, XLSX_INTEGER, e->rows);
    for (size_t i = 0; i < e->columns.n; i++) {
        const struct column_out *c = &e->columns.p[i];
        const struct json *v = json_get(r->values, c->field->name),
                          *label = r->labels ? json_get(r->labels, c->field->name) : NULL;
        bool masked = r->masked && r->masked[c->field - e->ledger->fields];
        (e->out ? cell_put : csv_put)(e, c, v, label, masked);
    }
    if (e->out) {
        xlsx_text(e->out, XLSX_LOCKED, excel_key(e->op, r->id, r->version));
        return true;
    }
    csv_line(&e->csv);
    return e->csv.n < CSV_FLUSH_BYTES || csv_flush(e);
}

/* ---- the sheet --------------------------------------------------------------------------------------------- */

static bool sink_write(void *to, str bytes)
{
    struct export *e = to;
    return e->options->write(e->options->context, bytes) ||
           op_fail(e->side, FAULT_INPUT, (str){0}, "接收方已断开，导出停止");
}

/* Excel's limits for the name of a sheet. */
static str sheet_name(struct op *op, str name)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (str rest = str_part(name, 0, utf8_skip(name, 30)); rest.n;) {
        uint32_t c = utf8_next(&rest);
        if (c >= 0x80 || !strchr("[]:*?/\\'", (int)c))
            buf_code(&b, c);
    }
    return b.n ? buf_str(&b) : S("台账");
}

/* The day the list speaks of: in the past, that day. */
static struct date list_day(const struct export *e)
{
    return date_of(day_at(e->options->query.as_of ? e->options->query.as_of : e->op->now));
}

static bool in_yuan(const struct export *e)
{
    for (size_t i = 0; i < e->columns.n; i++)
        if (e->columns.p[i].field->value == F_MONEY)
            return true;
    return false;
}

static void heading_put(struct export *e, str title)
{
    struct date today = list_day(e);
    uint32_t last = (uint32_t)e->columns.n + 1;
    struct xlsx_out *out = e->out;
    xlsx_row(out, 34);
    xlsx_text(out, XLSX_TITLE, title);
    xlsx_row(out, 20);
    xlsx_text(out, XLSX_SUBTITLE, S("填报单位（盖章）："));
    if (last > 4) {
        xlsx_merge(out, 1, 1, 1, last);
        xlsx_merge(out, 2, 1, 2, 3);
        xlsx_skip(out, last - 2);
        xlsx_text(out, XLSX_SUBTITLE_RIGHT, op_text(e->op, "%s%d年%d月%d日", in_yuan(e) ? "单位：元　" : "", today.year,
                                                    today.month, today.day));
    }
    xlsx_row(out, 0);
    xlsx_text(out, XLSX_HEADING, EXCEL_SERIAL);
    for (size_t i = 0; i < e->columns.n; i++)
        xlsx_text(out, e->columns.p[i].field->required ? XLSX_REQUIRED : XLSX_HEADING, e->columns.p[i].heading);
    xlsx_text(out, XLSX_LOCKED, EXCEL_KEY);
}

static bool book_begin(struct export *e, str title, int64_t fact)
{
    if (!xlsx_begin(e->side, (struct xlsx_sink){sink_write, e}, &e->out))
        return side_failed(e->op, e->side);
    size_t count = e->columns.n + 2;
    struct xlsx_column *columns = op_array(e->side, struct xlsx_column, count);
    columns[0] = (struct xlsx_column){.width = 6, .style = XLSX_INTEGER};
    for (size_t i = 0; i < e->columns.n; i++)
        columns[i + 1] =
            (struct xlsx_column){.width = looks[e->columns.p[i].field->value].width, .style = e->columns.p[i].style};
    columns[count - 1] = (struct xlsx_column){.width = 40, .style = XLSX_LOCKED, .hidden = true};
    struct xlsx_page page = {.name = sheet_name(e->side, e->ledger->name),
                             .columns = columns,
                             .column_count = count,
                             .freeze_rows = HEADING_ROW,
                             .repeat_from = 1,
                             .repeat_to = HEADING_ROW,
                             .print = true,
                             .signed_by = S("单位负责人：　　　　填表人：　　　　联系电话：")};
    xlsx_set_property(e->out, EXCEL_LEDGER, e->ledger->english);
    xlsx_set_property(e->out, EXCEL_FACT, op_text(e->side, "%lld", (long long)fact));
    xlsx_sheet(e->out, &page);
    heading_put(e, title);
    return true;
}

/* Drop-downs go below the last row too: that is where people add. */
static void choices_put(struct export *e)
{
    static const str yes_no[] = {SC("是"), SC("否")};
    uint32_t last = xlsx_row_number(e->out) + CHOICE_ROWS;
    if (last > XLSX_ROWS_MAX)
        last = XLSX_ROWS_MAX;
    for (size_t i = 0; i < e->columns.n; i++) {
        const struct field *f = e->columns.p[i].field;
        struct xlsx_range where = {HEADING_ROW + 1, (uint32_t)i + 2, last, (uint32_t)i + 2};
        if (f->type == F_ENUM && f->choice_count)
            xlsx_choices(e->out, where, f->choices, f->choice_count, !f->open_choices);
        if (f->type == F_BOOL)
            xlsx_choices(e->out, where, yes_no, COUNT(yes_no), true);
    }
}

static bool export_rows(struct tx *tx, const struct town *town, const struct who *who, struct export *e)
{
    const struct export_options *o = e->options;
    struct list_query q = o->query;
    if (o->blank)
        return true;
    if (o->progress.tell && !list_count(tx, town, who, e->ledger, q.where, &e->total))
        return false;
    return list_each(tx, town, who, e->ledger, &q, ACT_EXPORT, row_put, e);
}

bool export_list(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                 const struct export_options *o, int64_t *ret_rows)
{
    struct op *op = tx->op;
    struct right right;
    struct fact_head head = {0};
    if (!right_for(op, town, who, l, ACT_EXPORT, &right) || !store_head(tx, &head))
        return false;
    struct export e = {.op = op, .side = side_op(op), .ledger = l, .options = o, .total = -1};
    columns_choose(&e);
    struct date today = list_day(&e);
    str title = o->title.n ? o->title
                : o->blank ? op_text(op, "%.*s填报表", PS(l->name))
                           : op_text(op, "%.*s台账（%d年%d月%d日）", PS(l->name), today.year, today.month, today.day);
    if (o->csv) {
        buf_init(&e.csv, e.side, 0);
        csv_begin(&e.csv);
        for (size_t i = 0; i < e.columns.n; i++)
            csv_text(&e.csv, e.columns.p[i].heading);
        csv_line(&e.csv);
        if (!export_rows(tx, town, who, &e) || !csv_flush(&e))
            return false;
    } else {
        if (!book_begin(&e, title, head.no) || !export_rows(tx, town, who, &e))
            return false;
        choices_put(&e);
        if (!xlsx_end(e.out))
            return side_failed(op, e.side);
    }
    *ret_rows = e.rows;
    return true;
}

bool taken_out(struct tx *tx, const struct who *who, str ledger, str what)
{
    struct buf b;
    int64_t no;
    buf_init(&b, tx->op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    json_key(&w, S("理由"));
    json_text(&w, what);
    json_close(&w, '}');
    struct fact f = {.account = who->account,
                     .post = who->post,
                     .account_name = who->name,
                     .act = FACT_EXPORT,
                     .ledger = ledger,
                     .body = buf_str(&b)};
    return fact_keep(tx, &f, &no);
}
