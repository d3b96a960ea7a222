/* The sheet as the office's own paper.
 *
 *     row 1    某镇2021年冬春救助资金发放花名册
 *     row 2    填报单位（盖章）：某镇                              单位：户、人、元　2021年12月3日
 *     row 3    序号 | 户主        |        | 救助情况  |        |     above: columns of one group, merged
 *     row 4         | 姓名 | 身份证号 | 救助类别 | 金额 |             only where some column has a group
 *     …        rows
 *     合计      what the pack says may be added up
 *     单位负责人：　　　　制表人：王干事　　　　联系电话： */
#include "ledger/export.h"

enum { HEADING_TOP = 3, CHOICE_ROWS = 5000, FIXED_COLUMNS = 2, LINES_MAX = 27 };

/* What A4 holds in characters of 11 pt, two thirds as large: smaller than 7 pt nobody reads, so that is printed on A3. */
static const double a4_width = 215, margin = 1.2;

/* How a field stands in a sheet. */
static const struct look {
    enum xlsx_style style;
    double width;
} looks[F_TYPES] = {
    [F_TEXT] = {XLSX_PARAGRAPH, 16},   [F_LONG] = {XLSX_PARAGRAPH, 40},  [F_INT] = {XLSX_INTEGER, 10},
    [F_DECIMAL] = {XLSX_DECIMAL2, 12}, [F_MONEY] = {XLSX_MONEY, 14},     [F_RATIO] = {XLSX_PERCENT2, 10},
    [F_DAY] = {XLSX_DATE, 12},         [F_TIME] = {XLSX_DATE_TIME, 18},  [F_MONTH] = {XLSX_ID, 10},
    [F_YEAR] = {XLSX_INTEGER, 8},      [F_PERIOD] = {XLSX_ID, 12},       [F_BOOL] = {XLSX_CENTRED, 8},
    [F_ENUM] = {XLSX_CENTRED, 12},     [F_ENUMS] = {XLSX_PARAGRAPH, 18}, [F_REF] = {XLSX_PARAGRAPH, 18},
    [F_REFS] = {XLSX_PARAGRAPH, 24},   [F_PLACE] = {XLSX_ID, 22},        [F_SERIAL] = {XLSX_ID, 16},
    [F_CODE] = {XLSX_ID, 14},          [F_CITIZEN_ID] = {XLSX_ID, 21},   [F_CREDIT_CODE] = {XLSX_ID, 21},
    [F_PHONE] = {XLSX_ID, 15},         [F_BANK_CARD] = {XLSX_ID, 23},    [F_COMPUTED] = {XLSX_PARAGRAPH, 12},
};


/* ---- columns ------------------------------------------------------------------------------------------------------ */

static bool wanted(const struct export *e, const struct field *f, str name)
{
    const struct list_query *q = &e->options->query;
    bool listed = q->field_count == 0;
    for (size_t i = 0; i < q->field_count && !listed; i++)
        listed = f ? ledger_field(e->ledger, q->fields[i]) == f : str_eq(q->fields[i], name);
    for (size_t i = 0; i < e->columns.n && listed; i++)
        listed = !name.n || !str_eq(e->columns.p[i].name, name);
    return listed && (!e->serial.field || e->serial.field != f);
}

static enum xlsx_style style_of(const struct field *f)
{
    if (!f)
        return XLSX_PARAGRAPH;
    if (f->value == F_DECIMAL && f->size > 2)
        return XLSX_CENTRED; /* a format of two decimals would hide digits */
    return looks[f->value].style;
}

/* What finds a record that must be named must be filled in. */
static bool reach_required(const struct ledger *l, const struct reach *reach)
{
    return reach->step_count == 1 && reach->steps[0] >= 0 && l->fields[reach->steps[0]].required &&
           reach->of->key_count == 1 && ledger_field(reach->of, reach->of->keys[0]) == reach->end;
}

static void column_put(struct export *e, const struct sheet_column *c)
{
    const struct field *f = c->field ? c->field : c->reach ? c->reach->end : NULL;
    str name = c->field ? c->field->name : c->reach ? c->reach->name : (str){0};
    if (!wanted(e, c->field, name) || (f && !excel_carries(f)))
        return;
    *list_add(e->side, &e->columns) =
        (struct column_out){.field = f,
                            .own = c->field,
                            .name = name,
                            .instead = c->field && c->finds ? c->finds->name : (str){0},
                            .heading = c->heading,
                            .above = c->above,
                            .style = style_of(f),
                            .width = c->field || c->reach ? looks[f->value].width : 14,
                            .required = c->field ? f->required : c->reach && reach_required(e->ledger, c->reach),
                            .adds = c->adds};
}

/* On paper the title says it, a column finds it, or nobody has to. */
static bool left_to_fill(const struct ledger *l, const struct field *f)
{
    bool said = !f->required || f->initial.n || f->type == F_SERIAL || f == l->sheet.period;
    for (size_t i = 0; i < l->sheet.column_count && !said; i++) {
        const struct reach *ways[] = {l->sheet.columns[i].reach, l->sheet.columns[i].finds};
        for (size_t k = 0; k < COUNT(ways); k++)
            said = said || (ways[k] && ways[k]->step_count && ways[k]->steps[0] >= 0 && &l->fields[ways[k]->steps[0]] == f);
    }
    return !said;
}

void sheet_columns(struct export *e)
{
    const struct ledger *l = e->ledger;
    bool only = e->options->sheet && l->sheet.column_count;
    const struct field *serial = e->options->csv ? NULL : ledger_field(l, EXCEL_SERIAL);
    if (serial)
        e->serial = (struct column_out){.field = serial, .own = serial, .name = serial->name, .style = style_of(serial)};
    for (size_t i = 0; i < l->sheet.column_count; i++)
        column_put(e, &l->sheet.columns[i]);
    for (size_t i = 0; i < l->field_count; i++)
        if (!only || (e->options->blank && left_to_fill(l, &l->fields[i])))
            column_put(e, &(struct sheet_column){.heading = l->fields[i].name, .field = &l->fields[i]});
    str *names = op_array(e->side, str, e->columns.n * 2 + 1);
    if (serial)
        names[e->name_count++] = serial->name;
    for (size_t i = 0; i < e->columns.n; i++) {
        if (e->columns.p[i].name.n)
            names[e->name_count++] = e->columns.p[i].name;
        if (e->columns.p[i].instead.n)
            names[e->name_count++] = e->columns.p[i].instead;
    }
    e->names = names;
}

str sheet_csv_heading(struct op *op, const struct column_out *c)
{
    return c->above.n ? op_text(op, "%.*s/%.*s", PS(c->above), PS(c->heading)) : c->heading;
}

/* ---- the title ---------------------------------------------------------------------------------------------------- */

/* The day the list speaks of: in the past, that day. */
static str list_day(const struct export *e)
{
    return day_shown(e->op, day_at(e->options->query.as_of ? e->options->query.as_of : e->op->now));
}

/* Whose sheet it is: the village group of somebody who has no other, else the town. */
static bool unit_name(struct export *e, str *ret)
{
    const struct plan *groups = e->town->groups;
    struct who system = {.system = true};
    struct list_page page;
    *ret = (str){0};
    if (!groups)
        return true;
    const struct field *name = ledger_field(&groups->def, S("名称")), *upper = group_parent(groups);
    id own = {0};
    bool whole = e->who->system;
    for (size_t i = 0; i < e->who->grant_count && !whole; i++) {
        const struct grant *g = &e->who->grants[i];
        if (!str_eq(g->ledger, S("*")) && !str_eq(g->ledger, e->ledger->name) && !str_eq(g->ledger, e->ledger->english))
            continue;
        whole = g->whole_town;
        own = whole ? (id){0} : g->group;
    }
    if (!id_none(own))
        return record_title(e->tx, e->town, &system, &groups->def, own, ret);
    if (!name || !upper)
        return true;
    const struct list_query q = {.where = op_text(e->op, "%.*s = null", PS(upper->name)), .limit = 1};
    if (!list_read(e->tx, e->town, &system, &groups->def, &q, &page))
        return false;
    *ret = page.record_count ? json_str(page.records[0].values, name->name) : (str){0};
    return true;
}

/* The first or last value of the period in the list; empty: none, or it may not be seen. */
static bool period_end(struct export *e, const struct field *f, bool last, str *ret, str *ret_label)
{
    struct list_query q = e->options->query;
    struct list_page page;
    const str sort = last ? op_text(e->op, "-%.*s", PS(f->name)) : f->name;
    int faults = e->op->fault_count;
    q.sort = &sort;
    q.sort_count = 1;
    q.fields = &f->name;
    q.field_count = 1;
    q.limit = 1;
    q.cursor = (str){0};
    *ret = *ret_label = (str){0};
    if (!list_read(e->tx, e->town, e->who, e->ledger, &q, &page)) {
        if (op_has_fault(e->op, FAULT_SYSTEM))
            return false;
        op_forgive(e->op, faults);
        return true;
    }
    const struct json *v = page.record_count ? json_get(page.records[0].values, f->name) : NULL;
    *ret = v ? v->text : (str){0};
    *ret_label = page.record_count ? json_str(page.records[0].labels, f->name) : (str){0};
    return true;
}

/* 2021 2021H1 2021Q3 2021-12 2021-12-03 as a title has them. */
static str period_text(struct op *op, str first, str last)
{
    static const char *const quarters[] = {"一", "二", "三", "四"};
    str year = str_part(first, 0, 4), month = str_part(first, 5, 7);
    if (first.n < 4 || last.n < 4)
        return (str){0};
    if (!str_eq(year, str_part(last, 0, 4)))
        return op_text(op, "%.*s—%.4s年", PS(year), last.p);
    if (first.n == 6 && str_eq(first, last) && first.p[4] == 'H')
        return op_text(op, "%.*s年%s半年", PS(year), first.p[5] == '1' ? "上" : "下");
    if (first.n == 6 && str_eq(first, last) && first.p[4] == 'Q' && first.p[5] >= '1' && first.p[5] <= '4')
        return op_text(op, "%.*s年第%s季度", PS(year), quarters[first.p[5] - '1']);
    if (first.n < 7 || last.n < 7 || first.p[4] != '-' || !str_eq(month, str_part(last, 5, 7)))
        return op_text(op, "%.*s年", PS(year));
    return op_text(op, "%.*s年%.*s月", PS(year), PS(month.p[0] == '0' ? str_part(month, 1, 2) : month));
}

static bool period_name(struct export *e, str *ret)
{
    const struct field *f = e->ledger->sheet.period;
    str first, last, first_label, last_label;
    *ret = (str){0};
    if (!f || e->options->blank)
        return true;
    if (!period_end(e, f, false, &first, &first_label) || !period_end(e, f, true, &last, &last_label))
        return false;
    if (f->type != F_REF)
        *ret = period_text(e->op, first, last);
    else if (str_eq(first, last))
        *ret = first_label;
    return true;
}

bool sheet_title(struct export *e, str *ret)
{
    const struct ledger *l = e->ledger;
    str unit, period, today = list_day(e);
    if (e->options->title.n) {
        *ret = e->options->title;
        return true;
    }
    *ret = e->options->blank ? op_text(e->op, "%.*s填报表", PS(l->name))
                             : op_text(e->op, "%.*s台账（%.*s）", PS(l->name), PS(today));
    if (!l->sheet.name.n)
        return true;
    if (!unit_name(e, &unit) || !period_name(e, &period))
        return false;
    *ret = op_text(e->op, "%.*s%.*s%.*s", PS(unit), PS(period), PS(l->sheet.name));
    return true;
}

/* ---- above the rows ------------------------------------------------------------------------------------------------ */

static bool sink_write(void *to, str bytes)
{
    struct export *e = to;
    return e->options->write(e->options->context, bytes) ||
           op_fail(e->side, FAULT_INPUT, (str){0}, "接收方已断开，导出停止");
}

/* Excel's limits for the name of a sheet. */
static str sheet_name(struct op *op, str name)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (str rest = str_part(name, 0, utf8_skip(name, 30)); rest.n;) {
        uint32_t c = utf8_next(&rest);
        if (c >= 0x80 || !strchr("[]:*?/\\'", (int)c))
            buf_code(&b, c);
    }
    return b.n ? buf_str(&b) : S("台账");
}

static str counted_in(const struct export *e)
{
    if (e->ledger->sheet.counted_in.n)
        return op_text(e->op, "单位：%.*s　", PS(e->ledger->sheet.counted_in));
    for (size_t i = 0; i < e->columns.n; i++)
        if (e->columns.p[i].field && e->columns.p[i].field->value == F_MONEY)
            return S("单位：元　");
    return S("");
}

size_t sheet_lines(str text, double width)
{
    double room = width - margin, used = 0;
    size_t lines = 1;
    size_t at;
    if ((double)text.n <= room && !str_find(text, S("\n"), &at))
        return 1;
    for (str rest = text; rest.n && lines < LINES_MAX;) {
        uint32_t c = utf8_next(&rest);
        double w = c < 0x80 ? 1 : 2;
        if (c == '\n' || used + w > room) {
            lines++;
            used = 0;
        }
        used += c == '\n' ? 0 : w;
    }
    return lines;
}

/* Unwritten cells take the frame of their column; around the title there is none. */
static void unframed_put(struct export *e, uint32_t written)
{
    for (uint32_t i = written; i < (uint32_t)e->columns.n + FIXED_COLUMNS; i++)
        xlsx_blank(e->out, XLSX_SUBTITLE);
}

/* In a form that somebody fills in, what must be filled is red; on the office's own paper a heading is a heading. */
static enum xlsx_style heading_style(const struct export *e, bool required)
{
    return required && (e->options->blank || !e->options->sheet) ? XLSX_REQUIRED : XLSX_HEADING;
}

static size_t heading_lines(const struct export *e, bool below)
{
    size_t most = 1;
    for (size_t i = 0; i < e->columns.n; i++) {
        const struct column_out *c = &e->columns.p[i];
        size_t lines = below && !c->above.n ? 1 : sheet_lines(c->heading, c->width);
        most = lines > most ? lines : most;
    }
    return most;
}

/* The row of groups, then that of columns; what has no group stands over both. */
static void headings_put(struct export *e)
{
    struct xlsx_out *out = e->out;
    bool two = e->heading_row > HEADING_TOP;
    uint32_t key = (uint32_t)e->columns.n + FIXED_COLUMNS;
    if (two) {
        xlsx_row(out, 0);
        xlsx_text(out, XLSX_HEADING, EXCEL_SERIAL);
        for (size_t i = 0; i < e->columns.n; i++) {
            const struct column_out *c = &e->columns.p[i];
            uint32_t column = (uint32_t)i + FIXED_COLUMNS;
            size_t same = i;
            xlsx_text(out, heading_style(e, !c->above.n && c->required), c->above.n ? c->above : c->heading);
            while (c->above.n && same + 1 < e->columns.n && str_eq(e->columns.p[same + 1].above, c->above))
                same++;
            bool begins = i == 0 || !str_eq(e->columns.p[i - 1].above, c->above);
            if (c->above.n && begins && same > i)
                xlsx_merge(out, HEADING_TOP, column, HEADING_TOP, column + (uint32_t)(same - i));
            else if (!c->above.n)
                xlsx_merge(out, HEADING_TOP, column, e->heading_row, column);
        }
        xlsx_text(out, XLSX_LOCKED, EXCEL_KEY);
        xlsx_merge(out, HEADING_TOP, 1, e->heading_row, 1);
        xlsx_merge(out, HEADING_TOP, key, e->heading_row, key);
    }
    xlsx_row_lines(out, heading_lines(e, two));
    xlsx_text(out, XLSX_HEADING, two ? S("") : EXCEL_SERIAL);
    for (size_t i = 0; i < e->columns.n; i++) {
        const struct column_out *c = &e->columns.p[i];
        xlsx_text(out, heading_style(e, c->required), two && !c->above.n ? S("") : c->heading);
    }
    xlsx_text(out, XLSX_LOCKED, two ? S("") : EXCEL_KEY);
}

static void top_put(struct export *e, str title, str unit)
{
    str today = list_day(e);
    uint32_t last = (uint32_t)e->columns.n + 1;
    struct xlsx_out *out = e->out;
    xlsx_row(out, 34);
    xlsx_text(out, XLSX_TITLE, title);
    unframed_put(e, 1);
    xlsx_row(out, 20);
    xlsx_text(out, XLSX_SUBTITLE, op_text(e->op, "填报单位（盖章）：%.*s", PS(unit)));
    if (last > 4) {
        xlsx_merge(out, 1, 1, 1, last);
        xlsx_merge(out, 2, 1, 2, 3);
        for (uint32_t i = 2; i < last; i++)
            xlsx_blank(out, XLSX_SUBTITLE);
        xlsx_text(out, XLSX_SUBTITLE_RIGHT, op_text(e->op, "%.*s%.*s", PS(counted_in(e)), PS(today)));
    }
    unframed_put(e, last > 4 ? last : 1);
    headings_put(e);
}

/* 单位负责人：　　　　制表人：王干事　　　　制表日期：2021年12月3日 */
static str signs_text(const struct export *e)
{
    const struct sheet *s = &e->ledger->sheet;
    str today = day_shown(e->op, day_at(e->op->now));
    struct buf b;
    buf_init(&b, e->side, 0);
    for (size_t i = 0; i < s->sign_count; i++) {
        str word = s->signs[i];
        buf_text(&b, "%s%.*s：", i ? "　　　　" : "", PS(word));
        if (!e->options->blank && !e->who->system && (str_eq(word, S("制表人")) || str_eq(word, S("填表人"))))
            buf_add(&b, e->who->name);
        if (!e->options->blank && str_ends(word, S("日期")))
            buf_add(&b, today);
    }
    return buf_str(&b);
}

bool sheet_begin(struct export *e, str title, int64_t fact)
{
    const struct sheet *s = &e->ledger->sheet;
    str unit = {0};
    bool two = false;
    double whole = 0;
    if (!xlsx_begin(e->side, (struct xlsx_sink){sink_write, e}, &e->out))
        return side_failed(e->op, e->side);
    if (s->name.n && !unit_name(e, &unit))
        return false;
    size_t count = e->columns.n + FIXED_COLUMNS;
    struct xlsx_column *columns = op_array(e->side, struct xlsx_column, count);
    columns[0] = (struct xlsx_column){.width = 6, .style = XLSX_CENTRED};
    for (size_t i = 0; i < e->columns.n; i++) {
        const struct column_out *c = &e->columns.p[i];
        columns[i + 1] = (struct xlsx_column){.width = c->width, .style = c->style};
        two = two || c->above.n;
        whole += c->width;
    }
    e->heading_row = HEADING_TOP + two;
    columns[count - 1] = (struct xlsx_column){.width = 40, .style = XLSX_LOCKED, .hidden = true};
    /* Declared signatures stand once, below the rows; a blank form has no last row yet, so each page has them. */
    bool once = s->sign_count && !e->options->blank;
    struct xlsx_page page = {.name = sheet_name(e->side, e->ledger->name),
                             .columns = columns,
                             .column_count = count,
                             .freeze_rows = e->heading_row,
                             .repeat_from = 1,
                             .repeat_to = e->heading_row,
                             .print = true,
                             .a3 = whole > a4_width,
                             .signed_by = once             ? (str){0}
                                          : s->sign_count ? signs_text(e)
                                                          : S("单位负责人：　　　　填表人：　　　　联系电话：")};
    xlsx_set_property(e->out, EXCEL_LEDGER, e->ledger->english);
    xlsx_set_property(e->out, EXCEL_FACT, op_text(e->side, "%lld", (long long)fact));
    xlsx_sheet(e->out, &page);
    top_put(e, title, unit);
    return true;
}

/* ---- below them ---------------------------------------------------------------------------------------------------- */

static enum xlsx_style total_style(const struct field *f)
{
    return f->value == F_INT                      ? XLSX_TOTAL_INTEGER
           : f->value == F_MONEY                  ? XLSX_TOTAL_MONEY
           : f->value == F_DECIMAL && f->size > 2 ? XLSX_TOTAL
                                                  : XLSX_TOTAL_DECIMAL2;
}

/* As a formula, so that whoever corrects a row sees the total follow. */
static void total_put(struct export *e)
{
    uint32_t last = xlsx_row_number(e->out);
    xlsx_row(e->out, 0);
    xlsx_text(e->out, XLSX_TOTAL, S("合计"));
    for (size_t i = 0; i < e->columns.n; i++) {
        const struct column_out *c = &e->columns.p[i];
        if (!c->adds || c->countless) {
            xlsx_blank(e->out, XLSX_TOTAL);
            continue;
        }
        str letter = xlsx_ref(e->op, 0, (uint32_t)i + FIXED_COLUMNS), sum = dec_text(e->op, c->sum);
        xlsx_formula(e->out, total_style(c->field),
                     op_text(e->op, "SUM(%.*s%u:%.*s%u)", PS(letter), e->heading_row + 1, PS(letter), last),
                     sum.n <= CHECK_DIGITS_MAX ? sum : (str){0});
    }
    xlsx_blank(e->out, XLSX_LOCKED);
}

static void signs_put(struct export *e)
{
    uint32_t last = (uint32_t)e->columns.n + 1;
    xlsx_row(e->out, 24);
    uint32_t row = xlsx_row_number(e->out);
    xlsx_text(e->out, XLSX_SUBTITLE, signs_text(e));
    unframed_put(e, 1);
    if (last > 1)
        xlsx_merge(e->out, row, 1, row, last);
}

/* Drop-downs go below the last row too: that is where people add. */
static void choices_put(struct export *e)
{
    static const str yes_no[] = {SC("是"), SC("否")};
    uint32_t last = xlsx_row_number(e->out) + CHOICE_ROWS;
    if (last > XLSX_ROWS_MAX)
        last = XLSX_ROWS_MAX;
    for (size_t i = 0; i < e->columns.n; i++) {
        const struct field *f = e->columns.p[i].own;
        struct xlsx_range where = {e->heading_row + 1, (uint32_t)i + FIXED_COLUMNS, last, (uint32_t)i + FIXED_COLUMNS};
        if (f && f->type == F_ENUM && f->choice_count)
            xlsx_choices(e->out, where, f->choices, f->choice_count, !f->open_choices);
        if (f && f->type == F_BOOL)
            xlsx_choices(e->out, where, yes_no, COUNT(yes_no), true);
    }
}

void sheet_finish(struct export *e)
{
    bool totals = false;
    for (size_t i = 0; i < e->columns.n; i++)
        totals = totals || e->columns.p[i].adds;
    if (totals && e->rows)
        total_put(e);
    if (e->ledger->sheet.sign_count && !e->options->blank)
        signs_put(e);
    choices_put(e);
}
