/** For the implementations of check/source.h only. */
#ifndef DW_CHECK_SOURCE_PRIVATE_H
#define DW_CHECK_SOURCE_PRIVATE_H
#include "base/text.h"
#include "check/source.h"

void dw_check_source_set_image(dw_check_source *source, const struct dw_blocks *blocks,
                         const struct dw_iso_volume *volume); /**< volume may be NULL */
void dw_check_source_set_trouble(dw_check_source *source, const char *sentence);
void dw_check_source_add_other(dw_check_source *source);

#endif
