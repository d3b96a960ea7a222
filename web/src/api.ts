// The server's answers, as its contract says them, and the one function that asks.
import { formOf } from './outbox/known'
import { t } from './words'

export interface FieldError { field: string; text: string; kind?: string }
export type Value = unknown
export type Values = Record<string, Value>

export interface Field {
    name: string; english: string | null; type: string; value_type: string; size: number; choices: string[]; open_choices: boolean; target: string
    required: boolean; unique: boolean; sensitive: boolean; whole_day?: boolean; snapshot: boolean; indexed: boolean; computed: boolean; moving: boolean
    chosen_from?: string | null // of 子: its records are chosen from this ledger
    default: string | null; note: string | null; section: string | null
    heading?: string          // of a column of another ledger: what the office's sheet calls it
}
export interface Move { from: string; to: string; back: boolean }
export interface Ledger {
    name: string; english: string; note: string; line: string; title: string; keys: string[]; secrecy: string; retention: string
    first: string[]           // what a phone asks for first; none: everything
    later: string[]           // what steps of its procedures fill in
    marks: string | null      // the ledger whose records mark those of this one, as 标签 does
    mark?: { name: string; from: string; to: string } // of such a ledger: its fields
    spread?: string           // the field whose choices head columns of an office's own table (岗)
    states: string[]; moves: Move[]; group_path: string; list: string[]; headings: string[]; reaches: Field[]; acts: string[]; masked: string[]; fields: Field[]; prints?: string[]; record_prints?: string[]
}
export interface LedgerHead { name: string; english: string; note: string; count: number; short: boolean; acts: string[] } // short: a phone asks for a few fields first
export interface Line { name: string; ledgers: LedgerHead[] }
export interface Rec {
    id: string; version: number; state: string | null; withdrawn: boolean; added: string; changed: string; title: string
    values: Values; labels: Record<string, string | string[]>; masked: string[]; warnings?: FieldError[]
}
export interface Page { items: Rec[]; next: string | null; count: number | null; slow: boolean; slow_reason: string }
export interface Change {
    fact: number; version: number; at: string; account: string; name: string; act: string; reason: string
    fields: { field: string; before: Value; after: Value }[]
}
export interface Relation { ledger: string; english: string; field: string; count: number }
export interface Post { id: string; name: string; role: string; group: { id: string; name: string } | null }
export interface Session {
    account: { id: string; name: string; login: string; staff?: string; must_change_password: boolean }
    post: Post; posts: Post[]; csrf: string; town: { name: string; code?: string; today: string; now: string; version: string }; expires: string
}
export interface Found { ledger: string; english: string; id: string; title: string; note: string }
export interface FeelHelp {
    functions: { name: string; chinese: string; signature: string; example: string; result: string }[]
    operators: { text: string; meaning: string; example: string }[]
}
export interface Matched {
    ok: boolean; count: number; sample: Rec[]; slow?: boolean; slow_reason?: string; error?: FieldError
}
export interface Job<T = unknown> {
    id: string; kind: string; stage: string; done: number; total: number; state: '运行' | '完成' | '失败' | '已取消'
    report: T | null; errors: FieldError[]
}
export interface ImportNote { sheet: string; row: number; column: string; field: string; value: string; text: string }
export interface ImportReport {
    rows: number; added: number; changed: number; unchanged: number; bad: number; skipped: number; made_other: number; other_ledger: string
    sheet: string; columns: { column: string; heading: string; field: string | null }[]; errors: ImportNote[]; warnings: ImportNote[]
    lacks: string[]; kept: boolean; errors_workbook: boolean
}
export interface VerifyReport { facts: number; head: string; ok: boolean; first_bad: { no: number; text: string } | null }
export interface Fact {
    no: number; at: string; account: string; name: string; post?: string; ledger: string; english: string; record: string; title: string
    version: number; act: string; hash: string
}
export interface Workbench {
    today: string
    groups: { id: string; name: string; households: number | null; people: number | null; residents: number | null }[]
    figures: { name: string; value: number; ledger: string; english?: string; where: string; line: string }[]
    guide: { name: string; how: string; name_english: string; how_english: string; where: string; done: boolean }[]
    recent: { at: string; name: string; act: string; ledger: string; english: string; record: string; title: string }[]
    doubts: { text: string; ledger: string; english?: string; where: string; count: number }[]
}
export interface Kept { name: string; digest: string; size: number }

/** RFC 9457. `errors` name fields, in the clerk's words; `current` is the record as it is now when somebody was faster. */
export class Problem extends Error {
    constructor(readonly status: number, message: string, readonly errors: FieldError[] = [], readonly current: Rec | null = null) {
        super(message)
    }
}

/** Not the program's own words: something between, or a fault of the server. */
const unsaid = (status: number) => (status >= 500 ? t('服务器出了问题（{status}），请稍后再试；还不行，请告诉管理员', { status }) : t('服务器答复 {status}', { status }))

/** The session owns these two; api only reads and calls them. */
export const door = { csrf: '', signedOut: () => {} }

/** patience: milliseconds after which a line on which nothing comes counts as broken. */
export interface Asking { body?: unknown; raw?: Blob; headers?: Record<string, string>; signal?: AbortSignal; patience?: number }

export async function call<T>(method: string, path: string, asking: Asking = {}): Promise<T> {
    const headers: Record<string, string> = { ...asking.headers }
    if (method !== 'GET') headers['X-CSRF'] = door.csrf
    if (asking.body !== undefined) headers['Content-Type'] = 'application/json'
    let answer: Response
    const given = asking.patience ? new AbortController() : null
    const clock = given ? window.setTimeout(() => given.abort(), asking.patience) : 0
    try {
        answer = await fetch(path, {
            method, headers, signal: given?.signal ?? asking.signal, credentials: 'same-origin',
            body: asking.raw ?? (asking.body === undefined ? undefined : JSON.stringify(asking.body)),
        })
    } catch (error) {
        if (asking.signal?.aborted) throw error
        throw new Problem(0, t('连不上服务器，请检查网络后重试'))
    } finally { clearTimeout(clock) }
    const json = (answer.headers.get('Content-Type') ?? '').includes('json') ? await answer.json() : null
    if (answer.ok) return json as T
    if (answer.status === 401 && !path.startsWith('/api/session')) door.signedOut()
    throw new Problem(answer.status, json?.detail || json?.title || unsaid(answer.status), json?.errors ?? [], json?.current ?? null)
}

export const get = <T>(path: string, signal?: AbortSignal) => call<T>('GET', path, { signal })
export const post = <T>(path: string, body?: unknown) => call<T>('POST', path, { body })

export function query(parts: Record<string, string | number | boolean | null | undefined>): string {
    const words = Object.entries(parts).filter(([, v]) => v !== '' && v !== null && v !== undefined && v !== false)
        .map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v === true ? '1' : String(v))}`)
    return words.length ? `?${words.join('&')}` : ''
}

export const ledgerPath = (ledger: string) => `/api/ledgers/${encodeURIComponent(ledger)}`
export const recordPath = (ledger: string, id: string) => `${ledgerPath(ledger)}/records/${id}`

const definitions = new Map<string, Promise<Ledger>>()
/** Definitions change only when the program is started anew; a sign-in forgets them, because acts and masks are the person's. */
export function ledgerOf(name: string): Promise<Ledger> {
    let known = definitions.get(name)
    if (!known) {
        known = get<Ledger>(ledgerPath(name)).catch(error => {
            definitions.delete(name)
            const form = error instanceof Problem && error.status === 0 ? formOf(name) : null // as it was when there was a network
            if (form) return form
            throw error
        })
        definitions.set(name, known)
    }
    return known
}
export const ledgersForget = () => definitions.clear()

export const seen = (version: number) => ({ 'If-Match': `"${version}"` })

const STALLED_MS = 60_000 // nothing went and nothing came: broken, whatever the browser hopes
/** Sends bytes with progress; XMLHttpRequest because fetch tells nothing while sending. */
export function send<T>(path: string, file: Blob, name: string, progress: (share: number) => void, signal?: AbortSignal): Promise<T> {
    return new Promise((done, fail) => {
        const request = new XMLHttpRequest()
        request.open('POST', path)
        request.setRequestHeader('X-CSRF', door.csrf)
        request.setRequestHeader('X-File-Name', encodeURIComponent(name))
        request.setRequestHeader('Content-Type', 'application/octet-stream')
        let stalled = 0
        const goes = () => {
            clearTimeout(stalled)
            stalled = window.setTimeout(() => request.abort(), STALLED_MS)
        }
        request.upload.onprogress = e => { goes(); progress(e.total ? e.loaded / e.total : 0) }
        request.onerror = request.onabort = () => { clearTimeout(stalled); fail(new Problem(0, t('上传中断，请检查网络后重试'))) }
        signal?.addEventListener('abort', () => { fail(new Problem(0, t('已取消'))); request.abort() })
        goes()
        request.onload = () => {
            clearTimeout(stalled)
            let json = null
            try { json = JSON.parse(request.responseText) } catch { /* a refusal without a body */ }
            if (request.status < 300) return done(json as T)
            if (request.status === 401) door.signedOut()
            fail(new Problem(request.status, json?.detail || json?.title || unsaid(request.status), json?.errors ?? []))
        }
        request.send(file)
    })
}

/** Follows a job to its end; the returned function stops following. Where events do not pass (some proxies), it asks every second. */
export function follow<T>(id: string, tell: (job: Job<T>) => void, fail: (problem: Problem) => void): () => void {
    const path = `/api/jobs/${id}`
    let stopped = false, timer = 0
    const events = new EventSource(`${path}/events`)
    const stop = () => { stopped = true; events.close(); clearTimeout(timer) }
    const ask = async () => {
        try {
            const job = await get<Job<T>>(path)
            if (stopped) return
            if (job.state !== '运行') stop()
            else timer = window.setTimeout(ask, 1000)
            tell(job)
        } catch (error) {
            if (stopped) return
            stop()
            fail(error as Problem)
        }
    }
    events.addEventListener('progress', e => tell({ report: null, errors: [], ...JSON.parse((e as MessageEvent).data) }))
    events.addEventListener('done', () => { events.close(); void ask() }) /* the report is read from the job */
    events.onerror = () => {
        if (stopped) return
        events.close()
        void ask()
    }
    return stop
}

/** A number for one wish: sent again after a broken line, it is carried out once. */
export function command(): string {
    const b = crypto.getRandomValues(new Uint8Array(16))
    b[6] = (b[6] & 15) | 64
    b[8] = (b[8] & 63) | 128
    const hex = Array.from(b, x => x.toString(16).padStart(2, '0')).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
