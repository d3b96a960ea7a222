/* Printed papers of a case or a ledger: 批办单, 公示, 整改通知书, 收文登记簿, and an outgoing document itself (公文). A form is a
 * layout of the paper room, a document is laid out as GB/T 9704 says; a print (packs/<pack>/prints) says where the values come
 * from; page preview and PDF are one layout. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/print.h"
#include "ledger/check.h"

struct printing {
    struct flow_tx *f;              /* of a case; NULL: of a ledger */
    struct tx *tx;
    struct op *op;
    const struct flow *flow;
    const struct who *who;
    const struct print *print;
    const struct flow_print *ask;
    struct names names;
    const struct ledger *own;       /* the print's */
    const struct record *record;    /* of it; NULL: of the whole ledger */
    int64_t rows;                   /* of 本台账 */
};

/* ---- values as they stand on paper ----------------------------------------------------------------------------- */

/* On a paper as an office writes it; the narrow columns of a register take it as it stands in the ledger. */
static str time_shown(const struct printing *p, time_ms at)
{
    return !at ? S("") : p->record ? moment_shown(p->op, at) : time_said(p->op, at);
}

static str list_shown(struct op *op, const struct json *list)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (const struct json *e = list->first; e; e = e->next)
        buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(e->text));
    return buf_str(&b);
}

/* Somebody on paper is called by their name alone: the office they hold is not said after every signature. */
[[nodiscard]] static bool person_called(struct printing *p, const struct ledger *people, str record, str label, str *ret)
{
    struct record *r;
    bool within;
    id who;
    *ret = label;
    if (!id_parse(record, &who))
        return true;
    if (!record_within(p->tx, p->flow->town, p->who, people, ACT_READ, who, &within) ||
        (within && !record_get(p->tx, p->flow->town, p->who, people, who, &r)))
        return false;
    str name = within ? json_str(r->values, S("姓名")) : S("");
    *ret = name.n ? name : label;
    return true;
}

[[nodiscard]] static bool people_shown(struct printing *p, const struct ledger *people, const struct json *ids, const struct json *labels,
                                       str *ret)
{
    struct buf b;
    str name;
    bool many = ids->kind == JSON_ARRAY;
    const struct json *label = !labels ? NULL : many ? labels->first : labels;
    buf_init(&b, p->op, 0);
    for (SOURCES(one, ids)) {
        if (!person_called(p, people, one->text, label ? label->text : S(""), &name))
            return false;
        buf_text(&b, "%s%.*s", b.n && name.n ? "、" : "", PS(name));
        label = label && many ? label->next : NULL;
    }
    *ret = buf_str(&b);
    return true;
}

static str value_shown(struct printing *p, enum field_type kind, const struct json *v)
{
    time_ms at;
    day d;
    if (!v || v->kind == JSON_NULL)
        return S("");
    if (v->kind == JSON_TRUE || v->kind == JSON_FALSE)
        return v->kind == JSON_TRUE ? S("是") : S("否");
    if (v->kind == JSON_ARRAY)
        return list_shown(p->op, v);
    if (v->kind == JSON_OBJECT) /* a signature: its picture, for the place of one (图) */
        return kind == F_SIGNATURE ? json_str(v, S("图")) : S("");
    dec number;
    if (kind == F_DECIMAL && dec_parse(v->text, &number)) /* 2 seats, not 2.00 */
        return dec_text(p->op, number);
    if (kind == F_TIME && time_parse(v->text, &at))
        return time_shown(p, at);
    return kind == F_DAY && p->record && day_parse(v->text, &d) ? day_shown(p->op, d) : v->text;
}

[[nodiscard]] static bool field_shown(struct printing *p, const struct record *r, const struct field *f, str *ret)
{
    const struct json *label = json_get(r->labels, f->name), *v = json_get(r->values, f->name);
    const struct ledger *target = f->target.n ? town_ledger(p->flow->town, f->target) : NULL;
    if (v && v->kind != JSON_NULL && target && str_eq(target->name, S("干部")))
        return people_shown(p, target, v, label, ret);
    *ret = value_shown(p, f->value, label && (label->kind == JSON_STRING || label->kind == JSON_ARRAY) ? label : v);
    return true;
}

[[nodiscard]] static bool town_called(struct printing *p, str *ret)
{
    const struct ledger *groups = town_ledger(p->flow->town, S("村组"));
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    struct list_query q = {.where = S("上级 = null"), .limit = 1};
    struct list_page page;
    *ret = S("");
    if (!groups || !ledger_field(groups, S("上级")))
        return true;
    if (!list_read(p->tx, p->flow->town, &system, groups, &q, &page))
        return false;
    *ret = page.record_count ? page.records[0].title : S("");
    return true;
}

[[nodiscard]] static bool group_called(struct printing *p, const struct ledger *l, id record, str *ret)
{
    const struct ledger *groups = town_ledger(p->flow->town, S("村组"));
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    id group;
    *ret = S("");
    return !groups || (record_group(p->tx, l, record, &group) &&
                       (id_none(group) || record_title(p->tx, p->flow->town, &system, groups, group, ret)));
}

/* ---- of the case ----------------------------------------------------------------------------------------------- */

/* When the clock of a timer ends, or would end if it began now. */
[[nodiscard]] static bool clock_end(struct printing *p, str name, time_ms *ret)
{
    int node;
    time_ms due;
    *ret = 0;
    for (int32_t c = -1; (c = bpmn_clock_next(&p->f->run, c, &node, &due)) >= 0;)
        if (step_meant(p->f, node, name))
            *ret = due;
    for (size_t i = 0; i < p->f->procedure->clock_count && !*ret; i++) {
        struct due counted;
        if (!step_meant(p->f, p->f->procedure->clocks[i].node, name))
            continue;
        if (!flow_due(p->f, p->f->procedure->clocks[i].due, p->op->now, &counted))
            return false;
        *ret = counted.at;
    }
    return true;
}

[[nodiscard]] static bool answers_below(struct printing *p, str *ret)
{
    struct flow_kin *kin;
    size_t count;
    struct buf b;
    buf_init(&b, p->op, 0);
    if (!flow_path(p->tx, p->flow, p->who, p->f->case_id, &kin, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (kin[i].up >= 0 && id_eq(kin[kin[i].up].case_id, p->f->case_id))
            buf_text(&b, "%s%.*s：%.*s", b.n ? "；" : "", PS(kin[i].group),
                     PS(kin[i].feedback.n ? kin[i].feedback : kin[i].place.n ? kin[i].place : S("未反馈")));
    *ret = buf_str(&b);
    return true;
}

[[nodiscard]] static bool node_value(struct printing *p, str head, str node, str *ret)
{
    const struct bpmn_state *s = &p->f->run.state;
    time_ms end = 0;
    *ret = S("");
    if (str_eq(head, S("钟:")) || str_eq(head, S("天数:"))) {
        if (!clock_end(p, node, &end))
            return false;
        *ret = !end                     ? S("")
               : str_eq(head, S("钟:")) ? day_shown(p->op, day_at(end))
                                        : op_text(p->op, "%d天", (int)(day_at(end) - day_at(p->op->now)));
        return true;
    }
    int32_t at = word_last(p->f, node);
    if (at < 0)
        return true;
    const struct bpmn_act_row *a = &s->acts.p[at];
    *ret = str_eq(head, S("意见:")) ? word_whole(p->f, &p->names, at)
           : str_eq(head, S("人:")) ? word_speaker(p->f, &p->names, a)
           : str_eq(head, S("签:")) ? word_signed(p->f, a)
           : str_eq(head, S("日:")) ? day_shown(p->op, day_at(a->at))
                                    : time_shown(p, a->at);
    return true;
}

/* Words of a print in which {镇} stands for the town's name. */
[[nodiscard]] static bool words_shown(struct printing *p, str words, str *ret)
{
    const str mark = S("{镇}");
    str town;
    size_t at;
    *ret = words;
    if (!str_find(words, mark, &at))
        return true;
    if (!town_called(p, &town))
        return false;
    struct buf b;
    buf_init(&b, p->op, 0);
    for (; str_find(words, mark, &at); words = str_part(words, at + mark.n, words.n)) {
        buf_add(&b, str_part(words, 0, at));
        buf_add(&b, town);
    }
    buf_add(&b, words);
    *ret = buf_str(&b);
    return true;
}

/* 本人, 本人电话: who prints it, whom people may ask. */
[[nodiscard]] static bool self_called(struct printing *p, bool phone, str *ret)
{
    const struct ledger *people = town_ledger(p->flow->town, S("干部"));
    struct record *r;
    bool within;
    *ret = phone ? S("") : p->who->name;
    if (!phone || !people || id_none(p->who->staff))
        return true;
    if (!record_within(p->tx, p->flow->town, p->who, people, ACT_READ, p->who->staff, &within) ||
        (within && !record_get(p->tx, p->flow->town, p->who, people, p->who->staff, &r)))
        return false;
    str duty = within ? json_str(r->values, S("值班电话")) : S("");
    *ret = duty.n || !within ? duty : json_str(r->values, S("手机"));
    return true;
}

/* 壹佰元整; an amount that its reader may not see stays covered. */
[[nodiscard]] static bool capital_shown(struct printing *p, const struct record *r, const struct field *f, str *ret)
{
    enum { FEN_DIGITS = 2 };
    dec amount;
    int64_t fen;
    if (!field_shown(p, r, f, ret))
        return false;
    if (dec_parse(*ret, &amount) && dec_scaled(amount, FEN_DIGITS, &fen) && fen <= MONEY_FEN_MAX && fen >= -MONEY_FEN_MAX)
        *ret = money_capital(p->op, fen);
    return true;
}

static enum field_type written_kind(const struct printing *p, const struct ledger *l, str source)
{
    for (size_t i = 0; i < p->print->written.n; i++)
        if (p->print->written.p[i].of == l && str_eq(p->print->written.p[i].reach->name, source))
            return p->print->written.p[i].reach->end->value;
    return F_TEXT;
}

[[nodiscard]] static bool source_value(struct printing *p, const struct ledger *l, const struct record *r, str source, str *ret)
{
    const struct field *field = ledger_field(l, source);
    str capital;
    *ret = S("");
    if (print_is_quoted(source))
        return words_shown(p, str_part(source, 1, source.n - 1), ret);
    if (print_is_written(source))
        return !r || words_shown(p, value_shown(p, written_kind(p, l, source), json_get(r->values, source)), ret);
    if (field && r) /* of the whole ledger, 起 and 止 are days of the question even where it has fields of that name */
        return field_shown(p, r, field, ret);
    if (print_capital(source, &capital))
        return !r || capital_shown(p, r, ledger_field(l, capital), ret);
    if (str_eq(source, S("镇")))
        return town_called(p, ret);
    if (str_starts(source, S("本人")))
        return self_called(p, !str_eq(source, S("本人")), ret);
    if (str_eq(source, S("今天")))
        *ret = day_shown(p->op, day_at(p->op->now));
    else if (str_eq(source, S("起")) || str_eq(source, S("止")))
        *ret = str_eq(source, S("起")) ? p->ask->from : p->ask->to;
    else if (str_eq(source, S("件数")))
        *ret = op_text(p->op, "%lld", (long long)p->rows);
    else if (str_eq(source, S("归属")))
        return !r || group_called(p, l, r->id, ret);
    else if (!p->f)
        return true;
    else if (str_eq(source, S("村组反馈")))
        return answers_below(p, ret);
    else if (str_eq(source, S("办结"))) /* an unfinished paper never looks finished */
        *ret = p->f->run.state.end == BPMN_RUNNING ? S("未办结") : time_shown(p, p->f->run.state.ended_at);
    str head, step;
    return !p->f || !print_step(source, &head, &step) || node_value(p, head, step, ret);
}

[[nodiscard]] static bool value_of(struct printing *p, const struct ledger *l, const struct record *r, const struct json *value, str *ret)
{
    *ret = S("");
    for (SOURCES(s, value))
        if (!ret->n && !source_value(p, l, r, s->text, ret))
            return false;
    return true;
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static void word_row(struct printing *p, const struct json *ask, int32_t at, struct json_out *w)
{
    const struct bpmn_act_row *a = &p->f->run.state.acts.p[at];
    json_open(w, '{');
    for (const struct json *v = json_get(ask, S("值"))->first; v; v = v->next)
        json_put_text(w, v->key, str_eq(v->text, S("内容"))  ? word_said(p->f, a)
                            : str_eq(v->text, S("人")) ? word_speaker(p->f, &p->names, a)
                            : str_eq(v->text, S("签")) ? word_signed(p->f, a)
                                                       : time_shown(p, a->at));
    json_close(w, '}');
}

/* What mends a word stands right below it, with its own name and time; the word stays as it was. */
static void words_rows(struct printing *p, const struct json *ask, struct json_out *w)
{
    str node = str_part(json_str(ask, S("取")), S("意见:").n, json_str(ask, S("取")).n);
    for (int32_t at = word_at(p->f, node, -1); at >= 0; at = word_at(p->f, node, at)) {
        word_row(p, ask, at, w);
        for (int32_t more = word_mended(p->f, at, at); more >= 0; more = word_mended(p->f, at, more))
            word_row(p, ask, more, w);
    }
}

static void reader_rows(struct printing *p, const struct json *ask, struct json_out *w)
{
    const struct bpmn_state *s = &p->f->run.state;
    for (size_t i = 0; i < s->copies.n; i++) {
        const struct bpmn_copy *c = &s->copies.p[i];
        if (c->recalled)
            continue;
        json_open(w, '{');
        for (const struct json *v = json_get(ask, S("值"))->first; v; v = v->next)
            json_put_text(w, v->key, str_eq(v->text, S("人"))     ? names_of(&p->names, c->who)
                                : str_eq(v->text, S("送出")) ? time_shown(p, c->sent)
                                : str_eq(v->text, S("阅毕")) ? time_shown(p, c->read_at)
                                                             : c->note);
        json_close(w, '}');
    }
}

[[nodiscard]] static bool record_row(struct printing *p, const struct ledger *l, const struct record *r,
                                     const struct json *ask, struct json_out *w)
{
    json_open(w, '{');
    for (const struct json *v = json_get(ask, S("值"))->first; v; v = v->next) {
        str text;
        if (!value_of(p, l, r, v, &text))
            return false;
        json_put_text(w, v->key, text);
    }
    json_close(w, '}');
    return true;
}

/* The further reaches that a print asks of a ledger. */
static size_t reaches_of(const struct printing *p, const struct ledger *l, const struct reach *const **ret)
{
    const struct reach **list = op_array(p->op, const struct reach *, p->print->written.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < p->print->written.n; i++)
        if (p->print->written.p[i].of == l)
            list[n++] = p->print->written.p[i].reach;
    *ret = list;
    return n;
}

struct listed {
    struct record *p;
    size_t n, cap;
};

[[nodiscard]] static bool list_keep(struct printing *p, struct listed *all, const struct ledger *l, const struct list_page *page, bool grouped)
{
    for (size_t i = 0; i < page->record_count; i++) {
        struct record *r = list_add(p->op, all);
        *r = page->records[i];
        if (grouped && !record_group(p->tx, l, r->id, &r->group))
            return false;
    }
    return true;
}

/* Each village group's rows together, in the order in which they stood: a list is posted village by village. */
static int by_group(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    int order = memcmp(&x->group, &y->group, sizeof x->group);
    return order ? order : memcmp(&x->id, &y->id, sizeof x->id);
}

/* Names to be covered (遮) are covered by the same masks that pages use, whoever prints it: it goes on a wall. */
[[nodiscard]] static bool list_rows(struct printing *p, const struct ledger *l, const struct field *by,
                                    const struct json *ask, struct json_out *w)
{
    struct { str *p; size_t n, cap; } covered = {0};
    const struct json *cover = json_get(ask, S("遮"));
    for (const struct json *e = cover ? cover->first : NULL; e; e = e->next)
        *list_add(p->op, &covered) = e->text;
    struct grant grant = {.ledger = l->name, .acts = 1u << ACT_READ, .whole_town = true, .masks = true,
                          .masked = covered.p, .masked_count = covered.n};
    struct who reader = {.name = p->who->name, .account = p->who->account, .grants = &grant, .grant_count = 1};
    str period = json_str(ask, S("期")), sort = json_str(ask, S("排")), only = json_str(ask, S("条件"));
    bool grouped = str_eq(sort, S("归属"));
    const struct who *reader_of = covered.n ? &reader : p->who;
    struct right right;
    str where = by ? op_text(p->op, "%.*s = \"%.*s\"", PS(by->name), PS(id_text(p->op, p->record->id))) : S("");
    /* A roll that is not covered for everybody's eyes is taken out of its ledger, like an export. */
    if (by && !covered.n && !right_for(p->op, p->flow->town, p->who, l, ACT_EXPORT, &right))
        return false;
    if (period.n)
        where = op_text(p->op, "%.*s >= date(\"%.*s\") and %.*s <= date(\"%.*s\")", PS(period), PS(p->ask->from),
                        PS(period), PS(p->ask->to));
    if (only.n)
        where = where.n ? op_text(p->op, "%.*s and (%.*s)", PS(where), PS(only)) : only;
    struct list_query q = {.where = where, .limit = LIST_LIMIT_MAX, .sort = &sort, .sort_count = sort.n > 0 && !grouped};
    q.reach_count = reaches_of(p, l, &q.reaches);
    struct list_page page;
    struct listed all = {0};
    do {
        if (!list_read(p->tx, p->flow->town, reader_of, l, &q, &page) || !list_keep(p, &all, l, &page, grouped))
            return false;
        q.cursor = page.next;
    } while (page.next.n && all.n < FLOW_PRINT_ROWS_MAX);
    if (page.next.n)
        return op_fail(p->op, FAULT_INPUT, S("起"), "一次最多印 %d 行，请缩短起止日期", FLOW_PRINT_ROWS_MAX);
    if (grouped && all.n)
        qsort(all.p, all.n, sizeof *all.p, by_group);
    for (size_t i = 0; i < all.n; i++)
        if (!record_row(p, l, &all.p[i], ask, w))
            return false;
    p->rows += (int64_t)all.n;
    return true;
}

/* Those whom a field of the record names, in its order, each as its own reader may see it. */
[[nodiscard]] static bool named_rows(struct printing *p, const struct ledger *l, const struct field *by, const struct json *ask,
                                     struct json_out *w)
{
    const struct reach *const *reaches;
    size_t count = reaches_of(p, l, &reaches);
    const struct json *names = json_get(p->record->values, by->name);
    if (!names || names->kind != JSON_ARRAY)
        return true;
    for (const struct json *e = names->first; e; e = e->next) {
        struct record *r;
        id who;
        if (id_parse(e->text, &who) && (!record_reached(p->tx, p->flow->town, p->who, l, who, reaches, count, &r) ||
                                        !record_row(p, l, r, ask, w)))
            return false;
    }
    return true;
}

[[nodiscard]] static bool rows_write(struct printing *p, const struct json *ask, struct json_out *w)
{
    str taken = json_str(ask, S("取"));
    const struct field *by;
    const struct ledger *l = print_rows(p->flow->town, p->own, taken, &by);
    bool done = true;
    json_open(w, '[');
    if (str_eq(taken, S("本台账")))
        done = list_rows(p, l, NULL, ask, w);
    else if (p->f && str_eq(taken, S("传阅")))
        reader_rows(p, ask, w);
    else if (p->f && str_starts(taken, S("意见:")))
        words_rows(p, ask, w);
    else if (p->record && str_eq(taken, S("本记录")))
        done = record_row(p, l, p->record, ask, w);
    else if (p->record && l)
        done = by->type == F_REFS ? named_rows(p, l, by, ask, w) : list_rows(p, l, by, ask, w);
    json_close(w, ']');
    return done;
}

/* ---- pictures -------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool picture_read(struct printing *p, str digest, const struct paper_image **ret)
{
    int fd;
    int64_t size, done = 0;
    struct paper_image *image;
    if (!store_file_open(p->tx, digest, &fd, &size) || size > PAPER_IMAGE_BYTES_MAX)
        return false;
    char *bytes = op_alloc(p->op, (size_t)size + 1);
    while (done < size) {
        ssize_t n = pread(fd, bytes + done, (size_t)(size - done), done);
        if (n <= 0)
            return false;
        done += n;
    }
    if (!paper_image_read(p->op, (str){bytes, (size_t)size}, &image))
        return false;
    *ret = image;
    return true;
}

/* What is no picture that can be drawn leaves its place empty: the slip prints all the same. */
static const struct paper_image *picture_of(void *context, str digest)
{
    struct printing *p = context;
    const struct paper_image *image = NULL;
    int faults = p->op->fault_count;
    if (!picture_read(p, digest, &image) && !op_has_fault(p->op, FAULT_SYSTEM))
        op_forgive(p->op, faults);
    return image;
}

/* ---- the page -------------------------------------------------------------------------------------------------- */

/* What stands on it, before it is laid out. */
[[nodiscard]] static bool values_make(struct printing *p, str *ret)
{
    struct op *op = p->op;
    struct buf b;
    str text;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    const struct json *rows = json_get(p->print->json, S("行")), *plain = json_get(p->print->json, S("值"));
    json_open(&w, '{');
    for (const struct json *r = rows ? rows->first : NULL; r; r = r->next) {
        json_key(&w, r->key);
        if (!json_get(r, S("值")) || !rows_write(p, r, &w))
            return json_get(r, S("值")) ? false : op_fail(op, FAULT_INPUT, p->print->file, "行“%.*s”没有“值”", PS(r->key));
    }
    for (const struct json *v = plain ? plain->first : NULL; v; v = v->next) {
        if (!value_of(p, p->own, p->record, v, &text))
            return false;
        json_put_text(&w, v->key, text);
    }
    json_close(&w, '}');
    *ret = buf_str(&b);
    return !p->names.failed && !(p->f && p->f->failed);
}

[[nodiscard]] static bool paper_lay(struct printing *p, struct paper **ret)
{
    struct op *op = p->op;
    struct paper_rules *rules;
    struct paper_fonts *fonts;
    struct json *values;
    struct paper_official doc;
    str text;
    if (!values_make(p, &text) || !paper_open(op, p->flow->packs, &rules, &fonts))
        return false;
    if (!p->print->form)
        return paper_official_read(op, text, &doc) && paper_official(op, fonts, rules, &doc, ret);
    return json_parse(op, text, &values) &&
           paper_form(op, fonts, p->print->form, values, &(struct paper_fill){.image = picture_of, .context = p}, ret);
}

/* The record alone, by its reader's own right. */
[[nodiscard]] static bool record_begin(struct printing *p, const struct who *reader, id record)
{
    const struct reach *const *reaches;
    struct record *r;
    size_t count = reaches_of(p, p->own, &reaches);
    if (!record_reached(p->tx, p->flow->town, reader, p->own, record, reaches, count, &r))
        return false;
    p->record = r;
    return true;
}

/* Fills p, which lasts as long as *f. */
[[nodiscard]] static bool printing_begin(struct printing *p, struct flow_tx *f, struct tx *tx, const struct flow *flow,
                                         const struct who *who, const struct flow_print *ask)
{
    bool within = false;
    day d;
    enum flow_print_kind kind = !id_none(ask->case_id) ? PRINT_CASE : !id_none(ask->record) ? PRINT_RECORD : PRINT_LEDGER;
    *p = (struct printing){.tx = tx, .op = tx->op, .flow = flow, .who = who, .ask = ask, .own = ask->ledger};
    names_init(&p->names, tx, flow);
    if (kind == PRINT_CASE) {
        case_init(f, tx, flow, who);
        if (!case_load(f, ask->case_id) || !case_reader(f) || !case_record(f) ||
            !record_within(tx, flow->town, who, f->procedure->ledger, ACT_READ, f->record, &within))
            return false;
        p->f = f;
        p->own = f->procedure->ledger;
    }
    p->print = print_find(flow, p->own, kind, ask->form);
    if (!p->print)
        return op_fail(tx->op, FAULT_MISSING, S("form"), "台账“%.*s”没有印件“%.*s”", PS(p->own->name), PS(ask->form));
    if (kind == PRINT_CASE) {
        struct who reader = within ? *who : case_reader_who(f);
        return record_begin(p, &reader, f->record);
    }
    if (kind == PRINT_RECORD)
        return record_begin(p, who, ask->record);
    return (day_parse(ask->from, &d) && day_parse(ask->to, &d)) ||
           op_fail(tx->op, FAULT_INPUT, S("from"), "请写起止日期，如 2021-07-01");
}

bool print_values(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_print *ask, str *ret)
{
    struct flow_tx f;
    struct printing p;
    return printing_begin(&p, &f, tx, flow, who, ask) && values_make(&p, ret);
}

bool flow_print(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_print *ask,
                struct paper **ret)
{
    struct flow_tx f;
    struct printing p;
    return printing_begin(&p, &f, tx, flow, who, ask) && paper_lay(&p, ret);
}
