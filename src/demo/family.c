/* Families: shapes, ages and what follows from ages. Shares are those of a pastoral township: many old, many away at
 * work. */
#include <stdio.h>

#include "demo/family.h"
#include "ledger/check.h"

enum {
    AGE_MAX = 104,
    GROUP_PEOPLE_USUAL = 2500,
    SEQUENCES = 499,   /* of one region, birthday and sex: 001 … 998 */
    COUNTIES = 99,
    REGION_TOWN = 1599, /* and down: none of them was ever given out */
    REGION_TOWN_COUNT = 70,
    REGION_MORE = 1499, /* and down to 1420, as little given out: more than three million families */
    REGION_MORE_COUNT = 80,
    REGION_STRANGERS = 1511,
};

const str relation_names[RELATIONS] = {SC("户主"), SC("配偶"), SC("子"),       SC("女"),
                                       SC("孙"),   SC("父母"), SC("兄弟姐妹"), SC("儿媳女婿")};

/* ---- chance ------------------------------------------------------------------------------------------------------ */

static uint64_t dice_throw(struct dice *d)
{
    uint64_t z = d->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

int dice_below(struct dice *d, int n)
{
    must(n > 0);
    return (int)(dice_throw(d) % (uint64_t)n);
}

int dice_between(struct dice *d, int low, int high)
{
    return low >= high ? low : low + dice_below(d, high - low + 1);
}

bool dice_percent(struct dice *d, int percent)
{
    return dice_below(d, 100) < percent;
}

struct dice dice_of(uint64_t seed, uint64_t number, uint64_t purpose)
{
    struct dice d = {seed ^ (number * 0xD1B54A32D192ED03u) ^ (purpose << 56)};
    d.state = dice_throw(&d);
    return d;
}

struct census census_of(struct op *op, int64_t people, int least, uint64_t seed)
{
    must(people >= 0 && people <= DEMO_PEOPLE_MAX);
    int64_t groups = people / GROUP_PEOPLE_USUAL, few = least > 0 && least < DEMO_GROUPS_LEAST ? least : DEMO_GROUPS_LEAST;
    if (groups < least)
        groups = least;
    return (struct census){.seed = seed,
                           .people = people,
                           .today = day_at(op->now) - 1,
                           .groups = (int)(groups < few                ? few
                                           : groups > DEMO_GROUPS_MAX ? DEMO_GROUPS_MAX
                                                                  : groups)};
}

/* Villages differ in size: 60 to 140 parts of the town, by their number alone. */
static int64_t group_parts(int groups)
{
    int64_t parts = 0;
    for (int i = 0; i < groups; i++)
        parts += 60 + (i * 37 + 11) % 81;
    return parts;
}

int64_t group_people(const struct census *census, int group)
{
    int64_t all = group_parts(census->groups);
    return census->people * group_parts(group + 1) / all - census->people * group_parts(group) / all;
}

/* ---- shapes ------------------------------------------------------------------------------------------------------ */

struct maker {
    const struct census *census;
    struct family *f;
    struct dice *d;
    char surname[NAME_BYTES];
    enum nation nation;
};

static int age_at(day born, day today)
{
    struct date b = date_of(born), t = date_of(today);
    return t.year - b.year - (t.month < b.month || (t.month == b.month && t.day < b.day));
}

/* A birthday of somebody who is `age` now. */
static day born_at(struct dice *d, day today, int age)
{
    struct date t = date_of(today);
    int mday = t.month == 2 && t.day == 29 ? 28 : t.day;
    return day_of(t.year - age, t.month, mday) - dice_below(d, 364);
}

static bool taken(const struct family *f, const struct person *p)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->people[i].male == p->male && f->people[i].born == p->born)
            return true;
    return false;
}

static struct person *person_add(struct maker *m, enum kinship relation, bool male, int age)
{
    struct family *f = m->f;
    must(f->count < FAMILY_MAX);
    struct person p = {.relation = relation, .male = male, .nation = m->nation, .married = S("未婚")};
    age = age < 0 ? 0 : age > AGE_MAX ? AGE_MAX : age;
    p.born = born_at(m->d, m->census->today, age);
    while (taken(f, &p))
        p.born--;
    p.age = age_at(p.born, m->census->today);
    f->people[f->count] = p;
    return &f->people[f->count++];
}

static void married(struct person *a, struct person *b)
{
    a->married = b->married = S("已婚");
}

static struct person *spouse_add(struct maker *m, enum kinship relation, struct person *of)
{
    int age = of->age + (of->male ? -dice_below(m->d, 5) + 1 : dice_below(m->d, 5) - 1);
    struct person *p = person_add(m, relation, !of->male, age < 20 ? 20 : age);
    if (dice_percent(m->d, 20))
        p->nation = dice_percent(m->d, 60) ? HAN : MONGOL;
    married(of, p);
    return p;
}

/* Children of somebody of this age; at least nineteen years lie between. */
static void children_add(struct maker *m, int parent_age, int count, int age_least, int age_most)
{
    int age = parent_age - dice_between(m->d, 20, 27);
    if (age > age_most)
        age = dice_between(m->d, age_most - 6 > age_least ? age_most - 6 : age_least, age_most);
    for (int i = 0; i < count && age >= age_least && age >= 0; i++) {
        bool male = dice_percent(m->d, 52);
        person_add(m, male ? REL_SON : REL_DAUGHTER, male, age);
        age -= dice_between(m->d, 2, 5);
    }
}

static void parents_add(struct maker *m, int child_age, int count)
{
    bool male = dice_percent(m->d, 40);
    int age = child_age + dice_between(m->d, 21, 29);
    struct person *p = person_add(m, REL_PARENT, male, age);
    p->married = S("丧偶");
    if (count > 1)
        spouse_add(m, REL_PARENT, p);
}

static void couple_with_children(struct maker *m, struct person *head)
{
    spouse_add(m, REL_SPOUSE, head);
    children_add(m, head->age, dice_between(m->d, 1, 3), 0, 24);
}

static void three_generations(struct maker *m, struct person *head)
{
    spouse_add(m, REL_SPOUSE, head);
    children_add(m, head->age, dice_between(m->d, 1, 3), 0, 22);
    parents_add(m, head->age, dice_between(m->d, 1, 2));
}

static void couple(struct maker *m, struct person *head)
{
    spouse_add(m, REL_SPOUSE, head);
}

static void widowed(struct maker *, struct person *head)
{
    head->married = S("丧偶");
}

static void single_parent(struct maker *m, struct person *head)
{
    head->married = dice_percent(m->d, 60) ? S("离异") : S("丧偶");
    children_add(m, head->age, dice_between(m->d, 1, 2), 0, 22);
}

/* Parents work in town; the old keep the children. */
static void grandparents(struct maker *m, struct person *head)
{
    if (dice_percent(m->d, 75))
        spouse_add(m, REL_SPOUSE, head);
    else
        head->married = S("丧偶");
    int count = dice_between(m->d, 1, 2), age = head->age - dice_between(m->d, 46, 52);
    for (int i = 0; i < count; i++)
        person_add(m, REL_GRANDCHILD, dice_percent(m->d, 52), age > 15 ? 15 - i * 2 : age > i * 2 ? age - i * 2 : i);
}

static void with_married_son(struct maker *m, struct person *head)
{
    spouse_add(m, REL_SPOUSE, head);
    struct person *son = person_add(m, REL_SON, true, head->age - dice_between(m->d, 22, 26));
    struct person *wife = spouse_add(m, REL_IN_LAW, son);
    int age = (son->age < wife->age ? son->age : wife->age) - dice_between(m->d, 21, 25),
        count = dice_between(m->d, 1, 2);
    for (int i = 0; i < count && age - 3 * i >= 0; i++)
        person_add(m, REL_GRANDCHILD, dice_percent(m->d, 52), age - 3 * i > 16 ? 16 - 3 * i : age - 3 * i);
}

static void alone(struct maker *, struct person *)
{
}

static void siblings(struct maker *m, struct person *head)
{
    bool male = dice_percent(m->d, 50);
    person_add(m, REL_SIBLING, male, head->age - dice_between(m->d, 2, 8));
}

static const struct shape {
    int percent, youngest, oldest; /* of the head */
    bool women;                    /* as often as men at the head */
    void (*make)(struct maker *m, struct person *head);
} shapes[] = {
    {33, 26, 50, false, couple_with_children},
    {23, 28, 48, false, three_generations},
    {11, 60, 84, false, couple},
    {7, 62, 96, true, widowed},
    {8, 45, 60, false, couple},
    {5, 30, 48, true, single_parent},
    {4, 58, 72, false, grandparents},
    {5, 46, 62, false, with_married_son},
    {3, 22, 60, false, alone},
    {1, 24, 45, false, siblings},
};

/* ---- what follows ------------------------------------------------------------------------------------------------ */

static str one_of_them(struct dice *d, const str *list, size_t count)
{
    return list[dice_below(d, (int)count)];
}
#define ONE_OF(d, ...) one_of_them((d), (const str[]){__VA_ARGS__}, COUNT(((const str[]){__VA_ARGS__})))

static void person_name(struct maker *m, struct person *p)
{
    char other[NAME_BYTES];
    const char *surname = m->surname;
    bool carries = p->nation == m->nation && p->relation != REL_IN_LAW && p->relation != REL_SPOUSE &&
                   !(p->relation == REL_PARENT && !p->male);
    if (!carries) {
        name_surname(m->d, p->nation, other);
        surname = other;
    }
    p->name = name_person(m->d, p->nation, p->male, surname, p->name_bytes);
}

static void person_health(struct dice *d, struct person *p)
{
    int ill = p->age < 40 ? 3 : p->age < 60 ? 12 : 35;
    p->health = S("健康");
    if (dice_percent(d, p->age < 50 ? 2 : 7)) {
        p->health = S("残疾");
        p->disability = ONE_OF(d, S("肢体"), S("肢体"), S("肢体"), S("视力"), S("听力"), S("智力"), S("精神"),
                               S("言语"), S("多重"));
        p->grade = ONE_OF(d, S("一级"), S("二级"), S("三级"), S("三级"), S("四级"), S("四级"));
    } else if (dice_percent(d, ill)) {
        p->health = dice_percent(d, 85) ? S("慢性病") : S("大病");
    }
    bool well = str_eq(p->health, S("健康"));
    if (p->age < 16)
        p->labour = S("无");
    else if (p->age > 75 || str_eq(p->grade, S("一级")))
        p->labour = S("丧失");
    else if (p->age > 65 || !well)
        p->labour = S("弱");
    else
        p->labour = dice_percent(d, 15) ? S("技能") : S("普通");
}

static void person_school(struct dice *d, struct person *p)
{
    static const str old_ones[] = {SC("文盲"), SC("小学"), SC("小学"), SC("小学"), SC("初中"), SC("初中")};
    static const str middle[] = {SC("小学"), SC("初中"), SC("初中"), SC("初中"), SC("高中"), SC("中专")};
    static const str young[] = {SC("初中"), SC("高中"), SC("中专"), SC("大专"), SC("本科"), SC("本科"), SC("研究生")};
    if (p->age < 6)
        return;
    if (p->age < 12) {
        p->education = S("小学");
        p->school = S("镇中心小学");
    } else if (p->age < 15) {
        p->education = S("初中");
        p->school = S("旗蒙古族中学");
    } else if (p->age < 18) {
        p->education = S("高中");
        p->school = dice_percent(d, 60) ? S("旗第一中学") : S("旗职业中专");
    } else {
        p->education = p->age >= 65   ? old_ones[dice_below(d, COUNT(old_ones))]
                       : p->age >= 40 ? middle[dice_below(d, COUNT(middle))]
                                      : young[dice_below(d, p->age < 22   ? 5
                                                            : p->age < 26 ? 6
                                                                          : 7)];
    }
}

static void person_living(struct dice *d, struct person *p)
{
    int away = p->age < 6 ? 4 : p->age < 18 ? 12 : p->age < 50 ? 30 : p->age < 60 ? 14 : 3;
    if (p->relation == REL_GRANDCHILD || p->relation == REL_HEAD)
        away /= 4;
    p->living = S("常住");
    if (!dice_percent(d, away))
        return;
    p->living = dice_percent(d, 75) ? S("外出半年以上") : S("外出半年以下");
    p->away_to = ONE_OF(d, S("呼和浩特市"), S("呼和浩特市"), S("包头市"), S("锡林浩特市"), S("旗政府所在地"),
                        S("鄂尔多斯市"), S("北京市"), S("张家口市"));
    p->away_for = p->age < 22 && p->age > 5 ? S("就学") : p->age < 60 && p->age > 21 ? S("务工") : S("随迁");
}

static void person_rest(struct dice *d, struct person *p)
{
    static const char digits[] = "0123456789";
    p->politics = S("群众");
    if (p->age >= 20 && dice_percent(d, 9))
        p->politics = dice_percent(d, 96) ? S("中共党员") : S("预备党员");
    else if (p->age >= 14 && p->age < 28 && dice_percent(d, 55))
        p->politics = S("共青团员");
    if (p->male && p->age >= 18 && p->age <= 24)
        p->service = dice_percent(d, 3) ? S("现役") : S("已登记");
    else if (p->male && p->age > 24 && p->age < 80 && dice_percent(d, 6))
        p->service = S("退役");
    p->has_phone = p->age >= 16 && dice_percent(d, p->age < 70 ? 95 : 60);
    memcpy(p->phone_bytes, "168", 3);
    for (int i = 3; i < 11; i++)
        p->phone_bytes[i] = digits[dice_below(d, 10)];
}

/* Unique: families of one region differ in the sequence, members of a family in birthday or sex. */
static void person_number(struct person *p, int region, int64_t serial)
{
    int64_t block = serial / SEQUENCES;
    int sequence = (int)(serial % SEQUENCES) * 2 + (p->male ? 1 : 2);
    int below = (int)(block / COUNTIES);
    struct date b = date_of(p->born);
    char text[32];
    must(below < REGION_TOWN_COUNT + REGION_MORE_COUNT);
    if (below >= REGION_TOWN_COUNT) {
        region = REGION_MORE;
        below -= REGION_TOWN_COUNT;
    }
    int n = snprintf(text, sizeof text, "%04d%02d%04d%02d%02d%03d", region - below, (int)(block % COUNTIES) + 1, b.year,
                     b.month, b.day, sequence);
    must(n == 17);
    memcpy(p->id_bytes, text, 17);
    p->id_bytes[17] = citizen_id_check_char(text);
}

static void person_finish(struct maker *m, struct person *p, int region, int64_t serial)
{
    person_name(m, p);
    person_health(m->d, p);
    person_school(m->d, p);
    person_living(m->d, p);
    person_rest(m->d, p);
    person_number(p, region, serial);
}

static void household_finish(struct maker *m)
{
    struct family *f = m->f;
    struct dice *d = m->d;
    bool pastoral = group_is_pastoral(f->group);
    memcpy(f->card_bytes, "9999", 4);
    int sum = 0;
    for (int i = 4; i < 18; i++)
        f->card_bytes[i] = (char)('0' + dice_below(d, 10));
    for (int i = 0; i < 18; i++) {
        int v = f->card_bytes[17 - i] - '0';
        sum += i % 2 ? v : v * 2 > 9 ? v * 2 - 9 : v * 2;
    }
    f->card_bytes[18] = (char)('0' + (10 - sum % 10) % 10);
    f->home = (int)f->number + 1;
    f->pasture = pastoral && dice_percent(d, 92) ? (int64_t)dice_between(d, 400, 6500) * 100 + dice_below(d, 100) : 0;
    f->farmland = !pastoral || dice_percent(d, 8) ? (int64_t)dice_between(d, 5, 120) * 100 + dice_below(d, 10) * 10 : 0;
    f->animals = pastoral              ? (dice_percent(d, 88) ? dice_between(d, 20, 480) : 0)
                 : dice_percent(d, 60) ? dice_between(d, 2, 40)
                                       : 0;
    f->income = f->people[0].age >= 68   ? S("转移性")
                : pastoral && f->animals ? S("牧业")
                : f->farmland            ? S("种植")
                                         : S("务工");
}

static void make(const struct census *census, int group, int64_t number, int64_t limit, uint64_t purpose, int region,
                 struct family *f)
{
    uint64_t mixed = (uint64_t)group << 40 | (uint64_t)number;
    *f = (struct family){.group = group, .number = number, .dice = dice_of(census->seed, mixed, purpose)};
    struct maker m = {.census = census, .f = f, .d = &f->dice};
    int n = dice_below(m.d, 100), i = 0;
    while (n >= shapes[i].percent)
        n -= shapes[i++].percent;
    static const int shares[NATIONS] = {
        [HAN] = 36, [MONGOL] = 53, [MANCHU] = 3, [HUI] = 2, [DAUR] = 3, [EVENKI] = 2, [UYGUR] = 1};
    int who = dice_below(m.d, 100);
    while (who >= shares[m.nation])
        who -= shares[m.nation++];
    name_surname(m.d, m.nation, m.surname);
    bool male = dice_percent(m.d, shapes[i].women ? 45 : 84);
    struct person *head = person_add(&m, REL_HEAD, male, dice_between(m.d, shapes[i].youngest, shapes[i].oldest));
    shapes[i].make(&m, head);
    if (limit > 0 && (int64_t)f->count > limit) {
        f->count = (size_t)limit;
        if (limit == 1 && str_eq(head->married, S("已婚")))
            head->married = S("丧偶");
    }
    for (size_t k = 0; k < f->count; k++)
        person_finish(&m, &f->people[k], region, number * census->groups + group);
    household_finish(&m);
}

void family_make(const struct census *census, int group, int64_t number, int64_t limit, struct family *f)
{
    make(census, group, number, limit, 1, REGION_TOWN, f);
}

void family_stranger(const struct census *census, int group, int64_t number, struct family *f)
{
    make(census, group, number, 4, 2, REGION_STRANGERS, f);
}

void family_newborn(const struct census *census, struct family *f, struct person *ret)
{
    must(f->count < FAMILY_MAX);
    struct dice d = f->dice;
    struct maker m = {.census = census, .f = f, .d = &d, .nation = f->people[0].nation};
    name_surname(m.d, m.nation, m.surname);
    struct person *p = person_add(&m, REL_DAUGHTER, false, 0);
    if (m.nation != MONGOL &&
        m.nation != UYGUR) { /* the head's surname or clan stands before the first character of a given name */
        str s = f->people[0].name;
        size_t at, end = str_find(s, S("·"), &at) ? at : utf8_skip(s, 1);
        memcpy(m.surname, s.p, end);
        m.surname[end] = 0;
    }
    person_finish(&m, p, REGION_TOWN, f->number * census->groups + f->group);
    p->living = S("常住");
    p->away_to = p->away_for = (str){0};
    *ret = *p;
    ret->name.p = ret->name_bytes;
    f->count--;
}

str person_id(const struct person *p)
{
    return (str){p->id_bytes, sizeof p->id_bytes};
}

str person_phone(const struct person *p)
{
    return p->has_phone ? (str){p->phone_bytes, sizeof p->phone_bytes} : (str){0};
}
