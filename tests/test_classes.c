#include "dicom/classes.h"
#include "base/file.h"
#include "dicom/uid.h"
#include "test.h"

#define CT "1.2.840.10008.5.1.4.1.1.2"

static dw_status read_it(const char *text, dw_classes **out, struct dw_error *err)
{
    char folder[64], path[128];
    struct dw_error unused;
    snprintf(path, sizeof path, "%s/site.conf", test_folder(folder));
    CHECK_OK(dw_file_save(NULL, path, text, strlen(text), &unused), unused);
    dw_status st = dw_classes_read(path, out, err);
    CHECK_OK(dw_file_remove_tree(folder, &unused), unused);
    return st;
}

static void a_row_of_the_site_is_found_before_ours(void)
{
    dw_classes *classes = NULL;
    struct dw_error err = {0};
    CHECK_OK(read_it("# ours\n\n1.2.840.10008.5.1.4.1.1.999|A class of 2031|IMAGE|image\r\n" CT
                     "|CT as we file it|none:unconfirmed|data\n"
                     "1.2.3.4|Maker's volume|PRIVATE|image  \n"
                     "1.2.840.10008.5.1.4.1.1.998|A film|IMAGE|video",
                     &classes, &err),
             err);
    CHECK(dw_sop_class_find("1.2.3.4") == NULL);
    dw_classes_use(classes);
    const struct dw_sop_class *found = dw_sop_class_find("1.2.840.10008.5.1.4.1.1.999");
    CHECK(found && found->is_image && !found->is_private &&
          strcmp(found->record_type, "IMAGE") == 0);
    CHECK_STR(found ? found->name : "", "A class of 2031");
    found = dw_sop_class_find("1.2.3.4");
    CHECK(found && found->is_image && found->is_private);
    found = dw_sop_class_find("1.2.840.10008.5.1.4.1.1.998");
    CHECK(found && found->is_video && found->is_image);
    found = dw_sop_class_find(CT);
    CHECK(found && !found->record_type && found->no_record == DW_RECORD_UNCONFIRMED);
    CHECK(dw_sop_class_find("1.2.840.10008.5.1.4.1.1.4") != NULL);
    dw_classes_use(NULL);
    CHECK(dw_sop_class_find("1.2.3.4") == NULL);
    CHECK_STR(dw_sop_class_find(CT)->record_type, "IMAGE");
    dw_classes_free(classes);
}

static void check_refused(const char *row, const char *sentence)
{
    dw_classes *classes = NULL;
    struct dw_error err = {0};
    char text[256];
    snprintf(text, sizeof text, "# a comment\n1.2.3|A|PRIVATE|data\n%s\n", row);
    CHECK_INT(read_it(text, &classes, &err), DW_ERR_INVALID);
    CHECK(classes == NULL);
    CHECK_HAS(err.text, "site.conf:3: ");
    CHECK_HAS(err.text, sentence);
}

static void a_wrong_line_is_named_with_what_is_wrong(void)
{
    check_refused("1.2.4", "a row is uid|name|record type|kind");
    check_refused("1.2.4|A|PRIVATE|data|", "a row is uid|name|record type|kind");
    check_refused("1.02.4|A|PRIVATE|data", "'1.02.4' is not a UID");
    check_refused("1.2.4||PRIVATE|data", "a name has 1 to 128 bytes");
    check_refused("1.2.4|A|PRIVAT|data", "'PRIVAT' is no type of directory record");
    check_refused("1.2.4|A|PRIVATE|thing",
                  "the kind 'thing' is none of image, video, report and data");
    check_refused("1.2.4|A|IMAGE|image",
                  "a class outside 1.2.840.10008. has a PRIVATE record or none");
    check_refused(CT "|A|PRIVATE|image", "a class of the standard has no PRIVATE record");
    check_refused(CT "|A|SR DOCUMENT|image", "an image has no SR DOCUMENT record");
    check_refused("1.2.3|A|PRIVATE|data", "1.2.3 has a row already");
}

static void what_is_no_text_is_refused(void)
{
    dw_classes *classes = NULL;
    struct dw_error err = {0};
    CHECK_INT(read_it("1.2.3|\xFF|PRIVATE|data\n", &classes, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "not a text in UTF-8");
    CHECK_INT(dw_classes_read("/nonexistent/classes", &classes, &err), DW_ERR_NOT_FOUND);
    CHECK_OK(read_it("", &classes, &err), err);
    dw_classes_free(classes);
}

static void too_many_rows_are_refused(void)
{
    dw_classes *classes = NULL;
    struct dw_error err = {0};
    struct dw_buf text = {0};
    for (int i = 0; i <= DW_CLASSES_ROWS_MAX; i++)
        dw_buf_addf(&text, "1.2.3.%d|A|PRIVATE|data\n", i);
    CHECK_INT(read_it(text.data, &classes, &err), DW_ERR_LIMIT);
    CHECK_HAS(err.text, "more than 1024 rows");
    dw_buf_done(&text);
}

/* The file that is shipped says of every class what the programs go by. */
static void our_table_survives_its_own_format(void)
{
    dw_classes *classes = NULL;
    struct dw_error err = {0};
    struct dw_buf text = {0};
    size_t count = 0;
    const struct dw_sop_class *table = dw_sop_class_table(&count);
    dw_classes_print(&text);
    CHECK_OK(read_it(text.data, &classes, &err), err);
    CHECK_STR(dw_classes_text(classes), text.data);
    dw_classes_use(classes);
    for (size_t i = 0; i < count; i++) {
        const struct dw_sop_class *found = dw_sop_class_find(table[i].uid);
        CHECK(found && found != &table[i]);
        CHECK_STR(found->name, table[i].name);
        CHECK(found->record_type == table[i].record_type && found->no_record == table[i].no_record);
        CHECK(found->is_image == table[i].is_image && found->is_video == table[i].is_video &&
              found->is_report == table[i].is_report && found->is_private == table[i].is_private);
    }
    dw_classes_use(NULL);
    dw_classes_free(classes);
    dw_buf_done(&text);
}

TESTS(TEST(a_row_of_the_site_is_found_before_ours), TEST(a_wrong_line_is_named_with_what_is_wrong),
      TEST(what_is_no_text_is_refused), TEST(too_many_rows_are_refused),
      TEST(our_table_survives_its_own_format))
