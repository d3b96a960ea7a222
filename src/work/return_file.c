/* A bank's return as the bank gives it: a workbook or CSV with a heading, in whatever order. Columns are known by the
 * names of the fields they belong to and by those fields' 别名; what stands above the heading and below the lines
 * (totals, seals) is passed over. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "ledger/excel.h"
#include "work/sums_keep.h"
#include "xlsx/xlsx.h"

enum { HEADING_ROWS = 20, COLUMNS = 64, FILE_BYTES_MAX = 16 << 20 };
enum { RC_ACCOUNT, RC_AMOUNT, RC_RESULT, RC_REASON, RC_PAYEE, RC_COUNT }; /* the first three must be there */
static const struct {
    str member;              /* of a line, as when it is pasted */
    int slot;
} columns[RC_COUNT] = {{SC("账号"), BL_ACCOUNT},
                       {SC("金额"), BL_AMOUNT},
                       {SC("结果"), BL_RESULT},
                       {SC("原因"), BL_FAILURE},
                       {SC("户名"), BL_PAYEE}};

struct sheet_reading {
    const struct doing *d;
    size_t at[RC_COUNT];     /* column of each, from 1; 0: none */
    bool headed;
    size_t rows;             /* read so far */
    struct json *lines, **end;
};

static bool means(const struct doing *d, const struct field *f, str heading)
{
    struct op *op = d->op;
    bool same = str_eq(heading, excel_unbracketed(op, excel_heading(op, f->name)));
    for (size_t i = 0; i < f->alias_count; i++)
        same = same || str_eq(heading, excel_unbracketed(op, excel_heading(op, f->aliases[i])));
    return same;
}

/* Is this row the heading? */
static bool heading_found(struct sheet_reading *r, const str *cells, size_t count)
{
    const struct doing *d = r->d;
    size_t at[RC_COUNT] = {0};
    for (size_t i = 0; i < count; i++) {
        str heading = excel_unbracketed(d->op, excel_heading(d->op, cells[i]));
        for (int k = 0; k < RC_COUNT && heading.n; k++) {
            const struct field *f = d->work->parts[B_LINE].fields[columns[k].slot];
            if (f && !at[k] && means(d, f, heading))
                at[k] = i + 1;
        }
    }
    if (!at[RC_ACCOUNT] || !at[RC_AMOUNT] || !at[RC_RESULT])
        return false;
    memcpy(r->at, at, sizeof at);
    r->headed = true;
    return true;
}

/* 交易失败：户名不符 is 户名不符 where that is one of the choices. */
static str choice_in(const struct field *f, str text)
{
    size_t at;
    for (size_t i = 0; i < f->choice_count; i++)
        if (str_find(text, f->choices[i], &at))
            return f->choices[i];
    return text;
}

static void member_add(struct op *op, struct json *line, struct json ***end, str key, str text)
{
    struct json *m = **end = op_new(op, struct json);
    *m = (struct json){.kind = JSON_STRING, .key = key, .text = text};
    *end = &m->next;
    line->count++;
}

/* A row without an account or an amount is a total or a note. */
static void row_take(struct sheet_reading *r, const str *cells, size_t count)
{
    struct op *op = r->d->op;
    str values[RC_COUNT] = {0};
    r->rows++;
    if (!r->headed && r->rows <= HEADING_ROWS && heading_found(r, cells, count))
        return;
    for (int k = 0; k < RC_COUNT && r->headed; k++)
        values[k] = r->at[k] && r->at[k] <= count ? str_trim(cells[r->at[k] - 1]) : S("");
    if (!values[RC_ACCOUNT].n || !values[RC_AMOUNT].n)
        return;
    const struct field *reason = r->d->work->parts[B_LINE].fields[BL_FAILURE];
    struct json *line = *r->end = op_new(op, struct json), **end = &line->first;
    *line = (struct json){.kind = JSON_OBJECT};
    for (int k = 0; k < RC_COUNT; k++)
        member_add(op, line, &end, columns[k].member, k == RC_REASON ? choice_in(reason, values[k]) : values[k]);
    r->end = &line->next;
    r->lines->count++;
}

[[nodiscard]] static bool workbook_read(struct sheet_reading *r, str bytes)
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    if (!xlsx_open(r->d->op, bytes, &book) || !xlsx_rows_open(book, 0, &rows))
        return false;
    while (xlsx_row_next(rows, &row, &found)) {
        str cells[COLUMNS] = {0};
        size_t count = 0;
        if (!found)
            return true;
        for (size_t i = 0; i < row.count && row.cells[i].column <= COLUMNS; i++) {
            count = row.cells[i].column;
            cells[count - 1] = op_copy(r->d->op, row.cells[i].text);
            if (row.cells[i].lost_digits)
                return op_fail(r->d->op, FAULT_INPUT, op_text(r->d->op, "第%u行", row.number),
                               "账号存成了数字，末几位已经丢失；请让银行按文本格式导出，或改用 CSV");
        }
        row_take(r, cells, count);
    }
    return false;
}

[[nodiscard]] static bool csv_read(struct sheet_reading *r, str bytes)
{
    struct csv_row *rows;
    size_t count;
    str text;
    if (!encoding_read(r->d->op, bytes, &text) || !csv_parse(r->d->op, text, &rows, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        row_take(r, rows[i].fields, rows[i].count);
    return true;
}

[[nodiscard]] static bool bytes_read(const struct doing *d, str digest, str *ret)
{
    int fd;
    int64_t size;
    if (!store_file_open(d->tx, digest, &fd, &size))
        return false;
    if (size > FILE_BYTES_MAX)
        return op_fail(d->op, FAULT_INPUT, S("文件"), "回单文件超过%d MB，请按批分开", FILE_BYTES_MAX >> 20);
    char *bytes = op_array(d->op, char, (size_t)size + 1);
    ssize_t got = pread(fd, bytes, (size_t)size, 0);
    if (got != size)
        return op_fail(d->op, FAULT_SYSTEM, S("文件"), "文件读不了，请再传一次");
    *ret = (str){bytes, (size_t)size};
    return true;
}

bool return_file_lines(const struct doing *d, const struct json *file, const struct json **ret)
{
    struct sheet_reading r = {.d = d, .lines = op_new(d->op, struct json)};
    str bytes;
    r.lines->kind = JSON_ARRAY;
    r.end = &r.lines->first;
    if (!bytes_read(d, json_str(file, S("摘要")), &bytes))
        return false;
    if (!(str_starts(bytes, S("PK")) ? workbook_read(&r, bytes) : csv_read(&r, bytes)))
        return false;
    if (!r.headed)
        return op_fail(d->op, FAULT_INPUT, S("文件"), "前%d行里没有找到表头：须有“%.*s”“%.*s”“%.*s”三列（或它们的别名）", HEADING_ROWS,
                       PS(part_field(d, B_LINE, BL_ACCOUNT)), PS(part_field(d, B_LINE, BL_AMOUNT)),
                       PS(part_field(d, B_LINE, BL_RESULT)));
    *ret = r.lines;
    return true;
}
