/* Routes of the console. Reading answers from the tables and the snapshot; orders are passed on to the loop
 * with nothing but their members: what is allowed is decided there, in one place. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "daemon/web/assets.h"
#include "daemon/web/http.h"
#include "daemon/web/password.h"

#define COMMAND_TIMEOUT_MS 10000

typedef void route_fn(struct dw_http_request *request, struct dw_http_answer *answer);

static struct dw_query query_of(const struct dw_http_request *request)
{
    struct dw_query query = {.filter = dw_http_param(request, "q"),
                             .state = dw_http_param(request, "state")};
    if (!dw_text_int(dw_http_param(request, "limit"), 1, DW_LIST_ROWS_MAX, &query.limit))
        query.limit = 0;
    if (!dw_text_int(dw_http_param(request, "offset"), 0, INT32_MAX, &query.offset))
        query.offset = 0;
    if (!dw_text_int(dw_http_param(request, "job"), 1, INT64_MAX, &query.job))
        query.job = 0;
    if (!dw_text_int(dw_http_param(request, "study"), 1, INT64_MAX, &query.study))
        query.study = 0;
    return query;
}

typedef dw_status list_fn(dw_queries *, const struct dw_query *, json_t **, struct dw_error *);
typedef dw_status one_fn(dw_queries *, int64_t, json_t **, struct dw_error *);
typedef dw_status whole_fn(dw_queries *, json_t **, struct dw_error *);

/* One of the three kinds of question, over a borrowed connection. */
static void answer_query(struct dw_http_request *request, struct dw_http_answer *answer,
                         list_fn *list, one_fn *one, whole_fn *whole)
{
    struct dw_error err = {0};
    struct dw_query query = query_of(request);
    dw_queries *queries = dw_web_borrow_queries(request->web, &err);
    if (!queries) {
        dw_http_fail(answer, err.code, &err);
        return;
    }
    dw_status st = list  ? list(queries, &query, &answer->json, &err)
                   : one ? one(queries, request->id, &answer->json, &err)
                         : whole(queries, &answer->json, &err);
    dw_web_return_queries(request->web, queries);
    if (st != DW_OK)
        dw_http_fail(answer, st, &err);
}

static void get_studies(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, dw_query_studies, NULL, NULL);
}

static void get_study(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, NULL, dw_query_study, NULL);
}

static void get_jobs(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, dw_query_jobs, NULL, NULL);
}

static void get_job(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, NULL, dw_query_job, NULL);
}

static void get_discs(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, dw_query_discs, NULL, NULL);
}

static void get_events(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, dw_query_events, NULL, NULL);
}

static void get_audit(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, dw_query_audit, NULL, NULL);
}

static void get_robots(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, NULL, NULL, dw_query_robots);
}

static void get_drives(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, NULL, NULL, dw_query_drives);
}

static void get_status(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, NULL, NULL, dw_query_status);
    if (answer->status == MHD_HTTP_OK)
        json_object_set_new(answer->json, "now", dw_snapshot_get(dw_web_snapshot(request->web)));
}

static void get_choices(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer_query(request, answer, NULL, NULL, dw_query_choices);
}

static void get_now(struct dw_http_request *request, struct dw_http_answer *answer)
{
    answer->json = dw_snapshot_get(dw_web_snapshot(request->web));
}

/* For a monitor: no patient data, no login. Healthy: objects can come in and a robot is there. */
static void get_health(struct dw_http_request *request, struct dw_http_answer *answer)
{
    json_t *now = dw_snapshot_get(dw_web_snapshot(request->web));
    json_int_t dicom = dw_json_int(json_object_get(now, "listening"), "dicom", 0);
    size_t i, connected = 0;
    const json_t *robot, *robots = json_object_get(now, "robots");
    json_array_foreach(robots, i, robot)
        connected += json_is_true(json_object_get(robot, "connected"));
    const json_t *secure = json_object_get(json_object_get(now, "listening"), "secure");
    const json_t *certificates = json_object_get(secure, "certificates");
    json_int_t closed = dw_json_int(secure, "closed_ports", 0);
    bool healthy = dicom > 0 && closed == 0 && connected == json_array_size(robots);
    answer->status = healthy ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
    answer->json = json_pack("{s:s, s:b, s:I, s:I, s:I, s:I}", "status", healthy ? "ok" : "degraded",
                             "receiving", dicom > 0, "robots", (json_int_t)json_array_size(robots),
                             "robots_connected", (json_int_t)connected, "closed_ports", closed,
                             "certificates_to_renew", (json_int_t)json_array_size(certificates));
    json_decref(now);
}

static void get_session(struct dw_http_request *request, struct dw_http_answer *answer)
{
    bool needs_password = dw_web_password_file(request->web)[0] != '\0';
    if (!request->session.id[0]) {
        dw_sessions_start(dw_web_sessions(request->web), !needs_password, &request->session);
        request->set_cookie = true;
    }
    answer->json = json_pack("{s:s, s:b, s:b, s:s, s:s}", "csrf", request->session.csrf,
                             "logged_in", request->session.logged_in, "needs_password",
                             needs_password, "appliance", dw_web_appliance(request->web), "version",
                             DW_VERSION);
}

static void post_login(struct dw_http_request *request, struct dw_http_answer *answer)
{
    struct dw_error err = {0};
    dw_sessions *sessions = dw_web_sessions(request->web);
    dw_status st = dw_sessions_may_try(sessions, &err);
    if (st == DW_OK)
        st = dw_password_check(dw_web_password_file(request->web),
                               dw_json_text(request->body, "password"), &err);
    if (st == DW_ERR_DENIED)
        dw_sessions_failed(sessions);
    if (st != DW_OK) {
        dw_http_fail(answer, st, &err);
        return;
    }
    /* A new name for the session, so that one planted before the login is worth nothing. */
    dw_sessions_end(sessions, request->session.id);
    dw_sessions_start(sessions, true, &request->session);
    request->set_cookie = true;
    answer->json = json_pack("{s:s, s:s}", "status", "OK", "csrf", request->session.csrf);
}

static void post_logout(struct dw_http_request *request, struct dw_http_answer *answer)
{
    dw_sessions_end(dw_web_sessions(request->web), request->session.id);
    answer->json = json_pack("{s:s}", "status", "OK");
}

static void pass_on(struct dw_http_request *request, struct dw_http_answer *answer,
                    const char *type, const char *id_member)
{
    struct dw_error err = {0};
    json_t *order = json_deep_copy(request->body);
    json_object_set_new(order, "type", json_string(type));
    json_object_set_new(order, "by", json_string("console"));
    json_object_set_new(order, "door", json_string("console"));
    json_object_del(order, "login"); /* the console has one password: who it was, they say themselves */
    if (id_member)
        json_object_set_new(order, id_member, json_integer(request->id));
    dw_status st = dw_command_post(dw_web_commands(request->web), order, &answer->json,
                                   COMMAND_TIMEOUT_MS, &err);
    if (st != DW_OK)
        dw_http_fail(answer, st, &err);
    else
        answer->status = (unsigned)dw_status_http(dw_json_to_error(answer->json, &err));
}

static void post_burn(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "burn", NULL);
}

static void post_cancel(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "cancel", "job");
}

static void post_retry(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "retry", "job");
}

static void post_resolve(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "resolve", "job");
}

static void post_copy(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "copy", "job");
}

static void post_supplement(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "supplement", "job");
}

static void post_release_job(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "release_job", "job");
}

static void post_complete(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "complete", "study");
}

static void post_release(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "release", "study");
}

static void post_pin(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "pin", "study");
}

static void post_unpin(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "unpin", "study");
}

static void post_delete(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "delete", "study");
}

static void post_undelete(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "undelete", "study");
}

static void post_answer(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "answer", "disc");
}

static void post_refill(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "refill", NULL);
}

static void post_step(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "step", NULL);
}

static void post_drive(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "assign", NULL);
}

static void post_tray(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "tray", NULL);
}

static void post_acknowledge(struct dw_http_request *request, struct dw_http_answer *answer)
{
    pass_on(request, answer, "acknowledge", NULL);
}

/* The label of volume n of a job: its picture lies in the volume's work folder, whose path is in the row. */
static void get_label(struct dw_http_request *request, struct dw_http_answer *answer)
{
    char path[DW_PATH_MAX];
    struct dw_error err = {0};
    struct stat sb;
    int64_t n;
    answer_query(request, answer, NULL, dw_query_job, NULL);
    if (answer->status != MHD_HTTP_OK)
        return;
    if (!dw_text_int(dw_http_param(request, "n"), 1, DW_VOLUMES_PER_JOB_MAX, &n))
        n = 1;
    const json_t *volume =
        json_array_get(json_object_get(answer->json, "volume_list"), (size_t)n - 1);
    const char *dir = dw_json_text(volume, "dir");
    if (!*dir || !dw_text_format(path, sizeof path, "%s/%s/label.png", dw_web_state_dir(request->web), dir) ||
        (answer->file = open(path, O_RDONLY | O_CLOEXEC)) < 0 || fstat(answer->file, &sb) != 0) {
        if (answer->file >= 0)
            close(answer->file);
        answer->file = -1;
        dw_error_set(&err, DW_ERR_NOT_FOUND, "job %lld has no label yet", (long long)request->id);
        dw_http_fail(answer, DW_ERR_NOT_FOUND, &err);
        return;
    }
    json_decref(answer->json);
    answer->json = NULL;
    answer->type = "image/png";
    answer->file_size = (uint64_t)sb.st_size;
}

enum { PUBLIC = 1, POST = 2 };
static const struct route {
    const char *path; /* '#' stands for a number */
    unsigned flags;
    route_fn *run;
} routes[] = {
    {"/healthz", PUBLIC, get_health},
    {"/api/session", PUBLIC, get_session},
    {"/api/login", PUBLIC | POST, post_login},
    {"/api/logout", POST, post_logout},
    {"/api/status", 0, get_status},
    {"/api/now", 0, get_now},
    {"/api/choices", 0, get_choices},
    {"/api/studies", 0, get_studies},
    {"/api/studies/#", 0, get_study},
    {"/api/studies/#/complete", POST, post_complete},
    {"/api/studies/#/release", POST, post_release},
    {"/api/studies/#/pin", POST, post_pin},
    {"/api/studies/#/unpin", POST, post_unpin},
    {"/api/studies/#/delete", POST, post_delete},
    {"/api/studies/#/undelete", POST, post_undelete},
    {"/api/jobs", 0, get_jobs},
    {"/api/jobs", POST, post_burn},
    {"/api/jobs/#", 0, get_job},
    {"/api/jobs/#/label", 0, get_label},
    {"/api/jobs/#/cancel", POST, post_cancel},
    {"/api/jobs/#/retry", POST, post_retry},
    {"/api/jobs/#/resolve", POST, post_resolve},
    {"/api/jobs/#/copy", POST, post_copy},
    {"/api/jobs/#/release", POST, post_release_job},
    {"/api/jobs/#/supplement", POST, post_supplement},
    {"/api/discs", 0, get_discs},
    {"/api/discs/#/answer", POST, post_answer},
    {"/api/events", 0, get_events},
    {"/api/audit", 0, get_audit},
    {"/api/robots", 0, get_robots},
    {"/api/drives", 0, get_drives},
    {"/api/robots/refill", POST, post_refill},
    {"/api/robots/drive", POST, post_drive},
    {"/api/robots/tray", POST, post_tray},
    {"/api/robots/step", POST, post_step},
    {"/api/robots/acknowledge", POST, post_acknowledge},
};

/* Does path fit pattern? The number at '#' goes to *id. */
static bool fits(const char *pattern, const char *path, int64_t *id)
{
    for (; *pattern; pattern++) {
        if (*pattern != '#') {
            if (*pattern != *path++)
                return false;
            continue;
        }
        char digits[20] = "";
        size_t n = strspn(path, "0123456789");
        if (n >= sizeof digits)
            return false;
        memcpy(digits, path, n);
        if (!dw_text_int(digits, 1, INT64_MAX, id))
            return false;
        path += n;
    }
    return *path == '\0';
}

static bool answer_asset(const char *path, struct dw_http_answer *answer)
{
    static const struct {
        const char *end, *type;
    } types[] = {{".html", "text/html; charset=utf-8"},
                 {".js", "text/javascript; charset=utf-8"},
                 {".css", "text/css; charset=utf-8"},
                 {".svg", "image/svg+xml"}};
    const char *name = strcmp(path, "/") == 0 ? "index.html" : path + 1;
    for (size_t i = 0; i < dw_asset_count; i++) {
        if (strcmp(dw_assets[i].name, name) != 0)
            continue;
        answer->data = dw_assets[i].data;
        answer->size = dw_assets[i].size;
        for (size_t t = 0; t < DW_ARRAY_LEN(types); t++)
            if (dw_text_ends_with(name, types[t].end))
                answer->type = types[t].type;
        return true;
    }
    return false;
}

void dw_api_answer(struct dw_http_request *request, struct dw_http_answer *answer)
{
    struct dw_error err = {0};
    for (size_t i = 0; i < DW_ARRAY_LEN(routes); i++) {
        const struct route *route = &routes[i];
        if (((route->flags & POST) != 0) != request->is_post ||
            !fits(route->path, request->path, &request->id))
            continue;
        if (!(route->flags & PUBLIC) && !request->session.logged_in) {
            answer->status = MHD_HTTP_UNAUTHORIZED;
            dw_error_set(&err, DW_ERR_DENIED, "log in first");
            answer->json = dw_json_from_error("reply", DW_ERR_DENIED, &err);
            return;
        }
        route->run(request, answer);
        return;
    }
    if (!request->is_post && answer_asset(request->path, answer))
        return;
    dw_error_set(&err, DW_ERR_NOT_FOUND, "there is no such page");
    dw_http_fail(answer, DW_ERR_NOT_FOUND, &err);
}
