/** One file of a source read once, front to back, hashed on the way, while a scanner asks for ranges of
 *  it. Memory is one window, whatever the size of the file, and the reel (check/reel.h) while there is one. */
#ifndef DW_CHECK_TAPE_H
#define DW_CHECK_TAPE_H
#include <sys/types.h>
#include "check/reel.h"

typedef struct dw_tape dw_tape;
DW_MUST_CHECK dw_status dw_tape_new(dw_check_source *source, dw_tape **out, struct dw_error *err);
void dw_tape_free(dw_tape *tape);
dw_spill *dw_tape_spill(const dw_tape *tape); /**< of its source */
/** Begin file `index` of the source; one tape serves many files, one after the other. Hashing costs more than
 *  reading: hash says whether somebody wants the digest. */
void dw_tape_start(dw_tape *tape, size_t index, bool hash);
/** Files that will be started next, in this order, each of them once and none other before the last of them has ended:
 *  they are read and hashed ahead by other threads. files is borrowed until dw_tape_free(); only
 *  dw_tape_rest() or that ends it early. The source belongs to the tape meanwhile. */
DW_MUST_CHECK dw_status dw_tape_ahead(dw_tape *tape, const struct dw_reel_file *files, size_t count,
                                      struct dw_error *err);
void dw_tape_rest(dw_tape *tape); /**< nothing is read ahead from here on */
/** fn hears how many bytes were read in all, window by window of each file; false ends the file with DW_ERR_CANCELLED. */
typedef bool dw_tape_fn(void *ctx, uint64_t bytes);
void dw_tape_tell(dw_tape *tape, dw_tape_fn *fn, void *ctx);
/** What is wound past of the file just started is written to fd too, which stays the caller's. Not of one that was
 *  read ahead. */
void dw_tape_copy(dw_tape *tape, int fd);
bool dw_tape_copied(const dw_tape *tape); /**< after dw_tape_end(): fd holds the whole file */
/** Like pread(2), for dw_scan_read(): ctx is the tape. Asking for what lies ahead winds on and hashes
 *  what is passed; what lies behind the window is read again. -1 and errno EIO: see dw_tape_end(). */
ssize_t dw_tape_pread(void *ctx, void *out, size_t size, uint64_t offset);
/** Read what is left; sha256 is filled only if hash was set. DW_ERR_IO: some range of the file could not be read (now or before). */
DW_MUST_CHECK dw_status dw_tape_end(dw_tape *tape, uint8_t sha256[DW_SHA256_SIZE],
                                    struct dw_error *err);
bool dw_tape_failed(const dw_tape *tape);     /**< some range of this file could not be read so far */
uint64_t dw_tape_bytes(const dw_tape *tape); /**< read from the source in all, over all files */

#endif
