/* Volumes of other sessions: what they hold is seen by who asks for them, and by readers of the first session alone. */
#include <stdio.h>
#include <string.h>
#include "check/bytes.h"
#include "check/rules.h"

#define SESSIONS_WALKED_MAX 16
#define MODIFIED_AT 830 /* sixteen digits, ECMA-119 8.4.27 */

struct session {
    struct dw_judge *judge;
    struct dw_lookup judged; /* extents of files that hold something */
    uint64_t files, strange;
};

static dw_status list_judged(struct session *session, struct dw_error *err)
{
    struct dw_judge *judge = session->judge;
    dw_status st = dw_lookup_reserve(&session->judged, judge->count, err);
    for (size_t i = 0; st == DW_OK && i < judge->count; i++) {
        struct dw_check_source_entry entry;
        uint32_t first;
        dw_judge_entry(judge, i, &entry);
        if (!entry.is_folder && entry.size_bytes > 0)
            st = dw_lookup_put(&session->judged, dw_check_hash_extent(entry.lba, entry.size_bytes), 1, &first, err);
    }
    return st;
}

static dw_status on_entry(void *ctx, const struct dw_iso_entry *entry, struct dw_error *err)
{
    struct session *session = ctx;
    (void)err;
    if (entry->is_folder)
        return DW_OK;
    session->files++;
    session->strange += entry->size_bytes > 0 && dw_lookup_find(&session->judged, dw_check_hash_extent(entry->lba, entry->size_bytes)) ==
                                                     DW_LOOKUP_NONE;
    return DW_OK;
}

/* Before, with or after the volume that was judged: less than 0, 0, more. */
static int compare_age(struct dw_judge *judge, const uint8_t *descriptor)
{
    uint8_t pvd[DW_BLOCK_SIZE];
    return dw_judge_block(judge, 16, pvd) ? memcmp(descriptor + MODIFIED_AT, pvd + MODIFIED_AT, 16) : 0;
}

static dw_status count_files(struct session *session, const uint8_t *descriptor, struct dw_error *err)
{
    struct dw_iso_volume volume = {.blocks = dw_le32(descriptor + 80),
                                   .block_size = DW_BLOCK_SIZE,
                                   .root_lba = dw_le32(descriptor + 158) + descriptor[157],
                                   .root_size = dw_le32(descriptor + 166)};
    dw_status st = list_judged(session, err);
    if (st == DW_OK)
        st = dw_iso_walk(dw_check_source_blocks(session->judge->source), &volume, on_entry, session, err);
    dw_lookup_done(&session->judged);
    return st;
}

/* What a drive shows is the last session: if that is a newer one, another volume was judged than people will see. */
void dw_rules_session(struct dw_judge *judge, const uint8_t *descriptor, uint64_t lba)
{
    struct session session = {.judge = judge, .judged.spill = judge->spill, .judged.stays = true};
    int order = compare_age(judge, descriptor);
    const char *age = order < 0 ? "an older volume" : order > 0 ? "a newer volume than the one that was judged" : "a volume";
    char place[DW_FINDING_PLACE_MAX], detail[DW_FINDING_DETAIL_MAX];
    struct dw_error err = {0};
    bool is_walked = judge->found->seen[DW_ISO_SESSIONS] < SESSIONS_WALKED_MAX;
    dw_status st = is_walked ? count_files(&session, descriptor, &err) : DW_OK;
    (void)snprintf(place, sizeof place, "block %llu", (unsigned long long)lba);
    if (st == DW_ERR_INTERNAL) {
        dw_judge_fail(judge, st, &err);
        return;
    }
    if (!is_walked)
        (void)snprintf(detail, sizeof detail, "%s", age);
    else if (st != DW_OK)
        (void)snprintf(detail, sizeof detail, "%s, whose tree cannot be read: %.40s", age, err.text);
    else
        (void)snprintf(detail, sizeof detail, "%s with %llu files, of which %llu were not judged", age,
                       (unsigned long long)session.files, (unsigned long long)session.strange);
    dw_findings_add_as(judge->found, DW_ISO_SESSIONS, order > 0 ? DW_SEV_ERROR : DW_SEV_WARNING, place, detail);
}
