/* A backup's layout from hostile bytes: every entry lies inside the file, entries do not overlap, and their names are
 * harmless. */
#include <sys/mman.h>
#include <unistd.h>

#include "store/backup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    int64_t size, end;
};

static bool look(void *context, str name, int64_t at, int64_t size)
{
    struct seen *s = context;
    size_t where;
    must(at >= s->end && size >= 0 && at + size <= s->size - DIGEST_BYTES);
    must(name.n > 0 && name.p[0] != '/' && !str_find(name, S(".."), &where));
    s->end = at + size;
    return true;
}

/* Noise rarely begins like a backup: the bytes are read as lengths of entries that are then laid out with a right
 * beginning. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct op op;
    op_init(&op, 0, 1);
    for (int whole = 0; whole < 2; whole++) {
        struct buf b;
        buf_init(&b, &op, 0);
        if (whole)
            buf_add(&b, S("ZHENWU BACKUP 1\n"));
        for (size_t i = 0; whole && i + 1 < size && i < 8; i += 2) {
            uint8_t head[12] = {[3] = data[i] % 11 == 0 ? data[i] : 9, [10] = data[i + 1] % 5 == 0, [11] = data[i + 1]};
            buf_add(&b, (str){(const char *)head, sizeof head});
            buf_add(&b, S("zhenwu.db"));
            for (unsigned n = 0; n < data[i + 1]; n++)
                buf_byte(&b, 'x');
        }
        buf_add(&b, (str){(const char *)data, size});
        int fd = memfd_create("backup", MFD_CLOEXEC);
        must(fd >= 0 && (b.n == 0 || write(fd, b.p, b.n) == (ssize_t)b.n));
        struct seen s = {.size = (int64_t)b.n};
        bool done = backup_walk(&op, fd, s.size, look, &s);
        must(done == (op.fault_count == 0));
        close(fd);
        op_forgive(&op, 0);
    }
    op_done(&op);
    return 0;
}
