// One person counts ballots one after another. Only sums leave this page; the last few ballots are kept to be taken back.
export type Mark = 'yes' | 'no' | ''
export interface Names { [name: string]: { yes: number; no: number } }
export interface Sums { collected: number; valid: number; invalid: number; names: Names }
export interface Ballot { marks: Record<string, Mark>; invalid: boolean }

export const sumsNew = (names: string[]): Sums => ({ collected: 0, valid: 0, invalid: 0, names: Object.fromEntries(names.map(n => [n, { yes: 0, no: 0 }])) })

/** More names than seats make a ballot void; as many or fewer do not. */
export const tooMany = (marks: Record<string, Mark>, seats: number) => Object.values(marks).filter(m => m === 'yes').length > seats
export const turned = (mark: Mark): Mark => (mark === '' ? 'yes' : mark === 'yes' ? 'no' : '')

function added(sums: Sums, ballot: Ballot, by: 1 | -1): Sums {
    const names: Names = {}
    for (const [name, n] of Object.entries(sums.names)) {
        const mark = ballot.invalid ? '' : ballot.marks[name] ?? ''
        names[name] = { yes: n.yes + (mark === 'yes' ? by : 0), no: n.no + (mark === 'no' ? by : 0) }
    }
    return { collected: sums.collected + by, valid: sums.valid + (ballot.invalid ? 0 : by), invalid: sums.invalid + (ballot.invalid ? by : 0), names }
}
export const ballotPut = (sums: Sums, ballot: Ballot) => added(sums, ballot, 1)
export const ballotBack = (sums: Sums, ballot: Ballot) => added(sums, ballot, -1)
