import { describe, expect, test } from 'vitest'
import { ballotBack, ballotPut, sumsNew, tooMany, turned, type Ballot } from './ballots'

describe('ballots', () => {
    test('a ballot that names three with two seats is void; one that names one is valid', () => {
        expect(tooMany({ 甲: 'yes', 乙: 'yes', 丙: 'yes' }, 2)).toBe(true)
        expect(tooMany({ 甲: 'yes', 乙: 'yes', 丙: 'no' }, 2)).toBe(false)
        expect(tooMany({ 甲: 'yes' }, 2)).toBe(false)
    })
    test('sums add up whatever the ballots, and taking back undoes exactly the last', () => {
        let sums = sumsNew(['甲', '乙', '丙'])
        const ballots: Ballot[] = [{ marks: { 甲: 'yes', 乙: 'yes' }, invalid: false }, { marks: { 甲: 'no' }, invalid: false }, { marks: { 丙: 'yes' }, invalid: true }, { marks: {}, invalid: false }]
        for (const b of ballots) {
            const before = sums
            sums = ballotPut(sums, b)
            expect(sums.valid + sums.invalid).toBe(sums.collected)
            expect(ballotBack(sums, b)).toEqual(before)
        }
        expect(sums).toEqual({ collected: 4, valid: 3, invalid: 1, names: { 甲: { yes: 1, no: 1 }, 乙: { yes: 1, no: 0 }, 丙: { yes: 0, no: 0 } } })
    })
    test('a key turns a name from nothing to for, against, and back', () => {
        expect(turned(turned(turned('')))).toBe('')
        expect([turned(''), turned('yes')]).toEqual(['yes', 'no'])
    })
})
