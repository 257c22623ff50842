/** Makes of an honest session one that a broken or hostile peer sends. */
#ifndef DW_TESTS_PDU_MUTATE_H
#define DW_TESTS_PDU_MUTATE_H
#include "pdu_session.h"

/** Change some PDUs: their bits, lengths, types, fragments, items or order. Returns how many are now other than an
 *  honest peer would send them, or where it would not; at least 1. */
size_t session_mutate(struct session *session, struct dice *dice);

#endif
