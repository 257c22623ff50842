/* Task `label`: fill a template and write the picture (docs/messages.md). Besides template, out and
 * values it takes what a site sets for its discs, inner_mm, outer_mm (0: as the template says) and
 * white, and for trying a template `sample`: invented values for everything that is not set. */
#include "layout/label/label.h"
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "programs/work/task.h"

#define VALUES_MAX 64

/* First: a value that is set later under the same name wins. */
static size_t add_samples(struct dw_label_value values[VALUES_MAX])
{
    size_t count;
    const struct dw_label_name *names = dw_label_names(&count);
    for (size_t i = 0; i < count && i < VALUES_MAX; i++)
        values[i] = (struct dw_label_value){names[i].name, names[i].sample};
    return count < VALUES_MAX ? count : VALUES_MAX;
}

static dw_status save_stock(const char *template, const char *file, struct dw_error *err)
{
    char stock[DW_STOCK_NAME_MAX];
    dw_status st = dw_label_stock(template, stock, sizeof stock, err);
    return st == DW_OK ? dw_file_save(NULL, file, stock, strlen(stock), err) : st;
}

dw_status dw_task_label(dw_channel *channel, const json_t *task, json_t *result,
                        struct dw_error *err)
{
    struct dw_label_value values[VALUES_MAX];
    size_t count = 0;
    char path[DW_PATH_MAX];
    const char *out = dw_json_text(task, "out"), *also = dw_json_text(task, "also"), *name;
    const char *stock_file = dw_json_text(task, "stock");
    json_t *set = json_object_get(task, "values"), *value;
    const struct dw_label_opts opts = {
        .inner_mm = json_number_value(json_object_get(task, "inner_mm")),
        .outer_mm = json_number_value(json_object_get(task, "outer_mm")),
        .white = json_is_true(json_object_get(task, "white"))};
    (void)channel;
    (void)result;
    if (json_is_true(json_object_get(task, "sample")))
        count = add_samples(values);
    if (!*dw_json_text(task, "template") || !*out)
        return dw_error_set(err, DW_ERR_INVALID, "label task without template or out");
    json_object_foreach(set, name, value)
    {
        if (!json_is_string(value))
            return dw_error_set(err, DW_ERR_INVALID, "label value %.40s is not text", name);
        if (count == VALUES_MAX)
            return dw_error_set(err, DW_ERR_LIMIT, "more than %d label values", VALUES_MAX);
        values[count++] = (struct dw_label_value){name, json_string_value(value)};
    }
    dw_status st = dw_label_find_template(dw_json_text(task, "template"), path, sizeof path, err);
    if (st == DW_OK)
        st = dw_label_render(path, values, count, &opts, out, err);
    if (st == DW_OK && *also)
        st = dw_label_render(path, values, count, &opts, also, err);
    if (st == DW_OK && *stock_file)
        st = save_stock(path, stock_file, err);
    return st;
}
