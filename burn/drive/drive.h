/** A drive and the disc in it: looked at and written through libburn. One drive in a process at a time, as
 *  libburn's queue and drive list are global (DW_ERR_BUSY).
 *
 *  address: "/dev/sr0" or another block device of a drive, or "stdio:/path/of/file": a file that plays a disc.
 *  Such a disc is always blank and as large as its file system; kind and capacity come from whoever keeps it. */
#ifndef DW_BURN_DRIVE_DRIVE_H
#define DW_BURN_DRIVE_DRIVE_H
#include "base/limits.h"
#include "burn/drive/media.h"
#include "burn/drive/sense.h"
#include "burn/image/stream.h"

typedef struct dw_drive dw_drive;

enum dw_drive_state { DW_DRIVE_NONE, DW_DRIVE_BLANK, DW_DRIVE_WRITTEN, DW_DRIVE_UNSUITABLE };
struct dw_drive_disc {
    enum dw_drive_state state;
    const struct dw_medium *medium; /**< NULL: of no kind we write to, or a stdio: file */
    char profile_name[80];          /**< as the drive says it; may be "" */
    uint64_t free_bytes;            /**< what can be written now */
};
struct dw_burn_options {
    uint32_t speed_kbps; /**< 0: fastest */
    bool finalize;       /**< close the disc: nothing can be added. False only for tests of drives */
};
/** What is known while a disc is written. */
struct dw_burn_live {
    const char *stage;                /**< "burning", then "closing" */
    uint64_t done_bytes, total_bytes; /**< given to the drive, of all; equal when the disc is closed */
    uint32_t speed_kbps;              /**< of the last seconds; 0: not known yet */
    int buffer_percent;               /**< how full the drive's own buffer is; -1: it does not tell */
    int64_t left_s;                   /**< until all is written; -1: not known yet */
};
typedef dw_status dw_burn_live_fn(void *ctx, const struct dw_burn_live *live, struct dw_error *err);

bool dw_drive_is_file(const char *address); /**< begins with "stdio:" */
/** Take the drive for ourselves. Blocks for some seconds while a disc spins up. DW_ERR_INVALID: no such form
 *  of address; DW_ERR_NOT_FOUND; DW_ERR_BUSY: another program has it. free: dw_drive_close(). */
DW_MUST_CHECK dw_status dw_drive_open(const char *address, dw_drive **out, struct dw_error *err);
void dw_drive_close(dw_drive *drive); /**< leaves the tray as it is */
DW_MUST_CHECK dw_status dw_drive_disc(dw_drive *drive, struct dw_drive_disc *out,
                                      struct dw_error *err);
/** The whole stream as the only session of a blank disc, one track, its size known beforehand: CD, DVD-R and DVD-RW
 *  session at once, DVD+R and BD-R in a track that was reserved. The drive's buffer never runs dry: its underrun
 *  protection is on. Blocks until the disc is closed. A stream that fails fails the burn with its own sentence;
 *  nothing is padded. A non-OK live cancels. After any failure the disc is wasted.
 *  A blank BD-R is not formatted: it gets no spare area, so that the drive neither halves its speed nor moves bad
 *  blocks to where reading back would not see that the disc is poor. One that has a spare area is taken as it is.
 *  A new BD-RE or DVD+RW is formatted as it must be; one that holds a volume is not blank. As they end where the
 *  medium does, the anchors of a UDF volume are written there too.
 *  Before a byte is written: DW_ERR_NOT_FOUND: no disc; DW_ERR_CONFLICT: not blank; DW_ERR_UNSUPPORTED: another kind
 *  of medium than the plan's; DW_ERR_LIMIT: too small. Of a stdio: file what was in it is gone first. */
DW_MUST_CHECK dw_status dw_drive_burn(dw_drive *drive, const dw_plan *plan, dw_stream *stream,
                                      const struct dw_burn_options *options, dw_burn_live_fn *live,
                                      void *ctx, struct dw_error *err);
/** What is counted belongs to these two: the drive's serial, and the make of the disc in it. "" where it does not
 *  tell, and of a stdio: file. */
void dw_drive_identity(dw_drive *drive, char serial[DW_DRIVE_SERIAL_MAX], char lot[DW_DISC_LOT_MAX]);
/** Why dw_drive_burn() failed last; NONE: it did not, or it was cancelled. */
enum dw_burn_fault dw_drive_fault(const dw_drive *drive);
/** Why dw_drive_open() or dw_readback_open() failed with this sentence. */
enum dw_burn_fault dw_drive_open_fault(const struct dw_error *err);

#endif
