/** The hot folder, as a thread that does one thing after the other on it. It is another machine's disk: every call on it
 * may last for minutes or for ever, so that nobody else touches it, and the loop only asks how long the thread has been
 * at it. Names: JOB/ (image and label, private), JOB.TMP -> JOB.JRQ, JOB.PTM, Status/. */
#ifndef DW_ROBOT_PTBURN_SHARE_H
#define DW_ROBOT_PTBURN_SHARE_H
#include "base/limits.h"
#include "robot/ptburn/follow.h"

#define DW_PTBURN_FILES_MAX 4096 /* of ours in the folder */
#define DW_PTBURN_OPS_MAX 4200   /* waiting: one for each disc in mind, and those of people */
#define DW_PTBURN_IMAGE "disc.iso"
#define DW_PTBURN_LABEL "label.jpg"

/** What one look at the folder has found. */
struct dw_ptburn_found {
    char stem[DW_PTBURN_STEM_MAX];
    enum dw_ptburn_file file;
    bool folder; /**< its private folder: file says nothing then */
};
struct dw_ptburn_view {
    struct dw_ptburn_server server;
    dw_ptburn_ini *status[DW_PTBURN_ROBOTS_MAX]; /**< each robot's own file; NULL: not readable now */
    struct dw_ptburn_found *found;               /**< names that begin with our prefix */
    size_t count;
};
void dw_ptburn_view_free(struct dw_ptburn_view *view);
/** The file of a job; NONE: there is none. */
enum dw_ptburn_file dw_ptburn_view_file(const struct dw_ptburn_view *view, const char *stem);
/** What any robot's file knows of a job: where it was moved from counts least. *out_robot is its index. */
bool dw_ptburn_view_job(const struct dw_ptburn_view *view, const char *stem, struct dw_ptburn_job_status *out,
                        int *out_robot);

enum dw_ptburn_op_kind {
    DW_PTBURN_OP_LOOK,
    DW_PTBURN_OP_PREPARE, /**< an empty private folder. DW_ERR_CONFLICT: a job of that name is on the server already */
    DW_PTBURN_OP_STAGE,   /**< text becomes JOB.TMP, on the server's disk */
    DW_PTBURN_OP_SUBMIT,  /**< JOB.TMP becomes JOB.JRQ: from here on it is the service's */
    DW_PTBURN_OP_MESSAGE, /**< text becomes JOB.PTM. DW_ERR_BUSY: one of that name is waiting */
    DW_PTBURN_OP_CLEAN    /**< folder, JOB.TMP and our messages are gone. DW_ERR_BUSY: the service still has the job */
};
struct dw_ptburn_op {
    enum dw_ptburn_op_kind kind;
    int64_t disc; /**< for whoever takes the result */
    char stem[DW_PTBURN_STEM_MAX];
    char *text; /**< owned; NULL: none */
    bool wide;  /**< text is written in UTF-16, which the Unicode build of PTBurn wants */
};
struct dw_ptburn_result {
    struct dw_ptburn_op op; /**< without its text */
    dw_status status;
    struct dw_error err;
    struct dw_ptburn_view *view; /**< of a LOOK that succeeded; the taker's */
};

struct dw_ptburn_share_opts {
    const char *path;   /**< copied */
    const char *prefix; /**< copied; what our names begin with */
    bool at_once;       /**< tests: no thread, an operation is over when it was asked for */
    void (*before)(void *ctx); /**< tests: called on the thread before each operation; NULL: none */
    void *ctx;
};
typedef struct dw_ptburn_share dw_ptburn_share;
DW_MUST_CHECK dw_status dw_ptburn_share_open(const struct dw_ptburn_share_opts *opts, dw_ptburn_share **out,
                                             struct dw_error *err);
/** What waits is forgotten. A thread that does not come back from the share within a second is left behind: the
 * process is about to end. */
void dw_ptburn_share_close(dw_ptburn_share *share);
int dw_ptburn_share_fd(const dw_ptburn_share *share); /**< readable while a result is waiting */
/** op->text is stolen. DW_ERR_LIMIT: too many are waiting. */
DW_MUST_CHECK dw_status dw_ptburn_share_submit(dw_ptburn_share *share, const struct dw_ptburn_op *op,
                                               struct dw_error *err);
bool dw_ptburn_share_take(dw_ptburn_share *share, struct dw_ptburn_result *out); /**< false: none yet */
/** How long the operation that runs has lasted, by the monotonic clock of the system; 0: none runs. */
int64_t dw_ptburn_share_busy_us(dw_ptburn_share *share);

#endif
