#include "layout/label/barcode.h"

#include <math.h>
#include <string.h>

#include <zint.h>

static dw_status check_text(const char *text, struct dw_error *err)
{
    size_t length = strlen(text);
    if (!length)
        return dw_error_set(err, DW_ERR_INVALID, "barcode without a text");
    if (length > DW_BARCODE_TEXT_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "barcode text of %zu characters, at most %d", length,
                            DW_BARCODE_TEXT_MAX);
    for (const char *p = text; *p; p++)
        if (*p < 0x20 || *p > 0x7e)
            return dw_error_set(err, DW_ERR_INVALID, "barcode text is not printable ASCII");
    return DW_OK;
}

static bool is_bar(const struct zint_symbol *symbol, int module)
{
    return symbol->encoded_data[0][module >> 3] >> (module & 7) & 1;
}

dw_status dw_barcode_path(const char *text, const struct dw_barcode_box *box, struct dw_buf *out,
                          struct dw_error *err)
{
    dw_status st = check_text(text, err);
    if (st != DW_OK)
        return st;
    struct zint_symbol *symbol = ZBarcode_Create();
    if (!symbol)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a barcode");
    symbol->symbology = BARCODE_CODE128;
    symbol->input_mode = DATA_MODE;
    if (ZBarcode_Encode(symbol, (const unsigned char *)text, (int)strlen(text)) >= ZINT_ERROR ||
        symbol->rows != 1) {
        st = dw_error_set(err, DW_ERR_INVALID, "text cannot be written as Code 128");
        goto out;
    }
    int modules = symbol->width + 2 * DW_BARCODE_QUIET;
    int dots = (int)floor(box->width * box->dots_per_unit / modules);
    if (dots < DW_BARCODE_DOTS_MIN) {
        st = dw_error_set(
            err, DW_ERR_LIMIT, "barcode needs a width of %.1f mm, the template gives %.1f mm",
            ceil(10.0 * modules * DW_BARCODE_DOTS_MIN / box->dots_per_unit) / 10, box->width);
        goto out;
    }
    /* Whole dots: a bar between two dots is printed with a grey edge, and its width is then a
     * guess. */
    double start = round((box->x + box->width / 2) * box->dots_per_unit - modules * dots / 2.0);
    double top = round(box->y * box->dots_per_unit);
    double height = round(box->height * box->dots_per_unit);
    for (int i = 0; i < symbol->width;) {
        int from = i;
        while (i < symbol->width && is_bar(symbol, i))
            i++;
        if (i > from)
            dw_buf_addf(out, "M%.6f %.6fh%.6fv%.6fh%.6fz",
                        (start + (double)(DW_BARCODE_QUIET + from) * dots) / box->dots_per_unit,
                        top / box->dots_per_unit, (double)(i - from) * dots / box->dots_per_unit,
                        height / box->dots_per_unit,
                        -(double)(i - from) * dots / box->dots_per_unit);
        else
            i++;
    }
    st = dw_buf_check(out, "barcode", err);
out:
    ZBarcode_Delete(symbol);
    return st;
}
