// Works as people use them: votes counted by two people, a duty roster planned, exchanged and handed over, a law beside another text.
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
    await clerk.locator('.side .line-head .item', { hasText: '选举' }).click()
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

/* ---- the roster ---- */
const staff = await rows('干部', '', 12)
for (const [login, i] of [['clerk', 4], ['leader', 5]]) {
    const [account] = await rows('账号', `登录名 = "${login}"`, 1)
    await office.evaluate(async ([id, version, who]) => {
        const { csrf } = await (await fetch('/api/session')).json()
        await fetch(`/api/ledgers/账号/records/${id}`, { method: 'PATCH', headers: { 'X-CSRF': csrf, 'Content-Type': 'application/json', 'If-Match': `"${version}"` }, body: JSON.stringify({ values: { 干部: who }, reason: '登记' }) })
    }, [account.id, account.version, staff[i].id])
}
const { town: { today } } = await ask(office, '/api/session')
const next = new Date(Date.UTC(Number(today.slice(0, 4)), Number(today.slice(5, 7)), 1)).toISOString().slice(0, 7)

await test('a month is planned at one press, looked at, changed and kept; loads are shown', async () => {
    await add('值班岗位', { 岗: '值班员', 人员: [4, 5, 6, 7].map(i => staff[i].id), 起: `${next}-01`, 调班要批准: false })
    await add('值班岗位', { 岗: '带班领导', 人员: [0, 1, 2].map(i => staff[i].id), 起: `${next}-01` })
    await clerk.goto(`${base}/works/roster?month=${next}`)
    await clerk.locator('.notice.bad', { hasText: '班没有人' }).waitFor()
    await clerk.getByRole('button', { name: '排班', exact: true }).click()
    await clerk.locator('.roster-draft select').first().waitFor()
    await clerk.locator('.notice.good', { hasText: '请看过再保存' }).waitFor()
    const days = await clerk.locator('.roster-day').count()
    assert.equal(await clerk.locator('.roster-draft').count(), days * 2)
    await picture(clerk, 'roster-draft')
    await clerk.getByRole('button', { name: '保存排班' }).click()
    await clerk.locator('.notice.good', { hasText: `已保存 ${days * 2} 班` }).waitFor()
    assert.equal(await clerk.locator('.roster-hole').count(), 0)
    assert.equal((await rows('值班表', '', 100)).length, days * 2)
    const loads = await clerk.locator('.roster-under tbody tr').evaluateAll(list => list.map(row => row.children[1].textContent).filter(n => n !== '0').map(Number))
    assert.equal(loads.reduce((a, b) => a + b, 0), days * 2)
    assert.deepEqual(await faults(clerk), [])
    await picture(clerk, 'roster')
    await clerk.emulateMedia({ media: 'print' })
    await picture(clerk, 'roster-print')
    await clerk.emulateMedia({ media: 'screen' })
})

await test('one asks on the desk, the other consents on a phone, and the shift changes hands', async () => {
    for (let i = 0; ; i++) { // one that leaves the other their rest between shifts
        await clerk.locator('.roster-shift.mine').nth(i).click()
        await clerk.locator('dialog').getByRole('button', { name: '调班' }).click()
        await clerk.locator('dialog select').first().selectOption(staff[5].id)
        await clerk.locator('dialog input[required]').fill('家里有事')
        await clerk.locator('dialog .button.main').click()
        await clerk.waitForSelector('dialog [role=alert], .roster-swaps')
        if (await clerk.locator('.roster-swaps').count()) break
        assert.match(await clerk.textContent('dialog [role=alert]'), /休息时间不够/)
        await clerk.locator('dialog').getByRole('button', { name: '取消' }).click()
        await clerk.locator('dialog').getByRole('button', { name: '关闭' }).click()
    }
    await clerk.locator('.roster-swaps .tag.warn', { hasText: '待对方答复' }).waitFor()
    await leader.goto(`${base}/works/roster?month=${next}`)
    await leader.locator('.roster-swaps').waitFor()
    assert.ok(await tooWide(leader) <= 0)
    const before = await leader.locator('.roster-shift.mine').count()
    await picture(leader, 'roster-phone')
    await leader.locator('.roster-swaps').getByRole('button', { name: '同意', exact: true }).click()
    await leader.locator('.notice.good', { hasText: '已同意' }).waitFor()
    assert.equal(await leader.locator('.roster-shift.mine').count(), before + 1)
})

await test('nobody takes over before the notes are written; the notes are read and signed for', async () => {
    const day = n => new Date(Date.parse(`${today}T00:00:00Z`) + n * 864e5).toISOString().slice(0, 10)
    await add('值班表', { 日期: day(-1), 岗: '应急', 人: staff[5].id, 起: `${day(-1)}T00:00:00+08:00`, 止: `${today}T00:00:00+08:00`, 到岗: `${day(-1)}T00:00:00+08:00` })
    await add('值班表', { 日期: today, 岗: '应急', 人: staff[4].id, 起: `${today}T00:00:00+08:00`, 止: `${day(1)}T00:00:00+08:00` })
    await clerk.goto(`${base}/works/roster?month=${today.slice(0, 7)}`)
    await clerk.locator('.roster-day.now .roster-shift.mine').click()
    await clerk.locator('dialog').getByRole('button', { name: '到岗接班' }).click()
    await clerk.locator('dialog [role=alert]', { hasText: '还没有写交接记录' }).waitFor()
    await clerk.locator('dialog').getByRole('button', { name: '关闭' }).click()
    if (day(-1).slice(0, 7) !== today.slice(0, 7)) await leader.goto(`${base}/works/roster?month=${day(-1).slice(0, 7)}`)
    else await leader.goto(`${base}/works/roster?month=${today.slice(0, 7)}`)
    await leader.locator('.roster-shift.mine', { hasText: '应急' }).click()
    await leader.locator('dialog').getByRole('button', { name: '写交接记录' }).click()
    await leader.locator('dialog textarea').fill('大风蓝色预警，已通知各村组')
    await leader.locator('dialog .button.main').click()
    await leader.locator('.notice.good', { hasText: '交接记录已写好' }).waitFor()
    await clerk.reload()
    await clerk.locator('.roster-day.now .roster-shift.mine').click()
    if (day(-1).slice(0, 7) === today.slice(0, 7)) await clerk.locator('dialog', { hasText: '大风蓝色预警' }).waitFor()
    await clerk.locator('dialog').getByRole('button', { name: '到岗接班' }).click()
    await clerk.locator('.notice.good', { hasText: '已记到岗' }).waitFor()
    const [relieved] = await rows('值班表', `日期 = date("${day(-1)}") and 岗 = "应急"`, 1)
    assert.equal(relieved.values.接班人, staff[4].id)
})

/* ---- a law beside another text ---- */
await test('a law is pasted, an enterprise rule is laid beside it, what differs is marked, and the judgement stays', async () => {
    const law = await add('政策', { 名称: '动火作业管理办法', 发文机关: '某县应急管理局', 层级: '县旗', 生效: '2021-01-01' })
    await clerk.goto(`${base}/works/compare?of=${law.id}`)
    await clerk.locator('textarea').fill('第一条 动火作业应当办理动火审批手续，落实现场监护。\n第二条 从业人员上岗前应当接受安全培训，经考核合格。\n第三条 发生事故应当在一小时内报告。')
    await clerk.getByRole('button', { name: '录入条文' }).click()
    await clerk.locator('.notice.good', { hasText: '已录入 3 条' }).waitFor()
    await clerk.locator('input[required]').fill('企业安全生产标准')
    await clerk.locator('textarea').fill('第一条 员工上岗前须接受安全培训，经考核合格。\n第二条 食堂每日留样。\n第三条 动火作业应当办理动火审批手续，落实专人监护。')
    await clerk.getByRole('button', { name: '逐条对照' }).click()
    await clerk.locator('.compare-table tbody tr').nth(3).waitFor()
    assert.match(await clerk.textContent('.compare-sum'), /对上 2 条.*企业没有 1 条.*企业另有 1 条/)
    assert.equal(await clerk.locator('tr', { hasText: '动火' }).locator('ins').textContent(), '专人')
    await clerk.locator('tr', { hasText: '动火' }).getByRole('button', { name: '写结论' }).click()
    await clerk.locator('dialog .chips label', { hasText: '企业更严' }).click()
    await clerk.locator('dialog textarea').first().fill('企业要求专人监护')
    await clerk.locator('dialog .button.main').click()
    await clerk.locator('.compare-table .tag', { hasText: '企业更严' }).waitFor()
    assert.deepEqual(await faults(clerk), [])
    await picture(clerk, 'compare')
    assert.equal((await rows('对比', '企业文件 = "企业安全生产标准"', 5)).length, 1)
    await clerk.setViewportSize({ width: 360, height: 740 })
    assert.ok(await tooWide(clerk) <= 0)
    await picture(clerk, 'compare-phone')
    await clerk.setViewportSize({ width: 1440, height: 900 })
})

await test('the pages say nothing to the console that they should not', () => assert.deepEqual(town.complaints, []))
plan()
await town.close()
process.exitCode = failed.length ? 1 : 0
