// Chinese is the language of the pages; the text itself is the key. English comes second, from one table. Field names stay Chinese.
import { ref, shallowRef } from 'vue'

const english = shallowRef<Record<string, string>>({}) // read only when somebody asks for it
export const language = ref<'zh' | 'en'>(localStorage.getItem('language') === 'en' ? 'en' : 'zh')

export async function languageSet(to: 'zh' | 'en'): Promise<void> {
    if (to === 'en') english.value = (await import('./english')).english
    language.value = to
    localStorage.setItem('language', to)
    document.documentElement.lang = to === 'zh' ? 'zh-CN' : 'en'
}

/** t('共 {n} 条', { n: 12 }) */
export function t(text: string, with_?: Record<string, string | number>): string {
    const said = language.value === 'en' ? english.value[text] ?? text : text
    return with_ ? said.replace(/\{(\w+)\}/g, (_, k) => String(with_[k] ?? '')) : said
}

/** Keys that are one letter can be switched off: dictation and some aids type letters (WCAG 2.1.4). */
export const singleKeys = ref(localStorage.getItem('single-keys') !== 'off')
export function singleKeysSet(on: boolean): void {
    singleKeys.value = on
    localStorage.setItem('single-keys', on ? 'on' : 'off')
}
