/* Commands that do one thing to a data folder and end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "cli/cli.h"
#include "demo/demo.h"
#include "paper/paper.h"
#include "policy/policy.h"
#include "replay/replay.h"
#include "report/report.h"

[[nodiscard]] static bool ledger_named(struct cli *cli, str name, const struct ledger **ret)
{
    *ret = town_ledger(cli->town, name);
    if (*ret)
        return true;
    struct buf known;
    buf_init(&known, cli->op, 0);
    for (size_t i = 0; i < town_ledger_count(cli->town); i++)
        buf_text(&known, i ? "、%.*s" : "%.*s", PS(town_ledger_at(cli->town, i)->name));
    return op_fail(cli->op, FAULT_INPUT, name, "没有这个台账；有：%.*s", PS(buf_str(&known)));
}

/* Passwords of synthetic people: kept beside the data for the owner of the folder alone, some printed. */
[[nodiscard]] static bool accounts_tell(struct cli *cli, str all, str shown)
{
    str path = op_text(cli->op, "%.*s/demo-accounts.txt", PS(cli_data(cli)));
    int fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, all.p, all.n) == (ssize_t)all.n;
    if (fd >= 0)
        close(fd);
    if (!written)
        return op_fail(cli->op, FAULT_SYSTEM, path, "文件写不了");
    printf("登录账号（也记在 %.*s/demo-accounts.txt）：\n%.*s", PS(cli_folder(cli)), PS(shown));
    return true;
}

/* Accounts of a demo town: one of each kind. Who is a 干部 is called as he is, and what forms mean by 本人 is he. Their
 * passwords are new in every town, printed, and kept beside the data. */
static const struct {
    str login, name, role, staff; /* staff: which 干部 */
    bool in_a_group;
} demo_people[] = {
    {SC("admin"), SC("管理员"), SC("系统管理员"), {0}, false},
    {SC("leader"), {0}, SC("领导"), SC("职务 = \"党委书记\""), false},
    {SC("clerk"), {0}, SC("办公室经办"), SC("站所.名称 = \"党政综合办公室\" and 职务 = \"负责人\""), false},
    {SC("cadre"), {0}, SC("村干部"), SC("编制 = \"村两委\""), true},
    {SC("auditor"), SC("李建国"), SC("审计"), {0}, false},
};

/* The first record of a ledger that meets this; NULL: none does. */
[[nodiscard]] static bool first_of(struct cli *cli, struct tx *tx, const struct who *who, str ledger, str where, struct record **ret)
{
    struct list_query q = {.where = where, .limit = 1};
    struct list_page page;
    const struct ledger *l;
    if (!ledger_named(cli, ledger, &l) || !list_read(tx, cli->town, who, l, &q, &page))
        return false;
    *ret = page.record_count ? &page.records[0] : NULL;
    return true;
}

[[nodiscard]] static bool demo_accounts_make(struct cli *cli, const struct who *who)
{
    struct op *op = cli->op;
    struct tx *tx;
    struct record *group, *staff;
    struct buf b;
    buf_init(&b, op, 0);
    if (!store_begin(cli->store, op, TX_WRITE, &tx) || !town_begin(tx, cli->town, NULL) ||
        !first_of(cli, tx, who, S("村组"), S("类型 in (\"村\", \"嘎查\")"), &group))
        return false;
    for (size_t i = 0; i < COUNT(demo_people); i++) {
        struct org_new new = {.login = demo_people[i].login, .name = demo_people[i].name, .role = demo_people[i].role,
                              .password = org_password_new(op)};
        id account;
        str password;
        if (demo_people[i].staff.n) {
            if (!first_of(cli, tx, who, S("干部"), demo_people[i].staff, &staff))
                return false;
            if (staff)
                new.staff = staff->id;
            new.name = staff ? json_str(staff->values, S("姓名")) : new.role;
        }
        if (demo_people[i].in_a_group && group)
            new.group = group->id;
        if (!org_account_add(tx, cli->town, who, &new, &account, &password))
            return false;
        buf_text(&b, "  %.*s / %.*s  %.*s\n", PS(new.login), PS(password), PS(new.role));
    }
    return store_commit(tx) && accounts_tell(cli, buf_str(&b), buf_str(&b));
}

bool cli_demo(struct cli *cli)
{
    int64_t people, seed;
    if (!cli_number(cli, "--people", 0, 10000000, 3000, &people) ||
        !cli_number(cli, "--seed", 0, INT64_MAX, 2021, &seed))
        return false;
    if (!cli_make_begin(cli, "演示镇") || !cli_open(cli, true) || !cli_procedures(cli)) /* so that serving it makes nothing any more */
        return false;
    struct who who = org_system();
    if (!demo_town(cli->op, cli->store, cli->town, &who, people, 0, (uint64_t)seed, DEMO_AT_WORK, cli_progress(cli)) ||
        !demo_accounts_make(cli, &who) || !search_settle(cli->store, cli->op))
        return false;
    str elsewhere = cli_flag(cli, "--rolls");
    str rolls = elsewhere.n ? elsewhere : op_text(cli->op, "%.*s/rolls", PS(cli_data(cli)));
    if (people > 0 && ((mkdir(op_z(cli->op, rolls), 0700) != 0 && errno != EEXIST) ||
                       !demo_rolls(cli->op, rolls, people, 0, (uint64_t)seed, NULL)))
        return cli->op->fault_count ? false : op_fail(cli->op, FAULT_SYSTEM, rolls, "文件夹建不了");
    printf("演示镇已生成（全部为合成数据）：%lld 人；", (long long)people);
    if (people > 0)
        printf("村里报来的花名册在 %.*s；", PS(elsewhere.n ? elsewhere : op_text(cli->op, "%.*s/rolls", PS(cli_folder(cli)))));
    printf("启动：zhenwu serve --data %.*s\n", PS(cli_folder(cli)));
    return true;
}

/* The rolls of the villages, of the day on which the played town began. */
[[nodiscard]] static bool replay_rolls(struct cli *cli, const struct replay_done *done, uint64_t seed)
{
    struct op op;
    str folder = op_text(cli->op, "%.*s/rolls", PS(cli_data(cli)));
    if (done->people == 0)
        return true;
    if (mkdir(op_z(cli->op, folder), 0700) != 0 && errno != EEXIST)
        return op_fail(cli->op, FAULT_SYSTEM, folder, "文件夹建不了");
    op_init(&op, (time_ms)done->from * 86400000, seed);
    bool made = demo_rolls(&op, folder, done->people, done->groups, seed, NULL);
    for (const struct fault *f = op.faults; f; f = f->next)
        (void)!op_fail(cli->op, f->kind, op_copy(cli->op, f->field), "%.*s", PS(f->text));
    op_done(&op);
    return made;
}

/* What may stand in a counts file, as the packs have it. */
bool cli_counts(struct cli *cli)
{
    str packs;
    struct replay_count *counts;
    size_t n;
    if (!cli_packs(cli, &packs) || !replay_counts(cli->op, packs, &counts, &n))
        return false;
    bool english = cli_english();
    printf(english ? "\nA file of --counts looks like %s: only what is to be changed; what may be (= as it usually is):\n"
                   : "\n--counts 的文件写 %s 的样子，只写要改的；可以改的数（= 平时是几）：\n",
           "{\"数\": {\"人口\": 800, \"救助户数\": 60, \"救助人数\": 133}}");
    for (size_t i = 0; i < n; i++) {
        const struct replay_count *c = &counts[i];
        printf("  %.*s = %.*s  %.*s%s%.*s%s\n", PS(c->name), PS(c->usual), PS(c->means), c->bound.n ? "（" : "", PS(c->bound),
               c->bound.n ? "）" : "");
    }
    printf("%s\n", english ? "What is given and cannot be is told before anything is done, with its bound and the reason; what is not "
                             "given is fitted to the town and the other counts, and that is listed at the end."
                           : "给了而做不到的数，开始以前就说出是哪个、至多至少是几、为什么；没有给的，随别的数和镇的大小改，办完时列出改了哪些。");
    return true;
}

bool cli_replay(struct cli *cli)
{
    struct op *op = cli->op;
    struct replay_options o = {.counts = cli_flag(cli, "--counts"), .progress = cli_progress(cli)};
    struct replay_done done;
    int64_t seed;
    struct buf all, shown;
    if (!cli_number(cli, "--people", 0, DEMO_PEOPLE_MAX, -1, &o.people) ||
        !cli_number(cli, "--seed", 0, INT64_MAX, 2021, &seed))
        return false;
    o.seed = (uint64_t)seed;
    if (cli_flag(cli, "--to").n && !day_parse(cli_flag(cli, "--to"), &o.to))
        return op_fail(op, FAULT_INPUT, S("--to"), "须写成 2021-12-31 的样子");
    if (!cli_make_begin(cli, "回放") || !cli_packs(cli, &o.packs) || !cli_open(cli, true) || !cli_procedures(cli) ||
        !replay_run(op, cli->store, cli->town, cli->flow, &o, &done) || !search_settle(cli->store, op))
        return false;
    buf_init(&all, op, 0);
    buf_init(&shown, op, 0);
    for (size_t i = 0; i < done.login_count; i++) {
        const struct replay_login *l = &done.logins[i];
        str line = op_text(op, "  %.*s / %.*s  %.*s（%.*s）\n", PS(l->login), PS(l->password), PS(l->role), PS(l->name));
        buf_add(&all, line);
        if (l->shown)
            buf_add(&shown, line);
    }
    if (!accounts_tell(cli, buf_str(&all), buf_str(&shown)) || !replay_rolls(cli, &done, o.seed))
        return false;
    bool guessed;
    (void)work_calendar_after(town_calendar(cli->town), done.to, 1, &guessed);
    if (guessed)
        printf("提示：工作日历里还没有 %d 年的放假安排，工作日按周一至周五推算；国务院办公厅通知下发后请补上\n", date_of(done.to).year);
    if (done.fitted_count)
        printf("下面这些数没有另给，按别的数和镇的大小改了：\n");
    for (size_t i = 0; i < done.fitted_count; i++)
        printf("  %.*s：%lld 改为 %lld（%.*s）\n", PS(done.fitted[i].name), (long long)done.fitted[i].from,
               (long long)done.fitted[i].to, PS(done.fitted[i].why));
    printf("已回放 %.*s 至 %.*s（全部为合成数据）：办了 %lld 步；启动：zhenwu serve --data %.*s\n", PS(day_text(op, done.from)),
           PS(day_text(op, done.to)), (long long)done.acts, PS(cli_folder(cli)));
    return true;
}

enum { NOTES_SHOWN = 20 };

/* What an import says of its cells, of which sheet if it read several; how many of it. */
static int notes_print(const struct import_report *r, const struct json *notes)
{
    int shown = 0;
    for (const struct json *e = notes ? notes->first : NULL; e && shown < NOTES_SHOWN; e = e->next, shown++) {
        const struct json *row = json_get(e, S("行"));
        str field = json_str(e, S("字段")), sheet = json_str(e, S("工作表"));
        bool several = !str_eq(sheet, r->sheet);
        fprintf(stderr, "%.*s%s第%.*s行%s%.*s：%.*s\n", PS(several ? sheet : S("")), several ? " " : "",
                PS(row ? row->text : S("?")), field.n ? " " : "", PS(field), PS(json_str(e, S("说明"))));
    }
    return shown;
}

bool cli_import(struct cli *cli)
{
    const struct ledger *l;
    struct tx *tx;
    struct import_report r = {0};
    if (!cli_open(cli, false) || !ledger_named(cli, cli->words[0], &l))
        return false;
    struct who who = org_system();
    struct import_options o = {.path = cli->words[1],
                               .file_name = cli->words[1],
                               .sheet = cli_flag(cli, "--sheet"),
                               .dry_run = cli_flag(cli, "--dry-run").n > 0,
                               .good_rows = cli_flag(cli, "--good-rows").n > 0,
                               .errors_path = cli_flag(cli, "--errors"),
                               .progress = cli_progress(cli)};
    if (!import_said_read(cli->op, cli_flag(cli, "--fill"), &o.said, &o.said_count) ||
        !store_begin(cli->store, cli->op, TX_BULK, &tx) || !import_workbook(tx, cli->town, &who, l, &o, &r))
        return false;
    if (r.kept && !store_commit(tx))
        return false;
    store_abandon(tx);
    printf("%s：%lld 行，新增 %lld，修改 %lld，未变 %lld，有误 %lld，跳过 %lld\n",
           r.kept      ? "已导入"
           : o.dry_run ? "试导入（未保存）"
                       : "未导入",
           (long long)r.rows, (long long)r.added, (long long)r.changed, (long long)r.unchanged, (long long)r.bad,
           (long long)r.skipped);
    if (r.rows)
        printf("工作表：%.*s\n", PS(r.sheet));
    if (r.made_other)
        printf("同时新建 %.*s %lld 条\n", PS(r.other_ledger), (long long)r.made_other);
    if (notes_print(&r, r.errors) == NOTES_SHOWN && r.bad > NOTES_SHOWN)
        fprintf(stderr, "……共 %lld 行有误\n", (long long)r.bad);
    if (r.warnings && r.warnings->first) {
        fprintf(stderr, "提醒（照样写入）：\n");
        if (notes_print(&r, r.warnings) == NOTES_SHOWN)
            fprintf(stderr, "……\n");
    }
    if (r.bad && r.lacks && r.lacks->first) {
        printf("表里没有这些必填栏，可以统一填（--fill \"%.*s=…\"）：", PS(r.lacks->first->text));
        for (const struct json *j = r.lacks->first; j; j = j->next)
            printf("%.*s%s", PS(j->text), j->next ? "、" : "\n");
    }
    if (r.errors_written)
        printf("有误的单元格已标红：%.*s\n", PS(o.errors_path));
    fflush(stdout); /* it is kept; indexes, and that search finds it, come after */
    if (r.kept && (!town_settle(cli->store, cli->op, cli->town) || !search_settle(cli->store, cli->op)))
        return false;
    cli->status = r.bad == 0 ? 0 : r.kept || o.dry_run ? 3 : 1;
    return true;
}

static bool file_write(void *context, str bytes)
{
    FILE *f = context;
    return fwrite(bytes.p, 1, bytes.n, f) == bytes.n;
}

bool cli_export(struct cli *cli)
{
    const struct ledger *l;
    struct tx *tx;
    str path = cli->words[1];
    bool csv = str_ends(path, S(".csv"));
    if (!csv && !str_ends(path, S(".xlsx")))
        return op_fail(cli->op, FAULT_INPUT, path, "文件名须以 .xlsx 或 .csv 结尾");
    struct export_options o = {
        .csv = csv,
        .blank = cli_flag(cli, "--template").n > 0,
        .sheet = cli_flag(cli, "--office").n > 0,
        .progress = cli_progress(cli),
        .write = file_write};
    o.query.where = cli_flag(cli, "--where");
    str as_of = cli_flag(cli, "--as-of");
    if (as_of.n && !as_of_read(cli->op, as_of, &o.query.as_of, &o.query.as_of_fact))
        return false;
    if (!cli_open(cli, false) || !ledger_named(cli, cli->words[0], &l) ||
        !store_begin(cli->store, cli->op, TX_READ, &tx))
        return false;
    /* Written beside and renamed at the end: a file with the wanted name is whole. */
    str part = op_text(cli->op, "%.*s.part", PS(path));
    FILE *f = fopen(part.p, "wb");
    if (!f)
        return op_fail(cli->op, FAULT_SYSTEM, path, "文件写不了，请检查文件夹是否存在、磁盘是否已满");
    o.context = f;
    struct who who = org_system();
    int64_t rows = 0;
    struct tx *trace;
    bool done = store_begin(cli->store, cli->op, TX_WRITE, &trace) &&
                taken_out(trace, &who, l->english,
                          op_text(cli->op, "%s%s%.*s", csv ? "CSV" : "Excel", o.query.where.n ? "，条件：" : "",
                                  PS(o.query.where))) &&
                store_commit(trace) && export_list(tx, cli->town, &who, l, &o, &rows);
    store_abandon(tx);
    done = fclose(f) == 0 && done;
    if (done && rename(part.p, op_z(cli->op, path)) != 0)
        done = op_fail(cli->op, FAULT_SYSTEM, path, "文件写不了");
    if (!done) {
        unlink(part.p);
        return cli->op->fault_count ? false : op_fail(cli->op, FAULT_SYSTEM, path, "文件写不了，磁盘可能已满");
    }
    printf("已导出 %lld 条到 %.*s\n", (long long)rows, PS(path));
    return true;
}

static bool stage_tell(void *context, str stage, int64_t done, int64_t total)
{
    struct progress *p = context;
    return p->tell(p->context, stage, done, total);
}

bool cli_verify(struct cli *cli)
{
    struct tx *tx;
    struct audit_report r;
    struct progress p = cli_progress(cli);
    if (!cli_open_store(cli, true) || !store_begin(cli->store, cli->op, TX_READ, &tx) ||
        !audit_verify(tx, stage_tell, &p, &r))
        return false;
    store_abandon(tx);
    if (!r.ok) {
        cli_say(cli, "留痕链有问题：第 %lld 条：%.*s\n", (long long)r.bad_no, PS(r.text));
        cli->status = 1;
        return true;
    }
    cli_say(cli, "留痕链完好：%lld 条，链头 %.*s\n", (long long)r.facts, PS(r.head));
    return true;
}

bool cli_backup(struct cli *cli)
{
    struct progress p = cli_progress(cli);
    if (!cli_open_store(cli, true) || !store_backup(cli->store, cli->op, cli->words[0], stage_tell, &p))
        return false;
    cli_say(cli, "已备份到 %.*s\n", PS(cli->words[0]));
    return true;
}

bool cli_restore(struct cli *cli)
{
    struct progress p = cli_progress(cli);
    struct audit_report r;
    if (!store_restore(cli->op, cli->words[0], cli_data(cli), stage_tell, &p, &r))
        return false;
    cli_say(cli, "已恢复到 %.*s：%lld 条留痕，链头 %.*s\n", PS(cli_data(cli)), (long long)r.facts, PS(r.head));
    return true;
}

bool cli_rebuild(struct cli *cli)
{
    struct tx *tx;
    int64_t records, different, cases, cases_different, reworded;
    if (!cli_open(cli, false) || !cli_procedures(cli) || !store_begin(cli->store, cli->op, TX_BULK, &tx) ||
        !town_rebuild(tx, cli->town, cli_progress(cli), &records, &different) ||
        !flow_rebuild(tx, cli->flow, cli_progress(cli), &cases, &cases_different, &reworded) ||
        !store_commit(tx) ||
        !search_settle(cli->store, cli->op))
        return false;
    cli_say(cli, "已由留痕重建 %lld 条记录、%lld 个事项；与原表不同的 %lld 条\n", (long long)records, (long long)cases,
            (long long)(different + cases_different));
    if (reworded)
        cli_say(cli, "另有 %lld 个事项“在哪一步”的说法是旧版程序写的，已照现在的写新，内容没有变\n", (long long)reworded);
    cli->status = different + cases_different ? 3 : 0;
    return true;
}

/* --steps 旧=新,旧=新: elements that are called otherwise in the version in force. */
[[nodiscard]] static bool renames_read(struct cli *cli, const struct bpmn_rename **ret, size_t *ret_count)
{
    struct { struct bpmn_rename *p; size_t n, cap; } list = {0};
    for (str rest = str_trim(cli_flag(cli, "--steps")), one, from, to; str_take(&rest, S(","), &one);) {
        if (!str_split(one, '=', &from, &to))
            return op_fail(cli->op, FAULT_INPUT, S("--steps"), "请写成 旧环节=新环节，几个的用逗号隔开，都写元素的编号");
        *list_add(cli->op, &list) = (struct bpmn_rename){str_trim(from), str_trim(to)};
    }
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

bool cli_password(struct cli *cli)
{
    struct tx *tx;
    struct who system = org_system();
    id account;
    str password;
    if (!cli_open(cli, false) || !store_begin(cli->store, cli->op, TX_WRITE, &tx) ||
        !org_account_find(tx, cli->town, cli->words[0], &account) ||
        !org_password_reset(tx, cli->town, &system, account, &password) || !org_guesses_forget(tx) ||
        !store_commit(tx))
        return false;
    cli_say(cli, "账号 %.*s 的一次性密码：%.*s（首次登录须修改，不再显示）\n", PS(cli->words[0]), PS(password));
    return true;
}

/* What could go over to the latest version, and why the rest cannot; with a reason it does. */
bool cli_migrate(struct cli *cli)
{
    struct tx *tx;
    struct flow_old *old;
    size_t count, rename_count = 0;
    const struct bpmn_rename *renames = NULL;
    struct who system = {.name = S("系统"), .system = true};
    str reason = cli_flag(cli, "--reason");
    if (!cli_open(cli, false) || !cli_procedures(cli))
        return false;
    const struct procedure *const *all, *p = flow_procedure(cli->flow, cli->words[0], 0);
    for (size_t i = 0, n = flow_procedures(cli->flow, &all); i < n && !p; i++) /* by the name that the office knows */
        p = str_eq(all[i]->name, cli->words[0]) ? all[i] : NULL;
    if (!p)
        return op_fail(cli->op, FAULT_INPUT, cli->words[0], "没有这个流程；写流程的名称，或业务包里 procedures 的文件名，不带 .bpmn");
    if (!store_begin(cli->store, cli->op, TX_BULK, &tx) || !renames_read(cli, &renames, &rename_count) ||
        !flow_older(tx, cli->flow, &system, p, renames, rename_count, &old, &count))
        return false;
    size_t may = 0;
    for (size_t i = 0; i < count; i++) {
        struct flow_act act = {.case_id = old[i].case_id,
                               .op = FLOW_MIGRATE,
                               .seat = -1,
                               .seat_rev = -1,
                               .work = -1,
                               .other = -1,
                               .target = (int32_t)p->version,
                               .opinion = reason,
                               .renames = renames,
                               .rename_count = rename_count};
        struct flow_done done;
        may += old[i].why.n == 0;
        printf("%.*s  第%lld版  %.*s（%.*s）：%.*s\n", PS(id_text(cli->op, old[i].case_id)), (long long)old[i].version,
               PS(old[i].title), PS(old[i].place), PS(old[i].why.n ? old[i].why : reason.n ? S("已迁移") : S("可以迁移")));
        if (!old[i].why.n && reason.n && !flow_do(tx, cli->flow, &system, &act, &done))
            return false;
    }
    if (!store_commit(tx))
        return false;
    printf("%s %zu 件，不能迁移 %zu 件；现行第 %lld 版%s\n", reason.n ? "已迁移" : "可以迁移", may, count - may, (long long)p->version,
           reason.n || !count ? "" : "。写明 --reason 才迁移");
    cli->status = may == count ? 0 : 3;
    return true;
}

/* The procedure is the one that the file is called like: seal_use.bpmn. */
[[nodiscard]] static bool deploy_model(struct cli *cli, struct flow_model *ret)
{
    str path = cli->words[0], name = path;
    int64_t back = 0;
    struct json number = {.kind = JSON_NUMBER, .text = str_trim(cli_flag(cli, "--back"))};
    if (number.text.n && (!json_int(&number, &back) || back < 1))
        return op_fail(cli->op, FAULT_INPUT, S("--back"), "须是从 1 起的整数");
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '/')
            name = str_part(path, i + 1, path.n);
    *ret = (struct flow_model){.key = str_ends(name, S(".bpmn")) ? str_part(name, 0, name.n - S(".bpmn").n) : name, .version = back};
    return back || file_read(cli->op, path, FLOW_EDITION_BYTES_MAX, &ret->text);
}

static void change_say(struct cli *cli, const struct flow_move_step *s)
{
    static const char *const kinds[] = {
        [FLOW_MOVE_HERE] = "不变", [FLOW_MOVE_LOST] = "没有了",   [FLOW_MOVE_RENAMED] = "改名",
        [FLOW_MOVE_ALTERED] = "有变", [FLOW_MOVE_ADDED] = "多出", [FLOW_MOVE_GONE] = "去掉"};
    bool named_anew = s->name.n && s->to_name.n && !str_eq(s->name, s->to_name);
    cli_say(cli, "%s  %.*s%s%.*s  %.*s\n", kinds[s->kind], PS(s->name.n ? s->name : s->to_name), named_anew ? " → " : "",
            PS(named_anew ? s->to_name : S("")), PS(s->text));
}

bool cli_deploy(struct cli *cli)
{
    struct tx *tx;
    struct flow_model m;
    const struct procedure *from;
    const struct bpmn_finding *f;
    struct flow_move_step *steps;
    size_t count;
    int64_t version;
    struct who system = {.name = S("系统"), .system = true};
    str reason = cli_flag(cli, "--reason"), text;
    if (!deploy_model(cli, &m) || !cli_open(cli, false) || !cli_procedures(cli) ||
        !store_begin(cli->store, cli->op, TX_WRITE, &tx) || !flow_model_text(tx, cli->flow, &m, &text) ||
        !flow_check(tx, cli->flow, m.key, text, &f))
        return false;
    for (; f; f = f->next) {
        cli_say(cli, "%s  %.*s  %.*s\n", f->kind == BPMN_REFUSED ? "不能执行" : f->kind == BPMN_STRUCTURE ? "结构" : "提示", PS(f->where), PS(f->text));
        cli->status = f->kind == BPMN_REFUSED ? 1 : cli->status;
    }
    if (cli->status)
        return true;
    if (!flow_changes(tx, cli->flow, &m, &from, &steps, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        change_say(cli, &steps[i]);
    if (!reason.n) {
        cli_say(cli, "现行第 %lld 版，%zu 处变化。写明 --reason 才生效\n", (long long)(from ? from->version : 0), count);
        return true;
    }
    if (!flow_force(tx, cli->flow, &system, &m, reason, from ? from->version : 0, &version) || !store_commit(tx))
        return false;
    cli_say(cli, "已生效：%.*s 第 %lld 版\n", PS(m.key), (long long)version);
    return true;
}

bool cli_check(struct cli *cli)
{
    struct town *town;
    struct flow *flow;
    const struct procedure *const *procedures;
    struct indicators *indicators;
    struct works *works;
    struct templates *templates;
    str packs = cli->word_count ? cli->words[0] : S("packs");
    if (!town_parse(cli->op, packs, &town) || !flow_parse(cli->op, town, packs, &flow) ||
        !indicators_load(cli->op, town, packs, &indicators) ||
        !templates_load(cli->op, town, indicators, packs, &templates) || !works_load(cli->op, town, packs, NULL, &works))
        return false;
    cli_say(cli, "业务包无误：%zu 个台账，%zu 个流程，%zu 个指标，%zu 个报告模板\n", town_ledger_count(town), flow_procedures(flow, &procedures),
            indicators_count(indicators), templates_count(templates));
    return true;
}

bool cli_openapi(struct cli *cli)
{
    struct town *town;
    str packs = cli_flag(cli, "--packs");
    if (!town_parse(cli->op, packs.n ? packs : S("packs"), &town))
        return false;
    str text = api_describe(cli->op, town, S(ZHENWU_VERSION));
    return fwrite(text.p, 1, text.n, stdout) == text.n && fputc('\n', stdout) != EOF;
}

bool cli_paper(struct cli *cli)
{
    struct paper_job job = {.in = cli->words[0], .out = cli->words[1], .values = cli_flag(cli, "--values")};
    struct paper *paper;
    int64_t page;
    if (!cli_number(cli, "--page", 1, PAPER_PAGES_MAX, 0, &page) || !cli_packs(cli, &job.packs))
        return false;
    job.page = (size_t)page;
    if (!paper_make(cli->op, &job, &paper))
        return false;
    for (size_t i = 0; i < paper->note_count; i++)
        fprintf(stderr, "提示　%.*s：%.*s\n", PS(paper->notes[i].part), PS(paper->notes[i].text));
    printf("%.*s　共 %zu 页\n", PS(job.out), paper->page_count);
    return true;
}
