/* libFuzzer target: any bytes as the DICOMDIR, as a DICOM file and as the MANIFEST.TXT of a file-set (the first
 * byte says which), judged by all rules. */
#include <stdlib.h>
#include <string.h>
#include "check/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
    const uint8_t *data;
    size_t size;
};

static dw_status read_bytes(void *state, const struct dw_check_source_entry *entry, uint64_t offset,
                            void *out, size_t size, struct dw_error *err)
{
    const struct bytes *bytes = state;
    if (offset > bytes->size || size > bytes->size - offset)
        abort();
    memcpy(out, bytes->data + offset, size);
    return DW_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"/DICOMDIR", "/DICOM/IM1", "/MANIFEST.TXT"};
    static const struct dw_check_source_ops ops = {.read = read_bytes};
    static struct dw_check_result result;
    struct dw_check_expect expect = {.patient_id = "1", .patient_name = "A^B", .objects = 1};
    struct dw_check_opts opts = {.expect = &expect};
    struct dw_error err = {0};
    dw_check_source *source = NULL;
    if (size == 0)
        return 0;
    struct bytes bytes = {data + 1, size - 1};
    const char *path = paths[data[0] % DW_ARRAY_LEN(paths)];
    struct dw_check_source_entry entry = {
        .path = path, .raw = strrchr(path, '/') + 1, .size_bytes = bytes.size};
    if (dw_check_source_new(&ops, &bytes, &source, &err) != DW_OK ||
        dw_check_source_add(source, &entry, &err) != DW_OK ||
        dw_check_run(source, &opts, &result, &err) != DW_OK)
        abort(); /* whatever the bytes are, there is a judgement */
    dw_check_source_free(source);
    return 0;
}
