/* discwright check: the work task reads the disc (bytes of anybody's making are parsed there, not here), this
 * only asks and prints. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/text.h"
#include "programs/cli/command.h"

enum { EXIT_CONFORMS = 0, EXIT_DOES_NOT = 1, EXIT_COULD_NOT = 2 };

static int usage(FILE *to, int code)
{
    fputs("usage: discwright check [--json] [--profile NAME] [--expect FILE] IMAGE|DIR|DEVICE\n"
          "Judge a patient disc, its image or its folder: ISO 9660, DICOMDIR, every file, IHE PDI, manifest.\n"
          "  --profile NAME  judge by this profile, such as STD-GEN-CD or STD-GEN-DVD-JPEG\n"
          "                  (without it: by the least demanding one that fits)\n"
          "  --expect FILE   compare patient and instances with the expect.json of a job\n"
          "  --json          one object {conforms, profile, findings, files, bytes, ...}\n"
          "Exit code: 0 conforms, 1 does not, 2 could not be checked.\n",
          to);
    return code;
}

struct asking {
    bool json, watched;
    json_t *task;
    const char *source;
};

static dw_status take_path(struct asking *asking, const char *key, const char *value,
                           struct dw_error *err)
{
    if (!value || !value[0] || !dw_text_is_utf8(value, strlen(value)))
        return dw_error_set(err, DW_ERR_INVALID, "%s is missing or not UTF-8", key);
    json_object_set_new(asking->task, key, json_string(value));
    return DW_OK;
}

static dw_status read_options(int argc, char **argv, struct asking *asking, struct dw_error *err)
{
    dw_status st = DW_OK;
    for (int i = 1; i < argc && st == DW_OK; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--json") == 0) {
            asking->json = true;
        } else if (strcmp(argv[i], "--profile") == 0) {
            st = take_path(asking, "profile", value, err);
            i++;
        } else if (strcmp(argv[i], "--expect") == 0) {
            st = take_path(asking, "expect", value, err);
            i++;
        } else if (argv[i][0] == '-' && argv[i][1]) {
            st = dw_error_set(err, DW_ERR_INVALID, "'%s' is not an option of check", argv[i]);
        } else if (asking->source) {
            st = dw_error_set(err, DW_ERR_INVALID, "check judges one disc at a time");
        } else {
            asking->source = argv[i];
            st = take_path(asking, "source", argv[i], err);
        }
    }
    if (st == DW_OK && !asking->source)
        st = dw_error_set(err, DW_ERR_INVALID, "say which image, folder or drive to check");
    return st;
}

/* The report for people comes as a message of its own; progress is shown where somebody watches. */
static dw_status on_message(void *ctx, const struct dw_message *msg, struct dw_error *err)
{
    struct asking *asking = ctx;
    if (strcmp(msg->type, "report") == 0 && msg->blob && !asking->json) {
        if (asking->watched)
            fputs("\r\033[K", stderr);
        if (fwrite(msg->blob, 1, msg->blob_size, stdout) != msg->blob_size)
            return dw_error_set(err, DW_ERR_IO, "write the report");
    }
    if (strcmp(msg->type, "progress") == 0 && asking->watched) {
        int64_t done = dw_json_int(msg->head, "done", 0), total = dw_json_int(msg->head, "total", 0);
        fprintf(stderr, "\rreading %3lld %%",
                (long long)(total > 0 ? (double)done * 100 / (double)total : 0));
    }
    return DW_OK;
}

static int print_result(const struct asking *asking, json_t *result)
{
    bool conforms = json_is_true(json_object_get(result, "conforms"));
    if (asking->json) {
        json_object_del(result, "type");
        json_object_del(result, "status");
        json_object_del(result, "text");
        json_dumpf(result, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
        fputs("\n", stdout);
    }
    if (fflush(stdout) != 0) {
        fputs("discwright: the report could not be written\n", stderr);
        return EXIT_COULD_NOT;
    }
    return conforms ? EXIT_CONFORMS : EXIT_DOES_NOT;
}

int dw_command_check(int argc, char **argv)
{
    struct dw_error err = {0};
    json_t *result = NULL;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    struct asking asking = {.task = json_pack("{s:s, s:s, s:s}", "task", "check", "expect", "",
                                              "profile", "")};
    dw_status st = read_options(argc, argv, &asking, &err);
    if (st != DW_OK) {
        json_decref(asking.task);
        fprintf(stderr, "discwright: %s\n", err.text);
        return EXIT_COULD_NOT;
    }
    asking.watched = isatty(STDERR_FILENO);
    json_object_set_new(asking.task, "report", json_boolean(!asking.json));
    st = dw_task_run(NULL, asking.task, on_message, &asking, &result, &err);
    int code = EXIT_COULD_NOT;
    if (asking.watched)
        fputs("\r\033[K", stderr);
    if (st == DW_OK)
        code = print_result(&asking, result);
    else
        fprintf(stderr, "discwright: check: %s\n", err.text);
    json_decref(result);
    return code;
}
