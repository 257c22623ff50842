/* bench_press WORKER DIR SCRATCH: what happens between Burn and the first block, for all DICOM files in DIR: the list
 * of objects is made first (at receipt, in the appliance), then a plan task of its own process plans volumes and writes
 * DICOMDIR and pages, then the image's first block is pulled. Prints both times since Burn. For scripts/bench. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/child.h"
#include "base/file.h"
#include "burn/image/stream.h"
#include "layout/fileset/objects.h"
#include "layout/intray.h"

#define SEED "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static dw_status spawn(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid,
                       struct dw_error *err)
{
    const char *words[] = {ctx, argv[1], NULL};
    return dw_spawner_real.spawn(dw_spawner_real.ctx, words, child_fd, out_pid, err);
}

struct listing {
    const struct dw_intray *intray;
    dw_objects_writer *writer;
};

static dw_status write_row(void *ctx, const struct dw_intray_file *file, struct dw_error *err)
{
    struct listing *listing = ctx;
    struct dw_objects_row row = {.number = file->i + 1, .path = listing->intray->paths[file->i],
                                 .object = file->object, .has_sha256 = true};
    struct dw_buf bytes = {0};
    if (file->st != DW_OK)
        return dw_error_set(err, file->st, "a file of the bench is no object: %s", file->text);
    dw_status st = dw_file_read_all(row.path, DW_SMALL_FILE_MAX, &bytes, err);
    if (st == DW_OK) {
        dw_sha256_of(bytes.data, bytes.size, row.sha256);
        row.record = file->record->data;
        row.record_size = file->record->size;
        st = dw_objects_write(listing->writer, &row, err);
    }
    dw_buf_done(&bytes);
    return st;
}

static dw_status make_list(const char *dir, const char *path, struct dw_error *err)
{
    struct dw_intray intray = {0};
    struct listing listing = {.intray = &intray};
    dw_status st = dw_intray_list(&intray, dir, err);
    if (st == DW_OK)
        st = dw_objects_create(path, NULL, &listing.writer, err);
    if (st == DW_OK)
        st = dw_intray_scan(&intray, 0, write_row, &listing, err);
    if (st == DW_OK)
        st = dw_objects_publish(listing.writer, err);
    dw_objects_writer_free(listing.writer);
    dw_intray_done(&intray);
    return st;
}

static dw_status plan_volumes(char *worker, const char *list, const char *scratch, json_t **out,
                              struct dw_error *err)
{
    struct dw_spawner spawner = {.spawn = spawn, .ctx = worker};
    char volumes[DW_PATH_MAX];
    if (!dw_text_format(volumes, sizeof volumes, "%s/volume", scratch))
        return dw_error_set(err, DW_ERR_LIMIT, "a long path");
    json_t *task = json_pack(
        "{s:s, s:I, s:s, s:s, s:s, s:s, s:I, s:b, s:s, s:I, s:s, s:s, s:s}", "task", "plan", "job",
        (json_int_t)1, "objects", list, "out", volumes, "media", "dvd", "profile", "",
        "capacity_bytes", (json_int_t)0, "viewer", 1, "institution", "Bench", "made_at_s",
        (json_int_t)1767225600, "seed", SEED, "previews", "", "derived", "");
    return dw_task_run(&spawner, task, NULL, NULL, out, err);
}

static dw_status first_block(const json_t *result, struct dw_error *err)
{
    static uint8_t block[DW_BLOCK_SIZE];
    const json_t *volume = json_array_get(json_object_get(result, "volumes"), 0);
    char path[DW_PATH_MAX];
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    dw_stream *stream = NULL;
    uint32_t got = 0;
    if (!dw_text_format(path, sizeof path, "%s/tree", dw_json_text(volume, "dir")))
        return dw_error_set(err, DW_ERR_LIMIT, "a long path");
    dw_status st = dw_tree_load(path, &tree, err);
    if (st == DW_OK)
        st = dw_plan_new(tree, DW_MEDIA_DVD, 0, &plan, err);
    if (st == DW_OK)
        st = dw_stream_new(plan, &stream, err);
    if (st == DW_OK)
        st = dw_stream_next(stream, block, 1, &got, err);
    dw_stream_free(stream);
    dw_plan_free(plan);
    dw_tree_free(tree);
    return st;
}

int main(int argc, char **argv)
{
    char list[DW_PATH_MAX] = "";
    struct dw_error err = {0};
    json_t *result = NULL;
    double begun_s = 0, planned_s = 0;
    dw_status st = DW_OK;
    if (argc != 4 || !dw_text_format(list, sizeof list, "%s/list", argv[3]))
        st = dw_error_set(&err, DW_ERR_INVALID, "usage: bench_press WORKER DIR SCRATCH");
    if (st == DW_OK)
        st = make_list(argv[2], list, &err);
    begun_s = now_s();
    if (st == DW_OK)
        st = plan_volumes(argv[1], list, argv[3], &result, &err);
    planned_s = now_s();
    if (st == DW_OK)
        st = first_block(result, &err);
    if (st != DW_OK)
        fprintf(stderr, "bench_press: %s\n", err.text);
    else
        printf("%.4f %.4f\n", planned_s - begun_s, now_s() - begun_s);
    json_decref(result);
    return dw_status_exit_code(st);
}
