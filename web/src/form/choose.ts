// The records a reference may point to, and the words of a choice, for pickers in forms and cells.
import { get, ledgerPath, query, type Field, type Page, type Value } from '../api'

export interface Choice { value: Value; label: string; note?: string }

export async function recordsLike(ledger: string, find: string): Promise<Choice[]> {
    const page = await get<Page>(`${ledgerPath(ledger)}/records${query({ find, limit: 20 })}`)
    return page.items.map(r => ({ value: r.id, label: r.title || r.id, note: r.state ?? '' }))
}

export async function choicesLike(field: Field, typed: string): Promise<Choice[]> {
    if (field.type === '引') return recordsLike(field.target, typed)
    const all: Choice[] = field.type === '否' ? [{ value: true, label: '是' }, { value: false, label: '否' }] : field.choices.map(c => ({ value: c, label: c }))
    const starts = all.filter(c => c.label.startsWith(typed)), holds = all.filter(c => !c.label.startsWith(typed) && c.label.includes(typed))
    return [...starts, ...holds]
}
