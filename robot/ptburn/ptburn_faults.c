/* Faults: raised once, told once, and cleared by a person or when the server shows them no more. */
#include <string.h>

#include "ptburn_state.h"

#define LOOK_FAILS_US 10000000 /* one failed look is a file that was being renamed */
#define INK_LOW_PERCENT 10
#define REFUSED_TIMES 2

void ptburn_raise(dw_ptburn *ptburn, const char *id, const char *detail, int64_t disc, const char *sentence)
{
    dw_open_faults_raise(&ptburn->faults, id, disc, 0, detail, sentence);
}

void ptburn_clear(dw_ptburn *ptburn, const char *id, const char *detail)
{
    dw_open_faults_clear(&ptburn->faults, id, 0, 0, detail);
}

void ptburn_clear_disc(dw_ptburn *ptburn, int64_t disc)
{
    dw_open_faults_clear_disc(&ptburn->faults, disc);
}

/* The questions of the machine itself are not among them: its jobs wait on the server. */
static bool is_question(const struct dw_fault *row)
{
    return strcmp(row->id, "ink_waits") == 0 || strcmp(row->id, "align_waits") == 0;
}

bool ptburn_stopped(const dw_ptburn *ptburn)
{
    for (size_t i = 0; i < ptburn->faults.count; i++) {
        if (ptburn->faults.fault[i].row->action == DW_FAULT_STOP && !is_question(ptburn->faults.fault[i].row))
            return true;
    }
    return false;
}

/* --- what a person has done --- */

void dw_ptburn_acknowledge(dw_ptburn *ptburn, const char *key)
{
    struct dw_open_fault *fault = dw_open_faults_find(&ptburn->faults, key);
    const struct dw_ptburn_error *error = dw_ptburn_system_error(ptburn->system_error);
    if (!fault || fault->row->action == DW_FAULT_ASK)
        return; /* only an answer ends a question */
    const struct dw_fault *row = fault->row;
    dw_open_faults_remove(&ptburn->faults, fault);
    if (strcmp(row->id, "rejected_in_a_row") == 0)
        ptburn->rejected_in_a_row = 0;
    if (!error || strcmp(row->id, error->row) != 0)
        return;
    /* What it showed is not said again before the service had the time to hear of it. */
    ptburn->answered_us = ptburn_now(ptburn);
    if (error->answerable)
        ptburn_message(ptburn, error->answer, NULL);
}

/* --- what comes and goes --- */

static void raise_or_clear(dw_ptburn *ptburn, bool on, const char *id, const char *detail, const char *sentence)
{
    if (on)
        ptburn_raise(ptburn, id, detail, 0, sentence);
    else
        ptburn_clear(ptburn, id, detail);
}

static void watch_share(dw_ptburn *ptburn)
{
    const struct dw_fault *row = dw_fault_find("share_silent");
    int64_t now = ptburn_now(ptburn);
    bool hangs = dw_ptburn_share_busy_us(ptburn->share) > PTBURN_SILENT_US;
    bool fails = ptburn->look_status != DW_OK && now - ptburn->looked_us > LOOK_FAILS_US;
    char sentence[200];
    if (!fails || hangs || !dw_text_format(sentence, sizeof sentence, "%.90s (%.100s)", row->sentence, ptburn->look_text))
        dw_text_cut(sentence, sizeof sentence,
                    hangs ? "The shared folder of the robot's server does not answer: check server and network"
                          : row->sentence);
    raise_or_clear(ptburn, hangs || fails, "share_silent", NULL, sentence);
    int64_t pulse = ptburn->pulse_us ? ptburn->pulse_us : ptburn->first_look_us;
    bool silent = !hangs && !fails && ptburn->view && now - pulse > PTBURN_SILENT_US;
    raise_or_clear(ptburn, silent, "server_silent", NULL, NULL);
}

/* It is there, and takes nothing: rights of the mount, or a disk that is full. */
static void watch_room(dw_ptburn *ptburn)
{
    char sentence[200];
    const struct dw_fault *row = dw_fault_find("share_refuses");
    bool is_full = ptburn_lacks_room(ptburn);
    if (ptburn->count == 0)
        ptburn->refused_in_a_row = 0;
    bool refuses = ptburn->look_status == DW_OK && ptburn->refused_in_a_row >= REFUSED_TIMES;
    if (is_full)
        dw_text_cut(sentence, sizeof sentence, "The disk of the robot's server has no room for the next disc: make room on it");
    else if (!dw_text_format(sentence, sizeof sentence, "%.110s (%.85s)", row->sentence, ptburn->refused_text))
        dw_text_cut(sentence, sizeof sentence, row->sentence);
    raise_or_clear(ptburn, is_full || refuses, "share_refuses", NULL, sentence);
}

static void watch_settings(dw_ptburn *ptburn)
{
    const struct dw_ptburn_robot *robot = ptburn_robot(ptburn);
    bool named = *ptburn->options.ptburn_robot != 0;
    bool missing = ptburn->view && !robot && ptburn_now(ptburn) - ptburn->robot_us > LOOK_FAILS_US;
    raise_or_clear(ptburn, missing, "server_settings", "robot",
                   named ? "The robot's server knows no robot of the name in ptburn_robot: look into Status/SystemStatus.txt"
                         : "The robot's server has not just one robot: name the one that is meant in ptburn_robot");
    bool wanted = strcmp(ptburn->options.kiosk, "leave") != 0;
    bool differs = wanted && robot && robot->kiosk >= 0 && robot->kiosk != ptburn_wants_kiosk(&ptburn->options);
    raise_or_clear(ptburn, differs && ptburn->kiosk_us && ptburn_now(ptburn) - ptburn->kiosk_us > PTBURN_MESSAGE_US,
                   "server_settings", "kiosk",
                   "The robot's server does not change kiosk mode: look at KioskMode in PTSETUP.INI, or set kiosk = leave");
}

/* One at a time: the service shows one number. */
static void watch_system_error(dw_ptburn *ptburn)
{
    const struct dw_ptburn_error *error = dw_ptburn_system_error(ptburn->system_error);
    char detail[16] = "";
    bool told = ptburn->answered_us && ptburn_now(ptburn) - ptburn->answered_us < PTBURN_MESSAGE_US;
    if (error && !dw_text_format(detail, sizeof detail, "e%d", ptburn->system_error))
        return;
    for (size_t i = ptburn->faults.count; i-- > 0;) {
        const char *colon = strchr(ptburn->faults.fault[i].key, ':');
        if (colon && colon[1] == 'e' && strcmp(colon + 1, detail) != 0)
            dw_open_faults_remove(&ptburn->faults, &ptburn->faults.fault[i]);
    }
    if (error && !told)
        ptburn_raise(ptburn, error->row, detail, 0, error->sentence);
    if (!error)
        ptburn->answered_us = 0;
}

/* Which one, so that the right cartridge is fetched. */
static void watch_ink(dw_ptburn *ptburn)
{
    const struct dw_ptburn_robot *robot = ptburn_robot(ptburn);
    const struct dw_ptburn_error *error = dw_ptburn_system_error(ptburn->system_error);
    const struct dw_ptburn_cartridge *least = NULL;
    char sentence[120] = "";
    for (int i = 0; robot && i < robot->cartridges; i++) {
        if (!least || robot->cartridge[i].percent < least->percent)
            least = &robot->cartridge[i];
    }
    bool asks = error && strcmp(error->row, "ink_waits") == 0;
    bool is_low = least && least->percent <= INK_LOW_PERCENT && !asks;
    if (is_low && !dw_text_format(sentence, sizeof sentence, "The %s is running low: have a cartridge at hand",
                                  dw_ptburn_ink_name(least->type)))
        sentence[0] = 0;
    raise_or_clear(ptburn, is_low, "ink_low", NULL, *sentence ? sentence : NULL);
}

static void watch_bins(dw_ptburn *ptburn)
{
    size_t kinds;
    const struct dw_blank *blanks = dw_blank_table(&kinds);
    for (size_t k = 0; k < kinds; k++) {
        bool missing = false;
        for (size_t i = 0; i < ptburn->count; i++) {
            const struct ptburn_disc *disc = ptburn->discs[i];
            enum dw_ptburn_bin bin;
            missing |= disc->phase == PTBURN_WAITING && strcmp(disc->order.media, blanks[k].name) == 0 &&
                       !ptburn_bin_for(ptburn, &disc->order, &bin);
        }
        raise_or_clear(ptburn, missing, "bin_missing", blanks[k].name, NULL);
    }
}

/* More discs are ordered than the server counts in its bins; an empty one it complains of itself. */
static void watch_blanks(dw_ptburn *ptburn)
{
    size_t kinds;
    const struct dw_blank *blanks = dw_blank_table(&kinds);
    for (size_t k = 0; k < kinds; k++) {
        char sentence[120];
        int left = ptburn_blanks_left(ptburn, blanks[k].name);
        bool is_short = left > 0 && ptburn_blanks_wanted(ptburn, blanks[k].name) > left;
        if (!dw_text_format(sentence, sizeof sentence,
                            "More %s discs are ordered than are left in the robot: bring some before they run out",
                            blanks[k].name))
            sentence[0] = 0;
        raise_or_clear(ptburn, is_short, "blanks_low", blanks[k].name, *sentence ? sentence : NULL);
    }
}

void ptburn_watch(dw_ptburn *ptburn)
{
    watch_share(ptburn);
    watch_room(ptburn);
    watch_settings(ptburn);
    watch_system_error(ptburn);
    watch_ink(ptburn);
    watch_bins(ptburn);
    watch_blanks(ptburn);
    if (ptburn->rejected_in_a_row >= ptburn->options.rejects_max)
        ptburn_raise(ptburn, "rejected_in_a_row", NULL, 0, NULL);
}
