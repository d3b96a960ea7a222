#include "ledger/test_town.h"
#include "policy/policy.h"

/* Old people of a town: above 80 get 100 yuan, from 60 on 50, a household without a known birth date is asked about. */
#define MODEL_HEAD                                                                                                      \
    "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" namespace=\"urn:old\" name=\"高龄\">"        \
    "<inputData id=\"i1\" name=\"最大年龄\"><variable name=\"最大年龄\" typeRef=\"number\"/></inputData>"       \
    "<inputData id=\"i2\" name=\"人口\"><variable name=\"人口\" typeRef=\"number\"/></inputData>"                   \
    "<decision id=\"d\" name=\"高龄\"><informationRequirement><requiredInput href=\"#i1\"/></informationRequirement>" \
    "<informationRequirement><requiredInput href=\"#i2\"/></informationRequirement><decisionTable "                     \
    "hitPolicy=\"UNIQUE\">"                                                                                             \
    "<input><inputExpression typeRef=\"number\"><text>最大年龄</text></inputExpression></input>"                    \
    "<input><inputExpression typeRef=\"number\"><text>人口</text></inputExpression></input>"                          \
    "<output name=\"结论\"/><output name=\"金额\"/>"
#define RULE(age, people, conclusion, amount, clause)                                                                  \
    "<rule><inputEntry><text>" age "</text></inputEntry><inputEntry><text>" people                                     \
    "</text></inputEntry><outputEntry><text>\"" conclusion "\"</text></outputEntry><outputEntry><text>" amount         \
    "</text></outputEntry><annotationEntry><text>" clause "</text></annotationEntry></rule>"
#define MODEL_TAIL "</decisionTable></decision></definitions>"
#define MODEL                                                                                                          \
    MODEL_HEAD RULE("&gt;= 80", "&gt; 0", "发", "100", "第一条") RULE("[60..80)", "&gt; 0", "发", "50", "第二条")      \
    RULE("&lt; 60", "&gt; 0", "不发", "0", "第三条") RULE("-", "&lt;= 0", "不发", "0", "第四条") MODEL_TAIL
#define CASES "最大年龄,人口,应得 结论,应得 金额,应得状态\n85,1,发,100,\n60,2,发,50,\n59,3,不发,0,\n,0,不发,0,\n,2,,,\"缺少信息，不能判定\"\n"
#define POLICY                                                                                                         \
    "{'政策':'高龄补贴','英文名':'old_age','总体':{'台账':'户','条件':'','分组':'村组'},\n"                            \
    "'成员':[{'名':'成员','台账':'人','按':'户','条件':'死亡日期 = null','项':['年龄','姓名']}],\n"                   \
    "'输入':[{'名':'最大年龄','取':'max(成员.年龄)'},{'名':'人口','取':'count(成员)'}],\n"                             \
    "'版本':[{'生效':'2021-01-01','模型':'old_age.dmn','决策':'高龄','金额':'金额','纳入':'结论 = `发`','用例':'old_age.csv'}]}"

static void write_policy(struct test_town *t, const char *definition, const char *model, const char *cases)
{
    mkdir(op_z(t->op, op_text(t->op, "%.*s/base/policies", PS(t->packs))), 0700);
    test_write(t->op, t->packs, "base/policies/old_age.json", test_json(t->op, str_z(definition)));
    test_write(t->op, t->packs, "base/policies/old_age.dmn", str_z(model));
    test_write(t->op, t->packs, "base/policies/old_age.csv", str_z(cases));
}

/* Three households: 85 years old in the east, 61 in the east, one person of unknown age in the west. */
static const struct policy *old_town(struct op *op, struct test_town *t)
{
    struct policies *all;
    test_town_open(op, t);
    id a = test_household(t, t->east_one, "一号"), b = test_household(t, t->east_one, "二号"),
       c = test_household(t, t->west, "三号");
    test_person(t, "老人", 19360101, 1, a, "");
    test_person(t, "儿子", 19660101, 2, a, "");
    test_person(t, "六旬", 19600101, 3, b, "");
    test_record(t, t->people, op_text(op, "{'姓名':'无证','户':'%.*s'}", PS(id_text(op, c))));
    write_policy(t, POLICY, MODEL, CASES);
    must(policy_setup(t->tx));
    if (!policies_load(op, t->town, t->packs, &all))
        test_faults(op);
    return policy_find(all, S("高龄补贴"));
}

static struct screening *screened(struct op *op, struct test_town *t, const struct policy *p,
                                  const struct dmn_edit *edit)
{
    struct population *people;
    struct screening *s = NULL;
    const struct policy_version *v;
    if (!policy_in_force(op, p, day_at(op->now), &v) ||
        !population_load(t->tx, op, t->town, p, day_at(op->now), &people) ||
        !screening_run(op, v, people, edit, edit ? 1 : 0, 2, &s))
        test_faults(op);
    must(s);
    return s;
}

TEST("a screening says of every household whether it is in, by which rule and clause, and what it costs; what it "
     "cannot know it asks")
{
    struct test_town t;
    struct screening *s = screened(op, &t, old_town(op, &t), NULL);
    check(s->people->count == 3 && s->included_count == 2 && s->total_fen == 15000 && s->doubt_count == 1);
    check(s->people->group_count == 2);
    check(s->outcomes[0] == 0 && s->outcomes[1] == 1 && dmn_outcome_status(s->outcomes[2]) == DMN_LACKS);
    check_str(s->tallies[0].clause, S("第一条"));
    check_str(s->tallies[0].result, S("结论 发，金额 100"));
    check_str(screening_doubt(op, s, 2), S("缺少「最大年龄」"));
    check(screening_doubt(op, s, 0).n == 0);
    struct why why;
    check(screening_account(op, s, 1, S("六旬"), NULL, &why));
    check_str(why.sentence,
              S("六旬（东村一组）按《高龄补贴》2021-12-06的规则：结论 发，金额 50。符合第2条规则（第二条）。所用信息——最大年龄：61；人口：1。"
                "其他规则不符合之处——第1条“最大年龄”，第3条“最大年龄”，第4条“人口”。规则只提出意见，由人决定；本人可以查询、要求更正所用信息。"));
    check(why.rules[0].wanted.n > 0 && why.rules[1].wanted.n == 0); /* what the rule that did not hit wanted */
    check_str(why.rules[0].wanted, dmn_part_text(s->version->decision, DMN_INPUT_CELL, 0, 0));
    check(screening_account(op, s, 0, S("七旬"), NULL, &why) && str_find(why.sentence, S("第2、3条“最大年龄”"), &(size_t){0}));
}

TEST("the same facts, rules and day give the same bytes, and are kept once")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    struct screening *s = screened(op, &t, p, NULL), *again = screened(op, &t, p, NULL);
    struct kept_screening first, second;
    check_str(screening_bytes(op, again), screening_bytes(op, s));
    check(screening_keep(t.tx, &t.system, s, &first) && screening_keep(t.tx, &t.system, again, &second));
    check(id_eq(first.id, second.id));
    check_str(first.digest, second.digest);
}

/* What it comes to over a population, as bytes. */
static str over(struct op *op, const struct policy *p, const struct population *people)
{
    const struct policy_version *v;
    struct screening *s = NULL;
    if (!policy_in_force(op, p, people->on, &v) || !screening_run(op, v, people, NULL, 0, 1, &s))
        test_faults(op);
    must(s);
    return screening_bytes(op, s);
}

/* Follows the facts and compares with reading everything again. ret_same: it was still true. */
static const struct population *followed(struct op *op, struct test_town *t, const struct policy *p,
                                         const struct population *people, int64_t *facts, bool *ret_same)
{
    const struct population *now;
    struct population *again;
    if (!population_follow(t->tx, op, people, facts, &now) ||
        !population_load(t->tx, op, t->town, p, day_at(op->now), &again))
        test_faults(op);
    *ret_same = now == people;
    check_str(over(op, p, now), over(op, p, again));
    check(now->group_count == again->group_count && *facts == again->facts);
    for (size_t i = 0; i < now->count; i++)
        check_str(now->group_names[now->groups[i]], again->group_names[again->groups[i]]);
    return now;
}

TEST("a population that is kept follows the facts while others write, and reads again only what they concern")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    struct population *first;
    bool same;
    check(population_load(t.tx, op, t.town, p, day_at(op->now), &first));
    const struct population *people = first;
    int64_t facts = people->facts;
    people = followed(op, &t, p, people, &facts, &same);
    check(same);
    test_record(&t, t.matters, S("{'事由':'修路'}"));
    people = followed(op, &t, p, people, &facts, &same);
    check(same && people == first); /* of a ledger that it does not read */
    id west = test_household(&t, t.west, "四号"), some[12];
    people = followed(op, &t, p, people, &facts, &same);
    check(!same && people->count == 4);
    id old = test_person(&t, "八旬", 19400101, 7, west, "")->id;
    people = followed(op, &t, p, people, &facts, &same);
    check(!same);
    test_change(&t, t.people, old, op_text(op, "{'户':'%.*s'}", PS(id_text(op, first->ids[1]))));
    people = followed(op, &t, p, people, &facts, &same);
    check(!same); /* the household it left and the one it came to */
    test_change(&t, t.groups, t.west, S("{'名称':'西村新名'}"));
    people = followed(op, &t, p, people, &facts, &same);
    check(!same);
    for (size_t i = 0; i < COUNT(some); i++)
        some[i] = test_household(&t, i % 2 ? t.west : t.east, "新户");
    for (int i = 0; i < 60; i++) {
        size_t at = op_random(op) % COUNT(some);
        id household = some[at];
        struct record *r;
        switch (op_random(op) % 5) {
        case 0:
            old = test_person(&t, "某", 19300101 + (int)(op_random(op) % 80) * 10000, 100 + i, household, "")->id;
            break;
        case 1:
            test_change(&t, t.people, old, op_text(op, "{'户':'%.*s'}", PS(id_text(op, household))));
            break;
        case 2:
            test_change(&t, t.people, old, op_random(op) % 2 ? S("{'死亡日期':'2021-10-01'}") : S("{'死亡日期':null}"));
            break;
        case 3:
            test_change(&t, t.households, household,
                        op_text(op, "{'村组':'%.*s'}", PS(id_text(op, op_random(op) % 2 ? t.west : t.east_one))));
            break;
        case 4:
            if (record_withdraw(t.tx, t.town, &t.system, t.households, household, 0, S("空户"), &r))
                some[at] = test_household(&t, t.west, "又一户");
            op_forgive(op, 0); /* a household with people stays */
            break;
        }
        if (i % 3 == 0)
            people = followed(op, &t, p, people, &facts, &same);
    }
    people = followed(op, &t, p, people, &facts, &same);
    check(people->count > 8);
}

TEST("two screenings of a population without anybody compare to a whole of nothing")
{
    struct test_town t;
    struct policies *all;
    struct comparison c;
    test_town_open(op, &t);
    write_policy(&t, POLICY, MODEL, CASES);
    must(policy_setup(t.tx));
    if (!policies_load(op, t.town, t.packs, &all))
        test_faults(op);
    const struct policy *p = policy_find(all, S("高龄补贴"));
    check(screening_compare(op, screened(op, &t, p, NULL), screened(op, &t, p, NULL), &c));
    check(c.change_count == 0 && c.group_count == 1 && c.groups[0].after_fen == 0);
    check_str(c.groups[0].name, S("合计"));
}

TEST("moving a threshold shows who enters, who leaves and what it costs, by village group")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    struct dmn_edit edit = {S("高龄"), 1, 0, DMN_INPUT_CELL, S("[65..80)"), NULL, 0};
    struct screening *before = screened(op, &t, p, NULL), *after = screened(op, &t, p, &edit);
    struct comparison c;
    check(screening_compare(op, before, after, &c));
    check(c.change_count == 1 && c.changes[0].before && !c.changes[0].after && c.changes[0].before_fen == 5000);
    check_str(c.changes[0].group, S("东村一组"));
    check(c.group_count == 3 && c.groups[2].leaving == 1 && c.groups[2].before_fen == 15000 &&
          c.groups[2].after_fen == 10000);
}

TEST("a rule only proposes: doubts must be decided, another decision than the rule's needs a reason, and a frozen "
     "roster stays")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    struct screening *s = screened(op, &t, p, NULL);
    struct kept_screening k;
    check(screening_keep(t.tx, &t.system, s, &k));
    check(!roster_freeze(t.tx, &t.system, k.id, &k) && test_says(op, "还有1条疑点没有处置"));
    op_forgive(op, 0);
    struct screen_decision d = {s->people->ids[2], true, 5000, S("")};
    check(!screening_decide(t.tx, t.town, &t.system, p, k.id, &d) && test_says(op, "须写明理由"));
    op_forgive(op, 0);
    d.reason = S("村评议认定为65岁");
    check(screening_decide(t.tx, t.town, &t.system, p, k.id, &d));
    check(roster_freeze(t.tx, &t.system, k.id, &k) && k.frozen && k.roster_digest.n == 64);
    check(!screening_decide(t.tx, t.town, &t.system, p, k.id, &d) && test_says(op, "已经冻结"));
}

TEST("a doubt is cleared by the line of work that the policy names, and by nobody else who may decide")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    struct policy other = *p;
    struct policies *all;
    struct screening *s = screened(op, &t, p, NULL);
    struct kept_screening k;
    struct grant rights = {.ledger = S("*"), .acts = 1u << ACT_READ | 1u << ACT_STATE, .whole_town = true};
    struct who who = test_who(&rights, 1);
    struct screen_decision doubt = {s->people->ids[2], false, 0, S("查无此人")},
                           plain = {s->people->ids[1], false, 0, S("评议不通过")};
    check_str(p->cleared_by, S("基础"));
    other.cleared_by = S("救灾救助");
    check(screening_keep(t.tx, &t.system, s, &k));
    check(screening_decide(t.tx, t.town, &who, &other, k.id, &plain));
    check(!screening_decide(t.tx, t.town, &who, &other, k.id, &doubt) && test_says(op, "须由“救灾救助”条线的人核定"));
    op_forgive(op, 0);
    check(screening_decide(t.tx, t.town, &who, p, k.id, &doubt));
    str named = op_text(op, "{'核定':'没有的条线',%s", POLICY + 1);
    write_policy(&t, named.p, MODEL, CASES);
    check(!policies_load(op, t.town, t.packs, &all) && test_says(op, "没有「没有的条线」这个条线"));
}

#define CLEARER "{'核定岗':[{'疑点':'最大年龄','由':'民政助理','岗位':'名称 = `民政助理`','生效':'%s'}],%s"

TEST("a kind of doubt that the policy gives to one post is cleared by that post and nobody else, from its day on")
{
    struct test_town t;
    old_town(op, &t);
    test_define(&t, "post", "{'台账':'岗位','英文名':'post','业务条线':'系统','键':['名称'],'密级':'内部','保管期限':'永久',"
                            "'标题':'名称','字段':[{'名':'名称','类型':'文40'}]}");
    check(test_load(&t));
    const struct ledger *posts = town_ledger(t.town, S("岗位"));
    struct grant rights = {.ledger = S("*"), .acts = 1u << ACT_READ | 1u << ACT_STATE, .whole_town = true};
    struct who helper = test_who(&rights, 1), other = helper;
    helper.post = test_record(&t, posts, S("{'名称':'民政助理'}"))->id;
    other.post = test_record(&t, posts, S("{'名称':'办公室经办'}"))->id;
    struct policies *all;
    struct kept_screening k;
    write_policy(&t, op_text(op, CLEARER, "2021-01-01", POLICY + 1).p, MODEL, CASES);
    check(policies_load(op, t.town, t.packs, &all));
    const struct policy *p = policy_find(all, S("高龄补贴"));
    struct screening *s = screened(op, &t, p, NULL);
    struct screen_decision doubt = {s->people->ids[2], false, 0, S("查无此人")};
    check(screening_keep(t.tx, &t.system, s, &k));
    check_str(policy_clearer_name(op, p, S("缺少「最大年龄」"), day_at(op->now)), S("民政助理"));
    check_str(policy_clearer_name(op, p, S("缺少「人口」"), day_at(op->now)), S("“基础”条线"));
    check(!screening_decide(t.tx, t.town, &other, p, k.id, &doubt) && test_says(op, "须由民政助理核定"));
    op_forgive(op, 0);
    check(screening_decide(t.tx, t.town, &helper, p, k.id, &doubt));
    write_policy(&t, op_text(op, CLEARER, "2099-01-01", POLICY + 1).p, MODEL, CASES);
    check(policies_load(op, t.town, t.packs, &all));
    check(screening_decide(t.tx, t.town, &other, policy_find(all, S("高龄补贴")), k.id, &doubt));
    write_policy(&t, op_text(op, "{'核定岗':[{'疑点':'','由':'谁','岗位':'没有这个 = 1','生效':'2021-01-01'}],%s", POLICY + 1).p,
                 MODEL, CASES);
    check(!policies_load(op, t.town, t.packs, &all) && test_says(op, "“核定岗”的“岗位”写得不对"));
}

/* More than a year passes: the table is the same, the people are not. */
TEST("two days compared show who gains and who loses, by village; a day that is past stays as it was")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    struct screening *before = screened(op, &t, p, NULL), *after, *again;
    struct population *people;
    struct comparison c;
    day was = day_at(op->now);
    op->now += INT64_C(400) * 86400000;
    id young = test_household(&t, t.west, "四号");
    test_person(&t, "五十九", 19620601, 5, young, "");
    test_change(&t, t.people, test_person(&t, "老人家", 19350101, 6, young, "")->id, S("{'死亡日期':'2022-12-01'}"));
    test_person(&t, "高寿", 19420101, 8, before->people->ids[1], "");
    struct record *r;
    check(record_withdraw(t.tx, t.town, &t.system, t.people, test_person(&t, "误登", 19300101, 7, young, "")->id, 0,
                          S("登错"), &r));
    after = screened(op, &t, p, NULL);
    check(screening_compare(op, before, after, &c));
    check(c.change_count == 2);
    for (size_t i = 0; i < c.change_count; i++) {
        const struct screen_change *x = &c.changes[i];
        bool enters = id_eq(x->record, young);
        check(x->before == !enters && x->after && (enters ? x->after_fen == 5000 : x->after_fen > x->before_fen));
    }
    const struct screen_group *whole = &c.groups[c.group_count - 1];
    check(whole->entering == 1 && whole->leaving == 0 && whole->changed == 1);
    check_int(whole->after_fen - whole->before_fen, 10000);
    check(screening_compare(op, after, before, &c)); /* the other way round they leave */
    check(c.groups[c.group_count - 1].leaving == 1 && c.groups[c.group_count - 1].entering == 0);
    check(population_load(t.tx, op, t.town, p, was, &people) &&
          screening_run(op, before->version, people, NULL, 0, 1, &again));
    check_str(screening_bytes(op, again), screening_bytes(op, before));
}

TEST("a past day is read with the counts of that day, however many records they are of")
{
    enum { HOUSEHOLDS = 300 };
    static const char counted[] =
        "{'政策':'高龄补贴','英文名':'old_age','总体':{'台账':'户','条件':'人口 > 0','分组':'村组'},"
        "'输入':[{'名':'最大年龄','取':'if 人口 > 1 then 80 else 60'},{'名':'人口','取':'人口'}],"
        "'版本':[{'生效':'2021-01-01','模型':'old_age.dmn','决策':'高龄','金额':'金额','纳入':'结论 = `发`','用例':'old_age.csv'}]}";
    struct test_town t;
    struct policies *all;
    struct population *people;
    struct screening *then;
    id died = {0};
    old_town(op, &t);
    write_policy(&t, counted, MODEL, CASES);
    must(policies_load(op, t.town, t.packs, &all));
    const struct policy *p = policies_at(all, 0);
    for (int i = 0; i < HOUSEHOLDS; i++) {
        id home = test_household(&t, t.west, op_text(op, "新%d号", i).p);
        died = test_person(&t, "甲", 19600101, 100 + i, home, "")->id;
    }
    struct screening *before = screened(op, &t, p, NULL);
    check_int((int)before->people->count, HOUSEHOLDS + 3);
    day was = day_at(op->now);
    op->now += INT64_C(40) * 86400000;
    test_change(&t, t.people, died, S("{'死亡日期':'2022-01-02'}"));
    check_int((int)screened(op, &t, p, NULL)->people->count, HOUSEHOLDS + 2);
    check(population_load(t.tx, op, t.town, p, was, &people) &&
          screening_run(op, before->version, people, NULL, 0, 1, &then));
    check_str(screening_bytes(op, then), screening_bytes(op, before));
}

TEST("somebody whom the rule left out is added by a person with a reason; who was not in the population is not")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    id young = test_household(&t, t.west, "四号");
    test_person(&t, "青年", 19900101, 9, young, "");
    struct kept_screening k;
    struct kept_member *m;
    size_t count;
    check(screening_keep(t.tx, &t.system, screened(op, &t, p, NULL), &k));
    struct screen_decision d = {young, true, 5000, S("")};
    check(!screening_decide(t.tx, t.town, &t.system, p, k.id, &d) && test_says(op, "须写明理由"));
    op_forgive(op, 0);
    d.reason = S("村评议补入");
    check(screening_decide(t.tx, t.town, &t.system, p, k.id, &d));
    struct member_query q = {.screening = k.id, .kind = MEMBERS_DECIDED, .limit = 10};
    check(screening_members(t.tx, &q, &m, &count) && count == 1);
    check_str(m[0].village, S("西村"));
    check(m[0].title.n && !m[0].proposed && m[0].decided && m[0].decided_fen == 5000 && m[0].doubt.n == 0);
    d.record = test_household(&t, t.west, "五号"); /* later than the screening */
    check(!screening_decide(t.tx, t.town, &t.system, p, k.id, &d) && test_says(op, "总体里没有它"));
}

TEST("why a member of a kept screening ended so is read from what was kept, whatever the ledgers say since")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    struct screening *s = screened(op, &t, p, NULL);
    struct kept_screening k;
    check(screening_keep(t.tx, &t.system, s, &k));
    for (size_t i = 0; i < s->people->count; i++) {
        struct why then, now;
        check(screening_account(op, s, i, S("某户"), NULL, &then));
        test_person(&t, "后来的人", 19300101, 200 + (int)i, s->people->ids[i], "");
        if (!kept_why(t.tx, p, k.id, s->people->ids[i], S("某户"), NULL, &now))
            test_faults(op);
        check_str(now.sentence, then.sentence);
        check(now.rule == then.rule && now.amount_fen == then.amount_fen && now.status == then.status);
    }
    struct why why;
    bool hidden[] = {true, false};
    check(kept_why(t.tx, p, k.id, s->people->ids[0], S("某户"), hidden, &why) && why.values[0].hidden &&
          why.values[0].text.n == 0);
    check(!kept_why(t.tx, p, k.id, t.west, S("无"), NULL, &why) && test_says(op, "总体里没有它"));
}

TEST("names on a roster are covered for whom the ledger covers them, and opening them needs the right, a reason, and "
     "leaves a fact")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    struct screening *s = screened(op, &t, p, NULL);
    struct kept_screening k;
    check(screening_keep(t.tx, &t.system, s, &k));
    static const str masked[] = {SC("户号")};
    struct grant grants[] = {{.ledger = S("*"),
                              .acts = 1u << ACT_READ | 1u << ACT_EXPORT,
                              .whole_town = true,
                              .masks = true,
                              .masked = masked,
                              .masked_count = 1}};
    struct who who = test_who(grants, 1);
    str seen, truth;
    int64_t before, after;
    check(policy_title(t.tx, t.town, &t.system, p->ledger, s->people->ids[0], S(""), &truth));
    check(policy_title(t.tx, t.town, &who, p->ledger, s->people->ids[0], truth, &seen) && !str_eq(seen, truth));
    check(!policy_uncover(t.tx, t.town, &who, p, k.id, (id){0}, S("发放")) && test_says(op, "查看敏感"));
    op_forgive(op, 0);
    grants[0].acts |= 1u << ACT_REVEAL;
    check(!policy_uncover(t.tx, t.town, &who, p, k.id, (id){0}, S(" ")) && test_says(op, "写明理由"));
    op_forgive(op, 0);
    check(store_fact_count(t.tx, &before) && policy_uncover(t.tx, t.town, &who, p, k.id, (id){0}, S("发放")) &&
          store_fact_count(t.tx, &after) && after == before + 1);
    struct fact fact;
    bool found;
    check(fact_get(t.tx, after, &fact, &found) && fact.act == FACT_REVEAL && id_eq(fact.record, k.id));
}

TEST("a policy with a gap, a failing case or a rule without a case is not put in force, and each trouble is told")
{
    static const struct {
        const char *model, *cases, *says;
    } bad[] = {{MODEL_HEAD RULE("&gt; 80", "-", "发", "100", "") RULE("&lt; 80", "-", "不发", "0", "") MODEL_TAIL,
                "最大年龄,人口,应得 结论\n85,1,发\n60,2,不发\n", "有的情形没有一条规则管到"},
               {MODEL, "最大年龄,人口,应得 金额\n85,1,99\n60,2,50\n59,3,0\n,0,0\n", "金额应得 99，得 100"},
               {MODEL, "最大年龄,人口,应得 金额\n85,1,100\n60,2,50\n,0,0\n", "第3条规则没有用例"}};
    struct test_town t;
    old_town(op, &t);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct policies *all;
        const struct policy_version *v;
        write_policy(&t, POLICY, bad[i].model, bad[i].cases);
        check(policies_load(op, t.town, t.packs, &all));
        check(!policy_in_force(op, policies_at(all, 0), day_at(op->now), &v) && test_says(op, bad[i].says));
        op_forgive(op, 0);
        check(!policy_in_force(op, policies_at(all, 0), day_of(2020, 1, 1), &v) && test_says(op, "没有生效的版本"));
        op_forgive(op, 0);
    }
}

TEST("a definition that cannot be right is refused with file, line and cure")
{
    static const struct {
        const char *definition, *says;
    } bad[] = {{"{'政策':'a','英文名':'b','总体':{'台账':'没有'},'输入':[],'版本':[]}", "没有台账「没有」"},
               {"{'政策':'a','英文名':'b','总体':{'台账':'户'},'输入':[],'版本':[]}", "“输入”须有1到200项"},
               {"{'政策':'a','别的':1}", "没有「别的」这一项"},
               {"{'政策':'a','英文名':'b','总体':{'台账':'户'},'成员':[{'名':'m','台账':'人','按':'姓名'}],'输入':[{'"
                "名':'x','取':'1'}],'版本':[]}",
                "“按”须是"},
               {"{'政策':'a','英文名':'b','总体':{'台账':'户'},'输入':[{'名':'x','取':'1'}],'版本':[{'生效':'2021-01-"
                "01','模型':'old_age.dmn','决策':'高龄'}]}",
                "模型的输入「最大年龄」"},
               {"{'政策':'a','英文名':'b','总体':{'台账':'户'},'输入':[{'名':'x','取':'状态'}],'版本':[]}", "没有「状态」"},
               {"{'政策':'a','英文名':'b','总体':{'台账':'户','条件':'没有这个 = 1'},'输入':[{'名':'x','取':'1'}],'版本':[]}",
                "“条件”写得不对"},
               {"{'政策':'a','英文名':'b','总体':{'台账':'户'},'成员':[{'名':'m','台账':'人','按':'户','条件':'没有 = 1'}],"
                "'输入':[{'名':'x','取':'1'}],'版本':[]}",
                "“条件”写得不对"}};
    struct test_town t;
    old_town(op, &t);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct policies *all;
        write_policy(&t, bad[i].definition, MODEL, CASES);
        check(!policies_load(op, t.town, t.packs, &all) && test_says(op, bad[i].says) &&
              test_says(op, "old_age.json 第"));
        op_forgive(op, 0);
    }
}

TEST("a decision table goes out to Excel and comes back unchanged; a table of another version is refused")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    str path = op_text(op, "%.*s/table.xlsx", PS(t.folder)), model, plain;
    size_t changes;
    check(policy_table_write(op, &p->versions[0], path) &&
          policy_table_read(op, &p->versions[0], path, &model, &changes));
    check(dmn_write(op, p->versions[0].model, NULL, 0, &plain));
    check(changes == 0);
    check_str(model, plain);
    struct policies *all;
    write_policy(&t, POLICY, MODEL_HEAD RULE("-", "-", "发", "1", "") MODEL_TAIL, CASES);
    check(policies_load(op, t.town, t.packs, &all));
    check(!policy_table_read(op, &policies_at(all, 0)->versions[0], path, &model, &changes) &&
          test_says(op, "不是由「高龄补贴」现在的版本导出的"));
    op_forgive(op, 0);
}

/* Keeps an edition of the policy's first version for these days and puts it in force. */
static void in_force(struct test_town *t, const struct policy *p, day from, day until)
{
    struct edition_new e = {from, until, S(MODEL), S(CASES), S("镇政发〔2021〕1号")};
    id edition;
    check(edition_keep(t->tx, &t->system, &p->versions[0], &e, &edition) &&
          edition_force(t->tx, &t->system, p, edition, S("镇长办公会")));
    test_faults(t->op);
}

/* The days of the versions in force: 2021-01-01…2021-12-31 2022-01-01… */
static str spans(struct test_town *t, const struct policy *p)
{
    struct shelf shelf;
    struct buf b;
    buf_init(&b, t->op, 0);
    check(policy_shelf(t->tx, p, &shelf));
    for (size_t i = 0; i < shelf.now.version_count; i++) {
        day until = shelf.now.versions[i].until;
        buf_text(&b, "%s%.*s…%.*s", i ? " " : "", PS(day_text(t->op, shelf.now.versions[i].from)),
                 PS(until == INT32_MAX ? S("") : day_text(t->op, until)));
    }
    return buf_str(&b);
}

TEST("an edition in force ends the version that held its first day, replaces one of the same day, and ends where the "
     "next begins; a draft changes nothing")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    struct edition_new draft = {day_of(2021, 6, 1), INT32_MAX, S(MODEL), S(CASES), S("草稿")};
    id edition;
    check(edition_keep(t.tx, &t.system, &p->versions[0], &draft, &edition));
    check_str(spans(&t, p), S("2021-01-01…"));
    in_force(&t, p, day_of(2022, 3, 1), INT32_MAX);
    check_str(spans(&t, p), S("2021-01-01…2022-02-28 2022-03-01…"));
    in_force(&t, p, day_of(2022, 1, 1), INT32_MAX);
    check_str(spans(&t, p), S("2021-01-01…2021-12-31 2022-01-01…2022-02-28 2022-03-01…"));
    in_force(&t, p, day_of(2022, 3, 1), day_of(2022, 6, 30));
    check_str(spans(&t, p), S("2021-01-01…2021-12-31 2022-01-01…2022-02-28 2022-03-01…2022-06-30"));
    check(!edition_force(t.tx, &t.system, p, edition, S(" ")) && test_says(op, "请写明依据"));
    op_forgive(op, 0);
}

TEST("one record is asked of the policy in force: its outputs, rule and clause, or what is the matter")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    id eighty = test_household(&t, t.west, "四号"), unknown = test_household(&t, t.west, "五号");
    test_person(&t, "寿星", 19400101, 7, eighty, "");
    test_record(&t, t.people, op_text(op, "{'姓名':'无证','户':'%.*s'}", PS(id_text(op, unknown))));
    struct policy_answer a;
    check(policy_ask(t.tx, t.town, p, eighty, &a) && a.trouble.n == 0 && a.rule == 1 && !a.doubtful);
    check_str(a.clause, S("第一条"));
    check_str(feel_literal(op, a.outputs), S("{结论: \"发\", 金额: 100}"));
    check(policy_ask(t.tx, t.town, p, unknown, &a) && a.rule == 0 && feel_is_null(a.outputs));
    check_str(a.trouble, S("缺少「最大年龄」"));
    check(policy_ask(t.tx, t.town, p, id_new(op), &a));
    check_str(a.trouble, S("这条记录已不在"));
}

TEST("a rule that leaves its members to a person makes doubts of them, and one unsound version makes a policy unsound")
{
    static const char two[] =
        "{'政策':'高龄补贴','英文名':'old_age','总体':{'台账':'户','条件':'','分组':'村组'},"
        "'成员':[{'名':'成员','台账':'人','按':'户','条件':'','项':['年龄']}],"
        "'输入':[{'名':'最大年龄','取':'max(成员.年龄)'},{'名':'人口','取':'count(成员)'}],"
        "'版本':[{'生效':'2020-01-01','止':'2020-12-31','模型':'gap.dmn','决策':'高龄','金额':'金额',"
        "'用例':'old_age.csv'},{'生效':'2021-01-01','模型':'old_age.dmn','决策':'高龄','金额':'金额','纳入':'结论 = `发`',"
        "'待核':'金额 = 50','用例':'old_age.csv'}]}";
    struct test_town t;
    struct policies *all;
    old_town(op, &t);
    write_policy(&t, two, MODEL, CASES);
    test_write(op, t.packs, "base/policies/gap.dmn", S(MODEL_HEAD RULE("&gt; 80", "-", "发", "1", "") MODEL_TAIL));
    check(policies_load(op, t.town, t.packs, &all));
    test_faults(op);
    struct screening *s = screened(op, &t, policies_at(all, 0), NULL);
    check(!s->doubtful[0] && s->doubtful[1] && s->doubtful[2] && s->doubt_count == 2);
    check_str(s->tallies[1].clause, S("第二条"));
    check(!policy_sound(op, policies_at(all, 0)) && test_says(op, "没有一条规则管到"));
    op_forgive(op, 0);
}

TEST("cases go out to Excel and come back the same; as many as may be are read, and one more is refused")
{
    struct test_town t;
    const struct policy *p = old_town(op, &t);
    struct policy_version v = p->versions[0];
    str path = op_text(op, "%.*s/cases.xlsx", PS(t.folder)), csv;
    struct csv_row *rows, *again;
    size_t count, back;
    check(policy_case_rows(op, &v, &rows, &count) && count == 6);
    check(policy_cases_write(op, &v, path) && policy_cases_read(op, &v, path, &csv));
    check(csv_parse(op, csv, &again, &back) && back == count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < rows[i].count; k++)
            check_str(k < again[i].count ? again[i].fields[k] : S(""), rows[i].fields[k]);
    struct buf b;
    buf_init(&b, op, 0);
    for (int i = 0; i < POLICY_CASES_MAX; i++)
        buf_add(&b, S("1\n"));
    v.cases_text = op_copy(op, buf_str(&b));
    check(policy_case_rows(op, &v, &rows, &count) && count == POLICY_CASES_MAX);
    buf_add(&b, S("1\n"));
    v.cases_text = buf_str(&b);
    check(!policy_case_rows(op, &v, &rows, &count) && test_says(op, "用例超过"));
    op_forgive(op, 0);
}

TEST("every policy that is shipped has no gap, no overlap, a case for each rule, and all its cases pass")
{
    struct town *town;
    struct policies *all;
    check(town_parse(op, S("packs"), &town) && policies_load(op, town, S("packs"), &all));
    test_faults(op);
    check(policies_count(all) >= 5);
    for (size_t i = 0; i < policies_count(all); i++)
        for (size_t k = 0; k < policies_at(all, i)->version_count; k++) {
            struct policy_trouble *troubles;
            struct policy_cases cases;
            check(policy_check(op, &policies_at(all, i)->versions[k], &troubles, &cases));
            for (; troubles; troubles = troubles->next)
                test_failed(__FILE__, __LINE__, "%.*s：%.*s %.*s", PS(troubles->where), PS(troubles->text),
                            PS(troubles->example));
            check(cases.passed == cases.cases && cases.covered == cases.rules);
        }
}
