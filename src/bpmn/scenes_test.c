/* The scenes of office.cases, played by the game alone. */
#include "bpmn/model.h"
#include "bpmn/test_scenes.h"

struct people {
    str absent, deputy, owner;
};

static bool is_admin(void *from, str who)
{
    (void)from;
    return str_eq(who, S("管理员")) || str_eq(who, S("副管理员"));
}

static bool in_office(void *from, str who)
{
    const struct people *p = from;
    return !p->absent.n || !str_eq(who, p->absent);
}

static bool stands_for(void *from, str who, str owner)
{
    const struct people *p = from;
    return p->deputy.n && str_eq(who, p->deputy) && str_eq(owner, p->owner);
}

/* The game has no calendar: whatever has a deadline is due at the end of the next day, for what begins in the morning. */
static time_ms next_day(void *from, time_ms start, str rule)
{
    (void)from;
    return rule.n ? start + (time_ms)39 * 3600 * 1000 : 0;
}

static str by_name(struct op *op, str names)
{
    return str_eq(names, S("-")) ? S("") : op_text(op, "zw:users=\"%.*s\"", PS(names));
}

static struct bpmn *model_of(struct op *op, const struct scene *s, const struct scene_model *model)
{
    struct bpmn_doc doc = {S("情景.bpmn"), scene_xml(op, model, "", by_name)};
    struct bpmn *m = NULL;
    if (!bpmn_load(op, &doc, NULL, &m))
        test_failed(SCENES, s->steps.p[0].line, "%.*s: %.*s", PS(s->title), PS(op->faults->text));
    must(m != NULL);
    return m;
}

static struct scene_seen seen_of(struct bpmn_run *run)
{
    struct op *op = run->op;
    struct bpmn_state *s = &run->state;
    struct scene_seen v = {0};
    for (size_t i = 0; i < s->seats.n; i++)
        *list_add(op, &v.seats) = (struct scene_seat){(int32_t)i, s->seats.p[i].work, s->seats.p[i].who, s->seats.p[i].state};
    for (size_t i = 0; i < s->works.n; i++)
        *list_add(op, &v.works) = (struct scene_work){(int32_t)i, bpmn_node_id(run->model, s->works.p[i].node),
                                                      s->works.p[i].state == WORK_OPEN};
    for (size_t i = 0; i < s->copies.n; i++)
        *list_add(op, &v.copies) = (struct scene_copy){(int32_t)i, s->copies.p[i].who};
    for (size_t i = 0; i < s->live.n; i++)
        *list_add(op, &v.toks) = (struct scene_tok){s->live.p[i], bpmn_node_id(run->model, bpmn_tok_node(run, s->live.p[i]))};
    for (size_t i = 0; i < s->acts.n; i++)
        *list_add(op, &v.words) = (struct scene_word_said){(int32_t)i, s->acts.p[i].actor};
    return v;
}

static str state_of(struct bpmn_run *run)
{
    struct op *op = run->op;
    struct scene_seen v = seen_of(run);
    struct scene_opens open = {0}, readers = {0};
    int struck = 0;
    for (size_t i = 0; i < v.works.n; i++)
        if (v.works.p[i].open)
            scene_open_add(op, &open, v.works.p[i].node, S(""));
    for (size_t i = 0; i < v.seats.n; i++)
        if (v.seats.p[i].state == SEAT_OPEN && v.works.p[v.seats.p[i].work].open)
            scene_open_add(op, &open, v.works.p[v.seats.p[i].work].node, v.seats.p[i].person);
    for (size_t i = 0; i < v.copies.n; i++)
        if (run->state.copies.p[i].read_at == 0 && bpmn_copy_open(run, (int32_t)i))
            scene_open_add(op, &readers, S("阅"), v.copies.p[i].person);
    for (size_t i = 0; i < run->state.acts.n; i++)
        struck += run->state.acts.p[i].struck;
    return scene_state(op, &open, run->state.end, readers.n ? readers.p[0].people : S(""), struck);
}

static bool act(struct bpmn_run *run, const struct scene_step *step, str command)
{
    struct scene_seen v = seen_of(run);
    struct scene_aim aim = scene_aim_at(run->op, &v, step);
    struct bpmn_act a = {.op = (enum bpmn_op)aim.op,
                         .cmd = command,
                         .actor = step->actor,
                         .for_whom = aim.for_whom,
                         .opinion = S("意见"),
                         .work = aim.work,
                         .seat = aim.seat,
                         .other = -1,
                         .target = aim.op == DO_JUMP ? bpmn_node(run->model, aim.node) : aim.target,
                         .rev = -1,
                         .direct = aim.direct,
                         .in_order = aim.in_order,
                         .who = aim.who,
                         .who_count = aim.who_count,
                         .rule = RULE_ALL,
                         .num = 1,
                         .den = 1,
                         .toks = aim.toks,
                         .tok_count = aim.tok_count};
    return bpmn_act(run, &a);
}

static bool is_late(const struct bpmn_run *run, size_t seat)
{
    const struct bpmn_seat *s = &run->state.seats.p[seat];
    const struct bpmn_work *w = &run->state.works.p[s->work];
    return s->state == SEAT_OPEN && w->state == WORK_OPEN && w->due && run->op->now >= w->due;
}

/* What the office does when a deadline passes. */
static void late_time_out(struct bpmn_run *run)
{
    if (run->state.suspended)
        return;
    for (size_t i = 0; i < run->state.seats.n; i++) {
        if (!is_late(run, i))
            continue;
        struct bpmn_act a = {.op = DO_TIMEOUT, .actor = S("系统"), .seat = (int32_t)i, .work = -1, .other = -1, .target = -1, .rev = -1};
        check(bpmn_act(run, &a));
        if (run->state.seats.p[i].state != SEAT_OPEN)
            i = (size_t)-1; /* it may have opened one before it */
    }
}

static bool world_change(struct bpmn_run *run, const struct scene *s, const struct scene_step *step)
{
    struct people *p = run->from;
    struct feel_entry urgent = {S("紧急"), feel_of_bool(str_eq(step->act, S("紧急")))};
    if (str_eq(step->act, S("紧急")) || str_eq(step->act, S("不急"))) {
        bpmn_change(run, &urgent, 1);
    } else if (str_eq(step->act, S("离任"))) {
        p->absent = step->what;
    } else if (str_eq(step->act, S("代岗"))) {
        p->deputy = step->what;
        p->owner = step->more;
    } else if (str_eq(step->act, S("等"))) {
        run->op->now += scene_minutes(step);
        bpmn_tick(run);
        late_time_out(run);
    } else if (str_eq(step->act, S("限")) || str_eq(step->act, S("批办单"))) {
        return true;
    } else if (str_eq(step->act, S("迁移"))) {
        for (const struct scene_model *m = s->models; m; m = m->next)
            if (str_eq(m->name, step->what))
                return bpmn_migrate(run, model_of(run->op, s, m), NULL, 0);
        must(false);
    } else {
        test_failed(SCENES, step->line, "no such change");
    }
    return true;
}

/* Refused: in those words, and every byte of the state is as it was. Done: a command that comes again changes none either. */
static void step_check(struct bpmn_run *run, const struct scene *s, const struct scene_step *step)
{
    struct op *op = run->op;
    int faults = op->fault_count;
    bool of_world = str_eq(step->actor, S("*"));
    str command = op_text(op, "c%d", step->line), before = bpmn_state_write(op, run);
    bpmn_run_next(run);
    bool done = of_world ? world_change(run, s, step) : act(run, step, command);
    if (done == step->refused)
        test_failed(SCENES, step->line, "%s %.*s", done ? "was done" : "was refused:", PS(done ? S("") : op->faults->text));
    if (!done) {
        check_str(bpmn_state_write(op, run), before);
        if (step->refused && !str_find(op->faults->text, step->expect, &(size_t){0}) && !str_eq(op->faults->field, step->expect))
            test_failed(SCENES, step->line, "refused otherwise: %.*s", PS(op->faults->text));
        op_forgive(op, faults);
        return;
    }
    const char *wrong = bpmn_check_state(run->model, &run->state);
    if (wrong)
        test_failed(SCENES, step->line, "%s", wrong);
    str now = state_of(run), bytes = bpmn_state_write(op, run);
    if (step->expect.n && !str_eq(now, step->expect))
        test_failed(SCENES, step->line, "«%.*s», expected «%.*s»", PS(now), PS(step->expect));
    check(of_world || act(run, step, command));
    check_str(bpmn_state_write(op, run), bytes);
}

TEST("every scene of an office goes as it is written, a refusal changes nothing, and so does a command that comes again")
{
    struct scenes all = {0};
    scenes_read(op, &all);
    check(all.list.n > 30);
    for (size_t i = 0; i < all.list.n; i++) {
        const struct scene *s = &all.list.p[i];
        struct people people = {0};
        struct bpmn_run run;
        bpmn_run_init(&run, op, model_of(op, s, s->models));
        run.administrator = is_admin;
        run.holds_office = in_office;
        run.deputy = stands_for;
        run.due = next_day;
        run.from = &people;
        check(bpmn_start(&run, bpmn_process(run.model, S("p")), S("拟稿"), NULL, 0));
        for (size_t k = 0; k < s->steps.n; k++)
            step_check(&run, s, &s->steps.p[k]);
    }
}
