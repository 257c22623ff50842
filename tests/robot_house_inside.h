/** Shared by tests/robot_house*.c. */
#ifndef DW_TESTS_ROBOT_HOUSE_INSIDE_H
#define DW_TESTS_ROBOT_HOUSE_INSIDE_H
#include "robot_house.h"

void house_must(dw_status st, const struct dw_error *err); /**< or the test ends here */
void house_die(struct house *h);
bool house_is_gone(const struct house *h); /**< dead, and the clock has come there */

dw_status house_spawn(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid,
                      struct dw_error *err);
bool house_play_worker(struct house *h,
                       struct house_worker *worker); /**< true: it said something */
void house_worker_ends(struct house_worker *worker);
int64_t house_worker_due(const struct house_worker *worker);

struct dw_publisher_listener house_listener(struct house *h);
void house_store(struct house *h); /**< what was asked for, and tell what follows */
void house_tell(struct house *h);

#endif
