/* Lists as workbooks and CSV. Rows stream: memory does not grow with their number. */
#include "ledger/export.h"

enum { CSV_FLUSH_BYTES = 64 << 10, TELL_EVERY = 500 };

bool excel_carries(const struct field *f)
{
    return f->type != F_CHILDREN && f->type != F_PHOTOS && f->type != F_FILES && f->type != F_SIGNATURE;
}

static str excel_key(struct op *op, id record, int64_t version)
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

/* ---- cells ------------------------------------------------------------------------------------------------- */

/* unseen: what stands for a record that the reader may not see, whose title is empty. */
static str joined(struct op *op, const struct json *v, str unseen)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (const struct json *e = v->kind == JSON_ARRAY ? v->first : v; e; e = v->kind == JSON_ARRAY ? e->next : NULL) {
        if (b.n)
            buf_add(&b, S("、"));
        buf_add(&b, e->text.n ? e->text : unseen);
    }
    return buf_str(&b);
}

str excel_text(struct op *op, const struct field *f, const struct json *v, const struct json *label)
{
    if (label && label->kind != JSON_NULL)
        return joined(op, label, S(""));
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
        return joined(op, v, S(""));
    case JSON_OBJECT: { /* 坐 */
        const struct json *east = json_get(v, S("经度")), *north = json_get(v, S("纬度"));
        return east && north ? op_text(op, "%.*s,%.*s", PS(east->text), PS(north->text)) : (str){0};
    }
    }
    if (f->value == F_TIME && v->text.n >= 16) /* 2021-12-03T09:00:… */
        return op_text(op, "%.10s %.5s", v->text.p, v->text.p + 11);
    return v->text;
}

/* An empty cell would say that it refers to nothing, and coming back would empty the field. */
static str shown_text(struct op *op, const struct field *f, const struct json *v, const struct json *label)
{
    bool refers = label && (label->kind == JSON_STRING || label->kind == JSON_ARRAY);
    return refers ? joined(op, label, REACH_UNSEEN) : excel_text(op, f, v, label);
}

static size_t digits_in(str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] >= '0' && s.p[i] <= '9';
    return n;
}

static void sum_add(struct column_out *c, const struct json *v, bool masked)
{
    dec number;
    if (!c->adds || !v || v->kind == JSON_NULL)
        return;
    c->countless = c->countless || masked || v->kind != JSON_NUMBER || !dec_parse(v->text, &number) ||
                   !dec_add(c->sum, number, &c->sum);
}

static void cell_put(struct export *e, const struct column_out *c, const struct json *v, const struct json *label,
                     bool masked)
{
    day d;
    time_ms t;
    if (!v || !c->field || v->kind == JSON_NULL) {
        xlsx_blank(e->out, c->style);
        return;
    }
    str text = shown_text(e->op, c->field, v, label);
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
    str text = v && c->field ? shown_text(e->op, c->field, v, label) : (str){0};
    if (v && c->field && v->kind == JSON_NUMBER && !masked)
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

static const struct json *value_in(const struct column_out *c, const struct record *r)
{
    const struct json *v = json_get(r->values, c->name);
    return c->instead.n && (!v || v->kind == JSON_NULL) ? json_get(r->values, c->instead) : v;
}

static const struct json *label_in(const struct column_out *c, const struct record *r)
{
    return r->labels ? json_get(r->labels, c->name) : NULL;
}

/* Of the cell with the most text. */
static size_t row_lines(struct export *e, const struct record *r)
{
    size_t most = 1;
    for (size_t i = 0; i < e->columns.n; i++) {
        const struct column_out *c = &e->columns.p[i];
        const struct json *v = c->style == XLSX_PARAGRAPH && c->field ? value_in(c, r) : NULL;
        size_t lines = v && v->kind != JSON_NULL ? sheet_lines(shown_text(e->op, c->field, v, label_in(c, r)), c->width) : 1;
        most = lines > most ? lines : most;
    }
    return most;
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
    if (e->out && !xlsx_row_lines(e->out, row_lines(e, r)))
        return side_failed(e->op, e->side);
    if (e->out && e->serial.field)
        cell_put(e, &e->serial, json_get(r->values, e->serial.name), NULL, r->masked && r->masked[e->serial.own - e->ledger->fields]);
    else if (e->out)
        xlsx_int(e->out, XLSX_CENTRED, e->rows);
    for (size_t i = 0; i < e->columns.n; i++) {
        struct column_out *c = &e->columns.p[i];
        const struct json *v = value_in(c, r), *label = label_in(c, r);
        bool masked = r->masked && c->own && r->masked[c->own - e->ledger->fields];
        sum_add(c, v, masked);
        (e->out ? cell_put : csv_put)(e, c, v, label, masked);
    }
    if (e->out) {
        xlsx_text(e->out, XLSX_LOCKED, excel_key(e->op, r->id, r->version));
        return true;
    }
    csv_line(&e->csv);
    return e->csv.n < CSV_FLUSH_BYTES || csv_flush(e);
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static bool export_rows(struct export *e)
{
    const struct export_options *o = e->options;
    struct list_query q = o->query;
    if (o->blank)
        return true;
    q.fields = e->names;
    q.field_count = e->name_count;
    if (o->progress.tell && !list_count(e->tx, e->town, e->who, e->ledger, q.where, &e->total))
        return false;
    return list_each(e->tx, e->town, e->who, e->ledger, &q, ACT_EXPORT, row_put, e);
}

bool export_list(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                 const struct export_options *o, int64_t *ret_rows)
{
    struct op *op = tx->op;
    struct right right;
    struct fact_head head = {0};
    if (!right_for(op, town, who, l, ACT_EXPORT, &right) || !store_head(tx, &head))
        return false;
    struct export e = {.op = op, .side = side_op(op), .tx = tx, .town = town, .who = who, .ledger = l, .options = o, .total = -1};
    str title;
    sheet_columns(&e);
    if (o->csv) {
        buf_init(&e.csv, e.side, 0);
        csv_begin(&e.csv);
        for (size_t i = 0; i < e.columns.n; i++)
            csv_text(&e.csv, sheet_csv_heading(op, &e.columns.p[i]));
        csv_line(&e.csv);
        if (!export_rows(&e) || !csv_flush(&e))
            return false;
    } else {
        if (!sheet_title(&e, &title) || !sheet_begin(&e, title, head.no) || !export_rows(&e))
            return false;
        sheet_finish(&e);
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
    json_put_text(&w, S("理由"), what);
    json_close(&w, '}');
    struct fact f = {.account = who->account,
                     .post = who->post,
                     .account_name = who->name,
                     .act = FACT_EXPORT,
                     .ledger = ledger,
                     .body = buf_str(&b)};
    return fact_keep(tx, &f, &no);
}
