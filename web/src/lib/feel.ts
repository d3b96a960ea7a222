// Conditions in FEEL: what a column's filter says, and what may come next while somebody types.
import type { FeelHelp, Field, Ledger } from '../api'
import { dayParse, monthParse } from './day'
import { half, quote } from './text'
import { typeOf } from './values'

const numeric = (f: Field) => ['整', '数', '元', '率', '年'].includes(typeOf(f))
const dated = (f: Field) => ['日', '时', '月'].includes(typeOf(f))

/** One column's filter as typed, as a condition. null: it cannot be understood. `""` typed filters nothing. */
export function filterCondition(field: Field, typed: string, today: string): string | null {
    const text = half(typed).trim()
    const name = field.name, type = typeOf(field)
    if (text === '') return ''
    if (text === '空') return `${name} = null`
    if (text === '非空') return `${name} != null`
    if (type === '否') return ['是', '1', 'true'].includes(text) ? `${name} = true` : `${name} = false`
    if (type === '枚') {
        const words = text.split('|')
        return words.length === 1 ? `${name} = ${quote(words[0])}` : `${name} in (${words.map(quote).join(', ')})`
    }
    if (type === '多枚') return `list contains(${name}, ${quote(text)})`
    if (type === '引') return `${name} = ${quote(text)}`
    if (type === '多引') return `list contains(${name}, ${quote(text)})`
    if (dated(field)) {
        const parse = (s: string, end: boolean) => {
            if (/^\d{4}年?$/.test(s)) return end ? `${s.slice(0, 4)}-12-31` : `${s.slice(0, 4)}-01-01`
            const month = monthParse(s, today)
            if (month) {
                const [y, m] = month.split('-').map(Number)
                return end ? `${month}-${String(new Date(y, m, 0).getDate()).padStart(2, '0')}` : `${month}-01`
            }
            return dayParse(s, today)
        }
        const literal = (day: string, end = false) => (type === '月' ? quote(day.slice(0, 7)) : type === '日' ? `date("${day}")`
            : `date and time("${day}T${end ? '23:59:59' : '00:00:00'}+08:00")`)
        const range = text.match(/^(.+?)(?:\.\.|~|至|到)(.+)$/)
        const compare = text.match(/^(>=|<=|>|<|=)\s*(.+)$/)
        if (compare) {
            const end = compare[1] === '<=' || compare[1] === '>', day = parse(compare[2], end)
            return day && `${name} ${compare[1]} ${literal(day, end)}`
        }
        const from = parse(range ? range[1].trim() : text, false), to = parse(range ? range[2].trim() : text, true)
        if (!from || !to) return null
        return literal(from) === literal(to, true) ? `${name} = ${literal(from)}` : `${name} >= ${literal(from)} and ${name} <= ${literal(to, true)}`
    }
    if (numeric(field)) {
        const percent = (s: string) => (type === '率' && s.endsWith('%') ? String(Number(s.slice(0, -1)) / 100) : s)
        const number = /^-?\d+(\.\d+)?$/
        const range = text.match(/^(-?[\d.]+%?)\s*(?:\.\.|~|至|到)\s*(-?[\d.]+%?)$/)
        if (range) return `${name} in [${percent(range[1])}..${percent(range[2])}]`
        const compare = text.match(/^(>=|<=|>|<|=|≥|≤)?\s*(.+)$/)
        const n = percent(compare![2].replace(/,/g, ''))
        if (number.test(n)) {
            const sign = { '≥': '>=', '≤': '<=' }[compare![1]] ?? compare![1] ?? '='
            return `${name} ${sign} ${n}`
        }
        return null
    }
    return text.startsWith('=') ? `${name} = ${quote(text.slice(1).trim())}` : `contains(${name}, ${quote(typed.trim())})`
}

/** Conditions joined; each `or` keeps its brackets. */
export function both(...conditions: string[]): string {
    const said = conditions.map(c => c.trim()).filter(Boolean)
    return said.length < 2 ? said[0] ?? '' : said.map(c => (/(^|[^\w\u4e00-\u9fff])(or|if)([^\w\u4e00-\u9fff]|$)/.test(c) ? `(${c})` : c)).join(' and ')
}

export interface Offer { text: string; note: string; kind: '字段' | '选项' | '函数' | '连接'; caret?: number }
export interface Completion { from: number; to: number; offers: Offer[] }

const joiners: [string, string][] = [['and', '并且'], ['or', '或者'], ['in', '是其中之一'], ['between', '介于'], ['not', '不是'], ['= null', '没有填写']]

/** In a text literal at `at`? Then where it began. */
function literalStart(text: string, at: number): number {
    let start = -1
    for (let i = 0; i < at; i++) {
        if (text[i] === '\\' && start >= 0) i++
        else if (text[i] === '"') start = start < 0 ? i : -1
    }
    return start
}

/** What is known of the ledger that a reference leads to; undefined: nothing yet. */
export type LedgerKnown = (name: string) => Ledger | undefined

/** The ledger that 人.户. leads to, step by step; undefined: nowhere, or it is not known yet. */
function ledgerAt(steps: string[], ledger: Ledger, known: LedgerKnown): Ledger | undefined {
    let at: Ledger | undefined = ledger
    for (const step of steps) {
        const field: Field | undefined = at?.fields.find(f => f.name === step && f.type === '引')
        at = field && known(field.target)
    }
    return at
}

/** The field a value is being compared with, just before `at`. */
function comparedField(text: string, at: number, ledger: Ledger, known: LedgerKnown): Field | undefined {
    const before = text.slice(0, at).match(/([^\s()=!<>,"+*/]+)\s*(?:=|!=|in)\s*(?:\((?:\s*"[^"]*"\s*,)*)?\s*$/)
    const path = before?.[1].split('.') ?? []
    return ledgerAt(path.slice(0, -1), ledger, known)?.fields.find(f => f.name === path[path.length - 1])
}

export function complete(text: string, caret: number, ledger: Ledger, help: FeelHelp | null, known: LedgerKnown = () => undefined): Completion {
    const literal = literalStart(text, caret)
    if (literal >= 0) {
        const field = comparedField(text, literal, ledger, known), typed = text.slice(literal + 1, caret)
        const closed = text.indexOf('"', caret)
        const offers = (field?.choices ?? []).filter(c => c.includes(typed) && c !== typed).map(c => ({ text: quote(c), note: field!.name, kind: '选项' as const }))
        return { from: literal, to: closed >= 0 && !/[\s=()]/.test(text.slice(caret, closed)) ? closed + 1 : caret, offers }
    }
    let from = caret
    while (from > 0 && /[\w\u3007\u3400-\u9fff·（）]/.test(text[from - 1])) from--
    const typed = text.slice(from, caret), word = typed.toLowerCase()
    const offers: Offer[] = []
    const steps = text.slice(0, from).match(/(?:[\w\u3007\u3400-\u9fff·（）]+\.)+$/)?.[0].split('.').slice(0, -1) ?? []
    const field = steps.length ? undefined : comparedField(text, from, ledger, known)
    if (field?.choices.length)
        for (const c of field.choices) if (c.includes(typed)) offers.push({ text: quote(c), note: field.name, kind: '选项' })
    if (field?.type === '否')
        for (const [value, note] of [['true', '是'], ['false', '否']]) if (value.startsWith(word) || note.startsWith(typed)) offers.push({ text: value, note, kind: '选项' })
    if (steps.length || typed || !text.slice(0, from).trim() || /(\band|\bor|\(|,|not)\s*$/.test(text.slice(0, from)))
        for (const f of ledgerAt(steps, ledger, known)?.fields ?? [])
            if (f.type !== '子' && f.name !== typed && (f.name.includes(typed) || (f.english ?? '').toLowerCase().startsWith(word)))
                offers.push({ text: f.name, note: f.note || f.choices.slice(0, 4).join('、'), kind: '字段' })
    if (!field && /[\w\u4e00-\u9fff"\])]\s+$/.test(text.slice(0, from)))
        for (const [joiner, note] of joiners) if (joiner.startsWith(word)) offers.push({ text: joiner, note, kind: '连接' })
    if (typed && !steps.length)
        for (const f of help?.functions ?? [])
            if (f.name.startsWith(word) || f.chinese.includes(typed))
                offers.push({ text: `${f.name}()`, note: `${f.chinese}　${f.signature}`, kind: '函数', caret: f.name.length + 1 })
    const rank = (o: Offer) => (o.kind === '选项' ? 0 : o.text.toLowerCase().startsWith(word) ? 1 : 2)
    return { from, to: caret, offers: offers.sort((a, b) => rank(a) - rank(b)).slice(0, 12) }
}

/** Where a mistake is, from the words in which the server says it (第3字, 第2行第5字): characters from 0. null: the whole of it. */
export function mistakeAt(text: string, said: string): number | null {
    const place = said.match(/^第(?:(\d+)行第)?(\d+)字$/)
    if (!place) return null
    const lines = text.split('\n').slice(0, Number(place[1] ?? 1) - 1)
    return lines.reduce((n, line) => n + [...line].length + 1, 0) + Number(place[2]) - 1
}
