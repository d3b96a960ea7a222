/* From the facts again: every row of flow_case, flow_seat, flow_hand, flow_copy, flow_stuck, flow_vacant and flow_command. */
#include "flow/inner.h"

struct making {
    struct tx *tx;
    const struct flow *flow;
    const struct who *who;
    struct progress progress;
    int64_t cases, different, reworded;
    struct map rung, missed;
};

static bool told(struct making *m, str stage)
{
    return !m->progress.tell || m->progress.tell(m->progress.context, stage, m->cases, 0) ||
           op_fail(m->tx->op, FAULT_CONFLICT, S(""), "重建已取消，什么也没有改");
}

static bool case_each(void *context, struct tx *tx, const struct fact *fact)
{
    struct making *m = context;
    struct flow_tx f;
    struct mark mark = op_mark(tx->op);
    id command;
    enum rows_change changed;
    case_init(&f, tx, m->flow, m->who);
    if (fact->act != FACT_WORK)
        return true;
    if (!case_body_read(&f, fact, &command) || !fact_first(tx, CASE_LEDGER, fact->record, &f.no) ||
        !case_rows(&f, &changed))
        return false;
    m->different += changed == ROWS_CHANGED;
    m->reworded += changed == ROWS_REWORDED;
    if (++m->cases % 1000 == 0 && !told(m, S("事项")))
        return false;
    op_reset(tx->op, mark);
    return true;
}

static bool command_each(void *context, struct tx *tx, const struct fact *fact)
{
    struct making *m = context;
    struct json *body;
    id command;
    int64_t known, no;
    bool found;
    if ((fact->act != FACT_WORK && fact->act != FACT_MISS) || !str_eq(fact->ledger, CASE_LEDGER))
        return true;
    struct mark mark = op_mark(tx->op);
    if (!json_parse(tx->op, fact->body, &body))
        return false;
    if (fact->act == FACT_MISS) {
        missed_note(&m->missed, body);
        return true;
    }
    if (short_id_read(json_str(body, S("令")), &command)) {
        if (!store_int(tx, "select fact_no from flow_command where id = $1", ARGS(ID(command)), &known, &found))
            return false;
        if ((!found || known != fact->no) &&
            (!store_run(tx, "delete from flow_command where id = $1", ARGS(ID(command)), NULL) ||
             !fact_first(tx, CASE_LEDGER, fact->record, &no) || !case_command(tx, command, no, fact->no)))
            return false;
        m->different += !found || known != fact->no;
    }
    if (!rung_note(&m->rung, body)) /* what it keeps is few */
        op_reset(tx->op, mark);
    else
        missed_over(&m->missed, json_str(body, S("程")), json_str(body, S("始")));
    return true;
}

/* Rows of cases that no fact speaks of. */
[[nodiscard]] static bool strays_end(struct making *m)
{
    static const char *const tables[] = {"flow_case", "flow_seat",  "flow_hand",
                                         "flow_copy", "flow_stuck", "flow_vacant", "flow_command"};
    for (size_t i = 0; i < COUNT(tables); i++) {
        int64_t gone;
        str sql =
            op_text(m->tx->op,
                    "delete from %s where not exists (select 1 from fact f where f.no = %s.%s and f.ledger = $1 and"
                    " f.version = 1)",
                    tables[i], tables[i], i == 0 ? "no" : "case_no");
        if (!store_run(m->tx, sql.p, ARGS(TEXT(CASE_LEDGER)), &gone))
            return false;
        m->different += gone;
    }
    return true;
}

bool flow_rebuild(struct tx *tx, const struct flow *flow, struct progress progress, int64_t *ret_cases,
                  int64_t *ret_different, int64_t *ret_reworded)
{
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    struct making m = {.tx = tx, .flow = flow, .who = &system, .progress = progress};
    int64_t last;
    map_init(&m.rung, tx->op);
    map_init(&m.missed, tx->op);
    if (!store_fact_count(tx, &last) || !strays_end(&m) || !store_facts_as_of(tx, CASE_LEDGER, last, case_each, &m) ||
        !store_rebuild(tx, command_each, &m) || !rung_rebuild(tx, &m.rung, &m.different) ||
        !missed_rebuild(tx, &m.missed, &m.different))
        return false;
    *ret_cases = m.cases;
    *ret_different = m.different;
    *ret_reworded = m.reworded;
    return true;
}
