/* Tests beside the code, in TAP. A test file holds TEST blocks and nothing else; src/base/test.c has main().
 *
 *     TEST("an empty list has no maximum")
 *     {
 *         check(list_max(op, NULL) == 0);
 *         check_str(name, S("张三"));
 *     }
 *
 * `op`, a struct op *, is in scope: a fresh operation with a fixed clock (2021-12-06T09:00+08:00) and a fixed seed. */
#pragma once
#include "base/base.h"

struct test {
    const char *title, *file;
    int line;
    void (*run)(struct op *op);
    struct test *next;
};
void test_add(struct test *t);
void test_failed(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void test_dir_make(struct op *op, str *ret_path); /* an empty folder, removed when the op ends */

#define TEST_NAME2(prefix, line) prefix##line
#define TEST_NAME(prefix, line) TEST_NAME2(prefix, line)
#define TEST(title_)                                                                                                \
    static void TEST_NAME(test_run_, __LINE__)([[maybe_unused]] struct op *op);                                     \
    __attribute__((constructor)) static void TEST_NAME(test_reg_, __LINE__)(void)                                   \
    {                                                                                                               \
        static struct test t = {title_, __FILE__, __LINE__, TEST_NAME(test_run_, __LINE__), NULL};                  \
        test_add(&t);                                                                                               \
    }                                                                                                               \
    static void TEST_NAME(test_run_, __LINE__)([[maybe_unused]] struct op *op)

#define check(x) ((x) ? (void)0 : test_failed(__FILE__, __LINE__, "%s", #x))
#define check_int(a, b)                                                                                             \
    do {                                                                                                            \
        long long a_ = (a), b_ = (b);                                                                               \
        if (a_ != b_)                                                                                               \
            test_failed(__FILE__, __LINE__, "%s = %lld, expected %lld", #a, a_, b_);                                \
    } while (0)
#define check_str(a, b)                                                                                             \
    do {                                                                                                            \
        str a_ = (a), b_ = (b);                                                                                     \
        if (!str_eq(a_, b_))                                                                                        \
            test_failed(__FILE__, __LINE__, "%s = «%.*s», expected «%.*s»", #a, PS(a_), PS(b_));                    \
    } while (0)
