/* Comparing texts: clauses, which belongs to which, and what differs. */
#include <stdlib.h>

#include "work/texts_like.h"

/* ---- clauses ----------------------------------------------------------------------------------------------------- */

static bool is_numeral(uint32_t c)
{
    static const str numerals = SC("一二三四五六七八九十百千零〇两0123456789０１２３４５６７８９");
    for (str rest = numerals; rest.n;)
        if (utf8_next(&rest) == c)
            return true;
    return false;
}

/* Bytes of 「第…X」 at the front, X one of `ends`; 0: it is not there. */
static size_t numbered(str line, str ends)
{
    if (!str_starts(line, S("第")))
        return 0;
    str rest = str_part(line, S("第").n, line.n);
    size_t digits = 0;
    while (rest.n) {
        uint32_t c = utf8_next(&rest);
        if (is_numeral(c)) {
            digits++;
            continue;
        }
        for (str e = ends; digits && digits < 10 && e.n;)
            if (utf8_next(&e) == c)
                return line.n - rest.n;
        return 0;
    }
    return 0;
}

/* 一、 （一） 1. 1、 (1) at the front. */
static size_t itemised(str line)
{
    str rest = line;
    bool bracket = str_starts(rest, S("（")) || str_starts(rest, S("("));
    if (bracket)
        (void)utf8_next(&rest);
    size_t digits = 0;
    while (rest.n) {
        uint32_t c = utf8_next(&rest);
        if (is_numeral(c)) {
            digits++;
            continue;
        }
        bool ends = bracket ? c == 0xff09 || c == ')' : c == 0x3001 || c == '.' || c == 0xff0e;
        /* 1.5 is a number, not an item. */
        if (!bracket && c == '.' && rest.n && rest.p[0] >= '0' && rest.p[0] <= '9')
            return 0;
        return ends && digits && digits < 6 ? line.n - rest.n : 0;
    }
    return 0;
}

/* The number of the section that was begun last: 5.3.1 in a standard after GB/T 1.1. */
enum { LEVELS_MAX = 5, PART_MOST = 99 };
struct section {
    int part[LEVELS_MAX];
    int n;
};

static int section_cmp(const struct section *a, const struct section *b)
{
    for (int i = 0; i < LEVELS_MAX; i++)
        if (a->part[i] != b->part[i])
            return a->part[i] < b->part[i] ? -1 : 1;
    return 0;
}

/* 5.3.1 at the front, and how long it is; 0: it is not there. */
static size_t section_read(str line, struct section *ret)
{
    size_t at = 0;
    *ret = (struct section){0};
    while (ret->n < LEVELS_MAX) {
        size_t from = at;
        int part = 0;
        for (; at < line.n && line.p[at] >= '0' && line.p[at] <= '9' && part <= PART_MOST; at++)
            part = part * 10 + (line.p[at] - '0');
        if (at == from)
            return ret->n ? from : 0; /* the dot of 5. belongs to it */
        if (part == 0 || part > PART_MOST)
            return 0;
        ret->part[ret->n++] = part;
        if (at == line.n || line.p[at] != '.')
            return at;
        at++;
    }
    return 0;
}

/* Whether `now` is the very next after `last`: 5.3.1 and 5.3.2, 5.4 or 5.3.1.1; nothing may stand between. */
static bool section_follows(const struct section *last, const struct section *now)
{
    for (int i = 0; i < now->n; i++)
        if (now->part[i] != last->part[i])
            return i == now->n - 1 && now->part[i] == last->part[i] + 1;
    return false;
}

/* A figure at the front of a line is a section when it goes on from the last; where no blank follows, and at the first
 * level, only as the very next: 2.5米以上 and 48 小时内 are text. */
static size_t sectioned(str line, struct section *last)
{
    struct section now;
    size_t n = section_read(line, &now);
    str rest = str_part(line, n, line.n);
    bool blank = n == line.n || str_starts(rest, S(" ")) || str_starts(rest, S("\t")) || str_starts(rest, S("　"));
    bool next = section_follows(last, &now), on = section_cmp(&now, last) > 0;
    if (!n || (n < line.n && !blank && (unsigned char)rest.p[0] < 0x80) || (now.n == 1 && !(blank && next)) ||
        !(next || (blank && on && now.part[0] <= last->part[0] + (last->n ? 1 : PART_MOST))))
        return 0;
    *last = now;
    return n;
}

static size_t article(str line, [[maybe_unused]] struct section *last)
{
    return numbered(line, S("条"));
}

static size_t item(str line, [[maybe_unused]] struct section *last)
{
    return itemised(line);
}

static size_t nothing([[maybe_unused]] str line, [[maybe_unused]] struct section *last)
{
    return 0;
}

static bool is_chapter(str line)
{
    return numbered(line, S("编章节")) > 0 && utf8_count(line) < 40;
}

/* By what most lines begin a clause; at least two must. Articles go before all else, and at even the finer numbers. */
static size_t (*manner(str text))(str line, struct section *last)
{
    size_t (*const ways[])(str, struct section *) = {article, sectioned, item};
    size_t (*best)(str, struct section *) = nothing, most = 1;
    for (size_t i = 0; i < COUNT(ways); i++) {
        size_t found = 0;
        struct section last = {0};
        for (str line, rest = text; rest.n;) {
            str_split(rest, '\n', &line, &rest);
            found += ways[i](str_trim(line), &last) > 0;
        }
        if (found > most) {
            best = ways[i];
            most = i == 0 ? SIZE_MAX : found;
        }
    }
    return best;
}

/* 「5 管理内容与要求」 above 5.1 is a heading, no rule. */
static bool is_heading(str label, str body, str next)
{
    size_t at;
    struct section above, below;
    size_t n = section_read(label, &above);
    return n && section_read(next, &below) && below.n == above.n + 1 &&
           !memcmp(above.part, below.part, (size_t)above.n * sizeof above.part[0]) &&
           utf8_count(body) < 40 && !str_find(body, S("\n"), &at) && !str_find(body, S("。"), &at);
}

bool text_clauses(struct op *op, str text, struct text_clause **ret, size_t *ret_count)
{
    struct { struct text_clause *p; size_t n, cap; } list = {0};
    struct buf body;
    size_t (*begins)(str, struct section *) = manner(text);
    struct section last = {0};
    bool open = false;
    if (text.n > TEXT_BYTES_MAX)
        return op_fail(op, FAULT_INPUT, S("文本"), "文本超过 %d KB，请分几次对照", TEXT_BYTES_MAX >> 10);
    if (!utf8_valid(text))
        return op_fail(op, FAULT_INPUT, S("文本"), "文本里有认不出的字符，请另存为 UTF-8 再贴");
    buf_init(&body, op, TEXT_BYTES_MAX);
    for (str line, rest = text; rest.n;) {
        str_split(rest, '\n', &line, &rest);
        line = str_trim(line);
        if (!line.n || is_chapter(line))
            continue;
        size_t label = begins(line, &last);
        if (label || begins == nothing) {
            if (open)
                list.p[list.n - 1].body = op_copy(op, buf_str(&body));
            if (open && begins == sectioned &&
                is_heading(list.p[list.n - 1].label, list.p[list.n - 1].body, str_part(line, 0, label)))
                list.n--;
            if (list.n == TEXT_CLAUSES_MAX)
                return op_fail(op, FAULT_INPUT, S("文本"), "条款超过%d条，请分几次对照", TEXT_CLAUSES_MAX);
            *list_add(op, &list) = (struct text_clause){.label = op_copy(op, str_part(line, 0, label))};
            buf_init(&body, op, TEXT_BYTES_MAX);
            line = str_trim(str_part(line, label, line.n));
            open = true;
        }
        if (!open)
            continue; /* title and preamble */
        if (body.n)
            buf_byte(&body, '\n');
        buf_add(&body, line);
    }
    if (open)
        list.p[list.n - 1].body = op_copy(op, buf_str(&body));
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

int64_t text_number(str label)
{
    static const str digits = SC("〇一二三四五六七八九"), places = SC("十百千");
    int64_t sum = 0, last = 0;
    bool seen = false;
    while (label.n) {
        uint32_t c = utf8_next(&label);
        int64_t value = -1, place = 0, unit = 1;
        if (c >= '0' && c <= '9')
            value = last * 10 + (int64_t)(c - '0');
        if (c >= 0xff10 && c <= 0xff19)
            value = last * 10 + (int64_t)(c - 0xff10);
        if (c == 0x96f6)
            value = 0; /* 零 */
        int64_t i = 0;
        for (str d = digits; d.n && value < 0; i++)
            if (utf8_next(&d) == c)
                value = i;
        for (str p = places; p.n && value < 0 && !place;) {
            unit *= 10;
            if (utf8_next(&p) == c)
                place = unit;
        }
        if (value < 0 && !place) {
            if (seen)
                break;
            continue;
        }
        seen = true;
        if (place)
            sum += (last ? last : 1) * place;
        last = place ? 0 : value % 100000;
    }
    return sum + last;
}

int64_t text_order(str label)
{
    static const int64_t level = 1000;
    struct section s;
    int64_t order = 0;
    size_t at;
    if (!section_read(label, &s)) {
        s = (struct section){{(int)(text_number(label) % 100000)}, 1};
        if (str_find(label, S("之"), &at)) /* 第十五条之一 stands after 第十五条 */
            s.part[1] = (int)(text_number(str_part(label, at, label.n)) % level);
    }
    for (int i = 0; i < LEVELS_MAX; i++)
        order = order * level + s.part[i];
    return order;
}

/* ---- likeness ---------------------------------------------------------------------------------------------------- */

static int bigram_cmp(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool counts(uint32_t c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    bool sign = c < 0x80 || (c >= 0x2000 && c <= 0x206f) || (c >= 0x3000 && c <= 0x303f) ||
                (c >= 0xff00 && c <= 0xff0f) || (c >= 0xff1a && c <= 0xff20);
    return letter || !sign;
}

struct bigrams bigrams_of(struct op *op, str text)
{
    struct letters l = letters_of(op, text);
    struct bigrams b = {.p = op_array(op, uint64_t, l.n + 1)};
    uint32_t last = 0;
    for (size_t i = 0; i < l.n; i++) {
        /* of a number its lower half: enough to find its like */
        uint32_t c = letter_is_number(l.code[i]) ? 0x80000000u | (uint32_t)(l.code[i] / 10) : (uint32_t)l.code[i];
        if (!counts(c))
            continue;
        if (last)
            b.p[b.n++] = (uint64_t)last << 32 | c;
        last = c;
    }
    if (b.n == 0 && last)
        b.p[b.n++] = last;
    qsort(b.p, b.n, sizeof *b.p, bigram_cmp);
    return b;
}

size_t bigrams_both(const struct bigrams *a, const struct bigrams *b)
{
    size_t both = 0, i = 0, k = 0;
    while (i < a->n && k < b->n) {
        int order = bigram_cmp(&a->p[i], &b->p[k]);
        both += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return both;
}

struct bigrams bigrams_less(struct op *op, const struct bigrams *a, const struct bigrams *b)
{
    struct bigrams left = {.p = op_array(op, uint64_t, a->n + 1)};
    for (size_t i = 0, k = 0; i < a->n; i++) {
        while (k < b->n && b->p[k] < a->p[i])
            k++;
        if (k < b->n && b->p[k] == a->p[i])
            k++;
        else
            left.p[left.n++] = a->p[i];
    }
    return left;
}

int bigrams_like(const struct bigrams *a, const struct bigrams *b)
{
    return a->n + b->n ? (int)(2000 * bigrams_both(a, b) / (a->n + b->n)) : 0;
}

int text_like(struct op *op, str a, str b)
{
    struct bigrams x = bigrams_of(op, a), y = bigrams_of(op, b);
    return bigrams_like(&x, &y);
}

/* ---- pairs ------------------------------------------------------------------------------------------------------- */

/* The assignment with the least cost of n rows to m >= n columns (Kuhn 1955, in the form with potentials):
 * row_of[column], from 1; 0: none. */
static void assign(struct op *op, const int64_t *cost, size_t n, size_t m, size_t *row_of)
{
    int64_t *u = op_array(op, int64_t, n + 1), *v = op_array(op, int64_t, m + 1), *least = op_array(op, int64_t, m + 1);
    size_t *way = op_array(op, size_t, m + 1);
    bool *used = op_array(op, bool, m + 1);
    for (size_t i = 1; i <= n; i++) {
        size_t column = 0;
        row_of[0] = i;
        for (size_t k = 0; k <= m; k++) {
            least[k] = INT64_MAX;
            used[k] = false;
        }
        do {
            size_t row = row_of[column], next = 0;
            int64_t delta = INT64_MAX;
            used[column] = true;
            for (size_t k = 1; k <= m; k++) {
                if (used[k])
                    continue;
                int64_t now = cost[(row - 1) * m + k - 1] - u[row] - v[k];
                if (now < least[k]) {
                    least[k] = now;
                    way[k] = column;
                }
                if (least[k] < delta) {
                    delta = least[k];
                    next = k;
                }
            }
            for (size_t k = 0; k <= m; k++) {
                if (used[k]) {
                    u[row_of[k]] += delta;
                    v[k] -= delta;
                } else if (least[k] != INT64_MAX) {
                    least[k] -= delta;
                }
            }
            column = next;
        } while (row_of[column]);
        while (column) {
            row_of[column] = row_of[way[column]];
            column = way[column];
        }
    }
}

void texts_align(struct op *op, const struct text_clause *left, size_t n, const struct text_clause *right, size_t m,
                 struct text_pair **ret, size_t *ret_count)
{
    must(n <= TEXT_CLAUSES_MAX && m <= TEXT_CLAUSES_MAX);
    size_t rows = n < m ? n : m, columns = n < m ? m : n;
    int *like = op_array(op, int, n * m + 1);
    int64_t *cost = op_array(op, int64_t, rows * columns + 1);
    struct bigrams *a = op_array(op, struct bigrams, n + 1), *b = op_array(op, struct bigrams, m + 1);
    int *partner = op_array(op, int, n + 1);
    bool *taken = op_array(op, bool, m + 1);
    for (size_t i = 0; i < n; i++)
        a[i] = bigrams_of(op, left[i].body);
    for (size_t k = 0; k < m; k++)
        b[k] = bigrams_of(op, right[k].body);
    for (size_t i = 0; i < n; i++) {
        partner[i] = -1;
        for (size_t k = 0; k < m; k++) {
            like[i * m + k] = bigrams_like(&a[i], &b[k]);
            int64_t weight = like[i * m + k] < TEXT_LIKE_LEAST ? 0 : like[i * m + k];
            cost[n < m ? i * columns + k : k * columns + i] = -weight;
        }
    }
    size_t *row_of = op_array(op, size_t, columns + 1);
    assign(op, cost, rows, columns, row_of);
    for (size_t c = 1; c <= columns; c++) {
        if (!row_of[c])
            continue;
        size_t i = n < m ? row_of[c] - 1 : c - 1, k = n < m ? c - 1 : row_of[c] - 1;
        if (like[i * m + k] < TEXT_LIKE_LEAST)
            continue;
        partner[i] = (int)k;
        taken[k] = true;
    }
    /* In the order of the left; what stands alone on the right follows whoever it follows there. */
    struct { struct text_pair *p; size_t n, cap; } pairs = {0};
    for (size_t k = 0; k < m && !taken[k]; k++)
        *list_add(op, &pairs) = (struct text_pair){-1, (int)k, 0};
    for (size_t i = 0; i < n; i++) {
        *list_add(op, &pairs) =
            (struct text_pair){(int)i, partner[i], partner[i] < 0 ? 0 : like[i * m + (size_t)partner[i]]};
        for (size_t k = partner[i] < 0 ? m : (size_t)partner[i] + 1; k < m && !taken[k]; k++)
            *list_add(op, &pairs) = (struct text_pair){-1, (int)k, 0};
    }
    *ret = pairs.p;
    *ret_count = pairs.n;
}

/* ---- what differs ------------------------------------------------------------------------------------------------ */

/* A run under way: letters [from_a, to_a) of a are gone and [from_b, to_b) of b are new, or both are the same. */
struct piece {
    bool same;
    size_t a, b, count_a, count_b;
};
struct pieces {
    struct piece *p;
    size_t n, cap;
};

static void piece_add(struct op *op, struct pieces *list, bool same, size_t a, size_t b, size_t count_a, size_t count_b)
{
    struct piece *last = list->n ? &list->p[list->n - 1] : NULL;
    if (!count_a && !count_b)
        return;
    if (last && last->same == same) {
        last->count_a += count_a;
        last->count_b += count_b;
        return;
    }
    *list_add(op, list) = (struct piece){same, a, b, count_a, count_b};
}

/* The longest common text of the middle, by the table of lengths from each place to the end. */
static void middle_compare(struct op *op, const struct letters *a, const struct letters *b, size_t head, size_t n,
                           size_t m, struct pieces *ret)
{
    if (n > TEXT_DIFFER_MAX || m > TEXT_DIFFER_MAX || !n || !m) {
        piece_add(op, ret, false, head, head, n, m);
        return;
    }
    /* `ret` has room for all: nothing but the table is taken until it is given back. */
    must(ret->cap >= ret->n + n + m + 1);
    struct mark mark = op_mark(op);
    uint16_t *length = op_array(op, uint16_t, (n + 1) * (m + 1));
    for (size_t i = n; i-- > 0;)
        for (size_t k = m; k-- > 0;) {
            uint16_t down = length[(i + 1) * (m + 1) + k], over = length[i * (m + 1) + k + 1];
            bool same = a->code[head + i] == b->code[head + k];
            length[i * (m + 1) + k] = same          ? (uint16_t)(length[(i + 1) * (m + 1) + k + 1] + 1)
                                      : down > over ? down
                                                    : over;
        }
    size_t i = 0, k = 0;
    while (i < n && k < m) {
        if (a->code[head + i] == b->code[head + k]) {
            piece_add(op, ret, true, head + i, head + k, 1, 1);
            i++;
            k++;
        } else if (length[(i + 1) * (m + 1) + k] >= length[i * (m + 1) + k + 1]) {
            piece_add(op, ret, false, head + i, head + k, 1, 0);
            i++;
        } else {
            piece_add(op, ret, false, head + i, head + k, 0, 1);
            k++;
        }
    }
    piece_add(op, ret, false, head + i, head + k, n - i, m - k);
    op_reset(op, mark);
}

/* One character that happens to be the same between two changes tells nobody anything. */
static struct pieces without_chance(struct op *op, const struct pieces *list)
{
    struct pieces clean = {0};
    for (size_t i = 0; i < list->n; i++) {
        const struct piece *x = &list->p[i];
        bool chance = x->same && x->count_a == 1 && i > 0 && i + 1 < list->n;
        piece_add(op, &clean, x->same && !chance, x->a, x->b, x->count_a, x->count_b);
    }
    return clean;
}

struct text_runs {
    struct text_run *p;
    size_t n, cap;
};

/* The longest text that both have in one piece: in letters from a and from b, and how many. */
static size_t longest_shared(struct op *op, const struct letters *a, const struct letters *b, size_t *ret_a, size_t *ret_b)
{
    struct mark mark = op_mark(op);
    uint32_t *above = op_array(op, uint32_t, b->n + 1), *here = op_array(op, uint32_t, b->n + 1);
    size_t best = 0;
    for (size_t i = 0; i < a->n; i++) {
        for (size_t k = 0; k < b->n; k++) {
            here[k + 1] = a->code[i] == b->code[k] ? above[k] + 1 : 0;
            if (here[k + 1] > best) {
                best = here[k + 1];
                *ret_a = i + 1 - best;
                *ret_b = k + 1 - best;
            }
        }
        uint32_t *old = above;
        above = here;
        here = old;
    }
    op_reset(op, mark);
    return best;
}

/* Run `at` becomes what is before, letters [from, from + n) as `kind`, and what is after. */
static void run_split(struct op *op, struct text_runs *runs, size_t at, const struct letters *l, size_t from, size_t n,
                      enum text_run_kind kind)
{
    struct text_runs out = {0};
    for (size_t i = 0; i < runs->n; i++) {
        const struct text_run *r = &runs->p[i];
        if (i != at) {
            *list_add(op, &out) = *r;
            continue;
        }
        const struct text_run parts[] = {{r->kind, str_part(r->text, 0, l->at[from]), S("")},
                                         {kind, str_part(r->text, l->at[from], l->at[from + n]), S("")},
                                         {r->kind, str_part(r->text, l->at[from + n], r->text.n), S("")}};
        for (size_t k = 0; k < COUNT(parts); k++)
            if (parts[k].text.n)
                *list_add(op, &out) = parts[k];
    }
    *runs = out;
}

/* What is gone here and new there is no change of words. The longest first; whatever two say of it is told as one. */
static void moved_find(struct op *op, struct text_runs *runs)
{
    enum { MOVED_MAX = 16 };
    for (int round = 0; round < MOVED_MAX; round++) {
        size_t best = TEXT_MOVED_LEAST - 1, gone = 0, fresh = 0, from_a = 0, from_b = 0;
        for (size_t i = 0; i < runs->n; i++)
            for (size_t k = 0; k < runs->n; k++) {
                size_t a, b;
                if (runs->p[i].kind != TEXT_GONE || runs->p[k].kind != TEXT_NEW || runs->p[i].text.n > TEXT_DIFFER_MAX ||
                    runs->p[k].text.n > TEXT_DIFFER_MAX)
                    continue;
                struct letters x = letters_of(op, runs->p[i].text), y = letters_of(op, runs->p[k].text);
                size_t n = longest_shared(op, &x, &y, &a, &b);
                if (n > best) {
                    best = n;
                    gone = i;
                    fresh = k;
                    from_a = a;
                    from_b = b;
                }
            }
        if (best < TEXT_MOVED_LEAST)
            return;
        struct letters x = letters_of(op, runs->p[gone].text), y = letters_of(op, runs->p[fresh].text);
        bool later = fresh > gone; /* the later first: its place does not move */
        run_split(op, runs, later ? fresh : gone, later ? &y : &x, later ? from_b : from_a, best, later ? TEXT_HERE : TEXT_AWAY);
        run_split(op, runs, later ? gone : fresh, later ? &x : &y, later ? from_a : from_b, best, later ? TEXT_AWAY : TEXT_HERE);
    }
}

/* What means the same, cut where a number is written in another way. */
static void same_add(struct op *op, struct text_runs *runs, const struct letters *x, const struct letters *y,
                     const struct piece *p, str a, str b)
{
    for (size_t from = 0, to; from < p->count_a; from = to) {
        bool number = false;
        for (to = from; to < p->count_a; to++) {
            str here = str_part(a, x->at[p->a + to], x->at[p->a + to + 1]),
                there = str_part(b, y->at[p->b + to], y->at[p->b + to + 1]);
            bool otherwise = letter_is_number(x->code[p->a + to]) && !str_eq(str_trim(here), str_trim(there));
            if (to == from)
                number = otherwise;
            else if (otherwise || number)
                break;
        }
        str here = str_part(a, x->at[p->a + from], x->at[p->a + to]),
            there = str_part(b, y->at[p->b + from], y->at[p->b + to]);
        *list_add(op, runs) = (struct text_run){number ? TEXT_ALIKE : TEXT_SAME, here, str_eq(here, there) ? S("") : there};
    }
}

void text_differ(struct op *op, str a, str b, struct text_run **ret, size_t *ret_count)
{
    struct letters x = letters_of(op, a), y = letters_of(op, b);
    size_t most = x.n + y.n + 3;
    struct pieces found = {.p = op_array(op, struct piece, most), .cap = most};
    struct text_runs runs = {0};
    size_t head = 0, tail = 0;
    while (head < x.n && head < y.n && x.code[head] == y.code[head])
        head++;
    while (tail < x.n - head && tail < y.n - head && x.code[x.n - 1 - tail] == y.code[y.n - 1 - tail])
        tail++;
    piece_add(op, &found, true, 0, 0, head, head);
    middle_compare(op, &x, &y, head, x.n - head - tail, y.n - head - tail, &found);
    piece_add(op, &found, true, x.n - tail, y.n - tail, tail, tail);
    struct pieces clean = without_chance(op, &found);
    for (size_t i = 0; i < clean.n; i++) {
        const struct piece *p = &clean.p[i];
        str gone = str_part(a, x.at[p->a], x.at[p->a + p->count_a]),
            fresh = str_part(b, y.at[p->b], y.at[p->b + p->count_b]);
        if (p->same)
            same_add(op, &runs, &x, &y, p, a, b);
        if (!p->same && gone.n)
            *list_add(op, &runs) = (struct text_run){TEXT_GONE, gone, S("")};
        if (!p->same && fresh.n)
            *list_add(op, &runs) = (struct text_run){TEXT_NEW, fresh, S("")};
    }
    moved_find(op, &runs);
    *ret = runs.p;
    *ret_count = runs.n;
}
