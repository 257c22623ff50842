/** A DICOM peer made of bytes (PS3.8 9.3, PS3.7 E.1): what a modality sends, and what one should not. */
#ifndef DW_TESTS_TEST_RECEIVER_PEER_H
#define DW_TESTS_TEST_RECEIVER_PEER_H
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "dicom/record.h"

#define PEER_WAIT_MS 20000
#define CT_CLASS "1.2.840.10008.5.1.4.1.1.2"
#define VERIFICATION_CLASS "1.2.840.10008.1.1"
#define IMPLICIT_LE "1.2.840.10008.1.2"
#define EXPLICIT_LE "1.2.840.10008.1.2.1"

struct peer_context {
    const char *abstract_syntax;
    const char *syntaxes[4];
};

static inline int peer_connect(int family, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons(port),
                              .sin6_addr = in6addr_loopback};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr *name =
        family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    if (fd >= 0 && connect(fd, name, family == AF_INET ? sizeof v4 : sizeof v6) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static inline void peer_u16(struct dw_buf *buf, unsigned value) /* big endian, as PDUs are */
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    dw_buf_add(buf, bytes, 2);
}

static inline void peer_item(struct dw_buf *buf, uint8_t type, const void *data, size_t size)
{
    uint8_t head[2] = {type, 0};
    dw_buf_add(buf, head, 2);
    peer_u16(buf, (unsigned)size);
    dw_buf_add(buf, data, size);
}

static inline void peer_pdu(int fd, uint8_t type, const void *data, size_t size)
{
    struct dw_buf pdu;
    uint8_t head[2] = {type, 0};
    dw_buf_init(&pdu, 0);
    dw_buf_add(&pdu, head, 2);
    peer_u16(&pdu, (unsigned)(size >> 16));
    peer_u16(&pdu, (unsigned)(size & 0xFFFF));
    dw_buf_add(&pdu, data, size);
    for (size_t at = 0; at < pdu.size;) {
        ssize_t n = send(fd, pdu.data + at, pdu.size - at, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    dw_buf_done(&pdu);
}

static inline void peer_request(int fd, const char *calling, const char *called,
                                const struct peer_context *contexts, size_t count)
{
    struct dw_buf rq, context, user;
    char titles[33];
    uint8_t zeros[32] = {0}, max_pdu[4] = {0, 2, 0, 0};
    dw_buf_init(&rq, 0);
    dw_buf_init(&context, 0);
    dw_buf_init(&user, 0);
    snprintf(titles, sizeof titles, "%-16s%-16s", called, calling);
    peer_u16(&rq, 1);
    peer_u16(&rq, 0);
    dw_buf_add(&rq, titles, 32);
    dw_buf_add(&rq, zeros, 32);
    peer_item(&rq, 0x10, "1.2.840.10008.3.1.1.1", 21);
    for (size_t i = 0; i < count; i++) {
        uint8_t id[4] = {(uint8_t)(2 * i + 1), 0, 0, 0};
        dw_buf_reset(&context);
        dw_buf_add(&context, id, 4);
        peer_item(&context, 0x30, contexts[i].abstract_syntax, strlen(contexts[i].abstract_syntax));
        for (size_t t = 0; t < 4 && contexts[i].syntaxes[t]; t++)
            peer_item(&context, 0x40, contexts[i].syntaxes[t], strlen(contexts[i].syntaxes[t]));
        peer_item(&rq, 0x20, context.data, context.size);
    }
    peer_item(&user, 0x51, max_pdu, 4);
    peer_item(&user, 0x52, "1.2.3.4", 7);
    peer_item(&rq, 0x50, user.data, user.size);
    peer_pdu(fd, 0x01, rq.data, rq.size);
    dw_buf_done(&rq);
    dw_buf_done(&context);
    dw_buf_done(&user);
}

static inline int peer_read(int fd, uint8_t *out, size_t size)
{
    for (size_t at = 0; at < size;) {
        struct pollfd pfd = {.fd = fd, .events = POLLIN};
        if (poll(&pfd, 1, PEER_WAIT_MS) <= 0)
            return 0;
        ssize_t n = recv(fd, out + at, size - at, 0);
        if (n <= 0)
            return 0;
        at += (size_t)n;
    }
    return 1;
}

/** Type of the next PDU, its body in out[4096]; 0: the connection ended or nothing came. */
static inline int peer_answer(int fd, uint8_t out[4096], size_t *out_size)
{
    uint8_t head[6];
    if (!peer_read(fd, head, 6))
        return 0;
    size_t size = (size_t)head[2] << 24 | (size_t)head[3] << 16 | (size_t)head[4] << 8 | head[5];
    if (size > 4096 || !peer_read(fd, out, size))
        return 0;
    *out_size = size;
    return head[0];
}

static inline void peer_pdv(int fd, uint8_t id, int command, int last, const void *data, size_t size)
{
    struct dw_buf pdv;
    uint8_t head[2] = {id, (uint8_t)((command ? 1 : 0) | (last ? 2 : 0))};
    dw_buf_init(&pdv, 0);
    peer_u16(&pdv, (unsigned)((size + 2) >> 16));
    peer_u16(&pdv, (unsigned)((size + 2) & 0xFFFF));
    dw_buf_add(&pdv, head, 2);
    dw_buf_add(&pdv, data, size);
    peer_pdu(fd, 0x04, pdv.data, pdv.size);
    dw_buf_done(&pdv);
}

static inline void peer_element(struct dw_buf *buf, unsigned element, const void *data, size_t size)
{
    size_t padded = size + (size & 1);
    uint8_t head[8] = {0, 0, (uint8_t)element, (uint8_t)(element >> 8), (uint8_t)padded,
                       (uint8_t)(padded >> 8)};
    dw_buf_add(buf, head, 8);
    dw_buf_add(buf, data, size);
    if (padded != size)
        dw_buf_add(buf, "", 1);
}

static inline void peer_command(int fd, uint8_t id, unsigned field, const char *class_uid,
                                const char *instance_uid, int has_data)
{
    struct dw_buf body, command;
    uint8_t number[2] = {(uint8_t)field, (uint8_t)(field >> 8)}, message[2] = {7, 0};
    uint8_t priority[2] = {0, 0}, data_set[2] = {has_data ? 0 : 1, has_data ? 0 : 1};
    dw_buf_init(&body, 0);
    dw_buf_init(&command, 0);
    peer_element(&body, 0x0002, class_uid, strlen(class_uid));
    peer_element(&body, 0x0100, number, 2);
    peer_element(&body, 0x0110, message, 2);
    if (instance_uid)
        peer_element(&body, 0x0700, priority, 2);
    peer_element(&body, 0x0800, data_set, 2);
    if (instance_uid)
        peer_element(&body, 0x1000, instance_uid, strlen(instance_uid));
    uint8_t length[4] = {(uint8_t)body.size, (uint8_t)(body.size >> 8), 0, 0};
    peer_element(&command, 0x0000, length, 4);
    dw_buf_add(&command, body.data, body.size);
    peer_pdv(fd, id, 1, 1, command.data, command.size);
    dw_buf_done(&body);
    dw_buf_done(&command);
}

/** Status (0000,0900) of the next response; -1: none came (aborted, closed). */
static inline int peer_status(int fd)
{
    uint8_t pdu[4096];
    size_t size = 0;
    if (peer_answer(fd, pdu, &size) != 0x04 || size < 6)
        return -1;
    for (size_t at = 6; at + 8 <= size;) {
        size_t length = (size_t)pdu[at + 4] | (size_t)pdu[at + 5] << 8;
        if (pdu[at + 2] == 0x00 && pdu[at + 3] == 0x09 && length == 2)
            return pdu[at + 8] | pdu[at + 9] << 8;
        at += 8 + length;
    }
    return -1;
}

#endif
