// What a phone fetches while there is a network, so that forms open without one: the pages of the spot, and the definitions of their ledgers.
import { ledgerOf } from '../api'
import { lines } from '../session'

const QUIET_MS = 3000 // the page that was asked for comes first
const narrow = () => window.matchMedia('(max-width: 640px)').matches
const saves = () => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true

export function readyForTheSpot(): void {
    const short = lines.value.flatMap(l => l.ledgers).filter(l => l.short && l.acts.includes('新增'))
    if (!short.length || !narrow() || saves()) return
    window.setTimeout(() => {
        void Promise.all([import('../pages/AddPage.vue'), import('../pages/RecordPage.vue'), import('../pages/CasePage.vue'), ...short.map(l => ledgerOf(l.name))]).catch(() => undefined)
    }, QUIET_MS)
}
