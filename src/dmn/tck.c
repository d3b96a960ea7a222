/* The conformance suite of the DMN TCK working group: reads its test files, runs them and compares as its rules say
 * (numbers within 10^-8, lists in order, contexts by name). Knows no case and no model. */
#include "dmn/model.h"

#define TEST_NS "http://www.omg.org/spec/DMN/20160719/testcase"

struct suite {
    struct op *op;
    struct dmn_tck *sum;
    struct buf *report;
    str folder, file;
    int cases, passed;
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

static void report(struct suite *s, str test, bool passed, str message)
{
    if (!s->report)
        return;
    struct buf plain;
    buf_init(&plain, s->op, 0);
    for (size_t i = 0; i < message.n; i++)
        buf_byte(&plain, message.p[i] == '"'                            ? '\''
                         : message.p[i] == '\n' || message.p[i] == '\r' ? ' '
                                                                        : message.p[i]);
    buf_text(s->report, "\"%.*s\",\"%.*s\",\"%.*s\",\"%s\",\"%.*s\"\n", PS(s->folder), PS(s->file), PS(test),
             passed ? "SUCCESS" : "ERROR", PS(buf_str(&plain)));
}

static bool run_case(struct op *op, const struct dmn *d, const struct xtree *test, bool *ret_valued,
                     int64_t *unexplained, str *ret_message)
{
    struct dmn_run run;
    bool passed = true;
    bool served = str_eq(xtree_attr(test, "type"), S("decisionService"));
    const struct feel_entry *entries = NULL;
    size_t count = 0;
    dmn_run_init(&run, op, d);
    for (const struct xtree *in = xtree_first(test, "inputNode"); in; in = xtree_next(in, "inputNode")) {
        feel_value v;
        if (!value_of(op, in, &v)) {
            *ret_message = op_text(op, "输入「%.*s」的值读不懂", PS(xtree_attr(in, "name")));
            return false;
        }
        str ns = xtree_attr(in, "namespace");
        if (ns.n == 0 || !dmn_input_of(&run, ns, xtree_attr(in, "name"), v))
            (void)dmn_input(&run, xtree_attr(in, "name"), v);
    }
    if (served) {
        const struct dmn_element *service = dmn_service(d, xtree_attr(test, "invocableName"));
        if (!service) {
            *ret_message = S("没有这个决策服务");
            return false;
        }
        dmn_serve(&run, service, &entries, &count);
    }
    for (const struct xtree *r = xtree_first(test, "resultNode"); r; r = xtree_next(r, "resultNode")) {
        feel_value want, got = feel_null();
        str name = xtree_attr(r, "name");
        const struct dmn_element *decision = dmn_decision(d, name);
        int notes = served ? 0 : run.note_count;
        if (!value_of(op, xtree_first(r, "expected"), &want)) {
            *ret_message = op_text(op, "「%.*s」的期望值读不懂", PS(name));
            return false;
        }
        for (size_t i = 0; i < count; i++)
            if (str_eq(entries[i].name, name))
                got = entries[i].value;
        if (!served && decision)
            got = dmn_decide(&run, decision);
        *ret_valued |= want.kind != FEEL_NULL;
        bool error_wanted = str_eq(xtree_attr(r, "errorResult"), S("true"));
        if (error_wanted && run.note_count == notes) {
            ++*unexplained;
            *ret_message = op_text(op, "%.*s: 空值没有说明原因", PS(name));
        }
        if (same(want, got) && (served || decision))
            continue;
        passed = false;
        *ret_message = op_text(op, "%.*s: 期望 %.*s 得到 %.*s%s%.*s", PS(name), PS(feel_literal(op, want)),
                               PS(feel_literal(op, got)), run.notes ? "；" : "",
                               PS(run.notes ? run.notes->text : S("")));
    }
    return passed;
}

static void run_file(struct suite *s, str folder, str file, const struct dmn_doc *docs, size_t doc_count)
{
    struct op *op = s->op;
    struct xtree *root;
    str text;
    int faults = op->fault_count;
    s->file = str_part(file, 0, file.n - (sizeof ".xml" - 1));
    if (!file_read(op, op_text(op, "%.*s/%.*s", PS(folder), PS(file)), XTREE_BYTES_MAX, &text) ||
        !xtree_parse(op, text, file, &root)) {
        op_forgive(op, faults);
        return;
    }
    /* the model under test first, the others of the folder to be imported */
    struct dmn_doc *ordered = op_array(op, struct dmn_doc, doc_count + 1);
    size_t n = 1;
    str model = xtree_text(root, "modelName"), trouble = S("没有这个模型文件");
    for (size_t i = 0; i < doc_count; i++)
        if (str_eq(docs[i].where, model))
            ordered[0] = docs[i];
        else
            ordered[n++] = docs[i];
    struct dmn *d = NULL;
    if (ordered[0].where.n && !dmn_load(op, ordered, n, &d))
        trouble = op->faults ? op->faults->text : S("模型打不开");
    op_forgive(op, faults);
    for (const struct xtree *test = xtree_first(root, "testCase"); test; test = xtree_next(test, "testCase")) {
        struct mark mark = op_mark(op);
        bool valued = false, passed = false;
        str message = trouble;
        if (d)
            message = S("");
        passed = d && run_case(op, d, test, &valued, &s->sum->unexplained, &message);
        op_forgive(op, faults);
        s->cases++;
        s->passed += passed;
        s->sum->valued += valued;
        s->sum->valued_passed += valued && passed;
        struct buf *kept = s->report;
        if (kept) { /* the report outlives the case's memory */
            report(s, xtree_attr(test, "id"), passed, message);
        } else {
            op_reset(op, mark);
        }
    }
}

static bool is_test(str name)
{
    return name.n > 12 && str_ends(name, S(".xml")) && str_starts(str_part(name, name.n - 12, name.n), S("-test-"));
}

static bool walk(struct op *op, str folder, str shown, int depth, struct buf *out, struct dmn_tck *sum)
{
    str *names;
    size_t count, doc_count = 0;
    if (depth > 6 || !folder_list(op, folder, &names, &count))
        return depth > 0;
    struct dmn_doc *docs = op_array(op, struct dmn_doc, count + 1);
    struct suite s = {.op = op, .sum = sum, .report = out, .folder = shown};
    for (size_t i = 0; i < count; i++) {
        str path = op_text(op, "%.*s/%.*s", PS(folder), PS(names[i])), text;
        int faults = op->fault_count;
        if (str_ends(names[i], S(".dmn")) && doc_count < DMN_DOCS_MAX) {
            if (file_read(op, path, XTREE_BYTES_MAX, &text))
                docs[doc_count++] = (struct dmn_doc){names[i], text};
        } else if (memchr(names[i].p, '.', names[i].n) == NULL) {
            walk(op, path, shown.n ? op_text(op, "%.*s/%.*s", PS(shown), PS(names[i])) : names[i], depth + 1, out, sum);
        }
        op_forgive(op, faults);
    }
    for (size_t i = 0; i < count; i++)
        if (is_test(names[i]))
            run_file(&s, folder, names[i], docs, doc_count);
    sum->cases += s.cases;
    sum->passed += s.passed;
    sum->suites += s.cases > 0;
    sum->suites_whole += s.cases > 0 && s.cases == s.passed;
    return true;
}

bool dmn_tck_run(struct op *op, str folder, struct buf *out, struct dmn_tck *ret)
{
    *ret = (struct dmn_tck){0};
    return walk(op, folder, S(""), 0, out, ret);
}
