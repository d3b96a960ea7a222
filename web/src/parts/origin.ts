// A record that another asks for: the 督办事项 that a 议题 decided on is begun from the 议题, and written into its field when it is saved.
import { call, get, ledgerOf, recordPath, seen, type Ledger, type Rec, type Value } from '../api'
import { empty, fillable } from '../lib/values'
import { may } from '../session'
import { t } from '../words'

export interface Origin { ledger: string; id: string; field: string }

/** ?of=议题/<id>/督办 */
export function originOf(text: unknown): Origin | null {
    const [ledger, id, field, ...rest] = typeof text === 'string' ? text.split('/') : []
    return field && !rest.length ? { ledger, id, field } : null
}

/** The fields of a record that may be filled with something new: they name work of its own, which has states, or are filled in later with what is made of this record (归档件); people and villages are not made in passing, nor what this was made of.
 * With the field of the new one, if there is one, that names the record it comes from: what follows from it (默认 议题.题目) then stands in the form. */
export async function startsOf(ledger: Ledger, record: Rec): Promise<Record<string, string>> {
    if (!ledger.acts.includes('修改') || record.withdrawn) return {}
    const may_be = ledger.fields.filter(f => fillable(f) && may(f.target, '新增') && (f.type === '多引' || (f.type === '引' && empty(record.values[f.name]))))
    const works = await Promise.all(may_be.map(f => ledgerOf(f.target)))
    return Object.fromEntries(may_be.flatMap((f, i) => {
        const back = works[i].fields.find(x => x.type === '引' && x.target === ledger.name)?.name
        const made = works[i].states.length || (back && ledger.later.includes(f.name)), from = back && works[i].later.includes(back)
        return made && !from ? [[f.name, back ?? '']] : []
    }))
}

export async function originJoin(origin: Origin, id: string): Promise<void> {
    const path = recordPath(origin.ledger, origin.id), record = await get<Rec>(path)
    const field = (await ledgerOf(origin.ledger)).fields.find(f => f.name === origin.field), before = record.values[origin.field]
    const value: Value = field?.type === '多引' ? [...((before as string[] | null) ?? []), id] : id
    await call('PATCH', path, { body: { values: { [origin.field]: value }, reason: t('登记“{ledger}”', { ledger: field?.target ?? '' }) }, headers: seen(record.version) })
}
