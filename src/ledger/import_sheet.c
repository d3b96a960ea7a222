/* What a sheet is: which of them, its heading, the village it speaks of, and which of its rows are records. */
#include "ledger/import.h"

enum {
    HEADING_ROWS = 40,     /* the heading stands within these first rows that are not blank */
    HEADING_COLUMNS = 400, /* the widest sheet of an office has 80 */
    GROUPS_MAX = 5000,
    PERIODS_MAX = 2000, /* records whose names are looked for in a title: the newest */
};

/* ---- words on a sheet ------------------------------------------------------------------------------------------ */

static bool starts_any(str s, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_starts(s, words[i]))
            return true;
    return false;
}

str excel_heading(struct op *op, str s)
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

str excel_unbracketed(struct op *op, str s)
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

/* ---- village groups -------------------------------------------------------------------------------------------- */

bool import_groups(struct import *im)
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
bool import_group_named(const struct import *im, str s, id *ret)
{
    for (size_t i = 0; i < im->groups.n; i++)
        for (size_t k = 0; k < im->groups.p[i].name_count; k++)
            if (str_eq(im->groups.p[i].names[k], s)) {
                *ret = im->groups.p[i].id;
                return true;
            }
    return false;
}

/* The one group whose name begins so: 坤都伦 for 坤都伦村. */
str import_group_begun(const struct import *im, str s, id *ret)
{
    str whole = {0};
    for (size_t i = 0; i < im->groups.n && utf8_count(s) >= 2; i++)
        for (size_t k = 0; k < im->groups.p[i].name_count; k++) {
            const struct group *g = &im->groups.p[i];
            if (!str_starts(g->names[k], s) || (whole.n && id_eq(*ret, g->id)))
                continue;
            if (whole.n)
                return (str){0};
            whole = g->names[k];
            *ret = g->id;
        }
    return whole;
}

/* The one group that a title, a sheet's or file's name speaks of: 某镇巴音嘎查2021年花名册. The longest name wins, a town
 * loses. */
bool import_group_mentioned(const struct import *im, str s, id *ret)
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
    uint32_t last_column, sheet_last; /* sheet_last: about the last row of the sheet */
    struct xlsx_layout layout; /* merged cells, if they are asked for */
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

static void meaning_put(struct import *im, struct map *m, str words, struct column_in meaning)
{
    str plain = excel_heading(im->side, words);
    if (!plain.n || map_get(m, plain))
        return;
    struct column_in *c = op_new(im->side, struct column_in);
    *c = meaning;
    map_put(m, plain, c);
}

static void heading_put(struct import *im, struct map *m, str words, enum column_use use, const struct field *f)
{
    meaning_put(im, m, words, (struct column_in){.use = use, .field = f});
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

/* What a column of the declared sheet is read as. Of a roll of people, what is their household's makes it. */
static struct column_in sheet_meaning(const struct import *im, const struct sheet_column *c)
{
    const struct reach *reach = c->reach;
    if (c->field)
        return (struct column_in){.use = USE_FIELD, .field = c->field, .reach = c->finds};
    if (!reach || reach->formula)
        return (struct column_in){.use = USE_SHOWN};
    if (reach->steps[0] < 0)
        return im->group_field ? (struct column_in){.use = USE_FIELD, .field = im->group_field}
                               : (struct column_in){.use = USE_GROUP};
    if (im->home.field && &im->plan->def.fields[reach->steps[0]] == im->home.field)
        return reach->step_count == 1 ? (struct column_in){.use = USE_HOME, .field = reach->end}
                                      : (struct column_in){.use = USE_SHOWN};
    return (struct column_in){.use = USE_REACH, .field = reach->end, .reach = reach};
}

static bool heading_alone(const struct sheet *s, const struct sheet_column *c)
{
    for (size_t i = 0; i < s->column_count; i++)
        if (&s->columns[i] != c && str_eq(s->columns[i].heading, c->heading))
            return false;
    return true;
}

/* 拟办意见 is put together of several fields where it goes out; a register that was written by hand says one of them. */
static bool written_by_hand(const struct import *im, const struct sheet_column *c)
{
    const struct ledger *l = &im->plan->def;
    bool other = false;
    for (size_t i = 0; c->reach && c->reach->formula && !c->reach->list && i < l->field_count; i++)
        for (size_t k = 0; writable(&l->fields[i]) && k < l->fields[i].alias_count; k++)
            other = other || str_eq(l->fields[i].aliases[k], c->heading);
    return other && !im->round_trip;
}

static void headings_of_sheet(struct import *im, struct map *m)
{
    const struct sheet *s = &im->plan->def.sheet;
    for (size_t i = 0; i < s->column_count; i++) {
        const struct sheet_column *c = &s->columns[i];
        if (written_by_hand(im, c))
            continue;
        struct column_in meaning = sheet_meaning(im, c);
        if (c->above.n) {
            meaning_put(im, m, op_text(im->side, "%.*s/%.*s", PS(c->above), PS(c->heading)), meaning);
            meaning_put(im, m, op_text(im->side, "%.*s%.*s", PS(c->above), PS(c->heading)), meaning);
        }
        if (heading_alone(s, c))
            meaning_put(im, m, c->heading, meaning);
    }
}

/* What people may call a column of another record, when only one can be meant: 身份证号码 for 身份证号. */
static void headings_of_reaches(struct import *im, struct map *m)
{
    const struct sheet *s = &im->plan->def.sheet;
    for (size_t i = 0; i < COUNT(usual_headings); i++) {
        struct column_in only = {0};
        size_t count = 0;
        for (size_t k = 0; k < s->column_count; k++)
            if (s->columns[k].reach && s->columns[k].reach->end->type == usual_headings[i].type && count++ == 0)
                only = sheet_meaning(im, &s->columns[k]);
        for (size_t k = 0; count == 1 && k < COUNT(usual_headings[i].words); k++)
            meaning_put(im, m, usual_headings[i].words[k], only);
    }
    for (size_t i = 0; i < s->column_count; i++) {
        const struct reach *reach = s->columns[i].reach;
        for (size_t k = 0; reach && !reach->formula && heading_alone(s, &s->columns[i]) && k < reach->end->alias_count; k++)
            meaning_put(im, m, reach->end->aliases[k], sheet_meaning(im, &s->columns[i]));
    }
}

/* 户号, 户主, 住址 of the record that gives a record its village group, declared or not. */
static void headings_of_owner(struct import *im, struct map *m)
{
    const struct ledger *l = &im->plan->def;
    str first, rest;
    str_split(l->group_path, '|', &first, &rest);
    str_split(first, '.', &first, &rest);
    const struct field *f = first.n ? ledger_field(l, first) : NULL;
    if (!f || f->type != F_REF || im->home.field || str_eq(f->target, GROUP_LEDGER))
        return;
    const struct ledger *owner = &import_target(im, f)->def;
    for (size_t i = 0; i < owner->field_count; i++) {
        const struct field *end = &owner->fields[i];
        if (!excel_carries(end))
            continue;
        struct reach *reach = op_new(im->side, struct reach);
        *reach = (struct reach){.name = op_text(im->side, "%.*s.%.*s", PS(f->name), PS(end->name)),
                                .end = end,
                                .of = owner,
                                .steps = {(int)(f - l->fields)},
                                .step_count = 1};
        const struct column_in meaning = {.use = USE_REACH, .field = end, .reach = reach};
        meaning_put(im, m, end->name, meaning);
        for (size_t k = 0; k < end->alias_count; k++)
            meaning_put(im, m, end->aliases[k], meaning);
        if (end->type == F_REF && !str_eq(end->target, GROUP_LEDGER))
            meaning_put(im, m, op_text(im->side, "%.*s姓名", PS(end->name)), meaning);
        for (size_t k = 0; str_eq(end->target, GROUP_LEDGER) && k < COUNT(group_headings); k++)
            meaning_put(im, m, group_headings[k], meaning);
    }
}

/* What a heading may say -> what it stands for. First come, first served: the declared sheet before the ledger's own
 * words, those before usual ones. */
static void headings_known(struct import *im, struct map *m)
{
    const struct ledger *l = &im->plan->def;
    map_init(m, im->side);
    heading_put(im, m, EXCEL_KEY, USE_KEY, NULL);
    headings_of_sheet(im, m);
    headings_of(im, m, l, USE_FIELD);
    for (size_t i = 0; i < im->spread.count; i++)
        meaning_put(im, m, im->spread.words[i].word,
                    (struct column_in){.use = USE_FIELD, .field = l->spread.cell, .choice = im->spread.words[i].choice});
    for (size_t i = 0; i < COUNT(usual_headings); i++) {
        const struct field *only = NULL;
        size_t count = 0;
        for (size_t k = 0; k < l->field_count; k++)
            if (l->fields[k].type == usual_headings[i].type && count++ == 0)
                only = &l->fields[k];
        for (size_t k = 0; count == 1 && k < COUNT(usual_headings[i].words); k++)
            heading_put(im, m, usual_headings[i].words[k], USE_FIELD, only);
    }
    headings_of_reaches(im, m);
    headings_of_owner(im, m);
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
    if (!xlsx_rows_open(im->book, sheet, &rows))
        return false;
    while (h->count < HEADING_ROWS) {
        if (!xlsx_row_next(rows, &row, &found))
            return false;
        h->sheet_last = xlsx_rows_about(rows);
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

/* One row that says something in every column, with nothing but titles above it and the first record below: merged
 * cells, which stand behind all rows of the sheet, cannot say more. */
static bool heading_whole(const struct import *im, const struct head_rows *h)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct head_row *r = &h->rows[i];
        if (r->number < im->heading_first && r->cells.n > 1)
            return false;
        if (r->number == im->heading_last)
            return im->heading_first == im->heading_last && r->cells.n == h->last_column && i + 1 < h->count &&
                   h->rows[i + 1].number == r->number + 1;
    }
    return false;
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
    str plain = excel_heading(im->side, words);
    const struct column_in *c = map_get(known, plain);
    return c ? c : map_get(known, excel_unbracketed(im->side, plain));
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
    if (count > 1 && meaning && meaning->field && meaning->field == im->plan->def.spread.cell && !meaning->choice.n) {
        const struct column_in *above = heading_meaning(im, known, c.levels[count - 2]); /* 带班领导/姓名 */
        meaning = above && above->choice.n ? above : meaning;
    }
    if (meaning) {
        c.use = meaning->use;
        c.field = meaning->field;
        c.reach = meaning->reach;
        c.choice = meaning->choice;
    }
    return c;
}

/* The second 值班员 and the 电话 of each post of a 横表 are no second column of the same. */
static bool says_again(const struct import *im, const struct column_in *columns, uint32_t first, uint32_t second)
{
    const struct column_in *a = &columns[first], *b = &columns[second];
    if (a->use != b->use || b->use == USE_SHOWN || a->field != b->field || a->reach != b->reach || !str_eq(a->choice, b->choice))
        return false;
    if (b->choice.n)
        return !im->plan->def.spread.next;
    for (uint32_t k = first + 1; k < second; k++)
        if (columns[k].choice.n)
            return false;
    return true;
}

/* How many different things the heading names. */
static int heading_try(struct import *im, const struct head_rows *h, const struct map *known, uint32_t bottom,
                       int levels, struct column_in *columns)
{
    int score = 0;
    for (uint32_t column = 1; column <= h->last_column; column++) {
        struct column_in *c = &columns[column];
        *c = column_read(im, h, known, bottom, levels, column);
        for (uint32_t k = 1; k < column && c->use != USE_NOTHING; k++)
            if (says_again(im, columns, k, column)) { /* the first counts, the second is reported as unknown */
                c->use = USE_NOTHING;
                c->field = NULL;
                c->reach = NULL;
                c->choice = (str){0};
            }
        score += c->use != USE_NOTHING && c->use != USE_SERIAL;
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

/* The record whose name a title carries: 2021年冬春救助 in 某镇2021年冬春救助资金发放花名册. The longest counts; two that are
 * equally long count for nothing. */
static bool period_record(struct import *im, const struct field *f, const struct head_rows *h, id *ret, str *ret_title)
{
    const struct plan *target = import_target(im, f);
    struct rows *rows;
    bool found, twice = false;
    if (target->title_column < 0)
        return true;
    str sql = op_text(im->op, "select record, _title from %.*s where town = $1 and removed = 0 order by record desc limit %d",
                      PS(sql_table(im->op, target)), PERIODS_MAX);
    if (!store_query(im->tx, op_z(im->op, sql), ARGS(TEXT(store_town(im->tx))), &rows) || !rows_next(rows, &found))
        return false;
    while (found) {
        str title = rows_is_null(rows, 1) ? (str){0} : rows_peek(rows, 1);
        bool said = false;
        for (size_t k = 0; title.n && k < h->count && h->rows[k].number < im->heading_first; k++)
            for (size_t c = 0; c < h->rows[k].cells.n; c++)
                said = said || contains(h->rows[k].cells.p[c].text, title);
        if (said && title.n >= ret_title->n) {
            twice = title.n == ret_title->n;
            *ret = rows_id(rows, 0);
            *ret_title = op_copy(im->side, title);
        }
        if (!rows_next(rows, &found))
            return false;
    }
    if (twice)
        *ret_title = (str){0};
    return true;
}

int excel_title_year(str title)
{
    size_t at;
    int year = 0;
    if (!str_find(title, S("年"), &at) || at < 4 || title.p[at - 4] == '0')
        return 0;
    for (size_t i = at - 4; i < at; i++) {
        if (title.p[i] < '0' || title.p[i] > '9')
            return 0;
        year = year * 10 + (title.p[i] - '0');
    }
    return year;
}

static str title_year(const struct import *im, const struct head_rows *h)
{
    for (size_t k = 0; k < h->count && h->rows[k].number < im->heading_first; k++)
        for (size_t c = 0; c < h->rows[k].cells.n; c++) {
            int year = excel_title_year(h->rows[k].cells.p[c].text);
            if (year)
                return op_text(im->side, "%d", year);
        }
    return (str){0};
}

/* The years that stand above the heading, in the title or beside 时间: of dates that name none. */
static void years_learn(struct import *im, const struct head_rows *h)
{
    im->years.count = im->years.first = 0;
    for (size_t k = 0; k < h->count && h->rows[k].number < im->heading_first; k++)
        for (size_t c = 0; c < h->rows[k].cells.n; c++)
            check_years(im->side, h->rows[k].cells.p[c].text, &im->years.first, &im->years.count);
}

/* 批次, 年度: what stands in the title of an office's sheet and not in its rows. */
static bool period_learn(struct import *im, const struct head_rows *h)
{
    const struct field *f = im->plan->def.sheet.period;
    id record = {0};
    str title = {0};
    if (!f || !writable(f) || import_column(im, f))
        return true;
    if (f->type == F_REF) {
        if (!period_record(im, f, h, &record, &title))
            return false;
        if (title.n)
            im->period = (struct checked){.kind = CHECKED_TEXT, .text = op_copy(im->side, id_text(im->op, record))};
    } else if (f->type == F_YEAR) {
        title = title_year(im, h);
        if (title.n && !check_text(im->side, f, title, &im->period))
            title = (str){0};
    }
    if (title.n) {
        im->row = im->heading_first;
        import_warn(im, NULL, title, op_text(im->op, "表里没有“%.*s”一栏，新增的行按标题记为“%.*s”", PS(f->name), PS(title)));
    }
    return true;
}

/* The village group its rows are of: by its titles, its name, the file's, else the only one that the importer may. */
static void sheet_group(struct import *im, const struct head_rows *h)
{
    im->group = (id){0};
    for (size_t k = 0; k < h->count && h->rows[k].number < im->heading_first; k++)
        for (size_t c = 0; c < h->rows[k].cells.n; c++)
            if (import_group_mentioned(im, h->rows[k].cells.p[c].text, &im->group))
                return;
    if (import_group_mentioned(im, im->sheet_name, &im->group) || import_group_begun(im, im->sheet_name, &im->group).n ||
        import_group_mentioned(im, im->o->file_name, &im->group))
        return;
    for (size_t k = 0; k < im->who->grant_count; k++)
        if (!im->who->grants[k].whole_town)
            im->group = im->who->grants[k].group;
}

/* ---- 横表 ------------------------------------------------------------------------------------------------------ */

/* Below a heading that nobody knows stand the names of people only: it is a post that was not known yet. */
static bool names_below(struct import *im, const struct head_rows *h, uint32_t column, bool *ret)
{
    bool any = false, all = true;
    for (size_t i = 0; i < h->count && all; i++)
        for (size_t k = 0; h->rows[i].number > im->heading_last && k < h->rows[i].cells.n; k++)
            if (h->rows[i].cells.p[k].column == column && !excel_is_ending(im->op, h->rows[i].cells.p[k].text) &&
                !spread_are_names(im, h->rows[i].cells.p[k].text, &any, &all))
                return false;
    *ret = any && all;
    return true;
}

/* The field stands in several columns: in each it is said of the post on its left. */
static bool is_repeated(const struct import *im, const struct column_in *c)
{
    size_t count = 0;
    for (size_t i = 0; i < im->columns.n; i++)
        count += im->columns.p[i].field == c->field;
    return c->use == USE_FIELD && !c->choice.n && count > 1;
}

/* A list with a column for the post and one for its person is a list; else what posts head are records. */
static bool spread_learn(struct import *im, const struct head_rows *h)
{
    const struct spread *s = &im->plan->def.spread;
    bool list = !s->by;
    uint32_t post = 0;
    im->spread.on = false;
    im->spread.column = NULL;
    for (size_t i = 0; i < im->columns.n; i++) {
        const struct column_in *c = &im->columns.p[i];
        list = list || (c->use == USE_FIELD && !c->choice.n && (c->field == s->by || c->field == s->cell));
    }
    for (size_t i = 0; i < im->columns.n; i++) {
        struct column_in *c = &im->columns.p[i];
        bool names = false;
        if (list && c->choice.n)
            *c = (struct column_in){.column = c->column, .heading = c->heading, .levels = {c->levels[0], c->levels[1], c->levels[2]}};
        if (list)
            continue;
        if (c->use == USE_NOTHING && s->by->open_choices && !names_below(im, h, c->column, &names))
            return false;
        if (names) {
            c->use = USE_FIELD;
            c->field = s->cell;
            c->choice = str_trim(c->heading);
        }
        im->spread.on = im->spread.on || c->choice.n;
    }
    for (size_t i = 0; i < im->columns.n && im->spread.on; i++) {
        struct column_in *c = &im->columns.p[i];
        post = c->choice.n ? c->column : post;
        c->owner = is_repeated(im, c) ? post : 0;
    }
    return true;
}

static bool sheet_begin(struct import *im, size_t sheet, const struct head_rows *h, int headings)
{
    str before = im->report->sheet;
    im->sheet = sheet;
    im->sheet_name = xlsx_sheet_info(im->book, sheet)->name;
    im->report->sheet = im->sheets++ ? op_text(im->side, "%.*s、%.*s", PS(before), PS(im->sheet_name)) : im->sheet_name;
    if (im->sheets == 1)
        im->headings = headings;
    im->last_row = h->sheet_last;
    im->last_column = 0;
    im->reaching.n = 0;
    im->period = (struct checked){0};
    home_leave(im);
    sheet_group(im, h);
    years_learn(im, h);
    return spread_learn(im, h) && period_learn(im, h);
}

/* A heading is found on `sheet`; of a further sheet it must be much like the first's: a summary has other columns. */
static bool sheet_try(struct import *im, size_t sheet, const struct map *known, struct head_rows *h, int *ret_headings)
{
    size_t importable = 0;
    for (size_t i = 0; i < im->plan->def.field_count; i++)
        importable += excel_carries(&im->plan->def.fields[i]);
    int least = importable > 1 ? 2 : 1;
    if (im->sheets)
        least = im->headings * 2 / 3 > least ? im->headings * 2 / 3 : least;
    im->columns.n = 0;
    *ret_headings = 0;
    if (!head_rows_read(im, sheet, h))
        return side_failed(im->op, im->book_op);
    int headings = heading_find(im, h, known);
    if (headings < least || !heading_whole(im, h)) {
        if (!xlsx_layout(im->book, sheet, &h->layout))
            return side_failed(im->op, im->book_op);
        headings = heading_find(im, h, known);
    }
    if (headings >= least)
        *ret_headings = headings;
    return true;
}

bool import_sheet(struct import *im, size_t *at, bool *ret_found)
{
    struct map known;
    bool named = false;
    headings_known(im, &known);
    *ret_found = false;
    while (*at < xlsx_sheet_count(im->book)) {
        size_t sheet = (*at)++;
        const struct xlsx_sheet_info *info = xlsx_sheet_info(im->book, sheet);
        struct head_rows *h = op_new(im->side, struct head_rows);
        int headings;
        if (im->o->sheet.n ? !str_eq(info->name, im->o->sheet)
                           : info->visibility == XLSX_VERY_HIDDEN || (im->sheets && info->visibility != XLSX_VISIBLE))
            continue;
        named = true;
        if (!sheet_try(im, sheet, &known, h, &headings))
            return false;
        if (headings) {
            *ret_found = true;
            return sheet_begin(im, sheet, h, headings);
        }
        if (im->sheets && h->count) {
            im->row = 1;
            import_warn(im, NULL, info->name, op_text(im->op, "工作表“%.*s”不是这样的表，没有导入", PS(info->name)));
        }
    }
    if (im->sheets)
        return true;
    if (im->o->sheet.n && !named)
        return op_fail(im->op, FAULT_INPUT, (str){0}, "文件里没有名为“%.*s”的工作表", PS(im->o->sheet));
    return heading_missing(im);
}

/* ---- sorting rows out ------------------------------------------------------------------------------------------ */

const struct column_in *import_column_at(const struct import *im, uint32_t column)
{
    return column <= im->last_column ? im->by_column[column] : NULL;
}

static bool is_heading_again(const struct import *im, const struct xlsx_row *row)
{
    size_t same = 0, filled = 0;
    for (size_t i = 0; i < row->count; i++) {
        const struct column_in *c = import_column_at(im, row->cells[i].column);
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

/* Compared without spaces: 合 计. */
bool excel_is_total(struct op *op, str s)
{
    static const str words[] = {SC("合计"), SC("小计"),     SC("总计"),    SC("共计"),
                                SC("累计"), SC("本页小计"), SC("本页合计")};
    size_t at;
    return str_find(s, S("计"), &at) && starts_any(excel_heading(op, s), words, COUNT(words));
}

bool excel_is_ending(struct op *op, str s)
{
    static const str words[] = {SC("单位负责人"), SC("统计负责人"), SC("填表人"),     SC("制表人"),   SC("填报人"),
                                SC("审核人"),     SC("审批人"),     SC("负责人"),     SC("报出日期"), SC("填报日期"),
                                SC("制表日期"),   SC("填报单位"),   SC("制表单位"),   SC("联系电话"), SC("经办人"),
                                SC("经手人"),     SC("领导签字"),   SC("单位(盖章)"), SC("(盖章)"),   SC("单位:"),
                                SC("盖章")};
    size_t at;
    return (str_find(s, S("："), &at) || str_find(s, S(":"), &at) || str_find(s, S("盖章"), &at)) &&
           starts_any(excel_heading(op, s), words, COUNT(words));
}

/* A row that is not a record. One that stands alone in its row and names a village group sets it for the rows below. */
bool import_between(struct import *im, const struct xlsx_row *row)
{
    size_t filled = 0, known = 0;
    const struct xlsx_cell *first = NULL;
    for (size_t i = 0; i < row->count; i++) {
        const struct xlsx_cell *cell = &row->cells[i];
        if (cell->text.n == 0 || str_trim(cell->text).n == 0)
            continue;
        const struct column_in *c = import_column_at(im, cell->column);
        if (c && (c->use == USE_SERIAL || c->use == USE_KEY) && cell->kind != XLSX_TEXT_CELL)
            continue;
        known += c && (c->use == USE_FIELD || c->use == USE_HOME || c->use == USE_REACH);
        if (filled < 3 && cell->kind == XLSX_TEXT_CELL && excel_is_total(im->op, cell->text))
            return true;
        if (filled < 3 && cell->kind == XLSX_TEXT_CELL && excel_is_ending(im->op, cell->text))
            return true;
        if (filled++ == 0)
            first = cell;
    }
    if (filled == 0 || is_heading_again(im, row))
        return true;
    if (filled > 1 || im->columns.n < 3)
        return known == 0;
    const struct column_in *c = import_column_at(im, first->column);
    id group;
    if (first->kind == XLSX_TEXT_CELL && import_group_mentioned(im, first->text, &group)) {
        im->group = group;
        home_leave(im);
        return true;
    }
    /* A remark below or between, in the leftmost columns; a lonely value elsewhere is a record with the rest
     * missing. */
    return known == 0 || c == &im->columns.p[0] || (first->kind == XLSX_TEXT_CELL && first->text.n > 60);
}
