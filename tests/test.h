/** The whole test harness: a test is a static function whose name is a sentence.
 *
 *      static void a_full_disk_leaves_nothing_behind(void) { ... CHECK_INT(st, DW_ERR_NO_SPACE); }
 *      TESTS(TEST(a_full_disk_leaves_nothing_behind), ...)
 */
#ifndef DW_TESTS_TEST_H
#define DW_TESTS_TEST_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int test_failures;
#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            test_failures++;                                                                       \
            fprintf(stderr, "%s:%d: CHECK(%s)\n", __FILE__, __LINE__, #cond);                      \
        }                                                                                          \
    } while (0)
#define CHECK_INT(got, want)                                                                       \
    do {                                                                                           \
        long long got_ = (long long)(got), want_ = (long long)(want);                              \
        if (got_ != want_) {                                                                       \
            test_failures++;                                                                       \
            fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, got_,       \
                    want_);                                                                        \
        }                                                                                          \
    } while (0)
#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        const char *got_ = (got), *want_ = (want);                                                 \
        if (!got_ || strcmp(got_, want_) != 0) {                                                   \
            test_failures++;                                                                       \
            fprintf(stderr, "%s:%d: %s is '%s', not '%s'\n", __FILE__, __LINE__, #got,             \
                    got_ ? got_ : "(null)", want_);                                                \
        }                                                                                          \
    } while (0)
#define CHECK_HAS(got, part)                                                                       \
    do {                                                                                           \
        const char *got_ = (got), *part_ = (part);                                                 \
        if (!got_ || !strstr(got_, part_)) {                                                       \
            test_failures++;                                                                       \
            fprintf(stderr, "%s:%d: '%s' has no '%s'\n", __FILE__, __LINE__,                       \
                    got_ ? got_ : "(null)", part_);                                                \
        }                                                                                          \
    } while (0)
/** The status is OK, or the sentence of err is printed. */
#define CHECK_OK(call, err)                                                                        \
    do {                                                                                           \
        if ((call) != DW_OK) {                                                                     \
            test_failures++;                                                                       \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, (err).text);             \
        }                                                                                          \
    } while (0)

/** A private folder for this test, removed by test_folder_done(). */
static inline const char *test_folder(char path[64])
{
    snprintf(path, 64, "/tmp/dw-test-XXXXXX");
    if (!mkdtemp(path)) {
        perror("mkdtemp");
        exit(1);
    }
    return path;
}

struct test_case {
    const char *name;
    void (*run)(void);
};
static inline int test_run(const struct test_case *cases, size_t count, int argc, char **argv)
{
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        if (argc > 1 && !strstr(cases[i].name, argv[1]))
            continue;
        int before = test_failures;
        cases[i].run();
        printf("%s %s\n", test_failures == before ? "ok  " : "FAIL", cases[i].name);
        fflush(stdout);
        failed += test_failures != before;
    }
    printf("%zu tests, %d failed\n", count, failed);
    return failed || count == 0;
}
#define TEST(f) {#f, f}
#define TESTS(...)                                                                                 \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        static const struct test_case cases[] = {__VA_ARGS__};                                     \
        return test_run(cases, sizeof cases / sizeof cases[0], argc, argv);                        \
    }
#endif
