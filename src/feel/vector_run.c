/* Column operations over a chunk of rows. */
#include "feel/step.h"

#define COMPARED(relation)                                                                                          \
    for (size_t i = 0; i < n; i++)                                                                                  \
        out[i] = a[i] == FEEL_VECTOR_NULL || b[i] == FEEL_VECTOR_NULL ? FEEL_VECTOR_NULL : a[i] relation b[i]

HOT static void run_compare(enum relation what, const int64_t *restrict a, const int64_t *restrict b, size_t n,
                            int64_t *restrict out)
{
    switch (what) { /* null equals null, and nothing else */
    case REL_EQ:
        for (size_t i = 0; i < n; i++)
            out[i] = a[i] == b[i];
        return;
    case REL_NE:
        for (size_t i = 0; i < n; i++)
            out[i] = a[i] != b[i];
        return;
    case REL_LT:
        COMPARED(<);
        return;
    case REL_LE:
        COMPARED(<=);
        return;
    case REL_GT:
        COMPARED(>);
        return;
    case REL_GE:
        COMPARED(>=);
        return;
    }
    must(false);
}

static int64_t region(const struct step *s, int64_t v)
{
    size_t low = 0, high = s->count;
    if (v == FEEL_VECTOR_NULL)
        return s->null_answer;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->cuts[middle] <= v)
            low = middle + 1;
        else
            high = middle;
    }
    return s->answers[low];
}

/* A comparison with a constant has one or two cuts: counting those passed takes no turns that depend on the row. */
HOT static void run_region(const struct step *s, const int64_t *restrict a, size_t n, int64_t *restrict out)
{
    enum { FEW = 4 };
    if (s->count > FEW) {
        for (size_t i = 0; i < n; i++)
            out[i] = region(s, a[i]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t passed = 0;
        for (size_t k = 0; k < s->count; k++)
            passed += s->cuts[k] <= a[i];
        out[i] = a[i] == FEEL_VECTOR_NULL ? s->null_answer : s->answers[passed];
    }
}

/* What has been seen of one household. */
struct folded {
    int64_t count, value;
    bool unknown, decided;
};

static void fold_in(enum fold how, struct folded *f, int64_t value)
{
    bool null = value == FEEL_VECTOR_NULL;
    f->count++;
    switch (how) {
    case FOLD_COUNT:
        return;
    case FOLD_SUM:
        f->unknown |= null;
        f->value += null ? 0 : value;
        return;
    case FOLD_MIN:
    case FOLD_MAX:
        f->unknown |= null;
        if (f->count == 1 || (how == FOLD_MIN ? value < f->value : value > f->value))
            f->value = value;
        return;
    case FOLD_FIRST:
        f->value = f->count == 1 ? value : f->value;
        return;
    case FOLD_SOME:
    case FOLD_EVERY:
        f->unknown |= null;
        f->decided |= !null && (value == 1) == (how == FOLD_SOME);
        return;
    }
}

static int64_t fold_out(enum fold how, const struct folded *f)
{
    switch (how) {
    case FOLD_COUNT:
        return f->count;
    case FOLD_SUM:
    case FOLD_MIN:
    case FOLD_MAX: /* of nothing there is none; one unknown spoils it */
        return f->count == 0 || f->unknown ? FEEL_VECTOR_NULL : f->value;
    case FOLD_FIRST:
        return f->count ? f->value : FEEL_VECTOR_NULL;
    case FOLD_SOME:
    case FOLD_EVERY:
        return f->decided ? how == FOLD_SOME : f->unknown ? FEEL_VECTOR_NULL : how == FOLD_EVERY;
    }
    must(false);
    return 0;
}

/* The chunk of rows from … from + n - 1. */
static const int64_t *step_run(const struct step *s, size_t from, size_t n, int64_t *scratch);

/* some, every: of each household its own answers, which lie one after another. False: too many at once. */
static bool run_quantified(const struct step *s, size_t from, size_t n, int64_t *scratch, int64_t *out)
{
    const uint32_t *first = s->column->first + from;
    int64_t decides = s->fold == FOLD_SOME, otherwise = !decides;
    size_t count = first[n] - first[0];
    if (count > FEEL_CHUNK)
        return false;
    const int64_t *answers = count ? step_run(s->kids[0], first[0], count, scratch) - first[0] : NULL;
    for (size_t row = 0; row < n; row++)
        out[row] = otherwise;
    size_t row = 0;
    for (size_t at = first[0]; at < first[n]; at++) { /* most answers change nothing */
        if (answers[at] == otherwise)
            continue;
        while (first[row + 1] <= at)
            row++;
        if (out[row] != decides)
            out[row] = answers[at];
    }
    return true;
}

static void run_members(const struct step *s, size_t from, size_t n, int64_t *scratch, int64_t *out)
{
    const uint32_t *first = s->column->first;
    size_t row = from;
    struct folded f = {0};
    bool quantified = s->fold == FOLD_SOME || s->fold == FOLD_EVERY;
    if (quantified && run_quantified(s, from, n, scratch, out))
        return;
    if (s->fold == FOLD_COUNT && !s->kids[0]) { /* of all: nobody needs to be looked at */
        for (size_t i = 0; i < n; i++)
            out[i] = first[from + i + 1] - first[from + i];
        return;
    }
    for (size_t at = first[from]; at < first[from + n];) {
        size_t count = first[from + n] - at < FEEL_CHUNK ? first[from + n] - at : FEEL_CHUNK;
        const int64_t *when = s->kids[0] ? step_run(s->kids[0], at, count, scratch) : NULL;
        const int64_t *what = s->kids[1] ? step_run(s->kids[1], at, count, scratch) : NULL;
        for (size_t i = 0; i < count; i++) {
            for (; at + i >= first[row + 1]; row++) {
                out[row - from] = fold_out(s->fold, &f);
                f = (struct folded){0};
            }
            if (quantified)
                fold_in(s->fold, &f, when[i]);
            else if (!when || when[i] == 1)
                fold_in(s->fold, &f, what ? what[i] : 0);
        }
        at += count;
    }
    for (; row < from + n; row++) {
        out[row - from] = fold_out(s->fold, &f);
        f = (struct folded){0};
    }
}

static int64_t part_of(enum part part, int64_t number)
{
    int64_t year;
    int month, mday;
    feel_date_of(number, &year, &month, &mday);
    return part == PART_YEAR ? year : part == PART_MONTH ? month : mday;
}

/* Years from each day to the one of the cuts, where it lies within them. */
static bool years_before(const struct step *s, int64_t from, int64_t *ret)
{
    const int64_t *last = s->cuts;
    int64_t days = last[0] - from, end = (int64_t)s->count - 1;
    if (from > last[0] || from <= last[end])
        return false;
    int64_t years = days * 4 / 1461; /* or one more or less */
    years = years < end ? years : end - 1;
    years += from <= last[years + 1];
    years -= from > last[years];
    *ret = years;
    return true;
}

/* Years or months from one day to another. Mostly all are counted to the same day: today. */
static void run_between(const struct step *s, const int64_t *a, const int64_t *b, size_t n, int64_t *out)
{
    struct feel_calendar_day to = {0};
    int64_t to_number = FEEL_VECTOR_NULL;
    for (size_t i = 0; i < n; i++) {
        if (a[i] == FEEL_VECTOR_NULL || b[i] == FEEL_VECTOR_NULL) {
            out[i] = FEEL_VECTOR_NULL;
            continue;
        }
        if (s->cuts && years_before(s, a[i], &out[i]))
            continue;
        if (b[i] != to_number) {
            to_number = b[i];
            to = feel_calendar_day(to_number);
        }
        int64_t months = feel_calendar_months(feel_calendar_day(a[i]), to);
        out[i] = s->part == PART_YEARS ? months / 12 : months % 12;
    }
}

/* if a then b else c */
HOT static void run_if(const int64_t *restrict a, const int64_t *restrict b, const int64_t *restrict c, size_t n,
                       int64_t *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] == 1 ? b[i] : c[i];
}

HOT static void run_constant(int64_t constant, size_t n, int64_t *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = constant;
}

#define EACH(expression)                                                                                            \
    for (size_t i = 0; i < n; i++)                                                                                  \
        out[i] = expression
#define NULLS(value) (a[i] == FEEL_VECTOR_NULL ? FEEL_VECTOR_NULL : (value))
#define NULLS2(value) (a[i] == FEEL_VECTOR_NULL || b[i] == FEEL_VECTOR_NULL ? FEEL_VECTOR_NULL : (value))

static const int64_t *step_run(const struct step *s, size_t from, size_t n, int64_t *scratch)
{
    int64_t *out = scratch + s->slot * FEEL_CHUNK;
    const int64_t *a = NULL, *b = NULL, *c = NULL;
    if (s->kind != STEP_MEMBERS) {
        a = s->kids[0] ? step_run(s->kids[0], from, n, scratch) : NULL;
        b = s->kids[1] ? step_run(s->kids[1], from, n, scratch) : NULL;
        c = s->kids[2] ? step_run(s->kids[2], from, n, scratch) : NULL;
    }
    switch (s->kind) {
    case STEP_COLUMN:
        feel_vector_read(s->column, from, n, out);
        break;
    case STEP_CONST:
        run_constant(s->constant, n, out);
        break;
    case STEP_ADD:
        EACH(NULLS2(a[i] + b[i]));
        break;
    case STEP_SUBTRACT:
        EACH(NULLS2(a[i] - b[i]));
        break;
    case STEP_MULTIPLY:
        EACH(NULLS2(a[i] * b[i]));
        break;
    case STEP_NEGATE:
        EACH(NULLS(-a[i]));
        break;
    case STEP_SCALE:
        EACH(NULLS(a[i] * s->constant));
        break;
    case STEP_COMPARE:
        run_compare(s->what, a, b, n, out);
        break;
    case STEP_REGION:
        run_region(s, a, n, out);
        break;
    case STEP_CODE:
        EACH(a[i] == FEEL_VECTOR_NULL ? s->null_answer : s->answers[a[i]]);
        break;
    case STEP_AND: /* false decides, then null */
        EACH(a[i] == 0 || b[i] == 0 ? 0 : NULLS2(1));
        break;
    case STEP_OR:
        EACH(a[i] == 1 || b[i] == 1 ? 1 : NULLS2(0));
        break;
    case STEP_NOT:
        EACH(NULLS(!a[i]));
        break;
    case STEP_IF:
        run_if(a, b, c, n, out);
        break;
    case STEP_RECODE:
        EACH(NULLS(s->answers[a[i]]));
        break;
    case STEP_PART:
        EACH(NULLS(part_of(s->part, a[i])));
        break;
    case STEP_BETWEEN:
        run_between(s, a, b, n, out);
        break;
    case STEP_MEMBERS:
        run_members(s, from, n, scratch, out);
        break;
    }
    return out;
}

const int64_t *feel_program_run(const struct feel_program *p, size_t from, size_t count, int64_t *scratch)
{
    must(count <= FEEL_CHUNK);
    return step_run(p->root, from, count, scratch);
}
