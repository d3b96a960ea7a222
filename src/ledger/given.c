/* What a town was given of the packs' 起始记录 (rows/), so that one made by an older program gets what packs have added
 * since, and never again what it was given once.
 *
 *     not known   is it there by its key, or was it once? -> known; else added
 *     known       the packs say what they said when it was given, or it was withdrawn -> nothing
 *                 the packs say something else: the record says so too -> nothing; else told, and left
 *
 * Known is what ledger_given has: key, record, and the digest of what the packs said. A town from before that table was
 * kept is asked for what the system added: the first fact of such a record has the key and the values that were given. */
#include "ledger/save.h"

struct start_known {
    id record;
    str digest;                 /* empty: what was given is not known */
};

struct giving {
    struct tx *tx;
    struct op *op;
    const struct town *town;
    struct who who;
    struct map known;           /* <english> <key> -> struct start_known */
    struct map asked;           /* ledgers whose first facts are in `firsts` */
    struct map firsts;          /* <english> <key column> -> struct row, as the system added it */
    bool tells;                 /* what is refused is told; else it is a fault */
    bool looks;                 /* and nothing is written */
    bool met;                   /* something of it was here before */
    struct { struct start_news *p; size_t n, cap; } added, differing, refused;
};

static str known_key(struct op *op, const struct start *s)
{
    return op_text(op, "%.*s %.*s", PS(s->ledger->english), PS(s->key));
}

static str start_digest(struct op *op, const struct start *s)
{
    struct buf b;
    buf_init(&b, op, 0);
    json_value(&(struct json_out){.b = &b}, s->values);
    return store_digest_text(op, buf_str(&b));
}

static bool known_read(struct giving *g)
{
    struct rows *rows;
    bool found;
    if (!store_query(g->tx, "select ledger, key, record, digest from ledger_given where town = $1", ARGS(TEXT(store_town(g->tx))),
                     &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        struct start_known *known = op_new(g->op, struct start_known);
        *known = (struct start_known){rows_id(rows, 2), rows_text(rows, 3)};
        (void)map_put(&g->known, op_text(g->op, "%.*s %.*s", PS(rows_text(rows, 0)), PS(rows_text(rows, 1))), known);
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

/* Under a snapshot the next opening does it. */
static bool known_keep(struct tx *tx, const struct start *s, id record, str digest)
{
    if (tx->kind == TX_READ)
        return true;
    return store_run(tx, "insert into ledger_given (town, ledger, key, record, digest) values ($1, $2, $3, $4, $5)"
                         " on conflict (town, ledger, key) do update set record = excluded.record, digest = excluded.digest",
                     ARGS(TEXT(store_town(tx)), TEXT(s->ledger->english), TEXT(s->key), ID(record), TEXT(digest)), NULL);
}

/* ---- what the packs say, beside what is there --------------------------------------------------------------------- */

static int key_at(const struct plan *p)
{
    return p->key_column >= 0 ? p->key_column : ledger_field(&p->def, p->def.keys[0])->column;
}

static str key_of(const struct row *row)
{
    struct op *op = row->tx->op;
    struct arg key = row->cells[key_at(row->plan)];
    str text = key.kind == ARG_TEXT ? key.text : key.kind == ARG_INT ? op_text(op, "%lld", (long long)key.i) : S("");
    return op_text(op, "%.*s %.*s", PS(row->plan->def.english), PS(text));
}

/* The row of the packs as a record would have it. False: its values are refused, or the database failed. */
static bool start_row(struct tx *tx, const struct who *who, const struct start *s, struct save *ret)
{
    const struct wanted wanted = {.json = s->values};
    save_begin(ret, tx, who, plan_of(s->ledger), NULL);
    return save_values(ret, &wanted) && save_sound(ret) && row_derive(&ret->row);
}

/* Fields that the packs leave to the ledger's own 默认 are the town's affair. */
static bool field_differs(const struct save *packs, const struct row *ours, const struct field *f)
{
    int i = field_index(packs->plan, f);
    if (f->type == F_COMPUTED || f->type == F_SERIAL || (packs->plan->initial[i] && !packs->touched[i]))
        return false;
    return !cell_eq(packs->row.cells[f->column], ours->cells[f->column]);
}

static void differences_find(const struct save *packs, const struct row *ours, struct start_news *ret)
{
    struct { struct start_difference *p; size_t n, cap; } list = {0};
    struct op *op = packs->op;
    for (size_t i = 0; i < packs->plan->stored_count; i++) {
        const struct field *f = packs->plan->stored[i];
        if (field_differs(packs, ours, f))
            *list_add(op, &list) = (struct start_difference){
                f, cell_text(op, f, ours->cells[f->column]), cell_text(op, f, packs->row.cells[f->column])};
    }
    ret->differences = list.p;
    ret->difference_count = list.n;
}

/* ---- towns from before it was remembered -------------------------------------------------------------------------- */

/* What the system added to this ledger, by the key that it had then: the town may have given it another since. */
static bool firsts_read(struct giving *g, const struct plan *plan)
{
    struct rows *rows;
    bool found;
    if (!map_put(&g->asked, plan->def.english, g))
        return true;
    if (!store_query(g->tx,
                     "select record, body from fact where town = $1 and ledger = $2 and version = 1 and account is null"
                     " and body is not null order by no",
                     ARGS(TEXT(store_town(g->tx)), TEXT(plan->def.english)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        struct row *row = op_new(g->op, struct row);
        const struct fact fact = {.record = rows_id(rows, 0), .version = 1, .act = FACT_ADD, .body = rows_text(rows, 1)};
        row_init(row, g->tx, plan);
        if (!row_from_fact(row, &fact) || !rows_next(rows, &found))
            return false;
        (void)map_put(&g->firsts, key_of(row), row);
    }
    return true;
}

/* Whoever added it. A withdrawn one counts as well: the town has decided about it. */
static bool record_with_key(struct giving *g, const struct save *packs, id *ret, bool *ret_found)
{
    const struct plan *p = packs->plan;
    struct rows *rows;
    str sql = op_text(g->op, "select record from %.*s where town = $1 and %.*s = $2 order by removed, record", PS(sql_table(g->op, p)),
                      PS(store_name(g->op, p->table.columns[key_at(p)].name)));
    if (!store_query(g->tx, sql.p, ARGS(TEXT(store_town(g->tx)), packs->row.cells[key_at(p)]), &rows) || !rows_next(rows, ret_found))
        return false;
    if (*ret_found) {
        *ret = rows_id(rows, 0);
        rows_close(rows);
    }
    return true;
}

static bool met_find(struct giving *g, const struct save *packs, str digest, struct start_known *ret, bool *ret_found)
{
    struct start_news differences = {0};
    if (!firsts_read(g, packs->plan))
        return false;
    const struct row *first = map_get(&g->firsts, key_of(&packs->row));
    if (!first)
        return record_with_key(g, packs, &ret->record, ret_found);
    differences_find(packs, first, &differences);
    *ret = (struct start_known){first->record, differences.difference_count ? S("") : digest};
    *ret_found = true;
    return true;
}

/* ---- giving ------------------------------------------------------------------------------------------------------- */

/* What the town has does not go together with it. False: a fault that is nobody's to put up with. */
static bool start_refuse(struct giving *g, const struct start *s, int faults)
{
    const struct fault *f = fault_since(g->op, faults);
    if (!g->tells || !f || f->kind == FAULT_SYSTEM)
        return false;
    *list_add(g->op, &g->refused) = (struct start_news){.start = s, .trouble = op_copy(g->op, f->text)};
    op_forgive(g->op, faults);
    return true;
}

/* Whether it would be given. Those before it are not there, so what these would refuse is told by the next opening. */
static bool start_fits(struct giving *g, const struct start *s)
{
    const struct wanted wanted = {.json = s->values};
    const struct right right = {.all = true};
    const int faults = g->op->fault_count;
    struct save save;
    save_begin(&save, g->tx, &g->who, plan_of(s->ledger), NULL);
    return save_add(&save, id_new(g->op), &wanted, &right, ACT_ADD) || start_refuse(g, s, faults);
}

static bool start_add(struct giving *g, const struct start *s, str digest)
{
    struct warning *warnings;
    struct record *record;
    const int faults = g->op->fault_count;
    if (!store_part_begin(g->tx))
        return false;
    if (!record_add(g->tx, g->town, &g->who, s->ledger, s->values, &warnings, &record))
        return start_refuse(g, s, faults) && store_part_undo(g->tx);
    *list_add(g->op, &g->added) = (struct start_news){.start = s, .record = record->id};
    return store_part_keep(g->tx) && known_keep(g->tx, s, record->id, digest);
}

/* Known, but the packs say something else than when it was given. */
static bool start_look(struct giving *g, const struct start *s, const struct save *packs, const struct start_known *known, str digest)
{
    struct start_news news = {.start = s, .record = known->record};
    struct row ours;
    bool found;
    row_init(&ours, g->tx, packs->plan);
    if (!row_load(&ours, known->record, &found))
        return false;
    if (found && !ours.head.removed) {
        news.version = ours.head.version;
        differences_find(packs, &ours, &news);
    }
    if (news.difference_count == 0)
        return known_keep(g->tx, s, known->record, digest);
    *list_add(g->op, &g->differing) = news;
    return true;
}

static bool start_give(struct giving *g, const struct start *s)
{
    struct save packs;
    struct start_known met = {0}, *known = map_get(&g->known, known_key(g->op, s));
    const str digest = start_digest(g->op, s);
    const int faults = g->op->fault_count;
    bool found = true;
    if (known && str_eq(known->digest, digest))
        return true;
    if (!start_row(g->tx, &g->who, s, &packs))
        return start_refuse(g, s, faults);
    if (!known && !met_find(g, &packs, digest, &met, &found))
        return false;
    if (!found)
        return g->looks ? start_fits(g, s) : start_add(g, s, digest);
    g->met = true;
    if (known)
        return start_look(g, s, &packs, known, digest);
    return known_keep(g->tx, s, met.record, met.digest) && (str_eq(met.digest, digest) || start_look(g, s, &packs, &met, digest));
}

bool town_begin(struct tx *tx, const struct town *town, struct starts_report *ret)
{
    struct giving g = {.tx = tx, .op = tx->op, .town = town, .who = {.name = S("系统"), .system = true}, .tells = ret != NULL,
                       .looks = tx->kind == TX_READ};
    must(g.tells || !g.looks);
    map_init(&g.known, tx->op);
    map_init(&g.asked, tx->op);
    map_init(&g.firsts, tx->op);
    if (!known_read(&g))
        return false;
    g.met = g.known.count > 0;
    for (size_t i = 0; i < town->start_count; i++)
        if (!start_give(&g, &town->starts[i]))
            return false;
    if (ret)
        *ret = (struct starts_report){.first = !g.met,
                                      .added = g.added.p,
                                      .added_count = g.added.n,
                                      .differing = g.differing.p,
                                      .differing_count = g.differing.n,
                                      .refused = g.refused.p,
                                      .refused_count = g.refused.n};
    return true;
}

/* ---- deciding ----------------------------------------------------------------------------------------------------- */

/* What the packs say in the fields that differ. */
static const struct json *patch_of(const struct save *packs, const struct start_news *news)
{
    struct json *patch = op_new(packs->op, struct json), **end = &patch->first;
    patch->kind = JSON_OBJECT;
    for (size_t i = 0; i < news->difference_count; i++) {
        const struct field *f = news->differences[i].field;
        struct json *m = *end = op_new(packs->op, struct json);
        if (!cell_json(packs->op, f, packs->row.cells[f->column], m))
            m->kind = JSON_NULL;
        m->key = f->name;
        end = &m->next;
        patch->count++;
    }
    return patch;
}

static bool keep_said(struct tx *tx, const struct who *who, const struct start_news *news, str reason)
{
    struct buf b;
    struct json_out w = {.b = &b};
    struct right right;
    int64_t no;
    if (!right_check(tx, who, plan_of(news->start->ledger), ACT_CHANGE, news->record, &right))
        return false;
    buf_init(&b, tx->op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("起始记录"), news->start->key);
    json_put_text(&w, S("理由"), reason);
    json_close(&w, '}');
    const struct fact fact = {.account = who->account,
                              .post = who->post,
                              .account_name = who->name,
                              .act = FACT_DECIDE,
                              .ledger = news->start->ledger->english,
                              .record = news->record,
                              .body = buf_str(&b)};
    return fact_keep(tx, &fact, &no);
}

bool start_decide(struct tx *tx, const struct town *town, const struct who *who, const struct start_news *news, bool take, str reason)
{
    const struct who system = {.name = S("系统"), .system = true}; /* who reads what the packs say */
    const struct start *s = news->start;
    const str what = take ? S("改为业务包的") : S("业务包改了，仍用本镇的");
    struct save packs;
    struct record *record;
    struct warning *warnings;
    must(tx->kind != TX_READ && news->difference_count > 0);
    reason = reason.n ? op_text(tx->op, "%.*s：%.*s", PS(what), PS(reason)) : what;
    if (!start_row(tx, &system, s, &packs))
        return false;
    bool done = take ? record_change(tx, town, who, s->ledger, news->record, news->version, patch_of(&packs, news), reason, &warnings,
                                     &record)
                     : keep_said(tx, who, news, reason);
    return done && known_keep(tx, s, news->record, start_digest(tx->op, s));
}
