/** Who may open an association: a function of the configuration and of what the caller said, and of nothing
 *  else. */
#ifndef DW_DAEMON_INTAKE_ADMISSION_H
#define DW_DAEMON_INTAKE_ADMISSION_H
#include "daemon/config.h"

struct dw_visitor { /* borrowed */
    const char *calling, *called;
    const char *host; /**< numeric address */
    const char *port; /**< its name: DW_MAIN_PORT, or that of a [listen NAME] */
};
/** DW_ERR_UNSUPPORTED: the address is not on the allow-list, and the caller is given no reason.
 *  DW_ERR_NOT_FOUND: the called AE is not served, or not on this port. DW_ERR_DENIED: the calling AE is not on
 *  the allow-list. */
DW_MUST_CHECK dw_status dw_admission_decide(const struct dw_config *config,
                                            const struct dw_visitor *visitor, struct dw_error *err);
/** Allow-lists that cannot be read and ports that do not exist. */
DW_MUST_CHECK dw_status dw_admission_check(const struct dw_config *config, struct dw_error *err);

#endif
