// Who was here last, and what their forms look like: so that a phone that is switched on where there is no network shows the forms and the outbox, instead
// of a page to sign in that cannot. No record of anybody is kept. Signing out, or being told to sign in again, forgets it.
import type { Ledger, Line, Session } from '../api'

export interface Known { session: Session; lines: Line[]; at: number }
const KEY = 'known', FORM = 'known form '
const KEPT_MS = 7 * 86_400_000

export function knownKeep(session: Session, lines: Line[]): void {
    try { localStorage.setItem(KEY, JSON.stringify({ session: { ...session, csrf: '' }, lines, at: Date.now() })) } catch { /* a browser that keeps nothing */ }
}
export function knownOf(): Known | null {
    const known = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Known | null
    return known && Date.now() - known.at < KEPT_MS ? known : null
}
export function knownForget(): void {
    for (const key of Object.keys(localStorage)) if (key === KEY || key.startsWith(FORM)) localStorage.removeItem(key)
}
export function formKeep(ledger: Ledger): void {
    try { localStorage.setItem(FORM + ledger.name, JSON.stringify(ledger)) } catch { /* full: that form wants a network */ }
}
export const formOf = (name: string) => JSON.parse(localStorage.getItem(FORM + name) ?? 'null') as Ledger | null
