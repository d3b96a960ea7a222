import { describe, expect, test } from 'vitest'
import { cellFeel, cellSaid, cellWords, cellsWrong, caseNamed, exampleWords, knobs, plainCell, rulesNamed, stepOf, turned, wordsOf, type Rule } from './policy'

const rules: Rule[] = [
    { from: 0, cells: ['>= 60', '"低保户1类"', '人数2 * 300', '第60条'] },
    { from: 1, cells: ['< 60', '-', '人数2 * 150 + 0', '第61条'] },
]

describe('policy', () => {
    test('full-width signs become plain ones, quoted words stay as they were typed', () => {
        expect(plainCell('≥６０')).toBe('>=60')
        expect(plainCell('“甲，乙”，＂丙＂')).toBe('"甲，乙","丙"')
        expect(plainCell(' [60..80) ')).toBe('[60..80)')
        expect(plainCell('not（“低保户”）')).toBe('not("低保户")')
    })
    test('both sides of a threshold are one number; names, quoted words and notes hold none', () => {
        const found = knobs(rules, 3)
        expect(found.map(k => [k.column, k.value, k.places.length])).toEqual([[0, 60, 2], [2, 150, 1], [2, 300, 1]])
    })
    test('moving a number moves it wherever it stands, and nothing else', () => {
        const found = knobs(rules, 3), moved = turned(rules, found, [65, 150, 1000])
        expect(moved.map(r => r.cells)).toEqual([['>= 65', '"低保户1类"', '人数2 * 1000', '第60条'], ['< 65', '-', '人数2 * 150 + 0', '第61条']])
        expect(rules[0].cells[0]).toBe('>= 60')
    })
    test('a number moves by the step a person would take', () => expect([60, 300, 4800, 0.5].map(stepOf)).toEqual([1, 10, 100, 0.1]))
    test('the words of a column come from the model, else from the ledger', () => {
        const column = { name: '', label: '', type: 'string', allowed: '"甲","乙"', choices: ['丙'] }
        expect(wordsOf(column)).toEqual(['"甲"', '"乙"'])
        expect(wordsOf({ ...column, allowed: '' })).toEqual(['"丙"'])
        expect(wordsOf({ ...column, type: 'boolean' })).toEqual(['true', 'false'])
    })
    test('true, false and null are read and written by their words, and every cell comes back as it was', () => {
        const cells: [string, string | undefined, string][] = [
            ['true', 'boolean', '是'], ['not(false)', 'boolean', 'not(否)'], ['true,null', 'boolean', '是,空'], ['-', 'boolean', '-'], ['null', 'string', '空'],
            ['"是"', 'boolean', '"是"'], ['是否 = true', 'boolean', '是否 = 是'], ['"null"', 'string', '"null"'], ['true', 'string', 'true'], ['if 空 = null then 1 else 0', 'number', 'if 空 = null then 1 else 0'],
        ]
        for (const [feel, type, words] of cells) {
            expect(cellWords(feel, type)).toBe(words)
            expect(words === feel || cellFeel(words, type) === feel).toBe(true)
        }
        expect(cellFeel('否', 'string')).toBe('否') // a choice that lacks its quotes: the check says so
        expect(cellFeel('任意', 'boolean')).toBe('-')
        expect(exampleWords('已申报 = true，类别 = "null"，金额 = null')).toBe('已申报 = 是，类别 = "null"，金额 = 空')
    })
    test('a cell is said as one says it to whom it concerns; what cannot be said so stays as it is in the table', () => {
        const cells: [string, string | undefined, string][] = [
            ['true', 'boolean', '是'], ['false', 'boolean', '否'], ['"低保户"', 'string', '低保户'], ['"无","其他"', 'string', '无或其他'], ['"甲", "乙","丙"', 'string', '甲、乙或丙'], ['>= 60', 'number', '60以上'],
            ['< 0.5', 'number', '不到0.5'], ['[16..60]', 'number', '16至60'], ['null', 'string', '空'], ['not("甲","乙")', 'string', 'not("甲","乙")'], ['> 家庭人口', 'number', '> 家庭人口'], ['"a, b"', 'string', 'a, b'],
        ]
        for (const [feel, type, words] of cells) expect(cellSaid(feel, type)).toBe(words)
    })
    test('a trouble is shown where it is', () => {
        const trouble = { where: '第4行', text: '用例不符', example: '', blocks: true, case: true, rule: 0, column: 0 }
        expect(caseNamed(trouble)).toBe(3)
        expect(rulesNamed({ ...trouble, case: false, text: '第2条规则与第11条规则重叠' })).toEqual([1, 10])
    })
    test('what is the matter with a cell stands beside the cell, without saying again which it is', () => {
        const trouble = { where: '', example: '', blocks: true, case: false, rule: 3, column: 2, text: '第3条规则「家庭类型」一格：没有「低保户」这一项，若是文字请加引号："低保户"' }
        expect([...cellsWrong([trouble, { ...trouble, rule: 0, column: 0 }, { ...trouble, column: 4, blocks: false }])]).toEqual([['2:1', '没有「低保户」这一项，若是文字请加引号："低保户"']])
    })
})
