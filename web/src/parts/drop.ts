// Files dragged onto the page, wherever they are let go.
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/** True while files hang over the page. */
export function onFilesDropped(take: (files: File[]) => void): Ref<boolean> {
    const over = ref(false)
    const carries = (e: DragEvent) => Array.from(e.dataTransfer?.types ?? []).includes('Files')
    const drag = (e: DragEvent) => { if (carries(e)) { e.preventDefault(); over.value = true } }
    const leave = (e: DragEvent) => { if (!e.relatedTarget) over.value = false }
    const drop = (e: DragEvent) => {
        over.value = false
        if (!carries(e)) return
        e.preventDefault()
        take(Array.from(e.dataTransfer!.files))
    }
    onMounted(() => { document.addEventListener('dragover', drag); document.addEventListener('dragleave', leave); document.addEventListener('drop', drop) })
    onBeforeUnmount(() => { document.removeEventListener('dragover', drag); document.removeEventListener('dragleave', leave); document.removeEventListener('drop', drop) })
    return over
}
