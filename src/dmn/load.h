/* What load.c and boxed.c share while a model is being made. */
#pragma once
#include "dmn/model.h"

struct loader {
    struct op *op;
    struct dmn *dmn;
    struct model *model; /* being compiled */
    const struct scope *flat_of; /* the scope last made flat … */
    struct feel_scope flat;      /* … and what came of it */
    bool b_feel;                 /* what is being read is B-FEEL */
    int depth;
    size_t names; /* in all flat scopes so far */
};

struct strs {
    str *p;
    size_t n, cap;
};

str load_clean(struct op *op, str s); /* names are compared with white space made single (10.3.1.4) */
str load_name(struct loader *l, const struct xtree *e);
const struct dtype *load_type(struct loader *l, const struct xtree *e); /* NULL: unknown, which constrains nothing */
const struct feel_type *load_feel(const struct dtype *t);
const struct scope *load_scope(struct loader *l, const struct scope *up, str name, const struct feel_type *type);
struct box *load_box(struct loader *l, const struct xtree *e, const struct scope *scope);
struct box *load_child(struct loader *l, const struct xtree *parent, const struct scope *scope); /* NULL: it has none */
/* The language an element says its expressions are in; `otherwise`, that of what it stands in, when it says nothing. */
bool load_b_feel(const struct xtree *e, bool otherwise);
