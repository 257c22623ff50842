/** A stream as libburn wants it: pulled block by block from libburn's own thread. For burn/drive alone. */
#ifndef DW_BURN_DRIVE_FEED_H
#define DW_BURN_DRIVE_FEED_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/limits.h"
#include "burn/drive/libburn.h"
#include "burn/image/stream.h"

#define DW_FEED_BLOCKS 32

struct dw_feed { /* dw_feed_init(); must outlive every source made of it */
    dw_stream *stream;
    uint64_t total_bytes;
    uint8_t data[DW_FEED_BLOCKS * DW_BLOCK_SIZE]; /* libburn's thread alone */
    uint32_t at, have;
    pthread_mutex_t lock; /* what both threads look at */
    uint64_t done_bytes;
    dw_status failed;
    struct dw_error failure;
};
void dw_feed_init(struct dw_feed *feed, dw_stream *stream, uint64_t total_bytes);
void dw_feed_done(struct dw_feed *feed);
/** NULL: out of memory. Given back by burn_source_free(). */
struct burn_source *dw_feed_source(struct dw_feed *feed);
/** Bytes handed out; a failure of the stream, which libburn takes for the end of the data. */
DW_MUST_CHECK dw_status dw_feed_look(struct dw_feed *feed, uint64_t *done_bytes,
                                     struct dw_error *err);

#endif
