/** What a disc will contain: names and sources, nothing read yet. Use from one thread at a time. Files
 *  come to lie on the disc in the order they were added (the manifest last). No DICOM here. */
#ifndef DW_BURN_IMAGE_TREE_H
#define DW_BURN_IMAGE_TREE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/hash.h"

typedef struct dw_tree dw_tree;

struct dw_tree_file { /* borrowed from the tree */
    const char *disc_path; /**< "/DICOM/ST000001/SE000001/IM000001" */
    const char *src_path;  /**< NULL for the manifest */
    uint64_t size_bytes;
    int64_t modified_s;    /**< UTC; what directories say of it */
    bool has_sha256;       /**< expected content: the stream fails when the source differs */
    uint8_t sha256[DW_SHA256_SIZE];
};

DW_MUST_CHECK dw_status dw_tree_new(dw_tree **out, struct dw_error *err); /**< free: dw_tree_free() */
void dw_tree_free(dw_tree *tree);

/** Name src_path as disc_path. Folders appear by themselves. Strings are copied; the file is opened by
 *  the stream and not before, and must then have exactly size_bytes (and sha256, unless NULL).
 *  DW_ERR_CONFLICT: the name is taken; DW_ERR_INVALID: not a legal name, or a component other than
 *  A-Z 0-9 _ in 8.3; more than 8 levels; the tree is unchanged. */
DW_MUST_CHECK dw_status dw_tree_add(dw_tree *tree, const char *src_path, const char *disc_path,
                                    uint64_t size_bytes, const uint8_t *sha256,
                                    struct dw_error *err);
/** One text file with "<sha256>  <disc path without the first slash>\r\n" for every other file, as
 *  sha256sum writes it; made by the stream while it reads, placed last on the disc. At most one. */
DW_MUST_CHECK dw_status dw_tree_add_manifest(dw_tree *tree, const char *disc_path,
                                             struct dw_error *err);
/** Volume label: 0 to 16 characters A-Z 0-9 _ (PS3.10 8.5). Time: the one stamp of everything on it. */
DW_MUST_CHECK dw_status dw_tree_set_label(dw_tree *tree, const char *label, int64_t made_at_s,
                                          struct dw_error *err);
const char *dw_tree_label(const dw_tree *tree);
int64_t dw_tree_made_at_s(const dw_tree *tree);
size_t dw_tree_file_count(const dw_tree *tree);      /**< manifest included */
void dw_tree_file(const dw_tree *tree, size_t i, struct dw_tree_file *out); /**< in disc order */
uint64_t dw_tree_data_blocks(const dw_tree *tree);   /**< of all files, without descriptors */
/** Number of the file with that disc path; false: there is none (or it is a folder). */
bool dw_tree_find(const dw_tree *tree, const char *disc_path, size_t *out_i);
size_t dw_tree_folder_count(const dw_tree *tree);    /**< without the root; parents before children */
const char *dw_tree_folder(const dw_tree *tree, size_t i); /**< "/DICOM/ST000001", borrowed */

/** What the volume is drawn as. Part of the tree, so that every process draws the same image. */
struct dw_tree_format {
    uint16_t udf_revision; /**< 0: as the medium asks (none on CD, 1.02 on DVD, 2.60 on BD); burn/image/udf.h */
    bool joliet;           /**< on CD and DVD: a second directory with Unicode names (PS3.12 F does not name it) */
    bool no_iso;           /**< DVD: UDF alone */
    char publisher[129], preparer[129]; /**< ISO 9660 identifiers, a-characters; "" blank */
};
/** A new tree has what the medium asks for and the preparer "DISCWRIGHT <version>". DW_ERR_INVALID: other than
 *  a-characters; whether the revision exists and suits the medium is the plan's business. */
DW_MUST_CHECK dw_status dw_tree_set_format(dw_tree *tree, const struct dw_tree_format *format,
                                           struct dw_error *err);
const struct dw_tree_format *dw_tree_format(const dw_tree *tree);
/** For images that are no file-set: any UTF-8 names, folders as deep as DW_TREE_DEEP_LEVELS_MAX, files with
 *  their own times (dw_tree_set_modified). ISO 9660 then shows made-up 8.3 names where it must. Before the first
 *  file. */
void dw_tree_allow_any_name(dw_tree *tree);
bool dw_tree_any_name(const dw_tree *tree);
/** A folder that may stay empty; DW_OK when it is there already. Refused as dw_tree_add() does. */
DW_MUST_CHECK dw_status dw_tree_add_folder(dw_tree *tree, const char *disc_path, struct dw_error *err);
/** Not for the manifest. Times that a directory cannot hold become the nearest that it can (1970 to 2155). */
void dw_tree_set_modified(dw_tree *tree, size_t i, int64_t modified_s);

/** As a file, so that another process burns exactly this; sources keep their paths. */
DW_MUST_CHECK dw_status dw_tree_save(const dw_tree *tree, const char *path, struct dw_error *err);
DW_MUST_CHECK dw_status dw_tree_load(const char *path, dw_tree **out, struct dw_error *err);

#endif
