/* Votes: whether a round counts, who is elected, and who stands in the next. Whole numbers only. */
#include "work/inner.h"

const str count_end_names[COUNT_ENDS] = {
    [COUNT_ALL] = SC("全部选出"), [COUNT_PART] = SC("部分选出"), [COUNT_VOID] = SC("无效"),
    [COUNT_TIE] = SC("票数相等"), [COUNT_OPEN] = SC("名额空缺"),
};

static bool share_reached(struct share s, int64_t part, int64_t whole)
{
    return s.in == 0 || (s.equal ? part * s.in >= s.of * whole : part * s.in > s.of * whole);
}

/* the smallest part that reaches it */
static int64_t share_least(struct share s, int64_t whole)
{
    if (s.in == 0)
        return 0;
    return s.equal ? (s.of * whole + s.in - 1) / s.in : s.of * whole / s.in + 1;
}

void count_list(const struct count_rule *rule, int seats, int *ret_least, int *ret_most)
{
    const struct share *lo = &rule->more_least, *hi = &rule->more_most;
    *ret_least = lo->in ? seats + (int)((lo->of * seats + lo->in - 1) / lo->in) : seats + 1;
    *ret_most = hi->in ? seats + (int)(hi->of * seats / hi->in) : 0;
}

/* ---- do the numbers agree with each other? ----------------------------------------------------------------------- */

[[nodiscard]] static bool number_fits(struct op *op, str field, int64_t n)
{
    return (n >= 0 && n <= COUNT_VOTES_MAX) || op_fail(op, FAULT_INPUT, field, "%.*s须是不小于0的整数，请核对", PS(field));
}

[[nodiscard]] static bool name_fits(struct op *op, const struct count *c, const struct count_name *n)
{
    if (!number_fits(op, n->name, n->yes) || !number_fits(op, n->name, n->no) || !number_fits(op, n->name, n->abstain))
        return false;
    int64_t sum = n->yes + n->no + n->abstain;
    return sum == c->valid ||
           op_fail(op, FAULT_INPUT, n->name, "%.*s的赞成、反对、弃权共%lld，有效票是%lld，须相等，请核对", PS(n->name),
                   (long long)sum, (long long)c->valid);
}

bool count_check(struct op *op, const struct count *c)
{
    bool good = number_fits(op, S("选民总数"), c->voters) && number_fits(op, S("发出选票"), c->issued) &&
                number_fits(op, S("收回选票"), c->collected) && number_fits(op, S("有效票"), c->valid) &&
                number_fits(op, S("无效票"), c->invalid);
    if (!good)
        return false;
    if (c->seats < 1 || c->seats > COUNT_SEATS_MAX)
        return op_fail(op, FAULT_INPUT, S("名额"), "应选名额须是1到%d，请核对", COUNT_SEATS_MAX);
    if (c->name_count > COUNT_NAMES_MAX)
        return op_fail(op, FAULT_INPUT, S("姓名"), "被选人最多%d名，请把只得零星票的合在一起", COUNT_NAMES_MAX);
    if (c->valid + c->invalid != c->collected)
        good = op_fail(op, FAULT_INPUT, S("有效票"), "有效票%lld加无效票%lld不等于收回选票%lld，请核对",
                       (long long)c->valid, (long long)c->invalid, (long long)c->collected);
    int64_t votes = 0;
    for (size_t i = 0; i < c->name_count; i++) {
        for (size_t k = 0; k < i; k++)
            if (str_eq(c->names[i].name, c->names[k].name))
                good = op_fail(op, FAULT_INPUT, c->names[i].name, "“%.*s”出现了两次，请合在一起；同名的请加区别", PS(c->names[i].name));
        good = name_fits(op, c, &c->names[i]) && good;
        votes += c->names[i].yes;
    }
    if (good && votes > c->seats * c->valid)
        good =
            op_fail(op, FAULT_INPUT, S("赞成"), "赞成票共%lld，多于有效票%lld乘应选名额%d：有多选的票没有作废，请复点",
                    (long long)votes, (long long)c->valid, c->seats);
    return good;
}

/* ---- the result -------------------------------------------------------------------------------------------------- */

/* By votes, then as listed: the order never depends on the sort. */
static void names_rank(struct op *op, struct count *c, struct count_name ***ret)
{
    struct count_name **order = op_array(op, struct count_name *, c->name_count + 1);
    for (size_t i = 0; i < c->name_count; i++) {
        size_t k = i;
        for (; k && order[k - 1]->yes < c->names[i].yes; k--)
            order[k] = order[k - 1];
        order[k] = &c->names[i];
    }
    for (size_t i = 0; i < c->name_count; i++)
        order[i]->place = i && order[i]->yes == order[i - 1]->yes ? order[i - 1]->place : (int)i + 1;
    *ret = order;
}

static void next_add(struct op *op, struct count_result *r, const struct count_name *n)
{
    r->next = op_grow(op, r->next, r->next_count * sizeof *r->next, (r->next_count + 1) * sizeof *r->next);
    r->next[r->next_count++] = n;
}

/* Who stands for the seats left: the best of the others, as many as a list must have; those equal to the last as far as
 * it may. */
static void next_find(struct op *op, const struct count_rule *rule, struct count_name **order, size_t n,
                      struct count_result *r)
{
    int least, most;
    count_list(rule, r->open, &least, &most);
    for (size_t i = 0; i < n; i++) {
        if (order[i]->elected || order[i]->yes == 0)
            continue;
        if (r->next_count >= (size_t)least && order[i]->yes < r->next[least - 1]->yes)
            break;
        next_add(op, r, order[i]);
    }
    r->next_tied = most && r->next_count > (size_t)most;
}

bool count_judge(struct op *op, const struct count_rule *rule, struct count *c, struct count_result *ret)
{
    struct count_result r = {.open = c->seats};
    struct count_name **order;
    if (!count_check(op, c))
        return false;
    r.present = rule->present_issued ? c->issued : c->collected;
    r.present_least = share_least(rule->turnout, c->voters);
    const int64_t bases[] = {
        [COUNT_OF_PRESENT] = r.present, [COUNT_OF_COLLECTED] = c->collected, [COUNT_OF_VALID] = c->valid};
    r.votes_least = share_least(rule->win, bases[rule->base]);
    r.too_many = c->collected > c->issued;
    names_rank(op, c, &order);
    for (size_t i = 0; i < c->name_count; i++)
        order[i]->enough = order[i]->yes > 0 && share_reached(rule->win, order[i]->yes, bases[rule->base]);
    if (r.too_many || !share_reached(rule->turnout, r.present, c->voters)) {
        r.end = COUNT_VOID;
        *ret = r;
        return true;
    }
    size_t enough = 0;
    while (enough < c->name_count && order[enough]->enough)
        enough++;
    size_t seats = (size_t)c->seats;
    /* The last seat and the next name have the same votes: neither has it. */
    bool tie = enough > seats && order[seats]->yes == order[seats - 1]->yes;
    for (size_t i = 0; i < enough; i++) {
        order[i]->tied = tie && order[i]->yes == order[seats - 1]->yes;
        order[i]->elected = !order[i]->tied && i < seats;
        r.elected += order[i]->elected;
        if (order[i]->tied)
            next_add(op, &r, order[i]);
    }
    r.open = c->seats - r.elected;
    r.end = r.open == 0 ? COUNT_ALL : tie ? COUNT_TIE : rule->rerun ? COUNT_PART : COUNT_OPEN;
    if (r.end == COUNT_PART)
        next_find(op, rule, order, c->name_count, &r);
    *ret = r;
    return true;
}

/* ---- two people -------------------------------------------------------------------------------------------------- */

static void differs(struct buf *b, str what, int64_t one, int64_t other)
{
    if (one != other)
        buf_text(b, "%s%.*s：一人点得%lld，一人点得%lld", b->n ? "\n" : "", PS(what), (long long)one, (long long)other);
}

static const struct count_name *name_find(const struct count *c, str name)
{
    for (size_t i = 0; i < c->name_count; i++)
        if (str_eq(c->names[i].name, name))
            return &c->names[i];
    return NULL;
}

bool count_agree(const struct count *a, const struct count *b, struct buf *d)
{
    static const struct count_name none;
    differs(d, S("收回选票"), a->collected, b->collected);
    differs(d, S("有效票"), a->valid, b->valid);
    differs(d, S("无效票"), a->invalid, b->invalid);
    for (size_t i = 0; i < a->name_count + b->name_count; i++) {
        const struct count_name *x = i < a->name_count ? &a->names[i] : &b->names[i - a->name_count];
        const struct count_name *one = i < a->name_count ? x : name_find(a, x->name), *two = name_find(b, x->name);
        if (i >= a->name_count && one)
            continue; /* told already */
        /* Nobody's vote is no difference: one wrote a name down and counted none, the other left it out. */
        one = one ? one : &none;
        two = two ? two : &none;
        if (one == &none && two == &none)
            continue;
        differs(d, op_text(d->op, "%.*s 赞成", PS(x->name)), one->yes, two->yes);
        differs(d, op_text(d->op, "%.*s 反对", PS(x->name)), one->no, two->no);
    }
    return d->n == 0;
}
