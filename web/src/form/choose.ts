// The records a reference may point to, and the words of a choice, for pickers in forms and cells.
import { empty } from '../lib/values'
import { get, ledgerOf, ledgerPath, query, type Field, type Page, type Value } from '../api'

export interface Choice { value: Value; label: string; note?: string; top?: boolean } // top: all others stand below it (the town among its villages)

/** More than these nobody reads through: something is typed. Of which several are taken, all villages of a town stand there. */
export const FEW = 20, MANY = 60
const page = (ledger: string, asked: Record<string, string | number>, limit = FEW) => get<Page>(`${ledgerPath(ledger)}/records${query({ ...asked, limit })}`)

/** A household is called by its head, so it is looked for by the head's name: records that the title names through a reference. */
async function throughTitle(ledger: string, find: string): Promise<Page['items']> {
    const def = await ledgerOf(ledger)
    const found = await Promise.all(def.fields.filter(f => f.type === '引' && def.title.includes(`${f.name}.`)).map(async f => {
        const named = (await page(f.target, { find })).items
        return named.length ? (await page(ledger, { where: `${f.name} in (${named.map(r => `"${r.id}"`).join(', ')})` })).items : []
    }))
    return found.flat()
}

export async function recordsLike(ledger: string, find: string, limit = FEW): Promise<Choice[]> {
    let items = (await page(ledger, { find }, limit)).items
    if (!items.length && find.trim()) items = await throughTitle(ledger, find).catch(() => []) // who may not read there finds nothing there
    const above = (await ledgerOf(ledger)).fields.find(f => f.type === '引' && f.target === ledger)?.name
    return items.map(r => ({ value: r.id, label: r.title || r.id, note: r.state ?? '', top: !!above && items.some(x => x.values[above] === r.id) && empty(r.values[above]) }))
}
/** Those that are taken when all are: the town is not one of its villages. */
export const allOf = (choices: Choice[], limit: number) => (choices.length < limit ? choices.filter(c => !c.top) : [])

export async function choicesLike(field: Field, typed: string): Promise<Choice[]> {
    if (field.type === '引') return recordsLike(field.target, typed)
    const all: Choice[] = field.type === '否' ? [{ value: true, label: '是' }, { value: false, label: '否' }] : field.choices.map(c => ({ value: c, label: c }))
    const starts = all.filter(c => c.label.startsWith(typed)), holds = all.filter(c => !c.label.startsWith(typed) && c.label.includes(typed))
    return [...starts, ...holds]
}
