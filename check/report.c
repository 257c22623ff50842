#include <string.h>
#include "base/channel.h"
#include "check/report.h"

#define PLACES_SHOWN 3

void dw_check_report_json(const struct dw_check_result *result, json_t *head)
{
    const struct dw_findings *found = &result->findings;
    json_t *counts = json_object();
    for (int code = 0; code < DW_CODE_COUNT; code++)
        if (found->seen[code])
            json_object_set_new(counts, dw_code_info((enum dw_code)code)->code,
                                json_integer((json_int_t)found->seen[code]));
    json_object_set_new(head, "conforms", json_boolean(result->conforms));
    json_object_set_new(head, "profile", json_string(result->profile));
    json_object_set_new(head, "profile_inferred", json_boolean(result->profile_inferred));
    json_object_set_new(head, "nonconformant", json_boolean(result->nonconformant));
    json_object_set_new(head, "files", json_integer((json_int_t)result->files));
    json_object_set_new(head, "dicom_files", json_integer((json_int_t)result->dicom_files));
    json_object_set_new(head, "records", json_integer((json_int_t)result->records));
    json_object_set_new(head, "bytes", json_integer((json_int_t)result->bytes));
    json_object_set_new(head, "errors", json_integer((json_int_t)found->errors));
    json_object_set_new(head, "warnings", json_integer((json_int_t)found->warnings));
    json_object_set_new(head, "findings", dw_findings_json(found));
    json_object_set_new(head, "counts", counts);
    json_object_set_new(head, "dropped", json_integer((json_int_t)found->dropped));
}

/* The head may come over a channel from a program that read hostile bytes. */
static void add_plain(struct dw_buf *out, const char *text)
{
    for (; *text; text++) {
        char c = (unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text;
        dw_buf_add(out, &c, 1);
    }
}

static json_int_t count_of(const json_t *head, const char *code)
{
    return json_integer_value(json_object_get(json_object_get(head, "counts"), code));
}

static void add_code(struct dw_buf *out, const json_t *head, const struct dw_code_info *info)
{
    const json_t *findings = json_object_get(head, "findings");
    json_int_t shown = 0, total = count_of(head, info->code);
    const json_t *finding;
    size_t i;
    json_array_foreach(findings, i, finding)
    {
        if (strcmp(dw_json_text(finding, "code"), info->code) != 0)
            continue;
        if (shown == 0) {
            dw_buf_addf(out, "  %-7s  %s%s%s%s  [%s]\n", dw_json_text(finding, "severity"),
                        info->sentence, info->clause[0] ? " (" : "", info->clause,
                        info->clause[0] ? ")" : "", info->code);
        }
        if (shown++ >= PLACES_SHOWN)
            continue;
        const char *place = dw_json_text(finding, "place"), *text = dw_json_text(finding, "text");
        size_t said = strlen(info->sentence);
        const char *detail = strncmp(text, info->sentence, said) == 0 ? text + said : text;
        detail += strspn(detail, ": ");
        if (!place[0] && !detail[0])
            continue;
        dw_buf_add_text(out, "             ");
        add_plain(out, place);
        dw_buf_add_text(out, place[0] && detail[0] ? ": " : "");
        add_plain(out, detail);
        dw_buf_add_text(out, "\n");
    }
    if (shown == 0)
        return;
    if (total > PLACES_SHOWN)
        dw_buf_addf(out, "             and %lld more\n", (long long)(total - PLACES_SHOWN));
    dw_buf_addf(out, "             -> %s\n", info->advice);
}

static bool area_has_any(const json_t *head, enum dw_check_area area)
{
    for (int code = 0; code < DW_CODE_COUNT; code++)
        if (dw_code_info((enum dw_code)code)->area == area &&
            count_of(head, dw_code_info((enum dw_code)code)->code))
            return true;
    return false;
}

void dw_check_report_text(const json_t *head, const char *source, struct dw_buf *out)
{
    add_plain(out, source);
    dw_buf_addf(out, ": %lld files, %lld of them DICOM, %lld directory records, %lld bytes\n",
                (long long)dw_json_int(head, "files", 0),
                (long long)dw_json_int(head, "dicom_files", 0),
                (long long)dw_json_int(head, "records", 0),
                (long long)dw_json_int(head, "bytes", 0));
    for (int area = 0; area < DW_AREA_COUNT; area++) {
        if (!area_has_any(head, (enum dw_check_area)area))
            continue;
        dw_buf_addf(out, "\n%s\n", dw_area_name((enum dw_check_area)area));
        for (int code = 0; code < DW_CODE_COUNT; code++)
            if (dw_code_info((enum dw_code)code)->area == (enum dw_check_area)area &&
                count_of(head, dw_code_info((enum dw_code)code)->code))
                add_code(out, head, dw_code_info((enum dw_code)code));
    }
    bool conforms = json_is_true(json_object_get(head, "conforms"));
    long long errors = dw_json_int(head, "errors", 0), warnings = dw_json_int(head, "warnings", 0);
    if (json_is_true(json_object_get(head, "nonconformant")))
        dw_buf_add_text(out, "\nThe disc declares itself non-conformant: what only its profile forbids is a "
                             "warning.\n");
    dw_buf_addf(out, "\n%s %s%s: %lld error%s, %lld warning%s\n",
                conforms ? "Conforms to" : "Does not conform to", dw_json_text(head, "profile"),
                json_is_true(json_object_get(head, "profile_inferred")) ? " (not named by the disc)"
                                                                        : "",
                errors, errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}
