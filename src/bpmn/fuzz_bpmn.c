/* Any bytes are a model, or a fault that says where; what loads can be written and read again, checked and started. */
#include "bpmn/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum bpmn_task_answer task(void *from, struct bpmn_run *run, struct bpmn_task *t)
{
    static const enum bpmn_task_answer answers[] = {BPMN_TASK_DONE, BPMN_TASK_LATER, BPMN_TASK_ERROR, BPMN_TASK_FAILED};
    (void)from;
    t->code = S("ERR_CODE");
    return answers[op_random(run->op) % 8 % COUNT(answers)];
}

/* Whatever may come from outside, in any order: everything the model waits for, answers, incidents tried again, a day
 * passing; and the state is what its bytes say. */
static void go_on(struct bpmn_run *run)
{
    struct op *op = run->op;
    const struct bpmn *m = run->model;
    struct bpmn_run again;
    for (int i = 0; i < 12; i++) {
        int32_t tok = (int32_t)(op_random(op) % run->state.toks.n);
        const struct event *e = m->event_count ? &m->events[op_random(op) % m->event_count] : NULL;
        struct feel_entry value = {S("x"), feel_of_int(i)};
        bpmn_run_next(run);
        switch (op_random(op) % 6) {
        case 0:
            (void)bpmn_message(run, e ? e->name : m->nodes[op_random(op) % m->node_count].message, &value, 1);
            break;
        case 1:
            (void)bpmn_signal(run, e ? e->name : S(""), &value, 1);
            break;
        case 2:
            (void)!bpmn_done(run, tok, &value, 1);
            break;
        case 3:
            (void)!bpmn_retry(run, tok);
            break;
        case 4:
            bpmn_change(run, &value, 1);
            break;
        default:
            op->now += 86400000;
            bpmn_tick(run);
        }
        must(!bpmn_check_state(m, &run->state));
    }
    str bytes = bpmn_state_write(op, run);
    bpmn_run_init(&again, op, m);
    must(bpmn_state_read(&again, bytes));
    must(str_eq(bpmn_state_write(op, &again), bytes));
}

#define HEAD                                                                                                           \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "                                                \
    "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
#define PROCESS HEAD "<process id='p' isExecutable='true'><startEvent id='s'/>"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const str heads[] = {
        SC(""),
        SC(HEAD),
        SC(PROCESS),
        SC(PROCESS "<sequenceFlow id='f' sourceRef='s' targetRef='x'/><exclusiveGateway id='x'/><endEvent "
                   "id='e'/><sequenceFlow id='g' "
                   "sourceRef='x' targetRef='e'><conditionExpression>"),
        SC(PROCESS "<intermediateCatchEvent id='c'><timerEventDefinition><timeCycle xsi:type='tFormalExpression'>"),
        SC(PROCESS "<sequenceFlow id='f' sourceRef='s' targetRef='"),
        SC(PROCESS "<scriptTask id='t'><script>")};
    static const str tails[] = {SC(""),
                                SC("</definitions>"),
                                SC("</process></definitions>"),
                                SC("</conditionExpression></sequenceFlow></process></definitions>"),
                                SC("</timeCycle></timerEventDefinition></intermediateCatchEvent><sequenceFlow id='f' "
                                   "sourceRef='s' targetRef='c'/><endEvent id='e'/>"
                                   "<sequenceFlow id='g' sourceRef='c' targetRef='e'/></process></definitions>"),
                                SC("'/></process></definitions>"),
                                SC("</script></scriptTask></process></definitions>")};
    struct op op;
    op_init(&op, 1638752400000, 1);
    size_t way = size ? data[0] % COUNT(heads) : 0;
    str body = {(const char *)data + (size ? 1 : 0), size ? size - 1 : 0};
    const str parts[] = {heads[way], body, tails[way]};
    struct bpmn_doc doc = {S("模糊.bpmn"), op_join(&op, parts, COUNT(parts), S(""))};
    struct bpmn *m;
    if (bpmn_read(&op, &doc, NULL, &m)) {
        struct bpmn *again;
        struct buf b;
        buf_init(&b, &op, 0);
        bpmn_write(m, &b);
        struct bpmn_doc written = {S("再写.bpmn"), buf_str(&b)};
        must(bpmn_read(&op, &written, NULL, &again));
        must(again->node_count == m->node_count && again->edge_count == m->edge_count &&
             again->refusals == m->refusals);
        (void)bpmn_check(m);
    } else {
        must(op.fault_count > 0);
    }
    op_forgive(&op, 0);
    if (bpmn_load(&op, &doc, NULL, &m)) {
        struct bpmn_run run;
        bpmn_run_init(&run, &op, m);
        run.task = task;
        run.shuffle = true;
        if (bpmn_start(&run, bpmn_process(m, S("")), S("张三"), NULL, 0)) {
            must(!bpmn_check_state(m, &run.state));
            go_on(&run);
        }
    }
    op_done(&op);
    return 0;
}
