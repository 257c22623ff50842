/** What a called AE title means for the study that was sent to it: [ae TITLE] with everything it leaves out
 *  resolved from [jobs] and [intake]. Rules start from these settings. */
#ifndef DW_DAEMON_INTAKE_AE_H
#define DW_DAEMON_INTAKE_AE_H
#include "daemon/config.h"

struct dw_ae_settings { /* texts borrowed from the configuration */
    const char *title;  /**< of the [ae TITLE] section; "" when there is none for it */
    const char *media, *profile, *template; /**< profile "": that of the medium */
    int64_t copies, quiet_s;
    bool viewer;
    bool publish; /**< order a disc as soon as the study is complete */
};
/** Any title, known or not: what no section says is as in [jobs] and [intake]. */
void dw_ae_settings(const struct dw_config *config, const char *called, struct dw_ae_settings *out);
/** NULL: no such section. Spaces around a title mean nothing (PS3.5 6.2). */
const struct dw_config_ae *dw_ae_find(const struct dw_config *config, const char *called);
/** Whether two titles are the same one. */
bool dw_ae_same(const char *a, const char *b);

#endif
