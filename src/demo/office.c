/* The town's own: who works there and answers for what, units and shops, inspections, fire safety, relief. */
#include <stdio.h>
#include <string.h>

#include "demo/write.h"

/* ---- offices and staff
 * --------------------------------------------------------------------------------------------- */

static const str office_names[OFFICES] = {
    SC("党政综合办公室"), SC("党建工作办公室"), SC("经济发展办公室"),
    SC("社会事务办公室"), SC("综合治理办公室"), SC("应急管理办公室"),
    SC("综合行政执法队"), SC("党群服务中心"),   SC("综合保障和技术推广中心"),
    SC("便民服务中心"),   SC("退役军人服务站"), SC("武装部"),
    SC("财政所"),         SC("派出所"),         SC("司法所"),
    SC("卫生院"),
};

static const struct {
    str position, rank;
    int office;
} leaders[STAFF_LEADERS] = {
    {SC("党委书记"), SC("正科级"), 0},
    {SC("党委副书记、镇长"), SC("正科级"), 0},
    {SC("党委副书记"), SC("副科级"), 1},
    {SC("党委副书记（挂职）"), SC("副科级"), 5},
    {SC("人大主席"), SC("正科级"), 0},
    {SC("党委委员、组织委员"), SC("副科级"), 1},
    {SC("党委委员、武装部长"), SC("副科级"), 11},
    {SC("副镇长"), SC("副科级"), 3},
    {SC("副镇长"), SC("副科级"), 2},
};

/* The village groups that leaders answer for and units stand in. */
static int linked(const struct writer *w)
{
    return w->census.groups < DEMO_GROUPS_LEAST ? w->census.groups : DEMO_GROUPS_LEAST;
}

static str kind_of_post(int office)
{
    return office == 13                   ? S("民警")
           : office == 14 || office == 15 ? S("派驻")
           : office > 6 && office < 13    ? S("事业")
                                          : S("行政");
}

static bool staff_keep(struct writer *w, struct dice *d, int i)
{
    char surname[NAME_BYTES], name[NAME_BYTES], phone[24];
    bool male = dice_percent(d, 60), leader = i < STAFF_LEADERS;
    enum nation nation = dice_percent(d, 55) ? MONGOL : HAN;
    int office = leader ? leaders[i].office : (i - STAFF_LEADERS) % OFFICES;
    str kind = leader ? S("行政") : kind_of_post(office);
    name_surname(d, nation, surname);
    struct values v = values_new(w, L_STAFF);
    put_text(&v, "姓名", name_person(d, nation, male, surname, name));
    put_text(&v, "单位", town_name);
    put_ref(&v, "站所", w->offices[office]);
    put_text(&v, "职务", leader ? leaders[i].position : i < STAFF_LEADERS + OFFICES ? S("负责人") : S("工作人员"));
    put_text(&v, "职级", leader ? leaders[i].rank : S("科员"));
    put_text(&v, "编制", i == 3 ? S("挂职") : kind);
    put_bool(&v, "班子成员", leader);
    if (i == 3)
        put_text(&v, "挂职期限", S("一年"));
    if (i == 3 || str_eq(kind, S("派驻")))
        put_text(&v, "派出单位", i == 3 ? S("自治区直属机关") : office == 14 ? S("旗司法局") : S("旗卫生健康委员会"));
    if (leader) { /* 包联: leader i answers for groups i, i + 9 … of the first twelve */
        id own[2];
        size_t n = 0;
        for (int g = i; g < linked(w); g += STAFF_LEADERS)
            own[n++] = w->groups[g];
        if (n)
            put_refs(&v, "包联村组", own, n);
    }
    snprintf(phone, sizeof phone, "168%08d", dice_below(d, 100000000));
    put_text(&v, "手机", str_z(phone));
    put_day(&v, "到任", w->census.today - dice_between(d, 200, 3000));
    return keep(w, &v, &w->staff[i]);
}

static bool staff_make(struct writer *w, struct dice *d)
{
    struct values v;
    for (int i = 0; i < OFFICES; i++) {
        v = values_new(w, L_OFFICE);
        put_text(&v, "代码", op_text(w->op, "%02d", i + 1));
        put_text(&v, "名称", office_names[i]);
        put_day(&v, "起", day_of(2019, 12, 1));
        if (!keep(w, &v, &w->offices[i]))
            return false;
    }
    for (int i = 0; i < STAFF_TOTAL; i++)
        if (!staff_keep(w, d, i))
            return false;
    for (int i = 0; i < OFFICES; i++) {
        v = values_new(w, L_OFFICE);
        put_ref(&v, "负责人", w->staff[STAFF_LEADERS + i]);
        put_ref(&v, "分管领导", w->staff[i % STAFF_LEADERS]);
        if (!keep_change(w, &v, w->offices[i]))
            return false;
    }
    for (int i = 0; i < linked(w); i++) {
        v = values_new(w, L_GROUP);
        put_ref(&v, "包联领导", w->staff[i % STAFF_LEADERS]);
        if (!keep_change(w, &v, w->groups[i]))
            return false;
    }
    return true;
}

/* Every domain has exactly one who answers for it; the seconded deputy assists in some. */
static const struct {
    str name, department;
    int leader;
    bool assisted;
} domains[] = {
    {SC("党委全面工作"), SC("旗委办公室"), 0, false},
    {SC("政府全面工作"), SC("旗政府办公室"), 1, false},
    {SC("党建"), SC("旗委组织部"), 5, false},
    {SC("人大工作"), SC("旗人大常委会"), 4, false},
    {SC("信访维稳"), SC("旗信访局"), 2, false},
    {SC("武装"), SC("旗人民武装部"), 6, true},
    {SC("安全生产"), SC("旗应急管理局"), 7, true},
    {SC("应急管理"), SC("旗应急管理局"), 7, true},
    {SC("消防"), SC("旗消防救援大队"), 7, true},
    {SC("政务服务"), SC("旗政务服务局"), 8, true},
    {SC("交通运输"), SC("旗交通运输局"), 8, true},
    {SC("营商环境"), SC("旗发展和改革委员会"), 8, true},
    {SC("规划建设"), SC("旗住房和城乡建设局"), 8, true},
    {SC("退役军人事务"), SC("旗退役军人事务局"), 6, true},
    {SC("金融"), SC("旗金融服务中心"), 1, true},
    {SC("民政与社会救助"), SC("旗民政局"), 7, false},
    {SC("农牧业"), SC("旗农牧和科技局"), 8, false},
    {SC("林草"), SC("旗林业和草原局"), 8, false},
    {SC("教育卫生"), SC("旗教育局"), 7, false},
    {SC("统计"), SC("旗统计局"), 1, false},
};

static bool domains_make(struct writer *w)
{
    day since = day_of(date_of(w->census.today).year, 1, 15);
    if (since > w->census.today)
        since = w->census.today;
    str document = op_text(w->op, "巴党发〔%d〕3号", date_of(since).year);
    id domain, x;
    for (size_t i = 0; i < COUNT(domains); i++) {
        struct values v = values_new(w, L_DOMAIN);
        put_text(&v, "代码", op_text(w->op, "%02zu", i + 1));
        put_text(&v, "名称", domains[i].name);
        put_text(&v, "履职清单类别", S("基本履职"));
        put_text(&v, "县级对口部门", domains[i].department);
        if (!keep(w, &v, &domain))
            return false;
        for (int k = 0; k < 1 + (domains[i].assisted && w->work == DEMO_AT_WORK); k++) {
            v = values_new(w, L_ASSIGNMENT);
            put_ref(&v, "干部", w->staff[k ? 3 : domains[i].leader]);
            put_text(&v, "方式", k ? S("协助") : domains[i].leader < 2 ? S("主持") : S("分管"));
            put_ref(&v, "领域", domain);
            if (k)
                put_ref(&v, "协助对象", w->staff[domains[i].leader]);
            put_text(&v, "依据文号", document);
            put_day(&v, "起", since);
            if (!keep(w, &v, &x))
                return false;
        }
    }
    return true;
}

/* ---- units
 * ---------------------------------------------------------------------------------------------------------- */

static const struct unit_kind {
    str kind, tail, industry, department, licence;
    bool heavy; /* 重点 */
    int percent;
} unit_kinds[] = {
    {SC("个体工商户"), SC("超市"), SC("零售业"), SC("旗市场监督管理局"), SC("食品经营许可证"), false, 22},
    {SC("个体工商户"), SC("餐馆"), SC("餐饮业"), SC("旗市场监督管理局"), SC("食品经营许可证"), true, 16},
    {SC("个体工商户"), SC("修理部"), SC("修理业"), SC("旗市场监督管理局"), SC(""), false, 9},
    {SC("个体工商户"), SC("旅店"), SC("住宿业"), SC("旗公安局"), SC("特种行业许可证"), true, 6},
    {SC("农牧民合作社"), SC("养殖专业合作社"), SC("畜牧业"), SC("旗农牧和科技局"), SC("动物防疫条件合格证"), false, 16},
    {SC("企业"), SC("肉食品有限责任公司"), SC("农副食品加工业"), SC("旗市场监督管理局"), SC("食品生产许可证"), true, 8},
    {SC("企业"), SC("新能源有限公司"), SC("电力生产"), SC("旗能源局"), SC("电力业务许可证"), true, 6},
    {SC("加油加气站"), SC("加油站"), SC("成品油零售"), SC("旗应急管理局"), SC("危险化学品经营许可证"), true, 4},
    {SC("医疗机构"), SC("卫生室"), SC("卫生"), SC("旗卫生健康委员会"), SC("医疗机构执业许可证"), false, 7},
    {SC("学校"), SC("幼儿园"), SC("教育"), SC("旗教育局"), SC("办学许可证"), true, 3},
    {SC("社会组织"), SC("牧民协会"), SC("社会团体"), SC("旗民政局"), SC(""), false, 3},
};
static const str unit_names[] = {
    SC("草原情"), SC("鸿运"), SC("金牧"), SC("蓝天"), SC("兴牧"),   SC("吉祥"),   SC("利民"),
    SC("天骄"),   SC("旺源"), SC("绿野"), SC("巴彦"), SC("额吉"),   SC("苏鲁锭"), SC("牧人"),
    SC("敖包"),   SC("顺达"), SC("诚信"), SC("北疆"), SC("腾格里"), SC("宏图"),
};

/* GB 32100 with a region that was never given out. */
static str credit_code(struct op *op, int i, char category)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    static const int weights[17] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28},
                     own[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    char code[32], body[16];
    int sum = 0;
    snprintf(body, sizeof body, "MA0X%04d", i % 10000);
    for (int k = 0; k < 8; k++)
        sum += (body[k] <= '9' ? body[k] - '0' : body[k] - 'A' + 10) * own[k];
    snprintf(code, sizeof code, "9%c159901%.8s%c", category, body, "0X987654321"[sum % 11]);
    sum = 0;
    for (int k = 0; k < 17; k++)
        sum += (int)(strchr(alphabet, code[k]) - alphabet) * weights[k];
    code[17] = alphabet[(31 - sum % 31) % 31];
    return op_copy(op, (str){code, 18});
}

static bool licence_keep(struct writer *w, struct dice *d, id unit, str name, str number, str by, bool ends,
                         id *ret)
{
    struct values v = values_new(w, L_LICENCE);
    day since = w->census.today - dice_between(d, 100, 1500);
    put_ref(&v, "单位", unit);
    put_text(&v, "证照名", name);
    put_text(&v, "证号", number);
    put_text(&v, "发证机关", by);
    put_day(&v, "起", since);
    if (ends) /* some have run out, some soon will */
        put_day(&v, "止", since + 5 * 365 - (dice_percent(d, 8) ? 5 * 365 - 90 : 0));
    put_int(&v, "到期提醒天数", 30);
    return keep(w, &v, ret);
}

static bool unit_keep(struct writer *w, struct dice *d, int i)
{
    int n = dice_below(d, 100), k = 0;
    while (n >= unit_kinds[k].percent)
        n -= unit_kinds[k++].percent;
    const struct unit_kind *u = &unit_kinds[k];
    char surname[NAME_BYTES], name[NAME_BYTES], phone[24];
    enum nation nation = dice_percent(d, 45) ? MONGOL : HAN;
    name_surname(d, nation, surname);
    str owner = op_copy(w->op, name_person(d, nation, dice_percent(d, 65), surname, name)),
        where = name_group(w->op, i % linked(w));
    str code = credit_code(w->op, i + 1, k == 4 ? '3' : str_eq(u->kind, S("个体工商户")) ? '2' : '1');
    bool works = dice_percent(d, 92);
    snprintf(phone, sizeof phone, "168%08d", dice_below(d, 100000000));
    struct values v = values_new(w, L_ENTITY);
    put_text(
        &v, "名称",
        op_text(w->op, "%.*s%.*s%.*s", PS(town_name), PS(unit_names[(i * 7) % (int)COUNT(unit_names)]), PS(u->tail)));
    put_text(&v, "类型", u->kind);
    put_text(&v, "信用代码", code);
    put_text(&v, "法定代表人", owner);
    put_text(&v, "联系人", owner);
    put_text(&v, "电话", str_z(phone));
    put_text(&v, "地址", op_text(w->op, "%.*s主街%d号", PS(where), i + 1));
    put_ref(&v, "村组", w->groups[i % linked(w)]);
    put_text(&v, "行业", u->industry);
    put_int(&v, "从业人数", dice_between(d, 1, u->heavy ? 40 : 6));
    put_text(&v, "经营状态", works ? S("在营") : dice_percent(d, 60) ? S("季节停业") : S("歇业"));
    put_text(&v, "行业主管部门", u->department);
    put_text(&v, "安全监管类别", u->heavy ? S("重点") : S("一般"));
    if (!keep(w, &v, &w->units[i]) || id_none(w->units[i]))
        return w->ledgers[L_ENTITY] == NULL;
    id business, other;
    if (!licence_keep(w, d, w->units[i], S("营业执照"), code, S("旗市场监督管理局"), false, &business) ||
        (u->licence.n && !licence_keep(w, d, w->units[i], u->licence, op_text(w->op, "JY159901%06d", i + 1),
                                       u->department, true, &other)))
        return false;
    if (w->work == DEMO_BEFORE_WORK)
        return true;
    bool joined = works && i % 7 != 0;
    v = values_new(w, L_SIGNUP);
    put_ref(&v, "单位", w->units[i]);
    put_text(&v, "平台", S("惠企政策平台"));
    put_text(&v, "注册状态", joined ? S("已注册") : S("已告知"));
    if (joined)
        put_day(&v, "注册日", w->census.today - dice_between(d, 10, 150));
    put_ref(&v, "营业执照", business);
    put_text(&v, "联系人", owner);
    put_ref(&v, "协办人", w->staff[3]);
    return keep(w, &v, &other);
}

/* ---- safety
 * --------------------------------------------------------------------------------------------------------- */

static const struct {
    str place, text, domain, cure;
} hazards[] = {
    {SC("后厨"), SC("燃气软管老化，未安装泄漏报警器"), SC("燃气"), SC("更换不锈钢波纹管并安装报警器")},
    {SC("经营场所"), SC("灭火器压力不足、过期未检"), SC("消防"), SC("更换或送检灭火器")},
    {SC("配电箱"), SC("私拉乱接电线，配电箱无漏电保护"), SC("用电"), SC("由持证电工整改线路，加装漏电保护器")},
    {SC("安全出口"), SC("疏散通道堆放货物"), SC("消防"), SC("清理通道，保持畅通")},
    {SC("宿舍"), SC("使用土暖炉取暖，无通风和报警设施"), SC("消防"), SC("停用土暖炉，改用电取暖")},
    {SC("院内"), SC("草料垛与房屋间距不足"), SC("草原防火"), SC("移至安全距离以外，清理可燃物")},
    {SC("卸油区"), SC("静电接地报警仪失灵"), SC("危化"), SC("停止卸油，修复并校验报警仪")},
};

static bool inspection_keep(struct writer *w, struct dice *d, int i)
{
    id inspection, x, pair[2] = {w->staff[STAFF_LEADERS + 5], w->staff[STAFF_LEADERS + OFFICES + 5]},
                      unit = w->units[dice_below(d, UNITS)];
    day on = w->census.today - dice_between(d, 1, 170);
    bool found = dice_percent(d, 55);
    struct values v = values_new(w, L_INSPECTION);
    put_ref(&v, "单位", unit);
    put_time(&v, "时间", on, dice_between(d, 9, 17));
    put_refs(&v, "检查组", pair, 2);
    put_text(&v, "类型", i % 3 ? S("日常") : S("专项"));
    put_text(&v, "现场情况", found ? S("现场检查发现问题，已向负责人说明") : S("现场检查未发现问题"));
    put_text(&v, "处理", found ? S("责令限期整改") : S("无问题"));
    if (!keep(w, &v, &inspection))
        return false;
    if (!found)
        return true;
    int kind = dice_below(d, COUNT(hazards));
    v = values_new(w, L_HAZARD);
    put_ref(&v, "检查", inspection);
    put_text(&v, "来源", S("检查"));
    put_ref(&v, "单位", unit);
    put_text(&v, "部位", hazards[kind].place);
    put_text(&v, "描述", hazards[kind].text);
    put_text(&v, "领域", hazards[kind].domain);
    put_text(&v, "等级", S("一般"));
    put_text(&v, "整改措施", hazards[kind].cure);
    put_text(&v, "整改责任人", S("单位负责人"));
    put_day(&v, "期限", on + 15);
    if (dice_percent(d, 70) && on + 12 <= w->census.today) {
        put_time(&v, "复查时", on + 12, 10);
        put_refs(&v, "复查人", pair, 2);
        put_text(&v, "复查结论", S("合格"));
        put_day(&v, "销号", on + 12);
    }
    return keep(w, &v, &x);
}

static bool safety_make(struct writer *w, struct dice *d)
{
    static const str lectures[] = {SC("冬季取暖与防一氧化碳中毒"), SC("草原防火"), SC("燃气安全"), SC("安全生产月"),
                                   SC("道路交通安全")};
    struct values v;
    id x;
    for (int i = 0; i < 96; i++)
        if (w->ledgers[L_ENTITY] && !inspection_keep(w, d, i))
            return false;
    for (int i = 0; i < 14; i++) {
        v = values_new(w, L_EDUCATION);
        put_day(&v, "日期", w->census.today - dice_between(d, 1, 170));
        put_text(&v, "形式", i % 3 == 0 ? S("培训") : i % 3 == 1 ? S("入户") : S("集市宣传"));
        put_text(&v, "主题", lectures[i % (int)COUNT(lectures)]);
        put_text(&v, "对象", S("农牧民群众"));
        put_int(&v, "人数", dice_between(d, 18, 160));
        put_int(&v, "发放资料", dice_between(d, 20, 300));
        if (!keep(w, &v, &x))
            return false;
    }
    for (int i = 0; i < w->census.groups; i++) {
        v = values_new(w, L_FIRE);
        put_int(&v, "年度", date_of(w->census.today).year);
        put_ref(&v, "村组", w->groups[i]);
        put_int(&v, "志愿消防队人数", dice_between(d, 8, 20));
        put_bool(&v, "微型消防站", dice_percent(d, 50));
        put_text(&v, "水源类型", dice_percent(d, 70) ? S("机井") : S("水罐车"));
        put_int(&v, "水源数量", dice_between(d, 1, 6));
        put_int(&v, "灭火器", dice_between(d, 6, 40));
        put_int(&v, "水泵", dice_between(d, 0, 3));
        put_int(&v, "风力灭火机", group_is_pastoral(i) ? dice_between(d, 2, 12) : 0);
        put_bool(&v, "消防通道畅通", dice_percent(d, 90));
        put_int(&v, "上月巡查次数", dice_between(d, 2, 9));
        put_bool(&v, "宣传栏", true);
        put_int(&v, "达标得分", dice_between(d, 54, 98));
        put_day(&v, "上报日", w->census.today - dice_between(d, 20, 120));
        if (!keep(w, &v, &x))
            return false;
    }
    return true;
}

/* ---- relief
 * ---------------------------------------------------------------------------------------------------------- */

static bool drought_make(struct writer *w)
{
    struct values v = values_new(w, L_EVENT);
    put_text(&v, "名称", op_text(w->op, "%d年夏秋连旱", date_of(w->census.today).year));
    put_text(&v, "类别", S("自然灾害"));
    put_text(&v, "灾种", S("旱灾"));
    put_time(&v, "开始", w->census.today - 120, 9);
    return keep(w, &v, &w->drought);
}

static bool batch_make(struct writer *w)
{
    int year = date_of(w->census.today).year;
    if (!drought_make(w))
        return false;
    struct values v = values_new(w, L_BATCH);
    put_text(&v, "名称", op_text(w->op, "%d年冬春救助", year));
    put_text(&v, "类型", S("冬春救助"));
    if (!id_none(w->drought))
        put_refs(&v, "灾害事件", &w->drought, 1);
    put_text(&v, "资金文号", op_text(w->op, "旗财社〔%d〕86号", year));
    put_day(&v, "下达日", w->census.today - 20);
    put_int(&v, "资金总额", 200000 + w->census.people * 60);
    put_text(&v, "资金来源", S("中央"));
    put_int(&v, "政策版本", 1);
    put_text(&v, "救助时段", S("12月至次年5月"));
    put_int(&v, "公示要求天数", 7);
    put_day(&v, "申报截止", w->census.today + 10);
    put_day(&v, "发放截止", w->census.today + 60);
    return keep(w, &v, &w->relief);
}

/* What the drought did to them: herders lost animals and grass, others their crop. */
static bool damage_add(struct writer *w, const struct family *f, id household, id beneficiary)
{
    struct values v = values_new(w, L_DAMAGE);
    id x;
    put_ref(&v, "对象", beneficiary);
    put_ref(&v, "户", household);
    if (f->animals > 0) {
        put_text(&v, "项", S("牲畜死亡"));
        put_int(&v, "数量", f->animals / 10 + 1);
        put_text(&v, "单位", S("头只"));
    } else {
        put_text(&v, "项", f->pasture ? S("草场受灾") : S("农作物成灾"));
        put_hundredths(&v, "数量", f->pasture ? f->pasture : 500);
        put_text(&v, "单位", S("亩"));
    }
    put_ref(&v, "灾害事件", w->drought);
    return keep(w, &v, &x);
}

bool relief_add(struct writer *w, const struct family *f, id household, str kind)
{
    static const struct {
        str tag, kind;
    } kinds[] = {
        {SC("农村低保户"), SC("低保户")},
        {SC("易返贫致贫监测户"), SC("监测户")},
        {SC("分散供养特困"), SC("分散供养特困")},
        {SC("低保边缘"), SC("低保边缘")},
        {SC("脱贫户"), SC("脱贫户")},
    };
    struct dice d = f->dice;
    const struct person *head = &f->people[0];
    str needs[] = {S("口粮"), S("取暖")};
    id x;
    if (id_none(w->relief))
        return true;
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_eq(kinds[i].tag, kind))
            kind = kinds[i].kind;
    struct values v = values_new(w, L_BENEFICIARY);
    put_ref(&v, "批次", w->relief);
    put_ref(&v, "户", household);
    put_text(&v, "户主姓名", head->name);
    put_text(&v, "户主证件号", person_id(head));
    put_text(&v, "联系电话", person_phone(head));
    put_text(&v, "家庭类型", kind);
    put_int(&v, "家庭人口", (int64_t)f->count);
    put_int(&v, "需救助人口", dice_between(&d, 1, (int)f->count));
    put_texts(&v, "困难类型", needs, (size_t)dice_between(&d, 1, 2));
    put_text(&v, "自救能力", f->count == 1 ? S("无") : S("弱"));
    put_text(&v, "申请方式", dice_percent(&d, 80) ? S("本人申请") : S("小组提名"));
    put_day(&v, "申请日", w->census.today - dice_between(&d, 1, 15));
    put_text(&v, "发放形式", S("一卡通"));
    put_text(&v, "账号", (str){f->card_bytes, sizeof f->card_bytes});
    put_text(&v, "开户名", head->name);
    return keep(w, &v, &x) && (id_none(x) || damage_add(w, f, household, x));
}

/* One of the first village's own. Where the office is still to be played, its villages come by them in the play. */
static bool village_cadre_keep(struct writer *w)
{
    struct values v = values_new(w, L_STAFF);
    id x;
    put_text(&v, "姓名", S("其木格"));
    put_text(&v, "单位", name_group(w->op, 0));
    put_text(&v, "职务", S("村委会委员"));
    put_text(&v, "编制", S("村两委"));
    put_bool(&v, "班子成员", false);
    put_day(&v, "到任", w->census.today - 380);
    return keep(w, &v, &x);
}

bool offices_make(struct writer *w)
{
    struct dice d = dice_of(w->census.seed, 0, 3);
    if (!staff_make(w, &d) || !domains_make(w))
        return false;
    for (int i = 0; i < UNITS; i++)
        if (!unit_keep(w, &d, i))
            return false;
    return w->work == DEMO_BEFORE_WORK || (safety_make(w, &d) && batch_make(w) && village_cadre_keep(w));
}
