#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "check/image.h"
#include "check/nested.h"

#define E "1.2.840.10008.1.2.1"
#define RLE "1.2.840.10008.1.2.5"
#define J50 "1.2.840.10008.1.2.4.50"
#define VIDEO_FIRST 100 /* 1.2.840.10008.1.2.4.100 to .106 are MPEG-2 and H.264 */
#define VIDEO_LAST 106

enum { SAW_UNITS_X = 1, SAW_UNITS_Y = 2, SAW_DELTA_X = 4, SAW_DELTA_Y = 8, SAW_ALL = 15 };

static uint16_t short_of(const struct dw_element *el)
{
    if (!el->value || el->length < 2)
        return 0;
    return (uint16_t)(el->value[el->big_endian] | el->value[!el->big_endian] << 8);
}

static void take_text(char *out, size_t size, const struct dw_element *el)
{
    size_t length = el->value ? el->length : 0;
    while (length > 0 && (el->value[length - 1] == ' ' || el->value[length - 1] == '\0'))
        length--;
    length = length < size ? length : size - 1;
    if (length)
        memcpy(out, el->value, length);
    out[length] = '\0';
}

static void take_region(struct dw_check_image *image, uint32_t tag, const struct dw_element *el)
{
    static const uint32_t wanted[] = {0x00186024, 0x00186026, 0x0018602C, 0x0018602E};
    for (size_t i = 0; i < DW_ARRAY_LEN(wanted); i++)
        if (tag == wanted[i] && el->length > 0)
            image->seen |= (uint8_t)(1u << i);
}

static void take_pixels(struct dw_check_image *image, uint32_t tag, const struct dw_element *el)
{
    char number[13];
    switch (tag) {
    case 0x00280002:
        image->samples = short_of(el);
        break;
    case 0x00280004:
        take_text(image->photometric, sizeof image->photometric, el);
        break;
    case 0x00280008:
        take_text(number, sizeof number, el);
        image->frames = (uint32_t)strtoul(number, NULL, 10);
        break;
    case 0x00280010:
        image->rows = short_of(el);
        break;
    case 0x00280011:
        image->columns = short_of(el);
        break;
    case 0x00280100:
        image->bits_allocated = short_of(el);
        break;
    case 0x00280101:
        image->bits_stored = short_of(el);
        break;
    case 0x7FE00010:
        image->has_pixels = true;
        image->pixel_bytes = el->length;
        break;
    default:
        break;
    }
}

void dw_check_image_element(struct dw_check_image *image, const struct dw_element *el, bool in_region)
{
    uint32_t tag = (uint32_t)el->group << 16 | el->element;
    if (in_region)
        take_region(image, tag, el);
    else
        take_pixels(image, tag, el);
}

void dw_check_image_region(struct dw_check_image *image, bool is_end)
{
    if (is_end)
        image->calibrated += image->seen == SAW_ALL;
    else
        image->regions++;
    image->seen = 0;
}

/* PS3.3 C.7.6.3.1.2: of two pixels side by side the colour is that of one. */
uint64_t dw_check_image_bytes(const struct dw_check_image *image)
{
    bool shared = strcmp(image->photometric, "YBR_FULL_422") == 0 || strcmp(image->photometric, "YBR_PARTIAL_422") == 0;
    uint64_t pixels = (uint64_t)image->rows * image->columns * (image->frames ? image->frames : 1);
    if (!image->has_pixels || image->pixel_bytes == UINT32_MAX || image->bits_allocated > 64)
        return 0;
    return (pixels * (shared ? 2 : image->samples) * image->bits_allocated + 7) / 8;
}

/* PS3.11 Table C.3-2 */
static bool is_us_pair(const char *photometric, const char *syntax)
{
    static const struct {
        const char *photometric, *syntaxes[2];
    } pairs[] = {
        {"MONOCHROME2", {E, RLE}},    {"RGB", {E, RLE}},          {"PALETTE COLOR", {E, RLE}},
        {"YBR_FULL", {RLE, RLE}},     {"YBR_FULL_422", {E, J50}}, {"YBR_PARTIAL_422", {E, J50}},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(pairs); i++)
        if (strcmp(pairs[i].photometric, photometric) == 0)
            return strcmp(pairs[i].syntaxes[0], syntax) == 0 || strcmp(pairs[i].syntaxes[1], syntax) == 0;
    return false;
}

static bool is_video(const char *syntax)
{
    static const char begin[] = "1.2.840.10008.1.2.4.";
    if (strncmp(syntax, begin, sizeof begin - 1) != 0)
        return false;
    unsigned long number = strtoul(syntax + sizeof begin - 1, NULL, 10);
    return number >= VIDEO_FIRST && number <= VIDEO_LAST;
}

uint16_t dw_check_image_breaks(const struct dw_check_image *image, const char *transfer_syntax)
{
    unsigned breaks = 0, edge = image->rows > image->columns ? image->rows : image->columns;
    unsigned stored = image->bits_stored;
    bool second = strcmp(image->photometric, "MONOCHROME2") == 0;
    if (!image->has_pixels)
        return 0; /* a presentation state, a report */
    breaks |= edge > 512 ? DW_IMAGE_512 : 0;
    breaks |= edge > 1024 ? DW_IMAGE_1024 : 0;
    breaks |= stored != 8 ? DW_IMAGE_8_BITS : 0;
    breaks |= stored != 8 && stored != 10 && stored != 12 ? DW_IMAGE_8_10_12 : 0;
    breaks |= image->samples != 1 || !second ? DW_IMAGE_GREY2 : 0;
    breaks |= !is_us_pair(image->photometric, transfer_syntax) ? DW_IMAGE_US_PAIR : 0;
    breaks |= image->regions == 0 || image->calibrated != image->regions ? DW_IMAGE_REGIONS : 0;
    breaks |= is_video(transfer_syntax) && image->frames < 2 ? DW_IMAGE_MOVES : 0;
    return (uint16_t)breaks;
}

const char *dw_check_image_says(unsigned bit)
{
    static const char *const says[DW_IMAGE_BITS] = {
        "more than 512 rows or columns",
        "more than 1024 rows or columns",
        "not of 8 bits",
        "not of 8, 10 or 12 bits",
        "not MONOCHROME2",
        "photometric interpretation and transfer syntax do not go together",
        "no calibrated region in (0018,6011)",
        "video of one frame",
    };
    return bit < DW_IMAGE_BITS ? says[bit] : "";
}
