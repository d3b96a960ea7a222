/* Full-width spellings made plain. */
#include "feel/feel.h"

static const struct {
    uint32_t from;
    const char *to;
} spellings[] = {{0xff0c, ","},  {0x3001, ","},  {0xff08, "("},  {0xff09, ")"},  {0xff3b, "["},  {0xff3d, "]"},
                 {0x2265, ">="}, {0x2266, "<="}, {0x2264, "<="}, {0x2267, ">="}, {0x2260, "!="}, {0xff1e, ">"},
                 {0xff1c, "<"},  {0xff1d, "="},  {0xff0e, "."},  {0xff0d, "-"},  {0x2014, "-"},  {0xff0b, "+"},
                 {0xff0a, "*"},  {0xff0f, "/"},  {0x2026, ".."}, {0xff1a, ":"}};

static const char *spelled(uint32_t c)
{
    for (size_t i = 0; i < COUNT(spellings); i++)
        if (spellings[i].from == c)
            return spellings[i].to;
    return NULL;
}

/* The quote that ends a text begun with this one; 0: it begins none. */
static uint32_t closing(uint32_t c)
{
    return c == '"' ? '"' : c == 0x201c || c == 0x201d ? 0x201d : c == 0xff02 ? 0xff02 : 0;
}

bool feel_plain(struct op *op, str text, str *ret)
{
    struct buf b;
    bool changed = false;
    uint32_t until = 0; /* inside a text: what ends it */
    buf_init(&b, op, 0);
    for (str rest = text; rest.n;) {
        uint32_t c = utf8_next(&rest);
        const char *plain = spelled(c);
        if (until && c == '\\' && rest.n) {
            buf_code(&b, c);
            buf_code(&b, utf8_next(&rest));
        } else if (until ? c == until : closing(c) != 0) {
            changed |= c != '"';
            until = until ? 0 : closing(c);
            buf_byte(&b, '"');
        } else if (until) {
            buf_add(&b, c == '"' ? S("\\\"") : S(""));
            if (c != '"')
                buf_code(&b, c);
        } else if (c >= 0xff10 && c <= 0xff19) {
            changed = true;
            buf_byte(&b, (char)('0' + (c - 0xff10)));
        } else if (plain) {
            changed = true;
            buf_add(&b, str_z(plain));
        } else {
            buf_code(&b, c);
        }
    }
    if (changed)
        *ret = op_copy(op, buf_str(&b));
    return changed;
}
