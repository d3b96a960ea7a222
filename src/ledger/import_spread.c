/* A row that is several records: a cell under 带班领导, one under 司机, and two people in one cell are two. */
#include "ledger/import.h"

enum { NAMES_MAX = 20, POSTS_MAX = 64, PHONE_DIGITS = 7 };

struct names {
    str list[NAMES_MAX];
    size_t n;
};

/* 张三 13947900001, 张三（139 4790 0001）: whoever writes the number beside the name means the person. */
static str without_number(struct op *op, str text)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < text.n;) {
        size_t end = i, digits = 0;
        while (end < text.n && (is_digit(text.p[end]) || (digits && (text.p[end] == '-' || text.p[end] == ' '))))
            digits += is_digit(text.p[end++]);
        if (digits < PHONE_DIGITS) {
            end = digits ? end : i + 1;
            buf_add(&b, str_part(text, i, end));
        }
        i = end;
    }
    static const str empty[] = {SC("()"), SC("（）"), SC("( )"), SC("（ ）")};
    str rest = buf_str(&b);
    size_t at;
    for (size_t i = 0; i < COUNT(empty); i++)
        if (str_find(rest, empty[i], &at))
            rest = op_text(op, "%.*s%.*s", PS(str_part(rest, 0, at)), PS(str_part(rest, at + empty[i].n, rest.n)));
    return str_trim(rest);
}

/* The text up to the next mark that stands between people. */
static str piece_next(str *rest)
{
    static const str marks[] = {SC("、"), SC("，"), SC(","), SC("；"), SC(";"), SC("/"), SC("\n"), SC("\r")};
    return str_before(rest, marks, COUNT(marks));
}

/* Spaces stand within names (张　三), before a rank, and between people; only the town knows which. */
static bool words_of(struct import *im, str piece, struct names *ret)
{
    const struct field *f = im->plan->def.spread.cell;
    struct names words = {0};
    int64_t count;
    if (!import_meant(im, f, piece, &count))
        return false;
    for (str rest = piece, word; !count && rest.n && words.n < NAMES_MAX;) {
        (void)str_split(rest, ' ', &word, &rest);
        if (word.n)
            words.list[words.n++] = word;
    }
    bool several = words.n > 1;
    for (size_t i = 0; i < words.n && several; i++) {
        if (!import_meant(im, f, words.list[i], &count))
            return false;
        several = count > 0;
    }
    if (!several)
        words = (struct names){{piece}, 1};
    for (size_t i = 0; i < words.n && ret->n < NAMES_MAX; i++)
        ret->list[ret->n++] = words.list[i];
    return true;
}

static bool names_of(struct import *im, str text, struct names *ret)
{
    struct checked c;
    *ret = (struct names){0};
    for (str rest = str_trim(text); rest.n;) {
        str piece = without_number(im->op, piece_next(&rest));
        if (!piece.n || (check_text(im->op, im->plan->def.spread.cell, piece, &c) && c.kind == CHECKED_EMPTY))
            continue;
        if (!words_of(im, piece, ret))
            return false;
    }
    return true;
}

bool spread_are_names(struct import *im, str text, bool *ret_any, bool *ret_all)
{
    struct names names;
    if (!names_of(im, text, &names))
        return false;
    for (size_t i = 0; i < names.n; i++) {
        int64_t count;
        if (!import_meant(im, im->plan->def.spread.cell, names.list[i], &count))
            return false;
        *ret_any = *ret_any || count > 0;
        *ret_all = *ret_all && count > 0;
    }
    return true;
}

/* How many this row had of the choice before. */
static int nth_of(const struct column_in **taken, size_t count, str choice)
{
    int nth = 1;
    for (size_t i = 0; i < count; i++)
        nth += str_eq(taken[i]->choice, choice);
    return nth;
}

static bool name_take(struct import *im, const struct column_in *c, str name, int nth, const struct xlsx_row *row,
                      bool (*take)(struct import *, const struct xlsx_row *))
{
    im->spread.column = c;
    im->spread.text = name;
    im->spread.nth = nth;
    bool done = take(im, row);
    im->spread.column = NULL;
    return done;
}

bool spread_row(struct import *im, const struct xlsx_row *row, bool (*take)(struct import *, const struct xlsx_row *))
{
    const struct column_in *taken[POSTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < im->columns.n; i++) {
        const struct column_in *c = &im->columns.p[i];
        const struct xlsx_cell *cell = c->choice.n ? xlsx_row_cell(row, c->column) : NULL;
        struct names names = {0};
        if (cell && !names_of(im, cell->text, &names))
            return false;
        for (size_t k = 0; k < names.n && count < POSTS_MAX; k++) {
            int nth = nth_of(taken, count, c->choice);
            taken[count++] = c;
            if (nth > 1 && !im->plan->def.spread.next)
                import_wrong(im, c, cell->text, S("这一格只能写一个，请另加一行或一栏"));
            else if (!name_take(im, c, names.list[k], nth, row, take))
                return false;
        }
    }
    im->report->skipped += count == 0;
    return true;
}
