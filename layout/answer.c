#include "layout/answer.h"

#include <stdlib.h>
#include <string.h>

bool dw_answer_keep(struct dw_answer *answer, const struct dw_message *msg)
{
    if (msg->blob_size > 0) {
        answer->blob = malloc(msg->blob_size);
        if (!answer->blob)
            return false;
        memcpy(answer->blob, msg->blob, msg->blob_size);
    }
    answer->blob_size = msg->blob_size;
    answer->head = json_incref(msg->head);
    (void)dw_json_to_error(msg->head, &answer->err);
    answer->given = true;
    return true;
}

bool dw_answer_message(const struct dw_answer *answer, struct dw_message *out)
{
    *out = (struct dw_message){.head = answer->head,
                               .type = dw_json_text(answer->head, "type"),
                               .blob = answer->blob,
                               .blob_size = answer->blob_size};
    for (size_t i = 0; i < DW_CHANNEL_FDS_MAX; i++)
        out->fds[i] = -1;
    return answer->head != NULL;
}

void dw_answer_done(struct dw_answer *answer)
{
    json_decref(answer->head);
    free(answer->blob);
    *answer = (struct dw_answer){.given = true};
}
