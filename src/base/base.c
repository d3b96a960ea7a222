#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void must_failed(const char *claim, const char *file, int line)
{
    fprintf(stderr, "%s:%d: this must hold and does not: %s\n", file, line, claim);
    abort();
}

/* ---- text -------------------------------------------------------------------------------------------------- */

str str_z(const char *zero_terminated)
{
    return (str){zero_terminated, zero_terminated ? strlen(zero_terminated) : 0};
}

int str_cmp(str a, str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_ends(str s, str tail)
{
    return s.n >= tail.n && str_eq((str){s.p + (s.n - tail.n), tail.n}, tail);
}

bool str_find(str s, str part, size_t *ret_at)
{
    if (part.n == 0) {
        *ret_at = 0;
        return true;
    }
    enum { SHORT = 64 }; /* memmem prepares a table first */
    const char *found = NULL;
    if (s.n >= SHORT)
        found = memmem(s.p, s.n, part.p, part.n);
    for (const char *at = s.p, *end = s.p + s.n; s.n < SHORT && !found && (size_t)(end - at) >= part.n; at++) {
        at = memchr(at, *part.p, (size_t)(end - at) - part.n + 1);
        if (!at)
            break;
        if (memcmp(at, part.p, part.n) == 0)
            found = at;
    }
    if (found)
        *ret_at = (size_t)(found - s.p);
    return found;
}

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200B) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

/* What a character begins with that is certainly none: of ASCII, or of U+4000 … 9FFF. */
static bool begins_no_space(char first)
{
    unsigned char c = (unsigned char)first;
    return (c > ' ' && c < 0x7F) || (c >= 0xE4 && c <= 0xE9);
}

str str_trim(str s)
{
    while (s.n && !begins_no_space(s.p[0])) {
        str rest = s;
        if (!is_space(utf8_next(&rest)))
            break;
        s = rest;
    }
    while (s.n) {
        size_t at = s.n - 1;
        while (at && ((unsigned char)s.p[at] & 0xC0) == 0x80)
            at--;
        str last = {s.p + at, s.n - at};
        if (begins_no_space(s.p[at]) || !is_space(utf8_next(&last)))
            break;
        s.n = at;
    }
    return s;
}

bool str_split(str s, char at, str *ret_head, str *ret_tail)
{
    const char *found = s.n ? memchr(s.p, at, s.n) : NULL;
    if (!found) {
        *ret_head = s;
        *ret_tail = (str){0};
        return false;
    }
    size_t n = (size_t)(found - s.p);
    *ret_head = (str){s.p, n};
    *ret_tail = (str){found + 1, s.n - n - 1};
    return true;
}

bool str_take(str *rest, str between, str *ret)
{
    size_t at;
    if (!rest->n)
        return false;
    bool more = str_find(*rest, between, &at);
    *ret = str_part(*rest, 0, more ? at : rest->n);
    *rest = more ? str_part(*rest, at + between.n, rest->n) : S("");
    return true;
}

str str_before(str *rest, const str *marks, size_t count)
{
    str text = *rest;
    size_t end = text.n, next = text.n, at;
    for (size_t i = 0; i < count; i++)
        if (str_find(text, marks[i], &at) && at < end) {
            end = at;
            next = at + marks[i].n;
        }
    *rest = str_part(text, next, text.n);
    return str_trim(str_part(text, 0, end));
}

/* FNV-1a; maps hold our own names and at most one request's keys, and their growth is bounded. */
uint64_t str_hash(str s)
{
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h ^ (h >> 29);
}

/* U+4000 … 9FFF: nearly all that is written. */
static inline bool begins_han(str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    return p[0] >= 0xE4 && p[0] <= 0xE9 && s.n >= 3 && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80;
}

/* Eight bytes of ASCII. */
static inline bool begins_plain(str s)
{
    uint64_t word = 0x80;
    if (s.n >= sizeof word)
        memcpy(&word, s.p, sizeof word);
    return !(word & 0x8080808080808080u);
}

/* Decodes one code point; 0 bytes taken means it is malformed. */
static size_t utf8_decode(str s, uint32_t *ret)
{
    const unsigned char *p = (const unsigned char *)s.p;
    if (p[0] < 0x80) {
        *ret = p[0];
        return 1;
    }
    if (begins_han(s)) {
        *ret = (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
        return 3;
    }
    size_t n = p[0] >= 0xC2 && p[0] < 0xE0 ? 2 : p[0] >= 0xE0 && p[0] < 0xF0 ? 3 : p[0] >= 0xF0 && p[0] < 0xF5 ? 4 : 0;
    if (n == 0 || s.n < n)
        return 0;
    uint32_t c = p[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        return 0;
    *ret = c;
    return n;
}

bool utf8_valid(str s)
{
    while (s.n) {
        uint32_t c;
        size_t n = begins_han(s) ? 3 : begins_plain(s) ? 8 : utf8_decode(s, &c);
        if (n == 0)
            return false;
        s.p += n;
        s.n -= n;
    }
    return true;
}

uint32_t utf8_next_long(str *s)
{
    uint32_t c = 0xFFFD;
    size_t n = utf8_decode(*s, &c);
    if (n == 0)
        n = 1;
    s->p += n;
    s->n -= n;
    return c;
}

size_t utf8_count(str s)
{
    size_t count = 0;
    while (s.n) {
        if (begins_plain(s)) {
            s = str_part(s, 8, s.n);
            count += 8;
        } else {
            utf8_next(&s);
            count++;
        }
    }
    return count;
}

size_t utf8_put(char out[4], uint32_t c)
{
    must(c <= 0x10FFFF && !(c >= 0xD800 && c < 0xE000));
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)((0xF00u >> n & 0xFF) | c);
    return n;
}

size_t utf8_skip(str s, size_t codes)
{
    str rest = s;
    for (; codes >= 8 && begins_plain(rest); codes -= 8) {
        rest.p += 8;
        rest.n -= 8;
    }
    while (codes-- && rest.n)
        utf8_next(&rest);
    return (size_t)(rest.p - s.p);
}

/* ---- an operation ------------------------------------------------------------------------------------------ */

enum { RETURN_BYTES_MIN = 64 << 20 };

struct op_block {
    struct op_block *before;
    size_t used, size;
    _Alignas(16) char bytes[];
};

struct op_deferred {
    struct op_deferred *before;
    void (*undo)(void *);
    void *what;
};

/* splitmix64 spreads one seed over the state of xoshiro256**. */
static void random_seed(uint64_t state[4], uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += 0x9E3779B97F4A7C15u;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        state[i] = z ^ (z >> 31);
    }
}

void op_init(struct op *op, time_ms now, uint64_t seed)
{
    *op = (struct op){.now = now};
    random_seed(op->random, seed);
}

static size_t blocks_free(struct op_block *b)
{
    size_t bytes = 0;
    while (b) {
        struct op_block *before = b->before;
        bytes += b->size;
        free(b);
        b = before;
    }
    return bytes;
}

/* One request that took hundreds of megabytes must not leave the program as large as that for good: the C library keeps
 * small blocks for the thread that had them. */
static void memory_return([[maybe_unused]] size_t freed)
{
#ifdef __GLIBC__
    if (freed >= RETURN_BYTES_MIN)
        malloc_trim(0);
#endif
}

static void deferred_run(struct op *op, struct op_deferred *until)
{
    while (op->deferred != until) {
        struct op_deferred *d = op->deferred;
        op->deferred = d->before;
        d->undo(d->what);
    }
}

void op_done(struct op *op)
{
    deferred_run(op, NULL);
    size_t freed = blocks_free(op->blocks);
    (void)blocks_free(op->fault_blocks);
    *op = (struct op){0};
    memory_return(freed);
}

/* Where the next bytes will be. Only a block that nothing else fits into comes from calloc: the system gives its pages
 * zeroed, and writing zeros over them once more would double the cost of a large array. */
static struct op_block *block_for(struct op_block **blocks, size_t bytes, bool zeroed)
{
    struct op_block *b = *blocks;
    if (!b || b->size - b->used < bytes) {
        size_t size = bytes > OP_BLOCK_BYTES ? bytes : OP_BLOCK_BYTES;
        b = zeroed && bytes > OP_BLOCK_BYTES ? calloc(1, sizeof *b + size) : malloc(sizeof *b + size);
        if (!b) {
            fprintf(stderr, "out of memory\n");
            abort();
        }
        b->before = *blocks;
        b->used = 0;
        b->size = size;
        *blocks = b;
    }
    return b;
}

static void *block_use(struct op_block *b, size_t *total, size_t bytes)
{
    void *p = b->bytes + b->used;
    b->used += bytes;
    *total += bytes;
    return p;
}

/* Not zeroed: for bytes that are written at once. */
static void *block_raw(struct op_block **blocks, size_t *total, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    return block_use(block_for(blocks, bytes, false), total, bytes);
}

static void *block_take(struct op_block **blocks, size_t *total, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    struct op_block *before = *blocks, *b = block_for(blocks, bytes, true);
    void *p = block_use(b, total, bytes);
    return b != before && bytes > OP_BLOCK_BYTES ? p : memset(p, 0, bytes);
}

static char *op_raw(struct op *op, size_t bytes)
{
    must(bytes <= OP_BYTES_MAX && op->bytes <= OP_BYTES_MAX - bytes);
    return block_raw(&op->blocks, &op->bytes, bytes);
}

void *op_space(struct op *op, size_t bytes)
{
    return op_raw(op, bytes ? bytes : 1);
}

void *op_alloc(struct op *op, size_t bytes)
{
    must(bytes <= OP_BYTES_MAX && op->bytes <= OP_BYTES_MAX - bytes);
    return block_take(&op->blocks, &op->bytes, bytes ? bytes : 1);
}

/* The last thing taken can often grow where it stands. */
static bool grow_in_place(struct op *op, void *old, size_t old_bytes, size_t new_bytes)
{
    struct op_block *b = op->blocks;
    size_t had = (old_bytes + 15) & ~(size_t)15, want = (new_bytes + 15) & ~(size_t)15;
    if (!b || !old_bytes || (char *)old + had != b->bytes + b->used || b->size - b->used < want - had)
        return false;
    b->used += want - had;
    op->bytes += want - had;
    return true;
}

void *op_grow(struct op *op, void *old, size_t old_bytes, size_t new_bytes)
{
    must(new_bytes >= old_bytes);
    if (grow_in_place(op, old, old_bytes, new_bytes)) {
        memset((char *)old + old_bytes, 0, ((new_bytes + 15) & ~(size_t)15) - old_bytes);
        return old;
    }
    char *p = op_raw(op, new_bytes);
    if (old_bytes)
        memcpy(p, old, old_bytes);
    memset(p + old_bytes, 0, ((new_bytes + 15) & ~(size_t)15) - old_bytes);
    return p;
}

size_t op_size(size_t count, size_t size)
{
    size_t bytes;
    must(!__builtin_mul_overflow(count, size, &bytes));
    return bytes;
}

str op_copy(struct op *op, str s)
{
    char *p = op_raw(op, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return (str){p, s.n};
}

char *op_z(struct op *op, str s)
{
    return (char *)op_copy(op, s).p;
}

static str text_in(struct op_block **blocks, size_t *total, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    must(n >= 0);
    char *p = block_raw(blocks, total, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, format, args);
    return (str){p, (size_t)n};
}

str op_vtext(struct op *op, const char *format, va_list args)
{
    return text_in(&op->blocks, &op->bytes, format, args);
}

str op_text(struct op *op, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str s = op_vtext(op, format, args);
    va_end(args);
    return s;
}

str op_join(struct op *op, const str *parts, size_t count, str between)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add(&b, between);
        buf_add(&b, parts[i]);
    }
    return buf_str(&b);
}

void op_defer(struct op *op, void (*undo)(void *), void *what)
{
    struct op_deferred *d = op_new(op, struct op_deferred);
    *d = (struct op_deferred){op->deferred, undo, what};
    op->deferred = d;
}

struct mark op_mark(struct op *op)
{
    return (struct mark){op->blocks, op->blocks ? op->blocks->used : 0, op->deferred, op->bytes};
}

void op_reset(struct op *op, struct mark mark)
{
    deferred_run(op, mark.deferred);
    while (op->blocks != mark.block) {
        must(op->blocks); /* a mark is reset once at most, innermost first */
        struct op_block *before = op->blocks->before;
        free(op->blocks);
        op->blocks = before;
    }
    if (op->blocks)
        op->blocks->used = mark.used;
    op->bytes = mark.bytes;
}

bool op_fail(struct op *op, enum fault_kind kind, str field, const char *format, ...)
{
    must(kind < FAULT_KINDS);
    if (op->fault_count++ >= FAULTS_MAX)
        return false;
    size_t total = 0;
    struct fault *f = block_take(&op->fault_blocks, &total, sizeof *f);
    f->kind = kind;
    char *p = block_take(&op->fault_blocks, &total, field.n + 1);
    if (field.n)
        memcpy(p, field.p, field.n);
    f->field = (str){p, field.n};
    va_list args;
    va_start(args, format);
    f->text = text_in(&op->fault_blocks, &total, format, args);
    va_end(args);
    struct fault **end = &op->faults;
    while (*end)
        end = &(*end)->next;
    *end = f;
    return false;
}

bool op_has_fault(const struct op *op, enum fault_kind kind)
{
    for (const struct fault *f = op->faults; f; f = f->next)
        if (f->kind == kind)
            return true;
    return false;
}

const struct fault *fault_last(const struct op *op)
{
    const struct fault *last = op->faults;
    while (last && last->next)
        last = last->next;
    must(last != NULL);
    return last;
}

const struct fault *fault_since(const struct op *op, int fault_count)
{
    const struct fault *f = op->faults;
    for (int i = 0; f && i < fault_count; i++)
        f = f->next;
    return f;
}

void op_forgive(struct op *op, int fault_count)
{
    must(fault_count >= 0 && fault_count <= op->fault_count);
    struct fault **end = &op->faults;
    for (int i = 0; i < fault_count && *end; i++)
        end = &(*end)->next;
    *end = NULL;
    op->fault_count = fault_count;
}

static uint64_t rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t op_random(struct op *op)
{
    uint64_t *s = op->random; /* xoshiro256**, Blackman and Vigna 2018 */
    uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* ---- growing things ---------------------------------------------------------------------------------------- */

void buf_init(struct buf *b, struct op *op, size_t max)
{
    *b = (struct buf){.op = op, .max = max ? max : OP_BYTES_MAX};
}

static void buf_grow(struct buf *b, size_t cap)
{
    if (!grow_in_place(b->op, b->p, b->cap, cap)) {
        char *p = op_raw(b->op, cap);
        if (b->n)
            memcpy(p, b->p, b->n);
        b->p = p;
    }
    b->cap = cap;
}

void buf_add_slow(struct buf *b, str s)
{
    if (s.n > b->max - b->n) {
        b->full = true;
        s.n = b->max - b->n;
    }
    if (s.n == 0)
        return;
    if (b->cap - b->n < s.n + 1) {
        size_t cap = b->cap ? b->cap * 2 : 64;
        while (cap - b->n < s.n + 1)
            cap *= 2;
        buf_grow(b, cap < b->max + 1 ? cap : b->max + 1);
    }
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
    b->p[b->n] = 0;
}

char *buf_room_slow(struct buf *b, size_t bytes)
{
    if (bytes > b->max - b->n) {
        b->full = true;
        return NULL;
    }
    size_t cap = b->cap ? b->cap * 2 : 64;
    while (cap - b->n < bytes + 1)
        cap *= 2;
    buf_grow(b, cap < b->max + 1 ? cap : b->max + 1);
    return b->p + b->n;
}

void buf_code(struct buf *b, uint32_t code)
{
    char bytes[4];
    buf_add(b, (str){bytes, utf8_put(bytes, code)});
}

void buf_text(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char small[256];
    int n = vsnprintf(small, sizeof small, format, args);
    must(n >= 0);
    if ((size_t)n < sizeof small)
        buf_add(b, (str){small, (size_t)n});
    else
        buf_add(b, op_vtext(b->op, format, again));
    va_end(again);
    va_end(args);
}

void buf_int(struct buf *b, int64_t v)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        digits[--at] = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0)
        digits[--at] = '-';
    buf_add(b, (str){digits + at, sizeof digits - at});
}

str buf_str(const struct buf *b)
{
    return b->n ? (str){b->p, b->n} : S("");
}

void map_init(struct map *m, struct op *op)
{
    *m = (struct map){.op = op};
}

/* str_hash is kept in databases and may not change; this one lives as long as its map. Eight bytes at a time, because a
 * page looks up some hundred ids. */
static uint64_t key_hash(str s)
{
    const uint64_t factor = 0x9e3779b97f4a7c15u;
    uint64_t h = s.n * factor, word;
    for (; s.n >= sizeof word; s = str_part(s, sizeof word, s.n)) {
        memcpy(&word, s.p, sizeof word);
        h = (h ^ word) * factor;
        h ^= h >> 32;
    }
    word = 0;
    for (size_t i = 0; i < s.n; i++)
        word = word << 8 | (unsigned char)s.p[i];
    h = (h ^ word) * factor;
    return h ^ (h >> 29);
}

/* Open addressing; a slot holds an entry's number plus one, 0 is free. */
static uint32_t *map_slot(const struct map *m, str key)
{
    size_t i = key_hash(key) & (m->slot_count - 1);
    while (m->slots[i] && !str_eq(m->entries[m->slots[i] - 1].key, key))
        i = (i + 1) & (m->slot_count - 1);
    return &m->slots[i];
}

void *map_get(const struct map *m, str key)
{
    if (m->count == 0)
        return NULL;
    uint32_t at = *map_slot(m, key);
    return at ? m->entries[at - 1].value : NULL;
}

bool map_put(struct map *m, str key, void *value)
{
    if (m->count * 2 >= m->slot_count) {
        m->slot_count = m->slot_count ? m->slot_count * 2 : 16;
        m->slots = op_array(m->op, uint32_t, m->slot_count);
        for (size_t i = 0; i < m->count; i++)
            *map_slot(m, m->entries[i].key) = (uint32_t)i + 1;
    }
    uint32_t *slot = map_slot(m, key);
    if (*slot) {
        m->entries[*slot - 1].value = value;
        return false;
    }
    if (m->count == m->cap) {
        size_t cap = m->cap ? m->cap * 2 : 8;
        m->entries = op_grow(m->op, m->entries, m->cap * sizeof *m->entries, op_size(cap, sizeof *m->entries));
        m->cap = cap;
    }
    m->entries[m->count++] = (struct map_entry){key, value};
    *slot = (uint32_t)m->count;
    return true;
}

/* ---- ids --------------------------------------------------------------------------------------------------- */

id id_new(struct op *op)
{
    id x;
    static const uint64_t variant = 0x8000000000000000u, low_max = 0xBFFFFFFFFFFFFFFFu;
    uint64_t high = (uint64_t)op->now << 16 | 0x7000 | (op_random(op) & 0xFFF);
    uint64_t low = (op_random(op) & (low_max - variant)) | variant;
    /* The same millisecond again: behind the last one by a step nobody can guess, unless there is no room behind it. */
    uint64_t step = 1 + (low & 0xFFFFFFFF);
    if (high >> 12 == op->id_high >> 12 && op->id_low <= low_max - step) {
        high = op->id_high;
        low = op->id_low + step;
    }
    op->id_high = high;
    op->id_low = low;
    for (int i = 0; i < 8; i++) {
        x.b[i] = (uint8_t)(high >> (56 - 8 * i));
        x.b[8 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
    return x;
}

bool id_none(id x)
{
    return id_eq(x, (id){0});
}

bool id_eq(id a, id b)
{
    return memcmp(a.b, b.b, sizeof a.b) == 0;
}

/* Where the two digits of each byte stand in the text of an id, and the dashes between them. */
static const uint8_t id_places[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
static const uint8_t id_dashes[] = {8, 13, 18, 23};

bool id_parse(str s, id *ret)
{
    static const uint8_t digits[256] = {/* one more than it says; 0: none */
                                        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
                                        ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
                                        ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
                                        ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};
    bool dashed = s.n == ID_TEXT_BYTES;
    id x;
    if (!dashed && s.n != 2 * sizeof x.b)
        return false;
    for (size_t i = 0; i < COUNT(id_dashes); i++)
        if (dashed && s.p[id_dashes[i]] != '-')
            return false;
    for (size_t i = 0; i < sizeof x.b; i++) {
        const char *p = s.p + (dashed ? id_places[i] : 2 * i);
        unsigned high = digits[(uint8_t)p[0]], low = digits[(uint8_t)p[1]];
        if (!high || !low)
            return false;
        x.b[i] = (uint8_t)((high - 1) << 4 | (low - 1));
    }
    *ret = x;
    return true;
}

size_t id_put(char *to, id x)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < COUNT(id_dashes); i++)
        to[id_dashes[i]] = '-';
    for (size_t i = 0; i < sizeof x.b; i++) {
        to[id_places[i]] = digits[x.b[i] >> 4];
        to[id_places[i] + 1] = digits[x.b[i] & 15];
    }
    return ID_TEXT_BYTES;
}

str id_text(struct op *op, id x)
{
    char *p = op_alloc(op, ID_TEXT_BYTES + 1);
    return (str){p, id_put(p, x)};
}
