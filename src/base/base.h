/* base: memory, text, faults, time, exact numbers and JSON. Knows nothing of a town.
 *
 * One object carries an operation. `struct op` is one person doing one thing at one moment: its memory, its
 * frozen clock, its faults, and what must be undone at its end. Everything made during an operation lives as
 * long as the operation and is never freed by hand, so an early return is always clean:
 *
 *     struct op op;
 *     op_init(&op, now, seed);
 *     str greeting = op_text(&op, "%.*s，您好", PS(name));
 *     if (!person_check(&op, &p))
 *         report(op.faults);                  // every fault found, in order
 *     op_done(&op);
 *
 * Units: time_ms is milliseconds since 1970-01-01T00:00Z; day is days since 1970-01-01 (proleptic Gregorian).
 * Ownership: pointers returned here live until op_done or the op_reset that passes their mark.
 * Failure: a function that can fail returns bool, [[nodiscard]]; false means op_fail has been called, once, where
 * the trouble was found. Results are ret_…, last, and left alone on failure. */
#pragma once

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"

/* ---- claims ------------------------------------------------------------------------------------------------ */

/* Proven; stays on in release. A must that fires is our mistake, never the user's. */
#define must(x) ((x) ? (void)0 : must_failed(#x, __FILE__, __LINE__))
_Noreturn void must_failed(const char *claim, const char *file, int line);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One program for old and new processors: the loops are compiled twice and the better one is taken when it starts. The
 * sanitizers cannot follow that. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HOT __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define HOT __attribute__((optimize("O3")))
#endif

/* ---- text -------------------------------------------------------------------------------------------------- */

/* UTF-8 bytes with a length; not NUL-terminated unless made by op_text, op_copy or op_z. A copied value. */
typedef struct str {
    const char *p;
    size_t n;
} str;

#define S(literal) ((str){"" literal, sizeof(literal) - 1}) /* the only strlen is the compiler's */
#define SC(literal) {"" literal, sizeof(literal) - 1}        /* the same, for static tables */
#define PS(s) (int)(s).n, (s).p                               /* printf("%.*s", PS(name)); s is evaluated twice */

str  str_z(const char *zero_terminated);
static inline bool str_eq(str a, str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
int  str_cmp(str a, str b); /* by bytes, which for UTF-8 is by code point */
static inline bool str_starts(str s, str head)
{
    return s.n >= head.n && str_eq((str){s.p, head.n}, head);
}
bool str_ends(str s, str tail);
bool str_find(str s, str part, size_t *ret_at);
static inline str str_part(str s, size_t from, size_t to) /* bytes [from, to), clipped */
{
    to = to > s.n ? s.n : to;
    return from >= to ? (str){s.p, 0} : (str){s.p + from, to - from};
}
static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
str  str_trim(str s);                          /* white space of Unicode, U+3000 and U+00A0 included */
bool str_split(str s, char at, str *ret_head, str *ret_tail); /* false: no such byte; head = s, tail empty */
/* Takes the next of what stands apart off the front: 甲、乙. False: nothing is left. */
bool str_take(str *rest, str between, str *ret);
str  str_before(str *rest, const str *marks, size_t count);  /* trimmed, up to the first of these marks; rest: behind it */
uint64_t str_hash(str s);

bool     utf8_valid(str s);
size_t   utf8_count(str s);                   /* code points */
uint32_t utf8_next_long(str *s);              /* the part of utf8_next that is not ASCII */
static inline uint32_t utf8_next(str *s)      /* takes one code point off the front; U+FFFD for a bad byte; s->n > 0 */
{
    unsigned char c = (unsigned char)*s->p;
    if (c >= 0x80)
        return utf8_next_long(s);
    s->p++;
    s->n--;
    return c;
}
size_t   utf8_put(char out[4], uint32_t code); /* bytes written */
size_t   utf8_skip(str s, size_t codes);       /* byte offset of code point number `codes`, clipped */

/* ---- an operation ------------------------------------------------------------------------------------------ */

typedef int64_t time_ms;

enum fault_kind { FAULT_INPUT, FAULT_DENIED, FAULT_MISSING, FAULT_CONFLICT, FAULT_SYSTEM, FAULT_KINDS };

/* One thing that went wrong, in words for the person: what is the matter, then what to do. */
struct fault {
    struct fault *next;
    enum fault_kind kind;
    str field; /* where: a field name, "第17行/身份证号", a file and line; may be empty */
    str text;
};

struct op {
    time_ms now;          /* read once by src/cli; a deadline cannot move while it is being checked */
    uint64_t random[4];   /* xoshiro256**; seeded from the system by src/cli, from a constant in tests */
    uint64_t id_high, id_low; /* of the last id made */
    struct fault *faults; /* in the order found; NULL while all is well */
    int fault_count;      /* may exceed the list: only FAULTS_MAX are kept */
    struct op_block *blocks;
    struct op_block *fault_blocks; /* faults outlive op_reset */
    struct op_deferred *deferred;
    size_t bytes;         /* taken so far; op_alloc stops the program's worst surprises at OP_BYTES_MAX */
};

void op_init(struct op *op, time_ms now, uint64_t seed);
void op_done(struct op *op); /* runs what was deferred, last first, then frees */

void *op_alloc(struct op *op, size_t bytes);                        /* zeroed, aligned to 16; never NULL */
void *op_space(struct op *op, size_t bytes);                        /* not zeroed: all of it is written at once */
void *op_grow(struct op *op, void *old, size_t old_bytes, size_t new_bytes); /* keeps the old bytes, zeroes the new */
#define op_new(op, type) ((type *)op_alloc((op), sizeof(type)))
#define op_array(op, type, count) ((type *)op_alloc((op), op_size((count), sizeof(type))))
size_t op_size(size_t count, size_t size); /* product; an overflow is a must */

str   op_copy(struct op *op, str s);        /* NUL-terminated copy */
char *op_z(struct op *op, str s);           /* the same as a C string */
str   op_text(struct op *op, const char *format, ...) __attribute__((format(printf, 2, 3)));
str   op_vtext(struct op *op, const char *format, va_list args);
str   op_join(struct op *op, const str *parts, size_t count, str between);

/* Outside resources end with the op: op_defer(op, close_it, file). op_reset runs those deferred since the mark. */
void op_defer(struct op *op, void (*undo)(void *), void *what);

/* In a loop over many: mark before, reset after each. Faults survive. */
struct mark {
    struct op_block *block;
    size_t used;
    struct op_deferred *deferred;
    size_t bytes;
};
struct mark op_mark(struct op *op);
void op_reset(struct op *op, struct mark mark);

/* Records a fault and returns false:  return op_fail(op, FAULT_INPUT, S("理由"), "%s须写明理由", action);  */
[[nodiscard]] bool op_fail(struct op *op, enum fault_kind kind, str field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool op_has_fault(const struct op *op, enum fault_kind kind);
const struct fault *fault_last(const struct op *op); /* the newest that is kept; there is one */
const struct fault *fault_since(const struct op *op, int fault_count); /* the first after so many; NULL: none is kept */
void op_forgive(struct op *op, int fault_count); /* drops the faults after the first `fault_count` */

uint64_t op_random(struct op *op);

/* ---- growing things ---------------------------------------------------------------------------------------- */

/* Bytes that grow inside an op. max 0 means OP_BYTES_MAX. Appending past max sets `full` and keeps what fits. */
struct buf {
    struct op *op;
    char *p;
    size_t n, cap, max;
    bool full;
};
void buf_init(struct buf *b, struct op *op, size_t max);
void buf_add_slow(struct buf *b, str s); /* the part of buf_add that may have to grow or to cut */
static inline void buf_add(struct buf *b, str s)
{
    if (s.n >= b->cap - b->n) { /* a NUL goes behind; cap is never over max + 1 */
        buf_add_slow(b, s);
        return;
    }
    if (s.n)
        memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
    b->p[b->n] = 0;
}
/* Where up to so many bytes may be written, which buf_take then counts up to their end; NULL: `full`. */
char *buf_room_slow(struct buf *b, size_t bytes);
static inline char *buf_room(struct buf *b, size_t bytes)
{
    return bytes < b->cap - b->n ? b->p + b->n : buf_room_slow(b, bytes);
}
static inline void buf_take(struct buf *b, const char *end)
{
    b->n = (size_t)(end - b->p);
    b->p[b->n] = 0;
}
static inline void buf_byte(struct buf *b, char c)
{
    buf_add(b, (str){&c, 1});
}
void buf_code(struct buf *b, uint32_t code);
void buf_text(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_int(struct buf *b, int64_t v);
str  buf_str(const struct buf *b);

/* Text to pointer, insertion order kept. Keys are not copied. */
struct map_entry {
    str key;
    void *value;
};
struct map {
    struct op *op;
    struct map_entry *entries;
    uint32_t *slots;
    size_t count, cap, slot_count;
};
void  map_init(struct map *m, struct op *op);
void *map_get(const struct map *m, str key); /* NULL: absent */
bool  map_put(struct map *m, str key, void *value); /* false: was there already, value replaced */

/* A growing array of any type inside an op:  struct { struct x *p; size_t n, cap; } list;  *list_add(op, &list) = x; */
#define list_add(op, list)                                                                                          \
    (((list)->n == (list)->cap                                                                                      \
          ? (void)((list)->p = op_grow((op), (list)->p, (list)->cap * sizeof *(list)->p,                            \
                                       op_size((list)->cap ? (list)->cap * 2 : 8, sizeof *(list)->p)),              \
                   (list)->cap = (list)->cap ? (list)->cap * 2 : 8)                                                 \
          : (void)0),                                                                                               \
     &(list)->p[(list)->n++])

/* ---- ids --------------------------------------------------------------------------------------------------- */

/* UUIDv7 (RFC 9562): ordered by time, so records made offline merge, and those of one operation in the order they were
 * made, so that tables and indexes grow at their ends. All zero means "none". */
typedef struct id {
    uint8_t b[16];
} id;
id   id_new(struct op *op);
bool id_none(id x);
bool id_eq(id a, id b);
bool id_parse(str s, id *ret);       /* 36 characters, or 32 without dashes */
str  id_text(struct op *op, id x);   /* 36 characters, lower case */
enum { ID_TEXT_BYTES = 36 };
size_t id_put(char *to, id x);       /* the same into to[ID_TEXT_BYTES], without NUL; how many */

/* ---- dates and times --------------------------------------------------------------------------------------- */

typedef int32_t day; /* days since 1970-01-01 */
struct date {
    int year, month, day;
};
day  day_of(int year, int month, int mday); /* no checking; see date_valid */
struct date date_of(day d);
bool date_valid(int year, int month, int mday);
int  day_weekday(day d); /* 1 Monday … 7 Sunday */

/* Local time of the town is China Standard Time, UTC+8, without exception since 1991. */
enum { TOWN_OFFSET_MS = 8 * 3600 * 1000 };
day  day_at(time_ms t);                       /* the town's calendar day at that moment */
time_ms day_end(day d);                       /* its last moment */
str  day_text(struct op *op, day d);          /* 2026-11-23 */
str  day_shown(struct op *op, day d);         /* 2026年11月23日, as documents write it */
str  date_shown(struct op *op, struct date d); /* the same; also of a day that no calendar has, to say so */
day  month_end(int year, int month);          /* its last day */
str  month_text(struct op *op, int year, int month); /* 2026-11 */
str  time_text(struct op *op, time_ms t);     /* 2026-11-23T08:05:09.123+08:00 */
str  time_said(struct op *op, time_ms t);     /* 2026-11-23 08:05, as people write it */
str  clock_said(struct op *op, time_ms t);    /* 08:05 */
enum { DAY_TEXT_BYTES = 32, TIME_TEXT_BYTES = 64 }; /* years of more than four digits included */
size_t day_put(char *to, day d);              /* the same into to[DAY_TEXT_BYTES] and so on, without NUL; how many */
size_t time_put(char *to, time_ms t);
bool time_parse(str s, time_ms *ret);         /* RFC 3339, or a date (its first moment in the town) */
/* Every way offices write a date: 2021-12-03 2021.12.3 2021/12/3 20211203 2021年12月3日 二〇二一年十二月三日
 * 202112 (a month: false), full-width digits. False: not a date. */
bool day_parse(str s, day *ret);

/* Working days: the weekday rule overlaid by the yearly notices (code list work-calendar). */
struct work_calendar;
struct work_calendar *work_calendar_new(struct op *op);
void work_calendar_add(struct work_calendar *c, day d, bool works);
/* one more day by which a town lives otherwise; it does not make its year's notice known */
void work_calendar_add_local(struct work_calendar *c, day d, bool works);
struct work_calendar *work_calendar_copy(struct op *op, const struct work_calendar *c);
bool work_calendar_is(const struct work_calendar *c, day d);
/* its year's notice was loaded; later years go by the weekday alone */
bool work_calendar_knows(const struct work_calendar *c, day d);
/* The day `count` working days after `from` (not counting `from`). *ret_guessed: the last loaded year was passed. */
day  work_calendar_after(const struct work_calendar *c, day from, int count, bool *ret_guessed);
day  work_calendar_before(const struct work_calendar *c, day from, int count); /* so many working days before it */

/* For waiting until a moment of the machine's clock. */
struct timespec;
void timespec_add(struct timespec *t, int64_t ms);

/* ---- JSON -------------------------------------------------------------------------------------------------- */

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* A value in an op. Numbers keep their text: money must never become a double. Members keep their order. */
struct json {
    enum json_kind kind;
    str text;            /* JSON_STRING: decoded; JSON_NUMBER: as written; both NUL-terminated */
    str key;             /* when this is a member of an object */
    struct json *first, *next; /* elements or members */
    size_t count;
    int line;            /* of its first character, 1 …: definitions name the line of an error */
};
/* Strict RFC 8259, valid UTF-8, no duplicate keys, depth at most JSON_DEPTH_MAX. The fault names line and column. */
[[nodiscard]] bool json_parse(struct op *op, str text, struct json **ret);
const struct json *json_get(const struct json *object, str key); /* NULL: absent, or not an object */
str   json_str(const struct json *object, str key);              /* empty: absent or not a string */
bool  json_int(const struct json *value, int64_t *ret);          /* false: not a whole number in range */
bool  json_true(const struct json *object, str key);

/* Writing straight into a buffer; commas take care of themselves. */
struct json_out {
    struct buf *b;
    bool comma;
};
void json_open(struct json_out *w, char bracket);  /* '{' or '[' */
void json_close(struct json_out *w, char bracket); /* '}' or ']' */
void json_key(struct json_out *w, str key);
#define JSON_KEY(name) S("\"" name "\":")           /* of a name that needs no escapes */
/* written as JSON_KEY does, or as json_key_text once for many rows */
void json_key_as(struct json_out *w, str written);
str  json_key_text(struct op *op, str key);
void json_text(struct json_out *w, str value);
void json_number(struct json_out *w, str digits);  /* as written; the caller vouches for it */
void json_int_out(struct json_out *w, int64_t value);
void json_bool(struct json_out *w, bool value);
void json_null(struct json_out *w);
void json_id(struct json_out *w, id x);
void json_time(struct json_out *w, time_ms t);
void json_day(struct json_out *w, day d);
void json_value(struct json_out *w, const struct json *value);
void json_texts(struct json_out *w, const str *texts, size_t count);
/* A member: its key and its value, or the bracket that opens it. */
void json_put_text(struct json_out *w, str key, str value);
void json_put_int(struct json_out *w, str key, int64_t value);
void json_put_bool(struct json_out *w, str key, bool value);
void json_put_open(struct json_out *w, str key, char bracket);
void json_put_texts(struct json_out *w, str key, const str *texts, size_t count);

/* ---- files ------------------------------------------------------------------------------------------------- */

/* What the system said (an errno), in the words of whoever keeps the machine, with the cure where there is one. */
const char *errno_said(int code);
[[nodiscard]] bool file_read(struct op *op, str path, size_t bytes_max, str *ret); /* whole; the fault names it */
/* One JSON value. The fault of a bad one names the file as people know it, line and column. */
[[nodiscard]] bool json_file(struct op *op, str path, str said, size_t bytes_max, struct json **ret);
/* Names in a folder, sorted by bytes, without . and .. */
[[nodiscard]] bool folder_list(struct op *op, str path, str **ret_names, size_t *ret_count);
/* Those that end so; a folder that is not there has none. */
void folder_files(struct op *op, str path, str ending, str **ret_names, size_t *ret_count);
/* Writes a whole file, in place of one that is there. */
[[nodiscard]] bool file_make(struct op *op, str path, str bytes);

/* CSV of RFC 4180 (the code lists): rows of fields. */
struct csv_row {
    str *fields;
    size_t count;
};
[[nodiscard]] bool csv_parse(struct op *op, str text, struct csv_row **ret_rows, size_t *ret_count);
/* The same with another mark between fields, such as a tabulator. */
[[nodiscard]] bool csv_parse_by(struct op *op, str text, char between, struct csv_row **ret_rows, size_t *ret_count);
