// One thing at a time at a page: whether it is under way, what went wrong, what was done.
import { nextTick, ref, watch } from 'vue'
import { problemText } from '../parts/problem'

export function useDoing() {
    const busy = ref(false), trouble = ref(''), told = ref('')
    watch([told, trouble], async ([good, bad]) => { // who did it far down the page sees what became of it
        if (!good && !bad) return
        await nextTick()
        document.querySelector(`.page > .notice.${bad ? 'bad' : 'good'}`)?.scrollIntoView({ block: 'nearest' })
    })
    /** What it gives; null when it failed, and `trouble` says why. */
    async function run<T>(what: () => Promise<T>): Promise<T | null> {
        busy.value = true
        trouble.value = told.value = ''
        try {
            return await what()
        } catch (error) {
            trouble.value = problemText(error)
            return null
        } finally { busy.value = false }
    }
    return { busy, trouble, told, run }
}
