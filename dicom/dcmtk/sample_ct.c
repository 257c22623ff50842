/* A head in the manner of Shepp and Logan, as ellipsoids of tissue in Hounsfield units. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dicom/dcmtk/sample_parts.h"

#define SPACING_MM 0.46
#define SLICE_MM 2.5
#define NOISE_HU 9

struct ellipsoid { /* later ones replace earlier ones; head radii are about 1 */
    double a, b, c, x, y, z, degrees;
    int hu;
};
static const struct ellipsoid head[] = {
    {0.74, 0.96, 0.92, 0.00, 0.00, 0.00, 0, 55},      /* skin and muscle */
    {0.71, 0.93, 0.89, 0.00, 0.00, 0.00, 0, 1150},    /* skull */
    {0.64, 0.86, 0.82, 0.00, 0.00, 0.00, 0, 12},      /* fluid around the brain */
    {0.62, 0.84, 0.80, 0.00, 0.00, 0.00, 0, 38},      /* grey matter */
    {0.50, 0.70, 0.66, 0.00, 0.00, 0.02, 0, 29},      /* white matter */
    {0.010, 0.80, 0.70, 0.00, 0.02, 0.12, 0, 60},     /* falx */
    {0.09, 0.30, 0.22, 0.13, 0.02, 0.06, -16, 6},     /* ventricles */
    {0.09, 0.30, 0.22, -0.13, 0.02, 0.06, 16, 6},
    {0.05, 0.09, 0.12, 0.00, -0.10, -0.10, 0, 6},
    {0.12, 0.12, 0.14, 0.24, -0.05, -0.06, 0, 43},    /* basal ganglia */
    {0.12, 0.12, 0.14, -0.24, -0.05, -0.06, 0, 43},
    {0.11, 0.09, 0.12, 0.31, 0.42, 0.18, 30, 68},     /* the finding of the report */
    {0.055, 0.04, 0.06, 0.31, 0.42, 0.18, 30, 18},
    {0.15, 0.15, 0.17, 0.23, -0.58, -0.48, 0, 8},     /* eyes */
    {0.15, 0.15, 0.17, -0.23, -0.58, -0.48, 0, 8},
    {0.06, 0.16, 0.18, 0.00, -0.56, -0.56, 0, -980},  /* nasal cavity */
    {0.06, 0.06, 0.07, 0.46, 0.28, -0.60, 0, -700},   /* mastoid cells */
    {0.06, 0.06, 0.07, -0.46, 0.28, -0.60, 0, -700},
    {0.30, 0.20, 0.24, 0.00, 0.52, -0.58, 0, 36},     /* cerebellum */
};

void sample_ct_geometry(const struct sample *sample, dw_elements *set, int i, int count,
                        double spacing_mm)
{
    double z = (i - count / 2.0) * SLICE_MM, corner = -SAMPLE_CT_EDGE / 2.0 * spacing_mm;
    dw_elements_text(set, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
    dw_elements_text(set, 0x00080022, "DA", "20260312");
    dw_elements_text(set, 0x00080032, "TM", "100000");
    dw_elements_text(set, 0x00180015, "CS", "HEAD");
    dw_elements_textf(set, 0x00180050, "DS", "%.1f", SLICE_MM);
    dw_elements_text(set, 0x00180060, "DS", "120");
    dw_elements_text(set, 0x00181030, "LO", "Head standard");
    dw_elements_text(set, 0x00181150, "IS", "1000");
    dw_elements_text(set, 0x00181151, "IS", "250");
    dw_elements_text(set, 0x00181210, "SH", "H30");
    dw_elements_text(set, 0x00185100, "CS", "HFS");
    dw_elements_text(set, 0x00200012, "IS", "1");
    dw_elements_textf(set, 0x00200032, "DS", "%.3f\\%.3f\\%.3f", corner, corner, z);
    dw_elements_text(set, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
    dw_elements_text(set, 0x00200052, "UI", sample->frame_uid);
    dw_elements_text(set, 0x00201040, "LO", "");
    dw_elements_textf(set, 0x00201041, "DS", "%.3f", z);
    dw_elements_textf(set, 0x00280030, "DS", "%.3f\\%.3f", spacing_mm, spacing_mm);
    dw_elements_text(set, 0x00281050, "DS", "40");
    dw_elements_text(set, 0x00281051, "DS", "90");
    dw_elements_text(set, 0x00281052, "DS", "-1024");
    dw_elements_text(set, 0x00281053, "DS", "1");
    dw_elements_text(set, 0x00281054, "LO", "HU");
}

struct cut { /* an ellipsoid at one height: an ellipse, ready to be asked */
    double cos, sin, x, y, inv_a2, inv_b2;
    int hu;
};

static size_t cut_at(double z, struct cut out[DW_ARRAY_LEN(head)])
{
    size_t n = 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(head); i++) {
        const struct ellipsoid *e = &head[i];
        double rest = 1 - (z - e->z) * (z - e->z) / (e->c * e->c);
        if (rest <= 0)
            continue;
        double radians = e->degrees * M_PI / 180;
        out[n++] = (struct cut){.cos = cos(radians),
                                .sin = sin(radians),
                                .x = e->x,
                                .y = e->y,
                                .inv_a2 = 1 / (e->a * e->a * rest),
                                .inv_b2 = 1 / (e->b * e->b * rest),
                                .hu = e->hu};
    }
    return n;
}

static int tissue(const struct cut *cuts, size_t count, double x, double y)
{
    for (size_t i = count; i-- > 0;) {
        double dx = x - cuts[i].x, dy = y - cuts[i].y;
        double u = dx * cuts[i].cos + dy * cuts[i].sin, v = dy * cuts[i].cos - dx * cuts[i].sin;
        if (u * u * cuts[i].inv_a2 + v * v * cuts[i].inv_b2 <= 1)
            return cuts[i].hu;
    }
    return -1000;
}

void sample_make_ct(struct sample *sample, int slice, dw_elements *set)
{
    size_t count = (size_t)SAMPLE_CT_EDGE * SAMPLE_CT_EDGE;
    uint16_t *pixels = malloc(count * sizeof *pixels);
    struct cut cuts[DW_ARRAY_LEN(head)];
    struct sample_noise noise = {.state = (uint64_t)slice + 1};
    double z = -0.86 + 1.76 * slice / (SAMPLE_CT_SLICES - 1);
    size_t n = cut_at(z, cuts);
    double middle = (SAMPLE_CT_EDGE - 1) / 2.0, radius = SAMPLE_CT_EDGE / 2.0 / 1.06;
    for (int row = 0; pixels && row < SAMPLE_CT_EDGE; row++)
        for (int column = 0; column < SAMPLE_CT_EDGE; column++) {
            int hu = tissue(cuts, n, (column - middle) / radius, (row - middle) / radius);
            int value = hu + 1024 + sample_noise_about(&noise, NOISE_HU);
            pixels[row * SAMPLE_CT_EDGE + column] = (uint16_t)(value < 0 ? 0 : value);
        }
    sample_ct_geometry(sample, set, slice, SAMPLE_CT_SLICES, SPACING_MM);
    sample_pixels(set, SAMPLE_CT_EDGE, SAMPLE_CT_EDGE, 1, 12);
    if (pixels)
        dw_elements_bytes(set, 0x7FE00010, "OW", pixels, count * 2);
    free(pixels);
}
