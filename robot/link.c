#include "robot/link.h"

#include <string.h>

#include "base/text.h"

dw_status dw_link_ask(dw_link *link, const char *line, char *reply, size_t size, int timeout_ms,
                      struct dw_error *err)
{
    char frame[DW_LINK_FRAME_MAX], answer[DW_LINK_FRAME_MAX];
    size_t got = 0;
    if (!dw_text_format(frame, sizeof frame, "%s\r", line))
        return dw_error_set(err, DW_ERR_LIMIT, "a frame holds at most %d bytes", DW_LINK_FRAME_MAX);
    dw_status st = link->exchange(link->ctx, frame, strlen(frame), answer, sizeof answer - 1, &got,
                                  timeout_ms, err);
    if (st == DW_ERR_TIMEOUT)
        return dw_error_set(err, st, "no answer to '%.40s' within %d ms", line, timeout_ms);
    if (st != DW_OK)
        return st;
    if (got == 0 || got >= sizeof answer || answer[got - 1] != '\r' || memchr(answer, 0, got))
        return dw_error_set(err, DW_ERR_CORRUPT, "the answer to '%.40s' is no line of text", line);
    answer[got - 1] = 0;
    if (!dw_text_copy(reply, size, answer))
        return dw_error_set(err, DW_ERR_CORRUPT,
                            "the answer to '%.40s' has %zu bytes, expected "
                            "less than %zu",
                            line, got, size);
    return DW_OK;
}
