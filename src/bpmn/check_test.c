/* What the check says of a model's shape against what happens: many small random models, with sub-processes of every kind in each
 * other, are played to the end in every way there is, by the game itself. */
#include "base/test.h"
#include "bpmn/acts.h"
#include "bpmn/state.h"

enum { MODELS = 250, STATES_MAX = 400, BLOCKS = 6 };

/* ---- random models: a task stands before whatever decides, and after whatever joins ------------------------------------ */

struct choice { /* what may be decided when that task is done */
    int task, gate, ways;
    bool any, standard; /* any: inclusive */
};
struct message {
    int node;
    bool edge, again; /* edge: it breaks into something; again: could come again and again: is sent once */
};
struct maker {
    struct op *op;
    struct buf b, head, called;
    int next, blocks, deep;
    bool repeats;
    struct { struct choice *p; size_t n, cap; } choices;
    struct { struct message *p; size_t n, cap; } messages;
};

static bool chance(struct maker *k, int percent)
{
    return op_random(k->op) % 100 < (uint64_t)percent;
}

static int flow(struct maker *k, int from, int to, str condition)
{
    int f = k->next++;
    buf_text(&k->b, "<sequenceFlow id=\"f%d\" sourceRef=\"n%d\" targetRef=\"n%d\">", f, from, to);
    if (condition.n)
        buf_text(&k->b, "<conditionExpression xsi:type=\"tFormalExpression\">%.*s</conditionExpression>", PS(condition));
    buf_add(&k->b, S("</sequenceFlow>"));
    return f;
}

static int element(struct maker *k, const char *tag)
{
    int n = k->next++;
    buf_text(&k->b, "<%s id=\"n%d\"/>", tag, n);
    return n;
}

static int task(struct maker *k, int from)
{
    int n = k->next++;
    buf_text(&k->b, "<userTask id=\"n%d\" zw:assignee=\"甲\"/>", n);
    if (from >= 0)
        flow(k, from, n, S(""));
    return n;
}

static const char *const gateways[] = {"parallelGateway", "exclusiveGateway", "inclusiveGateway"};

static void message_put(struct maker *k, int node, bool edge, bool again)
{
    buf_text(&k->head, "<message id=\"m%d\" name=\"m%d\"/>", node, node);
    buf_text(&k->b, "<messageEventDefinition messageRef=\"m%d\"/>", node);
    *list_add(k->op, &k->messages) = (struct message){node, edge, again};
}

static int caught(struct maker *k, int from)
{
    int n = k->next++;
    buf_text(&k->b, "<intermediateCatchEvent id=\"n%d\">", n);
    message_put(k, n, false, false);
    buf_add(&k->b, S("</intermediateCatchEvent>"));
    flow(k, from, n, S(""));
    return n;
}

static int block(struct maker *k, int depth, int from);

/* A gateway after a task; its ways each begin with a task. kind: of gateways. */
static int divide(struct maker *k, int kind, int from, int ways, int *firsts)
{
    int before = task(k, from), gate = k->next++, standard = -1;
    bool has = kind != 0 && chance(k, 50);
    flow(k, before, gate, S(""));
    for (int i = 0; i < ways; i++) {
        bool last = has && i == ways - 1;
        firsts[i] = task(k, -1);
        int f = flow(k, gate, firsts[i], kind == 0 || last ? S("")
                                         : kind == 1       ? op_text(k->op, "v%d = %d", gate, i)
                                                           : op_text(k->op, "v%d_%d = true", gate, i));
        standard = last ? f : standard;
    }
    buf_text(&k->b, "<%s id=\"n%d\"", gateways[kind], gate);
    if (has)
        buf_text(&k->b, " default=\"f%d\"", standard);
    buf_add(&k->b, S("/>"));
    if (kind)
        *list_add(k->op, &k->choices) = (struct choice){before, gate, ways, kind == 2, has};
    return gate;
}

static int split(struct maker *k, int depth, int from)
{
    int firsts[3], ways = chance(k, 25) ? 3 : 2, kind = (int)(op_random(k->op) % 3);
    divide(k, kind, from, ways, firsts);
    int join = element(k, gateways[chance(k, 75) ? kind : (int)(op_random(k->op) % 3)]);
    for (int i = 0; i < ways; i++) {
        bool early = i > 0 && chance(k, 12);
        int last = chance(k, 50) ? block(k, depth - 1, firsts[i]) : firsts[i];
        flow(k, last, early ? element(k, "endEvent") : join, S(""));
    }
    return task(k, join);
}

static int circle(struct maker *k, int depth, int from)
{
    int firsts[2], merge = element(k, gateways[1]);
    flow(k, from, merge, S(""));
    divide(k, 1, block(k, depth - 1, task(k, merge)), 2, firsts);
    flow(k, firsts[0], merge, S(""));
    return firsts[1];
}

static int whichever(struct maker *k, int from)
{
    int gate = element(k, "eventBasedGateway"), join = element(k, gateways[1]);
    flow(k, from, gate, S(""));
    for (int i = 0; i < 2; i++)
        flow(k, task(k, caught(k, gate)), join, S(""));
    return task(k, join);
}

/* ---- scopes in scopes ------------------------------------------------------------------------------------------------- */

struct inside {
    bool error, cancel;
};

static int special_end(struct maker *k, bool transaction, struct inside *ret)
{
    static const char *const kinds[] = {"terminate", "error", "cancel"};
    int n = k->next++, kind = (int)(op_random(k->op) % (transaction ? 3 : 2));
    ret->error |= kind == 1;
    ret->cancel |= kind == 2;
    buf_text(&k->b, "<endEvent id=\"n%d\"><%sEventDefinition%s/></endEvent>", n, kinds[kind], kind == 1 ? " errorRef=\"err\"" : "");
    return n;
}

static void event_sub(struct maker *k)
{
    int sub = k->next++, start = k->next++;
    bool interrupts = chance(k, 50);
    buf_text(&k->b, "<subProcess id=\"n%d\" triggeredByEvent=\"true\"><startEvent id=\"n%d\" isInterrupting=\"%s\">", sub, start,
             interrupts ? "true" : "false");
    message_put(k, start, true, !interrupts);
    buf_add(&k->b, S("</startEvent>"));
    flow(k, chance(k, 50) ? block(k, 0, start) : task(k, start), element(k, "endEvent"), S(""));
    buf_add(&k->b, S("</subProcess>"));
}

static void content(struct maker *k, int depth, bool transaction, struct inside *ret)
{
    int firsts[2], last = block(k, depth, element(k, "startEvent"));
    if (chance(k, 35)) {
        divide(k, 1, last, 2, firsts);
        flow(k, firsts[0], special_end(k, transaction, ret), S(""));
        last = firsts[1];
    }
    flow(k, last, transaction && chance(k, 10) ? special_end(k, true, ret) : element(k, "endEvent"), S(""));
    if (chance(k, 20) && !k->repeats)
        event_sub(k);
}

static void loose(struct maker *k)
{
    int first = task(k, -1), second = task(k, -1), way = (int)(op_random(k->op) % 3);
    if (way == 0)
        return;
    int join = element(k, gateways[way == 1 ? 0 : 2]);
    flow(k, chance(k, 50) ? block(k, 0, first) : first, join, S(""));
    flow(k, second, join, S(""));
    task(k, join);
}

/* What breaks in at the edge, and where that leads: an end of its own, or back to the others. */
static int edge(struct maker *k, int around, const struct inside *in)
{
    int n = k->next++, what = (int)(op_random(k->op) % 4);
    bool interrupts = what != 0 || k->repeats;
    buf_text(&k->b, "<boundaryEvent id=\"n%d\" attachedToRef=\"n%d\" cancelActivity=\"%s\">", n, around, interrupts ? "true" : "false");
    if (in->cancel && what == 3)
        buf_add(&k->b, S("<cancelEventDefinition/>"));
    else if (in->error && what >= 2)
        buf_text(&k->b, "<errorEventDefinition%s/>", chance(k, 50) ? " errorRef=\"err\"" : "");
    else
        message_put(k, n, true, !interrupts);
    buf_add(&k->b, S("</boundaryEvent>"));
    return task(k, n);
}

static int scope(struct maker *k, int depth, int from)
{
    enum { PLAIN, PLAIN_TOO, TRANSACTION, ADHOC, REPEATED, CALLED, KINDS };
    static const char *const tags[] = {"subProcess", "subProcess", "transaction", "adHocSubProcess", "subProcess", "process"};
    int n = k->next++, kind = (int)(op_random(k->op) % KINDS);
    struct inside in = {0};
    bool repeats = k->repeats;
    struct buf outer = k->b;
    k->repeats |= kind == REPEATED;
    if (kind == CALLED)
        buf_init(&k->b, k->op, 0);
    buf_text(&k->b, "<%s id=\"%s%d\"%s>", tags[kind], kind == CALLED ? "p" : "n", n,
             kind == CALLED ? " isExecutable=\"true\"" : kind == ADHOC && chance(k, 50) ? " ordering=\"Sequential\"" : "");
    if (kind == REPEATED)
        buf_text(&k->b, "<multiInstanceLoopCharacteristics isSequential=\"%s\"><loopCardinality xsi:type=\"tFormalExpression\">2"
                 "</loopCardinality></multiInstanceLoopCharacteristics>", chance(k, 50) ? "true" : "false");
    if (kind == ADHOC)
        loose(k);
    else
        content(k, depth - 1, kind == TRANSACTION, &in);
    buf_text(&k->b, "</%s>", tags[kind]);
    if (kind == CALLED) {
        buf_add(&k->called, buf_str(&k->b));
        k->b = outer;
        buf_text(&k->b, "<callActivity id=\"n%d\" calledElement=\"p%d\"/>", n, n);
    }
    k->repeats = repeats;
    flow(k, from, n, S(""));
    int join = -1, last = n;
    for (int i = chance(k, 60) ? 1 + chance(k, 30) : 0; i > 0; i--) {
        int there = edge(k, n, &in);
        if (chance(k, 40)) {
            flow(k, there, element(k, "endEvent"), S(""));
            continue;
        }
        if (join < 0)
            join = element(k, gateways[chance(k, 70) ? 1 : (int)(op_random(k->op) % 3)]);
        flow(k, there, join, S(""));
    }
    if (join >= 0)
        flow(k, n, join, S(""));
    return task(k, join >= 0 ? join : last);
}

static int block(struct maker *k, int depth, int from)
{
    if (depth <= 0 || --k->blocks < 0)
        return chance(k, 30) ? caught(k, from) : task(k, from);
    switch (op_random(k->op) % 7) {
    case 0:
        return block(k, depth - 1, block(k, depth - 1, from));
    case 1:
        return split(k, depth, from);
    case 2:
        return circle(k, depth, from);
    case 3:
        return whichever(k, from);
    default:
        return chance(k, 60) ? scope(k, depth, from) : split(k, depth, from);
    }
}

static str model_make(struct maker *k, struct op *op)
{
    struct inside in = {0};
    *k = (struct maker){.op = op, .blocks = BLOCKS};
    buf_init(&k->b, op, 0);
    buf_init(&k->head, op, 0);
    buf_init(&k->called, op, 0);
    content(k, 3, false, &in);
    return op_text(op,
                   "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:zw=\"urn:zhenwu\" "
                   "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><error id=\"err\" errorCode=\"E\"/>%.*s<process "
                   "id=\"p\" isExecutable=\"true\">%.*s</process>%.*s</definitions>",
                   PS(buf_str(&k->head)), PS(buf_str(&k->b)), PS(buf_str(&k->called)));
}

/* ---- everything that can happen --------------------------------------------------------------------------------------- */

struct step { /* a task that is done, deciding so; or a message */
    int32_t seat;
    const struct choice *choice;
    unsigned decided;
    const struct message *message;
};
struct steps {
    struct step *p;
    size_t n, cap;
    bool waits; /* for something that does not break in */
};
struct world {
    struct op *op;
    const struct bpmn *model;
    const struct maker *maker;
    struct map known; /* a marking: its number + 1 */
    struct { str *p; size_t n, cap; } states;
    struct { int *p; size_t n, cap; } arcs; /* pairs from, to */
    struct { bool *p; size_t n, cap; } ended, dead;
    bool twice, stuck, odd, complete;
};

static str marking(struct bpmn_run *run, struct op *op, int32_t scope)
{
    struct { str *p; size_t n, cap; } all = {0};
    const struct bpmn_state *s = &run->state;
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < s->live.n; i++) {
        int32_t t = s->live.p[i], opened = tok_scope_opened(run, t);
        if (TOK(run, t).scope != scope)
            continue;
        int seen = 0; /* what has broken in beside it */
        for (size_t f = 0; f < s->fires.n; f++)
            seen += FIRE(run, f).kind == FIRE_EVENT && FIRE(run, f).read == t ? 1 << (FIRE(run, f).node % 29) : 0;
        size_t at = all.n;
        str one = op_text(op, "%d/%d%.*s", TOK(run, t).place, seen, PS(opened >= 0 ? marking(run, op, opened) : S("")));
        (void)list_add(op, &all);
        for (; at > 0 && str_cmp(all.p[at - 1], one) > 0; at--)
            all.p[at] = all.p[at - 1];
        all.p[at] = one;
    }
    const struct node *n = scope >= 0 ? &run->model->nodes[FIRE(run, scope).node] : NULL;
    bool history = n && (n->kind == NODE_ADHOC || FIRE(run, scope).kind == FIRE_LOOP); /* what has begun there counts */
    buf_add(&b, S("("));
    for (size_t i = 0; i < all.n; i++)
        buf_text(&b, "%.*s ", PS(all.p[i]));
    for (size_t f = 0; f < s->fires.n && history; f++)
        if (FIRE(run, f).scope == scope && FIRE(run, f).kind != FIRE_DONE && FIRE(run, f).kind != FIRE_CLOSE)
            buf_text(&b, "h%d", FIRE(run, f).node);
    buf_add(&b, S(")"));
    return buf_str(&b);
}

/* The same message could come again and again; once for each that listens is enough to see what it does. */
static bool fresh(const struct bpmn_run *run, const struct message *x)
{
    const struct bpmn_state *s = &run->state;
    int node = bpmn_node(run->model, op_text(run->op, "n%d", x->node));
    const struct node *n = &run->model->nodes[node];
    int around = n->kind == NODE_BOUNDARY ? n->attached : run->model->nodes[n->up].up;
    for (size_t i = 0; i < s->live.n; i++) {
        int32_t t = s->live.p[i];
        bool here = (place_node(run->model, TOK(run, t).place) == around && !tok_repeats(run, t)) ||
                    (tok_node(run, t)->kind == NODE_CALL && tok_node(run, t)->called == around);
        for (size_t f = 0; f < s->fires.n && here; f++)
            here = FIRE(run, f).kind != FIRE_EVENT || FIRE(run, f).read != t || FIRE(run, f).node != node;
        if (here)
            return true;
    }
    return false;
}

static void steps_of(struct bpmn_run *run, const struct maker *k, struct steps *ret)
{
    const struct bpmn_state *s = &run->state;
    for (size_t i = 0; i < s->seats.n; i++) {
        const struct bpmn_work *w = &s->works.p[s->seats.p[i].work];
        if (s->seats.p[i].state != SEAT_OPEN || w->state != WORK_OPEN)
            continue;
        struct step one = {.seat = (int32_t)i};
        ret->waits = true;
        for (size_t c = 0; c < k->choices.n; c++)
            if (str_eq(op_text(run->op, "n%d", k->choices.p[c].task), bpmn_node_id(run->model, w->node)))
                one.choice = &k->choices.p[c];
        unsigned asked = one.choice ? (unsigned)(one.choice->ways - one.choice->standard) : 0;
        unsigned from = !one.choice || one.choice->standard || !one.choice->any ? 0 : 1;
        unsigned to = !one.choice ? 1 : one.choice->any ? 1u << asked : (unsigned)one.choice->ways;
        for (one.decided = from; one.decided < to; one.decided++)
            *list_add(run->op, ret) = one;
    }
    for (size_t i = 0; i < k->messages.n; i++) {
        const struct message *x = &k->messages.p[i];
        if (!bpmn_waits_for(run, op_text(run->op, "m%d", x->node)) || (x->again && !fresh(run, x)))
            continue;
        *list_add(run->op, ret) = (struct step){.message = x};
        ret->waits |= !x->edge;
    }
}

static void step_do(struct bpmn_run *run, const struct step *x)
{
    if (x->message) {
        (void)bpmn_message(run, op_text(run->op, "m%d", x->message->node), NULL, 0);
        return;
    }
    for (int i = 0; x->choice && i < x->choice->ways; i++) {
        struct feel_entry value = {x->choice->any ? op_text(run->op, "v%d_%d", x->choice->gate, i) : op_text(run->op, "v%d", x->choice->gate),
                                   x->choice->any ? feel_of_bool(x->decided >> i & 1) : feel_of_int(x->decided)};
        bpmn_learn(run, &value, 1);
    }
    struct bpmn_act act = {.op = DO_AGREE, .actor = S("甲"), .seat = x->seat, .work = -1, .other = -1, .target = -1, .rev = -1};
    if (!bpmn_act(run, &act))
        test_failed(__FILE__, __LINE__, "%.*s", PS(run->op->faults->text));
}

/* Two of one kind in one place. */
static bool doubled(const struct bpmn_run *run)
{
    const struct bpmn_state *s = &run->state;
    for (size_t i = 0; i < s->live.n; i++)
        for (size_t k = 0; k < i; k++)
            if (TOK(run, s->live.p[i]).place == TOK(run, s->live.p[k]).place &&
                TOK(run, s->live.p[i]).scope == TOK(run, s->live.p[k]).scope && !tok_repeats(run, s->live.p[i]))
                return true;
    return false;
}

static int state_keep(struct world *w, struct bpmn_run *run)
{
    bool over = run->state.end != BPMN_RUNNING;
    str key = over ? S("over") : marking(run, run->op, -1);
    void *number = map_get(&w->known, key);
    if (number)
        return (int)(intptr_t)number - 1;
    for (const struct bpmn_command *c = run->commands; c; c = c->next)
        w->odd |= c->kind == BPMN_INCIDENT;
    w->twice |= doubled(run);
    map_put(&w->known, op_copy(w->op, key), (void *)(intptr_t)(w->states.n + 1));
    *list_add(w->op, &w->states) = op_copy(w->op, bpmn_state_write(run->op, run));
    *list_add(w->op, &w->ended) = over;
    *list_add(w->op, &w->dead) = false;
    return (int)w->states.n - 1;
}

static void explore(struct world *w)
{
    struct op one;
    struct bpmn_run run;
    op_init(&one, 0, 1);
    bpmn_run_init(&run, &one, w->model);
    must(bpmn_start(&run, bpmn_process(w->model, S("p")), S("拟稿"), NULL, 0));
    state_keep(w, &run);
    op_done(&one);
    w->complete = true;
    for (size_t at = 0; at < w->states.n; at++) {
        struct steps steps = {0};
        struct op outer;
        if (w->states.n > STATES_MAX) {
            w->complete = false;
            return;
        }
        if (w->ended.p[at])
            continue;
        op_init(&outer, 0, 1);
        bpmn_run_init(&run, &outer, w->model);
        must(bpmn_state_read(&run, w->states.p[at]));
        steps_of(&run, w->maker, &steps);
        w->dead.p[at] = !steps.waits;
        w->stuck |= !steps.waits;
        for (size_t i = 0; i < steps.n; i++) {
            op_init(&one, 0, 1);
            bpmn_run_init(&run, &one, w->model);
            must(bpmn_state_read(&run, w->states.p[at]));
            step_do(&run, &steps.p[i]);
            *list_add(w->op, &w->arcs) = (int)at;
            *list_add(w->op, &w->arcs) = state_keep(w, &run);
            op_done(&one);
        }
        op_done(&outer);
    }
}

/* From somewhere neither the end nor a standstill can be reached. */
static bool endless(struct world *w)
{
    bool *good = op_array(w->op, bool, w->states.n + 1);
    for (size_t i = 0; i < w->states.n; i++)
        good[i] = w->ended.p[i] || w->dead.p[i];
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < w->arcs.n; i += 2)
            if (good[w->arcs.p[i + 1]] && !good[w->arcs.p[i]])
                good[w->arcs.p[i]] = changed = true;
    }
    for (size_t i = 0; i < w->states.n; i++)
        if (!good[i])
            return true;
    return false;
}

/* ---- the two side by side --------------------------------------------------------------------------------------------- */

enum verdict { DEADLOCK, TWICE, NO_END, UNDECIDED, VERDICTS };
static const char *const verdicts[VERDICTS] = {"deadlock", "lack of synchronisation", "no end", "undecided"};

/* False: the two do not agree; why says how. */
static bool agrees(struct op *op, struct world *w, struct bpmn *m, str *ret_why)
{
    int said[VERDICTS] = {0}, troubles = 0;
    for (const struct bpmn_finding *f = bpmn_check(m); f; f = f->next)
        for (int v = 0; v < VERDICTS; v++)
            said[v] += str_eq(f->rule, str_z(verdicts[v]));
    bool happens[VERDICTS] = {w->stuck, w->twice, w->complete && endless(w)};
    for (int v = 0; v < UNDECIDED; v++)
        troubles += said[v];
    for (int v = 0; v < UNDECIDED; v++) {
        *ret_why = op_text(op, "%s said %d, happens %d, of %d troubles", verdicts[v], said[v], happens[v], troubles);
        if (said[v] && !happens[v] && w->complete && troubles == 1)
            return false;
        if (!troubles && !said[UNDECIDED] && happens[v])
            return false;
    }
    *ret_why = S("none of what is said happens");
    return troubles < 2 || !w->complete || w->stuck || w->twice || happens[NO_END];
}

TEST("what the check says of a shape is what can happen, and what it does not say cannot: no false alarm, and no sound verdict on a "
     "model that comes to a standstill, in scopes within scopes")
{
    int sound = 0, troubled = 0, wrong = 0;
    for (int i = 0; i < MODELS; i++) {
        struct op one;
        struct maker k;
        struct bpmn *m = NULL;
        str why;
        op_init(&one, 0, (uint64_t)i * 7919 + 5);
        struct bpmn_doc doc = {S("随机.bpmn"), model_make(&k, &one)};
        if (!bpmn_load(&one, &doc, NULL, &m))
            test_failed(__FILE__, __LINE__, "%.*s %.*s\n%.*s", PS(one.faults->field), PS(one.faults->text), PS(doc.text));
        must(m != NULL);
        struct world w = {.op = &one, .model = m, .maker = &k};
        map_init(&w.known, &one);
        explore(&w);
        check(!w.odd);
        sound += w.complete && !w.stuck && !w.twice;
        troubled += w.stuck || w.twice;
        if (!agrees(&one, &w, m, &why) && wrong++ < 5)
            test_failed(__FILE__, __LINE__, "model %d (%zu states): %.*s\n%.*s", i, w.states.n, PS(why), PS(doc.text));
        op_done(&one);
    }
    check(sound > MODELS / 5 && troubled > MODELS / 5);
}
