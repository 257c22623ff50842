#include "test.h"

#include <time.h>

#include "burn/image/isoread.h"
#include "burn/image/plan.h"

static dw_tree *sample(void)
{
    struct dw_error err = {0};
    dw_tree *tree = NULL;
    CHECK_OK(dw_tree_new(&tree, &err), err);
    CHECK_OK(dw_tree_set_label(tree, "PATIENT_1", 1700000000, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/z", "/ZZ/LAST", 5000, NULL, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/e", "/EMPTY", 0, NULL, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/a", "/AA/FIRST.TXT", 1, NULL, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/d", "/DICOMDIR", 2048, NULL, &err), err);
    CHECK_OK(dw_tree_add_manifest(tree, "/SHA256.TXT", &err), err);
    return tree;
}

static void media_have_names_and_sizes(void)
{
    for (int i = 0; i < 3; i++)
        CHECK_INT(dw_media_from_name(dw_media_name((enum dw_media)i)), i);
    CHECK_INT(dw_media_from_name("floppy"), -1);
    CHECK_INT(dw_media_from_name(NULL), -1);
    CHECK(dw_media_capacity_bytes(DW_MEDIA_CD) > 700000000);
    CHECK_INT(dw_media_capacity_bytes(DW_MEDIA_DVD), 4700372992);
}

static void extents_lie_in_the_order_of_the_tree_one_behind_the_other(void)
{
    struct dw_error err = {0};
    dw_tree *tree = sample();
    for (int media = DW_MEDIA_CD; media < DW_MEDIA_COUNT; media++) {
        dw_plan *plan = NULL;
        CHECK_OK(dw_plan_new(tree, (enum dw_media)media, 0, &plan, &err), err);
        uint32_t head = dw_plan_file_lba(plan, 0);
        CHECK(head >= 18);
        CHECK_INT(dw_plan_file_lba(plan, 1), head + 3); /* empty: where the next one begins */
        CHECK_INT(dw_plan_file_lba(plan, 2), head + 3);
        CHECK_INT(dw_plan_file_lba(plan, 3), head + 4);
        CHECK_INT(dw_plan_file_lba(plan, 4), head + 5);
        CHECK_INT(dw_plan_file_lba(plan, 5), head + 6); /* the end of the data */
        CHECK_INT(dw_plan_size_bytes(plan), 2048LL * dw_plan_blocks(plan));
        CHECK(dw_plan_blocks(plan) >= head + 6);
        CHECK_INT(dw_plan_blocks(plan) % (media == DW_MEDIA_CD    ? 1
                                          : media == DW_MEDIA_DVD ? 16
                                                                  : 32),
                  0);
        dw_plan_free(plan);
    }
    dw_tree_free(tree);
}

static void block_of(const dw_plan *plan, uint32_t lba, uint8_t out[2048])
{
    dw_plan_render(plan, lba, 1, out);
}

static bool begins(const dw_plan *plan, uint32_t lba, const char *id)
{
    uint8_t block[2048];
    block_of(plan, lba, block);
    return memcmp(block + 1, id, 5) == 0;
}

static void each_medium_has_the_file_systems_that_dicom_asks_for(void)
{
    struct dw_error err = {0};
    dw_tree *tree = sample();
    dw_plan *cd = NULL, *dvd = NULL, *bd = NULL;
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_CD, 0, &cd, &err), err);
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_DVD, 0, &dvd, &err), err);
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_BD, 0, &bd, &err), err);
    CHECK(begins(cd, 16, "CD001") && begins(cd, 17, "CD001") && !begins(cd, 18, "BEA01"));
    CHECK(begins(dvd, 16, "CD001") && begins(dvd, 17, "CD001") && begins(dvd, 18, "BEA01") &&
          begins(dvd, 19, "NSR02"));
    CHECK(begins(bd, 16, "BEA01") && begins(bd, 17, "NSR03"));
    dw_plan_free(cd);
    dw_plan_free(dvd);
    dw_plan_free(bd);
    dw_tree_free(tree);
}

static void an_anchor_for_the_end_of_the_medium_is_udf_s_alone(void)
{
    struct dw_error err = {0};
    dw_tree *tree = sample();
    uint8_t block[DW_BLOCK_SIZE] = {0};
    for (int media = DW_MEDIA_CD; media <= DW_MEDIA_BD; media++) {
        dw_plan *plan = NULL;
        CHECK_OK(dw_plan_new(tree, (enum dw_media)media, 0, &plan, &err), err);
        CHECK_INT(dw_plan_anchor(plan, 20000, block), media != DW_MEDIA_CD);
        CHECK_INT(block[0], media == DW_MEDIA_CD ? 0 : 2);
        dw_plan_free(plan);
    }
    dw_tree_free(tree);
}

static dw_status plan_as(dw_tree *tree, enum dw_media media, struct dw_tree_format format,
                         struct dw_error *err)
{
    dw_plan *plan = NULL;
    CHECK_INT(dw_tree_set_format(tree, &format, err), DW_OK);
    dw_status st = dw_plan_new(tree, media, 0, &plan, err);
    dw_plan_free(plan);
    return st;
}

static void a_format_that_is_not_for_the_medium_is_refused(void)
{
    static const struct {
        enum dw_media media;
        struct dw_tree_format format;
        const char *why; /* NULL: it is fine */
    } cases[] = {
        {DW_MEDIA_CD, {.joliet = true}, NULL},
        {DW_MEDIA_CD, {.udf_revision = 0x0102}, "UDF 1.02 is not for a cd"},
        {DW_MEDIA_CD, {.no_iso = true}, "ISO 9660 and nothing else"},
        {DW_MEDIA_DVD, {.udf_revision = 0x0201, .joliet = true}, NULL},
        {DW_MEDIA_DVD, {.udf_revision = 0x0150, .no_iso = true}, NULL},
        {DW_MEDIA_DVD, {.udf_revision = 0x0260}, "not for a dvd"},
        {DW_MEDIA_DVD, {.udf_revision = 0x0103}, "no UDF revision 0x0103"},
        {DW_MEDIA_DVD, {.joliet = true, .no_iso = true}, "Joliet"},
        {DW_MEDIA_BD, {.udf_revision = 0x0250}, NULL},
        {DW_MEDIA_BD, {.no_iso = true}, NULL},
        {DW_MEDIA_BD, {.udf_revision = 0x0201}, "not for a bd"},
        {DW_MEDIA_BD, {.joliet = true}, "Joliet"},
    };
    dw_tree *tree = sample();
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++) {
        struct dw_error err = {0};
        dw_status st = plan_as(tree, cases[i].media, cases[i].format, &err);
        CHECK_INT(st, cases[i].why ? DW_ERR_INVALID : DW_OK);
        if (cases[i].why)
            CHECK_HAS(err.text, cases[i].why);
    }
    dw_tree_free(tree);
}

static void the_same_tree_gives_the_same_bytes_in_another_time_zone_and_later(void)
{
    struct dw_error err = {0};
    dw_tree *tree = sample();
    dw_plan *one = NULL, *two = NULL;
    setenv("TZ", "America/New_York", 1);
    tzset();
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_DVD, 0, &one, &err), err);
    setenv("TZ", "Asia/Kathmandu", 1);
    tzset();
    time_t begun = time(NULL);
    while (time(NULL) == begun) /* a stamp of now would differ by a second */
        ;
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_DVD, 0, &two, &err), err);
    CHECK_INT(dw_plan_blocks(one), dw_plan_blocks(two));
    for (uint32_t lba = 0; lba < dw_plan_blocks(one); lba++) {
        uint8_t a[2048], b[2048];
        block_of(one, lba, a);
        block_of(two, lba, b);
        CHECK(memcmp(a, b, sizeof a) == 0);
    }
    unsetenv("TZ");
    tzset();
    dw_plan_free(one);
    dw_plan_free(two);
    dw_tree_free(tree);
}

static void what_does_not_fit_says_by_how_much(void)
{
    struct dw_error err = {0};
    dw_tree *tree = sample();
    dw_plan *plan = NULL;
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_CD, 0, &plan, &err), err);
    uint64_t size = dw_plan_size_bytes(plan);
    dw_plan_free(plan);
    plan = NULL;
    CHECK_INT(dw_plan_new(tree, DW_MEDIA_CD, size - 2048, &plan, &err), DW_ERR_LIMIT);
    CHECK_HAS(err.text, "2048 more");
    CHECK(plan == NULL);
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_CD, size, &plan, &err), err);
    dw_plan_free(plan);
    dw_tree_free(tree);
}

static void files_of_4_gib_and_more_are_for_dvd_and_blu_ray(void)
{
    struct dw_error err = {0};
    dw_tree *tree = sample();
    dw_plan *plan = NULL;
    CHECK_OK(dw_tree_add(tree, "/tmp/b", "/BIG", 5ULL << 30, NULL, &err), err);
    CHECK_INT(dw_plan_new(tree, DW_MEDIA_CD, 0, &plan, &err), DW_ERR_UNSUPPORTED);
    CHECK_HAS(err.text, "/BIG");
    for (int media = DW_MEDIA_DVD; media <= DW_MEDIA_BD; media++) {
        CHECK_OK(dw_plan_new(tree, (enum dw_media)media, 0, &plan, &err), err);
        CHECK(dw_plan_size_bytes(plan) > 5ULL << 30);
        dw_plan_free(plan);
    }
    dw_tree_free(tree);
    CHECK_OK(dw_tree_new(&tree, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/b", "/BIG", 4294967295ULL, NULL, &err), err);
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_CD, 0, &plan, &err), err);
    dw_plan_free(plan);
    dw_tree_free(tree);
}

static void more_folders_than_a_path_table_counts_are_refused_on_iso_alone(void)
{
    struct dw_error err = {0};
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    CHECK_OK(dw_tree_new(&tree, &err), err);
    for (int i = 0; i < 255 * 257; i++) { /* 255 with 256 in each */
        char path[32];
        snprintf(path, sizeof path, i % 257 ? "/D%d/E%d" : "/D%d", i / 257, i % 257);
        if (i == 65534) { /* and the root: 65535 */
            CHECK_OK(dw_plan_new(tree, DW_MEDIA_CD, 0, &plan, &err), err);
            dw_plan_free(plan);
        }
        CHECK_OK(dw_tree_add_folder(tree, path, &err), err);
    }
    CHECK_INT(dw_tree_folder_count(tree), 65535);
    CHECK_INT(dw_plan_new(tree, DW_MEDIA_CD, 0, &plan, &err), DW_ERR_LIMIT);
    CHECK_HAS(err.text, "65534");
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_BD, 0, &plan, &err), err);
    dw_plan_free(plan);
    dw_tree_free(tree);
}

static void an_empty_tree_is_an_empty_volume(void)
{
    struct dw_error err = {0};
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    CHECK_OK(dw_tree_new(&tree, &err), err);
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_CD, 0, &plan, &err), err);
    CHECK(dw_plan_blocks(plan) >= 18);
    dw_plan_free(plan);
    dw_tree_free(tree);
}

static dw_tree *many(size_t folders, size_t files_each)
{
    struct dw_error err = {0};
    dw_tree *tree = NULL;
    CHECK_OK(dw_tree_new(&tree, &err), err);
    for (size_t f = 0; f < folders; f++)
        for (size_t i = 0; i < files_each; i++) {
            char path[64];
            snprintf(path, sizeof path, "/D%07zu/I%07zu.DCM", f, i);
            CHECK_OK(dw_tree_add(tree, "/tmp/x", path, 100, NULL, &err), err);
        }
    return tree;
}

static void the_overhead_is_never_more_than_foretold(void)
{
    static const size_t shapes[][2] = {{1, 1},   {1, 40},   {1, 41}, {1, 5000},
                                       {300, 1}, {2000, 2}, {40, 40}};
    struct dw_error err = {0};
    for (size_t i = 0; i < DW_ARRAY_LEN(shapes); i++)
        for (int media = DW_MEDIA_CD; media < DW_MEDIA_COUNT; media++) {
            dw_tree *tree = many(shapes[i][0], shapes[i][1]);
            dw_plan *plan = NULL;
            CHECK_OK(dw_plan_new(tree, (enum dw_media)media, 0, &plan, &err), err);
            uint64_t overhead = dw_plan_size_bytes(plan) - 2048 * dw_tree_data_blocks(tree);
            uint64_t foretold = dw_plan_overhead_bytes(
                (enum dw_media)media, dw_tree_file_count(tree), dw_tree_folder_count(tree));
            CHECK(overhead <= foretold);
            CHECK(foretold < overhead + overhead / 2 + 700 * 2048);
            dw_plan_free(plan);
            dw_tree_free(tree);
        }
}

static void a_hundred_thousand_files_are_planned_in_seconds(void)
{
    struct dw_error err = {0};
    dw_tree *tree = many(10, 10000); /* long folders: a sorted insert would be quadratic */
    dw_plan *plan = NULL;
    clock_t begun = clock();
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_DVD, 0, &plan, &err), err);
    CHECK((clock() - begun) / CLOCKS_PER_SEC < 10); /* 0.6 s; room for sanitizers */
    dw_plan_free(plan);
    dw_tree_free(tree);
}

TESTS(TEST(media_have_names_and_sizes),
      TEST(extents_lie_in_the_order_of_the_tree_one_behind_the_other),
      TEST(each_medium_has_the_file_systems_that_dicom_asks_for),
      TEST(an_anchor_for_the_end_of_the_medium_is_udf_s_alone),
      TEST(a_format_that_is_not_for_the_medium_is_refused),
      TEST(more_folders_than_a_path_table_counts_are_refused_on_iso_alone),
      TEST(the_same_tree_gives_the_same_bytes_in_another_time_zone_and_later),
      TEST(what_does_not_fit_says_by_how_much),
      TEST(files_of_4_gib_and_more_are_for_dvd_and_blu_ray), TEST(an_empty_tree_is_an_empty_volume),
      TEST(the_overhead_is_never_more_than_foretold),
      TEST(a_hundred_thousand_files_are_planned_in_seconds))
