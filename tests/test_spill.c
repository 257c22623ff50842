/* Tables that go to a file when they are large: what was written stays, and little of it in memory. */
#include "test.h"
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "base/spill.h"
#include "base/text.h"

#define MEMORY_BYTES ((size_t)1 << 20)
#define ROWS 8000000u /* 64 MB */
#define SORTED 200000u
#define RESIDENT_KB_MAX ((long)(DW_SPILL_RESIDENT_BYTES / 1024) + 16 * 1024)
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1 /* shadow memory is not the table's */
#else
#define IS_SANITIZED 0
#endif

static uint64_t value_of(uint64_t i)
{
    return i * UINT64_C(0x9E3779B97F4A7C15) + 1;
}

/* Rows one after the other, with room that doubles; then looked at in another order. */
static bool keeps_what_was_written(dw_spill *spill, uint64_t rows)
{
    uint64_t *table = NULL;
    size_t cap = 0;
    bool same = true;
    for (uint64_t i = 0; i < rows; i++) {
        if (i == cap) {
            size_t more = cap ? 2 * cap : 16;
            uint64_t *bigger = dw_spill_grow(spill, table, cap * sizeof *table, more * sizeof *table);
            if (!bigger)
                return false;
            table = bigger;
            cap = more;
        }
        same = same && table[i] == 0;
        table[i] = value_of(i);
        dw_spill_rest(spill);
    }
    for (uint64_t i = 0; i < rows; i++) {
        uint64_t at = (i * 1000003) % rows;
        same = same && table[at] == value_of(at);
        dw_spill_rest(spill);
    }
    dw_spill_drop(spill, table);
    return same;
}

/* In a process of its own, which may write no file if files is false; how much memory it took at most. */
static long kb_of_rows(uint64_t rows, bool files)
{
    int how = 0;
    struct rusage usage = {0};
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit none = {0};
        dw_spill *spill = NULL;
        signal(SIGXFSZ, SIG_IGN);
        bool ok = (files || setrlimit(RLIMIT_FSIZE, &none) == 0) && dw_spill_new(MEMORY_BYTES, &spill, NULL) == DW_OK &&
                  keeps_what_was_written(spill, rows);
        dw_spill_free(spill);
        _exit(ok ? 0 : 1);
    }
    CHECK(pid > 0 && wait4(pid, &how, 0, &usage) == pid);
    CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    printf("     %ld kB\n", usage.ru_maxrss);
    return usage.ru_maxrss;
}

static void a_table_larger_than_memory_keeps_its_rows_and_lets_go_of_its_pages(void)
{
    long kb = kb_of_rows(ROWS, true);
    CHECK(IS_SANITIZED || kb <= RESIDENT_KB_MAX);
}

static void where_no_file_can_be_written_memory_has_to_do(void)
{
    long kb = kb_of_rows(ROWS, false);
    CHECK(IS_SANITIZED || kb > RESIDENT_KB_MAX);
}

static void without_a_spill_tables_lie_in_memory(void)
{
    CHECK(keeps_what_was_written(NULL, 100000));
}

static void several_tables_grow_side_by_side(void)
{
    struct dw_error err = {0};
    dw_spill *spill = NULL;
    uint64_t *tables[5] = {0};
    size_t size = 0;
    CHECK_OK(dw_spill_new(MEMORY_BYTES, &spill, &err), err);
    for (size_t more = 4096; more <= 4 * MEMORY_BYTES; size = more, more *= 2)
        for (size_t i = 0; i < DW_ARRAY_LEN(tables); i++) {
            uint64_t *bigger = dw_spill_grow(spill, tables[i], size, more);
            CHECK(bigger != NULL);
            if (!bigger)
                return;
            tables[i] = bigger;
            CHECK(size == 0 || bigger[0] == i + 1);
            CHECK(bigger[more / sizeof *bigger - 1] == 0);
            bigger[0] = i + 1;
        }
    for (size_t i = 0; i < DW_ARRAY_LEN(tables); i++) {
        CHECK(tables[i][0] == i + 1);
        dw_spill_drop(spill, tables[i]);
    }
    dw_spill_free(spill);
}

struct item { /* of 12 bytes, as those of the judge */
    uint32_t key, high, number;
};

static int by_key(const void *a, const void *b, void *ctx)
{
    const struct item *x = a, *y = b;
    (*(uint64_t *)ctx)++;
    return x->key < y->key ? -1 : x->key > y->key;
}

static void equal_items_keep_their_order_however_many_there_are(void)
{
    static const uint32_t counts[] = {0, 1, 2, 1000, 32768, 32769, 65537, SORTED};
    struct dw_error err = {0};
    dw_spill *spill = NULL;
    CHECK_OK(dw_spill_new(MEMORY_BYTES, &spill, &err), err);
    struct item *items = dw_spill_grow(spill, NULL, 0, SORTED * sizeof *items);
    for (size_t k = 0; items && k < DW_ARRAY_LEN(counts); k++) {
        uint64_t compared = 0;
        size_t wrong = 0;
        for (uint32_t i = 0; i < counts[k]; i++)
            items[i] = (struct item){(uint32_t)(value_of(i) >> 50), 0, i};
        CHECK_OK(dw_spill_sort(spill, items, counts[k], sizeof *items, by_key, &compared, &err), err);
        for (uint32_t i = 1; i < counts[k]; i++)
            wrong += items[i - 1].key > items[i].key ||
                     (items[i - 1].key == items[i].key && items[i - 1].number >= items[i].number);
        CHECK_INT(wrong, 0);
        CHECK((compared == 0) == (counts[k] < 2));
    }
    dw_spill_drop(spill, items);
    dw_spill_free(spill);
}

TESTS(TEST(a_table_larger_than_memory_keeps_its_rows_and_lets_go_of_its_pages),
      TEST(where_no_file_can_be_written_memory_has_to_do), TEST(without_a_spill_tables_lie_in_memory),
      TEST(several_tables_grow_side_by_side), TEST(equal_items_keep_their_order_however_many_there_are))
