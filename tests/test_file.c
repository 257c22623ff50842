#include "base/file.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

struct failing { /* a disk whose n-th call fails */
    int fail_at;
    int calls;
    int errnum;
    char order[64];
};

static int note(struct failing *f, const char *what)
{
    snprintf(f->order + strlen(f->order), sizeof f->order - strlen(f->order), "%s ", what);
    if (++f->calls != f->fail_at)
        return 0;
    errno = f->errnum;
    return -1;
}

static ssize_t fail_write(void *ctx, int fd, const void *data, size_t size)
{
    return note(ctx, "write") ? -1 : write(fd, data, size);
}

static int fail_fsync(void *ctx, int fd)
{
    struct stat sb;
    fstat(fd, &sb);
    return note(ctx, S_ISDIR(sb.st_mode) ? "sync-folder" : "sync-file") ? -1 : fsync(fd);
}

static int fail_rename(void *ctx, const char *from, const char *to)
{
    return note(ctx, "rename") ? -1 : rename(from, to);
}

static struct dw_disk failing_disk(struct failing *f)
{
    return (struct dw_disk){
        .write = fail_write, .fsync = fail_fsync, .rename = fail_rename, .ctx = f};
}

static void a_saved_file_is_synced_then_named_then_its_folder_synced(void)
{
    char dir[64], path[128];
    struct dw_error err = {0};
    struct failing f = {0};
    struct dw_disk disk = failing_disk(&f);
    snprintf(path, sizeof path, "%s/a", test_folder(dir));
    CHECK_OK(dw_file_save(&disk, path, "hello", 5, &err), err);
    CHECK_STR(f.order, "write sync-file rename sync-folder ");
    struct dw_buf buf = {0};
    CHECK_OK(dw_file_read_all(path, 100, &buf, &err), err);
    CHECK_STR(buf.data, "hello");
    CHECK_INT(dw_file_read_all(path, 4, &buf, &err), DW_ERR_LIMIT);
    dw_buf_done(&buf);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void a_disk_that_fails_at_any_step_leaves_no_half_file(void)
{
    char dir[64], path[128], part[160];
    for (int step = 1; step <= 3; step++) {
        struct dw_error err = {0};
        struct failing f = {.fail_at = step, .errnum = ENOSPC};
        struct dw_disk disk = failing_disk(&f);
        snprintf(path, sizeof path, "%s/a", test_folder(dir));
        snprintf(part, sizeof part, "%s.part", path);
        CHECK_INT(dw_file_save(&disk, path, "hello", 5, &err), DW_ERR_NO_SPACE);
        CHECK_HAS(err.text, "No space");
        CHECK(access(path, F_OK) != 0);
        CHECK(access(part, F_OK) != 0);
        CHECK_OK(dw_file_remove_tree(dir, &err), err);
    }
}

static dw_status collect(void *ctx, const char *path, const char *rel, uint64_t size,
                         struct dw_error *err)
{
    dw_buf_addf(ctx, "%s=%d ", rel, (int)size);
    return DW_OK;
}

static void a_walk_is_sorted_and_follows_no_links(void)
{
    char dir[64], path[200];
    struct dw_error err = {0};
    struct dw_buf buf = {0};
    test_folder(dir);
    static const char *const names[] = {"b/2", "b/10", "a", "c/d/e"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        *strrchr(path, '/') = '\0';
        CHECK_OK(dw_file_make_dirs(path, &err), err);
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        CHECK_OK(dw_file_save(NULL, path, "xyz", i, &err), err);
    }
    snprintf(path, sizeof path, "%s/link", dir);
    CHECK_INT(symlink("/etc", path), 0);
    CHECK_OK(dw_file_walk(dir, collect, &buf, &err), err);
    CHECK_STR(buf.data, "a=2 b/10=1 b/2=0 c/d/e=3 ");
    dw_buf_reset(&buf);
    snprintf(path, sizeof path, "%s/b/10", dir);
    CHECK_OK(dw_file_walk(path, collect, &buf, &err), err);
    CHECK_STR(buf.data, "10=1 ");
    snprintf(path, sizeof path, "%s/none", dir);
    CHECK_INT(dw_file_walk(path, collect, &buf, &err), DW_ERR_NOT_FOUND);
    dw_buf_done(&buf);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
    CHECK(access("/etc/passwd", F_OK) == 0);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

TESTS(TEST(a_saved_file_is_synced_then_named_then_its_folder_synced),
      TEST(a_disk_that_fails_at_any_step_leaves_no_half_file),
      TEST(a_walk_is_sorted_and_follows_no_links))
