import { describe, expect, test } from 'vitest'
import { english } from './english'
import { languageSet, t } from './words'

const sources = import.meta.glob('./**/*.{ts,vue}', { query: '?raw', import: 'default', eager: true }) as Record<string, string>
const chinese = /[\u3400-\u9fff]/

/** Every text said with t('…'), and those of tables whose texts are said with t(one.name). */
function texts(): Map<string, string> {
    const found = new Map<string, string>()
    const take = (source: string, file: string, pattern: RegExp) => {
        for (const m of source.matchAll(pattern)) {
            const text = (m[1] ?? m[2]).replace(/&quot;/g, '"')
            if (chinese.test(text)) found.set(text, file)
        }
    }
    const tables: Record<string, RegExp> = {
        './router.ts': /[a-z]: '([^']*)'/g, './lib/values.ts': /(?:\? |: )'([^']*\{field\}[^']*)'/g,
        './lib/home.ts': /say\('([^']*)'/g, './lib/batch.ts': /(?:return |\| )'([^']*)'/g, './parts/KeysDialog.vue': /'([^'\n]*)'/g,
        './flow/BatchDialog.vue': /(?:title|act|done): '([^']*)'/g,
        './parts/ImportBook.vue': /name: '([^']*)'/g, './pages/ImportWizard.vue': /const steps = \['([^']*)'/g, './pages/Me.vue': /', '([^']*)'\]/g,
        './flow/acts.ts': /tell: '([^']*)'/g, './flow/Boxes.vue': /(?:text|none): '([^']*)'/g, './flow/steps.ts': /text: '([^']*)'/g, './flow/Path.vue': /[a-z]: '([\u3400-\u9fff]*)'/g,
        './flow/whole.ts': /\['([\u3400-\u9fff]+)'/g, './flow/ActDialog.vue': /[a-z]: '([^']*)'/g, './flow/MigrateDialog.vue': /[a-z]: '([\u3400-\u9fff]*)'/g, './pages/CasePage.vue': /[a-z]: '([^']*[\u3400-\u9fff][^']*)'/g, './pages/Designer.vue': /[a-z]: '([\u3400-\u9fff]*)'/g,
        './report/MatrixTable.vue': /[a-z]: '([\u3400-\u9fff]*)'/g, './report/PeriodPicker.vue': /: '(\{year[^']*)'/g,
    }
    for (const [file, source] of Object.entries(sources)) {
        if (file.endsWith('.test.ts') || file.endsWith('/english.ts')) continue
        take(source, file, /\bt\((?:'([^']*)'|"([^"]*)")/g)
        if (tables[file]) take(source, file, tables[file])
    }
    return found
}

describe('words', () => {
    test('every text of the pages has its English', () => {
        const missing = [...texts()].filter(([text]) => !english[text]).map(([text, file]) => `${file}: ${text}`)
        expect(missing).toEqual([])
    })
    test('the English table holds no text that the pages do not say', () => {
        const said = Object.entries(sources).filter(([f]) => !f.endsWith('/english.ts') && !f.endsWith('.test.ts')).map(([, s]) => s.replace(/&quot;/g, '"')).join('\n')
        expect(Object.keys(english).filter(text => !said.includes(text))).toEqual([])
    })
    test('an English text names the same values as the Chinese one', () => {
        const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(m => m[1]).sort().join()
        expect(Object.entries(english).filter(([zh, en]) => names(zh) !== names(en)).map(([zh]) => zh)).toEqual([])
    })
    test('no Chinese is left in a template outside of t, but for data and the language switch', () => {
        const left: string[] = []
        for (const [file, source] of Object.entries(sources)) {
            const template = file.endsWith('.vue') ? source.match(/<template>[\s\S]*<\/template>/)?.[0] ?? '' : ''
            const bare = template.replace(/<!--[\s\S]*?-->/g, '').replace(/"[^"]*"/g, '').replace(/\{\{[\s\S]*?\}\}/g, '').replace(/<[^>]*>/g, ' ')
            for (const m of bare.matchAll(/[\u3400-\u9fff]+/g)) if (!['镇务', '中文', '户', '年', '月'].includes(m[0])) left.push(`${file}: ${m[0]}`)
        }
        expect(left).toEqual([])
    })
    test('t fills in what the text names, in either language', async () => {
        expect(t('第 {n} 行', { n: 12 })).toBe('第 12 行')
        await languageSet('en')
        expect(t('第 {n} 行', { n: 12 })).toBe('Row 12')
        expect(t('没有译过的话')).toBe('没有译过的话')
        await languageSet('zh')
        expect(t('第 {n} 行', { n: 12 })).toBe('第 12 行')
    })
})
