/* log: the write-ahead log's file, in a bulk written and read again in large pieces. For the SQLite engine only; single saves
 * go straight through.
 *
 * What a large import writes is far more than is kept in memory, so SQLite moves its pages to the log before the commit:
 * a head of 24 bytes and a page of 4,096, each a call of the system. If but one of them changes once more, the checksums
 * of all after it are computed anew at the commit: every page is read back and every head is written, while the person
 * waits and the other processor has nothing to do. Here one call does it for thirty of them, and the disk is set to work on
 * what has been gone through while the rest still is.
 *
 *     writing                    [........window........]   -> one write when it is full, or at the flush
 *     reading on, of what is not flushed yet: the window is read at once, and written back if it was changed
 *
 * Invariant: what is in the window and not in the file is of the transaction that is being written. Nobody else reads
 * that before the flush (synchronous=FULL), and log_forget drops it when the transaction is rolled back. */
#pragma once

#include <stdbool.h>

#include <sqlite3.h>

enum { LOG_WINDOW_BYTES = 120 << 10 }; /* SQLite's files take no more than 128 KB in one call, less a byte */

/* For sqlite3_open_v2 of a connection that may write; NULL: the system's own. */
const char *log_files(void);
/* From now on in large pieces, or straight through again. */
void log_gather(sqlite3 *db, bool gather);
/* What the connection has written of the log since the last flush is of no use any more. */
void log_forget(sqlite3 *db);
