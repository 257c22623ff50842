#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "check/finding.h"

void dw_findings_init(struct dw_findings *findings)
{
    memset(findings, 0, sizeof *findings);
}

/* Names come from a disc that anybody may have written: only printable ASCII goes on. */
static void put_printable(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (; text && text[n] && n + 1 < size; n++) {
        unsigned char c = (unsigned char)text[n];
        out[n] = c < 0x20 || c > 0x7E ? '?' : (char)c;
    }
    out[n] = '\0';
}

/* The list is full, and each kind of fault must be told: the last place of the code that has most. */
static struct dw_finding *make_room(struct dw_findings *findings)
{
    size_t listed[DW_CODE_COUNT] = {0}, most = 0;
    for (size_t i = 0; i < findings->count; i++) {
        size_t code = findings->list[i].code;
        if (++listed[code] > listed[most])
            most = code;
    }
    for (size_t i = findings->count; i-- > 0 && listed[most] > 1;)
        if (findings->list[i].code == most)
            return &findings->list[i];
    return NULL;
}

void dw_findings_add_as(struct dw_findings *findings, enum dw_code code, enum dw_severity severity,
                        const char *place, const char *detail)
{
    findings->seen[code]++;
    findings->errors += severity == DW_SEV_ERROR;
    findings->warnings += severity == DW_SEV_WARNING;
    findings->failed[code] += severity == DW_SEV_ERROR;
    struct dw_finding *f = NULL;
    if (findings->seen[code] <= DW_FINDINGS_PER_CODE && findings->count < DW_FINDINGS_MAX)
        f = &findings->list[findings->count++];
    else
        findings->dropped++;
    if (!f && (findings->seen[code] == 1 || (severity == DW_SEV_ERROR && findings->failed[code] == 1)))
        f = make_room(findings);
    if (!f)
        return;
    f->code = code;
    f->severity = severity;
    put_printable(f->place, sizeof f->place, place);
    put_printable(f->detail, sizeof f->detail, detail);
}

/* What a modality wrote into its objects: bytes are kept as received, so no disc could ever be without it. */
static bool is_of_the_object(enum dw_code code)
{
    return code == DW_FILE_UID || code == DW_DIR_UID || code == DW_FILE_META || code == DW_FILE_ORDER ||
           code == DW_DIR_CHARSET || code == DW_DIR_ITEMS || code == DW_DIR_ITEM_KEY;
}

/* What a profile forbids and the rest of DICOM does not. */
static bool is_of_the_profile(enum dw_code code)
{
    return code == DW_FILE_PROFILE || code == DW_FILE_PROFILE_CLASS || code == DW_FILE_PROFILE_IMAGE ||
           code == DW_DIR_PROFILE_KEY;
}

void dw_findings_add(struct dw_findings *findings, enum dw_code code, const char *place,
                     const char *detail_fmt, ...)
{
    char detail[DW_FINDING_DETAIL_MAX] = "";
    if (detail_fmt) {
        va_list args;
        va_start(args, detail_fmt);
        vsnprintf(detail, sizeof detail, detail_fmt, args); /* cut is right: people read it */
        va_end(args);
    }
    enum dw_severity severity = dw_code_info(code)->severity;
    if ((findings->as_received && is_of_the_object(code)) ||
        (findings->nonconformant && is_of_the_profile(code)))
        severity = DW_SEV_WARNING;
    dw_findings_add_as(findings, code, severity, place, detail);
}

json_t *dw_findings_json(const struct dw_findings *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < 3 * findings->count; i++) {
        const struct dw_finding *f = &findings->list[i % findings->count];
        if (f->severity != DW_SEV_ERROR - i / findings->count)
            continue;
        const struct dw_code_info *info = dw_code_info(f->code);
        char text[320];
        snprintf(text, sizeof text, "%s%s%s", info->sentence, f->detail[0] ? ": " : "", f->detail);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "code", info->code,
                                              "severity", dw_severity_name(f->severity), "place",
                                              f->place, "clause", info->clause, "text", text));
    }
    return list;
}
