/* Files, backup and restore. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "store/store.h"

static struct store *open_at(struct op *op, str folder)
{
    struct store *store;
    must(store_open(op, folder, &(struct store_options){0}, &store));
    return store;
}

static id record_of(int n)
{
    id x = {0};
    x.b[0] = 1;
    x.b[15] = (uint8_t)n;
    x.b[14] = (uint8_t)(n >> 8);
    return x;
}

[[nodiscard]] static bool keep_fact(struct store *store, struct op *op, int n)
{
    struct tx *tx;
    int64_t no;
    struct fact f = {.act = FACT_ADD,
                     .ledger = S("person"),
                     .record = record_of(n),
                     .version = 1,
                     .body = op_text(op, "{\"n\":%d}", n)};
    return store_begin(store, op, TX_WRITE, &tx) && fact_keep(tx, &f, &no) && store_commit(tx);
}

static int file_of(struct op *op, str folder, str bytes)
{
    str path = op_text(op, "%.*s/file", PS(folder));
    int fd = open(path.p, O_RDWR | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
    return fd;
}

static bool is_there(struct op *op, str folder, const char *name)
{
    return access(op_text(op, "%.*s/%s", PS(folder), name).p, F_OK) == 0;
}

TEST("a file is kept once, under the digest of its content, and read back by it")
{
    str folder, digest, again;
    struct tx *tx;
    int fd;
    int64_t size;
    char bytes[8];
    test_dir_make(op, &folder);
    struct store *store = open_at(op, folder);
    check(store_begin(store, op, TX_WRITE, &tx));
    int from = file_of(op, folder, S("abc"));
    check(store_file_keep(tx, from, &digest) && store_file_keep(tx, from, &again));
    close(from);
    /* GB/T 32905-2016, example 1 */
    check_str(digest, S("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"));
    check_str(again, digest);
    check(store_bytes_keep(tx, S("abc"), &again)); /* from memory alike */
    check_str(again, digest);
    check(is_there(op, folder, "files/66/c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"));
    check(store_file_open(tx, digest, &fd, &size) && size == 3 && read(fd, bytes, sizeof bytes) == 3 &&
          memcmp(bytes, "abc", 3) == 0);
    check(!store_file_open(tx, S("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e1"), &fd, &size));
    check(!store_file_open(tx, S("../../../../../../etc/passwd"), &fd, &size));
    check(!store_file_open(tx, S(""), &fd, &size));
    check(op_has_fault(op, FAULT_MISSING) && !op_has_fault(op, FAULT_SYSTEM));
    check(store_commit(tx));
    store_close(store);
}

struct saver {
    struct store *store;
    pthread_t thread;
    int saved;
    bool stop;
};

static void *save_on(void *context)
{
    struct saver *s = context;
    while (!__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE) || s->saved < 5) {
        struct op op;
        op_init(&op, 1638752400000, (uint64_t)s->saved + 1);
        must(keep_fact(s->store, &op, 1000 + s->saved));
        op_done(&op);
        s->saved++;
    }
    return NULL;
}

/* A store of 300 facts and two files with its backup, taken while somebody saves. */
static str backup_made(struct op *op, str *ret_folder)
{
    str digest;
    struct tx *tx;
    test_dir_make(op, ret_folder);
    str data = op_text(op, "%.*s/data", PS(*ret_folder)), path = op_text(op, "%.*s/backup", PS(*ret_folder));
    struct store *store = open_at(op, data);
    for (int i = 0; i < 20; i++)
        must(keep_fact(store, op, i));
    must(store_begin(store, op, TX_WRITE, &tx));
    int one = file_of(op, *ret_folder, S("abc")), two = file_of(op, data, S("一张照片"));
    must(store_file_keep(tx, one, &digest) && store_file_keep(tx, two, &digest) && store_commit(tx));
    close(one);
    close(two);
    struct saver saver = {.store = store};
    must(pthread_create(&saver.thread, NULL, save_on, &saver) == 0);
    bool done = store_backup(store, op, path, NULL, NULL);
    __atomic_store_n(&saver.stop, true, __ATOMIC_RELEASE);
    pthread_join(saver.thread, NULL);
    must(done);
    store_close(store);
    return path;
}

TEST("a backup taken while others save restores to a store that verifies, with its files")
{
    str folder;
    struct audit_report report;
    struct tx *tx;
    int fd;
    int64_t size;
    str path = backup_made(op, &folder), restored = op_text(op, "%.*s/restored", PS(folder));
    check(store_restore(op, path, restored, NULL, NULL, &report) && report.ok && report.facts >= 20);
    check(!is_there(op, folder, "backup.part"));
    struct store *store = open_at(op, restored);
    check(keep_fact(store, op, 5000));
    check(store_begin(store, op, TX_READ, &tx) && audit_verify(tx, NULL, NULL, &report) && report.ok);
    check(store_file_open(tx, S("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"), &fd, &size) &&
          size == 3);
    check(store_commit(tx));
    store_close(store);
}

TEST("neither backup nor restore overwrites anything")
{
    str folder;
    struct audit_report report;
    str path = backup_made(op, &folder);
    struct stat before, after;
    struct store *store = open_at(op, op_text(op, "%.*s/data", PS(folder)));
    check(stat(path.p, &before) == 0 && !store_backup(store, op, path, NULL, NULL) && stat(path.p, &after) == 0);
    check(before.st_size == after.st_size);
    store_close(store);
    check(!store_restore(op, path, op_text(op, "%.*s/data", PS(folder)), NULL, NULL, &report));
    store = open_at(op, op_text(op, "%.*s/data", PS(folder)));
    store_close(store);
    check(!op_has_fault(op, FAULT_SYSTEM));
}

static void change_byte(str path, int64_t at)
{
    unsigned char c;
    int fd = open(path.p, O_RDWR);
    must(fd >= 0 && pread(fd, &c, 1, at) == 1);
    c ^= 0x10;
    must(pwrite(fd, &c, 1, at) == 1);
    close(fd);
}

TEST("a backup with any byte changed, cut short or made longer is refused, and nothing of it is left behind")
{
    str folder;
    struct stat st;
    struct audit_report report;
    str path = backup_made(op, &folder), restored = op_text(op, "%.*s/restored", PS(folder));
    must(stat(path.p, &st) == 0);
    const int64_t places[] = {0,
                              15,
                              16,
                              19,
                              27,
                              28,
                              36,
                              37,
                              100,
                              4000,
                              5000,
                              st.st_size / 3,
                              st.st_size / 2,
                              st.st_size - 200,
                              st.st_size - 50,
                              st.st_size - 33,
                              st.st_size - 32,
                              st.st_size - 1};
    for (size_t i = 0; i < COUNT(places); i++) {
        change_byte(path, places[i]);
        if (store_restore(op, path, restored, NULL, NULL, &report) || is_there(op, folder, "restored"))
            test_failed(__FILE__, __LINE__, "byte %lld was not noticed", (long long)places[i]);
        change_byte(path, places[i]);
    }
    check(op_has_fault(op, FAULT_INPUT) && !op_has_fault(op, FAULT_SYSTEM));
    const int64_t sizes[] = {st.st_size + 1, st.st_size - 1, st.st_size - 32, st.st_size / 2, 40, 16, 1, 0};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        must(truncate(path.p, sizes[i]) == 0);
        check(!store_restore(op, path, restored, NULL, NULL, &report) && !is_there(op, folder, "restored"));
    }
}

static bool cancel(void *context, str stage, [[maybe_unused]] int64_t done, [[maybe_unused]] int64_t total)
{
    return !str_eq(stage, *(str *)context);
}

TEST("backup and restore can be cancelled at every stage and leave nothing")
{
    static const str stages[] = {SC("复制数据库"), SC("复制文件")}, checking = SC("校验备份");
    str folder;
    struct audit_report report;
    str path = backup_made(op, &folder), other = op_text(op, "%.*s/other", PS(folder));
    struct store *store = open_at(op, op_text(op, "%.*s/data", PS(folder)));
    for (size_t i = 0; i < COUNT(stages); i++)
        check(!store_backup(store, op, other, cancel, (void *)&stages[i]) && !is_there(op, folder, "other") &&
              !is_there(op, folder, "other.part"));
    store_close(store);
    check(!store_restore(op, path, other, cancel, (void *)&checking, &report) && !is_there(op, folder, "other"));
}
