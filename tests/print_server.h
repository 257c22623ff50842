/** A print server of one queue, played by a thread of the test: what it answers, and what it does not, is the test's. */
#ifndef DW_TESTS_PRINT_SERVER_H
#define DW_TESTS_PRINT_SERVER_H
#include <arpa/inet.h>
#include <cups/cups.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>
#include "test.h"

#define PRINT_JOBS_MAX 16

struct print_server {
    int listener, port;
    pthread_t thread;
    atomic_bool stopping;
    atomic_bool loses_answer;   /* of the next label: it lies in the queue, and nobody hears so */
    atomic_bool refuses_cancel; /* the next one */
    atomic_int jobs;            /* numbered from 1 */
    char name[PRINT_JOBS_MAX][128];
    atomic_int state[PRINT_JOBS_MAX]; /* ipp_jstate_t */
};

static inline const char *print_text(ipp_t *request, const char *name)
{
    ipp_attribute_t *a = ippFindAttribute(request, name, IPP_TAG_ZERO);
    return a ? ippGetString(a, 0, NULL) : "";
}

static inline int print_number(ipp_t *request)
{
    ipp_attribute_t *a = ippFindAttribute(request, "job-id", IPP_TAG_INTEGER);
    return a ? ippGetInteger(a, 0) : 0;
}

static inline void print_take(struct print_server *s, ipp_t *request, ipp_t *answer)
{
    int job = atomic_load(&s->jobs);
    CHECK(job < PRINT_JOBS_MAX);
    snprintf(s->name[job], sizeof s->name[0], "%s", print_text(request, "job-name"));
    atomic_store(&s->state[job], IPP_JSTATE_PENDING);
    atomic_store(&s->jobs, ++job);
    ippAddInteger(answer, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-id", job);
}

static inline void print_list(struct print_server *s, ipp_t *request, ipp_t *answer)
{
    bool completed = strcmp(print_text(request, "which-jobs"), "completed") == 0;
    for (int i = 0; i < atomic_load(&s->jobs); i++) {
        if ((atomic_load(&s->state[i]) >= IPP_JSTATE_CANCELED) != completed)
            continue;
        ippAddSeparator(answer);
        ippAddInteger(answer, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-id", i + 1);
        ippAddString(answer, IPP_TAG_JOB, IPP_TAG_NAME, "job-name", NULL, s->name[i]);
    }
}

static inline ipp_t *print_answer(struct print_server *s, ipp_t *request)
{
    ipp_t *answer = ippNewResponse(request);
    int job = print_number(request);
    switch (ippGetOperation(request)) {
    case IPP_OP_PRINT_JOB:
        print_take(s, request, answer);
        break;
    case IPP_OP_GET_JOBS:
        print_list(s, request, answer);
        break;
    case IPP_OP_GET_JOB_ATTRIBUTES:
        ippAddInteger(answer, IPP_TAG_JOB, IPP_TAG_ENUM, "job-state", atomic_load(&s->state[job - 1]));
        break;
    case IPP_OP_CANCEL_JOB:
        if (atomic_exchange(&s->refuses_cancel, false))
            ippSetStatusCode(answer, IPP_STATUS_ERROR_SERVICE_UNAVAILABLE);
        else
            atomic_store(&s->state[job - 1], IPP_JSTATE_CANCELED);
        break;
    default:
        break;
    }
    return answer;
}

/* false: this client has gone, or is not answered. */
static inline bool print_serve(struct print_server *s, http_t *http)
{
    char resource[HTTP_MAX_URI], rest[1024];
    http_status_t status;
    if (httpReadRequest(http, resource, sizeof resource) != HTTP_STATE_POST)
        return false;
    while ((status = httpUpdate(http)) == HTTP_STATUS_CONTINUE)
        ;
    if (status != HTTP_STATUS_OK)
        return false;
    if (httpGetExpect(http) == HTTP_STATUS_CONTINUE)
        httpWriteResponse(http, HTTP_STATUS_CONTINUE);
    ipp_t *request = ippNew();
    ipp_state_t state;
    while ((state = ippRead(http, request)) != IPP_STATE_DATA && state != IPP_STATE_ERROR)
        ;
    while (state == IPP_STATE_DATA && httpGetState(http) == HTTP_STATE_POST_RECV && httpRead2(http, rest, sizeof rest) > 0)
        ;
    ipp_t *answer = print_answer(s, request);
    bool lost = ippGetOperation(request) == IPP_OP_PRINT_JOB && atomic_exchange(&s->loses_answer, false);
    if (!lost) {
        httpClearFields(http);
        httpSetField(http, HTTP_FIELD_CONTENT_TYPE, "application/ipp");
        httpSetLength(http, ippLength(answer));
        httpWriteResponse(http, HTTP_STATUS_OK);
        ippSetState(answer, IPP_STATE_IDLE);
        while ((state = ippWrite(http, answer)) != IPP_STATE_DATA && state != IPP_STATE_ERROR)
            ;
        httpFlushWrite(http);
    }
    ippDelete(request);
    ippDelete(answer);
    return !lost;
}

static inline void *print_thread(void *ctx)
{
    struct print_server *s = ctx;
    while (!atomic_load(&s->stopping)) {
        struct pollfd fd = {.fd = s->listener, .events = POLLIN};
        if (poll(&fd, 1, 20) <= 0)
            continue;
        http_t *http = httpAcceptConnection(s->listener, 1);
        bool open = http != NULL;
        while (open && !atomic_load(&s->stopping))
            open = !httpWait(http, 20) || print_serve(s, http);
        httpClose(http);
    }
    return NULL;
}

static inline void print_begin(struct print_server *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    memset(s, 0, sizeof *s);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(s->listener >= 0 && bind(s->listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(s->listener, 8) == 0);
    CHECK_INT(getsockname(s->listener, (struct sockaddr *)&at, &size), 0);
    s->port = ntohs(at.sin_port);
    CHECK_INT(pthread_create(&s->thread, NULL, print_thread, s), 0);
}

static inline void print_end(struct print_server *s)
{
    atomic_store(&s->stopping, true);
    pthread_join(s->thread, NULL);
    close(s->listener);
}

#endif
