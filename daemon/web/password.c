#include "daemon/web/password.h"

#include <sodium.h>
#include <string.h>

#include "base/file.h"

/* The interactive default of 64 MiB would be most of what the appliance may use at all. */
#define OPSLIMIT 4
#define MEMLIMIT (16u << 20)

dw_status dw_password_save(const char *path, const char *password, struct dw_error *err)
{
    char hash[crypto_pwhash_STRBYTES];
    size_t n = strlen(password);
    if (n < DW_PASSWORD_MIN || n > DW_PASSWORD_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "a password has %d to %d characters",
                            DW_PASSWORD_MIN, DW_PASSWORD_MAX);
    if (sodium_init() < 0 || crypto_pwhash_str(hash, password, n, OPSLIMIT, MEMLIMIT) != 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "the password could not be hashed");
    return dw_file_save(NULL, path, hash, strlen(hash), err);
}

dw_status dw_password_check(const char *path, const char *password, struct dw_error *err)
{
    struct dw_buf hash;
    dw_buf_init(&hash, 0);
    size_t n = strlen(password);
    dw_status st = dw_file_read_all(path, crypto_pwhash_STRBYTES - 1, &hash, err);
    if (st != DW_OK)
        st = dw_error_prefix(err, st, "password file");
    else if (sodium_init() < 0)
        st = dw_error_set(err, DW_ERR_INTERNAL, "libsodium does not start");
    else if (n > DW_PASSWORD_MAX || !hash.data ||
             crypto_pwhash_str_verify(hash.data, password, n) != 0)
        st = dw_error_set(err, DW_ERR_DENIED, "the password is not right");
    dw_buf_done(&hash);
    return st;
}
