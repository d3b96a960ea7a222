import { expect, test } from 'vitest'
import { advicePieces } from './advice'

test('names in quotes stand apart from the words around them; quotes that do not close are words', () => {
    expect(advicePieces('逐户登记“救助对象”，到“名单造册”入册')).toEqual([
        { text: '逐户登记', name: '' }, { text: '“救助对象”', name: '救助对象' }, { text: '，到', name: '' }, { text: '“名单造册”', name: '名单造册' }, { text: '入册', name: '' }])
    expect(advicePieces('摸底“未完')).toEqual([{ text: '摸底“未完', name: '' }])
    expect(advicePieces('')).toEqual([])
})
