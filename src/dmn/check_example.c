/* The values by which a finding is shown to people: one within the constraints of a type, one between two others. */
#include "dmn/check.h"

bool check_between(const feel_value *low, const feel_value *high, feel_value *ret)
{
    feel_value v = low ? *low : *high;
    int64_t *whole = v.kind == FEEL_DATE ? &v.day : v.kind == FEEL_MONTHS ? &v.months : NULL, a, b;
    if (whole) {
        a = low ? (v.kind == FEEL_DATE ? low->day : low->months) : 0;
        b = high ? (v.kind == FEEL_DATE ? high->day : high->months) : 0;
        if (low && high && b - a < 2)
            return false;
        *whole = low && high ? a + (b - a) / 2 : low ? a + 1 : b - 1;
        *ret = v;
        return true;
    }
    dec d;
    switch (v.kind) {
    case FEEL_NUMBER:
        if (low && high) {
            if (!dec_add(low->number, high->number, &d) || !dec_div(d, dec_of(2), &d))
                return false;
            dec rounded; /* a plain number reads better, where one fits */
            if (dec_round(d, 0, DEC_FLOOR, &rounded) && dec_cmp(rounded, low->number) > 0 &&
                dec_cmp(rounded, high->number) < 0)
                d = rounded;
        } else if (!dec_add(low ? low->number : high->number, dec_of(low ? 1 : -1), &d)) {
            return false;
        }
        *ret = feel_of_dec(d);
        return !low || !high || (dec_cmp(d, low->number) > 0 && dec_cmp(d, high->number) < 0);
    case FEEL_SPAN:
    case FEEL_TIME:
    case FEEL_DATE_TIME: {
        int64_t *second = v.kind == FEEL_SPAN ? &v.seconds : &v.ns;
        int64_t unit = v.kind == FEEL_SPAN ? 1 : 1000000000;
        int order;
        *second += low ? unit : -unit;
        *ret = v;
        return !(low && high) || (feel_order(v, *high, &order) && order < 0);
    }
    case FEEL_TEXT:
    case FEEL_NULL:
    case FEEL_BOOL:
    case FEEL_DATE:
    case FEEL_MONTHS:
    case FEEL_LIST:
    case FEEL_CONTEXT:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KINDS:
        break;
    }
    return false;
}

/* What may stand there: of a constrained type one of the values that its constraints speak of, or one beside them. */
static bool sample_constrained(struct op *op, const struct dtype *t, feel_value *ret)
{
    struct feel_run run = {.op = op};
    for (size_t i = 0; i < t->allowed_count; i++) {
        const feel_value *points;
        size_t count;
        bool ordered;
        if (!feel_test_points(op, t->allowed[i], &points, &count, &ordered))
            return false;
        for (size_t k = 0; k < count; k++) {
            feel_value tries[3] = {points[k]};
            size_t n = 1;
            n += check_between(&points[k], NULL, &tries[n]);
            n += check_between(NULL, &points[k], &tries[n]);
            for (size_t x = 0; x < n; x++) {
                bool fits = true;
                for (size_t a = 0; a < t->allowed_count && fits; a++)
                    fits = feel_true(feel_test(&run, t->allowed[a], tries[x]));
                *ret = tries[x];
                if (fits)
                    return true;
            }
        }
    }
    return false;
}

/* Something of a type: 1, "甲", {姓名: "甲", 岁数: 1}, [1]. `t`: with its constraints, NULL: not known.
 * False: of no type. */
static bool sample_add(struct op *op, struct buf *b, const struct dtype *t, const struct feel_type *type, int depth)
{
    static const char *const samples[FEEL_KINDS] = {[FEEL_BOOL] = "true",
                                                    [FEEL_NUMBER] = "1",
                                                    [FEEL_TEXT] = "\"甲\"",
                                                    [FEEL_DATE] = "@\"2021-01-01\"",
                                                    [FEEL_TIME] = "@\"08:30:00\"",
                                                    [FEEL_DATE_TIME] = "@\"2021-01-01T08:30:00\"",
                                                    [FEEL_SPAN] = "@\"P1D\"",
                                                    [FEEL_MONTHS] = "@\"P1M\""};
    enum { DEPTH_MAX = 4, FIELDS_MAX = 20, BYTES_MAX = 400 };
    feel_value v;
    if (depth == DEPTH_MAX || b->n > BYTES_MAX)
        return false;
    if (t && t->allowed_count && !t->collection && sample_constrained(op, t, &v)) {
        buf_add(b, feel_literal(op, v));
        return true;
    }
    if (type->kind == FEEL_LIST && type->of) {
        buf_byte(b, '[');
        bool known = sample_add(op, b, t && t->collection ? t->of : NULL, type->of, depth + 1);
        buf_byte(b, ']');
        return known;
    }
    if (type->kind == FEEL_CONTEXT && type->field_count && type->field_count <= FIELDS_MAX) {
        bool known = true;
        for (size_t i = 0; i < type->field_count && known; i++) {
            buf_text(b, "%s%.*s: ", i ? ", " : "{", PS(type->fields[i].name));
            const struct dtype *constrained = t && i < t->field_count ? t->fields[i].type : NULL;
            known = type->fields[i].type && sample_add(op, b, constrained, type->fields[i].type, depth + 1);
        }
        buf_byte(b, '}');
        return known;
    }
    if (samples[type->kind])
        buf_add(b, str_z(samples[type->kind]));
    return samples[type->kind];
}

const struct dmn_element *check_required(const struct dmn_element *e, str name)
{
    for (size_t i = 0; e && i < e->required_count; i++)
        if (str_eq(e->required[i].name, name))
            return e->required[i].element;
    return NULL;
}

/* Its type with its constraints; NULL: it is no value of such a type. */
static const struct dtype *required_type(const struct dmn_element *e, str name)
{
    const struct dmn_element *r = check_required(e, name);
    return r && (r->kind == ELEMENT_INPUT || r->kind == ELEMENT_DECISION) ? r->type : NULL;
}

str check_example(struct findings *f, const struct feel *tree)
{
    struct op *op = f->op;
    const int *names;
    size_t count;
    struct buf b;
    buf_init(&b, op, 0);
    feel_names(op, tree, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct feel_name *name = &feel_scope_of(tree)->names[names[i]];
        struct buf sample;
        buf_init(&sample, op, 0);
        if (name->type && sample_add(op, &sample, required_type(f->element, name->name), name->type, 0))
            buf_text(&b, "%s%.*s = %.*s", b.n ? "，" : "", PS(name->name), PS(buf_str(&sample)));
    }
    return op_copy(op, buf_str(&b));
}
