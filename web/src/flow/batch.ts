// One act on many lines of a box: each is still an act of its own, looked at as it stands now, and one that cannot be done says why and stays.
import { empty } from '../lib/values'
import { t } from '../words'
import { command } from '../api'
import { act, caseOf, type Case, type Item } from './cases'

export interface Deed { item: Item; state: 'waits' | 'done' | 'held'; why: string }
/** What is asked of the server; a test gives its own. */
export interface Desk { look: (id: string) => Promise<Case>; act: typeof act }
const desk: Desk = { look: id => caseOf(id, false), act }

/** 同意: not where something must be filled in first, for that is to be read. */
export async function agree(item: Item, opinion: string, by: Desk = desk): Promise<void> {
    const of = await by.look(item.case)
    const visit = of.visits.find(v => v.seats.some(s => s.seat === item.seat && s.state === 'open'))
    const seat = visit?.seats.find(s => s.seat === item.seat)
    if (!visit || !seat) throw new Error(t('已经有人办过了'))
    const may = of.may.find(m => m.act === 'agree' && m.seat === seat.seat)
    if (!may || may.reason) throw new Error(may?.reason || t('现在不用您办。'))
    const lacking = visit.form.filter(f => f.required && empty(of.values.values[f.field])).map(f => f.field)
    if (lacking.length) throw new Error(t('要先填“{fields}”', { fields: lacking.join('、') }))
    await by.act(item.case, { command: command(), act: 'agree', rev: of.rev, seat: seat.seat, seat_rev: seat.rev, opinion })
}
export async function read(item: Item, by: Desk = desk): Promise<void> {
    await by.act(item.case, { command: command(), act: 'copy_read', target: item.copy })
}
/** 催办: everybody who has it now and may be urged. */
export async function urge(item: Item, by: Desk = desk): Promise<void> {
    const of = await by.look(item.case)
    const may = of.may.filter(m => m.act === 'nudge'), open = may.filter(m => !m.reason)
    if (!open.length) throw new Error(may[0]?.reason || t('现在没有可催的人'))
    let rev = of.rev
    for (const m of open) {
        const seat = of.visits.flatMap(v => v.seats).find(s => s.seat === m.seat)
        const body = { command: command(), act: 'nudge', rev, seat: m.seat, seat_rev: seat?.rev ?? -1 }
        rev = (await by.act(item.case, body)).rev
    }
}
/** One after another; each is told as it goes. */
export async function doAll(deeds: Deed[], one: (item: Item) => Promise<void>): Promise<void> {
    for (const deed of deeds) {
        if (deed.state === 'done') continue
        try {
            await one(deed.item)
            deed.state = 'done'
            deed.why = ''
        } catch (error) {
            deed.state = 'held'
            deed.why = error instanceof Error ? error.message : String(error)
        }
    }
}
