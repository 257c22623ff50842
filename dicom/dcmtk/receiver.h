/** DICOM Verification and Storage service (PS3.4 A, B): the listener. It accepts connections, forks one
 *  process for each, and hands the daemon one end of that process's channel (docs/messages.md). A peer
 *  that breaks its process breaks one association. */
#ifndef DW_DICOM_DCMTK_RECEIVER_H
#define DW_DICOM_DCMTK_RECEIVER_H
#include <stdint.h>
#include "base/channel.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "dicom/tls/tls.h"
#include "dicom/accept.h"

#ifdef __cplusplus
extern "C" {
#endif

/** {certificate, key, authorities, client_certificate}; texts borrowed from json. */
DW_MUST_CHECK dw_status dw_tls_files_from_json(const json_t *json, struct dw_tls_files *out,
                                               struct dw_error *err);

#define DW_PEER_NAME_MAX 64 /* bytes of a numeric address with the final zero */

struct dw_port_opts {
    const char *name; /**< by which the daemon knows it */
    const char *bind; /**< address or name; "" or "*": every IPv4 and IPv6 address */
    uint16_t port;    /**< 0: any free one */
    bool secure;      /**< TLS, with these files */
    bool closed;      /**< its certificate is at fault: opened when a reload brings another one */
    struct dw_tls_files tls;
};
struct dw_receiver_opts { /* plain data; strings borrowed for the life of the receiver */
    struct dw_port_opts ports[DW_PORTS_MAX];
    size_t port_count;
    const char *aet;           /**< ours, for (0002,0018) and the answer */
    unsigned max_associations; /**< more are rejected for now; at most DW_ASSOCIATIONS_MAX */
    unsigned max_per_peer;     /**< of one address; 0: no limit of its own */
    unsigned max_pdu;          /**< bytes, 16384 to 131072 */
    unsigned artim_s;          /**< from connection to association, all of it */
    unsigned idle_s;           /**< between two commands of an association */
    unsigned dimse_s;          /**< within a command or data set */
    const char *spool;         /**< folder, made by the daemon */
    const struct dw_accept *accept; /**< what may be stored; NULL: as dw_accept_init() */
    uint64_t reserve_bytes;    /**< kept free in the spool; below it objects are refused with A700 */
};
/** 120 s, 300 s and so on where opts hold 0, 131072 bytes, DW_ASSOCIATIONS_MAX; limits applied. */
void dw_receiver_opts_complete(struct dw_receiver_opts *opts);

typedef struct dw_receiver dw_receiver;

/** Read certificates, bind and listen. Faults of certificates as dw_tls_new(). DW_ERR_BUSY: "DICOM port 11112 is already in use"; DW_ERR_DENIED: it needs a
 *  privilege; DW_ERR_INVALID: the address. free: dw_receiver_close() */
DW_MUST_CHECK dw_status dw_receiver_open(const struct dw_receiver_opts *opts, dw_receiver **out,
                                         struct dw_error *err);
/** Tell the daemon what is listened on; a closed port has the number 0. */
DW_MUST_CHECK dw_status dw_receiver_report(const dw_receiver *receiver, dw_channel *daemon, struct dw_error *err);
uint16_t dw_receiver_port(const dw_receiver *receiver, size_t index); /**< that it listens on */
void dw_receiver_close(dw_receiver *receiver); /**< ends its associations with SIGTERM */

/** Serve until the daemon closes its end: DW_OK. disk (NULL: the real one) and log (may be NULL) are used
 *  by the forked processes too. Owns no signals but leaves SIGPIPE ignored. */
DW_MUST_CHECK dw_status dw_receiver_run(dw_receiver *receiver, dw_channel *daemon,
                                        const struct dw_disk *disk, const struct dw_log *log,
                                        struct dw_error *err);

#ifdef __cplusplus
}
#endif
#endif
