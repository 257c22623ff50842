/** What the sample objects share. Inside this room only. */
#ifndef DW_DICOM_DCMTK_SAMPLE_PARTS_H
#define DW_DICOM_DCMTK_SAMPLE_PARTS_H
#include <stdint.h>
#include "base/limits.h"
#include "base/random.h"
#include "dicom/dcmtk/elements.h"

#define SAMPLE_CT_SLICES 64
#define SAMPLE_CT_EDGE 512

struct sample { /* one study being made */
    struct dw_random_fixed fixed;
    struct dw_random random;
    char study_uid[DW_UID_MAX];
    char frame_uid[DW_UID_MAX];
    char ct_series[DW_UID_MAX];
    char ct_instances[SAMPLE_CT_SLICES][DW_UID_MAX]; /* the report refers to one */
};

/** Small, fast, repeatable noise for pictures (xorshift), apart from the UID source. */
struct sample_noise {
    uint64_t state;
};
uint32_t sample_noise_next(struct sample_noise *noise);
int sample_noise_about(struct sample_noise *noise, int spread); /**< -spread to spread, peaked */

struct sample_series { /* borrowed strings */
    const char *sop_class;
    const char *modality;
    const char *uid;
    const char *description;
    int number;
};
/** Patient, study, series, equipment and SOP Common modules. */
void sample_common(const struct sample *sample, dw_elements *set, const struct sample_series *series,
                   const char *instance_uid, int instance_number);
/** Image Pixel module without the pixels. */
void sample_pixels(dw_elements *set, unsigned rows, unsigned columns, unsigned samples,
                   unsigned bits_stored);
/** Frame of reference, plane and CT Image modules of slice i of count. */
void sample_ct_geometry(const struct sample *sample, dw_elements *set, int i, int count,
                        double spacing_mm);

/** One object each; data set complete. */
void sample_make_ct(struct sample *sample, int slice, dw_elements *set);
void sample_make_us(struct sample *sample, dw_elements *set);
void sample_make_dx(struct sample *sample, dw_elements *set);
void sample_make_sr(struct sample *sample, dw_elements *set);
void sample_make_pdf(struct sample *sample, dw_elements *set);

/** Meta header, data set, file. sop_class and instance are those of set. */
DW_MUST_CHECK dw_status sample_save(dw_elements *set, const char *sop_class, const char *instance_uid,
                                    struct dw_buf *buf, const char *path, struct dw_error *err);

#endif
