/** What the judge reads: an image, a drive or a folder, seen alike as a list of files with ranges to read.
 *  Nothing of it is trusted. Use from one thread at a time. */
#ifndef DW_CHECK_SOURCE_H
#define DW_CHECK_SOURCE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/spill.h"
#include "burn/image/blocks.h"
#include "burn/image/isoread.h"

typedef struct dw_check_source dw_check_source;

struct dw_check_source_entry {
    const char *path; /**< "/DICOM/IM000001", of the source's own bytes; borrowed until dw_check_source_free() */
    const char *raw;  /**< last component as recorded, "IM000001.;1"; in a folder the same as the name */
    uint64_t size_bytes;
    uint32_t lba;     /**< of an image; 0 in a folder */
    uint32_t system_use_length;
    uint8_t ear_length;
    uint8_t flags;
    bool is_folder;
    uint32_t handle;  /**< for whoever made the source */
};

/** Regular files under a folder. Links and devices are not followed: dw_check_source_others() counts them. A
 *  folder that is a mounted ISO 9660 disc is listed in upper case: its names are, the system only shows
 *  them otherwise. DW_ERR_LIMIT: more than DW_TREE_ENTRIES_MAX entries. */
DW_MUST_CHECK dw_status dw_check_source_open_folder(const char *path, dw_check_source **out, struct dw_error *err);
/** An image: its ISO 9660 view, or its UDF view where there is no ISO 9660 volume; blocks is copied, its ctx
 *  outlives the source, and is never called by two threads at once. Fails only when memory is short: a broken volume opens, with
 *  dw_check_source_trouble() and the entries read so far. */
DW_MUST_CHECK dw_status dw_check_source_open_blocks(const struct dw_blocks *blocks, dw_check_source **out,
                                              struct dw_error *err);
/** Files given by a test, or by whoever has another file system: read calls back. */
struct dw_check_source_ops {
    /** size bytes of entry index from offset, all within the entry. A short read is DW_ERR_IO. */
    dw_status (*read)(void *state, const struct dw_check_source_entry *entry, uint64_t offset, void *out,
                      size_t size, struct dw_error *err);
    /** Optional: true, and the first block, where all bytes of the entry lie in successive blocks. */
    bool (*extent)(void *state, const struct dw_check_source_entry *entry, uint64_t *first_block);
    void (*close)(void *state);
};
DW_MUST_CHECK dw_status dw_check_source_new(const struct dw_check_source_ops *ops, void *state, dw_check_source **out,
                                      struct dw_error *err); /**< takes state over on success */
DW_MUST_CHECK dw_status dw_check_source_add(dw_check_source *source, const struct dw_check_source_entry *entry,
                                      struct dw_error *err); /**< strings are copied */
void dw_check_source_free(dw_check_source *source);
/** Where the tables of whoever judges the source lie too. It is the source's. */
dw_spill *dw_check_source_spill(const dw_check_source *source);

size_t dw_check_source_count(const dw_check_source *source);
/** Filled from the tables; out's strings are borrowed until the next dw_check_source_add(). */
void dw_check_source_entry(const dw_check_source *source, size_t index, struct dw_check_source_entry *out);
uint64_t dw_check_source_others(const dw_check_source *source);
DW_MUST_CHECK dw_status dw_check_source_read(dw_check_source *source, size_t index, uint64_t offset, void *out,
                                       size_t size, struct dw_error *err);

/** Where a file lies in the blocks of an image, if it lies there in one piece: who reads files that follow each
 *  other reads them at once from dw_check_source_blocks(). False: only dw_check_source_read() reads it. */
bool dw_check_source_extent(const dw_check_source *source, size_t index, uint64_t *first_block);

/** Of an image: its blocks (NULL for a folder), its volume (NULL when there is none that can be read),
 *  and the sentence why volume or tree could not be read to the end (NULL: they could). */
const struct dw_blocks *dw_check_source_blocks(const dw_check_source *source);
const struct dw_iso_volume *dw_check_source_volume(const dw_check_source *source);
const char *dw_check_source_trouble(const dw_check_source *source);
/** There is a UDF volume, readable or not; and it is the one whose entries are listed. */
bool dw_check_source_has_udf(const dw_check_source *source);
bool dw_check_source_is_udf(const dw_check_source *source);

#endif
