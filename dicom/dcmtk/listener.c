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
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "dicom/dcmtk/association.h"
#include "dicom/dcmtk/compare.h"
#include "dicom/dcmtk/ports.h"

/* Processes that only say "later". */
#define REJECTORS_MAX 64
#define REJECTOR_ARTIM_S 5
/* A peer that has just been released and comes again is here before its last process is gone: whoever meets a
 * limit waits a moment before he is told to come later. */
#define WAITING_MAX 64
#define PATIENCE_MS 500
#define LOOK_AGAIN_MS 10
#define CHILDREN_MAX (DW_ASSOCIATIONS_MAX + REJECTORS_MAX)
#define REAP_EVERY_MS 1000
#define REPORT_TIMEOUT_MS 10000

struct visit { /* one accepted connection, on its way into its own process */
    int socket;
    const struct dw_port_opts *port;
    const dw_tls *tls;
    char peer[DW_PEER_NAME_MAX];
    bool full; /* more than we serve, or serve to this peer */
    int64_t until_ms; /* so long it may wait for that to change */
    const struct dw_disk *disk;
    const struct dw_log *log;
};
struct peer_process {
    pid_t pid; /* 0: free */
    bool rejects;
    char peer[DW_PEER_NAME_MAX];
};
struct dw_receiver {
    struct dw_receiver_opts opts;
    struct dw_ports ports;
    dw_tls *tls[DW_PORTS_MAX]; /* of the secure ones */
    const struct dw_log *log;
    int compare_gate; /* dw_compare_gate() */
    bool starved; /* the last connection could not be taken, and the log says so */
    struct peer_process children[CHILDREN_MAX];
    struct visit waiting[WAITING_MAX];
    size_t waiting_count;
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
    if (opts->max_pdu < 16384)
        opts->max_pdu = 16384;
    if (opts->max_pdu > 131072) /* DCMTK's own maximum (dul.cc MAX_PDU_LENGTH) */
        opts->max_pdu = 131072;
    opts->artim_s = or_default(opts->artim_s, 30);
    opts->idle_s = or_default(opts->idle_s, 300);
    opts->dimse_s = or_default(opts->dimse_s, 120);
}

dw_status dw_receiver_open(const struct dw_receiver_opts *opts, dw_receiver **out,
                           struct dw_error *err)
{
    dw_receiver *receiver = calloc(1, sizeof *receiver);
    if (!receiver)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    receiver->opts = *opts;
    receiver->compare_gate = dw_compare_gate();
    dw_receiver_opts_complete(&receiver->opts);
    dw_status st = DW_OK;
    for (size_t i = 0; i < opts->port_count && st == DW_OK; i++) {
        const struct dw_port_opts *port = &opts->ports[i];
        if (port->secure && !port->closed &&
            dw_tls_new(&port->tls, (int64_t)time(NULL), &receiver->tls[i], err) != DW_OK)
            st = dw_error_prefix(err, err->code, "port %s", port->name);
    }
    if (st == DW_OK)
        st = dw_ports_open(opts->ports, opts->port_count, &receiver->ports, err);
    if (st != DW_OK) {
        dw_receiver_close(receiver);
        return st;
    }
    *out = receiver;
    return DW_OK;
}

uint16_t dw_receiver_port(const dw_receiver *receiver, size_t index)
{
    return receiver->ports.numbers[index];
}

dw_status dw_receiver_report(const dw_receiver *receiver, dw_channel *daemon, struct dw_error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < receiver->opts.port_count; i++)
        json_array_append_new(list, json_pack("{s:s, s:i}", "name", receiver->opts.ports[i].name, "port",
                                              (int)dw_receiver_port(receiver, i)));
    return dw_channel_send(daemon, json_pack("{s:s, s:o}", "type", "listening", "ports", list), NULL, 0, NULL, 0,
                           REPORT_TIMEOUT_MS, err);
}

static void reap(dw_receiver *receiver, bool wait_for_all)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct peer_process *child = &receiver->children[i];
        int how = 0;
        if (!child->pid || waitpid(child->pid, &how, wait_for_all ? 0 : WNOHANG) == 0)
            continue;
        if (WIFSIGNALED(how) && WTERMSIG(how) != SIGTERM) /* that one is ours */
            dw_log_write(receiver->log, DW_LOG_ERROR, "association process died (signal %d) peer=%s",
                         WTERMSIG(how), child->peer);
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
    dw_ports_close(&receiver->ports);
    for (size_t i = 0; i < receiver->waiting_count; i++)
        close(receiver->waiting[i].socket);
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (receiver->children[i].pid)
            kill(receiver->children[i].pid, SIGTERM);
    reap(receiver, true);
    for (size_t i = 0; i < DW_PORTS_MAX; i++)
        dw_tls_free(receiver->tls[i]);
    if (receiver->compare_gate >= 0)
        close(receiver->compare_gate);
    free(receiver);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void peer_name(const struct sockaddr_storage *address, socklen_t length, char out[DW_PEER_NAME_MAX])
{
    char host[64];
    if (getnameinfo((const struct sockaddr *)address, length, host, sizeof host, NULL, 0,
                    NI_NUMERICHOST) != 0)
        dw_text_cut(host, sizeof host, "unknown");
    dw_text_cut(out, DW_PEER_NAME_MAX, strncmp(host, "::ffff:", 7) == 0 ? host + 7 : host);
}

_Noreturn static void serve(dw_receiver *receiver, const struct visit *visit, int channel_fd,
                            pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    (void)signal(SIGTERM, SIG_DFL);
    dw_ports_close(&receiver->ports);
    for (size_t i = 0; i < receiver->waiting_count; i++)
        if (receiver->waiting[i].socket != visit->socket)
            close(receiver->waiting[i].socket);
    dw_channel *channel = NULL;
    struct dw_error err = {0};
    dw_status st = DW_OK;
    if (channel_fd >= 0)
        st = dw_channel_new(channel_fd, &channel, &err);
    if (visit->full && receiver->opts.artim_s > REJECTOR_ARTIM_S)
        receiver->opts.artim_s = REJECTOR_ARTIM_S; /* of this process alone */
    struct dw_association_opts opts = {.receiver = &receiver->opts,
                                       .disk = visit->disk,
                                       .log = visit->log,
                                       .peer = visit->peer,
                                       .port = visit->port->name,
                                       .tls = visit->tls,
                                       .compare_gate = receiver->compare_gate,
                                       .full = visit->full};
    if (st == DW_OK)
        st = dw_association_serve(visit->socket, channel, &opts, &err);
    if (st != DW_OK && !visit->full) /* the listener has said that it was too much */
        dw_log_write(visit->log, DW_LOG_INFO, "association ended peer=%s port=%s reason=\"%s\"",
                     visit->peer, visit->port->name, err.text);
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
        memcpy(receiver->children[i].peer, visit->peer, sizeof visit->peer);
        if (!visit->full)
            st = dw_channel_send(daemon,
                                 json_pack("{s:s, s:s, s:s}", "type", "association", "peer",
                                           visit->peer, "port", visit->port->name),
                                 NULL, 0, ends, 1, 10000, err);
    }
    if (ends[0] >= 0)
        close(ends[0]);
    return st;
}

/* Why this visit cannot be served now; NULL: it can. */
static const char *limit_reached(const dw_receiver *receiver, const char *peer)
{
    unsigned all = 0, own = 0;
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        const struct peer_process *child = &receiver->children[i];
        bool served = child->pid && !child->rejects;
        all += served;
        own += served && strcmp(child->peer, peer) == 0;
    }
    if (all >= receiver->opts.max_associations)
        return "max_associations";
    return receiver->opts.max_per_peer && own >= receiver->opts.max_per_peer ? "max_per_peer" : NULL;
}

static dw_status reject(dw_receiver *receiver, dw_channel *daemon, struct visit *visit,
                        const char *limit, struct dw_error *err)
{
    dw_status st = DW_OK;
    visit->full = true;
    if (running(receiver, true) < REJECTORS_MAX)
        st = start(receiver, daemon, visit, err);
    dw_log_write(visit->log, DW_LOG_WARNING,
                 "association rejected for now peer=%s port=%s limit=%s associations=%u", visit->peer,
                 visit->port->name, limit, running(receiver, false));
    return st;
}

/* Serve it, reject it, or let it wait: *out_waits. Without room to wait and without a process that could tell
 * it to come later, it is cut: a peer far beyond its own share. */
static dw_status receive_visit(dw_receiver *receiver, dw_channel *daemon, struct visit *visit,
                               bool room, bool *out_waits, struct dw_error *err)
{
    dw_status st = DW_OK;
    const char *limit = limit_reached(receiver, visit->peer);
    *out_waits = limit && room &&
                 (now_ms() < visit->until_ms || running(receiver, true) >= REJECTORS_MAX);
    if (*out_waits)
        return DW_OK;
    st = limit ? reject(receiver, daemon, visit, limit, err) : start(receiver, daemon, visit, err);
    close(visit->socket);
    return st;
}

static dw_status look_again(dw_receiver *receiver, dw_channel *daemon, struct dw_error *err)
{
    dw_status st = DW_OK;
    size_t kept = 0;
    for (size_t i = 0; i < receiver->waiting_count; i++) {
        struct visit visit = receiver->waiting[i];
        bool waits = st != DW_OK;
        if (!waits)
            st = receive_visit(receiver, daemon, &visit, true, &waits, err);
        if (waits)
            receiver->waiting[kept++] = visit;
    }
    receiver->waiting_count = kept;
    return st;
}

/* It stays in the backlog; do not spin, and say it once. */
static void note_starved(dw_receiver *receiver)
{
    if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
        return;
    if (!receiver->starved)
        dw_log_write(receiver->log, DW_LOG_ERROR, "connections wait until they can be taken: %s",
                     strerror(errno));
    receiver->starved = true;
    (void)poll(NULL, 0, 100);
}

static dw_status accept_one(dw_receiver *receiver, const struct dw_listening *listening,
                            dw_channel *daemon, struct visit visit, struct dw_error *err)
{
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    visit.port = &receiver->opts.ports[listening->port];
    visit.tls = receiver->tls[listening->port];
    visit.socket = accept4(listening->fd, (struct sockaddr *)&from, &length, SOCK_CLOEXEC);
    if (visit.socket < 0) {
        note_starved(receiver);
        return DW_OK;
    }
    receiver->starved = false;
    int on = 1;
    (void)setsockopt(visit.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(visit.socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    peer_name(&from, length, visit.peer);
    visit.until_ms = now_ms() + PATIENCE_MS;
    reap(receiver, false);
    bool waits;
    dw_status st = receive_visit(receiver, daemon, &visit, receiver->waiting_count < WAITING_MAX, &waits, err);
    if (waits)
        receiver->waiting[receiver->waiting_count++] = visit;
    return st;
}

/* Certificates again, from the same files or others. Whoever shakes hands already keeps the old ones; a visit
 * that waits is as new as one that has not come yet. */
static void reload_port(dw_receiver *receiver, size_t i, const json_t *json, const struct dw_log *log)
{
    struct dw_tls_files files;
    struct dw_error err = {0};
    dw_tls *fresh = NULL;
    const char *name = receiver->opts.ports[i].name;
    dw_status st = dw_tls_files_from_json(json, &files, &err);
    if (st == DW_OK)
        st = dw_tls_new(&files, (int64_t)time(NULL), &fresh, &err);
    if (st == DW_OK && receiver->opts.ports[i].closed)
        st = dw_ports_add(receiver->opts.ports, i, &receiver->ports, &err);
    if (st != DW_OK) {
        dw_log_write(log, DW_LOG_ERROR, "port=%s stays as it was: %s", name, err.text);
        dw_tls_free(fresh);
        return;
    }
    receiver->opts.ports[i].closed = false;
    for (size_t w = 0; w < receiver->waiting_count; w++)
        if (receiver->waiting[w].tls == receiver->tls[i])
            receiver->waiting[w].tls = fresh;
    dw_tls_free(receiver->tls[i]);
    receiver->tls[i] = fresh;
    dw_log_write(log, DW_LOG_INFO, "certificate read again port=%s", name);
}

static void reload(dw_receiver *receiver, const json_t *list, const struct dw_log *log)
{
    const json_t *port;
    size_t n;
    json_array_foreach (list, n, port)
        for (size_t i = 0; i < receiver->opts.port_count; i++)
            if (receiver->opts.ports[i].secure && !json_is_true(json_object_get(port, "closed")) &&
                strcmp(receiver->opts.ports[i].name, dw_json_text(port, "name")) == 0)
                reload_port(receiver, i, json_object_get(port, "tls"), log);
}

static dw_status hear(dw_receiver *receiver, dw_channel *daemon, const struct dw_log *log,
                      struct dw_error *err)
{
    struct dw_message msg;
    dw_status st = dw_channel_receive(daemon, 0, &msg, err);
    if (st == DW_OK) {
        if (strcmp(msg.type, "reload") == 0) {
            reload(receiver, json_object_get(msg.head, "ports"), log);
            st = dw_receiver_report(receiver, daemon, err);
        }
        dw_message_done(&msg);
    }
    return st == DW_ERR_TIMEOUT || st == DW_ERR_CORRUPT ? DW_OK : st;
}

/* The house is full, and so is its waiting room: whoever comes waits in the kernel's queue. */
static bool is_saturated(const dw_receiver *receiver)
{
    return receiver->waiting_count == WAITING_MAX &&
           running(receiver, false) >= receiver->opts.max_associations;
}

static int wait_for_someone(dw_receiver *receiver, struct pollfd *fds, dw_channel *daemon)
{
    bool saturated = is_saturated(receiver);
    bool busy = running(receiver, false) + running(receiver, true) > 0;
    fds[0] = (struct pollfd){.fd = dw_channel_fd(daemon), .events = POLLIN};
    for (size_t i = 0; i < receiver->ports.count; i++)
        fds[i + 1] = (struct pollfd){.fd = saturated ? -1 : receiver->ports.sockets[i].fd,
                                     .events = POLLIN};
    int n = poll(fds, (nfds_t)receiver->ports.count + 1,
                 receiver->waiting_count > 0 ? LOOK_AGAIN_MS
                 : busy                                   ? REAP_EVERY_MS
                                                          : -1);
    reap(receiver, false);
    return n;
}

dw_status dw_receiver_run(dw_receiver *receiver, dw_channel *daemon, const struct dw_disk *disk,
                          const struct dw_log *log, struct dw_error *err)
{
    (void)signal(SIGPIPE, SIG_IGN);
    dw_association_prepare();
    receiver->log = log;
    struct pollfd fds[DW_SOCKETS_MAX + 1];
    struct visit visit = {.disk = disk, .log = log};
    dw_status st = DW_OK;
    while (st == DW_OK) {
        int n = wait_for_someone(receiver, fds, daemon);
        if (n < 0 && errno != EINTR)
            return dw_error_set(err, DW_ERR_IO, "poll: %s", strerror(errno));
        if (n > 0 && fds[0].revents)
            st = hear(receiver, daemon, log, err);
        if (st == DW_OK)
            st = look_again(receiver, daemon, err);
        for (size_t i = 0; i < receiver->ports.count && n > 0 && st == DW_OK; i++)
            if (fds[i + 1].revents)
                st = accept_one(receiver, &receiver->ports.sockets[i], daemon, visit, err);
    }
    return st == DW_ERR_GONE ? DW_OK : st;
}
