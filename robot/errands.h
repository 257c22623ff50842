/** Errands: a thread that does one after the other in the order given, so that a loop never waits for a machine or for
 * another machine's disk. Each is plain data of one size, copied in and, with what came of it, copied out again. All calls
 * but dw_errands_stopping() come from the loop's thread. */
#ifndef DW_ROBOT_ERRANDS_H
#define DW_ROBOT_ERRANDS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

struct dw_errands_opts {
    size_t size;                          /**< of one */
    void (*run)(void *ctx, void *errand); /**< on the thread; writes the result into it */
    void (*drop)(void *errand);           /**< frees what one owns that nobody takes any more; NULL: they own nothing */
    void *ctx;                            /**< borrowed */
    bool by_hand;                         /**< no thread: dw_errands_step() does them */
};
typedef struct dw_errands dw_errands;
DW_MUST_CHECK dw_status dw_errands_new(const struct dw_errands_opts *opts, dw_errands **out, struct dw_error *err);
/** Waits for the one that runs, the others are dropped. */
void dw_errands_free(dw_errands *errands);
/** The same, for patience_s at the longest. false: it still runs; the thread is left behind with all that it uses. */
DW_MUST_CHECK bool dw_errands_leave(dw_errands *errands, int patience_s);
/** Copied; what it owns goes with it. DW_ERR_INTERNAL: no memory, and it is still the caller's. */
DW_MUST_CHECK dw_status dw_errands_submit(dw_errands *errands, const void *errand, struct dw_error *err);
/** How many have not begun; *out_done: over, and not taken. */
size_t dw_errands_waiting(dw_errands *errands, size_t *out_done);
int dw_errands_fd(const dw_errands *errands); /**< readable while one is over */
bool dw_errands_take(dw_errands *errands, void *out); /**< the next one that is over; false: none */
bool dw_errands_step(dw_errands *errands); /**< by hand: do the next one; false: none waits */
/** How long the one that runs has lasted, by the monotonic clock of the system; 0: none runs. */
int64_t dw_errands_busy_us(dw_errands *errands);
bool dw_errands_stopping(dw_errands *errands); /**< from inside run(): it should come to its end */

#endif
