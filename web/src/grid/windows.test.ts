import { describe, expect, test } from 'vitest'
import type { Page, Rec } from '../api'
import { BLOCK, STRIDE, Windows, type Ask } from './windows'

const rec = (i: number): Rec => ({ id: `r${i}`, version: 1, state: null, withdrawn: false, added: '', changed: '', title: '', values: {}, labels: {}, masked: [] })

/** A server with `total` records that pages by cursor; each answer waits until it is let go. */
function server(total: number) {
    const asks: Ask[] = [], waiting: (() => void)[] = []
    const ask = (a: Ask) => new Promise<Page>(done => {
        asks.push(a)
        waiting.push(() => {
            const from = a.cursor === '' ? 0 : Number(a.cursor), to = Math.min(total, from + a.limit)
            done({ items: Array.from({ length: to - from }, (_, i) => rec(from + i)), next: to < total ? String(to) : null, count: a.count ? total : null, slow: false, slow_reason: '' })
        })
    })
    const all = async () => { while (waiting.length) { waiting.shift()!(); await new Promise(done => setTimeout(done)) } }
    return { asks, waiting, ask, all }
}

describe('windows of a long list', () => {
    test('only the blocks looked at are read, the count once', async () => {
        const s = server(1000), w = new Windows(s.ask, () => {})
        w.want(0, 40)
        await s.all()
        expect(w.count).toBe(1000)
        expect(s.asks).toEqual([{ cursor: '', limit: BLOCK, count: true, light: false }])
        w.want(BLOCK, BLOCK + 30)
        await s.all()
        expect(s.asks).toHaveLength(2)
        expect(w.row(BLOCK)?.id).toBe(`r${BLOCK}`)
        expect(w.row(BLOCK * 3)).toBeUndefined()
    })
    test('a jump far down strides lightly and ends at the right row', async () => {
        const s = server(5000), w = new Windows(s.ask, () => {})
        w.want(0, 40)
        await s.all()
        w.want(4800, 4840)
        await s.all()
        expect(w.row(4800)?.id).toBe('r4800')
        expect(s.asks.filter(a => a.light).every(a => a.limit === STRIDE * BLOCK)).toBe(true)
        expect(s.asks.length).toBeLessThan(5000 / BLOCK)
    })
    test('a filter set while reading drops the answer that is no longer asked for', async () => {
        const s = server(300), w = new Windows(s.ask, () => {})
        w.want(0, 40)
        w.reset()
        s.waiting[0]()
        await new Promise(done => setTimeout(done))
        expect(w.loaded).toBe(false)
        s.waiting.shift()
        await s.all()
        expect(w.loaded).toBe(true)
        expect(w.count).toBe(300)
    })
    test('a failure is kept for the page to show, and the next wish tries again', async () => {
        let fails = true
        const s = server(10)
        const w = new Windows(a => (fails ? Promise.reject(new Error('断网')) : s.ask(a)), () => {})
        w.want(0, 5)
        await new Promise(done => setTimeout(done))
        expect((w.failed as Error).message).toBe('断网')
        fails = false
        w.want(0, 5)
        await s.all()
        expect(w.failed).toBeNull()
        expect(w.row(9)?.id).toBe('r9')
    })
    test('a saved row takes its place without reading the list again', async () => {
        const s = server(10), w = new Windows(s.ask, () => {})
        w.want(0, 5)
        await s.all()
        w.replace({ ...rec(3), version: 2 })
        expect(w.row(3)?.version).toBe(2)
        expect(w.holds('r3')?.version).toBe(2)
        expect(w.holds('none')).toBeUndefined()
    })
})
