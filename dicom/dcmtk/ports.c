#include "dicom/dcmtk/ports.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

#define BACKLOG 512
#define RECEIVE_BUFFER_BYTES (4 * 1024 * 1024)

struct opening {
    const struct dw_port_opts *opts;
    size_t index;
    struct dw_ports *ports;
};

static dw_status bind_error(const struct dw_port_opts *opts, int errnum, struct dw_error *err)
{
    if (errnum == EADDRINUSE)
        return dw_error_set(err, DW_ERR_BUSY, "DICOM port %u is already in use", opts->port);
    if (errnum == EACCES || errnum == EPERM)
        return dw_error_set(err, DW_ERR_DENIED, "DICOM port %u needs a privilege to listen on",
                            opts->port);
    return dw_error_set(err, DW_ERR_IO, "DICOM port %u: %s", opts->port, strerror(errnum));
}

static uint16_t port_of(const struct sockaddr_storage *name)
{
    return ntohs(name->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)name)->sin6_port
                                             : ((const struct sockaddr_in *)name)->sin_port);
}

static void set_port(struct sockaddr_storage *name, uint16_t port)
{
    if (name->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)name)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)name)->sin_port = htons(port);
}

static dw_status listen_on(struct opening *o, const struct addrinfo *address, bool dual,
                           struct dw_error *err)
{
    struct dw_ports *ports = o->ports;
    struct sockaddr_storage name;
    memcpy(&name, address->ai_addr, address->ai_addrlen);
    if (ports->numbers[o->index]) /* port 0 was asked: the others take what the first one got */
        set_port(&name, ports->numbers[o->index]);
    if (ports->count == DW_SOCKETS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d addresses to listen on", DW_SOCKETS_MAX);
    int fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return bind_error(o->opts, errno, err);
    int on = 1, v6only = !dual, room = RECEIVE_BUFFER_BYTES;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (name.ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
    /* before listen(): the window scale is agreed in the handshake */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    socklen_t length = sizeof name;
    if (bind(fd, (struct sockaddr *)&name, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&name, &length) != 0) {
        dw_status st = bind_error(o->opts, errno, err);
        close(fd);
        return st;
    }
    ports->numbers[o->index] = port_of(&name);
    ports->sockets[ports->count++] = (struct dw_listening){.fd = fd, .port = o->index};
    return DW_OK;
}

static dw_status listen_everywhere(struct opening *o, struct dw_error *err)
{
    struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(o->opts->port)};
    struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(o->opts->port)};
    struct addrinfo v6 = {.ai_addr = (struct sockaddr *)&any6, .ai_addrlen = sizeof any6};
    struct addrinfo v4 = {.ai_addr = (struct sockaddr *)&any4, .ai_addrlen = sizeof any4};
    dw_status st = listen_on(o, &v6, true, err);
    if (st == DW_ERR_IO) /* a kernel without IPv6 */
        st = listen_on(o, &v4, false, err);
    return st;
}

static dw_status listen_all(struct opening *o, struct dw_error *err)
{
    const char *bind_to = o->opts->bind;
    if (!bind_to || !*bind_to || strcmp(bind_to, "*") == 0 || strcmp(bind_to, "::") == 0)
        return listen_everywhere(o, err);
    char port[8];
    if (!dw_text_format(port, sizeof port, "%u", o->opts->port))
        return dw_error_set(err, DW_ERR_INVALID, "port out of range");
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int failed = getaddrinfo(bind_to, port, &hints, &list);
    if (failed)
        return dw_error_set(err, DW_ERR_INVALID, "cannot listen on '%s': %s", bind_to,
                            gai_strerror(failed));
    dw_status st = DW_OK;
    for (struct addrinfo *at = list; at && st == DW_OK; at = at->ai_next)
        st = listen_on(o, at, false, err);
    freeaddrinfo(list);
    return st;
}

dw_status dw_tls_files_from_json(const json_t *json, struct dw_tls_files *out, struct dw_error *err)
{
    int client = dw_tls_client_from_name(dw_json_text(json, "client_certificate"));
    if (client < 0)
        return dw_error_set(err, DW_ERR_INVALID, "client_certificate is none of none, request, require");
    *out = (struct dw_tls_files){.certificate = dw_json_text(json, "certificate"),
                                 .key = dw_json_text(json, "key"),
                                 .authorities = dw_json_text(json, "authorities"),
                                 .client = (enum dw_tls_client)client};
    return DW_OK;
}

dw_status dw_ports_add(const struct dw_port_opts *opts, size_t index, struct dw_ports *ports, struct dw_error *err)
{
    size_t before = ports->count;
    dw_status st = listen_all(&(struct opening){&opts[index], index, ports}, err);
    if (st == DW_OK)
        return DW_OK;
    while (ports->count > before)
        close(ports->sockets[--ports->count].fd);
    ports->numbers[index] = 0;
    return st;
}

dw_status dw_ports_open(const struct dw_port_opts *opts, size_t count, struct dw_ports *out,
                        struct dw_error *err)
{
    dw_status st = DW_OK;
    *out = (struct dw_ports){0};
    for (size_t i = 0; i < count && st == DW_OK; i++)
        if (!opts[i].closed)
            st = dw_ports_add(opts, i, out, err);
    if (st != DW_OK)
        dw_ports_close(out);
    return st;
}

void dw_ports_close(struct dw_ports *ports)
{
    for (size_t i = 0; i < ports->count; i++)
        close(ports->sockets[i].fd);
    ports->count = 0;
}
