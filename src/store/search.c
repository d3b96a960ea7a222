/* Search as you type: a sorted list of beginnings, and a tail of records not yet in it.
 *
 *     kind 0  every other term from its beginning    张三丰  zhangsanfeng  152524198703050018
 *     kind 1  a TEXT term from each later character  三丰  丰
 *     kind 2  a TAIL term read backwards             810050307891425251
 *     kind 3  a LATER term from its beginning        sanfeng  sf
 *     kind 4  INITIALS from their beginning          zsf
 *
 * What was typed is always looked for as a beginning, in one range of the list, best kind first, and reading stops when
 * there are enough. The scope number stands for (town, ledger, group), so that what a person may not see is passed over
 * without fetching it.
 *
 * An entry of the list falls on a random page; ten of them would be most of what a save writes. So a save only appends
 * its record to the tail (search_doc.no > search_state.listed), which search reads through; the keeper moves the tail
 * into the list when it has grown (listing.c). */
#include "store/inside.h"

enum {
    TERM_CODES_MAX = 24,  /* characters kept in the list; a longer typed word is compared with the whole terms */
    WORDS_MAX = 6,        /* typed words */
    TYPED_CODES_MAX = 64, /* characters that are looked at */
    SCAN_MAX = 20000,     /* list entries read per kind, and records of the tail (7 ms): bounds the worst keystroke */
    NEWEST_MAX = 2000,    /* records of a tail that is longer than that: it is on its way into the list, and most of it is not read anyway */
    PASSED_MAX = 5000,    /* of them to see whether some of a smaller order are among them */
    FETCH_MAX = 4000,     /* records fetched to compare further words */
};

bool search_setup(struct tx *tx)
{
    static const char *const steps[] = {
        "create table search_scope (no integer not null primary key, town text not null, ledger text not null, grp "
        "blob not null)",
        "create table search_doc (no integer not null primary key, town text not null, ledger text not null, record "
        "blob not null,"
        " scope integer not null, title text not null, terms text not null)",
        "create unique index search_doc_record on search_doc (record, ledger)",
        "create table search_state (town text not null primary key, listed integer not null)",
        /* Records that went from the tail while it may have been on its way into the list. */
        "create table search_gone (no integer not null primary key, town text not null, terms text not null)",
        /* Parts of the tail that came all at once. */
        "create table search_crowd (first integer not null primary key, town text not null, last integer not null)",
    };
    bool found;
    int64_t any;
    if (!store_int(tx, "select 1 from store_schema where room = 'search'", ARGS(), &any, &found))
        return false;
    str sql = op_text(tx->op,
                      "create table search_term (kind integer not null, term text not null, doc integer not null, "
                      "scope integer not null,"
                      " primary key (kind, term, doc))%s",
                      store_engine_of(tx->store)->keyed_end);
    return (found || store_run(tx, sql.p, ARGS(), NULL)) && store_schema(tx, S("search"), steps, COUNT(steps));
}

/* ---- words ------------------------------------------------------------------------------------------------- */

/* Full-width forms and letters' case do not matter; the dots in Mongolian and Uyghur names are one dot; white space and
 * control characters become a space. */
static str fold(struct op *op, str s)
{
    size_t plain = 0; /* ideographs (U+4000 … 9FFF) and what of ASCII stays as it is: nearly every value */
    while (plain < s.n && ((s.p[plain] > ' ' && s.p[plain] < 0x7F && (s.p[plain] < 'A' || s.p[plain] > 'Z')) ||
                           ((unsigned char)s.p[plain] >= 0xE4 && (unsigned char)s.p[plain] <= 0xE9)))
        plain += (unsigned char)s.p[plain] >= 0xE4 ? 3 : 1;
    if (plain == s.n && utf8_valid(s))
        return s;
    struct buf b;
    buf_init(&b, op, 0);
    while (s.n) {
        uint32_t c = utf8_next(&s);
        if (c >= 0xFF01 && c <= 0xFF5E)
            c -= 0xFEE0;
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        if (c == 0x2022 || c == 0x2027 || c == 0x30FB || c == 0xFF65)
            c = 0xB7;
        buf_code(&b, c <= ' ' || c == 0x7F || c == 0xA0 || c == 0x3000 ? ' ' : c);
    }
    return str_trim(buf_str(&b));
}

static str backwards(struct op *op, str s)
{
    char *p = op_alloc(op, s.n + 1), *end = p + s.n;
    for (str rest = s; rest.n;) {
        str before = rest;
        utf8_next(&rest);
        size_t n = before.n - rest.n;
        end -= n;
        memcpy(end, before.p, n);
    }
    return (str){p, s.n};
}

static str cut(str s)
{
    return str_part(s, 0, utf8_skip(s, TERM_CODES_MAX));
}

/* A record's terms as kept: a line each, its kind's letter first. */
static const char letters[] = {[SEARCH_TEXT] = 'T', [SEARCH_WORD] = 'W', [SEARCH_TAIL] = 'I', [SEARCH_LATER] = 'L',
                               [SEARCH_INITIALS] = 'A'};

static str terms_write(struct op *op, const struct search_term *terms, size_t count)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < count; i++) {
        str term = fold(op, terms[i].text);
        if (term.n == 0)
            continue;
        buf_byte(&b, letters[terms[i].kind]);
        buf_add(&b, term);
        buf_byte(&b, '\n');
    }
    return buf_str(&b);
}

/* Takes one line off. false: no more. */
static bool term_take(str *terms, enum search_kind *ret_kind, str *ret)
{
    str line;
    if (terms->n == 0)
        return false;
    str_split(*terms, '\n', &line, terms);
    *ret_kind = SEARCH_TAIL;
    for (int kind = 0; line.n && kind < SEARCH_KINDS; kind++)
        if (letters[kind] == line.p[0])
            *ret_kind = (enum search_kind)kind;
    *ret = str_part(line, 1, line.n);
    return true;
}

/* ---- keeping ----------------------------------------------------------------------------------------------- */

/* The list in which a term stands from its beginning. */
static int list_of(enum search_kind kind)
{
    return kind == SEARCH_LATER ? 3 : kind == SEARCH_INITIALS ? 4 : 0;
}

bool search_entries(struct op *op, str terms, int kind, entry_fn *each, void *context)
{
    enum search_kind of;
    str term;
    while (term_take(&terms, &of, &term)) {
        if (kind == list_of(of) && !each(context, kind, cut(term)))
            return false;
        if (kind == 1 && of == SEARCH_TEXT)
            for (str rest = term; utf8_next(&rest), rest.n;)
                if (rest.p[0] != ' ' && !each(context, 1, cut(rest)))
                    return false;
        if (kind == 2 && of == SEARCH_TAIL && !each(context, 2, cut(backwards(op, term))))
            return false;
    }
    return true;
}

struct unlisting {
    struct tx *tx;
    int64_t doc;
};

static bool entry_remove(void *context, int kind, str term)
{
    const struct unlisting *u = context;
    return store_run(u->tx, "delete from search_term where kind = $1 and term = $2 and doc = $3",
                     ARGS(INT(kind), TEXT(term), INT(u->doc)), NULL);
}

bool search_listed(struct tx *tx, int64_t *ret)
{
    bool found;
    *ret = 0;
    return store_int(tx, "select listed from search_state where town = $1", ARGS(TEXT(store_town(tx))), ret, &found);
}

static struct arg group_arg(const id *group)
{
    return BLOB(((str){(const char *)group->b, sizeof group->b}));
}

[[nodiscard]] static bool scope_ask(struct tx *tx, str ledger, const id *group, int64_t *ret)
{
    bool found = false; /* also when asking fails */
    struct args which = ARGS(TEXT(ledger), group_arg(group));
    if (!store_int(tx, "select no from search_scope where ledger = $1 and grp = $2", which, ret, &found) || found)
        return found;
    return store_run(tx,
                     "insert into search_scope (no, town, ledger, grp) select coalesce(max(no), 0) + 1, $1, $2, $3 "
                     "from search_scope",
                     ARGS(TEXT(store_town(tx)), TEXT(ledger), group_arg(group)), NULL) &&
           store_int(tx, "select no from search_scope where ledger = $1 and grp = $2", which, ret, &found);
}

[[nodiscard]] static bool scope_no(struct tx *tx, str ledger, const id *group, int64_t *ret)
{
    enum { NEXT = 4 }; /* places looked at */
    uint64_t at = str_hash(ledger) ^ str_hash((str){(const char *)group->b, sizeof group->b});
    struct scope_known *k = NULL;
    for (int i = 0; i < NEXT; i++) {
        k = &tx->inside->known->scopes[(at + (uint64_t)i) % SCOPES_KNOWN];
        if (!k->no)
            break;
        if (str_eq((str){k->ledger, k->ledger_bytes}, ledger) && id_eq(k->group, *group)) {
            *ret = k->no;
            return true;
        }
    }
    if (!scope_ask(tx, ledger, group, ret))
        return false;
    if (ledger.n <= SCOPE_LEDGER_MAX) {
        *k = (struct scope_known){.ledger_bytes = ledger.n, .group = *group, .no = *ret};
        memcpy(k->ledger, ledger.p, ledger.n);
    }
    return true;
}

struct doc {
    int64_t no, scope; /* no 0: none */
    str title, terms;
};

bool search_unlist(struct tx *tx, int64_t no, str terms)
{
    for (int kind = 0; kind < SEARCH_LISTS; kind++)
        if (!search_entries(tx->op, terms, kind, entry_remove, &(struct unlisting){tx, no}))
            return false;
    return true;
}

[[nodiscard]] static bool doc_find(struct tx *tx, str ledger, id record, struct doc *ret)
{
    struct rows *rows;
    bool found;
    if (!store_query(tx, "select no, scope, title, terms from search_doc where record = $1 and ledger = $2",
                     ARGS(ID(record), TEXT(ledger)), &rows) ||
        !rows_next(rows, &found))
        return false;
    *ret = (struct doc){0};
    if (found)
        *ret = (struct doc){rows_int(rows, 0), rows_int(rows, 1), rows_text(rows, 2), rows_text(rows, 3)};
    rows_close(rows);
    return true;
}

[[nodiscard]] static bool doc_remove(struct tx *tx, const struct doc *d, int64_t listed)
{
    bool unlisted = d->no <= listed ? search_unlist(tx, d->no, d->terms)
                                    : store_run(tx, "insert into search_gone (no, town, terms) values ($1, $2, $3)",
                                                ARGS(INT(d->no), TEXT(store_town(tx)), TEXT(d->terms)), NULL);
    return unlisted && store_run(tx, "delete from search_doc where no = $1", ARGS(INT(d->no)), NULL);
}

/* The ends of list and tail. A part that is undone leaves a gap of numbers. */
[[nodiscard]] static bool docs_know(struct tx *tx)
{
    struct known *k = tx->inside->known;
    bool found;
    if (!k->docs && (!search_listed(tx, &k->listed) ||
                     !store_int(tx, /* no number is given twice while the list may have entries of it */
                                "select coalesce(max(no), 0) from"
                                " (select max(no) as no from search_doc union all select max(no) from search_gone) x",
                                ARGS(), &k->last_doc, &found)))
        return false;
    k->docs = true;
    return true;
}

[[nodiscard]] static bool put(struct tx *tx, str ledger, id record, id group, str title,
                              const struct search_term *terms, size_t count, bool fresh)
{
    struct known *k = tx->inside->known;
    struct doc old = {0}, now = {.title = title, .terms = terms_write(tx->op, terms, count)};
    if (!scope_no(tx, ledger, &group, &now.scope) || !docs_know(tx) || (!fresh && !doc_find(tx, ledger, record, &old)))
        return false;
    if (old.no && old.scope == now.scope && str_eq(old.title, title) && str_eq(old.terms, now.terms))
        return true;
    if (old.no && !doc_remove(tx, &old, k->listed))
        return false;
    now.no = k->last_doc = (k->last_doc > k->listed ? k->last_doc : k->listed) + 1; /* always in the tail */
    tx->inside->tail_grown++;
    if (tx->kind == TX_BULK && !tx->inside->crowd_from)
        tx->inside->crowd_from = now.no;
    static const struct later row = {
        .sql = "insert into search_doc (no, town, ledger, record, scope, title, terms)"
               " values ($1, $2, $3, $4, $5, $6, $7)",
        .is_row = true,
    };
    return tx_later(
        tx, &row,
        ARGS(INT(now.no), TEXT(store_town(tx)), TEXT(ledger), ID(record), INT(now.scope), TEXT(title),
             TEXT(now.terms)));
}

static bool put_marked(struct tx *tx, str ledger, id record, id group, str title, const struct search_term *terms,
                       size_t count, bool fresh)
{
    must(count <= SEARCH_TERMS_MAX && !id_none(record));
    struct mark mark = op_mark(tx->op);
    bool done = put(tx, ledger, record, group, title, terms, count, fresh);
    op_reset(tx->op, mark);
    return done;
}

bool search_put(struct tx *tx, str ledger, id record, id group, str title, const struct search_term *terms,
                size_t count)
{
    return put_marked(tx, ledger, record, group, title, terms, count, false);
}

bool search_add(struct tx *tx, str ledger, id record, id group, str title, const struct search_term *terms,
                size_t count)
{
    return put_marked(tx, ledger, record, group, title, terms, count, true);
}

bool search_crowd_note(struct tx *tx)
{
    const struct known *k = tx->inside->known;
    int64_t from = tx->inside->crowd_from;
    tx->inside->crowd_from = 0;
    return !from || !k->docs || k->last_doc - from < SEARCH_TAIL_MAX ||
           store_run(tx, "insert into search_crowd (first, town, last) values ($1, $2, $3)",
                     ARGS(INT(from), TEXT(store_town(tx)), INT(k->last_doc)), NULL);
}

bool search_remove(struct tx *tx, str ledger, id record)
{
    struct mark mark = op_mark(tx->op);
    struct doc old;
    int64_t listed;
    bool done =
        search_listed(tx, &listed) && doc_find(tx, ledger, record, &old) && (old.no == 0 || doc_remove(tx, &old, listed));
    op_reset(tx->op, mark);
    return done;
}

bool search_clear(struct tx *tx)
{
    tx->inside->known->docs = false;
    return store_run(tx, "delete from search_term", ARGS(), NULL) &&
           store_run(tx, "delete from search_doc", ARGS(), NULL) &&
           store_run(tx, "delete from search_state", ARGS(), NULL) &&
           store_run(tx, "delete from search_gone", ARGS(), NULL) &&
           store_run(tx, "delete from search_crowd", ARGS(), NULL) &&
           store_run(tx, "delete from store_due", ARGS(), NULL); /* whoever clears it puts everything anew */
}

/* ---- finding ----------------------------------------------------------------------------------------------- */

struct finding {
    struct tx *tx;
    const struct search_query *q;
    int enough;                 /* hits to keep, the best first; the list is in good order and read no further */
    str words[WORDS_MAX];       /* the longest first: it is the one looked for in the list */
    size_t word_count;
    uint8_t *allowed;           /* by scope number: 0 no, else 1 + its order */
    int64_t scope_count;
    struct search_hit *hits;
    int64_t *docs;
    int count, fetched;
    int below;                  /* 0: all scopes are looked for, else those of the orders before it, */
    int most, of_order[SEARCH_ORDERS]; /* of each as many at most; so many have been found */
};

/* 0 no, else 1 + its order. */
static uint8_t scope_shown(const struct search_query *q, str ledger, id group)
{
    for (size_t i = 0; i < q->scope_count; i++) {
        const struct search_scope *s = &q->scopes[i];
        if (!str_eq(s->ledger, ledger))
            continue;
        bool shown = s->whole_town;
        for (size_t k = 0; !shown && k < s->group_count; k++)
            shown = id_eq(s->groups[k], group);
        must(s->order >= 0 && s->order < SEARCH_ORDERS);
        if (shown)
            return (uint8_t)(1 + s->order);
    }
    return 0;
}

[[nodiscard]] static bool scopes_read(struct finding *f)
{
    struct rows *rows;
    bool found;
    if (!store_int(f->tx, "select coalesce(max(no), 0) + 1 from search_scope", ARGS(), &f->scope_count, &found))
        return false;
    f->allowed = op_array(f->tx->op, uint8_t, (size_t)f->scope_count);
    if (!store_query(f->tx, "select no, ledger, grp from search_scope where town = $1", ARGS(TEXT(store_town(f->tx))),
                     &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        int64_t no = rows_int(rows, 0);
        if (no > 0 && no < f->scope_count)
            f->allowed[no] = scope_shown(f->q, rows_peek(rows, 1), rows_id(rows, 2));
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

static bool term_has(enum search_kind kind, str term, str word)
{
    size_t at;
    return str_starts(term, word) || (kind == SEARCH_TEXT && str_find(term, word, &at)) ||
           (kind == SEARCH_TAIL && str_ends(term, word));
}

/* 0 equal, 1 beginning, 2 inside or tail. ma is 马 before it is 孟安: whoever means initials types what is no syllable. A part of
 * a name never stands before a whole one. */
enum { RANK_INITIALS = 3, RANK_LATER = 5, RANK_NONE };
static int term_rank(enum search_kind kind, str term, str word)
{
    int rank = str_eq(term, word) ? 0 : str_starts(term, word) ? 1 : 2;
    return kind == SEARCH_LATER ? RANK_LATER : kind == SEARCH_INITIALS ? RANK_INITIALS + rank : rank;
}

/* Every word must match some term; *ret is the best one for the first word. Nearly every record of a tail has not even the
 * characters: these are passed over without taking the terms apart. */
static bool doc_matches(const struct finding *f, str terms, struct search_hit *ret)
{
    size_t at;
    for (size_t i = 0; i < f->word_count; i++)
        if (!str_find(terms, f->words[i], &at))
            return false;
    for (size_t i = 0; i < f->word_count; i++) {
        bool matched = false;
        int best = RANK_NONE;
        enum search_kind kind;
        str term;
        for (str rest = terms; term_take(&rest, &kind, &term);) {
            if (!term_has(kind, term, f->words[i]))
                continue;
            matched = true;
            int rank = term_rank(kind, term, f->words[i]);
            if (i == 0 && rank < best) {
                best = rank;
                ret->rank = rank;
                ret->kind = kind;
                ret->matched = term;
            }
        }
        if (!matched)
            return false;
    }
    return true;
}

static bool already(const struct finding *f, int64_t doc)
{
    for (int i = 0; i < f->count; i++)
        if (f->docs[i] == doc)
            return true;
    return false;
}

static bool scope_allowed(const struct finding *f, int64_t scope)
{
    return scope > 0 && scope < f->scope_count && f->allowed[scope];
}

static bool scope_wanted(const struct finding *f, int64_t scope)
{
    return scope_allowed(f, scope) &&
           (!f->below || (f->allowed[scope] <= f->below && f->of_order[f->allowed[scope] - 1] < f->most));
}

/* By rank; then by the order of what is searched; then the shorter, then by its characters,
 * then the older. */
static bool better(const struct search_hit *x, int64_t x_doc, const struct search_hit *y, int64_t y_doc)
{
    if (x->rank != y->rank)
        return x->rank < y->rank;
    if (x->order != y->order)
        return x->order < y->order;
    if (x->matched.n != y->matched.n)
        return x->matched.n < y->matched.n;
    int order = str_cmp(x->matched, y->matched);
    return order ? order < 0 : x_doc < y_doc;
}

/* Takes the row's record into its place among the hits if it matches, is among the best, and may be shown.
 * Columns: no, ledger, record, title, terms, scope. */
static bool row_try(struct finding *f, const struct rows *rows)
{
    struct search_hit hit = {0};
    int64_t doc = rows_int(rows, 0), scope = rows_int(rows, 5);
    if (!scope_allowed(f, scope))
        return false;
    hit.order = f->allowed[scope] - 1;
    bool full = f->count == f->enough;
    if (!doc_matches(f, rows_peek(rows, 4), &hit) ||
        (full && !better(&hit, doc, &f->hits[f->count - 1], f->docs[f->count - 1])))
        return false; /* before anything is copied or asked */
    hit.ledger = rows_text(rows, 1);
    hit.record = rows_id(rows, 2);
    hit.title = rows_text(rows, 3);
    hit.matched = op_copy(f->tx->op, hit.matched);
    if (f->q->keep && !f->q->keep(f->q->context, &hit))
        return false;
    int at = full ? f->count - 1 : f->count++;
    for (; at > 0 && better(&hit, doc, &f->hits[at - 1], f->docs[at - 1]); at--) {
        f->hits[at] = f->hits[at - 1];
        f->docs[at] = f->docs[at - 1];
    }
    f->hits[at] = hit;
    f->docs[at] = doc;
    return true;
}

[[nodiscard]] static bool doc_try(struct finding *f, int64_t doc)
{
    struct op *op = f->tx->op;
    struct mark mark = op_mark(op);
    struct rows *rows;
    bool found;
    f->fetched++;
    if (!store_query(f->tx, "select no, ledger, record, title, terms, scope from search_doc where no = $1", ARGS(INT(doc)),
                     &rows) ||
        !rows_next(rows, &found))
        return false;
    if (!found || !row_try(f, rows))
        op_reset(op, mark);
    else
        rows_close(rows);
    return true;
}

/* Of the tail what is after `from` up to `to`, at most *left. The oldest first: of equally good ones it stays, and the others need not
 * be asked about. */
[[nodiscard]] static bool tail_part(struct finding *f, int64_t from, int64_t to, int64_t *left)
{
    struct rows *rows;
    bool found;
    if (from >= to || *left <= 0)
        return true;
    if (!store_query(f->tx, "select no, ledger, record, title, terms, scope from search_doc where no > $1 and no <= $2 order by no"
                     " limit $3", ARGS(INT(from), INT(to), INT(*left)), &rows) ||
        !rows_next(rows, &found))
        return false;
    for (; found; --*left) {
        struct mark mark = op_mark(f->tx->op);
        if (!row_try(f, rows))
            op_reset(f->tx->op, mark);
        if (!rows_next(rows, &found))
            return false;
    }
    rows_close(rows);
    return true;
}

/* While very many are being brought in, what people save stands between them, and is looked for first: the newest. */
[[nodiscard]] static bool singles_read(struct finding *f, int64_t from, int64_t to)
{
    struct rows *rows;
    int64_t left = SCAN_MAX;
    bool found;
    if (!store_query(f->tx, "select first, last from search_crowd where town = $1 and last > $2 and first <= $3 order by first desc",
                     ARGS(TEXT(store_town(f->tx)), INT(from), INT(to)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        int64_t first = rows_int(rows, 0), last = rows_int(rows, 1);
        if (!tail_part(f, last, to, &left) || !rows_next(rows, &found))
            return false;
        to = first - 1 < to ? first - 1 : to;
    }
    return tail_part(f, from, to, &left);
}

/* What was saved lately: all of it, for the best may be the oldest. Of more than SCAN_MAX, which is what a large import brings, some of
 * the newest, and those before them that came singly. */
[[nodiscard]] static bool tail_read(struct finding *f)
{
    int64_t listed, last, left = SCAN_MAX;
    bool found;
    if (!search_listed(f->tx, &listed) || !store_int(f->tx, "select coalesce(max(no), 0) from search_doc", ARGS(), &last, &found))
        return false;
    int64_t from = last - listed > SCAN_MAX ? last - NEWEST_MAX : listed;
    return (from == listed || singles_read(f, listed, from)) && tail_part(f, from, last, &left);
}

/* The list is one order of terms for everybody: what is not wanted is passed over. */
[[nodiscard]] static bool range_read(struct finding *f, int kind, str from)
{
    struct rows *rows;
    bool found;
    str to = op_join(f->tx->op, (const str[]){from, S("\xF4\x8F\xBF\xBF")}, 2,
                     S("")); /* above every character that follows */
    if (!store_query(f->tx,
                     "select doc, scope from search_term where kind = $1 and term >= $2 and term < $3"
                     " order by kind, term, doc limit $4",
                     ARGS(INT(kind), TEXT(from), TEXT(to), INT(f->below ? PASSED_MAX : SCAN_MAX)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found && f->count < f->enough && f->fetched < FETCH_MAX) {
        int64_t doc = rows_int(rows, 0), scope = rows_int(rows, 1);
        int before = f->count;
        if (scope_wanted(f, scope) && !already(f, doc) && !doc_try(f, doc))
            return false;
        if (f->count > before)
            f->of_order[f->allowed[scope] - 1]++;
        if (!rows_next(rows, &found))
            return false;
    }
    rows_close(rows);
    return true;
}

[[nodiscard]] static bool kinds_read(struct finding *f)
{
    static const int best_first[] = {0, 1, 2, 4, 3};
    static_assert(COUNT(best_first) == SEARCH_LISTS, "every list is read");
    for (size_t i = 0; i < COUNT(best_first) && f->count < f->enough; i++)
        if (!range_read(f, best_first[i], cut(best_first[i] == 2 ? backwards(f->tx->op, f->words[0]) : f->words[0])))
            return false;
    return true;
}

static int order_worst(const struct finding *f)
{
    int worst = 0;
    for (int i = 0; i < f->count; i++)
        worst = f->hits[i].order > worst ? f->hits[i].order : worst;
    return worst;
}

/* The words of what was typed, the longest first. */
static size_t words_split(struct op *op, str typed, str words[WORDS_MAX])
{
    size_t count = 0;
    typed = str_part(typed, 0, utf8_skip(typed, TYPED_CODES_MAX));
    for (str rest = fold(op, typed), word; rest.n && count < WORDS_MAX;) {
        str_split(rest, ' ', &word, &rest);
        if (word.n == 0)
            continue;
        words[count++] = word;
        if (word.n > words[0].n) {
            words[count - 1] = words[0];
            words[0] = word;
        }
    }
    return count;
}

bool search_matches(struct op *op, const struct search_term *terms, size_t count, str typed, size_t *ret_term)
{
    str words[WORDS_MAX];
    size_t word_count = words_split(op, typed, words);
    for (size_t i = 0; i < word_count; i++) {
        int best = RANK_NONE;
        for (size_t k = 0; k < count; k++) {
            str term = fold(op, terms[k].text);
            if (!term_has(terms[k].kind, term, words[i]))
                continue;
            int rank = term_rank(terms[k].kind, term, words[i]);
            if (i == 0 && rank < best)
                *ret_term = k;
            best = rank < best ? rank : best;
        }
        if (best == RANK_NONE)
            return false;
    }
    return word_count > 0;
}

bool search_find(struct tx *tx, const struct search_query *q, struct search_hit **ret, size_t *ret_count)
{
    struct op *op = tx->op;
    must(q->limit >= 0 && q->limit <= SEARCH_LIMIT_MAX);
    int limit = q->limit ? q->limit : 50;
    struct finding f = {.tx = tx, .q = q, .enough = limit};
    f.word_count = words_split(op, q->typed, f.words);
    f.hits = op_array(op, struct search_hit, (2 + SEARCH_ORDERS) * (size_t)limit);
    f.docs = op_array(op, int64_t, (2 + SEARCH_ORDERS) * (size_t)limit);
    if (f.word_count && (!scopes_read(&f) || !tail_read(&f)))
        return false;
    f.enough = f.count + limit; /* what is new does not crowd out what matches better */
    if (f.word_count && !kinds_read(&f))
        return false;
    f.below = order_worst(&f);
    if (f.below) { /* nor do many of a larger order crowd out the few */
        memset(f.of_order, 0, sizeof f.of_order);
        f.most = limit;
        f.enough = f.count + f.below * limit;
        if (!kinds_read(&f))
            return false;
    }
    *ret = f.hits;
    *ret_count = (size_t)(f.count < limit ? f.count : limit);
    return true;
}
