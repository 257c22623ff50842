/* `discwright label`: a label to look at, or to print by hand. The work task draws it, as it does
 * for the appliance: templates and fonts stay out of this process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "base/text.h"
#include "programs/command.h"

#define NAME_MAX_BYTES 32

static int fail(dw_status st, const struct dw_error *err)
{
    fprintf(stderr, "discwright: %s\n", err->text);
    return dw_status_exit_code(st);
}

static void help(void)
{
    /* tests/test_label.c compares this list with dw_label_names(). */
    printf(
        "Usage: discwright label --template FILE [--set NAME=VALUE]... --out FILE.png|.pdf|.jpg\n"
        "Fill a label template and write the picture of a 120 mm disc at 300 dpi.\n\n"
        "  --template FILE    SVG template, or the name of an installed one: standard\n"
        "  --set NAME=VALUE   a value of the label; what is not set stays empty\n"
        "  --sample           invented values for everything that is not set\n"
        "  --inner-mm N       where the printable ring begins, diameter in mm (15 to 50)\n"
        "  --outer-mm N       where it ends (70 to 120)\n"
        "  --white            white instead of transparent around the label (.jpg always is)\n"
        "  --out FILE         what to write; the ending says how\n\n"
        "Names: PATIENT_NAME PATIENT_ID BIRTH_DATE SEX INSTITUTION CONTACT STUDY_DATES\n"
        "STUDY_DESCRIPTIONS MODALITIES ACCESSION REFERRING DISC_N DISC_OF JOB CREATED CONTENT\n"
        "FILESET_ID SUPPLEMENT NONCONFORMANT. JOB is printable ASCII, at most 20 characters: it\n"
        "becomes the barcode.\n");
}

struct args {
    json_t *task, *values;
};

static dw_status set_text(json_t *object, const char *key, const char *what, const char *text,
                          struct dw_error *err)
{
    if (!dw_text_is_utf8(text, strlen(text)))
        return dw_error_set(err, DW_ERR_INVALID, "label: %s is not UTF-8", what);
    if (json_object_set_new(object, key, json_string(text)) != 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    return DW_OK;
}

static dw_status add_value(struct args *args, const char *text, struct dw_error *err)
{
    char name[NAME_MAX_BYTES];
    const char *equals = strchr(text, '=');
    if (!equals)
        return dw_error_set(err, DW_ERR_INVALID, "label: --set needs NAME=VALUE");
    if (!dw_text_format(name, sizeof name, "%.*s", (int)(equals - text), text))
        return dw_error_set(err, DW_ERR_INVALID, "label: no value has so long a name");
    if (!dw_text_is_utf8(name, strlen(name)))
        return dw_error_set(err, DW_ERR_INVALID, "label: the name of a value is not UTF-8");
    return set_text(args->values, name, name, equals + 1, err);
}

static dw_status add_mm(struct args *args, const char *option, const char *key, const char *text,
                        struct dw_error *err)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text || *end || !(number > 0 && number <= 200))
        return dw_error_set(err, DW_ERR_INVALID, "label: %s '%.40s' is not a number of millimetres",
                            option, text);
    if (json_object_set_new(args->task, key, json_real(number)) != 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    return DW_OK;
}

/* Options with a value behind them. */
static dw_status parse_pair(struct args *args, const char *option, const char *value,
                            struct dw_error *err)
{
    if (strcmp(option, "--template") == 0)
        return set_text(args->task, "template", option, value, err);
    if (strcmp(option, "--out") == 0)
        return set_text(args->task, "out", option, value, err);
    if (strcmp(option, "--set") == 0)
        return add_value(args, value, err);
    if (strcmp(option, "--inner-mm") == 0)
        return add_mm(args, option, "inner_mm", value, err);
    return add_mm(args, option, "outer_mm", value, err);
}

static dw_status parse(int argc, char **argv, struct args *args, struct dw_error *err)
{
    static const char *const pairs[] = {"--template", "--out", "--set", "--inner-mm", "--outer-mm"};
    for (int i = 1; i < argc; i++) {
        size_t pair = 0;
        while (pair < DW_ARRAY_LEN(pairs) && strcmp(argv[i], pairs[pair]) != 0)
            pair++;
        if (strcmp(argv[i], "--sample") == 0 || strcmp(argv[i], "--white") == 0) {
            json_object_set_new(args->task, argv[i] + 2, json_true());
        } else if (pair == DW_ARRAY_LEN(pairs)) {
            return dw_error_set(err, DW_ERR_INVALID,
                                "label: unknown option '%.60s', see discwright label --help",
                                argv[i]);
        } else if (i + 1 == argc) {
            return dw_error_set(err, DW_ERR_INVALID, "label: %s needs a value", argv[i]);
        } else {
            dw_status st = parse_pair(args, argv[i], argv[i + 1], err);
            if (st != DW_OK)
                return st;
            i++;
        }
    }
    if (!*dw_json_text(args->task, "template") || !*dw_json_text(args->task, "out"))
        return dw_error_set(err, DW_ERR_INVALID,
                            "label: --template and --out are needed, see discwright label --help");
    return DW_OK;
}

int dw_command_label(int argc, char **argv)
{
    struct dw_error err = {0};
    struct args args;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) {
            help();
            return 0;
        }
    args.task = json_pack("{s:s, s:{}}", "task", "label", "values");
    args.values = json_object_get(args.task, "values");
    dw_status st = args.task ? parse(argc, argv, &args, &err)
                             : dw_error_set(&err, DW_ERR_INTERNAL, "out of memory");
    if (st == DW_OK)
        st = dw_task_run(NULL, json_incref(args.task), NULL, NULL, NULL, &err);
    json_decref(args.task);
    return st == DW_OK ? 0 : fail(st, &err);
}
