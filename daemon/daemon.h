/** The appliance's truth: one loop thread, one database, and the children that do what can crash. main()
 *  makes one of these; tests make one with fake children and a clock of their own. */
#ifndef DW_DAEMON_DAEMON_H
#define DW_DAEMON_DAEMON_H
#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "daemon/command.h"
#include "daemon/config.h"
#include "daemon/snapshot.h"

typedef struct dw_daemon dw_daemon;
struct dw_daemon_opts {
    const struct dw_config *config;   /**< borrowed */
    const struct dw_spawner *spawner; /**< borrowed; NULL: the real one */
    const struct dw_disk *disk;       /**< borrowed; NULL: the real one */
    struct dw_clock clock;
    struct dw_random random;
    struct dw_log log;
};
/** Take the state folder (one daemon at a time: DW_ERR_BUSY), open and migrate the database, sweep the
 *  spool, apply what a restart means to discs and jobs, and open the control socket. No child runs yet. */
DW_MUST_CHECK dw_status dw_daemon_new(const struct dw_daemon_opts *opts, dw_daemon **out,
                                      struct dw_error *err);
/** Start receiving and the robots. */
DW_MUST_CHECK dw_status dw_daemon_start(dw_daemon *daemon, struct dw_error *err);
/** The configuration it borrows has been renewed (dw_config_renew()). */
void dw_daemon_reload(dw_daemon *daemon);
/** One round of the loop, at most timeout_ms. Not OK: it cannot go on, such as a taken DICOM port. */
DW_MUST_CHECK dw_status dw_daemon_step(dw_daemon *daemon, int timeout_ms, struct dw_error *err);
/** Stops the children (a few seconds at most) and gives the state folder back. */
void dw_daemon_free(dw_daemon *daemon);

int dw_daemon_dicom_port(const dw_daemon *daemon); /**< the main one; 0: not listening yet */
dw_commands *dw_daemon_commands(dw_daemon *daemon);
dw_snapshot *dw_daemon_snapshot(dw_daemon *daemon);
const char *dw_daemon_db_path(const dw_daemon *daemon);
/** STATE/run/ports.json: {"dicom": 11112, "web": 8080, "listen": {NAME: port}}; web 0: there is none. */
DW_MUST_CHECK dw_status dw_daemon_write_ports(dw_daemon *daemon, int web_port, struct dw_error *err);
/** A descriptor that makes dw_daemon_step() return when it is readable (a signalfd). Stays the caller's. */
DW_MUST_CHECK dw_status dw_daemon_watch(dw_daemon *daemon, int fd, struct dw_error *err);

#endif
