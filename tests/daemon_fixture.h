/** A daemon with fake children: the spawner hands the child's end of each channel to the test, which plays
 *  receivers, work tasks and robots by hand. The clock stands until it is moved. */
#ifndef DW_TESTS_DAEMON_FIXTURE_H
#define DW_TESTS_DAEMON_FIXTURE_H
#include <fcntl.h>
#include <sys/stat.h>
#include "base/channel.h"
#include "base/file.h"
#include "base/hash.h"
#include "daemon/daemon.h"
#include "daemon/sql.h"
#include "dicom/object.h"
#include "config_fixture.h"

#define FAKES_MAX 256

struct fake {
    char program[64], word[64];
    dw_channel *channel; /* NULL: it has ended */
};
struct fixture {
    char folder[64];
    struct dw_config config;
    struct dw_clock_manual hands;
    struct dw_spawner spawner;
    const struct dw_disk *disk; /* NULL: the real one */
    struct fake fakes[FAKES_MAX];
    size_t fake_count;
    bool refuse; /* nothing can be started */
    dw_daemon *daemon;
    dw_sql *peek; /* a reader beside the daemon: sees what is committed */
};

static dw_status fake_spawn(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid,
                            struct dw_error *err)
{
    struct fixture *f = ctx;
    if (f->refuse || f->fake_count == FAKES_MAX)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "program %s is not installed", argv[0]);
    struct fake *fake = &f->fakes[f->fake_count++];
    snprintf(fake->program, sizeof fake->program, "%s", argv[0]);
    snprintf(fake->word, sizeof fake->word, "%s", argv[1] ? argv[1] : "");
    *out_pid = 0;
    return dw_channel_new(fcntl(child_fd, F_DUPFD_CLOEXEC, 3), &fake->channel, err);
}

static inline void spin(struct fixture *f)
{
    struct dw_error err = {0};
    for (int i = 0; i < 40; i++)
        CHECK_OK(dw_daemon_step(f->daemon, 0, &err), err);
}

static inline void fixture_open(struct fixture *f)
{
    struct dw_error err = {0};
    struct dw_log quiet = {.fd = -1, .level = DW_LOG_ERROR, .program = "test"};
    char db[DW_PATH_MAX];
    struct dw_daemon_opts opts = {.config = &f->config,
                                  .spawner = &f->spawner,
                                  .clock = dw_clock_from_manual(&f->hands),
                                  .random = dw_random_system(),
                                  .log = quiet,
                                  .disk = f->disk};
    CHECK_OK(dw_daemon_new(&opts, &f->daemon, &err), err);
    if (!f->daemon)
        exit(1);
    CHECK_OK(dw_daemon_start(f->daemon, &err), err);
    snprintf(db, sizeof db, "%s/state/discwright.db", f->folder);
    CHECK_OK(dw_sql_open(db, true, &f->peek, &err), err);
    spin(f);
}

static inline void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    test_folder(f->folder);
    dw_config_defaults(&f->config);
    snprintf(f->config.daemon.state, sizeof f->config.daemon.state, "%s/state", f->folder);
    f->config.intake.reserve = 1;
    f->config.intake.quiet_s = 10;
    test_config_add(&f->config, "robot sim1");
    f->hands = (struct dw_clock_manual){.wall_us = 1700000000000000, .mono_us = 1000000};
    f->spawner = (struct dw_spawner){.spawn = fake_spawn, .ctx = f};
    fixture_open(f);
}

static inline void fakes_close(struct fixture *f)
{
    for (size_t i = 0; i < f->fake_count; i++) {
        dw_channel_free(f->fakes[i].channel);
        f->fakes[i].channel = NULL;
    }
    f->fake_count = 0;
}

static inline void fixture_close(struct fixture *f)
{
    dw_sql_close(f->peek);
    dw_daemon_free(f->daemon);
    fakes_close(f);
    f->daemon = NULL;
}

/* What the tables hold when the daemon starts again: between fixture_close() and fixture_open(). */
static inline void fixture_edit(struct fixture *f, const char *script)
{
    char db[DW_PATH_MAX];
    struct dw_error err = {0};
    dw_sql *sql = NULL;
    snprintf(db, sizeof db, "%s/state/discwright.db", f->folder);
    CHECK_OK(dw_sql_open(db, false, &sql, &err), err);
    CHECK_OK(dw_sql_script(sql, script, &err), err);
    dw_sql_close(sql);
}

/* As after a crash: nothing but the state folder is left. */
static inline void fixture_restart(struct fixture *f)
{
    fixture_close(f);
    fixture_open(f);
}

static inline void fixture_done(struct fixture *f)
{
    fixture_close(f);
    dw_config_done(&f->config);
    if (dw_file_remove_tree(f->folder, NULL) != DW_OK)
        CHECK(!"the test's folder could be removed");
}

static inline void advance_s(struct fixture *f, int64_t s)
{
    dw_clock_advance(&f->hands, s * 1000000);
    spin(f);
}

/* --- children --- */

/* The newest living child of that name. */
static inline struct fake *fake_find(struct fixture *f, const char *program, const char *word)
{
    for (size_t i = f->fake_count; i-- > 0;)
        if (f->fakes[i].channel && strcmp(f->fakes[i].program, program) == 0 &&
            (!word || strcmp(f->fakes[i].word, word) == 0))
            return &f->fakes[i];
    return NULL;
}

static inline void fake_say(struct fixture *f, struct fake *fake, json_t *head)
{
    struct dw_error err = {0};
    CHECK(fake != NULL);
    if (!fake) {
        json_decref(head);
        return;
    }
    CHECK_OK(dw_channel_send(fake->channel, head, NULL, 0, NULL, 0, 1000, &err), err);
    spin(f);
}

static inline void fake_die(struct fixture *f, struct fake *fake)
{
    CHECK(fake != NULL);
    if (fake) {
        dw_channel_free(fake->channel);
        fake->channel = NULL;
    }
    spin(f);
}

/* The next message of that type; others before it are passed over. NULL: none. json_decref() it. */
static inline json_t *channel_hear(dw_channel *channel, const char *type)
{
    struct dw_message msg;
    while (channel && dw_channel_receive(channel, 0, &msg, NULL) == DW_OK) {
        bool right = strcmp(msg.type, type) == 0;
        json_t *head = right ? json_incref(msg.head) : NULL;
        dw_message_done(&msg);
        if (right)
            return head;
    }
    return NULL;
}

static inline json_t *fake_hear(struct fixture *f, struct fake *fake, const char *type)
{
    spin(f);
    return fake ? channel_hear(fake->channel, type) : NULL;
}

static inline void task_result(struct fixture *f, struct fake *fake, json_t *more)
{
    json_t *result = json_pack("{s:s, s:s, s:s}", "type", "result", "status", "OK", "text", "");
    json_object_update(result, more);
    json_decref(more);
    fake_say(f, fake, result);
    fake_die(f, fake);
}

/* --- rows --- */

static inline int64_t ask_int(struct fixture *f, const char *text)
{
    struct dw_error err = {0};
    int64_t value = -1;
    CHECK_OK(dw_sql_int(f->peek, -1, &value, &err, text, ""), err);
    return value;
}

/* Texts of one column, joined by spaces: "delivered reserved". */
static inline const char *ask_text(struct fixture *f, const char *text)
{
    static char out[512];
    struct dw_rows rows;
    struct dw_error err = {0};
    out[0] = '\0';
    CHECK_OK(dw_sql_query(f->peek, &rows, &err, text, ""), err);
    while (dw_rows_next(&rows)) {
        size_t n = strlen(out);
        snprintf(out + n, sizeof out - n, "%s%s", n ? " " : "", dw_rows_text(&rows, 0));
    }
    CHECK_OK(dw_rows_done(&rows, &err), err);
    return out;
}

/* --- a modality --- */

static inline dw_channel *associate(struct fixture *f)
{
    struct dw_error err = {0};
    int fds[2];
    dw_channel *ours = NULL;
    struct fake *listener = fake_find(f, "discwright-receive", NULL);
    CHECK(listener != NULL);
    CHECK_OK(dw_channel_pair(fds, &err), err);
    CHECK_OK(dw_channel_send(listener->channel, json_pack("{s:s}", "type", "association"), NULL, 0,
                             &fds[1], 1, 1000, &err),
             err);
    close(fds[1]);
    CHECK_OK(dw_channel_new(fds[0], &ours, &err), err);
    spin(f);
    return ours;
}

static inline json_t *admit(struct fixture *f, dw_channel *association)
{
    struct dw_error err = {0};
    CHECK_OK(dw_channel_send(association,
                             json_pack("{s:s, s:s, s:s, s:s}", "type", "admit", "calling", "CT1",
                                       "called", "DISCWRIGHT", "peer", "127.0.0.1"),
                             NULL, 0, NULL, 0, 1000, &err),
             err);
    spin(f);
    return channel_hear(association, "admitted");
}

struct made_object {
    const char *patient, *study, *series, *instance, *bytes, *transfer_syntax;
};

static inline void describe(const struct made_object *made, struct dw_object *out)
{
    dw_object_init(out);
    snprintf(out->patient_id, sizeof out->patient_id, "%s", made->patient);
    snprintf(out->patient_name, sizeof out->patient_name, "Test^%s", made->patient);
    snprintf(out->birth_date, sizeof out->birth_date, "19700101");
    snprintf(out->study_uid, sizeof out->study_uid, "%s", made->study);
    snprintf(out->study_date, sizeof out->study_date, "20260102");
    snprintf(out->series_uid, sizeof out->series_uid, "%s", made->series);
    snprintf(out->sop_instance, sizeof out->sop_instance, "%s", made->instance);
    snprintf(out->sop_class, sizeof out->sop_class, "1.2.840.10008.5.1.4.1.1.2");
    snprintf(out->transfer_syntax, sizeof out->transfer_syntax, "%s",
             made->transfer_syntax ? made->transfer_syntax : "1.2.840.10008.1.2.1");
    snprintf(out->modality, sizeof out->modality, "CT");
    out->rows = out->columns = 512;
    out->bits_allocated = 16;
    out->bits_stored = 12;
    out->samples_per_pixel = 1;
    out->has_pixels = out->has_meta = true;
}

static inline void spool_file(struct fixture *f, int64_t number, const char *bytes)
{
    char path[DW_PATH_MAX];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/state/spool/%lld", f->folder, (long long)(number / 1000));
    CHECK_OK(dw_file_make_dirs(path, &err), err);
    snprintf(path, sizeof path, "%s/state/spool/%lld/%lld", f->folder, (long long)(number / 1000),
             (long long)number);
    CHECK_OK(dw_file_save(NULL, path, bytes, strlen(bytes), &err), err);
}

static inline bool spool_has(struct fixture *f, int64_t number)
{
    char path[DW_PATH_MAX];
    snprintf(path, sizeof path, "%s/state/spool/%lld/%lld", f->folder, (long long)(number / 1000),
             (long long)number);
    return access(path, F_OK) == 0;
}

/* Publish a file and ask for its row; the answer is not waited for. */
static inline void post_commit(struct fixture *f, dw_channel *association, int64_t number,
                               const struct made_object *made, const char *reason)
{
    struct dw_error err = {0};
    struct dw_object object;
    uint8_t sha256[DW_SHA256_SIZE];
    char hex[2 * DW_SHA256_SIZE + 1];
    describe(made, &object);
    spool_file(f, number, made->bytes);
    dw_sha256_of(made->bytes, strlen(made->bytes), sha256);
    dw_text_hex(sha256, sizeof sha256, hex);
    json_t *head = json_pack("{s:s, s:I, s:s, s:o, s:s, s:s}", "type", reason ? "quarantine" : "commit",
                             "number", (json_int_t)number, "sha256", hex, "object",
                             dw_object_to_json(&object), "calling", "CT1", "called",
                             "DISCWRIGHT");
    if (reason)
        json_object_set_new(head, "reason", json_string(reason));
    CHECK_OK(dw_channel_send(association, head, "record", 6, NULL, 0, 1000, &err), err);
}

static inline json_t *commit(struct fixture *f, dw_channel *association, int64_t number,
                             const struct made_object *made, const char *reason)
{
    post_commit(f, association, number, made, reason);
    spin(f);
    return channel_hear(association, "committed");
}

static inline void commit_ok(struct fixture *f, dw_channel *association, int64_t number,
                             const struct made_object *made)
{
    json_t *answer = commit(f, association, number, made, NULL);
    CHECK(answer != NULL);
    CHECK_STR(dw_json_text(answer, "status"), "OK");
    json_decref(answer);
}

#endif
