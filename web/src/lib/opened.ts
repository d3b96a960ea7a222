// Hundreds of ledgers are declared; a desk works in a dozen. In a line of work those with records and those one has opened stand in sight, the
// others are folded; what one opened last stands at the top, wherever one is.
import { ref } from 'vue'
import type { LedgerHead, Line } from '../api'

const MOST = 60
const stored = (key: string): string[] => JSON.parse(localStorage.getItem(key) ?? '[]')
const opened = ref<string[]>(stored('ledgers-opened'))
const unfolded = ref<string[]>(stored('lines-whole'))

export function openedKeep(ledger: string): void {
    if (!ledger || opened.value[0] === ledger) return
    opened.value = [ledger, ...opened.value.filter(l => l !== ledger)].slice(0, MOST)
    localStorage.setItem('ledgers-opened', JSON.stringify(opened.value))
}
export const whole = (line: Line) => unfolded.value.includes(line.name)
export function wholeSet(line: Line, on: boolean): void {
    unfolded.value = [...unfolded.value.filter(l => l !== line.name), ...(on ? [line.name] : [])]
    localStorage.setItem('lines-whole', JSON.stringify(unfolded.value))
}
const inSight = (ledger: LedgerHead) => ledger.count > 0 || opened.value.includes(ledger.name)
export const sight = (line: Line): LedgerHead[] => (whole(line) ? line.ledgers : line.ledgers.filter(inSight))
export const folded = (line: Line): number => line.ledgers.filter(l => !inSight(l)).length
export const recent = (lines: Line[], most: number): LedgerHead[] =>
    opened.value.flatMap(name => lines.flatMap(l => l.ledgers.filter(x => x.name === name))).slice(0, most)
