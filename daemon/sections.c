#include "daemon/sections.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"

#define TITLE_MAX 160

static char *items_of(const struct dw_config *config, const struct dw_section_kind *kind)
{
    char *items;
    memcpy(&items, (const char *)config + kind->items, sizeof items);
    return items;
}

static size_t *count_of(struct dw_config *config, const struct dw_section_kind *kind)
{
    return (size_t *)(void *)((char *)config + kind->count);
}

const struct dw_section_kind *dw_section_kind_of(const char *section, char *name, size_t size)
{
    size_t word = strcspn(section, " \t");
    for (size_t i = 0; i < dw_section_kind_count; i++) {
        const struct dw_section_kind *kind = &dw_section_kinds[i];
        if (strlen(kind->kind) != word || memcmp(kind->kind, section, word) != 0)
            continue;
        const char *at = section + word + strspn(section + word, " \t");
        dw_text_cut(name, size, at);
        size_t n = strlen(name);
        if (n >= 2 && name[0] == '"' && name[n - 1] == '"') {
            memmove(name, name + 1, n - 2);
            name[n - 2] = '\0';
        }
        return kind;
    }
    return NULL;
}

static dw_status reserve(struct dw_config *config, const struct dw_section_kind *kind, char **items,
                         struct dw_error *err)
{
    if (*count_of(config, kind) == kind->max)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %zu sections [%s NAME]", kind->max,
                            kind->kind);
    if (*items)
        return DW_OK;
    /* All of them at once, so that none ever moves; what is not used is never touched. */
    *items = calloc(kind->max, kind->item_size);
    if (!*items)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    memcpy((char *)config + kind->items, items, sizeof *items);
    return DW_OK;
}

dw_status dw_section_add(struct dw_config *config, const struct dw_section_kind *kind,
                         const char *name, void **out, struct dw_error *err)
{
    char *items = items_of(config, kind);
    size_t *count = count_of(config, kind);

    if (strlen(name) >= kind->name_size || !kind->is_name(name))
        return dw_error_set(err, DW_ERR_INVALID, "write [%s NAME] with a name of %s, at most %zu characters",
                            kind->kind, kind->names, kind->name_size - 1);
    for (size_t i = 0; i < *count; i++) {
        *out = items + i * kind->item_size;
        if (strcmp(*out, name) == 0)
            return DW_OK;
    }
    dw_status st = reserve(config, kind, &items, err);
    if (st != DW_OK)
        return st;
    char *item = items + (*count)++ * kind->item_size;
    memcpy(item, name, strlen(name) + 1);
    dw_options_defaults(kind->table, *kind->option_count, item + kind->options);
    *out = item;
    return DW_OK;
}

dw_status dw_section_set(const struct dw_section_kind *kind, void *section, const char *key,
                         const char *value, struct dw_error *err)
{
    dw_status st = kind->check ? kind->check(key, value, err) : DW_OK;
    return st != DW_OK ? st
                       : dw_options_set(kind->table, *kind->option_count,
                                        (char *)section + kind->options, kind->kind, key, value, err);
}

void dw_sections_print(const struct dw_config *config, struct dw_buf *out)
{
    for (size_t k = 0; k < dw_section_kind_count; k++) {
        const struct dw_section_kind *kind = &dw_section_kinds[k];
        const char *items = items_of(config, kind);
        size_t count;
        memcpy(&count, (const char *)config + kind->count, sizeof count);
        for (size_t i = 0; i < count; i++) {
            const char *item = items + i * kind->item_size;
            char title[TITLE_MAX];
            if (dw_text_format(title, sizeof title, "%s %s", kind->kind, item))
                dw_options_print(kind->table, *kind->option_count, item + kind->options, title,
                                 true, out);
            dw_buf_add_text(out, "\n");
        }
    }
}

void dw_sections_done(struct dw_config *config)
{
    for (size_t k = 0; k < dw_section_kind_count; k++) {
        const struct dw_section_kind *kind = &dw_section_kinds[k];
        free(items_of(config, kind));
        memset((char *)config + kind->items, 0, sizeof(void *));
        *count_of(config, kind) = 0;
    }
}
