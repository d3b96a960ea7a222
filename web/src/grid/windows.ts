// A long list of the server's, of which only what is looked at is here. The server pages by cursor: a block can be read only from a cursor
// that a block before it gave. A jump far down therefore walks forward in long strides that carry one column, remembers every cursor it
// passes, and is dropped as soon as the person has scrolled elsewhere.
import type { Page, Rec } from '../api'

export const BLOCK = 200          // rows in a block
export const STRIDE = 5           // blocks in one stride: LIST_LIMIT_MAX of the server is 1000
const KEEP = 40                   // blocks kept: 8 000 rows, about 16 MB

export interface Ask { cursor: string; limit: number; count: boolean; light: boolean }

/** Columns of other ledgers do not come with a save: those that were there stay. */
const reachedLabels = (record: Rec) => Object.fromEntries(Object.entries(record.labels ?? {}).filter(([name]) => name.includes('.')))

export class Windows {
    count = 0
    slow = ''
    reading = -1                  // the row that is being read towards; -1: nothing
    failed: unknown = null
    loaded = false
    private blocks = new Map<number, Rec[]>()
    private cursors = new Map<number, string>([[0, '']])
    private target: [number, number] = [0, 0]
    private running = false
    private age = 0

    constructor(private ask: (a: Ask) => Promise<Page>, private told: () => void) {}

    row(i: number): Rec | undefined {
        return this.blocks.get(Math.floor(i / BLOCK))?.[i % BLOCK]
    }

    /** Forgets everything, e.g. because the filter has changed. */
    reset(): void {
        this.age++
        this.blocks.clear()
        this.cursors = new Map([[0, '']])
        this.loaded = false
        this.failed = null
        this.running = false
        this.want(0, 0)
    }

    want(first: number, last: number): void {
        this.target = [Math.floor(first / BLOCK), Math.floor(last / BLOCK)]
        if (!this.running) void this.run()
    }

    /** After a save: the row as the server has it now. */
    replace(record: Rec): void {
        for (const rows of this.blocks.values()) {
            const i = rows.findIndex(r => r.id === record.id)
            if (i >= 0) rows[i] = { ...record, values: { ...rows[i].values, ...record.values }, labels: { ...reachedLabels(rows[i]), ...record.labels } }
        }
        this.told()
    }

    holds(id: string): Rec | undefined {
        for (const rows of this.blocks.values()) for (const r of rows) if (r.id === id) return r
        return undefined
    }

    private missing(): number {
        const most = this.loaded ? Math.floor(Math.max(0, this.count - 1) / BLOCK) : 0
        for (let b = this.target[0]; b <= Math.min(this.target[1], most); b++) if (!this.blocks.has(b)) return b
        return -1
    }

    private async run(): Promise<void> {
        const age = this.age
        this.running = true
        this.failed = null
        try {
            for (let block = this.missing(); block >= 0; block = this.missing()) {
                let from = block
                while (!this.cursors.has(from)) from--
                const light = block - from >= STRIDE
                const blocks = light ? STRIDE : 1
                this.reading = block * BLOCK
                if (from !== block) this.told()
                const page = await this.ask({ cursor: this.cursors.get(from)!, limit: blocks * BLOCK, count: from === 0 && !this.loaded, light })
                if (age !== this.age) return
                if (page.count !== null) this.count = page.count
                this.slow = page.slow ? page.slow_reason : ''
                this.loaded = true
                if (!light) this.keep(from, page.items)
                if (page.next) this.cursors.set(from + blocks, page.next)
                else this.count = from * BLOCK + page.items.length
                this.told()
            }
        } catch (error) {
            if (age !== this.age) return
            this.failed = error
        }
        this.reading = -1
        this.running = false
        this.told()
    }

    private keep(block: number, rows: Rec[]): void {
        this.blocks.set(block, rows)
        for (const old of this.blocks.keys()) {
            if (this.blocks.size <= KEEP) break
            if (old < this.target[0] || old > this.target[1]) this.blocks.delete(old)
        }
    }
}
