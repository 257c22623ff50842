/* Writes a large DICOMDIR for foreign readers to open: directory_maker FOLDER COUNT. Every third image has an
 * icon, every seventh object is of a private class; no image files are written. */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "fileset_fixture.h"
#include "layout/fileset/directory.h"
#include "layout/fileset/icons.h"

#define ICONS_MAX 600 /* enough to be seen; 100,000 files would say no more */

static int fail(const char *what, const struct dw_error *err)
{
    fprintf(stderr, "directory_maker: %s: %s\n", what, err->text);
    return 1;
}

static dw_status put_icon(const char *icons, unsigned number, struct dw_error *err)
{
    static uint8_t grey[DW_ICON_EDGE_MAX * DW_ICON_EDGE_MAX];
    char path[600];
    for (size_t i = 0; i < sizeof grey; i++)
        grey[i] = (uint8_t)(number + i);
    snprintf(path, sizeof path, "%s/%u", icons, number);
    return dw_file_save(NULL, path, grey, number % 2 ? 64 * 64 : 128 * 128, err);
}

static dw_status add_objects(dw_catalog *catalog, unsigned count, const char *icons, struct dw_error *err)
{
    dw_status st = DW_OK;
    for (unsigned i = 1; st == DW_OK && i <= count; i++) {
        struct dw_object o = fixture_object("A1", 1 + i % 3, 1 + i / 3 % 5, i);
        if (i % 7 == 0)
            snprintf(o.sop_class, sizeof o.sop_class, "1.3.12.2.1107.5.9.1");
        else if (i % 3 == 0 && i < ICONS_MAX)
            st = put_icon(icons, i, err);
        if (st == DW_OK)
            st = fixture_add(catalog, i, &o, err);
    }
    return st;
}

int main(int argc, char **argv)
{
    struct dw_error err = {0};
    dw_catalog *catalog = NULL;
    char icons[512], path[600];
    uint64_t count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    if (count == 0 || count > 200000)
        return fail("usage: directory_maker FOLDER COUNT", &err);
    snprintf(icons, sizeof icons, "%s/icons", argv[1]);
    snprintf(path, sizeof path, "%s/DICOMDIR", argv[1]);
    struct dw_catalog_opts opts = {.profile = dw_profile_of_media(DW_MEDIA_CD),
                                   .augmented = true,
                                   .allow_private = true};
    if (mkdir(icons, 0700) != 0 || dw_catalog_new(&opts, &catalog, &err) != DW_OK ||
        add_objects(catalog, (unsigned)count, icons, &err) != DW_OK ||
        dw_icons_find(catalog, icons, &err) != DW_OK ||
        dw_catalog_arrange(catalog, 1767225600, &err) != DW_OK)
        return fail("catalog", &err);
    struct dw_slice slice = {catalog, 0, catalog->order_count};
    struct dw_directory_opts how = {.fileset_id = "LARGE",
                                    .fileset_uid = "2.25.77",
                                    .descriptor_file_id = "MULTIVOL"};
    if (dw_directory_save(&slice, &how, path, NULL, NULL, &err) != DW_OK)
        return fail("directory", &err);
    dw_catalog_free(catalog);
    return 0;
}
