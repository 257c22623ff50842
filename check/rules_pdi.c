/* IHE Portable Data for Imaging (RAD TF-3 4.47). A disc that does not offer it is told so once; one that
 * begins with it is judged by all of it. */
#include <string.h>
#include <strings.h>
#include "check/rules.h"

#define README_BYTES_MAX (1u << 20)

struct pdi {
    long readme, index, folder, web_index;
};

static bool is_file_named(const struct dw_judge *judge, long at, const char *path)
{
    struct dw_check_source_entry entry;
    if (at < 0)
        return false;
    dw_judge_entry(judge, (size_t)at, &entry);
    return !entry.is_folder && strcmp(entry.path, path) == 0;
}

static void rule_readme(struct dw_judge *judge, const struct pdi *pdi)
{
    if (!is_file_named(judge, pdi->readme, "/README.TXT"))
        dw_findings_add(judge->found, DW_PDI_README, "/README.TXT", NULL);
}

static void rule_readme_text(struct dw_judge *judge, const struct pdi *pdi)
{
    struct dw_check_source_entry entry;
    uint8_t chunk[4096], last = '\n';
    bool crlf = true;
    if (pdi->readme < 0)
        return;
    dw_judge_entry(judge, (size_t)pdi->readme, &entry);
    bool plain = entry.size_bytes > 0 && entry.size_bytes <= README_BYTES_MAX && !entry.is_folder;
    for (uint64_t at = 0; plain && at < entry.size_bytes; at += sizeof chunk) {
        size_t size = entry.size_bytes - at < sizeof chunk ? (size_t)(entry.size_bytes - at)
                                                           : sizeof chunk;
        if (dw_check_source_read(judge->source, (size_t)pdi->readme, at, chunk, size, NULL))
            return; /* FILE-IO says it */
        for (size_t i = 0; i < size; last = chunk[i++])
            crlf = crlf && (chunk[i] == '\n') == (last == '\r');
        for (size_t i = 0; i < size; i++)
            plain = plain && chunk[i] < 0x80 &&
                    (chunk[i] >= 0x20 || chunk[i] == '\r' || chunk[i] == '\n' || chunk[i] == '\t' ||
                     chunk[i] == '\f');
    }
    if (!plain)
        dw_findings_add(judge->found, DW_PDI_README_TEXT, entry.path, NULL);
    else if (!crlf)
        dw_findings_add(judge->found, DW_PDI_README_LINES, entry.path, NULL);
}

static void rule_index(struct dw_judge *judge, const struct pdi *pdi)
{
    if (!is_file_named(judge, pdi->index, "/INDEX.HTM"))
        dw_findings_add(judge->found, DW_PDI_INDEX, "/INDEX.HTM", NULL);
}

static void rule_folder(struct dw_judge *judge, const struct pdi *pdi)
{
    struct dw_check_source_entry entry;
    if (pdi->folder < 0) { /* asked for only where web pages are offered: none is no fault */
        dw_findings_add_as(judge->found, DW_PDI_FOLDER, DW_SEV_NOTE, "/IHE_PDI", "");
        return;
    }
    dw_judge_entry(judge, (size_t)pdi->folder, &entry);
    if (!entry.is_folder || strcmp(entry.path, "/IHE_PDI") != 0 ||
        !is_file_named(judge, pdi->web_index, "/IHE_PDI/INDEX.HTM"))
        dw_findings_add(judge->found, DW_PDI_FOLDER, "/IHE_PDI", NULL);
}

static void rule_reserved(struct dw_judge *judge, const struct pdi *pdi)
{
    (void)pdi;
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, i, &entry);
        if (strncasecmp(entry.path, "/IHE", 4) == 0 && !strchr(entry.path + 1, '/') &&
            strcasecmp(entry.path, "/IHE_PDI") != 0)
            dw_findings_add(judge->found, DW_PDI_RESERVED, entry.path, NULL);
    }
}

typedef void pdi_rule(struct dw_judge *judge, const struct pdi *pdi);
static pdi_rule *const rules[] = {rule_readme, rule_readme_text, rule_index, rule_folder};

void dw_rules_pdi(struct dw_judge *judge)
{
    struct pdi pdi = {
        .readme = dw_judge_find(judge, "/README.TXT"),
        .index = dw_judge_find(judge, "/INDEX.HTM"),
        .folder = dw_judge_find(judge, "/IHE_PDI"),
        .web_index = dw_judge_find(judge, "/IHE_PDI/INDEX.HTM"),
    };
    if (dw_judge_find(judge, "/AUTORUN.INF") >= 0)
        dw_findings_add(judge->found, DW_PDI_AUTORUN, "/AUTORUN.INF", NULL);
    dw_rules_web_programs(judge);
    rule_reserved(judge, &pdi);
    if (pdi.folder < 0 && (pdi.readme < 0 || pdi.index < 0)) {
        dw_findings_add(judge->found, DW_PDI_NONE, "", NULL);
        return;
    }
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++)
        rules[i](judge, &pdi);
    dw_rules_web(judge);
}
