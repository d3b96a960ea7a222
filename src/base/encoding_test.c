#include "base/encoding.h"
#include "base/xml.h"
#include "base/test.h"

static bool reads(struct op *op, str bytes, const char *as)
{
    str text = {0};
    bool good = encoding_read(op, bytes, &text);
    op_forgive(op, 0);
    return good && str_eq(text, str_z(as));
}

static bool refused(struct op *op, str bytes, const char *says)
{
    str text;
    size_t at;
    bool good = encoding_read(op, bytes, &text), told = !good && op->faults && str_find(op->faults->text, str_z(says), &at);
    op_forgive(op, 0);
    return told;
}

TEST("a text file is UTF-8 with or without byte order mark, or GB18030, and reads the same")
{
    check(reads(op, S("户名,金额\n张三,300\n"), "户名,金额\n张三,300\n"));
    check(reads(op, S("\xEF\xBB\xBF户名\n"), "户名\n"));
    check(reads(op, S("\xBB\xA7\xC3\xFB,\xBD\xF0\xB6\xEE\n"), "户名,金额\n"));
    check(reads(op, S("\xC3\xC9\xB9\xC5\xA1\xA4\xC8\xCB"), "蒙古·人"));
    check(reads(op, S("\x82\x35\x8F\x33"), "𨳒") || reads(op, S("\x95\x32\x82\x36"), "𠀀")); /* four bytes */
    check(reads(op, S(""), "") && reads(op, S("\xEF\xBB\xBF"), "") && reads(op, S("abc"), "abc"));
}

TEST("what is no text names the line and what to do")
{
    check(refused(op, S("a\nb\n\xBB\xA7\xFF\n"), "第3行第3个字节起既不是 UTF-8 也不是 GB18030"));
    check(refused(op, S("a\n\xBB"), "第2行第1个字节起"));                 /* cut off in a character */
    check(refused(op, S("\xEF\xBB\xBFx\ny\xBB\xA7"), "第2行第2个字节起不是 UTF-8"));
    check(refused(op, S("\xFF\xFE" "a\0b\0"), "UTF-16"));
    check(refused(op, S("a,b\nc,\0d\n"), "第2行第3个字节起不是文字"));
    check(refused(op, S("\x84\x31\xA4\x3A"), "第1行第1个字节起"));
}

TEST("a text that is written in GB18030 reads back as it was, whatever its characters; GBK says which it has not")
{
    static const char *const texts[] = {"账号,户名,金额\r\n", "阿拉坦·其其格", "𠀀𪚥龘㑇", "ᠮᠣᠩᠭᠣᠯ", "€①㎡…—", ""};
    for (size_t i = 0; i < COUNT(texts); i++) {
        str bytes, back, bad;
        check(encoding_write(op, ENCODING_GB18030, str_z(texts[i]), &bytes, &bad));
        check(encoding_read(op, bytes, &back) && str_eq(back, str_z(texts[i])));
        check(encoding_write(op, ENCODING_UTF8, str_z(texts[i]), &bytes, &bad) && str_eq(bytes, str_z(texts[i])));
    }
    str bytes, bad;
    check(encoding_write(op, ENCODING_GBK, S("张三·"), &bytes, &bad) && bytes.n == 6);
    check(!encoding_write(op, ENCODING_GBK, S("张𠀀三"), &bytes, &bad) && str_eq(bad, S("𠀀")));
    check(!encoding_write(op, ENCODING_GBK, S("ᠮᠣ"), &bytes, &bad) && str_eq(bad, S("ᠮ")));
}

TEST("any bytes are read as valid text or refused, within their own size")
{
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        char bytes[24];
        size_t n = (size_t)(round % 24) + 1;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            bytes[i] = (char)(seed >> 56);
        }
        str text;
        if (encoding_read(op, (str){bytes, n}, &text))
            check(utf8_valid(text) && text.n <= n + n / 2 + 16);
        op_forgive(op, 0);
    }
}

TEST("letters that are short in UTF-8 and long in GB18030 are written whole, however many; a zero byte ends no model")
{
    struct buf text;
    str bytes, bad, back;
    size_t stop;
    struct xtree *root;
    buf_init(&text, op, 0);
    for (int i = 0; i < 1000; i++)
        buf_add(&text, S("À\u0626")); /* two bytes each, four and two or four there */
    check(encoding_write(op, ENCODING_GB18030, buf_str(&text), &bytes, &bad));
    check(encoding_decode(op, ENCODING_GB18030, bytes, &back, &stop));
    check_int(stop, bytes.n);
    check_str(back, buf_str(&text));
    static const char bytes_of[] = "<?xml version='1.0' encoding='GBK'?><a>\xD5\xC5</a>\0<b>";
    str cut = {bytes_of, sizeof bytes_of - 1};
    check(!xtree_parse(op, cut, S("模型.bpmn"), &root));
    op_forgive(op, 0);
}
