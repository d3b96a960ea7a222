// The drawing tool, with its palette in Chinese and what this system keeps at a task: who, rule, deadline, form.
import 'bpmn-js/dist/assets/diagram-js.css'
import 'bpmn-js/dist/assets/bpmn-js.css'
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn-codes.css'
import './icons.css'
import Modeler from 'bpmn-js/lib/Modeler'
import { zh } from './zh'

const translate = (text: string, with_: Record<string, string> = {}) => (zh[text] ?? text).replace(/\{(\w+)\}/g, (_, k: string) => with_[k] ?? '')
const kept = { 'bpmn:UserTask': ['who', 'rule', 'due', 'form', 'copy', 'record', 'back', 'irreversible', 'number', 'series'], 'bpmn:Process': ['ledger', 'start', 'chief', 'feedback'] } as Record<string, string[]>
const attribute = (name: string) => ({ name, isAttr: true, type: 'String' })
const zw = {
    name: 'zhenwu', uri: 'urn:zhenwu', prefix: 'zw', xml: { tagAlias: 'lowerCase' },
    types: [
        { name: 'Task', extends: ['bpmn:UserTask'], properties: kept['bpmn:UserTask'].map(attribute) },
        { name: 'Procedure', extends: ['bpmn:Process'], properties: kept['bpmn:Process'].map(attribute) },
    ],
}

export interface Chosen { type: string; id: string; name: string; values: Record<string, string>; condition: string }
interface Element { id: string; type: string; businessObject: { name?: string; get(name: string): unknown; conditionExpression?: { body?: string } } }
interface Bus { on(name: string, tell: (event: { newSelection?: Element[] }) => void): void }

interface Box { x: number; y: number; width: number; height: number }
const PALETTE = 130 // pixels that lie over the left edge

export class Drawing {
    private readonly modeler: Modeler
    private element: Element | null = null
    constructor(private readonly container: HTMLElement, chosen: (what: Chosen | null) => void, changed: () => void) {
        this.modeler = new Modeler({ container, moddleExtensions: { zw }, additionalModules: [{ translate: ['value', translate] }] })
        const bus = this.modeler.get<Bus>('eventBus')
        const tell = (list: Element[]) => {
            this.element = list.length === 1 ? list[0] : this.root()
            chosen(this.element && this.read(this.element))
        }
        bus.on('selection.changed', e => tell(e.newSelection ?? []))
        bus.on('commandStack.changed', () => { changed(); if (this.element) chosen(this.read(this.element)) })
    }
    private root(): Element | null {
        const root = this.modeler.get<{ getRootElement(): Element }>('canvas').getRootElement()
        return root.type === 'bpmn:Process' ? root : null
    }
    private read(e: Element): Chosen {
        return {
            type: e.type, id: e.id, name: e.businessObject.name ?? '', condition: e.businessObject.conditionExpression?.body ?? '',
            values: Object.fromEntries((kept[e.type] ?? []).map(name => [name, String(e.businessObject.get(`zw:${name}`) ?? '')])),
        }
    }
    set(name: string, value: string): void {
        if (!this.element) return
        const modeling = this.modeler.get<{ updateProperties(e: Element, values: Record<string, unknown>): void }>('modeling')
        if (name === 'condition') {
            const expression = value && this.modeler.get<{ create(type: string, values: object): unknown }>('moddle').create('bpmn:FormalExpression', { body: value })
            modeling.updateProperties(this.element, { conditionExpression: expression || undefined })
        } else modeling.updateProperties(this.element, { [name === 'name' ? 'name' : `zw:${name}`]: value || undefined })
    }
    async open(xml: string): Promise<void> {
        await this.modeler.importXML(xml)
        const canvas = this.modeler.get<{ zoom(to: string | number, centre: string): number; viewbox(box?: Box): { inner: Box; outer: Box } }>('canvas')
        const fit = canvas.zoom('fit-viewport', 'auto') * 0.85, { inner, outer } = canvas.viewbox(), at = Math.max(fit, 0.65), left = PALETTE / at
        canvas.viewbox({ x: inner.x - left, y: inner.y - (outer.height / at - inner.height) / 2, width: outer.width / at, height: outer.height / at })
        this.element = this.root()
        for (const tool of Array.from(this.container.querySelectorAll('.djs-palette .entry'))) tool.setAttribute('title', tool.getAttribute('aria-label') ?? '') // icons alone say little
    }
    async text(): Promise<string> {
        return (await this.modeler.saveXML({ format: true })).xml ?? ''
    }
    close(): void {
        this.modeler.destroy()
    }
}
