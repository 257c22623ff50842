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
    for (int media = DW_MEDIA_CD; media <= DW_MEDIA_DVD; media++) {
        dw_plan *plan = NULL;
        uint32_t head;
        CHECK_OK(dw_plan_new(tree, (enum dw_media)media, 0, &plan, &err), err);
        dw_plan_head(plan, &head);
        CHECK_INT(dw_plan_file_lba(plan, 0), head);
        CHECK_INT(dw_plan_file_lba(plan, 2), head + 3);
        CHECK_INT(dw_plan_file_lba(plan, 3), head + 4);
        CHECK_INT(dw_plan_file_lba(plan, 4), head + 5);
        CHECK(dw_plan_file_lba(plan, 1) < dw_plan_blocks(plan)); /* empty: anywhere on the disc */
        CHECK_INT(dw_plan_size_bytes(plan), 2048LL * dw_plan_blocks(plan));
        CHECK(dw_plan_blocks(plan) >= head + 6);
        if (media == DW_MEDIA_DVD)
            CHECK_INT(dw_plan_blocks(plan) % 16, 0);
        dw_plan_free(plan);
    }
    dw_tree_free(tree);
}

static void between_descriptors_and_directories_of_a_dvd_is_room_for_udf(void)
{
    struct dw_error err = {0};
    dw_tree *tree = sample();
    dw_plan *plan = NULL;
    uint32_t blocks;
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_DVD, 0, &plan, &err), err);
    const uint8_t *head = dw_plan_head(plan, &blocks);
    size_t used = 0;
    for (size_t i = 18 * 2048; i < (288 + 18) * 2048; i++)
        used += head[i] != 0;
    CHECK_INT(used, 0);
    CHECK(memcmp(head + 16 * 2048 + 1, "CD001", 5) == 0);
    dw_plan_free(plan);
    dw_tree_free(tree);
}

static void the_same_tree_gives_the_same_bytes_in_another_time_zone_and_later(void)
{
    struct dw_error err = {0};
    dw_tree *tree = sample();
    dw_plan *one = NULL, *two = NULL;
    uint32_t n1, n2;
    setenv("TZ", "America/New_York", 1);
    tzset();
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_CD, 0, &one, &err), err);
    setenv("TZ", "Asia/Kathmandu", 1);
    tzset();
    time_t begun = time(NULL);
    while (time(NULL) == begun) /* a stamp of now would differ by a second */
        ;
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_CD, 0, &two, &err), err);
    const uint8_t *h1 = dw_plan_head(one, &n1), *h2 = dw_plan_head(two, &n2);
    CHECK(n1 == n2 && memcmp(h1, h2, (size_t)n1 * 2048) == 0);
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

static void blu_ray_and_files_of_4_gib_are_unsupported(void)
{
    struct dw_error err = {0};
    dw_tree *tree = sample();
    dw_plan *plan = NULL;
    CHECK_INT(dw_plan_new(tree, DW_MEDIA_BD, 0, &plan, &err), DW_ERR_UNSUPPORTED);
    CHECK_HAS(err.text, "UDF");
    CHECK_OK(dw_tree_add(tree, "/tmp/b", "/BIG", 4294967296ULL, NULL, &err), err);
    CHECK_INT(dw_plan_new(tree, DW_MEDIA_DVD, 0, &plan, &err), DW_ERR_UNSUPPORTED);
    CHECK_HAS(err.text, "/BIG");
    dw_tree_free(tree);
    CHECK_OK(dw_tree_new(&tree, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/b", "/BIG", 4294967295ULL, NULL, &err), err);
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_DVD, 0, &plan, &err), err);
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
    static const size_t shapes[][2] = {{1, 1}, {1, 40}, {1, 41}, {1, 5000}, {300, 1}, {2000, 2},
                                       {40, 40}};
    struct dw_error err = {0};
    for (size_t i = 0; i < DW_ARRAY_LEN(shapes); i++)
        for (int media = DW_MEDIA_CD; media <= DW_MEDIA_DVD; media++) {
            dw_tree *tree = many(shapes[i][0], shapes[i][1]);
            dw_plan *plan = NULL;
            CHECK_OK(dw_plan_new(tree, (enum dw_media)media, 0, &plan, &err), err);
            uint64_t overhead = dw_plan_size_bytes(plan) - 2048 * dw_tree_data_blocks(tree);
            uint64_t foretold = dw_plan_overhead_bytes(
                (enum dw_media)media, dw_tree_file_count(tree), dw_tree_folder_count(tree));
            CHECK(overhead <= foretold);
            CHECK(foretold < overhead + overhead / 2 + 64 * 2048);
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
      TEST(between_descriptors_and_directories_of_a_dvd_is_room_for_udf),
      TEST(the_same_tree_gives_the_same_bytes_in_another_time_zone_and_later),
      TEST(what_does_not_fit_says_by_how_much), TEST(blu_ray_and_files_of_4_gib_are_unsupported),
      TEST(an_empty_tree_is_an_empty_volume), TEST(the_overhead_is_never_more_than_foretold),
      TEST(a_hundred_thousand_files_are_planned_in_seconds))
