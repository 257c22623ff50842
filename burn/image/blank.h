/** Kinds of media, and the blank discs of each kind that one can buy. One constant table; capacities are what
 *  a plan may count on, the drive is asked for the real one before a disc is written. */
#ifndef DW_BURN_IMAGE_BLANK_H
#define DW_BURN_IMAGE_BLANK_H
#include <stddef.h>
#include <stdint.h>

/** What decides file system and application profile (PS3.12 F, P, X). */
enum dw_media { DW_MEDIA_CD, DW_MEDIA_DVD, DW_MEDIA_BD, DW_MEDIA_COUNT };
const char *dw_media_name(enum dw_media media);        /**< "cd", "dvd", "bd" */
int dw_media_from_name(const char *name);              /**< -1: none of these; a blank's name gives its kind */
uint64_t dw_media_capacity_bytes(enum dw_media media); /**< of its smallest blank in the table */

struct dw_blank {
    const char *name;     /**< "cd", "dvd", "dvd-dl", "bd", "bd-50", "bd-100": what people type */
    const char *title;    /**< for people: "DVD, two layers" */
    enum dw_media media;
    uint32_t blocks;      /**< of 2048 bytes, of the smallest disc sold under that name */
};
/** Ascending by capacity. */
const struct dw_blank *dw_blank_table(size_t *out_count);
/** NULL: no such blank. "bd-25" is "bd", "dvd-5" is "dvd", "dvd-9" is "dvd-dl". */
const struct dw_blank *dw_blank_find(const char *name);
uint64_t dw_blank_capacity_bytes(const struct dw_blank *blank);

#endif
