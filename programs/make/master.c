/* discwright master: any folder becomes an image. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "burn/image/stream.h"
#include "burn/image/udf.h"
#include "programs/command.h"
#include "programs/make/master_tree.h"
#include "programs/make/progress.h"

#define MANIFEST "/MANIFEST.TXT"
#define TIME_MAX 5869583999LL /* 2155: what ISO 9660 can write */
#define ISO_LEVELS 8            /* of folders, the root is one: ECMA-119 6.8.2.1 */

struct master_run {
    const struct dw_blank *blank; /* NULL: not named */
    uint64_t capacity_bytes;
    const char *out, *dir, *label, *publisher, *chunks;
    uint16_t udf_revision;
    bool help, joliet, no_iso, manifest;
    struct progress progress;
};

static int usage(FILE *to, int code)
{
    fputs("usage: discwright master --media M [OPTION]... --out FILE.iso DIR\n"
          "Put the files of any folder into a disc image: ISO 9660 on a CD, ISO 9660 and UDF 1.02 "
          "on a\n"
          "DVD, UDF 2.60 on a Blu-ray disc.\n"
          "  --media M            cd, dvd, dvd-dl, bd, bd-50 or bd-100\n"
          "  --volume-size BYTES  of the disc, if not that of the medium\n"
          "  --label TEXT         volume label, at most 16 of A-Z 0-9 _\n"
          "  --udf REV            1.02, 1.50, 2.00 or 2.01 on a DVD; 2.50 (BD-RE) or 2.60 on a "
          "Blu-ray disc\n"
          "  --no-iso             DVD: UDF alone\n"
          "  --joliet             CD, DVD: also a directory with Unicode names of up to 64 "
          "characters\n"
          "  --publisher TEXT     publisher of the ISO 9660 volume, A-Z 0-9 and punctuation\n"
          "  --manifest           put the SHA-256 of every file into MANIFEST.TXT, the last on the "
          "disc\n"
          "  --chunks FILE        also write a checksum for each 64 KiB of the image\n"
          "  --out FILE.iso       where to write; appears when it is whole\n"
          "Files lie on the disc in the order of their names, those of a folder before those of "
          "the folders\n"
          "in it, and keep their times; symbolic links, devices and pipes are refused. ISO 9660 "
          "shows names\n"
          "that are not 8.3 of A-Z 0-9 _ shortened. With SOURCE_DATE_EPOCH the same folder gives "
          "the same\n"
          "image. Exit code: 0 done; 2 the words or a name are wrong; 3 and above nothing was "
          "made.\n",
          to);
    return code;
}

enum {
    OPT_MEDIA = 256,
    OPT_SIZE,
    OPT_LABEL,
    OPT_UDF,
    OPT_NO_ISO,
    OPT_JOLIET,
    OPT_PUBLISHER,
    OPT_MANIFEST,
    OPT_CHUNKS,
    OPT_OUT,
    OPT_HELP
};
static const struct option options[] = {
    {"media", required_argument, NULL, OPT_MEDIA},
    {"volume-size", required_argument, NULL, OPT_SIZE},
    {"label", required_argument, NULL, OPT_LABEL},
    {"udf", required_argument, NULL, OPT_UDF},
    {"no-iso", no_argument, NULL, OPT_NO_ISO},
    {"joliet", no_argument, NULL, OPT_JOLIET},
    {"publisher", required_argument, NULL, OPT_PUBLISHER},
    {"manifest", no_argument, NULL, OPT_MANIFEST},
    {"chunks", required_argument, NULL, OPT_CHUNKS},
    {"out", required_argument, NULL, OPT_OUT},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

static dw_status set_media(struct master_run *run, const char *value, struct dw_error *err)
{
    run->blank = dw_blank_find(value);
    if (run->blank)
        return DW_OK;
    return dw_error_set(err, DW_ERR_INVALID,
                        "--media takes cd, dvd, dvd-dl, bd, bd-50 or bd-100, not '%s'", value);
}

static dw_status set_udf(struct master_run *run, const char *value, struct dw_error *err)
{
    run->udf_revision = dw_udf_revision_from_name(value);
    if (run->udf_revision != 0)
        return DW_OK;
    return dw_error_set(err, DW_ERR_INVALID,
                        "--udf takes 1.02, 1.50, 2.00, 2.01, 2.50 or 2.60, not '%s'", value);
}

static dw_status set_size(struct master_run *run, const char *value, struct dw_error *err)
{
    if (dw_text_size(value, &run->capacity_bytes) && run->capacity_bytes > 0)
        return DW_OK;
    return dw_error_set(err, DW_ERR_INVALID, "--volume-size takes a size like 650MB, not '%s'",
                        value);
}

static dw_status set_option(struct master_run *run, int option, const char *value,
                            struct dw_error *err)
{
    switch (option) {
    case OPT_MEDIA:
        return set_media(run, value, err);
    case OPT_UDF:
        return set_udf(run, value, err);
    case OPT_SIZE:
        return set_size(run, value, err);
    case OPT_LABEL:
        run->label = value;
        return DW_OK;
    case OPT_PUBLISHER:
        run->publisher = value;
        return DW_OK;
    case OPT_CHUNKS:
        run->chunks = value;
        return DW_OK;
    case OPT_OUT:
        run->out = value;
        return DW_OK;
    case OPT_NO_ISO:
        run->no_iso = true;
        return DW_OK;
    case OPT_JOLIET:
        run->joliet = true;
        return DW_OK;
    case OPT_MANIFEST:
        run->manifest = true;
        return DW_OK;
    case OPT_HELP:
        run->help = true;
        return DW_OK;
    default:
        return dw_error_set(err, DW_ERR_INVALID,
                            "there is no such option, or its value is missing");
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
    if (!run->blank)
        return dw_error_set(err, DW_ERR_INVALID, "--media is missing");
    if (!run->out || !run->out[0])
        return dw_error_set(err, DW_ERR_INVALID, "--out is missing");
    if (argc - optind != 1)
        return dw_error_set(err, DW_ERR_INVALID, "name one folder");
    run->dir = argv[optind];
    if (run->capacity_bytes == 0)
        run->capacity_bytes = dw_blank_capacity_bytes(run->blank);
    return DW_OK;
}

/* *latest_s: no file is younger, so that what SOURCE_DATE_EPOCH makes does not depend on when it
 * was copied. */
static dw_status made_at(int64_t *out, int64_t *latest_s, struct dw_error *err)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    struct dw_clock clock = dw_clock_system();
    *out = dw_clock_wall_us(&clock) / 1000000;
    *latest_s = TIME_MAX;
    if (!epoch || !epoch[0])
        return DW_OK;
    if (!dw_text_int(epoch, 1, TIME_MAX, out))
        return dw_error_set(err, DW_ERR_INVALID,
                            "SOURCE_DATE_EPOCH is not a number of seconds up to 2155");
    *latest_s = *out;
    return DW_OK;
}

static dw_status set_format(const struct master_run *run, dw_tree *tree, struct dw_error *err)
{
    struct dw_tree_format format = *dw_tree_format(tree);
    format.udf_revision = run->udf_revision;
    format.joliet = run->joliet;
    format.no_iso = run->no_iso;
    if (!dw_text_copy(format.publisher, sizeof format.publisher, run->publisher))
        return dw_error_set(err, DW_ERR_INVALID, "the publisher is longer than %zu characters",
                            sizeof format.publisher - 1);
    return dw_tree_set_format(tree, &format, err);
}

static dw_status fill(const struct master_run *run, dw_tree *tree, unsigned *levels,
                      struct dw_error *err)
{
    struct master_folder folder = {.dir = run->dir, .out = run->out};
    int64_t at_s;
    dw_status st = made_at(&at_s, &folder.latest_s, err);
    dw_tree_allow_any_name(tree);
    if (st == DW_OK)
        st = dw_tree_set_label(tree, run->label, at_s, err);
    if (st == DW_OK)
        st = set_format(run, tree, err);
    if (st == DW_OK)
        st = master_tree_fill(tree, &folder, err);
    if (st == DW_OK && run->manifest)
        st = dw_tree_add_manifest(tree, MANIFEST, err);
    *levels = folder.levels;
    return st;
}

/* What a reader of ISO 9660 alone will not see as it is in the folder. */
static void tell_what_iso_shows(const struct master_run *run, const dw_plan *plan, unsigned levels)
{
    size_t changed = dw_plan_changed_names(plan);
    if (changed > 0)
        fprintf(stderr,
                "discwright: ISO 9660 shows %zu of the names in another form, 8.3 of A-Z 0-9 _\n",
                changed);
    if (run->blank->media != DW_MEDIA_BD && !run->no_iso && levels > ISO_LEVELS)
        fprintf(stderr, "discwright: %u levels of folders are more than the 8 of ISO 9660\n",
                levels);
}

static dw_status on_written(void *ctx, uint64_t done, uint64_t total, struct dw_error *err)
{
    return progress_step(ctx, "write", done, total, err);
}

static dw_status make(struct master_run *run, struct dw_error *err)
{
    const struct dw_image_file image = {
        .path = run->out, .chunks_path = run->chunks, .not_synced = true};
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    unsigned levels = 0;
    dw_status st = dw_tree_new(&tree, err);
    if (st == DW_OK)
        st = fill(run, tree, &levels, err);
    if (st == DW_OK)
        st = dw_plan_new(tree, run->blank->media, run->capacity_bytes, &plan, err);
    if (st == DW_OK)
        st = dw_stream_write_image(plan, &image, on_written, &run->progress, NULL, err);
    progress_end(&run->progress);
    if (st == DW_OK) {
        tell_what_iso_shows(run, plan, levels);
        printf("%s  %zu files  %.1f MB\n", run->out, dw_tree_file_count(tree),
               (double)dw_plan_size_bytes(plan) / 1e6);
    }
    dw_plan_free(plan);
    dw_tree_free(tree);
    return st;
}

int dw_command_master(int argc, char **argv)
{
    struct master_run run = {.label = "", .publisher = ""};
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
