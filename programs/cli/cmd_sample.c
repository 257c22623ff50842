/* discwright sample: the synthetic patient of the demo and the tests, made by the work task. */
#include <stdio.h>
#include <string.h>

#include "base/child.h"
#include "base/random.h"
#include "base/text.h"
#include "programs/command.h"

static int usage(FILE *to, int code)
{
    fputs("usage: discwright sample --out DIR [--seed HEX] [--count N --bytes N --series N]\n"
          "Write DICOM objects of an invented patient: a CT series, an ultrasound loop, a chest image, a\n"
          "report and a PDF. With --count: N CT images of about --bytes bytes in --series series instead.\n"
          "The same --seed (64 hexadecimal digits) writes the same objects.\n",
          to);
    return code;
}

static dw_status add_number(json_t *task, const char *key, const char *text, int64_t max,
                            struct dw_error *err)
{
    int64_t number;
    if (!text || !dw_text_int(text, 1, max, &number))
        return dw_error_set(err, DW_ERR_INVALID, "--%s takes a number from 1 to %lld", key,
                            (long long)max);
    json_object_set_new(task, key, json_integer(number));
    return DW_OK;
}

static bool is_seed(const char *hex)
{
    uint8_t seed[32];
    return dw_text_unhex(hex, seed, sizeof seed);
}

static dw_status read_options(int argc, char **argv, json_t *task, struct dw_error *err)
{
    dw_status st = DW_OK;
    for (int i = 1; i < argc && st == DW_OK; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--out") == 0 && value && dw_text_is_utf8(value, strlen(value)))
            json_object_set_new(task, "out", json_string(value));
        else if (strcmp(argv[i], "--seed") == 0 && value && is_seed(value))
            json_object_set_new(task, "seed", json_string(value));
        else if (strcmp(argv[i], "--count") == 0)
            st = add_number(task, "count", value, 1000000, err);
        else if (strcmp(argv[i], "--bytes") == 0)
            st = add_number(task, "bytes", value, 1 << 30, err);
        else if (strcmp(argv[i], "--series") == 0)
            st = add_number(task, "series", value, 10000, err);
        else
            st = dw_error_set(err, DW_ERR_INVALID, "'%s' is not an option of sample", argv[i]);
    }
    if (st == DW_OK && !json_object_get(task, "out"))
        st = dw_error_set(err, DW_ERR_INVALID, "--out DIR is missing");
    if (st == DW_OK && json_object_get(task, "count"))
        json_object_set_new(task, "kind", json_string("bench"));
    return st;
}

int dw_command_sample(int argc, char **argv)
{
    struct dw_error err = {0};
    uint8_t seed[32];
    char hex[65];
    struct dw_random random = dw_random_system();
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    dw_random_fill(&random, seed, sizeof seed);
    dw_text_hex(seed, sizeof seed, hex);
    json_t *task = json_pack("{s:s, s:s}", "task", "sample", "seed", hex);
    dw_status st = read_options(argc, argv, task, &err);
    if (st == DW_OK)
        st = dw_task_run(NULL, task, NULL, NULL, NULL, &err);
    else
        json_decref(task);
    if (st != DW_OK)
        fprintf(stderr, "discwright: %s\n", err.text);
    return dw_status_exit_code(st);
}
