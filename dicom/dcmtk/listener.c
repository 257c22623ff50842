/* The process that listens: it never reads a byte from a peer. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "dicom/dcmtk/association.h"

#define SOCKETS_MAX 8
#define BACKLOG 128
#define RECEIVE_BUFFER_BYTES (4 * 1024 * 1024)
#define REJECTORS_MAX 16 /* processes that only say "later"; beyond them the connection is closed */
#define CHILDREN_MAX (DW_ASSOCIATIONS_MAX + REJECTORS_MAX)
#define REAP_EVERY_MS 1000

struct peer_process {
    pid_t pid; /* 0: free */
    bool rejects;
};
struct dw_receiver {
    struct dw_receiver_opts opts;
    int sockets[SOCKETS_MAX];
    size_t count;
    uint16_t port;
    struct peer_process children[CHILDREN_MAX];
};

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value ? value : fallback;
}

void dw_receiver_opts_complete(struct dw_receiver_opts *opts)
{
    opts->max_associations = or_default(opts->max_associations, DW_ASSOCIATIONS_MAX);
    if (opts->max_associations > DW_ASSOCIATIONS_MAX)
        opts->max_associations = DW_ASSOCIATIONS_MAX;
    opts->max_pdu = or_default(opts->max_pdu, 131072);
    if (opts->max_pdu < 4096)
        opts->max_pdu = 4096;
    if (opts->max_pdu > 131072) /* DCMTK's own maximum (dul.cc MAX_PDU_LENGTH) */
        opts->max_pdu = 131072;
    opts->artim_s = or_default(opts->artim_s, 30);
    opts->idle_s = or_default(opts->idle_s, 300);
    opts->dimse_s = or_default(opts->dimse_s, 120);
}

static dw_status bind_error(const struct dw_receiver_opts *opts, int errnum, struct dw_error *err)
{
    if (errnum == EADDRINUSE)
        return dw_error_set(err, DW_ERR_BUSY, "DICOM port %u is already in use", opts->port);
    if (errnum == EACCES || errnum == EPERM)
        return dw_error_set(err, DW_ERR_DENIED, "DICOM port %u needs a privilege to listen on",
                            opts->port);
    return dw_error_set(err, DW_ERR_IO, "DICOM port %u: %s", opts->port, strerror(errnum));
}

static dw_status listen_on(dw_receiver *receiver, const struct addrinfo *address, bool dual,
                           struct dw_error *err)
{
    struct sockaddr_storage name;
    memcpy(&name, address->ai_addr, address->ai_addrlen);
    if (receiver->port) { /* port 0 was asked: the others take what the first one got */
        if (name.ss_family == AF_INET6)
            ((struct sockaddr_in6 *)&name)->sin6_port = htons(receiver->port);
        else
            ((struct sockaddr_in *)&name)->sin_port = htons(receiver->port);
    }
    int fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return bind_error(&receiver->opts, errno, err);
    int on = 1, v6only = !dual, room = RECEIVE_BUFFER_BYTES;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (name.ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
    /* before listen(): the window scale is agreed in the handshake */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    socklen_t length = sizeof name;
    if (bind(fd, (struct sockaddr *)&name, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&name, &length) != 0) {
        dw_status st = bind_error(&receiver->opts, errno, err);
        close(fd);
        return st;
    }
    receiver->port = ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
                                                      : ((struct sockaddr_in *)&name)->sin_port);
    receiver->sockets[receiver->count++] = fd;
    return DW_OK;
}

static dw_status listen_everywhere(dw_receiver *receiver, struct dw_error *err)
{
    struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(receiver->opts.port)};
    struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(receiver->opts.port)};
    struct addrinfo v6 = {.ai_addr = (struct sockaddr *)&any6, .ai_addrlen = sizeof any6};
    struct addrinfo v4 = {.ai_addr = (struct sockaddr *)&any4, .ai_addrlen = sizeof any4};
    dw_status st = listen_on(receiver, &v6, true, err);
    if (st == DW_ERR_IO) /* a kernel without IPv6 */
        st = listen_on(receiver, &v4, false, err);
    return st;
}

static dw_status listen_all(dw_receiver *receiver, struct dw_error *err)
{
    const char *bind_to = receiver->opts.bind;
    if (!bind_to || !*bind_to || strcmp(bind_to, "*") == 0 || strcmp(bind_to, "::") == 0)
        return listen_everywhere(receiver, err);
    char port[8];
    if (!dw_text_format(port, sizeof port, "%u", receiver->opts.port))
        return dw_error_set(err, DW_ERR_INVALID, "port out of range");
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int failed = getaddrinfo(bind_to, port, &hints, &list);
    if (failed)
        return dw_error_set(err, DW_ERR_INVALID, "cannot listen on '%s': %s", bind_to,
                            gai_strerror(failed));
    dw_status st = DW_OK;
    for (struct addrinfo *at = list; at && receiver->count < SOCKETS_MAX && st == DW_OK;
         at = at->ai_next)
        st = listen_on(receiver, at, false, err);
    freeaddrinfo(list);
    return st;
}

dw_status dw_receiver_open(const struct dw_receiver_opts *opts, dw_receiver **out,
                           struct dw_error *err)
{
    dw_receiver *receiver = calloc(1, sizeof *receiver);
    if (!receiver)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    receiver->opts = *opts;
    dw_receiver_opts_complete(&receiver->opts);
    dw_status st = listen_all(receiver, err);
    if (st != DW_OK) {
        dw_receiver_close(receiver);
        return st;
    }
    *out = receiver;
    return DW_OK;
}

uint16_t dw_receiver_port(const dw_receiver *receiver)
{
    return receiver->port;
}

static void reap(dw_receiver *receiver, bool wait_for_all)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct peer_process *child = &receiver->children[i];
        if (child->pid && waitpid(child->pid, NULL, wait_for_all ? 0 : WNOHANG) != 0)
            child->pid = 0;
    }
}

static unsigned running(const dw_receiver *receiver, bool rejects)
{
    unsigned n = 0;
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        n += receiver->children[i].pid && receiver->children[i].rejects == rejects;
    return n;
}

void dw_receiver_close(dw_receiver *receiver)
{
    if (!receiver)
        return;
    for (size_t i = 0; i < receiver->count; i++)
        close(receiver->sockets[i]);
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (receiver->children[i].pid)
            kill(receiver->children[i].pid, SIGTERM);
    reap(receiver, true);
    free(receiver);
}

static void peer_name(const struct sockaddr_storage *address, socklen_t length, char out[64])
{
    char host[64];
    if (getnameinfo((const struct sockaddr *)address, length, host, sizeof host, NULL, 0,
                    NI_NUMERICHOST) != 0)
        dw_text_cut(host, sizeof host, "unknown");
    dw_text_cut(out, 64, strncmp(host, "::ffff:", 7) == 0 ? host + 7 : host);
}

struct visit { /* one accepted connection, on its way into its own process */
    int socket;
    char peer[64];
    bool full;
    const struct dw_disk *disk;
    const struct dw_log *log;
};

_Noreturn static void serve(dw_receiver *receiver, const struct visit *visit, int channel_fd,
                            pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    (void)signal(SIGTERM, SIG_DFL);
    for (size_t i = 0; i < receiver->count; i++)
        close(receiver->sockets[i]);
    dw_channel *channel = NULL;
    struct dw_error err = {0};
    dw_status st = DW_OK;
    if (channel_fd >= 0)
        st = dw_channel_new(channel_fd, &channel, &err);
    struct dw_association_opts opts = {.receiver = &receiver->opts,
                                       .disk = visit->disk,
                                       .log = visit->log,
                                       .peer = visit->peer,
                                       .full = visit->full};
    if (st == DW_OK)
        st = dw_association_serve(visit->socket, channel, &opts, &err);
    if (st != DW_OK)
        dw_log_write(visit->log, DW_LOG_INFO, "association ended peer=%s reason=\"%s\"",
                     visit->peer, err.text);
    dw_channel_free(channel);
    _exit(st == DW_OK ? 0 : 1);
}

/* Only a daemon that is gone is an error; a fork that fails costs this connection. */
static dw_status start(dw_receiver *receiver, dw_channel *daemon, const struct visit *visit,
                       struct dw_error *err)
{
    int ends[2] = {-1, -1};
    dw_status st = visit->full ? DW_OK : dw_channel_pair(ends, err);
    if (st != DW_OK) {
        dw_log_write(visit->log, DW_LOG_WARNING, "association refused: %s", err->text);
        return DW_OK;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        if (ends[0] >= 0)
            close(ends[0]);
        close(dw_channel_fd(daemon));
        serve(receiver, visit, ends[1], parent);
    }
    if (ends[1] >= 0)
        close(ends[1]);
    if (pid < 0) {
        dw_log_write(visit->log, DW_LOG_WARNING, "association refused: cannot fork: %s",
                     strerror(errno));
    } else {
        size_t i = 0;
        while (receiver->children[i].pid) /* the limits leave a free one */
            i++;
        receiver->children[i] = (struct peer_process){.pid = pid, .rejects = visit->full};
        if (!visit->full)
            st = dw_channel_send(daemon,
                                 json_pack("{s:s, s:s}", "type", "association", "peer", visit->peer),
                                 NULL, 0, ends, 1, 10000, err);
    }
    if (ends[0] >= 0)
        close(ends[0]);
    return st;
}

static dw_status accept_one(dw_receiver *receiver, int listening, dw_channel *daemon,
                            const struct dw_disk *disk, const struct dw_log *log,
                            struct dw_error *err)
{
    struct visit visit = {.disk = disk, .log = log};
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    visit.socket = accept4(listening, (struct sockaddr *)&from, &length, SOCK_CLOEXEC);
    if (visit.socket < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            (void)poll(NULL, 0, 100); /* it stays in the backlog; do not spin */
        return DW_OK;
    }
    int on = 1;
    (void)setsockopt(visit.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(visit.socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    peer_name(&from, length, visit.peer);
    reap(receiver, false);
    visit.full = running(receiver, false) >= receiver->opts.max_associations;
    dw_status st = DW_OK;
    if (!visit.full || running(receiver, true) < REJECTORS_MAX)
        st = start(receiver, daemon, &visit, err);
    if (visit.full)
        dw_log_write(log, DW_LOG_WARNING, "association rejected for now peer=%s associations=%u",
                     visit.peer, receiver->opts.max_associations);
    close(visit.socket);
    return st;
}

/* Anything the daemon says to the listener after the configuration is ignored; its going is not. */
static dw_status hear(dw_channel *daemon, struct dw_error *err)
{
    struct dw_message msg;
    dw_status st = dw_channel_receive(daemon, 0, &msg, err);
    if (st == DW_OK)
        dw_message_done(&msg);
    return st == DW_ERR_TIMEOUT || st == DW_ERR_CORRUPT ? DW_OK : st;
}

dw_status dw_receiver_run(dw_receiver *receiver, dw_channel *daemon, const struct dw_disk *disk,
                          const struct dw_log *log, struct dw_error *err)
{
    (void)signal(SIGPIPE, SIG_IGN);
    dw_association_prepare();
    struct pollfd fds[SOCKETS_MAX + 1];
    dw_status st = DW_OK;
    while (st == DW_OK) {
        for (size_t i = 0; i < receiver->count; i++)
            fds[i] = (struct pollfd){.fd = receiver->sockets[i], .events = POLLIN};
        fds[receiver->count] = (struct pollfd){.fd = dw_channel_fd(daemon), .events = POLLIN};
        bool busy = running(receiver, false) + running(receiver, true) > 0;
        int n = poll(fds, (nfds_t)receiver->count + 1, busy ? REAP_EVERY_MS : -1);
        if (n < 0 && errno != EINTR)
            return dw_error_set(err, DW_ERR_IO, "poll: %s", strerror(errno));
        reap(receiver, false);
        if (n > 0 && fds[receiver->count].revents)
            st = hear(daemon, err);
        for (size_t i = 0; i < receiver->count && n > 0 && st == DW_OK; i++)
            if (fds[i].revents)
                st = accept_one(receiver, fds[i].fd, daemon, disk, log, err);
    }
    return st == DW_ERR_GONE ? DW_OK : st;
}
