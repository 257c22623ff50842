/** The words of `discwright disc` and `discwright fileset`, which take the same ones. */
#ifndef DW_LAYOUT_OFFLINEARGS_H
#define DW_LAYOUT_OFFLINEARGS_H
#include "layout/offline.h"

struct dw_offline_args {
    struct dw_offline_opts opts; /**< work, progress and spawner are the caller's to set */
    const char *out;
    bool link;                   /**< fileset: hard links instead of copies where that is possible */
    bool help;
};
/** argv[0] is the command; takes_link: it knows --link. Strings and paths are borrowed from argv, whose order
 *  may change. The time is now, unless SOURCE_DATE_EPOCH is set: then that, and a seed made from it, so that the
 *  same objects give the same image. DW_ERR_INVALID: one sentence about what is wrong. */
DW_MUST_CHECK dw_status dw_offline_args_read(int argc, char **argv, bool takes_link,
                                             struct dw_offline_args *out, struct dw_error *err);
/** What --help prints about them. */
extern const char dw_offline_args_help[];

#endif
