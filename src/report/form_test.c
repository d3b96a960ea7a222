/* Forms of superiors, read and filled. */
#include <stdio.h>

#include "report/test_report.h"

static const struct report_ask half = {.from = 18809, .to = 18992}; /* 2021-07-01 … 2021-12-31 */

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

/* Whose roll it is: the person, whom an import finds by the number. */
#define MILITIA                                                                                                                \
    "{'台账':'民兵','英文名':'militia','业务条线':'武装','键':['人'],'密级':'内部','保管期限':'永久','标题':'人.姓名','归属':'人.户.村组','字段':[\n" \
    "{'名':'人','类型':'引→人','必填':true,'别名':['证件号']},{'名':'编组','类型':'文20','别名':['分队']}]}"

TEST("another word for the person of a roll by which an import finds them, 证件号, is filled with their number and not with their name")
{
    static const struct sheet_cell ranks[] = {{1, 1, "民兵花名册"}, {2, 1, "姓  名"}, {2, 2, "证件号"}, {2, 3, "分队"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    test_define(&r.t, "militia", MILITIA);
    test_again(&r.t);
    must(test_load(&r.t) && indicators_load(op, r.t.town, r.t.packs, &r.all));
    id home = test_household(&r.t, r.t.east, "东街");
    const struct record *host = test_person(&r.t, "巴特尔", 19600101, 1, home, "");
    test_record(&r.t, town_ledger(r.t.town, S("民兵")), op_text(op, "{'人':'%.*s','编组':'基干'}", PS(id_text(op, host->id))));
    str out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, book_of(&r, ranks, COUNT(ranks), NULL, 0), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), town_ledger(r.t.town, S("民兵")), &form));
    test_faults(op);
    check_str(understood(op, form), S("A 人.姓名 引用得来，B 人.证件号 别名，C 编组 别名"));
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0}, out, &filled));
    check_str(cells_of(op, out, 3), S("A3=巴特尔 B3=152527196001010016 C3=基干 "));
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

TEST("a sheet of figures, each beside its word or behind its unit and code, is filled for the whole town, 万元 as such; what stands over "
     "others and what is printed is left")
{
    static const struct sheet_cell upright[] = {
        {1, 1, "半年报"},   {2, 1, "填报单位："}, {2, 3, "报送期：2021年"}, {3, 1, "指标名称"}, {3, 2, "计量单位"}, {3, 3, "代码"},   {3, 4, "本期数"},
        {4, 1, "一、办件"}, {4, 2, "—"},          {4, 3, "01"},             {5, 1, "总件数"},   {5, 2, "件"},       {5, 3, "02"},     {6, 1, "金额合计"},
        {6, 2, "万元"},     {6, 3, "03"},         {7, 1, "经手人数"},       {7, 2, "人"},       {7, 3, "04"},       {8, 1, "鞋码数"}, {8, 2, "双"},
        {9, 1, "审核人："}};
    static const struct sheet_cell beside[] = {{1, 1, "基本情况登记卡"}, {2, 1, "镇名"},     {2, 3, "全部件数（件）"}, {3, 1, "办结件数"}, {3, 3, "金额合计（元）"},
                                               {4, 1, "年度件数"},       {4, 3, "鞋码（个）"}, {5, 1, "填表人"},         {5, 3, "填表日期"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    const struct form_how how = {.from = half.from, .to = half.to};
    document_open(op, &r);
    str out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, book_of(&r, upright, COUNT(upright), NULL, 0), &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form) &&
          form_fill(r.t.tx, r.t.town, &r.t.system, form, &how, out, &filled));
    test_faults(op);
    check(form->card && !form->ledger);
    check_str(understood(op, form), S("D 全部件数 别名，D 金额合计 同名，D 经手人数 同名"));
    check_str(cells_of(op, out, 4), S("A4=一、办件 B4=— C4=01 A5=总件数 B5=件 C5=02 D5=2 A6=金额合计 B6=万元 C6=03 D6=0.01505 A7=经手人数 B7=人 C7=04 D7=0 "
                                      "A8=鞋码数 B8=双 A9=审核人： "));
    check(xlsx_open_path(op, book_of(&r, beside, COUNT(beside), NULL, 0), &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form) &&
          form_fill(r.t.tx, r.t.town, &r.t.system, form, &how, out, &filled));
    test_faults(op);
    check_str(cells_of(op, out, 2), S("A2=镇名 C2=全部件数（件） D2=2 A3=办结件数 B3=1 C3=金额合计（元） D3=150.5 A4=年度件数 B4=0 C4=鞋码（个） A5=填表人 C5=填表日期 "));
    check_str(filled.cells[0].source, S("指标 全部件数：工单"));
}

TEST("a printed word is never written over: it is told, and the rest is filled")
{
    static const struct sheet_cell table[] = {{1, 1, "村组"}, {1, 2, "全部件数"}, {1, 3, "金额合计（元）"}, {2, 1, "东村"}, {2, 3, "不统计"}, {3, 1, "西村"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    str out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, book_of(&r, table, COUNT(table), NULL, 0), &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form) &&
          form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){.from = half.from, .to = half.to}, out, &filled));
    test_faults(op);
    check_str(cells_of(op, out, 2), S("A2=东村 B2=1 C2=不统计 A3=西村 B3=1 C3=50.5 "));
    bool told = false;
    for (size_t i = 0; i < filled.gap_count; i++)
        told |= str_eq(filled.gaps[i].what, S("第2行已印着“不统计”，没有盖掉，请核对这一栏该填在哪里"));
    check(told);
}

TEST("合计 below a heading is what the heading names; a list of the village groups is without the town and without what has ended")
{
    static const struct sheet_cell table[] = {{1, 1, "村组"}, {1, 2, "全部件数"}, {1, 4, "金额合计（元）"}, {2, 2, "合计"}, {2, 3, "其中：上门"}};
    static const struct xlsx_range merges[] = {{1, 1, 2, 1}, {1, 2, 1, 3}, {1, 4, 2, 4}};
    static const struct sheet_cell roll_of[] = {{1, 1, "村组一览表"}, {2, 1, "代码"}, {2, 2, "名称"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    str out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    check(xlsx_open_path(op, book_of(&r, table, COUNT(table), merges, COUNT(merges)), &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), NULL, &form));
    check_str(understood(op, form), S("A - 别名，B 全部件数 同名，C - 不明，D 金额合计 同名"));
    (void)test_record(&r.t, town_ledger(r.t.town, S("村组")), op_text(op, "{'代码':'GONE','名称':'撤了的村','上级':'%.*s','止':'2020-12-31'}", PS(id_text(op, r.t.whole))));
    check(xlsx_open_path(op, book_of(&r, roll_of, COUNT(roll_of), NULL, 0), &book) &&
          form_read(r.t.tx, r.t.town, r.all, book, S(""), town_ledger(r.t.town, S("村组")), &form) &&
          form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0}, out, &filled));
    test_faults(op);
    size_t at;
    str rows = cells_of(op, out, 3);
    check(str_find(rows, S("东村"), &at) && !str_find(rows, S("撤了的村"), &at) && filled.rows == 3);
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

#define MARK                                                                                                                   \
    "{'台账':'标签','英文名':'mark','业务条线':'基础','键':['主体户','标签'],'密级':'敏感','保管期限':'永久','标题':'标签','归属':'主体户.村组','标记':{'名':'标签','起':'起','止':'止'},'字段':[\n" \
    "{'名':'主体户','类型':'引→户','必填':true},{'名':'起','类型':'日'},{'名':'止','类型':'日'},{'名':'标签','类型':'枚','必填':true,'选项':['低保户','脱贫户']}]}"

TEST("a roll of some, whose title names a mark that its filler may not see, is filled with nobody, and says how to go on")
{
    static const struct sheet_cell homes[] = {{1, 1, "低保户花名册"}, {2, 1, "户号"}, {2, 2, "住址"}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    document_open(op, &r);
    test_define(&r.t, "mark", MARK);
    test_again(&r.t);
    must(test_load(&r.t) && indicators_load(op, r.t.town, r.t.packs, &r.all));
    const struct ledger *homes_of = town_ledger(r.t.town, S("户")), *marks = town_ledger(r.t.town, S("标签"));
    str out = op_text(op, "%.*s/out.xlsx", PS(r.t.folder));
    id home = test_household(&r.t, r.t.east, "东街");
    test_household(&r.t, r.t.east, "西街");
    test_record(&r.t, marks, op_text(op, "{'主体户':'%.*s','标签':'低保户','起':'2001-01-01'}", PS(id_text(op, home))));
    check(xlsx_open_path(op, book_of(&r, homes, COUNT(homes), NULL, 0), &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), homes_of, &form));
    check(form_fill(r.t.tx, r.t.town, &r.t.system, form, &(struct form_how){0}, out, &filled));
    test_faults(op);
    check_int(filled.rows, 1);
    struct grant grants[] = {{.ledger = S("household"), .acts = 1 << ACT_READ | 1 << ACT_EXPORT, .group = r.t.east}};
    struct who cadre = test_who(grants, COUNT(grants));
    check(form_fill(r.t.tx, r.t.town, &cadre, form, &(struct form_how){0}, out, &filled));
    check_int(filled.rows, 0);
    size_t at;
    check(filled.gap_count && str_find(filled.gaps[filled.gap_count - 1].what, S("一条也没有填"), &at));
    check(form_fill(r.t.tx, r.t.town, &cadre, form, &(struct form_how){.where = S("true")}, out, &filled));
    check_int(filled.rows, 2);
    test_faults(op);
}

TEST("a heading over two columns with nothing below it is one column, and a date above the table belongs to none")
{
    static const struct sheet_cell wide[] = {{1, 1, "12345投诉登记表"}, {2, 1, "填报单位："}, {2, 5, "2021年12月20日"}, {3, 1, "序号"}, {3, 2, "来人"}, {3, 3, "情况"}, {3, 4, "备注"}, {4, 3, "类型"}, {6, 1, "审核人："}};
    static const struct xlsx_range merges[] = {{1, 1, 1, 5}, {3, 1, 4, 1}, {3, 2, 4, 2}, {3, 4, 4, 5}};
    struct test_report r;
    struct xlsx_book *book;
    struct form *form;
    document_open(op, &r);
    check(xlsx_open_path(op, book_of(&r, wide, COUNT(wide), merges, COUNT(merges)), &book) && form_read(r.t.tx, r.t.town, r.all, book, S(""), r.tickets, &form));
    test_faults(op);
    check_str(understood(op, form), S("A - 同名，B 来人 同名，C 类型 同名，D - 不明"));
    check_str(form->columns[form->column_count - 1].heading, S("备注"));
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
