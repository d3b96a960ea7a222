// 待传: what was to be sent while the network was away. It is kept in this browser and sent, in order, when the server answers again. Nothing
// counts as reported before the server's answer; a letter carries its command, so one whose answer was lost on the way is kept by the server once.
import { ref, watch } from 'vue'
import { call, Problem, send, type Kept, type Rec, type Values } from '../api'
import { problemText } from '../parts/problem'
import { session, sessionFind } from '../session'
import { t } from '../words'
import { fileKeep, fileSend, filesSend, filesTidy, waits } from './files'
import { shelf } from './shelf'

export interface Letter {
    id: string                                  // its command
    account: string
    title: string
    path: string
    body: { command: string; values?: Values } & Record<string, unknown>
    ledger?: string                             // of a new record; else it is an act on a case
    at: number
    refused: string                             // why the server did not take it; '': it waits
}
export const letters = ref<Letter[]>([]), sent = ref<{ title: string; to: string }[]>([]), sending = ref(false)
const kept = shelf<Letter>('letters')

const PATIENCE_MS = 25_000 // a line on which so little comes is as good as none
const AGAIN_MS = 15_000
const AWAY = [0, 502, 503, 504]
/** It did not reach the server, or nobody knows whether it did. */
export const away = (error: unknown) => error instanceof Problem && AWAY.includes(error.status)

/** A file is sent; while the network is away it is kept here, and goes with what holds it. */
export const fileGive = (blob: Blob, name: string, tell: (share: number) => void = () => {}): Promise<Kept> =>
    send<Kept>('/api/files', blob, name, tell).catch(async error => {
        if (!away(error)) throw error
        return { name, digest: await fileKeep(blob, name), size: blob.size }
    })
export async function deliver<T>(path: string, body: Letter['body']): Promise<T> {
    if (session.away) await sessionFind() // the page was opened without a network: only the server can say that this may be sent
    if (session.away) throw new Problem(0, t('连不上服务器，请检查网络后重试'))
    if (body.values) body.values = await filesSend(body.values)
    if (typeof body.signature === 'string' && waits({ 摘要: body.signature })) body.signature = (await fileSend(body.signature)) || undefined
    return call<T>('POST', path, { body, patience: PATIENCE_MS })
}
export async function keep(letter: Omit<Letter, 'id' | 'account' | 'at' | 'refused'>): Promise<void> {
    const one: Letter = { ...JSON.parse(JSON.stringify(letter)), id: letter.body.command, account: session.now!.account.id, at: Date.now(), refused: '' }
    await kept.put(one)
    letters.value = [...letters.value.filter(l => l.id !== one.id), one]
}
export async function drop(id: string): Promise<void> {
    await kept.drop(id)
    letters.value = letters.value.filter(l => l.id !== id)
}
const placeOf = (l: Letter, answer: Partial<Rec> & { case?: string }) => (l.ledger ? `/ledgers/${encodeURIComponent(l.ledger)}/${answer.id}` : `/cases/${answer.case}`)

export async function flush(): Promise<void> {
    if (sending.value || !session.now) return
    sending.value = true
    if (session.away) await sessionFind() // it was opened without a network: who is here is asked first
    if (session.away || !session.now) {
        sending.value = false
        return
    }
    for (const l of letters.value.filter(x => !x.refused)) {
        try {
            const answer = await deliver<Partial<Rec> & { case?: string }>(l.path, l.body)
            await drop(l.id)
            sent.value.push({ title: l.title, to: placeOf(l, answer) })
        } catch (error) {
            if (!(error instanceof Problem) || away(error) || error.status >= 500 || [401, 429].includes(error.status)) break // it waits, and those behind it
            l.refused = problemText(error) + error.errors.map(e => `；${e.field ? `${e.field}：` : ''}${e.text}`).join('')
            await kept.put(JSON.parse(JSON.stringify(l)))
        }
    }
    sending.value = false
}

/** From here on, for whoever is signed in. */
export function outboxBegin(): void {
    watch(() => session.now?.account.id, async account => {
        sent.value = []
        letters.value = []
        if (!account) return
        try {
            letters.value = (await kept.all()).filter(l => l.account === account).sort((a, b) => a.at - b.at)
            void filesTidy()
        } catch { /* a browser that keeps nothing: then what could not be sent is said on its page */ }
        void flush()
    }, { immediate: true })
    const again = () => { if (session.away || letters.value.some(l => !l.refused)) void flush() }
    addEventListener('online', again)
    document.addEventListener('visibilitychange', () => { if (!document.hidden) again() })
    window.setInterval(again, AGAIN_MS)
}
