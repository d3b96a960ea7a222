import { expect, test } from 'vitest'
import { agree, doAll, urge, type Deed, type Desk } from './batch'
import { yesOf, type Act, type Case, type Item } from './cases'

const item = (n: number): Item => ({ case: String(n), seat: 1, title: `第${n}件` }) as Item
const paper = (over: object = {}) => ({
    rev: 7, values: { values: {} }, may: [{ act: 'agree', seat: 1, reason: '' }, { act: 'nudge', seat: 1, reason: '' }, { act: 'nudge', seat: 2, reason: '' }],
    visits: [{ form: [], seats: [{ seat: 1, rev: 3, state: 'open' }, { seat: 2, rev: 4, state: 'open' }] }], ...over,
}) as unknown as Case
function deskOf(of: Case) {
    const sent: Act[] = []
    const by: Desk = { look: async () => of, act: (async (_: string, body: Act) => { sent.push(body); return { rev: (body.rev ?? 0) + 1 } }) as Desk['act'] }
    return { by, sent }
}

test('many tasks are agreed to one by one, each on the version that was just looked at', async () => {
    const { by, sent } = deskOf(paper())
    const deeds: Deed[] = [1, 2].map(n => ({ item: item(n), state: 'waits', why: '' }))
    await doAll(deeds, i => agree(i, '同意', by))
    expect(deeds.map(d => d.state)).toEqual(['done', 'done'])
    expect(sent.map(a => [a.act, a.rev, a.seat, a.seat_rev, a.opinion])).toEqual([['agree', 7, 1, 3, '同意'], ['agree', 7, 1, 3, '同意']])
})

test('a task whose step must be filled in, or that somebody else has done, is not agreed to in passing and says why', async () => {
    const asks = deskOf(paper({ visits: [{ form: [{ field: '整改措施', required: true }], seats: [{ seat: 1, rev: 3, state: 'open' }] }] }))
    const gone = deskOf(paper({ visits: [{ form: [], seats: [{ seat: 1, rev: 3, state: 'agreed' }] }] }))
    const deeds: Deed[] = [{ item: item(1), state: 'waits', why: '' }]
    await doAll(deeds, i => agree(i, '同意', asks.by))
    expect(deeds[0]).toMatchObject({ state: 'held', why: '要先填“整改措施”' })
    await doAll(deeds, i => agree(i, '同意', gone.by))
    expect(deeds[0]).toMatchObject({ state: 'held', why: '已经有人办过了' })
    expect([...asks.sent, ...gone.sent]).toEqual([])
})

test('urging a case urges everybody who has it, each on the version that the last urging left', async () => {
    const { by, sent } = deskOf(paper())
    await urge(item(1), by)
    expect(sent.map(a => [a.seat, a.rev])).toEqual([[1, 7], [2, 8]])
})

test('yes is called by the word of the flow where all that are ticked share it, else 同意', () => {
    const of = (...words: (string | undefined)[]) => yesOf(words.map(yes => ({ yes }) as Item))
    expect([of('通过', '通过'), of('通过', '付印'), of('通过', ''), of(undefined), of()]).toEqual(['通过', '同意', '同意', '同意', '同意'])
})
