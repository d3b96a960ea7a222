/* Lists: which records, in which order, a page at a time.
 *
 * Two ways lead to a page. Mostly the database answers: right, condition, order and the place of the cursor are SQL,
 * and indexes make it quick at any depth. What SQL cannot order (an age, a rank among what was found) or does not hold
 * any more (a ledger as it was) is gathered: the sort keys of every match are kept beside its id, ordered in memory,
 * and the rows of the page are read again.
 *
 * The cursor carries the sort keys and the id of the last row, so that what is added or changed meanwhile shifts
 * nothing. It is bound to its query by a check sum. A forged one opens nothing: it is only a place in a list that its
 * reader may read from the start. */
#include "ledger/list.h"

#include <stdlib.h>

enum {
    LIMIT_USUAL = 50,
    CURSOR_BYTES_MAX = 16 << 10, /* four texts, in hexadecimal */
    BATCH = 200,            /* rows between two resets of memory; titles of references are remembered within a batch */
    GATHERED_MAX = 2000000, /* keys kept for ordering: some 200 MB */
    STEPS_A_ROW = 10000,    /* of a condition that is asked of each row: hundreds of times what is usual */
    STEPS_MAX = 2 * FEEL_STEPS_MAX, /* beyond that, of all rows: some seconds */
    BYTES_A_STEP = 16,
};

/* Taken out or only looked at, a condition asks what may be seen: so a count is that of the rows of the export. */
static void asker_begin(struct listing *l)
{
    if (l->partly) {
        l->asker = labels_new(l->tx, l->who);
        labels_whole(l->asker);
    }
}

static void labels_begin(struct listing *l)
{
    asker_begin(l);
    l->labels = labels_new(l->tx, l->who);
    labels_act(l->labels, l->act);
    if (l->where_rows || l->find || l->query->reach_count)
        labels_whole(l->labels);
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

static struct arg sort_cell(const struct listing *l, struct row *row, const struct sort *s)
{
    if (s->field)
        return row_cell(row, s->field);
    if (s->reach) {
        enum reached reached;
        struct arg cell;
        struct row *at;
        row->labels = l->labels;
        if (!reach_read(row, s->reach, &reached, &cell, &at))
            row->broken = true;
        return cell;
    }
    switch (s->fixed) {
    case FIXED_STATE:
        return TEXT(row->head.state);
    case FIXED_ADDED:
        return INT(row->head.added);
    case FIXED_CHANGED:
        return INT(row->head.changed);
    default:
        break;
    }
    for (size_t i = 0; i < l->hits.n; i++)
        if (id_eq(l->hits.p[i].record, row->record))
            return INT((int64_t)i);
    return NUL;
}

static void place_of(const struct listing *l, struct row *row, struct place *ret)
{
    ret->record = row->record;
    for (size_t i = 0; i < l->sort_count; i++)
        ret->keys[i] = arg_copy(l->side, sort_cell(l, row, &l->sorts[i]));
}

/* As SQL orders one column; empty values come last in either direction. */
static int key_cmp(struct arg a, struct arg b, bool down)
{
    int order = 0;
    if (a.kind == ARG_NULL || b.kind == ARG_NULL)
        return (a.kind == ARG_NULL) - (b.kind == ARG_NULL);
    if (a.kind != b.kind)
        order = a.kind < b.kind ? -1 : 1;
    else if (a.kind == ARG_INT)
        order = (a.i > b.i) - (a.i < b.i);
    else if (a.kind == ARG_ID)
        order = memcmp(a.id.b, b.id.b, sizeof a.id.b);
    else
        order = str_cmp(a.text, b.text);
    return down ? -order : order;
}

/* Ties go by record id, in the direction of the last key, so that one index answers both. */
static bool ties_down(const struct listing *l)
{
    return l->sort_count && l->sorts[l->sort_count - 1].down;
}

static int place_cmp(const struct place *a, const struct place *b, const struct listing *l)
{
    for (size_t i = 0; i < l->sort_count; i++) {
        int order = key_cmp(a->keys[i], b->keys[i], l->sorts[i].down);
        if (order)
            return order;
    }
    int order = memcmp(a->record.b, b->record.b, sizeof a->record.b);
    return ties_down(l) ? -order : order;
}

/* ---- the cursor -------------------------------------------------------------------------------------------------- */

/* Of the query and of what the cursor says. */
static str cursor_sum(struct listing *l, str content)
{
    struct buf b;
    const struct list_query *q = l->query;
    buf_init(&b, l->op, 0);
    buf_text(&b, "%.*s\x1f%.*s\x1f%.*s\x1f%d\x1f%lld\x1f%lld", PS(l->plan->def.english), PS(q->where), PS(q->find),
             q->withdrawn, (long long)q->as_of, (long long)q->as_of_fact);
    for (size_t i = 0; i < q->sort_count; i++)
        buf_text(&b, "\x1f%.*s", PS(q->sort[i]));
    buf_text(&b, "\x1f%.*s", PS(content));
    return op_text(l->op, "%016llx", (unsigned long long)str_hash(buf_str(&b)));
}

/* Check sum, then [id, key …] with a letter for the kind before each text, in hexadecimal. */
static str cursor_write(struct listing *l, const struct place *place)
{
    static const char digits[] = "0123456789abcdef";
    struct op *op = l->op;
    struct buf b, hex;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '[');
    json_text(&w, id_text(op, place->record));
    for (size_t i = 0; i < l->sort_count; i++) {
        const struct arg *k = &place->keys[i];
        switch (k->kind) {
        case ARG_NULL:
            json_null(&w);
            break;
        case ARG_INT:
            json_int_out(&w, k->i);
            break;
        case ARG_ID:
            json_text(&w, op_text(op, "i%.*s", PS(id_text(op, k->id))));
            break;
        case ARG_TEXT:
        case ARG_BLOB:
            json_text(&w, op_text(op, "t%.*s", PS(k->text)));
            break;
        }
    }
    json_close(&w, ']');
    buf_init(&hex, op, 0);
    buf_add(&hex, cursor_sum(l, buf_str(&b)));
    for (size_t i = 0; i < b.n; i++) {
        unsigned char c = (unsigned char)b.p[i];
        buf_byte(&hex, digits[c >> 4]);
        buf_byte(&hex, digits[c & 15]);
    }
    return buf_str(&hex);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_read(struct op *op, str s, str *ret)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i + 1 < s.n; i += 2) {
        int high = hex_digit(s.p[i]), low = hex_digit(s.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        buf_byte(&b, (char)(high << 4 | low));
    }
    *ret = buf_str(&b);
    return s.n % 2 == 0;
}

static bool key_read(const struct json *j, struct arg *ret)
{
    int64_t n;
    id x;
    *ret = NUL;
    if (j->kind == JSON_NULL)
        return true;
    if (json_int(j, &n)) {
        *ret = INT(n);
        return true;
    }
    if (j->kind != JSON_STRING || !j->text.n)
        return false;
    str rest = str_part(j->text, 1, j->text.n);
    if (j->text.p[0] == 't')
        *ret = TEXT(rest);
    else if (j->text.p[0] == 'i' && id_parse(rest, &x))
        *ret = ID(x);
    return ret->kind != ARG_NULL;
}

static bool place_read(struct listing *l, str cursor, struct place *ret)
{
    str content;
    struct json *list;
    if (cursor.n > CURSOR_BYTES_MAX || cursor.n < 16 || !hex_read(l->op, str_part(cursor, 16, cursor.n), &content) ||
        !str_eq(cursor_sum(l, content), str_part(cursor, 0, 16)) || !json_parse(l->op, content, &list))
        return false;
    if (list->kind != JSON_ARRAY || list->count != l->sort_count + 1 || !id_parse(list->first->text, &ret->record))
        return false;
    size_t i = 0;
    for (const struct json *j = list->first->next; j; j = j->next)
        if (!key_read(j, &ret->keys[i++]))
            return false;
    return true;
}

static bool cursor_read(struct listing *l)
{
    int faults = l->op->fault_count;
    if (!l->query->cursor.n)
        return true;
    l->from = place_read(l, l->query->cursor, &l->place);
    if (l->from)
        return true;
    op_forgive(l->op, faults);
    return op_fail(l->op, FAULT_INPUT, S("cursor"), "翻页标记与查询不符，请从头查起");
}

/* ---- rows of the table ------------------------------------------------------------------------------------------- */

static void select_write(struct listing *l, struct sql *s, str what)
{
    sql_init(s, l->op);
    sql_add(s, "select ");
    sql_str(s, what);
    sql_add(s, " from ");
    sql_str(s, sql_table(l->op, l->plan));
    sql_add(s, " t where ");
    right_add(s, &l->right);
    if (!l->query->withdrawn)
        sql_add(s, " and t.removed = 0");
    if (l->where && !l->where_rows) {
        str reason;
        sql_add(s, " and ");
        must(sql_condition(s, l->plan, l->where, S("t"), &reason)); /* where_read has tried it */
    }
    if (!l->find)
        return;
    sql_add(s, l->query->withdrawn ? " and (t.removed = 1" : " and (1=0");
    for (size_t i = 0; i < l->hits.n; i++) {
        sql_add(s, i ? ", " : " or t.record in (");
        sql_arg(s, ID(l->hits.p[i].record));
    }
    sql_add(s, l->hits.n ? "))" : ")");
}

/* A row comes after the cursor, from key i on. */
static void after_write(const struct listing *l, struct sql *s, size_t i)
{
    if (i == l->sort_count) {
        sql_add(s, ties_down(l) ? "t.record < " : "t.record > ");
        sql_arg(s, ID(l->place.record));
        return;
    }
    str key = l->sorts[i].sql;
    if (l->place.keys[i].kind == ARG_NULL) {
        sql_add(s, "(");
        sql_str(s, key);
        sql_add(s, " is null and ");
        after_write(l, s, i + 1);
        sql_add(s, ")");
        return;
    }
    sql_add(s, "(");
    sql_str(s, key);
    sql_add(s, l->sorts[i].down ? " < " : " > ");
    sql_arg(s, l->place.keys[i]);
    sql_add(s, " or ");
    sql_str(s, key);
    sql_add(s, " is null or (");
    sql_str(s, key);
    sql_add(s, " = ");
    sql_arg(s, l->place.keys[i]);
    sql_add(s, " and ");
    after_write(l, s, i + 1);
    sql_add(s, "))");
}

/* A sorted list is read in two segments, those with a first key and those without: each is one range of the key's
 * index, however deep the cursor stands. */
enum { SEGMENT_KEYED, SEGMENT_EMPTY, SEGMENTS };

static void segment_write(struct listing *l, struct sql *s, int segment, int limit)
{
    select_write(l, s, l->pick.sql);
    size_t first = 0;
    if (l->sort_count) {
        str key = l->sorts[0].sql;
        sql_add(s, " and ");
        sql_str(s, key);
        sql_add(s, segment == SEGMENT_KEYED ? " is not null" : " is null");
        if (l->from && segment == SEGMENT_KEYED) {
            sql_add(s, " and ");
            sql_str(s, key);
            sql_add(s, l->sorts[0].down ? " <= " : " >= ");
            sql_arg(s, l->place.keys[0]);
        }
        first = segment == SEGMENT_EMPTY;
    }
    if (l->from && (segment == SEGMENT_KEYED || l->place.keys[0].kind == ARG_NULL)) {
        sql_add(s, " and ");
        after_write(l, s, first);
    }
    sql_add(s, " order by ");
    for (size_t i = first; i < l->sort_count; i++) {
        sql_str(s, l->sorts[i].sql);
        sql_add(s, l->sorts[i].down ? " desc" : "");
        sql_add(s, i ? " nulls last, " : ", ");
    }
    sql_add(s, ties_down(l) ? "t.record desc" : "t.record");
    if (limit) {
        sql_add(s, " limit ");
        sql_arg(s, INT(limit));
    }
}

/* What an expression of people costs adds up over the rows: one that takes a moment for each would take hours for all, and
 * whoever asked is told. Bytes cost time too. */
static bool row_asks(struct listing *l, struct row *row, bool *ret)
{
    int64_t steps;
    size_t before = l->op->bytes;
    *ret = feel_true(row_asked(row, l->where, l->asker, &steps));
    size_t bytes = l->op->bytes > before ? l->op->bytes - before : 0;
    l->steps += steps + (int64_t)(bytes / BYTES_A_STEP) - STEPS_A_ROW;
    if (l->steps < 0)
        l->steps = 0;
    return l->steps <= STEPS_MAX ||
           op_fail(l->op, FAULT_INPUT, S("where"), "这个条件每条记录都要算很久，全部算完太慢，已停止；请写得简单些，或先用别的条件缩小范围");
}

static bool row_matches(struct listing *l, struct row *row, bool *ret)
{
    *ret = true;
    if (l->where && (l->where_rows || l->past) && !row_asks(l, row, ret))
        return false;
    if (*ret && l->find && (l->past || row->head.removed))
        *ret = row_found(row, l->query->find);
    return !row->broken;
}

typedef bool row_fn(struct listing *l, void *context, struct row *row, bool *ret_enough);

/* Visits what a query of the table gives. */
static bool rows_each(struct listing *l, struct sql *s, row_fn *each, void *context, bool *ret_enough)
{
    struct op *op = l->op;
    struct rows *rows;
    bool more, matches;
    int kept = 0;
    if (!store_query(l->tx, sql_z(s), sql_args(s), &rows) || !rows_next(rows, &more))
        return false;
    if (l->where_rows)
        deadlines_begin(l->tx, l->plan->town);
    struct arg *cells = l->keeps ? NULL : op_array(op, struct arg, l->plan->table.count); /* those of each row in turn */
    struct mark begin = op_mark(op), missed_from = begin;
    int missed = 0;
    labels_begin(l);
    while (more && !*ret_enough) {
        struct mark mark = op_mark(op);
        if (missed == 0)
            missed_from = mark;
        struct row row = {.tx = l->tx, .plan = l->plan, .cells = cells};
        if (l->keeps)
            row_init(&row, l->tx, l->plan);
        row_take(&row, rows, &l->pick, l->keeps);
        row.masked = l->right.masked;
        if (!row_matches(l, &row, &matches) || (matches && !each(l, context, &row, ret_enough)))
            return false;
        missed = matches ? 0 : missed + 1;
        if (missed && !l->asker) {
            op_reset(op, mark);
        } else if (missed == BATCH) { /* until then the asker knows what it has looked up */
            op_reset(op, missed_from);
            asker_begin(l);
            missed = 0;
        }
        if (l->streams && ++kept % BATCH == 0) {
            missed = 0;
            op_reset(op, begin);
            labels_begin(l);
        }
        if (!*ret_enough && !rows_next(rows, &more))
            return false;
    }
    if (l->streams)
        op_reset(op, begin);
    rows_close(rows);
    return true;
}

static bool table_each(struct listing *l, int limit, row_fn *each, void *context)
{
    bool enough = false;
    for (int segment = 0; segment < (l->sort_count ? SEGMENTS : 1) && !enough; segment++) {
        struct sql s;
        if (l->from && l->sort_count && segment == SEGMENT_KEYED && l->place.keys[0].kind == ARG_NULL)
            continue;
        segment_write(l, &s, segment, l->where_rows ? 0 : limit);
        if (!rows_each(l, &s, each, context, &enough))
            return false;
    }
    return true;
}

/* ---- gathering --------------------------------------------------------------------------------------------------- */

struct gather {
    struct place *p;
    size_t n, cap;
};

static bool gathers(const struct listing *l)
{
    bool rows_only = l->past && l->sort_count;
    for (size_t i = 0; i < l->sort_count; i++)
        rows_only = rows_only || !l->sorts[i].sql.n;
    return rows_only;
}

static bool gather_row(struct listing *l, void *context, struct row *row, [[maybe_unused]] bool *ret_enough)
{
    struct gather *g = context;
    if (g->n == GATHERED_MAX)
        return op_fail(l->op, FAULT_INPUT, S("sort"), "符合的记录超过 %d 条，不能这样排序；请先缩小条件", GATHERED_MAX);
    struct place *x = list_add(l->side, g);
    *x = (struct place){0};
    place_of(l, row, x);
    return !row->broken;
}

struct then {
    struct listing *l;
    row_fn *each;
    void *context;
    bool keeps;                 /* rows stay for the page */
};

static bool then_row(void *context, struct row *row, enum past_next *ret)
{
    struct then *t = context;
    struct listing *l = t->l;
    bool shown, matches, enough = false;
    if (row->head.removed && !l->query->withdrawn)
        return true;
    if (!right_row(l->right_rows, row, &shown))
        return false;
    if (!shown)
        return true;
    asker_begin(l); /* a row that is dropped takes all memory since with it */
    if (!row_matches(l, row, &matches))
        return false;
    if (!matches)
        return true;
    if (!t->keeps)
        labels_begin(l);
    *ret = t->keeps ? PAST_KEEP : PAST_DROP;
    if (!t->each(l, t->context, row, &enough))
        return false;
    if (enough)
        *ret = PAST_STOP;
    return true;
}

/* Visits the ledger as it was, by record, from the cursor on. */
static bool then_each(struct listing *l, bool keeps, row_fn *each, void *context)
{
    struct then t = {l, each, context, keeps};
    if (keeps)
        labels_begin(l);
    return past_each(&l->then, l->from && l->sort_count == 0 && keeps ? &l->place.record : NULL, then_row, &t);
}

static int gathered_cmp(const void *a, const void *b, void *context)
{
    return place_cmp(a, b, context);
}

static bool gather_all(struct listing *l, struct gather *g)
{
    struct sql s;
    bool enough = false;
    *g = (struct gather){0};
    if (l->past) {
        if (!then_each(l, false, gather_row, g))
            return false;
    } else {
        bool streams = l->streams;
        select_write(l, &s, l->pick.sql);
        l->streams = true;
        if (!rows_each(l, &s, gather_row, g, &enough))
            return false;
        l->streams = streams;
    }
    if (g->n)
        qsort_r(g->p, g->n, sizeof *g->p, gathered_cmp, l);
    return true;
}

static bool gathered_row(const struct listing *l, const struct place *x, struct row *row)
{
    bool found;
    if (l->past)
        return past_row(&l->then, x->record, row, &found);
    row_init(row, l->tx, l->plan);
    row->masked = l->right.masked;
    return row_load(row, x->record, &found);
}

static bool gathered_each(struct listing *l, const struct gather *g, row_fn *each, void *context)
{
    struct mark begin = op_mark(l->op);
    bool enough = false;
    int kept = 0;
    labels_begin(l);
    for (size_t i = 0; i < g->n && !enough; i++) {
        struct row row;
        if (l->from && place_cmp(&g->p[i], &l->place, l) <= 0)
            continue;
        if (!gathered_row(l, &g->p[i], &row) || !each(l, context, &row, &enough))
            return false;
        if (l->streams && ++kept % BATCH == 0) {
            op_reset(l->op, begin);
            labels_begin(l);
        }
    }
    if (l->streams)
        op_reset(l->op, begin);
    return true;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static bool row_count([[maybe_unused]] struct listing *l, void *context, [[maybe_unused]] struct row *row,
                      [[maybe_unused]] bool *ret_enough)
{
    int64_t *n = context;
    ++*n;
    return true;
}

static bool count_read(struct listing *l, int64_t *ret)
{
    struct sql s;
    bool enough = false, streams = l->streams;
    *ret = 0;
    if (l->past)
        return then_each(l, false, row_count, ret);
    if (!l->where_rows) {
        select_write(l, &s, S("count(*)"));
        return sql_int(l->tx, &s, ret);
    }
    select_write(l, &s, l->pick.sql);
    l->streams = true;
    bool done = rows_each(l, &s, row_count, ret, &enough);
    l->streams = streams;
    return done;
}

/* ---- the three ways to ask --------------------------------------------------------------------------------------- */

struct page {
    struct list_page *page;
    struct json_out *out;        /* NULL: records are kept */
    const struct row_form *form; /* with out */
    size_t limit;
    struct place last;
    bool more;
};

static bool page_row(struct listing *l, void *context, struct row *row, bool *ret_enough)
{
    struct page *p = context;
    struct list_page *page = p->page;
    p->more = *ret_enough = page->record_count == p->limit;
    if (p->more)
        return true;
    if (p->out ? !row_write(row, l->labels, p->form, p->out)
               : !row_record(row, l->labels, &l->shown, &page->records[page->record_count]))
        return false;
    if (++page->record_count == p->limit)
        place_of(l, row, &p->last);
    return !row->broken;
}

static bool page_read(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *ledger,
                      const struct list_query *q, struct json_out *out, struct list_page *ret)
{
    struct listing l;
    struct gather g;
    int limit = q->limit ? q->limit : LIMIT_USUAL;
    must(plan_of(ledger)->town == town);
    if (limit < 1 || limit > LIST_LIMIT_MAX)
        return op_fail(tx->op, FAULT_INPUT, S("limit"), "每页可取 1 到 %d 条", LIST_LIMIT_MAX);
    if (!listing_open(&l, tx, who, ledger, q, ACT_READ) || !cursor_read(&l))
        return false;
    struct list_page page = {.records = out ? NULL : op_array(tx->op, struct record, (size_t)limit), .count = -1};
    struct page p = {.page = &page, .out = out, .limit = (size_t)limit};
    l.keeps = !out;
    if (out) {
        p.form = row_form_new(tx->op, l.plan, l.right.masked, &l.shown);
        json_open(out, '[');
    }
    if (gathers(&l)) {
        if (!gather_all(&l, &g) || !gathered_each(&l, &g, page_row, &p))
            return false;
        page.count = q->count ? (int64_t)g.n : -1;
    } else if (l.past) {
        if (!then_each(&l, true, page_row, &p) || (q->count && !count_read(&l, &page.count)))
            return false;
    } else if (!table_each(&l, limit + 1, page_row, &p) || (q->count && !count_read(&l, &page.count))) {
        return false;
    }
    if (out)
        json_close(out, ']');
    if (p.more)
        page.next = cursor_write(&l, &p.last);
    page.slow = l.slow;
    page.slow_reason = l.slow_reason;
    *ret = page;
    return true;
}

bool list_read(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *ledger,
               const struct list_query *q, struct list_page *ret)
{
    return page_read(tx, town, who, ledger, q, NULL, ret);
}

bool list_write(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *ledger,
                const struct list_query *q, struct json_out *w, struct list_page *ret)
{
    return page_read(tx, town, who, ledger, q, w, ret);
}

struct visit {
    bool (*each)(void *context, const struct record *r);
    void *context;
};

static bool visit_row(struct listing *l, void *context, struct row *row, [[maybe_unused]] bool *ret_enough)
{
    struct visit *v = context;
    struct record r;
    return row_record(row, l->labels, &l->shown, &r) && (!l->query->grouped || row_group(row, &r.group)) &&
           v->each(v->context, &r);
}

bool list_each(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *ledger,
               const struct list_query *q, enum act act, bool (*each)(void *context, const struct record *r),
               void *context)
{
    struct listing l;
    struct gather g;
    struct visit v = {each, context};
    must(plan_of(ledger)->town == town);
    if (!listing_open(&l, tx, who, ledger, q, act))
        return false;
    l.streams = true;
    if (!gathers(&l))
        return l.past ? then_each(&l, false, visit_row, &v) : table_each(&l, 0, visit_row, &v);
    return gather_all(&l, &g) && gathered_each(&l, &g, visit_row, &v);
}

bool list_count(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *ledger, str where,
                int64_t *ret)
{
    struct listing l;
    const struct list_query q = {.where = where};
    must(plan_of(ledger)->town == town);
    return listing_open(&l, tx, who, ledger, &q, ACT_READ) && count_read(&l, ret);
}
