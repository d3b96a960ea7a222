import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bpmnOf, planNew, stepNew, type Plan } from './steps'
import { planOf } from './unsteps'

const packs = join(__dirname, '../../../packs')
const models = readdirSync(packs).flatMap(pack => {
    try { return readdirSync(join(packs, pack, 'procedures')).map(f => [f, readFileSync(join(packs, pack, 'procedures', f), 'utf8')] as const) } catch { return [] }
})
/** What a model means, whatever its gateways are called: tasks with all they say, ends by name, and the ways between them; those behind a question by their names, which stand on the buttons. */
function meaning(xml: string): string[] {
    const doc = new DOMParser().parseFromString(xml, 'application/xml'), byId = new Map(Array.from(doc.getElementsByTagName('*')).map(e => [e.getAttribute('id'), e]))
    const called = (id: string | null) => {
        const e = byId.get(id)!
        return e.localName === 'userTask' ? id : e.localName === 'exclusiveGateway' ? `? ${Array.from(doc.getElementsByTagName('sequenceFlow')).find(f => f.getAttribute('targetRef') === id)!.getAttribute('sourceRef')}` : `${e.localName} ${e.getAttribute('name') ?? ''}`
    }
    const tasks = Array.from(doc.getElementsByTagName('userTask')).map(e => Array.from(e.attributes).map(a => `${a.name}=${a.value}`).filter(a => a !== 'zw:rule=any').sort().join(' '))
    const flows = Array.from(doc.getElementsByTagName('sequenceFlow')).map(f => `${called(f.getAttribute('sourceRef'))} > ${called(f.getAttribute('targetRef'))} ${f.getElementsByTagName('conditionExpression')[0]?.textContent?.trim() ?? ''} ${byId.get(f.getAttribute('sourceRef'))?.localName === 'exclusiveGateway' ? f.getAttribute('name') ?? '' : ''}`)
    const head = Array.from(doc.getElementsByTagName('process')[0].attributes).map(a => `${a.name}=${a.value}`).sort()
    return [...head, ...tasks.sort(), ...flows.sort()]
}
/** What a case that runs keeps of a model: tasks, gateways, ends, by their ids. */
const ids = (xml: string) => Array.from(new DOMParser().parseFromString(xml, 'application/xml').getElementsByTagName('process')[0].children).filter(e => e.localName !== 'sequenceFlow').map(e => `${e.localName} ${e.getAttribute('id')}`).sort()
const plan: Plan = { ...planNew(), name: '用印<审批>', ledger: '收文', start: '角色:办公室经办', chief: '角色:领导', begin: '申请', refusedEnd: '不予用印', ids: { start: 'asked_for', done: 'done', refused: 'not_sealed' }, steps: [
    { ...stepNew('申请', 't1'), who: '拟稿人', form: [{ field: '办理结果', required: true }, { field: '初审意见', required: false }], refused: 'none' },
    { ...stepNew('审批', 't2'), gate: 'agreed', yes: '准予', no: '退改', who: '角色:领导', rule: 'ratio', share: 2, of: 3, rest: 'collect', due: 'SW-PS', record: '角色:办公室经办', copy: '字段:传阅范围' },
    { ...stepNew('承办', 't3'), split: 'both', join: 'both_done', who: '字段:主办', refused: 'none' },
    { ...stepNew('协办', 't4'), who: '字段:协办', beside: true, refused: 'none' },
    { ...stepNew('用印', 't5'), gate: 't5_asked', who: '角色:办公室经办', rule: 'count', share: 2, refused: 'end', when: '办理结果 != "可用"', irreversible: true, noBack: true, kept: { number: '用印号' } },
    { ...stepNew('登记', 't6'), gate: 't6_asked', who: '角色:办公室经办', refused: 't2' },
] }

test('steps written as a model are read back as the same steps', () => {
    expect(planOf(bpmnOf(plan))).toEqual({ plan })
    expect(planOf(bpmnOf({ ...planNew(), name: '空', ledger: '收文', steps: [] }))).toMatchObject({ plan: { steps: [] } })
})
test('models of the packs that are steps are read without loss; of the others it says what is beyond steps', () => {
    const read = models.filter(([, xml]) => 'plan' in planOf(xml)).map(([name]) => name)
    expect(read).toEqual(expect.arrayContaining(['group_task.bpmn', 'action_item.bpmn']))
    for (const [name, xml] of models) {
        const said = planOf(xml)
        if ('plan' in said) expect(meaning(bpmnOf(said.plan)), name).toEqual(meaning(xml))
        if ('plan' in said) expect(ids(bpmnOf(said.plan)), name).toEqual(ids(xml)) // a case that has passed them finds them again
        else expect(said.beyond, name).toMatch(/“.+”/)
    }
    expect(planOf(models.find(([name]) => name === 'relief_batch.bpmn')![1])).toEqual({ beyond: '“公示”是等待' })
    expect(planOf(models.find(([name]) => name === 'inbound_doc.bpmn')![1])).toHaveProperty('beyond')
})
test('nothing that steps cannot say is read over', () => {
    const xml = bpmnOf(plan), not = (from: string | RegExp, to: string) => { expect(xml).not.toBe(xml.replace(from, to)); return expect(planOf(xml.replace(from, to))) }
    not('<userTask id="t1"', '<userTask id="t1" camunda="x"').toHaveProperty('beyond', '“申请”上有“camunda”')
    not('<endEvent id="done" name="办结"/>', '<endEvent id="done" name="办结"><terminateEventDefinition/></endEvent>').toHaveProperty('beyond')
    not('zw:rule="ratio 2/3 collect"', 'zw:rule="most"').toHaveProperty('beyond', '“审批”的通过规则“most”')
    not('<startEvent id="asked_for"', '<startEvent id="other"/><startEvent id="asked_for"').toHaveProperty('beyond', '有 2 个开始')
    not('</process>', '<userTask id="t9" name="旁边的"/></process>').toHaveProperty('beyond', '“旁边的”不在这条路上')
    not('<process ', '<message id="m" name="来信"/><process ').toHaveProperty('beyond', '流程以外还有“来信”')
    not('targetRef="t2" name="不同意"', 'targetRef="t3" name="不同意"').toHaveProperty('beyond')
    expect(planOf('<a')).toHaveProperty('beyond')
})
