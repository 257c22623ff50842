#include "daemon/jobs/automatic.h"

#include <string.h>

#include "daemon/intake/facts.h"
#include "daemon/jobs/supplement.h"

/* A job that a rule made counts even when a person has cancelled it: the rule does not know better. */
static dw_status find_earlier(const struct dw_core *core, int64_t study, int64_t *out,
                              struct dw_error *err)
{
    return dw_sql_int(core->sql, 0, out, err,
                      "SELECT max(j.id) FROM job j JOIN job_study s ON s.job = j.id WHERE s.study = ?"
                      " AND j.supplement_of = 0 AND (j.state <> 'cancelled' OR j.made_by = 'rule')",
                      "i", study);
}

/* A study may be decided about again without anything new: after a crash, or when a person has released it. A job
 * of the family that has not begun takes what is here when it begins; while one is being prepared, what came since
 * waits for it: only then another one can be ordered. */
static dw_status find_late(const struct dw_core *core, int64_t study, int64_t earlier, bool *out_late,
                           bool *out_preparing, struct dw_error *err)
{
    int64_t late = 0, preparing = 0;
    dw_status st = dw_sql_int(core->sql, 0, &late, err,
                              "SELECT arrivals > " DW_COVERED("?2", "study.id") " AND NOT EXISTS (SELECT 1"
                              " FROM job WHERE (id = ?2 OR supplement_of = ?2) AND state = 'queued')"
                              " FROM study WHERE id = ?1",
                              "ii", study, earlier);
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &preparing, err,
                        "SELECT count(*) FROM job WHERE (id = ?1 OR supplement_of = ?1) AND state ="
                        " 'preparing'",
                        "i", earlier);
    *out_late = late != 0;
    *out_preparing = preparing != 0;
    return st;
}

/* What is wrong with an order is no reason to try it for ever: a person is told once. */
static void tell_refused(const struct dw_core *core, int64_t study, const struct dw_error *why)
{
    dw_log_write(&core->log, DW_LOG_ERROR, "study=%lld not published by itself: %s",
                 (long long)study, why->text);
    dw_core_event(core, ((struct dw_event){.level = DW_LOG_ERROR, .study = study}),
                  "not published by itself: %s", why->text);
}

static bool order(const struct dw_core *core, int64_t study, const struct dw_decision *decision)
{
    struct dw_error err = {0};
    int64_t job = 0;
    struct dw_order order = {.studies = {study},
                             .study_count = 1,
                             .copies = decision->ae.copies,
                             .viewer = decision->ae.viewer ? DW_VIEWER_YES : DW_VIEWER_NO,
                             .priority = decision->priority,
                             .rule = decision->rule,
                             .waits = decision->action == DW_ACTION_HOLD,
                             .media = decision->ae.media,
                             .profile = decision->ae.profile,
                             .template = decision->ae.template,
                             .made_by = "rule"};
    if (dw_job_order(core, &order, &job, &err) == DW_OK)
        return true;
    tell_refused(core, study, &err);
    return false;
}

static bool add_to(const struct dw_core *core, int64_t study, int64_t earlier,
                   const struct dw_decision *decision)
{
    struct dw_error err = {0};
    struct dw_job job;
    int64_t supplement = 0;
    dw_status st = dw_job_load(core, earlier, &job, &err);
    if (st == DW_OK && decision->supplement_burn && (job.state == DW_JOB_ACTIVE || job.state == DW_JOB_DONE)) {
        st = dw_supplement_order(core, earlier, "rule", decision, &supplement, &err);
        if (st == DW_OK)
            return true;
    } else if (st == DW_OK) {
        dw_core_event(core, ((struct dw_event){.level = DW_LOG_WARNING, .study = study,
                                               .job = earlier}),
                      "objects arrived after job %lld was ordered: a person decides about another "
                      "disc",
                      (long long)earlier);
        return false;
    }
    tell_refused(core, study, &err);
    return false;
}

dw_status dw_automatic_apply(const struct dw_core *core, int64_t study, bool *out_ordered,
                             struct dw_error *err)
{
    struct dw_decision decision;
    int64_t earlier = 0;
    bool late = false, preparing = false;

    *out_ordered = false;
    dw_status st = dw_facts_decide(core, study, &decision, err);
    if (st == DW_OK)
        st = find_earlier(core, study, &earlier, err);
    if (st == DW_OK && earlier)
        st = find_late(core, study, earlier, &late, &preparing, err);
    if (st != DW_OK || (late && preparing && decision.supplement_burn))
        return st;
    bool wanted = decision.action == DW_ACTION_BURN || decision.action == DW_ACTION_HOLD;
    if (late && (wanted || decision.supplement_burn))
        *out_ordered = add_to(core, study, earlier, &decision);
    else if (wanted && !earlier)
        *out_ordered = order(core, study, &decision);
    /* Last: a crash before this orders nothing twice, since the job is there by then. */
    st = dw_sql_exec(core->sql, err, "UPDATE study SET rule = ?, action = ? WHERE id = ?", "tti",
                     decision.rule, dw_rule_action_name(decision.action), study);
    if (st == DW_OK && *decision.rule)
        dw_core_event(core, ((struct dw_event){.level = DW_LOG_INFO, .study = study}),
                      "rule '%s': %s", decision.rule, dw_rule_action_name(decision.action));
    dw_core_changed(core);
    return st;
}
