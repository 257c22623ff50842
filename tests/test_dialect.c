/* Dialect files: what the public one says, and what a mistake is called. */
#include "robot/usb/dialect.h"

#include <stdarg.h>

#include "base/file.h"
#include "test.h"

#define PUBLIC DW_SOURCE "/conf/dialects/discpublisher2-captured.conf"

static struct dw_dialect dialect; /* large for a stack */

static void the_frames_of_the_disc_publisher_ii_are_those_that_were_recorded(void)
{
    static const struct {
        const char *name;
        uint8_t frame[8];
        int settle_ms;
    } recorded[] = {
        {"arm-left", {0x1b, 0x04, 0x8d, 0, 0, 0, 0, 0xac}, 10000},
        {"arm-printer", {0x1b, 0x04, 0x8e, 0, 0, 0, 0, 0xad}, 10000},
        {"arm-recorder", {0x1b, 0x04, 0x8f, 0, 0, 0, 0, 0xae}, 10000},
        {"arm-right", {0x1b, 0x04, 0x90, 0, 0, 0, 0, 0xaf}, 10000},
        {"toggle", {0x1b, 0x04, 0x92, 0, 0, 0, 0, 0xb1}, 20000},
    };
    struct dw_error err = {0};
    CHECK_OK(dw_dialect_read(PUBLIC, &dialect, &err), err);
    CHECK_STR(dialect.name, "discpublisher2-captured");
    CHECK_INT(dialect.commands, DW_ARRAY_LEN(recorded));
    for (size_t i = 0; i < DW_ARRAY_LEN(recorded); i++) {
        const struct dw_dialect_command *command = dw_dialect_command(&dialect, recorded[i].name);
        CHECK(command != NULL);
        if (!command)
            continue;
        CHECK_INT(command->frame.size, 8);
        CHECK(memcmp(command->frame.byte, recorded[i].frame, 8) == 0);
        CHECK_INT(command->settle_ms, recorded[i].settle_ms);
        CHECK_INT(command->evidence.level, DW_EVIDENCE_CAPTURED);
        CHECK(command->done.bytes.size == 0 && command->missed.bytes.size == 0);
    }
    CHECK_INT(dialect.waits.tray_in_ms, 5000);
    CHECK_INT(dialect.waits.tray_out_ms, 10000);
    CHECK_INT(dialect.waits.disc_in_ms, 20000);
    CHECK_INT(dialect.waits.over_disc_ms, 30000);
    CHECK_INT(dialect.waits.lifted_ms, 10000);
    CHECK_INT(dialect.match.vendor, 0x0f25);
    CHECK_INT(dialect.match.class, 7);
    CHECK(dialect.only_by_name);
}

static void nothing_that_was_not_recorded_is_available(void)
{
    static const char *const unknown[] = {"", "print", "status", "park", "grip", "release", "arm-", "TOGGLE", "91"};
    struct dw_error err = {0};
    CHECK_OK(dw_dialect_read(PUBLIC, &dialect, &err), err);
    for (size_t i = 0; i < DW_ARRAY_LEN(unknown); i++)
        CHECK(!dw_dialect_command(&dialect, unknown[i]));
}

static void the_two_checksum_rules_tell_the_two_families_apart(void)
{
    static const uint8_t robot[] = {0x1b, 0x04, 0x92, 0, 0, 0, 0}, inkjet[] = {0x1b, 0x33, 0, 0, 0, 0, 0},
                         wraps[] = {0xff, 0xff, 0x03};
    CHECK_INT(dw_checksum(DW_CHECKSUM_SUM_ALL, robot, 7), 0xb1);
    CHECK_INT(dw_checksum(DW_CHECKSUM_SUM_WITHOUT_FIRST, robot, 7), 0x96);
    CHECK_INT(dw_checksum(DW_CHECKSUM_SUM_WITHOUT_FIRST, inkjet, 7), 0x33);
    CHECK_INT(dw_checksum(DW_CHECKSUM_SUM_ALL, wraps, 3), 0x01);
    CHECK_INT(dw_checksum(DW_CHECKSUM_SUM_ALL, robot, 0), 0);
    CHECK_INT(dw_checksum(DW_CHECKSUM_NONE, robot, 7), 0);
}

/* --- files of our own --- */

#define DIALECT "[dialect]\ntitle=T\nlevel=CAPTURED\norigin=O\n"
#define MATCH "[match]\nvendor=1234\nproduct=0001\n"
#define FRAME "[frame]\ntemplate=02 code parameters checksum 03\nchecksum=sum-without-first\nlevel=INFERRED\norigin=O\n"
#define PROOF "settle_ms=100\nlevel=CAPTURED\norigin=O\n"
#define COMMAND "[command grip]\ncode=41\nparameters=01 02\n" PROOF

static dw_status read_text(const char *name, const char *text, struct dw_error *err)
{
    char folder[64], path[128];
    snprintf(path, sizeof path, "%s/%s", test_folder(folder), name);
    CHECK_OK(dw_file_save(NULL, path, text, strlen(text), err), *err);
    dw_status st = dw_dialect_read(path, &dialect, err);
    unlink(path);
    rmdir(folder);
    return st;
}

static void a_site_writes_frames_by_template_or_as_they_are(void)
{
    static const uint8_t built[] = {0x02, 0x41, 0x01, 0x02, 0x44, 0x03}, whole[] = {0xaa, 0xbb};
    struct dw_error err = {0};
    CHECK_OK(read_text("mine-1.conf",
                       DIALECT MATCH FRAME COMMAND "[command release]\nframe = AABB\nreply_done=06 ??\nreply_missed=15 00\n"
                                                   "reply_ms=2000\n" PROOF,
                       &err),
             err);
    CHECK_STR(dialect.name, "mine-1");
    const struct dw_dialect_command *grip = dw_dialect_command(&dialect, "grip"),
                                    *release = dw_dialect_command(&dialect, "release");
    CHECK(grip && grip->frame.size == sizeof built && memcmp(grip->frame.byte, built, sizeof built) == 0);
    CHECK(release && release->frame.size == sizeof whole && memcmp(release->frame.byte, whole, sizeof whole) == 0);
    CHECK(release && dw_reply_fits(&release->done, "\x06\x99", 2) && !dw_reply_fits(&release->done, "\x15\x99", 2));
    CHECK(release && !dw_reply_fits(&release->done, "\x06", 1) && dw_reply_fits(&release->missed, "\x15\x00", 2));
    CHECK(grip && !dw_reply_fits(&grip->done, "", 0));
}

static void a_mistake_is_one_sentence_with_file_and_line(void)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "there is no [dialect]"},
        {"title=T\n" DIALECT, ":1: title stands before the first [section]"},
        {DIALECT "[dialect]\n", ":5: [dialect] stands there twice"},
        {DIALECT "[moves]\n", ":5: [moves] is none of"},
        {DIALECT "level=CAPTURED\n", ":5: level stands there twice"},
        {DIALECT "colour=red\n", ":5: [dialect] knows no colour"},
        {"[dialect]\ntitle=T\nlevel=CERTAIN\n", ":3: level: 'CERTAIN' is not CAPTURED, DOCUMENTED or INFERRED"},
        {"[dialect]\ntitle=T\nlevel=CAPTURED\n" MATCH, "[dialect] has no origin"},
        {"[dialect]\ntitle=\n", "title: '' is not a text"},
        {DIALECT "[match]\nvendor=f25\n", ":6: vendor: 'f25' is not four hexadecimal digits"},
        {DIALECT "[match]\nvendor=0000\n", "not four hexadecimal digits"},
        {DIALECT "[match]\nclass=256\n", "not a number from 1 to 255"},
        {DIALECT "[match]\nonly_by_name=maybe\n", "not yes or no"},
        {DIALECT "[match]\nvendor=0f25\nclass=7\n" FRAME COMMAND, "[match] takes any device"},
        {DIALECT MATCH "[frame]\ntemplate=02 checksum\n", "not bytes with the word code once"},
        {DIALECT MATCH "[frame]\ntemplate=code code\n", "not bytes with the word code once"},
        {DIALECT MATCH "[frame]\ntemplate=code 2\n", "not bytes with the word code once"},
        {DIALECT MATCH "[frame]\nchecksum=crc\n", "'crc' is not none, sum-all or sum-without-first"},
        {DIALECT MATCH FRAME, "there is no [command NAME]"},
        {DIALECT MATCH FRAME COMMAND COMMAND, "command grip stands there twice"},
        {DIALECT MATCH FRAME "[command Grip]\n", "letters a to z"},
        {DIALECT MATCH FRAME "[command ]\n", "letters a to z"},
        {DIALECT MATCH FRAME "[command grip]\ncode=4142\n", "'4142' is not one byte"},
        {DIALECT MATCH FRAME "[command grip]\ncode=xx\n", "'xx' is not one byte"},
        {DIALECT MATCH FRAME "[command grip]\n" PROOF, "[command grip] has neither code nor frame"},
        {DIALECT MATCH FRAME "[command grip]\nparameters=00\n" PROOF, "[command grip] has parameters and no code"},
        {DIALECT MATCH FRAME "[command grip]\ncode=41\nlevel=CAPTURED\norigin=O\n", "[command grip] has no settle_ms"},
        {DIALECT MATCH FRAME "[command grip]\ncode=41\nsettle_ms=1\norigin=O\n", "[command grip] has no level"},
        {DIALECT MATCH FRAME "[command grip]\ncode=41\nsettle_ms=0\n", "'0' is not milliseconds"},
        {DIALECT MATCH FRAME "[command grip]\ncode=41\nsettle_ms=600001\n", "'600001' is not milliseconds"},
        {DIALECT MATCH FRAME "[command grip]\ncode=41\nframe=02 41 42 03\n" PROOF, "not what template and checksum"},
        {DIALECT MATCH FRAME "[command grip]\ncode=41\nreply_done=06\n" PROOF, "without reply_ms"},
        {DIALECT MATCH FRAME "[command grip]\ncode=41\nreply_ms=5\n" PROOF, "without reply_ms"},
        {DIALECT MATCH FRAME "[command grip]\ncode=41\nreply_done=6?\n" PROOF, "'6?' is not bytes"},
        {DIALECT MATCH FRAME "[command grip]\ncode=41\nreply_done=?? ?\n" PROOF, "'?? ?' is not bytes"},
        {DIALECT MATCH "[command grip]\ncode=41\n" PROOF, "there is no [frame] for it"},
        {DIALECT MATCH FRAME COMMAND "[waits]\ntray_in_ms=1\n", "[waits] has no tray_out_ms"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(wrong); i++) {
        struct dw_error err = {0};
        CHECK_INT(read_text("mine.conf", wrong[i].text, &err), DW_ERR_INVALID);
        CHECK_HAS(err.text, wrong[i].says);
        CHECK_HAS(err.text, "mine.conf");
    }
    struct dw_error err = {0};
    CHECK_INT(read_text("Mine.conf", DIALECT MATCH FRAME COMMAND, &err), DW_ERR_INVALID);
    CHECK_INT(read_text("mine.txt", DIALECT MATCH FRAME COMMAND, &err), DW_ERR_INVALID);
    CHECK_INT(read_text(".conf", DIALECT MATCH FRAME COMMAND, &err), DW_ERR_INVALID);
}

static void a_frame_never_grows_over_its_limit(void)
{
    struct dw_error err = {0};
    char text[1024] = DIALECT MATCH FRAME "[command grip]\ncode=41\nparameters=";
    for (int i = 0; i < DW_DIALECT_FRAME_MAX; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "00");
    size_t end = strlen(text);
    snprintf(text + end, sizeof text - end, "\n" PROOF);
    CHECK_INT(read_text("mine.conf", text, &err), DW_ERR_LIMIT);
    snprintf(text + end, sizeof text - end, "00\n" PROOF);
    CHECK_INT(read_text("mine.conf", text, &err), DW_ERR_INVALID);
}

/* --- which dialect --- */

static void a_device_never_gets_a_dialect_that_must_be_named(void)
{
    struct dw_error err = {0};
    struct dw_usb_device device = {.vendor = 0x0f25, .product = 0x0012, .interfaces = 1, .interface = {{.class = 7}}};
    CHECK_INT(dw_dialect_of(&device, "MFG:Primera;MDL:Bravo II;", &dialect, &err), DW_ERR_NOT_FOUND);
    CHECK_HAS(err.text, "0f25:0012");
    CHECK_HAS(err.text, "[robot] dialect");
    CHECK_OK(dw_dialect_find("discpublisher2-captured", &dialect, &err), err);
    CHECK_OK(dw_dialect_find(PUBLIC, &dialect, &err), err);
    CHECK_INT(dw_dialect_find("discpublisher9", &dialect, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(dw_dialect_find("", &dialect, &err), DW_ERR_NOT_FOUND);
    CHECK_INT(dw_dialect_find("../dialects/discpublisher2-captured", &dialect, &err), DW_ERR_INVALID);
}

TESTS(TEST(the_frames_of_the_disc_publisher_ii_are_those_that_were_recorded),
      TEST(nothing_that_was_not_recorded_is_available), TEST(the_two_checksum_rules_tell_the_two_families_apart),
      TEST(a_site_writes_frames_by_template_or_as_they_are), TEST(a_mistake_is_one_sentence_with_file_and_line),
      TEST(a_frame_never_grows_over_its_limit), TEST(a_device_never_gets_a_dialect_that_must_be_named))
