/* A row in memory: what an expression may ask of it, what follows from its values, and the record that people see. */
#include "ledger/inner.h"

/* What rows of a page refer to, each read once; below, with their titles. */
static struct row *labels_row(struct labels *l, id x);
static void labels_row_keep(struct labels *l, struct row *row);
static bool labels_lean(const struct labels *l);

/* ---- rows -------------------------------------------------------------------------------------------------------- */

void row_init(struct row *row, struct tx *tx, const struct plan *plan)
{
    *row = (struct row){.tx = tx, .plan = plan, .cells = op_array(tx->op, struct arg, plan->table.count)};
}

bool row_load(struct row *row, id record, bool *ret_found)
{
    row->record = record;
    if (!table_get(row->tx, &row->plan->table, record, &row->head, &row->cells, ret_found))
        return false;
    /* Nobody has written it since: the table says what it was. Only its village group may have moved with others: see
     * row_group. */
    if (!*ret_found || !row->as_of || row->head.fact_no <= row->as_of)
        return true;
    struct fact fact;
    if (!fact_as_of(row->tx, row->plan->def.english, record, row->as_of, &fact, ret_found))
        return false;
    *ret_found = *ret_found && !fact.destroyed;
    return !*ret_found || row_from_fact(row, &fact);
}

void row_take(struct row *row, struct rows *rows, const struct pick *pick, bool keep)
{
    enum { RECORD, FACT_NO, VERSION, STATE, ADDED, CHANGED, REMOVED, HEAD };
    const struct column *columns = row->plan->table.columns;
    struct op *op = row->tx->op;
    struct arg cells[STORE_ARGS_MAX];
    rows_cells(rows, 0, HEAD + (int)pick->count, cells);
    row->record = arg_typed(cells[RECORD], COLUMN_ID).id;
    row->head =
        (struct row_head){cells[FACT_NO].i, cells[VERSION].i, keep ? op_copy(op, cells[STATE].text) : cells[STATE].text,
                          cells[ADDED].i,   cells[CHANGED].i, cells[REMOVED].i != 0};
    for (size_t i = 0; i < pick->count; i++) {
        int to = pick->columns[i];
        struct arg cell = arg_typed(cells[HEAD + i], columns[to].type);
        row->cells[to] = keep ? arg_copy(op, cell) : cell;
    }
}

/* A row that others refer to, as a snapshot's memo has it. */
struct lean {
    bool found;
    struct row_head head;
    const struct arg *cells;
};

static struct lean *lean_keep(struct memo *memo, const struct row *row, bool found)
{
    struct op *op = &memo->op;
    const struct plan *p = row->plan;
    struct lean *lean = op_new(op, struct lean);
    struct arg *cells = op_array(op, struct arg, p->table.count);
    *lean = (struct lean){.found = found, .head = row->head, .cells = cells};
    lean->head.state = op_copy(op, row->head.state);
    for (size_t i = 0; i < p->lean.count; i++)
        cells[p->lean.columns[i]] = arg_copy(op, row->cells[p->lean.columns[i]]);
    return lean;
}

/* What titles and references need of a record as it stands. The cells may be shared: nobody writes into a row that is
 * referred to. */
static bool row_load_lean(struct row *row, id record, bool *ret_found)
{
    struct memo *memo = store_memo(row->tx);
    const struct {
        id record;
        const struct plan *plan; /* a reference may name a record that another ledger has */
    } wanted = {record, row->plan};
    str key = {(const char *)&wanted, sizeof wanted};
    struct lean *lean = memo ? map_get(&memo->map, key) : NULL;
    struct rows *rows;
    if (lean) {
        row->record = record;
        row->head = lean->head;
        row->cells = (struct arg *)lean->cells;
        *ret_found = lean->found;
        return true;
    }
    if (!store_query(row->tx, row->plan->sql_lean, ARGS(ID(record)), &rows) || !rows_next(rows, ret_found))
        return false;
    row->record = record;
    if (*ret_found)
        row_take(row, rows, &row->plan->lean, true);
    rows_close(rows);
    if (memo)
        map_put(&memo->map, op_copy(&memo->op, key), lean_keep(memo, row, *ret_found));
    return true;
}

static struct arg *referred_cell(const struct row *row, int field)
{
    return &row->cells[field < 0 ? row->plan->group_column : row->plan->def.fields[field].column];
}

/* Which record a field refers to. field -1: the village group. */
static bool referred_id(struct row *row, int field, id *ret)
{
    if (field < 0 && !(row->labels && !row->as_of)) /* else the row is as it was kept, and so is the column */
        return row_group(row, ret);
    struct arg cell = *referred_cell(row, field);
    *ret = cell.kind == ARG_ID ? cell.id : (id){0};
    return true;
}

/* Rows of one page share what they refer to. */
struct row *row_referred(struct row *row, int field, const struct plan *target)
{
    struct op *op = row->tx->op;
    size_t slot = field < 0 ? row->plan->def.field_count : (size_t)field;
    id x;
    if (!referred_id(row, field, &x)) {
        row->broken = true;
        return NULL;
    }
    if (id_none(x))
        return NULL;
    if (row->referred && row->referred[slot] && id_eq(row->referred[slot]->record, x))
        return row->referred[slot];
    struct row *other = row->labels ? labels_row(row->labels, x) : NULL;
    if (other)
        return other;
    if (!row->referred)
        row->referred = op_array(op, struct row *, row->plan->def.field_count + 1);
    other = op_new(op, struct row);
    bool found;
    row_init(other, row->tx, target);
    other->as_of = row->as_of;
    other->moment = row->moment;
    other->counts = row->counts;
    other->labels = row->labels;
    bool lean = row->labels && !row->as_of && labels_lean(row->labels);
    if (!(lean ? row_load_lean : nearby_row)(other, x, &found)) {
        row->broken = true;
        return NULL;
    }
    if (!found)
        return NULL;
    if (row->labels)
        labels_row_keep(row->labels, other);
    return row->referred[slot] = other;
}

/* Counts and sums of one record: by the database, or as of a fact from the facts. */
static bool tally_read(struct row *row, int field, struct arg *ret)
{
    struct op *op = row->tx->op;
    int64_t n = 0;
    bool found;
    if (row->as_of) {
        if (!tally_as_of(row, field, &n))
            return false;
    } else {
        str sql = op_text(op, "select %.*s from %.*s t where t.record = $1",
                          PS(sql_tally(op, row->plan, field, S("t"))), PS(sql_table(op, row->plan)));
        if (!store_int(row->tx, op_z(op, sql), ARGS(ID(row->record)), &n, &found))
            return false;
    }
    *ret = INT(n);
    return true;
}

struct arg row_cell(struct row *row, const struct field *f)
{
    int i = field_index(row->plan, f);
    struct op *op = row->tx->op;
    if (f->column >= 0)
        return row->cells[f->column];
    if (!f->tally && !f->moving)
        return NUL;
    if (!row->moving) {
        row->moving = op_array(op, struct arg, row->plan->def.field_count);
        row->moving_known = op_array(op, bool, row->plan->def.field_count);
    }
    if (!row->moving_known[i]) {
        row->moving_known[i] = true;
        if (!f->tally)
            row->moving[i] = value_cell(op, f, row_eval(row, row->plan->formula[i]));
        else if (!tally_read(row, i, &row->moving[i]))
            row->broken = true;
    }
    return row->moving[i];
}

bool row_named(struct row *row, const struct source *s, const struct field **ret_field, struct arg *ret)
{
    struct op *op = row->tx->op;
    const struct plan *p = row->plan;
    if (s->kind == SOURCE_FIELD) {
        const struct field *f = &p->def.fields[s->field];
        *ret = row_cell(row, f);
        if (row->hide && row->masked && row->masked[s->field])
            *ret = cell_masked(op, f, *ret);
        *ret_field = f;
        return true;
    }
    if (s->kind != SOURCE_PATH || s->of != SOURCE_FIELD)
        return false;
    const struct field *f = &s->target->def.fields[s->of_field];
    struct row *other = row_referred(row, s->field, s->target);
    *ret = other ? row_cell(other, f) : NUL;
    if (row->hide && row->masked && f->sensitive)
        *ret = cell_masked(op, f, *ret);
    *ret_field = f;
    return true;
}

static feel_value state_value(const struct row *row)
{
    return row && row->head.state.n ? feel_of_text(row->head.state) : feel_null();
}

static feel_value reach_value(struct row *row, const struct source *s, struct labels *asker)
{
    enum reached reached;
    struct row *at;
    if (!reach_row(row, s->reach, asker, &reached, &at))
        row->broken = true;
    if (row->broken || reached != REACH_SEEN)
        return feel_null();
    if (s->of == SOURCE_STATE)
        return state_value(at);
    struct arg cell = row_cell(at, s->reach->end);
    row->broken = row->broken || at->broken;
    if (row->hide && row->masked && s->reach->end->sensitive)
        cell = cell_masked(row->tx->op, s->reach->end, cell);
    return cell_value(row->tx->op, s->reach->end, cell);
}

feel_value row_source(struct row *row, const struct source *s)
{
    struct op *op = row->tx->op;
    const struct plan *p = row->plan;
    const struct field *f;
    struct arg cell;
    struct row *other;
    id group;
    switch (s->kind) {
    case SOURCE_FIELD:
        f = &p->def.fields[s->field];
        if (f->column >= 0 && !row->hide) /* most of them */
            return cell_value(op, f, row->cells[f->column]);
        must(row_named(row, s, &f, &cell));
        return cell_value(op, f, cell);
    case SOURCE_ID:
        return feel_of_text(id_text(op, row->record));
    case SOURCE_STATE:
        return state_value(row);
    case SOURCE_ADDED:
        return feel_of_time(row->head.added);
    case SOURCE_CHANGED:
        return feel_of_time(row->head.changed);
    case SOURCE_GROUP:
        if (!row_group(row, &group)) {
            row->broken = true;
            return feel_null();
        }
        return id_none(group) ? feel_null() : feel_of_text(id_text(op, group));
    case SOURCE_WORKDAYS:
        return workdays_function(row->tx, p->town, (size_t)s->field);
    case SOURCE_PATH:
        if (row_named(row, s, &f, &cell))
            return cell_value(op, f, cell);
        other = row_referred(row, s->field, s->target);
        return state_value(other);
    case SOURCE_REACH:
        return reach_value(row, s, NULL);
    }
    return feel_null();
}

/* What a condition reads of another record under the rights of whoever asks. */
static feel_value path_asked(struct row *row, const struct source *s, struct labels *asker)
{
    const struct row *other = row_referred(row, s->field, s->target);
    bool within;
    if (!other)
        return feel_null();
    if (!labels_within(asker, s->target, other->record, &within)) {
        row->broken = true;
        return feel_null();
    }
    return within ? row_source(row, s) : feel_null();
}

struct asking {
    struct row *row;
    const struct feel *tree;
    struct labels *asker;
};

static feel_value name_value(void *from, int name)
{
    const struct asking *a = from;
    const struct source *s = source_of(a->tree, name);
    if (a->asker && s->kind == SOURCE_PATH)
        return path_asked(a->row, s, a->asker);
    if (s->kind == SOURCE_REACH)
        return reach_value(a->row, s, a->asker);
    return row_source(a->row, s);
}

feel_value row_eval(struct row *row, const struct feel *tree)
{
    int64_t steps;
    return row_asked(row, tree, NULL, &steps);
}

feel_value row_asked(struct row *row, const struct feel *tree, struct labels *asker, int64_t *ret_steps)
{
    struct op *op = row->tx->op;
    struct asking *asking = op_new(op, struct asking); /* a function that comes out keeps it */
    *asking = (struct asking){row, tree, asker};
    struct feel_run run = {.op = op, .value = name_value, .from = asking};
    time_ms now = op->now;
    op->now = row->moment ? row->moment : now;
    feel_value v = feel_eval(&run, tree);
    op->now = now;
    *ret_steps = run.steps;
    return v;
}

/* ---- what follows from the values -------------------------------------------------------------------------------- */

bool row_group(struct row *row, id *ret)
{
    const struct plan *p = row->plan;
    *ret = (id){0};
    if (p->is_group) {
        *ret = row->record;
        return true;
    }
    for (size_t i = 0; i < p->group_via_count; i++) {
        const struct field *f = &p->def.fields[p->group_via[i]];
        struct arg cell = row->cells[f->column];
        if (cell.kind != ARG_ID || id_none(cell.id))
            continue;
        const struct plan *target = p->targets[p->group_via[i]];
        if (target->is_group) {
            *ret = cell.id;
            return true;
        }
        struct row *other = row_referred(row, p->group_via[i], target);
        if (row->broken)
            return false;
        if (!other)
            continue;
        if (row->as_of)
            return row_group(other, ret);
        *ret = other->cells[target->group_column].kind == ARG_ID ? other->cells[target->group_column].id : (id){0};
        if (!id_none(*ret))
            return true;
    }
    return true;
}

/* The key fields' values as one text, so that one index finds a record by all of them. Empty: none has a value. */
static struct arg key_cell(struct row *row)
{
    struct op *op = row->tx->op;
    const struct ledger *l = &row->plan->def;
    struct buf b;
    bool any = false;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < l->key_count; i++) {
        const struct field *f = ledger_field(l, l->keys[i]);
        struct json j = {0};
        if (i)
            buf_byte(&b, '\x1f');
        if (cell_json(op, f, row_cell(row, f), &j)) {
            any = true;
            buf_add(&b, j.kind == JSON_TRUE ? S("1") : j.kind == JSON_FALSE ? S("0") : j.text);
        }
    }
    return any ? TEXT(buf_str(&b)) : NUL;
}

bool row_derive(struct row *row)
{
    const struct plan *p = row->plan;
    struct op *op = row->tx->op;
    for (size_t i = 0; i < p->order_count; i++) {
        const struct field *f = &p->def.fields[p->order[i]];
        if (f->column >= 0)
            row->cells[f->column] = value_cell(op, f, row_eval(row, p->formula[p->order[i]]));
    }
    if (p->key_column >= 0)
        row->cells[p->key_column] = key_cell(row);
    id group;
    if (!row_group(row, &group))
        return false;
    row->cells[p->group_column] = id_none(group) ? NUL : ID(group);
    if (p->title_column >= 0)
        row->cells[p->title_column] = TEXT(row_title_make(row));
    return !row->broken;
}

/* ---- facts ------------------------------------------------------------------------------------------------------- */

bool row_from_fact(struct row *row, const struct fact *fact)
{
    struct op *op = row->tx->op;
    const struct plan *p = row->plan;
    struct json *body;
    row->record = fact->record;
    row->head = (struct row_head){.fact_no = fact->no,
                                  .version = fact->version,
                                  .state = fact->state,
                                  .added = fact->at,
                                  .changed = fact->at,
                                  .removed = fact->act == FACT_REMOVE};
    memset(row->cells, 0, p->table.count * sizeof *row->cells);
    row->referred = NULL;
    row->moving = NULL;
    if (!json_parse(op, fact->body, &body))
        return false;
    const struct json *values = json_get(body, S("值"));
    for (const struct json *m = values ? values->first : NULL; m; m = m->next) {
        const struct field *f = ledger_field(&p->def, m->key);
        if (!f || f->column < 0 || f->type == F_COMPUTED)
            continue;
        if (!json_cell(op, f, m, &row->cells[f->column]))
            row->misfit = f;
    }
    int64_t added;
    const struct json *added_json = json_get(body, S("新增"));
    if (added_json && json_int(added_json, &added))
        row->head.added = added;
    return row_derive(row);
}

str row_body(struct row *row, str reason)
{
    struct op *op = row->tx->op;
    const struct plan *p = row->plan;
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    json_put_open(&w, S("值"), '{');
    for (size_t i = 0; i < p->stored_count; i++) {
        const struct field *f = p->stored[i];
        struct arg cell = row->cells[f->column];
        if (f->type == F_COMPUTED || cell.kind == ARG_NULL)
            continue;
        json_key_as(&w, p->stored_keys[i]);
        cell_write(op, f, cell, &w);
    }
    json_close(&w, '}');
    json_put_int(&w, S("新增"), row->head.added);
    if (reason.n)
        json_put_text(&w, S("理由"), reason);
    json_close(&w, '}');
    return buf_str(&b);
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

/* Titles of records referred to, each read once. */
struct labels {
    struct tx *tx;
    const struct who *who;
    struct map rows;    /* 16 bytes of the id -> struct row: what rows of the page refer to */
    struct row *near;   /* of `rows`, the one last asked for: that of most rows of a page */
    struct map titles;  /* 16 bytes of the id -> str */
    struct map rights;  /* English name -> struct label_right, for titles */
    enum act act;       /* that reaches are shown for */
    struct map reached; /* the same of that act */
    struct map within;  /* 16 bytes of the id -> bool: within those */
    bool whole;         /* rows are kept with all their columns */
    id last;            /* of which `last_title` is; rows of one household follow one another */
    str last_title;
};

void labels_whole(struct labels *labels)
{
    labels->whole = true;
}

static bool labels_lean(const struct labels *l)
{
    return !l->whole;
}

struct labels *labels_new(struct tx *tx, const struct who *who)
{
    struct labels *l = op_new(tx->op, struct labels);
    *l = (struct labels){.tx = tx, .who = who, .act = ACT_READ};
    map_init(&l->rows, tx->op);
    map_init(&l->titles, tx->op);
    map_init(&l->rights, tx->op);
    map_init(&l->reached, tx->op);
    map_init(&l->within, tx->op);
    return l;
}

void labels_act(struct labels *labels, enum act act)
{
    labels->act = act;
}

struct label_right {
    bool may;
    struct right right;
};

static const struct label_right *right_asked(struct labels *l, struct map *known, const struct plan *plan, enum act act)
{
    struct label_right *right = map_get(known, plan->def.english);
    if (!right) {
        right = op_new(l->tx->op, struct label_right);
        right->may = right_ask(l->tx->op, l->who, plan, act, &right->right);
        map_put(known, plan->def.english, right);
    }
    return right;
}

const struct right *labels_right(struct labels *l, const struct plan *plan)
{
    const struct label_right *right = right_asked(l, &l->reached, plan, l->act);
    return right->may ? &right->right : NULL;
}

bool labels_plain(struct labels *l, const struct plan *plan)
{
    return right_plain(l->who, &plan->def, l->act);
}

bool labels_within(struct labels *l, const struct plan *plan, id record, bool *ret)
{
    struct op *op = l->tx->op;
    const struct right *right = labels_right(l, plan);
    str key = {(const char *)record.b, sizeof record.b};
    *ret = right && right->all;
    if (!right || right->all)
        return true;
    bool *known = map_get(&l->within, key);
    if (!known) {
        known = op_new(op, bool);
        if (!right_holds(l->tx, plan, right, record, known))
            return false;
        map_put(&l->within, op_copy(op, key), known);
    }
    *ret = *known;
    return true;
}

static str id_key(const id *x)
{
    return (str){(const char *)x->b, sizeof x->b};
}

static struct row *labels_row(struct labels *l, id x)
{
    if (!l->near || !id_eq(l->near->record, x))
        l->near = map_get(&l->rows, id_key(&x));
    return l->near;
}

static void labels_row_keep(struct labels *l, struct row *row)
{
    map_put(&l->rows, id_key(&row->record), row);
}

static bool label_of(struct labels *l, const struct plan *target, id x, const struct row *from, str *ret)
{
    struct op *op = l->tx->op;
    str key = id_key(&x);
    if (id_eq(x, l->last)) {
        *ret = l->last_title;
        return true;
    }
    str *known = map_get(&l->titles, key);
    if (known) {
        *ret = *known;
        return true;
    }
    const struct label_right *right = right_asked(l, &l->rights, target, ACT_READ);
    known = op_new(op, str);
    if (right->may) {
        struct row row;
        bool found;
        row_init(&row, l->tx, target);
        row.as_of = from->as_of;
        row.moment = from->moment;
        row.labels = l;
        if (!(row.as_of ? row_load : row_load_lean)(&row, x, &found))
            return false;
        row.masked = right->right.masked;
        if (found)
            *known = row_title(&row);
    }
    map_put(&l->titles, op_copy(op, key), known);
    l->last = x;
    *ret = l->last_title = *known;
    return true;
}

static struct json *member_add(struct op *op, struct json *object, struct json **last, str key)
{
    struct json *m = op_new(op, struct json);
    m->key = key;
    if (*last)
        (*last)->next = m;
    else
        object->first = m;
    *last = m;
    object->count++;
    return m;
}

bool label_write(struct row *row, const struct field *f, struct arg cell, struct json_out *w)
{
    struct op *op = row->tx->op;
    const struct plan *target = row->plan->targets[field_index(row->plan, f)];
    str text;
    if (cell.kind == ARG_ID) {
        if (!label_of(row->labels, target, cell.id, row, &text))
            return false;
        json_text(w, text);
        return true;
    }
    struct json *list = cell_list(op, cell.text);
    json_open(w, '[');
    for (const struct json *e = list ? list->first : NULL; e; e = e->next) {
        id x;
        text = S("");
        if (id_parse(e->text, &x) && !label_of(row->labels, target, x, row, &text))
            return false;
        json_text(w, text);
    }
    json_close(w, ']');
    return true;
}

static bool labels_add(struct row *row, struct labels *labels, str key, const struct field *f, struct arg cell,
                       struct json *object, struct json **last)
{
    struct op *op = row->tx->op;
    const struct plan *target = row->plan->targets[field_index(row->plan, f)];
    struct json *m = member_add(op, object, last, key);
    m->kind = JSON_STRING;
    if (cell.kind == ARG_ID)
        return label_of(labels, target, cell.id, row, &m->text);
    m->kind = JSON_ARRAY;
    struct json *list = cell_list(op, cell.text), *end = NULL;
    for (const struct json *e = list ? list->first : NULL; e; e = e->next) {
        id x;
        struct json *label = member_add(op, m, &end, S(""));
        label->kind = JSON_STRING;
        if (id_parse(e->text, &x) && !label_of(labels, target, x, row, &label->text))
            return false;
    }
    return true;
}

static bool is_reference(const struct field *f)
{
    return f->type == F_REF || f->type == F_REFS;
}

static bool reaches_add(struct row *row, struct labels *labels, const struct shown *shown, struct record *r,
                        struct json *last, struct json *last_label)
{
    struct op *op = row->tx->op;
    enum reached *list = shown->reach_count ? op_array(op, enum reached, shown->reach_count) : NULL;
    for (size_t i = 0; i < shown->reach_count; i++) {
        const struct reach *reach = shown->reaches[i];
        enum reached reached;
        struct arg cell;
        struct row *at;
        if (!reach_read(row, reach, &reached, &cell, &at))
            return false;
        list[i] = reached;
        struct json *m = member_add(op, r->values, &last, reach->name);
        if (reached == REACH_HIDDEN)
            *m = (struct json){.kind = JSON_STRING, .key = reach->name, .text = REACH_UNSEEN};
        else
            cell_json(op, reach->end, cell, m);
        if (reached == REACH_SEEN && is_reference(reach->end) &&
            !labels_add(at, labels, reach->name, reach->end, cell, r->labels, &last_label))
            return false;
    }
    r->reached = list;
    return true;
}

bool row_record(struct row *row, struct labels *labels, const struct shown *shown, struct record *ret)
{
    struct op *op = row->tx->op;
    const struct plan *p = row->plan;
    struct json *last = NULL, *last_label = NULL;
    row->labels = labels;
    *ret = (struct record){.id = row->record,
                           .version = row->head.version,
                           .fact_no = row->head.fact_no,
                           .state = row->head.state,
                           .withdrawn = row->head.removed,
                           .added = row->head.added,
                           .changed = row->head.changed,
                           .masked = row->masked,
                           .values = op_new(op, struct json),
                           .labels = op_new(op, struct json)};
    ret->values->kind = ret->labels->kind = JSON_OBJECT;
    for (size_t i = 0; i < p->def.field_count; i++) {
        const struct field *f = &p->def.fields[i];
        if (f->type == F_CHILDREN || (shown && shown->fields && !shown->fields[i]))
            continue;
        struct arg cell = row_cell(row, f);
        bool masked = row->masked && row->masked[i];
        if (labels && is_reference(f) && cell.kind != ARG_NULL && !masked &&
            !labels_add(row, labels, f->name, f, cell, ret->labels, &last_label))
            return false;
        if (masked)
            cell = cell.kind == ARG_NULL ? cell : cell_masked(op, f, cell);
        struct json *m = member_add(op, ret->values, &last, f->name);
        cell_json(op, f, cell, m);
    }
    if (shown && !reaches_add(row, labels, shown, ret, last, last_label))
        return false;
    ret->title = row_title(row);
    return !row->broken;
}
