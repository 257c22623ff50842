/** Every motion of one robot, before and after, each line fsynced before the arm may begin. Read at
 * start it tells what was in motion when we died. Append-only; a torn last line is no line: had it
 * announced a motion, the motion had not begun. One thread at a time. */
#ifndef DW_ROBOT_JOURNAL_H
#define DW_ROBOT_JOURNAL_H
#include <stdint.h>
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "robot/place.h"

#define DW_JOURNAL_SIZE_MAX                                                                        \
    (4 * 1024 * 1024)            /* bytes; then it becomes "journal.old" and a short one begins */
#define DW_JOURNAL_DISCS_MAX 256 /* discs whose last motion is remembered */

typedef struct dw_journal dw_journal;

struct dw_journal_motion { /* the last motion of one disc */
    int64_t disc;
    struct dw_place from, to;
    bool unfinished; /**< begun and not ended, or ended in doubt, and nobody has answered since */
    struct dw_place
        at; /**< where it surely was when the line was written; DW_PLACE_NONE: gone or not known */
};

/** Open or create path and read what is there. disk may be NULL. DW_ERR_CORRUPT: a line in the
 * middle is not one of ours: a person must look, nothing is guessed. */
DW_MUST_CHECK dw_status dw_journal_open(const char *path, const struct dw_disk *disk,
                                        const struct dw_clock *clock, dw_journal **out,
                                        struct dw_error *err);
void dw_journal_close(dw_journal *journal); /**< NULL is fine */

/** "disc goes from..to": on disk when this returns. The arm must not move if it fails. */
DW_MUST_CHECK dw_status dw_journal_begin(dw_journal *journal, int64_t disc, struct dw_place from,
                                         struct dw_place to, struct dw_error *err);
/** moved: "yes", "no" or "unknown". */
DW_MUST_CHECK dw_status dw_journal_end(dw_journal *journal, int64_t disc, const char *moved,
                                       struct dw_error *err);
/** A person's word: the disc is at (DW_PLACE_NONE: out of the robot). */
DW_MUST_CHECK dw_status dw_journal_answer(dw_journal *journal, int64_t disc, struct dw_place at,
                                          struct dw_error *err);

/** Last known motion of a disc; NULL: never moved (or long ago). Valid until the next call. */
const struct dw_journal_motion *dw_journal_find(const dw_journal *journal, int64_t disc);
/** All of them, oldest disc first; returns how many. Valid until the next call. */
size_t dw_journal_motions(const dw_journal *journal, const struct dw_journal_motion **out);
/** The motion that nobody knows the end of; NULL: none. One arm: there is at most one. */
const struct dw_journal_motion *dw_journal_unfinished(const dw_journal *journal);

#endif
