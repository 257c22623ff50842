/** Lists of addresses and networks, IPv4 and IPv6: "10.1.0.0/16, 192.168.7.12, 2001:db8::/32". Commas or spaces
 *  between them; "*" is every address. An IPv4 address and its IPv6-mapped form are the same one. */
#ifndef DW_DAEMON_INTAKE_HOSTS_H
#define DW_DAEMON_INTAKE_HOSTS_H
#include <stdbool.h>
#include "base/error.h"

/** DW_ERR_INVALID: names the first entry that is no address and no network. */
DW_MUST_CHECK dw_status dw_hosts_check(const char *list, struct dw_error *err);
/** Whether a numeric address is on the list. Nothing is on an empty list, nor is what is no address. */
bool dw_hosts_has(const char *list, const char *address);

#endif
