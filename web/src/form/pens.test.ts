import { expect, test } from 'vitest'
import { penClose, penOpen, pensDown } from './pens'

test('what is written on a pad is taken before a form is sent, and a pad that could not be taken holds the form back', async () => {
    const taken: string[] = []
    const first = async () => { taken.push('first'); penClose(first); return true }
    const broken = async () => { taken.push('broken'); return false }
    penOpen(first)
    expect(await pensDown()).toBe(true)
    expect(taken).toEqual(['first'])
    penOpen(broken)
    expect(await pensDown()).toBe(false)
    penClose(broken)
    expect(await pensDown()).toBe(true)
    expect(taken).toEqual(['first', 'broken'])
})
