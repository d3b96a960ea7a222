/* What the clerk typed, read into the elements of a document. */
#include "paper/inner.h"

#define FIELD(name_, member) {SC(name_), offsetof(struct paper_official, member)}
static const struct official_field {
    str name;
    size_t offset;
} fields[] = {
    FIELD("格式", format),
    FIELD("份号", copy_number),
    FIELD("密级", secrecy),
    FIELD("紧急程度", urgency),
    FIELD("发文机关", organs),
    FIELD("发文机关标志", mark),
    FIELD("发文字号", number),
    FIELD("签发人", approvers),
    FIELD("标题", title),
    FIELD("主送", to),
    FIELD("主送机关", to),
    FIELD("正文", body),
    FIELD("附件说明", attachment_names),
    FIELD("署名", signers),
    FIELD("成文日期", date),
    FIELD("印章", seal_kind),
    FIELD("印章直径", seal_size),
    FIELD("职务", office),
    FIELD("签名章", stamp_file),
    FIELD("附注", remark),
    FIELD("出席", present),
    FIELD("请假", excused),
    FIELD("列席", sitting_in),
    FIELD("抄送", copies),
    FIELD("抄送机关", copies),
    FIELD("印发机关", printer),
    FIELD("印发日期", print_date),
};

static str *field_find(struct paper_official *doc, str name)
{
    for (size_t i = 0; i < COUNT(fields); i++)
        if (str_eq(fields[i].name, name))
            return (str *)(void *)((char *)doc + fields[i].offset);
    return NULL;
}

bool official_part(const struct paper_official *doc, str name, str *ret)
{
    str *found = field_find((struct paper_official *)(uintptr_t)doc, name);
    *ret = found ? *found : S("");
    return found;
}

/* ---- plain text ------------------------------------------------------------------------------------------------- */

static bool line_take(str *rest, str *ret)
{
    if (rest->n == 0)
        return false;
    str tail;
    str_split(*rest, '\n', ret, &tail);
    *rest = tail;
    return true;
}

/* 标题：…… with a full-width or a plain colon. */
static bool entry_split(str line, str *ret_name, str *ret_value)
{
    size_t wide, plain;
    bool has_wide = str_find(line, S("："), &wide), has_plain = str_find(line, S(":"), &plain);
    if (!has_wide && !has_plain)
        return false;
    bool use_wide = has_wide && (!has_plain || wide < plain);
    size_t at = use_wide ? wide : plain;
    *ret_name = str_trim(str_part(line, 0, at));
    *ret_value = str_trim(str_part(line, at + (use_wide ? 3 : 1), line.n));
    return true;
}

/* 附件 or 附件3, alone on its line */
static bool begins_attachment(str line)
{
    line = str_trim(line);
    if (!str_starts(line, S("附件")))
        return false;
    line = str_part(line, strlen("附件"), line.n);
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] < '0' || line.p[i] > '9')
            return false;
    return line.n <= 3;
}

static void attachments_cut(struct op *op, struct paper_official *doc)
{
    struct {
        struct paper_attachment *p;
        size_t n, cap;
    } list = {0};
    str rest = doc->body, line;
    const char *end = doc->body.p + doc->body.n;
    str *growing = &doc->body;
    const char *from = doc->body.p;
    bool wants_title = false;
    while (line_take(&rest, &line)) {
        if (begins_attachment(line)) {
            *growing = (str){from, (size_t)(line.p - from)};
            *list_add(op, &list) = (struct paper_attachment){0};
            growing = &list.p[list.n - 1].body;
            from = line.p + line.n;
            wants_title = true;
        } else if (wants_title && str_trim(line).n) {
            list.p[list.n - 1].title = str_trim(line);
            from = line.p + line.n;
            wants_title = false;
        }
    }
    if (list.n)
        *growing = (str){from, (size_t)(end - from)};
    doc->attachments = list.p;
    doc->attachment_count = list.n;
}

/* 2. 2． 2、 before the name of an attachment; *ret: the name, which may begin with a figure itself: 1.2021年度报表. */
static bool name_numbered(str line, size_t number, str *ret)
{
    static const str points[] = {SC("."), SC("．"), SC("、")};
    size_t digits = 0, value = 0;
    for (; digits < line.n && digits < 3 && line.p[digits] >= '0' && line.p[digits] <= '9'; digits++)
        value = value * 10 + (size_t)(line.p[digits] - '0');
    str rest = str_part(line, digits, line.n);
    for (size_t i = 0; i < COUNT(points) && digits && value == number; i++)
        if (str_starts(rest, points[i])) {
            *ret = str_trim(str_part(rest, points[i].n, rest.n));
            return ret->n > 0;
        }
    return false;
}

/* The line that begins 附件说明: 附件：名称, 附件：1.名称. A word about where things are (附件：见下) is one like any other. */
static bool begins_names(str line, str *ret_name)
{
    static const str heads[] = {SC("附件："), SC("附件:")};
    for (size_t i = 0; i < COUNT(heads); i++)
        if (str_starts(line, heads[i])) {
            *ret_name = str_trim(str_part(line, heads[i].n, line.n));
            return true;
        }
    return false;
}

/* 附件：1.名册, 2.标准 … as the last lines of the body are 附件说明, as a clerk types them under the text. Where anything else follows
 * they are lines of the text. */
static void names_cut(struct op *op, struct paper_official *doc)
{
    str rest = doc->body, line, name;
    const char *from = NULL;
    size_t count = 0;
    struct buf names;
    buf_init(&names, op, 0);
    while (line_take(&rest, &line)) {
        str said = str_trim(line);
        if (said.n == 0)
            continue;
        if (begins_names(said, &name)) {
            from = line.p;
            count = 0;
            names.n = 0;
            said = name;
            if (said.n == 0)
                continue;
        }
        if (!from)
            continue;
        if (!name_numbered(said, count + 1, &name)) {
            if (count) { /* 附件：名称 alone stands last */
                from = NULL;
                continue;
            }
            name = said;
        }
        buf_text(&names, "%s%.*s", count++ ? "\n" : "", PS(name));
    }
    if (!from || !count)
        return;
    doc->attachment_names = buf_str(&names);
    doc->body = str_part(doc->body, 0, (size_t)(from - doc->body.p));
}

/* Names given apart, with numbers typed before them: they are numbered when they are laid out. */
static void names_bare(struct op *op, struct paper_official *doc)
{
    str rest = doc->attachment_names, line, name;
    size_t count = 0;
    struct buf names;
    buf_init(&names, op, 0);
    while (line_take(&rest, &line)) {
        if (!str_trim(line).n)
            continue;
        if (!name_numbered(str_trim(line), count + 1, &name))
            return;
        buf_text(&names, "%s%.*s", count++ ? "\n" : "", PS(name));
    }
    doc->attachment_names = buf_str(&names);
}

[[nodiscard]] static bool text_read(struct op *op, str text, struct paper_official *doc)
{
    str rest = text, line;
    for (int number = 1; line_take(&rest, &line); number++) {
        if (str_trim(line).n == 0)
            break;
        str name, value;
        if (!entry_split(line, &name, &value))
            return op_fail(op, FAULT_INPUT, op_text(op, "第%d行", number),
                           "开头各项须写成“标题：……”；各项写完空一行，再写正文");
        str *field = field_find(doc, name);
        if (!field || str_eq(name, S("正文")))
            return op_fail(op, FAULT_INPUT, op_text(op, "第%d行", number),
                           "没有“%.*s”这一项，请核对名称；正文之前须空一行", PS(str_part(name, 0, 60)));
        *field = field->n ? op_text(op, "%.*s\n%.*s", PS(*field), PS(value)) : value;
    }
    doc->body = rest;
    return true;
}

/* 出席：张三　李四 in a line of its own is the list of those who were there; what was given apart stays. */
void official_lists(struct op *op, struct paper_official *doc)
{
    struct {
        str label, given, *list;
    } lists[] = {{S("出席："), doc->present, &doc->present},
                 {S("请假："), doc->excused, &doc->excused},
                 {S("列席："), doc->sitting_in, &doc->sitting_in}};
    str rest = doc->body, line;
    struct buf left;
    buf_init(&left, op, 0);
    while (line_take(&rest, &line)) {
        size_t i = 0;
        while (i < COUNT(lists) && (lists[i].given.n || !str_starts(str_trim(line), lists[i].label)))
            i++;
        if (i == COUNT(lists)) {
            buf_add(&left, line);
            buf_add(&left, S("\n"));
            continue;
        }
        str people = str_trim(line);
        people = str_trim(str_part(people, lists[i].label.n, people.n));
        *lists[i].list = lists[i].list->n ? op_text(op, "%.*s　%.*s", PS(*lists[i].list), PS(people)) : people;
    }
    doc->body = buf_str(&left);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool value_read(struct op *op, const struct json *j, str *ret)
{
    if (j->kind == JSON_STRING || j->kind == JSON_NUMBER) {
        *ret = j->text;
        return true;
    }
    if (j->kind == JSON_NULL)
        return true;
    if (j->kind != JSON_ARRAY)
        return op_fail(op, FAULT_INPUT, j->key, "第%d行：须是文字", j->line);
    str *parts = op_array(op, str, j->count + 1);
    size_t n = 0;
    for (const struct json *e = j->first; e; e = e->next) {
        if (e->kind != JSON_STRING)
            return op_fail(op, FAULT_INPUT, j->key, "第%d行：须是文字", e->line);
        parts[n++] = e->text;
    }
    *ret = op_join(op, parts, n, S("\n"));
    return true;
}

[[nodiscard]] static bool attachments_read(struct op *op, const struct json *j, struct paper_official *doc)
{
    if (j->kind != JSON_ARRAY)
        return op_fail(op, FAULT_INPUT, j->key, "第%d行：须是 [{\"标题\": …, \"正文\": …}]", j->line);
    doc->attachments = op_array(op, struct paper_attachment, j->count + 1);
    for (const struct json *e = j->first; e; e = e->next) {
        struct paper_attachment *a = &doc->attachments[doc->attachment_count++];
        a->title = json_str(e, S("标题"));
        a->body = json_str(e, S("正文"));
        if (a->title.n == 0)
            return op_fail(op, FAULT_INPUT, j->key, "第%d行：附件须有标题", e->line);
    }
    return true;
}

[[nodiscard]] static bool json_read(struct op *op, str text, struct paper_official *doc)
{
    struct json *json;
    if (!json_parse(op, text, &json))
        return false;
    if (json->kind != JSON_OBJECT)
        return op_fail(op, FAULT_INPUT, S("公文"), "须是一个 {…}");
    for (const struct json *j = json->first; j; j = j->next) {
        str *field = field_find(doc, j->key);
        if (str_eq(j->key, S("附件")) ? !attachments_read(op, j, doc) : field && !value_read(op, j, field))
            return false;
        if (!field && !str_eq(j->key, S("附件")))
            return op_fail(op, FAULT_INPUT, j->key, "第%d行：公文没有这一项，请核对名称", j->line);
    }
    return true;
}

bool paper_official_read(struct op *op, str text, struct paper_official *ret)
{
    if (text.n > PAPER_TEXT_MAX)
        return op_fail(op, FAULT_INPUT, S("正文"), "超过 %d MB，请分成几件", PAPER_TEXT_MAX >> 20);
    if (!utf8_valid(text))
        return op_fail(op, FAULT_INPUT, S("正文"), "不是 UTF-8 文字，请用记事本另存为 UTF-8");
    if (str_starts(text, S("\xEF\xBB\xBF")))
        text = str_part(text, 3, text.n);
    struct paper_official doc = {0};
    if (str_starts(str_trim(text), S("{")) ? !json_read(op, text, &doc) : !text_read(op, text, &doc))
        return false;
    if (!doc.attachment_count) /* written below the text, as 附件1 and its title */
        attachments_cut(op, &doc);
    if (!doc.attachment_names.n)
        names_cut(op, &doc);
    else
        names_bare(op, &doc);
    *ret = doc;
    return true;
}
