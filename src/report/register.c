/* A superior's form is registered before it is answered: 表号 制定机关 文号 有效期 as they stand on it, and each of its columns
 * with what the ledgers have for it. Which ledger keeps that, and under which fields, is packs/<pack>/register.json. */
#include "report/form.h"

struct words {
    struct op *op;
    const struct form *form;
    const struct form_column *column; /* of 每栏 */
    size_t understood;
    str request; /* id of the record made; empty: not yet */
};

static feel_value text_or_none(str s)
{
    return s.n ? feel_of_text(s) : feel_null();
}

static str column_means(const struct words *w)
{
    const struct form_column *c = w->column;
    if (!c || c->use == FORM_NOTHING)
        return S("");
    if (c->field && w->form->ledger)
        return op_text(w->op, "%.*s.%.*s", PS(w->form->ledger->name), PS(c->field->name));
    return c->indicator ? c->indicator->name : c->use == FORM_SERIAL ? S("序号") : S("村组");
}

static bool word(void *from, str name, feel_value *ret)
{
    const struct words *w = from;
    const struct form *f = w->form;
    const struct {
        str name;
        feel_value value;
    } known[] = {
        {S("表名"), text_or_none(f->title.n ? f->title : f->sheet_name)},
        {S("表号"), text_or_none(f->number)},
        {S("制定机关"), text_or_none(f->organ)},
        {S("批准文号"), text_or_none(f->approval)},
        {S("有效期至"), f->until ? feel_of_text(day_text(w->op, f->until)) : feel_null()},
        {S("可以拒报"), feel_of_bool(f->refusable)},
        {S("栏数"), feel_of_int((int64_t)f->column_count)},
        {S("认得栏数"), feel_of_int((int64_t)f->understood)},
        {S("列"), w->column ? feel_of_text(xlsx_ref(w->op, 0, w->column->column)) : feel_null()},
        {S("表头"), w->column ? feel_of_text(w->column->heading) : feel_null()},
        {S("含义"), text_or_none(column_means(w))},
        {S("任务"), text_or_none(w->request)},
    };
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_eq(known[i].name, name)) {
            *ret = known[i].value;
            return true;
        }
    return false;
}

/* A record that somebody named by its title: 应急管理办公室. */
[[nodiscard]] static bool reference(struct tx *tx, const struct town *town, const struct who *who,
                                    const struct field *f, str said, str *ret)
{
    struct list_query q = {.find = said, .limit = LIST_LIMIT_MAX};
    struct list_page page;
    const struct ledger *l = town_ledger(town, f->target);
    id x;
    *ret = said;
    if (id_parse(said, &x) || !l)
        return true;
    if (!list_read(tx, town, who, l, &q, &page))
        return false;
    for (size_t i = 0; i < page.record_count; i++)
        if (str_eq(page.records[i].title, said)) {
            *ret = id_text(tx->op, page.records[i].id);
            return true;
        }
    return op_fail(tx->op, FAULT_INPUT, f->name, "“%.*s”里没有“%.*s”，请核对", PS(l->name), PS(said));
}

[[nodiscard]] static bool value_say(struct words *w, const struct json *from, struct json_out *out)
{
    static const struct feel_scope scope = {.open = true};
    struct feel *tree;
    struct feel_run run = {.op = w->op, .unknown = word, .from = w};
    if (from->kind != JSON_STRING || !str_starts(from->text, S("="))) {
        json_value(out, from);
        return true;
    }
    if (!feel_parse(w->op, str_part(from->text, 1, from->text.n), &scope, &tree))
        return false;
    feel_to_json(w->op, out, feel_eval(&run, tree));
    return true;
}

static bool is_said(const struct form_said *said, size_t count, str field)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(said[i].field, field))
            return true;
    return false;
}

/* Values of the pack; what somebody said of it goes before them. */
[[nodiscard]] static bool record_make(struct tx *tx, const struct town *town, const struct who *who, struct words *w,
                                      const struct json *rule, const struct form_said *said, size_t count, id *ret)
{
    const struct ledger *l = town_ledger(town, json_str(rule, S("台账")));
    const struct json *values = json_get(rule, S("值"));
    struct warning *warnings;
    struct record *r;
    struct json *made;
    struct buf b;
    str text;
    if (!l || !values || values->kind != JSON_OBJECT)
        return op_fail(w->op, FAULT_INPUT, S("register.json"), "须写明台账和值");
    buf_init(&b, w->op, 0);
    struct json_out out = {&b, false};
    json_open(&out, '{');
    for (const struct json *v = values->first; v; v = v->next) {
        if (is_said(said, count, v->key))
            continue;
        json_key(&out, v->key);
        if (!value_say(w, v, &out))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct field *f = ledger_field(l, said[i].field);
        text = said[i].value;
        if (f && f->type == F_REF && !reference(tx, town, who, f, said[i].value, &text))
            return false;
        json_put_text(&out, said[i].field, text);
    }
    json_close(&out, '}');
    if (!json_parse(w->op, buf_str(&b), &made) || !record_add(tx, town, who, l, made, &warnings, &r))
        return false;
    *ret = r->id;
    return true;
}

[[nodiscard]] static bool rule_read(struct op *op, str packs_folder, const struct json **ret)
{
    str *packs, text;
    size_t count;
    struct json *json;
    if (!folder_list(op, packs_folder, &packs, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        str path = op_text(op, "%.*s/%.*s/register.json", PS(packs_folder), PS(packs[i]));
        int faults = op->fault_count;
        if (!file_read(op, path, INDICATOR_FILE_BYTES_MAX, &text)) {
            op_forgive(op, faults);
            continue;
        }
        if (!json_parse(op, text, &json))
            return false;
        *ret = json;
        return true;
    }
    return op_fail(op, FAULT_MISSING, packs_folder, "没有一个业务包写明上报任务怎样登记（register.json）");
}

bool form_register(struct tx *tx, const struct town *town, const struct who *who, str packs_folder,
                   const struct form *form, const struct form_said *said, size_t count, id *ret)
{
    struct words w = {.op = tx->op, .form = form};
    const struct json *rule = NULL, *each;
    id made, column;
    if (!rule_read(tx->op, packs_folder, &rule) ||
        !record_make(tx, town, who, &w, json_get(rule, S("登记")), said, count, &made))
        return false;
    w.request = id_text(tx->op, made);
    each = json_get(rule, S("每栏"));
    for (size_t i = 0; each && i < form->column_count; i++) {
        w.column = &form->columns[i];
        if (!record_make(tx, town, who, &w, each, NULL, 0, &column))
            return false;
    }
    *ret = made;
    return true;
}
