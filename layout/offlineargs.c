#include "layout/offlineargs.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "burn/image/udf.h"

#define LOADED_MAX 256 /* characters of --loaded */

const char dw_offline_args_help[] =
    "  --media NAME            what the discs are: cd, dvd, dvd-dl, bd, bd-50, bd-100; or auto (the\n"
    "                          default): of what is loaded that which needs the fewest discs, then\n"
    "                          the smallest\n"
    "  --loaded NAME,NAME...   what auto may choose from; by default all of them\n"
    "  --profile NAME          application profile of PS3.11 (STD-GEN-CD, STD-GEN-DVD-JPEG,\n"
    "                          STD-CTMR-CD ...); by default the general one of the medium\n"
    "  --forbidden WHAT        objects that the profile forbids and that no lossless conversion can\n"
    "                          help: leave-off (the default) names them and makes the rest; hold\n"
    "                          makes nothing; as-is takes them, and the discs claim no profile\n"
    "  --compress              compress without loss where the profile takes that and discs are saved\n"
    "  --keys standard|augmented  directory keys: those of the profile, or also those of AUG-GEN-CD\n"
    "                          with an icon of each image\n"
    "  --private               take the private SOP classes that are known\n"
    "  --multivolume           a file on each disc of several names the others\n"
    "  --joliet                long names beside ISO 9660 on CD and DVD\n"
    "  --udf REVISION          1.02, 1.50, 2.01 (DVD), 2.50, 2.60 (BD); by default 1.02 and 2.60\n"
    "  --no-viewer             no web pages and previews; INDEX.HTM and README.TXT stay\n"
    "  --volume-size BYTES     of one disc, if not that of the medium (650MB, 700MiB, ...)\n"
    "  --institution TEXT      who made the discs, for the pages\n"
    "  --jobs N                threads for scanning; by default one for each processor\n"
    "  --out NAME              where to write (required)\n"
    "Every patient gets discs of their own. With SOURCE_DATE_EPOCH set, the same objects give the\n"
    "same bytes.\n"
    "Exit code: 0 everything is in; 1 done, but something was left out (the report names each\n"
    "file and why); 2 the words are wrong; 3 and above nothing was made.\n";

enum { OPT_MEDIA = 256, OPT_LOADED, OPT_PROFILE, OPT_FORBIDDEN, OPT_COMPRESS, OPT_KEYS, OPT_PRIVATE,
       OPT_MULTIVOLUME, OPT_JOLIET, OPT_UDF, OPT_NO_VIEWER, OPT_SIZE, OPT_INSTITUTION, OPT_JOBS,
       OPT_OUT, OPT_LINK, OPT_HELP };
static const struct option options[] = {
    {"media", required_argument, NULL, OPT_MEDIA},
    {"loaded", required_argument, NULL, OPT_LOADED},
    {"profile", required_argument, NULL, OPT_PROFILE},
    {"forbidden", required_argument, NULL, OPT_FORBIDDEN},
    {"compress", no_argument, NULL, OPT_COMPRESS},
    {"keys", required_argument, NULL, OPT_KEYS},
    {"private", no_argument, NULL, OPT_PRIVATE},
    {"multivolume", no_argument, NULL, OPT_MULTIVOLUME},
    {"joliet", no_argument, NULL, OPT_JOLIET},
    {"udf", required_argument, NULL, OPT_UDF},
    {"no-viewer", no_argument, NULL, OPT_NO_VIEWER},
    {"volume-size", required_argument, NULL, OPT_SIZE},
    {"institution", required_argument, NULL, OPT_INSTITUTION},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"out", required_argument, NULL, OPT_OUT},
    {"link", no_argument, NULL, OPT_LINK},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

struct words { /* as they were said; understood together */
    const char *media, *loaded, *profile;
};

static dw_status set_keys(struct dw_offline_opts *opts, const char *value, struct dw_error *err)
{
    opts->augmented = strcmp(value, "augmented") == 0;
    if (!opts->augmented && strcmp(value, "standard") != 0)
        return dw_error_set(err, DW_ERR_INVALID, "--keys takes standard or augmented, not '%.40s'", value);
    return DW_OK;
}

static dw_status set_forbidden(struct dw_offline_opts *opts, const char *value, struct dw_error *err)
{
    int forbidden = dw_forbidden_from_name(value);
    if (forbidden < 0)
        return dw_error_set(err, DW_ERR_INVALID,
                            "--forbidden takes leave-off, hold or as-is, not '%.40s'", value);
    opts->forbidden = (enum dw_forbidden)forbidden;
    return DW_OK;
}

static dw_status set_number(struct dw_offline_opts *opts, int option, const char *value,
                            struct dw_error *err)
{
    int64_t number;
    switch (option) {
    case OPT_UDF:
        opts->udf_revision = dw_udf_revision_from_name(value);
        return opts->udf_revision ? DW_OK
                                  : dw_error_set(err, DW_ERR_INVALID,
                                                 "--udf takes a revision like 1.02 or 2.50, not '%.40s'",
                                                 value);
    case OPT_SIZE:
        return dw_text_size(value, &opts->volume_bytes) && opts->volume_bytes > 0
                   ? DW_OK
                   : dw_error_set(err, DW_ERR_INVALID,
                                  "--volume-size takes a size like 650MB, not '%.40s'", value);
    default:
        if (!dw_text_int(value, 1, 8, &number))
            return dw_error_set(err, DW_ERR_INVALID, "--jobs takes a number from 1 to 8, not '%.40s'",
                                value);
        opts->threads = (unsigned)number;
        return DW_OK;
    }
}

static bool set_flag(struct dw_offline_args *args, int option)
{
    switch (option) {
    case OPT_COMPRESS:
        return args->opts.compress = true;
    case OPT_PRIVATE:
        return args->opts.allow_private = true;
    case OPT_MULTIVOLUME:
        return args->opts.multivolume = true;
    case OPT_JOLIET:
        return args->opts.joliet = true;
    case OPT_NO_VIEWER:
        args->opts.viewer = false;
        return true;
    case OPT_LINK:
        return args->link = true;
    case OPT_HELP:
        return args->help = true;
    default:
        return false;
    }
}

static dw_status set_option(struct dw_offline_args *args, struct words *words, int option,
                            const char *value, struct dw_error *err)
{
    if (set_flag(args, option))
        return DW_OK;
    switch (option) {
    case OPT_MEDIA:
        words->media = value;
        return DW_OK;
    case OPT_LOADED:
        words->loaded = value;
        return DW_OK;
    case OPT_PROFILE:
        words->profile = value;
        return DW_OK;
    case OPT_FORBIDDEN:
        return set_forbidden(&args->opts, value, err);
    case OPT_KEYS:
        return set_keys(&args->opts, value, err);
    case OPT_UDF:
    case OPT_SIZE:
    case OPT_JOBS:
        return set_number(&args->opts, option, value, err);
    case OPT_INSTITUTION:
        args->opts.institution = value;
        return dw_text_is_utf8(value, strlen(value))
                   ? DW_OK
                   : dw_error_set(err, DW_ERR_INVALID, "--institution is not UTF-8");
    case OPT_OUT:
        args->out = value;
        return value[0] ? DW_OK : dw_error_set(err, DW_ERR_INVALID, "--out is empty");
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

/* --- what is loaded --- */

static bool suits(const struct dw_offline_opts *opts, const struct dw_blank *blank)
{
    for (size_t i = 0; i < opts->blank_count; i++)
        if (opts->blanks[i] == blank)
            return false; /* said twice */
    return !opts->profile || opts->profile->media == blank->media;
}

static dw_status add_loaded(struct dw_offline_opts *opts, const char *list, struct dw_error *err)
{
    char names[LOADED_MAX], *rest = names, *name;
    if (!dw_text_copy(names, sizeof names, list))
        return dw_error_set(err, DW_ERR_INVALID, "--loaded is longer than %d characters", LOADED_MAX - 1);
    while ((name = strsep(&rest, ",")) != NULL) {
        const struct dw_blank *blank = dw_blank_find(name);
        if (!blank)
            return dw_error_set(err, DW_ERR_INVALID,
                                "--loaded takes names like cd,dvd,bd separated by commas, not '%.40s'", name);
        if (suits(opts, blank) && opts->blank_count < DW_OFFLINE_BLANKS_MAX)
            opts->blanks[opts->blank_count++] = blank;
    }
    return DW_OK;
}

static dw_status choose_from(struct dw_offline_opts *opts, const char *loaded, struct dw_error *err)
{
    size_t count;
    const struct dw_blank *table = dw_blank_table(&count);
    if (loaded) {
        dw_status st = add_loaded(opts, loaded, err);
        if (st != DW_OK)
            return st;
    }
    for (size_t i = 0; !loaded && i < count && i < DW_OFFLINE_BLANKS_MAX; i++)
        if (suits(opts, &table[i]))
            opts->blanks[opts->blank_count++] = &table[i];
    if (opts->blank_count > 0)
        return DW_OK;
    if (opts->profile)
        return dw_error_set(err, DW_ERR_INVALID, "--loaded has no medium for profile %s, which is for %s",
                            opts->profile->name, dw_media_name(opts->profile->media));
    return dw_error_set(err, DW_ERR_INVALID, "--loaded names no medium");
}

static dw_status understand(struct dw_offline_opts *opts, const struct words *words,
                            struct dw_error *err)
{
    bool is_auto = !words->media || strcmp(words->media, "auto") == 0;
    const struct dw_blank *blank = is_auto ? NULL : dw_blank_find(words->media);
    const struct dw_profile *profile = words->profile ? dw_profile_find(words->profile) : NULL;
    if (!is_auto && !blank)
        return dw_error_set(err, DW_ERR_INVALID,
                            "--media takes cd, dvd, dvd-dl, bd, bd-50, bd-100 or auto, not '%.40s'",
                            words->media);
    if (!is_auto && words->loaded)
        return dw_error_set(err, DW_ERR_INVALID, "--loaded goes with --media auto, not %s", words->media);
    if (words->profile && (blank || !profile)) { /* it fits the medium, or here is the sentence why not */
        dw_status st = dw_profile_choose(words->profile, blank ? blank->media : DW_MEDIA_CD, &profile, err);
        if (st != DW_OK)
            return st;
    }
    opts->profile = profile;
    if (is_auto)
        return choose_from(opts, words->loaded, err);
    opts->blanks[opts->blank_count++] = blank;
    return DW_OK;
}

dw_status dw_offline_args_read(int argc, char **argv, bool takes_link, struct dw_offline_args *out,
                               struct dw_error *err)
{
    struct dw_offline_args args = {.opts = {.viewer = true, .forbidden = DW_FORBIDDEN_LEAVE_OFF}};
    struct words words = {0};
    int option;
    dw_status st = DW_OK;
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while (st == DW_OK && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        st = set_option(&args, &words, option, optarg, err);
    if (st == DW_OK && args.link && !takes_link)
        st = dw_error_set(err, DW_ERR_INVALID, "--link goes with fileset");
    if (st != DW_OK)
        return st;
    args.opts.paths = argv + optind;
    args.opts.path_count = (size_t)(argc - optind);
    if (!args.help)
        st = understand(&args.opts, &words, err);
    if (st == DW_OK && !args.help && !args.out)
        st = dw_error_set(err, DW_ERR_INVALID, "--out is missing");
    if (st == DW_OK && !args.help && args.opts.path_count == 0)
        st = dw_error_set(err, DW_ERR_INVALID, "no file or folder is named");
    if (st == DW_OK)
        st = set_time(&args.opts, err);
    if (st == DW_OK)
        *out = args;
    return st;
}
