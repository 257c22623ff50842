#include <string.h>
#include "base/channel.h"
#include "check/report.h"

#define PLACES_SHOWN 3

static json_t *counts_json(const uint64_t counts[DW_CODE_COUNT])
{
    json_t *out = json_object();
    for (int code = 0; code < DW_CODE_COUNT; code++)
        if (counts[code])
            json_object_set_new(out, dw_code_info((enum dw_code)code)->code,
                                json_integer((json_int_t)counts[code]));
    return out;
}

static void add_nameplate(const struct dw_check_nameplate *plate, json_t *head)
{
    json_object_set_new(head, "source_kind", json_string(plate->is_folder ? "folder" : "image"));
    json_object_set_new(head, "label", json_string(plate->label));
    json_object_set_new(head, "label_withheld", json_boolean(plate->label_withheld));
    json_object_set_new(head, "fileset_uid", json_string(plate->fileset_uid));
    json_object_set_new(head, "size_bytes", json_integer((json_int_t)plate->size_bytes));
    json_object_set_new(head, "has_iso", json_boolean(plate->has_iso));
    json_object_set_new(head, "has_udf", json_boolean(plate->has_udf));
    json_object_set_new(head, "expected", json_boolean(plate->expected));
}

void dw_check_report_json(const struct dw_check_result *result, json_t *head)
{
    const struct dw_findings *found = &result->findings;
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
    json_object_set_new(head, "counts", counts_json(found->seen));
    json_object_set_new(head, "error_counts", counts_json(found->failed));
    json_object_set_new(head, "dropped", json_integer((json_int_t)found->dropped));
    add_nameplate(&result->plate, head);
}

/* The head may come over a channel from a program that read hostile bytes. */
static void add_plain(struct dw_buf *out, const char *text)
{
    for (; *text; text++) {
        char c = (unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7F ? '?' : *text;
        dw_buf_add(out, &c, 1);
    }
}

static json_int_t count_of(const json_t *head, const char *code)
{
    return json_integer_value(json_object_get(json_object_get(head, "counts"), code));
}

enum dw_severity dw_check_report_severity(const json_t *head, enum dw_code code)
{
    const char *name = dw_code_info(code)->code;
    const json_t *finding;
    size_t i;
    enum dw_severity worst = DW_SEV_NOTE;
    json_array_foreach(json_object_get(head, "findings"), i, finding)
    {
        if (strcmp(dw_json_text(finding, "code"), name) != 0)
            continue;
        const char *severity = dw_json_text(finding, "severity");
        if (strcmp(severity, dw_severity_name(DW_SEV_ERROR)) == 0)
            return DW_SEV_ERROR;
        if (strcmp(severity, dw_severity_name(DW_SEV_WARNING)) == 0)
            worst = DW_SEV_WARNING;
    }
    return worst;
}

static void add_place(struct dw_buf *out, const struct dw_code_info *info, const json_t *finding)
{
    const char *place = dw_json_text(finding, "place"), *text = dw_json_text(finding, "text");
    size_t said = strlen(info->sentence);
    const char *detail = strncmp(text, info->sentence, said) == 0 ? text + said : text;
    detail += strspn(detail, ": ");
    if (!place[0] && !detail[0])
        return;
    dw_buf_add_text(out, "             ");
    add_plain(out, place);
    dw_buf_add_text(out, place[0] && detail[0] ? ": " : "");
    add_plain(out, detail);
    dw_buf_add_text(out, "\n");
}

static void add_code(struct dw_buf *out, const json_t *head, enum dw_code code)
{
    const struct dw_code_info *info = dw_code_info(code);
    json_int_t shown = 0, total = count_of(head, info->code);
    const json_t *finding;
    size_t i;
    dw_buf_addf(out, "  %-7s  %s (%s)  [%s]\n", dw_severity_name(dw_check_report_severity(head, code)),
                info->sentence, info->clause, info->code);
    json_array_foreach(json_object_get(head, "findings"), i, finding)
    {
        if (strcmp(dw_json_text(finding, "code"), info->code) == 0 && shown++ < PLACES_SHOWN)
            add_place(out, info, finding);
    }
    if (total > PLACES_SHOWN)
        dw_buf_addf(out, "             and %lld more\n", (long long)(total - PLACES_SHOWN));
    dw_buf_addf(out, "             -> %s\n", info->advice);
}

/* Errors before warnings. Notes ask for nothing and come together at the end. */
static void add_area(struct dw_buf *out, const json_t *head, enum dw_check_area area)
{
    bool titled = false;
    for (int severity = DW_SEV_ERROR; severity >= DW_SEV_WARNING; severity--)
        for (int i = 0; i < DW_CODE_COUNT; i++) {
            enum dw_code code = (enum dw_code)i;
            if (dw_code_info(code)->area != area || count_of(head, dw_code_info(code)->code) == 0 ||
                dw_check_report_severity(head, code) != (enum dw_severity)severity)
                continue;
            if (!titled)
                dw_buf_addf(out, "\n%s\n", dw_area_name(area));
            titled = true;
            add_code(out, head, code);
        }
}

static void add_first_place(struct dw_buf *out, const json_t *head, const struct dw_code_info *info)
{
    const json_t *finding;
    size_t i;
    json_array_foreach(json_object_get(head, "findings"), i, finding)
    {
        if (strcmp(dw_json_text(finding, "code"), info->code) != 0)
            continue;
        add_place(out, info, finding);
        return;
    }
}

static void add_notes(struct dw_buf *out, const json_t *head)
{
    bool titled = false;
    for (int i = 0; i < DW_CODE_COUNT; i++) {
        const struct dw_code_info *info = dw_code_info((enum dw_code)i);
        if (count_of(head, info->code) == 0 ||
            dw_check_report_severity(head, (enum dw_code)i) != DW_SEV_NOTE)
            continue;
        dw_buf_addf(out, "%s  note     %s  [%s]\n", titled ? "" : "\nNoted\n", info->sentence, info->code);
        titled = true;
        add_first_place(out, head, info);
    }
}

/* What is wrong may be mended in the next disc, but some of it must not reach anybody. */
static bool must_be_kept_back(const json_t *head)
{
    for (int i = 0; i < DW_CODE_COUNT; i++)
        if (dw_code_keeps_back((enum dw_code)i) && count_of(head, dw_code_info((enum dw_code)i)->code) > 0 &&
            dw_check_report_severity(head, (enum dw_code)i) == DW_SEV_ERROR)
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
    for (int area = 0; area < DW_AREA_COUNT; area++)
        add_area(out, head, (enum dw_check_area)area);
    add_notes(out, head);
    long long errors = dw_json_int(head, "errors", 0), warnings = dw_json_int(head, "warnings", 0);
    if (json_is_true(json_object_get(head, "nonconformant")))
        dw_buf_add_text(out, "\nThe disc declares itself non-conformant: what only its profile forbids is a "
                             "warning.\n");
    dw_buf_addf(out, "\n%s ", json_is_true(json_object_get(head, "conforms")) ? "Conforms to"
                                                                              : "Does not conform to");
    add_plain(out, dw_json_text(head, "profile"));
    dw_buf_addf(out, "%s: %lld error%s, %lld warning%s\n",
                json_is_true(json_object_get(head, "profile_inferred")) ? " (not named by the disc)" : "",
                errors, errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
    if (must_be_kept_back(head))
        dw_buf_add_text(out, "Do not hand out this disc.\n");
    if (errors > 0 || warnings > 0)
        dw_buf_add_text(out, "discwright check --explain CODE says why a finding matters.\n");
}
