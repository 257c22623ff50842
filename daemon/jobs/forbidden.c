#include "daemon/jobs/forbidden.h"

#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "base/text.h"
#include "daemon/jobs/medium.h"

bool dw_forbidden_is_question(dw_status st, const json_t *result)
{
    return st == DW_ERR_UNSUPPORTED && json_array_size(json_object_get(result, "forbidden")) > 0;
}

static dw_status store_question(const struct dw_core *core, const struct dw_job *job,
                                const json_t *result, struct dw_error *err)
{
    json_t *question = json_pack("{s:[s, s], s:O*}", "answers", "leave-off", "profile", "takers",
                                 json_object_get(result, "takers"));
    if (question && core->config->jobs.nonconformant)
        json_array_append_new(json_object_get(question, "answers"), json_string("as-is"));
    char *text = question ? json_dumps(question, JSON_COMPACT) : NULL;
    dw_status st = text ? dw_sql_exec(core->sql, err, "UPDATE job SET question = ? WHERE id = ?", "ti",
                                      text, job->id)
                        : dw_error_set(err, DW_ERR_INTERNAL, "the question is no JSON");
    free(text);
    json_decref(question);
    return st;
}

static dw_status store_notes(const struct dw_core *core, const struct dw_job *job,
                             const json_t *result, struct dw_error *err)
{
    static const char *const kinds[] = {"forbidden", "left_off"};
    dw_status st = DW_OK;
    for (size_t k = 0; k < DW_ARRAY_LEN(kinds); k++) {
        const json_t *row;
        size_t i;
        json_array_foreach (json_object_get(result, kinds[k]), i, row) {
            if (st == DW_OK)
                st = dw_job_note(core, job->id, kinds[k], dw_json_int(row, "number", 0),
                                 dw_json_text(row, "reason"), err);
        }
    }
    return st;
}

dw_status dw_forbidden_ask(const struct dw_core *core, const struct dw_job *job,
                           const json_t *result, struct dw_error *err)
{
    dw_status st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    st = store_question(core, job, result, err);
    if (st == DW_OK)
        st = store_notes(core, job, result, err);
    st = dw_sql_end(core->sql, st, err);
    if (st == DW_OK)
        dw_error_set(err, DW_ERR_UNSUPPORTED, "%s: leave off what is forbidden%s choose another medium or profile%s",
                     dw_json_text(result, "text"), core->config->jobs.nonconformant ? "," : " or",
                     core->config->jobs.nonconformant ? ", or write everything as it is" : "");
    return st;
}

/* --- the answer --- */

static dw_status check_open(const struct dw_core *core, const struct dw_job *job,
                            struct dw_error *err)
{
    int64_t asked = 0;
    dw_status st = dw_sql_int(core->sql, 0, &asked, err,
                              "SELECT question <> '' FROM job WHERE id = ?", "i", job->id);
    if (st == DW_OK && (job->state != DW_JOB_HELD || !asked))
        st = dw_error_set(err, DW_ERR_CONFLICT,
                          "job %lld is %s and asks nothing about forbidden objects",
                          (long long)job->id, dw_job_state_name(job->state));
    if (st == DW_OK && job->cancel_asked)
        st = dw_error_set(err, DW_ERR_CONFLICT, "job %lld is being cancelled", (long long)job->id);
    return st == DW_OK ? dw_job_check_studies(core, job->id, err) : st;
}

static dw_status set_forbidden(const struct dw_core *core, const struct dw_job *job,
                               enum dw_forbidden forbidden, struct dw_error *err)
{
    if (forbidden == DW_FORBIDDEN_AS_IS && !core->config->jobs.nonconformant)
        return dw_error_set(err, DW_ERR_DENIED,
                            "this site allows no disc that is not DICOM conformant "
                            "(jobs.nonconformant = no)");
    return dw_sql_exec(core->sql, err, "UPDATE job SET forbidden = ? WHERE id = ?", "ti",
                       dw_forbidden_name(forbidden), job->id);
}

static dw_status set_medium(const struct dw_core *core, const struct dw_job *job,
                            const struct dw_forbidden_answer *answer, struct dw_error *err)
{
    struct dw_medium_choice choice = {0};
    if (!*answer->media && !*answer->profile)
        return dw_error_set(err, DW_ERR_INVALID, "say which medium or profile instead");
    dw_status st =
        dw_medium_read(answer->media, answer->profile, job->asked_media, &choice, err);
    if (st != DW_OK)
        return st;
    /* Takes the place of an earlier answer, which was about another medium. */
    return dw_sql_exec(core->sql, err,
                       "UPDATE job SET asked_media = ?, asked_profile = ?, media = ?1, profile = ?2,"
                       " forbidden = ? WHERE id = ?",
                       "ttti", choice.media, choice.profile, dw_forbidden_name(DW_FORBIDDEN_HOLD),
                       job->id);
}

static dw_status apply(const struct dw_core *core, const struct dw_job *job,
                       const struct dw_forbidden_answer *answer, struct dw_error *err)
{
    int forbidden = dw_forbidden_from_name(answer->answer);
    dw_status st;
    if (strcmp(answer->answer, "profile") == 0)
        st = set_medium(core, job, answer, err);
    else if (forbidden == DW_FORBIDDEN_LEAVE_OFF || forbidden == DW_FORBIDDEN_AS_IS)
        st = set_forbidden(core, job, (enum dw_forbidden)forbidden, err);
    else
        st = dw_error_set(err, DW_ERR_INVALID, "answer: leave-off, as-is or profile");
    return st == DW_OK ? dw_job_apply(core, job->id, DW_JOB_EV_RETRY, NULL, NULL, err) : st;
}

dw_status dw_forbidden_resolve(const struct dw_core *core, int64_t id,
                               const struct dw_forbidden_answer *answer, struct dw_error *err)
{
    struct dw_job job;
    dw_status st = dw_job_load(core, id, &job, err);
    if (st == DW_OK)
        st = check_open(core, &job, err);
    if (st == DW_OK)
        st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    st = apply(core, &job, answer, err);
    if (st == DW_OK)
        st = dw_job_load(core, id, &job, err);
    const char *by = strcmp(answer->by, "console") == 0 ? "console" : "cli";
    if (st == DW_OK)
        dw_core_event(core, ((struct dw_event){.level = DW_LOG_INFO, .job = id}),
                      "forbidden objects: %s answered %s (%s %s)", by, answer->answer,
                      job.asked_media, job.asked_profile);
    st = dw_sql_end(core->sql, st, err);
    /* Who let what on a disc is asked later. Words of the row, never those of the request. */
    if (st == DW_OK)
        dw_log_write(&core->log, DW_LOG_INFO, "job=%lld forbidden objects answer=%s media=%s profile=%s by=%s",
                     (long long)id, answer->answer, job.asked_media, job.asked_profile, by);
    return st;
}
