/* report: 指标、报告、一表通. A report only adds up: every figure is an indicator over a ledger, and opens the records it
 * counts.
 *
 *     struct indicators *all;
 *     struct indicator_value v;
 *     if (!indicators_load(op, town, S("packs"), &all))
 *         return false;                                       // packs/relief/indicators/relief.json 第7行：……
 *     struct indicator_ask asked = {.from = day_of(2021, 7, 1), .to = day_of(2021, 12, 31)};
 *     if (!indicator_value(tx, town, who, indicator_find(all, S("冬春救助户数")), &asked, &v))
 *         return false;
 *     // v.text "46", v.rows 46, v.where: the condition under which a list of v.ledger shows exactly these rows
 *
 * packs/<pack>/indicators/<name>.json:
 *     {"指标": [
 *        {"名": "冬春救助户数", "英文名": "relief_households", "台账": "救助对象", "条件": "状态 in (\"成功\", \"公布\")",
 *         "聚合": "计数",            计数 求和 平均 中位 去重; the last four over 字段
 *         "日期字段": "申请日",      日 时 年 月: counted when it lies in the period; without it the stock of today
 *         "期间字段": ["起", "止"],  or: counted when the two overlap the period (时点字段: when they hold its last day)
 *         "人员字段": "人员",        引→ or 多引→ of whom the report is about; without a person all count
 *         "分组": ["村组", "类型", "主办"],  by village group, by the choices of a field, by what a field refers to
 *         "单位": "户", "口径": "……", "出处": ["S18", "F12"]},
 *        {"名": "下载率", "聚合": "比率", "分子": "已开通人数", "分母": "常住人口", "单位": "%", …},
 *        {"名": "卫生费结余", "聚合": "结余", "加": ["卫生费实收"], "减": ["环卫支出"], "单位": "元", …}],
 *      "不列": [{"出处": ["S29"], "原因": "……"}]}               what no ledger can say yet, and why
 *
 * 比率 and 结余 are made of other indicators, their parts: such a value has no list of its own, it opens those of its
 * parts, each with its sign and its amount.
 *
 * Rights are the ledger room's: a value is what list_total gives under the viewer's rights, so the count shown is the
 * number of rows that opening it shows. Names of rows and columns in 出处: S1 … S32 rows of the work system, F1 … F26
 * figures of the half-year report.
 *
 * Village groups. Figures by group stand on the tree as it was on the period's last day: a group that was abolished,
 * made or moved within the period keeps its own row and says so, and when the tree has changed after the period,
 * figures are counted from the facts as of its last day. */
#pragma once
#include "ledger/ledger.h"
#include "xlsx/xlsx.h"

enum {
    INDICATORS_MAX = 2000,
    INDICATOR_FILE_BYTES_MAX = 1 << 20,
    INDICATOR_BY_MAX = 6,
    INDICATOR_LIST_MAX = 50,       /* values of a 列举: a sentence holds no more */
    INDICATOR_DEPTH_MAX = 4,       /* 比率 of 结余 of … */
    INDICATOR_PARTS_MAX = 12,      /* of one 结余 */
    INDICATOR_LEAVES_MAX = 32,     /* ledgers asked for one figure, through all its parts */
    INDICATOR_MONTHS_MAX = 60,     /* five years in one table */
    UNITS_MAX = 2000,              /* village groups of a county: 20 towns of 12 make 260 */
    TEMPLATE_BYTES_MAX = 1 << 20,
    TEMPLATE_PARTS_MAX = 10000,
    TEMPLATE_DEPTH_MAX = 8,        /* 若 within 每 within … */
    TEMPLATE_ROWS_MAX = 1000,      /* records written out one by one */
    PROSE_BYTES_MAX = 64 << 10,
    FORM_COLUMNS_MAX = 500,
    FORM_ROWS_MAX = 20000,         /* written into one form */
};

/* ---- indicators -------------------------------------------------------------------------------------------------- */

enum adding_up { UP_COUNT, UP_UNITS, UP_SUM, UP_AVERAGE, UP_MIDDLE, UP_DISTINCT, UP_LIST, UP_RATIO, UP_BALANCE, UPS };
extern const str adding_up_names[UPS]; /* 计数 村组数 求和 平均 中位 去重 列举 比率 结余 */
enum part_sign { SIGN_PLUS, SIGN_MINUS, SIGN_OVER, SIGN_UNDER, SIGNS };
extern const str part_sign_names[SIGNS]; /* 加 减 分子 分母 */

/* How a record's time meets the period. */
enum when_kind { WHEN_ALWAYS, WHEN_IN, WHEN_OVERLAPS, WHEN_HOLDS };

struct indicator {
    str name, english, pack, file, unit, meaning;  /* 口径 */
    int line;
    enum adding_up up;
    const struct ledger *ledger;                   /* NULL: made of parts */
    str where;
    const struct field *of;                        /* 字段 */
    enum when_kind when;
    struct moment {
        str name;                                  /* 日期字段 as an expression writes it; empty: none */
        const struct field *field;
    } at, until;                                   /* of a span its two ends */
    const struct field *person;
    bool by_unit;
    const struct field *by[INDICATOR_BY_MAX];
    size_t by_count;
    struct indicator_part {
        enum part_sign sign;
        const struct indicator *of;
    } *parts;                                      /* 比率: 分子, 分母; 结余: those of 加, those of 减 */
    size_t part_count;                             /* 0: counted over its ledger */
    int depth, leaves;                             /* of parts within each other; counted ones below it */
    const str *sources;
    size_t source_count;
    const str *aliases;                            /* 别名: how superiors' forms head its column */
    size_t alias_count;
};

/* What is not counted, and why: for docs/coverage.md. */
struct uncounted {
    const str *sources;
    size_t source_count;
    str reason, file;
};

struct indicators;
/* Reads and checks every packs/<pack>/indicators/<x>.json. Faults name file, line and cure, several at once; a circle
 * of parts is refused with the chain. */
[[nodiscard]] bool indicators_load(struct op *op, const struct town *town, str packs_folder, struct indicators **ret);
size_t indicators_count(const struct indicators *all);
const struct indicator *indicators_at(const struct indicators *all, size_t i);
const struct indicator *indicator_find(const struct indicators *all, str name); /* Chinese or English; NULL: none */
const struct uncounted *indicators_uncounted(const struct indicators *all, size_t *ret_count);

/* ---- units ------------------------------------------------------------------------------------------------------- */

/* A village group as the period saw it. */
struct unit {
    id id, above;
    str name, kind;                /* 类型 */
    str note;                      /* 「2021-10-01撤销」; empty: unchanged within the period */
    const id *covers;              /* itself and all below it on that tree */
    size_t cover_count;
    bool rest;                     /* not a group: what belongs to none, or to the town itself */
};
struct units {
    struct unit *p;
    size_t count;
    int64_t as_of_fact;            /* not 0: the tree has changed after the period; count as of this fact */
    str note;                      /* the same in words */
    struct map by_id;
};
[[nodiscard]] bool units_read(struct tx *tx, const struct town *town, const struct who *who, day from, day to,
                              struct units **ret);
const struct unit *unit_find(const struct units *units, id group); /* NULL: none */

/* ---- values ------------------------------------------------------------------------------------------------------ */

struct indicator_ask {
    day from, to;                  /* both within the period */
    const struct unit *unit;       /* NULL: the whole town */
    const struct units *units;     /* of the period, when many figures are asked for; NULL: read each time */
    id person;                     /* none: everybody */
    const struct field *by;        /* one choice of a field; NULL: all */
    str choice;                    /* empty: not filled in */
    int64_t as_of_fact;            /* 0: as known now */
    time_ms as_of;                 /* with as_of_fact: when that was, for today(); 0: the time of the fact */
};
struct indicator_value {
    const struct indicator *indicator;
    bool known;                    /* false: nothing to divide by, no value to average, or not for these eyes */
    bool denied;
    dec number;                    /* of a 列举 how many values */
    str text;                      /* as printed: 46, 87.5; 「—」 when not known, 「无权查看」 */
    int64_t rows;                  /* that opening it shows; made of parts: those of all its parts */
    const struct ledger *ledger;   /* whose rows; NULL: made of parts */
    str where;                     /* FEEL over that ledger */
    int64_t as_of_fact;
    time_ms as_of;
    const struct indicator_value *parts; /* as many as the indicator has, in its order */
};
/* Figures as they were (截至): at the end of a day, at a moment, or after a fact 「#123」. What was known then, and today()
 * is that day. op->now is moved; `now` is what it was, to be put back before anything is kept. Empty: as known now. */
struct figures_then {
    time_ms now;
    int64_t fact;
    time_ms moment;                /* as indicator_ask.as_of */
    str said;                      /* 「2021-12-31」 「2021-12-31 08:00」 「第123条留痕」; empty: now */
};
[[nodiscard]] bool figures_at(struct tx *tx, str as_of, struct figures_then *ret);
/* How a list is asked for the rows of this value, as they were: as as_of_read understands it; empty: now. */
str value_as_of(struct op *op, const struct indicator_value *v);
/* The condition of the rows it counts; not for those made of parts. */
[[nodiscard]] bool indicator_where(struct op *op, const struct indicator *i, const struct indicator_ask *asked,
                                   str *ret);
/* Not being allowed is an answer, not a failure. */
[[nodiscard]] bool indicator_value(struct tx *tx, const struct town *town, const struct who *who,
                                   const struct indicator *i, const struct indicator_ask *asked, struct indicator_value *ret);
/* Before indicator_value is called for many: those that count one ledger are counted together, and found counted. It changes
 * no value. */
[[nodiscard]] bool indicators_ahead(struct tx *tx, const struct town *town, const struct who *who,
                                    const struct indicator *const *some, size_t count, const struct indicator_ask *asked);
/* One row of a table: a unit or a choice, and its value. The last is the whole. */
struct indicator_row {
    str name, note;
    const struct unit *unit;
    struct indicator_value value;
};
/* by: 「村组」, one of its fields, or 「月」 when its records lie in the period by their date. */
bool indicator_monthly(const struct indicator *i);
/* 「卫生费实收 500 − 环卫支出 220」: how a value made of parts came about; empty: it is counted. */
str indicator_parts_said(struct op *op, const struct indicator_value *v);
/* Where there is nothing to count it is 0; false: it is not known (平均). */
bool indicator_adds(const struct indicator *i);
/* It counts village groups: who asks for many such reads the units once. */
bool indicator_of_units(const struct indicator *i);
[[nodiscard]] bool indicator_by(struct tx *tx, const struct town *town, const struct who *who,
                                const struct indicator *i, const struct indicator_ask *asked, str by, struct indicator_row **ret,
                                size_t *ret_count, str *ret_note);

/* Who has handed in: for each unit below the town the rows of the period, the first day, and whether that was in
 * time. */
struct submission {
    const struct unit *unit;
    int64_t rows;
    bool dated, late;
    day first;                     /* of 日期字段 */
};
struct submissions {
    struct submission *p;
    size_t count;
    int64_t handed_in, late, missing;
    str note;
};
/* `due`: the last day in time; 0: no limit. Only for indicators by village group with a 日 or 时 as 日期字段. */
[[nodiscard]] bool submissions_read(struct tx *tx, const struct town *town, const struct who *who,
                                    const struct indicator *i, day from, day to, day due, struct submissions *ret);

/* ---- templates --------------------------------------------------------------------------------------------------- */

/* packs/<pack>/reports/<name>.txt: lines 「名称：值」 (名 说明 标题 署名 主送 报告人), a line of ---, then the text as a clerk types it
 * (一、（一）1.).
 *
 *     {{冬春救助户数}}                  a figure; any FEEL over indicators, 期起 期止 年度 本人 镇名 截至
 *     {{#若 入伍人数 > 0}} … {{#否则}} … {{#完}}
 *     {{#每 专项行动数}} {{序}}．{{名称}} {{#完}}   once for each record that the figure counts and the reader may see
 *     {{#表 冬春救助户数 冬春救助人数 按 村组}}
 *     {{#图 冬春救助户数 按 村组}}        bars, each with its value; 按 月: the months of the period
 *     {{#段 心得}} … {{#完}}            the author's words: what is here is only the first draft
 *
 * In 每 the names are the fields of that ledger as well; a record referred to is its title. */
struct template_part;
struct report_template {
    str name, note, title, signers, to, pack, file;
    str subject;                                     /* 报告人: FEEL over those to whom 人员字段 refer; empty: nobody */
    const struct template_part *head, *parts;        /* of the title, of the text */
};
struct templates;
/* A name that is not there, a {{#若}} without its {{#完}}: file, line, cure. */
[[nodiscard]] bool templates_load(struct op *op, const struct town *town, const struct indicators *all,
                                  str packs_folder, struct templates **ret);
size_t templates_count(const struct templates *t);
const struct report_template *templates_at(const struct templates *t, size_t i);
const struct report_template *template_find(const struct templates *t, str name);

/* ---- reports ----------------------------------------------------------------------------------------------------- */

/* Prose that an author wrote in place of a 段. */
struct prose {
    str name, text;
};
struct report_ask {
    day from, to;
    id person;                     /* none: the whole town */
    str person_name, town_name;    /* town_name empty: the root of the village groups */
    int64_t as_of_fact;
    time_ms as_of;
    str as_of_said;                /* printed with the report; empty: as known now */
    const struct prose *prose;
    size_t prose_count;
};
/* The report as of then. */
void report_then(struct report_ask *ask, const struct figures_then *then);
/* The one record of that name in the ledger to which 人员字段 refer. */
[[nodiscard]] bool person_find(struct tx *tx, const struct town *town, const struct who *who,
                               const struct indicators *all, str name, id *ret);
/* When nobody is asked for: the one person whom 报告人 of the template means, if there is exactly one. */
[[nodiscard]] bool person_usual(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                                const struct report_template *t, struct report_ask *ask);
/* What an author wrote stays with the template, the period and the person, and replaces the 段 of that name; empty: the
 * draft again. */
[[nodiscard]] bool prose_keep(struct tx *tx, const struct who *who, const struct report_template *t,
                              const struct report_ask *ask, str name, str text);
/* Adds what is kept to ask->prose. */
[[nodiscard]] bool prose_read(struct tx *tx, const struct report_template *t, struct report_ask *ask);
/* A run of text. figure: what was counted, from `figures`; -1: words. */
struct report_run {
    str text;
    int figure;
    bool prose;                    /* inside a 段 */
    str part;                      /* its name */
    size_t at;                     /* byte of the template's text that it comes from */
    bool words;                    /* the template's own, as they stand there */
};
#define REPORT_BAR "▇" /* a cell that begins so is a bar: ▇0.75 */
struct report_block {
    struct report_run *runs;       /* a paragraph */
    size_t run_count;
    str *cells;                    /* a table: row by row, the first is the heading */
    size_t columns, rows;
    const struct indicator_row *bars; /* of a chart: each row below the heading; the middle column is its bar */
    str place;                     /* in an office's own file: 表1!B3, 第4段 */
};
/* Of a ledger a report says more than its figures: a table of them, or its records one by one. */
struct report_told {
    const struct ledger *ledger;
    bool *plain;                   /* [field_count] written out as they are */
};
struct report {
    const struct report_template *of;
    struct report_ask ask;
    str title;
    struct report_block *blocks;
    size_t block_count;
    struct indicator_value *figures; /* each once, in the order they were first used */
    size_t figure_count;
    str *notes;                    /* numbers typed into prose, rows left out, groups that changed */
    size_t note_count;
    struct report_told *told;
    size_t told_count;
};
[[nodiscard]] bool report_make(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                               const struct report_template *t, const struct report_ask *ask, struct report **ret);
/* .pdf .ofd (GB/T 9704, from packs/documents), .docx, .txt. The same report, the same bytes. */
[[nodiscard]] bool report_write(struct op *op, const struct report *r, str packs_folder, str path);
[[nodiscard]] bool report_docx(struct op *op, const struct report *r, str path);

/* ---- an office's own files --------------------------------------------------------------------------------------- */

/* A Word or Excel file in which an office has written {{…}} where figures and records belong (docs/templates.md). It is
 * filled; everything else of it stays.
 *
 *     struct office_file *form;
 *     if (!office_file_read(op, town, all, path, S("冬春救助.xlsx"), &form) ||
 *         !office_file_make(tx, town, who, all, form, &ask, S("out.xlsx"), &report))
 *         return false;                        // 冬春救助.xlsx 工作表“表1”B3格：“没有的数”读不懂：……
 *
 * Rows and paragraphs between {{#每 …}} or {{#若 …}} and {{#完}} are written for each record, or when it is true;
 * {{#行 …}} repeats the row it stands in. A row with nothing to show stays, empty.
 * Refused: macros, links to other files, objects, passwords, what is no such file. What is wrong with the placeholders is
 * told all at once, up to OFFICE_FAULTS_MAX. */
enum {
    OFFICE_BYTES_MAX = 20 << 20,   /* a template with pictures is a few MB */
    OFFICE_PLACES_MAX = 5000,      /* paragraphs and cells with placeholders */
    OFFICE_RANGES_MAX = 500,       /* 每, 行 and 若 of rows */
    OFFICE_BLOCK_ROWS_MAX = 2000,  /* between 每 or 若 and its 完 in a workbook */
    OFFICE_FAULTS_MAX = 50,
    OFFICE_OUT_MAX = 200000,       /* paragraphs and cells filled */
};
struct office_file;
[[nodiscard]] bool office_file_read(struct op *op, const struct town *town, const struct indicators *all, str path, str name,
                               struct office_file **ret);
str office_ending(const struct office_file *o); /* .docx .xlsx */
size_t office_places(const struct office_file *o);
/* The report holds what was filled in, place by place, and its figures: it is shown and frozen as others are. */
[[nodiscard]] bool office_file_make(struct tx *tx, const struct town *town, const struct who *who,
                               const struct indicators *all, const struct office_file *o, const struct report_ask *ask,
                               str out_path, struct report **ret);

/* Such files kept for everybody, by name. The name is replaced and taken away by who brought it. */
enum { OWN_TEMPLATES_MAX = 500 };
struct own_template {
    str name, digest, by;
    id account;
    time_ms at;
};
[[nodiscard]] bool own_list(struct tx *tx, struct own_template **ret, size_t *ret_count);
[[nodiscard]] bool own_find(struct tx *tx, str name, struct own_template *ret, bool *ret_found);
[[nodiscard]] bool own_keep(struct tx *tx, const struct who *who, str name, int fd, struct own_template *ret);
[[nodiscard]] bool own_drop(struct tx *tx, const struct who *who, str name);
[[nodiscard]] bool own_open(struct tx *tx, const struct own_template *t, str *ret_path); /* until the op ends */

/* ---- frozen ------------------------------------------------------------------------------------------------------ */

[[nodiscard]] bool report_setup(struct tx *tx);        /* own tables */
struct frozen {
    id id;
    str name, title, digest;       /* title: what stands at its head; digest: SM3 of figures and text */
    day from, to;
    id person;
    time_ms at;
    str by;                        /* who froze it */
    id account;                    /* none: the command line */
    int64_t fact_no;               /* what was known then */
    const struct json *body;       /* figures and text, as they were frozen; NULL in a list */
};
enum { FROZEN_LIST_MAX = 200 };
/* Keeps values, conditions and text with a fact. */
[[nodiscard]] bool report_freeze(struct tx *tx, const struct who *who, const struct report *r, struct frozen *ret);
/* Read and checked against its digest: changed since by somebody's hand is a fault. */
[[nodiscard]] bool report_frozen(struct tx *tx, id id_of, struct frozen *ret);
[[nodiscard]] bool report_frozen_list(struct tx *tx, struct frozen **ret, size_t *ret_count); /* newest first */
/* A record that moved a figure after the freezing: who did what to it last, and each of its changes since. */
struct moved {
    const struct ledger *ledger;
    id record;
    str title, who, act, reason;
    time_ms at;
    bool counted_before, counted_now;
    const struct ledger *through;  /* not counted itself: records of this ledger are, which look at it; NULL: it is counted */
    int64_t rows_before, rows_now; /* of those: how many were and are counted */
    const struct change *changes;  /* newest first, field by field as the reader may see it; none: not for these eyes */
    size_t change_count;
};
struct report_change {
    str name, before, now;
    struct part_change {
        enum part_sign sign;
        str name, before, now;     /* before: empty when it was not kept */
    } *parts;                      /* of a figure made of parts: those that moved */
    size_t part_count;
    struct moved *moved;
    size_t moved_count;            /* at most MOVED_MAX */
};
enum { MOVED_MAX = 100 };
/* What was frozen, word for word: of each paragraph its runs, of each table its rows (lists of texts in a list). NULL: not for
 * these eyes, which must see every record that it counts or lists and no field covered that it writes out, or be those of who
 * froze it. */
[[nodiscard]] bool report_frozen_text(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                                      const struct frozen *f, const struct json **ret);
/* 差异单: figures that are not what they were, with the records and the people. What was frozen is told to who froze it
 * and to who sees every row that it counts. */
[[nodiscard]] bool report_changes(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                                  const struct frozen *f, struct report_change **ret, size_t *ret_count);

/* ---- the blank form (一表通) ---------------------------------------------------------------------------------------- */

/* A superior's empty workbook: headings of up to three levels, merged or not, are matched to the fields of one ledger
 * (a roll) or to indicators by village group (a table); then its cells are filled and nothing else of it changes.
 *
 *     struct form *form;
 *     struct form_filled filled;
 *     if (!form_read(tx, town, all, book, S(""), NULL, &form) || !form_fill(tx, town, who, form, &how, S("out.xlsx"),
 *     &filled))
 *         return false;
 *
 * How a heading was understood: a choice that somebody made before, the same name, a synonym (别名), a name of what the
 * record refers to (家庭住址, 户主姓名) that can mean only one thing, or a likeness, which a person must look at. What is not
 * understood stays empty and is listed. A sheet whose words stand beside their places (姓名 ▁ 性别 ▁) is a card: it is filled for
 * the one record that the condition leaves; one of figures (常住人口 ▁, or 户籍人口 | 人 | 02 | ▁) for the whole town. No printed
 * word is ever written over. Records are those that may be exported, and so is what they refer to. When the
 * form has too few empty rows, it gets copies of the last one, and that is listed too. */
enum form_use { FORM_NOTHING, FORM_SERIAL, FORM_FIELD, FORM_UNIT, FORM_INDICATOR };
enum form_sure { SURE_NO, SURE_LIKE, SURE_REACH, SURE_ALIAS, SURE_SAME, SURE_CHOSEN, SURES };
extern const str form_sure_names[SURES]; /* 不明 相近，请核对 引用得来 别名 同名 上次所选 */
struct form_column {
    uint32_t column;
    uint32_t row;                   /* of a card: where it is filled in; else 0 */
    str heading;                    /* levels apart by / */
    enum form_use use;
    enum form_sure sure;
    const struct field *field;
    const struct reach *reach;      /* field is its end: a column of another ledger, as the ledger's own sheet has it */
    bool distant;                   /* not on the ledger's own sheet: 家庭住址 of the household that a person refers to */
    const struct indicator *indicator;
    int64_t per;                    /* 万元 where we count 元: so much makes one; else 1 */
    bool formula;                   /* computed by the form itself: it stays */
    str choice;                     /* 横表: whose records it is filled from, the ledger's spread by this choice; empty: a plain one */
    uint32_t owner;                 /* the column of such records on its left that it says more of; 0: of the whole row */
};
str form_column_name(const struct form_column *c); /* of field, reach or indicator; empty: none */
struct form;
str form_column_said(struct op *op, const struct form *form, const struct form_column *c); /* the same, 岗：司机 of a 横表 */
struct grid;
struct form {
    struct xlsx_book *book;
    const struct grid *grid;         /* what is printed on the sheet */
    size_t sheet;
    str sheet_name, title;
    const str *others;              /* further sheets of the workbook that are such tables: filled one at a time */
    size_t other_count;
    uint32_t heading_first, heading_last;
    const struct form_column *columns;
    size_t column_count, understood; /* understood / column_count is the reuse rate (复用率) */
    const struct ledger *ledger;     /* NULL: a table or a card of indicators */
    uint32_t data_first, data_rows;  /* empty rows to be filled, when something stands below them */
    bool bounded;
    bool spread;                     /* 横表: a row for all records of a day, 日期 | 带班领导 | 值班员 */
    bool card;                       /* one record to the sheet, each word with its place beside it: 姓名 ▁ 性别 ▁ */
    uint32_t total_row;              /* 合计; 0: none */
    int year, year_last;             /* that the title speaks of, 2021—2022; 0: none */
    const struct ledger *meant;      /* what the title speaks of, when the headings are more another's; NULL: the same */
    uint32_t other_row;              /* the heading of another table of the sheet, which is left alone; 0: none */
    str number, organ, approval;     /* 表号 制定机关 批准（备案）文号 */
    str until_text;                  /* 有效期 as written */
    day until;
    bool refusable;                  /* 统计法: without these four, or out of date, it may lawfully be refused */
    str refusal;                     /* why, in words */
};
/* sheet: empty: the first that is a table; ledger: NULL: whichever fits best. A form without headings: INPUT, with what
 * was looked for. */
[[nodiscard]] bool form_read(struct tx *tx, const struct town *town, const struct indicators *all, struct xlsx_book *book,
                             str sheet, const struct ledger *ledger, struct form **ret);
/* Remembers what a heading means: a field of the ledger, or an indicator (ledger NULL). */
[[nodiscard]] bool form_choose(struct tx *tx, const struct who *who, const struct ledger *ledger, str heading,
                               str meaning);

struct form_how {
    day from, to;
    str where;                      /* of a roll: which records */
};
struct form_cell {
    uint32_t row, column;
    str value, source;              /* 人.姓名; 指标 冬春救助户数：救助对象，状态 = "成功"；东村 */
    enum form_sure sure;
};
struct form_gap {
    str where, what;                /* C列「联系人」; 没有对应的字段 */
};
struct form_filled {
    const struct form_cell *cells;
    size_t cell_count;
    const struct form_gap *gaps;
    size_t gap_count;
    int64_t rows, formulas_kept;
};
[[nodiscard]] bool form_fill(struct tx *tx, const struct town *town, const struct who *who, const struct form *form,
                             const struct form_how *how, str out_path, struct form_filled *ret);

/* The form kept as a task (上报任务) before it is answered, as packs/<pack>/register.json says: what stands on the form,
 * whether it may lawfully be refused, and a row for each of its columns. `said`: fields that the person adds (a
 * reference by its title or id). */
struct form_said {
    str field, value;
};
[[nodiscard]] bool form_register(struct tx *tx, const struct town *town, const struct who *who, str packs_folder, const struct form *form,
                                 const struct form_said *said, size_t count, id *ret);
