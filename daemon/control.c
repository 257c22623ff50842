#include "daemon/control.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/peer.h"

struct client {
    dw_control *control;
    struct client *next;
    dw_peer *peer;
    char login[64]; /* of whoever connected, as the kernel says */
};
struct dw_control {
    const struct dw_core *core;
    dw_command_handler *handler;
    void *ctx;
    int fd;
    uint64_t source;
    struct client *first;
    size_t count;
};

static void client_free(void *ctx)
{
    free(ctx);
}

static void leave(struct client *client)
{
    dw_control *control = client->control;
    for (struct client **at = &control->first; *at; at = &(*at)->next) {
        if (*at == client) {
            *at = client->next;
            break;
        }
    }
    control->count--;
    dw_peer_close(client->peer);
    dw_loop_defer(control->core->loop, client_free, client);
}

/* Asked once for each connection. A user without a name in the system is its number. */
static void find_login(int fd, char *out, size_t size)
{
    struct ucred peer;
    struct passwd entry, *found = NULL;
    char room[4096];
    socklen_t length = sizeof peer;
    out[0] = '\0';
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return;
    if (getpwuid_r(peer.uid, &entry, room, sizeof room, &found) == 0 && found)
        dw_text_cut(out, size, found->pw_name);
    else
        snprintf(out, size, "uid %u", (unsigned)peer.uid);
}

static void on_message(void *ctx, dw_peer *peer, struct dw_message *msg)
{
    struct client *client = ctx;
    struct dw_error err = {0};
    json_object_set_new(msg->head, "door", json_string("cli"));
    json_object_set_new(msg->head, "login", json_string(client->login));
    json_t *reply = client->control->handler(client->control->ctx, msg->head);
    dw_status st = dw_peer_post(peer, reply, &err);
    if (st == DW_ERR_LIMIT) /* the answer does not fit into one message: say so instead */
        st = dw_peer_post(peer, dw_json_from_error("reply", st, &err), &err);
    if (st != DW_OK)
        leave(client);
}

static void on_gone(void *ctx, dw_peer *peer)
{
    leave(ctx);
}

static const struct dw_peer_events peer_events = {.on_message = on_message, .on_gone = on_gone};

static void on_connection(void *ctx, uint32_t events)
{
    dw_control *control = ctx;
    struct dw_error err = {0};
    int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct client *client = control->count < DW_CONTROL_CLIENTS_MAX ? calloc(1, sizeof *client) : NULL;
    if (!client) {
        close(fd);
        return;
    }
    client->control = control;
    find_login(fd, client->login, sizeof client->login);
    if (dw_peer_new(control->core->loop, fd, &peer_events, client, &client->peer, &err) != DW_OK) {
        dw_log_write(&control->core->log, DW_LOG_WARNING, "control socket: %s", err.text);
        free(client);
        return;
    }
    client->next = control->first;
    control->first = client;
    control->count++;
}

static dw_status listen_at(dw_control *control, const char *path, struct dw_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!dw_text_copy(address.sun_path, sizeof address.sun_path, path))
        return dw_error_set(err, DW_ERR_LIMIT,
                            "the state folder's path is too long for a socket: at most %zu bytes",
                            sizeof address.sun_path - strlen("/run/control.sock") - 1);
    unlink(path); /* a leftover: the lock says that nobody else is here */
    control->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->fd < 0 ||
        bind(control->fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, 0600) != 0 || listen(control->fd, DW_CONTROL_CLIENTS_MAX) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "listen at '%s': %s", path,
                            strerror(errno));
    return dw_loop_add_fd(control->core->loop, control->fd, EPOLLIN, on_connection, control,
                          &control->source, err);
}

dw_status dw_control_new(const struct dw_core *core, dw_command_handler *handler, void *ctx,
                         dw_control **out, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    dw_control *control = calloc(1, sizeof *control);
    if (!control)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    *control = (dw_control){.core = core, .handler = handler, .ctx = ctx, .fd = -1};
    dw_status st = dw_core_path(core, path, sizeof path, err, "run");
    if (st == DW_OK)
        st = dw_file_make_dirs(path, err);
    if (st == DW_OK)
        st = dw_core_path(core, path, sizeof path, err, "run/control.sock");
    if (st == DW_OK)
        st = listen_at(control, path, err);
    if (st != DW_OK) {
        dw_control_free(control);
        return st;
    }
    *out = control;
    return DW_OK;
}

void dw_control_free(dw_control *control)
{
    char path[DW_PATH_MAX];
    if (!control)
        return;
    while (control->first)
        leave(control->first);
    dw_loop_remove_fd(control->core->loop, control->source);
    if (control->fd >= 0) {
        close(control->fd);
        if (dw_core_path(control->core, path, sizeof path, NULL, "run/control.sock") == DW_OK)
            unlink(path);
    }
    free(control);
}
