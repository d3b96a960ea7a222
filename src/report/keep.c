/* Frozen reports: what was said, and what has moved since. */
#include "report/inner.h"

bool report_setup(struct tx *tx)
{
    static const char *const steps[] = {
        "create table report_frozen (town text not null, id blob not null primary key, name text not null, from_day "
        "integer not null,"
        " to_day integer not null, person blob, at integer not null, by_name text not null, fact_no integer not null, "
        "digest text not null,"
        " body text not null)",
        /* what a heading of a superior's form was last taken for */
        "create table report_heading (town text not null, ledger text not null, heading text not null, meaning text "
        "not null,"
        " by_name text not null, at integer not null, primary key (town, ledger, heading))",
        "alter table report_frozen add column account blob",
        /* what authors wrote; a person who is nobody in particular is sixteen zero bytes, so that the key has no
         * nulls */
        "create table report_prose (town text not null, template text not null, from_day integer not null, to_day "
        "integer not null, person blob not null,"
        " name text not null, text text not null, by_name text not null, at integer not null,"
        " primary key (town, template, from_day, to_day, person, name))",
        /* offices' own Word and Excel templates; the file is among the store's files */
        "create table report_own (town text not null, name text not null, digest text not null, by_name text not "
        "null, account blob not null, at integer not null, primary key (town, name))",
    };
    return store_schema(tx, S("report"), steps, COUNT(steps));
}

/* ---- prose ------------------------------------------------------------------------------------------------------- */

static struct arg person_arg(const id *person)
{
    return BLOB(((str){(const char *)person->b, sizeof person->b}));
}

static bool has_prose(const struct template_part *p, str name)
{
    for (; p; p = p->next)
        if ((p->kind == PART_PROSE && str_eq(p->text, name)) || has_prose(p->inside, name) ||
            has_prose(p->otherwise, name))
            return true;
    return false;
}

bool prose_keep(struct tx *tx, const struct who *who, const struct report_template *t, const struct report_ask *ask,
                str name, str text)
{
    struct op *op = tx->op;
    if (!has_prose(t->parts, name))
        return op_fail(op, FAULT_INPUT, name, "模板“%.*s”没有“%.*s”这一段", PS(t->name), PS(name));
    if (text.n > PROSE_BYTES_MAX || !utf8_valid(text))
        return op_fail(op, FAULT_INPUT, name, "太长，一段最多 %d 字节", PROSE_BYTES_MAX);
    if (!str_trim(text).n)
        return store_run(tx,
                         "delete from report_prose where town = $1 and template = $2 and from_day = $3 and to_day = $4 "
                         "and person = $5 and name = $6",
                         ARGS(TEXT(store_town(tx)), TEXT(t->name), INT(ask->from), INT(ask->to),
                              person_arg(&ask->person), TEXT(name)),
                         NULL);
    return store_run(tx,
                     "insert into report_prose (town, template, from_day, to_day, person, name, text, by_name, at) "
                     "values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
                     " on conflict (town, template, from_day, to_day, person, name)"
                     " do update set text = excluded.text, by_name = excluded.by_name, at = excluded.at",
                     ARGS(TEXT(store_town(tx)), TEXT(t->name), INT(ask->from), INT(ask->to), person_arg(&ask->person),
                          TEXT(name), TEXT(text), TEXT(who->name), INT(op->now)),
                     NULL);
}

bool prose_read(struct tx *tx, const struct report_template *t, struct report_ask *ask)
{
    struct { struct prose *p; size_t n, cap; } list = {0};
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select name, text from report_prose where town = $1 and template = $2 and from_day = $3 and "
                     "to_day = $4 and person = $5 order by name",
                     ARGS(TEXT(store_town(tx)), TEXT(t->name), INT(ask->from), INT(ask->to), person_arg(&ask->person)),
                     &rows) ||
        !rows_next(rows, &found))
        return false;
    for (size_t i = 0; i < ask->prose_count; i++) /* what is given now goes before what was kept */
        *list_add(tx->op, &list) = ask->prose[i];
    while (found) {
        *list_add(tx->op, &list) = (struct prose){rows_text(rows, 0), rows_text(rows, 1)};
        if (!rows_next(rows, &found))
            return false;
    }
    ask->prose = list.p;
    ask->prose_count = list.n;
    return true;
}

/* ---- freezing ---------------------------------------------------------------------------------------------------- */

/* A figure made of parts keeps each of them: afterwards it is told which moved. */
static void figure_out(struct json_out *w, const struct indicator_value *v)
{
    json_open(w, '{');
    json_put_text(w, S("名"), v->indicator->name);
    json_put_text(w, S("值"), v->text);
    json_put_int(w, S("记录数"), v->rows);
    json_put_text(w, S("台账"), v->ledger ? v->ledger->name : S(""));
    json_put_text(w, S("条件"), v->where);
    if (v->parts) {
        json_put_open(w, S("部分"), '[');
        for (size_t k = 0; k < v->indicator->part_count; k++)
            figure_out(w, &v->parts[k]);
        json_close(w, ']');
    }
    json_close(w, '}');
}

static str report_body(struct op *op, const struct report *r)
{
    struct buf b;
    struct json_out w = {.b = &b};
    buf_init(&b, op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("模板"), r->of->name);
    json_put_text(&w, S("标题"), r->title);
    json_put_text(&w, S("期起"), day_text(op, r->ask.from));
    json_put_text(&w, S("期止"), day_text(op, r->ask.to));
    json_put_text(&w, S("本人"), id_none(r->ask.person) ? S("") : id_text(op, r->ask.person));
    json_put_open(&w, S("数字"), '[');
    for (size_t i = 0; i < r->figure_count; i++)
        figure_out(&w, &r->figures[i]);
    json_close(&w, ']');
    json_put_open(&w, S("正文"), '[');
    for (size_t i = 0; i < r->block_count; i++) {
        const struct report_block *x = &r->blocks[i];
        json_open(&w, '[');
        for (size_t k = 0; k < (x->cells ? x->rows * x->columns : x->run_count); k++)
            json_text(&w, x->cells ? x->cells[k] : x->runs[k].text);
        json_close(&w, ']');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    return buf_str(&b);
}

bool report_freeze(struct tx *tx, const struct who *who, const struct report *r, struct frozen *ret)
{
    struct op *op = tx->op;
    str body = report_body(op, r);
    struct frozen f = {.id = id_new(op),
                       .name = r->of->name,
                       .digest = store_digest_text(op, body),
                       .from = r->ask.from,
                       .to = r->ask.to,
                       .person = r->ask.person,
                       .at = op->now,
                       .by = who->name,
                       .account = who->account};
    int64_t no;
    if (body.n > FACT_BODY_MAX)
        return op_fail(op, FAULT_INPUT, r->of->name, "报告太长，不能冻结；请分成几份");
    if (!store_fact_count(tx, &f.fact_no))
        return false;
    struct fact fact = {.account = who->account,
                        .post = who->post,
                        .account_name = who->name,
                        .act = FACT_DECIDE,
                        .ledger = S("report"),
                        .record = f.id,
                        .body = op_text(op, "{\"冻结\":\"%.*s\"}", PS(f.digest))};
    if (!store_run(tx,
                   "insert into report_frozen (town, id, name, from_day, to_day, person, at, by_name, fact_no, digest, "
                   "body, account)"
                   " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                   ARGS(TEXT(store_town(tx)), ID(f.id), TEXT(f.name), INT(f.from), INT(f.to), ID(f.person), INT(f.at),
                        TEXT(f.by), INT(f.fact_no), TEXT(f.digest), TEXT(body), ID(f.account)),
                   NULL) ||
        !fact_keep(tx, &fact, &no))
        return false;
    *ret = f;
    return true;
}

[[nodiscard]] static bool frozen_read(struct tx *tx, id id_of, struct frozen *ret, struct json **ret_body)
{
    struct op *op = tx->op;
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select name, from_day, to_day, person, at, by_name, fact_no, digest, body, account from "
                     "report_frozen where town = $1 and id = $2",
                     ARGS(TEXT(store_town(tx)), ID(id_of)), &rows) ||
        !rows_next(rows, &found))
        return false;
    if (!found)
        return op_fail(op, FAULT_MISSING, S(""), "没有这份冻结的报告，请核对编号");
    *ret = (struct frozen){.id = id_of,
                           .name = rows_text(rows, 0),
                           .from = (day)rows_int(rows, 1),
                           .to = (day)rows_int(rows, 2),
                           .person = rows_id(rows, 3),
                           .at = rows_int(rows, 4),
                           .by = rows_text(rows, 5),
                           .fact_no = rows_int(rows, 6),
                           .digest = rows_text(rows, 7),
                           .account = rows_id(rows, 9)};
    str body = rows_text(rows, 8);
    rows_close(rows);
    if (!str_eq(store_digest_text(op, body), ret->digest))
        return op_fail(op, FAULT_CONFLICT, ret->name, "冻结的内容与摘要不符，数据被改动过；请用备份核对");
    return json_parse(op, body, ret_body);
}

bool report_frozen(struct tx *tx, id id_of, struct frozen *ret)
{
    struct json *body;
    return frozen_read(tx, id_of, ret, &body);
}

bool report_frozen_list(struct tx *tx, struct frozen **ret, size_t *ret_count)
{
    struct { struct frozen *p; size_t n, cap; } list = {0};
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select id, name, from_day, to_day, person, at, by_name, fact_no, digest, account from "
                     "report_frozen where town = $1"
                     " order by at desc, id limit $2",
                     ARGS(TEXT(store_town(tx)), INT(FROZEN_LIST_MAX)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        *list_add(tx->op, &list) = (struct frozen){.id = rows_id(rows, 0),
                                                   .name = rows_text(rows, 1),
                                                   .from = (day)rows_int(rows, 2),
                                                   .to = (day)rows_int(rows, 3),
                                                   .person = rows_id(rows, 4),
                                                   .at = rows_int(rows, 5),
                                                   .by = rows_text(rows, 6),
                                                   .fact_no = rows_int(rows, 7),
                                                   .digest = rows_text(rows, 8),
                                                   .account = rows_id(rows, 9)};
        if (!rows_next(rows, &found))
            return false;
    }
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

/* ---- differences ------------------------------------------------------------------------------------------------- */

struct moves {
    struct moved *p;
    size_t n, cap;
};

/* Is the record among those that the condition shows, at that fact (0: now)? */
[[nodiscard]] static bool is_counted(struct tx *tx, const struct town *town, const struct who *who,
                                     const struct ledger *l, str where, id record, int64_t as_of, bool *ret)
{
    struct list_page page;
    str one = op_text(tx->op, "id = \"%.*s\"%s%.*s", PS(id_text(tx->op, record)), where.n ? " and " : "", PS(where));
    struct list_query q = {.where = one, .limit = 1, .as_of_fact = as_of};
    if (!list_read(tx, town, who, l, &q, &page))
        return false;
    *ret = page.record_count > 0;
    return true;
}

/* Who did what to the record last, and why: the newest fact that carries its values. */
[[nodiscard]] static bool moved_why(struct tx *tx, const struct fact *fact, struct moved *ret)
{
    struct json *body;
    int faults = tx->op->fault_count;
    *ret = (struct moved){.record = fact->record,
                          .who = op_copy(tx->op, fact->account_name),
                          .act = fact_act_name(fact->act),
                          .at = fact->at};
    if (fact->body.n && json_parse(tx->op, fact->body, &body))
        ret->reason = op_copy(tx->op, json_str(body, S("理由")));
    op_forgive(tx->op, faults);
    return true;
}

static bool met_before(const struct moves *all, id record)
{
    for (size_t i = 0; i < all->n; i++)
        if (id_eq(all->p[i].record, record))
            return true;
    return false;
}

/* Records of the ledger changed after the fact, newest first, that were counted then or are counted now. */
[[nodiscard]] static bool moves_find(struct tx *tx, const struct town *town, const struct who *who,
                                     const struct ledger *l, str where_then, str where_now, int64_t since,
                                     struct moves *ret)
{
    struct moves seen = {0};
    struct fact_query q = {.ledger = l->english, .limit = FACT_LIST_MAX};
    struct fact *facts;
    size_t count = 1;
    for (bool more = true; more && ret->n < MOVED_MAX;) {
        if (!fact_list(tx, &q, &facts, &count))
            return false;
        more = count == FACT_LIST_MAX;
        for (size_t i = 0; i < count && ret->n < MOVED_MAX; i++) {
            struct moved m;
            more = more && facts[i].no > since;
            if (facts[i].no <= since)
                break;
            q.before = facts[i].no;
            if (facts[i].version == 0 || met_before(&seen, facts[i].record))
                continue;
            if (!moved_why(tx, &facts[i], &m))
                return false;
            *list_add(tx->op, &seen) = m;
            if (!is_counted(tx, town, who, l, where_then, m.record, since, &m.counted_before) ||
                !is_counted(tx, town, who, l, where_now, m.record, 0, &m.counted_now))
                return false;
            m.ledger = l;
            if (m.counted_before || m.counted_now)
                *list_add(tx->op, ret) = m;
        }
    }
    return true;
}

/* Its changes since: the first of the history, which is newest first. */
static void changes_take(struct moved *m, const struct change *history, size_t count, int64_t since)
{
    m->changes = history;
    for (m->change_count = 0; m->change_count < count && history[m->change_count].fact_no > since; m->change_count++)
        ;
}

/* Titles and changes as the reader may see them. */
[[nodiscard]] static bool moves_told(struct tx *tx, const struct town *town, const struct who *who, int64_t since,
                                     struct moves *moves)
{
    struct op *op = tx->op;
    for (size_t i = 0; i < moves->n; i++) {
        struct moved *m = &moves->p[i];
        struct change *history;
        struct record *r;
        size_t count;
        int faults = op->fault_count;
        if (record_get(tx, town, who, m->ledger, m->record, &r))
            m->title = r->title;
        if (!op_has_fault(op, FAULT_SYSTEM) && record_history(tx, town, who, m->ledger, m->record, &history, &count))
            changes_take(m, history, count, since);
        if (op_has_fault(op, FAULT_SYSTEM))
            return false;
        op_forgive(op, faults); /* withdrawn, or not for these eyes: that it changed is still told */
    }
    return true;
}

/* The part as it was frozen; NULL: parts were not kept then, or it was not one of them. */
static const struct json *part_kept(const struct json *figure, str name)
{
    const struct json *parts = figure ? json_get(figure, S("部分")) : NULL;
    for (const struct json *p = parts ? parts->first : NULL; p; p = p->next)
        if (str_eq(json_str(p, S("名")), name))
            return p;
    return NULL;
}

/* What is made of parts moves with any of them. `kept`: the figure as it was frozen, whose condition shows what was
 * counted then; a part that was not kept is asked as it is defined now. */
[[nodiscard]] static bool moves_of(struct tx *tx, const struct town *town, const struct who *who,
                                   const struct indicator *i, const struct indicator_ask *asked,
                                   const struct json *kept, int64_t since, struct moves *ret)
{
    str now, then;
    for (size_t k = 0; k < i->part_count; k++)
        if (!moves_of(tx, town, who, i->parts[k].of, asked, part_kept(kept, i->parts[k].of->name), since, ret))
            return false;
    if (i->part_count)
        return true;
    if (!indicator_where(tx->op, i, asked, &now))
        return false;
    then = kept ? json_str(kept, S("条件")) : now;
    return moves_find(tx, town, who, i->ledger, then.n ? then : now, now, since, ret);
}

static void parts_changed(struct op *op, const struct indicator_value *v, const struct json *kept,
                          struct report_change *c)
{
    c->parts = op_array(op, struct part_change, v->indicator->part_count + 1);
    for (size_t k = 0; v->parts && k < v->indicator->part_count; k++) {
        const struct indicator_part *p = &v->indicator->parts[k];
        const struct json *then = part_kept(kept, p->of->name);
        str before = then ? json_str(then, S("值")) : S("");
        if (!str_eq(before, v->parts[k].text))
            c->parts[c->part_count++] = (struct part_change){p->sign, p->of->name, before, v->parts[k].text};
    }
}

/* What was frozen was counted for somebody else's eyes: it is shown to that account, and to who sees every row
 * anyway. */
static bool may_see(struct tx *tx, const struct town *town, const struct who *who, const struct frozen *f,
                    const struct indicator *i)
{
    struct right right;
    if (who->system || (!id_none(f->account) && id_eq(who->account, f->account)))
        return true;
    for (size_t k = 0; k < i->part_count; k++)
        if (!may_see(tx, town, who, f, i->parts[k].of))
            return false;
    if (i->part_count)
        return true;
    return right_ask(tx->op, who, plan_of(i->ledger), ACT_READ, &right) && right.all &&
           plan_of(i->ledger)->town == town;
}

bool report_changes(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                    id frozen, struct report_change **ret, size_t *ret_count)
{
    struct frozen f;
    struct json *body;
    struct { struct report_change *p; size_t n, cap; } changes = {0};
    if (!frozen_read(tx, frozen, &f, &body))
        return false;
    struct indicator_ask asked = {.from = f.from, .to = f.to, .person = f.person};
    const struct json *figures = json_get(body, S("数字"));
    for (const struct json *j = figures ? figures->first : NULL; j; j = j->next) {
        const struct indicator *i = indicator_find(all, json_str(j, S("名")));
        struct report_change c = {.name = json_str(j, S("名")), .before = json_str(j, S("值")), .now = S("指标已取消")};
        struct indicator_value v = {0};
        struct moves moves = {0};
        if (i && !may_see(tx, town, who, &f, i))
            continue;
        if (i && !indicator_value(tx, town, who, i, &asked, &v))
            return false;
        c.now = i ? v.text : c.now;
        if (str_eq(c.before, c.now))
            continue;
        if (i && !v.denied &&
            (!moves_of(tx, town, who, i, &asked, j, f.fact_no, &moves) || !moves_told(tx, town, who, f.fact_no, &moves)))
            return false;
        if (i && !v.denied)
            parts_changed(tx->op, &v, j, &c);
        c.moved = moves.p;
        c.moved_count = moves.n;
        *list_add(tx->op, &changes) = c;
    }
    *ret = changes.p;
    *ret_count = changes.n;
    return true;
}
