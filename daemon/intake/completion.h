/** When a study is complete. Loop thread only.
 *
 *  A study is complete when nothing has arrived for its quiet time (of the rule that fits, else of its AE
 *  title, else of [intake]) and no association that stored an object of it is open, or has been for
 *  intake.open_max_s without one. Both are looked at anew each time, from rows and open connections alone, so
 *  that a restart changes nothing. A clock that is set ahead ends no quiet time. */
#ifndef DW_DAEMON_INTAKE_COMPLETION_H
#define DW_DAEMON_INTAKE_COMPLETION_H
#include "daemon/core.h"
#include "daemon/intake/rule.h"

/** Who says that a study is complete. A modality's own word (MPPS completed, Instance Availability, as many
 *  objects as were announced) belongs here as one more kind with its own way to dw_completion_signal(): nothing
 *  else in the daemon has to know where the news came from. */
enum dw_completion_kind {
    DW_COMPLETION_QUIET,  /**< its quiet time is over */
    DW_COMPLETION_PERSON, /**< somebody does not want to wait */
    DW_COMPLETION_KIND_COUNT
};
const char *dw_completion_kind_name(enum dw_completion_kind kind);

typedef struct dw_completion dw_completion;
struct dw_completion_events {
    /** The study is stored as complete and nothing was decided about it yet: store what is (study.action).
     *  Called again after a restart for one that this did not get done for. */
    void (*on_complete)(void *ctx, int64_t study);
    size_t (*open_associations)(void *ctx, int64_t study);
};
DW_MUST_CHECK dw_status dw_completion_new(const struct dw_core *core,
                                          const struct dw_completion_events *events, void *ctx,
                                          dw_completion **out, struct dw_error *err);
void dw_completion_free(dw_completion *completion);
/** Objects arrived: look when the next study may be due. */
void dw_completion_poke(dw_completion *completion);
/** An association has ended, a study was released, the configuration was read (again): look soon. */
void dw_completion_look(dw_completion *completion);
/** The study is complete, because `kind` says so. DW_ERR_CONFLICT: it does not receive. */
DW_MUST_CHECK dw_status dw_completion_signal(dw_completion *completion, int64_t study,
                                             enum dw_completion_kind kind, struct dw_error *err);

struct dw_completion_wait { /* how things stand with a study that receives */
    int64_t quiet_s, left_s; /**< left_s 0: over */
    int64_t open_left_s;     /**< so long an open association can still keep it from being complete */
    size_t associations;     /**< open ones that stored an object of it */
};
DW_MUST_CHECK dw_status dw_completion_wait(dw_completion *completion, int64_t study,
                                           const struct dw_decision *decision,
                                           struct dw_completion_wait *out, struct dw_error *err);

#endif
