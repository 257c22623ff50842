#include <string.h>
#include "core_fixture.h"
#include "daemon/schema.h"

static void a_new_database_has_our_version_and_a_second_open_changes_nothing(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    char db[128];
    dw_sql *again = NULL;
    int64_t version = 0;
    core_open(&f);
    CHECK_OK(dw_sql_int(f.core.sql, 0, &version, &err, "PRAGMA user_version", ""), err);
    CHECK_INT(version, dw_store_version());
    CHECK(dw_store_version() >= 1);
    snprintf(db, sizeof db, "%s/discwright.db", f.state);
    CHECK_OK(dw_store_open(db, &again, &err), err);
    CHECK_STR(core_text(&f, "SELECT value FROM counter WHERE name = 'object'"), "1");
    dw_sql_close(again);
    core_close(&f);
}

static void a_commit_waits_for_the_disk(void)
{
    struct core_fixture f;
    core_open(&f);
    CHECK_STR(core_text(&f, "PRAGMA journal_mode"), "wal");
    CHECK_STR(core_text(&f, "PRAGMA synchronous"), "2"); /* FULL */
    CHECK_STR(core_text(&f, "PRAGMA foreign_keys"), "1");
    core_close(&f);
}

static void a_database_of_a_newer_version_is_left_alone(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    core_open(&f);
    core_script(&f, "PRAGMA user_version = 999");
    CHECK_INT(dw_store_migrate(f.core.sql, &err), DW_ERR_UNSUPPORTED);
    CHECK_HAS(err.text, "version 999");
    core_close(&f);
}

static void a_migration_that_fails_leaves_the_old_version_whole(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    core_open(&f);
    /* Version 0 with a table in the way: version 1 cannot be made, and nothing of it may remain. */
    core_script(&f, "PRAGMA foreign_keys=OFF; DROP TABLE study; DROP TABLE event;"
                    " PRAGMA user_version = 0");
    CHECK(dw_store_migrate(f.core.sql, &err) != DW_OK);
    CHECK_HAS(err.text, "from version 0 to 1");
    CHECK_STR(core_text(&f, "PRAGMA user_version"), "0");
    CHECK_STR(core_text(&f, "SELECT name FROM sqlite_master WHERE name = 'study'"), "");
    core_close(&f);
}

static void a_job_of_version_1_keeps_its_medium_and_profile_as_what_was_ordered(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    char path[128];
    dw_sql *old = NULL;
    int64_t same = 0;
    core_open(&f);
    snprintf(path, sizeof path, "%s/old.db", f.state);
    CHECK_OK(dw_sql_open(path, false, &old, &err), err);
    CHECK_OK(dw_sql_script(old, dw_schema_migrations[0], &err), err);
    CHECK_OK(dw_sql_script(old, CORE_JOB "PRAGMA user_version = 1", &err), err);
    CHECK_OK(dw_store_migrate(old, &err), err);
    CHECK_OK(dw_sql_int(old, 0, &same, &err,
                        "SELECT count(*) FROM job WHERE asked_media = 'cd' AND media = 'cd' AND"
                        " asked_profile = 'STD-GEN-CD' AND claim = 'STD-GEN-CD' AND"
                        " forbidden = 'hold' AND question = '' AND NOT nonconformant",
                        ""),
             err);
    CHECK_INT(same, 1);
    dw_sql_close(old);
    core_close(&f);
}

#define OLD_STUDY(id, state)                                                                       \
    "INSERT INTO study(id, study_uid, state, patient_id, issuer, patient_name, birth_date, sex,"   \
    " study_date, study_time, study_id, accession, description, institution, referring, objects,"  \
    " first_at, last_at) VALUES(" #id ", '1." #id "', '" state "', 'P', '', 'A^B', '', '', '', '',"  \
    " '', '', '', '', '', 3, 1, 1);"
#define OLD_OBJECT(number, study, calling)                                                         \
    "INSERT INTO object(number, study, state, size_bytes, study_uid, series_uid, sop_instance,"    \
    " sop_class, transfer_syntax, modality, frames, calling, received_at, detail) VALUES(" #number \
    ", " #study ", 'received', 1, '1', '1', '1." #number "', '1', '1', 'CT', 1, '" calling "', 1, '{}');"

/* Jobs: 1 has listed all three objects and left one off, 2 was made when the third had not come yet. */
static void studies_and_jobs_of_before_know_what_is_on_their_discs(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    char path[128];
    dw_sql *old = NULL;
    int64_t count = 0;
    core_open(&f);
    snprintf(path, sizeof path, "%s/old.db", f.state);
    CHECK_OK(dw_sql_open(path, false, &old, &err), err);
    for (int i = 0; i < 2; i++)
        CHECK_OK(dw_sql_script(old, dw_schema_migrations[i], &err), err);
    CHECK_OK(dw_sql_script(old,
                           OLD_STUDY(1, "published") OLD_STUDY(2, "receiving")
                           OLD_OBJECT(5, 1, "CT1") OLD_OBJECT(7, 1, "CT2") OLD_OBJECT(9, 1, "CT1")
                           OLD_OBJECT(6, 2, "MR1") CORE_JOB CORE_VOLUME
                           "UPDATE job SET objects = 3;"
                           "INSERT INTO job SELECT 2, state, reason, step, made_by, recipient, copies,"
                           " media, profile, template, viewer, robot, made_at, done_at, seed,"
                           " cancel_asked, 2, patient_id, issuer, patient_name, birth_date,"
                           " asked_media, asked_profile, forbidden, compress, claim, nonconformant,"
                           " question FROM job;"
                           "INSERT INTO volume SELECT 2, 2, n, of, state, dir, media, blocks, size_bytes,"
                           " fileset_uid, fileset_id, objects, planned_at FROM volume;"
                           "INSERT INTO job_study VALUES(1, 1), (2, 1);"
                           "INSERT INTO volume_object VALUES(1, 5), (1, 7), (2, 5), (2, 7);"
                           "PRAGMA user_version = 2",
                           &err),
             err);
    CHECK_OK(dw_store_migrate(old, &err), err);
    CHECK_OK(dw_sql_int(old, 0, &count, &err,
                        "SELECT count(*) FROM object WHERE number || '/' || arrival IN"
                        " ('5/1', '7/2', '9/3', '6/1')",
                        ""),
             err);
    CHECK_INT(count, 4);
    CHECK_OK(dw_sql_int(old, 0, &count, &err,
                        "SELECT count(*) FROM study WHERE id || '/' || arrivals || '/' || calling || '/' ||"
                        " action IN ('1/3/CT1\\CT2/none', '2/1/MR1/')",
                        ""),
             err);
    CHECK_INT(count, 2);
    CHECK_OK(dw_sql_int(old, 0, &count, &err,
                        "SELECT count(*) FROM job_study WHERE job || '/' || to_arrival IN ('1/3', '2/2')",
                        ""),
             err);
    CHECK_INT(count, 2);
    dw_sql_close(old);
    core_close(&f);
}

#define NAMES_MAX 40
struct names {
    char name[NAMES_MAX][40];
    int count;
};

static void read_names(dw_sql *sql, const char *text, const char *about, struct names *out)
{
    struct dw_rows rows;
    struct dw_error err = {0};
    out->count = 0;
    CHECK_OK(dw_sql_query(sql, &rows, &err, text, "t", about), err);
    while (dw_rows_next(&rows)) {
        CHECK(out->count < NAMES_MAX);
        snprintf(out->name[out->count++], sizeof out->name[0], "%s", dw_rows_text(&rows, 0));
    }
    CHECK_OK(dw_rows_done(&rows, &err), err);
}

/* The columns of a table behind each other, or a value for each. */
static void write_columns(dw_sql *sql, const char *table, bool values, char out[2048])
{
    static const char all_names[] = "SELECT name FROM pragma_table_info(?)",
                      all_values[] = "SELECT iif(type = 'TEXT', iif(name = 'state', quote('delivered'), quote('x')), 7)"
                                     " FROM pragma_table_info(?)";
    struct names columns;
    size_t at = 0;
    read_names(sql, values ? all_values : all_names, table, &columns);
    CHECK(columns.count > 0);
    for (int i = 0; i < columns.count; i++)
        at += (size_t)snprintf(out + at, 2048 - at, "%s%s", i ? ", " : "", columns.name[i]);
    CHECK(at < 2048);
}

/* A row in every table, and a copy of the table beside it. */
static void fill(dw_sql *sql, const struct names *tables)
{
    struct dw_error err = {0};
    for (int i = 0; i < tables->count; i++) {
        const char *table = tables->name[i];
        char values[2048], text[2400];
        write_columns(sql, table, true, values);
        snprintf(text, sizeof text, "INSERT INTO %s VALUES(%s); CREATE TABLE kept_%s AS SELECT * FROM %s", table, values,
                 table, table);
        CHECK_OK(dw_sql_script(sql, text, &err), err);
    }
}

static void check_kept(dw_sql *sql, const struct names *tables)
{
    struct dw_error err = {0};
    int64_t lost = -1;
    CHECK_OK(dw_sql_script(sql, "CREATE TABLE lost(rows)", &err), err);
    for (int i = 0; i < tables->count; i++) {
        char columns[2048], text[4600], kept[64];
        snprintf(kept, sizeof kept, "kept_%s", tables->name[i]);
        write_columns(sql, kept, false, columns);
        snprintf(text, sizeof text, "INSERT INTO lost SELECT count(*) FROM (SELECT %s FROM %s EXCEPT SELECT %s FROM %s)",
                 columns, kept, columns, tables->name[i]);
        CHECK_OK(dw_sql_script(sql, text, &err), err);
    }
    CHECK_OK(dw_sql_int(sql, -1, &lost, &err, "SELECT sum(rows) FROM lost", ""), err);
    CHECK_INT(lost, 0);
}

static void a_database_of_every_older_version_keeps_all_that_it_held(void)
{
    char folder[64], path[96], text[64];
    struct dw_error err = {0};
    struct names tables;
    test_folder(folder);
    for (int version = 1; version < dw_store_version(); version++) {
        dw_sql *old = NULL;
        int64_t now = 0;
        snprintf(path, sizeof path, "%s/%d.db", folder, version);
        CHECK_OK(dw_sql_open(path, false, &old, &err), err);
        for (int i = 0; i < version; i++)
            CHECK_OK(dw_sql_script(old, dw_schema_migrations[i], &err), err);
        snprintf(text, sizeof text, "PRAGMA foreign_keys = OFF; PRAGMA user_version = %d", version);
        CHECK_OK(dw_sql_script(old, text, &err), err);
        read_names(old, "SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite_%'", "table", &tables);
        fill(old, &tables);
        CHECK_OK(dw_store_migrate(old, &err), err);
        CHECK_OK(dw_sql_int(old, 0, &now, &err, "PRAGMA user_version", ""), err);
        CHECK_INT(now, dw_store_version());
        check_kept(old, &tables);
        dw_sql_close(old);
    }
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void a_reader_cannot_write(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    char db[128];
    dw_sql *reader = NULL;
    core_open(&f);
    snprintf(db, sizeof db, "%s/discwright.db", f.state);
    CHECK_OK(dw_sql_open(db, true, &reader, &err), err);
    CHECK(dw_sql_exec(reader, &err, "DELETE FROM counter", "") != DW_OK);
    dw_sql_close(reader);
    core_close(&f);
}

static void what_is_not_committed_is_not_there(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    core_open(&f);
    CHECK_OK(dw_sql_begin(f.core.sql, &err), err);
    CHECK_INT(dw_sql_begin(f.core.sql, &err), DW_ERR_INTERNAL);
    CHECK_OK(dw_sql_exec(f.core.sql, &err, "UPDATE counter SET value = ?", "i", (int64_t)77), err);
    CHECK_INT(dw_sql_end(f.core.sql, DW_ERR_IO, &err), DW_ERR_IO);
    CHECK_STR(core_text(&f, "SELECT value FROM counter"), "1");
    CHECK(!dw_sql_in_transaction(f.core.sql));
    core_close(&f);
}

static void the_same_statement_may_run_inside_itself(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    struct dw_rows outer, inner;
    static const char text[] = "SELECT 1 UNION ALL SELECT 2";
    int seen = 0;
    core_open(&f);
    CHECK_OK(dw_sql_query(f.core.sql, &outer, &err, text, ""), err);
    while (dw_rows_next(&outer)) {
        CHECK_OK(dw_sql_query(f.core.sql, &inner, &err, text, ""), err);
        while (dw_rows_next(&inner))
            seen++;
        CHECK_OK(dw_rows_done(&inner, &err), err);
    }
    CHECK_OK(dw_rows_done(&outer, &err), err);
    CHECK_INT(seen, 4);
    core_close(&f);
}

static void one_sop_instance_is_received_once(void)
{
    struct core_fixture f;
    struct dw_error err = {0};
    static const char insert[] =
        "INSERT INTO object(number, state, size_bytes, study_uid, series_uid, sop_instance,"
        " sop_class, transfer_syntax, modality, frames, calling, received_at, detail)"
        " VALUES(?, ?, 1, '1', '1', '1.2.3', '1', '1', 'CT', 1, '', 1, '{}')";
    core_open(&f);
    CHECK_OK(dw_sql_exec(f.core.sql, &err, insert, "it", (int64_t)1, "received"), err);
    CHECK_INT(dw_sql_exec(f.core.sql, &err, insert, "it", (int64_t)2, "received"), DW_ERR_CONFLICT);
    CHECK_OK(dw_sql_exec(f.core.sql, &err, insert, "it", (int64_t)3, "quarantined"), err);
    core_close(&f);
}

TESTS(TEST(a_new_database_has_our_version_and_a_second_open_changes_nothing),
      TEST(a_commit_waits_for_the_disk), TEST(a_database_of_a_newer_version_is_left_alone),
      TEST(a_migration_that_fails_leaves_the_old_version_whole), TEST(a_reader_cannot_write),
      TEST(studies_and_jobs_of_before_know_what_is_on_their_discs),
      TEST(a_database_of_every_older_version_keeps_all_that_it_held),
      TEST(a_job_of_version_1_keeps_its_medium_and_profile_as_what_was_ordered),
      TEST(what_is_not_committed_is_not_there), TEST(the_same_statement_may_run_inside_itself),
      TEST(one_sop_instance_is_received_once))
