/* What a bulk remembers of its rules. */
#include "ledger/record_bulk.h"
#include "ledger/test_town.h"

#define RULES                                                                                                                  \
    "{'名':'生死','条件':'死亡日期 >= 出生','提示':'早于出生','字段':'死亡日期'},\n"                                               \
    "{'名':'将来','条件':'死亡日期 <= today()','提示':'在今天以后','字段':'死亡日期'},\n"                                          \
    "{'名':'慎言','条件':'备注 = null or not(contains(备注, `坏`))','提示':'不要写坏话','字段':'备注'},\n"                         \
    "{'名':'有户','条件':'户.住址 != `空房`','提示':'空房不住人','字段':'户'},\n"                                                 \
    "{'名':'富裕','条件':'补助 < 100','提示':'补助偏高','字段':'补助','级别':'提醒'}"

/* Refused, and why; a warning; or nothing. */
static str outcome(struct op *op, bool done, const struct warning *warnings)
{
    str said = done ? S("") : op_copy(op, test_fault(op)->text);
    op_forgive(op, 0);
    return done && warnings ? op_copy(op, warnings->text) : said;
}

TEST("each row of a bulk is told by each rule what it would be told alone, whatever the rows before it were told")
{
    struct test_town t;
    struct bulk *bulk;
    test_town_open(op, &t);
    test_define(&t, "person",
                "{'台账':'人','英文名':'person','业务条线':'基础','键':['证件号'],'密级':'敏感','保管期限':'永久','标题':'姓名',"
                "'归属':'户.村组','检索':['姓名','证件号'],'规则':[" RULES "],'字段':[" TOWN_PERSON_FIELDS "]}");
    check(test_load(&t));
    const str lived = id_text(op, test_household(&t, t.east_one, "东头")),
              empty = id_text(op, test_household(&t, t.east_one, "空房"));
    const char *const notes[] = {"null", "'好'", "'坏'", "'一段很长很长很长很长很长很长很长很长很长很长很长的好话'",
                                 "'一段很长很长很长很长很长很长很长很长很长很长很长的坏话'"};
    const time_ms first = op->now;
    const struct date tomorrow = date_of(day_at(first) + 1);
    const str deaths[] = {S("null"), S("'1950-01-01'"), S("'2001-01-01'"),
                          op_text(op, "'%d-%02d-%02d'", tomorrow.year, tomorrow.month, tomorrow.day)};
    int different = 0, refused = 0, warned = 0;
    check(bulk_begin(t.tx, t.town, &t.system, t.people, ACT_IMPORT, &bulk));
    for (int i = 0; i < 600; i++) {
        struct mark mark = op_mark(op);
        struct bulk_done done = {0};
        struct record *record;
        struct warning *warnings = NULL;
        /* each combination stands beside itself, and beside others */
        int k = i / 2 * 7 % 300;
        op->now = first + (k % 3 == 1 && i % 2 ? 86400000 : 0); /* tomorrow the same death is not in the future */
        str values[2];
        for (int n = 0; n < 2; n++)
            values[n] = op_text(op, "{'姓名':'甲','证件号':'%.*s','户':'%.*s','死亡日期':%.*s,'备注':%s,'补助':%d}",
                                PS(test_citizen(op, k % 3 ? 19600101 : 20010102, 2 * (i % 400) + n)),
                                PS(k % 11 ? lived : empty), PS(deaths[k % 4]), notes[k / 4 % 5], k % 2 ? 50 : 200);
        bool added = bulk_add(bulk, test_values(op, op_z(op, values[0])), &done);
        str together = outcome(op, added, done.warnings);
        added = record_add(t.tx, t.town, &t.system, t.people, test_values(op, op_z(op, values[1])), &warnings, &record);
        str alone = outcome(op, added, warnings);
        different += !str_eq(together, alone);
        refused += !added;
        warned += added && alone.n;
        op_reset(op, mark);
    }
    check_int(different, 0);
    check(refused > 100 && refused < 500 && warned > 20);
}
