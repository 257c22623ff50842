#include "daemon/snapshot.h"

#include <pthread.h>
#include <stdlib.h>

struct dw_snapshot {
    pthread_mutex_t lock;
    json_t *doc;
};

dw_status dw_snapshot_new(dw_snapshot **out, struct dw_error *err)
{
    dw_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot || !(snapshot->doc = json_object())) {
        free(snapshot);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    pthread_mutex_init(&snapshot->lock, NULL);
    *out = snapshot;
    return DW_OK;
}

void dw_snapshot_free(dw_snapshot *snapshot)
{
    if (!snapshot)
        return;
    json_decref(snapshot->doc);
    pthread_mutex_destroy(&snapshot->lock);
    free(snapshot);
}

void dw_snapshot_publish(dw_snapshot *snapshot, json_t *doc)
{
    if (!doc)
        return;
    pthread_mutex_lock(&snapshot->lock);
    json_t *old = snapshot->doc;
    snapshot->doc = doc;
    pthread_mutex_unlock(&snapshot->lock);
    json_decref(old);
}

json_t *dw_snapshot_get(dw_snapshot *snapshot)
{
    /* A copy and not a reference: a json_t may be walked by one thread at a time only. */
    pthread_mutex_lock(&snapshot->lock);
    json_t *copy = json_deep_copy(snapshot->doc);
    pthread_mutex_unlock(&snapshot->lock);
    return copy ? copy : json_object();
}
