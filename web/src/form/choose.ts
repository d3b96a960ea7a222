// The records a reference may point to, and the words of a choice, for pickers in forms and cells.
import { get, ledgerOf, ledgerPath, query, type Field, type Page, type Value } from '../api'

export interface Choice { value: Value; label: string; note?: string }

const page = (ledger: string, asked: Record<string, string | number>) => get<Page>(`${ledgerPath(ledger)}/records${query({ ...asked, limit: 20 })}`)

/** A household is called by its head, so it is looked for by the head's name: records that the title names through a reference. */
async function throughTitle(ledger: string, find: string): Promise<Page['items']> {
    const def = await ledgerOf(ledger)
    const found = await Promise.all(def.fields.filter(f => f.type === '引' && def.title.includes(`${f.name}.`)).map(async f => {
        const named = (await page(f.target, { find })).items
        return named.length ? (await page(ledger, { where: `${f.name} in (${named.map(r => `"${r.id}"`).join(', ')})` })).items : []
    }))
    return found.flat()
}

export async function recordsLike(ledger: string, find: string): Promise<Choice[]> {
    let items = (await page(ledger, { find })).items
    if (!items.length && find.trim()) items = await throughTitle(ledger, find).catch(() => []) // who may not read there finds nothing there
    return items.map(r => ({ value: r.id, label: r.title || r.id, note: r.state ?? '' }))
}

export async function choicesLike(field: Field, typed: string): Promise<Choice[]> {
    if (field.type === '引') return recordsLike(field.target, typed)
    const all: Choice[] = field.type === '否' ? [{ value: true, label: '是' }, { value: false, label: '否' }] : field.choices.map(c => ({ value: c, label: c }))
    const starts = all.filter(c => c.label.startsWith(typed)), holds = all.filter(c => !c.label.startsWith(typed) && c.label.includes(typed))
    return [...starts, ...holds]
}
