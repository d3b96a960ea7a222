/* Any bytes are a model, or a fault that says where; what loads can be written and read again, checked and started. */
#include "bpmn/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
        if (bpmn_start(&run, bpmn_process(m, S("")), S("张三"), NULL, 0))
            must(!bpmn_check_state(m, &run.state));
        op.now += 86400000;
        bpmn_tick(&run);
        must(!bpmn_check_state(m, &run.state));
    }
    op_done(&op);
    return 0;
}
