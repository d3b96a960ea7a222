/* The file that goes to the bank: every line of a run with its account, made once, kept with the run, its digest in the
 * run and in the history. Accounts as they are: who makes it must be allowed to open them. */
#include "work/sums_keep.h"
#include "xlsx/xlsx.h"

enum { MONEY_SCALE = 2 };

static bool book_put(void *book, str bytes)
{
    buf_add(book, bytes);
    return true;
}

[[nodiscard]] static bool book_write(const struct doing *d, const struct record *rows, size_t count, struct buf *ret)
{
    static const struct xlsx_column widths[] = {
        {.width = 6}, {.width = 24, .style = XLSX_ID}, {.width = 14}, {.width = 12, .style = XLSX_MONEY}};
    static const int heads[] = {BL_ACCOUNT, BL_PAYEE, BL_AMOUNT};
    struct xlsx_page page = {.name = S("代发"), .columns = widths, .column_count = COUNT(widths), .freeze_rows = 1};
    struct xlsx_out *out;
    buf_init(ret, d->op, 0);
    if (!xlsx_begin(d->op, (struct xlsx_sink){book_put, ret}, &out))
        return false;
    xlsx_sheet(out, &page);
    xlsx_row(out, 0);
    xlsx_text(out, XLSX_HEADING, S("序号"));
    for (size_t i = 0; i < COUNT(heads); i++)
        xlsx_text(out, XLSX_HEADING, part_field(d, B_LINE, heads[i]));
    for (size_t i = 0; i < count && xlsx_row(out, 0); i++) {
        xlsx_int(out, XLSX_INTEGER, (int64_t)i + 1);
        xlsx_text(out, XLSX_ID, part_text(d, B_LINE, BL_ACCOUNT, &rows[i]));
        xlsx_text(out, XLSX_PARAGRAPH, part_text(d, B_LINE, BL_PAYEE, &rows[i]));
        xlsx_number(out, XLSX_MONEY,
                    dec_text(d->op, dec_of_scaled(part_scaled(d, B_LINE, BL_AMOUNT, &rows[i], MONEY_SCALE), MONEY_SCALE)));
    }
    return xlsx_end(out);
}

/* Two decimals always: some banks' systems take 300 for fen. */
static str fen_text(struct op *op, int64_t fen)
{
    long long whole = fen < 0 ? -fen : fen;
    return op_text(op, "%s%lld.%02lld", fen < 0 ? "-" : "", whole / 100, whole % 100);
}

/* Line by line, so that a name the bank's system cannot write is refused by its line. */
[[nodiscard]] static bool csv_write(const struct doing *d, const struct record *rows, size_t count, struct buf *ret)
{
    static const int heads[] = {BL_ACCOUNT, BL_PAYEE, BL_AMOUNT};
    struct op *op = d->op;
    enum encoding encoding = d->work->encoding;
    buf_init(ret, op, 0);
    if (encoding == ENCODING_UTF8)
        csv_begin(ret);
    for (size_t i = 0; i <= count; i++) { /* the heading first */
        struct buf line;
        str bytes, bad;
        buf_init(&line, op, 0);
        csv_text(&line, i ? op_text(op, "%zu", i) : S("序号"));
        for (size_t k = 0; k < COUNT(heads); k++)
            if (!i)
                csv_text(&line, part_field(d, B_LINE, heads[k]));
            else if (heads[k] == BL_AMOUNT)
                csv_number(&line, fen_text(op, part_scaled(d, B_LINE, BL_AMOUNT, &rows[i - 1], MONEY_SCALE)));
            else
                csv_text(&line, part_text(d, B_LINE, heads[k], &rows[i - 1]));
        csv_line(&line);
        if (!encoding_write(op, encoding, buf_str(&line), &bytes, &bad)) {
            if (!bad.n)
                return false;
            return op_fail(op, FAULT_INPUT, i ? op_text(op, "第%zu行", i) : S("表头"),
                           "第%zu笔“%.*s”里的“%.*s”，银行文件用的 %.*s 编码里没有这个字；请与银行商定写法后改收款人，或把文件格式改为 GB18030",
                           i, PS(i ? part_text(d, B_LINE, BL_PAYEE, &rows[i - 1]) : S("表头")), PS(bad), PS(encoding_names[encoding]));
        }
        buf_add(ret, bytes);
    }
    return true;
}

static struct json *file_value(struct op *op, str name, str digest, int64_t size)
{
    struct json *list = op_new(op, struct json), *file = op_new(op, struct json);
    struct json *members = op_array(op, struct json, 3);
    members[0] = (struct json){.kind = JSON_STRING, .key = S("名"), .text = name, .next = &members[1]};
    members[1] = (struct json){.kind = JSON_STRING, .key = S("摘要"), .text = digest, .next = &members[2]};
    members[2] = (struct json){.kind = JSON_NUMBER, .key = S("大小"), .text = op_text(op, "%lld", (long long)size)};
    *file = (struct json){.kind = JSON_OBJECT, .first = members, .count = 3};
    *list = (struct json){.kind = JSON_ARRAY, .first = file, .count = 1};
    return list;
}

/* 批 */
bool pay_file(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
              const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *run, *rows, *kept;
    struct right right;
    size_t count;
    str digest;
    struct buf book;
    int64_t sum = 0;
    if (!part_asked(&d, B_RUN, S("批"), &run) ||
        !right_for(d.op, town, who, w->parts[B_LINE].ledger, ACT_REVEAL, &right) ||
        !part_list_all(&d, B_LINE, feel_is_id(&d, B_LINE, BL_RUN, run->id), (const int[]){BL_ORDER, -1}, &rows, &count))
        return false;
    if (part_text(&d, B_RUN, BR_DIGEST, run).n)
        return op_fail(d.op, FAULT_CONFLICT, S("批"), "“%.*s”的代发文件已经生成过，不能再生成；请用这一批里的那个文件", PS(run->title));
    if (!count)
        return op_fail(d.op, FAULT_INPUT, S("批"), "“%.*s”还没有发放明细", PS(run->title));
    for (size_t i = 0; i < count; i++) {
        sum += part_scaled(&d, B_LINE, BL_AMOUNT, &rows[i], MONEY_SCALE);
        if (!part_text(&d, B_LINE, BL_ACCOUNT, &rows[i]).n)
            return op_fail(d.op, FAULT_INPUT, part_text(&d, B_LINE, BL_PAYEE, &rows[i]), "没有账号，不能代发；请补账号或改为现金签领");
    }
    if (!(w->csv ? csv_write : book_write)(&d, rows, count, &book) || !store_bytes_keep(tx, buf_str(&book), &digest))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!member_follow(&d, &rows[i], BW_MEMBER_SENT))
            return false;
    str name = op_text(d.op, "%.*s代发.%s", PS(part_text(&d, B_RUN, BR_NUMBER, run)), w->csv ? "csv" : "xlsx");
    struct entry v = entry_new(&d, B_RUN);
    entry_text(&v, BR_DIGEST, digest);
    entry_json(&v, BR_PAY_FILE, file_value(d.op, name, digest, (int64_t)book.n));
    if (!entry_change(&v, run, S("生成代发文件"), &kept) ||
        !taken_out(tx, who, w->parts[B_LINE].ledger->english, op_text(d.op, "%.*s，%zu笔", PS(name), count)))
        return false;
    json_open(out, '{');
    out_text(out, S("name"), name);
    out_text(out, S("digest"), digest);
    out_int(out, S("count"), (int64_t)count);
    out_scaled(out, d.op, S("amount"), sum, MONEY_SCALE);
    json_close(out, '}');
    return true;
}
