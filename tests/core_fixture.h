/** The tables alone, without a daemon: a core on a database in a private folder, its clock standing. */
#ifndef DW_TESTS_CORE_FIXTURE_H
#define DW_TESTS_CORE_FIXTURE_H
#include "daemon/core.h"
#include "config_fixture.h"

struct core_fixture {
    char folder[64], state[80];
    struct dw_config config;
    struct dw_clock_manual hands;
    struct dw_core core;
};

static inline void core_open(struct core_fixture *f)
{
    char db[128];
    struct dw_error err = {0};
    memset(f, 0, sizeof *f);
    test_folder(f->folder);
    dw_config_defaults(&f->config);
    snprintf(f->state, sizeof f->state, "%s/state", f->folder);
    CHECK_OK(dw_file_make_dirs(f->state, &err), err);
    f->hands = (struct dw_clock_manual){.wall_us = 1700000000000000, .mono_us = 1};
    f->core = (struct dw_core){.config = &f->config,
                               .state = f->state,
                               .log = {.fd = -1, .level = DW_LOG_ERROR, .program = "test"},
                               .clock = dw_clock_from_manual(&f->hands),
                               .random = dw_random_system(),
                               .disk = &dw_disk_real};
    CHECK_OK(dw_loop_new(&f->core.clock, &f->core.loop, &err), err);
    snprintf(db, sizeof db, "%s/discwright.db", f->state);
    CHECK_OK(dw_store_open(db, &f->core.sql, &err), err);
    if (!f->core.sql)
        exit(1);
}

static inline void core_close(struct core_fixture *f)
{
    dw_sql_close(f->core.sql);
    dw_loop_free(f->core.loop);
    dw_config_done(&f->config);
    if (dw_file_remove_tree(f->folder, NULL) != DW_OK)
        CHECK(!"the test's folder could be removed");
}

static inline void core_script(struct core_fixture *f, const char *text)
{
    struct dw_error err = {0};
    CHECK_OK(dw_sql_script(f->core.sql, text, &err), err);
}

static inline const char *core_text(struct core_fixture *f, const char *text)
{
    static char out[512];
    struct dw_rows rows;
    struct dw_error err = {0};
    out[0] = '\0';
    CHECK_OK(dw_sql_query(f->core.sql, &rows, &err, text, ""), err);
    while (dw_rows_next(&rows)) {
        size_t n = strlen(out);
        snprintf(out + n, sizeof out - n, "%s%s", n ? " " : "", dw_rows_text(&rows, 0));
    }
    CHECK_OK(dw_rows_done(&rows, &err), err);
    return out;
}

#define CORE_JOB                                                                                   \
    "INSERT INTO job(id, state, made_by, recipient, copies, media, profile, template, viewer,"     \
    " robot, made_at, seed, patient_id, issuer, patient_name, birth_date) VALUES(1, 'active',"     \
    " 'desk', '', 2, 'cd', 'STD-GEN-CD', 'standard', 1, 'sim1', 1, '00', 'P1', '', 'A^B', '');"
#define CORE_VOLUME                                                                                \
    "INSERT INTO volume(id, job, n, of, state, dir, media, blocks, size_bytes, fileset_uid,"       \
    " fileset_id, objects, planned_at) VALUES(1, 1, 1, 1, 'planned', 'volumes/1-1', 'cd', 10,"     \
    " 20480, '2.25.1', 'DW', 1, 1);"

#endif
