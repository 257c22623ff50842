/** The console's password as an Argon2id hash in a file of its own (libsodium). */
#ifndef DW_DAEMON_PASSWORD_H
#define DW_DAEMON_PASSWORD_H
#include "base/error.h"

#define DW_PASSWORD_MIN 10
#define DW_PASSWORD_MAX 200

/** Write the hash (mode 0600). DW_ERR_INVALID: shorter or longer than the limits above. */
DW_MUST_CHECK dw_status dw_password_save(const char *path, const char *password,
                                         struct dw_error *err);
/** DW_ERR_DENIED: not the password. About 50 ms and 16 MiB, so that guessing is slow. */
DW_MUST_CHECK dw_status dw_password_check(const char *path, const char *password,
                                          struct dw_error *err);

#endif
