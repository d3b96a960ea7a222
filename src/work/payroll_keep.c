/* From a roster to the payment, without retyping (造册). A frozen roster is entered into the members of a batch: what the
 * rule proposed, what was decided, why. When the batch was reviewed, shown to the public and approved, its payment run is
 * made by one act, line for line what the roster says; anything that differs is named, and nothing is made. */
#include "policy/policy.h"
#include "work/payroll_keep.h"

enum { FEN = 2, NAMED_MAX = 5 };

struct payroll {
    const struct doing *d;
    const struct policy *policy;
    struct record *batch, *rows;         /* rows: its members, but those that are out */
    size_t row_count;
    struct kept_screening kept;
    struct roster_line *lines;
    size_t line_count;
    int64_t total_fen;                   /* of lines */
    struct map places, on_list;          /* household -> struct record *, of rows; -> struct roster_line * */
    int named;                           /* how many that differ were told */
};

/* 造册、支付: one of the words of a list. */
static bool listed(str words, str word)
{
    for (str one; word.n && str_take(&words, S("、"), &one);)
        if (str_eq(one, word))
            return true;
    return false;
}

/* Tells what is the matter with somebody, the first few by name. Always false. */
static bool differs(struct payroll *p, str who, const char *what)
{
    if (p->named++ < NAMED_MAX)
        (void)op_fail(p->d->op, FAULT_CONFLICT, who, "%s", what);
    return false;
}

[[nodiscard]] static bool payroll_open(const struct doing *d, struct payroll *p)
{
    struct op *op = d->op;
    struct record *all;
    size_t count;
    *p = (struct payroll){.d = d, .policy = policy_find(d->work->policies, d->work->policy)};
    must(p->policy); /* the pack could not be read without */
    if (!part_asked(d, Y_BATCH, S("批次"), &p->batch) ||
        !part_list_all(d, Y_MEMBER, feel_is_id(d, Y_MEMBER, YM_BATCH, p->batch->id), NULL, &all, &count))
        return false;
    p->rows = op_array(op, struct record, count + 1);
    map_init(&p->places, op);
    for (size_t i = 0; i < count; i++) {
        if (listed(d->work->words[YW_OUT], all[i].state))
            continue;
        struct record *r = &p->rows[p->row_count++];
        *r = all[i];
        map_put(&p->places, id_text(op, part_id(d, Y_MEMBER, YM_HOUSEHOLD, r)), r);
    }
    return true;
}

/* Whoever makes a list of everybody's money must be allowed to see everybody's. */
[[nodiscard]] static bool roster_open(struct payroll *p, id screening)
{
    const struct doing *d = p->d;
    if (!policy_may(d->op, d->town, d->who, p->policy, POLICY_DECIDE) ||
        !roster_lines(d->tx, p->policy, screening, &p->kept, &p->lines, &p->line_count))
        return false;
    map_init(&p->on_list, d->op);
    for (size_t i = 0; i < p->line_count; i++) {
        p->total_fen += p->lines[i].amount_fen;
        map_put(&p->on_list, id_text(d->op, p->lines[i].record), &p->lines[i]);
    }
    return true;
}

static bool on_list(const struct payroll *p, const struct record *row)
{
    return map_get(&p->on_list, id_text(p->d->op, part_id(p->d, Y_MEMBER, YM_HOUSEHOLD, row)));
}

static struct record *row_of(const struct payroll *p, id household)
{
    return map_get(&p->places, id_text(p->d->op, household));
}

/* ---- the roster into the members ------------------------------------------------------------------------------- */

static str output_of(const struct roster_line *l, str name)
{
    feel_value v = l->outputs.kind == FEEL_CONTEXT ? feel_get(l->outputs, name) : feel_null();
    return v.kind == FEEL_TEXT ? v.text : S("");
}

/* What the rule said stays what it was when it was first entered; what people decided follows the roster. */
[[nodiscard]] static bool member_enter(const struct payroll *p, const struct roster_line *l, struct record *r,
                                       bool *ret_changed)
{
    const struct doing *d = p->d;
    const str *words = d->work->words;
    struct entry v = entry_new(d, Y_MEMBER);
    str class = output_of(l, words[YW_CLASS]);
    bool fresh = !part_json(d, Y_MEMBER, YM_RULE_AMOUNT, r);
    if (fresh) {
        entry_text(&v, YM_RESULT, output_of(l, words[YW_RESULT]));
        entry_text(&v, YM_RULE_CLASS, class);
        entry_scaled(&v, YM_RULE_AMOUNT, l->proposed_fen, FEN);
    }
    int64_t rule = fresh ? l->proposed_fen : part_scaled(d, Y_MEMBER, YM_RULE_AMOUNT, r, FEN);
    bool same = part_json(d, Y_MEMBER, YM_AMOUNT, r) && part_scaled(d, Y_MEMBER, YM_AMOUNT, r, FEN) == l->amount_fen;
    *ret_changed = fresh || !same;
    if (!*ret_changed)
        return true;
    if (!part_text(d, Y_MEMBER, YM_CLASS, r).n)
        entry_text(&v, YM_CLASS, class);
    entry_scaled(&v, YM_AMOUNT, l->amount_fen, FEN);
    if (rule != l->amount_fen && (l->reason.n || !part_text(d, Y_MEMBER, YM_REASON, r).n))
        entry_text(&v, YM_REASON, l->reason.n ? l->reason : S("按定稿的名单"));
    return entry_change(&v, r, S("定稿的名单入册"), &r);
}

/* Everybody of the roster has a member record that may still be changed. */
[[nodiscard]] static bool members_fit(struct payroll *p)
{
    for (size_t i = 0; i < p->line_count; i++) {
        const struct record *r = row_of(p, p->lines[i].record);
        if (!r)
            (void)differs(p, p->lines[i].title, "名单上有，这一批里没有登记；请先登记，或重新核定名单");
    }
    return p->named == 0;
}

static void entered_show(const struct payroll *p, int64_t changed)
{
    struct json_out *w = p->d->out;
    json_open(w, '{');
    out_int(w, S("count"), (int64_t)p->line_count);
    out_int(w, S("changed"), changed);
    out_scaled(w, p->d->op, S("amount"), p->total_fen, FEN);
    out_text(w, S("digest"), p->kept.roster_digest);
    out_list(w, S("left"));
    for (size_t i = 0; i < p->row_count; i++)
        if (!on_list(p, &p->rows[i]))
            json_text(w, p->rows[i].title);
    json_close(w, ']');
    json_close(w, '}');
}

/* What people call it: 2021-11-12 定稿，60户，12000.00元. The digest says which it is. */
static str roster_said(const struct payroll *p)
{
    struct op *op = p->d->op;
    return op_text(op, "%.*s 定稿，%zu户，%lld.%02lld元", PS(day_text(op, p->kept.on)), p->line_count, (long long)(p->total_fen / 100),
                   (long long)(p->total_fen % 100));
}

/* 批次 名单: entered again it changes only what differs; another roster than before starts the notice anew, because the
 * day on which it was entered is that of the change. */
bool payroll_enter(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                   const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct payroll p;
    struct record *kept;
    id screening;
    int64_t changed = 0;
    if (!payroll_open(&d, &p))
        return false;
    if (!id_parse(json_str(asked, S("名单")), &screening))
        return op_fail(d.op, FAULT_INPUT, S("名单"), "请选一份定稿的名单");
    if (!roster_open(&p, screening) || !members_fit(&p))
        return false;
    for (size_t i = 0; i < p.line_count; i++) {
        bool one;
        if (!member_enter(&p, &p.lines[i], row_of(&p, p.lines[i].record), &one))
            return false;
        changed += one;
    }
    if (!str_eq(part_text(&d, Y_BATCH, YB_DIGEST, p.batch), p.kept.roster_digest)) {
        struct entry v = entry_new(&d, Y_BATCH);
        entry_text(&v, YB_ROSTER, roster_said(&p));
        entry_text(&v, YB_DIGEST, p.kept.roster_digest);
        entry_text(&v, YB_DAY, day_text(d.op, day_at(d.op->now)));
        if (!entry_change(&v, p.batch, S("定稿的名单入册"), &kept))
            return false;
    }
    entered_show(&p, changed);
    return true;
}

/* ---- the payment -------------------------------------------------------------------------------------------------- */

/* Reviewed, shown long enough since the roster was entered, approved. */
[[nodiscard]] static bool batch_ready(const struct payroll *p)
{
    const struct doing *d = p->d;
    struct op *op = d->op;
    const struct record *b = p->batch;
    struct record *notice;
    if (!part_text(d, Y_BATCH, YB_DIGEST, b).n)
        return op_fail(op, FAULT_CONFLICT, S("批次"), "“%.*s”还没有入册的名单；请先把定稿的名单入册", PS(b->title));
    if (!listed(d->work->words[YW_PAYABLE], b->state))
        return op_fail(op, FAULT_CONFLICT, S("批次"), "“%.*s”现在是“%.*s”，还没有批准；到“%.*s”才能造册发放", PS(b->title),
                       PS(b->state), PS(d->work->words[YW_PAYABLE]));
    id shown = part_id(d, Y_BATCH, YB_NOTICE, b);
    if (id_none(shown))
        return op_fail(op, FAULT_CONFLICT, S("公示"), "“%.*s”没有写是哪一次公示；请在批次上选定公示", PS(b->title));
    if (!part_get(d, Y_NOTICE, shown, &notice))
        return false;
    day today = day_at(op->now), entered = part_day(d, Y_BATCH, YB_DAY, b, today);
    if (part_day(d, Y_NOTICE, YN_FROM, notice, INT32_MIN) < entered)
        return op_fail(op, FAULT_CONFLICT, S("公示"), "名单在%.*s入册，公示“%.*s”在那以前就开始了；名单改了须重新公示",
                       PS(day_text(op, entered)), PS(notice->title));
    if (!listed(d->work->words[YW_OVER], notice->state) ||
        part_day(d, Y_NOTICE, YN_UNTIL, notice, INT32_MAX) > today)
        return op_fail(op, FAULT_CONFLICT, S("公示"), "公示“%.*s”还没有期满，不能造册发放", PS(notice->title));
    return true;
}

/* The members are those of the roster, with its amounts. */
[[nodiscard]] static bool figures_equal(struct payroll *p)
{
    const struct doing *d = p->d;
    if (!str_eq(p->kept.roster_digest, part_text(d, Y_BATCH, YB_DIGEST, p->batch)))
        return op_fail(d->op, FAULT_CONFLICT, S("名单"), "入册的名单和留存的摘要不符，请核对数据是否完好");
    for (size_t i = 0; i < p->line_count; i++) {
        const struct record *r = row_of(p, p->lines[i].record);
        if (!r)
            (void)differs(p, p->lines[i].title, "名单上有，这一批里没有或者剔除了；请重新核定名单、入册、公示");
        else if (part_scaled(d, Y_MEMBER, YM_AMOUNT, r, FEN) != p->lines[i].amount_fen)
            (void)differs(p, r->title, "核定金额和定稿的名单不同；请改回，或重新核定名单、入册、公示");
        else if (!listed(d->work->words[YW_MEMBERS], r->state))
            (void)differs(p, r->title, "还没有到可以造册的状态，请先办完审核");
    }
    for (size_t i = 0; i < p->row_count; i++)
        if (!on_list(p, &p->rows[i]))
            (void)differs(p, p->rows[i].title, "不在定稿的名单上；请写明理由剔除，或重新核定名单");
    return p->named == 0;
}

/* Runs of this batch that were made before; of those two, by account and by hand, there may be one or both. */
[[nodiscard]] static bool runs_made(const struct payroll *p, struct record **ret, size_t *ret_count)
{
    const struct doing *d = p->d;
    return part_list_all(d, Y_RUN, feel_is_text(d, Y_RUN, YR_SOURCE, part_text(d, Y_BATCH, YB_NUMBER, p->batch)), NULL,
                         ret, ret_count);
}

[[nodiscard]] static bool line_make(const struct payroll *p, const struct record *run, const struct roster_line *l,
                                    int64_t order)
{
    const struct doing *d = p->d;
    struct record *r = row_of(p, l->record), *kept;
    str holder = part_text(d, Y_MEMBER, YM_HOLDER, r);
    struct entry v = entry_new(d, Y_LINE);
    entry_id(&v, YL_RUN, run->id);
    entry_int(&v, YL_ORDER, order);
    entry_id(&v, YL_HOUSEHOLD, l->record);
    entry_text(&v, YL_PAYEE, holder.n ? holder : part_text(d, Y_MEMBER, YM_NAME, r));
    entry_text(&v, YL_CITIZEN, part_text(d, Y_MEMBER, YM_CITIZEN, r));
    entry_text(&v, YL_ACCOUNT, part_text(d, Y_MEMBER, YM_ACCOUNT, r));
    entry_scaled(&v, YL_AMOUNT, l->amount_fen, FEN);
    entry_id(&v, YL_MEMBER, r->id);
    str state = d->work->words[YW_LISTED];
    return entry_add(&v, &kept) &&
           (str_eq(r->state, state) || record_state(d->tx, d->town, d->who, d->work->parts[Y_MEMBER].ledger, r->id, 0,
                                                    state, S(""), &kept));
}

/* Those with an account, or those who are paid by hand: the bank gets no line that it could not pay. */
[[nodiscard]] static bool run_make(const struct payroll *p, bool by_hand, int64_t *ret_lines)
{
    const struct doing *d = p->d;
    struct record *run = NULL;
    *ret_lines = 0;
    for (size_t i = 0; i < p->line_count; i++) {
        const struct roster_line *l = &p->lines[i];
        if (l->amount_fen == 0 || by_hand != !part_text(d, Y_MEMBER, YM_ACCOUNT, row_of(p, l->record)).n)
            continue;
        if (!run) {
            struct entry v = entry_new(d, Y_RUN);
            entry_text(&v, YR_BUSINESS, d->work->words[YW_BUSINESS]);
            entry_text(&v, YR_SOURCE, part_text(d, Y_BATCH, YB_NUMBER, p->batch));
            entry_id(&v, YR_MAKER, d->who->staff);
            if (!entry_add(&v, &run))
                return false;
        }
        if (!line_make(p, run, l, ++*ret_lines))
            return false;
    }
    return true;
}

[[nodiscard]] static bool made_show(const struct payroll *p, bool made)
{
    const struct doing *d = p->d;
    struct json_out *w = d->out;
    struct record *runs;
    size_t count;
    if (!runs_made(p, &runs, &count))
        return false;
    json_open(w, '{');
    out_truth(w, S("made"), made);
    out_int(w, S("count"), (int64_t)p->line_count);
    out_scaled(w, d->op, S("amount"), p->total_fen, FEN);
    out_titled(w, d->op, S("runs"), runs, count);
    json_close(w, '}');
    return true;
}

/* 批次: once. Asked again it answers with what is there. */
bool payroll_make(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                  const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct payroll p;
    struct right right;
    struct record *runs;
    size_t count;
    id screening;
    int64_t paid, by_hand;
    if (!payroll_open(&d, &p) || !right_for(d.op, town, who, w->parts[Y_MEMBER].ledger, ACT_REVEAL, &right) ||
        !batch_ready(&p))
        return false;
    bool found;
    if (!roster_of_digest(tx, p.policy, part_text(&d, Y_BATCH, YB_DIGEST, p.batch), &screening, &found))
        return false;
    if (!found)
        return op_fail(d.op, FAULT_CONFLICT, S("名单"), "批次上没有写是哪一份名单，请重新入册");
    if (!roster_open(&p, screening) || !runs_made(&p, &runs, &count))
        return false;
    if (count)
        return made_show(&p, false);
    if (!figures_equal(&p) || !run_make(&p, false, &paid) || !run_make(&p, true, &by_hand))
        return false;
    return made_show(&p, true);
}

/* ---- what there is, and how far it is -------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool runs_show(const struct doing *d, const struct record *batch)
{
    struct json_out *w = d->out;
    struct record *runs;
    size_t count;
    if (!part_list(d, Y_RUN, feel_is_text(d, Y_RUN, YR_SOURCE, part_text(d, Y_BATCH, YB_NUMBER, batch)), NULL, &runs, &count))
        return false;
    out_list(w, S("runs"));
    for (size_t i = 0; i < count; i++) {
        json_open(w, '{');
        out_id(w, d->op, S("id"), runs[i].id);
        out_text(w, S("title"), runs[i].title);
        out_text(w, S("state"), runs[i].state);
        json_close(w, '}');
    }
    json_close(w, ']');
    return true;
}

bool payroll_show(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                  const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *rows;
    struct kept_screening *kept;
    size_t count;
    const struct policy *p = policy_find(w->policies, w->policy);
    must(p);
    if (!part_list(&d, Y_BATCH, S(""), (const int[]){YB_NUMBER, -1}, &rows, &count))
        return false;
    json_open(out, '{');
    out_text(out, S("policy"), p->name);
    out_text(out, S("batch_ledger"), w->parts[Y_BATCH].ledger->name);
    out_text(out, S("run_ledger"), w->parts[Y_RUN].ledger->name);
    out_list(out, S("batches"));
    for (size_t i = count; i-- > 0;) {
        json_open(out, '{');
        out_id(out, d.op, S("id"), rows[i].id);
        out_text(out, S("title"), rows[i].title);
        out_text(out, S("state"), rows[i].state);
        out_text(out, S("digest"), part_text(&d, Y_BATCH, YB_DIGEST, &rows[i]));
        out_text(out, S("entered"), part_text(&d, Y_BATCH, YB_DAY, &rows[i]));
        out_text(out, S("notice"), part_label(&d, Y_BATCH, YB_NOTICE, &rows[i]));
        if (!runs_show(&d, &rows[i]))
            return false;
        json_close(out, '}');
    }
    json_close(out, ']');
    out_list(out, S("rosters"));
    int faults = d.op->fault_count;
    bool may = policy_may(d.op, town, who, p, POLICY_DECIDE);
    op_forgive(d.op, faults);
    if (!screenings_list(tx, p->english, &kept, &count))
        return false;
    for (size_t i = 0; i < count && may; i++) {
        if (!kept[i].frozen)
            continue;
        json_open(out, '{');
        out_id(out, d.op, S("id"), kept[i].id);
        out_text(out, S("on"), day_text(d.op, kept[i].on));
        out_text(out, S("by"), kept[i].by);
        out_text(out, S("digest"), kept[i].roster_digest);
        json_close(out, '}');
    }
    json_close(out, ']');
    json_close(out, '}');
    return true;
}
