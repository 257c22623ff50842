/* Stands in for libFuzzer where there is none: gives each file named to the target. */
#include "base/file.h"
#include "base/limits.h"
#include "fuzz.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct dw_error err = {0};
        struct dw_buf bytes = {0};
        if (dw_file_read_all(argv[i], DW_SMALL_FILE_MAX, &bytes, &err) != DW_OK) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        fprintf(stderr, "%s\n", argv[i]); /* the last one told is the one that did it */
        /* of its own size, so that a sanitizer sees a byte too far */
        uint8_t *data = malloc(bytes.size + !bytes.size);
        require(data != NULL);
        if (bytes.size)
            memcpy(data, bytes.data, bytes.size);
        LLVMFuzzerTestOneInput(data, bytes.size);
        free(data);
        dw_buf_done(&bytes);
    }
    return argc > 1 ? 0 : 1;
}
