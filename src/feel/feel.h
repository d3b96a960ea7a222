/* feel: the one expression language (FEEL of DMN 1.5) for constraints, computed fields, filters, flow conditions,
 * decision tables and report placeholders. A county clerk can read it:  年龄 >= 60 and 户籍类别 = "本镇"
 *
 * Parse once into a read-only tree that any thread may share, run it for every row:
 *
 *     static const struct feel_name names[] = {{SC("年龄"), &feel_number}, {SC("户籍 类别"), &feel_text}};
 *     struct feel_scope scope = {.names = names, .count = COUNT(names)};
 *     struct feel *rule;
 *     if (!feel_parse(op, S("年龄 >= 60 and 户籍 类别 = \"本镇\""), &scope, &rule))
 *         return false;                                  // 第1行第9字：……
 *     struct feel_run run = {.op = op, .value = cell_of, .from = row};
 *     feel_value v = feel_eval(&run, rule);
 *     if (feel_true(v)) …
 *
 * Names may be Chinese, contain spaces and even operators (`人均-年收入`): the longest name in scope wins, so the scope
 * must be given. Full-width punctuation is a letter to FEEL; the parser says so when a text looks mistyped.
 * Evaluation never fails: what cannot be computed is null, and run.notes says why and where (DMN 1.5, 10.3.2). So is all of
 * what was stopped at a limit of time, memory or length (run.stopped): a value of what was done until then would be a wrong one.
 * Truth has three values: true, false, null (unknown); only feel_true counts as yes.
 * Numbers are exact decimals (base/decimal.h). Time comes from op->now; the language has no other side.
 * Standard: OMG DMN 1.5 (formal/24-01-01), clause 10.3; clauses are named where a rule needs its source.
 * Ownership: trees live in the op that parsed them, values in run.op. */
#pragma once
#include "base/base.h"
#include "base/decimal.h"

enum {
    FEEL_TEXT_MAX = 1 << 16,      /* bytes of one expression; the longest of a real policy is under 4 000 */
    FEEL_DEPTH_MAX = 200,         /* nested brackets; people lose track at 5, the C stack far later */
    FEEL_CALLS_MAX = 400,         /* nested calls of functions written in FEEL */
    FEEL_FRAMES_MAX = 1500,       /* evaluations within each other, calls and brackets together: under 2 MB of stack */
    FEEL_STEPS_MAX = 20000000,    /* evaluation steps of one feel_eval: some seconds, then null with a note */
    FEEL_LIST_MAX = 200000,       /* items of a list made by a range or a for: more than a town has people */
    FEEL_NOTES_MAX = 50,
    FEEL_STRING_MAX = 16 << 20,   /* bytes of one text made by an expression */
    FEEL_SIZE_MAX = 8000000,      /* values within one value, shared ones counted each time they occur */
    FEEL_NESTING_MAX = 100,       /* lists and contexts within each other: they are walked by recursion */
    FEEL_BYTES_MAX = 64 << 20,    /* memory one feel_eval may take: several people may each try one in an office's small machine */
};

/* ---- types ------------------------------------------------------------------------------------------------- */

enum feel_kind {
    FEEL_NULL,
    FEEL_BOOL,
    FEEL_NUMBER,
    FEEL_TEXT,
    FEEL_DATE,
    FEEL_TIME,
    FEEL_DATE_TIME,
    FEEL_SPAN,     /* days and time duration */
    FEEL_MONTHS,   /* years and months duration */
    FEEL_LIST,
    FEEL_CONTEXT,
    FEEL_RANGE,
    FEEL_FUNCTION,
    FEEL_ANY,      /* types only: no value has this kind */
    FEEL_KINDS
};

struct feel_type;
struct feel_field {
    str name;
    const struct feel_type *type;
};
/* NULL stands for feel_any everywhere. Types built by callers must live as long as the tree. */
struct feel_type {
    enum feel_kind kind;
    const struct feel_type *of;        /* list: of its items; range: of its ends; function: its result */
    const struct feel_field *fields;   /* context: entries; function: parameters */
    size_t field_count;
};
extern const struct feel_type feel_any, feel_bool, feel_number, feel_text, feel_date, feel_time, feel_date_time,
    feel_span, feel_months, feel_list_any, feel_list_text, feel_context_any;
const struct feel_type *feel_type_named(str name); /* number, date and time, dateTime, …; NULL: not built in */
str feel_type_text(struct op *op, const struct feel_type *type); /* list<number> */
str feel_type_said(struct op *op, const struct feel_type *type); /* the same to people: 数的列表 */
str feel_kind_said(enum feel_kind kind);                         /* 数 */

/* ---- values ------------------------------------------------------------------------------------------------ */

struct feel_zone; /* an offset or a named zone; NULL is local time without a zone */

/* A copied value. Lists, contexts, ranges and functions point into the op and never change. */
typedef struct feel_value {
    enum feel_kind kind;
    union {
        struct {
            uint32_t size : 24, depth : 8; /* LIST, CONTEXT: of all inside; kept by feel_of_list and feel_of_context */
        };
        uint32_t late;       /* DATE_TIME: the second of an hour that comes twice; only arithmetic gets there */
    };
    union {
        bool truth;
        dec number;
        str text;
        struct {
            int64_t day;     /* since 1970-01-01; DATE, DATE_TIME; years to ±999,999,999 */
            int64_t ns;      /* of the day; TIME, DATE_TIME */
            const struct feel_zone *zone;
        };
        struct {
            int64_t seconds; /* SPAN: seconds × 10^9 + nanos; 0 <= nanos < 10^9, so -0.5 s is {-1, 500000000} */
            int64_t nanos;
        };
        int64_t months;
        struct {
            const struct feel_value *items;
            size_t count;
        };
        const struct feel_context *context;
        const struct feel_range *range;
        const struct feel_function *function;
    };
} feel_value;

struct feel_entry {
    str name;
    feel_value value;
};
struct feel_context {
    const struct feel_entry *entries; /* in order, names unique */
    size_t count;
};
struct feel_range {
    feel_value low, high;          /* null: open to that side when has_… is false */
    bool low_closed, high_closed;
    bool has_low, has_high;
    bool differs;                  /* (!=x): everything but low */
    bool unary;                    /* written (< x), (>= x), (= x) */
};

static inline feel_value feel_null(void) { return (feel_value){.kind = FEEL_NULL}; }
static inline feel_value feel_of_bool(bool b) { return (feel_value){.kind = FEEL_BOOL, .truth = b}; }
static inline feel_value feel_of_dec(dec d) { return (feel_value){.kind = FEEL_NUMBER, .number = d}; }
static inline feel_value feel_of_int(int64_t n) { return feel_of_dec(dec_of(n)); }
static inline feel_value feel_of_text(str s) { return (feel_value){.kind = FEEL_TEXT, .text = s}; }
static inline feel_value feel_of_day(day d) { return (feel_value){.kind = FEEL_DATE, .day = d}; }
feel_value feel_of_time(time_ms t);   /* date and time at +08:00 */
feel_value feel_of_list(const feel_value *items, size_t count);
void feel_weigh(feel_value *container, feel_value item); /* for a list that grows: what feel_of_list does per item */
feel_value feel_of_context(struct op *op, const struct feel_entry *entries, size_t count);

static inline bool feel_is_null(feel_value v) { return v.kind == FEEL_NULL; }
static inline bool feel_true(feel_value v) { return v.kind == FEEL_BOOL && v.truth; }
feel_value feel_get(feel_value context, str name);          /* null: no such entry */

/* Clause 10.3.2.13: equality is true, false or null; ret_order is -1, 0 or 1, and false means not comparable. */
feel_value feel_equal(feel_value a, feel_value b);
bool       feel_order(feel_value a, feel_value b, int *ret_order);
bool       feel_same(feel_value a, feel_value b);           /* equal, with null equal to null; for tests and grouping */
bool       feel_is(feel_value v, const struct feel_type *type);
/* Conversions of clause 10.3.2.9.4: one item to list, list of one to item, date to date and time. False: null is
 * left. */
bool       feel_fit(struct op *op, feel_value v, const struct feel_type *type, feel_value *ret);

str  feel_text_of(struct op *op, feel_value v);             /* as string() writes it: texts bare at the top */
str feel_literal(struct op *op, feel_value v); /* as FEEL source that reads back equal (functions excepted) */
bool feel_date_parse(str s, feel_value *ret);               /* the lexical forms of clause 10.3.4.1 */
bool feel_time_parse(struct op *op, str s, feel_value *ret);
bool feel_date_time_parse(struct op *op, str s, feel_value *ret);
bool feel_duration_parse(str s, feel_value *ret);           /* either kind */
bool feel_to_time(feel_value date_time, time_ms *ret);      /* a date and time without zone counts as +08:00 */

/* JSON in and out: dates, times and durations are texts in JSON and become values by `type` (NULL: stay texts). */
[[nodiscard]] bool feel_from_json(struct op *op, const struct json *json, const struct feel_type *type,
                                  feel_value *ret);
void feel_to_json(struct op *op, struct json_out *w, feel_value v);

/* ---- parsing ----------------------------------------------------------------------------------------------- */

struct feel_name {
    str name;
    const struct feel_type *type; /* NULL: unknown */
};

/* The arrays must live as long as the trees parsed with them. */
struct feel_scope {
    const struct feel_name *names; /* what the expression may use; feel_run.value is asked by index */
    size_t count;
    const void *meanings;          /* the caller's own, of each name: feel_scope_of gives it back */
    const str *members;            /* all names that may follow a point; none given: those in the types of names */
    size_t member_count;
    const struct feel_field *types; /* named types for `instance of` and typed parameters, beside the built-in ones */
    size_t type_count;
    bool open;                     /* unknown names are null with a note (DMN) instead of a fault (ledgers) */
    bool b_feel;                   /* the text is B-FEEL: an error is the neutral value of its kind, not null */
    int line, column;              /* where the text begins in its file; 0: counts from 1 */
};

/* Where something is the matter: line and column count characters from 1, `at` bytes of the text from 0. */
struct feel_note {
    struct feel_note *next;
    size_t at;
    int line, column;
    str text; /* 中文: what is the matter, then what to do */
};

/* An op_fail of kind INPUT has field 「第1行第9字」. ret_where, if not NULL, gets the note as well. */
struct feel;
[[nodiscard]] bool feel_parse(struct op *op, str text, const struct feel_scope *scope, struct feel **ret);
/* A decision table cell, a list constraint: unary tests over `?` (clause 10.3.1.2, rule 15); `-` is always true. */
[[nodiscard]] bool feel_parse_tests(struct op *op, str text, const struct feel_scope *scope, struct feel **ret);
[[nodiscard]] bool feel_parse_at(struct op *op, str text, const struct feel_scope *scope, bool tests, struct feel **ret,
                                 struct feel_note *ret_where);

str feel_source(const struct feel *tree);
const struct feel_scope *feel_scope_of(const struct feel *tree);
/* The names of the scope that the expression uses: indexes, ascending, each once. */
void feel_names(struct op *op, const struct feel *tree, const int **ret, size_t *ret_count);
/* The type an expression has if everything in it goes well, as far as the scope's types tell; and what can be said
 * without running it: functions with wrong arguments, comparisons that are always null. NULL notes: nothing to say. */
const struct feel_type *feel_check(struct op *op, const struct feel *tree, struct feel_note **ret_notes);
/* The same for unary tests against an input of that type (NULL: unknown). */
void feel_check_tests(struct op *op, const struct feel *tests, const struct feel_type *input,
                      struct feel_note **ret_notes);
/* The constants at which the answer of unary tests can change, if it depends on nothing but the input; ret_ordered:
 * they are compared by < or ranges too, not only for equality. False: it depends on more. */
bool feel_test_points(struct op *op, const struct feel *tests, const feel_value **ret, size_t *ret_count,
                      bool *ret_ordered);
/* How a Chinese keyboard writes FEEL, in plain FEEL: full-width digits, commas, brackets, quotes, ≥ ≤ ≠, outside texts.
 * False: there is nothing of the kind. Names may lawfully hold such characters, so ask only for a text that is not
 * right as it is. */
bool feel_plain(struct op *op, str text, str *ret);
/* The tests are nothing but bare names that no scope has, like 低保 without quotes. */
bool feel_tests_unknown(const struct feel *tests, str *ret_name);
/* Some word of an expression or of tests is a name that no scope has. Within filters names may be the items'. */
bool feel_unknown(const struct feel *tree, str *ret_name);
bool feel_tests_anything(const struct feel *tests);   /* they are `-` */
bool feel_tests_null(const struct feel *tests);       /* they speak of null, which is then a value like others */
/* A valid FEEL name? Letters, digits, _ and the inner symbols . / - ' + * and single spaces; keywords are refused. */
bool feel_name_valid(str name);

/* ---- running ----------------------------------------------------------------------------------------------- */

struct feel_run {
    struct op *op;
    feel_value (*value)(void *from, int name); /* of scope.names[name]; asked each time the name is met */
    bool (*unknown)(void *from, str name, feel_value *ret); /* may be NULL; names in no scope of an open tree */
    void *from;               /* lives as long as the values that come out: a function keeps it */
    feel_value input;         /* `?` in unary tests */
    bool b_feel;              /* all of it is B-FEEL, whatever the scopes say */
    struct feel_note *notes;  /* out: what came to null, and why; first found first */
    struct feel_note *last;   /* inner */
    int note_count;
    int calls, depth, frames; /* inner */
    int *frames_of;           /* whose frames count with ours (a run within a run); NULL: frames above */
    int64_t steps;            /* inner; reset by each feel_eval from outside */
    bool stopped;             /* at a limit: the value is null */
    size_t bytes;             /* inner: op->bytes when it began */
    const struct feel *tree;  /* inner: where a note would point */
    size_t at;                /* inner */
};
feel_value feel_eval(struct feel_run *run, const struct feel *tree);
/* Unary tests against `input`: true, false or null. */
feel_value feel_test(struct feel_run *run, const struct feel *tests, feel_value input);
void feel_note_add(struct feel_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Functions: written in FEEL, built in, or given from outside (business knowledge, decision services). */
struct feel_function {
    const struct feel_field *params;
    size_t param_count;
    const struct feel_type *result;
    feel_value (*call)(struct feel_run *run, const void *self, const feel_value *args, size_t count); /* outside */
    const void *self;
    const struct feel_builtin *builtin;
    const struct feel_node *body; /* written in FEEL */
    const struct feel *tree;
    const struct feel_frame *frame;
    feel_value (*value)(void *from, int name); /* what the names outside the body meant where it was written */
    bool (*unknown)(void *from, str name, feel_value *ret);
    void *from;
};
feel_value feel_of_function(struct op *op, struct feel_function f);
feel_value feel_call(struct feel_run *run, feel_value function, const feel_value *args, size_t count);
feel_value feel_call_named(struct feel_run *run, feel_value function, const struct feel_entry *args, size_t count);

/* `external {java: …}` with that mapping; a few pure functions are known by name, others are null (external.c). */
feel_value feel_external(struct feel_run *run, feel_value mapping, const feel_value *args, size_t count);

/* The built-in functions, one row each: the manual, the help in the filter box and the tests read this. */
struct feel_builtin {
    const char *name;
    const char *params;  /* "string, start position, length"; ways to call it are separated by " | "; … repeats */
    const char *kinds; /* one letter a parameter: n number, s text, b bool, l list, c context, d date or date and time,
                          * f function, o one value and no list, a anything; capital: null is allowed; the last repeats.
                          * A list of one is taken as its item and an item as a list of one where that fits */
    const char *chinese; /* what it does, one line */
    const char *example; /* an expression … */
    const char *result;  /* … and what it gives, in FEEL */
    feel_value (*call)(struct feel_run *run, const feel_value *args, size_t count);
    uint8_t min, max;    /* arguments; max 255: any number */
    char gives;          /* what comes of it: letters of kinds, t time, m date and time, y months, r range; in B-FEEL an
                          * error is its neutral value: false, 0, "", [], 1970-01-01 … */
};
const struct feel_builtin *feel_builtins(size_t *ret_count);
str feel_lower(struct op *op, str s); /* Unicode simple case mapping, one code point to one */
str feel_upper(struct op *op, str s); /* the same, but for letters without a capital: ß is SS, ﬁ is FI */
/* XPath regular expression over PCRE2; false: the pattern or a flag is wrong, or it took too long. */
bool feel_matches(struct op *op, str text, str pattern, str flags, bool *ret);

/* ---- as pieces --------------------------------------------------------------------------------------------- */

/* A text that is only put together of names and literals, with `if X = null` where one may be missing:
 *     姓名 + (if 出生日期 = null then "" else " " + string(出生日期.year) + "年")
 * Who writes it for every row of a list goes through its pieces, which costs a tenth of feel_eval. Pieces promise one
 * thing: if every name met is a text, or for `string` not null, the value is these texts one after the other. Where a
 * name is something else, only feel_eval knows what comes of it. */
struct feel_piece {
    enum feel_piece_kind {
        FEEL_PIECE_TEXT,   /* text */
        FEEL_PIECE_NAME,   /* what the name is */
        FEEL_PIECE_STRING, /* string(name) */
        FEEL_PIECE_YEAR,   /* string(name.year) */
        FEEL_PIECE_EITHER, /* name = null: `missing`, else `present`; either may be NULL: nothing */
    } kind;
    int name; /* index into scope.names */
    str text;
    const struct feel_piece *missing, *present;
    const struct feel_piece *next;
};
/* False: the expression is more than that. */
bool feel_pieces(struct op *op, const struct feel *tree, const struct feel_piece **ret);

/* ---- as SQL ------------------------------------------------------------------------------------------------ */

/* What a name is in the database. Columns may be NULL (FEEL null). */
enum feel_column_kind {
    FEEL_COLUMN_NONE,    /* not a column: the expression cannot be SQL */
    FEEL_COLUMN_TEXT,    /* compared by bytes (BINARY, "C") */
    FEEL_COLUMN_INTEGER, /* number × 10^scale */
    FEEL_COLUMN_DAY,     /* date as day number */
    FEEL_COLUMN_BOOL,    /* 0 or 1 as integer */
    FEEL_COLUMN_TIME,    /* time_ms; FEEL sees a date and time at +08:00 */
    FEEL_COLUMN_TEXTS    /* list of text as a JSON array without white space, as json_text writes it; '[]' is empty */
};
struct feel_column {
    enum feel_column_kind kind;
    str sql;     /* quoted expression, e.g. t."年龄" */
    int scale;   /* INTEGER: 0 … 9 */
    int digits;  /* INTEGER: |stored value| < 10^digits; 0 means 15 */
};
struct feel_sql_map {
    bool (*column)(void *from, int name, struct feel_column *ret);
    void *from;
    /* SQL functions the database offers with exactly feel_lower's, feel_upper's and feel_matches' meaning (one, one
     * and three text arguments; matches gives 0, 1 or NULL). Empty: an expression that needs it is not SQL. */
    str lower, upper, matches;
};
struct feel_arg {
    enum { FEEL_ARG_NULL, FEEL_ARG_INT, FEEL_ARG_TEXT } kind;
    int64_t number;
    str text;
};
/* Boolean SQL with the tree's meaning, nulls included: it is true, false or NULL exactly when feel_eval is true, false
 * or null (any other result counts as null). Parameters are $first, $first+1 …; SQLite and PostgreSQL both read it.
 * True: done. False: cannot be said in SQL; ret_reason tells why (中文), no fault is recorded, run the rows instead.
 * today() and now() are taken from op->now. */
struct feel_sql {
    bool ok;
    str reason;
    str text;
    const struct feel_arg *args;
    size_t arg_count;
};
bool feel_sql(struct op *op, const struct feel *tree, const struct feel_sql_map *map, int first, struct feel_sql *ret);
