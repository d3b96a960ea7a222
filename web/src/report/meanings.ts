// What a column of a superior's form can be filled with: fields of the ledger, of what its records refer to (户.住址), and of what those refer to
// (户.户主.姓名), so that a person finds them by words.
import type { Field, Ledger } from '../api'

export interface Group { of: string; fields: string[] }
type Reader = (name: string) => Promise<Ledger>

const never = ['子', '图', '附', '签']
const carries = (f: Field) => !never.includes(f.type.replace(/[→\d].*$/, ''))
const refers = (l: Ledger) => l.fields.filter(f => f.type.startsWith('引') && f.target)
/** 岗：司机, a column of that table. */
const posts = (l: Ledger) => l.fields.filter(f => l.spread && f.name === l.spread).flatMap(f => f.choices.map(c => `${f.name}：${c}`))
const own = (l: Ledger, path = ''): Group => ({ of: path, fields: l.fields.filter(carries).map(f => (path ? `${path}.${f.name}` : f.name)) })

/** The ledger's own fields first, then those one reference away, each with those of its own references. What may not be read is left out. */
export async function meaningsOf(ledger: Ledger, read: Reader): Promise<Group[]> {
    const beyond = await Promise.all(refers(ledger).map(async f => {
        const target = await read(f.target).catch(() => null)
        if (!target) return []
        const far = await Promise.all(refers(target).map(g => read(g.target).then(l => [own(l, `${f.name}.${g.name}`)], () => [])))
        return [own(target, f.name), ...far.flat()]
    }))
    const first = own(ledger)
    return [{ ...first, fields: [...posts(ledger), ...first.fields] }, ...beyond.flat()]
}

/** What is shown for the words typed: nothing typed shows what is at most one reference away. Every word must be somewhere in the path. */
export function meaningsLike(groups: Group[], typed: string): Group[] {
    const words = typed.trim().split(/[\s.]+/).filter(Boolean)
    const near = (g: Group) => words.length > 0 || !g.of.includes('.')
    return groups.filter(near).map(g => ({ of: g.of, fields: g.fields.filter(f => words.every(w => f.includes(w))) })).filter(g => g.fields.length)
}
