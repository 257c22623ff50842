/** The console and its JSON API over libmicrohttpd. Reads through connections of its own (dw_queries) and
 *  the snapshot; orders go to the loop thread (dw_command_post). Without a password it answers loopback
 *  names only; anywhere else a password file is required. */
#ifndef DW_DAEMON_WEB_H
#define DW_DAEMON_WEB_H
#include <stdint.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "daemon/command.h"
#include "daemon/snapshot.h"

typedef struct dw_web dw_web;

struct dw_web_opts {           /* copied */
    const char *bind;          /**< "127.0.0.1", "::1", "0.0.0.0" ... */
    uint16_t port;             /**< 0: any free one */
    const char *password_file; /**< written by dw_password_save(); "" or NULL: none */
    const char *db_path;       /**< as for dw_queries_open() */
    const char *state_dir;     /**< the folder that paths in the tables are relative to */
    const char *appliance;     /**< name shown at the top, e.g. the institution; may be "" */
    struct dw_clock clock;
    struct dw_random random;
};

/** Starts its threads. commands, snapshot and log must outlive it. DW_ERR_CONFLICT: "console port 8080 is
 *  already in use"; DW_ERR_DENIED: not loopback and no password. */
DW_MUST_CHECK dw_status dw_web_start(const struct dw_web_opts *opts, dw_commands *commands,
                                     dw_snapshot *snapshot, const struct dw_log *log, dw_web **out,
                                     struct dw_error *err);
uint16_t dw_web_port(const dw_web *web);
/** Joins its threads; call dw_commands_close() before. NULL is fine. */
void dw_web_stop(dw_web *web);

#endif
