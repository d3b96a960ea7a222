/* What packs bring to towns that exist: once, and never over what the town has made of it. */
#include "ledger/test_town.h"

#define RULES                                                                                                          \
    "{'台账':'期限','英文名':'term','业务条线':'基础','键':['代码','版本'],'密级':'内部','保管期限':'永久','标题':'代码','字段':[\n" \
    "{'名':'代码','类型':'码','必填':true},{'名':'版本','类型':'整','必填':true},{'名':'名称','类型':'文30','唯一':true},\n"        \
    "{'名':'数量','类型':'整'},{'名':'登记日','类型':'日','默认':'today()'},{'名':'说明','类型':'文100'}]}"
#define ONE "{'代码':'A','版本':1,'名称':'一','数量':10}"
#define TWO "{'代码':'B','版本':1,'名称':'二','数量':20}"
#define LATER "{'代码':'C','版本':1,'名称':'三','数量':30}"

struct giving_town {
    struct test_town t;
    const struct ledger *terms;
    struct starts_report told;
};

/* As a program with these packs opens it. */
static void served(struct giving_town *g, const char *rows)
{
    test_write(g->t.op, g->t.packs, "base/rows/term.json", test_json(g->t.op, str_z(rows)));
    test_again(&g->t);
    bool done = test_load(&g->t) && town_begin(g->t.tx, g->t.town, &g->told);
    if (!done)
        test_faults(g->t.op);
    must(done);
    g->terms = town_ledger(g->t.town, S("期限"));
}

static void open_town(struct op *op, struct giving_town *g)
{
    test_town_open(op, &g->t);
    test_define(&g->t, "term", RULES);
    must(mkdir(op_z(op, op_text(op, "%.*s/base/rows", PS(g->t.packs))), 0700) == 0);
}

/* As a program that did not remember what it gave has left it. */
static void memory_lose(struct giving_town *g)
{
    must(store_run(g->t.tx, "delete from ledger_given", ARGS(), NULL));
}

static struct record *term(struct giving_town *g, const char *code)
{
    struct list_page page;
    must(list_read(g->t.tx, g->t.town, &g->t.system, g->terms,
                   &(struct list_query){.where = op_text(g->t.op, "代码 = \"%s\"", code), .withdrawn = true}, &page));
    check_int((long long)page.record_count, 1);
    return page.record_count ? page.records : NULL;
}

static int64_t facts(struct giving_town *g)
{
    int64_t n = 0;
    check(store_fact_count(g->t.tx, &n));
    return n;
}

static void told(struct giving_town *g, size_t added, size_t differing, size_t refused)
{
    check_int((long long)g->told.added_count, (long long)added);
    check_int((long long)g->told.differing_count, (long long)differing);
    check_int((long long)g->told.refused_count, (long long)refused);
}

TEST("a row that packs have added since is given to a town that exists, as a fact of the system, once")
{
    struct giving_town g;
    struct change *changes;
    size_t count;
    open_town(op, &g);
    served(&g, "[" ONE "]");
    check(g.told.first);
    told(&g, 1, 0, 0);
    served(&g, "[" ONE "," LATER "]");
    check(!g.told.first);
    told(&g, 1, 0, 0);
    check_str(g.told.added[0].start->key, S("C 1"));
    check(record_history(g.t.tx, g.t.town, &g.t.system, g.terms, term(&g, "C")->id, &changes, &count));
    check_int((long long)count, 1);
    check_str(changes[0].account_name, S("系统"));
    check_str(changes[0].act, S("新增"));
    int64_t before = facts(&g);
    served(&g, "[" ONE "," LATER "]");
    told(&g, 0, 0, 0);
    check_int(facts(&g), before);
}

TEST("what the town has withdrawn never comes back, whether or not it was remembered what was given")
{
    struct giving_town g;
    struct record *r;
    open_town(op, &g);
    served(&g, "[" ONE "," TWO "]");
    must(record_withdraw(g.t.tx, g.t.town, &g.t.system, g.terms, term(&g, "B")->id, 0, S("本镇不用"), &r));
    for (int lost = 0; lost < 2; lost++) {
        served(&g, "[" ONE "," TWO "]");
        told(&g, 0, 0, 0);
        served(&g, "[" ONE ",{'代码':'B','版本':1,'名称':'二','数量':21}]");
        told(&g, 0, 0, 0);
        check(term(&g, "B")->withdrawn);
        memory_lose(&g);
    }
    check(record_destroy(g.t.tx, g.t.town, &g.t.system, g.terms, term(&g, "A")->id, S("依法"), S("批准")));
    served(&g, "[" ONE "," TWO "]");
    check(g.told.added_count == 1); /* of what is destroyed nothing is known but the memory, which was lost here */
    check(record_destroy(g.t.tx, g.t.town, &g.t.system, g.terms, g.told.added[0].record, S("依法"), S("批准")));
    served(&g, "[" ONE "," TWO "]");
    told(&g, 0, 0, 0);
}

TEST("what the town has changed stays as it is, silently while the packs have not changed it too")
{
    struct giving_town g;
    open_town(op, &g);
    served(&g, "[" ONE "," TWO "]");
    test_change(&g.t, g.terms, term(&g, "A")->id, S("{'数量':15}"));
    served(&g, "[" ONE "," TWO "]");
    told(&g, 0, 0, 0);
    memory_lose(&g); /* the first fact says what was given */
    served(&g, "[" ONE "," TWO "]");
    told(&g, 0, 0, 0);
    check_str(json_get(term(&g, "A")->values, S("数量"))->text, S("15"));
}

TEST("what packs have changed is told field by field and left, until somebody decides; what is the same by then is not told")
{
    static const char newer[] = "[{'代码':'A','版本':1,'名称':'一','数量':12,'说明':'新'}," TWO "]";
    struct giving_town g;
    struct record *r;
    open_town(op, &g);
    served(&g, "[" ONE "," TWO "]");
    for (int lost = 0; lost < 2; lost++) {
        for (int again = 0; again < 2; again++) {
            served(&g, newer);
            told(&g, 0, 1, 0);
            check_int((long long)g.told.differing[0].difference_count, 2);
            check_str(g.told.differing[0].differences[0].field->name, S("数量"));
            check_str(g.told.differing[0].differences[0].ours, S("10"));
            check_str(g.told.differing[0].differences[0].theirs, S("12"));
            check_str(g.told.differing[0].differences[1].theirs, S("新"));
        }
        memory_lose(&g);
    }
    r = test_change(&g.t, g.terms, term(&g, "A")->id, S("{'数量':12,'说明':'新'}"));
    served(&g, newer);
    told(&g, 0, 0, 0);
    check_int(term(&g, "A")->version, r->version);
}

TEST("whoever decides takes what the packs say, or stays with the town's own until the packs say yet something else; a fact either way")
{
    struct giving_town g;
    struct change *changes;
    size_t count;
    open_town(op, &g);
    served(&g, "[{'代码':'A','版本':1,'名称':'一','数量':10,'说明':'旧'}," TWO "]");
    served(&g, "[{'代码':'A','版本':1,'名称':'一','数量':11},{'代码':'B','版本':1,'名称':'二','数量':21}]");
    told(&g, 0, 2, 0);
    check(start_decide(g.t.tx, g.t.town, &g.t.system, &g.told.differing[0], true, S("")) &&
          start_decide(g.t.tx, g.t.town, &g.t.system, &g.told.differing[1], false, S("旗里另有规定")));
    check_str(json_get(term(&g, "A")->values, S("数量"))->text, S("11"));
    check(json_get(term(&g, "A")->values, S("说明"))->kind == JSON_NULL);
    check_str(json_get(term(&g, "B")->values, S("数量"))->text, S("20"));
    check(record_history(g.t.tx, g.t.town, &g.t.system, g.terms, term(&g, "B")->id, &changes, &count));
    check_str(changes[0].act, S("决定"));
    check_str(changes[0].reason, S("业务包改了，仍用本镇的：旗里另有规定"));
    served(&g, "[{'代码':'A','版本':1,'名称':'一','数量':11},{'代码':'B','版本':1,'名称':'二','数量':21}]");
    told(&g, 0, 0, 0);
    served(&g, "[{'代码':'A','版本':1,'名称':'一','数量':11},{'代码':'B','版本':1,'名称':'二','数量':22}]");
    told(&g, 0, 1, 0);
}

TEST("a row that the town has under a key of its own, or has entered itself, is known again and not given twice")
{
    struct giving_town g;
    open_town(op, &g);
    served(&g, "[" ONE "]");
    test_change(&g.t, g.terms, term(&g, "A")->id, S("{'代码':'甲'}"));
    test_record(&g.t, g.terms, S(LATER));
    memory_lose(&g);
    served(&g, "[" ONE "," LATER "]");
    told(&g, 0, 0, 0);
    int64_t count;
    check(list_count(g.t.tx, g.t.town, &g.t.system, g.terms, S(""), &count) && count == 2);
}

TEST("a row that does not go together with the town's own is told and tried again; all others are given, and the town opens")
{
    struct giving_town g;
    struct record *r;
    open_town(op, &g);
    served(&g, "[" ONE "]");
    id own = test_record(&g.t, g.terms, S("{'代码':'X','版本':1,'名称':'三'}"))->id;
    served(&g, "[" ONE "," LATER "," TWO "]");
    told(&g, 1, 0, 1);
    check_str(g.told.refused[0].start->key, S("C 1"));
    check(g.told.refused[0].trouble.n > 0);
    must(record_withdraw(g.t.tx, g.t.town, &g.t.system, g.terms, own, 0, S("让开"), &r));
    served(&g, "[" ONE "," LATER "," TWO "]");
    told(&g, 1, 0, 0);
    check(store_commit(g.t.tx));
}

TEST("under a snapshot it is told what differs and what is refused, nothing is given or remembered, and the writer's place is free")
{
    static const char newer[] = "[{'代码':'A','版本':1,'名称':'一','数量':12}," LATER "," TWO "]";
    struct giving_town g;
    struct starts_report seen;
    struct tx *tx, *writer;
    struct record *r;
    int64_t before, given;
    bool found;
    const char *known = "select count(*) from ledger_given";
    open_town(op, &g);
    served(&g, "[" ONE "]");
    id own = test_record(&g.t, g.terms, S("{'代码':'X','版本':1,'名称':'三'}"))->id;
    memory_lose(&g);
    test_write(op, g.t.packs, "base/rows/term.json", test_json(op, str_z(newer)));
    check(test_load(&g.t));
    before = facts(&g);
    for (int refused = 1; refused >= 0; refused--) {
        check(store_commit(g.t.tx) && store_begin(g.t.store, op, TX_READ, &tx) && store_begin(g.t.store, op, TX_WRITE, &writer));
        check(town_begin(tx, g.t.town, &seen));
        check(seen.added_count == 0 && seen.differing_count == 1 && seen.refused_count == (size_t)refused);
        check_str(seen.differing[0].start->key, S("A 1"));
        check(!refused || (str_eq(seen.refused[0].start->key, S("C 1")) && seen.refused[0].trouble.n > 0));
        check(store_commit(tx) && store_commit(writer) && store_begin(g.t.store, op, TX_BULK, &g.t.tx));
        check(store_int(g.t.tx, known, ARGS(), &given, &found) && given == 0);
        check_int(facts(&g), before);
        if (refused)
            must(record_withdraw(g.t.tx, g.t.town, &g.t.system, town_ledger(g.t.town, S("期限")), own, 0, S("让开"), &r));
        before = facts(&g);
    }
    check(store_commit(g.t.tx));
}
