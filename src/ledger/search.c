/* Search: what a record is found by, and finding it. The index of store knows all that was written; what a person may
 * not see is taken out of the hits here, record by record, so that it cannot be found by guessing either. */
#include "ledger/check_kinds.h"
#include "ledger/inner.h"

enum {
    SPELLINGS_MAX = 12,       /* of one value: six readings, in full and by initials */
    NOTE_CODES_MAX = 40,
};

/* ---- what a record is found by ----------------------------------------------------------------------------------- */

static const enum search_kind found_as[F_TYPES] = { /* the others: text */
    [F_CITIZEN_ID] = SEARCH_TAIL, [F_CREDIT_CODE] = SEARCH_TAIL, [F_PHONE] = SEARCH_TAIL, [F_BANK_CARD] = SEARCH_TAIL,
    [F_CODE] = SEARCH_TAIL,       [F_SERIAL] = SEARCH_TAIL,
};

struct terms {
    struct row *row;
    struct search_term *list;
    int *fields;
    size_t count;
};

static void term_add(struct terms *t, int field, enum search_kind kind, str text)
{
    if (text.n == 0 || t->count == SEARCH_TERMS_MAX)
        return;
    t->list[t->count] = (struct search_term){kind, text};
    t->fields[t->count++] = field;
}

static void spellings_add(struct terms *t, int field, enum search_kind kind, str text)
{
    struct spelling spellings[SPELLINGS_MAX];
    size_t count = nearby_pinyin(t->row->tx, t->row->plan->town, text, spellings, COUNT(spellings));
    for (size_t i = 0; i < count; i++) {
        const struct spelling *s = &spellings[i];
        if (!str_eq(s->text, text) && (kind == SEARCH_WORD || s->text.n > 1)) /* one initial alone is everybody's */
            term_add(t, field, kind == SEARCH_WORD && s->initials ? SEARCH_INITIALS : kind, s->text);
    }
}

/* Of a masked value only what is shown: a piece between stars is no whole name. */
static void piece_add(struct terms *t, int field, str piece, bool whole)
{
    const struct plan *p = t->row->plan;
    const struct field *f = &p->def.fields[field];
    term_add(t, field, found_as[f->value], piece);
    if (f->value != F_TEXT && f->value != F_ENUM)
        return;
    spellings_add(t, field, SEARCH_WORD, piece);
    str given = whole && field_names_somebody(f->name) ? pinyin_given(p->town, piece) : S("");
    if (given.n)
        spellings_add(t, field, SEARCH_LATER, given);
}

/* Of a masked value only the pieces between the stars: 1522**********1234 is found by 1522 and by 34, not by what is
 * hidden. */
static void pieces_add(struct terms *t, int field, str shown)
{
    for (str piece; shown.n;) {
        str_split(shown, '*', &piece, &shown);
        piece_add(t, field, piece, false);
    }
}

static void field_add(struct terms *t, const struct field *f)
{
    struct row *row = t->row;
    struct op *op = row->tx->op;
    int i = field_index(row->plan, f);
    struct arg cell = row_cell(row, f);
    if (cell.kind == ARG_NULL || cell.kind == ARG_ID)
        return; /* a record referred to is found by itself */
    bool masked = row->masked && row->masked[i];
    if (masked)
        cell = cell_masked(op, f, cell);
    if (masked && cell.kind != ARG_NULL)
        pieces_add(t, i, cell_text(op, f, cell));
    else if (!masked)
        piece_add(t, i, cell_text(op, f, cell), true);
}

size_t searched_fields(const struct ledger *l, const str **ret)
{
    *ret = l->search_count ? l->search_fields : l->keys;
    return l->search_count ? l->search_count : l->key_count;
}

/* at most SEARCH_TERMS_MAX; fields[i] made terms[i] */
static size_t row_terms(struct row *row, struct search_term *terms, int *fields)
{
    const struct ledger *l = &row->plan->def;
    struct terms t = {.row = row, .list = terms, .fields = fields};
    const str *names;
    size_t count = searched_fields(l, &names);
    for (size_t i = 0; i < count; i++)
        field_add(&t, ledger_field(l, names[i]));
    return t.count;
}

bool row_searchable(struct row *row, bool fresh)
{
    must(!row->masked);
    struct search_term terms[SEARCH_TERMS_MAX];
    int fields[SEARCH_TERMS_MAX];
    struct arg group = row->cells[row->plan->group_column];
    size_t count = row_terms(row, terms, fields);
    id where = group.kind == ARG_ID ? group.id : (id){0};
    bool (*keep)(struct tx *, str, id, id, str, const struct search_term *, size_t) = fresh ? search_add : search_put;
    return keep(row->tx, row->plan->def.english, row->record, where, row_title(row), terms, count);
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

struct looking {
    struct tx *tx;
    struct map rights;        /* English name -> struct looked */
    str typed;
    bool knows;               /* a whole number finds, though covered */
    bool failed;
};

struct looked {
    const struct plan *plan;
    struct right right;
    bool covers;              /* some field is masked */
};

/* Which field the words match, as this person sees the row. */
static bool row_matches(struct row *row, str typed, int *ret_field)
{
    struct search_term terms[SEARCH_TERMS_MAX];
    int fields[SEARCH_TERMS_MAX];
    size_t count = row_terms(row, terms, fields), best = 0;
    if (!search_matches(row->tx->op, terms, count, typed, &best))
        return false;
    *ret_field = fields[best];
    return true;
}

/* A citizen's number as it is kept; empty: what was typed is none. */
static str whole_number(struct op *op, str typed)
{
    struct checked number;
    int faults = op->fault_count;
    bool whole = check_form(op, S("citizen-id"), typed, &number);
    op_forgive(op, faults);
    return whole ? number.text : S("");
}

/* Whoever types a whole citizen's number knows it already: it finds whom it belongs to although it is covered, and nothing
 * shorter does. What was found so leaves a trace (record_known). */
static bool row_known(struct row *row, str typed, int *ret_field)
{
    struct op *op = row->tx->op;
    const str *names;
    size_t count = searched_fields(&row->plan->def, &names);
    str number = whole_number(op, typed);
    for (size_t i = 0; number.n && i < count; i++) {
        const struct field *f = ledger_field(&row->plan->def, names[i]);
        int at = field_index(row->plan, f);
        struct arg cell = row_cell(row, f);
        if (f->value != F_CITIZEN_ID || !row->masked || !row->masked[at] || cell.kind == ARG_NULL ||
            !str_eq(cell_text(op, f, cell), number))
            continue;
        *ret_field = at;
        return true;
    }
    return false;
}

/* zhang san and xi'an are typed for zhangsan and xian. Empty: there are other characters in it. */
static str letters_joined(struct op *op, str typed)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < typed.n; i++) {
        char c = typed.p[i];
        if (c == ' ' || c == '\'')
            continue;
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return S("");
        buf_byte(&b, c);
    }
    return b.n < typed.n ? buf_str(&b) : S("");
}

bool row_found(struct row *row, str typed)
{
    int field;
    str letters = letters_joined(row->tx->op, typed);
    return row_matches(row, typed, &field) || (letters.n && row_matches(row, letters, &field));
}

/* A hit stays if the record is within the right, and what is shown of it still matches. */
static bool hit_keep(void *context, const struct search_hit *hit)
{
    struct looking *looking = context;
    const struct looked *l = map_get(&looking->rights, hit->ledger);
    bool holds = true;
    if (looking->failed || !l)
        return false;
    if (l->covers) {
        struct row row;
        bool found;
        int field;
        row_init(&row, looking->tx, l->plan);
        row.masked = l->right.masked;
        if (!row_load(&row, hit->record, &found)) {
            looking->failed = true;
            return false;
        }
        if (!found || !(row_matches(&row, looking->typed, &field) || (looking->knows && row_known(&row, looking->typed, &field))))
            return false;
    }
    if (!l->right.all && !right_holds(looking->tx, l->plan, &l->right, hit->record, &holds))
        looking->failed = true;
    return holds && !looking->failed;
}

static bool look(struct looking *looking, const struct search_query *q, struct search_hit **ret, size_t *ret_count)
{
    looking->typed = q->typed;
    return search_find(looking->tx, q, ret, ret_count) && !looking->failed;
}

bool search_hits(struct tx *tx, const struct who *who, const struct plan *const *plans, size_t count, str typed,
                 int limit, bool knows, struct hits *ret)
{
    struct op *op = tx->op;
    struct looking looking = {.tx = tx, .knows = knows};
    struct search_scope *scopes = op_array(op, struct search_scope, count);
    struct search_query q = {
        .typed = letters_joined(op, typed), .scopes = scopes, .limit = limit, .keep = hit_keep, .context = &looking};
    *ret = (struct hits){0};
    map_init(&looking.rights, op);
    for (size_t i = 0; i < count; i++) {
        struct looked *l = op_new(op, struct looked);
        l->plan = plans[i];
        if (!right_ask(op, who, plans[i], ACT_READ, &l->right))
            continue;
        if (!right_scope(tx, who, plans[i], ACT_READ, &scopes[q.scope_count++]))
            return false;
        for (size_t f = 0; f < plans[i]->def.field_count; f++)
            l->covers = l->covers || l->right.masked[f];
        map_put(&looking.rights, plans[i]->def.english, l);
    }
    if (q.typed.n && !look(&looking, &q, &ret->p, &ret->n))
        return false;
    if (ret->n == 0) {
        q.typed = typed;
        if (!look(&looking, &q, &ret->p, &ret->n))
            return false;
    }
    ret->plans = op_array(op, const struct plan *, ret->n);
    ret->fields = op_array(op, int, ret->n);
    ret->known = op_array(op, bool, ret->n);
    for (size_t i = 0; i < ret->n; i++) {
        const struct looked *l = map_get(&looking.rights, ret->p[i].ledger);
        struct row row;
        bool found;
        ret->plans[i] = l->plan;
        ret->fields[i] = -1;
        row_init(&row, tx, l->plan);
        row.masked = l->right.masked;
        if (!row_load(&row, ret->p[i].record, &found))
            return false;
        if (found) /* the index keeps the title as it was written; this is how it may be shown */
            ret->p[i].title = row_title(&row);
        if (!found || row_matches(&row, looking.typed, &ret->fields[i]))
            continue;
        ret->fields[i] = -1;
        ret->known[i] = knows && row_known(&row, looking.typed, &ret->fields[i]);
    }
    return true;
}

static bool note_of(struct tx *tx, const struct who *who, const struct hits *hits, size_t i, str *ret)
{
    struct op *op = tx->op;
    struct right right;
    struct row row;
    bool found;
    if (hits->fields[i] < 0 || !right_for(op, hits->plans[i]->town, who, &hits->plans[i]->def, ACT_READ, &right))
        return hits->fields[i] < 0;
    const struct field *f = &hits->plans[i]->def.fields[hits->fields[i]];
    row_init(&row, tx, hits->plans[i]);
    if (!row_load(&row, hits->p[i].record, &found))
        return false;
    struct arg cell = row_cell(&row, f);
    if (right.masked[hits->fields[i]])
        cell = cell_masked(op, f, cell);
    if (!found || cell.kind == ARG_NULL)
        return true;
    str text = cell_text(op, f, cell);
    *ret = op_text(op, "%.*s：%.*s", PS(f->name), PS(str_part(text, 0, utf8_skip(text, NOTE_CODES_MAX))));
    return true;
}

bool search(struct tx *tx, const struct town *town, const struct who *who, str typed, int limit, struct found **ret,
            size_t *ret_count)
{
    struct op *op = tx->op;
    struct hits hits;
    str number = whole_number(op, typed);
    typed = number.n ? number : typed;
    limit = limit < 1 ? 1 : limit > SEARCH_LIMIT_MAX ? SEARCH_LIMIT_MAX : limit;
    if (!search_hits(tx, who, (const struct plan *const *)town->plans, town->count, typed, limit, true, &hits))
        return false;
    struct found *found = op_array(op, struct found, hits.n);
    for (size_t i = 0; i < hits.n; i++) {
        found[i] = (struct found){.ledger = &hits.plans[i]->def, .id = hits.p[i].record, .title = hits.p[i].title};
        if (hits.known[i])
            found[i].known = hits.plans[i]->def.fields[hits.fields[i]].name;
        if (!note_of(tx, who, &hits, i, &found[i].note))
            return false;
    }
    *ret = found;
    *ret_count = hits.n;
    return true;
}
