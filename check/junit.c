#include <string.h>
#include "base/channel.h"
#include "check/finding.h"
#include "check/junit.h"

struct tally {
    unsigned cases, failures;
};

static json_int_t number_of(const json_t *head, const char *key, const char *code)
{
    return json_integer_value(json_object_get(json_object_get(head, key), code));
}

static bool begins(const char *code, const char *with)
{
    return strncmp(code, with, strlen(with)) == 0;
}

/* Whatever was found was judged; else what the disc and the question gave occasion for. */
static bool was_judged(const json_t *head, const struct dw_code_info *info)
{
    bool is_folder = strcmp(dw_json_text(head, "source_kind"), "folder") == 0;
    bool has_iso = json_is_true(json_object_get(head, "has_iso"));
    bool has_udf = json_is_true(json_object_get(head, "has_udf"));
    if (number_of(head, "counts", info->code) > 0)
        return true;
    if (info->area == DW_AREA_VOLUME && is_folder)
        return false;
    if (begins(info->code, "ISO-"))
        return has_iso;
    if (begins(info->code, "UDF-"))
        return has_udf;
    if (begins(info->code, "BRIDGE-"))
        return has_iso && has_udf;
    if (info->area == DW_AREA_DIRECTORY)
        return number_of(head, "counts", "DIR-MISSING") == 0;
    if (begins(info->code, "ID-"))
        return json_is_true(json_object_get(head, "expected"));
    if (info->area == DW_AREA_MANIFEST)
        return number_of(head, "counts", "MAN-NONE") == 0;
    return true;
}

/* Escaped. Findings are printable ASCII; whatever else arrives may be what XML 1.0 (2.2) cannot write. */
static void add_xml(struct dw_buf *out, const char *text)
{
    char plain[512];
    dw_text_cut(plain, sizeof plain, text);
    for (char *p = plain; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F)
            *p = '?';
    dw_buf_add_html(out, plain);
}

/* A line for each place that the head tells of; the rest as a number. */
static void add_places(struct dw_buf *out, const json_t *head, const char *code)
{
    const json_t *finding;
    size_t i;
    json_int_t told = 0, total = number_of(head, "counts", code);
    json_array_foreach(json_object_get(head, "findings"), i, finding)
    {
        if (strcmp(dw_json_text(finding, "code"), code) != 0)
            continue;
        const char *place = dw_json_text(finding, "place");
        add_xml(out, dw_json_text(finding, "severity"));
        dw_buf_add_text(out, ": ");
        add_xml(out, place);
        dw_buf_add_text(out, place[0] ? ": " : "");
        add_xml(out, dw_json_text(finding, "text"));
        dw_buf_add_text(out, "\n");
        told++;
    }
    if (total > told)
        dw_buf_addf(out, "and %lld more\n", (long long)(total - told));
}

static void add_case(struct dw_buf *out, const json_t *head, const struct dw_code_info *info)
{
    bool found = number_of(head, "counts", info->code) > 0;
    bool failed = number_of(head, "error_counts", info->code) > 0;
    dw_buf_add_text(out, "    <testcase classname=\"discwright.");
    add_xml(out, dw_area_name(info->area));
    dw_buf_addf(out, "\" name=\"%s\"", info->code);
    if (!found) {
        dw_buf_add_text(out, "/>\n");
        return;
    }
    dw_buf_add_text(out, ">\n");
    if (failed) {
        dw_buf_addf(out, "      <failure type=\"%s\" message=\"", info->code);
        add_xml(out, info->sentence);
        dw_buf_add_text(out, " (");
        add_xml(out, info->clause);
        dw_buf_add_text(out, ")");
        dw_buf_add_text(out, "\">");
    } else {
        dw_buf_add_text(out, "      <system-out>");
    }
    add_places(out, head, info->code);
    dw_buf_add_text(out, "to do: ");
    add_xml(out, info->advice);
    dw_buf_addf(out, "</%s>\n    </testcase>\n", failed ? "failure" : "system-out");
}

static struct tally count_cases(const json_t *head, int area)
{
    struct tally tally = {0, 0};
    for (int i = 0; i < DW_CODE_COUNT; i++) {
        const struct dw_code_info *info = dw_code_info((enum dw_code)i);
        if ((area < 0 || info->area == (enum dw_check_area)area) && was_judged(head, info)) {
            tally.cases++;
            tally.failures += number_of(head, "error_counts", info->code) > 0;
        }
    }
    return tally;
}

static void add_suite(struct dw_buf *out, const json_t *head, enum dw_check_area area)
{
    struct tally tally = count_cases(head, (int)area);
    if (tally.cases == 0)
        return;
    dw_buf_add_text(out, "  <testsuite name=\"");
    add_xml(out, dw_area_name(area));
    dw_buf_addf(out, "\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"0\">\n", tally.cases,
                tally.failures);
    for (int i = 0; i < DW_CODE_COUNT; i++) {
        const struct dw_code_info *info = dw_code_info((enum dw_code)i);
        if (info->area == area && was_judged(head, info))
            add_case(out, head, info);
    }
    dw_buf_add_text(out, "  </testsuite>\n");
}

void dw_check_junit(const json_t *head, double seconds, struct dw_buf *out)
{
    struct tally all = count_cases(head, -1);
    dw_buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"discwright check ");
    add_xml(out, dw_json_text(head, "profile"));
    dw_buf_addf(out, "\" tests=\"%u\" failures=\"%u\" errors=\"0\" time=\"%.3f\">\n", all.cases, all.failures,
                seconds);
    for (int area = 0; area < DW_AREA_COUNT; area++)
        add_suite(out, head, (enum dw_check_area)area);
    dw_buf_add_text(out, "</testsuites>\n");
}
