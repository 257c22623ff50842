#include "daemon/jobs/judge.h"

#include <string.h>

static bool has_limits(const struct dw_profile *profile)
{
    for (size_t i = 0; i < profile->rule_count; i++) {
        const struct dw_profile_rule *rule = &profile->rules[i];
        if (rule->edge_max || rule->bits_stored || rule->us_pairs || rule->multi_frame ||
            rule->calibrated)
            return true;
    }
    return profile->also && has_limits(dw_profile_find(profile->also));
}

dw_status dw_job_judge_init(const struct dw_core *core, const struct dw_job *job,
                            struct dw_job_judge *out, struct dw_error *err)
{
    const struct dw_profile *profile = NULL;
    dw_status st = dw_profile_choose(job->profile, (enum dw_media)dw_media_from_name(job->media),
                                     &profile, err);
    if (st != DW_OK)
        return st;
    *out = (struct dw_job_judge){
        .core = core,
        .profile = profile,
        .opts = {.allow_private = core->config->directory.private,
                 .compress = *job->compress ? job->compress : NULL},
        .needs_detail = *job->compress || has_limits(profile),
    };
    return DW_OK;
}

static const char *target_of(const struct dw_job_judge *judge, const struct dw_object *object,
                             bool compress)
{
    struct dw_judge_opts opts = judge->opts;
    struct dw_subject subject = dw_subject_of(object);
    subject.has_meta = true; /* the spool holds Part 10 files and nothing else */
    subject.no_rows = false; /* not always looked up; the plan task judges that */
    if (!compress)
        opts.compress = NULL;
    struct dw_judgement judgement = dw_profile_judge(judge->profile, &subject, &opts);
    return judgement.verdict == DW_VERDICT_CONVERT ? judgement.target : NULL;
}

static dw_status look_up(const struct dw_job_judge *judge, int64_t number, const char *kind,
                         enum dw_derived *out, struct dw_error *err)
{
    int64_t value = DW_DERIVED_NONE;
    dw_status st = dw_sql_int(judge->core->sql, DW_DERIVED_NONE, &value, err,
                              "SELECT CASE state WHEN 'ready' THEN 1 ELSE 2 END FROM derived WHERE"
                              " number = ? AND kind = ?",
                              "it", number, kind);
    *out = (enum dw_derived)value;
    return st;
}

dw_status dw_job_judge_object(const struct dw_job_judge *judge, int64_t number,
                              const struct dw_object *object, struct dw_conversion *out,
                              struct dw_error *err)
{
    bool compress = judge->opts.compress != NULL;
    *out = (struct dw_conversion){.target = target_of(judge, object, compress)};
    dw_status st = out->target ? look_up(judge, number, out->target, &out->state, err) : DW_OK;
    if (st != DW_OK || !compress || !out->target || out->state != DW_DERIVED_FAILED ||
        strcmp(out->target, judge->opts.compress) != 0)
        return st;
    *out = (struct dw_conversion){.target = target_of(judge, object, false)};
    return out->target ? look_up(judge, number, out->target, &out->state, err) : DW_OK;
}
