// The first hour: five tasks for a clerk, a leader and a village cadre, on a town whose half year was played until yesterday. What each took in
// acts and seconds is told beside; that it is done is what is tested. node tests/browser/hour.mjs PROGRAM
import assert from 'node:assert/strict'
import { ask, failed, plan, test, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu', '', 600)
const { base } = town
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
const enter = (login, at) => town.enter(login, at)

/** Acts of a person: a click, a line of typing, a key. */
function counted(desk) {
    let acts = 0
    const locator = where => (typeof where === 'string' ? desk.locator(where) : where).first()
    return {
        desk,
        click: async where => { acts++; await locator(where).click() },
        write: async (where, text) => { acts++; await locator(where).fill(text) },
        press: async key => { acts++; await desk.keyboard.press(key) },
        /** A choice of a list: opened, typed into when it is long, taken. */
        choose: async (field, text, typed = true) => {
            const box = desk.locator(`[data-field="${field}"]`)
            acts += 1
            if (!(await box.locator('.el-select__wrapper').count())) return box.locator('label', { hasText: text }).first().click()
            acts += 1
            await box.locator('.el-select__wrapper').click()
            if (typed) {
                acts++
                await box.locator('input').first().fill(text)
                await box.locator(`.el-select[data-found="${text}"]`).waitFor()
            }
            await box.locator('.el-select-dropdown__item', { hasText: text }).first().click()
            await desk.keyboard.press('Escape')
        },
        acts: () => acts,
    }
}
const did = []
/** One task of the first hour: begun from its line at the workbench, done, and noticed there by itself. */
async function task(login, desk, name, run) {
    await desk.goto(base)
    const line = desk.locator('.hints li', { hasText: name })
    await line.waitFor()
    const me = counted(desk), from = Date.now()
    await me.click(line.locator('a'))
    await run(me)
    did.push({ login, name, acts: me.acts(), seconds: ((Date.now() - from) / 1000).toFixed(1) })
    await desk.goto(base)
    await desk.waitForSelector('.bench .boxes')
    const left = desk.locator('.hints li', { hasText: name })
    if (await desk.locator('.hints').count()) await left.and(desk.locator('.done')).waitFor()
}
const firstRecord = async me => {
    await me.desk.locator('.grid-body [data-r="0"], .cards button').first().waitFor()
    if (await me.desk.locator('.cards button').count()) await me.click('.cards button')
    else { await me.click('.grid-body [data-r="0"]'); await me.press('Control+Enter') }
    await me.desk.locator('.record-view, .page.home').first().waitFor()
}
const reveal = async (me, field) => {
    await me.click(me.desk.locator('.facts div', { hasText: field }).locator('button'))
    await me.click('dialog .phrases button')
    await me.click('dialog .button.main')
    await me.desk.locator('.history li', { hasText: '查看敏感' }).first().waitFor()
}
const exported = async me => {
    await me.desk.locator('.grid-body [data-r="0"], .cards button').first().waitFor()
    await me.click(me.desk.getByRole('button', { name: '导出' }))
    const [file] = await Promise.all([me.desk.waitForEvent('download'), me.click(me.desk.getByText('Excel（.xlsx）'))])
    assert.match(file.suggestedFilename(), /\.xlsx$/)
}
const frozen = async me => {
    await me.desk.waitForSelector('.sheet .live')
    await me.click('button:has-text("冻结")')
    await me.desk.locator('#said a', { hasText: '差异单' }).waitFor()
}
const corrected = async (me, field, text) => {
    await firstRecord(me)
    if (await me.desk.locator('.page.home').count()) await me.click(me.desk.locator('.page.home a.button.main')) // a household has a page of its own
    await me.desk.waitForSelector('.record-view')
    await me.click(me.desk.getByRole('button', { name: /^修改/ }))
    await me.desk.waitForSelector('.record-form')
    await me.write(`[id="f-${field}"]`, text)
    await me.click('.save-bar .main')
    await me.desk.waitForSelector('.record-view')
}

await test('a clerk does the five tasks of the first hour, each from its line at the workbench', async () => {
    const desk = await enter('clerk')
    await task('clerk', desk, '登记一件收文', async me => {
        await desk.waitForSelector('.record-form')
        await me.choose('方式', '电子公文', false)
        await me.write('[id="f-来文单位"]', '旗应急管理局')
        await me.write('[id="f-标题"]', '关于做好寒潮防范的通知')
        await me.choose('文种', '通知', false)
        await me.press('Control+Enter')
        await desk.waitForSelector('.record-view')
    })
    await task('clerk', desk, '把它送上路', async me => {
        await me.desk.locator('.grid-body [data-r="0"]').first().waitFor()
        await me.click(desk.locator('.grid-body [data-r]', { hasText: '关于做好寒潮防范的通知' }))
        await me.press('Control+Enter')
        await desk.waitForSelector('.record-view')
        await me.click('button:has-text("发起“收文办理”")')
        await desk.waitForSelector('.case-body')
        await me.click(desk.locator('.act-panel [data-field="初审"] label', { hasText: '合格' }))
        await me.press('Control+Enter')
        await desk.locator('#did', { hasText: /已同意|已办/ }).waitFor()
    })
    await task('clerk', desk, '看清一个人的证件号', async me => { await firstRecord(me); await reveal(me, '证件号') })
    await task('clerk', desk, '导出一本花名册', exported)
    await task('clerk', desk, '冻结一份报告', frozen)
})

await test('a leader does the five tasks of the first hour', async () => {
    const desk = await enter('leader')
    await task('leader', desk, '批一件', async me => {
        await me.click('.box-list a')
        await desk.waitForSelector('.case-body')
        await me.press('Control+Enter')
        await desk.locator('#did', { hasText: /已同意|已办/ }).waitFor()
    })
    await task('leader', desk, '看一个数是怎么来的', async me => {
        await me.click('.figure-line a.value:not(.none)')
        await exported(me)
    })
    await task('leader', desk, '看清一个电话', async me => { await firstRecord(me); await reveal(me, '手机') })
    await task('leader', desk, '更正一条记录', me => corrected(me, '住址', '巴彦敖包镇东街 8 号'))
    await task('leader', desk, '冻结一份报告', frozen)
})

await test('a village cadre does the five tasks of the first hour on a phone', async () => {
    const desk = await enter('cadre', PHONE)
    await task('cadre', desk, '记一次走访', async me => {
        await desk.waitForSelector('.record-form')
        const [home] = (await ask(desk, `/api/ledgers/${encodeURIComponent('户')}/records?limit=1`)).items
        const [staff] = (await ask(desk, `/api/ledgers/${encodeURIComponent('干部')}/records?limit=1`)).items
        await me.choose('干部', staff.values['姓名'])
        await me.choose('户', home.title.split(' ')[0])
        await me.choose('事由', '常规', false)
        await me.write('[id="f-了解情况"]', '老人身体好，饲草够用')
        await me.click('.save-bar .main')
        await desk.waitForSelector('.record-view')
    })
    await task('cadre', desk, '报一处隐患', async me => {
        await desk.waitForSelector('.record-form')
        for (const [field, choice] of [['来源', '网格'], ['等级', '一般']]) await me.click(desk.locator(`[data-field="${field}"] label`, { hasText: choice }))
        await me.choose('领域', '消防', false)
        for (const [field, text] of [['部位', '村部西侧车库'], ['描述', '车库里堆放柴草']]) await me.write(`[id="f-${field}"]`, text)
        await me.click('.save-bar .main')
        await desk.waitForSelector('.record-view')
    })
    await task('cadre', desk, '办一件', async me => {
        await me.click(desk.locator('.box-list a', { hasText: '村组任务' }))
        await desk.waitForSelector('.act-panel')
        await me.write('[id="f-反馈"]', '已逐户看过，没有险情')
        await me.click('.act-buttons .main')
        await desk.waitForSelector('#did')
    })
    await task('cadre', desk, '更正一个人', me => corrected(me, '备注', '冬季在嘎查居住'))
    await task('cadre', desk, '导出本村花名册', exported)
})

await test('the pages say nothing to the console that they should not', () => assert.deepEqual(town.complaints, []))
for (const d of did) console.log(`# ${d.login} ${d.name}: ${d.acts} acts, ${d.seconds} s`)
plan()
await town.close()
process.exit(failed.length ? 1 : 0)
