/* Names of people and places as one meets them in a pastoral banner. */
#include "demo/family.h"

const str town_name = SC("巴彦敖包镇"), town_code = SC("152524199");

const str nation_names[NATIONS] = {SC("汉族"),     SC("蒙古族"),   SC("满族"),    SC("回族"),
                                   SC("达斡尔族"), SC("鄂温克族"), SC("维吾尔族")};

static const str surnames_han[] = {
    SC("王"), SC("李"), SC("张"), SC("刘"), SC("赵"), SC("杨"), SC("陈"), SC("高"), SC("孙"), SC("郭"), SC("任"),
    SC("贾"), SC("郝"), SC("苗"), SC("菅"), SC("薛"), SC("武"), SC("石"), SC("段"), SC("白"), SC("樊"), SC("吕"),
    SC("周"), SC("吴"), SC("徐"), SC("马"), SC("朱"), SC("胡"), SC("林"), SC("何"), SC("梁"), SC("宋"), SC("韩"),
    SC("冯"), SC("董"), SC("程"), SC("曹"), SC("袁"), SC("许"), SC("傅"), SC("丁"), SC("魏"),
};
static const str surnames_manchu[] = {SC("关"), SC("佟"), SC("富"), SC("那"), SC("金"), SC("赫"), SC("索"), SC("舒")};
static const str surnames_hui[] = {SC("马"), SC("丁"), SC("白"), SC("沙"), SC("哈"), SC("杨"), SC("海"), SC("麻")};
static const str clans_mongol[] = {SC("孛儿只斤"), SC("乌梁海"), SC("克烈"), SC("弘吉剌"), SC("泰楚特"), SC("巴林")};
static const str clans_daur[] = {SC("敖拉"), SC("莫日登"), SC("郭博勒"), SC("鄂嫩"), SC("索都日"), SC("沃热")};
static const str clans_evenki[] = {SC("杜拉尔"), SC("涂格敦"), SC("敖拉"), SC("那哈塔"), SC("萨玛吉尔")};

static const str given_male[] = {
    SC("建国"), SC("志强"), SC("永胜"), SC("文军"), SC("海龙"), SC("玉山"), SC("福贵"), SC("德明"),
    SC("国栋"), SC("立新"), SC("宝泉"), SC("树林"), SC("占军"), SC("小刚"), SC("伟"),   SC("磊"),
    SC("鹏"),   SC("浩然"), SC("宇轩"), SC("子涵"), SC("俊杰"), SC("明哲"), SC("天佑"), SC("瑞"),
    SC("斌"),   SC("润生"), SC("二虎"), SC("根柱"), SC("满仓"), SC("喜顺"), SC("云飞"), SC("旭东"),
    SC("泽宇"), SC("晨"),   SC("学文"), SC("世荣"), SC("长青"),
};
static const str given_female[] = {
    SC("秀兰"), SC("桂英"), SC("玉梅"), SC("淑芬"), SC("凤霞"), SC("丽华"), SC("改花"), SC("翠莲"), SC("润莲"),
    SC("红梅"), SC("美玲"), SC("晓燕"), SC("静"),   SC("娜"),   SC("婷婷"), SC("雨欣"), SC("梓萱"), SC("欣怡"),
    SC("佳宁"), SC("海霞"), SC("永芳"), SC("爱花"), SC("三女"), SC("粉桃"), SC("志英"), SC("彩云"), SC("春花"),
    SC("莉"),   SC("敏"),   SC("瑞芳"), SC("慧"),   SC("雅琴"), SC("思彤"), SC("一诺"), SC("乐瑶"), SC("玉珍"),
};
static const str mongol_male[] = {
    SC("巴特尔"),     SC("布和"),         SC("朝鲁"),       SC("苏和"),     SC("阿拉腾"),   SC("额尔敦"),
    SC("那日苏"),     SC("乌力吉"),       SC("巴图"),       SC("孟克"),     SC("达来"),     SC("呼格吉勒"),
    SC("特木尔"),     SC("宝力道"),       SC("哈斯"),       SC("毕力格"),   SC("吉日嘎拉"), SC("斯琴巴特尔"),
    SC("敖特根"),     SC("恩和"),         SC("格日勒图"),   SC("青格勒"),   SC("牧仁"),     SC("阿古拉"),
    SC("满都拉"),     SC("巴雅尔"),       SC("巴根"),       SC("伊德日"),   SC("胡日查"),   SC("达布希拉图"),
    SC("额尔德木图"), SC("朝克图"),       SC("道尔吉"),     SC("旺楚格"),   SC("扎那"),     SC("图门"),
    SC("宝音"),       SC("宝音德力格尔"), SC("苏日塔拉图"), SC("查干巴拉"), SC("乌恩其"),   SC("浩毕斯嘎拉图"),
    SC("新吉乐图"),   SC("永红"),         SC("斯日古楞"),   SC("莫日根"),
};
static const str mongol_female[] = {
    SC("其木格"),   SC("萨仁"),       SC("乌云"),         SC("娜仁"),   SC("高娃"),       SC("托娅"),
    SC("斯琴"),     SC("其其格"),     SC("阿茹娜"),       SC("乌日娜"), SC("萨日娜"),     SC("娜仁花"),
    SC("娜仁托娅"), SC("乌云其木格"), SC("阿拉腾其其格"), SC("格日乐"), SC("哈斯其木格"), SC("敖登"),
    SC("敖登高娃"), SC("琪琪格"),     SC("通拉嘎"),       SC("塔娜"),   SC("牡丹"),       SC("金花"),
    SC("银花"),     SC("苏布德"),     SC("奥云"),         SC("奥登"),   SC("都古尔"),     SC("额尔敦其木格"),
    SC("海棠"),     SC("阿拉坦"),     SC("宝勒尔"),       SC("诺敏"),   SC("恩和其其格"), SC("斯日古楞"),
    SC("吉雅"),     SC("乌兰"),       SC("哈斯高娃"),     SC("萨如拉"), SC("南丁"),       SC("玛希"),
    SC("乌尼日"),   SC("查娜"),       SC("安吉"),         SC("代小"),
};
static const str uygur_male[] = {SC("阿迪力"), SC("买买提"), SC("艾力"),   SC("吐尔逊"),
                                 SC("热合曼"), SC("依明"),   SC("库尔班"), SC("玉素甫")};
static const str uygur_female[] = {SC("古丽"),     SC("阿依努尔"), SC("热依汗"),  SC("帕提古丽"),
                                   SC("茹仙古丽"), SC("迪丽努尔"), SC("米娜瓦尔")};

static str pick(struct dice *d, const str *list, size_t count)
{
    return list[dice_below(d, (int)count)];
}
#define PICK(d, list) pick(d, list, COUNT(list))

static void put(char out[NAME_BYTES], str s)
{
    must(s.n < NAME_BYTES);
    memcpy(out, s.p, s.n);
    out[s.n] = 0;
}

void name_surname(struct dice *d, enum nation nation, char out[NAME_BYTES])
{
    str s = S("");
    switch (nation) {
    case HAN: s = PICK(d, surnames_han); break;
    case MANCHU: s = PICK(d, surnames_manchu); break;
    case HUI: s = PICK(d, surnames_hui); break;
    case DAUR: s = PICK(d, clans_daur); break;
    case EVENKI: s = PICK(d, clans_evenki); break;
    case UYGUR: s = PICK(d, uygur_male); break;
    case MONGOL: /* a name alone; some families write their clan before it */
        if (dice_percent(d, 6))
            s = PICK(d, clans_mongol);
        break;
    case NATIONS: must(!"a nation");
    }
    put(out, s);
}

str name_person(struct dice *d, enum nation nation, bool male, const char *family, char out[NAME_BYTES])
{
    str first = str_z(family), dot = S("·"), last;
    switch (nation) {
    case HAN:
    case MANCHU:
    case HUI:
        dot = S("");
        last = male ? PICK(d, given_male) : PICK(d, given_female);
        break;
    case UYGUR: /* own name · father's */
        last = first;
        first = male ? PICK(d, uygur_male) : PICK(d, uygur_female);
        break;
    default: last = male ? PICK(d, mongol_male) : PICK(d, mongol_female); break;
    }
    if (!first.n || !last.n)
        dot = S("");
    must(first.n + dot.n + last.n < NAME_BYTES);
    char *p = out;
    memcpy(p, first.p, first.n);
    memcpy(p += first.n, dot.p, dot.n);
    memcpy(p += dot.n, last.p, last.n);
    p += last.n;
    *p = 0;
    return (str){out, (size_t)(p - out)};
}

/* ---- village groups
 * ------------------------------------------------------------------------------------------------- */

static const str first_groups[] = {
    SC("坤都伦村组"),       SC("巴音温都尔嘎查"), SC("查干淖尔嘎查"), SC("乌兰哈达嘎查"),
    SC("额尔登宝力格嘎查"), SC("白音花嘎查"),     SC("哈日根台嘎查"), SC("阿拉腾敖包嘎查"),
    SC("赛汗高勒嘎查"),     SC("呼和陶勒盖嘎查"), SC("东升村"),       SC("兴盛村"),
};
static const str place_first[] = {
    SC("巴音"), SC("查干"),   SC("乌兰"), SC("哈日"),   SC("宝日"), SC("阿拉腾"), SC("赛汗"), SC("额尔登"),
    SC("白音"), SC("呼和"),   SC("希热"), SC("都仁"),   SC("那仁"), SC("萨如拉"), SC("伊和"), SC("巴嘎"),
    SC("敦达"), SC("德日苏"), SC("毛盖"), SC("敖日"),   SC("图门"), SC("朝鲁"),   SC("好来"), SC("陶森"),
    SC("吉仁"), SC("满都"),   SC("沙日"), SC("古日班"), SC("道日"), SC("巴润"),   SC("准"),   SC("新"),
};
static const str place_last[] = {
    SC("淖尔"),   SC("温都尔"), SC("塔拉"),   SC("宝力格"), SC("敖包"), SC("呼都格"), SC("高勒"),   SC("哈达"),
    SC("乌拉"),   SC("布拉格"), SC("柴达木"), SC("浩特"),   SC("希里"), SC("木仁"),   SC("陶勒盖"), SC("高毕"),
    SC("额热格"), SC("毛都"),   SC("阿木"),   SC("诺尔"),   SC("善达"), SC("登吉"),   SC("宝恩本"), SC("达来"),
    SC("图雅"),   SC("海拉苏"), SC("查布"),   SC("浑迪"),   SC("都兰"), SC("贡"),     SC("艾里"),   SC("苏莫"),
};

/* The last two of the first twelve grow crops, and so does every tenth of the others. */
bool group_is_pastoral(int group)
{
    return group < (int)COUNT(first_groups) ? group < 10 : group % 10 != 0;
}

str name_group(struct op *op, int group)
{
    if (group < (int)COUNT(first_groups))
        return first_groups[group];
    /* The second word moves on with every round of the first: 1024 pairs, each once; a town has at most 599 groups. */
    int k = group - (int)COUNT(first_groups);
    str a = place_first[k % 32], b = place_last[(k / 32 + k) % 32];
    return op_text(op, "%.*s%.*s%s", PS(a), PS(b), group_is_pastoral(group) ? "第二嘎查" : "村");
}

str code_group(struct op *op, int group)
{
    return op_text(op, "%.*s%03d", PS(town_code), group < 399 ? 201 + group : group - 398);
}
