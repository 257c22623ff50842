/** One HTTP request and its answer, as the API sees them. Inside daemon/web only. */
#ifndef DW_DAEMON_WEB_HTTP_H
#define DW_DAEMON_WEB_HTTP_H
#include <jansson.h>
#include <microhttpd.h>
#include "base/channel.h"
#include "daemon/queries.h"
#include "daemon/web/session.h"
#include "daemon/web/web.h"

struct dw_http_request {
    struct MHD_Connection *connection;
    dw_web *web;
    const char *path;
    int64_t id;                /**< the number in the path, 0 none */
    bool is_post;
    struct dw_session session; /**< id "" : none yet */
    bool set_cookie;           /**< the session is new: send its cookie */
    json_t *body;              /**< of a POST: an object; NULL otherwise */
};
struct dw_http_answer {
    unsigned status;
    json_t *json;            /**< stolen by the sender; or: */
    const char *type;        /**< of data or file */
    const void *data;        /**< constant bytes */
    size_t size;
    int file;                /**< -1: none; closed by the sender */
    uint64_t file_size;
};

/** An answer {"status", "text"} from an error. */
void dw_http_fail(struct dw_http_answer *answer, dw_status st, const struct dw_error *err);
const char *dw_http_param(const struct dw_http_request *request, const char *name); /**< "" if none */

/** Find the route and answer it (daemon/web/api.c). */
void dw_api_answer(struct dw_http_request *request, struct dw_http_answer *answer);

/* What the API may use of the server. */
dw_queries *dw_web_borrow_queries(dw_web *web, struct dw_error *err); /**< NULL: err says why */
void dw_web_return_queries(dw_web *web, dw_queries *queries);
dw_commands *dw_web_commands(dw_web *web);
dw_snapshot *dw_web_snapshot(dw_web *web);
dw_sessions *dw_web_sessions(dw_web *web);
const char *dw_web_password_file(const dw_web *web); /**< "" none */
const char *dw_web_appliance(const dw_web *web);
const char *dw_web_state_dir(const dw_web *web);

#endif
