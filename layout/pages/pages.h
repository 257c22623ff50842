/** The pages that people open on a disc: INDEX.HTM, README.TXT and the web content IHE_PDI/ with
 * JPEG previews (IHE RAD-47, Portable Data for Imaging). Nothing is invented here: what a page
 * shows is what the caller put on the disc. The same input makes the same bytes. Thread-safe, no
 * state.
 *
 *  All strings are UTF-8 as in dicom/object.h (names with '^', dates as YYYYMMDD); NULL and "" are
 * both "absent". Pages escape and format them. Everything is borrowed for the call. */
#ifndef DW_LAYOUT_PAGES_PAGES_H
#define DW_LAYOUT_PAGES_PAGES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/hash.h"
#include "base/limits.h"

#define DW_PAGES_SERIES_MAX 9999      /* series pages of one volume: IHE_PDI/S0000001.HTM */
#define DW_PAGES_PREVIEWS_MAX 9999999 /* IHE_PDI/P0000001.JPG */

struct dw_pages_preview {
    const char *src_path; /**< JPEG file on this machine; must exist, is not read */
    uint32_t frame;       /**< 1 and up; shown when the instance has several frames */
};

struct dw_pages_instance {
    const char *disc_path; /**< "/DICOM/ST000001/SE000001/IM000001" */
    const char
        *sop_class;  /**< UID: images are counted, reports and documents named by their kind */
    int64_t number;  /**< Instance Number; INT64_MIN: absent */
    uint32_t frames; /**< 0 and 1: single */
    const struct dw_pages_preview *previews; /**< in the order of the page; a subset is fine */
    size_t preview_count;
};

struct dw_pages_series { /* in the order of the pages */
    const char *modality;
    const char *description;
    int64_t number; /**< Series Number; INT64_MIN: absent */
    const struct dw_pages_instance *instances;
    size_t instance_count;
};

struct dw_pages_study { /* in the order of the pages */
    const char *date, *time;
    const char *description;
    const char *study_id, *accession;
    const char *institution; /**< where it was made, if not the one that made the disc */
    const char *referring_physician;
    const struct dw_pages_series *series;
    size_t series_count;
};

struct dw_pages_volume {
    const char *institution;         /**< that made this disc; "" is said plainly, not invented */
    const char *institution_contact; /**< address, phone: lines split by '\n'; NULL: none known */
    const char *application;         /**< NULL: "Discwright" */
    const char *application_version; /**< NULL: DW_VERSION */
    const char *patient_name, *patient_id, *issuer, *birth_date, *sex;
    int64_t made_at_s;         /**< of the volume, UTC: shown as a date */
    unsigned n, of;            /**< disc n of m; 0 counts as 1 */
    const char *fileset_id;    /**< "" when the file-set has none */
    const char *profile;       /**< what the disc claims, "STD-GEN-CD"; "" nothing */
    const char *manifest_path; /**< "/SHA256.TXT"; NULL: there is none on this disc */
    const char *viewer_path;   /**< what starts it, "/VIEWER/VIEWER.HTM"; NULL: no viewer */
    const char *viewer_about;  /**< its name and the systems it runs on, for README.TXT */
    bool web_content;          /**< false: no IHE_PDI folder, INDEX.HTM and README.TXT only */
    const struct dw_pages_study *studies;
    size_t study_count;
    bool nonconformant; /**< objects lie on it that its profile forbids: both pages say so */
    int64_t supplement_of; /**< job of the earlier disc that this one completes; 0: none. Both pages say so */
};

struct dw_pages_file {  /* one file to add to the tree */
    char *src_path;     /**< owned by the list */
    char disc_path[32]; /**< "/INDEX.HTM", "/README.TXT", "/IHE_PDI/S0000001.HTM" */
    uint64_t size_bytes;
    bool has_sha256; /**< generated pages: yes; previews: no, nobody has read them yet */
    uint8_t sha256[DW_SHA256_SIZE];
};
struct dw_pages_list { /* {0}; free: dw_pages_list_done() */
    struct dw_pages_file
        *files; /**< README.TXT, INDEX.HTM, then IHE_PDI/ in the order of the pages */
    size_t count, cap;
};
void dw_pages_list_done(struct dw_pages_list *list);

/** Write the pages into `folder` (made when missing; flat file names, existing ones are replaced)
 * and list every file with its place on the disc; previews keep their source. Disc paths are
 * upper-case A-Z 0-9 _ in 8.3. out is {0} or emptied first. DW_ERR_NOT_FOUND: a preview file is
 * missing; DW_ERR_LIMIT: more series or previews than the maxima; DW_ERR_IO, DW_ERR_NO_SPACE. On
 * failure *out is empty; pages already written may be left in folder. */
DW_MUST_CHECK dw_status dw_pages_write(const struct dw_pages_volume *volume, const char *folder,
                                       struct dw_pages_list *out, struct dw_error *err);

/** Never less than the bytes of the generated pages, each rounded up to DW_BLOCK_SIZE, for a volume
 * of so many parts: what a splitter must keep free before the pages exist. The previews themselves
 * are extra. */
uint64_t dw_pages_size_max(size_t studies, size_t series, size_t instances, size_t previews,
                           bool web_content);

#endif
