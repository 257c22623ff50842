/** A dialect as a file that robot/usb/dialect.h reads again: what `discwright robot capture` makes of a recording. */
#ifndef DW_ROBOT_USB_DIALECT_WRITE_H
#define DW_ROBOT_USB_DIALECT_WRITE_H
#include "base/text.h"
#include "robot/usb/dialect.h"

struct dw_dialect_remarks { /* lines for people, written as comments; NULL: none */
    const char *head;                             /**< at the top */
    const char *command[DW_DIALECT_COMMANDS_MAX]; /**< in each [command] */
    const char *end;
};
/** The last byte is the rule's sum of those before it; of nothing but zeros that proves nothing, and is false. */
bool dw_checksum_holds(enum dw_checksum rule, const uint8_t *bytes, size_t size);
/** The rule that holds for all these frames, if there are two or more; NONE otherwise. */
enum dw_checksum dw_checksum_of(const struct dw_dialect_command *commands, int count);
/** Texts become one line each, without what an option file would take for a comment, and are cut where they are long. A
 * template is written where the frames differ in one byte and, if the dialect has a rule, in their checksum; replies are
 * not written. DW_ERR_LIMIT: too long for out. */
DW_MUST_CHECK dw_status dw_dialect_print(const struct dw_dialect *dialect, const struct dw_dialect_remarks *remarks,
                                         struct dw_buf *out, struct dw_error *err);
/** The same as a new file of mode 0644, read again at once by dw_dialect_read(). DW_ERR_CONFLICT: there is a file of that
 * name; DW_ERR_INVALID: what it says of the name or the content. Nothing is left behind then. */
DW_MUST_CHECK dw_status dw_dialect_write(const struct dw_dialect *dialect, const struct dw_dialect_remarks *remarks,
                                         const char *path, struct dw_error *err);

#endif
