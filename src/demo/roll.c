/* The rolls: what twelve village clerks made of one request for the list of their people. Each has its own headings,
 * order of columns, way of writing numbers and dates, and its own slips; what should become of every row is counted
 * while it is written. */
#include "demo/family.h"
#include "xlsx/xlsx.h"

enum {
    ROLL_FAMILIES = 45,          /* as many as fit on a clerk's patience */
    ROLL_STRANGERS = 2,          /* families that have moved in */
    ROLL_COLUMNS = 13,
    ROLL_BLANKS = 60,            /* formatted rows below the data */
    SECTION_FAMILIES = 15,
};

enum what {
    W_NONE,
    W_SERIAL,
    W_GROUP,
    W_HEAD,
    W_NAME,
    W_SEX,
    W_NATION,
    W_BORN,
    W_ID,
    W_RELATION,
    W_EDUCATION,
    W_MARRIED,
    W_LIVING,
    W_PHONE,
    W_EXTRA,
    W_NOTE
};
enum number_style { N_TEXT, N_APOSTROPHE, N_WIDE, N_SPACES, N_DIGITS };
enum day_style { D_SERIAL, D_DOTS, D_CHINESE, D_SHORT, D_SLASHES, D_MIXED };

/* What stands in a column, by the word before the = of a style. */
static const struct {
    str word;
    enum what what;
} words[] = {
    {SC("序号"), W_SERIAL}, {SC("村组"), W_GROUP}, {SC("户主"), W_HEAD}, {SC("姓名"), W_NAME},
    {SC("性别"), W_SEX}, {SC("民族"), W_NATION}, {SC("出生"), W_BORN}, {SC("证件"), W_ID},
    {SC("关系"), W_RELATION}, {SC("文化"), W_EDUCATION}, {SC("婚姻"), W_MARRIED}, {SC("居住"), W_LIVING},
    {SC("手机"), W_PHONE}, {SC("另加"), W_EXTRA}, {SC("备注"), W_NOTE},
};

struct roll_column {
    enum what what;
    str top, heading; /* top: the upper level; neighbours with the same are merged */
};

static const struct roll_style {
    const char *title, *file;    /* @ the village group, # the year */
    const char *columns;         /* what=upper heading/heading|… */
    enum number_style id, phone;
    enum day_style day;
    bool sections, short_nation, wide_names, no_village;
} styles[DEMO_ROLLS] = {
    {.title = "@#年常住人口花名册", .file = "@人口花名册.xlsx",
     .id = N_TEXT, .phone = N_TEXT, .day = D_SERIAL, .sections = true,
     .columns = "序号=序号|姓名=基本情况/姓名|性别=基本情况/性别|民族=基本情况/民族|证件=基本情况/身份证号|"
                "出生=基本情况/出生日期|关系=与户主关系|文化=其他情况/文化程度|手机=其他情况/联系电话|"
                "另加=其他情况/是否参加医保"},
    {.title = "@人员信息统计表（#年）", .file = "@（报镇）.xlsx",
     .id = N_APOSTROPHE, .phone = N_DIGITS, .day = D_DOTS, .short_nation = true, .wide_names = true,
     .columns = "序号=序号|户主=户主姓名|姓名=家庭成员/姓  名|关系=家庭成员/与户主\n关系|"
                "证件=家庭成员/身份证号码（18位）|民族=家庭成员/民 族|手机=手机号码|备注=备注"},
    {.title = "@#年户籍人口台账", .file = "@台账.xlsx",
     .id = N_WIDE, .phone = N_WIDE, .day = D_CHINESE, .sections = true,
     .columns = "序号=序号|证件=公民身份号码|姓名=姓名|关系=与户主关系|出生=出生日期|性别=性别|手机=电话"},
    {.title = "@牧户家庭成员登记表（#）", .file = "@.xlsx",
     .id = N_SPACES, .phone = N_SPACES, .day = D_SLASHES, .short_nation = true,
     .columns = "序号=序号|姓名=人员信息/*姓名|性别=人员信息/性别|关系=人员信息/与户主关系|"
                "证件=人员信息/证件号码|文化=人员信息/文化程度|婚姻=人员信息/婚姻|居住=居住/居住状态|"
                "手机=居住/联系方式|另加=居住/取暖方式"},
    {.title = "@人口基本情况调查表（#年度）", .file = "@调查表.xlsx",
     .id = N_TEXT, .phone = N_DIGITS, .day = D_SHORT, .sections = true, .short_nation = true, .wide_names = true,
     .columns = "序号=编号|姓名=姓 名|出生=出生日期|证件=身份证|民族=民族|关系=与户主关系|手机=手机"},
    {.title = "@#年家庭人口明细", .file = "人口明细-@.xlsx",
     .id = N_APOSTROPHE, .phone = N_TEXT, .day = D_MIXED, .no_village = true,
     .columns = "序号=序号|村组=嘎查|姓名=成员/姓名|性别=成员/性别|出生=成员/出生日期|证件=成员/身份证号|"
                "关系=成员/与户主关系|手机=成员/联系电话"},
    {.title = "@#年度人口核查表", .file = "@核查.xlsx",
     .id = N_WIDE, .phone = N_DIGITS, .day = D_DOTS, .sections = true,
     .columns = "序号=序号|户主=户主姓名|姓名=核查对象/姓名|证件=核查对象/身份证号码|关系=核查对象/与户主关系|"
                "居住=核查结果/居住状态|手机=核查结果/联系电话|备注=核查结果/备注"},
    {.title = "@农牧民花名（#）", .file = "@花名.xlsx",
     .id = N_SPACES, .phone = N_TEXT, .day = D_CHINESE, .short_nation = true, .wide_names = true,
     .columns = "序号=序号|关系=与户主关系|姓名=姓名|民族=民族|性别=性 别|证件=身份证号|手机=联系电话（手机）|"
                "另加=签字"},
    {.title = "@#年冬季走访人员名册", .file = "@走访.xlsx",
     .id = N_TEXT, .phone = N_SPACES, .day = D_SERIAL, .sections = true,
     .columns = "序号=序号|姓名=一、人员/姓名|证件=一、人员/身份证号|出生=一、人员/出生日期|"
                "关系=一、人员/与户主关系|手机=二、联系/手机号|另加=二、联系/走访时间"},
    {.title = "@全员信息采集表（#年）", .file = "@采集表.xlsx", .id = N_APOSTROPHE, .phone = N_TEXT, .day = D_SLASHES,
     .columns = "序号=序号|证件=身份/身份证号码|姓名=身份/姓名|性别=身份/性别|出生=身份/出生日期|民族=身份/民族|"
                "关系=家庭/与户主关系|婚姻=家庭/婚姻|文化=家庭/文化程度|居住=家庭/居住状态|手机=家庭/手机"},
    {.title = "@村民花名册#", .file = "@村民.xlsx",
     .id = N_WIDE, .phone = N_DIGITS, .day = D_SHORT, .sections = true, .short_nation = true, .wide_names = true,
     .columns = "序号=序号|姓名=姓名|关系=与户主关系|证件=身份证号码|出生=出生日期|手机=联系电话|备注=备注"},
    {.title = "@#年人口变动情况表", .file = "@变动.xlsx",
     .id = N_TEXT, .phone = N_TEXT, .day = D_MIXED, .no_village = true,
     .columns = "序号=序号|村组=所属村组|户主=户主姓名|姓名=人员/姓名|证件=人员/身份证号|性别=人员/性别|"
                "关系=人员/与户主关系|文化=人员/文化程度|手机=人员/联系电话|另加=人员/核对人"},
};

struct roll {
    struct op *op;
    const struct census *census;
    const struct roll_style *style;
    struct xlsx_out *out;
    struct demo_roll *counts;
    str group;
    struct roll_column columns[ROLL_COLUMNS];
    size_t column_count;
    int serial;
};

/* A slip of the hand in one row. */
enum slip { SLIP_NONE, SLIP_CHECK, SLIP_TWO_PEOPLE, SLIP_EXPONENT, SLIP_LENGTH };

/* ---- cells ------------------------------------------------------------------------------------------------------- */

static str wide(struct op *op, str s)
{
    struct buf b;
    buf_init(&b, op, 0);
    while (s.n) {
        uint32_t c = utf8_next(&s);
        buf_code(&b, (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ? c + 0xFEE0 : c);
    }
    return buf_str(&b);
}

static str spaced(struct op *op, str s, size_t every)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < s.n; i++) {
        if (i && i % every == 0)
            buf_add(&b, i % 2 ? S("\u00A0") : S(" "));
        buf_byte(&b, s.p[i]);
    }
    buf_byte(&b, ' ');
    return buf_str(&b);
}

static void number_cell(struct roll *r, enum number_style style, str digits, bool fits_a_number)
{
    str text = digits;
    switch (style) {
    case N_TEXT: break;
    case N_APOSTROPHE: text = op_text(r->op, "'%.*s", PS(digits)); break;
    case N_WIDE: text = wide(r->op, digits); break;
    case N_SPACES: text = spaced(r->op, digits, digits.n == 11 ? 4 : 6); break;
    case N_DIGITS:
        if (fits_a_number && digits.n) {
            xlsx_number(r->out, XLSX_INTEGER, digits);
            return;
        }
        break;
    }
    xlsx_text(r->out, XLSX_ID, text);
}

static void day_cell(struct roll *r, enum day_style style, day d)
{
    struct date t = date_of(d);
    switch (style == D_MIXED ? (enum day_style)(r->serial % D_MIXED) : style) {
    case D_MIXED:
    case D_SERIAL: xlsx_day(r->out, XLSX_DATE, d); break;
    case D_DOTS: xlsx_text(r->out, XLSX_PARAGRAPH, op_text(r->op, "%d.%d.%d", t.year, t.month, t.day)); break;
    case D_CHINESE: xlsx_text(r->out, XLSX_PARAGRAPH, date_shown(r->op, t)); break;
    case D_SHORT: xlsx_text(r->out, XLSX_PARAGRAPH, op_text(r->op, "%04d%02d%02d", t.year, t.month, t.day)); break;
    case D_SLASHES: xlsx_text(r->out, XLSX_PARAGRAPH, op_text(r->op, "%d/%d/%d", t.year, t.month, t.day)); break;
    }
}

static str name_written(struct roll *r, str name)
{
    if (r->style->wide_names && utf8_count(name) == 2)
        return op_text(r->op, "%.*s　%.*s", 3, name.p, (int)name.n - 3, name.p + 3);
    return name;
}

static str id_written(struct roll *r, const struct person *p, enum slip slip)
{
    str s = person_id(p);
    if (slip == SLIP_CHECK)
        return op_text(r->op, "%.17s%c", s.p, s.p[17] == '0' ? '1' : '0');
    if (slip == SLIP_EXPONENT)
        return op_text(r->op, "%c.%.5sE+17", s.p[0], s.p + 1);
    return slip == SLIP_LENGTH ? str_part(s, 0, 17) : s;
}

static void person_row(struct roll *r, const struct person *p, const struct person *head, str phone, enum slip slip)
{
    xlsx_row(r->out, 0);
    r->serial++;
    for (size_t i = 0; i < r->column_count; i++) {
        str text = {0};
        switch (r->columns[i].what) {
        case W_SERIAL: xlsx_int(r->out, XLSX_INTEGER, r->serial); continue;
        case W_ID: number_cell(r, r->style->id, id_written(r, p, slip), false); continue;
        case W_PHONE: number_cell(r, r->style->phone, phone, true); continue;
        case W_BORN: day_cell(r, r->style->day, p->born); continue;
        case W_GROUP: text = r->group; break;
        case W_HEAD: text = head->name; break;
        case W_NAME:
            text = name_written(r, p->name);
            if (slip == SLIP_TWO_PEOPLE)
                text = op_text(r->op, "%.*s、%.*s", PS(text), PS(head->name));
            break;
        case W_SEX: text = p->male ? S("男") : S("女"); break;
        case W_NATION:
            text = nation_names[p->nation];
            if (r->style->short_nation)
                text = str_part(text, 0, text.n - S("族").n);
            break;
        case W_RELATION: text = relation_names[p->relation]; break;
        case W_EDUCATION: text = p->education; break;
        case W_MARRIED: text = p->married; break;
        case W_LIVING: text = p->living; break;
        case W_EXTRA: text = r->serial % 3 ? S("是") : S("否"); break;
        case W_NOTE:
        case W_NONE: break;
        }
        xlsx_text(r->out, XLSX_PARAGRAPH, text);
    }
    r->counts->rows++;
    r->counts->bad += slip != SLIP_NONE;
}

/* ---- families ---------------------------------------------------------------------------------------------------- */

/* The slips stand in rows of members, never of heads: a head that cannot be read would take its family along. */
static enum slip slip_of(int64_t family)
{
    switch (family) {
    case 6: return SLIP_CHECK;
    case 9: return SLIP_TWO_PEOPLE;
    case 12: return SLIP_EXPONENT;
    case 18: return SLIP_LENGTH;
    default: return SLIP_NONE;
    }
}

static void family_rows(struct roll *r, struct family *f)
{
    const struct person *head = &f->people[0];
    for (size_t i = 0; i < f->count; i++) {
        const struct person *p = &f->people[i];
        enum slip slip = i > 0 && i == f->count - 1 ? slip_of(f->number) : SLIP_NONE;
        str phone = person_phone(p);
        if (i == 0 && f->number % 11 == 3) { /* a new telephone */
            phone = op_text(r->op, "1689%07lld", (long long)(f->number * 977 + f->group * 31 + 13));
            r->counts->changed++;
        } else if (slip == SLIP_NONE) {
            r->counts->unchanged++;
        }
        person_row(r, p, head, phone, slip);
        if (f->number == 2 && i == f->count - 1) { /* the same row twice: the second is told */
            person_row(r, p, head, phone, SLIP_NONE);
            r->counts->bad++;
        }
    }
    if (f->number % 13 != 4 || f->count < 2 || f->count >= FAMILY_MAX)
        return;
    struct person child;
    family_newborn(r->census, f, &child);
    person_row(r, &child, head, (str){0}, SLIP_NONE);
    r->counts->added++;
    if (f->number == 17) { /* nor can a new person be twice */
        person_row(r, &child, head, (str){0}, SLIP_NONE);
        r->counts->bad++;
    }
}

static void stranger_rows(struct roll *r, int group)
{
    for (int i = 0; i < ROLL_STRANGERS; i++) {
        struct family f;
        family_stranger(r->census, group, i, &f);
        for (size_t k = 0; k < f.count; k++) {
            person_row(r, &f.people[k], &f.people[0], person_phone(&f.people[k]), SLIP_NONE);
            r->counts->added++;
        }
    }
}

/* ---- sheet ------------------------------------------------------------------------------------------------------- */

static void line(struct roll *r, enum xlsx_style style, str text, size_t indent)
{
    xlsx_row(r->out, 0);
    if (indent)
        xlsx_skip(r->out, (uint32_t)indent);
    xlsx_text(r->out, style, text);
}

static bool two_levels(const struct roll *r)
{
    for (size_t i = 0; i < r->column_count; i++)
        if (r->columns[i].top.n)
            return true;
    return false;
}

static void heading_rows(struct roll *r)
{
    const struct roll_column *c = r->columns;
    uint32_t first = xlsx_row_number(r->out) + 1;
    bool two = two_levels(r);
    xlsx_row(r->out, 0);
    for (size_t i = 0; i < r->column_count; i++) {
        bool goes_on = i > 0 && c[i].top.n && str_eq(c[i].top, c[i - 1].top);
        xlsx_text(r->out, XLSX_HEADING, !c[i].top.n ? c[i].heading : goes_on ? S("") : c[i].top);
    }
    if (!two)
        return;
    xlsx_row(r->out, 0);
    for (size_t i = 0; i < r->column_count; i++)
        xlsx_text(r->out, XLSX_HEADING, c[i].top.n ? c[i].heading : S(""));
    for (size_t i = 0, from = 0; i < r->column_count; i++) {
        if (!c[i].top.n) {
            xlsx_merge(r->out, first, (uint32_t)i + 1, first + 1, (uint32_t)i + 1);
            from = i + 1;
        } else if (i + 1 == r->column_count || !str_eq(c[i].top, c[i + 1].top)) {
            if (i > from)
                xlsx_merge(r->out, first, (uint32_t)from + 1, first, (uint32_t)i + 1);
            from = i + 1;
        }
    }
}

static void subtotal_row(struct roll *r, str word, int64_t people)
{
    xlsx_row(r->out, 0);
    xlsx_blank(r->out, XLSX_TOTAL);
    xlsx_text(r->out, XLSX_TOTAL, word);
    xlsx_int(r->out, XLSX_TOTAL_INTEGER, people);
}

static void ending_rows(struct roll *r)
{
    subtotal_row(r, S("合  计"), r->counts->rows);
    line(r, XLSX_NOTE, S("注：本表一式两份，村组存一份，报镇社会事务办公室一份；人员有变动的及时补报。"), 0);
    line(r, XLSX_NOTE, S("单位负责人：            填表人：            联系电话：16800000000"), 0);
    for (int i = 0; i < ROLL_BLANKS; i++) {
        xlsx_row(r->out, 0);
        for (size_t k = 0; k < r->column_count; k++)
            xlsx_blank(r->out, XLSX_PARAGRAPH);
    }
}

static str filled(struct op *op, const char *pattern, str village, int year)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (const char *p = pattern; *p; p++) {
        if (*p == '@')
            buf_add(&b, village);
        else if (*p == '#')
            buf_int(&b, year);
        else
            buf_byte(&b, *p);
    }
    return buf_str(&b);
}

static void columns_read(struct roll *r)
{
    str rest = str_z(r->style->columns), item, word;
    while (rest.n) {
        struct roll_column c = {0};
        str_split(rest, '|', &item, &rest);
        str_split(item, '=', &word, &item);
        if (!str_split(item, '/', &c.top, &c.heading)) {
            c.heading = c.top;
            c.top = (str){0};
        }
        for (size_t i = 0; i < COUNT(words); i++)
            if (str_eq(words[i].word, word))
                c.what = words[i].what;
        must(c.what != W_NONE && r->column_count < ROLL_COLUMNS);
        r->columns[r->column_count++] = c;
    }
}

static bool roll_write(struct roll *r, str path, int group)
{
    const struct roll_style *style = r->style;
    struct date t = date_of(r->census->today);
    columns_read(r);
    if (!xlsx_create(r->op, path, &r->out))
        return false;
    xlsx_sheet(r->out, &(struct xlsx_page){.name = S("Sheet1")});
    str village = style->no_village ? S("") : r->group;
    line(r, XLSX_TITLE, op_text(r->op, "%.*s%.*s", PS(town_name), PS(filled(r->op, style->title, village, t.year))), 0);
    xlsx_merge(r->out, 1, 1, 1, (uint32_t)r->column_count);
    xlsx_row(r->out, 0);
    xlsx_text(r->out, XLSX_SUBTITLE, op_text(r->op, "填报单位（盖章）：%.*s", PS(village)));
    xlsx_skip(r->out, 3);
    xlsx_text(r->out, XLSX_SUBTITLE_RIGHT, date_shown(r->op, t));
    heading_rows(r);
    int64_t left = group_people(r->census, group), before = 0;
    for (int64_t number = 0; left > 0 && number < ROLL_FAMILIES; number++) {
        struct family f;
        struct mark mark = op_mark(r->op);
        if (style->sections && number % SECTION_FAMILIES == 0) {
            if (number)
                subtotal_row(r, S("小计"), r->counts->rows - before);
            before = r->counts->rows;
            r->serial = 0;
            line(r, XLSX_TOTAL, op_text(r->op, "第%lld组", (long long)(number / SECTION_FAMILIES + 1)), 0);
        }
        family_make(r->census, group, number, left, &f);
        left -= (int64_t)f.count;
        family_rows(r, &f);
        op_reset(r->op, mark);
    }
    stranger_rows(r, group);
    ending_rows(r);
    return xlsx_end(r->out);
}

bool demo_rolls(struct op *op, str folder, int64_t people, int groups, uint64_t seed, struct demo_roll *ret)
{
    struct census census = census_of(op, people, groups, seed);
    for (int i = 0; i < DEMO_ROLLS && i < census.groups; i++) {
        struct demo_roll counts = {.group = name_group(op, i)};
        struct roll r = {.op = op, .census = &census, .style = &styles[i], .counts = &counts, .group = counts.group};
        counts.file = op_text(op, "%02d%.*s", i + 1, PS(filled(op, styles[i].file, counts.group, 0)));
        if (!roll_write(&r, op_text(op, "%.*s/%.*s", PS(folder), PS(counts.file)), i))
            return false;
        if (ret)
            ret[i] = counts;
    }
    return true;
}
