/* What becomes of the objects of a catalog: ready, pending, forbidden, left off (layout/fileset/catalog.h). */
#include <assert.h>
#include <string.h>

#include "layout/fileset/catalog_private.h"

#define CROWDED "16 other objects have its SOP Instance UID and differ from it and each other"
static_assert(DW_LAYERS_MAX == 16, "the sentence says how many");

static const char *const forbidden_names[] = {
    [DW_FORBIDDEN_HOLD] = "hold",
    [DW_FORBIDDEN_LEAVE_OFF] = "leave-off",
    [DW_FORBIDDEN_AS_IS] = "as-is",
};

const char *dw_forbidden_name(enum dw_forbidden forbidden)
{
    return forbidden_names[forbidden];
}

int dw_forbidden_from_name(const char *name)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(forbidden_names); i++)
        if (strcmp(forbidden_names[i], name) == 0)
            return (int)i;
    return -1;
}

static struct dw_subject subject_of(const struct dw_entry *entry)
{
    return (struct dw_subject){
        .sop_class = entry->sop_class,
        .syntax = entry->syntax,
        .photometric = entry->photometric,
        .rows = entry->rows,
        .columns = entry->columns,
        .frames = entry->frames,
        .bits_stored = entry->bits_stored,
        .samples = entry->samples,
        .has_meta = entry->has_meta,
        .has_us_regions = entry->has_us_regions,
        .has_pixels = entry->has_pixels,
        .no_rows = entry->rows == 0 || entry->columns == 0,
    };
}

static struct dw_judge_opts opts_of(const dw_catalog *catalog, const struct dw_entry *entry)
{
    return (struct dw_judge_opts){
        .allow_private = catalog->opts.allow_private,
        .compress = entry->no_compress ? NULL : catalog->opts.compress,
        .no_convert = entry->no_convert,
    };
}

struct dw_judgement dw_catalog_judge_by(const dw_catalog *catalog, const struct dw_entry *entry,
                                        const struct dw_profile *profile)
{
    struct dw_subject subject = subject_of(entry);
    struct dw_judge_opts opts = opts_of(catalog, entry);
    return dw_profile_judge(profile, &subject, &opts);
}

/* A disc holds DICOM files: a bare data set cannot go as it is. */
static void forbid(dw_catalog *catalog, struct dw_entry *entry, const char *reason)
{
    entry->reason = reason;
    if (catalog->opts.forbidden == DW_FORBIDDEN_HOLD) {
        entry->state = DW_ENTRY_FORBIDDEN;
        catalog->forbidden++;
    } else if (catalog->opts.forbidden == DW_FORBIDDEN_AS_IS && entry->has_meta) {
        entry->state = DW_ENTRY_READY;
        entry->as_is = true;
        catalog->nonconformant = true;
    } else {
        entry->state = DW_ENTRY_LEFT_OFF;
    }
}

void dw_catalog_judge(dw_catalog *catalog, struct dw_entry *entry)
{
    struct dw_judgement judgement = dw_catalog_judge_by(catalog, entry, catalog->opts.profile);
    entry->reason = judgement.reason;
    entry->target = judgement.target;
    entry->as_is = false;
    if (entry->is_crowded) {
        entry->reason = CROWDED;
        judgement.verdict = DW_VERDICT_REFUSE;
    }
    switch (judgement.verdict) {
    case DW_VERDICT_TAKE:
        entry->state = DW_ENTRY_READY;
        break;
    case DW_VERDICT_CONVERT:
        entry->state = DW_ENTRY_PENDING;
        catalog->pending++;
        break;
    case DW_VERDICT_FORBID:
        forbid(catalog, entry, judgement.reason);
        break;
    case DW_VERDICT_REFUSE:
        entry->state = DW_ENTRY_LEFT_OFF;
        break;
    }
}

bool dw_catalog_would_take(const dw_catalog *catalog, const struct dw_object *object)
{
    struct dw_subject subject = dw_subject_of(object);
    struct dw_judge_opts opts = {.allow_private = catalog->opts.allow_private};
    return dw_profile_judge(catalog->opts.profile, &subject, &opts).verdict == DW_VERDICT_TAKE;
}

dw_status dw_catalog_set_profile(dw_catalog *catalog, const struct dw_profile *profile,
                                 struct dw_error *err)
{
    if (catalog->order)
        return dw_error_set(err, DW_ERR_CONFLICT, "the reading order is made already");
    catalog->opts.profile = profile;
    catalog->pending = 0;
    catalog->forbidden = 0;
    catalog->nonconformant = false;
    for (uint32_t i = 0; i < catalog->entry_count; i++)
        dw_catalog_judge(catalog, &catalog->entries[i]);
    return DW_OK;
}

dw_status dw_catalog_convert_failed(dw_catalog *catalog, uint32_t i, const char *reason,
                                    struct dw_error *err)
{
    struct dw_entry *entry = &catalog->entries[i];
    const char *copy = dw_arena_text(&catalog->arena, reason);
    if (!copy)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the list of objects");
    if (entry->state != DW_ENTRY_PENDING)
        return dw_error_set(err, DW_ERR_CONFLICT, "object %llu needs no converting",
                            (unsigned long long)entry->number);
    catalog->pending--;
    if (catalog->opts.compress && !entry->no_compress &&
        strcmp(entry->target, catalog->opts.compress) == 0) {
        entry->no_compress = true;
        dw_catalog_judge(catalog, entry);
        return DW_OK;
    }
    entry->no_convert = true;
    entry->target = NULL;
    forbid(catalog, entry, copy);
    return DW_OK;
}

dw_status dw_catalog_forbid(dw_catalog *catalog, uint32_t i, const char *reason,
                            struct dw_error *err)
{
    const char *copy = dw_arena_text(&catalog->arena, reason);
    if (!copy)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the list of objects");
    forbid(catalog, &catalog->entries[i], copy);
    return DW_OK;
}

dw_status dw_catalog_leave_off(dw_catalog *catalog, uint32_t i, const char *reason,
                               struct dw_error *err)
{
    struct dw_entry *entry = &catalog->entries[i];
    const char *copy = dw_arena_text(&catalog->arena, reason);
    if (!copy)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the list of objects");
    catalog->pending -= entry->state == DW_ENTRY_PENDING;
    catalog->forbidden -= entry->state == DW_ENTRY_FORBIDDEN;
    entry->state = DW_ENTRY_LEFT_OFF;
    entry->reason = copy;
    return DW_OK;
}

uint64_t dw_catalog_takers(const dw_catalog *catalog)
{
    uint64_t takers = UINT64_MAX;
    for (uint32_t i = 0; i < catalog->entry_count; i++) {
        struct dw_subject subject = subject_of(&catalog->entries[i]);
        struct dw_judge_opts opts = opts_of(catalog, &catalog->entries[i]);
        opts.compress = NULL;
        if (dw_profile_judge(catalog->opts.profile, &subject, &opts).verdict != DW_VERDICT_REFUSE)
            takers &= dw_profile_takers(&subject, &opts);
    }
    return takers;
}

const char *dw_catalog_claim(const dw_catalog *catalog)
{
    return dw_profile_claim(catalog->opts.profile, catalog->opts.augmented, catalog->nonconformant);
}
