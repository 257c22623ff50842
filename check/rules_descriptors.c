/* Descriptors that stand beside the primary one (ECMA-119 8.2, 8.3, 8.5): copies, boot records, Joliet, the end; and
 * what must be zero in all of them. */
#include <stdio.h>
#include <string.h>
#include "check/bytes.h"
#include "check/rules.h"

#define FIRST_DESCRIPTOR 16
#define DESCRIPTORS_MAX 64
#define TYPE_BOOT 0
#define TYPE_PRIMARY 1
#define TYPE_SUPPLEMENTARY 2
#define TYPE_TERMINATOR 255
#define BOOT_ENTRY_BYTES 32
#define BOOT_SECTOR_BYTES 512

static const char *at_block(uint32_t lba, char out[DW_FINDING_PLACE_MAX])
{
    (void)snprintf(out, DW_FINDING_PLACE_MAX, "block %u", lba);
    return out;
}

static void rule_zero(struct dw_judge *judge, const uint8_t *d, uint32_t lba, unsigned from, unsigned to)
{
    char place[DW_FINDING_PLACE_MAX];
    for (unsigned i = from; i < to; i++)
        if (d[i] != 0) {
            dw_findings_add(judge->found, DW_ISO_RESERVED, at_block(lba, place),
                            "byte %u is not zero", i);
            return;
        }
}

/* El Torito 2: a catalog, and the images it names. Nothing of it needs to be a file. */
static void own_boot_images(struct dw_judge *judge, const uint8_t *boot)
{
    uint8_t catalog[DW_BLOCK_SIZE];
    uint32_t lba = dw_le32(boot + 71);
    if (memcmp(boot + 7, "EL TORITO SPECIFICATION", 23) != 0 || !dw_judge_block(judge, lba, catalog))
        return;
    dw_judge_own(judge, lba, 1);
    for (unsigned at = BOOT_ENTRY_BYTES; at < DW_BLOCK_SIZE; at += BOOT_ENTRY_BYTES)
        if (catalog[at] == 0x88 || (catalog[at] == 0 && dw_le32(catalog + at + 8) != 0))
            dw_judge_own_bytes(judge, dw_le32(catalog + at + 8),
                               (uint64_t)dw_le16(catalog + at + 6) * BOOT_SECTOR_BYTES);
}

/* Joliet (one of three escape sequences) or the enhanced descriptor of ISO 9660:1999: others no reader knows. */
static bool has_second_tree(const uint8_t *d)
{
    bool joliet = d[88] == '%' && d[89] == '/' && (d[90] == '@' || d[90] == 'C' || d[90] == 'E');
    return d[6] == 2 || joliet;
}

static void judge_supplementary(struct dw_judge *judge, const uint8_t *d, uint32_t lba)
{
    rule_zero(judge, d, lba, 72, 80);
    rule_zero(judge, d, lba, 882, 883);
    rule_zero(judge, d, lba, 1395, DW_BLOCK_SIZE);
    if (has_second_tree(d))
        dw_rules_second_tree(judge, d, lba);
}

/* --- texts, ECMA-119 7.4, 8.4.5 to 8.4.20 --- */

struct text {
    unsigned at, size;
    const char *name;
};

/* Letters that no reader can show are a fault; small ones, which many programs write, are worth a note. */
static void rule_text(struct dw_judge *judge, const uint8_t *pvd, const struct text *text)
{
    bool strange = false, other = false;
    for (unsigned i = text->at; i < text->at + text->size; i++) {
        strange = strange || pvd[i] < 0x20 || pvd[i] >= 0x7F;
        other = other || !(pvd[i] <= '_') || (pvd[i] > 'Z' && pvd[i] < '_') || (pvd[i] && strchr("#$@", pvd[i]));
    }
    if (strange || other)
        dw_findings_add_as(judge->found, DW_ISO_TEXT, strange ? DW_SEV_WARNING : DW_SEV_NOTE, "block 16", text->name);
}

/* A file of the root, or blank. */
static void rule_file_named(struct dw_judge *judge, const uint8_t *pvd, const struct text *text)
{
    char path[64] = "/";
    size_t length = text->size;
    while (length > 0 && (pvd[text->at + length - 1] == ' ' || pvd[text->at + length - 1] == 0))
        length--;
    if (length == 0)
        return;
    memcpy(path + 1, pvd + text->at, length);
    path[1 + length] = '\0';
    path[strcspn(path, ";")] = '\0';
    size_t end = strlen(path);
    if (path[end - 1] == '.')
        path[end - 1] = '\0';
    if (dw_judge_find(judge, path) < 0)
        dw_findings_add(judge->found, DW_ISO_TEXT, "block 16", "the %s is not in the root", text->name);
}

static void rule_texts(struct dw_judge *judge, const uint8_t *pvd)
{
    static const struct text texts[] = {{40, 32, "volume identifier"},    {190, 128, "volume set identifier"},
                                        {318, 128, "publisher"},          {446, 128, "data preparer"},
                                        {574, 128, "application"}};
    static const struct text files[] = {{702, 37, "copyright file"}, {739, 37, "abstract file"}, {776, 37, "bibliographic file"}};
    for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++)
        rule_text(judge, pvd, &texts[i]);
    for (size_t i = 0; i < DW_ARRAY_LEN(files); i++)
        rule_file_named(judge, pvd, &files[i]);
}

void dw_rules_descriptors(struct dw_judge *judge, const uint8_t *pvd)
{
    uint8_t d[DW_BLOCK_SIZE];
    char place[DW_FINDING_PLACE_MAX];
    rule_texts(judge, pvd);
    rule_zero(judge, pvd, FIRST_DESCRIPTOR, 1395, DW_BLOCK_SIZE); /* 8.4.33 */
    for (uint32_t lba = FIRST_DESCRIPTOR; lba < FIRST_DESCRIPTOR + DESCRIPTORS_MAX; lba++) {
        if (!dw_judge_block(judge, lba, d) || memcmp(d + 1, "CD001", 5) != 0)
            return;
        dw_judge_own(judge, lba, 1);
        if (d[0] == TYPE_TERMINATOR) {
            rule_zero(judge, d, lba, 7, DW_BLOCK_SIZE); /* 8.3.4 */
            return;
        }
        if (d[0] == TYPE_BOOT)
            own_boot_images(judge, d);
        if (d[0] == TYPE_SUPPLEMENTARY)
            judge_supplementary(judge, d, lba);
        if (d[0] == TYPE_PRIMARY && memcmp(d, pvd, DW_BLOCK_SIZE) != 0)
            dw_findings_add(judge->found, DW_ISO_COPY, at_block(lba, place), NULL);
    }
}
