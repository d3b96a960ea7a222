/* Names by which somebody might try to bring in what the law forbids, and names that an office needs. */
#include "ledger/test_town.h"

TEST("what may not be registered is refused under every way of writing it: spaces, marks, full width, no width, old characters, sounds, English, "
     "other words")
{
    static const char *const tries[] = {
        "打卡", "打 卡", "打　卡", "打·卡", "打（卡）", "打\u200b卡", "打-卡次数", "daka", "Da Ka", "ＤＡＫＡ", "扫码签到", "刷脸签到次数", "簽到率",
        "積分", "积_分", "JiFen", "计分榜", "排　名", "红黑榜", "紅黑榜", "ranking", "末位淘汰",
        "在線時長", "日活率", "登陆次数", "登錄次數", "活跃率", "APP装机率", "安裝率", "卸载率",
        "點贊數", "转评赞", "轉發量", "學習時長", "学习时间累计",
        "投给 谁", "所選候選人", "投票意向",
        "宗教归属", "信 教", "xinyang", "religion", "思想倾向", "政治傾向", "朋友圈", "聊天记录",
        "軌跡", "行蹤", "手机定位", "行程轨迹",
        "穩控", "维稳对象", "非访", "截访", "信访管控",
        "面积分和积分", "槍支", "彈藥", "手枪", "武器数量", "密件内容", "机密 内容"};
    static const char *const things[] = {"上访人员", "上訪者", "重点信访人", "信访老户"};
    static const char *const needed[] = {
        "签到表", "签到影像", "会议签到", "计分规则", "得分", "考核得分", "学习内容", "学时", "应到", "实到", "开通率", "常住人口", "下载率", "转发",
        "宗教场所", "民族", "劝返人数", "旅居史", "坐标", "投票站", "选票数", "得票数", "信访人", "信访形式", "重点单位", "重点人群", "灭火弹", "水枪", "密级",
        "密件编号", "存放处", "位置", "上线日期", "关注事项", "主题党日活动", "每月活动", "草场面积分类", "报名次数", "单位次数", "来访民众", "回访通话记录", "会议发言记录",
        "公车出行记录", "井下人员定位", "政治立场", "五包一", "地段盯防", "position", "points", "score", "name", "track_no", "wake", "管控措施"};
    str basis;
    for (size_t i = 0; i < COUNT(tries); i++)
        if (ledger_name_lawful(op, str_z(tries[i]), &basis))
            test_failed(__FILE__, __LINE__, "%s goes through", tries[i]);
    for (size_t i = 0; i < COUNT(things); i++)
        if (ledger_thing_lawful(op, str_z(things[i]), &basis))
            test_failed(__FILE__, __LINE__, "%s goes through as what somebody is called", things[i]);
    for (size_t i = 0; i < COUNT(needed); i++)
        if (!ledger_name_lawful(op, str_z(needed[i]), &basis))
            test_failed(__FILE__, __LINE__, "%s is refused: %.*s", needed[i], PS(basis));
}

/* One more field of 事项, or one more member of its definition. */
#define MATTER_WITH(FIELD, MEMBER)                                                                                             \
    "{'台账':'事项','英文名':'matter','业务条线':'基础','键':['编号'],'密级':'内部','保管期限':'10年','标题':'编号','归属':'村组',\n"              \
    "'字段':[{'名':'编号','类型':'号','号':'{年}{3}','唯一':true},{'名':'事由','类型':'文100'},{'名':'村组','类型':'引→村组'}" FIELD "]" MEMBER "}"

TEST("it is refused wherever a name can stand: as field, English name, heading, choice, word for a choice, state, column and title of the sheet")
{
    static const char *const tries[] = {
        MATTER_WITH(",{'名':'积分','类型':'整'}", ""),
        MATTER_WITH(",{'名':'情况','英文名':'jifen','类型':'整'}", ""),
        MATTER_WITH(",{'名':'情况','类型':'整','别名':['積分']}", ""),
        MATTER_WITH(",{'名':'类别','类型':'枚','选项':['一般','稳控对象']}", ""),
        MATTER_WITH(",{'名':'类别','类型':'枚','选项':['一般','其他'],'同义':{'其他':['上访人员']}}", ""),
        MATTER_WITH("", ",'状态':['一般','稳控中'],'流转':[{'从':'一般','到':'稳控中'}]"),
        MATTER_WITH("", ",'表头':['编号',{'头':'排名','栏':'事由'}]"),
        MATTER_WITH("", ",'表头':['编号',{'头':'次数','栏':'事由','组':'打卡'}]"),
        MATTER_WITH("", ",'表头':['编号'],'表':{'名':'各村组红黑榜'}"),
    };
    struct test_town t;
    test_town_open(op, &t);
    for (size_t i = 0; i < COUNT(tries); i++) {
        size_t at;
        int before = op->fault_count;
        test_define(&t, "matter", tries[i]);
        test_again(&t);
        bool loaded = test_load(&t);
        if (loaded || !str_find(fault_last(op)->text, S("不得设立"), &at))
            test_failed(__FILE__, __LINE__, "it goes through: %s", tries[i]);
        op_forgive(op, before);
    }
}

TEST("a choice that anybody may add to is not added to by it, and a rule can ask why a text may not be")
{
    struct test_town t;
    test_town_open(op, &t);
    test_define(&t, "matter",
                MATTER_WITH(",{'名':'类别','类型':'枚','选项':['一般'],'可扩':true},{'名':'理由','类型':'算','值类型':'文200','算':'禁止事由(事由)'}", ""));
    test_again(&t);
    must(test_load(&t));
    const struct ledger *l = town_ledger(t.town, S("事项"));
    const struct record *r = test_record(&t, l, S("{'事由':'每月打　卡','类别':'草原巡护'}"));
    size_t at;
    check(str_find(json_str(r->values, S("理由")), S("打卡"), &at));
    r = test_record(&t, l, S("{'事由':'入户走访'}"));
    check_str(json_str(r->values, S("理由")), S(""));
    struct checked c;
    check(!check_text(op, ledger_field(l, S("类别")), S("上访人员"), &c) && str_find(c.trouble, S("不得登记"), &at));
}
