#include "robot/printer.h"

#include <stddef.h>

static const char *fault_of(dw_status st)
{
    switch (st) {
    case DW_OK:
        return NULL;
    case DW_ERR_NOT_FOUND:
        return "label_missing";
    case DW_ERR_GONE:
        return "printer_offline";
    default:
        return "print_failed";
    }
}

dw_status dw_printer_print(const struct dw_printer *printer, long long disc, const char *label_path,
                           const char **fault, struct dw_error *err)
{
    dw_status st = printer->print(printer->ctx, disc, label_path, err);
    *fault = fault_of(st);
    return st;
}

dw_status dw_printer_expect(const struct dw_printer *printer, long long disc, const char **fault,
                            struct dw_error *err)
{
    dw_status st = printer->expect(printer->ctx, disc, err);
    *fault = fault_of(st);
    return st == DW_OK || st == DW_ERR_CANCELLED ? st : DW_ERR_BUSY; /* the arm's machine itself is there */
}
