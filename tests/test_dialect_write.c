/* What a dialect's writer writes, its reader reads. */
#include "robot/usb/dialect_write.h"

#include <sys/stat.h>

#include "base/file.h"
#include "test.h"

#define PUBLIC DW_SOURCE "/conf/dialects/discpublisher2-captured.conf"
static struct dw_dialect dialect, again; /* large for a stack */
static const struct dw_dialect_remarks no_remarks;

static void written(const char *name, const struct dw_dialect_remarks *remarks)
{
    char folder[64], path[128];
    struct dw_error err = {0};
    test_folder(folder);
    snprintf(path, sizeof path, "%s/%s.conf", folder, name);
    CHECK_OK(dw_dialect_write(&dialect, remarks, path, &err), err);
    CHECK_OK(dw_dialect_read(path, &again, &err), err);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void make(const uint8_t (*frames)[8], int count)
{
    dialect = (struct dw_dialect){.title = "invented", .evidence = {DW_EVIDENCE_CAPTURED, "a test"}, .only_by_name = true};
    dialect.frame_evidence = (struct dw_dialect_evidence){DW_EVIDENCE_INFERRED, "arithmetic"};
    for (int i = 0; i < count; i++) {
        struct dw_dialect_command *command = &dialect.command[dialect.commands++];
        *command = (struct dw_dialect_command){
            .frame = {.size = 8}, .settle_ms = 1000, .evidence = {DW_EVIDENCE_CAPTURED, "a test"}};
        snprintf(command->name, sizeof command->name, "move-%d", i);
        memcpy(command->frame.byte, frames[i], 8);
    }
    dialect.checksum = dw_checksum_of(dialect.command, dialect.commands);
}

static void the_public_dialect_is_written_as_it_was_read(void)
{
    struct dw_error err = {0};
    CHECK_OK(dw_dialect_read(PUBLIC, &dialect, &err), err);
    written("discpublisher2-captured", &no_remarks);
    dw_text_cut(again.path, sizeof again.path, dialect.path);
    CHECK_INT(again.commands, 5);
    CHECK_INT(again.checksum, DW_CHECKSUM_SUM_ALL);
    CHECK(memcmp(&again.waits, &dialect.waits, sizeof again.waits) == 0);
    CHECK(memcmp(&again.match, &dialect.match, sizeof again.match) == 0 && again.only_by_name);
    for (int i = 0; i < again.commands; i++) {
        const struct dw_dialect_command *a = &again.command[i], *b = &dialect.command[i];
        CHECK_STR(a->name, b->name);
        CHECK(memcmp(&a->frame, &b->frame, sizeof a->frame) == 0 && a->settle_ms == b->settle_ms);
        CHECK(a->evidence.level == b->evidence.level && strcmp(a->evidence.origin, b->evidence.origin) == 0);
    }
}

static void the_rule_is_the_one_that_holds_for_all_frames(void)
{
    static const uint8_t all[][8] = {{0x1b, 4, 1, 0, 0, 0, 0, 0x20}, {0x1b, 4, 2, 0, 0, 0, 0, 0x21}};
    static const uint8_t without[][8] = {{0x1b, 4, 1, 0, 0, 0, 0, 5}, {0x1b, 4, 2, 0, 0, 0, 0, 6}};
    static const uint8_t neither[][8] = {{0x1b, 4, 1, 0, 0, 0, 0, 0x20}, {0x1b, 4, 2, 0, 0, 0, 0, 6}};
    make(all, 2);
    CHECK_INT(dialect.checksum, DW_CHECKSUM_SUM_ALL);
    written("all", &no_remarks);
    CHECK_INT(again.checksum, DW_CHECKSUM_SUM_ALL);
    make(without, 2);
    CHECK_INT(dialect.checksum, DW_CHECKSUM_SUM_WITHOUT_FIRST);
    written("without", &no_remarks);
    CHECK_INT(again.checksum, DW_CHECKSUM_SUM_WITHOUT_FIRST);
    make(neither, 2);
    CHECK_INT(dialect.checksum, DW_CHECKSUM_NONE);
    written("neither", &no_remarks);
    CHECK(memcmp(again.command[1].frame.byte, neither[1], 8) == 0);
    make(all, 1); /* of one frame a rule is luck */
    CHECK_INT(dialect.checksum, DW_CHECKSUM_NONE);
}

static void frames_that_share_no_template_are_written_as_they_are(void)
{
    static const uint8_t frames[][8] = {{0x1b, 4, 1, 0, 0, 0, 0, 0x20}, {0x1b, 5, 2, 0, 0, 0, 0, 0x22}};
    make(frames, 2);
    dialect.command[0].frame.size = 3;
    dialect.command[1].frame.size = 64;
    memset(dialect.command[1].frame.byte, 0xa5, 64);
    dialect.checksum = DW_CHECKSUM_NONE;
    written("as-they-are", &no_remarks);
    CHECK(again.command[0].frame.size == 3 && again.command[1].frame.size == 64);
    CHECK(memcmp(again.command[1].frame.byte, dialect.command[1].frame.byte, 64) == 0);
}

static void whatever_an_owner_notes_is_one_line(void)
{
    static const uint8_t frames[][8] = {{1}};
    char note[400];
    make(frames, 1);
    memset(note, 'n', sizeof note - 1);
    note[sizeof note - 1] = 0;
    static const char *const notes[] = {"two\nlines\n[command x]\nframe = 00", " ; a comment", "# what", "M\303\274nchen \033[2J",
                                        "="};
    for (size_t i = 0; i <= DW_ARRAY_LEN(notes); i++) {
        const char *text = i < DW_ARRAY_LEN(notes) ? notes[i] : note;
        dw_text_cut(dialect.evidence.origin, sizeof dialect.evidence.origin, text);
        dw_text_cut(dialect.title, sizeof dialect.title, text);
        written("noted", &(struct dw_dialect_remarks){.head = text, .command = {text}, .end = text});
        CHECK_INT(again.commands, 1);
        CHECK(strlen(again.evidence.origin) > 0 && !strchr(again.evidence.origin, '\n'));
    }
}

static void no_file_is_written_over_and_none_is_left_of_a_bad_name(void)
{
    static const uint8_t frames[][8] = {{1}};
    char folder[64], path[128];
    struct stat info;
    struct dw_error err = {0};
    make(frames, 1);
    umask(022);
    test_folder(folder);
    snprintf(path, sizeof path, "%s/mine.conf", folder);
    CHECK_OK(dw_dialect_write(&dialect, &no_remarks, path, &err), err);
    CHECK(stat(path, &info) == 0 && (info.st_mode & 07777) == 0644);
    CHECK_INT(dw_dialect_write(&dialect, &no_remarks, path, &err), DW_ERR_CONFLICT);
    snprintf(path, sizeof path, "%s/My Robot.txt", folder);
    CHECK_INT(dw_dialect_write(&dialect, &no_remarks, path, &err), DW_ERR_INVALID);
    CHECK(access(path, F_OK) != 0);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

TESTS(TEST(the_public_dialect_is_written_as_it_was_read), TEST(the_rule_is_the_one_that_holds_for_all_frames),
      TEST(frames_that_share_no_template_are_written_as_they_are), TEST(whatever_an_owner_notes_is_one_line),
      TEST(no_file_is_written_over_and_none_is_left_of_a_bad_name))
