/* Long jobs: a bar on a terminal, Ctrl-C that undoes what was begun, and folders that are there only when they are whole. */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

/* ---- Ctrl-C ------------------------------------------------------------------------------------------------------ */

/* A signal handler can reach nothing else. */
static volatile sig_atomic_t interrupted;

static void on_signal([[maybe_unused]] int number)
{
    interrupted = 1;
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}

/* The job is asked to end when it next tells how far it is; who presses twice ends the program at once. */
static void interruption_await(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction before, action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* nohup stays nohup */
            sigaction(numbers[i], &action, NULL);
}

/* ---- progress ---------------------------------------------------------------------------------------------------- */

static void bar_draw(str stage, int64_t done, int64_t total)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    if (total <= 0) {
        fprintf(stderr, "\r%.*s %lld  ", PS(stage), (long long)done);
        return;
    }
    int full = (int)(done * WIDTH / total);
    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[WIDTH] = 0;
    fprintf(stderr, "\r[%s] %3lld%% %.*s %lld/%lld  ", bar, (long long)(done * 100 / total), PS(stage), (long long)done,
            (long long)total);
    if (done == total)
        fputc('\n', stderr);
}

/* A bar on a terminal, nothing in a file. */
static bool progress_tell(void *context, str stage, int64_t done, int64_t total)
{
    struct cli *cli = context;
    bool shows = isatty(STDERR_FILENO), ends = interrupted && done != total;
    time_ms now = cli_now(NULL);
    if (ends && shows)
        fputc('\n', stderr);
    if (!ends && shows && (now - cli->told >= 100 || done == total)) {
        cli->told = now;
        bar_draw(stage, done, total);
    }
    return !ends;
}

struct progress cli_progress(struct cli *cli)
{
    interruption_await();
    return (struct progress){progress_tell, cli};
}

/* ---- a folder in the making -------------------------------------------------------------------------------------- */

bool cli_make_begin(struct cli *cli, const char *what)
{
    struct op *op = cli->op;
    struct stat st;
    str folder = cli_folder(cli);
    if (stat(op_z(op, folder), &st) == 0)
        return op_fail(op, FAULT_CONFLICT, folder, "文件夹已存在；%s只建在新文件夹里，以免混入真实数据", what);
    while (folder.n > 1 && folder.p[folder.n - 1] == '/')
        folder.n--;
    str part = op_text(op, "%.*s.part", PS(folder));
    if (stat(op_z(op, part), &st) == 0)
        return op_fail(op, FAULT_CONFLICT, part, "上次没有建完的文件夹还在；没有别的程序在建的话，请删去后再试");
    cli->making = part;
    return true;
}

static int entry_remove(const char *path, [[maybe_unused]] const struct stat *st, [[maybe_unused]] int kind,
                        [[maybe_unused]] struct FTW *at)
{
    return remove(path);
}

void cli_remove(const char *path)
{
    (void)nftw(path, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

bool cli_make_end(struct cli *cli, bool whole)
{
    struct op *op = cli->op;
    str part = cli->making, folder = cli_folder(cli);
    if (!part.n)
        return whole;
    cli->making = (str){0};
    if (whole && rename(op_z(op, part), op_z(op, folder)) == 0)
        return true;
    if (whole)
        (void)!op_fail(op, FAULT_SYSTEM, folder, "文件夹建不了");
    cli_remove(op_z(op, part));
    return false;
}
