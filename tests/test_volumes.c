#include <jansson.h>
#include "core_fixture.h"
#include "daemon/jobs/volume.h"

static json_t *planned(const char *dir)
{
    return json_pack("{s:i, s:i, s:s, s:i, s:i, s:s, s:s, s:i}", "n", 2, "of", 3, "dir", dir,
                     "blocks", 10, "size_bytes", 20480, "fileset_uid", "2.25.1", "fileset_id", "DW",
                     "objects", 2);
}

static void write_list(struct core_fixture *f, const char *text)
{
    char path[256];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/volumes/1-2", f->state);
    CHECK_OK(dw_file_make_dirs(path, &err), err);
    snprintf(path, sizeof path, "%s/volumes/1-2/objects", f->state);
    CHECK_OK(dw_file_save(NULL, path, text, strlen(text), &err), err);
}

static dw_status insert(struct core_fixture *f, const char *dir, struct dw_error *err)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", f->state, dir);
    json_t *row = planned(path);
    dw_status st = dw_sql_begin(f->core.sql, err);
    if (st == DW_OK)
        st = dw_volume_row_insert(&f->core, 1, "cd", row, err);
    json_decref(row);
    return dw_sql_end(f->core.sql, st, err);
}

static void a_planned_volume_becomes_rows_with_its_objects(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    struct dw_volume_row volume;
    core_open(&f);
    core_script(&f, CORE_JOB);
    write_list(&f, "7\n9\n");
    CHECK_OK(insert(&f, "volumes/1-2", &err), err);
    CHECK_OK(dw_volume_row_find(&f.core, 1, 2, &volume, &err), err);
    CHECK_STR(volume.dir, "volumes/1-2");
    CHECK_INT(volume.of, 3);
    CHECK_INT(volume.state, DW_VOLUME_PLANNED);
    CHECK_STR(core_text(&f, "SELECT number FROM volume_object ORDER BY number"), "7 9");
    CHECK_INT(dw_volume_row_find(&f.core, 1, 1, &volume, &err), DW_ERR_NOT_FOUND);
    core_close(&f);
}

static void a_damaged_list_stores_nothing(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    core_open(&f);
    core_script(&f, CORE_JOB);
    write_list(&f, "7\nseven\n");
    CHECK_INT(insert(&f, "volumes/1-2", &err), DW_ERR_CORRUPT);
    CHECK_STR(core_text(&f, "SELECT count(*) FROM volume"), "0");
    CHECK_STR(core_text(&f, "SELECT count(*) FROM volume_object"), "0");
    CHECK_INT(insert(&f, "volumes/../../etc", &err), DW_ERR_CORRUPT);
    core_close(&f);
}

static void a_folder_that_is_not_the_volumes_own_is_refused(void)
{
    static const char *const others[] = {"spool", "volumes/2-2", "volumes/1-1", "volumes", ""};
    struct core_fixture f;
    core_open(&f);
    core_script(&f, CORE_JOB);
    for (size_t i = 0; i < DW_ARRAY_LEN(others); i++) {
        struct dw_error err = {0};
        char path[256];
        snprintf(path, sizeof path, "%s/%s", f.state, others[i]);
        CHECK_OK(dw_file_make_dirs(path, &err), err);
        snprintf(path, sizeof path, "%s/%s/objects", f.state, others[i]);
        CHECK_OK(dw_file_save(NULL, path, "7\n", 2, &err), err);
        CHECK_INT(insert(&f, others[i], &err), DW_ERR_CORRUPT);
    }
    CHECK_STR(core_text(&f, "SELECT count(*) FROM volume"), "0");
    core_close(&f);
}

static void a_volume_is_ready_once(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    core_open(&f);
    core_script(&f, CORE_JOB CORE_VOLUME);
    CHECK_OK(dw_volume_apply(&f.core, 1, DW_VOLUME_EV_LABELLED, &err), err);
    CHECK_STR(core_text(&f, "SELECT state FROM volume"), "ready");
    CHECK_INT(dw_volume_apply(&f.core, 1, DW_VOLUME_EV_LABELLED, &err), DW_ERR_CONFLICT);
    CHECK_HAS(err.text, "ready takes no 'labelled'");
    core_close(&f);
}

TESTS(TEST(a_planned_volume_becomes_rows_with_its_objects), TEST(a_damaged_list_stores_nothing),
      TEST(a_folder_that_is_not_the_volumes_own_is_refused),
      TEST(a_volume_is_ready_once))
