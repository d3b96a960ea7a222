/* Lists of the workbench: what is mine to do, what I sent and did, what I am to read, what I supervise. One query
 * each, by index. */
#include "flow/inner.h"

#include <stdlib.h>

enum { COUNT_MAX = 999, HOLDERS_NAMED = 3 };

const str flow_box_names[FLOW_BOXES] = {
    [FLOW_TODO] = SC("todo"),    [FLOW_SENT] = SC("sent"),           [FLOW_DONE] = SC("done"),
    [FLOW_COPY] = SC("copies"),  [FLOW_SUPERVISE] = SC("supervise"), [FLOW_INCIDENTS] = SC("incidents"),
};

struct lister {
    struct tx *tx;
    struct op *op;
    const struct flow *flow;
    const struct who *who;
    int64_t self;                   /* the number of that account */
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
#define CASE_COLUMNS                                                                                               \
    "c.id, c.procedure, c.version, c.record, c.drafter, c.started, c.ended, c.rev, c.due, c.warn, c.place,"         \
    " coalesce(k.text, ''), c.no"
#define STUCK_JOIN " left join flow_stuck k on k.case_no = c.no"


static void item_read(struct lister *l, const struct rows *rows, struct flow_item *ret)
{
    str key = rows_text(rows, 1);
    *ret = (struct flow_item){.case_id = rows_id(rows, 0),
                              .procedure = flow_procedure(l->flow, key, rows_int(rows, 2)),
                              .record = rows_id(rows, 3),
                              .drafter = names_of_number(&l->names, rows_int(rows, 4)),
                              .started = rows_int(rows, 5),
                              .ended = rows_int(rows, 6),
                              .rev = rows_int(rows, 7),
                              .seat = -1,
                              .due = due_read(rows_int(rows, 8)),
                              .place = rows_text(rows, 10),
                              .stuck = rows_text(rows, 11),
                              .no = rows_int(rows, 12)};
    ret->light = flow_light_of(l->op->now, rows_int(rows, 9), ret->due, ret->ended);
}

/* Columns 13 …: seat, node, account, opened, due, warn, nudges, voice. */
static void seat_read(struct lister *l, const struct rows *rows, struct flow_item *item)
{
    int64_t owner = rows_int(rows, 15);
    item->seat = (int32_t)rows_int(rows, 13);
    if (item->procedure) {
        const struct bpmn *m = item->procedure->model;
        int node = (int)rows_int(rows, 14);
        item->node = bpmn_node_name(m, node);
        enum voice voice = (enum voice)rows_int(rows, 20);
        item->decides = voice == VOICE_ADVICE || (bpmn_decides(m, node) && !bpmn_must_fill(m, node));
        item->yes = item->decides ? answer_word(m, node, voice, DO_AGREE) : S("");
    }
    item->owner = owner == l->self ? S("") : names_of_number(&l->names, owner);
    item->opened = rows_int(rows, 16);
    item->due = due_read(rows_int(rows, 17));
    item->light = flow_light_of(l->op->now, rows_int(rows, 18), item->due, 0);
    item->nudges = (int)rows_int(rows, 19);
}

/* Columns 13 …: copy, sender, sent, read_at. */
static void copy_read(struct lister *l, const struct rows *rows, struct flow_item *item)
{
    int64_t sender = rows_int(rows, 14);
    item->seat = (int32_t)rows_int(rows, 13);
    item->owner = sender ? names_of_number(&l->names, sender) : SYSTEM_ACTOR;
    item->opened = rows_int(rows, 15);
    item->closed = rows_int(rows, 16);
    item->read = item->closed > 0;
}

/* Column 13: when. */
static void hand_read([[maybe_unused]] struct lister *l, const struct rows *rows, struct flow_item *item)
{
    item->closed = rows_int(rows, 13);
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
    return !l->names.failed;
}

/* Titles of what is shown, after the query has ended. */
[[nodiscard]] static bool items_title(struct lister *l, size_t shown)
{
    for (size_t i = 0; i < shown; i++) {
        struct flow_item *item = &l->items.p[i];
        if (item->procedure &&
            !record_title(l->tx, l->flow->town, l->who, item->procedure->ledger, item->record, &item->title))
            return false;
    }
    return true;
}

/* In whose hands each is, its own before those of the cases below it, which it waits for: 甲、乙、丙等5人. */
[[nodiscard]] static bool items_held(struct lister *l, size_t shown)
{
    static const char *const holders =
        /* `in`, not a join: SQLite would go through the seats of the whole town for each line. Cases below began later. */
        "with recursive below (no) as (select no from flow_case where no = $1 union all"
        " select c.no from below b join flow_case c on c.parent = b.no)"
        " select s.account from flow_seat s where s.case_no in (select no from below)"
        " group by s.account order by min(s.case_no), min(s.seat)";
    for (size_t i = 0; i < shown; i++) {
        struct flow_item *item = &l->items.p[i];
        struct rows *rows;
        struct buf b;
        size_t count = 0;
        bool found;
        buf_init(&b, l->op, 0);
        if (!store_query(l->tx, holders, ARGS(INT(item->no)), &rows) || !rows_next(rows, &found))
            return false;
        while (found) {
            if (count++ < HOLDERS_NAMED)
                buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(names_of_number(&l->names, rows_int(rows, 0))));
            if (!rows_next(rows, &found))
                return false;
        }
        if (count > HOLDERS_NAMED)
            buf_text(&b, "等%zu人", count);
        item->holders = buf_str(&b);
    }
    return !l->names.failed;
}

/* ---- the boxes ------------------------------------------------------------------------------------------- */

static str tail_of(struct lister *l, int64_t limit, int64_t skip)
{
    str most = arg_add(l, INT(limit)), from = arg_add(l, INT(skip));
    return op_text(l->op, " limit %.*s offset %.*s", PS(most), PS(from));
}

static str page_tail(struct lister *l, const struct flow_query *q)
{
    return tail_of(l, l->limit + 1, q->skip);
}

/* By deadline, then by how long it waits. */
static int item_order(const void *a, const void *b)
{
    const struct flow_item *x = a, *y = b;
    time_ms due_x = due_kept(x->due), due_y = due_kept(y->due), since_x = x->seat < 0 ? 0 : x->opened,
            since_y = y->seat < 0 ? 0 : y->opened;
    if (due_x != due_y)
        return due_x < due_y ? -1 : 1;
    if (since_x != since_y)
        return since_x < since_y ? -1 : 1;
    return (x->no > y->no) - (x->no < y->no);
}

/* Several lists that are each in order become one; `skip` is taken of the whole. */
static void items_merge(struct lister *l, int64_t skip)
{
    if (l->items.n == 0)
        return;
    qsort(l->items.p, l->items.n, sizeof *l->items.p, item_order);
    size_t from = skip < (int64_t)l->items.n ? (size_t)skip : l->items.n;
    l->items.p += from;
    l->items.n -= from;
}

/* Mine, and those of people I stand in for; of theirs not what I drafted myself (回避): bpmn refuses it too. */
[[nodiscard]] static bool todo(struct lister *l, const struct flow_query *q)
{
    id *owners;
    size_t count;
    if (!flow_stands_in(l->tx, l->flow, l->who->account, &owners, &count))
        return false;
    for (size_t i = 0; i <= count; i++) {
        int64_t owner = l->self;
        if (i && !account_number(l->tx, l->flow->town, owners[i - 1], &owner))
            return false;
        l->args.n = 0;
        arg_add(l, INT(owner));
        arg_add(l, INT(i ? l->self : 0));
        str tail = tail_of(l, q->skip + l->limit + 1, 0);
        if (!run(l,
                 op_text(l->op,
                         "select " CASE_COLUMNS
                         ", s.seat, s.node, s.account, s.opened, s.due, s.warn, s.nudges, s.voice from flow_seat s"
                         " join flow_case c on c.no = s.case_no" STUCK_JOIN
                         " where s.account = $1 and (c.drafter is null or c.drafter <> $2)"
                         " order by s.due, s.opened, s.case_no%.*s",
                         PS(tail)),
                 seat_read))
            return false;
    }
    items_merge(l, q->skip);
    return true;
}

[[nodiscard]] static bool sent(struct lister *l, const struct flow_query *q)
{
    arg_add(l, INT(l->self));
    str tail = page_tail(l, q);
    return run(l,
               op_text(l->op,
                       "select " CASE_COLUMNS " from flow_case c" STUCK_JOIN
                       " where c.drafter = $1 order by c.no desc%.*s",
                       PS(tail)),
               NULL);
}

[[nodiscard]] static bool did(struct lister *l, const struct flow_query *q)
{
    arg_add(l, INT(l->self));
    str tail = page_tail(l, q);
    return run(l,
               op_text(l->op,
                       "select " CASE_COLUMNS ", h.at from flow_hand h join flow_case c on c.no = h.case_no" STUCK_JOIN
                       " where h.account = $1 order by h.at desc, h.case_no desc%.*s",
                       PS(tail)),
               hand_read);
}

[[nodiscard]] static bool copies(struct lister *l, const struct flow_query *q)
{
    arg_add(l, INT(l->self));
    str tail = page_tail(l, q);
    return run(
        l,
        op_text(l->op,
                "select " CASE_COLUMNS
                ", p.copy, p.sender, p.sent, p.read_at from flow_copy p join flow_case c on c.no = p.case_no" STUCK_JOIN
                " where p.account = $1 order by p.read_at > 0, p.sent desc, p.case_no, p.copy%.*s",
                PS(tail)),
        copy_read);
}

/* The right's rows as a condition on the case; its own $1 … become ours. */
static str right_rows(struct lister *l, const struct procedure *p, const struct right *right)
{
    struct buf b;
    size_t before = l->args.n;
    if (right->all)
        return S("");
    for (size_t k = 0; k < right->arg_count; k++)
        arg_add(l, right->args[k]);
    buf_init(&b, l->op, 0);
    buf_text(&b, " and c.record in (select t.record from now_%.*s t where ", PS(p->ledger->table->name));
    for (size_t at = 0; at < right->sql.n; at++) {
        size_t number = 0, digits = at + 1;
        while (right->sql.p[at] == '$' && digits < right->sql.n && right->sql.p[digits] >= '0' &&
               right->sql.p[digits] <= '9')
            number = number * 10 + (size_t)(right->sql.p[digits++] - '0');
        if (number) {
            buf_text(&b, "$%zu", before + number);
            at = digits - 1;
        } else {
            buf_byte(&b, right->sql.p[at]);
        }
    }
    buf_byte(&b, ')');
    return buf_str(&b);
}

/* Cases of procedures whose records this person supervises, procedure by procedure. */
[[nodiscard]] static bool supervised(struct lister *l, const struct flow_query *q, bool only_stuck)
{
    for (size_t i = 0; i < l->flow->latest_count; i++) {
        const struct procedure *p = l->flow->latest[i];
        struct right right;
        int faults = l->op->fault_count;
        if (!right_for(l->op, l->flow->town, l->who, p->ledger, ACT_SUPERVISE, &right)) {
            op_forgive(l->op, faults);
            continue;
        }
        l->args.n = 0;
        arg_add(l, TEXT(p->key));
        str rows = right_rows(l, p, &right), tail = tail_of(l, q->skip + l->limit + 1, 0);
        str sql = only_stuck
                      ? op_text(l->op,
                                "select " CASE_COLUMNS
                                " from flow_stuck k join flow_case c on c.no = k.case_no where c.procedure = $1%.*s"
                                " order by c.due, c.no%.*s",
                                PS(rows), PS(tail))
                      : op_text(l->op,
                                "select " CASE_COLUMNS " from flow_case c" STUCK_JOIN
                                " where c.procedure = $1 and c.ended = 0%.*s"
                                " order by c.due, c.no%.*s",
                                PS(rows), PS(tail));
        if (!run(l, sql, NULL))
            return false;
    }
    items_merge(l, q->skip);
    return true;
}

[[nodiscard]] static bool lister_init(struct lister *l, struct tx *tx, const struct flow *flow, const struct who *who,
                                      int limit)
{
    *l = (struct lister){.tx = tx, .op = tx->op, .flow = flow, .who = who, .limit = limit};
    names_init(&l->names, tx, flow);
    return account_number(tx, flow->town, who->account, &l->self);
}

bool flow_list(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_query *q,
               struct flow_page *ret)
{
    struct lister l;
    if (q->limit < 0 || q->limit > FLOW_LIST_MAX || q->skip < 0)
        return op_fail(tx->op, FAULT_INPUT, S("limit"), "一页最多 %d 件", FLOW_LIST_MAX);
    if (!lister_init(&l, tx, flow, who, q->limit ? q->limit : 50))
        return false;
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
    bool held = q->box == FLOW_SENT || q->box == FLOW_SUPERVISE || q->box == FLOW_INCIDENTS;
    return items_title(&l, ret->count) && (!held || items_held(&l, ret->count));
}

/* $1, $2 …: my account and those I stand in for. */
[[nodiscard]] static bool owners_add(struct lister *l, str *ret)
{
    id *owners;
    size_t count;
    int64_t number;
    if (!flow_stands_in(l->tx, l->flow, l->who->account, &owners, &count))
        return false;
    *ret = arg_add(l, INT(l->self));
    for (size_t i = 0; i < count; i++) {
        if (!account_number(l->tx, l->flow->town, owners[i], &number))
            return false;
        str owner = arg_add(l, INT(number));
        *ret = op_text(l->op, "%.*s, %.*s", PS(*ret), PS(owner));
    }
    return true;
}

bool flow_count(struct tx *tx, const struct flow *flow, const struct who *who, struct flow_counts *ret)
{
    struct lister l;
    str owners;
    bool found;
    if (!lister_init(&l, tx, flow, who, 0) || !owners_add(&l, &owners))
        return false;
    str now = arg_add(&l, INT(tx->op->now)), most = arg_add(&l, INT(COUNT_MAX));
    str all = op_text(
        tx->op, "select count(*) from (select 1 from flow_seat where account in (%.*s) and %.*s > 0 limit %.*s) x",
        PS(owners), PS(now), PS(most));
    str late = op_text(
        tx->op, "select count(*) from (select 1 from flow_seat where account in (%.*s) and due < %.*s limit %.*s) x",
        PS(owners), PS(now), PS(most));
    struct args args = store_args(l.args.p, l.args.n);
    return store_int(tx, all.p, args, &ret->todo, &found) && store_int(tx, late.p, args, &ret->overdue, &found) &&
           store_int(tx, "select count(*) from (select 1 from flow_copy where account = $1 and read_at = 0 limit $2) x",
                     ARGS(INT(l.self), INT(COUNT_MAX)), &ret->unread, &found);
}

bool flow_of_record(struct tx *tx, const struct flow *flow, const struct who *who, const struct ledger *ledger,
                    id record, struct flow_page *ret)
{
    struct lister l;
    if (!lister_init(&l, tx, flow, who, FLOW_LIST_MAX))
        return false;
    arg_add(&l, ID(record));
    if (!run(&l, S("select " CASE_COLUMNS " from flow_case c" STUCK_JOIN " where c.record = $1 order by c.no desc limit 200"),
             NULL))
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
    return items_title(&l, kept);
}

bool flow_about(struct tx *tx, const struct flow *flow, id case_id, const struct ledger **ret_ledger, id *ret_record)
{
    struct rows *rows;
    int64_t no;
    bool found;
    *ret_ledger = NULL;
    if (!fact_first(tx, CASE_LEDGER, case_id, &no) ||
        !store_query(tx, "select procedure, version, record from flow_case where no = $1", ARGS(INT(no)), &rows) ||
        !rows_next(rows, &found))
        return false;
    if (!found)
        return true;
    const struct procedure *p = flow_procedure(flow, rows_text(rows, 0), rows_int(rows, 1));
    *ret_ledger = p ? p->ledger : NULL;
    *ret_record = rows_id(rows, 2);
    rows_close(rows);
    return true;
}

bool flow_moved(struct tx *tx, const struct flow *flow, int64_t since, struct flow_moved *ret, size_t most,
                size_t *ret_count)
{
    id *cases;
    size_t count;
    *ret_count = 0;
    /* by number: what has come since is little, and facts of cases are many */
    if (!store_ids(tx, "select record from fact where no > $1 and town = $2 and ledger || '' = $3 order by no limit $4",
                   ARGS(INT(since), TEXT(store_town(tx)), TEXT(CASE_LEDGER), INT((int64_t)most)), &cases, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct flow_moved m;
        bool twice = false;
        if (!flow_about(tx, flow, cases[i], &m.ledger, &m.record))
            return false;
        for (size_t k = 0; k < *ret_count && m.ledger; k++)
            twice |= id_eq(ret[k].record, m.record);
        if (m.ledger && !twice)
            ret[(*ret_count)++] = m;
    }
    return true;
}
