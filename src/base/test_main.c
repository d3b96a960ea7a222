/* The one main() of every test program: runs the TEST blocks in the order written and prints TAP. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"

/* What is lost is searched for under sanitizers, but for what libraries lose of their own: Cairo 1.16 an array of each
 * font it embeds in a PDF (under 1 kB), fontconfig one rule of its settings. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libcairo\nleak:libfontconfig\n";
}

static struct test *tests;
static int failures_here;

void test_add(struct test *t)
{
    struct test **end = &tests;
    while (*end)
        end = &(*end)->next;
    *end = t;
}

void test_failed(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("# %s:%d: ", file, line);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    failures_here++;
}

static int remove_one(const char *path, [[maybe_unused]] const struct stat *s, [[maybe_unused]] int kind,
                      [[maybe_unused]] struct FTW *f)
{
    return remove(path);
}

static void remove_tree(void *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void test_dir_make(struct op *op, str *ret_path)
{
    str path = op_copy(op, S("/tmp/zhenwu-test-XXXXXX"));
    must(mkdtemp((char *)path.p));
    op_defer(op, remove_tree, (char *)path.p);
    *ret_path = path;
}

/* With arguments, runs only the tests whose title contains one of them. */
static bool wanted(const struct test *t, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(t->title, argv[i]))
            return true;
    return argc < 2;
}

int main(int argc, char **argv)
{
    int count = 0, failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (struct test *t = tests; t; t = t->next) {
        if (!wanted(t, argc, argv))
            continue;
        struct op op;
        op_init(&op, 1638752400000, 2021); /* 2021-12-06T09:00+08:00 */
        failures_here = 0;
        t->run(&op);
        for (struct fault *f = failures_here ? op.faults : NULL; f; f = f->next)
            printf("# fault: %.*s: %.*s\n", PS(f->field), PS(f->text));
        op_done(&op);
        printf("%s %d - %s\n", failures_here ? "not ok" : "ok", ++count, t->title);
        failed += failures_here > 0;
    }
    printf("1..%d\n", count);
    return failed ? 1 : 0;
}
