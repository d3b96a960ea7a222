/* Records: every change takes the same way — right, values, what follows from them, rules, fact, row, search. */
#include "ledger/inner.h"
#include "ledger/record_bulk.h"

enum { REASON_MAX = 500, CONFLICTS_TOLD_MAX = 20 };

/* One change on its way. */
struct save {
    struct tx *tx;
    struct op *op;
    const struct plan *plan;
    const struct who *who;
    struct row row;              /* as it will be */
    const struct arg *before;    /* cells as they are; NULL: a new record */
    bool *touched;               /* [field_count] the request names it */
    const bool *covered;         /* [field_count] fields this person sees masked */
    struct warning **warnings;
    bool *bad;                   /* [field_count] refused already */
    struct raise *raises;        /* counters to move when it is kept: what is refused leaves no gap */
    struct bulk *bulk;
    int faults;                  /* op's when the save began */
};

struct raise {
    struct raise *next;
    const struct field *field;
    str prefix;
    int64_t to;
};

static bool sound(const struct save *s)
{
    return s->op->fault_count == s->faults;
}

static void warn(struct save *s, str field, str text)
{
    if (!s->warnings)
        return;
    struct warning **end = s->warnings;
    while (*end)
        end = &(*end)->next;
    *end = op_new(s->op, struct warning);
    **end = (struct warning){.field = field, .text = text};
}

static void wrong(struct save *s, const struct field *f, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void wrong(struct save *s, const struct field *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(s->op, format, args);
    va_end(args);
    if (f)
        s->bad[field_index(s->plan, f)] = true;
    (void)!op_fail(s->op, FAULT_INPUT, f ? f->name : S(""), "%.*s", PS(text));
}

static struct arg *cell_of(struct save *s, const struct field *f)
{
    return &s->row.cells[f->column];
}

static bool is_empty(struct arg a)
{
    return a.kind == ARG_NULL || (a.kind == ARG_TEXT && str_eq(a.text, S("[]")));
}

/* ---- many at once ------------------------------------------------------------------------------------------------ */

struct bulk {
    struct tx *tx;
    const struct plan *plan;
    const struct who *who;
    struct right right;
    bool *covered;
    enum act act;
    struct op *memory;           /* for what is kept between rows */
    struct map known;            /* ledger field text or ledger id -> struct found_key */
};

struct found_key {
    id id;
    int64_t count;
};

static void memory_end(void *memory)
{
    op_done(memory);
}

static void known_begin(struct bulk *b)
{
    if (b->memory->blocks) /* op_done and op_init would need a new op; a mark at the beginning gives all back */
        op_reset(b->memory, (struct mark){0});
    map_init(&b->known, b->memory);
}

/* ---- references --------------------------------------------------------------------------------------------------- */

/* Is there such a record, not withdrawn? */
static bool reference_check(struct save *s, const struct field *f, const struct plan *target, id x)
{
    struct op *op = s->op;
    str key = {0};
    if (s->bulk) {
        char bytes[24];
        memcpy(bytes, &target, 8);
        memcpy(bytes + 8, x.b, 16);
        key = (str){bytes, sizeof bytes};
        if (map_get(&s->bulk->known, key))
            return true;
        key = op_copy(s->bulk->memory, key);
    }
    int64_t removed;
    bool found;
    str sql = op_text(op, "select removed from %.*s where record = $1", PS(sql_table(op, target)));
    if (!store_int(s->tx, sql.p, ARGS(ID(x)), &removed, &found))
        return false;
    if (!found)
        wrong(s, f, "引用的“%.*s”不存在，请重新选择", PS(target->def.name));
    else if (removed)
        wrong(s, f, "引用的“%.*s”已作废，请重新选择", PS(target->def.name));
    else if (s->bulk)
        map_put(&s->bulk->known, key, op_new(s->bulk->memory, struct found_key));
    return true;
}

static bool references_check(struct save *s, const struct field *f, struct arg cell)
{
    const struct plan *target = plan_of(town_ledger(s->plan->town, f->target));
    struct json *list;
    if (cell.kind == ARG_ID)
        return reference_check(s, f, target, cell.id);
    if (cell.kind != ARG_TEXT || !json_parse(s->op, cell.text, &list))
        return true;
    for (const struct json *e = list->first; e; e = e->next) {
        id x;
        if (!id_parse(e->text, &x))
            wrong(s, f, "“%.*s”须从台账“%.*s”里选择", PS(f->name), PS(target->def.name));
        else if (!reference_check(s, f, target, x))
            return false;
    }
    return true;
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

static bool has_star(const struct json *v)
{
    size_t at;
    return v->kind == JSON_STRING && str_find(v->text, S("*"), &at);
}

static bool value_take(struct save *s, const struct json *m)
{
    const struct field *f = ledger_field(&s->plan->def, m->key);
    struct checked c = {0};
    if (!f) {
        (void)!op_fail(s->op, FAULT_INPUT, m->key, "台账“%.*s”没有“%.*s”这个字段", PS(s->plan->def.name), PS(m->key));
        return true;
    }
    int i = field_index(s->plan, f);
    if (f->column < 0 || f->type == F_COMPUTED) {
        wrong(s, f, "“%.*s”%s，不能填写", PS(f->name), f->type == F_CHILDREN ? "由下级台账的记录组成" : "由系统计算");
        return true;
    }
    s->touched[i] = true;
    if (s->covered && s->covered[i] && has_star(m)) {
        wrong(s, f, "“%.*s”对您是打码显示的；要改请填写完整内容，不改请留着不动", PS(f->name));
        return true;
    }
    if (!check_json(s->op, f, m->kind == JSON_NULL ? NULL : m, &c)) {
        wrong(s, f, "%.*s", PS(c.trouble));
        return true;
    }
    if (c.warning.n)
        warn(s, f->name, c.warning);
    struct arg cell = checked_cell(s->op, f, &c);
    if (f->type == F_REF && c.kind != CHECKED_EMPTY && cell.kind != ARG_ID) {
        wrong(s, f, "“%.*s”须从台账“%.*s”里选择", PS(f->name), PS(f->target));
        return true;
    }
    if (s->before && !cell_eq(cell, s->before[f->column])) {
        if (f->type == F_SERIAL && s->before[f->column].kind != ARG_NULL)
            wrong(s, f, "“%.*s”由系统编号，编定后不能更改", PS(f->name));
        if (f->snapshot && s->before[f->column].kind != ARG_NULL)
            wrong(s, f, "“%.*s”是办理当时的快照，不能更改", PS(f->name));
    }
    *cell_of(s, f) = cell;
    if ((f->type == F_REF || f->type == F_REFS) && cell.kind != ARG_NULL && !(s->before && cell_eq(cell, s->before[f->column])))
        return references_check(s, f, cell);
    return true;
}

static bool values_take(struct save *s, const struct json *values)
{
    if (values && values->kind != JSON_OBJECT)
        return op_fail(s->op, FAULT_INPUT, S(""), "各字段的值须写成一个 JSON 对象");
    for (const struct json *m = values ? values->first : NULL; m; m = m->next)
        if (!value_take(s, m))
            return false;
    return true;
}

static void initials_put(struct save *s)
{
    const struct plan *p = s->plan;
    for (size_t i = 0; i < p->def.field_count; i++) {
        const struct field *f = &p->def.fields[i];
        if (p->initial[i] && !s->touched[i] && f->column >= 0)
            *cell_of(s, f) = value_cell(s->op, f, row_eval(&s->row, p->initial[i]));
    }
}

/* ---- serial numbers ----------------------------------------------------------------------------------------------- */

/* Everything before the running number. False: something it needs is missing, a fault says what. */
static bool serial_prefix(struct save *s, const struct field *f, const struct serial *serial, str *ret)
{
    struct buf b;
    buf_init(&b, s->op, 0);
    for (size_t i = 0; i < serial->count; i++) {
        const struct serial_part *part = &serial->parts[i];
        switch (part->kind) {
        case SERIAL_TEXT:
            buf_add(&b, part->text);
            break;
        case SERIAL_YEAR:
            buf_int(&b, date_of(day_at(s->op->now)).year);
            break;
        case SERIAL_DAY: {
            struct date today = date_of(day_at(s->op->now));
            buf_text(&b, "%04d%02d%02d", today.year, today.month, today.day);
            break;
        }
        case SERIAL_VALUE: {
            feel_value v = row_value(&s->row, part->source);
            if (feel_is_null(v)) {
                wrong(s, f, "编“%.*s”要用到“%.*s”，请先填好", PS(f->name), PS(s->plan->scope.names[part->source].name));
                return false;
            }
            buf_add(&b, feel_text_of(s->op, v));
            break;
        }
        case SERIAL_NUMBER:
            break;
        }
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

static bool serial_keep(struct save *s, const struct raise *r)
{
    const struct arg args[] = {TEXT(store_town(s->tx)), TEXT(s->plan->def.english), TEXT(r->field->name), TEXT(r->prefix), INT(r->to)};
    int64_t changed;
    return store_run(s->tx, "update ledger_serial set last = $5 where town = $1 and ledger = $2 and field = $3 and prefix = $4 and last < $5",
                     store_args(args, COUNT(args)), &changed) &&
           (changed || store_run(s->tx, "insert into ledger_serial (town, ledger, field, prefix, last) values ($1, $2, $3, $4, $5)"
                                        " on conflict do nothing", store_args(args, COUNT(args)), NULL));
}

/* The next number, without gaps: the counter and the record are in one transaction, and one writes at a time. A number that came
 * from outside (an old register) moves the counter past it. */
static bool serial_give(struct save *s, const struct field *f, const struct serial *serial)
{
    str prefix;
    int digits = serial->parts[serial->count - 1].digits;
    struct arg *cell = cell_of(s, f);
    if (cell->kind == ARG_TEXT) {
        int64_t n = 0;
        if (cell->text.n <= (size_t)digits)
            return true;
        int faults = s->op->fault_count;
        if (!serial_prefix(s, f, serial, &prefix)) {
            op_forgive(s->op, faults);
            return true;
        }
        str tail = str_part(cell->text, prefix.n, cell->text.n);
        if (!str_starts(cell->text, prefix) || tail.n != (size_t)digits)
            return true;
        for (size_t i = 0; i < tail.n; i++) {
            if (tail.p[i] < '0' || tail.p[i] > '9')
                return true;
            n = n * 10 + (tail.p[i] - '0');
        }
        serial_raise(s, f, prefix, n);
        return true;
    }
    if (!serial_prefix(s, f, serial, &prefix))
        return true;
    int64_t last = 0, limit = 1;
    bool found;
    if (!store_int(s->tx, "select last from ledger_serial where town = $1 and ledger = $2 and field = $3 and prefix = $4",
                   ARGS(TEXT(store_town(s->tx)), TEXT(s->plan->def.english), TEXT(f->name), TEXT(prefix)), &last, &found))
        return false;
    for (int i = 0; i < digits; i++)
        limit *= 10;
    if (last + 1 >= limit) {
        wrong(s, f, "以“%.*s”开头的编号已用完 %d 位，请管理员放宽编号规则", PS(prefix), digits);
        return true;
    }
    *cell = TEXT(op_text(s->op, "%.*s%0*lld", PS(prefix), digits, (long long)last + 1));
    serial_raise(s, f, prefix, last + 1);
    return true;
}

/* ---- rules -------------------------------------------------------------------------------------------------------- */

/* The record, not withdrawn and not this one, that has this value in this column. */
static bool other_with(struct save *s, str column, struct arg value, id *ret, bool *ret_found)
{
    struct op *op = s->op;
    struct rows *rows;
    str sql = op_text(op, "select record from %.*s where %.*s = $1 and removed = 0 and record <> $2", PS(sql_table(op, s->plan)),
                      PS(store_name(op, column)));
    if (!store_query(s->tx, sql.p, ARGS(value, ID(s->row.record)), &rows) || !rows_next(rows, ret_found))
        return false;
    if (*ret_found)
        *ret = rows_id(rows, 0);
    rows_close(rows);
    return true;
}

/* Its title as this person may see it; a record outside their rows is only said to exist. */
static bool other_title(struct save *s, id other, str *ret)
{
    struct right right;
    bool holds = false, found;
    *ret = S("另一条记录");
    if (!s->who || !right_ask(s->op, s->who, s->plan, ACT_READ, &right))
        return true;
    if (!right_holds(s->tx, s->plan, &right, other, &holds) || !holds)
        return !holds;
    struct row row;
    row_init(&row, s->tx, s->plan);
    if (!row_load(&row, other, &found))
        return false;
    row.masked = right.masked;
    if (found)
        *ret = op_text(s->op, "“%.*s”", PS(row_title(&row)));
    return true;
}

static bool uniques_check(struct save *s)
{
    const struct plan *p = s->plan;
    id other;
    bool found;
    str title;
    for (size_t i = 0; i < p->stored_count; i++) {
        const struct field *f = p->stored[i];
        struct arg cell = *cell_of(s, f);
        if (!f->unique || cell.kind == ARG_NULL || s->bad[field_index(p, f)] || (s->before && cell_eq(cell, s->before[f->column])))
            continue;
        if (!other_with(s, f->name, cell, &other, &found) || (found && !other_title(s, other, &title)))
            return false;
        if (found)
            wrong(s, f, "“%.*s”已被%.*s使用，不能重复，请核对", PS(f->name), PS(title));
    }
    if (p->key_column < 0 || s->row.cells[p->key_column].kind == ARG_NULL ||
        (s->before && cell_eq(s->row.cells[p->key_column], s->before[p->key_column])))
        return true;
    if (!other_with(s, S("_key"), s->row.cells[p->key_column], &other, &found) || (found && !other_title(s, other, &title)))
        return false;
    if (found)
        wrong(s, ledger_field(&p->def, p->def.keys[0]), "已有%.*s与它的%.*s相同，不能重复登记；请改那一条", PS(title),
              PS(op_join(s->op, p->def.keys, p->def.key_count, S("、"))));
    return true;
}

static void rules_check(struct save *s)
{
    const struct ledger *l = &s->plan->def;
    for (size_t i = 0; i < l->rule_count; i++) {
        const struct rule *rule = &l->rules[i];
        feel_value v = row_eval(&s->row, rule->tree);
        if (v.kind != FEEL_BOOL || v.truth)
            continue;
        if (rule->warns)
            warn(s, rule->field, rule->message);
        else
            wrong(s, rule->field.n ? ledger_field(l, rule->field) : NULL, "%.*s", PS(rule->message));
    }
}

static void required_check(struct save *s)
{
    for (size_t i = 0; i < s->plan->def.field_count; i++) {
        const struct field *f = &s->plan->def.fields[i];
        if (f->required && f->type != F_SERIAL && f->column >= 0 && (!s->before || s->touched[i]) && !s->bad[i] && is_empty(*cell_of(s, f)))
            wrong(s, f, "“%.*s”须填写", PS(f->name));
    }
}

/* What follows from the values, and whether all of it may stand; sound() tells. False only when the database failed. */
static bool row_check(struct save *s, bool numbers)
{
    const struct plan *p = s->plan;
    s->row.referred = NULL;
    s->row.moving = NULL;
    if (!s->before)
        initials_put(s);
    for (size_t i = 0; numbers && i < p->def.field_count && !s->before; i++)
        if (p->serial[i] && !serial_give(s, &p->def.fields[i], p->serial[i]))
            return false;
    if (!row_derive(&s->row))
        return false;
    if (sound(s)) /* over wrong values rules would only confuse */
        rules_check(s);
    required_check(s);
    return !s->row.broken && uniques_check(s);
}

/* ---- keeping ------------------------------------------------------------------------------------------------------ */

static void save_begin(struct save *s, struct tx *tx, const struct who *who, const struct plan *plan, struct warning **warnings)
{
    *s = (struct save){.tx = tx, .op = tx->op, .plan = plan, .who = who, .warnings = warnings, .faults = tx->op->fault_count};
    if (warnings)
        *warnings = NULL;
    row_init(&s->row, tx, plan);
    s->touched = op_array(tx->op, bool, plan->def.field_count);
    s->bad = op_array(tx->op, bool, plan->def.field_count);
}

/* What exists, and the version the person was looking at. */
static bool save_open(struct save *s, id record, int64_t seen);

static bool keep(struct save *s, enum fact_act act, str reason)
{
    const struct plan *p = s->plan;
    struct fact fact = {.account = s->who->account, .post = s->who->post, .account_name = s->who->name, .act = act, .ledger = p->def.english,
                        .record = s->row.record, .version = ++s->row.head.version, .state = s->row.head.state};
    s->row.head.changed = s->op->now;
    if (!s->before)
        s->row.head.added = s->op->now;
    s->row.head.removed = act == FACT_REMOVE;
    fact.body = row_body(&s->row, reason);
    if (fact.body.n > FACT_BODY_MAX)
        return op_fail(s->op, FAULT_INPUT, S(""), "这条记录太大，请把长文字改为附件");
    nearby_forget(s->tx, p, s->row.record);
    for (const struct raise *r = s->raises; r; r = r->next)
        if (!serial_keep(s, r))
            return false;
    return fact_keep(s->tx, &fact, &s->row.head.fact_no) && table_put(s->tx, &p->table, s->row.record, &s->row.head, s->row.cells) &&
           (act == FACT_REMOVE ? search_remove(s->tx, p->def.english, s->row.record) : row_searchable(&s->row, act == FACT_ADD));
}

/* The record as the person may see it after what they did. */
static bool answer(struct save *s, const struct right *acted, struct record *ret)
{
    struct right right;
    s->row.masked = right_ask(s->op, s->who, s->plan, ACT_READ, &right) ? right.masked : acted->masked;
    return row_record(&s->row, labels_new(s->tx, s->who), NULL, ret);
}

static const bool *covered_fields(struct op *op, const struct who *who, const struct plan *plan)
{
    struct right right;
    return right_ask(op, who, plan, ACT_READ, &right) ? right.masked : NULL;
}

static bool may_write(struct tx *tx, const struct town *town, const struct plan *plan)
{
    must(tx->kind != TX_READ && plan->town == town);
    return true;
}

/* The new or changed row must lie where the person may act: nobody adds to another's village. */
static bool within(struct save *s, const struct right *right, enum act act)
{
    bool holds;
    if (right->all)
        return true;
    if (!right_holds(s->tx, s->plan, right, s->row.record, &holds))
        return false;
    return holds || op_fail(s->op, FAULT_DENIED, S(""), "这样保存后，这条“%.*s”不在您岗位的范围内，不能%.*s", PS(s->plan->def.name), PS(act_names[act]));
}

static bool add(struct save *s, const struct json *values, const struct right *right, enum act act)
{
    s->row.record = id_new(s->op);
    s->row.head = (struct row_head){.state = s->plan->def.state_count ? s->plan->def.states[0] : S(""), .added = s->op->now, .changed = s->op->now};
    return values_take(s, values) && row_check(s, true) && sound(s) && keep(s, FACT_ADD, S("")) && within(s, right, act);
}

bool record_add(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, const struct json *values,
                struct warning **ret_warnings, struct record **ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct save s;
    if (!may_write(tx, town, plan) || !right_for(tx->op, town, who, l, ACT_ADD, &right))
        return false;
    save_begin(&s, tx, who, plan, ret_warnings);
    s.covered = covered_fields(tx->op, who, plan);
    if (!add(&s, values, &right, ACT_ADD))
        return false;
    struct record *record = op_new(tx->op, struct record);
    if (ret && !answer(&s, &right, record))
        return false;
    if (ret)
        *ret = record;
    return true;
}

/* ---- conflicts ---------------------------------------------------------------------------------------------------- */

struct changes {
    struct change *p;
    size_t n, cap;
};

static bool body_values(struct op *op, const struct fact *f, const struct json **ret)
{
    struct json *body;
    *ret = NULL;
    if (f->destroyed || f->body.n == 0)
        return true;
    if (!json_parse(op, f->body, &body))
        return false;
    *ret = body;
    return true;
}

static str shown(struct op *op, const struct field *f, const bool *masked, const struct plan *p, const struct json *value)
{
    struct arg cell;
    if (!json_cell(op, f, value, &cell))
        return value && value->text.n ? value->text : S("（空）");
    if (masked && masked[field_index(p, f)])
        cell = cell_masked(op, f, cell);
    return cell_text(op, f, cell);
}

/* A reference is shown by its title, not its id. */
static bool shown_label(struct tx *tx, const struct who *who, const struct field *f, const struct plan *p, const struct json *value, str *ret)
{
    id x;
    if (f->type != F_REF || !value || !id_parse(value->text, &x))
        return true;
    const struct plan *target = plan_of(town_ledger(p->town, f->target));
    struct right right;
    struct row row;
    bool found;
    if (!right_ask(tx->op, who, target, ACT_READ, &right))
        return true;
    row_init(&row, tx, target);
    if (!row_load(&row, x, &found))
        return false;
    row.masked = right.masked;
    if (found)
        *ret = row_title(&row);
    return true;
}

static bool json_same(struct op *op, const struct field *f, const struct json *a, const struct json *b)
{
    struct arg x, y;
    return json_cell(op, f, a, &x) && json_cell(op, f, b, &y) && cell_eq(x, y);
}

typedef bool difference_fn(void *context, const struct field *f, const struct json *before, const struct json *after);

static bool differences(struct op *op, const struct plan *p, const struct json *before, const struct json *after, difference_fn *each, void *context)
{
    const struct json *old = json_get(before, S("值")), *new = json_get(after, S("值"));
    for (size_t i = 0; i < p->stored_count; i++) {
        const struct field *f = p->stored[i];
        if (f->type == F_COMPUTED)
            continue;
        const struct json *a = old ? json_get(old, f->name) : NULL, *b = new ? json_get(new, f->name) : NULL;
        if (!json_same(op, f, a, b) && !each(context, f, a, b))
            return false;
    }
    return true;
}

struct conflict {
    struct save *s;
    const bool *masked;
    const struct fact *fact;
    bool same_field;
    int told;
};

static bool conflict_tell(void *context, const struct field *f, const struct json *before, const struct json *after)
{
    struct conflict *c = context;
    struct op *op = c->s->op;
    c->same_field = c->same_field || c->s->touched[field_index(c->s->plan, f)];
    if (c->told++ >= CONFLICTS_TOLD_MAX)
        return true;
    str old = shown(op, f, c->masked, c->s->plan, before), new = shown(op, f, c->masked, c->s->plan, after);
    if (!shown_label(c->s->tx, c->s->who, f, c->s->plan, before, &old) || !shown_label(c->s->tx, c->s->who, f, c->s->plan, after, &new))
        return false;
    str at = time_text(op, c->fact->at);
    (void)!op_fail(op, FAULT_CONFLICT, f->name, "%.*s于%.*s %.*s把“%.*s”由“%.*s”改为“%.*s”", PS(c->fact->account_name), PS(str_part(at, 0, 10)),
                   PS(str_part(at, 11, 16)), PS(f->name), PS(old), PS(new));
    return true;
}

/* Who changed what to what since the version that was seen. Different fields are still for a person to decide. */
static bool conflict(struct save *s, int64_t seen)
{
    struct fact *facts;
    size_t count;
    struct conflict c = {.s = s, .masked = covered_fields(s->op, s->who, s->plan)};
    const struct json *before = NULL, *after;
    int faults = s->op->fault_count;
    if (!fact_history(s->tx, s->plan->def.english, s->row.record, &facts, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (facts[i].version == 0)
            continue;
        if (!body_values(s->op, &facts[i], &after))
            return false;
        c.fact = &facts[i];
        if (facts[i].version > seen && before && !differences(s->op, s->plan, before, after, conflict_tell, &c))
            return false;
        if (facts[i].version > seen && facts[i].act == FACT_STATE)
            (void)!op_fail(s->op, FAULT_CONFLICT, S("状态"), "%.*s已把状态改为“%.*s”", PS(facts[i].account_name), PS(facts[i].state));
        before = after;
    }
    if (c.told && !c.same_field)
        return op_fail(s->op, FAULT_CONFLICT, S(""), "您和他人改的是不同的字段；请看过上面的改动，再决定是否保存");
    if (s->op->fault_count == faults)
        return op_fail(s->op, FAULT_CONFLICT, S(""), "这条记录刚被他人改过，请刷新后再改");
    return false;
}

static bool save_open(struct save *s, id record, int64_t seen)
{
    bool found;
    if (!row_load(&s->row, record, &found))
        return false;
    if (!found)
        return op_fail(s->op, FAULT_MISSING, S(""), "台账“%.*s”里没有这条记录", PS(s->plan->def.name));
    struct arg *before = op_array(s->op, struct arg, s->plan->table.count);
    memcpy(before, s->row.cells, s->plan->table.count * sizeof *before);
    s->before = before;
    if (seen && seen != s->row.head.version)
        return conflict(s, seen);
    if (s->row.head.removed)
        return op_fail(s->op, FAULT_CONFLICT, S(""), "这条记录已作废，不能再改");
    return true;
}

/* ---- changing ----------------------------------------------------------------------------------------------------- */

static bool group_changed(const struct save *s)
{
    return !cell_eq(s->before[s->plan->group_column], s->row.cells[s->plan->group_column]);
}

static bool same(const struct save *s)
{
    for (size_t i = 0; i < s->plan->stored_count; i++)
        if (!cell_eq(s->before[i], s->row.cells[i]))
            return false;
    return true;
}

static bool change(struct save *s, const struct json *patch, int64_t seen, str reason, const struct right *right, enum act act, bool *ret_changed)
{
    *ret_changed = false;
    /* what the patch touches is known before the conflict is told */
    for (const struct json *m = patch && patch->kind == JSON_OBJECT ? patch->first : NULL; m; m = m->next) {
        const struct field *f = ledger_field(&s->plan->def, m->key);
        if (f)
            s->touched[field_index(s->plan, f)] = true;
    }
    if (reason.n > REASON_MAX * 4)
        return op_fail(s->op, FAULT_INPUT, S("理由"), "理由太长，请写在 %d 字以内", REASON_MAX);
    if (!save_open(s, s->row.record, seen) || !values_take(s, patch) || !row_check(s, true) || !sound(s))
        return false;
    if (same(s))
        return true;
    *ret_changed = true;
    return keep(s, FACT_CHANGE, reason) && within(s, right, act) && (!group_changed(s) || group_moved(s->tx, s->plan, s->row.record));
}

bool record_change(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, int64_t seen,
                   const struct json *patch, str reason, struct warning **ret_warnings, struct record **ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct save s;
    bool changed;
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_CHANGE, record, &right))
        return false;
    save_begin(&s, tx, who, plan, ret_warnings);
    s.covered = covered_fields(tx->op, who, plan);
    s.row.record = record;
    if (!change(&s, patch, seen, reason, &right, ACT_CHANGE, &changed))
        return false;
    struct record *r = op_new(tx->op, struct record);
    if (!answer(&s, &right, r))
        return false;
    *ret = r;
    return true;
}

bool record_state(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, int64_t seen, str to, str reason,
                  struct record **ret)
{
    const struct plan *plan = plan_of(l);
    struct op *op = tx->op;
    struct right right;
    struct save s;
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_STATE, record, &right))
        return false;
    save_begin(&s, tx, who, plan, NULL);
    if (!save_open(&s, record, seen))
        return false;
    const struct state_move *move = NULL;
    struct buf ways;
    buf_init(&ways, op, 0);
    for (size_t i = 0; i < l->move_count; i++) {
        if (!str_eq(l->moves[i].from, s.row.head.state))
            continue;
        if (str_eq(l->moves[i].to, to))
            move = &l->moves[i];
        buf_text(&ways, "%s%.*s", ways.n ? "、" : "", PS(l->moves[i].to));
    }
    if (!move && ways.n == 0)
        return op_fail(op, FAULT_INPUT, S("状态"), "状态“%.*s”之后没有下一步", PS(s.row.head.state));
    if (!move)
        return op_fail(op, FAULT_INPUT, S("状态"), "不能由“%.*s”转到“%.*s”；可以转到：%.*s", PS(s.row.head.state), PS(to), PS(buf_str(&ways)));
    if (move->back && str_trim(reason).n == 0)
        return op_fail(op, FAULT_INPUT, S("理由"), "退回须写明理由");
    if (reason.n > REASON_MAX * 4)
        return op_fail(op, FAULT_INPUT, S("理由"), "理由太长，请写在 %d 字以内", REASON_MAX);
    s.row.head.state = move->to;
    if (!row_check(&s, true) || !sound(&s) || !keep(&s, FACT_STATE, reason) || !within(&s, &right, ACT_STATE))
        return false;
    struct record *r = op_new(op, struct record);
    if (!answer(&s, &right, r))
        return false;
    *ret = r;
    return true;
}

/* SQL: rows of `in->from` x that refer to the record $1. */
static str inward_condition(struct op *op, const struct inward *in, struct arg *ret_arg, id record)
{
    const struct field *f = &in->from->def.fields[in->field];
    str column = sql_column(op, S("t"), f->name);
    if (f->type == F_REF) {
        *ret_arg = ID(record);
        return op_text(op, "%.*s = ", PS(column));
    }
    *ret_arg = TEXT(store_like(op, op_text(op, "\"%.*s\"", PS(id_text(op, record)))));
    return op_text(op, "%.*s like ", PS(column));
}

static bool inward_count(struct tx *tx, const struct inward *in, const struct right *right, id record, int64_t *ret)
{
    struct sql s;
    struct arg arg;
    bool found;
    sql_init(&s, tx->op);
    sql_add(&s, "select count(*) from ");
    sql_str(&s, sql_table(tx->op, in->from));
    sql_add(&s, " t where ");
    right_add(&s, right);
    sql_add(&s, " and t.removed = 0 and ");
    sql_str(&s, inward_condition(tx->op, in, &arg, record));
    sql_arg(&s, arg);
    if (in->from->def.fields[in->field].type == F_REFS)
        sql_add(&s, " escape '\\'");
    *ret = 0;
    return store_int(tx, sql_z(&s), sql_args(&s), ret, &found);
}

/* Nothing may be left pointing at a record that is withdrawn or destroyed. */
static bool unreferred(struct save *s, const char *what)
{
    const struct right all = {.all = true};
    for (size_t i = 0; i < s->plan->inward_count; i++) {
        const struct inward *in = &s->plan->inward[i];
        int64_t count;
        if (!inward_count(s->tx, in, &all, s->row.record, &count))
            return false;
        if (count)
            return op_fail(s->op, FAULT_INPUT, in->from->def.fields[in->field].name, "台账“%.*s”里还有 %lld 条记录以它为“%.*s”，请先改掉或作废它们，再%s",
                           PS(in->from->def.name), (long long)count, PS(in->from->def.fields[in->field].name), what);
    }
    return true;
}

bool record_withdraw(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, int64_t seen, str reason,
                     struct record **ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct save s;
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_WITHDRAW, record, &right))
        return false;
    if (str_trim(reason).n == 0 || reason.n > REASON_MAX * 4)
        return op_fail(tx->op, FAULT_INPUT, S("理由"), "作废须写明理由，在 %d 字以内", REASON_MAX);
    save_begin(&s, tx, who, plan, NULL);
    if (!save_open(&s, record, seen) || !unreferred(&s, "作废") || !keep(&s, FACT_REMOVE, reason))
        return false;
    struct record *r = op_new(tx->op, struct record);
    if (!answer(&s, &right, r))
        return false;
    *ret = r;
    return true;
}

/* ---- checking without saving --------------------------------------------------------------------------------------- */

bool record_check(struct tx *tx, const struct town *town, const struct ledger *l, id record, const struct json *values, struct warning **ret_warnings)
{
    const struct plan *plan = plan_of(l);
    struct save s;
    must(plan->town == town);
    save_begin(&s, tx, NULL, plan, ret_warnings);
    if (id_none(record)) {
        s.row.record = id_new(tx->op);
        s.row.head.state = l->state_count ? l->states[0] : S("");
        s.row.head.added = s.row.head.changed = tx->op->now;
    } else if (!save_open(&s, record, 0)) {
        return false;
    }
    /* Serial numbers are given when it is saved; until then a new record's are empty. */
    return values_take(&s, values) && row_check(&s, false) && sound(&s);
}

/* ---- reading one --------------------------------------------------------------------------------------------------- */

bool record_get(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, struct record **ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct row row;
    bool found, holds;
    if (!right_for(tx->op, town, who, l, ACT_READ, &right))
        return false;
    row_init(&row, tx, plan);
    if (!row_load(&row, record, &found) || (found && !right_holds(tx, plan, &right, record, &holds)))
        return false;
    /* What lies outside is not told apart from what is not there. */
    if (!found || !holds)
        return op_fail(tx->op, FAULT_MISSING, S(""), "台账“%.*s”里没有这条记录，或不在您岗位的范围内", PS(l->name));
    row.masked = right.masked;
    struct record *r = op_new(tx->op, struct record);
    if (!row_record(&row, labels_new(tx, who), NULL, r))
        return false;
    *ret = r;
    return true;
}

static str names_body(struct op *op, const str *fields, size_t count, str reason)
{
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    json_key(&w, S("字段"));
    json_open(&w, '[');
    for (size_t i = 0; i < count; i++)
        json_text(&w, fields[i]);
    json_close(&w, ']');
    json_key(&w, S("理由"));
    json_text(&w, reason);
    json_close(&w, '}');
    return buf_str(&b);
}

bool record_reveal(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, const str *fields, size_t count,
                   str reason, struct json **ret_values)
{
    const struct plan *plan = plan_of(l);
    struct op *op = tx->op;
    struct right right;
    struct row row;
    bool found;
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_REVEAL, record, &right))
        return false;
    if (str_trim(reason).n == 0 || reason.n > REASON_MAX * 4)
        return op_fail(op, FAULT_INPUT, S("理由"), "查看敏感内容须写明理由，在 %d 字以内", REASON_MAX);
    row_init(&row, tx, plan);
    if (!row_load(&row, record, &found))
        return false;
    if (!found)
        return op_fail(op, FAULT_MISSING, S(""), "台账“%.*s”里没有这条记录", PS(l->name));
    struct json *values = op_new(op, struct json), **end = &values->first;
    values->kind = JSON_OBJECT;
    for (size_t i = 0; i < count; i++) {
        const struct field *f = ledger_field(l, fields[i]);
        if (!f || f->type == F_CHILDREN)
            return op_fail(op, FAULT_INPUT, fields[i], "台账“%.*s”没有“%.*s”这个字段", PS(l->name), PS(fields[i]));
        struct json *m = *end = op_new(op, struct json);
        m->key = f->name;
        cell_json(op, f, row_cell(&row, f), m);
        end = &m->next;
        values->count++;
    }
    if (count == 0)
        return op_fail(op, FAULT_INPUT, S("fields"), "请指明要看哪些字段");
    struct fact fact = {.account = who->account, .post = who->post, .account_name = who->name, .act = FACT_REVEAL, .ledger = l->english,
                        .record = record, .state = row.head.state, .body = names_body(op, fields, count, reason)};
    int64_t no;
    if (row.broken || !fact_keep(tx, &fact, &no))
        return false;
    *ret_values = values;
    return true;
}

bool record_destroy(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, str reason, str approval)
{
    const struct plan *plan = plan_of(l);
    struct op *op = tx->op;
    struct right right;
    struct save s;
    struct fact *facts;
    size_t count, n = 0;
    bool found;
    int64_t no;
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_DESTROY, record, &right))
        return false;
    if (str_trim(reason).n == 0 || reason.n > REASON_MAX * 4)
        return op_fail(op, FAULT_INPUT, S("理由"), "销毁须写明理由，在 %d 字以内", REASON_MAX);
    if (str_trim(approval).n == 0 || approval.n > REASON_MAX * 4)
        return op_fail(op, FAULT_INPUT, S("批准"), "销毁须写明批准文号或批准人");
    save_begin(&s, tx, who, plan, NULL);
    if (!row_load(&s.row, record, &found))
        return false;
    if (!found)
        return op_fail(op, FAULT_MISSING, S(""), "台账“%.*s”里没有这条记录", PS(l->name));
    if (!unreferred(&s, "销毁") || !fact_history(tx, l->english, record, &facts, &count))
        return false;
    int64_t *nos = op_array(op, int64_t, count);
    for (size_t i = 0; i < count; i++)
        if (facts[i].act != FACT_DESTROY && !facts[i].destroyed)
            nos[n++] = facts[i].no;
    struct fact by = {.account = who->account, .post = who->post, .account_name = who->name, .ledger = l->english, .record = record};
    return fact_destroy(tx, &by, nos, n, reason, approval, &no) && table_erase(tx, &plan->table, record) &&
           search_remove(tx, l->english, record);
}

/* ---- history ------------------------------------------------------------------------------------------------------- */

struct history {
    struct tx *tx;
    const struct who *who;
    const struct plan *plan;
    const bool *masked;
    struct json *fields, **end;
};

static struct json *text_member(struct op *op, str key, str text)
{
    struct json *m = op_new(op, struct json);
    *m = (struct json){.kind = JSON_STRING, .key = key, .text = text};
    return m;
}

static bool history_add(void *context, const struct field *f, const struct json *before, const struct json *after)
{
    struct history *h = context;
    struct op *op = h->tx->op;
    str old = before ? shown(op, f, h->masked, h->plan, before) : S(""), new = after ? shown(op, f, h->masked, h->plan, after) : S("");
    if (!shown_label(h->tx, h->who, f, h->plan, before, &old) || !shown_label(h->tx, h->who, f, h->plan, after, &new))
        return false;
    struct json *entry = *h->end = op_new(op, struct json);
    entry->kind = JSON_OBJECT;
    entry->count = 3;
    entry->first = text_member(op, S("字段"), f->name);
    entry->first->next = text_member(op, S("前"), old);
    entry->first->next->next = text_member(op, S("后"), new);
    h->end = &entry->next;
    h->fields->count++;
    return true;
}

bool record_history(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, struct change **ret,
                    size_t *ret_count)
{
    const struct plan *plan = plan_of(l);
    struct op *op = tx->op;
    struct right right;
    struct fact *facts;
    size_t count;
    bool found = false;
    struct row row;
    must(plan->town == town);
    if (!right_for(op, town, who, l, ACT_READ, &right))
        return false;
    row_init(&row, tx, plan);
    if (!row_load(&row, record, &found))
        return false;
    bool holds = right.all; /* a destroyed record has no row: its bare history is for those who see all */
    if (found && !right_holds(tx, plan, &right, record, &holds))
        return false;
    if (!fact_history(tx, l->english, record, &facts, &count))
        return false;
    if (!holds || count == 0)
        return op_fail(op, FAULT_MISSING, S(""), "台账“%.*s”里没有这条记录，或不在您岗位的范围内", PS(l->name));
    struct change *changes = op_array(op, struct change, count);
    const struct json *before = NULL, *body;
    for (size_t i = 0; i < count; i++) {
        struct change *c = &changes[count - 1 - i];
        struct history h = {tx, who, plan, right.masked, op_new(op, struct json), NULL};
        h.fields->kind = JSON_ARRAY;
        h.end = &h.fields->first;
        if (!body_values(op, &facts[i], &body))
            return false;
        if (facts[i].version > 0 && body) {
            if (!differences(op, plan, before, body, history_add, &h))
                return false;
            before = body;
        }
        *c = (struct change){.fact_no = facts[i].no, .version = facts[i].version, .at = facts[i].at, .account = facts[i].account,
                             .account_name = facts[i].account_name, .act = fact_act_name(facts[i].act),
                             .reason = body ? json_str(body, S("理由")) : S(""), .fields = h.fields};
        if (facts[i].act == FACT_STATE) {
            struct json *entry = *h.end = op_new(op, struct json);
            entry->kind = JSON_OBJECT;
            entry->count = 3;
            entry->first = text_member(op, S("字段"), S("状态"));
            entry->first->next = text_member(op, S("前"), i ? facts[i - 1].state : S(""));
            entry->first->next->next = text_member(op, S("后"), facts[i].state);
            h.fields->count++;
        }
    }
    *ret = changes;
    *ret_count = count;
    return true;
}

bool record_relations(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, struct relation **ret,
                      size_t *ret_count)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    size_t n = 0;
    must(plan->town == town);
    if (!right_check(tx, who, plan, ACT_READ, record, &right))
        return false;
    struct relation *relations = op_array(tx->op, struct relation, plan->inward_count);
    for (size_t i = 0; i < plan->inward_count; i++) {
        const struct inward *in = &plan->inward[i];
        struct relation *r = &relations[n];
        if (!right_ask(tx->op, who, in->from, ACT_READ, &right))
            continue;
        *r = (struct relation){.ledger = &in->from->def, .field = &in->from->def.fields[in->field]};
        if (!inward_count(tx, in, &right, record, &r->count))
            return false;
        n++;
    }
    *ret = relations;
    *ret_count = n;
    return true;
}

/* ---- moving -------------------------------------------------------------------------------------------------------- */

/* A household has moved: its people, houses and tags belong to the new village group too, in the same transaction. */
bool group_moved(struct tx *tx, const struct plan *plan, id record)
{
    struct op *op = tx->op;
    for (size_t i = 0; i < plan->inward_count; i++) {
        const struct inward *in = &plan->inward[i];
        bool follows = false;
        for (size_t k = 0; k < in->from->group_via_count; k++)
            follows = follows || in->from->group_via[k] == in->field;
        if (!follows || plan->is_group)
            continue;
        struct rows *rows;
        bool more;
        struct { id *p; size_t n, cap; } ids = {0};
        str table = sql_table(op, in->from);
        str sql = op_text(op, "select record from %.*s where %.*s = $1", PS(table), PS(store_name(op, in->from->def.fields[in->field].name)));
        if (!store_query(tx, sql.p, ARGS(ID(record)), &rows) || !rows_next(rows, &more))
            return false;
        while (more) {
            *list_add(op, &ids) = rows_id(rows, 0);
            if (!rows_next(rows, &more))
                return false;
        }
        for (size_t k = 0; k < ids.n; k++) {
            struct row row;
            id group;
            bool found;
            row_init(&row, tx, in->from);
            if (!row_load(&row, ids.p[k], &found) || !row_group(&row, &group))
                return false;
            struct arg *cell = &row.cells[in->from->group_column], now = id_none(group) ? NUL : ID(group);
            if (cell_eq(*cell, now))
                continue;
            *cell = now;
            nearby_forget(tx, in->from, ids.p[k]);
            str update = op_text(op, "update %.*s set %.*s = $1 where record = $2", PS(table), PS(store_name(op, S("组"))));
            if (!store_run(tx, update.p, ARGS(now, ID(ids.p[k])), NULL) || (!row.head.removed && !row_searchable(&row, false)) ||
                !group_moved(tx, in->from, ids.p[k]))
                return false;
        }
    }
    return true;
}

/* ---- bulk ---------------------------------------------------------------------------------------------------------- */

bool bulk_begin(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, enum act act, struct bulk **ret)
{
    const struct plan *plan = plan_of(l);
    struct bulk *b = op_new(tx->op, struct bulk);
    if (!may_write(tx, town, plan) || !right_for(tx->op, town, who, l, act, &b->right))
        return false;
    b->tx = tx;
    b->plan = plan;
    b->who = who;
    b->covered = (bool *)covered_fields(tx->op, who, plan);
    b->act = act;
    b->memory = op_new(tx->op, struct op);
    op_init(b->memory, tx->op->now, 0);
    op_defer(tx->op, memory_end, b->memory);
    known_begin(b);
    nearby_begin(tx);
    *ret = b;
    return true;
}

static void bulk_save(struct bulk *b, struct save *s, struct warning **warnings)
{
    if (b->known.count > BULK_KNOWN_MAX)
        known_begin(b);
    save_begin(s, b->tx, b->who, b->plan, warnings);
    s->bulk = b;
    s->covered = b->covered;
}

/* Where a right is narrower than the town, whether the row lies inside is known only when it is written: then a part is taken
 * back, so that a refused row has written nothing. */
static bool part_end(struct bulk *b, bool done)
{
    if (b->right.all)
        return done;
    if (done)
        return store_part_keep(b->tx);
    (void)!store_part_undo(b->tx);
    return false;
}

bool bulk_add(struct bulk *b, const struct json *values, struct bulk_done *ret)
{
    struct save s;
    struct warning *warnings;
    bulk_save(b, &s, &warnings);
    if ((!b->right.all && !store_part_begin(b->tx)) || !part_end(b, add(&s, values, &b->right, b->act)))
        return false;
    *ret = (struct bulk_done){s.row.record, s.row.head.version, true, warnings};
    return true;
}

bool bulk_change(struct bulk *b, id record, int64_t seen, const struct json *patch, str reason, struct bulk_done *ret)
{
    struct save s;
    struct warning *warnings;
    bool changed, holds;
    if (!right_holds(b->tx, b->plan, &b->right, record, &holds))
        return false;
    if (!holds)
        return op_fail(b->tx->op, FAULT_DENIED, S(""), "这条“%.*s”不在您岗位的范围内，不能修改", PS(b->plan->def.name));
    bulk_save(b, &s, &warnings);
    s.row.record = record;
    if ((!b->right.all && !store_part_begin(b->tx)) || !part_end(b, change(&s, patch, seen, reason, &b->right, b->act, &changed)))
        return false;
    *ret = (struct bulk_done){record, s.row.head.version, changed, warnings};
    return true;
}

void bulk_forget(struct bulk *b)
{
    known_begin(b);
}

bool bulk_find(struct bulk *b, const struct ledger *l, const struct field *f, str text, id *ret, int64_t *ret_count)
{
    struct op *op = b->tx->op;
    const struct plan *plan = plan_of(l);
    must(f->column >= 0 && field_columns[f->value] == COLUMN_TEXT);
    str key = op_text(op, "%.*s\x1f%.*s\x1f%.*s", PS(l->english), PS(f->name), PS(text));
    struct found_key *known = map_get(&b->known, key);
    if (!known) {
        struct found_key found = {0};
        struct rows *rows;
        bool more;
        str sql = op_text(op, "select record from %.*s where %.*s = $1 and removed = 0 limit 2", PS(sql_table(op, plan)),
                          PS(store_name(op, f->name)));
        if (!store_query(b->tx, sql.p, ARGS(TEXT(text)), &rows) || !rows_next(rows, &more))
            return false;
        for (; more; found.count++) {
            if (found.count == 0)
                found.id = rows_id(rows, 0);
            if (!rows_next(rows, &more))
                return false;
        }
        if (b->known.count > BULK_KNOWN_MAX)
            known_begin(b);
        known = &found;
        if (found.count) { /* what is missing may be made by the next row */
            known = op_new(b->memory, struct found_key);
            *known = found;
            map_put(&b->known, op_copy(b->memory, key), known);
        }
        *ret = known->id;
        *ret_count = known->count;
        return true;
    }
    *ret = known->id;
    *ret_count = known->count;
    return true;
}
