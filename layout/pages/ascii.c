#include "layout/pages/words.h"

#include <string.h>

/* U+00C0 to U+017F (Latin-1 Supplement and Latin Extended-A) without their accents, two letters
 * where that is how people write them in ASCII. */
static const char *const latin[] = {
    "A", "A", "A",  "A",  "Ae", "A", "AE", "C", "E", "E", "E", "E", "I",  "I", "I",  "I",
    "D", "N", "O",  "O",  "O",  "O", "Oe", "x", "O", "U", "U", "U", "Ue", "Y", "Th", "ss",
    "a", "a", "a",  "a",  "ae", "a", "ae", "c", "e", "e", "e", "e", "i",  "i", "i",  "i",
    "d", "n", "o",  "o",  "o",  "o", "oe", "/", "o", "u", "u", "u", "ue", "y", "th", "y",
    "A", "a", "A",  "a",  "A",  "a", "C",  "c", "C", "c", "C", "c", "C",  "c", "D",  "d",
    "D", "d", "E",  "e",  "E",  "e", "E",  "e", "E", "e", "E", "e", "G",  "g", "G",  "g",
    "G", "g", "G",  "g",  "H",  "h", "H",  "h", "I", "i", "I", "i", "I",  "i", "I",  "i",
    "I", "i", "IJ", "ij", "J",  "j", "K",  "k", "k", "L", "l", "L", "l",  "L", "l",  "L",
    "l", "L", "l",  "N",  "n",  "N", "n",  "N", "n", "n", "N", "n", "O",  "o", "O",  "o",
    "O", "o", "OE", "oe", "R",  "r", "R",  "r", "R", "r", "S", "s", "S",  "s", "S",  "s",
    "S", "s", "T",  "t",  "T",  "t", "T",  "t", "U", "u", "U", "u", "U",  "u", "U",  "u",
    "U", "u", "U",  "u",  "W",  "w", "Y",  "y", "Y", "Z", "z", "Z", "z",  "Z", "z",  "s",
};
_Static_assert(DW_ARRAY_LEN(latin) == 0x180 - 0xc0, "one entry for each of U+00C0 to U+017F");

/* One character of valid UTF-8; *text moves behind it. */
static unsigned next_char(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    unsigned value = *p++;
    int more = value >= 0xf0 ? 3 : value >= 0xe0 ? 2 : value >= 0xc0 ? 1 : 0;
    if (more)
        value &= 0x3fu >> more;
    for (; more > 0 && (*p & 0xc0) == 0x80; more--)
        value = value << 6 | (*p++ & 0x3f);
    *text = (const char *)p;
    return value;
}

static const char *punctuation(unsigned c)
{
    switch (c) {
    case 0xa0:
    case 0x2009:
    case 0x202f:
    case 0x3000:
        return " ";
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
        return "-";
    case 0x2018:
    case 0x2019:
    case 0xb4:
    case 0x2032:
        return "'";
    case 0x201c:
    case 0x201d:
    case 0x201e:
    case 0xab:
    case 0xbb:
        return "\"";
    case 0xb7:
    case 0x2022:
        return ".";
    default:
        return "?";
    }
}

bool dw_words_ascii(const char *text, char *out, size_t size)
{
    bool whole = true;
    size_t used = 0;
    while (*text) {
        unsigned c = next_char(&text);
        char one[2] = {(char)c, 0};
        const char *piece = one;
        if (c >= 0xc0 && c < 0x180)
            piece = latin[c - 0xc0];
        else if (c >= 0x300 && c < 0x370) /* an accent of its own */
            piece = "";
        else if (c >= 0x7f)
            piece = punctuation(c);
        else if (c < 0x20)
            piece = " ";
        if (piece[0] == '?' && c != '?') {
            whole = false;
            if (used && out[used - 1] == '?') /* one mark for a run of foreign letters */
                continue;
        }
        size_t length = strlen(piece);
        if (used + length + 1 > size)
            break;
        memcpy(out + used, piece, length);
        used += length;
    }
    out[used] = 0;
    return whole;
}
