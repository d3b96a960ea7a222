/* The row executor: the whole language over one set of values. What cannot be computed is null with a note. */
#include "feel/tree.h"

struct eval {
    struct feel_run *run;
    const struct feel *tree;
    const struct feel_frame *frame;
};

static feel_value eval(struct eval *e, const struct feel_node *n);

void feel_note_add(struct feel_run *run, const char *format, ...)
{
    if (run->note_count++ >= FEEL_NOTES_MAX)
        return;
    struct feel_note *note = op_new(run->op, struct feel_note);
    va_list args;
    va_start(args, format);
    note->text = op_vtext(run->op, format, args);
    va_end(args);
    note->at = run->at;
    if (run->tree)
        feel_place(run->tree->text, run->at, run->tree->line, run->tree->column, &note->line, &note->column);
    if (run->last)
        run->last->next = note;
    else
        run->notes = note;
    run->last = note;
}

static str kind_name(feel_value v)
{
    return feel_kind_said(v.kind);
}

/* ---- names ------------------------------------------------------------------------------------------------- */

static bool find_local(const struct feel_frame *frame, str name, feel_value *ret)
{
    for (; frame; frame = frame->up) {
        if (!frame->names) {
            if (frame->item.kind == FEEL_CONTEXT)
                for (size_t i = 0; i < frame->item.context->count; i++)
                    if (str_eq(frame->item.context->entries[i].name, name)) {
                        *ret = frame->item.context->entries[i].value;
                        return true;
                    }
            if (str_eq(name, S("item"))) { /* unless it is the name of an entry (10.3.2.5) */
                *ret = frame->item;
                return true;
            }
            continue;
        }
        for (size_t i = frame->count; i-- > 0;)
            if (str_eq(frame->names[i], name)) {
                *ret = frame->values[i];
                return true;
            }
    }
    return false;
}

static struct feel_frame *bind(struct eval *e, const str *names, const feel_value *values, size_t count)
{
    struct feel_frame *f = op_new(e->run->op, struct feel_frame);
    *f = (struct feel_frame){.up = e->frame, .names = names, .values = values, .count = count};
    return f;
}

/* ---- arithmetic -------------------------------------------------------------------------------------------- */

static bool is_duration(feel_value v)
{
    return v.kind == FEEL_SPAN || v.kind == FEEL_MONTHS;
}

static dec span_dec(feel_value v)
{
    dec seconds = dec_of(v.seconds);
    return dec_add(seconds, dec_of_scaled(v.nanos, 9), &seconds) ? seconds : dec_of(0);
}

static bool dec_span(dec seconds, feel_value *ret)
{
    dec whole, rest;
    int64_t s, ns;
    if (!dec_round(seconds, 0, DEC_FLOOR, &whole) || !dec_int(whole, &s) || !dec_sub(seconds, whole, &rest) ||
        !dec_round(rest, 9, DEC_DOWN, &rest) || !dec_scaled(rest, 9, &ns))
        return false;
    *ret = (feel_value){.kind = FEEL_SPAN, .seconds = s, .nanos = ns};
    return true;
}

static bool add_duration(feel_value v, feel_value duration, bool minus, feel_value *ret)
{
    if (duration.kind == FEEL_MONTHS)
        return v.kind != FEEL_TIME && duration.months != INT64_MIN &&
               feel_add_months(v, minus ? -duration.months : duration.months, ret);
    i128 ns = feel_span_ns(duration);
    return feel_add_span(v, minus ? -ns : ns, ret);
}

static bool add_or_subtract(struct feel_run *run, feel_value a, feel_value b, bool minus, feel_value *ret)
{
    bool a_moment = a.kind == FEEL_DATE || a.kind == FEEL_DATE_TIME,
         b_moment = b.kind == FEEL_DATE || b.kind == FEEL_DATE_TIME;
    if (a.kind == FEEL_NUMBER && b.kind == FEEL_NUMBER) {
        ret->kind = FEEL_NUMBER;
        return minus ? dec_sub(a.number, b.number, &ret->number) : dec_add(a.number, b.number, &ret->number);
    }
    if (a.kind == FEEL_TEXT && b.kind == FEEL_TEXT && !minus) {
        *ret = feel_of_text(a.text);
        if (a.text.n + b.text.n > FEEL_STRING_MAX)
            return false;
        char *both = op_alloc(run->op, a.text.n + b.text.n + 1);
        if (a.text.n)
            memcpy(both, a.text.p, a.text.n);
        if (b.text.n)
            memcpy(both + a.text.n, b.text.p, b.text.n);
        *ret = feel_of_text((str){both, a.text.n + b.text.n});
        return true;
    }
    if (a.kind == FEEL_SPAN && b.kind == FEEL_SPAN) {
        i128 x = feel_span_ns(a), y = feel_span_ns(b), sum = minus ? x - y : x + y;
        *ret = feel_make_span(sum);
        return feel_span_ns(*ret) == sum;
    }
    if (a.kind == FEEL_MONTHS && b.kind == FEEL_MONTHS) {
        ret->kind = FEEL_MONTHS;
        return !(minus ? __builtin_sub_overflow(a.months, b.months, &ret->months)
                       : __builtin_add_overflow(a.months, b.months, &ret->months));
    }
    if ((a_moment || a.kind == FEEL_TIME) && is_duration(b))
        return add_duration(a, b, minus, ret);
    if (is_duration(a) && (b_moment || b.kind == FEEL_TIME) && !minus)
        return add_duration(b, a, false, ret);
    if (minus && ((a_moment && b_moment) || (a.kind == FEEL_TIME && b.kind == FEEL_TIME))) {
        /* both with a zone or both without; a date counts as midnight UTC */
        bool a_zoned = a.kind == FEEL_DATE ? b.kind == FEEL_DATE_TIME : a.zone != NULL;
        bool b_zoned = b.kind == FEEL_DATE ? a.kind == FEEL_DATE_TIME : b.zone != NULL;
        if (a_zoned != b_zoned)
            return false;
        if (a.kind == FEEL_DATE)
            a.ns = 0, a.zone = NULL;
        if (b.kind == FEEL_DATE)
            b.ns = 0, b.zone = NULL;
        *ret = feel_make_span(feel_instant(a) - feel_instant(b));
        return true;
    }
    return false;
}

static bool scale_duration(feel_value v, dec by, bool divide, feel_value *ret)
{
    dec d = v.kind == FEEL_SPAN ? span_dec(v) : dec_of(v.months);
    if (!(divide ? dec_div(d, by, &d) : dec_mul(d, by, &d)))
        return false;
    if (v.kind == FEEL_SPAN)
        return dec_span(d, ret);
    ret->kind = FEEL_MONTHS;
    return dec_round(d, 0, DEC_DOWN, &d) && dec_int(d, &ret->months);
}

static bool arith(struct feel_run *run, enum node_kind what, feel_value a, feel_value b, feel_value *ret)
{
    bool numbers = a.kind == FEEL_NUMBER && b.kind == FEEL_NUMBER;
    switch (what) {
    case NODE_ADD:
    case NODE_SUBTRACT:
        return add_or_subtract(run, a, b, what == NODE_SUBTRACT, ret);
    case NODE_MULTIPLY:
        if (is_duration(a) && b.kind == FEEL_NUMBER)
            return scale_duration(a, b.number, false, ret);
        if (is_duration(b) && a.kind == FEEL_NUMBER)
            return scale_duration(b, a.number, false, ret);
        return numbers && dec_mul(a.number, b.number, &ret->number);
    case NODE_DIVIDE:
        if (is_duration(a) && b.kind == FEEL_NUMBER)
            return scale_duration(a, b.number, true, ret);
        if (is_duration(a) && a.kind == b.kind)
            return a.kind == FEEL_SPAN ? dec_div(span_dec(a), span_dec(b), &ret->number)
                                       : dec_div(dec_of(a.months), dec_of(b.months), &ret->number);
        return numbers && dec_div(a.number, b.number, &ret->number);
    case NODE_POWER:
        return numbers && dec_pow(a.number, b.number, &ret->number);
    default: /* the other kinds of node are no arithmetic */
        must(false);
        return false;
    }
}

static feel_value arithmetic(struct feel_run *run, enum node_kind what, feel_value a, feel_value b)
{
    static const char *const words[] = {"相加", "相减", "相乘", "相除", "乘方"};
    feel_value v = {.kind = FEEL_NUMBER};
    if (arith(run, what, a, b, &v))
        return v;
    if (what == NODE_DIVIDE && b.kind == FEEL_NUMBER && dec_sign(b.number) == 0)
        feel_note_add(run, "除数是0，无法计算");
    else
        feel_note_add(run, "%.*s与%.*s无法%s", PS(kind_name(a)), PS(kind_name(b)), words[what - NODE_ADD]);
    return feel_neutral(run) ? feel_neutral_arith(run, what, a, b) : feel_null();
}

static feel_value negate(struct eval *e, feel_value v)
{
    if (v.kind == FEEL_NUMBER)
        return feel_of_dec(dec_neg(v.number));
    if (v.kind == FEEL_SPAN)
        return feel_make_span(-feel_span_ns(v));
    if (v.kind == FEEL_MONTHS && v.months != INT64_MIN) {
        v.months = -v.months;
        return v;
    }
    feel_note_add(e->run, "%.*s没有相反数", PS(kind_name(v)));
    return feel_neutral(e->run) ? feel_neutral_of(e->run, 'n') : feel_null();
}

/* ---- comparison -------------------------------------------------------------------------------------------- */

/* Neither true nor false: which B-FEEL does not know. */
static feel_value unknown(struct feel_run *run, bool neutral)
{
    return feel_neutral(run) ? feel_of_bool(neutral) : feel_null();
}

static feel_value compare(struct feel_run *run, enum relation what, feel_value a, feel_value b)
{
    int order = 0;
    run->steps += a.size;
    if (what == REL_EQ || what == REL_NE) {
        feel_value v = feel_equal(a, b);
        if (v.kind == FEEL_NULL)
            return feel_note_add(run, "%.*s与%.*s不能比较是否相等", PS(kind_name(a)), PS(kind_name(b))),
                   unknown(run, what == REL_NE);
        return what == REL_EQ ? v : feel_not(v);
    }
    if (!feel_order(a, b, &order))
        return feel_note_add(run, "%.*s与%.*s不能比较大小", PS(kind_name(a)), PS(kind_name(b))), unknown(run, false);
    return feel_of_bool(what == REL_LT   ? order < 0
                        : what == REL_LE ? order <= 0
                        : what == REL_GT ? order > 0
                                         : order >= 0);
}

static feel_value in_list(feel_value v, feel_value list)
{
    for (size_t i = 0; i < list.count; i++) {
        feel_value item = list.items[i];
        if (feel_same(v, item) || (item.kind == FEEL_RANGE && feel_true(feel_in_range(v, item.range))))
            return feel_of_bool(true);
    }
    return feel_of_bool(false);
}

/* v against one test: a range, a list, or something equal. `cell`: also a list that is equal as a whole. */
static feel_value match(struct feel_run *run, feel_value v, feel_value test, bool cell)
{
    run->steps += test.size;
    if (test.kind == FEEL_RANGE && v.kind != FEEL_RANGE) {
        feel_value in = feel_in_range(v, test.range);
        if (in.kind != FEEL_NULL)
            return in;
        feel_note_add(run, "%.*s不能与区间比较", PS(kind_name(v)));
        return unknown(run, false);
    }
    if (test.kind == FEEL_LIST)
        return cell && v.kind == FEEL_LIST && feel_same(v, test) ? feel_of_bool(true) : in_list(v, test);
    if (cell && test.kind == FEEL_BOOL && v.kind != FEEL_BOOL)
        return test; /* a condition over other names */
    return compare(run, REL_EQ, v, test);
}

static feel_value test_one(struct eval *e, const struct feel_node *n, feel_value v, bool cell)
{
    e->run->at = n->at;
    if (n->kind == NODE_TEST)
        return compare(e->run, n->what, v, eval(e, n->kids[0]));
    if (n->kind == NODE_MATCH) {
        feel_value test = eval(e, n->kids[0]);
        /* what came to null matches nothing; only a written null matches null */
        if (test.kind == FEEL_NULL && n->kids[0]->kind != NODE_CONST)
            return unknown(e->run, false);
        return match(e->run, v, test, cell);
    }
    feel_value truth = eval(e, n);
    return truth.kind == FEEL_BOOL ? truth : match(e->run, v, truth, cell);
}

static feel_value tests(struct eval *e, struct feel_node *const *kids, size_t count, feel_value v, bool cell)
{
    feel_value outer = e->run->input, result = feel_of_bool(false);
    e->run->input = v;
    for (size_t i = 0; i < count && !feel_true(result); i++) {
        feel_value one = test_one(e, kids[i], v, cell);
        if (feel_true(one) || one.kind != FEEL_BOOL)
            result = feel_true(one) ? one : unknown(e->run, false);
    }
    e->run->input = outer;
    return result;
}

/* ---- lists and contexts ------------------------------------------------------------------------------------ */

/* Where a number, date or range counts through; every value is made, so the list has a limit. */
static feel_value count_through(struct eval *e, feel_value from, feel_value to, bool from_in, bool to_in)
{
    struct items items = {0};
    bool dates = from.kind == FEEL_DATE && to.kind == FEEL_DATE;
    int order;
    if (!(dates ||
          (from.kind == FEEL_NUMBER && to.kind == FEEL_NUMBER && dec_whole(from.number) && dec_whole(to.number))) ||
        !feel_order(from, to, &order))
        return NOTE_NULL(e->run, "只能从整数数到整数、从日期数到日期");
    int step = order <= 0 ? 1 : -1;
    feel_value at = from;
    for (bool first = true;; first = false) {
        if (!feel_order(at, to, &order) || order * step > 0 || (order == 0 && !to_in))
            break;
        if (items.n >= FEEL_LIST_MAX)
            return feel_stop(e->run), NOTE_NULL(e->run, "数出的项超过%d个，已停止；请缩小范围", FEEL_LIST_MAX);
        if (!first || from_in)
            *list_add(e->run->op, &items) = at;
        if (dates)
            at.day += step;
        else if (!dec_add(at.number, dec_of(step), &at.number))
            break;
    }
    return feel_of_list(items.p, items.n);
}

/* What a for, some or every goes through: a list, a range, or one value as a list of one. False: null. */
static bool domain(struct eval *e, const struct feel_node *n, feel_value *ret)
{
    feel_value v;
    *ret = feel_of_list(NULL, 0);
    if (n->kind == NODE_SPAN)
        v = count_through(e, eval(e, n->kids[0]), eval(e, n->kids[1]), true, true);
    else
        v = eval(e, n);
    e->run->at = n->at;
    if (v.kind == FEEL_RANGE) {
        const struct feel_range *r = v.range;
        if (!r->has_low || !r->has_high || r->differs) {
            feel_note_add(e->run, "区间没有两端，无法逐个取值");
            return false;
        }
        int order;
        if (feel_order(r->low, r->high, &order) && order > 0) {
            feel_note_add(e->run, "区间的起点大于终点");
            return false;
        }
        v = count_through(e, r->low, r->high, r->low_closed, r->high_closed);
    }
    if (v.kind == FEEL_NULL) {
        if (n->kind != NODE_SPAN)
            feel_note_add(e->run, "空值无法逐个取值");
        return false;
    }
    if (v.kind != FEEL_LIST) {
        feel_value *one = op_new(e->run->op, feel_value);
        *one = v;
        v = feel_of_list(one, 1);
    }
    *ret = v;
    return true;
}

struct loop {
    const struct feel_node *n;
    struct items out;
    feel_value so_far; /* the list of out; weighed as it grows */
    feel_value truth; /* some, every */
    bool stop;
};

static void loop_null(struct loop *l)
{
    l->stop = true;
    l->n = NULL; /* marks the whole as null */
}

static void iterate(struct eval *e, struct loop *l, uint32_t level)
{
    const struct feel_node *n = l->n;
    if (level + 1 == n->count) {
        const struct feel_frame *outer = e->frame;
        if (n->kind == NODE_FOR) {
            static const str partial = SC("partial");
            feel_value *so_far = op_new(e->run->op, feel_value);
            *so_far = l->so_far;
            e->frame = bind(e, &partial, so_far, 1);
            feel_value v = eval(e, n->kids[level]);
            if (l->out.n >= FEEL_LIST_MAX) {
                feel_note_add(e->run, "结果超过%d个，已停止；请缩小范围", FEEL_LIST_MAX);
                feel_stop(e->run);
                loop_null(l);
            } else {
                *list_add(e->run->op, &l->out) = v;
                feel_weigh(&l->so_far, v);
                l->so_far.items = l->out.p;
                l->so_far.count = l->out.n;
            }
        } else {
            bool decisive = n->kind == NODE_SOME;
            feel_value v = eval(e, n->kids[level]);
            if (v.kind == FEEL_BOOL && v.truth == decisive)
                l->truth = v, l->stop = true;
            else if (v.kind != FEEL_BOOL) {
                if (v.kind != FEEL_NULL)
                    feel_note_add(e->run, "satisfies 后面应是条件，却是%.*s", PS(kind_name(v)));
                l->truth = unknown(e->run, false), l->stop = feel_neutral(e->run) && !decisive;
            }
        }
        e->frame = outer;
        return;
    }
    feel_value list;
    if (!domain(e, n->kids[level], &list) && !feel_neutral(e->run)) {
        loop_null(l);
        return;
    }
    const struct feel_frame *outer = e->frame;
    for (size_t i = 0; i < list.count && !l->stop && e->run->steps < FEEL_STEPS_MAX; i++) {
        e->frame = bind(e, &n->names[level], &list.items[i], 1);
        iterate(e, l, level + 1);
        e->frame = outer;
    }
}

static feel_value loop(struct eval *e, const struct feel_node *n)
{
    struct loop l = {.n = n, .truth = feel_of_bool(n->kind == NODE_EVERY), .so_far = {.kind = FEEL_LIST, .depth = 1}};
    iterate(e, &l, 0);
    if (!l.n)
        return feel_null();
    return n->kind == NODE_FOR ? l.so_far : l.truth;
}

static feel_value filter(struct eval *e, const struct feel_node *n)
{
    feel_value list = eval(e, n->kids[0]);
    struct items out = {0};
    const struct feel_frame *outer = e->frame;
    feel_value one = list;
    if (list.kind == FEEL_NULL) {
        feel_note_add(e->run, "空值不能筛选");
        return feel_neutral(e->run) ? feel_of_list(NULL, 0) : feel_null();
    }
    if (list.kind != FEEL_LIST) {
        feel_value *kept = op_new(e->run->op, feel_value);
        *kept = one;
        list = feel_of_list(kept, 1);
    }
    for (size_t i = 0; i < list.count || i == 0; i++) {
        struct feel_frame *frame = op_new(e->run->op, struct feel_frame);
        *frame = (struct feel_frame){.up = outer, .item = list.count ? list.items[i] : feel_null()};
        e->frame = frame;
        feel_value v = eval(e, n->kids[1]);
        e->frame = outer;
        e->run->at = n->at;
        int64_t index;
        if (v.kind == FEEL_NUMBER && i == 0) {
            if (!dec_int(v.number, &index) || index == 0)
                return NOTE_NULL(e->run, "序号应是非零整数");
            index = index < 0 ? (int64_t)list.count + index : index - 1;
            return index >= 0 && index < (int64_t)list.count ? list.items[index] : NOTE_NULL(e->run, "序号超出了列表");
        }
        if (list.count && v.kind != FEEL_BOOL && v.kind != FEEL_NULL) {
            feel_note_add(e->run, "筛选条件应是是否，却是%.*s", PS(kind_name(v)));
            if (!feel_neutral(e->run))
                return feel_null();
        }
        if (list.count && feel_true(v))
            *list_add(e->run->op, &out) = list.items[i];
    }
    return feel_of_list(out.p, out.n);
}

static feel_value path(struct eval *e, feel_value v, str name)
{
    if (v.kind == FEEL_LIST) {
        feel_value *items = op_array(e->run->op, feel_value, v.count + 1);
        for (size_t i = 0; i < v.count; i++)
            items[i] = path(e, v.items[i], name);
        return feel_of_list(items, v.count);
    }
    if (v.kind == FEEL_CONTEXT) {
        for (size_t i = 0; i < v.context->count; i++)
            if (str_eq(v.context->entries[i].name, name))
                return v.context->entries[i].value;
        return NOTE_NULL(e->run, "没有「%.*s」这一项", PS(name));
    }
    bool known;
    feel_value property = feel_property(v, name, &known);
    return known ? property : NOTE_NULL(e->run, "%.*s没有「%.*s」", PS(kind_name(v)), PS(name));
}

static feel_value context(struct eval *e, const struct feel_node *n)
{
    struct feel_entry *entries = op_array(e->run->op, struct feel_entry, n->count + 1);
    feel_value *values = op_array(e->run->op, feel_value, n->count + 1);
    const struct feel_frame *outer = e->frame;
    struct feel_frame *frame = bind(e, n->names ? n->names : &n->text, values, 0);
    e->frame = frame;
    for (uint32_t i = 0; i < n->count; i++) {
        values[i] = eval(e, n->kids[i]);
        entries[i] = (struct feel_entry){n->names[i], values[i]};
        frame->count = i + 1;
    }
    e->frame = outer;
    return feel_of_context(e->run->op, entries, n->count);
}

static bool range_end_fits(feel_value v)
{
    int order;
    return v.kind == FEEL_NULL || feel_order(v, v, &order);
}

static feel_value range(struct eval *e, const struct feel_node *n)
{
    struct feel_range *r = op_new(e->run->op, struct feel_range);
    feel_value v = eval(e, n->kids[0]);
    e->run->at = n->at;
    if (n->flag) {
        *r = (struct feel_range){.low = v, .high = v, .unary = true, .differs = n->what == REL_NE};
        r->has_low = n->what != REL_LT && n->what != REL_LE;
        r->has_high = n->what != REL_GT && n->what != REL_GE;
        r->low_closed = n->what == REL_EQ || n->what == REL_GE;
        r->high_closed = n->what == REL_EQ || n->what == REL_LE;
        if (!r->has_low)
            r->low = feel_null();
        if (!r->has_high)
            r->high = feel_null();
    } else {
        *r = (struct feel_range){.low = v, .high = eval(e, n->kids[1]), .low_closed = n->low_closed,
                                 .high_closed = n->high_closed, .has_low = true, .has_high = true};
        int order = 0;
        bool both = r->low.kind != FEEL_NULL && r->high.kind != FEEL_NULL;
        if (!range_end_fits(r->low) || !range_end_fits(r->high) || (both && !feel_order(r->low, r->high, &order)))
            return NOTE_NULL(e->run, "%.*s与%.*s不能作区间的两端", PS(kind_name(r->low)), PS(kind_name(r->high)));
    }
    return (feel_value){.kind = FEEL_RANGE, .range = r};
}

/* ---- functions --------------------------------------------------------------------------------------------- */

static feel_value closure(struct eval *e, const struct feel_node *n)
{
    return feel_of_function(e->run->op, (struct feel_function){.params = n->params,
                                                               .param_count = n->count,
                                                               .body = n->kids[0],
                                                               .tree = e->tree,
                                                               .frame = e->frame,
                                                               .value = e->run->value,
                                                               .unknown = e->run->unknown,
                                                               .from = e->run->from});
}

static feel_value run_body(struct feel_run *run, const struct feel_function *f, const feel_value *args, size_t count)
{
    struct eval e = {.run = run, .tree = f->tree, .frame = f->frame};
    if (f->body->kind == NODE_EXTERNAL)
        return feel_external(run, eval(&e, f->body->kids[0]), args, count);
    str *names = op_array(run->op, str, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = f->params[i].name;
    e.frame = bind(&e, names, args, count);
    struct feel_run caller = *run;
    run->value = f->value;
    run->unknown = f->unknown;
    run->from = f->from;
    feel_value v = eval(&e, f->body);
    run->value = caller.value;
    run->unknown = caller.unknown;
    run->from = caller.from;
    return v;
}

feel_value feel_call(struct feel_run *run, feel_value function, const feel_value *args, size_t count)
{
    if (function.kind != FEEL_FUNCTION)
        return NOTE_NULL(run, "%.*s不是函数，不能调用", PS(kind_name(function)));
    const struct feel_function *f = function.function;
    if (!run->frames_of)
        run->frames_of = &run->frames;
    if (f->builtin)
        return feel_builtin_call(run, f->builtin, args, count);
    if (count != f->param_count)
        return NOTE_NULL(run, "函数要%zu个参数，却给了%zu个", f->param_count, count);
    if (run->calls >= FEEL_CALLS_MAX)
        return NOTE_NULL(run, "函数互相调用超过%d层，请检查是否没有出口", FEEL_CALLS_MAX);
    feel_value *fitted = op_array(run->op, feel_value, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!feel_fit(run->op, args[i], f->params[i].type, &fitted[i]))
            return NOTE_NULL(run, "参数「%.*s」应是%.*s，却是%.*s", PS(f->params[i].name),
                             PS(feel_type_said(run->op, f->params[i].type)), PS(kind_name(args[i])));
    const struct feel *tree = run->tree;
    size_t at = run->at;
    run->calls++;
    feel_value v = f->call ? f->call(run, f->self, fitted, count) : run_body(run, f, fitted, count);
    run->calls--;
    run->tree = tree;
    run->at = at;
    if (f->result && !feel_fit(run->op, v, f->result, &v))
        feel_note_add(run, "函数的结果不是%.*s", PS(feel_type_said(run->op, f->result)));
    return v;
}

feel_value feel_call_named(struct feel_run *run, feel_value function, const struct feel_entry *args, size_t count)
{
    if (function.kind != FEEL_FUNCTION)
        return NOTE_NULL(run, "%.*s不是函数，不能调用", PS(kind_name(function)));
    const struct feel_function *f = function.function;
    if (f->builtin) {
        feel_value values[8];
        size_t n;
        if (!feel_builtin_args(f->builtin, args, count, values, &n))
            return feel_note_add(run, "%s 的参数名应是 %s", f->builtin->name, f->builtin->params),
                   feel_neutral(run) ? feel_neutral_of(run, f->builtin->gives) : feel_null();
        return feel_call(run, function, values, n);
    }
    feel_value *values = op_array(run->op, feel_value, f->param_count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t p = 0;
        while (p < f->param_count && !str_eq(f->params[p].name, args[i].name))
            p++;
        if (p == f->param_count)
            return NOTE_NULL(run, "函数没有名为「%.*s」的参数", PS(args[i].name));
        values[p] = args[i].value;
    }
    if (count != f->param_count)
        return NOTE_NULL(run, "函数要%zu个参数，却给了%zu个", f->param_count, count);
    return feel_call(run, function, values, f->param_count);
}

static feel_value call(struct eval *e, const struct feel_node *n)
{
    size_t count = n->count - 1;
    const struct feel_builtin *b = n->kids[0]->kind == NODE_BUILTIN && !n->kids[0]->dynamic ? n->kids[0]->builtin
                                                                                            : NULL;
    feel_value function = b ? feel_null() : eval(e, n->kids[0]);
    if (!n->names) {
        feel_value few[4], *args = count <= COUNT(few) ? few : op_array(e->run->op, feel_value, count);
        for (size_t i = 0; i < count; i++)
            args[i] = eval(e, n->kids[i + 1]);
        e->run->at = n->at;
        return b ? feel_builtin_call(e->run, b, args, count) : feel_call(e->run, function, args, count);
    }
    if (b)
        function = feel_of_function(e->run->op, (struct feel_function){.builtin = b});
    struct feel_entry *args = op_array(e->run->op, struct feel_entry, count + 1);
    for (size_t i = 0; i < count; i++)
        args[i] = (struct feel_entry){n->names[i], eval(e, n->kids[i + 1])};
    e->run->at = n->at;
    return feel_call_named(e->run, function, args, count);
}

/* ---- all of it --------------------------------------------------------------------------------------------- */

static feel_value logic(struct eval *e, const struct feel_node *n)
{
    /* `a or b or c` leans left: walk down the left edge, then come back, so that long chains need no stack */
    bool decisive = n->kind == NODE_OR;
    const struct feel_node *first = n;
    size_t length = 1;
    for (; first->kids[0]->kind == n->kind; first = first->kids[0])
        length++;
    feel_value result = feel_of_bool(!decisive);
    bool unclear = false;
    for (size_t i = 0; i <= length; i++) {
        const struct feel_node *operand = n;
        for (size_t up = length; up > (i ? i : 1); up--)
            operand = operand->kids[0];
        operand = operand->kids[i ? 1 : 0];
        feel_value v = eval(e, operand);
        if (v.kind == FEEL_BOOL && v.truth == decisive)
            return v;
        if (v.kind != FEEL_BOOL) {
            e->run->at = operand->at;
            if (v.kind != FEEL_NULL)
                feel_note_add(e->run, "条件应是是否，却是%.*s", PS(kind_name(v)));
            result = unknown(e->run, false);
            unclear = true;
        }
    }
    e->run->at = n->at;
    if (unclear && e->run->note_count == 0)
        feel_note_add(e->run, "有的条件不明（空值），结果也不明");
    return result;
}

static feel_value list(struct eval *e, const struct feel_node *n)
{
    feel_value *items = op_array(e->run->op, feel_value, n->count + 1);
    for (uint32_t i = 0; i < n->count; i++)
        items[i] = eval(e, n->kids[i]);
    return feel_of_list(items, n->count);
}

static feel_value named(struct feel_run *run, const struct feel_node *n)
{
    return run->value ? run->value(run->from, n->index) : feel_null();
}

static __attribute__((noinline)) feel_value eval_inner(struct eval *e, const struct feel_node *n)
{
    feel_value a, b;
    switch (n->kind) {
    case NODE_CONST:
        return n->value;
    case NODE_NAME:
        if (n->dynamic && find_local(e->frame, n->text, &a))
            return a;
        return named(e->run, n);
    case NODE_LOCAL:
    case NODE_UNKNOWN:
        if (find_local(e->frame, n->text, &a))
            return a;
        if (n->kind == NODE_UNKNOWN && e->run->unknown && e->run->unknown(e->run->from, n->text, &a))
            return a;
        return NOTE_NULL(e->run, "没有「%.*s」这一项", PS(n->text));
    case NODE_FAULT:
        return NOTE_NULL(e->run, "%.*s", PS(n->text));
    case NODE_BUILTIN:
        if (n->dynamic && find_local(e->frame, n->text, &a))
            return a;
        return feel_of_function(e->run->op, (struct feel_function){.builtin = n->builtin});
    case NODE_INPUT:
        return e->run->input;
    case NODE_OR:
    case NODE_AND:
        return logic(e, n);
    case NODE_COMPARE:
        a = eval(e, n->kids[0]);
        b = eval(e, n->kids[1]);
        e->run->at = n->at;
        return compare(e->run, n->what, a, b);
    case NODE_BETWEEN:
        a = eval(e, n->kids[0]);
        b = compare(e->run, REL_GE, a, eval(e, n->kids[1]));
        a = compare(e->run, REL_LE, a, eval(e, n->kids[2]));
        if ((b.kind == FEEL_BOOL && !b.truth) || (a.kind == FEEL_BOOL && !a.truth))
            return feel_of_bool(false);
        return a.kind == FEEL_NULL ? a : b;
    case NODE_IN:
        a = eval(e, n->kids[0]);
        return tests(e, n->kids + 1, n->count - 1, a, n->count > 2);
    case NODE_ANYTHING:
        return feel_of_bool(true);
    case NODE_TEST:
    case NODE_MATCH:
        return test_one(e, n, e->run->input, true);
    case NODE_TESTS:
        a = tests(e, n->kids, n->count, e->run->input, true);
        return n->flag ? feel_not(a) : a;
    case NODE_ADD:
    case NODE_SUBTRACT:
    case NODE_MULTIPLY:
    case NODE_DIVIDE:
    case NODE_POWER:
        a = eval(e, n->kids[0]);
        b = eval(e, n->kids[1]);
        e->run->at = n->at;
        return arithmetic(e->run, n->kind, a, b);
    case NODE_NEGATE:
        a = eval(e, n->kids[0]);
        e->run->at = n->at;
        return negate(e, a);
    case NODE_INSTANCE:
        return feel_of_bool(feel_is(eval(e, n->kids[0]), n->type));
    case NODE_PATH:
        a = eval(e, n->kids[0]);
        e->run->at = n->at;
        return path(e, a, n->text);
    case NODE_FILTER:
        return filter(e, n);
    case NODE_CALL:
        return call(e, n);
    case NODE_IF:
        a = eval(e, n->kids[0]);
        if (a.kind != FEEL_BOOL && a.kind != FEEL_NULL)
            feel_note_add(e->run, "if 后面应是条件，却是%.*s", PS(kind_name(a)));
        return eval(e, n->kids[feel_true(a) ? 1 : 2]);
    case NODE_FOR:
    case NODE_SOME:
    case NODE_EVERY:
        return loop(e, n);
    case NODE_SPAN:
        return count_through(e, eval(e, n->kids[0]), eval(e, n->kids[1]), true, true);
    case NODE_LIST:
        return list(e, n);
    case NODE_CONTEXT:
        return context(e, n);
    case NODE_RANGE:
        return range(e, n);
    case NODE_FUNCTION:
        return closure(e, n);
    case NODE_EXTERNAL:
        break;
    }
    must(false);
    return feel_null();
}

static __attribute__((noinline)) void within_limits(struct feel_run *run, feel_value *v)
{
    if ((v->kind == FEEL_LIST || v->kind == FEEL_CONTEXT) && (v->depth > FEEL_NESTING_MAX || v->size > FEEL_SIZE_MAX))
        *v = NOTE_NULL(run, "列表或上下文套得太深或太大，请简化");
    if (run->op->bytes > run->bytes && run->op->bytes - run->bytes > FEEL_BYTES_MAX && run->steps < FEEL_STEPS_MAX) {
        feel_stop(run);
        *v = NOTE_NULL(run, "计算占用的内存太多，已停止；请缩小范围");
    }
}

/* One value is returned on every way, so that it is made where the caller wants it, and not copied from level to level. */
static feel_value eval(struct eval *e, const struct feel_node *n)
{
    struct feel_run *run = e->run;
    feel_value v;
    if (n->kind == NODE_CONST) {
        v = n->value;
        return v;
    }
    if (++run->steps >= FEEL_STEPS_MAX) {
        v = run->stopped ? feel_null() : NOTE_NULL(run, "计算太久，已停止；请缩小范围");
        feel_stop(run);
        return v;
    }
    run->tree = e->tree;
    run->at = n->at;
    if (*run->frames_of >= FEEL_FRAMES_MAX) {
        v = NOTE_NULL(run, "计算一层套一层超过%d层，请检查函数是否没有出口", FEEL_FRAMES_MAX);
        return v;
    }
    if (n->kind == NODE_NAME && !n->dynamic && run->value) { /* every third node, and there is nothing inside */
        v = run->value(run->from, n->index);
    } else {
        ++*run->frames_of;
        v = eval_inner(e, n);
        --*run->frames_of;
    }
    within_limits(run, &v);
    return v;
}

feel_value feel_eval(struct feel_run *run, const struct feel *tree)
{
    return feel_eval_node(run, tree, tree->root);
}

feel_value feel_eval_node(struct feel_run *run, const struct feel *tree, const struct feel_node *node)
{
    const struct feel *outer = run->tree;
    size_t at = run->at;
    if (!run->frames_of)
        run->frames_of = &run->frames;
    if (run->depth++ == 0) {
        run->steps = 0;
        run->stopped = false;
        run->bytes = run->op->bytes;
    }
    struct eval e = {.run = run, .tree = tree};
    feel_value v = eval(&e, node);
    run->depth--;
    if (run->stopped)
        v = feel_null();
    run->tree = outer;
    run->at = at;
    return v;
}

feel_value feel_test(struct feel_run *run, const struct feel *cell, feel_value input)
{
    feel_value outer = run->input;
    run->input = input;
    feel_value v = feel_eval(run, cell);
    run->input = outer;
    return v;
}
