/** What a robot of some model understands, as a file: named frames with their evidence. Nothing is guessed: a command
 * that a dialect does not have is not available. Files are conf/dialects/NAME.conf, installed beside the programs, and
 * those a site has added in /etc/discwright/dialects. */
#ifndef DW_ROBOT_USB_DIALECT_H
#define DW_ROBOT_USB_DIALECT_H
#include <stdbool.h>
#include "base/limits.h"
#include "robot/usb/pick.h"

#define DW_DIALECT_NAME_MAX 48
#define DW_DIALECT_TEXT_MAX 200
#define DW_DIALECT_FRAME_MAX 64 /* bytes */
#define DW_DIALECT_COMMANDS_MAX 32
#define DW_DIALECT_SETTLE_MAX_MS 600000
#define DW_DIALECTS_MAX 64 /* files of a folder */
#define DW_DIALECT_SITE_FOLDER "/etc/discwright/dialects"

enum dw_evidence { DW_EVIDENCE_CAPTURED, DW_EVIDENCE_DOCUMENTED, DW_EVIDENCE_INFERRED, DW_EVIDENCE_COUNT };
const char *dw_evidence_name(enum dw_evidence level); /**< "CAPTURED" */

struct dw_bytes {
    size_t size;
    uint8_t byte[DW_DIALECT_FRAME_MAX];
};
/** "1b 04 8D", blanks as one likes. false: an odd digit, no hexadecimal, or too many; *out is unchanged. */
DW_MUST_CHECK bool dw_bytes_read(const char *text, struct dw_bytes *out);

enum dw_checksum { DW_CHECKSUM_NONE, DW_CHECKSUM_SUM_ALL, DW_CHECKSUM_SUM_WITHOUT_FIRST, DW_CHECKSUM_COUNT };
const char *dw_checksum_name(enum dw_checksum rule); /**< "none", "sum-all", "sum-without-first" */
/** Over the bytes before the checksum; 0 for none. */
uint8_t dw_checksum(enum dw_checksum rule, const uint8_t *bytes, size_t size);

struct dw_reply { /* what a robot may answer: bytes, of which some do not matter */
    struct dw_bytes bytes;
    bool any[DW_DIALECT_FRAME_MAX];
};
bool dw_reply_fits(const struct dw_reply *reply, const void *bytes, size_t size);

struct dw_dialect_evidence {
    enum dw_evidence level;
    char origin[DW_DIALECT_TEXT_MAX];
};
struct dw_dialect_command {
    char name[DW_DIALECT_NAME_MAX];
    struct dw_bytes frame; /**< complete, as it goes out */
    int settle_ms;         /**< the motion surely is over by then */
    /* Optional; bytes.size 0: this robot does not answer, or nobody has seen what. */
    struct dw_reply done;   /**< reply_done: it has obeyed */
    struct dw_reply missed; /**< reply_missed: it tried to grip, and the gripper is surely empty */
    int reply_ms;           /**< how long to wait for one of these */
    struct dw_dialect_evidence evidence;
};
struct dw_dialect_waits { /* between a tray and the arm, ms; all of them or none (0) are given */
    int tray_in_ms, tray_out_ms, disc_in_ms, over_disc_ms, lifted_ms;
    struct dw_dialect_evidence evidence;
};
struct dw_dialect { /* plain data */
    char name[DW_DIALECT_NAME_MAX]; /**< of its file, without ".conf" */
    char path[DW_PATH_MAX];
    char title[DW_DIALECT_TEXT_MAX];
    struct dw_dialect_evidence evidence;
    struct dw_usb_match match;
    bool only_by_name; /**< a device that matches is not enough: the site has to name this dialect */
    enum dw_checksum checksum;
    struct dw_dialect_evidence frame_evidence;
    struct dw_dialect_waits waits;
    int commands;
    struct dw_dialect_command command[DW_DIALECT_COMMANDS_MAX];
};
/** DW_ERR_INVALID, DW_ERR_LIMIT: the first mistake, with file and line. *out is unchanged then. */
DW_MUST_CHECK dw_status dw_dialect_read(const char *path, struct dw_dialect *out, struct dw_error *err);
/** By its name, the site's folder before ours, or by the absolute path of its file. DW_ERR_NOT_FOUND: none of that name. */
DW_MUST_CHECK dw_status dw_dialect_find(const char *name, struct dw_dialect *out, struct dw_error *err);
/** NULL: not available in this dialect. */
const struct dw_dialect_command *dw_dialect_command(const struct dw_dialect *dialect, const char *name);

/** The dialect that a device speaks by its own match rules: of the site's folder, then of ours. id1284 "": not known.
 *  DW_ERR_NOT_FOUND: none, or only those that must be named; DW_ERR_CONFLICT: two of one folder. A file with a mistake
 *  fails it. */
DW_MUST_CHECK dw_status dw_dialect_of(const struct dw_usb_device *device, const char *id1284, struct dw_dialect *out,
                                      struct dw_error *err);

#endif
