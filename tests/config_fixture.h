/** Repeated sections of a configuration made by hand. Free: dw_config_done(). */
#ifndef DW_TESTS_CONFIG_FIXTURE_H
#define DW_TESTS_CONFIG_FIXTURE_H
#include "daemon/config.h"
#include "test.h"

#define SET(member, value) CHECK(dw_text_copy(member, sizeof(member), value))

static inline void *test_config_add(struct dw_config *config, const char *section)
{
    char name[64];
    void *out = NULL;
    struct dw_error err = {0};
    CHECK_OK(dw_section_add(config, dw_section_kind_of(section, name, sizeof name), name, &out, &err), err);
    if (!out)
        exit(1);
    return out;
}

#endif
