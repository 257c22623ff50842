#include "dicom/accept.h"
#include "dicom/uid.h"
#include "test.h"

#define CT "1.2.840.10008.5.1.4.1.1.2"
#define SLIDE "1.2.840.10008.5.1.4.1.1.77.1.6"
#define VIDEO "1.2.840.10008.5.1.4.1.1.77.1.1.1"
#define BASIC_SR "1.2.840.10008.5.1.4.1.1.88.11"
#define TRIAL_SR "1.2.840.10008.5.1.4.1.1.88.1"
#define KEY_OBJECTS "1.2.840.10008.5.1.4.1.1.88.59"
#define CSA "1.3.12.2.1107.5.9.1"
#define JPEG "1.2.840.10008.1.2.4.50"
#define MPEG2 "1.2.840.10008.1.2.4.100"
#define HTJ2K "1.2.840.10008.1.2.4.201"
#define OFFER(...)                                                                                 \
    (const char *const[]){__VA_ARGS__}, sizeof(const char *const[]){__VA_ARGS__} / sizeof(char *)

static void every_class_of_the_table_is_taken(void)
{
    struct dw_accept accept;
    size_t count = 0;
    const struct dw_sop_class *table = dw_sop_class_table(&count);
    dw_accept_init(&accept);
    for (size_t i = 0; i < count; i++)
        CHECK_INT(dw_accept_class(&accept, table[i].uid), DW_ACCEPTS);
    CHECK_INT(dw_accept_class(&accept, "1.2.840.10008.5.1.4.1.2.2.1"), DW_ACCEPTS_NOT_KNOWN);
    CHECK_INT(dw_accept_class(&accept, "1.2.3.4"), DW_ACCEPTS_NOT_KNOWN);
    CHECK_INT(dw_accept_class(&accept, ""), DW_ACCEPTS_NOT_KNOWN);
}

static void reports_and_private_classes_are_switches(void)
{
    struct dw_accept accept;
    dw_accept_init(&accept);
    accept.reports = false;
    CHECK_INT(dw_accept_class(&accept, BASIC_SR), DW_ACCEPTS_NOT_HERE);
    CHECK_INT(dw_accept_class(&accept, TRIAL_SR), DW_ACCEPTS_NOT_HERE);
    CHECK_INT(dw_accept_class(&accept, KEY_OBJECTS), DW_ACCEPTS);
    CHECK_INT(dw_accept_class(&accept, CSA), DW_ACCEPTS);
    dw_accept_init(&accept);
    accept.private_classes = false;
    accept.any = true;
    CHECK_INT(dw_accept_class(&accept, CSA), DW_ACCEPTS_NOT_HERE);
    CHECK_INT(dw_accept_class(&accept, "1.2.3.4"), DW_ACCEPTS_NOT_HERE);
    CHECK_INT(dw_accept_class(&accept, BASIC_SR), DW_ACCEPTS);
}

static void any_takes_what_may_be_storage_and_no_service(void)
{
    struct dw_accept accept;
    dw_accept_init(&accept);
    accept.any = true;
    CHECK_INT(dw_accept_class(&accept, "1.2.840.10008.5.1.4.1.1.999"), DW_ACCEPTS);
    CHECK_INT(dw_accept_class(&accept, "1.2.3.4"), DW_ACCEPTS);
    CHECK_INT(dw_accept_class(&accept, "1.2.840.10008.5.1.4.1.2.2.1"), DW_ACCEPTS_NOT_KNOWN);
    CHECK_INT(dw_accept_class(&accept, "1.2.840.10008.5.1.4.31"), DW_ACCEPTS_NOT_KNOWN);
    CHECK_INT(dw_accept_class(&accept, "no uid"), DW_ACCEPTS_NOT_KNOWN);
}

static void what_reads_most_easily_is_taken_and_of_videos_what_is_compressed(void)
{
    struct dw_accept accept;
    dw_accept_init(&accept);
    CHECK_STR(dw_accept_syntax(&accept, CT, OFFER(JPEG, DW_TS_IMPLICIT_LE, DW_TS_EXPLICIT_LE)),
              DW_TS_EXPLICIT_LE);
    CHECK_STR(dw_accept_syntax(&accept, CT, OFFER(DW_TS_DEFLATED, DW_TS_EXPLICIT_BE)),
              DW_TS_EXPLICIT_BE);
    CHECK_STR(dw_accept_syntax(&accept, CT, OFFER("1.2.3", HTJ2K, JPEG)), HTJ2K);
    CHECK_STR(dw_accept_syntax(&accept, VIDEO, OFFER(DW_TS_EXPLICIT_LE, MPEG2)), MPEG2);
    CHECK_STR(dw_accept_syntax(&accept, VIDEO, OFFER(DW_TS_EXPLICIT_LE)), DW_TS_EXPLICIT_LE);
    CHECK_STR(dw_accept_syntax(&accept, SLIDE, OFFER(DW_TS_EXPLICIT_LE, JPEG)), JPEG);
}

static void what_cannot_be_stored_is_not_taken(void)
{
    struct dw_accept accept;
    dw_accept_init(&accept);
    CHECK(!dw_accept_syntax(&accept, CT, NULL, 0));
    CHECK(!dw_accept_syntax(&accept, CT,
                            OFFER("1.2.3.4", "1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95",
                                  "1.2.840.10008.1.2.4.204", "1.2.840.10008.1.2.4.205",
                                  "1.2.840.10008.1.2.6.2", "1.2.840.10008.1.2.7.1")));
    size_t count = 0, refused = 0;
    const struct dw_transfer_syntax *table = dw_transfer_syntax_table(&count);
    for (size_t i = 0; i < count; i++) {
        refused += table[i].refused;
        CHECK((dw_accept_syntax(&accept, CT, OFFER(table[i].uid)) == NULL) == table[i].refused);
        CHECK(!table[i].refused || !table[i].decodable);
    }
    CHECK_INT(refused, 10);
}

static void a_preference_wins_in_its_order(void)
{
    struct dw_accept accept;
    struct dw_error err = {0};
    dw_accept_init(&accept);
    CHECK_OK(dw_accept_prefer(&accept, " " HTJ2K ", " JPEG "," DW_TS_EXPLICIT_LE " ", &err), err);
    CHECK_INT(accept.prefer_count, 3);
    CHECK_STR(dw_accept_syntax(&accept, CT, OFFER(DW_TS_EXPLICIT_LE, JPEG)), JPEG);
    CHECK_STR(dw_accept_syntax(&accept, CT, OFFER(DW_TS_IMPLICIT_LE, MPEG2)), DW_TS_IMPLICIT_LE);
    CHECK_INT(dw_accept_prefer(&accept, "1.2.3", &err), DW_ERR_INVALID);
    CHECK_STR(err.text, "'1.2.3' is no transfer syntax that is received");
    CHECK_INT(dw_accept_prefer(&accept, "1.2.840.10008.1.2.4.94", &err), DW_ERR_INVALID);
    CHECK_OK(dw_accept_prefer(&accept, "", &err), err);
    CHECK_INT(accept.prefer_count, 0);
}

static void the_policy_survives_its_way_to_the_receiver(void)
{
    struct dw_accept accept, back;
    struct dw_error err = {0};
    dw_accept_init(&accept);
    accept.reports = false;
    accept.any = true;
    CHECK_OK(dw_accept_prefer(&accept, JPEG "," HTJ2K, &err), err);
    json_t *json = dw_accept_to_json(&accept);
    CHECK_OK(dw_accept_from_json(json, &back, &err), err);
    CHECK(!back.reports && back.private_classes && back.any && back.prefer_count == 2);
    CHECK_STR(back.prefer[1], HTJ2K);
    json_decref(json);
    CHECK_OK(dw_accept_from_json(NULL, &back, &err), err);
    CHECK(back.reports && back.private_classes && !back.any);
}

TESTS(TEST(every_class_of_the_table_is_taken), TEST(reports_and_private_classes_are_switches),
      TEST(any_takes_what_may_be_storage_and_no_service),
      TEST(what_reads_most_easily_is_taken_and_of_videos_what_is_compressed),
      TEST(what_cannot_be_stored_is_not_taken), TEST(a_preference_wins_in_its_order),
      TEST(the_policy_survives_its_way_to_the_receiver))
