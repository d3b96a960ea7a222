/* What a kept screening says of one member: read from its bytes and the model kept with them, never from the ledgers,
 * which have moved on. */
#include "policy/inner.h"

/* ---- places in JSON that this room has written itself: one value after another, without white space -------------- */

static size_t text_end(str s, size_t at)
{
    for (at++; at < s.n && s.p[at] != '"'; at++)
        at += s.p[at] == '\\';
    return at + 1;
}

static size_t value_end(str s, size_t at)
{
    int depth = 0;
    while (at < s.n) {
        char c = s.p[at];
        if (c == '"') {
            at = text_end(s, at);
        } else if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
            return at;
        } else {
            depth += (c == '[' || c == '{') - (c == ']' || c == '}');
            at++;
        }
        if (depth == 0 && at < s.n && (s.p[at] == ',' || s.p[at] == ']' || s.p[at] == '}'))
            return at;
    }
    return s.n;
}

/* The member of an object; empty: it has none. Keys are written as they are, without signs to escape. */
static str member_of(str object, str key)
{
    for (size_t at = 1; at < object.n && object.p[at] == '"';) {
        size_t end = text_end(object, at), value = end + 1, next = value_end(object, value);
        if (str_eq(str_part(object, at + 1, end - 1), key))
            return str_part(object, value, next);
        at = next + 1;
    }
    return S("");
}

/* Item n of a list; empty: there are fewer. */
static str item_of(str list, size_t n)
{
    for (size_t at = 1; at < list.n && list.p[at] != ']'; n--) {
        size_t end = value_end(list, at);
        if (n == 0)
            return str_part(list, at, end);
        at = end + 1;
    }
    return S("");
}

static bool whole_of(str text, int64_t *ret)
{
    struct json number = {.kind = JSON_NUMBER, .text = text};
    return text.n && json_int(&number, ret);
}

[[nodiscard]] static bool words_of(struct op *op, str text, str *ret)
{
    struct json *j;
    if (text.n == 0 || !json_parse(op, text, &j))
        return op_fail(op, FAULT_SYSTEM, S(""), "留存的筛查读不懂，请核对数据是否完好");
    *ret = j->text;
    return true;
}

/* ---- one member -------------------------------------------------------------------------------------------------- */

static bool place_of(struct op *op, str bytes, id record, uint32_t *ret)
{
    str list = member_of(bytes, S("成员")), wanted = op_text(op, "\"%.*s\"", PS(id_text(op, record)));
    uint32_t n = 0;
    for (size_t at = 1; at < list.n && list.p[at] != ']'; n++) {
        size_t end = value_end(list, at);
        if (str_eq(str_part(list, at, end), wanted)) {
            *ret = n;
            return true;
        }
        at = end + 1;
    }
    return false;
}

/* Without a member. */
[[nodiscard]] static bool kept_read(struct tx *tx, id screening, struct kept_one *ret, str *ret_villages)
{
    struct rows *rows;
    bool found;
    if (!store_query(tx, "select bytes, villages, rules from policy_screening where town = $1 and id = $2",
                     ARGS(TEXT(store_town(tx)), ID(screening)), &rows) ||
        !rows_next(rows, &found))
        return false;
    if (!found)
        return op_fail(tx->op, FAULT_MISSING, S(""), "没有这次筛查");
    *ret = (struct kept_one){.bytes = rows_blob(rows, 0), .rules = rows_text(rows, 2)};
    *ret_villages = rows_text(rows, 1);
    rows_close(rows);
    return true;
}

bool kept_one(struct tx *tx, id screening, id record, struct kept_one *ret)
{
    struct op *op = tx->op;
    int64_t village = 0;
    str villages;
    if (!kept_read(tx, screening, ret, &villages))
        return false;
    if (!place_of(op, ret->bytes, record, &ret->place))
        return op_fail(op, FAULT_MISSING, S("record"), "这次筛查的总体里没有它；如应在内，请先更正台账再筛查");
    if (!whole_of(item_of(member_of(ret->bytes, S("结局")), ret->place), &ret->outcome))
        return op_fail(op, FAULT_SYSTEM, S(""), "留存的筛查读不懂，请核对数据是否完好");
    if (whole_of(item_of(member_of(villages, S("属")), ret->place), &village))
        return words_of(op, item_of(member_of(villages, S("名")), (size_t)village), &ret->village);
    ret->village = S("（未归村组）");
    return true;
}

/* ---- why --------------------------------------------------------------------------------------------------------- */

static enum feel_vector_kind kind_of(const struct policy_version *v, str column, str name)
{
    const struct dmn_element *const *inputs;
    enum feel_vector_kind kind = FEEL_VECTOR_DAY;
    size_t count;
    if (member_of(column, S("小数")).n)
        return FEEL_VECTOR_NUMBER;
    if (member_of(column, S("字典")).n)
        return FEEL_VECTOR_TEXT;
    dmn_inputs(v->model, &inputs, &count);
    for (size_t i = 0; i < count; i++)
        if (str_eq(dmn_element_name(inputs[i]), name))
            (void)column_kind(dmn_element_type(inputs[i]), &kind);
    return kind == FEEL_VECTOR_BOOL ? FEEL_VECTOR_BOOL : FEEL_VECTOR_DAY;
}

/* The values used, as columns of one row. */
[[nodiscard]] static bool values_of(struct op *op, const struct policy_version *v, const struct kept_one *one,
                                    struct feel_rows *ret)
{
    str columns = member_of(one->bytes, S("输入")), column;
    struct feel_vector *vectors = op_array(op, struct feel_vector, POLICY_INPUTS_MAX + 1);
    size_t n = 0;
    for (; n < POLICY_INPUTS_MAX && (column = item_of(columns, n)).n; n++) {
        struct column_maker maker;
        int64_t whole;
        str name, text;
        if (!words_of(op, member_of(column, S("名")), &name))
            return false;
        column_init(&maker, op, kind_of(v, column, name));
        feel_value value = feel_null();
        if (!whole_of(item_of(member_of(column, S("值")), one->place), &whole)) {
            value = feel_null();
        } else if (maker.kind == FEEL_VECTOR_TEXT) {
            if (!words_of(op, item_of(member_of(column, S("字典")), (size_t)whole - 1), &text))
                return false;
            value = feel_of_text(text);
        } else {
            value = feel_cut_sample(whole, maker.kind, POLICY_SCALE);
        }
        (void)column_add(&maker, value);
        vectors[n] = column_end(&maker, name, NULL, maker.count);
    }
    *ret = (struct feel_rows){vectors, n, 1};
    return true;
}

[[nodiscard]] static bool version_of(struct op *op, const struct policy *p, const struct kept_one *one,
                                     struct policy_version *ret)
{
    struct json *j;
    struct dmn_doc doc = {.where = op_text(op, "%.*s（留存的规则）", PS(p->name))};
    if (one->rules.n == 0)
        return op_fail(op, FAULT_CONFLICT, S(""), "这次筛查没有留下规则，只能看结果；要说明理由请重新筛查");
    if (!json_parse(op, one->rules, &j))
        return false;
    doc.text = json_str(j, S("模型"));
    *ret = (struct policy_version){.policy = p,
                                   .model_file = doc.where,
                                   .model_text = doc.text,
                                   .amount = json_str(j, S("金额")),
                                   .included = json_str(j, S("纳入")),
                                   .doubtful = json_str(j, S("待核"))};
    if (!dmn_load(op, &doc, 1, &ret->model))
        return false;
    ret->decision = dmn_decision(ret->model, json_str(j, S("决策")));
    return ret->decision || op_fail(op, FAULT_SYSTEM, S(""), "留存的规则里没有决策，请核对数据是否完好");
}

bool kept_why(struct tx *tx, const struct policy *p, id screening, id record, str title, const bool *hidden,
              struct why *ret)
{
    struct op *op = tx->op;
    struct kept_screening k;
    struct kept_one one;
    struct policy_version v;
    struct screening *s;
    uint32_t group = 0;
    if (!screening_kept(tx, screening, &k) || !kept_one(tx, screening, record, &one) || !version_of(op, p, &one, &v))
        return false;
    struct population people = {.own = op,
                                .policy = p,
                                .on = k.on,
                                .count = 1,
                                .ids = &record,
                                .groups = &group,
                                .group_names = &one.village,
                                .group_count = 1};
    if (!values_of(op, &v, &one, &people.inputs) || !screening_run(op, &v, &people, NULL, 0, 1, &s))
        return false;
    if (s->outcomes[0] != one.outcome)
        return op_fail(op, FAULT_CONFLICT, S(""), "按留存的信息得不出当时的结果，请核对数据是否完好");
    return screening_account(op, s, 0, title, hidden, ret);
}

/* ---- all of them --------------------------------------------------------------------------------------------------- */

/* The item at *at of a list, which then goes to the next. False: there is none. */
static bool item_next(str list, size_t *at, str *ret)
{
    if (*at >= list.n || list.p[*at] == ']')
        return false;
    size_t end = value_end(list, *at);
    *ret = str_part(list, *at, end);
    *at = end + 1;
    return true;
}

/* A column as it was kept: whole units, of texts their places in the dictionary. */
[[nodiscard]] static bool column_of(struct op *op, const struct policy_version *v, str column, size_t rows,
                                    struct feel_vector *ret)
{
    struct column_maker maker;
    str name, item, word, values = member_of(column, S("值")), dictionary = member_of(column, S("字典"));
    struct {
        str *p;
        size_t n, cap;
    } words = {0};
    if (!words_of(op, member_of(column, S("名")), &name))
        return false;
    column_init(&maker, op, kind_of(v, column, name));
    for (size_t at = 1; maker.kind == FEEL_VECTOR_TEXT && item_next(dictionary, &at, &item);) {
        if (!words_of(op, item, &word))
            return false;
        *list_add(op, &words) = word;
    }
    for (size_t at = 1; item_next(values, &at, &item);) {
        int64_t whole;
        feel_value value = feel_null();
        if (whole_of(item, &whole))
            value = maker.kind != FEEL_VECTOR_TEXT ? feel_cut_sample(whole, maker.kind, POLICY_SCALE)
                    : whole > 0 && (size_t)whole <= words.n ? feel_of_text(words.p[whole - 1])
                                                             : feel_null();
        (void)column_add(&maker, value);
    }
    if (maker.count != rows)
        return op_fail(op, FAULT_SYSTEM, S(""), "留存的筛查读不懂，请核对数据是否完好");
    *ret = column_end(&maker, name, NULL, rows);
    return true;
}

/* The screening as it was: its members with the values kept, decided by the rules kept. */
[[nodiscard]] static bool screening_again(struct op *op, const struct policy *p, const struct kept_one *one, day on,
                                          struct screening **ret)
{
    struct policy_version *v = op_new(op, struct policy_version);
    struct population *people = op_new(op, struct population);
    struct feel_vector *vectors = op_array(op, struct feel_vector, POLICY_INPUTS_MAX + 1);
    struct {
        id *p;
        size_t n, cap;
    } ids = {0};
    str item, text, list = member_of(one->bytes, S("成员")), columns = member_of(one->bytes, S("输入"));
    size_t count = 0;
    if (!version_of(op, p, one, v))
        return false;
    for (size_t at = 1; item_next(list, &at, &item);)
        if (!words_of(op, item, &text) || !id_parse(text, list_add(op, &ids)))
            return op_fail(op, FAULT_SYSTEM, S(""), "留存的筛查读不懂，请核对数据是否完好");
    for (size_t at = 1; count < POLICY_INPUTS_MAX && item_next(columns, &at, &item); count++)
        if (!column_of(op, v, item, ids.n, &vectors[count]))
            return false;
    static str nowhere[1];
    *people = (struct population){.own = op,
                                  .policy = p,
                                  .on = on,
                                  .count = ids.n,
                                  .ids = ids.p,
                                  .groups = op_array(op, uint32_t, ids.n + 1),
                                  .group_names = nowhere,
                                  .group_count = 1,
                                  .inputs = {vectors, count, ids.n}};
    return screening_run(op, v, people, NULL, 0, 1, ret);
}

bool roster_lines(struct tx *tx, const struct policy *p, id screening, struct kept_screening *ret,
                  struct roster_line **ret_lines, size_t *ret_count)
{
    struct op *op = tx->op;
    struct kept_one one;
    struct screening *s;
    struct id_set places;
    struct {
        struct roster_line *p;
        size_t n, cap;
    } lines = {0};
    struct member_query q = {.screening = screening, .kind = MEMBERS_IN, .limit = PORTION};
    str villages;
    struct kept_member *m;
    size_t count;
    if (!screening_kept(tx, screening, ret))
        return false;
    if (!str_eq(ret->policy, p->english))
        return op_fail(op, FAULT_INPUT, S("名单"), "这份名单不是按“%.*s”筛查的", PS(p->name));
    if (!ret->frozen)
        return op_fail(op, FAULT_CONFLICT, S("名单"), "名单还没有定稿；疑点核定完、定稿以后才能往下办");
    if (!kept_read(tx, screening, &one, &villages) || !screening_again(op, p, &one, ret->on, &s))
        return false;
    ids_init(&places, op, s->people->ids, s->people->count);
    do {
        if (!screening_members(tx, &q, &m, &count))
            return false;
        for (size_t i = 0; i < count; i++) {
            uint32_t at = ids_find(&places, m[i].record);
            if (!at || (s->included[at - 1] ? s->amount_fen[at - 1] : 0) != m[i].proposed_fen)
                return op_fail(op, FAULT_CONFLICT, m[i].title, "按留存的信息得不出当时的结果，请核对数据是否完好");
            *list_add(op, &lines) = (struct roster_line){.record = m[i].record,
                                                         .title = m[i].title,
                                                         .village = m[i].village,
                                                         .reason = m[i].is_decided ? m[i].reason : S(""),
                                                         .amount_fen = m[i].is_decided ? m[i].decided_fen
                                                                                       : m[i].proposed_fen,
                                                         .proposed_fen = m[i].proposed_fen,
                                                         .outputs = screening_value(op, s, at - 1)};
            q.after = m[i].record;
        }
    } while (count == PORTION);
    *ret_lines = lines.p;
    *ret_count = lines.n;
    return true;
}

/* ---- what goes with the bytes ------------------------------------------------------------------------------------ */

str kept_rules(struct op *op, const struct screening *s)
{
    const struct policy_version *v = s->version;
    struct buf b;
    struct json_out w = {.b = &b};
    const struct {
        str key, value;
    } parts[] = {{S("决策"), dmn_element_name(v->decision)}, {S("金额"), v->amount},  {S("纳入"), v->included},
                 {S("待核"), v->doubtful},                   {S("模型"), s->model_text}};
    buf_init(&b, op, 0);
    json_open(&w, '{');
    for (size_t i = 0; i < COUNT(parts); i++)
        json_put_text(&w, parts[i].key, parts[i].value);
    json_close(&w, '}');
    return buf_str(&b);
}

str kept_villages(struct op *op, const struct population *people)
{
    struct buf b;
    struct json_out w = {.b = &b};
    buf_init(&b, op, 0);
    json_open(&w, '{');
    json_put_texts(&w, S("名"), people->group_names, people->group_count);
    json_put_open(&w, S("属"), '[');
    for (size_t i = 0; i < people->count; i++)
        json_int_out(&w, people->groups[i]);
    json_close(&w, ']');
    json_close(&w, '}');
    return buf_str(&b);
}
