#include "daemon/handler.h"

#include <string.h>

#include "base/channel.h"
#include "daemon/audit.h"
#include "daemon/intake/explain.h"
#include "daemon/intake/release.h"
#include "daemon/intake/retention.h"

typedef dw_status answer_fn(const struct dw_handler *h, const json_t *request, json_t *reply,
                            struct dw_error *err);

static struct dw_query read_query(const json_t *request)
{
    return (struct dw_query){
        .filter = dw_json_text(request, "filter"),
        .state = dw_json_text(request, "state"),
        .job = dw_json_int(request, "job", 0),
        .study = dw_json_int(request, "study", 0),
        .limit = dw_json_int(request, "limit", 0),
        .offset = dw_json_int(request, "offset", 0),
    };
}

/* Everything of `part` into the reply; part is stolen. */
static dw_status merge(json_t *reply, json_t *part, struct dw_error *err)
{
    int rc = json_object_update(reply, part);
    json_decref(part);
    return rc == 0 ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
}

typedef dw_status list_fn(dw_queries *queries, const struct dw_query *query, json_t **out,
                          struct dw_error *err);

static dw_status list(const struct dw_handler *h, const json_t *request, list_fn *fn, json_t *reply,
                      struct dw_error *err)
{
    struct dw_query query = read_query(request);
    json_t *part = NULL;
    dw_status st = fn(h->queries, &query, &part, err);
    return st == DW_OK ? merge(reply, part, err) : st;
}

static dw_status studies(const struct dw_handler *h, const json_t *request, json_t *reply,
                         struct dw_error *err)
{
    return list(h, request, dw_query_studies, reply, err);
}

static dw_status jobs(const struct dw_handler *h, const json_t *request, json_t *reply,
                      struct dw_error *err)
{
    return list(h, request, dw_query_jobs, reply, err);
}

static dw_status discs(const struct dw_handler *h, const json_t *request, json_t *reply,
                       struct dw_error *err)
{
    return list(h, request, dw_query_discs, reply, err);
}

static dw_status events(const struct dw_handler *h, const json_t *request, json_t *reply,
                        struct dw_error *err)
{
    return list(h, request, dw_query_events, reply, err);
}

static dw_status audit(const struct dw_handler *h, const json_t *request, json_t *reply,
                       struct dw_error *err)
{
    return list(h, request, dw_query_audit, reply, err);
}

static dw_status study(const struct dw_handler *h, const json_t *request, json_t *reply,
                       struct dw_error *err)
{
    json_t *part = NULL;
    dw_status st = dw_query_study(h->queries, dw_json_int(request, "id", 0), &part, err);
    if (st == DW_OK)
        json_object_set_new(reply, "study", part);
    return st;
}

/* The job as stored, and what is going on with it and its discs right now. */
static dw_status job(const struct dw_handler *h, const json_t *request, json_t *reply,
                     struct dw_error *err)
{
    json_t *part = NULL;
    dw_status st = dw_query_job(h->queries, dw_json_int(request, "id", 0), &part, err);
    if (st != DW_OK)
        return st;
    json_object_set_new(reply, "job", part);
    json_t *now = dw_snapshot_get(h->snapshot);
    json_object_set(reply, "now", now);
    json_decref(now);
    return DW_OK;
}

static dw_status identify(const struct dw_handler *h, const json_t *request, json_t *reply,
                          struct dw_error *err)
{
    json_t *part = NULL;
    dw_status st = dw_query_identify(h->queries, dw_json_text(request, "fileset_uid"), &part, err);
    return st == DW_OK ? merge(reply, part, err) : st;
}

static dw_status robots(const struct dw_handler *h, const json_t *request, json_t *reply,
                        struct dw_error *err)
{
    json_t *now = dw_snapshot_get(h->snapshot);
    json_t *all = json_object_get(now, "robots"), *discs = json_object_get(now, "discs");
    json_object_set_new(reply, "robots", all ? json_incref(all) : json_array());
    json_object_set_new(reply, "discs", discs ? json_incref(discs) : json_object());
    json_object_set(reply, "machine", json_object_get(now, "machine"));
    json_decref(now);
    return DW_OK;
}

static dw_status drives(const struct dw_handler *h, const json_t *request, json_t *reply,
                        struct dw_error *err)
{
    json_t *part = NULL;
    dw_status st = dw_query_drives(h->queries, &part, err);
    if (st != DW_OK)
        return st;
    json_object_update(reply, part);
    json_decref(part);
    return DW_OK;
}

static dw_status robot(const struct dw_handler *h, const json_t *request, json_t *reply,
                       struct dw_error *err)
{
    const char *name = dw_json_text(request, "name");
    json_t *now = dw_snapshot_get(h->snapshot), *one;
    size_t i;
    dw_status st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no such robot");
    json_array_foreach (json_object_get(now, "robots"), i, one) {
        if (*name && strcmp(dw_json_text(one, "name"), name) != 0)
            continue;
        json_object_set(reply, "robot", one);
        json_object_set(reply, "discs", json_object_get(now, "discs"));
        json_object_set(reply, "machine", json_object_get(now, "machine"));
        st = DW_OK;
        break;
    }
    json_decref(now);
    return st;
}

static dw_status robot_drives(const struct dw_handler *h, const json_t *request, json_t *reply,
                              struct dw_error *err)
{
    dw_status st = robot(h, request, reply, err);
    json_t *bays = json_object_get(json_object_get(reply, "robot"), "bays");
    if (st == DW_OK && !bays)
        st = dw_error_set(err, DW_ERR_UNSUPPORTED, "this robot has its drives inside, or has not told them yet");
    json_object_set(reply, "bays", bays);
    json_object_del(reply, "robot");
    json_object_del(reply, "discs");
    return st;
}

static dw_status status(const struct dw_handler *h, const json_t *request, json_t *reply,
                        struct dw_error *err)
{
    json_t *part = NULL;
    dw_status st = dw_query_status(h->queries, &part, err);
    if (st != DW_OK)
        return st;
    json_object_set_new(reply, "appliance", part);
    json_object_set_new(reply, "now", dw_snapshot_get(h->snapshot));
    return DW_OK;
}

static dw_status burn(const struct dw_handler *h, const json_t *request, json_t *reply,
                      struct dw_error *err)
{
    struct dw_order order;
    int64_t id = 0;
    dw_status st = dw_order_read(request, &order, err);
    if (st == DW_OK)
        st = dw_jobs_order(h->jobs, &order, &id, err);
    json_object_set_new(reply, "job", json_integer((json_int_t)id));
    return st;
}

static dw_status cancel(const struct dw_handler *h, const json_t *request, json_t *reply,
                        struct dw_error *err)
{
    return dw_jobs_cancel(h->jobs, dw_json_int(request, "job", 0), err);
}

static dw_status retry(const struct dw_handler *h, const json_t *request, json_t *reply,
                       struct dw_error *err)
{
    return dw_jobs_retry(h->jobs, dw_json_int(request, "job", 0), err);
}

static dw_status resolve(const struct dw_handler *h, const json_t *request, json_t *reply,
                         struct dw_error *err)
{
    struct dw_forbidden_answer answer = {.answer = dw_json_text(request, "answer"),
                                         .media = dw_json_text(request, "media"),
                                         .profile = dw_json_text(request, "profile"),
                                         .by = dw_json_text(request, "by")};
    return dw_jobs_resolve(h->jobs, dw_json_int(request, "job", 0), &answer, err);
}

static dw_status copy(const struct dw_handler *h, const json_t *request, json_t *reply,
                      struct dw_error *err)
{
    int64_t id = dw_json_int(request, "job", 0);
    json_object_set_new(reply, "job", json_integer((json_int_t)id));
    return dw_jobs_copy(h->jobs, id, dw_json_int(request, "copies", 1), err);
}

static dw_status complete(const struct dw_handler *h, const json_t *request, json_t *reply,
                          struct dw_error *err)
{
    return dw_completion_signal(h->completion, dw_json_int(request, "study", 0),
                                DW_COMPLETION_PERSON, err);
}

static dw_status rules(const struct dw_handler *h, const json_t *request, json_t *reply,
                       struct dw_error *err)
{
    int64_t study = 0;
    json_t *part = NULL;
    const char *word = dw_json_text(request, "study");
    if (!*word) {
        json_object_set_new(reply, "rules", dw_explain_rules(h->core->config));
        return DW_OK;
    }
    dw_status st = dw_explain_find(h->core, word, &study, err);
    if (st == DW_OK)
        st = dw_explain_study(h->core, h->completion, study, &part, err);
    return st == DW_OK ? merge(reply, part, err) : st;
}

static dw_status release_job(const struct dw_handler *h, const json_t *request, json_t *reply,
                             struct dw_error *err)
{
    return dw_jobs_release(h->jobs, dw_json_int(request, "job", 0), dw_json_text(request, "by"), err);
}

static dw_status supplement(const struct dw_handler *h, const json_t *request, json_t *reply,
                            struct dw_error *err)
{
    int64_t id = 0;
    dw_status st = dw_jobs_supplement(h->jobs, dw_json_int(request, "job", 0),
                                      dw_json_text(request, "by"), &id, err);
    json_object_set_new(reply, "job", json_integer((json_int_t)id));
    return st;
}

static dw_status release(const struct dw_handler *h, const json_t *request, json_t *reply,
                         struct dw_error *err)
{
    const char *answer = dw_json_text(request, "answer");
    struct dw_release release = {.study = dw_json_int(request, "study", 0),
                                 .user = dw_audit_user(request),
                                 .reason = dw_json_text(request, "reason"),
                                 .answer = *answer ? answer : "leave-out",
                                 .objects = json_object_get(request, "objects")};
    dw_status st = dw_release_study(h->core, &release, err);
    if (st == DW_OK)
        dw_completion_look(h->completion);
    return st;
}

static dw_status pin(const struct dw_handler *h, const json_t *request, json_t *reply,
                     struct dw_error *err)
{
    return dw_retention_pin(h->core, dw_json_int(request, "study", 0), true, err);
}

static dw_status unpin(const struct dw_handler *h, const json_t *request, json_t *reply,
                       struct dw_error *err)
{
    return dw_retention_pin(h->core, dw_json_int(request, "study", 0), false, err);
}

static dw_status delete(const struct dw_handler *h, const json_t *request, json_t *reply,
                        struct dw_error *err)
{
    return dw_retention_delete(h->core, dw_json_int(request, "study", 0), err);
}

static dw_status undelete(const struct dw_handler *h, const json_t *request, json_t *reply,
                          struct dw_error *err)
{
    return dw_retention_undelete(h->core, dw_json_int(request, "study", 0), err);
}

static dw_status answer(const struct dw_handler *h, const json_t *request, json_t *reply,
                        struct dw_error *err)
{
    return dw_robots_answer(dw_jobs_robots(h->jobs), dw_json_int(request, "disc", 0),
                            dw_json_text(request, "at"), err);
}

static dw_status refill(const struct dw_handler *h, const json_t *request, json_t *reply,
                        struct dw_error *err)
{
    return dw_robots_refill(dw_jobs_robots(h->jobs), dw_json_text(request, "robot"),
                            dw_json_text(request, "bin"), dw_json_int(request, "discs", -1),
                            dw_json_text(request, "media"), err);
}

static dw_status step(const struct dw_handler *h, const json_t *request, json_t *reply,
                      struct dw_error *err)
{
    return dw_robots_step(dw_jobs_robots(h->jobs), dw_json_text(request, "robot"),
                          dw_json_int(request, "n", 0), dw_json_text(request, "answer"), err);
}

static dw_status assign(const struct dw_handler *h, const json_t *request, json_t *reply,
                        struct dw_error *err)
{
    if (!json_is_string(json_object_get(request, "address")))
        return dw_error_set(err, DW_ERR_INVALID, "say which drive it is; \"\": the one that discwright.conf names");
    return dw_robots_assign(dw_jobs_robots(h->jobs), dw_json_text(request, "robot"),
                            dw_json_int(request, "drive", 0), dw_json_text(request, "address"), err);
}

static dw_status tray(const struct dw_handler *h, const json_t *request, json_t *reply,
                      struct dw_error *err)
{
    return dw_robots_tray(dw_jobs_robots(h->jobs), dw_json_text(request, "robot"),
                          dw_json_text(request, "address"), json_is_true(json_object_get(request, "free")), err);
}

static dw_status acknowledge(const struct dw_handler *h, const json_t *request, json_t *reply,
                             struct dw_error *err)
{
    return dw_robots_acknowledge(dw_jobs_robots(h->jobs), dw_json_text(request, "robot"),
                                 dw_json_text(request, "key"), err);
}

static const struct {
    const char *type;
    answer_fn *fn;
    bool audited; /* a decision of a person: kept with who made it */
} requests[] = {
    {"studies", studies, false}, {"study", study, false},   {"jobs", jobs, false},
    {"job", job, false},         {"discs", discs, false},   {"events", events, false},
    {"robots", robots, false},   {"drives", drives, false},  {"robot", robot, false},   {"status", status, false},
    {"audit", audit, false},     {"burn", burn, true},      {"cancel", cancel, true},
    {"retry", retry, true},      {"copy", copy, true},      {"complete", complete, true},
    {"release", release, true},  {"answer", answer, true},  {"refill", refill, false},
    {"resolve", resolve, true},  {"acknowledge", acknowledge, false},
    {"rules", rules, false},     {"release_job", release_job, true},
    {"supplement", supplement, true}, {"pin", pin, true}, {"unpin", unpin, true},
    {"robot_drives", robot_drives, false}, {"assign", assign, true}, {"tray", tray, true},
    {"identify", identify, false}, {"step", step, true},        {"delete", delete, true},    {"undelete", undelete, true},
};

static dw_status run(const struct dw_handler *h, size_t i, const json_t *request, json_t *reply,
                     struct dw_error *err)
{
    int64_t id = 0;
    if (!requests[i].audited)
        return requests[i].fn(h, request, reply, err);
    dw_status st = dw_audit_request(h->core, request, &id, err);
    if (st != DW_OK)
        return st;
    st = requests[i].fn(h, request, reply, err);
    dw_audit_end(h->core, id, st, dw_json_int(reply, "job", 0));
    return st;
}

json_t *dw_handler_answer(void *ctx, const json_t *request)
{
    const struct dw_handler *h = ctx;
    const char *type = dw_json_text(request, "type");
    struct dw_error err = {0};
    json_t *reply = json_object();
    dw_status st = dw_error_set(&err, DW_ERR_INVALID, "there is no such order");

    for (size_t i = 0; i < DW_ARRAY_LEN(requests); i++)
        if (strcmp(requests[i].type, type) == 0)
            st = run(h, i, request, reply, &err);
    json_t *head = dw_json_from_error("reply", st, &err);
    json_object_update(reply, head);
    json_decref(head);
    return reply;
}
