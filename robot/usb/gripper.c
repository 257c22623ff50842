#include "robot/usb/gripper.h"

#include <assert.h>
#include <string.h>

#include "base/options.h"
#include "base/text.h"

/* Stored: never renamed. */
static const char *const names[] = {
    [DW_GRIPPER_DOUBT] = "doubt",       [DW_GRIPPER_EMPTY] = "empty",     [DW_GRIPPER_MOVING] = "moving",
    [DW_GRIPPER_GRIPPING] = "gripping", [DW_GRIPPER_HOLDING] = "holding", [DW_GRIPPER_RELEASING] = "releasing",
};
static_assert(DW_ARRAY_LEN(names) == DW_GRIPPER_STATE_COUNT, "name every state");

static void forget(struct dw_gripper *gripper)
{
    gripper->state = DW_GRIPPER_DOUBT;
    for (int i = 0; i < DW_ROBOT_BINS_MAX; i++)
        gripper->discs[i] = -1;
}

static dw_status on_entry(void *ctx, const char *section, const char *key, const char *value, struct dw_error *err)
{
    struct dw_gripper *gripper = ctx;
    int64_t number;
    if (!key)
        return DW_OK;
    if (strcmp(key, "state") == 0) {
        for (enum dw_gripper_state s = 0; s < DW_GRIPPER_STATE_COUNT; s++) {
            if (strcmp(value, names[s]) == 0) {
                gripper->state = s;
                return DW_OK;
            }
        }
    }
    if (strncmp(key, "bin", 3) == 0 && dw_text_int(key + 3, 1, DW_ROBOT_BINS_MAX, &number)) {
        int64_t discs;
        if (dw_text_int(value, -1, DW_BIN_DISCS_MAX, &discs)) {
            gripper->discs[number - 1] = (int)discs;
            return DW_OK;
        }
    }
    return dw_error_set(err, DW_ERR_CORRUPT, "not a line of a gripper");
}

dw_status dw_gripper_open(const char *state_dir, const struct dw_disk *disk, struct dw_gripper *out,
                          struct dw_error *err)
{
    *out = (struct dw_gripper){.disk = disk};
    forget(out);
    if (!dw_text_format(out->path, sizeof out->path, "%s/gripper", state_dir))
        return dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
    if (dw_ini_read(out->path, on_entry, out, NULL) != DW_OK)
        forget(out);
    return DW_OK;
}

static dw_status save(struct dw_gripper *gripper, struct dw_error *err)
{
    struct dw_buf text = {0};
    dw_buf_addf(&text, "[gripper]\nstate = %s\n", names[gripper->state]);
    for (int i = 0; i < DW_ROBOT_BINS_MAX; i++)
        dw_buf_addf(&text, "bin%d = %d\n", i + 1, gripper->discs[i]);
    dw_status st = dw_buf_check(&text, "the gripper's state", err);
    if (st == DW_OK)
        st = dw_file_save(gripper->disk, gripper->path, text.data, text.size, err);
    dw_buf_done(&text);
    return st;
}

dw_status dw_gripper_note(struct dw_gripper *gripper, enum dw_gripper_state state, struct dw_error *err)
{
    gripper->state = state;
    dw_status st = save(gripper, err);
    if (st != DW_OK)
        gripper->state = DW_GRIPPER_DOUBT;
    return st;
}

dw_status dw_gripper_count(struct dw_gripper *gripper, int bin, int discs, struct dw_error *err)
{
    gripper->discs[bin - 1] = discs;
    return save(gripper, err);
}
