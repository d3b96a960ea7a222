/* Backup and restore. A backup is one file:
 *
 *     "ZHENWU BACKUP 1\n"
 *     entry   name length (4), size (8), name, content       zhenwu.db, files/<64 digits> …
 *     end     an entry without name and content
 *     SM3 of all before (32)
 *
 * Numbers are big endian. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup.h"

enum { COPY_BYTES = 1 << 16, HEAD_BYTES = 12, DIGEST_TEXT = 2 * DIGEST_BYTES };
#define MAGIC S("ZHENWU BACKUP 1\n")
#define DATABASE S("zhenwu.db")
#define FILES S("files/")

static void fd_close(void *fd)
{
    close((int)(intptr_t)fd);
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

struct writing {
    struct op *op;
    int fd;
    void *digest;
    str path, folder;
    store_tell *tell;
    void *context;
    int64_t files;
};

[[nodiscard]] static bool add(struct writing *w, const void *bytes, size_t count)
{
    sm3_add(w->digest, bytes, count);
    return write_all(w->op, w->fd, bytes, count, w->path);
}

[[nodiscard]] static bool add_head(struct writing *w, str name, uint64_t size)
{
    uint8_t head[HEAD_BYTES];
    for (int i = 0; i < 4; i++)
        head[i] = (uint8_t)(name.n >> (24 - 8 * i));
    for (int i = 0; i < 8; i++)
        head[4 + i] = (uint8_t)(size >> (56 - 8 * i));
    return add(w, head, sizeof head) && add(w, name.p ? name.p : "", name.n);
}

[[nodiscard]] static bool add_file(struct writing *w, str name, str path)
{
    struct op *op = w->op;
    struct mark mark = op_mark(op);
    struct stat st;
    bool done = false;
    int64_t left = 0;
    int fd = open(op_z(op, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        done = file_trouble(op, path);
        goto out;
    }
    left = st.st_size;
    done = add_head(w, name, (uint64_t)left);
    char *bytes = op_alloc(op, COPY_BYTES);
    while (done && left > 0) {
        ssize_t n = read(fd, bytes, left < COPY_BYTES ? (size_t)left : COPY_BYTES);
        done = n > 0 ? add(w, bytes, (size_t)n) : file_trouble(op, path);
        left -= n;
    }
out:
    if (fd >= 0)
        close(fd);
    op_reset(op, mark);
    return done;
}

static bool add_stored(void *context, str digest)
{
    struct writing *w = context;
    struct mark mark = op_mark(w->op);
    bool done = add_file(w, op_text(w->op, "files/%.*s", PS(digest)), store_file_path(w->op, w->folder, digest));
    op_reset(w->op, mark);
    w->files++;
    if (done && w->tell && !w->tell(w->context, S("复制文件"), w->files, 0))
        done = op_fail(w->op, FAULT_INPUT, S(""), "已取消");
    return done;
}

/* The snapshot is taken before the files are listed: every file it knows was on the disk before it was committed, and
 * none of them goes while the lock is held. */
[[nodiscard]] static bool write_backup(struct store *store, struct writing *w, str copy)
{
    struct op *op = w->op;
    struct tx *tx;
    if (!store_begin(store, op, TX_READ, &tx))
        return false;
    const struct store_engine *e = store_engine_of(store);
    enum engine_status status = e->copy(e, store_connection(tx), copy.p, w->tell, w->context);
    if (status != ENGINE_DONE)
        return store_fault(op, status, "copy", "");
    store_abandon(tx);
    uint8_t digest[DIGEST_BYTES];
    if (!add(w, MAGIC.p, MAGIC.n) || !add_file(w, DATABASE, copy) || !files_each(op, w->folder, add_stored, w) ||
        !add_head(w, S(""), 0))
        return false;
    sm3_end(w->digest, digest);
    return write_all(op, w->fd, digest, sizeof digest, w->path) && (fsync(w->fd) == 0 || file_trouble(op, w->path));
}

bool store_backup(struct store *store, struct op *op, str path, store_tell *tell, void *context)
{
    struct mark mark = op_mark(op);
    struct writing w = {.op = op, .path = path, .folder = store_folder(store), .tell = tell, .context = context};
    str copy = op_text(op, "%.*s.part", PS(path));
    w.fd = open(op_z(op, path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (w.fd < 0)
        return errno == EEXIST ? op_fail(op, FAULT_INPUT, path, "这里已有同名文件，请另取一个名字") : file_trouble(op, path);
    w.digest = sm3_new();
    op_defer(op, sm3_free, w.digest);
    sm3_begin(w.digest);
    unlink(copy.p); /* of a backup that was interrupted */
    int lock = -1;
    bool done = folder_lock(op, w.folder, LOCK_SH, &lock) && write_backup(store, &w, copy);
    if (lock >= 0)
        close(lock);
    close(w.fd);
    unlink(copy.p);
    if (!done)
        unlink(op_z(op, path));
    op_reset(op, mark);
    return done;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

static bool damaged(struct op *op, const char *what)
{
    return op_fail(op, FAULT_INPUT, S("备份"), "备份文件已损坏（%s），不能恢复；请换另一份备份", what);
}

static uint64_t number(const uint8_t *bytes, int count)
{
    uint64_t v = 0;
    for (int i = 0; i < count; i++)
        v = v << 8 | bytes[i];
    return v;
}

static bool name_valid(str name)
{
    if (str_eq(name, DATABASE))
        return true;
    for (size_t i = FILES.n; i < name.n; i++)
        if (!((name.p[i] >= '0' && name.p[i] <= '9') || (name.p[i] >= 'a' && name.p[i] <= 'f')))
            return false;
    return str_starts(name, FILES) && name.n == FILES.n + DIGEST_TEXT;
}

bool backup_walk(struct op *op, int fd, int64_t size, backup_entry *each, void *context)
{
    int64_t end = size - DIGEST_BYTES, at = (int64_t)MAGIC.n;
    char magic[32], name[128];
    if (end < at + HEAD_BYTES || pread(fd, magic, MAGIC.n, 0) != (ssize_t)MAGIC.n ||
        memcmp(magic, MAGIC.p, MAGIC.n) != 0)
        return damaged(op, "开头不对");
    for (;;) {
        uint8_t head[HEAD_BYTES];
        if (end - at < HEAD_BYTES || pread(fd, head, sizeof head, at) != HEAD_BYTES)
            return damaged(op, "不完整");
        uint64_t name_size = number(head, 4), content = number(head + 4, 8);
        at += HEAD_BYTES;
        if (name_size == 0)
            return (content == 0 && at == end) || damaged(op, "结尾不对");
        if (name_size > sizeof name || (int64_t)name_size > end - at || content > (uint64_t)(end - at) - name_size ||
            pread(fd, name, name_size, at) != (ssize_t)name_size || !name_valid((str){name, name_size}))
            return damaged(op, "目录不对");
        at += (int64_t)name_size;
        if (each && !each(context, (str){name, name_size}, at, (int64_t)content))
            return false;
        at += (int64_t)content;
    }
}

struct reading {
    struct op *op;
    int fd;
    int64_t size;
    str folder;
    store_tell *tell;
    void *context;
};

[[nodiscard]] static bool digest_check(struct reading *r)
{
    struct op *op = r->op;
    int64_t end = r->size - DIGEST_BYTES, at = 0;
    uint8_t digest[DIGEST_BYTES], kept[DIGEST_BYTES];
    if (end < 0 || pread(r->fd, kept, sizeof kept, end) != DIGEST_BYTES)
        return damaged(op, "不完整");
    void *sm3 = sm3_new();
    op_defer(op, sm3_free, sm3);
    sm3_begin(sm3);
    char *bytes = op_alloc(op, COPY_BYTES);
    while (at < end) {
        ssize_t n = pread(r->fd, bytes, end - at < COPY_BYTES ? (size_t)(end - at) : COPY_BYTES, at);
        if (n <= 0)
            return file_trouble(op, S("备份"));
        sm3_add(sm3, bytes, (size_t)n);
        at += n;
        if (r->tell && !r->tell(r->context, S("校验备份"), at, end))
            return op_fail(op, FAULT_INPUT, S(""), "已取消");
    }
    sm3_end(sm3, digest);
    return memcmp(digest, kept, sizeof kept) == 0 || damaged(op, "摘要不符");
}

static bool extract(void *context, str name, int64_t at, int64_t size)
{
    struct reading *r = context;
    struct op *op = r->op;
    struct mark mark = op_mark(op);
    bool file = str_starts(name, FILES), done = false;
    str path = op_text(op, "%.*s/%.*s", PS(r->folder), PS(file ? S("incoming") : name)), digest;
    int fd = open(path.p, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        done = file_trouble(op, path);
        goto out;
    }
    char *bytes = op_alloc(op, COPY_BYTES);
    done = true;
    while (done && size > 0) {
        ssize_t n = pread(r->fd, bytes, size < COPY_BYTES ? (size_t)size : COPY_BYTES, at);
        done = n > 0 ? write_all(op, fd, bytes, (size_t)n, path) : damaged(op, "不完整");
        at += n;
        size -= n;
    }
    if (done && fsync(fd) != 0)
        done = file_trouble(op, path);
    if (done && file) {
        done = file_place(op, r->folder, fd, &digest) &&
               (str_eq(digest, str_part(name, FILES.n, name.n)) || damaged(op, "文件与其摘要不符"));
        unlink(path.p);
    }
    close(fd);
out:
    op_reset(op, mark);
    return done;
}

[[nodiscard]] static bool check_inside(struct reading *r, struct tx *tx, struct audit_report *ret)
{
    struct rows *rows;
    bool found;
    const char *sound = store_engine_of(tx->store)->sound;
    if (sound && (!store_query(tx, sound, ARGS(), &rows) || !rows_next(rows, &found)))
        return false;
    if (sound && (!found || !str_eq(rows_peek(rows, 0), S("ok"))))
        return damaged(r->op, "数据库不完好");
    return audit_verify(tx, r->tell, r->context, ret) &&
           (ret->ok || op_fail(r->op, FAULT_INPUT, S("备份"), "备份中的留痕链不完好（%.*s），不能恢复；请换另一份备份", PS(ret->text)));
}

[[nodiscard]] static bool check_restored(struct reading *r, struct audit_report *ret)
{
    struct store *store;
    struct tx *tx;
    if (!store_open(r->op, r->folder, &(struct store_options){.reading = true}, &store))
        return false;
    bool done = store_begin(store, r->op, TX_READ, &tx);
    if (done) {
        done = check_inside(r, tx, ret);
        store_abandon(tx);
    }
    store_close(store);
    return done;
}

static int remove_one(const char *path, [[maybe_unused]] const struct stat *s, [[maybe_unused]] int kind, struct FTW *f)
{
    return f->level > 0 ? remove(path) : 0;
}

bool store_restore(struct op *op, str backup, str folder, store_tell *tell, void *context, struct audit_report *ret)
{
    struct reading r = {.op = op, .folder = folder, .tell = tell, .context = context};
    struct stat st;
    str *names;
    size_t count;
    r.fd = open(op_z(op, backup), O_RDONLY | O_CLOEXEC);
    if (r.fd < 0 || fstat(r.fd, &st) != 0)
        return file_trouble(op, backup);
    op_defer(op, fd_close, (void *)(intptr_t)r.fd);
    r.size = st.st_size;
    if (!backup_walk(op, r.fd, r.size, NULL, NULL) || !digest_check(&r))
        return false;
    char *path = op_z(op, folder);
    bool made = mkdir(path, 0700) == 0;
    if (!made && errno != EEXIST)
        return file_trouble(op, folder);
    if (!folder_list(op, folder, &names, &count))
        return false;
    if (count)
        return op_fail(op, FAULT_INPUT, folder, "文件夹里已有东西，恢复须在空文件夹里进行");
    bool done = backup_walk(op, r.fd, r.size, extract, &r) && folder_sync(op, folder) && check_restored(&r, ret);
    if (!done) {
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        if (made)
            rmdir(path);
    }
    return done;
}
