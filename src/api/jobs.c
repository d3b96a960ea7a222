/* Work that outlives its request: imports, screenings and verifying. One thread each; progress by asking or as events;
 * cancelling leaves nothing. */
#include <stdio.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/call.h"

enum { JOBS_RUNNING_MAX = 16 }; /* twelve villages' files at once, and some more; they take turns at the writer */

struct listener {
    struct listener *next;
    struct http_events *events;
};

struct job {
    struct job *next;
    struct api *api;
    struct op op;                 /* owns all below; used by the job's thread only once it runs */
    str name;                     /* id, 36 characters */
    str kind;
    id owner;
    pthread_t thread;
    job_work *work;
    /* under api->lock */
    str stage;                    /* static text or the job op's */
    int64_t done, total;
    bool cancelled, finished, failed;
    bool kept;                    /* what it has written is being made durable: it is not cancelled any more */
    str report;                   /* JSON; empty until finished */
    struct listener *listeners;
    struct who who;
    void *with;                   /* the work's own */
    /* what an import needs */
    const struct ledger *ledger;
    struct import_options import;
    str errors_path;
    str file_name;
};

/* Events leave the report out: it may be larger than what http keeps for a slow listener. Who is told of the end reads
 * the job. */
static void job_write(const struct job *job, bool whole, struct buf *b)
{
    struct json_out w = {b, false};
    json_open(&w, '{');
    json_put_text(&w, S("id"), job->name);
    json_put_text(&w, S("kind"), job->kind);
    json_put_text(&w, S("stage"), job->stage);
    json_put_int(&w, S("done"), job->done);
    json_put_int(&w, S("total"), job->total);
    json_put_text(&w, S("state"),
                  !job->finished ? S("运行") : job->cancelled ? S("已取消") : job->failed ? S("失败") : S("完成"));
    if (!whole) {
        json_close(&w, '}');
        return;
    }
    json_key(&w, S("report"));
    if (job->report.n)
        json_number(&w, job->report); /* JSON already */
    else
        json_null(&w);
    json_put_open(&w, S("errors"), '[');
    for (const struct fault *f = job->finished ? job->op.faults : NULL; f; f = f->next) {
        json_open(&w, '{');
        json_put_text(&w, S("field"), f->field);
        json_put_text(&w, S("text"), f->text);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
}

/* With api->lock held. */
static void listeners_tell(struct job *job)
{
    struct op op;
    op_init(&op, 0, 1);
    struct buf b;
    buf_init(&b, &op, 0);
    job_write(job, false, &b);
    for (struct listener **at = &job->listeners; *at;) {
        struct listener *one = *at;
        bool alive = http_events_send(one->events, job->finished ? S("done") : S("progress"), S(""), buf_str(&b));
        if (alive && !job->finished) {
            at = &one->next;
            continue;
        }
        *at = one->next;
        http_events_close(one->events);
        free(one);
    }
    op_done(&op);
}

bool job_tell(void *context, str stage, int64_t done, int64_t total)
{
    struct job *job = context;
    pthread_mutex_lock(&job->api->lock);
    job->stage = stage;
    job->done = done;
    job->total = total;
    bool go_on = !job->cancelled;
    listeners_tell(job);
    pthread_mutex_unlock(&job->api->lock);
    return go_on;
}

static void *job_thread(void *context)
{
    struct job *job = context;
    bool done = job->work(&job->op, job);
    pthread_mutex_lock(&job->api->lock);
    job->failed = !done;
    job->kept = job->kept && done;
    job->cancelled = job->cancelled && !done;
    job->finished = true;
    listeners_tell(job);
    pthread_mutex_unlock(&job->api->lock);
    return NULL;
}

static void job_free(struct job *job)
{
    pthread_join(job->thread, NULL);
    if (job->import.path.n)
        unlink(job->import.path.p);
    if (job->errors_path.n)
        unlink(job->errors_path.p);
    op_done(&job->op);
    free(job);
}

/* Makes room by forgetting the oldest finished job. */
static bool job_room(struct call *c)
{
    struct api *api = c->api;
    int running = 0;
    struct job **oldest = NULL;
    for (struct job **at = &api->jobs; *at; at = &(*at)->next) {
        running += !(*at)->finished;
        if ((*at)->finished)
            oldest = at; /* newest first in the list */
    }
    if (running >= JOBS_RUNNING_MAX) {
        c->reply->status = 503;
        return op_fail(c->op, FAULT_SYSTEM, S(""), "同时进行的任务太多，请等前面的完成后再试");
    }
    if (api->job_count >= JOBS_MAX && oldest) {
        struct job *gone = *oldest;
        *oldest = gone->next;
        api->job_count--;
        job_free(gone);
    }
    return true;
}

struct job *job_new(struct call *c, str kind, job_work *work)
{
    struct job *job = calloc(1, sizeof *job);
    must(job);
    op_init(&job->op, c->op->now, c->api->config.seed(NULL));
    job->api = c->api;
    job->name = id_text(&job->op, id_new(&job->op));
    job->kind = kind;
    job->owner = c->who->account;
    job->who = who_copy(&job->op, c->who);
    job->work = work;
    job->stage = S("准备");
    return job;
}

bool job_start(struct call *c, struct job *job)
{
    pthread_mutex_lock(&c->api->lock);
    bool started = job_room(c) && pthread_create(&job->thread, NULL, job_thread, job) == 0;
    if (started) {
        job->next = c->api->jobs;
        c->api->jobs = job;
        c->api->job_count++;
    }
    pthread_mutex_unlock(&c->api->lock);
    if (!started) {
        if (job->import.path.n)
            unlink(job->import.path.p);
        op_done(&job->op);
        free(job);
        return c->op->fault_count ? false : op_fail(c->op, FAULT_SYSTEM, S(""), "任务未能启动，请稍后再试");
    }
    c->reply->status = 202;
    json_open(&c->out, '{');
    json_put_text(&c->out, S("job"), job->name);
    json_close(&c->out, '}');
    return true;
}

struct op *job_op(struct job *job)
{
    return &job->op;
}

void job_give(struct job *job, void *with)
{
    job->with = with;
}

void *job_with(const struct job *job)
{
    return job->with;
}

struct api *job_api(const struct job *job)
{
    return job->api;
}

const struct who *job_who(const struct job *job)
{
    return &job->who;
}

void job_report(struct job *job, str json)
{
    pthread_mutex_lock(&job->api->lock);
    job->report = json;
    pthread_mutex_unlock(&job->api->lock);
}

void jobs_close(struct api *api)
{
    pthread_mutex_lock(&api->lock);
    for (struct job *job = api->jobs; job; job = job->next)
        job->cancelled = true;
    pthread_mutex_unlock(&api->lock);
    while (api->jobs) {
        struct job *job = api->jobs;
        api->jobs = job->next;
        job_free(job);
    }
}

/* A job is its owner's; to others it does not exist. Returns with api->lock held when found. */
[[nodiscard]] static bool job_lock(struct call *c, struct job **ret)
{
    pthread_mutex_lock(&c->api->lock);
    for (struct job *job = c->api->jobs; job; job = job->next)
        if (str_eq(job->name, c->word) && id_eq(job->owner, c->who->account)) {
            *ret = job;
            return true;
        }
    pthread_mutex_unlock(&c->api->lock);
    return op_fail(c->op, FAULT_MISSING, S("任务"), "没有这个任务，或它已被清理");
}

bool job_show(struct call *c)
{
    struct job *job;
    if (!job_lock(c, &job))
        return false;
    job_write(job, true, &c->text);
    pthread_mutex_unlock(&c->api->lock);
    return true;
}

bool job_events(struct call *c)
{
    struct job *job;
    if (!job_lock(c, &job))
        return false;
    struct listener *l = calloc(1, sizeof *l);
    must(l);
    c->answered = true;
    l->events = http_events_open(c->reply);
    l->next = job->listeners;
    job->listeners = l;
    listeners_tell(job);
    pthread_mutex_unlock(&c->api->lock);
    return true;
}

bool job_cancel(struct call *c)
{
    struct job *job;
    if (!job_lock(c, &job))
        return false;
    bool kept = job->kept;
    job->cancelled = job->cancelled || (!job->finished && !kept);
    pthread_mutex_unlock(&c->api->lock);
    return !kept || op_fail(c->op, FAULT_CONFLICT, S(""), "已经写入，来不及取消；不该写入的，请在列表里找出来作废");
}

bool job_workbook(struct call *c)
{
    struct job *job;
    if (!job_lock(c, &job))
        return false;
    str path = job->finished && job->errors_path.n ? op_copy(c->op, job->errors_path) : S("");
    str name = op_copy(c->op, job->file_name);
    pthread_mutex_unlock(&c->api->lock);
    int fd = path.n ? open(path.p, O_RDONLY | O_CLOEXEC) : -1;
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return op_fail(c->op, FAULT_MISSING, S("任务"), "这个任务没有标注错误的表");
    }
    if (str_ends(name, S(".xlsx")))
        name.n -= 5;
    http_attachment(c->reply, op_text(c->op, "%.*s（标注错误）.xlsx", PS(name)));
    http_send_file(c->reply, S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), fd, 0, st.st_size);
    return true;
}

/* ---- importing --------------------------------------------------------------------------------------------- */

/* The ledger room's reports use the words of the office; the API's envelope is English. */
static void write_rows(struct json_out *w, str key, const struct json *rows)
{
    static const struct {
        str chinese, english;
    } names[] = {{SC("工作表"), SC("sheet")},
                 {SC("行"), SC("row")},   {SC("列"), SC("column")}, {SC("字段"), SC("field")},
                 {SC("值"), SC("value")}, {SC("说明"), SC("text")}, {SC("表头"), SC("heading")}};
    json_put_open(w, key, '[');
    for (const struct json *row = rows ? rows->first : NULL; row; row = row->next) {
        json_open(w, '{');
        for (const struct json *m = row->first; m; m = m->next)
            for (size_t i = 0; i < COUNT(names); i++)
                if (str_eq(m->key, names[i].chinese)) {
                    json_key(w, names[i].english);
                    json_value(w, m);
                }
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* It is kept whatever becomes of this: what is left undone is done at the next start. */
static void import_settle(struct api *api)
{
    struct op op;
    op_init(&op, 0, 1);
    (void)!town_settle(api->config.store, &op, api->config.town);
    op_done(&op);
}

/* From here on it is kept: whoever cancels now is told so. */
static bool job_keeps(struct op *op, struct job *job)
{
    pthread_mutex_lock(&job->api->lock);
    job->kept = !job->cancelled;
    pthread_mutex_unlock(&job->api->lock);
    return job->kept || op_fail(op, FAULT_INPUT, S(""), "导入已取消，没有留下任何内容");
}

static bool import_work(struct op *op, struct job *job)
{
    struct import_report r = {0};
    struct tx *tx;
    struct api *api = job->api;
    if (!store_begin(api->config.store, op, TX_BULK, &tx))
        return false;
    bool done = import_workbook(tx, api->config.town, &job->who, job->ledger, &job->import, &r);
    done = done && (!r.kept || job_keeps(op, job));
    if (done && r.kept)
        done = store_commit(tx);
    else
        store_abandon(tx);
    known_forget(api);
    if (!done)
        return false;
    if (r.kept)
        import_settle(api);
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    const struct { str key; int64_t n; } counts[] = {
        {SC("rows"), r.rows}, {SC("added"), r.added}, {SC("changed"), r.changed},
        {SC("unchanged"), r.unchanged}, {SC("bad"), r.bad}, {SC("skipped"), r.skipped}, {SC("made_other"), r.made_other}};
    for (size_t i = 0; i < COUNT(counts); i++)
        json_put_int(&w, counts[i].key, counts[i].n);
    json_put_text(&w, S("other_ledger"), r.other_ledger);
    json_put_text(&w, S("sheet"), r.sheet);
    write_rows(&w, S("columns"), r.columns);
    write_rows(&w, S("errors"), r.errors);
    write_rows(&w, S("warnings"), r.warnings);
    json_key(&w, S("lacks")); /* names, not rows */
    json_value(&w, r.lacks);
    json_put_bool(&w, S("kept"), r.kept);
    json_put_bool(&w, S("errors_workbook"), r.errors_written);
    json_close(&w, '}');
    pthread_mutex_lock(&api->lock);
    job->report = buf_str(&b);
    if (r.errors_written)
        job->errors_path = job->import.errors_path;
    pthread_mutex_unlock(&api->lock);
    if (r.kept)
        live_tell(api, op->now, &(struct told){.ledger = job->ledger}, false);
    return true;
}

/* The upload must outlive the request: it is copied to a file of the job's. */
static bool upload_keep(struct call *c, str path)
{
    int fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return op_fail(c->op, FAULT_SYSTEM, S(""), "上传的文件存不下，请联系管理员检查磁盘");
    bool done = true;
    for (int64_t at = 0; done && at < c->request->body_size;) {
        struct mark mark = op_mark(c->op);
        str part;
        done = http_body_read(c->op, c->request, at, 1 << 16, &part);
        if (done && part.n == 0)
            break;
        if (done && write(fd, part.p, part.n) != (ssize_t)part.n)
            done = op_fail(c->op, FAULT_SYSTEM, S(""), "上传的文件存不下，磁盘可能已满");
        at += done ? (int64_t)part.n : 0;
        op_reset(c->op, mark);
    }
    close(fd);
    return done;
}

static bool said(struct call *c, str name)
{
    str text = http_query(c->request, name);
    return text.n && !str_eq(text, S("0"));
}

/* A header's value is ASCII: the page percent-encodes the name. */
static str header_text(struct op *op, str text)
{
    struct buf b;
    buf_init(&b, op, 1024);
    for (size_t i = 0; i < text.n; i++) {
        unsigned code;
        if (text.p[i] == '%' && i + 2 < text.n && sscanf(op_z(op, str_part(text, i + 1, i + 3)), "%2x", &code) == 1) {
            buf_byte(&b, (char)code);
            i += 2;
        } else {
            buf_byte(&b, text.p[i]);
        }
    }
    str decoded = buf_str(&b);
    return utf8_valid(decoded) ? decoded : S("");
}

str upload_name(struct call *c)
{
    str name = header_text(c->op, http_header(c->request, S("X-File-Name")));
    for (size_t i = name.n; i > 0; i--)
        if (name.p[i - 1] == '/' || name.p[i - 1] == '\\')
            return str_part(name, i, name.n);
    return name;
}

bool import_start(struct call *c)
{
    struct right right;
    if (!right_for(c->op, c->town, c->who, c->ledger, ACT_IMPORT, &right))
        return false;
    if (c->request->body_size == 0)
        return op_fail(c->op, FAULT_INPUT, S("文件"), "没有收到文件，请重新选择");
    const struct import_said *fill;
    size_t fill_count;
    if (!import_said_read(c->op, http_query(c->request, S("fill")), &fill, &fill_count))
        return false;
    struct job *job = job_new(c, S("导入"), import_work);
    if (!import_said_read(&job->op, op_copy(&job->op, http_query(c->request, S("fill"))), &fill, &fill_count))
        must(!"what was read once is read again");
    job->ledger = c->ledger;
    job->file_name = op_copy(&job->op, upload_name(c));
    job->import = (struct import_options){
        .path = op_text(&job->op, "%.*s/%.*s.xlsx", PS(c->api->config.folder), PS(job->name)),
        .file_name = job->file_name,
        .sheet = op_copy(&job->op, http_query(c->request, S("sheet"))),
        .dry_run = said(c, S("dry_run")),
        .good_rows = said(c, S("good_rows")),
        .said = fill,
        .said_count = fill_count,
        .errors_path = op_text(&job->op, "%.*s/%.*s-errors.xlsx", PS(c->api->config.folder), PS(job->name)),
        .progress = {job_tell, job},
    };
    if (!upload_keep(c, job->import.path)) {
        unlink(job->import.path.p);
        op_done(&job->op);
        free(job);
        return false;
    }
    return job_start(c, job);
}

/* ---- exporting --------------------------------------------------------------------------------------------- */

static bool export_write(void *context, str bytes)
{
    struct call *c = context;
    c->answered = true;
    return http_write(c->reply, bytes);
}

bool taken_keep(struct call *c, str ledger, str what)
{
    struct tx *tx;
    return store_begin(c->api->config.store, c->op, TX_WRITE, &tx) && taken_out(tx, c->who, ledger, what) &&
           store_commit(tx);
}

/* what: it is as said for the trace; empty: the whole list of the request */
static bool export_as(struct call *c, bool csv, bool blank, str where, str what)
{
    struct export_options o = {.csv = csv, .blank = blank, .sheet = said(c, S("office")), .write = export_write, .context = c};
    struct right right;
    struct list_page first;
    if (!list_query_read(c, &o.query))
        return false;
    if (what.n)
        o.query.where = where;
    else
        what = op_text(c->op, "%s%s%.*s", csv ? "CSV" : "Excel", o.query.where.n ? "，条件：" : "", PS(o.query.where));
    if (!right_for(c->op, c->town, c->who, c->ledger, blank ? ACT_IMPORT : ACT_EXPORT, &right))
        return false;
    /* What cannot be asked for is refused in words, before a file begins that would break off. */
    struct list_query one = o.query;
    one.limit = 1;
    if (!blank && !list_read(c->tx, c->town, c->who, c->ledger, &one, &first))
        return false;
    if (!blank && !taken_keep(c, c->ledger->english, what))
        return false;
    c->reply->type =
        csv ? S("text/csv; charset=utf-8") : S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    http_attachment(c->reply, op_text(c->op, "%.*s%s%.*s%s", PS(c->ledger->name), blank ? "导入模板" : "",
                                      PS(day_text(c->op, day_at(c->op->now))), csv ? ".csv" : ".xlsx"));
    int64_t rows;
    return export_list(c->tx, c->town, c->who, c->ledger, &o, &rows);
}

bool export_xlsx(struct call *c)
{
    return export_as(c, false, false, S(""), S(""));
}

bool export_these(struct call *c, str where, str what)
{
    return export_as(c, false, false, where, what);
}

bool export_csv(struct call *c)
{
    return export_as(c, true, false, S(""), S(""));
}

bool export_template(struct call *c)
{
    return export_as(c, false, true, S(""), S(""));
}

/* ---- verifying --------------------------------------------------------------------------------------------- */

static bool verify_work(struct op *op, struct job *job)
{
    struct tx *tx;
    struct audit_report r;
    if (!store_begin(job->api->config.store, op, TX_READ, &tx))
        return false;
    bool done = audit_verify(tx, job_tell, job, &r);
    store_abandon(tx);
    if (!done)
        return false;
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    json_put_int(&w, S("facts"), r.facts);
    json_put_text(&w, S("head"), r.head);
    json_put_bool(&w, S("ok"), r.ok);
    json_key(&w, S("first_bad"));
    if (r.ok) {
        json_null(&w);
    } else {
        json_open(&w, '{');
        json_put_int(&w, S("no"), r.bad_no);
        json_put_text(&w, S("text"), r.text);
        json_close(&w, '}');
    }
    json_close(&w, '}');
    pthread_mutex_lock(&job->api->lock);
    job->report = buf_str(&b);
    pthread_mutex_unlock(&job->api->lock);
    return true;
}

bool audit_verify_start(struct call *c)
{
    return audit_allowed(c) && job_start(c, job_new(c, S("校验留痕链"), verify_work));
}
