/** A label printer that stands beside an arm and is not part of its machine: any printer with a queue
 * (robot/cups.h). The disc is laid into it as into a built-in one; it prints in its own time. */
#ifndef DW_ROBOT_PRINTER_H
#define DW_ROBOT_PRINTER_H
#include "base/error.h"

enum dw_printer_state {
    DW_PRINTER_IDLE,
    DW_PRINTER_BUSY,
    DW_PRINTER_PRINTED, /**< the disc in it carries its label */
    DW_PRINTER_NO_INK,  /**< it stopped, or cannot start; the disc in it is unharmed */
    DW_PRINTER_FAILED   /**< the label is spoiled */
};
struct dw_printer_now {
    enum dw_printer_state state;
    int ink_percent;      /**< -1: unknown */
    const char *fault;    /**< row of robot/faults.h that somebody should mend meanwhile; NULL: none. Static */
    const char *sentence; /**< more exact than the row's; NULL: the row's. Static */
};
struct dw_printer { /* plain data, lives with whoever opened it */
    /** The disc of a row is about to be laid in: a label of another one that is still under way must not come any more.
     * Blocks for a finite time. DW_ERR_GONE: nobody answers, so that one may. */
    dw_status (*expect)(void *ctx, long long disc, struct dw_error *err);
    /** Begin to print what label_path names for the disc of a row, and return. Blocks for a finite time until the
     * queue has taken it. A failure means that nothing is printed. */
    dw_status (*print)(void *ctx, long long disc, const char *label_path, struct dw_error *err);
    /** How it stands; never blocks. Any thread. */
    void (*look)(void *ctx, struct dw_printer_now *out);
    int fd; /**< readable when look() would say something else; look() makes it unreadable */
    void *ctx;
};
/** Its expect(). *fault: row of robot/faults.h, NULL when it is DW_OK. DW_ERR_BUSY: the disc must not be laid in now. */
DW_MUST_CHECK dw_status dw_printer_expect(const struct dw_printer *printer, long long disc, const char **fault,
                                          struct dw_error *err);
/** Its print(); *fault as above. */
DW_MUST_CHECK dw_status dw_printer_print(const struct dw_printer *printer, long long disc, const char *label_path,
                                         const char **fault, struct dw_error *err);
#endif
