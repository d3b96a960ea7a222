/* What an operator meets, in English. The rooms say it in Chinese, once; here those words are found again by their
 * shape, a * standing for what was put in. A sentence that is not here stays as it came. tests/keeper.py holds both
 * against each other. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

static const struct {
    str chinese, english;
} said[] = {
    /* done */
    {SC("镇务已启动：*://*:*\n"), SC("Zhenwu is serving at *://*:*\n")},
    {SC("管理员账号 *，一次性密码 *（首次登录须修改，不再显示）\n"),
     SC("administrator *, one-time password * (to be changed at the first sign-in; not shown again)\n")},
    {SC("账号 * 的一次性密码：*（首次登录须修改，不再显示）\n"),
     SC("one-time password of *: * (to be changed at the first sign-in; not shown again)\n")},
    {SC("已备份到 *\n"), SC("backed up to *\n")},
    {SC("已恢复到 *：* 条留痕，链头 *\n"), SC("restored to *: * facts, head *\n")},
    {SC("留痕链完好：* 条，链头 *\n"), SC("the history is whole: * facts, head *\n")},
    {SC("留痕链有问题：第 * 条：*\n"), SC("the history is broken at fact *: *\n")},
    {SC("已由留痕重建 * 条记录、* 个事项；与原表不同的 * 条\n"),
     SC("rebuilt from the history: * records, * cases; * differ from the old tables\n")},
    {SC("业务包无误：* 个台账，* 个流程，* 个指标，* 个报告模板\n"),
     SC("the packs are right: * ledgers, * procedures, * indicators, * report templates\n")},
    {SC("业务包新增的起始记录，已放入 * 条：\n"), SC("* starting records that packs have added were given to the town:\n")},
    {SC("业务包改了、本镇的没有动的起始记录 * 条，由管理员在“业务包更新”页决定，或用 zhenwu upgrade：\n"),
     SC("* starting records that packs have changed and the town has otherwise; an administrator decides at the page “业务包更新”, or zhenwu upgrade:\n")},
    {SC("与本镇的记录合不上、没有放入的起始记录 * 条：\n"), SC("* starting records that do not go together with what the town has:\n")},
    {SC("    *：本镇“*”，业务包“*”\n"), SC("    *: the town \"*\", the packs \"*\"\n")},
    {SC("改为业务包的 * 条\n"), SC("* as the packs have them\n")},
    {SC("仍用本镇的 * 条\n"), SC("* as the town has them\n")},
    {SC("业务包的起始记录，这个镇都有了\n"), SC("the town has all starting records of the packs\n")},
    {SC("没有这样一条与业务包不同的起始记录；zhenwu upgrade 列出有哪些"),
     SC("no such record that differs from the packs; zhenwu upgrade lists them")},
    {SC("现行第 * 版，* 处变化。写明 --reason 才生效\n"), SC("version * is in force, * changes. Give --reason to put it in force\n")},
    {SC("已生效：* 第 * 版\n"), SC("in force: *, version *\n")},
    /* usage */
    {SC("没有这个命令：*；zhenwu help 列出全部命令"), SC("no such command: *; zhenwu help lists them")},
    {SC("多余的参数"), SC("one argument too many")},
    {SC("没有这个选项"), SC("no such option")},
    {SC("选项太多"), SC("too many options")},
    {SC("后面须有 *"), SC("wants * behind it")},
    {SC("须写明 *"), SC("wants *")},
    {SC("须是 * 到 * 的整数"), SC("must be a whole number from * to *")},
    {SC("须写成 127.0.0.1:8080 的样子"), SC("write it like 127.0.0.1:8080")},
    {SC("须写成 2021-12-31 的样子"), SC("write it like 2021-12-31")},
    {SC("证书和私钥须同时给出"), SC("give both, certificate and key")},
    {SC("只供本机测试，请把 --listen 改为 127.0.0.1"), SC("for tests on this machine only: --listen 127.0.0.1")},
    {SC("文件名须以 .xlsx 或 .csv 结尾"), SC("the name must end in .xlsx or .csv")},
    {SC("没有这个台账；有：*"), SC("no such ledger; there are: *")},
    {SC("没有这个登录名；用 zhenwu export 账号 账号.csv 看有哪些"), SC("no such login; zhenwu export account accounts.csv lists them")},
    {SC("这个账号已停用；请由管理员在“账号”里恢复"), SC("this account was stopped; an administrator takes that back among the accounts")},
    /* the data folder */
    {SC("没有这个数据文件夹；先用 zhenwu demo 或 zhenwu serve 建立"),
     SC("no such data folder; make one with zhenwu demo or zhenwu serve")},
    {SC("这里没有镇务数据"), SC("no data of Zhenwu here")},
    {SC("数据文件夹正由另一个程序使用（进程 *），请先停止它"), SC("the data folder is in use by another program (process *); stop that first")},
    {SC("数据文件夹不能写入：*"), SC("the data folder cannot be written: *")},
    {SC("不能建立数据文件夹：*"), SC("the data folder cannot be made: *")},
    {SC("文件夹已存在；*只建在新文件夹里，以免混入真实数据"),
     SC("the folder exists; * goes into a new one only, so that it never mixes with real data")},
    {SC("演示镇"), SC("a demo town")},
    {SC("回放"), SC("a replay")},
    {SC("上次没有建完的文件夹还在；没有别的程序在建的话，请删去后再试"),
     SC("a folder of a run that did not end is there; if no other program is making it, delete it and try again")},
    {SC("找不到业务包文件夹，请用 --packs 指明"), SC("packs not found; name their folder with --packs")},
    {SC("文件夹建不了，请检查磁盘和权限"), SC("the folder cannot be made; check disk and permissions")},
    {SC("系统时间"), SC("clock")},
    {SC("现在是 *，比最后一条留痕（*）早 * 天；请先校准系统时间（timedatectl），再启动；确实是从前的时间错了，加 --time-is-right"),
     SC("it is *, the last fact is of *, * days later; set the clock (timedatectl) and start again; if the older dates are wrong, add --time-is-right")},
    {SC("这份数据由更新的程序版本建立，请使用新版程序"), SC("made by a newer version of the program; use that")},
    {SC("这份数据是另一个版本的程序建立的（格式 *，本程序是 *），没有改动它；请用那个版本打开，或另选数据文件夹"),
     SC("made by another version of the program (format *, this one is *); it was not touched. Open it with that version, or choose another folder")},
    {SC("数据库文件已损坏，请停止使用并从备份恢复（*）"), SC("the database is damaged; stop, and restore a backup (*)")},
    {SC("留痕链的末端已损坏，请从备份恢复"), SC("the end of the history is damaged; restore a backup")},
    {SC("磁盘已满，这次没有保存；请清理磁盘后再办一次"), SC("the disk is full, nothing was kept; make room and do it again")},
    {SC("磁盘读写出错，这次没有保存；请检查磁盘后再办一次（*）"), SC("the disk failed, nothing was kept; check it and do it again (*)")},
    {SC("没有保存：*，再重试"), SC("not kept: *; then try again")},
    /* backup */
    {SC("备份"), SC("backup")},
    {SC("这里已有同名文件，请另取一个名字"), SC("there is a file of that name; choose another")},
    {SC("文件夹里已有东西，恢复须在空文件夹里进行"), SC("the folder is not empty; restore into an empty one")},
    {SC("备份文件已损坏（*），不能恢复；请换另一份备份"), SC("the backup is damaged (*) and was not restored; take another one")},
    {SC("备份中的留痕链不完好（*），不能恢复；请换另一份备份"), SC("the history in the backup is not whole (*); take another one")},
    {SC("摘要不符"), SC("digests differ")},
    {SC("目录不对"), SC("its index is wrong")},
    {SC("开头不对"), SC("its head is wrong")},
    {SC("已取消"), SC("cancelled")},
    /* the network */
    {SC("监听地址"), SC("listen")},
    {SC("*:* 不是有效的地址和端口"), SC("*:* is no address and port")},
    {SC("不能在 *:* 监听：*"), SC("cannot listen on *:*: *")},
    {SC("1024 以下的端口要有权限才能用；请换 8080、8443 这样的端口，或用服务单元（deploy/zhenwu.service）启动"),
     SC("ports below 1024 need a right; use one like 8080 or 8443, or start it by the unit (deploy/zhenwu.service)")},
    {SC("证书"), SC("certificate")},
    {SC("证书或私钥不能使用，请核对两个 PEM 文件是否完整且相配"),
     SC("certificate or key cannot be used; check that both PEM files are whole and belong together")},
    {SC("不能写入证书文件：*"), SC("the certificate cannot be written: *")},
    {SC("定时线程起不来，请检查系统的线程数限制"), SC("no thread for the clock; check the system's limit of threads")},
    /* files, and what the system says of them */
    {SC("文件打不开：*"), SC("cannot be opened: *")},
    {SC("文件夹打不开：*"), SC("the folder cannot be opened: *")},
    {SC("文件读不出：*"), SC("cannot be read: *")},
    {SC("文件不能读写：*"), SC("cannot be read or written: *")},
    {SC("文件写不了，请检查文件夹是否存在、磁盘是否已满"), SC("cannot be written; is the folder there, is the disk full?")},
    {SC("没有权限；请把它交给运行程序的用户（chown），并总以这个用户启动"),
     SC("permission denied; give it to the user who runs the program (chown), and always start it as that user")},
    {SC("没有这个文件或文件夹"), SC("no such file or folder")},
    {SC("已有同名的文件或文件夹"), SC("it exists")},
    {SC("路径当中有一段不是文件夹"), SC("a part of the path is no folder")},
    {SC("这是文件夹，不是文件"), SC("a folder, not a file")},
    {SC("这不是文件"), SC("not a file")},
    {SC("磁盘已满；请清理磁盘"), SC("the disk is full; make room")},
    {SC("磁盘是只读的；请检查硬盘和挂载"), SC("the disk is read-only; check it and how it is mounted")},
    {SC("端口已被占用；请换一个端口，或停止占用它的程序（ss -ltnp 看是谁）"),
     SC("the port is in use; take another, or stop the program that has it (ss -ltnp tells which)")},
    {SC("本机没有这个地址；请用 ip addr 看本机地址，或写 0.0.0.0"), SC("this machine has no such address; see ip addr, or write 0.0.0.0")},
};

enum { HOLES_MAX = 8, DEPTH_MAX = 2 };

bool cli_english(void)
{
    static const char *names[] = {"LC_ALL", "LC_MESSAGES", "LANG"}; /* the first that is set decides, as everywhere */
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strncmp(value, "en", 2) == 0;
    }
    return false;
}

/* Does text have the shape? What stands for each * is returned; each as short as it can be, the last takes the rest. */
static bool fits(str text, str shape, str *holes, size_t *ret_count)
{
    size_t count = 0, at;
    while (str_find(shape, S("*"), &at)) {
        str before = str_part(shape, 0, at), next;
        if (!str_starts(text, before) || count == HOLES_MAX)
            return false;
        text = str_part(text, at, text.n);
        shape = str_part(shape, at + 1, shape.n);
        next = str_find(shape, S("*"), &at) ? str_part(shape, 0, at) : shape;
        if (next.n == shape.n) { /* the last one: up to what ends the text */
            if (text.n < next.n || !str_ends(text, next))
                return false;
            at = text.n - next.n;
        } else if (!str_find(text, next, &at))
            return false;
        holes[count++] = str_part(text, 0, at);
        text = str_part(text, at, text.n);
    }
    *ret_count = count;
    return str_eq(text, shape);
}

static str translated(struct op *op, str chinese, int depth)
{
    str holes[HOLES_MAX];
    size_t count, at, hole = 0;
    for (size_t i = 0; i < COUNT(said); i++) {
        if (!fits(chinese, said[i].chinese, holes, &count))
            continue;
        struct buf b;
        buf_init(&b, op, 0);
        str rest = said[i].english;
        while (hole < count && str_find(rest, S("*"), &at)) {
            buf_add(&b, str_part(rest, 0, at));
            buf_add(&b, depth < DEPTH_MAX ? translated(op, holes[hole], depth + 1) : holes[hole]);
            hole++;
            rest = str_part(rest, at + 1, rest.n);
        }
        buf_add(&b, rest);
        return buf_str(&b);
    }
    return chinese;
}

str cli_said(struct op *op, str chinese)
{
    return cli_english() ? translated(op, chinese, 0) : chinese;
}

void cli_write(struct cli *cli, FILE *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = cli_said(cli->op, op_vtext(cli->op, format, args));
    va_end(args);
    fprintf(to, "%.*s", PS(text));
}
