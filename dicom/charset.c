#include "dicom/charset.h"
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include "base/text.h"

/* One code element: what an escape sequence designates (PS3.3 C.12.1.1.2, tables C.12-2 to C.12-4).
 */
struct repertoire {
    int number;            /* ISO-IR registration */
    const char *escape;    /* without the ESC */
    const char *iconv;     /* NULL: done here */
    uint8_t half;          /* 0: G0, 1: G1 */
    uint8_t width;         /* bytes per character */
    const char *taken_for; /* what PCs write under this name when it is not right; NULL: cp1252 */
};
static const struct repertoire repertoires[] = {
    {6, "(B", NULL, 0, 1, NULL},
    {14, "(J", NULL, 0, 1,
     NULL}, /* JIS X 0201 romaji: shown as ASCII, as the backslash has to be */
    {13, ")I", NULL, 1, 1, "CP932"}, /* JIS X 0201 katakana */
    {100, "-A", NULL, 1, 1, NULL},
    {101, "-B", "ISO-8859-2", 1, 1, "CP1250"},
    {109, "-C", "ISO-8859-3", 1, 1, NULL},
    {110, "-D", "ISO-8859-4", 1, 1, "CP1257"},
    {144, "-L", "ISO-8859-5", 1, 1, "CP1251"},
    {127, "-G", "ISO-8859-6", 1, 1, "CP1256"},
    {126, "-F", "ISO-8859-7", 1, 1, "CP1253"},
    {138, "-H", "ISO-8859-8", 1, 1, "CP1255"},
    {148, "-M", "ISO-8859-9", 1, 1, "CP1254"},
    {203, "-b", "ISO-8859-15", 1, 1, NULL},
    {166, "-T", "TIS-620", 1, 1, "CP874"},
    {87, "$B", "EUC-JP", 0, 2, "CP932"},
    {159, "$(D", "EUC-JP", 0, 2, "EUC-JP"},
    {149, "$)C", "EUC-KR", 1, 2, "CP949"},
    {58, "$)A", "GB2312", 1, 2, "GB18030"},
};
enum { ASCII, ROMAJI, KATAKANA, LATIN_1, NONE = -1 };

struct sink {
    char *out;
    size_t size, used;
    bool cut;
};

static void put_bytes(struct sink *sink, const char *bytes, size_t n)
{
    if (sink->cut || sink->used + n >= sink->size) {
        sink->cut = true;
        return;
    }
    memcpy(sink->out + sink->used, bytes, n);
    sink->used += n;
}

static void put_char(struct sink *sink, uint32_t c)
{
    char b[4];
    if (c < 0x80) {
        b[0] = (char)c;
        put_bytes(sink, b, 1);
    } else if (c < 0x800) {
        b[0] = (char)(0xC0 | c >> 6);
        b[1] = (char)(0x80 | (c & 0x3F));
        put_bytes(sink, b, 2);
    } else {
        b[0] = (char)(0xE0 | c >> 12);
        b[1] = (char)(0x80 | (c >> 6 & 0x3F));
        b[2] = (char)(0x80 | (c & 0x3F));
        put_bytes(sink, b, 3);
    }
}

/* Line ends and tabs are text (PS3.5 6.1.3); the other controls have no picture. */
static bool is_plain(uint8_t b)
{
    return (b >= 0x20 && b < 0x7F) || b == '\t' || b == '\n' || b == '\f' || b == '\r';
}

static void put_ascii(struct sink *sink, uint8_t b)
{
    put_char(sink, is_plain(b) ? b : 0xFFFD);
}

/* Well-formed UTF-8 character by character, so that a cut falls between two of them. */
static void put_utf8(struct sink *sink, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint8_t b = (uint8_t)text[i];
        size_t size = b < 0x80 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
        if (size == 1)
            put_ascii(sink, b);
        else
            put_bytes(sink, text + i, size);
        i += size;
    }
}

/* Through iconv in pieces; false: the bytes are not of that set. */
static bool put_converted(struct sink *sink, const char *from, const char *bytes, size_t n)
{
    iconv_t cd = iconv_open("UTF-8", from);
    bool good = cd != (iconv_t)-1;
    char piece[256];
    char *in = (char *)(uintptr_t)bytes; /* iconv() does not write there */
    while (n > 0 && good && !sink->cut) {
        char *out = piece;
        size_t room = sizeof piece, before = n;
        iconv(cd, &in, &n, &out, &room);
        good = n < before && dw_text_is_utf8(piece, sizeof piece - room);
        if (good)
            put_utf8(sink, piece, sizeof piece - room);
    }
    iconv_close(cd); /* of no converter: EBADF, and nothing else (iconv_close(3)) */
    return good;
}

/* The registration number in "ISO_IR 100", "ISO 2022 IR 87" and the misspellings of both; 0: none.
 */
static int number_of(const char *term, size_t length)
{
    int number = 0;
    size_t i = 0;
    while (i + 1 < length && memcmp(term + i, "IR", 2) != 0)
        i++;
    for (i += 2; i < length && number < 1000; i++) {
        if (term[i] >= '0' && term[i] <= '9')
            number = number * 10 + term[i] - '0';
        else if (number)
            break;
    }
    return number;
}

static int index_of(int number)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(repertoires); i++)
        if (repertoires[i].number == number)
            return (int)i;
    return NONE;
}

struct state {
    int first_g0, first_g1; /* what each line and component begins with */
    int g0, g1;
    unsigned declared; /* bits of repertoires */
};

/* The sets of all values of (0008,0005); false: one is unknown. */
static bool read_declaration(const char *charset, struct state *s)
{
    bool known = true, first = true;
    *s = (struct state){.first_g0 = ASCII, .first_g1 = NONE, .declared = 1U << ASCII};
    while (true) {
        size_t length = strcspn(charset, "\\");
        while (length && charset[length - 1] == ' ')
            length--;
        int index = index_of(number_of(charset, length));
        if (length > 0 && index == NONE)
            known = false;
        if (index != NONE) {
            s->declared |= 1U << index;
            if (index == KATAKANA)
                s->declared |= 1U << ROMAJI;
            if (first && index == KATAKANA)
                s->first_g0 = ROMAJI;
            if (first && repertoires[index].half == 1)
                s->first_g1 = index;
        }
        first = false;
        charset += strcspn(charset, "\\");
        if (*charset == '\0')
            break;
        charset++;
    }
    s->g0 = s->first_g0;
    s->g1 = s->first_g1;
    return known;
}

static int escape_at(const uint8_t *at, size_t left, size_t *out_length)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(repertoires); i++) {
        size_t n = strlen(repertoires[i].escape);
        if (left > n && memcmp(at + 1, repertoires[i].escape, n) == 0) {
            *out_length = 1 + n;
            return (int)i;
        }
    }
    return NONE;
}

/* Bytes of one set in a row. EUC has the sets of G0 in its upper half, and JIS X 0212 behind 8FH.
 */
static bool put_run(struct sink *sink, int index, const uint8_t *bytes, size_t n)
{
    const struct repertoire *r = &repertoires[index];
    char euc[3 * 64];
    bool good = true;
    if (index == KATAKANA || index == LATIN_1) {
        for (size_t i = 0; i < n && good; i++) {
            good = index == KATAKANA ? bytes[i] >= 0xA1 && bytes[i] <= 0xDF : bytes[i] >= 0xA0;
            put_char(sink, index == KATAKANA ? 0xFF61U + bytes[i] - 0xA1 : bytes[i]);
        }
        return good;
    }
    for (size_t i = 0; i < n && good;) {
        size_t used = 0, part = n - i < 64 ? n - i : 64;
        for (size_t k = 0; k < part; k++) {
            if (r->number == 159 && k % 2 == 0)
                euc[used++] = (char)0x8F;
            euc[used++] = (char)(bytes[i + k] | 0x80);
        }
        good = put_converted(sink, r->iconv, euc, used);
        i += part;
    }
    return good;
}

/* How many bytes from here are in the same set; 0: they cannot be. */
static size_t run_length(const uint8_t *at, size_t left, int index)
{
    bool upper = repertoires[index].half == 1;
    size_t width = repertoires[index].width, n = 0;
    /* 80H to 9FH are controls in every set of ISO 8859: text that has them is a PC's (see
     * put_guess) */
    uint8_t low = upper ? (width == 2 ? 0xA1 : 0xA0) : 0x21, high = upper ? 0xFF : 0x7E;
    while (n + width <= left && at[n] >= low && at[n] <= high &&
           (width == 1 || (at[n + 1] >= low && at[n + 1] <= high)))
        n += width;
    return n;
}

static bool is_delimiter(uint8_t b, bool is_person_name)
{
    return b == '\\' || b == '\r' || b == '\n' || b == '\f' || b == '\t' ||
           (is_person_name && (b == '^' || b == '='));
}

/* ISO 2022 (PS3.5 6.1.2.5). *guessed: an escape that was not declared, or none where one was due.
 */
static bool put_iso2022(struct sink *sink, struct state *s, const uint8_t *value, size_t length,
                        bool is_person_name, bool *guessed)
{
    for (size_t i = 0; i < length;) {
        size_t n = 0;
        if (value[i] == 0x1B) {
            int index = escape_at(value + i, length - i, &n);
            if (index == NONE)
                return false;
            *guessed = *guessed || !(s->declared & 1U << index);
            if (repertoires[index].half == 0)
                s->g0 = index;
            else
                s->g1 = index;
            i += n;
            continue;
        }
        int index = value[i] >= 0x80 ? s->g1 : s->g0;
        if (value[i] < 0x80 && repertoires[index].width == 1)
            index = NONE;
        if (index != NONE && (n = run_length(value + i, length - i, index)) > 0) {
            if (!put_run(sink, index, value + i, n))
                return false;
            i += n;
            continue;
        }
        if (value[i] >= 0x80)
            return false;
        *guessed = *guessed || (index != NONE && value[i] > 0x20); /* half a character */
        if (is_delimiter(value[i], is_person_name)) {
            s->g0 = s->first_g0;
            s->g1 = s->first_g1;
        }
        put_ascii(sink, value[i++]);
    }
    return true;
}

/* What PCs write under the names in (0008,0005): the first that the bytes can be. */
static bool put_taken_for(struct sink *sink, const char *charset, const uint8_t *value,
                          size_t length)
{
    struct state s;
    bool chinese = strncasecmp(charset, "GB", 2) == 0; /* "GB2312" is no term, but written */
    read_declaration(charset, &s);
    for (size_t i = 0; i <= DW_ARRAY_LEN(repertoires); i++) {
        bool last = i == DW_ARRAY_LEN(repertoires);
        const char *name = last ? (chinese ? "GB18030" : NULL) : repertoires[i].taken_for;
        if (!name || (!last && !(s.declared & 1U << i)))
            continue;
        sink->used = 0;
        sink->cut = false;
        if (put_converted(sink, name, (const char *)value, length))
            return true;
    }
    return false;
}

/* Text that is not what it claims: UTF-8 if it can be, else what PCs write when they say that, or
 * when they say Latin-1. */
static void put_guess(struct sink *sink, const char *charset, const uint8_t *value, size_t length)
{
    static const uint16_t cp1252[32] = {
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
    sink->used = 0;
    sink->cut = false;
    if (dw_text_is_utf8((const char *)value, length)) {
        put_utf8(sink, (const char *)value, length);
        return;
    }
    if (!memchr(value, 0x1B, length) && put_taken_for(sink, charset, value, length))
        return;
    sink->used = 0;
    sink->cut = false;
    for (size_t i = 0; i < length; i++) {
        if (value[i] < 0x80)
            put_ascii(sink, value[i]);
        else
            put_char(sink, value[i] < 0xA0 ? cp1252[value[i] - 0x80] : value[i]);
    }
}

/* A two-byte set declared but not designated: Korean and Chinese writers leave the escape out. */
static int implied_g1(const struct state *s)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(repertoires); i++)
        if ((s->declared & 1U << i) && repertoires[i].half == 1 && repertoires[i].width == 2)
            return (int)i;
    return NONE;
}

/* UTF-8 under the name of a single-byte set is the commonest mistake of all, and text of such a set
 * that happens to be UTF-8 ("Ã¼") is not a word. But Thai words are. */
static bool is_hidden_utf8(int number, const char *charset, const uint8_t *value, size_t length)
{
    bool high = false;
    int index = index_of(number);
    for (size_t i = 0; i < length && !high; i++)
        high = value[i] >= 0x80;
    return high && index != NONE && repertoires[index].half == 1 && repertoires[index].width == 1 &&
           number != 166 && number != 13 && !strchr(charset, '\\') &&
           !memchr(value, 0x1B, length) && dw_text_is_utf8((const char *)value, length);
}

static bool convert(struct sink *sink, const char *charset, const uint8_t *value, size_t length,
                    bool is_person_name)
{
    size_t first = strcspn(charset, "\\ ");
    int number = number_of(charset, strcspn(charset, "\\"));
    bool good, guessed = false;
    if (number == 192) {
        good = dw_text_is_utf8((const char *)value, length);
        if (good)
            put_utf8(sink, (const char *)value, length);
    } else if (first == 7 && memcmp(charset, "GB18030", 7) == 0) {
        good = put_converted(sink, "GB18030", (const char *)value, length);
    } else if (first == 3 && memcmp(charset, "GBK", 3) == 0) {
        good = put_converted(sink, "GBK", (const char *)value, length);
    } else if (is_hidden_utf8(number, charset, value, length)) {
        good = false;
    } else {
        struct state state;
        guessed = !read_declaration(charset, &state);
        good = put_iso2022(sink, &state, value, length, is_person_name, &guessed);
        if (!good && implied_g1(&state) != NONE) {
            state.g0 = state.first_g0;
            state.g1 = state.first_g1 = implied_g1(&state);
            sink->used = 0;
            sink->cut = false;
            guessed = true;
            good = put_iso2022(sink, &state, value, length, is_person_name, &guessed);
        }
    }
    if (!good)
        put_guess(sink, charset, value, length);
    return good && !guessed;
}

bool dw_charset_to_utf8(const char *charset, const void *value, size_t length, bool is_person_name,
                        char *out, size_t size)
{
    const uint8_t *bytes = value;
    if (size == 0)
        return false;
    while (length && (bytes[length - 1] == ' ' || bytes[length - 1] == '\0'))
        length--;
    struct sink sink = {.out = out, .size = size};
    bool plain = true, good = true;
    for (size_t i = 0; i < length && plain; i++)
        plain = is_plain(bytes[i]);
    if (plain)
        put_utf8(&sink, (const char *)bytes, length);
    else
        good = convert(&sink, charset ? charset : "", bytes, length, is_person_name);
    while (sink.used && out[sink.used - 1] == ' ') /* that stood before a last escape sequence */
        sink.used--;
    out[sink.used] = '\0';
    return good && !sink.cut;
}
