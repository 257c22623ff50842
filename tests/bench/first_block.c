/* bench_first_block DIR: seconds from nothing to the first block of an image of all files in DIR, the slower of
 * DVD and Blu-ray. For scripts/bench. */
#include <stdio.h>
#include <time.h>

#include "base/file.h"
#include "base/limits.h"
#include "burn/image/stream.h"

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static dw_status add(void *ctx, const char *path, const char *rel, uint64_t size_bytes,
                     struct dw_error *err)
{
    char disc_path[DW_PATH_MAX];
    if (!dw_text_format(disc_path, sizeof disc_path, "/%s", rel))
        return dw_error_set(err, DW_ERR_LIMIT, "a long path");
    return dw_tree_add(ctx, path, disc_path, size_bytes, NULL, err);
}

static dw_status measure(const char *dir, enum dw_media media, double *out_s, struct dw_error *err)
{
    static uint8_t block[DW_BLOCK_SIZE];
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    dw_stream *stream = NULL;
    uint32_t got = 0;
    double begun = now_s();
    dw_status st = dw_tree_new(&tree, err);
    if (st == DW_OK) {
        dw_tree_allow_any_name(tree);
        st = dw_file_walk(dir, add, tree, err);
    }
    if (st == DW_OK)
        st = dw_plan_new(tree, media, 0, &plan, err);
    if (st == DW_OK)
        st = dw_stream_new(plan, &stream, err);
    if (st == DW_OK)
        st = dw_stream_next(stream, block, 1, &got, err);
    *out_s = now_s() - begun;
    dw_stream_free(stream);
    dw_plan_free(plan);
    dw_tree_free(tree);
    return st;
}

int main(int argc, char **argv)
{
    double dvd_s = 0, bd_s = 0;
    struct dw_error err = {0};
    dw_status st = argc == 2 ? measure(argv[1], DW_MEDIA_DVD, &dvd_s, &err)
                             : dw_error_set(&err, DW_ERR_INVALID, "usage: bench_first_block DIR");
    if (st == DW_OK)
        st = measure(argv[1], DW_MEDIA_BD, &bd_s, &err);
    if (st != DW_OK)
        fprintf(stderr, "bench_first_block: %s\n", err.text);
    else
        printf("%.4f\n", dvd_s > bd_s ? dvd_s : bd_s);
    return dw_status_exit_code(st);
}
