// What is late and what stands still, as those see it whose it is: lights, a step that failed, its owner, the cure. node tests/browser/late.mjs PROGRAM
import assert from 'node:assert/strict'
import { ask, failed, faults, plan, signIn, tell, test, tooWide, townOpen } from './town.mjs'

const HOUR = 3600_000, DAY = 24 * HOUR, start = Math.ceil(Date.now() / DAY) * DAY + 2 * HOUR // ten in the morning; not before the browser's own time, by which cookies end
const moment = ms => new Date(ms).toISOString()
const town = await townOpen(process.argv[2] ?? 'build/zhenwu', moment(start))
const { base, passwords } = town
const place = ledger => `/api/ledgers/${encodeURIComponent(ledger)}/records`
const first = async (desk, ledger) => (await ask(desk, `${place(ledger)}?limit=1`)).items[0]
/** At the workbench; signed in anew where the session has ended meanwhile. */
async function home(desk, login) {
    await desk.goto(base)
    await desk.waitForSelector('[name=account], .bench .boxes')
    if (!await desk.locator('[name=account]').count()) return
    await signIn(desk, base, login, passwords[login])
    await desk.waitForSelector('.bench .boxes')
}
async function enter(login, size) {
    const desk = await town.desk(size)
    await desk.clock.setFixedTime(start)
    await home(desk, login)
    return desk
}
const admin = await enter('admin'), clerk = await enter('clerk'), leader = await enter('leader'), phone = await enter('leader', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
const chief = (await ask(leader, '/api/session')).account.name
/** The clock of the town and of these desks. */
async function until(ms) {
    town.time(moment(ms))
    for (const desk of [admin, clerk, leader, phone]) await desk.clock.setFixedTime(ms)
}
async function begin(ledger, values, procedure) {
    const record = await tell(clerk, 'POST', place(ledger), { values })
    await clerk.goto(`${base}/ledgers/${encodeURIComponent(ledger)}/${record.id}`)
    await clerk.click(`button:has-text("发起“${procedure}”")`)
    await clerk.waitForSelector('.case-body')
    return record
}

await test('a task shows a green light, a yellow one when little time is left, a red one with a word when it is late, and the late are counted first', async () => {
    const staff = await first(clerk, '干部'), TITLE = '关于报送冬储情况的通知'
    await begin('收文', { 方式: '公文交换', 来文单位: '旗人民政府办公室', 来文字号: '旗政办发〔2026〕41号', 标题: TITLE, 文种: '通知', 签收人: staff.id, 签收时: moment(start) }, '收文办理')
    const item = (await ask(clerk, '/api/tasks?box=todo')).items.find(i => i.title.includes(TITLE)), due = new Date(item.due).getTime()
    const lamp = async (ms, light, says) => {
        await until(ms)
        await home(clerk, 'clerk')
        const line = clerk.locator('.box-list li', { hasText: TITLE })
        await line.locator(`.light.${light}`, { hasText: says }).waitFor()
        assert.deepEqual(await faults(clerk), [])
    }
    await lamp(start, 'green', /还有/)
    await lamp(due - 5 * 60_000, 'yellow', /还有/)
    assert.equal(await clerk.locator('.late-line').count(), 0)
    await lamp(due + 3 * HOUR, 'red', '已超 3 小时')
    await clerk.locator('.late-line', { hasText: '有 1 件已超时限' }).waitFor()
    await clerk.locator('#box-todo .count.late', { hasText: '1' }).waitFor()
    assert.match(await clerk.locator('.box-list li').first().textContent(), new RegExp(TITLE))
})

await test('a step that failed stands before everything else at who supervises: what is the matter, whose it is, and 重试 once it is mended', async () => {
    await home(admin, 'admin')
    const NAME = '没有写全的事项', add = (ledger, values) => tell(admin, 'POST', place(ledger), { values })
    const policy = await add('政策', { 名称: '政务服务事项管理办法', 发文机关: '旗人民政府', 层级: '中央', 生效: '2021-01-01' })
    const basis = await add('条款', { 政策: policy.id, 条: '第五条', 原文: '由镇人民政府办理。' })
    const incomplete = await add('事项', { 实施编码: 'LATE-1', 名称: NAME, 目录: '公共服务', 权力类型: '公共服务', 实施层级: ['镇'], 主管部门: '旗政务服务局', 实施机关: '镇人民政府', 设定依据: [basis.id] })
    await begin('办件', { 事项: incomplete.id, 单位: (await add('单位', { 名称: '敖包商店', 类型: '个体工商户' })).id, 渠道: '窗口', 收件: moment(start) }, '政务服务办件')
    await clerk.locator('.waits [role=alert]', { hasText: new RegExp(`定时限.*缺少「办件类型」，请补上；改好后由.*${chief}.*重试`) }).waitFor()
    assert.equal(await clerk.locator('.waits button').count(), 0) // it is not the clerk's to try again
    await clerk.locator('.case-side .notice', { hasText: '停在这里；原因写在上面' }).waitFor()
    for (const desk of [leader, phone]) {
        await home(desk, 'leader')
        await desk.locator('#box-supervise .count.late', { hasText: '1' }).waitFor()
        await desk.click('#box-supervise')
        await desk.locator('.late-line', { hasText: '有 1 件出了问题' }).waitFor()
        const line = desk.locator('.box-list li').first()
        assert.match(await line.textContent(), new RegExp(`${NAME}.*缺少「办件类型」`))
        assert.equal(await line.locator('input[type=checkbox]').count(), 0) // nobody is to be urged about it
        assert.equal(await tooWide(desk), 0)
        assert.deepEqual(await faults(desk), [])
        await line.locator('a').click()
        await desk.waitForSelector('.waits button')
        assert.deepEqual(await faults(desk), [])
    }
    await tell(admin, 'PATCH', `${place('事项')}/${incomplete.id}`, { values: { 办件类型: '即办件' } }, incomplete.version)
    await leader.click('.waits button:has-text("重试")')
    await leader.locator('dialog .dialog-foot button', { hasText: '重试' }).click()
    await leader.locator('#did', { hasText: '已重试' }).waitFor()
    assert.equal(await leader.locator('.waits [role=alert]').count(), 0)
    await home(leader, 'leader')
    await leader.waitForSelector('.box-list, #box-list p')
    assert.equal(await leader.locator('#box-supervise .count').count(), 0)
})

assert.deepEqual(town.complaints, [])
await town.close()
plan()
process.exit(failed.length ? 1 : 0)
