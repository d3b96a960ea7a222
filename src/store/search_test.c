/* Search as you type. */
#include "base/test.h"
#include "store/inside.h"

enum { TERMS = 5 };

struct entry {
    str ledger;
    int record, group;
    str title;
    struct search_term terms[TERMS];
};
static const struct entry entries[] = {
    {SC("person"),
     1,
     1,
     SC("张三"),
     {{SEARCH_TEXT, SC("张三")},
      {SEARCH_WORD, SC("zhangsan")},
      {SEARCH_INITIALS, SC("zs")},
      {SEARCH_TAIL, SC("152524198703051234")}}},
    {SC("person"),
     2,
     2,
     SC("张三丰"),
     {{SEARCH_TEXT, SC("张三丰")},
      {SEARCH_WORD, SC("zhangsanfeng")},
      {SEARCH_INITIALS, SC("zsf")},
      {SEARCH_LATER, SC("sanfeng")},
      {SEARCH_TAIL, SC("15252419500101567X")}}},
    {SC("person"),
     3,
     1,
     SC("小张三"),
     {{SEARCH_TEXT, SC("小张三")},
      {SEARCH_WORD, SC("xiaozhangsan")},
      {SEARCH_INITIALS, SC("xzs")},
      {SEARCH_TAIL, SC("13848961234")}}},
    {SC("person"),
     4,
     1,
     SC("巴特尔·其其格"),
     {{SEARCH_TEXT, SC("巴特尔•其其格")}, {SEARCH_WORD, SC("bateerqiqige")}, {SEARCH_INITIALS, SC("bteqqg")}}},
    {SC("shop"), 1, 0, SC("张三商店"), {{SEARCH_TEXT, SC("张三商店 Ａ座")}, {SEARCH_WORD, SC("zhangsanshangdian")}}},
};

static id id_at(int high, int low)
{
    id x = {0};
    x.b[0] = (uint8_t)high;
    x.b[15] = (uint8_t)low;
    return low ? x : (id){0};
}

static struct tx *filled(struct op *op, struct store **ret)
{
    str folder;
    struct tx *tx;
    test_dir_make(op, &folder);
    must(store_open(op, folder, &(struct store_options){0}, ret) && store_begin(*ret, op, TX_WRITE, &tx));
    for (size_t i = 0; i < COUNT(entries); i++) {
        size_t count = 0;
        while (count < TERMS && entries[i].terms[count].text.n)
            count++;
        must(search_put(tx, entries[i].ledger, id_at(1, entries[i].record), id_at(2, entries[i].group),
                        entries[i].title, entries[i].terms, count));
    }
    return tx;
}

static str found_by(struct tx *tx, struct search_query *q)
{
    struct search_hit *hits;
    size_t count;
    struct buf b;
    buf_init(&b, tx->op, 0);
    if (!search_find(tx, q, &hits, &count))
        return S("false");
    for (size_t i = 0; i < count; i++)
        buf_text(&b, "%s%.*s", i ? " " : "", PS(hits[i].title));
    return buf_str(&b);
}

static const struct search_scope whole[] = {{.ledger = SC("person"), .whole_town = true},
                                            {.ledger = SC("shop"), .whole_town = true}};

TEST("people are found by any part of a name, by pinyin, initials and the tail of a number; equal first, then "
     "beginnings")
{
    static const struct {
        str typed, found;
    } cases[] = {
        {SC("张三"), SC("张三 张三丰 张三商店 小张三")},
        {SC("三"), SC("张三 小张三 张三丰 张三商店")},
        {SC("丰"), SC("张三丰")},
        {SC("zs"), SC("张三 张三丰")},
        {SC("ZhangSan"), SC("张三 张三丰 张三商店")},
        {SC("zhangs"), SC("张三 张三丰 张三商店")},
        {SC("hangsan"), SC("")},
        {SC("sanf"), SC("张三丰")},
        {SC("1234"), SC("小张三 张三")},
        {SC("１２３４"), SC("小张三 张三")},
        {SC("567x"), SC("张三丰")},
        {SC("1525241987"), SC("张三")},
        {SC("152524198703051234"), SC("张三")},
        {SC("52524"), SC("")},
        {SC("特尔·其"), SC("巴特尔·其其格")},
        {SC("张三 1234"), SC("张三 小张三")},
        {SC("  张三　zs  "), SC("张三 张三丰")},
        {SC("张三 座"), SC("张三商店")},
        {SC("a座"), SC("张三商店")},
        {SC("李"), SC("")},
        {SC(""), SC("")},
        {SC("   "), SC("")},
        {SC("%"), SC("")},
        {SC("\xE5\xBC"), SC("")},
    };
    struct store *store;
    struct tx *tx = filled(op, &store);
    bool more;
    for (int listed = 0; listed < 2; listed++) { /* as a tail and as a list: no difference */
        for (size_t i = 0; i < COUNT(cases); i++)
            check_str(found_by(tx, &(struct search_query){.typed = cases[i].typed, .scopes = whole, .scope_count = 2}),
                      cases[i].found);
        check(search_list(tx, true, &more) && !more);
    }
    store_abandon(tx);
    store_close(store);
}

static bool not_the_shop(void *context, const struct search_hit *hit)
{
    ++*(int *)context;
    return !str_eq(hit->ledger, S("shop"));
}

TEST("of records that match equally well those of the smaller order stand first, however many of the others there are; what matches better stays before")
{
    enum { NAMESAKES = 300 };
    static const struct search_scope orders[] = {{.ledger = SC("person"), .order = 1, .whole_town = true},
                                                 {.ledger = SC("shop"), .order = 0, .whole_town = true},
                                                 {.ledger = SC("case"), .order = 2, .whole_town = true}};
    struct store *store;
    struct tx *tx = filled(op, &store);
    bool more;
    const struct search_term name = {SEARCH_TEXT, S("王五")}, longer = {SEARCH_TEXT, S("王五商店")};
    for (int i = 0; i < NAMESAKES; i++) {
        check(search_put(tx, S("case"), id_at(3 + i / 255, 1 + i % 255), (id){0}, S("王五的事"), &name, 1));
        check(search_put(tx, S("person"), id_at(3 + i / 255, 1 + i % 255), id_at(2, 1), S("王五"), &name, 1));
    }
    check(search_put(tx, S("shop"), id_at(9, 1), (id){0}, S("王五商店"), &longer, 1));
    check(search_put(tx, S("shop"), id_at(9, 2), (id){0}, S("王五干部"), &name, 1));
    for (int listed = 0; listed < 2; listed++) {
        check_str(found_by(tx, &(struct search_query){.typed = S("王五"), .scopes = orders, .scope_count = 3, .limit = 3}),
                  S("王五干部 王五 王五"));
        check_str(found_by(tx, &(struct search_query){.typed = S("王"), .scopes = orders, .scope_count = 3, .limit = 3}),
                  S("王五干部 王五商店 王五"));
        check(search_list(tx, true, &more) && !more);
    }
    store_abandon(tx);
    store_close(store);
}

TEST("initials stand behind all that begins as typed, in the tail and in the list, however many there are; their whole before their beginning, later terms last")
{
    enum { NAMESAKES = 100 };
    struct store *store;
    struct tx *tx = filled(op, &store);
    bool more;
    static const struct {
        str title;
        struct search_term term;
    } others[] = {{SC("王安"), {SEARCH_LATER, SC("an")}}, {SC("安娜"), {SEARCH_WORD, SC("anna")}}, {SC("阿娜尔"), {SEARCH_INITIALS, SC("ane")}},
                  {SC("安"), {SEARCH_WORD, SC("an")}}, {SC("商店an"), {SEARCH_TEXT, SC("商店an")}}};
    const struct search_term initials = {SEARCH_INITIALS, S("an")};
    for (int i = 0; i < NAMESAKES; i++)
        check(search_put(tx, S("person"), id_at(3, 1 + i), id_at(2, 1), S("阿娜"), &initials, 1));
    for (size_t i = 0; i < COUNT(others); i++)
        check(search_put(tx, S("person"), id_at(4, 1 + (int)i), id_at(2, 1), others[i].title, &others[i].term, 1));
    for (int listed = 0; listed < 2; listed++) {
        struct search_query q = {.typed = S("an"), .scopes = whole, .scope_count = 2, .limit = 5};
        check_str(found_by(tx, &q), S("安 安娜 商店an 阿娜 阿娜"));
        q.limit = SEARCH_LIMIT_MAX;
        str all = found_by(tx, &q);
        check(str_ends(all, S("阿娜 阿娜 阿娜尔 王安")));
        check(search_list(tx, true, &more) && !more);
    }
    store_abandon(tx);
    store_close(store);
}

TEST("only what the person may see is found: ledgers, groups, and a further condition")
{
    const id group = id_at(2, 1);
    const struct search_scope own[] = {{.ledger = S("person"), .groups = &group, .group_count = 1}};
    struct store *store;
    struct tx *tx = filled(op, &store);
    int asked = 0;
    check_str(found_by(tx, &(struct search_query){.typed = S("张三"), .scopes = own, .scope_count = 1}), S("张三 小张三"));
    check_str(found_by(tx, &(struct search_query){.typed = S("张三"), .scopes = whole + 1, .scope_count = 1}), S("张三商店"));
    check_str(found_by(tx, &(struct search_query){.typed = S("张三")}), S(""));
    check_str(found_by(tx, &(struct search_query){.typed = S("张三"), .scopes = whole, .scope_count = 2, .limit = 2}),
              S("张三 张三丰"));
    check_str(
        found_by(tx,
                 &(struct search_query){
                     .typed = S("张三"), .scopes = whole, .scope_count = 2, .keep = not_the_shop, .context = &asked}),
        S("张三 张三丰 小张三"));
    check(asked >= 4);
    store_abandon(tx);
    store_close(store);
}

TEST("of very many in the tail that match equally well only those are asked about that may be shown, the oldest")
{
    enum { NAMESAKES = 2000, SHOWN = 5 };
    struct store *store;
    struct tx *tx = filled(op, &store);
    struct search_hit *hits;
    size_t count;
    int asked = 0;
    const struct search_term name = {SEARCH_TEXT, S("王五")};
    for (int i = 0; i < NAMESAKES; i++)
        check(search_put(tx, S("person"), id_at(3 + i / 255, 1 + i % 255), id_at(2, 1), S("王五"), &name, 1));
    check(search_find(tx, &(struct search_query){.typed = S("王五"), .scopes = whole, .scope_count = 2, .limit = SHOWN, .keep = not_the_shop, .context = &asked},
                      &hits, &count) && count == SHOWN);
    check(asked <= 2 * SHOWN);
    for (int i = 0; i < SHOWN; i++)
        check(id_eq(hits[i].record, id_at(3, 1 + i)));
    store_abandon(tx);
    store_close(store);
}

TEST("a hit says what matched and how well")
{
    struct store *store;
    struct tx *tx = filled(op, &store);
    struct search_hit *hits;
    size_t count;
    check(
        search_find(tx, &(struct search_query){.typed = S("1234"), .scopes = whole, .scope_count = 1}, &hits, &count) &&
        count == 2);
    check(hits[0].kind == SEARCH_TAIL && hits[0].rank == 2 && id_eq(hits[0].record, id_at(1, 3)));
    check_str(hits[0].matched, S("13848961234"));
    check_str(hits[1].matched, S("152524198703051234"));
    check_str(hits[0].ledger, S("person"));
    store_abandon(tx);
    store_close(store);
}

TEST("a changed record is found by its new words only, a removed one by none, and nothing of them stays in the list")
{
    struct store *store;
    struct tx *tx = filled(op, &store);
    struct search_query q = {.scopes = whole, .scope_count = 2};
    int64_t n;
    bool found;
    bool more;
    check(search_list(tx, true, &more)); /* old entries must leave the list, new ones are in the tail */
    const struct search_term term = {SEARCH_TEXT, S("李四")};
    check(search_put(tx, S("person"), id_at(1, 1), id_at(2, 2), S("李四"), &term, 1));
    check(search_put(tx, S("person"), id_at(1, 1), id_at(2, 2), S("李四"), &term, 1));
    q.typed = S("李");
    check_str(found_by(tx, &q), S("李四"));
    q.typed = S("张三");
    check_str(found_by(tx, &q), S("张三丰 张三商店 小张三"));
    check(search_list(tx, true, &more));
    check_str(found_by(tx, &q), S("张三丰 张三商店 小张三"));
    for (size_t i = 0; i < COUNT(entries); i++)
        check(search_remove(tx, entries[i].ledger, id_at(1, entries[i].record)));
    check(search_remove(tx, S("person"), id_at(1, 77)));
    check(store_int(tx, "select (select count(*) from search_term) + (select count(*) from search_doc)", ARGS(), &n,
                    &found) &&
          n == 0);
    check(store_commit(tx));
    store_close(store);
}

TEST("a very long word and many words are searched by what is kept of them")
{
    struct store *store;
    struct tx *tx = filled(op, &store);
    const struct search_term term = {SEARCH_TEXT, S("一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十甲乙丙丁")};
    struct search_query q = {.scopes = whole, .scope_count = 2, .typed = term.text};
    check(search_put(tx, S("person"), id_at(1, 50), id_at(2, 1), S("长"), &term, 1));
    check_str(found_by(tx, &q), S("长"));
    q.typed = S("一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十甲乙丙丁戊");
    check_str(found_by(tx, &q), S(""));
    q.typed = S("丙丁");
    check_str(found_by(tx, &q), S("长"));
    q.typed = S("一 二 三 四 五 六 七 八 九 十 甲 乙 丙 丁 一 二 三 四 五 六 七 八 九 十 甲 乙 丙 丁 一 二 三 四 五 六 七 八 九 十 甲 乙 丙 丁");
    check_str(found_by(tx, &q), S("长"));
    store_abandon(tx);
    store_close(store);
}

TEST("a long tail is moved into the list in batches while others save, and search finds the same at every moment")
{
    enum { PEOPLE = 5200 };
    str folder;
    struct store *store;
    struct tx *tx;
    test_dir_make(op, &folder);
    must(store_open(op, folder, &(struct store_options){0}, &store));
    int64_t tail = PEOPLE;
    for (int n = 0; n < PEOPLE; n += 400) {
        check(store_begin(store, op, TX_WRITE, &tx));
        for (int i = n; i < n + 400; i++) {
            struct mark mark = op_mark(op);
            const struct search_term term = {SEARCH_TAIL, op_text(op, "%05d", i)};
            check(search_put(tx, S("person"), id_at(1 + i / 255, 1 + i % 255), id_at(2, 1), term.text, &term, 1));
            op_reset(op, mark);
        }
        check(store_commit(tx));
        check(store_begin(store, op, TX_READ, &tx));
        check_str(
            found_by(tx, &(struct search_query){.typed = op_text(op, "%05d", n), .scopes = whole, .scope_count = 2}),
            op_text(op, "%05d", n));
        check_str(found_by(tx,
                           &(struct search_query){
                               .typed = op_text(op, "%04d", n / 10), .scopes = whole, .scope_count = 2, .limit = 1}),
                  op_text(op, "%05d", n));
        check(store_commit(tx));
    }
    while (tail >= SEARCH_TAIL_MAX) { /* the keeper is at work, on a busy machine for long */
        struct mark mark = op_mark(op);
        check(store_begin(store, op, TX_READ, &tx) && search_tail(tx, &tail));
        check_str(found_by(tx, &(struct search_query){.typed = S("05199"), .scopes = whole, .scope_count = 2}),
                  S("05199"));
        check_str(found_by(tx, &(struct search_query){.typed = S("00000"), .scopes = whole, .scope_count = 2}),
                  S("00000"));
        check(store_commit(tx));
        op_reset(op, mark);
    }
    store_close(store);
}

/* What the list has of records that are not there. */
static int64_t left_over(struct tx *tx)
{
    int64_t count = -1;
    bool found;
    must(store_int(tx, "select count(*) from search_term t where not exists (select 1 from search_doc d where d.no = t.doc)",
                   ARGS(), &count, &found));
    return count;
}

TEST("a tail of very many is merged into the list; broken off halfway, changed and removed meanwhile, it is merged again and nothing of it is left over")
{
    enum { PEOPLE = 30000 };
    struct failing_engine engine;
    str folder;
    struct store *store;
    struct tx *tx;
    int64_t tail, terms;
    bool found;
    failing_init(&engine, &store_sqlite);
    test_dir_make(op, &folder);
    must(store_open(op, folder, &(struct store_options){.engine = &engine.engine}, &store));
    check(store_begin(store, op, TX_BULK, &tx) && /* as an import does it: the keeper lets it be until all is there */
          store_run(tx, "insert into store_due (town, name, after) values ($1, 'person', 0)", ARGS(TEXT(store_town(tx))), NULL));
    for (int i = 0; i < PEOPLE; i++) {
        struct mark mark = op_mark(op);
        const struct search_term term = {SEARCH_TAIL, op_text(op, "%d", 100000 + i)};
        check(search_add(tx, S("person"), id_at(1 + i / 255, 1 + i % 255), id_at(2, 1), term.text, &term, 1));
        op_reset(op, mark);
    }
    check(store_commit(tx));
    engine.fail_with = ENGINE_FULL;
    engine.fail_commit = engine.commits + 2; /* of the list's pieces the first is kept */
    check(!search_settle(store, op) && op_has_fault(op, FAULT_SYSTEM));
    op_forgive(op, 0);
    check(store_begin(store, op, TX_WRITE, &tx));
    check(store_int(tx, "select count(*) from search_term", ARGS(), &terms, &found) && terms > 0 && terms < 2 * PEOPLE);
    const struct search_term other = {SEARCH_TAIL, S("999999")};
    check(search_remove(tx, S("person"), id_at(1, 1)));
    check(search_put(tx, S("person"), id_at(1, 2), id_at(2, 1), S("999999"), &other, 1) && store_commit(tx));
    check(search_settle(store, op));
    check(store_begin(store, op, TX_READ, &tx) && search_tail(tx, &tail));
    check(tail < SEARCH_TAIL_MAX);
    check_int(left_over(tx), 0);
    check(store_int(tx, "select count(*) from search_term", ARGS(), &terms, &found));
    check_int(terms, 2 * (PEOPLE - 2) + 2 * (tail == 0));
    for (int i = 0; i < PEOPLE; i += 1000) {
        str title = op_text(op, "%d", 100000 + i);
        check_str(found_by(tx, &(struct search_query){.typed = title, .scopes = whole, .scope_count = 2}), i ? title : S(""));
    }
    check_str(found_by(tx, &(struct search_query){.typed = S("100001"), .scopes = whole, .scope_count = 2}), S(""));
    check_str(found_by(tx, &(struct search_query){.typed = S("99999"), .scopes = whole, .scope_count = 2}), S("999999"));
    check(store_commit(tx));
    store_close(store);
}

static void crowd_put(struct store *store, struct op *op, int from, int count)
{
    struct tx *tx;
    check(store_begin(store, op, TX_BULK, &tx));
    for (int i = from; i < from + count; i++) {
        struct mark mark = op_mark(op);
        const struct search_term term = {SEARCH_TEXT, S("众人")};
        const id record = {.b = {9, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
        check(search_add(tx, S("person"), record, id_at(2, 1), term.text, &term, 1));
        op_reset(op, mark);
    }
    check(store_commit(tx));
}

static void single_put(struct store *store, struct op *op, int low, str name)
{
    struct tx *tx;
    const struct search_term term = {SEARCH_TEXT, name};
    check(store_begin(store, op, TX_WRITE, &tx));
    check(search_put(tx, S("person"), id_at(1, low), id_at(2, 1), name, &term, 1) && store_commit(tx));
}

static void found_in(struct store *store, struct op *op, str typed, str expected)
{
    struct tx *tx;
    check(store_begin(store, op, TX_READ, &tx));
    check_str(found_by(tx, &(struct search_query){.typed = typed, .scopes = whole, .scope_count = 2}), expected);
    check(store_commit(tx));
}

TEST("who is saved before, between and after very many that come at once is found at every moment")
{
    enum { CROWD = 25000 };
    static const str names[] = {SC("前某"), SC("间某"), SC("后某")};
    struct store *store;
    struct tx *tx;
    str folder;
    int64_t crowds;
    bool found;
    test_dir_make(op, &folder);
    check(store_open(op, folder, &(struct store_options){0}, &store) && store_begin(store, op, TX_BULK, &tx));
    /* as an import does it: the keeper lets the tail be until all is there */
    check(store_run(tx, "insert into store_due (town, name, after) values ($1, 'person', 0)", ARGS(TEXT(store_town(tx))), NULL));
    check(store_commit(tx));
    for (int i = 0; i < (int)COUNT(names); i++) {
        single_put(store, op, 1 + i, names[i]);
        crowd_put(store, op, i * CROWD, CROWD);
        for (int k = 0; k <= i; k++)
            found_in(store, op, names[k], names[k]);
    }
    single_put(store, op, 1, S("改某")); /* who was the first of all */
    found_in(store, op, S("前某"), S(""));
    found_in(store, op, S("改某"), S("改某"));
    check(search_settle(store, op));
    found_in(store, op, S("间某"), S("间某"));
    found_in(store, op, S("改某"), S("改某"));
    check(store_begin(store, op, TX_READ, &tx) && store_int(tx, "select count(*) from search_crowd", ARGS(), &crowds, &found));
    check_int(crowds, 0); /* the list has all of them */
    check(store_commit(tx));
    store_close(store);
}
