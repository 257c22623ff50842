/** What can go wrong with a robot, as rows: one sentence for the people in front of it, who can
 * mend it, and what we do meanwhile. A hardware event is one of these and not a dw_status. */
#ifndef DW_ROBOT_FAULTS_H
#define DW_ROBOT_FAULTS_H
#include <stddef.h>
#include "base/error.h"

enum dw_fault_who { DW_FAULT_STAFF, DW_FAULT_IT, DW_FAULT_SERVICE, DW_FAULT_WHO_COUNT };
enum dw_fault_action {
    DW_FAULT_RETRY_DISC, /**< the disc is rejected, the next blank is tried */
    DW_FAULT_HOLD,       /**< nothing is lost: goes on by itself or when acknowledged */
    DW_FAULT_ASK,        /**< a person must say where the disc is; nothing moves until then */
    DW_FAULT_WARN,       /**< work goes on */
    DW_FAULT_ACTION_COUNT
};
struct dw_fault {
    const char *id; /**< first part of the key in messages and rows: never renamed */
    const char *sentence;
    enum dw_fault_who who;
    enum dw_fault_action action;
};
extern const struct dw_fault dw_faults[];
extern const size_t dw_faults_count;

/** NULL when there is none of that name, or id is NULL. */
const struct dw_fault *dw_fault_find(const char *id);
const char *dw_fault_who_name(enum dw_fault_who who); /**< "staff", "it", "service" */
const char *
dw_fault_action_name(enum dw_fault_action action); /**< "retry_disc", "hold", "ask", "warn" */

#endif
