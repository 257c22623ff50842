#include "daemon/intake/ae.h"

#include <string.h>

static size_t trim(const char **title)
{
    *title += strspn(*title, " ");
    size_t n = strlen(*title);
    while (n > 0 && (*title)[n - 1] == ' ')
        n--;
    return n;
}

bool dw_ae_same(const char *a, const char *b)
{
    size_t na = trim(&a), nb = trim(&b);
    return na == nb && memcmp(a, b, na) == 0;
}

const struct dw_config_ae *dw_ae_find(const struct dw_config *config, const char *called)
{
    for (size_t i = 0; i < config->ae_count; i++)
        if (dw_ae_same(config->aes[i].name, called))
            return &config->aes[i];
    return NULL;
}

static bool yes_no(const char *value, bool inherited)
{
    return strcmp(value, "inherit") == 0 ? inherited : strcmp(value, "yes") == 0;
}

void dw_ae_settings(const struct dw_config *config, const char *called, struct dw_ae_settings *out)
{
    *out = (struct dw_ae_settings){.title = "",
                                   .media = config->jobs.media,
                                   .profile = config->jobs.profile,
                                   .template = config->jobs.template,
                                   .copies = config->jobs.copies,
                                   .quiet_s = config->intake.quiet_s,
                                   .viewer = config->jobs.viewer,
                                   .publish = config->jobs.auto_publish};
    const struct dw_config_ae *ae = dw_ae_find(config, called);
    if (!ae)
        return;
    out->title = ae->name;
    /* The profile in [jobs] is that of the medium in [jobs]: another medium has its own. */
    if (*ae->options.media) {
        out->media = ae->options.media;
        out->profile = "";
    }
    if (*ae->options.profile)
        out->profile = ae->options.profile;
    if (*ae->options.template)
        out->template = ae->options.template;
    if (ae->options.copies != DW_OPTION_UNSET)
        out->copies = ae->options.copies;
    if (ae->options.quiet_s != DW_OPTION_UNSET)
        out->quiet_s = ae->options.quiet_s;
    out->viewer = yes_no(ae->options.viewer, out->viewer);
    out->publish = yes_no(ae->options.publish, out->publish);
}
