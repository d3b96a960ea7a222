// The pages as people use them. node tests/browser/pages.mjs PROGRAM
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask, bookWrite, failed, faults, hold, LONG_MS, plan, signIn, tell, test, tooWide, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu')
const { base, passwords, rolls } = town
const records = (ledger, more = {}) => `/api/ledgers/${encodeURIComponent(ledger)}/records?${new URLSearchParams(more)}`
const facts = async page => (await ask(page, '/api/health')).facts
const count = async (page, ledger) => (await ask(page, records(ledger, { limit: 1, count: 1 }))).count

/** A citizen ID that passes its check, of nobody: GB 11643 over a region that was never given out. */
function citizenId(birth, order) {
    const digits = `159901${birth}${String(order).padStart(3, '0')}`
    const sum = [...digits].reduce((n, d, i) => n + Number(d) * (2 ** (17 - i) % 11), 0)
    return digits + '10X98765432'[sum % 11]
}

const clerk = await town.desk()
let person = '' // registered below, and then found, changed and fought over

await test('a wrong password is refused in words, keeps the account, and the right one opens the workbench', async () => {
    await signIn(clerk, base, 'clerk', 'not the password')
    await clerk.waitForSelector('[role=alert]')
    assert.equal(await clerk.inputValue('[name=account]'), 'clerk')
    await clerk.fill('[name=password]', passwords.clerk)
    await clerk.press('[name=password]', 'Enter')
    await clerk.waitForSelector('.bench .figure')
    assert.match(await clerk.textContent('h1'), /您好/)
})

await test('the first steps are shown once, and stay away when they were understood', async () => {
    await clerk.click('.hints .link')
    await clerk.reload()
    await clerk.waitForSelector('.bench .figure')
    assert.equal(await clerk.locator('.hints').count(), 0)
})

await test('every figure of the workbench opens exactly the records that it counts', async () => {
    for (const figure of await clerk.locator('.figure').all()) {
        const [words, href] = [await figure.locator('b').textContent(), await figure.getAttribute('href')]
        const address = new URL(href, base), ledger = decodeURIComponent(address.pathname.split('/').pop())
        const page = await ask(clerk, records(ledger, { where: address.searchParams.get('where') ?? '', limit: 1, count: 1 }))
        assert.equal(page.count, Number(words.replace(/,/g, '')), href)
    }
})

await test('a new record with a mistake keeps what was typed and leads to the field; mended, it is saved', async () => {
    const home = (await ask(clerk, records('户', { limit: 1 }))).items[0]
    await clerk.goto(`${base}/ledgers/人/new?户=${home.id}`)
    await clerk.press('[id="f-姓名"]', 'Control+Enter')
    await clerk.locator('#problems', { hasText: '请填写姓名' }).waitFor() // also of a field that one has been in
    await clerk.fill('[id="f-姓名"]', '欧阳三丰')
    const wrong = citizenId('19900307', 5)
    await clerk.fill('[id="f-证件号"]', wrong.slice(0, 17) + (wrong[17] === '1' ? '2' : '1'))
    await clerk.click('[data-field="与户主关系"] .el-select__wrapper')
    await clerk.locator('[data-field="与户主关系"] .el-select-dropdown__item', { hasText: '兄弟姐妹' }).click()
    await clerk.press('[id="f-姓名"]', 'Control+Enter')
    await clerk.waitForSelector('#problems:focus')
    assert.match(await clerk.textContent('#problems'), /证件号/)
    assert.equal(await clerk.inputValue('[id="f-姓名"]'), '欧阳三丰')
    await clerk.click('#problems a')
    assert.equal(await clerk.evaluate(() => document.activeElement.id), 'f-证件号')
    await clerk.fill('[id="f-证件号"]', citizenId('19900307', 5))
    await clerk.press('[id="f-证件号"]', 'Control+Enter')
    await clerk.waitForSelector('.record-view')
    person = clerk.url().split('/').pop()
    assert.match(await clerk.textContent('.record-view'), /1990-03-07/)
})

await test('"/" and pinyin, initials or one character find a person from anywhere', async () => {
    for (const typed of ['ouyangsanfeng', 'oysf', '欧阳', '三丰']) {
        await clerk.goto(`${base}/ledgers`)
        await clerk.waitForSelector('.ledgers')
        await clerk.keyboard.press('/')
        assert.equal(await clerk.evaluate(() => document.activeElement.id), 'search')
        await clerk.keyboard.type(typed)
        await clerk.locator('#found li', { hasText: '欧阳三丰' }).first().waitFor()
    }
    await clerk.keyboard.press('Enter')
    await clerk.waitForSelector('.record-view')
    assert.equal(clerk.url().split('/').pop(), person)
})

await test('a cell is corrected in the list, saved at once, and taken back with Ctrl+Z', async () => {
    await clerk.goto(`${base}/ledgers/人?find=欧阳三丰`)
    const heading = clerk.locator('.grid-head .grid-cell', { hasText: '居住状态' })
    await clerk.waitForSelector('.grid-body [data-r="0"]')
    const column = (await clerk.locator('.grid-head .grid-cell').allTextContents()).findIndex(text => text.startsWith('居住状态')) - 1
    assert.ok(column >= 0 && await heading.count())
    const cell = clerk.locator(`.grid-body [data-r="0"][data-c="${column}"]`)
    await cell.click()
    await clerk.keyboard.press('F2')
    await clerk.keyboard.type('失联')
    await clerk.locator('.grid-offers li', { hasText: '失联' }).waitFor()
    await clerk.keyboard.press('Enter')
    await clerk.locator('.status', { hasText: '已存' }).waitFor()
    assert.equal((await ask(clerk, `/api/ledgers/person/records/${person}`)).values['居住状态'], '失联')
    await cell.click()
    await clerk.keyboard.press('Control+z')
    await clerk.locator('.status', { hasText: '已撤销' }).waitFor()
    assert.equal((await ask(clerk, `/api/ledgers/person/records/${person}`)).values['居住状态'], '常住')
})

await test('a cell that somebody else changes while it stands open is not saved over unseen', async () => {
    const leader = await town.enter('leader')
    const cell = clerk.locator('.grid-body [data-r="0"]', { hasText: '常住' }), path = `/api/ledgers/person/records/${person}`
    await cell.click()
    await clerk.keyboard.press('F2')
    await clerk.keyboard.type('失联')
    await clerk.locator('.grid-offers li', { hasText: '失联' }).waitFor()
    await tell(leader, 'PATCH', path, { values: { 居住状态: '外出半年以下' } }, (await ask(leader, path)).version)
    await clerk.locator('.grid-body [data-r="0"]', { hasText: '外出半年以下' }).waitFor() // the list follows; what is being typed stays
    await clerk.keyboard.press('Enter')
    assert.match(await clerk.locator('dialog tr', { hasText: '居住状态' }).textContent(), /失联.*外出半年以下/s)
    await clerk.keyboard.press('Escape')
    await clerk.waitForSelector('dialog', { state: 'detached' })
    assert.equal((await ask(clerk, path)).values['居住状态'], '外出半年以下')
    await tell(leader, 'PATCH', path, { values: { 居住状态: '常住' } }, (await ask(leader, path)).version)
    await leader.context().close()
})

await test('column filters and sorting are the address: the same link shows the same list', async () => {
    await clerk.goto(`${base}/ledgers/人`)
    await clerk.waitForSelector('.grid-body [data-r="0"]')
    await clerk.fill('.grid-filters [aria-label="按年龄筛选"]', '>=60')
    await clerk.press('.grid-filters [aria-label="按年龄筛选"]', 'Enter')
    await clerk.click('.grid-head button:has-text("年龄")')
    await clerk.waitForFunction(() => document.querySelector('.grid-head [aria-sort="ascending"]') && /60|6[0-9]/.test(document.querySelector('.grid-body [data-r="0"]')?.parentElement.textContent ?? ''))
    const [address, shown] = [clerk.url(), await clerk.textContent('.list .count')]
    const expected = (await ask(clerk, records('人', { where: '年龄 >= 60', limit: 1, count: 1 }))).count
    assert.equal(Number(shown.replace(/,/g, '')), expected)
    await clerk.goto(address)
    await clerk.waitForFunction(text => document.querySelector('.list .count')?.textContent === text, shown)
})

await test('rows are chosen by mouse with Shift and by keyboard; they leave as a workbook, get a tag after a look at what would become of each, and lose it again', async () => {
    await clerk.goto(`${base}/ledgers/人`)
    const box = n => clerk.locator('.grid-body [role=rowheader] input').nth(n), bar = clerk.locator('.chosen-bar')
    await box(1).click()
    await box(3).click({ modifiers: ['Shift'] })
    await bar.locator('[role=status]', { hasText: '3 条已选' }).waitFor()
    await clerk.locator('.grid-body [data-r="5"][data-c="1"]').click()
    await clerk.keyboard.press('Shift+Space')
    await bar.locator('[role=status]', { hasText: '4 条已选' }).waitFor()
    assert.equal(await clerk.inputValue('.grid-editor'), '') // the key was a choice, not a word
    await clerk.keyboard.press('Shift+Space')
    await bar.locator('[role=status]', { hasText: '3 条已选' }).waitFor()
    const [file] = await Promise.all([clerk.waitForEvent('download'), bar.locator('button', { hasText: '导出所选' }).click()])
    assert.ok(readFileSync(await file.path()).length > 1000 && file.suggestedFilename().includes('选中3条'))

    await bar.locator('button', { hasText: '打标签' }).click()
    const dialog = clerk.locator('dialog'), said = dialog.locator('[role=status]')
    await dialog.locator('button', { hasText: '先看结果' }).click()
    await dialog.locator('.error-text', { hasText: '请填写“认定部门”' }).waitFor()
    await dialog.locator('[data-field="标签"] .el-select__wrapper').click()
    await dialog.locator('.el-select-dropdown__item', { hasText: '网格员' }).click()
    await dialog.locator('[data-field="认定部门"] input').fill('巴彦敖包镇')
    const before = await facts(clerk)
    await dialog.locator('button', { hasText: '先看结果' }).click()
    await said.filter({ hasText: '3 条可以办' }).waitFor()
    assert.equal(await facts(clerk), before) // looked at, not written
    await dialog.locator('button', { hasText: '确认打标签 3 条' }).click()
    await said.filter({ hasText: '3 条已办' }).waitFor()
    assert.equal(await facts(clerk), before + 3)
    await dialog.locator('button', { hasText: '关闭' }).click()

    await box(0).click() // has none
    await bar.locator('button', { hasText: '取消标签' }).click()
    await dialog.locator('[data-field="标签"] .el-select__wrapper').click()
    await dialog.locator('.el-select-dropdown__item', { hasText: '网格员' }).click()
    await dialog.locator('button', { hasText: '先看结果' }).click()
    await said.filter({ hasText: '3 条可以办' }).waitFor()
    assert.match(await said.textContent(), /1 条不用办[^]*那天没有这个标签/)
    await dialog.locator('button', { hasText: '确认取消 3 条' }).click()
    await said.filter({ hasText: '3 条已办' }).waitFor()
    await dialog.locator('button', { hasText: '关闭' }).click()

    await clerk.locator('.grid-head input').check() // all that the list shows, one taken out again
    await bar.locator('[role=status]', { hasText: '全部符合的' }).waitFor()
    const all = await count(clerk, '人')
    await box(0).click()
    await bar.locator('[role=status]', { hasText: `${(all - 1).toLocaleString('en-US')} 条已选` }).waitFor()
    await bar.locator('button', { hasText: '清除选择' }).click()
    assert.equal(await bar.count(), 0)
})

await test('on a phone cards are chosen by a tap once one says so, and open as before when one is done', async () => {
    const phone = await town.desk({ viewport: { width: 360, height: 740 }, hasTouch: true })
    await signIn(phone, base, 'clerk', passwords.clerk)
    await phone.waitForSelector('.bench')
    await phone.goto(`${base}/ledgers/户`)
    await phone.locator('.cards button').first().waitFor()
    await phone.getByRole('button', { name: '选择', exact: true }).tap()
    await phone.locator('.cards button').nth(1).tap()
    await phone.locator('.cards button[aria-pressed=true]').waitFor()
    assert.equal(await tooWide(phone), 0)
    assert.deepEqual(await faults(phone), [])
    await phone.locator('.chosen-bar button', { hasText: '打标签' }).tap()
    await phone.locator('dialog [data-field="认定部门"]').waitFor()
    assert.deepEqual(await faults(phone), [])
    await phone.locator('dialog button', { hasText: '取消' }).first().tap()
    await phone.getByRole('button', { name: '不选了' }).tap()
    await phone.locator('.cards button').nth(1).tap()
    await phone.waitForURL(/\/households\//)
    await phone.context().close()
})

await test('two people change one field: the second sees both sides, chooses, and nothing is lost from the history', async () => {
    const leader = await town.desk()
    await signIn(leader, base, 'leader', passwords.leader)
    await leader.waitForSelector('.bench')
    for (const desk of [clerk, leader]) {
        await desk.goto(`${base}/ledgers/人/${person}`)
        await desk.waitForSelector('.record-view')
        await desk.keyboard.press('F2')
        await desk.waitForSelector('.record-form')
    }
    await leader.fill('[id="f-外出地"]', '呼和浩特')
    await leader.press('[id="f-外出地"]', 'Control+Enter')
    await leader.waitForSelector('.record-view')
    await clerk.locator('.notice', { hasText: '别人刚刚改了' }).waitFor() // told while typing
    await clerk.fill('[id="f-外出地"]', '包头')
    await clerk.press('[id="f-外出地"]', 'Control+Enter')
    await clerk.waitForSelector('dialog[open]')
    const row = clerk.locator('dialog tr', { hasText: '外出地' })
    assert.match(await row.textContent(), /包头.*呼和浩特/s)
    assert.deepEqual(await faults(clerk), [])
    await row.locator('input').first().check()
    await clerk.locator('dialog .button.main').click()
    await clerk.waitForSelector('.record-view')
    const { items } = await ask(clerk, `/api/ledgers/person/records/${person}/history`)
    assert.deepEqual(items.filter(c => c.fields.some(f => f.field === '外出地')).map(c => c.fields.find(f => f.field === '外出地').after).slice(0, 2), ['包头', '呼和浩特'])
    await leader.locator('.facts', { hasText: '包头' }).waitFor() // and the first one's page follows
    const held = await hold(leader, url => decodeURIComponent(url.pathname) === `/api/ledgers/人/records/${person}`)
    const { version } = await ask(clerk, `/api/ledgers/person/records/${person}`)
    await tell(clerk, 'PATCH', `/api/ledgers/person/records/${person}`, { values: { 外出地: '鄂尔多斯' } }, version)
    await held.asked // the form is begun while the page is being read again: it stays on what it began with
    await leader.keyboard.press('F2')
    await leader.fill('[id="f-外出地"]', '锡林浩特')
    await held.answered()
    await leader.locator('.notice', { hasText: '别人刚刚改了' }).waitFor()
    await leader.press('[id="f-外出地"]', 'Control+Enter')
    assert.match(await leader.locator('dialog tr', { hasText: '外出地' }).textContent(), /锡林浩特.*鄂尔多斯/s)
    await leader.context().close()
})

await test('a masked value opens only for a reason, and the looking is in the history', async () => {
    await clerk.goto(`${base}/ledgers/人/${person}`)
    await clerk.waitForSelector('.record-view')
    assert.ok(!(await clerk.textContent('.facts')).includes(citizenId('19900307', 5)))
    await clerk.locator('.facts div', { hasText: '证件号' }).locator('button').first().click()
    await clerk.locator('dialog .button.main').click()
    await clerk.locator('dialog .error-text').waitFor() // no reason given
    await clerk.locator('dialog .phrases button').first().click()
    await clerk.locator('dialog .button.main').click()
    await clerk.locator('.facts', { hasText: citizenId('19900307', 5) }).waitFor()
    await clerk.locator('.history li', { hasText: '查看敏感' }).waitFor()
})

await test('"who meets this condition" counts and samples while typing, points at a mistake, and lists', async () => {
    await clerk.goto(`${base}/ledgers/人`)
    await clerk.waitForSelector('.grid-body [data-r="0"]')
    await clerk.click('button:has-text("谁符合条件")')
    await clerk.locator('.where textarea').pressSequentially('年龄 >= ')
    await clerk.locator('.where textarea').pressSequentially('>')
    await clerk.waitForFunction(() => document.querySelector('.where-wave u')?.textContent === '>')
    assert.match(await clerk.textContent('#where-said'), /第 7 个字/)
    await clerk.fill('.where textarea', '年龄 >= 60 and 居住状态 = "常住"')
    const expected = (await ask(clerk, records('人', { where: '年龄 >= 60 and 居住状态 = "常住"', limit: 1, count: 1 }))).count
    await clerk.waitForFunction(n => document.querySelector('.where-count')?.textContent.replace(/,/g, '') === String(n), expected)
    assert.ok(await clerk.locator('.where-sample a').count() > 0)
    await clerk.press('.where textarea', 'Enter')
    await clerk.waitForFunction(n => document.querySelector('.list .count')?.textContent.replace(/,/g, '') === String(n), expected)
    assert.ok(new URL(clerk.url()).searchParams.get('where'))
})

await test('a village\'s messy roll: nothing is written before it is seen; its bad rows come back marked; its good rows go in', async () => {
    await clerk.goto(`${base}/ledgers/人/import`)
    const [before, people] = [await facts(clerk), await count(clerk, '人')]
    await clerk.setInputFiles('.drop-zone input', rolls[0])
    await clerk.waitForSelector('.book .counts')
    assert.equal(await facts(clerk), before)
    const counts = Object.fromEntries(await clerk.locator('.counts > div').evaluateAll(divs => divs.map(d => [d.querySelector('dt').textContent, Number(d.querySelector('dd').textContent.replace(/,/g, ''))])))
    assert.ok(counts['新增'] > 0 && counts['有误'] > 0, JSON.stringify(counts))
    assert.ok(await clerk.locator('.wrong tbody tr').count() > 0)
    assert.deepEqual(await faults(clerk), [])
    const [download] = await Promise.all([clerk.waitForEvent('download'), clerk.click('.wrong-head a')])
    const bytes = readFileSync(await download.path())
    assert.equal(bytes.subarray(0, 2).toString(), 'PK')
    assert.match(download.suggestedFilename(), /标注错误/)
    await clerk.click('.import-bar .main')
    await clerk.waitForSelector('.finished')
    assert.equal(await count(clerk, '人'), people + counts['新增'])
    await clerk.goto(`${base}/ledgers/人/import`)
    await clerk.setInputFiles('.drop-zone input', rolls[0])
    await clerk.waitForSelector('.book .counts')
    assert.equal(await clerk.locator('.counts .good dd').count(), 0) // the same roll again adds nobody
})

await test('several files are looked at together; what is no workbook is refused with the cure', async () => {
    const old = join(town.folder, '旧表.xls'), broken = join(town.folder, '坏的.xlsx')
    writeFileSync(old, 'x')
    writeFileSync(broken, 'PK this is no workbook')
    await clerk.goto(`${base}/ledgers/人/import`)
    await clerk.setInputFiles('.drop-zone input', [rolls[1], rolls[2], rolls[3], old, broken])
    await clerk.locator('.notice.bad', { hasText: '另存为 .xlsx' }).waitFor()
    await clerk.locator('.book .counts').nth(2).waitFor()
    await clerk.locator('.book', { hasText: '坏的.xlsx' }).locator('.error-text').waitFor()
    assert.equal(await clerk.locator('.book').count(), 4)
})

await test('a long import shows how far it is of how much; cancelled in the middle of writing it leaves nothing', async () => {
    const group = (await ask(clerk, records('村组', { where: '类型 = "嘎查"', limit: 1 }))).items[0].values['名称']
    const births = Array.from({ length: 84 }, (_, i) => `1991${String(2 + Math.floor(i / 28)).padStart(2, '0')}${String(i % 28 + 1).padStart(2, '0')}`)
    const rows = births.flatMap(birth => Array.from({ length: 600 }, (_, i) => [group, `长卷${birth}${i}`, citizenId(birth, i + 1), '户主']))
    const long = join(town.folder, '长卷.xlsx')
    bookWrite(long, [['村组', '姓名', '证件号', '与户主关系'], ...rows])
    await clerk.goto(`${base}/ledgers/人/import`)
    const before = [await facts(clerk), await count(clerk, '人'), await count(clerk, '户')]
    await clerk.setInputFiles('.drop-zone input', long)
    await clerk.waitForSelector('.book progress[value]')
    await clerk.waitForSelector('.book .counts', { timeout: LONG_MS })
    assert.ok(Number((await clerk.textContent('.counts .good dd')).replace(/,/g, '')) > rows.length / 2)
    await clerk.click('.import-bar .main')
    await clerk.waitForFunction(() => /正在写入，已到第/.test(document.querySelector('.book [role=status]')?.textContent ?? '') && document.querySelector('.book progress').value > 0)
    await clerk.locator('.book .panel-head button', { hasText: '取消' }).click()
    await clerk.locator('.book', { hasText: '已取消，什么都没有写入。' }).waitFor()
    assert.deepEqual([await facts(clerk), await count(clerk, '人'), await count(clerk, '户')], before)
    await clerk.goto(`${base}/ledgers/人?find=长卷`)
    await clerk.locator('.list h1 .count', { hasText: /^0$/ }).waitFor()
})

await test('a household shows its members, dwelling and tags on one page, and prints as a sheet without the furniture', async () => {
    const { items } = await ask(clerk, records('户', { limit: 40 }))
    const home = items.find(h => h.values['户籍人口'] >= 3)
    await clerk.goto(`${base}/households/${home.id}`)
    await clerk.waitForSelector('.members tbody tr')
    assert.ok(await clerk.locator('.members tbody tr').count() >= 3)
    assert.match(await clerk.textContent('.members tbody tr:first-child'), /户主/)
    await clerk.locator('.home-time .history').first().waitFor()
    await clerk.emulateMedia({ media: 'print' })
    assert.equal(await clerk.locator('#nav').isVisible(), false)
    assert.equal(await clerk.locator('header.top').isVisible(), false)
    assert.equal(await clerk.locator('.print-title').isVisible(), true)
    assert.equal(await clerk.locator('.members').isVisible(), true)
    const pdf = await clerk.pdf({ preferCSSPageSize: true })
    assert.ok(pdf.length > 5000)
    await clerk.emulateMedia({ media: 'screen' })
})

await test('everything from signing in to saving can be done by keyboard alone', async () => {
    const desk = await town.desk()
    await desk.goto(base)
    await desk.waitForFunction(() => document.activeElement?.getAttribute('name') === 'account')
    await desk.keyboard.type('clerk')
    await desk.keyboard.press('Tab')
    await desk.keyboard.type(passwords.clerk)
    await desk.keyboard.press('Enter')
    await desk.waitForSelector('.bench .figure')
    await desk.keyboard.press('/')
    await desk.keyboard.type('oysf')
    await desk.locator('#found li', { hasText: '欧阳三丰' }).waitFor()
    await desk.keyboard.press('Enter')
    await desk.waitForSelector('.record-view')
    await desk.keyboard.press('F2')
    await desk.waitForFunction(() => document.activeElement?.id === 'f-姓名')
    for (let i = 0; i < 60 && await desk.evaluate(() => document.activeElement.id) !== 'f-备注'; i++) await desk.keyboard.press('Tab')
    await desk.keyboard.type('键盘所写')
    await desk.keyboard.press('Control+Enter')
    await desk.locator('.facts', { hasText: '键盘所写' }).waitFor()
    await desk.keyboard.press('?')
    await desk.waitForSelector('dialog[open]')
    await desk.keyboard.press('Escape')
    await desk.waitForSelector('dialog', { state: 'detached' })
    await desk.context().close()
})

await test('a reset account must change its one-time password before anything else', async () => {
    const admin = await town.desk()
    await signIn(admin, base, 'admin', passwords.admin)
    await admin.waitForSelector('.bench')
    const cadre = (await ask(admin, records('账号', { where: '登录名 = "cadre"' }))).items[0]
    await admin.goto(`${base}/ledgers/账号/${cadre.id}`)
    await admin.click('button:has-text("重置密码")')
    await admin.locator('dialog .button.main').click()
    const once = (await admin.textContent('.one-time')).trim()
    await admin.context().close()
    const desk = await town.desk()
    await signIn(desk, base, 'cadre', once)
    await desk.waitForSelector('[name=new]')
    await desk.fill('[name=new]', 'short')
    await desk.press('[name=new]', 'Enter')
    await desk.locator('.error-text', { hasText: '8 个字符' }).waitFor()
    assert.deepEqual(await faults(desk), [])
    await desk.fill('[name=new]', 'three plain words')
    await desk.fill('[name=repeat]', 'three plain words')
    await desk.press('[name=repeat]', 'Enter')
    await desk.waitForSelector('.bench')
    passwords.cadre = 'three plain words'
    assert.equal(await desk.locator('.side .item', { hasText: '账号' }).count(), 0) // a village cadre's town is the village's
    await desk.context().close()
})

const auditor = await town.desk()
await test('the auditor verifies the chain, copies its head down, and filters what was done', async () => {
    await signIn(auditor, base, 'auditor', passwords.auditor)
    await auditor.waitForSelector('.bench')
    await auditor.goto(`${base}/audit`)
    await auditor.waitForSelector('.facts-list tbody tr')
    await auditor.click('button:has-text("开始校验")')
    await auditor.waitForSelector('.verdict.good')
    assert.match((await auditor.textContent('.verdict .head')).replace(/\s/g, ''), /^[0-9a-f]{64}$/)
    await auditor.click('button:has-text("再校验一次")') // on the same connection
    await auditor.waitForSelector('.verdict.good')
    await auditor.selectOption('.audit-filters select', '户')
    await auditor.waitForFunction(() => [...document.querySelectorAll('.facts-list tbody tr')].every(tr => tr.children[4].textContent === '户'))
    await auditor.goto(`${base}/audit?record=${person}`)
    await auditor.waitForFunction(() => { const rows = document.querySelectorAll('.facts-list tbody tr'); return rows.length >= 5 && [...rows].every(tr => tr.textContent.includes('欧阳三丰')) })
    assert.deepEqual(await faults(auditor), [])
})

const home = (await ask(clerk, records('户', { limit: 1 }))).items[0].id
const places = [
    ['/', '.bench .figure'], ['/ledgers', '.ledgers'], ['/ledgers/人', '.grid-body [data-r="0"], .cards li'], ['/ledgers/人?where=年龄 >= 80', '.where-said'], ['/ledgers/公示', '.empty'],
    ['/ledgers/人/new', '.record-form'], [`/ledgers/人/${person}`, '.record-view'], [`/households/${home}`, '.members tbody tr'], ['/ledgers/人/import', '.drop-zone'],
    ['/ledgers/安全检查/new', '.record-form'], ['/ledgers/隐患/new', '.record-form'], ['/procedures/design', '.step'],
    ['/search', '#search-page'], ['/me', '.me'], ['/nowhere', '.empty'], ['/audit', '.facts-list tbody tr'],
]

const visit = async (page, [path, sign]) => {
    await page.goto(base + path)
    await page.locator(sign).first().waitFor()
}

await test('whoever arrives at a page scrolls it by keys at once, and Tab never leads under a bar that sticks', async () => {
    const low = await town.desk({ viewport: { width: 1280, height: 620 }, storageState: await clerk.context().storageState() })
    await visit(low, [`/ledgers/人/${person}`, '.record-view'])
    await low.keyboard.press('PageDown')
    await low.waitForFunction(() => document.querySelector('#content').scrollTop > 0)
    await low.keyboard.press('F2')
    await low.waitForSelector('.record-form')
    for (let i = 0; i < 30; i++) {
        await low.keyboard.press('Tab')
        const under = await low.evaluate(() => {
            const at = (document.activeElement.closest('label') ?? document.activeElement).getBoundingClientRect(), bar = document.querySelector('.save-bar')
            return !bar.contains(document.activeElement) && at.bottom > bar.getBoundingClientRect().top + 1 ? document.activeElement.outerHTML.slice(0, 80) : ''
        })
        assert.equal(under, '')
    }
    await low.context().close()
})

await test('on a slow line a link that was followed says at once that its page is coming', async () => {
    await clerk.goto(base)
    await clerk.waitForSelector('.bench .figure')
    let send = () => {}
    const held = new Promise(done => { send = done })
    await clerk.context().route('**/assets/Indicators-*.js', async route => { await held; await route.continue() })
    await clerk.goto(`${base}/reports`)
    await clerk.locator('a[href="/indicators"]').click()
    await clerk.locator('.going[role=status] span').waitFor()
    send()
    await clerk.locator('h1', { hasText: '全部指标' }).waitFor()
    assert.equal(await clerk.locator('.going').count(), 0)
    await clerk.context().unroute('**/assets/Indicators-*.js')
})

await test('a page that dies in the middle of a word has kept it', async () => {
    await clerk.goto(`${base}/ledgers/人/new`)
    await clerk.waitForSelector('.record-form')
    await clerk.locator('[id="f-姓名"]').pressSequentially('欧阳半')
    await clerk.locator('.save-bar', { hasText: '草稿已存' }).waitFor() // not yet by the usual values that the form began with
    await clerk.waitForFunction(() => Object.values(sessionStorage).some(kept => kept.includes('欧阳半')))
    await clerk.reload()
    await clerk.locator('.notice', { hasText: '已恢复' }).waitFor()
    assert.equal(await clerk.inputValue('[id="f-姓名"]'), '欧阳半')
    await clerk.locator('.notice', { hasText: '已恢复' }).getByRole('button').click()
})

await test('a piece of a page that does not come is asked for once more, not for ever; the page says so and can be tried again', async () => {
    let asked = 0
    await clerk.goto(base)
    await clerk.waitForSelector('.bench .figure')
    await clerk.context().route('**/assets/Me-*.js', route => { asked++; return route.fulfill({ status: 503, body: '' }) })
    await clerk.locator('.who a[href="/me"]').click()
    const again = clerk.locator('[role=alert]', { hasText: '没有取到' })
    await again.waitFor()
    await clerk.waitForLoadState('networkidle')
    await again.waitFor()
    assert.ok(asked >= 1 && asked <= 8, `asked ${asked} times`) // each try is a hint and the import itself
    await clerk.context().unroute('**/assets/Me-*.js')
    await again.getByRole('link').click()
    await clerk.waitForSelector('.me')
})

await test('who may destroy by law is asked on what ground and by whose leave; the record is gone and the history says who did it', async () => {
    const admin = await town.desk()
    await signIn(admin, base, 'admin', passwords.admin)
    await admin.waitForSelector('.bench')
    const unit = await tell(admin, 'POST', '/api/ledgers/单位/records', { values: { 名称: '期满的店', 类型: '企业' } })
    await admin.goto(`${base}/ledgers/单位/${unit.id}`)
    await admin.click('button:has-text("依法销毁")')
    await admin.locator('dialog .tag', { hasText: '保存期满' }).click()
    await admin.locator('dialog .button.bad').click()
    await admin.locator('dialog .notice.bad', { hasText: '批准' }).waitFor()
    assert.deepEqual(await faults(admin), [])
    await admin.getByLabel('批准文号或批准人').fill('镇档案〔2021〕3号')
    await admin.locator('dialog .button.bad').click()
    await admin.locator('.grid-body [data-r="0"]').first().waitFor()
    await admin.goto(`${base}/ledgers/单位/${unit.id}`)
    await admin.locator('.empty[role=alert]', { hasText: '打不开这条记录' }).waitFor()
    await admin.goto(`${base}/audit?record=${unit.id}`)
    await admin.locator('.facts-list tbody tr', { hasText: '销毁' }).waitFor()
    await admin.context().close()
    await clerk.goto(`${base}/ledgers/单位/${(await ask(clerk, records('单位', { limit: 1 }))).items[0].id}`)
    await clerk.waitForSelector('.record-view')
    assert.equal(await clerk.locator('button:has-text("依法销毁")').count(), 0)
})

await test('a record that is not there says so and leads back to its list', async () => {
    await clerk.goto(`${base}/ledgers/人/${person.slice(0, -1)}${person.endsWith('0') ? '1' : '0'}`)
    await clerk.locator('.empty[role=alert]', { hasText: '打不开这条记录' }).getByRole('link', { name: '回到“人”' }).click()
    await clerk.locator('.grid-body [data-r="0"]').first().waitFor()
})

await test('no page has a serious fault of accessibility on a desk', async () => {
    const found = []
    for (const place of places) {
        const desk = place[0] === '/audit' ? auditor : clerk
        await visit(desk, place)
        found.push(...(await faults(desk)).map(f => `${place[0]} ${f}`))
    }
    assert.deepEqual(found, [])
})

const session = await clerk.context().storageState(), auditing = await auditor.context().storageState()
await test('at 360 pixels no page scrolls sideways, and none has a serious fault of accessibility', async () => {
    const found = []
    for (const place of places) {
        const phone = await town.desk({ viewport: { width: 360, height: 740 }, storageState: place[0] === '/audit' ? auditing : session, hasTouch: true })
        await visit(phone, place)
        const over = await tooWide(phone)
        if (over > 0) found.push(`${place[0]} is ${over} pixels too wide`)
        found.push(...(await faults(phone)).map(f => `${place[0]} ${f}`))
        await phone.context().close()
    }
    assert.deepEqual(found, [])
})

await test('the largest letters fit a desk of 1366 by 768, and are remembered', async () => {
    const desk = await town.desk({ viewport: { width: 1366, height: 768 }, storageState: session })
    await visit(desk, ['/me', '.me'])
    await desk.locator('label', { hasText: '特大' }).click()
    for (const place of places.filter(([path]) => path !== '/audit')) {
        await visit(desk, place)
        assert.equal(await desk.evaluate(() => getComputedStyle(document.documentElement).fontSize), '24px')
        assert.equal(await tooWide(desk) > 0, false, place[0])
    }
    await desk.context().close()
})

await test('the pages speak English when asked, and remember it', async () => {
    const desk = await town.desk({ storageState: session })
    await visit(desk, ['/me', '.me'])
    await desk.locator('label', { hasText: 'English' }).click()
    await desk.locator('.side .item', { hasText: 'Workbench' }).waitFor()
    await visit(desk, ['/', '.bench .figure'])
    assert.equal(await desk.evaluate(() => document.documentElement.lang), 'en')
    assert.match(await desk.textContent('h1'), /Hello/)
    await desk.context().close()
})

await test('a fact that was altered behind the back of the program is named to the auditor, and no head is offered to copy', async () => {
    const altered = 57
    const done = spawnSync('/usr/bin/python3', ['-c', `
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=60) as db:
    for (trigger,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        db.execute(f'drop trigger "{trigger}"')
    for no in (${altered}, ${altered + 100}):
        assert db.execute("update fact set account_name = '别人' where no = ?", (no,)).rowcount == 1
db.close()`, join(town.folder, 'data', 'zhenwu.db')], { encoding: 'utf8' })
    assert.equal(done.status, 0, done.stderr)
    await visit(auditor, ['/audit', '.facts-list tbody tr'])
    await auditor.click('button:has-text("开始校验")')
    await auditor.waitForSelector('.verdict')
    assert.match(await auditor.textContent('.verdict.bad h3'), new RegExp(`第 ${altered} 条留痕对不上`))
    assert.equal(await auditor.locator('.verdict .head').count(), 0)
    assert.deepEqual(await faults(auditor), [])
})

await test('no page broke its content policy, warned or failed in the console all the while', async () => assert.deepEqual(town.complaints, []))

await town.close()
plan()
process.exit(failed.length ? 1 : 0)
