/* The works of the packs from their files: which ledger and which field each part of a kind is. */
#include "policy/policy.h"
#include "work/inner.h"

const str work_kind_names[WORK_KINDS] = {
    [WORK_COUNT] = SC("计票"), [WORK_ROSTER] = SC("排班"), [WORK_TEXTS] = SC("对照"),
    [WORK_STOCK] = SC("收发"), [WORK_FEE] = SC("收费"),    [WORK_RETURN] = SC("回单"),
    [WORK_PAYROLL] = SC("造册"), [WORK_SCORE] = SC("评分"),
};

struct reader {
    struct op *op;
    const struct town *town;
    str file, pack, packs;
    struct works *all;
};

[[nodiscard]] static bool refuse(struct reader *r, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool refuse(struct reader *r, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(r->op, format, args);
    va_end(args);
    return op_fail(r->op, FAULT_INPUT, op_text(r->op, "%.*s 第%d行", PS(r->file), line), "%.*s", PS(text));
}

[[nodiscard]] static bool only(struct reader *r, const struct json *object, const str *names, size_t count)
{
    if (object->kind != JSON_OBJECT)
        return refuse(r, object->line, "须是花括号括起的一项");
    for (const struct json *m = object->first; m; m = m->next) {
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known = known || str_eq(m->key, names[i]);
        if (!known)
            return refuse(r, m->line, "没有“%.*s”这一项，可写的有：%.*s", PS(m->key), PS(op_join(r->op, names, count, S("、"))));
    }
    return true;
}

static const struct slot_def *slot_named(const struct part_def *def, str name)
{
    for (const struct slot_def *s = def->slots; s < def->slots + SLOTS_MAX && s->name.n; s++)
        if (str_eq(s->name, name))
            return s;
    return NULL;
}

[[nodiscard]] static bool fields_read(struct reader *r, const struct part_def *def, const struct json *j,
                                      struct part *part)
{
    const struct json *names = json_get(j, S("字段"));
    if (names && names->kind != JSON_OBJECT)
        return refuse(r, names->line, "“字段”须是花括号括起的一项，写出各字段在台账里的名字");
    for (const struct json *m = names ? names->first : NULL; m; m = m->next)
        if (!slot_named(def, m->key))
            return refuse(r, m->line, "“%.*s”没有用到字段“%.*s”", PS(def->name), PS(m->key));
    for (size_t i = 0; i < SLOTS_MAX && def->slots[i].name.n; i++) {
        const struct slot_def *slot = &def->slots[i];
        const struct json *m = names ? json_get(names, slot->name) : NULL;
        str name = m ? m->text : slot->name;
        const struct field *f = part->fields[i] = ledger_field(part->ledger, name);
        if (!f && (m || !slot->optional))
            return refuse(r, m ? m->line : j->line,
                          "台账“%.*s”没有字段“%.*s”，“%.*s”要用它；请在“字段”里写出对应的名字", PS(part->ledger->name),
                          PS(name), PS(def->name));
        if (f && !(T(f->value) & slot->types))
            return refuse(r, m ? m->line : j->line, "台账“%.*s”的字段“%.*s”类型不合，不能当“%.*s”用",
                          PS(part->ledger->name), PS(name), PS(slot->name));
    }
    return true;
}

[[nodiscard]] static bool part_read(struct reader *r, const struct part_def *def, const struct json *j,
                                    struct part *part)
{
    static const str names[] = {SC("台账"), SC("条件"), SC("字段")};
    if (!only(r, j, names, COUNT(names)))
        return false;
    str name = json_str(j, S("台账"));
    part->ledger = town_ledger(r->town, name);
    if (!part->ledger)
        return refuse(r, j->line, "没有台账“%.*s”，请核对名称", PS(name));
    part->where = str_trim(json_str(j, S("条件")));
    if (!fields_read(r, def, j, part))
        return false;
    /* Asked of nothing, so that a mistake is told when packs are checked and not on election day. */
    str trouble;
    return !part->where.n || ledger_condition(r->op, part->ledger, part->where, &trouble) ||
           refuse(r, j->line, "条件“%.*s”：%.*s", PS(part->where), PS(trouble));
}

[[nodiscard]] static bool parts_read(struct reader *r, const struct json *j, struct work *w)
{
    const struct part_def *defs = kinds[w->kind].parts;
    const struct json *parts = json_get(j, S("台账"));
    str names[PARTS_MAX];
    size_t count = 0;
    while (count < PARTS_MAX && defs[count].name.n) {
        names[count] = defs[count].name;
        count++;
    }
    if (!parts)
        return refuse(r, j->line, "须写“台账”：%.*s各是哪一本", PS(op_join(r->op, names, count, S("、"))));
    if (!only(r, parts, names, count))
        return false;
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        const struct json *m = json_get(parts, names[i]);
        if (m)
            good = part_read(r, &defs[i], m, &w->parts[i]) && good;
        else if (!defs[i].optional)
            good = refuse(r, parts->line, "少了“%.*s”是哪一本台账", PS(names[i]));
    }
    return good;
}

[[nodiscard]] static bool words_read(struct reader *r, const struct json *j, struct work *w)
{
    const str *defaults = kinds[w->kind].words;
    const struct json *words = json_get(j, S("词"));
    size_t count = 0;
    while (count < COUNT(w->words) && defaults[count].n)
        count++;
    if (words && !only(r, words, defaults, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        str own = words ? json_str(words, defaults[i]) : S("");
        w->words[i] = own.n ? own : defaults[i];
    }
    return true;
}

/* How a bank wants its file: "Excel", "CSV UTF-8", "CSV GB18030", "CSV GBK". */
[[nodiscard]] static bool file_named(struct reader *r, const struct json *j, struct work *w)
{
    const struct json *form = json_get(j, S("文件"));
    if (!form || str_eq(form->text, S("Excel")))
        return true;
    if (w->kind != WORK_RETURN)
        return refuse(r, form->line, "“%.*s”不用“文件”", PS(work_kind_names[w->kind]));
    for (int i = 0; i < ENCODINGS; i++)
        if (str_eq(form->text, op_text(r->op, "CSV %.*s", PS(encoding_names[i])))) {
            w->csv = true;
            w->encoding = (enum encoding)i;
            return true;
        }
    return refuse(r, form->line, "“文件”须是 Excel、CSV UTF-8、CSV GB18030、CSV GBK 之一");
}

/* A policy decides over records of the ledger that the bills, or the members of a batch, refer to. */
[[nodiscard]] static bool policy_named(struct reader *r, const struct json *j, struct work *w)
{
    const struct json *name = json_get(j, S("政策"));
    if (!name && w->kind == WORK_PAYROLL)
        return refuse(r, j->line, "造册须写“政策”：按哪个政策的名单");
    if (!name)
        return true;
    if (w->kind != WORK_FEE && w->kind != WORK_PAYROLL)
        return refuse(r, name->line, "“%.*s”不用“政策”", PS(work_kind_names[w->kind]));
    if (!r->all->policies && !policies_load(r->op, r->town, r->packs, &r->all->policies))
        return false;
    const struct policy *p = policy_find(r->all->policies, name->text);
    if (!p)
        return refuse(r, name->line, "没有名为“%.*s”的政策", PS(name->text));
    if (w->kind == WORK_FEE && (!p->group.n || p->group_via.n))
        return refuse(r, name->line, "政策“%.*s”的“分组”须是“%.*s”自己的字段，才知道是哪个村组的", PS(p->name), PS(p->ledger->name));
    w->policy = p->name;
    w->policies = r->all->policies;
    return true;
}

[[nodiscard]] static bool work_read(struct reader *r, const struct json *j)
{
    static const str names[] = {SC("$schema"), SC("名"), SC("英文名"), SC("种类"), SC("说明"), SC("台账"), SC("词"), SC("政策"), SC("文件")};
    struct work *w = op_new(r->op, struct work);
    if (!only(r, j, names, COUNT(names)))
        return false;
    *w = (struct work){.name = json_str(j, S("名")),
                       .english = json_str(j, S("英文名")),
                       .note = json_str(j, S("说明")),
                       .pack = r->pack,
                       .file = r->file,
                       .line = j->line};
    if (!w->name.n || !w->english.n)
        return refuse(r, j->line, "须写“名”和“英文名”");
    if (work_find(r->all, w->name) || work_find(r->all, w->english))
        return refuse(r, j->line, "已有同名的“%.*s”", PS(w->name));
    str kind = json_str(j, S("种类"));
    while (w->kind < WORK_KINDS && !str_eq(work_kind_names[w->kind], kind))
        w->kind++;
    if (w->kind == WORK_KINDS)
        return refuse(r, j->line, "“种类”须是%.*s之一", PS(op_join(r->op, work_kind_names, WORK_KINDS, S("、"))));
    if (!parts_read(r, j, w) || !words_read(r, j, w) || !policy_named(r, j, w) || !file_named(r, j, w))
        return false;
    if (r->all->n == WORKS_MAX)
        return refuse(r, j->line, "最多 %d 个", WORKS_MAX);
    *list_add(r->op, r->all) = w;
    return true;
}

[[nodiscard]] static bool file_works(struct reader *r)
{
    struct json *json;
    return json_file(r->op, r->file, r->file, WORK_FILE_BYTES_MAX, &json) && work_read(r, json);
}

bool works_load(struct op *op, const struct town *town, str packs_folder, struct policies *policies, struct works **ret)
{
    struct reader r = {.op = op, .town = town, .packs = packs_folder, .all = op_new(op, struct works)};
    r.all->policies = policies;
    struct pack_file *files;
    size_t count;
    bool good = true;
    if (!pack_files(op, packs_folder, S("works"), S(".json"), &files, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        r.pack = files[i].pack;
        r.file = files[i].path;
        good = file_works(&r) && good;
    }
    *ret = r.all;
    return good;
}

size_t works_count(const struct works *all)
{
    return all->n;
}

const struct work *works_at(const struct works *all, size_t i)
{
    must(i < all->n);
    return all->p[i];
}

const struct work *work_find(const struct works *all, str name)
{
    for (size_t i = 0; i < all->n; i++)
        if (str_eq(all->p[i]->name, name) || str_eq(all->p[i]->english, name))
            return all->p[i];
    return NULL;
}

enum work_kind work_kind_of(const struct work *w)
{
    return w->kind;
}

str work_name(const struct work *w)
{
    return w->name;
}

str work_english(const struct work *w)
{
    return w->english;
}

str work_policy(const struct work *w)
{
    return w->policy;
}

str work_note(const struct work *w)
{
    return w->note;
}

const struct ledger *work_ledger(const struct work *w)
{
    return w->parts[0].ledger;
}

const struct ledger *work_ledger_at(const struct work *w, size_t i)
{
    for (size_t k = 0; k < PARTS_MAX; k++)
        if (w->parts[k].ledger && i-- == 0)
            return w->parts[k].ledger;
    return NULL;
}
