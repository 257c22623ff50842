#include "dicom/dcmtk/store.h"

#include <dcmtk/dcmdata/dctk.h>
#include <cstring>
#include <unistd.h>

#include "dicom/dcmtk/identity.h"
#include "dicom/scan.h"

namespace
{
enum : unsigned { /* PS3.4 B.2.3 */
    SUCCESS = 0x0000,
    OUT_OF_RESOURCES = 0xA700,
    CLASS_MISMATCH = 0xA900,
    COERCED = 0xB000, /* kept, and not as it should be: we quarantine it */
    CANNOT_UNDERSTAND = 0xC000,
};
struct Outcome {
    unsigned status = SUCCESS;
    bool asked = false;         /* the daemon: file and number are its own now */
    dw_error err = {DW_OK, ""}; /* its sentence goes into Error Comment */
};

/* A failed disk (EIO) is ours to repair and worth a retry, so it is "out of resources" too. */
void fail(Outcome &outcome, dw_status st)
{
    outcome.status = st == DW_ERR_IO ? (unsigned)OUT_OF_RESOURCES : dw_status_dimse(st);
}

dw_status next_pdv(StoreDesk &desk, DUL_PDV &pdv, dw_error *err)
{
    DUL_ASSOCIATIONKEY **key = &desk.assoc->DULassociation;
    if (DUL_NextPDV(key, &pdv).good())
        return DW_OK;
    OFCondition cond = DUL_ReadPDVs(key, nullptr, DUL_NOBLOCK, (int)desk.opts->dimse_s);
    if (cond == DUL_PDATAPDUARRIVED && DUL_NextPDV(key, &pdv).good())
        return DW_OK;
    if (cond == DUL_READTIMEOUT)
        return dw_error_set(err, DW_ERR_TIMEOUT, "peer fell silent within an object for %u s",
                            desk.opts->dimse_s);
    return dw_error_set(err, DW_ERR_GONE, "peer went away within an object");
}

/* The whole data set is read whatever we think of it: there is no other way to answer. */
dw_status receive_data_set(StoreDesk &desk, T_ASC_PresentationContextID id, Outcome &outcome,
                           dw_error *err)
{
    for (;;) {
        DUL_PDV pdv;
        dw_status st = next_pdv(desk, pdv, err);
        if (st != DW_OK)
            return st;
        if (pdv.pdvType != DUL_DATASETPDV || pdv.presentationContextID != id)
            return dw_error_set(err, DW_ERR_CORRUPT,
                                "peer sent something else than the announced data set");
        if (outcome.status == SUCCESS) {
            st = dw_incoming_add(desk.incoming, pdv.data, pdv.fragmentLength, &outcome.err);
            if (st != DW_OK) {
                fail(outcome, st);
                dw_incoming_abandon(desk.incoming);
            }
        }
        if (pdv.lastPDV)
            return DW_OK;
    }
}

void begin(StoreDesk &desk, const T_ASC_PresentationContext &context,
           const T_DIMSE_C_StoreRQ &request, int64_t &number, Outcome &outcome)
{
    dw_meta meta = {};
    meta.sop_class = request.AffectedSOPClassUID;
    meta.sop_instance = request.AffectedSOPInstanceUID;
    meta.transfer_syntax = context.acceptedTransferSyntax;
    /* No AE titles: the same data set from the modality and again from the PACS must be the same bytes, or
     * it is taken for a contradiction. Who sent it is in the object's row. */
    dw_status st = dw_desk_number(desk.desk, &number, &outcome.err);
    if (st == DW_OK)
        st = dw_incoming_begin(desk.incoming, number, &meta, &outcome.err);
    if (st != DW_OK)
        fail(outcome, st);
}

bool same_uid(const char *ours, const char *commanded)
{
    return strcmp(ours, commanded) == 0;
}

/* Sets what.reason when the object must wait for a person. Leaves outcome.status bad to drop it. */
void judge(StoreDesk &desk, const T_DIMSE_C_StoreRQ &request, dw_object &object, dw_error &reason,
           dw_desk_object &what, Outcome &outcome)
{
    dw_status st = dw_incoming_flush(desk.incoming, &outcome.err);
    if (st != DW_OK)
        return fail(outcome, st);
    int fd = dw_incoming_fd(desk.incoming);
    if (lseek(fd, 0, SEEK_SET) != 0)
        return fail(outcome, dw_error_set(&outcome.err, DW_ERR_IO, "rewind the object"));
    st = dw_scan_object(fd, nullptr, &object, desk.record, &reason);
    if (st == DW_ERR_CORRUPT || st == DW_ERR_LIMIT || st == DW_ERR_UNSUPPORTED) {
        if (!dw_identity_read(fd, &object)) {
            outcome.status = CANNOT_UNDERSTAND;
            outcome.err = reason;
            return;
        }
        what.reason = reason.text;
        what.record = nullptr;
    } else if (st != DW_OK) {
        outcome.err = reason;
        return fail(outcome, st);
    }
    if (!same_uid(object.sop_class, request.AffectedSOPClassUID) ||
        !same_uid(object.sop_instance, request.AffectedSOPInstanceUID)) {
        outcome.status = CLASS_MISMATCH;
        dw_error_set(&outcome.err, DW_ERR_CORRUPT, "data set is not the announced SOP instance");
    }
}

/* File, folder, row: only then Success (DESIGN 2). Non-OK: the daemon is lost. From the moment it is
 * asked, the file is the daemon's: it removes what it refuses, and decides at its start what a file is
 * whose answer was lost. */
dw_status commit(StoreDesk &desk, const dw_desk_object &what, Outcome &outcome)
{
    dw_status st = dw_desk_commit(desk.desk, &what, nullptr, &outcome.err);
    dw_incoming_keep(desk.incoming);
    outcome.asked = true;
    if (st == DW_OK) {
        outcome.status = what.reason ? COERCED : SUCCESS;
        if (what.reason)
            dw_error_set(&outcome.err, DW_ERR_CORRUPT, "%s", what.reason);
        return DW_OK;
    }
    fail(outcome, st);
    if (st != DW_ERR_TIMEOUT && st != DW_ERR_GONE)
        return DW_OK;
    outcome.status = OUT_OF_RESOURCES; /* sent again, it is a duplicate at worst */
    return st;
}

dw_status finish(StoreDesk &desk, const T_DIMSE_C_StoreRQ &request, int64_t number,
                 Outcome &outcome)
{
    dw_object object;
    dw_object_init(&object);
    dw_error reason = {DW_OK, ""};
    dw_desk_object what = {};
    what.number = number;
    what.object = &object;
    what.record = desk.record;
    uint8_t sha256[DW_SHA256_SIZE];
    what.sha256 = sha256;
    judge(desk, request, object, reason, what, outcome);
    if (outcome.status != SUCCESS)
        return DW_OK;
    dw_status st = dw_incoming_publish(desk.incoming, sha256, &outcome.err);
    if (st == DW_OK)
        return commit(desk, what, outcome);
    fail(outcome, st);
    return DW_OK;
}

dw_status answer(StoreDesk &desk, T_ASC_PresentationContextID id, const T_DIMSE_C_StoreRQ &request,
                 const Outcome &outcome, dw_error *err)
{
    T_DIMSE_C_StoreRSP response = {};
    response.DimseStatus = (DIC_US)outcome.status;
    response.DataSetType = DIMSE_DATASET_NULL;
    response.MessageIDBeingRespondedTo = request.MessageID;
    OFStandard::strlcpy(response.AffectedSOPClassUID, request.AffectedSOPClassUID,
                        sizeof response.AffectedSOPClassUID);
    OFStandard::strlcpy(response.AffectedSOPInstanceUID, request.AffectedSOPInstanceUID,
                        sizeof response.AffectedSOPInstanceUID);
    response.opts = O_STORE_AFFECTEDSOPCLASSUID | O_STORE_AFFECTEDSOPINSTANCEUID;
    DcmDataset detail;
    bool comment = outcome.status != SUCCESS && outcome.err.text[0];
    if (comment) {
        char text[65]; /* LO */
        dw_text_cut(text, sizeof text, outcome.err.text);
        for (char *at = text; *at; at++)
            if (*at == '\\' || (unsigned char)*at >= 0x80)
                *at = '?';
        detail.putAndInsertString(DCM_ErrorComment, text);
    }
    OFCondition cond = DIMSE_sendStoreResponse(desk.assoc, id, &request, &response,
                                               comment ? &detail : nullptr);
    return cond.good() ? DW_OK : dw_error_set(err, DW_ERR_GONE, "peer took no answer");
}
} // namespace

dw_status store_object(StoreDesk &desk, T_ASC_PresentationContextID id,
                       const T_DIMSE_C_StoreRQ &request, dw_error *err)
{
    T_ASC_PresentationContext context;
    if (ASC_findAcceptedPresentationContext(desk.assoc->params, id, &context).bad())
        return dw_error_set(err, DW_ERR_CORRUPT, "peer used a context that was not accepted");
    Outcome outcome;
    int64_t number = 0;
    dw_status lost = DW_OK;
    if (request.DataSetType == DIMSE_DATASET_NULL) {
        outcome.status = CANNOT_UNDERSTAND;
        dw_error_set(&outcome.err, DW_ERR_CORRUPT, "C-STORE without a data set");
    } else {
        begin(desk, context, request, number, outcome);
        dw_status st = receive_data_set(desk, id, outcome, err);
        if (st != DW_OK) {
            dw_incoming_abandon(desk.incoming);
            return st;
        }
        if (outcome.status == SUCCESS)
            lost = finish(desk, request, number, outcome);
        if (!outcome.asked) {
            dw_incoming_abandon(desk.incoming);
            if (number) /* the daemon never saw it, so it may serve the next object */
                dw_desk_give_back(desk.desk, number);
        }
    }
    desk.objects++;
    if (outcome.status != SUCCESS) {
        desk.refused++;
        dw_log_write(desk.log, DW_LOG_WARNING, "object not stored object=%lld status=%04x: %s",
                     (long long)number, outcome.status, outcome.err.text);
    }
    dw_status st = answer(desk, id, request, outcome, err);
    if (lost != DW_OK)
        return dw_error_set(err, lost, "%s", outcome.err.text);
    return st;
}
