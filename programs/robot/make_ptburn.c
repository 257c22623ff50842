/* A robot behind the PTBurn service of its maker. */
#include <assert.h>
#include <stdlib.h>

#include "maker.h"
#include "robot/ptburn/ptburn.h"

struct delegate {
    dw_stock *stock;
    dw_ptburn *ptburn;
};

static_assert(DW_PTBURN_FDS_MAX <= PUBLISHER_FDS_MAX, "more descriptors than the session has room for");

static void delegate_free(void *self)
{
    struct delegate *d = self;
    dw_ptburn_free(d->ptburn);
    dw_stock_close(d->stock);
    free(d);
}

/* There is no arm that would have to know where they put a disc: every answer is noted by being heard. */
static json_t *noted(const json_t *placed)
{
    const json_t *answer;
    json_t *list = json_array();
    size_t i;
    json_array_foreach (placed, i, answer)
        json_array_append(list, json_object_get(answer, "disc"));
    return list;
}

static dw_status make(const struct maker_opts *opts, void **self, struct dw_error *err)
{
    struct dw_sensors sensors;
    struct delegate *d = calloc(1, sizeof *d);
    if (!d)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    *self = d;
    unsigned caps = dw_ptburn_caps(opts->options);
    dw_status st = dw_publisher_accept(caps, opts->options, err);
    if (st == DW_OK)
        st = dw_ptburn_sensors(opts->options, &sensors, err);
    if (st == DW_OK)
        st = dw_stock_open(opts->state_dir, opts->options, &d->stock, err);
    if (st != DW_OK)
        return st;
    json_t *hello = dw_publisher_hello("ptburn", caps, &sensors);
    json_object_set_new(hello, "devices", json_array()); /* its drives are the server's */
    json_object_set_new(hello, "placed", noted(opts->placed));
    opts->hello(opts->listener.ctx, hello);
    const struct dw_ptburn_opts ptburn = {
        .options = opts->options,
        .state_dir = opts->state_dir,
        .stock = d->stock,
        .clock = opts->clock,
        .log = opts->log,
        .listener = opts->listener,
    };
    return dw_ptburn_new(&ptburn, &d->ptburn, err);
}

/* --- its words --- */

static dw_ptburn *ptburn_of(const void *self)
{
    return ((const struct delegate *)self)->ptburn;
}

static dw_status on_order(void *self, json_t *head, struct dw_error *err)
{
    return dw_ptburn_order(ptburn_of(self), head, err);
}

static void on_stored(void *self, int64_t disc, enum dw_disc_event event, dw_status status, const char *state)
{
    dw_ptburn_stored(ptburn_of(self), disc, event, status, state);
}

static void on_acknowledge(void *self, const char *key)
{
    dw_ptburn_acknowledge(ptburn_of(self), key);
}

static void on_cancel(void *self, int64_t disc)
{
    dw_ptburn_cancel(ptburn_of(self), disc);
}

static void on_place(void *self, int64_t disc, const char *at)
{
    dw_ptburn_place(ptburn_of(self), disc, at);
}

static dw_status on_refill(void *self, const char *bin, int discs, const char *media, const char *stock,
                           struct dw_error *err)
{
    return dw_ptburn_refill(ptburn_of(self), bin, media, stock, err);
}

static dw_status on_step_answer(void *self, int64_t n, const char *answer, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_UNSUPPORTED, "this robot asks nobody for a hand");
}

/* The server counts for each of its drives, and takes none out of service. */
static void on_drive_health(void *self, int drive, int bad_in_a_row, const char *out)
{
}

static void on_rejected(void *self, int in_a_row)
{
    dw_ptburn_rejected(ptburn_of(self), in_a_row);
}

static dw_status on_inject(void *self, const char *faults, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_UNSUPPORTED, "only a simulated robot fails on command");
}

static int on_poll(const void *self, struct pollfd fds[PUBLISHER_FDS_MAX], int *timeout_ms)
{
    return dw_ptburn_poll(ptburn_of(self), fds, timeout_ms);
}

static void on_step(void *self)
{
    dw_ptburn_step(ptburn_of(self));
}

static const struct publisher_words words = {
    .order = on_order,
    .stored = on_stored,
    .acknowledge = on_acknowledge,
    .cancel = on_cancel,
    .place = on_place,
    .refill = on_refill,
    .step_answer = on_step_answer,
    .drive_health = on_drive_health,
    .rejected = on_rejected,
    .inject = on_inject,
    .poll = on_poll,
    .step = on_step,
    .free = delegate_free,
};

const struct maker maker_ptburn = {&words, make};
