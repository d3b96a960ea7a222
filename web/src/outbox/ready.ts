// What a phone fetches while there is a network, so that forms open without one: the pages of the spot, and the definitions of their ledgers.
import { ledgerOf } from '../api'
import { lines, session } from '../session'
import { formKeep } from './known'

const QUIET_MS = 3000 // the page that was asked for comes first
const narrow = () => window.matchMedia('(max-width: 640px)').matches
const saves = () => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true

export function readyForTheSpot(): void {
    const short = lines.value.flatMap(l => l.ledgers).filter(l => l.short && l.acts.includes('新增'))
    if (!short.length || !narrow() || saves() || session.away) return
    window.setTimeout(() => {
        const pages = [import('../pages/AddPage.vue'), import('../pages/RecordPage.vue'), import('../pages/CasePage.vue'), import('../pages/Workbench.vue')]
        void Promise.all([...pages, ...short.map(async l => formKeep(await ledgerOf(l.name)))]).then(piecesKeep).catch(() => undefined)
    }, QUIET_MS)
}

/** What was fetched before the worker was there is handed to it; the browser has it still. */
async function piecesKeep(): Promise<void> {
    if (!worker()) return
    await navigator.serviceWorker.ready
    const kept = await caches.open('zhenwu-pieces') // as sw.js calls it
    for (const { name } of performance.getEntriesByType('resource')) if (new URL(name).pathname.startsWith('/assets/') && !(await kept.match(name))) await kept.add(name)
}
const worker = () => window.isSecureContext && 'serviceWorker' in navigator && narrow()
/** A phone opens the page without a network, too. */
export function workerBegin(): void {
    if (worker()) navigator.serviceWorker.register('/sw.js').catch(() => undefined) // some in-app browsers refuse: then the page wants a network to open
}
