/* Files by their content: files/ab/cdef… */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup.h"

enum { COPY_BYTES = 1 << 16, DIGEST_TEXT = 2 * DIGEST_BYTES };

static void fd_close(void *fd)
{
    close((int)(intptr_t)fd);
}

static bool digest_valid(str digest)
{
    for (size_t i = 0; i < digest.n; i++)
        if (!strchr("0123456789abcdef", digest.p[i]) || !digest.p[i])
            return false;
    return digest.n == DIGEST_TEXT;
}

str store_file_path(struct op *op, str folder, str digest)
{
    must(digest_valid(digest));
    return op_text(op, "%.*s/files/%.2s/%s", PS(folder), digest.p, op_z(op, str_part(digest, 2, digest.n)));
}

bool file_trouble(struct op *op, str path)
{
    return op_fail(op, FAULT_SYSTEM, path, errno == ENOSPC || errno == EDQUOT ? "没有保存：%s，再重试" : "文件不能读写：%s",
                   errno_said(errno));
}

bool folder_lock(struct op *op, str folder, int how, int *ret_fd)
{
    int fd = open(op_z(op, folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC), taken = -1;
    do
        taken = fd >= 0 ? flock(fd, how) : -1;
    while (fd >= 0 && taken != 0 && errno == EINTR);
    if (fd >= 0 && taken != 0 && errno == EWOULDBLOCK) {
        close(fd);
        fd = -1;
    } else if (taken != 0) {
        bool refused = file_trouble(op, folder);
        if (fd >= 0)
            close(fd);
        return refused;
    }
    *ret_fd = fd;
    return true;
}

bool folder_sync(struct op *op, str path)
{
    int fd = open(op_z(op, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return done || file_trouble(op, path);
}

/* Copies all of `from` to `to` and digests it on the way. */
[[nodiscard]] static bool copy_digested(struct op *op, int from, int to, str name, uint8_t ret[DIGEST_BYTES])
{
    struct mark mark = op_mark(op);
    char *bytes = op_alloc(op, COPY_BYTES);
    void *digest = sm3_new();
    op_defer(op, sm3_free, digest);
    sm3_begin(digest);
    bool done = true;
    ssize_t n = 0;
    for (int64_t at = 0; done && (n = pread(from, bytes, COPY_BYTES, at)) > 0; at += n) {
        sm3_add(digest, bytes, (size_t)n);
        done = write_all(op, to, bytes, (size_t)n, name);
    }
    sm3_end(digest, ret);
    op_reset(op, mark);
    return done && (n == 0 || file_trouble(op, name));
}

bool write_all(struct op *op, int fd, const void *bytes, size_t count, str name)
{
    for (const char *p = bytes; count;) {
        ssize_t n = write(fd, p, count);
        if (n <= 0)
            return file_trouble(op, name);
        p += n;
        count -= (size_t)n;
    }
    return true;
}

bool file_place(struct op *op, str folder, int from, str *ret_digest)
{
    str files = op_text(op, "%.*s/files", PS(folder));
    str part = op_text(op, "%.*s/new-%016llx", PS(files), (unsigned long long)op_random(op));
    uint8_t digest[DIGEST_BYTES];
    if (mkdir(files.p, 0700) == 0 ? !folder_sync(op, folder) : errno != EEXIST && !file_trouble(op, files))
        return false;
    int fd = open(part.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_trouble(op, part);
    bool done = copy_digested(op, from, fd, part, digest) && (fsync(fd) == 0 || file_trouble(op, part));
    close(fd);
    str text = hex_text(op, digest, sizeof digest), path = store_file_path(op, folder, text);
    str shelf = str_part(path, 0, path.n - (DIGEST_TEXT - 2) - 1);
    if (done && mkdir(op_z(op, shelf), 0700) == 0)
        done = folder_sync(op, files);
    if (done && (access(path.p, F_OK) == 0 ? unlink(part.p) : rename(part.p, path.p)) != 0)
        done = file_trouble(op, path);
    if (!done) {
        unlink(part.p);
        return false;
    }
    if (!folder_sync(op, shelf))
        return false;
    *ret_digest = text;
    return true;
}

bool store_file_keep(struct tx *tx, int fd, str *ret_digest)
{
    return file_place(tx->op, store_folder(tx->store), fd, ret_digest) && gone_forget(tx, *ret_digest);
}

bool store_bytes_keep(struct tx *tx, str bytes, str *ret_digest)
{
    int fd = memfd_create("bytes", MFD_CLOEXEC);
    if (fd < 0)
        return file_trouble(tx->op, S("内存"));
    ssize_t put = 0;
    for (size_t at = 0; at < bytes.n && put >= 0; at += (size_t)put)
        put = write(fd, bytes.p + at, bytes.n - at);
    bool done = put >= 0 ? store_file_keep(tx, fd, ret_digest) : file_trouble(tx->op, S("内存"));
    close(fd);
    return done;
}

bool store_file_there(const struct tx *tx, str digest)
{
    return digest_valid(digest) && access(store_file_path(tx->op, store_folder(tx->store), digest).p, F_OK) == 0;
}

bool store_file_open(struct tx *tx, str digest, int *ret_fd, int64_t *ret_size)
{
    struct op *op = tx->op;
    struct stat st;
    if (!digest_valid(digest))
        return op_fail(op, FAULT_MISSING, S("文件"), "没有这个文件");
    int fd = open(store_file_path(op, store_folder(tx->store), digest).p, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? op_fail(op, FAULT_MISSING, S("文件"), "没有这个文件") : file_trouble(op, digest);
    op_defer(op, fd_close, (void *)(intptr_t)fd);
    if (fstat(fd, &st) != 0)
        return file_trouble(op, digest);
    *ret_fd = fd;
    *ret_size = st.st_size;
    return true;
}

bool files_each(struct op *op, str folder, bool (*each)(void *context, str digest), void *context)
{
    str files = op_text(op, "%.*s/files", PS(folder)), *shelves, *names;
    size_t shelf_count, name_count;
    if (access(files.p, F_OK) != 0)
        return true;
    if (!folder_list(op, files, &shelves, &shelf_count))
        return false;
    for (size_t i = 0; i < shelf_count; i++) {
        if (shelves[i].n != 2)
            continue; /* new-…: a file that was never finished */
        if (!folder_list(op, op_text(op, "%.*s/%.*s", PS(files), PS(shelves[i])), &names, &name_count))
            return false;
        for (size_t k = 0; k < name_count; k++) {
            str digest = op_text(op, "%.*s%.*s", PS(shelves[i]), PS(names[k]));
            if (digest_valid(digest) && !each(context, digest))
                return false;
        }
    }
    return true;
}
