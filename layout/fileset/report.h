/** What was repaired, kept apart, left off or taken as it is, for people and for programs. No patient data: an
 *  object is its number, a place on the disc or, on the patient's own disc, its UID. */
#ifndef DW_LAYOUT_FILESET_REPORT_H
#define DW_LAYOUT_FILESET_REPORT_H
#include <jansson.h>
#include "layout/fileset/volume.h"

/** Sentences about one volume: "ST000001/SE000002: Instance Number (0020,0013) was missing in 12 objects;
 *  the directory has the next free number". */
json_t *dw_report_repairs(const struct dw_volume *volume);
/** [{number, reason}] of the patient's objects that are on no disc, or of everybody's (UINT32_MAX). */
json_t *dw_report_left_off(const dw_catalog *catalog, uint32_t patient);
/** [{number, reason}] of the objects that the profile forbids, while they are held. */
json_t *dw_report_forbidden(const dw_catalog *catalog);
/** report.json of a volume. */
json_t *dw_report_json(const struct dw_volume *volume);
/** REPORT.TXT of the disc: ASCII, CR LF; left empty when the disc is the only one and holds everything as it
 *  came. */
DW_MUST_CHECK dw_status dw_report_text(const struct dw_volume *volume, struct dw_buf *out,
                                       struct dw_error *err);
/** What to keep free for dw_report_text(): of one patient, and for what one disc holds. */
uint64_t dw_report_fixed_bytes_max(const dw_catalog *catalog, uint32_t patient);
uint64_t dw_report_range_bytes_max(uint32_t studies, uint32_t series);

#endif
