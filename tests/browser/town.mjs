// A demo town, its server and a browser: what every browser test stands on. Waits are for conditions, never for time to pass.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const web = createRequire(fileURLToPath(new URL('../../web/package.json', import.meta.url)))
const { chromium } = web('playwright-core')
const axe = readFileSync(web.resolve('axe-core/axe.min.js'), 'utf8')
export const PATIENCE_MS = 20_000
export const LONG_MS = 180_000 // what has ten thousand rows to do on a busy machine

/** played: half a year of the office's work until yesterday, by so many people. clock: the moment that its server lives in, moved on by the town's time(); without: the machine's. */
export async function townOpen(program, clock = '', played = 0) {
    const folder = mkdtempSync(join(tmpdir(), 'zhenwu-')), data = join(folder, 'data'), moment = join(folder, 'moment')
    const time = text => { writeFileSync(`${moment}.new`, text); renameSync(`${moment}.new`, moment) }
    if (clock) time(clock)
    const yesterday = new Date(Date.now() + 8 * 3600_000 - 86400_000).toISOString().slice(0, 10) // in China
    const how = played ? ['replay', '--data', data, '--people', String(played), '--seed', '2021', '--counts', 'tests/replay/other.json', '--to', yesterday]
        : ['demo', '--data', data, '--people', '600', '--seed', '2021']
    const made = spawnSync(program, how, { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`the demo town was not made: ${made.stderr}`)
    const passwords = Object.fromEntries([...made.stdout.matchAll(/^\s+(\w+) \/ (\S+)/gm)].map(m => [m[1], m[2]]))
    // Every desk of a story has this one address, as behind a proxy: no limit of connections per address.
    const server = spawn(program, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--proxy', '127.0.0.1', ...(clock ? ['--clock', moment] : [])], { stdio: ['ignore', 'pipe', 'inherit'] })
    const base = await new Promise((done, fail) => {
        let said = ''
        server.stdout.on('data', text => {
            said += text
            const found = said.match(/http:\/\/127\.0\.0\.1:\d+/)
            if (found) done(found[0])
        })
        server.on('exit', code => fail(new Error(`the server ended with ${code}: ${said}`)))
    })
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none', '--disable-dev-shm-usage'],
    })
    const rolls = played ? [] : readdirSync(join(data, 'rolls')).sort().map(name => join(data, 'rolls', name))
    const complaints = [] // what the pages should never say to the console
    return {
        base, passwords, rolls, complaints, folder, time,
        /** A person at a desk of their own; `at` is the size of its screen. */
        async desk(at = {}) {
            const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...at })
            context.setDefaultTimeout(PATIENCE_MS)
            const page = await context.newPage()
            page.on('console', m => { // a refusal by the server is an answer; everything else is a mistake of the page
                if (/Content Security Policy|\[Vue warn\]/i.test(m.text()) || (m.type() === 'error' && !/^Failed to load resource/.test(m.text()))) complaints.push(`${page.url()}: ${m.text()}`)
            })
            page.on('pageerror', error => complaints.push(`${page.url()}: ${error.message}`))
            return page
        },
        /** The same, signed in and at work. */
        async enter(login, at) {
            const page = await this.desk(at)
            await signIn(page, base, login, passwords[login])
            await page.waitForSelector('.bench .boxes')
            return page
        },
        async close() {
            await browser.close()
            server.removeAllListeners('exit')
            const ended = new Promise(done => server.on('exit', done))
            server.kill('SIGTERM')
            await ended
            rmSync(folder, { recursive: true, force: true })
        },
    }
}

export async function signIn(page, base, account, password) {
    await page.goto(base)
    await page.fill('[name=account]', account)
    await page.fill('[name=password]', password)
    await page.press('[name=password]', 'Enter')
}

/** What the server says to whoever is signed in on this page. */
export const ask = (page, path) => page.evaluate(async where => {
    const answer = await fetch(where)
    if (!answer.ok) throw new Error(`${answer.status} ${where}: ${await answer.text()}`)
    return answer.json()
}, path)

/** Something done over the API by whoever is signed in on this page: what a story needs before it begins; version: of the record that is changed. */
export const tell = (page, method, path, body, version) => page.evaluate(async ([how, where, what, seen]) => {
    const { csrf } = await (await fetch('/api/session')).json()
    const headers = { 'X-CSRF': csrf, 'Content-Type': 'application/json', ...(seen ? { 'If-Match': `"${seen}"` } : {}) }
    const answer = await fetch(where, { method: how, headers, body: what && JSON.stringify(what) })
    if (!answer.ok) throw new Error(`${answer.status} ${where}: ${await answer.text()}`)
    const said = await answer.text()
    return said ? JSON.parse(said) : null
}, [method, path, body, version])

/** Holds back the page's next reading of what `is` says: `asked` when it was asked for; answered(): lets it go, and the page has taken it. */
export async function hold(page, is) {
    let asked, release
    const held = { asked: new Promise(done => { asked = done }) }, released = new Promise(done => { release = done })
    const arrived = page.waitForResponse(r => is(new URL(r.url())) && r.request().method() === 'GET')
    await page.route(is, async route => {
        asked()
        await released
        await route.continue()
    }, { times: 1 })
    held.answered = async () => {
        release()
        await (await arrived).finished()
        await page.evaluate(() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn))))
    }
    return held
}

/** Somebody hired for a story by the administrator on page `admin`, at a desk of their own; staff: their record in 干部; group: of their post. */
export async function hire(town, admin, login, name, role, from, staff, group) {
    const account = await tell(admin, 'POST', '/api/ledgers/账号/records', { values: { 登录名: login, 姓名: name, 干部: staff ?? null } })
    await tell(admin, 'POST', '/api/ledgers/岗位/records', { values: { 账号: account.id, 名称: role, 角色: role, 起: from, ...(group ? { 村组: group } : {}) } })
    const once = (await tell(admin, 'POST', `/api/accounts/${account.id}/password`)).password
    const desk = await town.desk()
    await signIn(desk, town.base, login, once)
    await desk.waitForSelector('[name=new]')
    await desk.fill('[name=new]', `${login} has four words`)
    await desk.fill('[name=repeat]', `${login} has four words`)
    await desk.press('[name=repeat]', 'Enter')
    await desk.waitForSelector('.bench')
    return desk
}

/** A workbook of one sheet, as another program than ours writes it. */
export function bookWrite(path, rows) {
    const script = 'import json, sys, openpyxl\nbook = openpyxl.Workbook(write_only=True)\nsheet = book.create_sheet()\n'
        + 'for row in json.load(sys.stdin):\n    sheet.append(row)\nbook.save(sys.argv[1])'
    const made = spawnSync('/usr/bin/python3', ['-c', script, path], { input: JSON.stringify(rows), encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`the workbook was not written: ${made.stderr}`)
}

/** Serious and critical findings of axe, in words. */
export async function faults(page) {
    await page.evaluate(axe)
    return page.evaluate(async () => {
        const found = await window.axe.run(document, { resultTypes: ['violations'] })
        return found.violations.filter(v => ['serious', 'critical'].includes(v.impact))
            .map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`)
    })
}

/** How many pixels the page or its middle is wider than the screen. */
export const tooWide = page => page.evaluate(() => {
    const middle = document.querySelector('main')
    return Math.max(document.documentElement.scrollWidth - window.innerWidth, middle ? middle.scrollWidth - middle.clientWidth : 0)
})

/** What can be touched and is less than 44 px high: in words. A label is touched with its box, a filter box with its frame; a link within a sentence
 * is as high as its line (WCAG 2.5.5); the mark of who drew the diagram is as they drew it. */
export const short = page => page.evaluate(() => [...document.querySelectorAll('a, button, summary, select, input:not([type=hidden]), textarea')].filter(e => {
    const around = (/^(radio|checkbox|file)$/.test(e.type) && e.closest('label')) || e.closest('.el-select__wrapper') || e, box = around.getBoundingClientRect()
    const worded = (getComputedStyle(e).display === 'inline' || e.matches('.live')) && [...e.parentNode.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim())
    return box.width > 0 && box.height > 0 && box.height < 43.5 && !worded && !e.matches('.skip, .bjs-powered-by') && getComputedStyle(e).visibility !== 'hidden'
}).map(e => `${e.tagName} ${e.className} ${(e.textContent || e.ariaLabel || '').trim().slice(0, 20)}: ${e.getBoundingClientRect().height}`))

let number = 0
export const failed = []
export async function test(title, run) {
    number++
    try {
        await run()
        console.log(`ok ${number} - ${title}`)
    } catch (error) {
        failed.push(title)
        console.log(`not ok ${number} - ${title}`)
        console.log(String(error.stack ?? error).split('\n').slice(0, 12).map(line => `# ${line}`).join('\n'))
    }
}
export const plan = () => console.log(`1..${number}`)
