#include "daemon/web/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "daemon/web/http.h"

#define THREADS 2
#define CONNECTIONS_MAX 128
#define IDLE_TIMEOUT_S 30
#define COOKIE "dw_session"

struct dw_web {
    struct MHD_Daemon *mhd;
    dw_commands *commands;
    dw_snapshot *snapshot;
    const struct dw_log *log;
    dw_sessions *sessions;
    bool loopback;
    uint16_t port;
    char password_file[DW_PATH_MAX];
    char db_path[DW_PATH_MAX];
    char state_dir[DW_PATH_MAX];
    char appliance[DW_TEXT_MAX];
    char bind[64];
    pthread_mutex_t lock;
    dw_queries *idle[THREADS];
};

struct upload { /* the body of one request while it arrives */
    struct dw_buf body;
};

dw_commands *dw_web_commands(dw_web *web)
{
    return web->commands;
}

dw_snapshot *dw_web_snapshot(dw_web *web)
{
    return web->snapshot;
}

dw_sessions *dw_web_sessions(dw_web *web)
{
    return web->sessions;
}

const char *dw_web_password_file(const dw_web *web)
{
    return web->password_file;
}

const char *dw_web_appliance(const dw_web *web)
{
    return web->appliance;
}

const char *dw_web_state_dir(const dw_web *web)
{
    return web->state_dir;
}

dw_queries *dw_web_borrow_queries(dw_web *web, struct dw_error *err)
{
    dw_queries *queries = NULL;
    pthread_mutex_lock(&web->lock);
    for (size_t i = 0; i < THREADS && !queries; i++) {
        queries = web->idle[i];
        web->idle[i] = NULL;
    }
    pthread_mutex_unlock(&web->lock);
    if (!queries && dw_queries_open(web->db_path, &queries, err) != DW_OK)
        return NULL;
    return queries;
}

void dw_web_return_queries(dw_web *web, dw_queries *queries)
{
    pthread_mutex_lock(&web->lock);
    for (size_t i = 0; i < THREADS && queries; i++) {
        if (web->idle[i])
            continue;
        web->idle[i] = queries;
        queries = NULL;
    }
    pthread_mutex_unlock(&web->lock);
    dw_queries_close(queries);
}

const char *dw_http_param(const struct dw_http_request *request, const char *name)
{
    const char *value =
        MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
    return value && dw_text_is_utf8(value, strlen(value)) ? value : "";
}

void dw_http_fail(struct dw_http_answer *answer, dw_status st, const struct dw_error *err)
{
    json_decref(answer->json);
    answer->status = (unsigned)dw_status_http(st);
    answer->json = dw_json_from_error("reply", st, err);
}

/* Without a password only a browser on this machine may ask, and only by a name of this machine: another
 * site's name that resolves to 127.0.0.1 must not get in. */
static bool host_is_allowed(const dw_web *web, struct MHD_Connection *connection)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
    if (web->password_file[0])
        return true;
    if (!host)
        return false;
    for (size_t i = 0; i < DW_ARRAY_LEN(names); i++) {
        size_t n = strlen(names[i]);
        if (strncasecmp(host, names[i], n) == 0 && (host[n] == '\0' || host[n] == ':'))
            return true;
    }
    return false;
}

static void find_session(struct dw_http_request *request)
{
    const char *id =
        MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, COOKIE);
    if (dw_sessions_find(request->web->sessions, id, &request->session))
        return;
    request->session = (struct dw_session){.logged_in = false};
}

static struct MHD_Response *make_response(struct dw_http_answer *answer)
{
    if (answer->json) {
        char *text = json_dumps(answer->json, JSON_COMPACT);
        json_decref(answer->json);
        answer->json = NULL;
        answer->type = "application/json";
        return text ? MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE)
                    : NULL;
    }
    if (answer->file >= 0)
        return MHD_create_response_from_fd64(answer->file_size, answer->file);
    return MHD_create_response_from_buffer(answer->size, (void *)(uintptr_t)answer->data,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_answer(struct dw_http_request *request, struct dw_http_answer *answer)
{
    struct MHD_Response *response = make_response(answer);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", answer->type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "X-Frame-Options", "DENY");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
                            "form-action 'self'");
    if (request->set_cookie) {
        char cookie[160];
        if (dw_text_format(cookie, sizeof cookie, COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict",
                           request->session.id))
            MHD_add_response_header(response, "Set-Cookie", cookie);
    }
    enum MHD_Result result = MHD_queue_response(request->connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct dw_http_request *request, dw_status st, const char *sentence)
{
    struct dw_error err = {0};
    struct dw_http_answer answer = {.file = -1};
    dw_error_set(&err, st, "%s", sentence);
    dw_http_fail(&answer, st, &err);
    return send_answer(request, &answer);
}

/* A POST changes something: it needs the token that only our own page can have read. */
static bool token_is_right(const struct dw_http_request *request)
{
    const char *token =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "X-CSRF-Token");
    return request->session.id[0] && dw_session_token_equal(token, request->session.csrf);
}

static enum MHD_Result answer_request(struct dw_http_request *request, struct upload *upload)
{
    if (!host_is_allowed(request->web, request->connection))
        return refuse(request, DW_ERR_DENIED, "this console answers only under a name of its machine");
    find_session(request);
    if (request->is_post) {
        if (upload->body.failed)
            return refuse(request, DW_ERR_LIMIT, "the request is too large");
        if (!token_is_right(request))
            return refuse(request, DW_ERR_DENIED, "the page is out of date, load it again");
        request->body = upload->body.size ? json_loadb(upload->body.data, upload->body.size,
                                                       JSON_REJECT_DUPLICATES, NULL)
                                          : json_object();
        if (!json_is_object(request->body)) {
            json_decref(request->body);
            return refuse(request, DW_ERR_INVALID, "the request is not a JSON object");
        }
    }
    struct dw_http_answer answer = {.status = MHD_HTTP_OK, .file = -1, .type = "text/plain"};
    dw_api_answer(request, &answer);
    json_decref(request->body);
    return send_answer(request, &answer);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **state)
{
    struct dw_http_request request = {.connection = connection, .web = cls, .path = url};
    struct upload *upload = *state;
    if (!upload) {
        if (!(upload = calloc(1, sizeof *upload)))
            return MHD_NO;
        dw_buf_init(&upload->body, DW_HTTP_BODY_MAX);
        *state = upload;
        return MHD_YES;
    }
    request.is_post = strcmp(method, "POST") == 0;
    if (*data_size > 0) {
        dw_buf_add(&upload->body, data, *data_size);
        *data_size = 0;
        return MHD_YES;
    }
    if (!request.is_post && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return refuse(&request, DW_ERR_UNSUPPORTED, "only GET and POST are understood");
    return answer_request(&request, upload);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
    struct upload *upload = *state;
    if (!upload)
        return;
    dw_buf_done(&upload->body);
    free(upload);
    *state = NULL;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
    }
    const struct sockaddr_in6 *in6 = (const void *)address;
    return memcmp(&in6->sin6_addr, &in6addr_loopback, sizeof in6addr_loopback) == 0;
}

/* What the kernel chose when port 0 was asked for. */
static uint16_t bound_port(int fd)
{
    struct sockaddr_in6 address = {.sin6_family = AF_UNSPEC}; /* the port lies where IPv4 has it */
    socklen_t size = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &size) == 0 ? ntohs(address.sin6_port) : 0;
}

static dw_status listen_on(dw_web *web, const char *bind_to, uint16_t port, int *out_fd,
                           struct dw_error *err)
{
    char service[8];
    struct addrinfo *info = NULL;
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(bind_to, service, &hints, &info) != 0)
        return dw_error_set(err, DW_ERR_INVALID, "web.bind: '%s' is not an address", bind_to);
    dw_status st = DW_OK;
    int one = 1, fd = -1;
    web->loopback = is_loopback(info->ai_addr);
    if (!web->loopback && !web->password_file[0]) {
        st = dw_error_set(err, DW_ERR_DENIED,
                          "web.bind: %s can be reached from the network, set web.password_file first",
                          bind_to);
        goto out;
    }
    fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, CONNECTIONS_MAX) != 0) {
        if (errno == EADDRINUSE)
            st = dw_error_set(err, DW_ERR_CONFLICT, "console port %u is already in use", port);
        else
            st = dw_error_set(err, dw_status_from_errno(errno), "listen on %s port %u: %s", bind_to,
                              port, strerror(errno));
        goto out;
    }
    web->port = bound_port(fd);
    *out_fd = fd;
out:
    freeaddrinfo(info);
    if (st != DW_OK && fd >= 0)
        close(fd);
    return st;
}

dw_status dw_web_start(const struct dw_web_opts *opts, dw_commands *commands, dw_snapshot *snapshot,
                       const struct dw_log *log, dw_web **out, struct dw_error *err)
{
    int fd = -1;
    dw_web *web = calloc(1, sizeof *web);
    if (!web)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    web->commands = commands;
    web->snapshot = snapshot;
    web->log = log;
    pthread_mutex_init(&web->lock, NULL);
    const char *password_file = opts->password_file ? opts->password_file : "";
    dw_text_cut(web->appliance, sizeof web->appliance, opts->appliance ? opts->appliance : "");
    dw_status st = DW_OK;
    if (!dw_text_copy(web->password_file, sizeof web->password_file, password_file) ||
        !dw_text_copy(web->db_path, sizeof web->db_path, opts->db_path) ||
        !dw_text_copy(web->state_dir, sizeof web->state_dir, opts->state_dir))
        st = dw_error_set(err, DW_ERR_LIMIT, "a path is longer than %d bytes", DW_PATH_MAX - 1);
    if (st == DW_OK && password_file[0] && access(password_file, R_OK) != 0)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "web.password_file: '%s': %s", password_file,
                          strerror(errno));
    if (st == DW_OK)
        st = dw_sessions_new(opts->clock, opts->random, &web->sessions, err);
    if (st == DW_OK)
        st = listen_on(web, opts->bind, opts->port, &fd, err);
    if (st != DW_OK)
        goto out;
    web->mhd = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request, web,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (!web->mhd) {
        close(fd);
        st = dw_error_set(err, DW_ERR_INTERNAL, "the console does not start");
    }
out:
    if (st != DW_OK)
        dw_web_stop(web);
    else
        *out = web;
    return st;
}

uint16_t dw_web_port(const dw_web *web)
{
    return web->port;
}

void dw_web_stop(dw_web *web)
{
    if (!web)
        return;
    if (web->mhd)
        MHD_stop_daemon(web->mhd); /* closes the listening socket */
    for (size_t i = 0; i < THREADS; i++)
        dw_queries_close(web->idle[i]);
    dw_sessions_free(web->sessions);
    pthread_mutex_destroy(&web->lock);
    free(web);
}
