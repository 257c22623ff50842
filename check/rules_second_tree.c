/* Joliet and ISO 9660:1999 show the files of the primary tree once more, under long names: the same extents, no
 * more and no less. */
#include <stdio.h>
#include <string.h>
#include "check/bytes.h"
#include "check/rules.h"

struct tree { /* of the supplementary descriptor while it is walked */
    struct dw_judge *judge;
    uint32_t lba;             /* of the descriptor */
    bool is_wide;             /* Joliet: names of two bytes each character */
    struct dw_lookup primary; /* extent -> the first entry that has it: of files that hold something */
    uint8_t *shown;           /* of each such entry: this tree shows it too */
    uint64_t files, folders;
};

static void rule_numbers(struct dw_judge *judge, const uint8_t *svd, const char *place)
{
    static const struct {
        unsigned at, size;
        const char *name;
    } same[] = {{80, 8, "volume space size"},      {120, 4, "volume set size"},
                {124, 4, "volume sequence number"}, {128, 4, "logical block size"}};
    uint8_t pvd[DW_BLOCK_SIZE];
    if (!dw_judge_block(judge, 16, pvd))
        return;
    for (size_t i = 0; i < DW_ARRAY_LEN(same); i++)
        if (memcmp(pvd + same[i].at, svd + same[i].at, same[i].size) != 0)
            dw_findings_add(judge->found, DW_ISO_SECOND_TREE, place, "it has another %s", same[i].name);
    static const unsigned numbers[] = {132, 156 + 2, 156 + 10};
    for (size_t i = 0; i < DW_ARRAY_LEN(numbers); i++)
        if (dw_le32(svd + numbers[i]) != dw_be32(svd + numbers[i] + 4))
            dw_findings_add(judge->found, DW_ISO_ENDIAN, place, "the number at byte %u", numbers[i]);
}

static void own_tables(struct dw_judge *judge, const uint8_t *svd)
{
    const uint32_t tables[] = {dw_le32(svd + 140), dw_le32(svd + 144), dw_be32(svd + 148),
                               dw_be32(svd + 152)};
    for (size_t i = 0; i < DW_ARRAY_LEN(tables); i++)
        if (tables[i] != 0)
            dw_judge_own_bytes(judge, tables[i], dw_le32(svd + 132));
}

/* The path as the primary tree would have it; false: not by its letters. The reader of the tree takes names as bytes
 * and gives '_' for the zero before each character of Joliet, and for what ASCII does not have. */
static bool plain_path(const struct tree *tree, const char *path, char out[DW_ISO_PATH_MAX])
{
    size_t n = 0;
    for (const char *c = path; *c; c++) {
        if (tree->is_wide && *c != '/') {
            if (*c != '_' || c[1] == '/')
                return false;
            if (!*++c)
                break; /* the zero before a version that was taken off */
        }
        out[n++] = *c;
    }
    out[n] = '\0';
    return true;
}

static void tell(const struct tree *tree, const char *path, const char *what)
{
    dw_findings_add(tree->judge->found, DW_ISO_SECOND_TREE, path, "%s (block %u)", what, tree->lba);
}

/* The same name must lead to the same bytes in both; under another name these must be there as well. */
static void judge_file(struct tree *tree, const struct dw_iso_entry *entry)
{
    struct dw_judge *judge = tree->judge;
    char path[DW_ISO_PATH_MAX];
    bool is_plain = plain_path(tree, entry->path, path);
    long at = is_plain ? dw_judge_find(judge, path) : -1;
    struct dw_check_source_entry other;
    uint32_t same = entry->size_bytes > 0
                        ? dw_lookup_find(&tree->primary, dw_check_hash_extent(entry->lba, entry->size_bytes))
                        : DW_LOOKUP_NONE;
    if (same != DW_LOOKUP_NONE)
        tree->shown[same] = 1;
    if (at >= 0) {
        dw_judge_entry(judge, (size_t)at, &other);
        uint32_t first = dw_lookup_find(&tree->primary, dw_check_hash_extent(other.lba, other.size_bytes));
        if (first != DW_LOOKUP_NONE)
            tree->shown[first] = 1; /* if not its bytes, then what is wrong with them is told here */
        if (other.is_folder)
            tell(tree, path, "it is a file there, and a folder in the primary tree");
        else if (other.size_bytes != entry->size_bytes)
            tell(tree, path, "it has another size there than in the primary tree");
        else if (other.size_bytes > 0 && other.lba != entry->lba)
            tell(tree, path, "it lies in other blocks there than in the primary tree");
    } else if (entry->size_bytes > 0 && same == DW_LOOKUP_NONE) {
        tell(tree, is_plain ? path : entry->path, "the primary tree has no file in its blocks, or of its size");
    }
}

static dw_status on_entry(void *ctx, const struct dw_iso_entry *entry, struct dw_error *err)
{
    struct tree *tree = ctx;
    struct dw_judge *judge = tree->judge;
    if (entry->is_folder) {
        tree->folders++;
        dw_judge_own_bytes(judge, entry->lba, entry->size_bytes);
    } else {
        tree->files++;
        dw_judge_own_bytes(judge, (uint64_t)entry->lba + entry->ear_length, entry->size_bytes);
        judge_file(tree, entry);
    }
    return judge->st == DW_OK ? DW_OK : dw_error_set(err, judge->st, "%s", judge->err.text);
}

/* Files of the primary tree whose bytes the other one does not show. */
static void judge_missing(struct tree *tree)
{
    struct dw_judge *judge = tree->judge;
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, i, &entry);
        uint32_t first = entry.is_folder || entry.size_bytes == 0
                             ? DW_LOOKUP_NONE
                             : dw_lookup_find(&tree->primary, dw_check_hash_extent(entry.lba, entry.size_bytes));
        if (first != DW_LOOKUP_NONE && !tree->shown[first])
            tell(tree, entry.path, "no file there has its bytes");
    }
}

/* Every extent of the primary tree, and how many files and folders it has. */
static dw_status list_primary(struct tree *tree, uint64_t *out_files, uint64_t *out_folders,
                              struct dw_error *err)
{
    struct dw_judge *judge = tree->judge;
    dw_status st = dw_lookup_reserve(&tree->primary, judge->count, err);
    for (size_t i = 0; st == DW_OK && i < judge->count; i++) {
        struct dw_check_source_entry entry;
        uint32_t first;
        dw_judge_entry(judge, i, &entry);
        *out_files += !entry.is_folder;
        *out_folders += entry.is_folder;
        if (!entry.is_folder && entry.size_bytes > 0)
            st = dw_lookup_put(&tree->primary, dw_check_hash_extent(entry.lba, entry.size_bytes), (uint32_t)i, &first, err);
    }
    return st;
}

static void compare_trees(struct tree *tree, const struct dw_iso_volume *volume, const char *place)
{
    struct dw_judge *judge = tree->judge;
    struct dw_error err = {0};
    uint64_t files = 0, folders = 0;
    dw_status st = list_primary(tree, &files, &folders, &err);
    tree->shown = dw_spill_grow(judge->spill, NULL, 0, judge->count + 1);
    if (st == DW_OK && !tree->shown)
        st = dw_error_set(&err, DW_ERR_INTERNAL, "out of memory");
    if (st == DW_OK)
        st = dw_iso_walk(dw_check_source_blocks(judge->source), volume, on_entry, tree, &err);
    if (st == DW_ERR_INTERNAL || judge->st != DW_OK) {
        dw_judge_fail(judge, st, &err);
        return;
    }
    if (st != DW_OK)
        dw_findings_add(judge->found, DW_ISO_SECOND_TREE, place, "%s", err.text);
    else if (tree->files != files || tree->folders != folders)
        dw_findings_add(judge->found, DW_ISO_SECOND_TREE, place,
                        "it has %llu files and %llu folders, the primary tree %llu and %llu",
                        (unsigned long long)tree->files, (unsigned long long)tree->folders,
                        (unsigned long long)files, (unsigned long long)folders);
    if (st == DW_OK)
        judge_missing(tree);
}

void dw_rules_second_tree(struct dw_judge *judge, const uint8_t *svd, uint32_t lba)
{
    struct tree tree = {.judge = judge, .lba = lba, .is_wide = svd[6] != 2,
                        .primary.spill = judge->spill, .primary.stays = true};
    char place[DW_FINDING_PLACE_MAX];
    (void)snprintf(place, sizeof place, "block %u", lba);
    if (!dw_check_source_volume(judge->source) || dw_check_source_trouble(judge->source))
        return; /* there is nothing to compare it with */
    rule_numbers(judge, svd, place);
    own_tables(judge, svd);
    struct dw_iso_volume volume = {.blocks = dw_le32(svd + 80),
                                   .block_size = DW_BLOCK_SIZE,
                                   .root_lba = dw_le32(svd + 158) + svd[157],
                                   .root_size = dw_le32(svd + 166)};
    dw_judge_own_bytes(judge, volume.root_lba, volume.root_size);
    compare_trees(&tree, &volume, place);
    dw_spill_drop(judge->spill, tree.shown);
    dw_lookup_done(&tree.primary);
}
