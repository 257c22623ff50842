/** Of which pile the blanks of each input bin are: by the site's settings, and from then on what a person said when
 * they filled it. Kept in STATE_DIR/stock, as long as the settings stay the same. Loop thread only. */
#ifndef DW_ROBOT_STOCK_H
#define DW_ROBOT_STOCK_H
#include "robot/options.h"

typedef struct dw_stock dw_stock;
/** free: dw_stock_close() */
DW_MUST_CHECK dw_status dw_stock_open(const char *state_dir, const struct dw_robot_options *options,
                                      dw_stock **out, struct dw_error *err);
void dw_stock_close(dw_stock *stock);
const char *dw_stock_of(const dw_stock *stock, int bin); /**< from 1; "": no name */
/** On disk when it returns. DW_ERR_INVALID: no name of a pile, or no such bin; nothing is changed. */
DW_MUST_CHECK dw_status dw_stock_set(dw_stock *stock, int bin, const char *name, struct dw_error *err);
/** May a disc that asks for `wanted` ("": any) be taken from there? */
bool dw_stock_fits(const char *wanted, const char *there);

#endif
