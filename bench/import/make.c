/* A roll of so many people in 12 columns, as one town would have it if it were a hundred times larger: make OUT.xlsx ROWS CODE=GROUP…
 * Every third person begins a household; numbers are valid and belong to nobody. Without groups: a list of 退役军人 that names as
 * many of these people, in an order of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xlsx/xlsx.h"

enum { COLUMNS = 12, HOUSEHOLD = 3, ORDERS = 1000, HOUSEHOLDS_MAX = 99999, STEP = 7919 /* a prime */ };

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "乌云", "巴特尔"};
static const char *const given[] = {"伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟"};

static str name_of(struct op *op, int i)
{
    return op_text(op, "%s%s%s", surnames[i % (int)COUNT(surnames)], given[i / 7 % (int)COUNT(given)],
                   i % 2 ? given[i / 113 % (int)COUNT(given)] : "");
}

static str number_of(struct op *op, int i)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    struct date d = date_of(day_of(1935, 1, 1) + i / ORDERS * 13 % 31000);
    str s = op_text(op, "152524%04d%02d%02d%03d", d.year, d.month, d.day, i % ORDERS);
    int sum = 0;
    for (size_t k = 0; k < s.n; k++)
        sum += (s.p[k] - '0') * weights[k];
    return op_text(op, "%.*s%c", PS(s), "10X98765432"[sum % 11]);
}

static void sheet_begin(struct xlsx_out *out, str name, const char *const *headings, size_t count)
{
    static const struct xlsx_column columns[COLUMNS];
    xlsx_sheet(out, &(struct xlsx_page){.name = name, .columns = columns, .column_count = count, .freeze_rows = 1});
    xlsx_row(out, 0);
    for (size_t c = 0; c < count; c++)
        xlsx_text(out, XLSX_HEADING, str_z(headings[c]));
}

static void roll_write(struct op *op, struct xlsx_out *out, int rows, char **group_names, int groups)
{
    static const char *const headings[COLUMNS] = {"村组", "户号", "户主", "姓名", "证件类型", "证件号",
                                                  "民族", "与户主关系", "居住状态", "政治面貌", "文化程度", "手机"};
    static const char *const relations[HOUSEHOLD] = {"户主", "配偶", "子"};
    static const char *const schools[] = {"文盲", "小学", "初中", "高中", "大专"};
    sheet_begin(out, S("花名册"), headings, COLUMNS);
    for (int i = 0; i < rows && xlsx_row(out, 0); i++) {
        struct mark mark = op_mark(op);
        int household = i / HOUSEHOLD, head = household * HOUSEHOLD;
        str code, group;
        str_split(str_z(group_names[household % groups]), '=', &code, &group);
        const str cells[COLUMNS] = {group, op_text(op, "%.*s%05d", PS(code), household / groups + 1),
                                    name_of(op, head), name_of(op, i), S("居民身份证"), number_of(op, i),
                                    i % 3 ? S("汉族") : S("蒙古族"), str_z(relations[i % HOUSEHOLD]),
                                    i % 5 ? S("常住") : S("外出半年以上"), S("群众"),
                                    str_z(schools[i % (int)COUNT(schools)]), op_text(op, "139%08d", i)};
        for (int c = 0; c < COLUMNS; c++)
            xlsx_text(out, c == 5 || c == 1 || c == 11 ? XLSX_ID : XLSX_CENTRED, cells[c]);
        op_reset(op, mark);
    }
}

/* The number finds the person; name and telephone are compared with the register. */
static void names_write(struct op *op, struct xlsx_out *out, int rows)
{
    static const char *const headings[] = {"姓名", "身份证号", "入伍时间", "退役时间", "类别", "联系电话"};
    static const char *const kinds[] = {"退役义务兵", "退役军士", "转业军官", "参战涉核"};
    sheet_begin(out, S("名单"), headings, COUNT(headings));
    for (int i = 0; i < rows && xlsx_row(out, 0); i++) {
        struct mark mark = op_mark(op);
        int who = (int)((int64_t)i * STEP % rows);
        const str cells[] = {name_of(op, who), number_of(op, who), op_text(op, "%d-12-01", 1970 + i % 40),
                             op_text(op, "%d-12-01", 1974 + i % 40), str_z(kinds[i % (int)COUNT(kinds)]),
                             op_text(op, "139%08d", who)};
        for (size_t c = 0; c < COUNT(cells); c++)
            xlsx_text(out, c == 1 || c == 5 ? XLSX_ID : XLSX_CENTRED, cells[c]);
        op_reset(op, mark);
    }
}

int main(int argc, char **argv)
{
    struct op op;
    struct xlsx_out *out;
    int rows = argc > 2 ? atoi(argv[2]) : 0, groups = argc - 3;
    if (rows < 1 || (groups && rows / HOUSEHOLD / groups > HOUSEHOLDS_MAX))
        return 2;
    op_init(&op, 0, 1);
    if (!xlsx_create(&op, str_z(argv[1]), &out))
        return 1;
    if (groups)
        roll_write(&op, out, rows, argv + 3, groups);
    else
        names_write(&op, out, rows);
    return xlsx_end(out) ? 0 : 1;
}
