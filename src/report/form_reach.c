/* Headings of a superior's form that speak of what a record refers to: 家庭住址 and 户主姓名 of a person's household. Only
 * words that can mean one thing are taken; a blank cell that is listed is better than a wrong one. */
#include "ledger/excel.h"
#include "report/form.h"

struct distant {
    str plain;
    const struct reach *reach; /* NULL: it could be several */
};
/* 是否低保户: a choice of what the records below are called by. */
struct question {
    str path;                  /* to the record that has them; empty: the row's own */
    const struct field *of;    /* the 子 field */
    str choice;
    bool several;              /* it could be asked of another too */
};
struct distants {
    struct map questions;      /* plain -> struct question */
    const struct meanings *m;
    const struct plan *plan;
    struct {
        struct distant *p;
        size_t n, cap;
    } list;
    struct map words; /* plain -> index + 1 */
};

/* Every ledger has them, so alone they say nothing of another ledger's record. */
static bool says_nothing(str word)
{
    static const str words[] = {SC("备注"), SC("说明"), SC("类型"), SC("类别"), SC("来源"), SC("日期"), SC("时间"), SC("编号"),
                                SC("名称"), SC("内容"), SC("数量"), SC("金额"), SC("面积"), SC("单位"), SC("起"),   SC("止"),
                                SC("结果"), SC("用途"), SC("别名"), SC("级别"), SC("事项"), SC("序号"),
                                SC("电话"), SC("手机"), SC("联系电话"), SC("联系方式"), SC("状态"), SC("标题")};
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_eq(words[i], word))
            return true;
    return utf8_count(word) < 2;
}

static void distant_put(struct distants *d, str words, const struct reach *reach)
{
    str plain = excel_heading(d->m->op, words);
    size_t *at = map_get(&d->words, plain);
    if (at) {
        const struct reach **known = &d->list.p[*at - 1].reach;
        if (*known && !str_eq((*known)->name, reach->name))
            *known = NULL;
        return;
    }
    *list_add(d->m->op, &d->list) = (struct distant){plain, reach};
    at = op_new(d->m->op, size_t);
    *at = d->list.n;
    map_put(&d->words, plain, at);
}

static const struct reach *reach_at(const struct distants *d, str path)
{
    struct reach *reach = op_new(d->m->op, struct reach);
    str why;
    return reach_find(d->m->op, d->plan, path, reach, &why) ? reach : NULL;
}

/* The records below the one at the end of the path, as its ledger writes them. */
static const struct reach *listed_at(const struct distants *d, str path, const struct field *f)
{
    struct op *op = d->m->op;
    struct reach *reach = op_new(op, struct reach), way = {0};
    str why;
    if (path.n && !reach_find(op, d->plan, op_text(op, "%.*s.%.*s", PS(path), PS(f->name)), &way, &why))
        return NULL;
    *reach = *f->written;
    memcpy(reach->steps, way.steps, sizeof way.steps);
    reach->step_count = way.step_count;
    reach->name = path.n ? op_text(op, "%.*s.%.*s", PS(path), PS(f->name)) : f->name;
    return reach;
}

static void question_put(struct distants *d, str path, const struct field *f, str word, str choice)
{
    str plain = excel_heading(d->m->op, word);
    struct question *q = map_get(&d->questions, plain);
    if (q) {
        q->several = q->several || q->of != f || !str_eq(q->path, path) || !str_eq(q->choice, choice);
        return;
    }
    q = op_new(d->m->op, struct question);
    *q = (struct question){path, f, choice, false};
    map_put(&d->questions, plain, q);
}

/* 人员类别, 家庭类型: the list; and what of it is asked by yes or no, in each word for it. */
static void children_put(struct distants *d, str path, str before, const struct field *f)
{
    const struct reach *reach = f->written ? listed_at(d, path, f) : NULL;
    if (!reach)
        return;
    const struct ledger *from = f->written->list->from;
    const struct field *choice = ledger_field(from, json_str(f->said, S("写")));
    distant_put(d, op_text(d->m->op, "%.*s%.*s", PS(before), PS(f->name)), reach);
    for (size_t k = 0; k < f->alias_count; k++)
        distant_put(d, op_text(d->m->op, "%.*s%.*s", PS(before), PS(f->aliases[k])), reach);
    for (size_t k = 0; !before.n && k < f->asked_count; k++) { /* 是否党员 is not asked of the 户主 */
        question_put(d, path, f, f->asked[k], f->asked[k]);
        for (size_t n = 0; choice && n < choice->word_count; n++)
            if (str_eq(choice->words[n].choice, f->asked[k]))
                question_put(d, path, f, choice->words[n].word, f->asked[k]);
    }
}

/* What a field of that ledger is called there, after `before`: 户主 + 证件号, 户主 + 身份证号. A record referred to is called by its
 * name. */
static void names_put(struct distants *d, str path, str before, const struct field *f)
{
    struct op *op = d->m->op;
    if (f->type == F_CHILDREN) {
        children_put(d, path, before, f);
        return;
    }
    const struct reach *reach = reach_at(d, op_text(op, "%.*s.%.*s", PS(path), PS(f->name)));
    if (!reach || !excel_carries(f) || f->type == F_REF || f->type == F_REFS)
        return;
    if (before.n || !says_nothing(f->name))
        distant_put(d, op_text(op, "%.*s%.*s", PS(before), PS(f->name)), reach);
    for (size_t k = 0; k < f->alias_count; k++)
        if (before.n || !says_nothing(f->aliases[k]))
            distant_put(d, op_text(op, "%.*s%.*s", PS(before), PS(f->aliases[k])), reach);
    str said[DATE_WORDS];
    for (size_t k = date_words(op, f, said); k-- > 0;)
        distant_put(d, op_text(op, "%.*s%.*s", PS(before), PS(said[k])), reach);
    if (before.n && (str_eq(f->name, S("姓名")) || str_eq(f->name, S("名称"))))
        distant_put(d, before, reach); /* 户主 alone is the name of the 户主 */
}

static void fields_put(struct distants *d, str path, str before, const struct plan *target)
{
    for (size_t i = 0; i < target->def.field_count; i++)
        names_put(d, path, before, &target->def.fields[i]);
}

static const struct plan *target_of(const struct plan *p, const struct field *f)
{
    const struct ledger *l = f->type == F_REF ? town_ledger(p->town, f->target) : NULL;
    return l && !plan_of(l)->is_group ? plan_of(l) : NULL;
}

/* Whose record it is: by its key, or on the way to its village group. */
static bool is_subject(const struct plan *p, const struct field *f)
{
    for (size_t i = 0; i < p->group_via_count; i++)
        if (&p->def.fields[p->group_via[i]] == f)
            return true;
    for (size_t i = 0; i < p->def.key_count; i++)
        if (str_eq(p->def.keys[i], f->name))
            return true;
    return false;
}

static void distants_make(struct distants *d)
{
    const struct plan *p = d->plan;
    map_init(&d->words, d->m->op);
    map_init(&d->questions, d->m->op);
    for (size_t i = 0; i < p->def.field_count; i++) {
        const struct field *f = &p->def.fields[i];
        if (f->type == F_CHILDREN)
            children_put(d, S(""), S(""), f);
        const struct plan *target = target_of(p, f);
        if (!target)
            continue;
        fields_put(d, f->name, f->name, target);
        if (!is_subject(p, f))
            continue;
        fields_put(d, f->name, S(""), target);
        for (size_t k = 0; k < target->def.field_count; k++) {
            const struct field *next = &target->def.fields[k];
            const struct plan *beyond = target_of(target, next);
            if (beyond)
                fields_put(d, op_text(d->m->op, "%.*s.%.*s", PS(f->name), PS(next->name)), next->name, beyond);
        }
    }
}

static const struct reach *distant_word(const struct distants *d, str words)
{
    str plain = excel_heading(d->m->op, words);
    const size_t *at = map_get(&d->words, plain);
    if (!at)
        at = map_get(&d->words, excel_unbracketed(d->m->op, plain));
    return at ? d->list.p[*at - 1].reach : NULL;
}

/* 低保/脱贫户 after 是否, 低保户 before （是/否）; empty: nothing is asked. */
static str asked_of(struct op *op, str heading)
{
    static const str marks[] = {SC("（是/否）"), SC("(是/否)"), SC("（是否）"), SC("(是否)"), SC("（是、否）"), SC("(是、否)")};
    size_t at;
    for (size_t i = 0; i < COUNT(marks); i++)
        if (str_ends(heading, marks[i])) {
            str head, rest;
            heading = str_part(heading, 0, heading.n - marks[i].n);
            if (str_find(heading, S("是否"), &at))
                break;
            while (str_split(heading, '/', &head, &rest))
                heading = rest;
            return heading;
        }
    return str_find(heading, S("是否"), &at) ? op_copy(op, str_part(heading, at + S("是否").n, heading.n)) : S("");
}

/* 低保/脱贫户: choices that are asked of the same records; the answer is 是 when one of them is there. */
static const struct reach *question_reach(const struct distants *d, str asked)
{
    static const str between[] = {SC("/"), SC("、"), SC("或"), SC("和"), SC("及")};
    struct op *op = d->m->op;
    const struct question *first = NULL;
    struct buf choices;
    buf_init(&choices, op, 0);
    for (str rest = asked; rest.n;) {
        size_t end = rest.n, at, next = rest.n;
        for (size_t i = 0; i < COUNT(between); i++)
            if (str_find(rest, between[i], &at) && at < end) {
                end = at;
                next = at + between[i].n;
            }
        str word = excel_unbracketed(op, excel_heading(op, str_part(rest, 0, end)));
        const struct question *q = word.n ? map_get(&d->questions, word) : NULL;
        rest = str_part(rest, next, rest.n);
        if (!word.n && !first)
            continue;
        if (!q || q->several || (first && (first->of != q->of || !str_eq(first->path, q->path))))
            return NULL;
        first = first ? first : q;
        buf_text(&choices, "%s\"%.*s\"", choices.n ? ", " : "", PS(q->choice));
    }
    const struct reach *all = first ? listed_at(d, first->path, first->of) : NULL;
    if (!all)
        return NULL;
    const struct plan *from = plan_of(all->list->from);
    struct reach *reach = op_new(op, struct reach);
    struct reach_list *list = op_new(op, struct reach_list);
    struct feel *where, *yes;
    struct sql trial;
    str reason, cond = json_str(first->of->said, S("条件"));
    str text = op_text(op, "%.*s in (%.*s)%s%.*s%s", PS(json_str(first->of->said, S("写"))), PS(buf_str(&choices)), cond.n ? " and (" : "", PS(cond),
                       cond.n ? ")" : "");
    int faults = op->fault_count;
    sql_init(&trial, op);
    if (!feel_parse(op, text, reach_scope(op, from, text), &where) || !feel_parse(op, S("\"是\""), &from->scope, &yes) ||
        !sql_condition(&trial, from, where, S("t"), &reason)) {
        op_forgive(op, faults);
        return NULL;
    }
    *list = *all->list;
    list->where = where;
    list->most = 1;
    list->none = S("否");
    *reach = *all;
    reach->list = list;
    reach->formula = yes;
    reach->name = op_text(op, "%.*s（%.*s）", PS(all->name), PS(buf_str(&choices)));
    return reach;
}

static bool is_taken(const struct form *f, const struct form_column *c)
{
    for (size_t k = 0; k < f->column_count; k++) {
        const struct form_column *x = &f->columns[k];
        bool same = c->distant ? x->distant && str_eq(x->reach->name, c->reach->name)
                               : !x->distant && x->use == c->use && x->field == c->field && x->reach == c->reach;
        if (same && (x->column != c->column || x->row != c->row))
            return true;
    }
    return false;
}

static void distant_take(const struct form *f, struct form_column *c, const struct reach *reach)
{
    struct form_column next = *c;
    next.use = FORM_FIELD;
    next.sure = SURE_REACH;
    next.field = reach->end;
    next.reach = reach;
    next.distant = true;
    if (!is_taken(f, &next))
        *c = next;
}

/* The field that is called so in the ledger referred to: 公民身份号码 is another word for the person of a roll, because an import finds
 * them by it; what a form asks under it is their number. */
static const struct field *field_asked(const struct distants *d, const struct plan *target, str heading)
{
    str last;
    (void)heading_joined(d->m->op, heading, &last);
    str plain = excel_heading(d->m->op, last);
    for (size_t i = 0; i < target->def.field_count; i++) {
        const struct field *f = &target->def.fields[i];
        bool named = str_eq(excel_heading(d->m->op, f->name), plain);
        for (size_t k = 0; k < f->alias_count && !named; k++)
            named = str_eq(excel_heading(d->m->op, f->aliases[k]), plain);
        if (named && excel_carries(f) && f->type != F_REF && f->type != F_REFS)
            return f;
    }
    return NULL;
}

/* 户主 is a name on a form, not what a record is called among its like: 巴特尔, not 巴特尔 1960年 东村. */
static void named_take(const struct distants *d, struct form_column *c)
{
    static const str called[] = {SC("姓名"), SC("名称")};
    const struct plan *target = c->field && !c->reach ? target_of(d->plan, c->field) : NULL;
    const struct field *asked = target && c->sure == SURE_ALIAS ? field_asked(d, target, c->heading) : NULL;
    for (size_t i = 0; target && !c->reach && i < COUNT(called); i++) {
        struct op *op = d->m->op;
        const struct field *f = asked ? asked : ledger_field(&target->def, called[i]);
        const struct reach *reach = f ? reach_at(d, op_text(op, "%.*s.%.*s", PS(c->field->name), PS(f->name))) : NULL;
        if (reach) {
            c->field = reach->end;
            c->reach = reach;
            c->distant = true;
        }
    }
}

/* 权利人（户主）: the other word for it stands within brackets. */
static str bracketed(str heading)
{
    static const str opens[] = {SC("（"), SC("(")}, closes[] = {SC("）"), SC(")")};
    size_t from, to;
    for (size_t i = 0; i < COUNT(opens); i++)
        if (str_find(heading, opens[i], &from) && str_find(heading, closes[i], &to) && to > from + opens[i].n)
            return str_part(heading, from + opens[i].n, to);
    return S("");
}

/* 户主姓名 | 身份证号 | 性别: what stands behind a name, and is not the record's own, is that person's. */
static const struct reach *beside_name(const struct distants *d, const struct form *f, size_t column)
{
    struct op *op = d->m->op;
    str last, head = S(""), path = S("");
    for (size_t i = column; i-- > 0 && !path.n;) {
        const struct form_column *c = &f->columns[i];
        str plain = excel_unbracketed(op, excel_heading(op, c->heading));
        if (!str_ends(plain, S("姓名")) && !(c->reach && c->distant && str_eq(c->field->name, S("姓名"))))
            continue;
        if (!c->reach || !c->field || !str_eq(c->field->name, S("姓名")))
            return NULL; /* of somebody unknown */
        path = c->reach->name;
    }
    (void)heading_joined(op, f->columns[column].heading, &last);
    if (says_nothing(excel_heading(op, last)))
        return NULL;
    str who = path.n > S(".姓名").n ? str_part(path, 0, path.n - S(".姓名").n) : S("");
    while (str_split(who, '.', &head, &who))
        head = who;
    return head.n ? distant_word(d, op_text(op, "%.*s%.*s", PS(head), PS(last))) : NULL;
}

void distant_columns(const struct meanings *m, struct form *f)
{
    struct form_column *columns = (struct form_column *)f->columns;
    struct distants d = {.m = m, .plan = plan_of(f->ledger)};
    str last;
    distants_make(&d);
    for (size_t i = 0; i < f->column_count; i++) { /* 姓名 below 户主 is not the name of whom the row is about */
        struct form_column *c = &columns[i];
        str joined = heading_joined(m->op, c->heading, &last);
        const struct reach *reach = joined.n ? distant_word(&d, joined) : NULL;
        bool own = c->field && !c->distant && str_eq(excel_heading(m->op, c->field->name), excel_heading(m->op, joined));
        if (reach && c->sure != SURE_CHOSEN && !own && !c->formula)
            distant_take(f, c, reach);
    }
    for (size_t i = 0; i < f->column_count; i++) { /* 是否低保户 */
        struct form_column *c = &columns[i];
        str asked = c->use == FORM_NOTHING || c->sure == SURE_LIKE ? asked_of(m->op, c->heading) : S("");
        const struct reach *reach = asked.n ? question_reach(&d, asked) : NULL;
        if (reach)
            distant_take(f, c, reach);
        else if (asked.n && c->sure == SURE_LIKE) /* what is like 低保户 is not the answer to 是否 */
            *c = (struct form_column){.column = c->column, .row = c->row, .heading = c->heading, .per = 1, .formula = c->formula};
    }
    for (size_t i = 0; i < f->column_count; i++) {
        struct form_column *c = &columns[i];
        if (c->use != FORM_NOTHING && c->sure != SURE_LIKE)
            continue;
        (void)heading_joined(m->op, c->heading, &last);
        if (heading_elsewhere(m, c->heading))
            continue;
        const struct form_column *again = c->use == FORM_NOTHING ? word_find(m, last) : NULL;
        struct form_column next = again ? *again : (struct form_column){0};
        next.column = c->column;
        next.row = c->row;
        next.heading = c->heading;
        const struct reach *reach = distant_word(&d, last);
        if (again && again->use > FORM_SERIAL && !is_taken(f, &next))
            *c = next;
        else if (reach)
            distant_take(f, c, reach);
    }
    for (size_t i = 0; i < f->column_count; i++)
        named_take(&d, &columns[i]);
    for (size_t i = 0; i < f->column_count; i++) {
        struct form_column *c = &columns[i];
        str other = bracketed(c->heading);
        if (c->use != FORM_NOTHING || f->card || c->formula)
            continue;
        const struct reach *reach = beside_name(&d, f, i);
        if (!reach && utf8_count(other) > 1)
            reach = distant_word(&d, other);
        if (reach)
            distant_take(f, c, reach);
        if (c->use != FORM_NOTHING)
            c->sure = SURE_LIKE;
    }
}
