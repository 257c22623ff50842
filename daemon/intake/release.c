#include "daemon/intake/release.h"

#include <string.h>

#include "base/text.h"
#include "daemon/intake/conflict.h"
#include "daemon/intake/study.h"

static bool says_nothing(const char *text)
{
    return !text || text[strspn(text, " \t\r\n")] == '\0';
}

static dw_status check(const struct dw_core *core, const struct dw_release *release,
                       struct dw_error *err)
{
    enum dw_study_state state;
    if (says_nothing(release->user))
        return dw_error_set(err, DW_ERR_INVALID, "a release needs a user: say who you are");
    if (says_nothing(release->reason))
        return dw_error_set(err, DW_ERR_INVALID, "a release needs a reason");
    if (strcmp(release->answer, "leave-out") != 0 && strcmp(release->answer, "accept") != 0)
        return dw_error_set(err, DW_ERR_INVALID, "answer: leave-out or accept");
    if (json_array_size(release->objects) > DW_RELEASE_OBJECTS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d objects in one release",
                            DW_RELEASE_OBJECTS_MAX);
    dw_status st = dw_study_state(core, release->study, &state, err);
    if (st == DW_OK && state != DW_STUDY_HELD)
        st = dw_error_set(err, DW_ERR_CONFLICT, "study %lld is %s and not held",
                          (long long)release->study, dw_study_state_name(state));
    return st;
}

static dw_status accept(const struct dw_core *core, const struct dw_release *release,
                        int64_t *out_count, struct dw_error *err)
{
    const json_t *value;
    size_t i;
    dw_status st = DW_OK;
    if (!json_is_array(release->objects))
        return dw_conflict_accept_all(core, release->study, out_count, err);
    json_array_foreach (release->objects, i, value) {
        st = dw_conflict_accept(core, release->study, json_integer_value(value), err);
        if (st != DW_OK)
            return st;
        ++*out_count;
    }
    return st;
}

static dw_status apply(const struct dw_core *core, const struct dw_release *release,
                       struct dw_error *err)
{
    int64_t accepted = 0, left_out = 0;
    dw_status st = DW_OK;
    if (strcmp(release->answer, "accept") == 0) {
        st = accept(core, release, &accepted, err);
        if (st == DW_OK && accepted == 0)
            st = dw_error_set(err, DW_ERR_CONFLICT, "study %lld has no object that can be accepted",
                              (long long)release->study);
    }
    if (st == DW_OK)
        st = dw_conflict_leave_out(core, release->study, &left_out, err);
    if (st == DW_OK)
        st = dw_study_apply(core, release->study, DW_STUDY_EV_RELEASE, NULL, NULL, err);
    /* Decided anew: what came while it was held has been in no decision. */
    if (st == DW_OK)
        st = dw_sql_exec(core->sql, err, "UPDATE study SET rule = '', action = '' WHERE id = ?", "i",
                         release->study);
    if (st == DW_OK)
        dw_core_event(core,
                      ((struct dw_event){.level = DW_LOG_WARNING, .study = release->study}),
                      "released by a person: %lld objects accepted, %lld left out",
                      (long long)accepted, (long long)left_out);
    return st;
}

dw_status dw_release_study(const struct dw_core *core, const struct dw_release *release,
                           struct dw_error *err)
{
    dw_status st = check(core, release, err);
    if (st == DW_OK)
        st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    return dw_sql_end(core->sql, apply(core, release, err), err);
}
