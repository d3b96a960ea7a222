/* Lists of the workbench: what is mine to do, what I sent and did, what I am to read, what I supervise. One query each, by index. */
#include "flow/inner.h"

enum { COUNT_MAX = 999 };

const str flow_box_names[FLOW_BOXES] = {
    [FLOW_TODO] = SC("todo"),    [FLOW_SENT] = SC("sent"),           [FLOW_DONE] = SC("done"),
    [FLOW_COPY] = SC("copies"),  [FLOW_SUPERVISE] = SC("supervise"), [FLOW_INCIDENTS] = SC("incidents"),
};

struct lister {
    struct tx *tx;
    struct op *op;
    const struct flow *flow;
    const struct who *who;
    struct names names;
    struct { struct arg *p; size_t n, cap; } args;
    struct { struct flow_item *p; size_t n, cap; } items;
    int limit;
};

static str arg_add(struct lister *l, struct arg a)
{
    *list_add(l->op, &l->args) = a;
    return op_text(l->op, "$%zu", l->args.n);
}

/* The columns of every list: of the case c, then of the seat or the copy. */
#define CASE_COLUMNS "c.id, c.procedure, c.version, c.record, c.drafter, c.started, c.ended, c.rev, c.due, c.warn, c.place, coalesce(k.text, '')"
#define STUCK_JOIN " left join flow_stuck k on k.case_id = c.id"

static void item_read(struct lister *l, const struct rows *rows, struct flow_item *ret)
{
    str key = rows_text(rows, 1);
    *ret = (struct flow_item){.case_id = rows_id(rows, 0), .procedure = flow_procedure(l->flow, key, rows_int(rows, 2)), .record = rows_id(rows, 3),
                              .drafter = S(""), .started = rows_int(rows, 5), .ended = rows_int(rows, 6), .rev = rows_int(rows, 7), .seat = -1,
                              .due = rows_int(rows, 8), .place = rows_text(rows, 10), .stuck = rows_text(rows, 11)};
    id drafter = rows_id(rows, 4);
    ret->drafter = id_none(drafter) ? S("") : id_text(l->op, drafter);
    ret->light = flow_light_of(l->op->now, rows_int(rows, 9), ret->due, ret->ended);
}

/* Columns 12 …: seat, node, account, opened, due, warn, nudges. */
static void seat_read(struct lister *l, const struct rows *rows, struct flow_item *item)
{
    id owner = rows_id(rows, 14);
    item->seat = (int32_t)rows_int(rows, 12);
    if (item->procedure)
        item->node = bpmn_node_name(item->procedure->model, (int)rows_int(rows, 13));
    item->owner = id_eq(owner, l->who->account) ? S("") : id_text(l->op, owner);
    item->opened = rows_int(rows, 15);
    item->due = rows_int(rows, 16);
    item->light = flow_light_of(l->op->now, rows_int(rows, 17), item->due, 0);
    item->nudges = (int)rows_int(rows, 18);
}

/* Columns 12 …: copy, sender, sent, read_at. */
static void copy_read(struct lister *l, const struct rows *rows, struct flow_item *item)
{
    id sender = rows_id(rows, 13);
    item->seat = (int32_t)rows_int(rows, 12);
    item->owner = id_none(sender) ? SYSTEM_ACTOR : id_text(l->op, sender);
    item->opened = rows_int(rows, 14);
    item->closed = rows_int(rows, 15);
    item->read = item->closed > 0;
}

/* Column 12: when. */
static void hand_read([[maybe_unused]] struct lister *l, const struct rows *rows, struct flow_item *item)
{
    item->closed = rows_int(rows, 12);
}

typedef void more_fn(struct lister *l, const struct rows *rows, struct flow_item *item);

[[nodiscard]] static bool run(struct lister *l, str sql, more_fn *more)
{
    struct rows *rows;
    bool found;
    if (!store_query(l->tx, sql.p, store_args(l->args.p, l->args.n), &rows) || !rows_next(rows, &found))
        return false;
    while (found) {
        struct flow_item *item = list_add(l->op, &l->items);
        item_read(l, rows, item);
        if (more)
            more(l, rows, item);
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

/* Names and titles of what is shown, after the query has ended. */
[[nodiscard]] static bool items_name(struct lister *l, size_t shown)
{
    for (size_t i = 0; i < shown; i++) {
        struct flow_item *item = &l->items.p[i];
        item->drafter = names_of(&l->names, item->drafter);
        item->owner = names_of(&l->names, item->owner);
        if (item->procedure && !record_title(l->tx, l->flow->town, l->who, item->procedure->ledger, item->record, &item->title))
            return false;
    }
    return !l->names.failed;
}

/* ---- the boxes ---------------------------------------------------------------------------------------------------------- */

static str tail_of(struct lister *l, const struct flow_query *q)
{
    str limit = arg_add(l, INT(l->limit + 1)), skip = arg_add(l, INT(q->skip));
    return op_text(l->op, " limit %.*s offset %.*s", PS(limit), PS(skip));
}

/* $1, $2 …: my account and those I stand in for. */
[[nodiscard]] static bool owners_add(struct lister *l, str *ret)
{
    id *owners;
    size_t count;
    if (!flow_stands_in(l->tx, l->flow, l->who->account, &owners, &count))
        return false;
    *ret = arg_add(l, ID(l->who->account));
    for (size_t i = 0; i < count; i++) {
        str owner = arg_add(l, ID(owners[i]));
        *ret = op_text(l->op, "%.*s, %.*s", PS(*ret), PS(owner));
    }
    return true;
}

/* Not what one drafted oneself, for somebody absent (回避): bpmn refuses it too. */
[[nodiscard]] static bool todo(struct lister *l, const struct flow_query *q)
{
    str owners;
    if (!owners_add(l, &owners))
        return false;
    str tail = tail_of(l, q);
    return run(l, op_text(l->op,
                          "select " CASE_COLUMNS ", s.seat, s.node, s.account, s.opened, s.due, s.warn, s.nudges from flow_seat s"
                          " join flow_case c on c.id = s.case_id" STUCK_JOIN
                          " where s.account in (%.*s) and (s.account = $1 or c.drafter is null or c.drafter <> $1)"
                          " order by s.due = 0, s.due, s.opened, s.case_id%.*s", PS(owners), PS(tail)),
               seat_read);
}

[[nodiscard]] static bool sent(struct lister *l, const struct flow_query *q)
{
    arg_add(l, ID(l->who->account));
    str tail = tail_of(l, q);
    return run(l, op_text(l->op, "select " CASE_COLUMNS " from flow_case c" STUCK_JOIN " where c.drafter = $1 order by c.started desc, c.id desc%.*s",
                          PS(tail)),
               NULL);
}

[[nodiscard]] static bool did(struct lister *l, const struct flow_query *q)
{
    arg_add(l, ID(l->who->account));
    str tail = tail_of(l, q);
    return run(l, op_text(l->op, "select " CASE_COLUMNS ", h.at from flow_hand h join flow_case c on c.id = h.case_id" STUCK_JOIN
                                 " where h.account = $1 order by h.at desc, h.case_id desc%.*s", PS(tail)),
               hand_read);
}

[[nodiscard]] static bool copies(struct lister *l, const struct flow_query *q)
{
    arg_add(l, ID(l->who->account));
    str tail = tail_of(l, q);
    return run(l, op_text(l->op, "select " CASE_COLUMNS ", p.copy, p.sender, p.sent, p.read_at from flow_copy p join flow_case c on c.id = p.case_id"
                                 STUCK_JOIN " where p.account = $1 order by p.read_at > 0, p.sent desc, p.case_id, p.copy%.*s", PS(tail)),
               copy_read);
}

/* Cases of procedures whose records this person supervises: all of a ledger, or those of the right's rows. */
[[nodiscard]] static bool supervised(struct lister *l, const struct flow_query *q, bool only_stuck)
{
    struct buf where;
    buf_init(&where, l->op, 0);
    for (size_t i = 0; i < l->flow->latest_count; i++) {
        const struct procedure *p = l->flow->latest[i];
        struct right right;
        int faults = l->op->fault_count;
        if (!right_for(l->op, l->flow->town, l->who, p->ledger, ACT_SUPERVISE, &right)) {
            op_forgive(l->op, faults);
            continue;
        }
        str key = arg_add(l, TEXT(p->key));
        buf_text(&where, "%s(c.procedure = %.*s", where.n ? " or " : "", PS(key));
        if (!right.all) {
            str sql = right.sql; /* its own $1 … become ours */
            size_t before = l->args.n;
            struct buf moved;
            buf_init(&moved, l->op, 0);
            for (size_t k = 0; k < right.arg_count; k++)
                arg_add(l, right.args[k]);
            for (size_t at = 0; at < sql.n; at++) {
                size_t number = 0, digits = at + 1;
                while (sql.p[at] == '$' && digits < sql.n && sql.p[digits] >= '0' && sql.p[digits] <= '9')
                    number = number * 10 + (size_t)(sql.p[digits++] - '0');
                if (number == 0) {
                    buf_byte(&moved, sql.p[at]);
                    continue;
                }
                buf_text(&moved, "$%zu", before + number);
                at = digits - 1;
            }
            buf_text(&where, " and c.record in (select t.record from now_%.*s t where %.*s)", PS(p->ledger->table->name), PS(buf_str(&moved)));
        }
        buf_add(&where, S(")"));
    }
    if (where.n == 0)
        return true;
    str tail = tail_of(l, q);
    if (only_stuck)
        return run(l, op_text(l->op, "select " CASE_COLUMNS " from flow_stuck k join flow_case c on c.id = k.case_id where (%.*s)"
                                     " order by c.started, c.id%.*s", PS(buf_str(&where)), PS(tail)),
                   NULL);
    return run(l, op_text(l->op, "select " CASE_COLUMNS " from flow_case c" STUCK_JOIN " where c.ended = 0 and (%.*s)"
                                 " order by c.due = 0, c.due, c.id%.*s", PS(buf_str(&where)), PS(tail)),
               NULL);
}

static void lister_init(struct lister *l, struct tx *tx, const struct flow *flow, const struct who *who, int limit)
{
    *l = (struct lister){.tx = tx, .op = tx->op, .flow = flow, .who = who, .limit = limit};
    names_init(&l->names, tx, flow);
}

bool flow_list(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_query *q, struct flow_page *ret)
{
    struct lister l;
    if (q->limit < 0 || q->limit > FLOW_LIST_MAX || q->skip < 0)
        return op_fail(tx->op, FAULT_INPUT, S("limit"), "一页最多 %d 件", FLOW_LIST_MAX);
    lister_init(&l, tx, flow, who, q->limit ? q->limit : 50);
    bool done = false;
    switch (q->box) {
    case FLOW_TODO: done = todo(&l, q); break;
    case FLOW_SENT: done = sent(&l, q); break;
    case FLOW_DONE: done = did(&l, q); break;
    case FLOW_COPY: done = copies(&l, q); break;
    case FLOW_SUPERVISE: done = supervised(&l, q, false); break;
    case FLOW_INCIDENTS: done = supervised(&l, q, true); break;
    case FLOW_BOXES: break;
    }
    if (!done)
        return false;
    ret->more = l.items.n > (size_t)l.limit;
    ret->count = ret->more ? (size_t)l.limit : l.items.n;
    ret->items = l.items.p;
    return items_name(&l, ret->count);
}

bool flow_count(struct tx *tx, const struct flow *flow, const struct who *who, struct flow_counts *ret)
{
    struct lister l;
    str owners;
    bool found;
    lister_init(&l, tx, flow, who, 0);
    if (!owners_add(&l, &owners))
        return false;
    str now = arg_add(&l, INT(tx->op->now)), most = arg_add(&l, INT(COUNT_MAX));
    str all = op_text(tx->op, "select count(*) from (select 1 from flow_seat where account in (%.*s) and %.*s > 0 limit %.*s) x", PS(owners), PS(now),
                      PS(most));
    str late = op_text(tx->op, "select count(*) from (select 1 from flow_seat where account in (%.*s) and due > 0 and due < %.*s limit %.*s) x",
                       PS(owners), PS(now), PS(most));
    struct args args = store_args(l.args.p, l.args.n);
    return store_int(tx, all.p, args, &ret->todo, &found) && store_int(tx, late.p, args, &ret->overdue, &found) &&
           store_int(tx, "select count(*) from (select 1 from flow_copy where account = $1 and read_at = 0 limit $2) x",
                     ARGS(ID(who->account), INT(COUNT_MAX)), &ret->unread, &found);
}

bool flow_of_record(struct tx *tx, const struct flow *flow, const struct who *who, const struct ledger *ledger, id record, struct flow_page *ret)
{
    struct lister l;
    lister_init(&l, tx, flow, who, FLOW_LIST_MAX);
    arg_add(&l, ID(record));
    if (!run(&l, S("select " CASE_COLUMNS " from flow_case c" STUCK_JOIN " where c.record = $1 order by c.started desc, c.id desc limit 200"), NULL))
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < l.items.n; i++) {
        struct flow_tx f;
        int faults = tx->op->fault_count;
        const struct flow_item item = l.items.p[i];
        case_init(&f, tx, flow, who);
        if (!item.procedure || item.procedure->ledger != ledger)
            continue;
        bool may = case_load(&f, item.case_id) && case_reader(&f);
        if (op_has_fault(tx->op, FAULT_SYSTEM))
            return false;
        op_forgive(tx->op, faults);
        if (may)
            l.items.p[kept++] = item;
    }
    *ret = (struct flow_page){.items = l.items.p, .count = kept};
    return items_name(&l, kept);
}
