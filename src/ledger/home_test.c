/* What is missing: a matrix of what should be there against what is. */
#include "ledger/test_town.h"

#define KIND                                                                                                                                    \
    "{'台账':'材料','英文名':'kind','业务条线':'普查','键':['序'],'密级':'公开','保管期限':'永久','标题':'名称','" \
    "字段':[\n"                                                                                                                               \
    "{'名':'序','类型':'整','必填':true},{'名':'名称','类型':'文40','必填':true},{'名':'层级','类型':'枚','选项':['"     \
    "镇','村']}]}"
#define PAPER                                                                                                                                       \
    "{'台账':'提交','英文名':'paper','业务条线':'普查','键':['材料','村组'],'密级':'公开','保管期限':'永久','标题':'" \
    "材料.名称','归属':'村组',\n"                                                                                                           \
    "'字段':[{'名':'材料','类型':'引→材料','必填':true},{'名':'村组','类型':'引→村组','必填':true},{'名':'上报日','"  \
    "类型':'日'}]}"
#define PACK "{'业务包':'基础','英文名':'base','次序':1,'矩阵':[%s]}"
#define TEN_AND_TWO                                                                                                    \
    "{'名':'材料报送','台账':'提交','行':'村组','列':'材料','齐':'上报日 != null',"                 \
    "'应有':[{'行条件':'上级 = null','列条件':'层级 = `镇`'},{'行条件':'上级 != null','列条件':'层级 = `村`'}]}"

static bool load_with(struct test_town *t, const char *matrix)
{
    test_town_open(t->op, t);
    test_define(t, "kind", KIND);
    test_define(t, "paper", PAPER);
    test_write(t->op, t->packs, "base/pack.json", test_json(t->op, op_text(t->op, PACK, matrix)));
    return test_load(t);
}

static id kind_add(struct test_town *t, int order, const char *name, const char *level)
{
    return test_record(t, town_ledger(t->town, S("材料")),
                       op_text(t->op, "{'序':%d,'名称':'%s','层级':'%s'}", order, name, level))
        ->id;
}

static void paper_add(struct test_town *t, id kind, id group, const char *more)
{
    test_record(
        t, town_ledger(t->town, S("提交")),
        op_text(t->op, "{'材料':'%.*s','村组':'%.*s'%s}", PS(id_text(t->op, kind)), PS(id_text(t->op, group)), more));
}

/* One letter a cell, a row each: . nothing owed, g missing, b begun, d done. */
static str drawn(struct op *op, const struct matrix_view *v)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t k = 0; k < v->row_count * v->column_count; k++)
        buf_text(&b, "%s%c", k && k % v->column_count == 0 ? " " : "", ".gbd"[v->cells[k].state]);
    return buf_str(&b);
}

TEST("a matrix tells what is missing, begun and complete, and calls missing only what that row owes")
{
    struct test_town t = {.op = op};
    struct matrix_view v;
    size_t count;
    check(load_with(&t, TEN_AND_TWO));
    id plan = kind_add(&t, 2, "预案", "镇"), map = kind_add(&t, 1, "地图", "村");
    paper_add(&t, map, t.east, ",'上报日':'2021-10-01'");
    paper_add(&t, map, t.west, "");
    const struct matrix *m = town_matrices(t.town, &count);
    check_int((long long)count, 1);
    check(matrix_read(t.tx, t.town, &t.system, m, &v));
    check_str(v.columns[0].name, S("地图"));                  /* in the order of their keys */
    check_str(drawn(op, &v), S(".g d. g. b."));               /* 某镇, 东村, 东村一组, 西村 */
    check_int(v.sums[CELL_GAP], 2);
    check_int(v.cells[2].records, 1);
    paper_add(&t, plan, t.whole, ",'上报日':'2021-10-02'");
    check(matrix_read(t.tx, t.town, &t.system, m, &v));
    check_str(drawn(op, &v), S(".d d. g. b."));
}

TEST("a condition of a matrix walks over several references, as those of lists do")
{
    struct test_town t = {.op = op};
    struct matrix_view v;
    size_t count;
    check(load_with(&t, "{'名':'镇下各村','台账':'提交','行':'村组','列':'材料','齐':'村组.上级.名称 = `某镇`'}"));
    test_faults(op);
    id map = kind_add(&t, 1, "地图", "村");
    paper_add(&t, map, t.east, "");
    paper_add(&t, map, t.east_one, "");
    check(matrix_read(t.tx, t.town, &t.system, town_matrices(t.town, &count), &v));
    check_str(drawn(op, &v), S("g d b g")); /* 某镇, 东村, 东村一组, 西村 */
}

#define TALK                                                                                                           \
    "{'台账':'谈话','英文名':'talk','业务条线':'基础','键':['甲','乙'],'密级':'内部','保管期限':'10年','标题':'要点'," \
    "'字段':[{'名':'甲','类型':'引→村组'},{'名':'乙','类型':'引→村组'},{'名':'要点','类型':'文60'}]}"

static void talk_add(struct test_town *t, id one, id other, const char *more)
{
    test_record(t, town_ledger(t->town, S("谈话")),
                op_text(t->op, "{'甲':'%.*s','乙':'%.*s'%s}", PS(id_text(t->op, one)), PS(id_text(t->op, other)), more));
}

TEST("in a mutual matrix what one did with another is done by both, and nobody owes it to oneself")
{
    struct test_town t = {.op = op};
    struct matrix_view v;
    size_t count;
    test_town_open(op, &t);
    test_define(&t, "talk", TALK);
    test_write(op, t.packs, "base/pack.json",
               test_json(op, op_text(op, PACK, "{'名':'谈话','台账':'谈话','行':'甲','列':'乙','齐':'要点 != null','互相':true}")));
    check(test_load(&t));
    test_faults(op);
    talk_add(&t, t.east, t.west, ",'要点':'谈过'");
    talk_add(&t, t.west, t.whole, "");
    check(matrix_read(t.tx, t.town, &t.system, town_matrices(t.town, &count), &v));
    check_str(drawn(op, &v), S(".ggb g.gd gg.g bdg.")); /* 某镇, 东村, 东村一组, 西村 */
}

TEST("a matrix shows only rows and records within the rights of whoever looks")
{
    struct test_town t = {.op = op};
    struct matrix_view v;
    size_t count;
    check(load_with(&t, "{'名':'地图','台账':'提交','行':'村组','齐':'上报日 != null'}"));
    id map = kind_add(&t, 1, "地图", "村");
    paper_add(&t, map, t.east, ",'上报日':'2021-10-01'");
    struct grant own = {.ledger = S("*"), .acts = 1u << ACT_READ, .group = t.west};
    struct who cadre = test_who(&own, 1);
    check(matrix_read(t.tx, t.town, &cadre, town_matrices(t.town, &count), &v));
    check_int((long long)v.row_count, 1);
    check_str(v.rows[0].name, S("西村"));
    check_str(drawn(op, &v), S("g"));
    /* the names of all groups may be known for choosing among them; what those of others handed in stays unknown */
    const struct grant knows[] = {own, {.ledger = S("村组"), .acts = 1u << ACT_READ, .whole_town = true}};
    struct who reader = test_who(knows, 2);
    check(matrix_read(t.tx, t.town, &reader, town_matrices(t.town, &count), &v));
    check_int((long long)v.row_count, 1);
    check_str(drawn(op, &v), S("g"));
}

TEST("a matrix over a field that is no reference, choice or number, or with a condition that does not parse, names its "
     "line")
{
    struct test_town t = {.op = op};
    check(!load_with(&t, "\n{'名':'甲','台账':'提交','行':'上报日','齐':'上报日 != null'}"));
    check(test_says(op, "须是“提交”的引、枚或整字段") && test_says(op, "第2行"));
    op_forgive(op, 0);
    check(!load_with(&t, "{'名':'甲','台账':'提交','行':'村组','齐':'上报日 !='}"));
    check(op->fault_count > 0);
}
