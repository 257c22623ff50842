/* Fuzz target: any bytes as a command set. What is understood is answered, and the answer is a command set that says the
 * same of the request. */
#include "dicom/command.h"
#include "fuzz.h"

static void answer(const struct dw_command *request)
{
    struct dw_buf bytes = {0};
    struct dw_command again;
    dw_command_answer(request, DW_DIMSE_PROCESSING_FAILURE, "no \\ room\xC3\xA4", &bytes);
    require(!bytes.failed && bytes.size % 2 == 0);
    require(dw_command_read(bytes.data, bytes.size, &again, NULL) == DW_OK);
    require(again.field == (request->field | DW_COMMAND_RESPONSE) && again.message_id == request->message_id);
    require(!again.has_data_set && strcmp(again.sop_class, request->sop_class) == 0);
    require(strcmp(again.sop_instance, request->sop_instance) == 0);
    dw_buf_done(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dw_command command;
    struct dw_error err = {0};
    dw_status st = dw_command_read(data, size, &command, &err);
    require_told(st, &err);
    if (st != DW_OK)
        return 0;
    require(size <= DW_COMMAND_SET_MAX);
    require(strnlen(command.sop_class, DW_UID_MAX) < DW_UID_MAX);
    require(strnlen(command.sop_instance, DW_UID_MAX) < DW_UID_MAX);
    answer(&command);
    return 0;
}
