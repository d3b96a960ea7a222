/* What the texts of a replay mean at the moment they are said: FEEL over the records of this time, the counts and the
 * words. */
#include "replay/inner.h"

static bool record_value(struct play *p, const struct record *r, feel_value *ret)
{
    struct op *op = p->op;
    struct { struct feel_entry *p; size_t n, cap; } entries = {0};
    *list_add(op, &entries) = (struct feel_entry){S("id"), feel_of_text(id_text(op, r->id))};
    *list_add(op, &entries) = (struct feel_entry){S("标题"), feel_of_text(r->title)};
    for (const struct json *m = r->values->first; m; m = m->next) {
        feel_value v;
        if (!feel_from_json(op, m, NULL, &v))
            return false;
        *list_add(op, &entries) = (struct feel_entry){m->key, v};
    }
    *ret = feel_of_context(op, entries.p, entries.n);
    return true;
}

[[nodiscard]] static bool say_record(struct play *p, struct thing thing, const struct json *with, feel_value *ret)
{
    struct who system = {.name = S("系统"), .system = true};
    struct record *r;
    if (id_none(thing.id)) {
        *ret = feel_null();
        return true;
    }
    if (!record_get(p->tx, p->town, &system, thing.ledger, thing.id, &r) || !record_value(p, r, ret))
        return false;
    for (const struct json *w = with ? with->first : NULL; w; w = w->next) {
        const struct field *f = ledger_field(thing.ledger, w->text);
        struct feel_entry *e = NULL;
        for (size_t i = 0; i < ret->context->count; i++)
            if (str_eq(ret->context->entries[i].name, w->text))
                e = (struct feel_entry *)&ret->context->entries[i];
        struct thing far = {.ledger = f && f->type == F_REF ? town_ledger(p->town, f->target) : NULL};
        if (!e || !far.ledger || e->value.kind != FEEL_TEXT || !id_parse(e->value.text, &far.id))
            continue;
        if (!say_record(p, far, NULL, &e->value))
            return false;
    }
    return true;
}

static feel_value id_value(struct play *p, id x)
{
    return feel_of_text(id_text(p->op, x));
}

static feel_value things_value(struct play *p, const struct things *things)
{
    feel_value *items = op_array(p->op, feel_value, things->n + 1);
    for (size_t i = 0; i < things->n; i++)
        items[i] = id_value(p, things->p[i].id);
    return feel_of_list(items, things->n);
}

static bool records_value(struct play *p, const struct things *things, feel_value *ret)
{
    feel_value *items = op_array(p->op, feel_value, things->n + 1);
    for (size_t i = 0; i < things->n; i++)
        if (!say_record(p, things->p[i], NULL, &items[i]))
            return false;
    *ret = feel_of_list(items, things->n);
    return true;
}

static bool record_named(struct play *p, str name, feel_value *ret)
{
    const struct turn *t = p->turn;
    if (str_eq(name, S("项")))
        return say_record(p, p->item, NULL, ret);
    if (t && str_eq(name, S("行")))
        return say_record(p, t->row, p->with, ret);
    return t && str_eq(name, S("本")) && say_record(p, t->own, NULL, ret);
}

static bool unknown(void *from, str name, feel_value *ret)
{
    struct play *p = from;
    const struct turn *t = p->turn;
    const struct { str name; int64_t number; } numbers[] = {
        {S("序"), t ? t->number : 0}, {S("总"), t ? t->of : 0}, {S("份"), t ? t->share : 0}, {S("项序"), p->item_number}};
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (str_eq(name, numbers[i].name)) {
            *ret = feel_of_int(numbers[i].number);
            return true;
        }
    if (record_named(p, name, ret))
        return true;
    for (size_t i = 0; t && i < t->made_count; i++)
        if (str_eq(t->made[i].name, name)) {
            *ret = id_value(p, t->made[i].thing.id);
            return true;
        }
    const struct thing *told = p->told ? map_get(p->told, name) : NULL;
    if (told)
        return say_record(p, *told, NULL, ret);
    const feel_value *word = map_get(&p->words, name);
    const struct things *kept = map_get(&p->kept, name);
    static const struct things none = {0};
    bool records = !word && !kept && str_ends(name, S("的记录"));
    if (records) {
        name = str_part(name, 0, name.n - S("的记录").n);
        kept = map_get(&p->kept, name);
    }
    if (!word && !kept && script_names(p, name)) /* nothing has been kept under it yet */
        kept = &none;
    if (records && kept)
        return records_value(p, kept, ret);
    if (!word && !kept)
        return false;
    *ret = word ? *word : things_value(p, kept);
    return true;
}

static bool evaluate(struct play *p, str file, const struct json *at, str text, feel_value *ret)
{
    static const struct feel_scope scope = {.open = true};
    struct feel *tree;
    struct feel_run run = {.op = p->op, .unknown = unknown, .from = p};
    int faults = p->op->fault_count;
    if (!feel_parse(p->op, text, &scope, &tree))
        return script_wrong(p, file, at, "“%.*s”写得不对", PS(text));
    *ret = feel_eval(&run, tree);
    if (p->op->fault_count > faults)
        return false;
    if (feel_is_null(*ret) && run.notes)
        return script_wrong(p, file, at, "“%.*s”算不出来：%.*s", PS(text), PS(run.notes->text));
    return true;
}

/* 第{序}次学习 */
static bool template(struct play *p, str file, const struct json *at, feel_value *ret)
{
    struct buf b;
    buf_init(&b, p->op, 0);
    for (str rest = at->text, head; rest.n;) {
        feel_value v;
        if (!str_split(rest, '{', &head, &rest)) {
            buf_add(&b, head);
            break;
        }
        buf_add(&b, head);
        if (!str_split(rest, '}', &head, &rest))
            return script_wrong(p, file, at, "“{”没有配上“}”");
        if (!evaluate(p, file, at, head, &v))
            return false;
        buf_add(&b, feel_text_of(p->op, v));
    }
    *ret = feel_of_text(buf_str(&b));
    return true;
}

/* {"文件": text, "名": …} and {"签": name}. */
static bool paper(struct play *p, str file, const struct json *json, feel_value *ret)
{
    const struct json *text = json_get(json, S("文件")), *signer = json_get(json, S("签"));
    str words, name, bytes, digest;
    if (!say_text(p, file, text ? text : signer, &words) || !say_text(p, file, json_get(json, S("名")), &name))
        return false;
    bool drawn = signer ? draw_signature(p, words, &bytes) : draw_file(p, words, name, &bytes);
    if (!drawn || !store_bytes_keep(p->tx, bytes, &digest))
        return false;
    struct feel_entry *e = op_array(p->op, struct feel_entry, 3);
    if (signer) {
        e[0] = (struct feel_entry){S("人"), feel_of_text(words)};
        e[1] = (struct feel_entry){S("时"), feel_of_text(time_text(p->op, p->op->now))};
        e[2] = (struct feel_entry){S("图"), feel_of_text(digest)};
        *ret = feel_of_context(p->op, e, 3);
        return true;
    }
    e[0] = (struct feel_entry){S("名"), feel_of_text(name.n ? name : S("附件.txt"))};
    e[1] = (struct feel_entry){S("摘要"), feel_of_text(digest)};
    e[2] = (struct feel_entry){S("大小"), feel_of_int((int64_t)bytes.n)};
    feel_value *one = op_new(p->op, feel_value);
    *one = feel_of_context(p->op, e, 3);
    *ret = feel_of_list(one, 1);
    return true;
}

static bool list(struct play *p, str file, const struct json *json, feel_value *ret)
{
    feel_value *items = op_array(p->op, feel_value, json->count + 1);
    size_t n = 0;
    for (const struct json *e = json->first; e; e = e->next)
        if (!say(p, file, e, &items[n++]))
            return false;
    *ret = feel_of_list(items, n);
    return true;
}

bool say(struct play *p, str file, const struct json *json, feel_value *ret)
{
    size_t at;
    if (json->kind == JSON_STRING && str_starts(json->text, S("=")))
        return evaluate(p, file, json, str_part(json->text, 1, json->text.n), ret);
    if (json->kind == JSON_STRING && str_find(json->text, S("{"), &at))
        return template(p, file, json, ret);
    if (json->kind == JSON_OBJECT && (json_get(json, S("文件")) || json_get(json, S("签"))))
        return paper(p, file, json, ret);
    if (json->kind == JSON_ARRAY)
        return list(p, file, json, ret);
    return feel_from_json(p->op, json, NULL, ret);
}

bool say_text(struct play *p, str file, const struct json *json, str *ret)
{
    feel_value v;
    *ret = S("");
    if (!json)
        return true;
    if (!say(p, file, json, &v))
        return false;
    *ret = feel_text_of(p->op, v);
    return true;
}

bool say_number(struct play *p, str file, const struct json *json, int64_t usual, int64_t *ret)
{
    feel_value v;
    *ret = usual;
    if (!json)
        return true;
    if (!say(p, file, json, &v))
        return false;
    struct json number = {.kind = JSON_NUMBER, .text = feel_text_of(p->op, v)};
    return (v.kind == FEEL_NUMBER && json_int(&number, ret)) || script_wrong(p, file, json, "这里须是整数");
}

bool say_day(struct play *p, str file, const struct json *json, day usual, day *ret)
{
    str text;
    *ret = usual;
    return say_text(p, file, json, &text) &&
           (!text.n || day_parse(text, ret) || script_wrong(p, file, json, "“%.*s”不是日期", PS(text)));
}

bool say_values(struct play *p, str file, const struct json *object, const struct json **ret)
{
    struct buf b;
    struct json *made;
    buf_init(&b, p->op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    for (const struct json *m = object ? object->first : NULL; m; m = m->next) {
        feel_value v;
        if (!say(p, file, m, &v))
            return false;
        json_key(&w, m->key);
        feel_to_json(p->op, &w, v);
    }
    json_close(&w, '}');
    if (!json_parse(p->op, buf_str(&b), &made))
        return false;
    *ret = made;
    return true;
}
