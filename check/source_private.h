/** For the implementations of check/source.h only. */
#ifndef DW_CHECK_SOURCE_PRIVATE_H
#define DW_CHECK_SOURCE_PRIVATE_H
#include "base/text.h"
#include "burn/image/udfread.h"
#include "check/source.h"

void dw_check_source_set_image(dw_check_source *source, const struct dw_blocks *blocks,
                         const struct dw_iso_volume *volume); /**< volume may be NULL */
void dw_check_source_set_udf(dw_check_source *source, bool is_view);
void dw_check_source_set_trouble(dw_check_source *source, const char *sentence);
void dw_check_source_add_other(dw_check_source *source);

/** The UDF view of an image (source_udf.c). */
struct dw_check_udf { /* {0}; free: dw_check_udf_done() */
    dw_udfvol *volume;
    dw_spill *spill; /* of the source */
    struct dw_check_udf_file *files; /* by handle */
    size_t count, cap;
};
void dw_check_udf_done(struct dw_check_udf *udf);
/** Look for a UDF volume; as_view: list its entries too. What is wrong with it becomes the trouble of the
 *  source. DW_ERR_INTERNAL only. */
DW_MUST_CHECK dw_status dw_check_udf_open(struct dw_check_udf *udf, const struct dw_blocks *blocks,
                                          dw_check_source *source, bool as_view, struct dw_error *err);
/** Its bytes lie in successive blocks from entry->lba on. */
bool dw_check_udf_is_contiguous(const struct dw_check_udf *udf, const struct dw_check_source_entry *entry);
DW_MUST_CHECK dw_status dw_check_udf_read(struct dw_check_udf *udf,
                                          const struct dw_check_source_entry *entry, uint64_t offset,
                                          void *out, size_t size, struct dw_error *err);

#endif
