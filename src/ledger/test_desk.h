/* A desk at which workbooks are taken in: a small town with two villages, one writing transaction, and workbooks written as
 * people write them. */
#pragma once

#include <stdio.h>
#include <sys/stat.h>

#include "base/test.h"
#include "ledger/check.h"
#include "ledger/excel.h"
#include "xlsx/xlsx.h"

/* ---- a small town ------------------------------------------------------------------------------------------ */

static const char pack_text[] = "{\"业务包\":\"基础\",\"英文名\":\"base\",\"次序\":1}";
static const char group_text[] =
    "{\"台账\":\"村组\",\"英文名\":\"town_group\",\"业务条线\":\"基础\",\"键\":[\"代码\"],\"密级\":\"公开\",\"保管期限\":\"永久\","
    "\"标题\":\"名称\",\"检索\":[\"名称\"],\"字段\":["
    "{\"名\":\"代码\",\"类型\":\"码\",\"必填\":true,\"唯一\":true},{\"名\":\"名称\",\"类型\":\"文40\",\"必填\":true},"
    "{\"名\":\"别名\",\"类型\":\"文80\"},{\"名\":\"上级\",\"类型\":\"引→村组\"}]}";
static const char household_text[] =
    "{\"台账\":\"户\",\"英文名\":\"household\",\"业务条线\":\"基础\",\"键\":[\"户号\"],\"密级\":\"敏感\",\"保管期限\":\"永久\","
    "\"标题\":\"户号\",\"归属\":\"村组\",\"字段\":["
    "{\"名\":\"户号\",\"类型\":\"号\",\"号\":\"{村组.代码}{5}\",\"必填\":true,\"唯一\":true},"
    "{\"名\":\"村组\",\"类型\":\"引→村组\",\"必填\":true,\"索引\":true},{\"名\":\"户主\",\"类型\":\"引→人\"},"
    "{\"名\":\"住址\",\"类型\":\"文100\"}]}";
static const char person_text[] =
    "{\"台账\":\"人\",\"英文名\":\"person\",\"业务条线\":\"基础\",\"键\":[\"证件号\"],\"密级\":\"敏感\",\"保管期限\":\"永久\","
    "\"标题\":\"姓名\",\"归属\":\"户.村组\",\"检索\":[\"姓名\",\"证件号\"],\"字段\":["
    "{\"名\":\"姓名\",\"类型\":\"文30\",\"必填\":true,\"索引\":true},"
    "{\"名\":\"证件类型\",\"类型\":\"枚\",\"选项\":[\"居民身份证\",\"护照\",\"无证\"],\"默认\":\"\\\"居民身份证\\\"\"},"
    "{\"名\":\"证件号\",\"类型\":\"证\",\"核验\":{\"字段\":\"证件类型\",\"值\":[\"居民身份证\"]},\"唯一\":true,\"敏感\":true},"
    "{\"名\":\"性别\",\"类型\":\"算\",\"值类型\":\"文2\","
    "\"算\":\"if modulo(number(substring(证件号, 17, 1)), 2) = 1 then \\\"男\\\" else \\\"女\\\"\"},"
    "{\"名\":\"缺证件号\",\"类型\":\"算\",\"值类型\":\"否\",\"算\":\"证件号 = null\"},"
    "{\"名\":\"户\",\"类型\":\"引→户\",\"必填\":true,\"索引\":true},"
    "{\"名\":\"与户主关系\",\"类型\":\"枚\",\"选项\":[\"户主\",\"配偶\",\"子\",\"女\",\"其他\"],\"必填\":true,"
    "\"同义\":{\"户主\":[\"本人\"],\"配偶\":[\"妻\"],\"子\":[\"长子\"],\"其他\":[\"父亲\"]}},"
    "{\"名\":\"出生日期\",\"类型\":\"算\",\"值类型\":\"日\",\"别名\":[\"出生年月\"],\"算\":\"if 证件类型 = \\\"居民身份证\\\" then "
    "date(number(substring(证件号, 7, 4)), number(substring(证件号, 11, 2)), number(substring(证件号, 13, 2))) else null\"},"
    "{\"名\":\"手机\",\"类型\":\"电\",\"敏感\":true},{\"名\":\"死亡日期\",\"类型\":\"日\"},"
    "{\"名\":\"救助金额\",\"类型\":\"元\",\"别名\":[\"救助情况/金额（元）\"]},{\"名\":\"备注\",\"类型\":\"文200\"}]}";

/* Titles of two words, one of which holds the mark that divides a list. */
static const char hand_text[] =
    "{\"台账\":\"人手\",\"英文名\":\"hand\",\"业务条线\":\"基础\",\"键\":[\"工号\"],\"密级\":\"内部\",\"保管期限\":\"永久\","
    "\"标题\":\"姓名 + \\\" \\\" + 职务\",\"检索\":[\"姓名\"],\"字段\":["
    "{\"名\":\"工号\",\"类型\":\"码\",\"必填\":true,\"唯一\":true},{\"名\":\"姓名\",\"类型\":\"文20\",\"必填\":true},"
    "{\"名\":\"职务\",\"类型\":\"文40\"}]}";
static const char errand_text[] =
    "{\"台账\":\"差事\",\"英文名\":\"errand\",\"业务条线\":\"基础\",\"键\":[\"名称\"],\"密级\":\"内部\",\"保管期限\":\"永久\","
    "\"标题\":\"名称\",\"检索\":[\"名称\"],\"字段\":["
    "{\"名\":\"名称\",\"类型\":\"文40\",\"必填\":true,\"唯一\":true},{\"名\":\"负责人\",\"类型\":\"引→人手\"},"
    "{\"名\":\"参加\",\"类型\":\"多引→人手\"},{\"名\":\"时限\",\"类型\":\"时\"},{\"名\":\"联系人\",\"类型\":\"文20\"}],"
    "\"表头\":[\"名称\",{\"头\":\"联系人\",\"栏\":\"联系人\",\"寻\":\"负责人.姓名\"}]}";

static inline void text_write(struct op *op, str path, str text)
{
    FILE *f = fopen(op_z(op, path), "wb");
    check(f != NULL);
    if (!f)
        return;
    check(fwrite(text.p, 1, text.n, f) == text.n);
    check(fclose(f) == 0);
}

struct desk {
    struct op *op;
    str folder;
    struct store *store;
    struct tx *tx;
    struct town *town;
    struct who who;
    const struct ledger *people, *households;
};

static inline void close_store(void *store)
{
    store_close(store);
}

static inline id group_add(struct desk *d, str code, str name, str upper)
{
    struct json *values;
    struct record *r = NULL;
    struct warning *w;
    str text = op_text(d->op, "{\"代码\":\"%.*s\",\"名称\":\"%.*s\"%s%.*s%s}", PS(code), PS(name),
                       upper.n ? ",\"上级\":\"" : "", PS(upper), upper.n ? "\"" : "");
    check(json_parse(d->op, text, &values) &&
          record_add(d->tx, d->town, &d->who, town_ledger(d->town, S("村组")), values, &w, &r));
    return r ? r->id : (id){0};
}

/* A town with two villages, in a bulk transaction that ends with the op. */
static inline void desk_open(struct op *op, struct desk *d)
{
    *d = (struct desk){.op = op, .who = {.name = S("系统"), .system = true}};
    test_dir_make(op, &d->folder);
    static const char *const folders[] = {"packs", "packs/base", "packs/base/ledgers"};
    for (size_t i = 0; i < COUNT(folders); i++)
        check(mkdir(op_z(op, op_text(op, "%.*s/%s", PS(d->folder), folders[i])), 0700) == 0);
    str packs = op_text(op, "%.*s/packs", PS(d->folder));
    text_write(op, op_text(op, "%.*s/base/pack.json", PS(packs)), str_z(pack_text));
    text_write(op, op_text(op, "%.*s/base/ledgers/town_group.json", PS(packs)), str_z(group_text));
    text_write(op, op_text(op, "%.*s/base/ledgers/household.json", PS(packs)), str_z(household_text));
    text_write(op, op_text(op, "%.*s/base/ledgers/person.json", PS(packs)), str_z(person_text));
    text_write(op, op_text(op, "%.*s/base/ledgers/hand.json", PS(packs)), str_z(hand_text));
    text_write(op, op_text(op, "%.*s/base/ledgers/errand.json", PS(packs)), str_z(errand_text));
    bool opened = store_open(op, op_text(op, "%.*s/data", PS(d->folder)),
                             &(struct store_options){.town = S("152527201")}, &d->store);
    check(opened);
    must(opened);
    op_defer(op, close_store, d->store);
    bool ready = store_begin(d->store, op, TX_BULK, &d->tx) && town_load(d->tx, packs, &d->town);
    for (const struct fault *f = op->faults; f; f = f->next)
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(f->field), PS(f->text));
    must(ready);
    d->people = town_ledger(d->town, S("人"));
    d->households = town_ledger(d->town, S("户"));
    id town = group_add(d, S("00"), S("某镇"), S(""));
    group_add(d, S("01"), S("巴音嘎查"), id_text(op, town));
    group_add(d, S("02"), S("白音村"), id_text(op, town));
}

static inline int64_t count_of(struct desk *d, const struct ledger *l)
{
    int64_t n = -1;
    bool found;
    check(store_int(d->tx,
                    op_z(d->op, op_text(d->op, "select count(*) from now_%.*s where removed = 0", PS(l->english))),
                    ARGS(), &n, &found));
    return n;
}

/* One person by name. */
static const struct json *person_named(struct desk *d, str name, struct record **ret)
{
    static const struct json nobody = {0};
    struct rows *rows;
    bool found;
    check(store_query(d->tx, "select record from now_person where \"姓名\" = $1", ARGS(TEXT(name)), &rows) &&
          rows_next(rows, &found));
    if (!found) {
        test_failed(__FILE__, __LINE__, "nobody is called %.*s", PS(name));
        return &nobody;
    }
    id person = rows_id(rows, 0);
    check(rows_next(rows, &found) && !found);
    struct record *r = NULL;
    bool got = record_get(d->tx, d->town, &d->who, d->people, person, &r);
    check(got);
    must(got);
    if (ret)
        *ret = r;
    return r->values;
}

/* ---- workbooks --------------------------------------------------------------------------------------------- */

/* Rows end with \n, cells are divided by |. "#12" a number, "@2021-12-03" a date, "_" a styled blank, "^" nothing
 * (merged), ⏎ a line break inside a cell; a row "----" leaves 200 styled blank rows. */
static inline void sheet_put(struct op *op, struct xlsx_out *out, str name, str text)
{
    xlsx_sheet(out, &(struct xlsx_page){.name = name});
    for (str line; text.n;) {
        str_split(text, '\n', &line, &text);
        if (str_eq(line, S("----"))) {
            for (int i = 0; i < 200; i++) {
                xlsx_row(out, 0);
                for (int k = 0; k < 6; k++)
                    xlsx_blank(out, XLSX_PARAGRAPH);
            }
            continue;
        }
        xlsx_row(out, 0);
        for (str cell; line.n;) {
            str_split(line, '|', &cell, &line);
            str rest = str_part(cell, 1, cell.n), head, tail;
            day d;
            if (cell.n == 0 || str_eq(cell, S("^")))
                xlsx_skip(out, 1);
            else if (cell.p[0] == '#')
                xlsx_number(out, XLSX_DEFAULT, rest);
            else if (cell.p[0] == '@' && day_parse(rest, &d))
                xlsx_day(out, XLSX_DATE, d);
            else if (str_eq(cell, S("_")))
                xlsx_blank(out, XLSX_PARAGRAPH);
            else {
                size_t at;
                if (str_find(cell, S("⏎"), &at)) {
                    head = str_part(cell, 0, at);
                    tail = str_part(cell, at + S("⏎").n, cell.n);
                    cell = op_text(op, "%.*s\n%.*s", PS(head), PS(tail));
                }
                xlsx_text(out, XLSX_PARAGRAPH, cell);
            }
        }
    }
}

static inline str book_make(struct desk *d, str name, str sheet, const char *text, const struct xlsx_range *merges,
                     size_t merge_count)
{
    struct xlsx_out *out;
    str path = op_text(d->op, "%.*s/%.*s", PS(d->folder), PS(name));
    check(xlsx_create(d->op, path, &out));
    sheet_put(d->op, out, sheet, str_z(text));
    for (size_t i = 0; i < merge_count; i++)
        xlsx_merge(out, merges[i].row, merges[i].column, merges[i].row_last, merges[i].column_last);
    check(xlsx_end(out));
    return path;
}

static inline bool import_it(struct desk *d, const struct import_options *o, struct import_report *r)
{
    *r = (struct import_report){0};
    return import_workbook(d->tx, d->town, &d->who, d->people, o, r);
}

static inline void report_is(struct desk *d, const struct import_report *r, int line, int rows, int added, int changed,
                      int unchanged, int bad)
{
    if (r->rows == rows && r->added == added && r->changed == changed && r->unchanged == unchanged && r->bad == bad)
        return;
    struct buf b;
    buf_init(&b, d->op, 0);
    if (r->errors)
        json_value(&(struct json_out){.b = &b}, r->errors);
    if (r->warnings)
        json_value(&(struct json_out){.b = &b}, r->warnings);
    test_failed(__FILE__, line, "rows %lld added %lld changed %lld unchanged %lld bad %lld skipped %lld: %.*s",
                (long long)r->rows, (long long)r->added, (long long)r->changed, (long long)r->unchanged,
                (long long)r->bad, (long long)r->skipped, PS(buf_str(&b)));
    for (const struct fault *f = d->op->faults; f; f = f->next)
        test_failed(__FILE__, line, "%.*s: %.*s", PS(f->field), PS(f->text));
}
#define REPORT(r, ...) report_is(&d, &(r), __LINE__, __VA_ARGS__)

static inline bool said(struct desk *d, const struct json *list, const char *words)
{
    struct buf b;
    size_t at;
    buf_init(&b, d->op, 0);
    json_value(&(struct json_out){.b = &b}, list);
    if (str_find(buf_str(&b), str_z(words), &at))
        return true;
    printf("# said: %.*s\n", PS(buf_str(&b)));
    return false;
}

/* Synthetic people; the numbers pass their check. */
#define ZHANG "152527198001010015"
#define LI "152527198203040028"
#define WANG "152527200505060032"
#define ZHAO "152527196607080043"
#define QIAN "152527199009090050"
#define SUN "152527199101010068"
