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
        "alter table report_frozen add column title text", /* null: of before; the text has it */
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

/* A ledger and its fields that are written out. */
static void told_out(struct json_out *w, const struct report_told *t)
{
    json_open(w, '{');
    json_put_text(w, S("台账"), t->ledger->english);
    json_put_open(w, S("字段"), '[');
    for (size_t f = 0; f < t->ledger->field_count; f++)
        if (t->plain[f])
            json_text(w, t->ledger->fields[f].name);
    json_close(w, ']');
    json_close(w, '}');
}

/* 正文: of a paragraph its runs, of a table its rows. */
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
    json_put_open(&w, S("写出"), '[');
    for (size_t i = 0; i < r->told_count; i++)
        told_out(&w, &r->told[i]);
    json_close(&w, ']');
    json_put_open(&w, S("正文"), '[');
    for (size_t i = 0; i < r->block_count; i++) {
        const struct report_block *x = &r->blocks[i];
        json_open(&w, '[');
        for (size_t k = 0; !x->cells && k < x->run_count; k++)
            json_text(&w, x->runs[k].text);
        for (size_t k = 0; x->cells && k < x->rows; k++)
            json_texts(&w, x->cells + k * x->columns, x->columns);
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
                       .title = r->title,
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
                   "body, account, title)"
                   " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                   ARGS(TEXT(store_town(tx)), ID(f.id), TEXT(f.name), INT(f.from), INT(f.to), ID(f.person), INT(f.at),
                        TEXT(f.by), INT(f.fact_no), TEXT(f.digest), TEXT(body), ID(f.account), TEXT(f.title)),
                   NULL) ||
        !fact_keep(tx, &fact, &no))
        return false;
    *ret = f;
    return true;
}

bool report_frozen(struct tx *tx, id id_of, struct frozen *ret)
{
    struct json *text;
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
    if (!json_parse(op, body, &text))
        return false;
    ret->body = text;
    ret->title = json_str(text, S("标题"));
    return true;
}

/* What stands at the head of a report that was frozen before its title was kept beside the text. */
static str title_within(struct op *op, str body)
{
    struct json *text;
    int faults = op->fault_count;
    str title = json_parse(op, body, &text) ? json_str(text, S("标题")) : S("");
    op_forgive(op, faults);
    return title;
}

bool report_frozen_list(struct tx *tx, struct frozen **ret, size_t *ret_count)
{
    struct { struct frozen *p; size_t n, cap; } list = {0};
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select id, name, from_day, to_day, person, at, by_name, fact_no, digest, account, title, "
                     "case when title is null then body end from report_frozen where town = $1"
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
                                                   .account = rows_id(rows, 9),
                                                   .title = rows_is_null(rows, 10) ? title_within(tx->op, rows_text(rows, 11)) : rows_text(rows, 10)};
        if (!rows_next(rows, &found))
            return false;
    }
    *ret = list.p;
    *ret_count = list.n;
    return true;
}
