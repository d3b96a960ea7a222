// Works as people use them: votes counted by two people.
// node tests/browser/work.mjs PROGRAM
import assert from 'node:assert/strict'
import { ask, failed, faults, plan, signIn, tell, test, tooWide, townOpen } from './town.mjs'

const town = await townOpen(process.argv[2] ?? 'build/zhenwu')
const { base, passwords } = town
const picture = async (page, name) => { if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png`, fullPage: true }) }
const office = await town.desk()
await signIn(office, base, 'admin', passwords.admin)
await office.waitForSelector('.bench .figure')
const rows = async (ledger, where, limit) => (await ask(office, `/api/ledgers/${ledger}/records?limit=${limit}&where=${encodeURIComponent(where)}`)).items
const add = (ledger, values) => tell(office, 'POST', `/api/ledgers/${ledger}/records`, { values })
const act = (page, work, name, asked) => tell(page, 'POST', `/api/works/${work}/acts`, { act: name, ...asked })
async function deskOf(account, at) {
    const page = await town.desk(at)
    await signIn(page, base, account, passwords[account])
    await page.waitForSelector('.bench .figure')
    return page
}
const clerk = await deskOf('clerk'), leader = await deskOf('leader', { viewport: { width: 360, height: 740 }, hasTouch: true })

/* ---- votes ---- */
const persons = await rows('人', '状态 = "在册" and 居住状态 = "常住"', 40)
const [group] = await rows('村组', '类型 in ("村", "嘎查")', 1)
const election = await add('选举', { 层级: '乡级人大', 届次: 20, 选举日: '2021-10-26' })
const place = await add('选区', { 选举: election.id, 选区号: 3, 名称: '东片', 覆盖村组: [group.id], 应选名额: 2 })
for (const p of persons.slice(0, 9)) await add('选民', { 选区: place.id, 人: p.id, 登记方式: '沿用' })
const names = []
for (const [i, p] of persons.slice(0, 3).entries()) {
    let c = await add('候选人', { 选区: place.id, 人: p.id, 提名方式: '联合推荐', 简历: '务农', 名单排序: i + 1 })
    for (const to of ['讨论协商', '预选', '正式']) {
        c = await office.evaluate(async ([id, version, state]) => {
            const { csrf } = await (await fetch('/api/session')).json()
            return (await fetch(`/api/ledgers/候选人/records/${id}/state`, { method: 'POST', headers: { 'X-CSRF': csrf, 'Content-Type': 'application/json', 'If-Match': `"${version}"` }, body: JSON.stringify({ to: state }) })).json()
        }, [c.id, c.version, to])
    }
    names.push(c.title)
}
await add('票箱', { 选区: place.id, 箱号: '1', 类型: '投票站', 领出选票: 8, 剩余退回: 1, 到场投票人数: 7 })
const ballots = [['1', '2'], ['1', '2'], ['1', '3'], ['1'], ['1', '2', '3'], ['1', '2'], ['1', '1']] // the fifth names too many; the last is against the first

await test('the board is worked by keys alone: a ballot with too many names is void, the last ballot can be taken back, the sums are handed in', async () => {
    await clerk.locator('.side .item.work', { hasText: '点票' }).click()
    await clerk.locator('tr', { hasText: '东片' }).getByRole('link').click()
    await clerk.locator('button.main', { hasText: '点票' }).click()
    await clerk.waitForSelector('.board')
    for (const b of ballots) {
        for (const key of b) await clerk.keyboard.press(key)
        await clerk.keyboard.press('Enter')
    }
    assert.match(await clerk.textContent('.board-sums'), /收回 7.*有效 6.*无效 1/)
    await clerk.keyboard.press('0')
    assert.match(await clerk.textContent('.board-sums'), /收回 8/)
    await clerk.locator('.notice.warn', { hasText: '请复点' }).waitFor()
    await clerk.keyboard.press('Backspace')
    assert.match(await clerk.textContent('.board-sums'), /收回 7.*有效 6.*无效 1.*退回一张/)
    assert.equal(await clerk.locator('.board-keys .big').first().locator('small').textContent(), '5')
    assert.deepEqual(await faults(clerk), [])
    await picture(clerk, 'board')
    await clerk.reload() // a reload loses no sum
    await clerk.locator('button.main', { hasText: '点票' }).click()
    assert.match(await clerk.textContent('.board-sums'), /收回 7/)
    await clerk.locator('.save-bar .button.main').click()
    await clerk.locator('.tag.warn', { hasText: '一人已点' }).waitFor()
    assert.equal(await clerk.locator('button.main', { hasText: '点票' }).count(), 0)
})

await test('another person counts on a phone; different sums lock the box and say where; both count again', async () => {
    await leader.goto(`${base}/works/count?of=${place.id}`)
    await leader.locator('button.main', { hasText: '点票' }).click()
    assert.ok(await tooWide(leader) <= 0)
    await picture(leader, 'board-phone')
    await leader.locator('label', { hasText: '直接填合计' }).click()
    await leader.locator('.board-type .field input').nth(0).fill('7')
    await leader.locator('.board-type .field input').nth(1).fill('6')
    await leader.locator('.board-type .field input').nth(2).fill('1')
    for (const [i, [yes, no]] of [[5, 1], [4, 0], [1, 0]].entries()) {
        const cells = leader.locator('.board-type tbody tr').nth(i).locator('input')
        await cells.nth(0).fill(String(yes))
        await cells.nth(1).fill(String(no))
    }
    assert.ok(await tooWide(leader) <= 0)
    await leader.locator('.save-bar .button.main').click()
    await leader.locator('.count-differs .notice', { hasText: `${names[1]} 赞成：一人点得3，一人点得4` }).waitFor()
    await picture(leader, 'locked-phone')
    await clerk.reload()
    await clerk.locator('button.bad', { hasText: '重新点票' }).click()
    await clerk.locator('dialog .phrases button').first().click()
    await clerk.locator('dialog .button.main').click()
    await clerk.locator('td', { hasText: '第 2 遍' }).waitFor()
    const [box] = (await ask(clerk, `/api/works/count?of=${place.id}`)).boxes
    const sheet = { 票箱: box.id, 遍: 2, 收回选票: 7, 有效票: 6, 无效票: 1, 得票: names.map((n, i) => ({ 姓名: n, 赞成: [5, 3, 1][i], 反对: i ? 0 : 1 })) }
    await act(clerk, 'count', '报票', sheet)
    await act(leader, 'count', '报票', sheet)
})

await test('when every box is settled the result is shown with its thresholds, declared, and prints as a report', async () => {
    await clerk.reload()
    await clerk.locator('.notice.warn', { hasText: '选出 1 名，还差 1 名' }).waitFor()
    assert.deepEqual(await faults(clerk), [])
    await picture(clerk, 'result')
    await clerk.locator('button.main', { hasText: '宣布结果' }).click()
    await clerk.locator('dialog .button.main').click()
    await clerk.locator('.count-round', { hasText: '另行选举投票' }).waitFor()
    const [tally] = await rows('计票', `选区 = "${place.id}"`, 5)
    assert.equal(tally.values.结论, '部分选出另行选举')
    await clerk.emulateMedia({ media: 'print' })
    assert.match(await clerk.locator('.count-sheet').innerText(), /投票结果报告单[\s\S]*总监票人/)
    await picture(clerk, 'report-print')
    await clerk.emulateMedia({ media: 'screen' })
    await leader.goto(`${base}/works/count?of=${place.id}`)
    await leader.locator('.count-sheet').waitFor()
    assert.ok(await tooWide(leader) <= 0)
    await picture(leader, 'result-phone')
})

await test('the pages say nothing to the console that they should not', () => assert.deepEqual(town.complaints, []))
plan()
await town.close()
process.exitCode = failed.length ? 1 : 0
