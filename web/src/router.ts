import { defineAsyncComponent, ref, type Component } from 'vue'
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { t } from './words'

export const router = createRouter({
    history: createWebHistory(),
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
    routes: [
        { path: '/', name: 'workbench', component: () => import('./pages/Workbench.vue') },
        { path: '/ledgers', name: 'ledgers', component: () => import('./pages/Ledgers.vue') },
        { path: '/ledgers/:ledger', name: 'list', component: () => import('./pages/LedgerList.vue'), props: true },
        { path: '/ledgers/:ledger/new', name: 'new', component: () => import('./pages/RecordPage.vue'), props: r => ({ ledger: r.params.ledger, id: '' }) },
        { path: '/ledgers/:ledger/import', name: 'import', component: () => import('./pages/ImportWizard.vue'), props: true },
        { path: '/ledgers/:ledger/:id', name: 'record', component: () => import('./pages/RecordPage.vue'), props: true },
        { path: '/households/:id', name: 'household', component: () => import('./pages/Household.vue'), props: true },
        { path: '/cases/:id', name: 'case', component: () => import('./pages/CasePage.vue'), props: true },
        { path: '/cases/:id/path', name: 'path', component: () => import('./pages/CasePath.vue'), props: true },
        { path: '/procedures/design', name: 'designer', component: () => import('./pages/Designer.vue') },
        { path: '/procedures/:procedure/versions', name: 'versions', component: () => import('./pages/Versions.vue'), props: true },
        { path: '/policies', name: 'policies', component: () => import('./pages/policy/Library.vue') },
        { path: '/policies/:policy', name: 'policy', component: () => import('./pages/policy/Table.vue'), props: true },
        { path: '/policies/:policy/simulate', name: 'simulate', component: () => import('./pages/policy/Simulate.vue'), props: true },
        { path: '/policies/:policy/why/:record', name: 'why', component: () => import('./pages/policy/Why.vue'), props: true },
        { path: '/screenings/:id', name: 'roster', component: () => import('./pages/policy/Roster.vue'), props: true },
        { path: '/works/:work', name: 'work', component: () => import('./pages/work/WorkPage.vue'), props: true },
        { path: '/lines/:line', name: 'line', component: () => import('./pages/LinePage.vue'), props: true },
        { path: '/reports', name: 'reports', component: () => import('./pages/Reports.vue') },
        { path: '/reports/:report', name: 'report', component: () => import('./pages/ReportEditor.vue'), props: true },
        { path: '/frozen/:id', name: 'frozen', component: () => import('./pages/FrozenReport.vue'), props: true },
        { path: '/indicators', name: 'indicators', component: () => import('./pages/Indicators.vue') },
        { path: '/forms/fill', name: 'form', component: () => import('./pages/FormWizard.vue') },
        { path: '/audit', name: 'audit', component: () => import('./pages/Audit.vue') },
        { path: '/starts', name: 'starts', component: () => import('./pages/Starts.vue') },
        { path: '/add', name: 'add', component: () => import('./pages/AddPage.vue') },
        { path: '/search', name: 'search', component: () => import('./pages/SearchPage.vue') },
        { path: '/me', name: 'me', component: () => import('./pages/Me.vue') },
        { path: '/:rest(.*)*', component: () => import('./pages/Missing.vue') },
    ],
})

/** What the tab is called as soon as one is there; a page that knows better says so when it knows. */
const titles: Record<string, string> = {
    workbench: '工作台', ledgers: '台账', list: '{ledger}', new: '新增“{ledger}”', import: '导入“{ledger}”', record: '{ledger}', household: '一户一档', case: '办件', path: '办理全程',
    designer: '流程设计', versions: '流程版本', policies: '政策筛查', policy: '政策筛查', simulate: '模拟', why: '为什么', roster: '名单', work: '专项', line: '{line}', reports: '报告', report: '{report}',
    frozen: '差异单', indicators: '全部指标', form: '一表通', audit: '留痕审计', starts: '业务包更新', add: '登记', search: '搜索', me: '我的',
}
export const titleOf = (to: Pick<RouteLocationNormalized, 'name' | 'params'>) => `${t(titles[String(to.name)] ?? '没有这个页面', to.params as Record<string, string>)} · 镇务`

/** A page is on its way and takes longer than one notices: a slow line must not look like a dead link. */
export const going = ref(false)
const NOTICED_MS = 250
let noticed = 0
router.beforeEach(() => {
    clearTimeout(noticed)
    noticed = window.setTimeout(() => { going.value = true }, NOTICED_MS)
})
function arrived() {
    clearTimeout(noticed)
    going.value = false
}

/** The place whose pieces did not come; empty: none. */
export const unfetched = ref('')
const AGAIN_MS = 10_000
/** A part that few need at once: it is fetched when it is first shown. If it does not come, that is said where a page that did not come is told. */
export function later<T extends Component>(load: () => Promise<{ default: T }>): T {
    return defineAsyncComponent(() => load().catch(error => {
        unfetched.value = location.pathname + location.search
        throw error
    }) as Promise<{ default: T }>)
}
/** Deployed anew while a page was open: its old pieces are gone from the server, so load the place afresh; once, for should that not help it would go on for ever. */
router.onError((error, to) => {
    arrived()
    if (!/dynamically imported module|Importing a module|preload CSS/.test(String(error))) return
    const last = Number(sessionStorage.getItem('fetched-anew') ?? 0)
    unfetched.value = to.fullPath
    if (Date.now() - last < AGAIN_MS) return
    // Only where the server answers: a page that is loaded afresh without a network is gone, with all that stands on it.
    fetch('/api/health', { cache: 'no-store' }).then(answer => {
        if (!answer.ok) return
        sessionStorage.setItem('fetched-anew', String(Date.now()))
        location.assign(to.fullPath)
    }, () => undefined)
})
router.afterEach((to, from, failure) => {
    arrived()
    if (failure) return
    unfetched.value = ''
    if (to.path !== from.path || !from.matched.length) document.title = titleOf(to)
})
