// A household as its papers show it: who belongs to it in the order of the register, and what in it does not add up.
import type { Rec, Values } from '../api'

const RELATIONS = ['户主', '配偶', '子', '女', '儿媳女婿', '孙', '父母', '祖父母', '兄弟姐妹', '其他']

export const text = (v: Values, name: string) => (typeof v[name] === 'string' ? (v[name] as string) : '')
const number = (v: Values, name: string) => (typeof v[name] === 'number' ? (v[name] as number) : null)

/** The head first, then by relation, then the oldest. */
export function inOrder(members: Rec[]): Rec[] {
    const rank = (r: Rec) => { const i = RELATIONS.indexOf(text(r.values, '与户主关系')); return i < 0 ? RELATIONS.length : i }
    return [...members].sort((a, b) => rank(a) - rank(b) || text(a.values, '出生日期').localeCompare(text(b.values, '出生日期')))
}

export const gone = (member: Rec) => member.withdrawn || ['死亡', '迁出'].includes(text(member.values, '居住状态'))

/** A status tag counts on a day when it has begun and not ended. */
export const inForce = (tag: Rec, today: string) => !tag.withdrawn && text(tag.values, '起') <= today && (!tag.values['止'] || text(tag.values, '止') >= today)

export interface Doubt { words: string; with?: Record<string, string | number>; ledger: string; id: string }

/** What wants a look. Each names the record to open; whether it is wrong, people decide. */
export function doubts(home: Rec, members: Rec[], tags: Rec[], dwellings: Rec[], today: string): Doubt[] {
    const list: Doubt[] = []
    const here = members.filter(m => !gone(m)), heads = members.filter(m => text(m.values, '与户主关系') === '户主' && !gone(m))
    const head = text(home.values, '户主')
    const say = (words: string, of: { ledger: string; id: string }, with_?: Doubt['with']) => list.push({ words, with: with_, ...of })
    const self = { ledger: '户', id: home.id }
    if (!members.length) say('名下没有登记任何人', self)
    else if (!here.length) say('成员都已死亡或迁出，户还在册', self)
    if (members.length && !heads.length && here.length) say('成员里没有人是“户主”', self)
    if (heads.length > 1) say('有 {n} 个人都是“户主”', self, { n: heads.length })
    const dead = members.find(m => m.id === head && gone(m))
    if (dead) say('户主“{name}”已{state}，需要变更户主', self, { name: dead.title, state: text(dead.values, '居住状态') || '作废' })
    else if (head && members.length && !members.some(m => m.id === head)) say('登记的户主不在成员里', self)
    if (!head && members.length) say('没有登记户主', self)
    for (const m of here) {
        const of = { ledger: '人', id: m.id }
        if (!text(m.values, '证件号') && text(m.values, '证件类型') !== '无证') say('“{name}”没有证件号', of, { name: m.title })
        if (m.values['死亡日期']) say('“{name}”登记了死亡日期，居住状态仍是“{state}”', of, { name: m.title, state: text(m.values, '居住状态') })
    }
    if (here.length && !text(home.values, '联系电话') && !here.some(m => text(m.values, '手机'))) say('全户没有一个电话', self)
    for (const tag of tags.filter(x => inForce(x, today))) {
        const due = text(tag.values, '下次复核日')
        if (due && due < today) say('“{tag}”应在 {day} 前复核，已过期', { ledger: '标签', id: tag.id }, { tag: text(tag.values, '标签'), day: due })
    }
    for (const d of dwellings) {
        const grade = text(d.values, '现鉴定等级')
        if (grade === 'C' || grade === 'D') say('房屋“{name}”鉴定为 {grade} 级', { ledger: '房屋', id: d.id }, { name: d.title, grade })
    }
    const residents = number(home.values, '常住人口')
    if (residents !== null && members.length && residents > here.length) say('常住人口 {n} 比在册成员 {m} 还多', self, { n: residents, m: here.length })
    return list
}

/** A line of a household's time: what was done to it or to one of its people. */
export interface Moment<C> { of: string; ledger: string; id: string; change: C }
export function inTime<C extends { at: string }>(moments: Moment<C>[]): Moment<C>[] {
    return [...moments].sort((a, b) => b.change.at.localeCompare(a.change.at))
}
