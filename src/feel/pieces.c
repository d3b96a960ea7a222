/* Texts that are only put together, as the pieces they are put together of: see feel_pieces in feel.h. */
#include "feel/tree.h"

enum { NODES_MAX = 100 }; /* of one text; they are walked by recursion, and nobody names a record by more */

struct walk {
    struct op *op;
    struct feel_piece **end;
    int nodes;
};

static bool walk(struct walk *w, const struct feel_node *n);

static struct feel_piece *piece_add(struct walk *w, enum feel_piece_kind kind, int name)
{
    struct feel_piece *piece = op_new(w->op, struct feel_piece);
    piece->kind = kind;
    piece->name = name;
    *w->end = piece;
    w->end = (struct feel_piece **)&piece->next;
    return piece;
}

static bool branch(struct walk *w, const struct feel_node *n, const struct feel_piece **ret)
{
    struct feel_piece **end = w->end;
    w->end = (struct feel_piece **)ret;
    bool done = walk(w, n);
    w->end = end;
    return done;
}

/* X = null, X != null */
static bool asks_null(const struct feel_node *n)
{
    return n->kind == NODE_COMPARE && (n->what == REL_EQ || n->what == REL_NE) && n->kids[0]->kind == NODE_NAME &&
           n->kids[1]->kind == NODE_CONST && n->kids[1]->value.kind == FEEL_NULL;
}

static bool either(struct walk *w, const struct feel_node *n)
{
    const struct feel_node *asked = n->kids[0];
    if (!asks_null(asked))
        return false;
    bool missing_first = asked->what == REL_EQ;
    struct feel_piece *piece = piece_add(w, FEEL_PIECE_EITHER, asked->kids[0]->index);
    return branch(w, n->kids[missing_first ? 1 : 2], &piece->missing) &&
           branch(w, n->kids[missing_first ? 2 : 1], &piece->present);
}

/* string(X), string(X.year) */
static bool string_of(struct walk *w, const struct feel_node *n)
{
    const struct feel_node *function = n->kids[0];
    if (n->names || n->count != 2 || function->kind != NODE_BUILTIN || function->dynamic ||
        !str_eq(str_z(function->builtin->name), S("string")))
        return false;
    const struct feel_node *of = n->kids[1];
    bool year = of->kind == NODE_PATH && str_eq(of->text, S("year"));
    if (year)
        of = of->kids[0];
    return of->kind == NODE_NAME && piece_add(w, year ? FEEL_PIECE_YEAR : FEEL_PIECE_STRING, of->index);
}

static bool walk(struct walk *w, const struct feel_node *n)
{
    if (++w->nodes > NODES_MAX)
        return false;
    if (n->kind == NODE_ADD)
        return walk(w, n->kids[0]) && walk(w, n->kids[1]);
    if (n->kind == NODE_IF)
        return either(w, n);
    if (n->kind == NODE_CALL)
        return string_of(w, n);
    if (n->kind == NODE_NAME)
        return piece_add(w, FEEL_PIECE_NAME, n->index);
    if (n->kind != NODE_CONST || n->value.kind != FEEL_TEXT)
        return false;
    piece_add(w, FEEL_PIECE_TEXT, -1)->text = n->value.text;
    return true;
}

bool feel_pieces(struct op *op, const struct feel *tree, const struct feel_piece **ret)
{
    const struct feel_piece *first = NULL;
    struct walk w = {.op = op, .end = (struct feel_piece **)&first};
    if (!walk(&w, tree->root))
        return false;
    *ret = first;
    return true;
}
