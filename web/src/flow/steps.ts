// A procedure as a list of steps, for those who do not draw, and the BPMN that it means. What it says of people, rules and deadlines are zw: attributes (docs/acts.md).
export type Rule = 'any' | 'all' | 'ratio' | 'count' | 'order'
export interface Step {
    key: string                        // the element's id: a case that runs keeps its place when the model changes
    name: string; who: string          // 拟稿人, 角色:领导, 字段:主办 … apart by 、
    rule: Rule; share: number; of: number // of a ratio share/of must agree; of a count, share
    rest: string                       // what else the rule says: collect, cast
    due: string; form: { field: string; required: boolean }[]
    refused: string                    // where it goes when they do not agree: first, end, none, or the key of a step
    when: string; asked: string        // what counts as refused, in FEEL; what is asked there
    yes: string; no: string            // what the two answers are called on the buttons: 接单, 退单
    copy: string; record: string       // who reads it afterwards; who may write down for them
    noBack: boolean; irreversible: boolean
    beside: boolean                    // done at the same time as the one before
    kept: Record<string, string>       // what else the model says of it
    gate: string; split: string; join: string // ids of the gateways that the model has for it; empty: none yet
}
export interface Plan {
    name: string; ledger: string; start: string; chief: string; steps: Step[]
    begin: string; done: string; refusedEnd: string // names of its beginning and ends: a state of the ledger is reached by its name
    id: string; kept: Record<string, string>
    ids?: { start?: string; done?: string; refused?: string } // of the elements at its ends, as the model has them
}

export const REFUSED = 'outcome = "refuse"'
export const stepNew = (name = '', key = ''): Step => ({
    key, name, who: '', rule: 'any', share: 50, of: 100, rest: '', due: '', form: [], refused: 'first', when: REFUSED, asked: '同意', yes: '', no: '不同意', copy: '', record: '', noBack: false, irreversible: false, beside: false, kept: {}, gate: '', split: '', join: '',
})
export const planNew = (): Plan => ({ name: '', ledger: '', start: '', chief: '', begin: '', done: '办结', refusedEnd: '不同意', id: 'process', kept: {}, steps: ['拟办', '审批', '承办'].map((n, i) => stepNew(n, `t${i + 1}`)) })
export function keyNew(steps: Step[]): string {
    let n = steps.length + 1
    while (steps.some(s => s.key === `t${n}`)) n++
    return `t${n}`
}

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
const attributes = (given: Record<string, string>) => Object.entries(given).filter(([, v]) => v).map(([k, v]) => ` ${k}="${escaped(v)}"`).join('')
const prefixed = (given: Record<string, string>) => Object.fromEntries(Object.entries(given).map(([k, v]) => [`zw:${k}`, v]))
function ruleText(s: Step): string {
    const rule = s.rule === 'ratio' ? `ratio ${s.share}/${s.of}` : s.rule === 'count' ? `count ${s.share}` : s.rule, text = `${rule} ${s.rest}`.trim()
    return text === 'any' ? '' : text // what is meant when nothing is said
}

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
export interface Lack {
    step: number // 0: of the procedure
    field: 'name' | 'ledger' | 'who' | 'steps'
    text: string
}
export function lacks(plan: Plan): Lack[] {
    const list: Lack[] = []
    if (!plan.name.trim()) list.push({ step: 0, field: 'name', text: '请填流程名称' })
    if (!plan.ledger) list.push({ step: 0, field: 'ledger', text: '请选办的是哪个台账' })
    plan.steps.forEach((s, i) => {
        if (!s.name.trim()) list.push({ step: i + 1, field: 'name', text: '请填环节名称' })
        if (!s.who.trim()) list.push({ step: i + 1, field: 'who', text: '请填谁办' })
        if (plan.steps.some((x, k) => k < i && x.name.trim() && x.name === s.name)) list.push({ step: i + 1, field: 'name', text: '环节名称重复' })
    })
    if (!plan.steps.length) list.push({ step: 0, field: 'steps', text: '至少要有一步' })
    return list
}

/** The element that a refusal of this step leads to; empty: it goes on as if agreed. */
function refusedTo(s: Step, all: Step[][], together: boolean): string {
    if (together || s.refused === 'none') return ''
    if (s.refused === 'end') return 'refused'
    const single = all.filter(g => g.length === 1).map(g => g[0])
    if (s.refused === 'first') return all[0]?.length === 1 && all[0][0] !== s ? all[0][0].key : ''
    return single.some(x => x.key === s.refused) ? s.refused : ''
}

export function bpmnOf(plan: Plan): string {
    const nodes: string[] = [], flows: string[] = []
    const flow = (from: string, to: string, condition = '', name = '') => {
        const id = `f${flows.length + 1}`, ends = `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}"${attributes({ name })}`
        flows.push(condition ? `${ends}><conditionExpression>${escaped(condition)}</conditionExpression></sequenceFlow>` : `${ends}/>`)
        return id
    }
    const start = plan.ids?.start || 'start', done = plan.ids?.done || 'done', refused = plan.ids?.refused || 'refused'
    const all = groups(plan.steps), splitOf = (i: number) => all[i][0].split || `split${i + 1}`, joinOf = (i: number) => all[i][0].join || `join${i + 1}`
    const entry = all.map((g, i) => (g.length > 1 ? splitOf(i) : g[0].key))
    flow(start, entry[0] ?? done)
    let refusedEnd = false
    all.forEach((g, i) => {
        const next = entry[i + 1] ?? done, together = g.length > 1, out = together ? joinOf(i) : next
        for (const s of g) {
            const asked = s.gate || `${s.key}_asked`, way = refusedTo(s, all, together), to = way === 'refused' ? refused : way
            if (to) flow(s.key, asked)
            const normal = flow(to ? asked : s.key, out, '', to ? s.yes ?? '' : '')
            if (to) flow(asked, to, s.when || REFUSED, s.no ?? '不同意')
            if (to) nodes.push(`<exclusiveGateway id="${asked}"${attributes({ name: s.asked })} default="${normal}"/>`)
            refusedEnd = refusedEnd || way === 'refused'
            nodes.push(`<userTask id="${s.key}"${attributes({ name: s.name, 'zw:who': s.who, 'zw:record': s.record, 'zw:rule': ruleText(s), 'zw:form': s.form.map(f => f.field + (f.required ? '!' : '')).join('、'), 'zw:due': s.due,
                'zw:copy': s.copy, 'zw:back': s.noBack ? 'none' : '', 'zw:irreversible': s.irreversible ? 'true' : '', ...prefixed(s.kept) })}/>`)
        }
        if (together) {
            nodes.push(`<parallelGateway id="${splitOf(i)}"/>`, `<parallelGateway id="${joinOf(i)}"/>`)
            for (const s of g) flow(splitOf(i), s.key)
            flow(joinOf(i), next)
        }
    })
    return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zw="urn:zhenwu" id="definitions" targetNamespace="urn:zhenwu">
  <process id="${escaped(plan.id)}" isExecutable="true"${attributes({ name: plan.name, 'zw:ledger': plan.ledger, 'zw:start': plan.start, 'zw:chief': plan.chief, ...prefixed(plan.kept) })}>
    ${[`<startEvent id="${start}"${attributes({ name: plan.begin })}/>`, ...nodes, `<endEvent id="${done}"${attributes({ name: plan.done })}/>`, ...(refusedEnd ? [`<endEvent id="${refused}"${attributes({ name: plan.refusedEnd })}/>`] : []), ...flows].join('\n    ')}
  </process>
</definitions>
`
}
