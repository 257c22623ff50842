/** What every page of one disc has in common, and the pages themselves as text. Private to this
 * room. */
#ifndef DW_LAYOUT_PAGES_PARTS_H
#define DW_LAYOUT_PAGES_PARTS_H
#include "layout/pages/pages.h"
#include "layout/pages/words.h"

/* Links are written in lower case: a Linux kernel shows an ISO 9660 name without Rock Ridge that
 * way, and page.js rewrites them where the disc shows upper case (IHE RAD-47; facts 4.4). */

struct dw_parts { /* escaped text; free: dw_parts_done() */
    struct dw_buf patient, institution, identity, contact, application;
    char created[64];
};
void dw_parts_init(struct dw_parts *parts, const struct dw_pages_volume *volume);
void dw_parts_done(struct dw_parts *parts);

#define DW_PARTS_COMMON 7
/** PATIENT INSTITUTION IDENTITY CREATED APPLICATION STYLE SCRIPT, for dw_words_fill(). */
void dw_parts_values(const struct dw_parts *parts, struct dw_words_value out[DW_PARTS_COMMON]);

/** "Computed tomography, series 2: Thorax axial" in pieces. */
void dw_parts_series_title(struct dw_buf *out, const struct dw_pages_series *series);
/** "60 images, 1 report"; frames are named for a single multi-frame image. */
void dw_parts_series_content(struct dw_buf *out, const struct dw_pages_series *series);
/** "21 November 2026, 09:30: CT of the thorax" */
void dw_parts_study_title(struct dw_buf *out, const struct dw_pages_study *study);
/** A line with accession, referring physician and institution, or nothing. */
void dw_parts_study_details(struct dw_buf *out, const struct dw_pages_volume *volume,
                            const struct dw_pages_study *study);
size_t dw_parts_series_previews(const struct dw_pages_series *series);

void dw_root_index(struct dw_buf *out, const struct dw_pages_volume *volume,
                   const struct dw_parts *parts);
void dw_root_readme(struct dw_buf *out, const struct dw_pages_volume *volume);
void dw_web_index(struct dw_buf *out, const struct dw_pages_volume *volume,
                  const struct dw_parts *parts);
/** series_number counts the series of the volume from 1, first_preview its previews. */
void dw_web_series(struct dw_buf *out, const struct dw_parts *parts,
                   const struct dw_pages_study *study, const struct dw_pages_series *series,
                   size_t series_number, size_t series_count, size_t first_preview);

#endif
