// What was built must run on Chromium 80: every piece is parsed, and what came later is named. The kernel of a desk that is never updated shows a white
// page for one such sign. Prints TAP; ends with 1 when something is too new.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vite'

const top = join(dirname(fileURLToPath(import.meta.url)), '..')
const polyfilled = new Set(['hasOwn', 'at', 'replaceAll', 'replaceChildren', 'structuredClone', 'queueMicrotask']) // src/poly.ts
/** Members that Chromium learned after 80, and when. */
const members = {
    at: 92, hasOwn: 93, replaceAll: 85, replaceChildren: 86, structuredClone: 98, findLast: 97, findLastIndex: 97, toSorted: 110, toReversed: 110, toSpliced: 110,
    setHTMLUnsafe: 124, groupBy: 117, withResolvers: 119, fromAsync: 121, randomUUID: 92, isWellFormed: 111, checkVisibility: 105, showPicker: 99,
}
const globals = { WeakRef: 84, FinalizationRegistry: 84, AggregateError: 85, structuredClone: 98 }
const newer = (node, parents) => {
    switch (node.type) {
    case 'AssignmentExpression': return ['??=', '||=', '&&='].includes(node.operator) && `${node.operator} (85)`
    case 'StaticBlock': return 'a static block (94)'
    case 'PrivateIdentifier': return parents[parents.length - 1]?.type === 'MethodDefinition' ? 'a private method (84)' : parents[parents.length - 1]?.type === 'BinaryExpression' && '#x in (91)'
    case 'AwaitExpression': return !parents.some(p => /Function/.test(p.type)) && 'await outside of functions (89)'
    case 'Literal': return node.regex && /[dv]/.test(node.regex.flags) && `a pattern with flag ${node.regex.flags} (90)`
    case 'Identifier': return node.name in globals && parents[parents.length - 1]?.type === 'NewExpression' && `new ${node.name} (${globals[node.name]})`
    case 'CallExpression': {
        const name = node.callee.type === 'MemberExpression' && !node.callee.computed ? node.callee.property.name : ''
        return name in members && Object.hasOwn(members, name) && !polyfilled.has(name) && !node.optional && !node.callee.optional
            && !parents.some(p => p.type === 'Property' && p.key.name === name) /* passed on: reached only by who calls it */ && `.${name}() (${members[name]})`
    }
    default: return false
    }
}
function walk(node, parents, tell) {
    if (!node || typeof node.type !== 'string') return
    const found = newer(node, parents)
    if (found) tell(found, node)
    parents.push(node)
    for (const value of Object.values(node)) for (const child of Array.isArray(value) ? value : [value]) if (child && typeof child === 'object') walk(child, parents, tell)
    parents.pop()
}
let number = 0, bad = 0
for (const file of [...readdirSync(join(top, 'dist', 'assets')).filter(f => f.endsWith('.js')).map(f => join('assets', f)), ...readdirSync(join(top, 'dist')).filter(f => f.endsWith('.js'))].sort()) {
    const source = readFileSync(join(top, 'dist', file), 'utf8'), found = new Set()
    walk(parseAst(source), [], (what, node) => found.add(`${what}: ${source.slice(Math.max(0, node.start - 30), node.start + 50).replace(/\s+/g, ' ')}`))
    bad += found.size ? 1 : 0
    console.log(`${found.size ? 'not ok' : 'ok'} ${++number} - ${file.replace(/-[\w-]{8}(\.\w+)$/, '$1')} runs on Chromium 80`)
    for (const one of [...found].slice(0, 5)) console.log(`# ${one}`)
}
console.log(`1..${number}`)
process.exit(bad ? 1 : 0)
