/* What the robot is doing, in words for the console. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ptburn_state.h"

/* How far the drive is, in bytes of this disc: the service only tells percents. */
void ptburn_tell_progress(dw_ptburn *ptburn, struct ptburn_disc *disc)
{
    const char *stage = disc->is_seen ? dw_ptburn_stage_word(&disc->seen) : NULL;
    struct dw_progress progress = {.buffer_percent = -1, .left_s = -1};
    int percent = disc->seen.drive_percent;
    if (!stage || percent < 0 || disc->phase != PTBURN_FOLLOWED || percent == disc->told_percent)
        return;
    disc->told_percent = percent;
    dw_text_cut(progress.stage, sizeof progress.stage, stage);
    progress.total_bytes = (uint64_t)disc->order.blocks * DW_BLOCK_SIZE;
    progress.done_bytes = progress.total_bytes * (uint64_t)percent / 100;
    ptburn->opts.listener.progress(ptburn->opts.listener.ctx, disc->order.disc, &progress);
}

static const struct ptburn_disc *disc_in(const dw_ptburn *ptburn, int drive)
{
    for (size_t i = 0; i < ptburn->count; i++) {
        const struct ptburn_disc *disc = ptburn->discs[i];
        if (disc->phase == PTBURN_FOLLOWED && disc->is_seen && disc->seen.drive == drive - 1)
            return disc;
    }
    return NULL;
}

/* Which index is which drive only its place tells: the server's order is not fixed. "": it has one drive, or does not say. */
static const char *place_of(const dw_ptburn *ptburn, int drive)
{
    const dw_ptburn_ini *own = ptburn_robot(ptburn) ? ptburn->view->status[ptburn->robot] : NULL;
    char key[24];
    const char *place = own && dw_text_format(key, sizeof key, "DriveLocation%d", drive - 1)
                            ? dw_ptburn_ini_text(own, "System", key)
                            : NULL;
    return !place ? "" : strncasecmp(place, "Top", 3) == 0 ? "top" : strncasecmp(place, "Bottom", 6) == 0 ? "bottom" : "";
}

static json_t *drives_to_json(const dw_ptburn *ptburn, int count)
{
    static const char *const words[] = {[0] = "idle",       [1] = "burning",       [2] = "reading",
                                        [3] = "verifying",  [4] = "loaded",        [5] = "bad disc",
                                        [6] = "verified",   [7] = "bad disc",      [8] = "burned"};
    json_t *list = json_array();
    for (int n = 1; n <= count; n++) {
        const struct ptburn_disc *disc = disc_in(ptburn, n);
        int state = disc ? disc->seen.drive_state : 0;
        const char *word = state >= 0 && (size_t)state < DW_ARRAY_LEN(words) ? words[state] : "working";
        json_array_append_new(
            list, json_pack("{s:i, s:s, s:I, s:s}", "n", n, "state", word, "disc",
                            (json_int_t)(disc ? disc->order.disc : 0), "where", place_of(ptburn, n)));
    }
    return list;
}

static void activity_text(const dw_ptburn *ptburn, char *out, size_t size)
{
    char model[40] = "", text[120];
    const struct dw_ptburn_robot *robot = ptburn_robot(ptburn);
    size_t on_server = 0;
    for (size_t i = 0; i < ptburn->count; i++)
        on_server += ptburn->discs[i]->phase >= PTBURN_SUBMITTING;
    if (robot && robot->type >= 0)
        dw_ptburn_model(robot->type, model, sizeof model);
    if (ptburn->count == 0 ? !dw_text_format(text, sizeof text, "idle%s%s", *model ? " · " : "", model)
                           : !dw_text_format(text, sizeof text, "%zu disc%s in hand, %zu at the server%s%s", ptburn->count,
                                             ptburn->count == 1 ? "" : "s", on_server, *model ? " · " : "", model))
        text[0] = 0;
    dw_text_cut(out, size, text);
}

static const char *arm_word(const dw_ptburn *ptburn)
{
    for (size_t i = 0; i < ptburn->count; i++) {
        if (ptburn->discs[i]->doubted)
            return "in doubt";
    }
    if (!ptburn_alive(ptburn) || ptburn_stopped(ptburn) || ptburn->system_error)
        return "held";
    for (size_t i = 0; i < ptburn->count; i++) {
        if (ptburn->discs[i]->phase == PTBURN_FOLLOWED)
            return "moving";
    }
    return "idle";
}

void ptburn_tell(dw_ptburn *ptburn)
{
    struct dw_sensors sensors;
    char activity[120];
    const struct dw_ptburn_robot *robot = ptburn_robot(ptburn);
    json_t *supplies = json_array();
    if (dw_ptburn_sensors(&ptburn->options, &sensors, NULL) != DW_OK) {
        json_decref(supplies);
        return;
    }
    ptburn_sense_bins(ptburn, &sensors);
    for (int i = 0; robot && i < robot->cartridges; i++)
        json_array_append_new(supplies, json_pack("{s:s, s:i}", "name", dw_ptburn_ink_name(robot->cartridge[i].type),
                                                  "percent", robot->cartridge[i].percent));
    activity_text(ptburn, activity, sizeof activity);
    int drives = robot && robot->drives > 0 ? robot->drives : sensors.drives;
    if (drives > DW_ROBOT_DRIVES_MAX)
        drives = DW_ROBOT_DRIVES_MAX;
    json_t *status = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:n}", "type", "status", "activity", activity, "arm",
                               arm_word(ptburn), "drives", drives_to_json(ptburn, drives), "bins",
                               dw_publisher_bins(&sensors), "supplies", supplies, "forecast", json_array(), "step");
    char *text = status ? json_dumps(status, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (!text || (ptburn->last_status && strcmp(text, ptburn->last_status) == 0)) {
        free(text);
        json_decref(status);
        return;
    }
    free(ptburn->last_status);
    ptburn->last_status = text;
    ptburn->opts.listener.status(ptburn->opts.listener.ctx, status);
}
