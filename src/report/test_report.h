/* The small town of the ledger room with dated matters, relief and indicators over them. */
#pragma once
#include "ledger/test_town.h"
#include "report/inner.h"

#define REPORT_GROUP                                                                                                           \
    "{'台账':'村组','英文名':'town_group','业务条线':'基础','键':['代码'],'密级':'公开','保管期限':'永久','标题':'名称','检索':['名称'],'字段':[\n"  \
    "{'名':'代码','类型':'码','必填':true,'唯一':true},{'名':'名称','类型':'文40','必填':true},{'名':'上级','类型':'引→村组'},\n"                 \
    "{'名':'起','类型':'日'},{'名':'止','类型':'日'}]}"
#define REPORT_CASE                                                                                                            \
    "{'台账':'工单','英文名':'ticket','业务条线':'热线','键':['编号'],'密级':'内部','保管期限':'10年','标题':'编号','归属':'村组',\n"             \
    "'状态':['登记','办结'],'流转':[{'从':'登记','到':'办结'}],\n"                                                                          \
    "'字段':[{'名':'编号','类型':'号','号':'{年}{3}','唯一':true},{'名':'村组','类型':'引→村组'},{'名':'办结','类型':'日'},\n"                   \
    "{'名':'类型','类型':'枚','选项':['投诉','咨询']},{'名':'金额','类型':'元','别名':['补助金额']},{'名':'人数','类型':'整'},\n"                  \
    "{'名':'电话','类型':'电','敏感':true},{'名':'来人','类型':'文20','敏感':true,'别名':['姓名']},{'名':'经手','类型':'多引→人'},{'名':'主办','类型':'引→人'},\n" \
    "{'名':'所属年度','类型':'年'}]}"
/* What came in, what went out, and what is left of it. */
#define REPORT_BALANCE                                                                                                         \
    "{'指标':[\n"                                                                                                                \
    "{'名':'收入','英文名':'income','台账':'工单','条件':'类型 = `投诉`','聚合':'求和','字段':'金额','日期字段':'办结','分组':['村组','主办'],'单位':'元','口径':'x'},\n" \
    "{'名':'支出','英文名':'cost','台账':'工单','条件':'类型 = `咨询`','聚合':'求和','字段':'金额','日期字段':'办结','分组':['村组','主办'],'单位':'元','口径':'x'},\n" \
    "{'名':'收支结余','英文名':'left','聚合':'结余','加':['收入'],'减':['支出'],'单位':'元','口径':'收入减支出'},\n"                        \
    "{'名':'结余率','英文名':'left_rate','聚合':'比率','分子':'收支结余','分母':'收入','单位':'%','口径':'结余占收入'}]}"
#define REPORT_INDICATORS                                                                                                      \
    "{'指标':[\n"                                                                                                                \
    "{'名':'办结件数','英文名':'closed','台账':'工单','条件':'类型 = `投诉`','聚合':'计数','日期字段':'办结','分组':['村组'],'单位':'件',\n"         \
    " '口径':'期内办结的投诉'},\n"                                                                                                 \
    "{'名':'全部件数','英文名':'every','别名':['总件数'],'台账':'工单','聚合':'计数','日期字段':'办结','分组':['村组','类型','主办'],'单位':'件','口径':'期内办结的'},\n"       \
    "{'名':'金额合计','英文名':'money','台账':'工单','聚合':'求和','字段':'金额','日期字段':'办结','分组':['村组'],'单位':'元','口径':'金额之和'},\n"   \
    "{'名':'平均金额','英文名':'mean','台账':'工单','聚合':'平均','字段':'金额','日期字段':'办结','单位':'元','口径':'填了金额的平均'},\n"            \
    "{'名':'中位金额','英文名':'middle','台账':'工单','聚合':'中位','字段':'金额','日期字段':'办结','分组':['村组'],'单位':'元','口径':'排在正中的金额'},\n"   \
    "{'名':'经手人数','英文名':'hands','台账':'工单','聚合':'去重','字段':'经手','日期字段':'办结','单位':'人','口径':'经手的人各算一次'},\n"        \
    "{'名':'年度件数','英文名':'yearly','台账':'工单','聚合':'计数','日期字段':'所属年度','单位':'件','口径':'所属年度在期内的'},\n"                 \
    "{'名':'投诉占比','英文名':'share','聚合':'比率','分子':'办结件数','分母':'全部件数','单位':'%','口径':'投诉在办结中的比例'}]}"

struct test_report {
    struct test_town t;
    const struct ledger *tickets;
    struct indicators *all;
};

static inline void pack_write(struct test_report *r, const char *name, const char *text)
{
    test_write(r->t.op, r->t.packs, op_z(r->t.op, op_text(r->t.op, "base/%s", name)), test_json(r->t.op, str_z(text)));
}

static inline void pack_folder(struct test_report *r, const char *name)
{
    must(mkdir(op_z(r->t.op, op_text(r->t.op, "%.*s/base/%s", PS(r->t.packs), name)), 0700) == 0);
}

static inline void report_open(struct op *op, struct test_report *r)
{
    *r = (struct test_report){0};
    test_town_open(op, &r->t);
    test_define(&r->t, "town_group", REPORT_GROUP);
    test_define(&r->t, "ticket", REPORT_CASE);
    pack_folder(r, "indicators");
    pack_write(r, "indicators/base.json", REPORT_INDICATORS);
    test_again(&r->t);
    bool good = test_load(&r->t) && indicators_load(op, r->t.town, r->t.packs, &r->all);
    if (!good)
        test_faults(op);
    must(good);
    r->tickets = town_ledger(r->t.town, S("工单"));
}

static inline id report_ticket(struct test_report *r, id group, const char *closed, const char *kind, const char *more)
{
    str of = id_none(group) ? S("null") : op_text(r->t.op, "'%.*s'", PS(id_text(r->t.op, group)));
    return test_record(&r->t, r->tickets, op_text(r->t.op, "{'村组':%.*s,'办结':'%s','类型':'%s'%s}", PS(of), closed, kind, more))->id;
}

/* With two tickets of the half year. */
static inline void document_open(struct op *op, struct test_report *r)
{
    report_open(op, r);
    pack_folder(r, "reports");
    check(report_setup(r->t.tx));
    report_ticket(r, r->t.east, "2021-07-01", "投诉", ",'金额':100");
    report_ticket(r, r->t.west, "2021-08-01", "咨询", ",'金额':50.50");
}
