/* Modules: loaded when they are whole and ours, and otherwise refused with a sentence. */
#include "base/module.h"

#include "base/file.h"
#include "test.h"

static void a_module_is_found_beside_the_program_and_gives_its_calls(void)
{
    struct dw_error err = {0};
    const void *calls = NULL, *again = NULL;
    CHECK_OK(dw_module_load("test-module", &calls, &err), err);
    CHECK_INT(calls ? *(const int *)calls : 0, 42);
    CHECK_OK(dw_module_load("test-module", &again, &err), err);
    CHECK(again == calls); /* it stays until the process ends */
}

static void one_that_is_not_there_is_named(void)
{
    struct dw_error err = {0};
    const void *calls = NULL;
    CHECK_INT(dw_module_load("test-module-of-nobody", &calls, &err), DW_ERR_NOT_FOUND);
    CHECK_STR(err.text, "module test-module-of-nobody is not installed");
    CHECK(calls == NULL);
}

static void one_of_another_version_is_refused(void)
{
    struct dw_error err = {0};
    const void *calls = NULL;
    CHECK_INT(dw_module_load("test-module-old", &calls, &err), DW_ERR_CONFLICT);
    CHECK_HAS(err.text, "is of version 0.0.1-other, this program of " DW_VERSION);
    CHECK(calls == NULL);
}

static void what_is_no_module_is_refused(void)
{
    struct dw_error err = {0};
    const void *calls = NULL;
    char folder[64], path[96];
    test_folder(folder);
    snprintf(path, sizeof path, "%s/part.so", folder);
    CHECK_OK(dw_file_save(NULL, path, "cut short", 9, &err), err);
    CHECK_INT(dw_module_load_file(path, &calls, &err), DW_ERR_INTERNAL);
    CHECK_HAS(err.text, "module cannot be loaded: ");
    CHECK_INT(dw_module_load_file("libm.so.6", &calls, &err), DW_ERR_INTERNAL); /* a whole library of others */
    CHECK_HAS(err.text, "module 'libm.so.6' is none of Discwright");
    CHECK(calls == NULL);
    unlink(path);
    rmdir(folder);
}

TESTS(TEST(a_module_is_found_beside_the_program_and_gives_its_calls), TEST(one_that_is_not_there_is_named),
      TEST(one_of_another_version_is_refused), TEST(what_is_no_module_is_refused))
