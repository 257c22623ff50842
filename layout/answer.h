/** What a work task said of one item, kept until its turn comes (layout/items.h). */
#ifndef DW_LAYOUT_ANSWER_H
#define DW_LAYOUT_ANSWER_H
#include <stdbool.h>
#include "base/channel.h"

struct dw_answer { /* {0}: none yet; dw_answer_done() */
    bool given;
    json_t *head;        /**< NULL: the task had none for this item, err says why */
    void *blob;
    size_t blob_size;
    struct dw_error err; /**< of an item that failed */
};
/** A copy of msg without its descriptors; the answer must be {0}. False: out of memory, nothing kept. */
bool dw_answer_keep(struct dw_answer *answer, const struct dw_message *msg);
/** As a message that borrows from the answer. False: it has no head. */
bool dw_answer_message(const struct dw_answer *answer, struct dw_message *out);
void dw_answer_done(struct dw_answer *answer); /**< frees; stays `given` */

#endif
