/** The picture printed on a disc: an SVG template, filled with a job's values, as a 120 mm square
 * at 300 dpi (1417 x 1417 pixels, the size the Primera drivers document), PNG, JPEG or PDF. The
 * same template, values and fonts make the same bytes. Blocks for well under a second; thread-safe.
 *
 *  In a template (the viewBox is in millimetres, "0 0 120 120"):
 *    - {{NAME}} inside text is replaced by the value of that name (the list below). A <text> whose
 *      placeholders are all empty is left out with its fixed words, so "Born {{BIRTH_DATE}}" does
 * not print "Born".
 *    - A <text> with placeholders has its own x and y and plain attributes font-family, font-size,
 *      font-weight, font-style, text-anchor (its own or inherited; no CSS, no transform). It is
 * made smaller and, as far as data-height (mm, around the middle of the line) has room, broken into
 *      lines, until it lies inside data-width (mm) and the printable ring, clear of the hole.
 * Nothing is ever cut or set in dots.
 *    - <g data-if="NAME NAME"> is left out when all the named values are empty.
 *    - <rect data-code128="{{JOB}}" x y width height/> becomes a Code 128 barcode with quiet zones,
 * its narrowest bar a whole number of dots. An empty value leaves it out.
 *    - data-stock on <svg> names the pile of blanks the template is for (robot.bins): a disc of another
 *      pile, pre-printed for somebody else, is never taken for it. Without it any pile will do.
 *    - data-inner-mm and data-outer-mm on <svg> say what the template was drawn for; outside the
 * ring the label is empty whatever the template draws there. Nothing is loaded from outside the
 * template; logos are embedded as data: URIs. */
#ifndef DW_LAYOUT_LABEL_LABEL_H
#define DW_LAYOUT_LABEL_LABEL_H
#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

#define DW_LABEL_PIXELS 1417 /* 120 mm at 300 dpi */
#define DW_LABEL_SIZE_MM 120.0
#define DW_LABEL_OUTER_MM 118.0                 /* diameter that printable discs take ink on */
#define DW_LABEL_INNER_MM 22.0                  /* hub-printable discs; others need 41 to 46 */
#define DW_LABEL_TEMPLATE_MAX (4 * 1024 * 1024) /* bytes of a template, embedded logo included */
#define DW_LABEL_VALUE_MAX 1024                 /* bytes of one value */

struct dw_label_value { /* text as a person reads it, UTF-8; NULL or "" when there is none */
    const char *name;
    const char *text;
};

/** Every name a template may use and a caller may set. */
struct dw_label_name {
    const char *name;   /**< "PATIENT_NAME" */
    const char *help;   /**< one line for --help */
    const char *sample; /**< synthetic, for previews and tests */
};
/** PATIENT_NAME PATIENT_ID BIRTH_DATE SEX INSTITUTION CONTACT STUDY_DATES STUDY_DESCRIPTIONS
 * MODALITIES ACCESSION REFERRING DISC_N DISC_OF JOB CREATED CONTENT FILESET_ID SUPPLEMENT
 * NONCONFORMANT. CONTENT is "DICOM ONLY" or "DICOM PLUS WEB" (IHE PDI); SUPPLEMENT is empty, or says which disc
 * this one completes; NONCONFORMANT is empty, or the words a disc must carry that claims no profile. JOB is printable ASCII, at most 20 characters: it becomes
 * the barcode. */
const struct dw_label_name *dw_label_names(size_t *out_count);

struct dw_label_opts { /* {0}: what the template says, else the defaults above */
    double inner_mm;   /**< 15 to 50 */
    double outer_mm;   /**< 70 to 120 */
    bool white; /**< PNG and PDF: white instead of transparent outside the ring (JPEG always) */
};

/** Fill template_path and write out_path (.png, .jpg, .jpeg or .pdf by its ending), whole or not at
 * all. DW_ERR_NOT_FOUND: no such template; DW_ERR_CORRUPT: it is not SVG; DW_ERR_INVALID: it uses a
 *  placeholder that does not exist, or a value has a name that does not exist, or an ending we do
 * not write (the sentence names it); DW_ERR_LIMIT: too large, or a barcode that cannot be made to
 * fit. The text never holds a value. */
DW_MUST_CHECK dw_status dw_label_render(const char *template_path,
                                        const struct dw_label_value *values, size_t value_count,
                                        const struct dw_label_opts *opts, const char *out_path,
                                        struct dw_error *err);

/** "standard" or a path to a path: a name without '/' and '.' is looked up as NAME.svg in
 *  ../share/discwright/templates beside the running program, then in DW_TEMPLATE_DIR, where it was
 *  built. A path is returned as it is. DW_ERR_NOT_FOUND: the sentence says where it was looked for.
 */
DW_MUST_CHECK dw_status dw_label_find_template(const char *name, char *out, size_t size,
                                               struct dw_error *err);

/** The pile that a template is for, "" any. Errors as of dw_label_render(). */
DW_MUST_CHECK dw_status dw_label_stock(const char *template_path, char *out, size_t size,
                                       struct dw_error *err);

#endif
