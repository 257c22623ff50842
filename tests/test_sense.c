/* The shapes of messages are those of libburn 1.5.4: mmc.c (write, sync cache, close, read), spc.c
 * (asynchronous commands, error conditions). */
#include "burn/drive/sense.h"

#include "test.h"

static void the_sense_is_read_from_every_shape_of_message(void)
{
    static const struct {
        const char *text;
        struct dw_sense sense;
    } cases[] = {
        {"SCSI error on write(16976,16): [3 0C 00] Medium error. Write error", {3, 0x0C, 0x00}},
        {"SCSI error on write(0,16): [5 64 00] Illegal request. Illegal mode for this track",
         {5, 0x64, 0x00}},
        {"Asynchronous SCSI error on CLOSE TRACK SESSION: [3 72 00] Medium error. Session fixation "
         "error",
         {3, 0x72, 0x00}},
        {"Asynchronous SCSI error : [4 09 00] Drive error. Track following error", {4, 0x09, 0x00}},
        {"Asynchronous SCSI error on SYNCHRONIZE CACHE #3,[2 04 08] : 35 02 00 00 00 00 00 00 00 "
         "00 : "
         "[3 0C 09] Medium error. Write error, loss of streaming",
         {3, 0x0C, 0x09}},
        {"SCSI error condition on command 2Ah WRITE(10): [2 3A 01] Drive not ready. Medium not "
         "present",
         {2, 0x3A, 0x01}},
        {"Failed to synchronize drive cache. SCSI error : [B 08 02] Command aborted. Logical unit "
         "communication parity error",
         {0xB, 0x08, 0x02}},
        {"Failed to close session (5). SCSI error : [5 72 03] Illegal request. See MMC specs: "
         "Sense Key 5 "
         "\"Illegal request\", ASC 72 ASCQ 03",
         {5, 0x72, 0x03}},
        {"SCSI error on read_10(300,16): [3 11 05] Medium error. L-EC uncorrectable error",
         {3, 0x11, 0x05}},
        {"the disc was not written well: SCSI error on write(9,1): [D 00 00] Volume overflow. ",
         {0xD, 0, 0}},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct dw_sense sense = {0};
        CHECK(dw_sense_parse(cases[i].text, &sense));
        CHECK_INT(sense.key, cases[i].sense.key);
        CHECK_INT(sense.asc, cases[i].sense.asc);
        CHECK_INT(sense.ascq, cases[i].sense.ascq);
    }
}

static void what_only_looks_like_a_sense_is_none(void)
{
    static const char *const texts[] = {
        "",
        "[",
        "[3",
        "[3 0C 0",
        "[3 0C 00",
        "[3 0c 00]", /* libburn writes capitals: this is somebody else's text */
        "[33 0C 00]",
        "[3 0C 000]",
        "Burn run failed",
        "SCSI error on write(0,1): [FFFFFFFF FFFFFFFF FFFFFFFF] (reserved error code)",
        "Timeout (1800 s) with asynchronous SCSI command CLOSE TRACK SESSION #2,[2 04 08] : 5b 00 "
        "02",
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++) {
        struct dw_sense sense = {9, 9, 9};
        CHECK(!dw_sense_parse(texts[i], &sense));
        CHECK_INT(sense.key, 9);
        CHECK_INT(dw_sense_fault_of(texts[i], DW_BURN_FAULT_CLOSE), DW_BURN_FAULT_CLOSE);
    }
}

static void key_and_codes_say_whose_fault_it_is(void)
{
    static const struct {
        struct dw_sense sense;
        enum dw_burn_fault fault;
    } cases[] = {
        {{3, 0x0C, 0x00}, DW_BURN_FAULT_WRITE},     {{3, 0x0C, 0x09}, DW_BURN_FAULT_STREAM},
        {{3, 0x73, 0x03}, DW_BURN_FAULT_LASER},     {{4, 0x73, 0x03}, DW_BURN_FAULT_LASER},
        {{3, 0x72, 0x00}, DW_BURN_FAULT_CLOSE},     {{3, 0x11, 0x05}, DW_BURN_FAULT_READ},
        {{2, 0x3A, 0x01}, DW_BURN_FAULT_NO_DISC},   {{2, 0x3A, 0x02}, DW_BURN_FAULT_TRAY_OPEN},
        {{2, 0x04, 0x01}, DW_BURN_FAULT_NOT_READY}, {{2, 0x30, 0x00}, DW_BURN_FAULT_UNFIT},
        {{5, 0x30, 0x05}, DW_BURN_FAULT_UNFIT},     {{7, 0x27, 0x00}, DW_BURN_FAULT_UNFIT},
        {{5, 0x64, 0x00}, DW_BURN_FAULT_NOT_BLANK}, {{8, 0x00, 0x00}, DW_BURN_FAULT_NOT_BLANK},
        {{5, 0x21, 0x02}, DW_BURN_FAULT_TOO_SMALL}, {{5, 0x63, 0x00}, DW_BURN_FAULT_TOO_SMALL},
        {{4, 0x44, 0x00}, DW_BURN_FAULT_HARDWARE},  {{4, 0x3E, 0x02}, DW_BURN_FAULT_HARDWARE},
        {{4, 0x0C, 0x00}, DW_BURN_FAULT_WRITE},     {{4, 0x08, 0x00}, DW_BURN_FAULT_LINK},
        {{0xB, 0x47, 0x00}, DW_BURN_FAULT_LINK},    {{6, 0x29, 0x00}, DW_BURN_FAULT_RESET},
        {{6, 0x28, 0x00}, DW_BURN_FAULT_RESET},     {{1, 0x0B, 0x01}, DW_BURN_FAULT_HOT},
        {{5, 0x24, 0x00}, DW_BURN_FAULT_REFUSED},   {{0xE, 0x1D, 0x00}, DW_BURN_FAULT_DIFFERS},
        {{9, 0x80, 0x00}, DW_BURN_FAULT_OTHER},     {{0, 0x00, 0x00}, DW_BURN_FAULT_OTHER},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++)
        CHECK_STR(dw_burn_fault_name(dw_sense_fault(&cases[i].sense)),
                  dw_burn_fault_name(cases[i].fault));
}

static void every_failure_has_a_name_of_its_own(void)
{
    for (int i = 0; i < DW_BURN_FAULT_COUNT; i++) {
        for (int j = 0; j < i; j++)
            CHECK(strcmp(dw_burn_fault_name((enum dw_burn_fault)i),
                         dw_burn_fault_name((enum dw_burn_fault)j)) != 0);
    }
}

TESTS(TEST(the_sense_is_read_from_every_shape_of_message),
      TEST(what_only_looks_like_a_sense_is_none), TEST(key_and_codes_say_whose_fault_it_is),
      TEST(every_failure_has_a_name_of_its_own))
