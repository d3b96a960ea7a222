#include "xlsx/book.h"

#include <math.h>
#include <stdlib.h>

/* ---- references -------------------------------------------------------------------------------------------- */

str xlsx_ref(struct op *op, uint32_t row, uint32_t column)
{
    char letters[8];
    size_t at = sizeof letters;
    for (; column && at; column = (column - 1) / 26)
        letters[--at] = (char)('A' + (column - 1) % 26);
    str s = {letters + at, sizeof letters - at};
    return row ? op_text(op, "%.*s%u", PS(s), row) : op_copy(op, s);
}

bool xlsx_ref_parse(str ref, uint32_t *ret_row, uint32_t *ret_column)
{
    size_t i = 0;
    uint32_t row = 0, column = 0;
    i += i < ref.n && ref.p[i] == '$';
    for (; i < ref.n && ref.p[i] >= 'A' && ref.p[i] <= 'Z' && column <= XLSX_COLUMNS_MAX; i++)
        column = column * 26 + (uint32_t)(ref.p[i] - 'A' + 1);
    i += i < ref.n && ref.p[i] == '$';
    for (; i < ref.n && ref.p[i] >= '0' && ref.p[i] <= '9' && row <= XLSX_ROWS_MAX; i++)
        row = row * 10 + (uint32_t)(ref.p[i] - '0');
    if (i != ref.n || row < 1 || row > XLSX_ROWS_MAX || column < 1 || column > XLSX_COLUMNS_MAX)
        return false;
    *ret_row = row;
    *ret_column = column;
    return true;
}

static bool range_parse(str ref, struct xlsx_range *ret)
{
    str first, last;
    if (!str_split(ref, ':', &first, &last))
        last = first;
    return xlsx_ref_parse(first, &ret->row, &ret->column) && xlsx_ref_parse(last, &ret->row_last, &ret->column_last)
        && ret->row <= ret->row_last && ret->column <= ret->column_last;
}

/* ---- numbers ----------------------------------------------------------------------------------------------- */

enum { EXCEL_DIGITS = 15, PLAIN_MAX = 40 };

/* Up to PLAIN_MAX digits without leading zeros; the value is 0.d0d1d2… × 10^point. */
struct digits {
    char d[PLAIN_MAX];
    int n, point;
    bool minus;
};

static bool digits_parse(str raw, struct digits *ret)
{
    struct digits x = {0};
    size_t i = 0;
    bool any = false, after_point = false;
    if (i < raw.n && (raw.p[i] == '-' || raw.p[i] == '+'))
        x.minus = raw.p[i++] == '-';
    for (; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '.' && !after_point) {
            after_point = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        any = true;
        if (c != '0' || x.n > 0) {
            if (x.n < PLAIN_MAX)
                x.d[x.n++] = c;
            x.point += !after_point;
        } else {
            x.point -= after_point;
        }
    }
    if (!any)
        return false;
    if (i < raw.n && (raw.p[i] | 32) == 'e') {
        i++;
        bool minus = i < raw.n && raw.p[i] == '-';
        i += i < raw.n && (raw.p[i] == '-' || raw.p[i] == '+');
        int exponent = 0;
        size_t first = i;
        for (; i < raw.n && raw.p[i] >= '0' && raw.p[i] <= '9' && exponent < 10000; i++)
            exponent = exponent * 10 + (raw.p[i] - '0');
        if (i == first)
            return false;
        x.point += minus ? -exponent : exponent;
    }
    *ret = x;
    return i == raw.n;
}

/* Excel computes in binary and writes 17 digits (1234.5599999999999), but shows and means 15 (1234.56). */
static void digits_round(struct digits *x)
{
    if (x->n > EXCEL_DIGITS) {
        bool up = x->d[EXCEL_DIGITS] >= '5';
        x->n = EXCEL_DIGITS;
        int i = EXCEL_DIGITS - 1;
        while (up && i >= 0 && x->d[i] == '9')
            x->d[i--] = '0';
        if (up && i >= 0) {
            x->d[i]++;
        } else if (up) {
            x->d[0] = '1';
            x->point++;
        }
    }
    while (x->n && x->d[x->n - 1] == '0')
        x->n--;
}

/* Returns the bytes written to out, or 0: more than PLAIN_MAX are needed. */
static size_t digits_plain(const struct digits *x, char out[PLAIN_MAX + 2])
{
    size_t at = 0;
    if (x->n == 0) {
        out[0] = '0';
        return 1;
    }
    if (x->point > PLAIN_MAX - 2 || x->n - x->point > PLAIN_MAX - 2)
        return 0;
    if (x->minus)
        out[at++] = '-';
    if (x->point <= 0) {
        out[at++] = '0';
        out[at++] = '.';
        for (int i = x->point; i < 0; i++)
            out[at++] = '0';
    }
    for (int i = 0; i < x->n || i < x->point; i++) {
        if (i == x->point && i > 0)
            out[at++] = '.';
        out[at++] = i < x->n ? x->d[i] : '0';
    }
    return at;
}

/* Most numbers need nothing: few digits, no exponent, no needless zeros. */
static bool already_plain(str raw)
{
    size_t i = raw.n && raw.p[0] == '-', first = i;
    bool point = false;
    for (; i < raw.n; i++) {
        if (raw.p[i] == '.' && !point && i > first)
            point = true;
        else if (raw.p[i] < '0' || raw.p[i] > '9')
            return false;
    }
    return raw.n > first && raw.n <= EXCEL_DIGITS
           && (raw.p[first] != '0' || raw.n == first + 1 || raw.p[first + 1] == '.')
           && (!point || (raw.p[raw.n - 1] != '0' && raw.p[raw.n - 1] != '.'))
           && !(first && raw.p[1] == '0' && raw.n == 2);
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

struct xlsx_rows {
    struct xlsx_book *book;
    struct xml x;
    bool data_seen, in_data, ended;
    uint32_t row; /* last one given out */
    bool hidden;
    struct xlsx_cell *cells;
    size_t count, cap;
    char *text; /* of the row's cells */
    size_t used, room;
};

bool xlsx_rows_open(struct xlsx_book *book, size_t sheet, struct xlsx_rows **ret)
{
    must(sheet < book->sheets.n);
    struct xlsx_rows *rows = op_new(book->op, struct xlsx_rows);
    struct zip_part *part;
    rows->book = book;
    if (!book->sheet_parts.p[sheet])
        return op_fail(book->op, FAULT_INPUT, book->sheets.p[sheet].name, "这是图表，不是表格，请选择别的工作表");
    if (!strings_load(book) || !zip_part_open(book->zip, book->sheet_parts.p[sheet], &part))
        return false;
    xml_part(&rows->x, book->op, part, book->sheets.p[sheet].name);
    *ret = rows;
    return true;
}

static bool cell_broken(struct xlsx_rows *rows, uint32_t row, uint32_t column, const char *what)
{
    rows->x.where = op_text(rows->book->op, "%.*s!%.*s", PS(rows->x.where), PS(xlsx_ref(rows->book->op, row, column)));
    return xml_broken(&rows->x, what);
}

/* Cells whose texts stood at `from` have them at `to` now. */
static void texts_moved(struct xlsx_cell *cells, size_t count, const char *from, size_t bytes, const char *to)
{
    for (size_t i = 0; i < count; i++) {
        str *const texts[] = {&cells[i].text, &cells[i].raw};
        for (size_t k = 0; k < COUNT(texts); k++)
            if (texts[k]->p >= from && texts[k]->p < from + bytes)
                texts[k]->p = to + (texts[k]->p - from);
    }
}

/* Room for n more bytes of this row's text; earlier cells follow when it moves. */
static bool text_room(struct xlsx_rows *rows, size_t n)
{
    if (n <= rows->room - rows->used)
        return true;
    if (rows->used + n > XLSX_ROW_BYTES_MAX)
        return op_fail(rows->book->op, FAULT_INPUT, rows->x.where, "第%u行文字过多，请检查是否粘贴错位", rows->row);
    char *old = rows->text;
    size_t old_room = rows->room, room = old_room ? old_room * 2 : 16 << 10;
    while (room - rows->used < n)
        room *= 2;
    rows->text = op_grow(rows->book->op, old, old_room, room);
    rows->room = room;
    if (old)
        texts_moved(rows->cells, rows->count, old, old_room, rows->text);
    return true;
}

static str text_put(struct xlsx_rows *rows, const char *p, size_t n)
{
    char *to = rows->text + rows->used;
    memcpy(to, p, n);
    rows->used += n;
    return (str){to, n};
}

static char *two(char *p, int v)
{
    *p++ = (char)('0' + v / 10 % 10);
    *p++ = (char)('0' + v % 10);
    return p;
}

/* A serial number as a day and a time (18.17.4.1): day 1 is 1900-01-01, and day 60 is the 29 February 1900 that never
 * was, kept for the sake of Lotus 1-2-3. False: no day of the calendar, the number stays a number. */
static bool serial_set(const struct xlsx_book *book, enum xlsx_format format, struct xlsx_cell *cell)
{
    enum { LAST_SERIAL = 2958465 /* 9999-12-31 */, DAY_MS = 86400000 };
    char z[64];
    double value = 0;
    size_t whole = 0;
    while (whole < cell->raw.n && whole < 8 && cell->raw.p[whole] >= '0' && cell->raw.p[whole] <= '9')
        value = value * 10 + (cell->raw.p[whole++] - '0');
    if (cell->raw.n >= sizeof z)
        return false;
    if (whole < cell->raw.n) { /* with a time */
        memcpy(z, cell->raw.p, cell->raw.n);
        z[cell->raw.n] = 0;
        value = strtod(z, NULL);
    }
    if (!(value >= 0 && value < LAST_SERIAL + 1))
        return false;
    int32_t serial = (int32_t)value;
    int64_t ms = llround((value - serial) * DAY_MS);
    if (ms >= DAY_MS) {
        serial++;
        ms = 0;
    }
    if (format == XLSX_TIME && serial > 0)
        return false; /* 26:30 of overtime is a duration */
    if (format == XLSX_DAY_TIME && serial == 0)
        format = XLSX_TIME;
    if (format != XLSX_TIME) {
        if (book->from_1904)
            cell->day = day_of(1904, 1, 1) + serial;
        else if (serial == 0 || serial == 60)
            return false;
        else
            cell->day = day_of(1899, 12, 30) + serial + (serial < 60);
    }
    cell->day_ms = format == XLSX_DAY ? 0 : (int32_t)ms;
    cell->format = format;
    return true;
}

static size_t serial_text(const struct xlsx_cell *cell, char out[PLAIN_MAX + 2])
{
    char *p = out;
    if (cell->format != XLSX_TIME) {
        struct date d = date_of(cell->day);
        p = two(two(p, d.year / 100), d.year % 100);
        *p++ = '-';
        p = two(p, d.month);
        *p++ = '-';
        p = two(p, d.day);
    }
    if (cell->format == XLSX_DAY_TIME)
        *p++ = ' ';
    if (cell->format != XLSX_DAY) {
        int seconds = (cell->day_ms + 500) / 1000;
        seconds = seconds < 86400 ? seconds : 86399;
        p = two(p, seconds / 3600);
        *p++ = ':';
        p = two(p, seconds / 60 % 60);
        *p++ = ':';
        p = two(p, seconds % 60);
    }
    return (size_t)(p - out);
}

static bool number_set(struct xlsx_rows *rows, struct xlsx_cell *cell, enum xlsx_format format)
{
    char plain[PLAIN_MAX + 2];
    struct digits x = {0};
    bool as_is = already_plain(cell->raw);
    if (!as_is && !digits_parse(cell->raw, &x))
        return cell_broken(rows, rows->row, cell->column, "数字");
    cell->kind = XLSX_NUMBER_CELL;
    cell->text = cell->raw;
    if (format == XLSX_PERCENT)
        cell->format = format;
    size_t n = 0;
    if (format != XLSX_PLAIN && format != XLSX_PERCENT && serial_set(rows->book, format, cell)) {
        n = serial_text(cell, plain);
    } else if (!as_is) {
        digits_round(&x);
        cell->lost_digits = x.n > 0 && x.point > EXCEL_DIGITS;
        n = digits_plain(&x, plain);
    }
    if (n == 0)
        return true;
    if (!text_room(rows, n))
        return false;
    cell->text = text_put(rows, plain, n);
    return true;
}

/* A date written as text (t="d", ISO 8601), in strict workbooks. */
static bool iso_set(struct xlsx_rows *rows, struct xlsx_cell *cell)
{
    char plain[PLAIN_MAX + 2];
    str t = cell->raw;
    cell->kind = XLSX_NUMBER_CELL;
    cell->text = t;
    if (t.n < 10 || !day_parse(str_part(t, 0, 10), &cell->day))
        return cell_broken(rows, rows->row, cell->column, "日期");
    cell->format = XLSX_DAY;
    if (t.n >= 19 && t.p[10] == 'T') {
        int part[3];
        for (int i = 0; i < 3; i++)
            part[i] = (t.p[11 + i * 3] - '0') * 10 + (t.p[12 + i * 3] - '0');
        if (part[0] < 0 || part[0] > 23 || part[1] < 0 || part[1] > 59 || part[2] < 0 || part[2] > 59)
            return cell_broken(rows, rows->row, cell->column, "日期");
        cell->day_ms = ((part[0] * 60 + part[1]) * 60 + part[2]) * 1000;
        cell->format = cell->day_ms ? XLSX_DAY_TIME : XLSX_DAY;
    }
    if (!text_room(rows, sizeof plain))
        return false;
    cell->text = text_put(rows, plain, serial_text(cell, plain));
    return true;
}

enum cell_type { TYPE_NUMBER, TYPE_SHARED, TYPE_INLINE, TYPE_TEXT, TYPE_BOOL, TYPE_ERROR, TYPE_DATE, TYPE_WRONG };

static enum cell_type type_of(str t)
{
    static const str names[] = {SC("n"), SC("s"), SC("inlineStr"), SC("str"), SC("b"), SC("e"), SC("d")};
    static_assert(COUNT(names) == TYPE_WRONG, "every type has a name");
    for (size_t i = 0; i < COUNT(names); i++)
        if (str_eq(t, names[i]))
            return (enum cell_type)i;
    return TYPE_WRONG;
}

static bool value_set(struct xlsx_rows *rows, struct xlsx_cell *cell, enum cell_type type, enum xlsx_format format,
                      str value)
{
    switch (type) {
    case TYPE_INLINE:
    case TYPE_TEXT:
        cell->kind = XLSX_TEXT_CELL;
        cell->text = value;
        return true;
    case TYPE_NUMBER:
        if (value.n == 0)
            return true;
        cell->raw = value;
        return number_set(rows, cell, format);
    case TYPE_SHARED: {
        size_t index = 0;
        if (value.n == 0)
            return true;
        for (size_t i = 0; i < value.n; i++) {
            if (value.p[i] < '0' || value.p[i] > '9' || index > UINT32_MAX)
                return cell_broken(rows, rows->row, cell->column, "文字编号");
            index = index * 10 + (size_t)(value.p[i] - '0');
        }
        if (index >= rows->book->strings.n)
            return cell_broken(rows, rows->row, cell->column, "文字编号");
        cell->kind = XLSX_TEXT_CELL;
        cell->text = rows->book->strings.p[index];
        return true;
    }
    case TYPE_BOOL:
        cell->kind = XLSX_BOOL_CELL;
        cell->text = str_eq(value, S("1")) || str_eq(value, S("true")) ? S("TRUE") : S("FALSE");
        return true;
    case TYPE_ERROR:
        cell->kind = XLSX_ERROR_CELL;
        cell->text = value;
        return true;
    case TYPE_DATE:
        cell->raw = value;
        return iso_set(rows, cell);
    case TYPE_WRONG:
        break;
    }
    return cell_broken(rows, rows->row, cell->column, "单元格类型");
}

/* "C17" with the row already known; the common case of xlsx_ref_parse. */
static uint32_t column_of(str ref, uint32_t row)
{
    uint32_t found_row, column;
    return xlsx_ref_parse(ref, &found_row, &column) && found_row == row ? column : 0;
}

/* More text of the cell being read, behind what is there. */
static bool text_take(struct xlsx_rows *rows, uint32_t column, str text, bool as_is)
{
    if (!text_room(rows, text.n + 1))
        return false;
    char *to = rows->text + rows->used;
    size_t n = text.n;
    if (!as_is)
        n = xml_decode(text, true, to);
    else
        memcpy(to, text.p, n);
    if (n == SIZE_MAX || (as_is && !utf8_valid(text)))
        return cell_broken(rows, rows->row, column, "文字编码");
    rows->used += n;
    return true;
}

static bool cell_read(struct xlsx_rows *rows)
{
    struct xml *x = &rows->x;
    uint32_t before = rows->count ? rows->cells[rows->count - 1].column : 0;
    if (rows->count == rows->cap) {
        size_t cap = rows->cap ? rows->cap * 2 : 64;
        rows->cells = op_grow(rows->book->op, rows->cells, rows->cap * sizeof *rows->cells, cap * sizeof *rows->cells);
        rows->cap = cap;
    }
    struct xlsx_cell cell = {.column = before + 1};
    enum cell_type type = TYPE_NUMBER;
    enum xlsx_format format = XLSX_PLAIN;
    str attrs = x->attrs, name, value;
    while (xml_attr_next(&attrs, &name, &value)) {
        if (name.n != 1)
            continue;
        if (*name.p == 'r') {
            cell.column = column_of(value, rows->row);
        } else if (*name.p == 't') {
            type = type_of(value);
        } else if (*name.p == 's') {
            size_t style = 0;
            for (size_t i = 0; i < value.n && style < XLSX_STYLES_MAX; i++)
                style = style * 10 + (size_t)(uint8_t)(value.p[i] - '0');
            if (style < rows->book->format_count)
                format = (enum xlsx_format)rows->book->formats[style];
        }
    }
    if (cell.column <= before || cell.column > XLSX_COLUMNS_MAX)
        return cell_broken(rows, rows->row, cell.column, "单元格次序");

    size_t start = rows->used;
    bool has_value = false;
    str usual;
    if (xml_cell(x, type == TYPE_INLINE, &usual)) {
        has_value = true;
        if (!text_take(rows, cell.column, usual, false))
            return false;
    } else if (x->kind == XML_OPEN) {
        bool take = false, phonetic = false;
        for (int inside = x->depth; x->depth >= inside;) {
            str text;
            if (!xml_next(x))
                return false;
            switch (x->kind) {
            case XML_TEXT:
            case XML_CDATA:
                if (take && !text_take(rows, cell.column, x->text, x->kind == XML_CDATA))
                    return false;
                break;
            case XML_OPEN:
            case XML_EMPTY:
            case XML_CLOSE:
                if (xml_named(x, S("v")) || (xml_named(x, S("t")) && type == TYPE_INLINE)) {
                    take = x->kind == XML_OPEN && !phonetic;
                    has_value = true;
                    if (take && xml_leaf(x, &text)) {
                        take = false;
                        if (!text_take(rows, cell.column, text, false))
                            return false;
                    }
                } else if (xml_named(x, S("f"))) {
                    cell.formula = true;
                } else if (xml_named(x, S("rPh"))) {
                    phonetic = x->kind == XML_OPEN;
                }
                break;
            case XML_OTHER:
                break;
            case XML_END:
                return xml_broken(x, "标签不成对");
            }
        }
    }
    /* In its place first: making room for its text may move that of all cells. */
    struct xlsx_cell *kept = &rows->cells[rows->count++];
    *kept = cell;
    if (!has_value)
        return true;
    return value_set(rows, kept, type, format,
                     rows->text ? (str){rows->text + start, rows->used - start} : S(""));
}

static bool row_read(struct xlsx_rows *rows, struct xlsx_row *ret)
{
    struct xml *x = &rows->x;
    int64_t number = (int64_t)rows->row + 1;
    str written;
    if (xml_attr(x, "r", &written) && !xml_attr_int(x, "r", &number))
        return xml_broken(x, "行号");
    if (number <= (int64_t)rows->row || number > XLSX_ROWS_MAX)
        return xml_broken(x, "行的次序");
    rows->row = (uint32_t)number;
    rows->count = 0;
    rows->used = 0;
    rows->hidden = xml_attr_true(x, "hidden", false);
    if (x->kind == XML_OPEN)
        for (int inside = x->depth; x->depth >= inside;) {
            if (!xml_next(x))
                return false;
            if (x->kind == XML_END)
                return xml_broken(x, "标签不成对");
            if (xml_opens(x, "c") && xml_level(x) == 3 && !cell_read(rows))
                return false;
        }
    *ret = (struct xlsx_row){rows->row, rows->hidden, rows->cells, rows->count};
    return true;
}

bool xlsx_row_next(struct xlsx_rows *rows, struct xlsx_row *ret, bool *ret_found)
{
    struct xml *x = &rows->x;
    while (!rows->ended) {
        if (!xml_next(x))
            return false;
        if (x->kind == XML_END) {
            rows->ended = true;
        } else if (x->kind <= XML_CLOSE && xml_level(x) == 1 && xml_named(x, S("sheetData"))) {
            if (rows->data_seen && x->kind != XML_CLOSE)
                return xml_broken(x, "行区有两处");
            rows->data_seen = true;
            rows->in_data = x->kind == XML_OPEN;
        } else if (rows->in_data && xml_opens(x, "row") && xml_level(x) == 2) {
            *ret_found = true;
            return row_read(rows, ret);
        }
    }
    *ret_found = false;
    return true;
}

struct xlsx_row row_copy(struct op *op, const struct xlsx_rows *rows)
{
    struct xlsx_cell *cells = op_space(op, op_size(rows->count + 1, sizeof *cells));
    char *text = op_space(op, rows->used + 1);
    if (rows->count)
        memcpy(cells, rows->cells, rows->count * sizeof *cells);
    if (rows->used) {
        memcpy(text, rows->text, rows->used);
        texts_moved(cells, rows->count, rows->text, rows->used + 1, text);
    }
    return (struct xlsx_row){rows->row, rows->hidden, cells, rows->count};
}

const struct xlsx_cell *xlsx_row_cell(const struct xlsx_row *row, uint32_t column)
{
    for (size_t low = 0, high = row->count; low < high;) {
        size_t middle = (low + high) / 2;
        if (row->cells[middle].column == column)
            return &row->cells[middle];
        if (row->cells[middle].column < column)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

uint32_t xlsx_rows_about(const struct xlsx_rows *rows)
{
    uint64_t size, read = zip_part_place(rows->x.part, &size) - (uint64_t)(rows->x.end - rows->x.p);
    double last = read ? (double)rows->row * ((double)size / (double)read) : 0;
    return last < XLSX_ROWS_MAX ? (uint32_t)last : XLSX_ROWS_MAX;
}

bool xlsx_layout(struct xlsx_book *book, size_t sheet, struct xlsx_layout *ret)
{
    must(sheet < book->sheets.n);
    struct {
        struct xlsx_range *p;
        size_t n, cap;
    } merges = {0}, hidden = {0};
    struct zip_part *part;
    struct xml x;
    if (!book->sheet_parts.p[sheet]) {
        *ret = (struct xlsx_layout){0};
        return true;
    }
    if (!zip_part_open(book->zip, book->sheet_parts.p[sheet], &part))
        return false;
    xml_part(&x, book->op, part, book->sheets.p[sheet].name);
    while (xml_next(&x) && x.kind != XML_END) {
        struct xlsx_range range = {0};
        int64_t first, last;
        str ref;
        if (x.kind == XML_OPEN && xml_level(&x) == 1 && xml_named(&x, S("sheetData"))) {
            if (!xml_pass(&x))
                return false;
            continue;
        }
        if (merges.n == XLSX_MERGES_MAX || hidden.n == XLSX_COLUMNS_MAX)
            return xml_broken(&x, "合并单元格过多");
        if (xml_opens(&x, "mergeCell") && xml_attr(&x, "ref", &ref)) {
            if (!range_parse(ref, &range))
                return xml_broken(&x, "合并单元格");
            *list_add(book->op, &merges) = range;
        } else if (xml_opens(&x, "col") && xml_attr_true(&x, "hidden", false) && xml_attr_int(&x, "min", &first)
                   && xml_attr_int(&x, "max", &last) && first >= 1 && last >= first && last <= XLSX_COLUMNS_MAX) {
            range.column = (uint32_t)first;
            range.column_last = (uint32_t)last;
            *list_add(book->op, &hidden) = range;
        }
    }
    *ret = (struct xlsx_layout){merges.p, merges.n, hidden.p, hidden.n};
    return !x.failed;
}
