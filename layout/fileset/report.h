/** What was repaired and what was left off, for people and for programs. No patient data: an object is its
 *  number, a place on the disc or, on the patient's own disc, its UID. */
#ifndef DW_LAYOUT_FILESET_REPORT_H
#define DW_LAYOUT_FILESET_REPORT_H
#include <jansson.h>
#include "layout/fileset/volume.h"

/** Sentences about one volume: "ST000001/SE000002: Instance Number (0020,0013) was missing in 12 objects;
 *  the directory has the next free number". */
json_t *dw_report_repairs(const struct dw_volume *volume);
/** [{number, reason}] of the patient's objects that are on no disc, or of everybody's (UINT32_MAX). */
json_t *dw_report_left_off(const dw_catalog *catalog, uint32_t patient);
uint32_t dw_report_left_off_count(const dw_catalog *catalog, uint32_t patient);
/** report.json of a volume. */
json_t *dw_report_json(const struct dw_volume *volume);
/** REPORT.TXT of the disc: ASCII, CR LF; left empty when nothing was repaired or left off. */
DW_MUST_CHECK dw_status dw_report_text(const struct dw_volume *volume, struct dw_buf *out,
                                       struct dw_error *err);
/** What to keep free for dw_report_text(): enough for every object left off and eight repairs a series. */
uint64_t dw_report_text_max(const dw_catalog *catalog, uint32_t patient, uint32_t studies,
                            uint32_t series);

#endif
