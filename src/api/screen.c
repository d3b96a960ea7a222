/* Policies over everybody: screening as a job, simulating, names on demand, why of one. */
#include "api/call.h"

enum {
    NAMES_MAX = 200,
    SCREEN_THREADS = 2
};

/* ---- names as this person may see them ------------------------------------------------------------------------- */

str first_name_masked(struct op *op, str title)
{
    str name, rest;
    bool more = str_split(title, ' ', &name, &rest);
    str taken = name;
    struct buf b;
    buf_init(&b, op, 0);
    size_t letters = utf8_count(name);
    for (size_t i = 0; taken.n; i++) { /* 张*三, 李*, 买***提 */
        uint32_t letter = utf8_next(&taken);
        buf_code(&b, i == 0 || (letters > 2 && i + 1 == letters) ? letter : '*');
    }
    if (more)
        buf_text(&b, " %.*s", PS(rest));
    return buf_str(&b);
}

/* ---- a screening as JSON --------------------------------------------------------------------------------------- */

static void write_tallies(struct json_out *w, const struct screening *s)
{
    json_put_open(w, S("tallies"), '[');
    for (size_t i = 0; i < s->tally_count; i++) {
        const struct screen_tally *t = &s->tallies[i];
        json_open(w, '{');
        json_put_int(w, S("outcome"), t->outcome);
        json_put_text(w, S("status"), dmn_status_names[t->status]);
        json_put_int(w, S("rule"), t->rule);
        json_put_text(w, S("clause"), t->clause);
        json_put_text(w, S("result"), t->result);
        json_put_bool(w, S("included"), t->included);
        json_put_int(w, S("count"), t->count);
        write_amount(w, S("amount"), t->amount_fen);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_groups(struct json_out *w, struct op *op, const struct screening *s)
{
    const struct population *people = s->people;
    struct sum {
        int64_t count, included, doubts, fen;
    } *sums = op_array(op, struct sum, people->group_count + 1);
    for (size_t i = 0; i < people->count; i++) {
        struct sum *g = &sums[people->groups[i]];
        g->count++;
        g->included += s->included[i];
        g->doubts += s->doubtful[i];
        g->fen += s->amount_fen[i];
    }
    json_put_open(w, S("groups"), '[');
    for (size_t i = 0; i < people->group_count; i++) {
        json_open(w, '{');
        json_put_text(w, S("name"), people->group_names[i]);
        json_put_int(w, S("count"), sums[i].count);
        json_put_int(w, S("included"), sums[i].included);
        json_put_int(w, S("doubts"), sums[i].doubts);
        write_amount(w, S("amount"), sums[i].fen);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_slow(struct json_out *w, const struct screening *s)
{
    json_put_open(w, S("slow"), '[');
    for (const struct dmn_slow *x = dmn_plan_slow(s->plan); x; x = x->next) {
        json_open(w, '{');
        json_put_int(w, S("rule"), x->rule);
        json_put_int(w, S("column"), x->column);
        json_put_text(w, S("reason"), x->reason);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_screening(struct json_out *w, struct op *op, const struct screening *s)
{
    json_open(w, '{');
    json_put_text(w, S("on"), day_text(op, s->people->on));
    json_put_text(w, S("version"), version_key(op, s->version));
    json_put_int(w, S("count"), (int64_t)s->people->count);
    json_put_int(w, S("included"), s->included_count);
    json_put_int(w, S("doubts"), s->doubt_count);
    write_amount(w, S("amount"), s->total_fen);
    write_tallies(w, s);
    write_groups(w, op, s);
    write_slow(w, s);
    json_close(w, '}');
}

/* ---- screening as a job ---------------------------------------------------------------------------------------- */

struct screen_job {
    const struct policy *policy;
    day on;
};

/* Read in a snapshot, so that nobody waits while it is read; kept in a writing transaction of its own. */
[[nodiscard]] static bool screen_all(struct op *op, struct op *keep, struct job *job, str *ret_report)
{
    const struct screen_job *want = job_with(job);
    struct api *api = job_api(job);
    struct shelf shelf;
    const struct policy_version *v;
    struct population *people;
    struct screening *s;
    struct kept_screening kept;
    struct tx *tx;
    if (!job_tell(job, S("核对政策"), 0, 4) || !store_begin(api->config.store, op, TX_READ, &tx) ||
        !policy_shelf(tx, want->policy, &shelf) || !policy_in_force(op, &shelf.now, want->on, &v))
        return false;
    if (!job_tell(job, S("读取台账"), 1, 4) ||
        !population_load(tx, keep, api->config.town, want->policy, want->on, &people))
        return false;
    store_abandon(tx);
    if (!job_tell(job, S("逐个判断"), 2, 4) || !screening_run(op, v, people, NULL, 0, SCREEN_THREADS, &s))
        return false;
    if (!job_tell(job, S("存档"), 3, 4) || !store_begin(api->config.store, op, TX_WRITE, &tx) ||
        !screening_keep(tx, job_who(job), s, &kept))
        return false;
    if (!job_tell(job, S("存档"), 4, 4) || !store_commit(tx))
        return false;
    const struct ledger *policies = town_ledger(api->config.town, S("政策表"));
    if (policies)
        live_tell(api, op->now, &(struct told){.ledger = policies, .record = kept.id}, false);
    struct buf b;
    struct json_out w = {.b = &b};
    buf_init(&b, op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("screening"), id_text(op, kept.id));
    json_put_text(&w, S("digest"), kept.digest);
    json_key(&w, S("result"));
    write_screening(&w, op, s);
    json_close(&w, '}');
    *ret_report = buf_str(&b);
    return true;
}

/* The population goes at once; the job is remembered much longer. */
static bool screen_work(struct op *op, struct job *job)
{
    struct op keep;
    str report;
    op_init(&keep, op->now, op_random(op));
    bool done = screen_all(op, &keep, job, &report);
    op_done(&keep);
    if (done)
        job_report(job, report);
    return done;
}

bool policy_screen(struct call *c)
{
    const struct policy *p;
    day on = day_at(c->op->now);
    str text = json_str(c->body, S("on"));
    if (!policy_known(c, c->word, &p) || !policy_may(c->op, c->town, c->who, p, POLICY_SCREEN))
        return false;
    if (text.n && !day_parse(text, &on))
        return op_fail(c->op, FAULT_INPUT, S("on"), "日期须写成 2021-12-31 的样子");
    struct job *job = job_new(c, S("筛查"), screen_work);
    struct screen_job *want = op_new(job_op(job), struct screen_job);
    *want = (struct screen_job){p, on};
    job_give(job, want);
    return job_start(c, job);
}

/* ---- simulating ------------------------------------------------------------------------------------------------ */

/* What is asked, and what it is compared with: the version of that day as it stands, unless the request names another.
 */
struct pair {
    struct asked now, before;
    struct screening *after_s, *before_s;
    struct comparison comparison;
};

[[nodiscard]] static bool run_asked(struct call *c, const struct asked *a, struct screening **ret)
{
    const struct population *people;
    return crowd_take(c, a->policy, a->on, &people) &&
           screening_run(c->op, a->version, people, NULL, 0, SCREEN_THREADS, ret);
}

[[nodiscard]] static bool pair_take(struct call *c, struct pair *ret)
{
    const struct json *than = json_get(c->body, S("than"));
    struct pair p = {0};
    if (!policy_asked(c, POLICY_SCREEN, c->body, &p.now) || !run_asked(c, &p.now, &p.after_s))
        return false;
    struct json plain = {.kind = JSON_OBJECT},
                on = {.kind = JSON_STRING, .key = S("on"), .text = day_text(c->op, p.now.on)};
    plain.first = &on;
    plain.count = 1;
    if (!policy_asked(c, POLICY_SCREEN, than && than->kind == JSON_OBJECT ? than : &plain, &p.before) ||
        !run_asked(c, &p.before, &p.before_s))
        return false;
    p.before_s->version = p.before.version;
    if (!screening_compare(c->op, p.before_s, p.after_s, &p.comparison))
        return false;
    *ret = p;
    return true;
}

bool policy_simulate(struct call *c)
{
    struct pair p;
    struct json_out *w = &c->out;
    if (!pair_take(c, &p))
        return false;
    json_open(w, '{');
    json_put_int(w, S("changes"), (int64_t)p.now.changes);
    json_key(w, S("after"));
    write_screening(w, c->op, p.after_s);
    json_key(w, S("before"));
    write_screening(w, c->op, p.before_s);
    json_put_open(w, S("groups"), '[');
    for (size_t i = 0; i < p.comparison.group_count; i++) {
        const struct screen_group *g = &p.comparison.groups[i];
        json_open(w, '{');
        json_put_text(w, S("name"), g->name);
        json_put_int(w, S("entering"), g->entering);
        json_put_int(w, S("leaving"), g->leaving);
        json_put_int(w, S("changed"), g->changed);
        write_amount(w, S("before"), g->before_fen);
        write_amount(w, S("after"), g->after_fen);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

enum which {
    WHICH_ENTERING,
    WHICH_LEAVING,
    WHICH_CHANGED,
    WHICH_IN,
    WHICH_DOUBT,
    WHICH_OUTCOME,
    WHICHES
};
static const str which_names[WHICHES] = {SC("entering"), SC("leaving"), SC("changed"),
                                         SC("in"),       SC("doubt"),   SC("outcome")};

struct names {
    enum which which;
    int64_t outcome, from, limit;
    str group;
    int64_t count; /* all that match */
};

[[nodiscard]] static bool number_of(struct call *c, str key, int64_t usual, int64_t least, int64_t most, int64_t *ret)
{
    const struct json *j = json_get(c->body, key);
    *ret = usual;
    return !j || (json_int(j, ret) && *ret >= least && *ret <= most) ||
           op_fail(c->op, FAULT_INPUT, key, "须是 %lld 到 %lld 的整数", (long long)least, (long long)most);
}

[[nodiscard]] static bool names_asked(struct call *c, struct names *ret)
{
    struct names n = {.group = json_str(c->body, S("group"))};
    str which = json_str(c->body, S("which"));
    while (n.which < WHICHES && !str_eq(which, which_names[n.which]))
        n.which++;
    if (n.which == WHICHES)
        return op_fail(c->op, FAULT_INPUT, S("which"), "须是 entering、leaving、changed、in、doubt、outcome 之一");
    if (!number_of(c, S("outcome"), 0, 0, UINT16_MAX, &n.outcome) ||
        !number_of(c, S("offset"), 0, 0, POLICY_MEMBERS_MAX, &n.from) ||
        !number_of(c, S("limit"), 50, 1, NAMES_MAX, &n.limit))
        return false;
    *ret = n;
    return true;
}

static bool names_hold(const struct names *n, const struct screen_change *x)
{
    switch (n->which) {
    case WHICH_ENTERING:
        return !x->before && x->after;
    case WHICH_LEAVING:
        return x->before && !x->after;
    case WHICH_CHANGED:
        return x->before && x->after;
    case WHICH_IN:
    case WHICH_DOUBT:
    case WHICH_OUTCOME:
    case WHICHES:
        break;
    }
    return false;
}

static bool member_holds(const struct names *n, const struct screening *s, size_t i)
{
    return n->which == WHICH_IN      ? s->included[i]
           : n->which == WHICH_DOUBT ? s->doubtful[i]
                                     : s->outcomes[i] == n->outcome;
}

static bool names_place(struct names *n, str group)
{
    if (n->group.n && !str_eq(n->group, group))
        return false;
    int64_t at = n->count++;
    return at >= n->from && at < n->from + n->limit;
}

[[nodiscard]] static bool write_name(struct call *c, const struct ledger *l, id record, str group)
{
    str title;
    if (!policy_title(c->tx, c->town, c->who, l, record, S(""), &title))
        return false;
    json_put_text(&c->out, S("record"), id_text(c->op, record));
    json_put_text(&c->out, S("title"), title);
    json_put_text(&c->out, S("group"), group);
    return true;
}

[[nodiscard]] static bool write_changes(struct call *c, struct names *n, const struct pair *p)
{
    for (size_t i = 0; i < p->comparison.change_count; i++) {
        const struct screen_change *x = &p->comparison.changes[i];
        if (!names_hold(n, x) || !names_place(n, x->group))
            continue;
        json_open(&c->out, '{');
        if (!write_name(c, p->now.policy->ledger, x->record, x->group))
            return false;
        write_amount(&c->out, S("before"), x->before_fen);
        write_amount(&c->out, S("after"), x->after_fen);
        json_close(&c->out, '}');
    }
    return true;
}

[[nodiscard]] static bool write_members(struct call *c, struct names *n, const struct screening *s,
                                        const struct ledger *l)
{
    for (size_t i = 0; i < s->people->count; i++) {
        str group = s->people->group_names[s->people->groups[i]];
        if (!member_holds(n, s, i) || !names_place(n, group))
            continue;
        json_open(&c->out, '{');
        if (!write_name(c, l, s->people->ids[i], group))
            return false;
        write_amount(&c->out, S("after"), s->amount_fen[i]);
        json_put_int(&c->out, S("rule"), s->outcomes[i] < dmn_plan_rules(s->plan) ? s->outcomes[i] + 1 : 0);
        json_put_text(&c->out, S("doubt"), screening_doubt(c->op, s, i));
        json_close(&c->out, '}');
    }
    return true;
}

bool policy_names(struct call *c)
{
    struct names n = {0};
    struct pair p = {0};
    if (!names_asked(c, &n))
        return false;
    bool changes = n.which < WHICH_IN;
    if (changes ? !pair_take(c, &p)
                : !policy_asked(c, POLICY_SCREEN, c->body, &p.now) || !run_asked(c, &p.now, &p.after_s))
        return false;
    json_open(&c->out, '{');
    json_put_open(&c->out, S("items"), '[');
    if (changes ? !write_changes(c, &n, &p) : !write_members(c, &n, p.after_s, p.now.policy->ledger))
        return false;
    json_close(&c->out, ']');
    json_put_int(&c->out, S("count"), n.count);
    json_close(&c->out, '}');
    return true;
}

/* ---- why ------------------------------------------------------------------------------------------------------- */

void write_why(struct call *c, const struct why *y)
{
    struct json_out *w = &c->out;
    json_put_text(w, S("status"), dmn_status_names[y->status]);
    json_put_bool(w, S("included"), y->included);
    json_put_text(w, S("doubt"), y->doubt);
    json_put_text(w, S("result"), y->result);
    json_put_int(w, S("rule"), y->rule);
    json_put_text(w, S("clause"), y->clause);
    write_amount(w, S("amount"), y->amount_fen);
    json_put_open(w, S("values"), '[');
    for (size_t i = 0; i < y->value_count; i++) {
        json_open(w, '{');
        json_put_text(w, S("name"), y->values[i].name);
        json_put_text(w, S("text"), y->values[i].text);
        json_put_bool(w, S("hidden"), y->values[i].hidden);
        json_put_bool(w, S("missing"), y->values[i].missing);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_put_open(w, S("rules"), '[');
    for (size_t i = 0; i < y->rule_count; i++) {
        json_open(w, '{');
        json_put_int(w, S("number"), y->rules[i].number);
        json_put_text(w, S("clause"), y->rules[i].clause);
        json_put_text(w, S("failed"), y->rules[i].failed);
        json_put_text(w, S("wanted"), y->rules[i].wanted);
        json_put_text(w, S("type"), y->rules[i].type);
        json_put_bool(w, S("chosen"), y->rules[i].chosen);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_put_text(w, S("sentence"), y->sentence);
}

bool policy_why(struct call *c)
{
    struct asked a;
    struct screening *s;
    struct why why;
    id record;
    str title;
    bool *hidden;
    size_t i = 0;
    if (!id_parse(json_str(c->body, S("record")), &record))
        return op_fail(c->op, FAULT_INPUT, S("record"), "记录编号不成样子");
    if (!policy_asked(c, POLICY_SCREEN, c->body, &a) || !run_asked(c, &a, &s))
        return false;
    while (i < s->people->count && !id_eq(s->people->ids[i], record))
        i++;
    if (i == s->people->count)
        return op_fail(c->op, FAULT_MISSING, S("record"), "%.*s这天的总体里没有它，可能已注销、迁出或不符合总体的条件",
                       PS(day_text(c->op, a.on)));
    policy_hidden(c->op, c->town, c->who, a.policy, &hidden);
    if (!policy_title(c->tx, c->town, c->who, a.policy->ledger, record, S(""), &title) ||
        !screening_account(c->op, s, i, title, hidden, &why))
        return false;
    json_open(&c->out, '{');
    if (!write_name(c, a.policy->ledger, record, s->people->group_names[s->people->groups[i]]))
        return false;
    json_put_text(&c->out, S("policy"), a.policy->name);
    json_put_text(&c->out, S("ledger"), a.policy->ledger->name);
    json_put_text(&c->out, S("on"), day_text(c->op, a.on));
    json_put_text(&c->out, S("version"), version_key(c->op, a.version));
    write_why(c, &why);
    json_close(&c->out, '}');
    return true;
}
