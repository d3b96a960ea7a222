/* Any bytes are a text, or a fault that says where; what is read can be written in every encoding that has its characters and
 * reads back the same. Models that declare GBK, GB2312 or GB18030 are what they would be in UTF-8. */
#include "base/encoding.h"
#include "base/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void text_back(struct op *op, str text)
{
    for (int e = 0; e < ENCODINGS; e++) {
        str bytes, bad, back;
        size_t stop;
        int faults = op->fault_count;
        if (encoding_write(op, (enum encoding)e, text, &bytes, &bad)) {
            must(encoding_decode(op, (enum encoding)e, bytes, &back, &stop) && stop == bytes.n && str_eq(back, text));
        } else {
            must(bad.n > 0 || op->fault_count > faults);
            op_forgive(op, faults);
        }
    }
}

static str document(struct op *op, const char *encoding, str body)
{
    str parts[] = {op_text(op, "<?xml version='1.0' encoding='%s'?><a b='", encoding), body, S("'>"), body, S("</a>")};
    return op_join(op, parts, COUNT(parts), S(""));
}

/* The same document declared as that encoding, and as what it says in UTF-8. */
static void model_same(struct op *op, const char *encoding, str bytes)
{
    struct xtree *root, *again;
    struct buf once, twice;
    str text;
    size_t stop;
    bool is = true;
    if (utf8_valid(bytes)) /* some programs leave the declaration as it was */
        text = bytes;
    else
        is = encoding_decode(op, ENCODING_GB18030, bytes, &text, &stop) && stop == bytes.n;
    int faults = op->fault_count;
    if (!xtree_parse(op, document(op, encoding, bytes), S("模糊.xml"), &root)) {
        must(op->fault_count > faults);
        op_forgive(op, faults);
        must(!is || !xtree_parse(op, document(op, "UTF-8", text), S("模糊.xml"), &again));
        op_forgive(op, faults);
        return;
    }
    must(is && xtree_parse(op, document(op, "UTF-8", text), S("模糊.xml"), &again));
    buf_init(&once, op, 0);
    buf_init(&twice, op, 0);
    xtree_write(&once, root);
    xtree_write(&twice, again);
    must(utf8_valid(buf_str(&once)) && str_eq(xtree_attr(root, "b"), xtree_attr(again, "b")) && str_eq(root->text, again->text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct op op;
    str text, bytes = {(const char *)data, size};
    op_init(&op, 0, 1);
    if (encoding_read(&op, bytes, &text)) {
        must(utf8_valid(text) && !(text.n && memchr(text.p, 0, text.n)));
        text_back(&op, text);
    } else {
        must(op.fault_count > 0);
        op_forgive(&op, 0);
    }
    model_same(&op, "GBK", bytes);
    model_same(&op, "gb2312", bytes);
    model_same(&op, "GB18030", bytes);
    op_done(&op);
    return 0;
}
