/* Records: what people do with one of them. Every change takes the same way: see save.c. */
#include "ledger/save.h"

/* The record as the person may see it after what they did. */
static bool answer(struct save *s, const struct right *acted, struct record *ret)
{
    struct right right;
    s->row.masked = right_ask(s->op, s->who, s->plan, ACT_READ, &right) ? right.masked : acted->masked;
    return row_record(&s->row, labels_new(s->tx, s->who), NULL, ret);
}

static bool add(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                const struct json *values, struct warning **ret_warnings, struct record **ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct save s;
    if (!may_write(tx, town, plan) || !right_for(tx->op, town, who, l, ACT_ADD, &right))
        return false;
    save_begin(&s, tx, who, plan, ret_warnings);
    s.covered = fields_covered(tx->op, who, plan);
    const struct wanted wanted = {.json = values};
    if (!save_add(&s, record, &wanted, &right, ACT_ADD) || !save_keep(&s, FACT_ADD, S("")))
        return false;
    struct record *r = op_new(tx->op, struct record);
    if (ret && !answer(&s, &right, r))
        return false;
    if (ret)
        *ret = r;
    return true;
}

bool record_add(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                const struct json *values, struct warning **ret_warnings, struct record **ret)
{
    return add(tx, town, who, l, id_new(tx->op), values, ret_warnings, ret);
}

/* The same command of the same account in the same ledger has always the same id. All but its time is a digest, so that
 * nobody can choose a command whose record would have the id of another one. */
static id commanded(struct op *op, const struct who *who, const struct ledger *l, id command)
{
    id x;
    str what = op_text(op, "%.*s %.*s %.*s", PS(id_text(op, who->account)), PS(l->english), PS(id_text(op, command)));
    must(id_parse(str_part(store_digest_text(op, what), 0, 2 * sizeof x.b), &x));
    enum { TIME_BYTES = 6 };
    memcpy(x.b, command.b, TIME_BYTES);
    x.b[6] = (x.b[6] & 0x0F) | 0x70; /* UUIDv7 */
    x.b[8] = (x.b[8] & 0x3F) | 0x80;
    return x;
}

bool record_add_once(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id command,
                     const struct json *values, struct warning **ret_warnings, struct record **ret, bool *ret_again)
{
    int64_t first;
    id record = commanded(tx->op, who, l, command);
    if (!fact_first(tx, l->english, record, &first))
        return false;
    *ret_again = first != 0;
    return first ? record_get(tx, town, who, l, record, ret) : add(tx, town, who, l, record, values, ret_warnings, ret);
}

bool record_change(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                   int64_t seen, const struct json *patch, str reason, struct warning **ret_warnings,
                   struct record **ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct save s;
    bool changed;
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_CHANGE, record, &right))
        return false;
    save_begin(&s, tx, who, plan, ret_warnings);
    s.covered = fields_covered(tx->op, who, plan);
    s.row.record = record;
    const struct wanted wanted = {.json = patch};
    if (!save_change(&s, &wanted, seen, reason, &right, ACT_CHANGE, &changed))
        return false;
    struct record *r = op_new(tx->op, struct record);
    if (!answer(&s, &right, r))
        return false;
    *ret = r;
    return true;
}

/* The move that 流转 declares from the record's state to another. */
static bool move_find(struct save *s, str to, str reason, const struct state_move **ret)
{
    struct op *op = s->op;
    const struct ledger *l = &s->plan->def;
    const struct state_move *move = NULL;
    struct buf ways;
    buf_init(&ways, op, 0);
    for (size_t i = 0; i < l->move_count; i++) {
        if (!str_eq(l->moves[i].from, s->row.head.state))
            continue;
        if (str_eq(l->moves[i].to, to))
            move = &l->moves[i];
        buf_text(&ways, "%s%.*s", ways.n ? "、" : "", PS(l->moves[i].to));
    }
    if (!move && ways.n == 0)
        return op_fail(op, FAULT_INPUT, S("状态"), "状态“%.*s”之后没有下一步", PS(s->row.head.state));
    if (!move)
        return op_fail(op, FAULT_INPUT, S("状态"), "不能由“%.*s”转到“%.*s”；可以转到：%.*s", PS(s->row.head.state),
                       PS(to), PS(buf_str(&ways)));
    if (move->back && str_trim(reason).n == 0)
        return op_fail(op, FAULT_INPUT, S("理由"), "退回须写明理由");
    if (reason.n > REASON_MAX * 4)
        return op_fail(op, FAULT_INPUT, S("理由"), "理由太长，请写在 %d 字以内", REASON_MAX);
    *ret = move;
    return true;
}

static bool moved(struct save *s, str state, str reason, const struct right *right, struct record **ret)
{
    s->row.head.state = state;
    if (!save_check(s, true) || !save_sound(s) || !save_within(s, right, ACT_STATE) ||
        !save_keep(s, FACT_STATE, reason))
        return false;
    struct record *r = op_new(s->op, struct record);
    if (!answer(s, right, r))
        return false;
    *ret = r;
    return true;
}

bool record_state(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                  int64_t seen, str to, str reason, struct record **ret)
{
    const struct plan *plan = plan_of(l);
    const struct state_move *move = NULL;
    struct right right;
    struct save s;
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_STATE, record, &right))
        return false;
    save_begin(&s, tx, who, plan, NULL);
    return save_open(&s, record, seen) && move_find(&s, to, reason, &move) && moved(&s, move->to, reason, &right, ret);
}

bool record_led(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                str to, str reason, struct record **ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct save s;
    const str *state = NULL;
    for (size_t i = 0; i < l->state_count; i++)
        if (str_eq(l->states[i], to))
            state = &l->states[i];
    must(state != NULL);
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_STATE, record, &right))
        return false;
    save_begin(&s, tx, who, plan, NULL);
    return save_open(&s, record, 0) &&
           moved(&s, *state, str_part(reason, 0, utf8_skip(reason, REASON_MAX)), &right, ret);
}

bool record_within(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, enum act act,
                   id record, bool *ret)
{
    struct right right;
    must(plan_of(l)->town == town);
    *ret = false;
    return !right_ask(tx->op, who, plan_of(l), act, &right) || right_holds(tx, plan_of(l), &right, record, ret);
}

bool record_title(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                  str *ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct row row;
    bool found, *covered = op_array(tx->op, bool, l->field_count);
    must(plan->town == town);
    for (size_t i = 0; i < l->field_count; i++)
        covered[i] = l->fields[i].sensitive;
    row_init(&row, tx, plan);
    row.masked = right_ask(tx->op, who, plan, ACT_READ, &right) ? right.masked : covered;
    if (!row_load(&row, record, &found))
        return false;
    *ret = found ? row_title(&row) : S("");
    return !row.broken;
}

bool record_group(struct tx *tx, const struct ledger *l, id record, id *ret)
{
    struct rows *rows;
    bool found;
    str sql = op_text(tx->op, "select %.*s from %.*s where record = $1", PS(store_name(tx->op, S("组"))),
                      PS(sql_table(tx->op, plan_of(l))));
    if (!store_query(tx, sql.p, ARGS(ID(record)), &rows) || !rows_next(rows, &found))
        return false;
    *ret = found ? rows_id(rows, 0) : (id){0};
    if (found)
        rows_close(rows);
    return true;
}

bool record_withdraw(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                     int64_t seen, str reason, struct record **ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct save s;
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_WITHDRAW, record, &right))
        return false;
    if (str_trim(reason).n == 0 || reason.n > REASON_MAX * 4)
        return op_fail(tx->op, FAULT_INPUT, S("理由"), "作废须写明理由，在 %d 字以内", REASON_MAX);
    save_begin(&s, tx, who, plan, NULL);
    if (!save_open(&s, record, seen) || !save_unreferred(&s, "作废") || !across_without(&s) || !save_sound(&s) ||
        !save_keep(&s, FACT_REMOVE, reason))
        return false;
    struct record *r = op_new(tx->op, struct record);
    if (!answer(&s, &right, r))
        return false;
    *ret = r;
    return true;
}

/* ---- checking without saving ------------------------------------------------------------------------------------- */

bool record_check(struct tx *tx, const struct town *town, const struct ledger *l, id record, const struct json *values,
                  struct warning **ret_warnings)
{
    const struct plan *plan = plan_of(l);
    struct save s;
    must(plan->town == town);
    save_begin(&s, tx, NULL, plan, ret_warnings);
    if (id_none(record)) {
        s.row.record = id_new(tx->op);
        s.row.head.state = l->state_count ? l->states[0] : S("");
        s.row.head.added = s.row.head.changed = tx->op->now;
    } else if (!save_open(&s, record, 0)) {
        return false;
    }
    /* Serial numbers are given when it is saved; until then a new record's are empty. */
    const struct wanted wanted = {.json = values};
    return save_values(&s, &wanted) && save_check(&s, false) && save_sound(&s);
}

/* ---- reading one ------------------------------------------------------------------------------------------------- */

/* ret NULL: it is not there. */
[[nodiscard]] static bool record_read(struct tx *tx, const struct town *town, const struct who *who,
                                      const struct ledger *l, id record, int64_t as_of, const struct shown *shown,
                                      struct record **ret)
{
    const struct plan *plan = plan_of(l);
    struct right right;
    struct row row;
    bool found, holds;
    *ret = NULL;
    if (!right_for(tx->op, town, who, l, ACT_READ, &right))
        return false;
    row_init(&row, tx, plan);
    row.as_of = as_of;
    row.moment = as_of ? tx->op->now : 0; /* what has changed is the record, not the day */
    row.counts = as_of ? counts_new(tx->op) : NULL;
    if (!row_load(&row, record, &found) || (found && !right_holds(tx, plan, &right, record, &holds)))
        return false;
    if (!found || !holds)
        return true;
    row.masked = right.masked;
    struct record *r = op_new(tx->op, struct record);
    struct labels *labels = labels_new(tx, who);
    if (shown)
        labels_whole(labels);
    if (!row_record(&row, labels, shown, r))
        return false;
    *ret = r;
    return true;
}

bool record_get(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                struct record **ret)
{
    return record_reached(tx, town, who, l, record, NULL, 0, ret);
}

bool record_reached(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                    const struct reach *const *reaches, size_t count, struct record **ret)
{
    struct shown shown = {.reaches = reaches, .reach_count = count};
    struct record *r;
    if (!record_read(tx, town, who, l, record, 0, count ? &shown : NULL, &r))
        return false;
    /* What lies outside is not told apart from what is not there. */
    if (!r)
        return op_fail(tx->op, FAULT_MISSING, S(""), "台账“%.*s”里没有这条记录，或不在您岗位的范围内", PS(l->name));
    *ret = r;
    return true;
}

bool record_as_of(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                  int64_t fact_no, struct record **ret)
{
    *ret = NULL;
    return fact_no <= 0 || record_read(tx, town, who, l, record, fact_no, NULL, ret);
}

static str names_body(struct op *op, const str *fields, size_t count, str reason)
{
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    json_put_texts(&w, S("字段"), fields, count);
    json_put_text(&w, S("理由"), reason);
    json_close(&w, '}');
    return buf_str(&b);
}

bool record_reveal(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                   const str *fields, size_t count, str reason, struct json **ret_values)
{
    const struct plan *plan = plan_of(l);
    struct op *op = tx->op;
    struct right right;
    struct row row;
    bool found;
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_REVEAL, record, &right))
        return false;
    if (str_trim(reason).n == 0 || reason.n > REASON_MAX * 4)
        return op_fail(op, FAULT_INPUT, S("理由"), "查看敏感内容须写明理由，在 %d 字以内", REASON_MAX);
    row_init(&row, tx, plan);
    if (!row_load(&row, record, &found))
        return false;
    if (!found)
        return op_fail(op, FAULT_MISSING, S(""), "台账“%.*s”里没有这条记录", PS(l->name));
    struct json *values = op_new(op, struct json), **end = &values->first;
    values->kind = JSON_OBJECT;
    for (size_t i = 0; i < count; i++) {
        const struct field *f = ledger_field(l, fields[i]);
        if (!f || f->type == F_CHILDREN)
            return op_fail(op, FAULT_INPUT, fields[i], "台账“%.*s”没有“%.*s”这个字段", PS(l->name), PS(fields[i]));
        struct json *m = *end = op_new(op, struct json);
        m->key = f->name;
        cell_json(op, f, row_cell(&row, f), m);
        end = &m->next;
        values->count++;
    }
    if (count == 0)
        return op_fail(op, FAULT_INPUT, S("fields"), "请指明要看哪些字段");
    struct fact fact = {.account = who->account,
                        .post = who->post,
                        .account_name = who->name,
                        .act = FACT_REVEAL,
                        .ledger = l->english,
                        .record = record,
                        .state = row.head.state,
                        .body = names_body(op, fields, count, reason)};
    int64_t no;
    if (row.broken || !fact_keep(tx, &fact, &no))
        return false;
    *ret_values = values;
    return true;
}

bool record_known(struct tx *tx, const struct who *who, const struct found *found)
{
    int64_t no;
    struct fact fact = {.account = who->account,
                        .post = who->post,
                        .account_name = who->name,
                        .act = FACT_REVEAL,
                        .ledger = found->ledger->english,
                        .record = found->id,
                        .body = names_body(tx->op, &found->known, 1, S("输入完整的号码查到，号码没有打开"))};
    return fact_keep(tx, &fact, &no);
}

bool record_destroy(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                    str reason, str approval)
{
    const struct plan *plan = plan_of(l);
    struct op *op = tx->op;
    struct right right;
    struct save s;
    struct fact *facts;
    size_t count, n = 0;
    bool found;
    int64_t no;
    if (!may_write(tx, town, plan) || !right_check(tx, who, plan, ACT_DESTROY, record, &right))
        return false;
    if (str_trim(reason).n == 0 || reason.n > REASON_MAX * 4)
        return op_fail(op, FAULT_INPUT, S("理由"), "销毁须写明理由，在 %d 字以内", REASON_MAX);
    if (str_trim(approval).n == 0 || approval.n > REASON_MAX * 4)
        return op_fail(op, FAULT_INPUT, S("批准"), "销毁须写明批准文号或批准人");
    save_begin(&s, tx, who, plan, NULL);
    if (!row_load(&s.row, record, &found))
        return false;
    if (!found)
        return op_fail(op, FAULT_MISSING, S(""), "台账“%.*s”里没有这条记录", PS(l->name));
    if (!save_unreferred(&s, "销毁") || !fact_history(tx, l->english, record, &facts, &count))
        return false;
    int64_t *nos = op_array(op, int64_t, count);
    for (size_t i = 0; i < count; i++)
        if (facts[i].act != FACT_DESTROY && !facts[i].destroyed)
            nos[n++] = facts[i].no;
    struct fact by = {
        .account = who->account, .post = who->post, .account_name = who->name, .ledger = l->english, .record = record};
    return fact_destroy(tx, &by, nos, n, reason, approval, &no) && table_erase(tx, &plan->table, record) &&
           search_remove(tx, l->english, record);
}
