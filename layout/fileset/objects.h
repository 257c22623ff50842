/** Object lists: what goes on the discs of one job, as a file between the daemon and a plan task. One row
 *  per object: its number, where its bytes lie, what it says of itself and its directory record keys. Read
 *  and written row by row, so that memory does not grow with the study. */
#ifndef DW_LAYOUT_FILESET_OBJECTS_H
#define DW_LAYOUT_FILESET_OBJECTS_H
#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/hash.h"
#include "dicom/object.h"

struct dw_objects_row { /* a reader lends everything until its next call */
    uint64_t number;              /**< of the object; names it in reports and in derived/ and previews/ */
    const char *path;             /**< the file as received, as the reading process can open it */
    bool has_sha256;              /**< what path must contain (hash of receipt) */
    uint8_t sha256[DW_SHA256_SIZE];
    const struct dw_object *object;
    const void *record;           /**< dicom/record.h blob */
    size_t record_size;
};

/** The job's locked identity: written to expect.json of every volume. UTF-8, "" = not known. */
struct dw_objects_identity {
    char patient_id[DW_TEXT_MAX];
    char issuer[DW_TEXT_MAX];
    char patient_name[DW_TEXT_MAX];
    char birth_date[DW_CODE_MAX];
};

typedef struct dw_objects_writer dw_objects_writer;
/** Begin "path.part"; identity may be NULL (then that of the first row is taken). */
DW_MUST_CHECK dw_status dw_objects_create(const char *path, const struct dw_objects_identity *identity,
                                          dw_objects_writer **out, struct dw_error *err);
DW_MUST_CHECK dw_status dw_objects_write(dw_objects_writer *writer, const struct dw_objects_row *row,
                                         struct dw_error *err);
/** Make the list appear under its name, synced. The writer must still be freed. */
DW_MUST_CHECK dw_status dw_objects_publish(dw_objects_writer *writer, struct dw_error *err);
void dw_objects_writer_free(dw_objects_writer *writer); /**< removes what was not published */

typedef struct dw_objects_reader dw_objects_reader;
DW_MUST_CHECK dw_status dw_objects_open(const char *path, dw_objects_reader **out,
                                        struct dw_error *err);
/** false: the list was written without one. */
bool dw_objects_identity(const dw_objects_reader *reader, struct dw_objects_identity *out);
/** Next row; *out_more false at the end. DW_ERR_CORRUPT: not a list of ours, or cut short. */
DW_MUST_CHECK dw_status dw_objects_read(dw_objects_reader *reader, struct dw_objects_row *out,
                                        bool *out_more, struct dw_error *err);
void dw_objects_reader_free(dw_objects_reader *reader);

#endif
