/* Which blank to take, before anything is converted (layout/fileset/volume.h). */
#include <stdlib.h>

#include "layout/fileset/directory.h"
#include "layout/fileset/fileid.h"
#include "layout/fileset/manifest.h"
#include "layout/fileset/volume.h"

#define OWN_FILES 4 /* DICOMDIR, REPORT.TXT, MULTIVOLUME, manifest */

struct need { /* of one patient */
    uint64_t bytes; /* on the disc that is being filled */
    uint32_t discs;
};
struct room { /* of one disc */
    uint64_t capacity, per_file;
};

static uint64_t entry_bytes(const struct dw_entry *entry, const struct dw_judgement *judgement)
{
    bool decoded = judgement->verdict == DW_VERDICT_CONVERT && entry->plain_bytes > 0;
    uint64_t bytes = decoded ? entry->plain_bytes : entry->size_bytes;
    return (bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE * DW_BLOCK_SIZE +
           dw_directory_entry_bytes(entry) + dw_manifest_line_bytes(DW_FILEID_LENGTH + 1);
}

/* Without a hundredth of the blank, which padding and pages take, and what every disc has. */
static struct room room_of(const dw_catalog *catalog, const struct dw_blank *blank, uint64_t capacity)
{
    enum { MANY = 1000 };
    size_t folders = (size_t)catalog->study_count + catalog->series_count + 1;
    uint64_t none = dw_plan_overhead_bytes(blank->media, OWN_FILES, folders);
    uint64_t many = dw_plan_overhead_bytes(blank->media, OWN_FILES + MANY, folders);
    uint64_t fixed = none + capacity / 100;
    return (struct room){.capacity = capacity > fixed ? capacity - fixed : 0,
                         .per_file = (many - none) / MANY + 1};
}

/* One disc after the other is filled, in the order in which the objects came. */
static void count_entry(const struct room *room, uint64_t bytes, struct need *need,
                        struct dw_volumes_need *out)
{
    if (need->discs > 0 && need->bytes + bytes <= room->capacity) {
        need->bytes += bytes;
        return;
    }
    need->discs++;
    need->bytes = bytes;
    if (bytes > room->capacity || need->discs > DW_VOLUMES_PER_JOB_MAX)
        out->discs = UINT32_MAX;
    else if (out->discs < UINT32_MAX)
        out->discs++;
}

dw_status dw_volumes_count(const dw_catalog *catalog, const struct dw_blank *blank,
                           uint64_t capacity_bytes, struct dw_volumes_need *out,
                           struct dw_error *err)
{
    const struct dw_profile *profile = dw_profile_of_media(blank->media);
    uint64_t capacity = dw_blank_capacity_bytes(blank);
    struct need *needs = calloc((size_t)catalog->patient_count + 1, sizeof *needs);
    if (!needs)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for counting discs");
    if (capacity_bytes > 0 && capacity_bytes < capacity)
        capacity = capacity_bytes;
    struct room room = room_of(catalog, blank, capacity);
    *out = (struct dw_volumes_need){0};
    for (uint32_t i = 0; i < catalog->entry_count; i++) {
        const struct dw_entry *entry = &catalog->entries[i];
        struct dw_judgement judgement = dw_catalog_judge_by(catalog, entry, profile);
        if (judgement.verdict == DW_VERDICT_REFUSE)
            continue;
        out->forbidden += judgement.verdict == DW_VERDICT_FORBID;
        count_entry(&room, entry_bytes(entry, &judgement) + room.per_file,
                    &needs[dw_entry_patient_index(catalog, entry)], out);
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
