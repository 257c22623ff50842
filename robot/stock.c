#include "robot/stock.h"

#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/text.h"

#define FILE_MAX (16 * 1024)

struct dw_stock {
    struct dw_robot_bins bins;
    char settings[DW_OPTION_TEXT_MAX]; /* options.bins as typed */
    char path[DW_PATH_MAX];
};

static void take_over(struct dw_stock *stock, const struct dw_buf *text)
{
    json_t *json = json_loadb(text->data, text->size, 0, NULL);
    const json_t *names = json_object_get(json, "names");
    bool same = strcmp(dw_json_text(json, "bins"), stock->settings) == 0;
    for (int i = 0; same && i < stock->bins.count; i++) {
        const char *name = json_string_value(json_array_get(names, (size_t)i));
        if (name && dw_robot_stock_is_name(name))
            dw_text_cut(stock->bins.stock[i], sizeof stock->bins.stock[i], name);
    }
    json_decref(json);
}

dw_status dw_stock_open(const char *state_dir, const struct dw_robot_options *options, dw_stock **out,
                        struct dw_error *err)
{
    struct dw_buf text = {0};
    dw_stock *stock = calloc(1, sizeof *stock);
    if (!stock)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    memcpy(stock->settings, options->bins, sizeof stock->settings);
    dw_status st = dw_robot_bins_read(options->bins, &stock->bins, err);
    if (st == DW_OK && !dw_text_format(stock->path, sizeof stock->path, "%s/stock", state_dir))
        st = dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
    if (st == DW_OK)
        st = dw_file_read_all(stock->path, FILE_MAX, &text, err);
    if (st == DW_OK && text.size)
        take_over(stock, &text);
    if (st == DW_ERR_NOT_FOUND)
        st = DW_OK; /* nobody has said anything yet */
    dw_buf_done(&text);
    if (st == DW_OK)
        *out = stock;
    else
        dw_stock_close(stock);
    return st;
}

void dw_stock_close(dw_stock *stock)
{
    free(stock);
}

const char *dw_stock_of(const dw_stock *stock, int bin)
{
    return bin >= 1 && bin <= stock->bins.count ? stock->bins.stock[bin - 1] : "";
}

static dw_status save(const dw_stock *stock, struct dw_error *err)
{
    json_t *names = json_array();
    for (int i = 0; i < stock->bins.count; i++)
        json_array_append_new(names, json_string(stock->bins.stock[i]));
    json_t *json = json_pack("{s:s, s:o}", "bins", stock->settings, "names", names);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!text)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = dw_file_save(NULL, stock->path, text, strlen(text), err);
    free(text);
    return st;
}

dw_status dw_stock_set(dw_stock *stock, int bin, const char *name, struct dw_error *err)
{
    char before[DW_STOCK_NAME_MAX];
    if (bin < 1 || bin > stock->bins.count || !dw_robot_stock_is_name(name))
        return dw_error_set(err, DW_ERR_INVALID, "there is no such bin, or that is no name of a pile");
    char *there = stock->bins.stock[bin - 1];
    if (strcmp(there, name) == 0)
        return DW_OK;
    memcpy(before, there, sizeof before);
    dw_text_cut(there, sizeof stock->bins.stock[0], name);
    dw_status st = save(stock, err);
    if (st != DW_OK)
        memcpy(there, before, sizeof before);
    return st;
}

bool dw_stock_fits(const char *wanted, const char *there)
{
    return !*wanted || strcmp(wanted, there) == 0;
}
