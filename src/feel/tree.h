/* The inside of feel: the tree that parse.c makes and eval.c, check.c and sql.c read, and what they share. */
#pragma once
#include "feel/feel.h"

enum node_kind {
    NODE_CONST,     /* value */
    NODE_NAME,      /* index into scope.names, text */
    NODE_LOCAL,     /* bound by a for, a function, a context or the item of a filter: looked up by text */
    NODE_UNKNOWN,   /* in no scope: the item of a filter may have it, else null with a note */
    NODE_FAULT,     /* reads well and has no value: null, and text says why */
    NODE_BUILTIN,   /* builtin */
    NODE_INPUT,     /* ? */
    NODE_OR,
    NODE_AND,
    NODE_COMPARE,   /* what, 2 kids */
    NODE_BETWEEN,   /* 3 kids */
    NODE_IN,        /* value, tests … */
    NODE_TESTS,     /* a cell: tests …; flag: negated */
    NODE_ANYTHING,  /* the test `-` */
    NODE_TEST,      /* ? what kid */
    NODE_MATCH,     /* ? equals or is in the kid, which does not mention ? */
    NODE_ADD,
    NODE_SUBTRACT,
    NODE_MULTIPLY,
    NODE_DIVIDE,
    NODE_POWER,
    NODE_NEGATE,
    NODE_INSTANCE,  /* 1 kid, type */
    NODE_PATH,      /* 1 kid, text */
    NODE_FILTER,    /* 2 kids */
    NODE_CALL,      /* function, arguments …; names: if given, one per argument */
    NODE_IF,
    NODE_FOR,       /* names[i] in kids[i], …, last kid is the result */
    NODE_SOME,
    NODE_EVERY,
    NODE_SPAN,      /* from .. to in an iteration: 2 kids */
    NODE_LIST,
    NODE_CONTEXT,   /* names[i] : kids[i] */
    NODE_RANGE,     /* low and high (either may be NULL), ends; flag: unary */
    NODE_FUNCTION,  /* params, 1 kid */
    NODE_EXTERNAL,  /* function body `external {…}`: 1 kid */
};

enum relation { REL_EQ, REL_NE, REL_LT, REL_LE, REL_GT, REL_GE };

struct feel_node {
    enum node_kind kind;
    enum relation what;
    bool flag;
    bool low_closed, high_closed; /* NODE_RANGE */
    bool dynamic;                 /* NODE_NAME inside a filter: the item may hide it */
    int index;
    uint32_t count;
    size_t at;
    str text;
    feel_value value;
    struct feel_node **kids;
    str *names;
    struct feel_field *params;
    const struct feel_type *type;
    const struct feel_builtin *builtin;
};

/* Of a function `count` are its parameters. */
static inline uint32_t feel_kids(const struct feel_node *n)
{
    return !n->kids ? 0 : n->kind == NODE_FUNCTION ? 1 : n->count;
}

struct feel {
    str text;
    struct feel_node *root;
    const struct feel_scope *scope;
    const int *used;
    size_t used_count;
    int line, column;
};

/* Where local names live while running; searched upwards. */
struct feel_frame {
    const struct feel_frame *up;
    const str *names; /* NULL: this is the item of a filter */
    const feel_value *values;
    size_t count;
    feel_value item;
};

/* A list while it grows. */
struct items {
    feel_value *p;
    size_t n, cap;
};

bool feel_is_space(uint32_t c);
bool feel_name_start(uint32_t c);
bool feel_name_part(uint32_t c);
void feel_place(str text, size_t at, int line, int column, int *ret_line, int *ret_column);

/* value.c, calendar.c */

typedef __int128 i128;
extern const struct feel_type feel_null_type, feel_range_any, feel_function_any;
const struct feel_field *feel_type_names(size_t *ret_count); /* of the built-in types: number, date and time, … */
struct feel_zone {
    str name;       /* empty: a plain offset */
    int offset;     /* seconds east */
    const struct feel_change *changes; /* ascending; before the first, `offset` holds */
    size_t change_count;
    str rule;       /* POSIX TZ text for moments after the last change; may be empty */
};
struct feel_change {
    int64_t at; /* seconds since 1970 UTC */
    int offset;
};
enum { DAY_SECONDS = 86400, FEEL_YEAR_MAX = 999999999 };
#define SECOND_NS INT64_C(1000000000)
#define DAY_NS (DAY_SECONDS * SECOND_NS)

int64_t feel_day_of(int64_t year, int month, int mday);
void feel_date_of(int64_t number, int64_t *ret_year, int *ret_month, int *ret_day);
bool feel_make_date(int64_t year, int64_t month, int64_t mday, feel_value *ret);
feel_value feel_make_span(i128 ns);
i128 feel_span_ns(feel_value span);
const struct feel_zone *feel_zone_offset(struct op *op, int seconds);
bool feel_zone_same(const struct feel_zone *a, const struct feel_zone *b);
int feel_zone_at(const struct feel_zone *zone, int64_t number, int64_t ns); /* offset in seconds at a local time */
int feel_offset(feel_value v);                                              /* of a moment or a time */
i128 feel_instant(feel_value date_time);                                 /* ns since 1970 UTC; zoneless counts as UTC */
bool feel_add_span(feel_value moment, i128 ns, feel_value *ret);
bool feel_add_months(feel_value date, int64_t months, feel_value *ret);
struct feel_calendar_day {
    int64_t year;
    int month, mday;
};
struct feel_calendar_day feel_calendar_day(int64_t number);
int64_t feel_calendar_months(struct feel_calendar_day from, struct feel_calendar_day to); /* whole ones between */
bool feel_months_between(feel_value from, feel_value to, int64_t *ret);
feel_value feel_property(feel_value v, str name, bool *ret_known);
feel_value feel_in_range(feel_value v, const struct feel_range *r);
feel_value feel_not(feel_value v);

/* eval.c */
/* At a limit: from here on the steps are far past theirs, and the whole is null. Add a note, once. */
static inline void feel_stop(struct feel_run *run)
{
    run->steps = 2 * (int64_t)FEEL_STEPS_MAX;
    run->stopped = true;
}
#define NOTE_NULL(...) (feel_note_add(__VA_ARGS__), feel_null())
feel_value feel_eval_node(struct feel_run *run, const struct feel *tree, const struct feel_node *node);
feel_value feel_builtin_call(struct feel_run *run, const struct feel_builtin *b, const feel_value *args, size_t count);
bool feel_builtin_args(const struct feel_builtin *b, const struct feel_entry *named, size_t count,
                       feel_value *args, size_t *ret_count); /* args has room for 8 */

/* neutral.c: B-FEEL. `gives` is the letter of feel_builtin.gives. */
bool feel_neutral(const struct feel_run *run);
feel_value feel_neutral_of(struct feel_run *run, char gives);
feel_value feel_neutral_arith(struct feel_run *run, enum node_kind what, feel_value a, feel_value b);
feel_value feel_neutral_numbers(struct feel_run *run, feel_value list); /* those of a list */

/* check.c: feel_test_points of one test */
bool feel_node_points(struct op *op, const struct feel *tree, const struct feel_node *n, const feel_value **ret,
                      size_t *ret_count);

/* sql.c: no column, input or unknown name in it */
bool feel_is_constant(const struct feel_node *n);

/* regex.c */
bool feel_replace(struct op *op, str text, str pattern, str with, str flags, str *ret);
bool feel_split(struct op *op, str text, str pattern, const feel_value **ret, size_t *ret_count);
