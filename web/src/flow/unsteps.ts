// A model read back as steps. What steps cannot say is not read over: then the answer is why, and the model is for the diagram.
import { REFUSED, stepNew, type Plan, type Rule, type Step } from './steps'

const BPMN = 'http://www.omg.org/spec/BPMN/20100524/MODEL', DI = 'http://www.omg.org/spec/BPMN/20100524/DI', ZW = 'urn:zhenwu', XSI = 'http://www.w3.org/2001/XMLSchema-instance'
const kinds: Record<string, string> = {
    intermediateCatchEvent: '等待', intermediateThrowEvent: '发出', boundaryEvent: '边界事件', callActivity: '下达', subProcess: '子流程', transaction: '子流程', adHocSubProcess: '子流程', inclusiveGateway: '包容网关',
    complexGateway: '复杂网关', eventBasedGateway: '事件网关', serviceTask: '自动环节', scriptTask: '自动环节', businessRuleTask: '按政策定的环节', sendTask: '发出', receiveTask: '等待', manualTask: '人工环节', task: '没有办理人的环节',
}
/** Thrown by the reader where it meets what steps cannot say; caught at its door. */
class Beyond extends Error {}
const beyond = (text: string): never => { throw new Beyond(text) }
const named = (e: Element) => e.getAttribute('name') || e.getAttribute('id') || e.localName

/** Attributes by namespace; any other than those expected is beyond steps. */
function attributesOf(e: Element, plain: string[]): { own: Record<string, string>; zw: Record<string, string> } {
    const own: Record<string, string> = {}, zw: Record<string, string> = {}
    for (const a of Array.from(e.attributes)) {
        const [prefix, name] = a.name.includes(':') ? a.name.split(':') : ['', a.name], space = prefix && e.ownerDocument.documentElement.getAttribute(`xmlns:${prefix}`)
        if (prefix === 'xmlns' || a.name === 'xmlns' || space === XSI) continue
        if (space === ZW) zw[name] = a.value
        else if (!prefix && plain.includes(name)) own[name] = a.value
        else beyond(`“${named(e)}”上有“${a.name}”`)
    }
    return { own, zw }
}
function only(e: Element, allowed: string[]): void {
    for (const c of Array.from(e.children)) if (!['incoming', 'outgoing', ...allowed].includes(c.localName)) beyond(`“${named(e)}”里有“${c.localName}”`)
}
function take(from: Record<string, string>, name: string): string {
    const value = from[name] ?? ''
    delete from[name]
    return value
}

function stepOf(e: Element): Step {
    only(e, [])
    const { own, zw } = attributesOf(e, ['id', 'name'])
    const s = stepNew(own.name ?? '', own.id)
    const words = (take(zw, 'rule') || 'any').trim().split(/\s+/), rule = words.shift()!, number = rule === 'ratio' || rule === 'count' ? words.shift() ?? '' : ''
    if (!['any', 'all', 'ratio', 'count', 'order'].includes(rule)) beyond(`“${s.name}”的通过规则“${rule}”`)
    const [share, of] = number.split('/').map(Number)
    if (number && (!Number.isInteger(share) || (rule === 'ratio' && !Number.isInteger(of)))) beyond(`“${s.name}”的通过规则“${rule} ${number}”`)
    Object.assign(s, { rule: rule as Rule, rest: words.join(' '), ...(number ? { share, of: of ?? 100 } : {}) })
    s.form = take(zw, 'form').split(/[、,，]/).map(w => w.trim()).filter(Boolean).map(w => ({ field: w.replace(/!$/, '').trim(), required: w.endsWith('!') }))
    const back = take(zw, 'back'), irreversible = take(zw, 'irreversible')
    if (back && back !== 'none') s.kept.back = back
    Object.assign(s, { who: take(zw, 'who'), due: take(zw, 'due'), copy: take(zw, 'copy'), record: take(zw, 'record'), noBack: back === 'none', irreversible: irreversible === 'true', refused: 'none' })
    s.kept = { ...s.kept, ...zw }
    return s
}

interface Flow { id: string; from: string; to: string; condition: string; name: string }
class Reader {
    private readonly nodes = new Map<string, Element>()
    private readonly flows: Flow[] = []
    private readonly passed = new Set<string>()
    constructor(process: Element) {
        for (const e of Array.from(process.children)) {
            if (e.localName === 'sequenceFlow') this.flow(e)
            else if (['startEvent', 'endEvent', 'userTask', 'exclusiveGateway', 'parallelGateway'].includes(e.localName)) this.nodes.set(e.getAttribute('id') ?? '', e)
            else beyond(`“${named(e)}”是${kinds[e.localName] ?? e.localName}`)
        }
    }
    private flow(e: Element): void {
        only(e, ['conditionExpression'])
        attributesOf(e, ['id', 'name', 'sourceRef', 'targetRef'])
        const condition = e.getElementsByTagNameNS(BPMN, 'conditionExpression')[0]?.textContent?.trim() ?? ''
        this.flows.push({ id: e.getAttribute('id') ?? '', from: e.getAttribute('sourceRef') ?? '', to: e.getAttribute('targetRef') ?? '', condition, name: e.getAttribute('name') ?? '' })
    }
    private at(id: string): Element { return this.nodes.get(id) ?? beyond(`连线指向没有的“${id}”`) }
    private out(id: string) { return this.flows.filter(f => f.from === id) }
    private into(id: string) { return this.flows.filter(f => f.to === id).length }
    /** The one way on from here, without a condition. */
    private onward(id: string): Element {
        const out = this.out(id)
        if (out.length !== 1 || out[0].condition) beyond(`“${named(this.at(id))}”后面不是一条路`)
        return this.at(out[0].to)
    }
    private pass(e: Element, plain: string[]): string {
        const id = e.getAttribute('id') ?? ''
        if (this.passed.has(id)) beyond(`绕回“${named(e)}”`)
        this.passed.add(id)
        if (e.localName !== 'userTask') {
            only(e, [])
            if (Object.keys(attributesOf(e, plain).zw).length) beyond(`“${named(e)}”上有别的设置`)
        }
        return id
    }
    /** An exclusive gateway right after a task asks whether it was agreed to; where the other way leads is left in refused. */
    private asked(s: Step, plan: Plan, gate: Element): Element {
        const id = this.pass(gate, ['id', 'name', 'default', 'gatewayDirection']), out = this.out(id), usual = out.find(f => f.id === gate.getAttribute('default')), other = out.find(f => f !== usual)
        if (this.into(id) !== 1 || out.length !== 2 || !usual || usual.condition || !other?.condition) beyond(`“${named(gate)}”不是只问同意不同意`)
        const target = this.at(other!.to)
        Object.assign(s, { when: other!.condition === REFUSED ? REFUSED : other!.condition, asked: gate.getAttribute('name') ?? '', yes: usual!.name, no: other!.name, gate: id })
        if (target.localName === 'endEvent') {
            const name = target.getAttribute('name') ?? ''
            if (!this.passed.has(other!.to)) this.pass(target, ['id', 'name'])
            if (plan.steps.some(x => x !== s && x.refused === 'end') && plan.refusedEnd !== name) beyond('不同意时有几个不同的结束')
            Object.assign(plan, { refusedEnd: name, ids: { ...plan.ids, refused: other!.to } })
            s.refused = 'end'
        } else s.refused = other!.to
        return this.at(usual!.to)
    }
    private together(plan: Plan, split: Element): Element {
        const out = this.out(this.pass(split, ['id', 'name', 'gatewayDirection']))
        let join = null as Element | null
        out.forEach((f, i) => {
            const task = this.at(f.to)
            if (f.condition || task.localName !== 'userTask' || this.into(f.to) !== 1) beyond(`“${named(split)}”分开的不都是单个环节`)
            this.pass(task, [])
            const s = { ...stepOf(task), beside: i > 0 }, next = this.onward(s.key)
            if (next.localName !== 'parallelGateway' || (join && join !== next)) beyond(`“${named(split)}”分开以后没有汇到一处`)
            join = next
            plan.steps.push(s)
        })
        if (!join || out.length < 2 || this.into(join.getAttribute('id') ?? '') !== out.length) beyond(`“${named(split)}”分开以后没有汇到一处`)
        Object.assign(plan.steps[plan.steps.length - out.length], { split: split.getAttribute('id') ?? '', join: join!.getAttribute('id') ?? '' })
        return this.onward(this.pass(join!, ['id', 'name', 'gatewayDirection']))
    }
    read(plan: Plan): void {
        const starts = [...this.nodes.values()].filter(e => e.localName === 'startEvent')
        if (starts.length !== 1) beyond(`有 ${starts.length} 个开始`)
        plan.begin = starts[0].getAttribute('name') ?? ''
        let here = this.onward(this.pass(starts[0], ['id', 'name']))
        while (here.localName !== 'endEvent') {
            if (here.localName === 'parallelGateway') { here = this.together(plan, here); continue }
            if (here.localName !== 'userTask') beyond(`“${named(here)}”前面没有环节可问`)
            this.pass(here, [])
            const s = stepOf(here)
            plan.steps.push(s)
            const next = this.onward(s.key)
            here = next.localName === 'exclusiveGateway' ? this.asked(s, plan, next) : next
        }
        this.pass(here, ['id', 'name'])
        plan.done = here.getAttribute('name') ?? ''
        plan.ids = { ...plan.ids, start: starts[0].getAttribute('id') ?? '', done: here.getAttribute('id') ?? '' }
        for (const [id, e] of this.nodes) if (!this.passed.has(id)) beyond(`“${named(e)}”不在这条路上`)
        this.returns(plan)
    }
    /** What is refused may go back to a step that stands alone. */
    private returns(plan: Plan): void {
        const alone = plan.steps.filter((s, i) => !s.beside && !plan.steps[i + 1]?.beside)
        for (const s of plan.steps) {
            if (['none', 'end'].includes(s.refused)) continue
            if (!alone.some(x => x.key === s.refused)) beyond(`“${s.name}”不同意时去的地方`)
            if (s.refused === plan.steps[0].key && s !== plan.steps[0]) s.refused = 'first'
        }
    }
}

/** The steps, or why it cannot be said with steps. */
export function planOf(xml: string): { plan: Plan } | { beyond: string } {
    const doc = new DOMParser().parseFromString(xml, 'application/xml'), root = doc.documentElement
    try {
        const parts = Array.from(root.children).filter(e => e.namespaceURI !== DI)
        if (root.localName !== 'definitions' || doc.getElementsByTagName('parsererror').length) beyond('读不懂这个文件')
        if (parts.length !== 1 || parts[0].localName !== 'process') beyond(`流程以外还有“${named(parts.find(p => p.localName !== 'process') ?? root)}”`)
        const process = parts[0], { own, zw } = attributesOf(process, ['id', 'name', 'isExecutable', 'processType', 'isClosed'])
        const plan: Plan = { name: own.name ?? '', ledger: take(zw, 'ledger'), start: take(zw, 'start'), chief: take(zw, 'chief'), steps: [], begin: '', done: '', refusedEnd: '不同意', id: own.id ?? 'process', kept: zw }
        new Reader(process).read(plan)
        return { plan }
    } catch (error) {
        if (error instanceof Beyond) return { beyond: error.message }
        throw error
    }
}
