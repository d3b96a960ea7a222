/* What is taken must be safe to route by, and say the same when written and read again. */
#include "http/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct buf *to, str text)
{
    for (size_t i = 0; i < text.n; i++)
        buf_text(to, "%%%02X", (unsigned char)text.p[i]);
}

static void check_target(struct op *op, str text)
{
    str path, query_text, path_again;
    struct http_pairs query, query_again;
    if (!target_parse(op, text, &path, &query_text, &query))
        return;
    size_t at;
    must(utf8_valid(path) && path.n && path.p[0] == '/' && query.n <= HTTP_PARAMS_MAX);
    must(!str_find(path, S("/../"), &at) && !str_ends(path, S("/..")) && !str_find(path, S("\\"), &at));
    struct buf again;
    buf_init(&again, op, 0);
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '/')
            buf_byte(&again, '/');
        else
            put(&again, str_part(path, i, i + 1));
    buf_byte(&again, '?');
    for (size_t i = 0; i < query.n; i++) {
        put(&again, query.p[i].name);
        buf_byte(&again, '=');
        put(&again, query.p[i].value);
        buf_byte(&again, '&');
    }
    must(target_parse(op, buf_str(&again), &path_again, &query_text, &query_again));
    must(str_eq(path, path_again) && query.n == query_again.n);
    for (size_t i = 0; i < query.n; i++)
        must(str_eq(query.p[i].name, query_again.p[i].name) && str_eq(query.p[i].value, query_again.p[i].value));
}

static void check_fields(struct op *op, str text)
{
    struct http_pairs cookies = {0};
    cookies_parse(op, text, &cookies);
    for (size_t i = 0; i < cookies.n; i++)
        must(cookies.p[i].name.n && !memchr(cookies.p[i].value.p, ';', cookies.p[i].value.n));
    int64_t from, part;
    for (int64_t size = 0; size < 1000; size += 333)
        if (range_parse(text, size, &from, &part) == RANGE_PART)
            must(from >= 0 && part > 0 && from + part <= size);
    must(!accepts_coding(text, S("no, such")) || memchr(text.p, '*', text.n));
    must(!etag_listed(text, S("a\"b")) || str_eq(str_trim(text), S("*")));
    must(forwarded_address(text).n < 46);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct op op;
    op_init(&op, 0, 1);
    str text = {(const char *)data, size};
    check_target(&op, text);
    check_target(&op, op_text(&op, "/%.*s", PS(text)));
    check_fields(&op, text);
    check_fields(&op, op_text(&op, "bytes=%.*s", PS(text)));
    op_done(&op);
    return 0;
}
