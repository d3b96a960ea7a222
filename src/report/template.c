/* Templates from their files: text with figures, conditions, repetition, tables and the author's words. */
#include "report/inner.h"

const str words_names[WORDS] = {
    [WORD_FROM] = SC("期起"), [WORD_TO] = SC("期止"),     [WORD_YEAR] = SC("年度"),
    [WORD_PERSON] = SC("本人"), [WORD_TOWN] = SC("镇名"), [WORD_NUMBER] = SC("序"), [WORD_GROUP] = SC("名称"),
    [WORD_AS_OF] = SC("截至"),  [WORD_STATE] = SC("状态"),
};
static const struct feel_type *const words_types[WORDS] = {
    [WORD_FROM] = &feel_date,   [WORD_TO] = &feel_date,   [WORD_YEAR] = &feel_number,
    [WORD_PERSON] = &feel_text, [WORD_TOWN] = &feel_text, [WORD_NUMBER] = &feel_number, [WORD_GROUP] = &feel_text,
    [WORD_AS_OF] = &feel_text,  [WORD_STATE] = &feel_text,
};

struct reading {
    struct op *op;
    const struct town *town;
    const struct indicators *all;
    const struct template_scope *outside;
    str file, rest;
    str place;              /* in an office's own file instead of a line: 表1!B3, 第4段 */
    const char *begin;      /* of the text that is being read */
    bool sparing;
    int line, depth;
    size_t parts;
};

[[nodiscard]] static bool refuse(struct reading *r, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool refuse(struct reading *r, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(r->op, format, args);
    va_end(args);
    str where = r->place.n ? op_text(r->op, "%.*s %.*s", PS(r->file), PS(r->place))
                           : op_text(r->op, "%.*s 第%d行", PS(r->file), line);
    return op_fail(r->op, FAULT_INPUT, where, "%.*s", PS(text));
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static bool word_fits(enum word word, const struct ledger *l, bool groups)
{
    if (word == WORD_GROUP)
        return groups;
    if (word == WORD_STATE)
        return l && l->state_count && !ledger_field(l, words_names[word]);
    return l ? !ledger_field(l, words_names[word]) : groups || word != WORD_NUMBER;
}

const struct template_scope *template_scope(struct op *op, const struct indicators *all, const struct ledger *l,
                                            bool groups)
{
    struct template_scope *s = op_new(op, struct template_scope);
    size_t fields = l ? l->field_count : 0, room = fields + all->n + WORDS, n = 0;
    struct feel_name *names = op_array(op, struct feel_name, room);
    s->sources = op_array(op, struct name_source, room);
    s->ledger = l;
    s->groups = groups;
    for (size_t i = 0; i < fields; i++) {
        /* What is printed of a record that is referred to is its title. */
        const struct field *f = &l->fields[i];
        names[n] = (struct feel_name){f->name, f->type == F_REFS ? &feel_text : field_feel_types[f->value]};
        s->sources[n++] = (struct name_source){NAME_FIELD, i};
    }
    for (size_t i = 0; i < WORDS; i++) {
        if (!word_fits((enum word)i, l, groups))
            continue;
        names[n] = (struct feel_name){words_names[i], words_types[i]};
        s->sources[n++] = (struct name_source){NAME_WORD, i};
    }
    for (size_t i = 0; i < all->n; i++) {
        const struct indicator *x = all->p[i];
        if ((l && ledger_field(l, x->name)) || (groups && !x->by_unit))
            continue;
        names[n] = (struct feel_name){x->name, x->up == UP_LIST ? &feel_text : &feel_number};
        s->sources[n++] = (struct name_source){NAME_INDICATOR, i};
    }
    s->feel = (struct feel_scope){.names = names, .count = n};
    return s;
}

/* What may be written here, for the message about what may not. */
static str names_allowed(struct op *op, const struct template_scope *scope)
{
    if (scope->groups)
        return S("名称、序、分组里有“村组”的指标、期起、期止、年度、本人、镇名");
    if (scope->ledger) {
        const struct ledger *l = scope->ledger;
        str *names = op_array(op, str, l->field_count + 1);
        for (size_t i = 0; i < l->field_count; i++)
            names[i] = l->fields[i].name;
        return op_text(op, "指标、序、台账“%.*s”的字段（%.*s%s）", PS(l->name), PS(op_join(op, names, l->field_count, S("、"))),
                       l->state_count ? "、状态" : "");
    }
    return S("指标、期起、期止、年度、本人、镇名");
}

/* Word and Chinese input methods turn "在办" into “在办” and = into ＝ as one types. */
static str as_typed(struct op *op, str text)
{
    static const struct {
        str typed, meant;
    } turned[] = {{SC("“"), SC("\"")}, {SC("”"), SC("\"")}, {SC("＝"), SC("=")}, {SC("＞"), SC(">")}, {SC("＜"), SC("<")}};
    struct buf b;
    buf_init(&b, op, 0);
    while (text.n) {
        str rest = text;
        (void)utf8_next(&rest);
        str c = str_part(text, 0, text.n - rest.n);
        for (size_t i = 0; i < COUNT(turned); i++)
            c = str_eq(c, turned[i].typed) ? turned[i].meant : c;
        buf_add(&b, c);
        text = rest;
    }
    return buf_str(&b);
}

[[nodiscard]] static bool expression(struct reading *r, str written, int line, const struct template_scope *scope,
                                     const struct feel **ret)
{
    struct op *op = r->op;
    str text = r->place.n ? as_typed(op, written) : written;
    struct feel_note *notes = NULL;
    struct feel *tree;
    int faults = op->fault_count;
    if (!feel_parse(op, text, &scope->feel, &tree)) {
        str why = op_copy(op, fault_last(op)->text);
        op_forgive(op, faults);
        return refuse(r, line, "“%.*s”读不懂：%.*s；能用的名字是%.*s", PS(text), PS(why), PS(names_allowed(op, scope)));
    }
    feel_check(op, tree, &notes);
    if (notes)
        return refuse(r, line, "“%.*s”：%.*s", PS(text), PS(notes->text));
    *ret = tree;
    return true;
}

/* ---- text to parts ----------------------------------------------------------------------------------------------- */

/* The next piece: text up to {{, or what stands between {{ and }}. A directive alone on its line takes the line's end
 * along. */
struct piece {
    bool tag, ended;
    str text;
    size_t at;
    int line;
};

static bool piece_next(struct reading *r, struct piece *ret)
{
    size_t at;
    *ret = (struct piece){.line = r->line, .ended = r->rest.n == 0, .at = (size_t)(r->rest.p - r->begin)};
    if (ret->ended)
        return true;
    if (!str_starts(r->rest, S("{{"))) {
        if (!str_find(r->rest, S("{{"), &at))
            at = r->rest.n;
        ret->text = str_part(r->rest, 0, at);
        r->rest = str_part(r->rest, at, r->rest.n);
    } else {
        if (!str_find(r->rest, S("}}"), &at))
            return refuse(r, r->line, "“{{”没有合上，请补“}}”");
        ret->tag = true;
        ret->text = str_trim(str_part(r->rest, 2, at));
        bool alone = r->rest.p[2] == '#' && (r->rest.p[-1] == '\n');
        r->rest = str_part(r->rest, at + 2, r->rest.n);
        if (alone && str_starts(r->rest, S("\n"))) {
            r->rest = str_part(r->rest, 1, r->rest.n);
            r->line++;
        }
    }
    for (size_t i = 0; i < ret->text.n; i++)
        r->line += ret->text.p[i] == '\n';
    return true;
}

static str word_take(str *text)
{
    str head, tail;
    *text = str_trim(*text);
    if (!str_split(*text, ' ', &head, &tail))
        head = *text;
    *text = str_trim(tail);
    return head;
}

enum ender { END_FILE, END_DONE, END_ELSE };
[[nodiscard]] static bool parts_read(struct reading *r, const struct template_scope *scope, struct template_part **ret,
                                     enum ender *ret_end);

[[nodiscard]] static bool inside_read(struct reading *r, const struct template_scope *scope, struct template_part *p,
                                      struct template_part **ret, enum ender *ret_end)
{
    if (r->depth == TEMPLATE_DEPTH_MAX)
        return refuse(r, p->line, "套得太深，最多 %d 层", TEMPLATE_DEPTH_MAX);
    r->depth++;
    if (!parts_read(r, scope, ret, ret_end))
        return false;
    r->depth--;
    return *ret_end != END_FILE || refuse(r, p->line, "这里的“{{#…}}”没有“{{#完}}”");
}

[[nodiscard]] static bool if_read(struct reading *r, str rest, const struct template_scope *scope,
                                  struct template_part *p)
{
    struct template_part *inside = NULL, *otherwise = NULL;
    enum ender end = END_FILE;
    p->kind = PART_IF;
    if (!expression(r, rest, p->line, scope, &p->feel) || !inside_read(r, scope, p, &inside, &end) ||
        (end == END_ELSE && !inside_read(r, scope, p, &otherwise, &end)))
        return false;
    p->inside = inside;
    p->otherwise = otherwise;
    return end == END_DONE || refuse(r, p->line, "一个“若”只能有一个“否则”");
}

[[nodiscard]] static bool spare_read(struct reading *r, str rest, const struct template_scope *scope, struct template_part *p)
{
    struct template_part *inside = NULL, *otherwise = NULL;
    enum ender end = END_FILE;
    p->kind = PART_SPARE;
    if (rest.n || r->sparing)
        return refuse(r, p->line, rest.n ? "“有数”后面不写条件：为零的分句自己不写" : "“有数”里面不能再写“有数”");
    r->sparing = true;
    if (!inside_read(r, scope, p, &inside, &end))
        return false;
    r->sparing = false;
    if (end == END_ELSE && !inside_read(r, scope, p, &otherwise, &end))
        return false;
    p->inside = inside;
    p->otherwise = otherwise;
    return end == END_DONE || refuse(r, p->line, "一个“有数”只能有一个“否则”");
}

[[nodiscard]] static bool closed_read(struct reading *r, const struct template_scope *scope, struct template_part *p)
{
    struct template_part *inside = NULL;
    enum ender end = END_FILE;
    if (!inside_read(r, scope, p, &inside, &end))
        return false;
    p->inside = inside;
    return end == END_DONE || refuse(r, p->line, "“否则”只能写在“若”和“有数”里");
}

/* 专项行动数; 隐患 当 状态 = "在办"; 各村组 */
[[nodiscard]] static bool series_read(struct reading *r, str rest, struct template_part *p)
{
    struct op *op = r->op;
    size_t at;
    bool with = str_find(rest, S(" 当 "), &at);
    str name = str_trim(with ? str_part(rest, 0, at) : rest), trouble;
    const struct indicator *i = indicator_find(r->all, name);
    const struct ledger *l = town_ledger(r->town, name);
    p->kind = PART_EACH;
    p->where = with ? as_typed(op, str_trim(str_part(rest, at + strlen(" 当 "), rest.n))) : S("");
    if (str_eq(name, S("各村组")) && !with) {
        p->series = SERIES_GROUPS;
        p->each = template_scope(op, r->all, NULL, true);
        return true;
    }
    if (i && with)
        return refuse(r, p->line, "指标“%.*s”自有条件，后面不能再写“当”；要另定条件的请写台账的名称", PS(name));
    if (i && i->part_count)
        return refuse(r, p->line, "“%.*s”是%.*s，没有可以逐条写出的记录", PS(name), PS(adding_up_names[i->up]));
    if (!i && !l)
        return refuse(r, p->line, "没有指标“%.*s”，也没有叫这个名字的台账，请核对名称", PS(name));
    if (!i && p->where.n && !ledger_condition(op, l, p->where, &trouble))
        return refuse(r, p->line, "条件“%.*s”读不懂：%.*s", PS(p->where), PS(trouble));
    p->alone = i;
    p->series = i ? SERIES_FIGURE : SERIES_LEDGER;
    p->records = i ? i->ledger : l;
    p->each = template_scope(op, r->all, p->records, false);
    return true;
}

[[nodiscard]] static bool each_read(struct reading *r, str rest, [[maybe_unused]] const struct template_scope *scope,
                                    struct template_part *p)
{
    return series_read(r, rest, p) && closed_read(r, p->each, p);
}

[[nodiscard]] static bool table_read(struct reading *r, str rest, [[maybe_unused]] const struct template_scope *scope,
                                     struct template_part *p)
{
    p->kind = PART_TABLE;
    p->columns = op_array(r->op, const struct indicator *, rest.n + 1);
    while (rest.n) {
        str name = word_take(&rest);
        if (str_eq(name, S("按"))) {
            p->by = rest;
            break;
        }
        const struct indicator *i = indicator_find(r->all, name);
        if (!i)
            return refuse(r, p->line, "没有指标“%.*s”，请核对名称", PS(name));
        p->columns[p->column_count++] = i;
    }
    for (size_t k = 0; k < p->column_count; k++) {
        const struct indicator *i = p->columns[k];
        bool may = (i->by_unit && str_eq(p->by, GROUP_LEDGER)) || (str_eq(p->by, MONTHS) && indicator_monthly(i));
        for (size_t n = 0; n < i->by_count; n++)
            may = may || str_eq(i->by[n]->name, p->by);
        if (!may)
            return refuse(r, p->line, "指标“%.*s”不能按“%.*s”分，请看它的“分组”", PS(i->name), PS(p->by));
    }
    return p->column_count || refuse(r, p->line, "“表”须写指标，如 {{#表 冬春救助户数 按 村组}}");
}

[[nodiscard]] static bool chart_read(struct reading *r, str rest, const struct template_scope *scope,
                                     struct template_part *p)
{
    if (!table_read(r, rest, scope, p))
        return false;
    p->kind = PART_CHART;
    if (p->column_count == 1 && p->columns[0]->up != UP_LIST)
        return true;
    return refuse(r, p->line, "“图”写一个能算出数的指标，如 {{#图 冬春救助户数 按 村组}}；几个指标并排请用“表”");
}

[[nodiscard]] static bool passage_read(struct reading *r, str rest, const struct template_scope *scope,
                                       struct template_part *p)
{
    p->kind = PART_PROSE;
    p->text = rest;
    return rest.n ? closed_read(r, scope, p) : refuse(r, p->line, "“段”须有名字，如 {{#段 心得}}");
}

static const struct {
    str word;
    bool (*read)(struct reading *r, str rest, const struct template_scope *scope, struct template_part *p);
} directives[] = {{SC("#若"), if_read}, {SC("#每"), each_read}, {SC("#表"), table_read}, {SC("#图"), chart_read}, {SC("#段"), passage_read},
                  {SC("#有数"), spare_read}};

[[nodiscard]] static bool tag_read(struct reading *r, const struct piece *piece, const struct template_scope *scope,
                                   struct template_part *p)
{
    str rest = piece->text, word = word_take(&rest);
    for (size_t i = 0; i < COUNT(directives); i++)
        if (str_eq(directives[i].word, word))
            return directives[i].read(r, rest, scope, p);
    if (str_starts(word, S("#")))
        return refuse(r, p->line, "没有“%.*s”这种写法，可用：#若 #有数 #否则 #每 #表 #图 #段 #完", PS(word));
    p->kind = PART_VALUE;
    p->scope = scope;
    p->alone = scope->ledger && ledger_field(scope->ledger, piece->text) ? NULL : indicator_find(r->all, piece->text);
    return expression(r, piece->text, p->line, scope, &p->feel);
}

static bool parts_read(struct reading *r, const struct template_scope *scope, struct template_part **ret,
                       enum ender *ret_end)
{
    struct template_part *first = NULL, **last = &first;
    struct piece piece;
    for (;;) {
        if (!piece_next(r, &piece))
            return false;
        bool done = piece.tag && str_eq(piece.text, S("#完")), otherwise = piece.tag && str_eq(piece.text, S("#否则"));
        if (piece.ended || done || otherwise) {
            *ret = first;
            *ret_end = piece.ended ? END_FILE : done ? END_DONE : END_ELSE;
            return true;
        }
        struct template_part *p = op_new(r->op, struct template_part);
        *p = (struct template_part){
            .kind = PART_TEXT, .line = piece.line, .at = piece.at, .text = piece.text, .scope = scope};
        if (++r->parts > TEMPLATE_PARTS_MAX)
            return refuse(r, p->line, "模板太大，最多 %d 处", TEMPLATE_PARTS_MAX);
        if (piece.tag && !tag_read(r, &piece, scope, p))
            return false;
        *last = p;
        last = &p->next;
    }
}

[[nodiscard]] static bool whole_read(struct reading *r, str text, int line, struct template_part **ret)
{
    enum ender end = END_FILE;
    /* A line end before it, so that a directive on the first line is seen to stand alone. */
    str ready = op_text(r->op, "\n%.*s", PS(text));
    r->rest = str_part(ready, 1, ready.n);
    r->begin = r->rest.p;
    r->line = line;
    r->parts = 0;
    if (!parts_read(r, r->outside, ret, &end))
        return false;
    return end == END_FILE || refuse(r, r->line, "多了一个“{{#完}}”或“{{#否则}}”");
}

/* ---- pieces of an office's own file ------------------------------------------------------------------------------ */

static struct reading reading_of(const struct template_source *from, const struct template_scope *scope)
{
    return (struct reading){.op = from->op,
                            .town = from->town,
                            .all = from->all,
                            .outside = scope,
                            .file = from->file,
                            .place = from->place};
}

/* Tables and passages are Word's and Excel's own there. */
[[nodiscard]] static bool office_check(struct reading *r, const struct template_part *p)
{
    for (; p; p = p->next) {
        if (p->kind == PART_TABLE || p->kind == PART_CHART)
            return refuse(r, p->line, "这里不能写“#表”“#图”：请自己画一张表，在一行里写 {{#行 各村组}}，每个村组就是一行");
        if (p->kind == PART_SPARE)
            return refuse(r, p->line, "这里不能写“#有数”：请用 {{#若 指标 > 0}}");
        if (p->kind == PART_PROSE)
            return refuse(r, p->line, "这里不能写“#段”：要人写的话，成文以后直接在文件里改");
        if (!office_check(r, p->inside) || !office_check(r, p->otherwise))
            return false;
    }
    return true;
}

bool template_inline(const struct template_source *from, str text, const struct template_scope *scope,
                     const struct template_part **ret)
{
    struct reading r = reading_of(from, scope);
    struct template_part *parts;
    if (!whole_read(&r, text, 1, &parts) || !office_check(&r, parts))
        return false;
    *ret = parts;
    return true;
}

bool template_head(const struct template_source *from, str directive, const struct template_scope *scope,
                   struct template_part *ret)
{
    struct reading r = reading_of(from, scope);
    str rest = directive, word = word_take(&rest);
    *ret = (struct template_part){.line = 1, .scope = scope};
    if (!str_eq(word, S("#若")))
        return series_read(&r, rest, ret);
    ret->kind = PART_IF;
    return expression(&r, rest, 1, scope, &ret->feel);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool head_line(struct reading *r, str line, struct report_template *t, str *ret_title)
{
    size_t at;
    if (!str_find(line, S("："), &at))
        return refuse(r, r->line, "须写成“标题：……”的样子；正文前要有一行 ---");
    str name = str_trim(str_part(line, 0, at)), value = str_trim(str_part(line, at + strlen("："), line.n));
    const struct {
        str name;
        str *to;
    } heads[] = {{SC("名"), &t->name},      {SC("说明"), &t->note}, {SC("标题"), ret_title},
                 {SC("署名"), &t->signers}, {SC("主送"), &t->to},   {SC("报告人"), &t->subject}};
    for (size_t i = 0; i < COUNT(heads); i++)
        if (str_eq(heads[i].name, name)) {
            *heads[i].to = value;
            return true;
        }
    return refuse(r, r->line, "没有“%.*s”这一项，可写：名、说明、标题、署名、主送、报告人", PS(name));
}

[[nodiscard]] static bool template_read(struct reading *r, struct templates *all, str pack)
{
    struct report_template *t = op_new(r->op, struct report_template);
    struct template_part *parts;
    str text, line, title = {0};
    if (!file_read(r->op, r->file, TEMPLATE_BYTES_MAX, &text))
        return false;
    if (!utf8_valid(text))
        return refuse(r, 1, "不是 UTF-8 文字，请另存为 UTF-8");
    *t = (struct report_template){.pack = pack, .file = r->file};
    r->line = 0;
    for (bool more = true; more;) {
        more = str_split(text, '\n', &line, &text);
        r->line++;
        if (str_eq(str_trim(line), S("---")))
            break;
        if (!more)
            return refuse(r, r->line, "没有正文：头和正文之间要有一行 ---");
        if (str_trim(line).n && !head_line(r, line, t, &title))
            return false;
    }
    if (!t->name.n || !title.n)
        return refuse(r, 1, "须写“名：”和“标题：”");
    if (template_find(all, t->name))
        return refuse(r, 1, "已有同名的模板“%.*s”", PS(t->name));
    int body = r->line + 1;
    if (!whole_read(r, title, 1, &parts))
        return false;
    t->head = parts;
    if (!whole_read(r, text, body, &parts))
        return false;
    t->parts = parts;
    *list_add(r->op, all) = t;
    return true;
}

bool templates_load(struct op *op, const struct town *town, const struct indicators *all, str packs_folder,
                    struct templates **ret)
{
    struct reading r = {.op = op, .town = town, .all = all, .outside = template_scope(op, all, NULL, false)};
    struct templates *list = op_new(op, struct templates);
    struct pack_file *files;
    size_t count;
    bool good = true;
    if (!pack_files(op, packs_folder, S("reports"), S(".txt"), &files, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        r.file = files[i].path;
        r.depth = 0;
        good = template_read(&r, list, files[i].pack) && good;
    }
    *ret = list;
    return good;
}

size_t templates_count(const struct templates *t)
{
    return t->n;
}

const struct report_template *templates_at(const struct templates *t, size_t i)
{
    must(i < t->n);
    return t->p[i];
}

const struct report_template *template_find(const struct templates *t, str name)
{
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->p[i]->name, name))
            return t->p[i];
    return NULL;
}
