/* The conformance suite of the DMN TCK working group: reads its test files, runs them and compares as its rules say
 * (numbers within 10^-8, lists in order, contexts by name). Knows no case and no model. */
#include <limits.h>
#include <stdlib.h>

#include "dmn/model.h"

enum { FOLDERS_MAX = 6 }; /* within each other */

struct suite {
    struct op *op; /* ends with the suite: only lines of text outlive it */
    const struct dmn_tck_how *how;
    struct dmn_tck counts;
    str folder, file;
};

/* ---- values written in test files -------------------------------------------------------------------------- */

static bool typed_value(struct op *op, const struct xtree *e, feel_value *ret)
{
    str type = S(""), s = e->text, prefix, local;
    bool nil = false;
    for (const struct xattr *a = e->attrs; a; a = a->next) {
        if (str_eq(a->name, S("nil")))
            nil = str_eq(a->value, S("true")) || str_eq(a->value, S("1"));
        if (str_eq(a->name, S("type")))
            type = a->value;
    }
    if (str_split(type, ':', &prefix, &local))
        type = local;
    *ret = feel_null();
    if (nil)
        return true;
    if (type.n == 0 || str_eq(type, S("string"))) {
        *ret = feel_of_text(s);
        return true;
    }
    s = str_trim(s);
    if (str_eq(type, S("boolean"))) {
        *ret = feel_of_bool(str_eq(s, S("true")) || str_eq(s, S("1")));
        return true;
    }
    if (str_eq(type, S("date")))
        return feel_date_parse(s, ret);
    if (str_eq(type, S("time")))
        return feel_time_parse(op, s, ret);
    if (str_eq(type, S("dateTime")))
        return feel_date_time_parse(op, s, ret);
    if (str_eq(type, S("duration")))
        return feel_duration_parse(s, ret);
    dec d;
    if (!dec_parse(s, &d))
        return false;
    *ret = feel_of_dec(d);
    return true;
}

static bool value_of(struct op *op, const struct xtree *holder, feel_value *ret)
{
    const struct xtree *value = xtree_first(holder, "value"), *list = xtree_first(holder, "list"),
                       *c = xtree_first(holder, "component");
    if (value)
        return typed_value(op, value, ret);
    if (list) {
        struct {
            feel_value *p;
            size_t n, cap;
        } items = {0};
        if (str_eq(xtree_attr(list, "nil"), S("true"))) {
            *ret = feel_null();
            return true;
        }
        for (const struct xtree *item = xtree_first(list, "item"); item; item = xtree_next(item, "item")) {
            feel_value v;
            if (!value_of(op, item, &v))
                return false;
            *list_add(op, &items) = v;
        }
        *ret = feel_of_list(items.p, items.n);
        return true;
    }
    if (c) {
        struct {
            struct feel_entry *p;
            size_t n, cap;
        } entries = {0};
        for (; c; c = xtree_next(c, "component")) {
            feel_value v;
            if (!value_of(op, c, &v))
                return false;
            *list_add(op, &entries) = (struct feel_entry){xtree_attr(c, "name"), v};
        }
        *ret = feel_of_context(op, entries.p, entries.n);
        return true;
    }
    *ret = feel_null();
    return true;
}

static bool same(feel_value a, feel_value b)
{
    dec difference, tolerance;
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case FEEL_NUMBER:
        return dec_parse(S("0.00000001"), &tolerance) && dec_sub(a.number, b.number, &difference) &&
               dec_cmp(dec_abs(difference), tolerance) < 0;
    case FEEL_LIST:
        if (a.count != b.count)
            return false;
        for (size_t i = 0; i < a.count; i++)
            if (!same(a.items[i], b.items[i]))
                return false;
        return true;
    case FEEL_CONTEXT:
        if (a.context->count != b.context->count)
            return false;
        for (size_t i = 0; i < a.context->count; i++) {
            size_t j = 0;
            while (j < b.context->count && !str_eq(a.context->entries[i].name, b.context->entries[j].name))
                j++;
            if (j == b.context->count || !same(a.context->entries[i].value, b.context->entries[j].value))
                return false;
        }
        return true;
    case FEEL_NULL:
    case FEEL_BOOL:
    case FEEL_TEXT:
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_SPAN:
    case FEEL_MONTHS:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KINDS:
        break;
    }
    return feel_same(a, b);
}

/* ---- cases ------------------------------------------------------------------------------------------------- */

/* One CSV line; quotes and line ends in the message would break it. */
static void report(struct suite *s, str test, bool passed, str message)
{
    struct buf *csv = s->how->report;
    if (!csv)
        return;
    buf_text(csv, "\"%.*s\",\"%.*s\",\"%.*s\",\"%s\",\"", PS(s->folder), PS(s->file), PS(test),
             passed ? "SUCCESS" : "ERROR");
    for (size_t i = 0; i < message.n; i++) {
        char c = message.p[i];
        buf_byte(csv, c == '"' ? '\'' : c == '\n' || c == '\r' ? ' ' : c);
    }
    buf_add(csv, S("\"\n"));
}

static bool give_inputs(struct dmn_run *run, const struct xtree *test, str *ret_message)
{
    for (const struct xtree *in = xtree_first(test, "inputNode"); in; in = xtree_next(in, "inputNode")) {
        feel_value v;
        str ns = xtree_attr(in, "namespace"), name = xtree_attr(in, "name");
        if (!value_of(run->op, in, &v)) {
            *ret_message = op_text(run->op, "输入「%.*s」的值读不懂", PS(name));
            return false;
        }
        if (ns.n == 0 || !dmn_input_of(run, ns, name, v))
            (void)dmn_input(run, name, v);
    }
    return true;
}

/* One result node: the value must be the same, and a null that stands for an error must say why. */
static bool run_result(struct dmn_run *run, const struct xtree *r, const struct feel_context *served, bool *ret_valued,
                       str *ret_message)
{
    struct op *op = run->op;
    feel_value want, got = feel_null();
    str name = xtree_attr(r, "name");
    const struct dmn_element *decision = dmn_decision(run->dmn, name);
    if (!value_of(op, xtree_first(r, "expected"), &want)) {
        *ret_message = op_text(op, "「%.*s」的期望值读不懂", PS(name));
        return false;
    }
    *ret_valued |= want.kind != FEEL_NULL;
    if (!served && !decision) {
        *ret_message = op_text(op, "没有决策「%.*s」", PS(name));
        return false;
    }
    int notes = served || run->known[decision->number] ? 0 : run->note_count;
    for (size_t i = 0; served && i < served->count; i++)
        if (str_eq(served->entries[i].name, name))
            got = served->entries[i].value;
    if (!served)
        got = dmn_decide(run, decision);
    if (!same(want, got)) {
        *ret_message = op_text(op, "%.*s: 期望 %.*s 得到 %.*s%s%.*s", PS(name), PS(feel_literal(op, want)),
                               PS(feel_literal(op, got)), run->notes ? "；" : "",
                               PS(run->notes ? run->notes->text : S("")));
        return false;
    }
    if (str_eq(xtree_attr(r, "errorResult"), S("true")) && run->note_count == notes) {
        *ret_message = op_text(op, "%.*s: 空值没有说明原因", PS(name));
        return false;
    }
    return true;
}

static bool run_case(struct op *op, const struct dmn *d, const struct xtree *test, bool b_feel, bool *ret_valued,
                     str *ret_message)
{
    struct dmn_run run;
    struct feel_context served = {0};
    bool passed = true, is_service = str_eq(xtree_attr(test, "type"), S("decisionService"));
    dmn_run_init(&run, op, d);
    run.b_feel = b_feel;
    if (!give_inputs(&run, test, ret_message))
        return false;
    if (is_service) {
        const struct dmn_element *service = dmn_service(d, xtree_attr(test, "invocableName"));
        if (!service) {
            *ret_message = S("没有这个决策服务");
            return false;
        }
        dmn_serve(&run, service, &served.entries, &served.count);
    }
    for (const struct xtree *r = xtree_first(test, "resultNode"); r; r = xtree_next(r, "resultNode"))
        passed &= run_result(&run, r, is_service ? &served : NULL, ret_valued, ret_message);
    return passed;
}

/* The model under test first, the others of the folder to be imported. */
static bool load_model(struct suite *s, const struct xtree *root, const struct dmn_doc *docs, size_t doc_count,
                       struct dmn **ret, str *ret_trouble)
{
    struct dmn_doc *ordered = op_array(s->op, struct dmn_doc, doc_count + 1);
    size_t n = 1;
    str model = xtree_text(root, "modelName");
    for (size_t i = 0; i < doc_count; i++)
        if (str_eq(docs[i].where, model))
            ordered[0] = docs[i];
        else
            ordered[n++] = docs[i];
    *ret_trouble = S("没有这个模型文件");
    if (ordered[0].where.n == 0)
        return false;
    int faults = s->op->fault_count;
    bool loaded = dmn_load(s->op, ordered, n, ret);
    if (!loaded)
        *ret_trouble = s->op->faults ? s->op->faults->text : S("模型打不开");
    op_forgive(s->op, faults);
    return loaded;
}

static void run_file(struct suite *s, str folder, str file, const struct dmn_doc *docs, size_t doc_count)
{
    struct op *op = s->op;
    struct xtree *root;
    struct dmn *d = NULL;
    str text, trouble = S("");
    s->file = str_part(file, 0, file.n - (sizeof ".xml" - 1));
    if (!file_read(op, op_text(op, "%.*s/%.*s", PS(folder), PS(file)), XTREE_BYTES_MAX, &text) ||
        !xtree_parse(op, text, file, &root)) {
        s->counts.cases++; /* a test file nobody can read has not passed */
        report(s, S("-"), false, op->faults ? op->faults->text : S("打不开"));
        op_forgive(op, 0);
        return;
    }
    if (!load_model(s, root, docs, doc_count, &d, &trouble))
        d = NULL;
    for (const struct xtree *test = xtree_first(root, "testCase"); test; test = xtree_next(test, "testCase")) {
        struct mark mark = op_mark(op);
        bool valued = false;
        str message = trouble;
        bool passed = d && run_case(op, d, test, s->how->b_feel, &valued, &message);
        op_forgive(op, 0);
        s->counts.cases++;
        s->counts.passed += passed;
        s->counts.valued += valued;
        s->counts.valued_passed += valued && passed;
        report(s, xtree_attr(test, "id"), passed, passed ? S("") : message);
        op_reset(op, mark);
    }
}

static bool is_test(str name)
{
    return name.n > 12 && str_ends(name, S(".xml")) && str_starts(str_part(name, name.n - 12, name.n), S("-test-"));
}

/* One folder's tests. What is not compliant with the standard is shown but not counted. */
static void run_folder(struct op *outer, str folder, str shown, const str *names, size_t count,
                       const struct dmn_tck_how *how, struct dmn_tck *sum)
{
    struct op op;
    op_init(&op, outer->now, op_random(outer));
    struct dmn_doc *docs = op_array(&op, struct dmn_doc, count + 1);
    struct suite s = {.op = &op, .how = how, .folder = shown};
    size_t doc_count = 0, at;
    for (size_t i = 0; i < count; i++) {
        str path = op_text(&op, "%.*s/%.*s", PS(folder), PS(names[i])), text;
        if (str_ends(names[i], S(".dmn")) && doc_count < DMN_DOCS_MAX && file_read(&op, path, XTREE_BYTES_MAX, &text))
            docs[doc_count++] = (struct dmn_doc){names[i], text};
        op_forgive(&op, 0);
    }
    for (size_t i = 0; i < count; i++)
        if (is_test(names[i]))
            run_file(&s, folder, names[i], docs, doc_count);
    bool counted = !str_find(shown, S("non-compliant"), &at);
    const struct dmn_tck *c = &s.counts;
    if (c->cases && how->suites)
        buf_text(how->suites, "%.*s %d/%d%s\n", PS(shown), c->passed, c->cases, counted ? "" : " (not counted)");
    if (c->cases && counted) {
        sum->cases += c->cases;
        sum->passed += c->passed;
        sum->valued += c->valued;
        sum->valued_passed += c->valued_passed;
        sum->suites++;
        sum->suites_whole += c->cases == c->passed;
    }
    op_done(&op);
}

/* What a suite that was named by itself is called: the last part of its path, whatever way the path is written. */
static str folder_name(struct op *op, str folder)
{
    char full[PATH_MAX];
    str name = realpath(op_z(op, folder), full) ? str_z(full) : folder, before;
    for (str rest = name; str_split(rest, '/', &before, &rest);)
        name = rest;
    return op_copy(op, name);
}

[[nodiscard]] static bool walk(struct op *op, str folder, str shown, int depth, const struct dmn_tck_how *how,
                               struct dmn_tck *sum)
{
    str *names;
    size_t count;
    bool tests = false;
    if (!folder_list(op, folder, &names, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        tests |= is_test(names[i]);
        if (memchr(names[i].p, '.', names[i].n) || depth == FOLDERS_MAX)
            continue;
        int faults = op->fault_count; /* a file without a dot in its name is no folder */
        bool heading = depth == 0 && str_eq(names[i], S("TestCases")); /* of the pack: says nothing */
        str inside = heading ? S("") : shown.n ? op_text(op, "%.*s/%.*s", PS(shown), PS(names[i])) : names[i];
        if (!walk(op, op_text(op, "%.*s/%.*s", PS(folder), PS(names[i])), inside, depth + 1, how, sum))
            op_forgive(op, faults);
    }
    if (tests)
        run_folder(op, folder, shown.n ? shown : folder_name(op, folder), names, count, how, sum);
    return true;
}

bool dmn_tck_run(struct op *op, str folder, const struct dmn_tck_how *how, struct dmn_tck *ret)
{
    *ret = (struct dmn_tck){0};
    return walk(op, folder, S(""), 0, how, ret);
}
