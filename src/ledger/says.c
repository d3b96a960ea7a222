/* 所指: fields whose text speaks of a ledger: its name, a condition over its records, the names of its fields. Rights are
 * such records. What they say is checked when it is saved and when packs are read: a right that cannot be read counts for
 * nothing, which is found out by whoever stands before a closed door, and a misspelt name covers nothing, which nobody
 * finds out. */
#include "ledger/define.h"
#include "ledger/save.h"

#define EVERY S("*")

static const str says_names[] = {
    [SAYS_LEDGER] = SC("台账"), [SAYS_CONDITION] = SC("条件"), [SAYS_FIELDS] = SC("栏目")};

static const struct field *ledger_said(const struct ledger *l)
{
    for (size_t i = 0; i < l->field_count; i++)
        if (l->fields[i].says == SAYS_LEDGER)
            return &l->fields[i];
    return NULL;
}

bool says_read(struct reader *r, const struct json *j, struct field *f)
{
    str said = json_str(j, S("所指"));
    if (!said.n)
        return true;
    if (f->type != F_TEXT && f->type != F_LONG)
        return wrong(r, line_of(j, S("所指")), "字段“%.*s”有“所指”，类型须是 文 或 长文", PS(f->name));
    for (size_t i = SAYS_LEDGER; i < COUNT(says_names); i++)
        if (str_eq(said, says_names[i])) {
            f->says = (enum field_says)i;
            return true;
        }
    return wrong(r, line_of(j, S("所指")), "“所指”须是 台账、条件、栏目 之一");
}

bool says_link(struct reader *r, const struct plan *p)
{
    bool ok = true;
    for (size_t i = 0; i < p->def.field_count; i++) {
        const struct field *f = &p->def.fields[i];
        if (f->says > SAYS_LEDGER && !ledger_said(&p->def))
            ok = wrong(r, f->line, "字段“%.*s”的“所指”是%.*s，还须有一个“所指”是台账的字段，说是哪本台账的", PS(f->name), PS(says_names[f->says]));
        if (f->says == SAYS_LEDGER && ledger_said(&p->def) != f)
            ok = wrong(r, f->line, "“所指”是台账的字段只能有一个；请删去“%.*s”的", PS(f->name));
    }
    return ok;
}

/* As right_for will ask it: of the database, with somebody in the place of 本人. */
static bool condition_sound(struct op *op, const struct plan *p, str text, str *ret)
{
    const struct who somebody = {.account = {.b = {1}}, .staff = {.b = {1}}};
    struct feel_note where = {0}, *notes = NULL;
    struct feel *tree;
    struct sql sql;
    str reason, asked = who_condition(op, &somebody, p, text);
    int faults = op->fault_count;
    if (!feel_parse_at(op, asked, reach_scope(op, p, asked), false, &tree, &where)) {
        op_forgive(op, faults);
        *ret = op_text(op, "第%d字：%.*s", where.column, PS(where.text));
        return false;
    }
    const struct feel_type *type = feel_check(op, tree, &notes);
    if (notes) {
        *ret = op_text(op, "第%d字：%.*s", notes->column, PS(notes->text));
        return false;
    }
    if (type && type->kind != FEEL_BOOL && type->kind != FEEL_ANY && type->kind != FEEL_NULL) {
        *ret = op_text(op, "条件须得出是或否，这里得出的是%.*s；例：状态 = \"在册\"", PS(feel_type_text(op, type)));
        return false;
    }
    sql_init(&sql, op);
    if (sql_condition(&sql, p, tree, S("t"), &reason))
        return true;
    *ret = op_text(op, "不能在数据库里计算：%.*s；请改用存着的字段", PS(reason));
    return false;
}

static bool field_there(const struct town *town, const struct plan *p, str name)
{
    for (size_t i = 0; i < town->count; i++) {
        const struct field *f = !p || town->plans[i] == p ? ledger_field(&town->plans[i]->def, name) : NULL;
        if (f && str_eq(f->name, name))
            return true;
    }
    return false;
}

/* p NULL: of any ledger. */
static bool fields_sound(struct op *op, const struct town *town, const struct plan *p, str text, str *ret)
{
    for (str name; str_take(&text, S("、"), &name);) {
        name = str_trim(name);
        if (name.n && !field_there(town, p, name)) {
            *ret = op_text(op, "%.*s没有“%.*s”这一栏；请照台账里的中文栏名写，几个用、隔开",
                           PS(p ? op_text(op, "“%.*s”", PS(p->def.name)) : S("哪本台账都")), PS(name));
            return false;
        }
    }
    return true;
}

/* Over every ledger that * stands for it must hold. */
static bool conditions_sound(struct op *op, const struct town *town, str value, str *ret)
{
    for (size_t i = 0; i < town->count; i++) {
        const struct plan *p = town->plans[i];
        struct mark mark = op_mark(op);
        str why;
        if (p->def.named_only)
            continue;
        if (!condition_sound(op, p, value, &why)) {
            *ret = op_text(op, "台账写的是 *，而“%.*s”里不成立（%.*s）；请改为写明哪一本台账", PS(p->def.name), PS(why));
            return false;
        }
        op_reset(op, mark);
    }
    return true;
}

bool says_sound(struct op *op, const struct town *town, const struct field *f, str value, str ledger, str *ret)
{
    bool every = str_eq(f->says == SAYS_LEDGER ? value : ledger, EVERY);
    const struct ledger *l = town_ledger(town, f->says == SAYS_LEDGER ? value : ledger);
    if (!value.n || (f->says == SAYS_LEDGER && (every || l)))
        return true;
    if (f->says == SAYS_LEDGER) {
        *ret = op_text(op, "没有名为“%.*s”的台账；请照台账的名字写，全部台账写 *", PS(value));
        return false;
    }
    if (!every && !l)
        return true; /* what is wrong with the ledger is said there */
    if (f->says == SAYS_FIELDS)
        return fields_sound(op, town, every ? NULL : plan_of(l), value, ret);
    return every ? conditions_sound(op, town, value, ret) : condition_sound(op, plan_of(l), value, ret);
}

static str text_of(struct save *s, const struct field *f)
{
    struct arg cell = *save_cell(s, f);
    return cell.kind == ARG_TEXT ? str_trim(cell.text) : S("");
}

void says_check(struct save *s)
{
    const struct ledger *l = &s->plan->def;
    const struct field *named = ledger_said(l);
    for (size_t i = 0; named && i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        str why;
        bool touched = !s->before || s->touched[i] || s->touched[field_index(s->plan, named)];
        if (f->says && touched && !s->bad[i] && !says_sound(s->op, s->plan->town, f, text_of(s, f), text_of(s, named), &why))
            save_wrong(s, f, "%.*s", PS(why));
    }
}

bool says_start(struct op *op, const struct town *town, const struct ledger *l, str place, const struct json *values)
{
    const struct field *named = ledger_said(l);
    bool ok = true;
    for (const struct json *m = named ? values->first : NULL; m; m = m->next) {
        const struct field *f = ledger_field(l, m->key);
        str why;
        if (f && f->says && m->kind == JSON_STRING &&
            !says_sound(op, town, f, str_trim(m->text), str_trim(json_str(values, named->name)), &why))
            ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(place), m->line), "“%.*s”%.*s", PS(f->name), PS(why));
    }
    return ok;
}
