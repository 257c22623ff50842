/** What an honest modality sends over one association (PS3.8 9.3, PS3.7 E.1), as single PDUs that can be changed. */
#ifndef DW_TESTS_PDU_SESSION_H
#define DW_TESTS_PDU_SESSION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define PDUS_MAX 96
#define PDU_BYTES_MAX (4u << 20)

enum { PDU_RQ = 1, PDU_AC, PDU_RJ, PDU_DATA, PDU_RELEASE_RQ, PDU_RELEASE_RP, PDU_ABORT };

/** Numbers that are the same for the same seed and session, whatever else runs. */
struct dice {
    uint64_t state;
};
uint32_t dice_below(struct dice *dice, uint32_t limit); /**< 0 .. limit-1; 0 for limit 0 */
static inline bool dice_one_in(struct dice *dice, uint32_t n)
{
    return dice_below(dice, n) == 0;
}

struct pdu {
    struct dw_buf bytes; /* with its head of six */
    bool changed;
};
struct session {
    struct pdu pdus[PDUS_MAX];
    size_t count;
};

void session_init(struct session *session);
void session_done(struct session *session);
/** An empty PDU at the end; NULL: there is room for no more. */
struct pdu *session_add(struct session *session, uint8_t type);
/** Set the length field of a PDU to what is there. */
void pdu_mend(struct pdu *pdu);
/** Append one PDV to a PDU. */
void pdu_add_pdv(struct pdu *pdu, uint8_t context, uint8_t flags, const void *data, size_t size);
/** Associate, C-ECHO or small C-STOREs, release. */
void session_make(struct session *session, struct dice *dice);

#endif
