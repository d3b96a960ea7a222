// A photograph or a signature made where there is no network: kept here under a name of its own until it is sent, before the record that holds it.
import { command, send, type Kept, type Value, type Values } from '../api'
import type { FileValue, Signature } from '../lib/values'
import { shelf, type Shelf } from './shelf'

interface Waiting { id: string; name: string; blob: Blob | null; digest: string; at: number }
const MARK = '待传 ' // where the server's digest will stand
const KEPT_MS = 30 * 86_400_000 // what no letter has taken in a month belongs to a form that was given up

export const waits = (file: { 摘要: string }) => file.摘要.startsWith(MARK)

export async function fileKeep(blob: Blob, name: string, on: Shelf<Waiting> = shelf('files')): Promise<string> {
    const id = MARK + command()
    await on.put({ id, name, blob, digest: '', at: Date.now() })
    return id
}
export const fileBlob = async (digest: string): Promise<Blob | null> => (await shelf<Waiting>('files').get(digest))?.blob ?? null

const holds = (value: Value): value is FileValue[] => Array.isArray(value) && value.some(f => typeof f?.摘要 === 'string' && waits(f))
const signed = (value: Value): value is Signature => typeof (value as Signature | null)?.图 === 'string' && waits({ 摘要: (value as Signature).图 })
export type Sender = (blob: Blob, name: string) => Promise<{ digest: string }>
const sender: Sender = (blob, name) => send<Kept>('/api/files', blob, name, () => {})

/** The server's digest of what waits here; '': cleared together with the browser's data. What was sent before the line broke is not sent again. */
export async function fileSend(id: string, by: Sender = sender, on: Shelf<Waiting> = shelf('files')): Promise<string> {
    const kept = await on.get(id)
    if (!kept) return ''
    if (kept.blob) await on.put(Object.assign(kept, { digest: (await by(kept.blob, kept.name)).digest, blob: null }))
    return kept.digest
}

/** The same values with every photograph sent. */
export async function filesSend(values: Values, by: Sender = sender, on: Shelf<Waiting> = shelf('files')): Promise<Values> {
    const ready = { ...values }, one = (id: string) => fileSend(id, by, on)
    for (const [field, value] of Object.entries(values)) {
        if (signed(value)) {
            const digest = await one(value.图)
            ready[field] = digest ? { ...value, 图: digest } : null
        }
        if (!holds(value)) continue
        const files: FileValue[] = []
        for (const file of value) {
            const digest = waits(file) ? await one(file.摘要) : file.摘要
            if (digest) files.push({ ...file, 摘要: digest })
        }
        ready[field] = files
    }
    return ready
}
export async function filesTidy(on: Shelf<Waiting> = shelf('files')): Promise<void> {
    for (const f of await on.all()) if (Date.now() - f.at > KEPT_MS) await on.drop(f.id)
}
