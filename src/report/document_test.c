/* Reports from templates, frozen and compared; forms of superiors, read and filled. */
#include <stdio.h>

#include "base/xml.h"
#include "report/test_report.h"
#include "xlsx/zip.h"

static const struct report_ask half = {.from = 18809, .to = 18992}; /* 2021-07-01 … 2021-12-31 */

/* The template's text with this body, made into a report. */
static struct report *report_of(struct test_report *r, const char *body, const struct report_ask *ask)
{
    struct op *op = r->t.op;
    struct templates *all;
    struct report *report = NULL;
    test_write(op, r->t.packs, "base/reports/one.txt", op_text(op, "名：一\n标题：{{年度}}年\n署名：本人\n---\n%s", body));
    if (!templates_load(op, r->t.town, r->all, r->t.packs, &all) ||
        !report_make(r->t.tx, r->t.town, &r->t.system, r->all, template_find(all, S("一")), ask, &report))
        return NULL;
    return report;
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

static void document_open(struct op *op, struct test_report *r)
{
    report_open(op, r);
    pack_folder(r, "reports");
    check(report_setup(r->t.tx));
    report_ticket(r, r->t.east, "2021-07-01", "投诉", ",'金额':100");
    report_ticket(r, r->t.west, "2021-08-01", "咨询", ",'金额':50.50");
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
    check(report_changes(r.t.tx, r.t.town, &r.t.system, r.all, frozen.id, &changes, &count));
    check_int((int64_t)count, 0);
    struct record *changed;
    struct warning *warnings;
    op->now++;
    check(record_change(r.t.tx, r.t.town, &r.t.system, r.tickets, late, 0, test_values(op, "{'办结':'2021-12-30'}"),
                        S("核实更正"), &warnings, &changed));
    report_ticket(&r, r.t.west, "2019-01-01", "投诉", ""); /* moves nothing */
    check(report_changes(r.t.tx, r.t.town, &r.t.system, r.all, frozen.id, &changes, &count));
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
    check(!report_changes(r.t.tx, r.t.town, &r.t.system, r.all, frozen.id, &changes, &count));
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
    check(report_changes(r.t.tx, r.t.town, &r.t.system, r.all, frozen.id, &changes, &count));
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
    check(report_changes(r.t.tx, r.t.town, &r.t.system, r.all, frozen.id, &changes, &count));
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

/* ---- forms ------------------------------------------------------------------------------------------------------- */

struct sheet_cell {
    uint32_t row, column;
    const char *text;
};

/* A workbook of these cells, rows ascending; merges as row, column, last row, last column. */
static str book_of(struct test_report *r, const struct sheet_cell *cells, size_t count, const struct xlsx_range *merges,
                   size_t merge_count)
{
    struct op *op = r->t.op;
    struct xlsx_out *out;
    str path = op_text(op, "%.*s/form%llu.xlsx", PS(r->t.folder), (unsigned long long)op_random(op));
    static const struct xlsx_column columns[] = {
        {.width = 8}, {.width = 20}, {.width = 12}, {.width = 12}, {.width = 12}};
    struct xlsx_page page = {.name = S("表一"), .columns = columns, .column_count = COUNT(columns)};
    must(xlsx_create(op, path, &out));
    xlsx_sheet(out, &page);
    uint32_t row = 0, column = 1;
    for (size_t i = 0; i < count; i++) {
        if (cells[i].row < row) { /* the next sheet */
            page.name = S("表二");
            xlsx_sheet(out, &page);
            row = 0;
        }
        while (row < cells[i].row) {
            xlsx_row(out, 0);
            row++;
            column = 1;
        }
        xlsx_skip(out, cells[i].column - column);
        xlsx_text(out, XLSX_HEADING, str_z(cells[i].text));
        column = cells[i].column + 1;
    }
    for (size_t i = 0; i < merge_count; i++)
        xlsx_merge(out, merges[i].row, merges[i].column, merges[i].row_last, merges[i].column_last);
    must(xlsx_end(out));
    return path;
}

/* Column letters with what they were understood as: A 序号，B 来人（别名）. */
static str understood(struct op *op, const struct form *form)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < form->column_count; i++) {
        const struct form_column *c = &form->columns[i];
        buf_text(&b, "%s%.*s %.*s %.*s", i ? "，" : "", PS(xlsx_ref(op, 0, c->column)),
                 PS(c->distant     ? c->reach->name
                    : c->field     ? c->field->name
                    : c->indicator ? c->indicator->name
                                   : S("-")),
                 PS(form_sure_names[c->sure]));
    }
    return buf_str(&b);
}

static str cells_of(struct op *op, str path, uint32_t from)
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    struct buf b;
    bool found;
    buf_init(&b, op, 0);
    must(xlsx_open_path(op, path, &book) && xlsx_rows_open(book, 0, &rows));
    while (xlsx_row_next(rows, &row, &found) && found)
        for (size_t i = 0; row.number >= from && i < row.count; i++)
            if (row.cells[i].text.n)
                buf_text(&b, "%.*s=%.*s ", PS(xlsx_ref(op, row.number, row.cells[i].column)), PS(row.cells[i].text));
    return buf_str(&b);
}

static const struct sheet_cell roll[] = {
    {1, 1, "办件登记表"}, {2, 1, "表号：某统1表"}, {2, 3, "制定机关：某县统计局"}, {2, 5, "有效期至：2020年12月"},
    {3, 1, "序号"}, {3, 2, "办件"}, {3, 4, "补助金额（元）"}, {3, 5, "鞋码"}, {4, 2, "办件类型"}, {4, 3, "办 结"}};
static const struct xlsx_range roll_merges[] = {{1, 1, 1, 5}, {3, 1, 4, 1}, {3, 2, 3, 3}, {3, 4, 4, 4}, {3, 5, 4, 5}};

TEST("headings of two levels are matched by name, synonym and likeness; what is not understood is left and listed")
{
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    str path = book_of(&r, roll, COUNT(roll), roll_merges, COUNT(roll_merges)),
        out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, path, &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    test_faults(op);
    check_str(form->ledger->name, S("工单"));
    check_str(understood(op, form), S("A - 同名，B 类型 相近，请核对，C 办结 同名，D 金额 别名，E - 不明"));
    check_int((int64_t)form->heading_last, 4);
    check_int((int64_t)form->understood, 4);
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0}, out, &filled));
    test_faults(op);
    check_str(cells_of(op, out, 5), S("A5=1 B5=投诉 C5=2021-07-01 D5=100 A6=2 B6=咨询 C6=2021-08-01 D6=50.5 "));
    check_int(filled.rows, 2);
    check_int((int64_t)filled.gap_count, 2);
    check_str(filled.cells[1].source, S("工单.类型"));
    check_str(filled.gaps[1].where, S("E列“鞋码”"));
}

static const struct sheet_cell reaching[] = {
    {1, 1, "办件主办人花名册"}, {2, 1, "主办情况"}, {2, 3, "类型"}, {2, 4, "办结"}, {2, 5, "姓名"}, {2, 6, "主办证件号"}, {2, 7, "住址"},
    {3, 1, "姓名"}, {3, 2, "手机"}};
static const struct xlsx_range reaching_merges[] = {{2, 1, 2, 2}, {2, 3, 3, 3}, {2, 4, 3, 4}, {2, 5, 3, 5}};

TEST("headings that speak of what a record refers to are filled from there, what could mean several things stays blank, and "
     "who may not take it out gets it neither")
{
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    id home = test_household(&r.t, r.t.east, "东街一号");
    id host = test_person(&r.t, "巴特尔", 19600101, 1, home, "")->id;
    report_ticket(&r, r.t.east, "2021-08-01", "投诉",
                  op_z(op, op_text(op, ",'主办':'%.*s','来人':'来访者'", PS(id_text(op, host)))));
    str path = book_of(&r, reaching, COUNT(reaching), reaching_merges, COUNT(reaching_merges)),
        out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, path, &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), r.tickets, &form));
    test_faults(op);
    check_str(understood(op, form), S("A 主办.姓名 引用得来，B 主办.手机 引用得来，C 类型 同名，D 办结 同名，E 来人 别名，F 主办.证件号 引用得来，G - 不明"));
    struct form_how how = {.where = S("主办 != null")};
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &how, out, &filled));
    size_t at;
    check(str_find(cells_of(op, out, 4), S("A4=巴特尔 C4=投诉"), &at) && str_find(cells_of(op, out, 4), S("E4=来访者"), &at));
    check_str(filled.cells[0].source, S("工单.主办.姓名"));
    struct grant grants[] = {{.ledger = S("ticket"), .acts = 1 << ACT_READ | 1 << ACT_EXPORT, .group = r.t.east},
                             {.ledger = S("person"), .acts = 1 << ACT_READ, .group = r.t.east}};
    struct who cadre = test_who(grants, 2);
    check(form_fill(r.t.tx, r.t.town, &cadre, form, &how, out, &filled));
    check(!str_find(cells_of(op, out, 4), S("巴特尔"), &at) && str_find(filled.gaps[0].what, S("无权导出"), &at));
    /* of a person the household is the subject: 住址 is its address */
    static const struct sheet_cell people[] = {{1, 1, "姓名"}, {1, 2, "证件号"}, {1, 3, "住址"}, {1, 4, "电话"}};
    check(xlsx_open_path(op, book_of(&r, people, COUNT(people), NULL, 0), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), town_ledger(r.t.town, S("人")), &form));
    check_str(understood(op, form), S("A 姓名 同名，B 证件号 同名，C 户.住址 引用得来，D - 不明"));
    test_faults(op);
}

#define LABELLED_HOME                                                                                                          \
    "{'台账':'户','英文名':'household','业务条线':'基础','键':['户号'],'密级':'内部','保管期限':'永久','标题':'户号','归属':'村组',\n"              \
    "'字段':[{'名':'户号','类型':'号','号':'{村组.代码}{4}','唯一':true},{'名':'村组','类型':'引→村组','必填':true},{'名':'住址','类型':'文100'},\n" \
    "{'名':'电话','类型':'电','敏感':true},{'名':'人口','类型':'算','值类型':'整','别名':['家庭人口'],'计':{'台账':'人','按':'户','条件':'死亡日期 = null'}},\n" \
    "{'名':'牌子','类型':'子→牌','别名':['家庭类型'],'写':'牌','条件':'止 = null or 止 >= today()','问':['低保户','脱贫户']}]}"
#define LABEL                                                                                                                  \
    "{'台账':'牌','英文名':'label','业务条线':'基础','键':['户','牌'],'密级':'敏感','保管期限':'永久','标题':'牌','归属':'户.村组','字段':[\n"      \
    "{'名':'户','类型':'引→户','必填':true},{'名':'止','类型':'日'},\n"                                                                 \
    "{'名':'牌','类型':'枚','必填':true,'选项':['低保户','脱贫户','五保户'],'同义':{'低保户':['低保']}}]}"

TEST("how many live in the home and what it is recognised as reach a roll of people; a question is answered by what is in force, and "
     "that there is none is told only to who may take every one out")
{
    static const struct sheet_cell people[] = {{1, 1, "姓名"}, {1, 2, "家庭人口"}, {1, 3, "家庭类型"}, {1, 4, "是否低保/脱贫户"}, {1, 5, "是否五保户"}, {1, 6, "低保（是/否）"}, {1, 7, "证件号"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    test_define(&r.t, "household", LABELLED_HOME);
    test_define(&r.t, "label", LABEL);
    test_again(&r.t);
    must(test_load(&r.t) && indicators_load(op, r.t.town, r.t.packs, &r.all));
    const struct ledger *labels = town_ledger(r.t.town, S("牌"));
    str out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    id home = test_household(&r.t, r.t.east, "东街"), other = test_household(&r.t, r.t.east, "西街");
    test_person(&r.t, "甲", 19600101, 1, home, "");
    test_person(&r.t, "乙", 19610101, 3, home, "");
    test_person(&r.t, "丙", 19620101, 5, other, "");
    test_record(&r.t, labels, op_text(op, "{'户':'%.*s','牌':'脱贫户'}", PS(id_text(op, home))));
    test_record(&r.t, labels, op_text(op, "{'户':'%.*s','牌':'五保户'}", PS(id_text(op, home))));
    test_record(&r.t, labels, op_text(op, "{'户':'%.*s','牌':'低保户','止':'2001-01-01'}", PS(id_text(op, other))));
    check(xlsx_open_path(op, book_of(&r, people, COUNT(people), NULL, 0), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), r.t.people, &form));
    test_faults(op);
    check_str(understood(op, form), S("A 姓名 同名，B 户.人口 引用得来，C 户.牌子 引用得来，D 户.牌子（\"低保户\", \"脱贫户\"） 引用得来，E - 不明，"
                                      "F 户.牌子（\"低保户\"） 引用得来，G 证件号 同名")); /* 五保户 is not asked of a home */
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){.where = S("姓名 != \"乙\"")}, out, &filled));
    check_str(cells_of(op, out, 2), S("A2=甲 B2=2 C2=五保户、脱贫户 D2=是 F2=否 G2=152527196001010016 A3=丙 B3=1 D3=否 F3=否 G3=152527196201010053 "));
    struct grant grants[] = {{.ledger = S("person"), .acts = 1 << ACT_READ | 1 << ACT_EXPORT, .group = r.t.east},
                             {.ledger = S("household"), .acts = 1 << ACT_READ | 1 << ACT_EXPORT, .group = r.t.east},
                             {.ledger = S("label"), .acts = 1 << ACT_READ, .group = r.t.east}};
    struct who cadre = test_who(grants, COUNT(grants));
    const struct form_how how = {.where = S("姓名 != \"乙\"")};
    check(form_fill(r.t.tx, r.t.town, &cadre, form, &how, out, &filled));
    check_str(cells_of(op, out, 2), S("A2=甲 B2=2 G2=152527196001010016 A3=丙 B3=1 G3=152527196201010053 ")); /* who may see them may not take them out */
    grants[2].acts |= 1 << ACT_EXPORT;
    cadre = test_who(grants, COUNT(grants));
    check(form_fill(r.t.tx, r.t.town, &cadre, form, &how, out, &filled));
    check_str(cells_of(op, out, 2), S("A2=甲 B2=2 C2=五保户、脱贫户 D2=是 F2=否 G2=152527196001010016 A3=丙 B3=1 D3=否 F3=否 G3=152527196201010053 "));
    grants[2].where = S("牌 = \"五保户\"");
    cadre = test_who(grants, COUNT(grants));
    check(form_fill(r.t.tx, r.t.town, &cadre, form, &how, out, &filled));
    check_str(cells_of(op, out, 2), S("A2=甲 B2=2 C2=五保户 G2=152527196001010016 A3=丙 B3=1 G3=152527196201010053 ")); /* a 否 would not be true */
    test_faults(op);
}

TEST("a card, whose words stand beside the places to be filled, is filled for the one record that the condition leaves; for none or several "
     "it is refused, and a card that nothing of is known of says what to do")
{
    static const struct sheet_cell card[] = {{1, 1, "人员登记卡"}, {2, 1, "姓  名"}, {2, 3, "补  助"}, {2, 5, "照片"},       {3, 1, "证件号"},
                                             {4, 1, "住  址"},     {4, 3, "特长"},   {5, 1, "主要事迹"}, {6, 1, "本人签字："}, {6, 3, "日期："}};
    static const struct xlsx_range merges[] = {{1, 1, 1, 6}, {3, 2, 3, 6}, {5, 2, 5, 6}};
    static const struct sheet_cell unknown[] = {{1, 1, "某某登记卡"}, {2, 1, "甲甲"}, {2, 3, "姓名"}, {3, 1, "乙乙"}, {3, 3, "电话"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    str out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    id home = test_household(&r.t, r.t.east, "东街一号");
    test_person(&r.t, "甲", 19600101, 1, home, ",'补助':300");
    test_person(&r.t, "乙", 19610101, 3, home, "");
    check(xlsx_open_path(op, book_of(&r, card, COUNT(card), merges, COUNT(merges)), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), r.t.people, &form));
    test_faults(op);
    check(form->card && form->understood == 5);
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){.where = S("姓名 = \"甲\"")}, out, &filled));
    check_str(cells_of(op, out, 2), S("A2=姓  名 B2=甲 C2=补  助 D2=300 E2=照片 A3=证件号 B3=152527196001010016 A4=住  址 B4=东街一号 C4=特长 A5=主要事迹 "
                                      "A6=本人签字： C6=日期： "));
    check_str(filled.cells[2].source, S("人.证件号"));
    check(!form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0}, out, &filled) && test_says(op, "只选出要填的那一条"));
    op_forgive(op, 0);
    check(!form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){.where = S("姓名 = \"丁\"")}, out, &filled) &&
          test_says(op, "没有符合的记录"));
    op_forgive(op, 0);
    struct grant seen[] = {{.ledger = S("person"), .acts = 1 << ACT_READ, .whole_town = true}};
    struct who reader = test_who(seen, 1);
    check(!form_fill(r.t.tx, r.t.town, &reader, form, &(struct form_how){.where = S("姓名 = \"甲\"")}, out, &filled));
    op_forgive(op, 0);
    check(xlsx_open_path(op, book_of(&r, unknown, COUNT(unknown), NULL, 0), &book) &&
          !form_read(r.t.tx, r.t.town, r.all, book, S(""), r.tickets, &form));
    op_forgive(op, 0);
}

TEST("a word that every list has, below the name of something else, is not taken for that of the record or of the whole town")
{
    static const struct sheet_cell guarded[] = {
        {1, 1, "办件主办人员表"}, {2, 1, "填表人："}, {2, 3, "联系电话："}, {3, 1, "基本情况"}, {3, 3, "监护人"}, {3, 5, "主办"},
        {4, 1, "类型"},         {4, 2, "金额"},     {4, 3, "姓名"},       {4, 4, "电话"},     {4, 5, "手机"}};
    static const struct xlsx_range guarded_merges[] = {{3, 1, 3, 2}, {3, 3, 3, 4}};
    static const struct sheet_cell counted[] = {
        {1, 1, "2021—2022年度办结情况表"}, {2, 1, "村组"}, {2, 2, "未办情况"}, {2, 3, "办结情况"}, {2, 4, "件数"}, {3, 2, "件数"}, {3, 3, "件数"},
        {4, 1, "西村"}, {5, 1, "东村"}};
    static const struct xlsx_range counted_merges[] = {{2, 1, 3, 1}, {2, 4, 3, 4}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    str out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, book_of(&r, guarded, COUNT(guarded), guarded_merges, COUNT(guarded_merges)), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), r.tickets, &form));
    check_str(understood(op, form), S("A 类型 同名，B 金额 同名，C - 不明，D - 不明，E 主办.手机 引用得来"));
    check_int((int64_t)form->other_row, 0); /* what is to be written behind a colon is no other table */
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0}, out, &filled));
    check_str(cells_of(op, out, 5), S("A5=投诉 B5=100 A6=咨询 B6=50.5 "));
    check(xlsx_open_path(op, book_of(&r, counted, COUNT(counted), counted_merges, COUNT(counted_merges)), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check_str(understood(op, form), S("A - 别名，B - 不明，C 办结件数 同名，D - 不明"));
    check(form->year == 2021 && form->year_last == 2022);
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){.from = half.from, .to = half.to}, out, &filled));
    for (size_t i = 0; i < filled.gap_count; i++)
        check(!str_eq(filled.gaps[i].where, S("题目")));
    test_faults(op);
}

TEST("the number of something is what the title speaks of, and a likeness that is to be looked at")
{
    static const struct sheet_cell titled[] = {{1, 1, "办结统计表"}, {2, 1, "村组"}, {2, 2, "件数"}, {3, 1, "西村"}, {4, 1, "东村"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    document_open(op, &r);
    check(xlsx_open_path(op, book_of(&r, titled, COUNT(titled), NULL, 0), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check_str(understood(op, form), S("A - 别名，B 办结件数 相近，请核对"));
    test_faults(op);
}

TEST("a roll's total adds up money, a reference is written by its name, a month where a month is asked, and nothing that is covered "
     "goes out")
{
    static const struct sheet_cell total[] = {{1, 1, "类型"}, {1, 2, "金额"}, {1, 3, "主办"}, {1, 4, "办结年月"}, {1, 5, "来人"}, {5, 1, "合计"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    size_t at;
    document_open(op, &r);
    id host = test_person(&r.t, "巴特尔", 19600101, 1, test_household(&r.t, r.t.east, "东街一号"), "")->id;
    report_ticket(&r, r.t.east, "2021-09-01", "投诉",
                  op_z(op, op_text(op, ",'主办':'%.*s','来人':'某人'", PS(id_text(op, host)))));
    str out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(form_choose(r.t.tx, &r.t.system, r.tickets, S("办结年月"), S("办结")));
    check(xlsx_open_path(op, book_of(&r, total, COUNT(total), NULL, 0), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), r.tickets, &form));
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0}, out, &filled));
    check(str_find(cells_of(op, out, 2), S("C4=巴特尔 D4=2021-09 E4=某人 A5=合计 B5=150.5 "), &at));
    struct grant grants[] = {
        {.ledger = S("ticket"), .acts = 1 << ACT_READ, .whole_town = true},
        {.ledger = S("ticket"), .acts = 1 << ACT_EXPORT, .group = r.t.east, .masks = true},
        {.ledger = S("person"), .acts = 1 << ACT_READ | 1 << ACT_EXPORT, .whole_town = true}};
    struct who cadre = test_who(grants, COUNT(grants));
    check(form_fill(r.t.tx, r.t.town, &cadre, form, &(struct form_how){0}, out, &filled));
    check_int(filled.rows, 2); /* may read all, may take out those of the east */
    check_str(cells_of(op, out, 2), S("A2=投诉 B2=100 D2=2021-07 A3=投诉 C3=巴特尔 D3=2021-09 A5=合计 B5=100 "));
    bool said = false;
    for (size_t i = 0; i < filled.gap_count; i++)
        said |= str_eq(filled.gaps[i].what, S("有 1 条记录的“来人”无权导出，没有填"));
    check(said);
    test_faults(op);
}

TEST("a form that lacks its number, maker, approval or term, or whose term is over, is said to be lawfully refusable")
{
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    document_open(op, &r);
    str path = book_of(&r, roll, COUNT(roll), roll_merges, COUNT(roll_merges));
    check(xlsx_open_path(op, path, &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check(form->refusable);
    check_str(form->number, S("某统1表"));
    check_str(form->refusal, S("缺批准或备案文号，有效期已过（2020年12月）；依统计法可以拒绝填报"));
    static const struct sheet_cell good[] = {
        {1, 1, "表号：某统1表"},        {1, 2, "制定机关：某局"}, {1, 3, "备案文号：某统制2号"},
        {1, 4, "有效期至：2031-01-01"}, {2, 1, "类型"},           {2, 2, "办结"}};
    check(xlsx_open_path(op, book_of(&r, good, COUNT(good), NULL, 0), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check(!form->refusable);
}

TEST("what somebody once chose for a heading is remembered")
{
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    document_open(op, &r);
    str path = book_of(&r, roll, COUNT(roll), roll_merges, COUNT(roll_merges));
    check(form_choose(r.t.tx, &r.t.system, r.tickets, S("鞋 码"), S("人数")));
    check(xlsx_open_path(op, path, &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), r.tickets, &form));
    check_str(understood(op, form), S("A - 同名，B 类型 相近，请核对，C 办结 同名，D 金额 别名，E 人数 上次所选"));
    check(!form_choose(r.t.tx, &r.t.system, r.tickets, S("鞋码"), S("没有")) && test_says(op, "没有字段“没有”"));
}

TEST("a table by village group is filled in the rows that name the groups, its total too, and the rest is told")
{
    static const struct sheet_cell table[] = {{1, 1, "村组"}, {1, 2, "全部件数"}, {1, 3, "金额合计（元）"},
                                              {2, 1, "西村"}, {3, 1, "东村"},     {4, 1, "南村"},
                                              {5, 1, "合计"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    report_ticket(&r, (id){0}, "2021-09-01", "投诉", "");
    str path = book_of(&r, table, COUNT(table), NULL, 0), out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, path, &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check(form->ledger == NULL);
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){.from = half.from, .to = half.to}, out,
                    &filled));
    test_faults(op);
    check_str(cells_of(op, out, 2), S("A2=西村 B2=1 C2=50.5 A3=东村 B3=1 C3=100 A4=南村 A5=合计 B5=3 C5=150.5 "));
    check_str(filled.gaps[0].what, S("没有叫“南村”的村组"));
    for (size_t i = 0; i < filled.gap_count; i++)
        check(!str_eq(filled.gaps[i].where, S("题目")));
    check_str(filled.gaps[1].what, S("有 1 不属于任何一个村组，没有列入各行"));
}

TEST("of a workbook with several forms one is filled, the others are named, and each can be asked for; a figure is known by the "
     "words of superiors' forms too")
{
    static const struct sheet_cell two[] = {{1, 1, "村组"}, {1, 2, "总件数"}, {2, 1, "西村"}, {3, 1, "东村"},
                                            {1, 1, "类型"}, {1, 2, "办结"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    str path = book_of(&r, two, COUNT(two), NULL, 0), out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder)),
        both = op_text(op, "%.*s/both.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, path, &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check(!form->ledger && form->columns[1].sure == SURE_ALIAS);
    check(form->other_count == 1 && str_eq(form->others[0], S("表二")));
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){.from = half.from, .to = half.to}, out, &filled));
    check_str(filled.gaps[filled.gap_count - 1].where, S("表二"));
    check(xlsx_open_path(op, out, &book) && form_read(r.t.tx, r.t.town, r.all, book, S("表二"), NULL, &form));
    check(form->ledger == r.tickets && str_eq(form->sheet_name, S("表二")));
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0}, both, &filled) && filled.rows > 0);
    check_str(cells_of(op, both, 2), S("A2=西村 B2=1 A3=东村 B3=1 ")); /* what was filled first is still there */
    check(!form_read(r.t.tx, r.t.town, r.all, book, S("表三"), NULL, &form));
    op_forgive(op, 0);
}

TEST("a form whose title names a year that is not the one counted is filled, and that is said")
{
    static const struct sheet_cell table[] = {{1, 1, "2019年各村办件统计表"}, {2, 1, "村组"}, {2, 2, "全部件数"}, {3, 1, "西村"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    str path = book_of(&r, table, COUNT(table), NULL, 0), out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, path, &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form) && form->year == 2019);
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){.from = half.from, .to = half.to}, out, &filled));
    str said = S("");
    for (size_t i = 0; i < filled.gap_count; i++)
        if (str_eq(filled.gaps[i].where, S("题目")))
            said = filled.gaps[i].what;
    check_str(said, S("写的是2019年，数字却是从2021-07-01到2021-12-31的；不对请改期起、期止再填"));
}

TEST("a form that has too few rows gets more, like its last empty one; what stands below moves down, sums follow, and it is said")
{
    static const struct sheet_cell small[] = {{1, 1, "类型"}, {1, 2, "金额"}, {3, 1, "合计"}, {4, 1, "填表人："}, {4, 2, "某"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    report_ticket(&r, r.t.west, "2021-08-01", "咨询", ",'金额':1");
    str out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, book_of(&r, small, COUNT(small), NULL, 0), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0}, out, &filled));
    test_faults(op);
    check_str(cells_of(op, out, 2), S("A2=投诉 B2=100 A3=咨询 B3=50.5 A4=咨询 B4=1 A5=合计 B5=151.5 A6=填表人： B6=某 "));
    check_str(filled.gaps[0].where, S("第2行"));
    check_str(filled.gaps[0].what, S("表里只留了 1 行，要填 3 行，照这一行加了 2 行；只要台账“工单”的一部分，就加上条件再填"));
}

TEST("a superior's odd form: units in headings are worked out, numbers of columns are no row, the whole may come first, "
     "another table is told, labels may be drawn out")
{
    static const struct sheet_cell odd[] = {
        {1, 1, "附件2"},       {2, 1, "一、花名册"},     {3, 1, "类型"},         {3, 2, "村组"},
        {4, 1, "二、办结情况"}, {5, 1, "表    号：甲1表"}, {5, 3, "单位：万元"},   {6, 1, "嘎查村名称"},
        {6, 2, "全部件数/人"},  {6, 3, "金额合计（万元）"}, {7, 1, "甲"},          {7, 2, "1"},
        {7, 3, "2"},           {8, 1, "全镇合计"},       {9, 1, "西村"},         {10, 1, "东村"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    str path = book_of(&r, odd, COUNT(odd), NULL, 0), out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, path, &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check_str(form->title, S("二、办结情况"));
    check_str(form->number, S("甲1表"));
    check_int((int64_t)form->understood, 3);
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){.from = half.from, .to = half.to}, out,
                    &filled));
    test_faults(op);
    check_str(cells_of(op, out, 8), S("A8=全镇合计 B8=2 C8=0.01505 A9=西村 B9=1 C9=0.00505 A10=东村 B10=1 C10=0.01 "));
    check_str(filled.gaps[filled.gap_count - 1].where, S("第3行"));
}

TEST("a roll names the village group of each record, also where its ledger has no field for it")
{
    static const struct sheet_cell roll_of[] = {{1, 1, "姓名"}, {1, 2, "身份证号"}, {1, 3, "所在嘎查村"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    test_person(&r.t, "甲", 19600101, 1, test_household(&r.t, r.t.east_one, "东街"), "");
    str path = book_of(&r, roll_of, COUNT(roll_of), NULL, 0), out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, path, &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), r.t.people, &form));
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0}, out, &filled));
    test_faults(op);
    size_t at;
    check(str_find(cells_of(op, out, 2), S("A2=甲"), &at) && str_find(cells_of(op, out, 2), S("C2=东村一组"), &at));
}

TEST("the total right below a heading is not written over")
{
    static const struct sheet_cell tight[] = {{1, 1, "类型"}, {1, 2, "办结"}, {2, 1, "合计"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    check(xlsx_open_path(op, book_of(&r, tight, COUNT(tight), NULL, 0), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check(!form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0},
                     op_text(op, "%.*s/o.xlsx", PS(r.t.folder)), &filled));
    check(test_says(op, "表头（第 1 行）下面没有留空行"));
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
        check(report_frozen_text(r.t.tx, r.t.town, readers[i], r.all, frozen.id, &text) && text);
        buf_init(&b, op, 0);
        json_value(&(struct json_out){.b = &b}, text);
        check_str(buf_str(&b), S("[[\"办结\",\"2\",\"件。\"],[[\"类型\",\"全部件数（件）\"],[\"投诉\",\"1\"],[\"咨询\",\"1\"],[\"合计\",\"2\"]]]"));
    }
    check(report_frozen_text(r.t.tx, r.t.town, &cadre, r.all, frozen.id, &text) && !text);
    check(report_frozen_list(r.t.tx, &list, &count));
    check_str(list[0].title, S("2021年"));
    check(store_run(r.t.tx, "update report_frozen set title = null", ARGS(), NULL)); /* frozen by an older program */
    check(report_frozen_list(r.t.tx, &list, &count));
    check_str(list[0].title, S("2021年"));
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
        check(report_changes(r.t.tx, r.t.town, readers[i].who, r.all, frozen.id, &changes, &count));
        check_int((int64_t)count, (int64_t)readers[i].count);
    }
    test_faults(op);
}

TEST("a form without headings, and a cadre who may not export, are refused in words")
{
    static const struct sheet_cell nothing[] = {{1, 1, "无关的话"}, {2, 2, "也无关"}}, some[] = {{1, 1, "类型"}, {1, 2, "办结"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    check(xlsx_open_path(op, book_of(&r, nothing, COUNT(nothing), NULL, 0), &book) &&
          !form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check(test_says(op, "没有找到表头"));
    op_forgive(op, 0);
    struct grant grants[] = {{.ledger = S("*"), .acts = 1 << ACT_READ, .whole_town = true}};
    struct who reader = test_who(grants, 1);
    check(xlsx_open_path(op, book_of(&r, some, COUNT(some), NULL, 0), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check(!form_fill(r.t.tx, r.t.town, &reader, form, &(struct form_how){0}, op_text(op, "%.*s/o.xlsx", PS(r.t.folder)),
                     &filled));
    check(op->faults && op->faults->kind == FAULT_DENIED);
}
