import { describe, expect, test } from 'vitest'
import type { ImportReport } from '../api'
import { far, fileRefusal, running, sumOf, writable, type Book } from './batch'

const report = (more: Partial<ImportReport> = {}): ImportReport => ({
    rows: 10, added: 4, changed: 3, unchanged: 1, bad: 2, skipped: 5, made_other: 1, other_ledger: '户', sheet: '甲', columns: [], errors: [], warnings: [], lacks: [], kept: false, errors_workbook: true, ...more,
})
const book = (more: Partial<Book> = {}): Book => ({ key: 1, file: new File(['x'], 'a.xlsx'), stage: '看结果', writing: false, sheet: '', fill: {}, share: 0, job: null, report: report(), trouble: '', ...more })

describe('workbooks being imported', () => {
    test('a file that cannot be read is refused before it is sent, with the cure', () => {
        expect(fileRefusal({ name: '花名册.xlsx', size: 10 })).toBe('')
        expect(fileRefusal({ name: '花名册.xls', size: 10 })).toContain('另存为 .xlsx')
        expect(fileRefusal({ name: '花名册.et', size: 10 })).toContain('另存为 .xlsx')
        expect(fileRefusal({ name: '照片.jpg', size: 10 })).toContain('只能导入 .xlsx')
        expect(fileRefusal({ name: '名单.csv', size: 10 })).toBe('')
        expect(fileRefusal({ name: '~$花名册.xlsx', size: 10 })).toContain('临时文件')
        expect(fileRefusal({ name: '花名册.xlsx', size: 0 })).toBe('文件是空的')
        expect(fileRefusal({ name: '花名册.xlsx', size: 201 << 20 })).toContain('200 MB')
    })
    test('only what was looked at and would change something may be written', () => {
        expect(writable(book())).toBe(true)
        expect(writable(book({ report: report({ added: 0, changed: 0 }) }))).toBe(false)
        expect(writable(book({ stage: '完成' }))).toBe(false)
        expect(writable(book({ stage: '失败', report: null }))).toBe(false)
    })
    test('several files are summed up', () => expect(sumOf([book(), book(), book({ report: null })])).toMatchObject({ files: 2, rows: 20, added: 8, bad: 4, made_other: 2 }))
    test('how far: the upload, then the job; unknown ends stay unknown', () => {
        expect(far(book({ stage: '上传', share: 0.4 }))).toBe(0.4)
        const job = { id: '', kind: '', stage: '', done: 30, total: 60, state: '运行' as const, report: null, errors: [] }
        expect(far(book({ stage: '试导', job }))).toBe(0.5)
        expect(far(book({ stage: '试导', job: { ...job, total: -1 } }))).toBeNull()
        expect(running(book({ stage: '写入' }))).toBe(true)
    })
})
