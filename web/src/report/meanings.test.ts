import { expect, test } from 'vitest'
import type { Ledger } from '../api'
import { meaningsLike, meaningsOf } from './meanings'

const field = (name: string, type = '文20', target = '') => ({ name, type, target })
const ledgers: Record<string, unknown> = {
    人: { name: '人', fields: [field('姓名'), field('照片', '图1'), field('户', '引→户', '户'), field('档案', '引→档案', '档案')] },
    户: { name: '户', fields: [field('住址'), field('户主', '引→人', '人'), field('成员', '子→人', '人')] },
}
const read = (name: string) => (ledgers[name] ? Promise.resolve(ledgers[name] as Ledger) : Promise.reject(new Error('403')))

test('a column can be filled from the ledger, from what it refers to and from what that refers to; what may not be read, and files, are left out', async () => {
    expect(await meaningsOf(ledgers.人 as Ledger, read)).toEqual([
        { of: '', fields: ['姓名', '户', '档案'] }, { of: '户', fields: ['户.住址', '户.户主'] }, { of: '户.户主', fields: ['户.户主.姓名', '户.户主.户', '户.户主.档案'] }])
})
test('a column of a duty table can be filled with who is on a post', async () => {
    const roster = { name: '值班表', spread: '岗', fields: [{ ...field('岗', '枚'), choices: ['带班领导', '司机'] }, field('电话', '电')] }
    expect(await meaningsOf(roster as unknown as Ledger, read)).toEqual([{ of: '', fields: ['岗：带班领导', '岗：司机', '岗', '电话'] }])
})
test('what is two references away is shown when words are typed, and every word must be met', async () => {
    const all = await meaningsOf(ledgers.人 as Ledger, read)
    expect(meaningsLike(all, '').map(g => g.of)).toEqual(['', '户'])
    expect(meaningsLike(all, '户主 姓名')).toEqual([{ of: '户.户主', fields: ['户.户主.姓名'] }])
    expect(meaningsLike(all, '户.住')).toEqual([{ of: '户', fields: ['户.住址'] }])
    expect(meaningsLike(all, '没有')).toEqual([])
})
