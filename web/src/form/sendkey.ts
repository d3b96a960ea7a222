// Ctrl+Enter sends a page from wherever the focus is: a list of choices would keep the key to itself. What is typed there and chosen is taken first.
import { onBeforeUnmount, onMounted } from 'vue'

export function onSendKey(send: () => void): void {
    function pressed(event: KeyboardEvent) {
        if (event.key !== 'Enter' || !event.ctrlKey || event.isComposing || document.querySelector('dialog[open]')) return
        const at = document.activeElement as HTMLInputElement | null
        event.preventDefault()
        const finish = () => {
            // Only what is typed: told of a change, a circle that merely has the focus would count as chosen.
            if (!/^(radio|checkbox|file)$/.test(at?.type ?? '')) at?.dispatchEvent(new Event('change', { bubbles: true }))
            send()
        }
        if (at?.getAttribute('aria-expanded') === 'true' && at.value?.trim()) { setTimeout(finish); return } // the open list takes its choice first
        event.stopPropagation()
        finish()
    }
    onMounted(() => document.addEventListener('keydown', pressed, true))
    onBeforeUnmount(() => document.removeEventListener('keydown', pressed, true))
}
