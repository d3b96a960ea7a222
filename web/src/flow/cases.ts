// Cases, seats and acts as the server's contract says them, and the questions about them.
import { call, command, get, post, Problem, query, recordPath, type Ledger, type Rec, type Values } from '../api'
import { t } from '../words'
import { actName } from './acts'

export type Light = 'green' | 'yellow' | 'red' | ''
export type BoxName = 'todo' | 'sent' | 'done' | 'copies' | 'supervise' | 'incidents'

export interface Procedure { key: string; name: string; version: number; pack: string; ledger: string; start: string }
/** A line of a box. What only some boxes tell is optional. */
export interface Item {
    case: string; record: string; procedure: Procedure | null; title: string; drafter: string; place: string; started: string; ended: string | null
    rev: number; due: string | null; light: Light; stuck: string
    seat?: number; node?: string; owner?: string; opened?: string; nudges?: number; decides?: boolean; yes?: string // todo; yes: what yes is called there; decides: yes or no, and nothing must be filled in
    holders?: string // sent, supervise: in whose hands
    acted?: string // done
    copy?: number; sender?: string; sent?: string; read_at?: string | null // copies
}
export interface Counts { todo: number; overdue: number; unread: number }
/** What should have begun by its clock and could not. */
export interface Missed { procedure: string; name: string; start: string; owner: string; why: string; planned: string; again: string; tries: number }
export interface Items { items: Item[]; more: boolean; counts: Counts; missed?: Missed[] }
export interface RecordCases { items: Item[]; prints: string[]; may_start: { procedure: string; name: string; reason: string }[]; held: string } // held: why its state is not changed by hand now

export type SeatState = 'waiting' | 'open' | 'agreed' | 'refused' | 'abstained' | 'read' | 'transferred' | 'cancelled' | 'void'
export interface Seat {
    seat: number; rev: number; step: number; person: string; account: string; by: string; state: SeatState; act: string; opinion: string
    at: string | null; nudges: number; struck: boolean; mine: boolean; recordable: boolean; decides: boolean // who sits there agrees or not, instead of doing something
    yes: string; no: string // what these are called at this step: 接单, 退单; no '': there is no such answer
}
export interface Visit {
    work: number; node: string; name: string; state: 'open' | 'done' | 'returned' | 'withdrawn' | 'ended'
    opened: string; closed: string | null; due: string | null; light: Light; seats: Seat[]; form: { field: string; required: boolean; given?: boolean }[] // given: takes its number by itself when left empty
    advice: string // what is to be done here, and where; names in “” of pages and ledgers lead there
    phrases: string[] // what is usually written here
}
export interface Word {
    number: number; act: string; person: string; for_whom: string; to: string; node: string; opinion: string; at: string; struck: boolean // to: whom it was given to, or whose seat it is about
    signature: string; evidence: string; recorded: boolean; said: string; about: number; version?: number // pictures; recorded: written down for somebody; said: what it is called at that step; about: the word it mends, or -1
}
/** What was done, in the word of its step: 退单, 办好; who fills something in, pays or posts has not agreed to anything. */
export const wordName = (w: Word) => (w.said === '办好' ? t('办好') : w.said)
export interface Reader { copy: number; person: string; account: string; from: string; note: string; sent: string; read_at: string | null; recalled: boolean }
/** An act, and why it may not be done now. `seat` and `target` are -1 where the act is about the whole case. */
export interface May { act: string; name: string; seat: number; target: number; opinion: boolean; people: boolean; reason: string }
export interface Place { node: string; kind: 'here' | 'passed' | 'undone' | 'stuck'; tok: number }
/** What a policy has said at a business rule task, by which rule and why. */
export interface Ruling { node: string; policy: string; result: string; rule: number; reason: string; since: string; at: string; undone: boolean }
export interface Case extends Item {
    end: 'running' | 'completed' | 'terminated' | 'error' | 'cancelled'; suspended: boolean; ledger: string; values: Rec
    reveals: boolean // what is masked of it may be opened, with a reason
    definition?: Ledger; prints: string[]; visits: Visit[]; words: Word[]; readers: Reader[]; may: May[]; places: Place[]; rulings: Ruling[]; waits: Wait[]; unreached: { field: string; name: string }[]
    runs_on: Version; in_force: Version // the version of its procedure, and the one that new cases begin with
    targets: { node: string; name: string }[] // where a jump may go, for who may jump
    wish: { by: string; node: string; opinion: string; at: string; mine: boolean } | null // a jump that waits for a second person
}

/** What a case waits for besides people. */
export interface Wait { kind: 'message' | 'signal' | 'condition' | 'clock' | 'data' | 'others' | 'below' | 'outside' | 'mending'; node: string; name: string; text: string; since: string | null; due: string | null }
export interface Version { version: number; since: string | null }
/** What another version of the procedure would change for one case; a lost step may be called something else there. */
export interface MoveStep { kind: 'here' | 'lost' | 'renamed' | 'altered' | 'added' | 'gone'; node: string; name: string; to: string; to_name: string; text: string; here: boolean; choices: { node: string; name: string }[] }
export interface Move { from: Version; to: Version; refused: string; steps: MoveStep[] }

/** One case of a path, from the paper at the top to each village group and its answer; `above` is the case that handed it down. */
export interface Kin {
    case: string; above: string; depth: number; procedure: string; name: string; ledger: string; record: string; node: string; title: string; group: string
    state: string; place: string; people: string; waits: string; since: string | null; due: string | null; light: Light; started: string; ended: string | null
    end: Case['end']; feedback: string; stuck: string
}

export interface Act {
    command?: string; act: string; rev?: number; seat?: number; seat_rev?: number; work?: number; target?: number; node?: string; opinion?: string
    who?: string[]; for_whom?: string; second?: string; direct?: boolean; in_order?: boolean; rule?: string; toks?: number[]; values?: Values; steps?: Record<string, string>
    signature?: string; evidence?: string
}
export interface Effect { kind: 'arrives' | 'hands' | 'withdraws' | 'copies' | 'incident' | 'ends'; node: string; person: string }
export interface Done { case: string; rev: number; repeated: boolean; ended: boolean; state: string; effects: Effect[] }
export interface Colleague { account: string; name: string; role: string; group: string }
export interface Finding { kind: 'refused' | 'structure' | 'hint'; line: number; column: number; where: string; rule: string; text: string }

/** A procedure as the office changes it. by empty: the packs. */
export interface Draft { draft: string; key: string; name: string; by: string; reason: string; base: number; at: string }
export interface ProcedureVersion { version: number; by: string; reason: string; since: string | null; in_force: boolean; refused: string; cases: number }
export interface Versions { key: string; name: string; ledger: string; pack: string; acts: string[]; versions: ProcedureVersion[]; drafts: Draft[] }
/** The model that is meant: a text, a draft, or an earlier version. */
export interface Meant { xml?: string; draft?: string; version?: number }
export interface Changes { in_force: Version | null; refused: boolean; findings: Finding[]; steps: MoveStep[] }
export const versionText = (v: Version) => (v.since ? t('第 {n} 版（{day} 起）', { n: v.version, day: v.since.slice(0, 10) }) : t('第 {n} 版', { n: v.version }))

const procedurePath = (key: string) => `/api/procedures/${encodeURIComponent(key)}`
/** acts: what of designing one may do; drafts: those that wait, of all procedures, for who may see them. */
export const catalogue = () => get<{ items: Procedure[]; acts: string[]; drafts?: Draft[] }>('/api/procedures')
export const versionsOf = (key: string) => get<Versions>(`${procedurePath(key)}/versions`)
export const changesOf = (key: string, meant: Meant) => post<Changes>(`${procedurePath(key)}/changes`, meant)
export const draftKeep = async (key: string, meant: Meant, reason: string) => (await post<{ draft: string }>(`${procedurePath(key)}/drafts`, { ...meant, reason })).draft
export const draftDrop = (key: string, draft: string) => call('DELETE', `${procedurePath(key)}/drafts/${draft}`)
/** seen: the version in force that the changes were looked at against; 0: there was none. */
export const force = async (key: string, meant: Meant, reason: string, seen: number) => (await call<{ version: number }>('PUT', `${procedurePath(key)}/force`, { body: { ...meant, reason, seen } })).version

export const tasks = (box: BoxName, skip = 0, limit = 50) => get<Items>(`/api/tasks${query({ box, skip: skip || null, limit })}`)
export const caseOf = (id: string, definition: boolean) => get<Case>(`/api/cases/${id}${query({ definition })}`)
export const pathOf = async (id: string) => (await get<{ items: Kin[] }>(`/api/cases/${id}/path`)).items
export const casesOf = (ledger: string, id: string) => get<RecordCases>(`${recordPath(ledger, id)}/cases`)
export const actPath = (id: string) => `/api/cases/${id}/act`
/** Masked values of the record of a case that one has in hand; it leaves a fact. */
export const reveal = async (id: string, fields: string[], reason: string) => (await post<{ values: Values }>(`/api/cases/${id}/reveal`, { fields, reason })).values
export const act = (id: string, body: Act) => post<Done>(actPath(id), body)
export const preview = (id: string, body: Act) => post<Done>(`/api/cases/${id}/preview`, body)
export const migration = (id: string, version: number, steps: Record<string, string>) => post<Move>(`/api/cases/${id}/migration`, { version, steps })
export const begin = (procedure: string, record: string) => post<Done>('/api/cases', { procedure, record, command: command() })
export const retryStart = (m: Missed) => post<{ begun: boolean }>(`/api/procedures/${encodeURIComponent(m.procedure)}/retry`, { start: m.start })
export const colleagues = async () => (await get<{ items: Colleague[] }>('/api/colleagues')).items
export const check = async (xml: string, key = '') => (await post<{ findings: Finding[] }>('/api/procedures/check', { xml, key })).findings
export const model = (p: Procedure) => modelText(p.key, { version: p.version })
export async function modelText(key: string, meant: Meant): Promise<string> {
    const answer = await fetch(`${procedurePath(key)}/model.bpmn${query({ version: meant.version ?? null, draft: meant.draft ?? null })}`)
    if (!answer.ok) throw new Problem(answer.status, `服务器答复 ${answer.status}`)
    return answer.text()
}

/** What is late first, then what will be soonest; what has no date last. */
export function byUrgency(items: Item[]): Item[] {
    const rank: Record<string, number> = { red: 0, yellow: 1, green: 2 }
    const at = (i: Item) => rank[i.light] ?? 3
    return [...items].sort((a, b) => at(a) - at(b) || (a.due ?? '9').localeCompare(b.due ?? '9') || (a.opened ?? a.started).localeCompare(b.opened ?? b.started))
}

/** One line per act that a person may choose; the seats or visits it may go to are its choices. */
export interface Choice { act: string; name: string; reason: string; opinion: boolean; people: boolean; options: May[] }
export function choices(may: May[], seat: number | null): Choice[] {
    const list: Choice[] = []
    for (const m of may) {
        if (seat !== null && m.seat !== seat) continue
        let c = list.find(x => x.act === m.act)
        if (!c) list.push(c = { act: m.act, name: actName(m.act, m.name), reason: '', opinion: m.opinion, people: m.people, options: [] })
        c.options.push(m)
    }
    for (const c of list) {
        const open = c.options.filter(o => !o.reason)
        c.reason = open.length ? '' : c.options[0].reason
        if (open.length) c.options = open
    }
    return list
}
/** What yes is called on all of them; where they call it otherwise, 同意. */
export function yesOf(items: Item[]): string {
    const words = new Set(items.map(i => i.yes || '同意'))
    return words.size === 1 ? [...words][0] : '同意'
}
