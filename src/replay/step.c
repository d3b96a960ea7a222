/* One step: a record is added, changed or moved on, a procedure is begun or acted on, a policy screens. */
#include "policy/policy.h"
#include "replay/inner.h"

struct doing {
    struct play *p;
    struct turn *turn;
    const struct json *step;
    str file;
    const struct who *who;           /* NULL: whoever has the task */
    struct thing on;
};

static const struct who nobody = {.name = S("系统"), .system = true};

static bool add(struct doing *d)
{
    struct play *p = d->p;
    const struct json *values;
    struct warning *warnings;
    struct record *r;
    str name = json_str(d->step, S("新增")), keep_as = json_str(d->step, S("记作"));
    const struct ledger *l = town_ledger(p->town, name);
    if (!l)
        return script_wrong(p, d->file, d->step, "没有台账“%.*s”", PS(name));
    if (!say_values(p, d->file, json_get(d->step, S("值")), &values) ||
        !record_add(p->tx, p->town, d->who, l, values, &warnings, &r))
        return false;
    struct thing made = {l, r->id};
    if (!json_get(d->step, S("每")))
        d->turn->own = made;
    if (keep_as.n) {
        kept_add(p, keep_as, made);
        if (d->turn->made_count < MADE_MAX && !json_get(d->step, S("每"))) {
            d->turn->made[d->turn->made_count].name = keep_as;
            d->turn->made[d->turn->made_count++].thing = made;
        }
    }
    return true;
}

/* A record that is there already, under a name of this time; none is a fault of 取. */
static bool find(struct doing *d)
{
    struct things found;
    str keep_as = json_str(d->step, S("记作"));
    if (!list_of(d->p, d->file, json_get(d->step, S("认")), &found))
        return false;
    if (found.n && d->turn->made_count < MADE_MAX) {
        d->turn->made[d->turn->made_count].name = keep_as;
        d->turn->made[d->turn->made_count++].thing = found.p[0];
    }
    return true;
}

/* 修改 is an object, or FEEL that makes one. */
static bool patch_say(struct doing *d, const struct json *given, const struct json **ret)
{
    struct play *p = d->p;
    struct buf b;
    struct json *made;
    feel_value v;
    if (given->kind == JSON_OBJECT)
        return say_values(p, d->file, given, ret);
    if (!say(p, d->file, given, &v))
        return false;
    buf_init(&b, p->op, 0);
    struct json_out w = {&b, false};
    feel_to_json(p->op, &w, v);
    if (!json_parse(p->op, buf_str(&b), &made))
        return false;
    *ret = made;
    return made->kind == JSON_OBJECT || script_wrong(p, d->file, given, "“修改”须是 {字段: 值}");
}

static bool change(struct doing *d)
{
    struct play *p = d->p;
    const struct json *values;
    struct warning *warnings;
    struct record *r;
    str reason;
    return patch_say(d, json_get(d->step, S("修改")), &values) &&
           say_text(p, d->file, json_get(d->step, S("因")), &reason) &&
           record_get(p->tx, p->town, &nobody, d->on.ledger, d->on.id, &r) &&
           record_change(p->tx, p->town, d->who, d->on.ledger, d->on.id, r->version, values, reason, &warnings, &r);
}

static bool move_to(struct doing *d, str state, str reason)
{
    struct play *p = d->p;
    struct record *r;
    bool moved = record_get(p->tx, p->town, &nobody, d->on.ledger, d->on.id, &r) &&
                 record_state(p->tx, p->town, d->who, d->on.ledger, d->on.id, r->version, state, reason, &r);
    p->op->now++;
    return moved;
}

/* 流转 is a state, states one after another, or FEEL that says which; an empty list leaves it where it is. */
static bool move(struct doing *d)
{
    struct play *p = d->p;
    const struct json *states = json_get(d->step, S("流转"));
    feel_value v;
    str reason;
    if (!say_text(p, d->file, json_get(d->step, S("因")), &reason) || !say(p, d->file, states, &v))
        return false;
    if (v.kind == FEEL_TEXT)
        return move_to(d, v.text, reason);
    if (v.kind != FEEL_LIST)
        return script_wrong(p, d->file, states, "“流转”须是状态");
    for (size_t i = 0; i < v.count; i++)
        if (v.items[i].kind != FEEL_TEXT || !move_to(d, v.items[i].text, reason))
            return p->op->fault_count ? false : script_wrong(p, d->file, states, "“流转”须是状态");
    return true;
}

static bool begin(struct doing *d)
{
    struct play *p = d->p;
    str key = json_str(d->step, S("启动"));
    const struct procedure *procedure = flow_procedure(p->flow, key, 0);
    struct flow_done done;
    return procedure ? flow_start(p->tx, p->flow, d->who, procedure, d->on.id, (id){0}, &done)
                     : script_wrong(p, d->file, d->step, "没有流程“%.*s”", PS(key));
}

/* ---- acting on a task ---------------------------------------------------------------------------------------- */

static const struct flow_seat *seat_open(struct doing *d, const struct flow_view *v, str task,
                                         const struct flow_visit **ret_visit)
{
    for (size_t i = v->visit_count; i-- > 0;) {
        const struct flow_visit *visit = &v->visits[i];
        if (!str_eq(visit->name, task) || visit->closed)
            continue;
        for (size_t k = 0; k < visit->seat_count; k++) {
            id account;
            const struct flow_seat *seat = &visit->seats[k];
            *ret_visit = visit;
            if (seat->state == SEAT_OPEN && id_parse(seat->account, &account) && person_of(d->p, account) &&
                (!d->who || id_eq(d->who->account, account)))
                return seat;
        }
    }
    return NULL;
}

static bool act(struct doing *d, const struct flow_view *v, const struct flow_visit *visit,
                const struct flow_seat *seat)
{
    struct play *p = d->p;
    const struct json *values = NULL, *given = json_get(d->step, S("值"));
    struct flow_done done;
    id account;
    str word;
    struct flow_act a = {.case_id = v->head.case_id,
                         .rev = v->head.rev,
                         .seat = seat->seat,
                         .seat_rev = seat->rev,
                         .work = visit->work,
                         .other = -1,
                         .target = -1,
                         .op = DO_AGREE};
    must(id_parse(seat->account, &account));
    if (!say_text(p, d->file, json_get(d->step, S("动作")), &word))
        return false;
    if (word.n && !flow_op_find(word, &a.op))
        return script_wrong(p, d->file, d->step, "没有“%.*s”这个办理动作", PS(word));
    if (!say_text(p, d->file, json_get(d->step, S("意见")), &a.opinion) ||
        (given && !say_values(p, d->file, given, &values)))
        return false;
    a.values = values;
    return flow_do(p->tx, p->flow, &person_of(p, account)->who, &a, &done);
}

/* Without an account all who have the task act, one after another, until it is done. */
static bool work(struct doing *d)
{
    struct play *p = d->p;
    str task = json_str(d->step, S("办"));
    for (int acted = 0;; acted++) {
        struct flow_page cases;
        struct flow_view v;
        const struct flow_visit *visit = NULL;
        if (!flow_of_record(p->tx, p->flow, &nobody, d->on.ledger, d->on.id, &cases))
            return false;
        if (!cases.count)
            return script_wrong(p, d->file, d->step, "这条记录上没有事项");
        if (!flow_view(p->tx, p->flow, &nobody, cases.items[0].case_id, &v))
            return false;
        const struct flow_seat *seat = seat_open(d, &v, task, &visit);
        if (!seat)
            return acted > 0 || script_wrong(p, d->file, d->step, "没有人要办“%.*s”；现在在：%.*s", PS(task), PS(v.head.place));
        if (!act(d, &v, visit, seat))
            return false;
        p->op->now++;
        if (d->who)
            return true;
    }
}

/* ---- screening ------------------------------------------------------------------------------------------------- */

/* What a screening said, under a name: NAME(id) are the outputs for one member, NAME合计 the sums. */
struct said {
    struct play *p;
    struct map members;              /* id -> the outputs as JSON, str * */
};

static feel_value said_of(struct feel_run *run, const void *self, const feel_value *args, size_t count)
{
    const struct said *said = self;
    struct json *json;
    feel_value v;
    const str *text = count == 1 && args[0].kind == FEEL_TEXT ? map_get(&said->members, args[0].text) : NULL;
    if (text && json_parse(run->op, *text, &json) && feel_from_json(run->op, json, NULL, &v))
        return v;
    feel_note_add(run, "筛查里没有这个对象");
    return feel_null();
}

void play_word_keep(struct play *p, str name, feel_value v)
{
    feel_value *kept = op_new(p->keep, feel_value);
    *kept = v;
    map_put(&p->words, name, kept);
}

static void said_keep(struct play *p, str name, const struct screening *s)
{
    static const struct feel_field params[] = {{SC("id"), NULL}};
    struct said *said = op_new(p->keep, struct said);
    said->p = p;
    map_init(&said->members, p->keep);
    for (size_t i = 0; i < s->people->count; i++) {
        struct buf b;
        struct mark mark = op_mark(p->op);
        buf_init(&b, p->op, 0);
        struct json_out w = {&b, false};
        feel_to_json(p->op, &w, screening_value(p->op, s, i));
        str *text = op_new(p->keep, str);
        *text = op_copy(p->keep, buf_str(&b));
        map_put(&said->members, op_copy(p->keep, id_text(p->op, s->people->ids[i])), text);
        if (p->op != p->keep)        /* a story keeps nothing longer than itself */
            op_reset(p->op, mark);
    }
    play_word_keep(p, name,
              feel_of_function(
                  p->keep, (struct feel_function){.params = params, .param_count = 1, .call = said_of, .self = said}));
    struct feel_entry *sums = op_array(p->keep, struct feel_entry, 4);
    sums[0] = (struct feel_entry){S("对象"), feel_of_int((int64_t)s->people->count)};
    sums[1] = (struct feel_entry){S("纳入"), feel_of_int(s->included_count)};
    sums[2] = (struct feel_entry){S("疑点"), feel_of_int(s->doubt_count)};
    sums[3] = (struct feel_entry){S("元"), feel_of_int(s->total_fen / 100)};
    play_word_keep(p, op_text(p->keep, "%.*s合计", PS(name)), feel_of_context(p->keep, sums, 4));
}

/* The same facts are one screening, however often they are screened. */
[[nodiscard]] static bool screened(struct play *p, const struct who *who, str name, const struct policy **ret_policy,
                                   struct screening **ret, struct kept_screening *ret_kept)
{
    struct population *people;
    const struct policy_version *v;
    const struct policy *policy = *ret_policy = policy_find(flow_policies(p->flow), name);
    if (!policy)
        return op_fail(p->op, FAULT_MISSING, name, "没有这个政策");
    if (!policy_may(p->op, p->town, who, policy, POLICY_SCREEN))
        return false;
    day on = day_at(p->op->now);
    return policy_in_force(p->op, policy, on, &v) &&
           population_load(p->tx, p->op, p->town, policy, on, &people) &&
           screening_run(p->op, v, people, NULL, 0, 1, ret) && screening_keep(p->tx, who, *ret, ret_kept);
}

bool play_screen(struct play *p, const struct who *who, str name, str keep_as)
{
    const struct policy *policy;
    struct screening *s;
    struct kept_screening kept;
    if (!screened(p, who, name, &policy, &s, &kept))
        return false;
    if (keep_as.n)
        said_keep(p, keep_as, s);
    return true;
}

bool play_decide(struct play *p, const struct who *who, str name, const struct screen_decision *d)
{
    const struct policy *policy;
    struct screening *s;
    struct kept_screening kept;
    return screened(p, who, name, &policy, &s, &kept) && policy_may(p->op, p->town, who, policy, POLICY_DECIDE) &&
           screening_decide(p->tx, p->town, who, policy, kept.id, d);
}

bool play_roster(struct play *p, const struct who *who, str name, str keep_as)
{
    const struct policy *policy;
    struct screening *s;
    struct kept_screening kept;
    if (!screened(p, who, name, &policy, &s, &kept) || !policy_may(p->op, p->town, who, policy, POLICY_DECIDE) ||
        !roster_freeze(p->tx, who, kept.id, &kept))
        return false;
    if (keep_as.n)
        play_word_keep(p, keep_as, feel_of_text(op_copy(p->keep, id_text(p->op, kept.id))));
    return true;
}

static bool screen(struct doing *d)
{
    return play_screen(d->p, d->who, json_str(d->step, S("筛查")), json_str(d->step, S("记作")));
}

/* {"核定": POLICY, "逐户": "=for r in … return {对象: r.户, 纳入: true, 金额: 600, 理由: \"…\"}"}: what people decided about
 * today's screening, one after another. */
static bool decide(struct doing *d)
{
    struct play *p = d->p;
    const struct json *list = json_get(d->step, S("逐户"));
    const struct policy *policy;
    struct screening *s;
    struct kept_screening kept;
    feel_value v;
    if (!say(p, d->file, list, &v))
        return false;
    if (v.kind != FEEL_LIST)
        return script_wrong(p, d->file, d->step, "“逐户”须是一列 {对象、纳入、金额、理由}");
    if (!screened(p, d->who, json_str(d->step, S("核定")), &policy, &s, &kept) ||
        !policy_may(p->op, p->town, d->who, policy, POLICY_DECIDE))
        return false;
    for (size_t i = 0; i < v.count; i++) {
        bool one = v.items[i].kind == FEEL_CONTEXT;
        feel_value member = one ? feel_get(v.items[i], S("对象")) : feel_null(), in = feel_null(), yuan = in, why = in;
        struct screen_decision decision = {0};
        if (one) {
            in = feel_get(v.items[i], S("纳入"));
            yuan = feel_get(v.items[i], S("金额"));
            why = feel_get(v.items[i], S("理由"));
        }
        if (member.kind != FEEL_TEXT || !id_parse(member.text, &decision.record) || in.kind != FEEL_BOOL ||
            (yuan.kind == FEEL_NUMBER && !dec_scaled(yuan.number, 2, &decision.amount_fen)))
            return script_wrong(p, d->file, list, "第%zu个须有“对象”（编号）、“纳入”（true 或 false）和“金额”", i + 1);
        decision.included = in.truth;
        decision.reason = why.kind == FEEL_TEXT ? why.text : S("");
        if (!screening_decide(p->tx, p->town, d->who, policy, kept.id, &decision))
            return false;
    }
    return true;
}

static bool make_final(struct doing *d)
{
    return play_roster(d->p, d->who, json_str(d->step, S("定稿")), json_str(d->step, S("记作")));
}

/* {"专项": "收费", "办理": "开单", "值": {…}, "记作": NAME} */
static bool work_act(struct doing *d)
{
    const struct json *asked;
    return say_values(d->p, d->file, json_get(d->step, S("值")), &asked) &&
           play_work(d->p, d->who, json_str(d->step, S("专项")), json_str(d->step, S("办理")), asked,
                     json_str(d->step, S("记作")));
}

/* ---- a step ------------------------------------------------------------------------------------------------------ */

static const struct {
    str word;
    bool (*run)(struct doing *d);
    bool on_record;
} kinds[] = {{SC("新增"), add, false}, {SC("修改"), change, true}, {SC("流转"), move, true},
             {SC("启动"), begin, true}, {SC("办"), work, true},    {SC("筛查"), screen, false},
             {SC("认"), find, false},     {SC("专项"), work_act, false}, {SC("核定"), decide, false}, {SC("定稿"), make_final, false}};

static bool who_does(struct doing *d)
{
    struct play *p = d->p;
    const struct json *own = json_get(d->step, S("账号")), *of_event = json_get(d->turn->event->json, S("账号"));
    str login;
    if (json_get(d->step, S("办")) && !own)
        return true;
    if (!say_text(p, d->file, own ? own : of_event, &login))
        return false;
    const struct person *one = person_named(p, login);
    if (!one)
        return script_wrong(p, d->file, d->step, "没有账号“%.*s”", PS(login));
    d->who = &one->who;
    return true;
}

static bool on_what(struct doing *d, bool each)
{
    struct play *p = d->p;
    const struct json *object = json_get(d->step, S("对象"));
    str text, ledger = json_str(d->step, S("台账"));
    if (!object) {
        d->on = each ? p->item : d->turn->own.ledger ? d->turn->own : d->turn->row;
        return d->on.ledger || script_wrong(p, d->file, d->step, "这一步没有可办的记录；请写“对象”和“台账”");
    }
    d->on.ledger = town_ledger(p->town, ledger);
    return say_text(p, d->file, object, &text) &&
           ((d->on.ledger && id_parse(text, &d->on.id)) || script_wrong(p, d->file, d->step, "“对象”须是记录编号，“台账”须写明"));
}

/* What the script expects to be refused must be, in those words, and leaves nothing. */
static bool refused(struct doing *d, bool (*run)(struct doing *d), str words)
{
    struct op *op = d->p->op;
    int before = op->fault_count, i = 0;
    size_t at;
    bool told = false;
    if (!store_part_begin(d->p->tx))
        return false;
    if (run(d))
        return script_wrong(d->p, d->file, d->step, "本应被拒绝（%.*s），却办成了", PS(words));
    for (const struct fault *f = op->faults; f; f = f->next, i++)
        told = told || (i >= before && str_find(f->text, words, &at));
    if (!told)
        return false;
    op_forgive(op, before);
    return store_part_undo(d->p->tx);
}

static bool once(struct doing *d, bool each)
{
    str refusal = json_str(d->step, S("被拒绝"));
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (json_get(d->step, kinds[i].word)) {
            d->who = NULL;
            d->p->acts++;
            return who_does(d) && (!kinds[i].on_record || on_what(d, each)) &&
                   (refusal.n ? refused(d, kinds[i].run, refusal) : kinds[i].run(d));
        }
    return script_wrong(d->p, d->file, d->step, "这一步没有写做什么");
}

bool step_do(struct play *p, struct turn *turn, const struct json *step)
{
    struct doing d = {.p = p, .turn = turn, .step = step, .file = turn->event->file};
    const struct json *each = json_get(step, S("每"));
    struct things items;
    if (!each)
        return once(&d, false);
    if (!list_of(p, d.file, each, &items))
        return false;
    bool done = true;
    for (size_t i = 0; done && i < items.n; i++) {
        p->item = items.p[i];
        p->item_number = (int64_t)i + 1;
        done = once(&d, true);
        p->op->now++;
    }
    p->item = (struct thing){0};
    p->item_number = 0;
    return done;
}
