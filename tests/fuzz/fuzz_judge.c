/* Fuzz target: any image (sparse.h), ISO 9660 and UDF, judged by all rules. Only so many blocks are read: a disc whose
 * files lie over each other takes no longer than one that is full. */
#include "judged.h"
#include "sparse.h"

/* Judged twice: 64 MB of what small discs may read beyond their size, and a long chain of extents for each window of it. */
#define READS_MAX (1u << 20)
#define READS_PER_BLOCK 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sparse *image = calloc(1, sizeof *image);
    struct dw_error err = {0};
    dw_check_source *source = NULL;
    require(image != NULL);
    sparse_init(image, data, size);
    require(dw_check_source_open_blocks(&image->blocks, &source, &err) == DW_OK);
    for (size_t i = 0; i < dw_check_source_count(source); i++) {
        struct dw_check_source_entry entry;
        dw_check_source_entry(source, i, &entry);
        require(entry.path[0] == '/' && entry.path[1] != '\0' && !strstr(entry.path, "/../"));
    }
    judge_bytes(source, image->flags, size % 4 == 0);
    require(image->read_count < READS_MAX + READS_PER_BLOCK * (uint64_t)image->blocks.count);
    dw_check_source_free(source);
    sparse_done(image);
    free(image);
    return 0;
}
