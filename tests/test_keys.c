#include "layout/fileset/keys.h"

#include "fileset_fixture.h"
#include "test.h"

static void two_character_sets_in_one_record_become_utf8(void)
{
    struct dw_keys keys = {0};
    struct dw_buf part = {0};
    struct dw_error err = {0};
    struct dw_key key;
    fixture_text(&part, 0x00080005, "CS", "ISO_IR 100");
    fixture_text(&part, 0x00100010, "PN", "M\xfcller");
    CHECK_OK(dw_keys_merge(&keys, part.data, part.size, &err), err);
    dw_buf_reset(&part);
    fixture_text(&part, 0x00080005, "CS", "ISO_IR 192");
    fixture_text(&part, 0x00081030, "LO", "Sch\xc3\xa4" "del");
    CHECK_OK(dw_keys_merge(&keys, part.data, part.size, &err), err);
    CHECK(dw_keys_find(keys.data.data, keys.data.size, 0x00080005, &key));
    CHECK(key.length == 10 && memcmp(key.value, "ISO_IR 192", 10) == 0);
    CHECK(dw_keys_find(keys.data.data, keys.data.size, 0x00100010, &key));
    CHECK(key.length == 8 && memcmp(key.value, "M\xc3\xbcller ", 8) == 0);
    CHECK(dw_keys_find(keys.data.data, keys.data.size, 0x00081030, &key));
    CHECK(key.length == 8 && memcmp(key.value, "Sch\xc3\xa4" "del", 8) == 0);
    dw_buf_done(&part);
    dw_keys_done(&keys);
}

static void plain_text_needs_no_character_set(void)
{
    struct dw_keys keys = {0};
    struct dw_buf part = {0};
    struct dw_error err = {0};
    struct dw_key key;
    fixture_text(&part, 0x00080005, "CS", "ISO_IR 100");
    fixture_text(&part, 0x00100010, "PN", "Miller");
    CHECK_OK(dw_keys_merge(&keys, part.data, part.size, &err), err);
    CHECK(!dw_keys_find(keys.data.data, keys.data.size, 0x00080005, &key));
    dw_buf_done(&part);
    dw_keys_done(&keys);
}

static void damaged_keys_are_refused(void)
{
    struct dw_keys keys = {0};
    struct dw_error err = {0};
    CHECK_INT(dw_keys_merge(&keys, "\x10\0\x10\0PN\xff\0x", 9, &err), DW_ERR_CORRUPT);
    dw_keys_done(&keys);
}

static void the_first_value_that_is_not_empty_counts(void)
{
    struct dw_keys keys = {0};
    struct dw_buf part = {0};
    struct dw_error err = {0};
    struct dw_key key;
    fixture_text(&part, 0x00080050, "SH", "");
    CHECK_OK(dw_keys_merge(&keys, part.data, part.size, &err), err);
    dw_buf_reset(&part);
    fixture_text(&part, 0x00080050, "SH", "ACC1");
    CHECK_OK(dw_keys_merge(&keys, part.data, part.size, &err), err);
    dw_buf_reset(&part);
    fixture_text(&part, 0x00080050, "SH", "ACC2");
    CHECK_OK(dw_keys_merge(&keys, part.data, part.size, &err), err);
    CHECK(dw_keys_find(keys.data.data, keys.data.size, 0x00080050, &key));
    CHECK(key.length == 4 && memcmp(key.value, "ACC1", 4) == 0);
    dw_buf_done(&part);
    dw_keys_done(&keys);
}

static void text_in_no_declared_set_becomes_utf8_so_that_the_record_is_legal(void)
{
    struct dw_keys keys = {0};
    struct dw_buf part = {0};
    struct dw_error err = {0};
    struct dw_key key;
    fixture_text(&part, 0x00100010, "PN", "M\xfcller");
    CHECK_OK(dw_keys_merge(&keys, part.data, part.size, &err), err);
    CHECK(dw_keys_find(keys.data.data, keys.data.size, 0x00080005, &key));
    CHECK(key.length == 10 && memcmp(key.value, "ISO_IR 192", 10) == 0);
    CHECK(dw_keys_find(keys.data.data, keys.data.size, 0x00100010, &key));
    CHECK(key.length == 8 && memcmp(key.value, "M\xc3\xbcller ", 8) == 0);
    dw_buf_done(&part);
    dw_keys_done(&keys);
}

static void escapes_of_iso_2022_keep_the_set_they_were_declared_in(void)
{
    struct dw_keys keys = {0};
    struct dw_buf part = {0};
    struct dw_error err = {0};
    struct dw_key key;
    fixture_text(&part, 0x00080005, "CS", "\\ISO 2022 IR 87");
    fixture_text(&part, 0x00100010, "PN", "Yamada=\033$B;3ED\033(B");
    CHECK_OK(dw_keys_merge(&keys, part.data, part.size, &err), err);
    CHECK(dw_keys_find(keys.data.data, keys.data.size, 0x00080005, &key));
    CHECK(key.length == 16 && memcmp(key.value, "\\ISO 2022 IR 87", 15) == 0);
    CHECK(dw_keys_find(keys.data.data, keys.data.size, 0x00100010, &key));
    CHECK(key.length == 18 && memcmp(key.value, "Yamada=\033$B;3ED\033(B ", 18) == 0);
    dw_buf_done(&part);
    dw_keys_done(&keys);
}

TESTS(TEST(two_character_sets_in_one_record_become_utf8), TEST(plain_text_needs_no_character_set),
      TEST(damaged_keys_are_refused), TEST(the_first_value_that_is_not_empty_counts),
      TEST(text_in_no_declared_set_becomes_utf8_so_that_the_record_is_legal),
      TEST(escapes_of_iso_2022_keep_the_set_they_were_declared_in))
