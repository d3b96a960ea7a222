/* Acts on many rows of a list at once: those chosen one by one, or all that the list shows. Each row is done, or why not is
 * said, under the rights of who asks; all of it is one transaction. A dry run does the same and takes it back. */
#include "api/call.h"
#include "flow/flow.h"
#include "ledger/excel.h"

enum {
    CHOSEN_MAX = 1000, /* by their ids: more is what a condition is for */
    BATCH_MAX = 2000,  /* others' saves wait for it, about a second; more is an import */
    TOLD_MAX = 500,    /* rows whose outcome is listed */
};

/* The ids of the request. */
[[nodiscard]] static bool chosen_ids(struct call *c, const id **ret, size_t *ret_count)
{
    const struct json *list = json_get(c->body, S("ids"));
    if (!list || list->kind != JSON_ARRAY || list->count == 0)
        return op_fail(c->op, FAULT_INPUT, S("ids"), "没有选中记录");
    if (list->count > CHOSEN_MAX)
        return op_fail(c->op, FAULT_INPUT, S("ids"), "一次最多选 %d 条；更多请用筛选，再选全部符合的", CHOSEN_MAX);
    id *ids = op_array(c->op, id, list->count);
    size_t count = 0;
    for (const struct json *e = list->first; e; e = e->next)
        if (e->kind != JSON_STRING || !id_parse(e->text, &ids[count++]))
            return op_fail(c->op, FAULT_INPUT, S("ids"), "记录编号不成样子");
    *ret = ids;
    *ret_count = count;
    return true;
}

static str ids_condition(struct op *op, const id *ids, size_t count)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < count; i++)
        buf_text(&b, "%s\"%.*s\"", i ? ", " : "id in (", PS(id_text(op, ids[i])));
    buf_byte(&b, ')');
    return buf_str(&b);
}

bool export_chosen(struct call *c)
{
    const id *ids;
    size_t count;
    return chosen_ids(c, &ids, &count) &&
           export_these(c, ids_condition(c->op, ids, count), op_text(c->op, "Excel，选中的 %zu 条", count));
}

/* ---- tags -------------------------------------------------------------------------------------------------------- */

enum outcome { DONE, SKIPPED, REFUSED, OUTCOMES };
static const str outcome_names[OUTCOMES] = {SC("done"), SC("skipped"), SC("refused")};

struct chosen {
    id record;
    str title, text;
    bool withdrawn;
    enum outcome outcome;
};

struct batch {
    struct call *c;
    struct op *side;             /* the list gives its memory back row by row */
    const struct ledger *tags;
    const struct field *of;      /* of tags: 主体户, 主体人 */
    const struct json *values;   /* of a new tag; NULL: one is ended */
    str tag, day, reason;
    struct { struct chosen *p; size_t n, cap; } rows;
    struct map held;             /* id of a record, as text -> struct held: the tags of this name that are in force on the day */
};

struct held {
    struct held *next;
    id tag;
    int64_t version;
};

/* As 标签 is of 户 and 人: its records name one of them, the tag, and from when to when it is in force. */
[[nodiscard]] static bool tags_of(struct batch *b)
{
    struct call *c = b->c;
    b->tags = ledger_marks(c->town, c->ledger, &b->of);
    return b->tags || op_fail(c->op, FAULT_INPUT, S(""), "台账“%.*s”的记录没有标签", PS(c->ledger->name));
}

/* {"values": {…}} adds; {"tag", "end", "reason"} ends. */
[[nodiscard]] static bool batch_read(struct batch *b)
{
    struct op *op = b->c->op;
    const struct json *body = b->c->body;
    const str from = b->tags->mark_from->name, to = b->tags->mark_to->name, tag = b->tags->mark->name;
    day on;
    b->values = json_get(body, S("values"));
    if (b->values && b->values->kind != JSON_OBJECT)
        return op_fail(op, FAULT_INPUT, S("values"), "各字段的值须写成一个 JSON 对象");
    b->tag = b->values ? json_str(b->values, tag) : json_str(body, S("tag"));
    b->day = b->values ? json_str(b->values, from) : json_str(body, S("end"));
    b->reason = json_str(body, S("reason"));
    if (!b->tag.n)
        return op_fail(op, FAULT_INPUT, tag, "须选定一个标签");
    if (!day_parse(b->day, &on))
        return op_fail(op, FAULT_INPUT, b->values ? from : to, "须写明%s的日期", b->values ? "开始" : "停止");
    b->day = day_text(op, on);
    return true;
}

static bool row_take(void *context, const struct record *r)
{
    struct batch *b = context;
    if (b->rows.n == BATCH_MAX)
        return op_fail(b->c->op, FAULT_INPUT, S(""), "一次最多办 %d 条，请先缩小范围", BATCH_MAX);
    *list_add(b->side, &b->rows) =
        (struct chosen){.record = r->id, .title = op_copy(b->side, r->title), .withdrawn = r->withdrawn};
    return true;
}

static bool row_there(const struct batch *b, id record)
{
    for (size_t i = 0; i < b->rows.n; i++)
        if (id_eq(b->rows.p[i].record, record))
            return true;
    return false;
}

/* Those of the request that this person may see; of the others only that they are not to be seen. */
[[nodiscard]] static bool rows_read(struct batch *b)
{
    struct call *c = b->c;
    struct list_query q;
    const id *ids = NULL;
    size_t count = 0;
    static const str nothing[] = {SC("")};
    if (!list_query_read(c, &q) || (json_get(c->body, S("ids")) && !chosen_ids(c, &ids, &count)))
        return false;
    if (q.as_of || q.as_of_fact)
        return op_fail(c->op, FAULT_INPUT, S("as_of"), "从前的样子只能查看");
    if (ids)
        q = (struct list_query){.where = ids_condition(c->op, ids, count), .withdrawn = true};
    q.fields = nothing;
    q.field_count = 0;
    if (!list_each(c->tx, c->town, c->who, c->ledger, &q, ACT_READ, row_take, b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!row_there(b, ids[i])) /* one that is named twice is told once */
            *list_add(b->side, &b->rows) =
                (struct chosen){.record = ids[i], .outcome = REFUSED, .text = S("没有这条记录，或不在您岗位的范围内")};
    return true;
}

static bool held_take(void *context, const struct record *r)
{
    struct batch *b = context;
    str of = json_str(r->values, b->of->name);
    struct held *held = op_new(b->side, struct held);
    *held = (struct held){.next = map_get(&b->held, of), .tag = r->id, .version = r->version};
    (void)map_put(&b->held, op_copy(b->side, of), held);
    return true;
}

/* One question for all rows: a question each would hold up the writer. */
[[nodiscard]] static bool held_read(struct batch *b)
{
    struct call *c = b->c;
    const str from = b->tags->mark_from->name, to = b->tags->mark_to->name;
    str where = op_text(c->op, "%.*s != null and %.*s = %.*s and %.*s <= date(\"%.*s\") and (%.*s = null or %.*s >= date(\"%.*s\"))",
                        PS(b->of->name), PS(b->tags->mark->name), PS(feel_literal(c->op, feel_of_text(b->tag))), PS(from), PS(b->day),
                        PS(to), PS(to), PS(b->day));
    const struct list_query q = {.where = where, .fields = &b->of->name, .field_count = 1};
    map_init(&b->held, b->side);
    return list_each(c->tx, c->town, c->who, b->tags, &q, ACT_READ, held_take, b);
}

static const struct held *held_of(const struct batch *b, const struct chosen *row)
{
    return map_get(&b->held, id_text(b->c->op, row->record));
}

[[nodiscard]] static bool heard(struct batch *b, const struct record *r)
{
    return flow_record_changed(b->c->tx, b->c->flow, b->c->who, b->tags, r);
}

[[nodiscard]] static bool tag_add(struct batch *b, struct chosen *row)
{
    struct call *c = b->c;
    struct record *r;
    struct warning *warnings;
    struct json values = *b->values, own = {.kind = JSON_STRING, .key = b->of->name, .text = id_text(c->op, row->record)};
    if (held_of(b, row)) {
        row->outcome = SKIPPED;
        row->text = S("那天已有这个标签");
        return true;
    }
    own.next = values.first;
    values.first = &own;
    values.count++;
    return record_add(c->tx, c->town, c->who, b->tags, &values, &warnings, &r) && heard(b, r);
}

[[nodiscard]] static bool tag_end(struct batch *b, struct chosen *row)
{
    struct call *c = b->c;
    struct warning *warnings;
    struct json end = {.kind = JSON_STRING, .key = b->tags->mark_to->name, .text = b->day}, patch = {.kind = JSON_OBJECT, .first = &end, .count = 1};
    if (!held_of(b, row)) {
        row->outcome = SKIPPED;
        row->text = S("那天没有这个标签");
    }
    for (const struct held *held = held_of(b, row); held; held = held->next) {
        struct record *r;
        if (!record_change(c->tx, c->town, c->who, b->tags, held->tag, held->version, &patch, b->reason, &warnings, &r) || !heard(b, r))
            return false;
    }
    return true;
}

/* One row whole or not at all. False: the trouble is not the row's. */
[[nodiscard]] static bool row_act(struct batch *b, struct chosen *row)
{
    struct op *op = b->c->op;
    const int faults = op->fault_count;
    if (row->outcome == REFUSED)
        return true;
    if (row->withdrawn) {
        row->outcome = REFUSED;
        row->text = S("已作废");
        return true;
    }
    if (!store_part_begin(b->c->tx))
        return false;
    if ((b->values ? tag_add : tag_end)(b, row))
        return store_part_keep(b->c->tx);
    const struct fault *f = fault_since(op, faults);
    if (op_has_fault(op, FAULT_SYSTEM) || !f)
        return false;
    row->outcome = REFUSED;
    row->text = f->field.n ? op_text(op, "%.*s：%.*s", PS(f->field), PS(f->text)) : f->text;
    op_forgive(op, faults);
    return store_part_undo(b->c->tx);
}

static void batch_write(const struct batch *b)
{
    struct json_out *w = &b->c->out;
    int64_t counts[OUTCOMES] = {0};
    size_t told = 0;
    for (size_t i = 0; i < b->rows.n; i++)
        counts[b->rows.p[i].outcome]++;
    json_open(w, '{');
    json_put_int(w, S("chosen"), (int64_t)b->rows.n);
    for (size_t k = 0; k < OUTCOMES; k++)
        json_put_int(w, outcome_names[k], counts[k]);
    json_put_open(w, S("rows"), '[');
    for (size_t i = 0; i < b->rows.n && told < TOLD_MAX; i++) {
        const struct chosen *row = &b->rows.p[i];
        if (row->outcome == DONE)
            continue;
        told++;
        json_open(w, '{');
        json_put_text(w, S("id"), id_text(b->c->op, row->record));
        json_put_text(w, S("title"), row->title);
        json_put_text(w, S("outcome"), outcome_names[row->outcome]);
        json_put_text(w, S("text"), row->text);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

bool tags_set(struct call *c)
{
    struct batch b = {.c = c, .side = side_op(c->op)};
    struct right right;
    const bool dry = json_true(c->body, S("dry"));
    if (!tags_of(&b) || !batch_read(&b) ||
        !right_for(c->op, c->town, c->who, b.tags, b.values ? ACT_ADD : ACT_CHANGE, &right) || !rows_read(&b) || !held_read(&b) ||
        (dry && !store_part_begin(c->tx)))
        return false;
    for (size_t i = 0; i < b.rows.n; i++)
        if (!row_act(&b, &b.rows.p[i]))
            return false;
    if (dry && !store_part_undo(c->tx))
        return false;
    batch_write(&b);
    return true;
}
