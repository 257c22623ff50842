/** udev/60-discwright-robots.rules, from the id tables of the robot drivers. */
#ifndef DW_PROGRAMS_TABLES_UDEV_H
#define DW_PROGRAMS_TABLES_UDEV_H
#include "base/text.h"

void dw_udev_print(struct dw_buf *out);

#endif
