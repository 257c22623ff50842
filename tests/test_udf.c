/* UDF as ECMA-167 and OSTA ask for it: rendered block by block and read back by a walk that shares nothing with
 * the writer. What foreign readers make of it: e2e/udf_readers.py. */
#include "test.h"

#include "base/limits.h"
#include "burn/image/udf.h"
#include "burn/image/udf_private.h"
#include "udf_walk.h"

#define MADE_AT 1700000000 /* 2023-11-14 22:13:20 UTC */

static const uint16_t all_revisions[] = {0x0102, 0x0150, 0x0200, 0x0201, 0x0250, 0x0260};

struct volume {
    dw_tree *tree;
    dw_udf *udf;
    uint32_t *lba;
    bool *seen; /* files and folders, by the walk */
    uint32_t blocks, entries, descriptors;
    struct walk walk;
    struct dw_error err;
};

static void volume_init(struct volume *v)
{
    memset(v, 0, sizeof *v);
    CHECK_OK(dw_tree_new(&v->tree, &v->err), v->err);
    dw_tree_allow_any_name(v->tree);
    CHECK_OK(dw_tree_set_label(v->tree, "DISC_1", MADE_AT, &v->err), v->err);
}

static void add_file(struct volume *v, const char *path, uint64_t size)
{
    CHECK_OK(dw_tree_add(v->tree, "/nowhere", path, size, NULL, &v->err), v->err);
}

/* Files one behind the other behind the front. */
static void volume_place(struct volume *v, uint16_t revision)
{
    CHECK_OK(dw_udf_new(v->tree, revision, v->descriptors, &v->udf, &v->err), v->err);
    size_t files = dw_tree_file_count(v->tree);
    v->lba = calloc(files + 1, sizeof *v->lba);
    uint32_t at = dw_udf_front_blocks(v->udf);
    for (size_t i = 0; i < files; i++) {
        struct dw_tree_file file;
        dw_tree_file(v->tree, i, &file);
        v->lba[i] = at;
        at += (uint32_t)((file.size_bytes + 2047) / 2048);
    }
    CHECK_OK(dw_udf_place(v->udf, v->lba, at, &v->blocks, &v->err), v->err);
    CHECK_INT(v->blocks % (revision < 0x0250 ? 16 : 32), 0);
}

static void volume_done(struct volume *v)
{
    dw_udf_free(v->udf);
    dw_tree_free(v->tree);
    free(v->lba);
    free(v->seen);
}

static bool read_block(void *ctx, uint32_t lba, uint8_t out[2048])
{
    return dw_udf_block(((struct volume *)ctx)->udf, lba, out);
}

static size_t find_folder(const dw_tree *tree, const char *path)
{
    for (size_t i = 0; i < dw_tree_folder_count(tree); i++)
        if (strcmp(dw_tree_folder(tree, i), path) == 0)
            return i;
    return SIZE_MAX;
}

static void check_entry(void *ctx, const struct walk_entry *e)
{
    struct volume *v = ctx;
    char path[DW_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", e->folder, e->name);
    size_t files = dw_tree_file_count(v->tree), i = 0;
    bool new_udf = v->walk.metadata_lba != 0;
    v->entries++;
    if (e->is_folder) {
        i = find_folder(v->tree, path);
        CHECK(i != SIZE_MAX && !v->seen[files + i]);
        if (i != SIZE_MAX)
            v->seen[files + i] = true;
        CHECK_INT(e->permissions, new_udf ? 0x5EF7 : 0x56B5);
        return;
    }
    struct dw_tree_file file;
    CHECK(dw_tree_find(v->tree, path, &i));
    dw_tree_file(v->tree, i, &file);
    CHECK(!v->seen[i]);
    v->seen[i] = true;
    CHECK_INT(e->file_type, 5);
    CHECK_INT(e->links, 1);
    CHECK_INT(e->permissions, 0x5AD6);
    CHECK_INT(e->size_bytes, file.size_bytes);
    CHECK_INT(e->lba, file.size_bytes ? v->lba[i] : 0);
    CHECK_INT(e->extents, (file.size_bytes + 0x3FFFF7FF) / 0x3FFFF800);
}

/* The whole volume, every entry of the tree once. */
static void volume_walk(struct volume *v, uint16_t revision)
{
    size_t expected = dw_tree_file_count(v->tree) + dw_tree_folder_count(v->tree);
    v->entries = 0;
    v->seen = calloc(expected + 1, sizeof *v->seen);
    v->walk = (struct walk){
        .read = read_block, .entry = check_entry, .ctx = v, .blocks = v->blocks};
    walk_volume(&v->walk, revision);
    CHECK_INT(v->entries, expected);
    CHECK_INT(v->walk.next_id, 16 + expected);
}

static void add_sample(struct volume *v)
{
    char path[600];
    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "/DICOM/ST%06d/SE%06d/IM%06d", i / 100, i / 30, i);
        add_file(v, path, (uint64_t)i * 97);
    }
    /* Long enough in bytes that FIDs end all over their blocks. */
    for (int i = 0; i < 5000; i++) {
        snprintf(path, sizeof path, "/many/%.*s%d", i % 11, "longer name", i);
        add_file(v, path, 1);
    }
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "/deep/%d/a/b/c/d/e/f/g/h/i/j/k/l", i);
        CHECK_OK(dw_tree_add_folder(v->tree, path, &v->err), v->err);
    }
    static const char *const odd[] = {"/EMPTY", "/Größe ÿ", "/日本語", "/mix äΩ", "/😀 smile",
                                      "/日/月", "/README.TXT"};
    for (size_t i = 0; i < DW_ARRAY_LEN(odd); i++)
        add_file(v, odd[i], i * 3000);
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[255] = '\0';
    add_file(v, path, 7);
    add_file(v, "/4 GiB and one", (1ULL << 32) + 1);
}

/* --- tests --- */

static void the_anchor_has_the_bytes_of_the_books(void)
{
    static const uint8_t golden[32] = {0x02, 0, 0x02, 0, 0xCE, 0, 0, 0, 0x01, 0xD7, 0xF0, 0x01, 0, 1, 0, 0,
                                       0, 0x80, 0, 0, 0x20, 0, 0, 0, 0, 0x80, 0, 0, 0x30, 0, 0, 0};
    static const uint8_t zero[2048 - 32];
    uint8_t block[2048];
    struct volume v;
    CHECK_INT(dw_udf_crc((const uint8_t *)"\x70\x6A\x77", 3), 0x3299);
    CHECK_INT(dw_udf_crc((const uint8_t *)"123456789", 9), 0x31C3);
    CHECK_INT(walk_crc((const uint8_t *)"123456789", 9), 0x31C3);
    volume_init(&v);
    volume_place(&v, 0x0102);
    CHECK(dw_udf_block(v.udf, 256, block));
    CHECK(memcmp(block, golden, 32) == 0);
    CHECK(memcmp(block + 32, zero, sizeof zero) == 0);
    volume_done(&v);
}

static void every_revision_is_found_whole_by_a_reader_of_another_hand(void)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(all_revisions); i++) {
        struct volume v;
        volume_init(&v);
        add_sample(&v);
        volume_place(&v, all_revisions[i]);
        volume_walk(&v, all_revisions[i]);
        CHECK(v.walk.padded > 0); /* or this sample tests too little */
        CHECK(v.walk.split > 50);
        CHECK_STR(v.walk.volume_id, "DISC_1");
        volume_done(&v);
    }
}

static void a_volume_without_files_is_a_volume(void)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(all_revisions); i++) {
        struct volume v;
        volume_init(&v);
        volume_place(&v, all_revisions[i]);
        volume_walk(&v, all_revisions[i]);
        CHECK_INT(v.walk.folders, 1);
        volume_done(&v);
    }
}

static void check_recognition(uint16_t revision, uint32_t descriptors)
{
    struct volume v;
    uint8_t block[2048];
    volume_init(&v);
    v.descriptors = descriptors;
    volume_place(&v, revision);
    const char *const want[] = {"BEA01", revision < 0x0200 ? "NSR02" : "NSR03", "TEA01"};
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t number = i - descriptors;
        CHECK_INT(dw_udf_block(v.udf, 16 + i, block), number < 3);
        if (number >= 3)
            continue;
        CHECK_INT(block[0], 0);
        CHECK(memcmp(block + 1, want[number], 5) == 0);
        CHECK_INT(block[6], 1);
    }
    volume_done(&v);
}

static void recognition_follows_the_descriptors_of_iso_9660(void)
{
    check_recognition(0x0102, 2);
    check_recognition(0x0201, 3);
    check_recognition(0x0150, 0);
    check_recognition(0x0260, 0);
}

static void more_descriptors_than_have_room_are_refused(void)
{
    struct volume v;
    volume_init(&v);
    CHECK_INT(dw_udf_new(v.tree, 0x0102, 13, &v.udf, &v.err), DW_ERR_INVALID);
    CHECK_INT(dw_udf_new(v.tree, 0x0260, 2, &v.udf, &v.err), DW_ERR_INVALID);
    CHECK_INT(dw_udf_new(v.tree, 0x0103, 0, &v.udf, &v.err), DW_ERR_INVALID);
    volume_done(&v);
}

static void anchors_of_a_bd_stand_at_256_and_twice_at_the_end(void)
{
    struct volume v;
    uint8_t block[2048];
    volume_init(&v);
    add_file(&v, "/A", 70001);
    volume_place(&v, 0x0260);
    const uint32_t n = v.blocks - 1, anchors[] = {256, n - 256, n};
    v.walk = (struct walk){.blocks = v.blocks, .tag_version = 3};
    for (size_t i = 0; i < DW_ARRAY_LEN(anchors); i++) {
        CHECK(dw_udf_block(v.udf, anchors[i], block));
        walk_tag(&v.walk, block, 2, anchors[i]);
        CHECK_INT(le32(block + 20), 32);
        CHECK_INT(le32(block + 28), n - 255);
    }
    CHECK(32 / 32 != (n - 255) / 32); /* main and reserve in ECC blocks of their own */
    volume_done(&v);
}

static void behind_the_volume_an_anchor_says_the_same_from_another_place(void)
{
    struct volume v;
    uint8_t block[2048], first[2048];
    volume_init(&v);
    add_file(&v, "/A", 70001);
    volume_place(&v, 0x0260);
    const uint32_t far_away = 11826175;
    v.walk = (struct walk){.blocks = far_away + 1, .tag_version = 3};
    memset(block, 0xAA, sizeof block);
    dw_udf_anchor(v.udf, far_away, block);
    walk_tag(&v.walk, block, 2, far_away);
    CHECK(dw_udf_block(v.udf, 256, first));
    CHECK(memcmp(block + 16, first + 16, 2048 - 16) == 0);
    volume_done(&v);
}

static void names_are_8_bit_where_they_can_be(void)
{
    static const struct {
        const char *name, *cs0;
        size_t bytes;
    } rows[] = {
        {"DICOMDIR", "\x08" "DICOMDIR", 9},
        {"\xC3\xBF", "\x08\xFF", 2},
        {"\xC4\x80", "\x10\x01\x00", 3},
        {"a\xE6\x97\xA5", "\x10\x00" "a\x65\xE5", 5},
        {"\xF0\x9F\x98\x80", "\x10\xD8\x3D\xDE\x00", 5},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        uint8_t out[16];
        CHECK_INT(dw_udf_cs0_bytes(rows[i].name), rows[i].bytes);
        dw_udf_put_cs0(out, rows[i].name);
        CHECK(memcmp(out, rows[i].cs0, rows[i].bytes) == 0);
    }
    CHECK_INT(dw_udf_cs0_bytes("\xED\xA0\x80"), 0); /* half a surrogate pair */
    CHECK_INT(dw_udf_cs0_bytes("\xEF\xBB\xBF"), 0); /* U+FEFF */
}

/* `one` so often, and then `last` is too much. */
static void check_longest(const char *one, int times, const char *last)
{
    struct volume v;
    char path[300] = "/";
    for (int i = 0; i < times; i++)
        memcpy(path + strlen(path), one, strlen(one) + 1);
    volume_init(&v);
    add_file(&v, path, 1);
    volume_place(&v, 0x0260);
    volume_walk(&v, 0x0260);
    volume_done(&v);
    memcpy(path + strlen(path), last, strlen(last) + 1);
    volume_init(&v);
    add_file(&v, path, 1);
    CHECK_INT(dw_udf_new(v.tree, 0x0260, 0, &v.udf, &v.err), DW_ERR_INVALID);
    CHECK_HAS(v.err.text, "characters does not fit UDF's 254 bytes");
    CHECK(!strstr(v.err.text, one));
    volume_done(&v);
}

static void a_name_that_does_not_fit_is_refused_without_being_told(void)
{
    check_longest("Q", 254, "Q");
    check_longest("\xC4\x81", 127, "x"); /* 16 bit */
}

static void times_are_those_of_the_files_in_utc(void)
{
    /* type 1, 0 minutes; 2001-09-09 01:46:40 */
    static const uint8_t want[12] = {0x00, 0x10, 0xD1, 0x07, 9, 9, 1, 46, 40, 0, 0, 0};
    for (size_t i = 0; i < DW_ARRAY_LEN(all_revisions); i++) {
        struct volume v;
        uint8_t block[2048];
        volume_init(&v);
        add_file(&v, "/A", 1);
        dw_tree_set_modified(v.tree, 0, 1000000000);
        volume_place(&v, all_revisions[i]);
        bool bd = all_revisions[i] >= 0x0250;
        uint32_t entry = (bd ? 288 + 32 : 257) + 4; /* FSD, TD, root, its directory */
        CHECK(dw_udf_block(v.udf, entry, block));
        CHECK_INT(le16(block), bd ? 266 : 261);
        CHECK(memcmp(block + (bd ? 92 : 84), want, 12) == 0);
        CHECK(dw_udf_block(v.udf, 32, block)); /* the volume's own is another */
        CHECK_INT(le16(block + 378), 2023);
        volume_done(&v);
    }
}

static void set_id_of(const char *label, const char *path, char out[256])
{
    struct volume v;
    volume_init(&v);
    CHECK_OK(dw_tree_set_label(v.tree, label, MADE_AT, &v.err), v.err);
    add_file(&v, path, 5);
    volume_place(&v, 0x0260);
    volume_walk(&v, 0x0260);
    memcpy(out, v.walk.set_id, 256);
    if (*label == '\0') {
        CHECK_INT(strlen(v.walk.volume_id), 13);
        CHECK_HAS(v.walk.volume_id, "DISC_");
    }
    volume_done(&v);
}

static void the_same_tree_has_the_same_id_and_another_one_another(void)
{
    char a[256], b[256];
    set_id_of("DISC_1", "/A", a);
    set_id_of("DISC_1", "/A", b);
    CHECK_STR(a, b);
    CHECK(strncmp(a, "6553F100", 8) == 0); /* the time */
    CHECK_STR(a + 16, "DISC_1");
    set_id_of("DISC_1", "/B", b);
    CHECK(strncmp(a, b, 16) != 0);
    set_id_of("DISC_2", "/A", b);
    CHECK(strncmp(a, b, 16) != 0);
    set_id_of("", "/A", b);
}

static void blocks_come_out_the_same_in_any_order(void)
{
    struct volume v;
    uint8_t forward[2048], backward[2048];
    volume_init(&v);
    add_sample(&v);
    volume_place(&v, 0x0260);
    uint32_t front = dw_udf_front_blocks(v.udf);
    uint32_t crc = 0, sum = 0;
    for (uint32_t i = 0; i < front; i++)
        if (dw_udf_block(v.udf, i, forward))
            crc ^= walk_crc(forward, 2048) * (i + 1);
    for (uint32_t i = front; i-- > 0;)
        if (dw_udf_block(v.udf, i, backward))
            sum ^= walk_crc(backward, 2048) * (i + 1);
    CHECK_INT(crc, sum);
    memset(forward, 0x5A, sizeof forward);
    CHECK(!dw_udf_block(v.udf, front, forward)); /* a file's */
    CHECK_INT(forward[0], 0x5A);
    CHECK(!dw_udf_block(v.udf, v.blocks, forward));
    volume_done(&v);
}

static void files_that_lie_where_they_cannot_are_noticed(void)
{
    struct volume v;
    uint32_t blocks;
    volume_init(&v);
    add_file(&v, "/A", 4097);
    volume_place(&v, 0x0102);
    uint32_t front = dw_udf_front_blocks(v.udf);
    v.lba[0] = front - 1;
    CHECK_INT(dw_udf_place(v.udf, v.lba, front + 3, &blocks, &v.err), DW_ERR_INTERNAL);
    v.lba[0] = front;
    CHECK_INT(dw_udf_place(v.udf, v.lba, front + 2, &blocks, &v.err), DW_ERR_INTERNAL);
    CHECK_INT(dw_udf_place(v.udf, v.lba, front - 1, &blocks, &v.err), DW_ERR_INTERNAL);
    CHECK_INT(dw_udf_place(v.udf, v.lba, UINT32_MAX, &blocks, &v.err), DW_ERR_LIMIT);
    CHECK_OK(dw_udf_place(v.udf, v.lba, front + 3, &blocks, &v.err), v.err);
    volume_done(&v);
}

static void what_no_entry_could_describe_is_refused(void)
{
    struct volume v;
    volume_init(&v);
    add_file(&v, "/A", 114ULL * 0x3FFFF800);
    CHECK_OK(dw_udf_new(v.tree, 0x0260, 0, &v.udf, &v.err), v.err);
    volume_done(&v);
    volume_init(&v);
    add_file(&v, "/A", 114ULL * 0x3FFFF800 + 1);
    CHECK_INT(dw_udf_new(v.tree, 0x0260, 0, &v.udf, &v.err), DW_ERR_LIMIT);
    CHECK_HAS(v.err.text, "122406334464");
    volume_done(&v);
    volume_init(&v);
    for (int i = 0; i < 65535; i++) {
        char path[16];
        snprintf(path, sizeof path, "/%d", i);
        CHECK_OK(dw_tree_add_folder(v.tree, path, &v.err), v.err);
    }
    CHECK_INT(dw_udf_new(v.tree, 0x0102, 0, &v.udf, &v.err), DW_ERR_LIMIT);
    CHECK_HAS(v.err.text, "65535 folders");
    volume_done(&v);
}

/* Names of 12 characters, the worst of them wide. */
static void check_bound(uint16_t revision, int files, int folders, bool wide)
{
    struct volume v;
    char path[64];
    volume_init(&v);
    for (int i = 0; i < folders; i++) {
        snprintf(path, sizeof path, wide ? "/\xE6\x97\xA5%011d" : "/F%07d", i);
        CHECK_OK(dw_tree_add_folder(v.tree, path, &v.err), v.err);
    }
    for (int i = 0; i < files; i++) {
        int n = snprintf(path, sizeof path, wide ? "/\xE6\x97\xA5%011d" : "/F%07d", i % (folders + 1));
        if (i % (folders + 1) == folders)
            n = 0;
        snprintf(path + n, sizeof path - (size_t)n, wide ? "/\xE6\x97\xA6%011d" : "/I%07d", i);
        add_file(&v, path, 2048);
    }
    volume_place(&v, revision);
    uint64_t have = v.blocks - dw_tree_data_blocks(v.tree);
    uint64_t bound = dw_udf_overhead_blocks_max(revision, (size_t)files, (size_t)folders);
    CHECK(bound >= have);
    CHECK(bound <= have + have / 20 + 128);
    volume_done(&v);
}

static void the_bound_of_the_overhead_holds_and_is_near(void)
{
    static const int shapes[][2] = {{0, 0}, {1, 0}, {500, 3}, {5000, 1}, {30, 2000}, {20000, 700}};
    for (size_t r = 0; r < DW_ARRAY_LEN(all_revisions); r++)
        for (size_t i = 0; i < DW_ARRAY_LEN(shapes); i++)
            for (int wide = 0; wide < 2; wide++)
                check_bound(all_revisions[r], shapes[i][0], shapes[i][1], wide);
}

static void revisions_are_found_by_name_and_number(void)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(all_revisions); i++) {
        CHECK(dw_udf_revision_is_known(all_revisions[i]));
        CHECK_INT(dw_udf_revision_from_name(dw_udf_revision_name(all_revisions[i])), all_revisions[i]);
    }
    CHECK(!dw_udf_revision_is_known(0x0103));
    CHECK_STR(dw_udf_revision_name(0), "?");
    CHECK_INT(dw_udf_revision_from_name("2.6"), 0);
}

TESTS(TEST(the_anchor_has_the_bytes_of_the_books),
      TEST(every_revision_is_found_whole_by_a_reader_of_another_hand),
      TEST(a_volume_without_files_is_a_volume), TEST(recognition_follows_the_descriptors_of_iso_9660),
      TEST(more_descriptors_than_have_room_are_refused),
      TEST(anchors_of_a_bd_stand_at_256_and_twice_at_the_end),
      TEST(behind_the_volume_an_anchor_says_the_same_from_another_place), TEST(names_are_8_bit_where_they_can_be),
      TEST(a_name_that_does_not_fit_is_refused_without_being_told),
      TEST(times_are_those_of_the_files_in_utc),
      TEST(the_same_tree_has_the_same_id_and_another_one_another),
      TEST(blocks_come_out_the_same_in_any_order), TEST(files_that_lie_where_they_cannot_are_noticed),
      TEST(what_no_entry_could_describe_is_refused), TEST(the_bound_of_the_overhead_holds_and_is_near),
      TEST(revisions_are_found_by_name_and_number))
