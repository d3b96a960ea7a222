#include "ledger/test_desk.h"

/* ---- importing --------------------------------------------------------------------------------------------- */

static const char messy[] = "某镇巴音嘎查2021年冬春救助人员花名册\n"
                            "填报单位（盖章）：|||||2021年12月6日\n"
                            "序号|姓名|身份证号⏎（18位）|与户主关系|救助情况||联系电话\n"
                            "^|^|^|^|事由|金额（元）|^\n"
                            "#1|张　三|１５２５２７１９８００１０１００１５|户主|缺粮|#300.5|#13800138000\n"
                            "#2|李四 |'152527198203040028|配偶||1,200|0479-2234567\n"
                            "小计||#2|||#1500.5\n"
                            "序号|姓名|身份证号⏎（18位）|与户主关系|救助情况||联系电话\n"
                            "^|^|^|^|事由|金额（元）|^\n"
                            "白音村（1户）\n"
                            "#1|赵六|152527196607080043|户主||#80|/\n"
                            "合 计||||_|#1580.5\n"
                            "单位负责人：王某|||填表人：李某||联系电话：13800138000\n"
                            "注：本表一式两份。\n"
                            "----\n";
static const struct xlsx_range messy_merges[] = {{1, 1, 1, 7}, {3, 1, 4, 1}, {3, 2, 4, 2}, {3, 3, 4, 3},
                                                 {3, 4, 4, 4}, {3, 5, 3, 6}, {3, 7, 4, 7}, {10, 1, 10, 7}};

TEST(
    "an office's sheet with titles, merged headings, group rows, subtotals, signatures and blank rows gives its people")
{
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("花名册"), messy, messy_merges, COUNT(messy_merges));
    check(import_it(&d, &(struct import_options){.path = path, .file_name = S("a.xlsx")}, &r));
    REPORT(r, 3, 3, 0, 0, 0);
    check(r.kept);
    check_int(r.made_other, 2);
    check_str(r.other_ledger, S("户"));
    check_int(r.skipped, 2 + 2 + 1 + 1 + 2 + 200 - 1);
    check_int(count_of(&d, d.people), 3);
    check_int(count_of(&d, d.households), 2);
    struct record *zhang = NULL, *li = NULL, *zhao = NULL;
    const struct json *v = person_named(&d, S("张三"), &zhang);
    check_str(json_str(v, S("证件号")), S(ZHANG));
    check_str(json_str(v, S("性别")), S("男"));
    check_str(json_str(v, S("手机")), S("13800138000"));
    check(json_get(v, S("救助金额")) && str_eq(json_get(v, S("救助金额"))->text, S("300.50")));
    v = person_named(&d, S("李四"), &li);
    check_str(json_str(v, S("手机")), S("0479-2234567"));
    check_str(json_str(v, S("户")), json_str(zhang->values, S("户")));
    v = person_named(&d, S("赵六"), &zhao);
    check(!str_eq(json_str(v, S("户")), json_str(zhang->values, S("户"))));
    id home;
    struct record *household = NULL;
    check(id_parse(json_str(v, S("户")), &home) && record_get(d.tx, d.town, &d.who, d.households, home, &household));
    if (household) {
        check_str(json_str(household->values, S("户号")), S("0200001"));
        check_str(json_str(household->values, S("户主")), id_text(op, zhao->id));
    }
    check(said(&d, r.columns, "事由") && said(&d, r.warnings, "没有导入"));
}

TEST("the same sheet again changes nothing, and a corrected cell changes one record")
{
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("花名册"), messy, messy_merges, COUNT(messy_merges));
    struct import_options o = {.path = path, .file_name = S("a.xlsx")};
    check(import_it(&d, &o, &r));
    int64_t facts, later;
    check(store_fact_count(d.tx, &facts));
    check(import_it(&d, &o, &r));
    REPORT(r, 3, 0, 0, 3, 0);
    check(store_fact_count(d.tx, &later));
    check_int(later, facts + 1); /* only that an import was done */
    o.path =
        book_make(&d, S("b.xlsx"), S("x"), "身份证号码|手机|姓名\n" LI "|13900139000|李四\n" ZHANG "||张三\n", NULL, 0);
    check(import_it(&d, &o, &r));
    REPORT(r, 2, 0, 1, 1, 0);
    check_str(json_str(person_named(&d, S("李四"), NULL), S("手机")), S("13900139000"));
    check_str(json_str(person_named(&d, S("张三"), NULL), S("手机")), S("13800138000")); /* empty says nothing */
}

TEST("the same sheet again adds nobody, also of those who have no number yet; two of one name in one sheet are two")
{
    static const char sheet[] = "户主|姓名|身份证号|与户主关系|手机\n张三|张三|" ZHANG "|户主|13800138000\n张三|未取名||子|\n张三|未取名||子|\n";
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    struct import_options o = {.path = book_make(&d, S("a.xlsx"), S("巴音嘎查"), sheet, NULL, 0), .file_name = S("巴音嘎查.xlsx")};
    check(import_it(&d, &o, &r));
    REPORT(r, 3, 3, 0, 0, 0);
    check(import_it(&d, &o, &r));
    REPORT(r, 3, 0, 0, 3, 0);
    o.path = book_make(&d, S("b.xlsx"), S("巴音嘎查"), "户主|姓名|身份证号|与户主关系\n张三|张三|" ZHANG "|户主\n张三|小花||女\n", NULL, 0);
    check(import_it(&d, &o, &r));
    REPORT(r, 2, 1, 0, 1, 0);
    check_int(count_of(&d, d.people), 4);
}

TEST("wrong cells come back red with the clerk's words, and nothing is kept unless good rows are asked for")
{
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("巴音嘎查"),
                         "姓名|身份证号|性别|与户主关系|死亡日期\n"
                         "张三|" ZHANG "|男|户主|@2021-12-03\n"
                         "李四|152527198203040029|女|配偶|\n"
                         "王五、王六|" WANG "|男|子|\n"
                         "赵六|" ZHAO "|男|户主|\n"
                         "钱七|1.52527199009E+17|男|户主|\n"
                         "孙八|" SUN "|女|户主|2021.2.30\n"
                         "张三|" ZHANG "|男|户主|\n",
                         NULL, 0);
    str marked = op_text(op, "%.*s/错误.xlsx", PS(d.folder));
    struct import_options o = {.path = path, .errors_path = marked};
    check(import_it(&d, &o, &r));
    REPORT(r, 7, 1, 0, 0, 6);
    check(!r.kept && r.errors_written);
    check_int(count_of(&d, d.people), 0);
    check_int(count_of(&d, d.households), 0);
    check(said(&d, r.errors, "第18位校验不符，应为8"));
    check(said(&d, r.errors, "一格里写了2个人"));
    check(said(&d, r.errors, "按号码应为女"));
    check(said(&d, r.errors, "15位以后的数字已丢失"));
    check(said(&d, r.errors, "没有2021年2月30日这一天"));
    check(said(&d, r.errors, "同一条记录"));
    struct xlsx_book *book;
    check(xlsx_open_path(op, marked, &book) && xlsx_sheet_count(book) == 1);
    o.good_rows = true;
    check(import_it(&d, &o, &r));
    REPORT(r, 7, 1, 0, 0, 6);
    check(r.kept);
    check_int(count_of(&d, d.people), 1);
}

static bool tell_until(void *context, str stage, int64_t done, int64_t total)
{
    (void)stage, (void)done, (void)total;
    return --*(int *)context > 0;
}

TEST("a dry run reports the same and leaves nothing, and neither does a cancelled import")
{
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("花名册"), messy, messy_merges, COUNT(messy_merges));
    int64_t facts, later;
    check(store_fact_count(d.tx, &facts));
    check(import_it(&d, &(struct import_options){.path = path, .dry_run = true}, &r));
    REPORT(r, 3, 3, 0, 0, 0);
    check(!r.kept && store_fact_count(d.tx, &later));
    check_int(later, facts);
    check_int(count_of(&d, d.people), 0);
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S("姓名|身份证号|与户主关系\n张三|" ZHANG "|户主\n"));
    for (int i = 0; i < 600; i++)
        buf_add(&b, S("小计|#1|\n"));
    path = book_make(&d, S("b.xlsx"), S("巴音嘎查"), op_z(op, buf_str(&b)), NULL, 0);
    int calls = 2;
    struct import_options o = {.path = path, .progress = {tell_until, &calls}};
    check(!import_it(&d, &o, &r) && op->faults && op->fault_count == 1);
    check_str(op->faults->text, S("导入已取消，没有留下任何内容"));
    op_forgive(op, 0);
    check_int(count_of(&d, d.people), 0);
    check_int(count_of(&d, d.households), 0);
    calls = 1000;
    check(import_it(&d, &o, &r));
    REPORT(r, 1, 1, 0, 0, 0);
    check_int(r.skipped, 600);
}

struct told {
    int64_t done, total, stop_at;
    bool backwards;
};

static bool tell_keep(void *context, [[maybe_unused]] str stage, int64_t done, int64_t total)
{
    struct told *t = context;
    t->backwards = t->backwards || done < t->done;
    t->done = done;
    t->total = total;
    return done < t->stop_at;
}

/* A roll of so many people: every third is the head of a new household. */
static str long_roll(struct desk *d, str name, int rows)
{
    struct buf b;
    buf_init(&b, d->op, 0);
    buf_add(&b, S("村组|姓名|证件号|与户主关系\n"));
    for (int i = 0; i < rows; i++) {
        str digits = op_text(d->op, "1525271980%02d%02d%03d", i / 900 / 28 + 1, i / 900 % 28 + 1, i % 900 + 100);
        buf_text(&b, "巴音嘎查|某%d|%.*s%c|%s\n", i, PS(digits), citizen_id_check_char(digits.p), i % 3 ? "子" : "户主");
    }
    return book_make(d, name, S("表"), op_z(d->op, buf_str(&b)), NULL, 0);
}

static int64_t indexes(struct desk *d)
{
    int64_t n = 0;
    bool found;
    check(store_int(d->tx,
                    "select count(*) from sqlite_schema where type = 'index' and tbl_name in ('now_person', "
                    "'now_household', 'fact')",
                    ARGS(), &n, &found));
    return n;
}

TEST("a long roll comes in whole: households with their heads, every index, a chain that verifies, and rebuilding "
     "finds nothing else")
{
    enum { ROWS = 2700 };
    struct desk d;
    struct import_report r;
    struct audit_report audit;
    struct told told = {.stop_at = INT64_MAX};
    desk_open(op, &d);
    int64_t before = indexes(&d), facts, later, records, different, headed;
    bool found;
    check(store_fact_count(d.tx, &facts));
    struct import_options o = {.path = long_roll(&d, S("a.xlsx"), ROWS), .progress = {tell_keep, &told}};
    check(import_it(&d, &o, &r));
    REPORT(r, ROWS, ROWS, 0, 0, 0);
    check_int(told.total, ROWS);
    check(told.done > ROWS / 2 && !told.backwards);
    check_int(r.made_other, ROWS / 3);
    check(store_commit(d.tx) && town_settle(d.store, op, d.town) && store_begin(d.store, op, TX_BULK, &d.tx));
    check_int(indexes(&d), before);
    check(store_fact_count(d.tx, &later));
    check_int(later - facts, ROWS + ROWS / 3 + 1); /* one of each record, one of the import */
    check(store_int(
        d.tx,
        "select count(*) from now_household h join now_person p on p.record = h.\"户主\" where p.\"户\" = h.record",
        ARGS(), &headed, &found));
    check_int(headed, ROWS / 3);
    check(town_rebuild(d.tx, d.town, (struct progress){0}, &records, &different));
    check_int(different, 0);
    check(audit_verify(d.tx, NULL, NULL, &audit) && audit.ok);
    check(import_it(&d, &o, &r)); /* again: now they are all there */
    REPORT(r, ROWS, 0, 0, ROWS, 0);
}

TEST("a long roll that is cancelled, or refused for its last row, or damaged in the middle, leaves nothing and every index "
     "where it was")
{
    enum { ROWS = 2400 };
    struct desk d;
    struct import_report r;
    struct told told = {.stop_at = 2000};
    desk_open(op, &d);
    int64_t before = indexes(&d), facts, later;
    check(store_fact_count(d.tx, &facts));
    struct import_options o = {.path = long_roll(&d, S("a.xlsx"), ROWS), .progress = {tell_keep, &told}};
    check(!import_it(&d, &o, &r) && op->fault_count == 1);
    op_forgive(op, 0);
    check_int(indexes(&d), before);
    check_int(count_of(&d, d.people), 0);
    o.progress = (struct progress){0};
    o.dry_run = true;
    check(import_it(&d, &o, &r) && !r.kept);
    REPORT(r, ROWS, ROWS, 0, 0, 0);
    check_int(indexes(&d), before);
    str bytes, damaged = op_text(op, "%.*s.xlsx", PS(o.path));
    check(file_read(op, o.path, 1 << 20, &bytes));
    ((char *)bytes.p)[bytes.n / 2] ^= 1; /* well behind the first rows: most of the file is the sheet */
    check(file_make(op, damaged, bytes));
    check(!import_it(&d, &(struct import_options){.path = damaged}, &r) && op->fault_count == 1);
    op_forgive(op, 0);
    check_int(indexes(&d), before);
    check_int(count_of(&d, d.people), 0);
    o = (struct import_options){.path =
                                    book_make(&d, S("b.xlsx"), S("表"),
                                              "村组|姓名|证件号|与户主关系\n巴音嘎查|张三|" ZHANG "|户主\n", NULL, 0)};
    check(import_it(&d, &o, &r) && r.kept);
    o.path = long_roll(&d, S("c.xlsx"), 2);
    check(import_it(&d, &o, &r) && r.kept);
    check(store_fact_count(d.tx, &later));
    check_int(later - facts, 1 + 1 + 1 + 2 + 1 + 1);
    check_int(count_of(&d, d.people), 3);
}

TEST("days in every form that people type, numbers typed as text, and documents that are no identity card are "
     "understood")
{
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    static const char *const days[] = {"@2021-12-03",
                                       "2021.12.3",
                                       "2021/12/3",
                                       "20211203",
                                       "#20211203",
                                       "2021年12月3日",
                                       "二〇二一年十二月三日",
                                       "２０２１－１２－０３",
                                       "\xC2\xA0"
                                       "2021-12-03 "};
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, S("村组|姓名|证件类型|证件号|与户主关系|死亡日期|救助金额|手机\n"));
    for (size_t i = 0; i < COUNT(days); i++)
        buf_text(&b, "巴音嘎查|外人%zu|护照|G1234567%zu|户主|%s|'１，２００.５０|#13800138000\n", i, i, days[i]);
    struct import_options o = {.path = book_make(&d, S("a.xlsx"), S("表"), op_z(op, buf_str(&b)), NULL, 0)};
    check(import_it(&d, &o, &r));
    REPORT(r, (int)COUNT(days), (int)COUNT(days), 0, 0, 0);
    for (size_t i = 0; i < COUNT(days) && r.kept; i++) {
        const struct json *v = person_named(&d, op_text(op, "外人%zu", i), NULL);
        check_str(json_str(v, S("死亡日期")), S("2021-12-03"));
        check_str(json_str(v, S("手机")), S("13800138000"));
        check_str(json_str(v, S("证件号")), op_text(op, "G1234567%zu", i));
        check_str(json_get(v, S("救助金额"))->text, S("1200.50"));
    }
    o.path = book_make(&d, S("b.xlsx"), S("巴音嘎查"), "姓名|证件号|与户主关系\n张三⏎李四|" ZHANG "|户主\n", NULL, 0);
    check(import_it(&d, &o, &r));
    REPORT(r, 1, 0, 0, 0, 1);
    check(said(&d, r.errors, "一格里写了2个人"));
}

TEST("households are found by number, by head, or by standing below their head; strangers are asked back")
{
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    struct import_options o = {.path = book_make(&d, S("a.xlsx"), S("表"),
                                                 "嘎查|户主姓名|姓名|与户主关系|证件号码|住址\n"
                                                 "巴音嘎查|张三|张三|户主|" ZHANG "|巴音一号\n"
                                                 "巴音嘎查|张三|李四|配偶|" LI "|\n"
                                                 "白音村|赵六|钱七|子|" QIAN "|\n"
                                                 "白音村|赵六|赵六|户主|" ZHAO "|\n",
                                                 NULL, 0)};
    check(import_it(&d, &o, &r));
    REPORT(r, 4, 4, 0, 0, 0);
    check_int(r.made_other, 2);
    struct record *zhao = NULL;
    str home = json_str(person_named(&d, S("赵六"), &zhao), S("户"));
    check_str(json_str(person_named(&d, S("钱七"), NULL), S("户")), home);
    /* later, one more of each by other signs */
    o.path = book_make(&d, S("b.xlsx"), S("表"),
                       "村组|户号|户主姓名|姓名|与户主关系|证件号码\n"
                       "|0100001||王五|子|" WANG "\n"
                       "白音村||赵六|孙八|其他|" SUN "\n",
                       NULL, 0);
    check(import_it(&d, &o, &r));
    REPORT(r, 2, 2, 0, 0, 0);
    check_int(r.made_other, 0);
    check_str(json_str(person_named(&d, S("孙八"), NULL), S("户")), home);
    check_str(json_str(person_named(&d, S("王五"), NULL), S("户")),
              json_str(person_named(&d, S("张三"), NULL), S("户")));
    o.path = book_make(&d, S("c.xlsx"), S("表"), "姓名|与户主关系|证件号码\n某人|子|152527201002020076\n", NULL, 0);
    check(import_it(&d, &o, &r));
    REPORT(r, 1, 0, 0, 0, 1);
    check(said(&d, r.errors, "上面没有户主"));
}

TEST("what a roll calls otherwise is read by the words of the packs and said so: relations, short names of villages, the "
     "month of a birth")
{
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    struct import_options o = {.path = book_make(&d, S("a.xlsx"), S("表"),
                                                 "村组|户主姓名|姓名|与户主关系|证件号码|出生年月\n"
                                                 "巴音|张三|张三|本人|" ZHANG "|1980.1\n"
                                                 "巴音|张三|李四|妻|" LI "|1982年3月\n"
                                                 "巴音|张三|王五|长子|" WANG "|@2005-05-01\n"
                                                 "白音|孙八|孙八|户主|" SUN "|199101\n"
                                                 "白音|孙八|周九|配偶|152527199010090058|1990.1\n",
                                                 NULL, 0)};
    check(import_it(&d, &o, &r));
    REPORT(r, 5, 5, 0, 0, 0);
    check_str(json_str(person_named(&d, S("张三"), NULL), S("与户主关系")), S("户主"));
    check_str(json_str(person_named(&d, S("李四"), NULL), S("与户主关系")), S("配偶"));
    check_str(json_str(person_named(&d, S("王五"), NULL), S("与户主关系")), S("子"));
    check_str(json_str(person_named(&d, S("王五"), NULL), S("出生日期")), S("2005-05-06"));
    check(said(&d, r.warnings, "“妻”按“配偶”登记"));
    check(said(&d, r.warnings, "“巴音”按“巴音嘎查”登记"));
    check(!said(&d, r.warnings, "1月"));
    o.path = book_make(&d, S("b.xlsx"), S("表"),
                       "村组|户主姓名|姓名|与户主关系|证件号码|出生年月\n"
                       "巴音|张三|赵六|父亲|" ZHAO "|1966.8\n",
                       NULL, 0);
    check(import_it(&d, &o, &r));
    REPORT(r, 1, 0, 0, 0, 1);
    check(said(&d, r.errors, "按号码应为1966-07-08"));
}

TEST("a workbook with a sheet for each village comes in whole, each sheet under its village; what is another kind of sheet "
     "is said to be left out")
{
    struct desk d;
    struct import_report r;
    struct xlsx_out *out;
    desk_open(op, &d);
    str path = op_text(op, "%.*s/全镇.xlsx", PS(d.folder));
    check(xlsx_create(op, path, &out));
    sheet_put(op, out, S("巴音"), S("姓名|与户主关系|证件号码\n张三|户主|" ZHANG "\n李四|配偶|" LI "\n"));
    sheet_put(op, out, S("汇总"), S("姓名|户数|人数\n巴音|#1|#2\n"));
    sheet_put(op, out, S("白音"), S("姓名|证件号码|与户主关系\n王五|" WANG "|子\n赵六|" ZHAO "|户主\n钱七|" QIAN "|甲\n"));
    check(xlsx_end(out));
    struct import_options o = {.path = path, .file_name = S("全镇.xlsx"), .errors_path = op_text(op, "%.*s/错.xlsx", PS(d.folder)),
                               .good_rows = true};
    check(import_it(&d, &o, &r));
    REPORT(r, 5, 3, 0, 0, 2);
    check_str(r.sheet, S("巴音、白音"));
    check_int(r.made_other, 2);
    check(said(&d, r.warnings, "工作表“汇总”不是这样的表"));
    check(said(&d, r.errors, "上面没有户主")); /* 张三 of the sheet before is none of 白音's */
    check_str(json_str(r.errors->first, S("工作表")), S("白音"));
    struct xlsx_book *book;
    check(xlsx_open_path(op, o.errors_path, &book) && xlsx_sheet_count(book) == 3);
    struct record *zhao = NULL;
    check_str(json_str(person_named(&d, S("赵六"), &zhao), S("与户主关系")), S("户主"));
    struct record *zhang = NULL;
    (void)person_named(&d, S("张三"), &zhang);
    id zhao_of, zhang_of;
    check(record_group(d.tx, d.people, zhao->id, &zhao_of) && record_group(d.tx, d.people, zhang->id, &zhang_of));
    check(!id_none(zhao_of) && !id_none(zhang_of) && !id_eq(zhao_of, zhang_of));
    o.sheet = S("巴音");
    check(import_it(&d, &o, &r));
    REPORT(r, 2, 0, 0, 2, 0);
    check_str(r.sheet, S("巴音"));
}

TEST("what is no workbook, is cut off, or is another ledger's is refused with what to do")
{
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("花名册"), messy, messy_merges, COUNT(messy_merges)), bytes;
    check(file_read(op, path, 1 << 20, &bytes));
    str cut = op_text(op, "%.*s/b.xlsx", PS(d.folder));
    for (int i = 1; i < 8; i++) {
        text_write(op, cut, str_part(bytes, 0, bytes.n * (size_t)i / 8));
        check(!import_it(&d, &(struct import_options){.path = cut}, &r) && op->fault_count > 0);
        op_forgive(op, 0);
    }
    path = book_make(&d, S("c.xlsx"), S("表"), "品名|数量\n铁锹|#3\n", NULL, 0);
    check(!import_it(&d, &(struct import_options){.path = path}, &r));
    size_t at;
    check(op->faults && str_find(op->faults->text, S("没有找到“人”的表头"), &at));
    op_forgive(op, 0);
    check(!import_it(&d, &(struct import_options){.path = path, .sheet = S("别的")}, &r));
    check(op->faults && str_find(op->faults->text, S("没有名为“别的”的工作表"), &at));
    op_forgive(op, 0);
    check_int(count_of(&d, d.people), 0);
}

/* ---- exporting --------------------------------------------------------------------------------------------- */

static bool take_bytes(void *context, str bytes)
{
    buf_add(context, bytes);
    return true;
}

static str export_it(struct desk *d, struct export_options o, int64_t *ret_rows)
{
    struct buf b;
    buf_init(&b, d->op, 0);
    o.write = take_bytes;
    o.context = &b;
    *ret_rows = -1;
    check(export_list(d->tx, d->town, &d->who, d->people, &o, ret_rows));
    return buf_str(&b);
}

/* What the villages do to a list: columns change places, one is added, cells are edited ("" empties). */
struct edit {
    const char *name, *heading, *text;
};
static str returned(struct desk *d, str name, str bytes, bool turn, const struct edit *edits, size_t count)
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    struct xlsx_out *out;
    str path = op_text(d->op, "%.*s/%.*s", PS(d->folder), PS(name)), headings[64] = {0};
    uint32_t width = 0, named = 0;
    check(xlsx_open(d->op, bytes, &book) && xlsx_rows_open(book, 0, &rows) && xlsx_create(d->op, path, &out));
    xlsx_set_property(out, EXCEL_LEDGER, xlsx_property(book, EXCEL_LEDGER));
    xlsx_set_property(out, EXCEL_FACT, xlsx_property(book, EXCEL_FACT));
    xlsx_sheet(out, &(struct xlsx_page){.name = S("人")});
    for (bool found; xlsx_row_next(rows, &row, &found) && found;) {
        str cells[64] = {0}, person = {0};
        for (size_t i = 0; i < row.count; i++)
            if (row.cells[i].column < 64)
                cells[row.cells[i].column] = row.cells[i].text;
        if (row.number == 3)
            for (uint32_t i = 1; i < 64; i++)
                if (cells[i].n) {
                    width = i;
                    headings[i] = op_copy(d->op, cells[i]);
                    named = str_eq(cells[i], S("姓名")) ? i : named;
                }
        person = cells[named];
        for (size_t e = 0; e < count && row.number > 3; e++)
            for (uint32_t i = 1; i <= width && str_eq(person, str_z(edits[e].name)); i++)
                if (str_eq(headings[i], str_z(edits[e].heading)))
                    cells[i] = str_z(edits[e].text);
        xlsx_row(out, 0);
        if (row.number < 3)
            continue;
        xlsx_text(out, XLSX_DEFAULT, row.number == 3 ? S("村里加的一列") : S("好"));
        for (uint32_t i = 1; i <= width; i++)
            xlsx_text(out, XLSX_DEFAULT, cells[turn ? width + 1 - i : i]);
    }
    check(xlsx_end(out));
    return path;
}

TEST("a list that goes out and comes back unchanged changes nothing; with columns turned and a cell edited it changes "
     "that")
{
    struct desk d;
    struct import_report r;
    int64_t rows;
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("花名册"), messy, messy_merges, COUNT(messy_merges));
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    str bytes = export_it(&d, (struct export_options){0}, &rows);
    check_int(rows, 3);
    path = op_text(op, "%.*s/out.xlsx", PS(d.folder));
    text_write(op, path, bytes);
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    REPORT(r, 3, 0, 0, 3, 0);
    static const struct edit edits[] = {
        {"李四", "手机", "13900139000"}, {"赵六", "姓名", "赵六六"}, {"张三", "手机", ""}};
    path = returned(&d, S("back.xlsx"), bytes, true, edits, COUNT(edits));
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    REPORT(r, 3, 0, 3, 0, 0);
    check_str(json_str(person_named(&d, S("李四"), NULL), S("手机")), S("13900139000"));
    check_str(json_str(person_named(&d, S("张三"), NULL), S("手机")), S(""));
    person_named(&d, S("赵六六"), NULL);
}

/* Somebody who sees the whole town with these fields masked, besides the sensitive ones. */
static struct who masked_for(struct op *op, const str *fields, size_t count)
{
    struct grant *g = op_new(op, struct grant);
    *g = (struct grant){.ledger = S("*"),
                        .acts = 1u << ACT_READ | 1u << ACT_ADD | 1u << ACT_CHANGE | 1u << ACT_IMPORT | 1u << ACT_EXPORT,
                        .whole_town = true,
                        .masks = true,
                        .masked = fields,
                        .masked_count = count};
    return (struct who){.name = S("王干事"), .account = {.b = {1}}, .grants = g, .grant_count = 1};
}

/* A record of the ledger with these values; its id as text. */
static str put(struct desk *d, const char *ledger, str values)
{
    struct json *given;
    struct record *r = NULL;
    struct warning *w;
    check(json_parse(d->op, values, &given) &&
          record_add(d->tx, d->town, &d->who, town_ledger(d->town, str_z(ledger)), given, &w, &r));
    return r ? id_text(d->op, r->id) : S("");
}

TEST("a list that goes out and comes back unchanged changes nothing, whatever the titles of what it refers to are made of, and to "
     "whatever moment its times are known")
{
    struct desk d;
    struct import_report r;
    int64_t rows;
    desk_open(op, &d);
    str head = put(&d, "人手", S("{\"工号\":\"1\",\"姓名\":\"朱改花\",\"职务\":\"党委副书记、镇长\"}"));
    str hand = put(&d, "人手", S("{\"工号\":\"2\",\"姓名\":\"张三\",\"职务\":\"干事\"}"));
    str other = put(&d, "人手", S("{\"工号\":\"3\",\"姓名\":\"张三\",\"职务\":\"干事\"}")); /* of the same title */
    put(&d, "差事", op_text(op, "{\"名称\":\"值守\",\"负责人\":\"%.*s\",\"参加\":[\"%.*s\",\"%.*s\",\"%.*s\"],"
                                "\"时限\":\"2021-12-22T10:10:05.004+08:00\"}", PS(hand), PS(head), PS(hand), PS(other)));
    const struct ledger *people = d.people;
    d.people = town_ledger(d.town, S("差事"));
    str bytes = export_it(&d, (struct export_options){0}, &rows);
    str path = op_text(op, "%.*s/errands.xlsx", PS(d.folder));
    text_write(op, path, bytes);
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    REPORT(r, 1, 0, 0, 1, 0);
    struct who all = d.who;
    struct grant errands[] = {{.ledger = S("差事"), .acts = 1u << ACT_READ | 1u << ACT_CHANGE | 1u << ACT_IMPORT | 1u << ACT_EXPORT, .whole_town = true}};
    d.who = (struct who){.name = S("李干事"), .account = {.b = {3}}, .grants = errands, .grant_count = 1};
    text_write(op, path, export_it(&d, (struct export_options){0}, &rows)); /* by somebody who may not see the people */
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    REPORT(r, 1, 0, 0, 1, 0);
    d.who = all;
    path = book_make(&d, S("new.xlsx"), S("差事"), "名称|负责人|参加|时限\n扫雪|朱改花 党委副书记、镇长|朱改花党委副书记、镇长、2|2021-12-23 08:30\n",
                     NULL, 0);
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    REPORT(r, 1, 1, 0, 0, 0);
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    REPORT(r, 1, 0, 0, 1, 0);
    path = book_make(&d, S("vague.xlsx"), S("差事"), "名称|负责人|参加\n巡查|张三 干事|朱改花、李四\n", NULL, 0);
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    REPORT(r, 1, 0, 0, 0, 1);
    check(said(&d, r.errors, "“人手”里不止一个“张三干事”") && said(&d, r.errors, "“人手”里没有“李四”"));
    d.people = people;
}

TEST("a list that went out with numbers and names masked comes back: what is masked stays as it is, the rest is taken in")
{
    struct desk d;
    struct import_report r;
    int64_t rows;
    static const str names[] = {SC("姓名")};
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("花名册"), messy, messy_merges, COUNT(messy_merges));
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    struct who all = d.who;
    for (size_t hidden = 0; hidden <= COUNT(names); hidden++) {
        d.who = masked_for(op, names, hidden);
        str bytes = export_it(&d, (struct export_options){0}, &rows);
        path = op_text(op, "%.*s/masked.xlsx", PS(d.folder));
        text_write(op, path, bytes);
        check(import_it(&d, &(struct import_options){.path = path}, &r));
        REPORT(r, 3, 0, 0, 3, 0);
        check_int((long long)r.warnings->count, 0);
        struct edit edits[] = {{hidden ? "李*" : "李四", "备注", hidden ? "再核" : "已核"}};
        path = returned(&d, S("back.xlsx"), bytes, true, edits, COUNT(edits));
        check(import_it(&d, &(struct import_options){.path = path}, &r));
        REPORT(r, 3, 0, 1, 2, 0);
        d.who = all;
        const struct json *li = person_named(&d, S("李四"), NULL);
        check_str(json_str(li, S("备注")), str_z(edits[0].text));
        check_str(json_str(li, S("证件号")), S(LI));
    }
}

TEST("a list that comes back does not tell what is masked, whatever is typed over the mask")
{
    struct desk d;
    struct import_report r;
    struct record *li = NULL, *changed;
    struct json *patch;
    struct warning *w;
    int64_t rows;
    static const str born[] = {SC("出生日期")};
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("花名册"), messy, messy_merges, COUNT(messy_merges));
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    struct who all = d.who;
    d.who = masked_for(op, born, COUNT(born));
    str bytes = export_it(&d, (struct export_options){0}, &rows);
    person_named(&d, S("李四"), &li);
    must(li);
    check(json_parse(op, S("{\"手机\":\"13700137000\"}"), &patch) &&
          record_change(d.tx, d.town, &all, d.people, li->id, li->version, patch, S("来电"), &w, &changed));
    static const struct edit edits[] = {{"李四", "手机", "13900139000"}, {"张三", "出生日期", "1970-01-01"}};
    path = returned(&d, S("back.xlsx"), bytes, false, edits, COUNT(edits));
    check(import_it(&d, &(struct import_options){.path = path, .good_rows = true}, &r));
    check(said(&d, r.errors, "“手机”已改为“137****7000”") && !said(&d, r.errors, "13700137000"));
    check(!said(&d, r.errors, "按号码应为"));
}

TEST("what was changed here since the export is not overwritten by a list that comes back, and only that is an error")
{
    struct desk d;
    struct import_report r;
    int64_t rows;
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("花名册"), messy, messy_merges, COUNT(messy_merges));
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    str bytes = export_it(&d, (struct export_options){0}, &rows);
    for (int i = 0; i < 2; i++) { /* meanwhile, two telephone numbers change */
        struct record *person = NULL, *changed;
        struct json *patch;
        struct warning *w;
        person_named(&d, i ? S("李四") : S("赵六"), &person);
        check(person && json_parse(op, S("{\"手机\":\"13700137000\"}"), &patch));
        check(
            record_change(d.tx, d.town, &d.who, d.people, person->id, person->version, patch, S("来电"), &w, &changed));
    }
    static const struct edit edits[] = {{"李四", "手机", "13900139000"}, {"赵六", "备注", "已核"}};
    path = returned(&d, S("back.xlsx"), bytes, false, edits, COUNT(edits));
    check(import_it(&d, &(struct import_options){.path = path, .good_rows = true}, &r));
    REPORT(r, 3, 0, 1, 1, 1);
    check(said(&d, r.errors, "导出以后“手机”已改为“13700137000”"));
    const struct json *zhao = person_named(&d, S("赵六"), NULL);
    check_str(json_str(zhao, S("手机")), S("13700137000"));
    check_str(json_str(zhao, S("备注")), S("已核"));
    check_str(json_str(person_named(&d, S("李四"), NULL), S("手机")), S("13700137000"));
}

TEST("twelve villages return twelve files one after another, and every edit arrives")
{
    struct desk d;
    struct import_report r;
    int64_t rows;
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("花名册"), messy, messy_merges, COUNT(messy_merges));
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    str bytes = export_it(&d, (struct export_options){0}, &rows);
    for (int i = 0; i < 12; i++) {
        static const char *const people[] = {"张三", "李四", "赵六"};
        static const char *const fields[] = {"备注", "手机", "死亡日期", "救助情况/金额（元）"};
        static const char *const texts[] = {"好", "13600136000", "2021年12月3日", "壹佰元整"};
        const char *heading = i / 3 == 3 ? "救助金额" : fields[i / 3];
        struct edit edit = {people[i % 3], heading, texts[i / 3]};
        path = returned(&d, op_text(op, "back%d.xlsx", i), bytes, i % 2, &edit, 1);
        check(import_it(&d, &(struct import_options){.path = path}, &r));
        REPORT(r, 3, 0, 1, 2, 0);
    }
    const struct json *li = person_named(&d, S("李四"), NULL);
    check_str(json_str(li, S("备注")), S("好"));
    check_str(json_str(li, S("死亡日期")), S("2021-12-03"));
    check(json_get(li, S("救助金额")) && str_eq(json_get(li, S("救助金额"))->text, S("100.00")));
}

TEST("a blank template has heading, drop-downs and no rows; filled in, it comes back as new records")
{
    struct desk d;
    struct import_report r;
    int64_t rows;
    desk_open(op, &d);
    str bytes = export_it(&d, (struct export_options){.blank = true, .title = S("巴音嘎查人员采集表")}, &rows);
    check_int(rows, 0);
    struct xlsx_book *book;
    struct xlsx_rows *cells;
    struct xlsx_row row;
    bool found;
    check(xlsx_open(op, bytes, &book) && xlsx_rows_open(book, 0, &cells));
    for (int i = 0; i < 3; i++)
        check(xlsx_row_next(cells, &row, &found) && found);
    check_str(row.cells[0].text, S("序号"));
    check(xlsx_row_next(cells, &row, &found) && !found);
    struct xlsx_layout layout;
    check(xlsx_layout(book, 0, &layout) && layout.hidden_column_count == 1);
    check_str(xlsx_property(book, EXCEL_LEDGER), S("person"));
    check(!import_workbook(d.tx, d.town, &d.who, d.households,
                           &(struct import_options){.path = returned(&d, S("b.xlsx"), bytes, false, NULL, 0)}, &r));
    check(op->faults);
    check_str(op->faults->text, S("这是“人”的表，不能导入到“户”"));
    op_forgive(op, 0);
}

TEST("CSV says the same as the workbook, in the bytes that Excel opens as UTF-8")
{
    struct desk d;
    struct import_report r;
    int64_t rows;
    desk_open(op, &d);
    str path = book_make(&d, S("a.xlsx"), S("花名册"), messy, messy_merges, COUNT(messy_merges));
    check(import_it(&d, &(struct import_options){.path = path}, &r));
    static const str sort[] = {SC("证件号")}, fields[] = {SC("姓名"), SC("证件号"), SC("救助金额")};
    str csv = export_it(&d,
                        (struct export_options){
                            .csv = true, .query = {.sort = sort, .sort_count = 1, .fields = fields, .field_count = 3}},
                        &rows);
    check_str(csv, S("\xEF\xBB\xBF\"姓名\",\"证件号\",\"救助金额\"\r\n\"赵六\",\"" ZHAO "\",80.00\r\n\"张三\",\"" ZHANG
                     "\",300.50\r\n\"李四\",\"" LI "\",1200.00\r\n"));
}

TEST("a list as it was is exported under the date of that day")
{
    struct desk d;
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    int64_t count;
    time_ms then;
    bool found;
    desk_open(op, &d);
    check(time_parse(S("2020-06-30T12:00"), &then));
    str bytes = export_it(&d, (struct export_options){.query = {.as_of = then}}, &count);
    check_int(count, 0);
    check(xlsx_open(op, bytes, &book) && xlsx_rows_open(book, 0, &rows) && xlsx_row_next(rows, &row, &found) && found);
    check_str(row.cells[0].text, S("人台账（2020年6月30日）"));
}
