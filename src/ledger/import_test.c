/* What a sheet leaves out and its title says, and where in the workbook things stand. */
#include "ledger/test_desk.h"

#define PEOPLE "姓名|身份证号|与户主关系|死亡日期\n"

static bool taken(struct desk *d, const char *text, bool dry, struct import_report *r)
{
    str path = book_make(d, S("a.xlsx"), S("巴音嘎查"), text, NULL, 0);
    return import_it(d, &(struct import_options){.path = path, .file_name = S("a.xlsx"), .dry_run = dry}, r);
}

TEST("a date without a year is of the year that the title names, which the dry run says once for a column")
{
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    static const char sheet[] = "2021年下半年死亡人员台账\n时间：2021.7.1—2021年12月31日\n" PEOPLE
                                "张三|" ZHANG "|户主|7月8日\n李四|" LI "|配偶|１２月１号\n王五|" WANG "|子|2020年3月4日\n";
    check(taken(&d, sheet, true, &r));
    REPORT(r, 3, 3, 0, 0, 0);
    check(said(&d, r.warnings, "“7月8日”没有写年份，这一栏没有年份的都按表题记为2021年"));
    check_int((long long)r.warnings->count, 1);
    check(taken(&d, sheet, false, &r) && r.kept);
    check_str(json_str(person_named(&d, S("张三"), NULL), S("死亡日期")), S("2021-07-08"));
    check_str(json_str(person_named(&d, S("李四"), NULL), S("死亡日期")), S("2021-12-01"));
    check_str(json_str(person_named(&d, S("王五"), NULL), S("死亡日期")), S("2020-03-04"));
}

TEST("a date without a year is refused when the title names none or more than one, and a day that year has not")
{
    static const struct { const char *title, *date, *says; } cases[] = {
        {"死亡人员台账\n", "7月8日", "没有写年份，请写全"},
        {"内民发〔2021〕12号\n", "7月8日", "没有写年份，请写全"},
        {"2021-2022年度台账\n", "7月8日", "表题里的年份又不止一个"},
        {"2021年台账\n2022年1月4日填报\n", "7月8日", "表题里的年份又不止一个"},
        {"2021年台账\n", "2月29日", "没有2021年2月29日这一天"},
        {"2021年台账\n", "7月8", "不是日期"},
    };
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    for (size_t i = 0; i < COUNT(cases); i++) {
        check(taken(&d, op_z(op, op_text(op, "%s" PEOPLE "张三|" ZHANG "|户主|%s\n", cases[i].title, cases[i].date)), false, &r));
        REPORT(r, 1, 0, 0, 0, 1);
        check(said(&d, r.errors, cases[i].says));
    }
}

TEST("a row that is the same record as one above it is told which row that is, of which sheet, whatever lies between")
{
    struct desk d;
    struct import_report r;
    struct xlsx_out *out;
    desk_open(op, &d);
    check(taken(&d, "台账\n" PEOPLE "张三|" ZHANG "|户主|\n小计\n李四|" LI "|配偶|\n坏行|123|子|\n赵六|" ZHAO "|户主|\n"
                    "李四|" LI "|配偶|\n赵六|" ZHAO "|户主|\n张三|" ZHANG "|户主|\n", false, &r));
    REPORT(r, 7, 3, 0, 0, 4);
    check(said(&d, r.errors, "\"值\":\"" LI "\",\"说明\":\"与第5行是同一条记录") && said(&d, r.errors, "与第7行是同一条记录") &&
          said(&d, r.errors, "与第3行是同一条记录"));
    str path = op_text(op, "%.*s/b.xlsx", PS(d.folder));
    check(xlsx_create(op, path, &out));
    sheet_put(op, out, S("巴音嘎查"), S(PEOPLE "张三|" ZHANG "|户主|\n"));
    sheet_put(op, out, S("白音村"), S(PEOPLE "赵六|" ZHAO "|户主|\n张三|" ZHANG "|户主|\n"));
    check(xlsx_end(out) && import_it(&d, &(struct import_options){.path = path, .file_name = S("b.xlsx")}, &r));
    REPORT(r, 3, 2, 0, 0, 1);
    check(said(&d, r.errors, "与工作表“巴音嘎查”第2行是同一条记录"));
}

TEST("a row that changes nothing and means the record of one above it is told like any other, in whatever order they stand")
{
    struct desk d;
    struct import_report r;
    desk_open(op, &d);
    check(taken(&d, "台账\n" PEOPLE "张三|" ZHANG "|户主|\n李四|" LI "|配偶|\n赵六|" ZHAO "|户主|\n", false, &r));
    check(taken(&d, "台账\n" PEOPLE "赵六|" ZHAO "|户主|\n张三|" ZHANG "|户主|\n李四|" LI "|配偶|\n李四|" LI "|配偶|\n赵六|" ZHAO
                    "|户主|\n张三|" ZHANG "|户主|2021.3.4\n", false, &r));
    REPORT(r, 6, 0, 0, 3, 3);
    check(said(&d, r.errors, "与第5行是同一条记录") && said(&d, r.errors, "与第3行是同一条记录") && said(&d, r.errors, "与第4行是同一条记录"));
    check(taken(&d, "台账\n" PEOPLE "张三|" ZHANG "|户主|2021.3.4\n张三|" ZHANG "|户主|2021.3.4\n", false, &r));
    REPORT(r, 2, 0, 1, 0, 1);
}

TEST("whoever the sheet calls the head becomes the head of a home that has none, though nothing of the person changes")
{
    struct desk d;
    struct import_report r;
    struct record *home;
    static const char sheet[] = "台账\n" PEOPLE "张三|" ZHANG "|户主|\n李四|" LI "|配偶|\n";
    desk_open(op, &d);
    check(taken(&d, sheet, false, &r));
    id at;
    check(id_parse(json_str(person_named(&d, S("张三"), NULL), S("户")), &at));
    /* as a town from before both sides were written has it */
    check(store_run(d.tx, "update now_household set \"户主\" = null where record = $1", ARGS(ID(at)), NULL) && store_commit(d.tx) &&
          store_begin(d.store, op, TX_BULK, &d.tx));
    struct record *zhang;
    person_named(&d, S("张三"), &zhang);
    for (int round = 0; round < 2; round++) {
        check(taken(&d, sheet, round == 0, &r));
        REPORT(r, 2, 0, 1, 1, 0);
        check(said(&d, r.warnings, "这一户原来没有登记户主，这次登记上了"));
        check(record_get(d.tx, d.town, &d.who, d.households, at, &home));
        check_str(json_str(home->values, S("户主")), round == 0 ? S("") : id_text(op, zhang->id));
    }
    check(taken(&d, sheet, false, &r));
    REPORT(r, 2, 0, 0, 2, 0);
}

TEST("what is filled in for all rows is read up to either semicolon, and is no empty field or value")
{
    const struct import_said *said;
    size_t count;
    check(import_said_read(op, S(" 方式=公文交换; 签收人 = 王芳；；备注=甲,乙;"), &said, &count));
    check_int((long long)count, 3);
    check_str(said[0].field, S("方式"));
    check_str(said[0].text, S("公文交换"));
    check_str(said[1].field, S("签收人"));
    check_str(said[1].text, S("王芳"));
    check_str(said[2].text, S("甲,乙"));
    static const str wrong[] = {SC("方式"), SC("=甲"), SC("方式= "), SC("方式=甲；乙")};
    for (size_t i = 0; i < COUNT(wrong); i++)
        check(!import_said_read(op, wrong[i], &said, &count) && op_has_fault(op, FAULT_INPUT));
    op_forgive(op, 0);
}
