/* Our workbooks against libxlsxwriter, openpyxl and bare inflate, on the same 12 styled columns of a register.
 * Usage: bench write-ours|write-peer|read|inflate FILE [ROWS]; prints rows, seconds and peak memory in KB. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <xlsxwriter.h>
#include <zlib.h>

#include "xlsx/zip.h"

enum { COLUMNS = 12 };

struct person {
    char name[16], id[24], phone[16], village[32];
    int number, age, members;
    char income[16], area[16], amount[16];
    day born, applied;
};

static void person_make(struct op *op, int i, struct person *p)
{
    static const char *surnames[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"};
    static const char *given[] = {"伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇"};
    uint64_t r = op_random(op);
    p->number = i + 1;
    snprintf(p->name, sizeof p->name, "%s%s", surnames[r % 10], given[r / 10 % 12]);
    p->born = day_of(1940, 1, 1) + (day)(r >> 8) % 25000;
    if (p->born < day_of(1940, 1, 1))
        p->born += 25000;
    struct date d = date_of(p->born);
    snprintf(p->id, sizeof p->id, "152524%04d%02d%02d%04d", d.year, d.month, d.day, (int)(r >> 40) % 10000 & 8191);
    snprintf(p->phone, sizeof p->phone, "138%08d", (int)(r >> 33) % 100000000 & 0x3FFFFFF);
    snprintf(p->village, sizeof p->village, "第%d村民小组", (int)(r >> 20 & 15) + 1);
    p->age = 2021 - d.year;
    p->members = (int)(r >> 12 & 7) + 1;
    snprintf(p->income, sizeof p->income, "%d.%02d", (int)(r >> 16 & 32767), (int)(r >> 5 & 63));
    snprintf(p->area, sizeof p->area, "%d.%d", (int)(r >> 18 & 127), (int)(r >> 6 & 7));
    snprintf(p->amount, sizeof p->amount, "%d.00", (int)(r >> 22 & 1023));
    p->applied = day_of(2021, 11, 1) + (day)(r >> 50 & 31);
}

static int fail(struct op *op)
{
    for (struct fault *f = op->faults; f; f = f->next)
        fprintf(stderr, "%.*s: %.*s\n", PS(f->field), PS(f->text));
    return 1;
}

static int write_ours(struct op *op, const char *path, int rows)
{
    struct xlsx_out *out;
    if (!xlsx_create(op, str_z(path), &out))
        return fail(op);
    struct xlsx_column columns[COLUMNS] = {0};
    xlsx_sheet(out, &(struct xlsx_page){.name = S("花名册"), .columns = columns, .column_count = COLUMNS, .freeze_rows = 1});
    xlsx_row(out, 0);
    for (int c = 0; c < COLUMNS; c++)
        xlsx_text(out, XLSX_HEADING, S("栏目"));
    for (int i = 0; i < rows && xlsx_row(out, 0); i++) {
        struct person p;
        person_make(op, i, &p);
        xlsx_int(out, XLSX_INTEGER, p.number);
        xlsx_text(out, XLSX_CENTRED, str_z(p.name));
        xlsx_text(out, XLSX_ID, str_z(p.id));
        xlsx_text(out, XLSX_ID, str_z(p.phone));
        xlsx_text(out, XLSX_CENTRED, str_z(p.village));
        xlsx_int(out, XLSX_INTEGER, p.age);
        xlsx_int(out, XLSX_INTEGER, p.members);
        xlsx_number(out, XLSX_MONEY, str_z(p.income));
        xlsx_number(out, XLSX_DECIMAL2, str_z(p.area));
        xlsx_day(out, XLSX_DATE, p.born);
        xlsx_day(out, XLSX_DATE, p.applied);
        xlsx_number(out, XLSX_MONEY, str_z(p.amount));
    }
    return xlsx_end(out) ? 0 : fail(op);
}

static int write_peer(struct op *op, const char *path, int rows)
{
    char folder[] = "/tmp";
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = folder};
    lxw_workbook *book = workbook_new_opt(path, &options);
    lxw_worksheet *sheet = workbook_add_worksheet(book, "花名册");
    lxw_format *looks[6];
    static const char *formats[6] = {"General", "@", "0", "0.00", "#,##0.00", "yyyy-mm-dd"};
    for (int i = 0; i < 6; i++) {
        looks[i] = workbook_add_format(book);
        format_set_num_format(looks[i], formats[i]);
        format_set_border(looks[i], LXW_BORDER_THIN);
        format_set_font_name(looks[i], "仿宋");
    }
    worksheet_freeze_panes(sheet, 1, 0);
    for (lxw_col_t c = 0; c < COLUMNS; c++)
        worksheet_write_string(sheet, 0, c, "栏目", looks[0]);
    for (int i = 0; i < rows; i++) {
        struct person p;
        person_make(op, i, &p);
        lxw_row_t r = (lxw_row_t)i + 1;
        worksheet_write_number(sheet, r, 0, p.number, looks[2]);
        worksheet_write_string(sheet, r, 1, p.name, looks[0]);
        worksheet_write_string(sheet, r, 2, p.id, looks[1]);
        worksheet_write_string(sheet, r, 3, p.phone, looks[1]);
        worksheet_write_string(sheet, r, 4, p.village, looks[0]);
        worksheet_write_number(sheet, r, 5, p.age, looks[2]);
        worksheet_write_number(sheet, r, 6, p.members, looks[2]);
        worksheet_write_number(sheet, r, 7, strtod(p.income, NULL), looks[4]);
        worksheet_write_number(sheet, r, 8, strtod(p.area, NULL), looks[3]);
        worksheet_write_number(sheet, r, 9, p.born + 25569, looks[5]);
        worksheet_write_number(sheet, r, 10, p.applied + 25569, looks[5]);
        worksheet_write_number(sheet, r, 11, strtod(p.amount, NULL), looks[4]);
    }
    return workbook_close(book) == LXW_NO_ERROR ? 0 : 1;
}

static int read_ours(struct op *op, const char *path, int *ret_rows)
{
    struct xlsx_book *book;
    struct xlsx_rows *rows;
    struct xlsx_row row;
    uint64_t bytes = 0;
    if (!xlsx_open_path(op, str_z(path), &book) || !xlsx_rows_open(book, 0, &rows))
        return fail(op);
    for (bool found; xlsx_row_next(rows, &row, &found);) {
        if (!found)
            return bytes > 0 ? 0 : 1;
        ++*ret_rows;
        for (size_t i = 0; i < row.count; i++)
            bytes += row.cells[i].text.n;
    }
    return fail(op);
}

static int inflate_only(struct op *op, const char *path)
{
    struct zip_source source;
    struct zip *z;
    struct zip_part *part;
    static char chunk[128 << 10];
    if (!zip_source_path(op, str_z(path), &source) || !zip_open(op, source, &z))
        return fail(op);
    const struct zip_entry *e = zip_find(z, S("xl/worksheets/sheet1.xml"));
    z_stream stream = {0};
    char *packed = op_alloc(op, e->packed);
    if (!zip_part_open(z, e, &part) || inflateInit2(&stream, -MAX_WBITS) != Z_OK
        || !zip_source_read(op, &source, e->header_at + 30 + e->name.n, packed, e->packed))
        return fail(op);
    stream.next_in = (Bytef *)packed;
    stream.avail_in = (uInt)e->packed;
    int state = Z_OK;
    while (state == Z_OK) {
        stream.next_out = (Bytef *)chunk;
        stream.avail_out = sizeof chunk;
        state = inflate(&stream, Z_NO_FLUSH);
    }
    inflateEnd(&stream);
    return state == Z_STREAM_END ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    int rows = argc > 3 ? atoi(argv[3]) : 200000, done = rows, state = 2;
    struct op op;
    struct timespec from, to;
    op_init(&op, 1638752400000, 7);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    if (strcmp(argv[1], "write-ours") == 0)
        state = write_ours(&op, argv[2], rows);
    else if (strcmp(argv[1], "write-peer") == 0)
        state = write_peer(&op, argv[2], rows);
    else if (strcmp(argv[1], "read") == 0)
        done = 0, state = read_ours(&op, argv[2], &done);
    else if (strcmp(argv[1], "inflate") == 0)
        state = inflate_only(&op, argv[2]);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%d %.4f %ld\n", done, (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
           usage.ru_maxrss);
    op_done(&op);
    return state;
}
