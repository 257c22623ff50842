/** A DICOMDIR read back with DCMTK (PS3.3 F.3, PS3.10 8.6): not by the code that wrote it. The file
 *  passes our bounded scanner first, is loaded once, and is then a flat list of records. Offsets are
 *  followed here, so a loop, a shared record or one that nothing points to is seen and never followed
 *  twice. Use from one thread at a time. */
#ifndef DW_DICOM_DCMTK_DIRREADER_H
#define DW_DICOM_DCMTK_DIRREADER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/limits.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DW_DIR_RECORDS_MAX 1000000
#define DW_DIR_FILE_BYTES_MAX (1ULL << 30)

typedef struct dw_dirreader dw_dirreader;

struct dw_dir_head { /* plain data; all text as it stands, trimmed of trailing spaces and zeros */
    char sop_class[DW_UID_MAX];       /**< (0002,0002): 1.2.840.10008.1.3.10 when right */
    char fileset_uid[DW_UID_MAX];     /**< (0002,0003) */
    char transfer_syntax[DW_UID_MAX]; /**< (0002,0010) */
    char fileset_id[65];              /**< (0004,1130) */
    char descriptor_file_id[129];     /**< (0004,1141), components joined by backslashes; "" absent */
    uint32_t first_root;              /**< (0004,1200) */
    uint32_t last_root;               /**< (0004,1202) */
    uint32_t last_root_found;         /**< where following the root records really ended; 0 none */
    int consistency_flag;             /**< (0004,1212); -1 absent */
    size_t records;                   /**< all items of (0004,1220) */
    size_t unreachable;               /**< of these, ones that no offset leads to */
    size_t bad_links;                 /**< offsets that hit no record, or a record already linked */
};

struct dw_dir_record { /* plain data; borrows nothing */
    char type[17];       /**< (0004,1430): "PATIENT", "STUDY", "SERIES", "IMAGE" ... */
    bool reachable;
    unsigned depth;      /**< 0: root level; of an unreachable record 0 */
    long parent;         /**< index of the record above; -1: root level or unreachable */
    uint32_t offset;     /**< of its Item tag in the file */
    uint32_t next;       /**< (0004,1400) */
    uint32_t lower;      /**< (0004,1420) */
    int in_use;          /**< (0004,1410): 0xFFFF in use; -1 absent */
    bool has_file;       /**< (0004,1500) is there with a value */
    char file_id[129];   /**< "DICOM\PA000001\IM000001"; "" when there is none or it is longer */
    char sop_class[DW_UID_MAX];       /**< (0004,1510) */
    char sop_instance[DW_UID_MAX];    /**< (0004,1511) */
    char transfer_syntax[DW_UID_MAX]; /**< (0004,1512) */
    char charset[129];   /**< (0008,0005); "" absent */
};

/** DW_ERR_CORRUPT: not a DICOMDIR, or broken; DW_ERR_LIMIT: larger than the maxima above;
 *  DW_ERR_NOT_FOUND / DW_ERR_IO: the file. Blocks while it reads. free: dw_dirreader_free() */
DW_MUST_CHECK dw_status dw_dirreader_open(const char *path, dw_dirreader **out, struct dw_error *err);
void dw_dirreader_free(dw_dirreader *reader);

void dw_dirreader_head(const dw_dirreader *reader, struct dw_dir_head *out);
size_t dw_dirreader_count(const dw_dirreader *reader);
/** Record i: the reachable ones depth first (each before what is below it, siblings in order of their
 *  links), then the others as they lie in the file. */
void dw_dirreader_record(const dw_dirreader *reader, size_t i, struct dw_dir_record *out);

/** Value of a key of record i (not inside its sequences) as encoded, in the character set of the record;
 *  trailing padding may be there or not. Borrowed until dw_dirreader_free(). False: absent, a sequence, or not text and
 *  not raw bytes; present but empty gives true and size 0. tag is group << 16 | element. */
bool dw_dirreader_value(const dw_dirreader *reader, size_t i, uint32_t tag, const uint8_t **out,
                        size_t *out_size);
/** The same as text: UTF-8 by the record's character set, padding trimmed, several values joined by
 *  backslashes; numbers (US, UL ...) in decimal. False (and out = ""): absent, or a sequence. */
bool dw_dirreader_get_string(const dw_dirreader *reader, size_t i, uint32_t tag, char *out,
                             size_t size);
/** Items of a sequence of record i; -1: absent or not a sequence. */
long dw_dirreader_sequence_items(const dw_dirreader *reader, size_t i, uint32_t tag);

#ifdef __cplusplus
}
#endif
#endif
