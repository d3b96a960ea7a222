// What was filled in at a step and not yet sent: kept in this tab, so that a page that is loaded anew, or left and come back to, has it again.
import type { Values } from '../api'

export interface StepDraft { values: Values; opinion: string; signature: string }
const key = (id: string, seat: number) => `step ${id} ${seat}`

/** Null: nothing was kept, or the step has been given again since (another revision of the seat). */
export function stepDraftOf(id: string, seat: number, rev: number): StepDraft | null {
    const kept = JSON.parse(sessionStorage.getItem(key(id, seat)) ?? 'null') as (StepDraft & { rev: number }) | null
    return kept?.rev === rev ? kept : null
}
export function stepDraftKeep(id: string, seat: number, rev: number, draft: StepDraft): void {
    const empty = !Object.keys(draft.values).length && !draft.opinion && !draft.signature
    if (empty) sessionStorage.removeItem(key(id, seat))
    else sessionStorage.setItem(key(id, seat), JSON.stringify({ ...draft, rev }))
}
export const stepDraftForget = (id: string, seat: number) => sessionStorage.removeItem(key(id, seat))
