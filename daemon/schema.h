/** The migrations, oldest first: migrations[i] leads from version i to i + 1. A published one is never
 *  changed, only followed by another. */
#ifndef DW_DAEMON_SCHEMA_H
#define DW_DAEMON_SCHEMA_H
#include <stddef.h>

extern const char *const dw_schema_migrations[];
extern const size_t dw_schema_count;

#endif
