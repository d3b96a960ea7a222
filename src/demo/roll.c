/* The rolls: what twelve village clerks made of one request for the list of their people. Each has its own headings, order of columns,
 * way of writing numbers and dates, and its own slips; what should become of every row is counted while it is written. */
#include "demo/family.h"
#include "xlsx/xlsx.h"

enum {
    ROLL_FAMILIES = 45,          /* as many as fit on a clerk's patience */
    ROLL_STRANGERS = 2,          /* families that have moved in */
    ROLL_COLUMNS = 13,
    ROLL_BLANKS = 60,            /* formatted rows below the data */
    SECTION_FAMILIES = 15,
};

enum what { W_NONE, W_SERIAL, W_GROUP, W_HEAD, W_NAME, W_SEX, W_NATION, W_BORN, W_ID, W_RELATION, W_EDUCATION, W_MARRIED, W_LIVING, W_PHONE, W_EXTRA, W_NOTE };
enum number_style { N_TEXT, N_APOSTROPHE, N_WIDE, N_SPACES, N_DIGITS };
enum day_style { D_SERIAL, D_DOTS, D_CHINESE, D_SHORT, D_SLASHES, D_MIXED };

struct roll_column {
    enum what what;
    str top, heading;            /* top: the upper level; neighbours with the same are merged */
};

static const struct roll_style {
    const char *title;           /* @ the village group, # the year */
    const char *file;
    enum number_style id, phone;
    enum day_style day;
    bool sections, short_nation, wide_names, no_village_in_title;
    struct roll_column columns[ROLL_COLUMNS];
} styles[DEMO_ROLLS] = {
    {"@#年常住人口花名册", "@人口花名册.xlsx", N_TEXT, N_TEXT, D_SERIAL, true, false, false, false,
     {{W_SERIAL, SC(""), SC("序号")}, {W_NAME, SC("基本情况"), SC("姓名")}, {W_SEX, SC("基本情况"), SC("性别")}, {W_NATION, SC("基本情况"), SC("民族")},
      {W_ID, SC("基本情况"), SC("身份证号")}, {W_BORN, SC("基本情况"), SC("出生日期")}, {W_RELATION, SC(""), SC("与户主关系")},
      {W_EDUCATION, SC("其他情况"), SC("文化程度")}, {W_PHONE, SC("其他情况"), SC("联系电话")}, {W_EXTRA, SC("其他情况"), SC("是否参加医保")}}},
    {"@人员信息统计表（#年）", "@（报镇）.xlsx", N_APOSTROPHE, N_DIGITS, D_DOTS, false, true, true, false,
     {{W_SERIAL, SC(""), SC("序号")}, {W_HEAD, SC(""), SC("户主姓名")}, {W_NAME, SC("家庭成员"), SC("姓  名")}, {W_RELATION, SC("家庭成员"), SC("与户主\n关系")},
      {W_ID, SC("家庭成员"), SC("身份证号码（18位）")}, {W_NATION, SC("家庭成员"), SC("民 族")}, {W_PHONE, SC(""), SC("手机号码")}, {W_NOTE, SC(""), SC("备注")}}},
    {"@#年户籍人口台账", "@台账.xlsx", N_WIDE, N_WIDE, D_CHINESE, true, false, false, false,
     {{W_SERIAL, SC(""), SC("序号")}, {W_ID, SC(""), SC("公民身份号码")}, {W_NAME, SC(""), SC("姓名")}, {W_RELATION, SC(""), SC("与户主关系")},
      {W_BORN, SC(""), SC("出生日期")}, {W_SEX, SC(""), SC("性别")}, {W_PHONE, SC(""), SC("电话")}}},
    {"@牧户家庭成员登记表（#）", "@.xlsx", N_SPACES, N_SPACES, D_SLASHES, false, true, false, false,
     {{W_SERIAL, SC(""), SC("序号")}, {W_NAME, SC("人员信息"), SC("*姓名")}, {W_SEX, SC("人员信息"), SC("性别")}, {W_RELATION, SC("人员信息"), SC("与户主关系")},
      {W_ID, SC("人员信息"), SC("证件号码")}, {W_EDUCATION, SC("人员信息"), SC("文化程度")}, {W_MARRIED, SC("人员信息"), SC("婚姻")},
      {W_LIVING, SC("居住"), SC("居住状态")}, {W_PHONE, SC("居住"), SC("联系方式")}, {W_EXTRA, SC("居住"), SC("取暖方式")}}},
    {"@人口基本情况调查表（#年度）", "@调查表.xlsx", N_TEXT, N_DIGITS, D_SHORT, true, true, true, false,
     {{W_SERIAL, SC(""), SC("编号")}, {W_NAME, SC(""), SC("姓 名")}, {W_BORN, SC(""), SC("出生日期")}, {W_ID, SC(""), SC("身份证")}, {W_NATION, SC(""), SC("民族")},
      {W_RELATION, SC(""), SC("与户主关系")}, {W_PHONE, SC(""), SC("手机")}}},
    {"@#年家庭人口明细", "人口明细-@.xlsx", N_APOSTROPHE, N_TEXT, D_MIXED, false, false, false, true,
     {{W_SERIAL, SC(""), SC("序号")}, {W_GROUP, SC(""), SC("嘎查")}, {W_NAME, SC("成员"), SC("姓名")}, {W_SEX, SC("成员"), SC("性别")}, {W_BORN, SC("成员"), SC("出生日期")},
      {W_ID, SC("成员"), SC("身份证号")}, {W_RELATION, SC("成员"), SC("与户主关系")}, {W_PHONE, SC("成员"), SC("联系电话")}}},
    {"@#年度人口核查表", "@核查.xlsx", N_WIDE, N_DIGITS, D_DOTS, true, false, false, false,
     {{W_SERIAL, SC(""), SC("序号")}, {W_HEAD, SC(""), SC("户主姓名")}, {W_NAME, SC("核查对象"), SC("姓名")}, {W_ID, SC("核查对象"), SC("身份证号码")},
      {W_RELATION, SC("核查对象"), SC("与户主关系")}, {W_LIVING, SC("核查结果"), SC("居住状态")}, {W_PHONE, SC("核查结果"), SC("联系电话")}, {W_NOTE, SC("核查结果"), SC("备注")}}},
    {"@农牧民花名（#）", "@花名.xlsx", N_SPACES, N_TEXT, D_CHINESE, false, true, true, false,
     {{W_SERIAL, SC(""), SC("序号")}, {W_RELATION, SC(""), SC("与户主关系")}, {W_NAME, SC(""), SC("姓名")}, {W_NATION, SC(""), SC("民族")}, {W_SEX, SC(""), SC("性 别")},
      {W_ID, SC(""), SC("身份证号")}, {W_PHONE, SC(""), SC("联系电话（手机）")}, {W_EXTRA, SC(""), SC("签字")}}},
    {"@#年冬季走访人员名册", "@走访.xlsx", N_TEXT, N_SPACES, D_SERIAL, true, false, false, false,
     {{W_SERIAL, SC(""), SC("序号")}, {W_NAME, SC("一、人员"), SC("姓名")}, {W_ID, SC("一、人员"), SC("身份证号")}, {W_BORN, SC("一、人员"), SC("出生日期")},
      {W_RELATION, SC("一、人员"), SC("与户主关系")}, {W_PHONE, SC("二、联系"), SC("手机号")}, {W_EXTRA, SC("二、联系"), SC("走访时间")}}},
    {"@全员信息采集表（#年）", "@采集表.xlsx", N_APOSTROPHE, N_TEXT, D_SLASHES, false, false, false, false,
     {{W_SERIAL, SC(""), SC("序号")}, {W_ID, SC("身份"), SC("身份证号码")}, {W_NAME, SC("身份"), SC("姓名")}, {W_SEX, SC("身份"), SC("性别")}, {W_BORN, SC("身份"), SC("出生日期")},
      {W_NATION, SC("身份"), SC("民族")}, {W_RELATION, SC("家庭"), SC("与户主关系")}, {W_MARRIED, SC("家庭"), SC("婚姻")}, {W_EDUCATION, SC("家庭"), SC("文化程度")},
      {W_LIVING, SC("家庭"), SC("居住状态")}, {W_PHONE, SC("家庭"), SC("手机")}}},
    {"@村民花名册#", "@村民.xlsx", N_WIDE, N_DIGITS, D_SHORT, true, true, true, false,
     {{W_SERIAL, SC(""), SC("序号")}, {W_NAME, SC(""), SC("姓名")}, {W_RELATION, SC(""), SC("与户主关系")}, {W_ID, SC(""), SC("身份证号码")}, {W_BORN, SC(""), SC("出生日期")},
      {W_PHONE, SC(""), SC("联系电话")}, {W_NOTE, SC(""), SC("备注")}}},
    {"@#年人口变动情况表", "@变动.xlsx", N_TEXT, N_TEXT, D_MIXED, false, false, false, true,
     {{W_SERIAL, SC(""), SC("序号")}, {W_GROUP, SC(""), SC("所属村组")}, {W_HEAD, SC(""), SC("户主姓名")}, {W_NAME, SC("人员"), SC("姓名")}, {W_ID, SC("人员"), SC("身份证号")},
      {W_SEX, SC("人员"), SC("性别")}, {W_RELATION, SC("人员"), SC("与户主关系")}, {W_EDUCATION, SC("人员"), SC("文化程度")}, {W_PHONE, SC("人员"), SC("联系电话")},
      {W_EXTRA, SC("人员"), SC("核对人")}}},
};

struct roll {
    struct op *op;
    const struct census *census;
    const struct roll_style *style;
    struct xlsx_out *out;
    struct demo_roll *counts;
    str group;
    size_t columns;
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
    case D_CHINESE: xlsx_text(r->out, XLSX_PARAGRAPH, op_text(r->op, "%d年%d月%d日", t.year, t.month, t.day)); break;
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

static void person_row(struct roll *r, const struct person *p, const struct person *head, str phone, enum slip slip, str note)
{
    xlsx_row(r->out, 0);
    r->serial++;
    for (size_t i = 0; i < r->columns; i++) {
        str text = {0};
        switch (r->style->columns[i].what) {
        case W_SERIAL: xlsx_int(r->out, XLSX_INTEGER, r->serial); continue;
        case W_ID: number_cell(r, r->style->id, id_written(r, p, slip), false); continue;
        case W_PHONE: number_cell(r, r->style->phone, phone, true); continue;
        case W_BORN: day_cell(r, r->style->day, p->born); continue;
        case W_GROUP: text = r->group; break;
        case W_HEAD: text = head->name; break;
        case W_NAME: text = slip == SLIP_TWO_PEOPLE ? op_text(r->op, "%.*s、%.*s", PS(p->name), PS(head->name)) : name_written(r, p->name); break;
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
        case W_NOTE: text = note; break;
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
        person_row(r, p, head, phone, slip, (str){0});
        if (f->number == 2 && i == f->count - 1) { /* the same row twice: nothing new either time */
            person_row(r, p, head, phone, SLIP_NONE, (str){0});
            r->counts->unchanged++;
        }
    }
    if (f->number % 13 != 4 || f->count < 2 || f->count >= FAMILY_MAX)
        return;
    struct person child;
    family_newborn(r->census, f, &child);
    person_row(r, &child, head, (str){0}, SLIP_NONE, (str){0});
    r->counts->added++;
    if (f->number == 17) { /* a new person twice cannot be right */
        person_row(r, &child, head, (str){0}, SLIP_NONE, (str){0});
        r->counts->bad++;
    }
}

static void stranger_rows(struct roll *r, int group)
{
    for (int i = 0; i < ROLL_STRANGERS; i++) {
        struct family f;
        family_stranger(r->census, group, i, &f);
        for (size_t k = 0; k < f.count; k++) {
            person_row(r, &f.people[k], &f.people[0], person_phone(&f.people[k]), SLIP_NONE, (str){0});
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
    for (size_t i = 0; i < r->columns; i++)
        if (r->style->columns[i].top.n)
            return true;
    return false;
}

static void heading_rows(struct roll *r)
{
    const struct roll_column *c = r->style->columns;
    uint32_t first = xlsx_row_number(r->out) + 1;
    bool two = two_levels(r);
    xlsx_row(r->out, 0);
    for (size_t i = 0; i < r->columns; i++)
        xlsx_text(r->out, XLSX_HEADING, !two || !c[i].top.n ? c[i].heading : i == 0 || !str_eq(c[i].top, c[i - 1].top) ? c[i].top : S(""));
    if (!two)
        return;
    xlsx_row(r->out, 0);
    for (size_t i = 0; i < r->columns; i++)
        xlsx_text(r->out, XLSX_HEADING, c[i].top.n ? c[i].heading : S(""));
    for (size_t i = 0, from = 0; i < r->columns; i++) {
        if (!c[i].top.n) {
            xlsx_merge(r->out, first, (uint32_t)i + 1, first + 1, (uint32_t)i + 1);
            from = i + 1;
        } else if (i + 1 == r->columns || !str_eq(c[i].top, c[i + 1].top)) {
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
        for (size_t k = 0; k < r->columns; k++)
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

static bool roll_write(struct roll *r, str path, int group)
{
    const struct roll_style *style = r->style;
    struct date t = date_of(r->census->today);
    while (r->columns < ROLL_COLUMNS && style->columns[r->columns].what != W_NONE)
        r->columns++;
    if (!xlsx_create(r->op, path, &r->out))
        return false;
    xlsx_sheet(r->out, &(struct xlsx_page){.name = S("Sheet1")});
    str village = style->no_village_in_title ? S("") : r->group;
    line(r, XLSX_TITLE, op_text(r->op, "%.*s%.*s", PS(town_name), PS(filled(r->op, style->title, village, t.year))), 0);
    xlsx_merge(r->out, 1, 1, 1, (uint32_t)r->columns);
    xlsx_row(r->out, 0);
    xlsx_text(r->out, XLSX_SUBTITLE, style->no_village_in_title ? S("填报单位（盖章）：") : op_text(r->op, "填报单位（盖章）：%.*s", PS(r->group)));
    xlsx_skip(r->out, 3);
    xlsx_text(r->out, XLSX_SUBTITLE_RIGHT, op_text(r->op, "%d年%d月%d日", t.year, t.month, t.day));
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

bool demo_rolls(struct op *op, str folder, int64_t people, uint64_t seed, struct demo_roll *ret)
{
    struct census census = census_of(op, people, seed);
    for (int i = 0; i < DEMO_ROLLS; i++) {
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
