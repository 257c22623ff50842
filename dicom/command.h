/** Command sets (PS3.7 6.3 and E.1): group 0000 in Implicit VR Little Endian, of a few hundred bytes and without
 *  sequences. Read with a bound on everything, as they are the first bytes a stranger can shape. */
#ifndef DW_DICOM_COMMAND_H
#define DW_DICOM_COMMAND_H
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { /* (0000,0100) */
    DW_COMMAND_STORE = 0x0001,
    DW_COMMAND_ECHO = 0x0030,
    DW_COMMAND_CANCEL = 0x0FFF,
    DW_COMMAND_RESPONSE = 0x8000 /**< set in the answer to a request */
};
enum { /* (0000,0900): PS3.7 C, PS3.4 B.2.3 */
    DW_DIMSE_SUCCESS = 0x0000,
    DW_DIMSE_PROCESSING_FAILURE = 0x0110,
    DW_DIMSE_INVALID_INSTANCE = 0x0117,
    DW_DIMSE_CLASS_NOT_SUPPORTED = 0x0122,
    DW_DIMSE_NOT_AUTHORISED = 0x0124,
    DW_DIMSE_UNRECOGNIZED = 0x0211,
    DW_DIMSE_OUT_OF_RESOURCES = 0xA700,
    DW_DIMSE_NOT_THE_INSTANCE = 0xA900,    /**< the data set is of something else; nothing was kept */
    DW_DIMSE_COERCED = 0xB000,             /**< kept, and not as it should be: it waits for a person */
    DW_DIMSE_NOT_THE_CLASS = 0xB007,       /**< the same for a data set of another SOP class */
    DW_DIMSE_CANNOT_UNDERSTAND = 0xC000
};

struct dw_command { /* plain data */
    uint16_t field;      /**< (0000,0100) */
    uint16_t message_id; /**< (0000,0110); of a response and of C-CANCEL (0000,0120) */
    bool has_data_set;   /**< (0000,0800) */
    char sop_class[DW_UID_MAX];    /**< affected or requested; "" when absent or longer than a UID */
    char sop_instance[DW_UID_MAX]; /**< as sop_class */
};

/** DW_ERR_CORRUPT: no command set; DW_ERR_LIMIT: more than DW_COMMAND_SET_MAX bytes. What is not in struct
 *  dw_command is passed over. */
DW_MUST_CHECK dw_status dw_command_read(const void *data, size_t size, struct dw_command *out,
                                        struct dw_error *err);
/** Append the response to a request, without a data set. comment: Error Comment, made one LO of it; NULL
 *  none. */
void dw_command_answer(const struct dw_command *request, unsigned status, const char *comment,
                       struct dw_buf *out);

#ifdef __cplusplus
}
#endif
#endif
