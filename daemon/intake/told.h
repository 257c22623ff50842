/** How often peers were told which C-STORE status since the daemon began. */
#ifndef DW_DAEMON_INTAKE_TOLD_H
#define DW_DAEMON_INTAKE_TOLD_H
#include <stdint.h>
#include <jansson.h>

#define DW_TOLD_KINDS 11

struct dw_told { /* zeroed by its owner */
    uint64_t counts[DW_TOLD_KINDS];
};
void dw_told_add(struct dw_told *told, unsigned status); /**< one we never send is not counted */
json_t *dw_told_to_json(const struct dw_told *told); /**< {"0000": 12, "A700": 1}: those that came */

#endif
