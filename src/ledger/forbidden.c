/* What the law forbids (duties §9), under whatever name; no pack can bring it in. One list for ledgers, fields, headings, choices,
 * indicators, and for what people write where something is made up (考核指标, 报表字段). It names what cannot be meant well: a word
 * that an office also needs (通话记录 of a call-back, 五包一 of an epidemic, 位次) is not here. */
#include "ledger/define.h"

/* Words as names are compared: simplified, without spaces and marks, small letters. */
static const struct forbidden {
    str basis;
    str words;  /* apart by spaces; of whatever is named */
    str things; /* of a ledger, a choice or a state only: a field may well say so of a matter */
} forbidden[] = {
    {SC("中央关于整治“指尖上的形式主义”的意见（2023）：不得强制打卡签到"),
     SC("打卡 扫码签到 刷脸签到 人脸签到 定位签到 签到率 签到次数 签到天数 daka clockin"), SC("")},
    {SC("整治“指尖上的形式主义”的意见（2023）：不得积分排名"),
     SC("积分 排名 排行 名次 计分榜 得分榜 红黑榜 龙虎榜 末位淘汰 jifen paiming paihang mingci ranking leaderboard"), SC("")},
    {SC("整治“指尖上的形式主义”的意见（2023）：不得考核学习时长"), SC("学习时长 学习时间累计 xuexishichang"), SC("")},
    {SC("整治“指尖上的形式主义”的意见（2023）：不得考核在线时长、强制登录"),
     SC("在线时长 在线时间 在线天数 活跃度 活跃率 活跃人数 活跃用户 日活率 日活数 月活率 月活数 上线天数 上线次数 登录次数 登录天数 登录时长 登录率 "
        "登陆次数 登陆天数 登陆时长 登陆率 zaixianshichang huoyuedu onlinetime"),
     SC("")},
    {SC("整治“指尖上的形式主义”的意见（2023）：不得通报安装率"), SC("安装率 装机率 装机量 卸载率 下载任务 anzhuanglv"), SC("")},
    {SC("整治形式主义为基层减负若干规定（2024）：不得以点赞转发考核"),
     SC("点赞 转评赞 转赞评 转发数 转发次数 转发量 转发率 转发任务 粉丝数 dianzan zhuanfashu zhuanfaliang"), SC("")},
    {SC("选举法第40条：无记名投票，不得记录谁投了谁"),
     SC("选民选择 所投候选人 所选候选人 投给谁 投了谁 选了谁 投票内容 投票选择 投票意向 选票编号"), SC("")},
    {SC("宪法第36条、个人信息保护法第28条：不得按信仰登记或筛选人"), SC("信仰 信教 信徒 教徒 信什么教 宗教归属 xinyang xinjiao religion"), SC("")},
    {SC("宪法第33条、第35条、第40条：不得监测言论和思想"),
     SC("思想动态 思想倾向 思想摸排 政治倾向 言论 朋友圈 聊天记录 上网记录 网上发声 yanlun"), SC("")},
    {SC("个人信息保护法第28条：不得跟踪人的行踪"), SC("轨迹 行踪 实时位置 手机定位 去向跟踪 xingzong whereabouts"), SC("")},
    {SC("信访工作条例第30条：信访是权利，不得把信访人列为管控对象"), SC("稳控 维稳对象 上访户 缠访 闹访 非访 截访 拦访 包控 涉访人 信访管控 信访人管控"),
     SC("上访人 上访者 信访重点人 重点信访 信访老户")},
    {SC("保守国家秘密法：武器弹药数据不得入本系统"),
     SC("枪械 枪支 步枪 手枪 子弹 枪弹 弹药 炮弹 手榴弹 武器编号 武器数量 武器库存 danyao qiangzhi"), SC("")},
    {SC("保守国家秘密法：涉密内容不得入本系统，只登编号与存放处"), SC("密件正文 密件内容 涉密正文 涉密内容 涉密原文 机密内容"), SC("")},
};

/* What only looks like one of them. */
static const str innocent[] = {SC("面积分"), SC("报名次"), SC("提名次"), SC("署名次"), SC("拨打卡")};

/* 簽到率 is 签到率. Only characters of the words above. */
static const struct { uint32_t written, is; } variants[] = {
    {0x500B, 0x4E2A}, {0x50BE, 0x503E}, {0x5167, 0x5185}, {0x52D5, 0x52A8}, {0x52D9, 0x52A1}, {0x5831, 0x62A5},
    {0x5B78, 0x5B66}, {0x5BE6, 0x5B9E}, {0x5C0D, 0x5BF9}, {0x5C64, 0x5C42}, {0x5E79, 0x5E72}, {0x5EAB, 0x5E93},
    {0x5F48, 0x5F39}, {0x614B, 0x6001}, {0x6236, 0x6237}, {0x64C7, 0x62E9}, {0x6514, 0x62E6}, {0x654E, 0x6559},
    {0x6578, 0x6570}, {0x6642, 0x65F6}, {0x689D, 0x6761}, {0x69CD, 0x67AA}, {0x6A5F, 0x673A}, {0x6B78, 0x5F52},
    {0x6E2C, 0x6D4B}, {0x70BA, 0x4E3A}, {0x7232, 0x4E3A}, {0x767C, 0x53D1}, {0x76E3, 0x76D1}, {0x792E, 0x70AE},
    {0x7955, 0x79D8}, {0x7A4D, 0x79EF}, {0x7A69, 0x7A33}, {0x7C3D, 0x7B7E}, {0x7D05, 0x7EA2}, {0x7D71, 0x7EDF},
    {0x7D72, 0x4E1D}, {0x7DAD, 0x7EF4}, {0x7DB2, 0x7F51}, {0x7DDA, 0x7EBF}, {0x7DE8, 0x7F16}, {0x7E8F, 0x7F20},
    {0x7FD2, 0x4E60}, {0x85E5, 0x836F}, {0x865F, 0x53F7}, {0x88DD, 0x88C5}, {0x8A08, 0x8BA1}, {0x8A18, 0x8BB0},
    {0x8A2A, 0x8BBF}, {0x8A55, 0x8BC4}, {0x8AD6, 0x8BBA}, {0x8B9A, 0x8D5E}, {0x8D0A, 0x8D5E}, {0x8DE1, 0x8FF9},
    {0x8E5F, 0x8FF9}, {0x8E64, 0x8E2A}, {0x8ECC, 0x8F68}, {0x8F09, 0x8F7D}, {0x8F49, 0x8F6C}, {0x9078, 0x9009},
    {0x9304, 0x5F55}, {0x9577, 0x957F}, {0x9593, 0x95F4}, {0x95DC, 0x5173}, {0x9678, 0x9646}, {0x9B27, 0x95F9},
    {0x9EDE, 0x70B9}, {0x9F8D, 0x9F99},
};

static uint32_t plain_code(uint32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E) /* ＡＰＰ */
        c -= 0xFEE0;
    if (c >= 'A' && c <= 'Z')
        c += 'a' - 'A';
    for (size_t i = 0; i < COUNT(variants); i++)
        if (variants[i].written == c)
            return variants[i].is;
    return c;
}

/* 打 卡, 打-卡, 打·卡, 打（卡） and 打 with a space of no width before 卡 are read as 打卡: only letters, digits and characters count. */
static bool counts(uint32_t c)
{
    bool latin = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    return latin || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || c >= 0x20000;
}

static str plain_name(struct op *op, str name)
{
    struct buf b;
    buf_init(&b, op, 0);
    while (name.n) {
        uint32_t c = plain_code(utf8_next(&name));
        if (counts(c))
            buf_code(&b, c);
    }
    return buf_str(&b);
}

static bool has_word(str name, str words)
{
    str word;
    size_t at;
    for (str rest = words; rest.n;) {
        str_split(rest, ' ', &word, &rest);
        if (str_find(name, word, &at))
            return true;
    }
    return false;
}

static bool name_lawful(struct op *op, str name, bool of_thing, str *ret_basis)
{
    for (str rest = plain_name(op, name); rest.n;) {
        str part = str_before(&rest, innocent, COUNT(innocent));
        for (size_t i = 0; i < COUNT(forbidden); i++)
            if (has_word(part, forbidden[i].words) || (of_thing && has_word(part, forbidden[i].things))) {
                *ret_basis = forbidden[i].basis;
                return false;
            }
    }
    return true;
}

bool ledger_name_lawful(struct op *op, str name, str *ret_basis)
{
    return name_lawful(op, name, false, ret_basis);
}

bool ledger_thing_lawful(struct op *op, str name, str *ret_basis)
{
    return name_lawful(op, name, true, ret_basis);
}
