#include "robot/progress.h"

#include <string.h>

#include "base/channel.h"
#include "base/text.h"

#define BYTES_MAX ((int64_t)1 << 40) /* of any disc there will be */
#define KBPS_MAX 1000000
#define LEFT_S_MAX 86400

static int64_t known(const json_t *message, const char *key, int64_t max, int64_t unknown)
{
    int64_t value = dw_json_int(message, key, unknown);
    return value < 0 || value > max ? unknown : value;
}

/* It is shown and printed as it is. */
static bool is_word(const char *stage)
{
    return *stage && stage[strspn(stage, "abcdefghijklmnopqrstuvwxyz-")] == 0;
}

bool dw_progress_read(const json_t *message, struct dw_progress *out)
{
    const char *stage = dw_json_text(message, "stage");
    int64_t done = dw_json_int(message, "done", -1), total = dw_json_int(message, "total", -1);
    if (done < 0 || total < done || total > BYTES_MAX || !is_word(stage) ||
        strlen(stage) >= sizeof out->stage)
        return false;
    *out = (struct dw_progress){
        .done_bytes = (uint64_t)done,
        .total_bytes = (uint64_t)total,
        .speed_kbps = (uint32_t)known(message, "speed_kbps", KBPS_MAX, 0),
        .speed_1x_kbps = (uint32_t)known(message, "speed_1x_kbps", KBPS_MAX, 0),
        .buffer_percent = (int)known(message, "buffer_percent", 100, -1),
        .left_s = known(message, "left_s", LEFT_S_MAX, -1),
    };
    dw_text_cut(out->stage, sizeof out->stage, stage);
    return true;
}

json_t *dw_progress_to_json(const struct dw_progress *progress)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:i, s:I}", "stage", progress->stage, "done",
                     (json_int_t)progress->done_bytes, "total", (json_int_t)progress->total_bytes,
                     "speed_kbps", (json_int_t)progress->speed_kbps, "speed_1x_kbps",
                     (json_int_t)progress->speed_1x_kbps, "buffer_percent",
                     progress->buffer_percent, "left_s", (json_int_t)progress->left_s);
}
