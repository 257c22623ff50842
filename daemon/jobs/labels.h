/** What a volume's label says: the values of layout/label's template names. */
#ifndef DW_DAEMON_JOBS_LABELS_H
#define DW_DAEMON_JOBS_LABELS_H
#include <jansson.h>
#include "daemon/jobs/job.h"
#include "daemon/jobs/volume.h"

/** {"PATIENT_NAME": "Müller, Anna", ...}: of the studies that lie on this volume. */
DW_MUST_CHECK dw_status dw_labels_values(const struct dw_core *core, const struct dw_job *job,
                                         const struct dw_volume_row *volume, json_t **out,
                                         struct dw_error *err);

#endif
