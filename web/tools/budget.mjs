// What a desk must fetch before it can work, compressed as an intranet without TLS gets it (gzip), and a phone, as it gets it over TLS (brotli). Prints TAP; ends with 1 over budget.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist')
const manifest = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8'))
const KB = 1024
const SHELL = 120 * KB    // before signing in and around every page
const SCREEN = 180 * KB   // all that a page needs, with the shell
const DRAWING = 240 * KB  // the tool that draws procedures: for the one who designs them, asked for by hand
const PHONE = 66 * KB     // brotli: signing in and the workbench, with the page itself; 36 of it are Vue and its router
const sizes = new Map()
const size = file => {
    if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length)
    return sizes.get(file)
}
function files(key, into = new Set()) {
    const chunk = manifest[key]
    if (into.has(chunk.file)) return into
    into.add(chunk.file)
    for (const css of chunk.css ?? []) into.add(css)
    for (const next of chunk.imports ?? []) files(next, into)
    return into
}
const sum = set => [...set].reduce((n, file) => n + size(file), 0)

let number = 0, bad = 0
function check(name, bytes, most) {
    const good = bytes <= most
    bad += good ? 0 : 1
    console.log(`${good ? 'ok' : 'not ok'} ${++number} - ${name}: ${(bytes / KB).toFixed(1)} KB of ${most / KB} KB`)
}
const entry = Object.keys(manifest).find(key => manifest[key].isEntry)
const shell = files(entry)
check('the shell is small', sum(shell), SHELL)
const first = new Set(['index.html', ...shell, ...files('src/pages/Workbench.vue')])
check("a phone's first load is small", [...first].reduce((n, file) => n + brotliCompressSync(readFileSync(join(dist, file))).length, 0), PHONE)
for (const key of Object.keys(manifest).sort())
    if (manifest[key].isDynamicEntry) check(`${key.replace(/^src\//, '')} is small, shell included`, sum(new Set([...shell, ...files(key)])), key === 'src/flow/modeler.ts' ? DRAWING : SCREEN)
console.log(`1..${number}`)
process.exit(bad ? 1 : 0)
