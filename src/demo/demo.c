/* The town: groups, then offices and units, then family after family. */
#include "demo/write.h"

enum { BATCH_PEOPLE = 50000, TELL_EVERY = 200 };

/* ---- what is said of a family and its people
 * ----------------------------------------------------------------------- */

static bool tag_add(struct writer *w, struct dice *d, id household, id person, const char *tag, const char *by,
                    int review)
{
    struct values v = values_new(w, L_TAG);
    day since = w->census.today - dice_between(d, 30, 2400);
    id x;
    put_ref(&v, "主体户", household);
    put_ref(&v, "主体人", person);
    put_text(&v, "标签", str_z(tag));
    put_text(&v, "认定部门", str_z(by));
    put_day(&v, "起", since);
    if (review) {
        put_text(&v, "认定文号", op_text(w->op, "旗民政发〔%d〕%d号", date_of(since).year, dice_between(d, 3, 90)));
        put_int(&v, "复核周期月", review);
    }
    return keep(w, &v, &x);
}

/* record: of one that has been announced; none: of the others. */
static bool person_keep(struct writer *w, const struct person *p, id household, id group, id record, id *ret)
{
    struct values v = values_new(w, L_PERSON);
    put_text(&v, "姓名", p->name);
    put_text(&v, "证件类型", S("居民身份证"));
    put_text(&v, "证件号", person_id(p));
    put_text(&v, "民族", nation_names[p->nation]);
    put_ref(&v, "户", household);
    put_text(&v, "与户主关系", relation_names[p->relation]);
    put_ref(&v, "户籍地", group);
    put_text(&v, "居住状态", p->living);
    put_text(&v, "外出地", p->away_to);
    put_text(&v, "外出事由", p->away_for);
    put_text(&v, "手机", person_phone(p));
    put_text(&v, "政治面貌", p->politics);
    put_text(&v, "文化程度", p->education);
    put_text(&v, "婚姻", p->married);
    put_text(&v, "就读学校", p->school);
    put_text(&v, "健康状况", p->health);
    put_text(&v, "残疾类别", p->disability);
    put_text(&v, "残疾等级", p->grade);
    put_text(&v, "劳动能力", p->labour);
    put_text(&v, "兵役状况", p->service);
    *ret = record;
    return id_none(record) ? keep(w, &v, ret) : keep_announced(w, &v, record);
}

static bool person_tags(struct writer *w, struct family *f, const struct person *p, id person)
{
    struct dice *d = &f->dice;
    id none = {0};
    if (str_eq(p->politics, S("中共党员")) && !tag_add(w, d, none, person, "党员", "镇党建工作办公室", 0))
        return false;
    if (str_eq(p->service, S("退役")) && !tag_add(w, d, none, person, "退役军人", "旗退役军人事务局", 0))
        return false;
    if (f->count == 1 && p->age >= 65 && !tag_add(w, d, none, person, "独居老人", "旗民政局", 12))
        return false;
    if (p->relation == REL_GRANDCHILD && p->age < 16 && f->people[0].age > 55 && f->count < 5 &&
        !tag_add(w, d, none, person, "留守儿童", "旗民政局", 6))
        return false;
    return p->age < 20 || p->age > 60 || !dice_percent(d, 2) ||
           tag_add(w, d, none, person, "护林护草员", "旗林业和草原局", 12);
}

/* At most one kind of help, by need: old and alone first. */
static str help_of(struct family *f, bool disabled)
{
    struct dice *d = &f->dice;
    if (f->count == 1 && f->people[0].age >= 65 && dice_percent(d, 25))
        return S("分散供养特困");
    if (dice_percent(d, disabled ? 25 : 5))
        return S("农村低保户");
    if (dice_percent(d, 2))
        return S("低保边缘");
    if (dice_percent(d, 2))
        return S("易返贫致贫监测户");
    return dice_percent(d, 8) ? S("脱贫户") : (str){0};
}

static bool house_keep(struct writer *w, struct family *f, id household, str address)
{
    struct dice *d = &f->dice;
    static const str structures[] = {SC("砖木"), SC("砖木"), SC("砖混"), SC("砖混"),
                                     SC("砖混"), SC("土木"), SC("彩钢")};
    str structure = structures[dice_below(d, COUNT(structures))];
    bool old = str_eq(structure, S("土木"));
    int built = old ? dice_between(d, 1974, 1996) : dice_between(d, 1992, date_of(w->census.today).year - 1),
        n = dice_below(d, 100);
    str grade = n < 62   ? S("A")
                : n < 82 ? S("B")
                : n < 90 ? S("未鉴定")
                : n < 96 ? (old ? S("C") : S("B"))
                : old    ? S("D")
                         : S("A");
    struct values v = values_new(w, L_DWELLING);
    id x;
    put_ref(&v, "权利户", household);
    put_text(&v, "地址", address);
    put_int(&v, "建成年份", built);
    put_text(&v, "结构", structure);
    put_int(&v, "层数", 1);
    put_hundredths(&v, "建筑面积", (int64_t)dice_between(d, 45, 145) * 100 + dice_below(d, 4) * 25);
    put_text(&v, "用途", str_eq(grade, S("D")) ? S("空置") : dice_percent(d, 4) ? S("居住兼经营") : S("居住"));
    put_bool(&v, "是否唯一住房", dice_percent(d, 78));
    put_bool(&v, "经营用途自建房", false);
    put_text(&v, "现鉴定等级", grade);
    if (!str_eq(grade, S("未鉴定")))
        put_day(&v, "鉴定日期", w->census.today - dice_between(d, 100, 1200));
    if (dice_percent(d, 70))
        put_text(
            &v, "宅基地证号",
            op_text(w->op, "旗集用(%d)第%05lld号", built, (long long)(f->number * w->census.groups + f->group + 1)));
    return keep(w, &v, &x);
}

static bool family_keep(struct writer *w, struct family *f)
{
    struct dice *d = &f->dice;
    const struct person *head = &f->people[0];
    id household, people[FAMILY_MAX], head_id = announce(w, L_PERSON), group = w->groups[f->group], none = {0};
    str address = op_text(w->op, "%.*s%d号", PS(name_group(w->op, f->group)), f->home);
    struct values v = values_new(w, L_HOUSEHOLD);
    put_ref(&v, "村组", group);
    put_text(&v, "户别", dice_percent(d, 93) ? S("农牧业户") : S("非农牧业户"));
    put_text(&v, "住址", address);
    put_ref(&v, "户主", head_id);
    put_text(&v, "联系电话", person_phone(head));
    put_text(&v, "一卡通开户名", head->name);
    put_text(&v, "一卡通账号", (str){f->card_bytes, sizeof f->card_bytes});
    put_text(&v, "开户行", S("旗农村信用合作联社"));
    if (f->pasture)
        put_hundredths(&v, "草场面积亩", f->pasture);
    if (f->farmland)
        put_hundredths(&v, "耕地面积亩", f->farmland);
    put_int(&v, "牲畜头只", f->animals);
    put_text(&v, "主要收入来源", f->income);
    if (!keep(w, &v, &household))
        return false;
    bool disabled = false;
    for (size_t i = 0; i < f->count; i++) {
        id record = i == 0 ? head_id : none;
        if (!person_keep(w, &f->people[i], household, group, record, &people[i]) ||
            !person_tags(w, f, &f->people[i], people[i]))
            return false;
        disabled = disabled || str_eq(f->people[i].health, S("残疾"));
    }
    if (!house_keep(w, f, household, address))
        return false;
    str help = help_of(f, disabled);
    if (help.n && !tag_add(w, d, household, none, op_z(w->op, help), "旗民政局", 12))
        return false;
    if (disabled && !tag_add(w, d, household, none, "残疾人家庭", "旗残疾人联合会", 0))
        return false;
    return !help.n || !dice_percent(d, 80) || relief_add(w, f, household, help);
}

/* ---- the whole
 * ------------------------------------------------------------------------------------------------------ */

static bool groups_keep(struct writer *w)
{
    struct values v = values_new(w, L_GROUP);
    day since = day_of(1984, 5, 1);
    put_text(&v, "代码", town_code);
    put_text(&v, "名称", town_name);
    put_text(&v, "类型", S("镇"));
    put_day(&v, "起", since);
    if (!keep(w, &v, &w->town_group))
        return false;
    for (int i = 0; i < w->census.groups; i++) {
        str name = name_group(w->op, i), code = code_group(w->op, i);
        v = values_new(w, L_GROUP);
        put_text(&v, "代码", code);
        put_text(&v, "名称", name);
        put_text(&v, "类型", str_ends(name, S("嘎查")) ? S("嘎查") : S("村"));
        put_ref(&v, "上级", w->town_group);
        put_text(&v, "统计用区划代码", code);
        put_day(&v, "起", since);
        if (!keep(w, &v, &w->groups[i]))
            return false;
    }
    return true;
}

static bool tell(struct writer *w)
{
    const struct progress *p = &w->progress;
    return !p->tell || p->tell(p->context, S("演示镇"), w->people_done, w->census.people) ||
           op_fail(w->op, FAULT_CONFLICT, S(""), "已取消，没有建完");
}

static bool group_fill(struct writer *w, int group)
{
    struct family f;
    int64_t left = group_people(&w->census, group);
    for (int64_t number = 0; left > 0; number++) {
        struct mark mark = op_mark(w->op);
        family_make(&w->census, group, number, left, &f);
        if (!family_keep(w, &f))
            return false;
        op_reset(w->op, mark);
        left -= (int64_t)f.count;
        int64_t before = w->people_done;
        w->people_done += (int64_t)f.count;
        if (before / TELL_EVERY != w->people_done / TELL_EVERY && !tell(w))
            return false;
        if (before / BATCH_PEOPLE != w->people_done / BATCH_PEOPLE && !store_go_on(w->tx))
            return false;
    }
    return true;
}

static bool make(struct writer *w)
{
    if (!work_begin(w) || !groups_keep(w) || !offices_make(w))
        return false;
    for (int i = 0; i < w->census.groups; i++)
        if (!group_fill(w, i))
            return false;
    return work_end(w) && tell(w);
}

bool demo_town(struct op *op, struct store *store, const struct town *town, const struct who *who, int64_t people,
               int groups, uint64_t seed, enum demo_work work, struct progress progress)
{
    struct op own;
    struct writer *w = op_new(op, struct writer);
    struct census census = census_of(op, people, groups, seed);
    op_init(&own, (int64_t)census.today * 86400000 - TOWN_OFFSET_MS, seed);
    *w = (struct writer){
        .op = &own, .store = store, .town = town, .who = who, .census = census, .work = work, .progress = progress};
    bool done = make(w) && town_settle(store, &own, town);
    for (const struct fault *f = own.faults; f; f = f->next)
        (void)!op_fail(op, f->kind, op_copy(op, f->field), "%.*s", PS(f->text));
    op_done(&own);
    return done;
}
