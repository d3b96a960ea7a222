/* ledger: 台账. A ledger is declared in a pack as a text file; a record is what its facts say; the current row follows
 * from them.
 *
 *     struct town *town;                                     // definitions, read once, shared by all threads
 *     if (!town_load(tx, S("packs"), &town))
 *         return false;
 *     const struct ledger *people = town_ledger(town, S("人"));   // or "person"
 *     struct record *r;
 *     if (!record_add(tx, town, who, people, values, NULL, &r))   // values: a JSON object keyed by field names
 *         return false;                                      // op->faults: every field that is wrong, in the clerk's
 *                                                            // words
 *     if (!record_change(tx, town, who, people, r->id, r->version, patch, S("核实更正"), &r))
 *         return false;                                      // FAULT_CONFLICT names who changed what meanwhile
 *
 * Every reading and writing function takes `who` and asks the same place (right_for) what that person may do with this
 * ledger, which rows are theirs and which fields are masked: pages, API, exports and counts cannot differ.
 *
 * Invariants: every stored value has passed its field's check; a record's version grows by one with each fact; a row of
 * now_<ledger> always equals what rebuilding from facts gives; nothing is ever deleted, a record is withdrawn (作废).
 *
 * Values in JSON (API, facts, packs) by field type (notation of the packs, 类型):
 *     文n 长文 码 号 证 信 电 卡   "text"                整 年             12
 *     数n 元 率                    12.50 (exact; 元 in yuan with two decimals, kept as whole fen; 率 0.125)
 *     日 "2021-12-03"   时 "2021-12-03T09:00:00.000+08:00"   月 "2021-12"   否 true/false
 *     期 "2021" "2021H1" "2021Q3" "2021-12" "2021W05" "2021-12-03"
 *     枚 "text"   多枚 ["a","b"]   引 "id"   多引 ["id"]   坐 {"经度":109.1,"纬度":40.2}
 *     图n 附n [{"名":"a.jpg","摘要":"<sm3 hex>","大小":1234,"拍摄时间":…,"坐标":…}]   签 {"人":"…","时":"…","图":"<sm3>"}
 *     子 (child rows) and 算 (computed) are never written by anyone; they are read.
 * An absent or null member is an empty value. In memory a value is the same as in its column: see enum kind. */
#pragma once

#include "base/base.h"
#include "feel/feel.h"
#include "store/store.h"

/* ---- definitions ------------------------------------------------------------------------------------------- */

enum field_type {
    F_TEXT, F_LONG, F_INT, F_DECIMAL, F_MONEY, F_RATIO, F_DAY, F_TIME, F_MONTH, F_YEAR, F_PERIOD, F_BOOL, F_ENUM, F_ENUMS,
    F_REF, F_REFS, F_CHILDREN, F_PHOTOS, F_FILES, F_SIGNATURE, F_PLACE, F_SERIAL, F_COMPUTED,
    F_CITIZEN_ID, F_CREDIT_CODE, F_PHONE, F_BANK_CARD, F_CODE, F_TYPES
};

/* What the text of a field speaks of: a ledger by its name (* is all), a condition over that ledger, fields of it. */
enum field_says { SAYS_NOTHING, SAYS_LEDGER, SAYS_CONDITION, SAYS_FIELDS };

/* A computed field is 算 over its own row (FEEL), or 计 over the records of another ledger that refer to this one. */
struct tally {
    str ledger;      /* 台账 */
    str by;          /* 按: the field of that ledger that refers to this record */
    str where;       /* 条件: FEEL over that ledger; empty = all that are not withdrawn */
    str sum;         /* 求: a numeric field to add up; empty = count */
};

struct other_word { str word, choice; }; /* 妻: 配偶 */

/* 选自, of 子: the records below are made by choosing among those of another ledger that belong to the same, 救助人员 among the people of
 * the household: {"栏":"人","同":"户","条件":"状态 = \"在册\"","数":"需救助人口","示":["与户主关系","年龄"]}. */
struct choice_from {
    const struct field *of, *back;    /* 栏: of the records below, whom they name; and their field that refers to this record */
    const struct field *here, *there; /* 同: the field of this record and the one of those to choose from */
    str where;                        /* 条件: over those */
    const struct field *count;        /* 数: how many there are to be; NULL: any number */
    const struct field **shown;       /* 示: what tells them apart besides their titles */
    size_t shown_count;
};

struct field {
    str name, english;          /* 名, 英文名 */
    enum field_type type;
    enum field_type value;      /* 值类型: what 算 gives; for all others the same as type */
    int size;                   /* of value: 文n most characters; 数n decimal places; 图n/附n least number */
    const str *choices;         /* 枚, 多枚 */
    size_t choice_count;
    str target;                 /* 引, 多引, 子: the other ledger */
    bool required, unique, sensitive, snapshot, indexed; /* 必填 唯一 敏感 快照 索引 */
    const struct reach *written;/* 写, of 子: its records in one cell, as a superior's form asks for them; NULL: not said */
    const str *asked;           /* 问: of what 写 chooses from, what is asked of the record by yes or no: 是否低保户 */
    size_t asked_count;
    const struct choice_from *from; /* 选自; NULL: not said */
    const struct json *said;    /* 写, until it is linked */
    bool spent;                 /* 不复用: what a withdrawn record has is not given again */
    bool whole_day;             /* 整日, of 时: a day alone is meant to its end, as a limit is (民法典第203条: 最后一日的截止时间为二十四时) */
    bool later;                 /* 后填: filled in later, though not by a step of a procedure of its own */
    const struct other_word *words; /* 同义: what offices write for a choice */
    size_t word_count;
    bool open_choices;          /* 可扩: other words are accepted with a warning (practice differs between towns) */
    enum field_says says;       /* 所指 */
    str code_list;              /* 代码表: choices come from packs/codes/<name>.csv */
    str serial;                 /* 号: rule, e.g. "{村组.代码}{5}" or "{年}{3}" */
    str initial;                /* 默认: FEEL */
    str begins;                 /* 默认 本人, 此刻, 沿用, 接着：…: what a form begins with; only forms do that. 相符：…: whoever keeps it */
    str formula; /* 算: FEEL over this record; `moving` when it depends on today and is therefore computed on reading */
    bool moving;
    const struct tally *tally;  /* 计 */
    str paper;                  /* 核验, of 证: the 枚 field that says what paper the number is of … */
    const str *papers;          /* … and on which of them it is a citizen's; on others it is a 码. Empty: always */
    size_t paper_count;
    const str *aliases;         /* 别名: headings under which Excel sheets carry this field */
    size_t alias_count;
    str note;                   /* 注 */
    str group;                  /* 分组: the section of the form */
    int column;                 /* place in now_<ledger>, -1 when not stored (子, 计, moving) */
    int line;                   /* in the definition file */
};

struct rule {                   /* 规则: FEEL over the record; false refuses (错误) or warns (提醒); null passes */
    str name, condition, message, field;
    bool warns;
    const struct feel *tree;
    int line;                   /* in the definition file */
};

enum { REACH_STEPS_MAX = 4 };
/* A field of another ledger, reached through references (人.户.住址), or what follows for the sheet only: from the record
 * (算) or from those that refer to it (列). Nobody writes it here; it is shown under the rights to every ledger on the
 * way. */
struct reach {
    str name;                   /* 人.户.住址; of 算 and 列 the heading after = */
    const struct field *end;    /* what its values are */
    const struct ledger *of;    /* whose field that is; NULL: 算, 列 */
    int steps[REACH_STEPS_MAX]; /* the fields that refer, each of the ledger before; -1: the village group */
    size_t step_count;
    const struct feel *formula; /* 算; 列: over each of its records */
    const struct reach_list {   /* 列: {"台账":"受灾情况","按":"对象","写":"项","条件":"…","取":1}, newest first */
        const struct ledger *from;
        const struct field *by;
        const struct feel *where;
        int most;
        str none;               /* what stands there when there is none: 否; empty: nothing */
    } *list;                    /* of the record at the end of the steps */
};

/* The sheet that an office sends up: 表头, 表. Exports, blank forms and imports follow it. */
struct sheet_column {
    str heading, above;         /* 头, 组: over all neighbours that have the same; empty: none */
    const struct field *field;  /* of this ledger, else reach; neither: filled in by hand, as a signature is */
    const struct reach *reach;
    const struct reach *finds;  /* 寻: with field: what a sheet that comes in finds a reference by, as 户.户主.证件号; shown
                                 * where the field is empty */
    bool adds;                  /* 合计: its values may be added up */
};
struct sheet {
    const struct sheet_column *columns;
    size_t column_count;
    str name;                   /* 名: the title on paper */
    str counted_in;             /* 计量: 户、人、元 */
    const struct field *period; /* 期间: the time or record whose first and last value the title names */
    const str *signs;           /* 落款: 单位负责人 制表人 … */
    size_t sign_count;
};

/* 横表: offices write these records across, a row a day, a column for each choice, whoever it is in the cell:
 *
 *     日期 | 带班领导 | 值班员 | 司机          "横表": {"列": "岗", "格": "人", "次": "序", "写": "人.姓名"}
 */
struct spread {
    const struct field *by;     /* 列: a choice of it heads a column; one of the key; NULL: the ledger has no such sheet */
    const struct field *cell;   /* 格: what stands below */
    const struct field *next;   /* 次: of the key; the second and third in one cell are 2 and 3, a single one is none; NULL: one a cell */
    const struct reach *shown;  /* 写: how the cell is written; NULL: as everywhere */
    str said;
    int line;
};

/* 值班干部 -> 值班员: what may head a column of it. */
struct spread_word {
    str word, choice;
};

struct state_move {
    str from, to;
    bool back;                  /* 退回: a reason is required */
};

/* 题目: a roll whose title has one of the words is about these records only: 党员名册 is not about everybody. */
struct title_scope {
    const str *words;
    size_t word_count;
    str where;
    int line;
};

struct ledger {
    str name, english, pack, line_of_work; /* 台账, 英文名; the pack's folder; 业务条线 (navigation) */
    str file;
    str title;                  /* 标题: FEEL text that names one record to a person, e.g. 姓名 + " " + 证件号末四位 */
    const str *keys;            /* 键 */
    size_t key_count;
    str secrecy, retention, note; /* 密级 保管期限 说明 */
    const struct field *fields;
    size_t field_count;
    const struct rule *rules;
    size_t rule_count;
    const str *states;
    size_t state_count;         /* 0: records have no state; else states[0] is the first */
    const struct state_move *moves;
    size_t move_count;
    str group_path;             /* 归属: where the village group is found: "村组", "户.村组"; empty = the town's own */
    const struct title_scope *scopes;
    size_t scope_count;
    struct sheet sheet;         /* 表头: no columns: the fields in their order */
    struct spread spread;
    const struct reach *const *reaches; /* those that sheet or list show */
    size_t reach_count;
    const str *list_fields;     /* 列表: columns first shown, fields or reaches */
    size_t list_count;
    const str *first_fields;    /* 先填: what a phone asks for first; the rest is folded. None: everything */
    size_t first_count;
    const struct field *mark, *mark_from, *mark_to; /* 标记: each record marks one of another ledger so, from a day to a day */
    const str *search_fields;   /* 检索: fields that search finds a record by (name fields also by pinyin and initials) */
    size_t search_count;
    int found_order;            /* 检索次序 - 1: of what is found equally well, the smaller stands first */
    const struct table *table;  /* its now_ table */
    int order;                  /* in navigation */
    bool named_only;            /* 专授 of its pack: rights over "*" do not reach it, only those that name it */
};

extern const str field_type_names[F_TYPES]; /* 文 长文 整 … as in the packs, without number or target */

struct town;                    /* all definitions of one town, its code lists and its working calendar */

/* Reads packs/<pack>/pack.json, ledgers/<x>.json and codes/<x>.csv, checks them (a fault names file, line and cure),
 * compares with what the store has, and migrates the derived tables: an added field is empty in old records; an unsafe
 * change is refused with the reason. */
[[nodiscard]] bool town_load(struct tx *tx, str packs_folder, struct town **ret);
/* definitions only, no store: for checking packs */
[[nodiscard]] bool town_parse(struct op *op, str packs_folder, struct town **ret);
/* The files of one kind in all packs, pack by pack, each by name: packs/<pack>/policies/<x>.json. */
struct pack_file {
    str pack, folder, name; /* safety   packs/safety/policies   grade.json */
    str path;               /* packs/safety/policies/grade.json: to be read */
    str said;               /* safety/policies/grade.json: to be named to people */
};
[[nodiscard]] bool pack_files(struct op *op, str packs_folder, str kind, str ending, struct pack_file **ret, size_t *ret_count);

const struct ledger *town_ledger(const struct town *town, str name);  /* Chinese or English name; NULL: none */
size_t               town_ledger_count(const struct town *town);
const struct ledger *town_ledger_at(const struct town *town, size_t i); /* in navigation order */
const struct work_calendar *town_calendar(const struct town *town); /* by the yearly notices; see town_days */
const struct field *ledger_field(const struct ledger *l, str name);   /* Chinese or English name; NULL: none */
/* The ledger whose records mark those of l (标记), as 标签 does 户 and 人, and its field that refers to them. NULL: none. */
const struct ledger *ledger_marks(const struct town *town, const struct ledger *l, const struct field **ret_of);
/* what no pack may register or count, whatever it is written into; ret_basis: the law that says so */
bool ledger_name_lawful(struct op *op, str name, str *ret_basis);
bool ledger_thing_lawful(struct op *op, str name, str *ret_basis); /* the same of a ledger, a choice, a state: what somebody is called */
const struct feel_type *ledger_field_type(const struct field *f);     /* what its values are in an expression */
/* The choices of 列, other words for them and, where it is open (可扩), what its records and those that it refers to have. */
[[nodiscard]] bool spread_words(struct tx *tx, const struct ledger *l, struct spread_word **ret, size_t *ret_count);
const struct reach *ledger_reach(const struct ledger *l, str name);   /* one that its sheet or list shows; NULL: none */
/* An expression over a record, with names that walk over references (签收人.姓名), to be asked for as a further reach; its
 * name is "=" and the text. Refused when it does not give a text, a number, a day or a truth. */
[[nodiscard]] bool ledger_expression(struct op *op, const struct ledger *l, str text, const struct reach **ret);
int field_scale(const struct field *f);                               /* stored whole number = value × 10^scale */
void ledger_field_schema(struct json_out *w, const struct field *f); /* JSON Schema of its values, for OpenAPI */
/* Figures and doubts of the workbench, declared in pack.json: {"工作台":[{"名":"低保户","台账":"标签","条件":"…"}],"疑点":[…]}. */
struct figure {
    str name, where;             /* 名 (of a doubt: what is the matter), 条件 */
    const struct ledger *ledger; /* 台账 */
    bool doubt;
};
const struct figure *town_figures(const struct town *town, size_t *ret_count);
/* The home page of a line of work: {"到期":[{"名":"隐患整改","台账":"隐患","日期":"期限","条件":"销号 = null"}]} and
 * {"矩阵":[{"名":"普查材料","台账":"普查提交","行":"村组","列":"材料","齐":"上报日 != null","应有":[{"行条件":"…","列条件":"…"}]}]}. */
struct due_figure {
    str name, where;
    const struct ledger *ledger;
    const struct field *day;     /* 日期: a 日 or 时 */
};
const struct due_figure *town_dues(const struct town *town, size_t *ret_count);
struct axis {
    const struct field *field;   /* 引, 枚 or 整 of the matrix's ledger; NULL: a single column */
    const struct ledger *target; /* of 引: whose records stand along this side */
    str where;                   /* 行条件, 列条件: over target */
};
struct owed {
    str row, column;             /* 应有: rows and columns whose cell must be filled; empty = all */
};
struct matrix {
    str name, note, where, done; /* 名 说明; 范围: which records count; 齐: when one is complete */
    const struct ledger *ledger;
    struct axis row, column;
    const struct field *shown;   /* 格: what a filled cell says; NULL: nothing */
    const struct owed *owed;     /* none: every cell is owed */
    size_t owed_count;
    bool mutual;                 /* 互相: what one did with another is done by both; nobody owes it to oneself */
};
const struct matrix *town_matrices(const struct town *town, size_t *ret_count);
/* The first hour of somebody new at a post, five short tasks:
 * {"入门":[{"角色":"领导","名":"批一件","做法":"…","去":"/","留痕":"办理"}]}. */
struct guide_task {
    str role, name, how, where;  /* where: the address of the page */
    str name_english, how_english; /* 英文名, 英文做法; empty: only Chinese */
    str act;                     /* 留痕: the fact of one's own that shows it is done */
    const struct ledger *ledger; /* and of which ledger; NULL: any */
};
const struct guide_task *town_guide(const struct town *town, size_t *ret_count);
/* 起始记录, records that a town begins with: packs/<pack>/rows/<english>.json, an array of objects as record_add takes
 * them. Each is known by its ledger's key. */
struct start {
    const struct ledger *ledger;
    const struct json *values;
    str key;                     /* its values of the key, as people write them: FJ-LG 1 */
};
const struct start *town_starts(const struct town *town, size_t *ret_count);

/* What packs have beside what the town has. */
struct start_news {
    const struct start *start;
    id record;                   /* none: refused */
    int64_t version;             /* of that record: who decides says which one was looked at */
    str trouble;                 /* of those refused: why */
    const struct start_difference {
        const struct field *field;
        str ours, theirs;        /* 本镇, 业务包; as people read them */
    } *differences;
    size_t difference_count;
};
struct starts_report {
    bool first;                  /* a new town: nothing of it was there before */
    struct start_news *added;    /* never given to this town before, and given now */
    struct start_news *differing; /* the packs say something else by now, and it was left as it is in the town */
    struct start_news *refused;  /* what the town has does not go together with them; tried again each time */
    size_t added_count, differing_count, refused_count;
};
/* Gives the town what it has never been given of them: a new one all, an older one what packs have added since, each by
 * 系统 as a fact. What the town has changed or withdrawn stays as it is. ret NULL: one that is refused is a fault. Under
 * a snapshot nothing is given, and the rest told as it is. */
[[nodiscard]] bool town_begin(struct tx *tx, const struct town *town, struct starts_report *ret);
struct who;
/* Of one that differs: `take` writes what the packs say over it, else the town's own stays and is not told again until the
 * packs have yet something else. Whoever may change the record decides; a fact either way. reason: empty, or why. */
[[nodiscard]] bool start_decide(struct tx *tx, const struct town *town, const struct who *who, const struct start_news *news, bool take,
                                str reason);
/* the definition as JSON members, for pages */
void ledger_describe(struct json_out *w, const struct town *town, const struct ledger *l);

/* ---- who may do what --------------------------------------------------------------------------------------- */

enum act { ACT_READ, ACT_ADD, ACT_CHANGE, ACT_STATE, ACT_WITHDRAW, ACT_IMPORT, ACT_EXPORT, ACT_REVEAL, ACT_AUDIT, ACT_DESTROY, ACT_SUPERVISE, ACTS };
extern const str act_names[ACTS]; /* 查看 新增 修改 流转 作废 导入 导出 查看敏感 审计 销毁 督办 */

/* One row of rights. Several rows for one ledger and act add up: a record is visible if any row shows it. */
struct grant {
    str ledger;          /* name, or "*" */
    unsigned acts;       /* 1 << ACT_… */
    bool whole_town;     /* else only rows of `group` and the groups under it */
    id group;
    bool masks;          /* sensitive fields are masked */
    const str *masked;   /* and these */
    size_t masked_count;
    str where;           /* FEEL row condition; empty = none. 本人 is who->staff, 本账号 who->account, as in list_query */
};

/* Somebody signed in at one post. Made by org; the command line acts as the system. */
struct who {
    id account, post;
    id staff;            /* the record of 干部 that the account is of; none: nobody's */
    str name;            /* shown in history */
    const struct grant *grants;
    size_t grant_count;
    bool system;         /* command line, demo, rebuild: everything, unmasked */
};

struct who who_copy(struct op *op, const struct who *who); /* for work that outlives the request it began in */

/* What `who` may see of a ledger under an act: an SQL condition with its arguments, and the masked fields. false:
 * FAULT_DENIED. */
struct right {
    bool all;                  /* no condition */
    str sql;                   /* over now_<ledger> t, parameters from $1 */
    const struct arg *args;
    size_t arg_count;
    const bool *masked;        /* [field_count] */
};
[[nodiscard]] bool right_for(struct op *op, const struct town *town, const struct who *who, const struct ledger *l,
                             enum act act, struct right *ret);
str right_key(struct op *op, const struct right *right); /* the same for rights that show the same rows */
/* Which of these records lie within it. */
[[nodiscard]] bool right_holds_each(struct tx *tx, const struct ledger *l, const struct right *right, const id *records,
                                    size_t count, bool *ret);
/* Whether whatever meets `where` lies within a right over the whole town: one without a condition, or one whose condition
 * `where` begins with (标签 = "退役军人" and 起 <= today()). No other form is understood. */
bool right_within(const struct who *who, const struct ledger *l, enum act act, str where);
/* Whether, of the village groups that they may see, they may see every record: that none is seen then says there is none. */
bool right_plain(const struct who *who, const struct ledger *l, enum act act);

/* ---- records ----------------------------------------------------------------------------------------------- */

/* What a reach shows of one record: no value, the value, a covered one, or what is not theirs to see at all. */
enum reached { REACH_NONE, REACH_SEEN, REACH_COVERED, REACH_HIDDEN };

struct record {
    id id;
    int64_t version, fact_no;
    str state;                 /* empty: the ledger has no states */
    bool withdrawn;
    time_ms added, changed;
    str title;
    struct json *values;       /* object, fields in definition order, masked ones masked: 张*三, 1522**********1234; then
                                * reaches that were asked for */
    struct json *labels;       /* for 引 and 多引: field -> title of the record referred to */
    const bool *masked;        /* [field_count] */
    const enum reached *reached; /* of each reach that was asked for, those of list_query.fields first; NULL: of none */
    id group;                  /* only when asked for (list_query); none: the town's own */
};

/* A record as JSON: {"id", "version", "state", "withdrawn", "added", "changed", "title", "values", "labels", "masked"};
 * the members alone, for an object that has more. */
void record_write(struct json_out *w, const struct ledger *l, const struct record *r);
void record_members_write(struct json_out *w, const struct ledger *l, const struct record *r);

/* Checks values as a save would, without saving; `id` none for a new record. Warnings are listed apart. */
struct warning {
    struct warning *next;
    str field, text;
};
[[nodiscard]] bool record_check(struct tx *tx, const struct town *town, const struct ledger *l, id id, const struct json *values,
                                struct warning **ret_warnings);
[[nodiscard]] bool record_add(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, const struct json *values,
                              struct warning **ret_warnings, struct record **ret);
/* The same for what may be sent twice because its answer was lost on the way: `command` is a number made by whoever sends
 * it. What the same account has sent to this ledger under it before is answered as it is now, and nothing is added. */
[[nodiscard]] bool record_add_once(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                                   id command, const struct json *values, struct warning **ret_warnings,
                                   struct record **ret, bool *ret_again);
/* `seen` is the version the person was looking at; a null member of patch empties the field. A record in a state from where no
 * way leads on (销号, 归档) is settled: what it says is corrected only with a reason. */
[[nodiscard]] bool record_change(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                                 id id, int64_t seen, const struct json *patch, str reason,
                                 struct warning **ret_warnings, struct record **ret);
/* 选自 of a 子 field: whom may be chosen, with those chosen already; and the choice, in one step: as many as 数 says and no more. */
struct choosable {
    id record;
    str title, note; /* note: what 示 says */
    bool taken;
};
struct choosing {
    const struct ledger *ledger; /* of the candidates */
    const struct field *count;   /* 数; NULL: any number */
    struct choosable *candidates;
    size_t candidate_count;
    int64_t wanted, have;        /* wanted -1: not said */
};
[[nodiscard]] bool choose_read(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, str field,
                               struct choosing *ret);
[[nodiscard]] bool choose_keep(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record, str field,
                               const id *chosen, size_t count, struct choosing *ret);
[[nodiscard]] bool record_state(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id id, int64_t seen,
                                str to, str reason, struct record **ret);
/* The same, led by a procedure (流程): its model says what follows what, not 流转; the rules of the ledger hold. */
[[nodiscard]] bool record_led(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id id, str to, str reason,
                              struct record **ret);
[[nodiscard]] bool record_withdraw(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id id, int64_t seen,
                                   str reason, struct record **ret);
[[nodiscard]] bool record_get(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                              id id, struct record **ret);
/* The same with further reaches, as list_query.reaches. */
[[nodiscard]] bool record_reached(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id id,
                                  const struct reach *const *reaches, size_t count, struct record **ret);
/* The same as it was at a fact number. NULL: there was none yet, or it is destroyed. */
[[nodiscard]] bool record_as_of(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                                id id, int64_t fact_no, struct record **ret);
/* Whether it lies within what `who` may do under an act; no right at all is an answer too. */
[[nodiscard]] bool record_within(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, enum act act, id record,
                                 bool *ret);
/* What it is called, for lists of other rooms: covered as for `who`, wholly where they may not read it. Empty: there is
 * no such record. */
[[nodiscard]] bool record_title(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                                id record, str *ret);
/* its village group; none: the town's own */
[[nodiscard]] bool record_group(struct tx *tx, const struct ledger *l, id record, id *ret);
/* The true values of masked fields; keeps a fact that says who looked and why. */
[[nodiscard]] bool record_reveal(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id id, const str *fields,
                                 size_t count, str reason, struct json **ret_values);
/* Destroys the personal values of a record by law (duties X8): bodies of its facts go, the chain still verifies, a fact
 * remains that says who approved it. */
[[nodiscard]] bool record_destroy(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                                  id id, str reason, str approval);

/* One change, newest first: who, when, from which post, field by field before -> after (masked as the reader's rights
 * say). */
struct change {
    int64_t fact_no, version;
    time_ms at;
    id account;
    str account_name, act, reason;
    struct json *fields;       /* array of {"字段","前","后"} */
};
[[nodiscard]] bool record_history(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id id,
                                  struct change **ret, size_t *ret_count);
/* Ledgers whose records refer to this one, with how many of them `who` may see; the page of a household is made of
 * this. */
struct relation {
    const struct ledger *ledger;
    const struct field *field;
    int64_t count;
};
[[nodiscard]] bool record_relations(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id id,
                                    struct relation **ret, size_t *ret_count);

/* ---- lists ------------------------------------------------------------------------------------------------- */

struct list_query {
    str where;                 /* FEEL, with names that walk over references (人.户.村组.名称); empty = all. 本人 and 本账号
                                * are who asks. Of records that they may not see it reads null */
    str find;                  /* words typed in the list's search box; empty = all */
    const str *sort;           /* names of fields or reaches, "-名" descending; the record id decides ties */
    size_t sort_count;
    str cursor;                /* opaque, from the page before; empty = from the start */
    int limit;                 /* 1 … LIST_LIMIT_MAX; 0 = 50 */
    bool count;                /* also count all that match */
    bool withdrawn;            /* include withdrawn records */
    bool takes;                /* it is to leave the office: records and reaches are those that may be exported */
    time_ms as_of;             /* 0 = now; with as_of_fact: the time of today() and now() */
    int64_t as_of_fact;        /* 0 = now */
    const str *fields;         /* only these; none = all fields. * is all fields; reaches are named */
    size_t field_count;
    const struct reach *const *reaches; /* further ones, beyond those that the ledger shows of itself */
    size_t reach_count;
    bool grouped;              /* list_each: also the village group of each record */
};
/* 截至: a day, which means its end; a moment; or 「#123」, a fact, which gives no moment. */
[[nodiscard]] bool as_of_read(struct op *op, str text, time_ms *ret_moment, int64_t *ret_fact);
struct list_page {
    struct record *records;
    size_t record_count;
    str next;                  /* cursor; empty = the end */
    int64_t count;             /* -1 when not asked for */
    bool slow;                 /* the condition was evaluated row by row, not by an index */
    str slow_reason;
};
enum { LIST_LIMIT_MAX = 1000 };
[[nodiscard]] bool list_read(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, const struct list_query *q,
                             struct list_page *ret);
/* The same page, its records written straight into `w` as an array of what record_write writes; ret->records is
 * NULL. */
[[nodiscard]] bool list_write(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, const struct list_query *q,
                              struct json_out *w, struct list_page *ret);
/* Visits every match in order with bounded memory: exports, counts by group, policies. The record lives until `each`
 * returns. */
[[nodiscard]] bool list_each(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, const struct list_query *q,
                             enum act act, bool (*each)(void *context, const struct record *r), void *context);
/* Whether a condition of a pack can be asked of this ledger at all; no fault, ret_trouble says what is the matter with
 * it. */
bool ledger_condition(struct op *op, const struct ledger *l, str where, str *ret_trouble);
[[nodiscard]] bool list_count(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                              str where, int64_t *ret);

/* Whole ledgers as cells, for those who compute over everybody. Read as the system: whoever asks must be allowed the
 * ledger, see right_for. In no order. */
struct cells_query {
    str where;                 /* FEEL; empty = all that are not withdrawn */
    const struct field *const *fields;
    size_t field_count;
    int64_t as_of_fact;        /* 0 = now */
    time_ms moment;            /* with as_of_fact: the time of today() and now(); 0 = that of the fact */
    const id *of; /* only those records; with `key` those whose reference `key` is one of them; NULL: all */
    size_t of_count;
    const struct field *key;   /* without `of`: those whose reference `key` is set at all; not as of a fact */
};
/* One cell a field, as in its column: text, whole scaled number, day, moment, truth 0 or 1, id, JSON; until `each`
 * returns. */
typedef bool cells_fn(void *context, id record, const struct arg *cells);
[[nodiscard]] bool cells_each(struct tx *tx, const struct ledger *l, const struct cells_query *q, cells_fn *each,
                              void *context);
/* The ledgers whose facts can change those cells, or which records they are of, beside the facts of l itself. */
[[nodiscard]] bool cells_sources(struct tx *tx, const struct ledger *l, const struct cells_query *q, const struct ledger ***ret,
                                 size_t *ret_count);
/* What records are called, uncovered; empty: it is not there. */
[[nodiscard]] bool record_titles(struct tx *tx, const struct ledger *l, const id *records, size_t count,
                                 int64_t as_of_fact, str *ret);

/* Adds up the records a list with this condition would show, rights and covered fields included. */
struct total_query {
    str where;                 /* FEEL; empty = all */
    const struct field *of;    /* NULL: only count the records */
    bool distinct, first;      /* of `of`: its different values; the first of its days */
    int64_t as_of_fact;        /* 0 = now */
    time_ms as_of;             /* with as_of_fact: the time of today() and now(); 0 = that of the fact */
};
struct list_total {
    int64_t rows, filled, distinct; /* records; those with a value of `of`; different values, those of a list each */
    dec sum;                   /* of a numeric field */
    bool dated;
    day first;
};
[[nodiscard]] bool list_total(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, const struct total_query *q,
                              struct list_total *ret);

/* Several questions that list_total will be asked of one ledger: those that follow from the records themselves are answered in
 * one reading of its table and kept for it. Asking ahead changes no answer. */
[[nodiscard]] bool list_totals_ahead(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                                     const struct total_query *queries, size_t count);

/* How records fall into parts, by the village group they belong to or by conditions that exclude one another. */
struct part_group {
    id group;
    size_t part;
};
struct total_parts {
    size_t count;
    const str *conditions;     /* [count] FEEL; NULL: by village group */
    const struct part_group *groups; /* a group that is not here is in no part */
    size_t group_count;
    size_t none;               /* the part of what belongs to no group; count: in no part */
};
/* What list_total gives for each part, with one question to the database or one reading of the ledger. ret[count] */
[[nodiscard]] bool list_totals(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, const struct total_query *q,
                               const struct total_parts *parts, struct list_total *ret);

/* A matrix filled with what `who` may see: its gaps are what is missing. */
enum { MATRIX_HEADS_MAX = 500 };
/* nothing owed, missing, there but not complete, complete */
enum cell_state { CELL_NONE, CELL_GAP, CELL_BEGUN, CELL_DONE, CELL_STATES };
struct matrix_head {
    str key, name;             /* of 引 the record's id, else the choice or number */
};
struct matrix_cell {
    enum cell_state state;
    int64_t records;
    id record;                 /* the only or last one */
    str text;
};
struct matrix_view {
    struct matrix_head *rows, *columns;
    size_t row_count, column_count;
    struct matrix_cell *cells; /* row by row */
    int64_t sums[CELL_STATES];
};
[[nodiscard]] bool matrix_read(struct tx *tx, const struct town *town, const struct who *who, const struct matrix *m,
                               struct matrix_view *ret);

/* ---- deadlines ------------------------------------------------------------------------------------------------- */

/* How long a thing may take stands in the ledger 时限规则, in rows with effective dates; which days are worked stands in
 * the yearly notices (packs/codes/work-calendar.csv) and, on top, in the ledger 工作日历. Procedures count by them (flow),
 * and so do expressions of ledgers: 到期日("XF-GZ", 收到). The rule is the one in force on the day it starts from.
 *
 *     struct deadline rule;
 *     bool found;
 *     day due;
 *     if (!deadline_rule(tx, town, S("XF-BJ"), day_of(2021, 8, 16), &rule, &found))
 *         return false;
 *     if (found && deadline_day(tx, town, &rule, day_of(2021, 8, 16), &due)) …
 *
 * The first day does not count (收到次日), unless the rule says 收到当日. 倒推至目标日 counts back from the day given. 固定日期 is
 * month and day, 1031, on or after it. 末日顺延: when the last day is not worked, the next that is; for what citizens may
 * do in that time. What they are told is never written into records: a changed rule holds for what starts under it. */
struct deadline {
    int64_t count, more;         /* 数量, 延长上限 */
    str unit, from, ratios;      /* 单位, 起算, 预警比例 */
    bool extends;                /* 末日顺延 */
    const struct json *actions;  /* 逾期动作; NULL: none */
};
[[nodiscard]] bool deadline_rule(struct tx *tx, const struct town *town, str code, day on, struct deadline *ret,
                                 bool *ret_found);
/* False: the rule counts in hours or minutes, or no such day is within a hundred years. */
bool deadline_day(struct tx *tx, const struct town *town, const struct deadline *rule, day start, day *ret);
bool deadline_hours(const struct deadline *rule, time_ms *ret); /* false: it counts in days */
/* The days that are worked, with those by which this town lives otherwise. */
const struct work_calendar *town_days(struct tx *tx, const struct town *town);

/* ---- search ------------------------------------------------------------------------------------------------ */

struct found {
    const struct ledger *ledger;
    id id;
    str title, note;           /* note: what matched, masked */
    str known;                 /* the covered field whose whole number was typed; empty: none. Tell record_known */
};
/* As you type, across ledgers, best first: Chinese substrings, pinyin (zhangsan), initials (zs), the tail of an ID or
 * telephone number. */
[[nodiscard]] bool search(struct tx *tx, const struct town *town, const struct who *who, str typed, int limit,
                          struct found **ret, size_t *ret_count);
/* Leaves the trace that somebody found a record by the whole number of a field that is covered for them. */
[[nodiscard]] bool record_known(struct tx *tx, const struct who *who, const struct found *found);

/* ---- Excel ------------------------------------------------------------------------------------------------- */

/* Long work reports through this; the answer false cancels. A cancelled or failed import leaves nothing. */
struct progress {
    bool (*tell)(void *context, str stage, int64_t done, int64_t total);
    void *context;
};
/* What the person says once for the whole sheet: 方式 公文交换. New records whose row leaves the field blank get it, read as
 * a cell would be. */
struct import_said {
    str field, text;
};
enum { IMPORT_SAID_MAX = 20 };
struct import_options {
    str path;                  /* the workbook */
    str file_name;             /* as the person knows it; may name the village group */
    str sheet;                 /* empty: the first sheet whose heading is recognised */
    bool dry_run;
    bool good_rows;            /* keep the good rows although some are bad */
    const struct import_said *said;
    size_t said_count;
    str errors_path;           /* where the same workbook with red cells and comments goes; empty: nowhere */
    struct progress progress;
};
struct import_report {
    int64_t rows, added, changed, unchanged, bad, skipped; /* skipped: group rows, subtotals, blank rows */
    int64_t made_other;        /* records of other ledgers found missing and made, e.g. households */
    str other_ledger;
    str sheet;                 /* all that were read, joined by 、: a workbook may have one for each village */
    struct json *columns;      /* of the first: array of {"列":"C","表头":"身份证号","字段":"证件号"|null} */
    struct json *errors;       /* array of {"工作表","行","列","字段","值","说明"}, first 1000 */
    struct json *warnings;
    struct json *lacks;        /* array of names: fields that must be filled in, of which the first sheet says nothing */
    bool kept;                 /* false: dry run or refused */
    bool errors_written;
};
/* 「方式=公文交换；签收人=包文龙」 */
[[nodiscard]] bool import_said_read(struct op *op, str text, const struct import_said **ret, size_t *ret_count);
[[nodiscard]] bool import_workbook(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                                   const struct import_options *o, struct import_report *ret);
/* After the commit of a large import: makes quick to read, and to be found by search, what is kept already. Also when a
 * store is opened for writing, for what was broken off. No tx may be open. */
[[nodiscard]] bool town_settle(struct store *store, struct op *op, const struct town *town);

struct export_options {
    struct list_query query;
    bool csv;
    bool blank;                /* a template: heading and checks only */
    bool sheet;                /* only the columns of the office's sheet; else the other fields follow them */
    str title;                 /* empty: town, ledger, date */
    struct progress progress;
    bool (*write)(void *context, str bytes); /* false: the receiver has gone */
    void *context;
};
[[nodiscard]] bool export_list(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l,
                               const struct export_options *o, int64_t *ret_rows);

/* Something leaves the office (an export, a printed report, a filled form): a fact says who took what. In a writing
 * transaction, before the first byte goes. `ledger`: English name; empty: of the town. */
[[nodiscard]] bool taken_out(struct tx *tx, const struct who *who, str ledger, str what);

/* Recreates every derived table and the search index from facts. ret_different: records whose row was not what the
 * facts say. */
[[nodiscard]] bool town_rebuild(struct tx *tx, const struct town *town, struct progress progress, int64_t *ret_records,
                                int64_t *ret_different);
