/* What is kept of a screening: its bytes, the people's decisions about it, and the frozen roster. Facts carry the
 * digests. */
#include "policy/inner.h"

bool policy_setup(struct tx *tx)
{
    static const char *const steps[] = {
        "create table policy_screening (town text not null, id blob not null primary key, policy text not null, on_day "
        "integer not null,"
        " digest text not null, bytes blob not null, count integer not null, included integer not null, doubts integer "
        "not null,"
        " total_fen integer not null, at integer not null, by_name text not null, roster blob, roster_digest text)",
        "create unique index policy_screening_digest on policy_screening (town, policy, digest)",
        /* one row per member that is not a plain 'out': what the rule proposed, then what a person decided */
        "create table policy_member (town text not null, screening blob not null, record blob not null, title text not "
        "null,"
        " village text not null, rule integer not null, proposed integer not null, proposed_fen integer not null, "
        "doubt text not null,"
        " decided integer, decided_fen integer, reason text, decided_by text, decided_at integer, primary key "
        "(screening, record))",
        "create table policy_edition (town text not null, id blob not null primary key, policy text not null, from_day "
        "integer not null,"
        " until_day integer not null, decision text not null, amount text not null, included text not null, doubtful "
        "text not null,"
        " model blob not null, cases text not null, reason text not null, by_name text not null, at integer not null, "
        "forced_at integer,"
        " forced_by text, force_reason text)",
        "create index policy_edition_policy on policy_edition (town, policy)",
        /* what the bytes do not hold: the model and its conditions, and the village of each member */
        "alter table policy_screening add column rules text",
        "alter table policy_screening add column villages text",
    };
    return store_schema(tx, S("policy"), steps, COUNT(steps));
}

/* Texts are numbered in the order in which members have them: how the column was come by leaves no trace. */
static void bytes_of_texts(struct json_out *w, struct op *op, const struct feel_vector *v, const uint32_t *number)
{
    uint32_t *of = op_array(op, uint32_t, v->text_count + 1);
    size_t n = 0;
    for (size_t i = 0; i <= v->text_count; i++)
        if (number[i])
            of[number[i]] = (uint32_t)i, n++;
    json_put_open(w, S("字典"), '[');
    for (size_t i = 1; i <= n; i++)
        json_text(w, v->texts[of[i] - 1]);
    json_close(w, ']');
}

static void bytes_of_column(struct json_out *w, struct op *op, const struct feel_vector *v, size_t rows)
{
    int64_t chunk[FEEL_CHUNK];
    uint32_t *number = op_array(op, uint32_t, v->text_count + 1), next = 0;
    bool texts = v->kind == FEEL_VECTOR_TEXT;
    for (size_t from = 0; texts && from < rows; from += FEEL_CHUNK) {
        size_t n = rows - from < FEEL_CHUNK ? rows - from : FEEL_CHUNK;
        feel_vector_read(v, from, n, chunk);
        for (size_t i = 0; i < n; i++)
            if (chunk[i] != FEEL_VECTOR_NULL && !number[chunk[i]])
                number[chunk[i]] = ++next;
    }
    json_open(w, '{');
    json_put_text(w, S("名"), v->name);
    if (v->scale)
        json_put_int(w, S("小数"), v->scale);
    if (texts)
        bytes_of_texts(w, op, v, number);
    json_put_open(w, S("值"), '[');
    for (size_t from = 0; from < rows; from += FEEL_CHUNK) {
        size_t n = rows - from < FEEL_CHUNK ? rows - from : FEEL_CHUNK;
        feel_vector_read(v, from, n, chunk);
        for (size_t i = 0; i < n; i++)
            if (chunk[i] == FEEL_VECTOR_NULL)
                json_null(w);
            else
                json_int_out(w, texts ? number[chunk[i]] : chunk[i]);
    }
    json_close(w, ']');
    json_close(w, '}');
}

str screening_bytes(struct op *op, const struct screening *s)
{
    const struct population *people = s->people;
    struct buf b;
    struct json_out w = {.b = &b};
    buf_init(&b, op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("政策"), s->version->policy->name);
    json_put_text(&w, S("时点"), day_text(op, people->on));
    json_put_text(&w, S("版本生效"), day_text(op, s->version->from));
    json_put_text(&w, S("决策"), dmn_element_name(s->version->decision));
    json_put_text(&w, S("模型摘要"), store_digest_text(op, s->model_text));
    json_put_open(&w, S("成员"), '[');
    for (size_t i = 0; i < people->count; i++)
        json_text(&w, id_text(op, people->ids[i]));
    json_close(&w, ']');
    json_put_open(&w, S("结局"), '[');
    for (size_t i = 0; i < people->count; i++)
        json_int_out(&w, s->outcomes[i]);
    json_close(&w, ']');
    json_put_open(&w, S("金额分"), '[');
    for (size_t i = 0; i < people->count; i++)
        json_int_out(&w, s->amount_fen[i]);
    json_close(&w, ']');
    json_put_open(&w, S("输入"), '[');
    for (size_t i = 0; i < people->inputs.count; i++)
        if (people->inputs.vectors[i].kind != FEEL_VECTOR_MEMBERS)
            bytes_of_column(&w, op, &people->inputs.vectors[i], people->count);
    json_close(&w, ']');
    json_close(&w, '}');
    return buf_str(&b);
}

/* ---- keeping --------------------------------------------------------------------------------------------------- */

static bool one_fact(struct tx *tx, const struct who *who, enum fact_act act, id record, str body)
{
    int64_t no;
    struct fact fact = {.account = who->account,
                        .post = who->post,
                        .account_name = who->name,
                        .act = act,
                        .ledger = S("policy"),
                        .record = record,
                        .body = body};
    return fact_keep(tx, &fact, &no);
}

static str fact_body(struct op *op, const struct kept_screening *k, str more_key, str more)
{
    struct buf b;
    struct json_out w = {.b = &b};
    buf_init(&b, op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("政策"), k->policy);
    json_put_text(&w, S("时点"), day_text(op, k->on));
    json_put_text(&w, S("摘要"), k->digest);
    json_put_int(&w, S("总数"), k->count);
    json_put_int(&w, S("纳入"), k->included);
    json_put_int(&w, S("疑点"), k->doubts);
    if (more_key.n)
        json_put_text(&w, more_key, more);
    json_close(&w, '}');
    return buf_str(&b);
}

[[nodiscard]] static bool member_keep(struct tx *tx, const struct screening *s, id screening, size_t i, str title)
{
    const struct population *people = s->people;
    int64_t rule = s->outcomes[i] < dmn_plan_rules(s->plan) ? s->outcomes[i] + 1 : 0;
    return store_run(
        tx,
        "insert into policy_member (town, screening, record, title, village, rule, proposed, proposed_fen, "
        "doubt) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        ARGS(TEXT(store_town(tx)), ID(screening), ID(people->ids[i]), TEXT(title),
             TEXT(people->group_names[people->groups[i]]), INT(rule), INT(s->included[i]), INT(s->amount_fen[i]),
             TEXT(screening_doubt(tx->op, s, i))),
        NULL);
}

/* One row for each that is proposed or in doubt. */
[[nodiscard]] static bool members_keep(struct tx *tx, const struct screening *s, id screening)
{
    size_t picked[PORTION], n = 0;
    str titles[PORTION];
    for (size_t i = 0; i < s->people->count; i++) {
        if (s->included[i] || s->doubtful[i])
            picked[n++] = i;
        if (n < PORTION && i + 1 < s->people->count)
            continue;
        struct mark mark = op_mark(tx->op);
        if (!population_titles(tx, s->people, picked, n, titles))
            return false;
        for (size_t k = 0; k < n; k++)
            if (!member_keep(tx, s, screening, picked[k], titles[k]))
                return false;
        op_reset(tx->op, mark);
        n = 0;
    }
    return true;
}

bool screening_keep(struct tx *tx, const struct who *who, const struct screening *s, struct kept_screening *ret)
{
    struct op *op = tx->op;
    struct rows *rows;
    bool found;
    str bytes = screening_bytes(op, s);
    struct kept_screening k = {.policy = s->version->policy->english,
                               .digest = store_digest_text(op, bytes),
                               .on = s->people->on,
                               .count = (int64_t)s->people->count,
                               .included = s->included_count,
                               .doubts = s->doubt_count,
                               .total_fen = s->total_fen,
                               .at = op->now};
    if (!store_query(tx, "select id from policy_screening where town = $1 and policy = $2 and digest = $3",
                     ARGS(TEXT(store_town(tx)), TEXT(k.policy), TEXT(k.digest)), &rows) ||
        !rows_next(rows, &found))
        return false;
    if (found) { /* the same facts, the same rules: the same screening */
        id known = rows_id(rows, 0);
        rows_close(rows);
        return screening_kept(tx, known, ret);
    }
    k.id = id_new(op);
    if (!store_run(tx,
                   "insert into policy_screening (town, id, policy, on_day, digest, bytes, count, included, doubts, "
                   "total_fen, "
                   "at, by_name, rules, villages) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                   ARGS(TEXT(store_town(tx)), ID(k.id), TEXT(k.policy), INT(k.on), TEXT(k.digest), BLOB(bytes),
                        INT(k.count), INT(k.included), INT(k.doubts), INT(k.total_fen), INT(k.at), TEXT(who->name),
                        TEXT(kept_rules(op, s)), TEXT(kept_villages(op, s->people))),
                   NULL) ||
        !members_keep(tx, s, k.id) || !one_fact(tx, who, FACT_SCREEN, k.id, fact_body(op, &k, S(""), S(""))))
        return false;
    *ret = k;
    return true;
}

bool screening_kept(struct tx *tx, id screening, struct kept_screening *ret)
{
    struct rows *rows;
    bool found;
    if (!store_query(
            tx,
            "select policy, on_day, digest, count, included, doubts, total_fen, at, roster_digest, by_name"
            " from policy_screening where town = $1 and id = $2",
            ARGS(TEXT(store_town(tx)), ID(screening)), &rows) ||
        !rows_next(rows, &found))
        return false;
    if (!found)
        return op_fail(tx->op, FAULT_MISSING, S(""), "没有这次筛查");
    *ret = (struct kept_screening){.id = screening,
                                   .policy = rows_text(rows, 0),
                                   .on = (day)rows_int(rows, 1),
                                   .digest = rows_text(rows, 2),
                                   .count = rows_int(rows, 3),
                                   .included = rows_int(rows, 4),
                                   .doubts = rows_int(rows, 5),
                                   .total_fen = rows_int(rows, 6),
                                   .at = rows_int(rows, 7),
                                   .frozen = !rows_is_null(rows, 8),
                                   .roster_digest = rows_text(rows, 8),
                                   .by = rows_text(rows, 9)};
    rows_close(rows);
    return true;
}

/* ---- people decide ----------------------------------------------------------------------------------------------- */

/* Somebody whom the rule left out comes onto the list as a row of its own. */
[[nodiscard]] static bool left_out_add(struct tx *tx, const struct policy *p, id screening, id record)
{
    struct kept_one one;
    str title;
    if (!kept_one(tx, screening, record, &one) || !record_titles(tx, p->ledger, &record, 1, 0, &title))
        return false;
    return store_run(
        tx,
        "insert into policy_member (town, screening, record, title, village, rule, proposed, proposed_fen, "
        "doubt) values ($1, $2, $3, $4, $5, 0, 0, 0, '')",
        ARGS(TEXT(store_town(tx)), ID(screening), ID(record), TEXT(title), TEXT(one.village)), NULL);
}

bool screening_decide(struct tx *tx, const struct town *town, const struct who *who, const struct policy *p,
                      id screening, const struct screen_decision *d)
{
    struct op *op = tx->op;
    struct kept_screening k;
    struct rows *rows;
    bool found;
    if (!screening_kept(tx, screening, &k))
        return false;
    if (k.frozen)
        return op_fail(op, FAULT_CONFLICT, S(""), "名单已经冻结，不能再改；要改请重新筛查");
    if (d->amount_fen < 0 || (!d->included && d->amount_fen))
        return op_fail(op, FAULT_INPUT, S("金额"), "不纳入的不能有金额，金额也不能是负数");
    if (!store_query(tx,
                     "select proposed, proposed_fen, doubt from policy_member where screening = $1 and record = $2 and "
                     "town = $3",
                     ARGS(ID(screening), ID(d->record), TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    str doubt = found ? rows_text(rows, 2) : S("");
    bool differs = !found || doubt.n || rows_int(rows, 0) != d->included || rows_int(rows, 1) != d->amount_fen;
    rows_close(rows);
    if (doubt.n && !policy_may_clear(tx, town, who, p, doubt))
        return false;
    if (differs && str_trim(d->reason).n == 0)
        return op_fail(op, FAULT_INPUT, S("理由"), "与规则所提不同，或规则没有定，须写明理由");
    if (!found && !left_out_add(tx, p, screening, d->record))
        return false;
    struct json_out w = {0};
    struct buf b;
    buf_init(&b, op, 0);
    w.b = &b;
    json_open(&w, '{');
    json_put_bool(&w, S("纳入"), d->included);
    json_put_int(&w, S("金额分"), d->amount_fen);
    json_put_text(&w, S("理由"), d->reason);
    json_put_text(&w, S("筛查"), id_text(op, screening));
    json_close(&w, '}');
    return store_run(
               tx,
               "update policy_member set decided = $1, decided_fen = $2, reason = $3, decided_by = $4, decided_at = $5"
               " where screening = $6 and record = $7 and town = $8",
               ARGS(INT(d->included), INT(d->amount_fen), TEXT(d->reason), TEXT(who->name), INT(op->now), ID(screening),
                    ID(d->record), TEXT(store_town(tx))),
               NULL) &&
           one_fact(tx, who, FACT_DECIDE, d->record, buf_str(&b));
}

bool roster_freeze(struct tx *tx, const struct who *who, id screening, struct kept_screening *ret)
{
    struct op *op = tx->op;
    struct kept_screening k;
    struct rows *rows;
    struct buf b;
    struct json_out w = {.b = &b};
    int64_t open = 0;
    bool found;
    if (!screening_kept(tx, screening, &k))
        return false;
    if (k.frozen)
        return op_fail(op, FAULT_CONFLICT, S(""), "名单已经冻结");
    if (!store_int(
            tx,
            "select count(*) from policy_member where screening = $1 and town = $2 and doubt <> '' and decided is null",
            ARGS(ID(screening), TEXT(store_town(tx))), &open, &found))
        return false;
    if (open)
        return op_fail(op, FAULT_CONFLICT, S("疑点"), "还有%lld条疑点没有处置，逐条处置后才能定名单", (long long)open);
    if (!store_query(tx,
                     "select record, title, village, rule, coalesce(decided_fen, proposed_fen), coalesce(reason, ''), "
                     "coalesce(decided_by, '')"
                     " from policy_member where screening = $1 and town = $2 and coalesce(decided, proposed) = 1 order "
                     "by record",
                     ARGS(ID(screening), TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    buf_init(&b, op, 0);
    json_open(&w, '[');
    for (; found;) {
        json_open(&w, '[');
        json_text(&w, id_text(op, rows_id(rows, 0)));
        json_text(&w, rows_text(rows, 1));
        json_text(&w, rows_text(rows, 2));
        json_int_out(&w, rows_int(rows, 3));
        json_int_out(&w, rows_int(rows, 4));
        json_text(&w, rows_text(rows, 5));
        json_text(&w, rows_text(rows, 6));
        json_close(&w, ']');
        if (!rows_next(rows, &found))
            return false;
    }
    json_close(&w, ']');
    k.roster_digest = store_digest_text(op, buf_str(&b));
    k.frozen = true;
    if (!store_run(tx, "update policy_screening set roster = $1, roster_digest = $2 where id = $3 and town = $4",
                   ARGS(BLOB(buf_str(&b)), TEXT(k.roster_digest), ID(screening), TEXT(store_town(tx))), NULL) ||
        !one_fact(tx, who, FACT_DECIDE, screening, fact_body(op, &k, S("名单摘要"), k.roster_digest)))
        return false;
    *ret = k;
    return true;
}
