import { expect, test } from 'vitest'
import type { Case, Kin, Visit } from './cases'
import { span, sums, wholeLines } from './whole'

const kin = (more: Partial<Kin>): Kin => ({
    case: 'a', above: '', depth: 0, procedure: 'inbound_doc', name: '收文办理', ledger: '收文', record: 'r', node: '', title: '防火通知', group: '', state: '承办', place: '承办', people: '王芳',
    since: '2026-11-02T00:00:00Z', due: null, light: '', started: '2026-11-01T00:00:00Z', ended: null, waits: '', end: 'running', feedback: '', stuck: '', ...more,
})
const below = (name: string, more: Partial<Kin> = {}) => kin({ case: name, above: 'a', depth: 1, procedure: 'group_task', name: '村组任务', ledger: '村组任务', node: '下达村组', group: name, place: '村组办理', people: '其木格', ...more })
const visit = (work: number, name: string, more: Partial<Visit> = {}): Visit => ({ work, node: `n${work}`, name, state: 'done', opened: `2026-11-0${work + 1}T00:00:00Z`, closed: null, due: null, light: '', seats: [], form: [], advice: '', phrases: [], ...more })
const path = [kin({}), below('东村', { feedback: '已清理 9 处', ended: '2026-11-03T00:00:00Z', end: 'completed' }), below('西村', { due: '2026-11-02T00:00:00Z', light: 'red' })]

test('under the paper stand its tasks, then what was handed down together, then each village group with its answer', () => {
    const seen = new Map([['a', { visits: [visit(1, '承办', { state: 'open' }), visit(0, '批示')] } as unknown as Case]])
    const lines = wholeLines(path, seen)
    expect(lines.map(l => [l.depth, l.kind, l.name])).toEqual([[0, 'case', '防火通知'], [1, 'task', '批示'], [1, 'task', '承办'], [1, 'call', '下达村组'], [2, 'case', '东村'], [2, 'case', '西村']])
    expect(lines[3]).toMatchObject({ beside: '1 / 2', state: '办理中', light: 'red' })
    expect(lines[4]).toMatchObject({ state: '办结', said: '已清理 9 处', who: '' })
    expect(lines[5]).toMatchObject({ state: '办理中', who: '村组办理：其木格', light: 'red' })
    expect(new Set(lines.map(l => l.key)).size).toBe(lines.length)
})
test('what one may not look into has one line and no tasks', () => expect(wholeLines(path, new Map()).map(l => l.kind)).toEqual(['case', 'call', 'case', 'case']))
test('of what was handed down it counts what was answered, done and late', () => expect(sums(path)).toEqual({ below: 2, done: 1, answered: 1, late: 1 }))
test('a line lies where it began and is as long as it lasted; a short one can still be seen', () => {
    const from = Date.parse('2026-11-01T00:00:00Z'), to = Date.parse('2026-11-11T00:00:00Z')
    const [top, , east] = wholeLines(path, new Map())
    expect(span(top, from, to, to)).toEqual({ left: 0, width: 100 })
    expect(span(east, from, to, to)).toEqual({ left: 0, width: 20 })
    expect(span({ ...east, until: east.kin.started }, from, to, to)).toEqual({ left: 0, width: 1 })
})

test('what waits without a person stands as a line with its words, below aside: those lines tell themselves', () => {
    const wait = (name: string, kind: string) => ({ kind, node: name, name, text: `等${name}`, since: '2026-11-02T00:00:00Z', due: null })
    const seen = new Map([['a', { visits: [], waits: [wait('公示', 'clock'), wait('下达村组', 'below'), wait('拨付', 'mending')] } as unknown as Case]])
    const lines = wholeLines([kin({ people: '', waits: '等公示' })], seen)
    expect(lines.map(l => [l.kind, l.name, l.who, l.state])).toEqual([['case', '防火通知', '等公示', '办理中'], ['wait', '公示', '等公示', '等候'], ['wait', '拨付', '等拨付', '待处理']])
})
