#include <stdio.h>

#include "demo/write.h"

static const str ledger_names[DEMO_LEDGERS] = {
    [L_GROUP] = SC("村组"),      [L_HOUSEHOLD] = SC("户"),
    [L_PERSON] = SC("人"),       [L_TAG] = SC("标签"),
    [L_DWELLING] = SC("房屋"),   [L_ENTITY] = SC("单位"),
    [L_LICENCE] = SC("证照"),    [L_STAFF] = SC("干部"),
    [L_OFFICE] = SC("站所"),     [L_ASSIGNMENT] = SC("职责分工"),
    [L_DOMAIN] = SC("职责领域"), [L_INSPECTION] = SC("安全检查"),
    [L_HAZARD] = SC("隐患"),     [L_EDUCATION] = SC("宣教"),
    [L_FIRE] = SC("消防达标"),   [L_SIGNUP] = SC("平台注册"),
    [L_EVENT] = SC("突发事件"),  [L_BATCH] = SC("救助批次"),
    [L_BENEFICIARY] = SC("救助对象"), [L_DAMAGE] = SC("受灾情况"),
};

/* As an import: what makes reading quick, and search, follow when all are there. */
bool work_begin(struct writer *w)
{
    const struct ledger *loaded[DEMO_LEDGERS];
    size_t count = 0;
    w->begun = op_mark(w->op);
    if (!store_begin(w->store, w->op, TX_BULK, &w->tx))
        return false;
    for (size_t i = 0; i < DEMO_LEDGERS; i++) {
        w->ledgers[i] = town_ledger(w->town, ledger_names[i]);
        if (!w->ledgers[i])
            continue;
        if (!bulk_begin(w->tx, w->town, w->who, w->ledgers[i], ACT_ADD, &w->bulks[i]))
            return false;
        loaded[count++] = w->ledgers[i];
    }
    return ledgers_load(w->tx, loaded, count);
}

bool work_end(struct writer *w)
{
    ledgers_loaded(w->tx);
    bool done = store_commit(w->tx);
    op_reset(w->op, w->begun);
    return done;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

struct values values_new(struct writer *w, enum demo_ledger ledger)
{
    struct values v = {.w = w, .ledger = ledger, .object = op_new(w->op, struct json)};
    v.object->kind = JSON_OBJECT;
    v.end = &v.object->first;
    return v;
}

static struct json *put(struct values *v, const char *field, enum json_kind kind, str text)
{
    const struct ledger *l = v->w->ledgers[v->ledger];
    str key = str_z(field);
    if (!l || !ledger_field(l, key))
        return NULL;
    struct json *j = op_new(v->w->op, struct json);
    *j = (struct json){.kind = kind, .key = key, .text = text};
    *v->end = j;
    v->end = &j->next;
    v->object->count++;
    return j;
}

void put_text(struct values *v, const char *field, str text)
{
    if (text.n)
        put(v, field, JSON_STRING, text);
}

void put_int(struct values *v, const char *field, int64_t n)
{
    put(v, field, JSON_NUMBER, op_text(v->w->op, "%lld", (long long)n));
}

void put_hundredths(struct values *v, const char *field, int64_t n)
{
    must(n >= 0);
    put(v, field, JSON_NUMBER, op_text(v->w->op, "%lld.%02lld", (long long)(n / 100), (long long)(n % 100)));
}

void put_bool(struct values *v, const char *field, bool yes)
{
    put(v, field, yes ? JSON_TRUE : JSON_FALSE, (str){0});
}

void put_day(struct values *v, const char *field, day d)
{
    put(v, field, JSON_STRING, day_text(v->w->op, d));
}

void put_time(struct values *v, const char *field, day d, int hour)
{
    put(v, field, JSON_STRING, time_text(v->w->op, (int64_t)d * 86400000 - TOWN_OFFSET_MS + hour * 3600000));
}

void put_ref(struct values *v, const char *field, id x)
{
    if (!id_none(x))
        put(v, field, JSON_STRING, id_text(v->w->op, x));
}

void put_texts(struct values *v, const char *field, const str *list, size_t count)
{
    struct json *array = put(v, field, JSON_ARRAY, (str){0}), **end = array ? &array->first : NULL;
    for (size_t i = 0; array && i < count; i++) {
        *end = op_new(v->w->op, struct json);
        **end = (struct json){.kind = JSON_STRING, .text = list[i]};
        end = &(*end)->next;
        array->count++;
    }
}

void put_refs(struct values *v, const char *field, const id *list, size_t count)
{
    str *texts = op_array(v->w->op, str, count);
    for (size_t i = 0; i < count; i++)
        texts[i] = id_text(v->w->op, list[i]);
    put_texts(v, field, texts, count);
}

/* ---- keeping ----------------------------------------------------------------------------------------------------- */

/* The clock moves a thousandth of a second: ids made one after another stand in order, so tables grow at their end. */
bool keep(struct writer *w, struct values *v, id *ret)
{
    struct bulk_done done;
    *ret = (id){0};
    if (!w->ledgers[v->ledger])
        return true;
    w->op->now++;
    if (!bulk_add(w->bulks[v->ledger], v->object, &done))
        return false;
    *ret = done.id;
    return true;
}

id announce(struct writer *w, enum demo_ledger ledger)
{
    if (!w->ledgers[ledger])
        return (id){0};
    bulk_rest(w->bulks[ledger]);
    w->op->now++;
    id coming = id_new(w->op);
    bulk_coming(w->bulks[ledger], w->ledgers[ledger], coming);
    return coming;
}

bool keep_announced(struct writer *w, struct values *v, id record)
{
    struct bulk_done done;
    if (!w->ledgers[v->ledger])
        return true;
    w->op->now++;
    return bulk_add_as(w->bulks[v->ledger], record, v->object, &done);
}

bool keep_change(struct writer *w, struct values *v, id record)
{
    struct bulk_done done;
    if (!w->ledgers[v->ledger])
        return true;
    w->op->now++;
    return bulk_change(w->bulks[v->ledger], record, 0, v->object, S(""), &done);
}
