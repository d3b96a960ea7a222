// Chinese is the language of the pages; the text itself is the key. English comes second, from one table. Field names stay Chinese.
import { ref } from 'vue'
import { english } from './english'

export const language = ref<'zh' | 'en'>(localStorage.getItem('language') === 'en' ? 'en' : 'zh')

export function languageSet(to: 'zh' | 'en'): void {
    language.value = to
    localStorage.setItem('language', to)
    document.documentElement.lang = to === 'zh' ? 'zh-CN' : 'en'
}

/** t('共 {n} 条', { n: 12 }) */
export function t(text: string, with_?: Record<string, string | number>): string {
    const said = language.value === 'en' ? english[text] ?? text : text
    return with_ ? said.replace(/\{(\w+)\}/g, (_, k) => String(with_[k] ?? '')) : said
}
