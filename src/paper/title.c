/* Titles: 梯形 or 菱形, and no word is split (GB/T 9704-2012, 7.3.1). Words come from ICU's dictionary. */
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "paper/inner.h"

enum { PLACES_MAX = 512, LINES_MAX = 12, TITLE_ROW = 20 };

struct place {
    size_t unit;
    double at;      /* width before it, ems */
    double penalty; /* for a line that begins here */
};

struct places {
    struct place p[PLACES_MAX];
    size_t n;
};

/* No line begins within `word`; one may begin with it, or after it. */
static void keep_whole(bool *starts, str s, str word)
{
    for (size_t from = 0, at; word.n && str_find(str_part(s, from, s.n), word, &at); from += at + word.n) {
        memset(starts + from + at + 1, false, word.n - 1);
        starts[from + at] = starts[from + at + word.n] = true;
    }
}

/* The organs that issue it stand first, a blank between them, up to what the matter begins with. */
static void organs_keep(bool *starts, str s)
{
    static const str matters[] = {SC("关于"), SC("《"), SC("印发"), SC("转发"), SC("批转")};
    size_t end = s.n, at;
    for (size_t i = 0; i < COUNT(matters); i++)
        end = str_find(str_part(s, 0, end), matters[i], &at) ? at : end;
    str name, rest = str_part(s, 0, end == s.n ? 0 : end);
    while (rest.n) {
        str_split(rest, ' ', &name, &rest);
        if (utf8_count(name) <= TITLE_ROW)
            keep_whole(starts, s, name);
    }
}

static bool *word_starts(struct op *op, const struct paper_rules *rules, str s)
{
    bool *starts = op_array(op, bool, s.n + 1);
    UErrorCode status = U_ZERO_ERROR;
    UText *text = utext_openUTF8(NULL, s.p, (int64_t)s.n, &status);
    UBreakIterator *words = ubrk_open(UBRK_WORD, "zh", NULL, 0, &status);
    if (U_SUCCESS(status))
        ubrk_setUText(words, text, &status);
    if (U_SUCCESS(status)) {
        for (int32_t at = ubrk_first(words); at != UBRK_DONE; at = ubrk_next(words))
            starts[at] = true;
    } else {
        memset(starts, true, s.n + 1); /* without a dictionary every character may begin a line */
    }
    if (words)
        ubrk_close(words);
    utext_close(text);
    for (size_t i = 0; i < rules->word_count; i++)
        keep_whole(starts, s, rules->words[i]);
    organs_keep(starts, s);
    return starts;
}

/* Lines do not like to begin with what belongs to the words before, nor to end with what leads to the words after. */
static double penalty_at(str s, size_t at)
{
    static const str tails[] = {SC("的"), SC("和"), SC("及"), SC("与"), SC("或"),
                                SC("之"), SC("等"), SC("暨"), SC("了")};
    static const str heads[] = {SC("关于"),   SC("对"),   SC("在"),   SC("和"),   SC("与"),
                                SC("及"),     SC("做好"), SC("印发"), SC("转发"), SC("开展"),
                                SC("进一步"), SC("召开"), SC("加强"), SC("第"),   SC("全")};
    str after = str_part(s, at, s.n), before = str_part(s, 0, at);
    double penalty = 0;
    for (size_t i = 0; i < COUNT(tails); i++)
        penalty += str_starts(after, tails[i]) ? 30 : 0;
    for (size_t i = 0; i < COUNT(heads); i++)
        penalty += str_ends(before, heads[i]) ? 30 : 0;
    return penalty;
}

static void places_find(struct text *t, struct places *places)
{
    str s = buf_str(&t->bytes);
    bool *starts = word_starts(t->paper->op, t->paper->fonts->rules, s);
    int depth = 0; /* inside 《》 */
    double at = 0;
    places->n = 0;
    places->p[places->n++] = (struct place){0, 0, 0};
    for (size_t i = 0; i < t->count; i++) {
        const struct unit *u = &t->units[i];
        str one = str_part(s, u->at, u->at + u->bytes);
        if (i > 0 && u->breaks && depth <= 0 && starts[u->at] && places->n < PLACES_MAX - 1)
            places->p[places->n++] = (struct place){i, at, penalty_at(s, u->at)};
        depth += str_eq(one, S("《")) - str_eq(one, S("》"));
        at += u->advance;
    }
    places->p[places->n++] = (struct place){t->count, at, 0};
}

enum shape { GROWS, SHRINKS, DIAMOND, SHAPES };

static double target(enum shape shape, int line, int lines, double mean)
{
    double middle = (lines - 1) / 2.0, off = line - middle, step = 2;
    switch (shape) {
    case GROWS:
        return mean + off * step;
    case SHRINKS:
        return mean - off * step;
    case DIAMOND: {
        double sum = 0;
        for (int i = 0; i < lines; i++)
            sum += i < middle ? middle - i : i - middle;
        return mean + (sum / lines - (off < 0 ? -off : off)) * step;
    }
    case SHAPES:
        break;
    }
    must(!"a shape");
    return 0;
}

/* The best way to cut at `lines` - 1 of the places for one shape; fills cuts[1 … lines - 1]. */
static double cut_best(const struct places *places, double width, int lines, enum shape shape, size_t *cuts)
{
    static const double never = 1e18;
    double cost[LINES_MAX + 1][PLACES_MAX];
    uint16_t from[LINES_MAX + 1][PLACES_MAX];
    double mean = places->p[places->n - 1].at / lines;
    for (size_t i = 0; i < places->n; i++)
        cost[0][i] = i == 0 ? 0 : never;
    for (int line = 1; line <= lines; line++)
        for (size_t i = 0; i < places->n; i++) {
            cost[line][i] = never;
            for (size_t k = i; k-- > 0;) {
                double length = places->p[i].at - places->p[k].at;
                if (length > width + 1e-4)
                    break;
                double off = length - target(shape, line - 1, lines, mean);
                double c = cost[line - 1][k] + off * off + places->p[i].penalty;
                if (c < cost[line][i]) {
                    cost[line][i] = c;
                    from[line][i] = (uint16_t)k;
                }
            }
        }
    if (cost[lines][places->n - 1] >= never)
        return never;
    size_t at = places->n - 1;
    for (int line = lines; line > 0; line--) {
        cuts[line] = at;
        at = from[line][at];
    }
    cuts[0] = 0;
    return cost[lines][places->n - 1];
}

void title_rows(struct text *t, double width, struct rows *rows)
{
    struct places *places = op_new(t->paper->op, struct places);
    places_find(t, places);
    double whole = places->p[places->n - 1].at, best = 1e17;
    int least = (int)((whole - 1e-4) / width) + 1, lines = 0;
    size_t cuts[LINES_MAX + 1] = {0}, kept[LINES_MAX + 1] = {0};
    for (int k = least; k <= least + 1 && k <= LINES_MAX; k++)
        for (enum shape shape = GROWS; shape < SHAPES; shape++) {
            if (shape == DIAMOND && k < 3)
                continue;
            double c = cut_best(places, width, k, shape, cuts) + (k - least) * 25;
            if (c < best) {
                best = c;
                lines = k;
                memcpy(kept, cuts, sizeof kept);
            }
        }
    if (lines == 0 || places->n >= PLACES_MAX) { /* no word boundary is near enough: rows as in a paragraph */
        (void)text_rows(t, width, 0, 0, SIZE_MAX, rows);
        return;
    }
    for (int line = 0; line < lines; line++) {
        size_t from = places->p[kept[line]].unit, to = places->p[kept[line + 1]].unit, ink = to;
        while (ink > from && buf_str(&t->bytes).p[t->units[ink - 1].at] == ' ')
            ink--; /* the blank between two organs, where a line ends, moves nothing off the middle */
        *list_add(t->paper->op, rows) =
            (struct row){.from = from, .to = to, .natural = text_width(t, from, ink), .last = true};
    }
}
