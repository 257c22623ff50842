/* Fuzz target: a byte that says how to judge, then any bytes as a DICOM file of a file-set without a DICOMDIR. */
#include "judged.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct memory_file file = {"/DICOM/IM1", data + 1, size - 1};
    dw_check_source *source = memory_source(&file, 1);
    judge_bytes(source, data[0], size % 4 == 0);
    dw_check_source_free(source);
    return 0;
}
