// Changes made by others, as they happen. A browser opens six connections to a server at most; so only the page in front listens.
import { onBeforeUnmount } from 'vue'

export interface Told { ledger: string; record: string; version: number; no: number }

const FIRST_WAIT = 5000, LONGEST_WAIT = 60000

/** Listens while the page is in front; the answer ends it. */
export function listen(tell: (told: Told) => void): () => void {
    let events: EventSource | null = null, timer = 0, wait = FIRST_WAIT
    const close = () => {
        events?.close()
        events = null
        clearTimeout(timer)
    }
    const tune = () => {
        close()
        if (document.hidden) return
        const mine = events = new EventSource('/api/events')
        mine.addEventListener('open', () => { wait = FIRST_WAIT })
        mine.addEventListener('fact', e => tell(JSON.parse((e as MessageEvent).data)))
        // After a connection that broke the browser tries again by itself; after an answer that is no stream (a server that is
        // stopping, a proxy without one behind it) it never does.
        mine.addEventListener('error', () => {
            if (mine !== events || mine.readyState !== EventSource.CLOSED) return
            close()
            timer = window.setTimeout(tune, wait)
            wait = Math.min(wait * 2, LONGEST_WAIT)
        })
    }
    tune()
    document.addEventListener('visibilitychange', tune)
    return () => {
        document.removeEventListener('visibilitychange', tune)
        close()
    }
}

export function onFact(tell: (told: Told) => void): void {
    onBeforeUnmount(listen(tell))
}
