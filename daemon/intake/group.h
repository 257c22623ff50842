/** Requests of associations that wait for one transaction. */
#ifndef DW_DAEMON_INTAKE_GROUP_H
#define DW_DAEMON_INTAKE_GROUP_H
#include <jansson.h>
#include "base/channel.h"
#include "daemon/core.h"

#define DW_GROUP_REQUESTS_MAX 256
#define DW_GROUP_BYTES_MAX (4 * 1024 * 1024)

typedef struct dw_group dw_group;
/** Called after the commit (or its failure) once for each request, in the order they came. reply is stolen.
 *  study: 0, or the study that a stored object belongs to. */
typedef void dw_group_answer_fn(void *ctx, void *asker, json_t *reply, int64_t study);

DW_MUST_CHECK dw_status dw_group_new(const struct dw_core *core, dw_group_answer_fn *answer, void *ctx,
                                     dw_group **out, struct dw_error *err);
void dw_group_free(dw_group *group);
bool dw_group_is_full(const dw_group *group);
bool dw_group_is_empty(const dw_group *group);
/** Keep a request ("admit", "more", "commit", "quarantine" or "same"): its head is taken, its blob copied. */
DW_MUST_CHECK dw_status dw_group_add(dw_group *group, void *asker, struct dw_message *msg,
                                     struct dw_error *err);
/** This asker is gone: what it asked is still stored, nobody is answered. */
void dw_group_forget(dw_group *group, const void *asker);
/** One transaction for all, then the answers. */
void dw_group_commit(dw_group *group);

#endif
