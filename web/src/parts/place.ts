import type { RouteLocationRaw } from 'vue-router'

/** A household opens as 一户一档; everything else as its record. */
export const recordPlace = (ledger: string, id: string): RouteLocationRaw =>
    ledger === '户' ? { name: 'household', params: { id } } : { name: 'record', params: { ledger, id } }

/** What the records of a list are called together where somebody came from: a figure's name, and its 口径 where it has one. */
export interface Told { name: string; meaning: string; where: string }
/** asOf: as the list was then. A name is told on this desk only, with the condition it stands for; it is no part of the address. */
export const listPlace = (ledger: string, where = '', asOf = '', name = '', meaning = ''): RouteLocationRaw => ({
    name: 'list', params: { ledger }, query: { ...(where ? { where } : {}), ...(asOf ? { as_of: asOf } : {}) }, ...(name && where ? { state: { told: { name, meaning, where } } } : {}),
})
