/** For the judge's tests: images of our own with UDF, and the means to damage them with tags that fit again. */
#ifndef DW_TESTS_JUDGE_UDF_H
#define DW_TESTS_JUDGE_UDF_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/file.h"
#include "burn/image/plan.h"
#include "burn/image/udfread.h"
#include "judge_set.h"

#define IMAGE_PATH "/DICOM/SE1/IM1"

struct image {
    uint8_t *data;
    size_t size;
    struct dw_udfvol_info info;
    struct dw_udfvol_extent metadata, mirror; /* one each in these small volumes */
    struct dw_udfvol_entry file, other, folder; /* IMAGE_PATH, another one, /DICOM */
};

/* --- images --- */

static inline dw_status add_file(void *ctx, const char *path, const char *rel, uint64_t size_bytes,
                          struct dw_error *err)
{
    char disc_path[128];
    snprintf(disc_path, sizeof disc_path, "%s%s", rel[0] == '/' ? "" : "/", rel);
    return dw_tree_add(ctx, path, disc_path, size_bytes, NULL, err);
}

static inline dw_status place_files(const dw_plan *plan, struct image *out, struct dw_error *err)
{
    const dw_tree *tree = dw_plan_tree(plan);
    for (size_t i = 0; i < dw_tree_file_count(tree); i++) {
        struct dw_tree_file file;
        struct dw_buf buf = {0};
        dw_tree_file(tree, i, &file);
        dw_status st = dw_file_read_all(file.src_path, 1 << 20, &buf, err);
        if (st != DW_OK)
            return st;
        memcpy(out->data + (size_t)dw_plan_file_lba(plan, i) * DW_BLOCK_SIZE, buf.data, buf.size);
        dw_buf_done(&buf);
    }
    return DW_OK;
}

static inline dw_status read_memory(void *ctx, uint32_t lba, uint32_t count, void *out, struct dw_error *err)
{
    const struct image *image = ctx;
    if (((uint64_t)lba + count) * DW_BLOCK_SIZE > image->size)
        return dw_error_set(err, DW_ERR_IO, "behind the end");
    memcpy(out, image->data + (size_t)lba * DW_BLOCK_SIZE, (size_t)count * DW_BLOCK_SIZE);
    return DW_OK;
}

/* Where the seeds have to bite. */
static inline dw_status look_up(struct image *image, struct dw_error *err)
{
    struct dw_blocks blocks = {read_memory, (uint32_t)(image->size / DW_BLOCK_SIZE), image};
    dw_udfvol *volume = NULL;
    dw_status st = dw_udfvol_open(&blocks, NULL, NULL, &image->info, &volume, err);
    if (st != DW_OK)
        return st;
    if (image->info.has_metadata && (!dw_udfvol_metadata_extent(volume, false, 0, &image->metadata) ||
                                     !dw_udfvol_metadata_extent(volume, true, 0, &image->mirror)))
        st = dw_error_set(err, DW_ERR_INTERNAL, "no metadata extents");
    if (st == DW_OK)
        st = dw_udfvol_find(volume, IMAGE_PATH, &image->file, err);
    if (st == DW_OK)
        st = dw_udfvol_find(volume, "/DICOM/SE1/IM2", &image->other, err);
    if (st == DW_OK)
        st = dw_udfvol_find(volume, "/DICOM", &image->folder, err);
    dw_udfvol_close(volume);
    return st;
}

static inline dw_status make_image(const char *folder, enum dw_media media, struct image *out,
                            struct dw_error *err)
{
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    dw_status st = dw_tree_new(&tree, err);
    if (st == DW_OK)
        st = dw_tree_set_label(tree, "PROBE", (int64_t)time(NULL), err);
    if (st == DW_OK)
        st = dw_file_walk(folder, add_file, tree, err);
    if (st == DW_OK)
        st = dw_plan_new(tree, media, 0, &plan, err);
    if (st == DW_OK) {
        out->size = (size_t)dw_plan_size_bytes(plan);
        out->data = calloc(1, out->size);
        if (!out->data)
            abort();
        dw_plan_render(plan, 0, dw_plan_blocks(plan), out->data);
        st = place_files(plan, out, err);
    }
    dw_plan_free(plan);
    dw_tree_free(tree);
    return st == DW_OK && media != DW_MEDIA_CD ? look_up(out, err) : st;
}

static inline struct image copy_of(const struct image *from)
{
    struct image copy = *from;
    copy.data = malloc(from->size);
    if (!copy.data)
        abort();
    memcpy(copy.data, from->data, from->size);
    return copy;
}

/* --- damage --- */

static inline uint8_t *block(struct image *image, uint32_t lba)
{
    if ((size_t)lba >= image->size / DW_BLOCK_SIZE)
        abort();
    return image->data + (size_t)lba * DW_BLOCK_SIZE;
}

static inline void put32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* Checksum and CRC of a descriptor that was changed. */
static inline void mend(uint8_t *d)
{
    size_t length = (size_t)d[10] | (size_t)d[11] << 8;
    uint32_t crc = 0;
    for (size_t i = 16; i < 16 + length; i++) {
        crc ^= (uint32_t)d[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021u : 0)) & 0xFFFF;
    }
    d[8] = (uint8_t)crc;
    d[9] = (uint8_t)(crc >> 8);
    uint8_t sum = 0;
    for (unsigned i = 0; i < 16; i++)
        sum = (uint8_t)(sum + (i == 4 ? 0 : d[i]));
    d[4] = sum;
}

/* The other copy of a block: the mirror's of the metadata, the reserve's of a volume descriptor. NULL: none. */
static inline uint8_t *twin(struct image *image, uint32_t lba)
{
    if (image->info.has_metadata && lba - image->metadata.lba < image->metadata.blocks)
        return block(image, image->mirror.lba + (lba - image->metadata.lba));
    if (lba - image->info.main.lba < image->info.main.blocks)
        return block(image, image->info.reserve.lba + (lba - image->info.main.lba));
    return NULL;
}

/* Bytes at `at` in a descriptor and in its twin, tags mended. */
static inline void change(struct image *image, uint32_t lba, size_t at, const void *bytes, size_t size)
{
    uint8_t *copies[2] = {block(image, lba), twin(image, lba)};
    for (unsigned i = 0; i < 2 && copies[i]; i++) {
        memcpy(copies[i] + at, bytes, size);
        mend(copies[i]);
    }
}

static inline void change8(struct image *image, uint32_t lba, size_t at, uint8_t value)
{
    change(image, lba, at, &value, 1);
}

static inline void change32(struct image *image, uint32_t lba, size_t at, uint32_t value)
{
    uint8_t bytes[4];
    put32(bytes, value);
    change(image, lba, at, bytes, sizeof bytes);
}

/* The FID of a name in the folder whose identifiers begin in a block; both copies. */
static inline void change_fid(struct image *image, uint32_t lba, const char *name, size_t at, uint8_t value)
{
    uint8_t *copies[2] = {block(image, lba), twin(image, lba)};
    for (unsigned i = 0; i < 2 && copies[i]; i++) {
        uint8_t *d = copies[i];
        while (d[19] != strlen(name) + 1 || memcmp(d + 39, name, strlen(name)) != 0) {
            if (d[0] != 1 || d[1] != 1)
                abort();
            d += (38u + d[19] + 3) & ~3u;
        }
        d[at] = value;
        mend(d);
    }
}

/* Codes without those that a set of CT images earns under the profile without keys. */
static inline const char *set_codes_without_class(const struct dw_check_result *result, char out[512])
{
    char *class_code = strstr(set_codes(result, out), "FILE-PROFILE-CLASS");
    if (class_code) {
        char *rest = class_code + strlen("FILE-PROFILE-CLASS");
        class_code -= class_code > out;
        memmove(class_code, rest, strlen(rest) + 1);
    }
    return out;
}

/* main() of tests of volumes: those of the three media are made of one file-set, which stays in set_folder meanwhile. */
static inline int run_with_images(const struct test_case *cases, size_t count, int argc, char **argv, char set_folder[96],
                                  struct image *bd, struct image *dvd, struct image *cd)
{
    char folder[64];
    struct dw_error err = {0};
    if (!set_tools_are_here()) {
        puts("dcmmkdir or genisoimage is not installed");
        return 77;
    }
    test_folder(folder);
    snprintf(set_folder, 96, "%s/set", folder);
    int rc = 1;
    if (set_build(set_folder) && make_image(set_folder, DW_MEDIA_BD, bd, &err) == DW_OK &&
        make_image(set_folder, DW_MEDIA_DVD, dvd, &err) == DW_OK && make_image(set_folder, DW_MEDIA_CD, cd, &err) == DW_OK)
        rc = test_run(cases, count, argc, argv);
    else
        fprintf(stderr, "no images: %s\n", err.text);
    free(bd->data);
    free(dvd->data);
    free(cd->data);
    if (dw_file_remove_tree(folder, &err) != DW_OK)
        rc = 1;
    return rc;
}

#endif
