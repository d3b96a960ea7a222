#include <stdio.h>
#include <sys/stat.h>

#include "base/test.h"
#include "ledger/inner.h"

/* ---- pinyin --------------------------------------------------------------------------------------------------- */

static void readings_open(struct op *op, struct town *town)
{
    *town = (struct town){.op = op};
    check(pinyin_load(op, S("packs/codes/pinyin.csv"), &town->pinyin));
    town->pinyin_order = pinyin_order(op);
    check(town->pinyin.count > 100);
}

static bool spelt(struct op *op, const struct town *town, str name, str spelling)
{
    struct spelling all[16];
    size_t count = pinyin_of(town, op, name, all, COUNT(all));
    for (size_t i = 0; i < count; i++)
        if (str_eq(all[i].text, spelling))
            return true;
    return false;
}

TEST("a name is spelt in full and by its initials")
{
    struct town town;
    readings_open(op, &town);
    check(spelt(op, &town, S("张三"), S("zhangsan")));
    check(spelt(op, &town, S("张三"), S("zs")));
    check(spelt(op, &town, S("吕绿女"), S("lvlvnv")));
    check(spelt(op, &town, S("阿拉坦·其其格"), S("alatanqiqige")));
    check(spelt(op, &town, S("3号楼A座"), S("3haolouazuo")));
}

TEST("a surname with a reading of its own is found by it and by the usual one")
{
    static const struct {
        str name, full, initials;
    } names[] = {
        {SC("单小明"), SC("shanxiaoming"), SC("sxm")}, {SC("单小明"), SC("danxiaoming"), SC("dxm")},
        {SC("尉迟恭"), SC("yuchigong"), SC("ycg")},    {SC("解放"), SC("xiefang"), SC("xf")},
        {SC("仇英"), SC("qiuying"), SC("qy")},         {SC("单于明"), SC("chanyuming"), SC("cym")},
        {SC("单于明"), SC("shanyuming"), SC("sym")},   {SC("曾国安"), SC("zengguoan"), SC("zga")},
        {SC("查良"), SC("zhaliang"), SC("zl")},        {SC("区小英"), SC("ouxiaoying"), SC("oxy")},
        {SC("万俟春"), SC("moqichun"), SC("mqc")},     {SC("乐嘉"), SC("yuejia"), SC("yj")},
        {SC("翟志刚"), SC("zhaizhigang"), SC("zzg")},  {SC("任长霞"), SC("renchangxia"), SC("rcx")},
    };
    struct town town;
    readings_open(op, &town);
    for (size_t i = 0; i < COUNT(names); i++) {
        check(spelt(op, &town, names[i].name, names[i].full));
        check(spelt(op, &town, names[i].name, names[i].initials));
    }
    check(!spelt(op, &town, S("张单"), S("zhangshan"))); /* not at the beginning: not a surname */
}

TEST("a place is found by how people say it")
{
    struct town town;
    readings_open(op, &town);
    check(spelt(op, &town, S("重庆"), S("chongqing")));
    check(spelt(op, &town, S("呼和浩特"), S("huhehaote")));
    check(spelt(op, &town, S("六安"), S("luan")));
    check(spelt(op, &town, S("红旗嘎查"), S("hongqigacha")));
}

TEST("spellings of any text are bounded")
{
    struct town town;
    struct spelling all[16];
    struct buf b;
    readings_open(op, &town);
    buf_init(&b, op, 0);
    for (int i = 0; i < 1000; i++)
        buf_add(&b, S("长重庆行乐"));
    size_t count = pinyin_of(&town, op, buf_str(&b), all, COUNT(all));
    check(count > 0 && count <= COUNT(all));
    for (size_t i = 0; i < count; i++)
        check(all[i].text.n < 200);
    check_int((long long)pinyin_of(&town, op, S("\xff\xfe\xf0"), all, COUNT(all)), 0);
    check_int((long long)pinyin_of(&town, op, S(""), all, COUNT(all)), 0);
}

static void file_write(struct op *op, str path, str text)
{
    FILE *f = fopen(op_z(op, path), "wb");
    check(f && fwrite(text.p, 1, text.n, f) == text.n);
    check(f && fclose(f) == 0);
}

TEST("a line of pinyin.csv that is not of its shape is refused with its number; without the file usual readings serve")
{
    static const str bad[] = {SC("单,Shan,"), SC("单,shan yu,"), SC("单,,"),      SC("单,shan,1"),
                              SC("单,shan"),  SC(",shan,"),      SC("单,shan/ ,")};
    struct map map;
    str folder;
    test_dir_make(op, &folder);
    str path = op_text(op, "%.*s/pinyin.csv", PS(folder));
    check(pinyin_load(op, path, &map) && map.count == 0);
    for (size_t i = 0; i < COUNT(bad); i++) {
        int faults = op->fault_count;
        size_t at;
        file_write(op, path, op_text(op, "text,reading,surname\n张,zhang,\n%.*s\n", PS(bad[i])));
        check(!pinyin_load(op, path, &map));
        check(op->faults && str_find(op->faults->field, S("第3行"), &at));
        op_forgive(op, faults);
    }
}

/* ---- a small town --------------------------------------------------------------------------------------------- */

static const char group_text[] =
    "{\"台账\":\"村组\",\"英文名\":\"town_group\",\"业务条线\":\"基础\",\"键\":[\"代码\"],\"密级\":\"公开\",\"保管期限\":\"永久\","
    "\"标题\":\"名称\",\"检索\":[\"名称\"],\"字段\":["
    "{\"名\":\"代码\",\"类型\":\"码\",\"必填\":true,\"唯一\":true},{\"名\":\"名称\",\"类型\":\"文40\",\"必填\":true},"
    "{\"名\":\"上级\",\"类型\":\"引→村组\"}]}";
static const char person_text[] =
    "{\"台账\":\"人\",\"英文名\":\"person\",\"业务条线\":\"基础\",\"键\":[\"证件号\"],\"密级\":\"敏感\",\"保管期限\":\"永久\","
    "\"标题\":\"姓名\",\"归属\":\"村组\",\"检索\":[\"姓名\",\"证件号\",\"手机\",\"病情\"],\"字段\":["
    "{\"名\":\"姓名\",\"类型\":\"文30\",\"必填\":true},{\"名\":\"证件号\",\"类型\":\"证\",\"唯一\":true,\"敏感\":true},"
    "{\"名\":\"手机\",\"类型\":\"电\",\"敏感\":true},{\"名\":\"病情\",\"类型\":\"文40\",\"敏感\":true},"
    "{\"名\":\"备注\",\"类型\":\"文40\"},{\"名\":\"村组\",\"类型\":\"引→村组\",\"必填\":true}]}";

struct desk {
    struct op *op;
    struct tx *tx;
    struct town *town;
    struct who system;
    id north, south;
};

static void close_store(void *store)
{
    store_close(store);
}

static id record_put(struct desk *d, str ledger, str values_text)
{
    struct json *values;
    struct record *r = NULL;
    check(json_parse(d->op, values_text, &values) &&
          record_add(d->tx, d->town, &d->system, town_ledger(d->town, ledger), values, NULL, &r));
    return r ? r->id : (id){0};
}

static id person_put(struct desk *d, str name, str number, str phone, str illness, id group)
{
    return record_put(
        d, S("人"),
        op_text(d->op, "{\"姓名\":\"%.*s\",\"证件号\":\"%.*s\",\"手机\":\"%.*s\",\"病情\":\"%.*s\",\"村组\":\"%.*s\"}",
                PS(name), PS(number), PS(phone), PS(illness), PS(id_text(d->op, group))));
}

/* Two villages; 张三 in the north, 张三丰 and 单小明 in the south. */
static void desk_open(struct op *op, struct desk *d)
{
    static const char *const folders[] = {"packs", "packs/base", "packs/base/ledgers", "packs/codes"};
    struct store *store;
    str folder, readings;
    *d = (struct desk){.op = op, .system = {.name = S("系统"), .system = true}};
    test_dir_make(op, &folder);
    for (size_t i = 0; i < COUNT(folders); i++)
        check(mkdir(op_z(op, op_text(op, "%.*s/%s", PS(folder), folders[i])), 0700) == 0);
    str packs = op_text(op, "%.*s/packs", PS(folder));
    check(file_read(op, S("packs/codes/pinyin.csv"), 1 << 20, &readings));
    file_write(op, op_text(op, "%.*s/codes/pinyin.csv", PS(packs)), readings);
    file_write(op, op_text(op, "%.*s/base/pack.json", PS(packs)), S("{\"业务包\":\"基础\",\"英文名\":\"base\",\"次序\":1}"));
    file_write(op, op_text(op, "%.*s/base/ledgers/town_group.json", PS(packs)), str_z(group_text));
    file_write(op, op_text(op, "%.*s/base/ledgers/person.json", PS(packs)), str_z(person_text));
    check(
        store_open(op, op_text(op, "%.*s/data", PS(folder)), &(struct store_options){.town = S("152524101")}, &store));
    op_defer(op, close_store, store);
    check(store_begin(store, op, TX_BULK, &d->tx));
    check(town_load(d->tx, packs, &d->town));
    d->north = record_put(d, S("村组"), S("{\"代码\":\"001\",\"名称\":\"北台村\"}"));
    d->south = record_put(d, S("村组"), S("{\"代码\":\"002\",\"名称\":\"南河嘎查\"}"));
    person_put(d, S("张三"), S("152524198703050012"), S("13812345678"), S("尘肺"), d->north);
    person_put(d, S("张三丰"), S("152524199001010010"), S("13912340002"), S("高血压"), d->south);
    person_put(d, S("单小明"), S("15252419920303001X"), S("13712340003"), S(""), d->south);
}

static size_t find(struct desk *d, const struct who *who, str typed, struct found **ret)
{
    size_t count = 0;
    check(search(d->tx, d->town, who, typed, 20, ret, &count));
    return count;
}

static bool finds(struct desk *d, const struct who *who, str typed, str title)
{
    struct found *found;
    size_t count = find(d, who, typed, &found);
    for (size_t i = 0; i < count; i++)
        if (str_eq(found[i].title, title))
            return true;
    return false;
}

TEST("one line finds people by characters, pinyin, initials and the tail of an ID or telephone, the best first")
{
    struct desk d;
    struct found *found;
    desk_open(op, &d);
    static const str ways[] = {SC("张三"),      SC("三"),        SC("zhangsan"), SC("ZhangS"),
                               SC("zhang san"), SC("zs"),        SC("0012"),     SC("5678"),
                               SC("138"),       SC("张三 0012"), SC("ｚｓ"),     SC("152524198703050012")};
    for (size_t i = 0; i < COUNT(ways); i++)
        check(finds(&d, &d.system, ways[i], S("张三")));
    check_int((long long)find(&d, &d.system, S("zs"), &found), 2);
    check_str(found[0].title, S("张三")); /* equal before beginning */
    check_str(found[1].title, S("张三丰"));
    check_str(found[0].note, S("姓名：张三"));
    check(finds(&d, &d.system, S("shanxm"), S("单小明")) == false);
    check(finds(&d, &d.system, S("sxm"), S("单小明")));
    check(finds(&d, &d.system, S("dan"), S("单小明")));
    check(finds(&d, &d.system, S("gacha"), S("南河嘎查")) == false); /* by its beginning */
    check(finds(&d, &d.system, S("nanhe"), S("南河嘎查")));
    check_int((long long)find(&d, &d.system, S(""), &found), 0);
    check_int((long long)find(&d, &d.system, S("不在此地"), &found), 0);
}

TEST("people are found by their given names in pinyin, too, after those whose names begin so")
{
    struct desk d;
    struct found *found;
    desk_open(op, &d);
    person_put(&d, S("王小明"), S("152524198703050020"), S("13812345679"), S(""), d.north);
    person_put(&d, S("徐敏"), S("152524198703050039"), S("13812345670"), S(""), d.north);
    person_put(&d, S("欧阳小明"), S("152524198703050047"), S("13812345671"), S(""), d.north);
    person_put(&d, S("巴特尔·其其格"), S("152524198703050055"), S("13812345672"), S(""), d.north);
    static const str ways[] = {SC("xiaoming"),     SC("xm"),  SC("xiao ming"), SC("xiaom"),
                               SC("wangxiaoming"), SC("wxm"), SC("小明")};
    for (size_t i = 0; i < COUNT(ways); i++)
        check(finds(&d, &d.system, ways[i], S("王小明")));
    check(finds(&d, &d.system, S("xm"), S("欧阳小明")) && finds(&d, &d.system, S("ouyang"), S("欧阳小明")));
    check(!finds(&d, &d.system, S("yangxiao"), S("欧阳小明"))); /* 欧阳 is one surname */
    check(finds(&d, &d.system, S("qiqige"), S("巴特尔·其其格")) && finds(&d, &d.system, S("min"), S("徐敏")));
    check_int((long long)find(&d, &d.system, S("xm"), &found), 4);
    check_str(found[0].title, S("徐敏"));
    static const str name[] = {SC("姓名")};
    const struct grant covers = {
        .ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true, .masked = name, .masked_count = 1};
    const struct who blind = {.name = S("某"), .grants = &covers, .grant_count = 1};
    check_int((long long)find(&d, &blind, S("xiaoming"), &found), 0);
    check_int((long long)find(&d, &blind, S("xm"), &found), 0);
}

TEST("whose name sounds as typed stands before whose name only has these initials, however many of them there are; a given name comes last")
{
    enum { OTHERS = 30 };
    struct desk d;
    struct found *found;
    desk_open(op, &d);
    for (int i = 0; i < OTHERS; i++)
        person_put(&d, S("孟安"), S(""), S(""), S(""), d.north);
    person_put(&d, S("王马"), S(""), S(""), S(""), d.north);
    person_put(&d, S("马三"), S(""), S(""), S(""), d.north);
    person_put(&d, S("马"), S(""), S(""), S(""), d.north);
    check_int((long long)find(&d, &d.system, S("ma"), &found), 20);
    check_str(found[0].title, S("马"));
    check_str(found[1].title, S("马三"));
    check_str(found[2].title, S("孟安"));
    check_str(found[19].title, S("孟安"));
    check(finds(&d, &d.system, S("wangma"), S("王马")) && finds(&d, &d.system, S("wm"), S("王马")));
}

TEST("a person finds only records within their rights")
{
    struct desk d;
    struct found *found;
    desk_open(op, &d);
    const struct grant south = {.ledger = S("人"), .acts = 1u << ACT_READ, .group = d.south};
    const struct grant some = {.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true, .where = S("姓名 = \"张三\"")};
    const struct who clerk = {.name = S("南河"), .grants = &south, .grant_count = 1},
                     by_row = {.name = S("某"), .grants = &some, .grant_count = 1};
    check_int((long long)find(&d, &clerk, S("zs"), &found), 1);
    check_str(found[0].title, S("张三丰"));
    check_int((long long)find(&d, &clerk, S("0012"), &found), 0);
    check_int((long long)find(&d, &clerk, S("nanhe"), &found), 0); /* the ledger 村组 is not theirs */
    check_int((long long)find(&d, &by_row, S("张"), &found), 1);
    check_str(found[0].title, S("张三"));
    check_int((long long)find(&d, &(struct who){.name = S("无权")}, S("张"), &found), 0);
}

TEST("a masked value is found only by what is shown of it")
{
    struct desk d;
    struct found *found;
    desk_open(op, &d);
    const struct grant masks = {.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true, .masks = true};
    static const str name[] = {SC("姓名")};
    const struct grant covers = {
        .ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true, .masked = name, .masked_count = 1};
    const struct who clerk = {.name = S("某"), .grants = &masks, .grant_count = 1},
                     blind = {.name = S("某"), .grants = &covers, .grant_count = 1};
    check(finds(&d, &clerk, S("张三"), S("张三")));
    check(finds(&d, &clerk, S("0012"), S("张三")));           /* 1525**********0012 shows it */
    check(!finds(&d, &clerk, S("50012"), S("张三")));         /* a digit more is hidden */
    check(!finds(&d, &clerk, S("15252419870305"), S("张三")));
    check(!finds(&d, &clerk, S("尘肺"), S("张三")));
    check(!finds(&d, &clerk, S("chenfei"), S("张三")));
    check(!finds(&d, &clerk, S("张三 50012"), S("张三")));
    check_int((long long)find(&d, &clerk, S("0012"), &found), 1);
    check_str(found[0].note, S("证件号：1525**********0012"));
    check_int((long long)find(&d, &blind, S("zhangs"), &found), 0);
    check(find(&d, &blind, S("张"), &found) == 2 && !str_eq(found[0].title, S("张三")) &&
          !str_eq(found[1].title, S("张三丰")));
    check_int((long long)find(&d, &blind, S("张三丰"), &found), 0);
}

TEST("whoever knows a whole citizen's number finds its owner, though the number is covered and stays so, and that leaves a trace; "
     "one digit less finds nobody, and a list does not take it")
{
    struct desk d;
    struct found *found;
    struct fact fact;
    bool there;
    int64_t last;
    desk_open(op, &d);
    const struct grant masks = {.ledger = S("人"), .acts = 1u << ACT_READ, .whole_town = true, .masks = true};
    const struct who clerk = {.name = S("某"), .grants = &masks, .grant_count = 1};
    static const str ways[] = {SC("152524198703050012"), SC("１５２５２４１９８７０３０５００１２"), SC(" 152524 19870305 0012 ")};
    for (size_t i = 0; i < COUNT(ways); i++) {
        check_int((long long)find(&d, &clerk, ways[i], &found), 1);
        check_str(found[0].title, S("张三"));
        check_str(found[0].note, S("证件号：1525**********0012"));
        check_str(found[0].known, S("证件号"));
    }
    check(record_known(d.tx, &clerk, &found[0]));
    check(store_fact_count(d.tx, &last) && fact_get(d.tx, last, &fact, &there) && there && fact.act == FACT_REVEAL && id_eq(fact.record, found[0].id));
    check_int((long long)find(&d, &clerk, S("15252419870305001"), &found), 0);
    check_int((long long)find(&d, &clerk, S("152524198703050013"), &found), 0);
    check_int((long long)find(&d, &d.system, S("152524198703050012"), &found), 1);
    check_str(found[0].known, S("")); /* not covered for them: nothing to tell */
    struct list_page page;
    check(list_read(d.tx, d.town, &clerk, town_ledger(d.town, S("人")), &(struct list_query){.find = S("152524198703050012"), .limit = 5}, &page));
    check_int((long long)page.record_count, 0);
}

TEST("a changed record is found by its new values only, and a withdrawn one no more")
{
    struct desk d;
    struct found *found;
    struct json *patch;
    struct record *r;
    desk_open(op, &d);
    const struct ledger *people = town_ledger(d.town, S("人"));
    check_int((long long)find(&d, &d.system, S("sxm"), &found), 1);
    id who = found[0].id;
    check(json_parse(op, S("{\"姓名\":\"尉迟恭\"}"), &patch));
    check(record_change(d.tx, d.town, &d.system, people, who, 1, patch, S("更正"), NULL, &r));
    check_int((long long)find(&d, &d.system, S("sxm"), &found), 0);
    check_int((long long)find(&d, &d.system, S("ycg"), &found), 1);
    check(json_parse(op, op_text(op, "{\"村组\":\"%.*s\"}", PS(id_text(op, d.north))), &patch));
    check(record_change(d.tx, d.town, &d.system, people, who, 2, patch, S("搬家"), NULL, &r));
    const struct grant north = {.ledger = S("人"), .acts = 1u << ACT_READ, .group = d.north};
    const struct who clerk = {.name = S("北台"), .grants = &north, .grant_count = 1};
    check_int((long long)find(&d, &clerk, S("ycg"), &found), 1); /* where it is belongs to what it is found by */
    check(record_withdraw(d.tx, d.town, &d.system, people, who, 3, S("迁出"), &r));
    check_int((long long)find(&d, &d.system, S("ycg"), &found), 0);
}

TEST("a change of what nobody searches by leaves search as it was")
{
    struct desk d;
    struct json *patch;
    struct record *r;
    int64_t before = 0, after = 0;
    bool found;
    const char *last = "select max(no) from search_doc";
    desk_open(op, &d);
    id who = person_put(&d, S("王芳"), S("152524198703050020"), S("13812345679"), S(""), d.north);
    check(store_int(d.tx, last, ARGS(), &before, &found));
    check(json_parse(op, S("{\"备注\":\"常年在外\"}"), &patch));
    check(record_change(d.tx, d.town, &d.system, town_ledger(d.town, S("人")), who, 1, patch, S(""), NULL, &r));
    check(store_int(d.tx, last, ARGS(), &after, &found));
    check_int((long long)after, (long long)before);
    check(finds(&d, &d.system, S("wangf"), S("王芳")));
}
