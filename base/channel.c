#include "base/channel.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"

#include "base/text.h"

/* One packet: this head, json_size bytes of JSON, then the blob, unless that is in the first descriptor. */
struct packet_head {
    uint32_t magic;
    uint32_t json_size;
    uint32_t blob_size;
    uint32_t blob_in_fd;
};
#define PACKET_MAGIC 0x32435744u /* "DWC2" */
#define PACKET_FDS_MAX (DW_CHANNEL_FDS_MAX + 1)

struct waiting {
    struct waiting *next;
    size_t size;
    size_t fd_count;
    int fds[PACKET_FDS_MAX];
    char packet[];
};

struct dw_channel {
    int fd;
    int pending;
    struct waiting *first, **last;
    char *in;  /* DW_CHANNEL_MESSAGE_MAX bytes, made at the first receive */
    char *big; /* the blob of the last message, if it came in a descriptor */
};

dw_status dw_channel_pair(int out_fds[2], struct dw_error *err)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out_fds) != 0)
        return dw_error_set(err, dw_status_from_errno(errno), "make a channel: %s",
                            strerror(errno));
    return DW_OK;
}

dw_status dw_channel_new(int fd, dw_channel **out, struct dw_error *err)
{
    dw_channel *channel = calloc(1, sizeof *channel);
    if (!channel) {
        close(fd);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    channel->fd = fd;
    channel->last = &channel->first;
    /* Room for one whole message; the kernel doubles the number for its own bookkeeping. */
    int room = DW_CHANNEL_MESSAGE_MAX + 4096;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    *out = channel;
    return DW_OK;
}

static void drop_first(dw_channel *channel)
{
    struct waiting *w = channel->first;
    channel->first = w->next;
    if (!channel->first)
        channel->last = &channel->first;
    channel->pending--;
    for (size_t i = 0; i < w->fd_count; i++)
        close(w->fds[i]);
    free(w);
}

void dw_channel_free(dw_channel *channel)
{
    if (!channel)
        return;
    while (channel->first)
        drop_first(channel);
    if (channel->fd >= 0)
        close(channel->fd);
    free(channel->in);
    free(channel->big);
    free(channel);
}

int dw_channel_fd(const dw_channel *channel)
{
    return channel->fd;
}

int dw_channel_pending(const dw_channel *channel)
{
    return channel->pending;
}

/* 0, or an errno. Never waits. */
static int send_packet(int fd, const char *packet, size_t size, const int *fds, size_t fd_count)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * PACKET_FDS_MAX)];
        struct cmsghdr align;
    } control;
    struct iovec iov = {.iov_base = (void *)(uintptr_t)packet, .iov_len = size};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd_count > 0) {
        memset(&control, 0, sizeof control);
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        assert(c); /* there is room for one */
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * fd_count);
    }
    for (;;) {
        if (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            return 0;
        if (errno != EINTR)
            return errno;
    }
}

static bool would_wait(int e)
{
    return e == EAGAIN || e == EWOULDBLOCK || e == ENOBUFS;
}

static dw_status send_error(struct dw_error *err, int e)
{
    if (e == EPIPE || e == ECONNRESET || e == ENOTCONN || e == EBADF)
        return dw_error_set(err, DW_ERR_GONE, "the other process is gone");
    if (e == EMSGSIZE)
        return dw_error_set(err, DW_ERR_LIMIT, "a message is larger than %d bytes",
                            DW_CHANNEL_MESSAGE_MAX);
    return dw_error_set(err, dw_status_from_errno(e), "send a message: %s", strerror(e));
}

static dw_status blob_to_fd(const void *blob, size_t size, int *out, struct dw_error *err)
{
    int fd = memfd_create("discwright-blob", MFD_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "make room for a message: %s",
                            strerror(errno));
    dw_status st = dw_file_write_all(NULL, fd, blob, size, "a message", err);
    if (st != DW_OK)
        close(fd);
    else
        *out = fd;
    return st;
}

static struct waiting *join_packet(const struct packet_head *ph, const char *json, const void *blob)
{
    size_t in_packet = ph->blob_in_fd ? 0 : ph->blob_size;
    size_t size = sizeof *ph + ph->json_size + in_packet;
    struct waiting *w = malloc(sizeof *w + size);
    if (!w)
        return NULL;
    *w = (struct waiting){.size = size};
    memcpy(w->packet, ph, sizeof *ph);
    memcpy(w->packet + sizeof *ph, json, ph->json_size);
    if (in_packet)
        memcpy(w->packet + sizeof *ph + ph->json_size, blob, in_packet);
    return w;
}

/* Head and blob as one packet in a new struct waiting. Steals head. */
static dw_status make_packet(json_t *head, const void *blob, size_t blob_size, struct waiting **out,
                             struct dw_error *err)
{
    char *json = head ? json_dumps(head, JSON_COMPACT) : NULL;
    json_decref(head);
    if (!json)
        return dw_error_set(err, DW_ERR_INTERNAL, "a message could not be written as JSON");
    size_t json_size = strlen(json), room = DW_CHANNEL_MESSAGE_MAX - sizeof(struct packet_head);
    dw_status st = DW_OK;
    if (json_size > room || blob_size > DW_CHANNEL_BLOB_MAX) {
        st = dw_error_set(err, DW_ERR_LIMIT, "a message of %zu and %zu bytes is too large",
                          json_size, blob_size);
        goto out;
    }
    struct packet_head ph = {.magic = PACKET_MAGIC,
                             .json_size = (uint32_t)json_size,
                             .blob_size = (uint32_t)blob_size,
                             .blob_in_fd = blob_size > room - json_size};
    struct waiting *w = join_packet(&ph, json, blob);
    if (!w) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        goto out;
    }
    if (ph.blob_in_fd) {
        st = blob_to_fd(blob, blob_size, &w->fds[0], err);
        w->fd_count = st == DW_OK;
    }
    if (st == DW_OK)
        *out = w;
    else
        free(w);
out:
    free(json);
    return st;
}

dw_status dw_channel_flush(dw_channel *channel, struct dw_error *err)
{
    while (channel->first) {
        struct waiting *w = channel->first;
        int e = send_packet(channel->fd, w->packet, w->size, w->fds, w->fd_count);
        if (would_wait(e))
            return DW_OK;
        if (e)
            return send_error(err, e);
        drop_first(channel);
    }
    return DW_OK;
}

static dw_status flush_until_empty(dw_channel *channel, int timeout_ms, struct dw_error *err)
{
    dw_status st = dw_channel_flush(channel, err);
    while (st == DW_OK && channel->first) {
        struct pollfd p = {.fd = channel->fd, .events = POLLOUT};
        int n = poll(&p, 1, timeout_ms);
        if (n == 0)
            return dw_error_set(err, DW_ERR_TIMEOUT, "the other process did not read for %d ms",
                                timeout_ms);
        if (n < 0 && errno != EINTR)
            return dw_error_set(err, DW_ERR_IO, "wait for a channel: %s", strerror(errno));
        st = dw_channel_flush(channel, err);
    }
    return st;
}

dw_status dw_channel_send(dw_channel *channel, json_t *head, const void *blob, size_t blob_size,
                          const int *fds, size_t fd_count, int timeout_ms, struct dw_error *err)
{
    dw_status st = dw_channel_post(channel, head, blob, blob_size, fds, fd_count, err);
    return st != DW_OK ? st : flush_until_empty(channel, timeout_ms, err);
}

dw_status dw_channel_post(dw_channel *channel, json_t *head, const void *blob, size_t blob_size,
                          const int *fds, size_t fd_count, struct dw_error *err)
{
    struct waiting *w = NULL;
    if (fd_count > DW_CHANNEL_FDS_MAX || channel->pending >= DW_CHANNEL_QUEUE_MAX) {
        json_decref(head);
        return dw_error_set(err, DW_ERR_LIMIT, "%d messages are waiting for a slow process",
                            channel->pending);
    }
    dw_status st = make_packet(head, blob, blob_size, &w, err);
    if (st != DW_OK)
        return st;
    for (size_t i = 0; i < fd_count; i++, w->fd_count++) {
        int copy = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
        if (copy < 0) {
            st = dw_error_set(err, dw_status_from_errno(errno), "pass a descriptor: %s",
                              strerror(errno));
            for (size_t n = 0; n < w->fd_count; n++)
                close(w->fds[n]);
            free(w);
            return st;
        }
        w->fds[w->fd_count] = copy;
    }
    *channel->last = w;
    channel->last = &w->next;
    channel->pending++;
    return dw_channel_flush(channel, err);
}

void dw_message_done(struct dw_message *msg)
{
    json_decref(msg->head);
    for (size_t i = 0; i < DW_CHANNEL_FDS_MAX; i++)
        if (msg->fds[i] >= 0)
            close(msg->fds[i]);
    *msg = (struct dw_message){.fds = {-1, -1, -1, -1}};
}

/* What came along, -1 where there is none; more than there is room for is closed. */
static void take_fds(struct msghdr *mh, int fds[PACKET_FDS_MAX])
{
    size_t used = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
            if (used < PACKET_FDS_MAX)
                fds[used++] = fd;
            else
                close(fd);
        }
    }
}

/* The peer still holds the memfd: pread, so that one it shortens is only a short read. */
static dw_status read_big(dw_channel *channel, int fd, size_t size, struct dw_error *err)
{
    free(channel->big);
    channel->big = size <= DW_CHANNEL_BLOB_MAX ? malloc(size ? size : 1) : NULL;
    if (!channel->big)
        return dw_error_set(err, DW_ERR_LIMIT, "a message brings %zu bytes", size);
    for (size_t at = 0; at < size;) {
        ssize_t n = pread(fd, channel->big + at, size - at, (off_t)at);
        if (n <= 0)
            return dw_error_set(err, DW_ERR_CORRUPT, "a message brings less than it says");
        at += (size_t)n;
    }
    return DW_OK;
}

static dw_status parse_packet(dw_channel *channel, size_t size, int fds[PACKET_FDS_MAX],
                              struct dw_message *msg, struct dw_error *err)
{
    struct packet_head ph;
    const char *in = channel->in;
    if (size < sizeof ph)
        goto broken;
    memcpy(&ph, in, sizeof ph);
    size_t in_packet = ph.blob_in_fd ? 0 : ph.blob_size;
    if (ph.magic != PACKET_MAGIC || (uint64_t)ph.json_size + in_packet != size - sizeof ph ||
        (ph.blob_in_fd && fds[0] < 0))
        goto broken;
    if (ph.blob_in_fd) {
        dw_status st = read_big(channel, fds[0], ph.blob_size, err);
        if (st != DW_OK)
            return st;
    }
    msg->head = json_loadb(in + sizeof ph, ph.json_size, JSON_REJECT_DUPLICATES, NULL);
    msg->type = json_string_value(json_object_get(msg->head, "type"));
    if (!msg->type)
        goto broken;
    msg->blob_size = ph.blob_size;
    if (ph.blob_size)
        msg->blob = ph.blob_in_fd ? channel->big : in + sizeof ph + ph.json_size;
    for (size_t i = 0; i < DW_CHANNEL_FDS_MAX; i++) { /* now they are the reader's */
        size_t from = i + (ph.blob_in_fd ? 1 : 0);
        msg->fds[i] = fds[from];
        fds[from] = -1;
    }
    return DW_OK;
broken:
    return dw_error_set(err, DW_ERR_CORRUPT, "a message of %zu bytes is not one of ours", size);
}

/* Bytes received, 0 at the end, or -errno. */
static ssize_t receive_packet(dw_channel *channel, int fds[PACKET_FDS_MAX])
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * PACKET_FDS_MAX)];
        struct cmsghdr align;
    } control;
    struct iovec iov = {.iov_base = channel->in, .iov_len = DW_CHANNEL_MESSAGE_MAX};
    struct msghdr mh = {.msg_iov = &iov,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(channel->fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0)
        return -errno;
    take_fds(&mh, fds);
    return n;
}

dw_status dw_channel_receive(dw_channel *channel, int timeout_ms, struct dw_message *msg,
                             struct dw_error *err)
{
    *msg = (struct dw_message){.fds = {-1, -1, -1, -1}};
    if (!channel->in && !(channel->in = malloc(DW_CHANNEL_MESSAGE_MAX)))
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (bool was_reset = false;;) {
        int fds[PACKET_FDS_MAX] = {-1, -1, -1, -1, -1};
        ssize_t n = receive_packet(channel, fds);
        if (n == -ECONNRESET && !was_reset) {
            /* The peer died with unread mail of ours; what it had said before still lies here. */
            was_reset = true;
            continue;
        }
        if (n == 0 || n == -ECONNRESET || n == -ENOTCONN)
            return dw_error_set(err, DW_ERR_GONE, "the other process is gone");
        if (n > 0) {
            dw_status st = parse_packet(channel, (size_t)n, fds, msg, err);
            for (size_t i = 0; i < PACKET_FDS_MAX; i++)
                if (fds[i] >= 0)
                    close(fds[i]);
            if (st != DW_OK)
                dw_message_done(msg);
            return st;
        }
        if (n != -EAGAIN && n != -EINTR)
            return dw_error_set(err, dw_status_from_errno((int)-n), "receive a message: %s",
                                strerror((int)-n));
        struct pollfd p = {.fd = channel->fd, .events = POLLIN};
        int ready = poll(&p, 1, timeout_ms);
        if (ready == 0)
            return dw_error_set(err, DW_ERR_TIMEOUT, "no message within %d ms", timeout_ms);
        if (ready < 0 && errno != EINTR)
            return dw_error_set(err, DW_ERR_IO, "wait for a channel: %s", strerror(errno));
    }
}

const char *dw_json_text(const json_t *head, const char *key)
{
    const char *text = json_string_value(json_object_get(head, key));
    return text ? text : "";
}

int64_t dw_json_int(const json_t *head, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(head, key);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

json_t *dw_json_from_error(const char *type, dw_status st, const struct dw_error *err)
{
    const char *text = st != DW_OK && err ? err->text : "";
    json_t *head = json_pack("{s:s, s:s, s:s}", "type", type, "status", dw_status_name(st), "text",
                             dw_text_is_utf8(text, strlen(text)) ? text : "(unreadable text)");
    return head;
}

dw_status dw_json_to_error(const json_t *head, struct dw_error *err)
{
    dw_status st = dw_status_from_name(dw_json_text(head, "status"));
    if (st == DW_OK)
        return DW_OK;
    return dw_error_set(err, st, "%s", dw_json_text(head, "text"));
}
