/* The inside of ledger: what a definition becomes when it has been read, and a row in memory. */
#pragma once

#include "ledger/check.h"
#include "ledger/ledger.h"

#define GROUP_LEDGER S("村组")

enum {
    LEDGERS_MAX = 1000,             /* the whole mission has some 180 */
    FIELDS_MAX = 300,               /* the widest sheet of an office has 80 columns */
    DEFINITION_BYTES_MAX = 1 << 20,
    CODE_LIST_BYTES_MAX = 8 << 20,
    CHOICES_MAX = 5000,
    GROUP_VIA_MAX = 4,
    SERIAL_PARTS_MAX = 8,
};

#define TITLE_COLUMN S("_title")
#define LEDGER_BEGINS_NEXT S("接着：") /* 默认 接着：全宗号|年度 */
#define LEDGER_BEGINS_MATCH S("相符：") /* 默认 相符：岗=岗|起<=日期|止>=日期: fields of what is referred to, and of this record */

/* What a name in an expression of a ledger stands for. */
enum source_kind {
    SOURCE_FIELD, SOURCE_ID, SOURCE_STATE, SOURCE_ADDED, SOURCE_CHANGED, SOURCE_GROUP, SOURCE_PATH, SOURCE_REACH, SOURCE_WORKDAYS
};
struct source {
    enum source_kind kind;
    int field; /* SOURCE_FIELD; of a path: the field that refers, -1 for the village group; which of the workdays */
    const struct plan *target;  /* of a path: the ledger referred to */
    enum source_kind of;        /* of a path and a reach: FIELD or STATE of the record referred to */
    int of_field;
    const struct reach *reach;  /* 人.户.住址: reach_scope. Of a state it has no end */
};
/* What a name of a tree of a ledger stands for. */
static inline const struct source *source_of(const struct feel *tree, int name)
{
    return &((const struct source *)feel_scope_of(tree)->meanings)[name];
}

/* 号: literal text, a value, the year or the day of today or of a date of the record, a number of so many digits. */
struct serial_part {
    enum { SERIAL_TEXT, SERIAL_YEAR, SERIAL_DAY, SERIAL_VALUE, SERIAL_NUMBER } kind;
    str text;
    int source, digits;         /* source: of the scope; of a year or a day -1: today's */
};
struct serial {
    struct serial_part parts[SERIAL_PARTS_MAX];
    size_t count;
    bool dated;                 /* a part is the year or the day of a date of the record */
};

/* A field of another ledger that refers to this one. */
struct inward {
    const struct plan *from;
    int field;
};

/* Some columns of a now_ table: what row_take reads, over the table as t. pick.c */
struct pick {
    str sql;
    const int *columns;
    size_t count;
};

/* A 计 made ready: FEEL over the other ledger. */
struct tally_plan {
    const struct plan *from;
    int by;                     /* field of `from`; -1: 归属, the village group and all groups under it */
    int sum;                    /* field of `from`; -1: count */
    struct feel *where;         /* NULL: all */
};

struct plan {
    struct ledger def;          /* first: a const struct ledger * of a town is a plan */
    const struct town *town;
    struct table table;
    struct map by_name;         /* 名, 英文名, 原名 -> struct field */
    const struct field **stored; /* stored[i] fills column i */
    str *stored_keys;           /* their names as json_key writes them */
    size_t stored_count;
    int group_column, key_column, title_column; /* key_column -1: one field is the key and unique itself */
    struct feel_scope scope;
    struct source *sources;     /* of scope.names */
    struct feel *title;
    const struct feel_piece *title_pieces; /* NULL: it is more than texts put together */
    const int *title_fields;    /* of this ledger, that the title names */
    size_t title_field_count;
    bool title_moving;          /* depends on today or on other records: made on reading */
    struct feel **formula, **initial; /* [field_count] */
    const struct plan **targets; /* [field_count] the ledgers that 引 and 多引 refer to */
    struct tally_plan **tally;
    struct serial **serial;
    const int *order;           /* computed fields by formula, each after those it needs */
    size_t order_count;
    int group_via[GROUP_VIA_MAX]; /* fields that refer towards the village group; the first that has a value counts */
    size_t group_via_count;
    bool is_group;              /* the ledger 村组 itself: a group belongs to itself */
    struct inward *inward;
    size_t inward_count;
    const struct heads *heads;  /* 户主 of 户 and 人: head.c; NULL: neither of the two */
    struct across *across;      /* 跨记录 */
    size_t across_count;
    struct rename *renames;
    size_t rename_count;
    const struct json *sheet_json; /* 表头, until it is linked */
    const struct json *list_json;  /* 列表 */
    str *column_sql;            /* t."姓名" of each column */
    const bool *titled;         /* the columns that titles follow from, here and where others refer to this ledger */
    const bool *searched;       /* those, and what records are found by */
    struct pick whole, lean;    /* all columns; those, and what other ledgers show of it */
    const char *sql_lean;       /* one row of them, by record */
    str digest;                 /* of everything that its derived rows follow from */
    int navigation;
};

struct town {
    struct op *op;
    struct plan **plans;        /* in navigation order */
    size_t count;
    struct map by_name;
    const struct plan *groups;  /* 村组; NULL: a town of one */
    struct work_calendar *calendar;
    struct figure *figures;
    size_t figure_count;
    struct guide_task *guide;
    size_t guide_count;
    struct due_figure *dues;
    size_t due_count;
    struct matrix *matrices;
    size_t matrix_count;
    struct start *starts;
    size_t start_count;
    struct map pinyin;          /* text -> struct reading: overrides of packs/codes/pinyin.csv */
    const void *pinyin_order;   /* of characters by their sound, for all threads; NULL: not to be had */
};

static inline const struct plan *plan_of(const struct ledger *l) { return (const struct plan *)(const void *)l; }
static inline int field_index(const struct plan *p, const struct field *f) { return (int)(f - p->def.fields); }

/* ---- a row in memory ------------------------------------------------------------------------------------------ */

/* Cells are the columns of now_: struct arg, one per table column. What an expression may ask of it comes from here. */
struct row {
    struct tx *tx;
    const struct plan *plan;
    id record;
    struct row_head head;
    struct arg *cells;              /* [plan->table.count] */
    const bool *masked;             /* NULL: nothing */
    int64_t as_of;                  /* references are read as of this fact; 0: now */
    time_ms moment;                 /* with as_of: when that was, for today() and what follows from it */
    struct counts *counts;          /* with as_of */
    struct labels *labels; /* reading a page: rows referred to are shared, and the stored village group holds */
    struct row **referred;          /* [field_count + 1] rows already read for paths; the last is the village group's */
    struct arg *moving;             /* [field_count] tallies and moving fields already computed */
    bool *moving_known;
    bool hide;                      /* expressions see masked values: titles */
    const struct field *misfit;     /* a value of the fact that is not of this field's type any more; it was left out */
    bool broken; /* the database failed while an expression was being evaluated; a fault is recorded */
};

/* What a list shows of each record. */
struct shown {
    const bool *fields;             /* [field_count]; NULL: all */
    const struct reach *const *reaches;
    size_t reach_count;
};

void row_init(struct row *row, struct tx *tx, const struct plan *plan);
[[nodiscard]] bool row_load(struct row *row, id record, bool *ret_found);
/* keep: texts are copied; else they live until the next row of `rows`. */
void row_take(struct row *row, struct rows *rows, const struct pick *pick, bool keep);
/* Adds to `columns` those that a field or an expression needs; what another record has to have for it is in its plan's
 * lean. */
void pick_field(struct op *op, const struct plan *plan, int field, bool *columns);
void pick_tree(struct op *op, const struct plan *plan, const struct feel *tree, bool *columns);
struct pick pick_columns(struct op *op, const struct plan *plan, const bool *columns); /* NULL: all */
/* The cell a name stands for, covered where expressions see covered values. False: it stands for no field. */
bool row_named(struct row *row, const struct source *s, const struct field **ret_field, struct arg *ret);
feel_value row_source(struct row *row, const struct source *s);
feel_value row_eval(struct row *row, const struct feel *tree);
struct labels;
/* The same for somebody who asks: what they may not see of other records is null. NULL: the town itself asks. ret_steps: how many
 * steps that took. */
feel_value row_asked(struct row *row, const struct feel *tree, struct labels *asker, int64_t *ret_steps);
/* A stored or moving field's cell. */
struct arg row_cell(struct row *row, const struct field *f);
/* Computes the stored computed fields, the key, the title and the village group. */
[[nodiscard]] bool row_derive(struct row *row);
[[nodiscard]] bool row_group(struct row *row, id *ret);
str row_title_make(struct row *row);                   /* of the cells as they are, or hidden */
str row_title(struct row *row);                        /* as may be seen by whom the row is masked for */
/* The values of a fact's body into cells; members that no field has any more are left out. */
[[nodiscard]] bool row_from_fact(struct row *row, const struct fact *fact);
str row_body(struct row *row, str reason);              /* the body of its next fact */
/* The record as `shown` (NULL: all fields) has it; labels cost a look-up each. */
struct labels *labels_new(struct tx *tx, const struct who *who);
/* reaches are shown for this act: what goes out must be allowed to go out */
void labels_act(struct labels *labels, enum act act);
bool labels_plain(struct labels *labels, const struct plan *plan); /* right_plain */
/* What may be seen through references: the ledger's right (NULL: none at all), and whether this record is within it. */
const struct right *labels_right(struct labels *labels, const struct plan *plan);
[[nodiscard]] bool labels_within(struct labels *labels, const struct plan *plan, id record, bool *ret);
/* conditions or further reaches will be asked of the rows: what they refer to is read with all its columns */
void labels_whole(struct labels *labels);
[[nodiscard]] bool row_record(struct row *row, struct labels *labels, const struct shown *shown, struct record *ret);
/* The row that a field refers to; NULL: none, or not there. field -1: the village group. */
struct row *row_referred(struct row *row, int field, const struct plan *target);
/* A field's label, for 引 and 多引: titles of the records referred to, as JSON. */
[[nodiscard]] bool label_write(struct row *row, const struct field *f, struct arg cell, struct json_out *w);
/* The record written straight out, in the shape of record_write. One form serves all rows of a page. */
struct row_form;
struct row_form *row_form_new(struct op *op, const struct plan *plan, const bool *masked, const struct shown *shown);
[[nodiscard]] bool row_write(struct row *row, struct labels *labels, const struct row_form *form, struct json_out *w);

/* ---- reaches: reach.c ------------------------------------------------------------------------------------------- */

#define REACH_UNSEEN S("无权查看")      /* stands where a value is that the reader may not see */
/* Its value for whom row->labels are of. ret_at: the row it is a cell of. */
[[nodiscard]] bool reach_read(struct row *row, const struct reach *reach, enum reached *ret, struct arg *ret_cell, struct row **ret_at);
/* "人.户.住址" from p; false: ret_why says what is the matter. */
bool reach_find(struct op *op, const struct plan *p, str name, struct reach *ret, str *ret_why);
/* The columns that records on the way must have at hand: wanted is English name -> bool[]. */
void reach_wanted(struct op *op, const struct plan *p, const struct reach *reach, struct map *wanted);
void reach_pick(struct op *op, const struct plan *p, const struct reach *reach, bool *columns); /* of p itself */
/* The record at its end, or why there is none to be seen: REACH_SEEN, REACH_NONE or REACH_HIDDEN. asker NULL: all may be
 * seen. */
[[nodiscard]] bool reach_row(struct row *row, const struct reach *reach, struct labels *asker, enum reached *ret,
                             struct row **ret_at);
/* The names that an expression of p may use: those of p, and what the text reaches beyond them. */
const struct feel_scope *reach_scope(struct op *op, const struct plan *p, str text);
/* The plan that step i leads to. */
const struct plan *reach_step(const struct plan *p, const struct reach *reach, size_t i);

/* ---- walks: walk.c ----------------------------------------------------------------------------------------------- */

enum { WALKS_MAX = 64 };
struct walk {
    str path;                     /* 户.村组: where a record of `ledger` stands, as an expression says it */
    const struct ledger *ledger;
    const struct field *field;    /* what is asked of it; NULL: its state, or what follows from others */
    const struct field *back;     /* 计: no path; this field of it refers to the record that counts it */
    bool valued;                  /* asked for what is added up, not for the condition */
};
/* The other ledgers that this condition over `l`, and the values of `of` (NULL: none), look at. */
void walks_of(struct op *op, const struct ledger *l, str where, const struct field *of, struct walk **ret, size_t *ret_count);

/* A ledger as it was at fact `no`, in the order of record ids. The table says which records there are and, of those
 * that nobody has written since, what they were; of the others the fact of then is read. What was destroyed by law is
 * not there any more. */
struct past {
    struct tx *tx;
    const struct plan *plan;
    int64_t no;
    time_ms moment;
    struct counts *counts;
    const bool *masked;
};
struct past past_at(struct tx *tx, const struct plan *plan, int64_t no, time_ms moment, struct counts *counts);
/* after: NULL: from the first. A row that is not kept lives until `each` returns, with all memory taken since. */
enum past_next { PAST_DROP, PAST_KEEP, PAST_STOP };
typedef bool past_fn(void *context, struct row *row, enum past_next *ret);
[[nodiscard]] bool past_each(const struct past *past, const id *after, past_fn *each, void *context);
[[nodiscard]] bool past_row(const struct past *past, id record, struct row *row, bool *ret_found);

/* Counts as of a fact: each made once for all rows that share `counts`. */
struct counts;
struct counts *counts_new(struct op *op);
[[nodiscard]] bool tally_as_of(struct row *row, int field, int64_t *ret);

feel_value cell_value(struct op *op, const struct field *f, struct arg cell);
/* of a computed field; what does not fit is NUL */
struct arg value_cell(struct op *op, const struct field *f, feel_value v);
struct arg checked_cell(struct op *op, const struct field *f, const struct checked *c);
void cell_write(struct op *op, const struct field *f, struct arg cell, struct json_out *w);
bool cell_json(struct op *op, const struct field *f, struct arg cell, struct json *ret); /* false: empty */
/* false: not of the field's type */
bool json_cell(struct op *op, const struct field *f, const struct json *value, struct arg *ret);
str  cell_text(struct op *op, const struct field *f, struct arg cell); /* as a person reads it */
struct arg cell_masked(struct op *op, const struct field *f, struct arg cell);
bool cell_eq(struct arg a, struct arg b);
struct json *cell_list(struct op *op, str text); /* of a cell of several values; NULL: it is none */

/* ---- shared --------------------------------------------------------------------------------------------------- */

extern const struct feel_type *const field_feel_types[F_TYPES];
extern const enum column_type field_columns[F_TYPES];

/* SQL of expressions over now_<plan> under an alias. args grows; first parameter is $(arg count + 1). */
struct sql {
    struct buf text;
    struct op *op;
    struct { struct arg *p; size_t n, cap; } args;
    bool counts;                /* every row that answers will be read: see few_values and sql_across in sql.c */
    bool all_rows;              /* and those that do not: nothing is kept from indexes, as none is asked */
    struct { struct joined *p; size_t n, cap; } joins; /* counts: the records that conditions look into */
};
struct conditions { str *p; size_t n, cap; };
struct joined {
    const struct plan *of;
    str key;                    /* which record: SQL */
};
void sql_init(struct sql *s, struct op *op);
void sql_add(struct sql *s, const char *text);
void sql_str(struct sql *s, str text);
void sql_arg(struct sql *s, struct arg a);            /* appends $n */
str  sql_column(struct op *op, str alias, str column); /* t."列" */
struct args sql_args(const struct sql *s);
const char *sql_z(struct sql *s);
str  sql_key(const struct sql *s);                     /* text and parameters: the same for the same question */
/* the derived tables that it names */
void sql_tables(const struct sql *s, const str **ret, size_t *ret_count);
/* A number that the query always gives, such as a count. Counting a large ledger takes milliseconds, and every page of
 * it shows the count: for readers it is made once per state of the database. */
[[nodiscard]] bool sql_int(struct tx *tx, struct sql *s, int64_t *ret);
/* `tree` as a condition. False: ret_reason says why not; nothing was added. */
bool sql_condition(struct sql *s, const struct plan *plan, const struct feel *tree, str alias, str *ret_reason);
/* What of a condition must hold together: (a and (b and c)) is a, b, c. */
void sql_conjuncts(struct op *op, str condition, struct conditions *ret);
bool sql_same(const struct sql *s, str a, str b);      /* but for the numbers of parameters that have one value */
void sql_renumber(struct sql *s);                      /* parameters as they appear; what is not named any more goes */
/* The pieces of an expression's text, all of it in order: words, what stands between them byte by byte. `paths`: a word
 * has its points (人.户.住址). `quoted`: the piece is of a text in quotes, and no word.
 *
 *     struct text_walk all = {.text = text};
 *     for (str piece; walk_next(&all, &piece);) … */
struct text_walk {
    str text;
    bool paths, quoted;
    size_t at;                  /* where the next one begins */
};
bool walk_next(struct text_walk *all, str *ret);
/* The next name of the scope in an expression's text, from *at on; *at moves behind it. Texts in quotes are passed
 * over. */
bool name_next(const struct feel_scope *scope, str text, size_t *at, size_t *ret_from, int *ret_name);
str  sql_tally(struct op *op, const struct plan *plan, int field, str alias);
str  sql_table(struct op *op, const struct plan *plan); /* "now_person" */
/* What the record `key` of `of` has in a column, null where there is none. */
str  sql_across(struct sql *s, const struct plan *of, str key, str column);
/* What a reach says in SQL over an alias; empty: only rows can tell. */
str  reach_sql(struct sql *s, const struct plan *p, const struct reach *reach, str alias);
/* " from now_person t left join now_household j0 on …": what conditions under alias t, written before, look into */
str  sql_from(const struct sql *s, const struct plan *plan);
/* (…) of group ids: root, an SQL text, and all below it */
str  sql_groups_under(struct op *op, const struct plan *groups, str root);
const struct field *group_parent(const struct plan *groups);

/* A condition with 本人 (the 干部 of the account) and 本账号 put in: texts of ids, null where there is none. Both executors
 * and every door then see the same plain FEEL. */
str who_condition(struct op *op, const struct who *who, const struct plan *plan, str text);
/* May `who` do this at all? For ledgers seen through others. */
bool right_ask(struct op *op, const struct who *who, const struct plan *plan, enum act act, struct right *ret);
/* Whether this record is within a right. */
[[nodiscard]] bool right_holds(struct tx *tx, const struct plan *plan, const struct right *right, id record, bool *ret);

/* What is wrong with a condition or formula that names a field 子; empty: none does. */
str children_asked(struct op *op, const struct plan *p, const struct feel *tree);
/* Refuses a condition that names what `who` sees covered, or a field 子. ret_partly: not NULL: it looks into a ledger of which they see
 * only a part; then each row is asked, and what they do not see is null. */
[[nodiscard]] bool where_allowed(struct op *op, const struct who *who, const struct plan *plan, const struct right *right,
                                 const struct feel *tree, const struct plan **ret_partly);
/* The right's condition over alias t, as the first in s. */
void right_add(struct sql *s, const struct right *right);
/* right_for and right_holds together; DENIED when the record is outside. */
[[nodiscard]] bool right_check(struct tx *tx, const struct who *who, const struct plan *plan, enum act act, id record,
                               struct right *ret);

/* The same of a row in memory, as it was; with the village groups as they stand now. */
struct right_rows;
[[nodiscard]] bool right_rows_new(struct tx *tx, const struct who *who, const struct plan *plan, enum act act,
                                  struct right_rows **ret);
[[nodiscard]] bool right_row(struct right_rows *r, struct row *row, bool *ret);
/* The same of a row that is about to be written: a village group will stand under the superior it names. */
[[nodiscard]] bool right_row_new_place(struct right_rows *r, struct row *row, bool *ret);
/* A superset of what the right shows, for the search index. */
[[nodiscard]] bool right_scope(struct tx *tx, const struct who *who, const struct plan *plan, enum act act,
                               struct search_scope *ret);

/* Rules and days are read once for a tx. Before a loop that gives memory back after each row: what was read stays. */
void deadlines_begin(struct tx *tx, const struct town *town);
/* a record of this ledger was written */
void deadlines_written(struct tx *tx, const struct plan *plan);

/* Functions of working days, as names of every ledger's scope: workdays.c. */
size_t workdays_names(void);
str workdays_name(size_t i, const struct feel_type **ret);
feel_value workdays_function(struct tx *tx, const struct town *town, size_t i);

/* What search finds a record by. */
/* puts it into the index; fresh: it has never been there */
[[nodiscard]] bool row_searchable(struct row *row, bool fresh);
size_t searched_fields(const struct ledger *l, const str **ret);
bool row_found(struct row *row, str typed);             /* by what is shown of it */
/* The best hits for what was typed in these ledgers, masked fields found only by what is shown of them; knows: or by the whole
 * of a citizen's number. */
struct hits {
    struct search_hit *p;
    size_t n;
    const struct plan **plans;  /* of each */
    int *fields;                /* that matched; -1: unknown */
    bool *known;                /* by the whole number, though it is covered */
};
[[nodiscard]] bool search_hits(struct tx *tx, const struct who *who, const struct plan *const *plans, size_t count, str typed, int limit,
                               bool knows, struct hits *ret);
str pinyin_given(const struct town *town, str name);    /* 小明 of 王小明; empty: it is no name of surname and given name */
struct spelling {
    str text;
    bool initials;
};
/* All spellings of a name, full and initials: 单于明 -> shanyuming, sym, chanyuming, cym. */
size_t pinyin_of(const struct town *town, struct op *op, str name, struct spelling *ret, size_t max);

/* nearby.c: remembered during a tx once a bulk has begun. */
struct nearby;
void nearby_begin(struct tx *tx);
void nearby_rest(struct tx *tx);                       /* nothing of it is in use: it may be begun anew */
/* row_load; the cells are not the caller's to change */
[[nodiscard]] bool nearby_row(struct row *row, id record, bool *ret_found);
/* there is such a record, not withdrawn: known without asking */
bool nearby_has(struct tx *tx, const struct plan *plan, id record);
void nearby_keep(const struct row *row);
void nearby_renew(const struct row *row);                                   /* what is remembered of it is to be this */
/* it will be there, but nothing is known of it yet */
void nearby_coming(struct tx *tx, const struct plan *plan, id record);
void nearby_forget(struct tx *tx, const struct plan *plan, id record);
void nearby_written(const struct row *row);
/* Whether a record, not withdrawn, may have this value in this column; false is certain. So new values cost no
 * asking. */
[[nodiscard]] bool nearby_maybe(struct tx *tx, const struct plan *plan, int column, struct arg value, bool *ret);
/* The last number given with this prefix; false: not known here. */
bool nearby_serial(struct tx *tx, const struct field *f, str prefix, int64_t *ret);
void nearby_serial_read(struct tx *tx, const struct field *f, str prefix, int64_t last); /* by the database */
void nearby_serial_raised(struct tx *tx, const struct field *f, str prefix, int64_t to);
size_t nearby_pinyin(struct tx *tx, const struct town *town, str name, struct spelling *ret, size_t max);
[[nodiscard]] bool pinyin_load(struct op *op, str file, struct map *ret);
const void *pinyin_order(struct op *op);

[[nodiscard]] bool group_moved(struct tx *tx, const struct plan *plan, id record); /* dependants follow */
/* The rows/ of all packs. */
[[nodiscard]] bool starts_read(struct op *op, struct town *town, str packs_folder);
