/* Any bytes are a state of the model, or a fault; what is read holds every invariant, and the game goes on with it. */
#include "bpmn/acts.h"
#include "bpmn/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char model_text[] =
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
    "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:zw='urn:z'>"
    "<process id='p' isExecutable='true'><startEvent id='s'/><sequenceFlow id='f1' sourceRef='s' "
    "targetRef='x'/><parallelGateway id='x'/>"
    "<sequenceFlow id='f2' sourceRef='x' targetRef='a'/><sequenceFlow id='f3' sourceRef='x' targetRef='w'/>"
    "<userTask id='a' zw:users='甲,乙' zw:rule='all'/><sequenceFlow id='f4' sourceRef='a' targetRef='y'/>"
    "<subProcess id='w'><multiInstanceLoopCharacteristics><loopCardinality "
    "xsi:type='tFormalExpression'>2</loopCardinality>"
    "</multiInstanceLoopCharacteristics><startEvent id='ws'/><sequenceFlow id='w1' sourceRef='ws' "
    "targetRef='b'/><userTask id='b' zw:users='丙'/>"
    "<boundaryEvent id='bb' attachedToRef='b'><compensateEventDefinition/></boundaryEvent><association id='q' "
    "sourceRef='bb' targetRef='h'/>"
    "<scriptTask id='h' isForCompensation='true'><script>{a: 1}</script></scriptTask>"
    "<sequenceFlow id='w2' sourceRef='b' targetRef='we'/><endEvent id='we'/></subProcess><sequenceFlow id='f5' "
    "sourceRef='w' targetRef='t'/>"
    "<boundaryEvent id='bt' attachedToRef='w' cancelActivity='false'><timerEventDefinition><timeCycle "
    "xsi:type='tFormalExpression'>R3/PT1H</timeCycle>"
    "</timerEventDefinition></boundaryEvent><sequenceFlow id='f6' sourceRef='bt' targetRef='be'/><endEvent id='be'/>"
    "<intermediateThrowEvent id='t'><compensateEventDefinition/></intermediateThrowEvent><sequenceFlow id='f7' "
    "sourceRef='t' targetRef='y'/>"
    "<inclusiveGateway id='y'/><sequenceFlow id='f8' sourceRef='y' targetRef='e'/><endEvent "
    "id='e'/></process></definitions>";

/* honest: of a state that the game itself has made */
static void go_on(struct bpmn_run *run, bool honest)
{
    struct op *op = run->op;
    for (int i = 0; i < 8 && run->state.seats.n; i++) {
        static const enum bpmn_op ops[] = {DO_AGREE, DO_TAKE_BACK, DO_BACK_FIRST, DO_REFUSE,
                                           DO_AGREE, DO_TRANSFER,  DO_BEFORE,     DO_AFTER};
        str who = S("丁");
        int32_t seat = (int32_t)(op_random(op) % run->state.seats.n);
        struct bpmn_act act = {.op = ops[i],
                               .actor = run->state.seats.p[seat].who,
                               .seat = seat,
                               .rev = -1,
                               .opinion = S("意见"),
                               .who = &who,
                               .who_count = 1,
                               .rule = RULE_ALL,
                               .num = 1,
                               .den = 1,
                               .direct = i % 2};
        bpmn_run_next(run);
        must(bpmn_act(run, &act) || !honest || !op_has_fault(op, FAULT_SYSTEM));
        must(!bpmn_check_state(run->model, &run->state));
    }
    op->now += 7200000;
    bpmn_run_next(run);
    bpmn_tick(run);
    must(!honest || !bpmn_check_state(run->model, &run->state));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct op op;
    struct bpmn *m = NULL;
    struct bpmn_run run, again;
    struct bpmn_doc doc = {S("样.bpmn"), str_z(model_text)};
    op_init(&op, 1638752400000, size ? data[0] : 1);
    must(bpmn_load(&op, &doc, NULL, &m));
    bpmn_run_init(&run, &op, m);
    must(bpmn_start(&run, bpmn_process(m, S("p")), S("拟稿"), NULL, 0));
    go_on(&run, true);
    str bytes = bpmn_state_write(&op, &run);
    char *damaged = op_alloc(&op, bytes.n + 1);
    memcpy(damaged, bytes.p, bytes.n);
    for (size_t i = 1; i + 2 < size; i += 3) /* three bytes of input: where, and what instead */
        damaged[((size_t)data[i] << 8 | data[i + 1]) % bytes.n] = (char)data[i + 2];
    bpmn_run_init(&again, &op, m);
    if (bpmn_state_read(&again, size % 5 ? (str){damaged, bytes.n} : (str){(const char *)data, size})) {
        must(!bpmn_check_state(m, &again.state));
        go_on(&again, false);
    }
    op_done(&op);
    return 0;
}
