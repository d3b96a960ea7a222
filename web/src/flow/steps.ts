// A procedure as a list of steps, for those who do not draw, and the BPMN that it means. What it says of people, rules and deadlines are zw: attributes (docs/acts.md).
export interface Step {
    name: string; who: string          // 拟稿人, 角色:领导, 字段:主办 … apart by 、
    rule: 'any' | 'all' | 'ratio' | 'order'; share: number // share: hundredths that must agree
    due: string; form: { field: string; required: boolean }[]
    refused: 'first' | 'end' | 'none'  // where it goes when they do not agree
    beside: boolean                    // done at the same time as the one before
}
export interface Plan { name: string; ledger: string; start: string; chief: string; steps: Step[] }

export const stepNew = (name = ''): Step => ({ name, who: '', rule: 'any', share: 50, due: '', form: [], refused: 'first', beside: false })

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
const attributes = (given: Record<string, string>) => Object.entries(given).filter(([, v]) => v).map(([k, v]) => ` ${k}="${escaped(v)}"`).join('')
const rules: Record<Step['rule'], (s: Step) => string> = { any: () => 'any', all: () => 'all', order: () => 'order', ratio: s => `ratio ${s.share}/100` }

/** Steps that are done together, as groups one after another. */
export function groups(steps: Step[]): Step[][] {
    const list: Step[][] = []
    for (const s of steps) {
        if (s.beside && list.length) list[list.length - 1].push(s)
        else list.push([s])
    }
    return list
}

/** What is still missing, by step (1, 2 …; 0 is the procedure itself). */
export function lacks(plan: Plan): { step: number; text: string }[] {
    const list: { step: number; text: string }[] = []
    if (!plan.name.trim()) list.push({ step: 0, text: '请填流程名称' })
    if (!plan.ledger) list.push({ step: 0, text: '请选办的是哪个台账' })
    plan.steps.forEach((s, i) => {
        if (!s.name.trim()) list.push({ step: i + 1, text: '请填环节名称' })
        if (!s.who.trim()) list.push({ step: i + 1, text: '请填谁办' })
        if (plan.steps.some((x, k) => k < i && x.name.trim() && x.name === s.name)) list.push({ step: i + 1, text: '环节名称重复' })
    })
    if (!plan.steps.length) list.push({ step: 0, text: '至少要有一步' })
    return list
}

export function bpmnOf(plan: Plan): string {
    const nodes: string[] = [], flows: string[] = []
    const flow = (from: string, to: string, condition = '') => {
        const id = `f${flows.length + 1}`
        flows.push(condition ? `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}" name="不同意"><conditionExpression>${escaped(condition)}</conditionExpression></sequenceFlow>`
            : `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}"/>`)
        return id
    }
    const all = groups(plan.steps), idOf = (s: Step) => `t${plan.steps.indexOf(s) + 1}`
    const entry = all.map((g, i) => (g.length > 1 ? `split${i + 1}` : idOf(g[0])))
    flow('start', entry[0] ?? 'done')
    const first = all.length && all[0].length === 1 ? entry[0] : ''
    let refusedEnd = false
    all.forEach((g, i) => {
        const next = entry[i + 1] ?? 'done', together = g.length > 1, out = together ? `join${i + 1}` : next
        for (const s of g) {
            const id = idOf(s), asked = `x${id.slice(1)}`
            const to = together || s.refused === 'none' || (s.refused === 'first' && (!first || first === id)) ? '' : s.refused === 'first' ? first : 'refused'
            if (to) flow(id, asked)
            const normal = flow(to ? asked : id, out)
            if (to) flow(asked, to, 'outcome = "refuse"')
            if (to) nodes.push(`<exclusiveGateway id="${asked}" name="同意" default="${normal}"/>`)
            refusedEnd = refusedEnd || to === 'refused'
            nodes.push(`<userTask id="${id}"${attributes({ name: s.name, 'zw:who': s.who, 'zw:rule': rules[s.rule](s), 'zw:due': s.due, 'zw:form': s.form.map(f => f.field + (f.required ? '!' : '')).join('、') })}/>`)
        }
        if (together) {
            nodes.push(`<parallelGateway id="split${i + 1}"/>`, `<parallelGateway id="join${i + 1}"/>`)
            for (const s of g) flow(`split${i + 1}`, idOf(s))
            flow(`join${i + 1}`, next)
        }
    })
    return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zw="urn:zhenwu" id="definitions" targetNamespace="urn:zhenwu">
  <process id="process" isExecutable="true"${attributes({ name: plan.name, 'zw:ledger': plan.ledger, 'zw:start': plan.start, 'zw:chief': plan.chief })}>
    ${['<startEvent id="start"/>', ...nodes, '<endEvent id="done" name="办结"/>', ...(refusedEnd ? ['<endEvent id="refused" name="不同意"/>'] : []), ...flows].join('\n    ')}
  </process>
</definitions>
`
}
