#include "dicom/dcmtk/association.h"

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <cstring>
#include <memory>
#include <unistd.h>

#include "base/random.h"
#include "dicom/accept.h"
#include "dicom/dcmtk/dimse.h"
#include "dicom/dcmtk/guard.h"
#include "dicom/dcmtk/store.h"
#include "dicom/dcmtk/transport.h"

namespace
{
constexpr uint64_t NEGOTIATION_BYTES_MAX = 1024 * 1024; /* 128 contexts of 40 syntaxes fit */

constexpr int TLS_HANDSHAKE = 0x16; /* first byte of a ClientHello (RFC 8446 5.1); no PDU has that type */

class Session
{
  public:
    Session(dw_channel *daemon, const dw_association_opts *opts) : daemon_(daemon), opts_(opts)
    {
        dw_buf_init(&record_, DW_RECORD_MAX);
        dw_buf_init(&bytes_, DW_COMMAND_SET_MAX);
        dw_accept_init(&accept_);
        if (opts->receiver->accept)
            accept_ = *opts->receiver->accept;
    }
    ~Session();
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    dw_status run(int socket, dw_error *err);

  private:
    dw_status secure(int socket, dw_error *err);
    dw_status receive_request(int socket, dw_error *err);
    dw_status admit(dw_error *err);
    dw_status reject(T_ASC_RejectParametersResult result, T_ASC_RejectParametersReason reason,
                     dw_error *err, dw_status st);
    OFCondition answer_context(const T_ASC_PresentationContext &context);
    dw_status accept_contexts(dw_error *err);
    dw_status acknowledge(dw_error *err);
    dw_status serve(dw_error *err);
    dw_status one_command(bool &more, dw_error *err);
    dw_status obey(T_ASC_PresentationContextID id, const dw_command &command, dw_error *err);

    dw_channel *daemon_;
    const dw_association_opts *opts_;
    TransportRules rules_;
    TransportLayer layer_{&rules_};
    dw_tls_session *tls_ = nullptr;
    T_ASC_Network *network_ = nullptr;
    T_ASC_Association *assoc_ = nullptr;
    dw_incoming *incoming_ = nullptr;
    dw_buf record_, bytes_;
    dw_accept accept_;
    dw_desk desk_ = {};
    DIC_AE calling_ = "", called_ = "";
    StoreDesk store_ = {};
};

Session::~Session()
{
    dw_incoming_free(incoming_);
    dw_buf_done(&record_);
    dw_buf_done(&bytes_);
    if (assoc_) {
        ASC_dropAssociation(assoc_);
        ASC_destroyAssociation(&assoc_);
    }
    if (network_)
        ASC_dropNetwork(&network_);
    dw_tls_session_free(tls_);
}

/* From here to the association everything together may take what ARTIM allows (PS3.8 9.1.4). */
dw_status Session::secure(int socket, dw_error *err)
{
    rules_.deadline_ms = transport_now_ms() + (int64_t)opts_->receiver->artim_s * 1000;
    if (!opts_->tls)
        return DW_OK;
    dw_status st = dw_tls_accept(opts_->tls, socket, rules_.deadline_ms, &tls_, err);
    if (st != DW_OK)
        close(socket);
    layer_.secure(tls_);
    return st;
}

dw_status Session::receive_request(int socket, dw_error *err)
{
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
    if (cond.bad() && rules_.first_byte == TLS_HANDSHAKE)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "peer spoke TLS on a port without TLS");
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
    dw_desk_init(&desk_, daemon_, calling_, called_, opts_->port);
    dw_status st = dw_desk_admit(&desk_, opts_->peer, tls_ ? dw_tls_subject(tls_) : "", err);
    switch (st) {
    case DW_OK:
        return DW_OK;
    case DW_ERR_NOT_FOUND:
        return reject(ASC_RESULT_REJECTEDPERMANENT, ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED, err,
                      st);
    case DW_ERR_DENIED:
        return reject(ASC_RESULT_REJECTEDPERMANENT, ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED, err,
                      st);
    case DW_ERR_UNSUPPORTED:
        return reject(ASC_RESULT_REJECTEDPERMANENT, ASC_REASON_SU_NOREASON, err, st);
    case DW_ERR_LIMIT:
        return reject(ASC_RESULT_REJECTEDTRANSIENT, ASC_REASON_SP_PRES_LOCALLIMITEXCEEDED, err, st);
    default:
        return reject(ASC_RESULT_REJECTEDTRANSIENT, ASC_REASON_SP_PRES_TEMPORARYCONGESTION, err,
                      st);
    }
}

OFCondition Session::answer_context(const T_ASC_PresentationContext &context)
{
    T_ASC_PresentationContextID id = context.presentationContextID;
    const char *offered[DICOM_MAXTRANSFERSYNTAXES];
    size_t count = 0;
    for (; count < (size_t)context.transferSyntaxCount && count < DICOM_MAXTRANSFERSYNTAXES; count++)
        offered[count] = context.proposedTransferSyntaxes[count];
    const char *uid = context.abstractSyntax;
    const char *syntax = dw_accept_syntax(&accept_, uid, offered, count);
    dw_accepts verdict = strcmp(uid, UID_VerificationSOPClass) == 0
                             ? DW_ACCEPTS
                             : dw_accept_class(&accept_, uid);
    if (verdict == DW_ACCEPTS_NOT_HERE)
        return ASC_refusePresentationContext(assoc_->params, id, ASC_P_USERREJECTION);
    if (verdict != DW_ACCEPTS)
        return ASC_refusePresentationContext(assoc_->params, id, ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
    if (!syntax)
        return ASC_refusePresentationContext(assoc_->params, id, ASC_P_TRANSFERSYNTAXESNOTSUPPORTED);
    return ASC_acceptPresentationContext(assoc_->params, id, syntax);
}

dw_status Session::accept_contexts(dw_error *err)
{
    auto context = std::make_unique<T_ASC_PresentationContext>(); /* holds 128 syntaxes: large */
    for (int i = 0; i < ASC_countPresentationContexts(assoc_->params); i++) {
        if (ASC_getPresentationContext(assoc_->params, i, context.get()).bad())
            return dw_error_set(err, DW_ERR_CORRUPT, "broken presentation context");
        if (answer_context(*context).bad())
            return dw_error_set(err, DW_ERR_CORRUPT, "presentation context could not be answered");
    }
    return acknowledge(err);
}

dw_status Session::acknowledge(dw_error *err)
{
    T_ASC_Parameters *params = assoc_->params;
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

dw_status Session::obey(T_ASC_PresentationContextID id, const dw_command &command, dw_error *err)
{
    if (command.field == DW_COMMAND_STORE)
        return store_object(store_, id, command, err);
    if (command.field & DW_COMMAND_RESPONSE)
        return dw_error_set(err, DW_ERR_CORRUPT, "peer answered %04x, which was not asked",
                            (unsigned)command.field);
    if (command.has_data_set) {
        dw_status st = dimse_skip_data_set(assoc_, id, opts_->receiver->dimse_s, err);
        if (st != DW_OK)
            return st;
    }
    if (command.field == DW_COMMAND_CANCEL)
        return DW_OK; /* of nothing that is still going on; it has no answer (PS3.7 9.3.2.3) */
    unsigned status =
        command.field == DW_COMMAND_ECHO ? DW_DIMSE_SUCCESS : DW_DIMSE_UNRECOGNIZED;
    if (status != DW_DIMSE_SUCCESS)
        dw_log_write(opts_->log, DW_LOG_WARNING, "peer=%s sent command %04x, which we do not do",
                     opts_->peer, (unsigned)command.field);
    return dimse_answer(assoc_, id, command, status, nullptr, bytes_, err);
}

dw_status Session::one_command(bool &more, dw_error *err)
{
    T_ASC_PresentationContextID id = 0;
    dw_command command;
    rules_.in_request = false;
    rules_.waited_ms = 0;
    rules_.request_bytes = 0;
    dw_status st = dimse_receive_command(assoc_, opts_->receiver->idle_s, opts_->receiver->dimse_s,
                                         bytes_, id, command, err);
    if (st == DW_ERR_CANCELLED) {
        more = false;
        ASC_acknowledgeRelease(assoc_);
        ASC_dropSCPAssociation(assoc_, 1);
        return DW_OK;
    }
    if (st != DW_OK && rules_.daemon_gone)
        return dw_error_set(err, DW_ERR_GONE, "the appliance is stopping");
    if (st == DW_OK)
        st = obey(id, command, err);
    if (st != DW_OK && rules_.too_slow)
        return dw_error_set(err, DW_ERR_TIMEOUT, "peer sent less than %d bytes a second for too long",
                            SLOWEST_BYTES_PER_S);
    return st;
}

dw_status Session::serve(dw_error *err)
{
    dw_status st = dw_incoming_new(opts_->disk, opts_->receiver->spool,
                                   opts_->receiver->reserve_bytes, &incoming_, err);
    store_.assoc = assoc_;
    store_.opts = opts_->receiver;
    store_.accept = &accept_;
    store_.log = opts_->log;
    store_.desk = &desk_;
    store_.compare_gate = opts_->compare_gate;
    store_.incoming = incoming_;
    store_.record = &record_;
    store_.bytes = &bytes_;
    bool more = true;
    while (st == DW_OK && more)
        st = one_command(more, err);
    if (st != DW_OK)
        ASC_abortAssociation(assoc_);
    dw_log_write(opts_->log, DW_LOG_INFO, "association served peer=%s port=%s objects=%llu not_stored=%llu",
                 opts_->peer, opts_->port, (unsigned long long)store_.objects,
                 (unsigned long long)store_.refused);
    return st;
}

dw_status Session::run(int socket, dw_error *err)
{
    dw_status st = secure(socket, err);
    if (st == DW_OK)
        st = receive_request(socket, err);
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
