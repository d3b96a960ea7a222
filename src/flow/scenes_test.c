/* The scenes of src/bpmn/office.cases in the office that keeps what it does: once undisturbed, and once with the storage failing
 * at every write of every step and the office opened anew; what is there in the end is the same, word for word. */
#include "bpmn/test_scenes.h"
#include "flow/test_office.h"

static const char *const names[] = {"拟稿", "甲", "乙", "丙", "丁", "戊", "子", "丑", "寅", "一", "二", "三",
                                    "后", "助", "财政", "新甲", "接任", "副甲", "乙方", "丙方", "退件", "管理员"};
enum { NAMES = COUNT(names), ADMIN = NAMES - 1 };

struct stage {
    struct test_office office;
    struct failing_engine *engine;
    struct {
        id account, staff, post;
        struct who who;
    } people[NAMES];
    id stand_in;
    id case_id, paper;
    const struct scene *scene;
    time_ms began;
    int plays, tried, refused;      /* refused: attempts that the storage has failed */
};

#define SLIP_ROW(task) "'" task "':{'取':'意见:" task "','值':{'人':'人','话':'内容'}}"

static int person(str name)
{
    for (int i = 0; i < NAMES; i++)
        if (str_eq(name, str_z(names[i])))
            return i;
    return -1;
}

static str by_account(struct op *op, str list)
{
    str name, said = S("");
    if (str_eq(list, S("-")))
        return S("zw:who=\"角色:空缺\"");
    while (list.n) {
        str_split(list, ',', &name, &list);
        said = op_text(op, "%.*s%s账号:%.*s", PS(said), said.n ? "、" : "", PS(name));
    }
    return op_text(op, "zw:who=\"%.*s\"", PS(said));
}

static void stage_open(struct op *op, struct stage *s)
{
    static const struct grant reads[] = {
        {.ledger = SC("收文"), .acts = 1u << ACT_READ | 1u << ACT_ADD, .whole_town = true}};
    static const struct grant supervises[] = {
        {.ledger = SC("*"), .acts = 1u << ACT_READ | 1u << ACT_SUPERVISE, .whole_town = true}};
    struct test_office *o = &s->office;
    failing_init(s->engine, &store_sqlite);
    office_open_with(op, o, &s->engine->engine);
    office_print(o, "批办单",
                 "'值':{'办结':'办结'},'行':{" SLIP_ROW("A") "," SLIP_ROW("B") "," SLIP_ROW("C") "," SLIP_ROW("D") "}");
    office_begin(o);
    for (int i = 0; i < NAMES; i++) {
        s->people[i].staff = office_add(o, o->staff, op_text(op, "{'姓名':'%s'}", names[i]));
        s->people[i].account =
            office_add(o, o->accounts, op_text(op, "{'登录名':'%s','姓名':'%s','干部':'%.*s'}", names[i], names[i],
                                               PS(id_text(op, s->people[i].staff))));
        s->people[i].post = office_add(o, o->posts, op_text(op, "{'账号':'%.*s','角色':'经办','起':'2020-01-01'}",
                                                            PS(id_text(op, s->people[i].account))));
        s->people[i].who = (struct who){.account = s->people[i].account,
                                        .post = s->people[i].post,
                                        .name = str_z(names[i]),
                                        .grants = i == ADMIN ? supervises : reads,
                                        .grant_count = 1};
    }
    office_commit(o);
}

/* The model as the newest version of the one procedure; town and procedures are read anew, as after a restart. */
static void deploy(struct stage *s, const struct scene_model *model)
{
    struct test_office *o = &s->office;
    office_procedure(o, "scene",
                     op_z(o->op, scene_xml(o->op, model, "name=\"情景\" zw:ledger=\"收文\" zw:start=\"账号:拟稿\"", by_account)));
    office_begin(o);
    bool loaded = office_load(o);
    if (!loaded)
        test_failed(SCENES, s->scene->steps.p[0].line, "%.*s: %.*s", PS(s->scene->title), PS(o->op->faults->text));
    must(loaded);
    office_commit(o);
}

static struct flow_view view_of(struct stage *s)
{
    struct test_office *o = &s->office;
    struct flow_view v = {0};
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    if (!flow_view(o->tx, o->flow, &s->people[ADMIN].who, s->case_id, &v))
        test_faults(o->op);
    store_abandon(o->tx);
    return v;
}

static struct scene_seen seen_of(struct stage *s)
{
    struct op *op = s->office.op;
    struct flow_view v = view_of(s);
    struct scene_seen seen = {0};
    for (size_t i = 0; i < v.visit_count; i++) {
        *list_add(op, &seen.works) = (struct scene_work){v.visits[i].work, v.visits[i].node, v.visits[i].state == WORK_OPEN};
        for (size_t k = 0; k < v.visits[i].seat_count; k++) {
            const struct flow_seat *seat = &v.visits[i].seats[k];
            *list_add(op, &seen.seats) = (struct scene_seat){seat->seat, v.visits[i].work, seat->person, seat->state};
        }
    }
    for (size_t i = 0; i < v.reader_count; i++)
        *list_add(op, &seen.copies) = (struct scene_copy){v.readers[i].copy, v.readers[i].person};
    for (size_t i = 0; i < v.place_count; i++)
        if (v.places[i].kind == FLOW_HERE)
            *list_add(op, &seen.toks) = (struct scene_tok){v.places[i].tok, v.places[i].node};
    for (size_t i = 0; i < v.word_count; i++)
        *list_add(op, &seen.words) = (struct scene_word_said){v.words[i].number, v.words[i].person};
    return seen;
}

static bool to_read(struct stage *s, int reader, int32_t copy)
{
    struct test_office *o = &s->office;
    struct flow_page page = {0};
    bool found = false;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx));
    must(flow_list(o->tx, o->flow, &s->people[reader].who, &(struct flow_query){.box = FLOW_COPY}, &page));
    for (size_t i = 0; i < page.count; i++)
        found |= id_eq(page.items[i].case_id, s->case_id) && page.items[i].seat == copy && !page.items[i].read;
    store_abandon(o->tx);
    return found;
}

static str state_of(struct stage *s)
{
    struct op *op = s->office.op;
    struct flow_view v = view_of(s);
    struct scene_opens open = {0}, readers = {0};
    int struck = 0;
    for (size_t i = 0; i < v.visit_count; i++) {
        const struct flow_visit *visit = &v.visits[i];
        if (visit->state == WORK_OPEN)
            scene_open_add(op, &open, visit->node, S(""));
        for (size_t k = 0; k < visit->seat_count && visit->state == WORK_OPEN; k++)
            if (visit->seats[k].state == SEAT_OPEN)
                scene_open_add(op, &open, visit->node, visit->seats[k].person);
    }
    for (size_t i = 0; i < v.reader_count; i++)
        if (to_read(s, person(v.readers[i].person), v.readers[i].copy))
            scene_open_add(op, &readers, S("阅"), v.readers[i].person);
    for (size_t i = 0; i < v.word_count; i++)
        struck += v.words[i].struck;
    return scene_state(op, &open, v.end, readers.n ? readers.p[0].people : S(""), struck);
}

/* Who stands on the slip, by task, and whether it looks done. */
static str slip_of(struct stage *s)
{
    struct op *op = s->office.op;
    struct json *slip;
    struct buf b;
    buf_init(&b, op, 0);
    must(json_parse(op, office_slip(&s->office, &s->people[ADMIN].who, s->case_id, "批办单"), &slip));
    for (const struct json *task = slip->first; task; task = task->next)
        for (const struct json *word = task->kind == JSON_ARRAY ? task->first : NULL; word; word = word->next) {
            if (word == task->first)
                buf_text(&b, "%.*s:", PS(task->key));
            buf_text(&b, "%.*s%s%s", PS(json_str(word, S("人"))), str_starts(json_str(word, S("话")), S("补正")) ? "补正" : "",
                     word->next ? "、" : " ");
        }
    buf_add(&b, str_eq(json_str(slip, S("办结")), S("未办结")) ? S("未办结") : S("办结"));
    return buf_str(&b);
}

/* Everything that the case tells of itself, without moments of the clock. */
static str told(struct stage *s)
{
    struct flow_view v = view_of(s);
    struct buf b;
    buf_init(&b, s->office.op, 0);
    for (size_t i = 0; i < v.visit_count; i++) {
        const struct flow_visit *visit = &v.visits[i];
        buf_text(&b, "%d %.*s %d\n", visit->work, PS(visit->node), visit->state);
        for (size_t k = 0; k < visit->seat_count; k++) {
            const struct flow_seat *x = &visit->seats[k];
            buf_text(&b, " %d r%d s%d %.*s/%.*s %d %.*s %d n%d%s\n", x->seat, x->rev, x->step, PS(x->person), PS(x->by), x->state,
                     PS(x->opinion), x->act, x->nudges, x->struck ? " struck" : "");
        }
    }
    for (size_t i = 0; i < v.word_count; i++)
        buf_text(&b, "%d %d %.*s/%.*s %.*s %.*s %d%s\n", v.words[i].number, v.words[i].op, PS(v.words[i].person),
                 PS(v.words[i].for_whom), PS(v.words[i].node), PS(v.words[i].opinion), v.words[i].about,
                 v.words[i].struck ? " struck" : "");
    for (size_t i = 0; i < v.reader_count; i++)
        buf_text(&b, "%d %.*s %.*s %d%d\n", v.readers[i].copy, PS(v.readers[i].person), PS(v.readers[i].note),
                 v.readers[i].read_at != 0, v.readers[i].recalled);
    for (size_t i = 0; i < v.place_count; i++)
        buf_text(&b, "%.*s %d %d\n", PS(v.places[i].node), v.places[i].kind, v.places[i].tok);
    buf_text(&b, "%d %d %.*s\n%.*s\n", v.end, v.suspended, PS(v.head.stuck), PS(slip_of(s)));
    return buf_str(&b);
}

static int64_t facts_of(struct test_office *o)
{
    int64_t count = -1;
    must(store_begin(o->t.store, o->op, TX_READ, &o->tx) && store_fact_count(o->tx, &count));
    store_abandon(o->tx);
    return count;
}

/* ---- one step ---------------------------------------------------------------------------------------------- */

static struct flow_act act_of(struct stage *s, const struct scene_step *step)
{
    struct op *op = s->office.op;
    struct scene_seen seen = seen_of(s);
    bool moves = str_eq(step->act, S("迁移"));
    struct scene_aim *aim = op_new(op, struct scene_aim);
    *aim = moves ? (struct scene_aim){.op = FLOW_MIGRATE, .seat = -1, .work = -1} : scene_aim_at(op, &seen, step);
    str *who = op_array(op, str, aim->who_count + 1);
    for (size_t i = 0; i < aim->who_count; i++)
        who[i] = id_text(op, s->people[person(aim->who[i])].account);
    struct flow_act a = office_act(&s->office, aim->op, s->case_id, aim->seat, "意见");
    a.command = id_new(op);
    a.work = aim->work;
    a.target = aim->target;
    a.for_whom = aim->for_whom.n ? id_text(op, s->people[person(aim->for_whom)].account) : S("");
    a.who = who;
    a.who_count = aim->who_count;
    a.direct = aim->direct;
    a.in_order = aim->in_order;
    a.rule = RULE_ALL;
    a.toks = aim->toks;
    a.tok_count = aim->tok_count;
    a.node = aim->node;
    return a;
}

/* Once, the storage failing at its nth write; 0: not failing. Told in words what was not done. */
static bool attempt(struct stage *s, const struct scene_step *step, const struct flow_act *a, long n, bool *ret_repeated,
                    str *ret_why)
{
    struct test_office *o = &s->office;
    struct flow_done done = {0};
    struct tx *tx;
    struct op one;
    int actor = str_eq(step->actor, S("*")) ? ADMIN : person(step->actor);
    op_init(&one, o->op->now, (uint64_t)s->tried++);
    s->engine->writes = 0;
    s->engine->fail_write = n;
    bool kept = store_begin(o->t.store, &one, TX_WRITE, &tx) && flow_do(tx, o->flow, &s->people[actor].who, a, &done) &&
                store_commit(tx);
    s->engine->fail_write = 0;
    check(kept || one.fault_count > 0);
    *ret_repeated = done.repeated;
    *ret_why = kept ? S("") : op_text(o->op, "%.*s %.*s", PS(one.faults->field), PS(one.faults->text));
    op_done(&one);
    return kept;
}

static void step_act(struct stage *s, const struct scene_step *step, bool failing)
{
    struct test_office *o = &s->office;
    struct flow_act a = act_of(s, step);
    int64_t before = facts_of(o);
    bool repeated = false, done = false;
    str why = S("");
    for (long n = failing && !step->refused ? 1 : 0; !done && n < 300; n++) {
        done = attempt(s, step, &a, n, &repeated, &why);
        if (done || step->refused)
            break;
        if (n == 0)
            test_failed(SCENES, step->line, "was refused: %.*s", PS(why));
        if (n == 0)
            return;
        s->refused++;
        if (step->line % 3 == 0 && n == 1 + step->line % 5) /* every third step, each at another write */
            office_reopen(o);
        check(facts_of(o) == before);
    }
    if (done == step->refused)
        test_failed(SCENES, step->line, "%s %.*s", done ? "was done" : "was refused:", PS(why));
    if (step->refused && !done) {
        if (!str_find(why, step->expect, &(size_t){0}))
            test_failed(SCENES, step->line, "refused otherwise: %.*s", PS(why));
        check(facts_of(o) == before);
        return;
    }
    int64_t after = facts_of(o);
    check(!repeated && after > before && attempt(s, step, &a, 0, &repeated, &why) && repeated && facts_of(o) == after);
    if (step->expect.n)
        check_str(state_of(s), step->expect);
}

static void record_set(struct stage *s, const struct ledger *l, id record, const char *values)
{
    struct test_office *o = &s->office;
    office_begin(o);
    struct record *r = test_change(&o->t, l, record, str_z(values));
    check(flow_record_changed(o->t.tx, o->flow, &o->t.system, l, r));
    office_commit(o);
}

/* What is late is done, the storage failing at every write of it, and then not again. */
static void step_wait(struct stage *s, const struct scene_step *step, bool failing)
{
    struct test_office *o = &s->office;
    int64_t before = facts_of(o);
    bool done = false;
    o->op->now += scene_minutes(step);
    for (long n = failing ? 1 : 0; !done && n < 300; n++) {
        struct op one;
        int count;
        op_init(&one, o->op->now, (uint64_t)s->tried++);
        s->engine->writes = 0;
        s->engine->fail_write = n;
        done = flow_tick(&one, o->t.store, o->flow, &count);
        s->engine->fail_write = 0;
        check(done || one.fault_count > 0);
        op_done(&one);
        if (done || n == 0)
            break;
        s->refused++;
        if (n % 5 == 0)
            office_reopen(o);
        check(facts_of(o) == before);
    }
    check(done);
    check_int(office_tick(o), 0);
    if (step->expect.n)
        check_str(state_of(s), step->expect);
}

static void deadline_check(struct stage *s, const struct scene_step *step)
{
    struct flow_view v = view_of(s);
    int days = 0;
    for (size_t i = 0; i < v.visit_count; i++)
        if (v.visits[i].state == WORK_OPEN && str_eq(v.visits[i].node, step->what))
            days = (int)(day_at(v.visits[i].due) - day_at(s->began));
    str said = op_text(s->office.op, "%d", days);
    if (!str_eq(said, step->more))
        test_failed(SCENES, step->line, "due on day %d", days);
}

static void slip_check(struct stage *s, const struct scene_step *step)
{
    str expect = step->more.n ? op_text(s->office.op, "%.*s %.*s", PS(step->what), PS(step->more)) : step->what, said = slip_of(s);
    if (!str_eq(said, expect))
        test_failed(SCENES, step->line, "on the slip: «%.*s»", PS(said));
}

static void step_world(struct stage *s, const struct scene_step *step, bool failing)
{
    struct test_office *o = &s->office;
    struct op *op = o->op;
    if (str_eq(step->act, S("紧急")) || str_eq(step->act, S("不急"))) {
        record_set(s, o->papers, s->paper, str_eq(step->act, S("紧急")) ? "{'紧急':true}" : "{'紧急':false}");
    } else if (str_eq(step->act, S("离任"))) {
        record_set(s, o->posts, s->people[person(step->what)].post, "{'止':'2021-01-01'}");
    } else if (str_eq(step->act, S("代岗"))) {
        office_begin(o);
        s->stand_in = office_add(
            o, o->stand_ins,
            op_text(op, "{'干部':'%.*s','代岗人':'%.*s','起':'2021-12-01T00:%02d:00+08:00','止':'2031-12-31T00:00:00+08:00'}",
                    PS(id_text(op, s->people[person(step->more)].staff)), PS(id_text(op, s->people[person(step->what)].staff)),
                    s->plays % 60));
        office_commit(o);
    } else if (str_eq(step->act, S("等"))) {
        step_wait(s, step, failing);
    } else if (str_eq(step->act, S("限"))) {
        deadline_check(s, step);
    } else if (str_eq(step->act, S("批办单"))) {
        slip_check(s, step);
    } else if (str_eq(step->act, S("迁移"))) {
        for (const struct scene_model *m = s->scene->models; m; m = m->next)
            if (str_eq(m->name, step->what))
                deploy(s, m);
        step_act(s, step, failing);
    } else {
        test_failed(SCENES, step->line, "no such change");
    }
}

/* ---- one scene --------------------------------------------------------------------------------------------- */

static void stage_clear(struct stage *s)
{
    struct test_office *o = &s->office;
    struct flow_done done;
    for (size_t i = 0; i < s->scene->steps.n; i++)
        if (str_eq(s->scene->steps.p[i].act, S("离任")))
            record_set(s, o->posts, s->people[person(s->scene->steps.p[i].what)].post, "{'止':null}");
    if (!id_none(s->stand_in))
        record_set(s, o->stand_ins, s->stand_in, "{'止':'2021-12-02T00:00:00+08:00'}");
    s->stand_in = (id){0};
    if (view_of(s).end == BPMN_RUNNING) {
        struct flow_act end = office_act(o, DO_END, s->case_id, -1, "散场");
        office_begin(o);
        check(office_end(o, flow_do(o->t.tx, o->flow, &s->people[ADMIN].who, &end, &done)));
    }
}

/* What the case told of itself after each step. */
static str scene_play(struct stage *s, const struct scene *scene, bool failing)
{
    struct test_office *o = &s->office;
    struct op *op = o->op;
    struct flow_done done = {0};
    struct buf b;
    buf_init(&b, op, 0);
    s->scene = scene;
    s->began = op->now;
    deploy(s, scene->models);
    s->paper = office_paper(o, op_z(op, op_text(op, "第%d件", ++s->plays)), ",'紧急':false");
    office_begin(o);
    bool begun = office_end(o, flow_start(o->t.tx, o->flow, &s->people[0].who, flow_procedure(o->flow, S("scene"), 0), s->paper,
                                          (id){0}, &done));
    if (!begun)
        test_failed(SCENES, scene->steps.p[0].line, "%.*s", PS(op->faults->text));
    must(begun);
    s->case_id = done.case_id;
    for (size_t i = 0; i < scene->steps.n; i++) {
        const struct scene_step *step = &scene->steps.p[i];
        if (str_eq(step->actor, S("*")))
            step_world(s, step, failing);
        else
            step_act(s, step, failing);
        buf_add(&b, told(s));
    }
    stage_clear(s);
    return buf_str(&b);
}

TEST("every scene of an office ends the same and says the same whichever write of whichever of its steps the storage fails, and "
     "a command that comes again changes nothing")
{
    struct scenes all = {0};
    struct stage *s = op_new(op, struct stage);
    s->engine = op_new(op, struct failing_engine); /* the store ends after the test */
    scenes_read(op, &all);
    stage_open(op, s);
    time_ms morning = op->now;
    for (size_t i = 0; i < all.list.n; i++) {
        str undisturbed = scene_play(s, &all.list.p[i], false);
        op->now = morning += 7 * (time_ms)86400000;
        check_str(scene_play(s, &all.list.p[i], true), undisturbed);
        op->now = morning += 7 * (time_ms)86400000;
    }
    check(all.list.n > 30 && s->refused > 1000);
    check(office_equal(&s->office));
    test_faults(op);
}
