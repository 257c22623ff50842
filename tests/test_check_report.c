/* How a judgement is told: report, JUnit, explanation, certificate, and what tells one disc from another. */
#include "test.h"
#include "base/channel.h"
#include "check/certificate.h"
#include "check/explain.h"
#include "check/junit.h"
#include "check/report.h"
#include "check/rules.h"

static struct dw_check_result *result_new(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    dw_findings_init(&result->findings);
    dw_text_cut(result->profile, sizeof result->profile, "STD-GEN-CD");
    return result;
}

static json_t *head_of(struct dw_check_result *result)
{
    json_t *head = json_object();
    result->conforms = result->findings.errors == 0;
    dw_check_report_json(result, head);
    return head;
}

static void text_of(const json_t *head, struct dw_buf *text)
{
    dw_buf_init(text, 1024 * 1024);
    dw_check_report_text(head, "disc", text);
    CHECK(!text->failed);
}

static unsigned times(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

static void a_flood_of_one_fault_does_not_hide_another(void)
{
    struct dw_check_result *result = result_new();
    struct dw_buf text;
    for (int code = 0; code < 12; code++)
        for (int i = 0; i < 1000; i++)
            dw_findings_add(&result->findings, (enum dw_code)code, "somewhere", NULL);
    CHECK_INT(result->findings.count, DW_FINDINGS_MAX);
    dw_findings_add(&result->findings, DW_FILE_PATIENT, "/LAST", NULL);
    CHECK_INT(result->findings.count, DW_FINDINGS_MAX);
    json_t *head = head_of(result);
    text_of(head, &text);
    CHECK_HAS(text.data, "[FILE-PATIENT]");
    CHECK_HAS(text.data, "/LAST");
    CHECK_HAS(text.data, "Do not hand out this disc.");
    CHECK_INT(times(text.data, "[ISO-"), 12); /* none was pushed out for it */
    dw_buf_done(&text);
    json_decref(head);
    free(result);
}

static void errors_come_before_warnings_and_notes_last_without_advice(void)
{
    struct dw_check_result *result = result_new();
    struct dw_buf text;
    dw_findings_add(&result->findings, DW_ISO_SVD, "", NULL);
    dw_findings_add(&result->findings, DW_ISO_EAR, "/A", NULL);
    dw_findings_add(&result->findings, DW_MAN_NONE, "", NULL);
    json_t *head = head_of(result);
    text_of(head, &text);
    const char *error = strstr(text.data, "[ISO-EAR]"), *warning = strstr(text.data, "[ISO-SVD]"),
               *note = strstr(text.data, "[MAN-NONE]");
    CHECK(error && warning && note && error < warning && warning < note);
    CHECK(!strstr(text.data, "nothing needs to be done"));
    CHECK(!strstr(text.data, "hand out")); /* no reason to keep it back */
    dw_buf_done(&text);
    json_decref(head);
    free(result);
}

/* The reader of outside bytes is another process: what it sends is text and nothing else. */
static void a_report_sends_no_commands_to_a_terminal(void)
{
    struct dw_check_result *result = result_new();
    struct dw_buf text;
    dw_findings_add(&result->findings, DW_ISO_EAR, "/A", NULL);
    json_t *head = head_of(result);
    json_t *finding = json_array_get(json_object_get(head, "findings"), 0);
    json_object_set_new(finding, "place", json_string("/\x1b[2J\xc2\x9b"));
    json_object_set_new(head, "profile", json_string("\x1b]0;x\x07"));
    text_of(head, &text);
    CHECK(!strpbrk(text.data, "\x1b\x07") && !strstr(text.data, "\xc2\x9b"));
    dw_buf_done(&text);
    json_decref(head);
    free(result);
}

static void every_code_says_why_it_matters(void)
{
    for (int i = 0; i < DW_CODE_COUNT; i++) {
        const char *code = dw_code_info((enum dw_code)i)->code, *why = dw_code_why((enum dw_code)i);
        struct dw_buf text = {0};
        struct dw_error err = {0};
        if (strlen(why) < 20)
            fprintf(stderr, "%s has no sentence in why.c\n", code);
        CHECK(strlen(why) >= 20 && why[strlen(why) - 1] != '.');
        CHECK_OK(dw_check_explain(code, &text, &err), err);
        CHECK_HAS(text.data, code);
        CHECK_HAS(text.data, why);
        CHECK_HAS(text.data, dw_code_info((enum dw_code)i)->advice);
        CHECK_HAS(text.data, dw_code_info((enum dw_code)i)->clause);
        dw_buf_done(&text);
    }
}

static void an_unknown_code_names_the_nearest(void)
{
    struct dw_buf text = {0};
    struct dw_error err = {0};
    CHECK_INT(dw_check_explain("dir-orphn", &text, &err), DW_ERR_NOT_FOUND);
    CHECK_HAS(err.text, "nearest are DIR-ORPHAN,");
    CHECK_INT(dw_check_explain("MANHASH", &text, &err), DW_ERR_NOT_FOUND);
    CHECK_HAS(err.text, "nearest are MAN-HASH,");
    CHECK_INT(dw_check_explain("", &text, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(dw_check_explain("0123456789012345678901234567890123456789", &text, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(text.size, 0);
    CHECK_OK(dw_check_explain("Dir-Orphan", &text, &err), err);
    CHECK_HAS(text.data, "DIR-ORPHAN");
    dw_buf_reset(&text);
    CHECK_OK(dw_check_explain("ALL", &text, &err), err);
    for (int i = 0; i < DW_CODE_COUNT; i++)
        CHECK_HAS(text.data, dw_code_info((enum dw_code)i)->code);
    dw_buf_done(&text);
}

static void junit_has_a_case_for_what_was_judged_and_none_for_the_rest(void)
{
    struct dw_check_result *result = result_new();
    struct dw_buf xml = {0};
    result->plate.is_folder = true;
    dw_findings_add(&result->findings, DW_NAME_LEVEL1, "/<A>&\"B\"'", NULL);
    dw_findings_add(&result->findings, DW_SET_PATIENTS, "", NULL);
    json_t *head = head_of(result);
    dw_check_junit(head, 1.5, &xml);
    CHECK_HAS(xml.data, "/&lt;A&gt;&amp;&quot;B&quot;&#39;");
    CHECK_INT(times(xml.data, "<failure "), 1); /* the warning is none */
    CHECK_INT(times(xml.data, "<system-out>"), 1);
    CHECK(!strstr(xml.data, "\"ISO-") && !strstr(xml.data, "\"UDF-") && !strstr(xml.data, "\"ID-"));
    json_decref(head);
    dw_buf_reset(&xml);
    result->plate = (struct dw_check_nameplate){.has_iso = true, .has_udf = true, .expected = true};
    head = head_of(result);
    dw_check_junit(head, 1.5, &xml);
    CHECK_INT(times(xml.data, "<testcase "), DW_CODE_COUNT);
    json_decref(head);
    dw_buf_reset(&xml);
    result->plate.has_iso = false; /* a Blu-ray disc */
    dw_findings_add(&result->findings, DW_DIR_MISSING, "", NULL);
    head = head_of(result);
    dw_check_junit(head, 1.5, &xml);
    CHECK_INT(times(xml.data, " name=\"ISO-") + times(xml.data, " name=\"BRIDGE-"), 0);
    CHECK_INT(times(xml.data, " name=\"DIR-"), 1);
    json_decref(head);
    dw_buf_done(&xml);
    free(result);
}

static void the_label_is_withheld_when_it_names_the_patient(void)
{
    static const struct {
        const char *label, *name, *id;
        bool withheld;
    } cases[] = {
        {"SMITH_JOHN", "Smith^John", "4711", true},  {"CD_OF_SMITH", "SMITH^J", "4711", true},
        {"P4711", "Smith^John", "4711", true},       {"D20261121", "Smith^John", "4711", false},
        {"DISC_J", "Smith^J", "1", false},           {"LI_2026", "Li^Wei", "4711", true},
        {"", "Smith^John", "4711", false},           {"D20261121", "", "", true}, /* nobody can tell */
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct dw_judge *judge = calloc(1, sizeof *judge);
        judge->result = result_new();
        dw_text_cut(judge->result->plate.label, sizeof judge->result->plate.label, cases[i].label);
        dw_nameplate_patient(judge, cases[i].name, cases[i].id);
        dw_nameplate_end(judge);
        CHECK(judge->result->plate.label_withheld == cases[i].withheld);
        CHECK_STR(judge->result->plate.label, cases[i].withheld ? "" : cases[i].label);
        free(judge->result);
        free(judge);
    }
}

static void the_certificate_is_drawn_whatever_the_head_says(void)
{
    struct dw_check_result *result = result_new();
    struct dw_buf pdf = {0};
    struct dw_error err = {0};
    for (int i = 0; i < DW_CODE_COUNT; i++)
        dw_findings_add(&result->findings, (enum dw_code)i, "/A", NULL);
    json_t *head = head_of(result);
    json_object_set_new(head, "label", json_string("<b>\x1b\xc3\xa4"));
    CHECK_OK(dw_certificate_draw(head, "2026-01-02T03:04:05Z", &pdf, &err), err);
    CHECK(pdf.size > 1000 && memcmp(pdf.data, "%PDF-", 5) == 0);
    json_decref(head);
    head = json_object();
    dw_buf_reset(&pdf);
    CHECK_OK(dw_certificate_draw(head, "", &pdf, &err), err);
    dw_buf_done(&pdf);
    dw_buf_init(&pdf, 100); /* no room: an error, not half a page */
    CHECK(dw_certificate_draw(head, "", &pdf, &err) != DW_OK);
    dw_buf_done(&pdf);
    json_decref(head);
    free(result);
}

TESTS(TEST(a_flood_of_one_fault_does_not_hide_another),
          TEST(errors_come_before_warnings_and_notes_last_without_advice),
          TEST(a_report_sends_no_commands_to_a_terminal),
          TEST(every_code_says_why_it_matters),
          TEST(an_unknown_code_names_the_nearest),
          TEST(junit_has_a_case_for_what_was_judged_and_none_for_the_rest),
          TEST(the_label_is_withheld_when_it_names_the_patient),
          TEST(the_certificate_is_drawn_whatever_the_head_says))
