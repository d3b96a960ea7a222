/* Office forms: blocks of text and tables from a JSON definition. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "paper/grid.h"

enum { DECIMALS_MAX = 6 }; /* money has two, areas and shares up to four */
enum { SIDE_LEAST_MM = 10, SIDE_MOST_MM = 1200 }; /* a signature on a slip; a roll of the map printer */

static bool wrong(struct form *f, const struct json *j, const char *text)
{
    return op_fail(f->op, FAULT_INPUT, j->key.n ? j->key : S("表单"), "第%d行：%s", j->line, text);
}

[[nodiscard]] static bool number_read(struct form *f, const struct json *j, double low, double high, double *ret)
{
    double v = j->kind == JSON_NUMBER ? strtod(j->text.p, NULL) : NAN;
    if (!(v >= low && v <= high))
        return wrong(f, j, op_text(f->op, "须是 %g 到 %g 的数", low, high).p);
    *ret = v;
    return true;
}

struct choice {
    str name;
    int value;
};

[[nodiscard]] static bool choice_read(struct form *f, const struct json *j, const struct choice *choices, size_t count,
                                      int *ret)
{
    for (size_t i = 0; i < count; i++)
        if (j->kind == JSON_STRING && str_eq(j->text, choices[i].name)) {
            *ret = choices[i].value;
            return true;
        }
    return wrong(f, j, "没有这种写法，请对照 docs/forms.md");
}

/* Refuses a member whose name is neither in the list nor one of those that say how text stands. */
bool keys_known(struct form *f, const struct json *from, const str *known, size_t count)
{
    static const str looks[] = {SC("体"), SC("齐"), SC("直"), SC("字号"), SC("行距"), SC("框")};
    for (const struct json *j = from->first; j; j = j->next) {
        bool is = false;
        for (size_t i = 0; i < count && !is; i++)
            is = str_eq(known[i], j->key);
        for (size_t i = 0; i < COUNT(looks) && !is; i++)
            is = str_eq(looks[i], j->key);
        if (!is)
            return wrong(f, j, "这里没有这一项，请对照 docs/forms.md 核对名称");
    }
    return true;
}

/* Members that say how text stands; others are left to the caller. */
bool look_read(struct form *f, const struct json *from, struct look *look)
{
    static const struct choice types[] = {{SC("宋体"), TYPE_SONG},
                                          {SC("仿宋"), TYPE_FANG},
                                          {SC("楷体"), TYPE_KAI},
                                          {SC("黑体"), TYPE_HEI},
                                          {SC("小标宋"), TYPE_TITLE}};
    static const struct choice aligns[] = {{SC("左"), ALIGN_LEFT}, {SC("中"), ALIGN_MIDDLE}, {SC("右"), ALIGN_RIGHT}};
    static const struct choice verticals[] = {
        {SC("上"), VERTICAL_TOP}, {SC("中"), VERTICAL_MIDDLE}, {SC("下"), VERTICAL_BOTTOM}};
    double spacing = look->pitch / look->size;
    for (const struct json *j = from->first; j; j = j->next) {
        int choice = 0;
        double number = 0;
        if (str_eq(j->key, S("体"))) {
            if (!choice_read(f, j, types, COUNT(types), &choice))
                return false;
            look->type = (enum paper_type)choice;
        } else if (str_eq(j->key, S("齐"))) {
            if (!choice_read(f, j, aligns, COUNT(aligns), &choice))
                return false;
            look->align = (enum align)choice;
        } else if (str_eq(j->key, S("直"))) {
            if (!choice_read(f, j, verticals, COUNT(verticals), &choice))
                return false;
            look->vertical = (enum vertical)choice;
        } else if (str_eq(j->key, S("字号"))) {
            if (!number_read(f, j, 5, 72, &number))
                return false;
            look->size = number * PT;
        } else if (str_eq(j->key, S("行距"))) {
            if (!number_read(f, j, 1, 5, &spacing))
                return false;
        } else if (str_eq(j->key, S("框"))) {
            look->framed = j->kind == JSON_TRUE;
        }
    }
    look->pitch = look->size * spacing;
    return true;
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static str value_text(const struct json *j)
{
    switch (j ? j->kind : JSON_NULL) {
    case JSON_STRING:
    case JSON_NUMBER:
        return j->text;
    case JSON_TRUE:
        return S("是");
    case JSON_FALSE:
        return S("否");
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return S("");
}

/* What rows say under a name, added up with as many decimals as they have; of 序号 their number. Nothing that is no number
 * is added: a covered amount leaves no sum behind. */
static str sum_text(struct form *f, const struct json *row, size_t count, str name)
{
    static const char zeros[DECIMALS_MAX + 1] = "000000";
    dec sum = dec_of(0);
    bool any = false;
    int scale = 0;
    size_t rows = 0;
    for (; row && rows < count; row = row->next, rows++) {
        str text = value_text(json_get(row, name));
        size_t point;
        dec one;
        if (!dec_parse(text, &one) || !dec_add(sum, one, &sum))
            continue;
        any = true;
        if (str_find(text, S("."), &point) && text.n - point <= DECIMALS_MAX + 1 && (int)(text.n - point) - 1 > scale)
            scale = (int)(text.n - point) - 1;
    }
    if (str_eq(name, S("序号")))
        return op_text(f->op, "%zu", rows);
    str said = any ? dec_text(f->op, sum) : S("");
    size_t point = said.n;
    (void)str_find(said, S("."), &point);
    int have = point < said.n ? (int)(said.n - point) - 1 : 0;
    return !any || have >= scale ? said
                                 : op_text(f->op, "%.*s%s%.*s", PS(said), have ? "" : ".", scale - have, zeros);
}

static bool sum_named(struct form *f, str name, str *ret)
{
    const str page = S("本页:"), all = S("合计:");
    if (str_starts(name, page))
        *ret = sum_text(f, f->page_rows, f->page_row_count, str_part(name, page.n, name.n));
    else if (str_starts(name, all))
        *ret = sum_text(f, f->all_rows, SIZE_MAX, str_part(name, all.n, name.n));
    else
        return false;
    return true;
}

/* What stands for one name: a sum, the row's number, what the caller says, else what the row or the values say. */
[[nodiscard]] static bool name_value(struct form *f, const struct json *row, size_t number, str name, str *ret)
{
    const struct json *member = json_get(row, name);
    if (sum_named(f, name, ret))
        return true;
    if (row && !member && str_eq(name, S("序号"))) {
        *ret = op_text(f->op, "%zu", number);
        return true;
    }
    if (f->fill && f->fill->value)
        return f->fill->value(f->fill->context, row, name, ret);
    *ret = value_text(member ? member : json_get(f->values, name));
    return true;
}

bool form_text(struct form *f, const struct json *row, size_t number, str text, str *ret)
{
    size_t at;
    if (!str_find(text, S("{"), &at)) {
        *ret = text;
        return true;
    }
    struct buf b;
    buf_init(&b, f->op, PAPER_CELL_TEXT_MAX + 1);
    while (str_find(text, S("{"), &at)) {
        size_t end;
        str rest = str_part(text, at + 1, text.n), value;
        if (!str_find(rest, S("}"), &end))
            return op_fail(f->op, FAULT_INPUT, S("表单"), "“%.*s”里的 { 没有配对的 }", PS(str_part(text, 0, 60)));
        str name = str_trim(str_part(rest, 0, end));
        buf_add(&b, str_part(text, 0, at));
        text = str_part(rest, end + 1, rest.n);
        if (!name_value(f, row, number, name, &value))
            return false;
        buf_add(&b, value);
    }
    buf_add(&b, text);
    *ret = buf_str(&b);
    if (b.full || ret->n > PAPER_CELL_TEXT_MAX)
        return op_fail(f->op, FAULT_INPUT, S("表单"), "一格的文字超过 %d KB，请另附", PAPER_CELL_TEXT_MAX >> 10);
    return true;
}

/* ---- blocks ----------------------------------------------------------------------------------------------------- */

bool form_page(struct form *f)
{
    if (!page_add(f->paper, f->page_w, f->page_h))
        return false;
    f->y = f->top;
    return true;
}

[[nodiscard]] static bool paragraph_place(struct form *f, const struct json *block)
{
    struct look look = f->look;
    double indent = 0, before = 0, after = 0;
    str text;
    for (const struct json *j = block->first; j; j = j->next)
        if ((str_eq(j->key, S("缩进")) && !number_read(f, j, 0, 40, &indent)) ||
            (str_eq(j->key, S("段前")) && !number_read(f, j, 0, 200, &before)) ||
            (str_eq(j->key, S("段后")) && !number_read(f, j, 0, 200, &after)))
            return false;
    static const str known[] = {SC("段"), SC("缩进"), SC("段前"), SC("段后")};
    if (!keys_known(f, block, known, COUNT(known)) || !look_read(f, block, &look) ||
        !form_text(f, NULL, 0, json_str(block, S("段")), &text))
        return false;
    struct text t;
    struct rows rows = {0};
    double width = f->page_w - f->left - f->right;
    text_init(&t, f->paper, S("正文"));
    text_add_lines(&t, look.type, text);
    if (look.align == ALIGN_MIDDLE && look.type == TYPE_TITLE)
        title_rows(&t, width / look.size, &rows);
    else
        (void)text_rows(&t, width / look.size, indent, 0, SIZE_MAX, &rows);
    struct setting set = {.part = look.type == TYPE_TITLE ? S("标题") : S("正文"),
                          .size = look.size,
                          .cell = look.size,
                          .stretch = 1,
                          .loose = 0.1};
    f->y += f->y > f->top ? before : 0;
    for (size_t i = 0; i < rows.n; i++) {
        if (f->y + look.pitch > f->page_h - f->bottom && !form_page(f))
            return false;
        struct row row = rows.p[i];
        double room = width - row.natural * look.size;
        double left = f->left + (look.align == ALIGN_MIDDLE ? room / 2 : look.align == ALIGN_RIGHT ? room : 0);
        if (look.align != ALIGN_LEFT) {
            row.last = true;
            left -= row.indent * look.size;
        }
        double y = f->y + (look.pitch - look.size) / 2 + 0.88 * look.size;
        page_row(f->paper, f->paper->page_count - 1, &t, &row, left, width, y, set);
        f->y += look.pitch;
    }
    f->y += after;
    return true;
}

/* How high they are, a line each, when nothing but paragraphs follows to the end. */
[[nodiscard]] static bool tail_measure(struct form *f, const struct json *block, double *ret)
{
    *ret = 0;
    for (; block; block = block->next) {
        struct look look = f->look;
        double before = 0, after = 0;
        const struct json *above = json_get(block, S("段前")), *below = json_get(block, S("段后"));
        if (!json_get(block, S("段"))) {
            *ret = 0;
            return true;
        }
        if (!look_read(f, block, &look) || (above && !number_read(f, above, 0, 200, &before)) || (below && !number_read(f, below, 0, 200, &after)))
            return false;
        *ret += before + look.pitch + after;
    }
    return true;
}

[[nodiscard]] static bool margins_read(struct form *f, const struct json *j)
{
    double *margins[] = {&f->top, &f->right, &f->bottom, &f->left};
    if (j->kind != JSON_ARRAY || j->count != COUNT(margins))
        return wrong(f, j, "须是 [上, 右, 下, 左] 四个毫米数");
    size_t i = 0;
    for (const struct json *e = j->first; e; e = e->next)
        if (!number_read(f, e, 0, 100, margins[i++]))
            return false;
    return true;
}

/* A name, or [width, height]. */
[[nodiscard]] static bool page_size_read(struct form *f, const struct json *paper)
{
    static const struct {
        str name;
        double w, h;
    } papers[] = {{SC("A4"), 210, 297},
                  {SC("A4横"), 297, 210},
                  {SC("A3"), 297, 420},
                  {SC("A3横"), 420, 297},
                  {SC("A5"), 148, 210}};
    f->page_w = papers[0].w;
    f->page_h = papers[0].h;
    if (!paper)
        return true;
    if (paper->kind == JSON_ARRAY && paper->count == 2)
        return number_read(f, paper->first, SIDE_LEAST_MM, SIDE_MOST_MM, &f->page_w) &&
               number_read(f, paper->first->next, SIDE_LEAST_MM, SIDE_MOST_MM, &f->page_h);
    for (size_t i = 0; i < COUNT(papers); i++)
        if (paper->kind == JSON_STRING && str_eq(paper->text, papers[i].name)) {
            f->page_w = papers[i].w;
            f->page_h = papers[i].h;
            return true;
        }
    return wrong(f, paper, "纸须是 A4 A4横 A3 A3横 A5 之一，或 [宽, 高] 毫米");
}

[[nodiscard]] static bool form_head(struct form *f, const struct json *form)
{
    static const str known[] = {SC("表单"), SC("英文名"), SC("说明"),    SC("纸"), SC("边距"),
                                SC("块"),   SC("页码"),   SC("$schema"), SC("值")};
    if (!keys_known(f, form, known, COUNT(known)))
        return false;
    const struct json *paper = json_get(form, S("纸")), *margins = json_get(form, S("边距"));
    if (!page_size_read(f, paper))
        return false;
    f->top = f->bottom = 25;
    f->left = f->right = 20;
    f->look = (struct look){.type = TYPE_FANG, .size = 12 * PT, .pitch = 12 * PT * 1.35, .framed = true};
    const struct json *number = json_get(form, S("页码"));
    f->numbered = number && (number->kind == JSON_TRUE || number->kind == JSON_STRING);
    f->sheet_of = number && number->kind == JSON_STRING ? number->text : S("");
    return (!margins || margins_read(f, margins)) && look_read(f, form, &f->look);
}

/* With words before it (收文号 {收文号}), only where there are several pages: a sheet that falls out finds its way back. */
[[nodiscard]] static bool page_numbers(struct form *f)
{
    str of;
    if (!form_text(f, NULL, 0, f->sheet_of, &of))
        return false;
    if (of.n && f->paper->page_count == 1)
        return true;
    struct setting set = {.part = S("页码"), .size = 10.5 * PT, .cell = 10.5 * PT, .stretch = 1, .loose = 0.1};
    struct text t;
    text_init(&t, f->paper, S("页码"));
    for (size_t i = 0; i < f->paper->page_count; i++) {
        text_clear(&t);
        text_add(&t, TYPE_SONG, op_text(f->op, "%.*s%s第 %zu 页 共 %zu 页", PS(of), of.n ? "　" : "", i + 1, f->paper->page_count));
        double w = text_width(&t, 0, t.count) * set.cell;
        page_units(f->paper, i, &t, 0, t.count, (f->page_w - w) / 2, f->page_h - fmax(f->bottom - 8, 5), &set);
    }
    return true;
}

bool paper_form(struct op *op, const struct paper_fonts *fonts, const struct json *form, const struct json *values,
                const struct paper_fill *fill, struct paper **ret)
{
    struct form f = {.op = op, .paper = paper_new(op, fonts), .values = values, .fill = fill};
    const struct json *blocks = json_get(form, S("块"));
    if (!form || form->kind != JSON_OBJECT || !blocks || blocks->kind != JSON_ARRAY || blocks->count == 0)
        return op_fail(op, FAULT_INPUT, S("块"), "表单须是 {…}，并在“块”里列出段落和表格");
    if (!form_head(&f, form) || !form_page(&f))
        return false;
    f.paper->title = json_str(form, S("表单"));
    for (const struct json *j = blocks->first; j; j = j->next) {
        const struct json *columns = json_get(j, S("列")), *text = json_get(j, S("段"));
        if (columns ? !tail_measure(&f, j->next, &f.tail) || !grid_place(&f, j)
            : text  ? !paragraph_place(&f, j)
                    : !wrong(&f, j, "每块须有“段”（文字）或“列”和“行”（表格）"))
            return false;
    }
    if (f.numbered && !page_numbers(&f))
        return false;
    *ret = f.paper;
    return true;
}
