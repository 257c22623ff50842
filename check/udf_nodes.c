#include "check/udf_nodes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWNERS_MAX (4 << 20) /* an honest disc has one for each file, and one for each GiB */

struct dw_udf_node {
    uint32_t icb_lba, names; /* a folder is named once, and once more by each folder in it */
    uint16_t links;
    bool is_folder;
};
struct dw_udf_owner {
    uint32_t lba, blocks, icb_lba;
};

struct parts { /* of one entry */
    struct dw_udf_nodes *nodes;
    const struct dw_udfvol_entry *entry;
    uint64_t bytes, recorded_blocks;
    uint32_t last; /* block that byte size_bytes - 1 lies in; 0: none */
};

void dw_udf_nodes_done(struct dw_udf_nodes *nodes)
{
    dw_lookup_done(&nodes->by_icb);
    dw_lookup_done(&nodes->by_path);
    dw_spill_drop(nodes->by_icb.spill, nodes->list);
    dw_spill_drop(nodes->by_icb.spill, nodes->owners);
    memset(nodes, 0, sizeof *nodes);
}

static void no_memory(struct dw_udf_nodes *nodes)
{
    struct dw_error err = {0};
    dw_judge_fail(nodes->judge, dw_error_set(&err, DW_ERR_INTERNAL, "out of memory"), &err);
}

/* The list with room for one more; NULL: there is no memory, and the list is as it was. */
static void *with_room(struct dw_udf_nodes *nodes, void *list, size_t *cap, size_t count, size_t item)
{
    if (count < *cap)
        return list;
    size_t more = *cap ? *cap * 2 : 256;
    void *bigger = dw_spill_grow(nodes->judge->spill, list, *cap * item, more * item);
    if (bigger)
        *cap = more;
    return bigger;
}

static const char *at_block(uint32_t lba, char out[DW_FINDING_PLACE_MAX])
{
    (void)snprintf(out, DW_FINDING_PLACE_MAX, "block %u", lba);
    return out;
}

/* --- one entry --- */

static void rule_dates(struct dw_judge *judge, const struct dw_udfvol_entry *entry)
{
    if (!entry->dates_ok)
        dw_findings_add(judge->found, DW_UDF_DATE, entry->path, NULL);
    if (entry->created_s != DW_UDFVOL_NO_TIME && entry->modified_s != DW_UDFVOL_NO_TIME &&
        entry->created_s > entry->modified_s) /* what copying a file makes of it */
        dw_findings_add_as(judge->found, DW_DATE_ORDER, DW_SEV_NOTE, entry->path,
                           "it was created after it was modified");
    dw_rules_time_of_entry(judge, entry->path, 0, entry->modified_s);
}

static void rule_icb(struct dw_judge *judge, const struct dw_udfvol_entry *entry)
{
    if (!entry->is_plain)
        dw_findings_add(judge->found, DW_UDF_ICB, entry->path, NULL);
    if (entry->has_streams)
        dw_findings_add(judge->found, DW_UDF_STREAM, entry->path, NULL);
    if (!entry->tail_is_zero)
        dw_findings_add(judge->found, DW_VOLUME_SLACK, entry->path, "behind its file entry in block %u",
                        entry->icb_lba);
}

static void on_part(void *ctx, const struct dw_udfvol_part *part)
{
    struct parts *parts = ctx;
    struct dw_udf_nodes *nodes = parts->nodes;
    struct dw_udfvol_extent extent = part->extent;
    uint64_t size = parts->entry->size_bytes, begin = parts->bytes;
    if (!part->is_descriptors) {
        parts->bytes += part->bytes;
        if (part->is_recorded)
            parts->recorded_blocks += (part->bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE;
        if (extent.blocks != 0 && part->is_recorded && size > begin && size <= parts->bytes)
            parts->last = extent.lba + (uint32_t)((size - 1 - begin) / DW_BLOCK_SIZE);
    }
    if (extent.blocks == 0)
        return;
    if (nodes->owner_count == OWNERS_MAX) {
        if (!nodes->judge->found->seen[DW_UDF_TREE])
            dw_findings_add(nodes->judge->found, DW_UDF_TREE, parts->entry->path,
                            "the files of the volume have more than %d extents", OWNERS_MAX);
        return;
    }
    dw_judge_own(nodes->judge, extent.lba, extent.blocks);
    struct dw_udf_owner *owners =
        with_room(nodes, nodes->owners, &nodes->owner_cap, nodes->owner_count, sizeof *owners);
    if (!owners) {
        no_memory(nodes);
        return;
    }
    nodes->owners = owners;
    nodes->owners[nodes->owner_count++] =
        (struct dw_udf_owner){extent.lba, extent.blocks, parts->entry->icb_lba};
}

static void rule_tail(struct dw_judge *judge, const struct parts *parts)
{
    const struct dw_udfvol_entry *entry = parts->entry;
    size_t used = (size_t)(entry->size_bytes % DW_BLOCK_SIZE);
    uint8_t block[DW_BLOCK_SIZE];
    if (used == 0 || parts->last == 0)
        return;
    if (entry->is_folder && dw_judge_block(judge, parts->last, block))
        dw_judge_slack(judge, entry->path, parts->last, block, used);
    long at = entry->is_folder || !dw_check_source_is_udf(judge->source)
                  ? -1
                  : dw_judge_find(judge, entry->path);
    if (at >= 0)
        judge->seen[at].tail = parts->last; /* judged when the file was read */
}

static void judge_parts(struct dw_udf_nodes *nodes, const struct dw_udfvol_entry *entry)
{
    struct dw_judge *judge = nodes->judge;
    struct parts parts = {.nodes = nodes, .entry = entry};
    struct dw_error err = {0};
    dw_judge_own(judge, entry->icb_lba, 1);
    dw_status st = dw_udfvol_parts(nodes->volume, entry, on_part, &parts, &err);
    if (st == DW_ERR_INTERNAL)
        dw_judge_fail(judge, st, &err);
    if (st != DW_OK || entry->is_embedded)
        return; /* UDF-TREE says why */
    uint64_t whole = (entry->size_bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE * DW_BLOCK_SIZE;
    if (parts.recorded_blocks != entry->blocks_recorded)
        dw_findings_add(judge->found, DW_UDF_RECORDED, entry->path,
                        "its entry says %llu blocks, its extents have %llu",
                        (unsigned long long)entry->blocks_recorded,
                        (unsigned long long)parts.recorded_blocks);
    if (parts.bytes > whole)
        dw_findings_add(judge->found, DW_UDF_RECORDED, entry->path,
                        "its extents hold %llu bytes, it has %llu", (unsigned long long)parts.bytes,
                        (unsigned long long)entry->size_bytes);
    rule_tail(judge, &parts);
}

/* --- names --- */

static struct dw_udf_node *node_of(struct dw_udf_nodes *nodes, const struct dw_udfvol_entry *entry,
                                   bool *out_new)
{
    struct dw_error err = {0};
    uint32_t at = (uint32_t)nodes->count, first;
    *out_new = false;
    struct dw_udf_node *list = with_room(nodes, nodes->list, &nodes->cap, nodes->count, sizeof *list);
    if (!list) {
        no_memory(nodes);
        return NULL;
    }
    nodes->list = list;
    dw_status st = dw_lookup_put(&nodes->by_icb, (uint64_t)entry->icb_lba + 1, at, &first, &err);
    if (st != DW_OK) {
        dw_judge_fail(nodes->judge, st, &err);
        return NULL;
    }
    *out_new = first == at;
    if (*out_new)
        nodes->list[nodes->count++] = (struct dw_udf_node){
            .icb_lba = entry->icb_lba, .links = entry->links, .is_folder = entry->is_folder};
    return &nodes->list[first];
}

static uint64_t parent_key(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash && slash > path ? (size_t)(slash - path) : 0;
    return length ? dw_check_hash(path, length) : dw_check_hash_text("/");
}

static void note_folder(struct dw_udf_nodes *nodes, const struct dw_udfvol_entry *entry)
{
    struct dw_error err = {0};
    uint32_t first, at = dw_lookup_find(&nodes->by_icb, (uint64_t)entry->icb_lba + 1);
    dw_status st =
        dw_lookup_put(&nodes->by_path, dw_check_hash(entry->path, strlen(entry->path)), at, &first, &err);
    if (st != DW_OK)
        dw_judge_fail(nodes->judge, st, &err);
    uint32_t up = dw_lookup_find(&nodes->by_path, parent_key(entry->path));
    if (up != DW_LOOKUP_NONE && up != at)
        nodes->list[up].names++;
}

void dw_udf_nodes_add(struct dw_udf_nodes *nodes, const struct dw_udfvol_entry *entry)
{
    bool is_new;
    struct dw_udf_node *node = node_of(nodes, entry, &is_new);
    if (!node)
        return;
    node->names++;
    if (!is_new && !entry->is_folder)
        dw_findings_add(nodes->judge->found, DW_UDF_HARD_LINK, entry->path,
                        "its file entry at block %u has another name already", entry->icb_lba);
    if (entry->is_folder)
        note_folder(nodes, entry);
    if (!is_new)
        return;
    rule_dates(nodes->judge, entry);
    rule_icb(nodes->judge, entry);
    judge_parts(nodes, entry);
}

void dw_udf_nodes_begin(struct dw_udf_nodes *nodes, struct dw_judge *judge, dw_udfvol *volume)
{
    struct dw_udfvol_entry root;
    struct dw_error err = {0};
    nodes->judge = judge;
    nodes->by_icb.spill = nodes->by_path.spill = judge->spill;
    nodes->volume = volume;
    if (dw_udfvol_find(volume, "/", &root, &err) == DW_OK) /* else the walk says so */
        dw_udf_nodes_add(nodes, &root);
}

/* --- all together --- */

static int by_block(const void *a, const void *b, void *ctx)
{
    (void)ctx;
    const struct dw_udf_owner *x = a, *y = b;
    if (x->lba != y->lba)
        return x->lba < y->lba ? -1 : 1;
    return x->blocks > y->blocks ? -1 : x->blocks < y->blocks;
}

/* The same extent twice is one content under two entries, as on an ISO 9660 volume: allowed. */
static void judge_overlaps(struct dw_udf_nodes *nodes)
{
    char place[DW_FINDING_PLACE_MAX];
    struct dw_udf_owner last = {0};
    struct dw_error err = {0};
    dw_status st = dw_spill_sort(nodes->judge->spill, nodes->owners, nodes->owner_count, sizeof *nodes->owners, by_block,
                                 NULL, &err);
    if (st != DW_OK)
        dw_judge_fail(nodes->judge, st, &err);
    for (size_t i = 0; st == DW_OK && i < nodes->owner_count; i++) {
        dw_spill_rest(nodes->judge->spill);
        const struct dw_udf_owner *owner = &nodes->owners[i];
        uint64_t end = (uint64_t)owner->lba + owner->blocks, last_end = (uint64_t)last.lba + last.blocks;
        if (owner->lba < last_end && !(owner->lba == last.lba && owner->blocks == last.blocks))
            dw_findings_add(nodes->judge->found, DW_UDF_OVERLAP, at_block(owner->lba, place),
                            "it belongs to the file entries at blocks %u and %u", last.icb_lba,
                            owner->icb_lba);
        if (end > last_end)
            last = *owner;
    }
}

void dw_udf_nodes_end(struct dw_udf_nodes *nodes)
{
    char place[DW_FINDING_PLACE_MAX];
    if (nodes->owner_count > 0)
        judge_overlaps(nodes);
    if (nodes->judge->found->seen[DW_UDF_TREE])
        return; /* names are missing from the count */
    for (size_t i = 0; i < nodes->count; i++) {
        const struct dw_udf_node *node = &nodes->list[i];
        dw_spill_rest(nodes->judge->spill);
        if (node->links != node->names)
            dw_findings_add(nodes->judge->found, DW_UDF_LINKS, at_block(node->icb_lba, place),
                            "the %s says %u, there are %u", node->is_folder ? "folder" : "file",
                            node->links, node->names);
    }
}
