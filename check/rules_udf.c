/* A UDF volume as a whole: every fault its reader meets, the tree, the metadata mirror, and whether
 * both views of a bridge show the same files (PS3.12 P, X). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "check/rules.h"
#include "check/udf_nodes.h"

#define FID_HIDDEN 0x01
#define FID_FOLDER 0x02
#define TYPE_FOLDER 4
#define TYPE_FILE 5
#define OTHERS_READ 0x04
#define OTHERS_ENTER 0x01
#define COMPARED_BLOCKS 64

struct view { /* of the UDF tree while it is walked */
    struct dw_judge *judge;
    bool bridge;
    uint8_t *shown; /* of each entry of the source: UDF shows it too */
    struct dw_lookup ids;
    struct dw_udf_nodes nodes;
    uint64_t files, folders, unique_id_max;
};

static const char *place_of(uint32_t lba, char out[DW_FINDING_PLACE_MAX])
{
    out[0] = '\0';
    if (lba != DW_UDFVOL_NONE)
        (void)snprintf(out, DW_FINDING_PLACE_MAX, "block %u", lba);
    return out;
}

/* --- faults of the reader --- */

static void on_fault(void *ctx, const struct dw_udfvol_fault *fault)
{
    static const enum dw_code codes[] = {
        [DW_UDFVOL_RECOGNITION] = DW_UDF_RECOGNITION,
        [DW_UDFVOL_ANCHOR] = DW_UDF_ANCHOR,
        [DW_UDFVOL_SEQUENCE] = DW_UDF_SEQUENCE,
        [DW_UDFVOL_TAG] = DW_UDF_TAG,
        [DW_UDFVOL_INTEGRITY] = DW_UDF_INTEGRITY,
        [DW_UDFVOL_METADATA] = DW_UDF_METADATA,
        [DW_UDFVOL_TREE] = DW_UDF_TREE,
        [DW_UDFVOL_EXTENT] = DW_UDF_EXTENT,
        [DW_UDFVOL_NAME] = DW_UDF_FID,
        [DW_UDFVOL_CS0] = DW_UDF_CHARSET,
        [DW_UDFVOL_DELETED] = DW_UDF_DELETED,
    };
    struct view *view = ctx;
    char place[DW_FINDING_PLACE_MAX];
    place_of(fault->lba, place);
    if (fault->path[0])
        dw_findings_add(view->judge->found, codes[fault->kind], fault->path, "%s%s%s", place,
                        place[0] ? ": " : "", fault->sentence);
    else
        dw_findings_add(view->judge->found, codes[fault->kind], place, "%s", fault->sentence);
}

/* --- one entry --- */

static void rule_type(struct view *view, const struct dw_udfvol_entry *entry)
{
    bool named_folder = entry->characteristics & FID_FOLDER;
    if (entry->file_type == 0 && !named_folder) /* what PS3.12 P.2.1.6 says, and OSTA UDF forbids */
        dw_findings_add_as(view->judge->found, DW_UDF_TYPE, DW_SEV_NOTE, entry->path, "it is 0");
    else if (entry->file_type != (named_folder ? TYPE_FOLDER : TYPE_FILE))
        dw_findings_add(view->judge->found, DW_UDF_TYPE, entry->path, "it is %u", entry->file_type);
}

static void rule_hidden(struct view *view, const struct dw_udfvol_entry *entry)
{
    if (entry->characteristics & FID_HIDDEN)
        dw_findings_add(view->judge->found, DW_UDF_HIDDEN, entry->path, NULL);
}

static void rule_permissions(struct view *view, const struct dw_udfvol_entry *entry)
{
    uint32_t need = OTHERS_READ | (entry->is_folder ? OTHERS_ENTER : 0);
    if ((entry->permissions & need) != need)
        dw_findings_add(view->judge->found, DW_UDF_PERMISSIONS, entry->path, "they are %04X",
                        entry->permissions);
}

/* Two names of one file have one file entry, and so one UniqueID. */
static void rule_unique(struct view *view, const struct dw_udfvol_entry *entry)
{
    struct dw_error err = {0};
    uint32_t first;
    if (entry->unique_id > view->unique_id_max)
        view->unique_id_max = entry->unique_id;
    dw_status st = dw_lookup_put(&view->ids, entry->unique_id + 1, entry->icb_lba, &first, &err);
    if (st != DW_OK)
        dw_judge_fail(view->judge, st, &err);
    else if (first != entry->icb_lba)
        dw_findings_add(view->judge->found, DW_UDF_UNIQUE, entry->path, "%llu, also at block %u",
                        (unsigned long long)entry->unique_id, first);
    /* UDF 2.3.4.3: from 2.00 on the name's record carries it as well */
    if (view->judge->udf.revision >= 0x0200 && entry->fid_unique_id != (uint32_t)entry->unique_id)
        dw_findings_add(view->judge->found, DW_UDF_UNIQUE, entry->path,
                        "its name says %u, its entry %llu", entry->fid_unique_id,
                        (unsigned long long)entry->unique_id);
}

static void rule_bridge(struct view *view, const struct dw_udfvol_entry *entry)
{
    struct dw_check_source_entry iso = {.path = ""};
    if (!view->bridge)
        return;
    long at = dw_judge_find(view->judge, entry->path);
    if (at >= 0)
        dw_judge_entry(view->judge, (size_t)at, &iso);
    if (strcasecmp(iso.path, entry->path) != 0 || iso.is_folder != entry->is_folder) {
        dw_findings_add(view->judge->found, DW_BRIDGE_MISSING, entry->path,
                        "ISO 9660 does not show it");
        return;
    }
    view->shown[at] = 1;
    if (strcmp(iso.path, entry->path) != 0) /* most systems find it by either name */
        dw_findings_add_as(view->judge->found, DW_BRIDGE_MISSING, DW_SEV_WARNING, entry->path,
                           "ISO 9660 shows it in other letters");
    if (iso.is_folder)
        return;
    if (iso.size_bytes != entry->size_bytes)
        dw_findings_add(view->judge->found, DW_BRIDGE_EXTENT, entry->path,
                        "%llu bytes in ISO 9660, %llu in UDF", (unsigned long long)iso.size_bytes,
                        (unsigned long long)entry->size_bytes);
    else if (iso.size_bytes > 0 &&
             (iso.lba + (uint64_t)iso.ear_length != entry->lba || !entry->is_contiguous))
        dw_findings_add(view->judge->found, DW_BRIDGE_EXTENT, entry->path,
                        "block %u in ISO 9660, %u in UDF%s", iso.lba, entry->lba,
                        entry->is_contiguous ? "" : ", and in pieces");
}

typedef void entry_rule(struct view *view, const struct dw_udfvol_entry *entry);
static entry_rule *const entry_rules[] = {rule_type, rule_hidden, rule_permissions, rule_unique,
                                          rule_bridge};

static dw_status on_entry(void *ctx, const struct dw_udfvol_entry *entry, struct dw_error *err)
{
    struct view *view = ctx;
    view->files += !entry->is_folder;
    view->folders += entry->is_folder;
    for (size_t i = 0; i < DW_ARRAY_LEN(entry_rules); i++)
        entry_rules[i](view, entry);
    dw_udf_nodes_add(&view->nodes, entry);
    return view->judge->st == DW_OK
               ? DW_OK
               : dw_error_set(err, view->judge->st, "%s", view->judge->err.text);
}

static void rule_not_shown(struct view *view)
{
    for (size_t i = 0; i < view->judge->count; i++) {
        struct dw_check_source_entry entry;
        if (view->shown[i])
            continue;
        dw_judge_entry(view->judge, i, &entry);
        dw_findings_add(view->judge->found, DW_BRIDGE_MISSING, entry.path, "UDF does not show it");
    }
}

/* --- the mirror against the metadata file --- */

struct side { /* goes along the extents of one of the two */
    const dw_udfvol *volume;
    bool mirror;
    size_t index;
    struct dw_udfvol_extent left;
};

static bool next_blocks(struct side *side)
{
    while (side->left.blocks == 0)
        if (!dw_udfvol_metadata_extent(side->volume, side->mirror, side->index++, &side->left))
            return false;
    return true;
}

static void skip(struct side *side, uint32_t blocks)
{
    side->left.lba += blocks;
    side->left.blocks -= blocks;
}

/* Which of count blocks are not the same in both buffers: the first is told. */
static bool same_blocks(struct dw_judge *judge, const uint8_t *a, const uint8_t *b, uint32_t count,
                        const struct side *main, const struct side *mirror)
{
    char place[DW_FINDING_PLACE_MAX];
    for (uint32_t i = 0; i < count; i++)
        if (memcmp(a + (size_t)i * DW_BLOCK_SIZE, b + (size_t)i * DW_BLOCK_SIZE, DW_BLOCK_SIZE) !=
            0) {
            dw_findings_add(judge->found, DW_UDF_MIRROR, place_of(mirror->left.lba + i, place),
                            "it is not what block %u holds", main->left.lba + i);
            return false;
        }
    return true;
}

static void compare_mirror(struct dw_judge *judge, const dw_udfvol *volume, uint8_t *buffer)
{
    const struct dw_blocks *blocks = dw_check_source_blocks(judge->source);
    struct side main = {.volume = volume}, mirror = {.volume = volume, .mirror = true};
    uint8_t *other = buffer + (size_t)COMPARED_BLOCKS * DW_BLOCK_SIZE;
    char place[DW_FINDING_PLACE_MAX];
    for (;;) {
        bool more_main = next_blocks(&main), more_mirror = next_blocks(&mirror);
        if (!more_main && !more_mirror)
            return;
        if (more_main != more_mirror) {
            dw_findings_add(judge->found, DW_UDF_MIRROR, "",
                            "it has another length than the metadata file");
            return;
        }
        uint32_t count =
            main.left.blocks < mirror.left.blocks ? main.left.blocks : mirror.left.blocks;
        count = count < COMPARED_BLOCKS ? count : COMPARED_BLOCKS;
        struct dw_error err = {0};
        dw_status st = blocks->read(blocks->ctx, main.left.lba, count, buffer, &err);
        if (st == DW_OK)
            st = blocks->read(blocks->ctx, mirror.left.lba, count, other, &err);
        if (st != DW_OK) {
            dw_findings_add(judge->found, DW_UDF_MIRROR, place_of(mirror.left.lba, place), "%s",
                            err.text);
            return;
        }
        if (!same_blocks(judge, buffer, other, count, &main, &mirror))
            return; /* one is enough to know; each file entry in it is judged by itself */
        skip(&main, count);
        skip(&mirror, count);
    }
}

static void rule_mirror(struct dw_judge *judge, const dw_udfvol *volume)
{
    const struct dw_udfvol_info *info = dw_udfvol_info(volume);
    if (!info->has_metadata || !info->metadata_ok || !info->mirror_ok || !info->mirror_is_copy)
        return;
    uint8_t *buffer = malloc((size_t)2 * COMPARED_BLOCKS * DW_BLOCK_SIZE);
    struct dw_error err = {0};
    if (!buffer) {
        dw_judge_fail(judge, dw_error_set(&err, DW_ERR_INTERNAL, "out of memory"), &err);
        return;
    }
    compare_mirror(judge, volume, buffer);
    free(buffer);
}

/* --- all of it --- */

/* No name leads to the root: the walk does not show it. */
static void rule_root(struct view *view, dw_udfvol *volume)
{
    struct dw_udfvol_entry root;
    struct dw_error err = {0};
    if (dw_udfvol_find(volume, "/", &root, &err) != DW_OK)
        return; /* UDF-TREE says why */
    rule_type(view, &root);
    rule_permissions(view, &root);
    if (root.unique_id != 0) /* UDF 3.2.1.1 */
        dw_findings_add(view->judge->found, DW_UDF_UNIQUE, "/", "%llu, and that of the root is 0",
                        (unsigned long long)root.unique_id);
}

static void walk(struct view *view, dw_udfvol *volume)
{
    struct dw_judge *judge = view->judge;
    struct dw_error err = {0};
    dw_rules_time_udf(judge, dw_udfvol_info(volume));
    dw_udf_nodes_begin(&view->nodes, judge, volume);
    dw_status st = dw_udfvol_walk(volume, on_entry, view, &err);
    if (st == DW_ERR_INTERNAL || judge->st != DW_OK) {
        dw_judge_fail(judge, st, &err);
        return;
    }
    if (st != DW_OK)
        dw_findings_add(judge->found, DW_UDF_TREE, "", "%s", err.text);
    if (view->bridge && st == DW_OK)
        rule_not_shown(view);
    dw_udf_nodes_end(&view->nodes);
    rule_root(view, volume);
    dw_rules_udf_sequence(judge, volume);
    dw_rules_udf_fields(judge, volume);
    dw_rules_udf_volume(judge, volume, view->files, view->folders, view->unique_id_max);
    rule_mirror(judge, volume);
}

static void rule_anchors(struct dw_judge *judge)
{
    const struct dw_udfvol_info *info = &judge->udf;
    if (!info->anchor_ok[0])
        dw_findings_add(judge->found, DW_UDF_ANCHOR, "block 256", "there is none");
    if (!info->anchor_ok[1] && !info->anchor_ok[2])
        dw_findings_add(judge->found, DW_UDF_ANCHOR, "",
                        "none 256 blocks before the last block and none on it");
}

void dw_rules_udf(struct dw_judge *judge)
{
    const struct dw_blocks *blocks = dw_check_source_blocks(judge->source);
    struct view view = {.judge = judge, .folders = 1, .ids.spill = judge->spill};
    struct dw_error err = {0};
    if (!blocks || !dw_check_source_has_udf(judge->source))
        return;
    view.bridge = dw_check_source_volume(judge->source) && !dw_check_source_trouble(judge->source);
    view.shown = dw_spill_grow(judge->spill, NULL, 0, judge->count + 1);
    dw_udfvol *volume = NULL;
    dw_status st = view.shown ? dw_udfvol_open(blocks, on_fault, &view, &judge->udf, &volume, &err)
                              : dw_error_set(&err, DW_ERR_INTERNAL, "out of memory");
    if (st == DW_ERR_INTERNAL)
        dw_judge_fail(judge, st, &err);
    else
        rule_anchors(judge);
    if (st == DW_OK) {
        judge->has_udf = true;
        walk(&view, volume);
    } else {
        dw_findings_add(judge->found, DW_UDF_UNREADABLE, "", "%s", err.text);
    }
    dw_udfvol_close(volume);
    dw_udf_nodes_done(&view.nodes);
    dw_lookup_done(&view.ids);
    dw_spill_drop(judge->spill, view.shown);
}
