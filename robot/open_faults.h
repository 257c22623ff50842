/** What is wrong with one robot now: each fault is raised once and told once, and told again when it is over. One thread. */
#ifndef DW_ROBOT_OPEN_FAULTS_H
#define DW_ROBOT_OPEN_FAULTS_H
#include "robot/faults.h"
#include "robot/publisher.h"

#define DW_OPEN_FAULTS_MAX 64
struct dw_open_fault {
    char key[DW_FAULT_KEY_MAX];
    const struct dw_fault *row;
    char sentence[200];
    int64_t disc; /**< 0: none */
    int drive;    /**< 0: none */
};
struct dw_open_faults { /* plain data to look through; {.listener = ...} */
    const struct dw_publisher_listener *listener; /**< borrowed: its fault and cleared are called */
    struct dw_open_fault fault[DW_OPEN_FAULTS_MAX];
    size_t count;
};
/** What tells one fault of a row from another: a detail if there is one, else its disc, else its drive. */
void dw_open_faults_key(char key[DW_FAULT_KEY_MAX], const char *id, int64_t disc, int drive, const char *detail);
struct dw_open_fault *dw_open_faults_find(struct dw_open_faults *faults, const char *key); /**< NULL: it is not open */
/** Again with another sentence: told anew. sentence NULL: the row's. Of an id that is none of robot/faults.h it is
 *  "robot_failure". */
void dw_open_faults_raise(struct dw_open_faults *faults, const char *id, int64_t disc, int drive, const char *detail,
                          const char *sentence);
void dw_open_faults_clear(struct dw_open_faults *faults, const char *id, int64_t disc, int drive, const char *detail);
void dw_open_faults_remove(struct dw_open_faults *faults, struct dw_open_fault *fault);
void dw_open_faults_clear_disc(struct dw_open_faults *faults, int64_t disc); /**< every one about it; 0: none */

#endif
