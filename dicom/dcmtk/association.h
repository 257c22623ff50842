/** One association from its first byte to its last, in a process of its own. */
#ifndef DW_DICOM_DCMTK_ASSOCIATION_H
#define DW_DICOM_DCMTK_ASSOCIATION_H
#include <stdbool.h>
#include "dicom/dcmtk/receiver.h"
#include "dicom/tls/tls.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is costly once and shared by every fork: DCMTK's dictionary and state tables. */
void dw_association_prepare(void);

struct dw_association_opts { /* borrowed for the call */
    const struct dw_receiver_opts *receiver;
    const struct dw_disk *disk;
    const struct dw_log *log;
    const char *peer; /**< numeric address */
    const char *port; /**< its name */
    const dw_tls *tls; /**< of a secure port; NULL */
    int compare_gate; /**< dw_compare_gate() */
    bool full;        /**< too many already: reject for now (PS3.8 9.3.4), without asking the daemon */
};
/** Takes the connected socket over. daemon is this association's channel. Returns when the peer
 *  released, aborted, fell silent, or the daemon went away. */
dw_status dw_association_serve(int socket, dw_channel *daemon,
                               const struct dw_association_opts *opts, struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
