/* Small models written out in a test, and playing them. For corner_test.c and event_test.c. */
#pragma once
#include "base/test.h"
#include "bpmn/model.h"

#define PROCESS(body)                                                                                                  \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "                                                \
    "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"                                                            \
    " xmlns:zw='urn:zhenwu' targetNamespace='urn:t'>"                                                                  \
    "<message id='m' name='m'/><message id='m2' name='m2'/><signal id='g' name='g'/><error id='ex' errorCode='X'/>"    \
    "<escalation id='u' escalationCode='U'/><escalation id='v' escalationCode='V'/>"                                   \
    "<process id='p' isExecutable='true'>" body "</process></definitions>"
#define FLOW(from, to) "<sequenceFlow id='" from "_" to "' sourceRef='" from "' targetRef='" to "'/>"
#define IF(from, to, condition)                                                                                        \
    "<sequenceFlow id='" from "_" to "' sourceRef='" from "' targetRef='" to                                           \
    "'><conditionExpression xsi:type='tFormalExpression'>" condition "</conditionExpression></sequenceFlow>"
#define S0 "<startEvent id='s'/>"
#define E0 "<endEvent id='e'/>"
#define SAY(id)                                                                                                        \
    "<scriptTask id='" id "' zw:result='trace'><script>(if trace = null then \"\" else trace) + \"" id                 \
    "\"</script></scriptTask>"
#define SAY_FOR(id)                                                                                                    \
    "<scriptTask id='" id                                                                                              \
    "' isForCompensation='true' zw:result='trace'><script>(if trace = null then \"\" else trace) + \"" id              \
    "\"</script></scriptTask>"
#define WAIT(id, message)                                                                                              \
    "<intermediateCatchEvent id='" id "'><messageEventDefinition messageRef='" message "'/></intermediateCatchEvent>"
#define UNDO(task, handler)                                                                                            \
    "<boundaryEvent id='c" task "' attachedToRef='" task                                                               \
    "'><compensateEventDefinition/></boundaryEvent>" SAY_FOR(handler) "<association id='a" task "' sourceRef='c" task  \
                                                                      "' targetRef='" handler                          \
                                                                      "' associationDirection='One'/>"
#define LIST(items)                                                                                                    \
    "<multiInstanceLoopCharacteristics isSequential='true' zw:collection='" items "' zw:elementVariable='item'/>"

/* The text with a word in its one place %s. */
static inline const char *with(struct op *op, const char *text, const char *word)
{
    size_t at = 0;
    str whole = str_z(text);
    must(str_find(whole, S("%s"), &at));
    return op_z(op, op_text(op, "%.*s%s%.*s", PS(str_part(whole, 0, at)), word, PS(str_part(whole, at + 2, whole.n))));
}

static inline struct bpmn_run *play(struct op *op, const char *text)
{
    struct bpmn_run *run = op_new(op, struct bpmn_run);
    struct bpmn_doc doc = {S("角.bpmn"), str_z(text)};
    struct bpmn *m = NULL;
    if (!bpmn_load(op, &doc, NULL, &m)) {
        test_failed(__FILE__, __LINE__, "%.*s: %.*s", PS(op->faults->field), PS(op->faults->text));
        must(m != NULL);
    }
    bpmn_run_init(run, op, m);
    check(bpmn_start(run, bpmn_process(m, S("p")), S("张三"), NULL, 0));
    const char *wrong = bpmn_check_state(m, &run->state);
    if (wrong)
        test_failed(__FILE__, __LINE__, "%s", wrong);
    return run;
}

static inline void check_trace_at(const char *file, int line, struct bpmn_run *run, const char *trace, enum bpmn_end end)
{
    feel_value v = bpmn_value(run, 0, S("trace"));
    str said = v.kind == FEEL_TEXT ? v.text : S("");
    if (!str_eq(said, str_z(trace)) || run->state.end != end)
        test_failed(file, line, "trace «%.*s» end %d, expected «%s» end %d", PS(said), run->state.end, trace, end);
    const char *wrong = bpmn_check_state(run->model, &run->state);
    if (wrong)
        test_failed(file, line, "%s", wrong);
}
#define check_trace(run, trace, end) check_trace_at(__FILE__, __LINE__, run, trace, end)

static inline void tell(struct bpmn_run *run, const char *message)
{
    bpmn_run_next(run);
    check(bpmn_message(run, str_z(message), NULL, 0));
}

#define SUB(id, body) "<subProcess id='" id "'><startEvent id='" id "s'/>" body "<endEvent id='" id "e'/></subProcess>"
#define SUB_OPEN(id, body) "<subProcess id='" id "'><startEvent id='" id "s'/>" body "</subProcess>"
#define ON(id, interrupting, event, body)                                                                              \
    "<subProcess id='" id "' triggeredByEvent='true'><startEvent id='" id "s' isInterrupting='" interrupting           \
    "'>" event "</startEvent>" body "<endEvent id='" id "e'/></subProcess>"
#define MESSAGE(id) "<messageEventDefinition messageRef='" id "'/>"
