import { expect, test } from 'vitest'
import type { Ledger, Relation } from '../api'
import { partOf } from './relation'

test('what a record is made of stands there once, by the field that comes first; another link to it does not stand there empty', () => {
    const run = { fields: [{ name: '明细', type: '子', target: '发放明细' }] } as Ledger
    const all: Relation[] = [['发放明细', '批', 212], ['发放明细', '补发批', 0], ['回单异常', '批', 1]].map(([ledger, field, count]) => ({ ledger, english: '', field, count }) as Relation)
    expect(all.map((_, i) => partOf(run, all, i))).toEqual([true, false, false])
})
