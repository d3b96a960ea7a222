// Models written by hand carry no diagram. This places their elements in columns, by how far from the start, so that they can be drawn.
const BPMN = 'http://www.omg.org/spec/BPMN/20100524/MODEL', DI = 'http://www.omg.org/spec/BPMN/20100524/DI', DC = 'http://www.omg.org/spec/DD/20100524/DC', DD = 'http://www.omg.org/spec/DD/20100524/DI'
const COLUMN = 170, ROW = 110, LEFT = 160, TOP = 80

interface Box { id: string; x: number; y: number; w: number; h: number; column: number; row: number }
interface Flow { id: string; from: string; to: string }

const sized = (name: string): [number, number] | null => {
    if (/Event$/i.test(name)) return [36, 36]
    if (/Gateway$/i.test(name)) return [50, 50]
    return /(Task|^task|^subProcess|^transaction|^adHocSubProcess|^callActivity)$/.test(name) ? [110, 80] : null
}

/** How many steps each element is from the start, leaving out flows that lead back. */
export function columns(ids: string[], flows: Flow[]): Map<string, number> {
    const out = new Map<string, Flow[]>(), back = new Set<string>(), state = new Map<string, 'under' | 'done'>()
    for (const f of flows) out.set(f.from, [...(out.get(f.from) ?? []), f])
    const visit = (id: string) => {
        state.set(id, 'under')
        for (const f of out.get(id) ?? []) {
            if (state.get(f.to) === 'under') back.add(f.id)
            else if (!state.has(f.to)) visit(f.to)
        }
        state.set(id, 'done')
    }
    const entered = new Set(flows.map(f => f.to))
    for (const id of [...ids.filter(i => !entered.has(i)), ...ids]) if (!state.has(id)) visit(id)
    const at = new Map(ids.map(id => [id, 0]))
    for (let round = 0; round < ids.length; round++) {
        let moved = false
        for (const f of flows) {
            const least = (at.get(f.from) ?? 0) + 1
            if (back.has(f.id) || (at.get(f.to) ?? 0) >= least) continue
            at.set(f.to, least)
            moved = true
        }
        if (!moved) break
    }
    return at
}

function place(process: Element): { boxes: Map<string, Box>; flows: Flow[] } {
    const boxes = new Map<string, Box>(), flows: Flow[] = [], attached: [string, string][] = [], order: string[] = []
    for (const e of Array.from(process.children)) {
        const id = e.getAttribute('id') ?? '', size = sized(e.localName), host = e.getAttribute('attachedToRef')
        if (e.localName === 'sequenceFlow') flows.push({ id, from: e.getAttribute('sourceRef') ?? '', to: e.getAttribute('targetRef') ?? '' })
        if (!size || !id) continue
        boxes.set(id, { id, x: 0, y: 0, w: size[0], h: size[1], column: 0, row: 0 })
        if (host) attached.push([id, host])
        else order.push(id)
    }
    const known = flows.filter(f => boxes.has(f.from) && boxes.has(f.to))
    const host = new Map(attached), effective = known.map(f => ({ ...f, from: host.get(f.from) ?? f.from }))
    const at = columns(order, effective), used = new Map<number, number>()
    const before = (id: string) => { const rows = effective.filter(f => f.to === id && (at.get(f.from) ?? 0) < (at.get(id) ?? 0)).map(f => boxes.get(f.from)!.row); return rows.length ? rows.reduce((a, b) => a + b, 0) / rows.length : 0 }
    for (let column = 0; order.some(id => at.get(id) === column); column++) {
        const here = order.filter(id => at.get(id) === column).sort((a, b) => before(a) - before(b))
        for (const id of here) {
            const box = boxes.get(id)!, row = Math.max(used.get(column) ?? 0, Math.floor(before(id)))
            Object.assign(box, { column, row, x: LEFT + column * COLUMN + (110 - box.w) / 2, y: TOP + row * ROW + (80 - box.h) / 2 })
            used.set(column, row + 1)
        }
    }
    attached.forEach(([id, on], i) => { const box = boxes.get(id)!, at_ = boxes.get(on); if (at_) Object.assign(box, { column: at_.column, row: at_.row, x: at_.x + at_.w - 28 - 40 * (i % 2), y: at_.y + at_.h - 18 }) })
    return { boxes, flows: known }
}

function points(a: Box, b: Box, lowest: number): [number, number][] {
    const ay = a.y + a.h / 2, by = b.y + b.h / 2
    if (b.column <= a.column) { // leads back, or down: under everything
        const y = lowest + 30
        return [[a.x + a.w / 2, a.y + a.h], [a.x + a.w / 2, y], [b.x + b.w / 2, y], [b.x + b.w / 2, b.y + b.h]]
    }
    if (b.column > a.column + 1 && a.row === b.row) { // over what stands between
        const y = Math.min(a.y, b.y) - 24
        return [[a.x + a.w / 2, a.y], [a.x + a.w / 2, y], [b.x + b.w / 2, y], [b.x + b.w / 2, b.y]]
    }
    const middle = b.x - 30
    return ay === by ? [[a.x + a.w, ay], [b.x, by]] : [[a.x + a.w, ay], [middle, ay], [middle, by], [b.x, by]]
}

const LETTER = 11.5, LINE = 14
const within = (of: Document | Element, name: string) => Array.from(of.getElementsByTagName('*')).filter(e => e.localName.replace(/^.*:/, '') === name)
type Maker = (ns: string, name: string, given: Record<string, string | number>) => Element
/** Names where no line runs: a gateway's at its upper left, between the line that comes in and those that leave; an event's under it; a flow's above its longest level piece. */
function label(doc: Document, make: Maker) {
    const names = new Map<string, { name: string; gateway: boolean; event: boolean }>()
    for (const e of Array.from(doc.getElementsByTagName('*'))) if (e.namespaceURI === BPMN) names.set(e.getAttribute('id') ?? '', { name: e.getAttribute('name') ?? '', gateway: /Gateway$/.test(e.localName), event: /Event$/.test(e.localName) })
    const put = (of: Element, x: number, y: number, width: number) => {
        const bounds = make(DI, 'bpmndi:BPMNLabel', {})
        bounds.append(make(DC, 'dc:Bounds', { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: LINE }))
        of.append(bounds)
    }
    const bare = (e: Element) => !within(e, 'BPMNLabel').length && names.get(e.getAttribute('bpmnElement') ?? '')
    for (const shape of within(doc, 'BPMNShape')) {
        const of = bare(shape), at = within(shape, 'Bounds')[0]
        if (!of || !(of.gateway || of.event) || !of.name || !at) continue
        const [x, y, w, h] = ['x', 'y', 'width', 'height'].map(n => Number(at.getAttribute(n))), width = of.name.length * LETTER + 4
        if (of.gateway) put(shape, x + w / 2 - width - 6, y - 4, width)
        else put(shape, x + (w - width) / 2, y + h + 4, width)
    }
    for (const edge of within(doc, 'BPMNEdge')) {
        const of = bare(edge), way = within(edge, 'waypoint').map(p => [Number(p.getAttribute('x')), Number(p.getAttribute('y'))])
        if (!of || !of.name) continue
        let best = -1, length = 0
        for (let i = 1; i < way.length; i++) if (way[i][1] === way[i - 1][1] && Math.abs(way[i][0] - way[i - 1][0]) > length) { best = i; length = Math.abs(way[i][0] - way[i - 1][0]) }
        if (best < 0) continue
        const width = of.name.length * LETTER + 4
        put(edge, Math.min(way[best][0], way[best - 1][0]) + Math.max(6, (length - width) / 2), way[best][1] - LINE - 4, width)
    }
}

/** The model with a diagram, its own when it has one, and with a place for every name. */
export function drawable(xml: string): string {
    const doc = new DOMParser().parseFromString(xml, 'application/xml')
    const process = doc.getElementsByTagNameNS(BPMN, 'process')[0]
    if (!process) return xml
    const make: Maker = (ns, name, given) => {
        const e = doc.createElementNS(ns, name)
        for (const [k, v] of Object.entries(given)) e.setAttribute(k, String(v))
        return e
    }
    if (!doc.getElementsByTagNameNS(DI, 'BPMNShape').length) draw(doc, process, make)
    label(doc, make)
    return new XMLSerializer().serializeToString(doc)
}

function draw(doc: Document, process: Element, make: Maker) {
    const { boxes, flows } = place(process)
    const plane = make(DI, 'bpmndi:BPMNPlane', { id: 'plane', bpmnElement: process.getAttribute('id') ?? '' })
    const lowest = Math.max(0, ...[...boxes.values()].map(b => b.y + b.h))
    for (const box of boxes.values()) {
        const shape = make(DI, 'bpmndi:BPMNShape', { id: `${box.id}_di`, bpmnElement: box.id })
        shape.append(make(DC, 'dc:Bounds', { x: box.x, y: box.y, width: box.w, height: box.h }))
        plane.append(shape)
    }
    for (const flow of flows) {
        const edge = make(DI, 'bpmndi:BPMNEdge', { id: `${flow.id}_di`, bpmnElement: flow.id })
        for (const [x, y] of points(boxes.get(flow.from)!, boxes.get(flow.to)!, lowest)) edge.append(make(DD, 'di:waypoint', { x, y }))
        plane.append(edge)
    }
    const diagram = make(DI, 'bpmndi:BPMNDiagram', { id: 'diagram' })
    diagram.append(plane)
    doc.documentElement.append(diagram)
}
