/* Directory records as they stand on the disc (ECMA-119 9.1, 9.3) and the extents they name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check/bytes.h"
#include "check/rules.h"

#define FLAG_HIDDEN 0x01
#define FLAG_FOLDER 0x02
#define FLAG_ASSOCIATED 0x04
#define FLAG_RECORD 0x08
#define FLAG_PROTECTION 0x10
#define FLAGS_RESERVED 0x60
#define FLAG_NOT_LAST 0x80

struct folder {
    const char *path; /* "/" for the root */
    uint32_t lba, parent_lba, size;
};

struct record {
    const uint8_t *bytes; /* length byte first */
    unsigned number;      /* in its folder, from 0 */
};

static void rule_record_endian(struct dw_judge *judge, const struct folder *folder,
                               const struct record *record)
{
    const uint8_t *p = record->bytes;
    if (dw_le32(p + 2) != dw_be32(p + 6) || dw_le32(p + 10) != dw_be32(p + 14) ||
        dw_le16(p + 28) != dw_be16(p + 30))
        dw_findings_add(judge->found, DW_ISO_DIR_RECORD, folder->path, "record %u of the folder",
                        record->number + 1);
}

static void rule_dots(struct dw_judge *judge, const struct folder *folder,
                      const struct record *record)
{
    if (record->number > 1)
        return;
    uint32_t want = record->number == 0 ? folder->lba : folder->parent_lba;
    const uint8_t *p = record->bytes;
    bool size_ok = record->number == 1 || dw_le32(p + 10) == folder->size;
    if (p[32] != 1 || p[33] != record->number || dw_le32(p + 2) != want || !size_ok ||
        !(p[25] & FLAG_FOLDER))
        dw_findings_add(judge->found, DW_ISO_DOTS, folder->path, "record %u of the folder",
                        record->number + 1);
}

static void rule_volume_number(struct dw_judge *judge, const struct folder *folder,
                               const struct record *record)
{
    uint16_t number = dw_le16(record->bytes + 28);
    if (number != 1)
        dw_findings_add(judge->found, DW_ISO_SET, folder->path, "record %u of the folder lies on volume %u",
                        record->number + 1, number);
}

static void rule_date(struct dw_judge *judge, const struct folder *folder,
                      const struct record *record)
{
    const uint8_t *d = record->bytes + 18;
    if (!dw_judge_is_short_date(d))
        dw_findings_add(judge->found, DW_ISO_DATE, folder->path, "record %u of the folder",
                        record->number + 1);
    else if (!dw_judge_is_zero(d, 7))
        dw_rules_time_of_record(judge, folder->path, record->number + 1, d);
}

/* ECMA-119 9.1.12, 9.1.13: a name of even length is followed by a zero, and the record is even. */
static void rule_form(struct dw_judge *judge, const struct folder *folder,
                      const struct record *record)
{
    const uint8_t *p = record->bytes;
    if (p[0] % 2 != 0)
        dw_findings_add(judge->found, DW_ISO_RECORD_FORM, folder->path,
                        "record %u of the folder has %u bytes", record->number + 1, p[0]);
    else if (p[32] % 2 == 0 && p[33 + p[32]] != 0)
        dw_findings_add(judge->found, DW_ISO_RECORD_FORM, folder->path,
                        "record %u of the folder is not filled up with a zero", record->number + 1);
}

/* The reader shows such bytes as '_', which would be a legal name. */
static void rule_letters(struct dw_judge *judge, const struct folder *folder,
                         const struct record *record)
{
    const uint8_t *p = record->bytes;
    if (record->number < 2)
        return;
    for (unsigned i = 0; i < p[32]; i++)
        if (p[33 + i] < 0x20 || p[33 + i] >= 0x7F || p[33 + i] == '/') {
            dw_findings_add(judge->found, p[25] & FLAG_FOLDER ? DW_NAME_FOLDER : DW_NAME_LEVEL1, folder->path,
                            "the name in record %u of the folder has the byte %02X", record->number + 1,
                            p[33 + i]);
            return;
        }
}

#define SUSP_CE_BYTES 28

/* Where the extensions of a record go on (SUSP 5.1), with what goes on there. */
static void own_continuation(struct dw_judge *judge, const struct folder *folder,
                             const struct record *record)
{
    const uint8_t *p = record->bytes;
    (void)folder;
    for (unsigned at = 33u + p[32] + (p[32] % 2 == 0); at + 4 <= p[0] && p[at + 2] >= 4;
         at += p[at + 2])
        if (memcmp(p + at, "CE", 2) == 0 && p[at + 2] == SUSP_CE_BYTES &&
            at + SUSP_CE_BYTES <= p[0])
            dw_judge_own_bytes(judge, dw_le32(p + at + 4),
                               (uint64_t)dw_le32(p + at + 12) + dw_le32(p + at + 20));
}

typedef void record_rule(struct dw_judge *judge, const struct folder *folder,
                         const struct record *record);
static record_rule *const record_rules[] = {rule_record_endian, rule_dots, rule_volume_number,
                                            rule_date, rule_form, rule_letters, own_continuation};

/* Name and extension are compared as if filled up with spaces, the version falls (ECMA-119 9.3). */
static int compare_part(const uint8_t **a, const uint8_t *a_end, const uint8_t **b,
                        const uint8_t *b_end, uint8_t stop)
{
    for (;;) {
        bool a_in = *a < a_end && **a != stop && **a != ';';
        bool b_in = *b < b_end && **b != stop && **b != ';';
        if (!a_in && !b_in)
            break;
        uint8_t x = a_in ? *(*a)++ : ' ', y = b_in ? *(*b)++ : ' ';
        if (x != y)
            return x < y ? -1 : 1;
    }
    *a += *a < a_end && **a == stop;
    *b += *b < b_end && **b == stop;
    return 0;
}

static int compare_names(const uint8_t *x, const uint8_t *y)
{
    const uint8_t *a = x + 33, *a_end = a + x[32], *b = y + 33, *b_end = b + y[32];
    int order = compare_part(&a, a_end, &b, b_end, '.');
    return order ? order : compare_part(&a, a_end, &b, b_end, ';');
}

/* All records of a folder, block by block: none crosses a block's end (ECMA-119 6.8.1.1). */
static void judge_folder(struct dw_judge *judge, const struct folder *folder)
{
    const struct dw_blocks *blocks = dw_check_source_blocks(judge->source);
    uint8_t block[DW_BLOCK_SIZE], last[256] = {0};
    struct record record = {0};
    bool ordered = true;
    uint32_t count = folder->size / DW_BLOCK_SIZE + (folder->size % DW_BLOCK_SIZE != 0);
    if (folder->size % DW_BLOCK_SIZE != 0)
        dw_findings_add(judge->found, DW_ISO_RECORD_FORM, folder->path,
                        "the folder has %u bytes, not whole blocks", folder->size);
    dw_judge_own(judge, folder->lba, count);
    for (uint32_t i = 0; i < count; i++) {
        if (folder->lba >= blocks->count || i >= blocks->count - folder->lba ||
            blocks->read(blocks->ctx, folder->lba + i, 1, block, NULL) != DW_OK)
            return; /* the reader of the tree has said so */
        uint32_t at = 0;
        for (; at + 34 <= DW_BLOCK_SIZE && block[at] != 0; at += block[at]) {
            record.bytes = block + at;
            if (block[at] < 34 || at + block[at] > DW_BLOCK_SIZE || block[at + 32] == 0 ||
                33u + block[at + 32] > block[at])
                return;
            for (size_t k = 0; k < DW_ARRAY_LEN(record_rules); k++)
                record_rules[k](judge, folder, &record);
            if (record.number > 2 && compare_names(last, record.bytes) > 0)
                ordered = false;
            memcpy(last, record.bytes, record.bytes[0]);
            record.number++;
        }
        dw_judge_slack(judge, folder->path, (uint64_t)folder->lba + i, block, at);
    }
    if (!ordered)
        dw_findings_add(judge->found, DW_ISO_ORDER, folder->path, NULL);
}

uint32_t dw_judge_parent_lba(const struct dw_judge *judge, const char *path)
{
    char parent[DW_PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return dw_check_source_volume(judge->source)->root_lba;
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
    long at = dw_judge_find(judge, parent);
    struct dw_check_source_entry entry;
    if (at < 0)
        return 0;
    dw_judge_entry(judge, (size_t)at, &entry);
    return entry.lba;
}

static void rule_ear(struct dw_judge *judge, const struct dw_check_source_entry *entry)
{
    if (entry->ear_length)
        dw_findings_add(judge->found, DW_ISO_EAR, entry->path, "it is %u", entry->ear_length);
}

static void rule_flags(struct dw_judge *judge, const struct dw_check_source_entry *entry)
{
    if (entry->flags & (FLAG_RECORD | FLAG_PROTECTION | FLAGS_RESERVED))
        dw_findings_add(judge->found, DW_ISO_FLAGS, entry->path, "flags are %02X", entry->flags);
    if (entry->flags & (FLAG_HIDDEN | FLAG_ASSOCIATED))
        dw_findings_add(judge->found, DW_ISO_HIDDEN, entry->path, "flags are %02X", entry->flags);
    if ((entry->flags & FLAG_NOT_LAST) && !dw_judge_is_no_cd(judge)) /* level 3 is allowed there */
        dw_findings_add(judge->found, DW_ISO_MULTI_EXTENT, entry->path, NULL);
}

static void rule_extensions(struct dw_judge *judge, const struct dw_check_source_entry *entry)
{
    if (entry->system_use_length && !dw_judge_is_no_cd(judge))
        dw_findings_add(judge->found, DW_ISO_SUSP, entry->path, "%u bytes",
                        entry->system_use_length);
}

static void rule_extent(struct dw_judge *judge, const struct dw_check_source_entry *entry)
{
    uint64_t end = (uint64_t)entry->lba + entry->ear_length +
                   (entry->size_bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE;
    uint32_t blocks = dw_check_source_volume(judge->source)->blocks;
    if (entry->size_bytes && end > blocks)
        dw_findings_add(judge->found, DW_ISO_EXTENT, entry->path,
                        "it ends at block %llu of a volume of %u", (unsigned long long)end, blocks);
}

typedef void entry_rule(struct dw_judge *judge, const struct dw_check_source_entry *entry);
static entry_rule *const entry_rules[] = {rule_ear, rule_flags, rule_extensions, rule_extent};

/* In the order of their blocks. The same extent twice is one file under two names: allowed. */
static void judge_overlaps(struct dw_judge *judge)
{
    uint64_t end = 0, start = 0;
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, judge->order[i], &entry);
        uint64_t blocks = (entry.size_bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE;
        if (blocks == 0)
            continue;
        if (entry.lba < end && !(entry.lba == start && entry.lba + blocks == end))
            dw_findings_add(judge->found, DW_ISO_OVERLAP, entry.path, "at block %u", entry.lba);
        if (entry.lba + blocks > end) {
            start = entry.lba;
            end = entry.lba + blocks;
        }
    }
}

void dw_rules_tree(struct dw_judge *judge)
{
    const struct dw_iso_volume *volume = dw_check_source_volume(judge->source);
    if (!volume)
        return;
    struct folder root = {"/", volume->root_lba, volume->root_lba, volume->root_size};
    judge_folder(judge, &root);
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, i, &entry);
        for (size_t k = 0; k < DW_ARRAY_LEN(entry_rules); k++)
            entry_rules[k](judge, &entry);
        if (!entry.is_folder) {
            dw_judge_own(judge, entry.lba, entry.ear_length);
            dw_judge_own_bytes(judge, (uint64_t)entry.lba + entry.ear_length, entry.size_bytes);
            continue;
        }
        struct folder folder = {entry.path, entry.lba, dw_judge_parent_lba(judge, entry.path),
                                (uint32_t)entry.size_bytes};
        judge_folder(judge, &folder);
    }
    judge_overlaps(judge);
}
