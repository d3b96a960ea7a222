/* Whatever a check accepts is a normal form: checked again, as text and as JSON, it stays the same. What it refuses is
 * explained. */
#include "ledger/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const str choices[] = {SC("是"), SC("A"), SC("蒙古族"), SC("残疾（一级）")};
    static const str names[] = {SC("姓名"), SC("备注")};
    if (size < 1)
        return 0;
    struct op op;
    op_init(&op, 1638752400000, 1);
    struct field f = {.name = names[data[0] / F_TYPES % 2],
                      .type = data[0] % F_TYPES,
                      .size = 2,
                      .choices = choices,
                      .choice_count = COUNT(choices),
                      .open_choices = data[0] & 0x80};
    if (f.type == F_TEXT || f.type == F_CODE || f.type == F_ENUM)
        f.size = 40;
    struct checked once, twice, third;
    if (check_text(&op, &f, (str){(const char *)data + 1, size - 1}, &once)) {
        must(check_text(&op, &f, once.text, &twice));
        must(twice.kind == once.kind && str_eq(once.text, twice.text) && twice.number == once.number &&
             twice.count == once.count);
        struct buf b;
        buf_init(&b, &op, 0);
        checked_out(&(struct json_out){.b = &b}, &once);
        struct json *value;
        must(json_parse(&op, buf_str(&b), &value) && check_json(&op, &f, value, &third));
        must(third.kind == once.kind && str_eq(once.text, third.text) && third.number == once.number);
        mask_text(&op, &f, once.text);
    } else {
        must(once.trouble.n > 0 && op.fault_count == 0);
    }
    int64_t fen;
    if (money_capital_parse((str){(const char *)data, size}, &fen)) {
        int64_t back;
        must(money_capital_parse(money_capital(&op, fen), &back) && back == fen);
    }
    op_done(&op);
    return 0;
}
