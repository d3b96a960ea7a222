/* What a public ledger may not tell by another name (duties §9, X6): a sensitive field of its own or of a record that it
 * refers to, through a formula, a default, its title, its serial or a column of its sheet. And a long text that is made of
 * a number or an account is as sensitive as these, in whatever ledger. */
#include "ledger/define.h"

enum { THROUGH_MAX = 6 };  /* a computed field of a computed field of … */
enum { SHORT_TEXT = 8 };   /* 男, 汉族, 一类: what follows from a number and does not give it away */

static bool field_tells(struct op *op, const struct plan *p, int field, bool numbers, int depth, const struct field **ret);

/* Whether an expression over p's scope reads something sensitive; numbers: only full numbers and accounts. */
static bool tree_tells(struct op *op, const struct plan *p, const struct feel *tree, bool numbers, int depth,
                       const struct field **ret)
{
    const int *names;
    size_t count;
    if (!tree || depth == 0)
        return false;
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct source *s = source_of(tree, names[i]);
        if (s->kind == SOURCE_FIELD && field_tells(op, p, s->field, numbers, depth, ret))
            return true;
        if (s->kind == SOURCE_PATH && s->of == SOURCE_FIELD &&
            field_tells(op, s->target, s->of_field, numbers, depth, ret))
            return true;
        if (s->kind == SOURCE_REACH && s->reach->end) {
            const struct plan *end = s->reach->step_count ? reach_step(p, s->reach, s->reach->step_count - 1) : p;
            if (field_tells(op, end, field_index(end, s->reach->end), numbers, depth, ret))
                return true;
        }
    }
    return false;
}

static bool field_tells(struct op *op, const struct plan *p, int field, bool numbers, int depth, const struct field **ret)
{
    const struct field *f = &p->def.fields[field];
    bool number = f->type == F_CITIZEN_ID || f->type == F_BANK_CARD;
    if (f->sensitive && (number || !numbers)) {
        *ret = f;
        return true;
    }
    /* a number, a day, yes or no may follow from it, and a short word */
    bool words = f->value == F_LONG || (f->value == F_TEXT && f->size >= SHORT_TEXT);
    return f->formula.n && words && tree_tells(op, p, p->formula[field], numbers, depth - 1, ret);
}

static bool told(struct reader *r, const struct plan *p, int line, const char *what, str name, const struct field *f)
{
    return wrong(r, line, "公开台账“%.*s”的%s“%.*s”用到敏感字段“%.*s”：完整的证件号、账号等不得公开（个人信息保护法第28条）",
                 PS(p->def.name), what, PS(name), PS(f->name));
}

static bool public_open(struct reader *r, const struct plan *p)
{
    const struct ledger *l = &p->def;
    const struct field *f = NULL;
    bool ok = true;
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *own = &l->fields[i];
        bool words = own->value == F_LONG || own->value == F_CODE || (own->value == F_TEXT && own->size >= SHORT_TEXT);
        if (!own->sensitive && words && tree_tells(r->op, p, p->formula[i], false, THROUGH_MAX, &f))
            ok = told(r, p, own->line, "公式", own->name, f);
        if (!own->sensitive && words && tree_tells(r->op, p, p->initial[i], false, THROUGH_MAX, &f))
            ok = told(r, p, own->line, "默认", own->name, f);
    }
    if (tree_tells(r->op, p, p->title, false, THROUGH_MAX, &f))
        ok = told(r, p, 1, "标题", l->title, f);
    for (size_t i = 0; i < l->sheet.column_count; i++) {
        const struct reach *reach = l->sheet.columns[i].reach;
        if (!reach || !reach->formula)
            continue;
        const struct plan *of = reach->list ? plan_of(reach->list->from) : p;
        if (tree_tells(r->op, of, reach->formula, false, THROUGH_MAX, &f))
            ok = told(r, p, reach->end->line, "表头", reach->name, f);
    }
    return ok;
}

bool open_check(struct reader *r, const struct plan *p)
{
    const struct ledger *l = &p->def;
    const struct field *f = NULL;
    bool ok = true;
    if (str_eq(l->secrecy, S("公开")))
        return public_open(r, p);
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *own = &l->fields[i];
        bool words = own->value == F_LONG || (own->value == F_TEXT && own->size >= SHORT_TEXT);
        if (own->formula.n && !own->sensitive && words && tree_tells(r->op, p, p->formula[i], true, THROUGH_MAX, &f))
            ok = wrong(r, own->line, "“%.*s”算出来的文字用到“%.*s”，须也标为敏感（个人信息保护法第28条）", PS(own->name),
                       PS(f->name));
    }
    return ok;
}
