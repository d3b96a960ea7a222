// Values of fields: how they are shown, how what is typed becomes one, by field type. See the table of types in the contract.
import type { Field, Ledger, Rec, Value } from '../api'
import { clockText, dayParse, momentParse, momentText, monthParse } from './day'
import { half, thousands } from './text'
import { t } from '../words'

export interface FileValue { 名: string; 摘要: string; 大小: number; 拍摄时间?: string; 坐标?: Place }
export interface Place { 经度: number; 纬度: number }
export interface Signature { 人: string; 时: string; 图: string }

type Typed = { value: Value } | { error: string }

const decimal = (most: number) => (text: string): Typed => {
    const plain = half(text).replace(/[,，\s¥￥元]/g, '')
    if (!/^[+-]?\d{1,15}(\.\d+)?$/.test(plain)) return { error: t('请填数字，如 1200.50') }
    if ((plain.split('.')[1] ?? '').replace(/0+$/, '').length > most) return { error: t('最多 {n} 位小数', { n: most }) }
    return { value: Number(plain) }
}
const whole = (text: string): Typed => {
    const plain = half(text).replace(/[,，\s]/g, '')
    return /^[+-]?\d{1,15}$/.test(plain) ? { value: Number(plain) } : { error: t('请填整数') }
}
const code = (text: string): Typed => ({ value: half(text).replace(/\s+/g, '') })
const plain = (text: string): Typed => ({ value: text.trim() })
const upper = (text: string): Typed => ({ value: half(text).replace(/\s+/g, '').toUpperCase() })
const list = (text: string): Typed => ({ value: text.split(/[、,，;；\n]/).map(s => s.trim()).filter(Boolean) })

interface Kind {
    align?: 'right'
    width: number
    show?: (value: never) => string
    type?: (text: string, field: Field, today: string) => Typed
}
const files = (value: FileValue[]) => (value.length ? t('{n} 个文件', { n: value.length }) : '')

export const kinds: Record<string, Kind> = {
    文: { width: 130, type: plain },
    长文: { width: 220, type: text => ({ value: text.replace(/\s+$/, '') }) },
    整: { width: 84, align: 'right', show: (v: number) => String(v), type: whole },
    数: { width: 92, align: 'right', show: (v: number) => String(v), type: (text, f) => decimal(f.size || 0)(text) },
    元: { width: 116, align: 'right', show: (v: number) => thousands(Number(v).toFixed(2)), type: decimal(2) },
    率: { width: 84, align: 'right', show: (v: number) => `${Number((v * 100).toFixed(6))}%`, type: text => {
        const percent = half(text).trim().match(/^([+-]?\d+(?:\.\d+)?)%$/)
        return percent ? { value: Number((Number(percent[1]) / 100).toFixed(8)) } : decimal(8)(text)
    } },
    日: { width: 104, type: (text, _f, today) => {
        const value = dayParse(text, today)
        return value ? { value } : { error: t('请填日期，如 2021-12-03、1203、今、+3') }
    } },
    时: { width: 140, show: momentText, type: (text, field, today) => {
        const day = term(field) ? dayParse(text, today) : null, value = day ? `${day}${DAY_END}` : momentParse(text, today)
        return value ? { value } : { error: t('请填时间，如 2021-12-03 09:30') }
    } },
    月: { width: 84, type: (text, _f, today) => {
        const value = monthParse(text, today)
        return value ? { value } : { error: t('请填年月，如 2021-12') }
    } },
    年: { width: 64, align: 'right', type: text => (/^\d{4}年?$/.test(half(text).trim()) ? { value: parseInt(half(text), 10) } : { error: t('请填四位年份') }) },
    期: { width: 96, type: code },
    否: { width: 64, show: (v: boolean) => (v ? '是' : '否'), type: text => {
        const word = half(text).trim().toLowerCase()
        if (['是', '有', '√', '1', 'y', 'true'].includes(word)) return { value: true }
        if (['否', '无', '×', '0', 'n', 'false'].includes(word)) return { value: false }
        return { error: t('请填 是 或 否') }
    } },
    枚: { width: 108, type: (text, f) => {
        const word = text.trim()
        return f.open_choices || f.choices.includes(word) ? { value: word } : { error: t('没有“{word}”，可填：{choices}', { word, choices: f.choices.slice(0, 12).join('、') }) }
    } },
    多枚: { width: 150, show: (v: string[]) => v.join('、'), type: list },
    引: { width: 204 },
    多引: { width: 190 },
    子: { width: 90, align: 'right' },
    图: { width: 90, show: files },
    附: { width: 90, show: files },
    签: { width: 150, show: (v: Signature | string) => typeof v === 'string' ? v : [v.人, v.时 && momentText(v.时)].filter(Boolean).join(' ') },
    坐: { width: 150, show: (v: Place | string) => typeof v === 'string' ? v : `${v.经度}, ${v.纬度}`, type: text => {
        const parts = half(text).split(/[,\s]+/).filter(Boolean).map(Number)
        return parts.length === 2 && parts.every(Number.isFinite) ? { value: { 经度: parts[0], 纬度: parts[1] } } : { error: t('请填 经度, 纬度') }
    } },
    号: { width: 152, type: code },
    算: { width: 96 },
    证: { width: 172, type: upper },
    信: { width: 172, type: upper },
    电: { width: 122, type: text => ({ value: half(text).replace(/[\s-]+(?=\d)/g, m => (m.includes('-') ? '-' : '')) }) },
    卡: { width: 176, type: code },
    码: { width: 110, type: upper },
}
const SENTENCE = 200 // characters: a title, which is told from others by its middle
const other: Kind = { width: 130, type: plain }
/** How wide a column stands at first: a text of two characters needs less than one of thirty. */
export const widthOf = (field: Field) =>
    typeOf(field) === '文' && field.size ? Math.min(field.size >= SENTENCE ? 240 : 130, Math.max(64, field.size * 15 + 20)) : kindOf(field).width
/** A computed field looks like what it gives. */
export const typeOf = (field: Field) => (field.type === '算' && field.value_type ? field.value_type : field.type)
export const kindOf = (field: Field): Kind => kinds[typeOf(field)] ?? other

const DAY_END = 'T23:59:00+08:00'
const lists = new Set(['多枚', '多引', '图', '附'])

/** 默认 本人 and 此刻: what a form begins with, from whoever fills it in (their record in 干部) and when; 沿用 is asked for. Nothing: undefined. */
export function begun(field: Field, staff: string | undefined, today: string): Value | undefined {
    if (field.default === '本人' && staff) return field.type === '多引' ? [staff] : staff
    if (field.default === '此刻') return field.type === '日' ? today : momentParse(clockText(), today) ?? undefined
    return undefined
}
export const begins = (field: Field) => ['本人', '此刻', '沿用'].includes(field.default ?? '')
/** A plain value as 默认, which a form may begin with. */
export const plainly = (field: Field) => /^("([^"\\]*)"|-?\d+(\.\d+)?|true|false)$/.test(field.default ?? '')
/** Of a new record, left empty, the server takes it from what the other fields say. */
export const derived = (field: Field) => !!field.default && !begins(field) && !plainly(field) && !(field.default === 'today()' && field.type === '日')

/** A moment by which something is to be done (办理限, 截止): it is not now, and a day alone is meant to its end (12月5日前). */
export const term = (field: Field) => field.type === '时' && !!field.whole_day

/** From where no way leads on, the work is done (销号, 归档): what it says is corrected with a reason. */
export const settled = (ledger: Ledger, record: Rec | null) => !!record?.state && ledger.moves.length > 0 && !ledger.moves.some(m => !m.back && m.from === record.state)

export const empty = (value: Value) => value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

export function valueText(field: Field, value: Value, label?: string | string[]): string {
    if (empty(value)) return ''
    if (label !== undefined) return [label].flat().map(title => title || t('（无权查看）')).join('、') // refers to what this post may not read
    const show = kindOf(field).show
    if (typeof value === 'string' && (/[*＊]/.test(value) || lists.has(typeOf(field)))) return value // a masked value is text, whatever its type
    if (show) return show(value as never)
    if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return t('指纹 {x}', { x: value.slice(0, 8).toUpperCase() }) // a digest: two are the same or not
    if (typeof value === 'boolean') return value ? '是' : '否'
    if (typeof value === 'number' && field.computed) return String(value)
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** What stands where a column of another ledger may not be seen. */
const UNSEEN = '无权查看'
/** Where a record stands in its ledger's states: seen, sorted and filtered like a field, moved by its procedure. */
export const STATE = '状态'
export const stateField = (ledger: Ledger): Field[] => (!ledger.states.length || ledger.fields.some(f => f.name === STATE) ? [] : [{
    name: STATE, english: 'state', type: '枚', value_type: '枚', size: 0, choices: ledger.states, open_choices: false, target: '', required: false, unique: false,
    sensitive: false, snapshot: false, indexed: true, computed: true, moving: false, default: null, note: null, section: null,
}])
const valueOf = (field: Field, record: Rec) => (field.name in record.values || field.name !== STATE ? record.values[field.name] : record.state)
export const cellText = (field: Field, record: Rec) => valueOf(field, record) === UNSEEN ? UNSEEN : valueText(field, valueOf(field, record), record.labels?.[field.name])

/** Too short to be broken over lines in a table. */
export const brief = (field: Field, record: Rec) => cellText(field, record).length <= 14

/** The columns that tell something of these records: the first, and those that are neither empty nor covered in all of them. */
export const telling = (fields: Field[], records: Rec[]) =>
    fields.filter((f, i) => i === 0 || !records.length || records.some(r => { const text = cellText(f, r); return text !== '' && text !== '***' }))

/** What was typed, as a value; empty text empties the field. */
export function valueTyped(field: Field, text: string, today: string): Typed {
    if (text.trim() === '') return { value: null }
    const kind = kindOf(field)
    if (!kind.type) return { error: t('此字段不能在这里直接填写，请打开记录修改') }
    const typed = kind.type(text, field, today)
    if ('value' in typed && typeof typed.value === 'string' && field.type === '文' && field.size && [...typed.value].length > field.size)
        return { error: t('最多 {n} 个字', { n: field.size }) }
    return typed
}

/** Whether a person ever fills it in. */
export const fillable = (field: Field) => !field.computed && !['算', '子', '号'].includes(field.type)

export const same = (a: Value, b: Value) => (empty(a) && empty(b)) || JSON.stringify(a) === JSON.stringify(b)

/** Only what differs, with null for what was emptied: the body of a PATCH. */
export function changed(before: Record<string, Value>, after: Record<string, Value>): Record<string, Value> {
    const patch: Record<string, Value> = {}
    for (const name of Object.keys(after)) if (!same(before[name], after[name])) patch[name] = empty(after[name]) ? null : after[name]
    return patch
}

/** Mine, theirs and what both began from, for whoever saves second. */
export interface Clash { field: Field; base: Value; mine: Value; theirs: Value; both: boolean }
export function clashes(fields: Field[], base: Record<string, Value>, mine: Record<string, Value>, theirs: Record<string, Value>): Clash[] {
    return fields.filter(fillable).map(field => {
        const b = base[field.name], m = field.name in mine ? mine[field.name] : b, t = theirs[field.name]
        return { field, base: b, mine: m, theirs: t, both: !same(m, b) && !same(t, b) && !same(m, t) }
    }).filter(c => !same(c.mine, c.theirs))
}

export const bytes = (n: number) => (n < 1024 ? `${n} B` : n < 1 << 20 ? `${Math.round(n / 1024)} KB` : `${(n / (1 << 20)).toFixed(1)} MB`)

/** What is said of a field that must not stay empty. */
export const lacks = (f: Field): string => t(f.type === '图' ? '请加照片：{field}' : f.type === '附' ? '请加附件：{field}' : f.type === '签' ? '“{field}”还没有签' : '请填写{field}', { field: f.name })
