/** The File-set Descriptor File of a set of several discs (PS3.10 8.1): a text that says which disc this is
 *  and how to tell the others. DICOM knows no set of discs: each has a File-set of its own (PS3.11 D.2.1.1),
 *  so this is for people and for stations that gather the discs of one order. What the syngo description puts
 *  into its file is in no text that could be had; these lines are ours. No patient data. */
#ifndef DW_LAYOUT_FILESET_MULTIVOLUME_H
#define DW_LAYOUT_FILESET_MULTIVOLUME_H
#include <stdint.h>
#include "base/error.h"
#include "base/text.h"

/** Its File ID, for (0004,1141). "MULTIVOLUME" is too long for a component, and "README.TXT" has a dot that no
 *  File ID may have (PS3.10 8.2, 8.5). */
#define DW_MULTIVOLUME_FILE_ID "MULTIVOL"

struct dw_multivolume_row {  /* one disc */
    const char *fileset_id;  /**< the volume label; may be "" */
    const char *fileset_uid;
    uint32_t studies, instances;
    bool goes_on;            /**< its last study continues on the next disc */
};
/** The text for disc `index` (from 0) of `count`; plain ASCII, lines end with CR LF, so (0004,1142) stays away.
 *  out is reset. DW_ERR_INVALID: fewer than two discs, or a label or UID that is not legal. */
DW_MUST_CHECK dw_status dw_multivolume_text(const struct dw_multivolume_row *rows, size_t count,
                                            size_t index, struct dw_buf *out, struct dw_error *err);

#endif
