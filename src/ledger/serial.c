/* 号: numbers the system gives. */
#include "ledger/save.h"

/* What a part says of this row. False: the row does not say it. */
static bool part_text(struct row *row, const struct serial_part *part, struct buf *b)
{
    const struct field *f = NULL;
    struct arg cell = INT(day_at(row->tx->op->now));
    if (part->source >= 0 && part->kind != SERIAL_VALUE) {
        must(row_named(row, &row->plan->sources[part->source], &f, &cell));
        if (cell.kind != ARG_INT)
            return false;
        if (f->value == F_TIME)
            cell = INT(day_at(cell.i));
    }
    struct date d = date_of((day)cell.i);
    feel_value v;
    switch (part->kind) {
    case SERIAL_TEXT:
        buf_add(b, part->text);
        return true;
    case SERIAL_YEAR:
        buf_text(b, "%04d", d.year);
        return true;
    case SERIAL_DAY:
        buf_text(b, "%04d%02d%02d", d.year, d.month, d.day);
        return true;
    case SERIAL_VALUE:
        v = row_source(row, &row->plan->sources[part->source]);
        if (!feel_is_null(v))
            buf_add(b, feel_text_of(row->tx->op, v));
        return !feel_is_null(v);
    case SERIAL_NUMBER:
        return true;
    }
    return true;
}

/* Everything before the running number. False: something it needs is missing, a fault says what. */
static bool serial_prefix(struct save *s, const struct field *f, const struct serial *serial, str *ret)
{
    struct buf b;
    buf_init(&b, s->op, 0);
    for (size_t i = 0; i < serial->count; i++) {
        const struct serial_part *part = &serial->parts[i];
        if (part_text(&s->row, part, &b))
            continue;
        const struct source *from = &s->plan->sources[part->source];
        if (from->kind != SOURCE_FIELD || !s->bad[from->field]) /* what is wrong with it has been said */
            save_wrong(s, f, "编“%.*s”要用到“%.*s”，请先填好", PS(f->name), PS(s->plan->scope.names[part->source].name));
        return false;
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
        if (text.n >= digits && number_of(str_part(text, text.n - digits, text.n), &n)) {
            str own = str_part(text, 0, text.n - digits);
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

/* A number that came from outside, as from an old register: the counter of what stands before it moves past it, so
 * that it is not given again. It stays as it is; that it belongs to another year than its date is said. */
static void serial_came(struct save *s, const struct field *f, const struct serial *serial)
{
    size_t digits = (size_t)serial->parts[serial->count - 1].digits;
    str text = save_cell(s, f)->text, prefix;
    if (text.n < digits)
        return;
    str head = str_part(text, 0, text.n - digits);
    int64_t n;
    if (!number_of(str_part(text, head.n, text.n), &n))
        return;
    serial_raise(s, f, head, n);
    int faults = s->op->fault_count;
    if (!serial->dated)
        return;
    if (!serial_prefix(s, f, serial, &prefix))
        op_forgive(s->op, faults);
    else if (prefix.n == head.n && !str_eq(prefix, head))
        save_warn(s, f->name, op_text(s->op, "号“%.*s”和日期对不上，照日期应以“%.*s”开头；已按填的号登记，请核对", PS(text), PS(prefix)));
}

void serial_stays(struct save *s, const struct field *f, const struct serial *serial)
{
    struct row was = s->row;
    was.cells = (struct arg *)s->before;
    was.referred = NULL;
    was.moving = NULL;
    for (size_t i = 0; serial->dated && i < serial->count; i++) {
        const struct serial_part *part = &serial->parts[i];
        struct buf before, after;
        if (part->source < 0 || part->kind == SERIAL_VALUE || s->plan->sources[part->source].field < 0 ||
            !s->touched[s->plan->sources[part->source].field])
            continue;
        buf_init(&before, s->op, 0);
        buf_init(&after, s->op, 0);
        if (part_text(&was, part, &before) && part_text(&s->row, part, &after) &&
            !str_eq(buf_str(&before), buf_str(&after)) && save_cell(s, f)->kind == ARG_TEXT)
            save_warn(s, f->name,
                      op_text(s->op, "“%.*s”改了，“%.*s”%.*s已经编定，不随着改；确要换号的，请作废这一条，另行登记",
                              PS(s->plan->scope.names[part->source].name), PS(f->name), PS(save_cell(s, f)->text)));
    }
}

/* The next number, without gaps: the counter and the record are in one transaction, and one writes at a time. */
bool serial_give(struct save *s, const struct field *f, const struct serial *serial)
{
    str prefix;
    int digits = serial->parts[serial->count - 1].digits;
    struct arg *cell = save_cell(s, f);
    if (cell->kind == ARG_TEXT) {
        serial_came(s, f, serial);
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

bool next_give(struct save *s, const struct field *f)
{
    struct op *op = s->op;
    struct arg *cell = save_cell(s, f);
    struct { struct arg *p; size_t n, cap; } args = {0};
    struct buf where;
    str rest = str_part(f->begins, LEDGER_BEGINS_NEXT.n, f->begins.n), name, left;
    int64_t last = 0;
    bool found;
    if (cell->kind != ARG_NULL)
        return true;
    buf_init(&where, op, 0);
    buf_text(&where, "town = $1");
    *list_add(op, &args) = TEXT(store_town(s->tx));
    for (; rest.n; rest = left) {
        (void)str_split(rest, '|', &name, &left);
        const struct field *same = ledger_field(&s->plan->def, name);
        *list_add(op, &args) = *save_cell(s, same);
        buf_text(&where, " and %.*s is $%zu", PS(store_name(op, same->name)), args.n);
    }
    str sql = op_text(op, "select coalesce(max(%.*s), 0) from %.*s where %.*s", PS(store_name(op, f->name)), PS(sql_table(op, s->plan)),
                      PS(buf_str(&where)));
    if (!store_int(s->tx, sql.p, store_args(args.p, args.n), &last, &found))
        return false;
    *cell = INT(last + 1);
    return true;
}
