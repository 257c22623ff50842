/** PTBurn's status files, as its service writes them: INI in the code page of the server or in UTF-16. They lie on a
 * share that others may write to and are rewritten while we read: any bytes are taken, everything is bounded, and
 * what is not there is not known. */
#ifndef DW_ROBOT_PTBURN_STATUS_H
#define DW_ROBOT_PTBURN_STATUS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "robot/ptburn/job.h"

#define DW_PTBURN_STATUS_FILE_MAX (1024 * 1024) /* bytes */
#define DW_PTBURN_LINES_MAX 20000
#define DW_PTBURN_VALUE_MAX 200                 /* bytes of a name or a value, UTF-8; longer ones are cut */
#define DW_PTBURN_ROBOTS_MAX 8                  /* of one server */
#define DW_PTBURN_DRIVES_MAX 10                 /* of one robot */
#define DW_PTBURN_CARTRIDGES_MAX 5

/** One file. */
typedef struct dw_ptburn_ini dw_ptburn_ini;
/** A last line without an end may be torn: it counts only if settled, that is if the file was read twice and was the
 * same. DW_ERR_LIMIT: too large, or too many lines. free: dw_ptburn_ini_free() */
DW_MUST_CHECK dw_status dw_ptburn_ini_parse(const void *data, size_t size, bool settled, dw_ptburn_ini **out,
                                            struct dw_error *err);
void dw_ptburn_ini_free(dw_ptburn_ini *ini);
/** NULL: not there. Sections and keys whatever their case; the first of a name wins. */
const char *dw_ptburn_ini_text(const dw_ptburn_ini *ini, const char *section, const char *key);
/** missing: not there, no whole number, or out of range. */
int64_t dw_ptburn_ini_int(const dw_ptburn_ini *ini, const char *section, const char *key, int64_t min, int64_t max,
                          int64_t missing);
/** One after the other, from 0; false: that was the last. *key is NULL where a section begins. */
bool dw_ptburn_ini_at(const dw_ptburn_ini *ini, size_t i, const char **section, const char **key);
bool dw_ptburn_ini_is_wide(const dw_ptburn_ini *ini); /**< it was UTF-16 */
bool dw_ptburn_ini_has_section(const dw_ptburn_ini *ini, const char *section);

struct dw_ptburn_cartridge {
    int type;    /**< 1 colour, 2 black, 3 yellow, 4 cyan, 5 magenta, 6 all in one; others may come */
    int percent; /**< that is left */
};
/** "black ink" */
const char *dw_ptburn_ink_name(int type);

/** SystemStatus.txt */
struct dw_ptburn_robot {
    char name[DW_PTBURN_ROBOT_NAME_MAX];
    char status_file[DW_PTBURN_ROBOT_NAME_MAX]; /**< a plain file name, else "" */
    int error;                                  /**< SysErrorNumber; -1: not told */
    int type;                                   /**< RobotType; -1: not told */
    int drives;                                 /**< 0: not told */
    int jobs;                                   /**< running; -1: not told */
    bool left_bin, right_bin;                   /**< there is one */
    int left, right;                            /**< discs in it; -1: unknown */
    struct dw_ptburn_cartridge cartridge[DW_PTBURN_CARTRIDGES_MAX]; /**< those that are there and tell, from the left */
    int cartridges;
    int kiosk;                                  /**< 1 on, 0 off, -1 not told */
};
struct dw_ptburn_server {
    struct dw_ptburn_robot robot[DW_PTBURN_ROBOTS_MAX];
    int robots;
    char pulse[2 * DW_PTBURN_VALUE_MAX]; /**< what goes on changing while the service lives; "": nothing does */
    bool wide;                           /**< written by the Unicode build of PTBurn */
    int64_t free_mb;                     /**< on the disk of the share; -1: not told */
    char version[40];                    /**< of PTBurn; "": not told */
};
void dw_ptburn_server_read(const dw_ptburn_ini *ini, struct dw_ptburn_server *out);

/** "Disc Publisher 4100", or "unknown model (99)". */
void dw_ptburn_model(int type, char *out, size_t size);

/** CurrentStatusState */
enum dw_ptburn_doing {
    DW_PTBURN_DOING_UNKNOWN = -1,
    DW_PTBURN_RECORDING = 0,
    DW_PTBURN_READING = 1,
    DW_PTBURN_VERIFYING = 2,
    DW_PTBURN_PRINTING = 3,
    DW_PTBURN_LOADING = 4,
    DW_PTBURN_UNLOADING = 5,
    DW_PTBURN_WAIT_PRINTER = 6,
    DW_PTBURN_WAIT_RECORDER = 7,
    DW_PTBURN_FINISHING = 8,
    DW_PTBURN_REJECTING = 9,
    DW_PTBURN_COMPLETE = 10,
    DW_PTBURN_PAUSED = 11,
    DW_PTBURN_RESUMED = 12,
    DW_PTBURN_ABORTED = 13,
    DW_PTBURN_INITIALISING = 14,
    DW_PTBURN_FAILED = 15,
    DW_PTBURN_PREMASTERING = 16,
    DW_PTBURN_SYSTEM_OK = 17,
    DW_PTBURN_MOVED = 18,
};
/** JobState */
enum dw_ptburn_job_state {
    DW_PTBURN_JOB_UNKNOWN = -1,
    DW_PTBURN_JOB_NOT_STARTED = 0,
    DW_PTBURN_JOB_RUNNING = 1,
    DW_PTBURN_JOB_COMPLETED = 2,
    DW_PTBURN_JOB_FAILED = 3,
    DW_PTBURN_JOB_MOVED = 4, /**< to another robot: it is in that one's file */
};
/** What a robot's own file says of one job. */
struct dw_ptburn_job_status {
    enum dw_ptburn_doing doing;
    enum dw_ptburn_job_state state;
    int good, bad;     /**< discs; -1: not told */
    int error;         /**< JobErrorNumber; 0 also when not told */
    int disc_error;    /**< the last DiscErrorNumberX; 0: none */
    int drive;         /**< index of the drive that has its disc; -1: none, or not told */
    int drive_state;   /**< DriveStateX; -1 */
    int drive_percent; /**< -1 */
};
/** false: the file does not know the job. */
bool dw_ptburn_job_status_read(const dw_ptburn_ini *ini, const char *stem, struct dw_ptburn_job_status *out);
/** SysErrorNumber of a robot's own file; missing: not told. */
int dw_ptburn_robot_error(const dw_ptburn_ini *ini, int missing);

#endif
