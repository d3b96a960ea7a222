/* Votes: the worked example of the law, its variants, and what must hold for any count. */
#include "base/test.h"
#include "work/work.h"

/* 选举法: more than half of the voters take part, more than half of those elect; lists one third to once longer than the
 * seats. */
static const struct count_rule first = {.turnout = {1, 2, false},
                                        .win = {1, 2, false},
                                        .base = COUNT_OF_PRESENT,
                                        .more_least = {1, 3, true},
                                        .more_most = {1, 1, true},
                                        .rerun = true};
/* 另行选举: the best, but one third of the ballots. */
static const struct count_rule again = {.turnout = {1, 2, false},
                                        .win = {1, 3, true},
                                        .base = COUNT_OF_COLLECTED,
                                        .more_least = {1, 3, true},
                                        .more_most = {1, 1, true}};
static const struct count_rule tied = {.turnout = {1, 2, false}};

static struct count count_of(struct op *op, int64_t voters, int64_t issued, int64_t collected, int64_t invalid,
                             int seats, size_t n, const int64_t *yes)
{
    static const str names[] = {SC("甲"), SC("乙"), SC("丙"), SC("丁"), SC("戊"), SC("己")};
    struct count c = {.voters = voters,
                      .issued = issued,
                      .collected = collected,
                      .valid = collected - invalid,
                      .invalid = invalid,
                      .seats = seats,
                      .names = op_array(op, struct count_name, n),
                      .name_count = n};
    for (size_t i = 0; i < n; i++)
        c.names[i] = (struct count_name){.name = names[i], .yes = yes[i], .abstain = c.valid - yes[i]};
    return c;
}
#define YES(...) sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__}

static bool says(struct op *op, const char *part)
{
    size_t at;
    for (const struct fault *f = op->faults; f; f = f->next)
        if (str_find(f->text, str_z(part), &at))
            return true;
    return false;
}

TEST("of 1,098 who voted 640 elect, 549 do not, and the seat left is voted on by the two who were next")
{
    struct count_result r;
    struct count c = count_of(op, 1486, 1102, 1098, 19, 2, YES(640, 549, 548, 31));
    check(count_judge(op, &first, &c, &r));
    check_int(r.present, 1098);
    check_int(r.present_least, 744);
    check_int(r.votes_least, 550);
    check(r.end == COUNT_PART && r.elected == 1 && r.open == 1);
    check(c.names[0].elected && !c.names[1].elected && !c.names[1].enough);
    check(r.next_count == 2 && !r.next_tied);
    check_str(r.next[0]->name, S("乙"));
    check_str(r.next[1]->name, S("丙"));
    struct count two = count_of(op, 1486, 1030, 1024, 10, 1, YES(498, 480));
    check(count_judge(op, &again, &two, &r));
    check_int(r.votes_least, 342);
    check(r.end == COUNT_ALL && two.names[0].elected && !two.names[1].elected);
}

TEST("more ballots than were given out make the round void, and so does half of the voters; one more voter makes it "
     "valid")
{
    struct count_result r;
    struct count more = count_of(op, 1486, 1102, 1103, 0, 2, YES(900, 800));
    check(count_judge(op, &first, &more, &r) && r.end == COUNT_VOID && r.too_many && r.elected == 0 &&
          !more.names[0].elected);
    struct count half = count_of(op, 1486, 743, 743, 0, 2, YES(700, 600));
    check(count_judge(op, &first, &half, &r) && r.end == COUNT_VOID && !r.too_many);
    struct count enough = count_of(op, 1486, 744, 744, 0, 2, YES(700, 600));
    check(count_judge(op, &first, &enough, &r) && r.end == COUNT_ALL && r.elected == 2);
}

TEST("two with equal votes for the last seat both wait for a vote between them")
{
    struct count_result r;
    struct count c = count_of(op, 1400, 1000, 1000, 0, 2, YES(700, 600, 600));
    check(count_judge(op, &first, &c, &r));
    check(r.end == COUNT_TIE && r.elected == 1 && r.open == 1 && c.names[0].elected && c.names[1].tied &&
          c.names[2].tied && r.next_count == 2);
    struct count between = count_of(op, 1400, 900, 900, 0, 1, YES(300, 299));
    check(count_judge(op, &tied, &between, &r) && r.end == COUNT_ALL && between.names[0].elected);
    struct count still = count_of(op, 1400, 900, 900, 0, 1, YES(300, 300));
    check(count_judge(op, &tied, &still, &r) && r.end == COUNT_TIE && r.elected == 0 && r.next_count == 2);
}

TEST("a second round whose best has less than a third fills no seat and leaves it open")
{
    struct count_result r;
    struct count c = count_of(op, 1486, 1024, 1024, 0, 1, YES(341, 300));
    check(count_judge(op, &again, &c, &r) && r.end == COUNT_OPEN && r.elected == 0 && r.open == 1 && r.next_count == 0);
    struct count third = count_of(op, 1486, 1023, 1023, 0, 1, YES(341, 300));
    check(count_judge(op, &again, &third, &r) && r.end == COUNT_ALL); /* 341 × 3 = 1,023: exactly a third is enough */
}

TEST("a list has one third to once more names than seats: two for one, three or four for two, four to six for three")
{
    int least, most;
    const int wanted[][2] = {{2, 2}, {3, 4}, {4, 6}};
    for (int s = 1; s <= 3; s++) {
        count_list(&first, s, &least, &most);
        check_int(least, wanted[s - 1][0]);
        check_int(most, wanted[s - 1][1]);
    }
    count_list(&tied, 5, &least, &most);
    check(least == 6 && most == 0);
}

TEST("numbers that contradict each other are refused and each contradiction is named")
{
    struct count_result r;
    struct count c = count_of(op, 100, 90, 90, 0, 1, YES(50, 41));
    check(!count_judge(op, &first, &c, &r) && says(op, "有多选的票没有作废"));
    op_forgive(op, 0);
    c = count_of(op, 100, 90, 90, 5, 1, YES(50, 30));
    c.valid = 84;
    check(!count_judge(op, &first, &c, &r) && says(op, "不等于收回选票90") && says(op, "须相等"));
    op_forgive(op, 0);
    c = count_of(op, 100, 90, 90, 5, 1, YES(50, 30));
    c.names[1].name = c.names[0].name;
    check(!count_judge(op, &first, &c, &r) && says(op, "出现了两次"));
    op_forgive(op, 0);
    c = count_of(op, 100, 90, 90, 5, 1, YES(50, -1));
    check(!count_judge(op, &first, &c, &r) && says(op, "不小于0"));
    op_forgive(op, 0);
}

TEST("two counts agree only when every number is the same; a name that nobody voted for is no difference")
{
    struct buf d;
    struct count a = count_of(op, 0, 90, 90, 5, 1, YES(50, 30)), b = count_of(op, 0, 90, 90, 5, 1, YES(50, 30, 0));
    buf_init(&d, op, 0);
    check(count_agree(&a, &b, &d) && d.n == 0);
    b.names[1].yes = 31;
    b.invalid = 4;
    check(!count_agree(&a, &b, &d));
    check_str(buf_str(&d), S("无效票：一人点得5，一人点得4\n乙 赞成：一人点得30，一人点得31"));
    buf_init(&d, op, 0);
    b = count_of(op, 0, 90, 90, 5, 1, YES(50, 30, 2));
    check(!count_agree(&a, &b, &d) && !count_agree(&b, &a, &d));
}

TEST("for any count: no more are elected than seats, nobody elected has fewer votes than somebody who is not, and "
     "shares are exact")
{
    for (int round = 0; round < 20000; round++) {
        int64_t collected = 1 + (int64_t)(op_random(op) % 200), invalid = (int64_t)(op_random(op) % 5) % collected;
        int seats = 1 + (int)(op_random(op) % 3);
        size_t n = 1 + op_random(op) % 6;
        int64_t yes[6], left = seats * (collected - invalid);
        for (size_t i = 0; i < n; i++) {
            int64_t most = left < collected - invalid ? left : collected - invalid;
            yes[i] = most ? (int64_t)(op_random(op) % (uint64_t)(most + 1)) : 0;
            left -= yes[i];
        }
        struct mark mark = op_mark(op);
        struct count c = count_of(op, 1 + (int64_t)(op_random(op) % 300), collected + (int64_t)(op_random(op) % 3) - 1,
                                  collected, invalid, seats, n, yes);
        struct count_result r;
        const struct count_rule *rule = round % 2 ? &first : &again;
        if (!count_judge(op, rule, &c, &r)) {
            test_failed(__FILE__, __LINE__, "%.*s", PS(op->faults->text));
            return;
        }
        int elected = 0;
        int64_t worst = INT64_MAX, best_left = -1;
        for (size_t i = 0; i < n; i++) {
            elected += c.names[i].elected;
            if (c.names[i].elected && c.names[i].yes < worst)
                worst = c.names[i].yes;
            if (!c.names[i].elected && c.names[i].yes > best_left)
                best_left = c.names[i].yes;
            if (c.names[i].elected)
                check(round % 2 ? c.names[i].yes * 2 > collected : c.names[i].yes * 3 >= collected);
        }
        check(elected == r.elected && elected <= seats && r.elected + r.open == seats);
        check(r.end != COUNT_VOID || elected == 0);
        check(elected == 0 || best_left < worst);
        check((r.end == COUNT_VOID) == (collected > c.issued || collected * 2 <= c.voters));
        check(r.end != COUNT_ALL || elected == seats);
        op_reset(op, mark);
    }
}
