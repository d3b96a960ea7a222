/* Duty rosters: a first fill by least load, then single changes and exchanges as long as one of them makes it
 * fairer. */
#include "work/inner.h"

const str roster_may_words[] = {
    [ROSTER_YES] = SC(""),
    [ROSTER_NOT_LISTED] = SC("不在这个岗的人员名单里"),
    [ROSTER_ON_LEAVE] = SC("那天不在岗（请假、出差等）"),
    [ROSTER_TWICE] = SC("同一时间已有别的班"),
    [ROSTER_TOO_SOON] = SC("离上一班或下一班太近，休息时间不够"),
};

static bool on_leave(const struct roster *r, int person, const struct roster_shift *s)
{
    /* A shift that ends at midnight or before the office opens still takes the night: its last day counts. */
    day last = day_at(s->to - 1);
    for (size_t i = 0; i < r->leave_count; i++)
        if (r->leaves[i].person == person && r->leaves[i].from <= last && r->leaves[i].to >= s->day)
            return true;
    return false;
}

enum roster_may roster_may(const struct roster *r, size_t shift, int person, int other)
{
    const struct roster_shift *s = &r->shifts[shift];
    if (!r->listed[(size_t)s->post * r->people_count + (size_t)person])
        return ROSTER_NOT_LISTED;
    if (on_leave(r, person, s))
        return ROSTER_ON_LEAVE;
    enum roster_may found = ROSTER_YES;
    for (size_t i = 0; i < r->shift_count; i++) {
        const struct roster_shift *x = &r->shifts[i];
        if (x->person != person || i == shift || (int)i == other)
            continue;
        time_ms a = r->between[s->post], b = r->between[x->post], between = a > b ? a : b;
        if (x->from < s->to && s->from < x->to)
            return ROSTER_TWICE;
        if (x->from < s->to + between && s->from < x->to + between)
            found = ROSTER_TOO_SOON;
    }
    return found;
}

/* Who is given a shift by the first fill: of a rest day whoever has done fewest rest days, else whoever has done least;
 * then whose last shift is longest ago. */
static int64_t last_before(const struct roster *r, int person, time_ms at)
{
    time_ms last = INT64_MIN;
    for (size_t i = 0; i < r->shift_count; i++)
        if (r->shifts[i].person == person && r->shifts[i].from < at && r->shifts[i].from > last)
            last = r->shifts[i].from;
    return last;
}

static void give(struct roster *r, size_t shift, int person, int sign)
{
    r->people[person].all += sign;
    r->people[person].rest += r->shifts[shift].rest ? sign : 0;
    r->shifts[shift].person = sign > 0 ? person : ROSTER_NOBODY;
}

static void shift_fill(struct roster *r, size_t shift)
{
    const struct roster_shift *s = &r->shifts[shift];
    int best = ROSTER_NOBODY;
    int64_t best_load[3] = {0};
    for (int p = 0; p < (int)r->people_count; p++) {
        const struct roster_person *x = &r->people[p];
        if (roster_may(r, shift, p, -1) != ROSTER_YES)
            continue;
        const int64_t load[3] = {s->rest ? x->rest : x->all, s->rest ? x->all : x->rest, last_before(r, p, s->from)};
        int order = 0;
        for (int k = 0; k < 3 && !order; k++)
            order = (load[k] > best_load[k]) - (load[k] < best_load[k]);
        if (best == ROSTER_NOBODY || order < 0) {
            best = p;
            memcpy(best_load, load, sizeof load);
        }
    }
    if (best != ROSTER_NOBODY)
        give(r, shift, best, 1);
}

/* ---- fairer ------------------------------------------------------------------------------------------------------ */

/* How much the sum of squares of all loads falls, and of rest-day loads; all shifts weigh first. Squares, because six
 * and two is worse than four and four. */
static bool fairer(int64_t all, int64_t rest)
{
    return all < 0 || (all == 0 && rest < 0);
}

/* One shift to another person: the change of the sums of squares (halved). */
static bool change_helps(const struct roster *r, size_t shift, int to)
{
    const struct roster_person *a = &r->people[r->shifts[shift].person], *b = &r->people[to];
    return fairer(b->all - a->all + 1, r->shifts[shift].rest ? b->rest - a->rest + 1 : 0);
}

/* Two shifts change hands: all loads stay; rest-day loads move when one of the two is on a rest day. */
static bool exchange_helps(const struct roster *r, size_t one, size_t two)
{
    const struct roster_shift *s = &r->shifts[one], *x = &r->shifts[two];
    if (s->rest == x->rest)
        return false;
    int from = s->rest ? s->person : x->person, to = s->rest ? x->person : s->person;
    return r->people[to].rest - r->people[from].rest + 1 < 0;
}

static bool exchange_may(struct roster *r, size_t one, size_t two)
{
    int a = r->shifts[one].person, b = r->shifts[two].person;
    return roster_may(r, one, b, (int)two) == ROSTER_YES && roster_may(r, two, a, (int)one) == ROSTER_YES;
}

static bool change_find(struct roster *r)
{
    for (size_t i = 0; i < r->shift_count; i++) {
        if (r->shifts[i].fixed || r->shifts[i].person == ROSTER_NOBODY)
            continue;
        for (int p = 0; p < (int)r->people_count; p++)
            if (p != r->shifts[i].person && change_helps(r, i, p) && roster_may(r, i, p, -1) == ROSTER_YES) {
                give(r, i, r->shifts[i].person, -1);
                give(r, i, p, 1);
                return true;
            }
    }
    return false;
}

static bool exchange_find(struct roster *r)
{
    for (size_t i = 0; i < r->shift_count; i++)
        for (size_t k = i + 1; k < r->shift_count; k++) {
            const struct roster_shift *s = &r->shifts[i], *x = &r->shifts[k];
            if (s->fixed || x->fixed || s->person == ROSTER_NOBODY || x->person == ROSTER_NOBODY ||
                s->person == x->person)
                continue;
            if (!exchange_helps(r, i, k) || !exchange_may(r, i, k))
                continue;
            int a = s->person, b = x->person;
            give(r, i, a, -1);
            give(r, k, b, -1);
            give(r, i, b, 1);
            give(r, k, a, 1);
            return true;
        }
    return false;
}

/* Whoever could fill a hole but for one other shift of theirs gives that to somebody else. */
static bool room_make(struct roster *r, size_t hole)
{
    for (int p = 0; p < (int)r->people_count; p++)
        for (size_t i = 0; i < r->shift_count; i++) {
            if (r->shifts[i].person != p || r->shifts[i].fixed || roster_may(r, hole, p, (int)i) != ROSTER_YES)
                continue;
            give(r, i, p, -1);
            give(r, hole, p, 1);
            shift_fill(r, i);
            if (r->shifts[i].person != ROSTER_NOBODY)
                return true;
            give(r, hole, p, -1);
            give(r, i, p, 1);
        }
    return false;
}

static bool hole_find(struct roster *r)
{
    bool filled = false;
    for (size_t i = 0; i < r->shift_count; i++)
        if (r->shifts[i].person == ROSTER_NOBODY) {
            shift_fill(r, i);
            filled = filled || r->shifts[i].person != ROSTER_NOBODY || room_make(r, i);
        }
    return filled;
}

void roster_plan([[maybe_unused]] struct op *op, struct roster *r)
{
    must(r->shift_count <= ROSTER_SHIFTS_MAX && r->people_count <= ROSTER_PEOPLE_MAX);
    for (size_t i = 0; i < r->shift_count; i++)
        if (r->shifts[i].person != ROSTER_NOBODY)
            give(r, i, r->shifts[i].person, 1);
    /* Rest days first: they are the ones that people count. */
    for (int rest = 1; rest >= 0; rest--)
        for (size_t i = 0; i < r->shift_count; i++)
            if (r->shifts[i].rest == rest && r->shifts[i].person == ROSTER_NOBODY)
                shift_fill(r, i);
    /* Each step makes a sum of squares smaller or fills a hole, so it ends. */
    while (hole_find(r) || change_find(r) || exchange_find(r))
        ;
}
