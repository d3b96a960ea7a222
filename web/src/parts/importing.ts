// Sends workbooks to the server, two at a time (a browser opens six connections, and each job being followed keeps one), first to be
// looked at only, then, when the person says so, to be kept.
import { reactive } from 'vue'
import { call, follow, ledgerPath, query, send, type ImportReport, type Job } from '../api'
import { fileRefusal, FILES_MOST, running, type Book } from '../lib/batch'
import { problemText } from './problem'
import { t } from '../words'

const AT_ONCE = 2
/** 方式=公文交换；签收人=包文龙 */
const fillText = (fill: Record<string, string>) => Object.entries(fill).filter(([, v]) => v.trim()).map(([k, v]) => `${k}=${v.trim()}`).join('；')

export class Importing {
    books = reactive<Book[]>([])
    refused = reactive<{ name: string; text: string }[]>([])
    private last = 0
    private stops = new Map<number, () => void>()
    private jobs = new Map<number, string>()
    private unwanted = new Set<number>()

    constructor(private ledger: string) {}

    add(files: File[]): void {
        this.refused.splice(0)
        for (const file of files) {
            const text = fileRefusal(file)
            if (text) this.refused.push({ name: file.name, text: t(text) })
            else if (this.books.length >= FILES_MOST) this.refused.push({ name: file.name, text: t('一次最多 {n} 个文件，这个没有加入', { n: FILES_MOST }) })
            else this.books.push({ key: ++this.last, file, stage: '等候', writing: false, sheet: '', fill: {}, share: 0, job: null, report: null, trouble: '' })
        }
        this.go()
    }

    /** Once more from the start, perhaps with another sheet or the mended file. */
    again(book: Book, file: File = book.file): void {
        const text = fileRefusal(file)
        Object.assign(book, { file, stage: text ? '失败' : '等候', writing: false, share: 0, job: null, report: null, trouble: t(text) })
        this.go()
    }

    write(books: Book[]): void {
        for (const book of books) Object.assign(book, { stage: '等候', writing: true, share: 0, job: null, trouble: '' })
        this.go()
    }

    /** What is running is cancelled on the server and leaves nothing there; what has been written already is told to its end. What is on its way to be
     * written may be at work there before the answer is here: it is cancelled then, and nothing is said of it until then. */
    async cancel(book: Book): Promise<void> {
        const job = this.jobs.get(book.key)
        if (book.stage === '上传' && book.writing) {
            this.unwanted.add(book.key)
            book.trouble = t('正在取消，等服务器答复')
            return
        }
        try {
            if (job) await call('DELETE', `/api/jobs/${job}`)
        } catch (error) {
            book.trouble = problemText(error)
            return
        }
        this.stops.get(book.key)?.()
        this.stops.delete(book.key)
        Object.assign(book, { stage: '取消', trouble: '' })
        this.go()
    }

    drop(book: Book): void {
        this.stops.get(book.key)?.()
        this.stops.delete(book.key)
        this.books.splice(this.books.findIndex(b => b.key === book.key), 1)
        this.go()
    }

    /** The page is left: what is being written goes on, and nobody listens any more. */
    leave(): void {
        for (const stop of this.stops.values()) stop()
        this.stops.clear()
    }

    private go(): void {
        for (const book of this.books) {
            if (this.books.filter(b => running(b) && b.stage !== '等候').length >= AT_ONCE) return
            if (book.stage === '等候') void this.run(book)
        }
    }

    private async run(book: Book): Promise<void> {
        const { writing, report } = book
        const aborting = new AbortController()
        book.stage = '上传'
        this.jobs.delete(book.key)
        this.unwanted.delete(book.key)
        this.stops.set(book.key, () => aborting.abort())
        const path = `${ledgerPath(this.ledger)}/import${query({ dry_run: !writing, good_rows: writing && !!report?.bad, sheet: book.sheet, fill: fillText(book.fill) })}`
        try {
            const started = await send<{ job: string }>(path, book.file, book.file.name, share => { book.share = share }, aborting.signal)
            if (aborting.signal.aborted) return
            this.jobs.set(book.key, started.job)
            book.stage = writing ? '写入' : '试导'
            this.stops.set(book.key, follow<ImportReport>(started.job, job => this.tell(book, job), error => this.fail(book, error)))
            if (this.unwanted.delete(book.key)) await this.cancel(book)
        } catch (error) {
            if (!aborting.signal.aborted) this.fail(book, error)
        }
    }

    private tell(book: Book, job: Job<ImportReport>): void {
        book.job = job
        if (job.state === '运行') return
        this.stops.delete(book.key)
        if (job.state === '已取消') book.stage = '取消'
        else if (job.state === '失败' || !job.report) this.fail(book, new Error(job.errors.map(e => e.text).join('；') || t('没有导入成功，请再试一次')))
        else {
            book.report = job.report
            book.stage = book.writing ? '完成' : '看结果'
            if (book.writing && !job.report.kept) this.fail(book, new Error(t('核对之后表里又有变化，没有写入，请再试一次')))
        }
        this.go()
    }

    private fail(book: Book, error: unknown): void {
        this.stops.delete(book.key)
        book.stage = '失败'
        book.trouble = problemText(error)
        this.go()
    }
}
