#include "layout/fileset/profile.h"

#include <string.h>

#include "base/text.h"

const struct dw_profile *dw_profile_of_media(enum dw_media media)
{
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    for (size_t i = 0; i < count; i++)
        if (table[i].media == media)
            return &table[i];
    return &table[0];
}

const struct dw_profile *dw_profile_find(const char *name)
{
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    for (size_t i = 0; name && i < count; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

/* A sentence has room for the names of one medium when what they share is said once. */
static dw_status unknown_profile(const char *name, enum dw_media media, struct dw_error *err)
{
    size_t count, shared = strlen(dw_profile_of_media(media)->name);
    const struct dw_profile *table = dw_profile_table(&count), *first = dw_profile_of_media(media);
    struct dw_buf names = {0};
    for (size_t i = 0; i < count; i++) {
        bool longer = &table[i] != first && strncmp(table[i].name, first->name, shared) == 0;
        if (table[i].media == media)
            dw_buf_addf(&names, "%s%s", names.size ? ", " : "",
                        table[i].name + (longer ? shared : strlen("STD-")));
    }
    dw_status st = dw_error_set(err, DW_ERR_INVALID, "no profile '%.24s' for %s: STD-%s", name,
                                dw_media_name(media), names.data ? names.data : "");
    dw_buf_done(&names);
    return st;
}

dw_status dw_profile_choose(const char *name, enum dw_media media, const struct dw_profile **out,
                            struct dw_error *err)
{
    if (!name || !name[0]) {
        *out = dw_profile_of_media(media);
        return DW_OK;
    }
    const struct dw_profile *profile = dw_profile_find(name);
    if (!profile)
        return unknown_profile(name, media, err);
    if (profile->media != media)
        return dw_error_set(err, DW_ERR_INVALID, "profile %s is for the medium %s, not %s",
                            profile->name, dw_media_name(profile->media), dw_media_name(media));
    *out = profile;
    return DW_OK;
}

const char *dw_profile_claim(const struct dw_profile *profile, bool augmented, bool nonconformant)
{
    if (nonconformant)
        return "";
    return augmented ? profile->augmented_name : profile->name;
}
