/* 默认 that a form begins with: who fills it in, when, what the last record says, the number after the last of those that
 * agree in the named fields. No formulas: a workbook or a program that leaves the field out says nothing of these. */
#include "ledger/define.h"

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

bool begins_read(struct reader *r, const struct json *j, struct field *f)
{
    static const struct {
        str word;
        bool (*fits)(const struct field *f);
        const char *types;
    } kinds[] = {{SC("本人"), of_person, "引→干部 或 多引→干部"}, {SC("此刻"), of_moment, "时 或 日"}, {SC("沿用"), of_text, "文"},
                 {SC("接着："), of_number, "整"}};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        bool next = str_eq(kinds[i].word, LEDGER_BEGINS_NEXT);
        if (next ? !str_starts(f->initial, kinds[i].word) : !str_eq(f->initial, kinds[i].word))
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
