import { Problem, type FieldError } from '../api'

export const problemText = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Errors of a refusal by field; those without a field of the form come under "". */
export function errorsByField(error: unknown, names: string[]): Record<string, string> {
    const by: Record<string, string> = {}
    const list: FieldError[] = error instanceof Problem && error.errors.length ? error.errors : [{ field: '', text: problemText(error) }]
    for (const e of list) {
        const field = names.includes(e.field) ? e.field : ''
        const text = field === '' && e.field ? `${e.field}：${e.text}` : e.text
        by[field] = by[field] ? `${by[field]}；${text}` : text
    }
    return by
}
