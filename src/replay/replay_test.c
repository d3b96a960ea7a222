/* The half year that is shipped, and another one: every figure of the report comes out of the records that were played. */
#include "base/test.h"
#include "org/org.h"
#include "policy/policy.h"
#include "replay/replay.h"
#include "report/report.h"

struct office {
    struct op *op;
    struct store *store;
    struct town *town;
    struct flow *flow;
    struct indicators *indicators;
    struct tx *tx;
    struct replay_done done;
    id subject;                      /* of whom the report is */
};

static void close_store(void *store)
{
    store_close(store);
}

static bool opened(struct office *o, str folder)
{
    return store_open(o->op, folder, &(struct store_options){.town = S("152524199")}, &o->store) &&
           store_begin(o->store, o->op, TX_WRITE, &o->tx) && town_load(o->tx, S("packs"), &o->town) && org_setup(o->tx) &&
           flow_load(o->tx, o->town, S("packs"), &o->flow) && policy_setup(o->tx) && store_commit(o->tx) &&
           indicators_load(o->op, o->town, S("packs"), &o->indicators);
}

static void must_be(struct op *op, bool good)
{
    for (const struct fault *f = op->faults; f; f = f->next)
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(f->field), PS(f->text));
    must(good);
}

/* Plays, and begins a reading transaction a day after the end. */
static void office_play(struct op *op, int64_t people, uint64_t seed, const char *counts, struct office *o)
{
    str folder;
    *o = (struct office){.op = op};
    test_dir_make(op, &folder);
    bool good = opened(o, op_text(op, "%.*s/data", PS(folder)));
    op_defer(op, close_store, o->store);
    struct replay_options options = {.packs = S("packs"), .counts = str_z(counts), .people = people, .seed = seed};
    good = good && replay_run(op, o->store, o->town, o->flow, &options, &o->done);
    must_be(op, good);
    op->now = (time_ms)(o->done.to + 1) * 86400000;
}

static void office_read(struct office *o)
{
    struct who system = org_system();
    struct list_page page;
    must_be(o->op, store_begin(o->store, o->op, TX_READ, &o->tx) &&
                       list_read(o->tx, o->town, &system, town_ledger(o->town, S("干部")),
                                 &(struct list_query){.where = S("编制 = \"挂职\""), .limit = 2}, &page));
    must(page.record_count == 1);
    o->subject = page.records[0].id;
}

/* ---- the table of figures ------------------------------------------------------------------------------------------- */

enum { ROW, INDICATOR, PERSON, HALF_YEAR, OTHER, COLUMNS };

static size_t figures(struct op *op, struct csv_row **ret)
{
    str text;
    size_t count;
    must_be(op, file_read(op, S("tests/replay/figures.csv"), 1 << 20, &text) && csv_parse(op, text, ret, &count));
    must(count > 1);
    for (size_t i = 0; i < count; i++)
        must((*ret)[i].count == COLUMNS);
    return count;
}

static str figure(struct office *o, const struct csv_row *row)
{
    struct who system = org_system();
    struct indicator_value v;
    const struct indicator *i = indicator_find(o->indicators, row->fields[INDICATOR]);
    if (!i) {
        test_failed(__FILE__, __LINE__, "no indicator %.*s", PS(row->fields[INDICATOR]));
        return S("(none)");
    }
    struct asked asked = {.from = o->done.from, .to = o->done.to};
    if (row->fields[PERSON].n)
        asked.person = o->subject;
    must_be(o->op, indicator_value(o->tx, o->town, &system, i, &asked, &v));
    return v.text;
}

static bool as_expected(str value, str expected)
{
    dec a, b;
    if (!str_starts(expected, S("≥")))
        return str_eq(value, expected);
    return dec_parse(value, &a) && dec_parse(str_part(expected, S("≥").n, expected.n), &b) && dec_cmp(a, b) >= 0;
}

static void figures_check(struct office *o, int column)
{
    struct csv_row *rows;
    size_t count = figures(o->op, &rows);
    for (size_t i = 1; i < count; i++) {
        str value = figure(o, &rows[i]), expected = rows[i].fields[column];
        if (expected.n && !as_expected(value, expected))
            test_failed(__FILE__, __LINE__, "%.*s %.*s: %.*s, expected %.*s", PS(rows[i].fields[ROW]), PS(rows[i].fields[INDICATOR]),
                        PS(value), PS(expected));
    }
}

TEST("the half year played from the packs gives every figure of the half-year report")
{
    struct office o;
    office_play(op, 1500, 2021, "", &o);
    office_read(&o);
    figures_check(&o, HALF_YEAR);
}

TEST("another town with other counts, played from the same packs, gives those figures")
{
    struct office o;
    office_play(op, 600, 7, "tests/replay/other.json", &o);
    office_read(&o);
    figures_check(&o, OTHER);
}
