/* What a story may say, and that a story which is not so does not pass. The stories themselves are in packs. */
#include <stdio.h>

#include "base/test.h"
#include "org/org.h"
#include "policy/policy.h"
#include "replay/story.h"

struct heard {
    struct op *op;
    struct { struct story_told *p; size_t n, cap; } all;
};

static void hear(void *context, const struct story_told *told)
{
    struct heard *h = context;
    struct story_told *kept = list_add(h->op, &h->all);
    *kept = *told;
    kept->trouble = op_copy(h->op, told->trouble);
}

static void close_store(void *store)
{
    store_close(store);
}

static void text_write(struct op *op, str path, const char *text)
{
    FILE *f = fopen(op_z(op, path), "wb");
    must(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* Tells the texts, as files s0.txt, s1.txt … of a folder. */
static void stories_tell(struct op *op, const char *const *texts, size_t count, struct heard *ret)
{
    struct store *store;
    struct tx *tx;
    struct town *town;
    struct flow *flow;
    struct indicators *indicators;
    struct story_count told;
    str folder;
    *ret = (struct heard){.op = op};
    test_dir_make(op, &folder);
    for (size_t i = 0; i < count; i++)
        text_write(op, op_text(op, "%.*s/s%02zu.txt", PS(folder), i), texts[i]);
    bool good =
        store_open(op, op_text(op, "%.*s/data", PS(folder)), &(struct store_options){.town = S("152524199")}, &store);
    op_defer(op, close_store, store);
    good = good && store_begin(store, op, TX_WRITE, &tx) && town_load(tx, S("packs"), &town) && org_setup(tx) &&
           flow_load(tx, town, S("packs"), &flow) && policy_setup(tx) && store_commit(tx) &&
           indicators_load(op, town, S("packs"), &indicators);
    must(good);
    const struct story_options o = {.packs = S("packs"), .path = folder, .tell = hear, .context = ret};
    must(stories_run(op, store, town, flow, indicators, &o, &told));
    must(ret->all.n == count && told.told == (int64_t)count);
}

#define HEAD "故事：试\n时间 2021-08-02 09:00\n"
#define NOTE "党政办 新增 学习笔记 叫 笔记\n    人员：挂职副书记\n    本次：1\n    起日：2021-07-05\n"

TEST("a story that is not so does not pass, and says which line and what was there instead")
{
    static const struct {
        const char *text;
        int line;
        str says;
    } cases[] = {
        {HEAD NOTE "应当 笔记 的 本次 是 1\n", 0, SC("")},
        {HEAD NOTE "应当 笔记 的 本次 是 2\n", 7, SC("本次实际是“1”")},
        {HEAD NOTE "应当 指标 学习笔记本数 对 挂职副书记 是 2\n", 7, SC("学习笔记本数实际是“1”")},
        {HEAD NOTE "应当：笔记.本次 = 3\n", 7, SC("实际是“false”")},
        {HEAD NOTE "应当 党政办 看不见 笔记\n", 7, SC("看见了")},
        {HEAD NOTE "应当 笔记 留痕 写着：没有写过的话\n", 7, SC("留痕里没有")},
        {HEAD NOTE "应当 书记 的 待办 有 笔记\n", 7, SC("栏里没有")},
        {HEAD "党政办 新增 学习笔记\n    人员：挂职副书记\n    本次：1\n    被拒绝：起日\n", 3, SC("却办成了")},
        {HEAD "党政办 新增 学习笔记\n    人员：挂职副书记\n    本次：1\n    起日：2021-07-05\n    提醒：别的话\n", 3,
         SC("没有提醒“别的话”")},
        {HEAD "党政办 新增 学习笔记\n    本次：1\n    被拒绝：别的话\n", 3, SC("拒绝的话里没有“别的话”")},
        {HEAD "党政办 新增 学习笔记\n    本次：1\n", 3, SC("人员")},
        {HEAD "村书记1 新增 学习笔记\n    人员：挂职副书记\n    本次：1\n", 3, SC("")},
        {"说明：没有名字\n时间 2021-08-02\n", 0, SC("故事须有")},
        {"故事：试\n    缩进\n", 0, SC("缩进的行")},
        {HEAD "路人 新增 学习笔记\n    被拒绝：没有\n", 3, SC("没有叫“路人”的人")},
        {HEAD "党政办 飞走 笔记\n    被拒绝：不懂\n", 3, SC("不懂“飞走”这个动作")},
        {HEAD "党政办 查看 没登记过的\n    被拒绝：没有\n", 3, SC("还没有叫“没登记过的”")},
        {HEAD "党政办 新增 没有的台账\n    被拒绝：没有\n", 3, SC("没有台账")},
        {HEAD "时间 2021-07-20\n", 3, SC("时间不能往回走")},
        {HEAD "应当 明天 下雪\n", 3, SC("不懂这句“应当”")},
        {HEAD "试 流程\n    <process/>\n", 3, SC("只能试")},
    };
    const char *texts[COUNT(cases)];
    struct heard heard;
    size_t at;
    for (size_t i = 0; i < COUNT(cases); i++)
        texts[i] = cases[i].text;
    stories_tell(op, texts, COUNT(cases), &heard);
    check_str(heard.all.p[0].trouble, S(""));
    for (size_t i = 1; i < COUNT(cases); i++) {
        const struct story_told *told = &heard.all.p[i];
        if (!told->trouble.n || !str_find(told->trouble, cases[i].says, &at))
            test_failed(__FILE__, __LINE__, "story %zu: %.*s, expected %.*s", i, PS(told->trouble), PS(cases[i].says));
        check_int(told->line, cases[i].line);
    }
}

TEST("what one story did is not there in the next, and a refused act leaves nothing")
{
    static const char *const texts[] = {
        HEAD NOTE "应当 党政办 数得 学习笔记 1 条\n",
        HEAD "应当 党政办 数得 学习笔记 0 条\n"
             "党政办 新增 学习笔记\n    人员：挂职副书记\n    本次：1\n    起日：2021-07-05\n    止日：2021-07-01\n    被拒绝：止日早于起日\n"
             "应当 党政办 数得 学习笔记 0 条\n",
    };
    struct heard heard;
    stories_tell(op, texts, COUNT(texts), &heard);
    for (size_t i = 0; i < COUNT(texts); i++)
        check_str(heard.all.p[i].trouble, S(""));
}
