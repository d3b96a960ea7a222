// Every page that links lead to, on a phone, in a town with half a year behind it. node tests/browser/everywhere.mjs PROGRAM
import assert from 'node:assert/strict'
import { failed, plan, short, signIn, test, tooWide, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu', '', 600)

/** Pages that differ only in which record they show are one. */
const shape = link => new URL(link, town.base).pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
const SOME = 12 // of lists with a condition, and of forms for a new record: these are alike

/** Walks as `login`; returns how many pages there were and what was wrong with some. */
async function walk(login, at) {
    const desk = await town.desk(at), open = new Set(), wrong = [], seen = new Set(['/']), queue = ['/'], some = { lists: 0, forms: 0 }
    desk.on('request', r => { if (!r.url().endsWith('/api/events')) open.add(r) })
    desk.on('requestfinished', r => open.delete(r))
    desk.on('requestfailed', r => open.delete(r))
    desk.on('response', r => { if (r.status() >= 400) wrong.push(`${decodeURIComponent(desk.url())}: ${r.status()} ${decodeURIComponent(r.url())}`) })
    await signIn(desk, town.base, login, town.passwords[login])
    await desk.waitForSelector('.bench')
    wrong.length = 0 // who is not signed in yet is told so
    while (queue.length) {
        const link = queue.shift()
        await desk.goto(town.base + link)
        await desk.waitForSelector('.page')
        for (let quiet = 0; quiet < 2;) { // nothing is asked for any more, twice in a row
            await desk.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
            quiet = open.size || await desk.locator('.skeleton').count() ? 0 : quiet + 1
        }
        const found = await desk.evaluate(() => ({
            odd: document.querySelector('main').innerText.match(/.{0,20}(undefined|NaN|\[object|Invalid Date).{0,20}/)?.[0],
            alarms: [...document.querySelectorAll('[role=alert]')].map(e => e.innerText).filter(text => text.trim()),
            links: [...document.querySelectorAll('a[href^="/"]')].map(a => a.getAttribute('href')).filter(href => !href.startsWith('/api/')),
        }))
        const wide = await tooWide(desk), fine = await short(desk), title = await desk.title()
        if (found.odd || found.alarms.length || wide > 0) wrong.push(`${decodeURIComponent(link)}: ${[found.odd, ...found.alarms].filter(Boolean).join('; ')}${wide > 0 ? ` ${wide} px too wide` : ''}`)
        if (fine.length) wrong.push(`${decodeURIComponent(link)}: too small for a finger: ${fine.slice(0, 5).join('; ')}`)
        if (!/. · 镇务$/.test(title)) wrong.push(`${decodeURIComponent(link)}: its tab is called ${title}`)
        for (const next of found.links) {
            const alike = /\?/.test(next) ? 'lists' : /\/new$/.test(next) ? 'forms' : null
            if (seen.has(alike ? next : shape(next)) || (alike && ++some[alike] > SOME)) continue
            seen.add(alike ? next : shape(next))
            queue.push(next)
        }
    }
    return { pages: seen.size, wrong }
}

await test('a leader on a phone finds every page whole: nothing refused, nothing odd, nothing wider than the screen, nothing too small for a finger, each with its name', async () => {
    const { pages, wrong } = await walk('leader', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
    assert.ok(pages > 200, `${pages} pages`)
    assert.deepEqual(wrong, [])
})
await test('the pages say nothing to the console that they should not', () => assert.deepEqual(town.complaints, []))
plan()
await town.close()
process.exit(failed.length ? 1 : 0)
