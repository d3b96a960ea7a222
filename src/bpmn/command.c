/* zhenwu bpmn …: check a model, run a conformance folder, write a model back. */
#include <stdio.h>

#include "bpmn/model.h"

enum { STATUS_OK = 0, STATUS_FINDINGS = 1, STATUS_WRONG = 2, SCHEDULES = 40 };

static int usage(void)
{
    fprintf(stderr, "用法：\n  zhenwu bpmn check 模型.bpmn      检查结构与是否可执行\n"
                    "  zhenwu bpmn write 模型.bpmn      读入后原样写出\n"
                    "  zhenwu bpmn test 目录 [--schedules N]   跑一致性用例（tests.json、constraints.json）\n");
    return STATUS_WRONG;
}

static bool model_read(struct op *op, const char *path, struct bpmn **ret)
{
    struct bpmn_doc doc = {.where = str_z(path)};
    return file_read(op, doc.where, XTREE_BYTES_MAX, &doc.text) && bpmn_read(op, &doc, NULL, ret);
}

static int check(struct op *op, int argc, char **argv)
{
    struct bpmn *m;
    if (argc != 1)
        return usage();
    if (!model_read(op, argv[0], &m))
        return STATUS_WRONG;
    const struct bpmn_finding *findings = bpmn_check(m);
    struct bpmn_counts c = bpmn_count(m);
    for (const struct bpmn_finding *f = findings; f; f = f->next)
        printf("%s:%d:%d: %.*s：%.*s（%.*s）\n", argv[0], f->line, f->column, PS(f->where), PS(f->text), PS(f->rule));
    printf("流程 %d，节点 %d，顺序流 %d，图形 %d，连线 %d；%s\n", c.processes, c.nodes, c.flows, c.shapes, c.edges,
           findings ? "发现问题见上" : "没有发现问题");
    return findings ? STATUS_FINDINGS : STATUS_OK;
}

static int write_back(struct op *op, int argc, char **argv)
{
    struct bpmn *m;
    struct buf b;
    if (argc != 1)
        return usage();
    if (!model_read(op, argv[0], &m))
        return STATUS_WRONG;
    buf_init(&b, op, 0);
    bpmn_write(m, &b);
    return fwrite(b.p, 1, b.n, stdout) == b.n && fflush(stdout) == 0 ? STATUS_OK : STATUS_WRONG;
}

static int test(struct op *op, int argc, char **argv)
{
    struct bpmn_suite s;
    struct buf report;
    struct json number = {.kind = JSON_NUMBER, .text = S("40")};
    int64_t schedules = SCHEDULES;
    if (argc != 1 && !(argc == 3 && str_eq(str_z(argv[1]), S("--schedules"))))
        return usage();
    if (argc == 3)
        number.text = str_z(argv[2]);
    if (!json_int(&number, &schedules) || schedules < 1 || schedules > 10000)
        return usage();
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

int bpmn_command(struct op *op, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct op *op, int argc, char **argv);
    } commands[] = {{"check", check}, {"write", write_back}, {"test", test}};
    for (size_t i = 0; i < COUNT(commands) && argc > 2; i++)
        if (str_eq(str_z(argv[1]), str_z(commands[i].name))) {
            int status = commands[i].run(op, argc - 2, argv + 2);
            for (const struct fault *f = op->faults; f; f = f->next)
                fprintf(stderr, "%.*s%s%.*s\n", PS(f->field), f->field.n ? "：" : "", PS(f->text));
            return status;
        }
    return usage();
}
