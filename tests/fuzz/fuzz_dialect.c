/* Fuzz target: a byte that says which, then any bytes as a dialect file, or as the IEEE-1284 id that a device tells. */
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"
#include "robot/usb/dialect.h"

static void look_at_id(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"MFG", "MDL", "CMD", "SN", "", "X"};
    struct dw_usb_match match = {.id1284 = "*MDL:*[a-z]*"};
    char id[DW_USB_ID1284_MAX], value[40];
    snprintf(id, sizeof id, "%.*s", (int)(size < sizeof id ? size : sizeof id - 1), (const char *)data);
    for (size_t i = 0; i < DW_ARRAY_LEN(keys); i++) {
        dw_usb_id1284_value(id, keys[i], value, sizeof value);
        require(strnlen(value, sizeof value) < sizeof value && !strchr(value, ';'));
    }
    (void)dw_usb_match_id(&match, id);
}

static void look_at_command(const struct dw_dialect *dialect, const struct dw_dialect_command *command)
{
    require(command->frame.size > 0 && command->frame.size <= DW_DIALECT_FRAME_MAX);
    require(command->settle_ms > 0 && command->settle_ms <= DW_DIALECT_SETTLE_MAX_MS);
    require(command->done.bytes.size <= DW_DIALECT_FRAME_MAX && command->missed.bytes.size <= DW_DIALECT_FRAME_MAX);
    require((command->reply_ms != 0) == (command->done.bytes.size || command->missed.bytes.size));
    require(command->evidence.level < DW_EVIDENCE_COUNT && command->evidence.origin[0]);
    require(dw_dialect_command(dialect, command->name) == command); /* no name stands there twice */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dw_dialect dialect;
    struct dw_error err = {0};
    char path[64];
    if (size == 0)
        return 0;
    if (data[0] & 1) {
        look_at_id(data + 1, size - 1);
        return 0;
    }
    snprintf(path, sizeof path, "/tmp/dw-fuzz-dialect-%d.conf", (int)getpid());
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)(size - 1));
    close(fd);
    dw_status st = dw_dialect_read(path, &dialect, &err);
    unlink(path);
    require_told(st, &err);
    for (int i = 0; st == DW_OK && i < dialect.commands; i++)
        look_at_command(&dialect, &dialect.command[i]);
    return 0;
}
