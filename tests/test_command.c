#include "dicom/command.h"
#include "test.h"

static void element(struct dw_buf *buf, unsigned group, unsigned number, const void *value,
                    size_t size)
{
    uint8_t head[8] = {(uint8_t)group,         (uint8_t)(group >> 8), (uint8_t)number,
                       (uint8_t)(number >> 8), (uint8_t)size,         (uint8_t)(size >> 8)};
    dw_buf_add(buf, head, sizeof head);
    dw_buf_add(buf, value, size);
}

static void store_request(struct dw_buf *buf)
{
    dw_buf_init(buf, 1 << 20);
    element(buf, 0, 0x0000, "\x7a\0\0\0", 4);
    element(buf, 0, 0x0002, "1.2.840.10008.5.1.4.1.1.2", 26);
    element(buf, 0, 0x0100, "\1\0", 2);
    element(buf, 0, 0x0110, "\x34\x12", 2);
    element(buf, 0, 0x0700, "\0\0", 2);
    element(buf, 0, 0x0800, "\0\0", 2);
    element(buf, 0, 0x1000, "1.2.3.4 ", 8);
}

static dw_status read_it(const struct dw_buf *buf, struct dw_command *out, struct dw_error *err)
{
    return dw_command_read(buf->data, buf->size, out, err);
}

static void a_store_request_is_read(void)
{
    struct dw_buf buf;
    struct dw_command command;
    struct dw_error err = {0};
    store_request(&buf);
    CHECK_OK(read_it(&buf, &command, &err), err);
    CHECK_INT(command.field, DW_COMMAND_STORE);
    CHECK_INT(command.message_id, 0x1234);
    CHECK(command.has_data_set);
    CHECK_STR(command.sop_class, "1.2.840.10008.5.1.4.1.1.2");
    CHECK_STR(command.sop_instance, "1.2.3.4");
    dw_buf_done(&buf);
}

static void what_others_add_is_passed_over(void)
{
    struct dw_buf buf;
    struct dw_command command;
    struct dw_error err = {0};
    store_request(&buf);
    element(&buf, 0, 0x1030, "MOVER ", 6);
    element(&buf, 0, 0x5110, "\1\2\3", 3); /* of ACR-NEMA, and odd */
    CHECK_OK(read_it(&buf, &command, &err), err);
    CHECK_STR(command.sop_instance, "1.2.3.4");
    dw_buf_done(&buf);
}

static void every_cut_and_every_changed_byte_ends_in_an_answer(void)
{
    struct dw_buf buf;
    struct dw_command command;
    struct dw_error err = {0};
    store_request(&buf);
    for (size_t size = 0; size < buf.size; size++) {
        char *copy = malloc(size ? size : 1); /* the sanitizer sees a read behind it */
        memcpy(copy, buf.data, size);
        if (size < buf.size - 16) /* only the instance may be missing */
            CHECK_INT(dw_command_read(copy, size, &command, &err), DW_ERR_CORRUPT);
        else
            (void)!dw_command_read(copy, size, &command, &err);
        free(copy);
    }
    for (size_t at = 0; at < buf.size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            buf.data[at] = (char)(buf.data[at] ^ 1 << bit);
            dw_status st = read_it(&buf, &command, &err);
            CHECK(st == DW_OK || st == DW_ERR_CORRUPT);
            buf.data[at] = (char)(buf.data[at] ^ 1 << bit);
        }
    dw_buf_done(&buf);
}

static void sequences_other_groups_and_large_commands_are_refused(void)
{
    struct dw_buf buf;
    struct dw_command command;
    struct dw_error err = {0};
    store_request(&buf);
    element(&buf, 0xFFFE, 0xE000, "", 0);
    CHECK_INT(read_it(&buf, &command, &err), DW_ERR_CORRUPT);
    CHECK_HAS(err.text, "group fffe");
    dw_buf_reset(&buf);
    char *large = calloc(1, DW_COMMAND_SET_MAX + 1);
    CHECK_INT(dw_command_read(large, DW_COMMAND_SET_MAX + 1, &command, &err), DW_ERR_LIMIT);
    free(large);
    dw_buf_done(&buf);
}

static void a_uid_that_is_none_is_left_empty(void)
{
    struct dw_buf buf;
    struct dw_command command;
    struct dw_error err = {0};
    char longer[66];
    memset(longer, '1', sizeof longer);
    store_request(&buf);
    buf.size -= 16;
    element(&buf, 0, 0x1000, longer, sizeof longer);
    CHECK_OK(read_it(&buf, &command, &err), err);
    CHECK_STR(command.sop_instance, "");
    buf.size -= 8 + sizeof longer;
    element(&buf, 0, 0x1000, "1.2\0.3", 6);
    CHECK_OK(read_it(&buf, &command, &err), err);
    CHECK_STR(command.sop_instance, "");
    dw_buf_done(&buf);
}

static void an_answer_names_what_it_answers(void)
{
    struct dw_buf answer;
    struct dw_command request = {.field = DW_COMMAND_STORE,
                                 .message_id = 7,
                                 .sop_class = "1.2.3",
                                 .sop_instance = "1.2.3.4"},
                      back;
    struct dw_error err = {0};
    dw_buf_init(&answer, 0);
    dw_command_answer(&request, DW_DIMSE_OUT_OF_RESOURCES, "no\\room \xC3\xA4", &answer);
    CHECK_INT(answer.size % 2, 0);
    CHECK_INT((uint8_t)answer.data[8] | (uint8_t)answer.data[9] << 8, answer.size - 12);
    CHECK_OK(read_it(&answer, &back, &err), err);
    CHECK_INT(back.field, 0x8001);
    CHECK_INT(back.message_id, 7);
    CHECK(!back.has_data_set);
    CHECK_STR(back.sop_class, "1.2.3");
    CHECK_STR(back.sop_instance, "1.2.3.4");
    CHECK(memmem(answer.data, answer.size, "\0\0\0\x09\2\0\0\0\0\xA7", 10));
    CHECK(memmem(answer.data, answer.size, "no?room ??", 10));
    dw_buf_done(&answer);
}

static void an_answer_without_uids_leaves_them_out(void)
{
    struct dw_buf answer;
    struct dw_command request = {.field = DW_COMMAND_ECHO, .message_id = 7};
    dw_buf_init(&answer, 0);
    dw_command_answer(&request, DW_DIMSE_SUCCESS, NULL, &answer);
    CHECK_INT(answer.size, 12 + 4 * 10);
    dw_buf_done(&answer);
}

TESTS(TEST(a_store_request_is_read), TEST(what_others_add_is_passed_over),
      TEST(every_cut_and_every_changed_byte_ends_in_an_answer),
      TEST(sequences_other_groups_and_large_commands_are_refused),
      TEST(a_uid_that_is_none_is_left_empty), TEST(an_answer_names_what_it_answers),
      TEST(an_answer_without_uids_leaves_them_out))
