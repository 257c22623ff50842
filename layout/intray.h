/** Files and folders that a person named -> DICOM objects, scanned by several threads, handed over one by
 *  one in the order of the files. Memory is bounded by the list of paths. */
#ifndef DW_LAYOUT_INTRAY_H
#define DW_LAYOUT_INTRAY_H
#include <stdint.h>
#include "base/error.h"
#include "base/text.h"
#include "dicom/object.h"
#include "layout/fileset/arena.h"

struct dw_intray { /* {0}; free: dw_intray_done() */
    struct dw_arena arena;
    const char **paths;
    size_t count, cap;
};
void dw_intray_done(struct dw_intray *intray);
/** Every regular file below path (or path itself), in byte order of the names. DW_ERR_LIMIT: more than
 *  DW_TREE_ENTRIES_MAX in all. */
DW_MUST_CHECK dw_status dw_intray_list(struct dw_intray *intray, const char *path,
                                       struct dw_error *err);

struct dw_intray_file { /* lent for the call */
    size_t i;                       /**< in intray->paths */
    dw_status st;                   /**< of the scan; text says why, without values */
    const char *text;
    const struct dw_object *object; /**< when st is DW_OK; has_meta is false also when the meta header
                                     *   is incomplete or speaks of another object */
    const struct dw_buf *record;
};
/** Called on the caller's thread for every file, in order. Non-OK ends the scan. */
typedef dw_status dw_intray_fn(void *ctx, const struct dw_intray_file *file, struct dw_error *err);
/** threads 0: as many as there are processors, at most 8. */
DW_MUST_CHECK dw_status dw_intray_scan(const struct dw_intray *intray, unsigned threads,
                                       dw_intray_fn *fn, void *ctx, struct dw_error *err);

#endif
