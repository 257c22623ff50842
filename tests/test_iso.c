/* What ECMA-119 level 1 and PS3.12 F ask of an image, byte by byte, and what readers that are not ours make
 * of it (left out where they are not installed). */
#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"
#include "base/limits.h"
#include "burn/image/isoread.h"
#include "burn/image/stream.h"

#define MADE_AT 1700000000 /* 2023-11-14 22:13:20 UTC */

static const struct {
    const char *path;
    size_t size;
} files[] = {
    {"/DICOM/ST000001/SE000001/IM000001", 5000}, {"/DICOM/ST000001/SE000001/IM000002", 0},
    {"/DICOM/ST000001/SE000001/IM000003", 2048}, {"/1/2/3/4/5/6/7/8", 3},
    {"/README.TXT", 77},                         {"/A", 1},
    {"/A.TXT", 2},                               {"/A1", 3},
    {"/A_B.HTM", 4},                             {"/DICOMDIR", 2049},
    {"/A.1", 5},                                 {"/AA.1", 6},
};

struct place {
    char folder[64], image[128];
    dw_tree *tree;
    dw_plan *plan;
    struct dw_buf bytes;
    struct dw_error err;
};

static void source_path(const struct place *p, size_t i, char out[128])
{
    snprintf(out, 128, "%s/source-%zu", p->folder, i);
}

static void set_up(struct place *p, enum dw_media media, const char *label)
{
    memset(p, 0, sizeof *p);
    test_folder(p->folder);
    snprintf(p->image, sizeof p->image, "%s/image.iso", p->folder);
    CHECK_OK(dw_tree_new(&p->tree, &p->err), p->err);
    CHECK_OK(dw_tree_set_label(p->tree, label, MADE_AT, &p->err), p->err);
    for (size_t i = 0; i < DW_ARRAY_LEN(files); i++) {
        char path[128], data[5000];
        memset(data, 'a' + (int)i, sizeof data);
        source_path(p, i, path);
        CHECK_OK(dw_file_save(NULL, path, data, files[i].size, &p->err), p->err);
        CHECK_OK(dw_tree_add(p->tree, path, files[i].path, files[i].size, NULL, &p->err), p->err);
    }
    CHECK_OK(dw_tree_add_manifest(p->tree, "/SHA256.TXT", &p->err), p->err);
    CHECK_OK(dw_plan_new(p->tree, media, 0, &p->plan, &p->err), p->err);
    CHECK_OK(dw_stream_to_file(p->plan, p->image, NULL, NULL, NULL, NULL, &p->err), p->err);
    CHECK_OK(dw_file_read_all(p->image, 1 << 22, &p->bytes, &p->err), p->err);
}

static void tear_down(struct place *p)
{
    dw_plan_free(p->plan);
    dw_tree_free(p->tree);
    dw_buf_done(&p->bytes);
    CHECK_OK(dw_file_remove_tree(p->folder, &p->err), p->err);
}

static const uint8_t *block(const struct place *p, uint32_t lba)
{
    return (const uint8_t *)p->bytes.data + (size_t)lba * DW_BLOCK_SIZE;
}

static bool all_are(const uint8_t *at, size_t size, uint8_t value)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] != value)
            return false;
    return true;
}

static void the_primary_descriptor_is_strict(void)
{
    for (int media = DW_MEDIA_CD; media <= DW_MEDIA_DVD; media++) {
        struct place p;
        set_up(&p, (enum dw_media)media, "FILESET_1");
        const uint8_t *pvd = block(&p, 16);
        CHECK(memcmp(pvd, "\1CD001\1", 7) == 0);
        CHECK(all_are(pvd + 8, 32, ' '));                    /* PS3.12 F.2.2.1 */
        CHECK(memcmp(pvd + 40, "FILESET_1", 9) == 0);        /* F.1.1 */
        CHECK(all_are(pvd + 49, 23, ' '));
        CHECK_INT(pvd[80] | pvd[81] << 8 | pvd[82] << 16, (int)(p.bytes.size / DW_BLOCK_SIZE));
        CHECK(memcmp(pvd + 813, "2023111422132000\0", 17) == 0);
        CHECK(memcmp(pvd + 830, "2023111422132000\0", 17) == 0);
        CHECK_INT(pvd[156 + 1], 0);
        CHECK(memcmp(block(&p, 17), "\377CD001\1", 7) == 0); /* nothing between: no Joliet */
        CHECK(all_are(block(&p, 0), 16 * DW_BLOCK_SIZE, 0));
        tear_down(&p);
    }
}

static void an_empty_label_is_blank(void)
{
    struct place p;
    set_up(&p, DW_MEDIA_CD, "");
    CHECK(all_are(block(&p, 16) + 40, 32, ' '));
    tear_down(&p);
}

/* ECMA-119 9.3: names, then extensions, the shorter one filled up with blanks. */
static void sort_key(const uint8_t *record, char key[17])
{
    char raw[40] = "";
    memcpy(raw, record + 33, record[32] < sizeof raw ? record[32] : sizeof raw - 1);
    raw[strcspn(raw, ";")] = '\0';
    char *dot = strchr(raw, '.');
    if (dot)
        *dot++ = '\0';
    snprintf(key, 17, "%-12.12s%-4.4s", raw, dot ? dot : "");
}

static void check_folder(const struct place *p, uint32_t lba, size_t size)
{
    static const uint8_t stamp[7] = {123, 11, 14, 22, 13, 20, 0};
    const uint8_t *at = block(p, lba), *end = at + size, *before = NULL;
    for (; at < end && at[0] != 0; at += at[0]) {
        CHECK_INT(at[1], 0);                   /* F.1.3: no extended attribute record */
        CHECK(memcmp(at + 18, stamp, 7) == 0); /* GMT, the time of the disc */
        CHECK_INT(at[25] & ~2, 0);
        CHECK(at[26] == 0 && at[27] == 0);
        CHECK_INT(at[0], 33 + at[32] + (at[32] % 2 == 0)); /* no system use: no Rock Ridge */
        if (before && at[32] > 1 && before[32] > 1) {
            char key[17], key_before[17];
            sort_key(at, key);
            sort_key(before, key_before);
            CHECK(strcmp(key_before, key) < 0);
        }
        before = at;
    }
}

static dw_status check_entry(void *ctx, const struct dw_iso_entry *entry, struct dw_error *err)
{
    const struct place *p = ctx;
    if (entry->is_folder)
        check_folder(p, entry->lba, entry->size_bytes);
    else if (strchr(strrchr(entry->path, '/'), '.'))
        CHECK(dw_text_ends_with(entry->raw, ";1") && !dw_text_ends_with(entry->raw, ".;1"));
    else
        CHECK(dw_text_ends_with(entry->raw, ".;1")); /* F.1.2.1 */
    return DW_OK;
}

static void directory_records_hold_nothing_but_level_1(void)
{
    struct place p;
    struct dw_iso_volume volume;
    struct dw_blocks blocks;
    set_up(&p, DW_MEDIA_CD, "X");
    CHECK_OK(dw_blocks_open_file(p.image, &blocks, &p.err), p.err);
    CHECK_OK(dw_iso_read_volume(&blocks, &volume, &p.err), p.err);
    check_folder(&p, volume.root_lba, volume.root_size);
    CHECK_OK(dw_iso_walk(&blocks, &volume, check_entry, &p, &p.err), p.err);
    CHECK(volume.both_endian_ok);
    dw_blocks_close_file(&blocks);
    tear_down(&p);
}

static void path_tables_name_every_folder(void)
{
    struct place p;
    struct dw_iso_volume volume;
    struct dw_blocks blocks;
    set_up(&p, DW_MEDIA_DVD, "X");
    CHECK_OK(dw_blocks_open_file(p.image, &blocks, &p.err), p.err);
    CHECK_OK(dw_iso_read_volume(&blocks, &volume, &p.err), p.err);
    const uint8_t *l = block(&p, volume.path_table_l), *m = block(&p, volume.path_table_m);
    size_t rows = 0;
    for (size_t at = 0; at < volume.path_table_size; at += 8U + l[at] + l[at] % 2, rows++) {
        uint32_t lba = l[at + 2] | (uint32_t)l[at + 3] << 8 | (uint32_t)l[at + 4] << 16;
        CHECK(m[at + 5] == l[at + 2] && m[at + 4] == l[at + 3]);
        CHECK(block(&p, lba)[32] == 1 && block(&p, lba)[33] == 0); /* begins with its own record */
    }
    CHECK_INT(rows, 1 + dw_tree_folder_count(p.tree));
    dw_blocks_close_file(&blocks);
    tear_down(&p);
}

static dw_status read_plan(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    dw_plan_render(ctx, lba, count, out);
    return DW_OK;
}

/* Reads what a plan draws, without an image. */
static struct dw_blocks plan_blocks(dw_plan *plan)
{
    return (struct dw_blocks){.read = read_plan, .count = dw_plan_blocks(plan), .ctx = plan};
}

static void a_file_of_4_gib_and_more_has_several_extents_on_a_dvd(void)
{
    struct dw_error err = {0};
    struct dw_iso_volume volume;
    struct dw_iso_entry entry;
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    CHECK_OK(dw_tree_new(&tree, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/big", "/BIG", (5ULL << 30) + 1, NULL, &err), err);
    CHECK_OK(dw_tree_add(tree, "/tmp/small", "/SMALL", 1, NULL, &err), err);
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_DVD, 0, &plan, &err), err);
    struct dw_blocks blocks = plan_blocks(plan);
    CHECK_OK(dw_iso_read_volume(&blocks, &volume, &err), err);
    CHECK_OK(dw_iso_find(&blocks, &volume, "/BIG", &entry, &err), err);
    CHECK_INT(entry.size_bytes, (5LL << 30) + 1);
    CHECK_INT(entry.lba, dw_plan_file_lba(plan, 0));
    CHECK_OK(dw_iso_find(&blocks, &volume, "/SMALL", &entry, &err), err);
    CHECK_INT(entry.lba, dw_plan_file_lba(plan, 0) + (5 << 19) + 1);
    uint8_t root[DW_BLOCK_SIZE];
    dw_plan_render(plan, volume.root_lba, 1, root);
    const uint8_t *first = root + 68, *second = first + first[0];
    CHECK_INT(first[25], 0x80); /* another extent follows (ECMA-119 9.1.6) */
    CHECK_INT(second[25], 0);
    CHECK(memcmp(first + 33, "BIG.;1", 6) == 0 && memcmp(second + 33, "BIG.;1", 6) == 0);
    dw_plan_free(plan);
    dw_tree_free(tree);
}

static void identifiers_are_in_the_descriptor(void)
{
    struct dw_error err = {0};
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    uint8_t pvd[DW_BLOCK_SIZE], svd[DW_BLOCK_SIZE];
    CHECK_OK(dw_tree_new(&tree, &err), err);
    struct dw_tree_format format = *dw_tree_format(tree);
    memcpy(format.publisher, "RADIOLOGY", 10);
    format.joliet = true;
    CHECK_OK(dw_tree_set_format(tree, &format, &err), err);
    CHECK_OK(dw_tree_set_label(tree, "SET_1", MADE_AT, &err), err);
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_CD, 0, &plan, &err), err);
    dw_plan_render(plan, 16, 1, pvd);
    dw_plan_render(plan, 17, 1, svd);
    CHECK(memcmp(pvd + 318, "RADIOLOGY ", 10) == 0);
    CHECK(memcmp(pvd + 446, "DISCWRIGHT " DW_VERSION " ", strlen("DISCWRIGHT " DW_VERSION " ")) == 0);
    CHECK(memcmp(pvd + 574, "DISCWRIGHT ", 11) == 0);
    CHECK(memcmp(svd, "\2CD001\1", 7) == 0 && memcmp(svd + 88, "%/E", 3) == 0);
    CHECK(memcmp(svd + 40, "\0S\0E\0T\0_\0001\0 ", 12) == 0);
    dw_plan_free(plan);
    dw_tree_free(tree);
}

static dw_status count_entry(void *ctx, const struct dw_iso_entry *entry, struct dw_error *err)
{
    size_t *count = ctx;
    (*count)++;
    return DW_OK;
}

static void deep_and_strange_names_are_all_there_under_made_up_ones(void)
{
    struct dw_error err = {0};
    struct dw_iso_volume volume;
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    char path[512] = "";
    size_t count = 0, used = 0;
    CHECK_OK(dw_tree_new(&tree, &err), err);
    dw_tree_allow_any_name(tree);
    for (int i = 0; i < DW_TREE_DEEP_LEVELS_MAX; i++)
        used += (size_t)snprintf(path + used, sizeof path - used, "/\xC3\xA4 %d", i);
    CHECK_OK(dw_tree_add_folder(tree, path, &err), err);
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "/many/a file with a long name %d.dicom", i);
        CHECK_OK(dw_tree_add(tree, "/tmp/x", path, (uint64_t)i % 3, NULL, &err), err);
    }
    CHECK_OK(dw_plan_new(tree, DW_MEDIA_DVD, 0, &plan, &err), err);
    CHECK_INT(dw_plan_changed_names(plan), DW_TREE_DEEP_LEVELS_MAX + 1000);
    struct dw_blocks blocks = plan_blocks(plan);
    CHECK_OK(dw_iso_read_volume(&blocks, &volume, &err), err);
    CHECK_OK(dw_iso_walk(&blocks, &volume, count_entry, &count, &err), err);
    CHECK_INT(count, DW_TREE_DEEP_LEVELS_MAX + 1 + 1000);
    dw_plan_free(plan);
    dw_tree_free(tree);
}

/* Runs a tool with its output in a file; -1: it is not installed. */
static int run_tool(const char *const argv[], const char *output)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
            _exit(126);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    int status = 0;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 126;
    return code == 127 ? -1 : code;
}

static bool tool_is_missing(int code, const char *name)
{
    if (code == -1)
        printf("     (%s is not installed)\n", name);
    return code == -1;
}

static void isoinfo_lists_every_name(void)
{
    struct place p;
    char output[128];
    struct dw_buf text = {0};
    set_up(&p, DW_MEDIA_CD, "FILESET_1");
    snprintf(output, sizeof output, "%s/output", p.folder);
    const char *const argv[] = {"isoinfo", "-f", "-i", p.image, NULL};
    int code = run_tool(argv, output);
    if (!tool_is_missing(code, "isoinfo")) {
        CHECK_INT(code, 0);
        CHECK_OK(dw_file_read_all(output, 1 << 20, &text, &p.err), p.err);
        for (size_t i = 0; i < DW_ARRAY_LEN(files); i++) {
            char want[64];
            snprintf(want, sizeof want, "%s%s\n", files[i].path,
                     strchr(files[i].path, '.') ? ";1" : ".;1");
            CHECK_HAS(text.data, want);
        }
        dw_buf_done(&text);
    }
    tear_down(&p);
}

static void seven_zip_unpacks_every_byte(void)
{
    for (int media = DW_MEDIA_CD; media <= DW_MEDIA_DVD; media++) {
        struct place p;
        char output[128], target[140];
        set_up(&p, (enum dw_media)media, "FILESET_1");
        snprintf(output, sizeof output, "%s/output", p.folder);
        snprintf(target, sizeof target, "-o%s/out", p.folder);
        const char *const argv[] = {"7z", "x", "-y", target, p.image, NULL};
        int code = run_tool(argv, output);
        for (size_t i = 0; !tool_is_missing(code, "7z") && i < DW_ARRAY_LEN(files); i++) {
            char source[128], unpacked[256];
            struct dw_buf a = {0}, b = {0};
            source_path(&p, i, source);
            snprintf(unpacked, sizeof unpacked, "%s/out%s", p.folder, files[i].path);
            CHECK_OK(dw_file_read_all(source, 10000, &a, &p.err), p.err);
            CHECK_OK(dw_file_read_all(unpacked, 10000, &b, &p.err), p.err);
            CHECK(a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0));
            dw_buf_done(&a);
            dw_buf_done(&b);
        }
        CHECK(code <= 0);
        tear_down(&p);
    }
}

static void another_process_in_another_time_zone_writes_the_same_image(void)
{
    struct place p;
    char other[140];
    struct dw_buf bytes = {0};
    set_up(&p, DW_MEDIA_DVD, "FILESET_1");
    snprintf(other, sizeof other, "%s/other.iso", p.folder);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dw_plan *plan = NULL;
        setenv("TZ", "Pacific/Chatham", 1);
        setenv("LC_ALL", "tr_TR.UTF-8", 1);
        tzset();
        dw_status st = dw_plan_new(p.tree, DW_MEDIA_DVD, 0, &plan, NULL);
        if (st == DW_OK)
            st = dw_stream_to_file(plan, other, NULL, NULL, NULL, NULL, NULL);
        _exit(st == DW_OK ? 0 : 1);
    }
    int status = 1;
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
    CHECK_OK(dw_file_read_all(other, 1 << 22, &bytes, &p.err), p.err);
    CHECK(bytes.size == p.bytes.size && memcmp(bytes.data, p.bytes.data, bytes.size) == 0);
    dw_buf_done(&bytes);
    tear_down(&p);
}

TESTS(TEST(the_primary_descriptor_is_strict), TEST(an_empty_label_is_blank),
      TEST(directory_records_hold_nothing_but_level_1), TEST(path_tables_name_every_folder),
      TEST(a_file_of_4_gib_and_more_has_several_extents_on_a_dvd),
      TEST(identifiers_are_in_the_descriptor),
      TEST(deep_and_strange_names_are_all_there_under_made_up_ones), TEST(isoinfo_lists_every_name), TEST(seven_zip_unpacks_every_byte),
      TEST(another_process_in_another_time_zone_writes_the_same_image))
