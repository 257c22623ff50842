/** Rows of jobs: ordered once, changed by dw_job_apply() alone. */
#ifndef DW_DAEMON_JOBS_JOB_H
#define DW_DAEMON_JOBS_JOB_H
#include <jansson.h>
#include "daemon/core.h"
#include "daemon/intake/identity.h"
#include "daemon/intake/rule.h"
#include "daemon/states.h"
#include "layout/fileset/catalog.h"

#define DW_JOB_STUDIES_MAX 32

struct dw_job { /* one row; plain data */
    int64_t id;
    enum dw_job_state state;
    int64_t copies, made_at, objects;
    int64_t supplement_of; /**< job whose discs lack what this one holds; 0: it is no supplement */
    enum dw_priority priority;
    bool viewer, cancel_asked;
    bool waits; /**< held until a person releases it (dw_jobs_release()) */
    char media[8];             /**< a blank of burn/image/blank.h; "auto" until one is chosen */
    char profile[64];          /**< "" until the medium is chosen */
    char asked_media[8], asked_profile[64]; /**< as ordered: "auto"; "" of the medium */
    char template[DW_OPTION_TEXT_MAX], robot[DW_ROBOT_NAME_MAX];
    char compress[DW_UID_MAX]; /**< transfer syntax that images become to need fewer discs; "" none */
    enum dw_forbidden forbidden;
    bool nonconformant;        /**< as planned: objects went as they are, the discs claim nothing */
    char seed[65]; /**< 64 hex digits: the same job planned again gives the same bytes */
    struct dw_identity identity;
};
DW_MUST_CHECK dw_status dw_job_load(const struct dw_core *core, int64_t id, struct dw_job *out,
                                    struct dw_error *err);

struct dw_order { /* what a person or rule wants; borrowed texts, NULL or "": the configured value */
    int64_t studies[DW_JOB_STUDIES_MAX];
    size_t study_count;
    int64_t copies; /**< 0: 1 */
    enum dw_viewer { DW_VIEWER_CONFIGURED, DW_VIEWER_YES, DW_VIEWER_NO } viewer;
    enum dw_priority priority;
    const char *rule;      /**< that orders it; NULL or "": none */
    bool waits;            /**< it is held until a person releases it */
    int64_t supplement_of; /**< 0: none; else daemon/jobs/supplement.h makes the order */
    const char *media, *profile, *template, *robot, *recipient, *made_by;
};
/** {"study" or "studies", "copies", ...} as daemon/command.h says. out borrows from request. */
DW_MUST_CHECK dw_status dw_order_read(const json_t *request, struct dw_order *out,
                                      struct dw_error *err);
/** Insert a queued job, or a held one that waits. What the order leaves open is as for the AE title that the first
 *  study was sent to. DW_ERR_CONFLICT: a study is held or purged or empty, or the studies are not of one
 *  patient; DW_ERR_INVALID, DW_ERR_NOT_FOUND: a word of the order; "auto" is decided when it is prepared. */
DW_MUST_CHECK dw_status dw_job_order(const struct dw_core *core, const struct dw_order *order,
                                     int64_t *out_id, struct dw_error *err);

/** Move a job: refused when the table does not list it or the row has changed meanwhile. reason replaces
 *  the stored one (NULL: ""). Logs `from -> to`. Works inside a transaction and alone. */
DW_MUST_CHECK dw_status dw_job_apply(const struct dw_core *core, int64_t id, enum dw_job_event on,
                                     const char *reason, enum dw_job_state *out_to,
                                     struct dw_error *err);
/** DW_ERR_CONFLICT: one of its studies is held, so whose images they are is not known, or its objects are gone
 *  by the rule of retention. */
DW_MUST_CHECK dw_status dw_job_check_studies(const struct dw_core *core, int64_t id,
                                             struct dw_error *err);
/** What the job is doing while it is prepared: "listing", "planning"; "" when not. */
DW_MUST_CHECK dw_status dw_job_set_step(const struct dw_core *core, int64_t id, const char *step,
                                        struct dw_error *err);
/** kind: "left_off", "forbidden", "quarantined", "repair". The same note twice is one. */
DW_MUST_CHECK dw_status dw_job_note(const struct dw_core *core, int64_t id, const char *kind,
                                    int64_t number, const char *text, struct dw_error *err);
/** Forget the notes of an earlier attempt, and volumes no disc was ever reserved for (rows and folders). */
DW_MUST_CHECK dw_status dw_job_clear(const struct dw_core *core, int64_t id, struct dw_error *err);

/** Its folders go, the rows stay: what it put on its discs is purged. Can be done twice. */
DW_MUST_CHECK dw_status dw_job_purge(const struct dw_core *core, int64_t id, struct dw_error *err);

#endif
