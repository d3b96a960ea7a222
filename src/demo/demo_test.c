#include <sys/stat.h>

#include "base/test.h"
#include "demo/family.h"
#include "ledger/check.h"

/* ---- a demo town with its store
 * -------------------------------------------------------------------------------------- */

struct desk {
    struct op *op;
    str folder;
    struct store *store;
    struct town *town;
    struct tx *tx; /* reading */
    struct who who;
};

static void close_store(void *store)
{
    store_close(store);
}

static void desk_open(struct op *op, int64_t people, uint64_t seed, struct desk *d)
{
    *d = (struct desk){.op = op, .who = {.name = S("系统"), .system = true}};
    struct progress silent = {0};
    test_dir_make(op, &d->folder);
    bool opened = store_open(op, op_text(op, "%.*s/data", PS(d->folder)),
                             &(struct store_options){.town = S("152524199")}, &d->store);
    check(opened);
    must(opened);
    op_defer(op, close_store, d->store);
    bool ready = store_begin(d->store, op, TX_WRITE, &d->tx) && town_load(d->tx, S("packs"), &d->town) &&
                 store_commit(d->tx) && demo_town(op, d->store, d->town, &d->who, people, 0, seed, DEMO_AT_WORK, silent) &&
                 store_begin(d->store, op, TX_READ, &d->tx);
    for (const struct fault *f = op->faults; f; f = f->next)
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(f->field), PS(f->text));
    must(ready);
}

static int64_t count(struct desk *d, const char *sql)
{
    int64_t n = -1;
    bool found;
    check(store_int(d->tx, sql, ARGS(), &n, &found) && found);
    return n;
}

/* The digest of every body in order: what the town says, without its salts. */
static uint64_t content(struct desk *d)
{
    struct rows *rows;
    bool found;
    uint64_t h = 0;
    check(store_query(d->tx, "select body from fact order by no", ARGS(), &rows) && rows_next(rows, &found));
    while (found) {
        h = h * 1099511628211u + str_hash(rows_peek(rows, 0));
        if (!rows_next(rows, &found))
            break;
    }
    return h;
}

/* ---- families
 * ------------------------------------------------------------------------------------------------------------ */

TEST("every person of a demo family has a valid id that says their birthday and sex, and none has another's")
{
    struct census census = census_of(op, 3000, 0, 2021);
    struct map seen;
    map_init(&seen, op);
    struct family f;
    struct field field = {.name = S("证件号"), .type = F_CITIZEN_ID, .value = F_CITIZEN_ID};
    for (int i = 0; i < 3000; i++) {
        if (i % 3)
            family_make(&census, i % census.groups, i / census.groups, FAMILY_MAX, &f);
        else
            family_stranger(&census, i % census.groups, i / census.groups, &f);
        for (size_t k = 0; k < f.count; k++) {
            const struct person *p = &f.people[k];
            struct checked c;
            str number = op_copy(op, person_id(p));
            check(check_text(op, &field, number, &c) && c.warning.n == 0);
            check_int(citizen_id_birth(number), p->born);
            check(citizen_id_male(number) == p->male);
            check(map_put(&seen, number, (void *)p));
        }
    }
}

TEST("a town has as many village groups as are asked for, also one; larger towns have more, so that no village outgrows the others of the land")
{
    static const struct { int64_t people; int asked, made; } cases[] = {{3000, 0, 12}, {3000, 12, 12}, {3000, 1, 1}, {3000, 5, 5}, {300, 15, 15},
                                                                        {300000, 5, 120}, {3000, 700, DEMO_GROUPS_MAX}};
    for (size_t i = 0; i < COUNT(cases); i++)
        check_int(census_of(op, cases[i].people, cases[i].asked, 1).groups, cases[i].made);
}

TEST("the largest town has ids for all its families, to the last one of its largest village")
{
    struct census census = census_of(op, DEMO_PEOPLE_MAX, 0, 2021);
    struct field field = {.name = S("证件号"), .type = F_CITIZEN_ID, .value = F_CITIZEN_ID};
    int64_t most = 0;
    struct map seen;
    map_init(&seen, op);
    for (int i = 0; i < census.groups; i++)
        if (group_people(&census, i) > most)
            most = group_people(&census, i);
    int64_t households = most / 2; /* no town has so many: most households are of more than two */
    for (int64_t number = 0; number < households; number += 7) {
        struct family f;
        struct checked c;
        family_make(&census, census.groups - 1, number, FAMILY_MAX, &f);
        str number_of_head = op_copy(op, person_id(&f.people[0]));
        check(check_text(op, &field, number_of_head, &c) && c.warning.n == 0);
        check(map_put(&seen, number_of_head, &seen));
    }
}

TEST("families hang together: one head, who comes first; nobody over 104; parents at least eighteen years before their "
     "children")
{
    struct census census = census_of(op, 3000, 0, 7);
    struct family f;
    int64_t people = 0, families = 4000;
    for (int i = 0; i < families; i++) {
        family_make(&census, i % census.groups, i / census.groups, FAMILY_MAX, &f);
        people += (int64_t)f.count;
        for (size_t k = 0; k < f.count; k++) {
            const struct person *p = &f.people[k], *head = &f.people[0];
            check((p->relation == REL_HEAD) == (k == 0));
            check(p->age >= 0 && p->age <= 104 && p->born <= census.today);
            if (p->relation == REL_SON || p->relation == REL_DAUGHTER)
                check(head->age - p->age >= 18);
            if (p->relation == REL_PARENT)
                check(p->age - head->age >= 18);
            if (p->relation == REL_GRANDCHILD)
                check(head->age - p->age >= 36);
            if (p->age < 18)
                check_str(p->married, S("未婚"));
        }
        check(f.people[0].age >= 18);
    }
    check(people > families * 29 / 10 && people < families * 36 / 10);
}

TEST("the same seed gives the same family, another seed another")
{
    struct census one = census_of(op, 3000, 0, 1), two = census_of(op, 3000, 0, 2);
    struct family a, b, c;
    int same = 0;
    for (int i = 0; i < 50; i++) {
        family_make(&one, 3, i, FAMILY_MAX, &a);
        family_make(&one, 3, i, FAMILY_MAX, &b);
        family_make(&two, 3, i, FAMILY_MAX, &c);
        check(a.count == b.count);
        check_str(a.people[0].name, b.people[0].name);
        check_str(person_id(&a.people[0]), person_id(&b.people[0]));
        same += str_eq(a.people[0].name, c.people[0].name);
    }
    check(same < 25);
}

TEST("villages of any town have different names and different codes")
{
    struct map names, codes;
    map_init(&names, op);
    map_init(&codes, op);
    for (int i = 0; i < 599; i++) {
        str name = name_group(op, i), code = code_group(op, i);
        check(map_put(&names, name, op) && map_put(&codes, code, op));
        check_int((int64_t)code.n, 12);
    }
}

/* ---- the town
 * ------------------------------------------------------------------------------------------------------------ */

TEST("a demo town has exactly the people asked for, in twelve village groups, each household with one head who lives "
     "in it")
{
    struct desk d;
    desk_open(op, 700, 2021, &d);
    check_int(count(&d, "select count(*) from now_person"), 700);
    check_int(count(&d, "select count(*) from now_group where \"上级\" is not null"), 12);
    int64_t households = count(&d, "select count(*) from now_household");
    check(households > 150 && households < 300);
    check_int(count(&d, "select count(*) from now_household where \"户主\" is null"), 0);
    check_int(
        count(
            &d,
            "select count(*) from now_household h join now_person p on p.record = h.\"户主\" where p.\"户\" = h.record"
            " and p.\"与户主关系\" = '户主'"),
        households);
    check_int(count(&d, "select count(*) from now_person where \"与户主关系\" = '户主'"), households);
    check_int(count(&d, "select count(*) from now_dwelling"), households);
    check(count(&d, "select count(*) from now_tag where \"标签\" = '农村低保户'") > 0);
    check(count(&d, "select count(*) from now_person where \"姓名\" like '%·%'") > 0);
    check(count(&d, "select count(*) from now_entity") >= 59);
    check(count(&d, "select count(*) from now_staff") > 40);
    struct audit_report r;
    check(audit_verify(d.tx, NULL, NULL, &r) && r.ok);
}

TEST("the same seed and day give the same town, byte for byte")
{
    struct desk a, b, c;
    desk_open(op, 60, 5, &a);
    op_random(op);
    op->now += 3600000;
    desk_open(op, 60, 5, &b);
    desk_open(op, 60, 6, &c);
    check(content(&a) == content(&b));
    check(content(&a) != content(&c));
}

TEST("a demo town of nobody has its offices, staff and units")
{
    struct desk d;
    desk_open(op, 0, 1, &d);
    check_int(count(&d, "select count(*) from now_person"), 0);
    check_int(count(&d, "select count(*) from now_household"), 0);
    check_int(count(&d, "select count(*) from now_office"), 16);
    check(count(&d, "select count(*) from now_entity") >= 59);
}

static bool never([[maybe_unused]] void *context, [[maybe_unused]] str stage, [[maybe_unused]] int64_t done,
                  [[maybe_unused]] int64_t total)
{
    return false;
}

TEST("making a demo town can be cancelled, and says that the folder is not whole")
{
    struct desk d;
    desk_open(op, 0, 1, &d);
    store_abandon(d.tx);
    check(!demo_town(op, d.store, d.town, &d.who, 0, 0, 1, DEMO_AT_WORK, (struct progress){never, NULL}));
    check(op->fault_count > 0);
}

/* ---- rolls
 * --------------------------------------------------------------------------------------------------------------- */

TEST("each of the twelve rolls imports as its makers meant: known people unchanged, corrections, newcomers, and the "
     "slips refused")
{
    struct desk d;
    struct demo_roll rolls[DEMO_ROLLS];
    desk_open(op, 2400, 2021, &d);
    store_abandon(d.tx);
    str folder = op_text(op, "%.*s/rolls", PS(d.folder));
    check(mkdir(folder.p, 0700) == 0);
    check(demo_rolls(op, folder, 2400, 0, 2021, rolls));
    check(store_begin(d.store, op, TX_BULK, &d.tx));
    for (int i = 0; i < DEMO_ROLLS; i++) {
        const struct demo_roll *e = &rolls[i];
        struct import_report r = {0};
        struct import_options o = {
            .path = op_text(op, "%.*s/%.*s", PS(folder), PS(e->file)), .file_name = e->file, .dry_run = true};
        bool done = import_workbook(d.tx, d.town, &d.who, town_ledger(d.town, S("人")), &o, &r);
        for (const struct fault *f = op->faults; f; f = f->next)
            test_failed(__FILE__, __LINE__, "%.*s: %.*s: %.*s", PS(e->file), PS(f->field), PS(f->text));
        op_forgive(op, 0);
        check(done && e->rows > 100 && e->added > 4 && e->changed > 1 && e->unchanged > 100 && e->bad > 2);
        if (r.rows == e->rows && r.added == e->added && r.changed == e->changed && r.unchanged == e->unchanged &&
            r.bad == e->bad)
            continue;
        struct buf b;
        buf_init(&b, op, 0);
        if (done)
            json_value(&(struct json_out){.b = &b}, r.errors);
        test_failed(__FILE__, __LINE__, "%.*s: %lld %lld %lld %lld %lld, not %lld %lld %lld %lld %lld: %.*s",
                    PS(e->file), (long long)r.rows, (long long)r.added, (long long)r.changed, (long long)r.unchanged,
                    (long long)r.bad, (long long)e->rows, (long long)e->added, (long long)e->changed,
                    (long long)e->unchanged, (long long)e->bad, PS(buf_str(&b)));
    }
}
