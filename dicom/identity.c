#include "dicom/identity.h"
#include <string.h>
#include "base/limits.h"
#include "dicom/charset.h"
#include "dicom/keys.h"
#include "dicom/uid.h"
#include "dicom/vr.h"

struct span {
    const uint8_t *value;
    size_t length;
};

/* Without the spaces and zeros at both ends. */
static struct span trimmed(const struct dw_gather *g, uint32_t tag)
{
    const struct dw_kept *kept = dw_gather_find(g, tag);
    if (!kept || strcmp(kept->vr, "SQ") == 0)
        return (struct span){(const uint8_t *)"", 0};
    struct span s = {dw_gather_value(g, kept), kept->length};
    while (s.length && (s.value[s.length - 1] == ' ' || s.value[s.length - 1] == '\0'))
        s.length--;
    while (s.length && s.value[0] == ' ') {
        s.value++;
        s.length--;
    }
    return s;
}

/* Dates and times of ACR-NEMA, "1994.01.30" and "11:25:01", which archives still hold: the same
 * without the marks. PS3.5 6.2 allows them no more, and a directory sorts by them. */
static struct span without_marks(uint32_t tag, struct span s, char room[16])
{
    const char *vr = dw_vr_of_tag(tag);
    bool is_date = strcmp(vr, "DA") == 0;
    char mark = is_date ? '.' : ':';
    size_t used = 0;
    if (!is_date && strcmp(vr, "TM") != 0)
        return s;
    if (s.length < 5 || s.length > 16 || s.value[is_date ? 4 : 2] != mark ||
        (is_date && (s.length != 10 || s.value[7] != mark)))
        return s;
    for (size_t i = 0; i < s.length; i++)
        if (s.value[i] != mark)
            room[used++] = (char)s.value[i];
    return (struct span){(const uint8_t *)room, used};
}

/* Codes, dates, times, character set: ASCII; what is not becomes '?'. */
static void get_code(const struct dw_gather *g, uint32_t tag, char *out, size_t size)
{
    char room[16];
    struct span s = without_marks(tag, trimmed(g, tag), room);
    size_t n = s.length < size ? s.length : size - 1;
    for (size_t i = 0; i < n; i++)
        out[i] = (char)(s.value[i] >= 0x20 && s.value[i] < 0x7F ? s.value[i] : '?');
    out[n] = '\0';
}

static void get_text(const struct dw_gather *g, const char *charset, uint32_t tag,
                     char out[DW_TEXT_MAX])
{
    struct span s = trimmed(g, tag);
    bool is_name = strcmp(dw_vr_of_tag(tag), "PN") == 0;
    dw_charset_to_utf8(charset, s.value, s.length, is_name, out, DW_TEXT_MAX);
}

/* What tells patients apart must be whole: no byte of the file becomes more than three of UTF-8. */
static dw_status get_id(const struct dw_gather *g, const char *charset, uint32_t tag,
                        const char *name, char out[DW_TEXT_MAX], struct dw_error *err)
{
    size_t length = trimmed(g, tag).length;
    if (length > (DW_TEXT_MAX - 1) / 3)
        return dw_error_set(err, DW_ERR_LIMIT, "%s is %zu bytes long, more than %d", name, length,
                            (DW_TEXT_MAX - 1) / 3);
    get_text(g, charset, tag, out);
    return DW_OK;
}

static dw_status get_uid(const struct dw_gather *g, uint32_t tag, const char *name,
                         char out[DW_UID_MAX], struct dw_error *err)
{
    struct span s = trimmed(g, tag);
    if (s.length == 0)
        return dw_error_set(err, DW_ERR_CORRUPT, "no %s", name);
    if (s.length >= DW_UID_MAX)
        return dw_error_set(err, DW_ERR_CORRUPT, "%s is longer than %d characters", name,
                            DW_UID_MAX - 1);
    for (size_t i = 0; i < s.length; i++)
        if (s.value[i] <= 0x20 || s.value[i] >= 0x7F)
            return dw_error_set(err, DW_ERR_CORRUPT, "%s has a character that no UID has", name);
    memcpy(out, s.value, s.length);
    out[s.length] = '\0';
    return DW_OK;
}

/* IS: the first value, a '+' allowed (PS3.5 6.2). */
static int64_t get_number(const struct dw_gather *g, uint32_t tag)
{
    struct span s = trimmed(g, tag);
    char text[24];
    size_t n = 0;
    int64_t number = INT64_MIN;
    if (s.length && s.value[0] == '+') {
        s.value++;
        s.length--;
    }
    while (n < s.length && n < sizeof text - 1 && s.value[n] != '\\' && s.value[n] != ' ')
        n++;
    memcpy(text, s.value, n);
    text[n] = '\0';
    if (!dw_text_int(text, INT32_MIN, INT32_MAX, &number))
        return INT64_MIN;
    return number;
}

static uint32_t get_unsigned(const struct dw_gather *g, uint32_t tag)
{
    const struct dw_kept *kept = dw_gather_find(g, tag);
    if (!kept || (kept->length != 2 && kept->length != 4))
        return 0;
    const uint8_t *v = dw_gather_value(g, kept);
    uint32_t low = v[0] | (uint32_t)v[1] << 8;
    return kept->length == 2 ? low : low | (uint32_t)v[2] << 16 | (uint32_t)v[3] << 24;
}

static bool is_date(const char *text)
{
    return strlen(text) == 8 && strspn(text, "0123456789") == 8;
}

/* Without a Study Date: the day of the series, of the acquisition or of the content, whatever the
 * object has. A study of years ago must not look like one of today. */
static void get_study_date(const struct dw_gather *g, char out[DW_CODE_MAX])
{
    static const uint32_t tags[] = {0x00080020, 0x00080021, 0x00080022, 0x0008002A, 0x00080023};
    char date[DW_CODE_MAX];
    get_code(g, tags[0], out, DW_CODE_MAX);
    for (size_t i = 1; i < DW_ARRAY_LEN(tags) && out[0] == '\0'; i++) {
        get_code(g, tags[i], date, sizeof date);
        if (tags[i] == 0x0008002A)
            date[8] = '\0';
        if (is_date(date))
            memcpy(out, date, sizeof date);
    }
}

static void fill_texts(const struct dw_gather *g, struct dw_object *o)
{
    get_text(g, o->charset, 0x00100010, o->patient_name);
    get_text(g, o->charset, 0x00200010, o->study_id);
    get_text(g, o->charset, 0x00080050, o->accession);
    get_text(g, o->charset, 0x00081030, o->study_description);
    get_text(g, o->charset, 0x00080080, o->institution);
    get_text(g, o->charset, 0x00080090, o->referring_physician);
    get_text(g, o->charset, 0x0008103E, o->series_description);
    get_text(g, o->charset, 0x00081010, o->station);
    get_text(g, o->charset, 0x00180015, o->body_part);
    get_code(g, 0x00100030, o->birth_date, sizeof o->birth_date);
    get_code(g, 0x00100040, o->sex, sizeof o->sex);
    get_study_date(g, o->study_date);
    get_code(g, 0x00080030, o->study_time, sizeof o->study_time);
    get_code(g, 0x00080060, o->modality, sizeof o->modality);
}

/* Hanging protocols and their like have no study: "no Study Instance UID" would send someone
 * looking for a fault where there is none. */
static dw_status check_patient(const struct dw_gather *g, const char *sop_class,
                               struct dw_error *err)
{
    const struct dw_sop_class *known = dw_sop_class_find(sop_class);
    if (!known || dw_sop_class_has_patient(known) || trimmed(g, 0x0020000D).length > 0)
        return DW_OK;
    return dw_error_set(err, DW_ERR_CORRUPT, "it belongs to no patient (%s)", known->name);
}

dw_status dw_identity_fill(const struct dw_gather *g, struct dw_object *o, struct dw_error *err)
{
    get_code(g, 0x00080005, o->charset, sizeof o->charset);
    dw_status st = get_uid(g, 0x00080016, "SOP Class UID", o->sop_class, err);
    if (st == DW_OK)
        st = get_uid(g, 0x00080018, "SOP Instance UID", o->sop_instance, err);
    if (st == DW_OK)
        st = check_patient(g, o->sop_class, err);
    if (st == DW_OK)
        st = get_uid(g, 0x0020000D, "Study Instance UID", o->study_uid, err);
    if (st == DW_OK)
        st = get_uid(g, 0x0020000E, "Series Instance UID", o->series_uid, err);
    if (st == DW_OK)
        st = get_id(g, o->charset, 0x00100020, "Patient ID", o->patient_id, err);
    if (st == DW_OK)
        st = get_id(g, o->charset, 0x00100021, "Issuer of Patient ID", o->issuer, err);
    if (st == DW_OK && g->twice)
        st = dw_error_set(err, DW_ERR_CORRUPT, "%s is there twice, with two values",
                          dw_gather_telling(g->twice));
    if (st != DW_OK)
        return st;
    fill_texts(g, o);
    o->series_number = get_number(g, 0x00200011);
    o->instance_number = get_number(g, 0x00200013);
    int64_t frames = get_number(g, 0x00280008);
    o->frames = frames >= 1 ? (uint32_t)frames : 1;
    o->rows = get_unsigned(g, 0x00280010);
    o->columns = get_unsigned(g, 0x00280011);
    o->bits_allocated = get_unsigned(g, 0x00280100);
    o->bits_stored = get_unsigned(g, 0x00280101);
    o->samples_per_pixel = get_unsigned(g, 0x00280002);
    get_code(g, 0x00280004, o->photometric, sizeof o->photometric);
    o->has_us_regions = g->has_us_regions;
    o->has_pixels = g->has_pixels;
    return DW_OK;
}

/* The verification date lives inside a sequence; everything else was kept under its own tag. */
static const struct dw_kept *key_of(const struct dw_gather *g, const struct dw_key_rule *rule)
{
    const struct dw_kept *kept = dw_gather_find(g, rule->tag);
    bool there = kept && (rule->presence != DW_KEY_IF_VALUE || kept->length > 0);
    return there ? kept : NULL;
}

static void add_csa_keys(const struct dw_gather *g, struct dw_buf *out)
{
    uint32_t block = g->csa_block;
    const uint32_t tags[] = {0x00290000 | block, 0x00290008 | block << 8, 0x00290009 | block << 8};
    for (size_t i = 0; block && i < DW_ARRAY_LEN(tags); i++) {
        const struct dw_kept *kept = dw_gather_find(g, tags[i]);
        if (kept)
            dw_key_add(out, tags[i], kept->vr, dw_gather_value(g, kept), kept->length);
    }
}

static void add_kept(const struct dw_gather *g, const struct dw_kept *kept, struct dw_buf *out)
{
    char room[16];
    struct span s = {dw_gather_value(g, kept), kept->length};
    if (strcmp(kept->vr, "DA") == 0 || strcmp(kept->vr, "TM") == 0)
        s = without_marks(kept->tag, trimmed(g, kept->tag), room);
    dw_key_add(out, kept->tag, kept->vr, s.value, s.length);
}

/* An augmented part leaves out what the plain part of its level has. */
static bool is_in_plain_part(enum dw_record_part part, const char *record_type, uint32_t tag)
{
    size_t count = 0;
    if (part < DW_PART_COUNT)
        return false;
    const struct dw_key_rule *rules =
        dw_keys_of((enum dw_record_part)(part - DW_PART_MORE_PATIENT), record_type, &count);
    for (size_t i = 0; i < count; i++)
        if (rules[i].tag == tag)
            return true;
    return false;
}

static void add_part(const struct dw_gather *g, enum dw_record_part part, const char *record_type,
                     struct dw_buf *out)
{
    size_t count = 0;
    const struct dw_key_rule *rules = dw_keys_of(part, record_type, &count);
    bool extended = false;
    for (size_t i = 0; i < count; i++) {
        const struct dw_kept *kept = key_of(g, &rules[i]);
        extended = extended || (kept && kept->extended);
    }
    size_t head = out->size;
    dw_buf_add(out, "\0\0\0", 4);
    const struct dw_kept *charset = dw_gather_find(g, 0x00080005);
    if (extended && charset && charset->length > 0)
        dw_key_add(out, charset->tag, "CS", dw_gather_value(g, charset), charset->length);
    for (size_t i = 0; i < count; i++) {
        uint32_t tag = rules[i].tag;
        const struct dw_kept *kept = key_of(g, &rules[i]);
        if (is_in_plain_part(part, record_type, tag))
            continue;
        if (kept)
            add_kept(g, kept, out);
        else if (tag == 0x0040A030 && g->verified[0])
            dw_key_add(out, tag, "DT", g->verified, strlen(g->verified));
        else if (rules[i].presence == DW_KEY_ALWAYS)
            dw_key_add(out, tag, dw_vr_of_tag(tag), "", 0);
    }
    if (part == DW_PART_INSTANCE && record_type && strcmp(record_type, "PRIVATE") == 0)
        add_csa_keys(g, out);
    if (out->failed)
        return;
    size_t length = out->size - head - 4;
    for (unsigned i = 0; i < 4; i++)
        out->data[head + i] = (char)(length >> (8 * i));
}

dw_status dw_identity_record(const struct dw_gather *g, const struct dw_object *object,
                             struct dw_buf *record, struct dw_error *err)
{
    const struct dw_sop_class *sop_class = dw_sop_class_find(object->sop_class);
    dw_buf_reset(record);
    for (int part = 0; part < DW_PART_ALL; part++)
        add_part(g, (enum dw_record_part)part, sop_class ? sop_class->record_type : NULL, record);
    if (!record->failed && record->size > DW_RECORD_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "directory keys are larger than %d bytes",
                            DW_RECORD_MAX);
    return dw_buf_check(record, "directory keys", err);
}
