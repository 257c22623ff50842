/* options.device: which drives of the machine are a robot's. */
#include <string.h>

#include "base/text.h"
#include "robot/options.h"

static const char stdio_word[] = "stdio:";

static const char *after(const char *text, const char *word)
{
    size_t n = strlen(word);
    return strncmp(text, word, n) == 0 ? text + n : NULL;
}

/* What stands behind the word that says how it is meant. */
static dw_status check_address(const char *address, struct dw_error *err)
{
    static const char *const names[] = {"serial:", "path:"};
    const char *file = after(address, stdio_word);
    for (size_t i = 0; i < DW_ARRAY_LEN(names); i++) {
        const char *name = after(address, names[i]);
        if (name && !*name)
            return dw_error_set(err, DW_ERR_INVALID, "device: '%s' without a name", names[i]);
        if (name)
            return DW_OK;
    }
    if (strcmp(address, DW_DEVICE_ASSIGN) == 0 || (file ? file : address)[0] == '/')
        return DW_OK;
    return dw_error_set(
        err, DW_ERR_INVALID,
        "device: '%.100s' is no absolute path, no serial:TEXT, no path:TEXT and not assign",
        address);
}

static dw_status read_device(const char *text, size_t length, struct dw_robot_devices *out,
                             struct dw_error *err)
{
    char *address = out->address[out->count];
    if (out->count == DW_ROBOT_DRIVES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a robot has at most %d drives",
                            DW_ROBOT_DRIVES_MAX);
    if (length >= sizeof out->address[0] ||
        !dw_text_format(address, sizeof out->address[0], "%.*s", (int)length, text))
        return dw_error_set(err, DW_ERR_INVALID, "device: a path is longer than %zu bytes",
                            sizeof out->address[0] - 1);
    dw_status st = check_address(address, err);
    for (int i = 0; st == DW_OK && i < out->count; i++)
        if (strcmp(out->address[i], address) == 0 && strcmp(address, DW_DEVICE_ASSIGN) != 0)
            st = dw_error_set(err, DW_ERR_INVALID, "device: '%.100s' stands there twice", address);
    if (st == DW_OK)
        out->is_file[out->count++] = after(address, stdio_word) != NULL;
    return st;
}

static dw_status read_devices(const char *text, struct dw_robot_devices *out, struct dw_error *err)
{
    static const char between[] = " \t\n,";
    dw_status st = DW_OK;
    *out = (struct dw_robot_devices){.count = 0};
    for (text += strspn(text, between); st == DW_OK && *text; text += strspn(text, between)) {
        size_t length = strcspn(text, between);
        st = read_device(text, length, out, err);
        text += length;
    }
    return st;
}

dw_status dw_robot_devices_read(const char *text, struct dw_robot_devices *out,
                                struct dw_error *err)
{
    dw_status st = read_devices(text, out, err);
    if (st == DW_OK && out->count == 0)
        st = dw_error_set(err, DW_ERR_INVALID, "device: a robot needs at least one drive");
    return st;
}

dw_status dw_robot_devices_of(const struct dw_robot_options *options, struct dw_robot_devices *out,
                              struct dw_error *err)
{
    dw_status st = read_devices(options->device, out, err);
    bool all =
        out->count == 0 || (out->count == 1 && strcmp(out->address[0], DW_DEVICE_ASSIGN) == 0);
    if (st != DW_OK || !all)
        return st;
    if (options->drives < 1 || options->drives > DW_ROBOT_DRIVES_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "a robot has 1 to %d drives", DW_ROBOT_DRIVES_MAX);
    for (out->count = 0; out->count < options->drives; out->count++)
        memcpy(out->address[out->count], DW_DEVICE_ASSIGN, sizeof DW_DEVICE_ASSIGN);
    return DW_OK;
}

void dw_robot_devices_write(const struct dw_robot_devices *devices, char *out, size_t size)
{
    struct dw_buf text = {0};
    for (int i = 0; i < devices->count; i++)
        dw_buf_addf(&text, "%s%s", i ? "," : "", devices->address[i]);
    dw_text_cut(out, size, text.size ? text.data : "");
    dw_buf_done(&text);
}

bool dw_robot_has_devices(const char *driver)
{
    static const char *const without[] = {
        "sim", "ptburn"}; /* files play its drives; they are another machine's */
    for (size_t i = 0; i < DW_ARRAY_LEN(without); i++)
        if (strcmp(without[i], driver) == 0)
            return false;
    return true;
}
