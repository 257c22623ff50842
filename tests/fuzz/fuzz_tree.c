/* Fuzz target: any bytes as the tree of a disc: as they are if the first is zero; else, as a checksum would keep nearly
 * all of them out, with the right end behind them, for as many files as the first byte says less one. What is read is
 * written and read again: the same bytes. Then it is planned for every medium, and the descriptors drawn. */
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include "base/file.h"
#include "base/limits.h"
#include "burn/image/plan.h"
#include "fuzz.h"

#define BLOCKS_DRAWN 64

static char folder[] = "/dev/shm/dw-fuzz-XXXXXX"; /* dw_tree_save() syncs what it writes: not to a disk */

static void remove_folder(void)
{
    struct dw_error err = {0};
    if (dw_file_remove_tree(folder, &err) != DW_OK)
        fprintf(stderr, "%s\n", err.text);
}

static void make_folder(void)
{
    static bool made;
    if (made)
        return;
    require(mkdtemp(folder) && atexit(remove_folder) == 0);
    made = true;
}

static dw_status load(const void *data, size_t size, dw_tree **out)
{
    struct dw_error err = {0};
    char path[48];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    dw_status st = dw_tree_load(path, out, &err);
    require_told(st, &err);
    close(fd);
    return st;
}

static struct dw_buf save(const dw_tree *tree)
{
    struct dw_buf bytes = {0};
    char path[64];
    snprintf(path, sizeof path, "%s/tree", folder);
    require(dw_tree_save(tree, path, NULL) == DW_OK);
    require(dw_file_read_all(path, DW_SMALL_FILE_MAX, &bytes, NULL) == DW_OK);
    return bytes;
}

static void check_path(const char *path)
{
    size_t n = strlen(path);
    require(n > 1 && n < DW_PATH_MAX && path[0] == '/' && path[n - 1] != '/');
    require(!strstr(path, "//") && !strstr(path, "/../") && !strstr(path, "/./"));
}

static void check_names(const dw_tree *tree)
{
    struct dw_tree_file file;
    size_t at = 0;
    for (size_t i = 0; i < dw_tree_file_count(tree); i++) {
        dw_tree_file(tree, i, &file);
        check_path(file.disc_path);
        require(dw_tree_find(tree, file.disc_path, &at) && at == i);
    }
    for (size_t i = 0; i < dw_tree_folder_count(tree); i++)
        check_path(dw_tree_folder(tree, i));
}

static void plan(const dw_tree *tree)
{
    static uint8_t blocks[BLOCKS_DRAWN * DW_BLOCK_SIZE];
    for (int media = 0; media < DW_MEDIA_COUNT; media++) {
        struct dw_error err = {0};
        dw_plan *of = NULL;
        dw_status st = dw_plan_new(tree, (enum dw_media)media, dw_media_capacity_bytes((enum dw_media)media), &of, &err);
        require_told(st, &err);
        if (st != DW_OK)
            continue;
        uint32_t count = dw_plan_blocks(of), last = 0;
        require(dw_plan_size_bytes(of) == (uint64_t)count * DW_BLOCK_SIZE);
        for (size_t i = 0; i <= dw_tree_file_count(tree); i++) {
            require(dw_plan_file_lba(of, i) >= last && dw_plan_file_lba(of, i) <= count);
            last = dw_plan_file_lba(of, i);
        }
        dw_plan_render(of, 0, count < BLOCKS_DRAWN ? count : BLOCKS_DRAWN, blocks);
        dw_plan_render(of, count - 1, 1, blocks);
        dw_plan_free(of);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dw_buf bytes = {0};
    dw_tree *tree = NULL;
    if (size == 0)
        return 0;
    make_folder();
    dw_buf_add(&bytes, data + 1, size - 1);
    if (data[0] != 0) {
        uint32_t crc = (uint32_t)crc32_z(0, data + 1, size - 1);
        dw_buf_addf(&bytes, "E %d %08x", data[0] - 1, crc);
        dw_buf_add(&bytes, "", 1);
    }
    if (load(bytes.data ? bytes.data : "", bytes.size, &tree) == DW_OK) {
        check_names(tree);
        struct dw_buf first = save(tree);
        dw_tree *again = NULL;
        require(load(first.data, first.size, &again) == DW_OK);
        struct dw_buf second = save(again);
        require(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
        dw_buf_done(&first);
        dw_buf_done(&second);
        dw_tree_free(again);
        plan(tree);
        dw_tree_free(tree);
    }
    dw_buf_done(&bytes);
    return 0;
}
