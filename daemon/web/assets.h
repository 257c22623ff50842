/** The console's files, embedded at build time from daemon/web/ui. */
#ifndef DW_DAEMON_WEB_ASSETS_H
#define DW_DAEMON_WEB_ASSETS_H
#include <stddef.h>

struct dw_asset {
    const char *name; /**< "index.html" */
    const unsigned char *data;
    size_t size;
};
extern const struct dw_asset dw_assets[];
extern const size_t dw_asset_count;

#endif
