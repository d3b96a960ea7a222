/* zhenwu: one program, one table of commands. The only room that asks the system for the time, for chance and for
 * arguments. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "bpmn/bpmn.h"
#include "cli/cli.h"
#include "demo/demo.h"
#include "dmn/dmn.h"

static time_ms milliseconds(const struct timespec *t)
{
    return (time_ms)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

/* False: no file, or none that holds a moment. */
static bool test_clock_read(struct test_clock *clock)
{
    char text[64];
    struct stat st;
    time_ms moment;
    FILE *f = fopen(clock->file, "re");
    if (!f)
        return false;
    bool whole = fgets(text, sizeof text, f) && fstat(fileno(f), &st) == 0;
    fclose(f);
    if (!whole || !time_parse(str_trim(str_z(text)), &moment))
        return false;
    clock->ahead_ms = moment - milliseconds(&st.st_mtim);
    return true;
}

time_ms cli_now(void *context)
{
    struct test_clock *test = context;
    struct timespec t;
    must(clock_gettime(CLOCK_REALTIME, &t) == 0);
    if (!test)
        return milliseconds(&t);
    test_clock_read(test);
    return milliseconds(&t) + test->ahead_ms;
}

bool test_clock_take(struct cli *cli, struct test_clock *ret)
{
    ret->file = op_z(cli->op, cli_flag(cli, "--clock"));
    if (!test_clock_read(ret))
        return op_fail(cli->op, FAULT_INPUT, S("--clock"), "文件里须有一个时刻，例如 2021-03-08T09:00:00+08:00");
    cli->op->now = cli_now(ret);
    return true;
}

uint64_t cli_seed([[maybe_unused]] void *context)
{
    uint64_t seed;
    must(getrandom(&seed, sizeof seed, 0) == sizeof seed);
    return seed;
}

/* Salts of facts must not follow from anything. */
static void random_bytes(void *bytes, size_t count)
{
    must(count <= 256 && getrandom(bytes, count, 0) == (ssize_t)count);
}

/* ---- arguments --------------------------------------------------------------------------------------------- */

enum { WORDS_MAX = 8, FLAGS_MAX = 16 };

struct flag {
    const char *name;    /* "--data" */
    const char *value;   /* its meaning in the usage; NULL: a switch */
};

struct command {
    const char *name;    /* "audit verify" */
    const char *words;   /* positional arguments, in the usage */
    int words_min, words_max;
    struct flag flags[13];
    cli_run *run;
    const char *chinese, *english;
};

str cli_flag(const struct cli *cli, const char *name)
{
    for (int i = 0; i < cli->flag_count; i++)
        if (strcmp(cli->flags[i].name, name) == 0)
            return str_z(cli->flags[i].value ? cli->flags[i].value : "1");
    return (str){0};
}

bool cli_number(struct cli *cli, const char *name, int64_t low, int64_t high, int64_t usual, int64_t *ret)
{
    str text = cli_flag(cli, name);
    struct json number = {.kind = JSON_NUMBER, .text = text};
    *ret = usual;
    if (text.n && (!json_int(&number, ret) || *ret < low || *ret > high))
        return op_fail(cli->op, FAULT_INPUT, str_z(name), "须是 %lld 到 %lld 的整数", (long long)low, (long long)high);
    return true;
}

/* ---- a data folder ----------------------------------------------------------------------------------------- */

/* Packs stand beside the program in a source tree (build/zhenwu, packs/) and in share when installed. */
bool cli_packs(struct cli *cli, str *ret)
{
    struct op *op = cli->op;
    *ret = cli_flag(cli, "--packs");
    if (ret->n)
        return true;
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return op_fail(op, FAULT_SYSTEM, S(""), "找不到程序自己的位置，请用 --packs 指明业务包文件夹");
    static const char *places[] = {"../packs", "../share/zhenwu/packs"};
    str path = {self, (size_t)n};
    while (path.n && path.p[path.n - 1] != '/')
        path.n--;
    for (size_t i = 0; i < COUNT(places); i++) {
        *ret = op_text(op, "%.*s%s", PS(path), places[i]);
        struct stat st;
        if (stat(ret->p, &st) == 0 && S_ISDIR(st.st_mode))
            return true;
    }
    return op_fail(op, FAULT_MISSING, S(""), "找不到业务包文件夹，请用 --packs 指明");
}

str cli_folder(const struct cli *cli)
{
    str data = cli_flag(cli, "--data");
    return data.n ? data : S("data");
}

str cli_data(const struct cli *cli)
{
    return cli->making.n ? cli->making : cli_folder(cli);
}

bool cli_open_store(struct cli *cli, bool reading)
{
    /* SQLite sorts what its memory does not hold in a file without a name. It is the town's data: it stays where they are. */
    if (!reading)
        setenv("SQLITE_TMPDIR", op_z(cli->op, cli_data(cli)), 0);
    struct store_options options = {
        .reading = reading, .log_bytes = reading ? 0 : STORE_LOG_BYTES, .random = random_bytes};
    return store_open(cli->op, cli_data(cli), &options, &cli->store);
}

bool cli_open(struct cli *cli, bool create)
{
    struct op *op = cli->op;
    str packs;
    struct stat st;
    struct tx *tx;
    if (!create && stat(op_z(op, cli_data(cli)), &st) != 0)
        return op_fail(op, FAULT_MISSING, cli_data(cli), "没有这个数据文件夹；先用 zhenwu demo 或 zhenwu serve 建立");
    if (!cli_packs(cli, &packs) || !cli_open_store(cli, false))
        return false;
    return store_begin(cli->store, op, TX_WRITE, &tx) && town_load(tx, packs, &cli->town) && org_setup(tx) &&
           policy_setup(tx) && report_setup(tx) && store_commit(tx) && town_settle(cli->store, op, cli->town) &&
           (create || cli_give(cli, false));
}

bool cli_procedures(struct cli *cli)
{
    str packs;
    struct tx *tx;
    return cli_packs(cli, &packs) && store_begin(cli->store, cli->op, TX_WRITE, &tx) &&
           flow_load(tx, cli->town, packs, &cli->flow) && store_commit(tx);
}

void cli_close(struct cli *cli)
{
    if (cli->store)
        store_close(cli->store);
    cli->store = NULL;
}

/* ---- the table --------------------------------------------------------------------------------------------- */

#define DATA {"--data", "DIR"}, {"--packs", "DIR"}
static const struct command commands[] = {
    {"serve",
     "",
     0,
     0,
     {DATA,
      {"--listen", "HOST:PORT"},
      {"--tls", NULL},
      {"--tls-cert", "FILE"},
      {"--tls-key", "FILE"},
      {"--proxy", "ADDRESS"},
      {"--header-seconds", "N"},
      {"--body-seconds", "N"},
      {"--per-address", "N"},
      {"--time-is-right", NULL},
      {"--clock", "FILE"}},
     cli_serve,
     "启动服务；网络慢的地方可放宽等待请求头、请求体的秒数（平时 10、15），或改变同一地址的连接数（平时 256）；"
     "--clock 只供测试：时间取自文件里写的时刻，改了文件就到了另一天；只在本机地址上可用，平时不要用",
     "serves the pages and the API. On slow networks allow more seconds for the head and the body of a "
     "request (usually 10 and 15), or another number of connections per address (usually 256). "
     "--time-is-right: start although the last fact is later than the clock. --clock is for tests"},
    {"demo",
     "",
     0,
     0,
     {DATA, {"--people", "N"}, {"--seed", "N"}, {"--rolls", "DIR"}},
     cli_demo,
     "生成演示镇（合成数据）",
     "makes a demo town; all synthetic"},
    {"replay",
     "",
     0,
     0,
     {DATA, {"--people", "N"}, {"--seed", "N"}, {"--counts", "FILE.json"}, {"--to", "DATE"}},
     cli_replay,
     "生成演示镇并回放半年的工作（合成数据）；--counts 另给数量（zhenwu help replay 列出有哪些数），--to 另定最后一天",
     "makes a demo town and plays half a year of its work; --counts gives other numbers (zhenwu help replay lists them), --to "
     "another last day"},
    {"story",
     "FILE.txt|DIR",
     1,
     1,
     {{"--packs", "DIR"}},
     cli_story,
     "讲故事：业务包里的用例，一句一句照着办，说出哪句不对",
     "tells the stories of the packs, sentence by sentence, and says which one does not hold"},
    {"import",
     "LEDGER FILE.xlsx",
     2,
     2,
     {DATA, {"--dry-run", NULL}, {"--good-rows", NULL}, {"--errors", "OUT.xlsx"}, {"--sheet", "NAME"}, {"--fill", "FIELD=VALUE[;…]"}},
     cli_import,
     "导入 Excel 到台账",
     "imports a workbook into a ledger"},
    {"export",
     "LEDGER OUT.xlsx|OUT.csv",
     2,
     2,
     {DATA, {"--where", "FEEL"}, {"--as-of", "TIME"}, {"--template", NULL}, {"--office", NULL}},
     cli_export,
     "导出台账",
     "exports a ledger"},
    {"audit verify", "", 0, 0, {DATA}, cli_verify, "校验留痕链",
     "verifies the history from the first fact to the last"},
    {"backup", "FILE", 1, 1, {DATA}, cli_backup, "备份（可在服务运行时进行）",
     "one consistent copy, also while serving"},
    {"restore", "FILE", 1, 1, {DATA}, cli_restore, "从备份恢复到空文件夹",
     "restores a backup into an empty folder"},
    {"rebuild", "", 0, 0, {DATA}, cli_rebuild, "由留痕重建全部台账表",
     "rebuilds all tables from the history"},
    {"upgrade",
     "",
     0,
     0,
     {DATA, {"--take", "ROW"}, {"--keep", "ROW"}},
     cli_upgrade,
     "换了新程序以后：放入业务包新增的起始记录，列出业务包改了而本镇没有动的；--take 改为业务包的，--keep 仍用本镇的，"
     "ROW 如“时限规则 FJ-LG 1”，或“全部”；服务须先停止",
     "after a new program was installed: gives the town what packs have added, lists what they changed and the town has "
     "otherwise; --take writes theirs, --keep stays with yours; ROW as it is listed, or all. Stop the service first"},
    {"password",
     "LOGIN",
     1,
     1,
     {DATA},
     cli_password,
     "重置密码：打印一次性密码，并放开因连错密码而暂停的；服务须先停止",
     "gives an account a new one-time password and lifts its lockout; stop the service first"},
    {"migrate",
     "PROCEDURE",
     1,
     1,
     {DATA, {"--reason", "TEXT"}, {"--steps", "OLD=NEW,..."}},
     cli_migrate,
     "在办事项迁移到流程现行版本：先看哪些可以，写明理由才迁移",
     "takes running cases over to the latest version of their procedure: tells which could go; with a reason they go"},
    {"deploy",
     "FILE.bpmn",
     1,
     1,
     {DATA, {"--reason", "TEXT"}, {"--back", "VERSION"}},
     cli_deploy,
     "流程生效：先检查、看变化，写明理由才生效；--back 改回以前的一版（这时写流程的代码）",
     "puts a model in force as the next version of the procedure that the file is named for: tells what is wrong and what "
     "changes; with a reason it is in force. --back: an earlier version (then name the procedure)"},
    {"check", "[PACKS]", 0, 1, {{NULL, NULL}}, cli_check, "检查业务包定义",
     "checks the definitions of packs"},
    {"paper",
     "FILE.txt|FILE.json OUT.pdf|.ofd|.svg|.png",
     2,
     2,
     {{"--packs", "DIR"}, {"--values", "FILE.json"}, {"--page", "N"}},
     cli_paper,
     "排版：公文（GB/T 9704）或表单",
     "lays out an official document (GB/T 9704) or a form"},
    {"policies", "[PACKS]", 0, 1, {{NULL, NULL}}, cli_policies, "检查政策：空缺、重叠、用例、规则覆盖",
     "checks policies: gaps, overlaps, cases, coverage of rules"},
    {"screen",
     "POLICY",
     1,
     1,
     {DATA, {"--as-of", "DATE"}, {"--out", "FILE.xlsx"}, {"--threads", "N"}},
     cli_screen,
     "按政策筛查全部对象",
     "screens the whole town by a policy"},
    {"simulate",
     "POLICY",
     1,
     1,
     {DATA, {"--as-of", "DATE"}, {"--set", "RULE:COLUMN=CELL[;…]"}, {"--than", "DATE"}},
     cli_simulate,
     "模拟：改一格，或与另一天比，看谁进谁出、花多少钱",
     "changes a cell, or compares with another day: who enters, who leaves, what it costs"},
    {"table",
     "POLICY FILE.xlsx",
     2,
     2,
     {{"--packs", "DIR"}, {"--on", "DATE"}, {"--into", "MODEL.dmn"}},
     cli_table,
     "决策表导出为 Excel；改好后用 --into 写回模型",
     "a decision table as a workbook; edited, --into writes it back into the model"},
    {"indicators",
     "[NAME]",
     0,
     1,
     {DATA, {"--from", "DATE"}, {"--to", "DATE"}, {"--by", "FIELD"}, {"--as-of", "DATE"}},
     cli_indicators,
     "指标：期内的数、它数的记录和口径；--as-of 是截至过去某天的数",
     "indicators: values of a period, the records they count, their definitions; --as-of: as it stood on a day"},
    {"report",
     "NAME|FORM.docx|FORM.xlsx OUT.pdf|.ofd|.docx|.xlsx|.txt",
     2,
     2,
     {DATA, {"--from", "DATE"}, {"--to", "DATE"}, {"--of", "PERSON"}, {"--freeze", NULL}, {"--as-of", "DATE"}},
     cli_report,
     "报告：按模板，或按自己的 Word、Excel 文件写出，数字都从台账数出来",
     "writes a report by a template of the packs, or by a Word or Excel file of your own; all figures are counted"},
    {"changes", "FROZEN", 1, 1, {DATA}, cli_changes, "冻结的报告与现在的差异：哪个数、哪些记录、谁改的",
     "what differs from a frozen report: which figure, which records, by whom"},
    {"fill",
     "FORM.xlsx OUT.xlsx",
     2,
     2,
     {DATA,
      {"--ledger", "LEDGER"},
      {"--sheet", "NAME"},
      {"--from", "DATE"},
      {"--to", "DATE"},
      {"--where", "FEEL"},
      {"--register", NULL},
      {"--source", "NAME"},
      {"--due", "TIME"},
      {"--office", "NAME"}},
     cli_fill,
     "一表通：填上级的空表，列出来源和缺口；--register 登记成上报任务",
     "fills a superior's blank form and lists sources and gaps; --register keeps it as a task"},
    {"openapi", "", 0, 0, {{"--packs", "DIR"}}, cli_openapi, "输出接口说明",
     "prints the description of the API (OpenAPI 3.1)"},
};

/* The pure engines read their own arguments: they need no data folder and no packs. */
static const struct {
    const char *name, *part, *words, *chinese, *english;
    int (*run)(struct op *op, int argc, char **argv);
} engines[] = {
    {"dmn", "check", "MODEL.dmn", "检查决策表：漏、重、用不到的规则，各举一例", "checks decision tables: gaps, overlaps, dead rules, each with an example",
     dmn_command_check},
    {"dmn", "eval", "MODEL.dmn --decision NAME --input JSON [--explain] [--b-feel]", "按输入作一次决策", "makes one decision",
     dmn_command_eval},
    {"dmn", "tck", "DIR [--csv FILE] [--b-feel]", "跑 DMN 一致性用例", "runs a folder of DMN conformance cases", dmn_command_tck},
    {"bpmn", "check", "MODEL.bpmn", "检查流程的结构与是否可执行", "checks a procedure: its structure, and whether it can be executed",
     bpmn_command_check},
    {"bpmn", "write", "MODEL.bpmn", "读入流程后原样写出", "reads a procedure and writes it as it was", bpmn_command_write},
    {"bpmn", "test", "DIR [--schedules N]", "跑 BPMN 一致性用例（tests.json、constraints.json）",
     "runs a folder of BPMN conformance cases (tests.json, constraints.json)", bpmn_command_test},
};

enum { STATUS_DONE, STATUS_REFUSED, STATUS_USAGE, STATUS_BAD_ROWS, STATUS_INTERRUPTED = 128 + SIGINT }; /* as usage says */

static void usage_of(FILE *to, const struct command *c)
{
    fprintf(to, "  zhenwu %s%s%s", c->name, *c->words ? " " : "", c->words);
    for (size_t k = 0; k < COUNT(c->flags) && c->flags[k].name; k++)
        fprintf(to, c->flags[k].value ? " [%s %s]" : " [%s]", c->flags[k].name, c->flags[k].value);
    fprintf(to, "\n      %s\n", cli_english() ? c->english : c->chinese);
}

/* name: of this engine only; NULL: of all. */
static void usage_of_engines(FILE *to, const char *name)
{
    for (size_t i = 0; i < COUNT(engines); i++)
        if (!name || strcmp(engines[i].name, name) == 0)
            fprintf(to, "  zhenwu %s %s %s\n      %s\n", engines[i].name, engines[i].part, engines[i].words,
                    cli_english() ? engines[i].english : engines[i].chinese);
}

static void usage(FILE *to)
{
    fprintf(to, "zhenwu 镇务 %s\n\n", ZHENWU_VERSION);
    for (size_t i = 0; i < COUNT(commands); i++)
        usage_of(to, &commands[i]);
    usage_of_engines(to, NULL);
    if (cli_english())
        fprintf(to, "\nLEDGER is the Chinese or the English name, for example 人 or person. One command only: zhenwu help "
                    "import\nExit status: 0 done; 1 not done, the reason is in the error output; 2 wrong usage; 3 done, with "
                    "some rows or records wrong; 130 interrupted (Ctrl+C), nothing was kept\n");
    else
        fprintf(to, "\nLEDGER 可写中文名或英文名，例如 人 或 person。只看一个命令：zhenwu help import\n"
                "退出状态：0 办成；1 没有办，原因写在错误输出里；2 用法不对；3 办了，其中有不对的行或记录；130 中途停下（Ctrl+C），"
                    "没有留下任何内容\n");
}

/* The command that the first words name, longest name first ("audit verify"). */
static const struct command *command_find(char **words, int count, int *ret_taken)
{
    for (int taken = count < 2 ? count : 2; taken >= 1; taken--)
        for (size_t i = 0; i < COUNT(commands); i++) {
            char name[64];
            snprintf(name, sizeof name, taken == 2 ? "%s %s" : "%s", words[0], words[taken - 1]);
            if (strcmp(name, commands[i].name) == 0) {
                *ret_taken = taken;
                return &commands[i];
            }
        }
    return NULL;
}

static bool asks_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* What `zhenwu help COMMAND` tells besides, in the words of the packs. */
static const struct {
    const char *name;
    cli_run *tell;
} more[] = {{"replay", cli_counts}};

static bool more_told(struct op *op, const struct command *c)
{
    for (size_t i = 0; c && i < COUNT(more); i++)
        if (strcmp(more[i].name, c->name) == 0)
            return more[i].tell(&(struct cli){.op = op});
    return true;
}

/* `zhenwu help`, `zhenwu help import`, `zhenwu import --help`; *ret_status only when help was asked for */
static bool help(struct op *op, char **words, int count, int *ret_status)
{
    int taken;
    const struct command *c = NULL;
    bool first = count > 0 && asks_help(words[0]), last = count > 1 && asks_help(words[count - 1]);
    if (first && count > 1)
        c = command_find(words + 1, count - 1, &taken);
    else if (last)
        c = command_find(words, count - 1, &taken);
    if (!first && !c)
        return false;
    if (c)
        usage_of(stdout, c);
    else
        usage(stdout);
    *ret_status = !first || more_told(op, c) ? STATUS_DONE : STATUS_REFUSED;
    cli_faults(op);
    return true;
}

[[nodiscard]] static bool arguments_take(struct cli *cli, const struct command *c, char **argv, int argc)
{
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            if (cli->word_count == c->words_max)
                return op_fail(cli->op, FAULT_INPUT, str_z(argv[i]), "多余的参数");
            cli->words[cli->word_count++] = str_z(argv[i]);
            continue;
        }
        const struct flag *known = NULL;
        for (size_t k = 0; k < COUNT(c->flags) && c->flags[k].name; k++)
            if (strcmp(c->flags[k].name, argv[i]) == 0)
                known = &c->flags[k];
        if (!known)
            return op_fail(cli->op, FAULT_INPUT, str_z(argv[i]), "没有这个选项");
        if (known->value && i + 1 >= argc)
            return op_fail(cli->op, FAULT_INPUT, str_z(argv[i]), "后面须有 %s", known->value);
        if (cli->flag_count == FLAGS_MAX)
            return op_fail(cli->op, FAULT_INPUT, str_z(argv[i]), "选项太多");
        cli->flags[cli->flag_count++] = (struct cli_flag){known->name, known->value ? argv[++i] : NULL};
    }
    if (cli->word_count < c->words_min)
        return op_fail(cli->op, FAULT_INPUT, str_z(c->name), "须写明 %s", c->words);
    return true;
}

void cli_faults(const struct op *op)
{
    struct op said;
    op_init(&said, op->now, 0);
    for (const struct fault *f = op->faults; f; f = f->next)
        fprintf(stderr, !f->field.n ? "%.*s%.*s\n" : cli_english() ? "%.*s: %.*s\n" : "%.*s：%.*s\n",
                PS(cli_said(&said, f->field)), PS(cli_said(&said, f->text)));
    if (op->fault_count > FAULTS_MAX)
        fprintf(stderr, cli_english() ? "… %d in all\n" : "……共 %d 处\n", op->fault_count);
    op_done(&said);
}

/* Closes what a command left open, and puts the folder that it made in its place, if it is whole. */
static bool command_end(struct cli *cli, bool whole)
{
    struct op last; /* outlives the command's own: what a refused command left open must end before its store can */
    op_init(&last, cli->op->now, 0);
    cli->making = op_copy(&last, cli->making);
    op_done(cli->op);
    cli->op = &last;
    cli_close(cli);
    bool done = cli_make_end(cli, whole);
    cli_faults(&last);
    op_done(&last);
    return done;
}

/* False: no engine is called so. */
static bool engine_run(struct op *op, char **words, int count, int *ret_status)
{
    bool named = false;
    *ret_status = STATUS_USAGE;
    for (size_t i = 0; i < COUNT(engines); i++) {
        bool here = strcmp(words[0], engines[i].name) == 0;
        named |= here;
        if (here && count > 1 && strcmp(words[1], engines[i].part) == 0)
            *ret_status = engines[i].run(op, count - 2, words + 2);
    }
    cli_faults(op);
    if (named && *ret_status == STATUS_USAGE && op->fault_count == 0)
        usage_of_engines(stderr, words[0]);
    return named;
}

static int command_run(struct op *op, char **words, int count)
{
    int taken = 0, status;
    if (count == 0) {
        usage(stderr);
        return STATUS_USAGE;
    }
    if (engine_run(op, words, count, &status))
        return status;
    if (help(op, words, count, &status))
        return status;
    const struct command *c = command_find(words, count, &taken);
    if (!c) {
        str said = cli_said(op, op_text(op, "没有这个命令：%s；zhenwu help 列出全部命令", words[0]));
        fprintf(stderr, "%.*s\n", PS(said));
        return STATUS_USAGE;
    }
    struct cli cli = {.op = op};
    if (!arguments_take(&cli, c, words + taken, count - taken))
        status = STATUS_USAGE;
    else if (!c->run(&cli))
        status = cli_interrupted() ? STATUS_INTERRUPTED : STATUS_REFUSED;
    else
        status = cli.status;
    cli_faults(op);
    if (status == STATUS_USAGE)
        usage_of(stderr, c);
    return command_end(&cli, status == STATUS_DONE) || status != STATUS_DONE ? status : STATUS_REFUSED;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    struct op op;
    op_init(&op, cli_now(NULL), cli_seed(NULL));
    int status = command_run(&op, argv + 1, argc - 1);
    op_done(&op);
    return status;
}
