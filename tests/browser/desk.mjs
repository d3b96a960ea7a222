// First days at a desk, by keyboard and with many things at once, on a town whose half year was played. node tests/browser/desk.mjs PROGRAM
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { ask, bookWrite, failed, faults, hire, plan, signIn, tell, test, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu', '', 600)
const { base } = town
const enter = login => town.enter(login, { viewport: { width: 1280, height: 800 } })
const clerk = await enter('clerk'), leader = await enter('leader'), admin = await enter('admin')
const box = async (desk, name) => {
    await desk.goto(base)
    await desk.click(`#box-${name}`)
    await desk.locator('.box-list li').first().waitFor()
}
const numberOf = async (desk, name) => Number((await desk.locator(`#box-${name} .count`).textContent()) ?? 0)

await test('who cancels an import that the server has written already, before the page has heard of it, is told that it is written', async () => {
    const path = join(town.folder, 'late.xlsx')
    bookWrite(path, [['标题', '依据事项', '脱敏规则', '起'], ['取消得太晚的公示', '收费', '全脱敏', '2021-12-20']])
    let release, arrived
    const gate = new Promise(done => { release = done }), there = new Promise(done => { arrived = done })
    await clerk.goto(`${base}/ledgers/${encodeURIComponent('公示')}/import`)
    await clerk.locator('input[type=file]').first().setInputFiles(path)
    await clerk.locator('.save-bar .button.main:not([disabled])').waitFor()
    await clerk.route('**/api/jobs/*/events', async route => { // what the job tells is still on its way
        arrived()
        await gate
        await route.continue()
    })
    const page = `/api/ledgers/${encodeURIComponent('公示')}/records?find=${encodeURIComponent('取消得太晚')}`
    await clerk.locator('.save-bar .button.main').click()
    await there
    await clerk.waitForFunction(async where => (await (await fetch(where)).json()).items.length, page) // it is written
    await clerk.locator('.book button', { hasText: '取消' }).click()
    await clerk.locator('.book .error-text', { hasText: '来不及取消' }).waitFor()
    release()
    await clerk.locator('.book .tag', { hasText: '完成' }).waitFor()
    assert.equal(await clerk.locator('.book', { hasText: '什么都没有写入' }).count(), 0)
    await clerk.unroute('**/api/jobs/*/events')
})

await test('whoever has a post of a role without rights is told so, and is not sent to register what they may not', async () => {
    const desk = await hire(town, admin, 'wuquan', '其其格', '没有权限的角色', '2021-07-01')
    await desk.locator('.bench .notice', { hasText: '还没有任何权限' }).waitFor()
    assert.equal(await desk.locator('.bench', { hasText: '先在“村组”台账登记' }).count(), 0)
    await desk.context().close()
})

await test('a new colleague has an account, a post and a password from one page; a password that is too short is said beside its field, which has the focus', async () => {
    await admin.goto(`${base}/ledgers/${encodeURIComponent('账号')}/new`)
    await admin.waitForSelector('.record-form')
    await admin.fill('[id="f-登录名"]', 'xinren')
    await admin.fill('[id="f-姓名"]', '乌日娜')
    await admin.keyboard.press('Control+Enter')
    await admin.waitForSelector('.record-view')
    await admin.locator('.next-step', { hasText: '岗位' }).locator('a').click()
    await admin.waitForSelector('.record-form')
    await admin.fill('[id="f-名称"]', '办公室文书')
    const role = admin.locator('[data-field="角色"]')
    await role.locator('.el-select__wrapper').click()
    await role.locator('input').first().fill('办公室') // the beginning of a role that there is, and may be one of its own
    await role.locator('.el-select-dropdown__item.is-hovering', { hasText: '办公室经办' }).waitFor()
    assert.deepEqual(await role.locator('.el-select-dropdown__item:visible').allTextContents(), ['办公室经办', '办公室'])
    await admin.keyboard.press('Enter')
    await role.locator('.el-select__selected-item', { hasText: '办公室经办' }).waitFor()
    await admin.keyboard.press('Control+Enter')
    await admin.waitForSelector('.record-view')
    await admin.locator('.facts a', { hasText: '乌日娜' }).click()
    await admin.locator('h1', { hasText: 'xinren' }).waitFor()
    await admin.getByRole('button', { name: '重置密码' }).click()
    await admin.locator('dialog .button.main').click()
    const once = (await admin.locator('.one-time').textContent()).trim()
    const desk = await town.desk({ viewport: { width: 1280, height: 800 } })
    await signIn(desk, base, 'xinren', once)
    await desk.waitForSelector('[name=new]')
    assert.equal(await desk.title(), '登录 · 镇务')
    await desk.fill('[name=new]', '12345')
    await desk.fill('[name=repeat]', '12345')
    await desk.press('[name=repeat]', 'Enter')
    await desk.locator('.error-text', { hasText: '至少 8 个字符' }).waitFor()
    assert.equal(await desk.evaluate(() => document.activeElement.getAttribute('name')), 'new')
    await desk.fill('[name=new]', 'four words of grass')
    await desk.fill('[name=repeat]', 'four words of grass')
    await desk.press('[name=repeat]', 'Enter')
    await desk.waitForSelector('.bench .hints')
    assert.equal(await desk.title(), '工作台 · 镇务')
})

await test('a new paper asks for what is known when it comes; what later steps fill in is folded, and opens when asked for', async () => {
    await clerk.goto(`${base}/ledgers/${encodeURIComponent('收文')}/new`)
    await clerk.waitForSelector('.record-form')
    assert.ok(await clerk.locator('[id="f-标题"]').isVisible())
    for (const name of ['初审意见', '具体措施', '办结时']) assert.ok(!(await clerk.locator(`[data-field="${name}"]`).isVisible()), name)
    await clerk.click('.unfold')
    for (const name of ['初审意见', '具体措施', '办结时']) assert.ok(await clerk.locator(`[data-field="${name}"]`).isVisible(), name)
})

await test('a received paper is registered by keyboard alone: initials and Enter name a person, Ctrl+Enter saves from within an open list, and the page offers one next step', async () => {
    await clerk.goto(`${base}/ledgers/${encodeURIComponent('收文')}/new`)
    await clerk.waitForSelector('.record-form')
    await clerk.locator('[data-field="方式"] input').first().focus()
    await clerk.keyboard.press('Space')
    for (const [field, text] of [['来文单位', '旗应急管理局'], ['标题', '关于报送寒潮防范情况的通知']]) {
        await clerk.focus(`[id="f-${field}"]`)
        await clerk.keyboard.type(text)
    }
    const signer = clerk.locator('[data-field="签收人"]')
    await signer.locator('.el-select__selected-item', { hasText: '青格勒' }).waitFor() // who registers it is who takes it in, until they say otherwise
    await signer.locator('input').first().focus()
    await clerk.keyboard.type('qgl')
    await signer.locator('.el-select[data-found="qgl"]').waitFor()
    await signer.locator('.el-select-dropdown__item.is-hovering').waitFor()
    await clerk.keyboard.press('Control+Enter')
    await clerk.waitForSelector('.record-view')
    await clerk.locator('.facts div', { hasText: '签收人' }).filter({ hasText: '青格勒' }).waitFor()
    await clerk.locator('.begin .button.main').waitFor()
    assert.equal(await clerk.locator('.page .button.main').count(), 1)
    await clerk.click('.begin .button.main')
    await clerk.waitForSelector('.case-body')
    assert.deepEqual(await faults(clerk), [])
})

await test('papers that need nothing filled in are agreed to at once; one that does is not among them', async () => {
    await box(clerk, 'todo')
    const before = await numberOf(clerk, 'todo')
    const checks = clerk.locator('.box-list li', { hasText: '核验' })
    assert.ok(await checks.count() >= 2)
    await checks.first().locator('.pick input').check()
    await checks.nth(1).locator('a').focus()
    await clerk.keyboard.press('x')
    const asks = clerk.locator('.box-list li', { hasText: '寒潮防范情况' })
    assert.equal(await asks.locator('.pick input').count(), 0)
    await asks.locator('a').focus()
    await clerk.keyboard.press('x')
    await clerk.locator('.box-many', { hasText: '已选 2 件' }).locator('button').click()
    await clerk.locator('dialog .deeds li').nth(1).waitFor()
    assert.deepEqual(await faults(clerk), [])
    await clerk.keyboard.press('Control+Enter')
    await clerk.waitForFunction(() => !document.querySelector('dialog[open]'))
    await clerk.waitForFunction(n => Number(document.querySelector('#box-todo .count')?.textContent) === n, before - 2)
})

await test('a leader reads all that was circulated at once, sees in whose hands each late matter is, and urges several', async () => {
    await box(leader, 'copies')
    assert.ok(await numberOf(leader, 'copies') > 1)
    await leader.locator('.box-many input').check()
    await leader.locator('.box-many button').click()
    await leader.waitForSelector('dialog[open]') // it is fetched when it is first shown
    await leader.keyboard.press('Control+Enter')
    await leader.waitForFunction(() => !document.querySelector('#box-copies .count') && !document.querySelector('dialog[open]'))
    await box(leader, 'supervise')
    await leader.locator('.box-list .holders').first().waitFor()
    assert.equal(await leader.locator('.box-list li .holders').count(), await leader.locator('.box-list li').count())
    const late = leader.locator('.box-list li', { hasText: '隐患整改' }).first(), title = await late.locator('.what b').textContent()
    await late.locator('.pick input').check()
    await leader.locator('.box-many button').click()
    await leader.waitForSelector('dialog[open]') // it is fetched when it is first shown
    await leader.keyboard.press('Control+Enter')
    await leader.waitForFunction(() => !document.querySelector('dialog[open]') || document.querySelector('dialog .tag.bad'))
    assert.equal(await leader.locator('dialog .error-text').count(), 0)
    await leader.locator('.box-list a', { hasText: title }).click()
    await leader.locator('.path .tag', { hasText: '催' }).first().waitFor()
})

await test('a line of a ledger opens by mouse from where it stands, and a cell that is cut short is read whole below', async () => {
    await admin.goto(`${base}/ledgers/${encodeURIComponent('权限')}`)
    await admin.locator('.grid-body [data-r="0"][data-c="2"]').click()
    const whole = await admin.locator('.status .whole-cell').textContent()
    assert.equal(whole, await admin.locator('.grid-body [data-r="0"][data-c="2"]').textContent())
    assert.ok(whole.includes('查看'))
    await admin.locator('.status .open-row').click()
    await admin.waitForSelector('.record-view')
})

await test('how a record stands is a column of its list: notices under way are found by it', async () => {
    await clerk.goto(`${base}/ledgers/${encodeURIComponent('公示')}`)
    await clerk.locator('.grid-head', { hasText: '状态' }).waitFor()
    await clerk.selectOption('.grid-filters select[aria-label*="状态"]', '公示中')
    await clerk.locator('.filter-chips', { hasText: '状态 公示中' }).waitFor()
    await clerk.waitForFunction(() => document.querySelector('.list .count')?.textContent === '1')
    assert.match(await clerk.locator('.grid-body [data-r="0"]').evaluateAll(cells => cells.map(c => c.textContent).join(' ')), /公示中/)
})

await test('from a meeting its 议题 is added, from the 议题 the 督办事项 that it decided on: each is written where it belongs, and the form begins at what is wanted', async () => {
    const form = async name => { await clerk.waitForSelector('.record-form'); await clerk.locator('h1', { hasText: name }).waitFor() }
    const pick = async (field, typed, found) => {
        const box = clerk.locator(`[data-field="${field}"]`)
        await box.locator('input').first().focus()
        await clerk.keyboard.type(typed)
        await box.locator('.el-select-dropdown__item', { hasText: found }).first().waitFor()
        await clerk.keyboard.press('Enter')
    }
    await clerk.goto(`${base}/ledgers/${encodeURIComponent('会议')}/new`)
    await form('会议')
    await pick('类型', '党委会', '党委会')
    await clerk.fill('[id="f-时间"]', '今 15:00')
    await pick('主持', 'cgbl', '查干巴拉')
    await clerk.keyboard.press('Control+Enter')
    await clerk.waitForSelector('.record-view')
    await clerk.locator('.related-panel', { hasText: '议题' }).locator('a', { hasText: '新增' }).click()
    await form('议题')
    await clerk.waitForFunction(() => document.activeElement?.id === 'f-序') // 会议 is known
    await clerk.keyboard.type('1')
    await clerk.fill('[id="f-题目"]', '研究冬春救助对象')
    await clerk.locator('[data-field="三重一大"] label', { hasText: '否' }).click()
    await pick('提出人', 'cgbl', '查干巴拉')
    await clerk.keyboard.press('Control+Enter')
    await clerk.waitForSelector('.record-view')
    const topic = new URL(clerk.url()).pathname
    await clerk.locator('.facts .start a').click()
    await form('督办事项')
    await clerk.locator('.notice', { hasText: '保存后写进“议题”的“督办”' }).waitFor()
    await clerk.waitForFunction(() => document.getElementById('f-事项')?.value === '研究冬春救助对象') // carried over, and may be said otherwise
    await clerk.fill('[id="f-事项"]', '救助资金发放到户')
    await clerk.fill('[id="f-完成标准"]', '银行回单齐全')
    await pick('牵头领导', 'cgbl', '查干巴拉')
    await pick('责任单位', '社会事务', '社会事务办公室')
    await clerk.fill('[id="f-期限"]', '+20')
    await clerk.keyboard.press('Control+Enter')
    await clerk.locator('h1', { hasText: '救助资金发放到户' }).waitFor()
    await clerk.waitForSelector('.record-view')
    await clerk.locator('.facts div', { hasText: '来源' }).filter({ hasText: '党委会' }).first().waitFor() // of the meeting
    await clerk.locator('.facts div', { hasText: '议题' }).locator('a', { hasText: '研究冬春救助对象' }).waitFor()
    await clerk.goto(base + topic)
    await clerk.locator('.facts div', { hasText: '督办' }).locator('a', { hasText: '救助资金发放到户' }).waitFor()
    assert.deepEqual(await faults(clerk), [])
})

await test('a paper is signed and numbered without typing who, when or which number: the form begins with what is so, and the number is taken', async () => {
    const [head] = (await ask(leader, `/api/ledgers/${encodeURIComponent('干部')}/records?find=${encodeURIComponent('查干巴拉')}`)).items
    const paper = await tell(clerk, 'POST', `/api/ledgers/${encodeURIComponent('发文')}/records`, { values: {
        标题: '关于做好春节期间安全防范工作的通知', 文种: '通知', 发文机关: '镇政府', 主送: '各村', 公开属性: '主动公开', 拟稿人: head.id } })
    const { case: id } = await tell(clerk, 'POST', '/api/cases', { procedure: 'outbound_doc', record: paper.id })
    const does = async (desk, next, fill = async () => {}) => {
        await desk.goto(`${base}/cases/${id}`)
        await desk.waitForSelector('.act-panel .button.main')
        await fill()
        await desk.keyboard.press('Control+Enter')
        await desk.locator('h1 .tag', { hasText: next }).waitFor()
    }
    await does(clerk, '审核', async () => {
        await clerk.locator('[data-field="核稿人"] .el-select__selected-item', { hasText: '青格勒' }).waitFor()
        await clerk.locator('[data-field="合法性审核"] label', { hasText: '不需' }).click()
        for (const field of ['审核人', '签发人']) {
            await clerk.locator(`[data-field="${field}"] input`).first().focus()
            await clerk.keyboard.type('cgbl')
            await clerk.locator(`[data-field="${field}"] .el-select-dropdown__item`, { hasText: '查干巴拉' }).first().waitFor()
            await clerk.keyboard.press('Enter')
        }
    })
    await does(leader, '签发')
    await does(leader, '复核', async () => assert.match(await leader.inputValue('[id="f-签发时"]'), /^\d{4}-\d\d-\d\d \d\d:\d\d$/))
    await does(clerk, '登记编号')
    await does(clerk, '印制', () => clerk.locator('[data-field="发文号"] .note-text', { hasText: '自动取号' }).waitFor())
    const said = (await ask(clerk, `/api/ledgers/${encodeURIComponent('发文')}/records/${paper.id}`)).values
    assert.match(said['发文号'], /^镇政发〔\d{4}〕\d+号$/)
    assert.ok(said['签发时'] && said['核稿人'] && said['复核人'])
})

await test('how late a paper is follows the town, not a desk whose clock has stopped', async () => {
    await box(leader, 'todo')
    const right = await leader.locator('.box-list .light').allTextContents()
    assert.ok(right.some(text => /已超|今天|还有|限/.test(text)), String(right))
    const context = leader.context(), old = await context.newPage()
    await old.clock.setSystemTime(new Date('2009-01-01T00:00:00+08:00'))
    await old.goto(base)
    await old.locator('.box-list li').first().waitFor()
    assert.deepEqual(await old.locator('.box-list .light').allTextContents(), right)
    await old.close()
})

await test('a paper that came as a picture is looked at on the page, and can still be saved', async () => {
    const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
    await clerk.goto(`${base}/ledgers/${encodeURIComponent('收文')}?sort=-${encodeURIComponent('收文号')}`)
    await clerk.locator('.grid-body [data-r="0"][data-c="0"]').click()
    await clerk.locator('.status .open-row').click()
    await clerk.waitForSelector('.record-view')
    await clerk.keyboard.press('F2')
    await clerk.locator('[data-field="正文"] input[type=file]').setInputFiles({ name: '来文扫描.png', mimeType: 'image/png', buffer: picture })
    await clerk.keyboard.press('Control+Enter') // it may still be on its way: the form waits for it
    await clerk.locator('.record-view .file a', { hasText: '来文扫描.png' }).first().click()
    await clerk.locator('dialog img.looked-at').waitFor()
    assert.ok(await clerk.locator('dialog img.looked-at').evaluate(img => img.decode().then(() => img.naturalWidth)) > 0)
    assert.equal(await clerk.locator('dialog img.looked-at').evaluate(img => getComputedStyle(img).maxWidth), '100%') // a paper is read, not recognised
    await clerk.locator('dialog button', { hasText: '放大看' }).click()
    const wide = await clerk.locator('dialog .looking').evaluate(box => [box.firstElementChild.getBoundingClientRect().width, box.clientWidth])
    assert.equal(Math.round(wide[0]), wide[1])
    assert.deepEqual(await faults(clerk), [])
    await clerk.keyboard.press('Escape')
    await clerk.locator('.record-view .file a', { hasText: '下载' }).first().waitFor()
})

await test('a paper that is done goes into the archive from where it ended: what it says is not typed again, the number is the next one', async () => {
    const papers = (await ask(clerk, `/api/ledgers/${encodeURIComponent('收文')}/records?where=${encodeURIComponent('状态 = "归档" and 归档 = null')}&limit=2`)).items
    const [paper, other] = papers
    await tell(clerk, 'POST', `/api/ledgers/${encodeURIComponent('归档件')}/records`, { values: { 收文: other.id, 全宗号: 'J012', 保管期限: '30年', 机构问题: 'BGS', 页数: 2 } })
    await clerk.goto(`${base}/ledgers/${encodeURIComponent('收文')}/${paper.id}`)
    await clerk.locator('.record-cases a').first().click()
    await clerk.locator('.case-side .notice a', { hasText: '登记“归档件”' }).click()
    await clerk.waitForSelector('.record-form')
    await clerk.waitForFunction(() => document.getElementById('f-全宗号')?.value === 'J012' && document.getElementById('f-机构问题')?.value === 'BGS') // as the last one said
    await clerk.locator('[data-field="保管期限"] label', { hasText: '30年' }).click()
    await clerk.fill('[id="f-页数"]', '3') // nobody counted them when it came
    await clerk.keyboard.press('Control+Enter')
    await clerk.waitForSelector('.record-view')
    const made = (await ask(clerk, `/api/ledgers/${encodeURIComponent('归档件')}/records?where=${encodeURIComponent(`收文 = "${paper.id}"`)}`)).items[0].values
    assert.deepEqual([made['题名'], made['责任者'], made['件号']], [paper.values['标题'], paper.values['来文单位'], 2])
    const now = (await ask(clerk, `/api/ledgers/${encodeURIComponent('收文')}/records/${paper.id}`)).values
    assert.ok(now['归档'])
    assert.deepEqual(await faults(clerk), [])
})

await test('who was signed out in another window loses nothing that was typed, and is told to save once more', async () => {
    const desk = await enter('clerk')
    await desk.goto(`${base}/ledgers/${encodeURIComponent('收文')}/new`)
    await desk.waitForSelector('.record-form')
    await desk.locator('[data-field="方式"] label', { hasText: '邮件' }).click()
    await desk.fill('[id="f-来文单位"]', '旗委办')
    await desk.fill('[id="f-标题"]', '关于召开会议的通知')
    await desk.context().clearCookies()
    await desk.keyboard.press('Control+Enter')
    await desk.locator('.notice', { hasText: '登录已过期' }).waitFor()
    for (const [name, text] of [['account', 'clerk'], ['password', town.passwords.clerk]]) await desk.fill(`[name=${name}]`, text)
    await desk.press('[name=password]', 'Enter')
    await desk.locator('#problems', { hasText: '请再按一次“保存”' }).waitFor()
    await desk.locator('.save-bar .main').click()
    await desk.locator('.record-view .facts', { hasText: '关于召开会议的通知' }).first().waitFor()
    await desk.context().close()
})

await test('a window that is shut leaves the focus where it was, also when a menu opened it; a menu shuts when one goes elsewhere, and by Esc', async () => {
    const focus = () => clerk.evaluate(() => document.activeElement.textContent.trim().replace(/\s.*/, ''))
    await box(clerk, 'todo')
    await clerk.locator('.box-list a').first().click()
    await clerk.waitForSelector('.act-panel')
    await clerk.locator('.act-more summary').focus()
    await clerk.keyboard.press('Enter')
    await clerk.locator('.act-more li button', { hasText: '转办' }).focus()
    await clerk.keyboard.press('Enter')
    await clerk.waitForSelector('dialog .people-picker')
    await clerk.locator('dialog .dialog-foot button', { hasText: '取消' }).click()
    await clerk.waitForSelector('dialog', { state: 'detached' })
    assert.equal(await focus(), '其他')
    assert.equal(await clerk.locator('.act-more[open]').count(), 0)
    await clerk.locator('.case-menu > button').click()
    await clerk.waitForSelector('#case-acts')
    await clerk.locator('.case-paper h2').click()
    await clerk.waitForSelector('#case-acts', { state: 'detached' })
    await clerk.locator('.case-menu > button').click()
    await clerk.locator('#case-acts button').first().focus()
    await clerk.keyboard.press('Escape')
    await clerk.waitForSelector('#case-acts', { state: 'detached' })
    assert.equal(await focus(), '更多办理')
    await clerk.keyboard.press('Enter')
    await clerk.locator('#case-acts button', { hasText: '传阅' }).click()
    await clerk.waitForSelector('dialog .people-picker')
    await clerk.locator('dialog .dialog-foot button', { hasText: '取消' }).click()
    await clerk.waitForSelector('dialog', { state: 'detached' })
    assert.equal(await focus(), '更多办理')
})

await test('the pages say nothing to the console that they should not', () => assert.deepEqual(town.complaints, []))
plan()
await town.close()
process.exit(failed.length ? 1 : 0)
