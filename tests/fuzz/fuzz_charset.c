/* Fuzz target: the first byte says how long the value of (0008,0005) is that follows; the rest is text in it. The text
 * is UTF-8 whatever it was, is never cut inside a character, and is a name that can be shown and compared. */
#include "base/limits.h"
#include "dicom/charset.h"
#include "dicom/person.h"
#include "fuzz.h"

#define CHARSET_MAX 64

static void show(const char *name)
{
    char shown[DW_TEXT_MAX], small[16];
    dw_person_display(name, shown, sizeof shown);
    require_utf8(shown, sizeof shown);
    dw_person_display(name, small, sizeof small);
    require_utf8(small, sizeof small);
    require(dw_person_equal(name, name));
    require(dw_person_equal(name, shown) == dw_person_equal(shown, name));
    dw_date_display(name, small, sizeof small);
    require(strnlen(small, sizeof small) < sizeof small);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char charset[CHARSET_MAX + 1] = "", whole[DW_TEXT_MAX], small[24];
    if (size == 0)
        return 0;
    size_t length = data[0] % (CHARSET_MAX + 1);
    length = length < size - 1 ? length : size - 1;
    memcpy(charset, data + 1, length);
    const uint8_t *value = data + 1 + length;
    size_t value_size = size - 1 - length;
    for (int is_name = 0; is_name < 2; is_name++) {
        bool sure = dw_charset_to_utf8(charset, value, value_size, is_name, whole, sizeof whole);
        require_utf8(whole, sizeof whole);
        bool sure_small = dw_charset_to_utf8(charset, value, value_size, is_name, small, sizeof small);
        require_utf8(small, sizeof small);
        require(!sure_small || (sure && strcmp(small, whole) == 0)); /* what fits is the same anywhere */
        size_t end = strlen(whole);
        require(end == 0 || whole[end - 1] != ' ');
        show(whole);
    }
    return 0;
}
