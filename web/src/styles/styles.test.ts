import { describe, expect, test } from 'vitest'

const sources = import.meta.glob('../**/*.{css,vue}', { query: '?raw', import: 'default', eager: true }) as Record<string, string>
const styleOf = (file: string, source: string) => (file.endsWith('.css') ? source : [...source.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(m => m[1]).join('\n'))

// Township desks run Chromium from 83 on. What came later may only be used where its absence does no harm.
const tooNew: [string, RegExp][] = [
    ['gap in a flex box (84)', /(?:^|[^-])\bgap:/m], ['inset (87)', /(?:^|[\s;{])inset:/], [':is() and :where() (88)', /:(?:is|where)\(/], ['aspect-ratio (88)', /aspect-ratio/],
    [':has() (105)', /:has\(/], ['container queries (105)', /@container/], ['dvh (108)', /\d[dsl]vh/], ['nesting (112)', /\{[^{}@]*\n\s*&/], ['color-mix (111)', /color-mix/],
]

describe('styles', () => {
    test.each(tooNew)('no style uses %s', (_name, pattern) => {
        expect(Object.entries(sources).filter(([file, source]) => pattern.test(styleOf(file, source).replace(/\/\*[\s\S]*?\*\//g, ''))).map(([file]) => file)).toEqual([])
    })
    test('no template carries a style or a script that a strict content policy would block, nor raw HTML', () => {
        const bad: string[] = []
        for (const [file, source] of Object.entries(sources)) {
            const template = source.match(/<template>[\s\S]*<\/template>/)?.[0] ?? ''
            if (/\sstyle="/.test(template) || /v-html/.test(template) || /\son\w+="/.test(template)) bad.push(file)
        }
        expect(bad).toEqual([])
    })
})
