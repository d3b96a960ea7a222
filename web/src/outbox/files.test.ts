import { expect, test } from 'vitest'
import { fileKeep, filesSend, waits } from './files'
import type { Shelf } from './shelf'

function memory<T extends { id: string }>(): Shelf<T> {
    const held = new Map<string, T>()
    return { all: async () => [...held.values()], get: async id => held.get(id), put: async one => held.set(one.id, { ...one }), drop: async id => held.delete(id) }
}
const file = (digest: string) => ({ 名: '车库.jpg', 摘要: digest, 大小: 3 })

test('photographs and signatures made without a network are sent once, before the record, and keep their place', async () => {
    const on = memory<never>(), went: string[] = []
    const photo = await fileKeep(new Blob(['abc']), '车库.jpg', on), hand = await fileKeep(new Blob(['ink']), '签名.png', on)
    expect(waits({ 摘要: photo })).toBe(true)
    const values = { 部位: '车库', 照片: [file('已有'), file(photo)], 签: { 人: '其木格', 时: '2021-12-01', 图: hand } }
    let line = 1
    const by = async (_: Blob, name: string) => {
        if (line-- <= 0) throw new Error('断了')
        went.push(name)
        return { digest: `号 ${name}` }
    }
    await expect(filesSend(values, by, on)).rejects.toThrow('断了') // the line breaks after the photograph
    line = 1
    expect(await filesSend(values, by, on)).toEqual({ 部位: '车库', 照片: [file('已有'), file('号 车库.jpg')], 签: { 人: '其木格', 时: '2021-12-01', 图: '号 签名.png' } })
    expect(went).toEqual(['车库.jpg', '签名.png'])
})
