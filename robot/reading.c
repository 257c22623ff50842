#include "robot/reading.h"

#include "base/channel.h"
#include "base/text.h"

/* Sums of many discs must not run over: these are of one. */
#define BYTES_MAX ((int64_t)1 << 40)
#define MS_MAX ((int64_t)1000 * 86400)
#define READS_MAX ((int64_t)1 << 30)

struct dw_reading dw_reading_read(const json_t *object)
{
    struct dw_reading out = {0};
    const struct {
        const char *key;
        int64_t *value, max;
    } members[] = {{"read_bytes", &out.bytes, BYTES_MAX},
                   {"read_ms", &out.ms, MS_MAX},
                   {"retries", &out.retries, READS_MAX},
                   {"slow", &out.slow, READS_MAX}};
    for (size_t i = 0; i < DW_ARRAY_LEN(members); i++) {
        *members[i].value = dw_json_int(object, members[i].key, 0);
        if (*members[i].value < 0 || *members[i].value > members[i].max)
            return (struct dw_reading){0};
    }
    return out;
}

json_t *dw_reading_to_json(const struct dw_reading *reading)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "read_bytes", (json_int_t)reading->bytes, "read_ms",
                     (json_int_t)reading->ms, "retries", (json_int_t)reading->retries, "slow",
                     (json_int_t)reading->slow);
}
