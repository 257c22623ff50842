/* Names of all files and folders: 8.3 of A-Z 0-9 _ (ECMA-119 10.1, PS3.10 8.5). */
#include <ctype.h>
#include <string.h>
#include "check/rules.h"

struct name {
    const struct dw_check_source_entry *entry;
    uint32_t index;
    bool on_image;
    const char *text; /* as recorded */
    size_t stem, extension; /* characters; the version is counted to neither */
    bool has_dot, has_version_1;
};

static bool is_d_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool all_d_characters(const char *text, size_t length, bool lower_too)
{
    for (size_t i = 0; i < length; i++)
        if (!is_d_character(text[i]) && !(lower_too && text[i] >= 'a' && text[i] <= 'z'))
            return false;
    return true;
}

static void rule_case(struct dw_judge *judge, const struct name *name)
{
    for (const char *c = name->text; *c; c++)
        if (*c >= 'a' && *c <= 'z') {
            dw_findings_add(judge->found, DW_NAME_CASE, name->entry->path, NULL);
            return;
        }
}

static void rule_file(struct dw_judge *judge, const struct name *name)
{
    if (name->entry->is_folder)
        return;
    const char *extension = name->text + name->stem + name->has_dot;
    if (name->stem == 0 || name->stem > 8 || name->extension > 3 ||
        !all_d_characters(name->text, name->stem, true) ||
        !all_d_characters(extension, name->extension, true))
        dw_findings_add(judge->found, DW_NAME_LEVEL1, name->entry->path, NULL);
}

static void rule_folder(struct dw_judge *judge, const struct name *name)
{
    size_t length = strlen(name->text);
    if (name->entry->is_folder && (length > 8 || !all_d_characters(name->text, length, true)))
        dw_findings_add(judge->found, DW_NAME_FOLDER, name->entry->path, NULL);
}

static void rule_version(struct dw_judge *judge, const struct name *name)
{
    if (name->on_image && !name->entry->is_folder && (!name->has_dot || !name->has_version_1))
        dw_findings_add(judge->found, DW_NAME_VERSION, name->entry->path, NULL);
}

static void rule_depth(struct dw_judge *judge, const struct name *name)
{
    unsigned levels = 1; /* the root */
    for (const char *c = name->entry->path; *c; c++)
        levels += *c == '/';
    if (!name->entry->is_folder)
        levels--;
    if (levels > 8)
        dw_findings_add(judge->found, DW_NAME_DEPTH, name->entry->path, "level %u", levels);
}

static void rule_twice(struct dw_judge *judge, const struct name *name)
{
    uint32_t first = dw_lookup_find(&judge->names, dw_check_hash_name(name->entry->path));
    if (first != DW_LOOKUP_NONE && first != name->index)
        dw_findings_add(judge->found, DW_NAME_TWICE, name->entry->path, NULL);
}

typedef void name_rule(struct dw_judge *judge, const struct name *name);
static name_rule *const rules[] = {rule_case,    rule_file,  rule_folder,
                                   rule_version, rule_depth, rule_twice};

void dw_rules_names(struct dw_judge *judge)
{
    /* only ISO 9660 records a dot and a version (PS3.12 P.1.3.1) */
    bool on_image = dw_check_source_blocks(judge->source) && !dw_check_source_is_udf(judge->source);
    for (size_t i = 0; i < judge->count; i++) {
        struct dw_check_source_entry entry;
        dw_judge_entry(judge, i, &entry);
        struct name name = {
            .entry = &entry, .index = (uint32_t)i, .on_image = on_image, .text = entry.raw};
        size_t length = on_image ? strcspn(name.text, ";") : strlen(name.text);
        const char *dot = memchr(name.text, '.', length);
        name.has_dot = dot != NULL;
        name.stem = dot ? (size_t)(dot - name.text) : length;
        name.extension = dot ? length - name.stem - 1 : 0;
        name.has_version_1 = strcmp(name.text + length, ";1") == 0;
        for (size_t k = 0; k < DW_ARRAY_LEN(rules); k++)
            rules[k](judge, &name);
    }
    if (dw_check_source_others(judge->source))
        dw_findings_add(judge->found, DW_NAME_OTHER, "", "%llu links or devices",
                        (unsigned long long)dw_check_source_others(judge->source));
}
