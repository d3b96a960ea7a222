/* store: what is kept. Facts (留痕) and the tables that follow from them, files, backup, verifying; SQLite inside.
 *
 *     struct store *store;
 *     if (!store_open(op, S("data"), &(struct store_options){.town = S("152524101")}, &store))
 *         return false;
 *     struct tx *tx;
 *     int64_t changed, no;
 *     if (!store_begin(store, op, TX_WRITE, &tx) ||
 *         !store_run(tx, "update task set state = $1 where id = $2 and town = $3",
 *                    ARGS(INT(next), ID(task), TEXT(store_town(tx))), &changed) ||
 *         !fact_keep(tx, &fact, &no))
 *         return false;                      // the tx ends with its op: nothing of it is kept
 *     return store_commit(tx);               // true: it is on the disk and survives power loss
 *
 * A store is one data folder:
 *     data/lock            held by the one process that may write
 *     data/zhenwu.db       SQLite, WAL, synchronous=FULL, foreign keys, secure_delete
 *     data/files/ab/cdef…  files by their SM3 digest
 *
 * Transactions. TX_READ is a snapshot of its own: readers run in parallel, never wait for writers and see what was
 * durable when they began. TX_WRITE takes the one writer's place in the order of asking and works alone on it; at
 * store_commit its work is handed to the group, the place passes on, and the last of the queue commits for all: one
 * flush, many answers. If that commit fails, each of them is told and nothing of any is kept. TX_BULK is a write that
 * shares its commit with nobody: imports, rebuilding; others wait until it ends. A tx belongs to its op and ends with
 * it (abandoned). One thread uses a tx at a time. A thread that holds a tx must not begin a writing one: it would wait
 * for itself (holding TX_READ and beginning TX_WRITE is allowed; it only keeps an old snapshot alive).
 *
 * After false from a writing call the tx can only be abandoned (store_commit refuses), unless the failure happened
 * inside a part (store_part_begin) that is undone.
 *
 * SQL is whole and in place, with $1 … parameters; a value never becomes SQL text. Names that come from definitions are
 * quoted by store_name. Portable SQL only (also for PostgreSQL: docs/decisions/0007-portable.md). Every table carries
 * the column `town`.
 *
 * Ownership: results live in tx->op, except rows_peek. Store memory that outlives an op is its own. */
#pragma once

#include "base/base.h"

enum {
    STORE_GROUP_MAX = 256,         /* saves per commit: beyond this the first would wait too long for its answer */
    STORE_READERS_MAX = 64,        /* snapshots at once; a connection costs about 2 MB when busy */
    STORE_READERS_IDLE = 8,        /* kept open between readings */
    STORE_STATEMENTS_MAX = 256,    /* prepared, per connection */
    STORE_MEMO_BYTES = 1 << 20,    /* remembered of a snapshot, per connection: some thousand rows */
    STORE_ARGS_MAX = 2000,         /* a ledger has at most some hundred columns; SQLite allows 32 766 */
    STORE_PARTS_MAX = 8,           /* parts within parts */
    STORE_WRITER_BYTES = 16 << 20, /* of the database kept in memory by the one connection that writes … */
    STORE_BULK_BYTES =
        96 << 20, /* … and during a bulk, if it is so large: the unique keys of two million people, which come in no order */
    STORE_LOG_BYTES =
        16 << 20,            /* the log's working size: flushing a file that does not grow is up to 30 times faster */
    FACT_BODY_MAX = 4 << 20, /* one record's values; a register row is about 1 KB */
    FACT_LIST_MAX = 1000,
    SEARCH_TERMS_MAX = 64, /* per record */
    SEARCH_LIMIT_MAX = 200,
};

/* ---- opening ----------------------------------------------------------------------------------------------- */

struct store;
struct store_engine;             /* src/store/engine.h; NULL means SQLite */

struct store_options {
    str town;                    /* region code, kept when the store is made; later empty, or the same; empty at first: "000000000" */
    bool reading;                /* only TX_READ; may be opened beside a serving process (backup, verify, export) */
    int64_t log_bytes;           /* grow the log to this beforehand; serving passes STORE_LOG_BYTES, tests nothing */
    void (*random)(void *bytes,
                   size_t count); /* for the salts of facts: the system's; NULL: op_random, for tests and replays */
    const struct store_engine *engine;
};

/* Makes the folder and an empty store when there is none (unless reading). CONFLICT: another process has it, or a
 * program of another data format made it; it is left as it is. */
[[nodiscard]] bool store_open(struct op *op, str folder, const struct store_options *options, struct store **ret);
void store_close(struct store *store); /* all its transactions have ended */

/* ---- transactions ------------------------------------------------------------------------------------------ */

enum tx_kind { TX_READ, TX_WRITE, TX_BULK };

struct tx {
    struct op *op;
    struct store *store;
    enum tx_kind kind;
    bool open;
    bool failed;                 /* something was not written: only to be abandoned */
    int undone;                  /* parts taken back so far: what was remembered of rows may not be so */
    void *nearby, *deadlines;    /* the ledger room's own */
    struct tx_inside *inside;    /* the store's own */
};

[[nodiscard]] bool store_begin(struct store *store, struct op *op, enum tx_kind kind, struct tx **ret);
/* true: durable. Also ends a TX_READ. false: nothing is kept. Ends the tx either way */
[[nodiscard]] bool store_commit(struct tx *tx);
/* The same for TX_BULK, which then goes on, with nobody between: what is far too large for one transaction. What came
 * before stays, whatever comes after. false: ended. */
[[nodiscard]] bool store_go_on(struct tx *tx);
void store_abandon(struct tx *tx);              /* nothing is kept; an ended tx is left alone */
str  store_town(const struct tx *tx);

/* A part that may be taken back while the rest goes on: one row of an import. Parts nest; the innermost ends first. */
[[nodiscard]] bool store_part_begin(struct tx *tx);
[[nodiscard]] bool store_part_keep(struct tx *tx);
[[nodiscard]] bool store_part_undo(struct tx *tx);

/* ---- SQL --------------------------------------------------------------------------------------------------- */

enum arg_kind { ARG_NULL, ARG_INT, ARG_TEXT, ARG_ID, ARG_BLOB };

struct arg {
    enum arg_kind kind;
    union {
        int64_t i;
        str text;                /* ARG_TEXT, ARG_BLOB */
        id id;                   /* none is null */
    };
};
struct args {
    const struct arg *p;
    size_t n;
};
#define INT(v) ((struct arg){.kind = ARG_INT, .i = (v)})
#define TEXT(v) ((struct arg){.kind = ARG_TEXT, .text = (v)})
#define BLOB(v) ((struct arg){.kind = ARG_BLOB, .text = (v)})
#define ID(v) ((struct arg){.kind = ARG_ID, .id = (v)})
#define NUL ((struct arg){.kind = ARG_NULL})
#define ARGS(...)                                                                                                    \
    ((struct args){(const struct arg[]){NUL __VA_OPT__(, ) __VA_ARGS__} + 1,                                         \
                   sizeof((const struct arg[]){NUL __VA_OPT__(, ) __VA_ARGS__}) / sizeof(struct arg) - 1})
static inline struct args store_args(const struct arg *p, size_t n) /* for those made at run time */
{
    return (struct args){p, n};
}

/* One statement that returns no rows. ret_changed: rows changed; may be NULL. A broken unique rule is a CONFLICT whose
 * field is the column's name. */
[[nodiscard]] bool store_run(struct tx *tx, const char *sql, struct args args, int64_t *ret_changed);

/* The same for what cannot fail but by the machine's fault: under TX_BULK a thread of the store runs it while the
 * caller goes on, and the failure of it is that of a later call, at the latest of the part's end or the commit. The
 * text of the SQL must last as long as the tx. */
[[nodiscard]] bool store_later(struct tx *tx, const char *sql, struct args args);

struct rows;
/*     struct rows *rows;
 *     bool found;
 *     if (!store_query(tx, "select …", ARGS(…), &rows) || !rows_next(rows, &found))
 *         return false;
 *     for (; found; )  { … rows_int(rows, 0) …  if (!rows_next(rows, &found)) return false; }
 * Ends by itself after the last row, with rows_close, with its op (or mark) and with the tx. */
[[nodiscard]] bool store_query(struct tx *tx, const char *sql, struct args args, struct rows **ret);
[[nodiscard]] bool rows_next(struct rows *rows, bool *ret_found);
void    rows_close(struct rows *rows);
int     rows_count(const struct rows *rows);              /* columns; numbered from 0 below */
bool    rows_is_null(const struct rows *rows, int column);
int64_t rows_int(const struct rows *rows, int column);    /* null is 0 */
str     rows_text(const struct rows *rows, int column);   /* copied into the op, NUL-terminated; null is empty */
str     rows_blob(const struct rows *rows, int column);   /* copied into the op */
str     rows_peek(const struct rows *rows, int column);   /* text or blob, not copied: gone at the next rows_next */
id      rows_id(const struct rows *rows, int column);     /* null is none */
/* whatever it is, blobs as ARG_BLOB; not copied: see rows_peek */
struct arg rows_cell(const struct rows *rows, int column);
/* the same for several columns in one call */
void rows_cells(const struct rows *rows, int from, int count, struct arg *ret);
struct arg rows_value(const struct rows *rows, int column); /* rows_cell, copied */
struct arg arg_copy(struct op *op, struct arg a);         /* its text into the op */

/* Every row of "select <columns> <from>" is given to `each`, its values as rows_cell has them and for `each` to change:
 * for those who read whole tables, at two thirds of what stepping from row to row costs. `each` says false to end it,
 * having said why to the op; it may read, but not write.
 *     store_each(tx, S("t.record, t.state"), S("from now_person t where t.town = $1"), ARGS(…), each, context) */
enum { STORE_EACH_MAX = 100 }; /* values of a row */
typedef bool values_fn(void *context, struct arg *values);
[[nodiscard]] bool store_each(struct tx *tx, str columns, str from, struct args args, values_fn *each, void *context);

/* The first column of the first row, for counts and look-ups; not found leaves *ret alone. */
[[nodiscard]] bool store_int(struct tx *tx, const char *sql, struct args args, int64_t *ret, bool *ret_found);

/* The first column of every row, which is an id. They are all read before one does anything with them. */
[[nodiscard]] bool store_ids(struct tx *tx, const char *sql, struct args args, id **ret, size_t *ret_count);

/* What has been read under a snapshot is true until somebody commits, and so for the next readings of the same
 * connection. They find here what an earlier one has put: values live in memo->op, and keys are the caller's to choose
 * (ids, SQL with its arguments). NULL: writing, or it is full. For the tx's thread. */
struct memo {
    struct op op;
    struct map map;
};
struct memo *store_memo(const struct tx *tx);

/* What was computed of derived tables stays true until one of them is written to, whatever else is saved. It is kept for
 * all readings of the process:
 *
 *     if (!store_kept_key(tx, tables, count, sql_and_arguments, &key))
 *         return false;
 *     if (!store_kept(tx, key, &bytes)) { … compute …  store_keep(tx, key, bytes); }
 *
 * tables: now_person …; key: everything else that the result follows from. While writing nothing is kept or found. */
[[nodiscard]] bool store_kept_key(struct tx *tx, const str *tables, size_t count, str key, str *ret);
bool store_kept(const struct tx *tx, str key, str *ret); /* copied into the op */
void store_keep(const struct tx *tx, str key, str bytes);

/* "now_person"."证件号" and the like: one name from a definition, quoted for SQL. */
str store_name(struct op *op, str name);
/* A pattern for  like $1 escape '\'  that finds `part` anywhere. */
str store_like(struct op *op, str part);

/* A room's own tables (sessions, counters): statement i is version i+1; those not yet run are run. Never change a
 * landed step, add one.
 *     static const char *const steps[] = {"create table org_session (town text not null, …)", "create index …"};
 * A table that is little more than its primary key ends in ") keyed".
 *     store_schema(tx, S("org"), steps, COUNT(steps)) */
[[nodiscard]] bool store_schema(struct tx *tx, str room, const char *const *steps, size_t count);

/* ---- facts ------------------------------------------------------------------------------------------------- */

/* What was done. Those marked * carry a record's values after the change and have a version of 1 or more; the others
 * have version 0. */
enum fact_act {
    FACT_ADD,          /* * 新增 */
    FACT_CHANGE,       /* * 修改 */
    FACT_STATE,        /* * 流转 */
    FACT_REMOVE,       /* * 作废; never physical */
    FACT_REVEAL,       /* 查看敏感: a masked value was opened */
    FACT_DESTROY,      /* 销毁: bodies were destroyed by law; made by fact_destroy only */
    FACT_IMPORT,       /* 导入 */
    FACT_EXPORT,       /* 导出 */
    FACT_DEFINE,       /* 定义: a definition changed */
    FACT_SIGN_IN,      /* 登录 */
    FACT_SIGN_OUT,     /* 退出 */
    FACT_SIGN_REFUSED, /* 登录失败 */
    FACT_PASSWORD,     /* 改密 */
    FACT_SCREEN,       /* 筛查: a policy was run over a population */
    FACT_DECIDE,       /* 决定: a person decided about what a rule proposed, or froze a roster */
    FACT_WORK,         /* * 办理: an act on a running procedure; the record is the case */
    FACT_MISS,         /* 未能发起: what should have begun by its clock could not */
    FACT_ACTS
};
str fact_act_name(enum fact_act act); /* Chinese, for people */

struct fact {
    int64_t no;          /* 1, 2, 3 … without gaps; given by fact_keep */
    time_ms at;          /* op->now; given by fact_keep */
    id account, post;    /* none: the system */
    str account_name;    /* as it was then */
    enum fact_act act;
    str ledger;          /* English name; empty: of the town */
    id record;           /* none: of the ledger as a whole */
    int64_t version;
    str state;           /* of the record after this fact; empty: no states */
    str body;            /* JSON, the caller's own; personal values belong here and only here; may be empty */
    bool destroyed;      /* read: the body is gone by law */
    str hash_text;       /* read: 64 hexadecimal digits */
};

/* Appends to the chain: commitment = SM3(salt ‖ body), hash = SM3("zhenwu-fact-1" ‖ prev ‖ everything else ‖
 * commitment). SM3 is GB/T 32905. The commitment is kept only where salt and body no longer are. */
[[nodiscard]] bool fact_keep(struct tx *tx, const struct fact *fact, int64_t *ret_no);
/* Destroys the bodies of these facts (个人信息保护法 47; 突发事件应对法 85) and keeps a FACT_DESTROY by `who` that names them, the
 * reason and the approval. The chain still verifies. Their files are due: store_files_settle. Not for FACT_DESTROY
 * itself. */
[[nodiscard]] bool fact_destroy(struct tx *tx, const struct fact *who, const int64_t *nos, size_t count, str reason,
                                str approval, int64_t *ret_no);

[[nodiscard]] bool fact_get(struct tx *tx, int64_t no, struct fact *ret, bool *ret_found);
/* The number of a record's first fact: shorter than its id, where tables speak of it a million times. 0: it has none. */
[[nodiscard]] bool fact_first(struct tx *tx, str ledger, id record, int64_t *ret);
[[nodiscard]] bool fact_record(struct tx *tx, int64_t no, id *ret); /* whose fact that is; none */
/* oldest first, every act */
[[nodiscard]] bool fact_history(struct tx *tx, str ledger, id record, struct fact **ret, size_t *ret_count);

struct fact_query {      /* empty members do not restrict */
    str ledger;
    id record, account;
    time_ms from, to;    /* from <= at < to */
    int64_t before;      /* the cursor: the last number of the page before */
    int limit;           /* 1 … FACT_LIST_MAX; 0 = 50 */
};
/* newest first */
[[nodiscard]] bool fact_list(struct tx *tx, const struct fact_query *q, struct fact **ret, size_t *ret_count);
[[nodiscard]] bool store_fact_count(struct tx *tx, int64_t *ret);
/* The last fact made at or before that moment: an as-of moment always becomes a fact number. 0: none yet. */
[[nodiscard]] bool store_fact_at(struct tx *tx, time_ms moment, int64_t *ret_no);

/* The fact's texts live until `each` returns: op_copy what you keep. Memory that `each` takes stays; mark and reset
 * inside it when there are many. false stops (with a fault). */
typedef bool fact_each_fn(void *context, struct tx *tx, const struct fact *fact);
/* The ledger as of fact number `no`: of each record the last fact up to it that carries values, by record. */
[[nodiscard]] bool store_facts_as_of(struct tx *tx, str ledger, int64_t no, fact_each_fn *each, void *context);
/* One record as of a fact number. */
[[nodiscard]] bool fact_as_of(struct tx *tx, str ledger, id record, int64_t no, struct fact *ret, bool *ret_found);
/* The records of a ledger that were written after fact number `no`, each once. */
[[nodiscard]] bool store_written_since(struct tx *tx, str ledger, int64_t no, id **ret, size_t *ret_count);
/* Every fact in order, for recreating what is derived. `each` may write. */
[[nodiscard]] bool store_rebuild(struct tx *tx, fact_each_fn *each, void *context);

/* ---- derived tables ---------------------------------------------------------------------------------------- */

/* COLUMN_DAY is days since 1970-01-01, COLUMN_TIME milliseconds, COLUMN_BOOL 0/1, money whole fen and decimals scaled
 * whole numbers in COLUMN_INT, COLUMN_ID 16 bytes. Every column may be empty: what is required is the ledger's affair,
 * and older records lack newer fields. */
enum column_type { COLUMN_TEXT, COLUMN_INT, COLUMN_DAY, COLUMN_TIME, COLUMN_BOOL, COLUMN_ID, COLUMN_JSON, COLUMN_TYPES };
struct arg arg_typed(struct arg cell, enum column_type type); /* of rows_cell, for such a column: an id is an ARG_ID */

struct column {
    str name;            /* Chinese mostly; not one of the fixed columns */
    enum column_type type;
    bool indexed;        /* (column, record) */
    bool unique;         /* among records not removed, per town */
};
/* now_<name>: record (16 bytes, primary key), town, fact_no, version, state, added, changed, removed (0/1), then the
 * columns. */
struct table {
    str name;            /* English: letters, digits, _ */
    const struct column *columns;
    size_t count;
    const char *sql_put, *sql_add, *sql_get; /* by table_ready; NULL: made for every record */
};
struct row_head {
    int64_t fact_no, version;
    str state;
    time_ms added, changed;
    bool removed;
};
struct rename {
    str from, to;
};

/* Creates the table, or brings it to this definition by comparison with what is there: columns are added, renamed,
 * converted, and left out only when no record holds a value in them. What would lose a value is refused with the column
 * and the count (FAULT_CONFLICT). ret_change: what was done, in words, empty when nothing was to do. */
[[nodiscard]] bool table_migrate(struct tx *tx, const struct table *t, const struct rename *renames,
                                 size_t rename_count, str *ret_change);
/* Before it: a column whose values always followed from others, and which the definition has no more. */
[[nodiscard]] bool table_has(struct tx *tx, str table, str column, bool *ret);
[[nodiscard]] bool table_forget(struct tx *tx, str table, str column);
[[nodiscard]] bool table_make(struct tx *tx, const struct table *t); /* table_migrate without renames */
/* Says once how its records are written and read; in `op`, which must last as long as the table. */
void table_ready(struct op *op, struct table *t);
/* values[t->count], in the order of the columns. */
[[nodiscard]] bool table_put(struct tx *tx, const struct table *t, id record, const struct row_head *head,
                             const struct arg *values);
/* The same for a record that has a row, of which these columns have become others. */
[[nodiscard]] bool table_correct(struct tx *tx, const struct table *t, id record, const struct row_head *head,
                                 const bool *changed, const struct arg *values);
/* The same for a record that has no row yet. */
[[nodiscard]] bool table_add(struct tx *tx, const struct table *t, id record, const struct row_head *head,
                             const struct arg *values);
[[nodiscard]] bool table_get(struct tx *tx, const struct table *t, id record, struct row_head *ret_head,
                             struct arg **ret_values, bool *ret_found);
/* after fact_destroy: physically gone */
[[nodiscard]] bool table_erase(struct tx *tx, const struct table *t, id record);
/* the whole table: before rebuilding */
[[nodiscard]] bool table_drop_derived(struct tx *tx, const struct table *t);
/* For loading many rows into a table with few: without its indexes, then all indexes at once. Breaking a unique rule
 * shows at the latter. */
[[nodiscard]] bool table_indexes_drop(struct tx *tx, const struct table *t);
[[nodiscard]] bool table_indexes_make(struct tx *tx, const struct table *t);
/* One after another, each kept before the next (TX_BULK). */
[[nodiscard]] bool table_indexes_follow(struct tx *tx, const struct table *t);

/* So many new records are going to be written to these tables, which should have few (TX_BULK). Until much has been
 * read, indexes that are not unique are away, and new records need not be put for search: both are due, and made when
 * the commit is done (town_settle). Nothing when it would not pay. */
[[nodiscard]] bool store_load_begin(struct tx *tx, const struct table *const *tables, size_t count, int64_t rows);
bool store_loading(const struct tx *tx, const struct table *t); /* new records of it are due */
/* The next reading finds its rows by an index that is not away: a unique one, or the record. */
void store_load_found(struct tx *tx, const struct table *t);
void store_load_end(struct tx *tx); /* before its part is kept and before the commit; undone or abandoned it needs none */
/* A table that was loaded: its indexes, and for search its records of facts after `after`. */
struct due_table {
    str name;
    int64_t after;
};
[[nodiscard]] bool store_due(struct tx *tx, struct due_table *ret, bool *ret_found); /* the next one */
[[nodiscard]] bool store_due_done(struct tx *tx, str name);

/* ---- search ------------------------------------------------------------------------------------------------ */

/* As you type, in time that does not grow with the town. TEXT is found by any part of it, WORD (pinyin) by its
 * beginning, TAIL (citizen ID, telephone) by its beginning and its end; INITIALS as WORD is, but after all of these, and
 * LATER (of a given name) after all the others. Letters' case and full-width forms do not matter. */
enum search_kind { SEARCH_TEXT, SEARCH_WORD, SEARCH_TAIL, SEARCH_LATER, SEARCH_INITIALS, SEARCH_KINDS };
struct search_term {
    enum search_kind kind;
    str text;
};
/* Replaces what the record was found by. `group`: the village group it belongs to, none for the town's own. */
[[nodiscard]] bool search_put(struct tx *tx, str ledger, id record, id group, str title,
                              const struct search_term *terms, size_t count);
/* The same for a record that has never been put. */
[[nodiscard]] bool search_add(struct tx *tx, str ledger, id record, id group, str title, const struct search_term *terms,
                              size_t count);
[[nodiscard]] bool search_remove(struct tx *tx, str ledger, id record);
[[nodiscard]] bool search_clear(struct tx *tx); /* before rebuilding */
/* What was put lately is searched one by one until a thread of the store has put it in order. After loading very much,
 * do it at once: the next to search must not wait. No tx may be open. */
[[nodiscard]] bool search_settle(struct store *store, struct op *op);

enum { SEARCH_ORDERS = 4 };
struct search_scope {    /* what the person may see */
    str ledger;
    int order;           /* 0 … SEARCH_ORDERS - 1: of records that match equally well those of the smaller stand first */
    bool whole_town;
    const id *groups;
    size_t group_count;
};
struct search_hit {
    str ledger, title;
    id record;
    str matched;         /* the term that matched, folded; to be masked by the caller if it is sensitive */
    enum search_kind kind;
    int rank;            /* 0 equal, 1 beginning, 2 inside or tail, 3 initials, 4 their beginning, 5 later */
    int order;           /* of its scope */
};
struct search_query {
    str typed;           /* words apart by spaces must all match */
    const struct search_scope *scopes;
    size_t scope_count;
    int limit;           /* 1 … SEARCH_LIMIT_MAX; 0 = 50 */
    bool (*keep)(void *context, const struct search_hit *hit); /* a further condition per hit; NULL: none */
    void *context;
};
/* best first */
[[nodiscard]] bool search_find(struct tx *tx, const struct search_query *q, struct search_hit **ret, size_t *ret_count);
/* The same comparison for terms at hand. *ret_term: the best one for the longest word. */
bool search_matches(struct op *op, const struct search_term *terms, size_t count, str typed, size_t *ret_term);

/* ---- files ------------------------------------------------------------------------------------------------- */

/* Copies from the descriptor's beginning to its end; on disk before it returns; the same content is kept once. digest:
 * 64 hex digits. */
[[nodiscard]] bool store_file_keep(struct tx *tx, int fd, str *ret_digest);
[[nodiscard]] bool store_bytes_keep(struct tx *tx, str bytes, str *ret_digest); /* the same of what is in memory */
/* Somebody names it who has it from elsewhere: is it kept? */
bool store_file_there(const struct tx *tx, str digest);
/* closed with the op. MISSING: no such file */
[[nodiscard]] bool store_file_open(struct tx *tx, str digest, int *ret_fd, int64_t *ret_size);
/* After fact_destroy has been committed: files that it named go from the disk, unless a fact names them still. What a
 * crash or a backup under way prevents is done at the next call, or when the store is next opened. Nothing to do costs
 * nothing. No tx may be open. */
[[nodiscard]] bool store_files_settle(struct store *store, struct op *op);
/* A file was sent, for something that is still being written: nothing names it yet. In the transaction that has just
 * kept it. */
[[nodiscard]] bool store_file_waits(struct tx *tx, str digest);
/* Those that were sent up to `before` and that no fact has come to name go from the disk. ret_done: false: a backup is
 * under way, again later. It looks through all facts when there are any. No tx may be open. */
[[nodiscard]] bool store_uploads_settle(struct store *store, struct op *op, time_ms before, bool *ret_done);

/* ---- verify, backup, restore ------------------------------------------------------------------------------- */

/* Long work tells how far it is; the answer false cancels it. NULL: nobody asks. */
typedef bool store_tell(void *context, str stage, int64_t done, int64_t total);

str store_digest_text(struct op *op, str bytes); /* SM3, 64 hex digits */

struct fact_head {       /* written down or printed by people, it anchors everything before it */
    int64_t no;
    str hash;            /* 64 hex digits; empty when there is no fact */
};
[[nodiscard]] bool store_head(struct tx *tx, struct fact_head *ret);

struct audit_report {
    bool ok;
    int64_t facts;       /* verified */
    str head;            /* hash of the last one */
    int64_t bad_no;      /* the first that is altered, missing or out of order */
    str text;            /* what is wrong with it, in words */
};
/* Recomputes the chain. Finding something wrong is not failing: see ret->ok. */
[[nodiscard]] bool audit_verify(struct tx *tx, store_tell *tell, void *context, struct audit_report *ret);
/* The same, and the fact `anchor->no` must have the hash that people wrote down. */
[[nodiscard]] bool audit_verify_anchor(struct tx *tx, const struct fact_head *anchor, store_tell *tell, void *context,
                                       struct audit_report *ret);

/* One file with everything (database, files), consistent as of its start, while the store serves. Never overwrites.
 * Layout: "ZHENWU BACKUP 1\n", entries (name length 4, size 8, big endian, name, content), an empty entry, SM3 of all
 * before. */
[[nodiscard]] bool store_backup(struct store *store, struct op *op, str path, store_tell *tell, void *context);
/* Refuses a damaged backup (digest, integrity_check, chain) and a folder that is not empty; leaves nothing of a refused
 * one. */
[[nodiscard]] bool store_restore(struct op *op, str backup, str folder, store_tell *tell, void *context,
                                 struct audit_report *ret);
