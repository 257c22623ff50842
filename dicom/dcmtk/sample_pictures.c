/* The ultrasound clip and the chest radiograph of the sample study. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dicom/dcmtk/sample_parts.h"

/* --- ultrasound: a sector with a beating ventricle and two jets of colour --- */

#define US_WIDTH 320
#define US_HEIGHT 240
#define US_FRAMES 20
#define SECTOR_HALF_ANGLE 0.70
#define SECTOR_DEPTH 220.0

static double ring(double x, double y, double cx, double cy, double a, double b)
{
    double u = (x - cx) / a, v = (y - cy) / b;
    return sqrt(u * u + v * v);
}

/* 0 to 255 of tissue at depth r; beat 0 to 1 is how far the chambers are contracted. */
static int echo(double x, double y, double r, double beat)
{
    double left = ring(x, y, 138, 118, 30 - 9 * beat, 58 - 9 * beat);
    double right = ring(x, y, 200, 112, 25 - 6 * beat, 48 - 7 * beat);
    double atrium_l = ring(x, y, 143, 200, 26 + 3 * beat, 20 + 3 * beat);
    double atrium_r = ring(x, y, 196, 190, 24 + 3 * beat, 20 + 3 * beat);
    double shade = 1 - 0.25 * r / SECTOR_DEPTH;
    if (left < 1 || right < 1 || atrium_l < 1 || atrium_r < 1)
        return (int)(12 * shade);
    if (left < 1.28 || right < 1.24 || atrium_l < 1.12 || atrium_r < 1.12)
        return (int)(205 * shade);
    return (int)(74 * shade);
}

static bool jet(double x, double y, double beat, bool filling)
{
    double cx = filling ? 142 : 150, cy = filling ? 166 - 26 * (1 - beat) : 150;
    return ring(x, y, cx, cy, 9, 24) < 1 && (filling ? beat < 0.45 : beat > 0.55);
}

static void us_pixel(uint8_t out[3], double x, double y, double beat, struct sample_noise *noise)
{
    double dx = x - US_WIDTH / 2.0, dy = y - 10, r = sqrt(dx * dx + dy * dy);
    memset(out, 0, 3);
    if (dy <= 0 || r > SECTOR_DEPTH || r < 14 || fabs(atan2(dx, dy)) > SECTOR_HALF_ANGLE)
        return;
    int base = echo(x, y, r, beat);
    int value = base + sample_noise_about(noise, base / 3 + 8);
    value = value < 0 ? 0 : value > 255 ? 255 : value;
    out[0] = out[1] = out[2] = (uint8_t)value;
    int strength = 150 + sample_noise_about(noise, 60);
    if (jet(x, y, beat, true)) { /* towards the transducer is red, away is blue */
        out[0] = (uint8_t)strength;
        out[1] = (uint8_t)(strength / 4);
        out[2] = 20;
    } else if (jet(x, y, beat, false)) {
        out[0] = 20;
        out[1] = (uint8_t)(strength / 3);
        out[2] = (uint8_t)strength;
    }
}

static void us_scale(uint8_t *frame)
{
    for (int depth = 0; depth <= (int)SECTOR_DEPTH; depth += 22) /* a tick each centimetre */
        for (int x = US_WIDTH - 12; x < US_WIDTH - (depth % 110 ? 8 : 3); x++)
            memset(frame + (size_t)((10 + depth) * US_WIDTH + x) * 3, 200, 3);
}

static void us_region(dw_elements *set)
{
    double delta = 1.0 / 22; /* 22 pixels a centimetre */
    dw_elements *item = dw_elements_new();
    dw_elements_u16(item, 0x00186012, 1); /* 2D tissue */
    dw_elements_u16(item, 0x00186014, 2); /* colour flow is in it */
    dw_elements_u32(item, 0x00186016, 2);
    dw_elements_u32(item, 0x00186018, 0);
    dw_elements_u32(item, 0x0018601A, 0);
    dw_elements_u32(item, 0x0018601C, US_WIDTH - 1);
    dw_elements_u32(item, 0x0018601E, US_HEIGHT - 1);
    dw_elements_u16(item, 0x00186024, 3); /* cm */
    dw_elements_u16(item, 0x00186026, 3);
    dw_elements_bytes(item, 0x0018602C, "FD", &delta, sizeof delta);
    dw_elements_bytes(item, 0x0018602E, "FD", &delta, sizeof delta);
    dw_elements_item(set, 0x00186011, item);
}

void sample_make_us(struct sample *sample, dw_elements *set)
{
    (void)sample;
    size_t frame_bytes = (size_t)US_WIDTH * US_HEIGHT * 3;
    uint8_t *pixels = malloc(frame_bytes * US_FRAMES);
    struct sample_noise noise = {.state = 77};
    for (int f = 0; pixels && f < US_FRAMES; f++) {
        double beat = 0.5 - 0.5 * cos(2 * M_PI * f / US_FRAMES);
        uint8_t *frame = pixels + frame_bytes * (size_t)f;
        for (int y = 0; y < US_HEIGHT; y++)
            for (int x = 0; x < US_WIDTH; x++)
                us_pixel(frame + (size_t)(y * US_WIDTH + x) * 3, x, y, beat, &noise);
        us_scale(frame);
    }
    dw_elements_text(set, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\TTE\\0011");
    dw_elements_text(set, 0x00180015, "CS", "HEART");
    dw_elements_text(set, 0x00181063, "DS", "50");
    us_region(set);
    dw_elements_text(set, 0x00200020, "CS", "");
    sample_pixels(set, US_HEIGHT, US_WIDTH, 3, 8);
    dw_elements_textf(set, 0x00280008, "IS", "%d", US_FRAMES);
    dw_elements_tag(set, 0x00280009, 0x00181063);
    dw_elements_u16(set, 0x00280014, 1); /* Ultrasound Color Data Present */
    dw_elements_text(set, 0x00280301, "CS", "NO");
    dw_elements_text(set, 0x00282110, "CS", "00");
    if (pixels)
        dw_elements_bytes(set, 0x7FE00010, "OB", pixels, frame_bytes * US_FRAMES);
    free(pixels);
}

/* --- digital radiography: a chest from the front --- */

#define DX_EDGE 1024

static double soft(double distance, double width) /* 1 inside (distance < 1), 0 outside */
{
    double t = (1 - distance) / width + 0.5;
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

/* How much lies in the beam at (x, y), -1 to 1 each: bright is dense. */
static double density(double x, double y)
{
    double body = soft(ring(x, y, 0, 0.25, 0.92, 1.25), 0.05);
    double neck = soft(ring(x, y, 0, -0.95, 0.26, 0.40), 0.08);
    double d = 0.62 * (body > neck ? body : neck);
    double lung_l = soft(ring(x, y, 0.40, -0.02, 0.30, 0.62), 0.10);
    double lung_r = soft(ring(x, y, -0.41, -0.04, 0.31, 0.60), 0.10);
    double air = lung_l > lung_r ? lung_l : lung_r;
    d -= 0.42 * air;
    double heart = soft(ring(x, y, 0.16, 0.28, 0.27, 0.25), 0.12);
    d += 0.24 * heart * (1 - 0.3 * fabs(x));
    d += 0.20 * soft(ring(x, y, 0, 0, 0.085, 1.2), 0.25);           /* spine and mediastinum */
    d += 0.04 * (sin(y * 42) > 0.6 && fabs(x) < 0.08);              /* discs between vertebrae */
    d += 0.30 * soft(ring(x, y, 0.30, 1.02, 1.1, 0.42), 0.10) * (1 - air) * body; /* liver, stomach */
    for (int rib = 0; rib < 9; rib++) {
        double top = -0.62 + 0.155 * rib, side = fabs(x);
        double line = top + 0.34 * (side - 0.1) * (side - 0.1) * 2.2;
        if (side > 0.07 && side < 0.80 && body > 0.9)
            d += 0.085 * soft(fabs(y - line) / 0.024, 0.6) * (1.1 - side * 0.4);
    }
    double clavicle = -0.66 - 0.16 * fabs(x);
    if (fabs(x) > 0.06 && fabs(x) < 0.72)
        d += 0.13 * soft(fabs(y - clavicle) / 0.024, 0.5);
    return d;
}

static void dx_modules(dw_elements *set)
{
    dw_elements_text(set, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\");
    dw_elements_text(set, 0x00080022, "DA", "20260312");
    dw_elements_text(set, 0x00080032, "TM", "100300");
    dw_elements_text(set, 0x00080068, "CS", "FOR PRESENTATION");
    dw_elements_code(set, 0x00082218, "51185008", "SCT", "Chest");
    dw_elements_text(set, 0x00180015, "CS", "CHEST");
    dw_elements_text(set, 0x00180060, "DS", "120");
    dw_elements_text(set, 0x00181164, "DS", "0.4\\0.4");
    dw_elements_text(set, 0x00181508, "CS", "NONE");
    dw_elements_text(set, 0x00185101, "CS", "PA");
    dw_elements_text(set, 0x00187004, "CS", "DIRECT");
    dw_elements_text(set, 0x00200020, "CS", "L\\F");
    dw_elements_text(set, 0x00200062, "CS", "U");
    dw_elements_text(set, 0x00280301, "CS", "NO");
    dw_elements_text(set, 0x00281040, "CS", "LOG");
    int16_t sign = 1;
    dw_elements_bytes(set, 0x00281041, "SS", &sign, sizeof sign);
    dw_elements_text(set, 0x00281050, "DS", "2048");
    dw_elements_text(set, 0x00281051, "DS", "4096");
    dw_elements_text(set, 0x00281052, "DS", "0");
    dw_elements_text(set, 0x00281053, "DS", "1");
    dw_elements_text(set, 0x00281054, "LO", "US");
    dw_elements_text(set, 0x00282110, "CS", "00");
    dw_elements_item(set, 0x00400555, NULL);
    dw_elements_code(set, 0x00540220, "272479007", "SCT", "postero-anterior");
    dw_elements_text(set, 0x20500020, "CS", "IDENTITY");
}

void sample_make_dx(struct sample *sample, dw_elements *set)
{
    (void)sample;
    size_t count = (size_t)DX_EDGE * DX_EDGE;
    uint16_t *pixels = malloc(count * sizeof *pixels);
    struct sample_noise noise = {.state = 4711};
    for (int row = 0; pixels && row < DX_EDGE; row++)
        for (int column = 0; column < DX_EDGE; column++) {
            double d = density(2.0 * column / DX_EDGE - 1, 2.0 * row / DX_EDGE - 1);
            int value = (int)(d * 3600) + 120 + sample_noise_about(&noise, 40);
            pixels[(size_t)row * DX_EDGE + (size_t)column] =
                (uint16_t)(value < 0 ? 0 : value > 4095 ? 4095 : value);
        }
    dx_modules(set);
    sample_pixels(set, DX_EDGE, DX_EDGE, 1, 12);
    if (pixels)
        dw_elements_bytes(set, 0x7FE00010, "OW", pixels, count * 2);
    free(pixels);
}
