#include "base/file.h"
#include "daemon/web/password.h"
#include "tests/test.h"

#include <sys/stat.h>

static void a_password_opens_and_another_does_not(void)
{
    char dir[64], path[128];
    struct dw_error err = {0};
    struct dw_buf hash = {0};
    struct stat sb;
    snprintf(path, sizeof path, "%s/password", test_folder(dir));
    CHECK_OK(dw_password_save(path, "correct horse 7", &err), err);
    CHECK_OK(dw_password_check(path, "correct horse 7", &err), err);
    CHECK_INT(dw_password_check(path, "correct horse 8", &err), DW_ERR_DENIED);
    CHECK_INT(dw_password_check(path, "", &err), DW_ERR_DENIED);
    CHECK_OK(dw_file_read_all(path, 1000, &hash, &err), err);
    CHECK(strstr(hash.data, "horse") == NULL);
    CHECK(stat(path, &sb) == 0 && (sb.st_mode & 077) == 0);
    dw_buf_done(&hash);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void a_short_password_and_a_broken_file_are_refused(void)
{
    char dir[64], path[128];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/password", test_folder(dir));
    CHECK_INT(dw_password_save(path, "short", &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "10 to 200");
    CHECK_INT(dw_password_check(path, "anything at all", &err), DW_ERR_NOT_FOUND);
    CHECK_OK(dw_file_save(NULL, path, "not a hash", 10, &err), err);
    CHECK_INT(dw_password_check(path, "anything at all", &err), DW_ERR_DENIED);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

TESTS(TEST(a_password_opens_and_another_does_not),
      TEST(a_short_password_and_a_broken_file_are_refused))
