/* Reading a backup's layout, and what backup.c and file.c share. */
#pragma once

#include "store/inside.h"

typedef bool backup_entry(void *context, str name, int64_t at, int64_t size);
/* Visits the entries of a backup of `size` bytes; names are those that a backup may hold, contents lie within it. */
[[nodiscard]] bool backup_walk(struct op *op, int fd, int64_t size, backup_entry *each, void *context);

bool file_trouble(struct op *op, str path); /* a fault from errno; always false */
/* Of the folder: a backup shares it, and while anybody has it no file goes. With LOCK_NB *ret_fd is -1 when others have
 * it; else close it. */
[[nodiscard]] bool folder_lock(struct op *op, str folder, int how, int *ret_fd);
[[nodiscard]] bool folder_sync(struct op *op, str path);
[[nodiscard]] bool write_all(struct op *op, int fd, const void *bytes, size_t count, str name);
/* Copies all of `from` into the folder's files; on disk when it returns. */
[[nodiscard]] bool file_place(struct op *op, str folder, int from, str *ret_digest);
