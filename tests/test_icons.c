#include "layout/fileset/icons.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "fileset_fixture.h"
#include "test.h"

struct house {
    char folder[64];
    dw_catalog *catalog;
};

static struct house house_with(uint32_t objects)
{
    struct house h = {.catalog = NULL};
    struct dw_error err = {0};
    struct dw_catalog_opts opts = {.profile = dw_profile_of_media(DW_MEDIA_CD)};
    test_folder(h.folder);
    CHECK_OK(dw_catalog_new(&opts, &h.catalog, &err), err);
    for (uint32_t i = 1; i <= objects; i++) {
        struct dw_object o = fixture_object("A1", 1, 1, i);
        CHECK_OK(fixture_add(h.catalog, i, &o, &err), err);
    }
    return h;
}

static void demolish(struct house *h)
{
    struct dw_error err = {0};
    dw_catalog_free(h->catalog);
    CHECK_OK(dw_file_remove_tree(h->folder, &err), err);
}

static void put_icon_file(const struct house *h, unsigned number, size_t size)
{
    static const uint8_t grey[20000] = {7, 8, 9};
    char path[96];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/%u", h->folder, number);
    CHECK_OK(dw_file_save(NULL, path, grey, size, &err), err);
}

static void an_icon_is_known_by_its_number_and_its_edge_by_its_size(void)
{
    struct house h = house_with(5);
    struct dw_error err = {0};
    char from[96], to[96];
    put_icon_file(&h, 1, 4096);
    put_icon_file(&h, 2, 16384);
    put_icon_file(&h, 3, 4095);
    snprintf(from, sizeof from, "%s/1", h.folder);
    snprintf(to, sizeof to, "%s/4", h.folder);
    CHECK_INT(symlink(from, to), 0);
    CHECK_OK(dw_icons_find(h.catalog, h.folder, &err), err);
    static const uint8_t edges[] = {64, 128, 0, 0, 0};
    for (size_t i = 0; i < DW_ARRAY_LEN(edges); i++)
        CHECK_INT(h.catalog->entries[i].icon_edge, edges[i]);
    CHECK_STR(h.catalog->icons, h.folder);
    CHECK_OK(dw_icons_find(h.catalog, "", &err), err);
    CHECK_INT(h.catalog->entries[0].icon_edge, 0);
    demolish(&h);
}

static void only_records_that_may_have_an_icon_get_one(void)
{
    struct house h = house_with(0);
    struct dw_error err = {0};
    struct dw_object o = fixture_object("A1", 1, 1, 1);
    snprintf(o.sop_class, sizeof o.sop_class, SR_CLASS);
    CHECK_OK(fixture_add(h.catalog, 1, &o, &err), err);
    put_icon_file(&h, 1, 4096);
    CHECK_OK(dw_icons_find(h.catalog, h.folder, &err), err);
    CHECK_INT(h.catalog->entries[0].icon_edge, 0);
    CHECK(dw_icons_suit("RT DOSE") && dw_icons_suit("SPECTROSCOPY") && dw_icons_suit("RAW DATA"));
    CHECK(!dw_icons_suit("PRIVATE") && !dw_icons_suit("PRESENTATION") && !dw_icons_suit(NULL));
    demolish(&h);
}

static void pixels_are_read_when_they_are_wanted_and_a_file_that_changed_is_told(void)
{
    struct house h = house_with(1);
    struct dw_error err = {0};
    static uint8_t pixels[DW_ICON_EDGE_MAX * DW_ICON_EDGE_MAX];
    put_icon_file(&h, 1, 4096);
    CHECK_OK(dw_icons_find(h.catalog, h.folder, &err), err);
    CHECK_OK(dw_icons_read(h.catalog, &h.catalog->entries[0], pixels, &err), err);
    CHECK(pixels[0] == 7 && pixels[1] == 8 && pixels[2] == 9);
    put_icon_file(&h, 1, 4097);
    CHECK_INT(dw_icons_read(h.catalog, &h.catalog->entries[0], pixels, &err), DW_ERR_CORRUPT);
    CHECK_HAS(err.text, "4096 bytes");
    put_icon_file(&h, 1, 100);
    CHECK_INT(dw_icons_read(h.catalog, &h.catalog->entries[0], pixels, &err), DW_ERR_CORRUPT);
    demolish(&h);
}

static void a_folder_that_is_not_there_is_told(void)
{
    struct house h = house_with(1);
    struct dw_error err = {0};
    CHECK_INT(dw_icons_find(h.catalog, "/nowhere/icons", &err), DW_ERR_NOT_FOUND);
    CHECK_HAS(err.text, "folder of icons");
    demolish(&h);
}

TESTS(TEST(an_icon_is_known_by_its_number_and_its_edge_by_its_size),
      TEST(only_records_that_may_have_an_icon_get_one),
      TEST(pixels_are_read_when_they_are_wanted_and_a_file_that_changed_is_told),
      TEST(a_folder_that_is_not_there_is_told))
