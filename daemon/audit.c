#include "daemon/audit.h"

#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "base/text.h"

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

dw_status dw_audit_begin(const struct dw_core *core, const struct dw_audit *audit, int64_t *out_id,
                         struct dw_error *err)
{
    dw_status st = dw_sql_exec(core->sql, err,
                               "INSERT INTO audit(at, user, door, action, study, job, disc, reason,"
                               " detail) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                               "itttiiitt", dw_core_now_s(core), or_nothing(audit->user),
                               or_nothing(audit->door), or_nothing(audit->action), audit->study,
                               audit->job, audit->disc, or_nothing(audit->reason),
                               or_nothing(audit->detail));
    if (st == DW_OK)
        *out_id = dw_sql_last_id(core->sql);
    return st;
}

void dw_audit_end(const struct dw_core *core, int64_t id, dw_status result, int64_t job)
{
    struct dw_error err = {0};
    dw_status st = dw_sql_exec(core->sql, &err,
                               "UPDATE audit SET result = ?1, job = iif(?2 = 0, job, ?2)"
                               " WHERE id = ?3",
                               "tii", dw_status_name(result), job, id);
    if (st != DW_OK)
        dw_log_write(&core->log, DW_LOG_ERROR, "audit=%lld without its result: %s", (long long)id,
                     err.text);
}

const char *dw_audit_user(const json_t *request)
{
    const char *user = dw_json_text(request, "user");
    return *user ? user : dw_json_text(request, "login");
}

/* Members that say what was ordered and nothing of a patient; and whose login it was that gave another name. */
static void describe(const json_t *request, struct dw_buf *out)
{
    static const char *const members[] = {"answer", "objects",  "studies",   "copies", "media",
                                          "profile", "template", "nonconformant", "robot", "at",
                                          "drive", "address"};
    const char *login = dw_json_text(request, "login");
    if (*login && strcmp(login, dw_audit_user(request)) != 0)
        dw_buf_addf(out, "login=%s", login);
    for (size_t i = 0; i < DW_ARRAY_LEN(members); i++) {
        const json_t *value = json_object_get(request, members[i]);
        if (!value || (json_is_string(value) && !*json_string_value(value)))
            continue;
        char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        dw_buf_addf(out, "%s%s=%s", out->size ? " " : "", members[i],
                    text ? text : dw_json_text(request, members[i]));
        free(text);
    }
}

static int64_t study_of(const json_t *request)
{
    int64_t study = dw_json_int(request, "study", 0);
    const json_t *first = json_array_get(json_object_get(request, "studies"), 0);
    return study ? study : json_integer_value(first);
}

dw_status dw_audit_request(const struct dw_core *core, const json_t *request, int64_t *out_id,
                           struct dw_error *err)
{
    struct dw_buf detail = {0};
    char cut[1000];
    struct dw_audit audit = {.action = dw_json_text(request, "type"),
                             .user = dw_audit_user(request),
                             .door = dw_json_text(request, "door"),
                             .reason = dw_json_text(request, "reason"),
                             .study = study_of(request),
                             .job = dw_json_int(request, "job", 0),
                             .disc = dw_json_int(request, "disc", 0)};
    if (strlen(audit.user) > DW_AUDIT_USER_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a user's name has at most %d bytes", DW_AUDIT_USER_MAX);
    if (strlen(audit.reason) > DW_AUDIT_REASON_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a reason has at most %d bytes", DW_AUDIT_REASON_MAX);
    describe(request, &detail);
    dw_status st = dw_buf_check(&detail, "the order", err);
    dw_text_cut(cut, sizeof cut, detail.data ? detail.data : "");
    audit.detail = cut;
    if (st == DW_OK)
        st = dw_audit_begin(core, &audit, out_id, err);
    dw_buf_done(&detail);
    return st;
}
