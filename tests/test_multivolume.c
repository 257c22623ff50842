#include "layout/fileset/multivolume.h"

#include "layout/fileset/fileid.h"
#include "test.h"

static const struct dw_multivolume_row three[] = {
    {.fileset_id = "DISC_1", .fileset_uid = "2.25.1", .studies = 1, .instances = 900},
    {.fileset_id = "DISC_2", .fileset_uid = "2.25.2", .studies = 2, .instances = 1, .goes_on = true},
    {.fileset_id = "", .fileset_uid = "2.25.3", .studies = 1, .instances = 30, .goes_on = true},
};

static void the_text_says_which_disc_this_is_and_names_all_of_them(void)
{
    struct dw_buf text = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_multivolume_text(three, 3, 1, &text, &err), err);
    dw_buf_add(&text, "", 1);
    CHECK_HAS(text.data, "MULTIVOLUME\r\nVOLUME 2 OF 3\r\n");
    CHECK_HAS(text.data, "VOLUME 1: FILE-SET ID DISC_1, FILE-SET UID 2.25.1, 1 STUDY, 900 OBJECTS\r\n");
    CHECK_HAS(text.data, "VOLUME 2: FILE-SET ID DISC_2, FILE-SET UID 2.25.2, 2 STUDIES, 1 OBJECT\r\n"
                         "          ITS LAST STUDY GOES ON ON VOLUME 3\r\n");
    CHECK_HAS(text.data, "VOLUME 3: FILE-SET ID (NONE), FILE-SET UID 2.25.3, 1 STUDY, 30 OBJECTS\r\n");
    CHECK(strstr(text.data, "VOLUME 4") == NULL); /* nothing is behind the last */
    dw_buf_done(&text);
}

static void the_text_is_plain_ascii_and_its_name_is_a_file_id(void)
{
    struct dw_buf text = {0};
    struct dw_error err = {0};
    CHECK(dw_fileid_is_legal(DW_MULTIVOLUME_FILE_ID));
    CHECK_OK(dw_multivolume_text(three, 3, 0, &text, &err), err);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        CHECK((c >= 0x20 && c < 0x7F) || c == '\r' || c == '\n');
        CHECK(c != '\n' || (i > 0 && text.data[i - 1] == '\r'));
    }
    dw_buf_done(&text);
}

static void one_disc_alone_has_no_descriptor(void)
{
    struct dw_buf text = {0};
    struct dw_error err = {0};
    CHECK_INT(dw_multivolume_text(three, 1, 0, &text, &err), DW_ERR_INVALID);
    CHECK_INT(dw_multivolume_text(three, 3, 3, &text, &err), DW_ERR_INVALID);
    dw_buf_done(&text);
}

static void a_label_that_is_no_file_set_id_is_refused(void)
{
    struct dw_multivolume_row rows[2] = {three[0], three[1]};
    struct dw_buf text = {0};
    struct dw_error err = {0};
    rows[1].fileset_id = "Doe^Jane";
    CHECK_INT(dw_multivolume_text(rows, 2, 0, &text, &err), DW_ERR_INVALID);
    CHECK_STR(err.text, "the File-set of disc 2 has no legal name");
    dw_buf_done(&text);
}

TESTS(TEST(the_text_says_which_disc_this_is_and_names_all_of_them),
      TEST(the_text_is_plain_ascii_and_its_name_is_a_file_id),
      TEST(one_disc_alone_has_no_descriptor), TEST(a_label_that_is_no_file_set_id_is_refused))
