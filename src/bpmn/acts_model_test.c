/* The acts as a model: random sound processes, random acts legal and illegal, every invariant after each. */
#include "base/test.h"
#include "bpmn/acts.h"
#include "bpmn/net.h"
#include "bpmn/state.h"

/* ---- random sound processes -------------------------------------------------------------------------------- */

struct maker {
    struct op *op;
    struct buf b, called; /* the process, and those that it calls */
    int next, parallel; /* within how many parallel splits: no early end there, a join would wait for ever */
    bool flat;
};

static int number(struct maker *k)
{
    return k->next++;
}

static void flow(struct maker *k, int from, int to, const char *condition)
{
    buf_text(&k->b, "<sequenceFlow id=\"f%d\" sourceRef=\"n%d\" targetRef=\"n%d\">", number(k), from, to);
    if (condition)
        buf_text(&k->b, "<conditionExpression xsi:type=\"tFormalExpression\">%s</conditionExpression>", condition);
    buf_add(&k->b, S("</sequenceFlow>"));
}

static int node(struct maker *k, const char *tag, const char *attributes)
{
    int n = number(k);
    buf_text(&k->b, "<%s id=\"n%d\" %s/>", tag, n, attributes);
    return n;
}

static void block(struct maker *k, int depth, int *ret_first, int *ret_last);

/* Branches between a split and a join; the conditions look at r, which changes with every step. */
static void branches(struct maker *k, int depth, const char *gateway, bool conditions, int *ret_first, int *ret_last)
{
    static const char *const when[] = {"modulo(r, 2) = 0", "modulo(floor(r / 2), 2) = 0"};
    int split = number(k), join = node(k, gateway, ""), count = 2 + (int)(op_random(k->op) % 2), standard = 0;
    struct buf *b = &k->b;
    k->parallel += !conditions;
    for (int i = 0; i < count; i++) {
        int first, last;
        bool early = conditions && i == 0 && k->parallel == 0 && strcmp(gateway, "exclusiveGateway") == 0 &&
                     op_random(k->op) % 5 == 0;
        block(k, depth - 1, &first, &last);
        bool is_default = conditions && i == count - 1;
        if (is_default)
            standard = k->next;
        flow(k, split, first, conditions && !is_default ? when[i % 2] : NULL);
        flow(k, last, early ? node(k, "endEvent", "") : join, NULL);
    }
    k->parallel -= !conditions;
    if (conditions)
        buf_text(b, "<%s id=\"n%d\" default=\"f%d\"/>", gateway, split, standard);
    else
        buf_text(b, "<%s id=\"n%d\"/>", gateway, split);
    *ret_first = split;
    *ret_last = join;
}

static void timer(struct maker *k, const char *tag, int n, const char *attributes)
{
    buf_text(&k->b, "<%s id=\"n%d\" %s><timerEventDefinition><timeDuration xsi:type=\"tFormalExpression\">PT%dM</timeDuration>"
             "</timerEventDefinition></%s>", tag, n, attributes, 1 + (int)(op_random(k->op) % 20), tag);
}

/* A clock at the edge: another way to the same end, or something beside it that ends by itself. */
static void edged(struct maker *k, int around, int *ret_first, int *ret_last)
{
    int edge = number(k), late = node(k, "userTask", "zw:assignee=\"乙\"");
    bool interrupts = op_random(k->op) % 2;
    timer(k, "boundaryEvent", edge, op_z(k->op, op_text(k->op, "attachedToRef=\"n%d\" cancelActivity=\"%s\"", around,
                                                        interrupts ? "true" : "false")));
    int out = node(k, interrupts ? "exclusiveGateway" : "endEvent", "");
    flow(k, edge, late, NULL);
    flow(k, late, out, NULL);
    *ret_first = around;
    *ret_last = interrupts ? out : around;
    if (interrupts)
        flow(k, around, out, NULL);
}

static void deferred(struct maker *k, int *ret_first, int *ret_last)
{
    int gate = node(k, "eventBasedGateway", ""), join = node(k, "exclusiveGateway", "");
    for (int i = 0; i < 2; i++) {
        int caught = number(k), task = node(k, "userTask", "zw:assignee=\"丙\"");
        timer(k, "intermediateCatchEvent", caught, "");
        flow(k, gate, caught, NULL);
        flow(k, caught, task, NULL);
        flow(k, task, join, NULL);
    }
    *ret_first = gate;
    *ret_last = join;
}

/* Inside a sub-process: a clock that takes it over or runs beside it. */
static void beside(struct maker *k)
{
    buf_text(&k->b, "<subProcess id=\"n%d\" triggeredByEvent=\"true\">", number(k));
    int start = number(k), task = node(k, "userTask", "zw:assignee=\"丙\""), end = node(k, "endEvent", "");
    timer(k, "startEvent", start, op_random(k->op) % 2 ? "isInterrupting=\"false\"" : "");
    flow(k, start, task, NULL);
    flow(k, task, end, NULL);
    buf_add(&k->b, S("</subProcess>"));
}

static void called(struct maker *k, int depth, int *ret_first, int *ret_last)
{
    int n = number(k), around = k->parallel, first, last;
    buf_text(&k->b, "<callActivity id=\"n%d\" calledElement=\"q%d\"/>", n, n);
    struct buf caller = k->b;
    buf_init(&k->b, k->op, 0);
    k->parallel = 0;
    buf_text(&k->b, "<process id=\"q%d\" isExecutable=\"true\">", n);
    int start = node(k, "startEvent", ""), end = node(k, "endEvent", "");
    block(k, depth - 1, &first, &last);
    flow(k, start, first, NULL);
    flow(k, last, end, NULL);
    buf_add(&k->b, S("</process>"));
    buf_add(&k->called, buf_str(&k->b));
    k->b = caller;
    k->parallel = around;
    *ret_first = *ret_last = n;
}

static void looped(struct maker *k, int depth, int *ret_first, int *ret_last)
{
    int first, last, join = node(k, "exclusiveGateway", ""), split = number(k),
                     out = node(k, "userTask", "zw:assignee=\"甲\"");
    block(k, depth - 1, &first, &last);
    flow(k, join, first, NULL);
    flow(k, last, split, NULL);
    flow(k, split, join, "modulo(r, 3) = 0");
    buf_text(&k->b, "<exclusiveGateway id=\"n%d\" default=\"f%d\"/>", split, k->next);
    flow(k, split, out, NULL);
    *ret_first = join;
    *ret_last = out;
}

static void nested(struct maker *k, int depth, int *ret_first, int *ret_last)
{
    int n = number(k), first, last, start, end;
    bool many = op_random(k->op) % 3 == 0;
    buf_text(&k->b, "<subProcess id=\"n%d\">", n);
    if (many)
        buf_text(&k->b,
                 "<multiInstanceLoopCharacteristics isSequential=\"%s\"><loopCardinality "
                 "xsi:type=\"tFormalExpression\">2</loopCardinality>"
                 "</multiInstanceLoopCharacteristics>",
                 op_random(k->op) % 2 ? "true" : "false");
    int around = k->parallel;
    k->parallel = 0;
    start = node(k, "startEvent", "");
    end = node(k, "endEvent", "");
    block(k, depth - 1, &first, &last);
    flow(k, start, first, NULL);
    flow(k, last, end, NULL);
    k->parallel = around;
    if (op_random(k->op) % 3 == 0)
        beside(k);
    buf_add(&k->b, S("</subProcess>"));
    *ret_first = *ret_last = n;
    if (op_random(k->op) % 3 == 0)
        edged(k, n, ret_first, ret_last);
}

static void item(struct maker *k, int depth, int *ret_first, int *ret_last)
{
    uint64_t way = depth > 0 ? op_random(k->op) % (k->flat ? 7 : 12) : 0;
    if (way <= 2)
        *ret_first = *ret_last =
            node(k, "userTask", way == 2 ? "zw:users=\"甲,乙,丙\" zw:rule=\"ratio 2/3\"" : "zw:assignee=\"甲\"");
    else if (way <= 5)
        branches(k, depth,
                 way == 3   ? "exclusiveGateway"
                 : way == 4 ? "parallelGateway"
                            : "inclusiveGateway",
                 way != 4, ret_first, ret_last);
    else if (way == 6)
        looped(k, depth, ret_first, ret_last);
    else if (way <= 8)
        nested(k, depth, ret_first, ret_last);
    else if (way == 9)
        edged(k, node(k, "userTask", "zw:assignee=\"甲\""), ret_first, ret_last);
    else if (way == 10)
        deferred(k, ret_first, ret_last);
    else
        called(k, depth, ret_first, ret_last);
}

static void block(struct maker *k, int depth, int *ret_first, int *ret_last)
{
    int count = 1 + (int)(op_random(k->op) % 3), first, last;
    item(k, depth, ret_first, ret_last);
    for (int i = 1; i < count; i++) {
        item(k, depth, &first, &last);
        flow(k, *ret_last, first, NULL);
        *ret_last = last;
    }
}

/* depth: of blocks in blocks. Flat: one container, no clocks, so that every marking is one of the process itself. */
static str random_text(struct op *op, bool flat, int depth)
{
    struct maker k = {.op = op, .flat = flat};
    int first, last;
    buf_init(&k.b, op, 0);
    buf_init(&k.called, op, 0);
    buf_add(&k.b, S("<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
                    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                    "xmlns:zw=\"urn:zhenwu\"><process id=\"p\" isExecutable=\"true\">"));
    int start = node(&k, "startEvent", ""), end = node(&k, "endEvent", "");
    block(&k, depth, &first, &last);
    flow(&k, start, first, NULL);
    flow(&k, last, end, NULL);
    buf_add(&k.b, S("</process>"));
    buf_add(&k.b, buf_str(&k.called));
    buf_add(&k.b, S("</definitions>"));
    return buf_str(&k.b);
}

static struct bpmn *model_of(struct op *op, str text)
{
    struct bpmn_doc doc = {S("随机.bpmn"), text};
    struct bpmn *m = NULL;
    if (!bpmn_load(op, &doc, NULL, &m))
        test_failed(__FILE__, __LINE__, "%.*s %.*s", PS(op->faults->field), PS(op->faults->text));
    return m;
}

/* ---- random acts ------------------------------------------------------------------------------------------- */

static bool is_admin(void *from, str who)
{
    (void)from;
    return str_eq(who, S("管理员")) || str_eq(who, S("副管理员"));
}

static bool sound(struct bpmn_run *run)
{
    const char *wrong = bpmn_check_state(run->model, &run->state);
    if (wrong)
        test_failed(__FILE__, __LINE__, "%s", wrong);
    return !wrong;
}

static void roll(struct bpmn_run *run)
{
    struct feel_entry r = {S("r"), feel_of_int((int64_t)(op_random(run->op) % 1000))};
    bpmn_change(run, &r, 1);
}

static int32_t some_seat(struct bpmn_run *run, bool acted)
{
    int32_t found = -1;
    uint64_t n = 0;
    for (size_t i = 0; i < run->state.seats.n; i++) {
        enum bpmn_seat_state s = run->state.seats.p[i].state;
        if ((acted ? s == SEAT_AGREED || s == SEAT_REFUSED : s == SEAT_OPEN) && op_random(run->op) % ++n == 0)
            found = (int32_t)i;
    }
    return found;
}

static void time_passes(struct bpmn_run *run, int minutes)
{
    run->op->now += (time_ms)(op_random(run->op) % (uint64_t)minutes + 1) * 60000;
    run->fired = 0;
    bpmn_tick(run);
    (void)sound(run);
}

static bool agree_at(struct bpmn_run *run, int32_t seat)
{
    struct bpmn_act act = {.op = DO_AGREE, .actor = run->state.seats.p[seat].who, .seat = seat, .rev = -1};
    roll(run);
    bpmn_run_next(run);
    check(bpmn_act(run, &act));
    return sound(run);
}

/* Where nobody has anything to do, a clock is waited for. */
static bool agree_some(struct bpmn_run *run)
{
    time_ms due;
    if (op_random(run->op) % 8 == 0)
        time_passes(run, 6);
    for (int i = 0; i < 100 && run->state.end == BPMN_RUNNING && some_seat(run, false) < 0 && bpmn_next_due(run, &due); i++)
        time_passes(run, 30);
    int32_t seat = some_seat(run, false);
    if (seat < 0)
        return run->state.end != BPMN_RUNNING;
    return agree_at(run, seat);
}

/* The tokens that live, smallest first. */
static const int32_t *standing(struct bpmn_run *run, size_t *ret_count)
{
    size_t n = run->state.live.n;
    int32_t *toks = op_array(run->op, int32_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && toks[at - 1] > run->state.live.p[i]; at--)
            toks[at] = toks[at - 1];
        toks[at] = run->state.live.p[i];
    }
    *ret_count = n;
    return toks;
}

/* The work that a return has opened on the token of the one it led to; -1: none. */
static int32_t reopened(const struct bpmn_run *run, int32_t tok)
{
    for (size_t i = run->state.works.n; i-- > 0;)
        if (run->state.works.p[i].tok == tok)
            return run->state.works.p[i].state == WORK_OPEN && run->state.works.p[i].returned_into ? (int32_t)i : -1;
    return -1;
}

/* Every visit that was done, and every word that counted in it, but those of the one that was done again. */
static bool counts_again(const struct bpmn_run *run, const struct bpmn_state *before, int32_t target)
{
    bool all = true;
    for (size_t i = 0; i < before->works.n; i++)
        all &= (int32_t)i == target || before->works.p[i].state != WORK_DONE || run->state.works.p[i].state == WORK_DONE;
    for (size_t i = 0; i < before->acts.n; i++)
        all &= before->acts.p[i].work < 0 || before->acts.p[i].work == target || before->acts.p[i].struck ||
               before->works.p[before->acts.p[i].work].state != WORK_DONE || !run->state.acts.p[i].struck;
    return all;
}

/* 退回, or 直达; what was returned directly is as often as not done again at once, and then everything stands as it
 * stood before, token for token. */
static bool return_some(struct bpmn_run *run, bool direct)
{
    const int32_t *targets;
    size_t count, stood_count, stands_count;
    int32_t seat = some_seat(run, false);
    if (seat < 0)
        return false;
    bpmn_back_targets(run, seat, &targets, &count);
    if (count == 0)
        return false;
    struct bpmn_act act = {.op = DO_BACK,
                           .actor = run->state.seats.p[seat].who,
                           .seat = seat,
                           .rev = -1,
                           .opinion = S("附件不全"),
                           .target = targets[op_random(run->op) % count],
                           .direct = direct};
    int32_t tok = run->state.works.p[act.target].tok;
    const int32_t *stood = standing(run, &stood_count);
    struct bpmn_state before = run->state;
    state_copy(run->op, &before);
    check(bpmn_act(run, &act));
    int32_t work = reopened(run, tok);
    check(work >= 0); /* a return leads back */
    if (!sound(run) || work < 0)
        return false;
    if (!direct || op_random(run->op) % 2)
        return true;
    for (size_t i = 0; i < run->state.seats.n && run->state.works.p[work].state == WORK_OPEN; i++)
        if (run->state.seats.p[i].work == work && run->state.seats.p[i].state == SEAT_OPEN && !agree_at(run, (int32_t)i))
            return false;
    const int32_t *stands = standing(run, &stands_count);
    check(stands_count == stood_count && memcmp(stands, stood, stood_count * sizeof *stood) == 0);
    check(counts_again(run, &before, act.target));
    return true;
}

/* Of a flat process: is the marking one that can be reached from the start? moved: a token that stands at the node
 * `target` instead; -1: none. */
static bool reachable(struct bpmn_run *run, int32_t moved, int target, bool *ret_known)
{
    struct op *op = run->op;
    const struct bpmn *m = run->model;
    struct mark mark = op_mark(op);
    struct net net;
    struct net_result r;
    net_make(op, m, net_exits(op, m), run->state.process, &net);
    uint8_t *start = net_marking(op, &net), *now = net_marking(op, &net);
    for (size_t i = 0; i < m->nodes[run->state.process].entries.n; i++)
        net_put(&net, start, (int32_t)m->edge_count + m->nodes[run->state.process].entries.p[i]);
    for (size_t i = 0; i < run->state.live.n; i++) {
        int32_t live = run->state.live.p[i];
        const struct bpmn_tok *t = &run->state.toks.p[live];
        int n = live == moved ? target : bpmn_tok_node(run, live);
        if (t->scope >= 0)
            net_put(&net, now, t->place < (int32_t)m->edge_count && live != moved ? t->place : m->nodes[n].in.p[0]);
    }
    net_search(op, &net, start, now, &r);
    op_reset(op, mark);
    *ret_known = r.found || r.complete;
    return r.found;
}

static void begin_random(struct op *op, struct bpmn_run *run, bool flat, int depth)
{
    struct bpmn *m = model_of(op, random_text(op, flat, depth));
    struct feel_entry r = {S("r"), feel_of_int((int64_t)(op_random(op) % 1000))};
    bpmn_run_init(run, op, m);
    run->administrator = is_admin;
    check(bpmn_start(run, bpmn_process(m, S("")), S("拟稿"), &r, 1) && sound(run));
}

static bool play_out(struct bpmn_run *run)
{
    for (int step = 0; step < 400 && run->state.end == BPMN_RUNNING; step++) {
        bpmn_run_next(run);
        if (!agree_some(run))
            break;
    }
    return run->state.end == BPMN_COMPLETED;
}

TEST("ten thousand returns and ten thousand 直达 on random sound processes leave only markings that can be reached, and all "
     "end properly; a 直达 that is done again at once gives back what stood before, token for token")
{
    int returns[2] = {0, 0}, searched = 0;
    for (int round = 0; (returns[0] < 10000 || returns[1] < 10000) && round < 20000; round++) {
        struct mark mark = op_mark(op);
        struct bpmn_run run;
        bool flat = round % 3 != 0, known;
        begin_random(op, &run, flat, round % 10 ? 1 + round % 2 : 3);
        for (int step = 0; step < 60 && run.state.end == BPMN_RUNNING; step++) {
            bool direct = op_random(op) % 2;
            bpmn_run_next(&run);
            if (op_random(op) % 3 == 0 && return_some(&run, direct)) {
                returns[direct]++;
                if (flat && op_random(op) % 20 == 0) {
                    check(reachable(&run, -1, -1, &known) || !known);
                    searched += known;
                }
            } else if (!agree_some(&run)) {
                break;
            }
        }
        if (!play_out(&run))
            test_failed(__FILE__, __LINE__, "round %d is stuck", round);
        op_reset(op, mark);
    }
    check(returns[0] >= 10000 && returns[1] >= 10000 && searched > 400);
}

/* One or two tokens of one layer to an activity there: mostly what an administrator would ask for. */
static bool jump_some(struct bpmn_run *run, bool flat, int *ret_proved)
{
    struct op *op = run->op;
    const struct bpmn *m = run->model;
    int32_t toks[2] = {run->state.live.p[1 + op_random(op) % (run->state.live.n - 1)], -1};
    struct bpmn_act a = {.op = DO_JUMP, .actor = S("管理员"), .opinion = S("急"), .rev = -1, .toks = toks, .tok_count = 1};
    int layer = m->nodes[bpmn_tok_node(run, toks[0])].up;
    for (int i = 0; i < 20; i++) {
        a.target = (int32_t)(op_random(op) % m->node_count);
        if (m->nodes[a.target].up == layer && node_is_activity(m->nodes[a.target].kind))
            break;
    }
    if (run->state.live.n > 2 && op_random(op) % 3 == 0) {
        toks[1] = run->state.live.p[1 + op_random(op) % (run->state.live.n - 1)];
        a.tok_count = 2;
    }
    /* What the process can come to by itself is never refused. */
    bool known = false, must_go = flat && a.tok_count == 1 && m->nodes[a.target].in.n == 1 &&
                                  node_is_activity(m->nodes[a.target].kind) && op_random(op) % 40 == 0 &&
                                  reachable(run, toks[0], a.target, &known);
    int faults = op->fault_count;
    bool done = bpmn_act(run, &a), too_large = !done && str_find(op->faults->text, S("太大"), &(size_t){0});
    *ret_proved += must_go && done;
    check(done || ((!must_go || too_large) && !op_has_fault(op, FAULT_SYSTEM)));
    op_forgive(op, faults);
    (void)sound(run);
    return done;
}

TEST("ten thousand jumps that are accepted on random sound processes let them end; a jump that would not is refused, and "
     "none to what the process can come to by itself")
{
    int accepted = 0, refused = 0, proved = 0;
    for (int round = 0; accepted < 10000 && round < 20000; round++) {
        struct mark mark = op_mark(op);
        struct bpmn_run run;
        bool flat = round % 2;
        begin_random(op, &run, flat, round % 16 ? 1 + round % 2 : 3);
        for (int step = 0; step < 30 && run.state.end == BPMN_RUNNING; step++) {
            bpmn_run_next(&run);
            if (op_random(op) % 2 && run.state.live.n > 1) {
                bool done = jump_some(&run, flat, &proved);
                accepted += done;
                refused += !done;
            } else if (!agree_some(&run)) {
                break;
            }
        }
        if (!play_out(&run))
            test_failed(__FILE__, __LINE__, "round %d is stuck after its jumps", round);
        op_reset(op, mark);
    }
    check(accepted >= 10000 && refused > 3000 && proved > 100);
}

/* The same with a task more on some flow; the flow itself is gone, and what came of a condition on it comes to the task. */
static bool step_between(struct op *op, str text, str *ret)
{
    const str open = S("<sequenceFlow "), shut = S("</sequenceFlow>");
    size_t at, end, from = (size_t)(op_random(op) % text.n);
    if (!str_find(str_part(text, from, text.n), open, &at) || !str_find(str_part(text, from + at, text.n), shut, &end))
        return false;
    str flow = str_part(text, from + at, from + at + end + shut.n), name, target, rest;
    must(str_find(flow, S("targetRef=\""), &end));
    str_split(str_part(flow, end + strlen("targetRef=\""), flow.n), '"', &target, &rest);
    str head = str_part(flow, 0, end), source;
    must(str_find(head, S("id=\""), &end));
    str_split(str_part(head, end + 4, head.n), '"', &name, &head);
    str_split(str_part(head, strlen(" sourceRef=\""), head.n), '"', &source, &(str){0});
    if (str_find(text, op_text(op, "default=\"%.*s\"", PS(name)), &end) ||
        str_find(text, op_text(op, "<eventBasedGateway id=\"%.*s\"", PS(source)), &end))
        return false;
    *ret = op_text(op,
                   "%.*s<userTask id=\"between\" zw:assignee=\"甲\"/><sequenceFlow id=\"in_between\" %.*s targetRef=\"between\"%.*s"
                   "<sequenceFlow id=\"out_between\" sourceRef=\"between\" targetRef=\"%.*s\"/>%.*s",
                   PS(str_part(text, 0, from + at)), PS(head), PS(rest), PS(target),
                   PS(str_part(text, from + at + flow.n, text.n)));
    return true;
}

TEST("a case that goes over to a version with a step more ends properly, whatever is returned to before and after")
{
    int moved = 0, stayed = 0, returns = 0;
    for (int round = 0; round < 2000; round++) {
        struct mark mark = op_mark(op);
        struct bpmn_run run;
        bool flat = round % 3 != 0, direct = round % 2, known;
        str text = random_text(op, flat, 1 + round % 2), longer;
        struct feel_entry r = {S("r"), feel_of_int((int64_t)(op_random(op) % 1000))};
        bpmn_run_init(&run, op, model_of(op, text));
        check(bpmn_start(&run, bpmn_process(run.model, S("")), S("拟稿"), &r, 1));
        bool ready = step_between(op, text, &longer);
        for (int step = 0, when = (int)(op_random(op) % 12); step < 30 && run.state.end == BPMN_RUNNING; step++) {
            bpmn_run_next(&run);
            if (ready && step == when) {
                int faults = op->fault_count;
                bool done = bpmn_migrate(&run, model_of(op, longer), NULL, 0);
                moved += done;
                stayed += !done;
                op_forgive(op, faults);
                check(sound(&run));
            } else if (op_random(op) % 3 == 0 && return_some(&run, direct)) {
                returns++;
                if (flat && op_random(op) % 20 == 0)
                    check(reachable(&run, -1, -1, &known) || !known);
            } else if (!agree_some(&run)) {
                break;
            }
        }
        if (!play_out(&run))
            test_failed(__FILE__, __LINE__, "round %d is stuck after it went over", round);
        op_reset(op, mark);
    }
    check(moved > 800 && stayed > 0 && returns > 4000);
}

/* Any act by anybody on anything: most are refused, and a refusal changes nothing. */
static struct bpmn_act any_act(struct bpmn_run *run, str *who)
{
    static const char *people[] = {"甲", "乙", "丙", "丁", "戊", "拟稿", "管理员"};
    struct op *op = run->op;
    struct bpmn_act a = {.op = (enum bpmn_op)(op_random(op) % DO_ACTS),
                         .actor = str_z(people[op_random(op) % COUNT(people)]),
                         .rev = -1,
                         .rule = (enum bpmn_rule)(op_random(op) % RULES),
                         .num = 1,
                         .den = 2,
                         .who = who,
                         .who_count = 1 + op_random(op) % 2};
    for (size_t i = 0; i < a.who_count; i++)
        who[i] = str_z(people[op_random(op) % COUNT(people)]);
    struct bpmn_state *s = &run->state;
    a.seat = s->seats.n ? (int32_t)(op_random(op) % s->seats.n) : 0;
    a.work = s->works.n ? (int32_t)(op_random(op) % s->works.n) : 0;
    a.target = (int32_t)(op_random(op) % 12);
    if (op_random(op) % 2)
        a.opinion = S("按规定办理");
    if (op_random(op) % 2 && s->seats.n) { /* as often as not by who may */
        int32_t seat = some_seat(run, a.op == DO_TAKE_BACK);
        a.seat = seat >= 0 ? seat : a.seat;
        a.actor = bpmn_act_rules()[a.op].may & MAY_ADMIN ? S("管理员") : s->seats.p[a.seat].who;
        a.opinion = S("按规定办理");
    }
    a.for_whom = str_z(people[op_random(op) % COUNT(people)]);
    a.binding = op_random(op) % 2;
    a.collect = op_random(op) % 2;
    return a;
}

TEST("whatever anybody tries in whatever order, no invariant breaks, a refusal changes nothing, and every act is kept")
{
    int accepted[DO_ACTS] = {0}, refused = 0;
    for (int round = 0; round < 300; round++) {
        struct mark mark = op_mark(op);
        struct bpmn_run run;
        begin_random(op, &run, false, 3);
        const struct bpmn *m = run.model;
        for (int step = 0; step < 60; step++) {
            str who[2];
            int32_t tok;
            struct bpmn_act a = any_act(&run, who);
            if ((a.op == DO_END || a.op == DO_CANCEL) && op_random(op) % 10)
                continue;
            if (a.op == DO_JUMP && run.state.live.n > 1) {
                tok = run.state.live.p[1 + op_random(op) % (run.state.live.n - 1)];
                a.toks = &tok;
                a.tok_count = 1;
                a.target = (int32_t)(op_random(op) % m->node_count);
            }
            int faults = op->fault_count;
            bpmn_run_next(&run);
            op->now += 600000;
            size_t before = run.state.acts.n;
            str bytes = bpmn_state_write(op, &run);
            if (bpmn_act(&run, &a)) {
                accepted[a.op]++;
                check(run.state.acts.n > before && run.state.acts.p[before].op == (int32_t)a.op);
            } else {
                refused++;
                check(op->fault_count == faults + 1 && !op_has_fault(op, FAULT_SYSTEM));
                run.state.clock -= 600000; /* only the clock went on */
                if (!str_eq(bytes, bpmn_state_write(op, &run)))
                    test_failed(__FILE__, __LINE__, "a refused %s left something", bpmn_act_rules()[a.op].name);
                run.state.clock += 600000;
            }
            op_forgive(op, faults);
            if (!sound(&run)) {
                test_failed(__FILE__, __LINE__, "after %s in round %d", bpmn_act_rules()[a.op].name, round);
                return;
            }
        }
        op_reset(op, mark);
    }
    for (int i = 0; i < DO_ACTS; i++)
        if (accepted[i] == 0 && i != DO_TIMEOUT && i != DO_ASSIGN)
            test_failed(__FILE__, __LINE__, "%s was never accepted", bpmn_act_rules()[i].name);
    check(refused > 1000);
}
