/** What a job expects of its disc (expect.json of docs/messages.md), and the digest that says which SOP
 *  instances a disc holds. */
#ifndef DW_CHECK_EXPECT_H
#define DW_CHECK_EXPECT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/hash.h"
#include "base/limits.h"
#include "base/spill.h"

struct dw_check_expect { /* plain data */
    char patient_id[DW_TEXT_MAX], issuer[DW_TEXT_MAX], patient_name[DW_TEXT_MAX],
        birth_date[DW_TEXT_MAX]; /**< UTF-8; "" = the job does not know: not compared */
    char fileset_uid[DW_UID_MAX]; /**< "" = not compared */
    bool has_profile;             /**< the maker says what the disc claims */
    char profile[32];             /**< "STD-GEN-CD", "AUG-GEN-CD"; "" = it claims none */
    bool nonconformant;           /**< it declares that it keeps to no profile: those findings are warnings */
    int64_t objects;              /**< -1: not compared */
    bool has_instances;
    uint8_t instances_sha256[DW_SHA256_SIZE];
};
/** DW_ERR_NOT_FOUND, DW_ERR_IO, DW_ERR_CORRUPT (not JSON, a wrong type, an unknown digest). */
DW_MUST_CHECK dw_status dw_check_expect_read(const char *path, struct dw_check_expect *out,
                                             struct dw_error *err);

/** instances_sha256, defined here for writer and judge alike: take the SOP Instance UID of every instance
 *  on the disc (the DICOMDIR is none), sort them by their bytes (strcmp order; one that is there twice
 *  counts twice), follow each, the last too, by one line feed (0x0A), and take the SHA-256 of the whole.
 *  No instance at all gives the SHA-256 of nothing. In JSON: 64 lower case hexadecimal digits. */
struct dw_check_instances { /* {0}, or .spill set; free: dw_check_instances_done() */
    dw_spill *spill;
    char *pool;
    size_t pool_size, pool_cap;
    uint32_t *at;
    size_t count, cap;
};
void dw_check_instances_done(struct dw_check_instances *instances);
DW_MUST_CHECK dw_status dw_check_instances_add(struct dw_check_instances *instances,
                                               const char *sop_instance, struct dw_error *err);
/** Sorts them, and gives the digest. */
DW_MUST_CHECK dw_status dw_check_instances_digest(struct dw_check_instances *instances, uint8_t out[DW_SHA256_SIZE],
                                                  struct dw_error *err);

#endif
