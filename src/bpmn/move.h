/* Between two versions of a model: which element became which. Inner to migrate.c and moves.c. */
#pragma once
#include "bpmn/state.h"

struct moving {
    const struct bpmn *from, *to;
    const struct bpmn_rename *renames;
    size_t rename_count;
    int *nodes, *edges, *events; /* old number to new; -1: gone */
    int *past;                    /* of flows, for tokens that have gone by */
};

/* False: a rename names what is not there, or what cannot be one step. */
[[nodiscard]] bool moves_find(struct op *op, struct moving *v);
