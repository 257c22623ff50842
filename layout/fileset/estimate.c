/* Which blank to take, before anything is converted (layout/fileset/volume.h). */
#include <stdlib.h>

#include "layout/fileset/directory.h"
#include "layout/fileset/fileid.h"
#include "layout/fileset/manifest.h"
#include "layout/fileset/volume.h"

#define OWN_FILES 4 /* DICOMDIR, REPORT.TXT, MULTIVOLUME, manifest */

struct need { /* of one patient */
    uint64_t bytes;
    size_t files;
    bool giant;
};

static uint64_t entry_bytes(const struct dw_entry *entry, const struct dw_judgement *judgement)
{
    bool decoded = judgement->verdict == DW_VERDICT_CONVERT && entry->plain_bytes > 0;
    uint64_t bytes = decoded ? entry->plain_bytes : entry->size_bytes;
    return (bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE * DW_BLOCK_SIZE +
           dw_directory_entry_bytes(entry) + dw_manifest_line_bytes(DW_FILEID_LENGTH + 1);
}

static void tally(const dw_catalog *catalog, const struct dw_profile *profile, uint64_t capacity,
                  struct need *needs, struct dw_volumes_need *out)
{
    for (uint32_t i = 0; i < catalog->entry_count; i++) {
        const struct dw_entry *entry = &catalog->entries[i];
        struct dw_judgement judgement = dw_catalog_judge_by(catalog, entry, profile);
        if (judgement.verdict == DW_VERDICT_REFUSE)
            continue;
        if (judgement.verdict == DW_VERDICT_FORBID)
            out->forbidden++;
        struct need *need = &needs[dw_entry_patient_index(catalog, entry)];
        uint64_t bytes = entry_bytes(entry, &judgement);
        need->giant = need->giant || bytes > capacity;
        need->bytes += bytes;
        need->files++;
    }
}

dw_status dw_volumes_count(const dw_catalog *catalog, const struct dw_blank *blank,
                           uint64_t capacity_bytes, struct dw_volumes_need *out,
                           struct dw_error *err)
{
    uint64_t capacity = dw_blank_capacity_bytes(blank);
    struct need *needs = calloc((size_t)catalog->patient_count + 1, sizeof *needs);
    if (!needs)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for counting discs");
    if (capacity_bytes > 0 && capacity_bytes < capacity)
        capacity = capacity_bytes;
    *out = (struct dw_volumes_need){0};
    tally(catalog, dw_profile_of_media(blank->media), capacity, needs, out);
    for (uint32_t i = 0; i < catalog->patient_count && out->discs < UINT32_MAX; i++) {
        if (needs[i].files == 0)
            continue;
        uint64_t fixed = dw_plan_overhead_bytes(blank->media, OWN_FILES,
                                                catalog->study_count + catalog->series_count + 1);
        uint64_t all = needs[i].bytes +
                       dw_plan_overhead_bytes(blank->media, needs[i].files + OWN_FILES,
                                              catalog->study_count + catalog->series_count + 1);
        uint64_t discs = 1;
        if (all > capacity)
            discs = capacity > fixed ? (all - fixed + capacity - fixed - 1) / (capacity - fixed)
                                     : UINT32_MAX;
        bool never = needs[i].giant || discs > DW_VOLUMES_PER_JOB_MAX;
        out->discs = never ? UINT32_MAX : out->discs + (uint32_t)discs;
    }
    free(needs);
    return DW_OK;
}

static bool is_better(const struct dw_volumes_need *a, const struct dw_blank *blank_a,
                      const struct dw_volumes_need *b, const struct dw_blank *blank_b)
{
    if ((a->discs == UINT32_MAX) != (b->discs == UINT32_MAX))
        return b->discs == UINT32_MAX;
    if (a->forbidden != b->forbidden)
        return a->forbidden < b->forbidden;
    if (a->discs != b->discs)
        return a->discs < b->discs;
    if (a->discs == UINT32_MAX) /* nothing holds it all: then what holds most of it */
        return blank_a->blocks > blank_b->blocks;
    return blank_a->blocks < blank_b->blocks;
}

dw_status dw_volumes_choose(const dw_catalog *catalog, const struct dw_blank *const *blanks,
                            size_t count, uint64_t capacity_bytes, const struct dw_blank **out,
                            struct dw_error *err)
{
    struct dw_volumes_need best = {0};
    const struct dw_blank *chosen = NULL;
    for (size_t i = 0; i < count; i++) {
        struct dw_volumes_need need = {0};
        dw_status st = dw_volumes_count(catalog, blanks[i], capacity_bytes, &need, err);
        if (st != DW_OK)
            return st;
        if (!chosen || is_better(&need, blanks[i], &best, chosen)) {
            chosen = blanks[i];
            best = need;
        }
    }
    if (!chosen)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "no kind of blank disc is there to choose from");
    *out = chosen;
    return DW_OK;
}
