#include "xlsx/write.h"

#include <stdio.h>

enum { CHOICE_BYTES_INLINE = 255, SHEET_NAME_CHARS_MAX = 31 };

/* ---- bytes on their way ------------------------------------------------------------------------------------ */

static bool out_fail(struct xlsx_out *out, const char *text)
{
    if (!zip_out_failed(out->zip)) {
        str where = out->sheets.n ? out->sheets.p[out->sheets.n - 1].name : S("");
        zip_out_fail(out->zip);
        if (out->row)
            where = op_text(out->op, "%.*s!%.*s", PS(where),
                            PS(xlsx_ref(out->op, out->row, out->column ? out->column : 1)));
        return op_fail(out->op, FAULT_INPUT, where, "%s", text);
    }
    return false;
}

static void xout_flush(struct xlsx_out *out)
{
    size_t n = out->used;
    out->used = 0;
    if (n && !zip_out_failed(out->zip))
        zip_out_add(out->zip, (str){out->piece, n});
}

/* n free bytes at the end of the piece. */
static char *xout_room(struct xlsx_out *out, size_t n)
{
    if (PIECE - out->used < n)
        xout_flush(out);
    return out->piece + out->used;
}

void xout_add(struct xlsx_out *out, str s)
{
    while (s.n) {
        size_t n = s.n < PIECE / 2 ? s.n : PIECE / 2;
        memcpy(xout_room(out, n), s.p, n);
        out->used += n;
        s = str_part(s, n, s.n);
    }
}

void xout_escaped(struct xlsx_out *out, str s)
{
    while (s.n) {
        char *to = xout_room(out, 256);
        out->used += xml_escape_some(&s, to, PIECE - out->used);
    }
}

void xout_text(struct xlsx_out *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(xout_room(out, 4096), 4096, format, args);
    va_end(args);
    must(n >= 0 && n < 4096);
    out->used += (size_t)n;
}

static void part_bare(struct xlsx_out *out, str name)
{
    xout_flush(out);
    zip_out_part(out->zip, name);
}

void xout_part(struct xlsx_out *out, str name)
{
    part_bare(out, name);
    xout_add(out, S(XML_HEAD));
}

static void letters_know(struct xlsx_out *out, uint32_t column)
{
    for (uint32_t i = out->columns_known + 1; i <= column; i++) {
        char c[4];
        size_t at = sizeof c;
        for (uint32_t left = i; left; left = (left - 1) / 26)
            c[--at] = (char)('A' + (left - 1) % 26);
        out->letters[i].n = (uint8_t)(sizeof c - at);
        memcpy(out->letters[i].c, c + at, sizeof c - at);
    }
    if (out->columns_known < column)
        out->columns_known = column;
}
/* ---- beginning --------------------------------------------------------------------------------------------- */

bool xlsx_begin(struct op *op, struct xlsx_sink sink, struct xlsx_out **ret)
{
    struct xlsx_out *out = op_new(op, struct xlsx_out);
    out->op = op;
    out->zip = zip_out_new(op, sink, 1);
    *ret = out;
    return true;
}

bool xlsx_create(struct op *op, str path, struct xlsx_out **ret)
{
    struct xlsx_sink sink;
    struct zip_file *file;
    if (!zip_file_new(op, path, &file, &sink) || !xlsx_begin(op, sink, ret))
        return false;
    (*ret)->file = file;
    return true;
}

void xlsx_level(struct xlsx_out *out, int level)
{
    must(out->sheets.n == 0);
    zip_out_level(out->zip, level);
}

void xlsx_set_property(struct xlsx_out *out, str name, str value)
{
    must(name.n);
    *list_add(out->op, &out->properties) = op_copy(out->op, name);
    *list_add(out->op, &out->properties) = op_copy(out->op, value);
}

/* ---- sheets ------------------------------------------------------------------------------------------------ */

static bool name_good(struct xlsx_out *out, str name)
{
    if (name.n == 0 || !utf8_valid(name) || utf8_count(name) > SHEET_NAME_CHARS_MAX || name.p[0] == '\''
        || name.p[name.n - 1] == '\'')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if ((uint8_t)name.p[i] < 0x20 || memchr("[]:*?/\\", name.p[i], 7))
            return false;
    for (size_t i = 0; i < out->sheets.n; i++)
        if (out->sheets.p[i].name.n == name.n && strncasecmp(out->sheets.p[i].name.p, name.p, name.n) == 0)
            return false;
    return true;
}

static void views(struct xlsx_out *out, const struct xlsx_page *page, bool selected)
{
    xout_text(out, "<sheetViews><sheetView workbookViewId=\"0\"%s>", selected ? " tabSelected=\"1\"" : "");
    if (page->freeze_rows || page->freeze_columns) {
        const char *pane = page->freeze_rows && page->freeze_columns ? "bottomRight"
            : page->freeze_rows                                      ? "bottomLeft"
                                                                     : "topRight";
        xout_add(out, S("<pane"));
        if (page->freeze_columns)
            xout_text(out, " xSplit=\"%u\"", page->freeze_columns);
        if (page->freeze_rows)
            xout_text(out, " ySplit=\"%u\"", page->freeze_rows);
        str corner = xlsx_ref(out->op, page->freeze_rows + 1, page->freeze_columns + 1);
        xout_text(out, " topLeftCell=\"%.*s\" activePane=\"%s\" state=\"frozen\"/><selection pane=\"%s\"/>",
                 PS(corner), pane, pane);
    }
    xout_add(out, S("</sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/>"));
}

static void columns(struct xlsx_out *out, const struct xlsx_page *page)
{
    if (page->column_count)
        xout_add(out, S("<cols>"));
    for (size_t i = 0; i < page->column_count; i++) {
        const struct xlsx_column *c = &page->columns[i];
        must(c->style < XLSX_STYLES && c->width >= 0 && c->width <= 255);
        int hundredths = (int)((c->width > 0 ? c->width : 8.43) * 100 + 71.5); /* 0.71: the margins of a cell */
        xout_text(out, "<col min=\"%zu\" max=\"%zu\" width=\"%d.%02d\" style=\"%d\"%s customWidth=\"1\"/>", i + 1,
                 i + 1, hundredths / 100, hundredths % 100, c->style, c->hidden ? " hidden=\"1\"" : "");
    }
    if (page->column_count)
        xout_add(out, S("</cols>"));
}

static void row_end(struct xlsx_out *out)
{
    if (out->row_open)
        xout_add(out, S("</row>"));
    out->row_open = false;
}

void xout_range(struct xlsx_out *out, struct xlsx_range r, bool fixed)
{
    letters_know(out, r.column > r.column_last ? r.column : r.column_last);
    const char *dollar = fixed ? "$" : "";
    xout_text(out, "%s%.*s%s%u:%s%.*s%s%u", dollar, out->letters[r.column].n, out->letters[r.column].c, dollar, r.row,
             dollar, out->letters[r.column_last].n, out->letters[r.column_last].c, dollar, r.row_last);
}

static void comments_write(struct xlsx_out *out, size_t n)
{
    struct buf b; /* used again for each comment */
    buf_init(&b, out->op, 0);
    xout_part(out, op_text(out->op, "xl/comments%zu.xml", n));
    note_comments_head(&b, S(NOTE_AUTHOR));
    xout_add(out, buf_str(&b));
    for (size_t i = 0; i < out->comments.n; i++) {
        b.n = 0;
        note_comment(&b, S(""), out->comments.p[i].row, out->comments.p[i].column, 0, out->comments.p[i].text);
        xout_add(out, buf_str(&b));
    }
    xout_add(out, note_comments_tail);

    part_bare(out, op_text(out->op, "xl/drawings/vmlDrawing%zu.vml", n));
    b.n = 0;
    buf_add(&b, note_vml_head);
    note_shapetype(&b, S(""));
    xout_add(out, buf_str(&b));
    for (size_t i = 0; i < out->comments.n; i++) {
        b.n = 0;
        note_shape(&b, S(""), (unsigned)i + 1, out->comments.p[i].row, out->comments.p[i].column);
        xout_add(out, buf_str(&b));
    }
    xout_add(out, note_vml_tail);

    xout_part(out, op_text(out->op, "xl/worksheets/_rels/sheet%zu.xml.rels", n));
    xout_text(out,
             "<Relationships xmlns=\"" PACKAGE_NS "/relationships\"><Relationship Id=\"rId1\" Type=\"" REL_NS
             "/vmlDrawing\" Target=\"../drawings/vmlDrawing%zu.vml\"/><Relationship Id=\"rId2\" Type=\"" REL_NS
             "/comments\" Target=\"../comments%zu.xml\"/></Relationships>", n, n);
}

/* What follows the rows, in the order that the schema demands (CT_Worksheet, 18.3.1.99). */
static void sheet_end(struct xlsx_out *out)
{
    if (!out->sheet_open)
        return;
    struct sheet *sheet = &out->sheets.p[out->sheets.n - 1];
    row_end(out);
    xout_add(out, S("</sheetData>"));
    if (out->protect) /* no password: it prevents accidents, not intent */
        xout_add(out,
                 S("<sheetProtection sheet=\"1\" objects=\"1\" scenarios=\"1\" formatCells=\"0\" formatColumns=\"0\""
                   " formatRows=\"0\" insertRows=\"0\" sort=\"0\" autoFilter=\"0\"/>"));
    if (sheet->filter.row) {
        xout_add(out, S("<autoFilter ref=\""));
        xout_range(out, sheet->filter, false);
        xout_add(out, S("\"/>"));
    }
    if (out->merges.n) {
        xout_text(out, "<mergeCells count=\"%zu\">", out->merges.n);
        for (size_t i = 0; i < out->merges.n; i++) {
            xout_add(out, S("<mergeCell ref=\""));
            xout_range(out, out->merges.p[i], false);
            xout_add(out, S("\"/>"));
        }
        xout_add(out, S("</mergeCells>"));
    }
    if (out->choices.n) {
        xout_text(out, "<dataValidations count=\"%zu\">", out->choices.n);
        for (size_t i = 0; i < out->choices.n; i++) {
            const struct choice *c = &out->choices.p[i];
            xout_text(out, "<dataValidation type=\"list\" errorStyle=\"%s\" allowBlank=\"1\" showInputMessage=\"1\""
                     " showErrorMessage=\"1\" errorTitle=\"不在选项之内\" error=\"请从下拉列表中选择\" sqref=\"",
                     c->strict ? "stop" : "warning");
            xout_range(out, c->where, false);
            xout_add(out, S("\"><formula1>"));
            xout_add(out, c->formula);
            xout_add(out, S("</formula1></dataValidation>"));
        }
        xout_add(out, S("</dataValidations>"));
    }
    if (out->print) {
        xout_text(out,
                 "<printOptions horizontalCentered=\"1\"/><pageMargins left=\"0.5\" right=\"0.5\" top=\"0.7\""
                 " bottom=\"0.7\" header=\"0.3\" footer=\"0.3\"/><pageSetup paperSize=\"%d\" orientation=\"%s\" "
                 "fitToWidth=\"1\""
                 " fitToHeight=\"0\"/><headerFooter>",
                 out->a3 ? 8 : 9, out->portrait ? "portrait" : "landscape");
        if (out->header.n) {
            xout_add(out, S("<oddHeader>&amp;C"));
            xout_escaped(out, out->header);
            xout_add(out, S("</oddHeader>"));
        }
        xout_add(out, S("<oddFooter>"));
        if (out->signed_by.n) {
            xout_add(out, S("&amp;L"));
            xout_escaped(out, out->signed_by);
        }
        xout_add(out, out->signed_by.n ? S("&amp;R") : S("&amp;C"));
        if (out->footer.n)
            xout_escaped(out, out->footer);
        else
            xout_add(out, S("第 &amp;P 页，共 &amp;N 页"));
        xout_add(out, S("</oddFooter></headerFooter>"));
    }
    /* no green triangles on id numbers kept as text */
    xout_add(out, S("<ignoredErrors><ignoredError sqref=\"A1:XFD1048576\" numberStoredAsText=\"1\"/></ignoredErrors>"));
    sheet->comments = out->comments.n > 0;
    if (sheet->comments)
        xout_add(out, S("<legacyDrawing r:id=\"rId1\"/>"));
    xout_add(out, S("</worksheet>"));
    if (sheet->comments)
        comments_write(out, out->sheets.n);
    xout_flush(out);
    out->comments.n = out->choices.n = out->merges.n = 0;
    out->row = out->column = 0;
    out->sheet_open = false;
}

/* In printed text & begins a code; doubled, it is itself. */
static str printed(struct op *op, str s)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < s.n; i++)
        buf_add(&b, s.p[i] == '&' ? S("&&") : str_part(s, i, i + 1));
    return buf_str(&b);
}

static bool range_good(struct xlsx_range r)
{
    return r.row >= 1 && r.row <= r.row_last && r.row_last <= XLSX_ROWS_MAX && r.column >= 1
           && r.column <= r.column_last && r.column_last <= XLSX_COLUMNS_MAX;
}

void xlsx_sheet(struct xlsx_out *out, const struct xlsx_page *page)
{
    sheet_end(out);
    if (zip_out_failed(out->zip))
        return;
    must(page->column_count <= XLSX_COLUMNS_MAX && page->freeze_rows < XLSX_ROWS_MAX);
    must(page->freeze_columns < XLSX_COLUMNS_MAX && page->repeat_from <= page->repeat_to
         && page->repeat_to <= XLSX_ROWS_MAX);
    must(page->filter.row == 0 || range_good(page->filter));
    if (!name_good(out, page->name)) {
        zip_out_fail(out->zip);
        (void)!op_fail(out->op, FAULT_INPUT, page->name, "工作表名须为1至31字，不含 [ ] : * ? / \\，且不能重名");
        return;
    }
    bool selected = page->visibility == XLSX_VISIBLE;
    for (size_t i = 0; i < out->sheets.n; i++)
        selected &= out->sheets.p[i].visibility != XLSX_VISIBLE;
    *list_add(out->op, &out->sheets) = (struct sheet){
        .name = op_copy(out->op, page->name),
        .visibility = page->visibility,
        .repeat_from = page->repeat_from,
        .repeat_to = page->repeat_to,
        .filter = page->filter,
    };
    out->print = page->print;
    out->protect = page->protect;
    out->portrait = page->portrait;
    out->a3 = page->a3;
    out->header = printed(out->op, page->header);
    out->footer = printed(out->op, page->footer);
    out->signed_by = printed(out->op, page->signed_by);
    out->sheet_open = true;
    xout_part(out, op_text(out->op, "xl/worksheets/sheet%zu.xml", out->sheets.n));
    xout_add(out, S("<worksheet xmlns=\"" XLSX_NS "\" xmlns:r=\"" REL_NS "\">"));
    if (page->print)
        xout_add(out, S("<sheetPr><pageSetUpPr fitToPage=\"1\"/></sheetPr>"));
    views(out, page, selected);
    columns(out, page);
    xout_add(out, S("<sheetData>"));
}

/* ---- rows and cells ---------------------------------------------------------------------------------------- */

static size_t decimal_put(char *to, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + v % 10);
    while (v /= 10);
    memcpy(to, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

enum { LINE_PT = 15 };

static bool row_begin(struct xlsx_out *out, double height, bool fixed, bool hidden)
{
    must(out->sheet_open || zip_out_failed(out->zip));
    if (zip_out_failed(out->zip))
        return false;
    row_end(out);
    out->column = 0;
    if (out->row == XLSX_ROWS_MAX)
        return out_fail(out, "超出 Excel 的 1048576 行，请分成几张表");
    out->row++;
    out->row_text_n = (uint8_t)decimal_put(out->row_text, out->row);
    xout_add(out, S("<row r=\""));
    xout_add(out, (str){out->row_text, out->row_text_n});
    xout_add(out, S("\""));
    if (height > 0)
        xout_text(out, " ht=\"%d\"%s", (int)(height < 409 ? height : 409), fixed ? " customHeight=\"1\"" : "");
    xout_add(out, hidden ? S(" hidden=\"1\">") : S(">"));
    out->row_open = true;
    return true;
}

bool xlsx_row(struct xlsx_out *out, double height)
{
    return row_begin(out, height, true, false);
}

bool xlsx_row_lines(struct xlsx_out *out, size_t lines)
{
    return row_begin(out, lines > 1 ? (double)lines * LINE_PT : 0, false, false);
}

bool xlsx_row_hidden(struct xlsx_out *out)
{
    return row_begin(out, 0, false, true);
}

uint32_t xlsx_row_number(const struct xlsx_out *out)
{
    return out->row;
}

void xlsx_skip_rows(struct xlsx_out *out, uint32_t count)
{
    row_end(out);
    if (count > XLSX_ROWS_MAX - out->row)
        (void)!out_fail(out, "超出 Excel 的 1048576 行，请分成几张表");
    else
        out->row += count;
}

void xlsx_skip(struct xlsx_out *out, uint32_t columns_)
{
    out->column = columns_ > XLSX_COLUMNS_MAX - out->column ? XLSX_COLUMNS_MAX : out->column + columns_;
}

/* <c r="B17" s="4" and then `rest`; false: nothing was written. */
static bool cell_begin(struct xlsx_out *out, enum xlsx_style style, str rest)
{
    must(style < XLSX_STYLES && (out->row_open || zip_out_failed(out->zip)));
    if (zip_out_failed(out->zip))
        return false;
    if (out->column == XLSX_COLUMNS_MAX)
        return out_fail(out, "超出 Excel 的 16384 列，请减少栏目");
    if (++out->column > out->columns_known)
        letters_know(out, out->column);
    char *start = xout_room(out, 64 + rest.n), *p = start;
    memcpy(p, "<c r=\"", 6);
    p += 6;
    memcpy(p, out->letters[out->column].c, 3);
    p += out->letters[out->column].n;
    memcpy(p, out->row_text, sizeof out->row_text);
    p += out->row_text_n;
    *p++ = '"';
    if (style) {
        memcpy(p, " s=\"", 4);
        p += 4;
        p += decimal_put(p, style);
        *p++ = '"';
    }
    memcpy(p, rest.p, rest.n);
    out->used += (size_t)(p - start) + rest.n;
    return true;
}

void xlsx_blank(struct xlsx_out *out, enum xlsx_style style)
{
    (void)!cell_begin(out, style, S("/>"));
}

/* UTF-16 units, which Excel counts. */
static size_t units(str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((uint8_t)s.p[i] & 0xC0) != 0x80 ? 1 + ((uint8_t)s.p[i] >= 0xF0) : 0;
    return n;
}

static bool edge_space(str s)
{
    char first = s.p[0], last = s.p[s.n - 1];
    return first == ' ' || first == '\n' || first == '\t' || last == ' ' || last == '\n' || last == '\t';
}

void xlsx_text(struct xlsx_out *out, enum xlsx_style style, str text)
{
    if (text.n == 0) {
        xlsx_blank(out, style);
        return;
    }
    bool space = edge_space(text) || memchr(text.p, '\n', text.n);
    if (!cell_begin(out, style,
                    space ? S(" t=\"inlineStr\"><is><t xml:space=\"preserve\">") : S(" t=\"inlineStr\"><is><t>")))
        return;
    if (text.n > XLSX_CELL_CHARS_MAX && units(text) > XLSX_CELL_CHARS_MAX) {
        (void)!out_fail(out, "一格超出 Excel 的 32767 字，请改用附件");
        return;
    }
    xout_escaped(out, text);
    xout_add(out, S("</t></is></c>"));
}

/* Significant digits of a plain number; -1: it is not one. */
static int significant(str digits)
{
    size_t i = digits.n && digits.p[0] == '-';
    int count = 0, zeros = 0;
    bool any = false, point = false;
    for (; i < digits.n; i++) {
        if (digits.p[i] == '.' && any && !point) {
            point = true;
        } else if (digits.p[i] < '0' || digits.p[i] > '9') {
            return -1;
        } else {
            any = true;
            zeros = digits.p[i] == '0' ? zeros + (count > 0) : 0;
            count += count > 0 || digits.p[i] != '0';
        }
    }
    return any && digits.p[digits.n - 1] != '.' ? count - zeros : -1;
}

static bool number_good(struct xlsx_out *out, str digits)
{
    int n = digits.n <= 64 ? significant(digits) : 99;
    if (n < 0)
        return out_fail(out, "这里须是数字，请核对");
    return n <= 15 ? true : out_fail(out, "数字超过 15 位，Excel 存不准，请作为文字写出");
}

void xlsx_number(struct xlsx_out *out, enum xlsx_style style, str digits)
{
    if (!cell_begin(out, style, S("><v>")) || !number_good(out, digits))
        return;
    xout_add(out, digits);
    xout_add(out, S("</v></c>"));
}

void xlsx_int(struct xlsx_out *out, enum xlsx_style style, int64_t value)
{
    char digits[24];
    size_t n = 0;
    if (value < 0)
        digits[n++] = '-';
    n += decimal_put(digits + n, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    xlsx_number(out, style, (str){digits, n});
}

void xlsx_bool(struct xlsx_out *out, enum xlsx_style style, bool value)
{
    (void)!cell_begin(out, style, value ? S(" t=\"b\"><v>1</v></c>") : S(" t=\"b\"><v>0</v></c>"));
}

enum { SERIAL_OF_1970 = 25569, SERIAL_FIRST = 61, SERIAL_LAST = 2958465 }; /* 1900-03-01 … 9999-12-31 */

void xlsx_day(struct xlsx_out *out, enum xlsx_style style, day value)
{
    int64_t serial = (int64_t)value + SERIAL_OF_1970;
    if (serial >= SERIAL_FIRST && serial <= SERIAL_LAST)
        xlsx_int(out, style, serial);
    else
        xlsx_text(out, style, day_text(out->op, value));
}

void xlsx_time(struct xlsx_out *out, enum xlsx_style style, time_ms value)
{
    int64_t serial = (int64_t)day_at(value) + SERIAL_OF_1970;
    if (serial < SERIAL_FIRST || serial > SERIAL_LAST) {
        xlsx_text(out, style, time_text(out->op, value));
        return;
    }
    /* Ten digits of a day are nine microseconds, and with five of the day the fifteen that Excel has. */
    uint64_t ms = (uint64_t)(value + TOWN_OFFSET_MS - (int64_t)day_at(value) * 86400000);
    uint64_t fraction = (ms * 1000000000 + 4320000) / 8640000;
    char digits[40];
    int n = snprintf(digits, sizeof digits, "%lld.%010llu", (long long)serial, (unsigned long long)fraction);
    xlsx_number(out, style, (str){digits, (size_t)n});
}

void xlsx_formula(struct xlsx_out *out, enum xlsx_style style, str formula, str cached)
{
    if (!cell_begin(out, style, S("><f>")) || (cached.n && !number_good(out, cached)))
        return;
    xout_escaped(out, formula);
    xout_add(out, S("</f>"));
    if (cached.n) {
        xout_add(out, S("<v>"));
        xout_add(out, cached);
        xout_add(out, S("</v>"));
    }
    xout_add(out, S("</c>"));
}

/* ---- about the sheet --------------------------------------------------------------------------------------- */

void xlsx_merge(struct xlsx_out *out, uint32_t row, uint32_t column, uint32_t row_last, uint32_t column_last)
{
    struct xlsx_range range = {row, column, row_last, column_last};
    must(range_good(range));
    if (zip_out_failed(out->zip) || (row == row_last && column == column_last))
        return; /* Excel refuses a merge of one cell */
    if (out->merges.n == XLSX_MERGES_MAX)
        (void)!out_fail(out, "合并单元格过多，请分成几张表");
    else
        *list_add(out->op, &out->merges) = range;
}

void xlsx_comment(struct xlsx_out *out, uint32_t row, uint32_t column, str text)
{
    must(range_good((struct xlsx_range){row, column, row, column}));
    if (out->comments.n == XLSX_MARKS_MAX)
        (void)!out_fail(out, "批注过多，请分成几张表");
    else
        *list_add(out->op, &out->comments) = (struct comment){row, column, op_copy(out->op, text)};
}

static bool inline_choices(const str *choices, size_t count)
{
    size_t sum = 2 + count;
    for (size_t i = 0; i < count; i++) {
        sum += units(choices[i]);
        if (memchr(choices[i].p, ',', choices[i].n) || memchr(choices[i].p, '"', choices[i].n)
            || str_trim(choices[i]).n != choices[i].n)
            return false;
    }
    return sum <= CHOICE_BYTES_INLINE;
}

#define LIST_SHEET "_选项"

void xlsx_choices(struct xlsx_out *out, struct xlsx_range where, const str *choices, size_t count, bool strict)
{
    must(range_good(where) && count > 0 && count <= XLSX_ROWS_MAX);
    struct choice c = {.where = where, .strict = strict};
    struct buf b;
    buf_init(&b, out->op, 0);
    if (inline_choices(choices, count)) {
        buf_add(&b, S("\""));
        for (size_t i = 0; i < count; i++) {
            if (i)
                buf_byte(&b, ',');
            xml_escape(&b, choices[i]);
        }
        buf_add(&b, S("\""));
    } else {
        if (out->lists.n == XLSX_COLUMNS_MAX) {
            (void)!out_fail(out, "下拉列表过多，请减少栏目");
            return;
        }
        struct csv_row *list = list_add(out->op, &out->lists);
        *list = (struct csv_row){op_array(out->op, str, count), count};
        for (size_t i = 0; i < count; i++)
            list->fields[i] = op_copy(out->op, choices[i]);
        str column = xlsx_ref(out->op, 0, (uint32_t)out->lists.n);
        buf_text(&b, "'" LIST_SHEET "'!$%.*s$1:$%.*s$%zu", PS(column), PS(column), count);
    }
    c.formula = buf_str(&b);
    *list_add(out->op, &out->choices) = c;
}

/* ---- end --------------------------------------------------------------------------------------------------- */

static void lists_write(struct xlsx_out *out)
{
    if (out->lists.n == 0)
        return;
    xlsx_sheet(out, &(struct xlsx_page){.name = S(LIST_SHEET), .visibility = XLSX_VERY_HIDDEN});
    for (size_t i = 0, more = 1; more; i++) {
        more = 0;
        if (!xlsx_row(out, 0))
            return;
        for (size_t j = 0; j < out->lists.n; j++) {
            more |= i + 1 < out->lists.p[j].count;
            if (i < out->lists.p[j].count)
                xlsx_text(out, XLSX_DEFAULT, out->lists.p[j].fields[i]);
            else
                xlsx_skip(out, 1);
        }
    }
    sheet_end(out);
}

bool xlsx_end(struct xlsx_out *out)
{
    must(!out->ended);
    out->ended = true;
    sheet_end(out);
    lists_write(out);
    bool visible = false;
    for (size_t i = 0; i < out->sheets.n; i++)
        visible |= out->sheets.p[i].visibility == XLSX_VISIBLE;
    if (!zip_out_failed(out->zip) && !visible)
        return out_fail(out, "工作簿至少要有一张可见的工作表");
    if (!zip_out_failed(out->zip)) {
        xout_book(out);
        xout_flush(out);
    }
    if (!zip_out_end(out->zip))
        return false;
    if (out->file)
        zip_file_keep(out->file);
    return true;
}
