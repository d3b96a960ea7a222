// Whole journeys of a village cadre, a clerk and a leader, at a desk and on phones of 360 pixels: what they meet on the way. node tests/browser/journey.mjs PROGRAM
import assert from 'node:assert/strict'
import { ask, failed, faults, hire, plan, signIn, tell, test, tooWide, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu')
const { base, passwords } = town
const place = ledger => `/api/ledgers/${encodeURIComponent(ledger)}/records`
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
const admin = await town.desk()
await signIn(admin, base, 'admin', passwords.admin)
await admin.waitForSelector('.bench')
const { today } = (await ask(admin, '/api/session')).town
const staff = (await ask(admin, `${place('干部')}?limit=100`)).items
const [unit] = (await ask(admin, `${place('单位')}?limit=1`)).items
const accounts = Object.fromEntries((await ask(admin, place('账号'))).items.map(a => [a.values['登录名'], a]))
for (const [i, login] of ['clerk', 'cadre', 'leader'].entries()) await tell(admin, 'PATCH', `${place('账号')}/${accounts[login].id}`, { values: { 干部: staff[i].id } }, accounts[login].version)
const enter = (login, at) => town.enter(login, at)
const clerk = await enter('clerk'), cadre = await enter('cadre', PHONE), leader = await enter('leader', PHONE)
const village = (await ask(cadre, '/api/session')).post.group.id
const seen = (desk, where) => desk.locator(where).evaluate(e => { const box = e.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth })
const hazard = more => tell(clerk, 'POST', place('隐患'), { values: { 来源: '网格', 村组: village, 部位: '草料库', 描述: '草料堆垛离民房不足五米', 领域: '消防', 等级: '一般', ...more } })

await test('a correction says that it was saved, where whoever was far down the form sees it', async () => {
    const visit = (await ask(cadre, `${place('人')}?limit=1`)).items[0]
    await cadre.goto(`${base}/ledgers/人/${visit.id}`)
    await cadre.locator('.page-head button', { hasText: '修改' }).click()
    await cadre.fill('[id="f-备注"]', '十一月外出务工')
    await cadre.click('.save-bar .main')
    await cadre.locator('#told', { hasText: '已保存，这是第' }).waitFor()
    assert.ok(await seen(cadre, '#told'))
    assert.equal(await cadre.locator('.notice', { hasText: '别人刚刚改了' }).count(), 0) // it was one's own
    assert.deepEqual(await faults(cadre), [])
})

await test('what is settled is corrected with a reason, asked for in the form, in the grid and by the server, and kept in the history', async () => {
    const done = await hazard({ 部位: '锅炉房', 整改措施: '移走', 整改责任人: '巴图', 期限: today })
    await clerk.goto(`${base}/ledgers/隐患/${done.id}`)
    await clerk.locator('.page-head button', { hasText: '修改' }).click()
    await clerk.locator('.why', { hasText: '可不填' }).waitFor() // under way: as one likes
    const meeting = await tell(clerk, 'POST', place('会议'), { values: { 类型: '周例会', 时间: `${today}T00:00:00+08:00`, 主持: staff[0].id, 记录人: staff[1].id, 地点: '二楼' } })
    let at = meeting
    for (const to of ['议题审定', '通知', '召开', '记录核签', '纪要签发', '归档']) at = await tell(clerk, 'POST', `${place('会议')}/${meeting.id}/state`, { to, reason: '' }, at.version)
    await clerk.goto(`${base}/ledgers/会议/${meeting.id}`)
    await clerk.locator('.page-head button', { hasText: '修改' }).click()
    await clerk.fill('[id="f-地点"]', '三楼会议室')
    await clerk.click('.save-bar .main')
    await clerk.locator('#problems', { hasText: '已经“归档”，修改须写明理由' }).waitFor()
    await clerk.fill('.why input', '记录时写错')
    await clerk.click('.save-bar .main')
    await clerk.locator('#told', { hasText: '已保存' }).waitFor()
    await clerk.locator('.history .reason', { hasText: '记录时写错' }).waitFor()
    await assert.rejects(tell(clerk, 'PATCH', `${place('会议')}/${meeting.id}`, { values: { 地点: '四楼' } }, at.version + 1), /修改须写明理由/)
    await clerk.goto(`${base}/ledgers/会议`)
    const cell = clerk.locator('[role=gridcell]', { hasText: '三楼会议室' }).first()
    await cell.click()
    await clerk.keyboard.press('Enter')
    await clerk.keyboard.press('Control+a')
    await clerk.keyboard.type('一楼')
    await clerk.keyboard.press('Enter')
    await clerk.locator('dialog[open] textarea').fill('核对签到表')
    await clerk.locator('dialog[open] .dialog-foot .main').click()
    await clerk.locator('[role=gridcell]', { hasText: '一楼' }).first().waitFor()
    assert.equal((await ask(clerk, `${place('会议')}/${meeting.id}/history`)).items[0].reason, '核对签到表')
})

await test('a task with a form is not ticked for a common 同意; its phrases are those of its step, and what one has written elsewhere is not among them', async () => {
    const two = [await hazard({ 部位: '东库' }), await hazard({ 部位: '西库' })] // begin by themselves
    for (const one of two) {
        await clerk.goto(`${base}/ledgers/隐患/${one.id}`)
        await clerk.locator('.record-cases a', { hasText: '隐患整改' }).click()
        await clerk.waitForSelector('.act-panel')
        for (const [field, text] of [['整改措施', '移到村外'], ['整改责任人', '其木格'], ['期限', '+5']]) await clerk.fill(`.act-panel [id="f-${field}"]`, text)
        await clerk.fill('.act-panel .opinion textarea', '这一句只在交办时用')
        await clerk.locator('.act-buttons .main').click()
        await clerk.locator('#did', { hasText: '已办好' }).waitFor()
    }
    await cadre.goto(base)
    await cadre.locator('.box-list a', { hasText: '西库' }).waitFor()
    assert.equal(await cadre.locator('.box-many').count(), 0)
    assert.equal(await cadre.locator('.box-list .pick input').count(), 0)
    await cadre.locator('.box-list a', { hasText: '西库' }).click()
    await cadre.waitForSelector('.act-panel')
    assert.deepEqual(await cadre.locator('.act-panel .phrases button').allInnerTexts(), ['已整改到位', '部分整改到位'])
    await clerk.goto(base)
    await clerk.goto(`${base}/ledgers/隐患/${(await hazard({ 部位: '南库' })).id}`)
    await clerk.locator('.record-cases a', { hasText: '隐患整改' }).click()
    await clerk.locator('.act-panel .phrases button', { hasText: '这一句只在交办时用' }).waitFor() // the same step of another case
})

await test('what a step refuses on a phone is brought into view, with its words', async () => {
    await cadre.evaluate(() => document.querySelector('main').scrollTo(0, 0))
    await cadre.locator('.act-buttons .main').click()
    await cadre.locator('.act-fields [data-field="整改后照片"] .error-text', { hasText: '请加' }).waitFor()
    await cadre.waitForFunction(() => { const box = document.querySelector('.act-fields [data-field="整改后照片"]').getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight })
})

await test('the menu of a case stays on the screen of a phone', async () => {
    await leader.goto(`${base}/ledgers/隐患/${(await hazard({ 部位: '北库' })).id}`)
    await leader.locator('.record-cases a', { hasText: '隐患整改' }).click()
    await leader.locator('.case-menu > button').click()
    assert.ok(await leader.locator('#case-acts').evaluate(e => { const box = e.getBoundingClientRect(); return box.left >= 0 && box.right <= innerWidth }))
    assert.ok(await tooWide(leader) <= 0)
})

await test('an inspection chooses its kind from the list, gives its hazards what it knows, and asks nobody to agree to what is to be done', async () => {
    await clerk.goto(`${base}/ledgers/安全检查/new`)
    await clerk.locator('[data-field="类型"] label', { hasText: '举报核查' }).waitFor()
    assert.deepEqual(await clerk.locator('[data-field="类型"] label').allInnerTexts(), ['日常', '专项', '联合', '节前', '复产', '举报核查'])
    const inspection = await tell(clerk, 'POST', place('安全检查'), { values: { 单位: unit.id, 时间: `${today}T00:00:00+08:00`, 检查组: [staff[0].id, staff[1].id], 类型: '专项检查', 现场情况: '通道堵塞', 处理: '责令限期整改' } })
    assert.equal(inspection.values['类型'], '专项') // as offices write it
    assert.ok(inspection.warnings.some(w => w.text.includes('还没有登记隐患')))
    await tell(clerk, 'POST', '/api/cases', { procedure: 'inspection', record: inspection.id })
    const phone = await enter('clerk', PHONE)
    await phone.goto(`${base}/ledgers/安全检查/${inspection.id}`)
    await phone.locator('.record-cases a', { hasText: '安全检查办理' }).click()
    await phone.waitForSelector('.case-body') // the record that is left has such a panel, too
    await phone.locator('.case .related-panel', { hasText: '隐患' }).locator('a', { hasText: '新增' }).click()
    await phone.locator('.record-form [data-field="检查"]', { hasText: inspection.values['检查号'] }).waitFor()
    await phone.locator('.record-form [data-field="单位"]', { hasText: unit.values['名称'] }).waitFor()
    await phone.fill('[id="f-部位"]', '疏散通道')
    await phone.fill('[id="f-描述"]', '堆放杂物')
    await phone.locator('[data-field="来源"] label', { hasText: '检查' }).click()
    await phone.locator('[data-field="领域"] input').click()
    await phone.locator('.el-select-dropdown__item:visible', { hasText: '消防' }).first().click()
    await phone.click('.save-bar .main')
    await phone.waitForSelector('.case-body') // back at the case
    await phone.locator('.related-panel td', { hasText: '疏散通道' }).waitFor()
    assert.deepEqual(await faults(phone), [])
    assert.ok(await tooWide(phone) <= 0)
    await phone.context().close()
})

await test('a term asked for in a step is not offered as now', async () => {
    const paper = await tell(clerk, 'POST', place('收文'), { values: { 方式: '公文交换', 来文单位: '旗政府办', 标题: '关于报送材料的通知', 文种: '通知', 签收人: staff[0].id, 签收时: `${today}T00:00:00+08:00` } })
    const begun = await tell(clerk, 'POST', '/api/cases', { procedure: 'inbound_doc', record: paper.id })
    const desk = await enter('clerk', PHONE)
    await desk.goto(`${base}/cases/${begun.case}`)
    await desk.locator('.act-panel [data-field="初审"] label').first().click()
    await desk.locator('.act-buttons .main').click()
    await desk.locator('.act-panel h2', { hasText: '拟办' }).waitFor()
    await desk.locator('.act-panel [data-field="办理时限"] input').waitFor()
    assert.equal(await desk.locator('.act-panel [data-field="办理时限"] .now').count(), 0)
    assert.deepEqual(await desk.locator('.act-panel .phrases button').allInnerTexts(), ['拟同意', '请领导阅示'])
    await desk.context().close()
})

await test('who is asked to stand in, who is on duty and who keeps the roster read it on their workbench', async () => {
    const day = n => new Date(Date.parse(today) + n * 86400_000).toISOString().slice(0, 10)
    await tell(admin, 'POST', place('值班岗位'), { values: { 岗: '带班领导', 人员: [staff[2].id, staff[3].id], 起: day(-10), 调班要批准: false } })
    const other = await hire(town, admin, 'other', '乌恩', '领导', day(-10), staff[3].id)
    const shift = await tell(admin, 'POST', place('值班表'), { values: { 日期: day(1), 岗: '带班领导', 人: staff[2].id, 起: `${day(1)}T08:30:00+08:00`, 止: `${day(2)}T08:30:00+08:00` } })
    await leader.goto(base)
    await leader.locator('.on-duty', { hasText: '明天您值班：带班领导' }).locator('a').click()
    await leader.locator('.roster-shift.mine').first().click()
    await leader.locator('dialog button', { hasText: '调班' }).click()
    await leader.locator('dialog select').first().selectOption(staff[3].id)
    await leader.fill('dialog form input.input', '去旗里开会')
    await leader.locator('dialog button', { hasText: '提出调班' }).click()
    await leader.locator('.notice.good', { hasText: '已提出调班' }).waitFor()
    assert.ok(await seen(leader, '.notice.good'))
    await other.goto(base)
    await other.locator('.on-duty .notice', { hasText: '请您替班' }).locator('a', { hasText: '去答复' }).waitFor()
    await clerk.goto(base)
    if ((await ask(clerk, '/api/session')).post && shift) await clerk.locator('.on-duty .notice.bad', { hasText: /班空岗/ }).waitFor()
    assert.deepEqual(await faults(leader), [])
})

await test('no page broke its content policy, warned or failed in the console all the while', async () => assert.deepEqual(town.complaints, []))

await town.close()
plan()
process.exit(failed.length ? 1 : 0)
