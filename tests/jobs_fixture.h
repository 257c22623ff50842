/** Jobs by hand: a study arrives, is ordered, and the test plays work tasks and the robot. */
#ifndef DW_TESTS_JOBS_FIXTURE_H
#define DW_TESTS_JOBS_FIXTURE_H
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "daemon_fixture.h"
#include "daemon/command.h"
#include "daemon/states.h"

/* Orders go the way of the command line. */

static inline dw_channel *open_control(struct fixture *f)
{
    struct dw_error err = {0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    dw_channel *channel = NULL;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/state/run/control.sock", f->folder);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK_OK(dw_channel_new(fd, &channel, &err), err);
    return channel;
}

static inline json_t *order(struct fixture *f, json_t *request)
{
    struct dw_error err = {0};
    dw_channel *control = open_control(f);
    CHECK_OK(dw_channel_send(control, request, NULL, 0, NULL, 0, 1000, &err), err);
    spin(f);
    json_t *reply = channel_hear(control, "reply");
    CHECK(reply != NULL);
    dw_channel_free(control);
    return reply;
}

static inline const char *order_status(struct fixture *f, json_t *request)
{
    static char out[64];
    json_t *reply = order(f, request);
    snprintf(out, sizeof out, "%s", dw_json_text(reply, "status"));
    json_decref(reply);
    return out;
}

/* Objects numbered from `first`, each with its number as the end of its UID and in its bytes; then its quiet time. */
static inline void receive_objects(struct fixture *f, const char *study_uid, int64_t first, int count,
                                   const char *transfer_syntax)
{
    dw_channel *association = associate(f);
    for (int64_t number = first; number < first + count; number++) {
        char uid[64], series[64], bytes[64];
        snprintf(series, sizeof series, "%s.1", study_uid);
        snprintf(uid, sizeof uid, "%s.1.%lld", study_uid, (long long)number);
        snprintf(bytes, sizeof bytes, "object %lld", (long long)number);
        commit_ok(f, association, number,
                  &(struct made_object){"P1", study_uid, series, uid, bytes, transfer_syntax});
    }
    dw_channel_free(association);
    advance_s(f, f->config.intake.quiet_s + 2);
}

static inline void receive_study(struct fixture *f, int objects, const char *transfer_syntax)
{
    receive_objects(f, "1.2.3", 1, objects, transfer_syntax);
    CHECK_STR(ask_text(f, "SELECT state FROM study"), "complete");
}

static inline void burn(struct fixture *f, int copies)
{
    CHECK_STR(order_status(f, json_pack("{s:s, s:i, s:i}", "type", "burn", "study", 1, "copies",
                                        copies)),
              "OK");
}

static int64_t batch_first; /* number of the first item of the last batch */

/* Say of every item of the waiting batch that it is done, but for `crash_at` (from 1; 0: none), at which the
 * program dies. Returns how many items it was asked. */
static inline size_t play_batch(struct fixture *f, const char *task, size_t crash_at)
{
    struct fake *fake = fake_find(f, "discwright-work", task);
    json_t *message = fake_hear(f, fake, "task"), *item;
    json_t *items = json_object_get(message, "items");
    size_t i, count = json_array_size(items);
    batch_first = dw_json_int(json_array_get(items, 0), "number", 0);
    json_array_foreach (items, i, item) {
        if (i + 1 == crash_at)
            break;
        struct dw_object object;
        dw_object_init(&object);
        fake_say(f, fake, json_pack("{s:s, s:s, s:s, s:I, s:s, s:i, s:o}", "type", "item", "status",
                                    "OK", "text", "", "number",
                                    (json_int_t)dw_json_int(item, "number", 0), "sha256",
                                    "00000000000000000000000000000000"
                                    "00000000000000000000000000000000",
                                    "size_bytes", 10, "object", dw_object_to_json(&object)));
    }
    json_decref(message);
    if (crash_at)
        fake_die(f, fake);
    else
        task_result(f, fake, json_object());
    return count;
}

static inline void write_file(struct fixture *f, const char *dir, const char *name, const char *text)
{
    char path[DW_PATH_MAX];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/state/%s", f->folder, dir);
    CHECK_OK(dw_file_make_dirs(path, &err), err);
    snprintf(path, sizeof path, "%s/state/%s/%s", f->folder, dir, name);
    CHECK_OK(dw_file_save(NULL, path, text, strlen(text), &err), err);
}

/* What the plan task was told stays with the caller: json_decref(). */
static inline json_t *play_plan_told(struct fixture *f, int job, int volumes)
{
    struct fake *fake = fake_find(f, "discwright-work", "plan");
    json_t *list = json_array(), *message = fake_hear(f, fake, "task");
    CHECK(message != NULL);
    CHECK_INT(strlen(dw_json_text(message, "seed")), 64);
    for (int n = 1; n <= volumes; n++) {
        char dir[64], path[DW_PATH_MAX];
        snprintf(dir, sizeof dir, "volumes/%d-%d", job, n);
        snprintf(path, sizeof path, "%s/state/%s", f->folder, dir);
        write_file(f, dir, "objects", n == 1 ? "1\n2\n" : "3\n");
        json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:i, s:i, s:s, s:s, s:i}", "n", n,
                                              "of", volumes, "dir", path, "blocks", 100,
                                              "size_bytes", 204800, "fileset_uid", "2.25.1",
                                              "fileset_id", "DW1", "objects", 2));
    }
    bool as_is = strcmp(dw_json_text(message, "forbidden"), "as-is") == 0;
    task_result(f, fake,
                json_pack("{s:o, s:[{s:i, s:s}], s:[s], s:s, s:b}", "volumes", list, "left_off",
                          "number", 9, "reason", "too large", "repairs", "a name was filled in",
                          "profile", as_is ? "" : dw_json_text(message, "profile"), "nonconformant",
                          as_is));
    return message;
}

static inline void play_plan(struct fixture *f, int job, int volumes)
{
    json_decref(play_plan_told(f, job, volumes));
}

static inline void play_labels(struct fixture *f, int volumes)
{
    for (int n = 1; n <= volumes; n++) {
        struct fake *fake = fake_find(f, "discwright-work", "label");
        json_t *message = fake_hear(f, fake, "task");
        json_t *values = json_object_get(message, "values");
        CHECK_STR(dw_json_text(values, "PATIENT_NAME"), "Test, P1");
        CHECK_STR(dw_json_text(values, "STUDY_DATES"), "2026-01-02");
        CHECK_STR(dw_json_text(values, "MODALITIES"), "CT");
        json_decref(message);
        task_result(f, fake, json_object());
    }
}

/* A job as far as its discs. */
static inline void prepare(struct fixture *f, int volumes)
{
    CHECK_STR(ask_text(f, "SELECT step FROM job"), "previews");
    play_batch(f, "render", 0);
    CHECK_STR(ask_text(f, "SELECT step FROM job"), "planning");
    play_plan(f, 1, volumes);
    CHECK_STR(ask_text(f, "SELECT step FROM job"), "labels");
    play_labels(f, volumes);
    CHECK_STR(ask_text(f, "SELECT state FROM job"), "active");
}

static inline struct fake *robot(struct fixture *f)
{
    return fake_find(f, "discwright-robot", "sim1");
}

static inline void greet(struct fixture *f)
{
    fake_say(f, robot(f), json_pack("{s:s, s:s}", "type", "hello", "driver", "sim"));
}

static inline const char *event(struct fixture *f, int disc, const char *name)
{
    static char out[64];
    struct fake *fake = robot(f);
    fake_say(f, fake, json_pack("{s:s, s:i, s:s, s:i, s:s}", "type", "event", "disc", disc, "event",
                                name, "drive", 1, "text", ""));
    json_t *stored = fake_hear(f, fake, "stored");
    CHECK(stored != NULL);
    CHECK_STR(dw_json_text(stored, "event"), name);
    snprintf(out, sizeof out, "%s %s", dw_json_text(stored, "status"), dw_json_text(stored, "state"));
    json_decref(stored);
    return out;
}

static inline void make_disc(struct fixture *f, int disc)
{
    CHECK_STR(event(f, disc, "load"), "OK loading");
    CHECK_STR(event(f, disc, "loaded"), "OK burning");
    CHECK_STR(event(f, disc, "burned"), "OK verifying");
    CHECK_STR(event(f, disc, "verified"), "OK printing");
    CHECK_STR(event(f, disc, "printed"), "OK delivering");
    CHECK_STR(event(f, disc, "delivered"), "OK delivered");
}

static inline void spoil_disc(struct fixture *f, int disc)
{
    CHECK_STR(event(f, disc, "load"), "OK loading");
    CHECK_STR(event(f, disc, "loaded"), "OK burning");
    CHECK_STR(event(f, disc, "bad_disc"), "OK rejecting");
    CHECK_STR(event(f, disc, "out"), "OK rejected");
}

#endif
