import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { listen } from './live'

class Stream extends EventTarget {
    static readonly CLOSED = 2
    static made: Stream[] = []
    readyState = 1
    constructor(readonly url: string) {
        super()
        Stream.made.push(this)
    }
    close() { this.readyState = 2 }
    breaks(refused: boolean) {
        this.readyState = refused ? 2 : 0
        this.dispatchEvent(new Event('error'))
    }
}
class Page extends EventTarget { hidden = false }

let page: Page
beforeEach(() => {
    vi.useFakeTimers()
    Stream.made = []
    page = new Page()
    vi.stubGlobal('document', page)
    vi.stubGlobal('window', { setTimeout: (f: () => void, ms: number) => setTimeout(f, ms) })
    vi.stubGlobal('EventSource', Stream)
})
afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
})
const last = () => Stream.made[Stream.made.length - 1]

test('a stream that is refused before its first byte is asked for again, ever more patiently, until it stands', () => {
    const end = listen(() => {})
    for (const wait of [5000, 10000, 20000, 40000, 60000, 60000]) {
        const count = Stream.made.length
        last().breaks(true)
        vi.advanceTimersByTime(wait - 1)
        expect(Stream.made.length).toBe(count)
        vi.advanceTimersByTime(1)
        expect(Stream.made.length).toBe(count + 1)
    }
    last().dispatchEvent(new Event('open'))
    const count = Stream.made.length
    last().breaks(true)
    vi.advanceTimersByTime(5000)
    expect(Stream.made.length).toBe(count + 1)
    end()
    expect(last().readyState).toBe(2)
    last().breaks(true)
    vi.advanceTimersByTime(100000)
    expect(Stream.made.length).toBe(count + 1)
})

test('a connection that broke is left to the browser, which tries again by itself', () => {
    const end = listen(() => {})
    last().breaks(false)
    vi.advanceTimersByTime(100000)
    expect(Stream.made.length).toBe(1)
    end()
})

test('what is told arrives, from one stream at a time, and only while the page is in front', () => {
    const heard: number[] = []
    const end = listen(told => heard.push(told.no))
    last().dispatchEvent(Object.assign(new Event('fact'), { data: '{"no":7}' }))
    page.hidden = true
    page.dispatchEvent(new Event('visibilitychange'))
    expect(last().readyState).toBe(2)
    page.hidden = false
    page.dispatchEvent(new Event('visibilitychange'))
    expect(Stream.made.length).toBe(2)
    last().dispatchEvent(Object.assign(new Event('fact'), { data: '{"no":8}' }))
    expect(heard).toEqual([7, 8])
    end()
})
