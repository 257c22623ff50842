#include "daemon/intake/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/audit.h"
#include "daemon/intake/admission.h"
#include "daemon/intake/object.h"
#include "daemon/intake/spool.h"

struct request {
    void *asker; /* NULL: gone */
    json_t *head;
    void *blob;
    size_t blob_size;
    json_t *reply;
    int64_t number, study;
    bool remove_file;
};
struct dw_group {
    const struct dw_core *core;
    dw_group_answer_fn *answer;
    void *ctx;
    struct request requests[DW_GROUP_REQUESTS_MAX];
    size_t count, bytes;
};

dw_status dw_group_new(const struct dw_core *core, dw_group_answer_fn *answer, void *ctx,
                       dw_group **out, struct dw_error *err)
{
    dw_group *group = calloc(1, sizeof *group);
    if (!group)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    group->core = core;
    group->answer = answer;
    group->ctx = ctx;
    *out = group;
    return DW_OK;
}

static void clear(dw_group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        json_decref(group->requests[i].head);
        json_decref(group->requests[i].reply);
        free(group->requests[i].blob);
    }
    group->count = group->bytes = 0;
}

void dw_group_free(dw_group *group)
{
    if (!group)
        return;
    clear(group);
    free(group);
}

bool dw_group_is_full(const dw_group *group)
{
    return group->count == DW_GROUP_REQUESTS_MAX || group->bytes >= DW_GROUP_BYTES_MAX;
}

bool dw_group_is_empty(const dw_group *group)
{
    return group->count == 0;
}

dw_status dw_group_add(dw_group *group, void *asker, struct dw_message *msg, struct dw_error *err)
{
    if (group->count == DW_GROUP_REQUESTS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "%d requests wait for a commit already",
                            DW_GROUP_REQUESTS_MAX);
    struct request *request = &group->requests[group->count];
    *request = (struct request){.asker = asker};
    if (msg->blob_size > 0) {
        request->blob = malloc(msg->blob_size);
        if (!request->blob)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        memcpy(request->blob, msg->blob, msg->blob_size);
        request->blob_size = msg->blob_size;
    }
    request->head = msg->head;
    msg->head = NULL;
    group->count++;
    group->bytes += msg->blob_size + 8192; /* the head as parsed, roughly */
    return DW_OK;
}

void dw_group_forget(dw_group *group, const void *asker)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->requests[i].asker == asker)
            group->requests[i].asker = NULL;
}

static dw_status check_space(const struct dw_core *core, struct dw_error *err)
{
    int64_t free_bytes = dw_spool_free_bytes(core);
    if (free_bytes >= 0 && (uint64_t)free_bytes < core->config->intake.reserve)
        return dw_error_set(err, DW_ERR_NO_SPACE,
                            "%lld MB are free where the spool lies, and %llu MB are kept in reserve",
                            (long long)(free_bytes / 1000000),
                            (unsigned long long)(core->config->intake.reserve / 1000000));
    return DW_OK;
}

static dw_status check_visitor(const struct dw_core *core, const json_t *head, struct dw_error *err)
{
    struct dw_visitor visitor = {.calling = dw_json_text(head, "calling"),
                                 .called = dw_json_text(head, "called"),
                                 .host = dw_json_text(head, "peer"),
                                 .port = dw_json_text(head, "port")};
    return dw_admission_decide(core->config, &visitor, err);
}

/* Who came with a certificate is kept, let in or not. */
static dw_status note_visit(const struct dw_core *core, const json_t *head, dw_status decided, struct dw_error *err)
{
    char user[DW_AUDIT_USER_MAX + 1], detail[200];
    int64_t id = 0;
    const char *subject = dw_json_text(head, "subject");
    if (!*subject)
        return DW_OK;
    dw_text_cut(user, sizeof user, subject);
    if (!dw_text_format(detail, sizeof detail, "calling=%s called=%s port=%s peer=%s", dw_json_text(head, "calling"),
                        dw_json_text(head, "called"), dw_json_text(head, "port"), dw_json_text(head, "peer")))
        detail[0] = '\0';
    dw_status st = dw_audit_begin(core,
                                  &(struct dw_audit){.action = DW_AUDIT_VISIT,
                                                     .door = DW_AUDIT_VISIT,
                                                     .user = user,
                                                     .detail = detail},
                                  &id, err);
    if (st == DW_OK)
        dw_audit_end(core, id, decided, 0);
    return st;
}

/* A full disk does not refuse an association: each object is answered with A700, and echoes work. */
static void grant(dw_group *group, struct request *request, bool admission)
{
    const struct dw_core *core = group->core;
    struct dw_error err = {0};
    int64_t first = 0;
    struct dw_error note_err = {0};
    dw_status st = admission ? check_visitor(core, request->head, &err) : DW_OK;
    if (admission && note_visit(core, request->head, st, &note_err) != DW_OK && st == DW_OK)
        st = dw_error_set(&err, note_err.code, "%s", note_err.text);
    if (st == DW_OK)
        st = dw_spool_take(core, DW_SPOOL_GRANT, &first, &err);
    request->reply = dw_json_from_error(admission ? "admitted" : "numbers", st, &err);
    json_object_set_new(request->reply, "first", json_integer(first));
    json_object_set_new(request->reply, "count", json_integer(st == DW_OK ? DW_SPOOL_GRANT : 0));
}

/* One object inside the group's transaction: what it began and could not finish is undone alone. */
static dw_status store_alone(const struct dw_core *core, const struct dw_arrival *arrival,
                             struct dw_stored *out, struct dw_error *err)
{
    dw_status st = dw_sql_exec(core->sql, err, "SAVEPOINT one", "");
    if (st != DW_OK)
        return st;
    st = dw_object_store(core, arrival, out, err);
    if (st != DW_OK && dw_sql_in_transaction(core->sql) &&
        dw_sql_exec(core->sql, NULL, "ROLLBACK TO one", "") != DW_OK)
        return st;
    if (dw_sql_in_transaction(core->sql) && dw_sql_exec(core->sql, NULL, "RELEASE one", "") != DW_OK)
        return st != DW_OK ? st : dw_error_set(err, DW_ERR_IO, "database: end of a savepoint");
    return st;
}

/* Not OK: the whole transaction is lost, not only this request. */
static dw_status store(dw_group *group, struct request *request, bool quarantine,
                       struct dw_error *group_err)
{
    const struct dw_core *core = group->core;
    struct dw_error err = {0};
    struct dw_stored stored = {0};
    struct dw_arrival arrival = {
        .number = dw_json_int(request->head, "number", 0),
        .sha256 = dw_json_text(request->head, "sha256"),
        .detail = json_object_get(request->head, "object"),
        .record = request->blob,
        .record_size = request->blob_size,
        .reason = quarantine ? dw_json_text(request->head, "reason") : NULL,
        .calling = dw_json_text(request->head, "calling"),
        .called = dw_json_text(request->head, "called"),
    };
    dw_status st = check_space(core, &err);
    if (st == DW_OK)
        st = store_alone(core, &arrival, &stored, &err);
    request->number = arrival.number;
    request->study = st == DW_OK ? stored.study : 0;
    /* A refused number that has a row already is the row's file, whoever claims it again. */
    request->remove_file = st == DW_OK ? stored.duplicate : st != DW_ERR_CONFLICT;
    request->reply = dw_json_from_error("committed", st, &err);
    json_object_set_new(request->reply, "number", json_integer(arrival.number));
    json_object_set_new(request->reply, "duplicate", json_boolean(stored.duplicate));
    json_object_set_new(request->reply, "quarantined",
                        json_boolean(st == DW_OK && stored.quarantined));
    json_object_set_new(request->reply, "twin", json_integer(st == DW_OK ? stored.twin : 0));
    if (st != DW_OK)
        dw_log_write(&core->log, DW_LOG_ERROR, "object=%lld not stored: %s",
                     (long long)arrival.number, err.text);
    if (dw_sql_in_transaction(core->sql))
        return DW_OK;
    return dw_error_set(group_err, st != DW_OK ? st : DW_ERR_IO, "%s",
                        st != DW_OK ? err.text : "database: the transaction was rolled back");
}

static void drop(dw_group *group, struct request *request)
{
    struct dw_error err = {0};
    int64_t study = 0;
    request->number = dw_json_int(request->head, "number", 0);
    dw_status st = dw_object_drop(group->core, request->number,
                                  dw_json_int(request->head, "as", 0), &study, &err);
    request->study = st == DW_OK ? study : 0;
    request->remove_file = st == DW_OK;
    request->reply = dw_json_from_error("dropped", st, &err);
    json_object_set_new(request->reply, "number", json_integer(request->number));
}

static dw_status execute(dw_group *group, struct request *request, struct dw_error *err)
{
    const char *type = dw_json_text(request->head, "type");
    if (strcmp(type, "commit") == 0 || strcmp(type, "quarantine") == 0)
        return store(group, request, strcmp(type, "quarantine") == 0, err);
    if (strcmp(type, "same") == 0) {
        drop(group, request);
        return DW_OK;
    }
    grant(group, request, strcmp(type, "admit") == 0);
    return DW_OK;
}

static const char *reply_type(const struct request *request)
{
    const char *type = dw_json_text(request->head, "type");
    if (strcmp(type, "admit") == 0)
        return "admitted";
    if (strcmp(type, "same") == 0)
        return "dropped";
    return strcmp(type, "more") == 0 ? "numbers" : "committed";
}

/* The transaction did not happen: every reply that said yes says no. */
static void refuse_all(dw_group *group, dw_status st, const struct dw_error *err)
{
    for (size_t i = 0; i < group->count; i++) {
        struct request *request = &group->requests[i];
        if (!request->reply)
            request->reply = dw_json_from_error(reply_type(request), st, err);
        json_object_set_new(request->reply, "status", json_string(dw_status_name(st)));
        json_object_set_new(request->reply, "text", json_string(err->text));
        json_object_set_new(request->reply, "duplicate", json_false());
        json_object_set_new(request->reply, "quarantined", json_false());
        json_object_set_new(request->reply, "twin", json_integer(0));
        json_object_set_new(request->reply, "count", json_integer(0));
        request->number = dw_json_int(request->head, "number", 0);
        json_object_set_new(request->reply, "number", json_integer(request->number));
        request->study = 0;
        request->remove_file = true;
    }
    dw_log_write(&group->core->log, DW_LOG_ERROR, "commit of %zu requests failed: %s", group->count,
                 err->text);
}

/* After a failed commit a file may be removed only if the tables really do not know it: an earlier group may
 * have stored the same number. */
static void remove_files(dw_group *group, bool committed)
{
    for (size_t i = 0; i < group->count; i++) {
        struct request *request = &group->requests[i];
        int64_t known = 0;
        if (!request->remove_file || request->number <= 0)
            continue;
        dw_status st = dw_sql_int(group->core->sql, 0, &known, NULL,
                                  "SELECT 1 FROM object WHERE number = ?", "i", request->number);
        if (st == DW_OK && !known)
            dw_spool_remove(group->core, request->number);
    }
}

void dw_group_commit(dw_group *group)
{
    struct dw_error err = {0};
    if (group->count == 0)
        return;
    dw_status st = dw_sql_begin(group->core->sql, &err);
    for (size_t i = 0; i < group->count && st == DW_OK; i++)
        st = execute(group, &group->requests[i], &err);
    st = dw_sql_end(group->core->sql, st, &err);
    if (st != DW_OK)
        refuse_all(group, st, &err);
    remove_files(group, st == DW_OK);
    for (size_t i = 0; i < group->count; i++) {
        struct request *request = &group->requests[i];
        json_t *reply = request->reply;
        request->reply = NULL;
        group->answer(group->ctx, request->asker, reply, request->study);
    }
    clear(group);
}
