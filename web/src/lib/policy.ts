// A decision table as a person edits it: cells, the numbers in them that can be moved, and how a Chinese keyboard's spelling is read.
import { half } from './text'

/** Under this name live pages hear of tables that were kept or put in force, and of screenings. */
export const POLICY_LEDGER = '政策表'

export interface Rule { from: number | null; cells: string[] }
export interface Column { name: string; label: string; type: string; allowed: string; source?: string; choices: string[] }
export interface Table { decision: string; hit_policy: string; aggregation: string; inputs: Column[]; outputs: Column[]; rules: { from: number; cells: string[] }[] }
export interface Version {
    key: string; from: string; until: string | null; draft: boolean; edition: boolean; current: boolean; by: string; reason: string; rules: number
}
export interface PolicyHead {
    name: string; english: string; pack: string; note: string; ledger: string; where: string; group: string; cleared_by: string; acts: string[]; versions: Version[]
}
export interface Trouble { where: string; text: string; example: string; blocks: boolean; case: boolean; rule: number; column: number }
export interface Check { troubles: Trouble[]; good: boolean; case_count: number; case_passed: number; rule_count: number; rule_covered: number; cases_by_rule: number[]; changes?: number }
export interface Policy extends PolicyHead, Check { version: Version; inputs: { name: string; from: string }[]; amount: string; table: Table | null; cases: string[][] }
export interface Tally { outcome: number; status: string; rule: number; clause: string; result: string; included: boolean; count: number; amount: number }
export interface GroupSum { name: string; count: number; included: number; doubts: number; amount: number }
export interface Screening {
    on: string; version: string; count: number; included: number; doubts: number; amount: number; tallies: Tally[]; groups: GroupSum[]
    slow: { rule: number; column: number; reason: string }[]
}
export interface GroupChange { name: string; entering: number; leaving: number; changed: number; before: number; after: number }
export interface Simulation { changes: number; before: Screening; after: Screening; groups: GroupChange[] }
export interface Named { record: string; title: string; group: string; before?: number; after?: number; rule?: number; doubt?: string }
export interface Why {
    record: string; title: string; group: string; policy: string; ledger: string; on: string; version: string; status: string; included: boolean; doubt: string; result: string
    rule: number; clause: string; amount: number; values: { name: string; text: string; hidden: boolean; missing: boolean }[]
    rules: { number: number; clause: string; failed: string; wanted: string; type: string; chosen: boolean }[]; sentence: string; may_uncover?: boolean
}
export interface Kept {
    id: string; policy: string; english: string; ledger: string; on: string; at: string; by: string; digest: string; count: number; included: number; doubts: number; amount: number
    frozen: boolean; roster_digest: string
}
export interface KeptWhole extends Kept { cleared_by: string; may_decide: boolean; may_clear: boolean; may_export: boolean; may_uncover: boolean; groups: { name: string; included: number; doubts: number; open: number; decided: number; amount: number }[] }
export interface Member {
    record: string; title: string; group: string; rule: number; proposed: boolean; proposed_amount: number; doubt: string; waits_for: string; may_clear: boolean
    decision: { included: boolean; amount: number; reason: string; by: string; at: string } | null
}

export const policyPath = (name: string) => `/api/policies/${encodeURIComponent(name)}`
export const rulesOf = (table: Table): Rule[] => table.rules.map(r => ({ from: r.from, cells: [...r.cells] }))
export const sameRules = (a: Rule[], b: Rule[]) => JSON.stringify(a) === JSON.stringify(b)

/** 1234.5 → 1,234.50 */
export const yuan = (n: number) => n.toLocaleString('zh-CN', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

const signs: Record<string, string> = { '≥': '>=', '≤': '<=', '≠': '!=', '“': '"', '”': '"', '、': ',', '—': '-', '－': '-', '…': '..' }

/** Full-width signs outside of quoted words as the plain ones; quotes of any kind open and close. What is inside quotes stays as typed. */
export function plainCell(text: string): string {
    let out = '', inside = false
    for (const c of text.trim()) {
        const quote = c === '"' || c === '“' || c === '”' || c === '＂'
        if (quote) inside = !inside
        out += quote ? '"' : inside ? c : signs[c] ?? half(c)
    }
    return out.replace(/\.{4}/g, '..')
}

/* ---- 是, 否 and 空 -------------------------------------------------------------------------------------------- */

/* A cell stays FEEL; people read and write true, false and null by their words. Yes and no only where a column holds nothing else: 否 may be a choice
 * of others. What is inside quotes, and names that hold such a word (是否), stay as they are. */
const feelWords = [['true', '是'], ['false', '否'], ['null', '空']], wordsFor = (truth: boolean) => (truth ? feelWords : feelWords.slice(2))
const exchange = (text: string, pairs: [string, string][]) => {
    const by = new Map(pairs)
    return text.replace(/"(?:[^"\\]|\\.)*"|[\w\u3400-\u9fff]+/g, one => by.get(one) ?? one)
}
const asWords = (text: string, truth: boolean) => exchange(text, wordsFor(truth).map(([feel, word]) => [feel, word]))
const asFeel = (text: string, truth: boolean) => exchange(text, wordsFor(truth).map(([feel, word]) => [word, feel]))

/** A cell as people read it; one that would not come back the same from what they read stays as it is. */
export function cellWords(text: string, type?: string): string {
    const said = asWords(text, type === 'boolean')
    return asFeel(said, type === 'boolean') === text ? said : text
}
/** What a person typed, as FEEL. */
export const cellFeel = (text: string, type?: string) => (type === 'boolean' && text.trim() === '任意' ? '-' : asFeel(plainCell(text), type === 'boolean'))
/** What the check says, with its example (已申报 = true，自救能力 = null), as people read it. */
export const exampleWords = (text: string) => asWords(text, true)

/** A cell as one would say it to whom it concerns: 是、否、低保户或监测户、60以上, without quotes and signs; what cannot be said so stays as it is in the table. */
export function cellSaid(text: string, type?: string): string {
    const parts = text.trim().match(/"(?:[^"\\]|\\.)*"|[^",\s]+(?:\s+[^",\s]+)*/g) ?? []
    const signs: [RegExp, (n: string) => string][] = [[/^>=\s*(\S+)$/, n => `${n}以上`], [/^<=\s*(\S+)$/, n => `${n}以下`], [/^>\s*(\S+)$/, n => `超过${n}`], [/^<\s*(\S+)$/, n => `不到${n}`]]
    const said = parts.map(part => {
        if (part.startsWith('"')) return part.slice(1, -1)
        if (type === 'boolean' && (part === 'true' || part === 'false')) return part === 'true' ? '是' : '否'
        if (part === 'null') return '空'
        if (/^-?\d+(\.\d+)?$/.test(part)) return part
        const between = /^\[\s*(-?[\d.]+?)\s*\.\.\s*(-?[\d.]+?)\s*\]$/.exec(part)
        if (between) return `${between[1]}至${between[2]}`
        for (const [sign, words] of signs) { const m = sign.exec(part); if (m && /^-?\d+(\.\d+)?$/.test(m[1])) return words(m[1]) }
        return ''
    })
    return said.length && said.every(Boolean) ? said.join('、').replace(/、([^、]*)$/, '或$1') : cellWords(text, type)
}

/** The words a column allows, as they stand in a cell: "低保户". */
export function wordsOf(column: Column): string[] {
    const said = column.allowed.match(/"(?:[^"\\]|\\.)*"/g) ?? column.choices.map(c => `"${c}"`)
    return column.type === 'boolean' ? ['true', 'false'] : said
}

/* ---- numbers that can be moved -------------------------------------------------------------------------------- */

export interface Knob { column: number; value: number; places: { rule: number; at: number; text: string }[] }

/** Every number outside of quotes and names, the same number of one column together: both sides of a threshold move as one. */
export function knobs(rules: Rule[], columns: number): Knob[] {
    const by = new Map<string, Knob>()
    rules.forEach((rule, r) => {
        for (let c = 0; c < columns; c++)
            for (const m of (rule.cells[c] ?? '').matchAll(/"(?:[^"\\]|\\.)*"|[\w\u3400-\u9fff]*[A-Za-z_\u3400-\u9fff][\w\u3400-\u9fff]*|\d+(?:\.\d+)?/g)) {
                if (!/^\d/.test(m[0]) || !/^\d+(\.\d+)?$/.test(m[0])) continue
                const key = `${c} ${Number(m[0])}`
                const knob = by.get(key) ?? { column: c, value: Number(m[0]), places: [] }
                knob.places.push({ rule: r, at: m.index ?? 0, text: m[0] })
                by.set(key, knob)
            }
    })
    return [...by.values()].filter(k => k.value !== 0).sort((a, b) => a.column - b.column || a.value - b.value)
}

/** The rules with each knob at its new value. */
export function turned(rules: Rule[], all: Knob[], values: number[]): Rule[] {
    const out = rules.map(r => ({ from: r.from, cells: [...r.cells] }))
    const edits = all.flatMap((k, i) => (values[i] === k.value || !Number.isFinite(values[i]) ? [] : k.places.map(p => ({ ...p, column: k.column, to: String(values[i]) }))))
    for (const e of edits.sort((a, b) => b.at - a.at)) {
        const cell = out[e.rule].cells[e.column]
        out[e.rule].cells[e.column] = cell.slice(0, e.at) + e.to + cell.slice(e.at + e.text.length)
    }
    return out
}

/** A step that a person would take: 60 by 1, 300 by 10, 0.5 by 0.1. */
export const stepOf = (value: number) => (value >= 1000 ? 100 : value >= 100 ? 10 : Number.isInteger(value) ? 1 : 0.1)

/** Which rules a trouble speaks of, from 0. */
export const rulesNamed = (t: Trouble): number[] => [...`${t.where} ${t.text}`.matchAll(/第(\d+)条规则/g)].map(m => Number(m[1]) - 1)
/** What is the matter with single cells, by "row:column" from 0, without the words that say where. */
export const cellsWrong = (troubles: Trouble[]): Map<string, string> =>
    new Map(troubles.filter(t => t.column && t.blocks).reverse().map(t => [`${t.rule - 1}:${t.column - 1}`, t.text.replace(/^第\d+条规则(「[^」]*」一格)?：?/, '')]))
/** Which row of the cases a trouble speaks of, from 1 (0 is the heading). */
export const caseNamed = (t: Trouble): number => (t.case ? Number(t.where.match(/第(\d+)行/)?.[1] ?? 0) - 1 : 0)
