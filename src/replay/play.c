/* The days: what is due is done in the order of its moments; an event that begins promises its times. */
#include <stdlib.h>

#include "base/base.h"
#include "demo/demo.h"
#include "replay/inner.h"

enum { SPAN_DAYS = 31 };
#define DAY_MS ((time_ms)24 * 3600 * 1000)

static time_ms moment(day d, int64_t minutes)
{
    return (time_ms)d * DAY_MS - TOWN_OFFSET_MS + minutes * 60000;
}

/* ---- what is due ------------------------------------------------------------------------------------------------- */

static bool earlier(const struct due *a, const struct due *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void promise(struct play *p, time_ms at, struct turn *turn)
{
    struct due due = {at, p->promised++, turn};
    *list_add(p->keep, &p->queue) = due;
    size_t i = p->queue.n - 1;
    for (; i > 0 && earlier(&due, &p->queue.p[(i - 1) / 2]); i = (i - 1) / 2)
        p->queue.p[i] = p->queue.p[(i - 1) / 2];
    p->queue.p[i] = due;
}

static struct due take(struct play *p)
{
    struct due first = p->queue.p[0], last = p->queue.p[--p->queue.n];
    size_t i = 0;
    for (;;) {
        size_t k = 2 * i + 1;
        if (k + 1 < p->queue.n && earlier(&p->queue.p[k + 1], &p->queue.p[k]))
            k++;
        if (k >= p->queue.n || !earlier(&p->queue.p[k], &last))
            break;
        p->queue.p[i] = p->queue.p[k];
        i = k;
    }
    if (p->queue.n)
        p->queue.p[i] = last;
    return first;
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

void kept_add(struct play *p, str name, struct thing thing)
{
    struct things *list = map_get(&p->kept, name);
    if (!list) {
        list = op_new(p->keep, struct things);
        map_put(&p->kept, name, list);
    }
    *list_add(p->keep, list) = thing;
}

struct dealt {                       /* a row, the value of 均, that of 够 or 合 */
    struct thing thing;
    str group;
    int64_t amount;
    size_t place;
    bool taken;
};
struct rows_dealt {
    struct dealt *p;
    size_t n, cap;
};

/* From all groups in turn, so that no village has none while another has many. */
static void deal(struct play *p, struct rows_dealt *rows, size_t wanted, struct things *ret)
{
    while (ret->n < wanted) {
        struct map round;
        map_init(&round, p->op);
        for (size_t i = 0; i < rows->n && ret->n < wanted; i++)
            if (!rows->p[i].taken && map_put(&round, rows->p[i].group, rows)) {
                rows->p[i].taken = true;
                *list_add(p->op, ret) = rows->p[i].thing;
            }
    }
}

/* How many, in which order; what they have together. */
static int64_t pick(struct play *p, const struct json *each, struct rows_dealt *rows, size_t wanted, struct things *ret)
{
    int64_t sum = 0;
    *ret = (struct things){0};
    for (size_t i = 0; i < rows->n; i++)
        rows->p[i].taken = false;
    if (json_get(each, S("均")))
        deal(p, rows, wanted, ret);
    for (size_t i = 0; i < rows->n && ret->n < wanted; i++) {
        rows->p[i].taken = true;
        *list_add(p->op, ret) = rows->p[i].thing;
    }
    for (size_t i = 0; i < rows->n; i++)
        sum += rows->p[i].taken ? rows->p[i].amount : 0;
    return sum;
}

static int larger_first(const void *a, const void *b)
{
    const struct dealt *x = a, *y = b;
    if (x->amount != y->amount)
        return x->amount > y->amount ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

static void larger_sort(struct rows_dealt *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        rows->p[i].place = i;
    if (rows->n)
        qsort(rows->p, rows->n, sizeof *rows->p, larger_first);
}

/* 村组, or 主体户.村组: a field of the record that a field refers to. */
static bool group_of(struct play *p, const struct ledger *l, const struct record *r, str path, str *ret)
{
    struct who system = {.name = S("系统"), .system = true};
    str first, rest;
    if (!str_split(path, '.', &first, &rest)) {
        *ret = json_str(r->values, path);
        return true;
    }
    const struct field *f = ledger_field(l, first);
    const struct ledger *far = f && f->type == F_REF ? town_ledger(p->town, f->target) : NULL;
    struct record *other;
    id record;
    *ret = S("");
    if (!far || !id_parse(json_str(r->values, first), &record))
        return true;
    return record_get(p->tx, p->town, &system, far, record, &other) && group_of(p, far, other, rest, ret);
}

static bool rows_read(struct play *p, str file, const struct json *each, str amount, struct rows_dealt *ret)
{
    struct who system = {.name = S("系统"), .system = true};
    str name = json_str(each, S("台账")), group = json_str(each, S("均"));
    const struct ledger *l = town_ledger(p->town, name);
    struct list_query q = {.limit = LIST_LIMIT_MAX};
    struct list_page page;
    *ret = (struct rows_dealt){0};
    if (!l)
        return script_wrong(p, file, each, "没有台账“%.*s”", PS(name));
    if (!say_text(p, file, json_get(each, S("条件")), &q.where))
        return false;
    do {
        if (!list_read(p->tx, p->town, &system, l, &q, &page))
            return false;
        for (size_t i = 0; i < page.record_count; i++) {
            struct dealt *row = list_add(p->op, ret);
            *row = (struct dealt){.thing = {l, page.records[i].id}};
            const struct json *measured = amount.n ? json_get(page.records[i].values, amount) : NULL;
            if (measured)
                (void)json_int(measured, &row->amount); /* not known: nothing */
            if (!group_of(p, l, &page.records[i], group, &row->group))
                return false;
        }
        q.cursor = page.next;
    } while (page.next.n);
    return true;
}

bool list_sum(struct play *p, str file, const struct json *what, int64_t *ret)
{
    struct rows_dealt rows;
    struct things largest;
    int64_t wanted;
    if (!rows_read(p, file, what, json_str(what, S("合")), &rows) ||
        !say_number(p, file, json_get(what, S("取")), (int64_t)rows.n, &wanted))
        return false;
    larger_sort(&rows);
    *ret = pick(p, what, &rows, wanted < 0 ? 0 : (size_t)wanted < rows.n ? (size_t)wanted : rows.n, &largest);
    return true;
}

bool list_of(struct play *p, str file, const struct json *each, struct things *ret)
{
    str kept = json_str(each, S("记")), keep_as = json_str(each, S("记作"));
    const struct json *enough = json_get(each, S("够"));
    struct rows_dealt rows = {0};
    int64_t wanted, together;
    if (kept.n) {
        const struct things *list = map_get(&p->kept, kept);
        if (!list && !script_names(p, kept))
            return script_wrong(p, file, each, "没有哪一步记作“%.*s”", PS(kept));
        for (size_t i = 0; list && i < list->n; i++)
            *list_add(p->op, &rows) = (struct dealt){.thing = list->p[i]};
    } else if (!rows_read(p, file, each, json_str(enough, S("字段")), &rows)) {
        return false;
    }
    if (!say_number(p, file, json_get(each, S("取")), (int64_t)rows.n, &wanted) ||
        !say_number(p, file, json_get(enough, S("共")), 0, &together))
        return false;
    if (wanted < 0 || (size_t)wanted > rows.n)
        return script_wrong(p, file, each, "要取 %lld 条，只有 %zu 条；请改小这个数，或加大人口数", (long long)wanted, rows.n);
    if (pick(p, each, &rows, (size_t)wanted, ret) < together) {
        larger_sort(&rows);
        (void)pick(p, each, &rows, (size_t)wanted, ret);
    }
    for (size_t i = 0; keep_as.n && i < ret->n; i++)
        kept_add(p, keep_as, ret->p[i]);
    return true;
}

/* ---- an event begins --------------------------------------------------------------------------------------------- */

/* 分: each time has at least so much and at most so much, and together they have the sum. */
static bool share(struct play *p, const struct event *e, struct turn *const *turns, int64_t count)
{
    const struct json *rule = json_get(e->json, S("分"));
    int64_t left, least;
    if (!rule)
        return true;
    int64_t *most = op_array(p->op, int64_t, (size_t)count + 1);
    if (!say_number(p, e->file, json_get(rule, S("共")), 0, &left) ||
        !say_number(p, e->file, json_get(rule, S("至少")), 1, &least))
        return false;
    left -= least * count;
    for (int64_t i = 0; i < count; i++) {
        p->turn = turns[i];
        bool said = say_number(p, e->file, json_get(rule, S("至多")), INT64_MAX, &most[i]);
        p->turn = NULL;
        if (!said)
            return false;
        turns[i]->share = least;
    }
    for (bool given = true; left > 0 && given;) {
        given = false;
        for (int64_t i = 0; i < count && left > 0; i++)
            if (turns[i]->share < most[i]) {
                turns[i]->share++;
                left--;
                given = true;
            }
    }
    if (left < 0)
        return script_wrong(p, e->file, rule, "分不开：%lld 次，每次至少 %lld，还少 %lld；请改大“共”", (long long)count,
                            (long long)least, (long long)-left);
    return left == 0 || script_wrong(p, e->file, rule, "分不开：每次都到了“至多”，还多 %lld；请改小“共”", (long long)left);
}

static bool hour_of(struct play *p, str file, const struct json *at, int64_t usual, int64_t *ret)
{
    str text;
    *ret = usual;
    if (!say_text(p, file, at, &text))
        return false;
    if (!text.n)
        return true;
    if (text.n != 5 || text.p[2] != ':')
        return script_wrong(p, file, at, "“时”须写成 09:30 的样子");
    *ret = ((text.p[0] - '0') * 10 + text.p[1] - '0') * 60 + (text.p[3] - '0') * 10 + text.p[4] - '0';
    return (*ret >= 0 && *ret < 24 * 60) || script_wrong(p, file, at, "“时”须写成 09:30 的样子");
}

/* Offices work on working days; the last day of the replay is the latest. A replay that was moved keeps the holidays of
 * the days that were written: what follows what must not depend on the year it is moved to. */
static day office_day(const struct play *p, const struct json *event, day d)
{
    while (!json_true(event, S("不避假")) && d < p->to && !work_calendar_is(town_calendar(p->town), d - p->moved))
        d++;
    return d;
}

static bool turns_make(struct play *p, const struct event *e, struct things *rows, int64_t count, day first)
{
    const struct json *steps = json_get(e->json, S("做"));
    struct turn **turns = op_array(p->op, struct turn *, (size_t)count + 1);
    day last;
    int64_t minutes;
    if (!say_day(p, e->file, json_get(e->json, S("到")), first, &last) ||
        !hour_of(p, e->file, json_get(e->json, S("时")), 9 * 60, &minutes))
        return false;
    for (int64_t i = 0; i < count; i++) {
        turns[i] = op_new(p->keep, struct turn);
        *turns[i] = (struct turn){.event = e,
                                  .number = i + 1,
                                  .of = count,
                                  .row = rows ? rows->p[i] : (struct thing){0},
                                  .step = steps ? steps->first : NULL};
    }
    if (!share(p, e, turns, count))
        return false;
    for (int64_t i = 0; steps && i < count; i++) {
        day on = (day)(first + (count > 1 ? i * (last - first) / (count - 1) : 0));
        time_ms at = moment(office_day(p, e->json, on), minutes);
        promise(p, at > p->op->now ? at : p->op->now, turns[i]);
    }
    return true;
}

static bool event_begin(struct play *p, const struct event *e)
{
    const struct json *each = json_get(e->json, S("每"));
    struct things rows = {0};
    int64_t count;
    if (json_true(e->json, S("核对")) && !bounds_check(p, true))
        return false;
    if (each && !list_of(p, e->file, each, &rows))
        return false;
    if (!say_number(p, e->file, json_get(e->json, S("次数")), each ? (int64_t)rows.n : 1, &count))
        return false;
    if (count < 0 || count > REPLAY_TIMES_MAX || (each && (size_t)count > rows.n))
        return script_wrong(p, e->file, e->json, "次数 %lld 做不到", (long long)count);
    return turns_make(p, e, each ? &rows : NULL, count, day_at(p->op->now));
}

/* ---- a day ------------------------------------------------------------------------------------------------------- */

/* Steps without 隔 follow at once. */
static bool turn_go(struct play *p, struct turn *turn)
{
    const struct event *e = turn->event;
    for (;;) {
        const struct json *step = turn->step;
        p->with = json_get(json_get(e->json, S("每")), S("带"));
        p->turn = turn;
        bool done = step_do(p, turn, step);
        p->op->now++;
        if (!done) {
            p->turn = NULL;
            return false; /* turn->step says where */
        }
        turn->step = step->next;
        int64_t wait = 0, minutes = 0;
        done = (!turn->step || say_number(p, e->file, json_get(turn->step, S("隔")), 0, &wait)) &&
               (!turn->step || hour_of(p, e->file, json_get(turn->step, S("时")), wait ? 10 * 60 : -1, &minutes));
        p->turn = NULL;
        if (!done || !turn->step)
            return done;
        if (wait <= 0 && minutes < 0)
            continue;
        day on = office_day(p, e->json, (day)(day_at(p->op->now) + wait));
        time_ms at = moment(on > p->to && day_at(p->op->now) <= p->to ? p->to : on, minutes);
        promise(p, at > p->op->now ? at : p->op->now, turn);
        return true;
    }
}

static bool due_do(struct play *p, const struct due *due)
{
    struct turn *turn = due->turn;
    const struct event *e = turn->event;
    if (p->op->now < due->at)
        p->op->now = due->at;
    struct mark mark = op_mark(p->op);
    bool begins = turn->number == 0, done = begins ? event_begin(p, e) : turn_go(p, turn);
    if (done) {
        op_reset(p->op, mark);
        return true;
    }
    str which = begins ? S("") : op_text(p->keep, "第%lld次", (long long)turn->number);
    return op_fail(p->keep, FAULT_INPUT,
                   op_text(p->keep, "%.*s 第%d行", PS(e->file), turn->step ? turn->step->line : e->json->line),
                   "%.*s“%.*s”%.*s没有做成", PS(day_text(p->keep, day_at(p->op->now))), PS(e->name), PS(which));
}

void faults_copy(struct op *to, const struct op *from)
{
    for (const struct fault *f = from->faults; f; f = f->next)
        (void)!op_fail(to, f->kind, op_copy(to, f->field), "%.*s", PS(f->text));
}

static bool clocks_run(struct play *p, day d)
{
    int done;
    do {
        struct op op;
        op_init(&op, moment(d, 8 * 60), p->options->seed ^ (uint64_t)d);
        bool ran = flow_tick(&op, p->store, p->flow, &done);
        for (const struct fault *f = op.faults; !ran && f; f = f->next)
            (void)!op_fail(p->keep, f->kind, op_copy(p->keep, f->field), "%.*s", PS(f->text));
        op_done(&op);
        if (!ran)
            return false;
    } while (done >= FLOW_TICK_MAX);
    return true;
}

/* Days share a transaction until a clock of a case is due, which runs in transactions of its own: a disk flush a day
 * would take longer than the work of the day. */
static bool span_begin(struct play *p, day d)
{
    op_init(&p->span, moment(d, 8 * 60 + 1), p->options->seed * 1000003u + (uint64_t)d);
    p->op = &p->span;
    p->tx = NULL;
    p->span_day = d;
    return store_begin(p->store, p->op, TX_BULK, &p->tx);
}

static bool span_end(struct play *p, bool done)
{
    if (p->op == p->keep)
        return done;
    done = done && store_commit(p->tx);
    faults_copy(p->keep, p->op);
    op_done(p->op);
    p->op = p->keep;
    return done;
}

static bool clock_due(struct play *p, day d, bool *ret)
{
    time_ms next;
    bool found;
    *ret = p->op == p->keep || d - p->span_day >= SPAN_DAYS;
    if (*ret)
        return true;
    if (!flow_next(p->tx, p->flow, &next, &found))
        return false;
    *ret = found && next <= moment(d, 8 * 60);
    return true;
}

static bool day_do(struct play *p, day d)
{
    time_ms end = moment(d + 1, 0);
    bool due;
    if (!clock_due(p, d, &due))
        return false;
    if (due && (!span_end(p, true) || !clocks_run(p, d) || !span_begin(p, d)))
        return false;
    while (p->queue.n && p->queue.p[0].at < end) {
        struct due first = take(p);
        if (!due_do(p, &first))
            return false;
    }
    return true;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* Events wait for their first day; the order of the files is the order of a day. */
static bool events_promise(struct play *p)
{
    for (size_t i = 0; i < p->events.n; i++) {
        const struct event *e = &p->events.p[i];
        struct turn *turn = op_new(p->keep, struct turn);
        day on;
        *turn = (struct turn){.event = e};
        if (!say_day(p, e->file, json_get(e->json, S("日")), 0, &on))
            return false;
        if (on < p->from || on > p->last)
            return script_wrong(p, e->file, e->json, "“日”须在回放的期间内");
        promise(p, moment(on, 8 * 60 + 1), turn);
    }
    return true;
}

static bool people_begin(struct play *p)
{
    struct op op;
    op_init(&op, moment(p->from, 1), p->options->seed);
    p->op = &op;
    bool done = store_begin(p->store, &op, TX_WRITE, &p->tx) && town_begin(p->tx, p->town, NULL) && people_make(p) &&
                store_commit(p->tx);
    faults_copy(p->keep, &op);
    op_done(&op);
    p->op = p->keep;
    return done && people_rights(p);
}

static bool days_do(struct play *p)
{
    const struct progress *told = &p->options->progress;
    for (day d = p->from; d <= p->to; d++) {
        if (told->tell && !told->tell(told->context, S("回放"), d - p->from, p->to - p->from + 1))
            return span_end(p, op_fail(p->keep, FAULT_CONFLICT, S(""), "已取消，没有建完"));
        if (!day_do(p, d))
            return span_end(p, false);
    }
    if (!span_end(p, true))
        return false;
    return !told->tell || told->tell(told->context, S("回放"), p->to - p->from + 1, p->to - p->from + 1) || true;
}

bool play_all(struct play *p)
{
    struct who system = {.name = S("系统"), .system = true};
    if (!script_load(p))
        return false;
    struct op town_op;
    op_init(&town_op, moment(p->from, 1), p->options->seed);
    int64_t people = script_count(p, p->people_count, p->options->people < 0 ? 0 : p->options->people),
            groups = script_count(p, p->groups_count, 0);
    p->groups = groups > DEMO_GROUPS_MAX ? DEMO_GROUPS_MAX : (int)groups;
    p->residents = people;
    bool made = demo_town(&town_op, p->store, p->town, &system, people, p->groups, p->options->seed, DEMO_BEFORE_WORK,
                          p->options->progress);
    faults_copy(p->keep, &town_op);
    op_done(&town_op);
    p->keep->now = moment(p->from, 2);
    p->last = p->to;
    if (p->options->days && p->from + p->options->days - 1 < p->to)
        p->to = p->from + p->options->days - 1;
    return made && people_begin(p) && events_promise(p) && days_do(p);
}

void play_init(struct play *p, struct op *keep, struct op *chance, struct store *store, const struct town *town,
               const struct flow *flow, const struct replay_options *options)
{
    *p = (struct play){
        .keep = keep, .op = keep, .chance = chance, .store = store, .town = town, .flow = flow, .options = options};
    map_init(&p->words, keep);
    map_init(&p->kept, keep);
    map_init(&p->given, keep);
}

bool replay_run(struct op *op, struct store *store, const struct town *town, const struct flow *flow,
                const struct replay_options *options, struct replay_done *ret)
{
    struct op keep;
    struct play p;
    op_init(&keep, op->now, options->seed);
    play_init(&p, &keep, op, store, town, flow, options);
    bool done = play_all(&p);
    faults_copy(op, &keep);
    struct replay_login *logins = op_array(op, struct replay_login, p.people.n + 1);
    for (size_t i = 0; i < p.people.n; i++) {
        const struct replay_login *l = &p.people.p[i].login;
        logins[i] = (struct replay_login){op_copy(op, l->login), op_copy(op, l->password), op_copy(op, l->name),
                                          op_copy(op, l->role), l->shown};
    }
    struct replay_fitted *fitted = op_array(op, struct replay_fitted, p.fitted.n + 1);
    for (size_t i = 0; i < p.fitted.n; i++) {
        const struct replay_fitted *f = &p.fitted.p[i];
        fitted[i] = (struct replay_fitted){op_copy(op, f->name), f->from, f->to, op_copy(op, f->why)};
    }
    *ret = (struct replay_done){.from = p.from,
                                .to = p.to,
                                .acts = p.acts,
                                .logins = logins,
                                .login_count = p.people.n,
                                .people = p.residents,
                                .groups = p.groups,
                                .fitted = fitted,
                                .fitted_count = p.fitted.n};
    op_done(&keep);
    return done;
}
