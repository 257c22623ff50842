/* discwright check: the work task reads the disc (bytes of anybody's making are parsed there, not here), this
 * only asks and prints. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/primer.h"
#include "base/text.h"
#include "check/explain.h"
#include "check/junit.h"
#include "check/report.h"
#include "programs/command.h"

enum { EXIT_CONFORMS = 0, EXIT_DOES_NOT = 1, EXIT_COULD_NOT = 2 };
#define REPORT_BYTES_MAX (1024 * 1024)

static int usage(FILE *to, int code)
{
    fputs("usage: discwright check [OPTION]... IMAGE|DIR|DEVICE\n"
          "       discwright check --explain CODE|all\n"
          "Judge a patient disc, its image or its folder: ISO 9660, UDF, DICOMDIR, every file, IHE PDI, manifest.\n"
          "  --profile NAME     judge by this profile, such as STD-GEN-CD or STD-GEN-DVD-JPEG\n"
          "                     (without it: by the least demanding one that fits)\n"
          "  --expect FILE      compare patient and instances with the expect.json of a job\n"
          "                     (--expect-job FILE is the same)\n"
          "  --json             one object {conforms, profile, findings, files, bytes, ...}\n"
          "  --junit FILE       also write JUnit XML, for build servers; - for standard output\n"
          "  --certificate FILE also write one page A4 as PDF; it names no patient\n"
          "  --explain CODE     what a code means, why it matters and what to do; needs no disc\n"
          "Exit code: 0 conforms, 1 does not, 2 could not be checked.\n",
          to);
    return code;
}

struct asking {
    bool json, watched;
    json_t *task;
    dw_primer *primer; /* an image is read from the start on, not only when the judge knows where its files lie */
    const char *source, *junit, *certificate, *explain;
};

static dw_status take_text(struct asking *asking, const char *option, const char *value,
                           struct dw_error *err)
{
    static const struct {
        const char *option, *key;
    } keys[] = {{"--profile", "profile"}, {"--expect", "expect"}, {"--expect-job", "expect"}};
    if (!value || !value[0] || !dw_text_is_utf8(value, strlen(value)))
        return dw_error_set(err, DW_ERR_INVALID, "%s: its value is missing or not UTF-8", option);
    for (size_t i = 0; i < DW_ARRAY_LEN(keys); i++)
        if (strcmp(option, keys[i].option) == 0)
            json_object_set_new(asking->task, keys[i].key, json_string(value));
    if (strcmp(option, "--junit") == 0)
        asking->junit = value;
    if (strcmp(option, "--certificate") == 0)
        asking->certificate = value;
    if (strcmp(option, "--explain") == 0)
        asking->explain = value;
    return DW_OK;
}

static bool takes_value(const char *option)
{
    static const char *const options[] = {"--profile", "--expect",      "--expect-job",
                                          "--junit",   "--certificate", "--explain"};
    for (size_t i = 0; i < DW_ARRAY_LEN(options); i++)
        if (strcmp(option, options[i]) == 0)
            return true;
    return false;
}

static dw_status take_source(struct asking *asking, const char *source, struct dw_error *err)
{
    if (asking->source)
        return dw_error_set(err, DW_ERR_INVALID, "check judges one disc at a time");
    if (!source[0] || !dw_text_is_utf8(source, strlen(source)))
        return dw_error_set(err, DW_ERR_INVALID, "the name of what to check is empty or not UTF-8");
    asking->source = source;
    json_object_set_new(asking->task, "source", json_string(source));
    return DW_OK;
}

static dw_status read_options(int argc, char **argv, struct asking *asking, struct dw_error *err)
{
    dw_status st = DW_OK;
    for (int i = 1; i < argc && st == DW_OK; i++) {
        if (strcmp(argv[i], "--json") == 0)
            asking->json = true;
        else if (takes_value(argv[i])) {
            st = take_text(asking, argv[i], i + 1 < argc ? argv[i + 1] : NULL, err);
            i++;
        } else if (argv[i][0] == '-' && argv[i][1])
            st = dw_error_set(err, DW_ERR_INVALID, "'%s' is not an option of check", argv[i]);
        else
            st = take_source(asking, argv[i], err);
    }
    if (st != DW_OK)
        return st;
    if (asking->explain && argc > 3)
        return dw_error_set(err, DW_ERR_INVALID, "--explain stands alone: it needs no disc");
    if (!asking->source && !asking->explain)
        return dw_error_set(err, DW_ERR_INVALID, "say which image, folder or drive to check");
    if (asking->json && asking->junit && strcmp(asking->junit, "-") == 0)
        return dw_error_set(err, DW_ERR_INVALID, "--json and --junit - both want standard output");
    return DW_OK;
}

static dw_status on_message(void *ctx, const struct dw_message *msg, struct dw_error *err)
{
    const struct asking *asking = ctx;
    (void)err;
    dw_primer_hurry(asking->primer);
    if (strcmp(msg->type, "progress") == 0 && asking->watched) {
        int64_t done = dw_json_int(msg->head, "done", 0), total = dw_json_int(msg->head, "total", 0);
        fprintf(stderr, "\rreading %3lld %%",
                (long long)(total > 0 ? (double)done * 100 / (double)total : 0));
    }
    return DW_OK;
}

static dw_status print(const struct dw_buf *text, struct dw_error *err)
{
    if (fwrite(text->data, 1, text->size, stdout) != text->size || fflush(stdout) != 0)
        return dw_error_set(err, DW_ERR_IO, "the report could not be written");
    return DW_OK;
}

static dw_status print_json(json_t *result, struct dw_error *err)
{
    json_object_del(result, "type");
    json_object_del(result, "status");
    json_object_del(result, "text");
    if (json_dumpf(result, stdout, JSON_INDENT(1) | JSON_SORT_KEYS) != 0 || fputs("\n", stdout) < 0 ||
        fflush(stdout) != 0)
        return dw_error_set(err, DW_ERR_IO, "the report could not be written");
    return DW_OK;
}

static dw_status give_junit(const struct asking *asking, const json_t *result, double seconds,
                            struct dw_error *err)
{
    struct dw_buf xml;
    dw_buf_init(&xml, REPORT_BYTES_MAX);
    dw_check_junit(result, seconds, &xml);
    dw_status st = dw_buf_check(&xml, "the JUnit report", err);
    if (st == DW_OK)
        st = strcmp(asking->junit, "-") == 0 ? print(&xml, err)
                                             : dw_file_save(NULL, asking->junit, xml.data, xml.size, err);
    dw_buf_done(&xml);
    return st;
}

/* Places and details stay here: file names of a disc may name its patient. */
static json_t *without_places(const json_t *result)
{
    json_t *copy = json_deep_copy(result), *finding;
    size_t i;
    json_array_foreach(json_object_get(copy, "findings"), i, finding)
    {
        json_object_del(finding, "place");
        json_object_del(finding, "text");
    }
    return copy;
}

static dw_status give_certificate(const struct asking *asking, const json_t *result, struct dw_error *err)
{
    char when[32];
    const struct dw_clock clock = dw_clock_system();
    dw_time_iso8601(dw_clock_wall_us(&clock), when, sizeof when);
    json_t *task = json_pack("{s:s, s:s, s:s, s:o}", "task", "certificate", "out", asking->certificate,
                             "judged_at", when, "judgement", without_places(result));
    if (!task)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    return dw_task_run(NULL, task, NULL, NULL, NULL, err);
}

static dw_status give_text(const struct asking *asking, const json_t *result, struct dw_error *err)
{
    struct dw_buf text;
    dw_buf_init(&text, REPORT_BYTES_MAX);
    dw_check_report_text(result, asking->source, &text);
    dw_status st = dw_buf_check(&text, "the report", err);
    if (st == DW_OK)
        st = print(&text, err);
    dw_buf_done(&text);
    return st;
}

static dw_status give_all(const struct asking *asking, json_t *result, double seconds, struct dw_error *err)
{
    dw_status st = DW_OK;
    if (asking->certificate)
        st = give_certificate(asking, result, err);
    if (st == DW_OK && asking->junit)
        st = give_junit(asking, result, seconds, err);
    if (st == DW_OK && asking->json)
        return print_json(result, err);
    if (st == DW_OK && !(asking->junit && strcmp(asking->junit, "-") == 0))
        return give_text(asking, result, err);
    return st;
}

static dw_status judge(struct asking *asking, bool *conforms, struct dw_error *err)
{
    json_t *result = NULL;
    const struct dw_clock clock = dw_clock_system();
    int64_t started_us = dw_clock_mono_us(&clock);
    asking->watched = isatty(STDERR_FILENO);
    json_object_set_new(asking->task, "digest", json_boolean(asking->certificate != NULL));
    asking->primer = dw_primer_start(asking->source);
    dw_status st = dw_task_run(NULL, json_incref(asking->task), on_message, asking, &result, err);
    dw_primer_stop(asking->primer);
    if (asking->watched)
        fputs("\r\033[K", stderr);
    if (st == DW_OK) {
        *conforms = json_is_true(json_object_get(result, "conforms"));
        double seconds = (double)(dw_clock_mono_us(&clock) - started_us) / 1e6;
        st = give_all(asking, result, seconds, err);
    }
    json_decref(result);
    return st;
}

static dw_status explain(const char *code, struct dw_error *err)
{
    struct dw_buf text;
    dw_buf_init(&text, REPORT_BYTES_MAX);
    dw_status st = dw_check_explain(code, &text, err);
    if (st == DW_OK)
        st = print(&text, err);
    dw_buf_done(&text);
    return st;
}

int dw_command_check(int argc, char **argv)
{
    struct dw_error err = {0};
    bool conforms = true;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    struct asking asking = {.task = json_pack("{s:s, s:s, s:s}", "task", "check", "expect", "",
                                              "profile", "")};
    dw_status st = read_options(argc, argv, &asking, &err);
    if (st == DW_OK)
        st = asking.explain ? explain(asking.explain, &err) : judge(&asking, &conforms, &err);
    json_decref(asking.task);
    if (st != DW_OK) {
        fprintf(stderr, "discwright: check: %s\n", err.text);
        return EXIT_COULD_NOT;
    }
    return conforms ? EXIT_CONFORMS : EXIT_DOES_NOT;
}
