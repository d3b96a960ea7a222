/* A case between the database and bpmn: read, kept, and the rows that follow from it. */
#include "flow/inner.h"

#include <openssl/evp.h>

bool case_tables(struct tx *tx)
{
    static const char *const steps[] = {
        "create table flow_model (town text not null, procedure text not null, version integer not null, hash text"
        " not null, file text not null, bpmn text not null, since integer not null, primary key (town, procedure, version))",
        /* the moment for which a start event has begun a case last */
        "create table flow_rung (town text not null, procedure text not null, start text not null, at integer not null, primary key"
        " (town, procedure, start))",
        /* the last moment for which a start event could not, until it has begun one */
        "create table flow_missed (town text not null, procedure text not null, start text not null, planned integer not null,"
        " tries integer not null, again integer not null, text text not null, primary key (town, procedure, start))",
        /* A town has a million of these waiting: cases and accounts are known here by the number of their first fact,
         * and what is read by a key lies in its order. warn, next, ended: 0 is none; due: NO_DUE is none; parent: the
         * case that called it, parent_tok by which of its tokens; null: none. */
        "create table flow_case (no integer primary key, id blob not null, town text not null, procedure text not null,"
        " version integer not null, record blob not null, drafter integer, started integer not null, ended integer not"
        " null, rev integer not null, due integer not null, warn integer not null, next integer not null, place text not"
        " null, parent integer, parent_tok integer)",
        "create index flow_case_record on flow_case (record)",
        "create index flow_case_drafter on flow_case (drafter)",
        "create index flow_case_due on flow_case (procedure, due) where ended = 0",
        "create index flow_case_next on flow_case (next) where next > 0",
        "create index flow_case_parent on flow_case (parent, parent_tok) where parent is not null",
        /* open seats only */
        "create table flow_seat (case_no integer not null, seat integer not null, account integer not null, node integer"
        " not null, opened integer not null, due integer not null, warn integer not null, nudges integer not null,"
        " primary key (case_no, seat)) keyed",
        "create index flow_seat_account on flow_seat (account, due, opened, case_no)",
        /* who has acted on what, and when last */
        "create table flow_hand (case_no integer not null, account integer not null, at integer not null, primary key"
        " (case_no, account)) keyed",
        "create index flow_hand_account on flow_hand (account, at, case_no)",
        "create table flow_copy (case_no integer not null, copy integer not null, account integer not null, sender"
        " integer, sent integer not null, read_at integer not null, primary key (case_no, copy)) keyed",
        "create index flow_copy_account on flow_copy (account, read_at, sent)",
        "create table flow_stuck (case_no integer primary key, text text not null)",
        "create table flow_command (id blob primary key, case_no integer not null, fact_no integer not null)"
        " keyed",
        /* whose they are, as in every table */
        "alter table flow_seat add column town text not null default ''",
        "alter table flow_hand add column town text not null default ''",
        "alter table flow_copy add column town text not null default ''",
        "alter table flow_stuck add column town text not null default ''",
        "alter table flow_command add column town text not null default ''",
        "update flow_seat set town = coalesce((select c.town from flow_case c where c.no = flow_seat.case_no), '')",
        "update flow_hand set town = coalesce((select c.town from flow_case c where c.no = flow_hand.case_no), '')",
        "update flow_copy set town = coalesce((select c.town from flow_case c where c.no = flow_copy.case_no), '')",
        "update flow_stuck set town = coalesce((select c.town from flow_case c where c.no = flow_stuck.case_no), '')",
        "update flow_command set town = coalesce((select c.town from flow_case c where c.no = flow_command.case_no), '')",
        /* something of it waits at another desk for a 站所 without anybody */
        "create table flow_vacant (case_no integer primary key, town text not null)",
        /* who has put a version in force, and why; empty: the packs */
        "alter table flow_model add column by_name text not null default ''",
        "alter table flow_model add column reason text not null default ''",
        /* models in waiting. ended: when it was put in force or thrown away, as that version or 0; 0: it waits */
        "create table flow_draft (id blob primary key, town text not null, procedure text not null, name text not null, base integer"
        " not null, hash text not null, bpmn text not null, reason text not null, by_name text not null, at integer not null, ended"
        " integer not null default 0, version integer not null default 0)",
        "create index flow_draft_procedure on flow_draft (town, procedure)",
        /* another one with each change of what is in force */
        "create table flow_mark (town text primary key, mark blob not null)",
        /* enum voice; of seats that were open before: as if each took the flow, until the case moves again */
        "alter table flow_seat add column voice integer not null default 0",
    };
    return store_schema(tx, S("flow"), steps, COUNT(steps));
}

/* ---- bytes in a fact ------------------------------------------------------------------------------------- */

static str base64(struct op *op, str bytes)
{
    char *p = op_alloc(op, (bytes.n + 2) / 3 * 4 + 1);
    int n = EVP_EncodeBlock((unsigned char *)p, (const unsigned char *)bytes.p, (int)bytes.n);
    return (str){p, (size_t)n};
}

static bool base64_read(struct op *op, str text, str *ret)
{
    char *p = op_alloc(op, text.n / 4 * 3 + 1);
    int n = text.n % 4 == 0 && text.n > 0
                ? EVP_DecodeBlock((unsigned char *)p, (const unsigned char *)text.p, (int)text.n)
                : -1;
    for (size_t i = 1; n > 0 && i <= 2 && text.p[text.n - i] == '='; i++)
        n--; /* what OpenSSL counts as bytes are its padding */
    *ret = (str){p, n > 0 ? (size_t)n : 0};
    return n > 0;
}

static const char short_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
enum { SHORT_ID = 22 };

str short_id(struct op *op, id x)
{
    char *p = op_alloc(op, SHORT_ID + 1);
    unsigned bits = 0, held = 0;
    size_t n = 0;
    for (size_t i = 0; i < sizeof x.b; i++) {
        bits = (bits << 8 | x.b[i]) & 0xffff;
        for (held += 8; held >= 6; held -= 6)
            p[n++] = short_digits[bits >> (held - 6) & 63];
    }
    p[n++] = short_digits[bits << (6 - held) & 63]; /* 128 bits leave two */
    must(n == SHORT_ID);
    return (str){p, n};
}

bool short_id_read(str s, id *ret)
{
    unsigned bits = 0, held = 0;
    size_t n = 0;
    if (s.n != SHORT_ID)
        return id_parse(s, ret);
    id x;
    for (size_t i = 0; i < s.n; i++) {
        const char *at = memchr(short_digits, s.p[i], sizeof short_digits - 1);
        if (!at)
            return false;
        bits = (bits << 6 | (unsigned)(at - short_digits)) & 0xffff;
        held += 6;
        if (held >= 8 && n < sizeof x.b) {
            held -= 8;
            x.b[n++] = (uint8_t)(bits >> held);
        }
    }
    *ret = x;
    return n == sizeof x.b;
}

/* ---- what bpmn asks -------------------------------------------------------------------------------------- */

static bool people_of(void *from, struct bpmn_run *run, int32_t work, const str **ret, size_t *ret_count)
{
    struct flow_tx *f = from;
    must(run == &f->run);
    *ret_count = 0;
    if (!f->failed && !flow_seats_open(f, work, ret, ret_count))
        f->failed = true;
    return true;
}

static bool deputy_of(void *from, str who, str owner)
{
    struct flow_tx *f = from;
    id self, other, *owners;
    size_t count;
    if (f->failed || !short_id_read(who, &self) || !short_id_read(owner, &other))
        return false;
    if (!flow_stands_in(f->tx, f->flow, self, &owners, &count)) {
        f->failed = true;
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (id_eq(owners[i], other))
            return true;
    return false;
}

static time_ms due_of(void *from, time_ms start, str words)
{
    struct flow_tx *f = from;
    struct due due = {0};
    if (!f->failed && !flow_due(f, words, start, &due))
        f->failed = true;
    return due.at;
}

bool case_supervised(struct flow_tx *f)
{
    if (f->administrator < 0) {
        bool may = false;
        if (!f->failed && !record_within(f->tx, f->town, f->who, f->procedure->ledger, ACT_SUPERVISE, f->record, &may))
            f->failed = true;
        f->administrator = may;
    }
    return f->administrator;
}

/* Who may intervene: the act 督办 on the record's ledger. Who proposed what is now being confirmed (复核) had it then. */
static bool administrator_of(void *from, str who)
{
    struct flow_tx *f = from;
    if (f->ticking)
        return str_eq(who, SYSTEM_ACTOR);
    if (f->confirmed.n && str_eq(who, f->confirmed))
        return true;
    return str_eq(who, f->actor) && case_supervised(f);
}

static bool holds_office(void *from, str who)
{
    struct flow_tx *f = from;
    bool holds = false;
    if (!f->failed && !flow_in_office(f, who, &holds))
        f->failed = true;
    return holds;
}

static bool recorder_of(void *from, str who, int32_t work)
{
    struct flow_tx *f = from;
    int node = f->run.state.works.p[work].node;
    const str *all;
    size_t count;
    for (size_t i = 0; i < f->procedure->recorder_count && !f->failed; i++) {
        if (f->procedure->recorders[i].node != node)
            continue;
        if (!flow_seats(f, f->procedure->recorders[i].words, &all, &count))
            f->failed = true;
        for (size_t k = 0; k < count && !f->failed; k++)
            if (str_eq(all[k], who))
                return true;
    }
    return false;
}

/* A refusal speaks of people by name; an account is kept as a short id. */
static str name_of(void *from, str who)
{
    struct flow_tx *f = from;
    struct names names;
    names_init(&names, f->tx, f->flow);
    str said = names_of(&names, who);
    f->failed |= names.failed;
    return said;
}

const struct proof *case_proof(const struct flow_tx *f, int32_t act)
{
    for (size_t i = 0; i < f->proofs.n; i++)
        if (f->proofs.p[i].act == act)
            return &f->proofs.p[i];
    return NULL;
}

void case_init(struct flow_tx *f, struct tx *tx, const struct flow *flow, const struct who *who)
{
    *f = (struct flow_tx){
        .op = tx->op, .tx = tx, .flow = flow, .town = flow->town, .who = who, .doer = *who, .administrator = -1};
    f->doer.system = true;
    map_init(&f->accounts, tx->op);
    f->actor = id_none(who->account) ? SYSTEM_ACTOR : short_id(tx->op, who->account);
}

void case_begin(struct flow_tx *f, const struct procedure *p)
{
    f->procedure = p;
    bpmn_run_init(&f->run, f->op, p->model);
    f->run.from = f;
    f->run.people = people_of;
    f->run.deputy = deputy_of;
    f->run.due = due_of;
    f->run.administrator = administrator_of;
    f->run.holds_office = holds_office;
    f->run.recorder = recorder_of;
    f->run.name = name_of;
    f->run.task = rule_task;
    f->parent_tok = -1;
}

/* ---- reading --------------------------------------------------------------------------------------------- */

bool case_record(struct flow_tx *f)
{
    struct record *r;
    if (!record_get(f->tx, f->town, &f->doer, f->procedure->ledger, f->record, &r))
        return false;
    f->withdrawn = r->withdrawn;
    f->values = r->values;
    f->record_version = r->version;
    f->record_state = r->state;
    f->record_seen = f->record_seen ? f->record_seen : r->fact_no;
    return true;
}

bool case_patch(struct flow_tx *f, str patch, str reason)
{
    struct record *r;
    struct warning *warnings;
    struct json *values;
    return json_parse(f->op, patch, &values) &&
           record_change(f->tx, f->town, &f->doer, f->procedure->ledger, f->record, 0, values, reason, &warnings, &r) &&
           case_record(f);
}

bool case_field(struct flow_tx *f, str field, str text, str reason)
{
    struct buf b;
    buf_init(&b, f->op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    json_put_text(&w, field, text);
    json_close(&w, '}');
    return case_patch(f, buf_str(&b), reason);
}

void case_asked(struct flow_tx *f, struct feel_entry **ret, size_t *ret_count)
{
    const struct procedure *p = f->procedure;
    struct { struct feel_entry *p; size_t n, cap; } data = {0};
    for (size_t i = 0; i < p->asked_count; i++) {
        const struct json *m = json_get(f->values, p->asked[i]->name);
        feel_value v = {.kind = FEEL_NULL};
        int faults = f->op->fault_count;
        if (p->asked[i]->type == F_CHILDREN)
            f->failed |= !below_read(f, p->asked[i], &v);
        if (m && !feel_from_json(f->op, m, ledger_field_type(p->asked[i]), &v)) {
            op_forgive(f->op, faults);
            v = (feel_value){.kind = FEEL_NULL};
        }
        *list_add(f->op, &data) = (struct feel_entry){p->asked[i]->name, v};
    }
    *ret = data.p;
    *ret_count = data.n;
}

static void wakes_read(struct flow_tx *f, const struct json *list)
{
    f->wakes.n = 0;
    for (const struct json *e = list ? list->first : NULL; e; e = e->next) {
        struct wake w = {0};
        int64_t work = -1;
        const struct json *m = e->first;
        if (!json_int(m, &work) || !m->next || !json_int(m->next, &w.due))
            continue;
        w.work = (int32_t)work;
        for (m = m->next->next; m && w.count < WAKES_MAX; m = m->next)
            if (json_int(m, &w.at[w.count]))
                w.count++;
        *list_add(f->op, &f->wakes) = w;
    }
}

static void wish_read(struct flow_tx *f, const struct json *wish)
{
    const struct json *toks = json_get(wish, S("位"));
    int64_t n;
    f->wish = (struct wish){
        .by = json_str(wish, S("人")), .node = json_str(wish, S("到")), .opinion = json_str(wish, S("由"))};
    if (!f->wish.by.n)
        return;
    f->wish.at = json_int(json_get(wish, S("时")), &n) ? n : 0;
    f->wish.toks = op_array(f->op, int32_t, (toks ? toks->count : 0) + 1);
    for (const struct json *t = toks ? toks->first : NULL; t; t = t->next)
        if (json_int(t, &n) && n >= 0 && n < BPMN_ROWS_MAX)
            f->wish.toks[f->wish.tok_count++] = (int32_t)n;
}

static void proofs_read(struct flow_tx *f, const struct json *list)
{
    f->proofs.n = 0;
    for (const struct json *e = list ? list->first : NULL; e; e = e->next) {
        int64_t act;
        if (json_int(json_get(e, S("句")), &act) && act >= 0 && act < BPMN_ROWS_MAX)
            *list_add(f->op, &f->proofs) = (struct proof){(int32_t)act, json_str(e, S("签")), json_str(e, S("据")),
                                                          json_true(e, S("代"))};
    }
}

static int64_t number_of(const struct json *body, str key)
{
    int64_t n = 0;
    return json_int(json_get(body, key), &n) ? n : 0;
}

/* What a fact says of itself needs no saying in the state that it carries: who acted. */
static str known_of(struct flow_tx *f, id account)
{
    return id_none(account) ? S("") : short_id(f->op, account);
}

bool case_body_read(struct flow_tx *f, const struct fact *fact, id *ret_command)
{
    struct json *body;
    str bytes;
    int faults = f->op->fault_count;
    *ret_command = (id){0};
    if (json_parse(f->op, fact->body, &body)) {
        const struct procedure *p = flow_procedure(f->flow, json_str(body, S("程")), number_of(body, S("版")));
        if (!p)
            return op_fail(f->op, FAULT_SYSTEM, json_str(body, S("程")), "事项所用的流程版本 %lld 没有装入，请恢复业务包后重新启动程序",
                           (long long)number_of(body, S("版")));
        (void)!short_id_read(json_str(body, S("令")), ret_command);
        case_begin(f, p);
        f->case_id = fact->record;
        f->rev = fact->version;
        f->fact_no = fact->no;
        f->started = json_get(body, S("起")) ? number_of(body, S("起")) : fact->at;
        f->reminded = f->started + number_of(body, S("至"));
        f->stuck = json_str(body, S("障"));
        f->stuck_at = json_get(body, S("障起")) ? f->started + number_of(body, S("障起")) : 0;
        f->tries = (int)number_of(body, S("次"));
        f->retry = number_of(body, S("再"));
        f->record_no = number_of(body, S("录"));
        f->parent_no = number_of(body, S("父"));
        if (!fact_record(f->tx, f->record_no, &f->record) || !fact_record(f->tx, f->parent_no, &f->parent))
            return false;
        if (f->parent_no)
            f->parent_tok = (int32_t)number_of(body, S("位"));
        wakes_read(f, json_get(body, S("醒")));
        wish_read(f, json_get(body, S("议")));
        proofs_read(f, json_get(body, S("证")));
        f->run.known = known_of(f, fact->account);
        if (!id_none(f->record) && base64_read(f->op, json_str(body, S("态")), &bytes) &&
            bpmn_state_read(&f->run, bytes))
            return true;
    }
    op_forgive(f->op, faults);
    return op_fail(f->op, FAULT_SYSTEM, S(""), "事项的留痕读不出来（第 %lld 条），请运行 zhenwu audit verify", (long long)fact->no);
}

bool case_load(struct flow_tx *f, id case_id)
{
    struct fact fact;
    bool found;
    id command;
    if (!fact_as_of(f->tx, CASE_LEDGER, case_id, INT64_MAX, &fact, &found))
        return false;
    if (!found)
        return op_fail(f->op, FAULT_MISSING, S(""), "没有这个事项，请回到待办刷新");
    return case_body_read(f, &fact, &command) && fact_first(f->tx, CASE_LEDGER, case_id, &f->no);
}

bool case_above(struct tx *tx, id case_id, id *ret)
{
    struct rows *rows;
    bool found;
    int64_t no;
    *ret = (id){0};
    if (!fact_first(tx, CASE_LEDGER, case_id, &no) ||
        !store_query(tx, "select p.id from flow_case c join flow_case p on p.no = c.parent where c.no = $1",
                     ARGS(INT(no)), &rows) ||
        !rows_next(rows, &found))
        return false;
    if (found) {
        *ret = rows_id(rows, 0);
        rows_close(rows);
    }
    return true;
}

/* ---- numbers for accounts -------------------------------------------------------------------------------- */

bool account_number(struct tx *tx, const struct town *town, id account, int64_t *ret)
{
    const struct ledger *l = town_ledger(town, S("账号"));
    *ret = 0;
    return !l || id_none(account) || fact_first(tx, l->table->name, account, ret);
}

bool case_account(struct flow_tx *f, str account, int64_t *ret)
{
    id x;
    int64_t *known = map_get(&f->accounts, account);
    *ret = known ? *known : 0;
    if (known || !short_id_read(account, &x))
        return true;
    if (!account_number(f->tx, f->town, x, ret))
        return false;
    known = op_new(f->op, int64_t);
    *known = *ret;
    map_put(&f->accounts, account, known);
    return true;
}

/* ---- who may see it -------------------------------------------------------------------------------------- */

static bool case_takes_part(const struct flow_tx *f, str account)
{
    const struct bpmn_state *s = &f->run.state;
    bool part = str_eq(s->drafter, account);
    for (size_t i = 0; i < s->seats.n && !part; i++)
        part = str_eq(s->seats.p[i].who, account) && s->seats.p[i].state != SEAT_WAITING;
    for (size_t i = 0; i < s->copies.n && !part; i++)
        part = str_eq(s->copies.p[i].who, account) && !s->copies.p[i].recalled;
    for (size_t i = 0; i < s->acts.n && !part; i++)
        part = str_eq(s->acts.p[i].actor, account);
    return part;
}

/* Who takes part in a case follows what it handed down. */
[[nodiscard]] static bool above_takes_part(struct flow_tx *f, bool *ret)
{
    id above = f->parent;
    for (int i = 0; !id_none(above) && i <= FLOW_DEPTH_MAX && !*ret; i++) {
        struct flow_tx p;
        case_init(&p, f->tx, f->flow, f->who);
        if (!case_load(&p, above))
            return false;
        *ret = case_takes_part(&p, f->actor) || case_supervised(&p);
        if (p.failed)
            return false;
        above = p.parent;
    }
    return true;
}

bool case_reader(struct flow_tx *f)
{
    id *owners;
    size_t count;
    bool may = f->who->system || case_takes_part(f, f->actor) || case_supervised(f);
    if (f->failed || !above_takes_part(f, &may) ||
        (!may && !record_within(f->tx, f->town, f->who, f->procedure->ledger, ACT_READ, f->record, &may)) ||
        (!may && !flow_stands_in(f->tx, f->flow, f->who->account, &owners, &count)))
        return false;
    for (size_t i = 0; !may && i < count; i++) {
        str owner = short_id(f->op, owners[i]);
        for (size_t k = 0; k < f->run.state.seats.n && !may; k++)
            may = f->run.state.seats.p[k].state == SEAT_OPEN && str_eq(f->run.state.seats.p[k].who, owner);
    }
    /* What one may not see is not told apart from what is not there. */
    return may || op_fail(f->op, FAULT_MISSING, S(""), "没有这个事项，或您没有参与，也不在您岗位的范围内");
}

bool case_refusable(const struct flow_tx *f, int32_t seat)
{
    const struct bpmn_state *s = &f->run.state;
    if (seat < 0 || (size_t)seat >= s->seats.n)
        return true; /* that it is not there, the model says */
    if (s->seats.p[seat].ask || s->steps.p[s->seats.p[seat].step].advice)
        return true; /* advice may well be against */
    return bpmn_asks_outcome(f->run.model, s->works.p[s->seats.p[seat].work].node);
}

static struct who case_who(struct flow_tx *f, unsigned acts)
{
    struct who who = *f->who;
    struct grant *grants = op_array(f->tx->op, struct grant, who.grant_count + 1);
    for (size_t i = 0; i < who.grant_count; i++)
        grants[i] = who.grants[i];
    grants[who.grant_count++] =
        (struct grant){.ledger = f->procedure->ledger->name, .acts = acts, .whole_town = true, .masks = true};
    who.grants = grants;
    return who;
}

struct who case_reader_who(struct flow_tx *f)
{
    return case_who(f, 1u << ACT_READ);
}

struct who case_opener_who(struct flow_tx *f)
{
    return case_who(f, 1u << ACT_READ | 1u << ACT_REVEAL);
}

/* ---- where it is ----------------------------------------------------------------------------------------- */

/* The last node reached, and not undone, that is named like a state. A return undoes what came after, so the record
 * goes back with it. */
str case_place_state(const struct flow_tx *f)
{
    static const bool reaches[FIRE_KINDS] = {
        [FIRE_ENTER] = true, [FIRE_PASS] = true, [FIRE_LOOP] = true, [FIRE_EVENT] = true,
        [FIRE_THROW] = true, [FIRE_END] = true,  [FIRE_OPEN] = true};
    static const str given_up[BPMN_ENDS] = {[BPMN_TERMINATED] = SC("终止"), [BPMN_CANCELLED] = SC("撤销")};
    const struct ledger *l = f->procedure->ledger;
    const struct bpmn_state *s = &f->run.state;
    for (size_t k = 0; k < l->state_count && f->procedure->leads; k++)
        if (str_eq(l->states[k], given_up[s->end]))
            return l->states[k];
    for (size_t i = s->fires.n; i-- > 0;) {
        const struct bpmn_fire *x = &s->fires.p[i];
        if (x->undone >= 0 || !reaches[x->kind])
            continue;
        str name = bpmn_node_name(f->run.model, x->node);
        for (size_t k = 0; k < l->state_count; k++)
            if (str_eq(l->states[k], name))
                return l->states[k];
    }
    return S("");
}

/* ---- keeping --------------------------------------------------------------------------------------------- */

static void text_member(struct json_out *w, str key, str text)
{
    if (text.n == 0)
        return;
    json_put_text(w, key, text);
}

static void int_member(struct json_out *w, str key, int64_t n)
{
    if (n == 0)
        return;
    json_put_int(w, key, n);
}

static void proofs_write(const struct flow_tx *f, struct json_out *w)
{
    if (f->proofs.n == 0)
        return;
    json_put_open(w, S("证"), '[');
    for (size_t i = 0; i < f->proofs.n; i++) {
        const struct proof *p = &f->proofs.p[i];
        json_open(w, '{');
        json_put_int(w, S("句"), p->act);
        text_member(w, S("签"), p->signature);
        text_member(w, S("据"), p->evidence);
        if (p->recorded)
            json_put_bool(w, S("代"), true);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void wish_write(const struct flow_tx *f, struct json_out *w)
{
    if (!f->wish.by.n || f->run.state.end != BPMN_RUNNING)
        return;
    json_put_open(w, S("议"), '{');
    text_member(w, S("人"), f->wish.by);
    text_member(w, S("到"), f->wish.node);
    text_member(w, S("由"), f->wish.opinion);
    int_member(w, S("时"), f->wish.at);
    json_put_open(w, S("位"), '[');
    for (size_t i = 0; i < f->wish.tok_count; i++)
        json_int_out(w, f->wish.toks[i]);
    json_close(w, ']');
    json_close(w, '}');
}

/* Short keys: a town keeps some hundred thousand of these. docs/formats.md says what each is. */
static str body_of(struct flow_tx *f, const struct case_fact *what)
{
    struct buf b;
    buf_init(&b, f->op, 0);
    struct json_out w = {.b = &b};
    json_open(&w, '{');
    text_member(&w, S("程"), f->procedure->key);
    int_member(&w, S("版"), f->procedure->version);
    int_member(&w, S("录"), f->record_no);
    text_member(&w, S("做"), what->act);
    text_member(&w, S("环"), what->node);
    text_member(&w, S("意"), what->opinion);
    text_member(&w, S("始"), what->start);
    int_member(&w, S("点"), what->planned);
    if (!id_none(what->command))
        text_member(&w, S("令"), short_id(f->op, what->command));
    if (f->rev > 0 || f->started != f->op->now) /* the first fact is of that moment itself */
        int_member(&w, S("起"), f->started);
    int_member(&w, S("至"), f->reminded - f->started);
    text_member(&w, S("障"), f->stuck);
    if (f->stuck.n && f->stuck_at > f->started) /* at its beginning: since then */
        int_member(&w, S("障起"), f->stuck_at - f->started);
    int_member(&w, S("次"), f->tries);
    int_member(&w, S("再"), f->retry);
    wish_write(f, &w);
    proofs_write(f, &w);
    if (!id_none(f->parent)) {
        int_member(&w, S("父"), f->parent_no);
        int_member(&w, S("位"), f->parent_tok);
    }
    if (f->wakes.n) {
        json_put_open(&w, S("醒"), '[');
        for (size_t i = 0; i < f->wakes.n; i++) {
            json_open(&w, '[');
            json_int_out(&w, f->wakes.p[i].work);
            json_int_out(&w, f->wakes.p[i].due);
            for (int k = 0; k < f->wakes.p[i].count; k++)
                json_int_out(&w, f->wakes.p[i].at[k]);
            json_close(&w, ']');
        }
        json_close(&w, ']');
    }
    f->run.known = known_of(f, f->who->account);
    text_member(&w, S("态"), base64(f->op, bpmn_state_write(f->op, &f->run)));
    json_close(&w, '}');
    return buf_str(&b);
}

bool case_command(struct tx *tx, id command, int64_t no, int64_t fact_no)
{
    if (id_none(command))
        return true;
    return store_run(tx, "insert into flow_command (id, case_no, fact_no, town) values ($1, $2, $3, $4)",
                     ARGS(ID(command), INT(no), INT(fact_no), TEXT(store_town(tx))), NULL);
}

bool case_keep(struct flow_tx *f, const struct case_fact *what)
{
    enum rows_change changed;
    if ((!f->record_no && !fact_first(f->tx, f->procedure->ledger->table->name, f->record, &f->record_no)) ||
        (!f->parent_no && !id_none(f->parent) && !fact_first(f->tx, CASE_LEDGER, f->parent, &f->parent_no)))
        return false;
    str body = body_of(f, what);
    if (body.n > FACT_BODY_MAX)
        return op_fail(f->op, FAULT_INPUT, S(""), "这个事项办得太久，记录太大了；请办结后另起一件");
    struct fact fact = {.account = f->who->account,
                        .post = f->who->post,
                        .account_name = f->ticking ? SYSTEM_ACTOR : f->who->name,
                        .act = FACT_WORK,
                        .ledger = CASE_LEDGER,
                        .record = f->case_id,
                        .version = f->rev + 1,
                        .state = f->record_state,
                        .body = body};
    if (!fact_keep(f->tx, &fact, &f->fact_no))
        return false;
    if (f->rev++ == 0)
        f->no = f->fact_no;
    return case_command(f->tx, what->command, f->no, f->fact_no) && case_rows(f, &changed);
}
