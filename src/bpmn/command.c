/* zhenwu bpmn …: check a model, run a conformance folder, write a model back. */
#include <stdio.h>

#include "bpmn/model.h"

/* A file above what is parsed is still told by its size. */
enum { FILE_BYTES_MAX = 4 * XTREE_BYTES_MAX };
enum { STATUS_OK = 0, STATUS_FINDINGS = 1, STATUS_WRONG = 2, SCHEDULES = 40 };

static bool model_read(struct op *op, const char *path, struct bpmn_doc *doc, struct bpmn **ret)
{
    *doc = (struct bpmn_doc){.where = str_z(path)};
    return file_read(op, doc->where, FILE_BYTES_MAX, &doc->text) && bpmn_read(op, doc, NULL, ret);
}

/* A model that is well-formed and yet not looked into (too large, a DOCTYPE, no BPMN) is a finding like others. */
static int unread_tell(struct op *op, const struct bpmn_doc *doc, int faults)
{
    struct xtree *root;
    struct xtree_limit at;
    const struct fault *f = fault_since(op, faults);
    str why = f ? op_copy(op, f->text) : S("");
    if (!doc->text.p || op_has_fault(op, FAULT_SYSTEM))
        return STATUS_WRONG;
    op_forgive(op, faults);
    if (!xtree_read(op, doc->text, doc->where, &root, &at))
        return STATUS_WRONG;
    if (root)
        at = (struct xtree_limit){root->line, root->column, why};
    printf("%.*s:%d:%d: 文件：%.*s（unread）\n没有往下检查\n", PS(doc->where), at.line, at.column, PS(at.why));
    return STATUS_FINDINGS;
}

int bpmn_command_check(struct op *op, int argc, char **argv)
{
    struct bpmn *m;
    struct bpmn_doc doc;
    int faults = op->fault_count;
    if (argc != 1)
        return STATUS_WRONG;
    if (!model_read(op, argv[0], &doc, &m))
        return unread_tell(op, &doc, faults);
    const struct bpmn_finding *findings = bpmn_check(m);
    struct bpmn_counts c = bpmn_count(m);
    for (const struct bpmn_finding *f = findings; f; f = f->next)
        printf("%s:%d:%d: %.*s：%.*s（%.*s）\n", argv[0], f->line, f->column, PS(f->where), PS(f->text), PS(f->rule));
    printf("流程 %d，节点 %d，顺序流 %d，图形 %d，连线 %d；%s\n", c.processes, c.nodes, c.flows, c.shapes, c.edges,
           findings ? "发现问题见上" : "没有发现问题");
    return findings ? STATUS_FINDINGS : STATUS_OK;
}

int bpmn_command_write(struct op *op, int argc, char **argv)
{
    struct bpmn *m;
    struct bpmn_doc doc;
    struct buf b;
    if (argc != 1 || !model_read(op, argv[0], &doc, &m))
        return STATUS_WRONG;
    buf_init(&b, op, 0);
    bpmn_write(m, &b);
    return fwrite(b.p, 1, b.n, stdout) == b.n && fflush(stdout) == 0 ? STATUS_OK : STATUS_WRONG;
}

int bpmn_command_test(struct op *op, int argc, char **argv)
{
    struct bpmn_suite s;
    struct buf report;
    struct json number = {.kind = JSON_NUMBER, .text = S("40")};
    int64_t schedules = SCHEDULES;
    if (argc != 1 && !(argc == 3 && str_eq(str_z(argv[1]), S("--schedules"))))
        return STATUS_WRONG;
    if (argc == 3)
        number.text = str_z(argv[2]);
    if (!json_int(&number, &schedules) || schedules < 1 || schedules > 10000)
        return STATUS_WRONG;
    buf_init(&report, op, 0);
    if (!bpmn_suite_run(op, str_z(argv[0]), (int)schedules, &report, &s))
        return STATUS_WRONG;
    printf("%.*s", PS(buf_str(&report)));
    printf("合格模型 %d 个，误拒 %d 个；有争议的用例 %d 个，通过 %d 个\n", s.valid, s.valid_refused, s.disputed, s.disputed_passed);
    printf("应拒的模型，其次用例：\n%d passed, %d failed\n%d passed, %d failed\n", s.refused, s.refusals - s.refused, s.passed,
           s.cases - s.passed);
    return s.passed == s.cases && s.refused == s.refusals && s.valid_refused == 0 && s.cases + s.refusals > 0
               ? STATUS_OK
               : STATUS_FINDINGS;
}
