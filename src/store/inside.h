/* Shared by the parts of this room. */
#pragma once

#include "store/engine.h"
#include "store/store.h"

enum {
    DIGEST_BYTES = 32,           /* SM3 */
    STATEMENT_CHAINS = 256,
    SCOPES_KNOWN = 64,
    SCOPE_LEDGER_MAX = 40,
    RANDOM_BYTES = 256,          /* asked of the system at once */
    SEARCH_TAIL_MAX = 1000,      /* records not yet in the list: reading through them takes .4 ms */
};

/* The chain's end; parts that are undone put back what was there. */
struct chain_head {
    bool known;
    bool moved;                  /* the commit must write it down */
    int64_t no;
    uint8_t hash[DIGEST_BYTES];
};

/* Scope numbers last used, so that records of one village do not ask again. no 0: none. */
struct scope_known {
    char ledger[SCOPE_LEDGER_MAX];
    size_t ledger_bytes;
    id group;
    int64_t no;
};

/* kept.c: derived tables that have been written to since the last commit. */
enum { STAMPS_MAX = 32, STAMP_NAME_MAX = 64 };
struct stamps {
    const char *later;           /* whose text lasts: a bulk says the same again and again */
    int count;
    bool all;                    /* too many, or names too long */
    char names[STAMPS_MAX][STAMP_NAME_MAX];
};

/* What the one who writes knows of the database without asking: nobody else changes it. It passes from save to save, and is
 * forgotten by who takes something back. */
struct known {
    struct chain_head head;      /* its hash is whole when the queue has settled */
    bool docs;                   /* the next two are */
    int64_t listed, last_doc;
    struct scope_known scopes[SCOPES_KNOWN];
    struct stamps stamps;
};

struct prepared;

/* One thread at a time has it. */
struct connection {
    void *raw;
    struct prepared *prepared[STORE_STATEMENTS_MAX];
    struct prepared *chains[STATEMENT_CHAINS];
    int count;
    uint64_t ticks;
    struct memo memo;            /* of a reader, as of memo_version */
    int64_t memo_version;
    bool memo_open;
    struct connection *next;     /* among idle readers */
};

enum engine_status connection_open(const struct store *s, unsigned flags, struct connection **ret);
void connection_close(const struct store *s, struct connection *c);                              /* NULL: nothing */
/* After begin, for reading: the snapshot is taken, and what is remembered of another one is forgotten. */
enum engine_status connection_snapshot(const struct store *s, struct connection *c);
/* one statement, its rows are passed over */
enum engine_status connection_run(const struct store *s, struct connection *c, const char *sql, struct args args);
/* The caller's until prepared_end; its rows are passed over. */
enum engine_status prepared_get(const struct store *s, struct connection *c, const char *sql, struct prepared **ret);
enum engine_status prepared_do(const struct store *s, struct prepared *p, struct args args);
void prepared_end(const struct store *s, struct prepared *p);

/* What a bulk writes, run by a thread of its own: queue.c. */
struct queue;
struct queue *queue_new(const struct store *s, struct connection *c);
/* Computes values of one row that follow from it alone, into the bytes it has, in any thread and any order but before
 * `fill`. digest: for SM3; NULL: the store's own. */
typedef void queue_ahead(void *context, void *digest, struct arg *row);
/* Computes values of rows in their turn, into the bytes they have: what depends on all rows of the kind before them. */
typedef void queue_fill(void *context, struct arg *const *rows, size_t count);
enum { QUEUE_ROWS = 8 }; /* of one table, written at a time; fill is given as many or fewer */
struct later {
    const char *sql; /* stays where it is as long as the queue */
    bool is_row;     /* "insert into t (…) values ($1, … $n)", perhaps "on conflict": may go together with its like */
    queue_ahead *ahead; /* NULL: nothing; so is fill */
    queue_fill *fill;
    void *context;
};
/* false: too large for it; settle and run it */
bool queue_add(struct queue *q, const struct later *what, struct args args);
/* Everything kept so far has been run, or the first failure is told; then the connection is the caller's until the next
 * queue_add. */
enum engine_status queue_settle(struct queue *q, const char **ret_message, const char **ret_sql);
void queue_forgive(struct queue *q); /* what had failed was taken back */
void queue_free(struct queue *q);    /* what has not been run is dropped */

/* What a group has written so far, to write it again without the one who gives up: redo.c. */
struct redo {
    char *bytes;
    size_t used;
    bool full;                   /* what the last one wrote is not all in it */
};
void redo_note(struct redo *r, const char *sql, struct args args); /* it has been run */
enum engine_status redo_run(const struct redo *r, const struct store *s, struct connection *c);
void redo_cut(struct redo *r, size_t used);                        /* what came after is forgotten */
void redo_free(struct redo *r);

/* load.c */
enum { LOAD_TABLES_MAX = 32 };
struct load {
    bool on;
    const struct table *tables[LOAD_TABLES_MAX]; /* without their lookups */
    size_t count;
    int64_t reads;
    int part;                    /* parts open when it began */
};

void stamp_note(struct tx *tx, const char *sql); /* before it is run */
/* before a commit */
enum engine_status stamps_keep(const struct store *s, struct connection *c, str town, const struct stamps *stamps);
struct kept;
struct kept *kept_new(void);
void kept_free(struct kept *k);                         /* NULL: nothing */
bool kept_setup(struct tx *tx);
struct kept *store_keeps(const struct store *store);   /* NULL: opened for reading, beside a process that writes */

struct tx_inside {
    struct connection *connection;
    struct queue *queue;         /* TX_BULK only, like load */
    struct load load;
    struct rows *rows;           /* open ones */
    bool lost;                   /* the engine gave up the whole transaction: nothing may run any more */
    struct known *known;         /* NULL: reading */
    struct redo *redo;           /* TX_WRITE only */
    size_t redo_from;
    int64_t tail_grown;          /* records appended for search */
    int64_t crowd_from;          /* the first of them, of a bulk that has undone nothing since; 0: none */
    bool empty_log;              /* bodies were destroyed: the log must not keep them */
    int parts;
    bool failed_before[STORE_PARTS_MAX];
    struct chain_head head_before[STORE_PARTS_MAX];
};

str   store_folder(const struct store *store);
str   store_file_path(struct op *op, str folder, str digest);
void  store_random(struct tx *tx, void *bytes, size_t count);
void *store_digest(const struct tx *tx);               /* EVP_MD_CTX of the writer; only under TX_WRITE and TX_BULK */
const struct store_engine *store_engine_of(const struct store *store);
void *store_connection(const struct tx *tx);           /* the engine's own */
void  bulk_hold(const struct tx *tx, int64_t bytes);   /* of the database in memory; only under TX_BULK, settled */
[[nodiscard]] bool tx_settle(struct tx *tx);           /* what was to be written has been */
[[nodiscard]] bool tx_later(struct tx *tx, const struct later *what, struct args args); /* store_later and more */
bool  store_fault(struct op *op, enum engine_status status, const char *message, const char *sql); /* always false */

[[nodiscard]] bool load_reading(struct tx *tx, const char *sql); /* before anything is read */
[[nodiscard]] bool table_lookups_drop(struct tx *tx, const struct table *t); /* its indexes that are not unique */
int   store_waiting(struct store *store);              /* saves in the queue, for tests */
bool  fact_setup(struct tx *tx);                        /* tables; called by store_open */
bool load_setup(struct tx *tx);
/* before a commit */
enum engine_status fact_head_keep(const struct store *s, struct connection *c, str town, const struct chain_head *head);
bool search_setup(struct tx *tx);

/* search.c: what the list is made of */
enum { SEARCH_LISTS = 5 };
typedef bool entry_fn(void *context, int kind, str term);
/* The list's entries of one kind for a record's terms. */
[[nodiscard]] bool search_entries(struct op *op, str terms, int kind, entry_fn *each, void *context);
[[nodiscard]] bool search_listed(struct tx *tx, int64_t *ret);              /* the last record that is in the list */
[[nodiscard]] bool search_unlist(struct tx *tx, int64_t no, str terms);
/* Before the commit of a bulk that has brought very many: search shall not lose sight of single ones between them. */
[[nodiscard]] bool search_crowd_note(struct tx *tx);
/* listing.c: the tail into the list */
[[nodiscard]] bool search_tail(struct tx *tx, int64_t *ret); /* records not yet in the list, at most */
/* Moves a batch of the tail into the list; unless `all`, only when the tail is long. */
[[nodiscard]] bool search_list(struct tx *tx, bool all, bool *ret_more);
/* The next step, in transactions of its own; a tail that is very long goes in one. ret_more: there is another.
 * `patient`: not while records are due that will make it longer. */
[[nodiscard]] bool search_step(struct store *store, struct op *op, bool patient, bool *ret_more);
void store_listed(struct store *store, int64_t left); /* before others may save again: what they add is counted after this */
bool store_stopping(struct store *store);

/* SM3 in pieces. The context is an EVP_MD_CTX. */
void *sm3_new(void);
void  sm3_free(void *context);
void  sm3_begin(void *context);
void  sm3_add(void *context, const void *bytes, size_t count);
void  sm3_end(void *context, uint8_t ret[DIGEST_BYTES]);
void  hex_write(char *to, const uint8_t *bytes, size_t count); /* 2 * count digits and a zero */
str   hex_text(struct op *op, const uint8_t *bytes, size_t count);

/* gone.c: files of what was destroyed */
bool gone_setup(struct tx *tx);
[[nodiscard]] bool gone_note(struct tx *tx, str body);     /* the files that it names are to go */
[[nodiscard]] bool gone_forget(struct tx *tx, str digest); /* it is kept again */
[[nodiscard]] bool gone_any(struct tx *tx, time_ms before, bool *ret);
void gone_due(struct store *store);                        /* store_files_settle has something to do */
bool gone_due_take(struct store *store);

[[nodiscard]] bool files_each(struct op *op, str folder, bool (*each)(void *context, str digest), void *context);
