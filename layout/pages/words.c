#include "layout/pages/words.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dicom/person.h"
#include "dicom/uid.h"

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

static bool digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

static int two(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

void dw_words_date(const char *da, char *out, size_t size)
{
    const char *text = da ? da : "";
    if (strlen(text) == 8 && digits(text, 8)) {
        int month = two(text + 4), day = two(text + 6);
        if (month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
            dw_text_format(out, size, "%d %s %.4s", day, months[month - 1], text))
            return;
    }
    dw_text_cut(out, size, text);
}

void dw_words_time(const char *tm, char *out, size_t size)
{
    if (!tm || strlen(tm) < 4 || !digits(tm, 4) || two(tm) > 23 || two(tm + 2) > 59 ||
        !dw_text_format(out, size, "%.2s:%.2s", tm, tm + 2))
        dw_text_cut(out, size, "");
}

void dw_words_day_of(int64_t epoch_s, char *out, size_t size)
{
    time_t seconds = (time_t)epoch_s;
    struct tm tm;
    if (!gmtime_r(&seconds, &tm) ||
        !dw_text_format(out, size, "%d %s %d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900))
        dw_text_cut(out, size, "an unknown day");
}

static const struct pair {
    const char *code, *words;
} modalities[] = {
    {"BI", "Biomagnetic imaging"},
    {"BMD", "Bone density"},
    {"CR", "X-ray"},
    {"CT", "Computed tomography"},
    {"DG", "Diaphanography"},
    {"DOC", "Document"},
    {"DX", "X-ray"},
    {"ECG", "Electrocardiogram"},
    {"EEG", "Electroencephalogram"},
    {"ES", "Endoscopy"},
    {"GM", "Microscopy"},
    {"HD", "Haemodynamic measurement"},
    {"IO", "Dental X-ray"},
    {"IVUS", "Ultrasound inside vessels"},
    {"KO", "Selection of important images"},
    {"MG", "Mammography"},
    {"MR", "Magnetic resonance imaging"},
    {"NM", "Nuclear medicine"},
    {"OCT", "Optical coherence tomography"},
    {"OP", "Eye photography"},
    {"OPT", "Eye tomography"},
    {"OT", "Other"},
    {"PR", "Display settings"},
    {"PT", "Positron emission tomography"},
    {"PX", "Panoramic X-ray"},
    {"REG", "Registration"},
    {"RF", "Fluoroscopy"},
    {"RG", "X-ray film"},
    {"RTDOSE", "Radiotherapy dose"},
    {"RTIMAGE", "Radiotherapy image"},
    {"RTPLAN", "Radiotherapy plan"},
    {"RTSTRUCT", "Radiotherapy contours"},
    {"SC", "Captured image"},
    {"SEG", "Segmentation"},
    {"SM", "Slide microscopy"},
    {"SR", "Report"},
    {"US", "Ultrasound"},
    {"XA", "Angiography"},
    {"XC", "Photography"},
};

const char *dw_words_modality(const char *code)
{
    for (size_t i = 0; code && i < DW_ARRAY_LEN(modalities); i++)
        if (strcmp(modalities[i].code, code) == 0)
            return modalities[i].words;
    return NULL;
}

const char *dw_words_sex(const char *code)
{
    static const struct pair table[] = {{"F", "Female"}, {"M", "Male"}, {"O", "Other"}};
    for (size_t i = 0; code && i < DW_ARRAY_LEN(table); i++)
        if (strcmp(table[i].code, code) == 0)
            return table[i].words;
    return code ? code : "";
}

/* By directory record type, which groups the SOP classes as a reader does (PS3.3 F.4). */
static const struct kind {
    const char *record_type, *one, *many;
} kinds[] = {
    {"IMAGE", "image", "images"},
    {"SR DOCUMENT", "report", "reports"},
    {"ENCAP DOC", "document", "documents"},
    {"HL7 STRUC DOC", "document", "documents"},
    {"KEY OBJECT DOC", "selection of important images", "selections of important images"},
    {"PRESENTATION", "display setting", "display settings"},
    {"WAVEFORM", "recording", "recordings"},
    {"RT DOSE", "radiotherapy dose", "radiotherapy doses"},
    {"RT PLAN", "radiotherapy plan", "radiotherapy plans"},
    {"RT STRUCTURE SET", "set of radiotherapy contours", "sets of radiotherapy contours"},
    {"RT TREAT RECORD", "radiotherapy record", "radiotherapy records"},
};

bool dw_words_is_image(const char *sop_class)
{
    const struct dw_sop_class *cls = sop_class ? dw_sop_class_find(sop_class) : NULL;
    return cls && (cls->is_image || (cls->record_type && strcmp(cls->record_type, "IMAGE") == 0));
}

const char *dw_words_kind(const char *sop_class, bool plural)
{
    const struct dw_sop_class *cls = sop_class ? dw_sop_class_find(sop_class) : NULL;
    const char *type = cls && cls->record_type ? cls->record_type : "";
    if (dw_words_is_image(sop_class))
        type = "IMAGE";
    for (size_t i = 0; i < DW_ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].record_type, type) == 0)
            return plural ? kinds[i].many : kinds[i].one;
    return plural ? "other objects" : "other object";
}

void dw_words_html(struct dw_buf *out, const char *text)
{
    char cut[DW_WORDS_MAX];
    dw_text_cut(cut, sizeof cut, text ? text : "");
    dw_buf_add_html(out, cut);
}

void dw_words_person(struct dw_buf *out, const char *pn, const char *fallback)
{
    char name[DW_WORDS_MAX] = "";
    if (pn)
        dw_person_display(pn, name, sizeof name);
    if (name[0])
        dw_buf_add_html(out, name);
    else
        dw_buf_add_text(out, fallback);
}

void dw_words_fill(struct dw_buf *out, const char *pattern, const struct dw_words_value *values,
                   size_t count)
{
    for (const char *open; (open = strstr(pattern, "{{")) != NULL;) {
        const char *close = strstr(open, "}}");
        assert(close);
        size_t i = 0, length = (size_t)(close - open) - 2;
        while (i < count &&
               (strlen(values[i].name) != length || memcmp(values[i].name, open + 2, length) != 0))
            i++;
        assert(i < count);
        dw_buf_add(out, pattern, (size_t)(open - pattern));
        if (i < count && values[i].text)
            dw_buf_add_text(out, values[i].text);
        pattern = close + 2;
    }
    dw_buf_add_text(out, pattern);
}
