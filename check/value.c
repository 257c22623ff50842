#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "check/header.h"
#include "check/lookup.h"
#include "check/nested.h"
#include "check/value.h"
#include "dicom/charset.h"
#include "dicom/vr.h"

#define TAG(el) ((uint32_t)(el)->group << 16 | (el)->element)
#define MODIFIERS 0x0040A730u
#define VERIFIED_AT 0x0040A030u
#define LETTERS_MAX 2048 /* bytes of a text that are looked at */

static bool is_vr(const struct dw_element *el, const char *vr)
{
    return memcmp(el->vr, vr, 2) == 0;
}

static bool is_one_of(const struct dw_element *el, const char *vrs)
{
    for (; *vrs; vrs += 2)
        if (is_vr(el, vrs))
            return true;
    return false;
}

const char *dw_check_encoding_fault(const struct dw_element *el)
{
    const char *known = dw_vr_of_tag(TAG(el));
    if (el->length != UINT32_MAX && (el->length & 1))
        return "of odd length";
    bool number = is_one_of(el, "USSSOBOW"); /* PS3.6 leaves a choice between some of them */
    if (strcmp(known, "UN") != 0 && !number && strcmp(known, el->vr) != 0)
        return "another VR than the dictionary's";
    return NULL;
}

static bool digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    return true;
}

static int two(const char *text)
{
    return 10 * (text[0] - '0') + text[1] - '0';
}

static const char *fault_of_date(const char *v, size_t n)
{
    return n == 8 && digits(v, 8) && two(v + 4) >= 1 && two(v + 4) <= 12 && two(v + 6) >= 1 && two(v + 6) <= 31
               ? NULL
               : "no date";
}

static const char *fault_of_time(const char *v, size_t n)
{
    static const int most[] = {23, 59, 60};
    size_t whole = n < 6 ? n : 6;
    if (whole < 2 || whole % 2 || !digits(v, whole))
        return "no time";
    for (size_t i = 0; i < whole; i += 2)
        if (two(v + i) > most[i / 2])
            return "no time";
    bool fraction = n >= 8 && n <= 13 && v[6] == '.' && digits(v + 7, n - 7);
    return n <= 6 || fraction ? NULL : "no time";
}

static const char *fault_of_date_time(const char *v, size_t n)
{
    size_t i = 0;
    while (i < n && isdigit((unsigned char)v[i]))
        i++;
    size_t whole = i;
    if (i < n && v[i] == '.')
        for (i++; i < n && isdigit((unsigned char)v[i]);)
            i++;
    if (n - i == 5 && (v[i] == '+' || v[i] == '-') && digits(v + i + 1, 4))
        i = n;
    return i == n && n <= 26 && whole >= 4 && whole <= 14 && whole % 2 == 0 ? NULL : "no date and time";
}

static const char *fault_of_code(const char *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isupper((unsigned char)v[i]) && !isdigit((unsigned char)v[i]) && v[i] != ' ' && v[i] != '_')
            return "a code has other characters than A-Z 0-9 _ and space";
    return n <= 16 ? NULL : "a code is longer than 16";
}

static const char *fault_of_integer(const char *v, size_t n)
{
    size_t sign = n > 0 && (v[0] == '+' || v[0] == '-');
    return n > sign && n <= 12 && digits(v + sign, n - sign) ? NULL : "no integer";
}

static const char *fault_of_decimal(const char *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)v[i]) && !memchr("+-.eE", v[i], 5))
            return "no decimal number";
    return n <= 16 ? NULL : "a decimal number is longer than 16";
}

/* What may be legal only by (0008,0005) is counted in characters, which we do not: no length is judged then. */
static const char *fault_of_text(const char *v, size_t n, size_t most)
{
    bool plain = true;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)v[i] < 0x20 && v[i] != 0x1B)
            return "a text has control characters";
        plain = plain && (unsigned char)v[i] < 0x80 && v[i] != 0x1B;
    }
    return !plain || n <= most ? NULL : "a text is longer than its VR may be";
}

static const char *fault_of_part(const struct dw_element *el, const char *v, size_t n)
{
    if (n == 0)
        return NULL;
    if (is_vr(el, "DA"))
        return fault_of_date(v, n);
    if (is_vr(el, "TM"))
        return fault_of_time(v, n);
    if (is_vr(el, "DT"))
        return fault_of_date_time(v, n);
    if (is_vr(el, "CS"))
        return fault_of_code(v, n);
    if (is_vr(el, "IS"))
        return fault_of_integer(v, n);
    if (is_vr(el, "DS"))
        return fault_of_decimal(v, n);
    if (is_vr(el, "SH"))
        return fault_of_text(v, n, 16);
    if (is_vr(el, "LO"))
        return fault_of_text(v, n, 64);
    if (is_vr(el, "PN"))
        return fault_of_text(v, n, 3 * 64 + 2);
    return NULL;
}

static const char *fault_of_uid(const struct dw_element *el)
{
    uint32_t n = el->length;
    if (n > 0 && el->value[n - 1] == ' ')
        return "a UID is padded by a space, not by 00";
    return NULL;
}

const char *dw_check_value_fault(const struct dw_element *el)
{
    const char *v = (const char *)el->value;
    if (!v || el->length == UINT32_MAX)
        return NULL;
    if (is_vr(el, "UI"))
        return fault_of_uid(el);
    if (!is_one_of(el, "DATMDTCSISDSSHLOPN"))
        return NULL;
    for (size_t at = 0; at < el->length;) {
        const char *end = memchr(v + at, '\\', el->length - at);
        size_t length = end ? (size_t)(end - v) - at : el->length - at, skip = 0;
        while (length > 0 && v[at + length - 1] == ' ')
            length--;
        while (skip < length && v[at + skip] == ' ')
            skip++;
        const char *fault = fault_of_part(el, v + at + skip, length - skip);
        if (fault)
            return fault;
        if (!end)
            break;
        at = (size_t)(end - v) + 1;
    }
    return NULL;
}

static bool is_charset(const char *set, size_t length)
{
    static const char *const defined[] = {
        "",           "ISO_IR 6",   "ISO_IR 100", "ISO_IR 101", "ISO_IR 109", "ISO_IR 110", "ISO_IR 144", "ISO_IR 127",
        "ISO_IR 126", "ISO_IR 138", "ISO_IR 148", "ISO_IR 203", "ISO_IR 13",  "ISO_IR 166", "ISO_IR 192", "GB18030",
        "GBK",        "ISO 2022 IR 6",   "ISO 2022 IR 100", "ISO 2022 IR 101", "ISO 2022 IR 109", "ISO 2022 IR 110",
        "ISO 2022 IR 144", "ISO 2022 IR 127", "ISO 2022 IR 126", "ISO 2022 IR 138", "ISO 2022 IR 148",
        "ISO 2022 IR 203", "ISO 2022 IR 13",  "ISO 2022 IR 166", "ISO 2022 IR 87",  "ISO 2022 IR 159",
        "ISO 2022 IR 149", "ISO 2022 IR 58"};
    while (length > 0 && (set[length - 1] == ' ' || set[length - 1] == '\0'))
        length--;
    for (size_t i = 0; i < DW_ARRAY_LEN(defined); i++)
        if (strlen(defined[i]) == length && memcmp(defined[i], set, length) == 0)
            return true;
    return false;
}

/* Each value of (0008,0005) */
static const char *fault_of_charset(const struct dw_element *el)
{
    const char *at = (const char *)el->value, *end = at + el->length;
    while (at < end) {
        const char *next = memchr(at, '\\', (size_t)(end - at));
        if (!is_charset(at, (size_t)((next ? next : end) - at)))
            return "it is no defined term";
        at = next ? next + 1 : end;
    }
    return NULL;
}

const char *dw_check_letters_fault(const struct dw_element *el, const char *set)
{
    char text[4 * LETTERS_MAX + 1];
    bool plain = true;
    if (!el->value || (el->group & 1))
        return NULL;
    if (TAG(el) == 0x00080005)
        return fault_of_charset(el);
    if (!is_one_of(el, "SHLOSTLTPNUCUT"))
        return NULL;
    for (uint32_t i = 0; i < el->length && plain; i++)
        plain = el->value[i] < 0x80 && el->value[i] != 0x1B;
    if (plain)
        return NULL;
    if (!set[0])
        return "it has characters outside of ASCII";
    return el->length > LETTERS_MAX ||
                   dw_charset_to_utf8(set, el->value, el->length, is_vr(el, "PN"), text, sizeof text)
               ? NULL
               : "it has bytes that are none of the character set";
}

static const uint32_t patient_tags[DW_CHECK_VALUES_MAX] = {0x00100010, 0x00100030, 0x00100040};
static const uint32_t study_tags[DW_CHECK_VALUES_MAX] = {0x00080020, 0x00080030, 0x00080050, 0x00200010,
                                                         0x00081030};
static const uint32_t series_tags[DW_CHECK_VALUES_MAX] = {0x00080060, 0x00200011, 0x00080080};
static const uint32_t instance_tags[DW_CHECK_VALUES_MAX] = {0x00080008, 0x00080023, 0x00080033,
                                                            0x00200013, VERIFIED_AT, MODIFIERS,
                                                            0x00280010, 0x00280011};

static const uint32_t *tags_of(enum dw_check_kind kind)
{
    static const uint32_t none[DW_CHECK_VALUES_MAX] = {0};
    switch (kind) {
    case DW_REC_PATIENT:
        return patient_tags;
    case DW_REC_STUDY:
        return study_tags;
    case DW_REC_SERIES:
        return series_tags;
    case DW_REC_INSTANCE:
        return instance_tags;
    default:
        return none;
    }
}

uint32_t dw_check_value_tag(enum dw_check_kind kind, size_t i)
{
    return tags_of(kind)[i];
}

void dw_check_values_set(struct dw_check_values *values, enum dw_check_kind kind, uint32_t tag, uint64_t key)
{
    for (size_t i = 0; i < DW_CHECK_VALUES_MAX; i++)
        if (dw_check_value_tag(kind, i) == tag)
            values->key[i] = (uint32_t)(key ^ key >> 32);
}

/* The same name, number or code in another spelling is the same. */
static uint64_t key_of(const struct dw_element *el, const char *charset)
{
    char text[DW_TEXT_MAX];
    bool person = is_vr(el, "PN");
    if (is_vr(el, "US")) {
        unsigned number = el->length < 2 ? 0u : (unsigned)el->value[el->big_endian] | (unsigned)el->value[!el->big_endian] << 8;
        return dw_check_hash(&number, sizeof number);
    }
    dw_check_text(text, sizeof text, is_one_of(el, "SHLOPN") ? charset : "", el->value, el->length, person);
    size_t length = strlen(text);
    while (person && length > 0 && strchr("^= ", text[length - 1]))
        text[--length] = '\0';
    for (char *c = text; person && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (is_vr(el, "IS")) {
        long long number = strtoll(text, NULL, 10);
        return dw_check_hash(&number, sizeof number);
    }
    return dw_check_hash_text(text);
}

void dw_check_values_take(struct dw_check_values *values, enum dw_check_kind kind, const struct dw_element *el,
                          const char *charset)
{
    uint32_t tag = TAG(el);
    const uint32_t *tags = tags_of(kind);
    if (!el->value || tag == MODIFIERS)
        return;
    for (size_t i = 0; i < DW_CHECK_VALUES_MAX; i++) {
        if (tags[i] != tag || !dw_check_element_filled(el))
            continue;
        struct dw_element known = *el; /* an object may keep as UN what its record has as IS */
        memcpy(known.vr, dw_vr_of_tag(tag), 2);
        if (!dw_check_value_fault(&known))
            dw_check_values_set(values, kind, tag, key_of(&known, charset));
    }
}

void dw_check_modifiers_item(struct dw_check_modifiers *modifiers, unsigned depth)
{
    if (depth == 1)
        modifiers->is_one = false;
}

void dw_check_modifiers_element(struct dw_check_modifiers *modifiers, const struct dw_element *el, unsigned depth)
{
    if (depth == 1 && TAG(el) == 0x0040A010)
        modifiers->is_one = dw_check_element_says(el, "HAS CONCEPT MOD");
    if (depth != 2 || !modifiers->is_one || TAG(el) != 0x00080100 || !el->value)
        return;
    char text[DW_TEXT_MAX];
    dw_check_text(text, sizeof text, "", el->value, el->length, false);
    uint64_t both[2] = {modifiers->key, dw_check_hash_text(text)};
    modifiers->key = dw_check_hash(both, sizeof both);
}
