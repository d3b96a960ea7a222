/* Records of a part: read and written through the ledger room, as the person who asks. */
#include "work/inner.h"

/* ---- reading ----------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool rows_read(const struct doing *d, const struct who *who, int part, str more, const int *slots,
                                    struct record **ret, size_t *ret_count)
{
    const struct part *p = &d->work->parts[part];
    str sort[4];
    struct list_query q = {.where = feel_both(d->op, p->where, more), .sort = sort, .limit = LIST_LIMIT_MAX};
    struct { struct record *p; size_t n, cap; } all = {0};
    must(p->ledger);
    for (; slots && *slots >= 0; slots++)
        if (p->fields[*slots] && p->fields[*slots]->column >= 0)
            sort[q.sort_count++] = p->fields[*slots]->name;
    do {
        struct list_page page;
        if (!list_read(d->tx, d->town, who, p->ledger, &q, &page))
            return false;
        for (size_t i = 0; i < page.record_count; i++)
            *list_add(d->op, &all) = page.records[i];
        q.cursor = page.next;
        if (all.n > PART_ROWS_MAX)
            return op_fail(d->op, FAULT_INPUT, S(""), "“%.*s”的记录超过%d条，请缩小范围", PS(p->ledger->name), PART_ROWS_MAX);
    } while (q.cursor.n);
    *ret = all.p;
    *ret_count = all.n;
    return true;
}

bool part_list(const struct doing *d, int part, str more, const int *slots, struct record **ret, size_t *ret_count)
{
    return rows_read(d, d->who, part, more, slots, ret, ret_count);
}

bool part_list_all(const struct doing *d, int part, str more, const int *slots, struct record **ret, size_t *ret_count)
{
    struct who system = {.name = S("系统"), .system = true};
    return rows_read(d, &system, part, more, slots, ret, ret_count);
}

bool part_get(const struct doing *d, int part, id record, struct record **ret)
{
    return record_get(d->tx, d->town, d->who, d->work->parts[part].ledger, record, ret);
}

bool part_asked(const struct doing *d, int part, str member, struct record **ret)
{
    id x;
    if (!id_parse(json_str(d->asked, member), &x))
        return op_fail(d->op, FAULT_INPUT, member, "请选一条“%.*s”", PS(d->work->parts[part].ledger->name));
    return part_get(d, part, x, ret);
}

str part_field(const struct doing *d, int part, int slot)
{
    const struct field *f = d->work->parts[part].fields[slot];
    return f ? f->name : kinds[d->work->kind].parts[part].slots[slot].name;
}

const struct json *part_json(const struct doing *d, int part, int slot, const struct record *r)
{
    const struct field *f = d->work->parts[part].fields[slot];
    const struct json *j = f ? json_get(r->values, f->name) : NULL;
    return j && j->kind != JSON_NULL ? j : NULL;
}

str part_text(const struct doing *d, int part, int slot, const struct record *r)
{
    const struct json *j = part_json(d, part, slot, r);
    return j ? j->text : S("");
}

str part_label(const struct doing *d, int part, int slot, const struct record *r)
{
    const struct field *f = d->work->parts[part].fields[slot];
    return f ? json_str(r->labels, f->name) : S("");
}

int64_t part_scaled(const struct doing *d, int part, int slot, const struct record *r, int scale)
{
    dec x;
    int64_t n;
    str text = part_text(d, part, slot, r);
    return text.n && dec_parse(text, &x) && dec_round(x, scale, DEC_HALF_UP, &x) && dec_scaled(x, scale, &n) ? n : 0;
}

int64_t part_int(const struct doing *d, int part, int slot, const struct record *r)
{
    return part_scaled(d, part, slot, r, 0);
}

bool part_truth(const struct doing *d, int part, int slot, const struct record *r)
{
    const struct json *j = part_json(d, part, slot, r);
    return j && j->kind == JSON_TRUE;
}

id part_id(const struct doing *d, int part, int slot, const struct record *r)
{
    id x = {0};
    return id_parse(part_text(d, part, slot, r), &x) ? x : (id){0};
}

day part_day(const struct doing *d, int part, int slot, const struct record *r, day otherwise)
{
    time_ms t; /* of a moment its day */
    return time_parse(part_text(d, part, slot, r), &t) ? day_at(t) : otherwise;
}

time_ms part_time(const struct doing *d, int part, int slot, const struct record *r)
{
    time_ms t;
    return time_parse(part_text(d, part, slot, r), &t) ? t : 0;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

struct entry entry_new(const struct doing *d, int part)
{
    struct entry v = {.doing = d, .part = part, .object = op_new(d->op, struct json)};
    v.object->kind = JSON_OBJECT;
    v.end = &v.object->first;
    return v;
}

static void put(struct entry *v, int slot, struct json value)
{
    const struct field *f = v->doing->work->parts[v->part].fields[slot];
    if (!f)
        return;
    struct json *m = *v->end = op_new(v->doing->op, struct json);
    *m = value;
    m->key = f->name;
    m->next = NULL;
    v->end = &m->next;
    v->object->count++;
}

void entry_text(struct entry *v, int slot, str text)
{
    if (text.n)
        put(v, slot, (struct json){.kind = JSON_STRING, .text = text});
}

void entry_scaled(struct entry *v, int slot, int64_t units, int scale)
{
    put(v, slot, (struct json){.kind = JSON_NUMBER, .text = dec_text(v->doing->op, dec_of_scaled(units, scale))});
}

void entry_int(struct entry *v, int slot, int64_t n)
{
    entry_scaled(v, slot, n, 0);
}

void entry_truth(struct entry *v, int slot, bool b)
{
    put(v, slot, (struct json){.kind = b ? JSON_TRUE : JSON_FALSE});
}

void entry_id(struct entry *v, int slot, id x)
{
    if (!id_none(x))
        entry_text(v, slot, id_text(v->doing->op, x));
}

void entry_json(struct entry *v, int slot, const struct json *value)
{
    if (value)
        put(v, slot, *value);
}

bool entry_add(struct entry *v, struct record **ret)
{
    const struct doing *d = v->doing;
    struct warning *warnings;
    return record_add(d->tx, d->town, d->who, d->work->parts[v->part].ledger, v->object, &warnings, ret);
}

bool entry_change(struct entry *v, const struct record *r, str reason, struct record **ret)
{
    const struct doing *d = v->doing;
    struct warning *warnings;
    return record_change(d->tx, d->town, d->who, d->work->parts[v->part].ledger, r->id, r->version, v->object, reason,
                         &warnings, ret);
}

bool entry_follow(struct entry *v, const struct record *r, str reason, struct record **ret)
{
    const struct doing *d = v->doing;
    struct who doer = *d->who;
    struct warning *warnings;
    doer.system = true;
    return record_change(d->tx, d->town, &doer, d->work->parts[v->part].ledger, r->id, r->version, v->object, reason,
                         &warnings, ret);
}

/* ---- conditions -------------------------------------------------------------------------------------------------- */

str feel_is_text(const struct doing *d, int part, int slot, str text)
{
    return op_text(d->op, "%.*s = %.*s", PS(part_field(d, part, slot)), PS(feel_literal(d->op, feel_of_text(text))));
}

str feel_is_id(const struct doing *d, int part, int slot, id x)
{
    return feel_is_text(d, part, slot, id_text(d->op, x));
}

str feel_both(struct op *op, str a, str b)
{
    return !a.n ? b : !b.n ? a : op_text(op, "(%.*s) and (%.*s)", PS(a), PS(b));
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

void out_text(struct json_out *w, str key, str value)
{
    json_put_text(w, key, value);
}

void out_int(struct json_out *w, str key, int64_t value)
{
    json_put_int(w, key, value);
}

void out_scaled(struct json_out *w, struct op *op, str key, int64_t units, int scale)
{
    json_key(w, key);
    json_number(w, dec_text(op, dec_of_scaled(units, scale)));
}

void out_truth(struct json_out *w, str key, bool value)
{
    json_put_bool(w, key, value);
}

void out_id(struct json_out *w, struct op *op, str key, id x)
{
    json_key(w, key);
    if (id_none(x))
        json_null(w);
    else
        json_text(w, id_text(op, x));
}

void out_list(struct json_out *w, str key)
{
    json_put_open(w, key, '[');
}

/* ---- what was sent ----------------------------------------------------------------------------------------------- */

bool asked_int(const struct doing *d, const struct json *from, str key, int64_t least, int64_t most, int64_t *ret)
{
    const struct json *j = json_get(from, key);
    if (j && json_int(j, ret) && *ret >= least && *ret <= most)
        return true;
    return op_fail(d->op, FAULT_INPUT, key, "%.*s须是%lld到%lld的整数，请填上", PS(key), (long long)least, (long long)most);
}

bool asked_day(const struct doing *d, str key, day otherwise, day *ret)
{
    str text = json_str(d->asked, key);
    *ret = otherwise;
    return !text.n || day_parse(text, ret) || op_fail(d->op, FAULT_INPUT, key, "%.*s须写成 2021-12-03 的样子", PS(key));
}

str asked_text(const struct doing *d, str key, size_t chars_max)
{
    str text = str_trim(json_str(d->asked, key));
    return str_part(text, 0, utf8_skip(text, chars_max));
}

/* ---- acts -------------------------------------------------------------------------------------------------------- */

bool work_show(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
               const struct json *asked, struct json_out *out)
{
    return kinds[w->kind].show(tx, town, who, w, asked, out);
}

bool work_do(struct tx *tx, const struct town *town, const struct who *who, const struct work *w, str act,
             const struct json *asked, bool keeps, struct json_out *out)
{
    for (size_t i = 0; i < work_act_count; i++)
        if (work_acts[i].kind == w->kind && str_eq(work_acts[i].name, act) && work_acts[i].keeps == keeps)
            return work_acts[i].run(tx, town, who, w, asked, out);
    return op_fail(tx->op, FAULT_MISSING, S("act"), "“%.*s”不能办“%.*s”", PS(w->name), PS(act));
}

void out_titled(struct json_out *w, struct op *op, str key, const struct record *rows, size_t count)
{
    out_list(w, key);
    for (size_t i = 0; i < count; i++) {
        json_open(w, '{');
        out_id(w, op, S("id"), rows[i].id);
        out_text(w, S("title"), rows[i].title);
        json_close(w, '}');
    }
    json_close(w, ']');
}

bool out_titles(const struct doing *d, str key, int part)
{
    struct json_out *w = d->out;
    struct record *rows;
    size_t count;
    if (!part_list(d, part, S(""), NULL, &rows, &count))
        return false;
    json_open(w, '{');
    out_titled(w, d->op, key, rows, count);
    json_close(w, '}');
    return true;
}
