#include "burn/drive/identity.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "burn/drive/libburn.h"

#define FEATURE_SERIAL 0x108 /* MMC-6 5.3.26 */
#define READABLE 1           /* for burn_disc_get_media_id(): do not escape */

void dw_identity_clean(const unsigned char *bytes, size_t count, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < count && bytes[i] && n + 1 < size; i++) {
        bool space = bytes[i] == ' ';
        if (bytes[i] > ' ' && bytes[i] < 0x7F)
            out[n++] = (char)bytes[i];
        else if (space && n > 0)
            out[n++] = ' ';
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

void dw_identity_serial(struct burn_drive *drive, char out[DW_DRIVE_SERIAL_MAX])
{
    unsigned char flags, length = 0, *data = NULL;
    out[0] = '\0';
    if (burn_drive_get_feature(drive, FEATURE_SERIAL, &flags, &length, &data, NULL) > 0 && data)
        dw_identity_clean(data, length, out, DW_DRIVE_SERIAL_MAX);
    free(data);
    dw_libburn_drain();
}

void dw_identity_lot(struct burn_drive *drive, char out[DW_DISC_LOT_MAX])
{
    char *id = NULL, *code1 = NULL, *code2 = NULL, *book = NULL;
    out[0] = '\0';
    if (burn_disc_get_media_id(drive, &id, &code1, &code2, &book, READABLE) > 0 && id)
        dw_identity_clean((const unsigned char *)id, strlen(id), out, DW_DISC_LOT_MAX);
    free(id);
    free(code1);
    free(code2);
    free(book);
    dw_libburn_drain();
}
