/** The judge: reads a disc once and says what is wrong with it. It shares no code with the writers. */
#ifndef DW_CHECK_JUDGE_H
#define DW_CHECK_JUDGE_H
#include "check/expect.h"
#include "check/finding.h"
#include "check/nameplate.h"
#include "check/source.h"

struct dw_check_opts { /* {0} judges by what the disc seems to be */
    const char *profile;                  /**< "STD-GEN-CD"; NULL or "": the least that fits */
    /** NULL: no job to compare with. With a job the question is whether to hand out this disc: what its
     *  objects were received with (illegal UIDs, a poor meta header) is a warning then, not an error. */
    const struct dw_check_expect *expect;
    /** Called while files are read; non-OK ends the judgement and is returned. May be NULL. */
    dw_status (*progress)(void *ctx, uint64_t done_bytes, uint64_t total_bytes,
                          struct dw_error *err);
    void *ctx;
};
struct dw_check_result { /* about 60 kB: lives on the heap */
    bool conforms;          /**< no finding is an error */
    char profile[32];       /**< it was judged by */
    bool profile_inferred;
    bool nonconformant;     /**< the disc declares that it keeps to no profile */
    uint64_t files, dicom_files, bytes; /**< bytes read from the source */
    uint64_t records;       /**< of the DICOMDIR */
    struct dw_check_nameplate plate;
    struct dw_findings findings;
};
/** DW_ERR_INVALID: no such profile. What is wrong with the disc is a finding, never an error: others mean
 *  that it could not be judged (memory, cancelled). Blocks while the whole disc is read. */
DW_MUST_CHECK dw_status dw_check_run(dw_check_source *source, const struct dw_check_opts *opts,
                                     struct dw_check_result *out, struct dw_error *err);

#endif
