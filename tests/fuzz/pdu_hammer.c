/* pdu_hammer PORT COUNT SEED [PEERS]: sends COUNT changed PDUs to a receiver that is running, PEERS associations at a
 * time, and fails when one of them is neither answered nor closed. What session N sends follows from SEED and N alone;
 * `pdu_hammer PORT only N SEED` sends that session again. The last line counts what was sent and what came back. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pdu_mutate.h"

#define PEERS_MAX 64
#define PATIENCE_MS 60000 /* longer than every time-out of the appliance under test */
#define LOCKSTEP_MS 20

enum manner { AT_ONCE, IN_STEP, DRIBBLED, BROKEN_OFF, LEFT_OPEN };

struct hammer {
    uint16_t port;
    uint64_t seed;
    long long wanted;
    atomic_llong next_session, changed;
    atomic_llong answers[8]; /* by PDU type; 0: ended without one */
    atomic_int failed;
};

/* What comes back, taken apart just far enough to be counted. */
struct ear {
    uint8_t head[6];
    size_t have;
    uint64_t skip;
    bool heard;
};

static void listen_to(struct hammer *hammer, struct ear *ear, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (ear->skip > 0) {
            size_t n = ear->skip < size - i ? (size_t)ear->skip : size - i;
            ear->skip -= n;
            i += n - 1;
            continue;
        }
        ear->head[ear->have++] = data[i];
        if (ear->have < sizeof ear->head)
            continue;
        ear->have = 0;
        ear->heard = true;
        ear->skip = (uint64_t)ear->head[2] << 24 | ear->head[3] << 16 | ear->head[4] << 8 | ear->head[5];
        atomic_fetch_add(&hammer->answers[ear->head[0] & 7], 1);
    }
}

/* 1: something came; 0: nothing within the time; -1: the connection ended. */
static int hear(struct hammer *hammer, struct ear *ear, int fd, int wait_ms)
{
    uint8_t data[4096];
    struct pollfd pfd = {.fd = fd, .events = POLLIN};
    if (poll(&pfd, 1, wait_ms) <= 0)
        return 0;
    ssize_t n = recv(fd, data, sizeof data, 0);
    if (n <= 0)
        return -1;
    listen_to(hammer, ear, data, (size_t)n);
    return 1;
}

/* Answers are taken while sending, or both sides wait for each other. False: the connection ended. */
static bool send_all(struct hammer *hammer, struct ear *ear, int fd, const char *data, size_t size, size_t each)
{
    for (size_t at = 0; at < size;) {
        struct pollfd pfd = {.fd = fd, .events = POLLIN | POLLOUT};
        if (poll(&pfd, 1, PATIENCE_MS) <= 0)
            return false;
        if (pfd.revents & (POLLIN | POLLHUP | POLLERR) && hear(hammer, ear, fd, 0) < 0)
            return false;
        if (!(pfd.revents & POLLOUT))
            continue;
        ssize_t n = send(fd, data + at, size - at < each ? size - at : each, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool send_session(struct hammer *hammer, struct ear *ear, int fd, const struct session *session,
                         enum manner manner, struct dice *dice)
{
    for (size_t i = 0; i < session->count; i++) {
        const struct dw_buf *bytes = &session->pdus[i].bytes;
        size_t size = bytes->size, each = manner == DRIBBLED ? 1 + dice_below(dice, 60) : size;
        if (manner == BROKEN_OFF && i + 1 == session->count)
            size = dice_below(dice, (uint32_t)size);
        if (!send_all(hammer, ear, fd, bytes->data, size, each))
            return false;
        if (manner == IN_STEP && hear(hammer, ear, fd, LOCKSTEP_MS) < 0)
            return false;
    }
    return true;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool until_the_end(struct hammer *hammer, struct ear *ear, int fd)
{
    int got;
    while ((got = hear(hammer, ear, fd, PATIENCE_MS)) > 0)
        continue;
    return got < 0;
}

/* A session cut off in its last PDU is changed there, too; the dice decide what becomes of the connection. */
static enum manner manner_of(struct dice *dice)
{
    uint32_t n = dice_below(dice, 1000);
    return n < 500 ? AT_ONCE : n < 700 ? IN_STEP : n < 800 ? DRIBBLED : n < 997 ? BROKEN_OFF : LEFT_OPEN;
}

static void one_session(struct hammer *hammer, struct session *session, uint64_t number)
{
    struct dice dice = {hammer->seed * 0x100000001B3u + number};
    struct ear ear = {0};
    session_make(session, &dice);
    size_t changed = session_mutate(session, &dice);
    enum manner manner = manner_of(&dice);
    int fd = connect_to(hammer->port);
    if (fd < 0) {
        fprintf(stderr, "session %llu: cannot connect: %s\n", (unsigned long long)number, strerror(errno));
        atomic_store(&hammer->failed, 1);
        return;
    }
    bool open = send_session(hammer, &ear, fd, session, manner, &dice);
    if (open && manner == BROKEN_OFF && dice_one_in(&dice, 2)) {
        struct linger reset = {.l_onoff = 1};
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    } else if (open) {
        if (manner != LEFT_OPEN)
            shutdown(fd, SHUT_WR);
        if (!until_the_end(hammer, &ear, fd)) {
            fprintf(stderr, "session %llu: neither answered nor closed\n", (unsigned long long)number);
            atomic_store(&hammer->failed, 1);
        }
    }
    close(fd);
    if (!ear.heard)
        atomic_fetch_add(&hammer->answers[0], 1);
    atomic_fetch_add(&hammer->changed, (long long)changed);
}

static void *peer(void *ctx)
{
    struct hammer *hammer = ctx;
    struct session *session = malloc(sizeof *session);
    if (!session)
        abort();
    session_init(session);
    while (atomic_load(&hammer->changed) < hammer->wanted && !atomic_load(&hammer->failed))
        one_session(hammer, session, (uint64_t)atomic_fetch_add(&hammer->next_session, 1));
    session_done(session);
    free(session);
    return NULL;
}

static void run(struct hammer *hammer, size_t peers)
{
    pthread_t threads[PEERS_MAX];
    for (size_t i = 0; i < peers; i++)
        if (pthread_create(&threads[i], NULL, peer, hammer) != 0)
            abort();
    for (size_t i = 0; i < peers; i++)
        pthread_join(threads[i], NULL);
}

static long long number(const char *text, long long least, long long most)
{
    int64_t value;
    if (!dw_text_int(text, least, most, &value)) {
        fprintf(stderr, "usage: pdu_hammer PORT COUNT SEED [PEERS] | PORT only SESSION SEED\n");
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    static struct hammer hammer;
    bool only = argc == 5 && strcmp(argv[2], "only") == 0;
    hammer.port = (uint16_t)number(argc > 1 ? argv[1] : "", 1, 65535);
    hammer.wanted = only ? 1 : number(argc > 2 ? argv[2] : "", 1, 1000000000);
    hammer.seed = (uint64_t)number(argc > 3 ? argv[only ? 4 : 3] : "", 0, INT32_MAX);
    size_t peers = only || argc < 5 ? 1 : (size_t)number(argv[4], 1, PEERS_MAX);
    if (only)
        atomic_store(&hammer.next_session, number(argv[3], 0, INT64_MAX));
    run(&hammer, peers);
    printf("{\"changed\": %lld, \"sessions\": %lld", atomic_load(&hammer.changed), atomic_load(&hammer.next_session));
    static const char *const names[] = {"no answer", "request", "accepted", "rejected", "data", "release", "released", "aborted"};
    for (size_t i = 0; i < 8; i++)
        printf(", \"%s\": %lld", names[i], atomic_load(&hammer.answers[i]));
    puts("}");
    return atomic_load(&hammer.failed);
}
