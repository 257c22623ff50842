/** Has the kernel read a file into its cache, from the begin on, while whoever will look at it is being started.
 *  Nothing of it is looked at here, and no failure is told: who reads it afterwards meets the same and says it. */
#ifndef DW_BASE_PRIMER_H
#define DW_BASE_PRIMER_H

typedef struct dw_primer dw_primer;
/** Begins, and returns at once. NULL: not a regular file (a drive is never touched), or it cannot be read.
 *  Of long files it reads as much as a small part of this machine's memory holds. */
dw_primer *dw_primer_start(const char *path);
/** Whoever was being started is there: from now on as fast as the disk can. May be called again, and with NULL. */
void dw_primer_hurry(dw_primer *primer);
void dw_primer_stop(dw_primer *primer); /**< waits for the read that is under way; may be NULL */

#endif
