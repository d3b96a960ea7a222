// The pages, ready to be linked into the program: tools/assets.mjs DIST writes gzip and brotli copies beside the table DIST/assets.S, which defines
//     const struct http_asset page_assets[]; const size_t page_asset_count;      (src/http/http.h, src/cli/assets.h)
// sorted by the bytes of the path. The same files give the same table, whoever builds it when.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const types = {
    '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
    '.json': 'application/json', '.png': 'image/png', '.woff2': 'font/woff2', '.txt': 'text/plain; charset=utf-8',
}
const dist = realpathSync(process.argv[2] ?? 'web/dist')
const packed = join(dist, '.packed')
rmSync(packed, { recursive: true, force: true })
mkdirSync(packed)

function* files(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.name.startsWith('.') || entry.name === 'assets.S') continue
        const path = join(folder, entry.name)
        if (entry.isDirectory()) yield* files(path)
        else yield path
    }
}
const paths = [...files(dist)].map(file => ({ file, path: '/' + relative(dist, file) })).sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))

const blobs = [], rows = []
const text = (label, value) => blobs.push(`${label}: .asciz ${JSON.stringify(value)}`)
const blob = (label, file) => blobs.push(`${label}: .incbin ${JSON.stringify(file)}`)
const str = (label, bytes) => rows.push(bytes ? `    .8byte ${label}, ${bytes}` : '    .8byte 0, 0')
let index = 0
for (const { file, path } of paths) {
    const type = types[extname(file)]
    if (!type) throw new Error(`${path}: tools/assets.mjs knows no content type for it`)
    const plain = readFileSync(file), n = index++
    const gzip = gzipSync(plain, { level: 9 })
    const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } })
    const hash = createHash('sha256').update(plain).digest('hex').slice(0, 32)
    const small = (coded, ending) => {
        if (coded.length >= plain.length) return 0 // already compressed: not worth a header
        writeFileSync(join(packed, `${n}.${ending}`), coded)
        blob(`.L${ending}${n}`, join(packed, `${n}.${ending}`))
        return coded.length
    }
    text(`.Lpath${n}`, path)
    text(`.Ltype${n}`, type)
    text(`.Letag${n}`, hash)
    blob(`.Lplain${n}`, file)
    const gz = small(gzip, 'gz'), br = small(brotli, 'br')
    str(`.Lpath${n}`, Buffer.byteLength(path))
    str(`.Ltype${n}`, type.length)
    str(`.Lplain${n}`, plain.length)
    str(`.Lgz${n}`, gz)
    str(`.Lbr${n}`, br)
    str(`.Letag${n}`, hash.length)
    rows.push(`    .8byte ${path.startsWith('/assets/') ? 1 : 0}`) // bool immutable, padded to the struct's alignment
}
writeFileSync(join(dist, 'assets.S'), `/* Made by tools/assets.mjs. struct http_asset is six str (pointer, length) and a bool. */
    .section .rodata
${blobs.join('\n')}
    .section .data.rel.ro, "aw"
    .balign 8
    .global page_assets
    .type page_assets, %object
page_assets:
${rows.join('\n')}
    .size page_assets, . - page_assets
    .section .rodata
    .balign 8
    .global page_asset_count
    .type page_asset_count, %object
page_asset_count: .8byte ${paths.length}
    .size page_asset_count, 8
    .section .note.GNU-stack, "", %progbits
`)
console.log(`${paths.length} files of the pages in ${relative(process.cwd(), join(dist, 'assets.S'))}`)
