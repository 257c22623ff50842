#include "layout/fileset/profile.h"
#include "test.h"

#define CLASS(suffix) "1.2.840.10008.5.1.4.1.1." suffix
#define CT CLASS("2")
#define XA CLASS("12.1")
#define US CLASS("6.1")
#define J70 "1.2.840.10008.1.2.4.70"
#define J2K "1.2.840.10008.1.2.4.90"
#define RLE "1.2.840.10008.1.2.5"

static const struct {
    const char *code, *uid;
} syntaxes[] = {
    {"E", DW_TS_EXPLICIT_LE},         {"R", RLE},
    {"J50", "1.2.840.10008.1.2.4.50"},   {"J51", "1.2.840.10008.1.2.4.51"},
    {"J70", J70},                        {"K90", J2K},
    {"K91", "1.2.840.10008.1.2.4.91"},   {"M100", "1.2.840.10008.1.2.4.100"},
    {"M101", "1.2.840.10008.1.2.4.101"}, {"M102", "1.2.840.10008.1.2.4.102"},
    {"M103", "1.2.840.10008.1.2.4.103"}, {"M104", "1.2.840.10008.1.2.4.104"},
    {"M105", "1.2.840.10008.1.2.4.105"}, {"M106", "1.2.840.10008.1.2.4.106"},
};
static const struct {
    const char *code, *uid;
} classes[] = {
    {"CT", CT},           {"MR", CLASS("4")},   {"XA", XA},
    {"US", US},           {"UM", CLASS("3.1")}, {"SC", CLASS("7")},
    {"PS", CLASS("11.1")}, {"DR", CLASS("88.67")}, {"PDF", CLASS("104.1")},
};

/* PS3.11 as text: the profile, its medium, then groups "classes: syntaxes that stay > what the rest becomes".
 * Written down from the tables of the standard, not from ours. Images are MONOCHROME2, 8 bit, 512 x 512, of
 * several frames. "*" is every class. */
static const struct {
    const char *name;
    enum dw_media media;
    const char *groups[2];
} standard[] = {
    {"STD-GEN-CD", DW_MEDIA_CD, {"*: E > E"}},
    {"STD-GEN-DVD-JPEG", DW_MEDIA_DVD, {"*: E J70 J50 J51 > E"}},
    {"STD-GEN-DVD-J2K", DW_MEDIA_DVD, {"*: E K90 K91 > E"}},
    {"STD-GEN-BD", DW_MEDIA_BD, {"*: E > E"}},
    {"STD-GEN-BD-JPEG", DW_MEDIA_BD, {"*: E J70 J50 J51 > E"}},
    {"STD-GEN-BD-J2K", DW_MEDIA_BD, {"*: E K90 K91 > E"}},
    {"STD-GEN-BD-MPEG2-MPML", DW_MEDIA_BD, {"*: E M100 > E"}},
    {"STD-GEN-BD-MPEG2-MPHL", DW_MEDIA_BD, {"*: E M101 > E"}},
    {"STD-GEN-BD-MPEG4-HPLV41", DW_MEDIA_BD, {"*: E M102 > E"}},
    {"STD-GEN-BD-MPEG4-HPLV41BD", DW_MEDIA_BD, {"*: E M103 > E"}},
    {"STD-GEN-BD-MPEG4-HPLV42-2D", DW_MEDIA_BD, {"*: E M104 > E"}}, /* E by STD-GEN-BD beside it */
    {"STD-GEN-BD-MPEG4-HPLV42-3D", DW_MEDIA_BD, {"*: E M105 > E"}},
    {"STD-GEN-BD-MPEG4-SHPLV42", DW_MEDIA_BD, {"*: E M106 > E"}},
    {"STD-DVD-MPEG2-MPML", DW_MEDIA_DVD, {"*: E J70 J50 J51 M100 > E"}}, /* STD-GEN-DVD-JPEG beside it */
    {"STD-GEN-DVD-RAM", DW_MEDIA_DVD, {"*: E > E"}},
    {"STD-CTMR-CD", DW_MEDIA_CD, {"CT MR SC: E J70 > E", "PS DR: E > E"}},
    {"STD-CTMR-DVD", DW_MEDIA_DVD, {"CT MR SC: E J70 > E", "PS DR: E > E"}},
    {"STD-XA1K-CD", DW_MEDIA_CD, {"XA: J70 > J70", "SC PS: E > E"}},
    {"STD-XA1K-DVD", DW_MEDIA_DVD, {"XA: J70 J50 J51 > J70", "SC PS: E > E"}},
    {"STD-XABC-CD", DW_MEDIA_CD, {"XA: J70 > J70"}},
    {"STD-US-ID-SF-CDR", DW_MEDIA_CD, {"US: E R > E"}},
    {"STD-US-ID-SF-DVD", DW_MEDIA_DVD, {"US: E R > E"}},
    {"STD-US-ID-MF-CDR", DW_MEDIA_CD, {"US UM: E R > E"}},
    {"STD-US-ID-MF-DVD", DW_MEDIA_DVD, {"US UM: E R > E"}},
    {"STD-US-SC-SF-CDR", DW_MEDIA_CD, {"US: E R > E"}},
    {"STD-US-SC-SF-DVD", DW_MEDIA_DVD, {"US: E R > E"}},
    {"STD-US-SC-MF-CDR", DW_MEDIA_CD, {"US UM: E R > E"}},
    {"STD-US-SC-MF-DVD", DW_MEDIA_DVD, {"US UM: E R > E"}},
};

static struct dw_subject subject_of(const char *sop_class, const char *syntax)
{
    return (struct dw_subject){.sop_class = dw_sop_class_find(sop_class),
                               .syntax = dw_transfer_syntax_find(syntax),
                               .photometric = "MONOCHROME2",
                               .rows = 512,
                               .columns = 512,
                               .frames = 2,
                               .bits_stored = 8,
                               .samples = 1,
                               .has_meta = true,
                               .has_us_regions = true,
                               .has_pixels = true};
}

static bool has_word(const char *begin, const char *end, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = begin; at + length <= end; at++)
        if (strncmp(at, word, length) == 0 && (at == begin || at[-1] == ' ') &&
            (at + length == end || at[length] == ' '))
            return true;
    return false;
}

static const char *uid_of(const char *code)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(syntaxes); i++)
        if (strcmp(syntaxes[i].code, code) == 0)
            return syntaxes[i].uid;
    return "";
}

/* The group of the row that speaks of this class; NULL: none does. */
static const char *group_of(size_t row, const char *class_code)
{
    for (size_t g = 0; g < DW_ARRAY_LEN(standard[row].groups) && standard[row].groups[g]; g++) {
        const char *group = standard[row].groups[g];
        if (group[0] == '*' || has_word(group, strchr(group, ':'), class_code))
            return group;
    }
    return NULL;
}

static void check_cell(size_t row, size_t c, size_t t)
{
    const struct dw_profile *profile = dw_profile_find(standard[row].name);
    struct dw_subject subject = subject_of(classes[c].uid, syntaxes[t].uid);
    struct dw_judgement got = dw_profile_judge(profile, &subject, NULL);
    const char *group = group_of(row, classes[c].code);
    enum dw_verdict want = DW_VERDICT_FORBID;
    if (group) {
        const char *colon = strchr(group, ':'), *arrow = strchr(group, '>');
        if (has_word(colon + 2, arrow - 1, syntaxes[t].code))
            want = DW_VERDICT_TAKE;
        else if (syntaxes[t].code[0] != 'M')
            want = DW_VERDICT_CONVERT;
        if (got.verdict == DW_VERDICT_CONVERT)
            CHECK_STR(got.target, uid_of(arrow + 2));
    }
    if (got.verdict != want)
        fprintf(stderr, "%s, %s in %s:\n", standard[row].name, classes[c].code, syntaxes[t].code);
    CHECK_INT(got.verdict, want);
    CHECK_INT(got.reason != NULL, want == DW_VERDICT_FORBID);
}

static void every_profile_takes_what_the_standard_says_in_the_order_of_the_house(void)
{
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    CHECK_INT(count, DW_ARRAY_LEN(standard));
    for (size_t row = 0; row < count && row < DW_ARRAY_LEN(standard); row++) {
        CHECK_STR(table[row].name, standard[row].name);
        CHECK_INT(table[row].media, standard[row].media);
        CHECK_STR(table[row].augmented_name + 4, standard[row].name + 4);
        CHECK(strncmp(table[row].augmented_name, "AUG-", 4) == 0);
        CHECK(!table[row].also || dw_profile_find(table[row].also));
        for (size_t c = 0; c < DW_ARRAY_LEN(classes); c++)
            for (size_t t = 0; t < DW_ARRAY_LEN(syntaxes); t++)
                check_cell(row, c, t);
    }
}

static void spatial_calibration_profiles_take_calibrated_ultrasound_only(void)
{
    static const char *const us = "1.2.840.10008.5.1.4.1.1.6.1";
    struct dw_subject subject = subject_of(us, DW_TS_EXPLICIT_LE);
    const struct dw_profile *calibrated = dw_profile_find("STD-US-SC-SF-CDR");
    CHECK_INT(dw_profile_judge(calibrated, &subject, NULL).verdict, DW_VERDICT_TAKE);
    subject.has_us_regions = false;
    struct dw_judgement got = dw_profile_judge(calibrated, &subject, NULL);
    CHECK_INT(got.verdict, DW_VERDICT_FORBID);
    CHECK_HAS(got.reason, "(0018,6011)");
    CHECK_INT(dw_profile_judge(dw_profile_find("STD-US-ID-SF-CDR"), &subject, NULL).verdict,
              DW_VERDICT_TAKE);
}

/* Type 1 in Table H.3-2 (and E.3), not in D.3-2. */
static void an_image_without_rows_goes_where_its_record_need_not_have_them(void)
{
    struct dw_subject subject = subject_of(CT, DW_TS_EXPLICIT_LE);
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    subject.no_rows = true;
    uint64_t takers = dw_profile_takers(&subject, NULL);
    for (size_t i = 0; i < count; i++) {
        bool beside = table[i].also && strcmp(table[i].also, "STD-GEN-BD") == 0;
        bool general = strcmp(table[i].name, "STD-GEN-CD") == 0 || strcmp(table[i].name, "STD-GEN-BD") == 0 ||
                       strcmp(table[i].name, "STD-GEN-DVD-RAM") == 0;
        CHECK_INT(takers >> i & 1, general || beside);
        struct dw_judgement got = dw_profile_judge(&table[i], &subject, NULL);
        if (strstr(table[i].name, "STD-GEN-") && !general && !beside) {
            CHECK_INT(got.verdict, DW_VERDICT_FORBID);
            CHECK_HAS(got.reason, "Rows (0028,0010)");
            CHECK_HAS(got.reason, "STD-GEN-CD and STD-GEN-BD take it");
        }
    }
    subject.sop_class = dw_sop_class_find(CLASS("88.11")); /* no image, no rows */
    CHECK_INT(dw_profile_judge(dw_profile_find("STD-GEN-DVD-JPEG"), &subject, NULL).verdict, DW_VERDICT_TAKE);
    subject.sop_class = dw_sop_class_find(CLASS("77.1.1.1"));
    subject.syntax = dw_transfer_syntax_find("1.2.840.10008.1.2.4.102");
    subject.frames = 9;
    CHECK(strstr(dw_profile_judge(dw_profile_find("STD-GEN-BD-MPEG4-HPLV41"), &subject, NULL).reason,
                 "take it") == NULL);
}

static void the_syntaxes_of_a_profile_are_those_of_its_rules(void)
{
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    for (size_t p = 0; p < count; p++)
        for (size_t r = 0; r < table[p].rule_count; r++)
            for (const char *const *ts = table[p].rules[r].syntaxes; *ts; ts++) {
                bool there = false;
                for (const char *const *all = table[p].transfer_syntaxes; *all; all++)
                    there = there || strcmp(*ts, *all) == 0;
                CHECK(there);
                CHECK(dw_transfer_syntax_find(*ts) != NULL);
            }
}

static void every_medium_has_its_general_purpose_profile(void)
{
    CHECK_STR(dw_profile_of_media(DW_MEDIA_CD)->name, "STD-GEN-CD");
    CHECK_STR(dw_profile_of_media(DW_MEDIA_DVD)->name, "STD-GEN-DVD-JPEG");
    CHECK_STR(dw_profile_of_media(DW_MEDIA_BD)->name, "STD-GEN-BD");
    CHECK_STR(dw_profile_find("STD-GEN-DVD-RAM")->udf, "1.50");
    CHECK(!dw_profile_of_media(DW_MEDIA_BD)->rows_required); /* Table D.3-2, not H.3-2 */
    CHECK(dw_profile_find("STD-GEN-BD-JPEG")->rows_required);
}

static const char *judge(const char *profile, struct dw_subject subject, enum dw_verdict want)
{
    struct dw_judgement got = dw_profile_judge(dw_profile_find(profile), &subject, NULL);
    CHECK_INT(got.verdict, want);
    return got.reason ? got.reason : got.target ? got.target : "";
}

static void angiography_profiles_have_limits(void)
{
    struct dw_subject subject = subject_of(XA, J70);
    subject.rows = 513;
    CHECK_HAS(judge("STD-XABC-CD", subject, DW_VERDICT_FORBID), "512 x 512");
    judge("STD-XA1K-CD", subject, DW_VERDICT_TAKE);
    subject.columns = 1025;
    CHECK_HAS(judge("STD-XA1K-CD", subject, DW_VERDICT_FORBID), "1024 x 1024");
    subject = subject_of(XA, J70);
    subject.bits_stored = 10;
    CHECK_HAS(judge("STD-XABC-CD", subject, DW_VERDICT_FORBID), "8 bits");
    judge("STD-XA1K-DVD", subject, DW_VERDICT_TAKE);
    subject.bits_stored = 16;
    CHECK_HAS(judge("STD-XA1K-DVD", subject, DW_VERDICT_FORBID), "8, 10 or 12 bits");
    CHECK_HAS(judge("STD-XABC-CD", subject_of(CT, J70), DW_VERDICT_FORBID), "angiography");
    subject = subject_of(XA, J70);
    subject.photometric = "MONOCHROME1";
    CHECK_HAS(judge("STD-XABC-CD", subject, DW_VERDICT_FORBID), "MONOCHROME2");
}

static void captures_beside_angiograms_have_limits_too(void)
{
    struct dw_subject subject = subject_of(CLASS("7"), DW_TS_EXPLICIT_LE);
    judge("STD-XA1K-CD", subject, DW_VERDICT_TAKE);
    subject.photometric = "RGB";
    CHECK_HAS(judge("STD-XA1K-CD", subject, DW_VERDICT_FORBID), "MONOCHROME2");
    subject = subject_of(CLASS("7"), DW_TS_EXPLICIT_LE);
    subject.bits_stored = 16;
    CHECK_HAS(judge("STD-XA1K-DVD", subject, DW_VERDICT_FORBID), "8 bits");
    judge("STD-CTMR-CD", subject, DW_VERDICT_TAKE);
}

static void ultrasound_pairs_interpretation_and_syntax(void)
{
    static const struct {
        const char *photometric, *syntax;
        enum dw_verdict want;
    } pairs[] = {
        {"RGB", DW_TS_EXPLICIT_LE, DW_VERDICT_TAKE},
        {"RGB", RLE, DW_VERDICT_TAKE},
        {"RGB", "1.2.840.10008.1.2.4.50", DW_VERDICT_CONVERT},
        {"PALETTE COLOR", RLE, DW_VERDICT_TAKE},
        {"YBR_FULL", RLE, DW_VERDICT_TAKE},
        {"YBR_FULL", DW_TS_EXPLICIT_LE, DW_VERDICT_FORBID},
        {"YBR_FULL_422", "1.2.840.10008.1.2.4.50", DW_VERDICT_TAKE},
        {"YBR_PARTIAL_422", DW_TS_EXPLICIT_LE, DW_VERDICT_TAKE},
        {"YBR_FULL_422", RLE, DW_VERDICT_CONVERT},
        {"YBR_RCT", J2K, DW_VERDICT_CONVERT},
        {"MONOCHROME1", DW_TS_EXPLICIT_LE, DW_VERDICT_FORBID},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(pairs); i++) {
        struct dw_subject subject = subject_of(US, pairs[i].syntax);
        subject.photometric = pairs[i].photometric;
        const char *said = judge("STD-US-ID-SF-CDR", subject, pairs[i].want);
        if (pairs[i].want == DW_VERDICT_FORBID)
            CHECK_HAS(said, "photometric");
    }
}

static void video_of_one_frame_is_no_video_to_the_profiles_for_it(void)
{
    struct dw_subject subject = subject_of(CLASS("77.1.1.1"), "1.2.840.10008.1.2.4.104");
    judge("STD-GEN-BD-MPEG4-HPLV42-2D", subject, DW_VERDICT_TAKE);
    subject.frames = 1;
    judge("STD-GEN-BD-MPEG4-HPLV42-2D", subject, DW_VERDICT_FORBID);
}

static void forbidden_video_names_the_profile_that_takes_it(void)
{
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    for (size_t t = 0; t < DW_ARRAY_LEN(syntaxes); t++) {
        if (syntaxes[t].code[0] != 'M')
            continue;
        struct dw_subject subject = subject_of(CLASS("77.1.1.1"), syntaxes[t].uid);
        const char *reason = judge("STD-GEN-CD", subject, DW_VERDICT_FORBID);
        uint64_t takers = dw_profile_takers(&subject, NULL);
        CHECK(takers != 0);
        for (size_t p = 0; p < count; p++)
            if (takers >> p & 1)
                CHECK_HAS(reason, table[p].name);
    }
}

static void what_cannot_be_decoded_has_no_place_where_its_syntax_is_not_allowed(void)
{
    struct dw_subject subject = subject_of(CT, J70);
    struct dw_judge_opts opts = {.no_convert = true};
    CHECK_INT(dw_profile_judge(dw_profile_find("STD-GEN-CD"), &subject, &opts).verdict,
              DW_VERDICT_FORBID);
    CHECK_INT(dw_profile_judge(dw_profile_find("STD-GEN-DVD-JPEG"), &subject, &opts).verdict,
              DW_VERDICT_TAKE);
    CHECK_HAS(judge("STD-GEN-BD", subject_of(CT, "1.2.840.10008.1.2.4.94"), DW_VERDICT_FORBID),
              "transfer syntax");
}

static void a_bare_data_set_is_made_a_part_10_file_first(void)
{
    struct dw_subject subject = subject_of(CT, DW_TS_EXPLICIT_LE);
    subject.has_meta = false;
    CHECK_STR(judge("STD-GEN-CD", subject, DW_VERDICT_CONVERT), DW_TS_EXPLICIT_LE);
    subject = subject_of(XA, J70);
    subject.has_meta = false;
    CHECK_STR(judge("STD-XABC-CD", subject, DW_VERDICT_CONVERT), J70);
}

static void images_are_compressed_where_the_profile_allows_it_and_somebody_asks(void)
{
    static const struct dw_judge_opts opts = {.compress = J2K};
    struct dw_subject plain = subject_of(CT, DW_TS_EXPLICIT_LE);
    const struct dw_profile *j2k = dw_profile_find("STD-GEN-DVD-J2K");
    struct dw_judgement got = dw_profile_judge(j2k, &plain, &opts);
    CHECK_INT(got.verdict, DW_VERDICT_CONVERT);
    CHECK_STR(got.target, J2K);
    CHECK_INT(dw_profile_judge(dw_profile_find("STD-GEN-DVD-JPEG"), &plain, &opts).verdict,
              DW_VERDICT_TAKE);
    struct dw_subject document = subject_of(CLASS("104.1"), DW_TS_EXPLICIT_LE);
    document.has_pixels = false;
    CHECK_INT(dw_profile_judge(j2k, &document, &opts).verdict, DW_VERDICT_TAKE);
    struct dw_subject already = subject_of(CT, "1.2.840.10008.1.2.4.91");
    CHECK_INT(dw_profile_judge(j2k, &already, &opts).verdict, DW_VERDICT_TAKE);
    struct dw_subject runs = subject_of(CT, RLE);
    CHECK_STR(dw_profile_judge(j2k, &runs, &opts).target, J2K);
}

static void what_has_no_legal_record_is_refused_with_the_reason_for_it(void)
{
    static const struct {
        const char *sop_class, *syntax, *says;
    } refused[] = {
        {"1.2.3.4", DW_TS_EXPLICIT_LE, "not one of the standard's"},
        {CLASS("8"), DW_TS_EXPLICIT_LE, "retired"},
        {"1.2.840.10008.5.1.1.27", DW_TS_EXPLICIT_LE, "retired"},
        {CLASS("200.1"), DW_TS_EXPLICIT_LE, "no directory record type is confirmed"},
        {"1.2.840.10008.5.1.4.38.1", DW_TS_EXPLICIT_LE, "belongs to no patient"},
        {CT, "1.2.3.4", "transfer syntax"},
    };
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    for (size_t i = 0; i < DW_ARRAY_LEN(refused); i++) {
        struct dw_subject subject = subject_of(refused[i].sop_class, refused[i].syntax);
        for (size_t p = 0; p < count; p++)
            CHECK_HAS(judge(table[p].name, subject, DW_VERDICT_REFUSE), refused[i].says);
        CHECK_INT(dw_profile_takers(&subject, NULL), 0);
    }
}

static void private_classes_are_taken_only_when_somebody_wants_them(void)
{
    static const struct dw_judge_opts opts = {.allow_private = true};
    size_t count, seen = 0;
    const struct dw_sop_class *table = dw_sop_class_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (!table[i].is_private)
            continue;
        struct dw_subject subject = subject_of(table[i].uid, DW_TS_EXPLICIT_LE);
        CHECK_HAS(judge("STD-GEN-CD", subject, DW_VERDICT_REFUSE), "directory.private = yes");
        CHECK_INT(dw_profile_judge(dw_profile_find("STD-GEN-CD"), &subject, &opts).verdict,
                  DW_VERDICT_TAKE);
        CHECK_INT(dw_profile_judge(dw_profile_find("STD-CTMR-CD"), &subject, &opts).verdict,
                  DW_VERDICT_FORBID);
        seen++;
    }
    CHECK(seen >= 5);
}

static void an_unknown_profile_is_answered_with_all_of_the_medium(void)
{
    struct dw_error err = {0};
    const struct dw_profile *profile = NULL;
    CHECK_INT(dw_profile_choose("STD-GEN-CD", DW_MEDIA_DVD, &profile, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "medium cd");
    for (int media = 0; media < DW_MEDIA_COUNT; media++) {
        size_t count;
        const struct dw_profile *table = dw_profile_table(&count);
        CHECK_INT(dw_profile_choose("STD-SOMETHING-UNHEARD-OF", (enum dw_media)media, &profile, &err),
                  DW_ERR_INVALID);
        for (size_t i = 0; i < count; i++)
            if ((int)table[i].media == media)
                CHECK_HAS(err.text, strrchr(table[i].name, '-'));
    }
    CHECK_OK(dw_profile_choose("", DW_MEDIA_CD, &profile, &err), err);
    CHECK_STR(profile ? profile->name : NULL, "STD-GEN-CD");
}

static void a_disc_claims_its_profile_the_augmented_one_or_nothing(void)
{
    const struct dw_profile *profile = dw_profile_find("STD-GEN-CD");
    CHECK_STR(dw_profile_claim(profile, false, false), "STD-GEN-CD");
    CHECK_STR(dw_profile_claim(profile, true, false), "AUG-GEN-CD");
    CHECK_STR(dw_profile_claim(profile, true, true), "");
}

TESTS(TEST(every_profile_takes_what_the_standard_says_in_the_order_of_the_house),
      TEST(the_syntaxes_of_a_profile_are_those_of_its_rules),
      TEST(every_medium_has_its_general_purpose_profile), TEST(angiography_profiles_have_limits),
      TEST(captures_beside_angiograms_have_limits_too),
      TEST(ultrasound_pairs_interpretation_and_syntax),
      TEST(spatial_calibration_profiles_take_calibrated_ultrasound_only),
      TEST(an_image_without_rows_goes_where_its_record_need_not_have_them),
      TEST(video_of_one_frame_is_no_video_to_the_profiles_for_it),
      TEST(forbidden_video_names_the_profile_that_takes_it),
      TEST(what_cannot_be_decoded_has_no_place_where_its_syntax_is_not_allowed),
      TEST(a_bare_data_set_is_made_a_part_10_file_first),
      TEST(images_are_compressed_where_the_profile_allows_it_and_somebody_asks),
      TEST(what_has_no_legal_record_is_refused_with_the_reason_for_it),
      TEST(private_classes_are_taken_only_when_somebody_wants_them),
      TEST(an_unknown_profile_is_answered_with_all_of_the_medium),
      TEST(a_disc_claims_its_profile_the_augmented_one_or_nothing))
