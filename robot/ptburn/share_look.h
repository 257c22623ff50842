/** What is done at the share: blocking, one call after the other. For the thread of share.c, and for report.c. */
#ifndef DW_ROBOT_PTBURN_SHARE_LOOK_H
#define DW_ROBOT_PTBURN_SHARE_LOOK_H
#include "robot/ptburn/share.h"

/** A file below Status, whole. free: dw_ptburn_ini_free() */
DW_MUST_CHECK dw_status folder_status(const char *path, const char *name, dw_ptburn_ini **out, struct dw_error *err);
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
