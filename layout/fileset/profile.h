/** Application profiles (PS3.11): what may lie on which medium. One constant table. */
#ifndef DW_LAYOUT_FILESET_PROFILE_H
#define DW_LAYOUT_FILESET_PROFILE_H
#include <stdbool.h>
#include "base/error.h"
#include "burn/image/plan.h"
#include "dicom/uid.h"

struct dw_profile {
    const char *name;                    /**< identifier as in PS3.11: "STD-GEN-CD" */
    enum dw_media media;
    const char *const *transfer_syntaxes; /**< allowed for instances; ends with NULL */
    bool rows_required;                  /**< Rows and Columns are type 1 keys of IMAGE (H.3-2) */
};
const struct dw_profile *dw_profile_table(size_t *out_count);
const struct dw_profile *dw_profile_of_media(enum dw_media media); /**< never NULL */
/** name "" or NULL: that of the medium. DW_ERR_INVALID: unknown, or for another medium. */
DW_MUST_CHECK dw_status dw_profile_choose(const char *name, enum dw_media media,
                                          const struct dw_profile **out, struct dw_error *err);

enum dw_verdict {
    DW_VERDICT_TAKE,    /**< goes on the disc as it is */
    DW_VERDICT_CONVERT, /**< needs to be made Explicit VR Little Endian first */
    DW_VERDICT_REFUSE,  /**< cannot lie on such a disc: reason */
};
/** Class and syntax are NULL when unknown; has_meta: the file is a Part 10 file already. *out_reason: one
 *  sentence for DW_VERDICT_REFUSE, constant text. */
enum dw_verdict dw_profile_judge(const struct dw_profile *profile,
                                 const struct dw_sop_class *sop_class,
                                 const struct dw_transfer_syntax *syntax, bool has_meta,
                                 const char **out_reason);

#endif
