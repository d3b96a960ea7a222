// On the spot, with a phone and a poor network: a hazard is reported with a short form, waits while the line is away, and is kept once. node tests/browser/spot.mjs PROGRAM
import assert from 'node:assert/strict'
import { ask, failed, faults, plan, short, signIn, test, tooWide, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu')
const { base, passwords } = town
const picture = async (page, name) => { if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png`, fullPage: true }) }
const cadre = await town.desk({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
await signIn(cadre, base, 'cadre', passwords.cadre)
await cadre.waitForSelector('.bench .boxes')
const away = cadre.context()
const hazards = async () => (await ask(cadre, `/api/ledgers/${encodeURIComponent('隐患')}/records?limit=100`)).items
const photo = { name: '车库.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z', 'base64') }
async function open() {
    await cadre.locator('.bottom a', { hasText: '登记' }).click()
    await cadre.locator('.add-first a', { hasText: '隐患' }).click()
    await cadre.waitForSelector('.record-form [data-field="部位"]')
}
/** A hand on the pad under `at`. */
async function hand(page, at) {
    const pad = page.locator(`${at} canvas`)
    await pad.scrollIntoViewIfNeeded()
    const box = await pad.boundingBox()
    await page.mouse.move(box.x + 30, box.y + 40)
    await page.mouse.down()
    for (const [x, y] of [[90, 80], [150, 30]]) await page.mouse.move(box.x + x, box.y + y)
    await page.mouse.up()
}
async function write(part) {
    await cadre.fill('[id="f-部位"]', part)
    await cadre.fill('[id="f-描述"]', '车库里堆放柴草')
    await cadre.locator('[data-field="来源"] label', { hasText: '网格' }).click()
    await cadre.locator('[data-field="领域"] input').click()
    await cadre.locator('.el-select-dropdown__item:visible', { hasText: '消防' }).first().click()
}

await test('a phone asks first what is known on the spot; the rest is folded and may stay empty', async () => {
    await open()
    assert.deepEqual(await cadre.locator('.record-form .form-field:visible .label').evaluateAll(all => all.map(l => l.firstChild.textContent)), ['村组', '单位', '部位', '描述', '照片', '等级', '领域', '来源'])
    assert.ok(await tooWide(cadre) <= 0)
    assert.deepEqual(await faults(cadre), [])
    await picture(cadre, 'spot-form')
    await cadre.click('.unfold')
    await cadre.locator('[data-field="整改措施"]').waitFor({ state: 'visible' })
    await cadre.click('.unfold')
    await write('村部东侧车库')
    await cadre.locator('[data-field="照片"] input').first().setInputFiles(photo)
    await cadre.locator('[data-field="照片"] .thumb').waitFor()
    await cadre.click('.save-bar .main')
    await cadre.locator('.record-view', { hasText: '村部东侧车库' }).waitFor()
})

await test('in the largest letters the form still fits a phone', async () => {
    await open()
    await cadre.evaluate(() => { document.documentElement.dataset.size = 'elder' })
    assert.ok(await tooWide(cadre) <= 0)
    assert.equal(await cadre.evaluate(() => [...document.querySelectorAll('.record-form .input, .record-form .el-select, .bottom a')].some(e => e.getBoundingClientRect().right > innerWidth + 1)), false)
    await picture(cadre, 'spot-elder')
    await cadre.evaluate(() => { document.documentElement.dataset.size = 'normal' })
    await cadre.click('.save-bar button:not(.main)')
})

await test('without a network the report and its photograph wait on the phone, and the page says that they are not reported', async () => {
    const before = (await hazards()).length
    await open()
    await away.setOffline(true)
    await write('村部西侧车库')
    await cadre.locator('[data-field="照片"] input').first().setInputFiles(photo)
    await cadre.locator('[data-field="照片"] .tag', { hasText: '网络不通' }).waitFor()
    await cadre.locator('[data-field="照片"] .thumb').waitFor()
    await cadre.click('.save-bar .main')
    await cadre.locator('.outbox', { hasText: '待传 1 件，还没有报上' }).waitFor()
    assert.match(await cadre.locator('.outbox li').textContent(), /待传.*村部西侧车库/)
    assert.deepEqual(await faults(cadre), [])
    assert.ok(await tooWide(cadre) <= 0)
    await picture(cadre, 'spot-waits')
    await open() // another, still without a network
    await write('村部南侧车库')
    await cadre.click('.save-bar .main')
    await cadre.locator('.outbox', { hasText: '待传 2 件' }).waitFor()
    await cadre.goto('about:blank') // the phone was switched off meanwhile: nothing is lost
    await away.setOffline(false)
    await cadre.goto(base)
    await cadre.locator('.outbox .notice.good', { hasText: /西侧.*南侧/ }).waitFor()
    assert.equal(await cadre.locator('.outbox li').count(), 0)
    await picture(cadre, 'spot-sent')
    const now = await hazards()
    assert.equal(now.length, before + 2)
    const west = now.find(h => h.values['部位'] === '村部西侧车库')
    assert.equal(west.values['照片'].length, 1)
    assert.match(west.values['照片'][0]['摘要'], /^[0-9a-f]{64}$/)
    await cadre.locator('.outbox-sent', { hasText: '西侧' }).click()
    await cadre.locator('.record-view img[src*="/api/files/"]').waitFor()
    await cadre.locator('.outbox button', { hasText: '知道了' }).click()
    assert.equal(await cadre.locator('.outbox').count(), 0)
})

await test('a report whose answer was lost on the way is kept once', async () => {
    await open()
    await write('锅炉房')
    await cadre.route('**/records', async route => {
        await route.fetch() // it reaches the server …
        await route.abort() // … and the answer does not come back
    })
    await cadre.click('.save-bar .main')
    await cadre.locator('.outbox', { hasText: '待传 1 件' }).waitFor()
    await cadre.unroute('**/records')
    await cadre.locator('.outbox button', { hasText: '现在就报' }).click()
    await cadre.locator('.outbox .notice.good', { hasText: '已报上 1 件' }).waitFor()
    assert.equal((await hazards()).filter(h => h.values['部位'] === '锅炉房').length, 1)
    await cadre.locator('.outbox button', { hasText: '知道了' }).click()
})

await test('what the server does not take is said with its reason, is mended from there, or given up', async () => {
    await open()
    await write('水井房')
    await cadre.click('.unfold')
    await cadre.fill('[id="f-资金"]', '-5')
    await away.setOffline(true)
    await cadre.click('.save-bar .main')
    await cadre.locator('.outbox', { hasText: '待传 1 件' }).waitFor()
    await away.setOffline(false) // the browser says so, and the page tries
    await cadre.locator('.outbox li', { hasText: '资金不能是负数' }).waitFor()
    await picture(cadre, 'spot-refused')
    await cadre.locator('.outbox a', { hasText: '改一改再报' }).click()
    await cadre.locator('[id="f-部位"]').waitFor()
    assert.equal(await cadre.inputValue('[id="f-部位"]'), '水井房')
    await cadre.click('.unfold')
    await cadre.fill('[id="f-资金"]', '5')
    await cadre.click('.save-bar .main')
    await cadre.locator('.record-view', { hasText: '水井房' }).waitFor()
    assert.equal(await cadre.locator('.outbox').count(), 0)
})

await test('a step of a case done without a network waits with its photograph, is not done twice, and is done when the line is back', async () => {
    const clerk = await town.desk()
    await signIn(clerk, base, 'clerk', passwords.clerk)
    await clerk.waitForSelector('.bench .boxes')
    const hazard = (await hazards()).find(h => h.values['部位'] === '村部东侧车库')
    const [{ case: number }] = (await ask(cadre, `/api/ledgers/${encodeURIComponent('隐患')}/records/${hazard.id}/cases`)).items // it goes its way by itself
    await clerk.goto(`${base}/cases/${number}`)
    for (const [field, text] of [['整改措施', '清走'], ['整改责任人', '其木格'], ['期限', '+5']]) await clerk.fill(`.act-panel [id="f-${field}"]`, text)
    await clerk.locator('.act-buttons .main').click()
    await clerk.locator('#did', { hasText: /已同意|已办/ }).waitFor()
    await cadre.goto(`${base}/cases/${number}`)
    await cadre.locator('.act-panel h2', { hasText: '整改中' }).waitFor()
    await away.setOffline(true)
    await cadre.locator('.act-panel [data-field="整改后照片"] input').first().setInputFiles(photo)
    await cadre.locator('.act-panel .thumb').waitFor()
    await cadre.locator('.act-buttons .main').click()
    await cadre.locator('.notice', { hasText: '这一步待传' }).waitFor()
    assert.equal(await cadre.locator('.act-buttons').count(), 0)
    await picture(cadre, 'spot-step')
    await away.setOffline(false)
    await cadre.locator('.outbox .notice.good', { hasText: '已报上 1 件' }).waitFor()
    await cadre.locator('.page-head .tag', { hasText: '复查' }).waitFor()
    assert.equal((await ask(cadre, `/api/cases/${number}`)).values.values['整改后照片'].length, 1)
    await cadre.locator('.outbox button', { hasText: '知道了' }).click()
    await clerk.context().close()
})

await test('what was half written at a step, signature included, is still there after the page was loaded anew; a signature made without a network goes with the act', async () => {
    const clerk = await town.desk({ viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true })
    await signIn(clerk, base, 'clerk', passwords.clerk)
    await clerk.waitForSelector('.bench .boxes')
    await open()
    await write('村部北侧车库')
    await cadre.click('.save-bar .main')
    await cadre.locator('.record-view', { hasText: '村部北侧车库' }).waitFor()
    const hazard = (await hazards()).find(h => h.values['部位'] === '村部北侧车库')
    const [{ case: number }] = (await ask(cadre, `/api/ledgers/${encodeURIComponent('隐患')}/records/${hazard.id}/cases`)).items
    await clerk.goto(`${base}/cases/${number}`)
    await clerk.fill('.act-panel [id="f-整改措施"]', '清走柴草')
    await clerk.fill('.act-panel .opinion textarea', '请三日内清完')
    await clerk.locator('.handwriting button', { hasText: '手写签批' }).click()
    await clerk.context().setOffline(true)
    await hand(clerk, '.handwriting')
    await clerk.locator('.handwriting button', { hasText: '写好了' }).click()
    await clerk.locator('.handwriting img').waitFor()
    await clerk.context().setOffline(false)
    await clerk.reload()
    await clerk.locator('.act-panel .opinion textarea').waitFor()
    assert.equal(await clerk.inputValue('.act-panel [id="f-整改措施"]'), '清走柴草')
    assert.equal(await clerk.inputValue('.act-panel .opinion textarea'), '请三日内清完')
    await clerk.fill('.act-panel [id="f-整改责任人"]', '其木格')
    await clerk.fill('.act-panel [id="f-期限"]', '+5')
    await clerk.locator('.act-buttons .main').click()
    await clerk.locator('#did', { hasText: /已同意|已办/ }).waitFor()
    const word = (await ask(clerk, `/api/cases/${number}`)).words.find(w => w.opinion === '请三日内清完')
    assert.match(word.signature, /^[0-9a-f]{64}$/)
    assert.equal(await clerk.evaluate(() => Object.keys(sessionStorage).some(k => k.startsWith('step '))), false)
    await clerk.context().close()
})

await test('an inspection is written on one phone: who inspects and who is inspected sign it there, and its photograph arrives small', async () => {
    const clerk = await town.desk({ viewport: { width: 412, height: 740 }, hasTouch: true, isMobile: true })
    await signIn(clerk, base, 'clerk', passwords.clerk)
    await clerk.waitForSelector('.bench .boxes')
    await clerk.locator('.bottom a', { hasText: '登记' }).click()
    await clerk.locator('.add-first a', { hasText: '安全检查' }).click()
    const choose = async (field, text) => {
        const box = clerk.locator(`[data-field="${field}"]`)
        await box.locator('.el-select__wrapper').click()
        await box.locator('input').first().fill(text)
        await box.locator(`.el-select[data-found="${text}"]`).waitFor()
        await box.locator('.el-select-dropdown__item:visible').first().click()
    }
    const shop = (await ask(clerk, `/api/ledgers/${encodeURIComponent('单位')}/records?limit=1`)).items[0]
    const staff = (await ask(clerk, `/api/ledgers/${encodeURIComponent('干部')}/records?limit=2`)).items
    await choose('单位', shop.values['名称'])
    await clerk.locator('[data-field="时间"] button', { hasText: '填现在' }).click()
    for (const one of staff) await choose('检查组', one.values['姓名'])
    await clerk.keyboard.press('Escape')
    await clerk.locator('[data-field="类型"] label', { hasText: '日常' }).click()
    const picture = await clerk.evaluate(async () => { // four million points, none like its neighbour: more than a camera gives
        const canvas = document.createElement('canvas')
        canvas.width = 2400
        canvas.height = 1800
        const pen = canvas.getContext('2d')
        for (let i = 0; i < 9000; i++) { pen.fillStyle = `hsl(${(i * 37) % 360}, 60%, ${i % 90}%)`; pen.fillRect((i * 271) % 2400, (i * 173) % 1800, 60, 60) }
        return canvas.toDataURL('image/jpeg', 1).split(',')[1]
    })
    assert.ok(picture.length > 1_000_000)
    await clerk.locator('[data-field="照片"] .camera input').setInputFiles({ name: '后厨.png', mimeType: 'image/jpeg', buffer: Buffer.from(picture, 'base64') })
    await clerk.locator('[data-field="照片"] .thumb').waitFor()
    for (const [field, who] of [['检查人签字', ''], ['单位负责人签字', '张店主']]) {
        const at = `[data-field="${field}"]`
        await clerk.locator(`${at} button`, { hasText: '签名' }).click()
        if (who) await clerk.fill(`${at} .sign-input .input`, who)
        await hand(clerk, at)
        await clerk.locator(`${at} button`, { hasText: '签好了' }).click()
        await clerk.locator(`${at} img`).waitFor() // seen at once, before anything is saved
    }
    assert.ok(await tooWide(clerk) <= 0)
    assert.deepEqual(await short(clerk), [])
    await clerk.click('.save-bar .main')
    await clerk.locator('.record-view', { hasText: '张店主' }).waitFor()
    const kept = (await ask(clerk, `/api/ledgers/${encodeURIComponent('安全检查')}/records?limit=100`)).items.find(r => r.values['单位负责人签字']?.人 === '张店主')
    assert.ok(kept.values['照片'][0].大小 <= 250 * 1024, `${kept.values['照片'][0].大小}`)
    assert.equal(kept.values['照片'][0].名, '后厨.jpg')
    await clerk.context().close()
})

await test('a phone that is switched on without a network opens its forms, keeps what is written, and sends it by itself when the network is back', async () => {
    await cadre.goto(base)
    await cadre.waitForSelector('.bench .boxes')
    const ready = () => cadre.evaluate(async () => !!navigator.serviceWorker.controller && localStorage.getItem('known form 隐患') !== null && (await (await caches.open('zhenwu-pieces')).keys()).some(k => /RecordPage/.test(k.url)) && (await (await caches.open('zhenwu-pieces')).keys()).some(k => /index/.test(k.url)))
    for (const until = Date.now() + 60_000; !(await ready());) assert.ok(Date.now() < until, 'what the phone needs without a network was not kept')
    await away.setOffline(true)
    const again = await away.newPage() // the phone was switched off and on
    await again.goto(base)
    await again.locator('.page-notice', { hasText: '现在连不上服务器' }).waitFor()
    await again.locator('.bottom a', { hasText: '登记' }).click()
    await again.locator('.add-first a', { hasText: '隐患' }).click()
    await again.fill('[id="f-部位"]', '断网的车库')
    await again.fill('[id="f-描述"]', '车库里堆放柴草')
    await again.locator('[data-field="来源"] label', { hasText: '网格' }).click()
    await again.locator('[data-field="领域"] input').click()
    await again.locator('.el-select-dropdown__item:visible', { hasText: '消防' }).first().click()
    await picture(again, 'spot-away')
    await again.click('.save-bar .main')
    await again.locator('.outbox', { hasText: '待传 1 件，还没有报上' }).waitFor()
    await again.reload()
    await again.locator('.outbox', { hasText: '待传 1 件，还没有报上' }).waitFor()
    await away.setOffline(false)
    await again.locator('.outbox .notice.good', { hasText: '已报上 1 件' }).waitFor()
    assert.equal(await again.locator('.page-notice').count(), 0)
    assert.equal((await hazards()).filter(h => h.values['部位'] === '断网的车库').length, 1)
    await again.close()
})

await test('a page that the phone never fetched does not take the others with it when there is no network', async () => {
    await away.setOffline(true)
    await cadre.locator('.bottom a', { hasText: '我的' }).click()
    await cadre.locator('.page-notice', { hasText: '这个页面没有取到' }).waitFor()
    assert.equal(await cadre.locator('.bottom a').count() > 3, true)
    await away.setOffline(false)
})

await test('what a finger touches is 44 pixels high or more, on every page that a cadre meets', async () => {
    for (const where of ['/', '/ledgers', '/add', '/search', '/me', '/reports', '/ledgers/人', '/ledgers/走访记录/new']) {
        await cadre.goto(base + where)
        await cadre.locator('main h1').first().waitFor()
        assert.deepEqual(await short(cadre), [], where)
        assert.ok(await tooWide(cadre) <= 0, where)
    }
})

await test('the pages said nothing to the console', () => assert.deepEqual(town.complaints.filter(c => !/dynamically imported module/.test(c)), []))
await town.close()
plan()
process.exit(failed.length ? 1 : 0)
