// Who is signed in, at which post; the ledgers open to them.
import { computed, reactive, ref } from 'vue'
import { knownForget, knownKeep, knownOf } from './outbox/known'
import { worksLoad } from './work/works'
import { clockSet } from './lib/day'
import { call, door, get, ledgersForget, post, Problem, type Line, type Session } from './api'

export const session = reactive<{ now: Session | null; known: boolean; expired: boolean; away: boolean }>({ now: null, known: false, expired: false, away: false })
export const lines = ref<Line[]>([])
/** Whether the server has said which there are: before, none is no answer. */
export const linesKnown = ref(false)
export const today = () => session.now?.town.today ?? new Date().toISOString().slice(0, 10)

door.signedOut = () => {
    if (session.now) session.expired = true
    session.now = null
    session.away = false
    knownForget()
}

async function take(now: Session, early?: Promise<Line[]>): Promise<void> {
    const other = before !== '' && before !== now.account.id + now.post.id
    before = now.account.id + now.post.id
    door.csrf = now.csrf
    session.now = now
    clockSet(now.town.now)
    session.expired = session.away = false
    if (now.account.must_change_password) return
    if (other) ledgersForget()
    await linesLoad(early)
    knownKeep(now, lines.value)
}
let before = '' // whose definitions are cached

const linesAsked = async (): Promise<Line[]> => (await Promise.all([get<{ lines: Line[] }>('/api/ledgers'), worksLoad()]))[0].lines
export async function linesLoad(early?: Promise<Line[]>): Promise<void> {
    lines.value = await (early?.catch(linesAsked) ?? linesAsked())
    linesKnown.value = true
}

const PATIENCE_MS = 8000
/** On opening the page: the cookie may still be good. Where there is no network, whoever was here last goes on with what needs none. */
export async function sessionFind(): Promise<void> {
    const last = knownOf()
    // Where somebody was here last, the ledgers come while the server says who is here: on a slow line each question is most of a second.
    const early = last ? linesAsked() : undefined
    early?.catch(() => undefined)
    try {
        await take(await call<Session>('GET', '/api/session', { patience: last ? PATIENCE_MS : undefined }), early)
    } catch (error) {
        if (error instanceof Problem && error.status === 401) knownForget()
        else if (last && !session.now && error instanceof Problem && error.status === 0) {
            session.now = last.session
            session.away = true
            lines.value = last.lines
        } // else not signed in, or not reachable: the sign-in page says so when it tries
    }
    session.known = true
}

export const signIn = async (account: string, password: string) => take(await post<Session>('/api/session', { account, password }))
export const postChoose = async (id: string) => take(await call<Session>('PUT', '/api/session/post', { body: { post: id } }))

export async function passwordChange(old: string, next: string): Promise<void> {
    await call('PUT', '/api/session/password', { body: { old, new: next } })
    await take(await get<Session>('/api/session'))
}

export async function signOut(): Promise<void> {
    await call('DELETE', '/api/session')
    knownForget()
    sessionStorage.clear() // what was half written is nobody's business who takes the phone next
    location.assign('/')
}

const heads = computed(() => new Map(lines.value.flatMap(l => l.ledgers).flatMap(l => [[l.name, l], [l.english, l]] as const)))
export const headOf = (name: string) => heads.value.get(name)
export const may = (ledger: string, act: string) => headOf(ledger)?.acts.includes(act) ?? false
/** The history as a whole is for whoever may audit everything; the server decides, this only offers the page. */
export const auditor = () => lines.value.some(l => l.ledgers.some(x => x.acts.includes('审计')))
