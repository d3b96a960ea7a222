/* 号: numbers the system gives. */
#include "ledger/save.h"

/* Everything before the running number. False: something it needs is missing, a fault says what. */
static bool serial_prefix(struct save *s, const struct field *f, const struct serial *serial, str *ret)
{
    struct buf b;
    buf_init(&b, s->op, 0);
    for (size_t i = 0; i < serial->count; i++) {
        const struct serial_part *part = &serial->parts[i];
        switch (part->kind) {
        case SERIAL_TEXT:
            buf_add(&b, part->text);
            break;
        case SERIAL_YEAR:
            buf_int(&b, date_of(day_at(s->op->now)).year);
            break;
        case SERIAL_DAY: {
            struct date today = date_of(day_at(s->op->now));
            buf_text(&b, "%04d%02d%02d", today.year, today.month, today.day);
            break;
        }
        case SERIAL_VALUE: {
            feel_value v = row_source(&s->row, &s->plan->sources[part->source]);
            if (feel_is_null(v)) {
                save_wrong(s, f, "编“%.*s”要用到“%.*s”，请先填好", PS(f->name), PS(s->plan->scope.names[part->source].name));
                return false;
            }
            buf_add(&b, feel_text_of(s->op, v));
            break;
        }
        case SERIAL_NUMBER:
            break;
        }
    }
    *ret = buf_str(&b);
    return true;
}

static void serial_raise(struct save *s, const struct field *f, str prefix, int64_t to)
{
    struct raise *r = op_new(s->op, struct raise);
    *r = (struct raise){s->raises, f, prefix, to};
    s->raises = r;
}

static bool counter_move(struct tx *tx, const struct plan *plan, const struct field *f, str prefix, int64_t to)
{
    const struct arg args[] = {TEXT(store_town(tx)), TEXT(plan->def.english), TEXT(f->name), TEXT(prefix), INT(to)};
    return store_later(tx,
                       "insert into ledger_serial (town, ledger, field, prefix, last) values ($1, $2, $3, $4, $5)"
                       " on conflict (town, ledger, field, prefix) do update set last = excluded.last where "
                       "excluded.last > ledger_serial.last",
                       store_args(args, COUNT(args)));
}

bool serial_keep(struct save *s, const struct raise *r)
{
    nearby_serial_raised(s->tx, r->field, r->prefix, r->to);
    return counter_move(s->tx, s->plan, r->field, r->prefix, r->to);
}

/* The running number at the end; false: something else stands there. */
static bool number_of(str tail, int64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < tail.n; i++) {
        if (tail.p[i] < '0' || tail.p[i] > '9')
            return false;
        *ret = *ret * 10 + (tail.p[i] - '0');
    }
    return true;
}

/* In the order of the texts those of one prefix stand together, the highest number last. */
static bool field_rebuild(struct tx *tx, const struct plan *plan, const struct field *f, size_t digits)
{
    struct op *op = tx->op;
    str column = store_name(op, f->name), sql = op_text(op, "select %.*s from %.*s where %.*s is not null order by 1",
                                                        PS(column), PS(sql_table(op, plan)), PS(column));
    struct rows *rows;
    struct buf prefix;
    int64_t last = 0, n;
    bool more;
    buf_init(&prefix, op, 0);
    if (!store_query(tx, sql.p, ARGS(), &rows) || !rows_next(rows, &more))
        return false;
    while (more) {
        str text = rows_peek(rows, 0);
        size_t head = text.n > digits ? text.n - digits : 0;
        if (head && number_of(str_part(text, head, text.n), &n)) {
            str own = str_part(text, 0, head);
            if (!str_eq(own, buf_str(&prefix))) {
                if (last && !counter_move(tx, plan, f, buf_str(&prefix), last))
                    return false;
                prefix.n = 0;
                buf_add(&prefix, own);
                last = 0;
            }
            last = n > last ? n : last;
        }
        if (!rows_next(rows, &more))
            return false;
    }
    return last == 0 || counter_move(tx, plan, f, buf_str(&prefix), last);
}

bool serials_rebuild(struct tx *tx, const struct plan *plan)
{
    for (size_t i = 0; i < plan->def.field_count; i++) {
        const struct serial *serial = plan->serial[i];
        if (serial && !field_rebuild(tx, plan, &plan->def.fields[i], (size_t)serial->parts[serial->count - 1].digits))
            return false;
    }
    return true;
}

static bool last_number(struct save *s, const struct field *f, str prefix, int64_t *ret)
{
    bool found;
    if (nearby_serial(s->tx, f, prefix, ret))
        return true;
    *ret = 0;
    if (!store_int(
            s->tx, "select last from ledger_serial where town = $1 and ledger = $2 and field = $3 and prefix = $4",
            ARGS(TEXT(store_town(s->tx)), TEXT(s->plan->def.english), TEXT(f->name), TEXT(prefix)), ret, &found))
        return false;
    nearby_serial_read(s->tx, f, prefix, *ret);
    return true;
}

/* The next number, without gaps: the counter and the record are in one transaction, and one writes at a time. A number
 * that came from outside (an old register) moves the counter past it. */
bool serial_give(struct save *s, const struct field *f, const struct serial *serial)
{
    str prefix;
    int digits = serial->parts[serial->count - 1].digits;
    struct arg *cell = save_cell(s, f);
    if (cell->kind == ARG_TEXT) {
        int64_t n;
        if (cell->text.n <= (size_t)digits)
            return true;
        int faults = s->op->fault_count;
        if (!serial_prefix(s, f, serial, &prefix)) {
            op_forgive(s->op, faults);
            return true;
        }
        str tail = str_part(cell->text, prefix.n, cell->text.n);
        if (!str_starts(cell->text, prefix) || tail.n != (size_t)digits)
            return true;
        if (number_of(tail, &n))
            serial_raise(s, f, prefix, n);
        return true;
    }
    if (!serial_prefix(s, f, serial, &prefix))
        return true;
    int64_t last, limit = 1;
    if (!last_number(s, f, prefix, &last))
        return false;
    for (int i = 0; i < digits; i++)
        limit *= 10;
    if (last + 1 >= limit) {
        save_wrong(s, f, "%.*s编号已用完 %d 位，请管理员放宽编号规则",
                   PS(prefix.n ? op_text(s->op, "以“%.*s”开头的", PS(prefix)) : S("")), digits);
        return true;
    }
    *cell = TEXT(op_text(s->op, "%.*s%0*lld", PS(prefix), digits, (long long)last + 1));
    serial_raise(s, f, prefix, last + 1);
    return true;
}
