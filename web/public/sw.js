// What a phone opens without a network: the page, and the pieces of it that were fetched before. Data is never kept here: what is written waits in the
// outbox, and what the server knows is asked of the server. Browsers run this over TLS only.
const PIECES = 'zhenwu-pieces' // under /assets/: named by their content, so they never change
const PAGE = 'zhenwu-page'
const PATIENCE_MS = 6000 // a line on which the page does not come is as good as none

self.addEventListener('install', event => event.waitUntil(caches.open(PAGE).then(kept => kept.add('/')).then(() => self.skipWaiting())))
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))

/** Another program was deployed: its page names other pieces. */
async function keep(answer) {
    const kept = await caches.open(PAGE), before = await kept.match('/')
    if (before && (await before.clone().text()) !== (await answer.clone().text())) await caches.delete(PIECES)
    await kept.put('/', answer)
}
async function page(request) {
    const fresh = fetch(request)
    const late = new Promise((_, fail) => setTimeout(() => fail(new Error('late')), PATIENCE_MS))
    try {
        const answer = await Promise.race([fresh, late])
        if (answer.ok && !answer.redirected) await keep(answer.clone())
        return answer
    } catch {
        return (await (await caches.open(PAGE)).match('/')) || fresh
    }
}
async function piece(request) {
    const kept = await caches.open(PIECES), had = await kept.match(request)
    if (had) return had
    const answer = await fetch(request)
    if (answer.ok) await kept.put(request, answer.clone())
    return answer
}
self.addEventListener('fetch', event => {
    const { request } = event, place = new URL(request.url)
    if (request.method !== 'GET' || place.origin !== self.location.origin || place.pathname.startsWith('/api')) return
    if (request.mode === 'navigate') event.respondWith(page(request))
    else if (place.pathname.startsWith('/assets/')) event.respondWith(piece(request))
})
