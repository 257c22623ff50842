/* `discwright label`: a label to look at, or to print by hand. Same code as the appliance's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "layout/label/label.h"
#include "programs/cli/command.h"

#define VALUES_MAX 64

static int fail(dw_status st, const struct dw_error *err)
{
    fprintf(stderr, "discwright: %s\n", err->text);
    return dw_status_exit_code(st);
}

static void help(void)
{
    size_t count;
    const struct dw_label_name *names = dw_label_names(&count);
    printf(
        "Usage: discwright label --template FILE [--set NAME=VALUE]... --out FILE.png|.pdf|.jpg\n"
        "Fill a label template and write the picture of a 120 mm disc at 300 dpi.\n\n"
        "  --template FILE    SVG template, or the name of an installed one: standard\n"
        "  --set NAME=VALUE   a value of the label; what is not set stays empty\n"
        "  --sample           set every value to an invented one; --set then changes single ones\n"
        "  --inner-mm N       where the printable ring begins, diameter in mm (15 to 50)\n"
        "  --outer-mm N       where it ends (70 to 120)\n"
        "  --white            white instead of transparent around the label (.jpg always is)\n"
        "  --out FILE         what to write; the ending says how\n\n"
        "Values:\n");
    for (size_t i = 0; i < count; i++)
        printf("  %-19s %s\n", names[i].name, names[i].help);
}

struct args {
    const char *template, *out;
    struct dw_label_opts opts;
    struct dw_label_value values[VALUES_MAX];
    char names[VALUES_MAX][32];
    size_t count;
};

static dw_status add_value(struct args *args, const char *text, struct dw_error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals)
        return dw_error_set(err, DW_ERR_INVALID, "--set needs NAME=VALUE");
    if (args->count == VALUES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d values", VALUES_MAX);
    char *name = args->names[args->count];
    if (!dw_text_format(name, sizeof args->names[0], "%.*s", (int)(equals - text), text))
        return dw_error_set(err, DW_ERR_INVALID, "labels have no value named '%.*s'", 40, text);
    args->values[args->count++] = (struct dw_label_value){name, equals + 1};
    return DW_OK;
}

static void add_samples(struct args *args)
{
    size_t count;
    const struct dw_label_name *names = dw_label_names(&count);
    for (size_t i = 0; i < count && args->count < VALUES_MAX; i++)
        args->values[args->count++] = (struct dw_label_value){names[i].name, names[i].sample};
}

static dw_status parse_mm(const char *option, const char *text, double *out, struct dw_error *err)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text || *end || !(number > 0 && number <= 200))
        return dw_error_set(err, DW_ERR_INVALID, "%s '%.40s' is not a number of millimetres",
                            option, text);
    *out = number;
    return DW_OK;
}

/* Options with a value behind them. */
static dw_status parse_pair(struct args *args, const char *option, const char *value,
                            struct dw_error *err)
{
    if (strcmp(option, "--template") == 0)
        args->template = value;
    else if (strcmp(option, "--out") == 0)
        args->out = value;
    else if (strcmp(option, "--set") == 0)
        return add_value(args, value, err);
    else if (strcmp(option, "--inner-mm") == 0)
        return parse_mm(option, value, &args->opts.inner_mm, err);
    else
        return parse_mm(option, value, &args->opts.outer_mm, err);
    return DW_OK;
}

static dw_status parse(int argc, char **argv, struct args *args, struct dw_error *err)
{
    static const char *const pairs[] = {"--template", "--out", "--set", "--inner-mm", "--outer-mm"};
    for (int i = 1; i < argc; i++) {
        size_t pair = 0;
        while (pair < DW_ARRAY_LEN(pairs) && strcmp(argv[i], pairs[pair]) != 0)
            pair++;
        if (strcmp(argv[i], "--sample") == 0) {
            add_samples(args);
        } else if (strcmp(argv[i], "--white") == 0) {
            args->opts.white = true;
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
    if (!args->template || !args->out)
        return dw_error_set(err, DW_ERR_INVALID,
                            "label: --template and --out are needed, see discwright label --help");
    return DW_OK;
}

int dw_command_label(int argc, char **argv)
{
    struct dw_error err = {0};
    struct args args = {0};
    char path[DW_PATH_MAX];
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) {
            help();
            return 0;
        }
    dw_status st = parse(argc, argv, &args, &err);
    if (st == DW_OK)
        st = dw_label_find_template(args.template, path, sizeof path, &err);
    if (st == DW_OK)
        st = dw_label_render(path, args.values, args.count, &args.opts, args.out, &err);
    return st == DW_OK ? 0 : fail(st, &err);
}
