/* The bills of a year, written at once: what the policy in force in that year says that each household of an agreement's
 * place owes, or each unit, when the policy is about units. Of a past year they are the households of its last day, as
 * they were then: who has come since owes nothing for it, who has gone since does. Who has a
 * bill of that year gets no second one, under whichever agreement; who owes nothing and is let off nothing gets none;
 * whom the policy cannot decide a person bills by hand. The rule only proposes: what was shown is what is written, or
 * nothing is. */
#include "policy/policy.h"
#include "work/sums_keep.h"

enum { FEN = 2 };
enum bill_end { BILL_NEW, BILL_THERE, BILL_NOTHING, BILL_DOUBT, BILL_LEFT, BILL_ENDS };
static const str end_words[BILL_ENDS] = {SC("开单"), SC("已有"), SC("不收"), SC("待人定"), SC("未选")};

struct bill {
    id household;
    str name, reason, doubt;
    enum bill_end end;
    int64_t due, reduced;
};
struct billing {
    const struct doing *d;
    struct record *deal;
    int64_t year;
    day on;                          /* whose version decides: today, within that year */
    int64_t fact_no;                 /* of a past year: who was there at its end, as of this fact; 0: now */
    str period;
    int payer;                       /* FB_HOUSEHOLD or FB_ENTITY: of whom the policy is */
    struct policy policy;            /* with what the office changed */
    struct { struct bill *p; size_t n, cap; } bills; /* as the households stand in their ledger */
    struct map places;               /* id -> const size_t *, into bills */
    size_t counts[BILL_ENDS];
    int64_t due, reduced;            /* of those to be written */
};

/* 协议 年度 户 */
[[nodiscard]] static bool billing_asked(const struct doing *d, struct billing *b)
{
    int64_t year;
    if (!d->work->policy.n)
        return op_fail(d->op, FAULT_INPUT, S("政策"), "“%.*s”没有写明按哪个政策算应收，请在业务包里写上“政策”",
                       PS(d->work->name));
    if (!part_asked(d, F_DEAL, S("协议"), &b->deal) || !asked_int(d, d->asked, S("年度"), 2000, 2100, &year))
        return false;
    b->d = d;
    b->year = year;
    b->period = op_text(d->op, "%lld", (long long)year);
    day first = day_of((int)year, 1, 1), last = day_of((int)year, 12, 31);
    if (part_day(d, F_DEAL, FD_FROM, b->deal, first) > last || part_day(d, F_DEAL, FD_UNTIL, b->deal, last) < first)
        return op_fail(d->op, FAULT_INPUT, S("年度"), "协议“%.*s”在%lld年没有效，请核对年度，或先续签协议",
                       PS(b->deal->title), (long long)year);
    day today = day_at(d->op->now);
    b->on = today < first ? first : today > last ? last : today;
    struct shelf shelf;
    const struct policy *p = policy_find(d->work->policies, d->work->policy);
    if (!p || !policy_shelf(d->tx, p, &shelf))
        return false;
    b->policy = shelf.now;
    const struct field *entity = ledger_field(d->work->parts[F_BILL].ledger, part_field(d, F_BILL, FB_ENTITY));
    b->payer = town_ledger(d->town, entity->target) == b->policy.ledger ? FB_ENTITY : FB_HOUSEHOLD;
    return true;
}

/* A past year is billed to those who were there on its last day, as they were then. */
[[nodiscard]] static bool year_find(struct billing *b)
{
    enum { DAY_MS = 86400000 };
    const struct doing *d = b->d;
    if (b->on >= day_at(d->op->now))
        return true;
    if (!store_fact_at(d->tx, ((time_ms)b->on + 1) * DAY_MS - TOWN_OFFSET_MS - 1, &b->fact_no))
        return false;
    return b->fact_no > 0 ||
           op_fail(d->op, FAULT_INPUT, S("年度"), "%lld年底以前这里还没有记录，不知道那一年有哪些户；那一年的单请在“%.*s”里逐户开",
                   (long long)b->year, PS(d->work->parts[F_BILL].ledger->name));
}

/* The households of the place that this person may see. */
[[nodiscard]] static bool households_read(struct billing *b)
{
    const struct doing *d = b->d;
    const struct policy *p = &b->policy;
    struct list_query q = {.limit = LIST_LIMIT_MAX, .as_of_fact = b->fact_no};
    q.where = feel_both(d->op, p->where,
                        op_text(d->op, "%.*s = \"%.*s\"", PS(p->group),
                                PS(id_text(d->op, part_id(d, F_DEAL, FD_PLACE, b->deal)))));
    do {
        struct list_page page;
        if (!list_read(d->tx, d->town, d->who, p->ledger, &q, &page))
            return false;
        for (size_t i = 0; i < page.record_count; i++) {
            size_t *place = op_new(d->op, size_t);
            *place = b->bills.n;
            map_put(&b->places, id_text(d->op, page.records[i].id), place);
            *list_add(d->op, &b->bills) =
                (struct bill){.household = page.records[i].id, .name = page.records[i].title, .end = BILL_NOTHING};
        }
        q.cursor = page.next;
        if (b->bills.n > PART_ROWS_MAX)
            return op_fail(d->op, FAULT_INPUT, S("协议"), "一次最多开%d户，请按村组分开签协议", PART_ROWS_MAX);
    } while (q.cursor.n);
    return true;
}

static struct bill *bill_of(struct billing *b, id household)
{
    const size_t *place = map_get(&b->places, id_text(b->d->op, household));
    return place ? &b->bills.p[*place] : NULL;
}

[[nodiscard]] static bool fen_of(struct billing *b, feel_value outputs, int slot, int64_t *ret)
{
    str name = part_field(b->d, F_BILL, slot);
    feel_value v = outputs.kind == FEEL_CONTEXT ? feel_get(outputs, name) : feel_null();
    *ret = 0;
    if (v.kind == FEEL_NULL)
        return true;
    return (v.kind == FEEL_NUMBER && dec_scaled(v.number, FEN, ret) && *ret >= 0) ||
           op_fail(b->d->op, FAULT_INPUT, S("政策"), "政策“%.*s”给出的“%.*s”不是钱数，请改正政策表", PS(b->policy.name), PS(name));
}

/* What the policy says of each. */
[[nodiscard]] static bool policy_asked(struct billing *b)
{
    const struct doing *d = b->d;
    const struct policy_version *v;
    struct population *people;
    struct screening *s;
    day today = day_at(d->op->now), on = b->on < today ? b->on : today;
    if (!policy_in_force(d->op, &b->policy, b->on, &v) ||
        !population_load(d->tx, d->op, d->town, &b->policy, on, &people) ||
        !screening_run(d->op, v, people, NULL, 0, 1, &s))
        return false;
    for (size_t i = 0; i < people->count; i++) {
        struct bill *bill = bill_of(b, people->ids[i]);
        if (!bill)
            continue;
        bill->doubt = screening_doubt(d->op, s, i);
        if (bill->doubt.n) {
            bill->end = BILL_DOUBT;
            continue;
        }
        feel_value outputs = screening_value(d->op, s, i);
        if (!fen_of(b, outputs, FB_DUE, &bill->due) || !fen_of(b, outputs, FB_REDUCED, &bill->reduced))
            return false;
        feel_value why =
            outputs.kind == FEEL_CONTEXT ? feel_get(outputs, part_field(d, F_BILL, FB_REASON)) : feel_null();
        bill->reason = why.kind == FEEL_TEXT ? why.text : S("");
        bill->end = bill->due > 0 ? BILL_NEW : BILL_NOTHING;
    }
    return true;
}

/* Bills of the year that are there, whoever wrote them and under whichever agreement. */
[[nodiscard]] static bool written_read(struct billing *b)
{
    const struct doing *d = b->d;
    struct record *rows;
    size_t count;
    str place = op_text(d->op, "%.*s.%.*s = \"%.*s\"", PS(part_field(d, F_BILL, b->payer)), PS(b->policy.group),
                        PS(id_text(d->op, part_id(d, F_DEAL, FD_PLACE, b->deal))));
    if (!part_list_all(d, F_BILL, feel_both(d->op, place, feel_is_text(d, F_BILL, FB_PERIOD, b->period)), NULL, &rows,
                       &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct bill *bill = bill_of(b, part_id(d, F_BILL, b->payer, &rows[i]));
        if (bill)
            bill->end = BILL_THERE;
    }
    return true;
}

/* 户: only these; an agreement may be about those who live together, and not about the far pastures. */
[[nodiscard]] static bool chosen_read(struct billing *b)
{
    const struct json *chosen = json_get(b->d->asked, S("户"));
    if (!chosen)
        return true;
    if (chosen->kind != JSON_ARRAY)
        return op_fail(b->d->op, FAULT_INPUT, S("户"), "“户”须是一列户或单位");
    bool *listed = op_array(b->d->op, bool, b->bills.n + 1);
    for (const struct json *j = chosen->first; j; j = j->next) {
        id x;
        const struct bill *bill = id_parse(j->text, &x) ? bill_of(b, x) : NULL;
        if (!bill)
            return op_fail(b->d->op, FAULT_INPUT, S("户"), "所选的里有不在这个村组在册的，请重新试算");
        listed[bill - b->bills.p] = true;
    }
    for (size_t i = 0; i < b->bills.n; i++)
        if (!listed[i] && b->bills.p[i].end == BILL_NEW)
            b->bills.p[i].end = BILL_LEFT;
    return true;
}

[[nodiscard]] static bool billing_read(const struct doing *d, struct billing *b)
{
    *b = (struct billing){0};
    map_init(&b->places, d->op);
    if (!billing_asked(d, b) || !year_find(b) || !households_read(b) || !policy_asked(b) || !written_read(b) ||
        !chosen_read(b))
        return false;
    for (size_t i = 0; i < b->bills.n; i++) {
        const struct bill *bill = &b->bills.p[i];
        b->counts[bill->end]++;
        b->due += bill->end == BILL_NEW ? bill->due : 0;
        b->reduced += bill->end == BILL_NEW ? bill->reduced : 0;
    }
    return true;
}

static void billing_show(const struct billing *b)
{
    const struct doing *d = b->d;
    struct json_out *w = d->out;
    json_open(w, '{');
    out_int(w, S("year"), b->year);
    out_text(w, S("policy"), b->policy.name);
    out_int(w, S("count"), (int64_t)b->counts[BILL_NEW]);
    out_int(w, S("there"), (int64_t)b->counts[BILL_THERE]);
    out_int(w, S("nothing"), (int64_t)b->counts[BILL_NOTHING]);
    out_int(w, S("doubts"), (int64_t)b->counts[BILL_DOUBT]);
    out_scaled(w, d->op, S("due"), b->due, FEN);
    out_scaled(w, d->op, S("reduced"), b->reduced, FEN);
    out_scaled(w, d->op, S("total"), b->due - b->reduced, FEN);
    out_list(w, S("bills"));
    for (size_t i = 0; i < b->bills.n; i++) {
        const struct bill *bill = &b->bills.p[i];
        json_open(w, '{');
        out_id(w, d->op, S("household"), bill->household);
        out_text(w, S("name"), bill->name);
        out_text(w, S("end"), end_words[bill->end]);
        out_scaled(w, d->op, S("due"), bill->due, FEN);
        out_scaled(w, d->op, S("reduced"), bill->reduced, FEN);
        out_text(w, S("reason"), bill->reason);
        out_text(w, S("doubt"), bill->doubt);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

bool fee_bills_try(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                   const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct billing b;
    if (!billing_read(&d, &b))
        return false;
    billing_show(&b);
    return true;
}

/* 户数 and 应交 are what was shown: what has changed since is shown again first. */
[[nodiscard]] static bool shown_same(const struct billing *b)
{
    const struct doing *d = b->d;
    const struct json *total = json_get(d->asked, S("应交"));
    int64_t count, fen;
    dec x;
    if (!asked_int(d, d->asked, S("户数"), 0, PART_ROWS_MAX, &count))
        return false;
    if (!total || !dec_parse(str_trim(total->text), &x) || !dec_scaled(x, FEN, &fen))
        return op_fail(d->op, FAULT_INPUT, S("应交"), "请先试算，按试算的户数和应交开单");
    if (count == (int64_t)b->counts[BILL_NEW] && fen == b->due - b->reduced)
        return true;
    return op_fail(d->op, FAULT_CONFLICT, S("户数"), "试算以后情况有变：现在要开%zu户、应交%.*s元，没有开单；请重新试算",
                   b->counts[BILL_NEW], PS(dec_text(d->op, dec_of_scaled(b->due - b->reduced, FEN))));
}

bool fee_bills_keep(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                    const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct billing b;
    struct record *kept;
    if (!billing_read(&d, &b) || !shown_same(&b))
        return false;
    if (!b.counts[BILL_NEW])
        return op_fail(d.op, FAULT_INPUT, S("年度"), "%lld年没有要开的：已有%zu户，不收%zu户，待人定%zu户", (long long)b.year,
                       b.counts[BILL_THERE], b.counts[BILL_NOTHING], b.counts[BILL_DOUBT]);
    for (size_t i = 0; i < b.bills.n; i++) {
        const struct bill *bill = &b.bills.p[i];
        struct entry v = entry_new(&d, F_BILL);
        if (bill->end != BILL_NEW)
            continue;
        entry_id(&v, FB_DEAL, b.deal->id);
        entry_id(&v, b.payer, bill->household);
        entry_text(&v, FB_PERIOD, b.period);
        entry_scaled(&v, FB_DUE, bill->due, FEN);
        if (bill->reduced)
            entry_scaled(&v, FB_REDUCED, bill->reduced, FEN);
        entry_text(&v, FB_REASON, bill->reason);
        if (!entry_add(&v, &kept))
            return false;
    }
    billing_show(&b);
    return true;
}
