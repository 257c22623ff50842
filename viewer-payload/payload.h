/** The files of viewer-payload/ as strings inside the program, each ending with a zero. {{NAME}} in
 * them is filled by layout/pages. */
#ifndef DW_VIEWER_PAYLOAD_PAYLOAD_H
#define DW_VIEWER_PAYLOAD_PAYLOAD_H

extern const char dw_payload_index_htm[];  /**< INDEX.HTM in the root of a disc */
extern const char dw_payload_web_htm[];    /**< IHE_PDI/INDEX.HTM */
extern const char dw_payload_series_htm[]; /**< IHE_PDI/S0000001.HTM */
extern const char dw_payload_readme_txt[]; /**< README.TXT; ASCII, LF here, CR LF on the disc */
extern const char dw_payload_page_css[];
extern const char dw_payload_page_js[];

#endif
