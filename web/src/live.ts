// Changes made by others, as they happen. A browser opens six connections to a server at most; so only the page in front listens.
import { onBeforeUnmount } from 'vue'

export interface Told { ledger: string; record: string; version: number; no: number }

export function onFact(tell: (told: Told) => void): void {
    let events: EventSource | null = null
    const tune = () => {
        if (document.hidden) {
            events?.close()
            events = null
        } else if (!events) {
            events = new EventSource('/api/events')
            events.addEventListener('fact', e => tell(JSON.parse((e as MessageEvent).data)))
        }
    }
    tune()
    document.addEventListener('visibilitychange', tune)
    onBeforeUnmount(() => {
        document.removeEventListener('visibilitychange', tune)
        events?.close()
    })
}
