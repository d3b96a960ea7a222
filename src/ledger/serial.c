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
            feel_value v = row_value(&s->row, part->source);
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

bool serial_keep(struct save *s, const struct raise *r)
{
    const struct arg args[] = {TEXT(store_town(s->tx)), TEXT(s->plan->def.english), TEXT(r->field->name), TEXT(r->prefix), INT(r->to)};
    int64_t changed;
    return store_run(s->tx, "update ledger_serial set last = $5 where town = $1 and ledger = $2 and field = $3 and prefix = $4 and last < $5",
                     store_args(args, COUNT(args)), &changed) &&
           (changed || store_run(s->tx, "insert into ledger_serial (town, ledger, field, prefix, last) values ($1, $2, $3, $4, $5)"
                                        " on conflict do nothing", store_args(args, COUNT(args)), NULL));
}

/* The next number, without gaps: the counter and the record are in one transaction, and one writes at a time. A number that came
 * from outside (an old register) moves the counter past it. */
bool serial_give(struct save *s, const struct field *f, const struct serial *serial)
{
    str prefix;
    int digits = serial->parts[serial->count - 1].digits;
    struct arg *cell = save_cell(s, f);
    if (cell->kind == ARG_TEXT) {
        int64_t n = 0;
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
        for (size_t i = 0; i < tail.n; i++) {
            if (tail.p[i] < '0' || tail.p[i] > '9')
                return true;
            n = n * 10 + (tail.p[i] - '0');
        }
        serial_raise(s, f, prefix, n);
        return true;
    }
    if (!serial_prefix(s, f, serial, &prefix))
        return true;
    int64_t last = 0, limit = 1;
    bool found;
    if (!store_int(s->tx, "select last from ledger_serial where town = $1 and ledger = $2 and field = $3 and prefix = $4",
                   ARGS(TEXT(store_town(s->tx)), TEXT(s->plan->def.english), TEXT(f->name), TEXT(prefix)), &last, &found))
        return false;
    for (int i = 0; i < digits; i++)
        limit *= 10;
    if (last + 1 >= limit) {
        save_wrong(s, f, "以“%.*s”开头的编号已用完 %d 位，请管理员放宽编号规则", PS(prefix), digits);
        return true;
    }
    *cell = TEXT(op_text(s->op, "%.*s%0*lld", PS(prefix), digits, (long long)last + 1));
    serial_raise(s, f, prefix, last + 1);
    return true;
}
