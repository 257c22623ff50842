/** Files of a source read ahead of whoever looks at them, in a given order: each byte once, in reads as large as
 *  neighbouring files allow, and hashed by as many threads as there are processors, two files at once each. One
 *  thread at a time reads the source. Memory is bounded (BUFFERS in reel.c), whatever the files are like. */
#ifndef DW_CHECK_REEL_H
#define DW_CHECK_REEL_H
#include "base/hash.h"
#include "check/source.h"

struct dw_reel_file { /* what to read */
    uint32_t index;   /**< in the source */
    bool hash;        /**< somebody wants its digest */
};
struct dw_reel_piece { /* of one file: all of it, or the next range of a long one */
    uint32_t index;
    bool is_last;     /**< of its file */
    bool hash;
    uint64_t offset;  /**< in the file */
    size_t size;      /**< bytes that are there */
    const uint8_t *bytes;
    /** Not DW_OK: nothing of the file could be read behind these bytes; is_last is set. Others are not hurt. */
    struct dw_error failed;
    uint8_t sha256[DW_SHA256_SIZE]; /**< of the file: in its last piece, if hash was set and nothing failed */
};
typedef struct dw_reel dw_reel;
/** files and source are borrowed; no entry is a folder. Reading begins at once. */
DW_MUST_CHECK dw_status dw_reel_new(dw_check_source *source, const struct dw_reel_file *files, size_t count,
                                    dw_reel **out, struct dw_error *err);
/** Stops its threads, which takes as long as the read that is under way. */
void dw_reel_free(dw_reel *reel);
/** The next piece, in the order of the files; a file of no bytes is one piece. NULL behind the last. Blocks until
 *  it was read. Its bytes are borrowed until the next call. */
const struct dw_reel_piece *dw_reel_next(dw_reel *reel);
/** As dw_check_source_read(), between the reads of the reel: while there is one nobody else may read the source. */
DW_MUST_CHECK dw_status dw_reel_read(dw_reel *reel, size_t index, uint64_t offset, void *out, size_t size,
                                     struct dw_error *err);

#endif
