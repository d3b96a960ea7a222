/* Tables changed in the office: from rules as a person edits them to a model, kept as editions, put in force. */
#include <stdlib.h>

#include "policy/inner.h"

/* ---- from rules to a version ----------------------------------------------------------------------------------- */

struct edits {
    struct dmn_edit *p;
    size_t n, cap;
};

[[nodiscard]] static bool take_rule(struct op *op, const struct policy_version *v, const struct dmn_layout *t,
                                    const struct rule_row *row, bool *seen, struct edits *edits)
{
    size_t width = t->inputs + t->outputs;
    str decision = dmn_element_name(v->decision);
    if (row->count != width + 1)
        return op_fail(op, FAULT_INPUT, S("规则"), "每条规则须有%zu格：条件%zu格、结果%zu格、依据1格", width + 1,
                       t->inputs, t->outputs);
    if (row->from < 0) {
        *list_add(op, edits) = (struct dmn_edit){.decision = decision,
                                                 .part = DMN_RULE_NEW,
                                                 .cells = row->cells,
                                                 .cell_count = row->count};
        return true;
    }
    size_t r = (size_t)row->from;
    if (r >= t->rules || seen[r])
        return op_fail(op, FAULT_INPUT, S("规则"), "第%d条规则原表里没有，或写了两次", row->from + 1);
    seen[r] = true;
    for (size_t i = 0; i <= width; i++) {
        enum dmn_part part = i < t->inputs ? DMN_INPUT_CELL : i < width ? DMN_OUTPUT_CELL : DMN_RULE_NOTE;
        size_t column = i < t->inputs ? i : i < width ? i - t->inputs : 0;
        if (!str_eq(str_trim(row->cells[i]), dmn_part_text(v->decision, part, r, column)))
            *list_add(op, edits) = (struct dmn_edit){decision, r, column, part, str_trim(row->cells[i]), NULL, 0};
    }
    return true;
}

/* A changed model asks for what the policy takes from the records, and for nothing more: what that may be is decided in the
 * packs (policy_lawful). */
static bool asks_for_known(struct op *op, const struct policy_version *v, const struct dmn *changed)
{
    const struct dmn_element *const *inputs, *const *known;
    size_t count, known_count, k;
    dmn_inputs(changed, &inputs, &count);
    dmn_inputs(v->model, &known, &known_count);
    for (size_t i = 0; i < count; i++) {
        str name = dmn_element_name(inputs[i]);
        for (k = 0; k < known_count && !str_eq(name, dmn_element_name(known[k])); k++)
            ;
        if (k == known_count)
            return policy_asks_lawful(op, name) &&
                   op_fail(op, FAULT_INPUT, name, "这项政策不取“%.*s”；改版只能用原有的各项，要增加的请改业务包", PS(name));
    }
    return true;
}

/* The same version with another model. */
[[nodiscard]] static bool with_model(struct op *op, const struct policy_version *v, str text,
                                     struct policy_version *ret)
{
    struct dmn_doc doc = {.where = v->model_file, .text = text};
    *ret = *v;
    if (text.n > POLICY_EDITION_BYTES_MAX)
        return op_fail(op, FAULT_INPUT, S(""), "政策表太大，最多%d KB", POLICY_EDITION_BYTES_MAX >> 10);
    if (!dmn_load(op, &doc, 1, &ret->model) || !asks_for_known(op, v, ret->model))
        return false;
    ret->model_text = text;
    ret->decision = dmn_decision(ret->model, dmn_element_name(v->decision));
    return ret->decision ||
           op_fail(op, FAULT_INPUT, S(""), "改后的模型里没有了决策「%.*s」", PS(dmn_element_name(v->decision)));
}

bool policy_model_apply(struct op *op, const struct policy_version *v, str model, struct policy_version **ret)
{
    struct policy_version *changed = op_new(op, struct policy_version);
    struct dmn_doc doc = {.where = v->model_file, .text = model};
    struct dmn *d;
    str text;
    *ret = changed;
    return dmn_load(op, &doc, 1, &d) && dmn_write(op, d, NULL, 0, &text) && with_model(op, v, text, changed);
}

/* "2 0 1 3" when the rules come otherwise than old ones in their order, then new ones. */
static str order_of(struct op *op, const struct rule_row *rows, size_t count, size_t old_count)
{
    struct buf b;
    bool plain = true;
    size_t added = 0;
    int last = -1;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < count; i++) {
        plain = plain && (rows[i].from < 0 || (added == 0 && rows[i].from > last));
        last = rows[i].from < 0 ? last : rows[i].from;
        buf_text(&b, "%s%zu", i ? " " : "", rows[i].from < 0 ? old_count + added : (size_t)rows[i].from);
        added += rows[i].from < 0;
    }
    return plain ? S("") : buf_str(&b);
}

bool policy_rules_apply(struct op *op, const struct policy_version *v, const struct rule_row *rows, size_t count,
                        struct policy_version **ret, size_t *ret_changes)
{
    struct dmn_layout t;
    struct edits edits = {0};
    struct policy_version *changed = op_new(op, struct policy_version);
    str text;
    if (!dmn_layout(v->decision, &t))
        return op_fail(op, FAULT_INPUT, dmn_element_name(v->decision), "不是决策表，不能这样改");
    if (count == 0 || count > DMN_RULES_MAX)
        return op_fail(op, FAULT_INPUT, S("规则"), "须有1到%d条规则", DMN_RULES_MAX);
    bool *seen = op_array(op, bool, t.rules + 1);
    for (size_t i = 0; i < count; i++)
        if (!take_rule(op, v, &t, &rows[i], seen, &edits))
            return false;
    for (size_t r = 0; r < t.rules; r++)
        if (!seen[r])
            *list_add(op, &edits) =
                (struct dmn_edit){.decision = dmn_element_name(v->decision), .rule = r, .part = DMN_RULE_GONE};
    str order = order_of(op, rows, count, t.rules);
    if (order.n)
        *list_add(op, &edits) =
            (struct dmn_edit){.decision = dmn_element_name(v->decision), .part = DMN_RULES_ORDER, .text = order};
    *ret_changes = edits.n;
    *changed = *v;
    *ret = changed;
    return edits.n == 0 || (dmn_write(op, v->model, edits.p, edits.n, &text) && with_model(op, v, text, changed));
}

/* ---- keeping --------------------------------------------------------------------------------------------------- */

static bool edition_fact(struct tx *tx, const struct who *who, enum fact_act act, id edition, str policy,
                         str model_text, const struct edition_new *e)
{
    struct buf b;
    struct json_out w = {.b = &b};
    int64_t no;
    buf_init(&b, tx->op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("政策"), policy);
    json_put_text(&w, S("理由"), e->reason);
    json_put_text(&w, S("生效"), day_text(tx->op, e->from));
    json_put_text(&w, S("模型摘要"), store_digest_text(tx->op, model_text));
    if (act == FACT_DEFINE) { /* the table itself: the history alone must be able to say what was decided by */
        json_put_text(&w, S("模型"), model_text);
    }
    json_close(&w, '}');
    struct fact fact = {.account = who->account,
                        .post = who->post,
                        .account_name = who->name,
                        .act = act,
                        .ledger = S("decision_table"),
                        .record = edition,
                        .body = buf_str(&b)};
    return fact_keep(tx, &fact, &no);
}

bool edition_keep(struct tx *tx, const struct who *who, const struct policy_version *base, const struct edition_new *e,
                  id *ret)
{
    struct op *op = tx->op;
    struct policy_version changed;
    int64_t count = 0;
    bool found;
    if (e->until < e->from)
        return op_fail(op, FAULT_INPUT, S("生效"), "“止”不能早于“生效”");
    if (str_trim(e->reason).n == 0)
        return op_fail(op, FAULT_INPUT, S("理由"), "请写明为什么改，如文件名和文号");
    if (e->cases_text.n > POLICY_EDITION_BYTES_MAX)
        return op_fail(op, FAULT_INPUT, S("用例"), "用例太多，最多%d KB", POLICY_EDITION_BYTES_MAX >> 10);
    if (!with_model(op, base, e->model_text, &changed) || !version_readable(op, &changed) ||
        !store_int(tx, "select count(*) from policy_edition where town = $1 and policy = $2",
                   ARGS(TEXT(store_town(tx)), TEXT(base->policy->english)), &count, &found))
        return false;
    if (count >= POLICY_EDITIONS_MAX)
        return op_fail(op, FAULT_CONFLICT, S(""), "一个政策最多留%d个改版", POLICY_EDITIONS_MAX);
    *ret = id_new(op);
    return store_run(tx,
                     "insert into policy_edition (town, id, policy, from_day, until_day, decision, amount, included, "
                     "doubtful, model, cases, reason,"
                     " by_name, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                     ARGS(TEXT(store_town(tx)), ID(*ret), TEXT(base->policy->english), INT(e->from), INT(e->until),
                          TEXT(dmn_element_name(base->decision)), TEXT(base->amount), TEXT(base->included),
                          TEXT(base->doubtful), BLOB(e->model_text), TEXT(e->cases_text), TEXT(str_trim(e->reason)),
                          TEXT(who->name), INT(op->now)),
                     NULL) &&
           edition_fact(tx, who, FACT_DEFINE, *ret, base->policy->name, e->model_text, e);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool read_edition(struct op *op, struct rows *rows, const struct policy *p,
                                       struct policy_version *ret)
{
    struct policy_version v = {.policy = p,
                               .edition = rows_id(rows, 0),
                               .from = (day)rows_int(rows, 1),
                               .until = (day)rows_int(rows, 2),
                               .amount = rows_text(rows, 4),
                               .included = rows_text(rows, 5),
                               .doubtful = rows_text(rows, 6),
                               .cases_text = rows_text(rows, 8),
                               .cases_file = S("用例"),
                               .reason = rows_text(rows, 9),
                               .by = rows_text(rows, 10),
                               .draft = rows_is_null(rows, 11)};
    str text = rows_blob(rows, 7);
    struct dmn_doc doc = {.where = op_text(op, "%.*s的改版", PS(p->name)), .text = text};
    if (!dmn_load(op, &doc, 1, &v.model))
        return false;
    v.model_file = doc.where;
    v.model_text = text;
    v.decision = dmn_decision(v.model, rows_text(rows, 3));
    must(v.decision);
    *ret = v;
    return true;
}

static int by_day(const void *a, const void *b)
{
    const struct policy_version *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* An edition ends the version that held its first day; one that begins the same day is replaced. */
static void put_in(struct policy_version *versions, size_t *count, const struct policy_version *edition)
{
    size_t n = 0;
    for (size_t i = 0; i < *count; i++) {
        struct policy_version v = versions[i];
        if (v.from == edition->from)
            continue;
        if (v.from < edition->from && v.until >= edition->from)
            v.until = edition->from - 1;
        versions[n++] = v;
    }
    versions[n++] = *edition;
    qsort(versions, n, sizeof *versions, by_day);
    for (size_t i = 0; i + 1 < n; i++) /* what begins later ends what is open */
        if (versions[i].until >= versions[i + 1].from)
            versions[i].until = versions[i + 1].from - 1;
    *count = n;
}

bool policy_shelf(struct tx *tx, const struct policy *p, struct shelf *ret)
{
    struct op *op = tx->op;
    struct shelf s = {.now = *p};
    struct rows *rows;
    bool found;
    struct policy_version *versions = op_array(op, struct policy_version, p->version_count + POLICY_EDITIONS_MAX + 1);
    memcpy(versions, p->versions, p->version_count * sizeof *versions);
    s.drafts = op_array(op, struct policy_version, POLICY_EDITIONS_MAX + 1);
    if (!store_query(tx,
                     "select id, from_day, until_day, decision, amount, included, doubtful, model, cases, reason, "
                     "by_name, forced_at"
                     " from policy_edition where town = $1 and policy = $2 order by forced_at, at, id",
                     ARGS(TEXT(store_town(tx)), TEXT(p->english)), &rows) ||
        !rows_next(rows, &found))
        return false;
    for (; found;) {
        struct policy_version v;
        if (!read_edition(op, rows, p, &v))
            return false;
        if (v.draft)
            s.drafts[s.draft_count++] = v;
        else
            put_in(versions, &s.now.version_count, &v);
        if (!rows_next(rows, &found))
            return false;
    }
    s.now.versions = versions;
    *ret = s;
    return true;
}

bool edition_force(struct tx *tx, const struct who *who, const struct policy *p, id edition, str reason)
{
    struct op *op = tx->op;
    struct shelf shelf;
    const struct policy_version *v = NULL;
    if (!policy_shelf(tx, p, &shelf))
        return false;
    for (size_t i = 0; i < shelf.draft_count; i++)
        if (id_eq(shelf.drafts[i].edition, edition))
            v = &shelf.drafts[i];
    if (!v)
        return op_fail(op, FAULT_MISSING, S(""), "没有这个草稿，或它已经生效");
    if (str_trim(reason).n == 0)
        return op_fail(op, FAULT_INPUT, S("理由"), "请写明依据，如文件名和文号");
    struct edition_new e = {.from = v->from, .until = v->until, .reason = reason};
    return version_sound(op, v) &&
           store_run(tx,
                     "update policy_edition set forced_at = $1, forced_by = $2, force_reason = $3 where id = $4 and "
                     "town = $5",
                     ARGS(INT(op->now), TEXT(who->name), TEXT(str_trim(reason)), ID(edition), TEXT(store_town(tx))),
                     NULL) &&
           edition_fact(tx, who, FACT_DECIDE, edition, p->name, v->model_text, &e);
}
