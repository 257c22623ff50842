#include "base/channel.h"
#include "tests/test.h"

#include <sys/socket.h>

struct ends {
    dw_channel *a, *b;
};

static struct ends connect_ends(void)
{
    int fds[2];
    struct ends ends = {0};
    struct dw_error err = {0};
    CHECK_OK(dw_channel_pair(fds, &err), err);
    CHECK_OK(dw_channel_new(fds[0], &ends.a, &err), err);
    CHECK_OK(dw_channel_new(fds[1], &ends.b, &err), err);
    return ends;
}

static void close_ends(struct ends *ends)
{
    dw_channel_free(ends->a);
    dw_channel_free(ends->b);
}

static void a_message_arrives_whole_with_blob_and_descriptor(void)
{
    struct ends ends = connect_ends();
    struct dw_error err = {0};
    struct dw_message msg;
    int p[2];
    CHECK_INT(pipe(p), 0);
    json_t *head = json_pack("{s:s, s:i}", "type", "commit", "number", 42);
    CHECK_OK(dw_channel_send(ends.a, head, "\0raw", 4, &p[1], 1, 100, &err), err);
    CHECK_OK(dw_channel_receive(ends.b, 100, &msg, &err), err);
    CHECK_STR(msg.type, "commit");
    CHECK_INT(dw_json_int(msg.head, "number", 0), 42);
    CHECK_INT(msg.blob_size, 4);
    CHECK(memcmp(msg.blob, "\0raw", 4) == 0);
    CHECK(write(msg.fds[0], "x", 1) == 1);
    char c = 0;
    CHECK(read(p[0], &c, 1) == 1 && c == 'x');
    dw_message_done(&msg);
    close(p[0]);
    close(p[1]);
    close_ends(&ends);
}

static void a_blob_of_any_size_up_to_the_maximum_arrives_whole(void)
{
    static const size_t sizes[] = {0, 1, DW_CHANNEL_MESSAGE_MAX - 28, DW_CHANNEL_MESSAGE_MAX - 27,
                                   DW_CHANNEL_MESSAGE_MAX, DW_CHANNEL_BLOB_MAX};
    struct ends ends = connect_ends();
    struct dw_error err = {0};
    struct dw_message msg;
    int p[2];
    CHECK_INT(pipe(p), 0);
    char *blob = malloc(DW_CHANNEL_BLOB_MAX + 1);
    for (size_t i = 0; i <= DW_CHANNEL_BLOB_MAX; i++)
        blob[i] = (char)(i * 7 + i / 251);
    for (size_t i = 0; i < DW_ARRAY_LEN(sizes); i++) {
        CHECK_OK(dw_channel_send(ends.a, json_pack("{s:s}", "type", "x"), blob, sizes[i], &p[1], 1,
                                 100, &err),
                 err);
        CHECK_OK(dw_channel_receive(ends.b, 100, &msg, &err), err);
        CHECK_INT(msg.blob_size, sizes[i]);
        CHECK(sizes[i] == 0 || memcmp(msg.blob, blob, sizes[i]) == 0);
        CHECK(write(msg.fds[0], "x", 1) == 1); /* the caller's descriptor, not the blob's */
        CHECK_INT(msg.fds[1], -1);
        dw_message_done(&msg);
    }
    CHECK_INT(dw_channel_send(ends.a, json_pack("{s:s}", "type", "x"), blob, DW_CHANNEL_BLOB_MAX + 1,
                              NULL, 0, 100, &err),
              DW_ERR_LIMIT);
    free(blob);
    close(p[0]);
    close(p[1]);
    close_ends(&ends);
}

static void a_slow_reader_makes_a_sender_wait_and_a_poster_keep(void)
{
    struct ends ends = connect_ends();
    struct dw_error err = {0};
    struct dw_message msg;
    char blob[60000] = {0};
    int sent = 0;
    while (dw_channel_pending(ends.a) < 3 && sent < 100) {
        CHECK_OK(dw_channel_post(ends.a, json_pack("{s:s, s:i}", "type", "x", "n", sent), blob,
                                 sizeof blob, NULL, 0, &err),
                 err);
        sent++;
    }
    CHECK_INT(dw_channel_pending(ends.a), 3);
    CHECK_INT(dw_channel_send(ends.a, json_pack("{s:s, s:i}", "type", "x", "n", sent), blob,
                              sizeof blob, NULL, 0, 10, &err),
              DW_ERR_TIMEOUT);
    sent++;
    for (int i = 0; i < sent; i++) { /* all come, in order */
        CHECK_OK(dw_channel_receive(ends.b, 100, &msg, &err), err);
        CHECK_INT(dw_json_int(msg.head, "n", -1), i);
        dw_message_done(&msg);
        CHECK_OK(dw_channel_flush(ends.a, &err), err);
    }
    CHECK_INT(dw_channel_pending(ends.a), 0);
    close_ends(&ends);
}

static void a_closed_peer_is_gone_for_both_ways(void)
{
    struct ends ends = connect_ends();
    struct dw_error err = {0};
    struct dw_message msg;
    dw_channel_free(ends.b);
    ends.b = NULL;
    CHECK_INT(dw_channel_receive(ends.a, 100, &msg, &err), DW_ERR_GONE);
    CHECK_INT(dw_channel_send(ends.a, json_pack("{s:s}", "type", "x"), NULL, 0, NULL, 0, 100, &err),
              DW_ERR_GONE);
    close_ends(&ends);
}

static void the_last_words_of_a_peer_that_died_with_unread_mail_arrive(void)
{
    struct ends ends = connect_ends();
    struct dw_error err = {0};
    struct dw_message msg;
    CHECK_OK(dw_channel_send(ends.a, json_pack("{s:s}", "type", "unread"), NULL, 0, NULL, 0, 100, &err),
             err);
    CHECK_OK(dw_channel_send(ends.b, json_pack("{s:s}", "type", "result"), NULL, 0, NULL, 0, 100, &err),
             err);
    dw_channel_free(ends.b);
    ends.b = NULL;
    CHECK_OK(dw_channel_receive(ends.a, 100, &msg, &err), err);
    CHECK_STR(msg.type, "result");
    dw_message_done(&msg);
    CHECK_INT(dw_channel_receive(ends.a, 100, &msg, &err), DW_ERR_GONE);
    close_ends(&ends);
}

static void bytes_that_are_no_message_are_refused_and_the_channel_lives_on(void)
{
    static const char *const junk[] = {"x", "GET / HTTP/1.1\r\n\r\n",
                                       "DWC2\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}"};
    struct ends ends = connect_ends();
    struct dw_error err = {0};
    struct dw_message msg;
    for (size_t i = 0; i < DW_ARRAY_LEN(junk); i++) {
        CHECK(send(dw_channel_fd(ends.a), junk[i], strlen(junk[i]), 0) > 0);
        CHECK_INT(dw_channel_receive(ends.b, 100, &msg, &err), DW_ERR_CORRUPT);
    }
    CHECK_INT(dw_channel_receive(ends.b, 0, &msg, &err), DW_ERR_TIMEOUT);
    CHECK_OK(dw_channel_send(ends.a, json_pack("{s:s}", "type", "ok"), NULL, 0, NULL, 0, 100, &err),
             err);
    CHECK_OK(dw_channel_receive(ends.b, 100, &msg, &err), err);
    dw_message_done(&msg);
    close_ends(&ends);
}

static void an_error_travels_with_its_code_and_sentence(void)
{
    struct dw_error err = {0}, back = {0};
    dw_error_set(&err, DW_ERR_NO_SPACE, "spool is full");
    json_t *head = dw_json_from_error("result", err.code, &err);
    CHECK_INT(dw_json_to_error(head, &back), DW_ERR_NO_SPACE);
    CHECK_STR(back.text, "spool is full");
    json_decref(head);
}

TESTS(TEST(a_message_arrives_whole_with_blob_and_descriptor),
      TEST(a_blob_of_any_size_up_to_the_maximum_arrives_whole),
      TEST(a_slow_reader_makes_a_sender_wait_and_a_poster_keep),
      TEST(a_closed_peer_is_gone_for_both_ways),
      TEST(the_last_words_of_a_peer_that_died_with_unread_mail_arrive),
      TEST(bytes_that_are_no_message_are_refused_and_the_channel_lives_on),
      TEST(an_error_travels_with_its_code_and_sentence))
