/** What directory records must carry: types and their legal places (PS3.3 F.4), keys (F.5), and the
 *  further keys of the profiles (PS3.11 Tables D.3-2 and H.3-2). Tables only. */
#ifndef DW_CHECK_KEYS_H
#define DW_CHECK_KEYS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dw_check_kind {
    DW_REC_UNKNOWN, /**< not a type we know */
    DW_REC_PATIENT,
    DW_REC_STUDY,
    DW_REC_SERIES,
    DW_REC_INSTANCE, /**< under SERIES, stands for a file */
    DW_REC_GLOBAL,   /**< at the root, stands for a file: HANGING PROTOCOL ... */
    DW_REC_PRIVATE,  /**< anywhere */
    DW_REC_RETIRED,
};

#define DW_RECORD_KEYS_MAX 10
struct dw_check_type_key {
    uint32_t tag;
    uint8_t type; /**< 1: needs a value; 2: must be present; 0: end of the list */
};
struct dw_check_type {
    const char *name; /**< value of (0004,1430) */
    enum dw_check_kind kind;
    struct dw_check_type_key keys[DW_RECORD_KEYS_MAX];
};
/** Index into the table; 0 is the unknown type. */
uint8_t dw_check_type_find(const char *name);
const struct dw_check_type *dw_check_type(uint8_t index);
/** May a record of this kind stand below that parent? parent NULL: the root. */
bool dw_check_type_fits(const struct dw_check_type *parent, const struct dw_check_type *type);

/** Keys a profile adds, each one bit of a mask. Those that are neither always nor present are wanted where the
 *  object has them with a value: they are of type 1 then, which has no empty ones. */
struct dw_check_key {
    uint32_t tag;
    enum dw_check_kind record; /**< whose record carries it */
    bool always;                /**< type 1 in IMAGE and SPECTROSCOPY records */
    bool present;               /**< type 2: there, if only empty */
    bool shared_groups;         /**< also if in a functional group of (5200,9229) */
    uint8_t tables;             /**< DW_KEYS_D, ... */
};
/** PS3.11 Tables D.3-2, H.3-2 (also M and N), I.3-2, and E.3.3, A.3.3, B.3.3. */
enum {
    DW_KEYS_D = 1,
    DW_KEYS_H = 2,
    DW_KEYS_I = 4,
    DW_KEYS_CTMR = 8,
    DW_KEYS_XABC = 16,
    DW_KEYS_XA1K = 32,
};
#define DW_CHECK_KEYS_MAX 32
size_t dw_check_key_count(void);
const struct dw_check_key *dw_check_key(size_t bit);
uint32_t dw_check_key_bits(uint32_t tag); /**< mask of all rows with this tag */
uint32_t dw_check_key_mask(uint8_t tables); /**< of all rows that one of these tables has */

#endif
