/* zhenwu dmn …: the suite, one decision, one check. */
#include <stdio.h>

#include "dmn/model.h"

enum { STATUS_OK = 0, STATUS_FINDINGS = 1, STATUS_WRONG = 2 };

/* The other models of its folder: what it imports is looked for there. */
static void candidates(struct op *op, str path, struct dmn_doc *docs, size_t *count)
{
    str *names;
    size_t n, slash = path.n;
    int faults = op->fault_count;
    while (slash && path.p[slash - 1] != '/')
        slash--;
    str folder = slash ? str_part(path, 0, slash) : S("./"), own = str_part(path, slash, path.n);
    if (!folder_list(op, folder, &names, &n))
        n = 0;
    for (size_t i = 0; i < n && *count < DMN_DOCS_MAX; i++) {
        struct dmn_doc *doc = &docs[*count];
        if (str_eq(names[i], own) || !str_ends(names[i], S(".dmn")))
            continue;
        *doc = (struct dmn_doc){.where = op_text(op, "%.*s%.*s", PS(folder), PS(names[i]))};
        *count += file_read(op, doc->where, XTREE_BYTES_MAX, &doc->text);
    }
    op_forgive(op, faults); /* a model that cannot be read is told as one that is not there */
}

static bool load(struct op *op, const char *path, struct dmn **ret)
{
    struct dmn_doc *docs = op_array(op, struct dmn_doc, DMN_DOCS_MAX);
    size_t count = 1, at;
    docs[0].where = str_z(path);
    if (!file_read(op, docs[0].where, XTREE_BYTES_MAX, &docs[0].text))
        return false;
    if (str_find(docs[0].text, S("import"), &at))
        candidates(op, docs[0].where, docs, &count);
    return dmn_load(op, docs, count, ret);
}

int dmn_command_tck(struct op *op, int argc, char **argv)
{
    struct dmn_tck t;
    struct buf report, suites;
    const char *csv = NULL;
    bool b_feel = false;
    if (argc < 1)
        return STATUS_WRONG;
    for (int i = 1; i < argc; i++)
        if (str_eq(str_z(argv[i]), S("--b-feel")))
            b_feel = true;
        else if (i + 1 < argc && str_eq(str_z(argv[i]), S("--csv")))
            csv = argv[++i];
        else
            return STATUS_WRONG;
    buf_init(&report, op, 0);
    buf_init(&suites, op, 0);
    if (!dmn_tck_run(op, str_z(argv[0]), &(struct dmn_tck_how){csv ? &report : NULL, &suites, b_feel}, &t))
        return STATUS_WRONG;
    if (csv) {
        FILE *f = fopen(csv, "w");
        bool written = f && fwrite(report.p ? report.p : "", 1, report.n, f) == report.n;
        if ((f && fclose(f) != 0) || !written) {
            (void)op_fail(op, FAULT_SYSTEM, str_z(csv), "写不了，请检查目录和磁盘空间");
            return STATUS_WRONG;
        }
    }
    printf(
        "%.*scases passed: %d of %d\nvalue-only cases passed: %d of %d\nsuites whole: %d of %d\n%d passed, %d failed\n",
        PS(buf_str(&suites)), t.passed, t.cases, t.valued_passed, t.valued, t.suites_whole, t.suites, t.passed,
        t.cases - t.passed);
    return t.passed == t.cases && t.cases > 0 ? STATUS_OK : STATUS_FINDINGS;
}

int dmn_command_eval(struct op *op, int argc, char **argv)
{
    str decision = S(""), input = S("{}");
    bool explain = false, b_feel = false;
    for (int i = 1; i < argc; i++) {
        if (str_eq(str_z(argv[i]), S("--explain")))
            explain = true;
        else if (str_eq(str_z(argv[i]), S("--b-feel")))
            b_feel = true;
        else if (i + 1 < argc && str_eq(str_z(argv[i]), S("--decision")))
            decision = str_z(argv[++i]);
        else if (i + 1 < argc && str_eq(str_z(argv[i]), S("--input")))
            input = str_z(argv[++i]);
        else
            return STATUS_WRONG;
    }
    struct dmn *d;
    struct json *json;
    if (argc < 1 || !load(op, argv[0], &d) || !json_parse(op, input, &json))
        return STATUS_WRONG;
    struct dmn_run run;
    dmn_run_init(&run, op, d);
    run.explain = explain;
    run.b_feel = b_feel;
    if (json->kind != JSON_OBJECT) {
        (void)op_fail(op, FAULT_INPUT, S("--input"), "应是 JSON 对象，如 {\"年龄\": 65}");
        return STATUS_WRONG;
    }
    /* An input that is not there is lacking; one given as null is the null of the standard. */
    for (size_t i = 0; i < d->input_count; i++)
        run.needs_all |= !json_get(json, d->inputs[i]->name);
    for (const struct json *j = json->first; j; j = j->next) {
        const struct dmn_element *e = dmn_decision(d, j->key);
        for (size_t i = 0; i < d->input_count; i++)
            if (str_eq(d->inputs[i]->name, j->key))
                e = d->inputs[i];
        feel_value v;
        if (!feel_from_json(op, j, e ? dmn_element_type(e) : NULL, &v))
            return STATUS_WRONG;
        if (!dmn_input(&run, j->key, v)) {
            (void)op_fail(op, FAULT_INPUT, S("--input"), "模型里没有输入「%.*s」，请核对名称", PS(j->key));
            return STATUS_WRONG;
        }
    }
    const struct dmn_element *e = dmn_decision(d, decision);
    if (!e) {
        str *names = op_array(op, str, d->decision_count + 1);
        for (size_t i = 0; i < d->decision_count; i++)
            names[i] = d->decisions[i]->name;
        str known = op_join(op, names, d->decision_count, S("、"));
        (void)op_fail(op, FAULT_INPUT, S("--decision"), "模型里没有决策「%.*s」；有：%.*s", PS(decision), PS(known));
        return STATUS_WRONG;
    }
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out w = {.b = &b};
    feel_to_json(op, &w, dmn_decide(&run, e));
    printf("%.*s\n", PS(buf_str(&b)));
    if (explain) {
        str text = dmn_explain(&run);
        printf("%.*s", PS(text));
    }
    for (const struct dmn_note *n = run.notes; n; n = n->next)
        fprintf(stderr, "%.*s：%.*s\n", PS(n->where), PS(n->text));
    return STATUS_OK;
}

int dmn_command_check(struct op *op, int argc, char **argv)
{
    struct dmn *d;
    struct dmn_finding *findings;
    if (argc != 1 || !load(op, argv[0], &d))
        return STATUS_WRONG;
    dmn_check(op, d, &findings);
    int status = STATUS_OK;
    for (const struct dmn_finding *f = findings; f; f = f->next) {
        bool always = f->example.n == 0 && f->kind != DMN_TOLD && f->kind != DMN_UNCHECKED;
        printf("%s:%d: %.*s：%.*s%s%.*s\n", argv[0], f->line, PS(f->where), PS(f->text),
               f->example.n ? "；例如 " : always ? "；不论什么输入都是这样" : "", PS(f->example));
        status = f->kind == DMN_TOLD ? status : STATUS_FINDINGS; /* a spelling that was understood is only told */
    }
    if (!findings)
        printf("没有发现问题\n");
    return status;
}
