/** Carrying discs. Above: what a driver has to offer (for driver authors). Below: the core, which
 * checks arguments, asks the sensors first, serialises calls, writes the journal and decides on
 * retries. A driver only translates. In doubt nothing moves. */
#ifndef DW_ROBOT_MOVER_H
#define DW_ROBOT_MOVER_H
#include <stdbool.h>
#include <stdint.h>
#include "base/limits.h"
#include "robot/interlock.h"
#include "robot/journal.h"
#include "robot/link.h"
#include "robot/place.h"
#include "robot/printer.h"

struct dw_usb_id {
    uint16_t vendor, product; /**< product 0: any */
    uint8_t interface_class;  /**< that it must have; 0: any */
};

/** How one motion ended. */
enum dw_moved {
    DW_MOVED_NO,  /**< the disc lies where it was and the arm is empty: it is safe to try again */
    DW_MOVED_YES, /**< the disc lies at its target and the arm is empty */
    DW_MOVED_UNKNOWN /**< nobody can say: a person looks */
};
const char *dw_moved_name(enum dw_moved moved);

enum dw_mover_caps {
    DW_CAN_SENSE_POSITION = 1 << 0, /**< knows what lies in drives and printer and on the arm */
    DW_CAN_SENSE_PICK = 1 << 1,     /**< notices an empty or a double pick */
    DW_CAN_COUNT_BINS = 1 << 2,     /**< knows how many discs a bin holds */
    DW_CAN_PRINT = 1 << 3,
    DW_CAN_SENSE_INK = 1 << 4,
    DW_IS_SIMULATED = 1 << 5,
    DW_IS_PERSON = 1 << 6,        /**< a person is the arm: robot/person.h */
    DW_HAS_TWO_EXITS = 1 << 7,    /**< good discs and rejected ones come out at different places */
    DW_DELEGATES_VERIFY = 1 << 8, /**< discs are read back by the machine, out of our sight */
    DW_BD_UNPROVEN = 1 << 9,      /**< nobody has said that it can make Blu-ray discs */
    DW_HAS_FIXED_BINS = 1 << 10,  /**< what its bins hold is said in the settings, and not when they are filled */
    DW_CAPS_END = 1 << 11
};

enum dw_sensed { DW_SENSED_UNKNOWN, DW_SENSED_EMPTY, DW_SENSED_DISC };
struct dw_bin_sensed {
    int discs; /**< -1: unknown */
    int capacity;
    char media[8]; /**< a blank of burn/image/blank.h; "" where it does not matter */
    const char *where; /**< "right", "left"; NULL: its name says it all */
    char stock[DW_STOCK_NAME_MAX]; /**< the pile it is of, "" no name: the station's, no driver knows it */
};
struct dw_sensors { /* what the machine says about itself; plain data */
    int drives, bins;
    struct dw_bin_sensed bin[DW_ROBOT_BINS_MAX]; /**< input bins */
    struct dw_bin_sensed output, reject;
    enum dw_sensed arm, in_printer, drive[DW_ROBOT_DRIVES_MAX];
    uint64_t blank_bytes[DW_ROBOT_DRIVES_MAX]; /**< capacity of the disc in the drive; 0: not known
                                                  here */
    char serial[DW_ROBOT_DRIVES_MAX][DW_DRIVE_SERIAL_MAX]; /**< of the drive; "": not known here */
    char lot[DW_ROBOT_DRIVES_MAX][DW_DISC_LOT_MAX];        /**< of the disc in it, likewise */
    const char *fault; /**< row of robot/faults.h that the machine complains of now; NULL: none */
    enum dw_printer_state printer;
    int ink_percent; /**< -1: unknown */
    const char *printer_fault, *printer_sentence; /**< as in struct dw_printer_now */
};

struct dw_mover_driver {
    const char *name; /**< value of robot.driver in discwright.conf */
    const struct dw_usb_id
        *usb_ids;      /**< ends with {0}; udev/ is generated from these; NULL: no USB */
    size_t state_size; /**< bytes of zeroed state the core keeps per robot */
    unsigned caps;     /**< DW_CAN_... */
    /** Optional: what this very machine can besides; asked once, after probe. */
    unsigned (*more_caps)(void *state, dw_link *link);
    /** Identify the device and read its sensors. Moves nothing. */
    dw_status (*probe)(void *state, dw_link *link, struct dw_error *err);
    /** Read the sensors again. Moves nothing. DW_ERR_GONE: *out may say how many drives and bins there are. */
    dw_status (*sense)(void *state, dw_link *link, struct dw_sensors *out, struct dw_error *err);
    /** Carry one disc, trays included. *moved is set on failure too; after DW_MOVED_UNKNOWN the
     * core sends nothing more until a person has answered where the disc and the arm are. */
    dw_status (*move)(void *state, dw_link *link, struct dw_place from, struct dw_place to,
                      enum dw_moved *moved, struct dw_error *err);
    /** With DW_CAN_PRINT: begin to print label_path on the disc in the printer and return; sense()
     * says when it is done. A failure means that nothing was printed. */
    dw_status (*print)(void *state, dw_link *link, const char *label_path, struct dw_error *err);
    /** The row of robot/faults.h for the failure that was returned last; NULL: nothing special. */
    const char *(*last_fault)(void *state);
    /** The optical drive: "stdio:/path", "/dev/sr0", or a name of burn/drive/drives.h, for which the
     * core finds what to open; a disc lies in it. This and drive_written may be called while another
     * thread is inside move. */
    dw_status (*drive_device)(void *state, dw_link *link, int drive, char *out, size_t size,
                              struct dw_error *err);
    /** Optional: drive n says that it has written its disc; not OK: the drive itself reports a
     * failure. */
    dw_status (*drive_written)(void *state, dw_link *link, int drive, struct dw_error *err);
    /** Optional, simulators only: drive n has written so many blocks; not OK: it fails here, before its disc is full. */
    dw_status (*drive_writing)(void *state, dw_link *link, int drive, uint64_t blocks,
                               struct dw_error *err);
    /** Optional: the row of robot/faults.h for the failure that drive_device or drive_written
     * returned last for this drive; NULL: nothing special. Called on the thread of those two. */
    const char *(*drive_fault)(void *state, int drive);
    /** Optional: a person filled or emptied a bin, or (DW_PLACE_PRINTER) changed the ink. discs is
     * how many lie in it now, -1: to the brim; media "": as before. */
    dw_status (*refill)(void *state, dw_link *link, struct dw_place bin, int discs,
                        const char *media, struct dw_error *err);
    /** Optional: the next motion is that of row `disc`. A simulated person knows every disc by its
     * row, as a real one knows it by looking. */
    void (*about)(void *state, int64_t disc);
    /** Optional. A person says: the disc of row `disc` (0: whatever lies at `from`; if it was never picked up, the next
     * one of bin `from`) lies `at` now, and the arm is empty. Where files play discs it is the person's hand. A machine
     * refuses what its sensors contradict; a disc that it still sees and that the person gave up (`at` reject or
     * nowhere) it may put into the reject exit: this is no motion on its own account. */
    dw_status (*put)(void *state, dw_link *link, int64_t disc, struct dw_place from,
                     struct dw_place at, struct dw_error *err);
    /** Optional, simulators only: let something go wrong later (robot/sim_plan.h). */
    dw_status (*inject)(void *state, dw_link *link, const char *faults, struct dw_error *err);
    /** Optional, simulators only: files of the disc delivered last; "" where there is none. */
    dw_status (*delivered_files)(void *state, dw_link *link, char *image, char *label, size_t size,
                                 struct dw_error *err);
};
/** NULL: no such driver. */
const struct dw_mover_driver *dw_mover_driver_find(const char *name);
const struct dw_mover_driver *dw_mover_driver_at(size_t i); /**< NULL: there are no more */

/* --- the core --- */
typedef struct dw_mover dw_mover;
struct dw_mover_opts {
    int drives, bins;    /**< geometry; places outside it are refused */
    int pick_retries;    /**< after DW_MOVED_NO */
    dw_journal *journal; /**< borrowed; NULL: none (tests) */
    const struct dw_printer *printer; /**< borrowed; goes before the driver's own. NULL: none stands beside */
};
/** Probes the device. link is borrowed. All calls may come from any thread; they are done one after
 * the other and block as long as the motion takes. free: dw_mover_free() */
DW_MUST_CHECK dw_status dw_mover_new(const struct dw_mover_driver *driver, dw_link *link,
                                     const struct dw_mover_opts *opts, dw_mover **out,
                                     struct dw_error *err);
void dw_mover_free(dw_mover *mover);
unsigned dw_mover_caps(const dw_mover *mover);
const char *dw_mover_name(const dw_mover *mover);
/** DW_ERR_GONE: the machine is away; *out tells its drives and bins where its driver knows them without it (drives > 0). */
DW_MUST_CHECK dw_status dw_mover_sense(dw_mover *mover, struct dw_sensors *out,
                                       struct dw_error *err);
/** Carry one disc. *moved is always set. DW_ERR_INVALID: no such place or no such way;
 * DW_ERR_NOT_FOUND: the bin is empty; DW_ERR_CONFLICT: sensors contradict the order, or an earlier
 * motion is still in doubt. Tried again up to pick_retries times while the driver says DW_MOVED_NO.
 */
DW_MUST_CHECK dw_status dw_mover_move(dw_mover *mover, struct dw_place from, struct dw_place to,
                                      enum dw_moved *moved, struct dw_error *err);
/** The same with a line in the journal before and after; `disc` is the number of its row. */
DW_MUST_CHECK dw_status dw_mover_carry(dw_mover *mover, int64_t disc, struct dw_place from,
                                       struct dw_place to, enum dw_moved *moved,
                                       struct dw_error *err);
/** Begin to print; sense() tells the end. */
DW_MUST_CHECK dw_status dw_mover_print(dw_mover *mover, int64_t disc, const char *label_path,
                                       struct dw_error *err);
/** True after DW_MOVED_UNKNOWN: no motion is sent until dw_mover_answered(). */
bool dw_mover_in_doubt(dw_mover *mover);
/** A person has put the disc `at` (DW_PLACE_NONE: out of the robot) and freed the arm. Journalled.
 * Ends the doubt if this disc was the one in doubt, or none was. */
DW_MUST_CHECK dw_status dw_mover_answered(dw_mover *mover, int64_t disc, struct dw_place at,
                                          struct dw_error *err);
/** A person has taken whatever lay at `place` (drive or printer) out of the robot. */
DW_MUST_CHECK dw_status dw_mover_cleared(dw_mover *mover, struct dw_place place,
                                         struct dw_error *err);
/** Row of robot/faults.h for the last failure, or NULL. */
const char *dw_mover_last_fault(dw_mover *mover);
DW_MUST_CHECK dw_status dw_mover_refill(dw_mover *mover, struct dw_place bin, int discs,
                                        const char *media, struct dw_error *err);
DW_MUST_CHECK dw_status dw_mover_inject(dw_mover *mover, const char *faults, struct dw_error *err);
/** The printer that stands beside the arm, if there is one: its part of the sensors anew. Never blocks; may be called
 * while another thread waits in dw_mover_carry(). */
void dw_mover_look_at_printer(const dw_mover *mover, struct dw_sensors *sensors);
int dw_mover_printer_fd(const dw_mover *mover); /**< readable when that would change something; -1: none */
/** Before a task may move the tray of a drive. */
struct dw_interlock *dw_mover_interlock(dw_mover *mover);
/** These two do not move and may be called while another thread waits in dw_mover_carry(). */
DW_MUST_CHECK dw_status dw_mover_drive_device(dw_mover *mover, int drive, char *out, size_t size,
                                              struct dw_error *err);
DW_MUST_CHECK dw_status dw_mover_drive_written(dw_mover *mover, int drive, struct dw_error *err);
DW_MUST_CHECK dw_status dw_mover_drive_writing(dw_mover *mover, int drive, uint64_t blocks,
                                               struct dw_error *err);
/** Why one of these two failed last, or NULL. */
const char *dw_mover_drive_fault(dw_mover *mover, int drive);
/** "" and "" when the driver keeps no files. */
DW_MUST_CHECK dw_status dw_mover_delivered_files(dw_mover *mover, char *image, char *label,
                                                 size_t size, struct dw_error *err);

#endif
