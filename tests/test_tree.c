#include "test.h"

#include "base/file.h"
#include "base/limits.h"
#include "burn/image/tree.h"

static const uint8_t sha[DW_SHA256_SIZE] = {1, 2, 3, 0xFF};

static dw_tree *new_tree(void)
{
    struct dw_error err = {0};
    dw_tree *tree = NULL;
    CHECK_OK(dw_tree_new(&tree, &err), err);
    return tree;
}

static dw_status add(dw_tree *tree, const char *disc_path)
{
    return dw_tree_add(tree, "/tmp/source", disc_path, 10, NULL, NULL);
}

static void files_keep_the_order_in_which_they_were_added(void)
{
    struct dw_error err = {0};
    struct dw_tree_file file;
    dw_tree *tree = new_tree();
    CHECK_OK(dw_tree_add_manifest(tree, "/SHA256.TXT", &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/z", "/Z", 2048, sha, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/a", "/A/B", 2049, NULL, &err), err);
    CHECK_INT(dw_tree_file_count(tree), 3);
    dw_tree_file(tree, 0, &file);
    CHECK_STR(file.disc_path, "/Z");
    CHECK_STR(file.src_path, "/tmp/z");
    CHECK(file.has_sha256 && memcmp(file.sha256, sha, sizeof sha) == 0);
    dw_tree_file(tree, 1, &file);
    CHECK_STR(file.disc_path, "/A/B");
    CHECK_INT(file.size_bytes, 2049);
    CHECK(!file.has_sha256);
    dw_tree_file(tree, 2, &file);
    CHECK_STR(file.disc_path, "/SHA256.TXT");
    CHECK(file.src_path == NULL);
    CHECK_INT(file.size_bytes, (64 + 2 + 1 + 2) + (64 + 2 + 3 + 2));
    CHECK_INT(dw_tree_data_blocks(tree), 1 + 2 + 1);
    dw_tree_free(tree);
}

static void folders_appear_by_themselves_and_once(void)
{
    dw_tree *tree = new_tree();
    size_t i = 99;
    CHECK_INT(add(tree, "/DICOM/ST000001/IM1"), DW_OK);
    CHECK_INT(add(tree, "/DICOM/ST000001/IM2"), DW_OK);
    CHECK_INT(add(tree, "/DICOM/ST000002/IM1"), DW_OK);
    CHECK_INT(dw_tree_folder_count(tree), 3);
    CHECK_STR(dw_tree_folder(tree, 0), "/DICOM");
    CHECK_STR(dw_tree_folder(tree, 1), "/DICOM/ST000001");
    CHECK(dw_tree_find(tree, "/DICOM/ST000002/IM1", &i) && i == 2);
    CHECK(!dw_tree_find(tree, "/DICOM", &i));
    CHECK(!dw_tree_find(tree, "/NOTHING", &i));
    dw_tree_free(tree);
}

static void a_taken_name_is_refused_and_the_tree_unchanged(void)
{
    struct dw_error err = {0};
    dw_tree *tree = new_tree();
    CHECK_INT(add(tree, "/A/B"), DW_OK);
    CHECK_INT(add(tree, "/A/B"), DW_ERR_CONFLICT);
    CHECK_INT(add(tree, "/A"), DW_ERR_CONFLICT);     /* a folder */
    CHECK_INT(add(tree, "/A/B/C"), DW_ERR_CONFLICT); /* below a file */
    CHECK_INT(dw_tree_add_manifest(tree, "/A/B", &err), DW_ERR_CONFLICT);
    CHECK_OK(dw_tree_add_manifest(tree, "/M", &err), err);
    CHECK_INT(dw_tree_add_manifest(tree, "/N", &err), DW_ERR_CONFLICT);
    CHECK_INT(add(tree, "/M"), DW_ERR_CONFLICT);
    CHECK_INT(dw_tree_file_count(tree), 2);
    CHECK_INT(dw_tree_folder_count(tree), 1);
    dw_tree_free(tree);
}

static void names_outside_level_1_are_refused(void)
{
    static const char *const bad[] = {
        "",
        "/",
        "A",
        "/a",
        "/A B",
        "/A-B",
        "/ABCDEFGHI",
        "//A",
        "/A/",
        "/A//B",
        "/A.",
        "/.TXT",
        "/A.TEXT",
        "/A.B.C",
        "/A.TXT/B",
        "/../A",
        "/1/2/3/4/5/6/7/8/9",
        "/A;1",
        "/\xC3\x84",
    };
    static const char *const good[] = {"/A", "/ABCDEFGH.TXT", "/_", "/1/2/3/4/5/6/7/8", "/A.B"};
    dw_tree *tree = new_tree();
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++)
        CHECK_INT(add(tree, bad[i]), DW_ERR_INVALID);
    CHECK_INT(dw_tree_file_count(tree), 0);
    CHECK_INT(dw_tree_folder_count(tree), 0);
    for (size_t i = 0; i < DW_ARRAY_LEN(good); i++)
        CHECK_INT(add(tree, good[i]), DW_OK);
    CHECK_INT(dw_tree_add(tree, "", "/NOSRC", 1, NULL, NULL), DW_ERR_INVALID);
    CHECK_INT(dw_tree_add(tree, "/tmp/x", "/HUGE", UINT64_MAX, NULL, NULL), DW_ERR_LIMIT);
    dw_tree_free(tree);
}

static void labels_are_up_to_16_file_id_characters(void)
{
    struct dw_error err = {0};
    dw_tree *tree = new_tree();
    CHECK_STR(dw_tree_label(tree), "");
    CHECK_OK(dw_tree_set_label(tree, "ABCDEFGHIJ_12345", 1700000000, &err), err);
    CHECK_INT(dw_tree_set_label(tree, "ABCDEFGHIJ_123456", 1, &err), DW_ERR_INVALID);
    CHECK_INT(dw_tree_set_label(tree, "with blank", 1, &err), DW_ERR_INVALID);
    CHECK_INT(dw_tree_set_label(tree, "A", 0, &err), DW_ERR_INVALID);
    CHECK_INT(dw_tree_set_label(tree, "A", INT64_MAX, &err), DW_ERR_INVALID);
    CHECK_STR(dw_tree_label(tree), "ABCDEFGHIJ_12345");
    CHECK_INT(dw_tree_made_at_s(tree), 1700000000);
    dw_tree_free(tree);
}

static void a_saved_tree_loads_as_it_was(void)
{
    char folder[64], path[128], again[128];
    struct dw_error err = {0};
    struct dw_buf one = {0}, two = {0};
    dw_tree *tree = new_tree(), *loaded = NULL;
    test_folder(folder);
    snprintf(path, sizeof path, "%s/tree", folder);
    snprintf(again, sizeof again, "%s/again", folder);
    CHECK_OK(dw_tree_set_label(tree, "LABEL", 1700000000, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/with blank\nand line", "/B", 7, sha, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/x", "/A/C", 0, NULL, &err), err);
    CHECK_OK(dw_tree_add_manifest(tree, "/A/SHA256.TXT", &err), err);
    CHECK_OK(dw_tree_save(tree, path, &err), err);
    CHECK_OK(dw_tree_load(path, &loaded, &err), err);
    CHECK_OK(dw_tree_save(loaded, again, &err), err);
    CHECK_OK(dw_file_read_all(path, 10000, &one, &err), err);
    CHECK_OK(dw_file_read_all(again, 10000, &two, &err), err);
    CHECK(one.size == two.size && memcmp(one.data, two.data, one.size) == 0);
    struct dw_tree_file file;
    dw_tree_file(loaded, 0, &file);
    CHECK_STR(file.src_path, "/tmp/with blank\nand line");
    CHECK(file.has_sha256 && memcmp(file.sha256, sha, sizeof sha) == 0);
    CHECK_STR(dw_tree_label(loaded), "LABEL");
    CHECK_INT(dw_tree_file_count(loaded), 3);
    dw_tree_free(tree);
    dw_tree_free(loaded);
    dw_buf_done(&one);
    dw_buf_done(&two);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

static void only_a_tree_of_any_names_takes_any_name(void)
{
    static const char *const bad[] = {"", "/", "A", "//A", "/A/", "/.", "/../A", "/A/./B", "/\xFF"};
    static const char *const good[] = {"/a b", "/\xC3\x84rger.txt",          "/.hidden", "/a.b.c/d",
                                       "/...", "/1/2/3/4/5/6/7/8/9/10/11/12"};
    char deep[3 * (DW_TREE_DEEP_LEVELS_MAX + 1)] = "", longest[DW_TREE_NAME_MAX + 3] = "/";
    dw_tree *tree = new_tree();
    dw_tree_allow_any_name(tree);
    CHECK(dw_tree_any_name(tree));
    for (size_t i = 0; i < DW_ARRAY_LEN(bad); i++)
        CHECK_INT(add(tree, bad[i]), DW_ERR_INVALID);
    CHECK_INT(dw_tree_file_count(tree) + dw_tree_folder_count(tree), 0);
    for (size_t i = 0; i < DW_ARRAY_LEN(good); i++)
        CHECK_INT(add(tree, good[i]), DW_OK);
    for (size_t i = 0; i <= DW_TREE_DEEP_LEVELS_MAX; i++)
        memcpy(deep + 2 * i, "/d", 3);
    CHECK_INT(add(tree, deep), DW_ERR_INVALID);
    deep[2 * DW_TREE_DEEP_LEVELS_MAX] = '\0';
    CHECK_INT(add(tree, deep), DW_OK);
    memset(longest + 1, 'n', DW_TREE_NAME_MAX + 1);
    CHECK_INT(add(tree, longest), DW_ERR_INVALID);
    longest[1 + DW_TREE_NAME_MAX] = '\0';
    CHECK_INT(add(tree, longest), DW_OK);
    dw_tree_free(tree);
}

static void a_folder_may_stay_empty(void)
{
    struct dw_error err = {0};
    dw_tree *tree = new_tree();
    CHECK_OK(dw_tree_add_folder(tree, "/A/EMPTY", &err), err);
    CHECK_OK(dw_tree_add_folder(tree, "/A", &err), err);
    CHECK_OK(dw_tree_add_folder(tree, "/A/EMPTY", &err), err);
    CHECK_INT(dw_tree_folder_count(tree), 2);
    CHECK_STR(dw_tree_folder(tree, 1), "/A/EMPTY");
    CHECK_INT(add(tree, "/A/FILE"), DW_OK);
    CHECK_INT(dw_tree_add_folder(tree, "/A/FILE", &err), DW_ERR_CONFLICT);
    CHECK_INT(dw_tree_add_folder(tree, "/A/FILE/B", &err), DW_ERR_CONFLICT);
    CHECK_INT(dw_tree_add_folder(tree, "/A.B", &err), DW_ERR_INVALID);
    CHECK_INT(dw_tree_add_folder(tree, "/lower", &err), DW_ERR_INVALID);
    CHECK_INT(dw_tree_folder_count(tree), 2);
    dw_tree_free(tree);
}

static void a_file_has_the_time_of_the_disc_unless_it_has_its_own(void)
{
    struct dw_error err = {0};
    struct dw_tree_file file;
    dw_tree *tree = new_tree();
    CHECK_OK(dw_tree_set_label(tree, "", 1700000000, &err), err);
    for (int i = 0; i < 3; i++)
        CHECK_INT(add(tree, i == 0 ? "/A" : i == 1 ? "/B" : "/C"), DW_OK);
    dw_tree_set_modified(tree, 1, 1234567890);
    dw_tree_set_modified(tree, 2, -5);
    dw_tree_file(tree, 0, &file);
    CHECK_INT(file.modified_s, 1700000000);
    dw_tree_file(tree, 1, &file);
    CHECK_INT(file.modified_s, 1234567890);
    dw_tree_file(tree, 2, &file);
    CHECK_INT(file.modified_s, 1); /* the nearest that a directory can hold */
    dw_tree_free(tree);
}

static void publisher_and_preparer_are_a_characters(void)
{
    struct dw_error err = {0};
    struct dw_tree_format format = {.publisher = "ST. MARY'S (RADIOLOGY)", .joliet = true};
    dw_tree *tree = new_tree();
    CHECK_HAS(dw_tree_format(tree)->preparer, "DISCWRIGHT ");
    CHECK_OK(dw_tree_set_format(tree, &format, &err), err);
    CHECK_STR(dw_tree_format(tree)->publisher, "ST. MARY'S (RADIOLOGY)");
    CHECK_STR(dw_tree_format(tree)->preparer, "");
    CHECK(dw_tree_format(tree)->joliet);
    memcpy(format.publisher, "lower", 6);
    CHECK_INT(dw_tree_set_format(tree, &format, &err), DW_ERR_INVALID);
    memset(format.publisher, 'A', sizeof format.publisher); /* no end */
    CHECK_INT(dw_tree_set_format(tree, &format, &err), DW_ERR_INVALID);
    CHECK_STR(dw_tree_format(tree)->publisher, "ST. MARY'S (RADIOLOGY)");
    dw_tree_free(tree);
}

static void a_tree_of_any_names_loads_as_it_was(void)
{
    char folder[64], path[128], again[128];
    struct dw_error err = {0};
    struct dw_buf one = {0}, two = {0};
    struct dw_tree_file file;
    const struct dw_tree_format format = {
        .udf_revision = 0x0201, .no_iso = true, .publisher = "A B", .preparer = "ME"};
    dw_tree *tree = new_tree(), *loaded = NULL;
    test_folder(folder);
    snprintf(path, sizeof path, "%s/tree", folder);
    snprintf(again, sizeof again, "%s/again", folder);
    dw_tree_allow_any_name(tree);
    CHECK_OK(dw_tree_set_format(tree, &format, &err), err);
    CHECK_OK(dw_tree_add_folder(tree, "/z empty ", &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/a b", "/with blank/and\nline ", 7, sha, &err), err);
    CHECK_OK(dw_tree_add(tree, " ", "/ ", 5ULL << 30, NULL, &err), err);
    dw_tree_set_modified(tree, 0, 77);
    CHECK_OK(dw_tree_save(tree, path, &err), err);
    CHECK_OK(dw_tree_load(path, &loaded, &err), err);
    CHECK_OK(dw_tree_save(loaded, again, &err), err);
    CHECK_OK(dw_file_read_all(path, 10000, &one, &err), err);
    CHECK_OK(dw_file_read_all(again, 10000, &two, &err), err);
    CHECK(one.size == two.size && memcmp(one.data, two.data, one.size) == 0);
    CHECK(dw_tree_any_name(loaded) && dw_tree_format(loaded)->no_iso);
    CHECK_INT(dw_tree_format(loaded)->udf_revision, 0x0201);
    CHECK_STR(dw_tree_format(loaded)->publisher, "A B");
    CHECK_STR(dw_tree_format(loaded)->preparer, "ME");
    CHECK_STR(dw_tree_folder(loaded, 0), "/z empty ");
    dw_tree_file(loaded, 0, &file);
    CHECK_STR(file.disc_path, "/with blank/and\nline ");
    CHECK_STR(file.src_path, "/tmp/a b");
    CHECK_INT(file.modified_s, 77);
    dw_tree_file(loaded, 1, &file);
    CHECK_INT(file.size_bytes, 5LL << 30);
    CHECK_INT(file.modified_s, dw_tree_made_at_s(tree));
    dw_tree_free(tree);
    dw_tree_free(loaded);
    dw_buf_done(&one);
    dw_buf_done(&two);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

/* Not dw_file_save(): hundreds of fsyncs take their time. */
static void write_plain(const char *path, const char *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(data, 1, size, f) == size);
    if (f)
        fclose(f);
}

static void every_damage_to_a_tree_file_is_noticed(void)
{
    char folder[64], path[128], broken[128];
    struct dw_error err = {0};
    struct dw_buf whole = {0};
    dw_tree *tree = new_tree(), *loaded = NULL;
    test_folder(folder);
    snprintf(path, sizeof path, "%s/tree", folder);
    snprintf(broken, sizeof broken, "%s/broken", folder);
    CHECK_OK(dw_tree_add(tree, "/tmp/x", "/A/C", 12, sha, &err), err);
    CHECK_OK(dw_tree_add_manifest(tree, "/M", &err), err);
    CHECK_OK(dw_tree_save(tree, path, &err), err);
    CHECK_OK(dw_file_read_all(path, 10000, &whole, &err), err);
    for (size_t cut = 0; cut < whole.size; cut++) {
        write_plain(broken, whole.data, cut);
        CHECK_INT(dw_tree_load(broken, &loaded, &err), DW_ERR_CORRUPT);
    }
    for (size_t at = 0; at < whole.size; at++) {
        whole.data[at] ^= 1;
        write_plain(broken, whole.data, whole.size);
        CHECK_INT(dw_tree_load(broken, &loaded, &err), DW_ERR_CORRUPT);
        whole.data[at] ^= 1;
    }
    CHECK(loaded == NULL);
    CHECK_INT(dw_tree_load("/nonexistent/tree", &loaded, &err), DW_ERR_NOT_FOUND);
    dw_tree_free(tree);
    dw_buf_done(&whole);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

/* What is in a spool from the version before must still be burned. */
static void a_tree_file_of_version_1_still_loads(void)
{
    static const char old[] = "discwright-tree 1 1700000000 LABEL\0"
                              "F 7 - /A/B /tmp/with blank\0"
                              "M /A/SUMS.TXT\0"
                              "E 2 95d546ac";
    char folder[64], path[128];
    struct dw_error err = {0};
    struct dw_tree_file file;
    dw_tree *loaded = NULL;
    test_folder(folder);
    snprintf(path, sizeof path, "%s/tree", folder);
    write_plain(path, old, sizeof old);
    CHECK_OK(dw_tree_load(path, &loaded, &err), err);
    if (loaded) {
        dw_tree_file(loaded, 0, &file);
        CHECK_STR(file.disc_path, "/A/B");
        CHECK_STR(file.src_path, "/tmp/with blank");
        CHECK_INT(file.modified_s, 1700000000);
        CHECK_INT(dw_tree_file_count(loaded), 2);
        CHECK_STR(dw_tree_format(loaded)->preparer, ""); /* as it was drawn then */
    }
    dw_tree_free(loaded);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

TESTS(TEST(files_keep_the_order_in_which_they_were_added),
      TEST(folders_appear_by_themselves_and_once),
      TEST(a_taken_name_is_refused_and_the_tree_unchanged), TEST(names_outside_level_1_are_refused),
      TEST(labels_are_up_to_16_file_id_characters), TEST(only_a_tree_of_any_names_takes_any_name),
      TEST(a_folder_may_stay_empty), TEST(a_file_has_the_time_of_the_disc_unless_it_has_its_own),
      TEST(publisher_and_preparer_are_a_characters), TEST(a_tree_of_any_names_loads_as_it_was),
      TEST(a_tree_file_of_version_1_still_loads), TEST(a_saved_tree_loads_as_it_was),
      TEST(every_damage_to_a_tree_file_is_noticed))
