#include "store/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

struct window {
    sqlite3_int64 at;                  /* of its first byte in the file */
    int used;                          /* bytes that it has of it */
    int changed_from, changed_to;      /* of these, what the file has not; equal: nothing */
    bool read;                         /* it was filled by reading: what is gone through is not met again */
    char bytes[LOG_WINDOW_BYTES];
};

/* SQLite gives the memory for it, and makes no other copy. */
struct log_file {
    sqlite3_file file;
    const char *name;
    bool gathers;                      /* a bulk writes */
    struct window *window;             /* NULL until it does */
    sqlite3_int64 read_to;             /* where the last reading ended */
    bool unflushed;                    /* something was written since the last flush */
    int disk;                          /* to set the disk to work; -1: not opened yet */
    _Alignas(sqlite3_int64) char system[]; /* the system's sqlite3_file */
};

static sqlite3_file *system_of(struct log_file *l)
{
    return (sqlite3_file *)l->system;
}

static int system_write(struct log_file *l, const void *bytes, int count, sqlite3_int64 at)
{
    return system_of(l)->pMethods->xWrite(system_of(l), bytes, count, at);
}

static int system_read(struct log_file *l, void *bytes, int count, sqlite3_int64 at)
{
    return system_of(l)->pMethods->xRead(system_of(l), bytes, count, at);
}

/* ---- the window -------------------------------------------------------------------------------------------------- */

static void window_empty(struct window *w)
{
    w->used = w->changed_from = w->changed_to = 0;
    w->read = false;
}

/* Only an offer to the disk: the flush waits for what it has not done. */
static void disk_start(struct log_file *l, sqlite3_int64 at, int count)
{
    if (l->disk < 0)
        l->disk = open(l->name, O_RDONLY | O_CLOEXEC);
    if (l->disk >= 0)
        (void)sync_file_range(l->disk, at, count, SYNC_FILE_RANGE_WRITE);
}

static int window_write(struct log_file *l)
{
    struct window *w = l->window;
    if (!w || w->changed_from == w->changed_to)
        return SQLITE_OK;
    int count = w->changed_to - w->changed_from;
    int code = system_write(l, w->bytes + w->changed_from, count, w->at + w->changed_from);
    if (code != SQLITE_OK)
        return code;
    if (w->read)
        disk_start(l, w->at + w->changed_from, count);
    w->changed_from = w->changed_to = 0;
    return SQLITE_OK;
}

static void window_put(struct window *w, int from, const void *bytes, int count)
{
    bool any = w->changed_from < w->changed_to;
    memcpy(w->bytes + from, bytes, (size_t)count);
    w->changed_from = any && w->changed_from < from ? w->changed_from : from;
    w->changed_to = any && w->changed_to > from + count ? w->changed_to : from + count;
    w->used = w->used > from + count ? w->used : from + count;
}

static bool window_has(const struct window *w, int count, sqlite3_int64 at)
{
    return w && at >= w->at && at + count <= w->at + w->used;
}

static bool window_meets(const struct window *w, int count, sqlite3_int64 at)
{
    return w && w->used && at < w->at + w->used && at + count > w->at;
}

static int window_end(struct log_file *l)
{
    int code = window_write(l);
    if (code == SQLITE_OK && l->window)
        window_empty(l->window);
    return code;
}

/* Whoever reads on behind what was just read will go on with it. */
static int window_read(struct log_file *l, sqlite3_int64 at)
{
    struct window *w = l->window;
    sqlite3_int64 size = 0;
    int code = window_end(l);
    if (code == SQLITE_OK)
        code = system_of(l)->pMethods->xFileSize(system_of(l), &size);
    if (code != SQLITE_OK || size <= at)
        return code;
    int count = size - at < LOG_WINDOW_BYTES ? (int)(size - at) : LOG_WINDOW_BYTES;
    code = system_read(l, w->bytes, count, at);
    if (code != SQLITE_OK)
        return code;
    w->at = at;
    w->used = count;
    w->read = true;
    return SQLITE_OK;
}

/* ---- the file of the log ----------------------------------------------------------------------------------------- */

static int log_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
    struct log_file *l = (struct log_file *)file;
    if (!l->gathers) {
        int code = window_end(l);
        return code == SQLITE_OK ? system_write(l, bytes, count, at) : code;
    }
    if (!l->window)
        l->window = calloc(1, sizeof *l->window);
    struct window *w = l->window;
    must(w && count <= LOG_WINDOW_BYTES); /* a head or a page */
    bool joins = w->used && at >= w->at && at <= w->at + w->used && at + count <= w->at + LOG_WINDOW_BYTES;
    if (!joins) {
        int code = window_end(l);
        if (code != SQLITE_OK)
            return code;
        w->at = at;
    }
    l->unflushed = true;
    window_put(w, (int)(at - w->at), bytes, count);
    return SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 at)
{
    struct log_file *l = (struct log_file *)file;
    int code = SQLITE_OK;
    if (l->unflushed && at == l->read_to && !window_has(l->window, count, at))
        code = window_read(l, at);
    else if (window_meets(l->window, count, at) && !window_has(l->window, count, at))
        code = window_write(l);
    l->read_to = at + count;
    if (code != SQLITE_OK)
        return code;
    if (!window_has(l->window, count, at))
        return system_read(l, bytes, count, at);
    memcpy(bytes, l->window->bytes + (at - l->window->at), (size_t)count);
    return SQLITE_OK;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct log_file *l = (struct log_file *)file;
    int code = window_end(l);
    return code == SQLITE_OK ? system_of(l)->pMethods->xTruncate(system_of(l), size) : code;
}

static int log_flush(sqlite3_file *file, int flags)
{
    struct log_file *l = (struct log_file *)file;
    int code = window_end(l);
    if (code == SQLITE_OK)
        code = system_of(l)->pMethods->xSync(system_of(l), flags);
    if (code == SQLITE_OK)
        l->unflushed = false;
    return code;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    struct log_file *l = (struct log_file *)file;
    int code = window_write(l);
    return code == SQLITE_OK ? system_of(l)->pMethods->xFileSize(system_of(l), ret) : code;
}

/* What was not flushed was not committed. */
static int log_close(sqlite3_file *file)
{
    struct log_file *l = (struct log_file *)file;
    free(l->window);
    l->window = NULL;
    if (l->disk >= 0)
        close(l->disk);
    return system_of(l)->pMethods->xClose(system_of(l));
}

static int log_lock(sqlite3_file *file, int level)
{
    struct log_file *l = (struct log_file *)file;
    return system_of(l)->pMethods->xLock(system_of(l), level);
}

static int log_unlock(sqlite3_file *file, int level)
{
    struct log_file *l = (struct log_file *)file;
    return system_of(l)->pMethods->xUnlock(system_of(l), level);
}

static int log_reserved(sqlite3_file *file, int *ret)
{
    struct log_file *l = (struct log_file *)file;
    return system_of(l)->pMethods->xCheckReservedLock(system_of(l), ret);
}

static int log_control(sqlite3_file *file, int what, void *with)
{
    struct log_file *l = (struct log_file *)file;
    return system_of(l)->pMethods->xFileControl(system_of(l), what, with);
}

static int log_sector(sqlite3_file *file)
{
    struct log_file *l = (struct log_file *)file;
    return system_of(l)->pMethods->xSectorSize(system_of(l));
}

static int log_traits(sqlite3_file *file)
{
    struct log_file *l = (struct log_file *)file;
    return system_of(l)->pMethods->xDeviceCharacteristics(system_of(l));
}

static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_flush,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_reserved,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_traits,
};

/* ---- who opens it ------------------------------------------------------------------------------------------------ */

/* SQLite keeps files of a kind by name for the whole process; this one is the system's but for the log. */
static sqlite3_vfs files;

static int file_open([[maybe_unused]] sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    if (!(flags & SQLITE_OPEN_WAL))
        return system->xOpen(system, name, file, flags, ret_flags);
    struct log_file *l = (struct log_file *)file;
    *l = (struct log_file){.name = name, .disk = -1};
    memset(l->system, 0, (size_t)system->szOsFile);
    int code = system->xOpen(system, name, system_of(l), flags, ret_flags);
    if (code == SQLITE_OK)
        l->file.pMethods = &log_methods;
    else if (system_of(l)->pMethods)
        system_of(l)->pMethods->xClose(system_of(l));
    return code;
}

static void files_make(void)
{
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    files = *system;
    files.zName = "zhenwu";
    files.pNext = NULL;
    files.szOsFile += (int)sizeof(struct log_file);
    files.xOpen = file_open;
    sqlite3_vfs_register(&files, 0);
}

const char *log_files(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, files_make);
    return files.zName;
}

static struct log_file *log_of(sqlite3 *db)
{
    sqlite3_file *file = NULL;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    return file && file->pMethods == &log_methods ? (struct log_file *)file : NULL;
}

void log_gather(sqlite3 *db, bool gather)
{
    struct log_file *l = log_of(db);
    /* A disk that lets bytes beside those that it writes go bad gets what follows a flush at once: SQLite fills up its sectors. */
    if (l)
        l->gathers = gather && log_traits(&l->file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

void log_forget(sqlite3 *db)
{
    struct log_file *l = log_of(db);
    if (!l)
        return;
    if (l->window)
        window_empty(l->window);
    l->unflushed = false;
}
