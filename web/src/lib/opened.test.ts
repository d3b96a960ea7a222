import { beforeEach, expect, test, vi } from 'vitest'
import type { Line } from '../api'

const ledger = (name: string, count: number) => ({ name, english: name, note: '', count, short: false, acts: [] })
const line: Line = { name: '公文', ledgers: [ledger('收文', 3), ledger('用印', 0), ledger('归档件', 0)] }
beforeEach(() => { localStorage.clear(); vi.resetModules() })

test('ledgers without records are folded until they were opened, and that is remembered', async () => {
    const first = await import('./opened')
    expect(first.sight(line).map(l => l.name)).toEqual(['收文'])
    expect(first.folded(line)).toBe(2)
    first.openedKeep('用印')
    expect(first.sight(line).map(l => l.name)).toEqual(['收文', '用印'])
    vi.resetModules()
    const again = await import('./opened')
    expect(again.sight(line).map(l => l.name)).toEqual(['收文', '用印'])
})
test('a line of work can be unfolded whole, and folded again', async () => {
    const o = await import('./opened')
    o.wholeSet(line, true)
    expect(o.sight(line).length).toBe(3)
    expect(o.folded(line)).toBe(2)
    o.wholeSet(line, false)
    expect(o.sight(line).length).toBe(1)
})
test('what was opened last comes first among the recent, and what may not be seen any more does not come', async () => {
    const o = await import('./opened')
    for (const name of ['收文', '没有的', '用印']) o.openedKeep(name)
    expect(o.recent([line], 6).map(l => l.name)).toEqual(['用印', '收文'])
    expect(o.recent([line], 1).map(l => l.name)).toEqual(['用印'])
    expect(o.recent([], 6)).toEqual([])
})
