import { expect, test } from 'vitest'
import { filledSheets, passages, periodNow, periods, textOf } from './report'

test('the periods offered are this year, three halves back and last year', () => {
    expect(periods('2021-12-03').map(p => `${p.from}/${p.to}`)).toEqual(['2021-01-01/2021-12-31', '2021-07-01/2021-12-31', '2021-01-01/2021-06-30', '2020-07-01/2020-12-31', '2020-01-01/2020-12-31'])
    expect(periods('2021-06-30')[1]).toMatchObject({ from: '2021-01-01', to: '2021-06-30' })
})
test('in January and July the half that has just ended is what one writes about, else this year', () => {
    expect(periodNow('2022-01-04')).toEqual({ from: '2021-07-01', to: '2021-12-31' })
    expect(periodNow('2022-07-31')).toEqual({ from: '2022-01-01', to: '2022-06-30' })
    expect(periodNow('2022-08-01')).toEqual({ from: '2022-07-01', to: '2022-12-31' })
    expect(periodNow('2026-11-26')).toEqual({ from: '2026-07-01', to: '2026-12-31' })
    expect(periodNow('2022-02-01')).toEqual({ from: '2022-01-01', to: '2022-06-30' })
})
test('paragraphs of one passage of the author are one text, and figures around it stay apart', () => {
    const run = (text: string, part: string) => ({ text, figure: null, prose: !!part, part })
    const list = passages([{ runs: [run('甲', '')] }, { runs: [run('一', '心得')] }, { runs: [run('二', '心得')] }, { table: [['户']] }, { runs: [run('三', '计划')] }])
    expect(list.map(p => p.part)).toEqual(['', '心得', '', '计划'])
    expect(textOf(list[1])).toBe('一\n二')
})

test('what was filled into a workbook is shown by sheet, row and column', () => {
    const at = (place: string) => ({ place, runs: [] })
    const sheets = filledSheets([at('一!A1'), at('一!AA2'), at('一!B2'), at('二 !!A1'), { runs: [] }])
    expect(sheets.map(s => [s.sheet, s.columns, s.rows.map(r => r.row)])).toEqual([['一', ['A', 'B', 'AA'], [1, 2]], ['二 !', ['A'], [1]]])
})
