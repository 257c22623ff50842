/* The check task as the robot runs it: when it is not the disc's fault. */
#include "base/child.h"
#include "base/file.h"
#include "judge_set.h"
#include <sys/stat.h>
#include "test.h"

#define JUDGE "discwright-work-check"
#define PATIENCE_MS 60000

struct house {
    char folder[64], set[96], program[128];
};

/* A judge of its own folder, beside which no module lies. */
static void move_in(struct house *h)
{
    struct dw_error err = {0};
    struct dw_buf judge = {0};
    test_folder(h->folder);
    snprintf(h->set, sizeof h->set, "%s/set", h->folder);
    snprintf(h->program, sizeof h->program, "%s/" JUDGE, h->folder);
    CHECK_OK(dw_file_make_dirs(h->set, &err), err);
    CHECK(set_build(h->set));
    CHECK_OK(dw_file_read_all(DW_BIN "/" JUDGE, 64 << 20, &judge, &err), err);
    CHECK_OK(dw_file_save(NULL, h->program, judge.data, judge.size, &err), err);
    CHECK_INT(chmod(h->program, 0755), 0);
    dw_buf_done(&judge);
}

static void move_out(struct house *h)
{
    struct dw_error err = {0};
    CHECK_OK(dw_file_remove_tree(h->folder, &err), err);
}

/* "FAULT: TEXT" of its result; "": it judged. */
static const char *judge(const char *program, const char *source, const char *expect)
{
    static char said[256];
    struct dw_child child = {.pidfd = -1};
    struct dw_error err = {0};
    const char *const argv[] = {program, "check", NULL};
    said[0] = 0;
    CHECK_OK(dw_child_start(NULL, argv, &child, &err), err);
    CHECK_OK(dw_channel_send(child.channel,
                             json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "task", "task", "check", "source", source,
                                       "expect", expect, "profile", ""),
                             NULL, 0, NULL, 0, PATIENCE_MS, &err),
             err);
    for (bool over = false; !over;) {
        struct dw_message msg;
        CHECK_OK(dw_channel_receive(child.channel, PATIENCE_MS, &msg, &err), err);
        over = err.code != DW_OK || strcmp(msg.type, "result") == 0;
        if (over && dw_json_to_error(msg.head, &err) != DW_OK)
            snprintf(said, sizeof said, "%s: %.200s", dw_json_text(msg.head, "fault"), err.text);
        dw_message_done(&msg);
    }
    dw_child_done(&child);
    return said;
}

static void a_judge_without_its_second_reader_blames_itself(void)
{
    struct house h;
    move_in(&h);
    CHECK_STR(judge(h.program, h.set, ""), "check_failed: module discwright-dirreader is not installed");
    CHECK_STR(judge(DW_BIN "/" JUDGE, h.set, ""), "");
    move_out(&h);
}

static void a_judge_that_was_not_told_whose_disc_it_is_blames_no_disc(void)
{
    struct house h;
    char expect[128];
    move_in(&h);
    snprintf(expect, sizeof expect, "%s/expect.json", h.folder);
    CHECK_HAS(judge(DW_BIN "/" JUDGE, h.set, expect), "check_failed: ");
    move_out(&h);
}

static void what_cannot_be_read_is_the_discs_or_the_drives_fault(void)
{
    struct house h;
    char image[128];
    move_in(&h);
    snprintf(image, sizeof image, "stdio:%s/none", h.folder);
    CHECK_INT(strncmp(judge(DW_BIN "/" JUDGE, image, ""), ": ", 2), 0);
    move_out(&h);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {TEST(a_judge_without_its_second_reader_blames_itself),
                                             TEST(a_judge_that_was_not_told_whose_disc_it_is_blames_no_disc),
                                             TEST(what_cannot_be_read_is_the_discs_or_the_drives_fault)};
    if (!set_tools_are_here()) {
        puts("dcmmkdir or genisoimage is not installed");
        return 77;
    }
    return test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
}
