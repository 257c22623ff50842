#include <string.h>
#include "base/text.h"
#include "check/header.h"
#include "check/keys.h"
#include "check/nested.h"
#include "dicom/charset.h"
#include "dicom/scan.h"

#define TAG(el) ((uint32_t)(el)->group << 16 | (el)->element)
#define REGIONS 0x00186011u   /* Sequence of Ultrasound Regions */
#define CONTENT 0x0040A730u
#define VERIFIERS 0x0040A073u /* Verifying Observer Sequence */
#define SHARED_GROUPS 0x52009229u

struct reading {
    struct dw_check_header *out;
    char charset[DW_TEXT_MAX];
    unsigned nest;        /* items we are in */
    uint32_t open;        /* the last element at the top level */
    struct dw_check_modifiers modifiers;
    char verified_at[27]; /* the latest time in the Verifying Observer Sequence */
};

void dw_check_text(char *out, size_t size, const char *charset, const void *value, size_t length,
                  bool is_person_name)
{
    (void)dw_charset_to_utf8(charset, value, length, is_person_name, out, size);
    size_t skip = strspn(out, " ");
    size_t left = strlen(out + skip);
    memmove(out, out + skip, left + 1);
    while (left > 0 && out[left - 1] == ' ')
        out[--left] = '\0';
}

void dw_check_date(char out[DW_CHECK_DATE_MAX], const void *value, size_t length)
{
    const uint8_t *v = value;
    size_t n = 0;
    while (length > 0 && (v[length - 1] == ' ' || v[length - 1] == '\0'))
        length--;
    for (; length > 0 && *v == ' '; length--)
        v++;
    bool points = length == 10 && v[4] == '.' && v[7] == '.';
    for (size_t i = 0; i < length && n + 1 < DW_CHECK_DATE_MAX; i++)
        if (!points || v[i] != '.')
            out[n++] = (char)(v[i] >= 0x20 && v[i] < 0x7F ? v[i] : '?');
    out[n] = '\0';
}

static bool has_value(const struct dw_element *el)
{
    for (uint32_t i = 0; el->value && i < el->length; i++)
        if (el->value[i] != ' ' && el->value[i] != '\0')
            return true;
    return !el->value && el->length > 0;
}

static void note_key(struct reading *reading, const struct dw_element *el)
{
    bool shared = reading->open == SHARED_GROUPS;
    uint32_t bits = reading->nest == 0 || shared ? dw_check_key_bits(TAG(el)) : 0;
    for (size_t bit = 0; bits >> bit; bit++) {
        bool here = reading->nest == 0 || dw_check_key(bit)->shared_groups;
        if ((bits >> bit & 1) && here && has_value(el))
            reading->out->keys |= UINT32_C(1) << bit;
    }
}

/* What makes keys of the record necessary (type 1C). */
static void note_condition(struct reading *reading, const struct dw_element *el)
{
    static const struct {
        uint32_t tag;
        uint8_t has;
    } filled[] = {{0x0008001A, DW_HAS_RELATED},
                  {0x30100033, DW_HAS_LABEL},
                  {0x30100034, DW_HAS_LONG_LABEL},
                  {0x00686210, DW_HAS_SIZE}};
    for (size_t i = 0; reading->nest == 0 && i < DW_ARRAY_LEN(filled); i++)
        if (TAG(el) == filled[i].tag && dw_check_element_filled(el))
            reading->out->has |= filled[i].has;
    if (reading->nest == 1 && reading->open == 0x0040A730 && TAG(el) == 0x0040A010 &&
        dw_check_element_says(el, "HAS CONCEPT MOD"))
        reading->out->has |= DW_HAS_MODIFIERS;
}

/* What the records above it and its own should say, too. */
static void take_values(struct reading *reading, const struct dw_element *el)
{
    struct dw_check_header *out = reading->out;
    if (reading->nest == 0) {
        dw_check_values_take(&out->patient, DW_REC_PATIENT, el, reading->charset);
        dw_check_values_take(&out->study, DW_REC_STUDY, el, reading->charset);
        dw_check_values_take(&out->series, DW_REC_SERIES, el, reading->charset);
        dw_check_values_take(&out->instance, DW_REC_INSTANCE, el, reading->charset);
    } else if (reading->open == CONTENT) {
        dw_check_modifiers_element(&reading->modifiers, el, reading->nest);
    } else if (reading->open == VERIFIERS && reading->nest == 1 && TAG(el) == 0x0040A030 && el->value) {
        char text[27];
        dw_check_text(text, sizeof text, "", el->value, el->length, false);
        if (strcmp(text, reading->verified_at) > 0) {
            dw_text_cut(reading->verified_at, sizeof reading->verified_at, text);
            dw_check_values_take(&out->instance, DW_REC_INSTANCE, el, "");
        }
    }
}

static void take_text(struct reading *reading, const struct dw_element *el)
{
    struct dw_check_header *out = reading->out;
    const char *set = reading->charset;
    switch (TAG(el)) {
    case 0x00080005:
        dw_check_text(reading->charset, sizeof reading->charset, "", el->value, el->length, false);
        break;
    case 0x00080020:
        dw_check_text(out->study_date, sizeof out->study_date, "", el->value, el->length, false);
        break;
    case 0x00080016:
        dw_check_uid(out->sop_class, el->value, el->length);
        break;
    case 0x00080018:
        dw_check_uid(out->sop_instance, el->value, el->length);
        break;
    case 0x0020000D:
        dw_check_uid(out->study_uid, el->value, el->length);
        break;
    case 0x0020000E:
        dw_check_uid(out->series_uid, el->value, el->length);
        break;
    case 0x00100010:
        dw_check_text(out->patient_name, sizeof out->patient_name, set, el->value, el->length, true);
        break;
    case 0x00100020:
        dw_check_text(out->patient_id, sizeof out->patient_id, set, el->value, el->length, false);
        break;
    case 0x00100021:
        dw_check_text(out->issuer, sizeof out->issuer, set, el->value, el->length, false);
        break;
    case 0x00100030:
        dw_check_date(out->birth_date, el->value, el->length);
        break;
    default:
        break;
    }
}

static dw_status on_element(void *ctx, const struct dw_element *el, struct dw_error *err)
{
    struct reading *reading = ctx;
    if (el->is_item_start) {
        if (reading->nest == 0 && reading->open == REGIONS)
            dw_check_image_region(&reading->out->image, false);
        if (reading->nest++ == 0 && reading->open == 0x00081115)
            reading->out->has |= DW_HAS_SERIES;
        else if (reading->nest == 1 && reading->open == 0x00700402)
            reading->out->has |= DW_HAS_BLENDING;
        else if (reading->nest == 1 && reading->open == 0x00089092)
            reading->out->has |= DW_HAS_EVIDENCE;
        if (reading->open == CONTENT)
            dw_check_modifiers_item(&reading->modifiers, reading->nest);
        return DW_OK;
    }
    if (el->is_item_end) {
        reading->nest -= reading->nest > 0;
        if (reading->nest == 0 && reading->open == REGIONS)
            dw_check_image_region(&reading->out->image, true);
        return DW_OK;
    }
    if (el->is_sequence_end)
        return DW_OK;
    if (el->group == 0x0002) { /* behind the meta header it is not where it belongs */
        reading->out->is_in_order = reading->out->is_in_order && reading->open == 0;
        return DW_OK;
    }
    if (reading->nest == 0) {
        reading->out->is_in_order = reading->out->is_in_order && TAG(el) > reading->open;
        reading->open = TAG(el);
    }
    note_key(reading, el);
    note_condition(reading, el);
    bool in_region = reading->nest == 1 && reading->open == REGIONS;
    if (reading->nest == 0 || in_region)
        dw_check_image_element(&reading->out->image, el, in_region);
    if (reading->nest == 0 && el->value)
        take_text(reading, el);
    if (reading->nest == 0 && !reading->out->letters.what)
        reading->out->letters = (struct dw_check_fault){TAG(el), dw_check_letters_fault(el, reading->charset)};
    take_values(reading, el);
    return DW_OK;
}

/* PS3.10 7.1: 128 bytes that are not of DICOM, 00 where no other format uses them. */
bool dw_check_preamble(dw_tape *tape, char begins[5])
{
    uint8_t preamble[128];
    bool used = false;
    memset(begins, 0, 5);
    if (dw_tape_pread(tape, preamble, sizeof preamble, 0) != (ssize_t)sizeof preamble)
        return false;
    for (size_t i = 0; i < sizeof preamble; i++)
        used = used || preamble[i] != 0;
    memcpy(begins, preamble, 4);
    return used;
}

void dw_check_header_read(dw_tape *tape, uint64_t size_bytes, struct dw_check_header *out)
{
    memset(out, 0, sizeof *out);
    dw_check_meta_read(tape, size_bytes, &out->meta);
    if (!out->meta.part10)
        return;
    out->has_preamble = dw_check_preamble(tape, out->begins);
    out->is_in_order = true;
    struct reading reading = {.out = out};
    struct dw_error trouble = {0};
    struct dw_scan_source source = {.pread = dw_tape_pread, .ctx = tape, .size_bytes = size_bytes};
    struct dw_scan_opts opts = {0};
    dw_status st = dw_scan_read(&source, &opts, on_element, &reading, &trouble);
    out->scanned = st == DW_OK;
    if (reading.modifiers.key)
        dw_check_values_set(&out->instance, DW_REC_INSTANCE, CONTENT, reading.modifiers.key);
    if (st != DW_OK)
        dw_text_cut(out->trouble, sizeof out->trouble, trouble.text);
}
