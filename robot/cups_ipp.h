/** IPP as this house needs it, RFC 8011: one queue, one label at a time. For robot/cups.c alone. */
#ifndef DW_ROBOT_CUPS_IPP_H
#define DW_ROBOT_CUPS_IPP_H
#include <cups/cups.h>
#include <stdbool.h>
#include "base/error.h"

#define DW_CUPS_JOB_NAME "discwright disc" /* what our labels are called in the queue; never a patient's name */

#define DW_CUPS_OWNER_MAX 17

struct dw_cups_queue {
    char owner[DW_CUPS_OWNER_MAX]; /**< in the names of our labels: others may print discs there, too. The caller's */
    char uri[HTTP_MAX_URI], resource[HTTP_MAX_URI];
    char host[256]; /**< or the path of a socket */
    int port;
    bool encrypted;
};
/** owner is left "". A queue of the local server by its name, or "ipp://host:631/printers/disc", "ipps://...". */
DW_MUST_CHECK dw_status dw_cups_queue_read(const char *name, struct dw_cups_queue *out,
                                           struct dw_error *err);
/** free: httpClose() */
DW_MUST_CHECK dw_status dw_cups_connect(const struct dw_cups_queue *queue, http_t **out,
                                        struct dw_error *err);

#define DW_CUPS_NAME_MAX 96
/** Of one label: begins with DW_CUPS_JOB_NAME and its owner; stamp tells two labels of a disc apart. */
void dw_cups_name(const char *owner, long long disc, int64_t stamp, char out[DW_CUPS_NAME_MAX]);
struct dw_cups_label {
    const char *name, *path, *media, *options;
};
DW_MUST_CHECK dw_status dw_cups_submit(http_t *http, const struct dw_cups_queue *queue,
                                       const struct dw_cups_label *label, int *out_job,
                                       struct dw_error *err);
DW_MUST_CHECK dw_status dw_cups_job(http_t *http, const struct dw_cups_queue *queue, int job,
                                    ipp_jstate_t *out, struct dw_error *err);
struct dw_cups_health {
    bool stopped, accepting;
    int ink_percent;                  /**< of the emptiest; -1: it does not say */
    const char *fault, *sentence;     /**< NULL: nothing is wrong. Static */
};
DW_MUST_CHECK dw_status dw_cups_health(http_t *http, const struct dw_cups_queue *queue, bool has_label,
                                       struct dw_cups_health *out, struct dw_error *err);
/** Was a label taken whose answer got lost? *out_job 0: it never came. */
DW_MUST_CHECK dw_status dw_cups_find(http_t *http, const struct dw_cups_queue *queue, const char *name,
                                     int *out_job, bool *out_done, struct dw_error *err);
DW_MUST_CHECK dw_status dw_cups_cancel(http_t *http, const struct dw_cups_queue *queue, int job,
                                       struct dw_error *err);
/** Take out what an earlier run of this owner has left. */
DW_MUST_CHECK dw_status dw_cups_sweep(http_t *http, const struct dw_cups_queue *queue,
                                      struct dw_error *err);
struct dw_cups_listed {
    int job;
    char name[DW_CUPS_NAME_MAX];
};
/** An owner's labels of an answer to Get-Jobs, whatever the order of its attributes. Returns how many of out[] were
 * filled. */
size_t dw_cups_list(ipp_t *answer, const char *owner, struct dw_cups_listed *out, size_t max);
#endif
