/* Workbooks as people really have them, into records.
 *
 *     open -> find sheet and heading -> row by row: sort out, check, find the record, keep or say why not -> report
 *
 * Everything happens inside one part of the transaction, which is undone for a dry run, a cancelled or a refused import.
 * Memory: a row's is reset after it; what lasts (columns, errors, the workbook) is in the side op. */
#include "ledger/excel.h"
#include "ledger/inner.h"
#include "ledger/record_bulk.h"
#include "xlsx/xlsx.h"

enum {
    HEADING_ROWS = 40, /* the heading stands within these first rows that are not blank */
    HEADING_LEVELS = 3,
    HEADING_COLUMNS = 400, /* the widest sheet of an office has 80 */
    NOTED_MAX = 1000,      /* errors and warnings that a report lists */
    GROUPS_MAX = 5000,
    KEYS_MAX = 8,     /* fields of a key that are looked up */
    KNOWN_MAX = 5000, /* references remembered */
    IMPORT_TELL_EVERY = 500,
};

enum column_use { USE_NOTHING, USE_SERIAL, USE_KEY, USE_FIELD, USE_HOME };

struct column_in {
    uint32_t column;
    str heading;                /* as written; joined 上级/下级 */
    str levels[HEADING_LEVELS]; /* what repeats at the top of a printed page */
    enum column_use use;
    const struct field *field; /* of the ledger, or (USE_HOME) of the ledger it belongs to */
};

struct group {
    id id;
    bool under; /* has a superior: 某镇 in every title does not count */
    str names[4];
    size_t name_count;
};

/* A record's home: 户 of 人. The ledger that gives it its village group is found or made while importing. */
struct home {
    const struct field *field; /* of the imported ledger: 户; NULL: none */
    const struct plan *plan;
    const struct field *head;     /* of the home: 户主; NULL: none */
    const struct field *relation; /* of the imported ledger: 与户主关系 */
    str word;                     /* 户主 */
    /* the one of the rows before */
    id current, group;
    str name; /* of its head; in a buffer of its own */
    char name_bytes[128];
    bool wants_head; /* made here; its head's row has not come yet */
};

/* What a text was found to mean; several: the first. */
struct known {
    id id;
    int64_t count;
};

struct import {
    struct op *op, *side;
    struct tx *tx;
    const struct town *town;
    const struct who *who;
    const struct plan *plan;
    const struct import_options *o;
    struct import_report *report;
    struct bulk *bulk, *home_bulk; /* home_bulk: NULL: not allowed, or no homes */
    struct xlsx_book *book;
    size_t sheet;
    uint32_t heading_first, heading_last;
    struct {
        struct column_in *p;
        size_t n, cap;
    } columns;
    struct column_in **by_column; /* [column] */
    uint32_t last_column;
    struct {
        struct group *p;
        size_t n, cap;
    } groups;
    const struct field *group_field; /* the ledger's own reference to 村组 that decides its group; NULL: none */
    const struct field *document_kind, *document;
    id group; /* of rows that name none */
    struct home home;
    struct map known; /* "ledger\x01text" -> struct known */
    bool round_trip;
    int64_t fact_before;
    const char *find_sql; /* by key; NULL: the ledger's key cannot be asked for */
    struct {
        struct xlsx_mark *p;
        size_t n, cap;
    } marks;
    struct json *last_error, *last_warning;
    /* one row */
    struct checked *values; /* [field_count] */
    bool *given;
    struct checked *home_values; /* [home's field_count] */
    bool *home_given;
    str key_text;
    uint32_t row;
    bool bad;
};

/* ---- words on a sheet ------------------------------------------------------------------------------------------ */

static bool starts_any(str s, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_starts(s, words[i]))
            return true;
    return false;
}

/* Headings are compared without spaces, line breaks, stars, colons and the width of brackets. */
static str heading_plain(struct op *op, str s)
{
    struct buf b;
    buf_init(&b, op, 0);
    while (s.n) {
        uint32_t c = utf8_next(&s);
        if (c >= 0xFF01 && c <= 0xFF5E)
            c -= 0xFEE0;
        if (c >= 'A' && c <= 'Z')
            c += 32;
        if (c > 0x20 && c != 0xA0 && c != 0x3000 && c != 0xFEFF && c != '*' && c != ':' && c != 0x2605)
            buf_code(&b, c);
    }
    return buf_str(&b);
}

/* 金额(元) -> 金额 */
static str without_brackets(struct op *op, str s)
{
    struct buf b;
    buf_init(&b, op, 0);
    int depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        depth += s.p[i] == '(';
        if (depth == 0)
            buf_byte(&b, s.p[i]);
        depth -= s.p[i] == ')' && depth > 0;
    }
    return buf_str(&b);
}

static bool contains(str s, str part)
{
    size_t at;
    return part.n > 0 && str_find(s, part, &at);
}

/* ---- village groups -------------------------------------------------------------------------------------------- */

static bool groups_load(struct import *im)
{
    const struct plan *p = im->town->groups;
    if (!p)
        return true;
    static const str name_fields[] = {SC("名称"), SC("代码"), SC("别名"), SC("统计用区划代码")};
    const struct field *upper = ledger_field(&p->def, S("上级"));
    struct buf sql;
    buf_init(&sql, im->op, 0);
    buf_add(&sql, S("select record"));
    for (size_t i = 0; i < COUNT(name_fields); i++) {
        const struct field *f = ledger_field(&p->def, name_fields[i]);
        buf_text(&sql, ", %.*s", PS(f && f->column >= 0 ? store_name(im->op, f->name) : S("null")));
    }
    buf_text(&sql, ", %.*s from %.*s where town = $1 and removed = 0 order by record",
             PS(upper ? store_name(im->op, upper->name) : S("null")),
             PS(store_name(im->op, op_text(im->op, "now_%.*s", PS(p->def.english)))));
    struct rows *rows;
    bool found;
    if (!store_query(im->tx, op_z(im->op, buf_str(&sql)), ARGS(TEXT(store_town(im->tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        struct group g = {.id = rows_id(rows, 0), .under = !rows_is_null(rows, 5)};
        for (int i = 0; i < 4; i++)
            if (!rows_is_null(rows, i + 1))
                g.names[g.name_count++] = op_copy(im->side, rows_peek(rows, i + 1));
        if (im->groups.n == GROUPS_MAX)
            return op_fail(im->op, FAULT_INPUT, (str){0}, "村组超过%d个", GROUPS_MAX);
        *list_add(im->side, &im->groups) = g;
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

/* The group that a cell names exactly, by name, code or former name. */
static bool group_named(const struct import *im, str s, id *ret)
{
    for (size_t i = 0; i < im->groups.n; i++)
        for (size_t k = 0; k < im->groups.p[i].name_count; k++)
            if (str_eq(im->groups.p[i].names[k], s)) {
                *ret = im->groups.p[i].id;
                return true;
            }
    return false;
}

/* The one group that a title, a sheet's or file's name speaks of: 某镇巴音嘎查2021年花名册. The longest name wins, a town loses. */
static bool group_mentioned(const struct import *im, str s, id *ret)
{
    size_t best = 0;
    bool twice = false;
    for (size_t i = 0; i < im->groups.n; i++) {
        const struct group *g = &im->groups.p[i];
        for (size_t k = 0; k < g->name_count; k++) {
            size_t weight = g->names[k].n + (g->under ? 1000 : 0);
            if (utf8_count(g->names[k]) < 2 || weight < best || !contains(s, g->names[k]))
                continue;
            twice = weight == best && !id_eq(*ret, g->id);
            best = weight;
            *ret = g->id;
        }
    }
    return best > 0 && !twice;
}

/* ---- the heading ----------------------------------------------------------------------------------------------- */

struct head_cell {
    uint32_t column;
    str text;
};
struct head_row {
    uint32_t number;
    struct {
        struct head_cell *p;
        size_t n, cap;
    } cells;
};
struct head_rows {
    struct head_row rows[HEADING_ROWS];
    size_t count;
    uint32_t last_column;
    struct xlsx_layout layout;
};

/* Other headings under which everybody writes these, when a ledger has one field of the type. */
static const struct usual_heading {
    enum field_type type;
    str words[9];
} usual_headings[] = {
    {F_CITIZEN_ID,
     {SC("身份证号"), SC("身份证号码"), SC("身份证"), SC("公民身份号码"), SC("证件号码"), SC("居民身份证号"),
      SC("证件号")}},
    {F_PHONE,
     {SC("联系电话"), SC("电话"), SC("手机"), SC("手机号"), SC("手机号码"), SC("联系方式"), SC("电话号码"),
      SC("联系电话号码")}},
    {F_BANK_CARD,
     {SC("银行卡号"), SC("一卡通账号"), SC("一卡通号"), SC("账号"), SC("卡号"), SC("社保卡号"), SC("银行账号"),
      SC("一卡通卡号")}},
    {F_CREDIT_CODE, {SC("统一社会信用代码"), SC("信用代码"), SC("社会信用代码")}},
};
static const str group_headings[] = {SC("村组"),     SC("嘎查"),     SC("村"),      SC("嘎查村"),   SC("嘎查(村)"),
                                     SC("所属村组"), SC("行政村"),   SC("村名"),    SC("所在嘎查"), SC("嘎查名称"),
                                     SC("村(社区)"), SC("村(嘎查)"), SC("所属嘎查")};
static const str serial_headings[] = {SC("序号"), SC("编号"), SC("no."), SC("序")};

static void heading_put(struct import *im, struct map *m, str words, enum column_use use, const struct field *f)
{
    str plain = heading_plain(im->side, words);
    if (!plain.n || map_get(m, plain))
        return;
    struct column_in *c = op_new(im->side, struct column_in);
    *c = (struct column_in){.use = use, .field = f};
    map_put(m, plain, c);
}

static void headings_of(struct import *im, struct map *m, const struct ledger *l, enum column_use use)
{
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        if (excel_carries(f))
            heading_put(im, m, f->name, use, f);
    }
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        if (!excel_carries(f))
            continue;
        heading_put(im, m, f->english, use, f);
        for (size_t k = 0; k < f->alias_count; k++)
            heading_put(im, m, f->aliases[k], use, f);
    }
}

/* What a heading may say -> what it stands for. First come, first served: the ledger's own words before usual ones. */
static void headings_known(struct import *im, struct map *m)
{
    const struct ledger *l = &im->plan->def;
    map_init(m, im->side);
    heading_put(im, m, EXCEL_KEY, USE_KEY, NULL);
    headings_of(im, m, l, USE_FIELD);
    for (size_t i = 0; i < COUNT(usual_headings); i++) {
        const struct field *only = NULL;
        size_t count = 0;
        for (size_t k = 0; k < l->field_count; k++)
            if (l->fields[k].type == usual_headings[i].type && count++ == 0)
                only = &l->fields[k];
        for (size_t k = 0; count == 1 && k < COUNT(usual_headings[i].words); k++)
            heading_put(im, m, usual_headings[i].words[k], USE_FIELD, only);
    }
    if (im->home.field) {
        headings_of(im, m, &im->home.plan->def, USE_HOME);
        if (im->home.head)
            heading_put(im, m, op_text(im->side, "%.*s姓名", PS(im->home.head->name)), USE_HOME, im->home.head);
    }
    const struct field *group = im->group_field;
    enum column_use use = USE_FIELD;
    for (size_t i = 0; !group && im->home.field && i < im->home.plan->def.field_count; i++)
        if (str_eq(im->home.plan->def.fields[i].target, GROUP_LEDGER)) {
            group = &im->home.plan->def.fields[i];
            use = USE_HOME;
        }
    for (size_t i = 0; group && i < COUNT(group_headings); i++)
        heading_put(im, m, group_headings[i], use, group);
    for (size_t i = 0; i < COUNT(serial_headings); i++)
        heading_put(im, m, serial_headings[i], USE_SERIAL, NULL);
}

static bool head_rows_read(struct import *im, size_t sheet, struct head_rows *h)
{
    struct xlsx_rows *rows;
    struct xlsx_row row;
    bool found;
    *h = (struct head_rows){0};
    if (!xlsx_layout(im->book, sheet, &h->layout) || !xlsx_rows_open(im->book, sheet, &rows))
        return false;
    while (h->count < HEADING_ROWS) {
        if (!xlsx_row_next(rows, &row, &found))
            return false;
        if (!found)
            return true;
        struct head_row *r = &h->rows[h->count];
        *r = (struct head_row){.number = row.number};
        for (size_t i = 0; i < row.count && row.cells[i].column <= HEADING_COLUMNS; i++) {
            str text = str_trim(row.cells[i].text);
            if (text.n == 0)
                continue;
            *list_add(im->side, &r->cells) = (struct head_cell){row.cells[i].column, op_copy(im->side, text)};
            if (row.cells[i].column > h->last_column)
                h->last_column = row.cells[i].column;
        }
        h->count += r->cells.n > 0;
    }
    return true;
}

/* The text that covers a place, merged cells included. */
static str head_text(const struct head_rows *h, uint32_t row, uint32_t column)
{
    for (size_t i = 0; i < h->layout.merge_count; i++) {
        const struct xlsx_range *m = &h->layout.merges[i];
        if (m->row <= row && row <= m->row_last && m->column <= column && column <= m->column_last) {
            row = m->row;
            column = m->column;
            break;
        }
    }
    for (size_t i = 0; i < h->count; i++)
        for (size_t k = 0; h->rows[i].number == row && k < h->rows[i].cells.n; k++)
            if (h->rows[i].cells.p[k].column == column)
                return h->rows[i].cells.p[k].text;
    return (str){0};
}

static const struct column_in *heading_meaning(struct import *im, const struct map *known, str words)
{
    str plain = heading_plain(im->side, words);
    const struct column_in *c = map_get(known, plain);
    return c ? c : map_get(known, without_brackets(im->side, plain));
}

/* What one column says in `levels` rows that end with `bottom`. */
static struct column_in column_read(struct import *im, const struct head_rows *h, const struct map *known,
                                    uint32_t bottom, int levels, uint32_t column)
{
    struct column_in c = {.column = column};
    str joined = {0}, last = {0};
    int count = 0;
    for (int i = levels - 1; i >= 0; i--) {
        str text = head_text(h, bottom - (uint32_t)i, column);
        if (text.n == 0 || str_eq(text, last))
            continue;
        joined = count ? op_text(im->side, "%.*s/%.*s", PS(joined), PS(text)) : text;
        c.levels[count++] = last = text;
    }
    c.heading = joined;
    const struct column_in *meaning = NULL;
    if (count > 1) {
        meaning = heading_meaning(im, known, joined);
        if (!meaning)
            meaning = heading_meaning(im, known, op_text(im->side, "%.*s%.*s", PS(c.levels[count - 2]), PS(last)));
    }
    if (!meaning && last.n)
        meaning = heading_meaning(im, known, last);
    if (meaning) {
        c.use = meaning->use;
        c.field = meaning->field;
    }
    return c;
}

/* How many different things the heading names. */
static int heading_try(struct import *im, const struct head_rows *h, const struct map *known, uint32_t bottom,
                       int levels, struct column_in *columns)
{
    int score = 0;
    for (uint32_t column = 1; column <= h->last_column; column++) {
        struct column_in c = column_read(im, h, known, bottom, levels, column);
        for (uint32_t k = 1; k < column && c.use != USE_NOTHING; k++)
            if (columns[k].use == c.use && columns[k].field == c.field) {
                c.use = USE_NOTHING; /* the first counts, the second is reported as unknown */
                c.field = NULL;
            }
        score += c.use == USE_FIELD || c.use == USE_HOME || c.use == USE_KEY;
        columns[column] = c;
    }
    return score;
}

static int heading_find(struct import *im, const struct head_rows *h, const struct map *known)
{
    int best = 0;
    struct column_in *columns = op_array(im->side, struct column_in, HEADING_COLUMNS + 1);
    for (size_t i = 0; i < h->count; i++) {
        uint32_t bottom = h->rows[i].number;
        for (int levels = 1; levels <= HEADING_LEVELS && (uint32_t)levels <= bottom; levels++) {
            int score = heading_try(im, h, known, bottom, levels, columns);
            if (score <= best)
                continue;
            best = score;
            im->heading_first = bottom - (uint32_t)levels + 1;
            im->heading_last = bottom;
            im->columns.n = 0;
            for (uint32_t c = 1; c <= h->last_column; c++)
                if (columns[c].heading.n)
                    *list_add(im->side, &im->columns) = columns[c];
        }
    }
    /* A heading whose lower level was not needed still reaches as far down as its merged cells. */
    for (size_t i = 0; i < h->layout.merge_count; i++) {
        const struct xlsx_range *m = &h->layout.merges[i];
        if (m->row <= im->heading_last && m->row >= im->heading_first && m->row_last > im->heading_last &&
            m->row_last < m->row + HEADING_LEVELS)
            im->heading_last = m->row_last;
    }
    return best;
}

static bool heading_missing(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    struct buf b;
    buf_init(&b, im->op, 0);
    for (size_t i = 0, n = 0; i < l->field_count && n < 4; i++)
        if (excel_carries(&l->fields[i]) && l->fields[i].type != F_COMPUTED) {
            buf_text(&b, "%s“%.*s”", n++ ? "、" : "", PS(l->fields[i].name));
        }
    return op_fail(im->op, FAULT_INPUT, (str){0},
                   "没有找到“%.*s”的表头：前%d行里要有一行写着%.*s这样的栏名，请核对是否选对了文件和工作表",
                   PS(l->name), HEADING_ROWS, PS(buf_str(&b)));
}

/* Also the titles above the heading, which may name the village group. */
static bool sheet_find(struct import *im)
{
    struct map known;
    headings_known(im, &known);
    size_t importable = 0;
    for (size_t i = 0; i < im->plan->def.field_count; i++)
        importable += excel_carries(&im->plan->def.fields[i]);
    int least = importable > 1 ? 2 : 1;
    for (size_t i = 0; i < xlsx_sheet_count(im->book); i++) {
        const struct xlsx_sheet_info *info = xlsx_sheet_info(im->book, i);
        if (im->o->sheet.n ? !str_eq(info->name, im->o->sheet) : info->visibility == XLSX_VERY_HIDDEN)
            continue;
        struct head_rows *h = op_new(im->side, struct head_rows);
        if (!head_rows_read(im, i, h))
            return side_failed(im->op, im->side);
        if (heading_find(im, h, &known) < least) {
            im->columns.n = 0;
            continue;
        }
        im->sheet = i;
        im->report->sheet = info->name;
        bool from_title = false;
        for (size_t k = 0; k < h->count && h->rows[k].number < im->heading_first; k++)
            for (size_t c = 0; c < h->rows[k].cells.n && !from_title; c++)
                from_title = group_mentioned(im, h->rows[k].cells.p[c].text, &im->group);
        if (!from_title && !group_mentioned(im, info->name, &im->group) &&
            !group_mentioned(im, im->o->file_name, &im->group))
            for (size_t k = 0; k < im->who->grant_count; k++)
                if (!im->who->grants[k].whole_town)
                    im->group = im->who->grants[k].group;
        return true;
    }
    if (im->o->sheet.n) {
        for (size_t i = 0; i < xlsx_sheet_count(im->book); i++)
            if (str_eq(xlsx_sheet_info(im->book, i)->name, im->o->sheet))
                return heading_missing(im);
        return op_fail(im->op, FAULT_INPUT, (str){0}, "文件里没有名为“%.*s”的工作表", PS(im->o->sheet));
    }
    return heading_missing(im);
}

/* ---- the report ------------------------------------------------------------------------------------------------ */

static struct json *json_add(struct import *im, struct json *parent, str key, enum json_kind kind, str text)
{
    struct json *j = op_new(im->side, struct json), **end = &parent->first;
    *j = (struct json){.kind = kind, .key = key, .text = op_copy(im->side, text)};
    while (*end)
        end = &(*end)->next;
    *end = j;
    parent->count++;
    return j;
}

/* A thousand are listed; `last` spares looking for the end. */
static void note(struct import *im, struct json *list, struct json **last, const struct column_in *c, str value,
                 str text)
{
    if (list->count >= NOTED_MAX)
        return;
    struct json *e = op_new(im->side, struct json);
    e->kind = JSON_OBJECT;
    *(*last ? &(*last)->next : &list->first) = e;
    *last = e;
    list->count++;
    json_add(im, e, S("行"), JSON_NUMBER, op_text(im->op, "%u", im->row));
    json_add(im, e, S("列"), JSON_STRING, c ? xlsx_ref(im->op, 0, c->column) : (str){0});
    json_add(im, e, S("字段"), JSON_STRING, c && c->field ? c->field->name : c ? c->heading : (str){0});
    json_add(im, e, S("值"), JSON_STRING, str_part(value, 0, utf8_skip(value, 60)));
    json_add(im, e, S("说明"), JSON_STRING, text);
}

static void row_warn(struct import *im, const struct column_in *c, str value, str text)
{
    note(im, im->report->warnings, &im->last_warning, c, value, text);
}

/* The row is bad; its cell will be red. Without a column of its own, the first one is marked. */
static void row_wrong(struct import *im, const struct column_in *c, str value, str text)
{
    im->bad = true;
    note(im, im->report->errors, &im->last_error, c, value, text);
    if (!c)
        for (size_t i = 0; i < im->columns.n && !c; i++)
            c = im->columns.p[i].use == USE_FIELD ? &im->columns.p[i] : NULL;
    if (im->marks.n < XLSX_MARKS_MAX)
        *list_add(im->side, &im->marks) =
            (struct xlsx_mark){im->sheet, im->row, c ? c->column : 1, op_copy(im->side, text)};
}

/* ---- sorting rows out ------------------------------------------------------------------------------------------ */

static const struct column_in *column_of(const struct import *im, uint32_t column)
{
    return column <= im->last_column ? im->by_column[column] : NULL;
}

static bool is_heading_again(const struct import *im, const struct xlsx_row *row)
{
    size_t same = 0, filled = 0;
    for (size_t i = 0; i < row->count; i++) {
        const struct column_in *c = column_of(im, row->cells[i].column);
        if (row->cells[i].text.n == 0)
            continue;
        filled++;
        if (row->cells[i].kind != XLSX_TEXT_CELL || !c)
            continue;
        str text = str_trim(row->cells[i].text);
        for (int k = 0; k < HEADING_LEVELS; k++)
            if (c->levels[k].n && str_eq(c->levels[k], text)) {
                same++;
                break;
            }
    }
    return same > 0 && (same == filled || (same > 1 && same * 2 >= filled));
}

/* Leading words of rows that are no records. Compared without spaces: 合 计. */
static bool is_total(struct op *op, str s)
{
    static const str words[] = {SC("合计"), SC("小计"),     SC("总计"),    SC("共计"),
                                SC("累计"), SC("本页小计"), SC("本页合计")};
    return starts_any(heading_plain(op, s), words, COUNT(words));
}

static bool is_ending(struct op *op, str s)
{
    static const str words[] = {SC("单位负责人"), SC("统计负责人"), SC("填表人"),     SC("制表人"),   SC("填报人"),
                                SC("审核人"),     SC("审批人"),     SC("负责人"),     SC("报出日期"), SC("填报日期"),
                                SC("制表日期"),   SC("填报单位"),   SC("制表单位"),   SC("联系电话"), SC("经办人"),
                                SC("经手人"),     SC("领导签字"),   SC("单位(盖章)"), SC("(盖章)"),   SC("单位:"),
                                SC("盖章")};
    size_t at;
    return (str_find(s, S("："), &at) || str_find(s, S(":"), &at) || str_find(s, S("盖章"), &at)) &&
           starts_any(heading_plain(op, s), words, COUNT(words));
}

/* A row that is not a record. One that stands alone in its row and names a village group sets it for the rows below. */
static bool is_between(struct import *im, const struct xlsx_row *row)
{
    size_t filled = 0, known = 0;
    const struct xlsx_cell *first = NULL;
    for (size_t i = 0; i < row->count; i++) {
        const struct xlsx_cell *cell = &row->cells[i];
        if (cell->text.n == 0 || str_trim(cell->text).n == 0)
            continue;
        const struct column_in *c = column_of(im, cell->column);
        if (c && (c->use == USE_SERIAL || c->use == USE_KEY) && cell->kind != XLSX_TEXT_CELL)
            continue;
        known += c && (c->use == USE_FIELD || c->use == USE_HOME);
        if (filled < 3 && cell->kind == XLSX_TEXT_CELL && is_total(im->op, cell->text))
            return true;
        if (filled < 3 && cell->kind == XLSX_TEXT_CELL && is_ending(im->op, cell->text))
            return true;
        if (filled++ == 0)
            first = cell;
    }
    if (filled == 0 || is_heading_again(im, row))
        return true;
    if (filled > 1 || im->columns.n < 3)
        return known == 0;
    const struct column_in *c = column_of(im, first->column);
    id group;
    if (first->kind == XLSX_TEXT_CELL && group_mentioned(im, first->text, &group)) {
        im->group = group;
        im->home.current = (id){0};
        return true;
    }
    /* A remark below or between, in the leftmost columns; a lonely value elsewhere is a record with the rest missing. */
    return known == 0 || c == &im->columns.p[0] || (first->kind == XLSX_TEXT_CELL && first->text.n > 60);
}

/* ---- references ------------------------------------------------------------------------------------------------ */

/* Titles are not indexed, so what they were found to mean is remembered. */
static bool title_find(struct import *im, const struct plan *p, str text, struct known *ret)
{
    struct op *op = im->op;
    str memo = op_text(op, "%.*s\x01%.*s", PS(p->def.english), PS(text));
    struct known *known = map_get(&im->known, memo);
    if (known) {
        *ret = *known;
        return true;
    }
    str sql = op_text(op, "select record from %.*s where town = $1 and removed = 0 and _title = $2 limit 3",
                      PS(store_name(op, op_text(op, "now_%.*s", PS(p->def.english)))));
    struct rows *rows;
    bool found;
    if (!store_query(im->tx, op_z(op, sql), ARGS(TEXT(store_town(im->tx)), TEXT(text)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        if (ret->count++ == 0)
            ret->id = rows_id(rows, 0);
        if (!rows_next(rows, &found))
            return false;
    }
    if (ret->count == 1 && im->known.count < KNOWN_MAX) {
        known = op_new(im->side, struct known);
        *known = *ret;
        map_put(&im->known, op_copy(im->side, memo), known);
    }
    return true;
}

/* The record a text means: its key, else a field it is searched by, else its title. */
static bool reference_find(struct import *im, const struct plan *p, str text, struct known *ret)
{
    const struct ledger *l = &p->def;
    id direct;
    *ret = (struct known){0};
    if (p->is_group && (group_named(im, text, &ret->id) || group_mentioned(im, text, &ret->id))) {
        ret->count = 1;
        return true;
    }
    if (text.n == 36 && id_parse(text, &direct)) {
        struct row row;
        bool found;
        row_init(&row, im->tx, p);
        if (!row_load(&row, direct, &found))
            return false;
        *ret = (struct known){direct, found && !row.head.removed};
        return true;
    }
    for (int round = 0; round < 2; round++) {
        const str *names = round ? l->search_fields : l->keys;
        size_t count = round ? l->search_count : l->key_count == 1;
        for (size_t i = 0; i < count; i++) {
            const struct field *f = ledger_field(l, names[i]);
            struct checked c;
            if (!f || f->column < 0 || field_columns[f->value] != COLUMN_TEXT || !check_text(im->op, f, text, &c) ||
                c.kind != CHECKED_TEXT)
                continue;
            if (!bulk_find(im->bulk, l, f, c.text, &ret->id, &ret->count))
                return false;
            if (ret->count)
                return true;
        }
    }
    return p->title_column < 0 || title_find(im, p, text, ret);
}

/* Is `text` how the record it already refers to is shown? Exports write titles, of which several may be equal. */
static bool shown_as(struct import *im, const struct plan *p, struct arg cell, str text, bool *ret)
{
    struct row row;
    bool found;
    *ret = false;
    if (cell.kind != ARG_ID)
        return true;
    row_init(&row, im->tx, p);
    if (!row_load(&row, cell.id, &found))
        return false;
    *ret = found && str_eq(row_title(&row), text);
    return !row.broken;
}

static const struct plan *target_of(const struct import *im, const struct field *f)
{
    return plan_of(town_ledger(im->town, f->target));
}

/* The text of a reference becomes the id of the record it means. `now`: the record's cell as it is. */
static bool reference_resolve(struct import *im, const struct column_in *column, const struct field *f,
                              struct checked *c, struct arg now)
{
    const struct plan *target = target_of(im, f);
    str *texts = c->kind == CHECKED_LIST ? (str *)c->list : &c->text;
    size_t count = c->kind == CHECKED_LIST ? c->count : 1;
    for (size_t i = 0; i < count; i++) {
        struct known known;
        bool same = false;
        if (c->kind == CHECKED_TEXT && !shown_as(im, target, now, texts[i], &same))
            return false;
        if (same) {
            texts[i] = id_text(im->op, now.id);
            continue;
        }
        if (!reference_find(im, target, texts[i], &known))
            return false;
        if (known.count == 1)
            texts[i] = id_text(im->op, known.id);
        else if (known.count == 0)
            row_wrong(
                im, column, texts[i],
                op_text(im->op, "“%.*s”里没有“%.*s”，请核对写法，或先在那里登记", PS(target->def.name), PS(texts[i])));
        else
            row_wrong(im, column, texts[i],
                      op_text(im->op, "“%.*s”里不止一个“%.*s”，请改填%.*s", PS(target->def.name), PS(texts[i]),
                              PS(target->def.keys[0])));
    }
    return true;
}

/* ---- one row: cells to checked values -------------------------------------------------------------------------- */

static bool loses_by_digits(const struct field *f)
{
    return f->value != F_INT && f->value != F_DECIMAL && f->value != F_MONEY && f->value != F_RATIO &&
           f->value != F_DAY && f->value != F_TIME;
}

static void cell_take(struct import *im, const struct column_in *c, const struct xlsx_cell *cell)
{
    struct field as = *c->field;
    as.type = as.value; /* computed fields are compared, so they are read as what they give */
    bool home = c->use == USE_HOME;
    size_t i = (size_t)(c->field - (home ? im->home.plan : im->plan)->def.fields);
    struct checked *v = home ? &im->home_values[i] : &im->values[i];
    str typed = cell->text;
    if (cell->kind == XLSX_ERROR_CELL) {
        row_wrong(im, c, typed, op_text(im->op, "单元格里是公式错误%.*s，请改正公式或直接填数", PS(typed)));
        return;
    }
    if (cell->lost_digits && loses_by_digits(&as)) {
        (void)!check_lost_digits(im->op, &as, cell->raw.n ? cell->raw : typed, v);
        row_wrong(im, c, typed, v->trouble);
        return;
    }
    if (c->field == im->document && im->document_kind) {
        const struct checked *kind = &im->values[im->document_kind - im->plan->def.fields];
        if (kind->kind == CHECKED_TEXT && !citizen_id_kind(kind->text))
            as.type = F_CODE;
    }
    /* Somebody whose rights mask a field sends back the mask: nothing was changed. */
    if (im->round_trip && contains(typed, S("*")) && (c->field->sensitive || contains(typed, S("***"))))
        return;
    if (!check_text(im->op, &as, typed, v)) {
        row_wrong(im, c, typed, v->trouble);
        return;
    }
    (home ? im->home_given : im->given)[i] = v->kind != CHECKED_EMPTY || im->key_text.n;
    if (v->warning.n)
        row_warn(im, c, typed, v->warning);
}

static void row_read(struct import *im, const struct xlsx_row *row)
{
    const struct ledger *l = &im->plan->def;
    im->values = op_array(im->op, struct checked, l->field_count);
    im->given = op_array(im->op, bool, l->field_count);
    if (im->home.field) {
        im->home_values = op_array(im->op, struct checked, im->home.plan->def.field_count);
        im->home_given = op_array(im->op, bool, im->home.plan->def.field_count);
    }
    im->key_text = (str){0};
    /* Two rounds: the key and the kind of document say how the others are read. */
    for (size_t i = 0; i < row->count; i++) {
        const struct column_in *c = column_of(im, row->cells[i].column);
        if (c && c->use == USE_KEY)
            im->key_text = str_trim(row->cells[i].text);
        if (c && c->use == USE_FIELD && c->field == im->document_kind)
            cell_take(im, c, &row->cells[i]);
    }
    for (size_t i = 0; i < row->count; i++) {
        const struct column_in *c = column_of(im, row->cells[i].column);
        if (c && (c->use == USE_FIELD || c->use == USE_HOME) && c->field != im->document_kind)
            cell_take(im, c, &row->cells[i]);
    }
    /* In a list of ours that came back, an emptied cell empties the field. Cells that were never written are not sent. */
    for (size_t i = 0; i < im->columns.n && im->key_text.n; i++) {
        const struct column_in *c = &im->columns.p[i];
        if (c->use == USE_FIELD && !xlsx_row_cell(row, c->column))
            im->given[c->field - l->fields] = true;
    }
}

/* ---- keeping ---------------------------------------------------------------------------------------------------- */

static const struct column_in *column_for(const struct import *im, const struct field *f)
{
    for (size_t i = 0; i < im->columns.n; i++)
        if (im->columns.p[i].field == f)
            return &im->columns.p[i];
    return NULL;
}

/* What the ledger said of a record becomes the row's; false: the trouble is not the row's. */
static bool faults_take(struct import *im, int before, const struct ledger *l)
{
    if (op_has_fault(im->op, FAULT_SYSTEM))
        return false;
    const struct fault *f = im->op->faults;
    for (int i = 0; i < before && f; i++)
        f = f->next;
    for (; f; f = f->next) {
        const struct field *field = f->field.n ? ledger_field(l, f->field) : NULL;
        row_wrong(im, field ? column_for(im, field) : NULL, (str){0},
                  f->field.n && !column_for(im, field) ? op_text(im->op, "%.*s：%.*s", PS(f->field), PS(f->text))
                                                       : f->text);
    }
    op_forgive(im->op, before);
    return true;
}

static void warnings_take(struct import *im, const struct ledger *l, const struct warning *w)
{
    for (; w; w = w->next) {
        const struct field *field = w->field.n ? ledger_field(l, w->field) : NULL;
        row_warn(im, field ? column_for(im, field) : NULL, (str){0}, w->text);
    }
}

static struct json *value_json(struct import *im, const struct checked *c)
{
    static const enum json_kind kinds[] = {[CHECKED_EMPTY] = JSON_NULL,
                                           [CHECKED_TEXT] = JSON_STRING,
                                           [CHECKED_NUMBER] = JSON_NUMBER,
                                           [CHECKED_BOOL] = JSON_FALSE,
                                           [CHECKED_LIST] = JSON_ARRAY};
    struct json *value;
    if (c->kind == CHECKED_JSON) {
        if (!json_parse(im->op, c->text, &value))
            must(!"a checked value is JSON");
        return value;
    }
    value = op_new(im->op, struct json);
    value->kind = c->kind == CHECKED_BOOL && c->number ? JSON_TRUE : kinds[c->kind];
    if (c->kind == CHECKED_TEXT || c->kind == CHECKED_NUMBER)
        value->text = op_copy(im->op, c->text);
    struct json **end = &value->first;
    for (size_t i = 0; i < c->count; i++) {
        *end = op_new(im->op, struct json);
        **end = (struct json){.kind = JSON_STRING, .text = op_copy(im->op, c->list[i])};
        end = &(*end)->next;
        value->count++;
    }
    return value;
}

static void member_put(struct import *im, struct json *object, const struct field *f, const struct checked *c)
{
    struct json *value = value_json(im, c), **end = &object->first;
    value->key = f->name;
    while (*end)
        end = &(*end)->next;
    *end = value;
    object->count++;
}

static struct json *object_new(struct import *im)
{
    struct json *object = op_new(im->op, struct json);
    object->kind = JSON_OBJECT;
    return object;
}

static struct checked id_value(struct import *im, id x)
{
    return (struct checked){.kind = CHECKED_TEXT, .text = id_text(im->op, x)};
}

static bool writable(const struct field *f)
{
    return f->type != F_COMPUTED && f->type != F_CHILDREN;
}

/* ---- home: the household of a person ----------------------------------------------------------------------------- */

static const struct field *group_reference(const struct ledger *l)
{
    for (size_t i = 0; i < l->field_count; i++)
        if (l->fields[i].type == F_REF && str_eq(l->fields[i].target, GROUP_LEDGER))
            return &l->fields[i];
    return NULL;
}

static void home_remember(struct import *im, id x, id group, str name)
{
    struct home *h = &im->home;
    h->current = x;
    h->group = group;
    size_t n = name.n < sizeof h->name_bytes ? name.n : sizeof h->name_bytes;
    if (n)
        memcpy(h->name_bytes, name.p, n);
    h->name = (str){h->name_bytes, n};
}

/* Homes of this group whose head has this name. */
static bool homes_of_head(struct import *im, str name, id group, struct known *ret)
{
    const struct home *h = &im->home;
    struct op *op = im->op;
    str table = store_name(op, op_text(op, "now_%.*s", PS(h->plan->def.english)));
    str people = store_name(op, op_text(op, "now_%.*s", PS(im->plan->def.english)));
    str head = store_name(op, h->head->name);
    const struct field *own = ledger_field(&im->plan->def, S("姓名"));
    str sql =
        h->head->type == F_REF && own
            ? op_text(op,
                      "select t.record from %.*s p join %.*s t on t.%.*s = p.record where p.town = $1 and p.%.*s = $2"
                      " and t.\"组\" is $3 and t.removed = 0 limit 3",
                      PS(people), PS(table), PS(head), PS(store_name(op, own->name)))
            : op_text(
                  op,
                  "select t.record from %.*s t where t.town = $1 and t.%.*s = $2 and t.\"组\" is $3 and t.removed = 0 limit 3",
                  PS(table), PS(head));
    struct rows *rows;
    bool found;
    *ret = (struct known){0};
    if (!store_query(im->tx, op_z(op, sql), ARGS(TEXT(store_town(im->tx)), TEXT(name), ID(group)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        if (ret->count++ == 0)
            ret->id = rows_id(rows, 0);
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

/* Opened before the rows, whose memory is given back one by one. Who may not make homes is told when a row needs one. */
static bool homes_begin(struct import *im)
{
    struct right right;
    const struct plan *homes = im->home.plan;
    return !homes || !right_ask(im->op, im->who, homes, ACT_IMPORT, &right) ||
           bulk_begin(im->tx, im->town, im->who, &homes->def, ACT_IMPORT, &im->home_bulk);
}

static bool homes_may(struct import *im)
{
    struct right right;
    return im->home_bulk || right_for(im->op, im->town, im->who, &im->home.plan->def, ACT_IMPORT, &right);
}

static bool home_make(struct import *im, id group, str name, id *ret)
{
    const struct home *h = &im->home;
    const struct ledger *l = &h->plan->def;
    struct json *values = object_new(im);
    const struct field *group_field = group_reference(l);
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        struct checked c = im->home_values[i];
        if (f == group_field && !id_none(group))
            c = id_value(im, group);
        else if (f == h->head && f->type == F_TEXT)
            c = (struct checked){.kind = CHECKED_TEXT, .text = name};
        else if (f == h->head || !im->home_given[i] || !writable(f))
            continue;
        if ((f->type == F_REF || f->type == F_REFS) && f != group_field &&
            !reference_resolve(im, column_for(im, f), f, &c, NUL))
            return false;
        if (c.kind != CHECKED_EMPTY)
            member_put(im, values, f, &c);
    }
    if (im->bad)
        return true;
    struct bulk_done done;
    int before = im->op->fault_count;
    if (!homes_may(im))
        return false;
    if (!bulk_add(im->home_bulk, values, &done))
        return faults_take(im, before, l);
    warnings_take(im, l, done.warnings);
    im->report->made_other++;
    im->report->other_ledger = l->name;
    *ret = done.id;
    return true;
}

/* Which home a row belongs to, by 户号, by 户主 or by standing below its head; made when it is not there yet. */
static bool home_find(struct import *im, const struct row *existing)
{
    struct home *h = &im->home;
    const struct ledger *l = &im->plan->def;
    size_t at = (size_t)(h->field - l->fields);
    if (im->given[at] && im->values[at].kind != CHECKED_EMPTY)
        return true; /* named directly */
    const struct field *group_field = group_reference(&h->plan->def), *own_name = ledger_field(l, S("姓名"));
    id group = im->group, now = {0};
    if (existing && existing->cells[h->field->column].kind == ARG_ID)
        now = existing->cells[h->field->column].id;
    if (group_field && im->home_given[group_field - h->plan->def.fields]) {
        struct checked *c = &im->home_values[group_field - h->plan->def.fields];
        if (c->kind == CHECKED_TEXT && (!reference_resolve(im, column_for(im, group_field), group_field, c, NUL)))
            return false;
        if (im->bad || (c->kind == CHECKED_TEXT && !id_parse(c->text, &group)))
            return true;
    }
    str key = {0}, head = {0}, own = own_name ? im->values[own_name - l->fields].text : (str){0};
    const struct field *key_field =
        h->plan->def.key_count == 1 ? ledger_field(&h->plan->def, h->plan->def.keys[0]) : NULL;
    if (key_field && im->home_given[key_field - h->plan->def.fields])
        key = im->home_values[key_field - h->plan->def.fields].text;
    if (h->head && im->home_given[h->head - h->plan->def.fields])
        head = im->home_values[h->head - h->plan->def.fields].text;
    const struct checked *relation = h->relation ? &im->values[h->relation - l->fields] : NULL;
    bool is_head = relation && relation->kind == CHECKED_TEXT && str_eq(relation->text, h->word);
    struct known found = {0};

    if (key.n) {
        if (!bulk_find(im->bulk, &h->plan->def, key_field, key, &found.id, &found.count))
            return false;
    } else if (!id_none(now) && (!head.n || is_head)) {
        found = (struct known){now, 1};
    } else if (!head.n && !is_head && (!relation || relation->kind == CHECKED_EMPTY)) {
        return true; /* the sheet says nothing of it */
    } else {
        str name = head.n ? head : is_head ? own : h->name;
        if (is_head && head.n && own.n && !str_eq(head, own)) {
            row_wrong(im, column_for(im, h->head), head,
                      op_text(im->op, "与户主关系为“%.*s”，但户主写的是“%.*s”，请核对", PS(h->word), PS(head)));
            return true;
        }
        bool same =
            !id_none(h->current) && str_eq(name, h->name) && id_eq(group, h->group) && (!is_head || h->wants_head);
        if (same)
            found = (struct known){h->current, 1};
        else if (!name.n) {
            row_wrong(im, h->relation ? column_for(im, h->relation) : NULL, (str){0},
                      S("上面没有户主，不知道属于哪一户，请填户号或户主姓名"));
            return true;
        } else if (!is_head && !homes_of_head(im, name, group, &found)) {
            return false;
        }
        if (found.count > 1) {
            row_wrong(im, h->head ? column_for(im, h->head) : NULL, name,
                      op_text(im->op, "本村组有不止一户的户主叫“%.*s”，请填户号", PS(name)));
            return true;
        }
        head = name;
    }
    if (found.count == 0) {
        if (id_none(group)) {
            row_wrong(im, NULL, (str){0}, S("不知道属于哪个村组，请加一列“村组”，或在标题、工作表名里写明"));
            return true;
        }
        if (!home_make(im, group, head.n ? head : own, &found.id))
            return false;
        if (im->bad)
            return true;
        h->wants_head = true;
    } else if (!id_eq(found.id, h->current)) {
        h->wants_head = false;
    }
    home_remember(im, found.id, group, is_head ? own : head);
    im->values[at] = id_value(im, found.id);
    im->given[at] = true;
    return true;
}

/* The head's row has come: the home made for it learns who it is. */
static bool home_crown(struct import *im, id person)
{
    struct home *h = &im->home;
    const struct checked *relation = h->relation ? &im->values[h->relation - im->plan->def.fields] : NULL;
    if (!h->head || h->head->type != F_REF || !relation || !str_eq(relation->text, h->word) || id_none(h->current))
        return true;
    struct row home;
    bool found;
    row_init(&home, im->tx, h->plan);
    if (!row_load(&home, h->current, &found))
        return false;
    h->wants_head = false;
    if (!found || home.cells[h->head->column].kind != ARG_NULL)
        return true;
    struct json *patch = object_new(im);
    struct checked c = id_value(im, person);
    struct bulk_done done;
    member_put(im, patch, h->head, &c);
    int before = im->op->fault_count;
    return (homes_may(im) && bulk_change(im->home_bulk, h->current, home.head.version, patch, S("导入"), &done)) ||
           faults_take(im, before, &h->plan->def);
}

/* ---- one record --------------------------------------------------------------------------------------------------- */

/* The record that a row means: by the hidden row key, or by the ledger's key. */
static bool existing_find(struct import *im, struct row *row, int64_t *ret_version, bool *ret_found)
{
    const struct ledger *l = &im->plan->def;
    id record;
    *ret_found = false;
    row_init(row, im->tx, im->plan);
    if (im->key_text.n) {
        if (!excel_key_parse(im->key_text, &record, ret_version)) {
            row_wrong(im, NULL, im->key_text,
                      S("隐藏的系统行号被改动，认不出是哪条记录；请清空这一格按新行导入，或重新导出"));
            return true;
        }
        if (!row_load(row, record, ret_found))
            return false;
        if (!*ret_found || row->head.removed) {
            *ret_found = false;
            row_wrong(im, NULL, im->key_text, S("这条记录在导出以后已作废，请删去此行或重新导出"));
        }
        return true;
    }
    const struct field *key = l->key_count == 1 ? ledger_field(l, l->keys[0]) : NULL;
    if (key && field_columns[key->value] == COLUMN_TEXT) {
        int64_t count = 0;
        const struct checked *c = &im->values[key - l->fields];
        if (key->type == F_COMPUTED || c->kind != CHECKED_TEXT)
            return true;
        if (!bulk_find(im->bulk, l, key, c->text, &record, &count))
            return false;
        return count == 0 || row_load(row, record, ret_found);
    }
    if (!im->find_sql)
        return true;
    struct arg args[1 + KEYS_MAX] = {TEXT(store_town(im->tx))};
    for (size_t i = 0; i < l->key_count; i++) {
        const struct field *f = ledger_field(l, l->keys[i]);
        args[i + 1] = checked_cell(im->op, f, &im->values[f - l->fields]);
    }
    struct rows *rows;
    if (!store_query(im->tx, im->find_sql, store_args(args, l->key_count + 1), &rows) || !rows_next(rows, ret_found))
        return false;
    if (!*ret_found)
        return true;
    record = rows_id(rows, 0);
    rows_close(rows);
    return row_load(row, record, ret_found);
}

/* Numbers people carry along (性别 出生日期) are compared with what the document number says. */
static bool computed_compare(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    struct row row;
    bool derived = false;
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        if (f->type != F_COMPUTED || f->column < 0 || !im->given[i] || im->values[i].kind == CHECKED_EMPTY ||
            !im->document || !contains(f->formula, im->document->name))
            continue;
        if (!derived) {
            row_init(&row, im->tx, im->plan);
            for (size_t k = 0; k < l->field_count; k++)
                if (writable(&l->fields[k]) && l->fields[k].column >= 0 && im->given[k])
                    row.cells[l->fields[k].column] = checked_cell(im->op, &l->fields[k], &im->values[k]);
            if (!row_derive(&row))
                return false;
            derived = true;
        }
        struct arg right = row.cells[f->column];
        if (right.kind != ARG_NULL && !cell_eq(right, checked_cell(im->op, f, &im->values[i])))
            row_wrong(im, column_for(im, f), im->values[i].text,
                      op_text(im->op, "%.*s与%.*s不符，按号码应为%.*s，请核对", PS(f->name), PS(im->document->name),
                              PS(cell_text(im->op, f, right))));
    }
    return true;
}

/* Fields that differ from what the person had seen go into the patch; one that others changed meanwhile is a conflict. */
static bool patch_make(struct import *im, const struct row *row, int64_t seen, struct json *patch)
{
    const struct ledger *l = &im->plan->def;
    struct row base = *row;
    if (im->key_text.n && seen != row->head.version) {
        struct fact *facts;
        size_t count;
        if (!fact_history(im->tx, l->english, row->record, &facts, &count))
            return false;
        for (size_t i = 0; i < count; i++)
            if (facts[i].version == seen && !facts[i].destroyed) {
                row_init(&base, im->tx, im->plan);
                base.record = row->record;
                if (!row_from_fact(&base, &facts[i]))
                    return false;
                break;
            }
    }
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        if (!im->given[i] || !writable(f) || f->column < 0)
            continue;
        struct arg cell = checked_cell(im->op, f, &im->values[i]), was = base.cells[f->column],
                   is = row->cells[f->column];
        if (cell_eq(cell, was) || cell_eq(cell, is))
            continue;
        if (!cell_eq(was, is))
            row_wrong(im, column_for(im, f), im->values[i].text,
                      op_text(im->op, "导出以后“%.*s”已改为“%.*s”，与表中不同，请核对后再填", PS(f->name),
                              PS(cell_text(im->op, f, is))));
        else
            member_put(im, patch, f, &im->values[i]);
    }
    return true;
}

static bool record_keep(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    struct row row;
    bool found;
    int64_t seen = 0;
    const struct arg none = NUL;
    /* References of the key first: they are needed to find the record. */
    for (size_t i = 0; i < l->key_count && !im->key_text.n; i++) {
        const struct field *f = ledger_field(l, l->keys[i]);
        if (f->type == F_REF && im->given[f - l->fields] &&
            !reference_resolve(im, column_for(im, f), f, &im->values[f - l->fields], none))
            return false;
    }
    if (im->bad || !existing_find(im, &row, &seen, &found) || im->bad)
        return im->bad;
    if (found && row.head.fact_no > im->fact_before) {
        row_wrong(im, column_for(im, ledger_field(l, l->keys[0])), (str){0},
                  op_text(im->op, "与本表前面某一行是同一条记录（%.*s相同），请合并", PS(l->keys[0])));
        return true;
    }
    if (im->group_field && !found && !id_none(im->group) &&
        im->values[im->group_field - l->fields].kind == CHECKED_EMPTY) {
        im->values[im->group_field - l->fields] = id_value(im, im->group);
        im->given[im->group_field - l->fields] = true;
    }
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        id already;
        if ((f->type != F_REF && f->type != F_REFS) || !im->given[i] || im->values[i].kind == CHECKED_EMPTY ||
            f->column < 0 ||
            (im->values[i].kind == CHECKED_TEXT && im->values[i].text.n == 36 &&
             id_parse(im->values[i].text, &already)))
            continue;
        if (!reference_resolve(im, column_for(im, f), f, &im->values[i], found ? row.cells[f->column] : none))
            return false;
    }
    if (im->home.field && !home_find(im, found ? &row : NULL))
        return false;
    if (im->bad || !computed_compare(im) || im->bad)
        return im->bad;

    struct json *values = object_new(im);
    struct bulk_done done;
    int before = im->op->fault_count;
    if (found) {
        if (!patch_make(im, &row, seen, values))
            return false;
        if (im->bad)
            return true;
        if (values->count == 0) {
            im->report->unchanged++;
            return home_crown(im, row.record);
        }
        if (!bulk_change(im->bulk, row.record, row.head.version, values, S("导入"), &done))
            return faults_take(im, before, l);
        im->report->changed++;
    } else {
        for (size_t i = 0; i < l->field_count; i++)
            if (im->given[i] && writable(&l->fields[i]) && im->values[i].kind != CHECKED_EMPTY)
                member_put(im, values, &l->fields[i], &im->values[i]);
        if (!bulk_add(im->bulk, values, &done))
            return faults_take(im, before, l);
        im->report->added++;
    }
    warnings_take(im, l, done.warnings);
    return home_crown(im, done.id);
}

static bool row_import(struct import *im, const struct xlsx_row *row)
{
    im->row = row->number;
    im->bad = false;
    if (is_between(im, row)) {
        im->report->skipped++;
        return true;
    }
    im->report->rows++;
    row_read(im, row);
    struct import_report was = *im->report;
    /* A row that writes to two ledgers writes to both or to none. */
    bool part = !im->bad && im->home.field;
    if (part && !store_part_begin(im->tx))
        return false;
    if (!im->bad && !record_keep(im))
        return false;
    if (part && !(im->bad ? store_part_undo : store_part_keep)(im->tx))
        return false;
    if (im->bad) { /* what the undone part had counted */
        im->report->added = was.added;
        im->report->changed = was.changed;
        im->report->unchanged = was.unchanged;
        im->report->made_other = was.made_other;
        im->report->bad++;
        if (im->home.wants_head)
            im->home.current = (id){0};
    }
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

/* 户 of 人: the reference through which the ledger gets its village group, and whose head is one of its own records. */
static void home_learn(struct import *im)
{
    const struct plan *p = im->plan;
    const struct ledger *l = &p->def;
    str first, rest;
    str_split(l->group_path, '.', &first, &rest);
    const struct field *f = l->group_path.n ? ledger_field(l, first) : NULL;
    if (f && f->type == F_REF && str_eq(f->target, GROUP_LEDGER))
        im->group_field = f;
    if (!f || f->type != F_REF || im->group_field || rest.n == 0)
        return;
    im->home.field = f;
    im->home.plan = target_of(im, f);
    for (size_t i = 0; i < l->field_count; i++)
        for (size_t k = 0; l->fields[i].type == F_ENUM && k < l->fields[i].choice_count; k++) {
            const struct field *head = ledger_field(&im->home.plan->def, l->fields[i].choices[k]);
            if (!head || (head->type != F_TEXT && !(head->type == F_REF && str_eq(head->target, l->name))))
                continue;
            im->home.head = head;
            im->home.relation = &l->fields[i];
            im->home.word = l->fields[i].choices[k];
            return;
        }
}

static void documents_learn(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    for (size_t i = 0; i < l->field_count; i++)
        if (l->fields[i].type == F_CITIZEN_ID && !im->document)
            im->document = &l->fields[i];
    im->document_kind = ledger_field(l, S("证件类型"));
}

static void find_sql_make(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    struct buf b;
    buf_init(&b, im->side, 0);
    buf_text(&b, "select record from %.*s where town = $1 and removed = 0",
             PS(store_name(im->side, op_text(im->side, "now_%.*s", PS(l->english)))));
    for (size_t i = 0; i < l->key_count; i++) {
        const struct field *f = ledger_field(l, l->keys[i]);
        if (f->column < 0 || !writable(f) || l->key_count > KEYS_MAX)
            return;
        buf_text(&b, " and %.*s is $%d", PS(store_name(im->side, f->name)), (int)i + 2);
    }
    im->find_sql = op_z(im->side, buf_str(&b));
}

static void columns_report(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    struct json *list = im->report->columns;
    for (size_t i = 0; i < im->columns.n; i++)
        if (im->columns.p[i].column > im->last_column)
            im->last_column = im->columns.p[i].column;
    im->by_column = op_array(im->side, struct column_in *, im->last_column + 1);
    for (size_t i = 0; i < im->columns.n; i++) {
        struct column_in *c = &im->columns.p[i];
        im->by_column[c->column] = c;
        if (c->use == USE_KEY)
            continue;
        struct json *e = json_add(im, list, (str){0}, JSON_OBJECT, (str){0});
        json_add(im, e, S("列"), JSON_STRING, xlsx_ref(im->op, 0, c->column));
        json_add(im, e, S("表头"), JSON_STRING, c->heading);
        json_add(im, e, S("字段"), c->field ? JSON_STRING : JSON_NULL, c->field ? c->field->name : (str){0});
        if (c->use == USE_NOTHING) {
            im->row = im->heading_last;
            row_warn(im, c, c->heading,
                     op_text(im->op, "“%.*s”不是“%.*s”的栏目，这一列没有导入", PS(c->heading), PS(l->name)));
        }
    }
}

static bool rows_import(struct import *im, bool *ret_stopped)
{
    struct xlsx_rows *rows;
    struct xlsx_row row;
    struct progress p = im->o->progress;
    int64_t done = 0;
    if (!xlsx_rows_open(im->book, im->sheet, &rows))
        return side_failed(im->op, im->side);
    for (bool found;;) {
        if (!xlsx_row_next(rows, &row, &found))
            return side_failed(im->op, im->side);
        if (!found)
            return true;
        if (row.number <= im->heading_last)
            continue;
        if (p.tell && done % IMPORT_TELL_EVERY == 0 && !p.tell(p.context, S("导入"), done, -1))
            return op_fail(im->op, FAULT_INPUT, (str){0}, "导入已取消，没有留下任何内容");
        done++;
        struct mark mark = op_mark(im->op);
        bool good = row_import(im, &row);
        op_reset(im->op, mark);
        if (!good)
            return false;
        if (im->report->bad >= XLSX_MARKS_MAX) {
            *ret_stopped = true;
            row_warn(im, NULL, (str){0}, S("有错的行太多，已停在这一行；请核对是否选对了台账和工作表"));
            return true;
        }
    }
}

static bool import_fact(struct import *im)
{
    const struct import_report *r = im->report;
    struct buf b;
    buf_init(&b, im->op, 0);
    struct json_out w = {.b = &b};
    const struct {
        str key;
        int64_t value;
    } counts[] = {{S("新增"), r->added},
                  {S("修改"), r->changed},
                  {S("不变"), r->unchanged},
                  {S("有错"), r->bad},
                  {S("连带新建"), r->made_other}};
    json_open(&w, '{');
    json_key(&w, S("文件"));
    json_text(&w, im->o->file_name);
    json_key(&w, S("工作表"));
    json_text(&w, r->sheet);
    for (size_t i = 0; i < COUNT(counts); i++) {
        json_key(&w, counts[i].key);
        json_int_out(&w, counts[i].value);
    }
    json_close(&w, '}');
    int64_t no;
    struct fact fact = {.account = im->who->account,
                        .post = im->who->post,
                        .account_name = im->who->name,
                        .act = FACT_IMPORT,
                        .ledger = im->plan->def.english,
                        .body = buf_str(&b)};
    return fact_keep(im->tx, &fact, &no);
}

static struct json *list_new(struct import *im)
{
    struct json *list = op_new(im->side, struct json);
    list->kind = JSON_ARRAY;
    return list;
}

static bool template_fits(struct import *im)
{
    str english = xlsx_property(im->book, EXCEL_LEDGER);
    im->round_trip = english.n > 0;
    if (english.n == 0 || str_eq(english, im->plan->def.english))
        return true;
    const struct ledger *other = town_ledger(im->town, english);
    return op_fail(im->op, FAULT_INPUT, (str){0}, "这是“%.*s”的表，不能导入到“%.*s”", PS(other ? other->name : english),
                   PS(im->plan->def.name));
}

bool import_workbook(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                     const struct import_options *o, struct import_report *ret)
{
    struct op *op = tx->op;
    struct right right;
    struct import_report report = {0};
    if (!right_for(op, town, who, l, ACT_IMPORT, &right))
        return false;
    struct import *im = op_new(op, struct import);
    *im = (struct import){.op = op,
                          .side = side_op(op),
                          .tx = tx,
                          .town = town,
                          .who = who,
                          .plan = plan_of(l),
                          .o = o,
                          .report = &report};
    map_init(&im->known, im->side);
    report.columns = list_new(im);
    report.errors = list_new(im);
    report.warnings = list_new(im);
    home_learn(im);
    documents_learn(im);
    find_sql_make(im);
    bool stopped = false;
    if (!store_fact_count(tx, &im->fact_before) || !groups_load(im) ||
        !bulk_begin(tx, town, who, l, ACT_IMPORT, &im->bulk) || !homes_begin(im))
        return false;
    if (!xlsx_open_path(im->side, o->path, &im->book))
        return side_failed(op, im->side);
    if (!template_fits(im) || !sheet_find(im))
        return false;
    columns_report(im);
    if (!store_part_begin(tx))
        return false;
    if (!rows_import(im, &stopped)) {
        bool undone = !tx->failed && store_part_undo(tx);
        (void)undone;
        return false;
    }
    report.kept = !stopped && !o->dry_run && (report.bad == 0 || o->good_rows);
    if (!(report.kept ? import_fact(im) && store_part_keep(tx) : store_part_undo(tx)))
        return false;
    if (o->errors_path.n && im->marks.n) {
        if (!xlsx_mark(op, o->path, o->errors_path, im->marks.p, im->marks.n))
            return false;
        report.errors_written = true;
    }
    *ret = report;
    return true;
}
