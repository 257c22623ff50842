#include "base/file.h"
#include "dicom_sample.h"
#include "layout/intray.h"

#define FILES 1500 /* more than the scanners, the window and the prefetching reach at once */

static void put(const char *folder, unsigned i, const void *data, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%05u", folder, i);
    FILE *f = fopen(path, "w");
    CHECK(f && fwrite(data, 1, size, f) == size);
    if (f)
        fclose(f);
}

static void fill(const char *folder, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put(folder, i, "no image", i % 7 == 0 ? 0 : 8);
}

struct seen {
    size_t count, stop_at;
    bool in_order;
};

static dw_status see(void *ctx, const struct dw_intray_file *file, struct dw_error *err)
{
    struct seen *seen = ctx;
    seen->in_order = seen->in_order && file->i == seen->count;
    seen->count++;
    CHECK(file->st != DW_OK && file->text[0]);
    return seen->count == seen->stop_at ? dw_error_set(err, DW_ERR_CANCELLED, "enough") : DW_OK;
}

static void files_come_in_the_order_of_their_names_whatever_thread_read_them(void)
{
    char folder[64];
    struct dw_error err = {0};
    struct dw_intray intray = {0};
    test_folder(folder);
    fill(folder, FILES);
    CHECK_OK(dw_intray_list(&intray, folder, &err), err);
    CHECK_INT(intray.count, FILES);
    for (unsigned threads = 1; threads <= 8; threads += 7) {
        struct seen seen = {.in_order = true};
        CHECK_OK(dw_intray_scan(&intray, threads, see, &seen, &err), err);
        CHECK_INT(seen.count, FILES);
        CHECK(seen.in_order);
    }
    dw_intray_done(&intray);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void a_scan_ends_where_its_caller_wants_no_more(void)
{
    char folder[64];
    struct dw_error err = {0};
    struct dw_intray intray = {0};
    test_folder(folder);
    fill(folder, FILES);
    CHECK_OK(dw_intray_list(&intray, folder, &err), err);
    for (size_t stop = 1; stop < FILES; stop += 600) {
        struct seen seen = {.in_order = true, .stop_at = stop};
        CHECK_INT(dw_intray_scan(&intray, 4, see, &seen, &err), DW_ERR_CANCELLED);
        CHECK_INT(seen.count, stop);
    }
    dw_intray_done(&intray);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static dw_status note(void *ctx, const struct dw_intray_file *file, struct dw_error *err)
{
    char *notes = ctx;
    notes[file->i] = file->st == DW_OK ? 'o' : strstr(file->text, "opened") ? 'x' : '-';
    return DW_OK;
}

static void a_file_that_goes_while_others_are_read_costs_only_itself(void)
{
    char folder[64], path[128], notes[4] = "";
    struct dw_error err = {0};
    struct dw_intray intray = {0};
    struct bytes data;
    test_folder(folder);
    start_part10(&data);
    bytes_object(&data);
    put(folder, 0, data.out.data, data.out.size);
    put(folder, 1, "gone", 4);
    put(folder, 2, data.out.data, data.out.size);
    dw_buf_done(&data.out);
    CHECK_OK(dw_intray_list(&intray, folder, &err), err);
    snprintf(path, sizeof path, "%s/00001", folder);
    CHECK_INT(unlink(path), 0);
    CHECK_OK(dw_intray_scan(&intray, 0, note, notes, &err), err);
    CHECK_STR(notes, "oxo");
    dw_intray_done(&intray);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

TESTS(TEST(files_come_in_the_order_of_their_names_whatever_thread_read_them),
      TEST(a_scan_ends_where_its_caller_wants_no_more),
      TEST(a_file_that_goes_while_others_are_read_costs_only_itself))
