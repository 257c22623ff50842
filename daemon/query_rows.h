/** Rows as JSON, shared by the files behind daemon/queries.h. */
#ifndef DW_DAEMON_QUERY_ROWS_H
#define DW_DAEMON_QUERY_ROWS_H
#include <jansson.h>
#include "base/limits.h"
#include "daemon/jobs/supplement.h"
#include "daemon/queries.h"
#include "daemon/sql.h"

struct dw_queries {
    dw_sql *sql;
};

/** A query's page. */
int64_t dw_query_limit(const struct dw_query *query);
int64_t dw_query_offset(const struct dw_query *query);
/** "%word%" for LIKE with ESCAPE '\'; "%" when there is no filter. Free: free(). */
char *dw_query_pattern(const struct dw_query *query);
const char *dw_query_state(const struct dw_query *query); /**< NULL: any */

void dw_query_set_text(json_t *object, const char *key, const char *text); /**< never fails on bad UTF-8 */
void dw_query_set_int(json_t *object, const char *key, int64_t value);

/** The column list of a query with its reader: columns come in this order. */
#define DW_QUERY_JOB_COLUMNS                                                                       \
    "j.id, j.state, j.reason, j.step, j.made_by, j.recipient, j.copies, j.media, j.profile,"       \
    " j.template, j.viewer, j.robot, j.made_at, j.done_at, j.patient_name, j.patient_id,"          \
    " (SELECT group_concat(study) FROM job_study WHERE job = j.id),"                               \
    " (SELECT description FROM study WHERE id ="                                                   \
    "   (SELECT min(study) FROM job_study WHERE job = j.id)),"                                     \
    " j.objects,"                                                                                  \
    " (SELECT count(*) FROM job_note WHERE job = j.id AND kind = 'left_off'),"                     \
    " (SELECT count(*) FROM job_note WHERE job = j.id AND kind = 'quarantined'),"                  \
    " (SELECT count(*) FROM volume WHERE job = j.id),"                                             \
    " (SELECT count(*) FROM disc WHERE job = j.id AND state = 'delivered'), j.cancel_asked,"       \
    " j.asked_media, j.claim, j.compress, j.nonconformant,"                                        \
    " (SELECT count(*) FROM job_note WHERE job = j.id AND kind = 'forbidden'),"                    \
    " iif(j.state = 'held', j.question, ''), j.forbidden, j.rule, j.priority,"            \
    " j.waits AND j.state = 'held', j.supplement_of, " DW_LATE
json_t *dw_query_job_row(const struct dw_rows *rows);
json_t *dw_query_disc_row(const struct dw_rows *rows);

/** {"total": total, key: list}; list is stolen. */
json_t *dw_query_page(int64_t total, const char *key, json_t *list);
typedef json_t *dw_query_row_fn(const struct dw_rows *rows);
/** Every row of a running query through fn; ends the query. *out is new. */
DW_MUST_CHECK dw_status dw_query_collect(struct dw_rows *rows, dw_query_row_fn *fn, json_t **out,
                                         struct dw_error *err);
/** Append rows to a member array of `object`; ends the query. */
DW_MUST_CHECK dw_status dw_query_attach(struct dw_rows *rows, dw_query_row_fn *fn, json_t *object,
                                        const char *key, struct dw_error *err);
json_t *dw_query_event_row(const struct dw_rows *rows);
/** "conflicts", "acceptable" and "acceptable_total" of a study. */
DW_MUST_CHECK dw_status dw_query_attach_conflicts(dw_queries *queries, int64_t study, json_t *object,
                                                  struct dw_error *err);

#endif
