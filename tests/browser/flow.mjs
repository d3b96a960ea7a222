// Paper and hazards as a township carries them, by people at their own desks and phones. node tests/browser/flow.mjs PROGRAM
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask, failed, faults, hire, plan, signIn, tell, test, tooWide, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu')
const { base, passwords } = town
const records = (ledger, more = {}) => `/api/ledgers/${encodeURIComponent(ledger)}/records?${new URLSearchParams(more)}`
const place = ledger => `/api/ledgers/${encodeURIComponent(ledger)}/records`
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }

// Who works here: accounts of staff, and a second clerk, made by the administrator.
const admin = await town.desk()
await signIn(admin, base, 'admin', passwords.admin)
await admin.waitForSelector('.bench')
const { today } = (await ask(admin, '/api/session')).town
const staff = (await ask(admin, records('干部', { limit: 100 }))).items
const offices = (await ask(admin, records('站所', { limit: 100 }))).items
const office = offices.find(o => o.values['负责人'])
const head = staff.find(s => s.id === office.values['负责人'])
const [first, reader] = staff.filter(s => s !== head)
const accounts = Object.fromEntries((await ask(admin, records('账号'))).items.map(a => [a.values['登录名'], a]))

const patch = (ledger, record, values) => tell(admin, 'PATCH', `${place(ledger)}/${record.id}`, { values }, record.version)
async function enter(login, at) {
    const desk = await town.desk(at)
    await signIn(desk, base, login, passwords[login])
    await desk.waitForSelector('.bench .boxes')
    return desk
}
await patch('账号', accounts.leader, { 干部: first.id })
const clerk = await enter('clerk'), leader = await enter('leader')
const second = await hire(town, admin, 'clerk2', '乌兰', '办公室经办', today, null)
const chief = await hire(town, admin, 'chief', head.values['姓名'], '信访', today, head.id)
const readerDesk = await hire(town, admin, 'reader', reader.values['姓名'], '信访', today, reader.id)

/** Opens the first line of a box that says this. */
async function openFrom(desk, box, text) {
    await desk.goto(base)
    await desk.click(`#box-${box}`)
    await desk.locator('.box-list a', { hasText: text }).first().click()
    await desk.waitForSelector('.case-body')
}
const panel = (desk, task) => desk.locator('.act-panel h2', { hasText: task }).waitFor()
/** What was done is said, and the page shows where the paper is now. */
const doneAs = (desk, act) => desk.locator('#did', { hasText: act === '同意' ? /已同意|已办好/ : `已${act}` }).waitFor()
const caseOf = async desk => ask(desk, `/api/cases/${desk.url().split('/').pop().split('?')[0]}`)
/** A colleague, an office or a member of staff picked by typing: from the list that answers what was typed, not from the one before it. */
async function pick(desk, field, text) {
    const box = desk.locator(`.act-panel [data-field="${field}"]`)
    await box.locator('.el-select__wrapper').click()
    await box.locator('input').first().fill(text)
    await box.locator(`.el-select[data-found="${text}"]`).waitFor()
    await box.locator('.el-select-dropdown__item', { hasText: text }).first().click()
    await desk.keyboard.press('Escape')
    await box.locator('.el-select__selection', { hasText: text }).waitFor()
}

const TITLE = '关于做好冬季防火工作的通知'
let paper = ''
await test('a paper that was registered is begun on with one click, and lies in its first box at once', async () => {
    const record = await tell(clerk, 'POST', place('收文'), { values: {
        方式: '公文交换', 来文单位: '旗人民政府办公室', 来文字号: '旗政办发〔2026〕31号', 标题: TITLE, 文种: '通知', 签收人: first.id, 签收时: `${today}T09:00:00+08:00` } })
    await clerk.goto(`${base}/ledgers/收文/${record.id}`)
    await clerk.click('button:has-text("发起“收文办理”")')
    await clerk.waitForSelector('.case-body')
    paper = clerk.url().split('/').pop()
    await panel(clerk, '初审')
    await second.goto(base)
    await second.locator('#box-list', { hasText: TITLE }).waitFor()
    await second.keyboard.press('j')
    assert.match(await second.evaluate(() => document.activeElement.textContent), new RegExp(TITLE)) // one key more opens it
    assert.match(await second.textContent('#box-todo .count'), /1/)
})

await test('two people have one task before them: the first does it, the second is told, and nothing of theirs is kept', async () => {
    await second.route('**/api/events', route => route.abort()) // a desk whose line is broken: it has not heard
    await openFrom(second, 'todo', TITLE)
    await panel(second, '初审')
    await clerk.locator('.act-panel [data-field="初审"] label', { hasText: '合格' }).click()
    await clerk.keyboard.press('Control+Enter')
    await doneAs(clerk, '同意')
    await second.locator('.act-panel [data-field="初审"] label', { hasText: '退回来文单位' }).click()
    await second.locator('.act-panel .opinion textarea').fill('不归本镇办')
    await second.locator('.act-buttons .main').click()
    await second.locator('.case .notice.bad', { hasText: /他人|刚被/ }).waitFor()
    const now = await caseOf(clerk)
    assert.equal(now.values.values['初审'], '合格')
    assert.ok(!JSON.stringify(now.words).includes('不归本镇办'))
    await second.unroute('**/api/events')
})

await test('what a step must fill in is asked for at its place; then it goes on, with the people chosen by name', async () => {
    await openFrom(clerk, 'todo', TITLE)
    await panel(clerk, '拟办')
    await clerk.keyboard.press('Control+Enter')
    await clerk.locator('.act-panel .error-text').first().waitFor()
    await pick(clerk, '传阅范围', reader.values['姓名'])
    await clerk.fill('[id="f-具体措施"]', '各村组排查柴草堆放')
    await clerk.fill('[id="f-预想成效"]', '年底前无火情')
    await pick(clerk, '批示领导', first.values['姓名'])
    await pick(clerk, '主办', office.values['名称'])
    assert.deepEqual(await faults(clerk), [])
    assert.match(await clerk.textContent('.act-panel .act-part'), /要填的.*记到“收文”里/)
    assert.match(await clerk.textContent('.act-panel .opinion .label'), /我的意见.*不改上面填的/)
    await clerk.locator('.act-buttons .main').click()
    await clerk.locator('#did', { hasText: `“拟办”已办好。` }).waitFor() // who fills something in has not agreed to anything
    assert.doesNotMatch(await clerk.textContent('#did'), /已同意/)
    const word = clerk.locator('.words li', { hasText: '拟办' }).last()
    await word.locator('.tag', { hasText: '办好' }).waitFor()
    assert.doesNotMatch(await word.textContent(), /同意/)
    assert.match(await clerk.locator('.path > li.done', { hasText: '拟办' }).last().textContent(), /已办好/)
    assert.match((await caseOf(clerk)).place, /批示/)
})

await test('what was sent too early is taken back by its sender while nobody has acted, and sent again', async () => {
    await clerk.locator('.path button', { hasText: '撤回' }).last().click()
    await clerk.locator('dialog .foresee li', { hasText: '收回：批示' }).waitFor()
    assert.deepEqual(await faults(clerk), [])
    await clerk.locator('dialog .dialog-foot button', { hasText: '撤回' }).click()
    await doneAs(clerk, '撤回')
    await panel(clerk, '拟办')
    await clerk.fill('[id="f-具体措施"]', '各村组排查柴草堆放，三日内报')
    await clerk.press('[id="f-具体措施"]', 'Control+Enter')
    await doneAs(clerk, '同意')
    assert.equal((await caseOf(clerk)).values.values['具体措施'], '各村组排查柴草堆放，三日内报')
})

await test('a return says beforehand what it withdraws, wants its reason, and comes straight back when that was asked', async () => {
    await openFrom(leader, 'todo', TITLE)
    await panel(leader, '批示')
    await leader.locator('.act-buttons button', { hasText: '退回' }).click()
    const dialog = leader.locator('dialog')
    await dialog.locator('.targets label', { hasText: '拟办' }).first().click()
    await dialog.locator('label', { hasText: '直达' }).click()
    await dialog.locator('.foresee li').first().waitFor()
    await dialog.locator('.dialog-foot .bad').click()
    await dialog.locator('.error-text').waitFor()
    await dialog.locator('textarea').fill('请写明责任人')
    assert.deepEqual(await faults(leader), [])
    await dialog.locator('.dialog-foot .bad').click()
    await doneAs(leader, '退回')
    await openFrom(clerk, 'todo', TITLE)
    await panel(clerk, '拟办')
    await clerk.locator('.words li', { hasText: '请写明责任人' }).waitFor()
    await clerk.fill('[id="f-具体措施"]', '各村组排查柴草堆放，三日内报，责任人为村主任')
    await clerk.press('[id="f-具体措施"]', 'Control+Enter')
    await doneAs(clerk, '同意')
    assert.match((await caseOf(clerk)).place, /批示/)
})

await test('the leader agrees on a phone with a phrase and one touch; readers and the office get it', async () => {
    const phone = await town.desk({ ...PHONE, storageState: await leader.context().storageState() })
    await phone.goto(base)
    await phone.locator('.box-list a', { hasText: TITLE }).click()
    await phone.waitForSelector('.act-panel')
    assert.equal(await tooWide(phone) > 0, false)
    assert.deepEqual(await faults(phone), [])
    await phone.locator('.act-buttons button', { hasText: '写意见' }).click()
    await phone.locator('.opinion .tag', { hasText: '请抓紧办理' }).click()
    await phone.locator('.act-buttons .main').click()
    await doneAs(phone, '同意')
    await phone.context().close()
    await leader.context().close()
    await openFrom(readerDesk, 'copies', TITLE)
    await readerDesk.locator('.act-buttons .main').click()
    await doneAs(readerDesk, '已阅')
    await readerDesk.locator('.path .readers', { hasText: '已阅' }).waitFor()
    await readerDesk.context().close()
})

await test('the office writes the result, the clerk closes it, and the whole path stays: struck, returned, read, done', async () => {
    await openFrom(chief, 'todo', TITLE)
    await panel(chief, '承办')
    await chief.fill('[id="f-办理结果"]', '已排查 12 个村组，清理柴草 35 处')
    await chief.press('[id="f-办理结果"]', 'Control+Enter')
    await doneAs(chief, '同意')
    const { case: id } = await caseOf(clerk)
    await tell(clerk, 'POST', `/api/cases/${id}/act`, { act: 'copy', who: [(await ask(chief, '/api/session')).account.id] })
    await chief.goto(base)
    await chief.click('#box-copies')
    await chief.getByRole('button', { name: `已阅：${(await caseOf(clerk)).title}` }).click()
    await chief.locator('#box-list', { hasText: '没有传给您看的件' }).or(chief.locator('.box-list a:not(.unread)', { hasText: TITLE })).waitFor()
    assert.ok((await caseOf(clerk)).readers.find(r => r.person === head.values['姓名']).read_at)
    await chief.context().close()
    await openFrom(clerk, 'todo', TITLE)
    await panel(clerk, '办结')
    await clerk.keyboard.press('Control+Enter')
    await doneAs(clerk, '同意')
    await clerk.locator('.path .end', { hasText: '办结' }).waitFor()
    assert.ok(await clerk.locator('.words .void').count() > 0)
    const states = (await caseOf(clerk)).visits.map(v => v.state)
    assert.ok(states.includes('returned') || states.includes('withdrawn'))
    await clerk.goto(base)
    await clerk.click('#box-sent')
    await clerk.locator('.box-list a', { hasText: TITLE }).waitFor()
})

await test('the path is drawn on the procedure\'s own diagram in colours, and printed as the office\'s slip without struck opinions', async () => {
    await clerk.goto(`${base}/cases/${paper}`)
    await clerk.click('button:has-text("看流程图")')
    await clerk.waitForSelector('.diagram-canvas[data-ready=true]')
    assert.ok(await clerk.locator('.djs-shape.place-passed').count() > 4)
    const fill = element => clerk.locator(`.djs-shape[data-element-id=${element}] .djs-visual > *`).first().evaluate(shape => getComputedStyle(shape).fill)
    assert.notEqual(await fill('handle'), await fill('help')) // nobody was asked to help
    assert.equal(await clerk.locator('.bjs-powered-by').isVisible(), true)
    assert.deepEqual(await faults(clerk), [])
    await clerk.emulateMedia({ media: 'print' })
    assert.equal(await clerk.locator('.slip').isVisible(), true)
    assert.equal(await clerk.locator('.case-body').isVisible(), false)
    const slip = await clerk.textContent('.slip')
    assert.match(slip, /请抓紧办理/)
    assert.ok(!slip.includes('请写明责任人'))
    assert.ok((await clerk.pdf({ preferCSSPageSize: true })).length > 5000)
    await clerk.emulateMedia({ media: 'screen' })
})

/** What the program does for a story before its pages are looked at: an act of whoever sits at this desk. */
async function actOn(desk, id, values, opinion = '') {
    const now = await ask(desk, `/api/cases/${id}`), seat = now.visits.flatMap(v => v.seats).find(s => s.mine && s.state === 'open')
    await tell(desk, 'POST', `/api/cases/${id}/act`, { act: 'agree', rev: now.rev, seat: seat.seat, seat_rev: seat.rev, values, opinion })
}
const DOWN = '关于做好防灭火工作的通知'
let handed = ''
await test('a county paper handed down to village groups is one path with them: who has it, since when, for how long, what they answered', async () => {
    const head = await enter('leader'), cadre = await enter('cadre', PHONE)
    const village = (await ask(cadre, '/api/session')).post.group, groups = (await ask(clerk, records('村组', { where: '类型 in ("村", "嘎查")', limit: 20 }))).items
    const other = groups.find(g => g.id !== village.id)
    await (await hire(town, admin, 'elder', '斯琴', '村干部', today, null, other.id)).context().close()
    const record = await tell(clerk, 'POST', place('收文'), { values: { 方式: '公文交换', 来文单位: '旗人民政府办公室', 标题: DOWN, 文种: '通知', 签收人: first.id, 签收时: `${today}T09:00:00+08:00` } })
    handed = (await tell(clerk, 'POST', '/api/cases', { procedure: 'inbound_doc', record: record.id })).case
    await actOn(clerk, handed, { 初审: '合格' })
    await actOn(clerk, handed, { 传阅范围: [first.id], 具体措施: '排查', 预想成效: '无火情', 批示领导: [first.id], 主办: office.id, 任务要求: '报责任人', 反馈时限: `${today}T23:59:00+08:00`,
        下达村组: [village.id, other.id] })
    await actOn(head, handed, undefined, '请抓紧办理')
    await head.context().close()
    await openFrom(cadre, 'todo', DOWN)
    await panel(cadre, '村组办理')
    await cadre.fill('[id="f-反馈"]', '已清理柴草 9 处')
    assert.equal(await tooWide(cadre) > 0, false)
    assert.deepEqual(await faults(cadre), [])
    await cadre.locator('.act-buttons .main').click()
    await doneAs(cadre, '同意')
    await clerk.goto(`${base}/cases/${handed}`)
    await clerk.locator('.kinship', { hasText: '已下达 2 件：有反馈 1' }).waitFor()
    await clerk.locator('.case-buttons a', { hasText: '办理全程' }).click()
    await clerk.waitForSelector('.diagram-canvas[data-ready=true]')
    const lines = clerk.locator('.whole-lines tbody tr')
    assert.deepEqual((await lines.locator('.name .link').allTextContents()).map(x => x.trim()).sort(), [(await ask(clerk, `/api/cases/${handed}`)).title, ...(await ask(clerk, `/api/cases/${handed}/path`)).items.slice(1).map(k => k.group)].sort())
    await lines.filter({ hasText: '批示' }).filter({ hasText: '请抓紧办理' }).waitFor()
    await lines.filter({ hasText: '下达村组' }).filter({ hasText: '0 / 2' }).waitFor()
    await lines.filter({ hasText: village.name }).filter({ hasText: '已清理柴草 9 处' }).filter({ hasText: '核验' }).waitFor()
    await clerk.locator('.djs-shape[data-element-id=groups].place-here').waitFor()
    assert.deepEqual(await faults(clerk), [])
    await lines.locator('.name .link', { hasText: village.name }).click()
    await clerk.locator('.djs-shape[data-element-id=verify].place-here').waitFor() // the village's own diagram and time line
    await clerk.locator('.whole-one .path', { hasText: '村组办理' }).waitFor()
    await cadre.goto(`${cadre.url().split('?')[0]}/path`)
    await cadre.locator('.whole-lines .name', { hasText: village.name }).waitFor()
    assert.equal(await tooWide(cadre) > 0, false)
    assert.deepEqual(await faults(cadre), [])
    await cadre.context().close()
})

const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64')
await test('who has no computer answers on paper, and the office writes it down with a photograph of it: both names stay', async () => {
    const below = (await ask(clerk, `/api/cases/${handed}/path`)).items.find(k => k.place === '村组办理')
    await clerk.goto(`${base}/cases/${below.case}`)
    const own = clerk.locator('.record-for li').first(), name = (await own.locator('span').textContent()).split('　')[1]
    await own.locator('.link').click()
    const dialog = clerk.locator('dialog')
    await dialog.locator('[id="f-反馈"]').fill('护林员三人已到位')
    await dialog.locator('.dialog-foot .main').click()
    await dialog.locator('.error-text', { hasText: '原件' }).waitFor()
    await dialog.locator('.file-button input').last().setInputFiles({ name: '来信.png', mimeType: 'image/png', buffer: PICTURE })
    await dialog.locator('.files li', { hasText: '来信.png' }).waitFor()
    await dialog.locator('textarea').last().fill('已办妥')
    assert.deepEqual(await faults(clerk), [])
    await dialog.locator('.dialog-foot .main').click()
    await doneAs(clerk, '代录')
    const word = clerk.locator('.words li', { hasText: '已办妥' })
    await word.locator('b', { hasText: `${name}（` }).filter({ hasText: '代录' }).waitFor()
    const paper = await word.locator('a', { hasText: '原件' }).getAttribute('href')
    assert.equal(await clerk.evaluate(async where => (await fetch(where)).status, paper), 200)
    assert.equal((await caseOf(clerk)).values.values['反馈'], '护林员三人已到位')
})

await test('an opinion is signed by hand and goes with what is done, though nobody said that it was finished; who gave it mends it later, and the first one stays beside the second', async () => {
    const below = (await ask(clerk, `/api/cases/${handed}/path`)).items.find(k => k.place === '核验')
    await clerk.goto(`${base}/cases/${below.case}`)
    await panel(clerk, '核验')
    await clerk.locator('.act-panel .opinion textarea').fill('属实')
    await clerk.click('.handwriting .link')
    const pad = clerk.locator('.handwriting canvas'), box = await pad.boundingBox()
    await clerk.mouse.move(box.x + 20, box.y + 40)
    await clerk.mouse.down()
    await clerk.mouse.move(box.x + 120, box.y + 70, { steps: 4 })
    await clerk.mouse.up()
    assert.deepEqual(await faults(clerk), [])
    await clerk.locator('.act-buttons .main').click()
    await doneAs(clerk, '同意')
    const word = clerk.locator('.words li', { hasText: '属实' }).last()
    assert.ok(await word.locator('.words-hand img').evaluate(img => img.decode().then(() => img.naturalWidth)) > 0)
    await word.locator('.link', { hasText: '补正' }).click()
    await clerk.locator('dialog blockquote', { hasText: '属实' }).waitFor()
    await clerk.locator('dialog textarea').fill('属实，照片三张已核')
    await clerk.locator('dialog .dialog-foot .main').click()
    await doneAs(clerk, '补正意见')
    await clerk.locator('.words li', { hasText: '照片三张已核' }).filter({ hasText: '补正前：属实' }).waitFor()
    assert.equal(await clerk.locator('.words li', { hasText: '属实' }).count(), 2)
})

await test('the office\'s forms are seen as they will be printed, from the case, the record and the register; where there is none, none is offered', async () => {
    const sheet = async () => {
        await clerk.waitForSelector('.print-sheet img.ready')
        const address = await clerk.locator('.print-asked a').first().getAttribute('href')
        const [type, size] = await clerk.evaluate(async where => { const a = await fetch(where); return [a.headers.get('Content-Type'), (await a.arrayBuffer()).byteLength] }, address)
        assert.equal(type, 'application/pdf')
        assert.ok(size > 3000)
        assert.deepEqual(await faults(clerk), [])
        await clerk.locator('dialog button', { hasText: '关闭' }).click()
        return decodeURIComponent(address)
    }
    await clerk.goto(`${base}/cases/${handed}`)
    await clerk.click('button:has-text("打印批办单")')
    assert.match(await sheet(), /form=批办单/)
    const top = await ask(clerk, `/api/cases/${handed}`)
    await clerk.goto(`${base}/ledgers/收文/${top.record}`)
    await clerk.click('.record-cases button:has-text("打印批办单")')
    assert.match(await sheet(), new RegExp(handed))
    await clerk.goto(`${base}/ledgers/收文`)
    await clerk.click('button:has-text("打印收文登记簿")')
    await clerk.fill('.print-asked .field input >> nth=0', '不是日子')
    await clerk.fill('.print-asked .field input >> nth=0', today)
    await clerk.press('.print-asked .field input >> nth=0', 'Enter')
    assert.match(await sheet(), new RegExp(`from=${today}`))
    await clerk.goto(`${base}/ledgers/用印`)
    await clerk.waitForSelector('.page-head .button')
    assert.equal(await clerk.locator('.page-head button', { hasText: '登记簿' }).count(), 0)
})

await test('a hazard that a village reports goes its way by itself: it is registered, ordered, rectified with a photograph, re-checked by two and closed, on phones of 360 pixels', async () => {
    const cadre = await enter('cadre', PHONE)
    const village = (await ask(cadre, '/api/session')).post.group.id
    await cadre.goto(`${base}/ledgers/隐患/new?村组=${village}`)
    await cadre.waitForSelector('.record-form')
    for (const [field, choice] of [['来源', '网格'], ['等级', '一般']]) {
        const box = cadre.locator(`[data-field="${field}"]`)
        await box.locator('label', { hasText: choice }).first().click()
    }
    await cadre.locator('[data-field="领域"] .el-select__wrapper').click()
    await cadre.locator('[data-field="领域"] .el-select-dropdown__item', { hasText: '消防' }).first().click()
    await cadre.fill('[id="f-部位"]', '村部东侧草料库')
    await cadre.fill('[id="f-描述"]', '草料堆垛离民房不足五米')
    assert.equal(await tooWide(cadre) > 0, false)
    await cadre.click('.save-bar .main')
    await cadre.waitForSelector('.record-view')
    await cadre.locator('.record-cases a', { hasText: '隐患整改' }).waitFor()
    assert.equal(await cadre.locator('.begin').count(), 0)
    await openFrom(clerk, 'todo', '村部东侧草料库')
    await panel(clerk, '交办') // measures, whose and until when are for who assigns it to write
    for (const [field, text] of [['整改措施', '移到村外'], ['整改责任人', '其木格'], ['期限', '+5']]) await clerk.fill(`.act-panel [id="f-${field}"]`, text)
    await clerk.locator('.act-buttons .main').click()
    await doneAs(clerk, '同意')
    await openFrom(cadre, 'todo', '村部东侧草料库')
    await panel(cadre, '整改中')
    await cadre.locator('.act-panel .camera').waitFor() // the camera is one touch away
    const photo = join(town.folder, '整改后.png')
    writeFileSync(photo, PICTURE)
    await cadre.setInputFiles('.act-panel .camera input', photo)
    await cadre.locator('.act-panel .files li', { hasText: '整改后.png' }).waitFor()
    assert.equal(await tooWide(cadre) > 0, false)
    assert.deepEqual(await faults(cadre), [])
    await cadre.locator('.act-buttons .main').click()
    await doneAs(cadre, '同意')
    for (const [i, desk] of [clerk, second].entries()) {
        await openFrom(desk, 'todo', '村部东侧草料库')
        await panel(desk, '复查')
        if (i === 0) {
            await pick(desk, '复查人', first.values['姓名'])
            await desk.fill('[id="f-复查时"]', `${today} 00:00`)
            await desk.locator('.act-panel [data-field="复查结论"] label').filter({ hasText: /^合格$/ }).click()
        }
        await desk.locator('.act-buttons .main').click()
        await doneAs(desk, '同意')
    }
    await cadre.reload()
    await cadre.locator('.path .end').waitFor()
    const ended = await caseOf(cadre)
    assert.equal(ended.values.state, '销号')
    assert.equal(ended.values.values['销号'], today) // kept by the procedure, typed by nobody
    await clerk.goto(`${base}/ledgers/隐患/${ended.record}`)
    await clerk.locator('.record-cases li', { hasText: '已结束' }).first().waitFor()
    assert.equal(await clerk.locator('button', { hasText: '发起“隐患整改”' }).count(), 0) // struck off: nothing is to be begun
    await cadre.context().close()
})

await test('a procedure is designed as steps without drawing; the program finds nothing wrong with it, and a missing word is named', async () => {
    await admin.goto(`${base}/procedures/design`)
    await admin.click('button:has-text("检查")')
    await admin.locator('.steps .error-text').first().waitFor()
    assert.equal(await admin.evaluate(() => document.activeElement.closest('.field').querySelector('.label').textContent), '流程名称') // ready to be typed
    assert.match(await admin.locator('.step').nth(1).locator('.who-words').first().textContent(), /请填谁办/)
    await admin.locator('.notice.bad', { hasText: '还有 5 处没有写好' }).waitFor()
    assert.deepEqual(await faults(admin), [])
    await admin.locator('.steps-head input').first().fill('用印审批')
    await admin.locator('.steps-head input').nth(1).fill('收文')
    for (const [i, who] of ['拟稿人', '领导', '办公室经办'].entries()) await admin.locator('.step').nth(i).locator('.who-words select').first().selectOption({ label: who })
    await admin.click('button:has-text("检查")')
    await admin.locator('.notice.good', { hasText: '没有问题' }).waitFor()
    assert.deepEqual(await faults(admin), [])
    const [file] = await Promise.all([admin.waitForEvent('download'), admin.click('button:has-text("下载 .bpmn")')])
    assert.equal(file.suggestedFilename(), '用印审批.bpmn')
    await admin.locator('label', { hasText: '画流程图' }).click()
    await admin.waitForSelector('.designer-board .djs-shape')
    assert.equal(await admin.locator('.djs-palette [title="开始"]').count(), 1)
    await admin.locator('.designer-board .djs-shape[data-element-id=t2] .djs-hit').first().click()
    await admin.locator('.designer-side label', { hasText: '谁办' }).locator('input').fill('角色：领导')
    await admin.locator('.designer-side label', { hasText: '谁办' }).locator('input').press('Tab')
    await admin.click('button:has-text("检查")')
    await admin.locator('.notice.bad', { hasText: '角色：领导' }).waitFor()
})

await test('a procedure of the town is opened as steps and read back from its diagram; one that steps cannot say stays a diagram, with the reason', async () => {
    await admin.goto(`${base}/procedures/design`)
    const choose = name => admin.locator('.designer-open select').selectOption({ label: name })
    await choose('会议督办')
    await admin.waitForFunction(() => [...document.querySelectorAll('.step h2 + *, .step input')].some(e => e.value === '签收'))
    assert.deepEqual(await admin.locator('.step input[list=step-states]').evaluateAll(all => all.map(e => e.value)), ['交办', '签收', '办理', '核验'])
    const condition = () => admin.locator('.step').nth(3).locator('.step-more .mono'), refused = 'outcome = "refuse" or 佐证 = null'
    await admin.locator('.step').nth(3).locator('summary').click()
    await condition().fill(refused)
    await admin.locator('.step').nth(1).locator('input[list=step-states]').fill('认领')
    assert.deepEqual(await faults(admin), [])
    await admin.locator('label', { hasText: '画流程图' }).click()
    await admin.locator('.designer-board .djs-shape[data-element-id=accept]', { hasText: '认领' }).waitFor()
    await admin.locator('.designer-bar label', { hasText: '按步骤' }).click()
    await admin.waitForSelector('.step')
    assert.deepEqual(await admin.locator('.step input[list=step-states]').evaluateAll(all => all.map(e => e.value)), ['交办', '认领', '办理', '核验'])
    assert.equal(await condition().inputValue(), refused)
    await choose('冬春救助批次')
    await admin.locator('.notice.warn', { hasText: '“公示”是等待' }).waitFor()
    await admin.locator('.designer-board .djs-shape[data-element-id=posted]').waitFor()
    await admin.locator('.designer-bar label', { hasText: '按步骤' }).click()
    await admin.locator('.notice.warn', { hasText: '按步骤写不全' }).waitFor()
    assert.equal(await admin.locator('.designer-board').isVisible(), true)
    assert.deepEqual(await faults(admin), [])
})

await test('one line of work is open; its ledgers without records are folded, and what was opened lately stands at the top', async () => {
    await clerk.goto(`${base}/ledgers/用印`)
    await clerk.waitForSelector('.empty, .grid-body')
    await clerk.locator('.work-line.open .line-head', { hasText: '公文' }).waitFor()
    assert.equal(await clerk.locator('.work-line.open').count(), 1)
    const [before, more] = [await clerk.locator('.side .item').count(), clerk.locator('.line-head button[aria-expanded=false]')]
    assert.ok(before < 60)
    await more.click()
    await clerk.waitForFunction(n => document.querySelectorAll('.side .item').length > n, before)
    await clerk.goto(base)
    await clerk.locator('.side section:not(.work-line) .item', { hasText: '用印' }).waitFor()
    assert.equal(await clerk.locator('.work-line.open .item', { hasText: '用印' }).count(), 0)
})

await test('no page broke its content policy, warned or failed in the console all the while', async () => assert.deepEqual(town.complaints, []))

await town.close()
plan()
process.exit(failed.length ? 1 : 0)
