/** The only reader of the files of a plan: blocks in disc order, each file hashed and compared where a hash is
 *  expected of it or the tree has a manifest, a checksum for each chunk. Feeds an image file or a drive alike. Worker
 *  threads, one for each core up to 4, read and hash different parts of the disc ahead of whoever takes the
 *  blocks; one thread at a time calls. Sources are only ever named by their place on the disc. */
#ifndef DW_BURN_IMAGE_STREAM_H
#define DW_BURN_IMAGE_STREAM_H
#include "burn/image/plan.h"

typedef struct dw_stream dw_stream;

/** The plan must outlive the stream. Blocks: no. */
DW_MUST_CHECK dw_status dw_stream_new(const dw_plan *plan, dw_stream **out, struct dw_error *err);
void dw_stream_free(dw_stream *stream);
/** Up to max_blocks next blocks into buf, fewer only at the end; *out_blocks 0 behind it. DW_ERR_CONFLICT:
 *  "source of FILE changed: why" (gone, size, SHA-256, written while it was read): the volume failed, and so
 *  does every later call. Blocks on disk reads. */
DW_MUST_CHECK dw_status dw_stream_next(dw_stream *stream, void *buf, uint32_t max_blocks,
                                       uint32_t *out_blocks, struct dw_error *err);
/** After the end: SHA-256 of tree file i, as read; NULL: nobody asked for it (no hash was expected of this file,
 *  and the tree has no manifest). */
const uint8_t *dw_stream_sha256(const dw_stream *stream, size_t i);
/** After the end of a stream that was pulled: one 4-byte CRC-32 (zlib) per DW_CHUNK_BLOCKS blocks, saved with the
 *  size and fsynced. */
DW_MUST_CHECK dw_status dw_stream_save_chunks(const dw_stream *stream, const char *path,
                                              struct dw_error *err);

/** Progress of anything long; non-OK cancels. */
typedef dw_status dw_progress_fn(void *ctx, uint64_t done_bytes, uint64_t total_bytes,
                                 struct dw_error *err);
struct dw_image_file {
    const char *path;
    const char *chunks_path; /**< NULL: no chunk checksums, and no time spent on them */
    bool not_synced;         /**< writing to the disk is left to the kernel: a power loss soon after may cost it */
};
/** Whole plan into a new file: written as "path.part", fsynced (unless not_synced), renamed; nothing is left on
 *  failure. *out (may be NULL) keeps the ended stream for its hashes. */
DW_MUST_CHECK dw_status dw_stream_write_image(const dw_plan *plan, const struct dw_image_file *image,
                                              dw_progress_fn *progress, void *ctx, dw_stream **out,
                                              struct dw_error *err);
/** The same, fsynced. chunks_path may be NULL. */
DW_MUST_CHECK dw_status dw_stream_to_file(const dw_plan *plan, const char *path,
                                          const char *chunks_path, dw_progress_fn *progress, void *ctx,
                                          dw_stream **out, struct dw_error *err);

/** Chunk checksums of a volume, loaded again for verifying. */
typedef struct dw_chunks dw_chunks;
DW_MUST_CHECK dw_status dw_chunks_load(const char *path, dw_chunks **out, struct dw_error *err);
void dw_chunks_free(dw_chunks *chunks);
uint32_t dw_chunks_blocks(const dw_chunks *chunks);
struct dw_blocks;
/** Read every block once and compare. DW_ERR_CORRUPT: "block 4096 differs"; DW_ERR_IO: unreadable. */
DW_MUST_CHECK dw_status dw_chunks_verify(const dw_chunks *chunks, const struct dw_blocks *blocks,
                                         dw_progress_fn *progress, void *ctx, struct dw_error *err);

#endif
