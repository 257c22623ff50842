#include "dicom/dcmtk/store.h"

#include <cstring>
#include <unistd.h>

#include "dicom/content.h"
#include "dicom/dcmtk/compare.h"
#include "dicom/dcmtk/dimse.h"
#include "dicom/dcmtk/identity.h"
#include "dicom/scan.h"

namespace
{
struct Outcome {
    unsigned status = DW_DIMSE_SUCCESS;
    bool asked = false;         /* the daemon: file and number are its own now */
    dw_error err = {DW_OK, ""}; /* its sentence goes into Error Comment */
};

/* What our own disk, daemon or memory is not able to do is ours to repair and worth another try: a folder that
 * is gone or read-only must not look like an answer about the peer's object. */
void fail(Outcome &outcome, dw_status st)
{
    switch (st) {
    case DW_ERR_INTERNAL:
    case DW_ERR_INVALID:
    case DW_ERR_CONFLICT:
        outcome.status = DW_DIMSE_PROCESSING_FAILURE;
        break;
    case DW_ERR_CORRUPT:
        outcome.status = DW_DIMSE_CANNOT_UNDERSTAND;
        break;
    default:
        outcome.status = DW_DIMSE_OUT_OF_RESOURCES;
    }
}

void refuse(Outcome &outcome, unsigned status, const char *sentence)
{
    outcome.status = status;
    dw_error_set(&outcome.err, DW_ERR_CORRUPT, "%s", sentence);
}

/* What the command alone tells. Peers that announce another class than that of the context are served: the
 * data set decides what an object is. */
void check_request(const StoreDesk &desk, const dw_command &request, Outcome &outcome)
{
    if (!request.has_data_set)
        return refuse(outcome, DW_DIMSE_CANNOT_UNDERSTAND, "C-STORE without a data set");
    if (!request.sop_instance[0])
        return refuse(outcome, DW_DIMSE_INVALID_INSTANCE, "C-STORE without a SOP Instance UID");
    switch (dw_accept_class(desk.accept, request.sop_class)) {
    case DW_ACCEPTS:
        return;
    case DW_ACCEPTS_NOT_HERE:
        return refuse(outcome, DW_DIMSE_NOT_AUTHORISED, "this SOP class is not stored here");
    case DW_ACCEPTS_NOT_KNOWN:
        return refuse(outcome, DW_DIMSE_CLASS_NOT_SUPPORTED, "not a storage SOP class we know");
    }
}

/* The whole data set is read whatever we think of it: there is no other way to answer. */
dw_status receive_data_set(StoreDesk &desk, T_ASC_PresentationContextID id, Outcome &outcome,
                           dw_error *err)
{
    for (;;) {
        DUL_PDV pdv;
        dw_status st = dimse_data_pdv(desk.assoc, id, desk.opts->dimse_s, pdv, err);
        if (st != DW_OK)
            return st;
        if (outcome.status == DW_DIMSE_SUCCESS) {
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

void begin(StoreDesk &desk, const T_ASC_PresentationContext &context, const dw_command &request,
           int64_t &number, Outcome &outcome)
{
    dw_meta meta = {};
    meta.sop_class = request.sop_class;
    meta.sop_instance = request.sop_instance;
    meta.transfer_syntax = context.acceptedTransferSyntax;
    /* No AE titles: the same data set from the modality and again from the PACS must be the same bytes, or
     * it is taken for a contradiction. Who sent it is in the object's row. */
    dw_status st = dw_desk_number(desk.desk, &number, &outcome.err);
    if (st == DW_OK)
        st = dw_incoming_begin(desk.incoming, number, &meta, &outcome.err);
    if (st != DW_OK)
        fail(outcome, st);
}

/* Which instance it is must be beyond doubt, or the sender believes that we have another one. Of which class it
 * is may be wrong: then it is kept for a person. */
void compare(const dw_command &request, const dw_object &object, dw_error &reason,
             dw_desk_object &what, Outcome &outcome)
{
    if (strcmp(object.sop_instance, request.sop_instance) != 0)
        return refuse(outcome, DW_DIMSE_NOT_THE_INSTANCE,
                      "data set is not the announced SOP instance");
    if (what.reason) {
        what.status = DW_DIMSE_COERCED;
    } else if (strcmp(object.sop_class, request.sop_class) != 0) {
        dw_error_set(&reason, DW_ERR_CORRUPT, "data set is of another SOP class than announced");
        what.reason = reason.text;
        what.status = DW_DIMSE_NOT_THE_CLASS;
    }
}

/* Sets what.reason when the object must wait for a person. Leaves outcome.status bad to drop it. */
void judge(StoreDesk &desk, const dw_command &request, dw_object &object, dw_error &reason,
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
        if (!dw_identity_read(fd, &object))
            return refuse(outcome, DW_DIMSE_CANNOT_UNDERSTAND, reason.text);
        what.reason = reason.text;
        what.record = nullptr;
    } else if (st != DW_OK) {
        outcome.err = reason;
        return fail(outcome, st);
    }
    compare(request, object, reason, what, outcome);
}

/* What came from the modality and comes again from the archive may be in another transfer syntax and say the same
 * all the same: then the first is as good, and nobody has to look. */
bool is_as_good(const StoreDesk &desk, int64_t twin)
{
    char path[DW_PATH_MAX];
    return twin > 0 &&
           dw_text_format(path, sizeof path, "%s/%lld/%lld", desk.opts->spool,
                          (long long)(twin / 1000), (long long)twin) &&
           (dw_content_is_same(dw_incoming_path(desk.incoming), path) ||
            dw_compare_decoded(desk.compare_gate, path, dw_incoming_path(desk.incoming)));
}

dw_status put_aside(StoreDesk &desk, int64_t number, int64_t twin, Outcome &outcome)
{
    dw_status st = DW_ERR_CONFLICT;
    if (is_as_good(desk, twin))
        st = dw_desk_same(desk.desk, number, twin, &outcome.err);
    if (st == DW_OK)
        return DW_OK;
    refuse(outcome, DW_DIMSE_COERCED, "kept apart: it contradicts what is here already");
    return st == DW_ERR_TIMEOUT || st == DW_ERR_GONE ? st : DW_OK;
}

/* File, folder, row: only then Success (DESIGN 2). Non-OK: the daemon is lost. From the moment it is
 * asked, the file is the daemon's: it removes what it refuses, and decides at its start what a file is
 * whose answer was lost. */
dw_status commit(StoreDesk &desk, const dw_desk_object &what, Outcome &outcome)
{
    dw_desk_verdict verdict = {};
    dw_status st = dw_desk_commit(desk.desk, &what, &verdict, &outcome.err);
    dw_incoming_keep(desk.incoming);
    outcome.asked = true;
    if (st == DW_OK) {
        if (what.reason)
            refuse(outcome, what.status, what.reason);
        else if (verdict.put_aside)
            return put_aside(desk, what.number, verdict.twin, outcome);
        return DW_OK;
    }
    fail(outcome, st);
    if (st != DW_ERR_TIMEOUT && st != DW_ERR_GONE)
        return DW_OK;
    outcome.status = DW_DIMSE_OUT_OF_RESOURCES; /* sent again, it is a duplicate at worst */
    return st;
}

dw_status finish(StoreDesk &desk, const dw_command &request, int64_t number, Outcome &outcome)
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
    if (outcome.status != DW_DIMSE_SUCCESS)
        return DW_OK;
    dw_status st = dw_incoming_publish(desk.incoming, sha256, &outcome.err);
    if (st == DW_OK)
        return commit(desk, what, outcome);
    fail(outcome, st);
    return DW_OK;
}

/* Non-OK: the association is broken. lost: the daemon is. */
dw_status take(StoreDesk &desk, T_ASC_PresentationContextID id,
               const T_ASC_PresentationContext &context, const dw_command &request,
               Outcome &outcome, dw_status &lost, dw_error *err)
{
    int64_t number = 0;
    if (outcome.status == DW_DIMSE_SUCCESS)
        begin(desk, context, request, number, outcome);
    dw_status st = receive_data_set(desk, id, outcome, err);
    if (st != DW_OK) {
        dw_incoming_abandon(desk.incoming);
        return st;
    }
    if (outcome.status == DW_DIMSE_SUCCESS)
        lost = finish(desk, request, number, outcome);
    if (!outcome.asked) {
        dw_incoming_abandon(desk.incoming);
        if (number) /* the daemon never saw it, so it may serve the next object */
            dw_desk_give_back(desk.desk, number);
    }
    return DW_OK;
}

/* Once: what the daemon was asked about it has logged itself. */
void note(StoreDesk &desk, const Outcome &outcome)
{
    desk.objects++;
    if (outcome.status == DW_DIMSE_SUCCESS)
        return;
    desk.refused++;
    if (!outcome.asked)
        dw_log_write(desk.log, DW_LOG_WARNING, "object not stored status=%04x: %s", outcome.status,
                     outcome.err.text);
    dw_desk_answered(desk.desk, outcome.status);
}
} // namespace

dw_status store_object(StoreDesk &desk, T_ASC_PresentationContextID id, const dw_command &request,
                       dw_error *err)
{
    T_ASC_PresentationContext context;
    if (ASC_findAcceptedPresentationContext(desk.assoc->params, id, &context).bad())
        return dw_error_set(err, DW_ERR_CORRUPT, "peer used a context that was not accepted");
    Outcome outcome;
    dw_status st = DW_OK, lost = DW_OK;
    check_request(desk, request, outcome);
    if (request.has_data_set)
        st = take(desk, id, context, request, outcome, lost, err);
    if (st != DW_OK)
        return st;
    note(desk, outcome);
    const char *comment = outcome.status == DW_DIMSE_SUCCESS ? nullptr : outcome.err.text;
    st = dimse_answer(desk.assoc, id, request, outcome.status, comment, *desk.bytes, err);
    if (lost != DW_OK)
        return dw_error_set(err, lost, "%s", outcome.err.text);
    return st;
}
