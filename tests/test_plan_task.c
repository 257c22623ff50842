/* The plan task as the appliance runs it: in a process of its own, from an object list. */
#include <jansson.h>
#include <sys/stat.h>

#include "base/child.h"
#include "base/file.h"
#include "burn/image/stream.h"
#include "fileset_fixture.h"
#include "test.h"

#define WORK DW_BIN "/discwright-work"
#define SEED "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Tests lie beside bin/, so the program has to be named. */
static dw_status spawn(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid,
                       struct dw_error *err)
{
    const char *words[] = {WORK, argv[1], NULL};
    return dw_spawner_real.spawn(dw_spawner_real.ctx, words, child_fd, out_pid, err);
}

static void write_source(const char *path, size_t size, uint8_t sha256[DW_SHA256_SIZE])
{
    struct dw_error err = {0};
    char *data = malloc(size + 1);
    memset(data, (int)strlen(path), size);
    CHECK_OK(dw_file_save(NULL, path, data, size, &err), err);
    dw_sha256_of(data, size, sha256);
    free(data);
}

static void write_list(const char *dir, const struct dw_object *objects, size_t count)
{
    char path[96], file[96];
    struct dw_objects_identity id = {.patient_id = "A1", .patient_name = "Locked^Name"};
    dw_objects_writer *writer = NULL;
    struct dw_error err = {0};
    struct dw_buf record = {0};
    snprintf(path, sizeof path, "%s/list", dir);
    CHECK_OK(dw_objects_create(path, &id, &writer, &err), err);
    for (size_t i = 0; i < count; i++) {
        fixture_record(&objects[i], "", &record);
        snprintf(file, sizeof file, "%s/%zu", dir, i + 1);
        struct dw_objects_row row = {.number = i + 1, .path = file, .has_sha256 = true,
                                     .object = &objects[i], .record = record.data,
                                     .record_size = record.size};
        write_source(file, (size_t)objects[i].size_bytes, row.sha256);
        CHECK_OK(dw_objects_write(writer, &row, &err), err);
    }
    CHECK_OK(dw_objects_publish(writer, &err), err);
    dw_objects_writer_free(writer);
    dw_buf_done(&record);
}

/* more: members beside the usual ones, stolen; NULL none. */
static dw_status plan_with(const char *dir, const char *out, const char *media, json_t *more,
                           json_t **result, struct dw_error *err)
{
    struct dw_spawner spawner = {.spawn = spawn};
    char list[96], target[96];
    snprintf(list, sizeof list, "%s/list", dir);
    snprintf(target, sizeof target, "%s/%s", dir, out);
    json_t *task = json_pack(
        "{s:s, s:I, s:s, s:s, s:s, s:s, s:b, s:s, s:I, s:s, s:s, s:s}", "task", "plan", "job",
        (json_int_t)1, "objects", list, "out", target, "media", media, "profile", "", "viewer", 0,
        "institution", "Testklinik", "made_at_s", (json_int_t)1767225600, "seed", SEED, "previews", "",
        "derived", dir);
    json_object_update(task, more);
    json_decref(more);
    return dw_task_run(&spawner, task, NULL, NULL, result, err);
}

static dw_status plan(const char *dir, const char *out, const char *media, json_t **result,
                      struct dw_error *err)
{
    return plan_with(dir, out, media, NULL, result, err);
}

static void read_file(const char *dir, const char *name, struct dw_buf *out)
{
    char path[128];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/%s", dir, name);
    CHECK_OK(dw_file_read_all(path, 1 << 24, out, &err), err);
}

static void a_list_becomes_volume_folders(void)
{
    char dir[64], path[96];
    struct dw_object objects[3];
    struct dw_error err = {0};
    struct dw_buf text = {0};
    json_t *result = NULL;
    dw_tree *tree = NULL;
    test_folder(dir);
    for (unsigned i = 0; i < 3; i++)
        objects[i] = fixture_object("A1", 1, 1, i + 1);
    write_list(dir, objects, 3);
    CHECK_OK(plan(dir, "v", "cd", &result, &err), err);
    json_t *volume = json_array_get(json_object_get(result, "volumes"), 0);
    CHECK_INT(dw_json_int(volume, "objects", 0), 3);
    CHECK_INT(dw_json_int(volume, "of", 0), 1);
    CHECK(dw_json_int(volume, "blocks", 0) > 20);
    CHECK_HAS(dw_json_text(volume, "dir"), "/v-1");
    read_file(dir, "v-1/objects", &text);
    CHECK_STR(text.data, "1\n2\n3\n");
    read_file(dir, "v-1/expect.json", &text);
    CHECK_HAS(text.data, "Locked^Name"); /* of the job, not of the objects */
    CHECK_HAS(text.data, dw_json_text(volume, "fileset_uid"));
    snprintf(path, sizeof path, "%s/v-1/tree", dir);
    CHECK_OK(dw_tree_load(path, &tree, &err), err);
    CHECK_INT(dw_tree_file_count(tree), 7); /* DICOMDIR, INDEX.HTM, README.TXT, manifest */
    dw_tree_free(tree);
    json_decref(result);
    dw_buf_done(&text);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void image_of(const char *dir, const char *volume, struct dw_buf *out)
{
    char tree_path[96], name[32], image[96];
    struct dw_error err = {0};
    dw_tree *tree = NULL;
    dw_plan *made = NULL;
    snprintf(tree_path, sizeof tree_path, "%s/%s/tree", dir, volume);
    snprintf(name, sizeof name, "%s.iso", volume);
    snprintf(image, sizeof image, "%s/%s", dir, name);
    CHECK_OK(dw_tree_load(tree_path, &tree, &err), err);
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_DVD, 0, &made, &err), err);
    CHECK_OK(dw_stream_to_file(made, image, NULL, NULL, NULL, NULL, &err), err);
    read_file(dir, name, out);
    dw_plan_free(made);
    dw_tree_free(tree);
}

static void the_same_row_gives_the_same_image(void)
{
    char dir[64];
    struct dw_object objects[4];
    struct dw_error err = {0};
    struct dw_buf a = {0}, b = {0};
    test_folder(dir);
    for (unsigned i = 0; i < 4; i++)
        objects[i] = fixture_object("A1", 1, 1 + i % 2, i + 1);
    write_list(dir, objects, 4);
    CHECK_OK(plan(dir, "a", "dvd", NULL, &err), err);
    CHECK_OK(plan(dir, "b", "dvd", NULL, &err), err);
    static const char *const names[] = {"DICOMDIR", "expect.json", "report.json"};
    for (size_t i = 0; i < DW_ARRAY_LEN(names); i++) {
        char in_a[64], in_b[64];
        snprintf(in_a, sizeof in_a, "a-1/%s", names[i]);
        snprintf(in_b, sizeof in_b, "b-1/%s", names[i]);
        read_file(dir, in_a, &a);
        read_file(dir, in_b, &b);
        CHECK(a.size == b.size && memcmp(a.data, b.data, a.size) == 0);
    }
    image_of(dir, "a-1", &a);
    image_of(dir, "b-1", &b);
    CHECK(a.size > 300 * 2048 && a.size == b.size && memcmp(a.data, b.data, a.size) == 0);
    dw_buf_done(&a);
    dw_buf_done(&b);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void two_patients_are_a_conflict_and_nothing_is_made(void)
{
    char dir[64], path[96];
    struct dw_object objects[2] = {fixture_object("A1", 1, 1, 1), fixture_object("B2", 2, 1, 1)};
    struct dw_error err = {0};
    test_folder(dir);
    write_list(dir, objects, 2);
    CHECK_INT(plan(dir, "v", "cd", NULL, &err), DW_ERR_CONFLICT);
    CHECK_HAS(err.text, "more than one patient");
    snprintf(path, sizeof path, "%s/v-1", dir);
    CHECK_INT(access(path, F_OK), -1);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void list_with_a_jpeg(const char *dir)
{
    struct dw_object objects[2] = {fixture_object("A1", 1, 1, 1), fixture_object("A1", 1, 1, 2)};
    snprintf(objects[1].transfer_syntax, sizeof objects[1].transfer_syntax, JPEG_LOSSLESS);
    write_list(dir, objects, 2);
}

static void what_was_not_converted_holds_the_plan_and_names_who_takes_it(void)
{
    char dir[64], path[96];
    struct dw_error err = {0};
    json_t *result = NULL;
    list_with_a_jpeg(test_folder(dir));
    json_t *failed = json_pack("{s:[{s:i, s:s}]}", "failed", "number", 2, "reason", "frame 3 is damaged");
    CHECK_INT(plan_with(dir, "v", "cd", failed, &result, &err), DW_ERR_UNSUPPORTED);
    CHECK_STR(err.text, "1 object has no place in STD-GEN-CD");
    json_t *row = json_array_get(json_object_get(result, "forbidden"), 0);
    CHECK_INT(dw_json_int(row, "number", 0), 2);
    CHECK_STR(dw_json_text(row, "reason"), "frame 3 is damaged");
    row = json_array_get(json_object_get(result, "takers"), 0);
    CHECK_STR(dw_json_text(row, "profile"), "STD-GEN-DVD-JPEG");
    CHECK_STR(dw_json_text(row, "media"), "dvd");
    snprintf(path, sizeof path, "%s/v-1", dir);
    CHECK_INT(access(path, F_OK), -1);
    json_decref(result);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void left_off_or_as_it_is_the_disc_is_made_and_says_so(void)
{
    char dir[64];
    struct dw_error err = {0};
    struct dw_buf text = {0};
    json_t *result = NULL;
    list_with_a_jpeg(test_folder(dir));
    CHECK_OK(plan_with(dir, "l", "cd", json_pack("{s:s}", "forbidden", "leave-off"), &result, &err), err);
    json_t *row = json_array_get(json_object_get(result, "left_off"), 0);
    CHECK_INT(dw_json_int(row, "number", 0), 2);
    CHECK_HAS(dw_json_text(row, "reason"), "converted");
    CHECK_STR(dw_json_text(result, "profile"), "STD-GEN-CD");
    CHECK(json_is_false(json_object_get(result, "nonconformant")));
    json_decref(result);

    CHECK_OK(plan_with(dir, "a", "cd", json_pack("{s:s}", "forbidden", "as-is"), &result, &err), err);
    CHECK_STR(dw_json_text(result, "profile"), "");
    CHECK(json_is_true(json_object_get(result, "nonconformant")));
    row = json_array_get(json_object_get(result, "volumes"), 0);
    CHECK_INT(dw_json_int(row, "objects", 0), 2);
    json_decref(result);
    read_file(dir, "a-1/expect.json", &text);
    CHECK_HAS(text.data, "\"nonconformant\": true");
    CHECK_HAS(text.data, "\"profile\": \"\"");
    read_file(dir, "a-1/REPORT.TXT", &text);
    CHECK_HAS(text.data, "Disc 1 of 1");
    CHECK_HAS(text.data, "follows no DICOM application profile");
    dw_buf_done(&text);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void one_of_several_discs_names_the_others(void)
{
    char dir[64], path[96];
    struct dw_object objects[6];
    struct dw_error err = {0};
    struct dw_buf text = {0};
    dw_tree *tree = NULL;
    size_t at = 0;
    test_folder(dir);
    for (unsigned i = 0; i < 6; i++) {
        objects[i] = fixture_object("A1", 1 + i / 3, 1, i + 1);
        objects[i].size_bytes = 400000;
    }
    write_list(dir, objects, 6);
    json_t *more = json_pack("{s:i, s:b, s:s, s:s}", "capacity_bytes", 2200000, "multivolume", 1,
                             "publisher", "Klinik M\xC3\xBCnchen S\xC3\xBC" "d", "keys", "augmented");
    CHECK_OK(plan_with(dir, "v", "cd", more, NULL, &err), err);
    snprintf(path, sizeof path, "%s/v-2/tree", dir);
    CHECK_OK(dw_tree_load(path, &tree, &err), err);
    CHECK(dw_tree_find(tree, "/MULTIVOL", &at));
    CHECK(dw_tree_find(tree, "/REPORT.TXT", &at));
    CHECK_STR(dw_tree_format(tree)->publisher, "KLINIK MUNCHEN SUD");
    dw_tree_free(tree);
    read_file(dir, "v-2/REPORT.TXT", &text);
    CHECK_HAS(text.data, "Disc 2 of 2");
    read_file(dir, "v-1/MULTIVOL", &text);
    CHECK_HAS(text.data, "VOLUME 1 OF 2");
    read_file(dir, "v-1/expect.json", &text);
    CHECK_HAS(text.data, "AUG-GEN-CD");
    read_file(dir, "v-1/objects", &text); /* the newer study is on the first disc */
    CHECK_STR(text.data, "4\n5\n6\n");
    dw_buf_done(&text);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

static void a_blu_ray_disc_has_room_as_its_blank_has(void)
{
    char dir[64];
    struct dw_object object = fixture_object("A1", 1, 1, 1);
    struct dw_error err = {0};
    json_t *result = NULL;
    test_folder(dir);
    write_list(dir, &object, 1);
    CHECK_OK(plan_with(dir, "v", "bd", json_pack("{s:s, s:s}", "blank", "bd-50", "udf", "2.50"),
                       &result, &err), err);
    CHECK_STR(dw_json_text(result, "profile"), "STD-GEN-BD");
    json_decref(result);
    CHECK_INT(plan_with(dir, "w", "cd", json_pack("{s:s}", "blank", "bd-50"), NULL, &err),
              DW_ERR_INVALID);
    CHECK_INT(plan_with(dir, "w", "bd", json_pack("{s:s}", "udf", "3.14"), NULL, &err),
              DW_ERR_INVALID);
    CHECK_INT(plan_with(dir, "w", "bd", json_pack("{s:s}", "forbidden", "perhaps"), NULL, &err),
              DW_ERR_INVALID);
    CHECK_OK(dw_file_remove_tree(dir, &err), err);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(a_list_becomes_volume_folders),
        TEST(the_same_row_gives_the_same_image),
        TEST(two_patients_are_a_conflict_and_nothing_is_made),
        TEST(what_was_not_converted_holds_the_plan_and_names_who_takes_it),
        TEST(left_off_or_as_it_is_the_disc_is_made_and_says_so),
        TEST(one_of_several_discs_names_the_others),
        TEST(a_blu_ray_disc_has_room_as_its_blank_has),
    };
    if (access(WORK, X_OK) != 0) {
        puts("needs a built discwright-work");
        return 77;
    }
    return test_run(cases, sizeof cases / sizeof cases[0], argc, argv);
}
