// Policies as people use them: the library, a table changed and checked, a simulation, why, doubts, the roster and its paper.
// node tests/browser/policies.mjs PROGRAM
import assert from 'node:assert/strict'
import { ask, failed, faults, hold, plan, signIn, tell, test, tooWide, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu')
const { base, passwords } = town
const desk = await town.desk()
const RELIEF = '/policies/winter_relief'
const number = text => Number(text.replace(/[,+]/g, ''))
const figure = (page, name) => page.locator('.figure-box', { hasText: name }).locator('b').textContent().then(number)
let screening = ''

await test('the library opens from the navigation and says which version holds on a day', async () => {
    await signIn(desk, base, 'clerk', passwords.clerk)
    await desk.waitForSelector('.bench .figure')
    await desk.locator('.side .item', { hasText: '政策筛查' }).click()
    await desk.waitForSelector('.policies-list tbody tr')
    const { items } = await ask(desk, '/api/policies')
    assert.equal(await desk.locator('.policies-list tbody tr').count(), items.length)
    await desk.goto(`${base}/policies?on=1999-01-01`)
    await desk.locator('.policies-list .tag', { hasText: '没有生效的版本' }).first().waitFor()
    assert.deepEqual(await faults(desk), [])
})

/** Somebody else, at a desk of their own, while these pages stand open; not one of them is loaded anew. */
const other = await town.desk()
const stays = page => page.evaluate(() => { window.stays = true })
const stayed = page => page.evaluate(() => window.stays === true)

await test('what another account keeps as a draft and puts in force shows in the library and on the open table, without loading either anew', async () => {
    await signIn(other, base, 'leader', passwords.leader)
    await other.waitForSelector('.bench')
    const table = await desk.context().newPage(), fee = '/api/policies/sanitation_fee'
    await desk.goto(`${base}/policies`)
    const line = desk.locator('.policies-list tbody tr').filter({ has: desk.locator('a[href="/policies/sanitation_fee"]') })
    await line.waitFor()
    assert.equal(await line.locator('.tag.accent').count(), 0)
    await table.goto(`${base}/policies/sanitation_fee`)
    await table.locator('.policy-check .tag.good').waitFor()
    const versions = await table.locator('.policy-bar option').count()
    for (const page of [desk, table]) await stays(page)
    const { table: now, cases } = await ask(other, fee), { today } = (await ask(other, '/api/session')).town
    const rules = now.rules.map(r => ({ from: r.from, cells: r.cells.with(-1, `${r.cells.at(-1)}（2026年重议）`) }))
    const kept = await tell(other, 'POST', `${fee}/versions`, { rules, cases, from: today, reason: '村民会议重议' })
    await desk.bringToFront() // a page listens while it is in front
    await line.locator('.tag.accent', { hasText: '1 个草稿' }).waitFor()
    await table.bringToFront()
    await table.waitForFunction(n => document.querySelectorAll('.policy-bar option').length === n, versions + 1)
    const note = table.locator(`.policy-table [data-cell="0:${now.inputs.length + now.outputs.length}"]`)
    assert.equal((await note.inputValue()).includes('重议'), false)
    await tell(other, 'PUT', `${fee}/versions/${kept.version}/force`, { reason: '村民会议重议' })
    await table.waitForFunction(at => document.querySelector(`.policy-table [data-cell="${at}"]`)?.value.includes('2026年重议'), `0:${now.inputs.length + now.outputs.length}`)
    await desk.bringToFront()
    await line.locator('td', { hasText: `${today}起` }).waitFor()
    await line.locator('.tag.accent').waitFor({ state: 'detached' })
    for (const page of [desk, table]) assert.equal(await stayed(page), true)
    await table.close()
})

await test('what is typed while the table is being read again, because somebody else kept a draft, stays; another version is opened only by who gives it up', async () => {
    const table = await desk.context().newPage(), fee = '/api/policies/sanitation_fee'
    await table.goto(`${base}/policies/sanitation_fee`)
    await table.locator('.policy-check .tag.good').waitFor()
    const { table: now, cases, inputs, version } = await ask(other, fee), { today } = (await ask(other, '/api/session')).town
    const note = table.locator(`.policy-table [data-cell="0:${inputs.length + now.outputs.length}"]`)
    const held = await hold(table, url => url.pathname === fee)
    await tell(other, 'POST', `${fee}/versions`, { rules: now.rules, cases, from: today, reason: '再议' })
    await held.asked
    await note.fill('村民会议记录第3页')
    await note.press('Tab')
    await held.answered()
    assert.equal(await note.inputValue(), '村民会议记录第3页')
    assert.equal(await table.locator('.save-bar').isVisible(), true)
    const versions = table.locator('.policy-bar select'), another = await versions.locator('option').evaluateAll((all, is) => all.map(o => o.value).find(v => v !== is), version.key)
    table.once('dialog', ask => ask.dismiss())
    await versions.selectOption(another)
    await table.waitForFunction(is => document.querySelector('.policy-bar select').value === is, version.key)
    assert.equal(await note.inputValue(), '村民会议记录第3页')
    table.once('dialog', ask => ask.accept())
    await versions.selectOption(another)
    await table.waitForURL(/version=/)
    await table.waitForFunction(at => !document.querySelector(`.policy-table [data-cell="${at}"]`)?.value.includes('第3页'), `0:${inputs.length + now.outputs.length}`)
    await table.close()
})

await test('what another account writes is in the open simulation without loading it anew', async () => {
    await desk.goto(`${base}${RELIEF}/simulate`)
    await desk.waitForSelector('.groups tbody tr')
    await stays(desk)
    const money = await figure(desk, '金额（元）')
    const { items } = await tell(desk, 'POST', '/api/policies/winter_relief/names', { which: 'in', limit: 200 })
    const inside = new Set(items.map(m => m.record)), place = `/api/ledgers/${encodeURIComponent('救助对象')}/records`
    const one = (await ask(other, `${place}?limit=200`)).items.find(r => inside.has(r.values['户']) && r.values['需救助人口'] > 1)
    const persons = async n => {
        const was = await ask(other, `${place}/${one.id}`)
        await tell(other, 'PATCH', `${place}/${one.id}`, { values: { 需救助人口: n }, reason: '一人已外出' }, was.version)
    }
    await persons(one.values['需救助人口'] - 1)
    await desk.waitForFunction(was => Number(document.querySelector('.figure-box.wide b').textContent.replace(/,/g, '')) < was, money)
    await persons(one.values['需救助人口'])
    await desk.waitForFunction(was => Number(document.querySelector('.figure-box.wide b').textContent.replace(/,/g, '')) === was, money)
    assert.equal(await stayed(desk), true)
    await other.context().close()
})

await test('true, false and null stand as 是, 否 and 空 in the table, on paper too, and may be typed so', async () => {
    await desk.goto(`${base}${RELIEF}`)
    await desk.locator('.policy-check .tag.good').waitFor()
    const raw = () => desk.evaluate(() => [...document.querySelectorAll('.policy-table [data-cell]')].filter(x => /^(true|false|null)$/.test(x.value)).length)
    const { table } = await ask(desk, '/api/policies/winter_relief'), empty = table.inputs.length + 1
    assert.equal(await raw(), 0)
    for (const [at, word] of [['0:0', '否'], ['1:0', '是'], [`0:${empty}`, '空']]) assert.equal(await desk.locator(`.policy-table [data-cell="${at}"]`).inputValue(), word)
    await desk.emulateMedia({ media: 'print' })
    assert.equal(await raw(), 0)
    await desk.emulateMedia({ media: null })
    const cell = desk.locator('.policy-table [data-cell="1:0"]')
    await cell.fill('否')
    const asked = desk.waitForRequest(r => r.url().endsWith('/check'))
    await cell.press('Enter')
    assert.equal(JSON.parse((await asked).postData()).rules[1].cells[0], 'false') // the cell itself stays FEEL
    await desk.locator('.policy-check li.bad').first().waitFor()
    assert.equal(/\b(true|false|null)\b/.test(await desk.locator('.policy-check').textContent()), false)
    await cell.fill('true')
    await cell.press('Tab')
    await desk.locator('.policy-check .tag.good').waitFor()
    assert.equal(await cell.inputValue(), '是')
})

await test('a moved number shows at once who leaves and what it saves; every figure opens the names it counts', async () => {
    await desk.goto(`${base}${RELIEF}/simulate`)
    await desk.waitForSelector('.groups tbody tr')
    const [before, money] = [await figure(desk, '纳入'), await figure(desk, '金额（元）')]
    assert.ok(before > 0 && money > 0)
    const knob = desk.locator('.knob', { hasText: '400' })
    await knob.locator('input[type=number]').fill('500')
    await desk.waitForFunction(was => Number(document.querySelector('.figure-box.wide b').textContent.replace(/,/g, '')) > was, money)
    assert.equal(await figure(desk, '纳入'), before)
    const changed = await figure(desk, '改金额')
    assert.ok(changed > 0)
    await desk.locator('button.figure-box', { hasText: '改金额' }).click()
    await desk.waitForFunction(n => document.querySelectorAll('dialog .names tbody tr').length === Math.min(n, 50), changed)
    assert.match(await desk.textContent('dialog'), new RegExp(`共 ${changed} 个`))
    await desk.keyboard.press('Escape')
    await desk.waitForSelector('dialog', { state: 'detached' })
    assert.equal(await desk.locator('svg.bars[role=img]').count(), 1)
    await knob.locator('input[type=range]').focus()
    await desk.keyboard.press('Home') // by keyboard to nothing
    await desk.waitForFunction(was => Number(document.querySelector('.figure-box.wide b').textContent.replace(/,/g, '')) < was, money)
    assert.ok(await figure(desk, '退出名单') > 0 || await figure(desk, '改金额') > 0)
    await desk.locator('.knobs .link').click()
    await desk.waitForFunction(was => Number(document.querySelector('.figure-box.wide b').textContent.replace(/,/g, '')) === was, money)
    assert.deepEqual(await faults(desk), [])
})

await test('a long cell stands whole, in lines, on desk and phone, and grows while one types', async () => {
    const cut = page => page.evaluate(() => [...document.querySelectorAll('.cells [data-cell]')]
        .filter(x => x.scrollWidth > x.clientWidth + 1 || x.scrollHeight > x.clientHeight + 1).map(x => x.value))
    await desk.goto(`${base}${RELIEF}`)
    await desk.locator('.policy-check .tag.good').waitFor()
    const long = desk.locator('.policy-table textarea[data-cell="6:1"]')
    assert.equal(await long.inputValue(), '"监测户","低保边缘","残疾人家庭","优抚"')
    assert.deepEqual(await cut(desk), [])
    await long.fill('"监测户","低保边缘","残疾人家庭","优抚","分散供养特困","集中供养特困","低保户","一般受灾户"')
    assert.deepEqual(await cut(desk), [])
    if (process.env.PICTURES) await desk.screenshot({ path: `${process.env.PICTURES}/cells.png`, fullPage: true })
    await desk.keyboard.press('Escape')
    assert.equal(await long.inputValue(), '"监测户","低保边缘","残疾人家庭","优抚"')
    await desk.keyboard.press('Control+a')
    await desk.keyboard.press('ArrowDown') // the whole of it is chosen: the next rule
    assert.equal(await desk.evaluate(() => document.activeElement.dataset.cell), '7:1')
    await desk.setViewportSize({ width: 390, height: 844 })
    assert.deepEqual(await cut(desk), [])
    if (process.env.PICTURES) await desk.screenshot({ path: `${process.env.PICTURES}/cells-phone.png`, fullPage: true })
    await desk.setViewportSize({ width: 1440, height: 900 })
    assert.deepEqual(await faults(desk), [])
})

await test('a cell is written as a Chinese keyboard writes it, read as meant with a note, and checked while one types', async () => {
    await desk.goto(`${base}${RELIEF}`)
    await desk.locator('.policy-check .tag.good').waitFor()
    const cell = desk.locator('.policy-table [data-cell="4:1"]')
    const was = await cell.inputValue()
    await cell.fill('“低保户”')
    await desk.keyboard.press('Enter')
    await desk.locator('.policy-told', { hasText: '已写成 "低保户"' }).waitFor()
    assert.equal(await desk.evaluate(() => document.activeElement.dataset.cell), '5:1') // Enter goes down
    await cell.fill('低保')
    await desk.keyboard.press('Enter')
    await desk.locator('.policy-check li.bad', { hasText: '第5条规则' }).first().waitFor()
    await desk.locator('.cells tr.bad').first().waitFor()
    await desk.locator('td.wrong .cell-wrong', { hasText: '请加引号："低保"' }).waitFor() // beside the cell, with the cure
    assert.equal(await cell.getAttribute('aria-invalid'), 'true')
    await desk.keyboard.press('Control+Enter')
    await desk.fill('dialog textarea', '漏了引号')
    await desk.locator('dialog .button.main').click()
    await desk.locator('dialog [role=alert]', { hasText: '第5条规则「家庭类型」一格' }).waitFor() // and saving is refused
    await desk.keyboard.press('Escape')
    await desk.waitForSelector('dialog', { state: 'detached' })
    assert.deepEqual(await faults(desk), [])
    await cell.fill(was)
    await desk.keyboard.press('Tab')
    await desk.locator('.policy-check .tag.good').waitFor()
})

await test('a changed table is kept as a draft with its reason; while a case fails it cannot be put in force; mended, it is', async () => {
    await desk.goto(`${base}${RELIEF}`)
    await desk.locator('.policy-check .tag.good').waitFor()
    const column = (await desk.locator('#content .policy-table thead th').allTextContents()).indexOf('金额') - 1
    const cell = desk.locator(`.policy-table [data-cell="5:${column}"]`)
    const was = await cell.inputValue()
    await cell.fill(was.replace('300', '350'))
    await cell.press('Control+Enter')
    await desk.waitForSelector('dialog[open]')
    await desk.locator('dialog .button.main').click()
    await desk.locator('dialog [role=alert]', { hasText: '为什么改' }).waitFor()
    await desk.fill('dialog textarea', '旗民发〔2026〕1号')
    await desk.locator('dialog .button.main').click()
    await desk.waitForURL(/version=/)
    await desk.locator('.notice.warn', { hasText: '这是草稿' }).waitFor()
    await desk.locator('.policy-check .tag.bad').waitFor()
    assert.equal(await desk.locator('.notice.warn .button').isDisabled(), true)
    await desk.locator('.policy-cases summary').click()
    const wrong = await desk.locator('.policy-check li.bad', { hasText: '用例不符' }).allTextContents()
    assert.ok(wrong.length > 0)
    const money = (await desk.locator('.policy-cases thead th').allTextContents()).indexOf('应得 金额') - 1
    for (const text of wrong) {
        const row = Number(text.match(/第(\d+)行/)[1]) - 2
        const field = desk.locator(`.policy-cases [data-cell="${row}:${money}"]`)
        await field.fill(text.match(/得 ([\d.]+)\s*$/)[1])
        await field.press('Tab')
    }
    await desk.locator('.policy-check .tag.good').waitFor()
    await desk.locator('.save-bar .button.main').click()
    await desk.fill('dialog textarea', '旗民发〔2026〕1号，用例同改')
    const before = desk.url()
    await desk.locator('dialog .button.main').click()
    await desk.waitForFunction(url => location.href !== url, before)
    await desk.locator('.notice.warn .button:not([disabled])').click()
    await desk.fill('dialog textarea', '旗民发〔2026〕1号')
    await desk.locator('dialog .button.main').click()
    await desk.waitForFunction(() => !document.querySelector('.notice.warn'))
    const now = await ask(desk, '/api/policies/winter_relief')
    assert.ok(now.version.edition && now.good)
    assert.equal(now.table.rules[5].cells[column], was.replace('300', '350'))
})

await test('two versions compared show who gets another amount', async () => {
    await desk.goto(`${base}${RELIEF}/simulate`)
    await desk.waitForSelector('.groups tbody tr')
    const { versions } = await ask(desk, '/api/policies/winter_relief')
    await desk.locator('.sides select').nth(1).selectOption(versions.find(v => !v.current && !v.draft).key)
    await desk.waitForURL(/than=/)
    const expected = await desk.evaluate(async key => {
        const { csrf } = await (await fetch('/api/session')).json()
        const answer = await fetch('/api/policies/winter_relief/simulate', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF': csrf }, body: JSON.stringify({ than: { version: key } }) })
        return (await answer.json()).groups.pop().changed
    }, versions.find(v => !v.current && !v.draft).key)
    await desk.waitForFunction(n => [...document.querySelectorAll('.figure-box')].some(b => b.textContent.includes('改金额') && Number(b.querySelector('b').textContent.replace(/,/g, '')) === n), expected)
})

await test('a day before there were records is refused in words; what is compared stands on paper too', async () => {
    await desk.goto(`${base}${RELIEF}/simulate?than_on=2020-06-01`)
    await desk.locator('.notice.bad', { hasText: '2020-06-01以前还没有记录' }).waitFor()
    await desk.goto(`${base}${RELIEF}/simulate`)
    await desk.waitForSelector('.groups tbody tr')
    await desk.locator('.knob', { hasText: '400' }).locator('input[type=number]').fill('500')
    await desk.emulateMedia({ media: 'print' })
    const said = desk.locator('.simulate .compared')
    await said.filter({ hasText: '改为 500' }).waitFor()
    assert.match(await said.textContent(), /看：当天现行的版本，\d{4}-\d\d-\d\d的情况.*比：当天现行的版本/)
    assert.equal(await desk.locator('.sides').isVisible(), false)
    assert.equal(await tooWide(desk) > 0, false)
    await desk.emulateMedia({ media: null })
})

await test('a screening runs as a job and opens its doubts; each is decided with a reason or not at all, and others see it at once', async () => {
    await desk.goto(`${base}${RELIEF}/simulate`)
    await desk.locator('.button.main', { hasText: '筛查' }).click()
    await desk.waitForURL(/\/screenings\//)
    screening = desk.url().split('/').pop()
    await desk.locator('.notice.warn', { hasText: '条线的人逐条核定' }).waitFor()
    assert.equal(await desk.locator('.button.main', { hasText: '定稿' }).isDisabled(), true)
    const { doubts } = await ask(desk, `/api/screenings/${screening}`)
    await desk.locator('.members-list .chips label', { hasText: '名单' }).click() // printed by the browser itself: who is shown, not an empty list
    await desk.locator('.members-list .tag, .members-list tbody .dim').first().waitFor()
    const listed = await desk.locator('.members-list tbody tr').count()
    await desk.emulateMedia({ media: 'print' })
    assert.ok(await desk.locator('.print-only tbody tr').filter({ hasNotText: '合计' }).count() === listed && listed > 0)
    await desk.emulateMedia({ media: 'screen' })
    await desk.locator('.members-list .chips label').first().click()
    assert.ok(doubts > 0)
    await desk.locator('.members-list tbody .button').first().click()
    await desk.locator('dialog .button.main').click()
    await desk.locator('dialog [role=alert]', { hasText: '请先选纳入还是不纳入' }).waitFor() // nothing is chosen beforehand
    await desk.locator('dialog label', { hasText: '不纳入' }).click()
    await desk.locator('dialog .button.main').click()
    await desk.locator('dialog [role=alert]', { hasText: '写明理由' }).waitFor()
    assert.deepEqual(await faults(desk), [])
    const beside = await desk.context().newPage() // somebody else looks on
    await beside.goto(`${base}/screenings/${screening}`)
    await beside.locator('.notice.warn', { hasText: '条线的人逐条核定' }).waitFor()
    for (let left = doubts; left > 0; left--) {
        if (left < doubts) {
            await desk.locator('.members-list tbody .button').first().click()
            await desk.locator('dialog label', { hasText: '不纳入' }).click()
        }
        await desk.fill('dialog textarea', '有固定收入，村民评议不通过')
        await desk.press('dialog textarea', 'Control+Enter')
        await desk.waitForSelector('dialog', { state: 'detached' })
        await desk.waitForFunction(n => document.querySelectorAll('.members-list tbody tr').length === n || n === 0, left - 1)
    }
    await beside.waitForFunction(() => [...document.querySelectorAll('.button.main')].some(b => b.textContent.includes('定稿') && !b.disabled)) // without being loaded anew
    await beside.close()
    await desk.locator('.button.main:not([disabled])', { hasText: '定稿' }).waitFor()
})

await test('somebody whom the rules left out is added by hand with a reason', async () => {
    await desk.goto(`${base}/screenings/${screening}`)
    const before = (await ask(desk, `/api/screenings/${screening}`)).groups.pop().included
    const inside = new Set((await ask(desk, `/api/screenings/${screening}/members?kind=all&limit=1000`)).items.map(m => m.record))
    const left = (await ask(desk, `/api/ledgers/${encodeURIComponent('户')}/records?limit=50&where=${encodeURIComponent('状态 = "在册"')}`)).items.find(r => !inside.has(r.id))
    await desk.locator('.roster .button', { hasText: '补入' }).click()
    await desk.locator('dialog .button.main').click()
    await desk.locator('dialog [role=alert]', { hasText: '请先选要补入的对象' }).waitFor()
    const picker = desk.locator('dialog input').first()
    await picker.fill(left.title.split(' ').pop())
    await desk.locator('[role=option]', { hasText: left.title }).first().click()
    await desk.locator('dialog .button.main').click()
    await desk.locator('dialog [role=alert]', { hasText: '写明理由' }).waitFor()
    await desk.fill('dialog textarea', '11月20日村民评议补入')
    await desk.press('dialog textarea', 'Control+Enter')
    await desk.waitForSelector('dialog', { state: 'detached' })
    await desk.locator('.members-list tbody tr', { hasText: '村民评议补入' }).waitFor()
    assert.equal((await ask(desk, `/api/screenings/${screening}`)).groups.pop().included, before + 1)
    assert.deepEqual(await faults(desk), [])
})

await test('why one of them is in reads as a sentence and prints on one sheet without the furniture', async () => {
    await desk.goto(`${base}/screenings/${screening}?kind=in`)
    await desk.locator('.members-list tbody a').first().click()
    await desk.waitForSelector('.why-sentence')
    assert.match(await desk.textContent('.why-sentence'), /按《冬春救助类别与金额》.*符合第\d+条规则/)
    assert.equal(await desk.locator('.why tr.chosen').count(), 1)
    await desk.emulateMedia({ media: 'print' })
    const pages = (await desk.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page[^s]/g).length
    assert.equal(pages, 1)
    assert.equal(await desk.locator('.side').isVisible(), false)
    await desk.emulateMedia({ media: null })
})

await test('what is covered is opened with a reason, and whoever is not of the line of work clears no doubt', async () => {
    await desk.goto(`${base}/policies/service_duty/simulate`)
    await desk.locator('.groups tbody tr').first().waitFor()
    await desk.locator('.button.main', { hasText: '筛查' }).click()
    await desk.waitForURL(/\/screenings\//)
    const other = desk.url().split('/').pop(), kept = await ask(desk, `/api/screenings/${other}`)
    assert.equal(kept.cleared_by, '武装与征兵')
    assert.equal(kept.may_clear, false)
    await desk.goto(`${base}/screenings/${other}?kind=doubts`)
    await desk.locator('.members-list tbody tr, .members-list .empty').first().waitFor()
    assert.equal(await desk.locator('.members-list tbody .button').count(), 0)
    await desk.goto(`${base}/screenings/${other}?kind=in`)
    await desk.locator('.members-list tbody a').first().click()
    await desk.locator('.why td', { hasText: '已遮盖' }).first().waitFor()
    await desk.locator('.button', { hasText: '查看遮盖的内容' }).click()
    await desk.locator('dialog .button.main').click()
    await desk.locator('dialog .error-text').waitFor()
    await desk.fill('dialog textarea', '本人来问')
    await desk.press('dialog textarea', 'Control+Enter')
    await desk.waitForSelector('dialog', { state: 'detached' })
    assert.equal(await desk.locator('.why td', { hasText: '已遮盖' }).count(), 0)
})

await test('a roster is made final by typing both counts; afterwards nobody changes it, and the notice masks names', async () => {
    await desk.goto(`${base}/screenings/${screening}`)
    await desk.locator('.button.main', { hasText: '定稿' }).click()
    const { groups, count } = await ask(desk, `/api/screenings/${screening}`)
    const included = groups.pop().included
    await desk.fill('[name=included-count]', String(included + 1))
    await desk.fill('[name=left-out-count]', String(count - included))
    await desk.locator('dialog .button.main').click()
    await desk.locator('dialog [role=alert]').waitFor()
    await desk.fill('[name=included-count]', String(included))
    await desk.locator('dialog .button.main').click()
    await desk.locator('.notice.good', { hasText: '已定稿' }).waitFor()
    assert.equal(await desk.locator('.members-list tbody .button').count(), 0)
    await desk.evaluate(() => { window.print = () => { window.printed = true } })
    await desk.locator('.button', { hasText: '打印公示' }).click()
    await desk.waitForFunction(() => window.printed)
    const names = await desk.locator('.print-only tbody tr td:nth-child(3)').allTextContents()
    assert.equal(names.length, included + 1)
    assert.ok(names.slice(0, -1).every(name => name.includes('*')))
})

await test('at 360 pixels no page of policies scrolls sideways, and none has a serious fault of accessibility', async () => {
    const found = [], session = await desk.context().storageState()
    const member = (await ask(desk, `/api/screenings/${screening}/members?kind=in`)).items[0].record
    const places = [['/policies', '.policies-list tbody tr'], [RELIEF, '.policy-check .tag'], [`${RELIEF}/simulate`, '.groups tbody tr'], [`${RELIEF}/why/${member}`, '.why-sentence'],
        [`/screenings/${screening}?kind=in`, '.members-list tbody tr']]
    const phone = await town.desk({ viewport: { width: 360, height: 740 }, storageState: session, hasTouch: true })
    for (const [path, sign] of places) for (const page of [phone, desk]) {
        await page.goto(base + path)
        await page.locator(sign).first().waitFor()
        const over = await tooWide(page)
        if (over > 0) found.push(`${path} is ${over} pixels too wide`)
        found.push(...(await faults(page)).map(f => `${path} ${f}`))
    }
    assert.deepEqual(found, [])
    await phone.context().close()
})

await test('who may not screen is offered no policies', async () => {
    const cadre = await town.desk()
    await signIn(cadre, base, 'cadre', passwords.cadre)
    await cadre.waitForSelector('.bench')
    assert.equal(await cadre.locator('.side .item', { hasText: '政策筛查' }).count(), 0)
    await cadre.goto(`${base}/policies`)
    await cadre.locator('[role=alert]').waitFor()
    await cadre.context().close()
})

await test('no page of policies broke its content policy, warned or failed in the console', async () => assert.deepEqual(town.complaints, []))

await town.close()
plan()
process.exit(failed.length ? 1 : 0)
