import type { RouteLocationRaw } from 'vue-router'

/** A household opens as 一户一档; everything else as its record. */
export const recordPlace = (ledger: string, id: string): RouteLocationRaw =>
    ledger === '户' ? { name: 'household', params: { id } } : { name: 'record', params: { ledger, id } }

/** asOf: as the list was then. */
export const listPlace = (ledger: string, where = '', asOf = ''): RouteLocationRaw => ({ name: 'list', params: { ledger }, query: { ...(where ? { where } : {}), ...(asOf ? { as_of: asOf } : {}) } })
