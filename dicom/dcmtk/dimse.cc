#include "dicom/dcmtk/dimse.h"

#include <dcmtk/dcmnet/dulstruc.h>

namespace
{
constexpr unsigned FRAGMENTS_MAX = 16384;             /* of one command; empty ones count too */
constexpr uint64_t SKIPPED_MAX = 1024 * 1024;         /* identifiers of queries are small */

dw_status no_pdv(const OFCondition &cond, unsigned wait_s, dw_error *err)
{
    if (cond == DUL_PEERREQUESTEDRELEASE)
        return dw_error_set(err, DW_ERR_CANCELLED, "peer asked for release");
    if (cond == DUL_PEERABORTEDASSOCIATION)
        return dw_error_set(err, DW_ERR_GONE, "peer aborted");
    if (cond == DUL_READTIMEOUT)
        return dw_error_set(err, DW_ERR_TIMEOUT, "peer said nothing for %u s", wait_s);
    return dw_error_set(err, DW_ERR_GONE, "peer went away, or sent what no association carries");
}

/* DUL_NextPDV moves on by the length of the PDV after the one it leaves (dul.cc, 3.6.7 and later): with three PDVs of
 * different lengths in one PDU it takes a head from where none is, and dies. What it holds is put right. */
bool next_pdv(DUL_ASSOCIATIONKEY **key, DUL_PDV &pdv)
{
    if (DUL_NextPDV(key, &pdv).bad())
        return false;
    constexpr size_t head = 6; /* length, context, message control header */
    auto *association = static_cast<PRIVATE_ASSOCIATIONKEY *>(*key);
    if (association->pdvIndex >= 0)
        association->pdvPointer = static_cast<unsigned char *>(association->currentPDV.data) - head;
    return true;
}
} // namespace

dw_status dimse_next_pdv(T_ASC_Association *assoc, unsigned wait_s, DUL_PDV &pdv, dw_error *err)
{
    DUL_ASSOCIATIONKEY **key = &assoc->DULassociation;
    if (next_pdv(key, pdv))
        return DW_OK;
    OFCondition cond = DUL_ReadPDVs(key, nullptr, DUL_NOBLOCK, (int)wait_s);
    if (cond == DUL_PDATAPDUARRIVED && next_pdv(key, pdv))
        return DW_OK;
    return no_pdv(cond, wait_s, err);
}

dw_status dimse_receive_command(T_ASC_Association *assoc, unsigned idle_s, unsigned dimse_s,
                                dw_buf &bytes, T_ASC_PresentationContextID &id, dw_command &command,
                                dw_error *err)
{
    dw_buf_reset(&bytes);
    for (unsigned n = 0; n < FRAGMENTS_MAX; n++) {
        DUL_PDV pdv;
        dw_status st = dimse_next_pdv(assoc, n == 0 ? idle_s : dimse_s, pdv, err);
        if (st != DW_OK)
            return st;
        if (pdv.pdvType != DUL_COMMANDPDV)
            return dw_error_set(err, DW_ERR_CORRUPT, "peer sent a data set without a command");
        if (n > 0 && pdv.presentationContextID != id)
            return dw_error_set(err, DW_ERR_CORRUPT, "peer sent a command on two contexts");
        id = pdv.presentationContextID;
        dw_buf_add(&bytes, pdv.data, pdv.fragmentLength);
        if (bytes.failed)
            break;
        if (pdv.lastPDV)
            return dw_command_read(bytes.data, bytes.size, &command, err);
    }
    return dw_error_set(err, DW_ERR_LIMIT, "peer sent a command of more than %d bytes",
                        DW_COMMAND_SET_MAX);
}

dw_status dimse_data_pdv(T_ASC_Association *assoc, T_ASC_PresentationContextID id, unsigned dimse_s,
                         DUL_PDV &pdv, dw_error *err)
{
    dw_status st = dimse_next_pdv(assoc, dimse_s, pdv, err);
    if (st == DW_ERR_CANCELLED)
        return dw_error_set(err, DW_ERR_CORRUPT, "peer asked for release within an object");
    if (st != DW_OK)
        return dw_error_prefix(err, st, "within an object");
    if (pdv.pdvType != DUL_DATASETPDV || pdv.presentationContextID != id)
        return dw_error_set(err, DW_ERR_CORRUPT,
                            "peer sent something else than the announced data set");
    return DW_OK;
}

dw_status dimse_skip_data_set(T_ASC_Association *assoc, T_ASC_PresentationContextID id,
                              unsigned dimse_s, dw_error *err)
{
    for (uint64_t skipped = 0; skipped <= SKIPPED_MAX;) {
        DUL_PDV pdv;
        dw_status st = dimse_data_pdv(assoc, id, dimse_s, pdv, err);
        if (st != DW_OK || pdv.lastPDV)
            return st;
        skipped += pdv.fragmentLength + 6; /* with its head: an endless row of empty ones ends too */
    }
    return dw_error_set(err, DW_ERR_LIMIT, "peer sent a data set to a command we do not do");
}

dw_status dimse_answer(T_ASC_Association *assoc, T_ASC_PresentationContextID id,
                       const dw_command &request, unsigned status, const char *comment,
                       dw_buf &bytes, dw_error *err)
{
    dw_buf_reset(&bytes);
    dw_command_answer(&request, status, comment, &bytes);
    dw_status st = dw_buf_check(&bytes, "response", err);
    if (st != DW_OK)
        return st;
    size_t most = assoc->sendPDVLength ? assoc->sendPDVLength : bytes.size;
    for (size_t at = 0; at < bytes.size;) {
        DUL_PDV pdv = {};
        DUL_PDVLIST list = {};
        size_t size = bytes.size - at < most ? bytes.size - at : most;
        pdv.fragmentLength = size;
        pdv.presentationContextID = id;
        pdv.pdvType = DUL_COMMANDPDV;
        pdv.lastPDV = at + size == bytes.size;
        pdv.data = bytes.data + at;
        list.count = 1;
        list.pdv = &pdv;
        if (DUL_WritePDVs(&assoc->DULassociation, &list).bad())
            return dw_error_set(err, DW_ERR_GONE, "peer took no answer");
        at += size;
    }
    return DW_OK;
}
