/* What should have begun by its clock and could not: its record cannot be added (a key that is taken, a rule of its
 * ledger). It is kept with the moment, the reason and how often it was tried; it is the business of whom zw:chief names
 * and of who supervises the ledger, is tried again later, each time twice as late, and by hand at once. A newer moment
 * takes its place: an office wants this month's bills, and is told once that last month's could not be made. */
#include "flow/inner.h"

#define RETRY_MS ((time_ms)10 * 60 * 1000)
enum { TRIES_MAX = 8 };             /* after that, once every 42 hours */

#define PROCEDURE_KEY S("程")
#define START_KEY S("始")
#define MOMENT_KEY S("点")
#define REASON_KEY S("障")
#define TRIES_KEY S("次")
#define AGAIN_KEY S("再")

struct miss {
    str procedure, start, why;
    time_ms planned, again;
    int64_t tries;
};

[[nodiscard]] static bool miss_row(struct tx *tx, const struct miss *m)
{
    return store_run(tx,
                     "insert into flow_missed (town, procedure, start, planned, tries, again, text) values"
                     " ($1, $2, $3, $4, $5, $6, $7)"
                     " on conflict (town, procedure, start) do update set planned = excluded.planned, tries = excluded.tries,"
                     " again = excluded.again, text = excluded.text",
                     ARGS(TEXT(store_town(tx)), TEXT(m->procedure), TEXT(m->start), INT(m->planned), INT(m->tries),
                          INT(m->again), TEXT(m->why)),
                     NULL);
}

[[nodiscard]] static bool miss_find(struct tx *tx, str procedure, str start, struct miss *ret, bool *ret_found)
{
    struct rows *rows;
    if (!store_query(tx,
                     "select planned, tries, again, text from flow_missed"
                     " where town = $1 and procedure = $2 and start = $3",
                     ARGS(TEXT(store_town(tx)), TEXT(procedure), TEXT(start)), &rows) ||
        !rows_next(rows, ret_found))
        return false;
    *ret = (struct miss){.procedure = procedure, .start = start};
    if (*ret_found)
        *ret = (struct miss){procedure, start, rows_text(rows, 3), rows_int(rows, 0), rows_int(rows, 2),
                             rows_int(rows, 1)};
    rows_close(rows);
    return true;
}

bool missed_keep(struct tx *tx, const struct start_due *d, time_ms planned, str why)
{
    struct miss m;
    bool found;
    int64_t no;
    struct buf b;
    if (!miss_find(tx, d->procedure->key, d->start->id, &m, &found))
        return false;
    m.tries = found && m.planned == planned ? m.tries + 1 : 1;
    m.planned = planned;
    m.again = tx->op->now + (RETRY_MS << (m.tries < TRIES_MAX ? m.tries - 1 : TRIES_MAX));
    m.why = why;
    buf_init(&b, tx->op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    json_put_text(&w, PROCEDURE_KEY, m.procedure);
    json_put_text(&w, START_KEY, m.start);
    json_put_int(&w, MOMENT_KEY, m.planned);
    json_put_int(&w, TRIES_KEY, m.tries);
    json_put_int(&w, AGAIN_KEY, m.again);
    json_put_text(&w, REASON_KEY, m.why);
    json_close(&w, '}');
    struct fact fact = {.account_name = SYSTEM_ACTOR, .act = FACT_MISS, .ledger = CASE_LEDGER, .body = buf_str(&b)};
    return fact_keep(tx, &fact, &no) && miss_row(tx, &m);
}

bool missed_end(struct tx *tx, str procedure, str start)
{
    return store_run(tx, "delete from flow_missed where town = $1 and procedure = $2 and start = $3",
                     ARGS(TEXT(store_town(tx)), TEXT(procedure), TEXT(start)), NULL);
}

bool missed_again(struct tx *tx, str procedure, str start, time_ms planned, time_ms *ret)
{
    struct miss m;
    bool found;
    if (!miss_find(tx, procedure, start, &m, &found))
        return false;
    *ret = found && m.planned == planned ? m.again : 0;
    return true;
}

/* ---- whose it is ------------------------------------------------------------------------------------------------ */

/* Those zw:chief names now; nobody: whoever supervises. ret_mine: who asks is one of them. */
[[nodiscard]] static bool owners_tell(struct tx *tx, const struct flow *flow, const struct who *who,
                                      const struct procedure *p, str *ret, bool *ret_mine)
{
    struct flow_tx f;
    struct names names;
    struct right right;
    struct buf b;
    const str *all;
    size_t count;
    int faults = tx->op->fault_count;
    *ret_mine = right_for(tx->op, flow->town, who, p->ledger, ACT_SUPERVISE, &right);
    op_forgive(tx->op, faults);
    case_init(&f, tx, flow, who);
    case_begin(&f, p);
    names_init(&names, tx, flow);
    if (!flow_seats(&f, p->chief, &all, &count))
        return false;
    buf_init(&b, tx->op, 0);
    for (size_t i = 0; i < count; i++) {
        *ret_mine |= str_eq(all[i], f.actor);
        str name = names_of(&names, all[i]);
        buf_text(&b, "%s%.*s", i ? "、" : "", PS(name));
    }
    *ret = count ? buf_str(&b) : op_text(tx->op, "“%.*s”的督办人", PS(p->ledger->name));
    return !names.failed;
}

static const struct procedure_start *start_named(const struct procedure *p, str start)
{
    for (size_t i = 0; p && i < p->start_count; i++)
        if (str_eq(p->starts[i].id, start))
            return &p->starts[i];
    return NULL;
}

bool flow_missed(struct tx *tx, const struct flow *flow, const struct who *who, struct flow_miss **ret,
                 size_t *ret_count)
{
    struct { struct miss *p; size_t n, cap; } all = {0};
    struct { struct flow_miss *p; size_t n, cap; } list = {0};
    struct rows *rows;
    bool found, mine;
    if (!store_query(tx,
                     "select procedure, start, planned, tries, again, text from flow_missed where town = $1"
                     " order by planned, procedure",
                     ARGS(TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        *list_add(tx->op, &all) = (struct miss){rows_text(rows, 0), rows_text(rows, 1), rows_text(rows, 5),
                                                rows_int(rows, 2), rows_int(rows, 4), rows_int(rows, 3)};
        if (!rows_next(rows, &found))
            return false;
    }
    for (size_t i = 0; i < all.n; i++) {
        const struct miss *m = &all.p[i];
        const struct procedure *p = flow_in_force(flow, m->procedure);
        str owner;
        if (!start_named(p, m->start) || m->planned <= p->since) /* of an earlier version, whose clocks have stopped */
            continue;
        if (!owners_tell(tx, flow, who, p, &owner, &mine))
            return false;
        if (mine)
            *list_add(tx->op, &list) = (struct flow_miss){.procedure = p,
                                                          .start = m->start,
                                                          .owner = owner,
                                                          .why = m->why,
                                                          .planned = m->planned,
                                                          .again = m->again,
                                                          .tries = (int)m->tries};
    }
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

bool flow_missed_retry(struct tx *tx, const struct flow *flow, const struct who *who, str procedure, str start)
{
    const struct procedure *p = flow_in_force(flow, procedure);
    const struct procedure_start *s = start_named(p, start);
    struct miss m;
    bool found, mine;
    str owner;
    if (!s || !miss_find(tx, procedure, start, &m, &found))
        return s ? false : op_fail(tx->op, FAULT_MISSING, S(""), "没有这个到时发起的流程，请刷新");
    if (!found || m.planned <= p->since)
        return op_fail(tx->op, FAULT_CONFLICT, S(""), "它已经发起，或没有在等重试；请刷新");
    if (!owners_tell(tx, flow, who, p, &owner, &mine))
        return false;
    if (!mine)
        return op_fail(tx->op, FAULT_DENIED, S(""), "您不能重试：由%.*s办", PS(owner));
    return start_ring(tx, flow, (struct start_due){p, s}, true);
}

/* ---- from the facts ---------------------------------------------------------------------------------------------- */

static str key_of(struct op *op, str procedure, str start)
{
    return op_text(op, "%.*s %.*s", PS(procedure), PS(start));
}

void missed_note(struct map *missed, const struct json *body)
{
    struct op *op = missed->op;
    struct miss *m = op_new(op, struct miss);
    int64_t planned = 0, again = 0;
    (void)(json_int(json_get(body, MOMENT_KEY), &planned) && json_int(json_get(body, AGAIN_KEY), &again) &&
           json_int(json_get(body, TRIES_KEY), &m->tries));
    *m = (struct miss){op_copy(op, json_str(body, PROCEDURE_KEY)), op_copy(op, json_str(body, START_KEY)),
                       op_copy(op, json_str(body, REASON_KEY)), planned, again, m->tries};
    map_put(missed, key_of(op, m->procedure, m->start), m);
}

void missed_over(struct map *missed, str procedure, str start)
{
    struct op *op = missed->op;
    if (map_get(missed, key_of(op, procedure, start)))
        map_put(missed, key_of(op, procedure, start), NULL);
}

bool missed_rebuild(struct tx *tx, const struct map *missed, int64_t *different)
{
    struct rows *rows;
    bool found;
    int64_t all = 0, same = 0, wanted = 0;
    if (!store_query(tx, "select procedure, start, planned, tries, again, text from flow_missed where town = $1",
                     ARGS(TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    for (; found; all++) {
        const struct miss *m = map_get(missed, key_of(tx->op, rows_text(rows, 0), rows_text(rows, 1)));
        same += m && m->planned == rows_int(rows, 2) && m->tries == rows_int(rows, 3) &&
                m->again == rows_int(rows, 4) && str_eq(m->why, rows_text(rows, 5));
        if (!rows_next(rows, &found))
            return false;
    }
    for (size_t i = 0; i < missed->count; i++)
        wanted += missed->entries[i].value != NULL;
    if (same == all && same == wanted)
        return true;
    *different += (wanted > all ? wanted : all) - same;
    if (!store_run(tx, "delete from flow_missed where town = $1", ARGS(TEXT(store_town(tx))), NULL))
        return false;
    for (size_t i = 0; i < missed->count; i++)
        if (missed->entries[i].value && !miss_row(tx, missed->entries[i].value))
            return false;
    return true;
}
