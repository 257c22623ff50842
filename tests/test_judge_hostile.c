/* Images that would take a judge's time or memory: made up block by block while they are read, so that what is measured
 * is the judge's own. */
#include "test.h"
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check/judge.h"

#define MEMORY_KB_MAX (64 * 1024)
#define ROOT 20u
#define RECORD_SIZE 46u /* of every name here, eight characters and ";1" */
#define RECORDS_PER_BLOCK (DW_BLOCK_SIZE / RECORD_SIZE)
#define FOLDER_FILES 1000u
#define FOLDER_BLOCKS ((FOLDER_FILES + RECORDS_PER_BLOCK - 1) / RECORDS_PER_BLOCK + 1)
#define BIG_BLOCKS 300000u /* 600 MB */
#define SMALL_FOLDERS 30000u /* first block of folders of one block that hold nothing */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1 /* shadow memory and quarantine are not the judge's */
#else
#define IS_SANITIZED 0
#endif

/* Folders behind each other from ROOT on, the root first; each holds files, the root the other folders. */
struct volume {
    uint32_t folders, blocks;
    bool files_are_the_disc; /* each file is the whole medium; else it has no bytes */
    bool files_are_folders;  /* from SMALL_FOLDERS on */
    bool in_a_loop;          /* each of those is the first folder again */
    uint64_t blocks_read;
};

static void put_both(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = at[7 - i] = (uint8_t)(value >> (8 * i));
}

static void put_record(uint8_t *at, const char *name, size_t n, uint32_t lba, uint32_t size, uint8_t flags)
{
    at[0] = RECORD_SIZE;
    put_both(at + 2, lba);
    put_both(at + 10, size);
    at[25] = flags;
    at[28] = at[31] = 1;
    at[32] = (uint8_t)n;
    memcpy(at + 33, name, n);
}

static uint32_t folder_lba(uint32_t i)
{
    return ROOT + i * FOLDER_BLOCKS;
}

/* Record number i of a folder: itself, its parent, then what is in it. */
static void put_entry(const struct volume *v, uint32_t folder, uint32_t i, uint8_t *at)
{
    char name[24];
    uint32_t size = FOLDER_BLOCKS * DW_BLOCK_SIZE;
    if (i < 2) {
        put_record(at, i ? "\1" : "\0", 1, folder_lba(i ? 0 : folder), size, 2);
    } else if (folder == 0 && i - 2 < v->folders) {
        snprintf(name, sizeof name, "D%07u", i - 2);
        put_record(at, name, 8, folder_lba(i - 1), size, 2);
    } else if (folder > 0 && i - 2 < FOLDER_FILES && v->files_are_folders) {
        snprintf(name, sizeof name, "E%07u", i - 2);
        uint32_t lba = v->in_a_loop ? folder_lba(1) : SMALL_FOLDERS + (folder - 1) * FOLDER_FILES + i - 2;
        put_record(at, name, 8, lba, v->in_a_loop ? size : DW_BLOCK_SIZE, 2);
    } else if (folder > 0 && i - 2 < FOLDER_FILES) {
        snprintf(name, sizeof name, "F%07u.;1", i - 2);
        put_record(at, name, 11, v->files_are_the_disc ? ROOT : 0,
                   v->files_are_the_disc ? (v->blocks - ROOT) * DW_BLOCK_SIZE : 0, 0);
    }
}

static void put_descriptor(const struct volume *v, uint8_t *d)
{
    static const uint8_t one[4] = {1, 0, 0, 1}, size[4] = {0, 8, 8, 0};
    d[0] = 1;
    memcpy(d + 1, "CD001\1", 6);
    memset(d + 8, ' ', 64);
    memcpy(d + 40, "HOSTILE", 7);
    put_both(d + 80, v->blocks);
    memcpy(d + 120, one, 4);
    memcpy(d + 124, one, 4);
    memcpy(d + 128, size, 4);
    put_record(d + 156, "\0", 1, ROOT, FOLDER_BLOCKS * DW_BLOCK_SIZE, 2);
    d[156] = 34;
}

static dw_status read_volume(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    struct volume *v = ctx;
    uint8_t *block = out;
    (void)err;
    v->blocks_read += count;
    memset(out, 0, (size_t)count * DW_BLOCK_SIZE);
    for (uint32_t i = lba; i < lba + count; i++, block += DW_BLOCK_SIZE) {
        if (i == 16)
            put_descriptor(v, block);
        if (i == 17)
            memcpy(block, "\377CD001\1", 7);
        uint32_t folder = i < ROOT ? UINT32_MAX : (i - ROOT) / FOLDER_BLOCKS;
        for (uint32_t k = 0; folder <= v->folders && k < RECORDS_PER_BLOCK; k++)
            put_entry(v, folder, (i - ROOT) % FOLDER_BLOCKS * RECORDS_PER_BLOCK + k, block + k * RECORD_SIZE);
        for (uint8_t k = 0; v->files_are_folders && i >= SMALL_FOLDERS && k < 2; k++)
            put_record(block + k * RECORD_SIZE, k ? "\1" : "\0", 1, k ? folder_lba((i - SMALL_FOLDERS) / FOLDER_FILES + 1) : i,
                       k ? FOLDER_BLOCKS * DW_BLOCK_SIZE : DW_BLOCK_SIZE, 2);
    }
    return DW_OK;
}

static void judge(struct volume *v, struct dw_check_result *result)
{
    struct dw_blocks blocks = {.read = read_volume, .count = v->blocks, .ctx = v};
    struct dw_check_opts opts = {.profile = "STD-GEN-DVD-JPEG"};
    struct dw_error err = {0};
    dw_check_source *source = NULL;
    CHECK_OK(dw_check_source_open_blocks(&blocks, &source, &err), err);
    CHECK_OK(dw_check_run(source, &opts, result, &err), err);
    dw_check_source_free(source);
}

static void files_that_lie_over_each_other_are_not_read_again_and_again(void)
{
    struct volume v = {.folders = 1, .blocks = BIG_BLOCKS, .files_are_the_disc = true};
    struct dw_check_result *result = calloc(1, sizeof *result);
    judge(&v, result);
    CHECK_INT(result->files, FOLDER_FILES);
    CHECK(v.blocks_read < UINT64_C(5) * BIG_BLOCKS);
    CHECK(result->findings.seen[DW_FILE_IO] > 0);
    free(result);
}

/* What a child that judges the volume does to its memory: what others did before must not count. */
static void judge_apart(struct volume v, uint64_t files, enum dw_code code, uint64_t seen)
{
    int how = 0;
    struct rusage usage = {0};
    pid_t pid = fork();
    if (pid == 0) {
        struct dw_check_result *result = calloc(1, sizeof *result);
        judge(&v, result);
        bool whole = result->files == files && result->findings.seen[code] == seen && result->findings.count <= DW_FINDINGS_MAX;
        if (!whole)
            fprintf(stderr, "%llu files, %llu findings\n", (unsigned long long)result->files,
                    (unsigned long long)result->findings.seen[code]);
        free(result);
        _exit(whole ? 0 : 1);
    }
    CHECK(pid > 0 && wait4(pid, &how, 0, &usage) == pid);
    CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    printf("     %ld kB\n", usage.ru_maxrss);
    CHECK(IS_SANITIZED || usage.ru_maxrss <= MEMORY_KB_MAX);
}

static void a_quarter_of_a_million_files_are_judged_within_64_mb(void)
{
    judge_apart((struct volume){.folders = 250, .blocks = BIG_BLOCKS}, 250000, DW_NAME_TWICE, 0);
}

static void a_million_files_are_judged_within_64_mb(void)
{
    judge_apart((struct volume){.folders = 999, .blocks = BIG_BLOCKS}, 999000, DW_NAME_TWICE, 0);
}

static void a_million_folders_are_judged_within_64_mb(void)
{
    judge_apart((struct volume){.folders = 999, .blocks = 1100000, .files_are_folders = true}, 0, DW_ISO_DOTS, 0);
}

static void a_folder_that_is_in_itself_a_million_times_is_one_finding(void)
{
    judge_apart((struct volume){.folders = 999, .blocks = 1100000, .files_are_folders = true, .in_a_loop = true}, 0,
                DW_ISO_TREE, 1);
}

TESTS(TEST(files_that_lie_over_each_other_are_not_read_again_and_again),
      TEST(a_quarter_of_a_million_files_are_judged_within_64_mb), TEST(a_million_files_are_judged_within_64_mb),
      TEST(a_million_folders_are_judged_within_64_mb), TEST(a_folder_that_is_in_itself_a_million_times_is_one_finding))
