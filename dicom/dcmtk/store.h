/** For the .cc files of this room only: C-STORE of one object (PS3.7 9.1.1, PS3.4 B.2.3). */
#ifndef DW_DICOM_DCMTK_STORE_H
#define DW_DICOM_DCMTK_STORE_H
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include "dicom/accept.h"
#include "dicom/command.h"
#include "dicom/dcmtk/desk.h"
#include "dicom/dcmtk/incoming.h"
#include "dicom/dcmtk/receiver.h"

struct StoreDesk { /* what every object of an association needs; all borrowed */
    T_ASC_Association *assoc;
    const dw_receiver_opts *opts;
    const dw_log *log;
    dw_desk *desk;
    int compare_gate;
    dw_incoming *incoming;
    const dw_accept *accept;
    dw_buf *record;
    dw_buf *bytes; /* of a response */
    uint64_t objects, refused;
};

/** Take the data set that follows the command, answer it. Non-OK: the association is broken (the .part
 *  file is gone) or the daemon is; a refused object is DW_OK. */
dw_status store_object(StoreDesk &desk, T_ASC_PresentationContextID id,
                       const dw_command &request, dw_error *err);

#endif
