/** What the thread of the share does there: blocking, one call after the other. For share.c alone. */
#ifndef DW_ROBOT_PTBURN_SHARE_LOOK_H
#define DW_ROBOT_PTBURN_SHARE_LOOK_H
#include "robot/ptburn/share.h"

DW_MUST_CHECK dw_status folder_look(const char *path, const char *prefix, struct dw_ptburn_view **out,
                                    struct dw_error *err);
DW_MUST_CHECK dw_status folder_prepare(const char *path, const char *stem, struct dw_error *err);
DW_MUST_CHECK dw_status folder_stage(const char *path, const char *stem, const char *text, bool wide,
                                       struct dw_error *err);
DW_MUST_CHECK dw_status folder_submit(const char *path, const char *stem, struct dw_error *err);
DW_MUST_CHECK dw_status folder_message(const char *path, const char *stem, const char *text, bool wide,
                                       struct dw_error *err);
DW_MUST_CHECK dw_status folder_clean(const char *path, const char *stem, struct dw_error *err);

#endif
