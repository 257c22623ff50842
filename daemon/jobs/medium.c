#include "daemon/jobs/medium.h"

#include <string.h>

#include "base/text.h"
#include "burn/image/plan.h"
#include "daemon/jobs/select.h"
#include "dicom/uid.h"
#include "layout/fileset/profile.h"

/* What pages, previews and viewer take at most, beside the images. */
#define PAGES_BYTES 16000000
#define PREVIEW_BYTES 100000
#define FOLDERS 4
#define BLOCKS_PER_OBJECT 2 /* its share of DICOMDIR and manifest, and what its last block wastes */

dw_status dw_medium_read(const char *media, const char *profile, const char *otherwise,
                         struct dw_medium_choice *out, struct dw_error *err)
{
    const struct dw_profile *named = *profile ? dw_profile_find(profile) : NULL;
    const struct dw_profile *chosen = named;
    const char *word = *media ? media : otherwise;
    const struct dw_blank *blank = dw_blank_find(word);

    if (!*media && named && blank && blank->media != named->media)
        word = "auto"; /* the profile says more than the habit */
    if (strcmp(word, "auto") == 0) {
        if (*profile && !named)
            return dw_profile_choose(profile, blank ? blank->media : DW_MEDIA_CD, &chosen, err);
        blank = NULL;
    } else if (!blank) {
        return dw_error_set(err, DW_ERR_INVALID,
                            "media: cd, dvd, dvd-dl, bd, bd-50, bd-100 or auto");
    } else {
        dw_status st = dw_profile_choose(profile, blank->media, &chosen, err);
        if (st != DW_OK)
            return st;
    }
    dw_text_cut(out->media, sizeof out->media, blank ? blank->name : "auto");
    dw_text_cut(out->profile, sizeof out->profile, chosen ? chosen->name : "");
    return DW_OK;
}

/* --- how many discs --- */

/* Objects of one SOP class and transfer syntax: what a profile takes or converts together. */
struct kind {
    struct dw_subject subject;
    uint64_t count, bytes, plain_bytes, largest;
};
#define KINDS_MAX 128 /* further ones count with the last: this is an estimate */

struct content {
    struct kind kinds[KINDS_MAX];
    size_t kind_count;
    uint64_t pages;
    size_t folders;
};

static uint64_t positive(int64_t value)
{
    return value > 0 ? (uint64_t)value : 0;
}

static void add_kind(const struct dw_rows *rows, struct content *content)
{
    const struct dw_sop_class *sop_class = dw_sop_class_find(dw_rows_text(rows, 0));
    struct kind *kind = content->kind_count < KINDS_MAX ? &content->kinds[content->kind_count++]
                                                        : &content->kinds[KINDS_MAX - 1];
    kind->subject = (struct dw_subject){.sop_class = sop_class,
                                        .syntax = dw_transfer_syntax_find(dw_rows_text(rows, 1)),
                                        .has_meta = true,
                                        .has_pixels = sop_class && sop_class->is_image};
    kind->count += positive(dw_rows_int(rows, 2));
    kind->bytes += positive(dw_rows_int(rows, 3));
    kind->plain_bytes += positive(dw_rows_int(rows, 4));
    if (positive(dw_rows_int(rows, 5)) > kind->largest)
        kind->largest = positive(dw_rows_int(rows, 5));
}

static dw_status read_content(const struct dw_core *core, const struct dw_job *job,
                              struct content *content, struct dw_error *err)
{
    struct dw_rows rows;
    int64_t series = 0;
    dw_status st = dw_sql_query(
        core->sql, &rows, err,
        /* Only what is encapsulated has another size when it is decoded; its numbers are the sender's, who
         * may lie: then the estimate is wrong, and the plan still is right. */
        "SELECT sop_class, transfer_syntax, count(*), sum(size_bytes), sum(CASE WHEN"
        " transfer_syntax LIKE '1.2.840.10008.1.2.4.%' OR transfer_syntax = '1.2.840.10008.1.2.5'"
        " THEN min(json_extract(detail, '$.rows') * 1.0 * json_extract(detail, '$.columns') *"
        " coalesce(json_extract(detail, '$.samples_per_pixel'), 1) * frames *"
        " ((coalesce(json_extract(detail, '$.bits_allocated'), 8) + 7) / 8), 1e12)"
        " ELSE size_bytes END), max(size_bytes)"
        DW_OBJECTS_OF_JOB " GROUP BY sop_class, transfer_syntax",
        "i", job->id);
    if (st != DW_OK)
        return st;
    while (dw_rows_next(&rows))
        add_kind(&rows, content);
    st = dw_rows_done(&rows, err);
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &series, err,
                        "SELECT count(*) FROM series WHERE study IN"
                        " (SELECT study FROM job_study WHERE job = ?)",
                        "i", job->id);
    content->folders = FOLDERS + positive(series);
    if (job->viewer)
        content->pages = PAGES_BYTES + positive(series) * PREVIEW_BYTES *
                                           positive(core->config->jobs.previews_per_series);
    return st;
}

struct need {
    uint64_t discs; /* UINT64_MAX: it cannot hold the largest object */
    uint64_t forbidden;
};

static struct need need_of(const struct dw_core *core, const struct content *content,
                           const struct dw_blank *blank, const struct dw_profile *profile)
{
    struct dw_judge_opts opts = {.allow_private = core->config->directory.private};
    struct need need = {0};
    uint64_t limit = core->config->jobs.volume_size, capacity = dw_blank_capacity_bytes(blank);
    uint64_t bytes = 0, objects = 0, largest = 0;
    if (limit && limit < capacity)
        capacity = limit;
    for (size_t i = 0; i < content->kind_count; i++) {
        const struct kind *kind = &content->kinds[i];
        enum dw_verdict verdict = dw_profile_judge(profile, &kind->subject, &opts).verdict;
        if (verdict == DW_VERDICT_REFUSE)
            continue;
        if (verdict == DW_VERDICT_FORBID)
            need.forbidden += kind->count;
        bytes += verdict == DW_VERDICT_CONVERT && kind->plain_bytes ? kind->plain_bytes : kind->bytes;
        objects += kind->count;
        if (kind->largest > largest)
            largest = kind->largest;
    }
    bytes += objects * BLOCKS_PER_OBJECT * DW_BLOCK_SIZE;
    uint64_t beside =
        content->pages + dw_plan_overhead_bytes(blank->media, objects, content->folders);
    if (capacity <= beside || largest > capacity - beside)
        need.discs = UINT64_MAX;
    else
        need.discs = bytes ? (bytes + capacity - beside - 1) / (capacity - beside) : 1;
    return need;
}

/* --- which blank --- */

struct candidate {
    const struct dw_blank *blank;
    struct need need;
    bool enough; /* as many as the job takes are loaded, as far as anybody counts */
};

static bool is_better(const struct candidate *a, const struct candidate *b)
{
    if ((a->need.discs == UINT64_MAX) != (b->need.discs == UINT64_MAX))
        return b->need.discs == UINT64_MAX;
    if (a->need.forbidden != b->need.forbidden)
        return a->need.forbidden < b->need.forbidden;
    if (a->enough != b->enough)
        return a->enough;
    if (a->need.discs != b->need.discs)
        return a->need.discs < b->need.discs;
    return a->blank->blocks < b->blank->blocks;
}

static bool is_loaded(const struct dw_loaded *loaded, const struct dw_blank *blank,
                      int64_t *out_discs)
{
    *out_discs = 0;
    for (size_t i = 0; i < loaded->count; i++) {
        if (loaded->bin[i].blank != blank)
            continue;
        if (loaded->bin[i].discs < 0 || *out_discs < 0)
            *out_discs = -1;
        else
            *out_discs += loaded->bin[i].discs;
    }
    return *out_discs != 0;
}

static const struct dw_blank *choose(const struct dw_core *core, const struct dw_job *job,
                                     const struct content *content,
                                     const struct dw_loaded *loaded)
{
    size_t count;
    const struct dw_blank *table = dw_blank_table(&count);
    const struct dw_profile *asked = dw_profile_find(job->asked_profile);
    struct candidate best = {0};
    for (size_t i = 0; i < count; i++) {
        struct candidate one = {.blank = &table[i]};
        int64_t discs;
        if ((asked && asked->media != one.blank->media) || !is_loaded(loaded, one.blank, &discs))
            continue;
        one.need = need_of(core, content, one.blank,
                           asked ? asked : dw_profile_of_media(one.blank->media));
        one.enough = discs < 0 || one.need.discs <= (uint64_t)discs / (uint64_t)job->copies;
        if (!best.blank || is_better(&one, &best))
            best = one;
    }
    return best.blank;
}

/* What is there; else what the bins are for; else anything. */
static const struct dw_blank *choose_of_all(const struct dw_core *core, const dw_robots *robots,
                                            const struct dw_job *job,
                                            const struct content *content)
{
    struct dw_loaded loaded;
    size_t count;
    const struct dw_blank *table = dw_blank_table(&count);
    dw_robots_loaded(robots, job->robot, &loaded);
    const struct dw_blank *blank = choose(core, job, content, &loaded);
    if (blank)
        return blank;
    for (size_t i = 0; i < loaded.count; i++)
        loaded.bin[i].discs = -1;
    blank = choose(core, job, content, &loaded);
    if (blank)
        return blank;
    loaded.count = 0;
    for (size_t i = 0; i < count && i < DW_ARRAY_LEN(loaded.bin); i++)
        loaded.bin[loaded.count++] = (struct dw_bin_load){&table[i], -1};
    return choose(core, job, content, &loaded);
}

/* --- compression --- */

static bool takes(const struct dw_profile *profile, const char *syntax)
{
    for (const char *const *one = profile->transfer_syntaxes; *one; one++)
        if (strcmp(*one, syntax) == 0)
            return true;
    return false;
}

/* "" when the profile takes none. Where the profile is only that of the medium, its variant for lossless JPEG
 * takes its place (STD-GEN-BD-JPEG). */
static const char *compression(const struct dw_job *job, const struct dw_profile **profile)
{
    static const char *const lossless[] = {"1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90"};
    char name[sizeof job->profile];
    for (size_t i = 0; i < DW_ARRAY_LEN(lossless); i++)
        if (takes(*profile, lossless[i]))
            return lossless[i];
    const struct dw_profile *variant =
        !*job->asked_profile && dw_text_format(name, sizeof name, "%s-JPEG", (*profile)->name)
            ? dw_profile_find(name)
            : NULL;
    if (!variant || !takes(variant, lossless[0]))
        return "";
    *profile = variant;
    return lossless[0];
}

dw_status dw_medium_decide(const struct dw_core *core, const dw_robots *robots, int64_t id,
                           struct dw_error *err)
{
    struct dw_job job;
    struct content content = {.kind_count = 0};
    const struct dw_profile *profile = NULL;
    const char *compress = "";
    dw_status st = dw_job_load(core, id, &job, err);
    if (st != DW_OK)
        return st;
    const struct dw_blank *blank = dw_blank_find(job.asked_media);
    if (!blank || core->config->jobs.compress)
        st = read_content(core, &job, &content, err);
    if (st == DW_OK && !blank)
        blank = choose_of_all(core, robots, &job, &content);
    if (st == DW_OK && !blank)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "no kind of blank disc is there to choose from");
    if (st == DW_OK)
        st = dw_profile_choose(job.asked_profile, blank->media, &profile, err);
    if (st != DW_OK)
        return st;
    if (core->config->jobs.compress && need_of(core, &content, blank, profile).discs > 1)
        compress = compression(&job, &profile);
    dw_log_write(&core->log, DW_LOG_INFO, "job=%lld media=%s profile=%s asked=%s compress=%s",
                 (long long)id, blank->name, profile->name, job.asked_media, compress);
    return dw_sql_exec(core->sql, err,
                       "UPDATE job SET media = ?, profile = ?, compress = ? WHERE id = ?", "ttti",
                       blank->name, profile->name, compress, id);
}
