/* Definitions meet the store: tables are brought to them, and rows that follow from a changed definition are made again
 * from facts. */
#include "ledger/inner.h"
#include "ledger/save.h"

enum { TELL_EVERY = 500 };

[[nodiscard]] static bool ledger_tables(struct tx *tx)
{
    static const char *const steps[] = {
        "create table ledger_serial (town text not null, ledger text not null, field text not null, prefix text not "
        "null, last integer not null,"
        " primary key (town, ledger, field, prefix))",
        "create table ledger_definition (town text not null, ledger text not null, digest text not null, primary key "
        "(town, ledger))",
        "create table ledger_given (town text not null, ledger text not null, key text not null, record blob not null, "
        "digest text not null, primary key (town, ledger, key))",
    };
    return store_schema(tx, S("ledger"), steps, COUNT(steps));
}

/* ---- rows from facts --------------------------------------------------------------------------------------------- */

/* One ledger on its way from facts to rows. */
struct making {
    const struct plan *plan;
    struct tx *tx;
    struct progress progress;
    int64_t done, total;        /* records */
    int64_t present, different; /* rows that were there; that were not what the facts say */
    bool compares;              /* the table can be read */
    bool writes;
    const struct field *misfit; /* values that are not of this field's type any more */
    int64_t misfits;
    struct json *example;
};

static bool tell(struct making *m)
{
    struct progress p = m->progress;
    if (!p.tell || m->done % TELL_EVERY || p.tell(p.context, S("重建"), m->done, m->total))
        return true;
    return op_fail(m->tx->op, FAULT_INPUT, S(""), "重建已取消");
}

static bool row_same(const struct making *m, const struct row *row, const struct row_head *head,
                     const struct arg *cells)
{
    const struct row_head *h = &row->head;
    bool same = h->fact_no == head->fact_no && h->version == head->version && str_eq(h->state, head->state) &&
                h->added == head->added && h->changed == head->changed && h->removed == head->removed;
    for (size_t i = 0; i < m->plan->table.count && same; i++)
        same = cell_eq(row->cells[i], cells[i]);
    return same;
}

static bool row_make(struct making *m, const struct fact *fact)
{
    struct tx *tx = m->tx;
    const struct table *t = &m->plan->table;
    struct row row;
    struct row_head head;
    struct arg *cells;
    bool found = false;
    row_init(&row, tx, m->plan);
    if (!row_from_fact(&row, fact) || (m->compares && !table_get(tx, t, fact->record, &head, &cells, &found)))
        return false;
    if (row.misfit && (!m->misfit || m->misfit == row.misfit)) {
        m->misfit = row.misfit;
        m->misfits++;
    }
    bool same = found && row_same(m, &row, &head, cells);
    m->present += found;
    m->different += !same;
    return !m->writes || ((same || table_put(tx, t, row.record, &row.head, row.cells)) &&
                          (row.head.removed || row_searchable(&row, false)));
}

static bool fact_make(void *context, struct tx *tx, const struct fact *fact)
{
    struct making *m = context;
    struct mark mark = op_mark(tx->op);
    if (fact->destroyed)
        return true;
    bool done = row_make(m, fact);
    op_reset(tx->op, mark);
    m->done++;
    return done && tell(m);
}

static bool facts_make(struct making *m)
{
    struct fact_head head;
    return store_head(m->tx, &head) && store_facts_as_of(m->tx, m->plan->def.english, head.no, fact_make, m);
}

/* A row's village group is read from the rows of other ledgers, so theirs come first. group_ends has proven that this
 * ends. */
static void order_add(const struct plan *p, const struct plan **order, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (order[i] == p)
            return;
    for (size_t i = 0; i < p->group_via_count; i++) {
        const struct plan *target = p->targets[p->group_via[i]];
        if (target != p && !p->is_group)
            order_add(target, order, count);
    }
    order[(*count)++] = p;
}

static const struct plan **order_of(struct op *op, const struct town *town)
{
    const struct plan **order = op_array(op, const struct plan *, town->count);
    size_t count = 0;
    if (town->groups)
        order_add(town->groups, order, &count);
    for (size_t i = 0; i < town->count; i++)
        order_add(town->plans[i], order, &count);
    return order;
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

/* What the store refused, with the place in the definition where the cure is. */
static bool refused(struct op *op, const struct plan *p, int faults)
{
    const struct fault *f = fault_since(op, faults);
    if (!f || f->kind == FAULT_SYSTEM)
        return false;
    str name = f->field, text = op_copy(op, f->text);
    enum fault_kind kind = f->kind;
    const struct field *field = ledger_field(&p->def, name);
    str place = field ? op_text(op, "%.*s 第%d行", PS(p->def.file), field->line) : p->def.file;
    op_forgive(op, faults);
    return op_fail(op, kind, place, "台账“%.*s”的定义改不得：%.*s", PS(p->def.name), PS(text));
}

struct definition {
    str was;                    /* digest; empty: new */
    str change;                 /* of the table, in words */
    bool changed;
};

static bool definition_read(struct tx *tx, const struct plan *p, struct definition *ret)
{
    struct rows *rows;
    bool found;
    if (!store_query(tx, "select digest from ledger_definition where town = $1 and ledger = $2",
                     ARGS(TEXT(store_town(tx)), TEXT(p->def.english)), &rows) ||
        !rows_next(rows, &found))
        return false;
    *ret = (struct definition){.was = found ? rows_text(rows, 0) : S("")};
    ret->changed = !str_eq(ret->was, p->digest);
    rows_close(rows);
    return true;
}

/* Nobody types a title or a key: what a record is called from now on by other records, or known by alone, is not kept. */
static bool derived_forget(struct tx *tx, const struct plan *p)
{
    const struct {
        str name;
        int column;
    } derived[] = {{S("_title"), p->title_column}, {S("_key"), p->key_column}};
    for (size_t i = 0; i < COUNT(derived); i++) {
        bool had;
        if (derived[i].column >= 0)
            continue;
        if (!table_has(tx, p->table.name, derived[i].name, &had) ||
            (had && !table_forget(tx, p->table.name, derived[i].name)))
            return false;
    }
    return true;
}

/* A formula that from now on asks for today, for another record or for the calendar is computed when it is read: its
 * column goes, if nobody ever typed a value into it. */
static bool columns_forget(struct tx *tx, const struct plan *p)
{
    bool titled;
    if (p->title_column < 0 && (!table_has(tx, p->table.name, TITLE_COLUMN, &titled) ||
                                (titled && !table_forget(tx, p->table.name, TITLE_COLUMN))))
        return false;
    for (size_t i = 0; i < p->def.field_count; i++) {
        const struct field *f = &p->def.fields[i];
        bool had, typed;
        int64_t one;
        if (f->type != F_COMPUTED || f->column >= 0)
            continue;
        if (!table_has(tx, p->table.name, f->name, &had))
            return false;
        if (!had)
            continue;
        str key = op_text(tx->op, "\"%.*s\":", PS(f->name));
        if (!store_int(tx, "select 1 from fact where ledger = $1 and replace(body, $2, '') <> body limit 1",
                       ARGS(TEXT(p->def.english), TEXT(key)), &one, &typed) ||
            (!typed && !table_forget(tx, p->table.name, f->name)))
            return false;
    }
    return true;
}

static bool table_bring(struct tx *tx, const struct plan *p, struct definition *d)
{
    if (!derived_forget(tx, p) || !columns_forget(tx, p))
        return false;
    int faults = tx->op->fault_count;
    if (!table_migrate(tx, &p->table, p->renames, p->rename_count, &d->change))
        return refused(tx->op, p, faults);
    d->changed = d->changed || d->change.n;
    return true;
}

/* Whether rows of p can have changed: by its own definition, or by that of a ledger on its way to the village group. */
static void changed_spread(const struct town *town, const struct plan *const *order, struct definition *definitions)
{
    for (size_t i = 0; i < town->count; i++)
        for (size_t k = 0; k < order[i]->group_via_count; k++) {
            const struct plan *target = order[i]->targets[order[i]->group_via[k]];
            for (size_t other = 0; other < i; other++)
                if (order[other] == target)
                    definitions[i].changed = definitions[i].changed || definitions[other].changed;
        }
}

static bool rows_remake(struct tx *tx, const struct plan *p)
{
    struct making m = {.plan = p, .tx = tx, .compares = true, .writes = true};
    if (!facts_make(&m))
        return false;
    if (!m.misfit)
        return true;
    tx->failed = true; /* the rows written so far have lost those values */
    return op_fail(tx->op, FAULT_CONFLICT, op_text(tx->op, "%.*s 第%d行", PS(p->def.file), m.misfit->line),
                   "“%.*s”有%lld条记录的值不合新的类型“%.*s”，定义不能这样改；请改回原来的类型，或另设新字段，旧字段留用", PS(m.misfit->name),
                   (long long)m.misfits, PS(field_type_names[m.misfit->value]));
}

static bool definition_keep(struct tx *tx, const struct plan *p, const struct definition *d)
{
    if (str_eq(d->was, p->digest))
        return true;
    struct buf b;
    buf_init(&b, tx->op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    json_put_text(&w, S("台账"), p->def.name);
    json_put_text(&w, S("文件"), p->def.file);
    json_put_text(&w, S("摘要"), p->digest);
    json_put_text(&w, S("改动"), d->change.n ? d->change : S("不涉及表的结构"));
    json_close(&w, '}');
    struct fact fact = {.account_name = S("系统"), .act = FACT_DEFINE, .ledger = p->def.english, .body = buf_str(&b)};
    int64_t no;
    return fact_keep(tx, &fact, &no) &&
           store_run(tx, "insert into ledger_definition (town, ledger, digest) values ($1, $2, $3)"
                         " on conflict (town, ledger) do update set digest = excluded.digest",
                     ARGS(TEXT(store_town(tx)), TEXT(p->def.english), TEXT(p->digest)), NULL);
}

bool town_load(struct tx *tx, str packs_folder, struct town **ret)
{
    struct town *town;
    must(tx->kind != TX_READ);
    if (!town_parse(tx->op, packs_folder, &town) || !ledger_tables(tx))
        return false;
    const struct plan **order = order_of(tx->op, town);
    struct definition *definitions = op_array(tx->op, struct definition, town->count);
    for (size_t i = 0; i < town->count; i++)
        if (!definition_read(tx, order[i], &definitions[i]) || !table_bring(tx, order[i], &definitions[i]))
            return false;
    changed_spread(town, order, definitions);
    for (size_t i = 0; i < town->count; i++)
        if ((definitions[i].changed && !rows_remake(tx, order[i])) || !definition_keep(tx, order[i], &definitions[i]))
            return false;
    *ret = town;
    return true;
}

/* ---- rebuilding -------------------------------------------------------------------------------------------------- */

/* Somebody may have altered or dropped the table: then none of it is what the facts say. */
static bool readable(struct tx *tx, const struct plan *p, bool *ret)
{
    struct row_head head;
    struct arg *cells;
    bool found;
    int faults = tx->op->fault_count;
    if (!store_part_begin(tx))
        return false;
    *ret = table_get(tx, &p->table, (id){0}, &head, &cells, &found);
    if (*ret)
        return store_part_keep(tx);
    op_forgive(tx->op, faults);
    return store_part_undo(tx);
}

static bool table_rebuild(struct tx *tx, const struct plan *p, struct making *m)
{
    int64_t rows = 0;
    bool found;
    m->plan = p;
    m->present = 0;
    m->writes = false;
    if (!readable(tx, p, &m->compares))
        return false;
    if (m->compares) { /* the first reading of the facts compares, the second writes */
        int64_t done = m->done;
        str sql = op_text(tx->op, "select count(*) from %.*s", PS(sql_table(tx->op, p)));
        if (!store_int(tx, sql.p, ARGS(), &rows, &found) || !facts_make(m))
            return false;
        m->different += rows - m->present; /* rows that no fact speaks of */
        m->done = done;
    }
    int64_t different = m->different;
    bool compared = m->compares;
    m->compares = false;
    m->writes = true;
    if (!table_drop_derived(tx, &p->table) || !table_make(tx, &p->table) || !table_indexes_drop(tx, &p->table) ||
        !facts_make(m) || !table_indexes_make(tx, &p->table) || !serials_rebuild(tx, p))
        return false;
    if (compared)
        m->different = different;
    return true;
}

bool town_rebuild(struct tx *tx, const struct town *town, struct progress progress, int64_t *ret_records,
                  int64_t *ret_different)
{
    bool found;
    struct making m = {.tx = tx, .progress = progress};
    must(tx->kind != TX_READ);
    const struct plan **order = order_of(tx->op, town);
    if (!ledger_tables(tx) || !search_clear(tx) ||
        !store_int(tx, "select count(*) from (select distinct ledger, record from fact where version > 0) x", ARGS(),
                   &m.total, &found))
        return false;
    for (size_t i = 0; i < town->count; i++)
        if (!table_rebuild(tx, order[i], &m))
            return false;
    if (progress.tell && m.total && !progress.tell(progress.context, S("重建"), m.total, m.total))
        return op_fail(tx->op, FAULT_INPUT, S(""), "重建已取消");
    *ret_records = m.done;
    *ret_different = m.different;
    return true;
}
