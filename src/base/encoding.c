/* Over iconv of the C library. One conversion, one descriptor: nothing is shared between threads. */
#include "base/encoding.h"

#include <errno.h>
#include <iconv.h>

const str encoding_names[ENCODINGS] = {
    [ENCODING_UTF8] = SC("UTF-8"), [ENCODING_GB18030] = SC("GB18030"), [ENCODING_GBK] = SC("GBK")};

/* ret_stop: how many bytes were converted before the first that cannot be. */
[[nodiscard]] static bool convert(struct op *op, const char *to, const char *from, str bytes, str *ret,
                                  size_t *ret_stop)
{
    iconv_t pipe = iconv_open(to, from);
    if (pipe == (iconv_t)-1)
        return op_fail(op, FAULT_SYSTEM, S("编码"), "这台机器不会%s和%s之间的转换，请管理员检查系统的 gconv 模块", from, to);
    /* Two bytes of GB18030 become at most three of UTF-8; two of those (À, ئ) may be four of it. */
    size_t room = bytes.n * 2 + 16, left = room, rest = bytes.n;
    char *out = op_array(op, char, room), *at = out, *in = (char *)(uintptr_t)bytes.p;
    size_t result = bytes.n ? iconv(pipe, &in, &rest, &at, &left) : 0;
    must(result != (size_t)-1 || errno != E2BIG);
    iconv_close(pipe);
    *ret = (str){out, (size_t)(at - out)};
    *ret_stop = bytes.n - rest;
    return true;
}

static bool wrong_at(struct op *op, str bytes, size_t stop, const char *what)
{
    size_t line = 1, begin = 0;
    for (size_t i = 0; i < stop && i < bytes.n; i++)
        if (bytes.p[i] == '\n') {
            line++;
            begin = i + 1;
        }
    return op_fail(op, FAULT_INPUT, op_text(op, "第%zu行", line),
                   "第%zu行第%zu个字节起%s；请用 WPS 或 Excel 打开，另存为 .xlsx 或“CSV UTF-8”再传", line, stop - begin + 1, what);
}

static size_t valid_bytes(str text)
{
    for (size_t at = 0; at < text.n;) {
        str rest = str_part(text, at, text.n), one = str_part(rest, 0, utf8_skip(rest, 1));
        if (!utf8_valid(one))
            return at;
        at += one.n;
    }
    return text.n;
}

bool encoding_read(struct op *op, str bytes, str *ret)
{
    size_t stop;
    bool marked = str_starts(bytes, S("\xEF\xBB\xBF"));
    str text = str_part(bytes, marked ? 3 : 0, bytes.n);
    if (str_starts(bytes, S("\xFF\xFE")) || str_starts(bytes, S("\xFE\xFF")))
        return op_fail(op, FAULT_INPUT, S("编码"), "这个文件是 UTF-16 编码；请另存为 .xlsx 或“CSV UTF-8”再传");
    const char *zero = text.n ? memchr(text.p, 0, text.n) : NULL;
    if (zero)
        return wrong_at(op, text, (size_t)(zero - text.p), "不是文字");
    if (utf8_valid(text)) {
        *ret = text;
        return true;
    }
    if (marked)
        return wrong_at(op, text, valid_bytes(text), "不是 UTF-8，文件开头却说它是");
    if (!convert(op, "UTF-8", "GB18030", text, ret, &stop))
        return false;
    if (stop < text.n || !utf8_valid(*ret))
        return wrong_at(op, text, stop, "既不是 UTF-8 也不是 GB18030（GBK）");
    return true;
}

bool encoding_decode(struct op *op, enum encoding encoding, str bytes, str *ret, size_t *ret_stop)
{
    return convert(op, "UTF-8", encoding_names[encoding].p, bytes, ret, ret_stop);
}

bool encoding_write(struct op *op, enum encoding encoding, str text, str *ret, str *ret_bad)
{
    size_t stop = text.n;
    *ret_bad = (str){0};
    if (encoding == ENCODING_UTF8) {
        *ret = text;
        return true;
    }
    if (!convert(op, encoding_names[encoding].p, "UTF-8", text, ret, &stop))
        return false;
    *ret_bad = str_part(text, stop, stop + utf8_skip(str_part(text, stop, text.n), 1));
    return stop == text.n;
}
