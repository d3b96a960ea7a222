/* Templates that an office made in Word or Excel: opened, checked, filled. */
#include "report/office.h"

/* ---- directives that speak of rows and paragraphs ---------------------------------------------------------------- */

static bool is_directive(str tag, const char *word)
{
    return str_starts(tag, str_z(word)) && (tag.n == strlen(word) || tag.p[strlen(word)] == ' ' ||
                                            str_starts(str_part(tag, strlen(word), tag.n), S("　")));
}

static bool kind_of(str tag, enum mark_kind *ret)
{
    static const struct {
        const char *word;
        enum mark_kind kind;
    } words[] = {{"#若", MARK_IF},     {"#每", MARK_EACH}, {"#行", MARK_ROW},
                 {"#否则", MARK_ELSE}, {"#完", MARK_DONE}, {"#段", MARK_EACH} /* has an end as well; refused later */};
    for (size_t i = 0; i < COUNT(words); i++)
        if (is_directive(tag, words[i].word)) {
            *ret = words[i].kind;
            return true;
        }
    return false;
}

/* Pairs within the text are its own business; what is left over is not. */
void office_marks(struct op *op, str text, struct office_marks *ret)
{
    struct {
        struct office_mark mark;
        bool closed;
    } *all = NULL;
    struct {
        size_t *p;
        size_t n, cap;
    } open = {0};
    size_t n = 0, at, end, from = 0;
    all = op_array(op, typeof(*all), text.n / 2 + 1);
    *ret = (struct office_marks){0};
    while (str_find(str_part(text, from, text.n), S("{{"), &at) &&
           str_find(str_part(text, from + at, text.n), S("}}"), &end)) {
        struct office_mark m = {.from = from + at, .to = from + at + end + 2};
        m.directive = str_trim(str_part(text, m.from + 2, m.to - 2));
        from = m.to;
        if (!kind_of(m.directive, &m.kind))
            continue;
        all[n].mark = m;
        all[n].closed = false;
        if (m.kind == MARK_IF || m.kind == MARK_EACH) {
            *list_add(op, &open) = n;
        } else if (m.kind == MARK_DONE && open.n) {
            for (size_t k = open.p[open.n - 1]; k <= n; k++)
                all[k].closed = all[k].closed || all[k].mark.kind != MARK_ROW;
            open.n--;
        }
        n++;
    }
    for (size_t i = 0; i < n; i++)
        if (!all[i].closed)
            *list_add(op, ret) = all[i].mark;
}

str office_unmarked(struct op *op, str text, const struct office_marks *marks)
{
    struct buf b;
    size_t from = 0;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < marks->n; i++) {
        buf_add(&b, str_part(text, from, marks->p[i].from));
        from = marks->p[i].to;
    }
    buf_add(&b, str_part(text, from, text.n));
    return buf_str(&b);
}

str office_braces(struct op *op, str whole, str text)
{
    struct buf b;
    size_t at;
    if (!str_find(whole, S("｛｛"), &at))
        return text;
    buf_init(&b, op, 0);
    while (text.n) {
        str rest = text;
        (void)utf8_next(&rest);
        str c = str_part(text, 0, text.n - rest.n);
        buf_add(&b, str_eq(c, S("｛")) ? S("{") : str_eq(c, S("｝")) ? S("}") : c);
        text = rest;
    }
    return buf_str(&b);
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

bool office_full(const struct office_file *o)
{
    return o->op->fault_count - o->before >= OFFICE_FAULTS_MAX;
}

bool office_refuse(struct office_file *o, str place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(o->op, format, args);
    va_end(args);
    str where = place.n ? op_text(o->op, "%.*s %.*s", PS(o->from.file), PS(place)) : o->from.file;
    return op_fail(o->op, FAULT_INPUT, where, "%.*s", PS(text));
}

/* ---- what does not pair ------------------------------------------------------------------------------------------ */

/* Reads with one of the scopes; the faults that stay are those of the last. */
[[nodiscard]] static bool read_somehow(struct office_file *o, const struct office_scopes *scopes, str text, bool head,
                                       struct template_part *ret)
{
    for (size_t i = 0; i <= scopes->n; i++) {
        const struct template_scope *scope = i ? scopes->p[i - 1] : o->outside;
        const struct template_part *parts;
        int faults = o->op->fault_count;
        if (head ? template_head(&o->from, text, scope, ret) : template_inline(&o->from, text, scope, &parts)) {
            op_forgive(o->op, faults);
            return true;
        }
        if (i < scopes->n)
            op_forgive(o->op, faults);
    }
    return false;
}

void office_directive(struct office_file *o, str directive, str place, struct office_scopes *scopes)
{
    struct template_part head = {0};
    o->from.place = place;
    if (!office_full(o) && read_somehow(o, scopes, directive, true, &head) && head.each)
        *list_add(o->op, scopes) = head.each;
}

void office_expression(struct office_file *o, str text, str place, const struct office_scopes *scopes)
{
    struct template_part unused;
    o->from.place = place;
    if (!office_full(o))
        (void)read_somehow(o, scopes, text, false, &unused);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

#define OTHERS "请另存为 Word 文档（*.docx）或 Excel 工作簿（*.xlsx）后再上传"

/* Old files and others that are no packages, each by how it begins. */
[[nodiscard]] static bool sniff(struct office_file *o, const struct zip_source *s)
{
    static const struct {
        str magic;
        const char *text;
    } kinds[] = {
        {SC("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
         "是旧格式（.doc、.xls、.wps、.et），或加了打开密码；请去掉密码，" OTHERS},
        {SC("%PDF"), "是 PDF，不能填写；请用原来的 Word 或 Excel 文件"},
        {SC("{\\rtf"), "是 RTF 文档，" OTHERS},
        {SC("<"), "是网页或 XML，" OTHERS},
        {SC("Rar!"), "是压缩包，请先解压"},
        {SC("7z\xBC\xAF"), "是压缩包，请先解压"},
    };
    char head[8];
    if (s->size == 0)
        return office_refuse(o, S(""), "是空的，请重新选择");
    if (s->size > OFFICE_BYTES_MAX)
        return office_refuse(o, S(""), "超过 %d MB，请压缩里面的图片后再上传", OFFICE_BYTES_MAX >> 20);
    size_t n = s->size < sizeof head ? (size_t)s->size : sizeof head;
    if (!zip_source_read(o->op, s, 0, head, n))
        return false;
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_starts((str){head, n}, kinds[i].magic))
            return office_refuse(o, S(""), "%s", kinds[i].text);
    return str_starts((str){head, n}, S("PK\3\4")) || office_refuse(o, S(""), "不是 Word 或 Excel 文件，" OTHERS);
}

/* Faults of lower rooms name a part of the package: the file's name goes before it. */
static void faults_name(struct office_file *o)
{
    for (struct fault *f = o->op->faults; f; f = f->next)
        if (!str_starts(f->field, o->from.file))
            f->field = f->field.n ? op_text(o->op, "%.*s %.*s", PS(o->from.file), PS(f->field)) : o->from.file;
}

[[nodiscard]] static bool office_open(struct office_file *o, str path)
{
    struct zip_source source;
    struct zip *zip;
    if (!zip_source_path(o->op, path, &source) || !sniff(o, &source) || !zip_open(o->op, source, &zip) ||
        !office_safe(o, zip))
        return false;
    o->word = zip_find(zip, S("word/document.xml")) != NULL;
    if (!o->word && !zip_find(zip, S("xl/workbook.xml")))
        return office_refuse(o, S(""), "里面没有 Word 文档，也没有 Excel 工作簿；" OTHERS);
    if (!(o->word ? word_read(o, source) : book_read(o, source, path)) || o->op->fault_count > o->before)
        return false;
    return o->places ||
           office_refuse(o, S(""), "里面没有一处 {{…}}；请在要填数的地方写上指标的名称，如 {{冬春救助户数}}");
}

bool office_file_read(struct op *op, const struct town *town, const struct indicators *all, str path, str name,
                      struct office_file **ret)
{
    struct office_file *o = op_new(op, struct office_file);
    *o = (struct office_file){.op = op,
                              .before = op->fault_count,
                              .of = {.name = op_copy(op, name), .file = op_copy(op, name)},
                              .from = {.op = op, .town = town, .all = all, .file = op_copy(op, name)},
                              .outside = template_scope(op, all, NULL, false)};
    if (!office_open(o, path)) {
        faults_name(o);
        return false;
    }
    *ret = o;
    return true;
}

str office_ending(const struct office_file *o)
{
    return o->word ? S(".docx") : S(".xlsx");
}

size_t office_places(const struct office_file *o)
{
    return o->places;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

bool office_said(struct making *m, str place, const struct making_run *runs, size_t count)
{
    struct report_block b = {.place = place, .runs = op_array(m->op, struct report_run, count + 1), .run_count = count};
    if (m->blocks.n >= OFFICE_OUT_MAX)
        return op_fail(m->op, FAULT_INPUT, m->report->of->file, "要填的地方超过 %d 处，请缩短期间或加上条件",
                       OFFICE_OUT_MAX);
    for (size_t i = 0; i < count; i++)
        b.runs[i] = (struct report_run){.text = runs[i].text, .figure = runs[i].figure, .at = runs[i].at};
    *list_add(m->op, &m->blocks) = b;
    return true;
}

bool office_file_make(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                      const struct office_file *o, const struct report_ask *ask, str out_path, struct report **ret)
{
    struct report *r = op_new(tx->op, struct report);
    struct making m;
    *r = (struct report){.of = &o->of, .ask = *ask, .title = o->of.name};
    if (!making_begin(&m, tx, town, who, all, r))
        return false;
    m.office = true;
    if (!(o->word ? word_make(&m, o, out_path) : book_make(&m, o, out_path)))
        return false;
    making_end(&m);
    *ret = r;
    return true;
}
