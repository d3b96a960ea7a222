import { describe, expect, test } from 'vitest'
import type { Field, Ledger } from '../api'
import { blockOf, cellsParse, cellsText, pasteInto } from './cells'
import { ago, dayAdd, dayParse, momentParse, momentText, monthAdd, monthDays, monthParse } from './day'
import { both, complete, filterCondition, mistakeAt } from './feel'
import { capital, differ, half, hashGroups, quote, thousands } from './text'
import { changed, clashes, fillable, valueText, valueTyped } from './values'

const TODAY = '2021-12-03'
const field = (type: string, more: Partial<Field> = {}): Field => ({
    name: '甲', english: 'a', type, value_type: type, size: 0, choices: [], open_choices: false, target: '', required: false, unique: false, sensitive: false,
    snapshot: false, indexed: false, computed: type === '算', moving: false, default: '', note: '', section: '', ...more,
})

describe('days', () => {
    test('a day may be typed in every shape that offices use', () => {
        for (const typed of ['2021-12-03', '2021.12.3', '2021/12/3', '2021年12月3日', '20211203', '1203', '12.3', '12-3', '今', '今天', '２０２１－１２－０３', '21.12.3'])
            expect([typed, dayParse(typed, TODAY)]).toEqual([typed, TODAY])
        expect(dayParse('+3', TODAY)).toBe('2021-12-06')
        expect(dayParse('-3', TODAY)).toBe('2021-11-30')
        expect(dayParse('明天', TODAY)).toBe('2021-12-04')
    })
    test('what is no day is refused, never guessed', () => {
        for (const typed of ['2021-02-29', '2021-13-01', '1332', '甲', '', '2021', '32', '2021-12-03-04']) expect([typed, dayParse(typed, TODAY)]).toEqual([typed, null])
        expect(dayParse('2020-02-29', TODAY)).toBe('2020-02-29')
    })
    test('adding days and months crosses years and leap days', () => {
        expect(dayAdd('2021-12-31', 1)).toBe('2022-01-01')
        expect(dayAdd('2020-02-28', 1)).toBe('2020-02-29')
        expect(monthAdd('2021-12', 1)).toBe('2022-01')
        expect(monthAdd('2021-01', -13)).toBe('2019-12')
    })
    test('months and moments are read and shown in the town\'s clock', () => {
        expect(monthParse('2021年2月', TODAY)).toBe('2021-02')
        expect(monthParse('2月', TODAY)).toBe('2021-02')
        expect(monthParse('202113', TODAY)).toBeNull()
        expect(momentParse('9:30', TODAY)).toBe('2021-12-03T09:30:00+08:00')
        expect(momentParse('12.1 18时', TODAY)).toBe('2021-12-01T18:00:00+08:00')
        expect(momentParse('25:00', TODAY)).toBeNull()
        expect(momentText('2021-12-03T01:30:00Z')).toBe('2021-12-03 09:30')
        expect(momentText('2021-12-03T09:30:00.000+08:00')).toBe('2021-12-03 09:30')
    })
    test('how long ago is said for a day, then the date', () => {
        const now = Date.parse('2021-12-03T12:00:00+08:00')
        expect(ago('2021-12-03T11:59:30+08:00', now)).toBe('刚刚')
        expect(ago('2021-12-03T11:15:00+08:00', now)).toBe('45 分钟前')
        expect(ago('2021-12-03T02:00:00+08:00', now)).toBe('10 小时前')
        expect(ago('2021-12-01T02:00:00+08:00', now)).toBe('2021-12-01 02:00')
    })
    test('a month is shown as six weeks from Monday', () => {
        const days = monthDays('2021-12')
        expect(days).toHaveLength(42)
        expect(days[0]).toBe('2021-11-29')
        expect(days).toContain('2021-12-31')
    })
})

describe('text', () => {
    test('full-width digits and spaces become plain', () => expect(half('１５２２２３　ＡＢ－１')).toBe('152223 AB-1'))
    test('a difference shows only what differs', () => {
        expect(differ('15847001234', '15847005234')).toEqual({ head: '1584700', was: '1', now: '5', tail: '234' })
        expect(differ('甲', '甲')).toEqual({ head: '甲', was: '', now: '', tail: '' })
        expect(differ('aa', 'aaa')).toEqual({ head: 'aa', was: '', now: 'a', tail: '' })
    })
    test('amounts are grouped and spelled as receipts do', () => {
        expect(thousands('1234567.50')).toBe('1,234,567.50')
        expect(thousands(-1234)).toBe('-1,234')
        for (const [n, words] of [['0', '零元整'], ['1200.50', '壹仟贰佰元伍角整'], ['1005', '壹仟零伍元整'], ['100000', '壹拾万元整'], ['10010001', '壹仟零壹万零壹元整'],
            ['0.05', '伍分'], ['3.05', '叁元零伍分'], ['-20', '负贰拾元整'], ['120000000', '壹亿贰仟万元整'], ['1000500', '壹佰万零伍佰元整']])
            expect([n, capital(n)]).toEqual([n, words])
        expect(capital('x')).toBe('')
    })
    test('a fingerprint is written in groups of four', () => expect(hashGroups('0123456789')).toBe('0123 4567 89'))
})

describe('cells', () => {
    test('a block from a spreadsheet comes in and goes out unchanged', () => {
        const cells = [['张三', '有\t格'], ['他说"好"', '两\n行'], ['', '末']]
        expect(cellsParse(cellsText(cells))).toEqual(cells)
        expect(cellsParse('a\tb\r\nc\td\r\n')).toEqual([['a', 'b'], ['c', 'd']])
        expect(cellsParse('')).toEqual([])
    })
    test('one copied cell fills the selection; a block is laid out from its corner and cut at the edge', () => {
        const block = blockOf({ row: 3, column: 1 }, { row: 2, column: 1 })
        expect(pasteInto(block, [['x']], 10, 5)).toEqual([{ row: 2, column: 1, text: 'x' }, { row: 3, column: 1, text: 'x' }])
        expect(pasteInto(block, [['a', 'b', 'c'], ['d']], 3, 3)).toEqual([{ row: 2, column: 1, text: 'a' }, { row: 2, column: 2, text: 'b' }])
    })
})

describe('filters', () => {
    const said = (type: string, typed: string, more: Partial<Field> = {}) => filterCondition(field(type, more), typed, TODAY)
    test('numbers: equal, compared, between; also of computed fields', () => {
        expect(said('整', '60')).toBe('甲 = 60')
        expect(said('整', '≥６０')).toBe('甲 >= 60')
        expect(said('整', '18..59')).toBe('甲 in [18..59]')
        expect(said('元', '>1,200')).toBe('甲 > 1200')
        expect(said('率', '25%')).toBe('甲 = 0.25')
        expect(said('算', '>=80', { value_type: '整' })).toBe('甲 >= 80')
        expect(said('整', '老')).toBeNull()
    })
    test('days: one, a month, a year, between', () => {
        expect(said('日', '12.3')).toBe('甲 = date("2021-12-03")')
        expect(said('日', '2021-12')).toBe('甲 >= date("2021-12-01") and 甲 <= date("2021-12-31")')
        expect(said('日', '2021')).toBe('甲 >= date("2021-01-01") and 甲 <= date("2021-12-31")')
        expect(said('日', '2020至2021-02')).toBe('甲 >= date("2020-01-01") and 甲 <= date("2021-02-28")')
        expect(said('日', '>=2021')).toBe('甲 >= date("2021-01-01")')
        expect(said('时', '2021-12-03')).toBe('甲 >= date and time("2021-12-03T00:00:00+08:00") and 甲 <= date and time("2021-12-03T23:59:59+08:00")')
        expect(said('月', '2021-12')).toBe('甲 = "2021-12"')
        expect(said('日', '昨儿')).toBeNull()
    })
    test('choices, yes and no, nothing filled in, text', () => {
        expect(said('枚', '常住')).toBe('甲 = "常住"')
        expect(said('枚', '常住|迁出')).toBe('甲 in ("常住", "迁出")')
        expect(said('否', '是')).toBe('甲 = true')
        expect(said('文', '空')).toBe('甲 = null')
        expect(said('文', '非空')).toBe('甲 != null')
        expect(said('文', '巴图')).toBe('contains(甲, "巴图")')
        expect(said('文', '=巴图')).toBe('甲 = "巴图"')
        expect(said('文', '')).toBe('')
    })
    test('quotes and backslashes typed by a person never leave their literal', () => {
        expect(quote('a"b\\')).toBe('"a\\"b\\\\"')
        expect(said('文', '" or true or "')).toBe('contains(甲, "\\" or true or \\"")')
    })
    test('conditions are joined, an "or" keeps its brackets', () => {
        expect(both('a = 1 or b = 2', 'c = 3', '')).toBe('(a = 1 or b = 2) and c = 3')
        expect(both('', '')).toBe('')
    })
    test('the place of a mistake is found in the text, counting characters and lines', () => {
        expect(mistakeAt('年龄 >> 60', '第5字')).toBe(4)
        expect(mistakeAt('年龄 > 60\nand 𠮷 =', '第2行第7字')).toBe(14)
        expect(mistakeAt('年龄', '条件')).toBeNull()
    })
})

describe('completing a condition', () => {
    const ledger = { fields: [field('整', { name: '年龄' }), field('枚', { name: '居住状态', choices: ['常住', '迁出'] }), field('否', { name: '班子成员' })] } as unknown as Ledger
    const help = { functions: [{ name: 'contains', chinese: '含有', signature: 'contains(text, part)', example: '', result: '' }], operators: [] }
    const offers = (text: string) => complete(text, text.length, ledger, help).offers.map(o => o.text)
    test('fields by any of their characters, choices after a comparison, joiners after a value', () => {
        expect(offers('龄')).toEqual(['年龄'])
        expect(offers('居住状态 = ')).toEqual(['"常住"', '"迁出"'])
        expect(offers('居住状态 = "常')).toEqual(['"常住"'])
        expect(offers('班子成员 = ')).toEqual(['true', 'false'])
        expect(offers('年龄 >= 60 a')).toContain('and')
        expect(offers('含')).toEqual(['contains()'])
    })
    test('a field without an English name is offered as any other', () => {
        const nameless = { fields: [field('文', { name: '备注', english: null })] } as unknown as Ledger
        expect(complete('备', 1, nameless, help).offers.map(o => o.text)).toEqual(['备注'])
    })
    test('after a reference and a point come the fields of what it refers to, as far as that is known, with their choices', () => {
        const groups = { name: '村组', fields: [field('文', { name: '名称' }), field('枚', { name: '类型', choices: ['嘎查', '村'] })] } as unknown as Ledger
        const homes = { name: '户', fields: [field('文', { name: '住址' }), field('引', { name: '村组', target: '村组' })] } as unknown as Ledger
        const people = { fields: [field('引', { name: '户', target: '户' }), field('文', { name: '姓名' })] } as unknown as Ledger
        const after = (text: string, known: Ledger[]) => complete(text, text.length, people, help, name => known.find(l => l.name === name)).offers.map(o => o.text)
        expect(after('户.', [homes])).toEqual(['住址', '村组'])
        expect(after('姓名 != null and 户.村组.名', [homes, groups])).toEqual(['名称'])
        expect(after('户.村组.类型 = ', [homes, groups])).toEqual(['"嘎查"', '"村"'])
        expect(after('户.村组.类型 in ("村", "嘎', [homes, groups])).toEqual(['"嘎查"'])
        expect(after('户.村组.', [homes])).toEqual([])
        expect(after('姓名.', [homes])).toEqual([])
    })
    test('inside of a literal that belongs to no field nothing is offered', () => expect(offers('年龄 = "')).toEqual([]))
})

describe('values', () => {
    test('typed text becomes a value by the field\'s type, or says what to type', () => {
        const typed = (type: string, text: string, more: Partial<Field> = {}) => valueTyped(field(type, more), text, TODAY)
        expect(typed('元', '¥1,200.5')).toEqual({ value: 1200.5 })
        expect(typed('元', '1.234')).toEqual({ error: '最多 2 位小数' })
        expect(typed('整', '１２')).toEqual({ value: 12 })
        expect(typed('率', '12.5%')).toEqual({ value: 0.125 })
        expect(typed('否', '√')).toEqual({ value: true })
        expect(typed('枚', '常住', { choices: ['常住'] })).toEqual({ value: '常住' })
        expect(typed('枚', '住', { choices: ['常住'] })).toHaveProperty('error')
        expect(typed('枚', '住', { choices: ['常住'], open_choices: true })).toEqual({ value: '住' })
        expect(typed('证', ' 15222319910101123x')).toEqual({ value: '15222319910101123X' })
        expect(typed('电', '0482-123 4567')).toEqual({ value: '0482-1234567' })
        expect(typed('文', '一二三', { size: 2 })).toEqual({ error: '最多 2 个字' })
        expect(typed('整', '  ')).toEqual({ value: null })
        expect(typed('时', '12.5')).toEqual({ value: '2021-12-05T00:00:00+08:00' })
        expect(typed('时', '12.5', { whole_day: true })).toEqual({ value: '2021-12-05T23:59:00+08:00' }) // by the 5th is to its end
        expect(typed('时', '12.5 15:00', { whole_day: true })).toEqual({ value: '2021-12-05T15:00:00+08:00' })
        expect(typed('坐', '109.1, 40.2')).toEqual({ value: { 经度: 109.1, 纬度: 40.2 } })
    })
    test('values are shown as people write them; masked ones as they come', () => {
        expect(valueText(field('元'), 1234.5)).toBe('1,234.50')
        expect(valueText(field('率'), 0.125)).toBe('12.5%')
        expect(valueText(field('否'), false)).toBe('否')
        expect(valueText(field('多枚'), ['口粮', '饮水'])).toBe('口粮、饮水')
        expect(valueText(field('引'), 'id', '张三')).toBe('张三')
        expect(valueText(field('元'), '***')).toBe('***')
        expect(valueText(field('多枚'), '口粮')).toBe('口粮')
        expect(valueText(field('算', { value_type: '日' }), '1991-02-03')).toBe('1991-02-03')
    })
    test('nobody fills in what the system works out', () => {
        expect([field('算'), field('子'), field('号'), field('文')].map(fillable)).toEqual([false, false, false, true])
    })
    test('a change holds only what differs; emptied means null', () => {
        expect(changed({ a: 1, b: 'x', c: null }, { a: 1, b: '', c: '' })).toEqual({ b: null })
        expect(changed({ a: [1] }, { a: [1, 2] })).toEqual({ a: [1, 2] })
    })
    test('two people\'s changes are set side by side, and what both touched is marked', () => {
        const fields = [field('文', { name: 'a' }), field('文', { name: 'b' }), field('算', { name: 'c' })]
        const list = clashes(fields, { a: '1', b: '1', c: 1 }, { a: '2' }, { a: '3', b: '2', c: 2 })
        expect(list.map(c => [c.field.name, c.mine, c.theirs, c.both])).toEqual([['a', '2', '3', true], ['b', '1', '2', false]])
    })
})

