/* libisofs draws; what it has drawn is checked by burn/image/iso_check. The files themselves are streams of
 * which it learns only the size: its generator is stopped before it would read them. */
#include "burn/image/iso.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIBISOFS_WITHOUT_LIBBURN 1
#include <libisofs/libisofs.h>

#include "base/limits.h"
#include "base/text.h"
#include "burn/image/iso_check.h"

#define OVERWRITE_BLOCKS 32 /* what libisofs puts into its overwrite buffer: 64 KiB */
#define FIRST_DESCRIPTOR 16
#define DESCRIPTORS 2 /* primary and terminator */

/* --- streams that have a size and nothing else --- */

struct sized {
    IsoStream stream; /* first, and never freed by the library: one reference stays ours */
    off_t size_bytes;
    ino_t number;
};

static const struct sized *sized_of(const IsoStream *stream)
{
    return (const struct sized *)(const void *)stream;
}

static int sized_open(IsoStream *stream)
{
    return ISO_SUCCESS;
}

static int sized_close(IsoStream *stream)
{
    return ISO_SUCCESS;
}

static off_t sized_get_size(IsoStream *stream)
{
    return sized_of(stream)->size_bytes;
}

/* The generator runs ahead of us into the first files before it is stopped; their bytes are thrown away. */
static int sized_read(IsoStream *stream, void *buf, size_t count)
{
    memset(buf, 0, count);
    return (int)count;
}

static int sized_is_repeatable(IsoStream *stream)
{
    return 1;
}

/* Different for every file: equal ones would share one extent. */
static void sized_get_id(IsoStream *stream, unsigned int *fs_id, dev_t *dev_id, ino_t *ino_id)
{
    *fs_id = 0x4457;
    *dev_id = 0;
    *ino_id = sized_of(stream)->number;
}

static void sized_free(IsoStream *stream)
{
}

static int sized_update_size(IsoStream *stream)
{
    return ISO_SUCCESS;
}

static IsoStreamIface sized_class = {
    .version = 1,
    .type = "user",
    .open = sized_open,
    .close = sized_close,
    .get_size = sized_get_size,
    .read = sized_read,
    .is_repeatable = sized_is_repeatable,
    .get_id = sized_get_id,
    .free = sized_free,
    .update_size = sized_update_size,
};

static IsoStream *sized_init(struct sized *sized, uint64_t size_bytes, size_t i)
{
    sized->stream = (IsoStream){.class = &sized_class, .refcount = 2};
    sized->size_bytes = (off_t)size_bytes;
    sized->number = (ino_t)i + 1;
    return &sized->stream;
}

/* --- the library --- */

/* libisofs keeps its message queue and stream numbers in globals: one image at a time in a process. */
static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;

static dw_status library_open(struct dw_error *err)
{
    pthread_mutex_lock(&library);
    if (iso_init_with_flag(1) < 0) { /* 1: the environment's locale changes nothing */
        pthread_mutex_unlock(&library);
        return dw_error_set(err, DW_ERR_INTERNAL, "libisofs does not start");
    }
    iso_set_msgs_severities("ALL", "NEVER", "");
    return DW_OK;
}

static void library_close(void)
{
    iso_finish();
    pthread_mutex_unlock(&library);
}

static dw_status library_error(int code, const char *what, struct dw_error *err)
{
    int error_code, image_id, i = 0;
    char text[ISO_MSGS_MESSAGE_LEN], severity[80];
    const char *why = iso_error_to_msg(code);
    while (i++ < 64 && iso_obtain_msgs("SORRY", &error_code, &image_id, text, severity) == 1)
        ; /* they hold names of files; the code says enough */
    return dw_error_set(err, DW_ERR_INTERNAL, "libisofs: %s: %s", what, why ? why : "no reason");
}

/* --- the library's tree --- */

struct drawing {
    const dw_tree *tree;
    IsoImage *image;
    IsoWriteOpts *opts;
    struct burn_source *source;
    IsoDir **folders; /* by number in our tree */
    struct sized *streams;
    uint8_t *overwrite;
};

struct named { /* to sort by path without asking the tree again and again */
    const char *path;
    size_t i;
};

/* Backwards: libisofs keeps children sorted in a list and inserts from its head. */
static int later_first(const void *a, const void *b)
{
    return strcmp(((const struct named *)b)->path, ((const struct named *)a)->path);
}

static int folder_number(const struct named *sorted, size_t count, const char *path, size_t length,
                         size_t *out)
{
    size_t low = 0, high = count;
    while (low < high) { /* sorted is descending */
        size_t mid = (low + high) / 2;
        int order = strncmp(sorted[mid].path, path, length);
        if (order == 0 && sorted[mid].path[length] != '\0')
            order = 1;
        if (order == 0) {
            *out = sorted[mid].i;
            return 1;
        }
        if (order > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return 0;
}

static IsoDir *parent_of(struct drawing *drawing, const struct named *sorted, const char *path)
{
    size_t number, length = (size_t)(strrchr(path, '/') - path);
    if (length == 0)
        return iso_image_get_root(drawing->image);
    if (!folder_number(sorted, dw_tree_folder_count(drawing->tree), path, length, &number))
        return NULL;
    return drawing->folders[number];
}

static int level_of(const char *path)
{
    int n = 0;
    for (; *path; path++)
        n += *path == '/';
    return n;
}

static dw_status add_folders(struct drawing *drawing, const struct named *sorted,
                             struct dw_error *err)
{
    size_t count = dw_tree_folder_count(drawing->tree);
    for (int level = 1, more = 1; more; level++) {
        more = 0;
        for (size_t k = 0; k < count; k++) {
            const char *path = sorted[k].path;
            int own = level_of(path);
            more |= own > level;
            if (own != level)
                continue;
            IsoDir *parent = parent_of(drawing, sorted, path);
            if (!parent)
                return dw_error_set(err, DW_ERR_INTERNAL, "folder '%s' has no parent", path);
            int rc = iso_image_add_new_dir(drawing->image, parent, strrchr(path, '/') + 1,
                                           &drawing->folders[sorted[k].i]);
            if (rc < 0)
                return library_error(rc, path, err);
        }
    }
    return DW_OK;
}

static dw_status add_files(struct drawing *drawing, const struct named *folders,
                           const struct named *sorted, struct dw_error *err)
{
    size_t count = dw_tree_file_count(drawing->tree);
    for (size_t k = 0; k < count; k++) {
        struct dw_tree_file file;
        IsoFile *node;
        dw_tree_file(drawing->tree, sorted[k].i, &file);
        IsoDir *parent = parent_of(drawing, folders, file.disc_path);
        if (!parent)
            return dw_error_set(err, DW_ERR_INTERNAL, "file '%s' has no parent", file.disc_path);
        IsoStream *stream = sized_init(&drawing->streams[k], file.size_bytes, sorted[k].i);
        int rc = iso_image_add_new_file(drawing->image, parent, strrchr(file.disc_path, '/') + 1,
                                        stream, &node);
        if (rc < 0)
            return library_error(rc, file.disc_path, err);
        /* Heavier is earlier on the disc: extents in the order of the tree. */
        iso_node_set_sort_weight((IsoNode *)node, (int)(count - sorted[k].i));
    }
    return DW_OK;
}

static dw_status add_all(struct drawing *drawing, struct dw_error *err)
{
    size_t file_count = dw_tree_file_count(drawing->tree);
    size_t folder_count = dw_tree_folder_count(drawing->tree);
    struct named *files = calloc(file_count + 1, sizeof *files);
    struct named *folders = calloc(folder_count + 1, sizeof *folders);
    drawing->folders = calloc(folder_count + 1, sizeof(IsoDir *));
    drawing->streams = calloc(file_count + 1, sizeof *drawing->streams);
    dw_status st = DW_OK;
    if (!files || !folders || !drawing->folders || !drawing->streams) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the names of a disc");
        goto out;
    }
    for (size_t i = 0; i < file_count; i++) {
        struct dw_tree_file file;
        dw_tree_file(drawing->tree, i, &file);
        files[i] = (struct named){file.disc_path, i};
    }
    for (size_t i = 0; i < folder_count; i++)
        folders[i] = (struct named){dw_tree_folder(drawing->tree, i), i};
    qsort(files, file_count, sizeof *files, later_first);
    qsort(folders, folder_count, sizeof *folders, later_first);
    st = add_folders(drawing, folders, err);
    if (st == DW_OK)
        st = add_files(drawing, folders, files, err);
out:
    free(files);
    free(folders);
    return st;
}

/* --- options: ECMA-119 level 1 and PS3.12 F, nothing else --- */

static dw_status set_options(struct drawing *drawing, uint32_t free_until, struct dw_error *err)
{
    time_t made_at = (time_t)dw_tree_made_at_s(drawing->tree);
    struct tm tm;
    char stamp[32];
    if (!gmtime_r(&made_at, &tm) || strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S00", &tm) == 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "the time of the disc has no calendar date");
    int rc = iso_write_opts_new(&drawing->opts, 0);
    IsoWriteOpts *o = drawing->opts;
    const struct {
        int (*set)(IsoWriteOpts *, int);
        int value;
    } plain[] = {
        {iso_write_opts_set_iso_level, 1},
        {iso_write_opts_set_rockridge, 0},
        {iso_write_opts_set_joliet, 0},
        {iso_write_opts_set_iso1999, 0},
        {iso_write_opts_set_hfsplus, 0},
        {iso_write_opts_set_fat, 0},
        {iso_write_opts_set_aaip, 0},
        {iso_write_opts_set_hardlinks, 0},
        {iso_write_opts_set_omit_version_numbers, 0},
        {iso_write_opts_set_no_force_dots, 0},
        {iso_write_opts_set_allow_deep_paths, 0},
        {iso_write_opts_set_allow_longer_paths, 0},
        {iso_write_opts_set_max_37_char_filenames, 0},
        {iso_write_opts_set_allow_lowercase, 0},
        {iso_write_opts_set_allow_full_ascii, 0},
        {iso_write_opts_set_allow_7bit_ascii, 0},
        {iso_write_opts_set_relaxed_vol_atts, 0},
        {iso_write_opts_set_allow_dir_id_ext, 0},
        {iso_write_opts_set_sort_files, 1},
        {iso_write_opts_set_dir_rec_mtime, 1},
        {iso_write_opts_set_replace_timestamps, 2},
        {iso_write_opts_set_always_gmt, 1},
        {iso_write_opts_set_appendable, 0},
    };
    for (size_t i = 0; rc >= 0 && i < DW_ARRAY_LEN(plain); i++)
        rc = plain[i].set(o, plain[i].value);
    if (rc >= 0)
        rc = iso_write_opts_set_record_md5(o, 0, 0);
    if (rc >= 0)
        rc = iso_write_opts_set_default_timestamp(o, made_at);
    if (rc >= 0) /* by digits: no time zone has a say in it */
        rc = iso_write_opts_set_pvd_times(o, 0, 0, 0, 0, stamp);
    if (rc >= 0)
        rc = iso_write_opts_set_fifo_size(o, OVERWRITE_BLOCKS);
    if (rc >= 0 && free_until > 0)
        rc = iso_write_opts_set_ms_block(o, free_until);
    if (rc >= 0 && free_until > 0)
        rc = iso_write_opts_set_overwrite_buf(o, drawing->overwrite);
    return rc < 0 ? library_error(rc, "set options", err) : DW_OK;
}

/* --- drawing --- */

static dw_status read_head(struct drawing *drawing, uint32_t free_until, struct dw_iso_head *out,
                           struct dw_error *err)
{
    uint32_t data_start;
    int rc = iso_write_opts_get_data_start(drawing->opts, &data_start, 0);
    if (rc < 0 || data_start < free_until + FIRST_DESCRIPTOR + DESCRIPTORS)
        return library_error(rc, "find the first file's block", err);
    out->blocks = data_start + 1; /* libisofs keeps one zero block there, which is every empty file's */
    out->data = calloc(out->blocks, DW_BLOCK_SIZE);
    if (!out->data)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the directories of a disc");
    struct burn_source *source = drawing->source;
    for (uint32_t i = free_until; i < data_start; i++) {
        uint8_t *to = out->data + (size_t)i * DW_BLOCK_SIZE;
        int got = source->read ? source->read(source, to, DW_BLOCK_SIZE)
                               : source->read_xt(source, to, DW_BLOCK_SIZE);
        if (got != DW_BLOCK_SIZE)
            return library_error(got, "draw directories", err);
    }
    if (free_until > 0) {
        memcpy(out->data, drawing->overwrite, (size_t)OVERWRITE_BLOCKS * DW_BLOCK_SIZE);
        /* The second set of descriptors would look like another session to those who search for one. */
        memset(out->data + (size_t)free_until * DW_BLOCK_SIZE, 0,
               (size_t)(FIRST_DESCRIPTOR + DESCRIPTORS) * DW_BLOCK_SIZE);
    }
    return DW_OK;
}

static void wait_for_generator(struct drawing *drawing)
{
    if (!drawing->source)
        return;
    drawing->source->cancel(drawing->source); /* joins the generator's thread */
    drawing->source->free_data(drawing->source);
    free(drawing->source);
}

static dw_status draw(struct drawing *drawing, uint32_t free_until, struct dw_iso_head *out,
                      struct dw_error *err)
{
    const char *label = dw_tree_label(drawing->tree);
    int rc = iso_image_new(NULL, &drawing->image);
    if (rc < 0)
        return library_error(rc, "begin an image", err);
    if (label[0])
        iso_image_set_volume_id(drawing->image, label);
    iso_image_set_application_id(drawing->image, "DISCWRIGHT");
    dw_status st = add_all(drawing, err);
    if (st == DW_OK)
        st = set_options(drawing, free_until, err);
    if (st != DW_OK)
        return st;
    rc = iso_image_create_burn_source(drawing->image, drawing->opts, &drawing->source);
    if (rc < 0)
        return library_error(rc, "draw directories", err);
    return read_head(drawing, free_until, out, err);
}

dw_status dw_iso_render(const dw_tree *tree, uint32_t free_until, struct dw_iso_head *out,
                        struct dw_error *err)
{
    struct dw_iso_head head = {0};
    struct drawing drawing = {.tree = tree};
    dw_status st = library_open(err);
    if (st != DW_OK)
        return st;
    drawing.overwrite = calloc(OVERWRITE_BLOCKS, DW_BLOCK_SIZE);
    st = drawing.overwrite ? draw(&drawing, free_until, &head, err)
                           : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    wait_for_generator(&drawing);
    if (drawing.opts)
        iso_write_opts_free(drawing.opts);
    if (drawing.image)
        iso_image_unref(drawing.image);
    library_close();
    free(drawing.folders);
    free(drawing.streams);
    free(drawing.overwrite);
    if (st == DW_OK)
        st = dw_iso_check(tree, &head, err);
    if (st != DW_OK) {
        dw_iso_head_done(&head);
        return st;
    }
    *out = head;
    return DW_OK;
}

void dw_iso_head_done(struct dw_iso_head *head)
{
    free(head->data);
    free(head->lba);
    *head = (struct dw_iso_head){0};
}

void dw_iso_head_set_blocks(struct dw_iso_head *head, uint32_t volume_blocks)
{
    uint8_t *at = head->data + (size_t)FIRST_DESCRIPTOR * DW_BLOCK_SIZE + 80; /* ECMA-119 8.4.8 */
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(volume_blocks >> (8 * i));
        at[7 - i] = at[i];
    }
}

uint64_t dw_iso_head_blocks_max(uint32_t free_until, size_t files, size_t folders)
{
    /* A record takes 33 bytes and a name of at most 12 + ";1", padded: 48, and a folder's own two begin its
     * first block. A folder has a row of at most 16 bytes in each of two path tables. libisofs begins files
     * at block 32 at the earliest, behind its one zero block. */
    uint64_t all_folders = (uint64_t)folders + 1;
    uint64_t directories = (files + 3 * all_folders) / (DW_BLOCK_SIZE / 48) + all_folders;
    uint64_t tables = 2 * (all_folders * 16 / DW_BLOCK_SIZE + 1);
    uint64_t blocks = (uint64_t)free_until + FIRST_DESCRIPTOR + DESCRIPTORS + directories + tables + 1;
    return blocks < OVERWRITE_BLOCKS + 1 ? OVERWRITE_BLOCKS + 1 : blocks;
}
