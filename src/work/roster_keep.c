/* Duty rosters, kept: who is on duty when, a month proposed, shifts exchanged by consent, handed over.
 *
 *     调班:  申请调班 (whose shift it is) ──> 待答复 ──答复调班 (who is asked)──> 不同意
 *                                              └──> 同意 ──批准调班 (a third)──> the shift changes hands
 *     where the post does not ask for approval, consent is enough.
 *     交接:  交班 (writes what is to be known) ──到岗 (the next, who thereby signs)──> */
#include "work/roster_keep.h"

enum {
    DAYS_MAX = 100,
    NEAR_DAYS = 3,
    LOGS_MAX = 20,
    HOURS_MAX = 72,
    MINUTE_MS = 60 * 1000,
    HOUR_MS = 60 * MINUTE_MS,
    BACK_DAYS_MAX = 400
};
#define DAY_MS ((time_ms)24 * HOUR_MS)

struct duty {
    const struct doing *d;
    day from, to;
    struct record *posts;
    size_t post_count;
    struct { id *p; size_t n, cap; } people;
    struct { str *p; size_t n, cap; } names;
    struct { struct roster_shift *p; size_t n, cap; } shifts;
    struct { const struct record **p; size_t n, cap; } records; /* of each shift; NULL: to be filled */
    struct { struct roster_leave *p; size_t n, cap; } leaves;
    struct roster roster;
};

static int person_index(struct duty *u, id person, str name)
{
    for (size_t i = 0; i < u->people.n; i++)
        if (id_eq(u->people.p[i], person))
            return (int)i;
    *list_add(u->d->op, &u->people) = person;
    *list_add(u->d->op, &u->names) = name;
    return (int)u->people.n - 1;
}

static str word(const struct doing *d, int which)
{
    return d->work->words[which];
}

/* ---- posts ------------------------------------------------------------------------------------------------------- */

/* 「08:30」 in minutes. */
[[nodiscard]] static bool minutes_read(const struct doing *d, const struct record *post, int64_t *ret)
{
    str text = part_text(d, R_POST, RP_START, post), hours, minutes;
    struct json h = {.kind = JSON_NUMBER}, m = {.kind = JSON_NUMBER};
    int64_t hour, minute;
    bool good = str_split(text, ':', &hours, &minutes) && hours.n == 2 && minutes.n == 2;
    h.text = good && hours.p[0] == '0' ? str_part(hours, 1, 2) : hours;
    m.text = good && minutes.p[0] == '0' ? str_part(minutes, 1, 2) : minutes;
    good = good && json_int(&h, &hour) && json_int(&m, &minute) && hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
    if (!good)
        return op_fail(d->op, FAULT_INPUT, part_field(d, R_POST, RP_START), "“%.*s”的起时“%.*s”须写成 08:30 的样子",
                       PS(post->title), PS(text));
    *ret = hour * 60 + minute;
    return true;
}

static bool post_holds(const struct doing *d, const struct record *post, day on, bool works)
{
    str when = part_text(d, R_POST, RP_WHEN, post);
    bool day_fits = str_eq(when, word(d, works ? RW_WORKING : RW_REST)) || str_eq(when, word(d, RW_EVERY));
    return day_fits && part_day(d, R_POST, RP_FROM, post, on) <= on && part_day(d, R_POST, RP_UNTIL, post, on) >= on;
}

[[nodiscard]] static bool posts_read(struct duty *u)
{
    const struct doing *d = u->d;
    if (!part_list(d, R_POST, S(""), NULL, &u->posts, &u->post_count))
        return false;
    for (size_t i = 0; i < u->post_count; i++) {
        const struct json *ids = part_json(d, R_POST, RP_PEOPLE, &u->posts[i]);
        const struct json *titles = json_get(u->posts[i].labels, part_field(d, R_POST, RP_PEOPLE));
        const struct json *title = titles ? titles->first : NULL;
        for (const struct json *j = ids ? ids->first : NULL; j; j = j->next, title = title ? title->next : NULL) {
            id x;
            if (id_parse(j->text, &x))
                person_index(u, x, title ? title->text : S(""));
        }
    }
    return true;
}

/* ---- shifts ------------------------------------------------------------------------------------------------------ */

static int post_of(const struct duty *u, str name, day on)
{
    const struct doing *d = u->d;
    int found = -1;
    for (size_t i = 0; i < u->post_count; i++) {
        const struct record *p = &u->posts[i];
        bool held = part_day(d, R_POST, RP_FROM, p, on) <= on && part_day(d, R_POST, RP_UNTIL, p, on) >= on;
        if (str_eq(part_text(d, R_POST, RP_POST, p), name) && (held || found < 0))
            found = (int)i;
        if (found == (int)i && held)
            break;
    }
    return found;
}

static void shift_add(struct duty *u, struct roster_shift s, const struct record *record)
{
    *list_add(u->d->op, &u->shifts) = s;
    *list_add(u->d->op, &u->records) = record;
}

static bool rest_day(const struct duty *u, day on)
{
    return !work_calendar_is(town_calendar(u->d->town), on);
}

/* What is on the roster already, from as long ago as it counts until a little after, so that rest between shifts holds
 * at the edges. */
[[nodiscard]] static bool shifts_read(struct duty *u)
{
    static const int order[] = {RS_FROM, -1};
    const struct doing *d = u->d;
    struct record *rows;
    size_t count;
    int64_t back = NEAR_DAYS;
    for (size_t i = 0; i < u->post_count; i++) {
        int64_t own = part_int(d, R_POST, RP_BACK, &u->posts[i]);
        back = own > back ? own : back;
    }
    back = back > BACK_DAYS_MAX ? BACK_DAYS_MAX : back;
    str more = op_text(d->op, "%.*s >= date(\"%.*s\") and %.*s <= date(\"%.*s\")", PS(part_field(d, R_SHIFT, RS_DAY)),
                       PS(day_text(d->op, u->from - (day)back)), PS(part_field(d, R_SHIFT, RS_DAY)),
                       PS(day_text(d->op, u->to + NEAR_DAYS)));
    if (!part_list(d, R_SHIFT, more, order, &rows, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct record *r = &rows[i];
        struct roster_shift s = {.day = part_day(d, R_SHIFT, RS_DAY, r, 0),
                                 .from = part_time(d, R_SHIFT, RS_FROM, r),
                                 .to = part_time(d, R_SHIFT, RS_TO, r),
                                 .fixed = true};
        s.post = post_of(u, part_text(d, R_SHIFT, RS_POST, r), s.day);
        s.rest = rest_day(u, s.day);
        s.person = person_index(u, part_id(d, R_SHIFT, RS_PERSON, r), part_label(d, R_SHIFT, RS_PERSON, r));
        shift_add(u, s, r);
    }
    return true;
}

static bool is_there(const struct duty *u, day on, str post)
{
    for (size_t i = 0; i < u->shifts.n; i++)
        if (u->records.p[i] && u->shifts.p[i].day == on &&
            str_eq(part_text(u->d, R_SHIFT, RS_POST, u->records.p[i]), post))
            return true;
    return false;
}

/* The shifts that the posts ask for and nobody has yet. */
[[nodiscard]] static bool holes_find(struct duty *u)
{
    const struct doing *d = u->d;
    for (day on = u->from; on <= u->to; on++)
        for (size_t i = 0; i < u->post_count; i++) {
            const struct record *p = &u->posts[i];
            int64_t minutes = 0, hours = part_int(d, R_POST, RP_HOURS, p);
            if (!post_holds(d, p, on, !rest_day(u, on)) || is_there(u, on, part_text(d, R_POST, RP_POST, p)))
                continue;
            if (!minutes_read(d, p, &minutes))
                return false;
            hours = hours < 1 ? 1 : hours > HOURS_MAX ? HOURS_MAX : hours;
            time_ms from = (time_ms)on * DAY_MS - TOWN_OFFSET_MS + minutes * MINUTE_MS;
            shift_add(u,
                      (struct roster_shift){.post = (int)i,
                                            .day = on,
                                            .from = from,
                                            .to = from + hours * HOUR_MS,
                                            .rest = rest_day(u, on),
                                            .person = ROSTER_NOBODY},
                      NULL);
        }
    return true;
}

[[nodiscard]] static bool leaves_read(struct duty *u)
{
    const struct doing *d = u->d;
    struct record *rows;
    size_t count;
    if (!d->work->parts[R_LEAVE].ledger)
        return true;
    if (!part_list_all(d, R_LEAVE, S(""), NULL, &rows, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        day from = part_day(d, R_LEAVE, RL_FROM, &rows[i], 0), to = part_day(d, R_LEAVE, RL_TO, &rows[i], from);
        id person = part_id(d, R_LEAVE, RL_PERSON, &rows[i]);
        for (size_t k = 0; k < u->people.n && from <= u->to + NEAR_DAYS && to >= u->from - NEAR_DAYS; k++)
            if (id_eq(u->people.p[k], person))
                *list_add(d->op, &u->leaves) = (struct roster_leave){(int)k, from, to};
    }
    return true;
}

static bool is_listed(const struct duty *u, size_t post, id person)
{
    const struct json *ids = part_json(u->d, R_POST, RP_PEOPLE, &u->posts[post]);
    id x;
    for (const struct json *j = ids ? ids->first : NULL; j; j = j->next)
        if (id_parse(j->text, &x) && id_eq(x, person))
            return true;
    return false;
}

[[nodiscard]] static bool duty_read(const struct doing *d, day from, day to, struct duty *u)
{
    *u = (struct duty){.d = d, .from = from, .to = to};
    if (to < from || to - from >= DAYS_MAX)
        return op_fail(d->op, FAULT_INPUT, S("to"), "止日须在起日以后，一次最多看%d天", DAYS_MAX);
    if (!posts_read(u) || !shifts_read(u) || !holes_find(u) || !leaves_read(u))
        return false;
    size_t n = u->people.n;
    if (u->shifts.n > ROSTER_SHIFTS_MAX || n > ROSTER_PEOPLE_MAX)
        return op_fail(d->op, FAULT_INPUT, S("to"), "一次最多排%d班、%d人，请缩小范围", ROSTER_SHIFTS_MAX, ROSTER_PEOPLE_MAX);
    /* One more row: shifts whose post is no longer defined; nobody is listed there. */
    bool *listed = op_array(d->op, bool, (u->post_count + 1) * (n + 1));
    time_ms *between = op_array(d->op, time_ms, u->post_count + 1);
    for (size_t i = 0; i < u->post_count; i++) {
        between[i] = part_int(d, R_POST, RP_BETWEEN, &u->posts[i]) * HOUR_MS;
        for (size_t k = 0; k < n; k++)
            listed[i * n + k] = is_listed(u, i, u->people.p[k]);
    }
    for (size_t i = 0; i < u->shifts.n; i++)
        if (u->shifts.p[i].post < 0)
            u->shifts.p[i].post = (int)u->post_count;
    u->roster = (struct roster){.shifts = u->shifts.p,
                                .shift_count = u->shifts.n,
                                .people = op_array(d->op, struct roster_person, n + 1),
                                .people_count = n,
                                .listed = listed,
                                .between = between,
                                .leaves = u->leaves.p,
                                .leave_count = u->leaves.n};
    return true;
}

/* ---- shown ------------------------------------------------------------------------------------------------------- */

static str post_name(const struct duty *u, size_t shift)
{
    const struct record *r = u->records.p[shift];
    return r ? part_text(u->d, R_SHIFT, RS_POST, r)
             : part_text(u->d, R_POST, RP_POST, &u->posts[u->shifts.p[shift].post]);
}

static void out_shift(const struct duty *u, size_t i)
{
    const struct doing *d = u->d;
    const struct roster_shift *s = &u->shifts.p[i];
    const struct record *r = u->records.p[i];
    struct json_out *w = d->out;
    json_open(w, '{');
    out_id(w, d->op, S("id"), r ? r->id : (id){0});
    out_text(w, S("day"), day_text(d->op, s->day));
    out_text(w, S("post"), post_name(u, i));
    out_id(w, d->op, S("person"), s->person == ROSTER_NOBODY ? (id){0} : u->people.p[s->person]);
    out_text(w, S("name"), s->person == ROSTER_NOBODY ? S("") : u->names.p[s->person]);
    out_text(w, S("from"), time_text(d->op, s->from));
    out_text(w, S("to"), time_text(d->op, s->to));
    out_truth(w, S("mine"), s->person != ROSTER_NOBODY && id_eq(u->people.p[s->person], d->who->staff));
    enum roster_may may = s->person == ROSTER_NOBODY ? ROSTER_YES : roster_may(&u->roster, i, s->person, -1);
    /* A list of people may change after the roster was made. */
    out_text(w, S("trouble"), may == ROSTER_NOT_LISTED ? S("") : roster_may_words[may]);
    out_text(w, S("standby"), r ? part_label(d, R_SHIFT, RS_STANDBY, r) : S(""));
    out_text(w, S("arrived"), r ? part_text(d, R_SHIFT, RS_ARRIVED, r) : S(""));
    out_text(w, S("notes"), r ? part_text(d, R_SHIFT, RS_NOTES, r) : S(""));
    out_truth(w, S("signed"), r && part_json(d, R_SHIFT, RS_SIGNED, r));
    json_close(w, '}');
}

/* All that they have on the roster as far back as counts, with what is proposed. */
static void out_people(const struct duty *u)
{
    struct json_out *w = u->d->out;
    out_list(w, S("people"));
    for (size_t k = 0; k < u->people.n; k++) {
        int64_t all = 0, rest = 0, here = 0;
        for (size_t i = 0; i < u->shifts.n; i++)
            if (u->shifts.p[i].person == (int)k) {
                all++;
                rest += u->shifts.p[i].rest;
                here += u->shifts.p[i].day >= u->from && u->shifts.p[i].day <= u->to;
            }
        json_open(w, '{');
        out_id(w, u->d->op, S("id"), u->people.p[k]);
        out_text(w, S("name"), u->names.p[k]);
        out_int(w, S("here"), here);
        out_int(w, S("all"), all);
        out_int(w, S("rest"), rest);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void out_days(const struct duty *u)
{
    struct json_out *w = u->d->out;
    const struct work_calendar *calendar = town_calendar(u->d->town);
    out_list(w, S("days"));
    for (day on = u->from; on <= u->to; on++) {
        json_open(w, '{');
        out_text(w, S("day"), day_text(u->d->op, on));
        out_int(w, S("weekday"), day_weekday(on));
        out_truth(w, S("rest"), rest_day(u, on));
        json_close(w, '}');
    }
    json_close(w, ']');
    out_truth(w, S("guessed"), !work_calendar_knows(calendar, u->to));
}

static void out_posts(const struct duty *u)
{
    const struct doing *d = u->d;
    struct json_out *w = d->out;
    out_list(w, S("posts"));
    for (size_t i = 0; i < u->post_count; i++) {
        const struct record *p = &u->posts[i];
        if (part_day(d, R_POST, RP_FROM, p, u->from) > u->to || part_day(d, R_POST, RP_UNTIL, p, u->to) < u->from)
            continue;
        json_open(w, '{');
        out_text(w, S("name"), part_text(d, R_POST, RP_POST, p));
        out_text(w, S("start"), part_text(d, R_POST, RP_START, p));
        out_int(w, S("hours"), part_int(d, R_POST, RP_HOURS, p));
        out_truth(w, S("approve"), part_truth(d, R_POST, RP_APPROVE, p));
        out_list(w, S("people"));
        for (size_t k = 0; k < u->people.n; k++)
            if (u->roster.listed[i * u->people.n + k])
                json_text(w, id_text(d->op, u->people.p[k]));
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, ']');
}

[[nodiscard]] static bool out_swaps(const struct duty *u)
{
    const struct doing *d = u->d;
    struct json_out *w = d->out;
    struct record *rows;
    size_t count;
    str more = op_text(d->op, "%.*s = null and (%.*s = null or %.*s != %.*s)", PS(part_field(d, R_SWAP, RX_DONE)),
                       PS(part_field(d, R_SWAP, RX_ANSWER)), PS(part_field(d, R_SWAP, RX_ANSWER)),
                       PS(feel_literal(d->op, feel_of_text(word(d, RW_NO)))));
    if (!part_list(d, R_SWAP, more, NULL, &rows, &count))
        return false;
    out_list(w, S("swaps"));
    for (size_t i = 0; i < count; i++) {
        json_open(w, '{');
        out_id(w, d->op, S("id"), rows[i].id);
        out_text(w, S("shift"), part_label(d, R_SWAP, RX_SHIFT, &rows[i]));
        out_text(w, S("returned"), part_label(d, R_SWAP, RX_RETURN, &rows[i]));
        out_text(w, S("by"), part_label(d, R_SWAP, RX_BY, &rows[i]));
        out_text(w, S("for"), part_label(d, R_SWAP, RX_FOR, &rows[i]));
        out_text(w, S("reason"), part_text(d, R_SWAP, RX_REASON, &rows[i]));
        out_text(w, S("answer"), part_text(d, R_SWAP, RX_ANSWER, &rows[i]));
        out_truth(w, S("asks_me"), id_eq(part_id(d, R_SWAP, RX_FOR, &rows[i]), d->who->staff));
        out_truth(w, S("mine"), id_eq(part_id(d, R_SWAP, RX_BY, &rows[i]), d->who->staff));
        json_close(w, '}');
    }
    json_close(w, ']');
    return true;
}

/* What was told to the duty and has no result yet: the next must know. */
[[nodiscard]] static bool out_logs(const struct duty *u)
{
    const struct doing *d = u->d;
    struct record *rows;
    size_t count;
    out_list(d->out, S("open"));
    if (d->work->parts[R_LOG].ledger) {
        int faults = d->op->fault_count;
        if (!part_list(d, R_LOG, op_text(d->op, "%.*s = null", PS(part_field(d, R_LOG, RG_RESULT))), NULL, &rows,
                       &count)) {
            if (!op_has_fault(d->op, FAULT_DENIED))
                return false;
            op_forgive(d->op, faults); /* who may not read the log sees the roster without it */
            count = 0;
        }
        for (size_t i = 0; i < count && i < LOGS_MAX; i++) {
            json_open(d->out, '{');
            out_id(d->out, d->op, S("id"), rows[i].id);
            out_text(d->out, S("time"), part_text(d, R_LOG, RG_TIME, &rows[i]));
            out_text(d->out, S("text"), part_text(d, R_LOG, RG_TEXT, &rows[i]));
            json_close(d->out, '}');
        }
    }
    json_close(d->out, ']');
    return true;
}

[[nodiscard]] static bool duty_show(const struct duty *u)
{
    const struct doing *d = u->d;
    struct json_out *w = d->out;
    json_open(w, '{');
    out_text(w, S("from"), day_text(d->op, u->from));
    out_text(w, S("to"), day_text(d->op, u->to));
    out_text(w, S("now"), time_text(d->op, d->op->now));
    out_id(w, d->op, S("me"), d->who->staff);
    out_text(w, S("log"), d->work->parts[R_LOG].ledger ? d->work->parts[R_LOG].ledger->name : S(""));
    out_days(u);
    out_posts(u);
    out_people(u);
    out_list(w, S("shifts"));
    for (size_t i = 0; i < u->shifts.n; i++)
        if (u->shifts.p[i].day >= u->from && u->shifts.p[i].day <= u->to)
            out_shift(u, i);
    json_close(w, ']');
    out_list(w, S("away"));
    for (size_t i = 0; i < u->leaves.n; i++) {
        json_open(w, '{');
        out_text(w, S("name"), u->names.p[u->leaves.p[i].person]);
        out_text(w, S("from"), day_text(d->op, u->leaves.p[i].from));
        out_text(w, S("to"), day_text(d->op, u->leaves.p[i].to));
        json_close(w, '}');
    }
    json_close(w, ']');
    if (!out_swaps(u) || !out_logs(u))
        return false;
    json_close(w, '}');
    return true;
}

/* from, to: the month of today without them. */
[[nodiscard]] static bool period_asked(const struct doing *d, struct duty *u)
{
    struct date today = date_of(day_at(d->op->now));
    day from, to, first = day_of(today.year, today.month, 1);
    return asked_day(d, S("from"), first, &from) && asked_day(d, S("to"), month_end(today.year, today.month), &to) && duty_read(d, from, to, u);
}

bool roster_show(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct duty u;
    return period_asked(&d, &u) && duty_show(&u);
}

/* ---- made -------------------------------------------------------------------------------------------------------- */

/* from to: the same with the open shifts filled; nothing is kept. */
bool roster_propose(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                    const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct duty u;
    if (!period_asked(&d, &u))
        return false;
    if (!u.people.n)
        return op_fail(d.op, FAULT_INPUT, S("人员"), "还没有登记值班岗位和人员，请先在“%.*s”里登记", PS(w->parts[R_POST].ledger->name));
    roster_plan(d.op, &u.roster);
    return duty_show(&u);
}

static bool shift_open(const struct duty *u, day on, str post, size_t *ret)
{
    for (size_t i = 0; i < u->shifts.n; i++)
        if (!u->records.p[i] && u->shifts.p[i].day == on && str_eq(post_name(u, i), post)) {
            *ret = i;
            return true;
        }
    return false;
}

[[nodiscard]] static bool shift_asked(struct duty *u, const struct json *j)
{
    const struct doing *d = u->d;
    day on;
    id person;
    size_t shift, k = 0;
    str post = json_str(j, S("岗"));
    if (!day_parse(json_str(j, S("日期")), &on) || !shift_open(u, on, post, &shift))
        return op_fail(d->op, FAULT_CONFLICT, S("班"), "%.*s %.*s这一班不用排，或者已经有人，请刷新", PS(json_str(j, S("日期"))), PS(post));
    if (!id_parse(json_str(j, S("人")), &person))
        return op_fail(d->op, FAULT_INPUT, S("人"), "%.*s %.*s请选人", PS(day_text(d->op, on)), PS(post));
    while (k < u->people.n && !id_eq(u->people.p[k], person))
        k++;
    enum roster_may may = k == u->people.n ? ROSTER_NOT_LISTED : roster_may(&u->roster, shift, (int)k, -1);
    if (may != ROSTER_YES)
        return op_fail(d->op, FAULT_INPUT, S("人"), "%.*s %.*s：%.*s%.*s，请另选", PS(day_text(d->op, on)), PS(post),
                       PS(k == u->people.n ? S("所选的人") : u->names.p[k]), PS(roster_may_words[may]));
    u->shifts.p[shift].person = (int)k;
    return true;
}

/* from to 班[{日期 岗 人}] */
bool roster_keep(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct duty u, now;
    const struct json *list = json_get(asked, S("班"));
    if (!list || list->kind != JSON_ARRAY || !list->count || list->count > ROSTER_SHIFTS_MAX)
        return op_fail(d.op, FAULT_INPUT, S("班"), "没有要保存的班");
    if (!period_asked(&d, &u))
        return false;
    for (const struct json *j = list->first; j; j = j->next)
        if (!shift_asked(&u, j))
            return false;
    for (size_t i = 0; i < u.shifts.n; i++) {
        const struct roster_shift *s = &u.shifts.p[i];
        struct record *kept;
        if (u.records.p[i] || s->person == ROSTER_NOBODY)
            continue;
        struct entry v = entry_new(&d, R_SHIFT);
        entry_text(&v, RS_DAY, day_text(d.op, s->day));
        entry_text(&v, RS_POST, post_name(&u, i));
        entry_id(&v, RS_PERSON, u.people.p[s->person]);
        entry_text(&v, RS_FROM, time_text(d.op, s->from));
        entry_text(&v, RS_TO, time_text(d.op, s->to));
        if (part_field(&d, R_SHIFT, RS_RULE).n)
            entry_id(&v, RS_RULE, u.posts[s->post].id);
        if (!entry_add(&v, &kept))
            return false;
    }
    return duty_read(&d, u.from, u.to, &now) && duty_show(&now);
}

/* ---- exchanged --------------------------------------------------------------------------------------------------- */

/* The duty around one or two shifts, and which of its shifts they are. */
[[nodiscard]] static bool duty_around(const struct doing *d, id one, id two, struct duty *u, size_t *ret_one,
                                      size_t *ret_two)
{
    struct record *a, *b = NULL;
    if (!part_get(d, R_SHIFT, one, &a) || (!id_none(two) && !part_get(d, R_SHIFT, two, &b)))
        return false;
    day first = part_day(d, R_SHIFT, RS_DAY, a, 0), last = b ? part_day(d, R_SHIFT, RS_DAY, b, first) : first;
    if (!duty_read(d, first < last ? first : last, first < last ? last : first, u))
        return false;
    for (size_t i = 0; i < u->shifts.n; i++) {
        if (u->records.p[i] && id_eq(u->records.p[i]->id, one))
            *ret_one = i;
        if (u->records.p[i] && b && id_eq(u->records.p[i]->id, two))
            *ret_two = i;
    }
    return true;
}

[[nodiscard]] static bool takes(struct duty *u, size_t shift, int person, int other)
{
    enum roster_may may = roster_may(&u->roster, shift, person, other);
    return may == ROSTER_YES ||
           op_fail(u->d->op, FAULT_INPUT, S("替班人"), "%.*s不能上%.*s的%.*s班：%.*s", PS(u->names.p[person]),
                   PS(day_text(u->d->op, u->shifts.p[shift].day)), PS(post_name(u, shift)), PS(roster_may_words[may]));
}

[[nodiscard]] static bool not_begun(const struct duty *u, size_t shift)
{
    return u->shifts.p[shift].from > u->d->op->now ||
           op_fail(u->d->op, FAULT_INPUT, S("值班"), "%.*s的%.*s班已经开始，不能再调",
                   PS(day_text(u->d->op, u->shifts.p[shift].day)), PS(post_name(u, shift)));
}

/* Whether `by` may give `one` to `taker`, who gives `two` (none: nothing) back. Asked again at every step: the roster
 * may have changed. */
[[nodiscard]] static bool swap_may(const struct doing *d, id one, id two, id by, id taker, str taker_name,
                                   struct duty *u, size_t *ret_one, size_t *ret_two)
{
    if (!duty_around(d, one, two, u, ret_one, ret_two))
        return false;
    size_t people = u->people.n;
    int a = person_index(u, by, S("")), b = person_index(u, taker, taker_name);
    if (u->people.n != people)
        return op_fail(d->op, FAULT_INPUT, S("替班人"), "替班人不在值班人员名单里，请另选");
    if (a == b)
        return op_fail(d->op, FAULT_INPUT, S("替班人"), "替班人不能是申请人自己");
    if (u->shifts.p[*ret_one].person != a)
        return op_fail(d->op, FAULT_CONFLICT, S("值班"), "这一班现在不是申请人的，请刷新");
    bool back = !id_none(two);
    if (back && u->shifts.p[*ret_two].person != b)
        return op_fail(d->op, FAULT_CONFLICT, S("换回"), "要换回的那一班现在不是对方的，请刷新");
    return not_begun(u, *ret_one) && (!back || not_begun(u, *ret_two)) &&
           takes(u, *ret_one, b, back ? (int)*ret_two : -1) && (!back || takes(u, *ret_two, a, (int)*ret_one));
}

[[nodiscard]] static bool myself(const struct doing *d)
{
    return !id_none(d->who->staff) || op_fail(d->op, FAULT_DENIED, S(""), "您的账号没有写明是哪位干部，请管理员在“账号”台账里填上“干部”");
}

[[nodiscard]] static bool show_month(const struct doing *d)
{
    struct duty u;
    return period_asked(d, &u) && duty_show(&u);
}

/* 值班 替班人 换回 理由 */
bool roster_swap(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct duty u;
    struct record *shift, *kept, *rows;
    size_t one = 0, two = 0, count;
    id taker, back = {0};
    str reason = asked_text(&d, S("理由"), 100);
    if (!myself(&d) || !part_asked(&d, R_SHIFT, S("值班"), &shift))
        return false;
    if (!id_eq(part_id(&d, R_SHIFT, RS_PERSON, shift), who->staff))
        return op_fail(d.op, FAULT_DENIED, S("值班"), "只能申请调自己的班");
    if (!id_parse(json_str(asked, S("替班人")), &taker))
        return op_fail(d.op, FAULT_INPUT, S("替班人"), "请选替班人");
    if (!reason.n)
        return op_fail(d.op, FAULT_INPUT, S("理由"), "调班请写理由");
    id_parse(json_str(asked, S("换回")), &back);
    if (!part_list_all(&d, R_SWAP, feel_is_id(&d, R_SWAP, RX_SHIFT, shift->id), NULL, &rows, &count))
        return false;
    int64_t number = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t n = part_int(&d, R_SWAP, RX_NUMBER, &rows[i]);
        number = n > number ? n : number;
        if (!part_json(&d, R_SWAP, RX_DONE, &rows[i]) &&
            !str_eq(part_text(&d, R_SWAP, RX_ANSWER, &rows[i]), word(&d, RW_NO)))
            return op_fail(d.op, FAULT_CONFLICT, S("值班"), "这一班已有一个没办完的调班，请先等对方答复");
    }
    if (!swap_may(&d, shift->id, back, who->staff, taker, S("替班人"), &u, &one, &two))
        return false;
    struct entry v = entry_new(&d, R_SWAP);
    entry_id(&v, RX_SHIFT, shift->id);
    entry_int(&v, RX_NUMBER, number + 1);
    entry_id(&v, RX_BY, who->staff);
    entry_id(&v, RX_FOR, taker);
    entry_id(&v, RX_RETURN, back);
    entry_text(&v, RX_REASON, reason);
    entry_text(&v, RX_ANSWER, word(&d, RW_WAITING));
    return entry_add(&v, &kept) && show_month(&d);
}

/* Who approves must be allowed to change the roster; where consent is enough, it changes by that. */
[[nodiscard]] static bool roster_change(struct entry *v, const struct record *r, str reason, bool approved)
{
    struct record *kept;
    return approved ? entry_change(v, r, reason, &kept) : entry_follow(v, r, reason, &kept);
}

[[nodiscard]] static bool person_put(const struct doing *d, const struct record *shift, id person, str reason,
                                     bool approved)
{
    struct entry v = entry_new(d, R_SHIFT);
    entry_id(&v, RS_PERSON, person);
    return roster_change(&v, shift, reason, approved);
}

/* The shifts change hands, as the two agreed. */
[[nodiscard]] static bool swap_do(const struct doing *d, const struct record *swap, bool approved)
{
    struct duty u;
    size_t one = 0, two = 0;
    id by = part_id(d, R_SWAP, RX_BY, swap), taker = part_id(d, R_SWAP, RX_FOR, swap),
       back = part_id(d, R_SWAP, RX_RETURN, swap);
    str names = op_text(d->op, "调班：%.*s与%.*s双方同意", PS(part_label(d, R_SWAP, RX_BY, swap)),
                        PS(part_label(d, R_SWAP, RX_FOR, swap)));
    if (!swap_may(d, part_id(d, R_SWAP, RX_SHIFT, swap), back, by, taker, part_label(d, R_SWAP, RX_FOR, swap), &u, &one,
                  &two) ||
        !person_put(d, u.records.p[one], taker, names, approved) ||
        (!id_none(back) && !person_put(d, u.records.p[two], by, names, approved)))
        return false;
    struct entry v = entry_new(d, R_SWAP);
    if (approved)
        entry_id(&v, RX_APPROVER, d->who->staff);
    entry_text(&v, RX_DONE, time_text(d->op, d->op->now));
    return roster_change(&v, swap, S(""), approved);
}

/* 调班 同意 */
bool roster_answer(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                   const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct duty u;
    struct record *swap, *kept;
    size_t one = 0, two = 0;
    bool yes = json_true(asked, S("同意"));
    if (!myself(&d) || !part_asked(&d, R_SWAP, S("调班"), &swap))
        return false;
    if (!id_eq(part_id(&d, R_SWAP, RX_FOR, swap), who->staff))
        return op_fail(d.op, FAULT_DENIED, S("调班"), "只有被请替班的人能答复");
    if (!str_eq(part_text(&d, R_SWAP, RX_ANSWER, swap), word(&d, RW_WAITING)))
        return op_fail(d.op, FAULT_CONFLICT, S("调班"), "已经答复过了，请刷新");
    struct entry v = entry_new(&d, R_SWAP);
    entry_text(&v, RX_ANSWER, word(&d, yes ? RW_YES : RW_NO));
    entry_text(&v, RX_ANSWERED, time_text(d.op, d.op->now));
    if (!entry_follow(&v, swap, S(""), &kept))
        return false;
    if (yes &&
        !duty_around(&d, part_id(&d, R_SWAP, RX_SHIFT, kept), part_id(&d, R_SWAP, RX_RETURN, kept), &u, &one, &two))
        return false;
    size_t post = yes ? (size_t)u.shifts.p[one].post : 0;
    bool asks = yes && post < u.post_count && part_truth(&d, R_POST, RP_APPROVE, &u.posts[post]);
    return (!yes || asks || swap_do(&d, kept, false)) && show_month(&d);
}

/* 调班 */
bool roster_approve(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                    const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *swap;
    if (!myself(&d) || !part_asked(&d, R_SWAP, S("调班"), &swap))
        return false;
    if (id_eq(part_id(&d, R_SWAP, RX_BY, swap), who->staff) || id_eq(part_id(&d, R_SWAP, RX_FOR, swap), who->staff))
        return op_fail(d.op, FAULT_DENIED, S("批准人"), "调班的双方不能自己批准");
    if (!str_eq(part_text(&d, R_SWAP, RX_ANSWER, swap), word(&d, RW_YES)) || part_json(&d, R_SWAP, RX_DONE, swap))
        return op_fail(d.op, FAULT_CONFLICT, S("调班"), "对方还没有同意，或者已经办完，请刷新");
    return swap_do(&d, swap, true) && show_month(&d);
}

/* ---- handed over ------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool my_shift(const struct doing *d, struct record **ret)
{
    if (!myself(d) || !part_asked(d, R_SHIFT, S("值班"), ret))
        return false;
    bool mine = id_eq(part_id(d, R_SHIFT, RS_PERSON, *ret), d->who->staff) ||
                id_eq(part_id(d, R_SHIFT, RS_STANDBY, *ret), d->who->staff);
    return mine || op_fail(d->op, FAULT_DENIED, S("值班"), "这一班不是您的（也不是您备班），不能办");
}

/* 值班 记录: what the next must know. */
bool roster_leave(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                  const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *shift, *kept;
    str notes = asked_text(&d, S("记录"), 5000);
    if (!my_shift(&d, &shift))
        return false;
    if (!notes.n)
        return op_fail(d.op, FAULT_INPUT, S("记录"), "请写交接记录；没有事项的写“无异常”");
    if (part_json(&d, R_SHIFT, RS_SIGNED, shift))
        return op_fail(d.op, FAULT_CONFLICT, S("记录"), "接班人已经签收，不能再改；补充情况请另记“%.*s”",
                       PS(w->parts[R_LOG].ledger ? w->parts[R_LOG].ledger->name : S("值班记录")));
    struct entry v = entry_new(&d, R_SHIFT);
    entry_text(&v, RS_NOTES, notes);
    return entry_follow(&v, shift, S("交班"), &kept) && show_month(&d);
}

/* The shift of the same post that ends when this one begins, or last before it. */
static bool shift_before(const struct duty *u, size_t shift, size_t *ret)
{
    bool found = false;
    for (size_t i = 0; i < u->shifts.n; i++)
        if (u->records.p[i] && i != shift && u->shifts.p[i].from < u->shifts.p[shift].from &&
            str_eq(post_name(u, i), post_name(u, shift)) && u->shifts.p[i].to >= u->shifts.p[shift].from - DAY_MS &&
            (!found || u->shifts.p[i].from > u->shifts.p[*ret].from)) {
            *ret = i;
            found = true;
        }
    return found;
}

[[nodiscard]] static bool handover_sign(const struct doing *d, const struct record *before, str note)
{
    struct entry v = entry_new(d, R_SHIFT);
    struct record *kept;
    if (part_json(d, R_SHIFT, RS_SIGNED, before))
        return true;
    entry_text(&v, RS_SIGNED, time_text(d->op, d->op->now));
    entry_id(&v, RS_SIGNER, d->who->staff);
    return entry_follow(&v, before, note.n ? note : S("接班签收"), &kept);
}

/* 值班 说明: on duty from now; what was handed over counts as read. */
bool roster_arrive(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                   const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct duty u;
    struct record *shift, *kept;
    size_t at = 0, none = 0, before = 0;
    str note = asked_text(&d, S("说明"), 200);
    if (!my_shift(&d, &shift) || !duty_around(&d, shift->id, (id){0}, &u, &at, &none))
        return false;
    if (part_json(&d, R_SHIFT, RS_ARRIVED, shift))
        return op_fail(d.op, FAULT_CONFLICT, S("值班"), "已经记了到岗，请刷新");
    if (u.shifts.p[at].from - 12 * (time_ms)HOUR_MS > d.op->now)
        return op_fail(d.op, FAULT_INPUT, S("值班"), "还没到这一班的时间，不能记到岗");
    bool found = shift_before(&u, at, &before);
    if (found && !part_text(&d, R_SHIFT, RS_NOTES, u.records.p[before]).n && !note.n)
        return op_fail(d.op, FAULT_INPUT, S("说明"), "上一班（%.*s）还没有写交接记录，请对方先交班；确实等不到的，写明情况再记到岗",
                       PS(u.names.p[u.shifts.p[before].person]));
    struct entry v = entry_new(&d, R_SHIFT);
    entry_text(&v, RS_ARRIVED, time_text(d.op, d.op->now));
    return entry_follow(&v, shift, note.n ? note : S("到岗"), &kept) &&
           (!found || handover_sign(&d, u.records.p[before], note)) && show_month(&d);
}
