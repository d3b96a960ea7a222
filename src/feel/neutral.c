/* B-FEEL (DMN 1.6, clause 11): an error is the neutral value of its kind instead of null, truth has two values, and
 * operands of different kinds meet in the kind that ranks higher. The notes stay: what was wrong is still said.
 *
 *     rank of kinds:  text > number > date and time > date > time > months > days and time */
#include "feel/tree.h"

bool feel_neutral(const struct feel_run *run)
{
    return run->b_feel || (run->tree && run->tree->scope->b_feel);
}

feel_value feel_neutral_of(struct feel_run *run, char gives)
{
    struct feel_range *nothing;
    switch (gives) {
    case 'b':
        return feel_of_bool(false);
    case 'n':
        return feel_of_int(0);
    case 's':
        return feel_of_text(S(""));
    case 'l':
        return feel_of_list(NULL, 0);
    case 'd':
        return (feel_value){.kind = FEEL_DATE};
    case 'm':
        return (feel_value){.kind = FEEL_DATE_TIME};
    case 't':
        return (feel_value){.kind = FEEL_TIME, .zone = feel_zone_offset(run->op, 0)};
    case 'p':
        return (feel_value){.kind = FEEL_SPAN};
    case 'y':
        return (feel_value){.kind = FEEL_MONTHS};
    case 'r': /* (0..0), which holds nothing */
        nothing = op_new(run->op, struct feel_range);
        *nothing =
            (struct feel_range){.low = feel_of_int(0), .high = feel_of_int(0), .has_low = true, .has_high = true};
        return (feel_value){.kind = FEEL_RANGE, .range = nothing};
    }
    must(gives == 'a');
    return feel_null();
}

feel_value feel_neutral_numbers(struct feel_run *run, feel_value list)
{
    feel_value *kept = op_array(run->op, feel_value, list.count + 1);
    size_t n = 0;
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].kind == FEEL_NUMBER)
            kept[n++] = list.items[i];
    if (n < list.count)
        feel_note_add(run, "列表里有%zu项不是数，没有算进去", list.count - n);
    return feel_of_list(kept, n);
}

/* ---- arithmetic of operands that do not fit each other ----------------------------------------------------------- */

/* What an operand is as a number: a duration its seconds or months, all else nothing. */
static dec number_of(feel_value v)
{
    dec whole, rest;
    if (v.kind == FEEL_NUMBER)
        return v.number;
    if (v.kind == FEEL_MONTHS)
        return dec_of(v.months);
    whole = v.kind == FEEL_SPAN ? dec_of(v.seconds) : dec_of(0);
    rest = v.kind == FEEL_SPAN ? dec_of_scaled(v.nanos, 9) : dec_of(0);
    return dec_add(whole, rest, &whole) ? whole : dec_of(0);
}

static int rank(feel_value v)
{
    static const uint8_t ranks[FEEL_KINDS] = {[FEEL_TEXT] = 7, [FEEL_NUMBER] = 6, [FEEL_DATE_TIME] = 5, [FEEL_DATE] = 4,
                                              [FEEL_TIME] = 3, [FEEL_MONTHS] = 2, [FEEL_SPAN] = 1};
    return ranks[v.kind];
}

static str text_of(struct feel_run *run, feel_value v)
{
    return v.kind == FEEL_NULL ? S("") : feel_text_of(run->op, v);
}

static feel_value of_numbers(struct feel_run *run, enum node_kind what, feel_value a, feel_value b)
{
    dec x = number_of(a), y = number_of(b), d;
    bool done = what == NODE_ADD        ? dec_add(x, y, &d)
                : what == NODE_SUBTRACT ? dec_sub(x, y, &d)
                : what == NODE_MULTIPLY ? dec_mul(x, y, &d)
                : what == NODE_DIVIDE   ? dec_div(x, y, &d)
                                        : dec_pow(x, y, &d);
    return done ? feel_of_dec(d) : feel_neutral_of(run, 'n');
}

static feel_value sum_of(struct feel_run *run, enum node_kind what, feel_value a, feel_value b, feel_value high)
{
    bool minus = what == NODE_SUBTRACT, first = rank(a) >= rank(b);
    switch (high.kind) {
    case FEEL_TEXT: {
        str joined = minus ? S("") : op_join(run->op, (const str[]){text_of(run, a), text_of(run, b)}, 2, S(""));
        return feel_of_text(joined.n <= FEEL_STRING_MAX ? joined : S(""));
    }
    case FEEL_NUMBER:
        return of_numbers(run, what, a, b);
    case FEEL_DATE_TIME: /* the other becomes a duration of no length; nothing less a moment is no moment */
        return minus && !first ? feel_neutral_of(run, 'm') : high;
    case FEEL_DATE:
        return minus && !first ? feel_neutral_of(run, 'd') : high;
    case FEEL_TIME:
        return minus && !first ? feel_neutral_of(run, 't') : high;
    case FEEL_MONTHS:
        if (minus && !first && high.months != INT64_MIN)
            high.months = -high.months;
        return high;
    case FEEL_SPAN:
        return minus && !first ? feel_make_span(-feel_span_ns(high)) : high;
    default:
        return feel_null();
    }
}

/* A duration times or by what is no number is of no length, but months times days are months times seconds. */
static feel_value product_of(struct feel_run *run, enum node_kind what, feel_value a, feel_value b, feel_value high)
{
    feel_value whole = {.kind = FEEL_MONTHS};
    dec months;
    if (high.kind == FEEL_MONTHS && a.kind != b.kind && what == NODE_MULTIPLY &&
        dec_mul(number_of(a), number_of(b), &months) && dec_round(months, 0, DEC_DOWN, &months) &&
        dec_int(months, &whole.months))
        return whole;
    if (high.kind == FEEL_MONTHS)
        return feel_neutral_of(run, 'y');
    return feel_neutral_of(run, high.kind == FEEL_SPAN ? 'p' : 'n');
}

feel_value feel_neutral_arith(struct feel_run *run, enum node_kind what, feel_value a, feel_value b)
{
    static const char letters[FEEL_KINDS] = {
        [FEEL_TEXT] = 's', [FEEL_NUMBER] = 'n', [FEEL_DATE_TIME] = 'p', [FEEL_DATE] = 'p',
        [FEEL_TIME] = 'p', [FEEL_MONTHS] = 'y', [FEEL_SPAN] = 'p'};
    feel_value high = rank(a) >= rank(b) ? a : b;
    bool duration = a.kind == FEEL_SPAN || a.kind == FEEL_MONTHS; /* divided by nothing it is a duration still */
    if (rank(high) == 0 || a.kind == FEEL_LIST || b.kind == FEEL_LIST)
        return feel_null();
    if (what == NODE_ADD || what == NODE_SUBTRACT)
        return a.kind == b.kind ? feel_neutral_of(run, letters[a.kind]) : sum_of(run, what, a, b, high);
    if (what == NODE_POWER)
        return of_numbers(run, what, a, b);
    if (what == NODE_DIVIDE && duration && b.kind == FEEL_NUMBER)
        return product_of(run, what, a, b, a);
    return high.kind == FEEL_NUMBER ? of_numbers(run, what, a, b) : product_of(run, what, a, b, high);
}
