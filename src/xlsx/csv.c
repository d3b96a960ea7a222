#include "xlsx/xlsx.h"

void csv_begin(struct buf *b)
{
    buf_add(b, S("\xEF\xBB\xBF"));
}

/* Whether a field of this line has gone before: the last byte is neither a line end nor the byte order mark. */
static void separate(struct buf *b)
{
    str so_far = buf_str(b);
    if (so_far.n && so_far.p[so_far.n - 1] != '\n' && !(so_far.n == 3 && str_eq(so_far, S("\xEF\xBB\xBF"))))
        buf_byte(b, ',');
}

void csv_text(struct buf *b, str text)
{
    separate(b);
    buf_byte(b, '"');
    if (text.n && memchr("=+-@\t\r", text.p[0], 6))
        buf_byte(b, '\'');
    str part;
    while (str_split(text, '"', &part, &text)) {
        buf_add(b, part);
        buf_add(b, S("\"\""));
    }
    buf_add(b, part);
    buf_byte(b, '"');
}

void csv_number(struct buf *b, str digits)
{
    if (digits.n == 0) { /* an empty field must still be seen by the next */
        csv_text(b, S(""));
        return;
    }
    separate(b);
    buf_add(b, digits);
}

void csv_line(struct buf *b)
{
    buf_add(b, S("\r\n"));
}
