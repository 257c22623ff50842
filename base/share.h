/** Files that are installed beside the programs: PREFIX/share/discwright, wherever PREFIX was moved to, and
 *  in a build folder those of the source. */
#ifndef DW_BASE_SHARE_H
#define DW_BASE_SHARE_H
#include <stdbool.h>
#include <stddef.h>

/** Path of <folder>/<name><end>, such as "templates", "standard", ".svg". false: there is no such file that
 *  can be read, and out is untouched. */
bool dw_share_find(const char *folder, const char *name, const char *end, char *out, size_t size);

#endif
