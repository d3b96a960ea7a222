/* The half year that is shipped, and another one: every figure of the report comes out of the records that were
 * played. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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
           store_begin(o->store, o->op, TX_WRITE, &o->tx) && town_load(o->tx, S("packs"), &o->town) &&
           org_setup(o->tx) && flow_load(o->tx, o->town, S("packs"), &o->flow) && policy_setup(o->tx) &&
           store_commit(o->tx) && indicators_load(o->op, o->town, S("packs"), &o->indicators);
}

static void must_be(struct op *op, bool good)
{
    for (const struct fault *f = op->faults; f; f = f->next)
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(f->field), PS(f->text));
    must(good);
}

/* Plays, and begins a reading transaction a day after the end. */
static void office_play(struct op *op, int64_t people, uint64_t seed, const char *counts, day to, struct office *o)
{
    str folder;
    *o = (struct office){.op = op};
    test_dir_make(op, &folder);
    bool good = opened(o, op_text(op, "%.*s/data", PS(folder)));
    op_defer(op, close_store, o->store);
    struct replay_options options = {
        .packs = S("packs"), .counts = str_z(counts), .people = people, .seed = seed, .to = to};
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

static int64_t records(struct office *o, str ledger, str where)
{
    struct who system = org_system();
    int64_t n = -1;
    must_be(o->op, list_count(o->tx, o->town, &system, town_ledger(o->town, ledger), where, &n));
    return n;
}

/* ---- the table of figures ---------------------------------------------------------------------------------------- */

enum { ROW, INDICATOR, PERSON, HALF_YEAR, OTHER, NONE, LARGE, SMALL, COLUMNS };

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

static struct indicator_value figure_value(struct office *o, const struct csv_row *row)
{
    struct who system = org_system();
    struct indicator_value v;
    struct indicator_ask asked = {.from = o->done.from, .to = o->done.to};
    const struct indicator *i = indicator_find(o->indicators, row->fields[INDICATOR]);
    if (!i)
        test_failed(__FILE__, __LINE__, "no indicator %.*s", PS(row->fields[INDICATOR]));
    if (row->fields[PERSON].n)
        asked.person = o->subject;
    must_be(o->op, i && indicator_value(o->tx, o->town, &system, i, &asked, &v));
    return v;
}

static str figure(struct office *o, const struct csv_row *row)
{
    return figure_value(o, row).text;
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
            test_failed(__FILE__, __LINE__, "%.*s %.*s: %.*s, expected %.*s", PS(rows[i].fields[ROW]),
                        PS(rows[i].fields[INDICATOR]), PS(value), PS(expected));
    }
}

TEST("the half year played from the packs gives every figure of the half-year report")
{
    struct office o;
    office_play(op, 2000, 2021, "", 0, &o);
    office_read(&o);
    figures_check(&o, HALF_YEAR);
}

static int64_t value_opens(struct office *o, const struct indicator_value *v)
{
    struct who system = org_system();
    int64_t rows = 0;
    for (size_t k = 0; v->parts && k < v->indicator->part_count; k++)
        rows += value_opens(o, &v->parts[k]);
    if (!v->parts)
        must_be(o->op, list_count(o->tx, o->town, &system, v->ledger, v->where, &rows));
    return rows;
}

/* The count shown is the number of rows that opening it lists. */
static void figures_open(struct office *o)
{
    struct csv_row *rows;
    size_t count = figures(o->op, &rows);
    for (size_t i = 1; i < count; i++) {
        struct indicator_value v = figure_value(o, &rows[i]);
        check_int(value_opens(o, &v), v.rows);
    }
}

TEST("another town with other counts, played from the same packs, gives those figures, and each opens what it counts")
{
    struct office o;
    office_play(op, 600, 7, "tests/replay/other.json", 0, &o);
    office_read(&o);
    check_int(records(&o, S("村组"), S("类型 in (\"村\", \"嘎查\")")), 7);
    figures_check(&o, OTHER);
    figures_open(&o);
}

/* The words of the half-year report, without its tables. */
static str report_said(struct office *o)
{
    struct who system = org_system();
    struct templates *all;
    struct report *report;
    struct buf b;
    struct report_ask ask = {.from = o->done.from, .to = o->done.to, .person = o->subject};
    must_be(o->op, templates_load(o->op, o->town, o->indicators, S("packs"), &all) &&
                       report_make(o->tx, o->town, &system, o->indicators, template_find(all, S("履职报告")), &ask, &report));
    buf_init(&b, o->op, 0);
    for (size_t i = 0; i < report->block_count; i++) {
        for (size_t k = 0; k < report->blocks[i].run_count; k++)
            buf_add(&b, report->blocks[i].runs[k].text);
        buf_byte(&b, '\n');
    }
    return buf_str(&b);
}

/* It says what there was, and of the rest that there was none; no clause counts nought alone, and the marks are right. */
static void nothing_said(struct office *o)
{
    static const char *const gone[] = {"研讨0次", "展板0项", "督办0件",   "信访0件",         "适龄青年0人", "民兵0人", "卡口执勤", "专项整治0项", "0户0人", "发放冬春救助款",
                                       "投诉0件", "0％",     "无房户0户", "0次疫情",         "走访0户",     "—",       "，。",     "，；",        "；。",   "。。"};
    static const char *const said[] = {"期内没有登记的学习。", "没有疫情。", "没有上报的危房、无房户。", "签订卫生协议12份。", "发现隐患2处、销号0处。"};
    str text = report_said(o);
    size_t at;
    for (size_t i = 0; i < COUNT(gone); i++)
        if (str_find(text, str_z(gone[i]), &at))
            test_failed(__FILE__, __LINE__, "the report says %s: %.*s", gone[i], PS(text));
    for (size_t i = 0; i < COUNT(said); i++)
        if (!str_find(text, str_z(said[i]), &at))
            test_failed(__FILE__, __LINE__, "the report does not say %s: %.*s", said[i], PS(text));
}

TEST("a half year in which nothing of what may be counted happened is played to its end, every such figure is zero, and the report says so "
     "in words")
{
    struct office o;
    office_play(op, 400, 5, "tests/replay/none.json", 0, &o);
    office_read(&o);
    figures_check(&o, NONE);
    figures_open(&o);
    nothing_said(&o);
}

TEST("a larger town, with several of everything on one day, gives its figures, and each opens what it counts")
{
    struct office o;
    office_play(op, 2500, 11, "tests/replay/large.json", 0, &o);
    office_read(&o);
    figures_check(&o, LARGE);
    figures_open(&o);
}

TEST("a town of three hundred people, with one or none of most things, more visits than households and large families relieved, gives its "
     "figures")
{
    struct office o;
    office_play(op, -1, 3, "tests/replay/small.json", 0, &o);
    office_read(&o);
    check_int(o.done.people, 300);
    check_int(o.done.fitted_count, 0);
    check_int(records(&o, S("人"), S("")), 300);
    figures_check(&o, SMALL);
    figures_open(&o);
}

TEST("the half year played to another day, across a new year, gives the same figures of its own period")
{
    struct office o;
    office_play(op, 600, 7, "tests/replay/other.json", day_of(2025, 3, 14), &o);
    check_int(o.done.to <= day_of(2025, 3, 14) && o.done.to > day_of(2025, 3, 7), true);
    office_read(&o);
    figures_check(&o, OTHER);
}

/* ---- whole ways ---------------------------------------------------------------------------------------------------- */

TEST("a village cadre's account is that of a 干部: whom a form means by 本人 is somebody")
{
    struct office o;
    office_play(op, 2000, 2021, "", 0, &o);
    office_read(&o);
    str cadres = S("(starts with(登录名, \"cun\") or 登录名 = \"cadre\")");
    check(records(&o, S("账号"), cadres) > 1);
    check_int(records(&o, S("账号"), op_text(op, "%.*s and 干部 = null", PS(cadres))), 0);
    check_int(records(&o, S("账号"), op_text(op, "%.*s and 干部.姓名 != 姓名", PS(cadres))), 0);
}

TEST("relief goes its whole way: the roster that was frozen is the payment, and the bank's word is what each household's "
     "record says; an inspection is one case, its hazards cases under it")
{
    struct office o;
    struct kept_screening *kept;
    size_t count, frozen = 0;
    office_play(op, 600, 7, "tests/replay/other.json", 0, &o);
    office_read(&o);
    int64_t members = records(&o, S("救助对象"), S("状态 = \"公布\"")), back = records(&o, S("发放明细"), S("结果 = \"失败\""));
    must_be(op, screenings_list(o.tx, S("winter_relief"), &kept, &count));
    for (size_t i = 0; i < count; i++)
        if (kept[i].frozen) {
            frozen++;
            check_int(kept[i].included + kept[i].doubts, members);
        }
    check_int((int64_t)frozen, 1);
    check(members > 0 && back > 0);
    check_int(records(&o, S("救助对象"), S("")), members);
    check_int(records(&o, S("评议表决"), S("结论 = \"通过\"")), members);
    check_int(records(&o, S("救助批次"), S("名单 != null and 公示 != null and 状态 = \"归档\"")), 1);
    check_int(records(&o, S("发放明细"), S("结果 = \"成功\" and 救助对象 != null")), members);
    check_int(records(&o, S("发放明细"), S("结果 = \"失败\" and 补发批 != null")), back);
    check_int(records(&o, S("发放批"), S("状态 = \"结平\" and 文件摘要 != null")), 2);
    check_int(records(&o, S("安全检查"), S("状态 = \"销号\" and 隐患数 = 2 and 未销号隐患 = 0")), 1);
    check_int(records(&o, S("安全检查"), S("状态 = \"整改\" and 隐患数 = 2 and 未销号隐患 = 2")), 1);
}

/* ---- files --------------------------------------------------------------------------------------------------------- */

static bool begins(struct office *o, const struct json *file, str with)
{
    char head[8];
    int fd;
    int64_t size;
    const struct json *digest = json_get(file, S("摘要")), *drawn = json_get(file, S("图"));
    must_be(o->op, store_file_open(o->tx, (digest ? digest : drawn)->text, &fd, &size));
    return with.n <= sizeof head && read(fd, head, with.n) == (ssize_t)with.n && str_eq((str){head, with.n}, with);
}

TEST("a picture or a signature of the half year is one, and not words under the name of a picture")
{
    static const struct {
        str ledger, where, field;
    } drawn[] = {{SC("隐患"), SC("整改后照片 != null"), SC("整改后照片")}, {SC("宣传品"), SC("一审 != null"), SC("一审")}};
    struct who system = org_system();
    struct office o;
    office_play(op, 600, 7, "tests/replay/other.json", 0, &o);
    office_read(&o);
    for (size_t i = 0; i < COUNT(drawn); i++) {
        struct list_page page;
        must_be(op, list_read(o.tx, o.town, &system, town_ledger(o.town, drawn[i].ledger),
                              &(struct list_query){.where = drawn[i].where, .limit = 50}, &page));
        check(page.record_count > 0);
        for (size_t k = 0; k < page.record_count; k++) {
            const struct json *value = json_get(page.records[k].values, drawn[i].field);
            check(begins(&o, value->kind == JSON_ARRAY ? value->first : value, S("\x89PNG\r\n")));
        }
    }
}

/* ---- one record changes one figure ------------------------------------------------------------------------------- */

static str *values_of(struct office *o, const struct csv_row *rows, size_t count)
{
    str *values = op_array(o->op, str, count);
    for (size_t i = 1; i < count; i++)
        values[i] = figure(o, &rows[i]);
    return values;
}

/* A complaint that was resolved is found to be unresolved after all. */
static void one_record_changes(struct office *o)
{
    struct who system = org_system();
    const struct ledger *tickets = town_ledger(o->town, S("工单"));
    struct json text = {.kind = JSON_STRING, .key = S("结果"), .text = S("无法解决")},
                patch = {.kind = JSON_OBJECT, .first = &text, .count = 1};
    struct list_page page;
    struct warning *warnings;
    struct record *r;
    must_be(o->op, store_begin(o->store, o->op, TX_WRITE, &o->tx) &&
                       list_read(o->tx, o->town, &system, tickets,
                                 &(struct list_query){.where = S("类型 = \"投诉\" and 结果 = \"已解决\""), .limit = 1},
                                 &page) &&
                       page.record_count == 1 &&
                       record_change(o->tx, o->town, &system, tickets, page.records[0].id, page.records[0].version,
                                     &patch, S("复核更正"), &warnings, &r) &&
                       store_commit(o->tx));
}

/* The half-year report of the subject, as it was then. */
static id report_freezes(struct office *o)
{
    struct who system = org_system();
    struct templates *all;
    struct report *report;
    struct frozen frozen = {0};
    const struct report_ask ask = {
        .from = o->done.from, .to = o->done.to, .person = o->subject, .person_name = S("挂职干部")};
    must_be(o->op,
            templates_load(o->op, o->town, o->indicators, S("packs"), &all) && template_find(all, S("履职报告")) &&
                store_begin(o->store, o->op, TX_WRITE, &o->tx) && report_setup(o->tx) &&
                report_make(o->tx, o->town, &system, o->indicators, template_find(all, S("履职报告")), &ask, &report) &&
                report_freeze(o->tx, &system, report, &frozen) && store_commit(o->tx));
    return frozen.id;
}

TEST("changing one record after the half year changes the figure that counts it and no other, and the frozen report "
     "tells")
{
    struct who system = org_system();
    struct office o;
    struct csv_row *rows;
    struct report_change *changes;
    size_t count = figures(op, &rows), changed = 0, told = 0;
    office_play(op, 600, 7, "tests/replay/other.json", 0, &o);
    office_read(&o);
    str *before = values_of(&o, rows, count);
    store_abandon(o.tx);
    id frozen = report_freezes(&o);
    op->now += 1000;
    one_record_changes(&o);
    office_read(&o);
    str *after = values_of(&o, rows, count);
    for (size_t i = 1; i < count; i++) {
        bool counts_it = str_eq(rows[i].fields[INDICATOR], S("热线投诉解决数"));
        changed += !str_eq(before[i], after[i]);
        check(str_eq(before[i], after[i]) != counts_it);
    }
    check_int(changed, 1);
    struct frozen f;
    must_be(op, report_frozen(o.tx, frozen, &f) && report_changes(o.tx, o.town, &system, o.indicators, &f, &changes, &told));
    check_int(told, 1);
    check(told == 1 && str_eq(changes[0].name, S("热线投诉解决数")) && changes[0].moved_count == 1 &&
          str_eq(changes[0].moved[0].reason, S("复核更正")));
}

/* ---- what a script may not say ----------------------------------------------------------------------------------- */

static void script_write(struct op *op, str folder, str name, const char *text)
{
    FILE *f = fopen(op_z(op, op_text(op, "%.*s/%.*s", PS(folder), PS(name))), "wb");
    must(f && fwrite(text, 1, strlen(text), f) == strlen(text) && fclose(f) == 0);
}

static bool says(struct op *op, str part)
{
    size_t at;
    for (const struct fault *f = op->faults; f; f = f->next)
        if (str_find(op_text(op, "%.*s：%.*s", PS(f->field), PS(f->text)), part, &at))
            return true;
    for (const struct fault *f = op->faults; f; f = f->next)
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(f->field), PS(f->text));
    return false;
}

#define DAYS "\"起\":\"2021-07-01\",\"止\":\"2021-07-02\","

TEST("a script that cannot be played is refused before anything is made, by file, line and what is the matter")
{
    static const struct {
        const char *script, *counts;
        str says;
    } bad[] = {
        {"{", "", SC("x.json 第1行")},
        {"{\"事\":[]}", "", SC("须写明“起”和“止”")},
        {"{" DAYS "\"件\":[]}", "", SC("x.json 第1行：没有“件”这一项")},
        {"{" DAYS "\n\"事\":[\n{\"事\":\"甲\",\"日\":\"2021-07-01\",\"做\":[\n{\"增\":\"人\"}]}]}", "",
         SC("x.json 第4行：没有“增”这一项")},
        {"{" DAYS "\"事\":[{\"事\":\"甲\"}]}", "", SC("每件事须写明“事”和“日”")},
        {"{" DAYS "\"数\":{\"户数\":3}}", "{\"数\":{\"户头\":4}}", SC("回放里没有“户头”这个数")},
        {"{" DAYS "\"数\":{\"户数\":3}}", "{}", SC("须写成 {")},
        {"{" DAYS "\"数\":{\"户数\":3}}", "{\"数\":3}", SC("须写成 {")},
        {"{" DAYS "\"数\":{\"户数\":3}}", "{\"数\":{\"户数\":-1}}", SC("“户数”须是 0 到")},
        {"{" DAYS "\"数\":{\"户数\":3}}", "{\"数\":{\"户数\":2.5}}", SC("“户数”须是 0 到")},
        {"{" DAYS "\"数\":{\"户数\":3}}", "{\"数\":{\"户数\":\"四\"}}", SC("“户数”须是 0 到")},
        {"{" DAYS "\"数\":{\"户数\":3}}", "{\"数\":{\"户数\":1e12}}", SC("“户数”须是 0 到")},
        {"{" DAYS "\"数\":{\"户数\":3},\"界\":{\"户数\":{\"至少\":1,\"因\":\"总得有一户\"}}}", "{\"数\":{\"户数\":0}}",
         SC("“户数”是 0，至少须是 1：总得有一户")},
        {"{" DAYS "\"数\":{\"户数\":3},\"界\":{\"户数\":{\"至多\":8,\"因\":\"只有八户\"}}}", "{\"数\":{\"户数\":9}}",
         SC("“户数”是 9，至多是 8：只有八户")},
        {"{" DAYS "\"数\":{\"户数\":3,\"人数\":5},\"界\":{\"人数\":{\"至少\":\"=户数\",\"因\":\"一户至少一人\"}}}",
         "{\"数\":{\"户数\":4,\"人数\":3}}", SC("“人数”是 3，至少须是 4：一户至少一人")},
        {"{" DAYS "\"数\":{\"户数\":3},\"镇\":{\"人口\":\"人数\"}}", "", SC("“镇”里写的须是“数”里的数")},
        {"{" DAYS "\"数\":{\"人口\":3},\"镇\":{\"人口\":\"人口\"}}", "{\"数\":{\"人口\":4}}", SC("请只写一处")},
        {"{" DAYS "\"数\":{\"户数\":3},\"界\":{\"户头\":{\"至少\":1}}}", "", SC("“界”里的“户头”须是“数”里的数")},
        {"{" DAYS "\"数\":{\"户数\":3},\"词\":{\"村名\":[\"甲\"]}}", "{\"数\":{\"村名\":2}}", SC("回放里没有“村名”这个数")},
    };
    struct office o = {.op = op};
    str folder;
    test_dir_make(op, &folder);
    str packs = op_text(op, "%.*s/packs", PS(folder)), counts = op_text(op, "%.*s/counts.json", PS(folder));
    must(mkdir(op_z(op, packs), 0700) == 0 && mkdir(op_z(op, op_text(op, "%.*s/replay", PS(packs))), 0700) == 0);
    bool good = opened(&o, op_text(op, "%.*s/data", PS(folder)));
    op_defer(op, close_store, o.store);
    must_be(op, good);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct replay_options options = {.packs = packs, .counts = bad[i].counts[0] ? counts : S(""), .seed = 1};
        script_write(op, packs, S("replay/x.json"), bad[i].script);
        script_write(op, folder, S("counts.json"), bad[i].counts);
        check(!replay_run(op, o.store, o.town, o.flow, &options, &o.done));
        check(says(op, bad[i].says));
        op_forgive(op, 0);
    }
    struct who system = org_system();
    int64_t people = -1;
    must_be(op, store_begin(o.store, op, TX_READ, &o.tx) &&
                    list_count(o.tx, o.town, &system, town_ledger(o.town, S("干部")), S(""), &people));
    check_int(people, 0);
}

/* A new town, and where scripts for it are written. */
static str scripts_folder(struct office *o)
{
    struct op *op = o->op;
    str folder;
    test_dir_make(op, &folder);
    str packs = op_text(op, "%.*s/packs", PS(folder));
    must(mkdir(op_z(op, packs), 0700) == 0 && mkdir(op_z(op, op_text(op, "%.*s/replay", PS(packs))), 0700) == 0);
    bool good = opened(o, op_text(op, "%.*s/data", PS(folder)));
    op_defer(op, close_store, o->store);
    must_be(op, good);
    return packs;
}

TEST("too few to take from stops the replay before its first act, with how many there are and what to change")
{
    struct office o = {.op = op};
    str packs = scripts_folder(&o);
    script_write(op, packs, S("replay/x.json"),
                 "{" DAYS "\"账号\":[{\"登录\":\"clerk\",\"姓名\":\"甲\",\"角色\":\"办公室经办\"}],\n\"事\":["
                 "{\"事\":\"走访\",\"日\":\"2021-07-01\",\"每\":{\"台账\":\"宣教\",\"取\":3,\"记作\":\"走访表\"}}]}");
    check(!replay_run(op, o.store, o.town, o.flow, &(struct replay_options){.packs = packs, .seed = 1}, &o.done));
    check(says(op, S("要取 3 条，只有 0 条")));
    check(says(op, S("x.json 第2行：2021-07-01“走访”没有做成")));
}

TEST("what the rules of a ledger refuse stops the replay, with day, event, time and the ledger's own reason")
{
    struct office o = {.op = op};
    str packs = scripts_folder(&o);
    script_write(op, packs, S("replay/x.json"),
                 "{" DAYS "\"账号\":[{\"登录\":\"clerk\",\"姓名\":\"甲\",\"角色\":\"办公室经办\"}],\n\"事\":[{\"事\":"
                          "\"宣教\",\"日\":\"2021-07-01\","
                 "\"账号\":\"clerk\",\"次数\":2,\"做\":[\n{\"新增\":\"宣教\",\"值\":{\"日期\":\"=today()\",\"形式\":"
                 "\"培训\",\"主题\":\"防火\","
                 "\"人数\":\"=1 - 序\"}}]}]}");
    check(!replay_run(op, o.store, o.town, o.flow, &(struct replay_options){.packs = packs, .seed = 1}, &o.done));
    check(says(op, S("x.json 第3行：2021-07-01“宣教”第2次没有做成")));
    check(says(op, S("人数")));
}

TEST("counts that a town cannot have are refused together before the first act, with bound and reason; those not given are made to fit and told")
{
    static const char script[] =
        "{" DAYS "\"数\":{\"户数\":0,\"人数\":9,\"老人\":7},\n\"界\":{"
        "\"户数\":{\"至多\":{\"镇上\":\"=count(户表)\"},\"因\":\"只有这些户\"},"
        "\"人数\":{\"至多\":{\"台账\":\"户\",\"合\":\"户籍人口\",\"取\":\"=户数\"},\"因\":\"只有这些人\"},"
        "\"老人\":{\"至多\":\"=人数\",\"因\":\"老人也是人\"}},"
        "\"账号\":[{\"登录\":\"clerk\",\"姓名\":\"甲\",\"角色\":\"办公室经办\"}],\"事\":["
        "{\"事\":\"认户\",\"日\":\"2021-07-01\",\"每\":{\"台账\":\"户\",\"记作\":\"户表\"}},"
        "{\"事\":\"核对\",\"日\":\"2021-07-01\",\"核对\":true}]}";
    struct office o = {.op = op};
    str packs = scripts_folder(&o), counts = op_text(op, "%.*s/replay/counts.txt", PS(packs));
    struct replay_options options = {.packs = packs, .counts = counts, .seed = 1};
    script_write(op, packs, S("replay/x.json"), script);
    script_write(op, packs, S("replay/counts.txt"), "{\"数\":{\"户数\":2,\"老人\":1}}");
    check(!replay_run(op, o.store, o.town, o.flow, &options, &o.done));
    check(says(op, S("“户数”是 2，至多是 0：只有这些户")) && says(op, S("“老人”是 1，至多是 0：老人也是人")));
    check_int(o.done.acts, 0);
    op_forgive(op, 0);
    struct office second = {.op = op};
    packs = scripts_folder(&second);
    options.packs = packs;
    options.counts = S("");
    script_write(op, packs, S("replay/x.json"), script);
    must_be(op, replay_run(op, second.store, second.town, second.flow, &options, &second.done));
    check_int(second.done.fitted_count, 2);
    check_str(second.done.fitted[0].name, S("人数"));
    check_int(second.done.fitted[0].to, 0);
    check_str(second.done.fitted[1].name, S("老人"));
}

TEST("every count of the packs is explained, and every bound has its reason")
{
    struct replay_count *counts;
    size_t count;
    must_be(op, replay_counts(op, S("packs"), &counts, &count));
    check(count > 40);
    for (size_t i = 0; i < count; i++)
        if (!counts[i].means.n || !counts[i].usual.n)
            test_failed(__FILE__, __LINE__, "%.*s is not explained", PS(counts[i].name));
}

static uint64_t content_of(struct office *o)
{
    struct rows *rows;
    bool found;
    uint64_t h = 0;
    must_be(o->op,
            store_begin(o->store, o->op, TX_READ, &o->tx) &&
                store_query(o->tx, "select ledger, record, version, body from fact where version > 0 order by no",
                            ARGS(), &rows) &&
                rows_next(rows, &found));
    while (found) {
        for (int k = 0; k < 4; k++)
            h = h * 1099511628211u + str_hash(rows_text(rows, k));
        must_be(o->op, rows_next(rows, &found));
    }
    return h;
}

TEST("the same people, seed and counts give the same records with the same ids, procedures included")
{
    uint64_t content[2];
    for (int i = 0; i < 2; i++) {
        struct office o = {.op = op};
        str folder;
        test_dir_make(op, &folder);
        str packs = op_text(op, "%.*s/packs", PS(folder));
        must(mkdir(op_z(op, packs), 0700) == 0 && mkdir(op_z(op, op_text(op, "%.*s/replay", PS(packs))), 0700) == 0);
        bool good = opened(&o, op_text(op, "%.*s/data", PS(folder)));
        op_defer(op, close_store, o.store);
        script_write(op, packs, S("replay/x.json"),
                     "{" DAYS "\"账号\":[{\"登录\":\"clerk\",\"角色\":\"办公室经办\",\"干部\":\"站所.名称 = "
                              "\\\"党政综合办公室\\\" and 职务 = \\\"负责人\\\"\"}],"
                     "\"事\":[{\"事\":\"走访\",\"日\":\"2021-07-01\",\"到\":\"2021-07-02\",\"账号\":\"clerk\",\"每\":{"
                     "\"台账\":\"干部\",\"取\":3},"
                     "\"做\":[{\"新增\":\"材料任务\",\"值\":{\"名称\":\"第{序}件\",\"类型\":\"总结\",\"交办人\":\"=行."
                     "id\",\"截止\":\"=now()\",\"执笔\":\"=行.id\"}},"
                     "{\"启动\":\"writing_task\"}]}]}");
        good = good && replay_run(op, o.store, o.town, o.flow,
                                  &(struct replay_options){.packs = packs, .people = 100, .seed = 3}, &o.done);
        must_be(op, good);
        content[i] = content_of(&o);
    }
    check(content[0] != 0 && content[0] == content[1]);
}

/* ---- nobody knows the figures ------------------------------------------------------------------------------------ */

/* A number of three digits or more standing by itself, as a figure would. */
static bool has_number(str text, str digits)
{
    for (size_t at, from = 0; str_find(str_part(text, from, text.n), digits, &at); from += at + 1) {
        size_t i = from + at, end = i + digits.n;
        bool before = i > 0 && ((text.p[i - 1] >= '0' && text.p[i - 1] <= '9') || text.p[i - 1] == '.');
        bool after = end < text.n && ((text.p[end] >= '0' && text.p[end] <= '9') || text.p[end] == '.');
        if (!before && !after)
            return true;
    }
    return false;
}

struct search {
    struct op *op;
    const char *const *tails;        /* of the files to be read */
    size_t tail_count;
    const str *numbers;
    size_t number_count;
    size_t files, hits;
    str first;                       /* the first file with one of them */
};

static void file_search(struct search *s, str path)
{
    str text;
    s->files++;
    must_be(s->op, file_read(s->op, path, 16 << 20, &text));
    for (size_t k = 0; k < s->number_count; k++)
        if (has_number(text, s->numbers[k])) {
            if (s->hits++ == 0)
                s->first = op_text(s->op, "%.*s: %.*s", PS(path), PS(s->numbers[k]));
        }
}

static void files_search(struct search *s, str folder)
{
    str *names;
    size_t count;
    int faults = s->op->fault_count;
    if (!folder_list(s->op, folder, &names, &count)) {
        op_forgive(s->op, faults);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        str path = op_text(s->op, "%.*s/%.*s", PS(folder), PS(names[i]));
        bool wanted = false;
        for (size_t k = 0; k < s->tail_count; k++)
            wanted = wanted || str_ends(names[i], str_z(s->tails[k]));
        if (!wanted || str_ends(names[i], S("_test.c")) || str_starts(names[i], S("fuzz_")))
            files_search(s, path);
        else
            file_search(s, path);
    }
}

static size_t seed_numbers(struct op *op, const str **ret)
{
    struct csv_row *rows;
    struct { str *p; size_t n, cap; } numbers = {0};
    size_t count = figures(op, &rows);
    for (size_t i = 1; i < count; i++) {
        str value = rows[i].fields[HALF_YEAR];
        if (value.n >= 3 && value.p[0] >= '0' && value.p[0] <= '9')
            *list_add(op, &numbers) = value;
    }
    check(numbers.n >= 3);
    *ret = numbers.p;
    return numbers.n;
}

/* Small numbers stand everywhere for other reasons; those of three digits are told apart. */
TEST("none of the half year's figures stands in the program or in a report's template; one that did would be found")
{
    static const char *const sources[] = {".c", ".h"}, *const templates[] = {".json", ".docx", ".xlsx", ".txt", ".md"};
    const str *numbers;
    size_t number_count = seed_numbers(op, &numbers), pack_count;
    str *packs, folder;
    struct search source = {op, sources, COUNT(sources), numbers, number_count, 0, 0, S("")};
    struct search template = {op, templates, COUNT(templates), numbers, number_count, 0, 0, S("")};
    files_search(&source, S("src"));
    must_be(op, folder_list(op, S("packs"), &packs, &pack_count));
    for (size_t i = 0; i < pack_count; i++) {
        files_search(&template, op_text(op, "packs/%.*s/reports", PS(packs[i])));
        files_search(&template, op_text(op, "packs/%.*s/indicators", PS(packs[i])));
    }
    check(source.files > 100 && template.files > 10);
    check_str(source.first, S(""));
    check_str(template.first, S(""));
    test_dir_make(op, &folder);
    script_write(op, folder, S("planted.c"), op_text(op, "int households = %.*s;", PS(numbers[0])).p);
    script_write(op, folder, S("planted.txt"), op_text(op, "发放%.*s户", PS(numbers[0])).p);
    files_search(&source, folder);
    files_search(&template, folder);
    check(source.hits == 1 && template.hits == 1);
}

/* ---- the printed report ------------------------------------------------------------------------------------------ */

TEST("every figure of the half year is printed in the report of the seconded deputy, whom the template means when "
     "nobody is named")
{
    struct who system = org_system();
    struct office o;
    struct csv_row *rows;
    struct templates *all;
    struct report *report;
    size_t count = figures(op, &rows);
    office_play(op, 600, 7, "tests/replay/other.json", 0, &o);
    office_read(&o);
    struct report_ask ask = {.from = o.done.from, .to = o.done.to};
    must_be(op, templates_load(op, o.town, o.indicators, S("packs"), &all));
    const struct report_template *t = template_find(all, S("履职报告"));
    must_be(op, person_usual(o.tx, o.town, &system, o.indicators, t, &ask) &&
                    report_make(o.tx, o.town, &system, o.indicators, t, &ask, &report));
    check(id_eq(ask.person, o.subject) && ask.person_name.n);
    struct buf text;
    buf_init(&text, op, 0);
    for (size_t i = 0; i < report->block_count; i++)
        for (size_t k = 0; k < report->blocks[i].run_count; k++)
            if (report->blocks[i].runs[k].figure >= 0)
                buf_text(&text, "%.*s=%.*s\n", PS(report->figures[report->blocks[i].runs[k].figure].indicator->name),
                         PS(report->blocks[i].runs[k].text));
    for (size_t i = 1; i < count; i++) {
        size_t at;
        str none = rows[i].fields[PERSON];
        rows[i].fields[PERSON] = S("挂职"); /* what counts by person is the deputy's own */
        str line = op_text(op, "%.*s=%.*s\n", PS(rows[i].fields[INDICATOR]), PS(figure(&o, &rows[i])));
        rows[i].fields[PERSON] = none;
        if (!str_find(buf_str(&text), line, &at))
            test_failed(__FILE__, __LINE__, "%.*s does not print %.*s", PS(rows[i].fields[ROW]), PS(line));
    }
}
