/** Where a disc can lie inside a robot. */
#ifndef DW_ROBOT_PLACE_H
#define DW_ROBOT_PLACE_H
#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

enum dw_place_kind {
    DW_PLACE_NONE,
    DW_PLACE_BIN,   /**< input bin, number from 1 */
    DW_PLACE_DRIVE, /**< number from 1 */
    DW_PLACE_PRINTER,
    DW_PLACE_OUTPUT,
    DW_PLACE_REJECT,
    DW_PLACE_KIND_COUNT
};
struct dw_place {
    enum dw_place_kind kind;
    int number; /**< 0 where there is only one */
};
#define DW_PLACE_NAME_MAX 24
/** "bin 1", "drive 2", "printer", "output", "reject"; "gone" for DW_PLACE_NONE. Stored in the
 * journal. */
const char *dw_place_name(struct dw_place place, char out[DW_PLACE_NAME_MAX]);
/** false: no such place, *out untouched. */
DW_MUST_CHECK bool dw_place_from_name(const char *name, struct dw_place *out);
bool dw_place_same(struct dw_place a, struct dw_place b);

#endif
