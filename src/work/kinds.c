/* The kinds of works: what parts each has, which fields they need, what may be done. One table; the fields' own words are the kind's. */
#include "work/count_keep.h"

#define INT_SLOT(n) {SC(n), T(F_INT), false}

const struct kind_def kinds[WORK_KINDS] = {
    [WORK_COUNT] = {
        .show = count_show,
        .words = {SC("全部选出"), SC("部分选出"), SC("无效"), SC("票数相等"), SC("名额空缺")}, /* as count_end_names */
        .parts = {
            [C_PLACE] = {SC("选区"), {[CP_ELECTION] = {SC("选举"), T(F_REF), false}, [CP_SEATS] = INT_SLOT("应选名额"), [CP_VOTERS] = INT_SLOT("选民总数")}, false},
            [C_ELECTION] = {SC("选举"), {[CE_LEVEL] = {SC("层级"), T_TEXT, false}, [CE_DAY] = {SC("选举日"), T(F_DAY), false}}, false},
            [C_CANDIDATE] = {SC("候选人"), {[CC_PLACE] = {SC("选区"), T(F_REF), false}, [CC_ORDER] = {SC("名单排序"), T(F_INT), true}}, false},
            [C_BOX] = {SC("票箱"),
                       {[CB_PLACE] = {SC("选区"), T(F_REF), false}, [CB_ROUND] = {SC("轮次"), T_TEXT, false}, [CB_NUMBER] = {SC("箱号"), T_TEXT, false},
                        [CB_KIND] = {SC("类型"), T_TEXT, true}, [CB_TAKEN] = INT_SLOT("领出选票"), [CB_BACK] = {SC("剩余退回"), T(F_INT), true},
                        [CB_PASS] = INT_SLOT("点票遍")},
                       false},
            [C_SHEET] = {SC("点票单"),
                         {[CS_BOX] = {SC("票箱"), T(F_REF), false}, [CS_PASS] = INT_SLOT("遍"), [CS_ACCOUNT] = {SC("点票账号"), T(F_TEXT), false},
                          [CS_NAME] = {SC("点票人"), T(F_TEXT), false}, [CS_COLLECTED] = INT_SLOT("收回选票"), [CS_VALID] = INT_SLOT("有效票"),
                          [CS_INVALID] = INT_SLOT("无效票"), [CS_NOTE] = {SC("说明"), T_TEXT, true}},
                         false},
            [C_LINE] = {SC("点票明细"),
                        {[CL_SHEET] = {SC("点票单"), T(F_REF), false}, [CL_NAME] = {SC("姓名"), T_TEXT, false},
                         [CL_CANDIDATE] = {SC("候选人"), T(F_REF), true}, [CL_YES] = INT_SLOT("赞成"), [CL_NO] = INT_SLOT("反对"),
                         [CL_ABSTAIN] = INT_SLOT("弃权")},
                        false},
            [C_TALLY] = {SC("计票"),
                         {[CT_PLACE] = {SC("选区"), T(F_REF), false}, [CT_ROUND] = {SC("轮次"), T_TEXT, false}, [CT_VOTERS] = INT_SLOT("选民总数"),
                          [CT_PRESENT] = INT_SLOT("参加投票人数"), [CT_ISSUED] = INT_SLOT("发出选票"), [CT_COLLECTED] = INT_SLOT("收回选票"),
                          [CT_VALID] = INT_SLOT("有效票"), [CT_INVALID] = INT_SLOT("无效票"), [CT_END] = {SC("结论"), T_TEXT, false}},
                         false},
            [C_VOTES] = {SC("得票"),
                         {[CV_TALLY] = {SC("计票"), T(F_REF), false}, [CV_NAME] = {SC("姓名"), T_TEXT, false}, [CV_CANDIDATE] = {SC("候选人"), T(F_REF), true},
                          [CV_YES] = INT_SLOT("赞成"), [CV_NO] = INT_SLOT("反对"), [CV_ABSTAIN] = INT_SLOT("弃权"),
                          [CV_ELECTED] = {SC("当选"), T(F_BOOL), false}},
                         false},
            [C_RULE] = {SC("规则"),
                        {[CR_LEVEL] = {SC("层级"), T_TEXT, false}, [CR_ROUND] = {SC("轮次"), T_TEXT, false}, [CR_FIRST] = {SC("首轮"), T(F_BOOL), false},
                         [CR_FROM] = {SC("起"), T(F_DAY), false}, [CR_UNTIL] = {SC("止"), T(F_DAY), false}, [CR_TURNOUT] = {SC("参选比"), T(F_TEXT), false},
                         [CR_WIN] = {SC("当选比"), T(F_TEXT), false}, [CR_BASE] = {SC("当选基数"), T_TEXT, false},
                         [CR_ISSUED] = {SC("发出算参加"), T(F_BOOL), false}, [CR_LEAST] = {SC("差额最少"), T(F_TEXT), false},
                         [CR_MOST] = {SC("差额最多"), T(F_TEXT), false}, [CR_TIE] = {SC("相等再投"), T_TEXT, false},
                         [CR_RERUN] = {SC("不足再投"), T_TEXT, false}, [CR_BASIS] = {SC("依据"), T_TEXT, false}},
                        false},
        }},
};

const struct work_act work_acts[] = {
    {WORK_COUNT, SC("报票"), true, count_sheet, "one person's count of one box"},
    {WORK_COUNT, SC("重点"), true, count_again, "two new counts of a box, with the reason"},
    {WORK_COUNT, SC("宣布"), true, count_declare, "the result of a round, when every box was counted twice with the same numbers"},
};
const size_t work_act_count = COUNT(work_acts);
