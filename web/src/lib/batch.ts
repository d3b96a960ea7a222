// Workbooks being imported: what each has come to, and what may be done next. Nothing here knows of the page or of the network.
import type { ImportReport, Job } from '../api'

export const FILES_MOST = 12             // a town's villages, at once
export const BYTES_MOST = 200 * (1 << 20) // UPLOAD_MAX_MB of the server

/** 等候 → 上传 → 试导 → 看结果 → 上传 → 写入 → 完成; 失败 and 取消 may be tried again. */
export type Stage = '等候' | '上传' | '试导' | '看结果' | '写入' | '完成' | '失败' | '取消'

export interface Book {
    key: number; file: File; stage: Stage; writing: boolean; sheet: string
    fill: Record<string, string> // said once for all rows that leave a field blank
    share: number        // of the upload
    job: Job<ImportReport> | null
    report: ImportReport | null
    trouble: string
}

/** What is wrong with a file before it is sent; empty: nothing. */
export function fileRefusal(file: { name: string; size: number }): string {
    if (/\.(xls|et|wps)$/i.test(file.name)) return '这是老格式，请用 WPS 或 Excel 另存为 .xlsx 再选'
    if (/\.xlsm$/i.test(file.name)) return '带宏的文件不收，请另存为 .xlsx 再选'
    if (!/\.(xlsx|csv|txt)$/i.test(file.name)) return '只能导入 .xlsx 表格，或 .csv、.txt 文本'
    if (/^~\$/.test(file.name)) return '这是表格打开时的临时文件，请选原文件'
    if (file.size === 0) return '文件是空的'
    if (file.size > BYTES_MOST) return '文件超过 200 MB，请分成几个再导'
    return ''
}

export const running = (b: Book) => ['等候', '上传', '试导', '写入'].includes(b.stage)
export const good = (r: ImportReport) => r.added + r.changed

/** May be written: seen, and something in it would change. */
export const writable = (b: Book) => b.stage === '看结果' && !!b.report && good(b.report) > 0

export interface Sum { rows: number; added: number; changed: number; unchanged: number; bad: number; skipped: number; made_other: number; files: number }
export function sumOf(books: Book[]): Sum {
    const sum: Sum = { rows: 0, added: 0, changed: 0, unchanged: 0, bad: 0, skipped: 0, made_other: 0, files: 0 }
    for (const { report } of books) {
        if (!report) continue
        sum.files++
        for (const key of ['rows', 'added', 'changed', 'unchanged', 'bad', 'skipped', 'made_other'] as const) sum[key] += report[key]
    }
    return sum
}

/** How far, between 0 and 1; null when the end is not known. */
export function far(b: Book): number | null {
    if (b.stage === '上传') return b.share
    const job = b.job
    return job && job.total > 0 ? Math.min(1, job.done / job.total) : null
}
