/** A person as the arm of a robot: asked for one step at a time, in plain words. The driver asks and waits on the
 * arm's thread; the loop shows the step and brings the answer. All functions may be called from any thread. */
#ifndef DW_ROBOT_PERSON_H
#define DW_ROBOT_PERSON_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/limits.h"

enum dw_person_task {
    DW_PERSON_NOTHING,
    DW_PERSON_INSERT,       /**< a blank into a drive */
    DW_PERSON_HAND_OVER,    /**< a good disc out of a drive, labelled by hand */
    DW_PERSON_TO_PRINTER,   /**< out of a drive, or (drive 0) from where the arm laid it, onto the printer */
    DW_PERSON_FROM_PRINTER, /**< a good disc off the printer */
    DW_PERSON_THROW_AWAY,   /**< a bad disc out of a drive, or (drive 0) off the printer */
    /* of a robot that cannot tell: "yes" is done, "no" is failed */
    DW_PERSON_CHECK_GRIPPER, /**< is it empty? */
    DW_PERSON_CHECK_DRIVE,   /**< is the tray of every drive in? */
    DW_PERSON_CHECK_PRINTER, /**< is the printer's tray in? */
    DW_PERSON_TASK_COUNT
};
enum dw_person_answer {
    DW_PERSON_SILENT,
    DW_PERSON_DONE,
    DW_PERSON_FAILED,   /**< it went wrong: nobody is sure where the disc is */
    DW_PERSON_WITHDRAWN /**< the step is not wanted any more */
};
struct dw_person_step {
    int64_t n; /**< counts up from anywhere; an answer names it, so that a late one answers nothing else */
    enum dw_person_task task;
    int64_t disc; /**< its row; 0: not known */
    int drive;
    char media[8];                /**< INSERT: a blank of burn/image/blank.h */
    char stock[DW_STOCK_NAME_MAX]; /**< INSERT: of which pile; "": any */
    char wrong[160];              /**< why it is not done yet; "" */
};
const char *dw_person_task_name(enum dw_person_task task); /**< "insert": sent, never renamed */
/** "Put a blank CD into drive 1" */
void dw_person_sentence(const struct dw_person_step *step, char *out, size_t size);

typedef struct dw_person dw_person;
DW_MUST_CHECK dw_status dw_person_new(dw_person **out, struct dw_error *err); /**< free: dw_person_free() */
void dw_person_free(dw_person *person);

/* --- the one who asks --- */
void dw_person_ask(dw_person *person, const struct dw_person_step *step); /**< n is given here */
/** Why the step is not done; "" takes it back. */
void dw_person_complain(dw_person *person, const char *wrong);
/** Blocks until an answer comes, at most timeout_ms. Takes the answer: a second call waits for another. */
enum dw_person_answer dw_person_wait(dw_person *person, int timeout_ms);
void dw_person_thank(dw_person *person); /**< no step any more */

/* --- the one who shows --- */
int dw_person_fd(const dw_person *person); /**< readable when the step is another than last taken */
/** false: nothing is asked for. */
bool dw_person_take(dw_person *person, struct dw_person_step *out);
/** DW_ERR_CONFLICT: step n is not asked for any more. */
DW_MUST_CHECK dw_status dw_person_answer(dw_person *person, int64_t n, enum dw_person_answer answer,
                                         struct dw_error *err);
/** Take back the step about a disc, if that is what is asked for. */
void dw_person_withdraw(dw_person *person, int64_t disc);
void dw_person_close(dw_person *person); /**< whatever is asked, now and later, is withdrawn */

#endif
