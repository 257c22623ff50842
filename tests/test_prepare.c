#include <unistd.h>
#include "jobs_fixture.h"

static json_t *hear_task(struct fixture *f, const char *task)
{
    json_t *message = fake_hear(f, fake_find(f, "discwright-work", task), "task");
    CHECK(message != NULL);
    return message;
}

static void item_is(struct fixture *f, int64_t number, bool good)
{
    struct dw_object object;
    dw_object_init(&object);
    fake_say(f, fake_find(f, "discwright-work", NULL),
             json_pack("{s:s, s:s, s:s, s:I, s:s, s:i, s:o}", "type", "item", "status",
                       good ? "OK" : "CORRUPT", "text", good ? "" : "its pixels are too few",
                       "number", (json_int_t)number, "sha256",
                       "00000000000000000000000000000000"
                       "00000000000000000000000000000000",
                       "size_bytes", 10, "object", dw_object_to_json(&object)));
}

static void augmented_keys_ask_for_an_icon_of_every_image(void)
{
    struct fixture f;
    fixture_init(&f);
    snprintf(f.config.directory.keys, sizeof f.config.directory.keys, "augmented");
    receive_study(&f, 2, NULL);
    burn(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT step FROM job"), "icons");
    json_t *message = hear_task(&f, "render");
    const json_t *items = json_object_get(message, "items"), *item = json_array_get(items, 1);
    CHECK_INT(json_array_size(items), 2);
    CHECK_INT(dw_json_int(item, "icon", 0), 64);
    CHECK_HAS(dw_json_text(item, "dst"), "/derived/icon-64/2");
    json_decref(message);
    item_is(&f, 1, true);
    item_is(&f, 2, false);
    task_result(&f, fake_find(&f, "discwright-work", "render"), json_object());
    CHECK_STR(ask_text(&f, "SELECT state FROM derived WHERE kind = 'icon-64' ORDER BY number"),
              "ready failed");
    play_batch(&f, "render", 0);
    json_t *told = play_plan_told(&f, 1, 1);
    CHECK_STR(dw_json_text(told, "keys"), "augmented");
    CHECK(dw_text_ends_with(dw_json_text(told, "icons"), "/derived/icon-64"));
    CHECK_INT(json_array_size(json_object_get(told, "failed")), 0); /* an icon is no image */
    json_decref(told);
    fixture_done(&f);
}

static void without_augmented_keys_no_icon_is_drawn(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 2, NULL);
    burn(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT step FROM job"), "previews");
    play_batch(&f, "render", 0);
    json_t *told = play_plan_told(&f, 1, 1);
    CHECK_STR(dw_json_text(told, "icons"), "");
    CHECK_STR(dw_json_text(told, "keys"), "standard");
    CHECK_STR(dw_json_text(told, "blank"), "cd");
    CHECK_STR(dw_json_text(told, "udf"), "");
    json_decref(told);
    fixture_done(&f);
}

#define JPEG "1.2.840.10008.1.2.4.70"
#define PLAIN "1.2.840.10008.1.2.1"

static void what_cannot_be_compressed_is_converted_without(void)
{
    struct fixture f;
    fixture_init(&f);
    f.config.jobs.compress = true;
    f.config.jobs.volume_size = 1000; /* more discs than one, whatever arrives */
    snprintf(f.config.jobs.media, sizeof f.config.jobs.media, "dvd");
    receive_study(&f, 3, "1.2.840.10008.1.2"); /* implicit VR */
    burn(&f, 1);
    json_t *message = hear_task(&f, "transcode");
    CHECK_STR(dw_json_text(message, "transfer_syntax"), JPEG);
    CHECK_INT(json_array_size(json_object_get(message, "items")), 3);
    CHECK_HAS(dw_json_text(json_array_get(json_object_get(message, "items"), 0), "dst"),
              "/derived/" JPEG "/1");
    json_decref(message);
    item_is(&f, 1, true);
    item_is(&f, 2, false);
    item_is(&f, 3, true);
    task_result(&f, fake_find(&f, "discwright-work", "transcode"), json_object());
    message = hear_task(&f, "transcode");
    CHECK_STR(dw_json_text(message, "transfer_syntax"), PLAIN);
    CHECK_INT(json_array_size(json_object_get(message, "items")), 1);
    json_decref(message);
    item_is(&f, 2, true);
    task_result(&f, fake_find(&f, "discwright-work", "transcode"), json_object());
    CHECK_STR(ask_text(&f, "SELECT number || state FROM derived WHERE kind = '" JPEG "'"
                           " ORDER BY number"),
              "1ready 2failed 3ready");
    CHECK_STR(ask_text(&f, "SELECT number || state FROM derived WHERE kind = '" PLAIN "'"),
              "2ready");
    CHECK_STR(ask_text(&f, "SELECT step FROM job"), "previews");
    play_batch(&f, "render", 0);
    json_t *told = play_plan_told(&f, 1, 1);
    CHECK_STR(dw_json_text(told, "compress"), JPEG);
    json_decref(told);
    fixture_done(&f);
}

/* A DVD's directory must have Rows, which nobody looks up to choose what is converted. */
static void what_was_not_looked_up_does_not_keep_an_image_from_being_converted(void)
{
    struct fixture f;
    fixture_init(&f);
    snprintf(f.config.jobs.media, sizeof f.config.jobs.media, "dvd");
    receive_study(&f, 2, "1.2.840.10008.1.2"); /* implicit VR */
    burn(&f, 1);
    CHECK_STR(ask_text(&f, "SELECT step FROM job"), "transcoding");
    json_t *message = hear_task(&f, "transcode");
    CHECK_STR(dw_json_text(message, "transfer_syntax"), PLAIN);
    CHECK_INT(json_array_size(json_object_get(message, "items")), 2);
    json_decref(message);
    fixture_done(&f);
}

static bool is_there(struct fixture *f, const char *rel)
{
    char path[DW_PATH_MAX];
    snprintf(path, sizeof path, "%s/state/derived/%s", f->folder, rel);
    return access(path, F_OK) == 0;
}

/* A lost database counts objects from 1 again, and pictures are found by number. */
static void pictures_that_this_database_did_not_make_are_gone_before_a_job_runs(void)
{
    struct fixture f;
    fixture_init(&f);
    receive_study(&f, 2, NULL);
    burn(&f, 1);
    play_batch(&f, "render", 0);
    write_file(&f, "derived/previews", "1-1.jpg", "made");
    write_file(&f, "derived/previews", "1-7.jpg", "of another object 1");
    write_file(&f, "derived/previews", "odd", "");
    write_file(&f, "derived/icon-64", "2", "of another object 2");
    write_file(&f, "derived/" PLAIN, "2.part", "half");
    fixture_restart(&f);
    CHECK(is_there(&f, "previews/1-1.jpg"));
    CHECK(!is_there(&f, "previews/1-7.jpg"));
    CHECK(!is_there(&f, "previews/odd"));
    CHECK(!is_there(&f, "icon-64/2"));
    CHECK(!is_there(&f, PLAIN "/2.part"));
    fixture_done(&f);
}

TESTS(TEST(pictures_that_this_database_did_not_make_are_gone_before_a_job_runs),
      TEST(augmented_keys_ask_for_an_icon_of_every_image),
      TEST(without_augmented_keys_no_icon_is_drawn),
      TEST(what_cannot_be_compressed_is_converted_without),
      TEST(what_was_not_looked_up_does_not_keep_an_image_from_being_converted))
