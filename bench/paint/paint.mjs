// How soon a page shows something, and how soon what it is for, at four times slower a processor, beside a line of text: node bench/paint/paint.mjs PROGRAM [ROUNDS]
// Each opening is a new browser profile that is signed in: nothing is cached. Medians, the pages in turn.
import { signIn, townOpen } from '../../tests/browser/town.mjs'

const SLOWER = 4, GOAL_MS = 1000, rounds = Number(process.argv[3] ?? 5)
const town = await townOpen(process.argv[2] ?? 'build/zhenwu')
const first = await town.desk()
await signIn(first, town.base, 'clerk', town.passwords.clerk)
await first.waitForSelector('.bench .boxes')
const storageState = await first.context().storageState()
await first.context().close()

// What each page is for, on the screen.
const pages = [
    ['bare', '/api/health', 'body'], // a line of text of the same server: what the browser and the machine cost
    ['ledger', '/ledgers/' + encodeURIComponent('人'), '.grid [role=row] >> nth=5'],
    ['line', '/lines/' + encodeURIComponent('应急与普查'), '.line-home section'],
    ['workbench', '/', '.bench .boxes'],
]
const median = list => [...list].sort((a, b) => a - b)[list.length >> 1]
const seen = new Map(pages.map(([name]) => [name, []]))

async function opened(path, wanted) {
    const page = await town.desk({ storageState })
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
    await page.goto(town.base + path, { waitUntil: 'commit' })
    await page.waitForSelector(wanted)
    const times = await page.evaluate(() => ({
        ready: performance.now(),
        paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
        bytes: performance.getEntriesByType('resource').reduce((sum, r) => sum + r.transferSize, 0),
        requests: performance.getEntriesByType('resource').map(r => `${Math.round(r.startTime)}-${Math.round(r.responseEnd)} ${decodeURIComponent(r.name.replace(location.origin, ''))}`),
    }))
    await page.context().close()
    return times
}

try {
    for (let round = 0; round < rounds; round++)
        for (const [name, path, wanted] of pages) seen.get(name).push(await opened(path, wanted))
} finally {
    await town.close()
}
let missed = false
for (const [name, list] of seen) {
    const paint = median(list.map(t => t.paint)), ready = median(list.map(t => t.ready))
    missed ||= paint > GOAL_MS
    console.log(`${name.padEnd(10)} first paint ${paint.toFixed(0).padStart(5)} ms (goal ${GOAL_MS}: ${paint <= GOAL_MS ? 'met' : 'MISSED'})  what it is for ${ready.toFixed(0).padStart(5)} ms  ${(median(list.map(t => t.bytes)) / 1024).toFixed(0)} KB`)
    if (process.env.REQUESTS) console.log(list[0].requests.map(r => `    ${r}`).join('\n'))
}
process.exitCode = missed ? 1 : 0
