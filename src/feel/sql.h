/* The inside of the SQL executor: what its files share. Those of sql.c make pieces of nodes; those of sql_compare.c
 * reckon and compare pieces. */
#pragma once

#include "feel/tree.h"

enum { LIST_MAX_SQL = 1000, CONDITIONS_MAX = 400, DEPTH_MAX_SQL = 100, PIECES_MAX = 5000, CODES_MAX = 100000 };

enum sql_kind { SQL_CONST, SQL_BOOL, SQL_NUMBER, SQL_TEXT, SQL_DAY, SQL_DAYS, SQL_TIME, SQL_TEXTS };

/* A piece of SQL and what it is worth. */
struct piece {
    enum sql_kind kind;
    const char *sql;
    feel_value value;  /* CONST */
    int scale;         /* NUMBER: value × 10^scale */
    i128 bound;        /* NUMBER: the integer is within ±bound */
};

struct gen {
    struct op *op;
    const struct feel *tree;
    const struct feel_sql_map *map;
    int first, depth, conditions, pieces;
    str reason;
    bool stopped;               /* what has no column in it takes too much: whoever asks row by row is told */
    struct {
        struct feel_arg *p;
        size_t n, cap;
    } args;
};

__attribute__((format(printf, 2, 3))) static inline bool no(struct gen *g, const char *format, ...)
{
    if (g->reason.n == 0) {
        va_list args;
        va_start(args, format);
        g->reason = op_vtext(g->op, format, args);
        va_end(args);
    }
    return false;
}

/* SQL text is zero-terminated throughout. */
__attribute__((format(printf, 2, 3))) static inline const char *text(struct gen *g, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str s = op_vtext(g->op, format, args);
    va_end(args);
    return s.p;
}

static inline const char *joined(struct gen *g, const char **parts, size_t count, const char *between)
{
    struct buf b;
    buf_init(&b, g->op, 0);
    for (size_t i = 0; i < count; i++)
        buf_text(&b, "%s%s", i ? between : "", parts[i]);
    return op_copy(g->op, buf_str(&b)).p;
}

static inline const char *arg(struct gen *g, struct feel_arg a)
{
    *list_add(g->op, &g->args) = a;
    return text(g, "$%zu", g->args.n); /* numbered for the caller at the end */
}

static inline const char *arg_int(struct gen *g, int64_t v)
{
    return arg(g, (struct feel_arg){.kind = FEEL_ARG_INT, .number = v});
}

static inline const char *arg_text(struct gen *g, str s)
{
    return arg(g, (struct feel_arg){.kind = FEEL_ARG_TEXT, .text = s});
}

static inline feel_value value_now(struct gen *g, const struct feel_node *n)
{
    struct feel_run run = {.op = g->op};
    feel_value v = feel_eval_node(&run, g->tree, n);
    g->stopped = g->stopped || run.stopped;
    return v;
}

static inline void boolean(struct piece *ret, const char *sql)
{
    *ret = (struct piece){.kind = SQL_BOOL, .sql = sql};
}

static inline struct piece constant(feel_value v)
{
    return (struct piece){.kind = SQL_CONST, .value = v};
}

/* As a condition: what is neither true nor false is unknown. */
static inline const char *condition(const struct piece *p)
{
    if (p->kind == SQL_BOOL)
        return p->sql;
    if (p->kind == SQL_CONST && p->value.kind == FEEL_BOOL)
        return p->value.truth ? "(1=1)" : "(1=0)";
    return "(null)";
}

/* True wherever sql is not NULL, NULL elsewhere; or false likewise. */
static inline const char *given(struct gen *g, const char *sql, bool truth)
{
    return truth ? text(g, "(%s is not null or null)", sql) : text(g, "(%s is null and null)", sql);
}

/* sql_compare.c. False: this part of FEEL cannot be said in SQL, and g->reason says why. */
i128 sql_ten_to(int n);
bool sql_rescale(struct gen *g, struct piece *p, int scale);
bool sql_number(struct gen *g, struct piece *p);
bool sql_arithmetic(struct gen *g, enum node_kind what, struct piece a, struct piece b, struct piece *ret);
bool sql_text_ok(struct gen *g, str s);
bool sql_compare_constant(struct gen *g, struct piece a, enum relation what, feel_value c, struct piece *ret);
bool sql_compare_nodes(struct gen *g, const struct feel_node *a, enum relation what, const struct feel_node *b,
    struct piece *ret);
/* sql.c */
bool sql_piece_of(struct gen *g, const struct feel_node *n, struct piece *ret);
