/* The transcode and render tasks as the appliance runs them: sandboxed processes, over a synthetic study. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/child.h"
#include "base/file.h"
#include "dicom/dcmtk/sample.h"
#include "dicom/scan.h"
#include "dicom/uid.h"
#include "test.h"

#define WORK DW_BIN "/discwright-work"
#define FILES_MAX 128

struct answers {
    dw_status status[FILES_MAX]; /* by number */
    char syntax[FILES_MAX][DW_UID_MAX];
    int64_t width[FILES_MAX];
    char text[200]; /* of the last that failed */
    int count;
};

/* Tests lie beside bin/, so the program has to be named. */
static dw_status spawn(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid,
                       struct dw_error *err)
{
    const char *words[] = {WORK, argv[1], NULL};
    return dw_spawner_real.spawn(dw_spawner_real.ctx, words, child_fd, out_pid, err);
}

static dw_status on_message(void *ctx, const struct dw_message *msg, struct dw_error *err)
{
    struct answers *answers = ctx;
    struct dw_error item_err = {0};
    if (strcmp(msg->type, "item") != 0)
        return DW_OK;
    int64_t number = dw_json_int(msg->head, "number", -1);
    CHECK(number >= 0 && number < FILES_MAX);
    if (number < 0 || number >= FILES_MAX)
        return DW_OK;
    answers->status[number] = dw_json_to_error(msg->head, &item_err);
    answers->width[number] = dw_json_int(msg->head, "width", 0);
    snprintf(answers->syntax[number], DW_UID_MAX, "%s",
             dw_json_text(json_object_get(msg->head, "object"), "transfer_syntax"));
    if (answers->status[number] != DW_OK)
        snprintf(answers->text, sizeof answers->text, "%s", item_err.text);
    answers->count++;
    return DW_OK;
}

static json_t *item(const char *folder, unsigned number, const char *what)
{
    char src[96], dst[96];
    snprintf(src, sizeof src, "%s/in/IM%04u.dcm", folder, number);
    snprintf(dst, sizeof dst, "%s/%u.%s", folder, number, what);
    return json_pack("{s:I, s:s, s:s}", "number", (json_int_t)number, "src", src, "dst", dst);
}

static void run(const char *name, json_t *items, const char *syntax, struct answers *answers)
{
    struct dw_spawner spawner = {.spawn = spawn};
    struct dw_error err = {0};
    json_t *task = json_pack("{s:s, s:o}", "task", name, "items", items);
    if (syntax)
        json_object_set_new(task, "transfer_syntax", json_string(syntax));
    CHECK_OK(dw_task_run(&spawner, task, on_message, answers, NULL, &err), err);
}

static bool exists(const char *folder, unsigned number, const char *what, off_t size)
{
    char path[96];
    struct stat st;
    snprintf(path, sizeof path, "%s/%u.%s", folder, number, what);
    return stat(path, &st) == 0 && (size == 0 || st.st_size == size);
}

static unsigned make_study(char folder[64])
{
    char in[80];
    struct dw_error err = {0};
    uint64_t files = 0;
    test_folder(folder);
    snprintf(in, sizeof in, "%s/in", folder);
    CHECK_OK(dw_sample_write(in, "pixels", NULL, NULL, &files, &err), err);
    CHECK(files > 60 && files < FILES_MAX);
    return (unsigned)files;
}

static void each_item_may_name_its_own_target(void)
{
    char folder[64];
    static struct answers answers;
    struct dw_error err = {0};
    unsigned files = make_study(folder), j2k = 0, plain = 0;
    json_t *items = json_array();
    for (unsigned n = 1; n <= files; n++) {
        json_t *one = item(folder, n, "dcm");
        if (n == 2)
            json_object_set_new(one, "transfer_syntax", json_string(DW_TS_JPEG_LOSSLESS));
        if (n == 3)
            json_object_set_new(one, "transfer_syntax", json_string("1.2.3"));
        json_array_append_new(items, one);
    }
    run("transcode", items, DW_TS_J2K_LOSSLESS, &answers);
    CHECK_INT(answers.count, files);
    for (unsigned n = 1; n <= files; n++) {
        CHECK_INT(answers.status[n], n == 3 ? DW_ERR_UNSUPPORTED : DW_OK);
        CHECK(exists(folder, n, "dcm", 0) == (n != 3));
        j2k += strcmp(answers.syntax[n], DW_TS_J2K_LOSSLESS) == 0;
        plain += strcmp(answers.syntax[n], DW_TS_EXPLICIT_LE) == 0; /* report and document */
    }
    CHECK_STR(answers.syntax[2], DW_TS_JPEG_LOSSLESS);
    CHECK_INT(j2k + plain + 2, files);
    CHECK(plain >= 2 && plain < 5);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void an_item_without_any_target_is_refused_alone(void)
{
    char folder[64];
    static struct answers answers;
    struct dw_error err = {0};
    make_study(folder);
    json_t *items = json_array(), *named = item(folder, 2, "dcm");
    json_object_set_new(named, "transfer_syntax", json_string(DW_TS_EXPLICIT_LE));
    json_array_append_new(items, item(folder, 1, "dcm"));
    json_array_append_new(items, named);
    run("transcode", items, NULL, &answers);
    CHECK_INT(answers.status[1], DW_ERR_INVALID);
    CHECK_HAS(answers.text, "transfer_syntax");
    CHECK_INT(answers.status[2], DW_OK);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void icons_are_raw_pixels_of_their_size(void)
{
    char folder[64];
    static struct answers answers;
    static const int edges[] = {64, 128, 65};
    struct dw_error err = {0};
    unsigned files = make_study(folder);
    json_t *items = json_array();
    for (unsigned n = 1; n <= files; n++) {
        json_t *one = item(folder, n, "icon");
        json_object_set_new(one, "icon", json_integer(edges[n % 3]));
        json_array_append_new(items, one);
    }
    run("render", items, NULL, &answers);
    CHECK_INT(answers.count, files);
    for (unsigned n = 1; n <= 64; n++) { /* the slices */
        int edge = edges[n % 3];
        CHECK_INT(answers.status[n], edge == 65 ? DW_ERR_INVALID : DW_OK);
        CHECK(exists(folder, n, "icon", (off_t)edge * edge) == (edge != 65));
        CHECK_INT(answers.width[n], edge == 65 ? 0 : edge);
    }
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

TESTS(TEST(each_item_may_name_its_own_target), TEST(an_item_without_any_target_is_refused_alone),
      TEST(icons_are_raw_pixels_of_their_size))
