/* One change on its way: values, what follows from them, rules, fact, row, search. */
#include "ledger/save.h"

bool save_sound(const struct save *s)
{
    return s->op->fault_count == s->faults;
}

void save_warn(struct save *s, str field, str text)
{
    if (!s->warnings)
        return;
    struct warning **end = s->warnings;
    while (*end)
        end = &(*end)->next;
    *end = op_new(s->op, struct warning);
    **end = (struct warning){.field = field, .text = text};
}

void save_wrong(struct save *s, const struct field *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(s->op, format, args);
    va_end(args);
    if (f)
        s->bad[field_index(s->plan, f)] = true;
    (void)!op_fail(s->op, FAULT_INPUT, f ? f->name : S(""), "%.*s", PS(text));
}

struct arg *save_cell(struct save *s, const struct field *f)
{
    return &s->row.cells[f->column];
}

static bool is_empty(struct arg a)
{
    return a.kind == ARG_NULL || (a.kind == ARG_TEXT && str_eq(a.text, S("[]")));
}

/* ---- references -------------------------------------------------------------------------------------------------- */

/* Is there such a record, not withdrawn? */
static bool reference_check(struct save *s, const struct field *f, const struct plan *target, id x)
{
    struct op *op = s->op;
    if (s->bulk && (nearby_has(s->tx, target, x) || bulk_knows(s->bulk, target, x)))
        return true;
    int64_t removed = 0;
    bool found;
    if (s->bulk) { /* it will be asked of again: for titles, for the village group */
        struct row row;
        row_init(&row, s->tx, target);
        if (!nearby_row(&row, x, &found))
            return false;
        removed = row.head.removed;
    } else {
        str sql = op_text(op, "select removed from %.*s where record = $1", PS(sql_table(op, target)));
        if (!store_int(s->tx, sql.p, ARGS(ID(x)), &removed, &found))
            return false;
    }
    if (!found)
        save_wrong(s, f, "引用的“%.*s”不存在，请重新选择", PS(target->def.name));
    else if (removed)
        save_wrong(s, f, "引用的“%.*s”已作废，请重新选择", PS(target->def.name));
    else if (s->bulk)
        bulk_know(s->bulk, target, x);
    return true;
}

static bool references_check(struct save *s, const struct field *f, struct arg cell)
{
    const struct plan *target = s->plan->targets[field_index(s->plan, f)];
    struct json *list;
    if (cell.kind == ARG_ID)
        return reference_check(s, f, target, cell.id);
    if (cell.kind != ARG_TEXT || !json_parse(s->op, cell.text, &list))
        return true;
    for (const struct json *e = list->first; e; e = e->next) {
        id x;
        if (!id_parse(e->text, &x))
            save_wrong(s, f, "“%.*s”须从台账“%.*s”里选择", PS(f->name), PS(target->def.name));
        else if (!reference_check(s, f, target, x))
            return false;
    }
    return true;
}

static void file_check(struct save *s, const struct field *f, const struct arg *before, str digest)
{
    size_t at;
    if (!(before && before->kind == ARG_TEXT && str_find(before->text, digest, &at)) && !store_file_there(s->tx, digest))
        save_wrong(s, f, "“%.*s”里有文件没有收到，或已随别的记录依法销毁，请重新上传", PS(f->name));
}

/* Files are sent before the record that names them: what it did not name before must be there. */
static void files_check(struct save *s, const struct field *f, struct arg cell)
{
    const struct arg *before = s->before ? &s->before[f->column] : NULL;
    struct json *value;
    if (cell.kind != ARG_TEXT || !json_parse(s->op, cell.text, &value))
        return;
    if (f->type == F_SIGNATURE)
        file_check(s, f, before, json_str(value, S("图")));
    for (const struct json *e = f->type == F_SIGNATURE ? NULL : value->first; e; e = e->next)
        file_check(s, f, before, json_str(e, S("摘要")));
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static bool value_put(struct save *s, const struct field *f, const struct checked *c)
{
    struct arg cell = checked_cell(s->op, f, c);
    if (f->type == F_REF && c->kind != CHECKED_EMPTY && cell.kind != ARG_ID) {
        save_wrong(s, f, "“%.*s”须从台账“%.*s”里选择", PS(f->name), PS(f->target));
        return true;
    }
    if (s->before && !cell_eq(cell, s->before[f->column])) {
        if (f->type == F_SERIAL && s->before[f->column].kind != ARG_NULL)
            save_wrong(s, f, "“%.*s”由系统编号，编定后不能更改", PS(f->name));
        if (f->snapshot && s->before[f->column].kind != ARG_NULL)
            save_wrong(s, f, "“%.*s”是办理当时的快照，不能更改", PS(f->name));
    }
    *save_cell(s, f) = cell;
    if (cell.kind == ARG_TEXT && (f->type == F_TEXT || f->type == F_LONG) && str_eq(s->plan->def.secrecy, S("公开")) &&
        !(s->before && cell_eq(cell, s->before[f->column])) && check_tells_number(s->op, cell.text))
        save_wrong(s, f, "“%.*s”里有完整的证件号或账号，公开的台账不能写（个人信息保护法第28条）；请只留后四位", PS(f->name));
    if ((f->type == F_REF || f->type == F_REFS) && cell.kind != ARG_NULL &&
        !(s->before && cell_eq(cell, s->before[f->column])))
        return references_check(s, f, cell);
    if ((f->type == F_PHOTOS || f->type == F_FILES || f->type == F_SIGNATURE) &&
        !(s->before && cell_eq(cell, s->before[f->column])))
        files_check(s, f, cell);
    return true;
}

/* Of what a person sees covered, the cover came back. */
static bool is_cover(struct save *s, const struct field *f, str text)
{
    size_t at;
    if (!s->covered || !s->covered[field_index(s->plan, f)] || !str_find(text, S("*"), &at))
        return false;
    save_wrong(s, f, "“%.*s”对您是打码显示的；要改请填写完整内容，不改请留着不动", PS(f->name));
    return true;
}

/* What the record will say its number's paper is. */
static str paper_of(struct save *s, const struct field *f, const struct json *values)
{
    const struct field *paper = ledger_field(&s->plan->def, f->paper);
    for (const struct json *m = values ? values->first : NULL; m; m = m->next)
        if (ledger_field(&s->plan->def, m->key) == paper)
            return m->kind == JSON_STRING ? m->text : S("");
    struct arg cell = *save_cell(s, paper);
    return cell.kind == ARG_TEXT ? cell.text : S("");
}

/* The paper was changed, its number was not. */
static void papers_check(struct save *s)
{
    for (size_t i = 0; s->before && i < s->plan->def.field_count; i++) {
        const struct field *f = &s->plan->def.fields[i];
        struct checked c = {0};
        if (!f->paper.n || f->column < 0 || s->touched[i] || save_cell(s, f)->kind != ARG_TEXT ||
            !s->touched[field_index(s->plan, ledger_field(&s->plan->def, f->paper))])
            continue;
        struct field as = field_on_paper(f, paper_of(s, f, NULL));
        if (!check_text(s->op, &as, save_cell(s, f)->text, &c))
            save_wrong(s, f, "%.*s", PS(c.trouble));
    }
}

static bool value_take(struct save *s, const struct json *m, const struct json *values)
{
    const struct field *f = ledger_field(&s->plan->def, m->key);
    struct checked c = {0};
    if (!f) {
        (void)!op_fail(s->op, FAULT_INPUT, m->key, "台账“%.*s”没有“%.*s”这个字段", PS(s->plan->def.name), PS(m->key));
        return true;
    }
    if (f->column < 0 || f->type == F_COMPUTED) {
        save_wrong(s, f, "“%.*s”%s，不能填写", PS(f->name), f->type == F_CHILDREN ? "由下级台账的记录组成" : "由系统计算");
        return true;
    }
    s->touched[field_index(s->plan, f)] = true;
    if (m->kind == JSON_STRING && is_cover(s, f, m->text))
        return true;
    struct field as = f->paper.n ? field_on_paper(f, paper_of(s, f, values)) : *f;
    if (!check_json(s->op, &as, m->kind == JSON_NULL ? NULL : m, &c)) {
        save_wrong(s, f, "%.*s", PS(c.trouble));
        return true;
    }
    if (c.warning.n)
        save_warn(s, f->name, c.warning);
    return value_put(s, f, &c);
}

bool save_values(struct save *s, const struct wanted *wanted)
{
    const struct json *values = wanted->json;
    if (values && values->kind != JSON_OBJECT)
        return op_fail(s->op, FAULT_INPUT, S(""), "各字段的值须写成一个 JSON 对象");
    for (const struct json *m = values ? values->first : NULL; m; m = m->next)
        if (!value_take(s, m, values))
            return false;
    for (size_t i = 0; i < wanted->count; i++) {
        const struct given *g = &wanted->given[i];
        must(g->field->column >= 0 && g->field->type != F_COMPUTED);
        s->touched[field_index(s->plan, g->field)] = true;
        if (!(g->value->kind == CHECKED_TEXT && is_cover(s, g->field, g->value->text)) &&
            !value_put(s, g->field, g->value))
            return false;
    }
    papers_check(s);
    return true;
}

static bool initials_put(struct save *s)
{
    const struct plan *p = s->plan;
    for (size_t i = 0; i < p->def.field_count; i++) {
        const struct field *f = &p->def.fields[i];
        if (str_starts(f->begins, LEDGER_BEGINS_MATCH) && !s->touched[i] && !match_give(s, f))
            return false;
        if (p->initial[i] && !s->touched[i] && f->column >= 0)
            *save_cell(s, f) = value_cell(s->op, f, row_eval(&s->row, p->initial[i]));
    }
    return true;
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */

/* The record, not this one and not withdrawn unless those count too, that has this value in this column. */
static bool other_with(struct save *s, int column, struct arg value, bool withdrawn, id *ret, bool *ret_found)
{
    struct op *op = s->op;
    struct rows *rows;
    bool maybe = true;
    *ret_found = false;
    if (!withdrawn && (!nearby_maybe(s->tx, s->plan, column, value, &maybe) || !maybe))
        return !maybe;
    str sql = op_text(op, "select record from %.*s where %.*s = $1 and record <> $2%s", PS(sql_table(op, s->plan)),
                      PS(store_name(op, s->plan->table.columns[column].name)), withdrawn ? "" : " and removed = 0");
    if (!withdrawn)
        store_load_found(s->tx, &s->plan->table);
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
        struct arg cell = *save_cell(s, f);
        bool gone = false;
        if (!f->unique || cell.kind == ARG_NULL || s->bad[field_index(p, f)] ||
            (s->before && cell_eq(cell, s->before[f->column])))
            continue;
        if (!other_with(s, f->column, cell, false, &other, &found) || (found && !other_title(s, other, &title)))
            return false;
        if (!found && f->spent && !other_with(s, f->column, cell, true, &other, &gone))
            return false;
        if (gone)
            save_wrong(s, f, "“%.*s”“%.*s”取过，那一条作废了；取过的号不再用，请取下一个", PS(f->name), PS(cell_text(s->op, f, cell)));
        if (found)
            save_wrong(s, f, "“%.*s”已被%.*s使用，不能重复，请核对", PS(f->name), PS(title));
    }
    if (p->key_column < 0 || s->row.cells[p->key_column].kind == ARG_NULL ||
        (s->before && cell_eq(s->row.cells[p->key_column], s->before[p->key_column])))
        return true;
    if (!other_with(s, p->key_column, s->row.cells[p->key_column], false, &other, &found) ||
        (found && !other_title(s, other, &title)))
        return false;
    if (found)
        save_wrong(s, ledger_field(&p->def, p->def.keys[0]), "已有%.*s与它的%.*s相同，不能重复登记；请改那一条", PS(title),
              PS(op_join(s->op, p->def.keys, p->def.key_count, S("、"))));
    return true;
}

static void rules_check(struct save *s)
{
    const struct ledger *l = &s->plan->def;
    struct alike *alike = s->bulk ? bulk_alike(s->bulk) : NULL;
    for (size_t i = 0; i < l->rule_count; i++) {
        const struct rule *rule = &l->rules[i];
        if (rule_holds(alike, &s->row, i))
            continue;
        if (rule->warns)
            save_warn(s, rule->field, rule->message);
        else
            save_wrong(s, rule->field.n ? ledger_field(l, rule->field) : NULL, "%.*s", PS(rule->message));
    }
}

static void required_check(struct save *s)
{
    for (size_t i = 0; i < s->plan->def.field_count; i++) {
        const struct field *f = &s->plan->def.fields[i];
        if (f->required && f->type != F_SERIAL && f->column >= 0 && (!s->before || s->touched[i]) && !s->bad[i] &&
            is_empty(*save_cell(s, f)))
            save_wrong(s, f, "“%.*s”须填写", PS(f->name));
    }
}

bool save_check(struct save *s, bool numbers)
{
    const struct plan *p = s->plan;
    s->row.referred = NULL;
    s->row.moving = NULL;
    if (!s->before && !initials_put(s))
        return false;
    for (size_t i = 0; numbers && i < p->def.field_count; i++) {
        if (!p->serial[i])
            continue;
        if (s->before)
            serial_stays(s, &p->def.fields[i], p->serial[i]);
        else if (!serial_give(s, &p->def.fields[i], p->serial[i]))
            return false;
    }
    for (size_t i = 0; numbers && !s->before && !s->bulk && i < p->def.field_count; i++)
        if (str_starts(p->def.fields[i].begins, LEDGER_BEGINS_NEXT) && !next_give(s, &p->def.fields[i]))
            return false;
    if (!row_derive(&s->row))
        return false;
    if (save_sound(s)) /* over wrong values rules would only confuse */
        rules_check(s);
    required_check(s);
    says_check(s);
    if (s->row.broken || !head_check(s) || !uniques_check(s))
        return false;
    return !save_sound(s) || across_check(s); /* over wrong values they would only confuse */
}

/* ---- keeping ----------------------------------------------------------------------------------------------------- */

void save_begin(struct save *s, struct tx *tx, const struct who *who, const struct plan *plan,
                struct warning **warnings)
{
    *s = (struct save){
        .tx = tx, .op = tx->op, .plan = plan, .who = who, .warnings = warnings, .faults = tx->op->fault_count};
    if (warnings)
        *warnings = NULL;
    row_init(&s->row, tx, plan);
    s->touched = op_array(tx->op, bool, plan->def.field_count);
    s->bad = op_array(tx->op, bool, plan->def.field_count);
}

/* The row as it has become, and what search knows of it. */
static bool row_changed(struct save *s, enum fact_act act)
{
    const struct plan *p = s->plan;
    bool *changed = op_array(s->op, bool, p->table.count), searched = act != FACT_CHANGE; /* a state may be in a title */
    for (size_t i = 0; i < p->table.count; i++) {
        changed[i] = !cell_eq(s->before[i], s->row.cells[i]);
        searched = searched || (changed[i] && p->searched[i]);
    }
    return table_correct(s->tx, &p->table, s->row.record, &s->row.head, changed, s->row.cells) &&
           (act == FACT_REMOVE ? search_remove(s->tx, p->def.english, s->row.record)
                               : !searched || row_searchable(&s->row, false));
}

static bool row_added(struct save *s)
{
    const struct plan *p = s->plan;
    return table_add(s->tx, &p->table, s->row.record, &s->row.head, s->row.cells) &&
           (store_loading(s->tx, &p->table) /* town_settle */ || row_searchable(&s->row, true));
}

bool save_keep(struct save *s, enum fact_act act, str reason)
{
    const struct plan *p = s->plan;
    struct fact fact = {.account = s->who->account,
                        .post = s->who->post,
                        .account_name = s->who->name,
                        .act = act,
                        .ledger = p->def.english,
                        .record = s->row.record,
                        .version = ++s->row.head.version,
                        .state = s->row.head.state};
    s->row.head.changed = s->op->now;
    if (!s->before)
        s->row.head.added = s->op->now;
    s->row.head.removed = act == FACT_REMOVE;
    fact.body = row_body(&s->row, reason);
    if (fact.body.n > FACT_BODY_MAX)
        return op_fail(s->op, FAULT_INPUT, S(""), "这条记录太大，请把长文字改为附件");
    for (const struct raise *r = s->raises; r; r = r->next)
        if (!serial_keep(s, r))
            return false;
    if (!fact_keep(s->tx, &fact, &s->row.head.fact_no))
        return false;
    nearby_written(&s->row);
    deadlines_written(s->tx, p);
    return (act == FACT_ADD ? row_added(s) : row_changed(s, act)) && head_follow(s, act);
}

const bool *fields_covered(struct op *op, const struct who *who, const struct plan *plan)
{
    struct right right;
    return right_ask(op, who, plan, ACT_READ, &right) ? right.masked : NULL;
}

bool may_write(struct tx *tx, const struct town *town, const struct plan *plan)
{
    must(tx->kind != TX_READ && plan->town == town);
    return true;
}

bool save_within(struct save *s, const struct right *right, enum act act)
{
    struct right_rows *rows = s->bulk ? bulk_rights(s->bulk) : NULL;
    bool holds;
    if (right->all)
        return true;
    if ((!rows && !right_rows_new(s->tx, s->who, s->plan, act, &rows)) || !right_row_new_place(rows, &s->row, &holds))
        return false;
    return holds || op_fail(s->op, FAULT_DENIED, S(""), "这样保存后，这条“%.*s”不在您岗位的范围内，不能%.*s",
                            PS(s->plan->def.name), PS(act_names[act]));
}

bool save_add(struct save *s, id record, const struct wanted *values, const struct right *right, enum act act)
{
    s->row.record = record;
    s->row.head = (struct row_head){
        .state = s->plan->def.state_count ? s->plan->def.states[0] : S(""), .added = s->op->now, .changed = s->op->now};
    return save_values(s, values) && save_check(s, true) && save_sound(s) && save_within(s, right, act);
}

bool save_open(struct save *s, id record, int64_t seen)
{
    bool found;
    if (!(s->bulk ? nearby_row : row_load)(&s->row, record, &found))
        return false;
    if (!found)
        return op_fail(s->op, FAULT_MISSING, S(""), "台账“%.*s”里没有这条记录", PS(s->plan->def.name));
    struct arg *cells = op_array(s->op, struct arg, s->plan->table.count);
    memcpy(cells, s->row.cells, s->plan->table.count * sizeof *cells);
    s->before = s->row.cells;
    s->row.cells = cells;
    if (seen && seen != s->row.head.version)
        return save_conflict(s, seen);
    if (s->row.head.removed)
        return op_fail(s->op, FAULT_CONFLICT, S(""), "这条记录已作废，不能再改");
    return true;
}

/* ---- changing ---------------------------------------------------------------------------------------------------- */

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

/* From where no way leads on, the work is done: who corrects such a record says why, and the fact keeps it. */
static bool settled(const struct save *s)
{
    const struct ledger *l = &s->plan->def;
    if (!s->row.head.state.n || !l->move_count)
        return false;
    for (size_t i = 0; i < l->move_count; i++)
        if (!l->moves[i].back && str_eq(l->moves[i].from, s->row.head.state))
            return false;
    return true;
}

bool save_change(struct save *s, const struct wanted *patch, int64_t seen, str reason, const struct right *right,
                 enum act act, bool *ret_changed)
{
    *ret_changed = false;
    /* what the patch touches is known before the conflict is told */
    for (const struct json *m = patch->json && patch->json->kind == JSON_OBJECT ? patch->json->first : NULL; m;
         m = m->next) {
        const struct field *f = ledger_field(&s->plan->def, m->key);
        if (f)
            s->touched[field_index(s->plan, f)] = true;
    }
    for (size_t i = 0; i < patch->count; i++)
        s->touched[field_index(s->plan, patch->given[i].field)] = true;
    if (reason.n > REASON_MAX * 4)
        return op_fail(s->op, FAULT_INPUT, S("理由"), "理由太长，请写在 %d 字以内", REASON_MAX);
    if (!save_open(s, s->row.record, seen) || !save_values(s, patch) || !save_check(s, true) || !save_sound(s))
        return false;
    if (same(s))
        return head_said_again(s, right, act);
    if (settled(s) && str_trim(reason).n == 0)
        return op_fail(s->op, FAULT_INPUT, S("理由"), "已经“%.*s”，修改须写明理由", PS(s->row.head.state));
    *ret_changed = true;
    return save_within(s, right, act) && save_keep(s, FACT_CHANGE, reason) &&
           (!group_changed(s) || group_moved(s->tx, s->plan, s->row.record));
}
