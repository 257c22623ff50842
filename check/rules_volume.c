/* Volume descriptors and path tables of ISO 9660 (ECMA-119 8, 6.9), read from the blocks themselves: not
 * what the tolerant reader made of them. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check/bytes.h"
#include "check/rules.h"

#define FIRST_DESCRIPTOR 16
#define DESCRIPTORS_MAX 64
#define PATH_TABLE_BYTES_MAX (16u << 20)

bool dw_judge_block(const struct dw_judge *judge, uint64_t lba, uint8_t out[DW_BLOCK_SIZE])
{
    const struct dw_blocks *blocks = dw_check_source_blocks(judge->source);
    return lba < blocks->count && blocks->read(blocks->ctx, (uint32_t)lba, 1, out, NULL) == DW_OK;
}

bool dw_judge_is_no_cd(const struct dw_judge *judge)
{
    return judge->profile ? judge->profile->medium != DW_CHECK_CD
                          : dw_check_source_has_udf(judge->source);
}

static void rule_fixed_fields(struct dw_judge *judge, const uint8_t *pvd)
{
    static const char place[] = "block 16";
    if (pvd[6] != 1)
        dw_findings_add(judge->found, DW_ISO_PVD, place, "version is %u", pvd[6]);
    if (pvd[881] != 1)
        dw_findings_add(judge->found, DW_ISO_PVD, place, "file structure version is %u", pvd[881]);
    if (pvd[156] != 34)
        dw_findings_add(judge->found, DW_ISO_PVD, place, "the root record has %u bytes", pvd[156]);
    if (!(pvd[156 + 25] & 2))
        dw_findings_add(judge->found, DW_ISO_PVD, place, "the root is not marked as a folder");
    if (pvd[156 + 32] != 1 || pvd[156 + 33] != 0)
        dw_findings_add(judge->found, DW_ISO_PVD, place, "the root has a name");
    if (pvd[156 + 25] & 0xFD || pvd[156 + 1] || pvd[156 + 26] || pvd[156 + 27])
        dw_findings_add(judge->found, DW_ISO_PVD, place, "the root is more than a plain folder");
}

/* Unused and reserved (8.4.4, 8.4.7, 8.4.9, 8.4.31): a descriptor with an escape sequence here is another one's. */
static void rule_unused(struct dw_judge *judge, const uint8_t *pvd)
{
    static const struct { unsigned at, size; } fields[] = {{7, 1}, {72, 8}, {88, 32}, {882, 1}};
    for (size_t i = 0; i < DW_ARRAY_LEN(fields); i++)
        for (unsigned k = fields[i].at; k < fields[i].at + fields[i].size; k++)
            if (pvd[k] != 0) {
                dw_findings_add(judge->found, DW_ISO_PVD, "block 16", "byte %u is not zero", k);
                break;
            }
}

static unsigned digits(const uint8_t *p, unsigned count) /* UINT_MAX: something else is there */
{
    unsigned value = 0;
    for (unsigned i = 0; i < count; i++) {
        if (p[i] < '0' || p[i] > '9')
            return UINT_MAX;
        value = 10 * value + (p[i] - '0');
    }
    return value;
}

/* Sixteen digits and an offset (8.4.26.1). Not specified: all the same digit 0, blank or zero. */
static bool is_date(const uint8_t *p)
{
    bool same = p[0] == '0' || p[0] == ' ' || p[0] == 0;
    for (unsigned i = 1; i < 16; i++)
        same = same && p[i] == p[0];
    unsigned year = digits(p, 4), month = digits(p + 4, 2), day = digits(p + 6, 2);
    int zone = (int8_t)p[16];
    return same || (year <= 9999 && dw_judge_is_day(year, month, day) && digits(p + 8, 2) <= 23 && digits(p + 10, 2) <= 59 && digits(p + 12, 2) <= 59 &&
                    digits(p + 14, 2) <= 99 && zone >= -48 && zone <= 52);
}

static void rule_dates(struct dw_judge *judge, const uint8_t *pvd)
{
    static const char *const names[] = {"creation", "modification", "expiration", "effective"};
    for (unsigned i = 0; i < DW_ARRAY_LEN(names); i++)
        if (!is_date(pvd + 813 + 17 * (size_t)i))
            dw_findings_add(judge->found, DW_ISO_DATE, "block 16", "%s date", names[i]);
    if (!dw_judge_is_short_date(pvd + 156 + 18))
        dw_findings_add(judge->found, DW_ISO_DATE, "block 16", "the root's");
}

static void rule_both_endian(struct dw_judge *judge, const uint8_t *pvd)
{
    static const struct {
        unsigned at, size;
        const char *name;
    } fields[] = {
        {80, 4, "volume space size"},    {120, 2, "volume set size"},
        {124, 2, "volume sequence number"}, {128, 2, "logical block size"},
        {132, 4, "path table size"},     {156 + 2, 4, "root extent"},
        {156 + 10, 4, "root size"},      {156 + 28, 2, "root volume sequence number"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(fields); i++) {
        const uint8_t *p = pvd + fields[i].at;
        bool same = fields[i].size == 4 ? dw_le32(p) == dw_be32(p + 4) : dw_le16(p) == dw_be16(p + 2);
        if (!same)
            dw_findings_add(judge->found, DW_ISO_ENDIAN, "block 16", "%s", fields[i].name);
    }
}

static void rule_block_size(struct dw_judge *judge, const uint8_t *pvd)
{
    if (dw_le16(pvd + 128) != DW_BLOCK_SIZE)
        dw_findings_add(judge->found, DW_ISO_BLOCK_SIZE, "block 16", "it is %u", dw_le16(pvd + 128));
}

static void rule_single_volume(struct dw_judge *judge, const uint8_t *pvd)
{
    if (dw_le16(pvd + 120) != 1 || dw_le16(pvd + 124) != 1)
        dw_findings_add(judge->found, DW_ISO_SET, "block 16", "volume %u of %u",
                        dw_le16(pvd + 124), dw_le16(pvd + 120));
}

static void rule_system_id(struct dw_judge *judge, const uint8_t *pvd)
{
    static const char cdi[] = "CD-RTOS CD-BRIDGE";
    if (memcmp(pvd + 8, cdi, sizeof cdi - 1) == 0)
        return;
    for (unsigned i = 8; i < 40; i++)
        if (pvd[i] != ' ') {
            dw_findings_add(judge->found, DW_ISO_SYSTEM_ID, "block 16", NULL);
            return;
        }
}

static void rule_size(struct dw_judge *judge, const uint8_t *pvd)
{
    uint32_t there = dw_check_source_blocks(judge->source)->count, says = dw_le32(pvd + 80);
    if (says > there)
        dw_findings_add(judge->found, DW_ISO_SIZE, "", "%u blocks, %u can be read", says, there);
}

/* Joliet names itself by one of three escape sequences, ISO 9660:1999 by the version of the descriptor. */
static const char *supplementary_kind(const uint8_t *block)
{
    if (block[6] == 2)
        return "an enhanced one, of ISO 9660:1999";
    return block[88] == '%' && block[89] == '/' && strchr("@CE", block[90]) && block[90] ? "Joliet" : "not Joliet";
}

/* The descriptors from 16 on: what is beside the primary one, and that they end. */
static void rule_descriptor_set(struct dw_judge *judge, const uint8_t *pvd)
{
    (void)pvd;
    uint8_t block[DW_BLOCK_SIZE];
    char place[32];
    for (uint32_t lba = FIRST_DESCRIPTOR; lba < FIRST_DESCRIPTOR + DESCRIPTORS_MAX; lba++) {
        if (!dw_judge_block(judge, lba, block) || memcmp(block + 1, "CD001", 5) != 0)
            break;
        snprintf(place, sizeof place, "block %u", lba);
        if (block[0] == 255) {
            if (block[6] != 1)
                dw_findings_add(judge->found, DW_ISO_RESERVED, place, "the terminator has version %u", block[6]);
            return;
        }
        if (block[0] == 0)
            dw_findings_add(judge->found, DW_ISO_BOOT, place, NULL);
        if (block[0] == 2 && !dw_judge_is_no_cd(judge))
            dw_findings_add(judge->found, DW_ISO_SVD, place, "%s", supplementary_kind(block));
    }
    dw_findings_add(judge->found, DW_ISO_TERMINATOR, "", NULL);
}

struct table { /* one path table, whole */
    uint8_t *data;
    uint32_t lba, size;
    bool big_endian;
};

static bool read_table(struct dw_judge *judge, uint32_t lba, uint32_t size, struct table *out)
{
    uint32_t count = (size + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE;
    const struct dw_blocks *blocks = dw_check_source_blocks(judge->source);
    if (size == 0 || size > PATH_TABLE_BYTES_MAX || lba >= blocks->count ||
        count > blocks->count - lba)
        return false;
    out->size = size;
    out->lba = lba;
    dw_judge_own(judge, lba, count);
    out->data = dw_spill_grow(judge->spill, NULL, 0, (size_t)count * DW_BLOCK_SIZE);
    return out->data && blocks->read(blocks->ctx, lba, count, out->data, NULL) == DW_OK;
}

struct path_record {
    uint32_t lba;
    uint16_t parent;
    uint8_t length, ear_length;
    const uint8_t *name;
};

/* ECMA-119 9.4; false at the end or at damage (*pos then is not the size). */
static bool next_path(const struct table *table, uint32_t *pos, struct path_record *out)
{
    if (*pos > table->size || table->size - *pos < 8)
        return false;
    const uint8_t *p = table->data + *pos;
    uint32_t step = 8u + p[0] + (p[0] & 1);
    if (p[0] == 0 || step > table->size - *pos)
        return false;
    out->length = p[0];
    out->ear_length = p[1];
    out->lba = table->big_endian ? dw_be32(p + 2) : dw_le32(p + 2);
    out->parent = table->big_endian ? dw_be16(p + 6) : dw_le16(p + 6);
    out->name = p + 8;
    *pos += step;
    return true;
}

/* Parents by their numbers, and so by level; then names, the shorter one filled up with spaces (6.9.1). */
static bool comes_after(const struct path_record *a, const struct path_record *b)
{
    if (a->parent != b->parent)
        return a->parent > b->parent;
    for (unsigned i = 0; i < a->length || i < b->length; i++) {
        uint8_t x = i < a->length ? a->name[i] : ' ', y = i < b->length ? b->name[i] : ' ';
        if (x != y)
            return x > y;
    }
    return false;
}

static void compare_tables(struct dw_judge *judge, const struct table *l, const struct table *m)
{
    uint32_t at_l = 0, at_m = 0, number = 0;
    bool ordered = true;
    struct path_record last = {0};
    char place[32];
    for (;;) {
        struct path_record a, b;
        dw_spill_rest(judge->spill);
        bool more_a = next_path(l, &at_l, &a), more_b = next_path(m, &at_m, &b);
        number++;
        snprintf(place, sizeof place, "path table record %u", number);
        if (!more_a && !more_b)
            break;
        if (more_a != more_b || a.lba != b.lba || a.parent != b.parent || a.length != b.length ||
            memcmp(a.name, b.name, a.length) != 0) {
            dw_findings_add(judge->found, DW_ISO_PATH_TABLE, place, "L and M differ");
            return;
        }
        if (a.parent == 0 || a.parent > number)
            dw_findings_add(judge->found, DW_ISO_PATH_TABLE, place, "its parent comes after it");
        if (a.ear_length != 0 || b.ear_length != 0)
            dw_findings_add(judge->found, DW_ISO_EAR, place, NULL);
        if ((a.length & 1) && (a.name[a.length] != 0 || b.name[b.length] != 0)) /* 9.4.6 */
            dw_findings_add(judge->found, DW_ISO_RECORD_FORM, place, "it is not filled up with a zero");
        if (ordered && comes_after(&last, &a)) {
            ordered = false;
            dw_findings_add(judge->found, DW_ISO_PATH_ORDER, place, NULL);
        }
        last = a;
    }
    if (at_l != l->size || at_m != m->size)
        dw_findings_add(judge->found, DW_ISO_PATH_TABLE, place, "it is broken");
}

/* Every folder of the tree has one record that says where it is and below which folder. */
static void compare_with_tree(struct dw_judge *judge, const struct table *l)
{
    const struct dw_iso_volume *volume = dw_check_source_volume(judge->source);
    struct dw_lookup folders = {.spill = judge->spill}; /* block -> entry */
    uint32_t *blocks = NULL;        /* of the folder each record stands for */
    size_t expected = 1, number = 0, cap = l->size / 8 + 1;
    char place[DW_FINDING_PLACE_MAX];
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        uint32_t first;
        dw_judge_entry(judge, i, &entry);
        if (!entry.is_folder)
            continue;
        expected++;
        struct dw_error err = {0};
        dw_status st = dw_lookup_put(&folders, (uint64_t)entry.lba + 1, (uint32_t)i, &first, &err);
        if (st != DW_OK) {
            dw_judge_fail(judge, st, &err);
            goto out;
        }
    }
    blocks = dw_spill_grow(judge->spill, NULL, 0, cap * sizeof *blocks);
    struct path_record record;
    for (uint32_t pos = 0; blocks && next_path(l, &pos, &record); number++) {
        blocks[number] = record.lba;
        if (number == 0) {
            if (record.lba != volume->root_lba)
                dw_findings_add(judge->found, DW_ISO_PATH_DIRS, "/", "the root is elsewhere");
            continue;
        }
        uint32_t at = dw_lookup_find(&folders, (uint64_t)record.lba + 1);
        struct dw_check_source_entry entry;
        if (at != DW_LOOKUP_NONE)
            dw_judge_entry(judge, at, &entry);
        if (at == DW_LOOKUP_NONE || strlen(entry.raw) != record.length ||
            memcmp(entry.raw, record.name, record.length) != 0) {
            snprintf(place, sizeof place, "path table record %zu", number + 1);
            dw_findings_add(judge->found, DW_ISO_PATH_DIRS, place, "no folder is there");
        } else if (record.parent == 0 || record.parent > number ||
                   blocks[record.parent - 1] != dw_judge_parent_lba(judge, entry.path)) {
            dw_findings_add(judge->found, DW_ISO_PATH_DIRS, entry.path, "it has another parent");
        }
    }
    if (number != expected && !dw_check_source_trouble(judge->source))
        dw_findings_add(judge->found, DW_ISO_PATH_DIRS, "", "%zu records, %zu folders", number,
                        expected);
out:
    dw_spill_drop(judge->spill, blocks);
    dw_lookup_done(&folders);
}

/* What lies behind the table in its last block. */
static void judge_tail(struct dw_judge *judge, const struct table *table)
{
    uint32_t last = (table->size - 1) / DW_BLOCK_SIZE;
    char place[32];
    snprintf(place, sizeof place, "block %u", table->lba);
    dw_judge_slack(judge, place, (uint64_t)table->lba + last,
                   table->data + (size_t)last * DW_BLOCK_SIZE,
                   table->size - (size_t)last * DW_BLOCK_SIZE);
}

/* 8.4.15, 8.4.17: a second copy, if there is one. */
static void compare_copy(struct dw_judge *judge, uint32_t lba, const struct table *table)
{
    struct table copy = {0};
    char place[32];
    snprintf(place, sizeof place, "block %u", lba);
    if (lba == 0 || lba == table->lba)
        return;
    if (!read_table(judge, lba, table->size, &copy))
        dw_findings_add(judge->found, DW_ISO_PATH_TABLE, place, "the optional one cannot be read");
    else if (memcmp(copy.data, table->data, table->size) != 0)
        dw_findings_add(judge->found, DW_ISO_PATH_TABLE, place,
                        "the optional one is not what block %u holds", table->lba);
    else
        judge_tail(judge, &copy);
    dw_spill_drop(judge->spill, copy.data);
}

static void rule_path_tables(struct dw_judge *judge, const uint8_t *pvd)
{
    struct table l = {0}, m = {.big_endian = true};
    uint32_t size = dw_le32(pvd + 132);
    if (!read_table(judge, dw_le32(pvd + 140), size, &l) ||
        !read_table(judge, dw_be32(pvd + 148), size, &m)) {
        dw_findings_add(judge->found, DW_ISO_PATH_TABLE, "", "it cannot be read");
    } else {
        compare_tables(judge, &l, &m);
        judge_tail(judge, &l);
        judge_tail(judge, &m);
        compare_copy(judge, dw_le32(pvd + 144), &l);
        compare_copy(judge, dw_be32(pvd + 152), &m);
        if (dw_check_source_volume(judge->source))
            compare_with_tree(judge, &l);
    }
    dw_spill_drop(judge->spill, l.data);
    dw_spill_drop(judge->spill, m.data);
}

typedef void volume_rule(struct dw_judge *judge, const uint8_t *pvd);
static volume_rule *const rules[] = {
    rule_fixed_fields,  rule_unused,    rule_dates, rule_both_endian,    rule_block_size,
    rule_single_volume, rule_system_id, rule_size,  rule_descriptor_set, rule_path_tables,
    dw_rules_descriptors, dw_rules_time_volume,
};

/* What people take for an image: said by its first bytes, so that they know what to do. */
static const char *what_else(struct dw_judge *judge)
{
    static const struct {
        uint16_t at;
        uint8_t size;
        const char *bytes, *sentence;
    } kinds[] = {
        {0, 12, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0", "it has raw sectors of 2352 bytes"},
        {128, 4, "DICM", "it is one DICOM file: name its folder"},
        {0, 2, "PK", "it is an archive: unpack it first"},
        {0, 6, "7z\xbc\xaf\x27\x1c", "it is an archive: unpack it first"},
        {0, 4, "Rar!", "it is an archive: unpack it first"},
        {0, 2, "\x1f\x8b", "it is compressed: unpack it first"},
        {0, 6, "\xfd" "7zXZ", "it is compressed: unpack it first"},
        {510, 2, "\x55\xaa", "it has a boot sector: an image of a hard disk, or of a memory stick"},
    };
    uint8_t block[DW_BLOCK_SIZE];
    if (!dw_judge_block(judge, 0, block))
        return "";
    for (size_t i = 0; i < DW_ARRAY_LEN(kinds); i++)
        if (memcmp(block + kinds[i].at, kinds[i].bytes, kinds[i].size) == 0)
            return kinds[i].sentence;
    return "";
}

void dw_rules_volume(struct dw_judge *judge)
{
    uint8_t pvd[DW_BLOCK_SIZE];
    if (!dw_check_source_blocks(judge->source)) {
        if (dw_check_source_trouble(judge->source))
            dw_findings_add(judge->found, DW_NAME_OTHER, "", "%s",
                            dw_check_source_trouble(judge->source));
        return;
    }
    if (dw_check_source_is_udf(judge->source))
        return; /* UDF alone: the rules of the medium say whether that may be */
    bool readable = dw_judge_block(judge, FIRST_DESCRIPTOR, pvd);
    if (!readable || pvd[0] != 1 || memcmp(pvd + 1, "CD001", 5) != 0) {
        dw_findings_add(judge->found, DW_ISO_NONE, "block 16", "%s", what_else(judge));
        return;
    }
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++)
        rules[i](judge, pvd);
    if (dw_check_source_trouble(judge->source))
        dw_findings_add(judge->found,
                        dw_check_source_volume(judge->source) ? DW_ISO_TREE : DW_ISO_NONE, "", "%s",
                        dw_check_source_trouble(judge->source));
}
