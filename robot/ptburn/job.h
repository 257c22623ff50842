/** What is written for PTBurn: job files (.JRQ) and messages (.PTM). ASCII, CRLF, one "Key = Value" a line; nothing
 * here touches a file. The service opens every path from its own side, so a path below our mount point is written
 * as the server knows it. */
#ifndef DW_ROBOT_PTBURN_JOB_H
#define DW_ROBOT_PTBURN_JOB_H
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/text.h"

#define DW_PTBURN_STEM_MAX 31       /* 30 characters: job id, section and message name agree */
#define DW_PTBURN_ROBOT_NAME_MAX 80
#define DW_PTBURN_SERVER_PATH_MAX 240 /* what Windows programs of that time open */

/** The same folder, as we see it and as the server does. */
struct dw_ptburn_paths {
    const char *local;  /**< "/mnt/ptburn" */
    const char *server; /**< "\\\\SERVER\\PTBurnJobs" or "C:\\PTBurnJobs" */
};
/** path lies below paths->local. DW_ERR_INVALID: it does not; or what the server would read holds a character that a
 * job file gives another meaning, or that is no ASCII. DW_ERR_LIMIT: longer than DW_PTBURN_SERVER_PATH_MAX. */
DW_MUST_CHECK dw_status dw_ptburn_path(const struct dw_ptburn_paths *paths, const char *path, char *out, size_t size,
                                       struct dw_error *err);
/** Is this a name the service can call its folder by: a share or a drive letter, absolute, ASCII? */
DW_MUST_CHECK dw_status dw_ptburn_server_path_check(const char *server, struct dw_error *err);

/** BinID: from where a blank is taken and where its disc comes out. */
enum dw_ptburn_bin {
    DW_PTBURN_BIN_AUTO = 0,  /**< right bin to left bin; in kiosk mode both bins to the front */
    DW_PTBURN_BIN_LEFT = 1,  /**< left bin to the front */
    DW_PTBURN_BIN_RIGHT = 2, /**< right bin to the front */
};
struct dw_ptburn_job {
    const char *stem;   /**< of its file, its folder and its section; also its JobID */
    const char *client; /**< needed again to abort it */
    const char *robot;  /**< as the server calls it; "" leaves it to the server */
    const char *image;  /**< local paths */
    const char *label;  /**< "" none */
    enum dw_ptburn_bin bin;
    int speed;          /**< times; 0: the fastest */
    int64_t quality;    /**< 0 to 4; -1: as the Windows driver is set */
};
/** The whole file of one disc. DW_ERR_INVALID, DW_ERR_LIMIT: a name or a path that cannot be written. */
DW_MUST_CHECK dw_status dw_ptburn_job_write(const struct dw_ptburn_job *job, const struct dw_ptburn_paths *paths,
                                            struct dw_buf *out, struct dw_error *err);

/** What may be sent to the service. Nothing that runs a program on it or stops it. */
enum dw_ptburn_message {
    DW_PTBURN_ABORT,
    DW_PTBURN_IGNORE_INK,
    DW_PTBURN_ALIGN,
    DW_PTBURN_CHECK_BINS,
    DW_PTBURN_KIOSK_ON,
    DW_PTBURN_KIOSK_OFF,
    DW_PTBURN_MESSAGE_COUNT
};
/** client: of the job, for ABORT. robot: "" the first one; not for ABORT. */
DW_MUST_CHECK dw_status dw_ptburn_message_write(enum dw_ptburn_message message, const char *client, const char *robot,
                                                struct dw_buf *out, struct dw_error *err);
const char *dw_ptburn_message_name(enum dw_ptburn_message message); /**< "IGNORE_INKLOW" */

#endif
