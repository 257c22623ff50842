/* Reading order of a catalog (layout/fileset/catalog.h). */
#include <stdlib.h>
#include <string.h>

#include "layout/fileset/catalog_private.h"
#include "layout/fileset/repair.h"

static int by_number(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* Studies: patient as they came, then the newest first: what the disc was asked for lies on the first one and
 * priors follow. Without a date last. */
static int compare_studies(const void *a, const void *b, void *ctx)
{
    const struct dw_study *studies = ctx;
    const struct dw_study *x = &studies[*(const uint32_t *)a], *y = &studies[*(const uint32_t *)b];
    if (x->patient != y->patient)
        return by_number(x->patient, y->patient);
    if (!x->date[0] != !y->date[0])
        return x->date[0] ? -1 : 1;
    int c = strcmp(y->date, x->date);
    c = c ? c : strcmp(y->time, x->time);
    return c ? c : strcmp(x->uid, y->uid);
}

/* Numbers that are missing come last. */
static int compare_series(const void *a, const void *b, void *ctx)
{
    const dw_catalog *catalog = ctx;
    const struct dw_series *x = &catalog->series[*(const uint32_t *)a];
    const struct dw_series *y = &catalog->series[*(const uint32_t *)b];
    if (x->study != y->study)
        return by_number(catalog->studies[x->study].rank, catalog->studies[y->study].rank);
    if ((x->number == INT64_MIN) != (y->number == INT64_MIN))
        return x->number == INT64_MIN ? 1 : -1;
    int c = by_number(x->number, y->number);
    return c ? c : strcmp(x->uid, y->uid);
}

static int compare_entries(const void *a, const void *b, void *ctx)
{
    const dw_catalog *catalog = ctx;
    const struct dw_entry *x = &catalog->entries[*(const uint32_t *)a];
    const struct dw_entry *y = &catalog->entries[*(const uint32_t *)b];
    if (x->layer != y->layer &&
        dw_entry_patient_index(catalog, x) == dw_entry_patient_index(catalog, y))
        return x->layer < y->layer ? -1 : 1;
    if (x->series != y->series)
        return by_number(catalog->series[x->series].rank, catalog->series[y->series].rank);
    if ((x->instance_number == INT64_MIN) != (y->instance_number == INT64_MIN))
        return x->instance_number == INT64_MIN ? 1 : -1;
    int c = by_number(x->instance_number, y->instance_number);
    return c ? c : strcmp(x->sop_instance, y->sop_instance);
}

static void rank_nodes(dw_catalog *catalog, uint32_t *places)
{
    for (uint32_t i = 0; i < catalog->study_count; i++)
        places[i] = i;
    qsort_r(places, catalog->study_count, sizeof *places, compare_studies, catalog->studies);
    for (uint32_t i = 0; i < catalog->study_count; i++)
        catalog->studies[places[i]].rank = i;
    for (uint32_t i = 0; i < catalog->series_count; i++)
        places[i] = i;
    qsort_r(places, catalog->series_count, sizeof *places, compare_series, catalog);
    for (uint32_t i = 0; i < catalog->series_count; i++)
        catalog->series[places[i]].rank = i;
}

/* Profiles for angiography want a picture in every image record (PS3.11 A.3, B.3). */
static dw_status demand_icons(dw_catalog *catalog, struct dw_error *err)
{
    const struct dw_profile *profile = catalog->opts.profile;
    dw_status st = DW_OK;
    for (uint32_t i = 0; profile->icon_required && st == DW_OK && i < catalog->entry_count; i++) {
        const struct dw_entry *entry = &catalog->entries[i];
        if (entry->state == DW_ENTRY_READY && !entry->as_is &&
            strcmp(entry->sop_class->record_type, "IMAGE") == 0 &&
            entry->icon_edge != profile->icon_edge)
            st = dw_catalog_forbid(catalog, i, "the profile demands an icon, and there is none", err);
    }
    return st;
}

static dw_status refuse_forbidden(const dw_catalog *catalog, struct dw_error *err)
{
    if (catalog->forbidden == 0)
        return DW_OK;
    return dw_error_set(err, DW_ERR_UNSUPPORTED, "%u object%s no place in %s", catalog->forbidden,
                        catalog->forbidden == 1 ? " has" : "s have", catalog->opts.profile->name);
}

dw_status dw_catalog_arrange(dw_catalog *catalog, int64_t made_at_s, struct dw_error *err)
{
    if (catalog->pending > 0)
        return dw_error_set(err, DW_ERR_CONFLICT, "%u objects are not converted yet",
                            catalog->pending);
    dw_status st = demand_icons(catalog, err);
    if (st == DW_OK)
        st = refuse_forbidden(catalog, err);
    if (st != DW_OK)
        return st;
    dw_catalog_settle_twins(catalog);
    uint32_t nodes = catalog->study_count > catalog->series_count ? catalog->study_count
                                                                  : catalog->series_count;
    uint32_t *places = calloc((size_t)nodes + 1, sizeof *places);
    uint32_t *order = calloc((size_t)catalog->entry_count + 1, sizeof *order);
    if (!places || !order) {
        free(places);
        free(order);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the reading order");
    }
    rank_nodes(catalog, places);
    free(places);
    free(catalog->order);
    catalog->order = order;
    catalog->order_count = 0;
    for (uint32_t i = 0; i < catalog->entry_count; i++)
        if (catalog->entries[i].state == DW_ENTRY_READY)
            order[catalog->order_count++] = i;
    qsort_r(order, catalog->order_count, sizeof *order, compare_entries, catalog);
    st = dw_repair_catalog(catalog, made_at_s, err);
    return st == DW_OK ? refuse_forbidden(catalog, err) : st;
}
