/* The conformance folder: tests.json (does a valid model run as it should?) and constraints.json (is an invalid one
 * refused?). Scripts of its models are single words, conditions another notation: both are understood here only. */
#include "bpmn/model.h"

enum { INSTANCES_MAX = 40, LATER_MAX = 200, TRACE_MAX = 2000, STEPS_MAX = 2000, VALUES_MAX = 8 };
static const time_ms ten_seconds = 10000;

struct job {
    int instance;
    int32_t tok;
    time_ms due, from;
    int label; /* CREATE_TIMESTAMP_LOG_n: n; else 0 */
};

struct world {
    struct op *op;
    const struct bpmn *model;
    const struct json *variables;
    struct bpmn_run runs[INSTANCES_MAX];
    struct bpmn_command *seen[INSTANCES_MAX]; /* the last command carried out */
    bool failed[INSTANCES_MAX];
    int count;
    time_ms begun, rung; /* start events' clocks: since when they run, until when they have rung */
    struct job jobs[LATER_MAX];
    int job_count;
    str trace[TRACE_MAX];
    int traced;
    bool marked;
    time_ms intervals[3][2];
    bool shuffle;
};

/* ---- scripts and expressions ------------------------------------------------------------------------------- */

static bool known_script(str text)
{
    static const char *words[] = {"CREATE_LOG_FILE",
                                  "CREATE_MARKER_FILE",
                                  "INCREMENT_INTEGER_VARIABLE",
                                  "INCREMENT_INTEGER_VARIABLE_AND_LOG",
                                  "SET_STRING_DATA",
                                  "LOG_DATA",
                                  "THROW_ERROR",
                                  "WAIT_TEN_SECONDS",
                                  "CREATE_TIMESTAMP_LOG_1",
                                  "CREATE_TIMESTAMP_LOG_2"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_eq(text, str_z(words[i])))
            return true;
    return str_starts(text, S("SCRIPT_"));
}

static str expression(struct op *op, str text)
{
    text = str_trim(text);
    if (text.n && text.p[text.n - 1] == '>')
        text.n--;
    if (text.n && text.p[0] == '!')
        return op_text(op, "not(%.*s)", PS(bpmn_expression_text(op, str_part(text, 1, text.n))));
    return bpmn_expression_text(op, text);
}

static void trace_add(struct world *w, str label)
{
    if (w->traced < TRACE_MAX)
        w->trace[w->traced++] = label;
}

static void later(struct world *w, struct bpmn_run *run, int32_t tok, int label)
{
    if (w->job_count < LATER_MAX)
        w->jobs[w->job_count++] = (struct job){(int)(run - w->runs), tok, w->op->now + ten_seconds, w->op->now, label};
}

static void increment(struct bpmn_run *run, const struct bpmn_task *task)
{
    feel_value v = bpmn_value(run, task->scope, S("integerVariable"));
    dec sum = dec_of(0);
    if (v.kind == FEEL_NUMBER && dec_add(v.number, dec_of(1), &sum))
        bpmn_task_set(run, task, S("integerVariable"), feel_of_dec(sum));
}

static enum bpmn_task_answer script(void *from, struct bpmn_run *run, struct bpmn_task *task)
{
    struct world *w = from;
    str s = task->script;
    if (str_starts(s, S("INCREMENT_INTEGER_VARIABLE"))) {
        increment(run, task);
        if (str_ends(s, S("_AND_LOG")))
            trace_add(w, S("INCREMENT"));
    } else if (str_eq(s, S("CREATE_MARKER_FILE"))) {
        if (!w->marked)
            trace_add(w, S("MARKER"));
        w->marked = true;
    } else if (str_eq(s, S("SET_STRING_DATA"))) {
        bpmn_task_set(run, task, bpmn_data_name(run, task->scope), feel_of_text(S("String")));
    } else if (str_eq(s, S("LOG_DATA"))) {
        if (feel_same(bpmn_value(run, task->scope, bpmn_data_name(run, task->scope)), feel_of_text(S("String"))))
            trace_add(w, S("DATA"));
    } else if (str_eq(s, S("THROW_ERROR"))) {
        task->code = S("ERR_CODE");
        return BPMN_TASK_ERROR;
    } else if (str_eq(s, S("WAIT_TEN_SECONDS")) || str_starts(s, S("CREATE_TIMESTAMP_LOG_"))) {
        later(w, run, task->tok,
              str_eq(s, S("CREATE_TIMESTAMP_LOG_1"))   ? 1
              : str_eq(s, S("CREATE_TIMESTAMP_LOG_2")) ? 2
                                                       : 0);
        return BPMN_TASK_LATER;
    } else if (str_starts(s, S("SCRIPT_"))) {
        trace_add(w, s);
    }
    return BPMN_TASK_DONE;
}

/* ---- a world of instances ---------------------------------------------------------------------------------- */

/* Cases have nobody who does user tasks: each waits for somebody. */
static bool somebody(void *from, struct bpmn_run *run, int32_t work, const str **ret, size_t *ret_count)
{
    static const str name = SC("somebody");
    (void)from, (void)run, (void)work;
    *ret = &name;
    *ret_count = 1;
    return true;
}

static struct bpmn_run *instance_new(struct world *w, struct feel_entry *values, size_t *ret_count)
{
    *ret_count = 0;
    for (const struct json *v = w->variables ? w->variables->first : NULL; v && *ret_count < VALUES_MAX; v = v->next)
        if (feel_from_json(w->op, v, NULL, &values[*ret_count].value))
            values[(*ret_count)++].name = v->key;
    if (w->count == INSTANCES_MAX)
        return NULL;
    struct bpmn_run *run = &w->runs[w->count++];
    bpmn_run_init(run, w->op, w->model);
    run->task = script;
    run->people = somebody;
    run->from = w;
    run->shuffle = w->shuffle;
    return run;
}

/* A case has the variables of the test, and what the event carries that begins it. */
static void begin(struct world *w, const struct bpmn_start_row *start, const struct bpmn_carried *with)
{
    struct feel_entry values[2 * VALUES_MAX];
    size_t count;
    struct bpmn_run *run = instance_new(w, values, &count);
    if (!run)
        return;
    for (size_t i = 0; i < with->count && count < COUNT(values); i++) {
        values[count] = with->values[i];
        if (i < start->carried_count)
            values[count].name = start->carried[i];
        count++;
    }
    if (!bpmn_start_at(run, start->node, start->event, with, S(""), values, count))
        w->failed[run - w->runs] = true;
}

/* A message goes to one that waits for it, else it starts a process; a signal goes to all, and starts as well. */
static void deliver(struct world *w, const struct bpmn_command *c, int from)
{
    const struct bpmn_start_row *starts;
    size_t count;
    const struct bpmn_carried with = {c->values, c->value_count};
    bool message = c->kind == BPMN_SEND;
    int before = w->count;
    bool heard[INSTANCES_MAX] = {0};
    for (int i = 0; i < before; i++) {
        if (message && bpmn_message(&w->runs[i], c->name, with.values, with.count))
            return;
        heard[i] = !message && i != from && bpmn_signal(&w->runs[i], c->name, with.values, with.count);
    }
    bpmn_starts(w->op, w->model, &starts, &count);
    for (size_t i = 0; i < count; i++) {
        bool wanted =
            starts[i].kind == (message ? BPMN_START_MESSAGE : BPMN_START_SIGNAL) && str_eq(starts[i].name, c->name);
        for (int k = 0; k < before && wanted && starts[i].others; k++) /* it waits for this one already */
            wanted = !heard[k] || w->runs[k].state.process != starts[i].process;
        if (!wanted)
            continue;
        begin(w, &starts[i], &with);
        if (message)
            return;
    }
}

static void carry_out(struct world *w)
{
    for (int steps = 0; steps < STEPS_MAX; steps++) {
        bool any = false;
        for (int i = 0; i < w->count; i++) {
            struct bpmn_command *c = w->seen[i] ? w->seen[i]->next : w->runs[i].commands;
            if (!c)
                continue;
            w->seen[i] = c;
            any = true;
            if (c->kind == BPMN_SEND || c->kind == BPMN_SIGNAL)
                deliver(w, c, i);
            if (c->kind == BPMN_INCIDENT && !w->failed[i]) {
                w->failed[i] = true;
                trace_add(w, S("ERR_RUNTIME"));
            }
            if (c->kind == BPMN_ENDED && w->runs[i].state.end == BPMN_ERROR)
                trace_add(w, S("ERR_EVENT"));
        }
        if (!any)
            return;
    }
}

static void job_done(struct world *w, int at)
{
    struct job j = w->jobs[at];
    w->jobs[at] = w->jobs[--w->job_count];
    struct bpmn_run *run = &w->runs[j.instance];
    if (!bpmn_alive(run, j.tok))
        return;
    if (j.label) {
        w->intervals[j.label][0] = j.from;
        w->intervals[j.label][1] = j.due;
        const time_ms *a = w->intervals[1], *b = w->intervals[2];
        if (a[1] && b[1] && a[0] < b[1] && b[0] < a[1])
            trace_add(w, S("PARALLEL"));
    }
    run->fired = 0;
    if (!bpmn_done(run, j.tok, NULL, 0))
        w->failed[j.instance] = true;
}

/* The next moment of a start event's clock, INT64_MAX: none is to come. */
static time_ms start_due(const struct world *w)
{
    const struct bpmn_start_row *starts;
    size_t count;
    time_ms due = INT64_MAX, last, next;
    bpmn_starts(w->op, w->model, &starts, &count);
    for (size_t i = 0; i < count; i++)
        if (starts[i].kind == BPMN_START_TIMER &&
            bpmn_start_clock(w->op, w->model, starts[i].event, w->begun, w->rung, &last, &next) && next && next < due)
            due = next;
    return due;
}

static void starts_ring(struct world *w, time_ms now)
{
    const struct bpmn_start_row *starts;
    size_t count;
    time_ms last, next;
    bpmn_starts(w->op, w->model, &starts, &count);
    for (size_t i = 0; i < count; i++) {
        if (starts[i].kind != BPMN_START_TIMER ||
            !bpmn_start_clock(w->op, w->model, starts[i].event, w->begun, now, &last, &next) || last <= w->rung)
            continue;
        bool waited = false;
        for (int k = 0; k < w->count && starts[i].others && !waited; k++)
            waited = bpmn_start_rings(&w->runs[k], bpmn_node_id(w->model, starts[i].node), starts[i].name);
        if (!waited)
            begin(w, &starts[i], &(struct bpmn_carried){0});
    }
    w->rung = now;
}

/* The virtual clock: on to whatever is due next, until nothing is. */
static void let_time_pass(struct world *w)
{
    for (int steps = 0; steps < STEPS_MAX; steps++) {
        time_ms due = INT64_MAX, at;
        int job = -1, ring = -1;
        for (int i = 0; i < w->job_count; i++)
            if (w->jobs[i].due < due)
                due = w->jobs[i].due, job = i;
        for (int i = 0; i < w->count; i++)
            if (bpmn_next_due(&w->runs[i], &at) && at < due)
                due = at, ring = i, job = -1;
        time_ms start = start_due(w);
        if (start < due)
            due = start, ring = job = -1;
        else if (job < 0 && ring < 0)
            return;
        if (due > w->op->now)
            w->op->now = due;
        if (job >= 0) {
            job_done(w, job);
        } else if (ring >= 0) {
            w->runs[ring].fired = 0;
            bpmn_tick(&w->runs[ring]);
        } else {
            starts_ring(w, due);
        }
        carry_out(w);
    }
}

/* ---- judging ----------------------------------------------------------------------------------------------- */

static int count_label(const struct world *w, str label)
{
    int n = 0;
    for (int i = 0; i < w->traced; i++)
        n += str_eq(w->trace[i], label);
    return n;
}

static str trace_text(struct world *w)
{
    return op_join(w->op, w->trace, (size_t)w->traced, S(" "));
}

static bool trace_matches(struct world *w, const struct json *wanted)
{
    bool marker = false;
    int expected = 0;
    for (const struct json *x = wanted->first; x; x = x->next) {
        int n = 0;
        for (const struct json *y = wanted->first; y; y = y->next)
            n += str_eq(x->text, y->text);
        marker |= str_eq(x->text, S("MARKER"));
        expected++;
        if (count_label(w, x->text) != n)
            return false;
    }
    return w->traced - (!marker && w->marked) == expected;
}

static bool order_matches(struct world *w, const struct json *pairs)
{
    for (const struct json *p = pairs ? pairs->first : NULL; p; p = p->next) {
        str a = p->first->text, b = p->first->next->text;
        int last_a = -1, first_b = w->traced;
        for (int i = 0; i < w->traced; i++) {
            if (str_eq(w->trace[i], a))
                last_a = i;
            if (str_eq(w->trace[i], b) && i < first_b)
                first_b = i;
        }
        if (last_a > first_b)
            return false;
    }
    return true;
}

static str end_text(const struct world *w)
{
    bool waiting = false, error = false;
    for (int i = 0; i < w->count; i++) {
        if (w->failed[i])
            return S("failed");
        error |= w->runs[i].state.end == BPMN_ERROR;
        waiting |= w->runs[i].state.end == BPMN_RUNNING;
    }
    return error ? S("error") : waiting ? S("waiting") : S("completed");
}

static void case_play(struct world *w, const struct json *c)
{
    for (const struct json *s = json_get(c, S("start"))->first; s; s = s->next) {
        struct feel_entry values[VALUES_MAX];
        size_t count;
        struct bpmn_run *run = instance_new(w, values, &count);
        if (run && !bpmn_start(run, bpmn_process(w->model, s->text), S(""), values, count))
            w->failed[run - w->runs] = true;
        carry_out(w);
    }
    let_time_pass(w);
}

/* One case under many orders. The text says what went wrong; empty: nothing. */
static str case_run(struct op *op, const struct bpmn *m, const struct json *c, int schedules)
{
    const struct json *expect = json_get(c, S("expect"));
    str end = json_str(expect, S("end"));
    if (!m)
        return str_eq(end, S("deploy_error")) ? S("") : S("模型被拒绝");
    time_ms now = op->now;
    for (int i = 0; i < schedules; i++) {
        struct mark mark = op_mark(op);
        struct world *w = op_new(op, struct world);
        w->op = op;
        w->model = m;
        w->variables = json_get(c, S("vars"));
        w->shuffle = i > 0;
        w->begun = w->rung = now;
        int faults = op->fault_count;
        case_play(w, c);
        op_forgive(op, faults);
        op->now = now;
        for (int k = 0; k < w->count; k++) {
            const char *broken = bpmn_check_state(m, &w->runs[k].state);
            if (broken)
                return op_text(op, "状态不变量被破坏：%s", broken);
        }
        if (str_eq(end, S("deploy_error")) && str_eq(end_text(w), S("failed")))
            return S("");
        if (!trace_matches(w, json_get(expect, S("trace"))))
            return op_text(op, "第 %d 种次序得到 [%.*s]", i, PS(trace_text(w)));
        if (!order_matches(w, json_get(expect, S("before"))))
            return op_text(op, "第 %d 种次序先后不对 [%.*s]", i, PS(trace_text(w)));
        if (!str_eq(end, end_text(w)))
            return op_text(op, "第 %d 种次序结局是 %.*s，应为 %.*s", i, PS(end_text(w)), PS(end));
        op_reset(op, mark);
    }
    return S("");
}

static bool model_load(struct op *op, str folder, str file, struct bpmn **ret, str *ret_why)
{
    static const struct bpmn_options options = {.expression = expression, .script = known_script};
    struct bpmn_doc doc = {.where = file};
    int faults = op->fault_count;
    *ret = NULL;
    bool ok = file_read(op, op_text(op, "%.*s/%.*s", PS(folder), PS(file)), XTREE_BYTES_MAX, &doc.text) &&
              bpmn_load(op, &doc, &options, ret);
    if (!ok) {
        const struct fault *f = fault_since(op, faults);
        *ret_why = f ? op_text(op, "%.*s：%.*s", PS(f->field), PS(f->text)) : S("");
        *ret = NULL;
    }
    op_forgive(op, faults);
    return ok;
}

static bool list_read(struct op *op, str folder, const char *file, struct json **ret)
{
    str text;
    return file_read(op, op_text(op, "%.*s/%s", PS(folder), file), XTREE_BYTES_MAX, &text) && json_parse(op, text, ret);
}

static void test_run(struct op *op, str folder, const struct json *t, int schedules, struct buf *report,
                     struct bpmn_suite *s)
{
    struct bpmn *m;
    str why = S("");
    bool loaded = model_load(op, folder, json_str(t, S("file")), &m, &why), valid = true,
         disputed = json_true(t, S("disputed"));
    for (const struct json *c = json_get(t, S("cases"))->first; c; c = c->next) {
        str wrong = case_run(op, m, c, schedules);
        valid &= !str_eq(json_str(json_get(c, S("expect")), S("end")), S("deploy_error"));
        s->cases++;
        s->passed += wrong.n == 0;
        s->disputed += disputed;
        s->disputed_passed += disputed && wrong.n == 0;
        int64_t number = 0;
        (void)json_int(json_get(c, S("id")), &number);
        if (wrong.n)
            buf_text(report, "不合 %.*s 第%lld例%s：%.*s\n", PS(json_str(t, S("name"))), (long long)number,
                     disputed ? "（有争议）" : "", PS(wrong));
    }
    s->valid += valid;
    s->valid_refused += valid && !loaded;
    if (valid && !loaded)
        buf_text(report, "误拒 %.*s\n", PS(why));
}

bool bpmn_suite_run(struct op *op, str folder, int schedules, struct buf *report, struct bpmn_suite *ret)
{
    struct json *constraints, *tests;
    *ret = (struct bpmn_suite){0};
    if (!list_read(op, folder, "constraints.json", &constraints) || !list_read(op, folder, "tests.json", &tests))
        return false;
    for (const struct json *t = json_get(constraints, S("tests"))->first; t; t = t->next) {
        struct bpmn *m;
        str why;
        struct mark mark = op_mark(op);
        bool loaded = model_load(op, folder, json_str(t, S("file")), &m, &why);
        op_reset(op, mark);
        ret->refusals++;
        ret->refused += !loaded;
        if (loaded)
            buf_text(report, "没有拒绝 %.*s（%.*s）\n", PS(json_str(t, S("file"))), PS(json_str(t, S("rule"))));
    }
    for (const struct json *t = json_get(tests, S("tests"))->first; t; t = t->next)
        test_run(op, folder, t, schedules, report, ret);
    return true;
}
