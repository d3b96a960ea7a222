/* The traces of a run as sentences. */
#include "dmn/model.h"

str dmn_explain(struct dmn_run *run)
{
    struct buf b;
    buf_init(&b, run->op, 0);
    for (const struct dmn_trace *t = run->traces; t; t = t->next) {
        str result = feel_literal(run->op, t->result);
        buf_text(&b, "决策「%.*s」得 %.*s\n", PS(t->decision), PS(result));
        if (!t->table)
            continue;
        if (t->status != DMN_DECIDED)
            buf_text(&b, "  %.*s%.*s\n", PS(dmn_status_names[t->status]), PS(t->lacks));
        for (size_t i = 0; i < t->input_count; i++) {
            str value = feel_literal(run->op, t->values[i]);
            buf_text(&b, "  %.*s = %.*s\n", PS(t->inputs[i]), PS(value));
        }
        for (size_t r = 0; r < t->rule_count; r++) {
            if (t->failed[r] >= 0)
                buf_text(&b, "  第%zu条不符合：「%.*s」一格", r + 1, PS(t->inputs[t->failed[r]]));
            else
                buf_text(&b, "  第%zu条符合", r + 1);
            if (t->rule_labels[r].n)
                buf_text(&b, "（%.*s）", PS(t->rule_labels[r]));
            buf_byte(&b, '\n');
        }
    }
    return op_copy(run->op, buf_str(&b));
}
