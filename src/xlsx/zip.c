#include "xlsx/zip.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    LOCAL_MAGIC = 0x04034b50,
    ENTRY_MAGIC = 0x02014b50,
    END_MAGIC = 0x06054b50,
    DESCRIPTOR_MAGIC = 0x08074b50,
    LOCAL_BYTES = 30,
    ENTRY_BYTES = 46,
    END_BYTES = 22,
    COMMENT_MAX = 65535,
    STORED = 0,
    DEFLATED = 8,
    FLAG_ENCRYPTED = 1 << 0,
    FLAG_DESCRIPTOR = 1 << 3,
    DIRECTORY_BYTES_MAX = XLSX_PARTS_MAX * (ENTRY_BYTES + XLSX_NAME_BYTES_MAX),
    CHUNK = 32 << 10,
    RATIO_FROM = 16 << 20,
};

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}

static bool broken(struct op *op, str part, const char *what)
{
    return op_fail(op, FAULT_INPUT, part, "文件已损坏（%s），请用原来的软件（Excel、Word 或 WPS）打开，另存后再上传", what);
}

/* zlib's memory comes from the op and goes with it. */
static voidpf z_alloc(voidpf op, uInt count, uInt size)
{
    return op_alloc(op, op_size(count, size));
}

static void z_free([[maybe_unused]] voidpf op, [[maybe_unused]] voidpf p)
{
}

/* ---- source ------------------------------------------------------------------------------------------------ */

static void close_fd(void *fd)
{
    close(*(int *)fd);
}

bool zip_source_path(struct op *op, str path, struct zip_source *ret)
{
    int *fd = op_new(op, int);
    *fd = open(op_z(op, path), O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return op_fail(op, errno == ENOENT ? FAULT_MISSING : FAULT_SYSTEM, path, "文件打不开：%s", errno_said(errno));
    op_defer(op, close_fd, fd);
    struct stat st;
    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
        return op_fail(op, FAULT_INPUT, path, "这不是文件");
    *ret = (struct zip_source){.fd = *fd, .size = (uint64_t)st.st_size};
    return true;
}

bool zip_source_read(struct op *op, const struct zip_source *s, uint64_t at, void *to, size_t n)
{
    must(n <= s->size && at <= s->size - n);
    if (s->fd < 0) {
        memcpy(to, s->bytes.p + at, n);
        return true;
    }
    for (char *p = to; n;) {
        ssize_t got = pread(s->fd, p, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return op_fail(op, FAULT_SYSTEM, S(""), "文件读不出：%s", got < 0 ? errno_said(errno) : "比打开时短");
        p += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

/* ---- directory --------------------------------------------------------------------------------------------- */

static bool end_find(struct op *op, const struct zip_source *s, uint8_t ret[END_BYTES])
{
    size_t tail = s->size < END_BYTES + COMMENT_MAX ? (size_t)s->size : END_BYTES + COMMENT_MAX;
    if (tail < END_BYTES)
        return broken(op, S(""), "不完整");
    uint8_t *p = op_alloc(op, tail);
    if (!zip_source_read(op, s, s->size - tail, p, tail))
        return false;
    for (size_t at = tail - END_BYTES + 1; at-- > 0;)
        if (get32(p + at) == END_MAGIC && at + END_BYTES + get16(p + at + 20) == tail) {
            memcpy(ret, p + at, END_BYTES);
            return true;
        }
    return broken(op, S(""), "不完整，可能没有传完");
}

/* A name is a relative path within the package (ECMA-376 part 2, 6.2.2). */
static bool name_good(str name)
{
    return name.n > 0 && name.n <= XLSX_NAME_BYTES_MAX && utf8_valid(name) && !memchr(name.p, 0, name.n)
        && !memchr(name.p, '\\', name.n) && name.p[0] != '/' && !str_starts(name, S("../"))
        && !str_find(name, S("/../"), &(size_t){0});
}

static bool entry_parse(struct zip *z, const uint8_t *p, size_t left, uint64_t directory_at, struct zip_entry *ret,
                        size_t *ret_used)
{
    struct op *op = z->op;
    if (left < ENTRY_BYTES || get32(p) != ENTRY_MAGIC)
        return broken(op, S(""), "目录不对");
    size_t name_n = get16(p + 28), used = ENTRY_BYTES + name_n + get16(p + 30) + get16(p + 32);
    if (used > left)
        return broken(op, S(""), "目录不对");
    struct zip_entry e = {
        .name = {(const char *)p + ENTRY_BYTES, name_n},
        .flags = get16(p + 8),
        .method = get16(p + 10),
        .time = get16(p + 12),
        .date = get16(p + 14),
        .crc = get32(p + 16),
        .packed = get32(p + 20),
        .size = get32(p + 24),
        .header_at = get32(p + 42),
    };
    if (!name_good(e.name))
        return broken(op, S(""), "目录里有不合规的名称");
    e.name = op_copy(op, e.name);
    if (e.flags & FLAG_ENCRYPTED)
        return op_fail(op, FAULT_INPUT, e.name, "文件加了密码，请在压缩软件、Excel 或 Word 中去掉密码后再上传");
    if (e.packed == UINT32_MAX || e.size == UINT32_MAX || e.header_at == UINT32_MAX)
        return op_fail(op, FAULT_INPUT, e.name, "文件过大（zip64），请把表格分成几个文件");
    if (e.method != STORED && e.method != DEFLATED)
        return op_fail(op, FAULT_INPUT, e.name, "压缩方式 %d 不能读，请用 Excel、Word 或 WPS 打开，另存后再上传", e.method);
    if (e.header_at + LOCAL_BYTES > directory_at || e.packed > directory_at - e.header_at - LOCAL_BYTES)
        return broken(op, e.name, "目录与内容不符");
    *ret = e;
    *ret_used = used;
    return true;
}

bool zip_open(struct op *op, struct zip_source source, struct zip **ret)
{
    struct zip *z = op_new(op, struct zip);
    z->op = op;
    z->source = source;
    if (source.size > XLSX_FILE_BYTES_MAX)
        return op_fail(op, FAULT_INPUT, S(""), "文件超过 %d MB，请把表格分成几个文件", XLSX_FILE_BYTES_MAX >> 20);
    uint8_t end[END_BYTES] = {0};
    if (!end_find(op, &source, end))
        return false;
    if (get16(end + 4) != 0 || get16(end + 6) != 0 || get16(end + 8) != get16(end + 10))
        return broken(op, S(""), "是分卷压缩");
    z->count = get16(end + 10);
    uint64_t bytes = get32(end + 12), at = get32(end + 16);
    if (z->count == UINT16_MAX || bytes == UINT32_MAX || at == UINT32_MAX)
        return op_fail(op, FAULT_INPUT, S(""), "文件过大（zip64），请把表格分成几个文件");
    if (z->count > XLSX_PARTS_MAX || bytes > DIRECTORY_BYTES_MAX)
        return op_fail(op, FAULT_INPUT, S(""), "文件里的部件超过 %d 个，请删去多余的图片和工作表", XLSX_PARTS_MAX);
    if (at > source.size || bytes > source.size - at)
        return broken(op, S(""), "目录不对");

    uint8_t *p = op_alloc(op, bytes);
    if (!zip_source_read(op, &source, at, p, bytes))
        return false;
    z->entries = op_array(op, struct zip_entry, z->count);
    struct map names;
    map_init(&names, op);
    for (size_t i = 0, left = bytes; i < z->count; i++) {
        size_t used = 0;
        if (!entry_parse(z, p, left, at, &z->entries[i], &used))
            return false;
        if (!map_put(&names, z->entries[i].name, &z->entries[i]))
            return broken(op, z->entries[i].name, "同名部件有两个");
        p += used;
        left -= used;
    }
    *ret = z;
    return true;
}

const struct zip_entry *zip_find(const struct zip *z, str name)
{
    for (size_t i = 0; i < z->count; i++)
        if (z->entries[i].name.n == name.n && strncasecmp(z->entries[i].name.p, name.p, name.n) == 0)
            return &z->entries[i];
    return NULL;
}

/* ---- reading a part ---------------------------------------------------------------------------------------- */

struct zip_part {
    struct zip *z;
    const struct zip_entry *e;
    uint64_t at, left, out;
    uint32_t crc;
    bool ended; /* of the deflate stream */
    z_stream stream;
    uint8_t in[CHUNK];
};

/* Where the packed bytes begin: the local header repeats the name and has extra fields of its own. */
static bool data_at(struct zip *z, const struct zip_entry *e, uint64_t *ret)
{
    uint8_t p[LOCAL_BYTES];
    if (!zip_source_read(z->op, &z->source, e->header_at, p, LOCAL_BYTES))
        return false;
    uint64_t at = e->header_at + LOCAL_BYTES + get16(p + 26) + get16(p + 28);
    if (get32(p) != LOCAL_MAGIC || get16(p + 8) != e->method || at > z->source.size || e->packed > z->source.size - at)
        return broken(z->op, e->name, "目录与内容不符");
    *ret = at;
    return true;
}

bool zip_part_open(struct zip *z, const struct zip_entry *e, struct zip_part **ret)
{
    struct zip_part *part = op_new(z->op, struct zip_part);
    part->z = z;
    part->e = e;
    part->left = e->packed;
    if (!data_at(z, e, &part->at))
        return false;
    part->crc = (uint32_t)crc32(0, NULL, 0);
    part->stream = (z_stream){.zalloc = z_alloc, .zfree = z_free, .opaque = z->op};
    must(inflateInit2(&part->stream, -MAX_WBITS) == Z_OK);
    *ret = part;
    return true;
}

static bool part_fill(struct zip_part *part)
{
    size_t n = part->left < CHUNK ? (size_t)part->left : CHUNK;
    if (!zip_source_read(part->z->op, &part->z->source, part->at, part->in, n))
        return false;
    part->at += n;
    part->left -= n;
    part->stream.next_in = part->in;
    part->stream.avail_in = (uInt)n;
    return true;
}

static bool part_inflate(struct zip_part *part, char *to, size_t n, size_t *ret_n)
{
    part->stream.next_out = (Bytef *)to;
    part->stream.avail_out = (uInt)n;
    while (part->stream.avail_out && !part->ended) {
        if (part->stream.avail_in == 0 && part->left && !part_fill(part))
            return false;
        int state = inflate(&part->stream, Z_NO_FLUSH);
        if (state == Z_STREAM_END)
            part->ended = true;
        else if (state != Z_OK) /* Z_BUF_ERROR: the input is over and the stream is not */
            return broken(part->z->op, part->e->name, "解压出错");
    }
    *ret_n = n - part->stream.avail_out;
    return true;
}

static bool part_stored(struct zip_part *part, char *to, size_t n, size_t *ret_n)
{
    n = part->left < n ? (size_t)part->left : n;
    if (!zip_source_read(part->z->op, &part->z->source, part->at, to, n))
        return false;
    part->at += n;
    part->left -= n;
    part->ended = part->left == 0;
    *ret_n = n;
    return true;
}

bool zip_part_read(struct zip_part *part, char *to, size_t n, size_t *ret_n)
{
    struct op *op = part->z->op;
    const struct zip_entry *e = part->e;
    if (n > UINT_MAX / 2)
        n = UINT_MAX / 2;
    size_t got = 0;
    if (!(e->method == STORED ? part_stored(part, to, n, &got) : part_inflate(part, to, n, &got)))
        return false;
    part->out += got;
    part->z->inflated += got;
    if (part->z->inflated > XLSX_INFLATED_MAX)
        return op_fail(op, FAULT_INPUT, e->name, "展开后超过 %d MB，请把表格分成几个文件", XLSX_INFLATED_MAX >> 20);
    if (part->out > RATIO_FROM && part->out / XLSX_RATIO_MAX > e->packed)
        return op_fail(op, FAULT_INPUT, e->name,
                       "内容膨胀异常（超过 %d 倍）：请删去表格下方和右侧成片的空白格式行列后另存", XLSX_RATIO_MAX);
    if (part->out > e->size)
        return broken(op, e->name, "实际大小与目录不符");
    part->crc = (uint32_t)crc32(part->crc, (const Bytef *)to, (uInt)got);
    if (got == 0 && (!part->ended || part->out != e->size || part->crc != e->crc))
        return broken(op, e->name, "校验和不符");
    *ret_n = got;
    return true;
}

uint64_t zip_part_place(const struct zip_part *part, uint64_t *ret_size)
{
    *ret_size = part->e->size;
    return part->out;
}

bool zip_whole(struct zip *z, const struct zip_entry *e, size_t bytes_max, str *ret)
{
    if (e->size > bytes_max)
        return op_fail(z->op, FAULT_INPUT, e->name, "部件超过 %zu MB，请精简后另存", bytes_max >> 20);
    struct zip_part *part;
    if (!zip_part_open(z, e, &part))
        return false;
    /* The claimed size may be a lie: grow with what really comes. */
    struct buf b;
    buf_init(&b, z->op, 0);
    char chunk[16384];
    for (size_t n = 1; n;) {
        if (!zip_part_read(part, chunk, sizeof chunk, &n))
            return false;
        buf_add(&b, (str){chunk, n});
    }
    *ret = buf_str(&b);
    return true;
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

struct zip_out {
    struct op *op;
    struct xlsx_sink sink;
    bool failed, deflating;
    int level;
    uint64_t at; /* bytes written */
    uint16_t time, date;
    struct {
        struct zip_entry *p;
        size_t n, cap;
    } entries;
    z_stream stream;
    uint8_t out[CHUNK];
};

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint64_t v)
{
    put16(p, (uint32_t)v & 0xFFFF);
    put16(p + 2, (uint32_t)(v >> 16) & 0xFFFF);
}

struct zip_out *zip_out_new(struct op *op, struct xlsx_sink sink, int level)
{
    struct zip_out *out = op_new(op, struct zip_out);
    out->op = op;
    out->sink = sink;
    out->level = level;
    struct date d = date_of(day_at(op->now));
    int64_t seconds = (op->now + TOWN_OFFSET_MS) / 1000 % 86400;
    if (d.year >= 1980 && d.year < 2108) { /* what a DOS date can say */
        out->date = (uint16_t)((d.year - 1980) << 9 | d.month << 5 | d.day);
        out->time = (uint16_t)(seconds / 3600 << 11 | seconds / 60 % 60 << 5 | seconds % 60 / 2);
    } else {
        out->date = 1 << 5 | 1;
    }
    out->stream = (z_stream){.zalloc = z_alloc, .zfree = z_free, .opaque = op};
    must(deflateInit2(&out->stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    return out;
}

void zip_out_level(struct zip_out *out, int level)
{
    must(level >= 0 && level <= 9 && !out->deflating);
    out->level = level;
}

bool zip_out_failed(const struct zip_out *out)
{
    return out->failed;
}

void zip_out_fail(struct zip_out *out)
{
    out->failed = true;
}

static void write_all(struct zip_out *out, const void *p, size_t n)
{
    if (out->failed || n == 0)
        return;
    out->at += n;
    if (out->at >= UINT32_MAX)
        out->failed = !op_fail(out->op, FAULT_INPUT, S(""), "表格超过 4 GB，请分成几个文件");
    else if (!out->sink.write(out->sink.to, (str){p, n}))
        out->failed = true;
}

static void local_header(struct zip_out *out, const struct zip_entry *e)
{
    uint8_t p[LOCAL_BYTES] = {0};
    bool later = e->flags & FLAG_DESCRIPTOR;
    put32(p, LOCAL_MAGIC);
    put16(p + 4, 20);
    put16(p + 6, e->flags);
    put16(p + 8, e->method);
    put16(p + 10, e->time);
    put16(p + 12, e->date);
    put32(p + 14, later ? 0 : e->crc);
    put32(p + 18, later ? 0 : e->packed);
    put32(p + 22, later ? 0 : e->size);
    put16(p + 26, (uint32_t)e->name.n);
    write_all(out, p, sizeof p);
    write_all(out, e->name.p, e->name.n);
}

static void deflate_some(struct zip_out *out, int flush)
{
    int state;
    do {
        out->stream.next_out = out->out;
        out->stream.avail_out = CHUNK;
        state = deflate(&out->stream, flush);
        must(state != Z_STREAM_ERROR);
        size_t n = CHUNK - out->stream.avail_out;
        out->entries.p[out->entries.n - 1].packed += n;
        write_all(out, out->out, n);
    } while (!out->failed && (flush == Z_FINISH ? state != Z_STREAM_END : out->stream.avail_out == 0));
}

static void part_end(struct zip_out *out)
{
    if (!out->deflating)
        return;
    out->deflating = false;
    out->stream.avail_in = 0;
    deflate_some(out, Z_FINISH);
    const struct zip_entry *e = &out->entries.p[out->entries.n - 1];
    uint8_t p[16];
    put32(p, DESCRIPTOR_MAGIC);
    put32(p + 4, e->crc);
    put32(p + 8, e->packed);
    put32(p + 12, e->size);
    write_all(out, p, sizeof p);
}

void zip_out_part(struct zip_out *out, str name)
{
    part_end(out);
    if (out->failed)
        return;
    struct zip_entry *e = list_add(out->op, &out->entries);
    *e = (struct zip_entry){
        .name = op_copy(out->op, name),
        .method = DEFLATED,
        .flags = FLAG_DESCRIPTOR, /* our own names are ASCII */
        .time = out->time,
        .date = out->date,
        .header_at = out->at,
        .crc = (uint32_t)crc32(0, NULL, 0),
    };
    local_header(out, e);
    must(deflateReset(&out->stream) == Z_OK && deflateParams(&out->stream, out->level, Z_DEFAULT_STRATEGY) == Z_OK);
    out->deflating = true;
}

void zip_out_add(struct zip_out *out, str bytes)
{
    must(out->deflating || out->failed);
    while (bytes.n && !out->failed) {
        size_t n = bytes.n < 1 << 30 ? bytes.n : 1 << 30;
        struct zip_entry *e = &out->entries.p[out->entries.n - 1];
        e->crc = (uint32_t)crc32(e->crc, (const Bytef *)bytes.p, (uInt)n);
        e->size += n;
        out->stream.next_in = (Bytef *)bytes.p;
        out->stream.avail_in = (uInt)n;
        deflate_some(out, Z_NO_FLUSH);
        bytes = str_part(bytes, n, bytes.n);
    }
}

void pump(struct pump *p, str s)
{
    enum { TOGETHER = 32 << 10 };
    buf_add(&p->b, s);
    if (p->b.n > TOGETHER) {
        zip_out_add(p->out, buf_str(&p->b));
        p->b.n = 0;
    }
}

void zip_out_copy(struct zip_out *out, struct zip *from, const struct zip_entry *e)
{
    part_end(out);
    uint64_t at;
    if (out->failed)
        return;
    if (!data_at(from, e, &at)) {
        out->failed = true;
        return;
    }
    struct zip_entry *kept = list_add(out->op, &out->entries);
    *kept = *e;
    kept->flags &= (uint16_t)~FLAG_DESCRIPTOR;
    kept->header_at = out->at;
    local_header(out, kept);
    for (uint64_t left = e->packed; left && !out->failed;) {
        size_t n = left < CHUNK ? (size_t)left : CHUNK;
        if (!zip_source_read(out->op, &from->source, at, out->out, n))
            out->failed = true;
        write_all(out, out->out, n);
        at += n;
        left -= n;
    }
}

bool zip_out_end(struct zip_out *out)
{
    part_end(out);
    uint64_t directory_at = out->at;
    for (size_t i = 0; i < out->entries.n; i++) {
        const struct zip_entry *e = &out->entries.p[i];
        uint8_t p[ENTRY_BYTES] = {0};
        put32(p, ENTRY_MAGIC);
        put16(p + 4, 20);
        put16(p + 6, 20);
        put16(p + 8, e->flags);
        put16(p + 10, e->method);
        put16(p + 12, e->time);
        put16(p + 14, e->date);
        put32(p + 16, e->crc);
        put32(p + 20, e->packed);
        put32(p + 24, e->size);
        put16(p + 28, (uint32_t)e->name.n);
        put32(p + 42, e->header_at);
        write_all(out, p, sizeof p);
        write_all(out, e->name.p, e->name.n);
    }
    uint8_t p[END_BYTES] = {0};
    must(out->entries.n < UINT16_MAX);
    put32(p, END_MAGIC);
    put16(p + 8, (uint32_t)out->entries.n);
    put16(p + 10, (uint32_t)out->entries.n);
    put32(p + 12, out->at - directory_at);
    put32(p + 16, directory_at);
    write_all(out, p, sizeof p);
    return !out->failed;
}

/* ---- a file as sink ---------------------------------------------------------------------------------------- */

struct zip_file {
    struct op *op;
    str path;
    int fd;
    bool kept;
};

static void file_undo(void *what)
{
    struct zip_file *file = what;
    close(file->fd);
    if (!file->kept)
        unlink(file->path.p);
}

static bool file_write(void *to, str bytes)
{
    struct zip_file *file = to;
    while (bytes.n) {
        ssize_t n = write(file->fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return op_fail(file->op, FAULT_SYSTEM, file->path, "文件写不进去：%s", errno_said(errno));
        bytes = str_part(bytes, (size_t)n, bytes.n);
    }
    return true;
}

bool zip_file_new(struct op *op, str path, struct zip_file **ret, struct xlsx_sink *ret_sink)
{
    struct zip_file *file = op_new(op, struct zip_file);
    *file = (struct zip_file){op, op_copy(op, path), -1, false};
    file->fd = open(file->path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file->fd < 0)
        return op_fail(op, FAULT_SYSTEM, path, "文件建不了：%s", errno_said(errno));
    op_defer(op, file_undo, file);
    *ret = file;
    *ret_sink = (struct xlsx_sink){file_write, file};
    return true;
}

void zip_file_keep(struct zip_file *file)
{
    file->kept = true;
}
