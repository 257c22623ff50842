#include "layout/offlineargs.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

#define DEFAULT_MEDIA "auto"

const char dw_offline_args_help[] =
    "  --media cd|dvd|bd|auto  what the discs are; auto (the default): the smallest medium that\n"
    "                          holds each patient on one disc, else several DVDs\n"
    "  --profile NAME          STD-GEN-CD, STD-GEN-DVD-JPEG; by default that of the medium\n"
    "  --no-viewer             no web pages and previews; INDEX.HTM and README.TXT stay\n"
    "  --volume-size BYTES     of one disc, if not that of the medium (650MB, 700MiB, ...)\n"
    "  --institution TEXT      who made the discs, for the pages\n"
    "  --jobs N                threads for scanning; by default one for each processor\n"
    "  --out NAME              where to write (required)\n"
    "Every patient gets discs of their own. With SOURCE_DATE_EPOCH set, the same objects give the\n"
    "same bytes.\n"
    "Exit code: 0 everything is in; 1 done, but something was left out (the report names each\n"
    "file and why); 2 the words are wrong; 3 and above nothing was made.\n";

enum { OPT_MEDIA = 256, OPT_PROFILE, OPT_NO_VIEWER, OPT_SIZE, OPT_INSTITUTION, OPT_JOBS, OPT_OUT,
       OPT_HELP };
static const struct option options[] = {
    {"media", required_argument, NULL, OPT_MEDIA},
    {"profile", required_argument, NULL, OPT_PROFILE},
    {"no-viewer", no_argument, NULL, OPT_NO_VIEWER},
    {"volume-size", required_argument, NULL, OPT_SIZE},
    {"institution", required_argument, NULL, OPT_INSTITUTION},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"out", required_argument, NULL, OPT_OUT},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

static dw_status set_media(struct dw_offline_opts *opts, const char *name, struct dw_error *err)
{
    opts->auto_media = strcmp(name, "auto") == 0;
    int media = opts->auto_media ? DW_MEDIA_DVD : dw_media_from_name(name);
    if (media < 0)
        return dw_error_set(err, DW_ERR_INVALID, "--media takes cd, dvd, bd or auto, not '%s'", name);
    if (media == DW_MEDIA_BD)
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "--media bd: Blu-ray discs need UDF 2.50, which is not written yet");
    opts->media = (enum dw_media)media;
    return DW_OK;
}

static dw_status set_option(struct dw_offline_args *args, int option, const char *value,
                            struct dw_error *err)
{
    struct dw_offline_opts *opts = &args->opts;
    int64_t number;
    switch (option) {
    case OPT_MEDIA:
        return set_media(opts, value, err);
    case OPT_PROFILE:
        opts->profile = value;
        return DW_OK;
    case OPT_NO_VIEWER:
        opts->viewer = false;
        return DW_OK;
    case OPT_SIZE:
        if (!dw_text_size(value, &opts->volume_bytes) || opts->volume_bytes == 0)
            return dw_error_set(err, DW_ERR_INVALID, "--volume-size takes a size like 650MB, not '%s'",
                                value);
        return DW_OK;
    case OPT_INSTITUTION:
        opts->institution = value;
        return dw_text_is_utf8(value, strlen(value))
                   ? DW_OK
                   : dw_error_set(err, DW_ERR_INVALID, "--institution is not UTF-8");
    case OPT_JOBS:
        if (!dw_text_int(value, 1, 8, &number))
            return dw_error_set(err, DW_ERR_INVALID, "--jobs takes a number from 1 to 8, not '%s'",
                                value);
        opts->threads = (unsigned)number;
        return DW_OK;
    case OPT_OUT:
        args->out = value;
        return value[0] ? DW_OK : dw_error_set(err, DW_ERR_INVALID, "--out is empty");
    case OPT_HELP:
        args->help = true;
        return DW_OK;
    default:
        return dw_error_set(err, DW_ERR_INVALID, "there is no such option, or its value is missing");
    }
}

static dw_status set_time(struct dw_offline_opts *opts, struct dw_error *err)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    struct dw_clock clock = dw_clock_system();
    opts->made_at_s = dw_clock_wall_us(&clock) / 1000000;
    if (!epoch || !epoch[0])
        return DW_OK;
    if (!dw_text_int(epoch, 0, 253402300799, &opts->made_at_s)) /* up to the year 9999 */
        return dw_error_set(err, DW_ERR_INVALID, "SOURCE_DATE_EPOCH is not a number of seconds");
    opts->has_seed = true;
    dw_sha256_of(epoch, strlen(epoch), opts->seed);
    return DW_OK;
}

static dw_status check(const struct dw_offline_args *args, struct dw_error *err)
{
    const struct dw_profile *profile;
    if (!args->out)
        return dw_error_set(err, DW_ERR_INVALID, "--out is missing");
    if (args->opts.path_count == 0)
        return dw_error_set(err, DW_ERR_INVALID, "no file or folder is named");
    if (args->opts.auto_media && args->opts.profile && args->opts.profile[0])
        return dw_error_set(err, DW_ERR_INVALID, "--profile goes with --media cd or dvd, not auto");
    return args->opts.auto_media
               ? DW_OK
               : dw_profile_choose(args->opts.profile, args->opts.media, &profile, err);
}

dw_status dw_offline_args_read(int argc, char **argv, struct dw_offline_args *out,
                               struct dw_error *err)
{
    struct dw_offline_args args = {.opts.viewer = true};
    int option;
    dw_status st = set_media(&args.opts, DEFAULT_MEDIA, err);
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while (st == DW_OK && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        st = set_option(&args, option, optarg, err);
    if (st != DW_OK)
        return st;
    args.opts.paths = argv + optind;
    args.opts.path_count = (size_t)(argc - optind);
    if (!args.help)
        st = check(&args, err);
    if (st == DW_OK)
        st = set_time(&args.opts, err);
    if (st == DW_OK)
        *out = args;
    return st;
}
