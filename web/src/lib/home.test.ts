import { describe, expect, test } from 'vitest'
import type { Rec, Values } from '../api'
import { doubts, gone, inForce, inOrder, inTime } from './home'

const rec = (id: string, values: Values, more: Partial<Rec> = {}): Rec => ({
    id, version: 1, state: null, withdrawn: false, added: '', changed: '', title: id, values, labels: {}, masked: [], ...more,
})
const TODAY = '2021-12-03'
const head = rec('巴图', { 与户主关系: '户主', 证件号: '1', 手机: '1', 出生日期: '1960-01-01', 居住状态: '常住' })
const wife = rec('其其格', { 与户主关系: '配偶', 证件号: '2', 出生日期: '1962-01-01', 居住状态: '常住' })
const son = rec('乌恩', { 与户主关系: '子', 证件号: '3', 出生日期: '1990-01-01', 居住状态: '常住' })
const home = rec('h', { 户主: '巴图', 常住人口: 2 })
const words = (...a: Parameters<typeof doubts>) => doubts(...a).map(d => d.words)

describe('a household', () => {
    test('members stand in the order of the register', () => {
        expect(inOrder([son, wife, rec('乌兰', { 与户主关系: '子', 出生日期: '1985-01-01' }), head]).map(m => m.id)).toEqual(['巴图', '其其格', '乌兰', '乌恩'])
    })
    test('one that adds up gives no doubts', () => expect(doubts(home, [head, wife, son], [], [], TODAY)).toEqual([]))
    test('a head who died, is missing or is not alone is pointed out, with the record to open', () => {
        const dead = rec('巴图', { ...head.values, 居住状态: '死亡' })
        const list = doubts(home, [dead, wife, son], [], [], TODAY)
        expect(list.find(d => d.words.includes('需要变更户主'))).toMatchObject({ ledger: '户', id: 'h', with: { name: '巴图', state: '死亡' } })
        expect(words(home, [head, rec('x', { ...head.values })], [], [], TODAY)).toContain('有 {n} 个人都是“户主”')
        expect(words(home, [wife, son], [], [], TODAY)).toContain('登记的户主不在成员里')
        expect(words(rec('h', {}), [head], [], [], TODAY)).toContain('没有登记户主')
        expect(words(home, [], [], [], TODAY)).toEqual(['名下没有登记任何人'])
    })
    test('missing numbers, missing telephones and dates of death that contradict are pointed out', () => {
        expect(words(home, [head, rec('无', { 与户主关系: '子' })], [], [], TODAY)).toContain('“{name}”没有证件号')
        expect(words(home, [rec('巴图', { ...head.values, 手机: null })], [], [], TODAY)).toContain('全户没有一个电话')
        expect(words(home, [head, rec('母', { 与户主关系: '父母', 证件号: '4', 死亡日期: '2020-01-01', 居住状态: '常住' })], [], [], TODAY)).toContain('“{name}”登记了死亡日期，居住状态仍是“{state}”')
    })
    test('a tag past its review and a dwelling graded C or D want a look; ended tags do not', () => {
        const tag = (more: Values) => rec('t', { 标签: '农村低保户', 起: '2020-01-01', 下次复核日: '2021-01-01', ...more })
        expect(words(rec('h', { 户主: '巴图' }), [head], [tag({})], [], TODAY)).toEqual(['“{tag}”应在 {day} 前复核，已过期'])
        expect(words(home, [head], [], [], TODAY)).toEqual(['常住人口 {n} 比在册成员 {m} 还多'])
        expect(words(rec('h', { 户主: '巴图' }), [head], [tag({ 止: '2020-12-31' })], [], TODAY)).toEqual([])
        expect(words(rec('h', { 户主: '巴图' }), [head], [], [rec('d', { 现鉴定等级: 'D' })], TODAY)).toEqual(['房屋“{name}”鉴定为 {grade} 级'])
    })
    test('a tag counts from its first to its last day', () => {
        const tag = rec('t', { 起: '2021-01-01', 止: '2021-12-03' })
        expect(['2020-12-31', '2021-01-01', '2021-12-03', '2021-12-04'].map(day => inForce(tag, day))).toEqual([false, true, true, false])
        expect(gone(rec('x', { 居住状态: '迁出' }))).toBe(true)
    })
    test('its history and its members\' are one line of time, newest first', () => {
        const of = (id: string, at: string) => ({ of: id, ledger: '人', id, change: { at } })
        expect(inTime([of('a', '2021-01-01'), of('b', '2021-03-01'), of('c', '2021-02-01')]).map(m => m.id)).toEqual(['b', 'c', 'a'])
    })
})
