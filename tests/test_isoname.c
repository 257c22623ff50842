#include "test.h"

#include "base/limits.h"
#include "burn/image/isoname.h"

struct place {
    dw_tree *tree;
    struct dw_family family;
    struct dw_isonames names;
    struct dw_error err;
};

static void begin(struct place *p)
{
    memset(p, 0, sizeof *p);
    CHECK_OK(dw_tree_new(&p->tree, &p->err), p->err);
    dw_tree_allow_any_name(p->tree);
}

static void add(struct place *p, const char *path)
{
    CHECK_OK(dw_tree_add(p->tree, "/tmp/x", path, 1, NULL, &p->err), p->err);
}

static void name_all(struct place *p, bool joliet)
{
    CHECK_OK(dw_family_init(&p->family, p->tree, &p->err), p->err);
    CHECK_OK(dw_isonames_init(&p->names, &p->family, joliet, &p->err), p->err);
}

static void end(struct place *p)
{
    dw_isonames_done(&p->names);
    dw_family_done(&p->family);
    dw_tree_free(p->tree);
}

/* What file i is called. */
static const char *shown(const struct place *p, size_t i)
{
    static char text[DW_ISONAME_MAX];
    size_t n = 0;
    const char *name = dw_isonames_get(&p->names, (uint32_t)(p->family.folders + i), &n);
    CHECK(n < sizeof text);
    snprintf(text, sizeof text, "%.*s", (int)n, name);
    return text;
}

static void what_is_legal_stays_and_the_rest_is_replaced_or_cut(void)
{
    static const struct {
        const char *path, *name;
    } cases[] = {
        {"/DICOMDIR", "DICOMDIR"},
        {"/A.TXT", "A.TXT"},
        {"/readme.txt", "README.TXT"},
        {"/two words.text", "TWO_WORD.TEX"},
        {"/\xC3\xA4rger", "_RGER"},
        {"/.hidden", "_HIDDEN"},
        {"/ends with.", "ENDS_WIT"},
        {"/a.b.c", "A_B.C"},
        {"/\xF0\x9F\x98\x80.\xE6\x97\xA5", "_._"},
    };
    struct place p;
    begin(&p);
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++)
        add(&p, cases[i].path);
    name_all(&p, false);
    for (size_t i = 0; i < DW_ARRAY_LEN(cases); i++)
        CHECK_STR(shown(&p, i), cases[i].name);
    CHECK_INT(p.names.changed, 6); /* lower case alone does not count */
    end(&p);
}

static void folders_have_no_extension(void)
{
    struct place p;
    size_t n = 0;
    begin(&p);
    add(&p, "/1.2.840.10008/X");
    name_all(&p, false);
    const char *name = dw_isonames_get(&p.names, 0, &n);
    CHECK(n == 8 && memcmp(name, "1_2_840_", 8) == 0);
    end(&p);
}

static void names_that_fall_together_get_numbers_and_the_real_one_keeps_its_own(void)
{
    struct place p;
    begin(&p);
    add(&p, "/longer name two.txt");
    add(&p, "/longer name one.txt");
    add(&p, "/LONGE000.TXT"); /* what the first number would give */
    add(&p, "/LONGER_N.TXT");
    add(&p, "/sub/longer name.txt");
    name_all(&p, false);
    CHECK_STR(shown(&p, 0), "LONGE002.TXT");
    CHECK_STR(shown(&p, 1),
              "LONGE001.TXT"); /* in the order of their names, not as they were added */
    CHECK_STR(shown(&p, 2), "LONGE000.TXT");
    CHECK_STR(shown(&p, 3), "LONGER_N.TXT");
    CHECK_STR(shown(&p, 4), "LONGER_N.TXT"); /* another folder */
    end(&p);
}

static void the_order_of_adding_changes_no_name(void)
{
    static const char *const paths[] = {"/a b", "/a c",           "/A_B",          "/a.b",
                                        "/a+b", "/x/long name 1", "/x/long name 2"};
    struct place one, two;
    begin(&one);
    begin(&two);
    for (size_t i = 0; i < DW_ARRAY_LEN(paths); i++) {
        add(&one, paths[i]);
        add(&two, paths[DW_ARRAY_LEN(paths) - 1 - i]);
    }
    name_all(&one, false);
    name_all(&two, false);
    for (size_t i = 0; i < DW_ARRAY_LEN(paths); i++) {
        char first[DW_ISONAME_MAX];
        snprintf(first, sizeof first, "%s", shown(&one, i));
        CHECK_STR(shown(&two, DW_ARRAY_LEN(paths) - 1 - i), first);
    }
    end(&one);
    end(&two);
}

static int by_text(const void *a, const void *b)
{
    return memcmp(a, b, DW_ISONAME_MAX);
}

static void tens_of_thousands_of_alike_names_are_all_different(void)
{
    enum { COUNT = 120000 };
    struct place p;
    begin(&p);
    for (int i = 0; i < COUNT; i++) {
        char path[64];
        snprintf(path, sizeof path, "/series/image number %d.dcm", i);
        add(&p, path);
    }
    name_all(&p, false);
    char(*all)[DW_ISONAME_MAX] = calloc(COUNT, DW_ISONAME_MAX);
    for (size_t i = 0; all && i < COUNT; i++)
        snprintf(all[i], DW_ISONAME_MAX, "%s", shown(&p, i));
    if (all)
        qsort(all, COUNT, DW_ISONAME_MAX, by_text);
    for (size_t i = 1; all && i < COUNT; i++)
        CHECK(strcmp(all[i - 1], all[i]) < 0);
    CHECK(all != NULL);
    free(all);
    end(&p);
}

static void joliet_names_are_ucs_2_cut_to_64_with_their_extension(void)
{
    char longer[100] = "/", again[100];
    struct place p;
    size_t n = 0;
    memset(longer + 1, 'n', 70);
    memcpy(again, longer, sizeof again);
    memcpy(longer + 71, "1.dcm", 6);
    memcpy(again + 71, "2.dcm", 6);
    begin(&p);
    add(&p, "/\xE6\x97\xA5*\xF0\x9F\x98\x80.txt");
    add(&p, longer);
    add(&p, again);
    name_all(&p, true);
    const char *name = dw_isonames_get(&p.names, 0, &n);
    CHECK(n == 14 && memcmp(name, "\x65\xE5\0_\0_\0.\0t\0x\0t", 14) == 0);
    name = dw_isonames_get(&p.names, 1, &n);
    CHECK(n == 128 && memcmp(name + 120, "\0.\0d\0c\0m", 8) == 0 &&
          memcmp(name + 112, "\0n\0n\0n\0n", 8) == 0);
    name = dw_isonames_get(&p.names, 2, &n);
    CHECK(n == 128 && memcmp(name + 114,
                             "\0"
                             "0\0"
                             "0\0"
                             "0\0.\0d\0c\0m",
                             14) == 0);
    CHECK_INT(p.names.changed, 2);
    end(&p);
}

static void children_come_in_the_order_of_their_names(void)
{
    static const char *const paths[] = {"/B", "/A1", "/A.B1", "/A", "/A.B", "/A_", "/a0/x"};
    static const char *const want[] = {"A", "A.B", "A.B1", "A0", "A1", "A_", "B"};
    struct place p;
    begin(&p);
    for (size_t i = 0; i < DW_ARRAY_LEN(paths); i++)
        add(&p, paths[i]);
    name_all(&p, false);
    dw_isonames_sort(&p.names, &p.family);
    CHECK_INT(p.family.first[1] - p.family.first[0], DW_ARRAY_LEN(want));
    for (size_t i = 0; i < DW_ARRAY_LEN(want); i++) {
        size_t n = 0;
        const char *name = dw_isonames_get(&p.names, p.family.child[i], &n);
        CHECK(n == strlen(want[i]) && memcmp(name, want[i], n) == 0);
    }
    end(&p);
}

/* ECMA-119 9.3: name, then extension. What is less than a dot in Unicode must not come between. */
static void joliet_names_are_sorted_by_stem_and_then_by_extension(void)
{
    static const char *const paths[] = {"/a b.txt", "/a-b.txt", "/a.txt", "/a.b.txt", "/a", "/a!/x", "/a.z/x"};
    static const char *const want[] = {"a", "a.txt", "a b.txt", "a!", "a-b.txt", "a.b.txt", "a.z"};
    struct place p;
    begin(&p);
    for (size_t i = 0; i < DW_ARRAY_LEN(paths); i++)
        add(&p, paths[i]);
    name_all(&p, true);
    dw_isonames_sort(&p.names, &p.family);
    CHECK_INT(p.family.first[1] - p.family.first[0], DW_ARRAY_LEN(want));
    for (size_t i = 0; i < DW_ARRAY_LEN(want); i++) {
        size_t n = 0;
        char text[16] = "";
        const char *name = dw_isonames_get(&p.names, p.family.child[i], &n);
        for (size_t k = 0; k < n / 2 && k + 1 < sizeof text; k++)
            text[k] = name[2 * k + 1];
        CHECK_STR(text, want[i]);
    }
    end(&p);
}

TESTS(TEST(what_is_legal_stays_and_the_rest_is_replaced_or_cut), TEST(folders_have_no_extension),
      TEST(names_that_fall_together_get_numbers_and_the_real_one_keeps_its_own),
      TEST(the_order_of_adding_changes_no_name),
      TEST(tens_of_thousands_of_alike_names_are_all_different),
      TEST(joliet_names_are_ucs_2_cut_to_64_with_their_extension),
      TEST(joliet_names_are_sorted_by_stem_and_then_by_extension),
      TEST(children_come_in_the_order_of_their_names))
