/** The daemon's side of receiving: keeps discwright-receive running, admits associations, and commits
 *  what they publish. Commits of all associations that wait in one round share one transaction; nobody is
 *  answered before it is on disk. Loop thread only. */
#ifndef DW_DAEMON_INTAKE_RECEIVE_H
#define DW_DAEMON_INTAKE_RECEIVE_H
#include "daemon/core.h"

typedef struct dw_receive dw_receive;
struct dw_receive_events {
    void (*on_listening)(void *ctx);
    /** The listener cannot work and will not by itself: a taken port at the very first start. */
    void (*on_failed)(void *ctx, const struct dw_error *err);
    void (*on_stored)(void *ctx, int64_t study); /**< a commit of this study is on disk */
    void (*on_left)(void *ctx); /**< an association that had stored something has ended */
};
DW_MUST_CHECK dw_status dw_receive_new(const struct dw_core *core,
                                       const struct dw_receive_events *events, void *ctx,
                                       dw_receive **out, struct dw_error *err);
/** Start the listener; what comes of it is told by events. */
DW_MUST_CHECK dw_status dw_receive_start(dw_receive *receive, struct dw_error *err);
/** Tell the listener to read its certificates again; allow-lists are looked up for each association. */
void dw_receive_reload(dw_receive *receive);
/** Commit what this round brought, then answer. The daemon calls it at the end of each round. */
void dw_receive_flush(dw_receive *receive);
void dw_receive_free(dw_receive *receive); /**< associations are cut: what was not answered is not there */

size_t dw_receive_associations(const dw_receive *receive);
/** Open associations that have stored an object of this study. */
size_t dw_receive_open_for(const dw_receive *receive, int64_t study);
/** How often peers were told which status, as dw_told_to_json(). New reference. */
json_t *dw_receive_told(const dw_receive *receive);
int dw_receive_port(const dw_receive *receive); /**< the main one, or the first there is; 0: not listening */
/** [{"name", "port"}] of what is listened on. New reference. */
json_t *dw_receive_ports(const dw_receive *receive);
/** {"certificates": [names of secure ports whose certificate is at fault or expires soon], "closed_ports": how many
 *  are closed for that}. New reference. */
json_t *dw_receive_secure(const dw_receive *receive);
/** An association's end of a channel, as the listener hands it over; takes fd. Public for tests. */
DW_MUST_CHECK dw_status dw_receive_join(dw_receive *receive, int fd, struct dw_error *err);

#endif
