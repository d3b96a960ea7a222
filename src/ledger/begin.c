/* 默认 that a form begins with: who fills it in, when, what the last record says, the number after the last of those that
 * agree in the named fields. No formulas: a workbook or a program that leaves the field out says nothing of these. But 相符, the
 * only record that agrees, is what it is whoever keeps it. */
#include "ledger/define.h"
#include "ledger/save.h"

static bool of_person(const struct field *f)
{
    return (f->type == F_REF || f->type == F_REFS) && str_eq(f->target, S("干部"));
}

static bool of_moment(const struct field *f)
{
    return f->type == F_TIME || f->type == F_DAY;
}

static bool of_number(const struct field *f)
{
    return f->type == F_INT;
}

static bool of_text(const struct field *f)
{
    return f->type == F_TEXT;
}

static bool of_record(const struct field *f)
{
    return f->type == F_REF;
}

/* 起<=日期: a field of the record that is looked for, and one of this. */
struct match {
    str there, mark, here;
};

static bool match_next(str *rest, struct match *ret)
{
    static const str marks[] = {SC("<="), SC(">="), SC("=")};
    str one, left;
    size_t at;
    (void)str_split(*rest, '|', &one, &left);
    *rest = left;
    for (size_t i = 0; i < COUNT(marks); i++)
        if (str_find(one, marks[i], &at)) {
            *ret = (struct match){str_trim(str_part(one, 0, at)), marks[i], str_trim(str_part(one, at + marks[i].n, one.n))};
            return true;
        }
    return false;
}

static str match_list(const struct field *f)
{
    return str_starts(f->begins, LEDGER_BEGINS_MATCH) ? str_part(f->begins, LEDGER_BEGINS_MATCH.n, f->begins.n) : S("");
}

static bool is_kept(const struct field *f)
{
    return f && f->type != F_COMPUTED && f->type != F_CHILDREN;
}

static void match_check(struct reader *r, const struct plan *p, const struct field *f)
{
    const struct plan *target = plan_named(r->town, f->target);
    struct match m;
    for (str rest = match_list(f); rest.n;) {
        if (!match_next(&rest, &m)) {
            wrong(r, f->line, "字段“%.*s”的“默认”写成如 相符：岗=岗|起<=日期|止>=日期", PS(f->name));
            return;
        }
        const struct field *there = target ? ledger_field(&target->def, m.there) : NULL, *here = ledger_field(&p->def, m.here);
        if (!is_kept(there) || !is_kept(here) || there->value != here->value)
            wrong(r, f->line, "字段“%.*s”的“默认”里的“%.*s”“%.*s”须是“%.*s”和本台账里填写的、同一类型的字段", PS(f->name), PS(m.there),
                  PS(m.here), PS(f->target));
    }
}

void begins_link(struct reader *r, const struct plan *p)
{
    for (size_t i = 0; i < p->def.field_count; i++)
        match_check(r, p, &p->def.fields[i]);
}

/* What the record looked for leaves open (止) is no limit; what this one has not said finds nothing. */
bool match_give(struct save *s, const struct field *f)
{
    struct op *op = s->op;
    const struct plan *target = s->plan->targets[field_index(s->plan, f)];
    struct { struct arg *p; size_t n, cap; } args = {0};
    struct buf sql;
    struct rows *rows;
    struct match m;
    bool found, more = false;
    buf_init(&sql, op, 0);
    buf_text(&sql, "select record from %.*s where town = $1 and removed = 0", PS(sql_table(op, target)));
    *list_add(op, &args) = TEXT(store_town(s->tx));
    for (str rest = match_list(f); rest.n && match_next(&rest, &m);) {
        struct arg *cell = save_cell(s, ledger_field(&s->plan->def, m.here));
        str there = store_name(op, m.there);
        if (cell->kind == ARG_NULL)
            return true;
        *list_add(op, &args) = *cell;
        buf_text(&sql, " and (%.*s %.*s $%zu%s%.*s%s)", PS(there), PS(m.mark), args.n, m.mark.n > 1 ? " or " : "",
                 PS(m.mark.n > 1 ? there : S("")), m.mark.n > 1 ? " is null" : "");
    }
    buf_add(&sql, S(" limit 2"));
    if (!store_query(s->tx, op_z(op, buf_str(&sql)), store_args(args.p, args.n), &rows) || !rows_next(rows, &found))
        return false;
    id record = found ? rows_id(rows, 0) : (id){0};
    if (found && !rows_next(rows, &more))
        return false;
    rows_close(rows);
    if (found && !more)
        *save_cell(s, f) = ID(record);
    return true;
}

bool begins_read(struct reader *r, const struct json *j, struct field *f)
{
    static const struct {
        str word;
        bool (*fits)(const struct field *f);
        const char *types;
    } kinds[] = {{SC("本人"), of_person, "引→干部 或 多引→干部"}, {SC("此刻"), of_moment, "时 或 日"}, {SC("沿用"), of_text, "文"},
                 {SC("接着："), of_number, "整"}, {SC("相符："), of_record, "引"}};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        bool more = str_eq(kinds[i].word, LEDGER_BEGINS_NEXT) || str_eq(kinds[i].word, LEDGER_BEGINS_MATCH);
        if (more ? !str_starts(f->initial, kinds[i].word) : !str_eq(f->initial, kinds[i].word))
            continue;
        if (!kinds[i].fits(f))
            return wrong(r, line_of(j, S("默认")), "“默认”写“%.*s”的字段须是 %s；字段“%.*s”的类型是 %.*s", PS(f->initial),
                         kinds[i].types, PS(f->name), PS(json_str(j, S("类型"))));
        f->begins = f->initial;
        f->initial = S("");
        return true;
    }
    return true;
}

void begins_check(struct reader *r, const struct plan *p)
{
    for (size_t i = 0; i < p->def.field_count; i++) {
        const struct field *f = &p->def.fields[i];
        str rest = str_starts(f->begins, LEDGER_BEGINS_NEXT) ? str_part(f->begins, LEDGER_BEGINS_NEXT.n, f->begins.n) : S("");
        while (rest.n) {
            str name, left;
            (void)str_split(rest, '|', &name, &left);
            rest = left;
            const struct field *same = ledger_field(&p->def, name);
            if (!same || same->type == F_COMPUTED || same->type == F_CHILDREN)
                wrong(r, f->line, "字段“%.*s”的“默认”里的“%.*s”须是本台账里填写的字段", PS(f->name), PS(name));
        }
    }
}
