#include <ctype.h>
#include <string.h>
#include "check/rules.h"

enum { NAME_LETTERS = 2, ID_LETTERS = 3 }; /* shorter words are in too many labels by chance */

static void put_label(struct dw_check_nameplate *plate, const char *text)
{
    size_t n = 0;
    for (; text[n] && n + 1 < sizeof plate->label; n++)
        plate->label[n] = text[n] < 0x20 || text[n] > 0x7E ? '?' : text[n];
    while (n > 0 && plate->label[n - 1] == ' ')
        n--;
    plate->label[n] = '\0';
}

void dw_nameplate_begin(struct dw_judge *judge)
{
    struct dw_check_nameplate *plate = &judge->result->plate;
    const struct dw_iso_volume *volume = dw_check_source_volume(judge->source);
    const struct dw_blocks *blocks = dw_check_source_blocks(judge->source);
    plate->is_folder = !blocks;
    plate->has_iso = volume != NULL;
    plate->has_udf = judge->has_udf;
    plate->expected = judge->expect != NULL;
    plate->size_bytes = blocks ? (uint64_t)blocks->count * DW_BLOCK_SIZE : judge->total_bytes;
    put_label(plate, volume            ? volume->volume_id
                     : judge->has_udf ? judge->udf.logical_volume_id
                                      : "");
}

static bool holds(const char *label, const char *word, size_t length)
{
    for (const char *at = label; *at; at++)
        if (strncasecmp(at, word, length) == 0)
            return true;
    return false;
}

/* Words are runs of letters and digits; beyond ASCII there is nothing in a label to compare with. */
static bool shares_a_word(const char *label, const char *text, size_t letters)
{
    while (*text) {
        size_t length = 0;
        while (isalnum((unsigned char)text[length]))
            length++;
        if (length >= letters && holds(label, text, length))
            return true;
        text += length ? length : 1;
    }
    return false;
}

static void withhold(struct dw_check_nameplate *plate)
{
    plate->label_withheld = true;
    memset(plate->label, 0, sizeof plate->label);
}

void dw_nameplate_patient(struct dw_judge *judge, const char *patient_name, const char *patient_id)
{
    struct dw_check_nameplate *plate = &judge->result->plate;
    plate->patient_seen = plate->patient_seen || patient_name[0] || patient_id[0];
    if (!plate->label[0] || (!shares_a_word(plate->label, patient_name, NAME_LETTERS) &&
                             !shares_a_word(plate->label, patient_id, ID_LETTERS)))
        return;
    withhold(plate);
}

void dw_nameplate_end(struct dw_judge *judge)
{
    const char *uid = judge->dir.meta.sop_instance;
    if (judge->result->plate.label[0] && !judge->result->plate.patient_seen)
        withhold(&judge->result->plate); /* nobody can tell whether it is a name */
    if (uid[strspn(uid, "0123456789.")] == '\0')
        memcpy(judge->result->plate.fileset_uid, uid, sizeof judge->result->plate.fileset_uid);
}
