#include "burn/drive/feed.h"

#include <stdlib.h>
#include <string.h>

void dw_feed_init(struct dw_feed *feed, dw_stream *stream, uint64_t total_bytes)
{
    memset(feed, 0, sizeof *feed);
    feed->stream = stream;
    feed->total_bytes = total_bytes;
    pthread_mutex_init(&feed->lock, NULL);
}

void dw_feed_done(struct dw_feed *feed)
{
    pthread_mutex_destroy(&feed->lock);
}

dw_status dw_feed_look(struct dw_feed *feed, uint64_t *done_bytes, struct dw_error *err)
{
    pthread_mutex_lock(&feed->lock);
    dw_status st = feed->failed;
    *done_bytes = feed->done_bytes;
    if (st != DW_OK && err)
        *err = feed->failure;
    pthread_mutex_unlock(&feed->lock);
    return st;
}

/* DW_OK and nothing there: the end. */
static dw_status refill(struct dw_feed *feed)
{
    struct dw_error err = {0};
    uint64_t unused;
    dw_status st = dw_feed_look(feed, &unused, NULL);
    if (st != DW_OK) /* sticky: libburn may ask again to fill its last buffer */
        return st;
    feed->at = feed->have = 0;
    st = dw_stream_next(feed->stream, feed->data, DW_FEED_BLOCKS, &feed->have, &err);
    if (st == DW_OK)
        return DW_OK;
    pthread_mutex_lock(&feed->lock);
    feed->failed = st;
    feed->failure = err;
    pthread_mutex_unlock(&feed->lock);
    return st;
}

static int read_xt(struct burn_source *source, unsigned char *buffer, int size)
{
    struct dw_feed *feed = source->data;
    int done = 0;
    while (done < size) {
        size_t left = (size_t)feed->have * DW_BLOCK_SIZE - feed->at;
        if (left == 0) {
            if (refill(feed) != DW_OK)
                return -1;
            left = (size_t)feed->have * DW_BLOCK_SIZE;
            if (left == 0)
                break;
        }
        size_t n = left < (size_t)(size - done) ? left : (size_t)(size - done);
        memcpy(buffer + done, feed->data + feed->at, n);
        feed->at += (uint32_t)n;
        done += (int)n;
    }
    pthread_mutex_lock(&feed->lock);
    feed->done_bytes += (uint64_t)done;
    pthread_mutex_unlock(&feed->lock);
    return done;
}

static off_t get_size(struct burn_source *source)
{
    const struct dw_feed *feed = source->data;
    return (off_t)feed->total_bytes;
}

static int set_size(struct burn_source *source, off_t size)
{
    return 1; /* the size is the plan's, whatever libburn would like it to be */
}

static void free_data(struct burn_source *source)
{
}

static int cancel(struct burn_source *source)
{
    return 1;
}

struct burn_source *dw_feed_source(struct dw_feed *feed)
{
    struct burn_source *source = calloc(1, sizeof *source);
    if (!source)
        return NULL;
    source->refcount = 1;
    source->version = 1;
    source->read_xt = read_xt;
    source->get_size = get_size;
    source->set_size = set_size;
    source->free_data = free_data;
    source->cancel = cancel;
    source->data = feed;
    return source;
}
