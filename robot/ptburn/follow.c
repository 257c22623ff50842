#include "robot/ptburn/follow.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

bool dw_ptburn_file_read(const char *name, char stem[DW_PTBURN_STEM_MAX], enum dw_ptburn_file *out)
{
    static const struct {
        const char *ending;
        enum dw_ptburn_file file;
    } endings[] = {{".TMP", DW_PTBURN_FILE_STAGED},  {".JRQ", DW_PTBURN_FILE_REQUEST}, {".QRJ", DW_PTBURN_FILE_QUEUED},
                   {".INP", DW_PTBURN_FILE_RUNNING}, {".DON", DW_PTBURN_FILE_DONE},    {".ERR", DW_PTBURN_FILE_ERROR},
                   {".ABT", DW_PTBURN_FILE_ERROR}};
    size_t n = strlen(name);
    if (n < 5 || n - 4 >= DW_PTBURN_STEM_MAX)
        return false;
    for (size_t i = 0; i < DW_ARRAY_LEN(endings); i++) {
        if (strcasecmp(name + n - 4, endings[i].ending) != 0)
            continue;
        memcpy(stem, name, n - 4);
        stem[n - 4] = 0;
        *out = endings[i].file;
        return true;
    }
    return false;
}

bool dw_ptburn_file_is_live(enum dw_ptburn_file file)
{
    return file == DW_PTBURN_FILE_REQUEST || file == DW_PTBURN_FILE_QUEUED || file == DW_PTBURN_FILE_RUNNING;
}

/* What is printed counts only behind what is verified, as a server may be set to print first; "unloading" is said of a
 * drive as well as of the printer. */
static enum dw_ptburn_stage stage_after(enum dw_ptburn_stage now, enum dw_ptburn_doing doing)
{
    switch (doing) {
    case DW_PTBURN_LOADING:
    case DW_PTBURN_REJECTING:
        return DW_PTBURN_STAGE_QUEUED;
    case DW_PTBURN_RECORDING:
        return now < DW_PTBURN_STAGE_BURNING ? DW_PTBURN_STAGE_BURNING : now;
    case DW_PTBURN_VERIFYING:
        return now < DW_PTBURN_STAGE_VERIFYING ? DW_PTBURN_STAGE_VERIFYING : now;
    case DW_PTBURN_WAIT_PRINTER:
    case DW_PTBURN_PRINTING:
        return now == DW_PTBURN_STAGE_VERIFYING ? DW_PTBURN_STAGE_PRINTING : now;
    case DW_PTBURN_UNLOADING:
        return now == DW_PTBURN_STAGE_PRINTING ? DW_PTBURN_STAGE_DELIVERING : now;
    default:
        return now;
    }
}

/* Printing is not among them: "unloading" may have been that of the drive, told while the printer was waited for. */
static bool begins_anew(enum dw_ptburn_doing doing)
{
    return doing == DW_PTBURN_LOADING || doing == DW_PTBURN_RECORDING || doing == DW_PTBURN_VERIFYING;
}

static bool takes_blank(enum dw_ptburn_doing doing)
{
    return (doing >= DW_PTBURN_RECORDING && doing <= DW_PTBURN_WAIT_PRINTER) || doing == DW_PTBURN_FINISHING ||
           doing == DW_PTBURN_REJECTING || doing == DW_PTBURN_COMPLETE;
}

void dw_ptburn_follow_step(struct dw_ptburn_follow *follow, const struct dw_ptburn_job_status *status)
{
    /* A blank that is rejected is counted, or shown as such: this one was on its way out. */
    if (follow->now == DW_PTBURN_STAGE_DELIVERING && begins_anew(status->doing) && status->bad <= follow->bad)
        follow->again = true;
    follow->now = stage_after(follow->now, status->doing);
    if (follow->now > follow->reached)
        follow->reached = follow->now;
    if (takes_blank(status->doing) || status->good > 0 || status->bad > 0)
        follow->used = true;
    if (status->bad > follow->bad)
        follow->bad = status->bad;
}

const char *dw_ptburn_stage_word(const struct dw_ptburn_job_status *status)
{
    if (status->doing == DW_PTBURN_RECORDING)
        return "burning";
    return status->doing == DW_PTBURN_VERIFYING ? "verifying" : NULL;
}

static const char *const outcomes[] = {
    [DW_PTBURN_OPEN] = "open",       [DW_PTBURN_UNCLEAR] = "unclear", [DW_PTBURN_GOOD] = "good",
    [DW_PTBURN_BAD] = "bad",         [DW_PTBURN_STOPPED] = "stopped", [DW_PTBURN_NOT_SUBMITTED] = "not_submitted",
    [DW_PTBURN_LOST] = "lost",
};
static_assert(DW_ARRAY_LEN(outcomes) == DW_PTBURN_OUTCOME_COUNT, "name every outcome");

const char *dw_ptburn_outcome_name(enum dw_ptburn_outcome outcome)
{
    return outcomes[outcome];
}

int dw_ptburn_outcome_from_name(const char *name)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(outcomes); i++) {
        if (strcmp(outcomes[i], name) == 0)
            return (int)i;
    }
    return -1;
}

static bool says_stopped(const struct dw_ptburn_job_status *status)
{
    return status->doing == DW_PTBURN_ABORTED || status->error == 16;
}

static bool says_failed(const struct dw_ptburn_job_status *status)
{
    return status->state == DW_PTBURN_JOB_FAILED || status->doing == DW_PTBURN_FAILED || says_stopped(status);
}

static bool says_complete(const struct dw_ptburn_job_status *status)
{
    return status->doing == DW_PTBURN_COMPLETE || status->state == DW_PTBURN_JOB_COMPLETED;
}

static enum dw_ptburn_outcome of_done(const struct dw_ptburn_job_status *status)
{
    if (says_failed(status) || !says_complete(status) || status->good < 0)
        return DW_PTBURN_UNCLEAR;
    if (status->good == 1)
        return DW_PTBURN_GOOD;
    return status->good == 0 ? DW_PTBURN_BAD : DW_PTBURN_UNCLEAR; /* two good ones were never ordered */
}

enum dw_ptburn_outcome dw_ptburn_outcome(enum dw_ptburn_file file, const struct dw_ptburn_job_status *status)
{
    if (dw_ptburn_file_is_live(file))
        return DW_PTBURN_OPEN;
    if (file == DW_PTBURN_FILE_STAGED)
        return status ? DW_PTBURN_UNCLEAR : DW_PTBURN_NOT_SUBMITTED;
    if (!status || file == DW_PTBURN_FILE_NONE)
        return DW_PTBURN_UNCLEAR;
    if (file == DW_PTBURN_FILE_DONE)
        return of_done(status);
    if (!says_failed(status) || status->good > 0)
        return DW_PTBURN_UNCLEAR;
    return says_stopped(status) ? DW_PTBURN_STOPPED : DW_PTBURN_BAD;
}

enum dw_ptburn_outcome dw_ptburn_outcome_followed(enum dw_ptburn_outcome outcome, const struct dw_ptburn_follow *follow)
{
    bool is_end = outcome == DW_PTBURN_GOOD || outcome == DW_PTBURN_BAD || outcome == DW_PTBURN_STOPPED;
    return is_end && follow->again ? DW_PTBURN_LOST : outcome;
}

enum dw_ptburn_outcome dw_ptburn_outcome_at_last(enum dw_ptburn_file file, const struct dw_ptburn_job_status *status)
{
    bool good = status && status->good > 0;
    if (good)
        return DW_PTBURN_LOST;
    if (file == DW_PTBURN_FILE_ERROR)
        return status && says_stopped(status) ? DW_PTBURN_STOPPED : DW_PTBURN_BAD;
    return file == DW_PTBURN_FILE_NONE && status && says_failed(status) ? DW_PTBURN_BAD : DW_PTBURN_LOST;
}

const struct dw_ptburn_error *dw_ptburn_why(const struct dw_ptburn_job_status *status)
{
    if (!status)
        return NULL;
    return dw_ptburn_job_error(status->error ? status->error : status->disc_error);
}

/* --- which event --- */

static int event_good(enum dw_disc_state state)
{
    switch (state) {
    case DW_DISC_LOADING:
        return DW_DISC_EV_LOADED;
    case DW_DISC_BURNING:
        return DW_DISC_EV_BURNED;
    case DW_DISC_VERIFYING:
        return DW_DISC_EV_VERIFIED;
    case DW_DISC_PRINTING:
        return DW_DISC_EV_PRINTED;
    case DW_DISC_DELIVERING:
        return DW_DISC_EV_DELIVERED;
    case DW_DISC_UNKNOWN: /* and on from there, so that the row says that it was verified */
        return DW_DISC_EV_FOUND_DRIVE;
    case DW_DISC_REJECTING: /* the row was told otherwise while nobody could look */
        return DW_DISC_EV_IN_DOUBT;
    default:
        return -1;
    }
}

static int event_bad(enum dw_disc_state state, bool stopped, bool used, bool cancelled)
{
    switch (state) {
    case DW_DISC_RESERVED:
        return stopped && cancelled ? DW_DISC_EV_CANCEL : -1;
    case DW_DISC_LOADING:
        return stopped && cancelled && !used ? DW_DISC_EV_NOT_LOADED : DW_DISC_EV_LOADED;
    case DW_DISC_BURNING:
    case DW_DISC_VERIFYING:
        return stopped && cancelled ? DW_DISC_EV_CANCEL : DW_DISC_EV_BAD_DISC;
    case DW_DISC_PRINTING:
        return DW_DISC_EV_BAD_DISC;
    case DW_DISC_DELIVERING: /* it was good, and then its job failed */
        return DW_DISC_EV_IN_DOUBT;
    case DW_DISC_REJECTING:
        return DW_DISC_EV_OUT;
    case DW_DISC_UNKNOWN:
        return DW_DISC_EV_FOUND_REJECT;
    default:
        return -1;
    }
}

static int event_lost(enum dw_disc_state state)
{
    bool live = state != DW_DISC_RESERVED && state != DW_DISC_UNKNOWN && !dw_disc_is_final(state);
    return live ? DW_DISC_EV_IN_DOUBT : -1;
}

static int event_open(enum dw_disc_state state, enum dw_ptburn_stage reached)
{
    switch (state) {
    case DW_DISC_LOADING:
        return reached >= DW_PTBURN_STAGE_BURNING ? DW_DISC_EV_LOADED : -1;
    case DW_DISC_BURNING:
        return reached >= DW_PTBURN_STAGE_VERIFYING ? DW_DISC_EV_BURNED : -1;
    case DW_DISC_VERIFYING:
        return reached >= DW_PTBURN_STAGE_PRINTING ? DW_DISC_EV_VERIFIED : -1;
    case DW_DISC_PRINTING:
        return reached >= DW_PTBURN_STAGE_DELIVERING ? DW_DISC_EV_PRINTED : -1;
    /* After a restart the row doubts what the server goes on with as if nothing had happened. */
    case DW_DISC_REJECTING:
        return DW_DISC_EV_IN_DOUBT;
    case DW_DISC_UNKNOWN:
        return DW_DISC_EV_FOUND_DRIVE;
    default:
        return -1;
    }
}

int dw_ptburn_next_event(enum dw_disc_state state, const struct dw_ptburn_follow *follow,
                         enum dw_ptburn_outcome outcome, bool cancelled)
{
    switch (outcome) {
    case DW_PTBURN_OPEN:
        return event_open(state, follow->reached);
    case DW_PTBURN_GOOD:
        return event_good(state);
    case DW_PTBURN_BAD:
    case DW_PTBURN_STOPPED:
        return event_bad(state, outcome == DW_PTBURN_STOPPED, follow->used, cancelled);
    case DW_PTBURN_NOT_SUBMITTED:
        if (state == DW_DISC_UNKNOWN) /* there is no plastic to look for, and its job goes on with another row */
            return DW_DISC_EV_FOUND_REJECT;
        return state == DW_DISC_LOADING ? DW_DISC_EV_NOT_LOADED : event_lost(state);
    case DW_PTBURN_LOST:
        return event_lost(state);
    default: /* unclear: nothing is said until it is clear */
        return -1;
    }
}
