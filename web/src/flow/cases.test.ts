import { expect, test } from 'vitest'
import { command } from '../api'
import { byUrgency, choices, type Item, type May } from './cases'

const item = (title: string, light: Item['light'], due: string | null): Item => ({ case: title, record: '', procedure: null, title, drafter: '', place: '', started: '2026-01-01', ended: null, rev: 1, due, light, stuck: '' })
const may = (act: string, seat: number, target: number, reason = ''): May => ({ act, name: act, seat, target, opinion: false, people: false, reason })

test('what is overdue comes first, then what is due soonest, then what has no deadline', () => {
    const list = [item('无', '', null), item('绿', 'green', '2026-03-03'), item('红', 'red', '2026-01-02'), item('黄', 'yellow', '2026-01-03'), item('绿早', 'green', '2026-02-01')]
    expect(byUrgency(list).map(i => i.title)).toEqual(['红', '黄', '绿早', '绿', '无'])
})
test('an act that may be done at one place is offered there only; one that may not be done says why', () => {
    const list = choices([may('back', 3, 0), may('back', 3, 1, '已有人办'), may('agree', 3, -1, '已挂起'), may('agree', 5, -1)], 3)
    expect(list.map(c => [c.act, c.reason, c.options.length])).toEqual([['back', '', 1], ['agree', '已挂起', 1]])
})
test('each wish has a number of its own', () => {
    expect(command()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(command()).not.toBe(command())
})
