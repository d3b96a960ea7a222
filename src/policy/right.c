/* Who may do what with a policy, and what no policy may ask. */
#include "policy/inner.h"

/* What a policy reads: the population, the ledger its groups are found through, the members; of members only those of
 * their condition. */
struct read_of {
    const struct ledger *ledger;
    str where;
};
static size_t ledgers_read(struct op *op, const struct town *town, const struct policy *p, struct read_of **ret)
{
    struct read_of *l = op_array(op, struct read_of, p->member_count + 2);
    size_t n = 0;
    l[n++].ledger = p->ledger;
    if (p->group_via.n)
        l[n++].ledger = town_ledger(town, ledger_field(p->ledger, p->group_via)->target);
    for (size_t i = 0; i < p->member_count; i++)
        l[n++] = (struct read_of){p->members[i].ledger, p->members[i].where};
    *ret = l;
    return n;
}

/* Over the whole town, without a condition on rows: a part of the town would give a part of the answer under the name
 * of the whole. */
[[nodiscard]] static bool may_everywhere(struct op *op, const struct town *town, const struct who *who,
                                         const struct ledger *l, enum act act)
{
    struct right right;
    if (who->system)
        return true;
    if (!l)
        return op_fail(op, FAULT_DENIED, S(""), "镇里没有台账“政策表”，不能办理政策");
    if (!right_for(op, town, who, l, act, &right))
        return false;
    return right.all || op_fail(op, FAULT_DENIED, l->name, "须有全镇“%.*s”的%.*s权限；您的岗位只到一部分", PS(l->name),
                                PS(act_names[act]));
}

/* Somebody works in a line who moves records of it. */
[[nodiscard]] static bool of_line(struct op *op, const struct town *town, const struct who *who, str line)
{
    int faults = op->fault_count;
    bool yes = false;
    for (size_t i = 0; i < town_ledger_count(town) && !yes; i++) {
        const struct ledger *l = town_ledger_at(town, i);
        yes = str_eq(l->line_of_work, line) && may_everywhere(op, town, who, l, ACT_STATE);
    }
    op_forgive(op, faults);
    return yes || op_fail(op, FAULT_DENIED, S(""), "疑点须由“%.*s”条线的人核定，请转给他们", PS(line));
}

bool policy_may(struct op *op, const struct town *town, const struct who *who, const struct policy *p,
                enum policy_act act)
{
    static const struct {
        bool table; /* of the ledger 政策表; else of the population */
        enum act act;
    } asks[POLICY_ACTS] = {
        [POLICY_SEE] = {true, ACT_READ},      [POLICY_SCREEN] = {false, ACT_READ},
        [POLICY_DECIDE] = {false, ACT_STATE}, [POLICY_EXPORT] = {false, ACT_EXPORT},
        [POLICY_CLEAR] = {false, ACT_STATE},
        [POLICY_UNCOVER] = {false, ACT_REVEAL},
        [POLICY_EDIT] = {true, ACT_CHANGE},   [POLICY_FORCE] = {true, ACT_STATE},
    };
    must(act < POLICY_ACTS && (p || asks[act].table));
    if (asks[act].table)
        return may_everywhere(op, town, who, town_ledger(town, S("政策表")), asks[act].act);
    struct read_of *l;
    size_t n = ledgers_read(op, town, p, &l);
    for (size_t i = 0; i < n; i++)
        if (!(l[i].where.n && right_within(who, l[i].ledger, ACT_READ, l[i].where)) &&
            !may_everywhere(op, town, who, l[i].ledger, ACT_READ))
            return false;
    return may_everywhere(op, town, who, p->ledger, asks[act].act) &&
           (act != POLICY_CLEAR || of_line(op, town, who, p->cleared_by));
}

const struct policy_clearer *policy_clearer(const struct policy *p, str doubt, day on)
{
    size_t at;
    for (size_t i = 0; i < p->clearer_count; i++) {
        const struct policy_clearer *c = &p->clearers[i];
        if (c->from <= on && on <= c->until && (c->doubt.n == 0 || str_find(doubt, c->doubt, &at)))
            return c;
    }
    return NULL;
}

str policy_clearer_name(struct op *op, const struct policy *p, str doubt, day on)
{
    const struct policy_clearer *c = policy_clearer(p, doubt, on);
    return c ? c->by : op_text(op, "“%.*s”条线", PS(p->cleared_by));
}

static bool take_any(void *context, [[maybe_unused]] id record, [[maybe_unused]] const struct arg *cells)
{
    *(bool *)context = true;
    return true;
}

/* Whether a condition holds for one record: of the post, or of the cadre, that somebody acts as. */
[[nodiscard]] static bool holds_for(struct tx *tx, const struct town *town, const char *ledger, str where, id record,
                                    bool *ret)
{
    const struct ledger *l = town_ledger(town, str_z(ledger));
    struct cells_query q = {.where = where, .of = &record, .of_count = 1};
    *ret = where.n == 0;
    return *ret || !l || id_none(record) || cells_each(tx, l, &q, take_any, ret);
}

bool policy_may_clear(struct tx *tx, const struct town *town, const struct who *who, const struct policy *p, str doubt)
{
    const struct policy_clearer *c = policy_clearer(p, doubt, day_at(tx->op->now));
    bool post, staff;
    if (!policy_may(tx->op, town, who, p, POLICY_CLEAR))
        return false;
    if (!c || who->system)
        return true;
    if (!holds_for(tx, town, "岗位", c->post, who->post, &post) ||
        !holds_for(tx, town, "干部", c->staff, who->staff, &staff))
        return false;
    return (post && staff) ||
           op_fail(tx->op, FAULT_DENIED, S(""), "这条疑点须由%.*s核定，请转给他们：%.*s", PS(c->by), PS(doubt));
}

/* A name inside another name hides it too: rather too much than too little. */
void policy_hidden(struct op *op, const struct town *town, const struct who *who, const struct policy *p, bool **ret)
{
    struct read_of *l;
    size_t n = ledgers_read(op, town, p, &l), at;
    bool *hidden = op_array(op, bool, p->input_count + 1);
    int faults = op->fault_count;
    for (size_t i = 0; i < n; i++) {
        struct right right;
        const struct ledger *of = l[i].ledger;
        bool known = right_for(op, town, who, of, ACT_READ, &right);
        for (size_t f = 0; f < of->field_count; f++)
            for (size_t k = 0; k < p->input_count && (!known || right.masked[f]); k++)
                hidden[k] |= str_find(p->inputs[k].from, of->fields[f].name, &at);
    }
    op_forgive(op, faults);
    *ret = hidden;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* Titles are made of few fields; only where one of those is masked for this person is the record read again through
 * their rights. */
static bool title_masked(struct op *op, const struct town *town, const struct who *who, const struct ledger *l)
{
    const struct ledger *of[64] = {l};
    size_t n = 1, at;
    for (size_t i = 0; i < l->field_count && n < COUNT(of); i++)
        if (l->fields[i].type == F_REF)
            of[n++] = town_ledger(town, l->fields[i].target);
    int faults = op->fault_count;
    bool masked = false;
    for (size_t i = 0; i < n && !masked; i++) {
        struct right right;
        bool known = of[i] && right_for(op, town, who, of[i], ACT_READ, &right);
        for (size_t f = 0; of[i] && f < of[i]->field_count && !masked; f++)
            masked = (!known || right.masked[f]) && str_find(l->title, of[i]->fields[f].name, &at);
    }
    op_forgive(op, faults);
    return masked;
}

bool policy_title(struct tx *tx, const struct town *town, const struct who *who, const struct ledger *l, id record,
                  str kept, str *ret)
{
    *ret = kept;
    return (kept.n && (who->system || !title_masked(tx->op, town, who, l))) ||
           record_title(tx, town, who, l, record, ret);
}

bool policy_uncover(struct tx *tx, const struct town *town, const struct who *who, const struct policy *p, id screening,
                    id record, str reason)
{
    struct op *op = tx->op;
    struct buf b;
    struct json_out w = {.b = &b};
    int64_t no;
    if (!policy_may(op, town, who, p, POLICY_UNCOVER))
        return false;
    if (str_trim(reason).n == 0)
        return op_fail(op, FAULT_INPUT, S("reason"), "查看遮盖的内容须写明理由");
    buf_init(&b, op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("政策"), p->name);
    json_put_text(&w, S("筛查"), id_text(op, screening));
    json_put_text(&w, S("理由"), str_trim(reason));
    json_close(&w, '}');
    struct fact fact = {.account = who->account,
                        .post = who->post,
                        .account_name = who->name,
                        .act = FACT_REVEAL,
                        .ledger = id_none(record) ? S("policy") : p->ledger->english,
                        .record = id_none(record) ? screening : record,
                        .body = buf_str(&b)};
    return fact_keep(tx, &fact, &no);
}

/* ---- what the law forbids ------------------------------------------------------------------------------------ */

enum { HIDES_MAX = 4 }; /* a name of a name of a name … */
static const str forbidden[] = {SC("民族"), SC("宗教"), SC("信仰"), SC("政治面貌"), SC("言论")};

static bool asks_forbidden(str text, str *ret)
{
    size_t at;
    for (size_t i = 0; i < COUNT(forbidden); i++)
        if (str_find(text, forbidden[i], &at)) {
            *ret = forbidden[i];
            return true;
        }
    return false;
}

/* A computed field, here or behind a reference, may be only another name for it, and so on; names are looked for as
 * text, which may refuse too much and never too little. */
static bool hides(const struct town *town, str text, int depth, str *ret)
{
    size_t at;
    if (asks_forbidden(text, ret))
        return true;
    for (size_t i = 0; i < town_ledger_count(town) && depth > 0; i++) {
        const struct ledger *l = town_ledger_at(town, i);
        for (size_t f = 0; f < l->field_count; f++)
            if (l->fields[f].formula.n && str_find(text, l->fields[f].name, &at) && !str_eq(text, l->fields[f].formula) &&
                hides(town, l->fields[f].formula, depth - 1, ret))
                return true;
    }
    return false;
}

static bool refused(struct op *op, str where, str word)
{
    return op_fail(op, FAULT_INPUT, where, "政策不得按“%.*s”挑选人（宪法第三十三、三十六条，个人信息保护法第二十八条），请去掉这一项", PS(word));
}

bool policy_lawful(struct op *op, const struct town *town, const struct policy *p)
{
    str word, texts[2];
    bool good = true;
    for (size_t i = 0; i < p->input_count && good; i++) {
        texts[0] = p->inputs[i].name;
        texts[1] = p->inputs[i].from;
        for (size_t k = 0; k < COUNT(texts); k++)
            good = good && !hides(town, texts[k], HIDES_MAX, &word);
    }
    good = good && !hides(town, p->where, HIDES_MAX, &word);
    for (size_t i = 0; i < p->member_count && good; i++) {
        const struct policy_members *m = &p->members[i];
        good = !hides(town, m->where, HIDES_MAX, &word);
        for (size_t f = 0; f < m->field_count && good; f++)
            good = !hides(town, m->fields[f]->name, HIDES_MAX, &word) && !hides(town, m->fields[f]->formula, HIDES_MAX, &word);
    }
    return good || refused(op, p->file, word);
}

bool policy_asks_lawful(struct op *op, str name)
{
    str word;
    return !asks_forbidden(name, &word) || refused(op, name, word);
}
