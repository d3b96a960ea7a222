/* Ledgers and their records: from JSON to the ledger room and back. */
#include "api/call.h"

/* ---- writing ----------------------------------------------------------------------------------------------- */

static void write_tree(struct call *c, str key, const struct json *tree)
{
    json_key(&c->out, key);
    if (tree) {
        json_value(&c->out, tree);
    } else {
        json_open(&c->out, '{');
        json_close(&c->out, '}');
    }
}

void write_record(struct call *c, const struct ledger *l, const struct record *r)
{
    record_write(&c->out, l, r);
}

static void write_warnings(struct call *c, const struct warning *w)
{
    json_put_open(&c->out, S("warnings"), '[');
    for (; w; w = w->next) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("field"), w->field);
        json_put_text(&c->out, S("text"), w->text);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
}

/* ---- definitions ------------------------------------------------------------------------------------------- */

static void write_acts(struct call *c, const struct ledger *l)
{
    json_put_open(&c->out, S("acts"), '[');
    int faults = c->op->fault_count;
    for (int act = 0; act < ACTS; act++) {
        struct right right;
        if (right_for(c->op, c->town, c->who, l, (enum act)act, &right))
            json_text(&c->out, act_names[act]);
    }
    op_forgive(c->op, faults); /* what is refused is not wrong, it is not offered */
    json_close(&c->out, ']');
}

static bool write_ledger(struct call *c, const struct ledger *l)
{
    struct json_out *w = &c->out;
    int64_t records;
    if (!list_count(c->tx, c->town, c->who, l, S(""), &records))
        return false;
    json_open(w, '{');
    json_put_text(w, S("name"), l->name);
    json_put_text(w, S("english"), l->english);
    json_put_text(w, S("note"), l->note);
    json_put_int(w, S("count"), records);
    json_put_bool(w, S("short"), l->first_count > 0);
    write_acts(c, l);
    json_close(w, '}');
    return true;
}

/* A line of work is written once, where the first of its ledgers stands that they may see: several packs may add to it. */
bool ledgers_list(struct call *c)
{
    struct json_out *w = &c->out;
    size_t count = town_ledger_count(c->town), seen = 0;
    const struct ledger **all = op_array(c->op, const struct ledger *, count + 1);
    for (size_t i = 0; i < count; i++)
        if (may_read(c, town_ledger_at(c->town, i)))
            all[seen++] = town_ledger_at(c->town, i);
    json_open(w, '{');
    json_put_open(w, S("lines"), '[');
    for (size_t i = 0; i < seen; i++) {
        str line = all[i]->line_of_work;
        bool written = false;
        for (size_t k = 0; k < i; k++)
            written = written || str_eq(all[k]->line_of_work, line);
        if (written)
            continue;
        json_open(w, '{');
        json_put_text(w, S("name"), line);
        json_put_open(w, S("ledgers"), '[');
        for (size_t k = i; k < seen; k++)
            if (str_eq(all[k]->line_of_work, line) && !write_ledger(c, all[k]))
                return false;
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

bool ledger_show(struct call *c)
{
    struct right right;
    if (!right_for(c->op, c->town, c->who, c->ledger, ACT_READ, &right))
        return false;
    json_open(&c->out, '{');
    ledger_describe(&c->out, c->town, c->ledger);
    write_acts(c, c->ledger);
    json_put_open(&c->out, S("masked"), '[');
    for (size_t i = 0; i < c->ledger->field_count; i++)
        if (right.masked && right.masked[i])
            json_text(&c->out, c->ledger->fields[i].name);
    json_close(&c->out, ']');
    json_put_open(&c->out, S("later"), '[');
    for (size_t i = 0; i < c->ledger->field_count; i++)
        if (c->ledger->fields[i].later || flow_fills(c->flow, c->ledger, &c->ledger->fields[i]))
            json_text(&c->out, c->ledger->fields[i].name);
    json_close(&c->out, ']');
    write_prints(c, S("prints"), c->ledger, PRINT_LEDGER);
    write_prints(c, S("record_prints"), c->ledger, PRINT_RECORD);
    json_close(&c->out, '}');
    return true;
}

/* ---- lists ------------------------------------------------------------------------------------------------- */

static void words_of(struct op *op, str text, const str **ret, size_t *ret_count)
{
    struct { str *p; size_t n, cap; } words = {0};
    for (str head, rest = text; rest.n; ) {
        str_split(rest, ',', &head, &rest);
        if (head.n)
            *list_add(op, &words) = head;
    }
    *ret = words.p;
    *ret_count = words.n;
}

[[nodiscard]] static bool number_param(struct call *c, str name, int64_t low, int64_t high, int64_t *ret)
{
    str text = http_query(c->request, name);
    if (text.n == 0)
        return true;
    struct json number = {.kind = JSON_NUMBER, .text = text};
    if (!json_int(&number, ret) || *ret < low || *ret > high) {
        c->reply->status = 400;
        return op_fail(c->op, FAULT_INPUT, name, "须是 %lld 到 %lld 的整数", (long long)low, (long long)high);
    }
    return true;
}

static bool flag_param(struct call *c, str name)
{
    str text = http_query(c->request, name);
    return text.n && !str_eq(text, S("0")) && !str_eq(text, S("false"));
}

bool list_query_read(struct call *c, struct list_query *q)
{
    *q = (struct list_query){.where = http_query(c->request, S("where")), .find = http_query(c->request, S("find")),
                             .cursor = http_query(c->request, S("cursor")), .count = flag_param(c, S("count")),
                             .withdrawn = flag_param(c, S("withdrawn"))};
    int64_t limit = 50;
    if (!number_param(c, S("limit"), 1, LIST_LIMIT_MAX, &limit))
        return false;
    q->limit = (int)limit;
    words_of(c->op, http_query(c->request, S("sort")), &q->sort, &q->sort_count);
    words_of(c->op, http_query(c->request, S("fields")), &q->fields, &q->field_count);
    str as_of = http_query(c->request, S("as_of"));
    return !as_of.n || as_of_read(c->op, as_of, &q->as_of, &q->as_of_fact);
}

bool records_list(struct call *c)
{
    struct list_query q;
    struct list_page page;
    struct json_out *w = &c->out;
    if (!list_query_read(c, &q))
        return false;
    enum { PAGE_ROOM = 60 << 10 }; /* fifty rows with a dozen fields: taken at once, it is not moved as it grows */
    (void)buf_room(w->b, PAGE_ROOM);
    json_open(w, '{');
    json_key(w, S("items"));
    if (!list_write(c->tx, c->town, c->who, c->ledger, &q, w, &page))
        return false;
    json_key(w, S("next"));
    if (page.next.n)
        json_text(w, page.next);
    else
        json_null(w);
    json_key(w, S("count"));
    if (page.count >= 0)
        json_int_out(w, page.count);
    else
        json_null(w);
    json_put_bool(w, S("slow"), page.slow);
    json_put_text(&c->out, S("slow_reason"), page.slow_reason);
    json_close(w, '}');
    return true;
}

/* Typing a condition: an error in it is an answer, not a failure. Only faults of input are; a refusal stays a
 * refusal. */
bool records_where(struct call *c)
{
    struct list_query q = {.where = json_str(c->body, S("where")), .limit = 20, .count = true};
    struct list_page page = {0};
    struct json_out *w = &c->out;
    int faults = c->op->fault_count;
    bool ok = list_read(c->tx, c->town, c->who, c->ledger, &q, &page);
    if (!ok && (op_has_fault(c->op, FAULT_SYSTEM) || op_has_fault(c->op, FAULT_DENIED)))
        return false;
    json_open(w, '{');
    json_put_bool(w, S("ok"), ok);
    if (!ok) {
        json_put_open(w, S("error"), '{');
        json_put_text(&c->out, S("field"), c->op->faults->field);
        json_put_text(&c->out, S("text"), c->op->faults->text);
        json_close(w, '}');
        json_close(w, '}');
        op_forgive(c->op, faults);
        return true;
    }
    json_put_int(w, S("count"), page.count);
    json_put_bool(w, S("slow"), page.slow);
    json_put_text(&c->out, S("slow_reason"), page.slow_reason);
    json_put_open(w, S("sample"), '[');
    for (size_t i = 0; i < page.record_count; i++)
        write_record(c, c->ledger, &page.records[i]);
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* ---- one record -------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool values_of(struct call *c, const struct json **ret)
{
    const struct json *values = json_get(c->body, S("values"));
    if (!values || values->kind != JSON_OBJECT) {
        c->reply->status = 400;
        return op_fail(c->op, FAULT_INPUT, S("values"), "缺少 values：要保存的各字段");
    }
    *ret = values;
    return true;
}

/* A number for one wish: sent again after a broken line, it is carried out once. None: whatever comes is new. */
[[nodiscard]] static bool command_of(struct call *c, id *ret)
{
    str text = json_str(c->body, S("command"));
    *ret = (id){0};
    return text.n == 0 || id_parse(text, ret) || op_fail(c->op, FAULT_INPUT, S("command"), "command 不是编号（UUID）");
}

static void tell(struct call *c, const struct record *r)
{
    c->told = (struct told){c->ledger, r->id, r->version, r->fact_no};
}

static bool answer_record(struct call *c, const struct record *r, const struct warning *warnings, int status)
{
    c->reply->status = status;
    c->reply->etag = op_text(c->op, "%lld", (long long)r->version);
    json_open(&c->out, '{');
    record_members_write(&c->out, c->ledger, r);
    write_warnings(c, warnings);
    json_close(&c->out, '}');
    return true;
}

bool records_check(struct call *c)
{
    const struct json *values;
    if (!values_of(c, &values))
        return false;
    id of = {0};
    str of_text = json_str(c->body, S("id"));
    if (of_text.n && !id_parse(of_text, &of))
        return op_fail(c->op, FAULT_INPUT, S("id"), "记录编号不成样子");
    struct right right;
    if (!right_for(c->op, c->town, c->who, c->ledger, id_none(of) ? ACT_ADD : ACT_CHANGE, &right))
        return false;
    struct warning *warnings = NULL;
    int faults = c->op->fault_count;
    bool ok = record_check(c->tx, c->town, c->ledger, of, values, &warnings);
    if (op_has_fault(c->op, FAULT_SYSTEM))
        return false;
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_bool(w, S("ok"), ok);
    json_put_open(w, S("errors"), '[');
    for (const struct fault *f = c->op->faults; f; f = f->next) {
        json_open(w, '{');
        json_put_text(&c->out, S("field"), f->field);
        json_put_text(&c->out, S("text"), f->text);
        json_close(w, '}');
    }
    json_close(w, ']');
    op_forgive(c->op, faults);
    write_warnings(c, warnings);
    json_close(w, '}');
    return true;
}

/* Procedures that hear of it may change it at once: what is answered is how it stands then, as far as one may read it. */
[[nodiscard]] static bool followed(struct call *c, struct record **r)
{
    struct record *now;
    int64_t before, after;
    int faults = c->op->fault_count;
    if (!store_fact_count(c->tx, &before) ||
        !flow_record_changed(c->tx, c->flow, c->who, c->ledger, *r) || !store_fact_count(c->tx, &after))
        return false;
    if (after == before)
        return true;
    if (record_get(c->tx, c->town, c->who, c->ledger, (*r)->id, &now))
        *r = now;
    else if (op_has_fault(c->op, FAULT_SYSTEM))
        return false;
    op_forgive(c->op, faults);
    return true;
}

bool records_add(struct call *c)
{
    const struct json *values;
    struct warning *warnings = NULL;
    struct record *r;
    id command;
    bool again = false;
    if (!values_of(c, &values) || !command_of(c, &command))
        return false;
    if (!(id_none(command) ? record_add(c->tx, c->town, c->who, c->ledger, values, &warnings, &r)
                           : record_add_once(c->tx, c->town, c->who, c->ledger, command, values, &warnings, &r, &again)))
        return false;
    if (again)
        return answer_record(c, r, NULL, 200);
    if (!followed(c, &r))
        return false;
    tell(c, r);
    http_add(c->reply, S("Location"),
             op_text(c->op, "/api/ledgers/%.*s/records/%.*s", PS(c->ledger->english), PS(id_text(c->op, r->id))));
    return answer_record(c, r, warnings, 201);
}

bool record_show(struct call *c)
{
    struct record *r;
    return record_get(c->tx, c->town, c->who, c->ledger, c->id, &r) && answer_record(c, r, NULL, 200);
}

/* What failed for another's change shows the record as it is now, so that the page can put both side by side. */
static bool with_current(struct call *c, bool done)
{
    if (!done && op_has_fault(c->op, FAULT_CONFLICT)) {
        struct record *now;
        int faults = c->op->fault_count;
        if (record_get(c->tx, c->town, c->who, c->ledger, c->id, &now)) {
            c->reply->status = 412;
            c->current = now;
        } else {
            op_forgive(c->op, faults);
        }
    }
    return done;
}

bool record_patch(struct call *c)
{
    const struct json *values;
    struct warning *warnings = NULL;
    struct record *r;
    if (!values_of(c, &values))
        return false;
    if (!with_current(c, record_change(c->tx, c->town, c->who, c->ledger, c->id, c->seen, values,
                                       json_str(c->body, S("reason")), &warnings, &r)) ||
        !followed(c, &r))
        return false;
    tell(c, r);
    return answer_record(c, r, warnings, 200);
}

bool record_move(struct call *c)
{
    struct record *r;
    if (!flow_record_free(c->tx, c->flow, c->ledger, c->id) ||
        !with_current(c, record_state(c->tx, c->town, c->who, c->ledger, c->id, c->seen, json_str(c->body, S("to")),
                                                                 json_str(c->body, S("reason")), &r)))
        return false;
    tell(c, r);
    return answer_record(c, r, NULL, 200);
}

bool record_end(struct call *c)
{
    struct record *r;
    if (!with_current(c, record_withdraw(c->tx, c->town, c->who, c->ledger, c->id, c->seen,
                                         json_str(c->body, S("reason")), &r)) ||
        !flow_record_withdrawn(c->tx, c->flow, c->who, c->ledger, c->id, json_str(c->body, S("reason"))) ||
        !flow_record_changed(c->tx, c->flow, c->who, c->ledger, r))
        return false;
    tell(c, r);
    return answer_record(c, r, NULL, 200);
}

/* Of a record, or of the record of a case, for whoever has it in hand. */
bool masked_open(struct call *c)
{
    const struct json *list = json_get(c->body, S("fields"));
    struct { str *p; size_t n, cap; } fields = {0};
    if (!list || list->kind != JSON_ARRAY || list->count == 0)
        return op_fail(c->op, FAULT_INPUT, S("fields"), "须说明要查看哪些字段");
    for (const struct json *f = list->first; f; f = f->next) {
        if (f->kind != JSON_STRING)
            return op_fail(c->op, FAULT_INPUT, S("fields"), "字段名须是文字");
        *list_add(c->op, &fields) = f->text;
    }
    struct json *values;
    str reason = json_str(c->body, S("reason"));
    if (!(c->ledger ? record_reveal(c->tx, c->town, c->who, c->ledger, c->id, fields.p, fields.n, reason, &values)
                    : flow_reveal(c->tx, c->flow, c->who, c->id, fields.p, fields.n, reason, &values)))
        return false;
    json_open(&c->out, '{');
    write_tree(c, S("values"), values);
    json_close(&c->out, '}');
    return true;
}

bool record_forget(struct call *c)
{
    struct tx *tx = c->tx;
    if (!record_destroy(tx, c->town, c->who, c->ledger, c->id, json_str(c->body, S("reason")),
                        json_str(c->body, S("approval"))))
        return false;
    c->tx = NULL;
    if (!store_commit(tx))
        return false;
    int faults = c->op->fault_count;
    if (!store_files_settle(c->api->config.store, c->op)) /* the record is destroyed; the clock tries again */
        op_forgive(c->op, faults);
    return true;
}

bool record_past(struct call *c)
{
    struct change *changes;
    size_t count;
    if (!record_history(c->tx, c->town, c->who, c->ledger, c->id, &changes, &count))
        return false;
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_open(w, S("items"), '[');
    for (size_t i = 0; i < count; i++)
        write_change(c, &changes[i]);
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

bool record_related(struct call *c)
{
    struct relation *relations;
    size_t count;
    if (!record_relations(c->tx, c->town, c->who, c->ledger, c->id, &relations, &count))
        return false;
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_open(w, S("items"), '[');
    for (size_t i = 0; i < count; i++) {
        json_open(w, '{');
        json_put_text(&c->out, S("ledger"), relations[i].ledger->name);
        json_put_text(&c->out, S("english"), relations[i].ledger->english);
        json_put_text(&c->out, S("field"), relations[i].field->name);
        json_put_int(w, S("count"), relations[i].count);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}
