/* A person's or rule's words become a job, or one sentence that says why not. */
#include <string.h>

#include "base/text.h"
#include "daemon/intake/facts.h"
#include "daemon/intake/study.h"
#include "daemon/jobs/medium.h"
#include "daemon/jobs/supplement.h"

static dw_status read_studies(const json_t *request, struct dw_order *out, struct dw_error *err)
{
    const json_t *list = json_object_get(request, "studies"), *value;
    size_t i;
    if (!list) {
        out->studies[0] = dw_json_int(request, "study", 0);
        out->study_count = out->studies[0] > 0;
    }
    json_array_foreach (list, i, value) {
        if (!json_is_integer(value) || json_integer_value(value) <= 0)
            return dw_error_set(err, DW_ERR_INVALID, "studies are named by their numbers");
        if (out->study_count == DW_JOB_STUDIES_MAX)
            return dw_error_set(err, DW_ERR_LIMIT, "more than %d studies in one order",
                                DW_JOB_STUDIES_MAX);
        out->studies[out->study_count++] = json_integer_value(value);
    }
    return out->study_count ? DW_OK : dw_error_set(err, DW_ERR_INVALID, "say which study");
}

dw_status dw_order_read(const json_t *request, struct dw_order *out, struct dw_error *err)
{
    const char *word = dw_json_text(request, "priority");
    int priority = *word ? dw_priority_from_name(word) : DW_PRIORITY_NORMAL;
    bool no_viewer = json_is_false(json_object_get(request, "viewer"));
    if (priority < 0)
        return dw_error_set(err, DW_ERR_INVALID, "priority: low, normal, high or stat");
    *out = (struct dw_order){
        .copies = dw_json_int(request, "copies", 1),
        .viewer = no_viewer ? DW_VIEWER_NO : DW_VIEWER_CONFIGURED,
        .priority = (enum dw_priority)priority,
        .media = dw_json_text(request, "media"),
        .profile = dw_json_text(request, "profile"),
        .template = dw_json_text(request, "template"),
        .robot = dw_json_text(request, "robot"),
        .recipient = dw_json_text(request, "recipient"),
        .made_by = dw_json_text(request, "by"),
    };
    if (out->copies < 1 || out->copies > DW_COPIES_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "copies: 1 to %d", DW_COPIES_MAX);
    return read_studies(request, out, err);
}

static const char *or_else(const char *word, const char *configured)
{
    return word && *word ? word : configured;
}

struct ordering {
    const struct dw_core *core;
    const struct dw_order *order;
    struct dw_identity identity;
    int64_t objects;
    struct dw_facts facts;
    struct dw_decision site; /* what holds where the order says nothing; borrows from facts */
    struct dw_medium_choice medium;
    const char *robot;
};

/* Objects of a study that the order is about: of a supplement, those on none of the earlier discs. */
static dw_status count_objects(const struct ordering *o, int64_t study, int64_t *out,
                               struct dw_error *err)
{
    if (o->order->supplement_of)
        return dw_sql_int(o->core->sql, 0, out, err,
                          "SELECT arrivals - " DW_COVERED("?2", "study.id") " FROM study WHERE id = ?1",
                          "ii", study, o->order->supplement_of);
    return dw_sql_int(o->core->sql, 0, out, err, "SELECT objects FROM study WHERE id = ?", "i", study);
}

static dw_status add_study(struct ordering *o, int64_t id, bool first, struct dw_error *err)
{
    enum dw_study_state state;
    struct dw_identity here;
    int64_t objects = 0;

    dw_status st = dw_study_state(o->core, id, &state, err);
    if (st == DW_OK && state == DW_STUDY_RECEIVING)
        st = dw_error_set(err, DW_ERR_CONFLICT,
                          "study %lld is still being received: wait, or say that no more will come",
                          (long long)id);
    if (st == DW_OK && state != DW_STUDY_COMPLETE && state != DW_STUDY_PUBLISHED)
        st = dw_error_set(err, DW_ERR_CONFLICT, "study %lld is %s", (long long)id,
                          dw_study_state_name(state));
    if (st == DW_OK)
        st = dw_study_identity(o->core, id, &here, err);
    if (st == DW_OK)
        st = count_objects(o, id, &objects, err);
    if (st != DW_OK)
        return st;
    if (objects == 0)
        return dw_error_set(err, DW_ERR_CONFLICT, "study %lld has no object that can be published",
                            (long long)id);
    o->objects += objects;
    if (first) {
        o->identity = here;
        return DW_OK;
    }
    /* Two unknown people have no ID and one name: whether they are one, nobody can tell. */
    if (!*here.patient_id)
        return dw_error_set(err, DW_ERR_CONFLICT,
                            "study %lld has no Patient ID: it can only have discs of its own",
                            (long long)id);
    const char *difference = dw_identity_difference(&o->identity, &here);
    if (difference)
        return dw_error_set(err, DW_ERR_CONFLICT,
                            "study %lld is of another patient than study %lld (%s differs)",
                            (long long)id, (long long)o->order->studies[0], difference);
    /* Three studies must agree with each other, not only two of them with the one that knows least. */
    if (!*o->identity.issuer)
        dw_text_cut(o->identity.issuer, sizeof o->identity.issuer, here.issuer);
    if (!*o->identity.birth_date)
        dw_text_cut(o->identity.birth_date, sizeof o->identity.birth_date, here.birth_date);
    if (!*o->identity.sex)
        dw_text_cut(o->identity.sex, sizeof o->identity.sex, here.sex);
    return DW_OK;
}

static dw_status choose(struct ordering *o, struct dw_error *err)
{
    const struct dw_config *config = o->core->config;
    const struct dw_order *order = o->order;
    bool own_media = order->media && *order->media;
    dw_status st = dw_facts_load(o->core, order->studies[0], &o->facts, err);
    if (st != DW_OK)
        return st;
    dw_rule_decide(config, NULL, &o->facts, &o->site);
    /* The configured profile belongs to the configured medium. */
    st = dw_medium_read(own_media ? order->media : "",
                        or_else(order->profile, own_media ? "" : o->site.ae.profile),
                        o->site.ae.media, &o->medium, err);
    if (st != DW_OK)
        return st;
    const struct dw_config_robot *robot =
        dw_config_robot_find(config, order->robot ? order->robot : "");
    if (!robot)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no such robot");
    o->robot = robot->name;
    if (order->template && strlen(order->template) >= DW_OPTION_TEXT_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "template: too long");
    return DW_OK;
}

static dw_status insert_studies(const struct ordering *o, int64_t id, struct dw_error *err)
{
    const struct dw_order *order = o->order;
    dw_status st = DW_OK;
    for (size_t i = 0; i < order->study_count && st == DW_OK; i++) {
        st = dw_sql_exec(o->core->sql, err,
                         "INSERT INTO job_study(job, study, from_arrival) VALUES(?1, ?2,"
                         " iif(?3 = 0, 0, " DW_COVERED("?3", "?2") "))",
                         "iii", id, order->studies[i], order->supplement_of);
        if (st == DW_ERR_CONFLICT)
            dw_error_set(err, st, "study %lld is named twice", (long long)order->studies[i]);
    }
    return st;
}

static dw_status insert(struct ordering *o, int64_t *out_id, struct dw_error *err)
{
    const struct dw_order *order = o->order;
    const struct dw_core *core = o->core;
    uint8_t seed[32];
    char hex[65], reason[DW_RULE_NAME_MAX + 64] = "";
    bool viewer = order->viewer == DW_VIEWER_CONFIGURED ? o->site.ae.viewer
                                                        : order->viewer == DW_VIEWER_YES;

    dw_random_fill(&core->random, seed, sizeof seed);
    dw_text_hex(seed, sizeof seed, hex);
    if (order->waits && !dw_text_format(reason, sizeof reason, "rule '%s': a person releases it",
                                        or_else(order->rule, "")))
        return dw_error_set(err, DW_ERR_INTERNAL, "a reason does not fit");
    dw_status st = dw_sql_exec(
        core->sql, err,
        "INSERT INTO job(state, made_by, recipient, copies, media, profile, template, viewer, robot,"
        " made_at, seed, objects, patient_id, issuer, patient_name, birth_date, forbidden,"
        " asked_media, asked_profile, rule, priority, waits, supplement_of, reason)"
        " VALUES(?1, ?, ?, ?4, ?5, ?6, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?5, ?6, ?, ?, ?, ?, ?)",
        "tttitttititittttttiiit", dw_job_state_name(order->waits ? DW_JOB_HELD : DW_JOB_QUEUED),
        or_else(order->made_by, "desk"), or_else(order->recipient, ""),
        order->copies > 0 ? order->copies : (int64_t)1, o->medium.media, o->medium.profile,
        or_else(order->template, o->site.ae.template), (int64_t)viewer, o->robot,
        dw_core_now_s(core), hex, o->objects, o->identity.patient_id, o->identity.issuer,
        o->identity.patient_name, o->identity.birth_date, core->config->jobs.forbidden,
        or_else(order->rule, ""), (int64_t)order->priority, (int64_t)order->waits,
        order->supplement_of, reason);
    if (st != DW_OK)
        return st;
    *out_id = dw_sql_last_id(core->sql);
    return insert_studies(o, *out_id, err);
}

/* Says what was ordered, and by which rule. */
static void tell(const struct ordering *o, int64_t id)
{
    const struct dw_order *order = o->order;
    const char *rule = or_else(order->rule, "");
    dw_log_write(&o->core->log, DW_LOG_INFO,
                 "job=%lld ordered objects=%lld copies=%lld media=%s priority=%s rule='%s'",
                 (long long)id, (long long)o->objects, (long long)order->copies, o->medium.media,
                 dw_priority_name(order->priority), rule);
    dw_core_event(o->core, ((struct dw_event){.level = DW_LOG_INFO, .job = id}),
                  "ordered: %lld objects, %s%s%s", (long long)o->objects, o->medium.media,
                  *rule ? ", rule " : "", rule);
    dw_core_changed(o->core);
}

dw_status dw_job_order(const struct dw_core *core, const struct dw_order *order, int64_t *out_id,
                       struct dw_error *err)
{
    struct ordering o = {.core = core, .order = order};
    int64_t id = 0;

    if (order->study_count == 0 || order->study_count > DW_JOB_STUDIES_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "say which study");
    dw_status st = DW_OK;
    for (size_t i = 0; i < order->study_count && st == DW_OK; i++)
        st = add_study(&o, order->studies[i], i == 0, err);
    if (st == DW_OK)
        st = choose(&o, err);
    if (st == DW_OK)
        st = dw_sql_begin(core->sql, err);
    if (st == DW_OK) {
        st = insert(&o, &id, err);
        st = dw_sql_end(core->sql, st, err);
    }
    if (st == DW_OK) {
        tell(&o, id);
        *out_id = id;
    }
    dw_facts_done(&o.facts);
    return st;
}
