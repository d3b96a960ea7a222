// Figures, reports, lines of work and forms as the server's contract says them, and the questions about them.
import { call, get, post, Problem, query } from '../api'
import { dayParse } from '../lib/day'
import { listPlace } from '../parts/place'
import { headOf, today } from '../session'

export interface Period { from: string; to: string }
/** as_of: how a list is asked for the same rows; empty: now. parts: of a figure made of others. */
export interface Value { value: string; known: boolean; denied: boolean; rows: number; ledger: string | null; where: string; as_of: string; parts?: Part[] }
export interface Part extends Value { sign: string; name: string; unit: string }
export interface Row extends Value { name: string; note: string; group: string | null }
export interface Figure extends Value {
    name: string; english: string; pack: string; unit: string; meaning: string; adds_up: string; by: string[]; sources: string[]; note?: string; table?: Row[]
}
export interface Run { text: string; figure: number | null; prose: boolean; part: string }
export interface Block { runs?: Run[]; table?: string[][]; bars?: (Value & { name: string })[]; place?: string }
export interface Report { title: string; blocks: Block[]; figures: Figure[]; notes: string[] }
export interface Frozen { id: string; name: string; title: string; from: string; to: string; at: string; by: string; digest: string }
export interface MovedChange { fact: number; at: string; name: string; act: string; reason: string; fields: { field: string; before: string; after: string }[] }
export interface Moved { ledger: string; id: string; title: string; who: string; act: string; reason: string; at: string; counted_before: boolean; counted_now: boolean; through: string; rows_before: number; rows_now: number; changes: MovedChange[] }
/** text: of each paragraph its runs, of each table its rows; absent: not for these eyes. */
export interface Changes extends Frozen { text?: (string[] | string[][])[]; changes: { name: string; before: string; now: string; parts: { sign: string; name: string; before: string; now: string }[]; records: Moved[] }[] }
export interface OwnTemplate { name: string; by: string; at: string; mine: boolean }
export interface Reports { templates: { name: string; note: string; person: string }[]; own: OwnTemplate[]; frozen: Frozen[] }
/** An office's own file is filled as what it is. */
export const ownKind = (name: string) => /\.(docx|xlsx)$/i.exec(name)?.[1].toLowerCase() ?? ''

export interface Head { key: string; name: string }
export type CellState = 'none' | 'gap' | 'begun' | 'done'
export interface Cell { state: CellState; records: number; record: string | null; text: string }
export interface Matrix {
    name: string; note: string; ledger: string; where: string; row_field: string; column_field: string | null
    rows: Head[]; columns: Head[]; cells: Cell[]; none: number; gap: number; begun: number; done: number
}
export interface Due { name: string; ledger: string; where: string; count: number; items: { id: string; title: string; due: string; left: number; state: string }[] }
export interface LineHome {
    name: string; today: string; due: Due[]; matrices: Matrix[]
    figures: { name: string; value: number; ledger: string; where: string }[]; doubts: { text: string; count: number; ledger: string; where: string }[]
}

export interface FormColumn { column: string; heading: string; meaning: string; sure: string }
export interface Filled {
    sheet: string; others: string[]; title: string; ledger: string | null; understood: number; columns_count: number; number: string; organ: string; approval: string; until: string
    refusable: boolean; refusal: string; rows: number; formulas_kept: number; columns: FormColumn[]; cells: { cell: string; source: string; sure: string }[]
    gaps: { where: string; what: string }[]
}

export const lineHome = (line: string) => get<LineHome>(`/api/lines/${encodeURIComponent(line)}`)
export const figuresOf = async (asked: Period & { line?: string; name?: string; by?: string; as_of?: string }) => (await get<{ items: Figure[] }>(`/api/indicators${query({ ...asked })}`)).items
export const reports = () => get<Reports>('/api/reports')
const reportPath = (name: string) => `/api/reports/${encodeURIComponent(name)}`
export type Asked = Period & { person_name?: string; as_of?: string }
export const preview = (name: string, asked: Asked) => post<Report>(`${reportPath(name)}/preview`, asked)
export const proseKeep = (name: string, asked: Asked, part: string, text: string) => call('PUT', `${reportPath(name)}/prose`, { body: { ...asked, name: part, text } })
export const freeze = (name: string, asked: Asked) => post<Frozen>(`${reportPath(name)}/freeze`, asked)
export const changesOf = (id: string) => get<Changes>(`/api/frozen/${id}/changes`)

/** What was frozen, as paragraphs and tables; lines that say nothing are not shown. */
export const frozenBlocks = (text: NonNullable<Changes['text']>) => text.map(b => (Array.isArray(b[0]) ? { table: b as string[][], line: '' } : { table: null, line: b.join('') })).filter(b => b.table || b.line.trim())

/** A ledger as people call it: figures name it in English. */
export const ledgerName = (english: string | null) => (english ? headOf(english)?.name ?? english : '')

/** The list of exactly the records that a value counts, as they were then; null: made of parts, or not for these eyes. */
export const valuePlace = (v: Value & { meaning?: string }, name = '') => (v.ledger && !v.denied ? listPlace(ledgerName(v.ledger), v.where, v.as_of, name, v.meaning ?? '') : null)
/** 119700.00 as people read it: 119,700.00; words stay words. */
export const shown = (value: string) => (/^-?\d{4,}(\.\d+)?$/.test(value) ? value.replace(/\B(?=(\d{3})+(?!\d))/g, (_, __, at: number) => (value.includes('.') && at > value.indexOf('.') ? '' : ',')) : value)
/** What is typed as 截至: a day however it is written, a day with a time, an entry of the history; empty: now; null: none of these. */
export function asOfParse(text: string, today: string): string | null {
    const typed = text.trim().replace(/＃/g, '#').replace(/：/g, ':')
    if (!typed || /^#[1-9]\d{0,16}$/.test(typed)) return typed
    const moment = /^(.*\d日?)[ T](\d{1,2}):(\d\d)$/.exec(typed), day = dayParse(moment ? moment[1] : typed, today)
    return day && (!moment || (Number(moment[2]) < 24 && Number(moment[3]) < 60)) ? day + (moment ? `T${moment[2].padStart(2, '0')}:${moment[3]}` : '') : null
}
export const asOfOf = (asked: Record<string, unknown>) => (typeof asked.as_of === 'string' ? asOfParse(asked.as_of, today()) ?? '' : '')

/** Bytes that the server makes are saved under the name it gives. */
export async function save(method: string, path: string, body: BodyInit, headers: Record<string, string>, name: string): Promise<void> {
    const answer = await fetch(path, { method, body, headers })
    if (!answer.ok) {
        const said = await answer.json().catch(() => null)
        throw new Problem(answer.status, said?.detail || `服务器答复 ${answer.status}`)
    }
    const address = URL.createObjectURL(await answer.blob()), link = document.createElement('a')
    link.href = address
    link.download = name
    link.click()
    setTimeout(() => URL.revokeObjectURL(address), 60_000) // the browser has begun to save long before
}
export const reportFile = (name: string, asked: Asked, format: string, title: string, csrf: string) =>
    save('POST', `${reportPath(name)}/file`, JSON.stringify({ ...asked, format }), { 'X-CSRF': csrf, 'Content-Type': 'application/json' }, title.toLowerCase().endsWith(`.${format}`) ? title : `${title}.${format}`)

/** The halves and years around a day, newest first: what reports are about. */
export function periods(day: string): (Period & { name: string; values: Record<string, number> })[] {
    const year = Number(day.slice(0, 4)), list: (Period & { name: string; values: Record<string, number> })[] = []
    list.push({ name: '{year}年', values: { year }, from: `${year}-01-01`, to: `${year}-12-31` })
    for (let y = year, second = day.slice(5) >= '07'; list.length < 4;) {
        list.push(second ? { name: '{year}年下半年', values: { year: y }, from: `${y}-07-01`, to: `${y}-12-31` } : { name: '{year}年上半年', values: { year: y }, from: `${y}-01-01`, to: `${y}-06-30` })
        if (!second) y--
        second = !second
    }
    list.push({ name: '{year}年', values: { year: year - 1 }, from: `${year - 1}-01-01`, to: `${year - 1}-12-31` })
    return list
}
const isDay = (text: unknown): text is string => typeof text === 'string' && /^\d{4}-\d\d-\d\d$/.test(text)
/** What one writes about: this half of the year, and in its first month the half that has just ended, of which there is something to tell. */
export function periodNow(day: string): Period {
    const [, half, before] = periods(day), of = half.from.slice(5, 7) === day.slice(5, 7) ? before : half
    return { from: of.from, to: of.to }
}
/** From the address, else the one used last, else what one writes about now. */
export function periodOf(asked: Record<string, unknown>): Period {
    if (isDay(asked.from) && isDay(asked.to)) return { from: asked.from, to: asked.to }
    const kept = JSON.parse(localStorage.getItem('period') ?? 'null') as Period | null
    return kept && isDay(kept.from) && isDay(kept.to) ? kept : periodNow(today())
}
export const periodKeep = (p: Period) => localStorage.setItem('period', JSON.stringify(p))

/** Consecutive blocks of one author's passage are edited as one text. */
export interface Passage { part: string; blocks: Block[] }
export function passages(blocks: Block[]): Passage[] {
    const list: Passage[] = []
    for (const block of blocks) {
        const part = block.runs?.find(r => r.text.trim())?.part ?? ''
        const last = list[list.length - 1]
        if (last && part && last.part === part) last.blocks.push(block)
        else list.push({ part, blocks: [block] })
    }
    return list
}
/** A heading of plain text: 一、 and （一）. */
export const levelOf = (text: string) => (/^[一二三四五六七八九十]+、/.test(text) && text.length < 40 ? 'first' : /^（[一二三四五六七八九十]+）/.test(text) && text.length < 60 ? 'second' : '')
export const textOf = (p: Passage) => p.blocks.map(b => b.runs?.map(r => r.text).join('') ?? '').join('\n')

/** What was filled into a workbook, as its sheets show it: only rows and columns in which something was filled. */
export interface FilledSheet { sheet: string; columns: string[]; rows: { row: number; cells: Map<string, Block> }[] }
export function filledSheets(blocks: Block[]): FilledSheet[] {
    const list: FilledSheet[] = []
    for (const block of blocks) {
        const found = /^(.*)!([A-Z]+)(\d+)$/.exec(block.place ?? '')
        if (!found) continue
        const [, sheet, column, digits] = found, row = Number(digits)
        let own = list[list.length - 1]
        if (own?.sheet !== sheet) list.push(own = { sheet, columns: [], rows: [] })
        if (!own.columns.includes(column)) own.columns.push(column)
        if (own.rows[own.rows.length - 1]?.row !== row) own.rows.push({ row, cells: new Map() })
        own.rows[own.rows.length - 1].cells.set(column, block)
    }
    for (const s of list) s.columns.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    return list
}
