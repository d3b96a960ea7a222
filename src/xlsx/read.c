#include "xlsx/book.h"

/* ---- what kind of file is it? ------------------------------------------------------------------------------ */

/* The first sector of an old Office file's directory names its streams (MS-CFB 2.2 and 2.6.1). */
static bool old_office_encrypted(struct op *op, const struct zip_source *s)
{
    static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    uint8_t head[52];
    char directory[4096];
    if (s->size < sizeof head || !zip_source_read(op, s, 0, head, sizeof head) || head[30] > 12)
        return false;
    uint64_t sector =
        (uint64_t)head[48] | (uint64_t)head[49] << 8 | (uint64_t)head[50] << 16 | (uint64_t)head[51] << 24;
    uint64_t at = (sector + 1) << head[30];
    if (at >= s->size)
        return false;
    size_t n = s->size - at < sizeof directory ? (size_t)(s->size - at) : sizeof directory;
    return zip_source_read(op, s, at, directory, n) && memmem(directory, n, name, sizeof name - 1);
}

#define SAVE_AS "请用 Excel 或 WPS 打开，选“另存为”，类型选“Excel 工作簿（*.xlsx）”后再上传"

static bool sniff(struct op *op, const struct zip_source *s)
{
    static const struct {
        str magic;
        const char *text;
    } kinds[] = {
        {SC("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "这是旧格式的表格（.xls 或 .et），" SAVE_AS},
        {SC("%PDF"), "这是 PDF，不是表格；请上传原来的 Excel 表"},
        {SC("{\\rtf"), "这是文档，不是表格；请把表格复制到 Excel 后保存为 .xlsx"},
        {SC("\xFF\xD8\xFF"), "这是照片，不是表格；请上传原来的 Excel 表"},
        {SC("\x89PNG"), "这是图片，不是表格；请上传原来的 Excel 表"},
        {SC("Rar!"), "这是压缩包，请先解压，再上传里面的 .xlsx"},
        {SC("7z\xBC\xAF"), "这是压缩包，请先解压，再上传里面的 .xlsx"},
    };
    char head[16] = "";
    size_t n = s->size < sizeof head ? (size_t)s->size : sizeof head;
    if (n == 0)
        return op_fail(op, FAULT_INPUT, S(""), "文件是空的，请重新选择");
    if (!zip_source_read(op, s, 0, head, n))
        return false;
    str h = {head, n};
    if (str_starts(h, S("PK\3\4")))
        return true;
    if (str_starts(h, kinds[0].magic) && old_office_encrypted(op, s))
        return op_fail(op, FAULT_INPUT, S(""),
                       "表格加了打开密码，请用 Excel 或 WPS 打开，在“文件—信息—保护工作簿”中去掉密码后保存，再上传");
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_starts(h, kinds[i].magic))
            return op_fail(op, FAULT_INPUT, S(""), "%s", kinds[i].text);
    str t = str_trim(str_starts(h, S("\xEF\xBB\xBF")) ? str_part(h, 3, n) : h);
    if (t.n && *t.p == '<')
        return op_fail(op, FAULT_INPUT, S(""), "这是网页或 XML 存成的表格，" SAVE_AS);
    return op_fail(op, FAULT_INPUT, S(""), "这不是 Excel 工作簿（可能是文本或 CSV），" SAVE_AS);
}

/* The container is right, its content is something else. */
static bool content_sniff(struct op *op, const struct zip *z)
{
    static const struct {
        str part;
        const char *text;
    } kinds[] = {
        {SC("word/document.xml"), "这是 Word 文档，不是表格；请把表格复制到 Excel 后保存为 .xlsx"},
        {SC("ppt/presentation.xml"), "这是演示文稿，不是表格；请把表格复制到 Excel 后保存为 .xlsx"},
        {SC("xl/workbook.bin"), "这是二进制工作簿（.xlsb），" SAVE_AS},
        {SC("META-INF/manifest.xml"), "这是 OpenDocument 表格（.ods），" SAVE_AS},
    };
    for (size_t i = 0; i < z->count; i++) {
        str name = z->entries[i].name;
        if ((name.n >= 14 && strncasecmp(name.p + name.n - 14, "vbaProject.bin", 14) == 0)
            || str_starts(name, S("xl/macrosheets/")))
            return op_fail(op, FAULT_INPUT, name, "表格含有宏，不予接收；" SAVE_AS "（另存时选择不保留宏）");
    }
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (zip_find(z, kinds[i].part))
            return op_fail(op, FAULT_INPUT, S(""), "%s", kinds[i].text);
    return true;
}

/* ---- relations --------------------------------------------------------------------------------------------- */

static size_t folder_end(str part)
{
    size_t n = part.n;
    while (n && part.p[n - 1] != '/')
        n--;
    return n;
}

str rels_name(struct op *op, str part)
{
    size_t n = folder_end(part);
    return op_text(op, "%.*s_rels/%.*s.rels", (int)n, part.p, (int)(part.n - n), part.p + n);
}

static str resolve(struct op *op, str part, str target)
{
    if (target.n && *target.p == '/')
        return str_part(target, 1, target.n);
    str folder = str_part(part, 0, folder_end(part));
    for (;;) {
        if (str_starts(target, S("./"))) {
            target = str_part(target, 2, target.n);
        } else if (str_starts(target, S("../"))) {
            target = str_part(target, 3, target.n);
            folder = folder.n ? str_part(folder, 0, folder_end(str_part(folder, 0, folder.n - 1))) : folder;
        } else {
            return op_text(op, "%.*s%.*s", PS(folder), PS(target));
        }
    }
}

bool rels_load(struct zip *z, str part, struct rels *ret)
{
    *ret = (struct rels){0};
    str name = rels_name(z->op, part), text;
    const struct zip_entry *e = zip_find(z, name);
    if (!e)
        return true;
    if (!zip_whole(z, e, XLSX_SMALL_PART_MAX, &text))
        return false;
    struct xml x;
    xml_whole(&x, z->op, text, name);
    while (xml_next(&x) && x.kind != XML_END) {
        if (!xml_opens(&x, "Relationship") || str_eq(xml_attr_text(&x, "TargetMode"), S("External")))
            continue;
        str type = xml_attr_text(&x, "Type");
        type = str_part(type, folder_end(type), type.n);
        *list_add(z->op, ret) =
            (struct rel){xml_attr_text(&x, "Id"), type, resolve(z->op, part, xml_attr_text(&x, "Target"))};
    }
    return !x.failed;
}

const struct rel *rels_type(const struct rels *rels, const char *type)
{
    for (size_t i = 0; i < rels->n; i++)
        if (str_eq(rels->p[i].type, str_z(type)))
            return &rels->p[i];
    return NULL;
}

const struct rel *rels_id(const struct rels *rels, str wanted)
{
    for (size_t i = 0; i < rels->n; i++)
        if (str_eq(rels->p[i].id, wanted))
            return &rels->p[i];
    return NULL;
}

/* ---- styles: which numbers are dates? ------------------------------------------------------------------------ */

/* Built-in formats (ECMA-376 part 1, 18.8.30, with the list for zh-cn). */
static enum xlsx_format format_builtin(int64_t number)
{
    static const struct {
        int first, last;
        enum xlsx_format format;
    } builtin[] = {
        {9, 10, XLSX_PERCENT}, {14, 17, XLSX_DAY},  {18, 21, XLSX_TIME}, {22, 22, XLSX_DAY_TIME}, {27, 31, XLSX_DAY},
        {32, 35, XLSX_TIME},   {36, 36, XLSX_DAY},  {45, 47, XLSX_TIME}, {50, 54, XLSX_DAY},      {55, 56, XLSX_TIME},
        {57, 58, XLSX_DAY},    {71, 74, XLSX_DAY},  {75, 76, XLSX_TIME}, {77, 77, XLSX_DAY_TIME}, {78, 80, XLSX_TIME},
        {81, 81, XLSX_DAY},
    };
    for (size_t i = 0; i < COUNT(builtin); i++)
        if (number >= builtin[i].first && number <= builtin[i].last)
            return builtin[i].format;
    return XLSX_PLAIN;
}

/* The letters of the first section, outside quotes, escapes and brackets, tell (18.8.31). */
static enum xlsx_format format_custom(str code)
{
    bool date = false, clock = false, month = false, percent = false;
    if (strncasecmp(code.p, "General", code.n < 7 ? code.n : 7) == 0 || str_starts(code, S("G/")))
        return XLSX_PLAIN;
    for (size_t i = 0; i < code.n && code.p[i] != ';'; i++) {
        char c = code.p[i], lower = c | 32;
        if (c == '"') {
            const char *stop = memchr(code.p + i + 1, '"', code.n - i - 1);
            if (!stop)
                break;
            i = (size_t)(stop - code.p);
        } else if (c == '\\' || c == '_' || c == '*') {
            i++;
        } else if (c == '[') {
            const char *stop = memchr(code.p + i, ']', code.n - i);
            if (!stop)
                break;
            char inner = code.p[i + 1] | 32;
            bool elapsed = (inner == 'h' || inner == 'm' || inner == 's')
                && (code.p + i + 2 == stop || (code.p[i + 2] | 32) == inner);
            clock |= elapsed;
            i = (size_t)(stop - code.p);
        } else if (lower == 'e' && i + 1 < code.n && (code.p[i + 1] == '+' || code.p[i + 1] == '-')) {
            i++; /* 0.00E+00 */
        } else if (lower == 'y' || lower == 'd' || lower == 'e') {
            date = true;
        } else if (lower == 'h' || lower == 's') {
            clock = true;
        } else if (lower == 'm') {
            month = true;
        } else if (c == '%') {
            percent = true;
        }
    }
    date |= month && !clock;
    return date ? clock ? XLSX_DAY_TIME : XLSX_DAY : clock ? XLSX_TIME : percent ? XLSX_PERCENT : XLSX_PLAIN;
}

static bool styles_load(struct xlsx_book *book)
{
    enum { FORMAT_NUMBERS = 1 << 16 };
    str text;
    if (!book->styles)
        return true;
    if (!zip_whole(book->zip, book->styles, XLSX_SMALL_PART_MAX, &text))
        return false;
    uint8_t *custom = op_alloc(book->op, FORMAT_NUMBERS); /* 0: not there; else 1 + enum xlsx_format */
    struct xml x;
    xml_whole(&x, book->op, text, book->styles->name);
    book->formats = op_alloc(book->op, XLSX_STYLES_MAX);
    int64_t number = 0;
    for (bool cells = false; xml_next(&x) && x.kind != XML_END;) {
        if (xml_opens(&x, "numFmt") && xml_attr_int(&x, "numFmtId", &number) && number >= 0
            && number < FORMAT_NUMBERS) {
            custom[number] = (uint8_t)(1 + format_custom(xml_attr_text(&x, "formatCode")));
        } else if (xml_opens(&x, "cellXfs") || xml_closes(&x, "cellXfs")) {
            cells = x.kind == XML_OPEN;
        } else if (cells && xml_opens(&x, "xf")) {
            if (book->format_count == XLSX_STYLES_MAX)
                return xml_broken(&x, "单元格格式过多");
            if (!xml_attr_int(&x, "numFmtId", &number))
                number = 0;
            bool own = number >= 0 && number < FORMAT_NUMBERS && custom[number];
            book->formats[book->format_count++] = own ? custom[number] - 1 : (uint8_t)format_builtin(number);
        }
    }
    return !x.failed;
}

/* ---- shared strings ---------------------------------------------------------------------------------------- */

/* Text is packed into blocks: a million strings cost their bytes and 16 each. */
bool strings_load(struct xlsx_book *book)
{
    enum { BLOCK = 64 << 10 };
    struct op *op = book->op;
    if (book->strings_loaded || !book->shared) {
        book->strings_loaded = true;
        return true;
    }
    struct zip_part *part;
    if (!zip_part_open(book->zip, book->shared, &part))
        return false;
    struct xml x;
    xml_part(&x, op, part, book->shared->name);
    char *block = NULL;
    size_t used = 0, room = 0, total = 0, start = 0;
    bool in_t = false, phonetic = false;
    while (xml_next(&x) && x.kind != XML_END) {
        if (x.kind == XML_TEXT || x.kind == XML_CDATA) {
            if (!in_t)
                continue;
            if (x.text.n > room - used) {
                size_t kept = used - start;
                if (kept > XLSX_ROW_BYTES_MAX)
                    return xml_broken(&x, "一处内容过长");
                room = kept + x.text.n > BLOCK / 4 ? (kept + x.text.n) * 2 : BLOCK;
                char *next = op_alloc(op, room);
                if (kept)
                    memcpy(next, block + start, kept);
                block = next;
                start = 0;
                used = kept;
            }
            size_t n = x.text.n;
            if (x.kind == XML_CDATA)
                memcpy(block + used, x.text.p, n);
            else
                n = xml_decode(x.text, true, block + used);
            if (n == SIZE_MAX || !utf8_valid((str){block + used, n}))
                return xml_broken(&x, "文字编码");
            used += n;
        } else if (xml_named(&x, S("t"))) {
            in_t = x.kind == XML_OPEN && !phonetic;
        } else if (xml_named(&x, S("rPh"))) { /* how it is read aloud, for Japanese */
            phonetic = x.kind == XML_OPEN;
        } else if (xml_named(&x, S("si"))) {
            if (x.kind == XML_OPEN) {
                start = used;
                continue;
            }
            str s = {block ? block + start : "", x.kind == XML_EMPTY ? 0 : used - start};
            total += s.n + sizeof s;
            if (total > XLSX_SHARED_BYTES_MAX)
                return op_fail(op, FAULT_INPUT, x.where, "文字过多，请把表格分成几个文件");
            *list_add(op, &book->strings) = s;
        }
    }
    book->strings_loaded = !x.failed;
    return !x.failed;
}

/* ---- workbook ---------------------------------------------------------------------------------------------- */

static bool workbook_load(struct xlsx_book *book, const struct zip_entry *e)
{
    struct op *op = book->op;
    struct rels rels;
    str text;
    if (!rels_load(book->zip, e->name, &rels) || !zip_whole(book->zip, e, XLSX_SMALL_PART_MAX, &text))
        return false;
    const struct rel *styles = rels_type(&rels, "styles"), *shared = rels_type(&rels, "sharedStrings");
    book->styles = styles ? zip_find(book->zip, styles->target) : NULL;
    book->shared = shared ? zip_find(book->zip, shared->target) : NULL;

    struct xml x;
    xml_whole(&x, op, text, e->name);
    while (xml_next(&x) && x.kind != XML_END) {
        if (xml_opens(&x, "workbookPr")) {
            book->from_1904 = xml_attr_true(&x, "date1904", false);
        } else if (xml_opens(&x, "sheet")) {
            str state = xml_attr_text(&x, "state");
            const struct rel *rel = rels_id(&rels, xml_attr_text(&x, "id"));
            const struct zip_entry *part = rel ? zip_find(book->zip, rel->target) : NULL;
            if (!part)
                return xml_broken(&x, "缺少工作表");
            if (book->sheets.n == XLSX_SHEETS_MAX)
                return op_fail(op, FAULT_INPUT, S(""), "工作表超过 %d 张，请分成几个文件", XLSX_SHEETS_MAX);
            *list_add(op, &book->sheets) = (struct xlsx_sheet_info){
                .name = xml_attr_text(&x, "name"),
                .visibility = str_eq(state, S("veryHidden")) ? XLSX_VERY_HIDDEN
                    : str_eq(state, S("hidden"))             ? XLSX_HIDDEN
                                                             : XLSX_VISIBLE,
            };
            *list_add(op, &book->sheet_parts) = str_eq(rel->type, S("worksheet")) ? part : NULL;
        } else if (xml_opens(&x, "definedName")) {
            int64_t sheet;
            struct xlsx_name name = {
                .name = xml_attr_text(&x, "name"),
                .sheet = xml_attr_int(&x, "localSheetId", &sheet) && sheet >= 0 && sheet < XLSX_SHEETS_MAX
                             ? (int)sheet
                             : -1,
                .hidden = xml_attr_true(&x, "hidden", false),
            };
            if (book->names.n == XLSX_DEFINED_NAMES_MAX)
                return op_fail(op, FAULT_INPUT, S(""), "名称过多，请在“公式—名称管理器”中删去不用的名称");
            if (!xml_element_text(&x, &name.refers_to))
                return false;
            *list_add(op, &book->names) = name;
        }
    }
    if (x.failed)
        return false;
    return book->sheets.n ? true : op_fail(op, FAULT_INPUT, S(""), "文件里没有工作表，" SAVE_AS);
}

/* Custom properties are <property name=…><vt:lpwstr>…; the others are elements with text. */
static bool properties_load(struct xlsx_book *book, const struct rel *rel, bool custom)
{
    const struct zip_entry *e = rel ? zip_find(book->zip, rel->target) : NULL;
    str text, value, name = S("");
    if (!e)
        return true;
    if (!zip_whole(book->zip, e, XLSX_SMALL_PART_MAX, &text))
        return false;
    struct xml x;
    xml_whole(&x, book->op, text, e->name);
    while (xml_next(&x) && x.kind != XML_END && book->properties.count < XLSX_PROPERTIES_MAX) {
        if (x.kind != XML_OPEN || x.depth == 1)
            continue;
        if (custom && xml_named(&x, S("property"))) {
            name = xml_attr_text(&x, "name");
            continue;
        }
        if (!custom)
            name = op_copy(book->op, x.name);
        if (!xml_element_text(&x, &value))
            return false;
        str *kept = op_new(book->op, str);
        *kept = value;
        if (!map_get(&book->properties, name))
            map_put(&book->properties, name, kept);
    }
    return !x.failed;
}

static bool book_open(struct op *op, struct zip_source source, struct xlsx_book **ret)
{
    struct xlsx_book *book = op_new(op, struct xlsx_book);
    struct rels rels;
    book->op = op;
    map_init(&book->properties, op);
    if (!sniff(op, &source) || !zip_open(op, source, &book->zip) || !content_sniff(op, book->zip)
        || !rels_load(book->zip, S(""), &rels))
        return false;
    const struct rel *main = rels_type(&rels, "officeDocument");
    const struct zip_entry *e = zip_find(book->zip, main ? main->target : S("xl/workbook.xml"));
    if (!e)
        return op_fail(op, FAULT_INPUT, S(""), "这是压缩包，不是 Excel 工作簿；如果里面有表格，请先解压再上传");
    book->part = e->name;
    if (!workbook_load(book, e) || !styles_load(book)
        || !properties_load(book, rels_type(&rels, "custom-properties"), true)
        || !properties_load(book, rels_type(&rels, "core-properties"), false)
        || !properties_load(book, rels_type(&rels, "extended-properties"), false))
        return false;
    *ret = book;
    return true;
}

bool xlsx_open(struct op *op, str bytes, struct xlsx_book **ret)
{
    return book_open(op, (struct zip_source){.bytes = bytes, .fd = -1, .size = bytes.n}, ret);
}

bool xlsx_open_path(struct op *op, str path, struct xlsx_book **ret)
{
    struct zip_source source;
    return zip_source_path(op, path, &source) && book_open(op, source, ret);
}

size_t xlsx_sheet_count(const struct xlsx_book *book)
{
    return book->sheets.n;
}

const struct xlsx_sheet_info *xlsx_sheet_info(const struct xlsx_book *book, size_t sheet)
{
    must(sheet < book->sheets.n);
    return &book->sheets.p[sheet];
}

bool xlsx_sheet_has_rows(const struct xlsx_book *book, size_t sheet)
{
    must(sheet < book->sheets.n);
    return book->sheet_parts.p[sheet] != NULL;
}

str xlsx_property(const struct xlsx_book *book, str name)
{
    const str *value = map_get(&book->properties, name);
    return value ? *value : S("");
}

const struct xlsx_name *xlsx_names(const struct xlsx_book *book, size_t *ret_count)
{
    *ret_count = book->names.n;
    return book->names.p;
}
