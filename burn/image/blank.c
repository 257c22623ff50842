#include "burn/image/blank.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

/* 80 min CD-R as a drive reports it; DVD+R is smaller than DVD-R, DVD-R DL smaller than DVD+R DL. The two-layer
 * DVD and the 100 GB BD are not named by PS3.12: offered, not claimed. */
static const struct dw_blank blanks[] = {
    {"cd", "CD", DW_MEDIA_CD, 359847},
    {"dvd", "DVD", DW_MEDIA_DVD, 2295104},
    {"dvd-dl", "DVD, two layers", DW_MEDIA_DVD, 4171712},
    {"bd", "Blu-ray, 25 GB", DW_MEDIA_BD, 12219392},
    {"bd-50", "Blu-ray, 50 GB", DW_MEDIA_BD, 24438784},
    {"bd-100", "Blu-ray, 100 GB", DW_MEDIA_BD, 48878592},
};
static const struct {
    const char *also, *name;
} other_names[] = {{"bd-25", "bd"}, {"dvd-5", "dvd"}, {"dvd-9", "dvd-dl"}};
static const char *const media_names[] = {
    [DW_MEDIA_CD] = "cd", [DW_MEDIA_DVD] = "dvd", [DW_MEDIA_BD] = "bd"};

const struct dw_blank *dw_blank_table(size_t *out_count)
{
    *out_count = DW_ARRAY_LEN(blanks);
    return blanks;
}

const struct dw_blank *dw_blank_find(const char *name)
{
    for (size_t i = 0; name && i < DW_ARRAY_LEN(other_names); i++)
        if (strcmp(name, other_names[i].also) == 0)
            return dw_blank_find(other_names[i].name);
    for (size_t i = 0; name && i < DW_ARRAY_LEN(blanks); i++)
        if (strcmp(name, blanks[i].name) == 0)
            return &blanks[i];
    return NULL;
}

uint64_t dw_blank_capacity_bytes(const struct dw_blank *blank)
{
    return (uint64_t)blank->blocks * DW_BLOCK_SIZE;
}

const char *dw_media_name(enum dw_media media)
{
    return (size_t)media < DW_ARRAY_LEN(media_names) ? media_names[media] : "?";
}

int dw_media_from_name(const char *name)
{
    const struct dw_blank *blank = dw_blank_find(name);
    return blank ? (int)blank->media : -1;
}

uint64_t dw_media_capacity_bytes(enum dw_media media)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(blanks); i++)
        if (blanks[i].media == media)
            return dw_blank_capacity_bytes(&blanks[i]);
    return 0;
}
