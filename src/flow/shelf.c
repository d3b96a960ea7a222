/* Which versions there are, which of them new cases begin with, and how a change of that reaches whoever is at work: each
 * transaction sees the procedures as its own snapshot says, read once for all that see the same. What was read stays until
 * the program ends, for a request on another thread may still be walking through it. */
#include "flow/inner.h"

#include <pthread.h>
#include <stdlib.h>

struct flow_shelf {
    pthread_mutex_t lock;
    struct flow *last;              /* the newest reading; others behind it, by ->before */
};
struct flow_reading {
    struct op op;
    struct flow flow;
};

/* ---- keeping ----------------------------------------------------------------------------------------------- */

/* What tells one state of the procedures from every other, also from one that was taken back. */
[[nodiscard]] static bool mark_put(struct tx *tx)
{
    return store_run(tx, "insert into flow_mark (town, mark) values ($1, $2) on conflict (town) do update set mark = excluded.mark",
                     ARGS(TEXT(store_town(tx)), ID(id_new(tx->op))), NULL);
}

[[nodiscard]] static bool mark_read(struct tx *tx, id *ret)
{
    struct rows *rows;
    bool found;
    if (!store_query(tx, "select mark from flow_mark where town = $1", ARGS(TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    *ret = found ? rows_id(rows, 0) : (id){0};
    rows_close(rows);
    return true;
}

[[nodiscard]] static bool model_fact(struct tx *tx, const struct procedure *p, id draft, const struct version_new *v)
{
    struct buf b;
    struct json_out w = {.b = &b};
    int64_t no;
    buf_init(&b, tx->op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("流程"), p->name);
    json_put_text(&w, S("文件"), p->file);
    json_put_text(&w, S("代码"), p->key);
    if (!id_none(draft))
        json_put_text(&w, S("草稿"), id_text(tx->op, draft));
    else
        json_put_int(&w, S("版本"), p->version);
    json_put_text(&w, S("摘要"), p->hash);
    if (v->reason.n)
        json_put_text(&w, S("理由"), v->reason);
    json_put_text(&w, S("模型"), p->text);
    json_close(&w, '}');
    struct fact fact = {.account_name = SYSTEM_ACTOR, .act = FACT_DEFINE, .ledger = CASE_LEDGER, .body = buf_str(&b)};
    if (v->who) {
        fact.account = v->who->account;
        fact.post = v->who->post;
        fact.account_name = v->who->name;
        fact.act = id_none(draft) ? FACT_DECIDE : FACT_DEFINE;
    }
    return fact_keep(tx, &fact, &no);
}

bool version_put(struct tx *tx, struct procedure *p, const struct version_new *v)
{
    p->since = tx->op->now;
    p->by = v->who ? v->who->name : S("");
    p->reason = v->reason;
    return model_fact(tx, p, (id){0}, v) &&
           store_run(tx,
                     "insert into flow_model (town, procedure, version, hash, file, bpmn, since, by_name, reason)"
                     " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                     ARGS(TEXT(store_town(tx)), TEXT(p->key), INT(p->version), TEXT(p->hash), TEXT(p->file), TEXT(p->text),
                          INT(p->since), TEXT(p->by), TEXT(p->reason)),
                     NULL) &&
           mark_put(tx);
}

bool draft_put(struct tx *tx, const struct procedure *p, int64_t base, const struct version_new *v, id *ret)
{
    *ret = id_new(tx->op);
    return model_fact(tx, p, *ret, v) &&
           store_run(tx,
                     "insert into flow_draft (town, id, procedure, name, base, hash, bpmn, reason, by_name, at)"
                     " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                     ARGS(TEXT(store_town(tx)), ID(*ret), TEXT(p->key), TEXT(p->name), INT(base), TEXT(p->hash), TEXT(p->text),
                          TEXT(v->reason), TEXT(v->who ? v->who->name : S("")), INT(tx->op->now)),
                     NULL);
}

/* ---- the packs' at start ----------------------------------------------------------------------------------- */

/* The model as the pack has it: in force already; in force from now on, where what is in force is the pack's too; else, where
 * the office has put its own in force, kept as a draft, once. */
[[nodiscard]] static bool version_keep(struct tx *tx, struct procedure *p)
{
    struct rows *rows;
    bool found, drafted = false;
    int64_t last = 0, count;
    id draft;
    p->version = 0;
    if (!store_query(tx,
                     "select version, hash, since, by_name, reason from flow_model where town = $1 and procedure = $2"
                     " order by version desc",
                     ARGS(TEXT(store_town(tx)), TEXT(p->key)), &rows) ||
        !rows_next(rows, &found))
        return false;
    bool ours = found && rows_text(rows, 3).n;
    while (found) {
        last = last ? last : rows_int(rows, 0);
        if (str_eq(rows_text(rows, 1), p->hash) && !p->version) {
            p->version = rows_int(rows, 0);
            p->since = rows_int(rows, 2);
            p->by = rows_text(rows, 3);
            p->reason = rows_text(rows, 4);
        }
        found = false;
        if ((ours && !p->version) && !rows_next(rows, &found))
            return false;
    }
    rows_close(rows);
    if (p->version)
        return true;
    if (!ours) {
        p->version = last + 1;
        return version_put(tx, p, &(struct version_new){0});
    }
    return store_int(tx, "select count(*) from flow_draft where town = $1 and procedure = $2 and hash = $3",
                     ARGS(TEXT(store_town(tx)), TEXT(p->key), TEXT(p->hash)), &count, &drafted) &&
           (count > 0 || draft_put(tx, p, last, &(struct version_new){.reason = S("业务包更新")}, &draft));
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

static struct procedure *same_version(const struct flow *flow, const struct procedure *p)
{
    for (size_t i = 0; flow && i < flow->all.n; i++)
        if (str_eq(flow->all.p[i]->key, p->key) && flow->all.p[i]->version == p->version && str_eq(flow->all.p[i]->hash, p->hash))
            return flow->all.p[i];
    return NULL;
}

static const struct procedure *packed_as(const struct flow *flow, str key)
{
    for (size_t i = 0; i < flow->packed_count; i++)
        if (str_eq(flow->packed[i]->key, key))
            return flow->packed[i];
    return NULL;
}

static void refuse(struct flow *flow, const struct procedure *p, str why)
{
    *list_add(flow->op, &flow->refused) = (struct procedure_refused){op_copy(flow->op, p->key), op_copy(flow->op, why), p->version};
}

str refused_why(const struct flow *flow, str key, int64_t version)
{
    for (size_t i = 0; i < flow->refused.n; i++)
        if (flow->refused.p[i].version == version && str_eq(flow->refused.p[i].key, key))
            return flow->refused.p[i].why;
    return S("");
}

/* Why the last that was tried has not gone, in one line. */
static str fault_taken(struct op *op, int faults)
{
    const struct fault *f = fault_since(op, faults);
    str why = !f ? S("原因不明") : f->field.n ? op_text(op, "%.*s：%.*s", PS(f->field), PS(f->text)) : op_copy(op, f->text);
    op_forgive(op, faults);
    return why;
}

/* One that this program would refuse today leaves its cases readable as history only. */
[[nodiscard]] static bool version_read(struct tx *tx, struct flow *flow, const struct procedure *kept)
{
    struct op *op = flow->op;
    struct rows *rows;
    bool found;
    if (!store_query(tx, "select bpmn from flow_model where town = $1 and procedure = $2 and version = $3",
                     ARGS(TEXT(store_town(tx)), TEXT(kept->key), INT(kept->version)), &rows) ||
        !rows_next(rows, &found))
        return false;
    must(found);
    const struct procedure *packed = packed_as(flow, kept->key);
    struct procedure *p = op_new(op, struct procedure);
    int faults = op->fault_count;
    *p = (struct procedure){.key = op_copy(op, kept->key),
                            .pack = packed ? packed->pack : S(""),
                            .version = kept->version,
                            .hash = op_copy(op, kept->hash),
                            .file = op_copy(op, kept->file),
                            .since = kept->since,
                            .by = op_copy(op, kept->by),
                            .reason = op_copy(op, kept->reason),
                            .text = op_copy(op, rows_peek(rows, 0))};
    rows_close(rows);
    if (procedure_read(op, flow, p))
        *list_add(op, &flow->all) = p;
    else
        refuse(flow, kept, fault_taken(op, faults));
    return true;
}

/* Every version that is kept, but those of flow->all; what another reading has read already is taken from there. */
[[nodiscard]] static bool versions_read(struct tx *tx, struct flow *flow, const struct flow *known)
{
    struct rows *rows;
    bool found;
    struct { struct procedure *p; size_t n, cap; } kept = {0};
    if (!store_query(tx,
                     "select procedure, version, hash, file, since, by_name, reason from flow_model where town = $1"
                     " order by procedure, version",
                     ARGS(TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        *list_add(tx->op, &kept) = (struct procedure){.key = rows_text(rows, 0),
                                                      .version = rows_int(rows, 1),
                                                      .hash = rows_text(rows, 2),
                                                      .file = rows_text(rows, 3),
                                                      .since = rows_int(rows, 4),
                                                      .by = rows_text(rows, 5),
                                                      .reason = rows_text(rows, 6)};
        if (!rows_next(rows, &found))
            return false;
    }
    for (size_t i = 0; i < kept.n && flow->all.n < FLOW_VERSIONS_MAX; i++) {
        const struct procedure *p = &kept.p[i];
        struct procedure *read = same_version(known, p);
        str why = known ? refused_why(known, p->key, p->version) : S("");
        if (same_version(flow, p))
            continue;
        if (read)
            *list_add(flow->op, &flow->all) = read;
        else if (why.n)
            refuse(flow, p, why);
        else if (!version_read(tx, flow, p))
            return false;
    }
    return true;
}

/* Of the packs those that they still have; of the office's own all whose last version is a person's. */
void latest_find(struct flow *flow)
{
    flow->latest = op_array(flow->op, const struct procedure *, flow->packed_count + flow->all.n + 1);
    flow->latest_count = 0;
    for (size_t i = 0; i < flow->packed_count; i++) {
        const struct procedure *p = flow_procedure(flow, flow->packed[i]->key, 0);
        if (p)
            flow->latest[flow->latest_count++] = p;
    }
    for (size_t i = 0; i < flow->all.n; i++) {
        const struct procedure *p = flow->all.p[i];
        if (p->by.n && !packed_as(flow, p->key) && p == flow_procedure(flow, p->key, 0))
            flow->latest[flow->latest_count++] = p;
    }
}

const struct procedure *flow_in_force(const struct flow *flow, str key)
{
    for (size_t i = 0; i < flow->latest_count; i++)
        if (str_eq(flow->latest[i]->key, key))
            return flow->latest[i];
    return NULL;
}

/* ---- an edition that newer packs no longer go together with -------------------------------------------------- */

/* It calls what is there, and who calls it can. */
static bool edition_fits(const struct flow *flow, const struct procedure *e, str *ret_why)
{
    struct op *op = flow->op;
    int faults = op->fault_count;
    bool ok = calls_check(op, flow, e);
    for (size_t i = 0; i < flow->latest_count; i++)
        for (size_t k = 0; flow->latest[i] != e && k < flow->latest[i]->call_count; k++)
            if (str_eq(flow->latest[i]->calls[k].key, e->key))
                ok = call_check(op, flow, flow->latest[i], &flow->latest[i]->calls[k]) && ok;
    if (!ok)
        *ret_why = fault_taken(op, faults);
    return ok;
}

static void edition_drop(struct flow *flow, const struct procedure *e, str why)
{
    size_t n = 0;
    refuse(flow, e, why);
    for (size_t i = 0; i < flow->all.n; i++)
        if (flow->all.p[i] != e)
            flow->all.p[n++] = flow->all.p[i];
    flow->all.n = n;
}

/* The pack's own comes in force in the place of an edition that cannot be executed any more. */
[[nodiscard]] static bool pack_again(struct tx *tx, struct flow *flow, const struct procedure *packed, int64_t version, str why)
{
    struct procedure *p = op_new(flow->op, struct procedure);
    *p = *packed;
    p->version = version + 1;
    *list_add(flow->op, &flow->all) = p;
    return version_put(tx, p,
                       &(struct version_new){.reason = op_text(flow->op, "第 %lld 版在新的业务包下不能执行，改用业务包的（%.*s）",
                                                               (long long)version, PS(why))}) &&
           store_run(tx, "update flow_draft set ended = $1, version = $2 where town = $3 and procedure = $4 and hash = $5 and ended = 0",
                     ARGS(INT(tx->op->now), INT(p->version), TEXT(store_town(tx)), TEXT(p->key), TEXT(p->hash)), NULL);
}

/* The last version that is kept, of whoever. */
[[nodiscard]] static bool version_last(struct tx *tx, str key, int64_t *ret)
{
    bool found;
    *ret = 0;
    return store_int(tx, "select version from flow_model where town = $1 and procedure = $2 order by version desc limit 1",
                     ARGS(TEXT(store_town(tx)), TEXT(key)), ret, &found);
}

[[nodiscard]] static bool editions_settle(struct tx *tx, struct flow *flow)
{
    for (size_t i = 0; i < flow->packed_count; i++) {
        int64_t last;
        if (!version_last(tx, flow->packed[i]->key, &last))
            return false;
        str why = refused_why(flow, flow->packed[i]->key, last);
        if (why.n && !pack_again(tx, flow, flow->packed[i], last, why))
            return false;
    }
    for (bool again = true; again;) { /* each round takes one edition out */
        again = false;
        latest_find(flow);
        for (size_t i = 0; i < flow->latest_count && !again; i++) {
            const struct procedure *e = flow->latest[i], *packed = packed_as(flow, e->key);
            str why = S("");
            if (!e->by.n || edition_fits(flow, e, &why))
                continue;
            again = true;
            edition_drop(flow, e, why);
            if (packed && !pack_again(tx, flow, packed, e->version, why))
                return false;
        }
    }
    return true;
}

/* ---- opening ----------------------------------------------------------------------------------------------- */

/* With the op that opened it: every request has ended. */
static void shelf_close(void *context)
{
    struct flow_shelf *shelf = context;
    for (struct flow *f = shelf->last; f && f->reading;) {
        struct flow_reading *reading = f->reading;
        f = (struct flow *)reading->flow.before;
        op_done(&reading->op);
        free(reading);
    }
    pthread_mutex_destroy(&shelf->lock);
}

bool flow_load(struct tx *tx, const struct town *town, str packs_folder, struct flow **ret)
{
    struct flow *flow;
    if (!case_tables(tx) || !policy_setup(tx) || !packs_read(tx->op, town, packs_folder, &flow))
        return false;
    flow->all.n = 0;
    for (size_t i = 0; i < flow->packed_count; i++) {
        if (!version_keep(tx, flow->packed[i]))
            return false;
        if (flow->packed[i]->version)
            *list_add(tx->op, &flow->all) = flow->packed[i];
    }
    if (!versions_read(tx, flow, NULL) || !editions_settle(tx, flow) || !mark_read(tx, &flow->mark))
        return false;
    flow->shelf = op_new(tx->op, struct flow_shelf);
    flow->shelf->last = flow;
    pthread_mutex_init(&flow->shelf->lock, NULL);
    op_defer(tx->op, shelf_close, flow->shelf);
    *ret = flow;
    return true;
}

/* ---- as a transaction sees them ------------------------------------------------------------------------------ */

/* Under the lock. */
[[nodiscard]] static bool flow_reread(struct tx *tx, struct flow_shelf *shelf, id mark, const struct flow **ret)
{
    struct flow_reading *r = calloc(1, sizeof *r);
    const struct flow *known = shelf->last;
    must(r);
    op_init(&r->op, tx->op->now, 1);
    r->flow = *known;
    r->flow.op = &r->op;
    r->flow.all.p = NULL;
    r->flow.all.n = r->flow.all.cap = 0;
    r->flow.refused.p = NULL;
    r->flow.refused.n = r->flow.refused.cap = 0;
    r->flow.reading = r;
    r->flow.before = known;
    r->flow.mark = mark;
    if (!versions_read(tx, &r->flow, known)) {
        op_done(&r->op);
        free(r);
        return false;
    }
    latest_find(&r->flow);
    *ret = shelf->last = &r->flow;
    return true;
}

bool flow_now(struct tx *tx, const struct flow *flow, const struct flow **ret)
{
    struct flow_shelf *shelf = flow->shelf;
    id mark;
    *ret = flow;
    if (!shelf)
        return true;
    if (!mark_read(tx, &mark))
        return false;
    pthread_mutex_lock(&shelf->lock);
    const struct flow *f = shelf->last;
    while (f && !id_eq(f->mark, mark))
        f = f->before;
    bool done = f || flow_reread(tx, shelf, mark, &f);
    pthread_mutex_unlock(&shelf->lock);
    if (done)
        *ret = f;
    return done;
}
