/** PN values for people: "Müller^Anna Maria^^Dr." to "Müller, Anna Maria" (PS3.5 6.2.1). */
#ifndef DW_DICOM_PERSON_H
#define DW_DICOM_PERSON_H
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** name is UTF-8 with '^' and '='. The first component group that has letters; a second one (ideographic)
 *  follows in parentheses. out is cut on a character border. */
void dw_person_display(const char *name, char *out, size_t size);
/** Same person as far as a name can say: component groups compared without case, diacritics, spaces and
 *  trailing '^'; prefixes may stand with the family name ("von Berg^Anna", "Berg^Anna^^von"), whose
 *  own words keep their order. A group that only one side has says nothing. */
bool dw_person_equal(const char *a, const char *b);
/** "19660317" -> "1966-03-17"; anything else unchanged. */
void dw_date_display(const char *da, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
