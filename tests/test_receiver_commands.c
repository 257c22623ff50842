/* Commands and data sets as no manual shows them: what the receiver answers, and that it goes on.
 */
#include "dicom/command.h"
#include "test_receiver_house.h"

#define QUERY_CLASS "1.2.840.10008.5.1.4.1.2.2.1"

static void pdvs_of(int fd, int command, const struct dw_buf *data, size_t each)
{
    for (size_t at = 0; at < data->size; at += each) {
        size_t size = data->size - at < each ? data->size - at : each;
        peer_pdv(fd, 1, command, at + size == data->size, data->data + at, size);
    }
}

static void command_set(struct dw_buf *out, unsigned field, const char *instance)
{
    const uint8_t number[2] = {(uint8_t)field, (uint8_t)(field >> 8)};
    dw_buf_init(out, 8 << 20);
    peer_element(out, 0x0002, CT_CLASS, strlen(CT_CLASS));
    peer_element(out, 0x0100, number, 2);
    peer_element(out, 0x0110, "\7\0", 2);
    peer_element(out, 0x0800, field == DW_COMMAND_ECHO ? "\1\1" : "\0\0", 2);
    if (instance)
        peer_element(out, 0x1000, instance, strlen(instance));
}

static void check_still_serving(struct house *house)
{
    int fd = associate(house);
    peer_command(fd, 3, 0x0030, VERIFICATION_CLASS, NULL, 0);
    CHECK_INT(peer_status(fd), 0);
    release(fd);
}

static void check_aborted(struct house *house, int fd)
{
    uint8_t pdu[4096];
    size_t size;
    CHECK_INT(peer_answer(fd, pdu, &size), 0x07);
    close(fd);
    check_still_serving(house);
    CHECK_INT(files_in_spool(house), 0);
    house_close(house);
}

/* 20,000 levels in 0.3 MB: following them takes a stack that is not there. */
static void a_command_of_nested_sequences_ends_its_association_and_nothing_else(void)
{
    static const uint8_t level[16] = {0,    0,    0x55, 0x55, 0xFF, 0xFF, 0xFF, 0xFF,
                                      0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF};
    struct house *house = house_open(NULL);
    struct dw_buf command;
    command_set(&command, DW_COMMAND_ECHO, NULL);
    for (int i = 0; i < 20000; i++)
        dw_buf_add(&command, level, sizeof level);
    int fd = associate(house);
    pdvs_of(fd, 1, &command, 16000);
    dw_buf_done(&command);
    check_aborted(house, fd);
}

static void a_short_nested_command_is_no_command(void)
{
    static const uint8_t level[16] = {0,    0,    0x55, 0x55, 0xFF, 0xFF, 0xFF, 0xFF,
                                      0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF};
    struct house *house = house_open(NULL);
    struct dw_buf command;
    command_set(&command, DW_COMMAND_ECHO, NULL);
    dw_buf_add(&command, level, sizeof level);
    int fd = associate(house);
    pdvs_of(fd, 1, &command, 16000);
    dw_buf_done(&command);
    check_aborted(house, fd);
}

static void a_command_in_many_fragments_is_one_command(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf command, data;
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    for (size_t each = 1; each < 8; each++) {
        command_set(&command, DW_COMMAND_ECHO, NULL);
        pdvs_of(fd, 1, &command, each);
        CHECK_INT(peer_status(fd), 0);
        dw_buf_done(&command);
    }
    command_set(&command, DW_COMMAND_STORE, INSTANCE);
    pdvs_of(fd, 1, &command, 1);
    pdvs_of(fd, 0, &data, 777); /* odd, and no multiple of anything */
    CHECK_INT(peer_status(fd), 0);
    CHECK_INT(atomic_load(&house->commits), 1);
    release(fd);
    dw_buf_done(&command);
    dw_buf_done(&data);
    house_close(house);
}

static void empty_fragments_are_passed_over(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    peer_command(fd, 1, 0x0001, CT_CLASS, INSTANCE, 1);
    peer_pdv(fd, 1, 0, 0, "", 0);
    peer_pdv(fd, 1, 0, 0, data.data, data.size);
    peer_pdv(fd, 1, 0, 1, "", 0);
    CHECK_INT(peer_status(fd), 0);
    CHECK_INT(atomic_load(&house->commits), 1);
    release(fd);
    dw_buf_done(&data);
    house_close(house);
}

static void a_command_that_never_ends_is_cut(void)
{
    struct house *house = house_open(NULL);
    int fd = associate(house);
    struct dw_buf filler;
    dw_buf_init(&filler, 0);
    char bytes[4096] = {0};
    for (int i = 0; i < 17; i++) /* 68 KB */
        peer_pdv(fd, 1, 1, 0, bytes, sizeof bytes);
    dw_buf_done(&filler);
    check_aborted(house, fd);
}

static void a_pdv_longer_than_its_pdu_ends_its_association_and_leaves_no_file(void)
{
    static const uint8_t wrong[][10] = {{0x7F, 0xFF, 0xFF, 0xFF, 1, 0}, {0, 0, 0, 0, 1, 0}, {0, 0, 0, 1, 1, 0},
                                        {0, 0, 0, 8, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF}};
    struct house *house = house_open(NULL);
    for (size_t i = 0; i < DW_ARRAY_LEN(wrong); i++) {
        uint8_t pdu[4096];
        size_t size;
        int fd = associate(house);
        peer_command(fd, 1, 0x0001, CT_CLASS, INSTANCE, 1);
        peer_pdv(fd, 1, 0, 0, "begun", 5);
        peer_pdu(fd, 0x04, wrong[i], sizeof wrong[i]);
        CHECK(peer_answer(fd, pdu, &size) != 0x04);
        close(fd);
    }
    for (int i = 0; i < 1000 && atomic_load(&house->byes) < (int)DW_ARRAY_LEN(wrong); i++)
        poll(NULL, 0, 10);
    CHECK_INT(atomic_load(&house->byes), DW_ARRAY_LEN(wrong));
    check_still_serving(house);
    CHECK_INT(files_in_spool(house), 0);
    house_close(house);
}

/* As some send them that fill each PDU to its end. */
static void pdvs_of_different_lengths_in_one_pdu_are_one_object(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data, pdu;
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    for (size_t first = 2; first < 600; first += 149) {
        size_t ends[] = {0, first, first + 100, 3 * first + 100, data.size};
        dw_buf_init(&pdu, 1 << 20);
        for (size_t i = 0; i + 1 < DW_ARRAY_LEN(ends); i++) {
            size_t size = ends[i + 1] - ends[i];
            peer_u16(&pdu, 0);
            peer_u16(&pdu, (unsigned)size + 2);
            dw_buf_add(&pdu, (uint8_t[]){1, ends[i + 1] == data.size ? 2 : 0}, 2);
            dw_buf_add(&pdu, data.data + ends[i], size);
        }
        peer_command(fd, 1, 0x0001, CT_CLASS, INSTANCE, 1);
        peer_pdu(fd, 0x04, pdu.data, pdu.size);
        CHECK_INT(peer_status(fd), 0);
        dw_buf_done(&pdu);
    }
    release(fd);
    dw_buf_done(&data);
    house_close(house);
}

static void a_command_on_two_contexts_is_none(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf command;
    command_set(&command, DW_COMMAND_ECHO, NULL);
    int fd = associate(house);
    peer_pdv(fd, 1, 1, 0, command.data, 20);
    peer_pdv(fd, 3, 1, 1, command.data + 20, command.size - 20);
    dw_buf_done(&command);
    check_aborted(house, fd);
}

static void a_data_set_on_another_context_is_not_stored(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    peer_command(fd, 1, 0x0001, CT_CLASS, INSTANCE, 1);
    peer_pdv(fd, 3, 0, 1, data.data, data.size);
    dw_buf_done(&data);
    check_aborted(house, fd);
}

static void a_context_that_was_not_accepted_carries_nothing(void)
{
    struct house *house = house_open(NULL);
    int fd = associate(house);
    peer_command(fd, 99, 0x0001, CT_CLASS, INSTANCE, 1);
    check_aborted(house, fd);
}

static void a_data_set_that_was_not_announced_ends_the_association(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    peer_command(fd, 1, 0x0001, CT_CLASS, INSTANCE, 0);
    CHECK_INT(peer_status(fd), 0xC000);
    peer_pdv(fd, 1, 0, 1, data.data, data.size);
    dw_buf_done(&data);
    check_aborted(house, fd);
}

static void an_empty_data_set_is_not_understood(void)
{
    struct house *house = house_open(NULL);
    int fd = associate(house);
    peer_command(fd, 1, 0x0001, CT_CLASS, INSTANCE, 1);
    peer_pdv(fd, 1, 0, 1, "", 0);
    CHECK_INT(peer_status(fd), 0xC000);
    CHECK_INT(files_in_spool(house), 0);
    release(fd);
    house_close(house);
}

static int store_as(int fd, const char *class_uid, const char *instance)
{
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    peer_command(fd, 1, 0x0001, class_uid, instance, 1);
    peer_pdv(fd, 1, 0, 1, data.data, data.size);
    dw_buf_done(&data);
    return peer_status(fd);
}

static void a_request_that_names_no_instance_is_refused(void)
{
    struct house *house = house_open(NULL);
    char long_uid[80];
    memset(long_uid, '1', sizeof long_uid);
    long_uid[70] = '\0';
    int fd = associate(house);
    CHECK_INT(store_as(fd, CT_CLASS, ""), 0x0117);
    CHECK_INT(store_as(fd, CT_CLASS, long_uid), 0x0117);
    CHECK_INT(atomic_load(&house->commits) + atomic_load(&house->quarantines), 0);
    CHECK_INT(files_in_spool(house), 0);
    CHECK_INT(store_as(fd, CT_CLASS, INSTANCE), 0); /* and the association goes on */
    CHECK_INT(house->number, 41);
    release(fd);
    house_close(house);
}

static void classes_that_are_not_stored_have_statuses_of_their_own(void)
{
    struct dw_accept accept;
    struct dw_receiver_opts opts = {.accept = &accept};
    dw_accept_init(&accept);
    accept.reports = false;
    struct house *house = house_open(&opts);
    int fd = associate(house);
    CHECK_INT(store_as(fd, "1.2.840.10008.5.1.4.1.1.88.11", INSTANCE), 0x0124);
    CHECK_INT(store_as(fd, QUERY_CLASS, INSTANCE), 0x0122);
    CHECK_INT(files_in_spool(house), 0);
    release(fd);
    house_close(house);
}

/* The data set is whole and says who it is of: it is kept, and a person decides. */
static void a_data_set_of_another_class_is_kept_apart(void)
{
    struct house *house = house_open(NULL);
    int fd = associate(house);
    CHECK_INT(store_as(fd, "1.2.840.10008.5.1.4.1.1.4", INSTANCE), 0xB007);
    CHECK_INT(atomic_load(&house->quarantines), 1);
    CHECK_INT(atomic_load(&house->commits), 0);
    CHECK_STR(house->reason, "data set is of another SOP class than announced");
    CHECK_INT(files_in_spool(house), 1);
    release(fd);
    house_close(house);
}

static void what_the_daemon_puts_aside_is_a_warning(void)
{
    struct house *house = house_open(NULL);
    house->put_aside = 1;
    int fd = associate(house);
    CHECK_INT(store_as(fd, CT_CLASS, INSTANCE), 0xB000);
    CHECK_INT(atomic_load(&house->commits), 1);
    release(fd);
    house_close(house);
}

static void the_daemon_hears_of_every_status_but_success(void)
{
    struct house *house = house_open(NULL);
    int fd = associate(house);
    CHECK_INT(store_as(fd, CT_CLASS, INSTANCE), 0);
    CHECK_INT(store_as(fd, CT_CLASS, "1.2.3.9"), 0xA900);
    CHECK_INT(store_as(fd, QUERY_CLASS, INSTANCE), 0x0122);
    release(fd);
    for (int i = 0; i < 1000 && !atomic_load(&house->byes); i++)
        poll(NULL, 0, 10);
    CHECK_INT(atomic_load(&house->answers), 2);
    CHECK_INT(atomic_load(&house->answered), 0x0122);
    house_close(house);
}

static void a_request_we_do_not_do_is_answered_so(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf command;
    int fd = associate(house);
    command_set(&command, 0x0020, NULL); /* C-FIND, with an identifier */
    pdvs_of(fd, 1, &command, 4000);
    peer_pdv(fd, 1, 0, 0, "something", 9);
    peer_pdv(fd, 1, 0, 1, "to look for", 11);
    CHECK_INT(peer_status(fd), 0x0211);
    dw_buf_done(&command);
    peer_command(fd, 1, 0x0150, CT_CLASS, NULL, 0); /* N-DELETE, without */
    CHECK_INT(peer_status(fd), 0x0211);
    peer_command(fd, 3, 0x0030, VERIFICATION_CLASS, NULL, 0);
    CHECK_INT(peer_status(fd), 0);
    release(fd);
    house_close(house);
}

static void an_endless_data_set_of_such_a_request_is_cut(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf command;
    char bytes[65536] = {0};
    int fd = associate(house);
    command_set(&command, 0x0020, NULL);
    pdvs_of(fd, 1, &command, 4000);
    for (int i = 0; i < 20; i++)
        peer_pdv(fd, 1, 0, 0, bytes, sizeof bytes);
    dw_buf_done(&command);
    uint8_t byte;
    CHECK_INT(peer_read(fd, &byte, 1) ? byte : 0x07,
              0x07); /* A-ABORT, or reset on our unread bytes */
    close(fd);
    check_still_serving(house);
    house_close(house);
}

static void a_cancel_has_no_answer_and_no_harm(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf command;
    dw_buf_init(&command, 0);
    peer_element(&command, 0x0100, "\xFF\x0F", 2);
    peer_element(&command, 0x0120, "\7\0", 2);
    peer_element(&command, 0x0800, "\1\1", 2);
    int fd = associate(house);
    pdvs_of(fd, 1, &command, 4000);
    peer_command(fd, 3, 0x0030, VERIFICATION_CLASS, NULL, 0);
    CHECK_INT(peer_status(fd), 0);
    release(fd);
    dw_buf_done(&command);
    house_close(house);
}

static void an_answer_nobody_asked_for_ends_the_association(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf command;
    dw_buf_init(&command, 0);
    peer_element(&command, 0x0100, "\x01\x80", 2);
    peer_element(&command, 0x0120, "\7\0", 2);
    peer_element(&command, 0x0800, "\1\1", 2);
    int fd = associate(house);
    pdvs_of(fd, 1, &command, 4000);
    dw_buf_done(&command);
    check_aborted(house, fd);
}

static void a_release_within_an_object_keeps_nothing(void)
{
    struct house *house = house_open(NULL);
    uint8_t zeros[4] = {0};
    int fd = associate(house);
    peer_command(fd, 1, 0x0001, CT_CLASS, INSTANCE, 1);
    peer_pdv(fd, 1, 0, 0, "begun", 5);
    peer_pdu(fd, 0x05, zeros, 4);
    check_aborted(house, fd);
}

/* ENOENT is no answer about the peer's object: "no such instance" would make it give up. */
static void a_spool_that_is_gone_is_worth_another_try(void)
{
    struct house *house = house_open(NULL);
    char spool[96];
    int fd = associate(house);
    snprintf(spool, sizeof spool, "%s/spool", house->folder);
    CHECK_INT(rmdir(spool), 0);
    CHECK_INT(store_as(fd, CT_CLASS, INSTANCE), 0xA700);
    CHECK_INT(mkdir(spool, 0700), 0);
    CHECK_INT(store_as(fd, CT_CLASS, INSTANCE), 0);
    release(fd);
    house_close(house);
}

TESTS(TEST(a_command_of_nested_sequences_ends_its_association_and_nothing_else),
      TEST(a_short_nested_command_is_no_command), TEST(a_command_in_many_fragments_is_one_command),
      TEST(empty_fragments_are_passed_over), TEST(a_command_that_never_ends_is_cut),
      TEST(a_pdv_longer_than_its_pdu_ends_its_association_and_leaves_no_file),
      TEST(pdvs_of_different_lengths_in_one_pdu_are_one_object),
      TEST(a_command_on_two_contexts_is_none), TEST(a_data_set_on_another_context_is_not_stored),
      TEST(a_context_that_was_not_accepted_carries_nothing),
      TEST(a_data_set_that_was_not_announced_ends_the_association),
      TEST(an_empty_data_set_is_not_understood), TEST(a_request_that_names_no_instance_is_refused),
      TEST(classes_that_are_not_stored_have_statuses_of_their_own),
      TEST(a_data_set_of_another_class_is_kept_apart),
      TEST(what_the_daemon_puts_aside_is_a_warning),
      TEST(the_daemon_hears_of_every_status_but_success),
      TEST(a_request_we_do_not_do_is_answered_so),
      TEST(an_endless_data_set_of_such_a_request_is_cut), TEST(a_cancel_has_no_answer_and_no_harm),
      TEST(an_answer_nobody_asked_for_ends_the_association),
      TEST(a_release_within_an_object_keeps_nothing),
      TEST(a_spool_that_is_gone_is_worth_another_try))
