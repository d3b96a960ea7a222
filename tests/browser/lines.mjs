// Lines of work, figures, reports and superiors' forms, a complaint and a relief batch, by people at their desks. node tests/browser/lines.mjs PROGRAM
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask, failed, faults, hire, plan, tell, test, tooWide, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu')
const { base } = town
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
const records = (ledger, more = {}) => `/api/ledgers/${encodeURIComponent(ledger)}/records?${new URLSearchParams(more)}`
const place = ledger => `/api/ledgers/${encodeURIComponent(ledger)}/records`
const enter = (login, at) => town.enter(login, at)
const admin = await enter('admin'), clerk = await enter('clerk')
const { today } = (await ask(clerk, '/api/session')).town
const groups = (await ask(clerk, records('村组', { where: '类型 in ("村", "嘎查", "社区")', limit: 50 }))).items
const whole = (await ask(clerk, records('村组', { where: '类型 = "镇"' }))).items[0]
const office = (await ask(clerk, records('站所', { limit: 100 }))).items.find(o => o.values['负责人'])
const staff = (await ask(clerk, records('干部', { limit: 100 }))).items
const head = staff.find(s => s.id === office.values['负责人'])

async function openFrom(desk, text) {
    await desk.goto(base)
    await desk.click('#box-todo')
    await desk.locator('.box-list a', { hasText: text }).first().click()
    await desk.waitForSelector('.case-body')
}
const panel = (desk, task) => desk.locator('.act-panel h2', { hasText: task }).waitFor()
const doneAs = (desk, act) => desk.locator('#did', { hasText: act === '同意' ? /已同意|已办/ : `已${act}` }).waitFor()
const caseOf = desk => ask(desk, `/api/cases/${desk.url().split('/').pop().split('?')[0]}`)
const agree = async desk => { // a step that fills something in is done, not agreed to
    await desk.locator('.act-buttons .main').click()
    await desk.locator('#did', { hasText: /已同意|已办/ }).waitFor()
}

await test('the workbench folds what is zero; the first hour notices by itself what one has done', async () => {
    const shown = await clerk.locator('.figures .figure').count()
    assert.equal(await clerk.locator('.figures .figure .none').count(), 0)
    await clerk.locator('.figures .panel-head .link').click()
    assert.ok(await clerk.locator('.figures .figure').count() > shown)
    assert.equal(await clerk.locator('.hints li').count(), 5)
    assert.equal(await clerk.locator('.hints li.done').count(), 0)
    await tell(clerk, 'POST', place('收文'), { values: { 方式: '公文交换', 来文单位: '旗政府办', 标题: '关于核对台账的通知', 文种: '通知', 签收人: head.id, 签收时: `${today}T09:00:00+08:00` } })
    await clerk.locator('.hints li.done', { hasText: '登记一件收文' }).waitFor()
    assert.deepEqual(await faults(clerk), [])
})

await test('a line of work says what is due and what is missing; a gap opens the form that fills it, and is filled by it', async () => {
    await tell(clerk, 'POST', place('隐患'), { values: { 来源: '网格', 村组: groups[0].id, 部位: '草料库', 描述: '离民房太近', 领域: '消防', 等级: '一般', 整改措施: '移走', 整改责任人: '其木格', 期限: '2020-01-01' } })
    const kind = await tell(clerk, 'POST', place('普查材料'), { values: { 普查: '风险普查', 序: 1, 材料名称: '应急预案汇编', 层级: '镇', 提供站所: office.id } })
    await tell(clerk, 'POST', place('普查材料'), { values: { 普查: '风险普查', 序: 2, 材料名称: '村级风险地图', 层级: '村组', 提供站所: office.id, 应交: 12 } })
    await clerk.goto(base)
    await clerk.locator('.line-head a', { hasText: '安全与消防' }).click()
    await clerk.locator('.due-list li', { hasText: /草料库.*已过 \d+ 天/ }).first().waitFor()
    assert.deepEqual(await faults(clerk), [])
    await clerk.goto(`${base}/lines/${encodeURIComponent('应急与普查')}`)
    await clerk.locator('.matrix .sums', { hasText: `缺 ${groups.length + 1}` }).waitFor() // one of the town, one of each village
    assert.deepEqual(await faults(clerk), [])
    await clerk.locator('.matrix tr', { hasText: whole.title }).locator('.gap a').click()
    await clerk.waitForSelector('.record-form')
    assert.equal(new URL(clerk.url()).searchParams.get('材料'), kind.id)
    await clerk.click('.unfold') // it is handed in when it is ready: folded for a new one
    await clerk.fill('[id="f-上报日"]', '今')
    await clerk.click('.save-bar .main')
    await clerk.waitForSelector('.record-view')
    await clerk.goto(`${base}/lines/${encodeURIComponent('应急与普查')}`)
    await clerk.locator('.matrix .sums', { hasText: '齐 1' }).waitFor()
    await clerk.locator('.matrix label', { hasText: '只看还缺的' }).click()
    assert.equal(await clerk.locator('.matrix tr', { hasText: whole.title }).count(), 0)
    const phone = await town.desk({ ...PHONE, storageState: await clerk.context().storageState() })
    await phone.goto(`${base}/lines/${encodeURIComponent('应急与普查')}`)
    await phone.waitForSelector('.matrix')
    assert.equal(await tooWide(phone) > 0, false)
    await phone.context().close()
})

await test('a figure opens exactly the records that it counts, and falls apart by village group into the same sum', async () => {
    await clerk.goto(`${base}/indicators?q=${encodeURIComponent('户籍人口数')}`)
    const line = clerk.locator('.figure-list > li', { hasText: '户籍人口数' }).first()
    const shown = Number((await line.locator('.value').textContent()).replace(/\D/g, ''))
    await line.locator('.by .link', { hasText: '村组' }).click()
    await line.locator('tr.sum').waitFor()
    const parts = (await line.locator('tbody tr:not(.sum) td.num').allTextContents()).map(n => Number(n.replace(/\D/g, '') || 0))
    assert.equal(parts.reduce((a, b) => a + b, 0), shown)
    assert.deepEqual(await faults(clerk), [])
    const address = new URL(await line.locator('.value').getAttribute('href'), base)
    const page = await ask(clerk, records(decodeURIComponent(address.pathname.split('/').pop()), { where: address.searchParams.get('where') ?? '', limit: 1, count: 1 }))
    assert.equal(page.count, shown)
    await line.locator('.value').click()
    await clerk.locator('.told', { hasText: '户籍人口数' }).waitFor() // in words; the formula is folded
    assert.match(await clerk.textContent('.told'), /口径：在册的人/)
    assert.equal(await clerk.locator('.where').count(), 0)
    assert.doesNotMatch(await clerk.textContent('.filter-chips'), /=/)
    await clerk.locator('.told button', { hasText: '条件' }).click()
    assert.equal(await clerk.inputValue('.where textarea'), address.searchParams.get('where'))
    await clerk.locator('.filter-chips').getByRole('button', { name: '去掉筛选' }).click()
    await clerk.locator('.told').waitFor({ state: 'detached' })
})

await test('what is left opens its parts, each with its sign in a line and exactly its records, and figures as of a past moment open what was there then', async () => {
    const cost = await tell(clerk, 'POST', place('环卫支出'), { values: { 村组: groups[0].id, 日期: today, 事项: '油料', 金额: 1234.5 } })
    await clerk.goto(`${base}/indicators?q=${encodeURIComponent('卫生费结余')}`)
    const line = clerk.locator('.figure-list > li', { hasText: '卫生费结余' }).first()
    await line.locator('button.value').click()
    const part = clerk.locator('dialog .figure-parts li', { hasText: '环卫支出' })
    assert.match(await part.textContent(), /－.*1,234\.5/)
    assert.ok((await part.boundingBox()).height < 60) // a line of its own
    assert.deepEqual(await faults(clerk), [])
    await part.locator('a').click()
    await clerk.locator('.grid, .card-list').first().waitFor()
    await clerk.locator('.grid-body, .cards').getByText('油料').first().waitFor()
    const [first] = (await ask(clerk, `/api/ledgers/sanitation_cost/records/${cost.id}/history`)).items
    await clerk.goto(`${base}/indicators?q=${encodeURIComponent('环卫支出')}`)
    const asOf = clerk.locator('.as-of-box input'), spent = clerk.locator('.figure-list > li', { hasText: '环卫支出' }).first().locator('.value')
    await clerk.locator('.figure-list .value', { hasText: '1,234.5' }).first().waitFor()
    await asOf.fill('昨天上午')
    await asOf.press('Enter')
    await clerk.locator('.as-of-box [role=alert]', { hasText: '如 2021-12-31' }).waitFor()
    await asOf.fill(`#${first.fact}`)
    await asOf.press('Enter')
    await clerk.locator('.as-of-box .notice', { hasText: `#${first.fact}` }).waitFor()
    const place1 = new URL(await spent.getAttribute('href'), base)
    assert.equal(place1.searchParams.get('as_of'), `#${first.fact}`)
    assert.deepEqual(await faults(clerk), [])
    await spent.click()
    await clerk.locator('.notice', { hasText: '只能查看' }).waitFor()
    await clerk.goBack()
    await clerk.locator('.as-of-box button', { hasText: '回到现在' }).click()
    await clerk.waitForFunction(() => !location.search.includes('as_of'))
    const phone = await town.desk({ ...PHONE, storageState: await clerk.context().storageState() })
    await phone.goto(`${base}/indicators?q=${encodeURIComponent('卫生费结余')}&as_of=%23${first.fact}`)
    await phone.locator('.figure-list button.value').first().click()
    await phone.waitForSelector('dialog .figure-parts')
    assert.equal(await tooWide(phone) > 0, false)
    await phone.context().close()
})

await test('words of a report that could not be kept are still there: it is said where they are written, Esc throws nothing away, and they are kept when the line is back', async () => {
    await clerk.goto(`${base}/reports`)
    await clerk.locator('.report-cards a', { hasText: '履职报告' }).click()
    await clerk.waitForSelector('.sheet .live')
    await clerk.locator('[data-part="心得"] .edit').click()
    await clerk.fill('.passage textarea', '断线时写的心得。')
    await clerk.context().setOffline(true)
    await clerk.keyboard.press('Control+Enter')
    await clerk.locator('[data-part="心得"] [role=alert]', { hasText: /没有存上：连不上服务器.*没有丢/ }).waitFor()
    await clerk.keyboard.press('Escape')
    await clerk.locator('.passage textarea').waitFor({ state: 'detached' })
    await clerk.context().setOffline(false)
    await clerk.locator('[data-part="心得"] .edit').click()
    await clerk.locator('[data-part="心得"]', { hasText: '接着上次没有存的写' }).waitFor()
    assert.equal(await clerk.inputValue('.passage textarea'), '断线时写的心得。')
    await clerk.keyboard.press('Control+Enter')
    await clerk.locator('[data-part="心得"] p', { hasText: '断线时写的心得' }).waitFor()
})

await test('in a report words are edited and figures are not; frozen, it tells which record moved which figure afterwards', async () => {
    await clerk.goto(`${base}/reports`)
    await clerk.locator('.report-cards a', { hasText: '履职报告' }).click()
    await clerk.locator('.chips label', { hasText: `${today.slice(0, 4)}年` }).first().click()
    await clerk.waitForSelector('.sheet .live')
    assert.equal(await clerk.locator('.sheet input, .sheet textarea').count(), 0)
    await clerk.locator('[data-part="心得"] .edit').click()
    await clerk.fill('.passage textarea', '走村入户，收获很大。')
    await clerk.keyboard.press('Control+Enter')
    await clerk.locator('[data-part="心得"]', { hasText: '收获很大' }).waitFor()
    await clerk.locator('aside', { hasText: /已存 \d\d:\d\d/ }).waitFor()
    assert.deepEqual(await faults(clerk), [])
    const [file] = await Promise.all([clerk.waitForEvent('download'), clerk.click('button:has-text("PDF")')])
    assert.equal(readFileSync(await file.path()).subarray(0, 5).toString(), '%PDF-')
    await clerk.emulateMedia({ media: 'print' })
    assert.equal(await clerk.locator('.report-asked').isVisible(), false)
    await clerk.emulateMedia({ media: 'screen' })
    await clerk.click('button:has-text("冻结")')
    await clerk.locator('#said a', { hasText: '差异单' }).waitFor()
    await tell(clerk, 'POST', place('收文'), { values: { 方式: '公文交换', 来文单位: '旗政府办', 标题: '冻结以后的来文', 文种: '通知', 签收人: head.id, 签收时: `${today}T10:00:00+08:00` } })
    await tell(clerk, 'POST', place('督办事项'), { values: { 来源: '周例会', 事项: '排查取暖安全', 完成标准: '各村组都查到', 牵头领导: head.id, 责任单位: office.id, 期限: '2099-12-31' } })
    const lesson = await tell(clerk, 'POST', place('宣教'), { values: { 日期: today, 形式: '培训', 主题: '消防', 人数: 30 } })
    await tell(clerk, 'PATCH', `${place('宣教')}/${lesson.id}`, { values: { 人数: 32 }, reason: '按签到表更正' }, lesson.version)
    await clerk.locator('#said a').click()
    await clerk.locator('.frozen .figure', { hasText: '宣教人次' }).waitFor()
    const step = clerk.locator('.frozen tr', { hasText: '按签到表更正' }) // which field, from what to what
    assert.equal(await step.count(), 1) // it moves several figures, and is told once
    const order = clerk.locator('.frozen tbody', { hasText: '排查取暖安全' })
    assert.equal(await order.count(), 1)
    assert.match(await order.locator('td').nth(1).innerText(), /督办立项数\s*新计入[^]*督办要素齐全数\s*新计入/)
    assert.match((await step.locator('td', { hasText: '修改' }).locator('.fields').innerText()).replace(/\s+/g, ' '), /人数 30 → 32/)
    await clerk.locator('.frozen-text p', { hasText: '走村入户，收获很大。' }).waitFor()
    assert.ok(await tooWide(clerk) <= 0)
    assert.deepEqual(await faults(clerk), [])
})

await test('a superior\'s empty form is filled, each column with its source; what was not understood is chosen once and remembered', async () => {
    const blank = join(town.folder, '花名册.xlsx')
    writeFileSync(blank, Buffer.from(await clerk.evaluate(async () => [...new Uint8Array(await (await fetch('/api/ledgers/person/template.xlsx')).arrayBuffer())])))
    await clerk.goto(`${base}/forms/fill`)
    await clerk.setInputFiles('.drop-zone input', blank)
    await clerk.locator('.form-wizard', { hasText: '复用率' }).waitFor()
    await clerk.locator('tbody tr .tag.good').first().waitFor()
    await clerk.locator('tbody td', { hasText: '人.' }).first().waitFor() // 来源
    assert.deepEqual(await faults(clerk), [])
    const last = clerk.locator('tbody tr', { hasText: '备注' })
    await last.locator('.el-select').click()
    await last.locator('.el-select-group__title', { hasText: '户的字段' }).waitFor()
    await last.locator('input').fill('户主 姓名') // two references away: shown as soon as it is asked for
    await last.locator('.el-select-dropdown__item', { hasText: '户.户主.姓名' }).first().click()
    await last.locator('.tag', { hasText: '上次所选' }).waitFor()
    await last.locator('td', { hasText: '人.户.户主.姓名' }).waitFor()
    const [file] = await Promise.all([clerk.waitForEvent('download'), clerk.click('.save-bar .main')])
    assert.equal(file.suggestedFilename(), '花名册.xlsx')
    assert.ok(readFileSync(await file.path()).length > readFileSync(blank).length)
})

await test('of a workbook with several sheets one chooses which is filled; the others stay as they are', async () => {
    const one = join(town.folder, '花名册.xlsx'), several = join(town.folder, '几张表.xlsx')
    spawnSync('/usr/bin/python3', ['-c', `
import openpyxl, sys
b = openpyxl.load_workbook(sys.argv[1]); first = b.active; first.title = "一村"
again = b.copy_worksheet(first); again.title = "二村"
b.create_sheet("填表说明").append(["本表一式两份。"]); b.save(sys.argv[2])`, one, several])
    await clerk.goto(`${base}/forms/fill`)
    await clerk.setInputFiles('.drop-zone input', several)
    const pick = clerk.locator('.form-asked select')
    await pick.waitFor()
    assert.deepEqual(await pick.locator('option').allTextContents(), ['一村', '二村']) // what is no form is not offered
    const first = await pick.inputValue()
    const other = first === '一村' ? '二村' : '一村'
    await Promise.all([clerk.waitForResponse(r => r.url().includes(`sheet=${encodeURIComponent(other)}`) && r.ok()), pick.selectOption(other)])
    await clerk.locator('tbody tr .tag.good').first().waitFor()
    assert.equal(await pick.inputValue(), other)
    assert.deepEqual(await faults(clerk), [])
    const [file] = await Promise.all([clerk.waitForEvent('download'), clerk.click('.save-bar .main')])
    const out = join(town.folder, '填好的.xlsx')
    await file.saveAs(out)
    const told = spawnSync('/usr/bin/python3', ['-c', `
import openpyxl, sys
b = openpyxl.load_workbook(sys.argv[1]); print([len([1 for r in b[n].iter_rows(values_only=True) if any(r)]) for n in sys.argv[2:]])`, out, other, first], { encoding: 'utf8' }).stdout
    const [filled, left] = JSON.parse(told)
    assert.ok(filled > left, told)
    await clerk.setViewportSize({ width: 360, height: 740 })
    assert.equal(await tooWide(clerk) > 0, false)
    await clerk.setViewportSize({ width: 1440, height: 900 })
})

await test('an office brings its own workbook: what is wrong is said by cell; mended, it is previewed and comes back filled', async () => {
    const book = join(town.folder, '自己的表.xlsx')
    spawnSync('/usr/bin/python3', ['-c', `
import openpyxl, sys
b = openpyxl.Workbook(); s = b.active; s.title = "表"
s.append([sys.argv[2]]); s.append(["{{#行 各村组}}{{名称}}", "{{户籍人口数}}"])
b.save(sys.argv[1])`, book, '{{没有的数}}'])
    await clerk.goto(`${base}/reports`)
    await clerk.setInputFiles('.own input', book)
    await clerk.locator('.own .notice.bad', { hasText: '工作表“表”A1格' }).waitFor()
    spawnSync('/usr/bin/python3', ['-c', `
import openpyxl, sys
b = openpyxl.load_workbook(sys.argv[1]); b.active["A1"] = "{{户籍人口数}}"; b.save(sys.argv[1])`, book])
    await clerk.setInputFiles('.own input', book)
    await clerk.locator('.own .notice.good a').click()
    await clerk.locator('.own-filled .live').first().waitFor()
    assert.equal(await clerk.locator('.own-filled tbody tr').count(), groups.length + 1)
    assert.equal(await tooWide(clerk) > 0, false)
    assert.deepEqual(await faults(clerk), [])
    const [file] = await Promise.all([clerk.waitForEvent('download'), clerk.click('button:has-text("下载填好的 Excel")')])
    assert.equal(file.suggestedFilename(), '自己的表.xlsx')
    await clerk.reload()
    await clerk.locator('.own-filled .live').first().waitFor() // the address ends like a file and is a place all the same
})

await test('a form asks for nothing that follows from other fields, and says so', async () => {
    await clerk.goto(`${base}/ledgers/工单/new`)
    const at = name => clerk.locator(`.record-form [data-field="${name}"]`)
    await at('办理限').locator('.note-text', { hasText: '不填的，照别的栏自动定' }).waitFor()
    assert.equal(await at('办理限').locator('.must').count(), 0)
    assert.equal(await at('办理限').locator('.now').count(), 0) // a term is not now
    assert.equal(await at('派单时').locator('.must').count(), 1)
    assert.equal(await at('派单时').locator('.now').count(), 1)
    await at('时段').locator('label', { hasText: /^工作时间$/ }).click()
    assert.equal(await at('时段').locator('.note-text', { hasText: '自动定' }).count(), 0) // it is said now
    assert.deepEqual(await faults(clerk), [])
    await clerk.click('.save-bar button:not(.main)')
})

await test('a complaint is dispatched, signed for and answered; who is not content has it opened again, and the second answer closes it', async () => {
    const TITLE = '集中供水点结冰'
    const chief = await hire(town, admin, 'chief', head.values['姓名'], '信访', today, head.id), leader = await enter('leader', PHONE)
    const ticket = await tell(clerk, 'POST', place('工单'), { values: { 工单号: '12345-1', 来源: '12345', 来电时: `${today}T00:00:00+08:00`, 诉求人: '巴图', 村组: groups[0].id, 类型: '求助', 分类: '道路水电', 标题: TITLE, 内容: '供水点结冰三天', 派单时: `${today}T00:10:00+08:00`, 首接: office.id, 办理限: '2099-01-01T00:00:00+08:00' } })
    await clerk.goto(`${base}/ledgers/工单/${ticket.id}`)
    await clerk.click('button:has-text("发起“热线工单”")')
    await clerk.waitForSelector('.case-body')
    await openFrom(chief, TITLE)
    await panel(chief, '签收')
    await chief.fill('[id="f-签收时"]', `${today} 00:20`)
    await chief.locator('[id="f-签收时"]').press('Tab')
    await agree(chief)
    const answer = async words => {
        await openFrom(chief, TITLE)
        await panel(chief, '办理')
        await chief.fill('[id="f-答复内容"]', words)
        await chief.locator('.act-panel [data-field="答复方式"] label', { hasText: '电话' }).click()
        await chief.locator('.act-panel [data-field="结果"] label', { hasText: '已解决' }).click()
        await chief.fill('[id="f-办结时"]', `${today} 00:30`)
        await chief.locator('[id="f-办结时"]').press('Tab')
        await agree(chief)
        await openFrom(leader, TITLE)
        await panel(leader, '审核')
        assert.equal(await tooWide(leader) > 0, false)
        await agree(leader)
        await openFrom(chief, TITLE)
        await panel(chief, '答复')
        await agree(chief)
        await openFrom(clerk, TITLE)
        await panel(clerk, '回访')
    }
    await answer('已派人除冰')
    assert.equal(await clerk.locator('.act-buttons button', { hasText: '同意' }).count(), 0) // the model's own words: 满意, 不满意，重办
    await clerk.locator('.act-buttons button.main', { hasText: '满意' }).waitFor()
    await clerk.locator('.act-buttons button', { hasText: '不满意，重办' }).click()
    const dialog = clerk.locator('dialog[open]')
    await dialog.locator('textarea').fill('来电人说仍没有水')
    await dialog.locator('.dialog-foot .button').last().click()
    await clerk.locator('#did', { hasText: '“回访”已办：不满意，重办' }).waitFor()
    await clerk.locator('.words .tag', { hasText: '不满意，重办' }).waitFor()
    assert.match((await caseOf(clerk)).place, /办理/)
    await answer('管道已更换，水已通')
    await clerk.locator('.act-buttons .main').click() // how content people are is a record, not a word in passing
    await clerk.locator('.act-panel .notice.bad', { hasText: '还没有登记回访' }).waitFor()
    await clerk.locator('.related-panel', { hasText: '回访' }).locator('a', { hasText: '新增' }).click()
    await clerk.waitForSelector('.record-form [data-field="次"]')
    await clerk.waitForFunction(() => document.querySelector('[id="f-次"]').value === '1') // the next within its ticket
    await clerk.locator('[data-field="是否联系"] label', { hasText: '是' }).click()
    await clerk.locator('[data-field="满意度"] label').filter({ hasText: /^满意$/ }).click()
    await clerk.click('.save-bar .main')
    await panel(clerk, '回访') // and back at the case
    await clerk.locator('.related-panel', { hasText: '回访' }).locator('td', { hasText: '满意' }).waitFor()
    await agree(clerk)
    await clerk.locator('.path .end').waitFor()
    assert.equal((await caseOf(clerk)).values.state, '办结')
    assert.deepEqual(await faults(clerk), [])
    await clerk.goto(`${base}/lines/${encodeURIComponent('热线')}`)
    await clerk.locator('.figure-list', { hasText: '热线工单数' }).waitFor()
})

await test('no page broke its content policy, warned or failed in the console all the while', async () => assert.deepEqual(town.complaints, []))

await town.close()
plan()
process.exit(failed.length ? 1 : 0)
