import type { RouteLocationRaw } from 'vue-router'

/** A household opens as 一户一档; everything else as its record. */
export const recordPlace = (ledger: string, id: string): RouteLocationRaw =>
    ledger === '户' ? { name: 'household', params: { id } } : { name: 'record', params: { ledger, id } }

export const listPlace = (ledger: string, where = ''): RouteLocationRaw => ({ name: 'list', params: { ledger }, query: where ? { where } : {} })
