#include "daemon/states.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

struct transition {
    int from, on, to;
};

/* --- studies --- */

static const char *const study_states[] = {
    [DW_STUDY_RECEIVING] = "receiving", [DW_STUDY_COMPLETE] = "complete",
    [DW_STUDY_PUBLISHED] = "published", [DW_STUDY_PURGED] = "purged",
    [DW_STUDY_HELD] = "held",           [DW_STUDY_DELETED] = "deleted",
    [DW_STUDY_PURGING] = "purging",
};
static_assert(DW_ARRAY_LEN(study_states) == DW_STUDY_STATE_COUNT, "name every study state");
static const char *const study_events[] = {
    [DW_STUDY_EV_QUIET] = "quiet",         [DW_STUDY_EV_OBJECT] = "object",
    [DW_STUDY_EV_CONFLICT] = "conflict",   [DW_STUDY_EV_RELEASE] = "release",
    [DW_STUDY_EV_PUBLISHED] = "published", [DW_STUDY_EV_DELETE] = "delete",
    [DW_STUDY_EV_UNDELETE] = "undelete",   [DW_STUDY_EV_UNDELETE_PUBLISHED] = "undelete_published",
    [DW_STUDY_EV_PURGE] = "purge",         [DW_STUDY_EV_PURGED] = "purged",
};
static_assert(DW_ARRAY_LEN(study_events) == DW_STUDY_EVENT_COUNT, "name every study event");
static const struct transition study_transitions[] = {
    {.from = DW_STUDY_RECEIVING, .on = DW_STUDY_EV_QUIET, .to = DW_STUDY_COMPLETE},
    {.from = DW_STUDY_RECEIVING, .on = DW_STUDY_EV_CONFLICT, .to = DW_STUDY_HELD},
    {.from = DW_STUDY_COMPLETE, .on = DW_STUDY_EV_OBJECT, .to = DW_STUDY_RECEIVING},
    {.from = DW_STUDY_COMPLETE, .on = DW_STUDY_EV_CONFLICT, .to = DW_STUDY_HELD},
    {.from = DW_STUDY_COMPLETE, .on = DW_STUDY_EV_PUBLISHED, .to = DW_STUDY_PUBLISHED},
    {.from = DW_STUDY_COMPLETE, .on = DW_STUDY_EV_DELETE, .to = DW_STUDY_DELETED},
    {.from = DW_STUDY_PUBLISHED, .on = DW_STUDY_EV_OBJECT, .to = DW_STUDY_RECEIVING},
    {.from = DW_STUDY_PUBLISHED, .on = DW_STUDY_EV_CONFLICT, .to = DW_STUDY_HELD},
    {.from = DW_STUDY_PUBLISHED, .on = DW_STUDY_EV_DELETE, .to = DW_STUDY_DELETED},
    {.from = DW_STUDY_DELETED, .on = DW_STUDY_EV_UNDELETE, .to = DW_STUDY_COMPLETE},
    {.from = DW_STUDY_DELETED, .on = DW_STUDY_EV_UNDELETE_PUBLISHED, .to = DW_STUDY_PUBLISHED},
    {.from = DW_STUDY_DELETED, .on = DW_STUDY_EV_OBJECT, .to = DW_STUDY_RECEIVING},
    {.from = DW_STUDY_DELETED, .on = DW_STUDY_EV_CONFLICT, .to = DW_STUDY_HELD},
    {.from = DW_STUDY_DELETED, .on = DW_STUDY_EV_PURGE, .to = DW_STUDY_PURGING},
    {.from = DW_STUDY_PURGING, .on = DW_STUDY_EV_PURGED, .to = DW_STUDY_PURGED},
    {.from = DW_STUDY_PURGED, .on = DW_STUDY_EV_OBJECT, .to = DW_STUDY_RECEIVING},
    {.from = DW_STUDY_PURGED, .on = DW_STUDY_EV_CONFLICT, .to = DW_STUDY_HELD},
    {.from = DW_STUDY_HELD, .on = DW_STUDY_EV_RELEASE, .to = DW_STUDY_COMPLETE},
};

/* --- jobs --- */

static const char *const job_states[] = {
    [DW_JOB_QUEUED] = "queued", [DW_JOB_PREPARING] = "preparing",
    [DW_JOB_ACTIVE] = "active", [DW_JOB_DONE] = "done",
    [DW_JOB_FAILED] = "failed", [DW_JOB_HELD] = "held",
    [DW_JOB_CANCELLED] = "cancelled",
};
static_assert(DW_ARRAY_LEN(job_states) == DW_JOB_STATE_COUNT, "name every job state");
static const char *const job_events[] = {
    [DW_JOB_EV_START] = "start",
    [DW_JOB_EV_PLANNED] = "planned",
    [DW_JOB_EV_RESTART] = "restart",
    [DW_JOB_EV_FINISH] = "finish",
    [DW_JOB_EV_FAIL] = "fail",
    [DW_JOB_EV_HOLD] = "hold",
    [DW_JOB_EV_CANCEL] = "cancel",
    [DW_JOB_EV_RELEASE] = "release",
    [DW_JOB_EV_RETRY] = "retry",
    [DW_JOB_EV_RETRY_DISCS] = "retry_discs",
    [DW_JOB_EV_MORE] = "more",
};
static_assert(DW_ARRAY_LEN(job_events) == DW_JOB_EVENT_COUNT, "name every job event");
static const struct transition job_transitions[] = {
    {.from = DW_JOB_QUEUED, .on = DW_JOB_EV_START, .to = DW_JOB_PREPARING},
    {.from = DW_JOB_QUEUED, .on = DW_JOB_EV_FAIL, .to = DW_JOB_FAILED},
    {.from = DW_JOB_QUEUED, .on = DW_JOB_EV_HOLD, .to = DW_JOB_HELD},
    {.from = DW_JOB_QUEUED, .on = DW_JOB_EV_CANCEL, .to = DW_JOB_CANCELLED},
    {.from = DW_JOB_PREPARING, .on = DW_JOB_EV_PLANNED, .to = DW_JOB_ACTIVE},
    {.from = DW_JOB_PREPARING, .on = DW_JOB_EV_RESTART, .to = DW_JOB_QUEUED},
    {.from = DW_JOB_PREPARING, .on = DW_JOB_EV_FAIL, .to = DW_JOB_FAILED},
    {.from = DW_JOB_PREPARING, .on = DW_JOB_EV_HOLD, .to = DW_JOB_HELD},
    {.from = DW_JOB_PREPARING, .on = DW_JOB_EV_CANCEL, .to = DW_JOB_CANCELLED},
    {.from = DW_JOB_ACTIVE, .on = DW_JOB_EV_FINISH, .to = DW_JOB_DONE},
    {.from = DW_JOB_ACTIVE, .on = DW_JOB_EV_FAIL, .to = DW_JOB_FAILED},
    {.from = DW_JOB_ACTIVE, .on = DW_JOB_EV_HOLD, .to = DW_JOB_HELD},
    {.from = DW_JOB_ACTIVE, .on = DW_JOB_EV_CANCEL, .to = DW_JOB_CANCELLED},
    {.from = DW_JOB_FAILED, .on = DW_JOB_EV_RETRY, .to = DW_JOB_QUEUED},
    {.from = DW_JOB_FAILED, .on = DW_JOB_EV_RETRY_DISCS, .to = DW_JOB_ACTIVE},
    {.from = DW_JOB_FAILED, .on = DW_JOB_EV_CANCEL, .to = DW_JOB_CANCELLED},
    {.from = DW_JOB_HELD, .on = DW_JOB_EV_RELEASE, .to = DW_JOB_QUEUED},
    {.from = DW_JOB_HELD, .on = DW_JOB_EV_RETRY, .to = DW_JOB_QUEUED},
    {.from = DW_JOB_HELD, .on = DW_JOB_EV_RETRY_DISCS, .to = DW_JOB_ACTIVE},
    {.from = DW_JOB_HELD, .on = DW_JOB_EV_FINISH, .to = DW_JOB_DONE},
    {.from = DW_JOB_HELD, .on = DW_JOB_EV_CANCEL, .to = DW_JOB_CANCELLED},
    {.from = DW_JOB_DONE, .on = DW_JOB_EV_MORE, .to = DW_JOB_ACTIVE},
};

/* --- volumes --- */

static const char *const volume_states[] = {
    [DW_VOLUME_PLANNED] = "planned", [DW_VOLUME_READY] = "ready",
};
static_assert(DW_ARRAY_LEN(volume_states) == DW_VOLUME_STATE_COUNT, "name every volume state");
static const char *const volume_events[] = {
    [DW_VOLUME_EV_LABELLED] = "labelled",
};
static_assert(DW_ARRAY_LEN(volume_events) == DW_VOLUME_EVENT_COUNT, "name every volume event");
static const struct transition volume_transitions[] = {
    {.from = DW_VOLUME_PLANNED, .on = DW_VOLUME_EV_LABELLED, .to = DW_VOLUME_READY},
};

static int find(const struct transition *table, size_t count, int from, int on)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].from == from && table[i].on == on)
            return table[i].to;
    return -1;
}

static int by_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; name && i < count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

dw_status dw_study_next(enum dw_study_state from, enum dw_study_event on, enum dw_study_state *to,
                        struct dw_error *err)
{
    int next = find(study_transitions, DW_ARRAY_LEN(study_transitions), (int)from, (int)on);
    if (next < 0)
        return dw_error_set(err, DW_ERR_CONFLICT, "a study that is %s takes no '%s'",
                            dw_study_state_name(from), dw_study_event_name(on));
    *to = (enum dw_study_state)next;
    return DW_OK;
}

dw_status dw_job_next(enum dw_job_state from, enum dw_job_event on, enum dw_job_state *to,
                      struct dw_error *err)
{
    int next = find(job_transitions, DW_ARRAY_LEN(job_transitions), (int)from, (int)on);
    if (next < 0)
        return dw_error_set(err, DW_ERR_CONFLICT, "a job that is %s takes no '%s'",
                            dw_job_state_name(from), dw_job_event_name(on));
    *to = (enum dw_job_state)next;
    return DW_OK;
}

dw_status dw_volume_next(enum dw_volume_state from, enum dw_volume_event on,
                         enum dw_volume_state *to, struct dw_error *err)
{
    int next = find(volume_transitions, DW_ARRAY_LEN(volume_transitions), (int)from, (int)on);
    if (next < 0)
        return dw_error_set(err, DW_ERR_CONFLICT, "a volume that is %s takes no '%s'",
                            dw_volume_state_name(from), dw_volume_event_name(on));
    *to = (enum dw_volume_state)next;
    return DW_OK;
}

bool dw_job_is_final(enum dw_job_state state)
{
    return state == DW_JOB_DONE || state == DW_JOB_CANCELLED;
}

const char *dw_study_state_name(enum dw_study_state state)
{
    return study_states[state];
}

int dw_study_state_from_name(const char *name)
{
    return by_name(study_states, DW_ARRAY_LEN(study_states), name);
}

const char *dw_study_event_name(enum dw_study_event event)
{
    return study_events[event];
}

const char *dw_job_state_name(enum dw_job_state state)
{
    return job_states[state];
}

int dw_job_state_from_name(const char *name)
{
    return by_name(job_states, DW_ARRAY_LEN(job_states), name);
}

const char *dw_job_event_name(enum dw_job_event event)
{
    return job_events[event];
}

const char *dw_volume_state_name(enum dw_volume_state state)
{
    return volume_states[state];
}

int dw_volume_state_from_name(const char *name)
{
    return by_name(volume_states, DW_ARRAY_LEN(volume_states), name);
}

const char *dw_volume_event_name(enum dw_volume_event event)
{
    return volume_events[event];
}
