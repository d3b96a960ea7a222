/* Reports from templates, frozen and compared. */
#include <stdio.h>

#include "base/xml.h"
#include "report/test_report.h"
#include "xlsx/zip.h"

static const struct report_ask half = {.from = 18809, .to = 18992}; /* 2021-07-01 … 2021-12-31 */

/* The template's text with this body, made into a report. */
static struct report *report_for(struct test_report *r, const struct who *who, const char *body, const struct report_ask *ask)
{
    struct op *op = r->t.op;
    struct templates *all;
    struct report *report = NULL;
    test_write(op, r->t.packs, "base/reports/one.txt", op_text(op, "名：一\n标题：{{年度}}年\n署名：本人\n---\n%s", body));
    if (!templates_load(op, r->t.town, r->all, r->t.packs, &all) ||
        !report_make(r->t.tx, r->t.town, who, r->all, template_find(all, S("一")), ask, &report))
        return NULL;
    return report;
}

static struct report *report_of(struct test_report *r, const char *body, const struct report_ask *ask)
{
    return report_for(r, &r->t.system, body, ask);
}

static bool frozen_changes(struct test_report *r, const struct who *who, id frozen, struct report_change **ret, size_t *ret_count)
{
    struct frozen f;
    return report_frozen(r->t.tx, frozen, &f) && report_changes(r->t.tx, r->t.town, who, r->all, &f, ret, ret_count);
}

static bool frozen_text(struct test_report *r, const struct who *who, id frozen, const struct json **ret)
{
    struct frozen f;
    return report_frozen(r->t.tx, frozen, &f) && report_frozen_text(r->t.tx, r->t.town, who, r->all, &f, ret);
}

static str text_of(struct op *op, const struct report *report)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; report && i < report->block_count; i++) {
        const struct report_block *x = &report->blocks[i];
        for (size_t k = 0; k < (x->cells ? x->rows * x->columns : x->run_count); k++)
            buf_text(&b, x->cells ? "%.*s " : "%.*s", PS(x->cells ? x->cells[k] : x->runs[k].text));
        buf_add(&b, S("|"));
    }
    return buf_str(&b);
}

TEST("figures in a template are counted from records, conditions choose the words, and each figure is kept once")
{
    struct test_report r;
    document_open(op, &r);
    struct report *report = report_of(&r, "办结{{全部件数}}件，其中投诉{{办结件数}}件，占{{投诉占比}}%。\n"
                                          "{{#若 全部件数 > 5}}\n很多\n{{#否则}}\n共{{全部件数 + 1}}\n{{#完}}\n{{期起}}至{{期止}}", &half);
    test_faults(op);
    check_str(text_of(op, report), S("办结2件，其中投诉1件，占50%。|共3|2021年7月1日至2021年12月31日|"));
    check_str(report->title, S("2021年"));
    check_int((int64_t)report->figure_count, 3);
    check_int(report->blocks[0].runs[1].figure, 0);
    check_str(report->figures[0].indicator->name, S("全部件数"));
}

TEST("a table shows what belongs to no village group, also when only its second figure has such")
{
    struct test_report r;
    document_open(op, &r);
    report_ticket(&r, (id){0}, "2021-09-01", "咨询", "");
    struct report *report = report_of(&r, "{{#表 办结件数 全部件数 按 村组}}\n", &half);
    test_faults(op);
    const struct report_block *b = &report->blocks[0];
    check_int((int64_t)b->rows, 5);
    check_str(b->cells[3 * 3], S("镇本级"));
    check_str(b->cells[3 * 3 + 1], S("0"));
    check_str(b->cells[3 * 3 + 2], S("1"));
    check_str(b->cells[4 * 3], S("合计"));
    check_str(b->cells[4 * 3 + 2], S("3"));
}

TEST("a template repeats over the records that a figure counts, and sets a table by village group")
{
    struct test_report r;
    document_open(op, &r);
    struct report *report = report_of(
        &r, "{{#每 全部件数}}\n{{序}}．{{类型}}（{{村组}}，{{办结}}）\n{{#完}}\n{{#表 全部件数 金额合计 按 村组}}\n",
        &half);
    test_faults(op);
    check_str(text_of(op, report), S("1．投诉（东村，2021年7月1日）|2．咨询（西村，2021年8月1日）|"
                                     "村组 全部件数（件） 金额合计（元） 东村 1 100 西村 1 50.5 合计 2 150.5 |"));
}

TEST("the author's words replace the draft and nothing else, and a number typed into them is pointed out")
{
    struct test_report r;
    document_open(op, &r);
    const struct prose own[] = {{S("心得"), S("感触很深，走访了12户。")}};
    struct report_ask ask = half;
    ask.prose = own;
    ask.prose_count = 1;
    struct report *report = report_of(&r, "办结{{全部件数}}件。\n{{#段 心得}}\n请写。\n{{#完}}\n", &ask);
    test_faults(op);
    check_str(text_of(op, report), S("办结2件。|感触很深，走访了12户。|"));
    check(report->blocks[1].runs[0].prose && !report->blocks[0].runs[1].prose);
    check_int((int64_t)report->note_count, 1);
    check_str(report->notes[0], S("“心得”里的“12户”是手工写的数，不随台账变动；请改用指标，或写明来源"));
}

TEST("what an author wrote is kept for the template, the period and the person, and the draft comes back when it is "
     "emptied")
{
    struct test_report r;
    struct report_ask ask = half, other = {.from = half.from, .to = half.to + 1};
    struct templates *all;
    document_open(op, &r);
    const char *body = "{{#段 心得}}\n请写。\n{{#完}}\n";
    check_str(text_of(op, report_of(&r, body, &ask)), S("请写。|"));
    check(templates_load(op, r.t.town, r.all, r.t.packs, &all));
    const struct report_template *t = templates_at(all, 0);
    check(prose_keep(r.t.tx, &r.t.system, t, &ask, S("心得"), S("先写的")) &&
          prose_keep(r.t.tx, &r.t.system, t, &ask, S("心得"), S("感触很深。")));
    check(prose_read(r.t.tx, t, &ask) && prose_read(r.t.tx, t, &other));
    check_int((int64_t)ask.prose_count, 1);
    check_int((int64_t)other.prose_count, 0);
    check_str(text_of(op, report_of(&r, body, &ask)), S("感触很深。|"));
    ask = half;
    check(prose_keep(r.t.tx, &r.t.system, t, &ask, S("心得"), S(" ")) && prose_read(r.t.tx, t, &ask) &&
          ask.prose_count == 0);
    check(!prose_keep(r.t.tx, &r.t.system, t, &ask, S("没有"), S("x")) && test_says(op, "没有“没有”这一段"));
}

TEST("a chart has a bar and a value for each village group or month, and each bar's value opens its records")
{
    struct test_report r;
    str text;
    size_t at;
    document_open(op, &r);
    struct report *report = report_of(&r, "{{#图 金额合计 按 村组}}\n{{#图 全部件数 按 月}}\n", &half);
    test_faults(op);
    check_str(text_of(op, report), S("村组 金额合计 元 东村 ▇1 100 西村 ▇0.505 50.5 |月 全部件数 件 7月 ▇1 1 8月 ▇1 1 9月  0 10月  0 11月  0 "
                                     "12月  0 |"));
    check(report && report->blocks[1].bars && report->blocks[1].bars[1].value.rows == 1 &&
          str_find(report->blocks[1].bars[1].value.where, S("2021-08-31"), &at));
    struct zip_source source;
    struct zip *zip;
    str path = op_text(op, "%.*s/chart.docx", PS(r.t.folder));
    check(report_write(op, report, r.t.packs, path) && zip_source_path(op, path, &source) &&
          zip_open(op, source, &zip) && zip_whole(zip, zip_find(zip, S("word/document.xml")), 1 << 20, &text));
    check(str_find(text, S("<w:t>██████████</w:t>"), &at) && str_find(text, S("<w:t>████████████████████</w:t>"), &at));
}

TEST("a template with an unknown name, an unfinished condition or a wrong table is refused with file, line and cure")
{
    static const struct {
        const char *body, *says;
    } bad[] = {
        {"好\n办结{{没有的数}}件", "第6行"},        {"{{#若 全部件数 > 1}}\n多", "没有“{{#完}}”"},     {"{{#完}}", "多了一个"},
        {"{{#每 没有}}{{#完}}", "没有指标“没有”"}, {"{{#每 投诉占比}}{{#完}}", "是比率"},            {"{{#表 全部件数 按 电话}}", "不能按“电话”分"},
        {"{{#图 全部件数 金额合计 按 村组}}", "写一个能算出数的指标"}, {"{{#图 全部件数 按 电话}}", "不能按“电话”分"},
        {"{{全部件数", "没有合上"},                {"{{#写 全部件数}}", "没有“#写”这种写法"},       {"{{#段}}x{{#完}}", "“段”须有名字"},
        {"{{全部件数 + \"x\"}}", "第5行"},
    };
    struct test_report r;
    document_open(op, &r);
    for (size_t i = 0; i < COUNT(bad); i++) {
        op_forgive(op, 0);
        check(!report_of(&r, bad[i].body, &half));
        check(test_says(op, bad[i].says));
        check(test_says(op, "one.txt"));
    }
}

TEST("a report is written for Word with its figures locked, and the same report gives the same bytes")
{
    struct test_report r;
    str first, second, document;
    struct zip_source source;
    struct zip *zip;
    document_open(op, &r);
    struct report *report = report_of(&r, "一、情况\n办结{{全部件数}}件 & <好>。\n{{#表 全部件数 按 村组}}\n", &half);
    str a = op_text(op, "%.*s/a.docx", PS(r.t.folder)), b = op_text(op, "%.*s/b.docx", PS(r.t.folder));
    check(report_write(op, report, r.t.packs, a) && report_write(op, report, r.t.packs, b));
    test_faults(op);
    check(file_read(op, a, 1 << 20, &first) && file_read(op, b, 1 << 20, &second) && str_eq(first, second));
    check(zip_source_path(op, a, &source) && zip_open(op, source, &zip) &&
          zip_whole(zip, zip_find(zip, S("word/document.xml")), 1 << 20, &document));
    size_t at;
    check(str_find(document, S("<w:alias w:val=\"全部件数\"/><w:lock w:val=\"contentLocked\"/>"), &at));
    check(str_find(document, S("件 &amp; &lt;好&gt;。"), &at));
    check(str_find(document, S("Heading1"), &at));
    check(str_find(document, S("<w:tbl>"), &at));
    check(!report_write(op, report, r.t.packs, S("a.doc")) && test_says(op, ".pdf .ofd .docx"));
}

TEST("a Word report numbers its pages at the outer edge, its parts are well formed and each relation leads to one")
{
    struct test_report r;
    struct zip_source source;
    struct zip *zip;
    struct xtree *root;
    str text;
    size_t at;
    document_open(op, &r);
    struct report *report = report_of(&r, "办结{{全部件数}}件。\n{{#表 全部件数 按 村组}}\n", &half);
    str path = op_text(op, "%.*s/a.docx", PS(r.t.folder));
    check(report_write(op, report, r.t.packs, path) && zip_source_path(op, path, &source) &&
          zip_open(op, source, &zip));
    for (size_t i = 0; i < zip->count; i++)
        check(zip_whole(zip, &zip->entries[i], 1 << 20, &text) && xtree_parse(op, text, zip->entries[i].name, &root));
    check(zip_whole(zip, zip_find(zip, S("word/_rels/document.xml.rels")), 1 << 20, &text) &&
          xtree_parse(op, text, S("rels"), &root));
    for (const struct xtree *x = xtree_first(root, "Relationship"); x; x = xtree_next(x, "Relationship"))
        check(zip_find(zip, op_text(op, "word/%.*s", PS(xtree_attr(x, "Target")))));
    check(zip_whole(zip, zip_find(zip, S("word/footer1.xml")), 1 << 20, &text) && str_find(text, S("PAGE"), &at) &&
          str_find(text, S("w:jc w:val=\"right\""), &at));
    check(zip_whole(zip, zip_find(zip, S("word/footer2.xml")), 1 << 20, &text) && str_find(text, S("w:jc w:val=\"left\""), &at));
    test_faults(op);
}

TEST("有数 leaves out what there is none of: the clause, what leans on it, the whole sentence; the marks stay right, and otherwise is said "
     "when there is nothing at all")
{
    static const struct {
        const char *template, *said;
    } cases[] = {
        {"一是学习。{{#有数}}办结{{办结件数}}件，年度{{年度件数}}件，共{{全部件数}}件。{{#完}}", "一是学习。办结1件，共2件。|"},
        {"{{#有数}}全镇办结{{全部件数}}件，年度{{年度件数}}件，逐件登记，齐全。会议{{年度件数}}次。{{#完}}好。", "全镇办结2件。好。|"},
        {"{{#有数}}年度{{年度件数}}件，派人去，办结{{办结件数}}件；年度{{年度件数}}件。{{#完}}", "办结1件。|"},
        {"{{#有数}}整理档案，年度{{年度件数}}件，经手{{年度件数}}件。{{#完}}", "整理档案。|"},
        {"{{#有数}}收{{全部件数}}件、年度{{年度件数}}件（共{{年度件数}}，好），办{{年度件数}}件。{{#完}}", "收2件、年度0件（共0，好）。|"},
        {"三是会议。{{#有数}}年度{{年度件数}}件，比{{投诉占比}}。{{#否则}}期内没有登记。{{#完}}", "三是会议。比50。|"},
        {"三是会议。{{#有数}}年度{{年度件数}}件，又{{年度件数}}件。{{#否则}}期内没有登记。{{#完}}", "三是会议。期内没有登记。|"},
        {"{{#有数}}没有数的话，照写。{{#否则}}不写{{#完}}", "没有数的话，照写。|"},
        {"{{#有数}}\n办结{{办结件数}}件，年度{{年度件数}}件。\n年度{{年度件数}}件。\n共{{全部件数}}件。\n{{#完}}", "办结1件。|共2件。|"},
        {"{{#有数}}年度{{年度件数}}件，{{#若 办结件数 > 0}}办结{{办结件数}}件{{#完}}，共{{全部件数 + 1}}件{{#完}}。", "办结1件，共3件。|"}};
    struct test_report r;
    document_open(op, &r);
    for (size_t i = 0; i < COUNT(cases); i++)
        check_str(text_of(op, report_of(&r, cases[i].template, &half)), str_z(cases[i].said));
    test_faults(op);
}

TEST("what a reader may not see is not said to be nothing: its clause stays and says so")
{
    struct test_report r;
    document_open(op, &r);
    struct who nobody = test_who(NULL, 0);
    check_str(text_of(op, report_for(&r, &nobody, "三是会议。{{#有数}}年度{{年度件数}}件。{{#否则}}期内没有登记。{{#完}}", &half)),
              S("三是会议。年度无权查看件。|"));
    test_faults(op);
}

TEST("a frozen report tells later which figure moved, from what to what, by which record and which of its fields, from what to "
     "what, by whom, when and why")
{
    struct test_report r;
    struct frozen frozen;
    struct report_change *changes;
    size_t count;
    document_open(op, &r);
    id late = report_ticket(&r, r.t.west, "2022-03-01", "投诉", "");
    struct report *report = report_of(&r, "办结{{全部件数}}件，投诉{{办结件数}}件，占{{投诉占比}}。", &half);
    check(report_freeze(r.t.tx, &r.t.system, report, &frozen));
    check(frozen_changes(&r, &r.t.system, frozen.id, &changes, &count));
    check_int((int64_t)count, 0);
    struct record *changed;
    struct warning *warnings;
    op->now++;
    check(record_change(r.t.tx, r.t.town, &r.t.system, r.tickets, late, 0, test_values(op, "{'办结':'2021-12-30'}"),
                        S("核实更正"), &warnings, &changed));
    report_ticket(&r, r.t.west, "2019-01-01", "投诉", ""); /* moves nothing */
    check(frozen_changes(&r, &r.t.system, frozen.id, &changes, &count));
    test_faults(op);
    check_int((int64_t)count, 3);
    check_str(changes[0].name, S("全部件数"));
    check_str(changes[0].before, S("2"));
    check_str(changes[0].now, S("3"));
    check_int((int64_t)changes[0].moved_count, 1);
    check(id_eq(changes[0].moved[0].record, late) && !changes[0].moved[0].counted_before &&
          changes[0].moved[0].counted_now);
    check_str(changes[0].moved[0].who, S("系统"));
    check_str(changes[0].moved[0].reason, S("核实更正"));
    check_int((int64_t)changes[0].moved[0].change_count, 1); /* not what was there before it was frozen */
    const struct change *step = changes[0].moved[0].changes;
    check_str(step->account_name, S("系统"));
    check_str(step->reason, S("核实更正"));
    check_int((int64_t)step->fields->count, 1);
    check_str(json_str(step->fields->first, S("字段")), S("办结"));
    check_str(json_str(step->fields->first, S("前")), S("2022-03-01"));
    check_str(json_str(step->fields->first, S("后")), S("2021-12-30"));
    check_str(changes[2].now, S("66.7"));
    check(store_run(r.t.tx, "update report_frozen set body = replace(body, '\"2\"', '\"3\"')", ARGS(), NULL));
    check(!frozen_changes(&r, &r.t.system, frozen.id, &changes, &count));
    check(test_says(op, "数据被改动过"));
}

TEST("a frozen figure made of parts tells later which part moved, from what to what, and by which record")
{
    struct test_report r;
    struct frozen frozen;
    struct report_change *changes;
    size_t count;
    const struct report_ask early = {.from = day_of(2020, 7, 1), .to = day_of(2020, 12, 31)};
    document_open(op, &r);
    pack_write(&r, "indicators/left.json", REPORT_BALANCE);
    check(indicators_load(op, r.t.town, r.t.packs, &r.all));
    report_ticket(&r, r.t.east, "2020-08-01", "投诉", ",'金额':50");
    id cost = report_ticket(&r, r.t.east, "2020-08-02", "咨询", ",'金额':20");
    struct report *report = report_of(&r, "结余{{收支结余}}元。", &early);
    check_str(report->figures[0].text, S("30"));
    check(report_freeze(r.t.tx, &r.t.system, report, &frozen));
    struct record *changed;
    struct warning *warnings;
    op->now++;
    check(record_change(r.t.tx, r.t.town, &r.t.system, r.tickets, cost, 0, test_values(op, "{'金额':25}"),
                        S("票据更正"), &warnings, &changed));
    check(frozen_changes(&r, &r.t.system, frozen.id, &changes, &count));
    test_faults(op);
    check_int((int64_t)count, 1);
    check_str(changes[0].now, S("25"));
    check_int((int64_t)changes[0].part_count, 1);
    check(changes[0].parts[0].sign == SIGN_MINUS && str_eq(changes[0].parts[0].name, S("支出")));
    check_str(changes[0].parts[0].before, S("20"));
    check_str(changes[0].parts[0].now, S("25"));
    check_int((int64_t)changes[0].moved_count, 1);
    check(id_eq(changes[0].moved[0].record, cost));
}

TEST("a figure moved by another ledger's record tells that record: which field from what to what, by whom, when, why, and how many "
     "of the counted ones hang on it; a change that the figure does not look at is not told")
{
    struct test_report r;
    struct frozen frozen;
    struct report_change *changes;
    struct record *changed;
    struct warning *warnings;
    size_t count;
    document_open(op, &r);
    pack_write(&r, "indicators/far.json",
               "{'指标':[{'名':'东街件数','英文名':'far','台账':'工单','条件':'主办.户.住址 = `东街`','聚合':'计数','日期字段':'办结','单位':'件','口径':'x'},\n"
               "{'名':'多人户数','英文名':'large','台账':'户','条件':'人口 > 1','聚合':'计数','单位':'户','口径':'x'}]}");
    check(indicators_load(op, r.t.town, r.t.packs, &r.all));
    id home = test_household(&r.t, r.t.east, "东街"), other = test_household(&r.t, r.t.east, "东街");
    id one = test_person(&r.t, "甲", 19700101, 1, home, "")->id, two = test_person(&r.t, "乙", 19700101, 3, other, "")->id;
    for (int i = 0; i < 3; i++)
        report_ticket(&r, r.t.west, "2021-09-01", "投诉", op_z(op, op_text(op, ",'主办':'%.*s'", PS(id_text(op, i < 2 ? one : two)))));
    struct report *report = report_of(&r, "东街{{东街件数}}件，多人{{多人户数}}户。", &half);
    check_str(report->figures[0].text, S("3"));
    check(report_freeze(r.t.tx, &r.t.system, report, &frozen));
    op->now++;
    check(record_change(r.t.tx, r.t.town, &r.t.system, r.t.households, home, 0, test_values(op, "{'住址':'西街'}"), S("搬家"),
                        &warnings, &changed));
    check(record_change(r.t.tx, r.t.town, &r.t.system, r.t.households, other, 0, test_values(op, "{'电话':'13947900002'}"), S("换号"),
                        &warnings, &changed));
    id born = test_person(&r.t, "丙", 20200101, 5, other, "")->id;
    check(frozen_changes(&r, &r.t.system, frozen.id, &changes, &count));
    test_faults(op);
    check_int((int64_t)count, 2);
    check_str(changes[0].now, S("1"));
    check_int((int64_t)changes[0].moved_count, 1);
    const struct moved *m = changes[0].moved;
    check(m->ledger == r.t.households && id_eq(m->record, home) && m->through == r.tickets);
    check(m->rows_before == 2 && m->rows_now == 0 && m->counted_before && !m->counted_now);
    check_str(m->reason, S("搬家"));
    check_int((int64_t)m->change_count, 1);
    check_str(json_str(m->changes[0].fields->first, S("字段")), S("住址"));
    check_str(json_str(m->changes[0].fields->first, S("前")), S("东街"));
    check_str(json_str(m->changes[0].fields->first, S("后")), S("西街"));
    check_str(changes[1].now, S("1"));
    for (size_t i = 0; i < changes[1].moved_count; i++)
        if (changes[1].moved[i].through) {
            check(id_eq(changes[1].moved[i].record, born) && changes[1].moved[i].through == r.t.households);
            check(changes[1].moved[i].rows_before == 0 && changes[1].moved[i].rows_now == 1);
            born = (id){0};
        }
    check(id_none(born)); /* who was born is told */
}

static str changed_bytes(struct op *op, str sound)
{
    static const str words[] = {SC("{{"),   SC("}}"),       SC("#完"), SC("{{#每 "), SC("\""), SC("\n"),
                                SC("\xE5"), SC("全部件数"), SC("按"),  SC("("),      SC("]")};
    struct buf b;
    buf_init(&b, op, 0);
    size_t from = 0;
    for (uint64_t n = op_random(op) % 4; n > 0; n--) {
        size_t at = from + op_random(op) % (sound.n - from + 1);
        buf_add(&b, str_part(sound, from, at));
        buf_add(&b, words[op_random(op) % COUNT(words)]);
        from = at + op_random(op) % 4 < sound.n ? at + op_random(op) % 4 : sound.n;
        from = from < sound.n ? from : sound.n;
    }
    buf_add(&b, str_part(sound, from, sound.n));
    return buf_str(&b);
}

TEST("whatever bytes a template or a file of indicators holds, it is loaded and makes a report, or refused in words")
{
    struct test_report r;
    document_open(op, &r);
    const str sound = S("名：一\n标题：{{年度}}\n署名：本人\n---\n办结{{全部件数 + 1}}件。{{#若 办结件数 > 0}}\n有\n{{#否则}}无{{#完}}\n"
                        "{{#每 全部件数}}{{序}}{{类型}}{{村组}}{{#完}}\n{{#表 全部件数 金额合计 按 村组}}\n{{#段 心得}}走访12户{{期止}}{{#完}}\n");
    const str indicators = test_json(op, S(REPORT_INDICATORS));
    int loaded = 0;
    for (int i = 0; i < 300; i++) {
        struct mark mark = op_mark(op);
        struct templates *templates;
        struct report *report;
        struct indicators *all;
        test_write(op, r.t.packs, "base/reports/one.txt", changed_bytes(op, sound));
        bool good = templates_load(op, r.t.town, r.all, r.t.packs, &templates);
        check(good == (op->fault_count == 0));
        if (good)
            check(report_make(r.t.tx, r.t.town, &r.t.system, r.all, templates_at(templates, 0), &half, &report));
        loaded += good;
        op_forgive(op, 0);
        test_write(op, r.t.packs, "base/indicators/base.json", changed_bytes(op, indicators));
        check(indicators_load(op, r.t.town, r.t.packs, &all) == (op->fault_count == 0));
        op_forgive(op, 0);
        op_reset(op, mark);
    }
    check(loaded > 10 && loaded < 290);
}

TEST("a report for somebody who may not read a ledger says so in place of its figures and records")
{
    struct test_report r;
    struct templates *all;
    struct report *report;
    document_open(op, &r);
    test_write(op, r.t.packs, "base/reports/one.txt", S("名：一\n标题：题\n---\n办结{{全部件数}}件：{{#每 全部件数}}{{类型}}{{#完}}"));
    check(templates_load(op, r.t.town, r.all, r.t.packs, &all));
    struct who nobody = test_who(NULL, 0);
    check(report_make(r.t.tx, r.t.town, &nobody, r.all, template_find(all, S("一")), &half, &report));
    test_faults(op);
    check_str(text_of(op, report), S("办结无权查看件：（无权查看）|"));
}

TEST("a frozen report keeps its words: they are read by who froze it and by who sees all that it counts, unchanged")
{
    struct test_report r;
    struct frozen frozen, *list;
    const struct json *text;
    struct buf b;
    size_t count;
    document_open(op, &r);
    struct grant every[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .whole_town = true}},
                 part[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .group = r.t.east}};
    struct who leader = test_who(every, 1), cadre = test_who(part, 1), other = leader;
    leader.account = (id){.b = {6}};
    cadre.account = (id){.b = {7}};
    other.account = (id){.b = {8}};
    check(report_freeze(r.t.tx, &leader, report_of(&r, "办结{{全部件数}}件。\n{{#表 全部件数 按 类型}}\n", &half), &frozen));
    report_ticket(&r, r.t.west, "2021-10-10", "投诉", "");
    const struct who *readers[] = {&leader, &other};
    for (size_t i = 0; i < COUNT(readers); i++) {
        check(frozen_text(&r, readers[i], frozen.id, &text) && text);
        buf_init(&b, op, 0);
        json_value(&(struct json_out){.b = &b}, text);
        check_str(buf_str(&b), S("[[\"办结\",\"2\",\"件。\"],[[\"类型\",\"全部件数（件）\"],[\"投诉\",\"1\"],[\"咨询\",\"1\"],[\"合计\",\"2\"]]]"));
    }
    check(frozen_text(&r, &cadre, frozen.id, &text) && !text);
    check(report_frozen_list(r.t.tx, &list, &count));
    check_str(list[0].title, S("2021年"));
    check(store_run(r.t.tx, "update report_frozen set title = null", ARGS(), NULL)); /* frozen by an older program */
    check(report_frozen_list(r.t.tx, &list, &count));
    check_str(list[0].title, S("2021年"));
    test_faults(op);
}

TEST("a frozen report that lists records is read by who sees them all, as plainly as it writes them out")
{
    struct test_report r;
    struct frozen frozen;
    const struct json *text;
    document_open(op, &r);
    struct grant every[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .whole_town = true}},
                 covered[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .whole_town = true, .masks = true}},
                 part[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .group = r.t.east}},
                 some[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .whole_town = true, .where = S("类型 = \"咨询\"")}};
    struct who leader = test_who(every, 1), other = leader, masked = test_who(covered, 1), cadre = test_who(part, 1),
               half_seen = test_who(some, 1);
    report_ticket(&r, r.t.west, "2021-10-10", "投诉", ",'来人':'王小明'");
    leader.account = (id){.b = {6}};
    other.account = masked.account = cadre.account = half_seen.account = (id){.b = {7}};
    const struct {
        const char *report;
        struct who *who;
        bool read;
    } rows[] = {
        {"{{#每 工单 当 类型 = \"投诉\"}}{{来人}}。{{#完}}\n", &leader, true},
        {"{{#每 工单 当 类型 = \"投诉\"}}{{来人}}。{{#完}}\n", &other, true},
        {"{{#每 工单 当 类型 = \"投诉\"}}{{来人}}。{{#完}}\n", &masked, false},
        {"{{#每 工单 当 类型 = \"投诉\"}}{{来人}}。{{#完}}\n", &cadre, false},
        {"{{#每 工单 当 类型 = \"投诉\"}}{{编号}}。{{#完}}\n", &masked, true},
        {"{{#每 工单 当 类型 = \"投诉\"}}{{编号}}。{{#完}}\n", &half_seen, false},
        {"{{#每 全部件数}}{{#若 来人 = \"王小明\"}}有他。{{#完}}{{#完}}\n", &masked, false},
        {"{{#表 全部件数 按 类型}}\n", &masked, true},
        {"{{#表 全部件数 按 类型}}\n", &half_seen, false},
        {"{{#图 投诉占比 按 月}}\n", &cadre, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct report *report = report_for(&r, &leader, rows[i].report, &half);
        must(report);
        check(report_freeze(r.t.tx, &leader, report, &frozen));
        check(frozen_text(&r, rows[i].who, frozen.id, &text));
        check_int(text != NULL, rows[i].read);
    }
    test_faults(op);
}

TEST("an older frozen figure is told to who froze it and to who sees every row, and to nobody else")
{
    struct test_report r;
    struct frozen frozen;
    struct report_change *changes;
    size_t count;
    document_open(op, &r);
    struct grant every[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .whole_town = true}},
                 part[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .group = r.t.east}};
    struct who leader = test_who(every, 1), cadre = test_who(part, 1), other = leader;
    cadre.account = (id){.b = {7}};
    other.account = (id){.b = {8}};
    check(report_freeze(r.t.tx, &leader, report_of(&r, "办结{{全部件数}}件。", &half), &frozen));
    report_ticket(&r, r.t.west, "2021-10-10", "投诉", "");
    const struct {
        struct who *who;
        size_t count;
    } readers[] = {{&leader, 1}, {&other, 1}, {&cadre, 0}};
    for (size_t i = 0; i < COUNT(readers); i++) {
        check(frozen_changes(&r, readers[i].who, frozen.id, &changes, &count));
        check_int((int64_t)count, (int64_t)readers[i].count);
    }
    test_faults(op);
}
