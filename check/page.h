/** What an HTML page refers to: enough of its grammar to find elements and attributes, whatever is wrong with it. */
#ifndef DW_CHECK_PAGE_H
#define DW_CHECK_PAGE_H
#include <stdbool.h>
#include <stddef.h>
#include "base/limits.h"

struct dw_check_link {
    char element[16];   /**< lower case: "a", "img", "script" */
    char attribute[16]; /**< "href", "src"; "" for the element itself, which comes first; "url" for what a style fetches */
    char target[DW_PATH_MAX]; /**< with %20 and &amp; read, cut off at '#' and '?'; "" if only that was there */
};
typedef void dw_check_link_fn(void *ctx, const struct dw_check_link *link);
/** Calls fn for each element, and for each attribute of it that names a place. Comments are passed over. */
void dw_check_page_read(const char *text, size_t size, dw_check_link_fn *fn, void *ctx);

enum dw_check_target {
    DW_TARGET_NOTHING,  /**< a place of the same page, mail, a telephone, a script: none of the disc's */
    DW_TARGET_ABSOLUTE, /**< by a host, a drive or the root: it depends on where the disc is mounted */
    DW_TARGET_PATH,     /**< a path of the disc */
    DW_TARGET_OUTSIDE,  /**< it climbs above the root, or is too long */
};
/** Where a target leads from the page at this path; out is filled for DW_TARGET_PATH: "/IHE_PDI/INDEX.HTM". */
enum dw_check_target dw_check_page_resolve(const char *page, const char *target, char out[DW_PATH_MAX]);

#endif
