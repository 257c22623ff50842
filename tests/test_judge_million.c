/* Discs of as many files as ours may have, drawn by our writer in another process while they are read here, so that the
 * memory measured is the judge's own. */
#include "test.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/file.h"
#include "burn/image/plan.h"
#include "check/judge.h"

#define MEMORY_KB_MAX (64 * 1024)
#define FOLDER_FILES 1000u
#define FILE_BYTES 100u
#define LINKS_MAX 60000u   /* names of one file, of 65,000 that ext4 knows */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1 /* shadow memory and quarantine are not the judge's */
#define FOLDERS 98u
#else
#define IS_SANITIZED 0
#define FOLDERS 998u /* and what is in them: just below a million */
#endif

struct question {
    uint32_t lba, count;
};

static bool give(int peer, const void *bytes, size_t size)
{
    for (const uint8_t *at = bytes; size > 0;) {
        ssize_t done = write(peer, at, size);
        if (done <= 0)
            return false;
        at += done;
        size -= (size_t)done;
    }
    return true;
}

static bool take(int peer, void *bytes, size_t size)
{
    for (uint8_t *at = bytes; size > 0;) {
        ssize_t done = read(peer, at, size);
        if (done <= 0)
            return false;
        at += done;
        size -= (size_t)done;
    }
    return true;
}

static dw_status plan_disc(enum dw_media media, dw_tree **tree, dw_plan **plan, struct dw_error *err)
{
    dw_status st = dw_tree_new(tree, err);
    if (st == DW_OK)
        st = dw_tree_set_label(*tree, "MILLION", 1767225600, err);
    for (unsigned i = 0; st == DW_OK && i < FOLDERS * FOLDER_FILES; i++) {
        char path[32];
        snprintf(path, sizeof path, "/D%07u/F%07u", i / FOLDER_FILES, i);
        st = dw_tree_add(*tree, "/nowhere", path, FILE_BYTES, NULL, err);
    }
    return st == DW_OK ? dw_plan_new(*tree, media, 0, plan, err) : st;
}

/* Says how many blocks there are, then draws what it is asked for until nobody asks any more. */
static int draw_disc(enum dw_media media, int peer)
{
    struct dw_error err = {0};
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    if (plan_disc(media, &tree, &plan, &err) != DW_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    uint32_t blocks = dw_plan_blocks(plan);
    struct question q;
    bool ok = give(peer, &blocks, sizeof blocks);
    while (ok && take(peer, &q, sizeof q)) {
        uint8_t *out = malloc((size_t)q.count * DW_BLOCK_SIZE);
        if (!out)
            return 1;
        dw_plan_render(plan, q.lba, q.count, out);
        ok = give(peer, out, (size_t)q.count * DW_BLOCK_SIZE);
        free(out);
    }
    dw_plan_free(plan);
    dw_tree_free(tree);
    return ok ? 0 : 1;
}

static dw_status read_drawn(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    const int *peer = ctx;
    struct question q = {lba, count};
    if (!give(*peer, &q, sizeof q) || !take(*peer, out, (size_t)count * DW_BLOCK_SIZE))
        return dw_error_set(err, DW_ERR_IO, "nobody draws the disc");
    return DW_OK;
}

/* Findings that a table with a mistake in it would raise. */
static bool is_whole(const struct dw_check_result *result)
{
    static const enum dw_code codes[] = {DW_ISO_TREE,  DW_ISO_PATH_DIRS, DW_ISO_OVERLAP, DW_NAME_TWICE,
                                         DW_UDF_TREE,  DW_UDF_UNIQUE,    DW_UDF_LINKS,   DW_UDF_OVERLAP,
                                         DW_FILE_IO,   DW_BRIDGE_MISSING, DW_BRIDGE_EXTENT, DW_VOLUME_UNOWNED,
                                         DW_VOLUME_SLACK};
    bool whole = result->files == FOLDERS * FOLDER_FILES;
    if (!whole)
        fprintf(stderr, "%llu files\n", (unsigned long long)result->files);
    for (size_t i = 0; i < DW_ARRAY_LEN(codes); i++)
        if (result->findings.seen[codes[i]] > 0) {
            fprintf(stderr, "%s\n", dw_code_info(codes[i])->code);
            whole = false;
        }
    return whole;
}

static dw_status run_judge(dw_check_source *source, struct dw_check_result *result, struct dw_error *err)
{
    struct dw_check_opts opts = {.profile = "STD-GEN-BD"};
    dw_status st = dw_check_run(source, &opts, result, err);
    dw_check_source_free(source);
    return st;
}

static int judge_drawn(int peer)
{
    uint32_t count = 0;
    struct dw_error err = {0};
    struct dw_check_result *result = calloc(1, sizeof *result);
    dw_check_source *source = NULL;
    if (!result || !take(peer, &count, sizeof count))
        return 1;
    struct dw_blocks blocks = {.read = read_drawn, .count = count, .ctx = &peer};
    dw_status st = dw_check_source_open_blocks(&blocks, &source, &err);
    if (st == DW_OK)
        st = run_judge(source, result, &err);
    if (st != DW_OK)
        fprintf(stderr, "%s\n", err.text);
    bool ok = st == DW_OK && is_whole(result);
    free(result);
    return ok ? 0 : 1;
}

static void check_memory(pid_t pid)
{
    int how = 0;
    struct rusage usage = {0};
    CHECK(pid > 0 && wait4(pid, &how, 0, &usage) == pid);
    CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    printf("     %ld kB\n", usage.ru_maxrss);
    CHECK(IS_SANITIZED || usage.ru_maxrss <= MEMORY_KB_MAX);
}

static void judge_disc_of(enum dw_media media)
{
    int pair[2], how = 0;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    pid_t writer = fork();
    if (writer == 0) {
        close(pair[0]);
        _exit(draw_disc(media, pair[1]));
    }
    close(pair[1]);
    pid_t judge = fork();
    if (judge == 0)
        _exit(judge_drawn(pair[0]));
    close(pair[0]);
    check_memory(judge);
    CHECK(writer > 0 && waitpid(writer, &how, 0) == writer);
    CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

static void a_million_files_of_udf_are_judged_within_64_mb(void)
{
    judge_disc_of(DW_MEDIA_BD);
}

/* A disk is quicker with names than with files: each file has many. */
static bool link_names(int root)
{
    char name[32], file[32] = "";
    for (unsigned i = 0; i < FOLDERS * FOLDER_FILES; i++) {
        snprintf(name, sizeof name, "D%07u", i / FOLDER_FILES);
        if (i % FOLDER_FILES == 0 && mkdirat(root, name, 0700) != 0)
            return false;
        snprintf(name, sizeof name, "D%07u/F%07u", i / FOLDER_FILES, i);
        if (i % LINKS_MAX > 0) {
            if (linkat(root, file, root, name, 0) != 0)
                return false;
            continue;
        }
        int fd = openat(root, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        if (fd < 0)
            return false;
        close(fd);
        memcpy(file, name, sizeof file);
    }
    return true;
}

static void a_folder_of_a_million_files_is_judged_within_64_mb(void)
{
    char path[64];
    struct dw_error err = {0};
    int root = open(test_folder(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(root >= 0 && link_names(root));
    close(root);
    pid_t judge = fork();
    if (judge == 0) {
        struct dw_check_result *result = calloc(1, sizeof *result);
        dw_check_source *source = NULL;
        bool ok = result && dw_check_source_open_folder(path, &source, &err) == DW_OK &&
                  run_judge(source, result, &err) == DW_OK && is_whole(result);
        _exit(ok ? 0 : 1);
    }
    check_memory(judge);
    CHECK_OK(dw_file_remove_tree(path, &err), err);
}

TESTS(TEST(a_million_files_of_udf_are_judged_within_64_mb), TEST(a_folder_of_a_million_files_is_judged_within_64_mb))
