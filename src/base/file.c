/* Files and folders, what the system says of them, and CSV. */
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    int code;
    const char *text;
} errnos[] = {
    {EACCES, "没有权限；请把它交给运行程序的用户（chown），并总以这个用户启动"},
    {EPERM, "没有权限；请把它交给运行程序的用户（chown），并总以这个用户启动"},
    {ENOENT, "没有这个文件或文件夹"},
    {EEXIST, "已有同名的文件或文件夹"},
    {ENOTDIR, "路径当中有一段不是文件夹"},
    {EISDIR, "这是文件夹，不是文件"},
    {ENAMETOOLONG, "名字太长"},
    {ENOSPC, "磁盘已满；请清理磁盘"},
    {EDQUOT, "磁盘配额已用完；请清理磁盘"},
    {EROFS, "磁盘是只读的；请检查硬盘和挂载"},
    {EIO, "磁盘读写出错；请检查硬盘，并准备好备份"},
    {EMFILE, "打开的文件太多；请放宽 ulimit -n"},
    {ENFILE, "打开的文件太多；请重启机器"},
    {ENOMEM, "内存不够"},
    {EADDRINUSE, "端口已被占用；请换一个端口，或停止占用它的程序（ss -ltnp 看是谁）"},
    {EADDRNOTAVAIL, "本机没有这个地址；请用 ip addr 看本机地址，或写 0.0.0.0"},
};

const char *errno_said(int code)
{
    for (size_t i = 0; i < COUNT(errnos); i++)
        if (errnos[i].code == code)
            return errnos[i].text;
    return strerror(code);
}

bool file_read(struct op *op, str path, size_t bytes_max, str *ret)
{
    int fd = open(op_z(op, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return op_fail(op, errno == ENOENT ? FAULT_MISSING : FAULT_SYSTEM, path, "文件打不开：%s", errno_said(errno));
    bool ok = false;
    struct stat st;
    struct buf b;
    buf_init(&b, op, 0);
    if (fstat(fd, &st) != 0 || !(S_ISREG(st.st_mode) || S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode))) {
        ok = op_fail(op, FAULT_INPUT, path, "这不是文件");
        goto out;
    }
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > bytes_max) {
        ok = op_fail(op, FAULT_INPUT, path, "文件过大：%lld 字节，上限 %zu 字节", (long long)st.st_size, bytes_max);
        goto out;
    }
    char chunk[16384];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            ok = op_fail(op, FAULT_SYSTEM, path, "文件读不出：%s", errno_said(errno));
            goto out;
        }
        if (n == 0)
            break;
        if (b.n + (size_t)n > bytes_max) {
            ok = op_fail(op, FAULT_INPUT, path, "文件过大，上限 %zu 字节", bytes_max);
            goto out;
        }
        buf_add(&b, (str){chunk, (size_t)n});
    }
    *ret = buf_str(&b);
    ok = true;
out:
    close(fd);
    return ok;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

bool folder_list(struct op *op, str path, str **ret_names, size_t *ret_count)
{
    DIR *dir = opendir(op_z(op, path));
    if (!dir)
        return op_fail(op, errno == ENOENT ? FAULT_MISSING : FAULT_SYSTEM, path, "文件夹打不开：%s", errno_said(errno));
    struct { str *p; size_t n, cap; } names = {0};
    for (struct dirent *e; (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            *list_add(op, &names) = op_copy(op, str_z(e->d_name));
    closedir(dir);
    if (names.n)
        qsort(names.p, names.n, sizeof *names.p, by_bytes);
    *ret_names = names.p;
    *ret_count = names.n;
    return true;
}

void folder_files(struct op *op, str path, str ending, str **ret_names, size_t *ret_count)
{
    size_t count;
    int faults = op->fault_count;
    *ret_count = 0;
    if (!folder_list(op, path, ret_names, &count)) {
        op_forgive(op, faults);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (str_ends((*ret_names)[i], ending))
            (*ret_names)[(*ret_count)++] = (*ret_names)[i];
}

bool file_make(struct op *op, str path, str bytes)
{
    FILE *f = fopen(op_z(op, path), "wb");
    bool written = f && fwrite(bytes.p ? bytes.p : "", 1, bytes.n, f) == bytes.n;
    if ((f && fclose(f) != 0) || !written)
        return op_fail(op, FAULT_SYSTEM, path, "写不了，请检查文件夹和磁盘空间");
    return true;
}

bool csv_parse(struct op *op, str text, struct csv_row **ret_rows, size_t *ret_count)
{
    return csv_parse_by(op, text, ',', ret_rows, ret_count);
}

static bool ends_field(char c, char between)
{
    return c == between || c == '\r' || c == '\n';
}

bool csv_parse_by(struct op *op, str text, char between, struct csv_row **ret_rows, size_t *ret_count)
{
    struct { struct csv_row *p; size_t n, cap; } rows = {0};
    size_t i = str_starts(text, S("\xEF\xBB\xBF")) ? 3 : 0;
    while (i < text.n) {
        struct { str *p; size_t n, cap; } fields = {0};
        for (bool more = true; more;) {
            struct buf b;
            buf_init(&b, op, 0);
            if (i < text.n && text.p[i] == '"') {
                for (i++;; i++) {
                    if (i >= text.n)
                        return op_fail(op, FAULT_INPUT, S("CSV"), "第%zu行的双引号没有闭合", rows.n + 1);
                    if (text.p[i] == '"' && (i + 1 >= text.n || text.p[i + 1] != '"'))
                        break;
                    i += text.p[i] == '"';
                    buf_byte(&b, text.p[i]);
                }
                i++;
                if (i < text.n && !ends_field(text.p[i], between))
                    return op_fail(op, FAULT_INPUT, S("CSV"), "第%zu行：闭合的双引号之后须是%s或换行", rows.n + 1,
                                   between == ',' ? "逗号" : "分隔符");
            } else {
                size_t start = i;
                while (i < text.n && !ends_field(text.p[i], between))
                    i++;
                buf_add(&b, str_part(text, start, i));
            }
            *list_add(op, &fields) = buf_str(&b);
            more = i < text.n && text.p[i] == between;
            i += more;
        }
        if (i < text.n && text.p[i] == '\r')
            i++;
        if (i < text.n && text.p[i] == '\n')
            i++;
        *list_add(op, &rows) = (struct csv_row){fields.p, fields.n};
    }
    *ret_rows = rows.p;
    *ret_count = rows.n;
    return true;
}
