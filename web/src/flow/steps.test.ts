import { expect, test } from 'vitest'
import { columns, drawable } from './layout'
import { bpmnOf, groups, lacks, planNew, stepNew, type Plan } from './steps'

const plan: Plan = { ...planNew(), name: '用印<审批>', ledger: '收文', start: '角色:办公室经办', chief: '角色:领导', steps: [
    { ...stepNew('申请', 't1'), who: '拟稿人', form: [{ field: '办理结果', required: true }, { field: '初审意见', required: false }] },
    { ...stepNew('审批', 't2'), who: '角色:领导', rule: 'ratio', share: 67, due: 'SW-PS' },
    { ...stepNew('承办', 't3'), who: '字段:主办' },
    { ...stepNew('协办', 't4'), who: '字段:协办', beside: true },
] }
const read = (xml: string) => new DOMParser().parseFromString(xml, 'application/xml')

test('steps mean tasks with people, rules, deadlines and forms; a refusal leads back to the first step', () => {
    const xml = bpmnOf(plan)
    expect(xml).toContain('name="用印&lt;审批&gt;" zw:ledger="收文" zw:start="角色:办公室经办" zw:chief="角色:领导"')
    expect(xml).toContain('<userTask id="t2" name="审批" zw:who="角色:领导" zw:rule="ratio 67/100" zw:due="SW-PS"/>')
    expect(xml).toContain('zw:form="办理结果!、初审意见"')
    expect(xml).toMatch(/sourceRef="t2_asked" targetRef="t1" name="不同意"><conditionExpression>outcome = &quot;refuse/)
})
test('steps at the same time stand between a split and a join', () => {
    expect(groups(plan.steps).map(g => g.length)).toEqual([1, 1, 2])
    const xml = bpmnOf(plan)
    for (const pair of [['split3', 't3'], ['split3', 't4'], ['t3', 'join3'], ['t4', 'join3'], ['join3', 'done']]) expect(xml).toContain(`sourceRef="${pair[0]}" targetRef="${pair[1]}"`)
})
test('what is missing is named by its step', () => {
    expect(lacks({ ...plan, name: '', steps: [stepNew('甲'), { ...stepNew('甲'), who: '拟稿人' }] })).toEqual([
        { step: 0, field: 'name', text: '请填流程名称' }, { step: 1, field: 'who', text: '请填谁办' }, { step: 2, field: 'name', text: '环节名称重复' }])
    expect(lacks(plan)).toEqual([])
})
test('a model without a diagram gets one: every element has a place of its own, in the order of the flow', () => {
    const doc = read(drawable(bpmnOf(plan)))
    const shapes = Array.from(doc.getElementsByTagName('bpmndi:BPMNShape')).map(s => ({ id: s.getAttribute('bpmnElement'), x: Number(s.children[0].getAttribute('x')), y: Number(s.children[0].getAttribute('y')) }))
    expect(shapes.length).toBe(9)
    expect(new Set(shapes.map(s => `${s.x} ${s.y}`)).size).toBe(9)
    const at = (id: string) => shapes.find(s => s.id === id)!
    expect(at('start').x).toBeLessThan(at('t1').x)
    expect(at('t1').x).toBeLessThan(at('t2').x)
    expect(at('t3').x).toBe(at('t4').x)
    expect(doc.getElementsByTagName('bpmndi:BPMNEdge').length).toBe(doc.getElementsByTagName('sequenceFlow').length)
})
test('a name stands beside the lines, not on them: that of a gateway at its upper left, that of a flow above its longest level piece', () => {
    const doc = read(drawable(bpmnOf(plan))), number = (e: Element, name: string) => Number(e.getAttribute(name))
    let seen = 0
    for (const edge of Array.from(doc.getElementsByTagName('bpmndi:BPMNEdge'))) {
        const label = edge.getElementsByTagName('bpmndi:BPMNLabel')[0]?.children[0], ys = Array.from(edge.getElementsByTagName('di:waypoint')).map(p => number(p, 'y'))
        if (!label) continue
        seen++
        for (const y of ys) expect(y <= number(label, 'y') || y >= number(label, 'y') + number(label, 'height')).toBe(true)
    }
    for (const shape of Array.from(doc.getElementsByTagName('bpmndi:BPMNShape'))) {
        const label = shape.getElementsByTagName('bpmndi:BPMNLabel')[0]?.children[0], box = shape.children[0]
        if (!label) continue
        seen++
        if (number(box, 'width') === 36) {
            expect(number(label, 'y')).toBeGreaterThan(number(box, 'y') + number(box, 'height'))
            continue
        }
        expect(number(label, 'x') + number(label, 'width')).toBeLessThan(number(box, 'x') + number(box, 'width') / 2)
        expect(number(label, 'y') + number(label, 'height')).toBeLessThan(number(box, 'y') + number(box, 'height') / 2)
    }
    expect(seen).toBeGreaterThan(0)
})
test('flows that lead back do not push elements away', () => {
    const at = columns(['a', 'b', 'c'], [{ id: '1', from: 'a', to: 'b' }, { id: '2', from: 'b', to: 'c' }, { id: '3', from: 'c', to: 'a' }])
    expect([...at.values()]).toEqual([0, 1, 2])
})
