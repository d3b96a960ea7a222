/* Search as you type: a sorted list of beginnings.
 *
 *     kind 0  every term from its beginning          张三丰  zhangsanfeng  zsf  152524198703050018
 *     kind 1  a TEXT term from each later character  三丰  丰
 *     kind 2  a TAIL term read backwards             810050307891425251
 *
 * So what was typed is always looked for as a beginning, in one range of the list, best kind first, and reading stops when
 * there are enough. The scope number stands for (town, ledger, group), so that what a person may not see is passed over without
 * fetching it. */
#include "store/inside.h"

enum {
    TERM_CODES_MAX = 24,    /* characters kept in the list; a longer typed word is compared with the whole terms */
    WORDS_MAX = 6,          /* typed words */
    TYPED_CODES_MAX = 64,   /* characters that are looked at */
    SCAN_MAX = 20000,       /* list entries read per kind: bounds the worst keystroke */
    FETCH_MAX = 4000,       /* records fetched to compare further words */
    KINDS = 3,
};

bool search_setup(struct tx *tx)
{
    static const char *const steps[] = {
        "create table search_scope (no integer not null primary key, town text not null, ledger text not null, grp blob not null)",
        "create table search_doc (no integer not null primary key, town text not null, ledger text not null, record blob not null,"
        " scope integer not null, title text not null, terms text not null)",
        "create unique index search_doc_record on search_doc (record, ledger)",
    };
    bool found;
    int64_t any;
    if (!store_int(tx, "select 1 from store_schema where room = 'search'", ARGS(), &any, &found))
        return false;
    str sql = op_text(tx->op,
                      "create table search_term (kind integer not null, term text not null, doc integer not null, scope integer not null,"
                      " primary key (kind, term, doc))%s", store_engine_of(tx->store)->keyed_end);
    return (found || store_run(tx, sql.p, ARGS(), NULL)) && store_schema(tx, S("search"), steps, COUNT(steps));
}

/* ---- words ------------------------------------------------------------------------------------------------- */

/* Full-width forms and letters' case do not matter; the dots in Mongolian and Uyghur names are one dot; white space and
 * control characters become a space. */
static str fold(struct op *op, str s)
{
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
static const char letters[] = {[SEARCH_TEXT] = 'T', [SEARCH_WORD] = 'W', [SEARCH_TAIL] = 'I'};

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
    *ret_kind = line.n && line.p[0] == 'T' ? SEARCH_TEXT : line.n && line.p[0] == 'W' ? SEARCH_WORD : SEARCH_TAIL;
    *ret = str_part(line, 1, line.n);
    return true;
}

/* ---- keeping ----------------------------------------------------------------------------------------------- */

static const char entry_add[] = "insert into search_term (kind, term, doc, scope) values ($1, $2, $3, $4) on conflict do nothing";
static const char entry_remove[] = "delete from search_term where kind = $1 and term = $2 and doc = $3";

[[nodiscard]] static bool entry(struct tx *tx, bool add, int kind, str term, int64_t doc, int64_t scope)
{
    return store_run(tx, add ? entry_add : entry_remove,
                     store_args((const struct arg[]){INT(kind), TEXT(cut(term)), INT(doc), INT(scope)}, add ? 4 : 3), NULL);
}

[[nodiscard]] static bool entries(struct tx *tx, bool add, str terms, int64_t doc, int64_t scope)
{
    enum search_kind kind;
    str term;
    while (term_take(&terms, &kind, &term)) {
        if (!entry(tx, add, 0, term, doc, scope))
            return false;
        if (kind == SEARCH_TEXT)
            for (str rest = term; utf8_next(&rest), rest.n;)
                if (rest.p[0] != ' ' && !entry(tx, add, 1, rest, doc, scope))
                    return false;
        if (kind == SEARCH_TAIL && !entry(tx, add, 2, backwards(tx->op, term), doc, scope))
            return false;
    }
    return true;
}

static struct arg group_arg(const id *group)
{
    return BLOB(((str){(const char *)group->b, sizeof group->b}));
}

[[nodiscard]] static bool scope_no(struct tx *tx, str ledger, const id *group, int64_t *ret)
{
    bool found = false; /* also when asking fails */
    struct args which = ARGS(TEXT(ledger), group_arg(group));
    if (!store_int(tx, "select no from search_scope where ledger = $1 and grp = $2", which, ret, &found) || found)
        return found;
    return store_run(tx, "insert into search_scope (no, town, ledger, grp) select coalesce(max(no), 0) + 1, $1, $2, $3 from search_scope",
                     ARGS(TEXT(store_town(tx)), TEXT(ledger), group_arg(group)), NULL) &&
           store_int(tx, "select no from search_scope where ledger = $1 and grp = $2", which, ret, &found);
}

[[nodiscard]] static bool doc_remove(struct tx *tx, str ledger, id record, str title, str terms, int64_t scope, int64_t *ret_doc, bool *ret_same)
{
    struct rows *rows;
    bool found;
    *ret_same = false;
    *ret_doc = 0;
    if (!store_query(tx, "select no, title, terms, scope from search_doc where record = $1 and ledger = $2", ARGS(ID(record), TEXT(ledger)), &rows) ||
        !rows_next(rows, &found))
        return false;
    if (!found)
        return true;
    *ret_doc = rows_int(rows, 0);
    *ret_same = str_eq(rows_peek(rows, 1), title) && str_eq(rows_peek(rows, 2), terms) && rows_int(rows, 3) == scope;
    str old = rows_text(rows, 2);
    rows_close(rows);
    return *ret_same || entries(tx, false, old, *ret_doc, 0);
}

[[nodiscard]] static bool put(struct tx *tx, str ledger, id record, id group, str title, const struct search_term *terms, size_t count)
{
    str kept = terms_write(tx->op, terms, count);
    int64_t scope, doc;
    bool same = false, found;
    if (!scope_no(tx, ledger, &group, &scope) || !doc_remove(tx, ledger, record, title, kept, scope, &doc, &same) || same)
        return same; /* nothing to do */
    if (doc) {
        if (!store_run(tx, "update search_doc set scope = $1, title = $2, terms = $3 where no = $4",
                       ARGS(INT(scope), TEXT(title), TEXT(kept), INT(doc)), NULL))
            return false;
    } else if (!store_int(tx, "select coalesce(max(no), 0) + 1 from search_doc", ARGS(), &doc, &found) ||
               !store_run(tx, "insert into search_doc (no, town, ledger, record, scope, title, terms) values ($1, $2, $3, $4, $5, $6, $7)",
                          ARGS(INT(doc), TEXT(store_town(tx)), TEXT(ledger), ID(record), INT(scope), TEXT(title), TEXT(kept)), NULL)) {
        return false;
    }
    return entries(tx, true, kept, doc, scope);
}

bool search_put(struct tx *tx, str ledger, id record, id group, str title, const struct search_term *terms, size_t count)
{
    must(count <= SEARCH_TERMS_MAX && !id_none(record));
    struct mark mark = op_mark(tx->op);
    bool done = put(tx, ledger, record, group, title, terms, count);
    op_reset(tx->op, mark);
    return done;
}

bool search_remove(struct tx *tx, str ledger, id record)
{
    int64_t doc;
    bool same;
    return doc_remove(tx, ledger, record, S(""), S(""), -1, &doc, &same) &&
           store_run(tx, "delete from search_doc where no = $1", ARGS(INT(doc)), NULL);
}

bool search_clear(struct tx *tx)
{
    return store_run(tx, "delete from search_term", ARGS(), NULL) && store_run(tx, "delete from search_doc", ARGS(), NULL);
}

/* ---- finding ----------------------------------------------------------------------------------------------- */

struct finding {
    struct tx *tx;
    const struct search_query *q;
    int limit;
    str words[WORDS_MAX];       /* the longest first: it is the one looked for in the list */
    size_t word_count;
    bool *allowed;              /* by scope number */
    int64_t scope_count;
    struct search_hit *hits;
    int64_t *docs;
    int count, fetched;
};

static bool scope_shown(const struct search_query *q, str ledger, id group)
{
    for (size_t i = 0; i < q->scope_count; i++) {
        const struct search_scope *s = &q->scopes[i];
        if (!str_eq(s->ledger, ledger))
            continue;
        bool shown = s->whole_town;
        for (size_t k = 0; !shown && k < s->group_count; k++)
            shown = id_eq(s->groups[k], group);
        if (shown)
            return true;
    }
    return false;
}

[[nodiscard]] static bool scopes_read(struct finding *f)
{
    struct rows *rows;
    bool found;
    if (!store_int(f->tx, "select coalesce(max(no), 0) + 1 from search_scope", ARGS(), &f->scope_count, &found))
        return false;
    f->allowed = op_array(f->tx->op, bool, (size_t)f->scope_count);
    if (!store_query(f->tx, "select no, ledger, grp from search_scope where town = $1", ARGS(TEXT(store_town(f->tx))), &rows) ||
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
    return str_starts(term, word) || (kind == SEARCH_TEXT && str_find(term, word, &at)) || (kind == SEARCH_TAIL && str_ends(term, word));
}

/* Every word must match some term; *ret is the best one for the first word. */
static bool doc_matches(const struct finding *f, str terms, struct search_hit *ret)
{
    for (size_t i = 0; i < f->word_count; i++) {
        bool matched = false;
        int best = 3;
        enum search_kind kind;
        str term;
        for (str rest = terms; term_take(&rest, &kind, &term);) {
            if (!term_has(kind, term, f->words[i]))
                continue;
            matched = true;
            int rank = str_eq(term, f->words[i]) ? 0 : str_starts(term, f->words[i]) ? 1 : 2;
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

[[nodiscard]] static bool doc_try(struct finding *f, int64_t doc)
{
    struct op *op = f->tx->op;
    struct mark mark = op_mark(op);
    struct rows *rows;
    bool found;
    f->fetched++;
    if (!store_query(f->tx, "select ledger, record, title, terms from search_doc where no = $1", ARGS(INT(doc)), &rows) || !rows_next(rows, &found))
        return false;
    struct search_hit hit = {0};
    if (found)
        hit = (struct search_hit){.ledger = rows_text(rows, 0), .record = rows_id(rows, 1), .title = rows_text(rows, 2)};
    if (!found || !doc_matches(f, rows_text(rows, 3), &hit) || (f->q->keep && !f->q->keep(f->q->context, &hit))) {
        op_reset(op, mark);
        return true;
    }
    rows_close(rows);
    f->docs[f->count] = doc;
    f->hits[f->count++] = hit;
    return true;
}

[[nodiscard]] static bool range_read(struct finding *f, int kind, str from)
{
    struct rows *rows;
    bool found;
    str to = op_join(f->tx->op, (const str[]){from, S("\xF4\x8F\xBF\xBF")}, 2, S("")); /* above every character that follows */
    if (!store_query(f->tx, "select doc, scope from search_term where kind = $1 and term >= $2 and term < $3 order by kind, term, doc",
                     ARGS(INT(kind), TEXT(from), TEXT(to)), &rows) ||
        !rows_next(rows, &found))
        return false;
    for (int scanned = 0; found && f->count < f->limit && scanned < SCAN_MAX && f->fetched < FETCH_MAX; scanned++) {
        int64_t doc = rows_int(rows, 0), scope = rows_int(rows, 1);
        if (scope > 0 && scope < f->scope_count && f->allowed[scope] && !already(f, doc) && !doc_try(f, doc))
            return false;
        if (!rows_next(rows, &found))
            return false;
    }
    rows_close(rows);
    return true;
}

bool search_find(struct tx *tx, const struct search_query *q, struct search_hit **ret, size_t *ret_count)
{
    struct op *op = tx->op;
    must(q->limit >= 0 && q->limit <= SEARCH_LIMIT_MAX);
    struct finding f = {.tx = tx, .q = q, .limit = q->limit ? q->limit : 50};
    str typed = str_part(q->typed, 0, utf8_skip(q->typed, TYPED_CODES_MAX));
    for (str rest = fold(op, typed), word; rest.n && f.word_count < WORDS_MAX;) {
        str_split(rest, ' ', &word, &rest);
        if (word.n == 0)
            continue;
        f.words[f.word_count++] = word;
        if (word.n > f.words[0].n) {
            f.words[f.word_count - 1] = f.words[0];
            f.words[0] = word;
        }
    }
    f.hits = op_array(op, struct search_hit, (size_t)f.limit);
    f.docs = op_array(op, int64_t, (size_t)f.limit);
    if (f.word_count && !scopes_read(&f))
        return false;
    for (int kind = 0; f.word_count && kind < KINDS && f.count < f.limit; kind++)
        if (!range_read(&f, kind, cut(kind == 2 ? backwards(op, f.words[0]) : f.words[0])))
            return false;
    for (int i = 1; i < f.count; i++) /* best first; equal ones stay as found */
        for (int k = i; k > 0 && f.hits[k].rank < f.hits[k - 1].rank; k--) {
            struct search_hit other = f.hits[k];
            f.hits[k] = f.hits[k - 1];
            f.hits[k - 1] = other;
        }
    *ret = f.hits;
    *ret_count = (size_t)f.count;
    return true;
}
