/** For the .cc files of this room only: messages over an association (PS3.7 6.3, PS3.8 E). Commands are read by
 *  dicom/command, not by DCMTK, which takes one of any size into memory and follows nested sequences until the
 *  stack ends. */
#ifndef DW_DICOM_DCMTK_DIMSE_H
#define DW_DICOM_DCMTK_DIMSE_H
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include "base/text.h"
#include "dicom/command.h"

/** The next fragment, borrowed until the one after it. DW_ERR_CANCELLED: the peer asks for release;
 *  DW_ERR_TIMEOUT: nothing came within wait_s; DW_ERR_GONE: it aborted or went away. */
DW_MUST_CHECK dw_status dimse_next_pdv(T_ASC_Association *assoc, unsigned wait_s, DUL_PDV &pdv,
                                       dw_error *err);
/** Waits idle_s for its first fragment and dimse_s for each further one. bytes is for its own use. Statuses
 *  as above, and those of dw_command_read(). */
DW_MUST_CHECK dw_status dimse_receive_command(T_ASC_Association *assoc, unsigned idle_s,
                                              unsigned dimse_s, dw_buf &bytes,
                                              T_ASC_PresentationContextID &id, dw_command &command,
                                              dw_error *err);
/** A fragment of the data set that belongs to a command. DW_ERR_CORRUPT: it is something else. */
DW_MUST_CHECK dw_status dimse_data_pdv(T_ASC_Association *assoc, T_ASC_PresentationContextID id,
                                       unsigned dimse_s, DUL_PDV &pdv, dw_error *err);
/** Read and forget a data set of a command we do not do. */
DW_MUST_CHECK dw_status dimse_skip_data_set(T_ASC_Association *assoc, T_ASC_PresentationContextID id,
                                            unsigned dimse_s, dw_error *err);
DW_MUST_CHECK dw_status dimse_answer(T_ASC_Association *assoc, T_ASC_PresentationContextID id,
                                     const dw_command &request, unsigned status, const char *comment,
                                     dw_buf &bytes, dw_error *err);

#endif
