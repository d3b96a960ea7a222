/* Column operations over a chunk of rows. */
#include "feel/step.h"

static int64_t compared(enum relation what, int64_t a, int64_t b)
{
    bool none = a == FEEL_VECTOR_NULL || b == FEEL_VECTOR_NULL;
    switch (what) { /* null equals null, and nothing else */
    case REL_EQ:
        return a == b;
    case REL_NE:
        return a != b;
    case REL_LT:
        return none ? FEEL_VECTOR_NULL : a < b;
    case REL_LE:
        return none ? FEEL_VECTOR_NULL : a <= b;
    case REL_GT:
        return none ? FEEL_VECTOR_NULL : a > b;
    case REL_GE:
        return none ? FEEL_VECTOR_NULL : a >= b;
    }
    must(false);
    return 0;
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

/* some, every: of each household its own answers, which lie one after another. False: too many at once. */
static bool run_quantified(const struct step *s, size_t from, size_t n, int64_t *scratch, int64_t *out)
{
    const uint32_t *first = s->column->first + from;
    int64_t decides = s->fold == FOLD_SOME, otherwise = !decides;
    size_t count = first[n] - first[0];
    if (count > FEEL_CHUNK)
        return false;
    const int64_t *answers = count ? step_run(s->kids[0], first[0], count, scratch) - first[0] : NULL;
    for (size_t row = 0; row < n; row++) {
        int64_t result = otherwise;
        for (size_t at = first[row]; at < first[row + 1] && result != decides; at++)
            result = answers[at] == decides ? decides : answers[at] == FEEL_VECTOR_NULL ? answers[at] : result;
        out[row] = result;
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

/* Years or months from one day to another. Mostly all are counted to the same day: today. */
static void run_between(enum part part, const int64_t *a, const int64_t *b, size_t n, int64_t *out)
{
    struct feel_calendar_day to = {0};
    int64_t to_number = FEEL_VECTOR_NULL;
    for (size_t i = 0; i < n; i++) {
        if (a[i] == FEEL_VECTOR_NULL || b[i] == FEEL_VECTOR_NULL) {
            out[i] = FEEL_VECTOR_NULL;
            continue;
        }
        if (b[i] != to_number) {
            to_number = b[i];
            to = feel_calendar_day(to_number);
        }
        int64_t months = feel_calendar_months(feel_calendar_day(a[i]), to);
        out[i] = part == PART_YEARS ? months / 12 : months % 12;
    }
}

#define EACH(expression)                                                                                            \
    for (size_t i = 0; i < n; i++)                                                                                  \
        out[i] = expression
#define NULLS(value) (a[i] == FEEL_VECTOR_NULL ? FEEL_VECTOR_NULL : (value))
#define NULLS2(value) (a[i] == FEEL_VECTOR_NULL || b[i] == FEEL_VECTOR_NULL ? FEEL_VECTOR_NULL : (value))

const int64_t *step_run(const struct step *s, size_t from, size_t n, int64_t *scratch)
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
        EACH(s->constant);
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
        EACH(compared(s->what, a[i], b[i]));
        break;
    case STEP_REGION:
        EACH(region(s, a[i]));
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
        EACH(a[i] == 1 ? b[i] : c[i]);
        break;
    case STEP_RECODE:
        EACH(NULLS(s->answers[a[i]]));
        break;
    case STEP_PART:
        EACH(NULLS(part_of(s->part, a[i])));
        break;
    case STEP_BETWEEN:
        run_between(s->part, a, b, n, out);
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
