/* What a Word or Excel file from outside must not carry: programs, objects, and links that are followed on opening. */
#include "base/xml.h"
#include "report/office.h"

#include <strings.h>

#define WHERE_MACROS "另存时选不带宏的类型（*.docx、*.xlsx）"

static bool ends_with(str name, const char *end)
{
    size_t n = strlen(end);
    return name.n >= n && strncasecmp(name.p + name.n - n, end, n) == 0;
}

static bool has(str name, const char *part)
{
    size_t at;
    return str_find(name, str_z(part), &at);
}

/* By the names of parts. The zip room has refused names that lead out of the package. */
[[nodiscard]] static bool names_check(struct office_file *o, const struct zip *zip)
{
    static const struct {
        const char *part, *what;
        bool end;
    } unwanted[] = {
        {"vbaProject.bin", "含有宏，不予接收；" WHERE_MACROS, true},
        {"vbaData.xml", "含有宏，不予接收；" WHERE_MACROS, true},
        {"macrosheets/", "含有宏表，不予接收；" WHERE_MACROS, false},
        {"activeX/", "含有控件（ActiveX），不予接收；请删去控件后再上传", false},
        {"embeddings/", "嵌有别的文件或对象，不予接收；请删去或改成图片后再上传", false},
        {"externalLinks/", "引用了别的工作簿，不予接收；请在“数据—编辑链接”里断开链接后再上传", false},
        {"EncryptedPackage", "加了打开密码，请去掉密码后再上传", true},
    };
    for (size_t i = 0; i < zip->count; i++)
        for (size_t k = 0; k < COUNT(unwanted); k++)
            if (unwanted[k].end ? ends_with(zip->entries[i].name, unwanted[k].part)
                                : has(zip->entries[i].name, unwanted[k].part))
                return office_refuse(o, zip->entries[i].name, "%s", unwanted[k].what);
    return true;
}

/* A relation to the outside that is not a link which a person has to click: a remote template, picture, frame. */
[[nodiscard]] static bool relations_check(struct office_file *o, struct zip *zip, const struct zip_entry *e)
{
    struct xtree *root;
    str text;
    if (!zip_whole(zip, e, XLSX_SMALL_PART_MAX, &text) || !xtree_parse(o->op, text, e->name, &root))
        return false;
    for (const struct xtree *r = xtree_first(root, "Relationship"); r; r = xtree_next(r, "Relationship")) {
        str target = xtree_attr(r, "Target");
        bool link =
            str_ends(xtree_attr(r, "Type"), S("/hyperlink")) &&
            (str_starts(target, S("http://")) || str_starts(target, S("https://")) || str_starts(target, S("mailto:")));
        if (strcasecmp(op_z(o->op, xtree_attr(r, "TargetMode")), "External") == 0 && !link)
            return office_refuse(o, e->name, "链接到外面的“%.*s”，不予接收；请断开链接，图片改为插入到文件里",
                                 PS(target));
    }
    return true;
}

[[nodiscard]] static bool types_check(struct office_file *o, struct zip *zip)
{
    const struct zip_entry *e = zip_find(zip, S("[Content_Types].xml"));
    str text;
    if (!e)
        return office_refuse(o, S(""),
                             "缺少 [Content_Types].xml，不是完整的 Word 或 Excel 文件；请用原来的软件另存后再上传");
    if (!zip_whole(zip, e, XLSX_SMALL_PART_MAX, &text))
        return false;
    if (has(text, "macroEnabled"))
        return office_refuse(o, S(""), "是带宏的文件，不予接收；" WHERE_MACROS);
    return true;
}

/* Fields that fetch or start something when Word brings them up to date, whatever runs their words are cut into. */
static bool field_fetches(str instruction)
{
    static const char *const words[] = {"DDE", "DDEAUTO", "INCLUDETEXT", "INCLUDEPICTURE", "INCLUDE", "LINK", "IMPORT", "DATABASE", "RD"};
    str word, rest;
    str_split(str_trim(instruction), ' ', &word, &rest);
    for (size_t i = 0; i < COUNT(words); i++)
        if (word.n == strlen(words[i]) && strncasecmp(word.p, words[i], word.n) == 0)
            return true;
    return false;
}

/* The instructions of fields below e, one behind the other; a line end where a field begins. */
static void instructions_of(const struct xtree *e, struct buf *b)
{
    if (xtree_is(e, "fldChar"))
        buf_add(b, S("\n"));
    if (xtree_is(e, "fldSimple"))
        buf_text(b, "\n%.*s\n", PS(xtree_attr(e, "instr")));
    if (xtree_is(e, "instrText"))
        buf_add(b, e->text);
    for (const struct xtree *c = e->first; c; c = c->next)
        instructions_of(c, b);
}

[[nodiscard]] static bool fields_check(struct office_file *o, struct zip *zip, const struct zip_entry *e)
{
    struct xtree *root;
    struct buf b;
    str text, line;
    if (!zip_whole(zip, e, XTREE_BYTES_MAX, &text))
        return false;
    if (!has(text, "instr"))
        return true;
    if (!xtree_parse(o->op, text, e->name, &root))
        return false;
    buf_init(&b, o->op, 0);
    instructions_of(root, &b);
    for (str rest = buf_str(&b); rest.n;) {
        str_split(rest, '\n', &line, &rest);
        if (field_fetches(line))
            return office_refuse(o, e->name, "有会取外面内容的域“%.*s”，不予接收；请把它变成文字（选中后按 Ctrl+Shift+F9）再上传",
                                 PS(str_part(line, 0, utf8_skip(line, 40))));
    }
    return true;
}

bool office_safe(struct office_file *o, struct zip *zip)
{
    if (!names_check(o, zip) || !types_check(o, zip))
        return false;
    for (size_t i = 0; i < zip->count; i++)
        if (str_starts(zip->entries[i].name, S("word/")) && ends_with(zip->entries[i].name, ".xml") && !fields_check(o, zip, &zip->entries[i]))
            return false;
    for (size_t i = 0; i < zip->count; i++)
        if (ends_with(zip->entries[i].name, ".rels") && !relations_check(o, zip, &zip->entries[i]))
            return false;
    return true;
}
