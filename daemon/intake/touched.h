/** The studies that one association has stored objects of. */
#ifndef DW_DAEMON_INTAKE_TOUCHED_H
#define DW_DAEMON_INTAKE_TOUCHED_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DW_TOUCHED_MAX 256 /* studies of one association; of more, the one touched first is forgotten and is
                              complete by its quiet time alone */

struct dw_touched { /* {0}; nothing to free */
    int64_t ids[DW_TOUCHED_MAX];
    size_t count, oldest;
};
void dw_touched_add(struct dw_touched *touched, int64_t study);
bool dw_touched_has(const struct dw_touched *touched, int64_t study);

#endif
