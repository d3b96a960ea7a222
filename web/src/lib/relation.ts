// Of the records that refer to a record: which are what it is made of (子), and stand there before there is one.
import type { Ledger, Relation } from '../api'

/** Where two fields of one ledger refer here (批 and 补发批 of 发放明细), the first is the one it is made by; the other is only a link. */
export const partOf = (of: Pick<Ledger, 'fields'>, all: Relation[], i: number): boolean =>
    of.fields.some(f => f.type === '子' && f.target === all[i]!.ledger) && all.findIndex(r => r.ledger === all[i]!.ledger) === i
