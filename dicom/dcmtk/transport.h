/** For the .cc files of this room only: the bytes under DCMTK's upper layer. DCMTK blocks without a limit
 *  once a PDU has begun (dulfsm.cc AE-6, DT-2); here every wait ends, fewer calls read more bytes, and
 *  the daemon's going away is noticed. */
#ifndef DW_DICOM_DCMTK_TRANSPORT_H
#define DW_DICOM_DCMTK_TRANSPORT_H
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>
#include <cstdint>

#include "dicom/tls/tls.h"

struct TransportRules { /* shared by layer and connection; changed as the association goes on */
    int daemon_fd = -1;         /* readable or closed while we wait for the peer: stop */
    int stall_ms = 120000;      /* longest wait inside a PDU */
    int64_t deadline_ms = 0;    /* monotonic; 0: none. While negotiating */
    uint64_t bytes_allowed = 0; /* 0: any. While negotiating */
    bool daemon_gone = false;
    /* A request with its data set, in however many PDUs: what we have waited for the peer in it, and what came
     * meanwhile. Begins with its first byte; whoever waits for the next one sets it back. */
    bool in_request = false;
    int64_t waited_ms = 0;
    uint64_t request_bytes = 0;
    bool too_slow = false;
    int first_byte = -1;        /* that the peer sent, unless the connection is secured; -1: none */
};

constexpr int SLOWEST_BYTES_PER_S = 1024; /* of a request, beyond the first stall_ms */

int64_t transport_now_ms();

class TransportLayer : public DcmTransportLayer
{
  public:
    explicit TransportLayer(TransportRules *rules) : rules_(rules)
    {
    }
    /* The connection is secured by this session, which is borrowed; NULL: it is not. */
    void secure(dw_tls_session *tls)
    {
        tls_ = tls;
    }
    DcmTransportConnection *createConnection(DcmNativeSocketType socket, OFBool secure) override;

  private:
    TransportRules *rules_;
    dw_tls_session *tls_ = nullptr;
};

#endif
