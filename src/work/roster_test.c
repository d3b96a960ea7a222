/* Duty rosters: made by hand, and what must hold for any. */
#include "base/test.h"
#include "work/work.h"

enum { HOUR = 3600 * 1000 };
#define MONDAY day_of(2021, 11, 1)

struct made {
    struct roster roster;
    bool listed[2 * 12];
    time_ms between[2];
};

/* One post of 24 hours from half past eight, every day; rest days are the weekends. */
static void days_of(struct op *op, struct made *m, size_t days, size_t people, int between_hours)
{
    *m = (struct made){.between = {(time_ms)between_hours * HOUR, (time_ms)between_hours * HOUR}};
    m->roster = (struct roster){.shifts = op_array(op, struct roster_shift, days),
                                .shift_count = days,
                                .people = op_array(op, struct roster_person, people),
                                .people_count = people,
                                .listed = m->listed,
                                .between = m->between};
    for (size_t i = 0; i < people; i++)
        m->listed[i] = true;
    for (size_t i = 0; i < days; i++) {
        day d = MONDAY + (day)i;
        time_ms from = (time_ms)d * 24 * HOUR - TOWN_OFFSET_MS + 8 * HOUR + HOUR / 2;
        m->roster.shifts[i] = (struct roster_shift){.day = d,
                                                    .from = from,
                                                    .to = from + 24 * (time_ms)HOUR,
                                                    .rest = day_weekday(d) > 5,
                                                    .person = ROSTER_NOBODY};
    }
}

static void loads(const struct roster *r, int64_t *all_low, int64_t *all_high, int64_t *rest_low, int64_t *rest_high)
{
    *all_low = *rest_low = INT64_MAX;
    *all_high = *rest_high = 0;
    for (size_t i = 0; i < r->people_count; i++) {
        const struct roster_person *p = &r->people[i];
        *all_low = p->all < *all_low ? p->all : *all_low;
        *all_high = p->all > *all_high ? p->all : *all_high;
        *rest_low = p->rest < *rest_low ? p->rest : *rest_low;
        *rest_high = p->rest > *rest_high ? p->rest : *rest_high;
    }
}

TEST("in a month with nobody away, shifts differ by one at most, and so do those of weekends")
{
    for (size_t people = 3; people <= 12; people++) {
        struct made m;
        int64_t a, b, c, d;
        days_of(op, &m, 30, people, 24);
        roster_plan(op, &m.roster);
        loads(&m.roster, &a, &b, &c, &d);
        check(b - a <= 1 && d - c <= 1);
        for (size_t i = 0; i < 30; i++)
            check(m.roster.shifts[i].person != ROSTER_NOBODY &&
                  (i == 0 || m.roster.shifts[i].person != m.roster.shifts[i - 1].person));
    }
}

TEST("who is away is not on the roster, not even for the night before their first day away; the others share it")
{
    struct made m;
    days_of(op, &m, 30, 4, 0);
    const struct roster_leave leave = {0, MONDAY + 10, MONDAY + 19};
    m.roster.leaves = &leave;
    m.roster.leave_count = 1;
    roster_plan(op, &m.roster);
    for (size_t i = 9; i < 20; i++)
        check(m.roster.shifts[i].person > 0); /* the shift of day 9 ends in the morning of day 10 */
    check(m.roster.people[0].all == 7 ||
          m.roster.people[0].all == 8); /* 30 / 4, made up for on the days before and after */
}

TEST("what somebody has done before counts, and a shift that is fixed stays")
{
    struct made m;
    days_of(op, &m, 6, 3, 0);
    m.roster.people[0] = (struct roster_person){.all = 4, .rest = 2};
    m.roster.shifts[5] = (struct roster_shift){.day = MONDAY + 5,
                                               .from = m.roster.shifts[5].from,
                                               .to = m.roster.shifts[5].to,
                                               .rest = true,
                                               .fixed = true,
                                               .person = 0};
    roster_plan(op, &m.roster);
    check_int(m.roster.shifts[5].person, 0);
    check(m.roster.people[0].all == 5 && m.roster.people[1].all + m.roster.people[2].all == 5);
}

TEST("two posts never have the same person at the same time, and a shift that nobody may do stays open")
{
    struct made m;
    days_of(op, &m, 2, 2, 0);
    m.roster.shifts[1].day = m.roster.shifts[0].day;
    m.roster.shifts[1].from = m.roster.shifts[0].from + 12 * (time_ms)HOUR;
    m.roster.shifts[1].to = m.roster.shifts[0].to + 12 * (time_ms)HOUR;
    m.roster.shifts[1].post = 1;
    m.listed[2] = true; /* post 1: only the first person */
    roster_plan(op, &m.roster);
    check(m.roster.shifts[0].person == 1 && m.roster.shifts[1].person == 0);
    check(roster_may(&m.roster, 0, 0, -1) == ROSTER_TWICE && roster_may(&m.roster, 1, 1, -1) == ROSTER_NOT_LISTED);
    days_of(op, &m, 2, 1, 24);
    roster_plan(op, &m.roster);
    check(m.roster.shifts[0].person == 0 && m.roster.shifts[1].person == ROSTER_NOBODY &&
          roster_may(&m.roster, 1, 0, -1) == ROSTER_TOO_SOON);
    check(roster_may(&m.roster, 1, 0, 0) == ROSTER_YES); /* given away for the other */
}

TEST("for any month: nobody is where they may not be, a hole is one that nobody may fill, no single change makes it "
     "fairer, and twice gives the same")
{
    for (int round = 0; round < 150; round++) {
        struct made m, n;
        size_t people = 2 + op_random(op) % 8, days = 10 + op_random(op) % 25, leaves = op_random(op) % 6;
        int between = (int)(op_random(op) % 3) * 24;
        struct roster_leave leave[6];
        days_of(op, &m, days, people, between);
        days_of(op, &n, days, people, between);
        for (size_t i = 0; i < leaves; i++) {
            day from = MONDAY + (day)(op_random(op) % days);
            leave[i] = (struct roster_leave){(int)(op_random(op) % people), from, from + (day)(op_random(op) % 8)};
        }
        for (size_t i = 0; i < people; i++) {
            int64_t all = (int64_t)(op_random(op) % 4);
            m.roster.people[i] = n.roster.people[i] = (struct roster_person){all, all / 2};
        }
        m.roster.leaves = n.roster.leaves = leave;
        m.roster.leave_count = n.roster.leave_count = leaves;
        roster_plan(op, &m.roster);
        roster_plan(op, &n.roster);
        for (size_t i = 0; i < days; i++) {
            int p = m.roster.shifts[i].person;
            check_int(p, n.roster.shifts[i].person);
            if (p != ROSTER_NOBODY)
                check(roster_may(&m.roster, i, p, -1) == ROSTER_YES);
            for (int q = 0; q < (int)people; q++) {
                bool may = roster_may(&m.roster, i, q, -1) == ROSTER_YES;
                if (p == ROSTER_NOBODY)
                    check(!may);
                else if (q != p && may)
                    check(m.roster.people[q].all >= m.roster.people[p].all - 1);
            }
        }
    }
}
