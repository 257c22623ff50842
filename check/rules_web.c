/* The pages of an IHE PDI disc: where they lead, and what they start (RAD TF-3 4.47); and what lies where it should
 * not. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "check/page.h"
#include "check/rules.h"

#define PAGE_BYTES_MAX (1u << 20) /* of one page that are looked at */
#define PAGES_MAX 5000            /* of a disc */

struct page {
    struct dw_judge *judge;
    struct dw_check_source_entry entry;
    bool to_readme, to_web; /* it links there */
};

static bool is_one_of(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (strcasecmp(text, *list) == 0)
            return true;
    return false;
}

static const char *extension_of(const char *path)
{
    const char *name = strrchr(path, '/'), *dot = strrchr(name ? name : path, '.');
    return dot ? dot + 1 : "";
}

static bool is_active(const struct dw_check_link *link)
{
    static const char *const always[] = {"object", "embed", "applet", NULL};
    return !link->attribute[0] && is_one_of(link->element, always);
}

/* Pictures, styles and scripts are fetched without being asked for. */
static bool is_fetched(const struct dw_check_link *link)
{
    return strcmp(link->element, "a") != 0 && strcmp(link->element, "area") != 0;
}

static void on_link(void *ctx, const struct dw_check_link *link)
{
    struct page *page = ctx;
    char path[DW_PATH_MAX] = "";
    if (is_active(link))
        dw_findings_add(page->judge->found, DW_PDI_ACTIVE, page->entry.path, "%s", link->element);
    if (!link->attribute[0])
        return;
    switch (dw_check_page_resolve(page->entry.path, link->target, path)) {
    case DW_TARGET_NOTHING:
        return;
    case DW_TARGET_ABSOLUTE:
        dw_findings_add(page->judge->found, is_fetched(link) ? DW_PDI_ACTIVE : DW_PDI_LINK_ABSOLUTE, page->entry.path,
                        "%s of %s", link->attribute, link->element);
        return;
    case DW_TARGET_OUTSIDE:
        break;
    case DW_TARGET_PATH:
        page->to_readme = page->to_readme || strcasecmp(path, "/README.TXT") == 0;
        page->to_web = page->to_web || strncasecmp(path, "/IHE_PDI/", 9) == 0;
        if (!path[0] || dw_judge_find(page->judge, path) >= 0)
            return;
        break;
    }
    dw_findings_add(page->judge->found, DW_PDI_LINK, page->entry.path, "%s", link->target);
}

/* What cannot be read says FILE-IO. */
static void read_page(struct dw_judge *judge, size_t index, struct page *page)
{
    dw_judge_entry(judge, index, &page->entry);
    size_t size = page->entry.size_bytes < PAGE_BYTES_MAX ? (size_t)page->entry.size_bytes : PAGE_BYTES_MAX;
    char *text = malloc(size + 1);
    struct dw_error err = {0};
    page->judge = judge;
    if (!text)
        dw_judge_fail(judge, dw_error_set(&err, DW_ERR_INTERNAL, "out of memory"), &err);
    else if (dw_check_source_read(judge->source, index, 0, text, size, NULL) == DW_OK)
        dw_check_page_read(text, size, on_link, page);
    free(text);
}

static void rule_index(struct dw_judge *judge, long index)
{
    struct page page = {0};
    if (index < 0)
        return;
    read_page(judge, (size_t)index, &page);
    if (dw_judge_find(judge, "/README.TXT") >= 0 && !page.to_readme)
        dw_findings_add(judge->found, DW_PDI_INDEX_LINKS, page.entry.path, "README.TXT");
    if (dw_judge_find(judge, "/IHE_PDI/INDEX.HTM") >= 0 && !page.to_web)
        dw_findings_add(judge->found, DW_PDI_INDEX_LINKS, page.entry.path, "IHE_PDI");
}

static void rule_pages(struct dw_judge *judge)
{
    static const char *const pages[] = {"HTM", "HTML", "XHT", NULL};
    static const char *const web[] = {"HTM", "HTML", "XHT", "JPG", "JPEG", "PNG", "GIF", "CSS",
                                      "JS",  "TXT",  "XML", "XSL", "SVG",  "ICO", NULL};
    int looked_at = 0;
    for (size_t i = 0; i < judge->count && judge->st == DW_OK; i++) {
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, i, &entry);
        if (entry.is_folder || strncasecmp(entry.path, "/IHE_PDI/", 9) != 0)
            continue;
        struct page page = {0};
        if (is_one_of(extension_of(entry.path), pages) && looked_at++ < PAGES_MAX)
            read_page(judge, i, &page);
        else if (!is_one_of(extension_of(entry.path), web) && !judge->seen[i].is_dicom)
            dw_findings_add(judge->found, DW_PDI_MIXED, entry.path, "it is no page or picture");
    }
}

/* A folder that holds DICOM files holds nothing else; the root is for everything. */
static void rule_mixed(struct dw_judge *judge)
{
    struct dw_lookup folders = {.spill = judge->spill};
    struct dw_error err = {0};
    dw_status st = DW_OK;
    for (int pass = 0; pass < 2 && st == DW_OK; pass++)
        for (size_t i = 0; i < judge->count && st == DW_OK; i++) {
            struct dw_check_source_entry entry;
            char folder[DW_PATH_MAX];
            uint32_t first;
            dw_judge_entry(judge, i, &entry);
            dw_text_cut(folder, sizeof folder, entry.path);
            char *slash = strrchr(folder, '/');
            bool web = strncasecmp(folder, "/IHE_PDI/", 9) == 0; /* PDI-DICOM-IN-WEB says it */
            if (entry.is_folder || web || !slash || slash == folder || (pass == 0) != judge->seen[i].is_dicom)
                continue;
            *slash = '\0';
            if (pass == 0)
                st = dw_lookup_put(&folders, dw_check_hash_name(folder), (uint32_t)i, &first, &err);
            else if (dw_lookup_find(&folders, dw_check_hash_name(folder)) != DW_LOOKUP_NONE)
                dw_findings_add(judge->found, DW_PDI_MIXED, entry.path, "it lies among DICOM files");
        }
    dw_lookup_done(&folders);
    if (st != DW_OK)
        dw_judge_fail(judge, st, &err);
}

void dw_rules_web_programs(struct dw_judge *judge)
{
    static const char *const programs[] = {"EXE", "COM", "BAT", "CMD", "SCR", "PIF", "MSI", "VBS", "JS", "LNK", "HTA", NULL};
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, i, &entry);
        if (!entry.is_folder && !strchr(entry.path + 1, '/') && is_one_of(extension_of(entry.path), programs))
            dw_findings_add(judge->found, DW_PDI_PROGRAM, entry.path, NULL);
    }
}

void dw_rules_web(struct dw_judge *judge)
{
    rule_index(judge, dw_judge_find(judge, "/INDEX.HTM"));
    rule_pages(judge);
    rule_mixed(judge);
}
