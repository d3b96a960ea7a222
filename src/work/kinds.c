/* The kinds of works: what parts each has, which fields they need, what may be done. One table; the fields' own words are the kind's. */
#include "work/count_keep.h"
#include "work/roster_keep.h"

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
    [WORK_ROSTER] = {
        .show = roster_show,
        .words = {SC("每天"), SC("工作日"), SC("休息日"), SC("待答复"), SC("同意"), SC("不同意")}, /* as RW_… */
        .parts = {
            [R_SHIFT] = {SC("值班表"),
                         {[RS_DAY] = {SC("日期"), T(F_DAY), false}, [RS_POST] = {SC("岗"), T_TEXT, false}, [RS_PERSON] = {SC("人"), T(F_REF), false},
                          [RS_FROM] = {SC("起"), T(F_TIME), false}, [RS_TO] = {SC("止"), T(F_TIME), false}, [RS_STANDBY] = {SC("备班"), T(F_REF), true},
                          [RS_ARRIVED] = {SC("到岗"), T(F_TIME), false}, [RS_NOTES] = {SC("交接记录"), T_TEXT, false},
                          [RS_SIGNED] = {SC("交接签"), T(F_SIGNATURE), false}},
                         false},
            [R_POST] = {SC("岗位"),
                        {[RP_POST] = {SC("岗"), T_TEXT, false}, [RP_PEOPLE] = {SC("人员"), T(F_REFS), false}, [RP_START] = {SC("起时"), T(F_TEXT), false},
                         [RP_HOURS] = INT_SLOT("时长"), [RP_BETWEEN] = INT_SLOT("休息小时"), [RP_WHEN] = {SC("逢"), T_TEXT, false},
                         [RP_BACK] = INT_SLOT("回看天数"), [RP_APPROVE] = {SC("调班要批准"), T(F_BOOL), false}, [RP_FROM] = {SC("起"), T(F_DAY), false},
                         [RP_UNTIL] = {SC("止"), T(F_DAY), false}},
                        false},
            [R_LEAVE] = {SC("离岗"),
                         {[RL_PERSON] = {SC("干部"), T(F_REF), false}, [RL_FROM] = {SC("起"), T(F_DAY) | T(F_TIME), false},
                          [RL_TO] = {SC("止"), T(F_DAY) | T(F_TIME), false}},
                         true},
            [R_SWAP] = {SC("调班"),
                        {[RX_SHIFT] = {SC("值班"), T(F_REF), false}, [RX_NUMBER] = INT_SLOT("序"), [RX_BY] = {SC("申请人"), T(F_REF), false},
                         [RX_FOR] = {SC("替班人"), T(F_REF), false}, [RX_RETURN] = {SC("换回"), T(F_REF), false}, [RX_REASON] = {SC("理由"), T_TEXT, false},
                         [RX_ANSWER] = {SC("答复"), T_TEXT, false}, [RX_ANSWERED] = {SC("答复时"), T(F_TIME), false},
                         [RX_APPROVER] = {SC("批准人"), T(F_REF), false}, [RX_DONE] = {SC("生效"), T(F_TIME), false}},
                        false},
            [R_LOG] = {SC("值班记录"), {[RG_TIME] = {SC("时间"), T(F_TIME), false}, [RG_TEXT] = {SC("内容"), T_TEXT, false}, [RG_RESULT] = {SC("结果"), T_TEXT, false}}, true},
        }},
};

const struct work_act work_acts[] = {
    {WORK_COUNT, SC("报票"), true, count_sheet, "one person's count of one box"},
    {WORK_COUNT, SC("重点"), true, count_again, "two new counts of a box, with the reason"},
    {WORK_COUNT, SC("宣布"), true, count_declare, "the result of a round, when every box was counted twice with the same numbers"},
    {WORK_ROSTER, SC("排班"), false, roster_propose, "the open shifts of a period, filled fairly; nothing is kept"},
    {WORK_ROSTER, SC("存排班"), true, roster_keep, "shifts onto the roster"},
    {WORK_ROSTER, SC("申请调班"), true, roster_swap, "whose shift it is asks another to take it"},
    {WORK_ROSTER, SC("答复调班"), true, roster_answer, "who was asked says yes or no"},
    {WORK_ROSTER, SC("批准调班"), true, roster_approve, "a third lets the shift change hands"},
    {WORK_ROSTER, SC("交班"), true, roster_leave, "what the next must know"},
    {WORK_ROSTER, SC("到岗"), true, roster_arrive, "on duty from now; what was handed over is signed for"},
};
const size_t work_act_count = COUNT(work_acts);
