// The whole path of a case as lines one under another: the paper, the tasks of its office, what was handed down to village groups and came back.
// Nothing is kept here: the lines follow from what the server says of the path and of those cases that were looked into.
import type { Case, Kin, Light, Visit, Wait } from './cases'

export interface WholeLine {
    key: string; kin: Kin; kind: 'case' | 'task' | 'call' | 'wait' // call: what was handed down together
    depth: number; name: string; beside: string // beside: what it is about, where the name does not say so
    state: string; tone: string; who: string; since: string; until: string | null; due: string | null; light: Light; said: string
}

const visitState: Record<Visit['state'], [string, string]> = { open: ['办理中', 'accent'], done: ['已办', 'good'], returned: ['已退回', 'warn'], withdrawn: ['已收回', ''], ended: ['已结束', ''] }
const end: Record<Case['end'], [string, string]> = { running: ['办理中', 'accent'], completed: ['办结', 'good'], terminated: ['终止', 'bad'], cancelled: ['撤销', 'bad'], error: ['出错', 'bad'] }

function caseLine(k: Kin): WholeLine {
    const [state, tone] = k.stuck ? ['待处理', 'bad'] : end[k.end]
    const running = k.end === 'running'
    return {
        key: k.case, kin: k, kind: 'case', depth: 0, name: k.group && k.above ? k.group : k.title || k.name, beside: k.above ? '' : k.ledger,
        state, tone, who: running ? (k.people ? [k.place, k.people].filter(Boolean).join('：') : k.waits || k.place) : '', since: running ? k.since ?? k.started : k.started,
        until: k.ended, due: k.due, light: running ? k.light : '', said: k.stuck || k.feedback,
    }
}

function taskLine(k: Kin, v: Visit): WholeLine {
    const [state, tone] = visitState[v.state]
    const acted = v.seats.filter(s => s.at && !s.struck), now = v.seats.filter(s => s.state === 'open' || s.state === 'waiting')
    const people = v.state === 'open' ? now.map(s => s.person) : acted.map(s => s.by || s.person)
    return {
        key: `${k.case} ${v.work}`, kin: k, kind: 'task', depth: 0, name: v.name, beside: '', state, tone, who: [...new Set(people)].join('、'), since: v.opened,
        until: v.closed, due: v.due, light: v.state === 'open' ? v.light : '', said: acted.map(s => s.opinion).filter(Boolean).pop() ?? '',
    }
}

function waitLine(k: Kin, w: Wait): WholeLine {
    const [state, tone] = w.kind === 'mending' ? ['待处理', 'bad'] : ['等候', 'accent']
    return {
        key: `${k.case} ${w.node} ${w.text}`, kin: k, kind: 'wait', depth: 0, name: w.name, beside: '', state, tone, who: w.text, since: w.since ?? k.started,
        until: null, due: null, light: '', said: '',
    }
}

function callLine(up: Kin, node: string, below: Kin[]): WholeLine {
    const done = below.filter(k => k.ended).length, whole = done === below.length
    const [state, tone] = whole ? visitState.done : visitState.open
    return {
        key: `${up.case} ${node}`, kin: up, kind: 'call', depth: 0, name: node, beside: `${done} / ${below.length}`, state, tone, who: '',
        since: below.map(k => k.started).sort()[0], until: whole ? below.map(k => k.ended ?? '').sort().pop()! : null, due: null,
        light: below.some(k => !k.ended && k.light === 'red') ? 'red' : '', said: '',
    }
}

/** Cases in the order of the path; under those that were looked into (`seen`) stand their tasks, by when they began, before what was handed down. */
export function wholeLines(path: Kin[], seen: Map<string, Case>): WholeLine[] {
    const lines: WholeLine[] = []
    const walk = (k: Kin, depth: number) => {
        lines.push({ ...caseLine(k), depth })
        const visits = [...(seen.get(k.case)?.visits ?? [])].sort((a, b) => a.opened.localeCompare(b.opened) || a.work - b.work)
        for (const v of visits) lines.push({ ...taskLine(k, v), depth: depth + 1 })
        for (const w of seen.get(k.case)?.waits ?? []) if (w.kind !== 'below') lines.push({ ...waitLine(k, w), depth: depth + 1 })
        const below = path.filter(x => x.above === k.case)
        for (const node of new Set(below.map(x => x.node))) {
            const together = below.filter(x => x.node === node)
            lines.push({ ...callLine(k, node, together), depth: depth + 1 })
            for (const x of together) walk(x, depth + 2)
        }
    }
    if (path.length) walk(path[0], 0)
    return lines
}

/** Where a line lies between the beginning of all and its end, in hundredths; a little of everything can be seen. */
export function span(l: WholeLine, from: number, to: number, now: number): { left: number; width: number } {
    const at = (moment: string | number) => Math.min(100, Math.max(0, ((new Date(moment).getTime() - from) / Math.max(1, to - from)) * 100))
    const left = Math.min(99, at(l.kind === 'case' ? l.kin.started : l.since))
    return { left, width: Math.max(1, at(l.until ?? now) - left) }
}

export interface Sums { below: number; done: number; answered: number; late: number }
/** Of what was handed down. */
export function sums(path: Kin[]): Sums {
    const below = path.filter(k => k.above)
    return { below: below.length, done: below.filter(k => k.ended).length, answered: below.filter(k => k.feedback).length, late: below.filter(k => !k.ended && k.light === 'red').length }
}
