#include "layout/fileset/profile.h"
#include "test.h"

static enum dw_verdict judge(enum dw_media media, const char *sop_class, const char *syntax,
                             bool has_meta, const char **reason)
{
    struct dw_subject subject = {.sop_class = dw_sop_class_find(sop_class),
                                 .syntax = dw_transfer_syntax_find(syntax),
                                 .has_meta = has_meta};
    struct dw_judgement judgement = dw_profile_judge(dw_profile_of_media(media), &subject, NULL);
    *reason = judgement.reason ? judgement.reason : *reason;
    return judgement.verdict;
}
#define CT "1.2.840.10008.5.1.4.1.1.2"
#define J70 "1.2.840.10008.1.2.4.70"
#define J2K "1.2.840.10008.1.2.4.90"

static void every_medium_has_its_general_purpose_profile(void)
{
    CHECK_STR(dw_profile_of_media(DW_MEDIA_CD)->name, "STD-GEN-CD");
    CHECK_STR(dw_profile_of_media(DW_MEDIA_DVD)->name, "STD-GEN-DVD-JPEG");
    CHECK_STR(dw_profile_of_media(DW_MEDIA_BD)->name, "STD-GEN-BD");
}

static void a_cd_takes_nothing_but_explicit_little_endian(void)
{
    const char *reason = "";
    size_t count;
    const struct dw_transfer_syntax *table = dw_transfer_syntax_table(&count);
    for (size_t i = 0; i < count; i++)
        CHECK_INT(judge(DW_MEDIA_CD, CT, table[i].uid, true, &reason) == DW_VERDICT_TAKE,
                  strcmp(table[i].uid, DW_TS_EXPLICIT_LE) == 0);
}

static void a_dvd_takes_jpeg_but_not_jpeg_2000(void)
{
    const char *reason = "";
    CHECK_INT(judge(DW_MEDIA_DVD, CT, J70, true, &reason), DW_VERDICT_TAKE);
    CHECK_INT(judge(DW_MEDIA_DVD, CT, J2K, true, &reason), DW_VERDICT_CONVERT);
    CHECK_INT(judge(DW_MEDIA_CD, CT, J70, true, &reason), DW_VERDICT_CONVERT);
}

static void a_bare_data_set_is_made_a_part_10_file_first(void)
{
    const char *reason = "";
    CHECK_INT(judge(DW_MEDIA_CD, CT, DW_TS_EXPLICIT_LE, false, &reason), DW_VERDICT_CONVERT);
}

static void what_has_no_legal_record_is_refused_with_a_reason(void)
{
    const char *reason = "";
    CHECK_INT(judge(DW_MEDIA_CD, "1.2.3.4", DW_TS_EXPLICIT_LE, true, &reason), DW_VERDICT_REFUSE);
    CHECK_HAS(reason, "SOP class");
    CHECK_INT(judge(DW_MEDIA_CD, "1.2.840.10008.5.1.4.38.1", DW_TS_EXPLICIT_LE, true, &reason),
              DW_VERDICT_REFUSE);
    CHECK_INT(judge(DW_MEDIA_CD, CT, "1.2.3.4", true, &reason), DW_VERDICT_REFUSE);
    CHECK_HAS(reason, "transfer syntax");
    CHECK_INT(judge(DW_MEDIA_CD, CT, "1.2.840.10008.1.2.4.102", true, &reason), DW_VERDICT_FORBID);
    CHECK_HAS(reason, "STD-GEN-BD-MPEG4-HPLV41");
}

static void a_profile_of_another_medium_is_refused(void)
{
    struct dw_error err = {0};
    const struct dw_profile *profile = NULL;
    CHECK_INT(dw_profile_choose("STD-GEN-CD", DW_MEDIA_DVD, &profile, &err), DW_ERR_INVALID);
    CHECK_HAS(err.text, "medium cd");
    CHECK_INT(dw_profile_choose("STD-NONE", DW_MEDIA_CD, &profile, &err), DW_ERR_INVALID);
    CHECK_OK(dw_profile_choose("", DW_MEDIA_CD, &profile, &err), err);
    CHECK_STR(profile ? profile->name : NULL, "STD-GEN-CD");
}

TESTS(TEST(every_medium_has_its_general_purpose_profile),
      TEST(a_cd_takes_nothing_but_explicit_little_endian),
      TEST(a_dvd_takes_jpeg_but_not_jpeg_2000), TEST(a_bare_data_set_is_made_a_part_10_file_first),
      TEST(what_has_no_legal_record_is_refused_with_a_reason),
      TEST(a_profile_of_another_medium_is_refused))
