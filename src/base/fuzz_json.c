/* Whatever json_parse accepts, it writes in a form that parses to the same writing again. */
#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct op op;
    op_init(&op, 0, 1);
    struct json *tree;
    if (json_parse(&op, (str){(const char *)data, size}, &tree)) {
        struct buf once, twice;
        buf_init(&once, &op, 0);
        buf_init(&twice, &op, 0);
        json_value(&(struct json_out){&once, false}, tree);
        must(json_parse(&op, buf_str(&once), &tree));
        json_value(&(struct json_out){&twice, false}, tree);
        must(str_eq(buf_str(&once), buf_str(&twice)));
    } else {
        must(op.fault_count > 0);
    }
    op_done(&op);
    return 0;
}
