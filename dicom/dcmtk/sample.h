/** Synthetic patients: valid objects with pictures one recognises, and large series for measuring.
 *  Nobody's data. The same seed gives the same bytes. */
#ifndef DW_DICOM_DCMTK_SAMPLE_H
#define DW_DICOM_DCMTK_SAMPLE_H
#include <stdint.h>
#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Called after every file; non-OK ends it and is returned. */
typedef dw_status dw_sample_progress_fn(void *ctx, uint64_t done, uint64_t total,
                                        struct dw_error *err);

/** One study of one patient (a name in ISO_IR 192): 64 CT slices of a head, an ultrasound clip, a chest
 *  DX, a text report and a PDF, as folder/IM0001.dcm and so on. folder is made; `seed` is any text.
 *  *out_files (may be NULL): files written. */
DW_MUST_CHECK dw_status dw_sample_write(const char *folder, const char *seed,
                                        dw_sample_progress_fn *progress, void *ctx,
                                        uint64_t *out_files, struct dw_error *err);

struct dw_sample_bench { /* plain data */
    uint64_t count;      /**< CT instances, 1 to 1,000,000 */
    uint64_t series;     /**< 1 to count */
    uint64_t bytes;      /**< of one file, about; 2,048 to 16,777,216 */
};
/** The same modules as above, other pixels, folder/SE0001/IM000001 and so on; not fsynced. */
DW_MUST_CHECK dw_status dw_sample_write_bench(const char *folder, const char *seed,
                                              const struct dw_sample_bench *bench,
                                              dw_sample_progress_fn *progress, void *ctx,
                                              struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
