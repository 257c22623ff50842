#include "robot/cups_ipp.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"

#define CONNECT_MS 5000
#define EXCHANGE_S 10.0

dw_status dw_cups_queue_read(const char *name, struct dw_cups_queue *out, struct dw_error *err)
{
    char scheme[16], user[64];
    *out = (struct dw_cups_queue){.port = 0};
    if (!*name)
        return dw_error_set(err, DW_ERR_INVALID, "printer_queue: a label printer needs the name of its queue");
    if (!strstr(name, "://")) {
        if (strcspn(name, "/#? \t") != strlen(name))
            return dw_error_set(err, DW_ERR_INVALID, "printer_queue: '%.60s' is no name of a queue", name);
        dw_text_cut(out->host, sizeof out->host, cupsServer());
        out->port = ippPort();
        out->encrypted = false;
        return dw_text_format(out->resource, sizeof out->resource, "/printers/%s", name) &&
                       dw_text_format(out->uri, sizeof out->uri, "ipp://localhost/printers/%s", name)
                   ? DW_OK
                   : dw_error_set(err, DW_ERR_INVALID, "printer_queue: the name is too long");
    }
    if (!dw_text_copy(out->uri, sizeof out->uri, name) ||
        httpSeparateURI(HTTP_URI_CODING_ALL, name, scheme, sizeof scheme, user, sizeof user, out->host,
                        sizeof out->host, &out->port, out->resource,
                        sizeof out->resource) < HTTP_URI_STATUS_OK ||
        (strcmp(scheme, "ipp") != 0 && strcmp(scheme, "ipps") != 0) || !out->host[0])
        return dw_error_set(err, DW_ERR_INVALID, "printer_queue: '%.100s' is no ipp: or ipps: address", name);
    out->encrypted = strcmp(scheme, "ipps") == 0;
    return DW_OK;
}

static int give_up(http_t *http, void *ctx)
{
    return 0; /* the exchange ends with what has come */
}

dw_status dw_cups_connect(const struct dw_cups_queue *queue, http_t **out, struct dw_error *err)
{
    http_t *http = httpConnect2(queue->host, queue->port, NULL, AF_UNSPEC,
                                queue->encrypted ? HTTP_ENCRYPTION_ALWAYS : HTTP_ENCRYPTION_IF_REQUESTED, 1,
                                CONNECT_MS, NULL);
    if (!http)
        return dw_error_set(err, DW_ERR_GONE, "the print server '%.60s' cannot be reached", queue->host);
    httpSetTimeout(http, EXCHANGE_S, give_up, NULL);
    *out = http;
    return DW_OK;
}

/* --- one exchange --- */

static ipp_t *request_new(ipp_op_t op, const struct dw_cups_queue *queue)
{
    ipp_t *request = ippNewRequest(op);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, queue->uri);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, cupsUser());
    return request;
}

static dw_status status_of(ipp_status_t status)
{
    if (status == IPP_STATUS_ERROR_NOT_FOUND)
        return DW_ERR_NOT_FOUND;
    return status == IPP_STATUS_ERROR_SERVICE_UNAVAILABLE || status == IPP_STATUS_ERROR_INTERNAL
               ? DW_ERR_GONE
               : DW_ERR_IO;
}

/* request is consumed; free the answer with ippDelete(). */
static dw_status ask(http_t *http, const struct dw_cups_queue *queue, ipp_t *request, const char *file,
                     ipp_t **out, struct dw_error *err)
{
    ipp_t *answer = file ? cupsDoFileRequest(http, request, queue->resource, file)
                         : cupsDoRequest(http, request, queue->resource);
    if (!answer)
        return dw_error_set(err, DW_ERR_GONE, "the printer does not answer: %.120s", cupsLastErrorString());
    ipp_status_t status = ippGetStatusCode(answer);
    if (status > IPP_STATUS_OK_EVENTS_COMPLETE) {
        ippDelete(answer);
        return dw_error_set(err, status_of(status), "the printer refuses: %.120s", cupsLastErrorString());
    }
    *out = answer;
    return DW_OK;
}

static int number_of(ipp_t *answer, const char *name, int otherwise)
{
    ipp_attribute_t *a = ippFindAttribute(answer, name, IPP_TAG_ZERO);
    return a ? ippGetInteger(a, 0) : otherwise;
}

/* --- labels --- */

void dw_cups_name(const char *owner, long long disc, int64_t stamp, char out[DW_CUPS_NAME_MAX])
{
    snprintf(out, DW_CUPS_NAME_MAX, DW_CUPS_JOB_NAME " %.16s %lld, %lld", owner, disc, (long long)stamp);
}

/* What the site says goes before what we say. */
static void add_options(ipp_t *request, const struct dw_cups_label *label)
{
    cups_option_t *options = NULL;
    int count = cupsAddOption("print-scaling", "none", 0, &options);
    count = cupsAddOption("orientation-requested", "3", count, &options);
    count = cupsAddOption("media", label->media, count, &options);
    count = cupsParseOptions(label->options, count, &options);
    cupsEncodeOptions2(request, count, options, IPP_TAG_JOB);
    cupsFreeOptions(count, options);
}

dw_status dw_cups_submit(http_t *http, const struct dw_cups_queue *queue, const struct dw_cups_label *label,
                         int *out_job, struct dw_error *err)
{
    ipp_t *answer = NULL;
    ipp_t *request = request_new(IPP_OP_PRINT_JOB, queue);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, label->name);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE, "document-format", NULL,
                 dw_text_ends_with(label->path, ".pdf") ? "application/pdf" : "image/png");
    add_options(request, label);
    dw_status st = ask(http, queue, request, label->path, &answer, err);
    if (st != DW_OK)
        return st;
    int job = number_of(answer, "job-id", 0);
    ippDelete(answer);
    if (job < 1)
        return dw_error_set(err, DW_ERR_CORRUPT, "the printer took the label and gave it no number");
    *out_job = job;
    return DW_OK;
}

static ipp_t *job_request(ipp_op_t op, const struct dw_cups_queue *queue, int job)
{
    ipp_t *request = ippNewRequest(op);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, queue->uri);
    ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", job);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, cupsUser());
    return request;
}

dw_status dw_cups_job(http_t *http, const struct dw_cups_queue *queue, int job, ipp_jstate_t *out,
                      struct dw_error *err)
{
    ipp_t *answer = NULL;
    dw_status st = ask(http, queue, job_request(IPP_OP_GET_JOB_ATTRIBUTES, queue, job), NULL, &answer, err);
    if (st != DW_OK)
        return st;
    *out = (ipp_jstate_t)number_of(answer, "job-state", IPP_JSTATE_PENDING);
    ippDelete(answer);
    return DW_OK;
}

dw_status dw_cups_cancel(http_t *http, const struct dw_cups_queue *queue, int job, struct dw_error *err)
{
    ipp_t *answer = NULL;
    dw_status st = ask(http, queue, job_request(IPP_OP_CANCEL_JOB, queue, job), NULL, &answer, err);
    if (st == DW_OK)
        ippDelete(answer);
    return st;
}

size_t dw_cups_list(ipp_t *answer, const char *owner, struct dw_cups_listed *out, size_t max)
{
    struct dw_cups_listed one = {0};
    char begin[DW_CUPS_NAME_MAX];
    int length = snprintf(begin, sizeof begin, DW_CUPS_JOB_NAME " %.16s ", owner);
    size_t count = 0;
    ipp_attribute_t *a = ippFirstAttribute(answer);
    for (;; a = ippNextAttribute(answer)) {
        const char *name = a ? ippGetName(a) : NULL;
        if (!name) { /* jobs are set apart by attributes without a name */
            bool ours = one.job > 0 && strncmp(one.name, begin, (size_t)length) == 0;
            if (ours && count < max)
                out[count++] = one;
            one = (struct dw_cups_listed){0};
        } else if (strcmp(name, "job-id") == 0) {
            one.job = ippGetInteger(a, 0);
        } else if (strcmp(name, "job-name") == 0) {
            const char *title = ippGetString(a, 0, NULL);
            dw_text_cut(one.name, sizeof one.name, title ? title : "");
        }
        if (!a)
            return count;
    }
}

#define AT_ONCE 64

/* Of finished jobs the newest. */
static dw_status list(http_t *http, const struct dw_cups_queue *queue, const char *which,
                      struct dw_cups_listed out[AT_ONCE], size_t *out_count, struct dw_error *err)
{
    static const char *const wanted[] = {"job-id", "job-name"};
    ipp_t *answer = NULL, *request = request_new(IPP_OP_GET_JOBS, queue);
    ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "limit", 1000);
    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", 2, NULL, wanted);
    ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "which-jobs", NULL, which);
    dw_status st = ask(http, queue, request, NULL, &answer, err);
    if (st != DW_OK)
        return st;
    *out_count = dw_cups_list(answer, queue->owner, out, AT_ONCE);
    ippDelete(answer);
    return DW_OK;
}

dw_status dw_cups_find(http_t *http, const struct dw_cups_queue *queue, const char *name, int *out_job,
                       bool *out_done, struct dw_error *err)
{
    static const char *const which[] = {"not-completed", "completed"};
    struct dw_cups_listed jobs[AT_ONCE];
    size_t count = 0;
    *out_job = 0;
    for (size_t k = 0; k < DW_ARRAY_LEN(which) && *out_job == 0; k++) {
        dw_status st = list(http, queue, which[k], jobs, &count, err);
        if (st != DW_OK)
            return st;
        for (size_t i = 0; i < count; i++) {
            if (strcmp(jobs[i].name, name) == 0)
                *out_job = jobs[i].job;
        }
        *out_done = k == 1;
    }
    return DW_OK;
}

dw_status dw_cups_sweep(http_t *http, const struct dw_cups_queue *queue, struct dw_error *err)
{
    struct dw_cups_listed jobs[AT_ONCE];
    size_t count = 0;
    dw_status st = list(http, queue, "not-completed", jobs, &count, err);
    for (size_t i = 0; i < count && st == DW_OK; i++)
        st = dw_cups_cancel(http, queue, jobs[i].job, err);
    return st;
}

/* --- health --- */

/* Keywords of RFC 8011 5.4.12 and of CUPS, without their -error, -report or -warning. */
static const struct reason {
    const char *keyword, *fault, *sentence;
    bool of_a_label; /* only while there is one: between labels a queue repeats what the printer said last */
} reasons[] = {
    {"offline", "printer_offline", NULL, false},
    {"timed-out", "printer_offline", NULL, false},
    {"shutdown", "printer_offline", NULL, false},
    {"cover-open", "printer_attention", "The label printer's cover is open: close it", true},
    {"door-open", "printer_attention", "The label printer's door is open: close it", true},
    {"interlock-open", "printer_attention", "The label printer is open: close it", true},
    {"marker-supply-empty", "printer_attention", "The label printer's ink is used up: change the cartridge", true},
    {"marker-supply-missing", "printer_attention", "The label printer has no cartridge: put one in", true},
    {"toner-empty", "printer_attention", "The label printer's toner is used up: change it", true},
    {"marker-waste-full", "printer_attention", "The label printer's waste ink tank is full: change it", true},
    {"media-empty", "printer_attention", "The label printer sees no disc: lay it in", true},
    {"media-needed", "printer_attention", "The label printer sees no disc: lay it in", true},
    {"media-jam", "printer_attention", "The label printer is jammed: free it", true},
    {"input-tray-missing", "printer_attention", "The label printer's tray is missing: put it in", true},
    {"paused", "printer_attention", "The label printer's queue is stopped: start it again", false},
    {"moving-to-paused", "printer_attention", "The label printer's queue is stopped: start it again", false},
};

static bool is_keyword(const char *reason, const char *keyword)
{
    size_t n = strlen(keyword);
    return strncmp(reason, keyword, n) == 0 && (reason[n] == 0 || reason[n] == '-');
}

/* A warning is about a label only while one is being printed: then nothing goes on, whatever the printer calls it. */
static void understand(ipp_attribute_t *list, bool has_label, struct dw_cups_health *out)
{
    for (int i = 0; list && i < ippGetCount(list); i++) {
        const char *reason = ippGetString(list, i, NULL);
        bool warning = reason && dw_text_ends_with(reason, "-warning");
        for (size_t k = 0; reason && k < DW_ARRAY_LEN(reasons) && !out->fault; k++) {
            if (is_keyword(reason, reasons[k].keyword) &&
                (has_label || !(warning || reasons[k].of_a_label))) {
                out->fault = reasons[k].fault;
                out->sentence = reasons[k].sentence;
            }
        }
    }
}

static int emptiest(ipp_attribute_t *levels)
{
    int least = -1;
    for (int i = 0; levels && i < ippGetCount(levels); i++) {
        int level = ippGetInteger(levels, i);
        if (level >= 0 && level <= 100 && (least < 0 || level < least))
            least = level;
    }
    return least;
}

dw_status dw_cups_health(http_t *http, const struct dw_cups_queue *queue, bool has_label,
                         struct dw_cups_health *out, struct dw_error *err)
{
    static const char *const wanted[] = {"printer-state", "printer-state-reasons",
                                         "printer-is-accepting-jobs", "marker-levels"};
    ipp_t *answer = NULL, *request = request_new(IPP_OP_GET_PRINTER_ATTRIBUTES, queue);
    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
                  (int)DW_ARRAY_LEN(wanted), NULL, wanted);
    dw_status st = ask(http, queue, request, NULL, &answer, err);
    if (st != DW_OK)
        return st;
    struct dw_cups_health health = {.accepting = true};
    ipp_attribute_t *accepting = ippFindAttribute(answer, "printer-is-accepting-jobs", IPP_TAG_BOOLEAN);
    health.stopped = number_of(answer, "printer-state", IPP_PSTATE_IDLE) == IPP_PSTATE_STOPPED;
    health.accepting = !accepting || ippGetBoolean(accepting, 0);
    health.ink_percent = emptiest(ippFindAttribute(answer, "marker-levels", IPP_TAG_INTEGER));
    understand(ippFindAttribute(answer, "printer-state-reasons", IPP_TAG_KEYWORD), has_label, &health);
    if (!health.fault && (health.stopped || !health.accepting)) {
        health.fault = "printer_attention";
        health.sentence = "The label printer has stopped: look at it and at its queue";
    }
    ippDelete(answer);
    *out = health;
    return DW_OK;
}
