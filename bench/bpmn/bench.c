/* Five-node processes in memory: start, a gateway with a condition, one of two service tasks, end. Also: 10,000 cases
 * that wait on a user task, and their bytes each. Usage: bench FIVE.bpmn; prints lines "name value". */
#include <stdio.h>
#include <time.h>

#include "bpmn/acts.h"

enum { INSTANCES = 500000, WAITING = 10000 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum bpmn_task_answer at_once(void *from, struct bpmn_run *run, struct bpmn_task *task)
{
    (void)run, (void)task;
    ++*(int64_t *)from;
    return BPMN_TASK_DONE;
}

static struct bpmn *model(struct op *op, str where, str text)
{
    struct bpmn_doc doc = {where, text};
    struct bpmn *m = NULL;
    if (!bpmn_load(op, &doc, NULL, &m))
        printf("%.*s: %.*s\n", PS(op->faults->field), PS(op->faults->text));
    must(m);
    return m;
}

static void five_nodes(struct op *op, const struct bpmn *m)
{
    int process = bpmn_process(m, S("")), completed = 0;
    int64_t tasks = 0;
    double from = now_s();
    for (int i = 0; i < INSTANCES; i++) {
        struct mark mark = op_mark(op);
        struct bpmn_run run;
        struct feel_entry amount = {S("amount"), feel_of_int(i % 2000)};
        bpmn_run_init(&run, op, m);
        run.task = at_once;
        run.from = &tasks;
        completed += bpmn_start(&run, process, S("张三"), &amount, 1) && run.state.end == BPMN_COMPLETED;
        op_reset(op, mark);
    }
    must(completed == INSTANCES && tasks == INSTANCES);
    printf("five_per_s %.0f\n", INSTANCES / (now_s() - from));
}

static void waiting(struct op *op)
{
    static const char text[] =
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:zw='urn:zhenwu'><process id='p' isExecutable='true'>"
        "<startEvent id='s'/><sequenceFlow id='a' sourceRef='s' targetRef='t'/><userTask id='t' zw:assignee='李四'/>"
        "<sequenceFlow id='b' sourceRef='t' targetRef='e'/><endEvent id='e'/></process></definitions>";
    const struct bpmn *m = model(op, S("wait"), str_z(text));
    str *bytes = op_array(op, str, WAITING);
    size_t total = 0;
    double from = now_s();
    for (int i = 0; i < WAITING; i++) {
        struct bpmn_run run;
        bpmn_run_init(&run, op, m);
        must(bpmn_start(&run, bpmn_process(m, S("")), S("张三"), NULL, 0));
        bytes[i] = bpmn_state_write(op, &run);
        total += bytes[i].n;
    }
    printf("wait_per_s %.0f\nwait_bytes %zu\n", WAITING / (now_s() - from), total / WAITING);
    from = now_s();
    for (int i = 0; i < WAITING; i++) {
        struct mark mark = op_mark(op);
        struct bpmn_run run;
        bpmn_run_init(&run, op, m);
        struct bpmn_act act = {.op = DO_AGREE, .actor = S("李四"), .seat = 0, .rev = -1};
        must(bpmn_state_read(&run, bytes[i]) && bpmn_act(&run, &act) && run.state.end == BPMN_COMPLETED);
        op_reset(op, mark);
    }
    printf("complete_per_s %.0f\n", WAITING / (now_s() - from));
}

/* One case with many tokens at once: so many repetitions of a sub-process each wait inside, then all go on by one signal, or each by
 * its own clock, which writes a value down. What one token costs must not grow with their number. */
static void wide(struct op *outer, int repetitions, bool clocks)
{
    struct op op;
    struct bpmn_run run;
    op_init(&op, outer->now, 7);
    str text = op_text(&op,
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
        "<signal id='g' name='g'/><process id='p' isExecutable='true'><startEvent id='s'/><sequenceFlow id='a' sourceRef='s'"
        " targetRef='w'/><subProcess id='w'><multiInstanceLoopCharacteristics><loopCardinality xsi:type='tFormalExpression'>%d"
        "</loopCardinality></multiInstanceLoopCharacteristics><startEvent id='i'/><sequenceFlow id='b' sourceRef='i' targetRef='c'/>"
        "<intermediateCatchEvent id='c'>%s</intermediateCatchEvent><sequenceFlow id='d' sourceRef='c' targetRef='%s'/>%s<endEvent id='o'/>"
        "</subProcess>"
        "<sequenceFlow id='f' sourceRef='w' targetRef='e'/><endEvent id='e'/></process></definitions>",
        repetitions,
        clocks ? "<timerEventDefinition><timeDuration xsi:type='tFormalExpression'>PT1H</timeDuration></timerEventDefinition>"
               : "<signalEventDefinition signalRef='g'/>",
        clocks ? "r" : "o",
        clocks ? "<scriptTask id='r'><script>{rung: 1}</script></scriptTask><sequenceFlow id='h' sourceRef='r' targetRef='o'/>" : "");
    const struct bpmn *m = model(&op, S("wide"), text);
    double from = now_s();
    bpmn_run_init(&run, &op, m);
    must(bpmn_start(&run, bpmn_process(m, S("")), S("张三"), NULL, 0));
    bpmn_run_next(&run);
    op.now += 3600000;
    if (clocks)
        bpmn_tick(&run);
    must((clocks || bpmn_signal(&run, S("g"), NULL, 0)) && run.state.end == BPMN_COMPLETED);
    printf("%s_%d_us_each %.2f\n", clocks ? "clocks" : "wide", repetitions, (now_s() - from) * 1e6 / repetitions);
    op_done(&op);
}

/* What one command costs that moves one of so many tokens, each in a scope of its own: it must not grow with their number. */
enum single { SINGLE_MESSAGE, SINGLE_JOIN, SINGLE_INTERRUPT, SINGLE_CLOCK, SINGLES };
static const struct {
    const char *name, *inside; /* the sub-process, and what stands at its edge */
} singles[SINGLES] = {
    [SINGLE_MESSAGE] = {"message", "<startEvent id='i'/><receiveTask id='c' messageRef='m'/><endEvent id='o'/>"
                                   "<sequenceFlow id='b' sourceRef='i' targetRef='c'/><sequenceFlow id='d' sourceRef='c' targetRef='o'/>"},
    [SINGLE_JOIN] = {"inclusive_join",
                     "<startEvent id='i'/><inclusiveGateway id='k'/><receiveTask id='c' messageRef='m'/><task id='t'/><inclusiveGateway id='j'/>"
                     "<endEvent id='o'/><sequenceFlow id='a1' sourceRef='i' targetRef='k'/><sequenceFlow id='a2' sourceRef='k' targetRef='c'/>"
                     "<sequenceFlow id='a3' sourceRef='k' targetRef='t'/><sequenceFlow id='a4' sourceRef='c' targetRef='j'/>"
                     "<sequenceFlow id='a5' sourceRef='t' targetRef='j'/><sequenceFlow id='a6' sourceRef='j' targetRef='o'/>"},
    [SINGLE_INTERRUPT] = {"interruption",
                          "<startEvent id='i'/><receiveTask id='c' messageRef='never'/><endEvent id='o'/><sequenceFlow id='b' sourceRef='i' targetRef='c'/>"
                          "<sequenceFlow id='d' sourceRef='c' targetRef='o'/><subProcess id='v' triggeredByEvent='true'><startEvent id='vs'>"
                          "<messageEventDefinition messageRef='m'/></startEvent><endEvent id='ve'/><sequenceFlow id='vf' sourceRef='vs'"
                          " targetRef='ve'/></subProcess>"},
    [SINGLE_CLOCK] = {"clock", "<startEvent id='i'/><intermediateCatchEvent id='c'><timerEventDefinition><timeDuration"
                               " xsi:type='tFormalExpression'>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>"
                               "<endEvent id='o'/><sequenceFlow id='b' sourceRef='i' targetRef='c'/>"
                               "<sequenceFlow id='d' sourceRef='c' targetRef='o'/>"},
};

static void single(struct op *outer, enum single kind, int side)
{
    static const char times[] = "<multiInstanceLoopCharacteristics><loopCardinality xsi:type='tFormalExpression'>%d"
                                "</loopCardinality></multiInstanceLoopCharacteristics>";
    struct op op;
    struct bpmn_run run;
    op_init(&op, outer->now, 7);
    str repeated = op_text(&op, times, side);
    str text = op_text(&op,
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
        "<message id='go' name='go'/><message id='never' name='never'/><message id='m' name='m'/><process id='p' isExecutable='true'><startEvent id='s'/><sequenceFlow id='a' sourceRef='s'"
        " targetRef='w'/><subProcess id='w'>%.*s<startEvent id='ws'/><sequenceFlow id='wg' sourceRef='ws' targetRef='g'/>"
        "<receiveTask id='g' messageRef='go'/><sequenceFlow id='wa' sourceRef='g' targetRef='u'/>"
        "<subProcess id='u'>%.*s%s</subProcess><sequenceFlow id='wb' sourceRef='u' targetRef='wo'/><endEvent id='wo'/></subProcess>"
        "<sequenceFlow id='f' sourceRef='w' targetRef='e'/><endEvent id='e'/></process></definitions>",
        PS(repeated), PS(repeated), singles[kind].inside);
    const struct bpmn *m = model(&op, S("single"), text);
    bpmn_run_init(&run, &op, m);
    must(bpmn_start(&run, bpmn_process(m, S("")), S("张三"), NULL, 0));
    for (int i = 0; i < side; i++) { /* what one command may fire is bounded: so many at a time */
        bpmn_run_next(&run);
        must(bpmn_message(&run, S("go"), NULL, 0));
    }
    for (size_t i = 0; i < run.state.waits.n; i++)
        bpmn_clock_move(&run, (int32_t)i, op.now + 1000 * (time_ms)(i + 1));
    double from = now_s();
    for (int i = 0; i < side * side; i++) {
        bpmn_run_next(&run);
        op.now += 1000;
        if (kind == SINGLE_CLOCK)
            bpmn_tick(&run);
        else
            must(bpmn_message(&run, S("m"), NULL, 0));
    }
    must(run.state.end == BPMN_COMPLETED);
    printf("single_%s_%d_us_each %.2f\n", singles[kind].name, side * side, (now_s() - from) * 1e6 / (side * side));
    op_done(&op);
}

int main(int argc, char **argv)
{
    struct op op;
    str text;
    op_init(&op, 1638752400000, 7);
    must(argc == 2 && file_read(&op, str_z(argv[1]), 1 << 20, &text));
    five_nodes(&op, model(&op, str_z(argv[1]), text));
    waiting(&op);
    for (int n = 10; n <= 1000; n *= 10)
        for (int clocks = 0; clocks < 2; clocks++)
            wide(&op, n, clocks);
    for (int kind = 0; kind < SINGLES; kind++)
        for (int side = 10; side <= 100; side += 45)
            single(&op, (enum single)kind, side);
    op_done(&op);
    return 0;
}
