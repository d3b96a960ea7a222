/* Procedures: the workbench's lists, one case, and the acts on it. What may be done is flow's to say; here it
 * becomes JSON. */
#include "api/call.h"
#include "flow/flow.h"

enum { WHO_MAX = 200, TOKS_MAX = 100 };

/* ---- writing ----------------------------------------------------------------------------------------------- */

void write_moment(struct call *c, str key, time_ms t)
{
    json_key(&c->out, key);
    if (t)
        json_text(&c->out, time_text(c->op, t));
    else
        json_null(&c->out);
}

static const str lights[] = {
    [FLOW_NO_LIGHT] = SC(""), [FLOW_GREEN] = SC("green"), [FLOW_YELLOW] = SC("yellow"), [FLOW_RED] = SC("red")};
static const str seat_states[SEAT_STATES] = {
    [SEAT_WAITING] = SC("waiting"), [SEAT_OPEN] = SC("open"),       [SEAT_AGREED] = SC("agreed"),
    [SEAT_REFUSED] = SC("refused"), [SEAT_ABSTAINED] = SC("abstained"), [SEAT_READ] = SC("read"),
    [SEAT_TRANSFERRED] = SC("transferred"), [SEAT_CANCELLED] = SC("cancelled"), [SEAT_VOID] = SC("void"),
};
static const str work_states[WORK_STATES] = {
    [WORK_OPEN] = SC("open"),           [WORK_DONE] = SC("done"),   [WORK_RETURNED] = SC("returned"),
    [WORK_WITHDRAWN] = SC("withdrawn"), [WORK_ENDED] = SC("ended"),
};
static const str ends[BPMN_ENDS] = {
    [BPMN_RUNNING] = SC("running"), [BPMN_COMPLETED] = SC("completed"), [BPMN_TERMINATED] = SC("terminated"),
    [BPMN_ERROR] = SC("error"),     [BPMN_CANCELLED] = SC("cancelled"),
};
static const str effects[] = {
    [FLOW_ARRIVES] = SC("arrives"), [FLOW_HANDS] = SC("hands"), [FLOW_WITHDRAWS] = SC("withdraws"),
    [FLOW_COPIES] = SC("copies"), [FLOW_INCIDENT] = SC("incident"), [FLOW_ENDS] = SC("ends"),
};
static const str place_kinds[] = {
    [FLOW_HERE] = SC("here"), [FLOW_PASSED] = SC("passed"), [FLOW_UNDONE] = SC("undone"), [FLOW_STUCK] = SC("stuck"),
};

void write_procedure(struct call *c, const struct procedure *p)
{
    json_open(&c->out, '{');
    json_put_text(&c->out, S("key"), p->key);
    json_put_text(&c->out, S("name"), p->name);
    json_put_int(&c->out, S("version"), p->version);
    json_put_text(&c->out, S("pack"), p->pack);
    json_put_text(&c->out, S("ledger"), p->ledger->name);
    json_put_text(&c->out, S("start"), p->start);
    json_close(&c->out, '}');
}

static void write_item_members(struct call *c, const struct flow_item *i)
{
    json_put_text(&c->out, S("case"), id_text(c->op, i->case_id));
    json_put_text(&c->out, S("record"), id_text(c->op, i->record));
    json_key(&c->out, S("procedure"));
    if (i->procedure)
        write_procedure(c, i->procedure);
    else
        json_null(&c->out);
    json_put_text(&c->out, S("title"), i->title);
    json_put_text(&c->out, S("drafter"), i->drafter);
    json_put_text(&c->out, S("place"), i->place);
    write_moment(c, S("started"), i->started);
    write_moment(c, S("ended"), i->ended);
    json_put_int(&c->out, S("rev"), i->rev);
    write_moment(c, S("due"), i->due);
    json_put_text(&c->out, S("light"), lights[i->light]);
    json_put_text(&c->out, S("stuck"), i->stuck);
}

static void write_page(struct call *c, const struct flow_page *page, enum flow_box box)
{
    json_put_open(&c->out, S("items"), '[');
    for (size_t k = 0; k < page->count; k++) {
        const struct flow_item *i = &page->items[k];
        json_open(&c->out, '{');
        write_item_members(c, i);
        if (box == FLOW_TODO) {
            json_put_int(&c->out, S("seat"), i->seat);
            json_put_text(&c->out, S("node"), i->node);
            json_put_text(&c->out, S("owner"), i->owner);
            write_moment(c, S("opened"), i->opened);
            json_put_int(&c->out, S("nudges"), i->nudges);
            json_put_bool(&c->out, S("decides"), i->decides);
            json_put_text(&c->out, S("yes"), i->yes);
        }
        if (box == FLOW_SENT || box == FLOW_SUPERVISE || box == FLOW_INCIDENTS)
            json_put_text(&c->out, S("holders"), i->holders);
        if (box == FLOW_DONE)
            write_moment(c, S("acted"), i->closed);
        if (box == FLOW_COPY) {
            json_put_int(&c->out, S("copy"), i->seat);
            json_put_text(&c->out, S("sender"), i->owner);
            write_moment(c, S("sent"), i->opened);
            write_moment(c, S("read_at"), i->closed);
        }
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_put_bool(&c->out, S("more"), page->more);
}

/* What should have begun by its clock and could not stands with the cases that are stuck. */
[[nodiscard]] static bool write_missed(struct call *c)
{
    struct flow_miss *all;
    size_t count;
    if (!flow_missed(c->tx, c->flow, c->who, &all, &count))
        return false;
    json_put_open(&c->out, S("missed"), '[');
    for (size_t i = 0; i < count; i++) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("procedure"), all[i].procedure->key);
        json_put_text(&c->out, S("name"), all[i].procedure->name);
        json_put_text(&c->out, S("start"), all[i].start);
        json_put_text(&c->out, S("owner"), all[i].owner);
        json_put_text(&c->out, S("why"), all[i].why);
        write_moment(c, S("planned"), all[i].planned);
        write_moment(c, S("again"), all[i].again);
        json_put_int(&c->out, S("tries"), all[i].tries);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    return true;
}

/* ---- lists ------------------------------------------------------------------------------------------------- */

bool count_param(struct call *c, str name, int64_t most, int64_t *ret)
{
    str text = http_query(c->request, name);
    struct json number = {.kind = JSON_NUMBER, .text = text};
    *ret = 0;
    if (text.n && (!json_int(&number, ret) || *ret < 0 || *ret > most))
        return op_fail(c->op, FAULT_INPUT, name, "须是 0 到 %lld 的整数", (long long)most);
    return true;
}

bool tasks_list(struct call *c)
{
    str box = http_query(c->request, S("box"));
    struct flow_query q = {.box = FLOW_BOXES};
    struct flow_page page;
    struct flow_counts counts;
    int64_t limit;
    for (int i = 0; i < FLOW_BOXES; i++)
        if (str_eq(box.n ? box : S("todo"), flow_box_names[i]))
            q.box = (enum flow_box)i;
    if (q.box == FLOW_BOXES)
        return op_fail(c->op, FAULT_INPUT, S("box"), "没有“%.*s”这一栏；可写 todo sent done copies supervise incidents",
                       PS(box));
    if (!count_param(c, S("limit"), FLOW_LIST_MAX, &limit) || !count_param(c, S("skip"), 1000000, &q.skip))
        return false;
    q.limit = (int)limit;
    if (!flow_list(c->tx, c->flow, c->who, &q, &page) || !flow_count(c->tx, c->flow, c->who, &counts))
        return false;
    json_open(&c->out, '{');
    write_page(c, &page, q.box);
    if ((q.box == FLOW_SUPERVISE || q.box == FLOW_INCIDENTS) && !write_missed(c))
        return false;
    json_put_open(&c->out, S("counts"), '{');
    json_put_int(&c->out, S("todo"), counts.todo);
    json_put_int(&c->out, S("overdue"), counts.overdue);
    json_put_int(&c->out, S("unread"), counts.unread);
    json_close(&c->out, '}');
    json_close(&c->out, '}');
    return true;
}

bool record_cases(struct call *c)
{
    struct flow_page page;
    const struct procedure *const *all;
    size_t count = flow_procedures(c->flow, &all);
    str held;
    if (!flow_of_record(c->tx, c->flow, c->who, c->ledger, c->id, &page) ||
        !flow_record_held(c->tx, c->flow, c->ledger, c->id, &held))
        return false;
    json_open(&c->out, '{');
    json_put_text(&c->out, S("held"), held);
    write_page(c, &page, FLOW_SENT);
    write_prints(c, S("prints"), c->ledger, PRINT_CASE);
    json_put_open(&c->out, S("may_start"), '[');
    for (size_t i = 0; i < count; i++) {
        str reason;
        if (all[i]->ledger != c->ledger)
            continue;
        if (!flow_may_start(c->tx, c->flow, c->who, all[i], c->id, &reason))
            return false;
        json_open(&c->out, '{');
        json_put_text(&c->out, S("procedure"), all[i]->key);
        json_put_text(&c->out, S("name"), all[i]->name);
        json_put_text(&c->out, S("reason"), reason);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    return true;
}

bool procedure_retry(struct call *c)
{
    str start = json_str(c->body, S("start"));
    if (!start.n)
        return op_fail(c->op, FAULT_INPUT, S("start"), "请写明是哪个开始事件");
    if (!flow_missed_retry(c->tx, c->flow, c->who, c->word, start))
        return false;
    json_open(&c->out, '{');
    json_put_bool(&c->out, S("begun"), true);
    json_close(&c->out, '}');
    return true;
}

bool colleagues_list(struct call *c)
{
    struct flow_colleague *list;
    size_t count;
    if (!flow_colleagues(c->tx, c->flow, &list, &count))
        return false;
    json_open(&c->out, '{');
    json_put_open(&c->out, S("items"), '[');
    for (size_t i = 0; i < count; i++) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("account"), list[i].account);
        json_put_text(&c->out, S("name"), list[i].name);
        json_put_text(&c->out, S("role"), list[i].role);
        json_put_text(&c->out, S("group"), list[i].group);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    return true;
}

/* ---- one case ---------------------------------------------------------------------------------------------- */

static void write_seat(struct call *c, const struct flow_seat *s)
{
    json_open(&c->out, '{');
    json_put_int(&c->out, S("seat"), s->seat);
    json_put_int(&c->out, S("rev"), s->rev);
    json_put_int(&c->out, S("step"), s->step);
    json_put_text(&c->out, S("person"), s->person);
    json_put_text(&c->out, S("account"), s->account);
    json_put_text(&c->out, S("by"), s->by);
    json_put_text(&c->out, S("state"), seat_states[s->state]);
    json_put_text(&c->out, S("act"), s->act >= 0 ? flow_op(s->act).name : S(""));
    json_put_text(&c->out, S("opinion"), s->opinion);
    write_moment(c, S("at"), s->at);
    json_put_int(&c->out, S("nudges"), s->nudges);
    json_put_bool(&c->out, S("struck"), s->struck);
    json_put_bool(&c->out, S("mine"), s->mine);
    json_put_bool(&c->out, S("decides"), s->decides);
    json_put_text(&c->out, S("yes"), s->yes);
    json_put_text(&c->out, S("no"), s->no);
    json_put_bool(&c->out, S("recordable"), s->recordable);
    json_close(&c->out, '}');
}

static void write_visit(struct call *c, const struct flow_visit *v)
{
    json_open(&c->out, '{');
    json_put_int(&c->out, S("work"), v->work);
    json_put_text(&c->out, S("node"), v->node);
    json_put_text(&c->out, S("name"), v->name);
    json_put_text(&c->out, S("state"), work_states[v->state]);
    write_moment(c, S("opened"), v->opened);
    write_moment(c, S("closed"), v->closed);
    write_moment(c, S("due"), v->due);
    json_put_text(&c->out, S("light"), lights[v->light]);
    json_put_open(&c->out, S("seats"), '[');
    for (size_t i = 0; i < v->seat_count; i++)
        write_seat(c, &v->seats[i]);
    json_close(&c->out, ']');
    json_put_open(&c->out, S("form"), '[');
    for (size_t i = 0; i < v->form_count; i++) {
        bool required = str_ends(v->form[i], S("!"));
        str name = required ? str_trim(str_part(v->form[i], 0, v->form[i].n - 1)) : v->form[i];
        bool given = v->given.n && str_eq(name, v->given);
        json_open(&c->out, '{');
        json_put_text(&c->out, S("field"), name);
        json_put_bool(&c->out, S("required"), required && !given);
        json_put_bool(&c->out, S("given"), given);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_put_text(&c->out, S("advice"), v->advice);
    json_put_texts(&c->out, S("phrases"), v->phrases, v->phrase_count);
    json_close(&c->out, '}');
}

static void write_words(struct call *c, const struct flow_view *v)
{
    json_put_open(&c->out, S("words"), '[');
    for (size_t i = 0; i < v->word_count; i++) {
        const struct flow_word *w = &v->words[i];
        json_open(&c->out, '{');
        json_put_int(&c->out, S("number"), w->number);
        json_put_text(&c->out, S("act"), flow_op(w->op).name);
        json_put_text(&c->out, S("person"), w->person);
        json_put_text(&c->out, S("for_whom"), w->for_whom);
        json_put_text(&c->out, S("to"), w->to);
        json_put_text(&c->out, S("node"), w->node);
        json_put_text(&c->out, S("opinion"), w->opinion);
        write_moment(c, S("at"), w->at);
        json_put_text(&c->out, S("signature"), w->signature);
        json_put_text(&c->out, S("evidence"), w->evidence);
        json_put_bool(&c->out, S("recorded"), w->recorded);
        json_put_text(&c->out, S("said"), w->said);
        json_put_int(&c->out, S("about"), w->about);
        if (w->version)
            json_put_int(&c->out, S("version"), w->version);
        json_put_bool(&c->out, S("struck"), w->struck);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_put_open(&c->out, S("readers"), '[');
    for (size_t i = 0; i < v->reader_count; i++) {
        const struct flow_reader *r = &v->readers[i];
        json_open(&c->out, '{');
        json_put_int(&c->out, S("copy"), r->copy);
        json_put_text(&c->out, S("person"), r->person);
        json_put_text(&c->out, S("account"), r->account);
        json_put_text(&c->out, S("from"), r->from);
        json_put_text(&c->out, S("note"), r->note);
        write_moment(c, S("sent"), r->sent);
        write_moment(c, S("read_at"), r->read_at);
        json_put_bool(&c->out, S("recalled"), r->recalled);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
}

static void write_rulings(struct call *c, const struct flow_view *v)
{
    json_put_open(&c->out, S("rulings"), '[');
    for (size_t i = 0; i < v->ruling_count; i++) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("node"), v->rulings[i].node);
        json_put_text(&c->out, S("policy"), v->rulings[i].policy);
        json_put_text(&c->out, S("result"), v->rulings[i].result);
        json_put_int(&c->out, S("rule"), v->rulings[i].rule);
        json_put_text(&c->out, S("reason"), v->rulings[i].reason);
        json_put_text(&c->out, S("since"), v->rulings[i].since);
        write_moment(c, S("at"), v->rulings[i].at);
        json_put_bool(&c->out, S("undone"), v->rulings[i].undone);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
}

static void write_waits(struct call *c, const struct flow_view *v)
{
    static const str kinds[] = {
        [BPMN_WAITS_PERSON] = SC("person"),       [BPMN_WAITS_MESSAGE] = SC("message"), [BPMN_WAITS_SIGNAL] = SC("signal"),
        [BPMN_WAITS_CONDITION] = SC("condition"), [BPMN_WAITS_CLOCK] = SC("clock"),     [BPMN_WAITS_DATA] = SC("data"),
        [BPMN_WAITS_OTHERS] = SC("others"),       [BPMN_WAITS_BELOW] = SC("below"),     [BPMN_WAITS_OUTSIDE] = SC("outside"),
        [BPMN_WAITS_MENDING] = SC("mending"),
    };
    json_put_open(&c->out, S("waits"), '[');
    for (size_t i = 0; i < v->wait_count; i++) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("kind"), kinds[v->waits[i].kind]);
        json_put_text(&c->out, S("node"), v->waits[i].node);
        json_put_text(&c->out, S("name"), v->waits[i].name);
        json_put_text(&c->out, S("text"), v->waits[i].text);
        write_moment(c, S("since"), v->waits[i].since);
        write_moment(c, S("due"), v->waits[i].due);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
}

static void write_unreached(struct call *c, const struct flow_view *v)
{
    json_put_open(&c->out, S("unreached"), '[');
    for (size_t i = 0; i < v->unreached_count; i++) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("field"), v->unreached[i].field);
        json_put_text(&c->out, S("name"), v->unreached[i].name);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
}

static void write_may(struct call *c, const struct flow_view *v)
{
    json_put_open(&c->out, S("may"), '[');
    for (size_t i = 0; i < v->may_count; i++) {
        const struct flow_may *m = &v->may[i];
        struct flow_op op = flow_op(m->op);
        json_open(&c->out, '{');
        json_put_text(&c->out, S("act"), op.code);
        json_put_text(&c->out, S("name"), m->name);
        json_put_int(&c->out, S("seat"), m->seat);
        json_put_int(&c->out, S("target"), m->target);
        json_put_bool(&c->out, S("opinion"), op.opinion);
        json_put_bool(&c->out, S("people"), op.people);
        json_put_text(&c->out, S("reason"), m->reason);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_put_open(&c->out, S("places"), '[');
    for (size_t i = 0; i < v->place_count; i++) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("node"), v->places[i].node);
        json_put_text(&c->out, S("kind"), place_kinds[v->places[i].kind]);
        json_put_int(&c->out, S("tok"), v->places[i].tok);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
}

/* Whoever has a seat sees the record by it, though the ledger may be closed to their post: its definition comes
 * along. */
static void write_definition(struct call *c, const struct ledger *l)
{
    json_put_open(&c->out, S("definition"), '{');
    ledger_describe(&c->out, c->town, l);
    json_put_open(&c->out, S("acts"), '[');
    json_close(&c->out, ']');
    json_put_open(&c->out, S("masked"), '[');
    json_close(&c->out, ']');
    json_close(&c->out, '}');
}

/* From the top down, one row per case. */
bool case_path(struct call *c)
{
    struct flow_kin *list;
    size_t count;
    if (!flow_path(c->tx, c->flow, c->who, c->id, &list, &count))
        return false;
    json_open(&c->out, '{');
    json_put_open(&c->out, S("items"), '[');
    for (size_t i = 0; i < count; i++) {
        const struct flow_kin *k = &list[i];
        json_open(&c->out, '{');
        json_put_text(&c->out, S("case"), id_text(c->op, k->case_id));
        json_put_text(&c->out, S("above"), k->up < 0 ? S("") : id_text(c->op, list[k->up].case_id));
        json_put_int(&c->out, S("depth"), k->depth);
        json_put_text(&c->out, S("procedure"), k->procedure->key);
        json_put_text(&c->out, S("name"), k->procedure->name);
        json_put_text(&c->out, S("ledger"), k->procedure->ledger->name);
        json_put_text(&c->out, S("record"), id_text(c->op, k->record));
        json_put_text(&c->out, S("node"), k->node);
        json_put_text(&c->out, S("title"), k->title);
        json_put_text(&c->out, S("group"), k->group);
        json_put_text(&c->out, S("state"), k->state);
        json_put_text(&c->out, S("place"), k->place);
        json_put_text(&c->out, S("people"), k->people);
        json_put_text(&c->out, S("waits"), k->waits);
        write_moment(c, S("since"), k->since);
        write_moment(c, S("due"), k->due);
        json_put_text(&c->out, S("light"), lights[k->light]);
        write_moment(c, S("started"), k->started);
        write_moment(c, S("ended"), k->ended);
        json_put_text(&c->out, S("end"), ends[k->end]);
        json_put_text(&c->out, S("feedback"), k->feedback);
        json_put_text(&c->out, S("stuck"), k->stuck);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    return true;
}

void write_case_version(struct call *c, str key, const struct procedure *p)
{
    json_put_open(&c->out, key, '{');
    json_put_int(&c->out, S("version"), p->version);
    write_moment(c, S("since"), p->since);
    json_close(&c->out, '}');
}

bool case_show(struct call *c)
{
    struct flow_view v;
    if (!flow_view(c->tx, c->flow, c->who, c->id, &v))
        return false;
    json_open(&c->out, '{');
    write_item_members(c, &v.head);
    json_put_text(&c->out, S("end"), ends[v.end]);
    json_put_bool(&c->out, S("suspended"), v.suspended);
    json_put_bool(&c->out, S("reveals"), v.reveals);
    json_put_text(&c->out, S("ledger"), v.head.procedure->ledger->name);
    const struct procedure *latest = flow_procedure(c->flow, v.head.procedure->key, 0);
    write_case_version(c, S("runs_on"), v.head.procedure);
    write_case_version(c, S("in_force"), latest ? latest : v.head.procedure);
    json_key(&c->out, S("values"));
    write_record(c, v.head.procedure->ledger, v.record);
    if (http_query(c->request, S("definition")).n)
        write_definition(c, v.head.procedure->ledger);
    write_prints(c, S("prints"), v.head.procedure->ledger, PRINT_CASE);
    json_put_open(&c->out, S("visits"), '[');
    for (size_t i = 0; i < v.visit_count; i++)
        write_visit(c, &v.visits[i]);
    json_close(&c->out, ']');
    write_words(c, &v);
    write_may(c, &v);
    write_rulings(c, &v);
    write_waits(c, &v);
    write_unreached(c, &v);
    json_put_open(&c->out, S("targets"), '[');
    for (size_t i = 0; i < v.target_count; i++) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("node"), v.targets[i].node);
        json_put_text(&c->out, S("name"), v.targets[i].name);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_key(&c->out, S("wish"));
    if (v.wish.by.n) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("by"), v.wish.by);
        json_put_text(&c->out, S("node"), v.wish.node);
        json_put_text(&c->out, S("opinion"), v.wish.opinion);
        write_moment(c, S("at"), v.wish.at);
        json_put_bool(&c->out, S("mine"), v.wish.mine);
        json_close(&c->out, '}');
    } else {
        json_null(&c->out);
    }
    json_close(&c->out, '}');
    return true;
}

/* ---- acting ------------------------------------------------------------------------------------------------ */

static bool answer_done(struct call *c, const struct flow_done *d, bool happened)
{
    json_open(&c->out, '{');
    json_put_text(&c->out, S("case"), id_text(c->op, d->case_id));
    json_put_int(&c->out, S("rev"), d->rev);
    json_put_bool(&c->out, S("repeated"), d->repeated);
    json_put_bool(&c->out, S("ended"), d->ended);
    json_put_text(&c->out, S("state"), d->state);
    json_put_open(&c->out, S("effects"), '[');
    for (const struct flow_effect *e = d->effects; e; e = e->next) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("kind"), effects[e->kind]);
        json_put_text(&c->out, S("node"), e->node);
        json_put_text(&c->out, S("person"), e->person);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    if (happened && !d->repeated) {
        c->told.ledger = d->ledger;
        c->told.record = d->record;
        c->told.version = d->record_version;
        c->told.fact_no = d->fact_no;
    }
    return true;
}

[[nodiscard]] static bool id_member(struct call *c, str key, bool required, id *ret)
{
    str text = json_str(c->body, key);
    *ret = (id){0};
    if ((text.n || required) && !id_parse(text, ret))
        return op_fail(c->op, FAULT_INPUT, key, "“%.*s”须是编号", PS(key));
    return true;
}

[[nodiscard]] static bool int_member(struct call *c, str key, int64_t usual, int64_t *ret)
{
    const struct json *m = json_get(c->body, key);
    *ret = usual;
    if (m && m->kind != JSON_NULL && (!json_int(m, ret) || *ret < -1 || *ret > INT32_MAX))
        return op_fail(c->op, FAULT_INPUT, key, "“%.*s”须是整数", PS(key));
    return true;
}

[[nodiscard]] static bool who_member(struct call *c, struct flow_act *act)
{
    const struct json *list = json_get(c->body, S("who"));
    if (!list || list->kind == JSON_NULL)
        return true;
    if (list->kind != JSON_ARRAY || list->count > WHO_MAX)
        return op_fail(c->op, FAULT_INPUT, S("who"), "人员须是账号编号的列表，至多 %d 人", WHO_MAX);
    str *who = op_array(c->op, str, list->count + 1);
    for (const struct json *e = list->first; e; e = e->next)
        who[act->who_count++] = e->kind == JSON_STRING ? e->text : S("");
    act->who = who;
    return true;
}

[[nodiscard]] static bool toks_member(struct call *c, struct flow_act *act)
{
    const struct json *list = json_get(c->body, S("toks"));
    if (!list || list->kind != JSON_ARRAY || list->count > TOKS_MAX)
        return !list || op_fail(c->op, FAULT_INPUT, S("toks"), "位置须是编号的列表，至多 %d 个", TOKS_MAX);
    int32_t *toks = op_array(c->op, int32_t, list->count + 1);
    for (const struct json *e = list->first; e; e = e->next) {
        int64_t n;
        if (!json_int(e, &n) || n < 0 || n > INT32_MAX)
            return op_fail(c->op, FAULT_INPUT, S("toks"), "位置须是编号");
        toks[act->tok_count++] = (int32_t)n;
    }
    act->toks = toks;
    return true;
}

/* {"旧环节": "新环节"}, by element id. */
[[nodiscard]] static bool steps_member(struct call *c, const struct bpmn_rename **ret, size_t *ret_count)
{
    const struct json *map = json_get(c->body, S("steps"));
    *ret_count = 0;
    if (!map || map->kind == JSON_NULL)
        return true;
    if (map->kind != JSON_OBJECT || map->count > FLOW_RENAMES_MAX)
        return op_fail(c->op, FAULT_INPUT, S("steps"), "改名的环节须写成 {\"旧\": \"新\"}，至多 %d 个", FLOW_RENAMES_MAX);
    struct bpmn_rename *list = op_array(c->op, struct bpmn_rename, map->count + 1);
    for (const struct json *e = map->first; e; e = e->next) {
        if (e->kind != JSON_STRING)
            return op_fail(c->op, FAULT_INPUT, S("steps"), "“%.*s”改成了哪一步，须是新环节的编号", PS(e->key));
        list[(*ret_count)++] = (struct bpmn_rename){e->key, e->text};
    }
    *ret = list;
    return true;
}

[[nodiscard]] static bool rule_member(struct call *c, struct flow_act *act)
{
    static const str names[RULES] = {
        [RULE_ANY] = SC("any"), [RULE_ALL] = SC("all"), [RULE_RATIO] = SC("ratio"), [RULE_COUNT] = SC("count")};
    str rule = json_str(c->body, S("rule"));
    int64_t num, den;
    act->rule = rule.n ? RULES : RULE_ALL;
    for (int i = 0; i < RULES; i++)
        if (str_eq(rule, names[i]))
            act->rule = (enum bpmn_rule)i;
    if (act->rule == RULES)
        return op_fail(c->op, FAULT_INPUT, S("rule"), "规则可写 any all ratio count");
    if (!int_member(c, S("num"), 1, &num) || !int_member(c, S("den"), 1, &den))
        return false;
    act->num = (int32_t)num;
    act->den = (int32_t)den;
    return true;
}

[[nodiscard]] static bool act_take(struct call *c, struct flow_act *act)
{
    static const struct {
        str key;
        size_t at;
    } numbers[] = {{SC("seat"), offsetof(struct flow_act, seat)}, {SC("seat_rev"), offsetof(struct flow_act, seat_rev)},
                   {SC("work"), offsetof(struct flow_act, work)}, {SC("other"), offsetof(struct flow_act, other)},
                   {SC("target"), offsetof(struct flow_act, target)}};
    const struct json *values = json_get(c->body, S("values"));
    str word = json_str(c->body, S("act"));
    *act = (struct flow_act){.case_id = c->id,
                             .opinion = json_str(c->body, S("opinion")),
                             .for_whom = json_str(c->body, S("for_whom")),
                             .second = json_str(c->body, S("second")),
                             .signature = json_str(c->body, S("signature")),
                             .evidence = json_str(c->body, S("evidence")),
                             .node = json_str(c->body, S("node")),
                             .direct = json_true(c->body, S("direct")),
                             .in_order = json_true(c->body, S("in_order")),
                             .collect = json_true(c->body, S("collect")),
                             .cast = json_true(c->body, S("cast")),
                             .binding = json_true(c->body, S("binding")),
                             .values = values && values->kind == JSON_OBJECT ? values : NULL};
    if (!flow_op_find(word, &act->op))
        return op_fail(c->op, FAULT_INPUT, S("act"), "没有“%.*s”这个办理动作", PS(word));
    if (values && values->kind != JSON_OBJECT && values->kind != JSON_NULL)
        return op_fail(c->op, FAULT_INPUT, S("values"), "values 须是对象");
    for (size_t i = 0; i < COUNT(numbers); i++) {
        int64_t n;
        if (!int_member(c, numbers[i].key, -1, &n))
            return false;
        *(int32_t *)(void *)((char *)act + numbers[i].at) = (int32_t)n;
    }
    return id_member(c, S("command"), false, &act->command) && int_member(c, S("rev"), 0, &act->rev) &&
           who_member(c, act) && toks_member(c, act) && rule_member(c, act) &&
           steps_member(c, &act->renames, &act->rename_count);
}

bool case_start(struct call *c)
{
    id record, command;
    str key = json_str(c->body, S("procedure"));
    const struct procedure *p = flow_in_force(c->flow, key);
    struct flow_done done;
    if (!p)
        return op_fail(c->op, FAULT_INPUT, S("procedure"), "没有流程“%.*s”", PS(key));
    return id_member(c, S("record"), true, &record) && id_member(c, S("command"), false, &command) &&
           flow_start(c->tx, c->flow, c->who, p, record, command, &done) && answer_done(c, &done, true);
}

bool case_act(struct call *c)
{
    struct flow_act act;
    struct flow_done done;
    return act_take(c, &act) && flow_do(c->tx, c->flow, c->who, &act, &done) && answer_done(c, &done, true);
}

/* The transaction is a writing one, and nothing of it is kept. */
bool case_preview(struct call *c)
{
    struct flow_act act;
    struct flow_done done;
    return act_take(c, &act) && flow_preview(c->tx, c->flow, c->who, &act, &done) && answer_done(c, &done, false);
}

/* ---- another version ----------------------------------------------------------------------------------------- */

void write_move_step(struct call *c, const struct flow_move_step *s)
{
    static const str kinds[] = {
        [FLOW_MOVE_HERE] = SC("here"),       [FLOW_MOVE_LOST] = SC("lost"),   [FLOW_MOVE_RENAMED] = SC("renamed"),
        [FLOW_MOVE_ALTERED] = SC("altered"), [FLOW_MOVE_ADDED] = SC("added"), [FLOW_MOVE_GONE] = SC("gone"),
    };
    json_open(&c->out, '{');
    json_put_text(&c->out, S("kind"), kinds[s->kind]);
    json_put_text(&c->out, S("node"), s->node);
    json_put_text(&c->out, S("name"), s->name);
    json_put_text(&c->out, S("to"), s->to);
    json_put_text(&c->out, S("to_name"), s->to_name);
    json_put_text(&c->out, S("text"), s->text);
    json_put_bool(&c->out, S("here"), s->here);
    json_put_open(&c->out, S("choices"), '[');
    for (size_t i = 0; i < s->choice_count; i++) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("node"), s->choices[i].from);
        json_put_text(&c->out, S("name"), s->choices[i].to);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_close(&c->out, '}');
}

/* What going over to a version would change, before anybody does it. */
bool case_migration(struct call *c)
{
    int64_t version;
    const struct bpmn_rename *renames = NULL;
    size_t count;
    struct flow_move move;
    if (!int_member(c, S("version"), 0, &version) || !steps_member(c, &renames, &count) ||
        !flow_move(c->tx, c->flow, c->who, c->id, version < 1 ? 0 : version, renames, count, &move))
        return false;
    json_open(&c->out, '{');
    write_case_version(c, S("from"), move.from);
    write_case_version(c, S("to"), move.to);
    json_put_text(&c->out, S("refused"), move.refused);
    json_put_open(&c->out, S("steps"), '[');
    for (size_t i = 0; i < move.step_count; i++)
        write_move_step(c, &move.steps[i]);
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    return true;
}

bool case_read(struct call *c)
{
    int64_t copy;
    struct flow_act act = {.case_id = c->id, .op = DO_COPY_READ, .seat = -1, .seat_rev = -1, .work = -1, .other = -1,
                           .opinion = json_str(c->body, S("note"))};
    struct flow_done done;
    if (!int_member(c, S("copy"), -1, &copy) || !id_member(c, S("command"), false, &act.command))
        return false;
    act.target = (int32_t)copy;
    return flow_do(c->tx, c->flow, c->who, &act, &done) && answer_done(c, &done, true);
}

bool tasks_hand_over(struct call *c)
{
    id from, to;
    int64_t cases;
    if (!id_member(c, S("from"), true, &from) || !id_member(c, S("to"), true, &to) ||
        !flow_hand_over(c->tx, c->flow, c->who, from, to, json_str(c->body, S("opinion")), &cases))
        return false;
    json_open(&c->out, '{');
    json_put_int(&c->out, S("cases"), cases);
    json_close(&c->out, '}');
    return true;
}
