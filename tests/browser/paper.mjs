// A paper that the town sends out, from the draft to the archive, by the hands it passes through, and the sheet that is printed of it; what stands on the first
// page and in a report about whom. node tests/browser/paper.mjs PROGRAM
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { ask, failed, faults, plan, test, tooWide, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu', '', 600)
const { base } = town
const enter = login => town.enter(login, { viewport: { width: 1280, height: 900 } })
const clerk = await enter('clerk'), leader = await enter('leader'), deputy = await enter('deputy')
const { today } = (await ask(clerk, '/api/session')).town
const year = today.slice(0, 4)
const TITLE = '关于冬季取暖安全检查情况的请示'
let number = ''

async function pick(desk, field, text, at = '.act-panel') {
    const box = desk.locator(`${at} [data-field="${field}"]`)
    await box.locator('.el-select__wrapper').click()
    await box.locator('input').first().fill(text)
    await box.locator('.el-select-dropdown__item', { hasText: text }).first().click()
}
async function open(desk, task) {
    await desk.goto(base)
    await desk.locator('.box-list a', { hasText: TITLE }).first().click()
    await desk.locator('.act-panel h2', { hasText: task }).waitFor()
}
async function done(desk) {
    await desk.locator('.act-buttons .main').click()
    await desk.locator('#did', { hasText: /已同意|已办/ }).waitFor()
}

await test('a paper goes out from its draft to the archive: edited, checked, signed, numbered, printed, sealed, issued', async () => {
    await clerk.goto(`${base}/ledgers/${encodeURIComponent('发文')}/new`)
    await clerk.waitForSelector('.record-form')
    await clerk.fill('[id="f-标题"]', TITLE)
    await pick(clerk, '文种', '请示', '.record-form')
    await clerk.locator('.record-form [data-field="发文机关"] label', { hasText: /^镇政府$/ }).click()
    await clerk.fill('[id="f-主送"]', '旗人民政府')
    await clerk.locator('.record-form [data-field="公开属性"] label', { hasText: '不予公开' }).click()
    await clerk.fill('[id="f-正文"]', '为做好今冬明春取暖安全工作，我镇拟对全镇牧户逐户检查，所需经费恳请予以支持。\n妥否，请批示。')
    await clerk.keyboard.press('Control+Enter')
    await clerk.waitForSelector('.record-view')
    await clerk.click('button:has-text("发起“发文办理”")')
    await clerk.waitForSelector('.case-body')
    await open(clerk, '核稿')
    await clerk.locator('.act-panel [data-field="合法性审核"] label', { hasText: '不需' }).click()
    await pick(clerk, '审核人', '恩和其其格')
    await pick(clerk, '签发人', '查干巴拉')
    await done(clerk)
    await open(deputy, '审核')
    await done(deputy)
    await open(leader, '签发')
    await done(leader)
    await open(clerk, '复核')
    await done(clerk)
    await open(clerk, '登记编号')
    await done(clerk)
    await open(clerk, '印制')
    assert.equal(await clerk.inputValue('.act-panel [id$="成文日"]'), today) // the day it was signed, not one more date to type
    await clerk.fill('.act-panel [id$="印制份数"]', '5')
    await done(clerk)
    await open(clerk, '用印')
    await done(clerk)
    await open(clerk, '核发')
    await done(clerk)
    const sent = (await ask(clerk, `/api/ledgers/${encodeURIComponent('发文')}/records?${new URLSearchParams({ where: `标题 = "${TITLE}"` })}`)).items[0]
    number = sent.values['发文号'] // taken by itself, after the signature
    assert.match(number, new RegExp(`^.+〔${year}〕[1-9]\\d*号$`))
    assert.equal(sent.state, '归档')
})

await test('its sheet is the document itself: mark, number, who signed, recipient, text, date, whom to ask; seen as it is printed', async () => {
    await clerk.click('button:has-text("打印公文")')
    await clerk.waitForSelector('.print-sheet img.ready')
    const address = await clerk.locator('.print-asked a').first().getAttribute('href')
    const sheet = Buffer.from(await clerk.evaluate(async where => Array.from(new Uint8Array(await (await fetch(where)).arrayBuffer())), address))
    const text = spawnSync('pdftotext', ['-layout', '-', '-'], { input: sheet, encoding: 'utf8' }).stdout.replace(/\s+/g, '')
    for (const said of ['人民政府文件', number, '签发人：查干巴拉', `人民政府${TITLE}`, '旗人民政府：', '妥否，请批示。', '联系人：青格勒', '印发']) assert.ok(text.includes(said), `${said} is not on the sheet: ${text}`)
    assert.deepEqual(await faults(clerk), [])
})

await test('a figure on the first page says in words what it counts; a report opens about whom it is usually about, in the half year that is told of', async () => {
    await leader.goto(base)
    await leader.locator('.figures .figure').first().waitFor()
    for (const said of await leader.locator('.figures .figure').evaluateAll(all => all.map(e => e.title))) assert.doesNotMatch(said, /[=<>"]|null| and /)
    const { templates } = await ask(leader, '/api/reports'), whose = templates.find(x => x.name === '履职报告').person
    assert.ok(whose)
    await leader.goto(`${base}/reports/${encodeURIComponent('履职报告')}`)
    await leader.locator('.sheet h1, .sheet h2', { hasText: whose }).first().waitFor()
    assert.equal(await leader.inputValue('.report-person input'), whose)
})

await test('a household with tags shows all of its table at 1280', async () => {
    const tag = (await ask(clerk, `/api/ledgers/${encodeURIComponent('标签')}/records?${new URLSearchParams({ where: '主体人 != null', limit: 1 })}`)).items[0]
    const person = await ask(clerk, `/api/ledgers/${encodeURIComponent('人')}/records/${tag.values.主体人}`)
    await clerk.goto(`${base}/households/${person.values.户}`)
    await clerk.locator('.members .tag').first().waitFor()
    assert.ok(await clerk.locator('.members').evaluate(e => e.parentElement.scrollWidth - e.parentElement.clientWidth) <= 0)
    assert.equal(await tooWide(clerk), 0)
})

await test('who was here last is not made to wait for one question after another: the ledgers are asked for while the server says who is here', async () => {
    let asked = false, free = () => undefined
    const known = new Promise(done => { free = done })
    await leader.route('**/api/session', async route => {
        await known
        await route.continue()
    })
    const ledgers = leader.waitForRequest(r => r.url().endsWith('/api/ledgers')).then(() => { asked = true })
    await leader.goto(base)
    await ledgers
    free()
    await leader.waitForSelector('.bench .boxes')
    await leader.unroute('**/api/session')
    assert.ok(asked)
})

await test('the pages said nothing to the console that is a mistake', async () => { assert.deepEqual(town.complaints, []) })
await town.close()
plan()
process.exit(failed.length ? 1 : 0)
