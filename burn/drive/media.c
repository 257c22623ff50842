#include "burn/drive/media.h"

#include <stddef.h>
#include <string.h>

#define CD_KBPS 176 /* drives count audio sectors: 75 of 2352 bytes a second */
#define DVD_KBPS 1385
#define BD_KBPS 4496

static const struct dw_medium media[] = {
    {"CD-R", DW_MEDIA_CD, 0x09, 359847, CD_KBPS, 1, false},
    {"CD-RW", DW_MEDIA_CD, 0x0A, 359847, CD_KBPS, 1, true},
    {"DVD-R", DW_MEDIA_DVD, 0x11, 2298496, DVD_KBPS, 16, false},
    {"DVD-RW", DW_MEDIA_DVD, 0x14, 2298496, DVD_KBPS, 16, true},
    {"DVD-R DL", DW_MEDIA_DVD, 0x15, 4171712, DVD_KBPS, 16, false},
    {"DVD+RW", DW_MEDIA_DVD, 0x1A, 2295104, DVD_KBPS, 16, true},
    {"DVD+R", DW_MEDIA_DVD, 0x1B, 2295104, DVD_KBPS, 16, false},
    {"DVD+R DL", DW_MEDIA_DVD, 0x2B, 4173824, DVD_KBPS, 16, false},
    {"BD-R", DW_MEDIA_BD, 0x41, 12219392, BD_KBPS, 32, false},
    {"BD-RE", DW_MEDIA_BD, 0x43, 11826176, BD_KBPS, 32, true},
};

const struct dw_medium *dw_medium_of_profile(uint16_t profile)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(media); i++)
        if (media[i].profile == profile)
            return &media[i];
    return NULL;
}

const struct dw_medium *dw_medium_of_name(const char *name)
{
    for (size_t i = 0; name && i < DW_ARRAY_LEN(media); i++)
        if (strcmp(media[i].name, name) == 0)
            return &media[i];
    return NULL;
}

const struct dw_medium *dw_medium_at(unsigned i)
{
    return i < DW_ARRAY_LEN(media) ? &media[i] : NULL;
}

uint32_t dw_media_1x_kbps(enum dw_media kind)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(media); i++)
        if (media[i].kind == kind)
            return media[i].speed_1x_kbps;
    return 0;
}

uint32_t dw_medium_speed_kbps(const struct dw_medium *medium, double times)
{
    return times <= 0 ? 0 : (uint32_t)(medium->speed_1x_kbps * times + 0.5);
}
