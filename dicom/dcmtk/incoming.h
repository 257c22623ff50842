/** One object on its way into the spool: `SPOOL/<N / 1000>/<N>.part`, hashed while it is written, then
 *  published under its number or gone. The bytes of the data set are the peer's, unchanged; only the meta
 *  header is ours. One object at a time; serves many in turn. */
#ifndef DW_DICOM_DCMTK_INCOMING_H
#define DW_DICOM_DCMTK_INCOMING_H
#include <stdint.h>
#include "base/file.h"
#include "base/hash.h"
#include "dicom/dcmtk/meta.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dw_incoming dw_incoming;

/** disk (NULL: the real one) and spool are borrowed. free: dw_incoming_free(), which abandons. */
DW_MUST_CHECK dw_status dw_incoming_new(const struct dw_disk *disk, const char *spool,
                                        uint64_t reserve_bytes, dw_incoming **out,
                                        struct dw_error *err);
void dw_incoming_free(dw_incoming *in);

/** Make the .part file of object `number` and write its meta header. DW_ERR_NO_SPACE: less than
 *  reserve_bytes would remain free. On failure nothing is left. */
DW_MUST_CHECK dw_status dw_incoming_begin(dw_incoming *in, int64_t number,
                                          const struct dw_meta *meta, struct dw_error *err);
/** The next bytes. After a failure only dw_incoming_abandon() helps. */
DW_MUST_CHECK dw_status dw_incoming_add(dw_incoming *in, const void *data, size_t size,
                                        struct dw_error *err);
/** Write out what is buffered: dw_incoming_fd() then reads the whole file. */
DW_MUST_CHECK dw_status dw_incoming_flush(dw_incoming *in, struct dw_error *err);
const char *dw_incoming_path(const dw_incoming *in); /**< of the last object begun, once it is published */
int dw_incoming_fd(const dw_incoming *in); /**< to scan; -1: none begun */
/** fsync the file, rename it to its number, fsync the folder. Then the object is there. */
DW_MUST_CHECK dw_status dw_incoming_publish(dw_incoming *in, uint8_t sha256[DW_SHA256_SIZE],
                                            struct dw_error *err);
/** Remove the file, under whichever name it has. Nothing begun, or kept: does nothing. */
void dw_incoming_abandon(dw_incoming *in);
/** The published file is the daemon's: dw_incoming_abandon() no longer touches it. */
void dw_incoming_keep(dw_incoming *in);

#ifdef __cplusplus
}
#endif
#endif
