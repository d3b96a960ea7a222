/* What was sent to a 站所 that nobody with an account answers for, and went to who stands in, to who had sent it or to a chief:
 * the history says so (空席), and when the 站所 can do it, what nobody has begun there goes over to it by itself. A row of the
 * acts for each seat that was taken in its place: for_whom the 站所, other the seat; the first of them has the words. */
#include "flow/inner.h"

static const struct bpmn_act_row *note_of(const struct flow_tx *f, size_t i)
{
    const struct bpmn_act_row *a = &f->run.state.acts.p[i];
    bool told = a->op == BPMN_OWN_ACTS + FLOW_VACANT - DO_ACTS && a->for_whom.n && a->other >= 0;
    return told && (size_t)a->other < f->run.state.seats.n ? a : NULL;
}

static bool seat_waits(const struct bpmn_state *s, int32_t seat)
{
    return s->seats.p[seat].state == SEAT_OPEN && s->works.p[s->seats.p[seat].work].state == WORK_OPEN;
}

/* Somebody has done something at it: it is theirs now. */
static bool seat_begun(const struct bpmn_state *s, int32_t seat)
{
    for (size_t i = 0; i < s->acts.n; i++)
        if (s->acts.p[i].seat == seat && s->acts.p[i].op != DO_NUDGE && !str_eq(s->acts.p[i].actor, SYSTEM_ACTOR))
            return true;
    return false;
}

static void vacancy_row(struct flow_tx *f, int32_t seat, str office, str words)
{
    bpmn_act_note(&f->run, BPMN_OWN_ACTS + FLOW_VACANT - DO_ACTS, SYSTEM_ACTOR, words, seat);
    f->run.state.acts.p[f->run.state.acts.n - 1].for_whom = office;
}

void vacancies_tell(struct flow_tx *f)
{
    struct bpmn_state *s = &f->run.state;
    for (size_t i = 0; i < f->vacancies.n; i++) {
        const struct vacancy *v = &f->vacancies.p[i];
        bool told = false;
        for (size_t k = 0; k < s->seats.n; k++)
            for (size_t n = 0; n < v->who_count && s->seats.p[k].work == v->work && s->seats.p[k].from < 0; n++) {
                if (!str_eq(s->seats.p[k].who, v->who[n]))
                    continue;
                vacancy_row(f, (int32_t)k, v->office, told ? S("") : v->words);
                told = true;
            }
    }
    f->vacancies.n = 0;
}

bool vacancy_open(const struct flow_tx *f)
{
    const struct bpmn_state *s = &f->run.state;
    for (size_t i = 0; i < s->acts.n && s->end == BPMN_RUNNING; i++)
        if (note_of(f, i) && seat_waits(s, s->acts.p[i].other))
            return true;
    return false;
}

/* Those who can do it and do not sit in that step. */
static size_t free_people(const struct bpmn_state *s, int32_t step, const str *all, size_t count, str *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        bool sits = false;
        for (size_t k = 0; k < s->seats.n && !sits; k++)
            sits = s->seats.p[k].step == step && str_eq(s->seats.p[k].who, all[i]) && s->seats.p[k].state != SEAT_CANCELLED;
        if (!sits)
            ret[n++] = all[i];
    }
    return n;
}

/* Whether that seat is also taken for another 站所, whose people do not sit beside it yet. */
[[nodiscard]] static bool stands_for_another(struct flow_tx *f, int32_t seat, str office, bool *ret)
{
    const struct bpmn_state *s = &f->run.state;
    *ret = false;
    for (size_t i = 0; i < s->acts.n && !*ret; i++) {
        const struct bpmn_act_row *a = note_of(f, i);
        const str *all;
        size_t count;
        bool heads;
        if (!a || a->other != seat || str_eq(a->for_whom, office))
            continue;
        if (!flow_office_people(f, a->for_whom, &all, &count, &heads))
            return false;
        str *rest = op_array(f->op, str, count + 1);
        *ret = count == 0 || free_people(s, s->seats.p[seat].step, all, count, rest) > 0;
    }
    return true;
}

/* One seat of a vacancy: its holder gives it to the first who has come, or, where it stands for others too, gets them beside. */
[[nodiscard]] static bool seat_fill(struct flow_tx *f, int32_t seat, str office, bool heads, const str *people, size_t count)
{
    const struct bpmn_state *s = &f->run.state;
    int32_t work = s->seats.p[seat].work;
    bool others;
    str title;
    if (!flow_office_title(f, office, &title) || !stands_for_another(f, seat, office, &others))
        return false;
    str name = f->run.name(f, people[0]);
    str words = op_text(f->op, "空席已补：“%.*s”的%.*s现在能办，自动交给他", PS(title), PS(name));
    bool keeps = others || count == 0;
    if (!keeps && !system_act(f, DO_TRANSFER, work, seat, words, people, 1))
        return false;
    if (!keeps && !heads) /* who stands in gives it to the head in turn */
        vacancy_row(f, (int32_t)s->seats.n - 1, office, op_text(f->op, "“%.*s”由代岗的人办；他有了账号，没动手办的自动转给他", PS(title)));
    size_t rest = keeps ? 0 : 1;
    int32_t by = keeps ? seat : (int32_t)s->seats.n - 1;
    return count <= rest || system_act(f, DO_BESIDE, work, by, words, people + rest, count - rest);
}

static bool seat_free(struct flow_tx *f, int32_t seat)
{
    const struct bpmn_seat *s = &f->run.state.seats.p[seat];
    str name = f->run.name(f, s->who);
    return system_act(f, DO_REMOVE, s->work, seat, op_text(f->op, "空席已补，%.*s不用再办", PS(name)), NULL, 0);
}

/* One vacancy, from its first row on: every seat taken for it, if nobody has begun any of them. */
[[nodiscard]] static bool vacancy_fill(struct flow_tx *f, size_t first, bool *moved)
{
    struct bpmn_state *s = &f->run.state;
    const struct bpmn_act_row *a = note_of(f, first);
    str office = a->for_whom;
    int32_t seat = a->other, step = s->seats.p[seat].step;
    const str *all;
    size_t count, end = first;
    bool heads, begun = false;
    for (; end < s->acts.n && note_of(f, end) && str_eq(note_of(f, end)->for_whom, office) &&
           (end == first || !s->acts.p[end].opinion.n); end++)
        begun = begun || !seat_waits(s, s->acts.p[end].other) || seat_begun(s, s->acts.p[end].other);
    if (begun || !flow_office_people(f, office, &all, &count, &heads))
        return begun;
    str *people = op_array(f->op, str, count + 1);
    size_t fresh = free_people(s, step, all, count, people);
    if (fresh == 0)
        return true;
    int faults = f->op->fault_count;
    bool done = seat_fill(f, seat, office, heads, people, fresh);
    for (size_t i = first + 1; i < end && done; i++)
        if (seat_waits(s, s->acts.p[i].other))
            done = seat_free(f, s->acts.p[i].other);
    *moved = *moved || done;
    if (!done && !f->failed && !op_has_fault(f->op, FAULT_SYSTEM))
        op_forgive(f->op, faults);
    return done || (!f->failed && !op_has_fault(f->op, FAULT_SYSTEM));
}

bool vacancies_settle(struct flow_tx *f, bool *moved)
{
    size_t count = f->run.state.acts.n;
    for (size_t i = 0; i < count && f->run.state.end == BPMN_RUNNING; i++)
        if (note_of(f, i) && f->run.state.acts.p[i].opinion.n && !vacancy_fill(f, i, moved))
            return false;
    return true;
}
