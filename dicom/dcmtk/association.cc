#include "dicom/dcmtk/association.h"

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <cstring>
#include <memory>
#include <unistd.h>

#include "base/random.h"
#include "dicom/dcmtk/guard.h"
#include "dicom/dcmtk/store.h"
#include "dicom/dcmtk/transport.h"
#include "dicom/uid.h"

namespace
{
constexpr uint64_t NEGOTIATION_BYTES_MAX = 1024 * 1024; /* 128 contexts of 40 syntaxes fit */

/* Bytes are kept as received, so what reads most easily afterwards comes first; of the compressed ones
 * the peer's own order decides. */
const char *const preferred[] = {DW_TS_EXPLICIT_LE, DW_TS_IMPLICIT_LE, DW_TS_EXPLICIT_BE,
                                 DW_TS_DEFLATED};

const char *choose_syntax(const T_ASC_PresentationContext &context)
{
    for (const char *want : preferred)
        for (int i = 0; i < (int)context.transferSyntaxCount; i++)
            if (strcmp(context.proposedTransferSyntaxes[i], want) == 0)
                return want;
    for (int i = 0; i < (int)context.transferSyntaxCount; i++) {
        const dw_transfer_syntax *known =
            dw_transfer_syntax_find(context.proposedTransferSyntaxes[i]);
        if (known)
            return known->uid;
    }
    return nullptr;
}

bool is_wanted_class(const char *uid)
{
    return strcmp(uid, UID_VerificationSOPClass) == 0 || dw_sop_class_find(uid) ||
           dcmIsaStorageSOPClassUID(uid, ESSC_All);
}

class Session
{
  public:
    Session(dw_channel *daemon, const dw_association_opts *opts) : daemon_(daemon), opts_(opts)
    {
        dw_buf_init(&record_, DW_RECORD_MAX);
    }
    ~Session();
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    dw_status run(int socket, dw_error *err);

  private:
    dw_status receive_request(int socket, dw_error *err);
    dw_status admit(dw_error *err);
    dw_status reject(T_ASC_RejectParametersResult result, T_ASC_RejectParametersReason reason,
                     dw_error *err, dw_status st);
    dw_status accept_contexts(dw_error *err);
    dw_status serve(dw_error *err);
    dw_status one_command(bool &more, dw_error *err);

    dw_channel *daemon_;
    const dw_association_opts *opts_;
    TransportRules rules_;
    TransportLayer layer_{&rules_};
    T_ASC_Network *network_ = nullptr;
    T_ASC_Association *assoc_ = nullptr;
    dw_incoming *incoming_ = nullptr;
    dw_buf record_;
    dw_desk desk_ = {};
    DIC_AE calling_ = "", called_ = "";
    StoreDesk store_ = {};
};

Session::~Session()
{
    dw_incoming_free(incoming_);
    dw_buf_done(&record_);
    if (assoc_) {
        ASC_dropAssociation(assoc_);
        ASC_destroyAssociation(&assoc_);
    }
    if (network_)
        ASC_dropNetwork(&network_);
}

dw_status Session::receive_request(int socket, dw_error *err)
{
    rules_.deadline_ms = transport_now_ms() + (int64_t)opts_->receiver->artim_s * 1000;
    rules_.stall_ms = (int)opts_->receiver->artim_s * 1000;
    rules_.bytes_allowed = NEGOTIATION_BYTES_MAX;
    dcmExternalSocketHandle.set(socket); /* no listening, no accept (dul.cc) */
    dcmDisableGethostbyaddr.set(OFTrue);
    OFCondition cond = ASC_initializeNetwork(NET_ACCEPTOR, 0, (int)opts_->receiver->artim_s,
                                             &network_);
    if (cond.bad()) {
        close(socket);
        return dw_error_set(err, DW_ERR_INTERNAL, "DICOM network could not be set up");
    }
    ASC_setTransportLayer(network_, &layer_, 0);
    cond = ASC_receiveAssociation(network_, &assoc_, (long)opts_->receiver->max_pdu);
    if (cond.bad())
        return dw_error_set(err, DW_ERR_CORRUPT, "peer made no association request");
    char ours[64];
    ASC_getAPTitles(assoc_->params, calling_, sizeof calling_, called_, sizeof called_, ours,
                    sizeof ours);
    return DW_OK;
}

dw_status Session::reject(T_ASC_RejectParametersResult result, T_ASC_RejectParametersReason reason,
                          dw_error *err, dw_status st)
{
    T_ASC_RejectParameters parameters = {result, ASC_SOURCE_SERVICEUSER, reason};
    if (((unsigned)reason & 0xFF00) == 0x0300)
        parameters.source = ASC_SOURCE_SERVICEPROVIDER_PRESENTATION_RELATED;
    ASC_rejectAssociation(assoc_, &parameters);
    /* the peer closes (PS3.8 9.1.4); closing first could take our answer back with a reset */
    rules_.deadline_ms = 0;
    ASC_dropSCPAssociation(assoc_, 2);
    if (!err->text[0])
        dw_error_set(err, st, "rejected");
    return dw_error_prefix(err, st, "association rejected");
}

dw_status Session::admit(dw_error *err)
{
    char context[DW_UID_MAX + 8] = "";
    ASC_getApplicationContextName(assoc_->params, context, sizeof context);
    if (opts_->full)
        return reject(ASC_RESULT_REJECTEDTRANSIENT, ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED, err,
                      DW_ERR_BUSY);
    if (strcmp(context, UID_StandardApplicationContext) != 0)
        return reject(ASC_RESULT_REJECTEDPERMANENT, ASC_REASON_SU_APPCONTEXTNAMENOTSUPPORTED, err,
                      DW_ERR_UNSUPPORTED);
    dw_desk_init(&desk_, daemon_, calling_);
    dw_status st = dw_desk_admit(&desk_, called_, opts_->peer, err);
    switch (st) {
    case DW_OK:
        return DW_OK;
    case DW_ERR_NOT_FOUND:
        return reject(ASC_RESULT_REJECTEDPERMANENT, ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED, err,
                      st);
    case DW_ERR_DENIED:
        return reject(ASC_RESULT_REJECTEDPERMANENT, ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED, err,
                      st);
    default:
        return reject(ASC_RESULT_REJECTEDTRANSIENT, ASC_REASON_SP_PRES_TEMPORARYCONGESTION, err,
                      st);
    }
}

dw_status Session::accept_contexts(dw_error *err)
{
    T_ASC_Parameters *params = assoc_->params;
    auto context = std::make_unique<T_ASC_PresentationContext>(); /* holds 128 syntaxes: large */
    for (int i = 0; i < ASC_countPresentationContexts(params); i++) {
        if (ASC_getPresentationContext(params, i, context.get()).bad())
            return dw_error_set(err, DW_ERR_CORRUPT, "broken presentation context");
        T_ASC_PresentationContextID id = context->presentationContextID;
        const char *syntax = choose_syntax(*context);
        OFCondition cond;
        if (!is_wanted_class(context->abstractSyntax))
            cond = ASC_refusePresentationContext(params, id, ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
        else if (!syntax)
            cond = ASC_refusePresentationContext(params, id, ASC_P_TRANSFERSYNTAXESNOTSUPPORTED);
        else
            cond = ASC_acceptPresentationContext(params, id, syntax);
        if (cond.bad())
            return dw_error_set(err, DW_ERR_CORRUPT, "presentation context could not be answered");
    }
    OFStandard::strlcpy(params->ourImplementationClassUID, DW_IMPLEMENTATION_CLASS_UID,
                        sizeof params->ourImplementationClassUID);
    OFStandard::strlcpy(params->ourImplementationVersionName, DW_IMPLEMENTATION_VERSION_NAME,
                        sizeof params->ourImplementationVersionName);
    OFStandard::strlcpy(params->DULparams.calledImplementationVersionName,
                        DW_IMPLEMENTATION_VERSION_NAME,
                        sizeof params->DULparams.calledImplementationVersionName);
    if (ASC_acknowledgeAssociation(assoc_).bad())
        return dw_error_set(err, DW_ERR_GONE, "peer went away while the association was made");
    rules_.deadline_ms = 0;
    rules_.bytes_allowed = 0;
    rules_.stall_ms = (int)opts_->receiver->dimse_s * 1000;
    rules_.daemon_fd = dw_channel_fd(daemon_);
    return DW_OK;
}

dw_status Session::one_command(bool &more, dw_error *err)
{
    T_ASC_PresentationContextID id = 0;
    auto msg = std::make_unique<T_DIMSE_Message>();
    OFCondition cond = DIMSE_receiveCommand(assoc_, DIMSE_NONBLOCKING,
                                            (int)opts_->receiver->idle_s, &id, msg.get(), nullptr);
    if (cond == DUL_PEERREQUESTEDRELEASE) {
        more = false;
        ASC_acknowledgeRelease(assoc_);
        ASC_dropSCPAssociation(assoc_, 1);
        return DW_OK;
    }
    if (cond == DUL_PEERABORTEDASSOCIATION)
        return dw_error_set(err, DW_ERR_GONE, "peer aborted");
    if (rules_.daemon_gone)
        return dw_error_set(err, DW_ERR_GONE, "the appliance is stopping");
    if (cond == DIMSE_NODATAAVAILABLE)
        return dw_error_set(err, DW_ERR_TIMEOUT, "peer said nothing for %u s",
                            opts_->receiver->idle_s);
    if (cond.bad())
        return dw_error_set(err, DW_ERR_GONE, "no readable command came");
    if (msg->CommandField == DIMSE_C_ECHO_RQ) {
        cond = DIMSE_sendEchoResponse(assoc_, id, &msg->msg.CEchoRQ, STATUS_Success, nullptr);
        return cond.good() ? DW_OK : dw_error_set(err, DW_ERR_GONE, "peer took no answer");
    }
    if (msg->CommandField != DIMSE_C_STORE_RQ)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "peer sent command %04x, which we do not do",
                            (unsigned)msg->CommandField);
    return store_object(store_, id, msg->msg.CStoreRQ, err);
}

dw_status Session::serve(dw_error *err)
{
    dw_status st = dw_incoming_new(opts_->disk, opts_->receiver->spool,
                                   opts_->receiver->reserve_bytes, &incoming_, err);
    store_ = {assoc_,   opts_->receiver, opts_->log, &desk_, incoming_,
              calling_, called_,         &record_,   0,      0};
    bool more = true;
    while (st == DW_OK && more)
        st = one_command(more, err);
    if (st != DW_OK)
        ASC_abortAssociation(assoc_);
    dw_log_write(opts_->log, DW_LOG_INFO, "association served peer=%s objects=%llu not_stored=%llu",
                 opts_->peer, (unsigned long long)store_.objects,
                 (unsigned long long)store_.refused);
    return st;
}

dw_status Session::run(int socket, dw_error *err)
{
    dw_status st = receive_request(socket, err);
    if (st == DW_OK)
        st = admit(err);
    if (st == DW_OK)
        st = accept_contexts(err);
    if (st == DW_OK)
        st = serve(err);
    if (desk_.channel)
        dw_desk_bye(&desk_);
    return st;
}
} // namespace

void dw_association_prepare(void)
{
    (void)guarded(nullptr, [] {
        return dcmDataDict.isDictionaryLoaded() ? DW_OK : DW_ERR_NOT_FOUND;
    });
}

dw_status dw_association_serve(int socket, dw_channel *daemon, const dw_association_opts *opts,
                               dw_error *err)
{
    return guarded(err, [&] {
        Session session(daemon, opts);
        return session.run(socket, err);
    });
}
