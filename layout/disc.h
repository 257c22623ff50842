/** A finished volume folder from objects: the file-set, its pages and previews, what the last gate will
 *  expect. The appliance's plan task and the command line share this one path. */
#ifndef DW_LAYOUT_DISC_H
#define DW_LAYOUT_DISC_H
#include <jansson.h>
#include "layout/fileset/catalog.h"
#include "layout/fileset/volume.h"

struct dw_disc_opts {
    enum dw_media media;
    uint64_t capacity_bytes;    /**< 0: of the medium */
    uint16_t udf_revision;      /**< 0: of the medium or the profile */
    bool joliet;
    bool multivolume;           /**< a descriptor file names the other discs of the patient */
    const char *publisher;      /**< of the volume; NULL or "": the institution */
    const char *icons;          /**< folder with icons "<number>"; "" or NULL: none */
    bool viewer;                /**< web pages and previews; else INDEX.HTM and README.TXT alone */
    bool one_patient;           /**< several patients are DW_ERR_CONFLICT */
    const char *institution;    /**< that makes the discs; "" is said plainly */
    const char *institution_contact; /**< lines split by '\n'; NULL: none known */
    int64_t supplement_of;           /**< job whose discs lack what these hold; 0: no supplement */
    int64_t made_at_s;
    uint8_t seed[32];
    const char *previews;       /**< folder with "<number>-<frame>.jpg"; "" or NULL: none */
    const char *out;            /**< volume n of all lies in "<out>-<n>"; must not exist */
    const struct dw_objects_identity *identity; /**< for expect.json; NULL: what the objects say */
};
struct dw_disc_row {
    char dir[DW_PATH_MAX];      /**< holds tree, objects, expect.json, report.json, DICOMDIR, pages */
    unsigned n, of;             /**< disc n of m of its patient */
    uint32_t patient;           /**< in catalog->patients */
    uint32_t objects;
    uint32_t blocks;
    uint64_t size_bytes;        /**< of the image */
    char fileset_uid[DW_UID_MAX], fileset_id[17];
    json_t *report;             /**< what report.json says */
};
struct dw_disc_rows { /* {0}; free: dw_disc_rows_done() */
    struct dw_disc_row *rows;
    size_t count;
};
void dw_disc_rows_done(struct dw_disc_rows *rows);

/** Arrange, split and write every volume of a catalog with nothing pending. Blocks on disk writes, and
 *  reads no object. On failure the folders made are removed. DW_ERR_LIMIT, DW_ERR_CONFLICT and
 *  DW_ERR_NOT_FOUND as dw_volumes_plan(); DW_ERR_UNSUPPORTED: the medium. */
DW_MUST_CHECK dw_status dw_disc_make(dw_catalog *catalog, const struct dw_disc_opts *opts,
                                     struct dw_disc_rows *out, struct dw_error *err);
/** {volumes, left_off, repairs} as the result of the plan task has them (docs/messages.md). */
json_t *dw_disc_rows_json(const struct dw_disc_rows *rows);

#endif
