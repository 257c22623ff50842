#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "check/explain.h"

#define CODE_MAX 32 /* letters of a code that are compared */
#define NEAREST 3

/* Letters to insert, remove or exchange until one is the other (Levenshtein), case aside. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[CODE_MAX + 1];
    size_t a_size = strnlen(a, CODE_MAX), b_size = strnlen(b, CODE_MAX);
    for (size_t k = 0; k <= b_size; k++)
        row[k] = (unsigned)k;
    for (size_t i = 0; i < a_size; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t k = 0; k < b_size; k++) {
            bool same = toupper((unsigned char)a[i]) == toupper((unsigned char)b[k]);
            unsigned best = diagonal + !same;
            if (row[k] + 1 < best)
                best = row[k] + 1;
            diagonal = row[k + 1];
            if (diagonal + 1 < best)
                best = diagonal + 1;
            row[k + 1] = best;
        }
    }
    return row[b_size];
}

static void find_nearest(const char *code, const char *out[NEAREST])
{
    unsigned far[NEAREST];
    size_t count = 0;
    for (int i = 0; i < DW_CODE_COUNT; i++) {
        const char *name = dw_code_info((enum dw_code)i)->code;
        unsigned d = distance(code, name);
        size_t at = count < NEAREST ? count++ : NEAREST;
        for (; at > 0 && far[at - 1] > d; at--) {
            if (at < NEAREST) {
                far[at] = far[at - 1];
                out[at] = out[at - 1];
            }
        }
        if (at < NEAREST) {
            far[at] = d;
            out[at] = name;
        }
    }
}

static void add_one(struct dw_buf *out, enum dw_code code)
{
    const struct dw_code_info *info = dw_code_info(code);
    dw_buf_addf(out, "%s  (%s, %s)\n", info->code, dw_severity_name(info->severity),
                dw_area_name(info->area));
    dw_buf_addf(out, "  means:   %s\n", info->sentence);
    dw_buf_addf(out, "  matters: %s\n", dw_code_why(code));
    dw_buf_addf(out, "  to do:   %s\n", info->advice);
    dw_buf_addf(out, "  clause:  %s\n", info->clause);
}

static void add_all(struct dw_buf *out)
{
    for (int area = 0; area < DW_AREA_COUNT; area++) {
        dw_buf_addf(out, "%s%s\n", area > 0 ? "\n" : "", dw_area_name((enum dw_check_area)area));
        for (int i = 0; i < DW_CODE_COUNT; i++) {
            const struct dw_code_info *info = dw_code_info((enum dw_code)i);
            if (info->area == (enum dw_check_area)area)
                dw_buf_addf(out, "  %-21s %-7s  %s\n", info->code, dw_severity_name(info->severity),
                            info->sentence);
        }
    }
}

dw_status dw_check_explain(const char *code, struct dw_buf *out, struct dw_error *err)
{
    if (strcasecmp(code, "all") == 0) {
        add_all(out);
        return dw_buf_check(out, "the explanation", err);
    }
    for (int i = 0; i < DW_CODE_COUNT; i++)
        if (strcasecmp(code, dw_code_info((enum dw_code)i)->code) == 0) {
            add_one(out, (enum dw_code)i);
            return dw_buf_check(out, "the explanation", err);
        }
    const char *nearest[NEAREST] = {"", "", ""};
    find_nearest(code, nearest);
    return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no code '%.32s'; the nearest are %s, %s and %s",
                        code, nearest[0], nearest[1], nearest[2]);
}
