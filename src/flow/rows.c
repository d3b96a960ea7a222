/* The rows that follow from a case: what lists read. They say nothing that the facts do not say; only what differs
 * is written. */
#include "flow/inner.h"

/* ---- what follows ---------------------------------------------------------------------------------------- */

str case_place(struct flow_tx *f)
{
    const struct bpmn_state *s = &f->run.state;
    struct buf b;
    buf_init(&b, f->op, 0);
    for (size_t i = 0; i < s->works.n; i++) {
        bool before = false;
        for (size_t k = 0; k < i; k++)
            before = before || (s->works.p[k].state == WORK_OPEN && s->works.p[k].node == s->works.p[i].node);
        if (s->works.p[i].state == WORK_OPEN && !before)
            buf_text(&b, "%s%.*s", b.n ? "、" : "", PS(bpmn_node_name(f->run.model, s->works.p[i].node)));
    }
    return b.n || s->end != BPMN_RUNNING ? buf_str(&b) : waits_place(f);
}

static const struct wake *wake_of(const struct flow_tx *f, int32_t work)
{
    for (size_t i = 0; i < f->wakes.n; i++)
        if (f->wakes.p[i].work == work)
            return &f->wakes.p[i];
    return NULL;
}

/* When it turns yellow: at the last ratio below the whole. */
static time_ms warn_of(const struct flow_tx *f, int32_t work)
{
    const struct wake *w = wake_of(f, work);
    time_ms warn = 0;
    for (int i = 0; w && i < w->count; i++)
        if (w->at[i] < w->due)
            warn = w->at[i];
    return warn ? warn : w ? w->due : 0;
}

static time_ms next_of(struct flow_tx *f)
{
    time_ms next = 0, due;
    if (f->run.state.end != BPMN_RUNNING)
        return 0;
    if (f->retry)
        return f->retry;
    if (f->run.state.suspended)
        return 0;
    if (bpmn_next_due(&f->run, &due))
        next = due;
    for (size_t i = 0; i < f->wakes.n; i++)
        for (int k = 0; k < f->wakes.p[i].count; k++)
            if (f->wakes.p[i].at[k] > f->reminded && (next == 0 || f->wakes.p[i].at[k] < next))
                next = f->wakes.p[i].at[k];
    return next;
}

static bool sits_open(const struct bpmn_state *s, size_t seat)
{
    return s->seats.p[seat].state == SEAT_OPEN && s->works.p[s->seats.p[seat].work].state == WORK_OPEN &&
           s->end == BPMN_RUNNING;
}

static time_ms opened_at(const struct bpmn_state *s, const struct bpmn_seat *seat)
{
    return seat->born >= 0 && (size_t)seat->born < s->acts.n ? s->acts.p[seat->born].at
                                                             : s->works.p[seat->work].opened_at;
}

/* ---- the case -------------------------------------------------------------------------------------------- */

static struct arg number_or_null(int64_t n)
{
    return n ? INT(n) : NUL;
}

enum { CASE_COLUMNS = 14, CASE_PLACE = 11 }; /* before the key */

/* Where a case stands that no person holds is told in this program's words, which another version may have chosen otherwise. */
static bool place_worded(const struct flow_tx *f)
{
    const struct bpmn_state *s = &f->run.state;
    for (size_t i = 0; i < s->works.n; i++)
        if (s->works.p[i].state == WORK_OPEN)
            return false;
    return s->end == BPMN_RUNNING;
}

[[nodiscard]] static bool case_row(struct flow_tx *f, enum rows_change *changed)
{
    const struct bpmn_state *s = &f->run.state;
    int64_t drafter;
    time_ms due = 0, warn = 0, ended = s->end == BPMN_RUNNING ? 0 : s->ended_at;
    if (!case_account(f, s->drafter, &drafter))
        return false;
    for (size_t i = 0; i < s->works.n && !ended; i++)
        if (s->works.p[i].state == WORK_OPEN && s->works.p[i].due && (due == 0 || s->works.p[i].due < due)) {
            due = s->works.p[i].due;
            warn = warn_of(f, (int32_t)i);
        }
    const struct arg row[] = {ID(f->case_id),
                              TEXT(f->procedure->key),
                              INT(f->procedure->version),
                              ID(f->record),
                              number_or_null(drafter),
                              INT(f->started),
                              INT(ended),
                              INT(f->rev),
                              INT(due_kept(due)),
                              INT(warn),
                              INT(next_of(f)),
                              TEXT(case_place(f)),
                              number_or_null(f->parent_no),
                              f->parent_no ? INT(f->parent_tok) : NUL,
                              INT(f->no),
                              TEXT(store_town(f->tx))};
    struct rows *rows;
    bool found, same = true, worded = true;
    if (!store_query(f->tx,
                     "select id, procedure, version, record, drafter, started, ended, rev, due, warn, next, place,"
                     " parent, parent_tok from flow_case where no = $1",
                     ARGS(INT(f->no)), &rows) ||
        !rows_next(rows, &found))
        return false;
    for (int i = 0; i < CASE_COLUMNS && found; i++) {
        bool equal = row[i].kind == ARG_INT    ? rows_int(rows, i) == row[i].i
                     : row[i].kind == ARG_TEXT ? str_eq(rows_peek(rows, i), row[i].text)
                     : row[i].kind == ARG_NULL ? rows_is_null(rows, i)
                                               : id_eq(rows_id(rows, i), row[i].id);
        same = same && equal;
        worded = worded && (equal || i == CASE_PLACE);
    }
    if (found)
        rows_close(rows);
    if (found && same)
        return true;
    *changed = found && worded && place_worded(f) ? ROWS_REWORDED : ROWS_CHANGED;
    return store_run(
        f->tx,
        found ? "update flow_case set id = $1, procedure = $2, version = $3, record = $4, drafter = $5, started = $6,"
                " ended = $7, rev = $8, due = $9, warn = $10, next = $11, place = $12, parent = $13, parent_tok = $14"
                " where no = $15 and town = $16"
              : "insert into flow_case (id, procedure, version, record, drafter, started, ended, rev, due, warn, next,"
                " place, parent, parent_tok, no, town)"
                " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        store_args(row, COUNT(row)), NULL);
}

/* ---- seats ----------------------------------------------------------------------------------------------- */

struct seat_row {
    int64_t seat, account, node, opened, due, warn, nudges, voice;
    bool kept;
};

static bool seat_same(const struct seat_row *a, const struct seat_row *b)
{
    return a->node == b->node && a->opened == b->opened && a->due == b->due && a->warn == b->warn &&
           a->nudges == b->nudges && a->account == b->account && a->voice == b->voice;
}

[[nodiscard]] static bool seat_put(struct flow_tx *f, const struct seat_row *r)
{
    return store_run(
        f->tx,
        "insert into flow_seat (case_no, seat, account, node, opened, due, warn, nudges, voice, town) values ($1, $2, $3,"
        " $4, $5, $6, $7, $8, $9, $10)"
        " on conflict (case_no, seat) do update set account = excluded.account, node = excluded.node, opened ="
        " excluded.opened,"
        " due = excluded.due, warn = excluded.warn, nudges = excluded.nudges, voice = excluded.voice",
        ARGS(INT(f->no), INT(r->seat), INT(r->account), INT(r->node), INT(r->opened), INT(r->due), INT(r->warn),
             INT(r->nudges), INT(r->voice), TEXT(store_town(f->tx))),
        NULL);
}

[[nodiscard]] static bool seat_rows(struct flow_tx *f, enum rows_change *changed)
{
    const struct bpmn_state *s = &f->run.state;
    struct { struct seat_row *p; size_t n, cap; } old = {0};
    struct rows *rows;
    bool found;
    if (!store_query(f->tx, "select seat, account, node, opened, due, warn, nudges, voice from flow_seat where case_no = $1",
                     ARGS(INT(f->no)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        *list_add(f->op, &old) =
            (struct seat_row){rows_int(rows, 0), rows_int(rows, 1), rows_int(rows, 2), rows_int(rows, 3),
                              rows_int(rows, 4), rows_int(rows, 5), rows_int(rows, 6), rows_int(rows, 7), false};
        if (!rows_next(rows, &found))
            return false;
    }
    for (size_t i = 0; i < s->seats.n; i++) {
        const struct bpmn_seat *seat = &s->seats.p[i];
        const struct bpmn_work *work = &s->works.p[seat->work];
        struct seat_row r = {.seat = (int64_t)i,
                             .node = work->node,
                             .opened = opened_at(s, seat),
                             .due = due_kept(work->due),
                             .warn = warn_of(f, seat->work),
                             .nudges = seat->nudges,
                             .voice = seat_voice(s, (int32_t)i)};
        if (!sits_open(s, i))
            continue;
        if (!case_account(f, seat->who, &r.account))
            return false;
        if (r.account == 0)
            continue;
        bool same = false;
        for (size_t k = 0; k < old.n; k++)
            if (old.p[k].seat == r.seat) {
                old.p[k].kept = true;
                same = seat_same(&old.p[k], &r);
            }
        *changed = same ? *changed : ROWS_CHANGED;
        if (!same && !seat_put(f, &r))
            return false;
    }
    for (size_t k = 0; k < old.n; k++) {
        if (old.p[k].kept)
            continue;
        *changed = ROWS_CHANGED;
        if (!store_run(f->tx, "delete from flow_seat where case_no = $1 and seat = $2",
                       ARGS(INT(f->no), INT(old.p[k].seat)), NULL))
            return false;
    }
    return true;
}

/* ---- who has acted, who is to read ----------------------------------------------------------------------- */

struct stamp {
    int64_t account, number, at, old;
    bool kept, had;
};
struct stamps {
    struct stamp *p;
    size_t n, cap;
};

static struct stamp *stamp_of(struct op *op, struct stamps *list, int64_t account, int64_t number)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->p[i].account == account && list->p[i].number == number)
            return &list->p[i];
    *list_add(op, list) = (struct stamp){.account = account, .number = number};
    return &list->p[list->n - 1];
}

[[nodiscard]] static bool stamps_read(struct flow_tx *f, const char *sql, struct stamps *ret)
{
    struct rows *rows;
    bool found;
    if (!store_query(f->tx, sql, ARGS(INT(f->no)), &rows) || !rows_next(rows, &found))
        return false;
    while (found) {
        struct stamp *s = stamp_of(f->op, ret, rows_int(rows, 0), rows_int(rows, 1));
        s->old = rows_int(rows, 2);
        s->had = true;
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

[[nodiscard]] static bool hand_rows(struct flow_tx *f, enum rows_change *changed)
{
    const struct bpmn_state *s = &f->run.state;
    struct stamps list = {0};
    if (!stamps_read(f, "select account, 0, at from flow_hand where case_no = $1", &list))
        return false;
    for (size_t i = 0; i < s->acts.n; i++) {
        int64_t account;
        if (s->acts.p[i].op == DO_COPY_READ)
            continue;
        if (!case_account(f, s->acts.p[i].actor, &account))
            return false;
        if (account == 0)
            continue;
        struct stamp *stamp = stamp_of(f->op, &list, account, 0);
        stamp->kept = true;
        if (s->acts.p[i].at > stamp->at)
            stamp->at = s->acts.p[i].at;
    }
    for (size_t i = 0; i < list.n; i++) {
        const struct stamp *p = &list.p[i];
        if (p->kept && p->had && p->at == p->old)
            continue;
        *changed = ROWS_CHANGED;
        if (p->kept ? !store_run(f->tx,
                                 "insert into flow_hand (case_no, account, at, town) values ($1, $2, $3, $4)"
                                 " on conflict (case_no, account) do update set at = excluded.at",
                                 ARGS(INT(f->no), INT(p->account), INT(p->at), TEXT(store_town(f->tx))), NULL)
                    : !store_run(f->tx, "delete from flow_hand where case_no = $1 and account = $2",
                                 ARGS(INT(f->no), INT(p->account)), NULL))
            return false;
    }
    return true;
}

[[nodiscard]] static bool copy_rows(struct flow_tx *f, enum rows_change *changed)
{
    const struct bpmn_state *s = &f->run.state;
    struct stamps list = {0};
    if (!stamps_read(f, "select account, copy, read_at from flow_copy where case_no = $1", &list))
        return false;
    for (size_t i = 0; i < s->copies.n; i++) {
        const struct bpmn_copy *c = &s->copies.p[i];
        int64_t account, sender;
        if (c->recalled || !(c->read_at || bpmn_copy_open(&f->run, (int32_t)i)))
            continue;
        if (!case_account(f, c->who, &account) || !case_account(f, c->from, &sender))
            return false;
        if (account == 0)
            continue;
        struct stamp *stamp = stamp_of(f->op, &list, account, (int64_t)i);
        stamp->kept = true;
        if (stamp->had && stamp->old == c->read_at)
            continue;
        *changed = ROWS_CHANGED;
        if (!store_run(
                f->tx,
                "insert into flow_copy (case_no, copy, account, sender, sent, read_at, town) values ($1, $2, $3, $4, $5,"
                " $6, $7) on conflict (case_no, copy) do update set read_at = excluded.read_at",
                ARGS(INT(f->no), INT((int64_t)i), INT(account), number_or_null(sender), INT(c->sent), INT(c->read_at),
                     TEXT(store_town(f->tx))),
                NULL))
            return false;
    }
    for (size_t i = 0; i < list.n; i++) {
        if (list.p[i].kept)
            continue;
        *changed = ROWS_CHANGED;
        if (!store_run(f->tx, "delete from flow_copy where case_no = $1 and copy = $2",
                       ARGS(INT(f->no), INT(list.p[i].number)), NULL))
            return false;
    }
    return true;
}

[[nodiscard]] static bool stuck_row(struct flow_tx *f, enum rows_change *changed)
{
    struct rows *rows;
    bool found;
    if (!store_query(f->tx, "select text from flow_stuck where case_no = $1", ARGS(INT(f->no)), &rows) ||
        !rows_next(rows, &found))
        return false;
    bool same = found ? str_eq(rows_peek(rows, 0), f->stuck) : f->stuck.n == 0;
    if (found)
        rows_close(rows);
    if (same)
        return true;
    *changed = ROWS_CHANGED;
    if (f->stuck.n == 0)
        return store_run(f->tx, "delete from flow_stuck where case_no = $1", ARGS(INT(f->no)), NULL);
    return store_run(
        f->tx,
        "insert into flow_stuck (case_no, text, town) values ($1, $2, $3)"
        " on conflict (case_no) do update set text = excluded.text",
        ARGS(INT(f->no), TEXT(f->stuck), TEXT(store_town(f->tx))), NULL);
}

[[nodiscard]] static bool vacant_row(struct flow_tx *f, enum rows_change *changed)
{
    int64_t kept;
    bool found, vacant = vacancy_open(f);
    if (!store_int(f->tx, "select case_no from flow_vacant where case_no = $1", ARGS(INT(f->no)), &kept, &found))
        return false;
    if (found == vacant)
        return true;
    *changed = ROWS_CHANGED;
    return vacant ? store_run(f->tx, "insert into flow_vacant (case_no, town) values ($1, $2)",
                              ARGS(INT(f->no), TEXT(store_town(f->tx))), NULL)
                  : store_run(f->tx, "delete from flow_vacant where case_no = $1", ARGS(INT(f->no)), NULL);
}

bool case_rows(struct flow_tx *f, enum rows_change *ret_changed)
{
    *ret_changed = ROWS_SAME;
    return case_row(f, ret_changed) && seat_rows(f, ret_changed) && hand_rows(f, ret_changed) &&
           copy_rows(f, ret_changed) && stuck_row(f, ret_changed) &&
           vacant_row(f, ret_changed) && !f->failed;
}
