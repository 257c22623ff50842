/* discwright master: any folder becomes an image, if its names are legal on the medium. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/file.h"
#include "base/limits.h"
#include "burn/image/stream.h"
#include "programs/cli/command.h"
#include "programs/cli/progress.h"

struct master_run {
    int media; /* -1: not named */
    uint64_t capacity_bytes;
    const char *out, *dir, *label;
    bool help;
    dw_tree *tree;
    bool root_files; /* of two walks the first takes these: a DICOMDIR lies before what it describes */
    struct progress progress;
};

static int usage(FILE *to, int code)
{
    fputs("usage: discwright master --media cd|dvd --out FILE.iso DIR\n"
          "Put the files of a folder into a disc image. Names must be 8.3 of A-Z 0-9 _.\n"
          "  --media cd|dvd       what the disc is\n"
          "  --volume-size BYTES  of the disc, if not that of the medium\n"
          "  --label TEXT         volume label, at most 16 of A-Z 0-9 _\n"
          "  --out FILE.iso       where to write; appears when it is whole\n"
          "Files lie on the disc in the order of their names. Exit code: 0 done; 2 the words or a name\n"
          "are wrong; 3 and above nothing was made.\n",
          to);
    return code;
}

enum { OPT_MEDIA = 256, OPT_SIZE, OPT_LABEL, OPT_OUT, OPT_HELP };
static const struct option options[] = {
    {"media", required_argument, NULL, OPT_MEDIA},     {"volume-size", required_argument, NULL, OPT_SIZE},
    {"label", required_argument, NULL, OPT_LABEL},     {"out", required_argument, NULL, OPT_OUT},
    {"help", no_argument, NULL, OPT_HELP},             {0},
};

static dw_status set_option(struct master_run *run, int option, const char *value,
                            struct dw_error *err)
{
    switch (option) {
    case OPT_MEDIA:
        run->media = dw_media_from_name(value);
        if (run->media < 0)
            return dw_error_set(err, DW_ERR_INVALID, "--media takes cd or dvd, not '%s'", value);
        return run->media != DW_MEDIA_BD
                   ? DW_OK
                   : dw_error_set(err, DW_ERR_UNSUPPORTED, "--media bd: Blu-ray discs need UDF 2.50, "
                                                           "which is not written yet");
    case OPT_SIZE:
        return dw_text_size(value, &run->capacity_bytes) && run->capacity_bytes > 0
                   ? DW_OK
                   : dw_error_set(err, DW_ERR_INVALID,
                                  "--volume-size takes a size like 650MB, not '%s'", value);
    case OPT_LABEL:
        run->label = value;
        return DW_OK;
    case OPT_OUT:
        run->out = value;
        return DW_OK;
    case OPT_HELP:
        run->help = true;
        return DW_OK;
    default:
        return dw_error_set(err, DW_ERR_INVALID, "there is no such option, or its value is missing");
    }
}

static dw_status read_args(struct master_run *run, int argc, char **argv, struct dw_error *err)
{
    int option;
    dw_status st = DW_OK;
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while (st == DW_OK && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        st = set_option(run, option, optarg, err);
    if (st != DW_OK || run->help)
        return st;
    if (run->media < 0)
        return dw_error_set(err, DW_ERR_INVALID, "--media is missing");
    if (!run->out || !run->out[0])
        return dw_error_set(err, DW_ERR_INVALID, "--out is missing");
    if (argc - optind != 1)
        return dw_error_set(err, DW_ERR_INVALID, "name one folder");
    run->dir = argv[optind];
    if (run->capacity_bytes == 0)
        run->capacity_bytes = dw_media_capacity_bytes((enum dw_media)run->media);
    return DW_OK;
}

static dw_status add_file(void *ctx, const char *path, const char *rel, uint64_t size_bytes,
                          struct dw_error *err)
{
    struct master_run *run = ctx;
    char disc_path[DW_PATH_MAX];
    if ((strchr(rel, '/') == NULL) != run->root_files)
        return DW_OK;
    if (!dw_text_format(disc_path, sizeof disc_path, "/%s", rel))
        return dw_error_set(err, DW_ERR_LIMIT, "a path is too long");
    return dw_tree_add(run->tree, path, disc_path, size_bytes, NULL, err);
}

static dw_status made_at(int64_t *out, struct dw_error *err)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    struct dw_clock clock = dw_clock_system();
    *out = dw_clock_wall_us(&clock) / 1000000;
    if (epoch && epoch[0] && !dw_text_int(epoch, 0, 253402300799, out)) /* up to the year 9999 */
        return dw_error_set(err, DW_ERR_INVALID, "SOURCE_DATE_EPOCH is not a number of seconds");
    return DW_OK;
}

static dw_status on_written(void *ctx, uint64_t done, uint64_t total, struct dw_error *err)
{
    return progress_step(ctx, "write", done, total, err);
}

static dw_status make(struct master_run *run, struct dw_error *err)
{
    dw_plan *plan = NULL;
    int64_t at_s;
    dw_status st = made_at(&at_s, err);
    if (st == DW_OK)
        st = dw_tree_new(&run->tree, err);
    if (st == DW_OK)
        st = dw_tree_set_label(run->tree, run->label, at_s, err);
    for (int pass = 0; st == DW_OK && pass < 2; pass++) {
        run->root_files = pass == 0;
        st = dw_file_walk(run->dir, add_file, run, err);
    }
    if (st == DW_OK && dw_tree_file_count(run->tree) == 0)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no file in '%s'", run->dir);
    if (st == DW_OK)
        st = dw_plan_new(run->tree, (enum dw_media)run->media, run->capacity_bytes, &plan, err);
    if (st == DW_OK)
        st = dw_stream_to_file(plan, run->out, NULL, on_written, &run->progress, NULL, err);
    progress_end(&run->progress);
    if (st == DW_OK)
        printf("%s  %zu files  %.1f MB\n", run->out, dw_tree_file_count(run->tree),
               (double)dw_plan_size_bytes(plan) / 1e6);
    dw_plan_free(plan);
    dw_tree_free(run->tree);
    return st;
}

int dw_command_master(int argc, char **argv)
{
    struct master_run run = {.media = -1, .label = ""};
    struct dw_error err = {0};
    dw_status st = read_args(&run, argc, argv, &err);
    if (st == DW_OK && run.help)
        return usage(stdout, 0);
    if (st == DW_OK) {
        progress_begin(&run.progress);
        st = make(&run, &err);
    }
    if (st != DW_OK)
        fprintf(stderr, "discwright: %s\n", err.text);
    return dw_status_exit_code(st);
}
